"""What the core sees of the drivers: complaints, requests, resources, and what is remembered from one session to the next."""

import os
from pathlib import Path

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import WireError
from cityops_desktop.model.readings import Reason
from drivers.line.options import SerialBus
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import RtuDevice, Source
from drivers.registry import DRIVERS
from tests.drivers.modbus.room import device, point, serial_bus, tcp_bus
from tests.peers.ptys import pty_pair
from tests.peers.slaves import free_port

CLOCK = SystemClock()


def test_complaints_name_point_and_key() -> None:
    wrong = Source(table="coil", address=1, bit=3)
    (found,) = DRIVERS["modbus-tcp"].check(device(tcp=True).options, [("door", wrong)])  # type: ignore[arg-type]
    assert (found.point, found.key) == ("door", "bit")


def test_requests_carry_device_points_period_and_cost() -> None:
    unit = device(point("a", address=0, period=2), point("b", address=1, period=2), name="d")
    (request,) = DRIVERS["modbus-rtu"].plan(serial_bus(), unit, unit.points)
    assert (request.device, request.points, request.period) == ("d", ("d.a", "d.b"), 2) and 0.03 < request.cost < 0.1


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_two_names_of_one_port_are_one_resource(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-path").symlink_to(tmp_path / "ttyUSB0")
    driver = DRIVERS["modbus-rtu"]
    assert driver.resource(SerialBus(port=str(tmp_path / "by-path"))) == driver.resource(SerialBus(port=str(tmp_path / "ttyUSB0")))


def test_a_wire_that_cannot_be_opened_says_why() -> None:
    for bus, reason in (
        (serial_bus("/dev/ttyNOT-THERE"), Reason.NO_PORT),
        (tcp_bus("modbus-tcp", free_port()), Reason.CONNECTION_REFUSED),
        (tcp_bus("modbus-rtu-tcp", free_port()), Reason.CONNECTION_REFUSED),
    ):
        with pytest.raises(WireError) as error:
            DRIVERS[bus.driver].connect(bus, [device(tcp=bus.driver == "modbus-tcp")], CLOCK)
        assert error.value.reason is reason


def test_a_question_without_an_answer_is_remembered_when_the_port_is_opened_again() -> None:
    driver = ModbusDriver("modbus-rtu", SerialBus, RtuDevice)
    unit = device(point("a", address=0), point("b", address=2), timeout=0.02)
    with pty_pair() as (ours, _):
        bus = serial_bus(ours, baudrate=115200)
        for sent, request in zip((1, 0), driver.plan(bus, unit, unit.points), strict=True):
            session = driver.connect(bus, [unit], CLOCK)
            result = session.execute(request)
            session.close()
            assert result.readings[0].reason is Reason.NO_ANSWER
            assert session.counters.requests == sent
