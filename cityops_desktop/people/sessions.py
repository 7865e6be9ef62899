"""Sessions in records.db: opened, found by their token at the console where they were opened, closed. Of a token the SHA-256 is kept.

`Attention` knows in memory when each session was last used; nothing of that is written.
"""

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from cityops_desktop.clock import Clock
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Limited, Person, Way, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts
from cityops_desktop.people.policy import Policy
from cityops_desktop.store import changes, record
from cityops_desktop.store.schema import account, change, session

_AHEAD = 300_000
"""Milliseconds that the clock may be set back after a log-in. A session opened by a clock further ahead would outlive its shift."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a person gets at log-in. `expires` is UTC ms; the token is nowhere else. `replaced`: sessions of this console that it ended."""

    token: str
    id: str
    person: Person
    way: Way
    limited: Limited
    expires: int
    replaced: tuple[str, ...] = ()


class Open(NamedTuple):
    """A session that lasts now, with who has it."""

    id: str
    account: str
    display: str
    console: str
    bound: str
    way: Way
    limited: Limited
    opened: int
    expires: int


def start(
    conn: Connection,
    person: Person,
    *,
    console: str,
    bound: str,
    time: int,
    expires: int,
    way: Way = Way.FULL,
    limited: Limited = Limited.NOTHING,
) -> Session:
    """Open a session until `expires` at a console (`console` is its name for people, `bound` what proves that it is this one).

    A console has one person at a time: the session before it is closed.
    """
    close_expired(conn, time)
    before = tuple(conn.execute(select(session.c.id).where(session.c.bound == bound)).scalars())
    for old in before:
        close(conn, old, actor=person.id, time=time, why="replaced")
    token, session_id = secrets.token_urlsafe(32), uuid7(time)
    row: dict[str, Any] = {"id": session_id, "account": person.id, "console": console, "bound": bound, "way": way.value}
    row |= {"limited": limited.value, "digest": digest(token), "opened": time, "expires": expires}
    conn.execute(insert(session).values(row))
    body = {"console": console, "expires": expires, "way": way.value, "limited": limited.value, "proof": record.proof_of(row)}
    changes.append(conn, kind="session.opened", subject=f"session:{session_id}", actor=person.id, time=time, body=body)
    return Session(token, session_id, person, way, limited, expires, before)


def who(conn: Connection, token: str, bound: str, domain: str, time: int) -> Who | None:
    """Whose session this is, while it lasts, at the console where it was opened, with an account that may act.

    Refused(stolen_session) when it lasts at another console; the record then says whose it is.
    """
    row = conn.execute(select(session).where(session.c.digest == digest(token))).first()
    if row is None or not 0 < row.expires - time <= row.expires - row.opened + _AHEAD:
        return None
    if bound != row.bound:
        raise Refused("stolen_session").of(account=row.account, session=row.id, opened_at=row.console)
    found = accounts.by_id(conn, row.account, domain, time)
    if found is None or not accounts.usable(conn, found, time):
        return None
    return Who(found.person, row.id, row.console, Way(row.way), Limited(row.limited), time)


def still(conn: Connection, who: Who, domain: str, time: int) -> Person | None:
    """The person of a session that was good a moment ago, as the store says now; None when session or account have ended."""
    if conn.execute(select(session.c.id).where(session.c.id == who.session)).first() is None:
        return None
    found = accounts.by_id(conn, who.person.id, domain, time)
    return found.person if found is not None and accounts.usable(conn, found, time) else None


def open_sessions(conn: Connection, time: int, account_id: str | None = None) -> list[Open]:
    """The sessions that last now, of everybody or of one account, oldest first."""
    query = select(session, account.c.display).join(account, account.c.id == session.c.account).where(session.c.expires > time)
    if account_id is not None:
        query = query.where(session.c.account == account_id)
    return [_open(row) for row in conn.execute(query.order_by(session.c.opened, session.c.id)).mappings()]


def genuine(conn: Connection, time: int) -> list[Open]:
    """Those of `open_sessions` that the log knows: no session comes from writing into a file of a stopped station."""
    query = select(session, account.c.display).join(account, account.c.id == session.c.account).where(session.c.expires > time)
    return [_open(row) for row in conn.execute(query).mappings().all() if _told(conn, row)]


def _told(conn: Connection, row: RowMapping) -> bool:
    opened = select(change.c.body).where(change.c.subject == f"session:{row['id']}", change.c.kind == "session.opened")
    proofs = [json.loads(body).get("proof") for body in conn.execute(opened).scalars()]
    return proofs == [record.proof_of(row)]


def bound_of(conn: Connection, session_id: str) -> str | None:
    """At which console a session was opened; None when it has ended."""
    return conn.execute(select(session.c.bound).where(session.c.id == session_id)).scalar()


