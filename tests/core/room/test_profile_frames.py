"""The profiles that come with the program: each is sound, asks what its device is known to be asked, and decodes its replies."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop import paths
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.drivers import Counters
from cityops_desktop.model.points import Kind, Level
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.room import load_room
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.options import Source, Table
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from drivers.modbus.values import reading
from drivers.registry import DRIVERS
from tests.drivers.modbus.pipe import Pipe

PROFILES = sorted(file.stem for file in paths.PROFILES.glob("*.yaml"))
PROTOCOLS = {
    name: re.search(r"^  protocol: (\S+)", (paths.PROFILES / f"{name}.yaml").read_text("utf-8"), re.MULTILINE).group(1)  # type: ignore[union-attr]
    for name in PROFILES
}
BUSES = {
    "modbus": ("driver: modbus-rtu, port: /dev/ttyUSB7", "address: {address}"),
    "ydn23": ("driver: ydn23, port: /dev/ttyUSB7", "address: {address}"),
    "dlt645": ("driver: dlt645, port: /dev/ttyUSB7", "address: {address}"),
    "megatec": ("driver: megatec, port: /dev/ttyUSB7", "group: ups"),
    "badge-events": ("driver: badge-events, file: /tmp/doors.csv, columns: {{time: t, door: d, event: e}}", "door: north"),
    "nut": ("driver: nut, host: 10.0.0.7", "ups: ups1"),
    "snmp": ("driver: snmp, host: 10.0.0.7, community: c", "timeout: 3"),
    "recorder-http": ("driver: recorder-http, host: 10.0.0.7", "channel: 3"),
}
"""For each protocol a bus, and what tells a device on it from its neighbours."""

LOCATING = (
    ", overrides: {leak: {table: holding, address: 10}, cable_break: {table: holding, address: 11},"
    " distance: {table: holding, address: 12, scale: 0.1}, cable_length: {table: holding, address: 13, scale: 0.1}}"
)
PANEL = ", overrides: {voltage_l1: {position: 1}, voltage_l2: {position: 5}, voltage_l3: {position: 9}, frequency: {position: 13}}"
SITE = {
    "acrel-dtsd1352": ", ratios: {pt: 1, ct: 1}",
    "dlt645-meter": ", ratios: {pt: 1, ct: 1}",
    "leak-detector-locating": LOCATING,
    "ydn23-ac-panel": PANEL,
    "ydn23-environment": ", overrides: {temperature: {position: 0}, humidity: {position: 4}}",
}
"""What a site must say of a device beside its address."""


def room_with(folder: Path, profile: str, *, address: int = 1, more: str | None = None) -> Room:
    file = folder / "room.yaml"
    more = SITE.get(profile, "") if more is None else more
    bus, place = (text.format(address=address) for text in BUSES[PROTOCOLS[profile]])
    file.write_text(
        "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
        f"buses: [{{id: line, {bus}}}]\n"
        f"devices: [{{id: a, bus: line, {place}, profile: {profile}{more}}}]\n",
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


RTU = next(driver for name, driver in DRIVERS.items() if name == "modbus-rtu")
TABLES = {1: Table.COIL, 2: Table.DISCRETE, 3: Table.HOLDING, 4: Table.INPUT}
DATAMATE = {
    **{"return_temperature": 23.4, "return_humidity": 48.6, "high_pressure": 16.5},
    **{"floor_water": 1, "filter_service": 1, "fan": 1, "cooling": 1, "heating": 0, "alarm_high_pressure": 0, "phase_missing": 0},
}
UPS2000 = {
    **{"input_voltage": 221.5, "input_frequency": 49.9, "bypass_voltage": 221.0, "bypass_frequency": 50.0},
    **{"output_voltage": 220.0, "output_current": 12.5, "output_frequency": 50.0, "output_power": 2.4, "output_apparent": 2.8},
    **{"load": 35.0, "mode": 2, "temperature": 31.2},
}
UPS2000_BATTERY = {"battery_voltage": 216.0, "battery_state": 3, "battery_charge": 87.0, "battery_runtime": 2100.0}
SMART_UPS = {
    **{"battery_runtime": 2100.0, "battery_charge": 100.0, "battery_voltage": 54.5, "battery_temperature": 25.0, "load": 35.0},
    **{"output_current": 5.0, "output_voltage": 230.0, "output_frequency": 50.0, "input_voltage": 231.0},
}
PRESSURES = {"pressure_1": 5.0, "pressure_2": 0.0, "pressure_3": 10.0, **{f"pressure_{n}": None for n in range(4, 9)}}
PDU = {
    **{"voltage_l1": 220.5, "current_l1": 12.5, "power_l1": 2701.0, "apparent_l1": 2756.0, "power_factor_l1": 0.98},
    **{"reactive_l1": 548.0, "line_voltage_l1": 381.0},
}
FIRE = {"fire": 1, "fault": 1, "discharge": 0, "automatic": 1, "mains": 1}
DOOR = {"door": 0, "forced": 1, "held": 1, "lock": 1, "exit_button": 1}
INPUTS = {f"input_{n}": int(n in (1, 3)) for n in range(1, 9)}
ACREL = {"voltage_l1": 220.5, "voltage_l2": 221.0, "voltage_l3": 219.5}
LONGER = {("clever-pdu", 101), ("clever-pdu", 1951)}
"""The frames that were captured with a longer question than ours: the registers beyond the last of our points are not asked."""
FRAMES = [
    ("xy-md02", "01 04 00 01 00 02 20 0B", "01 04 04 01 31 02 22 2A CE", {"temperature": 30.5, "humidity": 54.6}),
    ("xy-md02", "01 04 00 01 00 02 20 0B", "01 04 04 FF 33 02 22 BA E6", {"temperature": -20.5, "humidity": 54.6}),
    ("th-sensor-generic", "01 03 00 00 00 02 C4 0B", "01 03 04 00 EA 01 E6 5B DD", {"temperature": 23.4, "humidity": 48.6}),
    (
        "datamate3000",
        "01 03 00 00 00 0B 04 0D",
        "01 03 16 00 EA 01 E6 00 A5 00 00 00 00 00 00 00 00 10 00 00 00 00 80 00 03 D5 BE",
        DATAMATE,
    ),
    ("leak-detector-coil", "FD 01 00 00 00 01 E9 F6", "FD 01 01 01 A0 18", {"wet": 1}),
    ("leak-detector-coil", "FD 01 00 00 00 01 E9 F6", "FD 01 01 00 61 D8", {"wet": 0}),
    ("eastron-sdm630", "01 04 00 00 00 02 71 CB", "01 04 04 43 66 33 34 1B 38", {"voltage_l1": 230.2}),
    ("eastron-sdm630", "01 04 00 34 00 02 30 05", "01 04 04 45 16 00 00 0F 4C", {"power_total": 2400.0}),
    ("eastron-sdm630", "01 04 00 46 00 02 90 1E", "01 04 04 42 48 00 00 6F EA", {"frequency": 50.0}),
    ("schneider-iem3000", "01 03 0B D3 00 02 37 D6", "01 03 04 43 66 66 66 A4 22", {"voltage_l1": 230.4}),
    ("schneider-iem3000", "01 03 0B F3 00 02 36 1C", "01 03 04 40 19 99 9A D4 0F", {"power_total": 2.4}),
    ("schneider-iem3000", "01 03 0C 83 00 04 B6 B1", "01 03 08 00 00 00 00 00 12 D6 87 2B D0", {"energy_import": 1234.567}),
    (
        "chint-dtsu666",
        "01 03 20 06 00 06 2E 09",
        "01 03 0C 45 09 D0 00 45 0A 20 00 45 09 30 00 0C 17",
        {"voltage_l1": 220.5, "voltage_l2": 221.0, "voltage_l3": 219.5},
    ),
    (
        "huawei-ups2000",
        "01 03 2A F8 00 1C CD EA",
        "01 03 38 08 A7 00 00 00 00 01 F3 08 A2 00 00 00 00 01 F4 08 98 00 00 00 00 00 7D 00 00 00 00 01 F4 00 18 00 00 00 00 00 1C 00 00"
        "00 00 01 5E 00 00 00 00 00 02 00 00 00 00 01 38 6A 9B",
        UPS2000,
    ),
    ("huawei-ups2000", "01 03 2E E0 00 06 CD 16", "01 03 0C 08 70 00 00 00 03 00 57 00 00 08 34 98 B5", UPS2000_BATTERY),
    (
        "apc-smart-ups",
        "01 03 00 80 00 18 44 28",
        "01 03 30 00 00 08 34 C8 00 06 D0 00 00 00 00 00 00 0C 80 23 00 00 00 23 00 00 00 00 A0 00 00 39 80 00 00 19 00 00 00 00 00 00 00"
        "00 00 00 00 00 00 39 C0 F3 CA",
        SMART_UPS,
    ),
    ("waveshare-8ch", "01 02 00 00 00 08 79 CC", "01 02 01 05 61 8B", INPUTS),
    ("fire-panel-contacts", "01 02 00 00 00 05 B8 09", "01 02 01 1B E1 83", FIRE),
    ("fire-panel-contacts", "01 02 00 00 00 05 B8 09", "01 02 01 00 A1 88", dict.fromkeys(FIRE, 0)),
    ("access-contacts", "01 02 00 00 00 05 B8 09", "01 02 01 1E 21 80", DOOR),
    ("ai-8ch-4-20ma", "01 03 00 00 00 08 44 0C", "01 03 10 2E E0 0F A0 4E 20 0D AC 00 00 00 00 00 00 00 00 69 D6", PRESSURES),
    (
        "acrel-dtsd1352",
        "01 03 00 61 00 06 94 16",
        "01 03 0C 08 9D 08 A2 08 93 00 FA 00 F8 00 FC 2F 87",
        {**ACREL, "current_l1": 2.5, "current_l2": 2.48, "current_l3": 2.52},
    ),
    ("acrel-dtsd1352", "01 03 01 6A 00 02 E5 EB", "01 03 04 00 00 06 72 79 B6", {"power_total": 1.65}),
    ("clever-pdu", "01 03 00 65 00 0A D5 D2", "01 03 14 08 9D 04 E2 0A 8D 0A C4 00 62 00 00 30 39 02 24 0E E2 00 00 6A E1", PDU),
    (
        "clever-pdu",
        "01 03 07 9F 00 08 75 56",
        "01 03 10 00 EA 00 FB 00 00 00 00 01 E6 01 C7 00 00 00 00 26 6E",
        {"temperature_1": 23.4, "temperature_2": 25.1, "humidity_1": 48.6, "humidity_2": 45.5},
    ),
    (
        "clever-pdu",
        "01 03 07 B3 00 04 B4 9A",
        "01 03 08 00 00 00 00 00 01 00 00 C4 17",
        {"door_1": 0, "door_2": 0, "water": 1, "smoke": 0},
    ),
]


def asked_and_read(room: Room, request: bytes, reply: bytes, wanted: set[str], clock: Any) -> Mapping[str, Reading]:
    """Ask for these points, all of them due, through the driver's plan and master; the device answers `reply` to any question."""
    device = room.devices[0]
    points = [replace(point, period=5.0) for point in device.points if point.key.removeprefix("a.") in wanted]
    assert len(points) == len(wanted)
    planned = RTU.plan(room.buses[0], device, points)
    assert len(planned) == 1
    block, first, count = planned[0].payload, int.from_bytes(request[2:4]), int.from_bytes(request[4:6])
    assert (block.table, block.address) == (TABLES[request[1]], first)
    if (device.profile, first) in LONGER:
        assert block.count < count
        block = replace(block, count=count)
    pipe, counters = Pipe(clock, lambda _: [(0.05, reply)]), Counters()
    master = RtuMaster(lambda: pipe, clock, counters, Acquaintance(), 9600)
    session = ModbusSession(master, counters, clock, 0.5, {device.id: device.options})
    result = session.execute(replace(planned[0], payload=block))
    assert pipe.requests == [request]
    return {reading.point.removeprefix("a."): reading for reading in result.readings}


