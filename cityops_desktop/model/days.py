"""How much of a day is recorded of a point. Knows no store."""

from typing import NamedTuple


class DayCount(NamedTuple):
    """`day` = days since 1970, UTC; samples with a usable value, and without; ms between two readings (0 = not known)."""

    key: str
    day: int
    n: int
    bad: int
    period: int
