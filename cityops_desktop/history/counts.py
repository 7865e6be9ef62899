"""What both forms of a kept strip share: values as counts of a resolution, reasons as numbers. Pure."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.history.frames import REASONS
from cityops_desktop.history.pack import Damaged, Ints
from cityops_desktop.model.envelope import Why

_NUMBERS = {reason: number for number, reason in enumerate(REASONS, 1)}


@dataclass(frozen=True, slots=True)
class Scale:
    """Value = count x numerator / denominator: a resolution without the error of 0.1."""

    numerator: int
    denominator: int

    @classmethod
    def of(cls, resolution: float | None) -> "Scale":
        """The scale of a resolution; None = the recorded number is the value itself."""
        exact = Fraction(1) if resolution is None else Fraction(repr(resolution))
        return cls(exact.numerator, exact.denominator)

    def counts(self, values: NDArray[np.float64]) -> Ints:
        """Counts of these finite values."""
        return np.rint(values * self.denominator / self.numerator).astype(np.int64)

    def values(self, counts: Ints) -> NDArray[np.float64]:
        """The values again."""
        values: NDArray[np.float64] = counts * self.numerator / self.denominator
        return values


def write_why(why: Why) -> bytes:
    """A reason by its number in frames.REASONS (0 = none), and its detail."""
    detail = why[1].encode()
    return bytes((_NUMBERS[why[0]] if why[0] is not None else 0,)) + varint(len(detail)) + detail


def read_why(part: bytes, at: int) -> tuple[Why, int]:
    """The reason that begins here, and where the next thing does. Damaged, IndexError, UnicodeDecodeError."""
    number = part[at]
    if number > len(REASONS):
        raise Damaged(f"reason {number}")
    length, at = read_varint(part, at + 1)
    detail = part[at : at + length]
    if len(detail) != length:
        raise Damaged("a detail that is cut")
    return (REASONS[number - 1] if number else None, detail.decode()), at + length


def varint(number: int) -> bytes:
    """A number from 0 on, seven bits a byte, the lowest first."""
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def read_varint(part: bytes, at: int) -> tuple[int, int]:
    """The number that begins here, and where the next thing does. Damaged, IndexError."""
    number = shift = 0
    while True:
        byte = part[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return number, at
        if shift > 35:
            raise Damaged("a number without end")
