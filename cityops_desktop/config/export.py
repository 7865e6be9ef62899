"""The room file's text with the overrides written into it; comments and all else stay. Reads and writes no file."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from cityops_desktop.model.points import Limit, LimitKind, Point
from cityops_desktop.model.rooms import Room

_FIGURES = ("deadband", "on_delay", "off_delay")


def merged(text: str, before: Room, after: Room) -> str:
    """`text` describes the room `before`; the answer describes `after`, the same room with overrides applied."""
    old, new = before.points(), after.points()
    changed = [key for key, point in old.items() if point.limits != new[key].limits]
    if not changed:
        return text
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    document: Any = yaml.load(text)
    devices = {str(device["id"]): device for device in document["devices"]}
    for key in changed:
        _write(devices[old[key].device], old[key], new[key].limits)
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _write(device: Any, point: Point, limits: Iterable[Limit]) -> None:
    wanted = {limit.id: limit for limit in limits}
    name = point.key.partition(".")[2]
    entry = next((own for own in device.get("points") or () if str(own["id"]) == name), None)
    if entry is None:
        overrides = _child(device, "overrides")
        entry = _child(overrides, name)
    if entry.get("limits"):
        _edit(entry["limits"], point.limits, wanted)
    else:
        entry["limits"] = _flow([_whole(limit) for limit in wanted.values()])


def _child(parent: Any, key: str) -> Any:
    if key not in parent:
        parent[key] = CommentedMap()
        if parent.fa.flow_style():
            parent[key].fa.set_flow_style()
    return parent[key]


def _edit(entries: Any, before: Iterable[Limit], wanted: Mapping[str, Limit]) -> None:
    """The entries stand in the order of the point's limits."""
    for index, limit in reversed(list(enumerate(before))):
        if limit.id not in wanted:
            del entries[index]
        elif limit != wanted[limit.id]:
            _change(entries[index], limit, wanted[limit.id])


def _change(entry: Any, before: Limit, after: Limit) -> None:
    if after.level is not before.level:
        if "id" not in entry:  # without one the id follows the level, and the limit would be another
            entry.insert(0, "id", before.id)
        entry["level"] = after.level.name.lower()
    if after.value != before.value:
        entry[after.kind.value] = _plain(after.value)
    for name in _FIGURES:
        if getattr(after, name) != getattr(before, name):
            entry[name] = _plain(getattr(after, name))


def _whole(limit: Limit) -> CommentedMap:
    entry = CommentedMap(id=limit.id, level=limit.level.name.lower())
    entry["states" if limit.kind is LimitKind.STATE else limit.kind.value] = (
        _flow(list(limit.states)) if limit.kind is LimitKind.STATE else _plain(limit.value)
    )
    for name in _FIGURES:
        if getattr(limit, name):
            entry[name] = _plain(getattr(limit, name))
    if limit.latch:
        entry["latch"] = True
    if limit.supply is not None:
        entry["supply"] = limit.supply.value
    if limit.source:
        entry["source"] = limit.source
    entry.fa.set_flow_style()
    return entry


def _flow(items: list[Any]) -> CommentedSeq:
    made = CommentedSeq(items)
    made.fa.set_flow_style()
    return made


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value
