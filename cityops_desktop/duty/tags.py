"""What a tag 禁止合闸 forbids: nothing may be written on what it names, nor on what hangs below that. Pure; knows no store.

Below a rack: the devices in it and the points that feed it. Below a device: its points, the outlets that feed it, and if it is a node of
the power chain all that the node feeds. Below a node: every node, device and rack that it feeds, also where there is another feed. A
battery and the second source of a transfer switch are no way down: the tag on a standing-by generator does not forbid to set an air
conditioner.
"""

from collections.abc import Mapping
from functools import cache

from cityops_desktop.model.power import PowerKind, PowerNode
from cityops_desktop.model.rooms import Rack, Room

KINDS = ("rack", "device", "node", "point")
"""Of a target: "rack:A01", "device:ups1", "node:panel-a", "point:pdu1.outlet3"."""


class Reach:
    """For one room: which tags forbid to write which point."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._nodes = {node.id: node for node in room.power}
        self._points = room.points()
        self._devices = {device.id: device for device in room.devices}
        self._above = cache(self._all_above)
        self._over = cache(self._all_over)

    def known(self, target: str) -> bool:
        """Is there such a thing in this room?"""
        kind, _, id = target.partition(":")
        racks = {rack.id: rack for rack in self._room.racks}
        there: Mapping[str, Mapping[str, object]] = {"device": self._devices, "node": self._nodes, "point": self._points, "rack": racks}
        return id in there.get(kind, {})

    def targets(self, point: str) -> frozenset[str]:
        """Each tag on one of these forbids to write this point."""
        return self._over(point) if point in self._points else frozenset({f"point:{point}"})

    def covered(self, target: str) -> list[str]:
        """The points that can be written and may not be while a tag hangs on this."""
        return sorted(key for key, point in self._points.items() if point.write is not None and target in self._over(key))

    def _all_over(self, key: str) -> frozenset[str]:
        point = self._points[key]
        device = self._devices[point.device]
        found = {f"point:{key}", f"device:{device.id}"}
        nodes = {node.id for node in self._nodes.values() if node.device == device.id or key in node.points.values()}
        if device.fed_by:
            nodes.add(device.fed_by)
        for rack in self._room.racks:
            in_it = rack.id in (device.rack, point.rack) or any(item.device == device.id for item in rack.items)
            found |= {f"device:{item.device}" for item in rack.items if item.device and key in item.power}
            if in_it or key in _fed(rack):
                found.add(f"rack:{rack.id}")
                nodes |= self._feeding(rack, device.id)
        for node in nodes:
            for above in self._above(node):
                found.add(f"node:{above}")
                own = self._nodes[above].device if above in self._nodes else None
                if own:
                    found.add(f"device:{own}")
        return frozenset(found)

    def _feeding(self, rack: Rack, device: str) -> set[str]:
        """The nodes that feed a device in a rack: that of its own feed where it is the strip on one, else those of all feeds."""
        own = {feed.node for feed in rack.feeds if feed.node and any(self._device_of(key) == device for key in feed.power)}
        return own or {feed.node for feed in rack.feeds if feed.node}

    def _device_of(self, key: str) -> str:
        return self._points[key].device if key in self._points else ""

    def _all_above(self, node: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += ways_up(self._nodes, one)
        return frozenset(found)


def ways_up(nodes: Mapping[str, PowerNode], id: str) -> list[str]:
    """What feeds this node in the usual way."""
    node = nodes.get(id)
    if node is None:
        return []
    sources = node.sources[:1] if node.kind is PowerKind.ATS else node.sources
    return [one for one in sources if one not in nodes or nodes[one].kind is not PowerKind.BATTERY]


def _fed(rack: Rack) -> set[str]:
    """The points that are the feeds of a rack and the outlets of what stands in it."""
    return {key for feed in rack.feeds for key in feed.power} | {key for item in rack.items for key in item.power}
