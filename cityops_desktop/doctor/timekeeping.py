"""The machine's clock: does the system keep it by NTP, and how far is it from the site's source? Asks by SNTP (RFC 5905); sets nothing."""

import secrets
import socket
import struct
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

from cityops_desktop.clock import Clock
from cityops_desktop.doctor.finding import Finding, Machine, State
from cityops_desktop.texts import N_

AREA = "clock"
NTP_PORT = 123
NTP_SECONDS = 2.0
MOST_OFFSET = 1.0
"""Seconds, ours: beyond it the order of events from two rooms is told wrongly."""
_EPOCH = 2_208_988_800
_ERA = 2**32
_NONSENSE = N_("{source} answered something else than the time")
_KEEP = N_("install and start chrony or systemd-timesyncd, and name the site's time source in its configuration")


class NoTime(Exception):
    """The source gave no time. `what` is the message id that says so, with {source} and {error}."""

    def __init__(self, what: str, error: str = "") -> None:
        super().__init__(f"{what}: {error}" if error else what)
        self.what = what
        self.error = error


@dataclass(frozen=True, slots=True)
class Offset:
    """What the source says: seconds to be added to this clock, seconds there and back, distance from a reference clock."""

    seconds: float
    delay: float
    stratum: int


def look(machine: Machine, clock: Clock, zone: str, source: str | None) -> Iterator[Finding]:
    """`zone` is the room's; `source` the NTP server to ask, "host" or "host:port", None = do not ask."""
    yield _kept(machine)
    if source is not None:
        yield _asked(source, clock)
    yield _zone(zone)


def _kept(machine: Machine) -> Finding:
    tracking = machine.run(["chronyc", "-c", "tracking"])
    if tracking is not None and len(row := tracking.strip().split(",")) >= 14:
        params = {"source": row[1] or row[0], "stratum": row[2], "offset": row[4]}
        if row[13] == "Not synchronised":
            return Finding(AREA, State.WRONG, N_("chrony runs, but has found no time source"), _KEEP, params)
        return Finding(AREA, State.FINE, N_("chrony keeps the clock by {source} (stratum {stratum}, {offset} s off)"), params=params)
    told = (machine.run(["timedatectl", "show", "-p", "NTPSynchronized", "--value"]) or "").strip()
    if told == "yes":
        return Finding(AREA, State.FINE, N_("the system keeps the clock by NTP"))
    if told == "no":
        return Finding(AREA, State.WRONG, N_("nothing keeps the clock of this machine: the times of alarms and curves drift"), _KEEP)
    do = N_("ask the site's time source with --ntp HOST")
    return Finding(AREA, State.UNKNOWN, N_("the system does not say whether its clock is kept by NTP"), do)


def _asked(source: str, clock: Clock) -> Finding:
    params: dict[str, object] = {"source": source}
    try:
        offset = ask(source, clock)
    except NoTime as error:
        params["error"] = error.error
        do = N_("check its name, and that UDP port 123 is let through; until then nobody knows how far this clock is off")
        return Finding(AREA, State.UNKNOWN, error.what, do, params)
    params |= {"offset": f"{offset.seconds:+.3f}", "delay": f"{offset.delay:.3f}", "stratum": offset.stratum}
    if abs(offset.seconds) > MOST_OFFSET:
        what = N_("this clock is {offset} s from {source} (stratum {stratum}, {delay} s there and back)")
        return Finding(AREA, State.WRONG, what, _KEEP, params)
    return Finding(AREA, State.FINE, N_("{offset} s to {source} (stratum {stratum}, {delay} s there and back)"), params=params)


def ask(source: str, clock: Clock) -> Offset:
    """One SNTP question, answered within 2 s. NoTime when there is none, or one that is no time."""
    host, _, port = source.rpartition(":") if source.count(":") == 1 else (source, "", "")
    nonce = secrets.token_bytes(8)
    if not host:
        raise NoTime(N_("no time source is named"))
    try:
        address = socket.getaddrinfo(host.strip("[]"), int(port or NTP_PORT), type=socket.SOCK_DGRAM)[0]
        with socket.socket(address[0], socket.SOCK_DGRAM) as line:
            line.settimeout(NTP_SECONDS)
            line.connect(address[4])
            sent, start = clock.wall() / 1000, clock.monotonic()
            line.send(struct.pack("!B39x8s", 0b00_100_011, nonce))
            answer = line.recv(1024)
            elapsed = clock.monotonic() - start
    except TimeoutError as error:
        raise NoTime(N_("{source} does not answer within 2 s")) from error
    except (OSError, ValueError, OverflowError) as error:
        raise NoTime(N_("{source} cannot be asked: {error}"), getattr(error, "strerror", None) or str(error)) from error
    return offset_from(answer, nonce, sent, elapsed)


def offset_from(answer: bytes, nonce: bytes, sent: float, elapsed: float) -> Offset:
    """The offset that a reply to a question sent at `sent` (s since 1970) means, `elapsed` s later. NoTime for what is no answer to it."""
    if len(answer) < 48:
        raise NoTime(_NONSENSE)
    first, stratum = answer[0], answer[1]
    if first & 7 != 4 or answer[24:32] != nonce:
        raise NoTime(_NONSENSE)
    if stratum == 0:
        code = "".join(chr(letter) for letter in answer[12:16] if 0x20 < letter < 0x7F)
        raise NoTime(N_("{source} refuses to tell the time ({error})"), code)
    if first >> 6 == 3 or stratum > 15 or answer[40:48] == bytes(8):
        raise NoTime(N_("{source} has no time itself"))
    received, transmitted = (_seconds(answer[at : at + 8], sent) for at in (32, 40))
    delay = elapsed - (transmitted - received)
    return Offset((received - sent + transmitted - (sent + elapsed)) / 2, delay, stratum)


def _seconds(stamp: bytes, near: float) -> float:
    """An NTP timestamp as seconds since 1970, in the era that lies nearest to `near` (the first one ends in 2036)."""
    whole, fraction = struct.unpack("!II", stamp)
    seconds = whole - _EPOCH + fraction / _ERA
    return float(seconds + round((near - seconds) / _ERA) * _ERA)


def _zone(zone: str) -> Finding:
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        what = N_("this machine knows no time zone {zone}")
        return Finding(AREA, State.WRONG, what, N_("install the locked dependencies again (tzdata)"), {"zone": zone})
    return Finding(AREA, State.FINE, N_("time zone {zone} is known"), params={"zone": zone})
