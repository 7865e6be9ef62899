"""Every fault of a line and of a connection, many times: no value may ever be a wrong one, and the next round must be whole again."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil

from bench.page import Measure, Part
from bench.wire.misbehaving import misbehaving_gateway, misbehaving_unit
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Counters, Request, Result, Session, WireError
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.rooms import Bus, Device
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.acquaintance import LATE, Acquaintance
from drivers.modbus.options import RtuDevice, Source, Table, TcpDevice
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from drivers.modbus.tcp_master import TcpMaster
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.modbus.slave import register, rtu_answer, sealed, tcp_answer

VIRTUAL = 10_000
REAL = 200
SHARE = 0.25
"""How many requests meet the fault."""
TIMEOUT = 0.3
REAL_TIMEOUT = 0.06
BLOCKS = 8
SIZE = 4
NAMES = Names("", "")
Fault = Callable[[random.Random, bytes, bytes, float], Events]
"""From a request, its right answer and the time-out: what comes, and when. An empty piece ends the connection."""

RIGHT = 0.1
"""A right answer comes after this part of the time-out."""


def flipped(rng: random.Random, data: bytes) -> bytes:
    """One bit of it is wrong."""
    place = rng.randrange(len(data))
    return data[:place] + bytes((data[place] ^ 1 << rng.randrange(8),)) + data[place + 1 :]


def other(question: bytes, **changes: int) -> bytes:
    """The right answer to a question of this unit that is a little different."""
    unit, function, count = changes.get("unit", question[0]), changes.get("function", question[1]), changes.get("count", question[5])
    return rtu_answer(sealed(bytes((unit, function)) + question[2:5] + bytes((count,))))


def strange(rng: random.Random, question: bytes) -> bytes:
    """Another master's question of the same shape to the same unit."""
    return sealed(question[:2] + bytes((rng.choice((1, 2, 3)), rng.randrange(256))) + question[4:6])


def second_master(rng: random.Random, question: bytes, right: bytes, timeout: float) -> Events:
    """Another master asks in the middle, and its answer comes before ours."""
    foreign = strange(rng, question)
    return [(0.05 * timeout, foreign), (0.1 * timeout, rtu_answer(foreign)), (0.3 * timeout, right)]


def second_master_between(rng: random.Random, question: bytes, right: bytes, timeout: float) -> Events:
    """Another master asks just after our answer, and its own answer comes when we have already asked again."""
    foreign, after = strange(rng, question), 0.2 * timeout
    return [(RIGHT * timeout, right), (RIGHT * timeout + 0.018, foreign), (RIGHT * timeout + 0.018 + after, rtu_answer(foreign))]


LINE: dict[str, Fault] = {
    "CRC": lambda rng, q, a, t: [(RIGHT * t, flipped(rng, a))],
    "truncated": lambda rng, q, a, t: [(RIGHT * t, a[: rng.randrange(1, len(a))])],
    "noise before": lambda rng, q, a, t: [(RIGHT * t, rng.randbytes(rng.randrange(1, 9)) + a)],
    "noise after": lambda rng, q, a, t: [(RIGHT * t, a + rng.randbytes(rng.randrange(1, 9)))],
    "noise like a header": lambda rng, q, a, t: [(RIGHT * t, q[:2] + bytes((rng.randrange(256),)) + a)],
    "noise alone": lambda rng, q, a, t: [(RIGHT * t, rng.randbytes(rng.randrange(1, 40)))],
    "foreign unit": lambda rng, q, a, t: [(RIGHT * t, other(q, unit=q[0] % 247 + 1))],
    "wrong function": lambda rng, q, a, t: [(RIGHT * t, other(q, function=4))],
    "short byte count": lambda rng, q, a, t: [(RIGHT * t, other(q, count=max(1, q[5] - 1 - rng.randrange(3))))],
    "long byte count": lambda rng, q, a, t: [(RIGHT * t, other(q, count=q[5] + 1 + rng.randrange(9)))],
    "late": lambda rng, q, a, t: [(rng.uniform(1.01, 3.8) * t, a)],
    "always a little late": lambda rng, q, a, t: [(1.3 * t, a)],
    "duplicated": lambda rng, q, a, t: [(RIGHT * t, a), ((RIGHT + 0.01) * t, a)],
    "exception": lambda rng, q, a, t: [(RIGHT * t, sealed(bytes((q[0], q[1] | 0x80, rng.choice((1, 2, 3, 4, 6))))))],
    "silence": lambda rng, q, a, t: [],
    "babbling neighbour": lambda rng, q, a, t: [(0.02 * t * n, rng.randbytes(12)) for n in range(150)],
    "local echo": lambda rng, q, a, t: [(0.01 * t, q), (RIGHT * t, a)],
    "second master": second_master,
    "second master, between our questions": second_master_between,
    "byte by byte": lambda rng, q, a, t: [((RIGHT + 0.003 * n) * t, a[n : n + 1]) for n in range(len(a))],
    "unplugged": lambda rng, q, a, t: [(0.05 * t, b"")],
}
"""Name to fault of a serial line."""


