"""The cheapest set of requests for a device's points: computed, pure. Reads no register that nobody declared, tears no value."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import groupby

from cityops_desktop.model.points import Point
from drivers.modbus import rtu
from drivers.modbus.options import Source, Span, Table

TURNAROUND = 0.010
"""Seconds that a device is taken to need before it answers, until it has been measured."""
_UNKNOWN_LINE = 9600
"""Baud rate that is assumed behind a serial server, which does not tell."""
_MBAP = 0.005
_NETWORK_BYTE = 1e-6


@dataclass(frozen=True, slots=True)
class Field:
    """A point and the addresses [start:end] of its value."""

    point: Point
    source: Source
    start: int = dataclass_field(init=False)
    end: int = dataclass_field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", self.source.address)
        object.__setattr__(self, "end", self.source.address + self.source.width)


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses [address:address + count] of one table, read at once for `fields` (by address). Around it, [low:high] may be read too."""

    table: Table
    address: int
    count: int
    fields: tuple[Field, ...]
    low: int
    high: int

    def cuts(self) -> Iterator[tuple["Block", "Block"]]:
        """The ways to read it in two requests without tearing a value, from the widest hole on, then from the middle on."""
        places = []
        end = self.address
        for index, field in enumerate(self.fields):
            if index and field.start >= end:
                places.append((end - field.start, abs(2 * index - len(self.fields)), index))
            end = max(end, field.end)
        for _, _, index in sorted(places):
            yield _block(self.table, self.fields[:index], self.low, self.high), _block(self.table, self.fields[index:], self.low, self.high)

    def alone(self) -> "Block":
        """The same addresses with nothing around them that may be read."""
        return Block(self.table, self.address, self.count, self.fields, self.address, self.address + self.count)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that a request takes: a fixed part, and each data byte of the answer."""

    fixed: float
    byte: float

    def of(self, table: Table, count: int) -> float:
        """Seconds to read this many addresses."""
        return self.fixed + self.byte * ((count + 7) // 8 if table.bits else 2 * count)


def serial_cost(baudrate: int | None, gap: float) -> Cost:
    """Cost on a serial line: request 8 and answer 5 + n characters, a silence each, the turnaround."""
    baudrate = baudrate or _UNKNOWN_LINE
    character = rtu.CHARACTER / baudrate
    silence = rtu.silence(baudrate)
    return Cost((rtu.REQUEST + rtu.ENVELOPE) * character + silence + max(silence, gap) + TURNAROUND, character)


def tcp_cost(gap: float) -> Cost:
    """Cost on a network, where only the round trips count."""
    return Cost(_MBAP + gap, _NETWORK_BYTE)


def blocks(
    fields: Iterable[Field], declared: Iterable[Field], readable: Iterable[Span], caps: tuple[int, int], cost: Cost
) -> list[tuple[float, Block]]:
    """Periods and blocks that cover these fields. `caps` = most registers, most bits of a request; `declared` = all fields of the device.

    A point of a longer period whose addresses are read anyway for a shorter one rides free.
    """
    allowed = {table: _runs(table, declared, readable) for table in Table}
    found: list[tuple[float, Block]] = []
    ordered = sorted(fields, key=lambda f: (f.point.period, f.source.table, f.start, f.end))
    for period, same in groupby(ordered, key=lambda f: f.point.period):
        left = []
        for field in same:
            place = next((i for i, (_, block) in enumerate(found) if _covers(block, field)), None)
            if place is None:
                left.append(field)
            else:
                found[place] = (found[place][0], _with(found[place][1], field))
        for table, group in groupby(left, key=lambda f: f.source.table):
            cap = caps[1] if table.bits else caps[0]
            found += [(period, block) for block in _cheapest(table, list(group), allowed[table], cap, cost)]
    return found


def _covers(block: Block, field: Field) -> bool:
    return block.table is field.source.table and block.address <= field.start and field.end <= block.address + block.count


def _with(block: Block, field: Field) -> Block:
    fields = tuple(sorted((*block.fields, field), key=lambda f: (f.start, f.end)))
    return Block(block.table, block.address, block.count, fields, block.low, block.high)


def _runs(table: Table, declared: Iterable[Field], readable: Iterable[Span]) -> list[tuple[int, int]]:
    """Runs [first:end] of addresses that may be read."""
    spans = [(f.start, f.end) for f in declared if f.source.table is table]
    spans += [(first, last + 1) for where, first, last in readable if where is table]
    runs: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if runs and first <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((first, end))
    return runs


def _cheapest(table: Table, fields: Sequence[Field], allowed: Sequence[tuple[int, int]], cap: int, cost: Cost) -> Iterator[Block]:
    for low, high in allowed:
        inside = [field for field in fields if low <= field.start < high]
        for first, last in _partition(table, inside, cap, cost):
            yield _block(table, inside[first:last], low, high)


def _partition(table: Table, fields: Sequence[Field], cap: int, cost: Cost) -> list[tuple[int, int]]:
    """Cut fields (by address) into consecutive groups of least total cost: best[i] = min over j of best[j] + cost(fields[j:i])."""
    best = [0.0]
    cut = [0]
    for i in range(1, len(fields) + 1):
        least, at = float("inf"), i - 1
        end = 0
        for j in range(i - 1, -1, -1):
            end = max(end, fields[j].end)
            span = end - fields[j].start
            if span > cap and j < i - 1:
                break
            total = best[j] + cost.of(table, span)
            if total < least:
                least, at = total, j
        best.append(least)
        cut.append(at)
    groups: list[tuple[int, int]] = []
    i = len(fields)
    while i:
        groups.append((cut[i], i))
        i = cut[i]
    return groups[::-1]


def _block(table: Table, fields: Sequence[Field], low: int, high: int) -> Block:
    start = fields[0].start
    return Block(table, start, max(field.end for field in fields) - start, tuple(fields), low, high)
