"""The rows of maintenance plans, contracts and contractors' calls. Decides no right and no state: cityops_desktop.duty.maintenance has the
rules. Nothing is deleted."""

from typing import Any

from sqlalchemy import Connection, Select, Table, and_, func, or_, select

from cityops_desktop.model.refused import Refused
from cityops_desktop.store.dutyschema import contract, contract_call, maintenance, maintenance_plan

Row = dict[str, Any]
MOST_PLANS = 1000
MOST_NEWEST = 200
MOST_DONE = 2000
MISSING = {
    "maintenance_plan": "no_such_maintenance_plan",
    "contract": "no_such_contract",
    "contract_call": "no_such_contract_call",
}


def get(conn: Connection, table: Table, id: str) -> Row:
    """The row. Refused: no_such_contract and so on."""
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise Refused(MISSING[table.name])
    return dict(row)


def plans(conn: Connection) -> list[Row]:
    """Maintenance plans that hold, by group and title."""
    order = (maintenance_plan.c.equipment, maintenance_plan.c.title, maintenance_plan.c.id)
    return _rows(conn, select(maintenance_plan).where(maintenance_plan.c.ended.is_(None)).order_by(*order).limit(MOST_PLANS))


def last_done(conn: Connection, plan: str) -> tuple[str, str] | None:
    """The day on which it was last done, and the day for which; None = never."""
    query = select(maintenance.c.day, maintenance.c.due).where(maintenance.c.plan == plan)
    row = conn.execute(query.order_by(maintenance.c.day.desc(), maintenance.c.id.desc()).limit(1)).first()
    return (row.day, row.due) if row is not None else None


def done_on(conn: Connection, plan: str, day: str) -> bool:
    """Was it done on this day?"""
    return conn.execute(select(maintenance.c.id).where(maintenance.c.plan == plan, maintenance.c.day == day).limit(1)).first() is not None


def done(conn: Connection, begin: str, end: str, most: int = MOST_DONE) -> list[Row]:
    """What was done from day to day (`end` not counted), newest first, with title and group of its plan."""
    query = select(maintenance, maintenance_plan.c.title, maintenance_plan.c.equipment).join(
        maintenance_plan, maintenance.c.plan == maintenance_plan.c.id
    )
    within = and_(maintenance.c.day >= begin, maintenance.c.day < end)
    return _rows(conn, query.where(within).order_by(maintenance.c.day.desc(), maintenance.c.id.desc()).limit(most))


def done_in(conn: Connection, begin: int, end: int) -> list[Row]:
    """What was written down in a span (UTC ms), with title and group of its plan."""
    query = select(maintenance, maintenance_plan.c.title, maintenance_plan.c.equipment).join(
        maintenance_plan, maintenance.c.plan == maintenance_plan.c.id
    )
    within = and_(maintenance.c.time >= begin, maintenance.c.time < end)
    return _rows(conn, query.where(within).order_by(maintenance.c.time, maintenance.c.id).limit(MOST_DONE))


def done_counted(conn: Connection, begin: int, end: int) -> int:
    """How many were written down in a span."""
    within = and_(maintenance.c.time >= begin, maintenance.c.time < end)
    return conn.execute(select(func.count()).select_from(maintenance).where(within)).scalar_one()


def due_counted(conn: Connection, first: str, last: str) -> tuple[int, int]:
    """How many were done of those due from day to day, both counted, and how many of them not after their day."""
    within = and_(maintenance.c.due >= first, maintenance.c.due <= last)
    every = conn.execute(select(func.count()).select_from(maintenance).where(within)).scalar_one()
    on_time = conn.execute(select(func.count()).select_from(maintenance).where(within, maintenance.c.day <= maintenance.c.due)).scalar_one()
    return every, on_time


def contracts(conn: Connection, *, former: bool) -> list[Row]:
    """Those that hold, the first to end first; and the newest former ones if `former`."""
    found = _rows(conn, select(contract).where(contract.c.ended.is_(None)).order_by(contract.c.ends, contract.c.id).limit(MOST_PLANS))
    if former:
        query = select(contract).where(contract.c.ended.is_not(None)).order_by(contract.c.ended.desc(), contract.c.id.desc())
        found += _rows(conn, query.limit(MOST_NEWEST))
    return found


def calls(conn: Connection, *, solved: bool) -> list[Row]:
    """Calls that are open with what of their contract they need, the first first; and the newest solved ones if `solved`."""
    query = select(contract_call, contract.c.firm).join(contract, contract_call.c.contract == contract.c.id)
    order = (contract_call.c.reported, contract_call.c.id)
    found = _rows(conn, query.where(contract_call.c.solved.is_(None)).order_by(*order).limit(MOST_PLANS))
    if solved:
        newest = query.where(contract_call.c.solved.is_not(None)).order_by(contract_call.c.solved.desc(), contract_call.c.id.desc())
        found += _rows(conn, newest.limit(MOST_NEWEST))
    return found


def calls_in(conn: Connection, begin: int, end: int) -> list[Row]:
    """Calls made or solved in a span."""
    query = select(contract_call, contract.c.firm).join(contract, contract_call.c.contract == contract.c.id)
    made = and_(contract_call.c.reported >= begin, contract_call.c.reported < end)
    ended = and_(contract_call.c.solved >= begin, contract_call.c.solved < end)
    return _rows(conn, query.where(or_(made, ended)).order_by(contract_call.c.reported, contract_call.c.id).limit(MOST_DONE))


def _rows(conn: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in conn.execute(query).mappings()]
