"""Ports and connections that cannot be had, or go away, and the reason that is given."""

import fcntl
import os
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import serial
import serial.rfc2217

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import WireError
from cityops_desktop.model.readings import Reason
from drivers.line.options import SerialBus
from drivers.line.wire import open_serial, open_tcp
from tests.peers.ptys import pty_pair
from tests.peers.slaves import free_port

CLOCK = SystemClock()


def why(port: str) -> tuple[Reason, str]:
    with pytest.raises(WireError) as error:
        open_serial(SerialBus(port=port), CLOCK)
    return error.value.reason, error.value.detail


def soon(seconds: float = 2.0) -> float:
    return CLOCK.monotonic() + seconds


def test_bytes_go_both_ways() -> None:
    with pty_pair() as (ours, theirs), serial.Serial(theirs, timeout=2) as peer:
        wire = open_serial(SerialBus(port=ours), CLOCK)
        wire.write(b"ping")
        assert peer.read(4) == b"ping"
        peer.write(b"pong")
        got = b""
        while len(got) < 4:
            got += wire.read(soon())
        assert got == b"pong" and wire.read(0.0) == b"" and wire.read(CLOCK.monotonic() + 0.01) == b""
        wire.close()
        wire.close()


def test_a_port_that_does_not_exist() -> None:
    assert why("/dev/ttyNOT-THERE") == (Reason.NO_PORT, "/dev/ttyNOT-THERE")
    assert why("COM99") == (Reason.NO_PORT, "COM99")


def test_something_that_is_no_port() -> None:
    reason, detail = why("/dev/null")
    assert reason is Reason.NO_PORT and "/dev/null" in detail
    assert why("socket://somewhere")[0] is Reason.NO_PORT
    assert why("nonsense://x")[0] is Reason.NO_PORT


def test_a_port_that_another_program_has_locked() -> None:
    with pty_pair() as (ours, _), open(ours, "rb", buffering=0) as other:  # noqa: PTH123
        fcntl.flock(other, fcntl.LOCK_EX)
        assert why(ours) == (Reason.PORT_IN_USE, ours)
        fcntl.flock(other, fcntl.LOCK_UN)
        first = open_serial(SerialBus(port=ours), CLOCK)
        assert why(ours)[0] is Reason.PORT_IN_USE
        first.close()
        open_serial(SerialBus(port=ours), CLOCK).close()


