"""The rows of work orders and of what was written about them. Decides no right and no state: cityops_desktop.duty.orders has the table.

`raise_order` is how every area makes one: a finding of a patrol, an alarm, a line of the log book, a sensor that drifts.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.dutyschema import order_entry, work_order
from cityops_desktop.store.numbers import next_number
from cityops_desktop.store.schema import alarm as alarm_table

Row = Mapping[str, Any]
MOST_STANDING = 500
PAGE = 100


def raise_order(
    conn: Connection,
    *,
    title: str,
    text: str,
    subject: str,
    priority: int,
    due: int | None,
    source: str,
    alarm: str,
    who: Who,
    room_zone: tzinfo,
    alarms: Sequence[str] = (),
) -> str:
    """A new work order; its id. In the transaction of the act from which it comes.

    `subject`: "device:<id>", "rack:<id>", "point:<key>", "area:<id>", "node:<id>" or "". `priority` 1 (at once) to 4. `due` UTC ms.
    `source`: "manual", or where it comes from and the id of that, such as "patrol:<id>", "log:<id>", "calibration:<key of the point>".
    `alarm`: the id of an occurrence, or ""; `alarms`: more of them. Refused(no_such_alarm).
    """
    about = list(dict.fromkeys([*([alarm] if alarm else []), *alarms]))
    if set(about) - set(conn.execute(select(alarm_table.c.id).where(alarm_table.c.id.in_(about))).scalars()):
        raise Refused("no_such_alarm")
    kind, _, link = source.partition(":")
    row: dict[str, Any] = {"id": uuid7(who.time), "number": next_number(conn, work_order.c.number, who.time, room_zone)}
    row |= {"title": title, "text": text, "subject": subject, "source": kind, "link": link, "priority": priority, "due": due}
    row |= {"alarms": canonical(about), "owner": "", "owner_name": "", "state": "open"}
    row |= {"time": who.time, "actor": who.person.id, "actor_name": who.person.display, "begun": None, "done": None, "done_by": ""}
    row |= {"done_name": "", "result": "", "ended": None, "ended_by": "", "ended_name": "", "reason": ""}
    how = {"console": who.console}
    record.put(conn, work_order, row, kind="work_order.raised", actor=who.person.id, time=who.time, act=how)
    return str(row["id"])


def order(conn: Connection, id: str) -> dict[str, Any]:
    """The row. Refused(no_such_order)."""
    row = conn.execute(select(work_order).where(work_order.c.id == id)).mappings().first()
    if row is None:
        raise Refused("no_such_order")
    return dict(row)


def standing(conn: Connection) -> list[dict[str, Any]]:
    """Orders that are not closed: what is due first, first; those without a day last."""
    due = (work_order.c.due.is_(None), work_order.c.due, work_order.c.priority, work_order.c.id)
    query = select(work_order).where(work_order.c.ended.is_(None)).order_by(*due).limit(MOST_STANDING)
    return [dict(row) for row in conn.execute(query).mappings()]


def counted(conn: Connection, now: int) -> tuple[int, int]:
    """How many are not closed, and of how many the day has passed while nobody has done them."""
    open = work_order.c.ended.is_(None)
    late = and_(open, work_order.c.due < now, work_order.c.state != "done")
    count = select(func.count()).select_from(work_order)
    return int(conn.execute(count.where(open)).scalar() or 0), int(conn.execute(count.where(late)).scalar() or 0)


def ended(conn: Connection, before: tuple[int, str] | None, most: int = PAGE) -> list[dict[str, Any]]:
    """Closed and cancelled ones, the newest first, from this end (time, id) on."""
    query = select(work_order).where(work_order.c.ended.is_not(None))
    if before is not None:
        time, id = before
        query = query.where(or_(work_order.c.ended < time, and_(work_order.c.ended == time, work_order.c.id < id)))
    query = query.order_by(work_order.c.ended.desc(), work_order.c.id.desc()).limit(most)
    return [dict(row) for row in conn.execute(query).mappings()]


def raised_from(conn: Connection, source: str, link: str) -> list[dict[str, Any]]:
    """The orders that came from this: number, state and id among the rest."""
    query = select(work_order).where(work_order.c.source == source, work_order.c.link == link)
    return [dict(row) for row in conn.execute(query.order_by(work_order.c.id).limit(PAGE)).mappings()]


def entries(conn: Connection, about: str) -> list[dict[str, Any]]:
    """What was written about "order:<id>" or "ticket:<id>", in its order."""
    query = select(order_entry).where(order_entry.c.about == about).order_by(order_entry.c.time, order_entry.c.id).limit(1000)
    return [dict(row) for row in conn.execute(query).mappings()]


def write_entry(conn: Connection, about: str, kind: str, text: str, who: Who) -> str:
    """Something was done about it, or somebody remarks something; the id."""
    row = {"id": uuid7(who.time), "about": about, "kind": kind, "text": text, "time": who.time}
    row |= {"actor": who.person.id, "actor_name": who.person.display}
    act = {"console": who.console}
    record.put(conn, order_entry, row, kind="order_entry.written", actor=who.person.id, time=who.time, act=act)
    return str(row["id"])


def between(conn: Connection, begin: int, end: int) -> list[dict[str, Any]]:
    """Orders that were raised or ended in a span, and those that stand."""
    within = or_(work_order.c.time.between(begin, end), work_order.c.ended.between(begin, end), work_order.c.ended.is_(None))
    query = select(work_order).where(within).order_by(work_order.c.id).limit(MOST_STANDING)
    return [dict(row) for row in conn.execute(query).mappings()]


def linked(row: Row) -> Sequence[str]:
    """The alarms (ids) of an order."""
    return [str(id) for id in json.loads(row["alarms"])]


def figures(conn: Connection, begin: int, end: int) -> Mapping[str, int]:
    """Of a span: how many were raised, closed, cancelled; overdue at its end; of those that were done with a day: all, and in time."""
    raised, closed = (column.between(begin, end) for column in (work_order.c.time, work_order.c.ended))
    cancelled = work_order.c.state == "cancelled"
    dated = and_(closed, ~cancelled, work_order.c.due.is_not(None))
    late = and_(work_order.c.due < end, work_order.c.time < end, or_(work_order.c.ended.is_(None), work_order.c.ended > end))
    late = and_(late, or_(work_order.c.done.is_(None), work_order.c.done > end))
    wanted = {
        "raised": raised,
        "closed": and_(closed, ~cancelled),
        "cancelled": and_(closed, cancelled),
        "overdue": late,
        "dated": dated,
        "in_time": and_(dated, work_order.c.done <= work_order.c.due),
    }
    count = select(func.count()).select_from(work_order)
    return {name: int(conn.execute(count.where(condition)).scalar() or 0) for name, condition in wanted.items()}
