"""A sound room file becomes a room: names, defaults, groups, racks, version."""

from pathlib import Path

import pytest

from cityops_desktop.errors import OperatorError
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Place
from cityops_desktop.model.rooms import OperatingMode, Room
from cityops_desktop.room import check_room, describe, load_room
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.options import Source, Table, Type
from drivers.registry import DRIVERS

SMALLEST = """\
room: {id: r1, name: {zh: 测试机房, en: Test room}, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses:
  - {id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: 1502}
  - {id: line, driver: modbus-rtu, port: /dev/ttyUSB0, baudrate: 9600, parity: N}
devices:
  - id: a
    bus: tcp
    address: 1
    points:
      - {id: x, kind: analog, unit: "°C", table: holding, address: 123, type: uint16, scale: 0.1}
      - {id: d, kind: digital, table: coil, address: 5}
"""
HEAD = "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
TCP = "buses: [{id: tcp, driver: modbus-tcp, host: 10.0.0.5}]\n"


def load(folder: Path, text: str) -> Room:
    file = folder / "room.yaml"
    file.write_text(text, encoding="utf-8")
    return load_room(file, DRIVERS)


def test_the_smallest_room_file_works(tmp_path: Path) -> None:
    room = load(tmp_path, SMALLEST)
    assert (room.id, room.names, room.domain, room.timezone) == ("r1", Names("测试机房", "Test room"), "c/d/s/r1", "Asia/Shanghai")
    assert room.origin == "real" and room.size is None and len(room.version) == 64
    tcp, line = room.buses
    assert tcp.options == TcpBus(host="127.0.0.1", port=1502)
    assert line.options == SerialBus(port="/dev/ttyUSB0") and line.names == Names("line", "line")
    assert list(room.points()) == ["a.x", "a.d"]
    x, d = room.points().values()
    assert (x.kind, x.unit, x.resolution, x.period, x.group, x.decimals) == (Kind.ANALOG, "°C", 0.1, 5.0, Group.ENVIRONMENT, 1)
    assert x.source == Source(table=Table.HOLDING, address=123, type=Type.UINT16, scale=0.1)
    assert x.names == Names("x", "x") and x.write is None and not x.limits
    assert d.kind is Kind.DIGITAL and d.resolution == 1.0


def test_a_room_without_equipment_is_a_room(tmp_path: Path) -> None:
    assert load(tmp_path, HEAD).points() == {}


def test_the_site_says_who_answers_for_what(tmp_path: Path) -> None:
    site = (
        "site: {owner: 市大数据局, operator: 某公司, authority: 市政府, mode: government_invested_company_operated, contract: 甲乙双方}\n"
    )
    room = load(tmp_path, HEAD + site)
    assert room.site.owner == "市大数据局" and room.site.mode is OperatingMode.GOV_COMPANY


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert load_room(file, DRIVERS).version == load(tmp_path, SMALLEST).version


def test_numbers_may_be_hexadecimal_and_a_leading_zero_is_no_octal(tmp_path: Path) -> None:
    points = "devices: [{id: a, bus: tcp, address: 010, points: [{id: x, kind: analog, table: input, address: 0x34, type: uint16}]}]\n"
    room = load(tmp_path, HEAD + TCP + points)
    assert room.points()["a.x"].source.address == 0x34
    assert room.devices[0].options.address == 10


@pytest.mark.parametrize(
    ("keys", "resolution"),
    [
        ("kind: analog, type: int16, scale: 0.1", 0.1),
        ("kind: analog, type: int16, scale: -0.1", 0.1),
        ("kind: analog, type: uint16", 1.0),
        ("kind: analog, type: float32", 0.01),
        ("kind: analog, type: float32, resolution: 0.5", 0.5),
        ("kind: counter, type: uint32", 1.0),
        ("kind: counter, type: uint32, scale: 0.01", 0.01),
        ("kind: digital, type: uint16", 1.0),
        ("kind: text, type: string, length: 8", 1.0),
    ],
)
def test_the_resolution_when_none_is_given(tmp_path: Path, keys: str, resolution: float) -> None:
    device = f"devices: [{{id: a, bus: tcp, address: 1, points: [{{id: x, table: input, address: 0, {keys}}}]}}]\n"
    assert load(tmp_path, HEAD + TCP + device).points()["a.x"].resolution == resolution


