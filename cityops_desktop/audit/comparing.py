"""The tables against the log: every row must be what its newest change row says. Two sorted streams side by side, one row of each."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Table

from cityops_desktop.audit.report import Finding
from cityops_desktop.store import alarms, record
from cityops_desktop.store.recorded import RECORDS
from cityops_desktop.store.schema import alarm, session

_ALARM = frozenset({"key", "state", "raised"})
"""A row about an alarm that has these in its body tells all of it."""


class _Told(NamedTuple):
    id: str
    seq: int
    origin: object
    body: Mapping[str, object]


def compare(conn: Any, found: Callable[[Finding], None]) -> None:
    """Every table that people change, and the alarms; from a raw connection."""
    for table in (*RECORDS, alarm):
        _compare(conn, table, found)
    _sessions(conn, found)


def counts(conn: Any, found: Callable[[Finding], None]) -> None:
    """Revisions of a subject count from 1 without gaps; what is missing is so named by its subject, too."""
    odd = "SELECT subject FROM change GROUP BY subject HAVING count(*) != max(rev) OR min(rev) != 1"
    for (subject,) in conn.execute(odd):
        found(Finding("revisions", subject=str(subject)))


def _compare(conn: Any, table: Table, found: Callable[[Finding], None]) -> None:
    """Both streams run from the highest id to the lowest: so the index on (subject, rev) serves as it is."""
    told, rows = _newest(conn, table), _rows(conn, table)
    said, row = next(told, None), next(rows, None)
    while said is not None or row is not None:
        if row is None or (said is not None and said.id > str(row["id"])):
            assert said is not None
            found(Finding("record_missing", said.seq, subject=record.subject(table, said.id)))
            said = next(told, None)
        elif said is None or said.id < str(row["id"]):
            found(Finding("record_untold", subject=record.subject(table, str(row["id"]))))
            row = next(rows, None)
        else:
            _alike(table, row, said, found)
            said, row = next(told, None), next(rows, None)


def _sessions(conn: Any, found: Callable[[Finding], None]) -> None:
    """Sessions that last were opened in the log, with this very token, account and console."""
    for row in _rows(conn, session):
        opened = "SELECT seq, body FROM change WHERE subject = ? AND kind = 'session.opened'"
        told = conn.execute(opened, (f"session:{row['id']}",)).fetchall()
        try:
            proof = record.proof_of(row)
        except (TypeError, ValueError):  # a value of another type than this program ever writes
            proof = ""
        if not told:
            found(Finding("record_untold", subject=f"session:{row['id']}"))
        elif [_object(text).get("proof") for _, text in told] != [proof]:
            found(Finding("record_differs", told[0][0], subject=f"session:{row['id']}", detail="?"))


def _alike(table: Table, row: dict[str, Any], said: _Told, found: Callable[[Finding], None]) -> None:
    wanted = {name: value for name, value in said.body.items() if name != record.ACT}
    try:
        holds = alarms.told(row) | {"origin": row["origin"]} if table is alarm else record.told(table, row)
    except (TypeError, ValueError, AttributeError):  # a value of another type than this program ever writes
        found(Finding("record_differs", said.seq, subject=record.subject(table, said.id), detail="?"))
        return
    if table is alarm:
        wanted["origin"] = said.origin
    names = [
        name for name in (*holds, *(wanted.keys() - holds.keys())) if not (name in holds and name in wanted and holds[name] == wanted[name])
    ]
    if names:
        found(Finding("record_differs", said.seq, subject=record.subject(table, said.id), detail=", ".join(names)))


def _rows(conn: Any, table: Table) -> Iterator[dict[str, Any]]:
    names = [column.name for column in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    for values in conn.execute(f'SELECT {columns} FROM "{table.name}" ORDER BY id DESC'):
        yield dict(zip(names, values, strict=True))


def _newest(conn: Any, table: Table) -> Iterator[_Told]:
    """The newest row of each subject that tells all of a record: bodies name their own id (an alarm's its state)."""
    between = (f"{table.name}:", f"{table.name};")
    query = "SELECT subject, seq, origin, body FROM change WHERE subject >= ? AND subject < ? ORDER BY subject DESC, rev DESC"
    last = ""
    for subject, seq, origin, text in conn.execute(query, between):
        id = str(subject).partition(":")[2]
        if id == last:
            continue
        body = _object(text)
        if body.keys() >= _ALARM if table is alarm else body.get("id") == id:
            last = id
            yield _Told(id, seq, origin, body)


def _object(text: object) -> dict[str, object]:
    try:
        found = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
