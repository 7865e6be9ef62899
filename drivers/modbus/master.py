"""What everything above the framings asks of a master: rtu_master.py and tcp_master.py are the two that there are."""

from collections.abc import Sequence
from typing import Protocol

from cityops_desktop.model.drivers import Heard
from drivers.modbus.pdu import Answer, Question


class Master(Protocol):
    """What the session asks of a master of either framing."""

    def mistakable(self, question: Question) -> bool:
        """Could an answer that may still come be taken for the answer to this question?"""
        ...

    def repeats(self, question: Question) -> bool:
        """Is that only an older answer to the same question?"""
        ...

    def ask(self, question: Question, timeout: float, gap: float) -> Answer:
        """Ask and wait."""
        ...

    def listen(self, seconds: float) -> Heard:
        """Send nothing; what came."""
        ...

    def foreign(self) -> int:
        """The requests of another master that came since this was last asked."""
        ...

    def late(self) -> Sequence[int]:
        """The units whose late answers came since this was last asked, one entry an answer."""
        ...

    def close(self) -> None:
        """Give the wire back."""
        ...
