"""Gathers the facts of the conformity list from the store. Judges nothing (conformity.py does), writes nothing."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from cityops_desktop.model.people import Preset, Role
from cityops_desktop.people import accounts, factors, grants, last, policy, rights
from cityops_desktop.people.accounts import Account
from cityops_desktop.people.conformity import USUAL_DAYS, Facts
from cityops_desktop.store.schema import change, console, role_grant

DAY_MS = 86_400_000
REVIEWS = ("audit.exported", "audit.anchored", "audit.verified")


def facts(conn: Connection, domain: str, time: int) -> Facts:
    """What the store holds now about a station of this domain."""
    rules = policy.policy(conn)
    people = [one for one in accounts.everybody(conn, domain, time) if _counts(one, time)]
    unused_days = rules.unused_days or USUAL_DAYS
    logins = last.logins(conn)
    held: dict[str, set[Role]] = {}
    for grant in grants.held(conn, time):
        held.setdefault(grant["account"], set()).add(Role(grant["role"]))
    anchored, review, log = _times(conn, "audit.anchored"), _times(conn, *REVIEWS, by_person=True), _log(conn)
    return Facts(
        policy=rules,
        accounts=len(people),
        old_passwords=_names(
            one for one in people if rules.password_days and time - one.row["password_set"] > rules.password_days * DAY_MS
        ),
        without_factor=_names(one for one in people if not factors.second_factors(conn, one.person.id)),
        unused=_names(one for one in people if time - logins.get(one.person.id, one.row["created"]) > unused_days * DAY_MS),
        mixed=_names(one for one in people if not rights.apart(held.get(one.person.id, ()), Preset.MLPS3)),
        idle_rights=_names(one for one in people if not one.person.roles),
        administrators=_holders(people, Role.ADMINISTRATOR),
        security_administrators=_holders(people, Role.SECURITY_ADMINISTRATOR),
        auditors=_holders(people, Role.AUDITOR),
        remote_consoles=_remote(conn),
        changes=log[0],
        refusals=_times(conn, "act.refused", "act.refused_many", "session.refused")[0],
        first_change=log[2],
        anchors=anchored[0],
        last_anchor=anchored[1],
        last_review=review[1],
        heads=_times(conn, "audit.head")[0],
        deleted=max(0, (log[1] or 1) - 1),
        time=time,
    )


def _counts(one: Account, time: int) -> bool:
    expires = one.row["expires"]
    return one.person.enabled and (expires is None or time < expires)


def _names(people: Iterable[Account]) -> tuple[str, ...]:
    return tuple(one.person.display for one in people)


def _holders(people: list[Account], role: Role) -> int:
    return sum(role in one.person.roles for one in people)


def _times(conn: Connection, *kinds: str, by_person: bool = False) -> tuple[int, int | None]:
    """How many rows of these kinds there are, and when the newest was written."""
    query = select(func.count(), func.max(change.c.time)).where(change.c.kind.in_(kinds))
    if by_person:
        query = query.where(change.c.actor != "station")
    count, newest = conn.execute(query).one()
    return count, newest


def _log(conn: Connection) -> tuple[int, int | None, int | None]:
    """How many rows the log has, the number of the first one and its time."""
    oldest = select(change.c.time).order_by(change.c.seq).limit(1).scalar_subquery()
    count, first, since = conn.execute(select(func.count(), func.min(change.c.seq), oldest).select_from(change)).one()
    return count, first, since


def _remote(conn: Connection) -> int:
    query = select(func.count()).select_from(console).where(console.c.paired.is_not(None), console.c.revoked.is_(None))
    return int(conn.execute(query).scalar() or 0)


def domain(conn: Connection) -> str:
    """The station's domain, for who reads a store without its room: the first role was granted for it."""
    found = conn.execute(select(role_grant.c.domain).order_by(role_grant.c.begins, role_grant.c.id).limit(1)).scalar()
    return found if found is not None else grants.EVERYWHERE
