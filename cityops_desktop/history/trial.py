"""What a trial on a line that was only listened to has shown: reckoned from what is recorded. Pure; opens nothing, tells nothing.

Alarms are looked through in full, samples of the last day only: what a figure rests on is said with it, and None is "not known".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from cityops_desktop.model.rooms import Bus, Device, Room

_BY_LIMIT = (Cause.HIGH, Cause.LOW, Cause.STATE)
_USABLE = (QUALITY_CODES[Quality.GOOD], QUALITY_CODES[Quality.UNCERTAIN])
_ASKED = (Reason.NO_ANSWER, Reason.CRC, Reason.BAD_REPLY, Reason.EXCEPTION)
"""Reasons of a reading that the other master's question brought, but not its answer."""
FEWEST = 5
"""Questions for a point from which it is said how often it is asked for."""


@dataclass(frozen=True, slots=True)
class Outage:
    """From `since` to `until` (UTC ms; None = still so) a device did not answer, or a line could not be heard."""

    since: int
    until: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that a limit of ours raised. `early` = the milder limit of the same point that was broken before, `lead` = by how many
    seconds; both None when none was. `milder` = does the point have a milder limit at all?"""

    time: int
    until: int | None
    point: str
    limit_id: str
    level: Level
    value: float | None
    limit: float | None
    early: str | None = None
    lead: float | None = None
    milder: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """Readings of a point that were bad for this reason: how many in the curves, the first and the last (UTC ms)."""

    point: str
    reason: Reason | None
    count: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class DeviceTrial:
    """A device as the other master reads it: `every` seconds (the median; None = it was hardly read in the curves), `points` of
    ours, of which `heard` had a value in the curves."""

    id: str
    points: int
    heard: int
    every: float | None
    bad: tuple[Bad, ...] = ()
    silent: tuple[Outage, ...] = ()


@dataclass(frozen=True, slots=True)
class BusTrial:
    """One line."""

    id: str
    listen_only: bool
    devices: tuple[DeviceTrial, ...]
    raised: tuple[Raised, ...]
    lost: tuple[Outage, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """All of it, for `start` to `end` (UTC ms). `curves` = from when to when samples are kept of that time; None = of none of it.

    `gaps` tell when the station itself recorded nothing.
    """

    start: int
    end: int
    curves: tuple[int, int] | None
    buses: tuple[BusTrial, ...]
    gaps: tuple[Outage, ...]


def trial(room: Room, buses: Sequence[Bus], alarms: Iterable[Alarm], strips: Mapping[str, Strip], start: int, end: int) -> Trial:
    """Reckon it for these buses. `alarms` are all that the records hold, `strips` the samples of the time, by point."""
    inside = sorted((a for a in alarms if a.raised < end and (a.returned is None or a.returned >= start)), key=lambda a: (a.raised, a.id))
    times = [(int(strip.time[0]), int(strip.end[-1])) for strip in strips.values() if len(strip)]
    curves = (min(first for first, _ in times), max(last for _, last in times)) if times else None
    gaps = tuple(_gap(alarm) for alarm in inside if alarm.cause in (Cause.RECORDING_GAP, Cause.RECORDING_PAUSED))
    return Trial(start, end, curves, tuple(_bus(room, bus, inside, strips) for bus in buses), gaps)


def _gap(alarm: Alarm) -> Outage:
    """The alarm about a gap comes after it, and says from when to when it was."""
    since, _, until = alarm.detail.partition(" ")
    if alarm.cause is Cause.RECORDING_GAP and since.isdecimal() and until.isdecimal():
        return Outage(int(since), int(until))
    return Outage(alarm.raised, alarm.returned, alarm.detail)


def _bus(room: Room, bus: Bus, alarms: Sequence[Alarm], strips: Mapping[str, Strip]) -> BusTrial:
    devices = [device for device in room.devices if device.bus == bus.id]
    points = {point.key for device in devices for point in device.points}
    known = {point.key: point.limits for device in devices for point in device.points}
    own = [alarm for alarm in alarms if alarm.cause in _BY_LIMIT and alarm.subject in points]
    raised = tuple(_raised(alarm, own, [limit.level for limit in known[alarm.subject]]) for alarm in own)
    lost = tuple(Outage(a.raised, a.returned, a.detail) for a in alarms if a.cause is Cause.BUS_LOST and a.subject == f"bus:{bus.id}")
    listen_only = bool(getattr(bus.options, "listen_only", False))
    return BusTrial(bus.id, listen_only, tuple(_device(device, alarms, strips) for device in devices), raised, lost)


def _raised(alarm: Alarm, own: Sequence[Alarm], levels: Sequence[Level]) -> Raised:
    """With the first of the milder alarms of the same point that stood when it was raised."""
    earlier = [
        other
        for other in own
        if other.subject == alarm.subject
        and other.level > alarm.level
        and other.raised <= alarm.raised
        and (other.returned is None or other.returned >= alarm.raised)
    ]
    first = min(earlier, key=lambda other: other.raised, default=None)
    return Raised(
        alarm.raised,
        alarm.returned,
        alarm.subject,
        alarm.key.partition("#")[2],
        alarm.level,
        alarm.value,
        alarm.limit,
        first.key.partition("#")[2] if first else None,
        (alarm.raised - first.raised) / 1000 if first else None,
        any(level > alarm.level for level in levels),
    )


def _device(device: Device, alarms: Sequence[Alarm], strips: Mapping[str, Strip]) -> DeviceTrial:
    own = {point.key: strips[point.key] for point in device.points if point.key in strips}
    pauses = [pause for strip in own.values() if (pause := _pause(strip)) is not None]
    heard = sum(bool(np.isin(strip.quality, _USABLE).any()) for strip in own.values())
    bad = tuple(one for key, strip in own.items() for one in _bad(key, strip))
    silent = tuple(Outage(a.raised, a.returned) for a in alarms if a.cause is Cause.DEVICE_LOST and a.subject == device.id)
    return DeviceTrial(device.id, len(device.points), heard, min(pauses, default=None), bad, silent)


def _pause(strip: Strip) -> float | None:
    """The usual time in seconds between two questions for a point, whether they were answered or not."""
    asked = [number for number, (reason, _) in enumerate(strip.reasons) if reason in _ASKED]
    times = strip.time[np.isin(strip.quality, _USABLE) | np.isin(strip.why, asked)]
    return float(np.median(np.diff(times))) / 1000 if len(times) >= FEWEST else None


def _bad(point: str, strip: Strip) -> Iterable[Bad]:
    for number, (reason, _) in enumerate(strip.reasons):
        times = strip.time[(strip.why == number) & (strip.quality == QUALITY_CODES[Quality.BAD])]
        if len(times) and reason is not Reason.WAITING:
            yield Bad(point, reason, len(times), int(times[0]), int(times[-1]))
