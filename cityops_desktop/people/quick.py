"""Coming back to a console by PIN or badge: who may, for how long, and what a PIN and a badge must be. Opens no session.

The table `comeback` holds who logged in fully at which console. A row is made by a full log-in and lasts for twelve hours; logging out
takes it away (being replaced by a colleague, or left idle, does not). Three wrong PINs in a row end the PIN until the next full log-in.
"""

import hmac
import itertools
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from cityops_desktop.model.refused import Refused
from cityops_desktop.store.schema import account, comeback

KEPT_MS = 12 * 3_600_000
"""How long after the full log-in: a long shift."""
WRONG_PINS = 3
PIN_DIGITS = (6, 12)
BADGE_LENGTH = (6, 128)
KEY = "badge.key"
"""File in the data directory. Whoever has only the database cannot try all badge numbers against it."""
KEY_BYTES = 32


class Known(NamedTuple):
    """Somebody who may come back here."""

    id: str
    name: str
    display: str
    pin: str | None
    badge: str | None
    until: int
    wrong: int


def remember(conn: Connection, bound: str, account_id: str, time: int) -> None:
    """A full log-in at this console: from now on, and the PIN counts anew."""
    conn.execute(delete(comeback).where(comeback.c.until <= time))
    row = {"bound": bound, "account": account_id, "until": time + KEPT_MS, "wrong": 0}
    conn.execute(insert(comeback).values(row).on_conflict_do_update(index_elements=[comeback.c.bound, comeback.c.account], set_=row))


def forget(conn: Connection, account_id: str, bound: str | None = None, but: str | None = None) -> None:
    """This person may not come back: at one console, or (None) at all of them but one."""
    gone = delete(comeback).where(comeback.c.account == account_id)
    if bound is not None:
        gone = gone.where(comeback.c.bound == bound)
    if but is not None:
        gone = gone.where(comeback.c.bound != but)
    conn.execute(gone)


def known(conn: Connection, bound: str, time: int) -> list[Known]:
    """Everybody who may come back at this console, in the order of their names."""
    query = select(account, comeback.c.until, comeback.c.wrong).join(account, account.c.id == comeback.c.account)
    query = query.where(comeback.c.bound == bound, comeback.c.until > time, comeback.c.until <= time + KEPT_MS)
    rows = conn.execute(query.order_by(account.c.name_key)).mappings()
    return [Known(row["id"], row["name"], row["display"], row["pin"], row["badge"], row["until"], row["wrong"]) for row in rows]


def count(conn: Connection, bound: str, account_id: str) -> None:
    """A PIN is about to be tried: it counts as wrong until `right`. Refused(pin_ended) after three."""
    place = (comeback.c.bound == bound) & (comeback.c.account == account_id)
    done = conn.execute(update(comeback).where(place, comeback.c.wrong < WRONG_PINS).values(wrong=comeback.c.wrong + 1))
    if done.rowcount != 1:
        raise Refused("pin_ended").of(account=account_id)


def right(conn: Connection, bound: str, account_id: str) -> None:
    """The PIN was right."""
    conn.execute(update(comeback).where(comeback.c.bound == bound, comeback.c.account == account_id).values(wrong=0))


def require_pin(pin: str) -> None:
    """Six digits or more, no run and no short repetition (123456, 111111, 121212, 123123). Refused(weak_pin)."""
    least, most = PIN_DIGITS
    if not (least <= len(pin) <= most and pin.isascii() and pin.isdecimal()) or _obvious(pin):
        raise Refused("weak_pin", length=least)


def _obvious(pin: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    return steps in ({0}, {1}, {9}) or any(pin == (pin[:n] * len(pin))[: len(pin)] for n in (1, 2, 3))


def clean_badge(text: str) -> str:
    """A badge as its reader types it, without blanks and line ends around it. Refused(bad_badge)."""
    badge, (least, most) = text.strip(), BADGE_LENGTH
    if not least <= len(badge) <= most or not badge.isprintable():
        raise Refused("bad_badge", length=least)
    return badge


def badge_key(data: Path) -> bytes:
    """The key of this station's badges, from the private file in its data directory, which is made when there is none. OSError."""
    path = data / KEY
    try:
        text = path.read_bytes().strip()
    except FileNotFoundError:
        text = b""
    if len(text) != 2 * KEY_BYTES:
        text = secrets.token_hex(KEY_BYTES).encode()
        _write_private(path, text)
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"cityops badge").derive(text)


def badge_digest(key: bytes, badge: str) -> str:
    """What the store keeps of a badge."""
    return hmac.digest(key, badge.encode("utf-8", "surrogatepass"), "sha256").hex()


def holder(people: list[Known], digest: str) -> Known | None:
    """Whose badge it is among those who may come back."""
    found: Known | None = None
    for one in people:
        if one.badge is not None and hmac.compare_digest(one.badge, digest):
            found = one
    return found


def _write_private(path: Path, text: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
