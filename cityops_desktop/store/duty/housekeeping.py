"""The rows of cleaning and of visitors. Decides no right and no state: cityops_desktop.duty.housekeeping has the rules.

Nothing is deleted: entries are kept for twelve months and longer.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from cityops_desktop.model.refused import Refused
from cityops_desktop.store.dutyschema import cleaning, cleaning_plan, visit
from cityops_desktop.store.schema import account

Row = dict[str, Any]
MOST_PLANS = 500
MOST_INSIDE = 500
MOST_NEWEST = 200
PAGE = 200
MISSING = {
    "cleaning_plan": "no_such_cleaning_plan",
    "cleaning": "no_such_cleaning",
    "visit": "no_such_visit",
    "goods": "no_such_goods",
}


class CleanedRow(NamedTuple):
    """What counts of the cleanings of a plan: see duty.housekeeping.Cleaned; `last` when one that counts was done."""

    slot: int | None
    rejected: int | None
    waiting: int | None
    waiting_id: str
    last: int | None


class Asked(NamedTuple):
    """Which rows of a register: with this text in one of their fields, in this span (UTC ms), older than the row (time, id) `before`."""

    text: str = ""
    since: int = 0
    until: int = 2**53
    before: tuple[int, str] | None = None
    most: int = PAGE


def get(conn: Connection, table: Table, id: str) -> Row:
    """The row. Refused: no_such_visit and so on."""
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise Refused(MISSING[table.name])
    return dict(row)


# cleaning


def cleaning_plans(conn: Connection) -> list[Row]:
    """Those that hold, as they were made."""
    return read(conn, select(cleaning_plan).where(cleaning_plan.c.ended.is_(None)).order_by(cleaning_plan.c.id).limit(MOST_PLANS))


def cleaning_plans_of(conn: Connection, begin: int, end: int) -> list[Row]:
    """Those that held at some time of a span."""
    held = and_(cleaning_plan.c.time < end, or_(cleaning_plan.c.ended.is_(None), cleaning_plan.c.ended > begin))
    return read(conn, select(cleaning_plan).where(held).order_by(cleaning_plan.c.id))


def cleaned(conn: Connection, plan: str) -> CleanedRow:
    """What was done by this plan, from its newest rows."""
    of_plan = cleaning.c.plan == plan
    newest = read(conn, select(cleaning).where(of_plan).order_by(cleaning.c.done.desc(), cleaning.c.id.desc()).limit(30))
    good = [row for row in newest if row["passed"] is not False]
    waiting = [row for row in newest if row["checked"] is None]
    rejected = newest[0]["checked"] if newest and newest[0]["passed"] is False else None
    oldest = min(waiting, key=lambda row: (row["done"], row["id"]), default=None)
    return CleanedRow(
        max((row["slot"] for row in good), default=None),
        rejected,
        oldest["done"] if oldest else None,
        oldest["id"] if oldest else "",
        good[0]["done"] if good else None,
    )


def cleanings(conn: Connection, *, begin: int = 0, end: int = 2**53, most: int = MOST_NEWEST) -> list[Row]:
    """Those done in a span, newest first, with place and area of their plan."""
    plans = select(cleaning, cleaning_plan.c.place, cleaning_plan.c.area).join(cleaning_plan, cleaning.c.plan == cleaning_plan.c.id)
    within = and_(cleaning.c.done >= begin, cleaning.c.done < end)
    return read(conn, plans.where(within).order_by(cleaning.c.done.desc(), cleaning.c.id.desc()).limit(most))


def cleanings_counted(conn: Connection, begin: int, end: int) -> tuple[int, int]:
    """Of those done in a span: how many there are, how many were turned down."""
    within = and_(cleaning.c.done >= begin, cleaning.c.done < end)
    every = conn.execute(select(func.count()).select_from(cleaning).where(within)).scalar_one()
    return every, conn.execute(select(func.count()).select_from(cleaning).where(within, cleaning.c.passed.is_(False))).scalar_one()


def slots_kept(conn: Connection, begin: int, end: int) -> set[tuple[str, int]]:
    """Plan and slot of what was done and not turned down, of slots that begin in a span."""
    wanted = and_(cleaning.c.slot >= begin, cleaning.c.slot < end, cleaning.c.passed.is_not(False))
    return {(row.plan, row.slot) for row in conn.execute(select(cleaning.c.plan, cleaning.c.slot).where(wanted).distinct())}


# visitors


def inside(conn: Connection) -> list[Row]:
    """Who has not gone, who came first, first."""
    query = select(visit).where(visit.c.gone.is_(None)).order_by(visit.c.entered, visit.c.id)
    return read(conn, query.limit(MOST_INSIDE))


def badges_out(conn: Connection, since: int) -> list[Row]:
    """Visits since then whose badge did not come back, the newest first, unless a later visitor got the same badge."""
    recent = and_(visit.c.entered >= since, visit.c.badge != "")
    newest = select(visit.c.badge, func.max(visit.c.entered).label("entered")).where(recent).group_by(visit.c.badge).subquery()
    query = select(visit).join(newest, and_(visit.c.badge == newest.c.badge, visit.c.entered == newest.c.entered))
    lost = and_(visit.c.gone.is_not(None), visit.c.badge_back.is_(False), visit.c.entered >= since)
    return read(conn, query.where(lost).order_by(visit.c.entered.desc(), visit.c.id).limit(MOST_NEWEST))


def visits(conn: Connection, asked: Asked) -> tuple[list[Row], bool]:
    """A page of the register, newest first, and whether there are older ones."""
    fields = (visit.c.name, visit.c.firm, visit.c.purpose, visit.c.escort_name, visit.c.number, visit.c.badge, visit.c.areas)
    return page(conn, select(visit), visit, visit.c.entered, fields, asked)


def visits_in(conn: Connection, begin: int, end: int) -> list[Row]:
    """Those that began or ended in a span, the first first."""
    began = and_(visit.c.entered >= begin, visit.c.entered < end)
    ended = and_(visit.c.gone >= begin, visit.c.gone < end)
    return read(conn, select(visit).where(or_(began, ended)).order_by(visit.c.entered, visit.c.id).limit(MOST_INSIDE))


def visits_counted(conn: Connection, begin: int, end: int, now: int) -> tuple[int, int]:
    """How many began in a span, and how many of them lasted longer than was said, as far as is known now."""
    began = and_(visit.c.entered >= begin, visit.c.entered < end)
    longer = or_(visit.c.gone > visit.c.expected, and_(visit.c.gone.is_(None), visit.c.expected < now))
    every = conn.execute(select(func.count()).select_from(visit).where(began)).scalar_one()
    return every, conn.execute(select(func.count()).select_from(visit).where(began, longer)).scalar_one()


def contractors(conn: Connection, since: int) -> list[Row]:
    """Visits that belong to a contract, from then on, the newest first."""
    query = select(visit).where(visit.c.entered >= since, visit.c.contract != "")
    return read(conn, query.order_by(visit.c.entered.desc(), visit.c.id.desc()).limit(MOST_NEWEST))


def people(conn: Connection) -> list[tuple[str, str]]:
    """Accounts that are in use: id and full name."""
    query = select(account.c.id, account.c.display).where(account.c.enabled.is_(True)).order_by(account.c.display)
    return [(row.id, row.display) for row in conn.execute(query)]


def page(
    conn: Connection, query: Select[Any], table: Table, time: ColumnElement[Any], fields: Sequence[ColumnElement[Any]], asked: Asked
) -> tuple[list[Row], bool]:
    """A page of a register, newest first, and whether there are older rows; each word of the text stands in one of `fields`."""
    query = query.where(time >= asked.since, time < asked.until)
    for word in asked.text.split():
        query = query.where(or_(*(field.contains(word, autoescape=True) for field in fields)))
    if asked.before is not None:
        at, id = asked.before
        query = query.where(or_(time < at, and_(time == at, table.c.id < id)))
    rows = read(conn, query.order_by(time.desc(), table.c.id.desc()).limit(asked.most + 1))
    return rows[: asked.most], len(rows) > asked.most


def read(conn: Connection, query: Select[Any]) -> list[Row]:
    """The rows of a query."""
    return [dict(row) for row in conn.execute(query).mappings()]


def listed(text: str) -> list[str]:
    """A list as a column keeps it."""
    found = json.loads(text)
    return [str(one) for one in found] if isinstance(found, list) else []
