"""Saved views of the trends page and of the alarms: whose they are, and with which roles they are shared. What one holds is not looked at.

A view that is not wanted any more keeps its row with the time of its end. Decides no right.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Table, select

from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.schema import account, alarm_view, trend_view

MOST = 100
"""Views of one kind and one person."""


class View(NamedTuple):
    """A view that has not ended; `content` is JSON, `owner` the full name of its person."""

    id: str
    account: str
    name: str
    content: str
    roles: tuple[Role, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class Views:
    """All views of one kind: their table, and what the change log calls what happens to them ("<kind>.saved")."""

    table: Table
    kind: str

    def seen_by(self, conn: Connection, person: str, roles: Collection[Role]) -> list[View]:
        """The person's own views in the order in which they were made, then those of others that are shared with one of these roles."""
        query = select(self.table, account.c.display).join(account, account.c.id == self.table.c.account)
        rows = conn.execute(query.where(self.table.c.ended.is_(None)).order_by(self.table.c.id)).mappings()
        views = [_view(row) for row in rows]
        own = [view for view in views if view.account == person]
        return own + [view for view in views if view.account != person and not frozenset(roles).isdisjoint(view.roles)]

    def shared(self, conn: Connection, id: str) -> bool:
        """Does anybody but its owner see it?"""
        return bool(_roles(self._row(conn, id)))

    def save(self, conn: Connection, id: str, name: str, content: dict[str, Any], *, replace: bool, person: str, time: int) -> str:
        """Write an own view (`id` "" = a new one); its id. Refused: no_such_view, view_name_taken, too_many_views."""
        mine = select(self.table.c.id).where(self.table.c.account == person, self.table.c.ended.is_(None))
        other = conn.execute(mine.where(self.table.c.name == name, self.table.c.id != id)).scalar()
        if other is not None and not replace:
            raise Refused("view_name_taken")
        if not id:
            id = other or ""
        elif other is not None:
            self.delete(conn, other, person=person, time=time)
        values = {"name": name, "content": canonical(content)}
        if id:
            self.own(conn, id, person)
            self._amend(conn, id, values, "saved", person, time)
            return id
        if len(conn.execute(mine).all()) >= MOST:
            raise Refused("too_many_views", most=MOST)
        row = {"id": uuid7(time), "account": person, **values, "roles": "[]", "created": time, "ended": None}
        record.put(conn, self.table, row, kind=f"{self.kind}.saved", actor=person, time=time)
        return str(row["id"])

    def delete(self, conn: Connection, id: str, *, person: str, time: int) -> None:
        """End an own view. Refused(no_such_view)."""
        self.own(conn, id, person)
        self._amend(conn, id, {"ended": time}, "deleted", person, time)

    def share(self, conn: Connection, id: str, roles: Sequence[Role], *, person: str, time: int) -> None:
        """Share an own view with these roles, or one that is shared already. Refused(no_such_view)."""
        row = self._row(conn, id)
        if row["account"] != person and not _roles(row):
            raise Refused("no_such_view")
        self._amend(conn, id, {"roles": canonical(sorted({role.value for role in roles}))}, "shared", person, time)

    def own(self, conn: Connection, id: str, person: str) -> None:
        """Refused(no_such_view) unless this person's view has this id."""
        if self._row(conn, id)["account"] != person:
            raise Refused("no_such_view")

    def _amend(self, conn: Connection, id: str, values: dict[str, Any], done: str, person: str, time: int) -> None:
        record.amend(conn, self.table, id, values, kind=f"{self.kind}.{done}", actor=person, time=time)

    def _row(self, conn: Connection, id: str) -> RowMapping:
        row = conn.execute(select(self.table).where(self.table.c.id == id, self.table.c.ended.is_(None))).mappings().first()
        if row is None:
            raise Refused("no_such_view")
        return row


TRENDS = Views(trend_view, "view")
ALARMS = Views(alarm_view, "alarm_view")


def _roles(row: RowMapping) -> tuple[Role, ...]:
    return tuple(Role(name) for name in json.loads(row["roles"]))


def _view(row: RowMapping) -> View:
    return View(row["id"], row["account"], row["name"], row["content"], _roles(row), row["display"])
