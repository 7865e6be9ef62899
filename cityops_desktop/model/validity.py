"""How long a line of the staff file is still valid, by the calendar of the room. Pure."""

from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

SOON_DAYS = 30


class Validity(StrEnum):
    """VALID also without an end; EXPIRES within 30 days, the last day included; EXPIRED from the day after its last."""

    VALID = "valid"
    EXPIRES = "expires"
    EXPIRED = "expired"


def today(time: int, timezone: str) -> date:
    """The day at this moment (UTC ms) in the room."""
    return datetime.fromtimestamp(time / 1000, UTC).astimezone(ZoneInfo(timezone)).date()


def days_left(ends: str | None, day: date) -> int | None:
    """Days until the last valid one (0 = today is the last, negative = over); None without an end."""
    return None if ends is None else (date.fromisoformat(ends) - day).days


def validity(ends: str | None, day: date) -> Validity:
    """The state on this day of what is valid until `ends` (YYYY-MM-DD, inclusive)."""
    left = days_left(ends, day)
    if left is None or left > SOON_DAYS:
        return Validity.VALID
    return Validity.EXPIRES if left >= 0 else Validity.EXPIRED
