"""What went over a wire: pieces of bytes as they were sent and came, and the frames that a driver sees in them. No wire here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Record = Callable[[bool, bytes], None]
"""Called by a wire with every piece that is sent (True) or has come (False); must not block."""


def unrecorded(sent: bool, data: bytes) -> None:
    """A Record that keeps nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that went over a wire at once. `number` counts the pieces of a bus from 1, `time` is UTC ms, `mono` monotonic seconds."""

    number: int
    time: int
    mono: float
    sent: bool
    data: bytes


class FrameRole(StrEnum):
    """What a frame is. `sent` of the frame says whether a request is ours or another master's."""

    REQUEST = "request"
    REPLY = "reply"
    EXCEPTION = "exception"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of the wire, or bytes that are none. `piece` is the number of the piece in which it began.

    `words` is an English sentence with named places for `params`, to be translated where it is read; `checksum` None = the framing
    has none; `unit` is the device's address as people write it, "" = none.
    """

    piece: int
    time: int
    mono: float
    sent: bool
    data: bytes
    role: FrameRole
    words: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)
    checksum: bool | None = None
    unit: str = ""
