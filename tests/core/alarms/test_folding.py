"""What a room file says of consequences: by its wires, by its power chain, and never by a guess."""

import pytest

from cityops_desktop.alarms.folding import GATEWAY_LEVEL, ROOM_LEVEL, parents, together
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point, Supply
from cityops_desktop.model.power import Feed, PowerKind, PowerNode, PowerRole
from cityops_desktop.model.resources import buses_behind, host_of, points_unknown
from cityops_desktop.model.rooms import Bus, Device, Rack, Room
from cityops_desktop.station.info import room_info

NAMES = Names("名", "name")


def point(key, supply=None, level=Level.MAJOR):
    limits = (Limit("state1", level, LimitKind.STATE, states=(1,), supply=supply),)
    return Point(key, key.split(".")[0], NAMES, Kind.DIGITAL, Group.UPS, limits=limits)


def device(id, *points, bus="b", fed_by=None):
    return Device(id, bus, NAMES, Group.UPS, None, tuple(points), fed_by=fed_by)


def room(*devices, buses=("b",), **more):
    return Room("r", NAMES, "c/d/s/r", "UTC", "1", buses=tuple(Bus(id, "x", NAMES, None) for id in buses), devices=devices, **more)


@pytest.mark.parametrize(
    ("resource", "host"),
    [
        ("10.0.0.5:4001", "10.0.0.5"),
        ("udp 10.0.0.5:161", "10.0.0.5"),
        ("moxa.room.local:502", "moxa.room.local"),
        ("[fe80::1]:502", "[fe80::1]"),
        ("http://10.0.0.9:8080/doors", "10.0.0.9"),
        ("https://recorder", "recorder"),
        ("/dev/ttyUSB0", None),
        ("/srv/doors:1/events.csv", None),
        (r"C:\doors\events:1", None),
        ("COM3", None),
        ("station", None),
        ("", None),
    ],
)
def test_the_host_of_what_a_bus_uses_alone(resource, host):
    assert host_of(resource) == host


def wired(**resources):
    buses = tuple(resources)
    return room(*(device(f"d-{bus}", point(f"d-{bus}.x"), point(f"d-{bus}.y"), bus=bus) for bus in buses), buses=buses)


def test_buses_behind_one_host_are_one_alarm_when_all_are_lost_and_so_is_the_room():
    places = {"a": "10.0.0.5:4001", "b": "10.0.0.5:4002", "c": "10.0.0.6:502", "d": "/dev/ttyS0", "figures": "station"}
    a_room = wired(**places)
    wide = together(a_room, places)
    assert [(one.subject, one.cause, one.level, one.buses, one.points) for one in wide] == [
        ("gateway:10.0.0.5", Cause.GATEWAY_LOST, GATEWAY_LEVEL, ("a", "b"), 4),
        ("room", Cause.ROOM_LOST, ROOM_LEVEL, ("a", "b", "c", "d"), 8),
    ]
    above = parents(a_room, wide)
    assert above["bus:a#lost"] == ("gateway:10.0.0.5#lost", "room#lost")
    assert above["d-a#lost"] == ("bus:a#lost", "gateway:10.0.0.5#lost", "room#lost")
    assert above["bus:c#lost"] == above["gateway:10.0.0.5#lost"] == ("room#lost",)
    assert above["d-figures#lost"] == ("bus:figures#lost",)
    assert "bus:figures#lost" not in above


def test_a_gateway_that_is_all_the_room_has_is_named_and_as_severe_as_the_blind_room():
    places = {"a": "10.0.0.5:4001", "b": "udp 10.0.0.5:161"}
    [one] = together(wired(**places), places)
    assert (one.cause, one.level) == (Cause.GATEWAY_LOST, Level.CRITICAL)


@pytest.mark.parametrize("places", [{"a": "/dev/ttyS0"}, {"a": "10.0.0.5:1", "figures": "station"}, {}])
def test_one_line_is_neither_a_gateway_nor_a_room(places):
    assert together(wired(**places), places) == []


def test_a_bus_without_devices_makes_no_room_less_blind():
    places = {"a": "/dev/ttyS0", "b": "/dev/ttyS1", "empty": "/dev/ttyS2"}
    bare = room(device("d", point("d.x"), bus="a"), device("e", point("e.x"), bus="b"), buses=tuple(places))
    assert [one.buses for one in together(bare, places)] == [("a", "b")]


