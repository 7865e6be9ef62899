"""Bytes in and out of a serial port or a connection, with deadlines. Knows no protocol; says in codes why a wire failed.

Whatever a driver does: on a line that is only listened to, no byte leaves this module.
"""

import errno
import logging
import os
import select
import socket
import sys
from pathlib import Path
from typing import Protocol, cast

import serial
from serial.rs485 import RS485Settings

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import WireError
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import Record, unrecorded
from drivers.line.options import Direction, SerialBus

if sys.platform == "win32":
    _TERMINAL_ERROR = serial.SerialException
else:
    import termios

    _TERMINAL_ERROR = termios.error

CONNECTING = 3.0
"""Seconds that a connection may take: one lost SYN is repeated after 1 s."""
HALF_OPEN = 3
"""Questions in a row without any answer after which a connection is taken for dead and opened anew."""
_CHUNK = 4096
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Linux: acknowledge at once. A peer that waits for it before it sends the rest (Nagle) costs 40 ms an answer otherwise; the system
forgets the wish, so it is told after each reading."""
_SLICE = 0.02
"""Seconds that pyserial waits at a time: to change its time-out before each read would set a COM port, or a far port, up anew."""
_REASONS = {
    errno.ENOENT: Reason.NO_PORT,
    errno.ENXIO: Reason.NO_PORT,
    errno.ENODEV: Reason.NO_PORT,
    errno.EIO: Reason.NO_PORT,
    errno.EACCES: Reason.NO_RIGHT,
    errno.EPERM: Reason.NO_RIGHT,
    errno.EBUSY: Reason.PORT_IN_USE,
    errno.EAGAIN: Reason.PORT_IN_USE,
}
_log = logging.getLogger(__name__)


class Wire(Protocol):
    """An open wire. Every method raises WireError when it is gone."""

    def write(self, data: bytes) -> None:
        """Send all of it."""
        ...

    def read(self, deadline: float) -> bytes:
        """What has come, as soon as anything has; nothing at the deadline (monotonic). A past deadline only looks."""
        ...

    def close(self) -> None:
        """Give it back; never raises."""
        ...


class ListenOnlyError(Exception):
    """A driver wanted to send on a line that is only listened to."""


def open_serial(options: SerialBus, clock: Clock, record: Record = unrecorded) -> Wire:
    """Open a serial port for us alone, or whatever URL of pyserial; all bytes are told to `record`. WireError says why not."""
    wire = _opened(options, clock)
    return Recorded(Mute(wire) if options.listen_only else wire, record)


def _opened(options: SerialBus, clock: Clock) -> Wire:
    if options.port.startswith("socket://"):
        host, _, port = options.port.removeprefix("socket://").split("?")[0].rstrip("/").rpartition(":")
        if not host or not port.isdecimal():
            raise WireError(Reason.NO_PORT, options.port)
        return _connected(host.strip("[]"), int(port), clock)
    try:
        port_object = serial.serial_for_url(
            options.port,
            baudrate=options.baudrate,
            parity=options.parity.value,
            stopbits=options.stopbits,
            timeout=_SLICE,
            write_timeout=None if "://" in options.port else 1.0,  # rfc2217:// has none
            exclusive=True,
        )
    except (serial.SerialException, OSError, ValueError, _TERMINAL_ERROR) as error:
        raise WireError(*_why_not(options.port, error)) from error
    _log.debug("opened %s", options.port)
    if options.rs485 is not None:
        _direct(port_object, options.rs485)
    if os.name == "posix" and isinstance(port_object, serial.Serial):
        return _Descriptor(port_object, clock)
    return _Port(port_object, clock)


def _direct(port: serial.SerialBase, direction: Direction) -> None:
    """Let the kernel switch the port between sending and receiving. WireError where it cannot."""
    settings = RS485Settings(direction.rts_on_send, not direction.rts_on_send, False, direction.before, direction.after)
    try:
        port.rs485_mode = settings
    except (NotImplementedError, ValueError, OSError) as error:
        _close_port(port)
        raise WireError(Reason.NO_PORT, f"{port.port}: rs485: {error}") from error


def open_tcp(host: str, port: int, clock: Clock, record: Record = unrecorded, *, listen_only: bool = False) -> Wire:
    """Connect; all bytes are told to `record`. WireError says why not."""
    wire = _connected(host, port, clock)
    return Recorded(Mute(wire) if listen_only else wire, record)


def _connected(host: str, port: int, clock: Clock) -> Wire:
    where = f"{host}:{port}"
    try:
        connection = socket.create_connection((host, port), CONNECTING)
    except ConnectionRefusedError as error:
        raise WireError(Reason.CONNECTION_REFUSED, where) from error
    except OSError as error:
        raise WireError(Reason.UNREACHABLE, f"{where}: {error}") from error
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setblocking(False)
    _log.debug("connected to %s", where)
    return _Connection(connection, where, clock)


def _why_not(port: str, error: Exception) -> tuple[Reason, str]:
    number = error.errno if isinstance(error, OSError) else error.args[0] if error.args else None
    if number in _REASONS:
        return _REASONS[number], port
    # pyserial on Windows gives no number, only the name; access is denied there when another program has the port
    text = str(error)
    if "FileNotFoundError" in text or "PermissionError" in text:
        return (Reason.NO_PORT if "FileNotFoundError" in text else Reason.PORT_IN_USE), port
    if "://" in port and isinstance(error, OSError):
        return Reason.UNREACHABLE, text
    return Reason.NO_PORT, f"{port}: {text}"


class Recorded:
    """A wire whose every byte is told to a record."""

    def __init__(self, wire: Wire, record: Record) -> None:
        self._wire = wire
        self._record = record

    def write(self, data: bytes) -> None:
        """Send all of it, and tell."""
        self._wire.write(data)
        self._record(True, data)

    def read(self, deadline: float) -> bytes:
        """What has come, told."""
        data = self._wire.read(deadline)
        if data:
            self._record(False, data)
        return data

    def close(self) -> None:
        """Give it back."""
        self._wire.close()


class Mute:
    """A wire that can only be heard."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def write(self, data: bytes) -> None:
        """Never: ListenOnlyError."""
        raise ListenOnlyError

    def read(self, deadline: float) -> bytes:
        """What has come."""
        return self._wire.read(deadline)

    def close(self) -> None:
        """Give it back."""
        self._wire.close()


