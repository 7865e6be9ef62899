"""Values, ages, times and alarms as words: the one place where the console formats anything. Knows no widget and no colour."""

import math
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality
from cityops_desktop.texts import N_, pick, tr

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be painted of a point now.

    `value` is text ("—" when there never was one) and `number` the same as a figure for bars and curves (None when there is
    none). `stale` = this is not the state of the world: hatch it and say `since_text` ("since 14:02:31"). `age` in seconds.
    """

    value: str
    unit: str
    quality: Quality
    age: float
    age_text: str
    reason: str
    stale: bool
    since: int | None
    since_text: str
    number: float | None


@dataclass(frozen=True, slots=True)
class AlarmText:
    """An alarm in words: where (device or bus), which point (may be empty), and the whole sentence with value and limit."""

    place: str
    point: str
    sentence: str


def figure(value: float, decimals: int) -> str:
    """A number at its resolution, with a true minus-free zero."""
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and float(text) == 0 else text


def value_text(point: PointInfo, value: float | int | str | None) -> str:
    """A value of this point without its unit: figures at the point's resolution, states by name."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if point.kind is Kind.DIGITAL:
        state = point.states.get(int(value))
        return pick(state) if state else {0: tr("off"), 1: tr("on")}.get(int(value), str(int(value)))
    return figure(float(value), point.decimals) if math.isfinite(value) else NOTHING


def with_unit(point: PointInfo, value: float | int | str | None) -> str:
    """A value with its unit: "24.8 °C"."""
    text = value_text(point, value)
    return f"{text} {point.unit}" if point.unit and point.kind is not Kind.DIGITAL and text != NOTHING else text


def span_text(seconds: float) -> str:
    """How long, in the two units that matter: "8 s", "5 min", "2 h 05 min", "3 d 4 h"."""
    if not math.isfinite(seconds):
        return NOTHING
    whole = max(0, int(seconds))
    if whole < 60:
        return tr("{n} s", n=whole)
    if whole < 3600:
        return tr("{n} min", n=whole // 60)
    if whole < 86400:
        return tr("{h} h {m:02d} min", h=whole // 3600, m=whole % 3600 // 60)
    return tr("{d} d {h} h", d=whole // 86400, h=whole % 86400 // 3600)


def moment(ms: int, zone: tzinfo) -> datetime:
    """A time of the station in the room's zone."""
    return datetime.fromtimestamp(ms / 1000, zone)


def time_text(ms: int, zone: tzinfo, now: int | None = None) -> str:
    """Such as 14:02:31; with the date when `now` is another day of the room."""
    then = moment(ms, zone)
    if now is not None and moment(now, zone).date() != then.date():
        return f"{then:%Y-%m-%d %H:%M:%S}"
    return f"{then:%H:%M:%S}"


STATION = N_("Station")
