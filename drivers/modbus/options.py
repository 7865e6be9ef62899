"""What a room file may say about a Modbus bus, device and point, and what of it cannot be. Opens nothing, reads nothing."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from cityops_desktop.model.drivers import Complaint
from cityops_desktop.model.points import Kind
from cityops_desktop.texts import N_
from drivers.line.options import Gap, Options, Pause, Seconds

LAST_ADDRESS = 65535
SERIAL_GAP = 0.05
"""Seconds after an answer in which a serial line is left alone, where the room file or the profile does not say otherwise."""


class Table(StrEnum):
    """The four tables of the Modbus data model."""

    HOLDING = "holding"
    INPUT = "input"
    COIL = "coil"
    DISCRETE = "discrete"

    @cached_property
    def bits(self) -> bool:
        """Does one address hold one bit rather than 16?"""
        return self in (Table.COIL, Table.DISCRETE)


_REFERENCE = {Table.COIL: 0, Table.DISCRETE: 1, Table.INPUT: 3, Table.HOLDING: 4}
"""The digit that manuals put in front of an address."""


def notation(table: Table, address: int) -> str:
    """An address as manuals write it: the table's digit, then the number counted from 1, in five digits or in six where it must be."""
    return f"{_REFERENCE[table]}{address + 1:0{4 if address < 9999 else 5}d}"


class Type(StrEnum):
    """How the registers of a value are to be read."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    STRING = "string"

    @cached_property
    def floating(self) -> bool:
        """Is it an IEEE 754 number?"""
        return self in (Type.FLOAT32, Type.FLOAT64)


REGISTERS = {
    Type.INT16: 1,
    Type.UINT16: 1,
    Type.INT32: 2,
    Type.UINT32: 2,
    Type.FLOAT32: 2,
    Type.INT64: 4,
    Type.UINT64: 4,
    Type.FLOAT64: 4,
}


class WordOrder(StrEnum):
    """Order of the bytes on the wire; A is the most significant byte of 32 bits, and 64 bits follow the same rule."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


Address = Annotated[int, Field(ge=0, le=LAST_ADDRESS)]
Span = tuple[Table, Address, Address]


class Ask(Options):
    """Which objects of its device identification (function 43) tell a device: read code and first object."""

    code: Annotated[int, Field(ge=1, le=3)] = 1
    object: Annotated[int, Field(ge=0, le=255)] = 0


class _Device(Options):
    """`identify`: how it says who it is: "device_id" (function 43), certain objects of it, or ids of points that hold model and serial."""

    address: int
    timeout: Seconds | None = None
    gap: Gap = 0.0
    interval: Pause = 0.0
    max_registers: Annotated[int, Field(ge=1, le=125)] = 125
    max_bits: Annotated[int, Field(ge=1, le=2000)] = 2000
    readable: tuple[Span, ...] = ()
    identify: Literal["device_id"] | Ask | tuple[str, ...] | None = None


class RtuDevice(_Device):
    """A unit on a serial line. Addresses 248 to 255 are reserved by the standard, but leak detectors and relay boards use them.

    Many small devices lose a request that follows too soon on the line's last answer, so that the gap is not 0 here; a network
    does not deliver the next question while the last one is still being answered.
    """

    address: Annotated[int, Field(ge=1, le=255)]
    gap: Gap = SERIAL_GAP


class TcpDevice(_Device):
    """A unit behind a TCP connection; 0 and 255 mean the gateway itself."""

    address: Annotated[int, Field(ge=0, le=255)]


class Source(Options):
    """Where a point stands in a device. `invalid` lists raw values (unsigned, as wide as the type) that mean "no value"."""

    table: Table
    address: Address
    type: Type | None = None
    word_order: WordOrder | None = None
    bit: Annotated[int, Field(ge=0, le=15)] | None = None
    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    length: Annotated[int, Field(ge=1, le=125)] | None = None
    invalid: tuple[Annotated[int, Field(ge=0, lt=2**64)], ...] = ()

    @cached_property
    def format(self) -> Type:
        """The type, uint16 when none is given."""
        return self.type or Type.UINT16

    @cached_property
    def width(self) -> int:
        """Addresses that the value takes: registers, or one bit."""
        if self.table.bits:
            return 1
        return self.length or 1 if self.type is Type.STRING else REGISTERS[self.format]


