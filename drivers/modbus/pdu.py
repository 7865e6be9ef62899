"""The application layer of Modbus, reads only: questions, their exact answers, exceptions. No wire, no checksum, no time."""

from dataclasses import dataclass

from cityops_desktop.model.readings import Reason
from drivers.modbus.options import Table

FUNCTIONS = {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}
ERROR = 0x80
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
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


def answer(question: Question, pdu: bytes) -> Data | Refusal | None:
    """What this PDU (function code on) says to the question; None when it is no answer to it, whatever its bytes."""
    if len(pdu) == 2 and pdu[0] == question.function | ERROR:
        return Refusal(pdu[1])
    if len(pdu) >= 2 and pdu[0] == question.function and pdu[1] == question.size == len(pdu) - 2:
        return Data(pdu[2:])
    return None
