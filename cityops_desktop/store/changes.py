"""The change log: append-only, each row bound to the one before by its hash. Written inside the transaction of what it tells.

A row's hash is SHA-256 over the canonical JSON array [seq, id, kind, subject, rev, actor, time, origin, body, prev] in UTF-8, where `body`
is the row's text as stored and `prev` the previous row's hash in hex (64 zeros for the first row).
"""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, func, insert, select

from cityops_desktop.model.canonical import canonical as canonical  # the text that is hashed; part of this module for those who write rows
from cityops_desktop.model.ids import uuid7
from cityops_desktop.store.schema import change
from cityops_desktop.store.sqlite import origin_of

FIRST_PREV = bytes(32)
HASHED = ("seq", "id", "kind", "subject", "rev", "actor", "time", "origin", "body")
"""The columns that go into a row's hash, in this order; `prev` comes last."""
_NEWEST = select(change.c.seq, change.c.hash).order_by(change.c.seq.desc()).limit(1)
_NEWEST_OF = select(func.max(change.c.rev)).where(change.c.subject == bindparam("of"))
_ADD = insert(change)
"""Made once: making a statement costs more than carrying it out, and a storm of alarms writes a thousand rows."""


def append(conn: Connection, *, kind: str, subject: str, actor: str, time: int, body: Mapping[str, object]) -> int:
    """Add a row in the caller's transaction and return its seq. `time` is UTC ms, `actor` an account's id, "station" or "console:<name>".

    `rev` counts the rows of a subject from 1. Must only be called by a job of the writer thread: seq order is then commit order.
    """
    last = conn.execute(_NEWEST).first()
    seq, prev = (last.seq + 1, last.hash) if last else (1, FIRST_PREV)
    rev = (conn.execute(_NEWEST_OF, {"of": subject}).scalar() or 0) + 1
    row_id, text = uuid7(time), canonical(body)
    row = {"seq": seq, "id": row_id, "kind": kind, "subject": subject, "rev": rev, "actor": actor, "time": time}
    row |= {"origin": origin_of(conn), "body": text}
    conn.execute(_ADD, row | {"prev": prev, "hash": digest([row[name] for name in HASHED], prev)})
    return seq


def newest_kind(conn: Connection, prefix: str) -> str | None:
    """The kind of the newest row whose kind begins with this; None when there is none."""
    newest = select(change.c.kind).where(change.c.kind.startswith(prefix, autoescape=True)).order_by(change.c.seq.desc()).limit(1)
    return conn.execute(newest).scalar()


def verify(conn: Connection) -> int | None:
    """The seq of the first row that is missing, altered or out of place; None when the whole chain holds.

    Rows cut off at the end leave a sound, shorter chain: only a head kept elsewhere can tell.
    """
    expected, prev = 1, FIRST_PREV
    for row in conn.execute(select(change).order_by(change.c.seq)).mappings().yield_per(500):
        found = digest([row[name] for name in HASHED], prev)
        if row["seq"] != expected or row["prev"] != prev or row["hash"] != found:
            return expected
        expected, prev = expected + 1, found
    return None


def digest(values: Sequence[object], prev: bytes) -> bytes:
    """The hash of a row by its `HASHED` columns and the hash of the row before."""
    return hashlib.sha256(canonical([*values, prev.hex()]).encode()).digest()
