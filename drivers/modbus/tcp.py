"""MBAP framing of Modbus TCP: a stream cut into frames. No socket, no clock."""

import random
from collections.abc import Container
from dataclasses import dataclass

from drivers.modbus.pdu import Question, request

HEADER = 7
_STEP = 997
_LONGEST = 254
"""Greatest length field: unit and 253 bytes of PDU."""


class OutOfStep(Exception):
    """These bytes are no Modbus TCP, or its frames cannot be found any more: only a new connection helps."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the stream."""

    transaction: int
    unit: int
    pdu: bytes


def frame(transaction: int, question: Question) -> bytes:
    """The request as it goes into the connection."""
    body = request(question)
    return transaction.to_bytes(2) + b"\0\0" + len(body).to_bytes(2) + body


def take(buffer: bytearray) -> Frame | None:
    """Cut the first whole frame off the buffer, None while it is not all there. OutOfStep on anything that is no frame."""
    if len(buffer) >= 4 and (buffer[2] or buffer[3]):
        raise OutOfStep
    if len(buffer) < HEADER:
        return None
    length = int.from_bytes(buffer[4:6])
    if not 2 < length <= _LONGEST:
        raise OutOfStep
    if len(buffer) < length + 6:
        return None
    found = Frame(int.from_bytes(buffer[:2]), buffer[6], bytes(buffer[HEADER : length + 6]))
    del buffer[: length + 6]
    return found


def following(transaction: int, given_up: Container[int] = ()) -> int:
    """The next transaction id: 1 to 65535, never the 0 that poor gateways put into every reply, none that may still be answered, and none
    that can be foretold: a gateway that mixes up its clients' replies, who all count from 1, must not hit ours."""
    while True:
        transaction = (transaction + random.randrange(_STEP)) % 0xFFFF + 1
        if transaction not in given_up:
            return transaction
