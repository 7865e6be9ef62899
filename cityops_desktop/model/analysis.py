"""What the trend analysis can find, and why it may find nothing: codes only. Sentences are made where they are read."""

from enum import StrEnum


class Method(StrEnum):
    """Each is a page of docs/analysis.md and a file of history/analysis/."""

    LIMIT = "limit"
    """Minutes to a limit, from the last minutes."""
    CYLINDER = "cylinder"
    """A gas cylinder that loses pressure."""
    GROWTH = "growth"
    """The load of a UPS."""
    RUNTIME = "runtime"
    """The battery runtime that a UPS reports."""
    DISCHARGE = "discharge"
    """What a battery still holds, from its discharges."""
    PROFILE = "profile"
    """What is usual at this time of the day."""
    DRIFT = "drift"
    """A sensor beside its neighbours."""


class Why(StrEnum):
    """Why there is no figure, or none that points anywhere."""

    FEW = "few"
    """Too few samples, or too short a time."""
    STALE = "stale"
    """The newest sample is too old."""
    NOT_MOVING = "not_moving"
    """The interval holds zero."""
    NO_LIMIT = "no_limit"
    """No limit lies in the way it goes."""
    FAR = "far"
    """The limit would be reached later than can be said."""
    NO_AGENT = "no_agent"
    """The room file does not say what is in the cylinder."""
    NO_METHOD = "no_method"
    """How this agent's pressure follows its temperature is not known here."""
    NO_TEMPERATURE = "no_temperature"
    """Nothing measures the temperature beside it."""
    NO_LOAD = "no_load"
    """Nothing measures the load, or it was seldom the same."""
    NO_DISCHARGE = "no_discharge"
    """The battery was not discharged in this time."""
    NONE_ALIKE = "none_alike"
    """No earlier discharge was at an equal load."""
    NO_NEIGHBOURS = "no_neighbours"
    """Too few sensors of its kind beside it."""
