"""Racks: what stands in which U, what a device or a point says of its rack and place. Draws nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cityops_desktop.model.points import Point
from cityops_desktop.model.power import Feed, PowerRole
from cityops_desktop.model.rooms import Device, Rack, RackItem
from cityops_desktop.room.devices import DeviceEntry, first_use, names_or_id
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import FeedPart, ItemPart, RackPart
from cityops_desktop.room.netbox import DeviceType, NetboxTypes, RackType
from cityops_desktop.room.power import check_power_point, points_of
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

_RACK_KEYS = [*keys_of(RackPart), "feeds", "items"]
DEFAULT_HEIGHT = 42
_OTHER_FACE = {"front": "rear", "rear": "front"}


@dataclass(frozen=True, slots=True)
class Racks:
    """The racks, and for each device that an item names: its rack and lowest U."""

    racks: tuple[Rack, ...]
    stands: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A rack of the file: sound (`part`) or not, with its type's figures."""

    node: Node
    part: RackPart | None
    type: RackType | None

    @property
    def height(self) -> int:
        """Units."""
        own = self.part.u_height if self.part is not None else None
        return own or (self.type.u_height if self.type is not None else DEFAULT_HEIGHT)


@dataclass(frozen=True, slots=True)
class _Placed:
    """An item, where the file says so, and what is said of its depth (None = nothing)."""

    item: RackItem
    node: Node
    depth: bool | None = None

    def shares(self, other: "_Placed") -> bool:
        """Do the two take a unit (or half of one) at the same height, on whatever face?"""
        one, two = self.item, other.item
        return one.u < two.u + two.height and two.u < one.u + one.height


def read_racks(root: Node, devices: Mapping[str, DeviceEntry], power: list[str], types: NetboxTypes, findings: Findings) -> Racks:
    """All sound racks; `power` are the ids of the power chain's nodes.

    Devices whose profile has a U-height stand in their rack without an item of their own."""
    entries = _entries(root, types, findings)
    _check_named_racks(devices, entries, findings)
    items = _Items(devices, points_of(devices), types, findings, {rack_id: [] for rack_id in entries})
    for rack_id, entry in entries.items():
        for node in findings.section(entry.node, "items"):
            items.read(rack_id, node)
    items.place_by_profile()
    racks = []
    for rack_id, entry in entries.items():
        placed = items.placed[rack_id]
        _check_units(placed, rack_id, entry, findings)
        feeds = _read_feeds(entry.node, items.points, power, findings)
        if entry.part is not None:
            racks.append(_rack(entry.part, entry, placed, feeds))
    return Racks(tuple(racks), items.stands)


def put_in_rack(device: Device, racks: Racks) -> Device:
    """The device with the rack and U that a rack's item gives it; its points follow unless they have a rack of their own."""
    if device.rack is not None or device.id not in racks.stands:
        return device
    rack, u = racks.stands[device.id]
    points = tuple(replace(point, rack=point.rack or rack) for point in device.points)
    return replace(device, rack=rack, u=u, points=points)


def _entries(root: Node, types: NetboxTypes, findings: Findings) -> dict[str, _Entry]:
    seen: dict[str, Node] = {}
    entries: dict[str, _Entry] = {}
    for node in findings.section(root, "racks"):
        findings.known_keys(node, _RACK_KEYS)
        rack_id = first_use(seen, node, N_("two racks have the id “{id}” (the other: {other})"), findings)
        part = findings.check(named(node, "name"), RackPart)
        rack_type = types.rack(part.type, node.mapping["type"]) if part is not None and part.type is not None else None
        if rack_id is not None:
            entries[rack_id] = _Entry(node, part, rack_type)
    return entries


def _check_named_racks(devices: Mapping[str, DeviceEntry], entries: Mapping[str, _Entry], findings: Findings) -> None:
    for device in devices.values():
        for node in (device.node, *device.points):
            name = node.text("rack")
            if name is not None and name not in entries:
                findings.unknown(node.mapping["rack"], N_("there is no rack “{word}”"), name, list(entries))
        u_node, rack = device.node.get("u"), device.node.text("rack")
        if u_node is None:
            continue
        if rack is None:
            findings.add(u_node, N_("“u” without a rack"), N_("name the “rack”, or remove “u”"))
        entry = entries.get(rack) if rack is not None else None
        if entry is not None and entry.part is not None and isinstance(u_node.value, int):
            _check_top(u_node.value, u_node, rack or "", entry, findings)


def _check_top(top: float, node: Node, rack: str, entry: _Entry, findings: Findings) -> None:
    if top > entry.height:
        what = N_("U {top} lies above the rack “{rack}”, which has {height} U")
        do = N_("correct “u” or “height”, or the rack's “u_height”")
        findings.add(node, what, do, top=f"{top:g}", rack=rack, height=entry.height)


