"""Racks: what stands in which U, what a device or a point says of its rack and place. Draws nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cityops_desktop.model.rooms import Device, Rack, RackItem
from cityops_desktop.room.devices import DeviceEntry, first_use, names_or_id
from cityops_desktop.room.document import Node
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import ItemPart, RackPart
from cityops_desktop.texts import N_

_RACK_KEYS = [*keys_of(RackPart), "items"]


@dataclass(frozen=True, slots=True)
class _Placed:
    """An item and where the file says so."""

    item: RackItem
    node: Node


@dataclass(frozen=True, slots=True)
class Racks:
    """The racks, and for each device that an item names: its rack and lowest U."""

    racks: tuple[Rack, ...]
    stands: Mapping[str, tuple[str, int]]


def read_racks(root: Node, devices: Mapping[str, DeviceEntry], findings: Findings) -> Racks:
    """All sound racks. Devices whose profile has a U-height stand in their rack without an item of their own."""
    seen: dict[str, Node] = {}
    parts: dict[str, tuple[Node, RackPart | None]] = {}
    for node in findings.section(root, "racks"):
        findings.known_keys(node, _RACK_KEYS)
        rack_id = first_use(seen, node, N_("two racks have the id “{id}” (the other: {other})"), findings)
        part = findings.check(named(node, "name"), RackPart)
        if rack_id is not None:
            parts[rack_id] = node, part
    _check_named_racks(devices, parts, findings)
    placed: dict[str, list[_Placed]] = {rack_id: [] for rack_id in parts}
    stands: dict[str, tuple[str, int]] = {}
    for rack_id, (node, _) in parts.items():
        for item_node in findings.section(node, "items"):
            _read_item(rack_id, item_node, devices, placed, stands, findings)
    for device_id, entry in devices.items():
        _place_by_profile(device_id, entry, placed, stands)
    for rack_id, (_, part) in parts.items():
        _check_units(placed[rack_id], rack_id, part, findings)
    racks = [_rack(part, placed[rack_id]) for rack_id, (_, part) in parts.items() if part is not None]
    return Racks(tuple(racks), stands)


def put_in_rack(device: Device, racks: Racks) -> Device:
    """The device with the rack and U that a rack's item gives it; its points follow unless they have a rack of their own."""
    if device.rack is not None or device.id not in racks.stands:
        return device
    rack, u = racks.stands[device.id]
    points = tuple(replace(point, rack=point.rack or rack) for point in device.points)
    return replace(device, rack=rack, u=u, points=points)


def _check_named_racks(devices: Mapping[str, DeviceEntry], parts: Mapping[str, tuple[Node, RackPart | None]], findings: Findings) -> None:
    for entry in devices.values():
        for node in (entry.node, *entry.points):
            name = node.text("rack")
            if name is not None and name not in parts:
                findings.unknown(node.mapping["rack"], N_("there is no rack “{word}”"), name, list(parts))
        u_node, rack = entry.node.get("u"), entry.node.text("rack")
        if u_node is None:
            continue
        if rack is None:
            findings.add(u_node, N_("“u” without a rack"), N_("name the “rack”, or remove “u”"))
        part = parts[rack][1] if rack is not None and rack in parts else None
        if part is not None and isinstance(u_node.value, int) and u_node.value > part.u_height:
            what = N_("U {top} lies above the rack “{rack}”, which has {height} U")
            findings.add(
                u_node, what, N_("correct “u” or “height”, or the rack's “u_height”"), top=u_node.value, rack=rack, height=part.u_height
            )


def _read_item(
    rack_id: str,
    node: Node,
    devices: Mapping[str, DeviceEntry],
    placed: dict[str, list[_Placed]],
    stands: dict[str, tuple[str, int]],
    findings: Findings,
) -> None:
    findings.known_keys(node, keys_of(ItemPart))
    part = findings.check(named(node, "name"), ItemPart)
    if part is None:
        return
    placed[rack_id].append(_Placed(RackItem(part.name.names(), part.u, part.height, part.face, part.device), node))
    if part.device is None:
        return
    if part.device not in devices:
        findings.unknown(node.mapping["device"], N_("there is no device “{word}”"), part.device, list(devices))
        return
    own = devices[part.device].node
    said_rack, said_u = own.text("rack"), own.get("u")
    elsewhere = stands[part.device][0] if part.device in stands else said_rack if said_rack != rack_id else None
    if elsewhere is not None or (said_u is not None and said_rack == rack_id and said_u.value != part.u):
        what = N_("the device “{device}” is said to stand somewhere else ({other})")
        findings.add(
            node.mapping["device"], what, N_("a device stands in one place: correct one of the two"), device=part.device, other=own.where
        )
        return
    stands[part.device] = rack_id, int(part.u)


def _place_by_profile(device_id: str, entry: DeviceEntry, placed: dict[str, list[_Placed]], stands: Mapping[str, tuple[str, int]]) -> None:
    device = entry.device
    if device is None or device.rack not in placed or device.u is None or entry.height is None or device_id in stands:
        return
    placed[device.rack].append(_Placed(RackItem(device.names, device.u, entry.height, device=device_id), entry.node))


def _check_units(items: list[_Placed], rack_id: str, part: RackPart | None, findings: Findings) -> None:
    for face in ("front", "rear"):
        below: _Placed | None = None
        for here in sorted((placed for placed in items if placed.item.face == face), key=lambda placed: placed.item.u):
            if below is not None and here.item.u < below.item.u + below.item.height:
                what = N_("in the rack “{rack}” this stands in the same U as another ({other})")
                do = N_("correct “u” or “height” of one of them")
                findings.add(here.node.get("u") or here.node, what, do, rack=rack_id, other=below.node.where)
            if below is None or here.item.u + here.item.height > below.item.u + below.item.height:
                below = here
    for here in items:
        top = here.item.u + here.item.height - 1
        if part is not None and top > part.u_height:
            what = N_("U {top} lies above the rack “{rack}”, which has {height} U")
            do = N_("correct “u” or “height”, or the rack's “u_height”")
            findings.add(here.node.get("u") or here.node, what, do, top=f"{top:g}", rack=rack_id, height=part.u_height)


def _rack(part: RackPart, placed: list[_Placed]) -> Rack:
    return Rack(
        id=part.id,
        names=names_or_id(part.name, part.id),
        row=part.row,
        place=part.place.place() if part.place is not None else None,
        facing=part.facing,
        u_height=part.u_height,
        items=tuple(sorted((one.item for one in placed), key=lambda item: (item.face, item.u))),
    )
