"""Two persons: acts that wait for the consent of somebody else, each bound to its exact content by a digest. Carries nothing out.

The table `approval` keeps them for the record. What still waits is known by `Waiting` as well, in memory and by the monotonic clock:
neither a clock that is set back nor a restart of the station makes a consent possible for longer. Rights are decided elsewhere
(rights.TWO_PERSONS, rights.CONFIRM; station/acts/approvals.py asks for them).
"""

import hashlib
import hmac
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from cityops_desktop.clock import Clock
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import ocra
from cityops_desktop.store import changes, record
from cityops_desktop.store.schema import approval as table


class State(StrEnum):
    """What became of an approval; each leaves OPEN once."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Consent(StrEnum):
    """How the second person agreed: at a console, by password, or by the answer of an authenticator that was read over the phone."""

    LOCAL = "local"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Approval:
    """An act that waits. `act` is its canonical JSON; times are UTC ms."""

    id: str
    kind: str
    act: str
    digest: str
    initiator: str
    console: str
    opened: int
    expires: int

    @property
    def challenge(self) -> str:
        """Eight digits that stand for the digest."""
        return ocra.derived(bytes.fromhex(self.digest))


def prepared(kind: str, act: Mapping[str, object], initiator: str, console: str, domain: str, time: int, seconds: int) -> Approval:
    """An approval for this act, from now on; not kept yet."""
    id, text, expires = uuid7(time), changes.canonical(act), time + seconds * 1000
    return Approval(id, kind, text, digest(id, text, domain, initiator, time, expires), initiator, console, time, expires)


def digest(id: str, act: str, domain: str, initiator: str, opened: int, expires: int) -> str:
    """SHA-256 that names exactly this act of this person, here and now."""
    return hashlib.sha256(changes.canonical([id, act, domain, initiator, opened, expires]).encode()).hexdigest()


def put(conn: Connection, new: Approval, how: Mapping[str, object]) -> list[str]:
    """Keep it. Another of the same kind and person that waits is withdrawn; the ids of those."""
    waiting = conn.execute(
        select(table.c.id).where(table.c.state == State.OPEN.value, table.c.kind == new.kind, table.c.initiator == new.initiator)
    )
    replaced = list(waiting.scalars())
    for old in replaced:
        close(conn, old, State.WITHDRAWN, actor=new.initiator, time=new.opened, how={"replaced": new.id})
    row: dict[str, Any] = {"id": new.id, "kind": new.kind, "act": new.act, "digest": new.digest, "initiator": new.initiator}
    row |= {
        "console": new.console,
        "opened": new.opened,
        "expires": new.expires,
        "state": State.OPEN.value,
        "confirmer": None,
        "way": None,
        "closed": None,
    }
    record.put(conn, table, row, kind="approval.opened", actor=new.initiator, time=new.opened, act=how)
    return replaced


def standing(conn: Connection, id: str) -> Approval:
    """The approval, if it still waits by the record. Refused: no_such_approval, approval_closed."""
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise Refused("no_such_approval")
    if row["state"] != State.OPEN:
        raise Refused("approval_closed").of(state=row["state"])
    return Approval(*(row[name] for name in Approval.__slots__))


def require_exact(found: Approval, given: str, domain: str) -> None:
    """Does whoever agrees name this very act, and is it still what it was when it was opened? Refused(other_act)."""
    right = digest(found.id, found.act, domain, found.initiator, found.opened, found.expires)
    if not (hmac.compare_digest(found.digest, right) and hmac.compare_digest(given, right)):
        raise Refused("other_act")


def require_in_window(found: Approval, time: int, seconds: int) -> None:
    """Refused(approval_expired) after its end, and after the window of its kind."""
    if time >= min(found.expires, found.opened + seconds * 1000):
        raise Refused("approval_expired")


def close(conn: Connection, id: str, state: State, *, actor: str, time: int, how: Mapping[str, object]) -> None:
    """It waits no more, and was not agreed to."""
    values = {"state": state.value, "closed": time}
    record.amend(conn, table, id, values, kind=f"approval.{state}", actor=actor, time=time, act=how)


def confirm(conn: Connection, id: str, confirmer: str, way: Consent, *, time: int, how: Mapping[str, object]) -> None:
    """The second person agreed. Belongs into the transaction of the act."""
    values: dict[str, Any] = {"state": State.CONFIRMED.value, "confirmer": confirmer, "way": way.value, "closed": time}
    record.amend(conn, table, id, values, kind="approval.confirmed", actor=confirmer, time=time, act=how)


def expire(conn: Connection, time: int, only: str | None = None) -> None:
    """One approval, or (None) every one that waits, waits no more."""
    waiting = select(table.c.id).where(table.c.state == State.OPEN.value)
    if only is not None:
        waiting = waiting.where(table.c.id == only)
    for id in list(conn.execute(waiting).scalars()):
        close(conn, id, State.EXPIRED, actor="station", time=time, how={})


class Waiting:
    """The approvals that wait in this run of the station, each with its end. In memory; thread-safe; never blocks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: dict[str, tuple[Approval, float]] = {}

    def add(self, new: Approval) -> None:
        """From now on."""
        seconds = (new.expires - new.opened) / 1000
        with self._lock:
            self._ends[new.id] = (new, self._clock.monotonic() + seconds)

    def forget(self, *ids: str) -> None:
        """These wait no more."""
        with self._lock:
            for id in ids:
                self._ends.pop(id, None)

    def require(self, id: str) -> None:
        """Refused(approval_expired) when it has come to its end, or waited in an earlier run."""
        with self._lock:
            if id not in self._ends or self._over(*self._ends[id]):
                raise Refused("approval_expired")

    def open(self) -> list[Approval]:
        """Those that can be agreed to, oldest first."""
        with self._lock:
            return [one for one, end in self._ends.values() if not self._over(one, end)]

    def over(self) -> list[str]:
        """Those that have come to their end and must be closed."""
        with self._lock:
            return [id for id, (one, end) in self._ends.items() if self._over(one, end)]

    def _over(self, one: Approval, end: float) -> bool:
        return self._clock.monotonic() >= end or self._clock.wall() >= one.expires