@pytest.mark.parametrize(
    ("number", "reason"), [(13, Reason.NO_RIGHT), (1, Reason.NO_RIGHT), (16, Reason.PORT_IN_USE), (6, Reason.NO_PORT), (5, Reason.NO_PORT)]
)
def test_what_the_system_says_becomes_a_reason(number: int, reason: Reason, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise serial.SerialException(number, "could not open port")

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    assert why("/dev/ttyS0") == (reason, "/dev/ttyS0")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may open everything: be somebody else for a moment. Anybody else just loses the right to the port below."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("could not open port 'COM3': FileNotFoundError(2, 'The system cannot find the file specified.', None, 2)", Reason.NO_PORT),
        ("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)", Reason.PORT_IN_USE),
    ],
)
def test_what_windows_says_becomes_a_reason(text: str, reason: Reason, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise serial.SerialException(text)

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    assert why("COM3") == (reason, "COM3")


def test_a_port_without_the_right_to_open_it() -> None:
    with pty_pair() as (ours, _):
        os.chmod(ours, 0)  # noqa: PTH101
        with as_nobody():
            assert why(ours)[0] is Reason.NO_RIGHT


def test_a_port_that_vanishes() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    wire = open_serial(SerialBus(port=os.ttyname(slave)), CLOCK)
    os.close(slave)
    os.close(master)
    with pytest.raises(WireError) as error:
        wire.read(soon())
    assert error.value.reason in (Reason.NO_PORT, Reason.CONNECTION_LOST)
    with pytest.raises(WireError):
        wire.write(b"x")
    wire.close()


def test_a_port_that_only_pyserial_can_read() -> None:
    wire = open_serial(SerialBus(port="loop://"), CLOCK)
    wire.write(b"abc")
    assert wire.read(soon()) == b"abc" and wire.read(0.0) == b"" and wire.read(CLOCK.monotonic() + 0.01) == b""
    wire.close()
    for use in (lambda: wire.write(b"x"), lambda: wire.read(soon())):
        with pytest.raises(WireError) as error:
            use()
        assert error.value.reason is Reason.CONNECTION_LOST


class _FarEnd:
    """pyserial's own RFC 2217 server before a port that answers what it was told."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._port = serial.serial_for_url("loop://", timeout=0)
        self._manager = serial.rfc2217.PortManager(self._port, self)
        self.set_up: list[int] = []

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

    def serve(self) -> None:
        with self._connection:
            while data := self._connection.recv(4096):
                self._port.write(b"".join(self._manager.filter(data)))
                self.set_up.append(self._port.baudrate)
                self._connection.sendall(b"".join(self._manager.escape(self._port.read(4096))))
        self._port.close()


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's own
def test_a_port_of_a_serial_server_is_set_up_once_and_then_only_read() -> None:
    ends: list[_FarEnd] = []

    def serve() -> None:
        ends.append(_FarEnd(server.accept()[0]))
        ends[0].serve()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        wire = open_serial(SerialBus(port=f"rfc2217://127.0.0.1:{server.getsockname()[1]}", baudrate=19200), CLOCK)
        assert ends[0].set_up[-1] == 19200
        asked = len(ends[0].set_up)
        for number in range(5):
            wire.write(b"ping %d" % number)
            got = b""
            while len(got) < 6:
                got += wire.read(soon())
            assert got == b"ping %d" % number and wire.read(0.0) == b""
        assert len(ends[0].set_up) == asked + 5  # a question each, and no word about the port
        wire.close()
        thread.join()


def test_a_serial_server_that_is_not_there() -> None:
    reason, detail = why(f"rfc2217://127.0.0.1:{free_port()}")
    assert reason is Reason.UNREACHABLE and "refused" in detail


def test_a_connection_and_its_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        wire = open_serial(SerialBus(port=f"socket://127.0.0.1:{port}"), CLOCK)
        peer, _ = server.accept()
        wire.write(b"ping")
        assert peer.recv(10) == b"ping"
        peer.sendall(b"pong")
        assert wire.read(soon()) == b"pong" and wire.read(0.0) == b""
        peer.close()
        with pytest.raises(WireError) as error:
            wire.read(soon())
        assert error.value.reason is Reason.CONNECTION_LOST
        wire.close()


def test_a_reset_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = open_tcp("127.0.0.1", server.getsockname()[1], CLOCK)
        peer, _ = server.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        peer.close()
        with pytest.raises(WireError) as error:
            while True:
                wire.read(soon())
        assert error.value.reason is Reason.CONNECTION_LOST
        with pytest.raises(WireError):
            wire.write(b"x")
            wire.write(b"x")
        wire.close()


def test_a_peer_that_takes_nothing_is_a_lost_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = open_tcp("127.0.0.1", server.getsockname()[1], CLOCK)
        peer, _ = server.accept()
        with pytest.raises(WireError) as error:
            for _ in range(1000):
                wire.write(bytes(100_000))
        assert error.value.reason is Reason.CONNECTION_LOST
        wire.close()
        peer.close()


def test_nobody_listens() -> None:
    with pytest.raises(WireError) as error:
        open_tcp("127.0.0.1", free_port(), CLOCK)
    assert error.value.reason is Reason.CONNECTION_REFUSED


def test_a_host_that_cannot_be_found() -> None:
    with pytest.raises(WireError) as error:
        open_tcp("no-such-host.invalid", 502, CLOCK)
    assert error.value.reason is Reason.UNREACHABLE


def test_waiting_does_not_spin() -> None:
    with pty_pair() as (ours, _):
        wire = open_serial(SerialBus(port=ours), CLOCK)
        before = threading.current_thread()
        used = os.times().user
        wire.read(CLOCK.monotonic() + 0.2)
        assert os.times().user - used < 0.15 and before is threading.current_thread()
        wire.close()
