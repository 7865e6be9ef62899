"""What becomes of the room when one version follows another: both are read, checked and compared. For a process of its own: slow.

`python -m cityops_desktop room-review` (hidden) does this for the station, whose loop must not wait for it.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cityops_desktop.config import bundle, difference, overrides
from cityops_desktop.config.bundle import Files
from cityops_desktop.config.export import merged
from cityops_desktop.config.overrides import Applied, Overrides
from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room, version_of
from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.texts import N_

MOST_DIFFERENCES = 5000
"""Told one by one; the counts count all."""


@dataclass(frozen=True, slots=True)
class Side:
    """A version to be compared: its files and the overrides laid over them."""

    files: Files
    overrides: Overrides


@dataclass(frozen=True, slots=True)
class Compared:
    """`room`: hash of the room after it with overrides, `file_room` without. Problems = it cannot be used; nothing is compared then.
    `waiting`: devices that are not where they were, or were not there: they will wait for their admission."""

    digest: str = ""
    room: str = ""
    file_room: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    differences: tuple[difference.Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    waiting: tuple[str, ...] = ()


def draft_files(body: bytes) -> dict[str, str]:
    """The files of a draft as it was sent. ValueError when it is none."""
    told = json.loads(body)
    files = told.get("files") if isinstance(told, dict) else None
    if not isinstance(files, dict) or not files or not all(isinstance(text, str) for text in files.values()):
        raise ValueError("files must be names and texts")
    if any("\ud800" <= sign <= "\udfff" for name in files for sign in name):
        raise ValueError("a name that is no text")
    return files


def compare(before: Side | None, after: Side, drivers: Mapping[str, Driver]) -> Compared:
    """Read both and compare. Problems are told of names relative to the room file, with their lines."""
    problems = bundle.problems_of(after.files)
    if problems:
        return Compared(problems=tuple(problems))
    try:
        with _laid(after.files) as file:
            plain = load_room(file, drivers)
    except _Wrong as error:
        return Compared(bundle.digest(after.files), problems=error.problems)
    with _laid(before.files if before else {}) as file:
        old_plain = load_room(file, drivers) if before else None
    new, old = _over(plain, after.overrides), _over(old_plain, before.overrides) if before and old_plain else None
    if old_plain is not None and old_plain.origin != plain.origin:
        what = N_("this data directory holds {held} data, the room file is {asked}")
        do = N_("choose another directory with --data: demo and real records are never mixed")
        return Compared(problems=(Problem(what, do, bundle.ROOM, {"held": old_plain.origin, "asked": plain.origin}),))
    if problems := _unfit(new, old):
        return Compared(bundle.digest(after.files), problems=tuple(problems))
    found = _differences(before, after, old, new)
    waiting = _placed_anew(old_plain, plain, drivers) if old_plain is not None else ()
    told = tuple(found[:MOST_DIFFERENCES])
    return Compared(bundle.digest(after.files), new.room.version, plain.version, difference.counts(found), told, waiting=waiting)


def effective(side: Side, drivers: Mapping[str, Driver]) -> str:
    """The room file's text with the overrides written in. OperatorError."""
    with _laid(side.files) as file:
        plain = load_room(file, drivers)
    return merged(side.files[bundle.ROOM], plain, overrides.apply(plain, side.overrides).room)


def _placed_anew(before: Room, after: Room, drivers: Mapping[str, Driver]) -> tuple[str, ...]:
    """Devices of the room after that have another bus, address or profile than before, or that are new."""
    old, new = _places(before, drivers), _places(after, drivers)
    return tuple(id for id, place in new.items() if old.get(id) != place)


def _places(room: Room, drivers: Mapping[str, Driver]) -> dict[str, tuple[str, str, str]]:
    of = {bus.id: drivers[bus.driver] for bus in room.buses}
    return {one.id: (one.bus, of[one.bus].identity(one.options), one.profile) for one in room.devices}  # type: ignore[arg-type]


def room_of(side: Side, drivers: Mapping[str, Driver]) -> Room:
    """The room as it takes effect. OperatorError."""
    with _laid(side.files) as file:
        return overrides.apply(load_room(file, drivers), side.overrides).room


class _Wrong(OperatorError):
    pass


@contextmanager
def _laid(files: Files) -> Iterator[Path]:
    """The files in a folder of their own for as long as they are read; what is wrong is told without that folder."""
    with tempfile.TemporaryDirectory(prefix="cityops-") as folder:
        root = Path(folder) / "room"
        file = bundle.lay(root, files) if files else root
        try:
            yield file
        except OperatorError as error:
            raise _Wrong([replace(one, where=one.where.replace(f"{root}{os.sep}", "")) for one in error.problems]) from error


def _over(plain: Room, over: Overrides) -> Applied:
    applied = overrides.apply(plain, over)
    return replace(applied, room=replace(applied.room, version=version_of(applied.room)))


def _unfit(new: Applied, old: Applied | None) -> list[Problem]:
    """Overrides whose thing is still there, but which the new files make senseless."""
    before = old.orphans if old else {}
    return [
        Problem(COMMAND_CODES[error.code], N_("correct the room file, or reset this change first: room reset"), id, error.params)
        for id, error in new.orphans.items()
        if id not in before and not error.code.startswith("no_such_")
    ]


def _differences(before: Side | None, after: Side, old: Applied | None, new: Applied) -> list[difference.Change]:
    if before is None or old is None:
        return []
    found = [] if old.room.version == new.room.version else difference.between(old.room, new.room)
    found += difference.of_overrides(before.overrides, after.overrides)
    told = {one.id for one in found if one.thing == "override"}
    for id in sorted((new.orphans.keys() ^ old.orphans.keys()) & after.overrides.keys() - told):
        words = ("yes", "no") if id in new.orphans else ("no", "yes")
        found.append(difference.Change("override", id, difference.CHANGED, None, {"in force": words}))
    return found + difference.of_files(before.files, after.files)
