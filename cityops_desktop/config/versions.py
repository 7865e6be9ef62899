"""Configuration versions in the store: read, listed, added. A version is never changed, and numbers have no gap. Decides no right."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from cityops_desktop.config.overrides import Fields, Overrides
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.schema import account
from cityops_desktop.store.schema import config_version as table

STATION = "station"
MOST_LISTED = 500
KINDS = {
    "first": "config.begun",
    "apply": "config.applied",
    "rollback": "config.rolled_back",
    "override": "config.overridden",
    "reset": "config.reset",
    "demo": "config.demo",
}
"""How a version came about, and the kind of its change row."""
_HEAD = [column for column in table.columns if column.name != "files"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a version says: the packed files, the overrides, the hash of the whole room and of the room without overrides."""

    files: bytes
    overrides: Overrides
    room: str
    file_room: str


@dataclass(frozen=True, slots=True)
class Head:
    """A version without its content. `counts`: "<thing> <change>" -> how many."""

    number: int
    base: int | None
    kind: str
    time: int
    actor: str
    why: str
    room: str
    counts: Mapping[str, int] = field(default_factory=dict)
    overrides: Overrides = field(default_factory=dict)
    actor_name: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """All of a version."""

    head: Head
    content: Content

    @property
    def number(self) -> int:
        """Its number."""
        return self.head.number


class DamagedVersion(ValueError):
    """A row that makes no sense."""

    def __init__(self, number: int, detail: str) -> None:
        super().__init__(detail)
        self.number = number


def newest_number(conn: Connection) -> int:
    """The version in force; 0 when none is kept yet."""
    return conn.execute(select(func.max(table.c.number))).scalar() or 0


def newest(conn: Connection) -> Version | None:
    """The version in force. DamagedVersion."""
    return read(conn, newest_number(conn))


def read(conn: Connection, number: int) -> Version | None:
    """This version; None when there is none. DamagedVersion."""
    row = conn.execute(select(table).where(table.c.number == number)).mappings().first()
    if row is None:
        return None
    head, summary = _head(row), _json(row, "summary")
    return Version(head, Content(bytes(row["files"]), head.overrides, head.room, str(summary.get("file_room", ""))))


def listed(conn: Connection, most: int = MOST_LISTED) -> list[Head]:
    """The newest versions first, with the names of those who made them. DamagedVersion."""
    ask = select(*_HEAD, account.c.display).select_from(table.outerjoin(account, account.c.id == table.c.actor))
    return [_head(row) for row in conn.execute(ask.order_by(table.c.number.desc()).limit(most)).mappings()]


def append(
    conn: Connection,
    content: Content,
    *,
    base: int,
    kind: str,
    counts: Mapping[str, int],
    actor: str,
    why: str,
    time: int,
    act: Mapping[str, object] | None = None,
) -> int:
    """Add the version after `base`, with its change row. Refused(base_changed) when `base` is not the newest any more."""
    number = newest_number(conn)
    if number != base:
        raise Refused("base_changed")
    summary = {"kind": kind, "counts": dict(counts), "file_room": content.file_room}
    row = {
        "id": uuid7(time),
        "number": number + 1,
        "base": base or None,
        "time": time,
        "actor": actor,
        "why": why,
        "files": content.files,
        "overrides": canonical({id: dict(fields) for id, fields in content.overrides.items()}),
        "room": content.room,
        "summary": canonical(summary),
    }
    record.put(conn, table, row, kind=KINDS[kind], actor=actor, time=time, act=act)
    return number + 1


def _head(row: RowMapping) -> Head:
    summary: dict[str, Any] = _json(row, "summary")
    overrides: dict[str, Fields] = _json(row, "overrides")
    counts = summary.get("counts", {})
    sound = isinstance(counts, dict) and all(isinstance(fields, dict) for fields in overrides.values())
    if not sound or summary.get("kind") not in KINDS:
        raise DamagedVersion(row["number"], "its summary or its overrides make no sense")
    return Head(
        number=row["number"],
        base=row["base"],
        kind=str(summary["kind"]),
        time=row["time"],
        actor=row["actor"],
        why=row["why"],
        room=row["room"],
        counts=counts,
        overrides=overrides,
        actor_name=row.get("display") or row["actor"],
    )


def _json(row: RowMapping, column: str) -> dict[str, Any]:
    try:
        value = json.loads(row[column])
    except (ValueError, TypeError, RecursionError) as error:
        raise DamagedVersion(row["number"], f"{column}: {error}") from error
    if not isinstance(value, dict):
        raise DamagedVersion(row["number"], f"{column} makes no sense")
    return value
