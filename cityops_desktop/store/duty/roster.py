"""The rows of the roster: published plans, changes over them, who signed in, alertness checks. Decides nothing; nothing is deleted."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, or_, select

from cityops_desktop.model.refused import Refused
from cityops_desktop.store.dutyschema import duty_change, duty_check, duty_plan, duty_sign
from cityops_desktop.store.schema import account

Row = Mapping[str, Any]
MOST_SIGNS = 5000
FORGOTTEN_MS = 86_400_000
"""So long after the end of its turn a sign-in that was never signed out counts no more."""


def plans(conn: Connection) -> list[Row]:
    """All versions of all posts, in the order in which they were published."""
    return _rows(conn, select(duty_plan).order_by(duty_plan.c.time, duty_plan.c.id))


def changes(conn: Connection, begin: int, end: int) -> list[Row]:
    """The changes that touch a time and were not withdrawn, in the order in which they were written."""
    touching = duty_change.c.withdrawn.is_(None) & (duty_change.c.until > begin) & (duty_change.c.since < end)
    return _rows(conn, select(duty_change).where(touching).order_by(duty_change.c.time, duty_change.c.id))


def change(conn: Connection, id: str) -> Row:
    """One that counts. Refused(no_such_change)."""
    found = _rows(conn, select(duty_change).where(duty_change.c.id == id, duty_change.c.withdrawn.is_(None)))
    if not found:
        raise Refused("no_such_change")
    return found[0]


def signs(conn: Connection, begin: int, end: int, most: int = MOST_SIGNS) -> list[Row]:
    """Who came to the turns that touch a time, by their begin; the newest where there are too many."""
    query = select(duty_sign).where(duty_sign.c.begin < end, duty_sign.c.end > begin)
    return _rows(conn, query.order_by(duty_sign.c.begin.desc(), duty_sign.c.signed.desc()).limit(most))[::-1]


def here(conn: Connection, since: int) -> list[Row]:
    """Who has not left, and who came to a turn that ended after this time."""
    query = select(duty_sign).where(or_(duty_sign.c.left.is_(None), duty_sign.c.end > since))
    return _rows(conn, query.where(duty_sign.c.end > since - FORGOTTEN_MS).order_by(duty_sign.c.signed, duty_sign.c.id))


def open_sign(conn: Connection, post: str, account_id: str, now: int) -> Row | None:
    """The newest sign-in of a person on a post that has not ended; a forgotten one is none."""
    query = select(duty_sign).where(duty_sign.c.account == account_id, duty_sign.c.post == post, duty_sign.c.left.is_(None))
    found = _rows(conn, query.where(duty_sign.c.end > now - FORGOTTEN_MS).order_by(duty_sign.c.signed.desc()).limit(1))
    return found[0] if found else None


def checks(conn: Connection, begin: int, end: int) -> list[Row]:
    """The alertness checks of a time, oldest first."""
    query = select(duty_check).where(duty_check.c.asked >= begin, duty_check.c.asked < end)
    return _rows(conn, query.order_by(duty_check.c.asked).limit(MOST_SIGNS))


def people(conn: Connection) -> dict[str, tuple[str, str, bool]]:
    """Every account: its log-in name, its full name, and whether it is enabled."""
    query = select(account.c.id, account.c.name, account.c.display, account.c.enabled)
    return {row.id: (row.name, row.display, bool(row.enabled)) for row in conn.execute(query)}


def _rows(conn: Connection, query: Select[Any]) -> list[Row]:
    rows: list[RowMapping] = list(conn.execute(query).mappings())
    return [dict(row) for row in rows]