def test_limits_get_an_id_that_does_not_depend_on_their_order(tmp_path: Path) -> None:
    limits = (
        "[{level: major, high: 30, deadband: 1, on_delay: 60, off_delay: 120, source: S},"
        " {level: warning, low: 18}, {id: own, level: minor, high: 29}]"
    )
    device = f"devices: [{{id: a, bus: tcp, address: 1, points: [{{id: x, kind: analog, table: input, address: 0, limits: {limits}}}]}}]\n"
    point = load(tmp_path, HEAD + TCP + device).points()["a.x"]
    assert point.limits == (
        Limit("high2", Level.MAJOR, LimitKind.HIGH, 30.0, deadband=1.0, on_delay=60.0, off_delay=120.0, source="S"),
        Limit("low4", Level.WARNING, LimitKind.LOW, 18.0),
        Limit("own", Level.MINOR, LimitKind.HIGH, 29.0),
    )


PROFILE = """\
profile: {id: box, name: {zh: 盒子, en: Box}, manufacturer: m, protocol: modbus, group: battery, source: the datasheet, u_height: 2}
device: {timeout: 2.5, max_registers: 20}
points:
  - {id: v, name: {zh: 电压, en: Voltage}, kind: analog, unit: V, table: input, address: 0, type: uint16, scale: 0.1, period: 3}
  - {id: t, kind: analog, unit: °C, table: input, address: 1, type: int16, group: environment}
  - {id: s, kind: digital, table: input, address: 2, states: {0: 好, 1: {zh: 坏, en: bad}}}
"""


def with_profile(folder: Path, device: str) -> Room:
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / "box.yaml").write_text(PROFILE, encoding="utf-8")
    return load(folder, HEAD + TCP + f"devices: [{device}]\nracks: [{{id: A01}}, {{id: B01, u_height: 20}}]\n")


def test_a_device_takes_points_options_and_group_of_its_profile(tmp_path: Path) -> None:
    room = with_profile(tmp_path, "{id: b, bus: tcp, address: 7, profile: box, max_registers: 30}")
    device = room.devices[0]
    assert (device.profile, device.group) == ("box", Group.BATTERY)
    assert (device.options.address, device.options.timeout, device.options.max_registers) == (7, 2.5, 30)
    assert [(point.key, point.group, point.period) for point in device.points] == [
        ("b.v", Group.BATTERY, 3.0),
        ("b.t", Group.ENVIRONMENT, 5.0),
        ("b.s", Group.BATTERY, 5.0),
    ]
    assert device.points[2].states == {0: Names("好", "好"), 1: Names("坏", "bad")}


def test_overrides_change_a_profiles_point_and_without_leaves_it_out(tmp_path: Path) -> None:
    overrides = "overrides: {v: {scale: 0.01, limits: [{level: major, low: 10}], name: 端电压}}"
    own = "points: [{id: w, kind: analog, table: input, address: 9}]"
    room = with_profile(tmp_path, f"{{id: b, bus: tcp, address: 7, profile: box, without: [t], {overrides}, {own}}}")
    assert list(room.points()) == ["b.v", "b.s", "b.w"]
    changed = room.points()["b.v"]
    assert (changed.resolution, changed.names, changed.unit) == (0.01, Names("端电压", "端电压"), "V")
    assert changed.limits[0].value == 10.0


