"""The rows of keys, tools, spares and consumables, and their movements. Decides no right."""

from typing import Any

from sqlalchemy import Connection, func, select

from cityops_desktop.model.refused import Refused
from cityops_desktop.store.dutyschema import stock_item, stock_move

MOST_ITEMS = 1000
MOST_MOVES = 200
MOST_OUT = 500


def items(conn: Connection) -> list[dict[str, Any]]:
    """All that is counted, by kind and name."""
    query = select(stock_item).where(stock_item.c.ended.is_(None)).order_by(stock_item.c.kind, stock_item.c.name, stock_item.c.id)
    return [dict(row) for row in conn.execute(query.limit(MOST_ITEMS)).mappings()]


def find(conn: Connection, id: str) -> dict[str, Any] | None:
    """One, also one that is not counted any more."""
    row = conn.execute(select(stock_item).where(stock_item.c.id == id)).mappings().first()
    return dict(row) if row is not None else None


def item(conn: Connection, id: str) -> dict[str, Any]:
    """One that is counted. Refused(no_such_stock)."""
    found = find(conn, id)
    if found is None or found["ended"] is not None:
        raise Refused("no_such_stock")
    return found


def count(conn: Connection) -> int:
    """How many things are counted."""
    return int(conn.execute(select(func.count()).select_from(stock_item).where(stock_item.c.ended.is_(None))).scalar() or 0)


def move(conn: Connection, id: str) -> dict[str, Any] | None:
    """A movement."""
    row = conn.execute(select(stock_move).where(stock_move.c.id == id)).mappings().first()
    return dict(row) if row is not None else None


def out(conn: Connection) -> list[dict[str, Any]]:
    """What is with somebody, longest first."""
    query = select(stock_move).where(stock_move.c.kind == "out", stock_move.c.back.is_(None)).order_by(stock_move.c.time)
    return [dict(row) for row in conn.execute(query.limit(MOST_OUT)).mappings()]


def newest(conn: Connection) -> list[dict[str, Any]]:
    """The newest movements first."""
    query = select(stock_move).order_by(stock_move.c.time.desc(), stock_move.c.id.desc()).limit(MOST_MOVES)
    return [dict(row) for row in conn.execute(query).mappings()]


def between(conn: Connection, begin: int, end: int) -> list[dict[str, Any]]:
    """Movements of a span, oldest first, with the name of what was moved."""
    query = select(stock_move, stock_item.c.name, stock_item.c.unit).join(stock_item, stock_item.c.id == stock_move.c.item)
    within = query.where(stock_move.c.time.between(begin, end)).order_by(stock_move.c.time, stock_move.c.id)
    return [dict(row) for row in conn.execute(within.limit(MOST_MOVES)).mappings()]
