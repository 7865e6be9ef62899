"""How other programs merge registers, to tell what the reading plan saves: one request a value, touching ones only, holes up to so many.

Nothing of this is ever sent: a hole is bridged here whether or not anybody declared it readable.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from drivers.modbus.plan import Block, Field, block

POLICIES = {"one_per_point": None, "adjacent": 0, "gap_50": 50}
"""The longest hole that each reads over; None: every value is asked for by itself (the bits of one register at once)."""


def merged(fields: Iterable[Field], caps: tuple[int, int], hole: int | None) -> Iterator[tuple[float, Block]]:
    """Periods and blocks of a program that reads over holes of at most `hole`, in requests of at most `caps` registers and bits."""
    ordered = sorted(fields, key=lambda f: (f.point.period, f.source.table, f.start, f.end))
    for (period, table), group in groupby(ordered, key=lambda f: (f.point.period, f.source.table)):
        for same in _groups(list(group), caps[1] if table.bits else caps[0], hole):
            yield period, block(table, same, same[0].start, max(field.end for field in same), 0)


def _groups(fields: Sequence[Field], cap: int, hole: int | None) -> Iterator[list[Field]]:
    group: list[Field] = []
    end = 0
    for field in fields:
        if group and not _joins(group[0], end, field, cap, hole):
            yield group
            group, end = [], 0
        group.append(field)
        end = max(end, field.end)
    if group:
        yield group


def _joins(first: Field, end: int, field: Field, cap: int, hole: int | None) -> bool:
    if hole is None:
        return (field.start, field.end) == (first.start, first.end)
    return field.start - end <= hole and max(end, field.end) - first.start <= cap
