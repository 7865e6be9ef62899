"""Frames of devices found in machine rooms, read by the driver as its room file would describe them."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from cityops_desktop.model.drivers import Counters
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Quality, Reason
from drivers.line.options import SerialBus
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import RtuDevice
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from tests.drivers.modbus.pipe import Pipe
from tests.drivers.modbus.room import device, point, serial_bus


@dataclass
class Case:
    request: str
    reply: str
    points: list[Point]
    values: list[Any]
    options: dict[str, Any] = field(default_factory=dict)


def inputs(**named: tuple[int, dict[str, Any]]) -> list[Point]:
    return [point(name, address=address, **source) for name, (address, source) in named.items()]


def words(table: str, first: int, scales: list[tuple[int, float, str]]) -> list[Point]:
    return [point(f"p{a}", table=table, address=first + a, scale=scale, type=kind) for a, scale, kind in scales]


def floats(table: str, *addresses: int, **source: Any) -> list[Point]:
    return [point(f"f{a}", table=table, address=a, type="float32", **source) for a in addresses]


TH = words("input", 1, [(0, 0.1, "int16"), (1, 0.1, "uint16")])
UPS = [(0, 0.1), (3, 0.1), (4, 0.1), (7, 0.1), (8, 0.1), (11, 0.1), (14, 0.1), (15, 0.1), (18, 0.1), (21, 0.1), (24, 1), (27, 0.1)]
CASES = {
    "D1 temperature and humidity": Case("01 04 00 01 00 02 20 0B", "01 04 04 01 31 02 22 2A CE", TH, [30.5, 54.6]),
    "D1 below zero": Case("01 04 00 01 00 02 20 0B", "01 04 04 FF 33 02 22 BA E6", TH, [-20.5, 54.6]),
    "D2 TH sender": Case(
        "01 03 00 00 00 02 C4 0B",
        "01 03 04 00 EA 01 E6 5B DD",
        words("holding", 0, [(0, 0.1, "int16"), (1, 0.1, "uint16")]),
        [23.4, 48.6],
    ),
    "D3 air conditioner": Case(
        "01 03 00 00 00 0B 04 0D",
        "01 03 16 00 EA 01 E6 00 A5 00 00 00 00 00 00 00 00 10 00 00 00 00 80 00 03 D5 BE",
        [
            *words("holding", 0, [(0, 0.1, "int16"), (1, 0.1, "uint16"), (2, 0.1, "uint16")]),
            *(point(f"w7b{b}", kind=Kind.DIGITAL, address=7, bit=b) for b in (0, 12)),
            *(point(f"w9b{b}", kind=Kind.DIGITAL, address=9, bit=b) for b in (6, 7, 15)),
            *(point(f"w10b{b}", kind=Kind.DIGITAL, address=10, bit=b) for b in (0, 1, 2)),
        ],
        [23.4, 48.6, 16.5, 0, 1, 0, 1, 0, 1, 1, 0],
        {"readable": [["holding", 0, 10]]},
    ),
    "D4 wet": Case(
        "FD 01 00 00 00 01 E9 F6", "FD 01 01 01 A0 18", [point("wet", kind=Kind.DIGITAL, table="coil", address=0)], [1], {"address": 253}
    ),
    "D4 dry": Case(
        "FD 01 00 00 00 01 E9 F6", "FD 01 01 00 61 D8", [point("wet", kind=Kind.DIGITAL, table="coil", address=0)], [0], {"address": 253}
    ),
    "D5 voltage": Case("01 04 00 00 00 02 71 CB", "01 04 04 43 66 33 34 1B 38", floats("input", 0), [230.2]),
    "D5 power": Case("01 04 00 34 00 02 30 05", "01 04 04 45 16 00 00 0F 4C", floats("input", 0x34), [2400.0]),
    "D5 frequency": Case("01 04 00 46 00 02 90 1E", "01 04 04 42 48 00 00 6F EA", floats("input", 0x46), [50.0]),
    "D6 voltage": Case("01 03 0B D3 00 02 37 D6", "01 03 04 43 66 66 66 A4 22", floats("holding", 0xBD3), [230.4]),
    "D6 power": Case("01 03 0B F3 00 02 36 1C", "01 03 04 40 19 99 9A D4 0F", floats("holding", 0xBF3), [2.4]),
    "D6 energy": Case(
        "01 03 0C 83 00 04 B6 B1",
        "01 03 08 00 00 00 00 00 12 D6 87 2B D0",
        [point("e", kind=Kind.COUNTER, address=0xC83, type="int64")],
        [1_234_567],
    ),
    "D7 floats to be divided": Case(
        "01 03 20 06 00 06 2E 09",
        "01 03 0C 45 09 D0 00 45 0A 20 00 45 09 30 00 0C 17",
        floats("holding", 0x2006, 0x2008, 0x200A, scale=0.1),
        [220.5, 221.0, 219.5],
    ),
    "D8 electrical": Case(
        "01 03 2A F8 00 1C CD EA",
        "01 03 38 08 A7 00 00 00 00 01 F3 08 A2 00 00 00 00 01 F4 08 98 00 00 00 00 00 7D 00 00 00 00 01 F4 00 18 00 00 00 00 00 1C"
        " 00 00 00 00 01 5E 00 00 00 00 00 02 00 00 00 00 01 38 6A 9B",
        words("holding", 11000, [(a, scale, "uint16") for a, scale in UPS]),
        [221.5, 49.9, 221.0, 50.0, 220.0, 12.5, 50.0, 2.4, 2.8, 35.0, 2, 31.2],
        {"readable": [["holding", 11000, 11027]]},
    ),
    "D8 battery": Case(
        "01 03 2E E0 00 06 CD 16",
        "01 03 0C 08 70 00 00 00 03 00 57 00 00 08 34 98 B5",
        [
            *words("holding", 12000, [(0, 0.1, "uint16"), (2, 1, "uint16"), (3, 1, "uint16")]),
            point("runtime", address=12004, type="uint32", invalid=[0xFFFFFFFF]),
        ],
        [216.0, 3, 87, 2100],
        {"readable": [["holding", 12000, 12005]]},
    ),
    "D9 fixed point": Case(
        "01 03 00 80 00 18 44 28",
        "01 03 30 00 00 08 34 C8 00 06 D0 00 00 00 00 00 00 0C 80 23 00 00 00 23 00 00 00 00 A0 00 00 39 80 00 00 19 00"
        " 00 00 00 00 00 00 00 00 00 00 00 00 39 C0 F3 CA",
        [
            point("runtime", address=128, type="uint32"),
            *(point(f"p{a}", address=a, scale=1 / 2**k, resolution=0.1) for a, k in ((130, 9), (131, 5), (135, 7), (136, 8), (140, 5))),
            *(point(f"p{a}", address=a, scale=1 / 2**k, resolution=0.1) for a, k in ((142, 6), (144, 7), (151, 6))),
        ],
        [2100, 100.0, 54.5, 25.0, 35.0, 5.0, 230.0, 50.0, 231.0],
        {"readable": [["holding", 128, 151]]},
    ),
    "D10 contacts": Case(
        "01 02 00 00 00 08 79 CC",
        "01 02 01 05 61 8B",
        [point(f"di{i}", kind=Kind.DIGITAL, table="discrete", address=i) for i in range(8)],
        [1, 0, 1, 0, 0, 0, 0, 0],
    ),
    "D11 4-20 mA, one broken wire": Case(
        "01 03 00 00 00 08 44 0C",
        "01 03 10 2E E0 0F A0 4E 20 0D AC 00 00 00 00 00 00 00 00 69 D6",
        [
            point(f"ch{i}", address=i, scale=10 / 16000, offset=-2.5, resolution=0.01, span=(-0.25, 10.62) if i < 4 else None)
            for i in range(8)
        ],
        [5.0, 0.0, 10.0, Reason.OUT_OF_RANGE, -2.5, -2.5, -2.5, -2.5],
    ),
    "D12 voltage and current": Case(
        "01 03 00 61 00 06 94 16",
        "01 03 0C 08 9D 08 A2 08 93 00 FA 00 F8 00 FC 2F 87",
        words("holding", 0x61, [(a, 0.1 if a < 3 else 0.01, "uint16") for a in range(6)]),
        [220.5, 221.0, 219.5, 2.5, 2.48, 2.52],
    ),
    "D12 power": Case(
        "01 03 01 6A 00 02 E5 EB", "01 03 04 00 00 06 72 79 B6", [point("p", address=0x16A, type="int32", scale=0.001)], [1.65]
    ),
    "D13 rack PDU": Case(
        "01 03 00 65 00 0A D5 D2",
        "01 03 14 08 9D 04 E2 0A 8D 0A C4 00 62 00 00 30 39 02 24 0E E2 00 00 6A E1",
        [
            *words("holding", 101, [(0, 0.1, "uint16"), (1, 0.01, "uint16"), (2, 1, "uint16"), (3, 1, "uint16"), (4, 0.01, "uint16")]),
            point("kwh", kind=Kind.COUNTER, address=106, type="uint32", scale=0.1),
            *words("holding", 101, [(7, 1, "uint16"), (8, 0.1, "uint16")]),
        ],
        [220.5, 12.5, 2701, 2756, 0.98, 1234.5, 548, 381.0],
        {"readable": [["holding", 101, 110]]},
    ),
    "D13 water": Case(
        "01 03 07 B3 00 04 B4 9A",
        "01 03 08 00 00 00 00 00 01 00 00 C4 17",
        [point(f"s{a}", kind=Kind.DIGITAL, address=a) for a in range(1971, 1975)],
        [0, 0, 1, 0],
    ),
    "D14 refused": Case(
        "01 04 00 01 00 02 20 0B",
        "01 84 02 C2 C1",
        [point("f1", table="input", address=1, type="float32")],
        [Reason.EXCEPTION],
    ),
    "D14 a long question refused": Case(
        "01 03 00 00 00 4F 04 3E",
        "01 83 02 C0 F1",
        [point("all", kind=Kind.TEXT, address=0, type="string", length=79)],
        [Reason.EXCEPTION],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_frame_of_the_field_is_asked_and_read(case: Case, clock: Any) -> None:
    unit = device(*case.points, **case.options)
    driver = ModbusDriver("modbus-rtu", SerialBus, RtuDevice)
    request, reply = bytes.fromhex(case.request), bytes.fromhex(case.reply)
    count = int.from_bytes(request[4:6])
    pipe = Pipe(clock, lambda asked: [(0.05, reply)])
    counters = Counters()
    session = ModbusSession(RtuMaster(lambda: pipe, clock, counters, Acquaintance(), 9600), counters, clock, 0.5, {"d": unit.options})

    requests = driver.plan(serial_bus(), unit, unit.points)
    assert len(requests) == 1
    block = requests[0].payload
    if (block.address, block.count) != (int.from_bytes(request[2:4]), count):  # the frame was captured with a longer question
        assert block.address >= int.from_bytes(request[2:4]) and block.count < count
        block = type(block)(block.table, int.from_bytes(request[2:4]), count, block.fields, block.low, block.high)
        requests = [type(requests[0])("d", requests[0].points, 5.0, 0.0, block)]
    result = session.execute(requests[0])

    assert pipe.requests == [request]
    assert result.answered
    found = {reading.point: reading for reading in result.readings}
    for wanted, where in zip(case.values, case.points, strict=True):
        reading = found[where.key]
        if isinstance(wanted, Reason):
            assert (reading.value, reading.quality, reading.reason) == (None, Quality.BAD, wanted)
        else:
            assert (reading.value, reading.quality) == (wanted, Quality.GOOD)
            assert reading.time == clock.wall()
