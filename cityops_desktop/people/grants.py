"""Roles that people hold: where, from when, until when; and their leave. Decides no right by itself (rights.py does)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.schema import absence, role_grant

EVERYWHERE = ""
"""The domain above all domains."""


def covers(granted: str, domain: str) -> bool:
    """Does a right granted for one domain reach another? Domains are paths: city/district/site/room; "" is above all."""
    return granted == EVERYWHERE or domain == granted or domain.startswith(granted + "/")


def held(conn: Connection, time: int, account: str | None = None) -> list[Mapping[str, Any]]:
    """The grants of an account (None: of everybody) that are neither revoked nor over, oldest first; also those not begun, or elsewhere."""
    query = select(role_grant).where(role_grant.c.revoked.is_(None)).order_by(role_grant.c.begins, role_grant.c.id)
    if account is not None:
        query = query.where(role_grant.c.account == account)
    return [dict(row) for row in conn.execute(query).mappings() if row["ends"] is None or time < row["ends"]]


def here(grant: Mapping[str, Any], domain: str, time: int) -> bool:
    """Does this grant count in this domain at this moment (UTC ms)?"""
    in_time = grant["begins"] <= time and (grant["ends"] is None or time < grant["ends"])
    return in_time and grant["revoked"] is None and covers(grant["domain"], domain)


def roles_of(conn: Connection, account: str, domain: str, time: int) -> frozenset[Role]:
    """The roles that this account holds in this domain at this moment (UTC ms)."""
    return frozenset(Role(grant["role"]) for grant in held(conn, time, account) if here(grant, domain, time))


def domains_of(conn: Connection, account: str, roles: Iterable[Role], domain: str, time: int) -> list[str]:
    """For which domains this account holds one of these roles, of those grants that count in `domain` now."""
    wanted = {role.value for role in roles}
    return [grant["domain"] for grant in held(conn, time, account) if grant["role"] in wanted and here(grant, domain, time)]


def give(
    conn: Connection, account: str, roles: Iterable[Role], domain: str, *, actor: str, time: int, ends: int | None = None
) -> list[str]:
    """Grant roles in a domain from now on, each with its change row; the ids of the grants."""
    made = []
    for role in sorted(roles):
        row = {"id": uuid7(time), "account": account, "role": role.value, "domain": domain, "begins": time, "ends": ends, "revoked": None}
        record.put(conn, role_grant, row, kind="role.granted", actor=actor, time=time)
        made.append(str(row["id"]))
    return made


def revoke(conn: Connection, grant_id: str, *, actor: str, time: int) -> Mapping[str, Any]:
    """Take a granted role away; the grant as it was. Refused(no_such_grant)."""
    row = next((grant for grant in held(conn, time) if grant["id"] == grant_id), None)
    if row is None:
        raise Refused("no_such_grant")
    record.amend(conn, role_grant, grant_id, {"revoked": time}, kind="role.revoked", actor=actor, time=time)
    return row


def away(conn: Connection, account: str, time: int) -> bool:
    """Is this person on leave now?"""
    return any(leave["begins"] <= time for leave in absences(conn, time, account))


def absences(conn: Connection, time: int, account: str | None = None) -> list[Mapping[str, Any]]:
    """The leave of an account (None: of everybody) that is not over and was not cancelled, the first one first."""
    query = select(absence).where(absence.c.cancelled.is_(None), absence.c.ends > time).order_by(absence.c.begins, absence.c.id)
    if account is not None:
        query = query.where(absence.c.account == account)
    return [dict(row) for row in conn.execute(query).mappings()]


def leave(conn: Connection, account: str, begins: int, ends: int, why: str, *, actor: str, time: int) -> str:
    """A leave of absence; its id."""
    row = {"id": uuid7(time), "account": account, "begins": begins, "ends": ends, "why": why, "cancelled": None}
    record.put(conn, absence, row, kind="account.absence", actor=actor, time=time)
    return str(row["id"])


def come_back(conn: Connection, absence_id: str, *, actor: str, time: int) -> None:
    """End a leave, or call it off. Refused(no_such_absence)."""
    if not any(row["id"] == absence_id for row in absences(conn, time)):
        raise Refused("no_such_absence")
    record.amend(conn, absence, absence_id, {"cancelled": time}, kind="account.absence_ended", actor=actor, time=time)
