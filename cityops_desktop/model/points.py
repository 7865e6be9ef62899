"""A point: one thing that is measured, its names, unit, resolution, limits. Knows nothing of how it is read."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

_DIGITS = 9
"""Decimals of a value that count: those of the finest resolution that a room file may name, so that 0.7 - 0.2 is 0.5."""
_STEP = 1e-6
"""Part of a step by which a value may miss it: decimal fractions are not exact in binary."""


class Kind(StrEnum):
    """What sort of value a point has. A digital point is an int: 0, 1, or the number of a state."""

    ANALOG = "analog"
    DIGITAL = "digital"
    COUNTER = "counter"
    TEXT = "text"


class Group(StrEnum):
    """Equipment groups of GB/T 36621-2018, 6.2 a and f, with those a room also has."""

    POWER_DISTRIBUTION = "power_distribution"
    UPS = "ups"
    BATTERY = "battery"
    GENERATOR_ATS = "generator_ats"
    AIR_CONDITIONING = "air_conditioning"
    CHILLED_WATER = "chilled_water"
    FRESH_AIR = "fresh_air"
    FIRE_PROTECTION = "fire_protection"
    LEAK_DETECTION = "leak_detection"
    SURVEILLANCE = "surveillance"
    ACCESS_CONTROL = "access_control"
    ENVIRONMENT = "environment"
    NETWORK = "network"
    IT = "it"


class Agent(StrEnum):
    """What a gas cylinder is filled with (ISO 14520's names): whoever knows says so in the room file, it is never guessed."""

    IG_541 = "ig-541"
    IG_55 = "ig-55"
    IG_100 = "ig-100"
    IG_01 = "ig-01"
    NITROGEN = "nitrogen"
    HFC_227EA = "hfc-227ea"
    HFC_23 = "hfc-23"
    FK_5_1_12 = "fk-5-1-12"
    CO2 = "co2"


PRESSURES = {"MPa": 1.0, "bar": 10.0, "kPa": 1000.0}
"""Units of pressure, and how many of each make a MPa."""


class Level(IntEnum):
    """Alarm levels, most severe first (紧急 重要 一般 提示)."""

    CRITICAL = 1
    MAJOR = 2
    MINOR = 3
    WARNING = 4


class LimitKind(StrEnum):
    """How a value breaks a limit: above it, below it, or by being in one of the named states."""

    HIGH = "high"
    LOW = "low"
    STATE = "state"


class Supply(StrEnum):
    """What an alarm of a limit says of the power chain. LOST: out of here comes none. FOLLOWS: none comes in, which is a consequence of
    what is lost above. PASSES: both, for what stores none (a panel, a transfer switch)."""

    LOST = "lost"
    FOLLOWS = "follows"
    PASSES = "passes"


@dataclass(frozen=True, slots=True)
class Names:
    """A name in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a point. `value` in the point's unit (high, low) or the states that are alarms; delays in seconds. An alarm that
    latches stays until a person has reset it. `supply`: what it says of the power chain, None = nothing."""

    id: str
    level: Level
    kind: LimitKind
    value: float = 0.0
    states: tuple[int, ...] = ()
    deadband: float = 0.0
    on_delay: float = 0.0
    off_delay: float = 0.0
    source: str = ""
    latch: bool = False
    supply: Supply | None = None

    def broken_by(self, value: float) -> bool:
        """Is this value beyond the limit?"""
        if self.kind is LimitKind.HIGH:
            return value > self.value
        if self.kind is LimitKind.LOW:
            return value < self.value
        return int(value) in self.states

    def left_by(self, value: float) -> bool:
        """Is this value back on the good side, by the dead band?"""
        if self.kind is LimitKind.HIGH:
            return value <= round(self.value - self.deadband, _DIGITS)
        if self.kind is LimitKind.LOW:
            return value >= round(self.value + self.deadband, _DIGITS)
        return int(value) not in self.states


@dataclass(frozen=True, slots=True)
class WriteLimits:
    """What may be written to a point, in its unit: from `low` to `high` in steps of `step`, counted from `low`; or one of `states`."""

    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    states: tuple[int, ...] = ()

    def allow(self, value: float) -> bool:
        """May this value be written?"""
        if not math.isfinite(value):
            return False
        if self.states:
            return value in self.states
        steps = (value - self.low) / self.step
        return self.low <= value <= self.high and abs(steps - round(steps)) < _STEP


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is, in metres from the room's south-west floor corner; z is the height above the floor."""

    x: float
    y: float
    z: float = 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """A measured thing. `key` is "device.point" and never changes; `source` is the driver's own address of it.

    `write` None = it can only be read. `agent`: what is in the cylinder whose pressure this is.
    `rollover`: the reading, in the unit, at which a counter begins at 0 again; None = not declared.
    """

    key: str
    device: str
    names: Names
    kind: Kind
    group: Group
    unit: str = ""
    resolution: float = 1.0
    period: float = 5.0
    limits: tuple[Limit, ...] = ()
    normal: tuple[float, float] | None = None
    span: tuple[float, float] | None = None
    states: Mapping[int, Names] = field(default_factory=dict)
    write: WriteLimits | None = None
    rack: str | None = None
    place: Place | None = None
    featured: bool = False
    rollover: float | None = None
    agent: Agent | None = None
    source: object = None

    def at_resolution(self, value: float) -> float:
        """The value at the point's resolution: this, and nothing finer, is what is recorded."""
        if self.kind is Kind.DIGITAL:
            return int(value)
        return round(round(value / self.resolution) * self.resolution, _DIGITS)

    @property
    def decimals(self) -> int:
        """Digits after the point that the resolution justifies."""
        text = f"{self.resolution:.{_DIGITS}f}".rstrip("0")
        return len(text.split(".")[1])
