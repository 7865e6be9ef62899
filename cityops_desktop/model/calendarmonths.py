"""Months of the calendar, of UTC, as the number YYYYMM: each has its own file of the past, and of collected logs."""

import datetime

LATEST = 253_402_300_799_000
"""The last second of the year 9999, UTC ms: what is later belongs to its month."""


def month_of(time: int) -> int:
    """The month in which this time (UTC ms) lies."""
    date = datetime.datetime.fromtimestamp(min(time, LATEST) / 1000, datetime.UTC)
    return date.year * 100 + date.month


def begin_of(month: int) -> int:
    """Its first millisecond."""
    return round(datetime.datetime(month // 100, month % 100, 1, tzinfo=datetime.UTC).timestamp() * 1000)


def end_of(month: int) -> int:
    """The first millisecond after it."""
    year, number = divmod(month, 100)
    return begin_of(year * 100 + 101 if number == 12 else month + 1)
