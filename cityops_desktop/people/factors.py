"""Second factors and what proves them, by kind; recovery codes. Reads and writes the table `factor`; decides no right.

A kind is one line of `KINDS`: how it is begun, how the person proves that it works, how it is proved at log-in. What `used` means is
the kind's own (TOTP: the last time step that was accepted); it is written where the code is accepted, in the same transaction.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Connection, select, update

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import fido, ocra
from cityops_desktop.store import record
from cityops_desktop.store.schema import factor

STEP_SECONDS = 30
DIGITS = 6
AROUND = 1
"""Time steps before and after the present one whose code is accepted, too (RFC 6238, 5.2: the clocks differ)."""
SECRET_BYTES = 20
ISSUER = "CityOps Desktop"
BEGUN_MS = 900_000
"""How long a factor that was begun waits to be confirmed."""
AUTHENTICATOR = "authenticator"
USB_KEY = "fido2"
RECOVERY = "recovery"
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10
RECOVERY_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without what is misread on paper: 0 and O, 1 and I. 32 letters, so a code has 50 bits."""


class Held(NamedTuple):
    """What the store keeps of a factor that matters to its kind."""

    secret: str
    used: int | None


class Begun(NamedTuple):
    """A factor that was begun: what is kept, and what the person is told once."""

    secret: str
    data: Mapping[str, str | int | float]


Proof = Callable[[Held, str, int], Held | None]
"""Does this code (of a person, now: UTC ms) prove the factor? What is kept from now on, or None."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`begin` gets the account's name. `second`: asked for at every log-in, so it counts as a second factor."""

    begin: Callable[[str], Begun]
    confirm: Proof
    prove: Proof
    second: bool


def totp_code(secret: bytes, seconds: int, digits: int = DIGITS) -> str:
    """The code of RFC 6238 (SHA-1) at this moment."""
    return _totp(secret, digits).generate(seconds).decode("ascii")


def _totp(secret: bytes, digits: int = DIGITS) -> TOTP:
    return TOTP(secret, digits, SHA1(), STEP_SECONDS, enforce_key_length=False)


def _totp_begin(name: str) -> Begun:
    secret = secrets.token_bytes(SECRET_BYTES)
    text = base64.b32encode(secret).decode("ascii")
    return Begun(text, {"secret": text, "uri": _totp(secret).get_provisioning_uri(name, ISSUER)})


def _totp_prove(held: Held, code: str, time: int) -> Held | None:
    """The step that was accepted is accepted no more, nor is one before it."""
    given = "".join(code.split())
    if len(given) != DIGITS or not (given.isascii() and given.isdecimal()):
        return None
    secret, now = base64.b32decode(held.secret), time // 1000 // STEP_SECONDS
    found = None
    for step in range(max(0, now - AROUND), now + AROUND + 1):
        right = hmac.compare_digest(totp_code(secret, step * STEP_SECONDS), given)
        if right and found is None and (held.used is None or step > held.used):
            found = step
    return None if found is None else held._replace(used=found)


def _authenticator_begin(name: str) -> Begun:
    secret = ocra.new_secret()
    data = {"secret": ocra.shown(secret), "uri": ocra.uri(secret, name, ISSUER), "challenge": ocra.first_challenge(secret)}
    return Begun(secret, data)


def _authenticator_confirm(held: Held, code: str, time: int) -> Held | None:
    used = ocra.accepted(held.secret, ocra.first_challenge(held.secret), code, time, held.used)
    return None if used is None else held._replace(used=used)


def _never(_held: Held, _code: str, _time: int) -> Held | None:
    """An authenticator answers challenges (`answered`), it is not asked for at a log-in."""
    return None


def _usb_key_begin(name: str) -> Begun:
    challenge, options = fido.creation(name)
    return Begun(challenge, {"options": options})


def _usb_key_confirm(held: Held, code: str, _time: int) -> Held | None:
    key = fido.registered(held.secret, code)
    return None if key is None else Held(key.kept, key.counter)


def _usb_key_prove(held: Held, code: str, _time: int) -> Held | None:
    """That it was asked a moment ago is seen by the door (people/login.py)."""
    counter = fido.asserted(held.secret, held.used, code) if fido.is_answer(code) else None
    return None if counter is None else held._replace(used=counter)


