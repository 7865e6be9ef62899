"""The power chain of a room file: its nodes, what feeds them, the points that tell of them. Computes no load."""

from collections.abc import Mapping

from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.power import PowerKind, PowerNode, PowerRole
from cityops_desktop.room.devices import DeviceEntry, first_use, names_or_id
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import PowerPart
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

_DIGITAL = (PowerRole.STATE, PowerRole.POSITION)
_UNITS = {
    PowerRole.POWER: ("W", "kW"),
    PowerRole.VOLTAGE: ("V",),
    PowerRole.CURRENT: ("A",),
    PowerRole.FREQUENCY: ("Hz",),
    PowerRole.LOAD: ("%",),
    PowerRole.CHARGE: ("%",),
    PowerRole.RUNTIME: ("s", "min"),
    PowerRole.TEMPERATURE: ("°C",),
    PowerRole.FUEL: ("%", "L"),
}


def read_power(root: Node, devices: Mapping[str, DeviceEntry], findings: Findings) -> tuple[PowerNode, ...]:
    """All sound nodes of the chain in the order of the file."""
    seen: dict[str, Node] = {}
    read: list[tuple[PowerNode, Node]] = []
    for node in findings.section(root, "power"):
        findings.known_keys(node, keys_of(PowerPart))
        node_id = first_use(seen, node, N_("two nodes of the power chain have the id “{id}” (the other: {other})"), findings)
        part = findings.check(named(node, "name"), PowerPart)
        if part is not None and node_id is not None:
            read.append((_node(part), node))
    points = points_of(devices)
    for power, node in read:
        _check_sources(power, node, list(seen), findings)
        _check_points(power, node, devices, points, findings)
        _check_positions(power, node, points, findings)
    _check_circle({power.id: power for power, _ in read}, seen, findings)
    for entry in devices.values():
        feeder = entry.node.text("fed_by")
        if feeder is not None and feeder not in seen:
            findings.unknown(entry.node.mapping["fed_by"], N_("there is no node “{word}” in the power chain"), feeder, list(seen))
    return tuple(power for power, _ in read)


def points_of(devices: Mapping[str, DeviceEntry]) -> dict[str, Point]:
    """All sound points of these devices by key."""
    return {point.key: point for entry in devices.values() if entry.device is not None for point in entry.device.points}


def check_power_point(node: Node, key: str, points: Mapping[str, Point], role: PowerRole, findings: Findings) -> None:
    """Report a key that is no point, or one that cannot tell this role (unit, kind)."""
    point = points.get(key)
    if point is None:
        findings.unknown(node, N_("there is no point “{word}”"), key, list(points))
        return
    if role in _DIGITAL:
        if point.kind is not Kind.DIGITAL:
            findings.add(node, N_("“{key}” is not a digital point"), N_("name a point with states"), key=key)
    elif point.unit not in _UNITS[role]:
        what = N_("“{key}” is in “{unit}”: {role} must be in {units}")
        do = N_("name another point, or correct its “unit”")
        findings.add(node, what, do, key=key, unit=point.unit, role=role.value, units=", ".join(_UNITS[role]))


def _node(part: PowerPart) -> PowerNode:
    return PowerNode(
        id=part.id,
        names=names_or_id(part.name, part.id),
        kind=part.kind,
        sources=tuple(part.sources),
        device=part.device,
        rating=part.rating,
        side=part.side or "",
        points=part.points,
        positions=part.positions,
        dead=tuple(part.dead),
    )


def _check_sources(power: PowerNode, node: Node, known: list[str], findings: Findings) -> None:
    listed = node.get("from")
    for number, source in enumerate(power.sources):
        if source not in known and listed is not None:
            findings.unknown(listed.at((number,)), N_("there is no node “{word}” in the power chain"), source, known)
    if power.sources and power.kind in (PowerKind.MAINS, PowerKind.GENERATOR):
        what = N_("“{id}” is a source of power: nothing feeds it")
        findings.add(listed or node, what, N_("remove “from”, or correct its “kind”"), id=power.id)


def _check_points(
    power: PowerNode, node: Node, devices: Mapping[str, DeviceEntry], points: Mapping[str, Point], findings: Findings
) -> None:
    if power.device is not None and power.device not in devices:
        findings.unknown(node.mapping["device"], N_("there is no device “{word}”"), power.device, list(devices))
    listed = node.get("points")
    for role, key in power.points.items():
        where = listed.get(role.value) if listed is not None else None
        check_power_point(where or node, key, points, role, findings)


def _check_positions(power: PowerNode, node: Node, points: Mapping[str, Point], findings: Findings) -> None:
    listed = node.get("positions") or node
    for source in power.positions.values():
        if source not in power.sources:
            findings.unknown(listed, N_("“{word}” is not among the sources of this node"), source, list(power.sources))
    if len(power.sources) > 1 and power.kind is PowerKind.ATS and not power.positions:
        what = N_("the transfer switch “{id}” does not say which position is which source")
        findings.add(node, what, N_("add “positions: {{1: SOURCE, 2: SOURCE}}” and the point “position”"), id=power.id)
    if power.positions and PowerRole.POSITION not in power.points:
        what = N_("“{id}” has “positions” without a point that tells the position")
        findings.add(listed, what, N_("add “points: {{position: POINT}}”"), id=power.id)


def _check_circle(nodes: Mapping[str, PowerNode], where: Mapping[str, Node], findings: Findings) -> None:
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            what = N_("the power chain runs in a circle: {circle}")
            circle = " ← ".join((*above[above.index(name) :], name))
            findings.add(where[name], what, N_("correct “from” of one of them"), circle=circle)
        elif name not in done and name in nodes:
            for source in nodes[name].sources:
                walk(source, (*above, name))
            done.add(name)

    for name in nodes:
        walk(name, ())
