"""What a room file says about a line: how it is opened, how long it is listened to, what its adapter holds back."""

import fcntl
import socket
from pathlib import Path
from typing import Any

import pytest
import serial.serialposix

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Manners, WireError
from cityops_desktop.model.readings import Reason
from drivers.line import latency
from drivers.line.options import Direction, LineServer, SerialBus, TcpBus
from drivers.line.wire import ListenOnlyError, open_serial, open_tcp
from drivers.registry import DRIVERS
from tests.peers.ptys import pty_pair

CLOCK = SystemClock()


def test_lines_are_listened_to_and_connections_are_ours() -> None:
    assert SerialBus(port="COM3").manners == Manners(10.0, 2.0)
    assert SerialBus(port="COM3", listen=1).manners == Manners(1.0, 1.0)
    assert SerialBus(port="COM3", listen_only=True).manners.listen_only
    assert LineServer(host="h").manners == Manners(10.0, 2.0)
    assert TcpBus(host="h").manners == Manners()
    assert DRIVERS["modbus-rtu-tcp"].bus_options is LineServer and "listen" not in TcpBus.model_fields


def test_the_kernel_is_told_to_switch_the_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, ...]] = []
    real = fcntl.ioctl

    def ioctl(fd: int, request: int, *arguments: Any) -> Any:
        if request == serial.serialposix.TIOCSRS485:
            asked.append(tuple(arguments[0])[:3])
            return 0
        if request == serial.serialposix.TIOCGRS485:
            return 0
        return real(fd, request, *arguments)

    monkeypatch.setattr(serial.serialposix.fcntl, "ioctl", ioctl)
    with pty_pair() as (ours, _):
        for direction in (Direction(), Direction(rts_on_send=False, before=0.002, after=0.001)):
            open_serial(SerialBus(port=ours, rs485=direction), CLOCK).close()
    on, send, after = serial.serialposix.SER_RS485_ENABLED, serial.serialposix.SER_RS485_RTS_ON_SEND, 4
    assert asked == [(on | send, 0, 0), (on | after, 2, 1)]


def test_a_port_that_cannot_switch_says_so() -> None:
    with pty_pair() as (ours, _):
        with pytest.raises(WireError) as error:
            open_serial(SerialBus(port=ours, rs485=Direction()), CLOCK)
        assert error.value.reason is Reason.NO_PORT and "rs485" in error.value.detail
        open_serial(SerialBus(port=ours), CLOCK).close()


def test_nothing_leaves_a_line_that_is_only_listened_to() -> None:
    with pty_pair() as (ours, theirs):
        silent, other = open_serial(SerialBus(port=ours, listen_only=True), CLOCK), open_serial(SerialBus(port=theirs), CLOCK)
        with pytest.raises(ListenOnlyError):
            silent.write(b"x")
        other.write(b"heard")
        assert silent.read(CLOCK.monotonic() + 10) == b"heard"
        assert other.read(CLOCK.monotonic()) == b""
        silent.close()
        other.close()


def test_behind_a_serial_server_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        for wire in (
            open_tcp("127.0.0.1", server.getsockname()[1], CLOCK, listen_only=True),
            open_serial(SerialBus(port=f"socket://127.0.0.1:{server.getsockname()[1]}", listen_only=True), CLOCK),
        ):
            with pytest.raises(ListenOnlyError):
                wire.write(b"x")
            wire.close()


def test_the_latency_timer_of_an_adapter_by_whatever_name(tmp_path: Path) -> None:
    for name, ms in (("ttyUSB0", "16\n"), ("ttyUSB1", "1\n"), ("ttyUSB2", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "latency_timer").write_text(ms)
    stable = tmp_path / "usb-FTDI_FT232R-port0"
    stable.symlink_to("/dev/ttyUSB0")
    assert latency.timer(str(stable), tmp_path) == (16, tmp_path / "ttyUSB0" / "latency_timer")
    slow = latency.told(SerialBus(port=str(stable)), tmp_path)
    assert slow == {"latency_timer": 16, "latency_cure": f"echo 1 > {tmp_path}/ttyUSB0/latency_timer"}
    assert latency.told(SerialBus(port="/dev/ttyUSB1"), tmp_path) == {"latency_timer": 1}
    assert latency.told(SerialBus(port="/dev/ttyUSB2"), tmp_path) == {}
    assert latency.told(SerialBus(port="/dev/ttyS0"), tmp_path) == {}
    assert latency.told(SerialBus(port="socket://h:1"), tmp_path) == {}


def test_the_settings_of_a_bus_tell_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ttyUSB0").mkdir()
    (tmp_path / "ttyUSB0" / "latency_timer").write_text("16")
    monkeypatch.setattr(latency, "DEVICES", tmp_path)
    told = DRIVERS["modbus-rtu"].settings(SerialBus(port="/dev/ttyUSB0", rs485=Direction(after=0.001)))
    assert (told["latency_timer"], told["rs485"], told["listen"]) == (16, "RTS 1 0/1 ms", 10.0)
    assert "listen_only" not in told and all(isinstance(value, str | int | float) for value in told.values())
