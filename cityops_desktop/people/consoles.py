"""Remote consoles in records.db: invited by a code that is good once and for minutes, paired by it, revoked. No secret is kept in clear.

Of a pairing code and of a console's token only the SHA-256 is kept, in the same column: a row has the one until it has the other.
"""

import base64
import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import sessions
from cityops_desktop.store import record
from cityops_desktop.store.schema import comeback, console, session

CODE_MS = 600_000
"""How long a pairing code is good."""
MOST_WAITING = 50
"""Codes that may be open at one time."""
_CODE = "code:"
_AHEAD = 300_000
"""Milliseconds that the clock may be set back after a code was made; one made further ahead would be good for longer."""


class Paired(NamedTuple):
    """A console that has just been let in; the token is nowhere else."""

    id: str
    name: str
    token: str


def digest(secret: str) -> str:
    """What the store keeps of a code or a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_code() -> str:
    """128 bits that a person can read out: capital letters and digits."""
    return base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")


def invite(conn: Connection, name: str, code: str, *, actor: str, time: int) -> tuple[str, int]:
    """Wait for a console that shows this code; its id, and until when (UTC ms). Refused(too_many_codes)."""
    if len(_waiting(conn, time)) >= MOST_WAITING:
        raise Refused("too_many_codes")
    row = {"id": uuid7(time), "name": name, "token": _CODE + digest(code), "paired": None, "created": time, "expires": time + CODE_MS}
    record.put(conn, console, {**row, "revoked": None}, kind="console.invited", actor=actor, time=time)
    return str(row["id"]), time + CODE_MS


def pair(conn: Connection, code: str, *, address: str, time: int) -> Paired:
    """Let the console that shows this code in, once. Refused(wrong_pairing_code)."""
    wanted = _CODE + digest(code.strip().upper())
    row = next((one for one in _waiting(conn, time) if one.token == wanted), None)
    if row is None:
        raise Refused("wrong_pairing_code")
    token = secrets.token_urlsafe(32)
    values = {"token": digest(token), "paired": time, "expires": None}
    actor = f"console:{row.name}"
    record.amend(conn, console, row.id, values, kind="console.paired", actor=actor, time=time, act={"address": address})
    return Paired(row.id, row.name, token)


def revoke(conn: Connection, console_id: str, *, actor: str, time: int) -> None:
    """Shut a console out, or take its code back; its sessions and its ways back by PIN or badge end. Refused(no_such_console)."""
    row = conn.execute(select(console).where(console.c.id == console_id, console.c.revoked.is_(None))).first()
    if row is None:
        raise Refused("no_such_console")
    record.amend(conn, console, console_id, {"revoked": time}, kind="console.revoked", actor=actor, time=time)
    prefix = f"{console_id}:"
    for session_id in conn.execute(select(session.c.id).where(session.c.bound.startswith(prefix, autoescape=True))).scalars().all():
        sessions.close(conn, session_id, actor=actor, time=time, why="revoked")
    conn.execute(delete(comeback).where(comeback.c.bound.startswith(prefix, autoescape=True)))


def tokens(conn: Connection) -> dict[str, str]:
    """The digests of the tokens that are good, with the consoles' ids."""
    query = select(console.c.token, console.c.id).where(console.c.paired.is_not(None), console.c.revoked.is_(None))
    return {str(token): str(console_id) for token, console_id in conn.execute(query)}


class _Waiting(NamedTuple):
    id: str
    name: str
    token: str


def _waiting(conn: Connection, time: int) -> list[_Waiting]:
    """Codes that are good now."""
    query = select(console).where(console.c.paired.is_(None), console.c.revoked.is_(None), console.c.expires > time)
    return [_Waiting(row.id, row.name, row.token) for row in conn.execute(query) if row.created <= time + _AHEAD]
