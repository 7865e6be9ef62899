"""The profiles of serial protocols other than Modbus: each asks with the frame that its device knows, and decodes the device's answer."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reading, Reason
from tests.core.room.test_profile_frames import PROFILES, PROTOCOLS, room_with
from tests.drivers.modbus.pipe import Pipe
from tests.drivers.serial_room import fresh
from tests.peers.serial_slaves import dz

GXE = {
    **{"input_voltage": 221.5, "output_voltage": 220.0, "output_current": 12.5, "battery_voltage": 216.0, "output_frequency": 50.0},
    **{"input_frequency": 49.98, "output_power": 2400.0, "output_apparent": 2750.0, "battery_runtime": 35.0},
}
GXE_ALARMS = ["inverter_sync", "mains_bad", "rectifier_failed", "neutral_missing", "battery_absent"]
FLOATS = {
    **{"input_voltage_l1": 220.5, "input_voltage_l2": 221.0, "input_voltage_l3": 219.5, "output_voltage_l1": 220.0},
    **{"output_voltage_l2": 220.0, "output_voltage_l3": 220.0, "output_current_l1": 12.5, "output_current_l2": 12.0},
    **{"output_current_l3": 13.0, "battery_voltage": 216.0, "output_frequency": 50.0},
}
AIRCON = {
    **{"return_temperature": 16.0, "return_humidity": 70.3, "voltage_l1": 216.8, "voltage_l2": 216.8, "voltage_l3": 216.8},
    **{"humidifier_current": 0.1, "frequency": 50.0, "temperature_1": 17.5, "temperature_2": None},
    **{"temperature_3": 51.1, "temperature_4": None},
}
Q1_BITS = {"utility_fail": 0, "battery_low": 0, "bypass": 0, "failed": 0, "line_interactive": 1, "test": 0, "shutdown": 0, "beeper": 0}
Q1 = {"input_voltage": 226.0, "output_voltage": 226.0, "load": 14.0, "frequency": 49.0, "battery_voltage": 27.5, "temperature": 30.0}
QGS = {
    **{"utility_fail": 0, "battery_low": 0, "bypass": 0, "failed": 0, "test": 0, "shutdown": 0, "beeper": 0, "input_voltage": 234.9},
    **{"input_frequency": 50.0, "output_voltage": 229.8, "output_frequency": 50.0, "output_current": 0.0, "load": 0.0},
    **{"battery_voltage": 26.5, "temperature": 18.8},
}
Q6 = {
    **{"input_voltage_l1": 227.0, "input_voltage_l2": 225.6, "input_voltage_l3": 230.0, "input_frequency": 50.0},
    **{"output_voltage_l1": 229.9, "output_voltage_l2": 0.0, "output_voltage_l3": 0.0, "output_frequency": 49.9, "load_l1": 7.0},
    **{"load_l2": 0.0, "load_l3": 0.0, "battery_voltage": 327.8, "battery_voltage_negative": 0.0, "temperature": 23.0},
    **{"battery_runtime": 6932.0, "battery_charge": 100.0},
}


def dlt(text: str) -> bytes:
    return bytes.fromhex(text)


def line(text: str) -> bytes:
    return f"{text}\r".encode("ascii")


METER = "68 01 00 00 00 00 00 68"
FRAMES: list[tuple[str, bytes, bytes, Mapping[str, float | None]]] = [
    (
        "liebert-gxe",
        line("~21012A420000FDA3"),
        line(
            "~21012A00105A0056860000000055F00000000004E200000000546013880000000013860000000000F001130000000000230000EC09",
        ),
        GXE,
    ),
    (
        "liebert-gxe",
        line("~21012A430000FDA2"),
        line("~21012A00400C000100E1E1E1FB0F"),
        {"supply": 1, "rectifier_source": 225, "battery_state": 225, "test_state": 225},
    ),
    (
        "liebert-gxe",
        line("~21012A430000FDA2"),
        line("~21012A00400C110100E2E3E1FB0A"),
        {"supply": 1, "rectifier_source": 226, "battery_state": 227, "test_state": 225},
    ),
    (
        "liebert-gxe",
        line("~21012A440000FDA1"),
        line("~21012A0090341100F00000000000000000000000000000000000000000000000F3C1"),
        {alarm: 240 if alarm == "mains_bad" else 0 for alarm in GXE_ALARMS},
    ),
    (
        "emerson-ups-ydn23",
        line("~10012A410000FDA6"),
        line("~10012A00105A0000805C4300005D4300805B4300005C4300005C4300005C430000484100004041000050410000584300004842EBA0"),
        FLOATS,
    ),
    (
        "acm03u1",
        line("~210160420000FDB0"),
        line("~21016000103C00A002BF087808780878000101F400AFFE6601FFFE660004000400040004F0F1"),
        AIRCON,
    ),
    (
        "datamate3000-ydn23",
        line("~210160420000FDB0"),
        line("~21016000400C00EA01E60136FB13"),
        {"return_temperature": 23.4, "return_humidity": 48.6, "outdoor_temperature": 31.0},
    ),
    ("datamate3000-ydn23", line("~210160430000FDAF"), dz("2101600001"), {"running": 1}),
    (
        "ydn23-ac-panel",
        line("~20014041E002FFFD11"),
        dz("20014000" + "0001" + "00805C43" + "00005D43" + "00805B43" + "00004842"),
        {"voltage_l1": 220.5, "voltage_l2": 221.0, "voltage_l3": 219.5, "frequency": 50.0},
    ),
    (
        "ydn23-environment",
        line("~210180410000FDAF"),
        dz("21018000" + "00" + "0000C041" + "00004042"),
        {"temperature": 24.0, "humidity": 48.0},
    ),
    ("dlt645-meter", dlt(METER + "11 04 33 34 34 35 B6 16"), dlt(METER + "91 06 33 34 34 35 38 55 C5 16"), {"voltage_l1": 220.5}),
    ("dlt645-meter", dlt(METER + "11 04 33 34 35 35 B7 16"), dlt(METER + "91 07 33 34 35 35 78 56 34 3C 16"), {"current_l1": 12.345}),
    ("dlt645-meter", dlt(METER + "11 04 33 33 36 35 B7 16"), dlt(METER + "91 07 33 33 36 35 9A 78 36 82 16"), {"power_total": 3.4567}),
    (
        "dlt645-meter",
        dlt(METER + "11 04 33 33 34 33 B3 16"),
        dlt(METER + "91 08 33 33 34 33 9A 78 56 34 D3 16"),
        {"energy_import": 12345.67},
    ),
    ("megatec-ups", line("Q1"), line("(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000"), Q1 | Q1_BITS),
    (
        "megatec-ups",
        line("Q1"),
        line("(000.0 195.0 226.0 014 49.0 22.5 30.0 11000001"),
        Q1
        | Q1_BITS
        | {"input_voltage": 0.0, "battery_voltage": 22.5, "utility_fail": 1, "battery_low": 1, "line_interactive": 0, "beeper": 1},
    ),
    ("voltronic-qgs", line("QGS"), line("(234.9 50.0 229.8 50.0 000.0 000 369.1 ---.- 026.5 ---.- 018.8 100000000000"), QGS),
    (
        "voltronic-qgs",
        line("QGS"),
        line("(---.- 50.0 229.8 50.0 000.0 00A 369.1 ---.- 026.5 ---.- ---.- 101101011101"),
        {
            **QGS,
            **{"input_voltage": None, "load": None, "temperature": None},
            **{"utility_fail": 1, "battery_low": 1, "failed": 1, "test": 1, "shutdown": 1, "beeper": 1},
        },
    ),
    (
        "megatec-q6",
        line("Q6"),
        line("(227.0 225.6 230.0 50.0 229.9 000.0 000.0 49.9 007 000 000 327.8 000.0 23.0 06932 100 32 00000000 00000000 11"),
        Q6,
    ),
    ("megatec-q6", line("Q1"), line("(215.0 195.0 230.0 014 49.0 22.7 30.0 00000000"), Q1_BITS | {"line_interactive": 0}),
]
"""Profile, question, answer, values. Made up to the makers' layouts, but for the first answer of the aircon, which a real one gave."""


