"""What a new entry of the log book is about, as the page says on which somebody begins it. Knows no page and no station."""

from dataclasses import dataclass

from cityops_desktop.texts import pick
from ui.models.room import RoomModel


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves that go along: these points from one time to another (UTC ms), how they are called, and their picture (PNG)."""

    begins: int
    ends: int
    points: tuple[str, ...]
    words: str
    png: bytes


@dataclass(frozen=True, slots=True)
class LogContext:
    """`links`: what it is about ("point:<key>" …), and how that is called."""

    links: tuple[tuple[str, str], ...] = ()
    curves: Curves | None = None


def point_link(model: RoomModel, key: str) -> tuple[str, str] | None:
    """A point of the room."""
    point = model.points.get(key)
    if point is None:
        return None
    device = model.devices.get(point.device)
    return f"point:{key}", f"{pick(device.names)} · {pick(point.names)}" if device is not None else pick(point.names)


def device_link(model: RoomModel, id: str) -> tuple[str, str] | None:
    """A device of the room."""
    device = model.devices.get(id)
    return (f"device:{id}", pick(device.names)) if device is not None else None


def about(*links: tuple[str, str] | None) -> LogContext:
    """Those that there are, each once."""
    return LogContext(tuple(dict(link for link in links if link is not None).items()))