def numbered(answer: bytes, transaction: int) -> bytes:
    """The answer under another transaction id."""
    return transaction.to_bytes(2) + answer[2:]


def mixed(rng: random.Random, question: bytes, right: bytes, timeout: float) -> Events:
    """A gateway gives the answer to another client's question, under that one's number, or under ours with another unit, and then ours."""
    foreign = tcp_answer(question[:8] + rng.randrange(1024).to_bytes(2) + question[10:])
    number = int.from_bytes(question[:2])
    wrong = numbered(foreign, number % 0xFFFF + 1) if rng.random() < 0.5 else foreign[:6] + bytes((foreign[6] % 247 + 1,)) + foreign[7:]
    return [(RIGHT * timeout, wrong), (2 * RIGHT * timeout, right)]


FOREIGN = frozenset({"foreign unit", "second master", "second master, between our questions"})
"""Here somebody else's question or answer was heard: what that one is owed may still come for LATE seconds, and nothing that could be it
is believed until then. The rounds are counted from there on."""


NETWORK: dict[str, Fault] = {
    "wrong transaction id": lambda rng, q, a, t: [(RIGHT * t, numbered(a, rng.randrange(1, 0x10000)))],
    "transaction id 0": lambda rng, q, a, t: [(RIGHT * t, numbered(a, 0))],
    "gateway that mixes replies": mixed,
    "late": lambda rng, q, a, t: [(rng.uniform(1.01, 3.8) * t, a)],
    "always a little late": lambda rng, q, a, t: [(1.3 * t, a)],
    "duplicated": lambda rng, q, a, t: [(RIGHT * t, a + a)],
    "truncated": lambda rng, q, a, t: [(RIGHT * t, a[: rng.randrange(1, len(a))])],
    "in pieces": lambda rng, q, a, t: [((RIGHT + 0.01 * n) * t, a[n : n + 1]) for n in range(len(a))],
    "garbage": lambda rng, q, a, t: [(RIGHT * t, rng.randbytes(rng.randrange(1, 60)))],
    "wrong length": lambda rng, q, a, t: [(RIGHT * t, a[:4] + rng.randrange(0x10000).to_bytes(2) + a[6:])],
    "short byte count": lambda rng, q, a, t: [(RIGHT * t, tcp_answer(q[:11] + bytes((q[11] - 1,))))],
    "wrong function": lambda rng, q, a, t: [(RIGHT * t, a[:7] + bytes((4,)) + a[8:])],
    "exception": lambda rng, q, a, t: [(RIGHT * t, q[:4] + b"\0\3" + q[6:7] + bytes((q[7] | 0x80, rng.choice((1, 2, 3, 6, 10, 11)))))],
    "silence": lambda rng, q, a, t: [],
    "reset": lambda rng, q, a, t: [(RIGHT * t, b"")],
    "half an answer, then reset": lambda rng, q, a, t: [(RIGHT * t, a[:9]), (2 * RIGHT * t, b"")],
}
"""Name to fault of a connection. Half-open and black-holed connections are silences of many requests."""


