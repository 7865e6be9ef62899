"""The rows of goods that come and go. Decides no right and no state; nothing is deleted."""

from sqlalchemy import Connection, and_, func, select

from cityops_desktop.store.duty.housekeeping import Asked, Row, page, read
from cityops_desktop.store.dutyschema import goods

MOST_OPEN = 500


def goods_waiting(conn: Connection) -> list[Row]:
    """What waits for an approval, or to leave."""
    query = select(goods).where(goods.c.state.in_(("waiting", "approved"))).order_by(goods.c.time, goods.c.id)
    return read(conn, query.limit(MOST_OPEN))


def loans(conn: Connection) -> list[Row]:
    """What came or went and has to go the other way, the first day first."""
    stands = and_(goods.c.settled.is_(None), goods.c.until != "", goods.c.state == "passed")
    return read(conn, select(goods).where(stands).order_by(goods.c.until, goods.c.id).limit(MOST_OPEN))


def goods_page(conn: Connection, asked: Asked) -> tuple[list[Row], bool]:
    """A page of the register, newest first, and whether there are older ones."""
    fields = (goods.c.what, goods.c.serial, goods.c.form, goods.c.carrier, goods.c.number)
    return page(conn, select(goods), goods, goods.c.time, fields, asked)


def goods_passed(conn: Connection, begin: int, end: int) -> list[Row]:
    """What came in and went out in a span."""
    within = and_(goods.c.passed >= begin, goods.c.passed < end)
    return read(conn, select(goods).where(within).order_by(goods.c.passed, goods.c.id).limit(MOST_OPEN))


def goods_counted(conn: Connection, begin: int, end: int) -> dict[str, int]:
    """By direction."""
    query = select(goods.c.direction, func.count()).where(goods.c.passed >= begin, goods.c.passed < end).group_by(goods.c.direction)
    return {row[0]: row[1] for row in conn.execute(query)}
