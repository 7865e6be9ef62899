"""What a bus says of itself: readings, the state of its wire, counters, what it learned. Values only."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum

from cityops_desktop.model.drivers import Counters, Identity, Learned
from cityops_desktop.model.readings import Reading, Reason
from cityops_desktop.model.rooms import Bus, Device

MOST_DURATIONS = 256
"""Answers of a device whose durations are kept: a slow hour ago must not hide how it does now."""


class WireState(StrEnum):
    """How a wire does. It is up when it has carried a request, not when it has merely opened: many a gateway accepts and then hangs up."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"


@dataclass(slots=True)
class DeviceCounters(Counters):
    """What a device has done since the station started; `last_answer` is UTC ms, durations are seconds of whole requests.

    `durations` are those of the newest requests that were answered, oldest first.
    """

    last_answer: int | None = None
    last_seconds: float = 0.0
    longest_seconds: float = 0.0
    durations: tuple[float, ...] = ()

    def took(self, seconds: float) -> None:
        """A request was answered after so long."""
        self.last_seconds = seconds
        self.longest_seconds = max(self.longest_seconds, seconds)
        self.durations = (*self.durations[1 - MOST_DURATIONS :], seconds)

    def percentile(self, percent: float) -> float | None:
        """So long the newest answers took at most, but for the slowest part of them (nearest rank); None = no answer yet."""
        ordered = sorted(self.durations)
        return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else None


@dataclass(frozen=True, slots=True)
class BusReport:
    """What a bus has to say at its start, after each request and after each failure.

    `counters` sum up all openings of the wire, `silent` names the devices that do not answer (kept while the wire is down),
    `late_ms` says how late the request of these readings started (None = the report is not about a regular request), `missed`
    how many cycles were skipped so far, `load` the part of the line's time that is asked for (above 1 it is overloaded), `devices`
    the counters of the devices that this request concerned, `identities` what devices that were asked just now say they are (None:
    nothing), `learned` what the wire has just taught of devices.
    """

    bus: str
    state: WireState
    readings: tuple[Reading, ...] = ()
    reason: Reason | None = None
    detail: str = ""
    counters: Counters = field(default_factory=Counters)
    silent: tuple[str, ...] = ()
    late_ms: float | None = None
    missed: int = 0
    load: float = 0.0
    devices: Mapping[str, DeviceCounters] = field(default_factory=dict)
    identities: Mapping[str, Identity | None] = field(default_factory=dict)
    learned: Mapping[str, Learned] = field(default_factory=dict)


Publish = Callable[[BusReport], None]


def total(counters: Iterable[Counters]) -> Counters:
    """The sum of these counters, as a new value."""
    counters = tuple(counters)
    return Counters(**{f.name: sum(getattr(c, f.name) for c in counters) for f in fields(Counters)})


def longest_timeout(bus: Bus, devices: Sequence[Device]) -> float:
    """The longest time-out in seconds that the options of a bus or its devices name (1 s where they name none)."""
    named = [getattr(options, "timeout", None) for options in (bus.options, *(device.options for device in devices))]
    return max((float(t) for t in named if t is not None), default=1.0)