def limit(conn: Connection, session_id: str, limited: Limited) -> None:
    """What this session must do from now on before anything else."""
    conn.execute(update(session).where(session.c.id == session_id).values(limited=limited.value))


def end(conn: Connection, token: str, bound: str, time: int) -> RowMapping | None:
    """Close a session by its token at its console; an unknown or a foreign one is nothing to do. The row that it was."""
    row = conn.execute(select(session).where(session.c.digest == digest(token), session.c.bound == bound)).mappings().first()
    if row is not None:
        close(conn, row["id"], actor=row["account"], time=time, why="logout")
    return row


def close(conn: Connection, session_id: str, *, actor: str, time: int, why: str) -> bool:
    """Close a session by its id; False for an unknown one. `why`: logout, revoked, replaced, idle, expired, password, disabled."""
    row = conn.execute(select(session).where(session.c.id == session_id)).first()
    if row is None:
        return False
    conn.execute(delete(session).where(session.c.id == session_id))
    body = {"console": row.console, "account": row.account, "why": why}
    changes.append(conn, kind="session.closed", subject=f"session:{session_id}", actor=actor, time=time, body=body)
    return True


def close_all(conn: Connection, account_id: str, *, actor: str, time: int, why: str, but: str = "") -> None:
    """Close every session of an account but one."""
    for session_id in conn.execute(select(session.c.id).where(session.c.account == account_id, session.c.id != but)).scalars().all():
        close(conn, session_id, actor=actor, time=time, why=why)


def close_expired(conn: Connection, time: int) -> None:
    """Close what has come to its end."""
    for session_id in conn.execute(select(session.c.id).where(session.c.expires <= time)).scalars().all():
        close(conn, session_id, actor="station", time=time, why="expired")


def digest(token: str) -> bytes:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def idle_limit(way: Way, policy: Policy) -> int:
    """Seconds after which a session that nobody uses is ended."""
    return policy.idle_seconds if way is Way.FULL else min(policy.quick_seconds, policy.idle_seconds)


@dataclass(slots=True)
class _Use:
    way: Way
    expires: int
    last: float


class Attention:
    """When each open session was last used, and whose token was tried from elsewhere. In memory; thread-safe; never blocks."""

    def __init__(self, clock: Clock, policy: Callable[[], Policy]) -> None:
        self._clock = clock
        self._policy = policy
        self._lock = threading.Lock()
        self._uses: dict[str, _Use] = {}
        self._foreign: dict[str, int] = {}

    def load(self, found: Iterable[Open]) -> None:
        """Sessions of an earlier run of the station: they are idle from now on."""
        for one in found:
            self.opened(one.id, one.way, one.expires)

    def opened(self, session_id: str, way: Way, expires: int) -> None:
        """A new session, used now."""
        with self._lock:
            self._uses[session_id] = _Use(way, expires, self._clock.monotonic())

    def touch(self, session_id: str) -> None:
        """Somebody did something there."""
        with self._lock:
            use = self._uses.get(session_id)
            if use is not None:
                use.last = self._clock.monotonic()

    def forget(self, *session_ids: str) -> None:
        """These have ended."""
        with self._lock:
            for session_id in session_ids:
                self._uses.pop(session_id, None)
                self._foreign.pop(session_id, None)

    def idle(self, session_id: str) -> int:
        """Seconds since it was last used."""
        with self._lock:
            use = self._uses.get(session_id)
            return int(self._clock.monotonic() - use.last) if use is not None else 0

    def over(self, session_id: str) -> bool:
        """Has it been left alone for too long, or does this run of the station not know it?"""
        with self._lock:
            use = self._uses.get(session_id)
            return use is None or self._idle_over(use)

    def left(self) -> Mapping[str, str]:
        """Sessions that the station must end now, and why: idle or expired. Each is told until it is forgotten."""
        now = self._clock.wall()
        with self._lock:
            expired = {id: "expired" for id, use in self._uses.items() if use.expires <= now}
            return {id: "idle" for id, use in self._uses.items() if self._idle_over(use)} | expired

    def tried_elsewhere(self, session_id: str) -> None:
        """Its token came from another console."""
        with self._lock:
            self._foreign[session_id] = self._clock.wall()

    def elsewhere(self, session_id: str) -> int | None:
        """When its token was last tried from another console, since the station started (UTC ms)."""
        with self._lock:
            return self._foreign.get(session_id)

    def _idle_over(self, use: _Use) -> bool:
        return self._clock.monotonic() - use.last >= idle_limit(use.way, self._policy())


def _open(row: RowMapping) -> Open:
    return Open(
        row["id"],
        row["account"],
        row["display"],
        row["console"],
        row["bound"],
        Way(row["way"]),
        Limited(row["limited"]),
        row["opened"],
        row["expires"],
    )
