"""Syslog (RFC 5424) over UDP, TCP (RFC 6587, octet counting) or TLS (RFC 5425), with the alarm as structured data (RFC 5674)."""

import contextlib
import os
import re
import socket
import ssl
from datetime import UTC, datetime

from cityops_desktop.alarms.outputs.output import Quiet, trusted, why_not
from cityops_desktop.clock import Clock
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.notify import SENT, By, Delivery, Message, failed
from cityops_desktop.room.ways import SyslogPart

SECONDS = 10.0
PORTS = {"udp": 514, "tcp": 601, "tls": 6514}
MOST_UDP = 1400
"""Bytes of a datagram that no network cuts."""
SEVERITIES = {1: (1, "critical"), 2: (2, "major"), 3: (3, "minor"), 4: (4, "warning")}
"""By our level: severity of syslog and perceived severity of ITU, as RFC 5674 maps them."""
CLEARED = (5, "cleared")
NOTICE = (5, "indeterminate")
_COMMUNICATION = {Cause.DEVICE_LOST, Cause.BUS_LOST}
_ENVIRONMENT = {Cause.HIGH, Cause.LOW, Cause.STATE}


class Syslog(Quiet):
    """See Output. A connection is kept between messages."""

    def __init__(self, options: SyslogPart, clock: Clock) -> None:
        self._options, self._clock = options, clock
        self._where = (options.host, options.port or PORTS[options.transport])
        self._host = _ascii(socket.gethostname(), 255)
        self._connection: socket.socket | None = None

    def send(self, message: Message) -> Delivery:
        """See Output. A connection that the server has closed meanwhile is opened anew, once."""
        data = line(message, self._options.facility, self._host, self._clock.wall())
        if self._options.transport == "udp":
            return self._datagram(data)
        for fresh in (self._connection is None, True):
            try:
                connection = self._connection or self._connected()
                if _is_closed(connection):
                    raise ConnectionResetError
                connection.sendall(f"{len(data)} ".encode() + data)
                return SENT
            except OSError as error:
                self.close()
                if fresh:
                    return failed(why_not(error))
        raise AssertionError

    def probe(self) -> Delivery:
        """A line of our own: syslog has no question that could be asked."""
        return self.send(Message("selftest", by=By.POST, to="", subject="", text="self-test", level=0))

    def close(self) -> None:
        """See Output."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def _datagram(self, data: bytes) -> Delivery:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(*self._where, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, kind, protocol) as sender:
                sender.settimeout(SECONDS)
                sender.sendto(data[:MOST_UDP].decode("utf-8", "ignore").encode(), address)
        except OSError as error:
            return failed(why_not(error))
        return SENT

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(self._where, SECONDS)
        if self._options.transport == "tls":
            try:
                connection = trusted(self._options.ca).wrap_socket(connection, server_hostname=self._options.host)
            except BaseException:
                connection.close()
                raise
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._connection = connection
        return connection


def line(message: Message, facility: int, host: str, wall: int) -> bytes:
    """A message of RFC 5424; UTF-8 with its mark."""
    about = message.about
    severity, perceived = SEVERITIES.get(message.level, NOTICE)
    if about.get("standing") is False:
        severity, perceived = CLEARED
    happened = about.get("time")
    moment = happened if isinstance(happened, int) else wall
    time = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    kind = _ascii(str(about.get("state") or "message"), 32)
    head = f"<{facility * 8 + severity}>1 {time} {host} cityops {os.getpid()} {kind}"
    return f"{head} {_structured(message, perceived)} ".encode() + b"\xef\xbb\xbf" + message.text.encode()


def _structured(message: Message, perceived: str) -> str:
    about = message.about
    if not about:
        return "-"
    cause = str(about.get("cause", ""))
    kind = "communicationsAlarm" if cause in _COMMUNICATION else "environmentalAlarm" if cause in _ENVIRONMENT else "processingErrorAlarm"
    values = {
        "resource": str(about.get("subject", "")),
        "probableCause": cause,
        "perceivedSeverity": perceived,
        "eventType": kind,
        "resourceURI": f"urn:uuid:{message.alarms[0]}" if message.alarms else "",
    }
    return "[alarm" + "".join(f' {name}="{_escaped(value)}"' for name, value in values.items() if value) + "]"


def _escaped(value: str) -> str:
    return re.sub(r'(["\\\]])', r"\\\1", value)


def _ascii(text: str, most: int) -> str:
    return re.sub(r"[^!-~]", "", text)[:most] or "-"


def _is_closed(connection: socket.socket) -> bool:
    """Has the server hung up? It never says anything else."""
    connection.settimeout(0)
    try:
        return connection.recv(1) == b""
    except (BlockingIOError, TimeoutError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(SECONDS)