class _Descriptor:
    """A serial port by its file descriptor: one select and one read for each answer."""

    def __init__(self, port: serial.Serial, clock: Clock) -> None:
        self._port = port
        self._number = port.fileno()
        self._clock = clock

    def write(self, data: bytes) -> None:
        try:
            sent = os.write(self._number, data)
        except OSError as error:
            raise self._gone(str(error)) from error
        if sent != len(data):
            raise self._gone("output blocked")

    def read(self, deadline: float) -> bytes:
        try:
            if not select.select((self._number,), (), (), max(0.0, deadline - self._clock.monotonic()))[0]:
                return b""
            data = os.read(self._number, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._gone(str(error)) from error
        if not data:
            raise self._gone("hung up")
        return data

    def close(self) -> None:
        _close_port(self._port)

    def _gone(self, detail: str) -> WireError:
        name = str(self._port.port)
        return WireError(Reason.CONNECTION_LOST if Path(name).exists() else Reason.NO_PORT, f"{name}: {detail}")


class _Port:
    """A port that only pyserial can read: COM ports of Windows, rfc2217://, loop://."""

    def __init__(self, port: serial.SerialBase, clock: Clock) -> None:
        self._port = cast(serial.Serial, port)  # every port of pyserial has what is used here
        self._clock = clock

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise self._gone(error) from error

    def read(self, deadline: float) -> bytes:
        try:
            while not (waiting := self._port.in_waiting):
                if self._clock.monotonic() >= deadline:
                    return b""
                if first := bytes(self._port.read(1)):
                    return first + bytes(self._port.read(self._port.in_waiting))
            return bytes(self._port.read(waiting))
        except (serial.SerialException, OSError) as error:
            raise self._gone(error) from error

    def close(self) -> None:
        _close_port(self._port)

    def _gone(self, error: Exception) -> WireError:
        return WireError(Reason.CONNECTION_LOST, f"{self._port.port}: {error}")


class _Connection:
    """A TCP connection."""

    def __init__(self, connection: socket.socket, where: str, clock: Clock) -> None:
        self._connection = connection
        self._where = where
        self._clock = clock

    def write(self, data: bytes) -> None:
        try:
            sent = self._connection.send(data)
        except OSError as error:
            raise WireError(Reason.CONNECTION_LOST, f"{self._where}: {error}") from error
        if sent != len(data):
            raise WireError(Reason.CONNECTION_LOST, f"{self._where}: output blocked")

    def read(self, deadline: float) -> bytes:
        try:
            if not select.select((self._connection,), (), (), max(0.0, deadline - self._clock.monotonic()))[0]:
                return b""
            data = self._connection.recv(_CHUNK)
            if _QUICK_ACK is not None:
                self._connection.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise WireError(Reason.CONNECTION_LOST, f"{self._where}: {error}") from error
        if not data:
            raise WireError(Reason.CONNECTION_LOST, f"{self._where}: closed by the other side")
        return data

    def close(self) -> None:
        self._connection.close()


def _close_port(port: serial.SerialBase) -> None:
    try:
        port.close()
    except (serial.SerialException, OSError, _TERMINAL_ERROR) as error:
        _log.debug("closing %s: %s", port.port, error)
