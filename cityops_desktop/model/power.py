"""The power chain of a room: what feeds what, from the mains to the racks, and which points tell how it does. No figures, no drawing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cityops_desktop.model.points import Names


class PowerKind(StrEnum):
    """What a node of the chain is."""

    MAINS = "mains"
    GENERATOR = "generator"
    ATS = "ats"
    UPS = "ups"
    BATTERY = "battery"
    PANEL = "panel"
    LOAD = "load"


class PowerRole(StrEnum):
    """What a point tells of a node. `POWER` in W or kW, `LOAD` in percent of the rating, `RUNTIME` in s or min; `STATE` and
    `POSITION` are digital: the position of an ATS names the source that is on the line."""

    POWER = "power"
    VOLTAGE = "voltage"
    CURRENT = "current"
    FREQUENCY = "frequency"
    LOAD = "load"
    STATE = "state"
    POSITION = "position"
    CHARGE = "charge"
    RUNTIME = "runtime"
    TEMPERATURE = "temperature"
    FUEL = "fuel"


@dataclass(frozen=True, slots=True)
class PowerNode:
    """One thing that power flows through. `sources` are the nodes that can feed it, `rating` kW that it bears for ever,
    `points` the key of the point for each role, `positions` the source for each state of an ATS's position,
    `dead` the states of its STATE point in which nothing flows out of it."""

    id: str
    names: Names
    kind: PowerKind
    sources: tuple[str, ...] = ()
    device: str | None = None
    rating: float | None = None
    side: str = ""
    points: Mapping[PowerRole, str] = field(default_factory=dict)
    positions: Mapping[int, str] = field(default_factory=dict)
    dead: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """One of the feeds of a rack: from which node, on which side (A, B), and the points that add up to its power (W or kW)."""

    side: str
    node: str | None = None
    power: tuple[str, ...] = ()
