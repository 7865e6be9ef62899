"""Rows that people change: each write of one is a change row with all of it, in the same transaction. Decides no right.

So the change log alone says what every such row must hold now; `audit verify` compares. Secrets stand in the log as a digest, and
what changes by mere use (columns marked volatile) does not stand there at all.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select
from sqlalchemy.dialects.sqlite import insert

from cityops_desktop.store import changes

ACT = "how"
"""The key of a change row's body that says how it came about (console, command, why); all others are columns, none is called so."""


def put(
    conn: Connection, table: Table, row: Mapping[str, Any], *, kind: str, actor: str, time: int, act: Mapping[str, object] | None = None
) -> int:
    """Write a whole row of one of `recorded.RECORDS` (its key is `id`) and its change row; returns the change's seq."""
    conn.execute(insert(table).values(dict(row)).on_conflict_do_update(index_elements=[table.c.id], set_=dict(row)))
    body = told(table, row) | ({ACT: dict(act)} if act else {})
    return changes.append(conn, kind=kind, subject=subject(table, row["id"]), actor=actor, time=time, body=body)


def amend(
    conn: Connection,
    table: Table,
    id: str,
    values: Mapping[str, Any],
    *,
    kind: str,
    actor: str,
    time: int,
    act: Mapping[str, object] | None = None,
) -> int:
    """Change some columns of an existing row. KeyError when there is none."""
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise KeyError(id)
    return put(conn, table, {**row, **values}, kind=kind, actor=actor, time=time, act=act)


def subject(table: Table, id: str) -> str:
    """The subject under which the change log keeps this row."""
    return f"{table.name}:{id}"


def told(table: Table, row: Mapping[str, Any] | RowMapping) -> dict[str, object]:
    """What the change log says of a row: every column but volatile ones, secrets and long contents as "sha256:…"."""
    return {
        column.name: _digest(row[column.name]) if column.info.get("secret") or column.info.get("digest") else row[column.name]
        for column in table.columns
        if not column.info.get("volatile")
    }


def proof_of(session: Mapping[str, Any] | RowMapping) -> str:
    """What the log keeps of a session's row, which is no record: nobody gets one by writing into the file."""
    names = ("digest", "id", "account", "bound", "way", "opened", "expires")
    values = [row.hex() if isinstance(row := session[name], bytes) else row for name in names]
    return hashlib.sha256(changes.canonical(values).encode("utf-8", "surrogatepass")).hexdigest()


def _digest(value: str | bytes | None) -> str | None:
    if value is None:
        return None
    return "sha256:" + hashlib.sha256(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")).hexdigest()
