"""RTU framing: checksum, the silent interval, and frames found in whatever bytes a line brings. No wire, no clock."""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from drivers.modbus import device_id
from drivers.modbus.pdu import ANY_SIZE, ERROR, IDENTIFY, SENT, WRITE_COIL, WRITE_REGISTER, WRITE_REGISTERS, Question, request

CHARACTER = 11
"""Bits of a character: start, eight, parity or a second stop bit, stop (Modbus over Serial Line 1.02, 2.5.1)."""
ENVELOPE = 5
"""Bytes of an answer around its data: unit, function, byte count, two of checksum."""
EXCEPTION = 5
REQUEST = 8
WRITING = 7
"""Bytes of a request to write several registers before the data (unit, function, address, count, byte count)."""


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC = _table()


def crc(data: bytes) -> int:
    """CRC-16/MODBUS; goes on the wire low byte first, and is 0 over a frame that ends with its own."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value


def silence(baudrate: int) -> float:
    """Seconds of t3.5: 3.5 characters, a fixed 1.75 ms above 19200 baud (Modbus over Serial Line 1.02, 2.5.1.1)."""
    return 3.5 * CHARACTER / baudrate if baudrate <= 19200 else 0.00175


def frame(question: Question) -> bytes:
    """The request as it goes on the wire."""
    body = request(question)
    return body + crc(body).to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with a right checksum at [start:end] of the bytes that were searched. `pdu` begins with the function code."""

    start: int
    end: int
    unit: int
    pdu: bytes

    @property
    def key(self) -> tuple[int, int, int]:
        """All that tells one RTU answer from another: unit, function, data bytes."""
        return (self.unit, self.pdu[0], ANY_SIZE if self.pdu[0] == IDENTIFY else len(self.pdu) - 2)


def frames(data: bytes, units: Container[int]) -> Iterator[Frame]:
    """Frames of these units (answers, exceptions, requests), found from the left behind any noise; they never overlap."""
    start, length = 0, len(data)
    while start <= length - EXCEPTION:
        end = _end(data, start) if data[start] in units else 0
        if end:
            yield Frame(start, end, data[start], data[start + 1 : end - 2])
            start = end
        else:
            start += 1


def _end(data: bytes, start: int) -> int:
    """Where the frame that begins here ends; 0 when none does, or not all of it is there."""
    function = data[start + 1]
    if function & ~ERROR not in SENT:
        return 0
    sizes: tuple[int, ...] = (EXCEPTION,) if function & ERROR else (ENVELOPE + data[start + 2], REQUEST)
    if function == IDENTIFY:
        told = device_id.length(data[start + 1 :])
        sizes = (3 + told, device_id.REQUEST) if told else (device_id.REQUEST,)
    elif function in (WRITE_COIL, WRITE_REGISTER):
        sizes = (REQUEST,)
    elif function == WRITE_REGISTERS:
        sizes = (WRITING + 2 + data[start + WRITING - 1], REQUEST) if len(data) - start >= WRITING else ()
    for size in sizes:
        end = start + size
        if end <= len(data) and crc(data[start:end]) == 0:
            return end
    return 0
