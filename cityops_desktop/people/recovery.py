"""The way back when nobody can log in: done to the store of a stopped station by whoever may write its directory."""

from sqlalchemy import Connection

from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, factors, grants, quick, renewal, sessions
from cityops_desktop.people.grants import EVERYWHERE

ACTOR = "console:command line"


def recover(conn: Connection, name: str, password: str, *, user: str, time: int) -> None:
    """A temporary password (hashed), unlocked, in use, without end or leave; factors and sessions end. Refused(no_such_account).

    `user`: whom the operating system knows.
    """
    found = accounts.by_name(conn, name, EVERYWHERE, time)
    if found is None:
        raise Refused("no_such_account")
    account = found.person.id
    factors.end_all(conn, account, actor=ACTOR, time=time)
    sessions.close_all(conn, account, actor=ACTOR, time=time, why="recovered")
    quick.forget(conn, account)
    for leave in grants.absences(conn, time, account):
        if leave["begins"] <= time:
            grants.come_back(conn, leave["id"], actor=ACTOR, time=time)
    renewal.change(conn, account, password, kind="account.password_reset", actor=ACTOR, time=time, must_change=True)
    values = {"locked_until": None, "enabled": True, "expires": None}
    accounts.change(conn, account, values, kind="account.recovered", actor=ACTOR, time=time, user=user)
