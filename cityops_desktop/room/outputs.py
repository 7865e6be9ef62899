"""The alarm outputs of a room file: `alarm_outputs`, and the single `alarm_output` of earlier files. Opens no wire."""

from collections.abc import Mapping

from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.points import Level, Point
from cityops_desktop.model.rooms import AlarmOutput, OutputKind
from cityops_desktop.room.devices import BusEntry, DeviceEntry, first_use
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import AlarmOutputPart, AlarmOutputsPart
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

ONE = "alarm_output"
"""The id of the output that an earlier room file has."""


def read_outputs(
    root: Node, devices: Mapping[str, DeviceEntry], buses: Mapping[str, BusEntry], drivers: Mapping[str, Driver], findings: Findings
) -> tuple[AlarmOutput, ...]:
    """All outputs in the order of the file; those with a problem are left out."""
    points = {point.key: point for entry in devices.values() if entry.device is not None for point in entry.device.points}
    bus_of = {entry.device.id: entry.device.bus for entry in devices.values() if entry.device is not None}
    silent = {id for id, entry in buses.items() if _listens_only(entry, drivers)}
    single = root.get(ONE)
    if single is not None and root.get("alarm_outputs") is not None:
        findings.add(single, N_("“alarm_output” and “alarm_outputs” stand in one file"), N_("make it an entry of “alarm_outputs”"))
    found: list[AlarmOutput] = []
    if single is not None:
        found += _single(single, points, findings)
    seen: dict[str, Node] = {}
    for node in findings.section(root, "alarm_outputs"):
        found += _entry(node, points, seen, findings)
    users: dict[str, str] = {}
    kept: list[AlarmOutput] = []
    for output in found:
        where = _place(root, output)
        if output.point in users:
            what = N_("the alarm outputs {id} and {other} switch the same point {point}")
            findings.add(where, what, N_("give each a relay of its own"), id=output.id, other=users[output.point], point=output.point)
        elif bus_of[points[output.point].device] in silent:
            what = N_("the alarm output {point} cannot be switched: its line is only listened to")
            findings.add(where, what, N_("name a relay on a line of our own"), point=output.point)
        else:
            users[output.point] = output.id
            kept.append(output)
    return tuple(kept)


def _listens_only(entry: BusEntry, drivers: Mapping[str, Driver]) -> bool:
    return entry.bus is not None and drivers[entry.bus.driver].manners(entry.bus.options).listen_only  # type: ignore[arg-type]


def _single(node: Node, points: Mapping[str, Point], findings: Findings) -> list[AlarmOutput]:
    if not isinstance(node.value, dict):
        findings.add(node, N_("“{key}” must be made of keys and values"), N_("indent “key: value” lines below it"), key=ONE)
        return []
    findings.known_keys(node, keys_of(AlarmOutputPart))
    part = findings.check(node, AlarmOutputPart)
    if part is None or not _switchable(node, part.point, points, findings):
        return []
    return [AlarmOutput(ONE, points[part.point].names, OutputKind.BEACON, part.point, Level[part.level.upper()])]


def _entry(node: Node, points: Mapping[str, Point], seen: dict[str, Node], findings: Findings) -> list[AlarmOutput]:
    findings.known_keys(node, keys_of(AlarmOutputsPart))
    part = findings.check(named(node, "name"), AlarmOutputsPart)
    first = first_use(seen, node, N_("the alarm output {id} is declared twice; the first time at {other}"), findings)
    if part is None or not _switchable(node, part.point, points, findings) or first is None:
        return []
    names = part.name.names() if part.name is not None else points[part.point].names
    return [AlarmOutput(part.id, names, part.kind, part.point, Level[part.level.upper()], part.energised, part.hold)]


def _switchable(node: Node, key: str, points: Mapping[str, Point], findings: Findings) -> bool:
    where, point = node.get("point") or node, points.get(key)
    if point is None:
        findings.unknown(where, N_("the room has no point “{word}”"), key, points)
        return False
    if point.write is None or not {0, 1} <= set(point.write.states):
        what = N_("the alarm output {point} cannot be switched")
        findings.add(where, what, N_("name a digital point with “write: {{states: [0, 1]}}”"), point=key)
        return False
    return True


def _place(root: Node, output: AlarmOutput) -> Node:
    """Where it stands in the file."""
    listed = root.get("alarm_outputs")
    if listed is not None and isinstance(listed.value, list):
        for node in listed.items:
            if isinstance(node.value, dict) and node.text("id") == output.id and (point := node.get("point")) is not None:
                return point
    single = root.get(ONE)
    return root if single is None else single.get("point") or single