@dataclass(frozen=True, slots=True)
class _Items:
    """What stands where, as far as it is read; `stands` tells rack and lowest U of each device that an item names."""

    devices: Mapping[str, DeviceEntry]
    points: Mapping[str, Point]
    types: NetboxTypes
    findings: Findings
    placed: dict[str, list[_Placed]]
    stands: dict[str, tuple[str, int]] = field(default_factory=dict)

    def read(self, rack_id: str, node: Node) -> None:
        """An entry of a rack's `items:`."""
        self.findings.known_keys(node, keys_of(ItemPart))
        part = self.findings.check(named(node, "name"), ItemPart)
        if part is None:
            return
        for number, key in enumerate(part.power):
            check_power_point(node.mapping["power"].at((number,)), key, self.points, PowerRole.POWER, self.findings)
        if part.device is not None:
            self._stand(rack_id, part.device, part.u, node)
        kind = self.types.device(part.type, node.mapping["type"]) if part.type is not None else None
        if part.type is not None and kind is None and part.height is None:
            return
        height = self._height(part, kind)
        if height is None:
            what, do = N_("“{key}” is missing"), N_("add “height:” here, or name the item's NetBox type: “type: SLUG”")
            self.findings.add(node, what, do, key="height")
            return
        depth = part.full_depth if part.full_depth is not None else kind.full_depth if kind is not None else None
        item = RackItem(
            names=part.name.names(),
            u=part.u,
            height=height,
            face=part.face,
            device=part.device,
            type=part.type or "",
            model=kind.model if kind is not None else "",
            draw=kind.draw if kind is not None else None,
            power=tuple(part.power),
        )
        self.placed[rack_id].append(_Placed(item, node, depth))

    def place_by_profile(self) -> None:
        """Devices that say their rack and U, whose profile says how high they are, and which no item names."""
        for device_id, entry in self.devices.items():
            device = entry.device
            if device is None or device.rack not in self.placed or device.u is None or entry.height is None or device_id in self.stands:
                continue
            item = RackItem(device.names, device.u, entry.height, device=device_id)
            self.placed[device.rack].append(_Placed(item, entry.node))

    def _height(self, part: ItemPart, kind: DeviceType | None) -> float | None:
        if part.height is not None or kind is not None:
            return part.height if part.height is not None else kind.height if kind is not None else None
        device = self.devices.get(part.device) if part.device is not None else None
        return device.height if device is not None else None

    def _stand(self, rack_id: str, device: str, u: float, node: Node) -> None:
        if device not in self.devices:
            self.findings.unknown(node.mapping["device"], N_("there is no device “{word}”"), device, list(self.devices))
            return
        own = self.devices[device].node
        said_rack, said_u = own.text("rack"), own.get("u")
        elsewhere = self.stands[device][0] if device in self.stands else said_rack if said_rack != rack_id else None
        if elsewhere is not None or (said_u is not None and said_rack == rack_id and said_u.value != u):
            what = N_("the device “{device}” is said to stand somewhere else ({other})")
            do = N_("a device stands in one place: correct one of the two")
            self.findings.add(node.mapping["device"], what, do, device=device, other=own.where)
            return
        self.stands[device] = rack_id, int(u)


def _check_units(items: list[_Placed], rack_id: str, entry: _Entry, findings: Findings) -> None:
    """No unit holds two items of one face, nor anything behind an item that is said to be full depth. Height 0 holds no unit."""
    standing = sorted((placed for placed in items if placed.item.height > 0), key=lambda placed: placed.item.u)
    for number, here in enumerate(standing):
        for below in standing[:number]:
            if not here.shares(below):
                continue
            where = here.node.get("u") or here.node
            if here.item.face == below.item.face:
                what = N_("in the rack “{rack}” this stands in the same U as another ({other})")
                findings.add(where, what, N_("correct “u” or “height” of one of them"), rack=rack_id, other=below.node.where)
                break
            if here.depth or below.depth:
                what = N_("in the rack “{rack}” this and what stands behind it ({other}) share a U, but one of them is full depth")
                do = N_("correct “u” of one of them, or write “full_depth: false” if both really fit")
                findings.add(where, what, do, rack=rack_id, other=below.node.where)
                break
    for here in items:
        if entry.part is not None:
            top = here.item.u + here.item.height - 1 if here.item.height else here.item.u
            _check_top(top, here.node.get("u") or here.node, rack_id, entry, findings)


def _with_depth(here: _Placed, items: list[_Placed]) -> RackItem:
    """The item with its depth. Where nobody says it, an item is full depth unless something stands behind it."""
    if here.depth is not None:
        return replace(here.item, full_depth=here.depth)
    behind = _OTHER_FACE[here.item.face]
    return replace(here.item, full_depth=not any(other.item.face == behind and here.shares(other) for other in items))


def _read_feeds(node: Node, points: Mapping[str, Point], power: list[str], findings: Findings) -> tuple[Feed, ...]:
    feeds: list[Feed] = []
    for feed_node in findings.section(node, "feeds"):
        findings.known_keys(feed_node, keys_of(FeedPart))
        part = findings.check(feed_node, FeedPart)
        if part is None:
            continue
        if part.source is not None and part.source not in power:
            findings.unknown(feed_node.mapping["from"], N_("there is no node “{word}” in the power chain"), part.source, power)
        if any(feed.side == part.side for feed in feeds):
            findings.add(feed_node, N_("the rack has two feeds “{side}”"), N_("give each feed its own letter"), side=part.side)
        for number, key in enumerate(part.power):
            check_power_point(feed_node.mapping["power"].at((number,)), key, points, PowerRole.POWER, findings)
        feeds.append(Feed(part.side, part.source, tuple(part.power)))
    return tuple(feeds)


def _rack(part: RackPart, entry: _Entry, placed: list[_Placed], feeds: tuple[Feed, ...]) -> Rack:
    bare, kind = Rack(part.id, names_or_id(part.name, part.id)), entry.type
    items = [_with_depth(one, placed) for one in placed]
    return replace(
        bare,
        row=part.row,
        place=part.place.place() if part.place is not None else None,
        facing=part.facing,
        u_height=entry.height,
        width=part.width or (kind.width if kind is not None else None) or bare.width,
        depth=part.depth or (kind.depth if kind is not None else None) or bare.depth,
        type=part.type or "",
        starting_unit=part.starting_unit or (kind.starting_unit if kind is not None else 1),
        desc_units=part.desc_units if part.desc_units is not None else kind.desc_units if kind is not None else False,
        feeds=feeds,
        items=tuple(sorted(items, key=lambda item: (item.face, item.u))),
    )
