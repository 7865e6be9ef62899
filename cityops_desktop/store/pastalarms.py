"""Which alarms stood at a past time, and in which state they were then: told by the steps in the change log, which loses none.

The table of alarms keeps an occurrence as it became in the end: one that returned and came again has forgotten its first return. So
the table only says which occurrences may have stood, the log what each of them was. Decides nothing, writes nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_, select

from cityops_desktop.model.alarms import Alarm, AlarmState, Hidden
from cityops_desktop.model.alarmstates import Event, after
from cityops_desktop.model.points import Level
from cityops_desktop.store.alarms import read
from cityops_desktop.store.schema import alarm as table
from cityops_desktop.store.schema import change

MOST = 1000
"""Occurrences in one answer, the most severe and newest first: more than a screen of any size holds."""
AT_ONCE = 400
"""Subjects in one statement."""


class Step(NamedTuple):
    """One row of the change log about an occurrence."""

    kind: str
    time: int
    actor: str
    body: Mapping[str, Any]


class Stood(NamedTuple):
    """The alarms that stood then, and whether there were more of them than one answer holds."""

    alarms: Sequence[Alarm]
    more: bool


def stood_at(conn: Connection, time: int) -> Stood:
    """Every occurrence that was open at this time (UTC ms), as it was then; the most severe and newest first."""
    ended = func.max(func.coalesce(table.c.returned, 0), func.coalesce(table.c.acknowledged, 0))
    untold = table.c.returned.is_(None) & table.c.acknowledged.is_(None)
    reset = select(func.substr(change.c.subject, len("alarm:") + 1)).where(change.c.kind == "alarm.reset", change.c.time >= time)
    maybe = select(table).where(
        table.c.raised <= time, or_(table.c.state != AlarmState.NORMAL, ended >= time, untold, table.c.id.in_(reset))
    )
    rows = read(conn, maybe.order_by(table.c.level, table.c.raised.desc(), table.c.id.desc()).limit(MOST + 1))
    found = {alarm.id: alarm for alarm in rows[:MOST]}
    steps: dict[str, list[Step]] = {id: [] for id in found}
    subjects = [f"alarm:{id}" for id in found]
    for first in range(0, len(subjects), AT_ONCE):
        told = select(change.c.subject, change.c.kind, change.c.time, change.c.actor, change.c.body).where(
            change.c.subject.in_(subjects[first : first + AT_ONCE]), change.c.time <= time
        )
        for row in conn.execute(told.order_by(change.c.seq)):
            steps[row.subject.removeprefix("alarm:")].append(Step(row.kind, row.time, row.actor, json.loads(row.body)))
    then = [as_it_was(alarm, steps[alarm.id]) for alarm in found.values()]
    return Stood([alarm for alarm in then if alarm.open], len(rows) > MOST)


def as_it_was(alarm: Alarm, steps: Iterable[Step]) -> Alarm:
    """The occurrence after these steps, the first ones of its life; NORMAL where there is none yet."""
    then = replace(alarm, state=AlarmState.NORMAL, acknowledged=None, actor=None, actor_name=None, returned=None, hidden=None)
    for step in steps:
        then = _after(then, step)
    return then


def _after(then: Alarm, step: Step) -> Alarm:
    body = step.body
    value, limit = (None if body[name] is None else float(body[name]) for name in ("value", "limit"))
    hidden = Hidden(body["hidden"]) if body.get("hidden") else None  # rows of older versions do not speak of it
    cover = {"hidden": hidden, "hidden_until": body.get("hidden_until"), "under": body.get("under", "")}
    level = Level(body.get("level", then.level))
    then = replace(then, level=level, value=value, limit=limit, detail=body["detail"], points=body["points"], **cover)
    if step.kind == "alarm.raised":
        return then.with_state(AlarmState.UNACKNOWLEDGED, acknowledged=None, actor=None, actor_name=None, returned=None)
    if step.kind == "alarm.returned":
        latches = body.get("state") in (AlarmState.LATCHED, AlarmState.LATCHED_ACKNOWLEDGED)
        return then.with_state(after(then.state, Event.LEAVES, latches=latches), returned=step.time)
    if step.kind == "alarm.acknowledged":
        who = {"actor": step.actor, "actor_name": body.get("actor_name")}
        return then.with_state(after(then.state, Event.ACKNOWLEDGED), acknowledged=step.time, **who)
    if step.kind == "alarm.uncovered" and body.get("acknowledged") is None:
        return then.with_state(after(then.state, Event.RELEASED), acknowledged=None, actor=None, actor_name=None)
    return then.with_state(AlarmState.NORMAL) if step.kind in ("alarm.ended", "alarm.reset") else then
