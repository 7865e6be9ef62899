"""When people were last here, as the change log tells it. Writes nothing."""

from sqlalchemy import Connection, func, select

from cityops_desktop.store.schema import change

OPENED, CLOSED = "session.opened", "session.closed"


def logins(conn: Connection) -> dict[str, int]:
    """When each account logged in last (UTC ms)."""
    query = select(change.c.actor, func.max(change.c.time)).where(change.c.kind == OPENED).group_by(change.c.actor)
    return {actor: time for actor, time in conn.execute(query)}


def login(conn: Connection, account: str) -> int | None:
    """The same of one account; None for never."""
    return conn.execute(select(func.max(change.c.time)).where(change.c.kind == OPENED, change.c.actor == account)).scalar()


def shift(conn: Connection, account: str, session: str = "") -> int | None:
    """When the newest session of this account before this one ended or, if never closed, began (UTC ms); None when there was none."""
    closed = change.alias()
    query = (
        select(func.max(func.coalesce(closed.c.time, change.c.time)))
        .select_from(change)
        .outerjoin(closed, (closed.c.subject == change.c.subject) & (closed.c.kind == CLOSED))
        .where(change.c.kind == OPENED, change.c.actor == account, change.c.subject != f"session:{session}")
    )
    return conn.execute(query).scalar()