@pytest.mark.parametrize(("profile", "request_", "reply", "values"), FRAMES, ids=[f"{f[0]}-{i}" for i, f in enumerate(FRAMES)])
def test_the_frame_is_sent_and_its_answer_means_what_the_maker_says(
    tmp_path: Path,
    profile: str,
    request_: bytes,
    reply: bytes,
    values: Mapping[str, float | None],
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = room_with(tmp_path, profile)
    device = room.devices[0]
    pipe = Pipe(clock, lambda _: [(0.05, reply)])
    monkeypatch.setattr("drivers.line.driver.open_serial", lambda *_: pipe)
    driver = fresh(room.buses[0].driver)
    points = [replace(point, period=5.0) for point in device.points if point.key.removeprefix("a.") in values]
    assert len(points) == len(values)
    (request,) = driver.plan(room.buses[0], device, points)
    session = driver.connect(room.buses[0], room.devices, clock)
    found = {reading.point.removeprefix("a."): reading for reading in session.execute(request).readings}
    assert [sent.lstrip(b"\xfe") for sent in pipe.requests] == [request_]
    assert {point: reading.value for point, reading in found.items()} == values
    for reading in found.values():
        _is_told(reading)
    assert (request.leg.sent, request.leg.received <= len(reply)) == (len(pipe.requests[0]), True)


def _is_told(reading: Reading) -> None:
    missing = reading.value is None
    assert (reading.quality, reading.reason) == ((Quality.BAD, Reason.INVALID_VALUE) if missing else (Quality.GOOD, None)), reading
    assert reading.raw


def test_every_such_profile_has_frames() -> None:
    assert {frame[0] for frame in FRAMES} == {name for name in PROFILES if PROTOCOLS[name] in ("ydn23", "dlt645", "megatec")}


def test_a_ups_on_battery_is_told_after_three_seconds(tmp_path: Path) -> None:
    for profile, key in (("liebert-gxe", "rectifier_source"), ("megatec-ups", "utility_fail"), ("voltronic-qgs", "utility_fail")):
        limit = next(limit for limit in room_with(tmp_path, profile).points()[f"a.{key}"].limits if limit.id == "on_battery")
        assert limit.on_delay == 3.0


def test_no_alarm_byte_of_a_gxe_is_read_twice(tmp_path: Path) -> None:
    sources: list[Any] = [point.source for point in room_with(tmp_path, "liebert-gxe").devices[0].points if point.kind is Kind.DIGITAL]
    alarms = [source.position for source in sources if source.cid2 == 0x44]
    assert len(alarms) == len(set(alarms)) == 23 and set(range(25)) - set(alarms) == {6, 7}
