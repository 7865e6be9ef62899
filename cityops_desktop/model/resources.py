"""What a bus uses alone, as its driver tells it (a port, a file, a host and port): which of them share a host. And whose points become
unknown with a lost device, bus, gateway or room, for whoever names them. Pure; knows no driver."""

from collections.abc import Iterable
from typing import Protocol
from urllib.parse import urlsplit

DERIVED = "station"
"""The resource of what the station reckons itself: no wire."""


def host_of(resource: str) -> str | None:
    """The host by which a bus is reached ("10.0.0.5" of "udp 10.0.0.5:161"); None for what is no place on a network."""
    place = resource.removeprefix("udp ")
    if "://" in place:
        return urlsplit(place).hostname
    host, colon, port = place.rpartition(":")
    return host if colon and host and port.isdecimal() and "/" not in host and "\\" not in host else None


def gateway(host: str) -> str:
    """The subject of the alarm when all buses behind this host are lost."""
    return f"gateway:{host}"


class _Bus(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def resource(self) -> str: ...


class _Device(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def bus(self) -> str: ...


class _Point(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def device(self) -> str: ...


def buses_behind(subject: str, buses: Iterable[_Bus]) -> list[str]:
    """Ids of the buses that are lost when this subject is: "bus:<id>", "gateway:<host>" or "room"; none for anything else."""
    if subject == "room":
        return [bus.id for bus in buses if bus.resource != DERIVED]
    kind, _, name = subject.partition(":")
    if kind == "gateway":
        return [bus.id for bus in buses if host_of(bus.resource) == name]
    return [bus.id for bus in buses if kind == "bus" and bus.id == name]


def points_unknown(subject: str, buses: Iterable[_Bus], devices: Iterable[_Device], points: Iterable[_Point]) -> list[str]:
    """Keys of the points of which nothing is known while this subject (a device's id, or as in `buses_behind`) is lost."""
    behind = set(buses_behind(subject, buses))
    lost = {device.id for device in devices if device.id == subject or device.bus in behind}
    return [point.key for point in points if point.device in lost]
