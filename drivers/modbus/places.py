"""What a device refuses to read, in words that can be kept ("holding 13", "holding >64") and as the planner needs it. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from drivers.modbus.options import Table

_WORD = re.compile(r"(holding|input|coil|discrete) (>?)([0-9]{1,5})")


def place(table: Table, address: int) -> str:
    """Words for: this address cannot be read."""
    return f"{table.value} {address}"


def places(table: Table, start: int, count: int) -> frozenset[str]:
    """Words for: none of these addresses can be read."""
    return frozenset(place(table, address) for address in range(start, start + count))


def beyond(table: Table, count: int) -> str:
    """Words for: more than so many addresses at once cannot be read."""
    return f"{table.value} >{count}"


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a device refuses: addresses of its tables, and more than so many at once."""

    missing: Mapping[Table, frozenset[int]] = field(default_factory=dict)
    longest: Mapping[Table, int] = field(default_factory=dict)

    def cap(self, table: Table, cap: int) -> int:
        """The most addresses of a request, of a device that is said to bear `cap`."""
        return min(cap, self.longest.get(table, cap))

    def touches(self, table: Table, start: int, end: int) -> bool:
        """Does one of these addresses [start:end] lie on a missing place?"""
        return not self.missing.get(table, frozenset()).isdisjoint(range(start, end))


def refusals(words: Iterable[str]) -> Refusals:
    """What these words say; those of another driver, or of a newer program, say nothing here."""
    missing: dict[Table, set[int]] = {}
    longest: dict[Table, int] = {}
    for word in words:
        if (found := _WORD.fullmatch(word)) is None:
            continue
        table, number = Table(found[1]), int(found[3])
        if not found[2]:
            missing.setdefault(table, set()).add(number)
        elif number:
            longest[table] = min(number, longest.get(table, number))
    return Refusals({table: frozenset(numbers) for table, numbers in missing.items()}, longest)
