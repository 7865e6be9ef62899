"""Other masters that ask at any moment, several at once: never a wrong value, and all is good when they have gone."""

import random

import pytest

from cityops_desktop.model.drivers import Counters, WireError
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.rooms import Bus, Device
from drivers.line.options import SerialBus
from drivers.modbus.acquaintance import LATE, Acquaintance
from drivers.modbus.options import RtuDevice, Source, Table
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.modbus.slave import register, rtu_answer, sealed

TIMEOUT = 0.3
NAMES = Names("", "")
ADDRESSES = [100 * block + n for block in range(8) for n in range(4)]


def device() -> Device:
    points = tuple(
        Point(f"d.{at}", "d", NAMES, Kind.ANALOG, Group.ENVIRONMENT, source=Source(table=Table.HOLDING, address=at)) for at in ADDRESSES
    )
    ranges = tuple((Table.HOLDING, 100 * block, 100 * block + 40) for block in range(8))
    return Device("d", "b", NAMES, Group.ENVIRONMENT, RtuDevice(address=1, gap=0, readable=ranges), points)


@pytest.mark.parametrize("seed", range(6))
def test_masters_that_ask_across_each_other(seed: int) -> None:
    clock, counters, known, rng = FakeClock(), Counters(), Acquaintance(), random.Random(seed)
    crowded = True

    def answer(question: bytes) -> Events:
        right: Events = [(0.03, rtu_answer(question))]
        if not crowded or rng.random() > 0.25:
            return right
        foreign = sealed(question[:2] + bytes((rng.choice((0, 1, 2, 3)), rng.randrange(256))) + question[4:6])
        if rng.random() < 0.1:
            foreign = question
        after = 0.03 + rng.uniform(0.0, 0.5) * TIMEOUT
        return [*right, (after, foreign), (after + rng.uniform(0.02, 0.6) * TIMEOUT, rtu_answer(foreign))]

    master = RtuMaster(lambda: Pipe(clock, answer), clock, counters, known, 115200)
    made = device()
    session = ModbusSession(master, counters, clock, TIMEOUT, {"d": made.options})
    bus = Bus("b", "modbus-rtu", NAMES, SerialBus(port="p", timeout=TIMEOUT, baudrate=115200))
    requests = DRIVERS["modbus-rtu"].plan(bus, made, made.points)
    good = 0
    for number in range(1000):
        clock.advance(rng.choice((0.0, 0.002, 0.02, 0.1, 3.0)))
        try:
            readings = session.execute(requests[number % len(requests)]).readings
        except WireError:
            continue
        for reading in readings:
            if reading.quality is Quality.GOOD:
                good += 1
                assert reading.value == register(1, int(reading.point.partition(".")[2])), f"a wrong value, poll {number}"
    assert good > 1000
    crowded = False
    clock.advance(LATE + 1)
    assert all(reading.quality is Quality.GOOD for request in requests for reading in session.execute(request).readings)
