"""Keys, tools, instruments, spares, drawings and consumables: what must be there, what is, what a movement makes of it. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Sort(StrEnum):
    """What is counted."""

    KEY = "key"
    TOOL = "tool"
    INSTRUMENT = "instrument"
    SPARE = "spare"
    DRAWING = "drawing"
    CONSUMABLE = "consumable"


class Move(StrEnum):
    """`out` with somebody until `back`; `used` up; `added`; `counted` and found to be so many."""

    OUT = "out"
    BACK = "back"
    USED = "used"
    ADDED = "added"
    COUNTED = "counted"


class Holding(NamedTuple):
    """So many in their place, so many with somebody."""

    have: float
    out: float


_CHANGES: Mapping[Move, tuple[int, int]] = {Move.OUT: (-1, 1), Move.BACK: (1, -1), Move.USED: (-1, 0), Move.ADDED: (1, 0)}


def moved(now: Holding, move: Move, number: float) -> Holding | None:
    """After this movement; None = there are not so many. A count says what is in its place."""
    if move is Move.COUNTED:
        return Holding(number, now.out) if number >= 0 else None
    have, out = _CHANGES[move]
    found = Holding(_plain(now.have + have * number), _plain(now.out + out * number))
    return found if number > 0 and found.have >= 0 and found.out >= 0 else None


def missing(sort: Sort, wanted: float, now: Holding) -> float:
    """So many are neither in their place nor with anybody; a consumable is there to be used up."""
    return 0.0 if sort is Sort.CONSUMABLE else max(0.0, _plain(wanted - now.have - now.out))


def low(mark: float | None, now: Holding) -> bool:
    """Has it come down to its mark?"""
    return mark is not None and now.have <= mark


def _plain(number: float) -> float:
    """Litres and pieces have no more than three digits behind the point."""
    return round(number, 3)
