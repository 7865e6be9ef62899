"""The rule library (GB/T 36621 6.2 d): versions, and who has read which. A new version is read anew by everybody. Decides no right."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.schema import account, rule, rule_read


def newest(conn: Connection) -> list[Mapping[str, Any]]:
    """Every rule in its newest version, also retired ones, by code; `actor_name` is who published it."""
    last = select(rule.c.code, func.max(rule.c.version).label("version")).group_by(rule.c.code).subquery()
    query = select(rule, account.c.display.label("actor_name")).join(
        last, (rule.c.code == last.c.code) & (rule.c.version == last.c.version)
    )
    rows = conn.execute(query.join(account, account.c.id == rule.c.actor, isouter=True).order_by(rule.c.code)).mappings()
    return [dict(row) for row in rows]


def readers(conn: Connection, rule_id: str) -> dict[str, int]:
    """Who has acknowledged this version: account ids to UTC ms."""
    rows = conn.execute(select(rule_read.c.account, rule_read.c.time).where(rule_read.c.rule == rule_id).order_by(rule_read.c.time))
    return {row.account: row.time for row in rows}


def publish(conn: Connection, code: str, title: str, text: str, *, actor: str, time: int) -> tuple[str, int]:
    """The next version of a rule (the first one of a new code); its id and number."""
    version = (conn.execute(select(func.max(rule.c.version)).where(rule.c.code == code)).scalar() or 0) + 1
    row = {"id": uuid7(time), "code": code, "version": version, "title": title, "text": text, "published": time, "actor": actor}
    record.put(conn, rule, row | {"retired": None}, kind="rule.published", actor=actor, time=time)
    return str(row["id"]), version


def retire(conn: Connection, rule_id: str, why: str, *, actor: str, time: int) -> None:
    """Take the version in force out of force. Refused: no_such_rule, rule_not_in_force."""
    _require_in_force(conn, rule_id)
    record.amend(conn, rule, rule_id, {"retired": time}, kind="rule.retired", actor=actor, time=time, act={"why": why})


def acknowledge(conn: Connection, rule_id: str, account_id: str, *, time: int) -> None:
    """This person has read it. Refused: no_such_rule, rule_not_in_force, rule_read."""
    _require_in_force(conn, rule_id)
    if account_id in readers(conn, rule_id):
        raise Refused("rule_read")
    row = {"id": uuid7(time), "rule": rule_id, "account": account_id, "time": time}
    record.put(conn, rule_read, row, kind="rule.acknowledged", actor=account_id, time=time)


def _require_in_force(conn: Connection, rule_id: str) -> None:
    """The newest version of a rule is in force, unless it was retired."""
    found = conn.execute(select(rule.c.code, rule.c.version, rule.c.retired).where(rule.c.id == rule_id)).first()
    if found is None:
        raise Refused("no_such_rule")
    last = conn.execute(select(func.max(rule.c.version)).where(rule.c.code == found.code)).scalar()
    if found.retired is not None or found.version != last:
        raise Refused("rule_not_in_force")
