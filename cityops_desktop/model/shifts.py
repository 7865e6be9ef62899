"""When shifts change, as the room file says: the times of a day at which one crew goes and the next comes. Knows no person."""

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo


def shift_end(shifts: Sequence[str], timezone: str, wall: int) -> int | None:
    """When the shift that runs at this time (UTC ms) ends; None where none are declared. `shifts` are times "HH:MM" of the zone."""
    if not shifts:
        return None
    return _changes(shifts, timezone, wall)[1]


def shift_begin(shifts: Sequence[str], timezone: str, wall: int) -> int | None:
    """When it began; as `shift_end`."""
    if not shifts:
        return None
    return _changes(shifts, timezone, wall)[0]


def shift_at(shifts: Sequence[str], timezone: str, wall: int) -> tuple[int, int] | None:
    """Begin and end of it; as `shift_end`."""
    return _changes(shifts, timezone, wall) if shifts else None


def _changes(shifts: Sequence[str], timezone: str, wall: int) -> tuple[int, int]:
    zone = ZoneInfo(timezone)
    today = datetime.datetime.fromtimestamp(wall / 1000, zone).date()
    days = [today + datetime.timedelta(days=n) for n in (-1, 0, 1, 2)]
    times = sorted(
        round(datetime.datetime.combine(day, datetime.time.fromisoformat(text), zone).timestamp() * 1000) for day in days for text in shifts
    )
    return max(time for time in times if time <= wall), min(time for time in times if time > wall)
