"""The staff file: qualifications, agreements, training and examinations (GB/T 36621 8.3.1 d, 9.3.2.4 h). Decides no right."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.schema import staff


def lines(conn: Connection, account: str | None = None) -> list[Mapping[str, Any]]:
    """The lines that are not struck out, of an account (None: of everybody), in the order of title and beginning."""
    query = select(staff).where(staff.c.ended.is_(None)).order_by(staff.c.account, staff.c.kind, staff.c.title, staff.c.begins, staff.c.id)
    if account is not None:
        query = query.where(staff.c.account == account)
    return [dict(row) for row in conn.execute(query).mappings()]


def put(conn: Connection, values: Mapping[str, Any], *, actor: str, time: int) -> str:
    """Write a line (`id` "" = a new one); its id. Refused: bad_request, no_such_entry (also one of another person)."""
    _in_order(values["begins"], values["ends"])
    row = {**values, "id": values["id"] or uuid7(time), "ended": None}
    if values["id"] and _line(conn, values["id"])["account"] != values["account"]:
        raise Refused("no_such_entry")
    record.put(conn, staff, row, kind="staff.put", actor=actor, time=time)
    return str(row["id"])


def end(conn: Connection, id: str, why: str, *, actor: str, time: int) -> None:
    """Strike a line out. Refused(no_such_entry)."""
    _line(conn, id)
    record.amend(conn, staff, id, {"ended": time}, kind="staff.ended", actor=actor, time=time, act={"why": why})


def _line(conn: Connection, id: str) -> Mapping[str, Any]:
    row = conn.execute(select(staff).where(staff.c.id == id, staff.c.ended.is_(None))).mappings().first()
    if row is None:
        raise Refused("no_such_entry")
    return dict(row)


def _in_order(begins: str | None, ends: str | None) -> None:
    """Refused(bad_request) for a day that no calendar has, or an end before the beginning."""
    try:
        first, last = (date.fromisoformat(day) if day is not None else None for day in (begins, ends))
    except ValueError:
        raise Refused("bad_request", detail="no such day") from None
    if first is not None and last is not None and last < first:
        raise Refused("bad_request", detail="it ends before it begins")
