"""How fast the wire is read: the share of its physical limit beside other masters, what a dead neighbour costs, many gateways at once."""

import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from bench.page import Measure, Part
from bench.planner import savings
from bench.wire.line import Line, Programs, build, drive, paced
from cityops_desktop.acquire.acquisition import Acquisition
from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.acquire.report import BusReport, WireState
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import LISTEN_AGAIN
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.rooms import Bus, Device, Room
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.options import RtuDevice, Source, Table, TcpDevice
from drivers.registry import DRIVERS

MASTERS = ("own", "libmodbus", "pymodbus", "pymodbus-async", "minimalmodbus")
ROUNDS = 3
SECONDS = 3.0
NAMES = Names("", "")
GATEWAYS, POINTS = 64, 100


def limit(baud: int, registers: int = 10) -> float:
    """Reads a second that the line can carry: both frames and two silences."""
    character = 11 / baud
    silence = 3.5 * character if baud <= 19200 else 0.00175
    return 1 / ((8 + 5 + 2 * registers) * character + 2 * silence)


def measures() -> Part:
    """Interleaved rounds on one paced line for each speed, then the rest."""
    with tempfile.TemporaryDirectory(prefix="cityops-wire-") as folder:
        programs = build(Path(folder))
        found = [
            *_utilisation(programs, 9600, 99.0),
            *_utilisation(programs, 19200, 97.0),
            *_strict(programs),
            *_fastest(programs),
            *_dead_neighbour(programs),
            _unplugged(programs, 0.0),
            _unplugged(programs, 10.0),
        ]
    found += _gateways()
    how = (
        f"Ten holding registers of a libmodbus slave in C over a paced line ({ROUNDS} interleaved rounds of {SECONDS:.0f} s, median, least "
        "to most; 11 bits a character, t3.5 kept by the line, no turnaround beyond it), read by our driver as the station uses it, by "
        "libmodbus in C, "
        "pymodbus (synchronous and asynchronous) and minimalmodbus; 100 % is what the line can carry. A violation is a request that began "
        "before the line had been silent for t3.5. The gap that a device is granted in ordinary use is set to 0."
    )
    return ("Reading the wire", f"{how} {_plans()}", found)


def _plans() -> str:
    """What the plan saves: a share of the line each, computed."""
    told = [
        f"{saving.profile} ({saving.points} points in {saving.requests} requests): "
        f"{saving.times['one_per_point']:.2f} / {saving.times['adjacent']:.2f} / {saving.times['gap_50']:.2f}"
        for saving in savings()
    ]
    return (
        "Line time at 9600 baud of one request per point / adjacent registers only / gaps up to 50 as a multiple of our plan's (below 1: "
        f"the gaps are read although nobody declared them readable): {'; '.join(told)}."
    )


Shares = dict[str, tuple[list[float], float, int]]


def _shares(programs: Programs, baud: int, strict: bool = False, masters: Sequence[str] = MASTERS) -> Shares:
    """By master: the share of the limit in each round in %, the violations in % of its requests, wrong reads."""
    shares: dict[str, list[float]] = {master: [] for master in masters}
    early: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    with paced(programs, baud, [1], strict) as line:
        for _ in range(ROUNDS):
            for master in masters:
                before = line.counted()
                rate, bad = drive(programs, master, line.port, baud, SECONDS)
                after = line.counted()
                shares[master].append(100 * rate / limit(baud))
                asked[master] += after[0] - before[0]
                early[master] += after[1] - before[1]
                wrong[master] += bad
                time.sleep(0.3)
    return {master: (shares[master], 100 * early[master] / max(1, asked[master]), wrong[master]) for master in masters}


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):.1f} to {max(values):.1f}"


def _beside(shares: Shares) -> str:
    return ", ".join(
        f"{master} {statistics.median(values):.1f} % ({early:.0f} % early)"
        for master, (values, early, _) in shares.items()
        if master != "own"
    )


