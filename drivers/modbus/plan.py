"""The cheapest set of requests for a device's points: computed, pure. Reads no register that nobody declared, tears no value."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from itertools import groupby

from cityops_desktop.model.drivers import NOTHING_LEARNED, Learned
from cityops_desktop.model.points import Point
from drivers.modbus import rtu
from drivers.modbus.options import Source, Span, Table
from drivers.modbus.places import Refusals

TURNAROUND = 0.010
"""Seconds beyond the silence that a device is taken to need before it answers, until it has been measured."""
PROBE = 600.0
"""Seconds after which a point that lies on a missing place is asked again: a new firmware may have it."""
_UNKNOWN_LINE = 9600
"""Baud rate that is assumed behind a serial server, which does not tell."""
_MBAP = 0.005
_NETWORK_BYTE = 1e-6
NOTHING_REFUSED = Refusals()


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
    """Addresses [address:address + count] of one table, read at once for `fields` (by address).

    Around it, [low:high] may be read too, at most `cap` addresses at once. `learned` is what it was planned with.
    """

    table: Table
    address: int
    count: int
    fields: tuple[Field, ...]
    low: int
    high: int
    cap: int = 0
    learned: Learned = NOTHING_LEARNED

    def cuts(self) -> Iterator[tuple["Block", "Block"]]:
        """The ways to read it in two requests without tearing a value, from the widest hole on, then from the middle on."""
        places = []
        end = self.address
        for index, field in enumerate(self.fields):
            if index and field.start >= end:
                places.append((end - field.start, abs(2 * index - len(self.fields)), index))
            end = max(end, field.end)
        for _, _, index in sorted(places):
            yield self._part(self.fields[:index]), self._part(self.fields[index:])

    def alone(self) -> "Block":
        """The same addresses with nothing around them that may be read."""
        return Block(self.table, self.address, self.count, self.fields, self.address, self.address + self.count)

    def _part(self, fields: Sequence[Field]) -> "Block":
        return block(self.table, fields, self.low, self.high, self.cap)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that a request takes: a fixed part, and each data byte of the answer."""

    fixed: float
    byte: float

    def of(self, table: Table, count: int) -> float:
        """Seconds to read this many addresses."""
        return self.fixed + self.byte * ((count + 7) // 8 if table.bits else 2 * count)


def serial_cost(baudrate: int | None, gap: float, turnaround: float | None = None) -> Cost:
    """Cost on a serial line: request 8 and answer 5 + n characters, the silence before the request, the time until the answer begins."""
    baudrate = baudrate or _UNKNOWN_LINE
    character = rtu.CHARACTER / baudrate
    silence = rtu.silence(baudrate)
    begins = silence + TURNAROUND if turnaround is None else turnaround
    return Cost((rtu.REQUEST + rtu.ENVELOPE) * character + max(silence, gap) + begins, character)


def tcp_cost(gap: float, turnaround: float | None = None) -> Cost:
    """Cost on a network, where only the round trips count."""
    return Cost((_MBAP if turnaround is None else turnaround) + gap, _NETWORK_BYTE)


def blocks(
    fields: Iterable[Field],
    declared: Iterable[Field],
    readable: Iterable[Span],
    caps: tuple[int, int],
    cost: Cost,
    refused: Refusals = NOTHING_REFUSED,
) -> list[tuple[float, Block]]:
    """Periods and blocks that cover these fields. `caps` = most registers, most bits of a request; `declared` = all fields of the device.

    A point of a longer period whose addresses are read anyway for a shorter one rides free; of the others, each period has the cheapest
    blocks that there are. What the device refuses is neither read nor bridged; a point that lies on it is asked alone, now and then.
    """
    limits = {table: refused.cap(table, caps[1] if table.bits else caps[0]) for table in Table}
    sound, lost = parted(fields, refused)
    allowed = {table: _runs(table, parted(declared, refused)[0], readable, refused) for table in Table}
    found: list[tuple[float, Block]] = []
    ordered = sorted(sound, key=lambda f: (f.point.period, f.source.table, f.start, f.end))
    for period, same in groupby(ordered, key=lambda f: f.point.period):
        left = []
        for field in same:
            place = next((i for i, (_, read) in enumerate(found) if _covers(read, field)), None)
            if place is None:
                left.append(field)
            else:
                found[place] = (found[place][0], _with(found[place][1], field))
        for table, group in groupby(left, key=lambda f: f.source.table):
            found += [(period, read) for read in _cheapest(table, list(group), allowed[table], limits[table], cost)]
    return found + list(_probes(lost))


def parted(fields: Iterable[Field], refused: Refusals) -> tuple[list[Field], list[Field]]:
    """The fields that can be read, and those that lie on a missing place."""
    sound: list[Field] = []
    lost: list[Field] = []
    for field in fields:
        (lost if refused.touches(field.source.table, field.start, field.end) else sound).append(field)
    return sound, lost


def _probes(lost: Iterable[Field]) -> Iterator[tuple[float, Block]]:
    """A question for each value that cannot be read, seldom."""

    def where(field: Field) -> tuple[float, Table, int, int]:
        return max(PROBE, field.point.period), field.source.table, field.start, field.end

    for (period, table, start, end), same in groupby(sorted(lost, key=where), key=where):
        yield period, block(table, list(same), start, end, 0)


def _covers(read: Block, field: Field) -> bool:
    return read.table is field.source.table and read.address <= field.start and field.end <= read.address + read.count


def _with(read: Block, field: Field) -> Block:
    return replace(read, fields=tuple(sorted((*read.fields, field), key=lambda f: (f.start, f.end))))


def _runs(table: Table, declared: Iterable[Field], readable: Iterable[Span], refused: Refusals) -> list[tuple[int, int]]:
    """Runs [first:end] of addresses that may be read."""
    spans = [(f.start, f.end) for f in declared if f.source.table is table]
    spans += [(first, last + 1) for where, first, last in readable if where is table]
    runs: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if runs and first <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((first, end))
    for address in sorted(refused.missing.get(table, ())):
        runs = [part for first, end in runs for part in _around(address, first, end)]
    return runs


def _around(address: int, first: int, end: int) -> list[tuple[int, int]]:
    """What is left of a run without this address."""
    if not first <= address < end:
        return [(first, end)]
    return [part for part in ((first, address), (address + 1, end)) if part[0] < part[1]]


def _cheapest(table: Table, fields: Sequence[Field], allowed: Sequence[tuple[int, int]], cap: int, cost: Cost) -> Iterator[Block]:
    for low, high in allowed:
        inside = [field for field in fields if low <= field.start < high]
        for first, last in _partition(table, inside, cap, cost):
            yield block(table, inside[first:last], low, high, cap)


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


def block(table: Table, fields: Sequence[Field], low: int, high: int, cap: int) -> Block:
    """The block that reads these fields (by address) and nothing around them."""
    start = fields[0].start
    return Block(table, start, max(field.end for field in fields) - start, tuple(fields), low, high, cap)
