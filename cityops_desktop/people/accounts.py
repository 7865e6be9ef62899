"""Accounts in records.db: reading them and adding one, with its row in the change log. Decides no right."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, insert, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Person, Role
from cityops_desktop.people import names
from cityops_desktop.people.refused import Refused
from cityops_desktop.store import changes
from cityops_desktop.store.schema import account, account_role


class Account(NamedTuple):
    """A person and the hash of the password."""

    person: Person
    password: str


def exist(conn: Connection) -> bool:
    """Is there any account at all?"""
    return conn.execute(select(account.c.id).limit(1)).first() is not None


def by_name(conn: Connection, name: str) -> Account | None:
    """The account of this name, however its capitals are written."""
    return _found(conn, conn.execute(select(account).where(account.c.name_key == names.key(name))).mappings().first())


def by_id(conn: Connection, account_id: str) -> Account | None:
    """The account with this id."""
    return _found(conn, conn.execute(select(account).where(account.c.id == account_id)).mappings().first())


def add(conn: Connection, *, name: str, display: str, password: str, roles: Iterable[Role], actor: str | None, time: int) -> Person:
    """Make an account (cleaned names, hashed password) and its change row. Refused(name_taken). `actor` None: the person's own act."""
    if by_name(conn, name) is not None:
        raise Refused("name_taken")
    person = Person(uuid7(time), name, display, frozenset(roles))
    row = {"id": person.id, "name": name, "name_key": names.key(name), "display": display, "password": password}
    conn.execute(insert(account).values(**row, enabled=True, created=time))
    held = sorted(person.roles)
    conn.execute(insert(account_role), [{"account": person.id, "role": role} for role in held])
    body = {"name": name, "display": display, "roles": held}
    changes.append(conn, kind="account.created", subject=f"account:{person.id}", actor=actor or person.id, time=time, body=body)
    return person


def _found(conn: Connection, row: RowMapping | None) -> Account | None:
    if row is None:
        return None
    roles = conn.execute(select(account_role.c.role).where(account_role.c.account == row["id"])).scalars()
    person = Person(row["id"], row["name"], row["display"], frozenset(Role(role) for role in roles), row["enabled"])
    return Account(person, row["password"])