def _utilisation(programs: Programs, baud: int, least: float) -> list[Measure]:
    shares = _shares(programs, baud)
    own, early, _ = shares["own"]
    name = f"{baud} baud: share of the physical limit ({limit(baud):.1f} reads a second)"
    return [
        Measure(name, statistics.median(own), least, "%", _beside(shares), _spread(own), least=True),
        Measure(f"{baud} baud: requests before t3.5", early, 0.0, "%", "the others: in the line above"),
    ]


def _strict(programs: Programs) -> list[Measure]:
    found = []
    for baud, least in ((9600, 99.0), (19200, 97.0)):
        shares = _shares(programs, baud, strict=True, masters=("own", "pymodbus-async", "minimalmodbus"))
        own = shares["own"][0]
        name = f"{baud} baud, a slave that loses early requests: share of the limit"
        found.append(Measure(name, statistics.median(own), least, "%", _beside(shares), _spread(own), least=True))
    return found


def _fastest(programs: Programs) -> list[Measure]:
    shares = _shares(programs, 115200)
    own, early, _ = shares["own"]
    polite = {m: statistics.median(v) for m, (v, e, _) in shares.items() if m not in ("own", "libmodbus") and e < 1}
    best = max(polite.values(), default=0.0)
    ratio = statistics.median(own) / statistics.median(shares["libmodbus"][0])
    return [
        Measure(
            "115200 baud: share of the limit, ahead of every Python master that keeps the silence",
            statistics.median(own),
            best,
            "%",
            f"{_beside(shares)}; ours is {ratio:.2f} of libmodbus in C",
            _spread(own),
            least=True,
        ),
        Measure("115200 baud: requests before t3.5", early, 0.0, "%", "the others: in the line above"),
    ]


class Gathered:
    """What an acquisition has brought so far, for one thread to write and another to read."""

    def __init__(self) -> None:
        self.good: Counter[str] = Counter()
        self.late: list[float] = []
        self.polls = 0
        self.state: WireState | None = None
        self.last_good = 0.0
        self.lock = threading.Lock()

    def take(self, report: BusReport) -> None:
        """A report of a bus."""
        with self.lock:
            self.state = report.state
            for reading in report.readings:
                if reading.quality is Quality.GOOD:
                    self.good[reading.point.partition(".")[0]] += 1
                    self.last_good = time.monotonic()
            if report.late_ms is not None:
                self.polls += 1
                self.late.append(report.late_ms)


def _room(buses: Sequence[Bus], devices: Sequence[Device]) -> Room:
    return Room("bench", NAMES, "", "UTC", "", buses=tuple(buses), devices=tuple(devices))


def _points(device: str, count: int, period: float) -> tuple[Point, ...]:
    return tuple(
        Point(f"{device}.{n}", device, NAMES, Kind.ANALOG, Group.ENVIRONMENT, period=period, source=Source(table=Table.HOLDING, address=n))
        for n in range(count)
    )


def _eight(line: Line) -> tuple[Room, list[str]]:
    bus = Bus("b", "modbus-rtu", NAMES, SerialBus(port=line.port, baudrate=19200, timeout=0.3, listen=0))
    names = [f"u{unit}" for unit in range(1, 9)]
    devices = [
        Device(name, "b", NAMES, Group.ENVIRONMENT, RtuDevice(address=unit, gap=0), _points(name, 10, 0.25))
        for unit, name in enumerate(names, 1)
    ]
    return _room([bus], devices), names


def _rates(programs: Programs, units: Sequence[int]) -> dict[str, float]:
    with paced(programs, 19200, units, strict=False) as line:
        room, names = _eight(line)
        gathered = Gathered()
        acquisition = Acquisition(room, DRIVERS, SystemClock(), gathered.take)
        acquisition.start()
        time.sleep(8.0)
        with gathered.lock:
            before = Counter(gathered.good)
        began = time.monotonic()
        time.sleep(20.0)
        with gathered.lock:
            after = Counter(gathered.good)
        passed = time.monotonic() - began
        acquisition.stop()
    return {name: (after[name] - before[name]) / passed for name in names}