@pytest.mark.parametrize(("profile", "request_", "reply", "values"), FRAMES, ids=[f"{f[0]}-{i}" for i, f in enumerate(FRAMES)])
def test_the_devices_own_frame_is_sent_and_its_reply_decodes_to_what_the_maker_says(
    tmp_path: Path, profile: str, request_: str, reply: str, values: Mapping[str, float | None], clock: Any
) -> None:
    request = bytes.fromhex(request_)
    room = room_with(tmp_path, profile, address=request[0])
    found = asked_and_read(room, request, bytes.fromhex(reply), set(values), clock)
    assert {point: reading.value for point, reading in found.items()} == values
    for point, value in values.items():
        fault = (Quality.BAD, Reason.OUT_OF_RANGE)
        assert (found[point].quality, found[point].reason) == (fault if value is None else (Quality.GOOD, None)), point


def test_a_profile_is_there_for_every_device_that_has_frames() -> None:
    assert {frame[0] for frame in FRAMES} | {"leak-detector-locating"} == {name for name in PROFILES if PROTOCOLS[name] == "modbus"}


def test_the_values_behind_transformers_are_those_of_the_mains(tmp_path: Path, clock: Any) -> None:
    """The same two replies behind transformers of 200/5 A and 10000/100 V: 2.50 A is 100 A, 1.650 kW is 6600 kW."""
    first, second = (frame for frame in FRAMES if frame[0] == "acrel-dtsd1352")
    room = room_with(tmp_path, "acrel-dtsd1352", more=", ratios: {pt: 10000/100, ct: 200/5}")
    found = {**asked_and_read(room, bytes.fromhex(first[1]), bytes.fromhex(first[2]), set(first[3]), clock)}
    found |= asked_and_read(room, bytes.fromhex(second[1]), bytes.fromhex(second[2]), set(second[3]), clock)
    assert {point: reading.value for point, reading in found.items()} == {
        **{"voltage_l1": 22050.0, "voltage_l2": 22100.0, "voltage_l3": 21950.0},
        **{"current_l1": 100.0, "current_l2": 99.2, "current_l3": 100.8, "power_total": 6600.0},
    }
    resolutions = {key: point.resolution for key, point in room.points().items()}
    assert resolutions["a.current_l1"] == pytest.approx(0.4)
    assert resolutions["a.energy_import"] == pytest.approx(40.0)
    assert resolutions["a.frequency"] == 0.01


