"""What the room consists of now: devices by type and group, buses, racks and their use, who the devices say they are. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from cityops_desktop.model.identities import Standing
from cityops_desktop.model.rooms import Device, Rack, Room
from cityops_desktop.model.statistics import About, Cell, Column, Measure, Note, Row, Table

SOFTWARE = ("firmware", "software", "version", "revision", "application")
"""A fact with one of these in its name says which software a device runs."""

Watts = Callable[[str], float | None]


def by_type(room: Room) -> Table:
    """Devices and points of each profile; "" = described in the room file itself."""
    return _devices("devices_by_type", About.NAMED, room.devices, lambda device: device.profile or "-")


def by_group(room: Room) -> Table:
    """The same by equipment group."""
    return _devices("devices_by_group", About.GROUP, room.devices, lambda device: device.group.value)


def _devices(code: str, about: About, devices: Iterable[Device], kind: Callable[[Device], str]) -> Table:
    counts: Counter[str] = Counter()
    points: Counter[str] = Counter()
    limits: Counter[str] = Counter()
    for device in devices:
        counts[kind(device)] += 1
        points[kind(device)] += len(device.points)
        limits[kind(device)] += sum(len(point.limits) for point in device.points)
    columns = tuple(Column(one, Measure.COUNT) for one in ("devices", "points", "limits"))
    rows = [Row(id, (n, points[id], limits[id])) for id, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return Table(code, about, columns, tuple(rows), "room")


def buses(room: Room) -> Table:
    """Each wire with its driver, devices and points."""
    columns = (Column("devices", Measure.COUNT), Column("points", Measure.COUNT), Column("driver", Measure.TEXT, cells=About.NAMED))
    rows = []
    for bus in room.buses:
        mine = [device for device in room.devices if device.bus == bus.id]
        rows.append(Row(bus.id, (len(mine), sum(len(device.points) for device in mine), bus.driver)))
    return Table("buses", About.BUS, columns, tuple(rows), "room")


def racks(room: Room, watts: Watts) -> Table:
    """Units and power of each rack now. `watts` of a point in W or kW: None = not known now."""
    columns = (
        Column("u_used", Measure.COUNT),
        Column("u_free", Measure.COUNT),
        Column("u_used_part", Measure.SHARE),
        Column("largest_run", Measure.COUNT),
        Column("items", Measure.COUNT),
        Column("power_now", Measure.FIGURE, unit="kW"),
    )
    rows = []
    unmetered = 0
    for rack in room.racks:
        free, run = room_left(rack)
        used = rack.u_height - free
        keys = [key for feed in rack.feeds for key in feed.power]
        unmetered += not keys
        told = [watts(key) for key in keys]
        known = [one for one in told if one is not None]
        load: Cell = round(sum(known) / 1000, 3) if keys and len(known) == len(told) else None
        rows.append(Row(rack.id, (used, free, used / rack.u_height if rack.u_height else None, run, len(rack.items), load)))
    notes = (Note("racks_unmetered", {"n": unmetered}),) if unmetered else ()
    return Table("racks", About.RACK, columns, tuple(rows), "room_and_now", notes)


def room_left(rack: Rack) -> tuple[int, int]:
    """Whole units in which nothing stands on either face, and the longest run of them."""
    taken = [False] * (rack.u_height + 1)
    for item in rack.items:
        if item.height > 0:
            first, last = int(item.u), int(-((item.u + item.height) // -1)) - 1
            for unit in range(max(1, first), min(rack.u_height, last) + 1):
                taken[unit] = True
    longest = run = 0
    for unit in range(1, rack.u_height + 1):
        run = 0 if taken[unit] else run + 1
        longest = max(longest, run)
    return taken[1:].count(False), longest


def identities(room: Room, standings: Mapping[str, Standing]) -> Table:
    """Who each device says it is, which software it runs, and whether it waits for an engineer."""
    columns = (
        Column("identity", Measure.TEXT),
        Column("software", Measure.TEXT),
        Column("waits", Measure.TEXT, cells=About.WAITS),
        Column("admitted", Measure.MOMENT),
    )
    rows = []
    silent = 0
    for device in room.devices:
        one = standings.get(device.id)
        print_ = (one.known or one.seen) if one is not None else None
        facts = dict(print_.facts) if print_ is not None and print_.facts is not None and not print_.behaviour else {}
        software = {name: value for name, value in facts.items() if any(word in name.casefold() for word in SOFTWARE)}
        rest = " · ".join(value for name, value in facts.items() if name not in software)
        silent += not facts
        waits = one.waits.value if one is not None else None
        rows.append(Row(device.id, (rest or None, " · ".join(software.values()) or None, waits, one.admitted if one is not None else None)))
    notes = (Note("identity_unsaid", {"n": silent}),) if silent else ()
    return Table("identities", About.DEVICE, columns, tuple(rows), "devices", notes)
