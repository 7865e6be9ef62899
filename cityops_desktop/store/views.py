"""Saved views of the trends page: whose they are, and with which roles they are shared. What a view holds is not looked at here.

A view that is not wanted any more keeps its row with the time of its end. Decides no right.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, select

from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.schema import account, trend_view

MOST = 100
"""Views of one person."""


class View(NamedTuple):
    """A view that has not ended; `content` is JSON, `owner` the full name of its person."""

    id: str
    account: str
    name: str
    content: str
    roles: tuple[Role, ...]
    owner: str


def seen_by(conn: Connection, person: str, roles: Collection[Role]) -> list[View]:
    """The person's own views in the order in which they were made, then those of others that are shared with one of these roles."""
    query = select(trend_view, account.c.display).join(account, account.c.id == trend_view.c.account)
    rows = conn.execute(query.where(trend_view.c.ended.is_(None)).order_by(trend_view.c.id)).mappings()
    views = [_view(row) for row in rows]
    own = [view for view in views if view.account == person]
    return own + [view for view in views if view.account != person and not frozenset(roles).isdisjoint(view.roles)]


def shared(conn: Connection, id: str) -> bool:
    """Does anybody but its owner see it?"""
    return bool(_roles(_row(conn, id)))


def save(conn: Connection, id: str, name: str, content: dict[str, Any], *, replace: bool, person: str, time: int) -> str:
    """Write an own view (`id` "" = a new one); its id. Refused: no_such_view, view_name_taken, too_many_views."""
    same = select(trend_view.c.id).where(trend_view.c.account == person, trend_view.c.name == name, trend_view.c.ended.is_(None))
    other = conn.execute(same.where(trend_view.c.id != id)).scalar()
    if other is not None and not replace:
        raise Refused("view_name_taken")
    if not id:
        id = other or ""
    elif other is not None:
        delete(conn, other, person=person, time=time)
    values = {"name": name, "content": canonical(content)}
    if id:
        own(conn, id, person)
        record.amend(conn, trend_view, id, values, kind="view.saved", actor=person, time=time)
        return id
    count = conn.execute(select(trend_view.c.id).where(trend_view.c.account == person, trend_view.c.ended.is_(None))).all()
    if len(count) >= MOST:
        raise Refused("too_many_views", most=MOST)
    row = {"id": uuid7(time), "account": person, **values, "roles": "[]", "created": time, "ended": None}
    record.put(conn, trend_view, row, kind="view.saved", actor=person, time=time)
    return str(row["id"])


def delete(conn: Connection, id: str, *, person: str, time: int) -> None:
    """End an own view. Refused(no_such_view)."""
    own(conn, id, person)
    record.amend(conn, trend_view, id, {"ended": time}, kind="view.deleted", actor=person, time=time)


def share(conn: Connection, id: str, roles: Sequence[Role], *, person: str, time: int) -> None:
    """Share an own view with these roles, or one that is shared already. Refused(no_such_view)."""
    row = _row(conn, id)
    if row["account"] != person and not _roles(row):
        raise Refused("no_such_view")
    text = canonical(sorted({role.value for role in roles}))
    record.amend(conn, trend_view, id, {"roles": text}, kind="view.shared", actor=person, time=time)


def own(conn: Connection, id: str, person: str) -> None:
    """Refused(no_such_view) unless this person's view has this id."""
    if _row(conn, id)["account"] != person:
        raise Refused("no_such_view")


def _row(conn: Connection, id: str) -> RowMapping:
    row = conn.execute(select(trend_view).where(trend_view.c.id == id, trend_view.c.ended.is_(None))).mappings().first()
    if row is None:
        raise Refused("no_such_view")
    return row


def _roles(row: RowMapping) -> tuple[Role, ...]:
    return tuple(Role(name) for name in json.loads(row["roles"]))


def _view(row: RowMapping) -> View:
    return View(row["id"], row["account"], row["name"], row["content"], _roles(row), row["display"])
