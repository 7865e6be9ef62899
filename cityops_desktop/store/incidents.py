"""The rows of warnings, incidents, their entries, plans, contacts and drills; and what else happened in a span of time, step by step.

Decides no right and no state: cityops_desktop.incidents has the tables, station/acts/incidents.py puts them to work. Nothing is deleted.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.refused import Refused
from cityops_desktop.store.alarms import read
from cityops_desktop.store.schema import alarm, change, contact, drill, incident, incident_entry, plan, warning

Row = Mapping[str, Any]
MOST_ENTRIES = 2000
MOST_FORMER = 200
"""Closed incidents, lifted warnings and ended drills that are told, the newest."""
MISSING = {
    "warning": "no_such_warning",
    "incident": "no_such_incident",
    "plan": "no_such_plan",
    "contact": "no_such_contact",
    "drill": "no_such_drill",
}
ALARM_STEPS = ("alarm.raised", "alarm.returned", "alarm.acknowledged", "alarm.reset", "alarm.shelved", "alarm.out_of_service")
NOT_ACTS = ("alarm.", "incident_entry.", "session.", "audit.", "own.", "view.", "device.accessed", "act.refused")
"""Beginnings of kinds that are no acts of a time line: alarms and entries stand there themselves, coming and going is not about it."""


class Step(NamedTuple):
    """A row of the change log on a time line; `alarm` as it was then, where it is about one."""

    seq: int
    kind: str
    subject: str
    time: int
    actor: str
    alarm: Alarm | None


def get(conn: Connection, table: Table, id: str) -> dict[str, Any]:
    """The row. Refused: no_such_warning and so on."""
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise Refused(MISSING[table.name])
    return dict(row)


def next_version(conn: Connection, code: str) -> int:
    """The version that the next plan of this code gets."""
    return int(conn.execute(select(func.max(plan.c.version)).where(plan.c.code == code)).scalar() or 0) + 1


def warnings(conn: Connection, *, former: bool) -> list[dict[str, Any]]:
    """Warnings in force, and the newest lifted ones if `former`; newest first."""
    rows = _rows(conn, select(warning).where(warning.c.lifted.is_(None)).order_by(warning.c.issued.desc(), warning.c.id.desc()))
    if former:
        lifted = select(warning).where(warning.c.lifted.is_not(None)).order_by(warning.c.lifted.desc(), warning.c.id.desc())
        rows += _rows(conn, lifted.limit(MOST_FORMER))
    return rows


def incidents(conn: Connection, *, former: bool) -> list[dict[str, Any]]:
    """Incidents that are not closed, and the newest closed ones if `former`; newest first."""
    order = (incident.c.found.desc(), incident.c.id.desc())
    rows = _rows(conn, select(incident).where(incident.c.closed.is_(None)).order_by(*order))
    if former:
        rows += _rows(conn, select(incident).where(incident.c.closed.is_not(None)).order_by(*order).limit(MOST_FORMER))
    return rows


def unreported(conn: Connection, since: int) -> list[dict[str, Any]]:
    """Incidents of which a report may still be due: open ones, and those closed since then."""
    return _rows(conn, select(incident).where(incident.c.closed.is_(None) | (incident.c.closed >= since)).order_by(incident.c.found))


def entries(conn: Connection, about: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """What people wrote about these ("incident:<id>", "drill:<id>"), in the order of what it tells."""
    found: dict[str, list[dict[str, Any]]] = {one: [] for one in about}
    query = select(incident_entry).where(incident_entry.c.about.in_(list(found)))
    for row in conn.execute(query.order_by(incident_entry.c.time, incident_entry.c.id)).mappings():
        found[row["about"]].append(dict(row))
    return found


def reported(conn: Connection, ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Of each incident: when each rule's report was first made."""
    found: dict[str, dict[str, int]] = {id: {} for id in ids}
    query = select(incident_entry.c.about, incident_entry.c.rule, func.min(incident_entry.c.time).label("time"))
    wanted = incident_entry.c.about.in_([f"incident:{id}" for id in found]) & (incident_entry.c.kind == "reported")
    for about, rule, time in conn.execute(query.where(wanted).group_by(incident_entry.c.about, incident_entry.c.rule)):
        found[about.removeprefix("incident:")][rule] = time
    return found


def plans(conn: Connection) -> list[dict[str, Any]]:
    """Every plan in its newest version, also retired ones, by code."""
    last = select(plan.c.code, func.max(plan.c.version).label("version")).group_by(plan.c.code).subquery()
    query = select(plan).join(last, (plan.c.code == last.c.code) & (plan.c.version == last.c.version))
    return _rows(conn, query.order_by(plan.c.code))


def contacts(conn: Connection) -> list[dict[str, Any]]:
    """Contacts that hold, in their order."""
    return _rows(conn, select(contact).where(contact.c.ended.is_(None)).order_by(contact.c.place, contact.c.id))


def drills(conn: Connection) -> list[dict[str, Any]]:
    """Drills, the newest planned ones first."""
    return _rows(conn, select(drill).order_by(drill.c.planned.desc(), drill.c.id.desc()).limit(MOST_FORMER))


def unimproved(conn: Connection) -> list[tuple[str, str, str]]:
    """Drills that asked for something to be improved, which has not been: id, title, by which day (YYYY-MM-DD)."""
    query = select(drill.c.id, drill.c.title, drill.c.until).where(drill.c.state == "improving")
    return [(row.id, row.title, row.until) for row in conn.execute(query.order_by(drill.c.until, drill.c.id))]


def known_alarms(conn: Connection, ids: Iterable[str]) -> set[str]:
    """Which of these occurrences there are."""
    return set(conn.execute(select(alarm.c.id).where(alarm.c.id.in_(list(ids)))).scalars())


def steps(conn: Connection, start: int, end: int, most: int, *, acts: bool) -> tuple[list[Step], bool]:
    """What alarms did between two times (UTC ms), and what people did if `acts`; the oldest `most`, and whether there was more."""
    query = select(change.c.seq, change.c.kind, change.c.subject, change.c.time, change.c.actor, change.c.body)
    within = change.c.time.between(start, end)
    chosen: ColumnElement[bool] = change.c.kind.in_(ALARM_STEPS)
    if acts:
        others = (~change.c.kind.startswith(beginning, autoescape=True) for beginning in NOT_ACTS)
        chosen = or_(chosen, and_(change.c.actor != "station", *others))
    rows = conn.execute(query.where(within, chosen).order_by(change.c.time, change.c.seq).limit(most + 1)).all()
    ids = {row.subject.removeprefix("alarm:") for row in rows if row.kind.startswith("alarm.") and row.subject.startswith("alarm:")}
    known = {one.id: one for one in read(conn, select(alarm).where(alarm.c.id.in_(ids)))} if ids else {}
    return [_step(row, known) for row in rows[:most]], len(rows) > most


def _step(row: Any, known: Mapping[str, Alarm]) -> Step:
    found = known.get(row.subject.removeprefix("alarm:"))
    if found is not None:
        body = json.loads(row.body)
        value, limit = (None if body.get(name) is None else float(body[name]) for name in ("value", "limit"))
        found = replace(found, value=value, limit=limit, detail=body.get("detail", ""), points=body.get("points", 0))
    return Step(row.seq, row.kind, row.subject, row.time, row.actor, found)


def _rows(conn: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(query).mappings()]
