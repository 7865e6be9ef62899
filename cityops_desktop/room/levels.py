"""The room file's `levels:`: what the room calls its alarm levels, and their colours, checked for eyes of every kind."""

from cityops_desktop.model.levels import Clash, LevelLook, clashes
from cityops_desktop.model.points import Level
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import LevelPart
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

KEYS = tuple(level.name.lower() for level in Level)


def read_levels(node: Node | None, findings: Findings) -> tuple[LevelLook, ...]:
    """The levels that the room names or colours, the most severe first."""
    if node is None:
        return ()
    findings.known_keys(node, KEYS)
    looks: dict[Level, LevelLook] = {}
    for level in Level:
        entry = node.get(level.name.lower())
        if entry is None:
            continue
        if not isinstance(entry.value, dict):
            findings.add(entry, N_("a level is made of keys and values"), N_('write {{name: ..., light: "#RRGGBB", dark: "#RRGGBB"}}'))
            continue
        findings.known_keys(entry, keys_of(LevelPart))
        part = findings.check(named(entry, "name"), LevelPart)
        if part is not None:
            looks[level] = LevelLook(level, part.name.names() if part.name is not None else None, part.light, part.dark)
    for clash in clashes(looks):
        _tell(node, clash, looks, findings)
    _same_names(node, looks, findings)
    return tuple(looks[level] for level in Level if level in looks)


def _tell(node: Node, clash: Clash, looks: dict[Level, LevelLook], findings: Findings) -> None:
    both = [level for level in (clash.level, clash.of) if isinstance(level, Level) and level in looks]
    given = [level for level in both if getattr(looks[level], clash.theme)]
    if not given:
        return
    entry = node.mapping[given[0].name.lower()]
    params = {"theme": clash.theme, "level": given[0].name.lower()}
    where = entry.mapping[clash.theme]
    if clash.of == "ink":
        findings.add(where, N_("nothing that is written upon this colour can be read"), N_("take a lighter or a darker one"))
    elif clash.of == "panel":
        what = N_("this colour hardly differs from the {theme} theme's panels")
        findings.add(where, what, N_("take a stronger one; some eyes see no red, no green or no blue"), **params)
    else:
        other = clash.of if given[0] is clash.level else clash.level
        what = N_("in the {theme} theme this colour can hardly be told from that of “{other}”")
        do = N_("take another one; some eyes see no red, no green or no blue")
        findings.add(where, what, do, **params, other=other.name.lower() if isinstance(other, Level) else other)


def _same_names(node: Node, looks: dict[Level, LevelLook], findings: Findings) -> None:
    seen: dict[str, Level] = {}
    for level, look in looks.items():
        for name in {look.names.zh, look.names.en} if look.names is not None else ():
            if seen.get(name, level) is not level:
                entry = node.mapping[level.name.lower()]
                findings.add(entry, N_("two levels are called “{name}”"), N_("give each its own name"), name=name)
            seen[name] = level
