"""The rows of tickets, their steps, tags, rotation plans and runs. Decides no right and no state: cityops_desktop.duty has the tables.

Every question goes by an index and has a limit.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from cityops_desktop.model.refused import Refused
from cityops_desktop.store.dutyschema import rotation_plan, rotation_run, tag, ticket, ticket_step

MOST_STANDING = 200
PAGE = 100
MOST_RUNS = 12
MISSING = {
    "ticket": "no_such_ticket",
    "tag": "no_such_tag",
    "rotation_plan": "no_such_rotation",
    "rotation_run": "no_such_rotation",
}


def get(conn: Connection, table: Table, id: str) -> dict[str, Any]:
    """The row. Refused: no_such_ticket and so on."""
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise Refused(MISSING[table.name])
    return dict(row)


def standing(conn: Connection) -> list[dict[str, Any]]:
    """Tickets that are not over, newest first."""
    return _rows(conn, select(ticket).where(ticket.c.ended.is_(None)).order_by(ticket.c.id.desc()).limit(MOST_STANDING))


def ended(conn: Connection, before: tuple[int, str] | None, most: int = PAGE) -> list[dict[str, Any]]:
    """Those that are over, the newest first, from this end (time, id) on."""
    chosen = _before(ticket.c.ended, ticket.c.id, before)
    return _rows(conn, select(ticket).where(chosen).order_by(ticket.c.ended.desc(), ticket.c.id.desc()).limit(most))


def steps(conn: Connection, id: str) -> list[dict[str, Any]]:
    """What became of the steps of a ticket, in their order: those that were at least read aloud."""
    return _rows(conn, select(ticket_step).where(ticket_step.c.ticket == id).order_by(ticket_step.c.step))


def step_id(id: str, step: int) -> str:
    """The row of a step: there cannot be two of it."""
    return f"{id}.{step:02}"


def hanging(conn: Connection) -> list[dict[str, Any]]:
    """Tags that hang, oldest first."""
    return _rows(conn, select(tag).where(tag.c.removed.is_(None)).order_by(tag.c.time, tag.c.id))


def hangs_on(conn: Connection, targets: Collection[str], point: str) -> dict[str, Any] | None:
    """The first tag that hangs on one of these, or covered this point when it was hung."""
    found = [row for row in hanging(conn) if row["target"] in targets or point in json.loads(row["covers"])]
    return found[0] if found else None


def removed(conn: Connection, before: tuple[int, str] | None, most: int = PAGE) -> list[dict[str, Any]]:
    """Tags that were taken away, the newest first."""
    chosen = _before(tag.c.removed, tag.c.id, before)
    return _rows(conn, select(tag).where(chosen).order_by(tag.c.removed.desc(), tag.c.id.desc()).limit(most))


def tags_of(conn: Connection, id: str, begun: int) -> list[dict[str, Any]]:
    """The tags that were hung for a ticket since it was written."""
    within = or_(tag.c.removed.is_(None), tag.c.removed >= begun)
    return _rows(conn, select(tag).where(within, tag.c.ticket == id).order_by(tag.c.time, tag.c.id).limit(PAGE))


def plans(conn: Connection) -> list[dict[str, Any]]:
    """Rotation plans in force."""
    return _rows(conn, select(rotation_plan).where(rotation_plan.c.ended.is_(None)).order_by(rotation_plan.c.id).limit(MOST_STANDING))


def runs(conn: Connection, plan: str) -> list[dict[str, Any]]:
    """The newest runs of a plan, newest first."""
    query = select(rotation_run).where(rotation_run.c.plan == plan)
    return _rows(conn, query.order_by(rotation_run.c.begun.desc(), rotation_run.c.id.desc()).limit(MOST_RUNS))


def running(conn: Connection) -> set[str]:
    """The plans of which a run is under way."""
    return set(conn.execute(select(rotation_run.c.plan).where(rotation_run.c.ended.is_(None)).limit(MOST_STANDING)).scalars())


def plan_title(conn: Connection, id: str) -> str:
    """What a plan is called, also one that has ended."""
    return str(get(conn, rotation_plan, id)["title"])


def last_passed(conn: Connection, ids: Iterable[str]) -> dict[str, int]:
    """When each plan's newest run that was passed ended."""
    passed = select(rotation_run.c.plan, func.max(rotation_run.c.ended)).where(
        rotation_run.c.plan.in_(list(ids)), rotation_run.c.passed.is_(True)
    )
    return {plan: int(time) for plan, time in conn.execute(passed.group_by(rotation_run.c.plan)) if time is not None}


def between(conn: Connection, table: Table, times: Iterable[ColumnElement[Any]], begin: int, end: int) -> list[dict[str, Any]]:
    """Rows of which one of these times lies in a span."""
    return _rows(conn, select(table).where(or_(*(time.between(begin, end) for time in times))).order_by(table.c.id).limit(500))


def _before(time: ColumnElement[Any], id: ColumnElement[Any], before: tuple[int, str] | None) -> ColumnElement[bool]:
    if before is None:
        return time.is_not(None)
    return or_(time < before[0], and_(time == before[0], id < before[1]))


def _rows(conn: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(query).mappings()]
