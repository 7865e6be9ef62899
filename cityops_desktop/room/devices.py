"""Buses and devices: our keys, the driver's keys, and what two of them may not share."""

from collections.abc import Mapping
from dataclasses import dataclass

from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.points import Group, Names
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import BusPart, DevicePart, NamesPart
from cityops_desktop.room.points import Owner, merge, read_points
from cityops_desktop.room.profiles import Profile, Profiles
from cityops_desktop.room.ratios import rated, ratios_of
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

_DEVICE_KEYS = [*keys_of(DevicePart), "points", "overrides"]


@dataclass(frozen=True, slots=True)
class BusEntry:
    """A bus of the file: sound (`bus`) or not; the driver is known either way when its name is."""

    node: Node
    driver: Driver | None
    bus: Bus | None


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A device of the file: sound (`device`) or not; `height` is what its profile says it takes of a rack, in units."""

    node: Node
    device: Device | None
    height: float | None
    points: tuple[Node, ...] = ()


def names_or_id(part: NamesPart | None, fallback: str) -> Names:
    """The name, or the id in both languages."""
    return part.names() if part is not None else Names(fallback, fallback)


def first_use(seen: dict[str, Node], node: Node, what: str, findings: Findings) -> str | None:
    """The entry's id as written; reported when an entry before it has the same. None when it has none."""
    entry_id = node.text("id")
    if entry_id is None:
        return None
    if entry_id in seen:
        do = N_("give this one another id; never change the id of one that has run, its records hang on it")
        findings.add(node.get("id") or node, what, do, id=entry_id, other=seen[entry_id].where)
        return None
    seen[entry_id] = node
    return entry_id


def read_buses(root: Node, drivers: Mapping[str, Driver], findings: Findings) -> dict[str, BusEntry]:
    """All buses by id, also the faulty ones, so that their devices are not reported as well."""
    seen: dict[str, Node] = {}
    resources: dict[str, Node] = {}
    result: dict[str, BusEntry] = {}
    for node in findings.section(root, "buses"):
        bus_id = first_use(seen, node, N_("two buses have the id “{id}” (the other: {other})"), findings)
        name = node.text("driver")
        driver = drivers.get(name) if name is not None else None
        if name is not None and driver is None:
            findings.unknown(node.mapping["driver"], N_("there is no driver “{word}”"), name, sorted(drivers))
        if driver is not None:
            findings.known_keys(node, keys_of(BusPart), driver.name, keys_of(driver.bus_options))
        part = findings.check(named(node, "name"), BusPart)
        options = findings.check(node, driver.bus_options) if driver is not None else None
        if driver is not None and options is not None:
            resource = driver.resource(options)
            if resource in resources:
                what = N_("two buses use {resource} (the other: {other})")
                findings.add(node, what, N_("put the devices of both on one bus"), resource=resource, other=resources[resource].where)
            resources.setdefault(resource, node)
        bus = None
        if part is not None and options is not None:
            bus = Bus(part.id, part.driver, names_or_id(part.name, part.id), options)
        if bus_id is not None:
            result[bus_id] = BusEntry(node, driver, bus)
    return result


def read_devices(root: Node, buses: Mapping[str, BusEntry], profiles: Profiles, findings: Findings) -> dict[str, DeviceEntry]:
    """All devices by id in the order of the file, also the faulty ones."""
    seen: dict[str, Node] = {}
    identities: dict[tuple[str, str], Node] = {}
    result: dict[str, DeviceEntry] = {}
    for node in findings.section(root, "devices"):
        device_id = first_use(seen, node, N_("two devices have the id “{id}” (the other: {other})"), findings)
        entry = _read_device(node, buses, profiles, identities, findings)
        if device_id is not None:
            result[device_id] = entry
    return result