def test_a_profile_beside_the_room_file_wins_over_ours(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    text = PROFILE.replace("id: box", "id: xy-md02")
    (tmp_path / "profiles" / "xy-md02.yaml").write_text(text, encoding="utf-8")
    room = load(tmp_path, HEAD + TCP + "devices: [{id: b, bus: tcp, address: 7, profile: xy-md02}]\n")
    assert "b.v" in room.points()


def test_a_device_in_a_rack_takes_the_units_that_its_profile_says(tmp_path: Path) -> None:
    room = with_profile(tmp_path, "{id: b, bus: tcp, address: 7, profile: box, rack: A01, u: 10, name: {zh: 电池, en: Battery}}")
    [item] = room.racks[0].items
    assert (item.u, item.height, item.device, item.names.en) == (10, 2.0, "b", "Battery")
    assert {point.rack for point in room.points().values()} == {"A01"}


def test_an_item_of_a_rack_puts_its_device_there(tmp_path: Path) -> None:
    device = "devices: [{id: b, bus: tcp, address: 7, points: [{id: x, kind: analog, table: input, address: 0}]}]\n"
    racks = "racks: [{id: A01, place: {x: 1, y: 2}, facing: 90, row: A, items: [{name: 主机, u: 5, height: 1.5, device: b, face: rear}]}]\n"
    room = load(tmp_path, HEAD + TCP + device + racks)
    assert (room.devices[0].rack, room.devices[0].u) == ("A01", 5)
    assert room.points()["b.x"].rack == "A01"
    rack = room.racks[0]
    assert (rack.place, rack.facing, rack.row, rack.u_height) == (Place(1.0, 2.0), 90.0, "A", 42)


def test_a_point_has_the_place_of_its_device_unless_it_has_one(tmp_path: Path) -> None:
    y = "{id: y, kind: analog, table: input, address: 1, place: {x: 3, y: 4, z: 2}}"
    points = f"points: [{{id: x, kind: analog, table: input, address: 0}}, {y}]"
    room = load(tmp_path, HEAD + TCP + f"devices: [{{id: b, bus: tcp, address: 7, place: {{x: 1, y: 2}}, {points}}}]\n")
    assert room.points()["b.x"].place == Place(1.0, 2.0)
    assert room.points()["b.y"].place == Place(3.0, 4.0, 2.0)


def test_the_version_follows_the_content_and_nothing_else(tmp_path: Path) -> None:
    version = load(tmp_path, SMALLEST).version
    same = [
        "# a comment\n" + SMALLEST,
        SMALLEST.replace(
            "{id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: 1502}", "{port: 1502, host: 127.0.0.1, driver: modbus-tcp, id: tcp}"
        ),
        SMALLEST.replace("address: 123", "address: 0x7B"),
        SMALLEST.replace('unit: "°C"', "unit: '°C', period: 5, featured: false, name: x"),
    ]
    assert {load(tmp_path, text).version for text in same} == {version}
    other = [
        SMALLEST.replace("123", "124"),
        SMALLEST.replace("0.1}", "0.2}"),
        SMALLEST.replace("测试", "试验"),
        SMALLEST.replace("id: x", "id: y"),
    ]
    versions = {load(tmp_path, text).version for text in other}
    assert len(versions) == 4 and version not in versions


def test_the_account_of_a_room_counts_points_and_requests(tmp_path: Path) -> None:
    account = describe(with_profile(tmp_path, "{id: b, bus: tcp, address: 7, profile: box}"), DRIVERS)
    assert (account.devices, account.points, account.racks, account.groups) == (1, 3, 2, {"battery": 2, "environment": 1})
    [bus] = account.buses
    assert (bus.bus, bus.driver, bus.resource, bus.devices, bus.points) == ("tcp", "modbus-tcp", "10.0.0.5:502", 1, 3)
    assert bus.requests >= 1 and 0 < bus.load < 1


def test_checking_gives_the_problems_that_loading_raises(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    file.write_text(SMALLEST.replace("modbus-rtu", "modbus-rto"), encoding="utf-8")
    with pytest.raises(OperatorError) as caught:
        load_room(file, DRIVERS)
    assert list(caught.value.problems) == check_room(file, DRIVERS)
    file.write_text(SMALLEST, encoding="utf-8")
    assert check_room(file, DRIVERS) == []