def _dead_neighbour(programs: Programs) -> list[Measure]:
    alive = _rates(programs, range(1, 9))
    dead = _rates(programs, [1, 2, 3, 4, 5, 7, 8])
    shares = [100 * dead[name] / alive[name] for name in alive if name != "u6"]
    beside = f"all alive: {sum(alive.values()):.0f} values a second; one dead: {sum(dead.values()):.0f}"
    return [
        Measure("8 slaves at 19200 baud, one dead: the slowest of the others keeps", min(shares), 90.0, "% of its rate", beside, least=True)
    ]


def _unplugged(programs: Programs, listen: float) -> Measure:
    """The port goes away and comes back under the same name; where another master may be, it is listened to before we speak again."""
    waits = []
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder) / "port"
        for _ in range(5 if not listen else 2):
            with paced(programs, 9600, [1], strict=False) as line:
                name.unlink(missing_ok=True)
                name.symlink_to(line.port)
                bus = Bus("b", "modbus-rtu", NAMES, SerialBus(port=str(name), timeout=0.3, listen=listen))
                device = Device("d", "b", NAMES, Group.ENVIRONMENT, RtuDevice(address=1), _points("d", 10, 0.2))
                gathered = Gathered()
                acquisition = Acquisition(_room([bus], [device]), DRIVERS, SystemClock(), gathered.take)
                acquisition.start()
                _wait(lambda gathered=gathered: gathered.last_good > 0)  # type: ignore[misc]
            name.unlink()
            _wait(lambda gathered=gathered: gathered.state is WireState.DOWN)  # type: ignore[misc]
            time.sleep(1.7)
            with paced(programs, 9600, [1], strict=False) as line:
                gathered.last_good = 0.0
                back = time.monotonic()
                name.symlink_to(line.port)
                _wait(lambda gathered=gathered: gathered.last_good > 0)  # type: ignore[misc]
                waits.append(gathered.last_good - back)
                acquisition.stop()
    again = min(listen, LISTEN_AGAIN)
    told = "an adapter that is plugged in again: to the first value" + (f", with {again:.0f} s of listening first" if again else "")
    return Measure(told, max(waits), 2.0 + again, "s", "the port is looked for four times a second", _spread(waits))


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not until():
        if time.monotonic() > end:
            raise RuntimeError("it does not come")
        time.sleep(0.005)


def _gateways() -> list[Measure]:
    """Acquisition and live table in this process, the slaves (pymodbus) in another."""
    from bench.wire.gateways import gateways

    with gateways(GATEWAYS) as ports:
        buses, devices = [], []
        for number, port in enumerate(ports):
            buses.append(Bus(f"b{number}", "modbus-tcp", NAMES, TcpBus(host="127.0.0.1", port=port)))
            name = f"d{number}"
            devices.append(Device(name, f"b{number}", NAMES, Group.ENVIRONMENT, TcpDevice(address=1), _points(name, POINTS, 1.0)))
        room = _room(buses, devices)
        live, gathered = LiveTable(room, SystemClock()), Gathered()

        def take(report: BusReport) -> None:
            with gathered.lock:
                live.apply(report.readings)
            gathered.take(report)

        acquisition = Acquisition(room, DRIVERS, SystemClock(), take)
        acquisition.start()
        time.sleep(6.0)
        process = psutil.Process()
        gathered.late.clear()
        good, used, began = sum(gathered.good.values()), sum(process.cpu_times()[:2]), time.monotonic()
        time.sleep(30.0)
        passed = time.monotonic() - began
        share = 100 * (sum(process.cpu_times()[:2]) - used) / passed
        rate = (sum(gathered.good.values()) - good) / passed
        late = list(gathered.late)
        acquisition.stop()
    overdue = 100 * sum(ms > 100 for ms in late) / max(1, len(late))
    return [
        Measure(
            f"{GATEWAYS} Modbus TCP devices of {POINTS} points each second", share, 25.0, "% of a core", f"{rate:.0f} values a second came"
        ),
        Measure(
            "polls of these that began more than 100 ms late",
            overdue,
            0.1,
            "%",
            f"{len(late)} polls, the latest {max(late, default=0):.0f} ms",
        ),
    ]