MAINS = PowerNode("mains", NAMES, PowerKind.MAINS, points={PowerRole.STATE: "ats.mains"})
DIESEL = PowerNode("diesel", NAMES, PowerKind.GENERATOR, device="diesel")
ATS = PowerNode("ats", NAMES, PowerKind.ATS, ("mains", "diesel"), "ats")
BATTERY = PowerNode("battery", NAMES, PowerKind.BATTERY, device="battery")
UPS = PowerNode("ups", NAMES, PowerKind.UPS, ("ats", "battery"), "ups")
PANEL = PowerNode("panel", NAMES, PowerKind.PANEL, ("ups",), "panel")
CHAIN = (MAINS, DIESEL, ATS, BATTERY, UPS, PANEL)
LOST, FOLLOWS, PASSES = Supply.LOST, Supply.FOLLOWS, Supply.PASSES


def powered(**more):
    return room(
        device("ats", point("ats.mains", LOST), point("ats.position", FOLLOWS), point("ats.failed")),
        device("diesel", point("diesel.failed", LOST)),
        device("battery", point("battery.low", LOST)),
        device("ups", point("ups.input", FOLLOWS), point("ups.output", LOST), point("ups.overload")),
        device("panel", point("panel.voltage", PASSES)),
        device("pdu", point("pdu.voltage", FOLLOWS)),
        device("crac", point("crac.power", FOLLOWS), fed_by="ats"),
        device("lamp", point("lamp.power", FOLLOWS)),
        power=CHAIN,
        racks=(Rack("A1", NAMES, feeds=(Feed("A", "panel", ("pdu.power",)),)),),
        **more,
    )


def test_what_follows_from_a_lost_supply_lies_under_what_feeds_it_up_to_what_stores_power():
    key = "{}#state1".format
    assert parents(powered(), ()) == {
        **{f"{id}#lost": ("bus:b#lost",) for id in ("ats", "diesel", "battery", "ups", "panel", "pdu", "crac", "lamp")},
        key("ats.position"): (key("ats.mains"),),
        key("ups.input"): (key("ats.mains"),),
        key("panel.voltage"): (key("ups.output"),),
        key("pdu.voltage"): (key("panel.voltage"), key("ups.output")),
        key("crac.power"): (key("ats.mains"),),
    }, "not the standby set, not the battery, nothing beyond the UPS, no overload, and no device of which no feed is known"


def test_a_consequence_has_with_a_parent_all_of_its_parents():
    places = {"a": "10.0.0.5:4001", "b": "10.0.0.5:4002", "c": "10.0.0.6:502"}
    for above in (parents(powered(), ()), parents(wired(**places), together(wired(**places), places))):
        for key, keys in above.items():
            assert key not in keys
            for parent in keys:
                assert set(above.get(parent, ())) <= set(keys)


def test_a_pdu_that_measures_feeds_of_two_nodes_follows_from_neither():
    feeds = (Feed("A", "panel", ("pdu.a",)), Feed("B", "ups", ("pdu.b",)))
    both = room(
        device("panel", point("panel.voltage", LOST)),
        device("pdu", point("pdu.voltage", FOLLOWS)),
        power=CHAIN,
        racks=(Rack("A1", NAMES, feeds=feeds),),
    )
    assert "pdu.voltage#state1" not in parents(both, ())


def test_the_points_that_a_lost_thing_makes_unknown_are_named():
    places = {"a": "10.0.0.5:4001", "b": "10.0.0.5:4002", "c": "/dev/ttyS0", "figures": "station"}
    info = room_info(wired(**places), places, {f"d-{bus}": "" for bus in places})
    unknown = {
        subject: points_unknown(subject, info.buses, info.devices, info.points)
        for subject in ("d-c", "bus:c", "gateway:10.0.0.5", "room", "station", "d-c.x")
    }
    assert unknown["d-c"] == unknown["bus:c"] == ["d-c.x", "d-c.y"]
    assert unknown["gateway:10.0.0.5"] == ["d-a.x", "d-a.y", "d-b.x", "d-b.y"]
    assert len(unknown["room"]) == 6
    assert unknown["station"] == unknown["d-c.x"] == []
    assert buses_behind("gateway:10.0.0.5", info.buses) == ["a", "b"]