def _read_device(
    node: Node,
    buses: Mapping[str, BusEntry],
    profiles: Profiles,
    identities: dict[tuple[str, str], Node],
    findings: Findings,
) -> DeviceEntry:
    bus_name = node.text("bus")
    entry = buses.get(bus_name) if bus_name is not None else None
    if bus_name is not None and entry is None:
        findings.unknown(node.mapping["bus"], N_("there is no bus “{word}”"), bus_name, list(buses))
    driver = entry.driver if entry is not None else None
    profile_name = node.text("profile")
    profile = profiles.get(profile_name, node.mapping["profile"]) if profile_name is not None else None
    if profile is not None and driver is not None and not _fits(node, profile, driver, findings):
        driver = None
    node = rated(node)
    part = findings.check(named(node, "name"), DevicePart)
    merged = _with_defaults(node, profile, driver, findings)
    options = findings.check(merged, driver.device_options) if driver is not None else None
    if driver is not None and options is not None:
        _check_identity(node, bus_name or "", driver.identity(options), identities, findings)
    owner = _owner(node, part, profile)
    nodes = _point_nodes(node, profile, findings)
    points = read_points(nodes, owner, driver, options, merged, findings)
    device = None
    if part is not None and options is not None:
        device = Device(
            id=part.id,
            bus=part.bus,
            names=names_or_id(part.name, part.id),
            group=owner.group,
            options=options,
            points=tuple(points),
            profile=part.profile or "",
            rack=part.rack,
            u=part.u,
            place=owner.place,
            size=part.size or (profile.head.size if profile is not None else None),
            path=tuple(part.path or ()),
            sensitive=part.sensitive if part.sensitive is not None else profile is not None and profile.head.sensitive,
            fed_by=part.fed_by,
        )
    return DeviceEntry(node, device, profile.head.u_height if profile is not None else None, tuple(nodes))


def _fits(node: Node, profile: Profile, driver: Driver, findings: Findings) -> bool:
    if profile.head.protocol == driver.protocol:
        return True
    what = N_("the profile “{profile}” is for the protocol {protocol}, the driver {driver} speaks {spoken}")
    params = {"profile": profile.head.id, "protocol": profile.head.protocol, "driver": driver.name, "spoken": driver.protocol}
    findings.add(node.mapping["profile"], what, N_("use another profile, or put the device on another bus"), **params)
    return False


def _with_defaults(node: Node, profile: Profile | None, driver: Driver | None, findings: Findings) -> Node:
    """The profile's device options under the device's own; keys that nobody knows are reported."""
    if driver is None:
        return node
    theirs = keys_of(driver.device_options)
    findings.known_keys(node, _DEVICE_KEYS, driver.name, theirs)
    if profile is None:
        return node
    findings.known_keys(profile.device, theirs)
    return Node({**profile.device.mapping, **node.mapping}, node.where)


def _check_identity(node: Node, bus: str, identity: str, seen: dict[tuple[str, str], Node], findings: Findings) -> None:
    other = seen.setdefault((bus, identity), node)
    if other is not node:
        what = N_("two devices on the bus “{bus}” have the address {address} (the other: {other})")
        do = N_("set one of the devices, and its entry here, to a free address")
        findings.add(node.get("address") or node, what, do, bus=bus, address=identity, other=other.where)


def _owner(node: Node, part: DevicePart | None, profile: Profile | None) -> Owner:
    group = profile.head.group if profile is not None else Group.ENVIRONMENT
    if part is None:
        return Owner(node.text("id") or "", group, None, None, ratios_of(node))
    return Owner(part.id, part.group or group, part.rack, part.place.place() if part.place is not None else None, ratios_of(node))


def _point_nodes(node: Node, profile: Profile | None, findings: Findings) -> list[Node]:
    if profile is not None:
        return merge(node, profile.points, findings)
    for key in ("overrides", "without"):
        if key in node.mapping and node.get("profile") is None:
            what = N_("“{key}” changes a profile's points, but this device has no profile")
            findings.add(node.mapping[key], what, N_("change the points themselves, or name a “profile”"), key=key)
    return findings.section(node, "points")
