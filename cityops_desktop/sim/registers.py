"""The register tables of one simulated unit: values go in as its points declare them. Never talks to a wire."""

import struct
from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Value

JOIN = 125
"""Registers that are nearer to each other than this belong to one readable stretch: the longest read that Modbus knows."""

_FORMATS = {
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}


class Source(Protocol):
    """What the simulator needs to know of a point's address; the driver's model has it all."""

    @property
    def table(self) -> str: ...
    @property
    def address(self) -> int: ...
    @property
    def type(self) -> str | None: ...
    @property
    def word_order(self) -> str | None: ...
    @property
    def bit(self) -> int | None: ...
    @property
    def scale(self) -> float: ...
    @property
    def offset(self) -> float: ...
    @property
    def length(self) -> int | None: ...


def source_of(point: Point) -> Source:
    """The point's address on the wire."""
    return cast(Source, point.source)


def encode(source: Source, value: Value) -> tuple[int, ...]:
    """The registers that mean this value. ValueError when it does not fit into them."""
    size = 2 * width(source)
    if source.type == "string":
        data = str(value).encode().ljust(size, b"\0")
        if len(data) > size:
            raise ValueError(f"{value!r} is longer than {size} bytes")
    elif value is None or isinstance(value, str):
        raise ValueError(f"{value!r} is not a number")
    else:
        raw = value if source.scale == 1 and source.offset == 0 else (value - source.offset) / source.scale
        code = _FORMATS[source.type or "uint16"]
        try:
            data = struct.pack(f">{code}", raw if code in "fd" else round(raw))
        except (struct.error, OverflowError, ValueError) as error:
            raise ValueError(f"{value!r} does not fit into {source.type or 'uint16'} with scale {source.scale:g}") from error
    words = struct.unpack(f">{size // 2}H", data)
    if source.word_order in ("BADC", "DCBA"):
        words = tuple((word & 0xFF) << 8 | word >> 8 for word in words)
    return words[::-1] if source.word_order in ("CDAB", "DCBA") else words


def width(source: Source) -> int:
    """How many registers a point takes; 1 for a coil or a discrete input."""
    if source.table in ("coil", "discrete"):
        return 1
    return source.length or 1 if source.type == "string" else struct.calcsize(f">{_FORMATS[source.type or 'uint16']}") // 2


class Table:
    """One table of a unit: 16-bit words from `start` on. Coils and discrete inputs lie 16 to a word."""

    def __init__(self, bits: bool, addresses: Iterable[int]) -> None:
        self.bits = bits
        known = sorted({address // 16 if bits else address for address in addresses})
        self.start = known[0]
        self.words = [0] * (known[-1] - known[0] + 1)
        self.stretches = _stretches(known, 1 if bits else JOIN)


def _stretches(addresses: Sequence[int], join: int) -> list[tuple[int, int]]:
    """(first, last) of each stretch of addresses with holes smaller than `join`."""
    found: list[tuple[int, int]] = []
    for address in addresses:
        if found and address - found[-1][1] <= join:
            found[-1] = found[-1][0], address
        else:
            found.append((address, address))
    return found


class Unit:
    """All tables of one unit. `put` is the only way in, but for relays, which a master switches; the server reads `tables`."""

    def __init__(self, address: int, points: Sequence[Point], readable: Sequence[tuple[str, int, int]] = ()) -> None:
        self.address = address
        used: dict[str, set[int]] = {}
        for source in map(source_of, points):
            used.setdefault(str(source.table), set()).update(range(source.address, source.address + width(source)))
        for table, first, last in readable:
            used.setdefault(str(table), set()).update(range(first, last + 1))
        self.tables = {table: Table(table in ("coil", "discrete"), addresses) for table, addresses in used.items()}
        self._relays = {source_of(p).address for p in points if p.write is not None and str(source_of(p).table) == "coil"}
        for table in {str(table) for table, _, _ in readable} - {"coil", "discrete"}:
            self.tables[table].stretches = _stretches(sorted(used[table]), 1)

    def switch(self, address: int, states: Sequence[int]) -> bool:
        """A master writes coils from this address on; False when one of them is no relay that it may switch."""
        if not set(range(address, address + len(states))) <= self._relays:
            return False
        table = self.tables["coil"]
        for at, state in enumerate(states, address):
            _put_bit(table.words, at // 16 - table.start, at % 16, bool(state))
        return True

    def stands(self, address: int) -> int:
        """How this relay stands."""
        table = self.tables["coil"]
        return table.words[address // 16 - table.start] >> address % 16 & 1

    def is_relay(self, source: Source) -> bool:
        """Is this one that a master switches?"""
        return str(source.table) == "coil" and source.address in self._relays

    def put(self, source: Source, value: Value) -> None:
        """Write a value where the source says, at once and whole. ValueError when it does not fit."""
        table = self.tables[str(source.table)]
        if table.bits:
            _put_bit(table.words, source.address // 16 - table.start, source.address % 16, bool(value))
        elif source.bit is not None:
            _put_bit(table.words, source.address - table.start, source.bit, bool(value))
        else:
            words = encode(source, value)
            at = source.address - table.start
            table.words[at : at + len(words)] = words


def _put_bit(words: list[int], at: int, bit: int, on: bool) -> None:
    words[at] = words[at] | 1 << bit if on else words[at] & ~(1 << bit)
