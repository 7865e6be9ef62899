"""SMS as bytes (3GPP TS 23.040): messages to send in UCS-2, in parts where they are long; messages and status reports received. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ONE, PART = 140, 134
"""Bytes of text in a message that stands alone, and in a part of a long one (6 bytes of header)."""
MOST_PARTS = 10
_RELATIVE_HOUR = 11
"""Validity of an hour: (n + 1) x 5 minutes. An alarm that arrives tomorrow misleads."""
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}


class BadPdu(Exception):
    """These bytes are no message."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came. `part` of `parts` of the long one with this `reference`."""

    number: str
    text: str
    reference: int = 0
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Report:
    """What the network says became of the message with this reference: delivered, given up, or neither yet (None)."""

    reference: int
    number: str
    delivered: bool | None


def submits(number: str, text: str, reference: int = 0, *, report: bool = True) -> list[tuple[str, int]]:
    """Each part as (hex, the length that AT+CMGS wants). `reference` 0..255 ties the parts together. A text that is too long is cut."""
    data = text.encode("utf-16-be", "replace")
    parts = [data] if len(data) <= ONE else _cut(data)
    found = []
    for place, part in enumerate(parts, start=1):
        header = bytes([5, 0, 3, reference & 0xFF, len(parts), place]) if len(parts) > 1 else b""
        first = 0x11 | (0x20 if report else 0) | (0x40 if header else 0)
        body = bytes([first, 0]) + _address(number) + bytes([0, 8, _RELATIVE_HOUR, len(header) + len(part)]) + header + part
        found.append(((b"\0" + body).hex().upper(), len(body)))
    return found


def parse(text: str) -> Received | Report:
    """What a modem received, from its hex. BadPdu."""
    try:
        data = bytes.fromhex(text.strip())
        reader = _Reader(data)
        reader.take(reader.take(1)[0])  # the service centre
        first = reader.take(1)[0]
        kind = first & 3
        return _delivered(reader, first) if kind == 0 else _reported(reader) if kind == 2 else _refuse()
    except (ValueError, IndexError) as error:
        raise BadPdu(text[:40]) from error


def joined(parts: Sequence[Received]) -> str:
    """The whole text of a long message whose parts have all come."""
    return "".join(one.text for one in sorted(parts, key=lambda one: one.part))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, length: int) -> bytes:
        found = self._data[self._at : self._at + length]
        if len(found) < length:
            raise ValueError("too short")
        self._at += length
        return found

    def number(self) -> str:
        """An address: how many digits, its type, two digits a byte, the first one low."""
        digits, kind = self.take(2)
        packed = self.take((digits + 1) // 2)
        if kind & 0x70 == 0x50:
            return _septets(packed, digits * 4 // 7)
        text = "".join("0123456789*#abc"[half] if half < 15 else "" for byte in packed for half in (byte & 15, byte >> 4))[:digits]
        return f"+{text}" if kind & 0x70 == 0x10 else text


def _refuse() -> Received:
    raise ValueError("neither a message nor a report")


def _delivered(reader: _Reader, first: int) -> Received:
    number = reader.number()
    _, coding = reader.take(2)
    reader.take(7)
    length = reader.take(1)[0]
    alphabet = _alphabet(coding)
    data = reader.take((length * 7 + 7) // 8 if alphabet == 0 else length)
    reference, part, parts, header = 0, 1, 1, 0
    if first & 0x40:
        header = data[0] + 1
        reference, part, parts = _concatenated(data[1:header])
    if alphabet == 0:
        skipped = (header * 8 + 6) // 7
        text = _septets(data, length)[skipped:] if not header else _septets(data, length, skipped)
    elif alphabet == 8:
        text = data[header : len(data) - (len(data) - header) % 2].decode("utf-16-be", "replace")
    else:
        text = data[header:].decode("latin-1")
    return Received(number, text, reference, part, parts)


def _reported(reader: _Reader) -> Report:
    reference = reader.take(1)[0]
    number = reader.number()
    reader.take(14)
    status = reader.take(1)[0]
    delivered = True if status <= 0x1F else None if status <= 0x3F else False
    return Report(reference, number, delivered)


def _alphabet(coding: int) -> int:
    """0 = the 7-bit one, 4 = bytes, 8 = UCS-2."""
    if coding & 0xC0 == 0:
        return coding & 0x0C if coding & 0x0C != 0x0C else 0
    if coding & 0xF0 == 0xE0:
        return 8
    return 4 if coding & 0xF4 == 0xF4 else 0


def _concatenated(header: bytes) -> tuple[int, int, int]:
    at = 0
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        told = header[at + 2 : at + 2 + length]
        if kind == 0 and len(told) == 3:
            reference, parts, part = told
            return _sound(reference, part, parts)
        if kind == 8 and len(told) == 4:
            return _sound(told[0] << 8 | told[1], told[3], told[2])
        at += 2 + length
    return 0, 1, 1


def _sound(reference: int, part: int, parts: int) -> tuple[int, int, int]:
    if not 1 <= part <= parts:
        raise ValueError("no such part")
    return reference, part, parts


def _septets(data: bytes, count: int, skipped: int = 0) -> str:
    """Signs of the 7-bit alphabet, the first ones left out."""
    value = int.from_bytes(data, "little")
    text, escaped = "", False
    for place in range(skipped, count):
        sign = value >> (7 * place) & 0x7F
        if escaped:
            text, escaped = text + _EXTENDED.get(sign, _BASIC[sign]), False
        elif sign == 0x1B:
            escaped = True
        else:
            text += _BASIC[sign]
    return text


def _address(number: str) -> bytes:
    digits = number.removeprefix("+")
    padded = digits + "F" * (len(digits) % 2)
    packed = bytes(int(padded[at + 1] + padded[at], 16) for at in range(0, len(padded), 2))
    return bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + packed


def _cut(data: bytes) -> list[bytes]:
    """Parts that cut no sign in two (a rare one has two units)."""
    parts: list[bytes] = []
    at = 0
    while at < len(data) and len(parts) < MOST_PARTS:
        end = min(at + PART, len(data))
        if end < len(data) and 0xD8 <= data[end - 2] <= 0xDB:
            end -= 2
        parts.append(data[at:end])
        at = end
    return parts
