"""Shelves of alarms and times out of service: a row each, by the condition's key or by the target. Decides no right and no time."""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, select

from cityops_desktop.store import record, schema

_COLUMNS = ("id", "level", "since", "until", "why", "actor", "actor_name", "second", "second_name")


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is kept quiet (a condition's key, or "device:<id>", "bus:<id>", "rack:<id>", "room"), from when to when (UTC ms), by whom
    and why. `level` is that of a shelved condition, or the worst of a target (None = no limit hangs on it); `second` who agreed to it."""

    id: str
    since: int
    until: int
    why: str
    actor: str
    actor_name: str
    level: int | None = None
    second: str | None = None
    second_name: str | None = None


def shelve(conn: Connection, shelf: Hiding, act: dict[str, object]) -> None:
    """Put it on its shelf, or there for another while. `act`: how it came about (console, second person)."""
    kind = "shelf.renewed" if _stands(conn, schema.shelf, shelf.id) else "shelf.begun"
    record.put(conn, schema.shelf, _row(shelf), kind=kind, actor=shelf.actor, time=shelf.since, act=act)


def begin_service(conn: Connection, service: Hiding, act: dict[str, object]) -> None:
    """Out of service from now on, or for another while."""
    kind = "service.renewed" if _stands(conn, schema.service, service.id) else "service.begun"
    record.put(conn, schema.service, _row(service), kind=kind, actor=service.actor, time=service.since, act=act)


def end(conn: Connection, table: Table, id: str, *, actor: str, time: int, act: dict[str, object] | None = None) -> bool:
    """A person took it back. False when it was over before."""
    if not _stands(conn, table, id):
        return False
    record.amend(conn, table, id, {"ended": time}, kind=f"{table.name}.ended", actor=actor, time=time, act=act)
    return True


def over(conn: Connection, table: Table, one: Hiding, time: int, why: str) -> None:
    """It ended by itself; unless it was renewed meanwhile, for then something else stands under its id. `why`: expired, worse."""
    row = conn.execute(select(table).where(table.c.id == one.id, table.c.ended.is_(None))).mappings().first()
    if row is not None and (row["since"], row["until"]) == (one.since, one.until):
        kind = f"{table.name}.ended"
        record.amend(conn, table, one.id, {"ended": time}, kind=kind, actor="station", time=time, act={"reason": why})


def standing(conn: Connection, table: Table) -> list[Hiding]:
    """All that have not ended, the first to end first."""
    rows = conn.execute(select(table).where(table.c.ended.is_(None)).order_by(table.c.until)).mappings()
    return [Hiding(**{name: row[name] for name in _COLUMNS}) for row in rows]


def _stands(conn: Connection, table: Table, id: str) -> bool:
    found = conn.execute(select(table.c.id).where(table.c.id == id, table.c.ended.is_(None))).first()
    return found is not None


def _row(hiding: Hiding) -> dict[str, object]:
    return {name: getattr(hiding, name) for name in _COLUMNS} | {"ended": None}
