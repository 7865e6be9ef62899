"""Running numbers that people say: year of the room and a number, such as 2026-003. Counted in the transaction that uses them."""

from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select


def next_number(conn: Connection, column: ColumnElement[Any], time: int, zone: tzinfo) -> str:
    """The next one of this column, for a time (UTC ms)."""
    year = f"{datetime.fromtimestamp(time / 1000, zone):%Y}-"
    longest = func.max(func.length(column))
    within = column.startswith(year, autoescape=True)
    digits = conn.execute(select(longest).where(within)).scalar()
    newest = conn.execute(select(func.max(column)).where(within, func.length(column) == digits)).scalar() if digits else None
    return f"{year}{int(newest.removeprefix(year)) + 1 if newest else 1:03}"
