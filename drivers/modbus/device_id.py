"""Read Device Identification (function 43, MEI type 14): the question, its only acceptable answers, what their objects are called.

Modbus Application Protocol 1.1b3, 6.21. An answer has no fixed length: its objects say how long each of them is. No wire, no time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.modbus.options import Table
from drivers.modbus.pdu import ANY_SIZE, IDENTIFY, Question

MEI = 0x0E
BASIC, REGULAR, EXTENDED = 1, 2, 3
"""Read codes: what is asked for, from one object on."""
REQUEST = 7
"""Bytes of the request on a serial line: unit, function, MEI type, read code, object, two of checksum."""
PAGES = 16
"""A device that says "more follows" oftener than this is not believed."""
_HEAD = 6
"""Bytes of an answer from the MEI type to the number of objects."""
_NAMES = ("maker", "product", "version", "url", "name", "model", "application")


@dataclass(frozen=True, slots=True)
class IdQuestion(Question):
    """Ask one unit who it is: read code in the high byte of `address`, the first object in the low one."""

    @property
    def function(self) -> int:
        """43."""
        return IDENTIFY

    @property
    def size(self) -> int:
        """Not known before the answer comes."""
        return ANY_SIZE

    @property
    def pdu(self) -> bytes:
        """Function, MEI type, read code, object."""
        return bytes((IDENTIFY, MEI)) + self.address.to_bytes(2)

    def accepts(self, pdu: bytes) -> bytes | None:
        """The answer from its conformity level on, if this PDU is one to this very question."""
        code, first = divmod(self.address, 256)
        page = read(pdu[3:]) if pdu[:3] == bytes((IDENTIFY, MEI, code)) else None
        if page is None or (page.objects and min(page.objects) != first and (first or code != EXTENDED)):
            return None  # another page of it, perhaps: basic and regular objects begin with 0
        return pdu[3:]


def question(unit: int, code: int = BASIC, first: int = 0) -> IdQuestion:
    """Ask this unit for the objects of this category, from this one on."""
    return IdQuestion(unit, Table.HOLDING, code << 8 | first, 1)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: `conformity` 1 to 3 (basic, regular, extended), objects by id, and from which object on the rest is (None = no more)."""

    conformity: int
    objects: Mapping[int, bytes] = field(default_factory=dict)
    rest: int | None = None


def length(pdu: bytes) -> int:
    """How long the answer is that begins here (function on), as far as its own bytes tell; 0 while not all of them are there."""
    if len(pdu) < 1 + _HEAD:
        return 0
    end = 1 + _HEAD
    for _ in range(pdu[_HEAD]):
        if len(pdu) < end + 2:
            return 0
        end += 2 + pdu[end + 1]
    return end if len(pdu) >= end else 0


def read(data: bytes) -> Page | None:
    """The objects of an answer (conformity level on); None when it makes no sense."""
    if len(data) < 4 or data[0] & 0x7F not in (BASIC, REGULAR, EXTENDED) or data[1] not in (0x00, 0xFF):
        return None
    objects: dict[int, bytes] = {}
    at = 4
    for _ in range(data[3]):
        if len(data) < at + 2 or len(data) < at + 2 + data[at + 1]:
            return None
        id, size = data[at], data[at + 1]
        if objects and id <= max(objects):
            return None
        objects[id] = data[at + 2 : at + 2 + size]
        at += 2 + size
    if at != len(data):
        return None
    rest = data[2] if data[1] else None
    if rest is not None and (not objects or rest <= max(objects)):
        return None
    return Page(data[0] & 0x7F, objects, rest)


def facts(objects: Mapping[int, bytes]) -> dict[str, str]:
    """Objects as facts: names of the standard where it has them, texts where they are texts. Empty ones say nothing."""
    told = {_name(id): _text(value) for id, value in sorted(objects.items())}
    return {name: text for name, text in told.items() if text}


def _name(id: int) -> str:
    return _NAMES[id] if id < len(_NAMES) else f"object {id}"


def _text(value: bytes) -> str:
    value = value.rstrip(b"\0 ")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = value.decode(encoding).strip()
        except UnicodeDecodeError:
            continue
        if text.isprintable():
            return text
    return value.hex(" ")
