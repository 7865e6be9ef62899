"""What somebody typed of a plan, and the plan that it means: turns, crews and their members, days of a list. Decides nothing about it."""

import re
from collections.abc import Iterable, Mapping, Sequence

from cityops_desktop.duty.roster import Crew, Listed, Slot
from cityops_desktop.link.duty.roster import PersonInfo
from cityops_desktop.texts import N_, tr
from ui.widgets.form import Wrong

LETTERS = {"D": N_("D"), "E": N_("E"), "N": N_("N"), "F": N_("F"), "-": N_("-")}
"""The signs of the shipped patterns: what a cycle is written with in each language."""
CREWS = (N_("Crew A"), N_("Crew B"), N_("Crew C"), N_("Crew D"), N_("Crew E"))
_SLOT = re.compile(r"^(\S)\s+(.+?)\s+(\d{1,2}:\d{2})\s*[-–—~至]\s*(\d{1,2}:\d{2})$")
_DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:\s+(\S))?\s*[:：]\s*(.*)$")
_BETWEEN = re.compile(r"[、，,;；/]+|\s{2,}")


def lettered(cycle: str) -> str:
    """A cycle of a pattern in the signs of the language in force."""
    return "".join(tr(LETTERS[sign]) for sign in cycle)


def slots_text(slots: Iterable[Slot]) -> str:
    """One after the other, as they are typed."""
    return "; ".join(f"{slot.sign} {slot.name} {slot.begin}-{slot.end}" for slot in slots)


def slots_of(text: str) -> tuple[Slot, ...]:
    """The turns that were typed. Wrong."""
    found = []
    for line in filter(None, map(str.strip, re.split(r"[;；\n]", text))):
        match = _SLOT.match(line)
        if match is None:
            raise Wrong(tr("A turn is a sign, a name and its times, such as “{example}”: {line}", example="D 08:00-20:00", line=line))
        sign, name, begin, end = match.groups()
        try:
            found.append(Slot(sign=sign, name=name, begin=begin.zfill(5), end=end.zfill(5)))
        except ValueError:
            raise Wrong(tr("These are no times of a day: {line}", line=line)) from None
    return tuple(found)


class People:
    """The accounts by what people type: their full names."""

    def __init__(self, people: Iterable[PersonInfo]) -> None:
        self.names: Mapping[str, str] = {one.id: one.name for one in people if one.enabled}
        self._ids = {name.casefold(): id for id, name in self.names.items()}

    def ids(self, text: str) -> tuple[str, ...]:
        """The accounts of names with signs between them. Wrong."""
        found = []
        for name in filter(None, map(str.strip, _BETWEEN.split(text))):
            id = self._ids.get(name.casefold())
            if id is None and all(one.casefold() in self._ids for one in name.split()):
                found += [self._ids[one.casefold()] for one in name.split()]
            elif id is None:
                raise Wrong(tr("There is no account of this name: {name}", name=name))
            else:
                found.append(id)
        return tuple(dict.fromkeys(found))

    def told(self, ids: Iterable[str]) -> str:
        """Their names."""
        return tr(", ").join(self.names.get(id, id) for id in ids)


def crews_text(crews: Sequence[Crew], people: People) -> str:
    """A line each, as it is typed."""
    return "\n".join(f"{crew.name}: {people.told(crew.members)}" for crew in crews)


def crews_of(text: str, people: People, offsets: Sequence[int]) -> tuple[Crew, ...]:
    """The crews that were typed, the first at the first offset. Wrong."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if len(lines) != len(offsets):
        raise Wrong(tr("This plan has {n} crews, a line each: {lines} stand here", n=len(offsets), lines=len(lines)))
    found = []
    for line, offset in zip(lines, offsets, strict=True):
        name, between, members = line.replace("：", ":").partition(":")
        ids = people.ids(members if between else name)
        found.append(Crew(name=name.strip()[:40] if between else "", offset=offset, members=ids))
    return tuple(found)


def offsets_of(text: str, cycle: str) -> list[int]:
    """Numbers with blanks between them: by how many days each crew is ahead in the cycle. Wrong."""
    numbers = [part for part in _BETWEEN.split(text.replace(" ", ",")) if part]
    if not numbers or not all(part.isdecimal() and len(part) < 5 for part in numbers):
        raise Wrong(tr("Days ahead are numbers, such as “{example}”: {text}", example="0 2 4 6", text=text))
    length = len([sign for sign in cycle if not sign.isspace()]) or 1
    return [int(part) % length for part in numbers]


def listed_of(text: str, people: People) -> tuple[Listed, ...]:
    """The days that were typed. Wrong."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _DAY.match(line)
        if match is None:
            raise Wrong(tr("A day is a date and names, such as “{example}”: {line}", example="2026-10-01: …", line=line))
        day, sign, members = match.groups()
        try:
            found.append(Listed(day=day, sign=sign or "", members=people.ids(members)))
        except ValueError:
            raise Wrong(tr("There is no such day: {line}", line=line)) from None
    return tuple(found)
