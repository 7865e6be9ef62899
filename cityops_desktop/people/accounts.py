"""Accounts in records.db: reading them, adding and changing one, with its row in the change log. Decides no right."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Person, Preset, Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import grants, names, policy
from cityops_desktop.store import record
from cityops_desktop.store.schema import account


class Account(NamedTuple):
    """A person and everything that the account's row says."""

    person: Person
    row: Mapping[str, Any]


KEEPERS = (Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR)
"""Roles that must not be lost: without them nobody could give anything back. Under mlps3 the auditor must not be lost either."""


def exist(conn: Connection) -> bool:
    """Is there any account at all?"""
    return conn.execute(select(account.c.id).limit(1)).first() is not None


def by_name(conn: Connection, name: str, domain: str, time: int) -> Account | None:
    """The account of this name, however its capitals are written."""
    return _found(conn, conn.execute(select(account).where(account.c.name_key == names.key(name))).mappings().first(), domain, time)


def by_id(conn: Connection, account_id: str, domain: str, time: int) -> Account | None:
    """The account with this id."""
    return _found(conn, conn.execute(select(account).where(account.c.id == account_id)).mappings().first(), domain, time)


def usable(conn: Connection, found: Account, time: int) -> bool:
    """May this person act at all now: enabled, not expired, not on leave?"""
    expires = found.row["expires"]
    return found.person.enabled and (expires is None or time < expires) and not grants.away(conn, found.person.id, time)


def everybody(conn: Connection, domain: str, time: int) -> list[Account]:
    """All accounts, in the order of their names."""
    rows = conn.execute(select(account).order_by(account.c.name_key)).mappings().all()
    return [_account(conn, row, domain, time) for row in rows]


@contextmanager
def keepers_kept(conn: Connection, domain: str, time: int) -> Iterator[None]:
    """What is done inside must leave these roles with somebody who can act at `time` and whenever a leave begins later, and with
    somebody without an end.

    A role that nobody held before is not asked for. Refused(last_administrator).
    """
    moments = sorted({time} | {leave["begins"] for leave in grants.absences(conn, time) if leave["begins"] > time})
    before = _kept(conn, domain, moments)
    yield
    if not before <= _kept(conn, domain, moments):
        raise Refused("last_administrator")


def _kept(conn: Connection, domain: str, moments: Sequence[int]) -> set[tuple[Role, int | None]]:
    """Who is there at each of these moments (the first is now), and (None) without an end."""
    kept: set[tuple[Role, int | None]] = set()
    for moment in moments:
        for found in everybody(conn, domain, moment):
            if usable(conn, found, moment):
                kept |= {(role, moment) for role in found.person.roles}
    now = moments[0]
    for found in everybody(conn, domain, now):
        if found.person.enabled and found.row["expires"] is None:
            held = [grant for grant in grants.held(conn, now, found.person.id) if grants.here(grant, domain, now)]
            kept |= {(Role(grant["role"]), None) for grant in held if grant["ends"] is None}
    roles = (*KEEPERS, Role.AUDITOR) if policy.preset(conn) is Preset.MLPS3 else KEEPERS
    return {(role, moment) for role, moment in kept if role in roles}


def add(
    conn: Connection,
    *,
    name: str,
    display: str,
    password: str,
    roles: Iterable[Role],
    domain: str,
    actor: str | None,
    time: int,
    must_change: bool = False,
    expires: int | None = None,
) -> Person:
    """Make an account (cleaned names, hashed password) with its roles. Refused(name_taken). `actor` None: the person's own act."""
    if by_name(conn, name, domain, time) is not None:
        raise Refused("name_taken")
    person = Person(uuid7(time), name, display, frozenset(roles))
    row: dict[str, Any] = {"id": person.id, "name": name, "name_key": names.key(name), "display": display, "password": password}
    row |= {"password_set": time, "must_change": must_change, "enabled": True, "created": time, "expires": expires}
    row |= dict.fromkeys(("pin", "badge", "locked_until"))
    by = actor or person.id
    record.put(conn, account, row, kind="account.created", actor=by, time=time)
    grants.give(conn, person.id, person.roles, domain, actor=by, time=time)
    return person


def change(conn: Connection, account_id: str, values: Mapping[str, Any], *, kind: str, actor: str, time: int, **act: object) -> None:
    """Change columns of an account. Refused(no_such_account)."""
    try:
        record.amend(conn, account, account_id, values, kind=kind, actor=actor, time=time, act=act)
    except KeyError:
        raise Refused("no_such_account") from None


def _found(conn: Connection, row: RowMapping | None, domain: str, time: int) -> Account | None:
    return None if row is None else _account(conn, row, domain, time)


def _account(conn: Connection, row: RowMapping, domain: str, time: int) -> Account:
    roles = grants.roles_of(conn, row["id"], domain, time)
    return Account(Person(row["id"], row["name"], row["display"], roles, row["enabled"]), dict(row))
