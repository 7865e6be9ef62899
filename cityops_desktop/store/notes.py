"""Notes on what somebody saw in a span of time, with figures and picture. Nothing is deleted: a wrong one is marked withdrawn."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, select

from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.schema import note

_HEAD = [column for column in note.columns if column is not note.c.picture]


class Note(NamedTuple):
    """A note without its picture; `figures` are what was known of each point, each with its `key`."""

    id: str
    account: str
    actor_name: str
    time: int
    begins: int
    ends: int
    text: str
    figures: list[dict[str, Any]]
    picture: bool
    withdrawn: int | None
    withdrawn_by: str | None

    @property
    def keys(self) -> list[str]:
        """The points that it is about."""
        return [str(figure["key"]) for figure in self.figures]


def add(
    conn: Connection,
    *,
    begins: int,
    ends: int,
    text: str,
    figures: Sequence[dict[str, Any]],
    picture: bytes | None,
    author: tuple[str, str],
    time: int,
    act: dict[str, object],
) -> str:
    """Write a note of this author (account and full name); its id. The change row holds the picture's SHA-256."""
    person, name = author
    row = {"id": uuid7(time), "account": person, "actor_name": name, "time": time, "begins": begins, "ends": ends, "text": text}
    row |= {"figures": canonical(list(figures)), "picture": picture, "withdrawn": None, "withdrawn_by": None}
    record.put(conn, note, row, kind="note.added", actor=person, time=time, act=act)
    return str(row["id"])


def withdraw(conn: Connection, id: str, *, person: str, name: str, others: bool, time: int, act: dict[str, object]) -> None:
    """Mark it withdrawn. Refused: no_such_note, note_withdrawn, not_your_note (`others` = one of somebody else may be withdrawn)."""
    found = get(conn, id)
    if found.withdrawn is not None:
        raise Refused("note_withdrawn")
    if found.account != person and not others:
        raise Refused("not_your_note")
    values = {"withdrawn": time, "withdrawn_by": name}
    record.amend(conn, note, id, values, kind="note.withdrawn", actor=person, time=time, act=act)


def between(conn: Connection, start: int, end: int, most: int) -> list[Note]:
    """Notes whose span meets this time, at most `most`, those that begin last first."""
    query = select(*_HEAD, note.c.picture.is_not(None).label("picture")).where(note.c.begins <= end, note.c.ends >= start)
    return [_note(row) for row in conn.execute(query.order_by(note.c.begins.desc(), note.c.id.desc()).limit(most)).mappings()]


def get(conn: Connection, id: str) -> Note:
    """The note with this id. Refused(no_such_note)."""
    row = conn.execute(select(*_HEAD, note.c.picture.is_not(None).label("picture")).where(note.c.id == id)).mappings().first()
    if row is None:
        raise Refused("no_such_note")
    return _note(row)


def picture(conn: Connection, id: str) -> bytes | None:
    """Its picture, None when it has none."""
    found: bytes | None = conn.execute(select(note.c.picture).where(note.c.id == id)).scalar()
    return found


def _note(row: RowMapping) -> Note:
    return Note(**{**row, "figures": json.loads(row["figures"]), "picture": bool(row["picture"])})
