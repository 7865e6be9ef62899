"""What differs between two rooms is told thing by thing, and the export of an effective room reads back as that room."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.config import difference, export, overrides
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.power import PowerKind, PowerNode
from cityops_desktop.model.rooms import Bus, Device, Rack, RackItem, Room, Site
from cityops_desktop.room.load import load_room, version_of
from drivers.registry import DRIVERS


def told(before, after):
    return [(one.thing, one.id, one.change) for one in difference.between(before, after)]


def test_each_kind_of_difference_is_told_with_its_fields(write):
    before = load_room(write(), DRIVERS)
    after = load_room(
        write(
            ("high: 30, deadband: 1", "high: 31, deadband: 1"),
            ("type: int16\n        scale: 0.1", "type: int16\n        scale: 0.5"),
            ("port: 1502", "port: 1503"),
            ("limits: [{level: critical, states: [1]}]", "featured: true"),
            ("name: {zh: 测试机房, en: Test room}", "name: {zh: 主机房, en: Main room}"),
        ),
        DRIVERS,
    )
    found = {(one.thing, one.id): one for one in difference.between(before, after)}
    assert found["limit", "a.temp#high2"].fields == {"value": ("30", "31")}
    assert found["limit", "a.temp#high2"].names == Names("temp", "temp")
    assert found["limit", "a.wet#state1"].change == "removed"
    assert found["bus", "tcp"].fields == {"options.port": ("1502", "1503")}
    assert found["point", "a.temp"].fields["source.scale"] == ("0.1", "0.5")
    assert found["point", "a.wet"].fields["featured"] == ("false", "true")
    assert found["room", "r1"].fields == {"names": ("测试机房 / Test room", "主机房 / Main room")}
    assert difference.counts(found.values())["limit changed"] == 1


def test_devices_points_racks_power_and_site():
    empty = Room("r", Names("房", "r"), "c/d/s/r", "UTC", "")
    point = Point("d.p", "d", Names("点", "p"), Kind.ANALOG, Group.IT, limits=(Limit("h", Level.MAJOR, LimitKind.HIGH, 5.0),))
    device = Device("d", "b", Names("机", "d"), Group.IT, None, (point,))
    item = RackItem(Names("服务器", "server"), 3, 2)
    rack, node = Rack("A01", Names("柜", "rack"), items=(item,)), PowerNode("u", Names("源", "u"), PowerKind.UPS)
    full = replace(
        empty, buses=(Bus("b", "x", Names("线", "b"), None),), devices=(device,), racks=(rack,), power=(node,), site=Site(owner="甲")
    )
    assert told(empty, full) == [
        ("site", "site", "changed"),
        ("bus", "b", "added"),
        ("device", "d", "added"),
        ("point", "d.p", "added"),
        ("limit", "d.p#h", "added"),
        ("power", "u", "added"),
        ("rack", "A01", "added"),
    ]
    moved = replace(full, racks=(replace(rack, items=(replace(item, u=7),)),))
    (one,) = difference.between(full, moved)
    assert set(one.fields) == {"U3 front", "U7 front"}
    assert one.fields["U3 front"][1] == "" and "服务器" in one.fields["U7 front"][1]


def test_overrides_and_files():
    changes = difference.of_overrides({"x": {"value": 1}}, {"x": {"value": 2.0}, "y": {"enabled": False}})
    assert [(one.id, one.change, one.fields) for one in changes] == [
        ("x", "changed", {"value": ("1", "2")}),
        ("y", "added", {"enabled": ("", "false")}),
    ]
    files = difference.of_files({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "9", "d": "4"})
    assert [(one.id, one.change) for one in files] == [("b", "changed"), ("c", "removed"), ("d", "added")]


LIMITS = st.lists(
    st.builds(Limit, st.sampled_from("hk"), st.sampled_from(Level), st.just(LimitKind.HIGH), st.integers(0, 3).map(float)),
    max_size=2,
    unique_by=lambda limit: limit.id,
)
POINTS = st.dictionaries(st.sampled_from("pqr"), st.tuples(LIMITS, st.sampled_from(["", "V"])), max_size=3)


@st.composite
def rooms(draw):
    devices = []
    for name, points in draw(st.dictionaries(st.sampled_from("ab"), POINTS)).items():
        made = tuple(
            Point(f"{name}.{p}", name, Names(p, p), Kind.ANALOG, Group.IT, unit, limits=tuple(limits))
            for p, (limits, unit) in points.items()
        )
        devices.append(Device(name, "b", Names(name, name), Group.IT, None, made))
    return Room("r", Names("房", "r"), "c/d/s/r", "UTC", "", buses=(Bus("b", "x", Names("b", "b"), None),), devices=tuple(devices))


TURNED = {"added": "removed", "removed": "added", "changed": "changed"}


@given(rooms(), rooms())
def test_nothing_differs_exactly_when_the_rooms_say_the_same_and_back_is_the_reverse(one, other):
    there, back = difference.between(one, other), difference.between(other, one)
    unordered = [replace(room, devices=tuple(sorted((_sorted(d) for d in room.devices), key=lambda d: d.id))) for room in (one, other)]
    assert (not there) is (unordered[0] == unordered[1])
    assert not difference.between(one, one)
    turned = {(c.thing, c.id, TURNED[c.change], tuple((f, b, a) for f, (a, b) in sorted(c.fields.items()))) for c in back}
    assert {(c.thing, c.id, c.change, tuple((f, a, b) for f, (a, b) in sorted(c.fields.items()))) for c in there} == turned
    assert all(before != after for c in there for before, after in c.fields.values())


def _sorted(device):
    points = tuple(replace(p, limits=tuple(sorted(p.limits, key=lambda x: x.id))) for p in sorted(device.points, key=lambda p: p.key))
    return replace(device, points=points)


OVERRIDES = [
    {"limit:a.temp#high2": {"value": 33, "level": 3}, "limit:a.temp#cold": {"enabled": False}},
    {"limit:a.wet#state1": {"on_delay": 2.5}, "limit:b.x#high3": {"value": 4, "deadband": 0.5}},
    {"limit:a.wet#state1": {"enabled": False}, "limit:b.x#high2": {"enabled": False}, "limit:b.x#high3": {"enabled": False}},
    {"limit:a.temp#cold": {"on_delay": 0, "level": 1}},
]


@pytest.mark.parametrize("kept", OVERRIDES)
@pytest.mark.parametrize("twice", [False, True])
def test_an_exported_room_reads_back_as_the_effective_one_with_its_comments(write, kept, twice):
    file = write()
    before = load_room(file, DRIVERS)
    after = overrides.apply(before, kept).room
    text = export.merged(file.read_text("utf-8"), before, after)
    if twice:  # what was written once is edited in place
        file.write_text(text, "utf-8")
        before = load_room(file, DRIVERS)
        after = overrides.apply(before, {"limit:b.x#high3": {"on_delay": 7}} if after.points()["b.x"].limits else {}).room
        text = export.merged(text, before, after)
    file.write_text(text, "utf-8")
    read = load_room(file, DRIVERS)
    assert not difference.between(after, read)
    assert read.version == version_of(after)
    assert "# in the cold aisle" in text and "# as the designer said" in text


def test_without_overrides_the_text_stays_byte_for_byte(write):
    file = write()
    room = load_room(file, DRIVERS)
    assert export.merged(file.read_text("utf-8"), room, room) == file.read_text("utf-8")


def test_another_secret_is_told_without_telling_it(tmp_path):
    rooms = []
    for community in ("public", "very-secret"):
        file = tmp_path / f"{community}.yaml"
        file.write_text(
            "room: {id: r, name: r, domain: c/d/s/r, timezone: UTC}\n"
            f"buses: [{{id: n, driver: snmp, host: 127.0.0.1, community: {community}}}]\n"
            "devices: [{id: u, bus: n, profile: ups-mib}]\n",
            encoding="utf-8",
        )
        rooms.append(load_room(file, DRIVERS))
    before, after = rooms
    assert before.version != after.version
    (change,) = difference.between(before, after)
    assert (change.thing, change.id, list(change.fields)) == ("bus", "n", ["options.community"])
    old, new = change.fields["options.community"]
    assert old != new
    assert "public" not in old
    assert "secret" not in new
    assert difference.between(after, load_room(tmp_path / "very-secret.yaml", DRIVERS)) == []
