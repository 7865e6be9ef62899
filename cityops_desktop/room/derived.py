"""Derived points of a room file: do the points exist that they follow from, and does none follow from itself?"""

from collections.abc import Mapping
from dataclasses import replace

from cityops_desktop.derive.source import DerivedSource, derived, in_order, inputs_of
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.room.devices import DeviceEntry
from cityops_desktop.room.findings import Findings
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_


def settle_derived(entries: Mapping[str, DeviceEntry], findings: Findings) -> dict[str, DeviceEntry]:
    """The same devices; a derived point hangs nowhere, and is reckoned no more often than the slowest that it follows from is read."""
    devices = [entry.device for entry in entries.values() if entry.device is not None]
    points = {point.key: point for device in devices for point in device.points}
    expressions = derived(points)
    if not expressions:
        return dict(entries)
    faulty = {id for id, entry in entries.items() if entry.device is None}
    sound = True
    for key, expression in expressions.items():
        _check_nowhere(entries, key, findings)
        for name, keys in inputs_of(expression, points).items():
            sound &= _known(_node(entries, key), name, keys, points, faulty, findings)
    ordered, circular = in_order(expressions, points)
    if circular and sound:
        what = N_("{keys} follow from one another: none of them could ever be reckoned")
        findings.add(_node(entries, circular[0]), what, N_("let one of them follow from measured points only"), keys=", ".join(circular))
    periods = {key: point.period for key, point in points.items()}
    for key in ordered:
        of = [periods[one] for keys in inputs_of(expressions[key], points).values() for one in keys if one in periods]
        periods[key] = max([periods[key], *of])
    return {id: _paced(entry, periods) for id, entry in entries.items()}


def _known(node: Node, name: str, keys: tuple[str, ...], points: Mapping[str, Point], faulty: set[str], findings: Findings) -> bool:
    if "*" in name:
        if not keys and not faulty:
            findings.add(
                node,
                N_("the room has no point like “{name}”"),
                N_("write device and point as this file names them; * stands for any letters"),
                name=name,
            )
        return bool(keys)
    point = points.get(name)
    if point is None and name.rpartition(".")[0] not in faulty:
        findings.unknown(node, N_("the room has no point “{word}”"), name, points)
    elif point is not None and point.kind is Kind.TEXT:
        findings.add(node, N_("“{name}” is a text, and nothing can be reckoned from it"), N_("name a point with a figure"), name=name)
    return point is not None and point.kind is not Kind.TEXT


def _check_nowhere(entries: Mapping[str, DeviceEntry], key: str, findings: Findings) -> None:
    """Air that nobody has measured there must not be drawn as if a sensor hung there."""
    node = _point_node(entries, key)
    for word in ("rack", "place"):
        if (where := node.get(word)) is not None:
            findings.add(where, N_("a derived point hangs nowhere: it cannot have “{word}”"), N_("remove it"), word=word)


def _point_node(entries: Mapping[str, DeviceEntry], key: str) -> Node:
    device, _, id = key.rpartition(".")
    return next(point for point in entries[device].points if point.text("id") == id)


def _node(entries: Mapping[str, DeviceEntry], key: str) -> Node:
    """Where the expression of this point stands."""
    node = _point_node(entries, key)
    return node.get("expr") or node


def _paced(entry: DeviceEntry, periods: Mapping[str, float]) -> DeviceEntry:
    device = entry.device
    if device is None or not any(isinstance(point.source, DerivedSource) for point in device.points):
        return entry
    points = tuple(replace(point, period=periods[point.key], rack=None, place=None) for point in device.points)
    return replace(entry, device=replace(device, points=points))
