"""A slave that stands still now and then and misbehaves besides: late, and an exception, a wrong length, twice, damaged, another's answer.

Each fault by itself has one reading; together with lateness an answer may be any of several questions'. No value may be another's.
"""

import random

import pytest

from cityops_desktop.model.drivers import Counters, Session
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.rooms import Bus, Device
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.options import RtuDevice, Source, Table, TcpDevice
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from drivers.modbus.tcp_master import TcpMaster
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.modbus.slave import register, rtu_answer, sealed, tcp_answer

TIMEOUT = 0.3
POLLS = 1500
STALLS, MISBEHAVES = 0.05, 0.25
NAMES = Names("", "")
POINTS = tuple(
    Point(f"d.{at}", "d", NAMES, Kind.ANALOG, Group.ENVIRONMENT, source=Source(table=Table.HOLDING, address=at))
    for block in range(8)
    for at in range(100 * block, 100 * block + 4)
)
READABLE = tuple((Table.HOLDING, 100 * block, 100 * block + 40) for block in range(8))


def other_count(question: bytes, by: int) -> bytes:
    return rtu_answer(sealed(question[:5] + bytes((max(1, question[5] + by),))))


RTU = {
    "exception": lambda rng, q, a: sealed(bytes((q[0], q[1] | 0x80, rng.choice((1, 2, 3, 4, 6))))),
    "too short": lambda rng, q, a: other_count(q, -rng.randrange(1, 4)),
    "too long": lambda rng, q, a: other_count(q, rng.randrange(1, 9)),
    "twice": lambda rng, q, a: a + a,
    "damaged": lambda rng, q, a: a[:-1] + bytes((a[-1] ^ 1 << rng.randrange(8),)),
    "cut": lambda rng, q, a: a[: rng.randrange(1, len(a))],
    "noise": lambda rng, q, a: rng.randbytes(rng.randrange(1, 40)),
    "nothing": lambda rng, q, a: b"",
}
TCP = {
    "exception": lambda rng, q, a: q[:4] + b"\0\3" + q[6:7] + bytes((q[7] | 0x80, rng.choice((1, 2, 3, 6, 10, 11)))),
    "another client's": lambda rng, q, a: (int.from_bytes(q[:2]) % 0xFFFF + 1).to_bytes(2) + tcp_answer(q[:8] + b"\0\7" + q[10:])[2:] + a,
    "too short": lambda rng, q, a: tcp_answer(q[:11] + bytes((q[11] - 1,))),
    "nothing": lambda rng, q, a: b"",
}
MANNERS = [("rtu", name) for name in RTU] + [("tcp", name) for name in TCP]


def session(kind: str, pipe: Pipe, clock: FakeClock, device: Device) -> Session:
    counters, known, options = Counters(), Acquaintance(), device.options
    assert isinstance(options, RtuDevice | TcpDevice)
    master = RtuMaster(lambda: pipe, clock, counters, known, 9600) if kind == "rtu" else TcpMaster(lambda: pipe, clock, counters, known)
    return ModbusSession(master, counters, clock, TIMEOUT, {"d": options})


@pytest.mark.parametrize("longest", [1.0, 2.5, 9.0])
@pytest.mark.parametrize(("kind", "manner"), MANNERS, ids=lambda one: one)
def test_no_value_is_anothers(kind: str, manner: str, longest: float) -> None:
    clock, rng, still = FakeClock(), random.Random(f"{kind} {manner} {longest}"), [0.0]

    def peer(question: bytes) -> Events:
        now = clock.monotonic()
        if rng.random() < STALLS:
            still[0] = max(still[0], now + rng.uniform(0.06, longest))
        right = (rtu_answer if kind == "rtu" else tcp_answer)(question)
        told = (RTU if kind == "rtu" else TCP)[manner](rng, question, right) if rng.random() < MISBEHAVES else right
        return [(max(0.0, still[0] - now) + 0.1 * TIMEOUT, told)] if told else []

    options = RtuDevice(address=1, gap=0, readable=READABLE) if kind == "rtu" else TcpDevice(address=1)
    device = Device("d", "b", NAMES, Group.ENVIRONMENT, options, POINTS)
    bus = Bus("b", "modbus-rtu" if kind == "rtu" else "modbus-tcp", NAMES, SerialBus(port="p") if kind == "rtu" else TcpBus(host="h"))
    requests = DRIVERS[bus.driver].plan(bus, device, device.points)
    line = session(kind, Pipe(clock, peer), clock, device)
    good = 0
    for number in range(POLLS):
        clock.advance(0.02)
        for reading in line.execute(requests[number % len(requests)]).readings:
            if reading.quality is Quality.GOOD:
                good += 1
                assert reading.value == register(1, int(reading.point.partition(".")[2])), reading
    assert good > POLLS / 30, "and it is not silence that keeps them right"
