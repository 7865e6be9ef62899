"""The log for strangers: JSON lines or CSV with everything that goes into a row's hash, so that they can compute the chain anew.

Reads in portions: the log only grows, so no long transaction is needed. What the columns mean stands in docs/audit.md.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, select

from cityops_desktop.store.changes import HASHED
from cityops_desktop.store.schema import change

T = TypeVar("T")
Form = Literal["csv", "jsonl"]
PORTION = 500
COLUMNS = (*HASHED, "prev", "hash")


def portions(
    read: Callable[[Callable[[Connection], list[Any]]], list[Any]], upto: int, start: int | None, end: int | None
) -> Iterator[list[Any]]:
    """The rows up to `upto` with a time from `start` on and before `end`, oldest first. `read` asks the store."""
    last = 0
    while rows := read(_portion(last, upto, start, end)):
        yield rows
        last = rows[-1]["seq"]


def texts(rows: Iterable[list[Any]], form: Form) -> Iterator[str]:
    """Each portion as text; CSV begins with the names of its columns."""
    if form == "csv":
        yield _csv([COLUMNS])
    for portion in rows:
        values = [_values(row) for row in portion]
        yield _csv([list(one.values()) for one in values]) if form == "csv" else "".join(map(_line, values))


def _portion(last: int, upto: int, start: int | None, end: int | None) -> Callable[[Connection], list[Any]]:
    query = select(change).where(change.c.seq > last, change.c.seq <= upto)
    if start is not None:
        query = query.where(change.c.time >= start)
    if end is not None:
        query = query.where(change.c.time < end)
    query = query.order_by(change.c.seq).limit(PORTION)
    return lambda conn: list(conn.execute(query).mappings())


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name].hex() if isinstance(row[name], bytes) else row[name] for name in COLUMNS}


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
