"""Changing a password: the earlier ones, which may not come again so soon, and what ends with a change. Decides no right."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, passwords
from cityops_desktop.store import record
from cityops_desktop.store.schema import account, old_password


def earlier(conn: Connection, account_id: str, most: int) -> list[str]:
    """The hashes of the newest passwords of this account, the present one first, at most so many."""
    present = conn.execute(select(account.c.password).where(account.c.id == account_id)).scalars().all()
    query = select(old_password.c.password).where(old_password.c.account == account_id)
    before = conn.execute(query.order_by(old_password.c.time.desc(), old_password.c.id.desc()).limit(most)).scalars().all()
    return [*present, *before][:most]


def require_new(password: str, hashes: Iterable[str]) -> None:
    """Is it none of these? Blocks for some 100 ms each. Refused(password_used)."""
    known = tuple(hashes)
    if any(passwords.matches(one, password) for one in known):
        raise Refused("password_used", count=len(known))


def change(conn: Connection, account_id: str, hashed: str, *, kind: str, actor: str, time: int, must_change: bool = False) -> None:
    """Put another password in the place of the present one, which is kept among the earlier ones. Refused(no_such_account)."""
    present = conn.execute(select(account.c.password).where(account.c.id == account_id)).scalar()
    if present is None:
        raise Refused("no_such_account")
    old = {"id": uuid7(time), "account": account_id, "password": present, "time": time}
    record.put(conn, old_password, old, kind="password.kept", actor=actor, time=time)
    values = {"password": hashed, "password_set": time, "must_change": must_change}
    accounts.change(conn, account_id, values, kind=kind, actor=actor, time=time)
