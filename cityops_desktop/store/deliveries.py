"""Messages that left the room: a row each, and what became of it. Decides nothing about whom to tell."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, func, select

from cityops_desktop.model.notify import By, DeliveryState
from cityops_desktop.store import record
from cityops_desktop.store.schema import change
from cityops_desktop.store.schema import delivery as table

ALARM, ENDED, TEST = "alarm", "ended", "test"
"""Kinds: something is to be acted on, it is over, somebody tries the way."""
SET_BACK_MS = 86_400_000
"""A clock that was set back makes a message older than its alarm; by no more than this."""
MOST = 500
"""Messages about one alarm that are told."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message. `alarms` are ids, the one that a reply with `code` acknowledges first; times are UTC ms, `sent` of the last try that
    the way took; `actor` who answered it, or who ordered a test."""

    id: str
    kind: str
    call: str
    step: str
    way: str
    by: By
    level: int
    alarms: tuple[str, ...]
    created: int
    code: str | None = None
    state: DeliveryState = DeliveryState.QUEUED
    why: str = ""
    tries: int = 0
    refs: tuple[int, ...] = ()
    sent: int | None = None
    ended: int | None = None
    actor: str | None = None

    def now(self, state: DeliveryState, **changes: Any) -> "Sent":
        """The same message in another state."""
        return replace(self, state=state, **changes)


class Step(NamedTuple):
    """A row of the change log about an alarm: its kind, when, by whom (account's id or "station") and under which name."""

    seq: int
    kind: str
    time: int
    actor: str
    actor_name: str


def put(conn: Connection, sent: Sent, time: int, actor: str = "station", act: dict[str, object] | None = None) -> int:
    """Write it as it is now, with its change row."""
    row = {column.name: getattr(sent, column.name) for column in table.columns}
    row |= {"alarms": json.dumps(sent.alarms), "refs": json.dumps(sent.refs), "by": str(sent.by), "state": str(sent.state)}
    return record.put(conn, table, row, kind=f"delivery.{sent.state}", actor=actor, time=time, act=act)


def waiting(conn: Connection) -> list[Sent]:
    """Those that were never taken by their way, oldest first."""
    return _read(conn, select(table).where(table.c.state == DeliveryState.QUEUED).order_by(table.c.created))


def since(conn: Connection, time: int, alarms: Mapping[str, int] | None = None) -> list[Sent]:
    """The messages from this time (UTC ms) on, and those of before about one of these alarms (id: when it was raised); oldest first."""
    found = _read(conn, select(table).where(table.c.created >= time).order_by(table.c.created, table.c.id))
    if not alarms:
        return found
    before = (
        select(table)
        .where(table.c.created < time, table.c.created >= min(alarms.values()) - SET_BACK_MS)
        .order_by(table.c.created, table.c.id)
    )
    return [sent for sent in _read(conn, before) if not alarms.keys().isdisjoint(sent.alarms)] + found


def about(conn: Connection, alarm: str, raised: int) -> list[Sent]:
    """The messages about this occurrence, oldest first."""
    named = table.c.alarms.contains(f'"{alarm}"', autoescape=True)
    return _read(
        conn, select(table).where(table.c.created >= raised - SET_BACK_MS, named).order_by(table.c.created, table.c.id).limit(MOST)
    )


def uncovered(conn: Connection, alarms: Sequence[str]) -> dict[str, int]:
    """When each of these occurrences that had been hidden, or acknowledged, was there for people again (UTC ms), the last time: it was
    uncovered, or it came again though latched. What was told before that does not count."""
    found: dict[str, int] = {}
    earlier = change.alias()
    seen = (
        select(func.max(earlier.c.seq))
        .where(earlier.c.subject == change.c.subject, earlier.c.kind == "alarm.acknowledged")
        .correlate(change)
        .scalar_subquery()
    )
    back = select(change.c.subject, func.max(change.c.time)).where(change.c.kind == "alarm.uncovered")
    again = select(change.c.subject, func.min(change.c.time)).where(change.c.kind == "alarm.raised", change.c.seq > seen)
    for first in range(0, len(alarms), 400):
        subjects = [f"alarm:{id}" for id in alarms[first : first + 400]]
        for query in (back, again):
            for subject, time in conn.execute(query.where(change.c.subject.in_(subjects)).group_by(change.c.subject)):
                id = subject.removeprefix("alarm:")
                found[id] = max(time, found.get(id, time))
    return found


def steps(conn: Connection, alarm: str) -> list[Step]:
    """What the change log says of this occurrence, in its order."""
    query = select(change.c.seq, change.c.kind, change.c.time, change.c.actor, change.c.body).where(change.c.subject == f"alarm:{alarm}")
    rows = conn.execute(query.order_by(change.c.seq).limit(MOST)).all()
    return [Step(seq, kind, time, actor, str(json.loads(body).get("actor_name") or "")) for seq, kind, time, actor, body in rows]


def _read(conn: Connection, query: Any) -> list[Sent]:
    return [_sent(row) for row in conn.execute(query).mappings()]


def _sent(row: RowMapping) -> Sent:
    values: dict[str, Any] = dict(row)
    values |= {"alarms": tuple(json.loads(row["alarms"])), "refs": tuple(json.loads(row["refs"]))}
    return Sent(**{**values, "by": By(row["by"]), "state": DeliveryState(row["state"])})