@pytest.mark.parametrize("raw", ["FFC00000", "7F800000", "FF800000", "7FC00000"])
def test_a_float_that_is_no_number_is_no_value(tmp_path: Path, raw: str) -> None:
    device = room_with(tmp_path, "schneider-iem3000").devices[0]
    found = decoded(device, Table.HOLDING, 0xBD3, "010304" + raw + "0000")
    assert found["voltage_l1"].reason is Reason.INVALID_VALUE


def test_a_negative_efficiency_of_a_smart_ups_is_a_fault(tmp_path: Path) -> None:
    device = room_with(tmp_path, "apc-smart-ups").devices[0]
    for raw in ("FFFF", "FFFC", "FF80", "8000"):
        assert decoded(device, Table.HOLDING, 154, f"010302{raw}0000")["efficiency"].reason is Reason.OUT_OF_RANGE, raw
    assert decoded(device, Table.HOLDING, 154, "010302" + "2F40" + "0000")["efficiency"].value == 94.5


def test_a_locating_detector_says_what_is_missing_until_the_site_gives_its_registers(tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as refused:
        room_with(tmp_path, "leak-detector-locating", more="")
    missing = {problem.params["key"] for problem in refused.value.problems}
    assert missing == {"table", "address"}
    points = room_with(tmp_path, "leak-detector-locating").devices[0]
    found = decoded(points, Table.HOLDING, 10, "010308" + "0001" + "0000" + "0175" + "07D0" + "0000")
    assert {point: reading.value for point, reading in found.items()} == {
        "leak": 1,
        "cable_break": 0,
        "distance": 37.3,
        "cable_length": 200.0,
    }


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
        assert point.write is None
        assert all(limit.source for limit in point.limits), point.key
        assert all(limit.deadband > 0 and limit.on_delay > 0 for limit in point.limits if point.kind is not Kind.DIGITAL), point.key
        assert point.kind is not Kind.ANALOG or point.span is not None, point.key
        assert point.kind is not Kind.DIGITAL or len(point.states) >= 2, point.key
        assert point.normal is None or point.span is None or point.span[0] <= point.normal[0] < point.normal[1] <= point.span[1], point.key


def test_few_points_of_a_device_matter_on_an_overview(tmp_path: Path) -> None:
    for profile in PROFILES:
        assert sum(point.featured for point in room_with(tmp_path, profile).points().values()) <= 6
