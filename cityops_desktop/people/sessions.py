"""Sessions in records.db: opened, found by their token, closed. Only the SHA-256 of a token is kept."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Person
from cityops_desktop.people import accounts
from cityops_desktop.store import changes
from cityops_desktop.store.schema import session

LIFETIME = 12 * 3600 * 1000
"""Milliseconds: one shift."""
_AHEAD = 300_000
"""Milliseconds that the clock may be set back after a log-in. A session opened by a clock further ahead would outlive its shift."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a person gets at log-in. `expires` is UTC ms; the token is nowhere else."""

    token: str
    person: Person
    expires: int


def start(conn: Connection, person: Person, console: str, time: int) -> Session:
    """Open a session at a console; those that have expired are cleared away."""
    conn.execute(delete(session).where(session.c.expires <= time))
    token, session_id, expires = secrets.token_urlsafe(32), uuid7(time), time + LIFETIME
    row = {"id": session_id, "account": person.id, "console": console, "opened": time, "expires": expires}
    conn.execute(insert(session).values(digest=_digest(token), **row))
    body = {"console": console, "expires": expires}
    changes.append(conn, kind="session.opened", subject=f"session:{session_id}", actor=person.id, time=time, body=body)
    return Session(token, person, expires)


def person_of(conn: Connection, token: str, console: str | None, time: int) -> Person | None:
    """Whose session this is, while it lasts, at the console where it was opened (None = whichever), with an account that is enabled."""
    row = conn.execute(select(session).where(session.c.digest == _digest(token))).first()
    if row is None or not 0 < row.expires - time <= LIFETIME + _AHEAD or console not in (None, row.console):
        return None
    found = accounts.by_id(conn, row.account)
    return found.person if found is not None and found.person.enabled else None


def end(conn: Connection, token: str, time: int) -> None:
    """Close a session; an unknown one is nothing to do."""
    row = conn.execute(select(session).where(session.c.digest == _digest(token))).first()
    if row is None:
        return
    conn.execute(delete(session).where(session.c.digest == row.digest))
    body = {"console": row.console}
    changes.append(conn, kind="session.closed", subject=f"session:{row.id}", actor=row.account, time=time, body=body)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
