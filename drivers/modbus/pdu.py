"""The application layer of Modbus: what may be sent at all, questions, their exact answers, exceptions. No wire, no checksum, no time."""

from dataclasses import dataclass

from cityops_desktop.model.readings import Reason
from drivers.modbus.options import Table

FUNCTIONS = {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}
IDENTIFY = 0x2B
"""The function by which a device says who it is (device_id.py)."""
WRITE_COIL, WRITE_REGISTER, WRITE_REGISTERS = 5, 6, 16
"""The functions that write (write.py)."""
SENT = frozenset((*FUNCTIONS.values(), WRITE_COIL, WRITE_REGISTER, WRITE_REGISTERS, IDENTIFY))
"""All that ever goes on a wire. There is no way round `request`."""
_ENCAPSULATED = 0x0E
"""The one use of function 43 that is sent: Read Device Identification."""
ANY_SIZE = 248
"""Stands for the data bytes of an answer that alone says how long it is: more than any other answer has."""
ERROR = 0x80
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
ACKNOWLEDGED = 5
"""The exception by which a slow device says that it has taken a write and is at it."""
GATEWAY = (10, 11)
"""Exceptions by which a gateway says that the device behind it did not answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """Read `count` registers or bits from `address` of one table of one unit."""

    unit: int
    table: Table
    address: int
    count: int

    @property
    def function(self) -> int:
        """The function code, 1 to 4."""
        return FUNCTIONS[self.table]

    @property
    def size(self) -> int:
        """Data bytes of the only acceptable answer."""
        return (self.count + 7) // 8 if self.table.bits else 2 * self.count

    @property
    def pdu(self) -> bytes:
        """Function code, address, count."""
        return bytes((self.function,)) + self.address.to_bytes(2) + self.count.to_bytes(2)

    def accepts(self, pdu: bytes) -> bytes | None:
        """The data of this PDU, if it is the answer to this very question."""
        return pdu[2:] if len(pdu) >= 2 and pdu[0] == self.function and pdu[1] == self.size == len(pdu) - 2 else None


@dataclass(frozen=True, slots=True)
class Data:
    """The data bytes of a right answer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """The unit answered with an exception."""

    code: int


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer that could be believed."""

    reason: Reason
    detail: str = ""


Answer = Data | Refusal | Failure


def request(question: Question) -> bytes:
    """Unit and PDU of the request. ValueError for a function that is never sent."""
    pdu = question.pdu
    if pdu[0] not in SENT or (pdu[0] == IDENTIFY and pdu[1] != _ENCAPSULATED):
        raise ValueError(f"function {pdu[0]} is never sent")
    return bytes((question.unit,)) + pdu


def answer(question: Question, pdu: bytes) -> Data | Refusal | None:
    """What this PDU (function code on) says to the question; None when it is no answer to it, whatever its bytes."""
    if len(pdu) == 2 and pdu[0] == question.function | ERROR:
        return Refusal(pdu[1])
    data = question.accepts(pdu)
    return None if data is None else Data(data)