@dataclass(slots=True)
class Tally:
    """What came of one fault. `rounds` = rounds after the end of the fault until one was whole."""

    asked: int = 0
    good: int = 0
    wrong: int = 0
    rounds: int = 0

    def poll(self, line: "Line", request: Request) -> bool:
        """One request; are all its values good?"""
        self.asked += 1
        try:
            readings = line.execute(request).readings
        except WireError:
            return False
        for reading in readings:
            if reading.quality is Quality.GOOD and reading.value != register(1, int(reading.point.partition(".")[2])):
                self.wrong += 1
        whole = all(reading.quality is Quality.GOOD for reading in readings)
        self.good += whole
        return whole


class Line:
    """A session that is opened anew when its wire fails, as a bus does it."""

    def __init__(self, connect: Callable[[], Session]) -> None:
        self._connect = connect
        self._session: Session | None = None

    def execute(self, request: Request) -> Result:
        """Carry it out. WireError: the next one opens the wire anew."""
        try:
            if self._session is None:
                self._session = self._connect()
            return self._session.execute(request)
        except WireError:
            self.close()
            raise

    def close(self) -> None:
        """Give the wire back."""
        if self._session is not None:
            self._session.close()
            self._session = None


class Peer:
    """What answers, faulty or not. `faulty` turns the fault on and off."""

    def __init__(self, fault: Fault, tcp: bool, timeout: float, seed: int) -> None:
        self.faulty = True
        self._fault = fault
        self._right = tcp_answer if tcp else rtu_answer
        self._timeout = timeout
        self._rng = random.Random(seed)

    def answer(self, request: bytes) -> Events:
        """What comes after a request."""
        right = self._right(request)
        if self.faulty and self._rng.random() < SHARE:
            return self._fault(self._rng, request, right, self._timeout)
        return [(RIGHT * self._timeout, right)]


def measures() -> Part:
    """Each fault, on the byte pipe and on the real thing."""
    begun, descriptors, memory = time.monotonic(), psutil.Process().num_fds(), psutil.Process().memory_info().rss
    tallies = {
        (kind, name): run(fault, tcp, times, LATE if name.partition(" (")[0] in FOREIGN and not tcp else 0.0)
        for kind, run, times in (("virtual", virtual, VIRTUAL), ("real", real, REAL))
        for tcp, faults in ((False, LINE), (True, NETWORK))
        for name, fault in _named(faults, tcp).items()
    }
    found = []
    for kind, where in (("virtual", "byte pipe and a clock that jumps"), ("real", "pseudo-terminal and sockets")):
        mine = {name: tally for (of, name), tally in tallies.items() if of == kind}
        asked, good = sum(tally.asked for tally in mine.values()), sum(tally.good for tally in mine.values())
        slowest = max(mine, key=lambda name: mine[name].rounds)
        beside = f"{asked} requests under {len(mine)} faults, {good} of them good"
        found.append(Measure(f"wrong values, {where}", sum(tally.wrong for tally in mine.values()), 0, "", beside))
        found.append(Measure(f"rounds until all is good again, {where}", mine[slowest].rounds, 1, "rounds", f"the slowest: {slowest}"))
    found.append(Measure("file descriptors left open", psutil.Process().num_fds() - descriptors, 0, "", f"{descriptors} before"))
    grown = (psutil.Process().memory_info().rss - memory) / 2**20
    how = (
        f"Each fault meets one request in {1 / SHARE:.0f}: {VIRTUAL} requests a fault on a byte pipe with a clock that jumps, {REAL} on a "
        f"real pseudo-terminal or connection with a time-out of {1000 * REAL_TIMEOUT:.0f} ms. A value is wrong when it is called good and "
        f"not what the unit holds at that address. Afterwards the peer behaves, and the rounds are counted until one is whole; where "
        f"another master or unit was heard, after the {LATE:.0f} s for which an answer owed to it may still come "
        f"({', '.join(sorted(FOREIGN))}). "
        f"It took {time.monotonic() - begun:.0f} s; memory grew by {grown:.1f} MB."
    )
    return ("Faults on the wire", how, found)