KINDS: dict[str, Kind] = {
    "totp": Kind(_totp_begin, _totp_prove, _totp_prove, second=True),
    AUTHENTICATOR: Kind(_authenticator_begin, _authenticator_confirm, _never, second=False),
    USB_KEY: Kind(_usb_key_begin, _usb_key_confirm, _usb_key_prove, second=True),
}


def second_factors(conn: Connection, account_id: str) -> list[Mapping[str, Any]]:
    """The rows of this account's factors that a log-in asks for."""
    return [row for row in of(conn, account_id) if row["confirmed"] is not None and row["kind"] in KINDS and KINDS[row["kind"]].second]


def of(conn: Connection, account_id: str) -> list[Mapping[str, Any]]:
    """Every factor of an account that has not ended, confirmed or only begun, oldest first."""
    query = select(factor).where(factor.c.account == account_id, factor.c.ended.is_(None)).order_by(factor.c.created, factor.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def own(conn: Connection, account_id: str, factor_id: str) -> Mapping[str, Any]:
    """This factor of this account. Refused(no_such_factor)."""
    row = next((row for row in of(conn, account_id) if row["id"] == factor_id), None)
    if row is None:
        raise Refused("no_such_factor")
    return row


def proved(conn: Connection, account_id: str, code: str, time: int) -> Callable[[Connection, str], None] | None:
    """Which factor this code proves: what must be done in the transaction that relies on it (there it is proved again). None: none."""
    for row in of(conn, account_id):
        if row["confirmed"] is not None and _accepted(row, code, time) is not None:
            return lambda conn, actor, id=row["id"]: _accept(conn, account_id, id, code, time, actor)  # type: ignore[misc]
    return None


def answered(conn: Connection, account_id: str, challenge: str, answer: str, time: int) -> Callable[[Connection, str], None] | None:
    """Which of an account's authenticators gave this answer to the challenge: what must be done in the transaction that relies on it.

    None: none of them. That raises Refused(wrong_answer) when the same answer was used in between.
    """
    ready = [row for row in of(conn, account_id) if row["kind"] == AUTHENTICATOR and row["confirmed"] is not None]
    for row in ready:
        if ocra.accepted(row["secret"], challenge, answer, time, row["used"]) is not None:
            return lambda conn, actor, id=row["id"]: _answer(conn, account_id, id, challenge, answer, time, actor)  # type: ignore[misc]
    return None


def _answer(conn: Connection, account_id: str, factor_id: str, challenge: str, answer: str, time: int, actor: str) -> None:
    row = own(conn, account_id, factor_id)
    used = ocra.accepted(row["secret"], challenge, answer, time, row["used"])
    if used is None:
        raise Refused("wrong_answer").of(account=account_id)
    keep(conn, row, Held(row["secret"], used), kind="factor.authenticator_used", actor=actor, time=time)


def _accepted(row: Mapping[str, Any], code: str, time: int) -> Held | None:
    held = Held(row["secret"], row["used"])
    if row["kind"] == RECOVERY:
        return _recovery_prove(held, code, time)
    kind = KINDS.get(row["kind"])
    return kind.prove(held, code, time) if kind is not None and kind.second else None


def _accept(conn: Connection, account_id: str, factor_id: str, code: str, time: int, actor: str) -> None:
    """Refused(wrong_code) when somebody else was faster with the same code."""
    row = own(conn, account_id, factor_id)
    held = _accepted(row, code, time)
    if held is None:
        raise Refused("wrong_code").of(account=account_id)
    keep(conn, row, held, kind=f"factor.{row['kind']}_used", actor=actor, time=time)


def keep(conn: Connection, row: Mapping[str, Any], held: Held, *, kind: str, actor: str, time: int) -> None:
    """What a proof has changed: `used` changes by mere use and is no act, a changed secret is one."""
    if held.secret != row["secret"]:
        record.amend(conn, factor, row["id"], {"secret": held.secret, "used": held.used}, kind=kind, actor=actor, time=time)
    else:
        conn.execute(update(factor).where(factor.c.id == row["id"]).values(used=held.used))


def begin(conn: Connection, account_id: str, kind: str, name: str, begun: Begun, time: int) -> str:
    """Keep a factor that waits to be confirmed; an earlier one of the same kind that waits is given up. Its id."""
    for row in of(conn, account_id):
        if row["kind"] == kind and row["confirmed"] is None:
            end(conn, row["id"], actor=account_id, time=time)
    new: dict[str, Any] = {"id": uuid7(time), "account": account_id, "kind": kind, "name": name, "secret": begun.secret}
    new |= {"confirmed": None, "used": None, "created": time, "ended": None}
    record.put(conn, factor, new, kind="factor.begun", actor=account_id, time=time)
    return str(new["id"])


def confirm(conn: Connection, account_id: str, factor_id: str, code: str, time: int) -> str | None:
    """The person proves that it works. With the first second factor come recovery codes (joined by blanks), shown once.

    Refused: no_such_factor (also one begun too long ago), wrong_code.
    """
    row = own(conn, account_id, factor_id)
    kind = KINDS.get(row["kind"])
    if kind is None or row["confirmed"] is not None or not -BEGUN_MS <= time - row["created"] <= BEGUN_MS:
        raise Refused("no_such_factor")
    held = kind.confirm(Held(row["secret"], row["used"]), code, time)
    if held is None:
        raise Refused("wrong_code")
    values = {"secret": held.secret, "used": held.used, "confirmed": time}
    record.amend(conn, factor, factor_id, values, kind="factor.confirmed", actor=account_id, time=time)
    if not kind.second or any(other["kind"] == RECOVERY for other in of(conn, account_id)):
        return None
    return _recovery(conn, account_id, time)


def end(conn: Connection, factor_id: str, *, actor: str, time: int) -> None:
    """Give a factor up. KeyError when there is none."""
    record.amend(conn, factor, factor_id, {"ended": time}, kind="factor.ended", actor=actor, time=time)


def end_all(conn: Connection, account_id: str, *, actor: str, time: int) -> None:
    """Give every factor of an account up, the recovery codes as well."""
    for row in of(conn, account_id):
        end(conn, row["id"], actor=actor, time=time)


def end_own(conn: Connection, account_id: str, factor_id: str, *, needed: bool, time: int) -> None:
    """Give one of one's own factors up; with the last second factor the recovery codes end. Refused: no_such_factor, factor_needed."""
    row = own(conn, account_id, factor_id)
    if row["kind"] == RECOVERY:
        raise Refused("no_such_factor")
    seconds = second_factors(conn, account_id)
    last = [one["id"] for one in seconds] == [factor_id]
    if last and needed:
        raise Refused("factor_needed")
    end(conn, factor_id, actor=account_id, time=time)
    if last:
        for other in of(conn, account_id):
            if other["kind"] == RECOVERY:
                end(conn, other["id"], actor=account_id, time=time)


def used_at(row: Mapping[str, Any]) -> int | None:
    """When a factor was used last (UTC ms), as far as its kind keeps that; None for never or not known."""
    used: int | None = row["used"]
    if used is None or row["kind"] == RECOVERY:
        return used
    steps = {"totp": used * STEP_SECONDS * 1000, AUTHENTICATOR: used // 10**ocra.DIGITS * ocra.STEP_MS}
    return steps.get(row["kind"])


def codes_left(row: Mapping[str, Any]) -> int | None:
    """How many recovery codes have not been used; None for another kind of factor."""
    return len(row["secret"].split()) if row["kind"] == RECOVERY else None


def _recovery(conn: Connection, account_id: str, time: int) -> str:
    codes = ["".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    new: dict[str, Any] = {"id": uuid7(time), "account": account_id, "kind": RECOVERY, "name": RECOVERY, "confirmed": time, "used": None}
    new |= {"secret": " ".join(map(_digest, codes)), "created": time, "ended": None}
    record.put(conn, factor, new, kind="factor.recovery_made", actor=account_id, time=time)
    return " ".join(codes)


def _recovery_prove(held: Held, code: str, time: int) -> Held | None:
    given = _digest("".join(code.upper().replace("-", " ").split()))
    left = [kept for kept in held.secret.split() if not hmac.compare_digest(kept, given)]
    return None if len(left) == len(held.secret.split()) else Held(" ".join(left), time)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
