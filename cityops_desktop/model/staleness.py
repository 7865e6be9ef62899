"""How old a value may grow before it is not the state of the world any more: one rule for the room of now and for any past time. Pure."""

STALE_PERIODS = 3.0
"""Poll periods without a reading after which a value is stale (protocols-and-practice: a sensor silent for 3 polls)."""
STALE_GRACE = 3.0
"""Seconds beyond one period that a fast point is given, so that one wait for a slow neighbour does not make it stale."""


def stale_after(period: float) -> float:
    """The age in seconds beyond which a value of a point with this poll period (s) is stale."""
    return max(STALE_PERIODS * period, period + STALE_GRACE)
