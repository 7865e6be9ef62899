"""How an act of a person becomes a row: who, when and at which console stand in it and in its change row. Decides no right."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record

AHEAD_MS = 60_000
"""So far a time that somebody typed may lie ahead of the station's clock."""


def author(who: Who) -> dict[str, Any]:
    """The columns `actor` and `actor_name`."""
    return {"actor": who.person.id, "actor_name": who.person.display}


def put(conn: Connection, table: Table, row: Mapping[str, Any], kind: str, who: Who, **act: object) -> str:
    """A new row (or the whole of an old one, if it names its `id`); its id."""
    row = {"id": uuid7(who.time), **row}
    record.put(conn, table, row, kind=kind, actor=who.person.id, time=who.time, act={"console": who.console, **act})
    return str(row["id"])


def amend(conn: Connection, table: Table, id: str, values: Mapping[str, Any], kind: str, who: Who, **act: object) -> None:
    """Some columns of an existing row. KeyError."""
    record.amend(conn, table, id, values, kind=kind, actor=who.person.id, time=who.time, act={"console": who.console, **act})


def not_ahead(time: int, who: Who) -> None:
    """Refused(time_ahead) of what has not happened yet."""
    if time > who.time + AHEAD_MS:
        raise Refused("time_ahead")
