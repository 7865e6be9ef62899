"""The profiles that come with the program: each is sound, and real replies of the devices decode to what their makers say."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cityops_desktop import paths
from cityops_desktop.model.points import Kind, Level
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.room import load_room
from drivers.modbus.options import Source, Table
from drivers.modbus.values import reading
from drivers.registry import DRIVERS

PROFILES = sorted(file.stem for file in paths.PROFILES.glob("*.yaml"))


def room_with(folder: Path, profile: str) -> Room:
    file = folder / "room.yaml"
    file.write_text(
        "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
        "buses: [{id: line, driver: modbus-rtu, port: /dev/ttyUSB7}]\n"
        f"devices: [{{id: a, bus: line, address: 1, profile: {profile}}}]\n",
        encoding="utf-8",
    )
    return load_room(file, DRIVERS)


def decoded(device: Device, table: Table, first: int, reply: str) -> Mapping[str, Reading]:
    """What the profile's points make of an RTU reply (address, function, count, data, CRC) to a read from `first`."""
    data = bytes.fromhex(reply)[3:-2]
    found: dict[str, Reading] = {}
    for point in device.points:
        source = point.source
        assert isinstance(source, Source)
        start = source.address - first
        if source.table is not table or start < 0:
            continue
        if table.bits:
            raw = bytes([data[start // 8] >> start % 8 & 1]) if start < 8 * len(data) else b""
        else:
            raw = data[2 * start : 2 * (start + source.width)]
        if len(raw) == (1 if table.bits else 2 * source.width):
            found[point.key.removeprefix("a.")] = reading(point, source, raw, 0)
    return found


FRAMES = [
    ("xy-md02", Table.INPUT, 1, "01 04 04 01 31 02 22 2A CE", {"temperature": 30.5, "humidity": 54.6}),
    ("xy-md02", Table.INPUT, 1, "01 04 04 FF 33 02 22 BA E6", {"temperature": -20.5, "humidity": 54.6}),
    ("th-sensor-generic", Table.HOLDING, 0, "01 03 04 00 EA 01 E6 5B DD", {"temperature": 23.4, "humidity": 48.6}),
    (
        "datamate3000",
        Table.HOLDING,
        0,
        "01 03 16 00 EA 01 E6 00 A5 00 00 00 00 00 00 00 00 10 00 00 00 00 80 00 03 D5 BE",
        {
            **{"return_temperature": 23.4, "return_humidity": 48.6, "high_pressure": 16.5},
            **{"floor_water": 1, "filter_service": 1, "fan": 1, "cooling": 1, "heating": 0, "alarm_high_pressure": 0, "phase_missing": 0},
        },
    ),
    ("leak-detector-coil", Table.COIL, 0, "FD 01 01 01 A0 18", {"wet": 1}),
    ("leak-detector-coil", Table.COIL, 0, "FD 01 01 00 61 D8", {"wet": 0}),
    ("eastron-sdm630", Table.INPUT, 0x00, "01 04 04 43 66 33 34 1B 38", {"voltage_l1": 230.2}),
    ("eastron-sdm630", Table.INPUT, 0x34, "01 04 04 45 16 00 00 0F 4C", {"power_total": 2400.0}),
    ("eastron-sdm630", Table.INPUT, 0x46, "01 04 04 42 48 00 00 6F EA", {"frequency": 50.0}),
    (
        "huawei-ups2000",
        Table.HOLDING,
        11000,
        "01 03 38 08 A7 00 00 00 00 01 F3 08 A2 00 00 00 00 01 F4 08 98 00 00 00 00 00 7D 00 00 00 00 01 F4 00 18 00 00 00 00 00 1C 00 00"
        "00 00 01 5E 00 00 00 00 00 02 00 00 00 00 01 38 6A 9B",
        {
            **{"input_voltage": 221.5, "input_frequency": 49.9, "bypass_voltage": 221.0, "bypass_frequency": 50.0},
            **{"output_voltage": 220.0, "output_current": 12.5, "output_frequency": 50.0, "output_power": 2.4, "output_apparent": 2.8},
            **{"load": 35.0, "mode": 2, "temperature": 31.2},
        },
    ),
    (
        "huawei-ups2000",
        Table.HOLDING,
        12000,
        "01 03 0C 08 70 00 00 00 03 00 57 00 00 08 34 98 B5",
        {"battery_voltage": 216.0, "battery_state": 3, "battery_charge": 87.0, "battery_runtime": 2100.0},
    ),
    ("waveshare-8ch", Table.DISCRETE, 0, "01 02 01 05 61 8B", {"input_1": 1, "input_2": 0, "input_3": 1, "input_8": 0}),
    (
        "ai-8ch-4-20ma",
        Table.HOLDING,
        0,
        "01 03 10 2E E0 0F A0 4E 20 0D AC 00 00 00 00 00 00 00 00 69 D6",
        {"pressure_1": 5.0, "pressure_2": 0.0, "pressure_3": 10.0, "pressure_4": None, "pressure_5": None},
    ),
    (
        "clever-pdu",
        Table.HOLDING,
        101,
        "01 03 14 08 9D 04 E2 0A 8D 0A C4 00 62 00 00 30 39 02 24 0E E2 00 00 6A E1",
        {
            **{"voltage_l1": 220.5, "current_l1": 12.5, "power_l1": 2701.0, "apparent_l1": 2756.0, "power_factor_l1": 0.98},
            **{"reactive_l1": 548.0, "line_voltage_l1": 381.0},
        },
    ),
    (
        "clever-pdu",
        Table.HOLDING,
        1951,
        "01 03 10 00 EA 00 FB 00 00 00 00 01 E6 01 C7 00 00 00 00 26 6E",
        {"temperature_1": 23.4, "temperature_2": 25.1, "humidity_1": 48.6, "humidity_2": 45.5},
    ),
    ("clever-pdu", Table.HOLDING, 1971, "01 03 08 00 00 00 00 00 01 00 00 C4 17", {"door_1": 0, "door_2": 0, "water": 1, "smoke": 0}),
]


@pytest.mark.parametrize(("profile", "table", "first", "reply", "values"), FRAMES, ids=[f"{f[0]}-{f[2]}-{i}" for i, f in enumerate(FRAMES)])
def test_a_reply_decodes_to_what_the_maker_says(
    tmp_path: Path, profile: str, table: Table, first: int, reply: str, values: Mapping[str, float | None]
) -> None:
    found = decoded(room_with(tmp_path, profile).devices[0], table, first, reply)
    assert {point: found[point].value for point in values} == values
    assert all(found[point].quality is (Quality.BAD if value is None else Quality.GOOD) for point, value in values.items())


def test_a_broken_wire_of_a_cylinder_is_a_fault_and_not_zero(tmp_path: Path) -> None:
    device = room_with(tmp_path, "ai-8ch-4-20ma").devices[0]
    microamperes = [3590, 3600, 4000, 20000, 21000, 21020, 0, 65535]
    reply = "010310" + "".join(f"{raw:04X}" for raw in microamperes) + "0000"
    found = decoded(device, Table.HOLDING, 0, reply)
    reasons = [found[f"pressure_{channel}"].reason for channel in range(1, 9)]
    fault = Reason.OUT_OF_RANGE
    assert reasons == [fault, None, None, None, None, fault, fault, fault]


def test_what_a_ups_marks_invalid_is_no_value(tmp_path: Path) -> None:
    device = room_with(tmp_path, "huawei-ups2000").devices[0]
    found = decoded(device, Table.HOLDING, 12000, "01030C" + "7FFF" + "0000" + "FFFF" + "FFFF" + "FFFFFFFF" + "0000")
    for point in ("battery_voltage", "battery_state", "battery_charge", "battery_runtime"):
        assert found[point].reason is Reason.INVALID_VALUE, point


def test_a_ups_is_asked_for_its_alarms_in_one_block_and_for_its_values_in_another(tmp_path: Path) -> None:
    room = room_with(tmp_path, "huawei-ups2000")
    device = room.devices[0]
    assert device.options.timeout >= 2
    requests = DRIVERS["modbus-rtu"].plan(room.buses[0], device, device.points)
    asked = {(request.payload.address, request.payload.count) for request in requests}
    assert {(11000, 28), (12000, 6), (41180, 27)} <= asked


def test_the_alarm_bits_of_a_ups(tmp_path: Path) -> None:
    device = room_with(tmp_path, "huawei-ups2000").devices[0]
    words = [0] * 27
    words[40163 - 40156] = 1 << 3
    words[40173 - 40156] = 1 << 5
    found = decoded(device, Table.HOLDING, 41180, "010336" + "".join(f"{word:04X}" for word in words) + "0000")
    assert {point for point, one in found.items() if one.value == 1} == {"battery_overvoltage", "overload_105"}


def test_a_ups_alarms_as_agreed(tmp_path: Path) -> None:
    points = room_with(tmp_path, "huawei-ups2000").points()
    battery = next(limit for limit in points["a.mode"].limits if limit.id == "on_battery")
    assert (battery.level, battery.states, battery.on_delay) == (Level.MAJOR, (3,), 3.0)
    assert [(limit.level, limit.value) for limit in points["a.load"].limits] == [(Level.MINOR, 80.0), (Level.MAJOR, 90.0)]
    assert points["a.low_battery"].limits[0].level is Level.CRITICAL
    assert points["a.mode"].states[3].zh == "电池逆变"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_sound_named_in_both_languages_and_says_where_its_limits_come_from(tmp_path: Path, profile: str) -> None:
    points = room_with(tmp_path, profile).points().values()
    assert points
    for point in points:
        assert point.names.zh and point.names.en and point.names.zh != point.key.partition(".")[2], point.key
        assert any("\u4e00" <= sign <= "\u9fff" for sign in point.names.zh), point.key
        assert point.names.en.isascii(), point.key
        assert not point.writable
        assert all(limit.source for limit in point.limits), point.key
        assert all(limit.deadband > 0 and limit.on_delay > 0 for limit in point.limits if point.kind is not Kind.DIGITAL), point.key
        assert point.kind is not Kind.ANALOG or point.span is not None, point.key
        assert point.kind is not Kind.DIGITAL or len(point.states) >= 2, point.key
        assert point.normal is None or point.span is None or point.span[0] <= point.normal[0] < point.normal[1] <= point.span[1], point.key


def test_few_points_of_a_device_matter_on_an_overview(tmp_path: Path) -> None:
    for profile in PROFILES:
        assert sum(point.featured for point in room_with(tmp_path, profile).points().values()) <= 6