def _named(faults: Mapping[str, Fault], tcp: bool) -> dict[str, Fault]:
    return {f"{name} ({'TCP' if tcp else 'RTU'})": fault for name, fault in faults.items()}


def _device(tcp: bool) -> Device:
    points = tuple(
        Point(
            f"d.{100 * block + n}", "d", NAMES, Kind.ANALOG, Group.ENVIRONMENT, source=Source(table=Table.HOLDING, address=100 * block + n)
        )
        for block in range(BLOCKS)
        for n in range(SIZE)
    )
    ranges = tuple((Table.HOLDING, 100 * block, 100 * block + 40) for block in range(BLOCKS))
    options = TcpDevice(address=1) if tcp else RtuDevice(address=1, gap=0, readable=ranges)
    return Device("d", "b", NAMES, Group.ENVIRONMENT, options, points)


def _tallied(line: Line, requests: list[Request], peer: Peer, times: int, pause: Callable[[], None], settle: Callable[[], None]) -> Tally:
    tally = Tally()
    for number in range(times):
        pause()
        tally.poll(line, requests[number % len(requests)])
    peer.faulty = False
    settle()
    while tally.rounds < 20:
        pause()
        if all([tally.poll(line, request) for request in requests]):
            break
        tally.rounds += 1
    return tally


def virtual(fault: Fault, tcp: bool, times: int, owed: float, seed: int = 1) -> Tally:
    """On a byte pipe and a clock that jumps. `owed` = seconds that pass between the last fault and the rounds that count."""
    clock, counters, known = FakeClock(), Counters(), Acquaintance()
    peer, device = Peer(fault, tcp, TIMEOUT, seed), _device(tcp)
    bus = Bus("b", "modbus-tcp" if tcp else "modbus-rtu", NAMES, TcpBus(host="h") if tcp else SerialBus(port="p", timeout=TIMEOUT))
    options = device.options
    assert isinstance(options, RtuDevice | TcpDevice)

    def pipe() -> Pipe:
        return Pipe(clock, peer.answer)

    def connect() -> Session:
        master = TcpMaster(pipe, clock, counters, known) if tcp else RtuMaster(pipe, clock, counters, known, 9600)
        return ModbusSession(master, counters, clock, TIMEOUT, {"d": options})

    requests = DRIVERS[bus.driver].plan(bus, device, device.points)
    return _tallied(Line(connect), requests, peer, times, lambda: clock.advance(0.02), lambda: clock.advance(owed))


def real(fault: Fault, tcp: bool, times: int, owed: float, seed: int = 1) -> Tally:
    """On a real pseudo-terminal, or a real connection."""
    peer, device = Peer(fault, tcp, REAL_TIMEOUT, seed), _device(tcp)
    with (misbehaving_gateway if tcp else misbehaving_unit)(peer.answer) as where:
        if tcp:
            bus = Bus("b", "modbus-tcp", NAMES, TcpBus(host="127.0.0.1", port=int(where), timeout=REAL_TIMEOUT))
        else:
            bus = Bus("b", "modbus-rtu", NAMES, SerialBus(port=where, timeout=REAL_TIMEOUT, baudrate=115200, listen=0))
        driver = DRIVERS[bus.driver]
        line = Line(lambda: driver.connect(bus, (device,), SystemClock()))
        try:
            return _tallied(line, driver.plan(bus, device, device.points), peer, times, lambda: None, lambda: time.sleep(owed))
        finally:
            line.close()
