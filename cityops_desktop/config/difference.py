"""What differs between two rooms, thing by thing, each field before and after as text. Pure; knows neither files nor people."""

import hmac
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Literal

from pydantic import BaseModel, SecretStr

from cityops_desktop.config.overrides import Overrides
from cityops_desktop.model.points import Level, Names, WriteLimits
from cityops_desktop.model.rooms import Rack, RackItem, Room

Texts = dict[str, tuple[str, str]]
How = Literal["added", "removed", "changed"]
ADDED: How = "added"
REMOVED: How = "removed"
CHANGED: How = "changed"
_ROOM = (
    "id",
    "names",
    "domain",
    "timezone",
    "origin",
    "size",
    "shifts",
    "selftest",
    "history",
    "notify",
    "logs",
    "levels",
    "guidance",
    "duty",
    "wands",
)
_MARKS = os.urandom(32)
_LIMIT_FIELDS = ("level", "kind", "value", "states", "deadband", "on_delay", "off_delay", "latch", "supply", "source")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. `fields`: name -> (before, after)."""

    thing: str
    id: str
    change: How
    names: Names | None = None
    fields: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Thing:
    names: Names | None
    texts: Mapping[str, str]


def between(before: Room, after: Room) -> list[Change]:
    """All differences: room, site, areas, buses, devices, points, limits, power chain, racks."""
    found: list[Change] = []
    old, new = dict(_things(before)), dict(_things(after))
    for kind, things in new.items():
        found += _compare(kind, old[kind], things)
    return found


def of_overrides(before: Overrides, after: Overrides) -> list[Change]:
    """What people's changes at run time were, and are."""
    old = {id: _Thing(None, {name: _text(value) for name, value in values.items()}) for id, values in before.items()}
    new = {id: _Thing(None, {name: _text(value) for name, value in values.items()}) for id, values in after.items()}
    return _compare("override", old, new)


def of_files(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Which files differ in a byte; what it means is told by the rest."""
    kinds = {name: ADDED if name not in before else CHANGED for name, text in after.items() if before.get(name) != text}
    kinds |= {name: REMOVED for name in before if name not in after}
    return [Change("file", name, change) for name, change in sorted(kinds.items())]


def counts(changes: Iterable[Change]) -> dict[str, int]:
    """ "<thing> <change>" -> how many."""
    return dict(Counter(f"{one.thing} {one.change}" for one in changes))


def _things(room: Room) -> Iterator[tuple[str, dict[str, _Thing]]]:
    yield "room", {room.id: _Thing(room.names, _part(room, _ROOM))}
    yield "site", {"site": _Thing(None, _fields(room.site, ()))}
    yield "area", {area.id: _Thing(area.names, _fields(area, ("id",))) for area in room.areas}
    yield "bus", {bus.id: _Thing(bus.names, _fields(bus, ("id",))) for bus in room.buses}
    yield "device", {device.id: _Thing(device.names, _fields(device, ("id", "points"))) for device in room.devices}
    points = room.points()
    yield "point", {key: _Thing(point.names, _fields(point, ("key", "device", "limits"))) for key, point in points.items()}
    limits = {f"{key}#{limit.id}": (point, limit) for key, point in points.items() for limit in point.limits}
    yield "limit", {id: _Thing(point.names, _part(limit, _LIMIT_FIELDS)) for id, (point, limit) in limits.items()}
    yield "alarm_output", {one.id: _Thing(one.names, _fields(one, ("id",))) for one in room.alarm_outputs}
    yield "power", {node.id: _Thing(node.names, _fields(node, ("id",))) for node in room.power}
    yield "rack", {rack.id: _Thing(rack.names, _rack(rack)) for rack in room.racks}


def _compare(kind: str, before: Mapping[str, _Thing], after: Mapping[str, _Thing]) -> list[Change]:
    found: list[Change] = []
    for id, thing in after.items():
        old = before.get(id)
        if old is None:
            texts = {name: ("", text) for name, text in thing.texts.items()} if kind in ("limit", "override") else {}
            found.append(Change(kind, id, ADDED, thing.names, texts))
        elif old.texts != thing.texts:
            found.append(Change(kind, id, CHANGED, thing.names, _differing(old.texts, thing.texts)))
    for id, thing in before.items():
        if id not in after:
            texts = {name: (text, "") for name, text in thing.texts.items()} if kind in ("limit", "override") else {}
            found.append(Change(kind, id, REMOVED, thing.names, texts))
    return found


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Texts:
    names = [*after, *(name for name in before if name not in after)]
    return {name: (before.get(name, ""), after.get(name, "")) for name in names if before.get(name) != after.get(name)}


def _rack(rack: Rack) -> dict[str, str]:
    texts = _fields(rack, ("id", "items"))
    for item in rack.items:
        name = f"U{_text(item.u)} {item.face}"
        while name in texts:
            name += " +"
        texts[name] = _item(item)
    return texts


def _item(item: RackItem) -> str:
    return "; ".join(f"{name}: {text}" for name, text in _fields(item, ("u", "face")).items() if text)


def _fields(value: object, without: Iterable[str]) -> dict[str, str]:
    assert is_dataclass(value)
    return _part(value, [one.name for one in fields(value) if one.name not in without])


def _part(value: object, names: Iterable[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name in names:
        texts |= _flat(name, getattr(value, name))
    return {name: text for name, text in texts.items() if text}


def _flat(name: str, value: object) -> dict[str, str]:
    if isinstance(value, BaseModel):
        value = _told(value)
    if isinstance(value, WriteLimits):
        value = {"states": value.states} if value.states else {"low": value.low, "high": value.high, "step": value.step}
    if isinstance(value, Mapping):
        return {part: text for key, inner in value.items() for part, text in _flat(f"{name}.{_text(key)}", inner).items()}
    return {name: _text(value)}


def _told(options: BaseModel) -> dict[str, object]:
    """What these options say. Of a secret only a mark, by which another one is told from it in this comparison and in no other."""
    hidden = {
        name: f"*** ({hmac.digest(_MARKS, secret.get_secret_value().encode(), 'sha256').hex()[:8]})"
        for name, secret in options
        if isinstance(secret, SecretStr)
    }
    return options.model_dump(mode="json") | hidden


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Names):
        return value.zh if value.zh == value.en else f"{value.zh} / {value.en}"
    if isinstance(value, Level):
        return value.name.lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, BaseModel):
        value = _told(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{_text(key)}: {_text(inner)}" for key, inner in value.items())
    if is_dataclass(value):
        return ", ".join(text for text in (_text(getattr(value, one.name)) for one in fields(value)) if text)
    if isinstance(value, list | tuple):
        return ", ".join(f"({_text(one)})" if isinstance(one, list | tuple) else _text(one) for one in value)
    return str(value)