def complaints(device: _Device, points: Sequence[tuple[str, Source]]) -> list[Complaint]:
    """What is wrong with the device and with these points on it, in the order of the points."""
    found: list[Complaint] = []
    if any(first > last for _, first, last in device.readable):
        what = N_("the first address of a readable range is above the last")
        found.append(Complaint(what, N_("write [table, first, last]"), key="readable"))
    if isinstance(device.identify, tuple) and not {point.rpartition(".")[2] for point, _ in points}.issuperset(device.identify):
        what = N_("“identify” names a point that the device does not have")
        found.append(Complaint(what, N_("name its points that hold model and serial number"), key="identify"))
    return found + [Complaint(what, do, point, key) for point, source in points for what, do, key in _faults(device, source)]


def misfit(kind: Kind, writable: bool, source: Source) -> Complaint | None:
    """Why a point of this kind cannot be read from this source, None when it can."""
    text = source.type is Type.STRING
    if kind is Kind.TEXT and not text:
        return Complaint(N_("a text point needs the type string"), N_("write type: string and length: (registers)"), key="type")
    if text and kind is not Kind.TEXT:
        return Complaint(N_("a string is no number"), N_("write kind: text, or the type of a number"), key="kind")
    if kind is Kind.DIGITAL and source.format.floating:
        return Complaint(N_("a digital point cannot be a float"), N_("write kind: analog, or an integer type"), key="type")
    if kind is Kind.DIGITAL and (source.scale != 1 or source.offset != 0):
        return Complaint(N_("the number of a state cannot be scaled"), N_("remove scale and offset"), key="scale")
    if writable and source.table not in (Table.HOLDING, Table.COIL):
        return Complaint(N_("this table cannot be written"), N_("remove “write”, or name the table holding or coil"), key="write")
    if writable and source.bit is not None:
        what = N_("a bit of a register cannot be written: its neighbours would be written, too")
        return Complaint(what, N_("remove “write”"), key="write")
    if writable and text:
        return Complaint(N_("a text cannot be written"), N_("remove “write”"), key="write")
    return None


def _faults(device: _Device, source: Source) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    if source.table.bits:
        given = [key for key in ("type", "word_order", "bit", "length") if getattr(source, key) is not None]
        found += [(N_("a coil or discrete input is a single bit and has none of this"), N_("remove this key"), key) for key in given]
        if source.scale != 1 or source.offset != 0:
            found.append((N_("a coil or discrete input cannot be scaled"), N_("remove scale and offset"), "scale"))
        if any(raw > 1 for raw in source.invalid):
            found.append((N_("an invalid value does not fit the type"), N_("give raw values as unsigned numbers"), "invalid"))
        return found
    if source.address + source.width - 1 > LAST_ADDRESS:
        found.append((N_("the point reaches outside its table"), N_("addresses run from 0 to 65535; check address and type"), "address"))
    if source.width > device.max_registers:
        found.append((N_("the value is longer than the device's max_registers"), N_("raise max_registers or shorten the value"), "type"))
    if source.scale == 0:
        found.append((N_("a scale of 0 makes every value the same"), N_("write the value of one count in the point's unit"), "scale"))
    return found + _type_faults(source)


def _type_faults(source: Source) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    string, order, single = source.type is Type.STRING, source.word_order, source.width == 1
    if string and source.length is None:
        found.append((N_("a string needs its length"), N_("write length: the number of registers"), "length"))
    if not string and source.length is not None:
        found.append((N_("only a string has a length"), N_("remove length; the type says how many registers"), "length"))
    if string and order not in (None, WordOrder.ABCD, WordOrder.BADC):
        found.append((N_("a string has no such word order"), N_("write ABCD, or BADC when its letters are swapped in pairs"), "word_order"))
    if not string and single and order is not None:
        found.append((N_("a value of one register has no word order"), N_("remove word_order"), "word_order"))
    if source.bit is not None and (string or not single):
        found.append((N_("only a value of one register has bits"), N_("write type: uint16, and the register that holds the bit"), "bit"))
    if source.bit is not None and (source.scale != 1 or source.offset != 0):
        found.append((N_("a bit cannot be scaled"), N_("remove scale and offset"), "scale"))
    if string and (source.invalid or source.scale != 1 or source.offset != 0):
        found.append((N_("a string has no scale, offset or invalid values"), N_("remove them"), "type"))
    elif any(raw >= 1 << 16 * source.width for raw in source.invalid):
        found.append((N_("an invalid value does not fit the type"), N_("give raw values as unsigned numbers"), "invalid"))
    return found
