"""A reading: point, value, time and quality travel together. An error is a reading too."""

from dataclasses import dataclass, field
from enum import StrEnum


class Quality(StrEnum):
    """How far a value may be trusted (OPC UA's classes, with stale as a class of its own)."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"
    STALE = "stale"


QUALITY_CODES = {Quality.GOOD: 0, Quality.UNCERTAIN: 1, Quality.BAD: 2, Quality.STALE: 3}
"""The number of a quality in arrays (history answers, journal frames). Never renumber."""


class Reason(StrEnum):
    """Why a value is not good."""

    WAITING = "waiting"
    NO_ANSWER = "no_answer"
    CRC = "crc"
    BAD_REPLY = "bad_reply"
    EXCEPTION = "exception"
    INVALID_VALUE = "invalid_value"
    OUT_OF_RANGE = "out_of_range"
    NO_PORT = "no_port"
    PORT_IN_USE = "port_in_use"
    NO_RIGHT = "no_right"
    CONNECTION_REFUSED = "connection_refused"
    UNREACHABLE = "unreachable"
    CONNECTION_LOST = "connection_lost"
    DRIVER_CRASHED = "driver_crashed"
    DRIVER_STUCK = "driver_stuck"
    OTHER_MASTER = "other_master"
    LISTENING = "listening"
    NOT_HEARD = "not_heard"
    NOT_ADMITTED = "not_admitted"
    DENIED = "denied"
    CERTIFICATE = "certificate"
    CLOCK = "clock"
    OTHER_UNIT = "other_unit"
    NO_INPUT = "no_input"
    OLD = "old"


Value = float | int | str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample. `time` is UTC ms of the sample; `value` is None unless quality is good or uncertain.

    `detail` belongs to the reason: the exception code of a Modbus device, the text of the system's error. `raw` is what the wire
    said of this point, in its order (a single bit is one byte), also when the value made of it is not usable; None = nothing came.
    It is evidence, not a part of what the reading says: two readings are equal without it.
    """

    point: str
    value: Value
    time: int
    quality: Quality
    reason: Reason | None = None
    detail: str = ""
    raw: bytes | None = field(default=None, compare=False)

    @property
    def usable(self) -> bool:
        """May an alarm or a display take this value as the state of the world?"""
        return self.value is not None and self.quality in (Quality.GOOD, Quality.UNCERTAIN)


def failed(point: str, time: int, reason: Reason, detail: str = "", raw: bytes | None = None) -> Reading:
    """The reading of a point that could not be read, or whose raw value is none."""
    return Reading(point, None, time, Quality.BAD, reason, detail, raw)
