"""Questions to the change log: who, what, when, which words; newest first, each row with what it changed. Bounded; decides no right."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, or_, select

from cityops_desktop.store import record
from cityops_desktop.store.recorded import RECORDS
from cityops_desktop.store.schema import account, alarm, change

MOST_ROWS = 500
MOST_SECONDS = 10.0
_RECORDS = frozenset({table.name for table in RECORDS} | {alarm.name})
_BACK = 20
"""Rows of the same subject among which the one before is looked for that tells all of it."""


@dataclass(frozen=True, slots=True)
class Question:
    """`subject` and `kind` are beginnings, `text` stands anywhere in kind, subject or body; times are UTC ms, `end` not included."""

    actor: str = ""
    subject: str = ""
    kind: str = ""
    start: int | None = None
    end: int | None = None
    text: str = ""
    before: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A row. `before` holds what its predecessor of the same subject had otherwise; None = the first of a record; {} for an event."""

    row: Mapping[str, Any]
    body: dict[str, Any]
    before: dict[str, Any] | None


def ask(conn: Connection, question: Question) -> tuple[list[Entry], bool]:
    """At most `limit` rows, newest first, and whether there are older ones."""
    limit = max(1, min(question.limit, MOST_ROWS))
    rows = conn.execute(_query(question).order_by(change.c.seq.desc()).limit(limit + 1)).mappings().all()
    return [_entry(conn, row) for row in rows[:limit]], len(rows) > limit


def newest(conn: Connection) -> int:
    """The number of the newest row, which is how many there are."""
    return conn.execute(select(func.max(change.c.seq))).scalar() or 0


def account_of(conn: Connection, name: str) -> str | None:
    """The id of the account with this login name."""
    return conn.execute(select(account.c.id).where(func.lower(account.c.name) == name.strip().lower())).scalar()


def displays(conn: Connection) -> dict[str, str]:
    """The full name of every account, by id."""
    return {row.id: row.display for row in conn.execute(select(account.c.id, account.c.display))}


def actor_name(actor: str, known: Mapping[str, str]) -> str:
    """Who that is for people: a full name, the name of a console, or "station"."""
    return known.get(actor, actor.removeprefix("console:"))


def _query(question: Question) -> Select[Any]:
    query = select(change)
    if question.actor:
        query = query.where(change.c.actor == question.actor)
    for column, beginning in ((change.c.subject, question.subject), (change.c.kind, question.kind)):
        if beginning:  # a range, which an index serves; U+10FFFF ends every text of ours
            query = query.where(column >= beginning, column < beginning + "\U0010ffff")
    if question.start is not None:
        query = query.where(change.c.time >= question.start)
    if question.end is not None:
        query = query.where(change.c.time < question.end)
    if question.before is not None:
        query = query.where(change.c.seq < question.before)
    if question.text:
        columns = (change.c.body, change.c.kind, change.c.subject)
        query = query.where(or_(*(column.contains(question.text, autoescape=True) for column in columns)))
    return query


def _entry(conn: Connection, row: RowMapping) -> Entry:
    body = _object(row["body"])
    return Entry(dict(row), body, _before(conn, row, body))


def _before(conn: Connection, row: RowMapping, body: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["subject"].partition(":")[0] not in _RECORDS or not _tells(row["subject"], body):
        return {}
    older = select(change.c.body).where(change.c.subject == row["subject"], change.c.rev < row["rev"])
    for text in conn.execute(older.order_by(change.c.rev.desc()).limit(_BACK)).scalars():
        then = _object(text)
        if _tells(row["subject"], then):
            names = (body.keys() | then.keys()) - {record.ACT}
            return {name: then.get(name) for name in sorted(names) if then.get(name) != body.get(name)}
    return None


def _tells(subject: str, body: Mapping[str, Any]) -> bool:
    """Does this body hold all of a record?"""
    table, _, id = subject.partition(":")
    return "state" in body and "raised" in body if table == alarm.name else body.get("id") == id


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
