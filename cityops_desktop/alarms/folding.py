"""What is the consequence of what in a room, by its wires and its power chain: one lost gateway is one alarm, one lost supply is one.

Told by the room's own file and by nothing else: which bus a device hangs on, which host a bus is reached by, what a node of the power
chain is fed by, and which limits say that a supply is lost or follow from one that is (`supply:`). Never guessed from names or from
what happens at the same time. Pure: decides no state; when a consequence lies under its cause is for `covers.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level, Limit, Point, Supply
from cityops_desktop.model.power import PowerKind, PowerNode
from cityops_desktop.model.resources import DERIVED, gateway, host_of
from cityops_desktop.model.rooms import Device, Room

GATEWAY_LEVEL = Level.MAJOR
"""Several lines unknown at once, by one device that joins them."""
ROOM_LEVEL = Level.CRITICAL
"""Nothing of the room is known: it is blind."""
STORING = (PowerKind.UPS, PowerKind.BATTERY, PowerKind.GENERATOR)
"""What goes on giving power when nothing comes in: beyond it a lost supply has no consequence."""
STANDBY = (PowerKind.BATTERY, PowerKind.GENERATOR)
"""What feeds only while the others do not: that it is missing takes nobody's supply."""


class Together(NamedTuple):
    """Buses that are one alarm when all of them are lost: those behind one gateway, or all of the room. `points` hang on them."""

    subject: str
    cause: Cause
    level: Level
    buses: tuple[str, ...]
    points: int

    @property
    def key(self) -> str:
        """The condition's."""
        return f"{self.subject}#lost"


def together(room: Room, resources: Mapping[str, str]) -> Sequence[Together]:
    """Gateways with several buses, and the room when it has several that are not all behind one gateway: then that one is the room's
    eye, and as severe. `resources`: what each bus uses alone, as its driver says (port, or host and port)."""
    points = {bus.id: sum(len(device.points) for device in room.devices if device.bus == bus.id) for bus in room.buses}
    wires = tuple(bus.id for bus in room.buses if resources[bus.id] != DERIVED and points[bus.id])
    behind: dict[str, list[str]] = {}
    for bus in wires:
        host = host_of(resources[bus])
        if host is not None:
            behind.setdefault(host, []).append(bus)
    found = []
    for host, buses in behind.items():
        if len(buses) > 1:
            level = ROOM_LEVEL if len(buses) == len(wires) else GATEWAY_LEVEL
            count = sum(points[bus] for bus in buses)
            found.append(Together(gateway(host), Cause.GATEWAY_LOST, level, tuple(buses), count))
    if len(wires) > 1 and not any(len(one.buses) == len(wires) for one in found):
        found.append(Together("room", Cause.ROOM_LOST, ROOM_LEVEL, wires, sum(points[bus] for bus in wires)))
    return found


def parents(room: Room, wide: Sequence[Together]) -> Mapping[str, tuple[str, ...]]:
    """By a condition's key the keys of those whose consequence it is, the nearest first; with a parent all of its parents."""
    return {**_by_wire(room, wide), **_by_supply(room)}


def _by_wire(room: Room, wide: Sequence[Together]) -> dict[str, tuple[str, ...]]:
    found = {}
    for bus in room.buses:
        above = tuple(one.key for one in wide if bus.id in one.buses)
        if above:
            found[f"bus:{bus.id}#lost"] = above
        for device in room.devices:
            if device.bus == bus.id:
                found[f"{device.id}#lost"] = (f"bus:{bus.id}#lost", *above)
    for one in wide:
        above = tuple(other.key for other in wide if other is not one and set(one.buses) < set(other.buses))
        if above:
            found[one.key] = above
    return found


def _by_supply(room: Room) -> dict[str, tuple[str, ...]]:
    chain = _Chain(room)
    found = {}
    for device in room.devices:
        for point in device.points:
            for limit in point.limits:
                if limit.supply in (Supply.FOLLOWS, Supply.PASSES):
                    key = f"{point.key}#{limit.id}"
                    above = tuple(dict.fromkeys(other for other in chain.above(device, point, limit) if other != key))
                    if above:
                        found[key] = above
    return found


class _Chain:
    """The power chain of a room, asked upwards."""

    def __init__(self, room: Room) -> None:
        self._nodes = {node.id: node for node in room.power}
        self._named: dict[str, list[PowerNode]] = {}
        self._of_device: dict[str, list[PowerNode]] = {}
        for node in room.power:
            for key in node.points.values():
                self._named.setdefault(key, []).append(node)
            if node.device is not None:
                self._of_device.setdefault(node.device, []).append(node)
        self._fed = _fed_by_racks(room)
        self._lost: dict[str, list[tuple[Supply, str]]] = {}
        for device in room.devices:
            for point in device.points:
                for limit in point.limits:
                    if limit.supply in (Supply.LOST, Supply.PASSES):
                        for node in self._told(device, point):
                            self._lost.setdefault(node.id, []).append((limit.supply, f"{point.key}#{limit.id}"))

    def above(self, device: Device, point: Point, limit: Limit) -> Iterator[str]:
        """Keys of the limits that say that the supply is lost from which this one follows, the nearest first."""
        nodes = self._told(device, point)
        if not nodes:
            feeder = device.fed_by or self._fed.get(device.id)
            if feeder in self._nodes:
                yield from self._upwards(self._nodes[feeder], set())
        for node in nodes:
            if node.kind not in STORING:  # what comes in is what goes out: other limits may say the same of this very node
                yield from (key for supply, key in self._lost.get(node.id, ()) if supply is Supply.LOST or limit.supply is Supply.FOLLOWS)
            for source in self._sources(node):
                yield from self._upwards(source, {node.id})

    def _told(self, device: Device, point: Point) -> Sequence[PowerNode]:
        """The nodes of which this point tells: those that name it, else those that are its device."""
        return self._named.get(point.key) or self._of_device.get(device.id, [])

    def _upwards(self, node: PowerNode, seen: set[str]) -> Iterator[str]:
        if node.id in seen:
            return
        seen.add(node.id)
        yield from (key for _, key in self._lost.get(node.id, ()))
        if node.kind not in STORING:
            for source in self._sources(node):
                yield from self._upwards(source, seen)

    def _sources(self, node: PowerNode) -> list[PowerNode]:
        """What feeds it when all is well."""
        sources = [self._nodes[id] for id in node.sources if id in self._nodes]
        return [one for one in sources if one.kind not in STANDBY] or [one for one in sources if one.kind is PowerKind.GENERATOR]


def _fed_by_racks(room: Room) -> dict[str, str]:
    """By a device that measures a rack's feed (a rack PDU) the node of that feed; not where one device measures feeds of several."""
    found: dict[str, set[str]] = {}
    for rack in room.racks:
        for feed in rack.feeds:
            for key in feed.power:
                if feed.node is not None:
                    found.setdefault(key.partition(".")[0], set()).add(feed.node)
    return {device: nodes.pop() for device, nodes in found.items() if len(nodes) == 1}
