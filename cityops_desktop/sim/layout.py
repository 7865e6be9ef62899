"""What of a room file the physics needs: where racks and air conditioners stand, and which UPS feeds which rack. No figures of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from cityops_desktop.model.power import PowerKind, PowerNode
from cityops_desktop.model.rooms import Device, Rack, Room

COOLER = "datamate3000"
UPS = "huawei-ups2000"
GENERATOR = "demo-generator"
PLAIN = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class RackSite:
    """A rack: where its middle is in metres, and the UPS behind each of its feeds, side by side ("" = the line itself)."""

    id: str
    row: str
    at: tuple[float, float] = PLAIN
    feeds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CoolerSite:
    """An air conditioner and where it stands, in metres."""

    id: str
    at: tuple[float, float] = PLAIN


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that gives, takes or moves power and heat."""

    racks: tuple[RackSite, ...] = ()
    coolers: tuple[CoolerSite, ...] = ()
    upses: tuple[str, ...] = ()
    generator: bool = False


def layout_of(room: Room) -> Layout:
    """The layout of a room; a rack whose feeds the file does not tell hangs on every UPS."""
    upses = tuple(device.id for device in room.devices if device.profile == UPS)
    nodes = {node.id: node for node in room.power}
    return Layout(
        racks=tuple(RackSite(rack.id, rack.row, _at(rack), _feeds(rack, nodes, upses)) for rack in room.racks),
        coolers=tuple(CoolerSite(device.id, _at(device)) for device in room.devices if device.profile == COOLER),
        upses=upses,
        generator=any(device.profile == GENERATOR for device in room.devices),
    )


def _at(thing: Rack | Device) -> tuple[float, float]:
    return (thing.place.x, thing.place.y) if thing.place is not None else PLAIN


def _feeds(rack: Rack, nodes: Mapping[str, PowerNode], upses: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    told = tuple((feed.side, ups_behind(feed.node, nodes, upses)) for feed in rack.feeds if feed.node is not None)
    return told or tuple(zip("ABCDEFGH", upses, strict=False)) or (("A", ""),)


def ups_behind(node: str, nodes: Mapping[str, PowerNode], upses: tuple[str, ...]) -> str:
    """The UPS that feeds this node, going up by the first source of each."""
    while node in nodes:
        here = nodes[node]
        if here.kind is PowerKind.UPS:
            return here.device if here.device in upses else ""
        if not here.sources:
            return ""
        node = here.sources[0]
    return ""
