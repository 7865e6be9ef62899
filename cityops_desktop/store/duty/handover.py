"""The rows of handovers, their papers and open matters; and what else of the record a sheet tells. Decides no right and no state."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from cityops_desktop.model.alarms import TESTS, Alarm, AlarmState
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.store.alarms import read
from cityops_desktop.store.dutyschema import handover, handover_item, handover_paper
from cityops_desktop.store.schema import account, alarm, change, incident, role_grant, rule, rule_read

Row = Mapping[str, Any]
PAGE = 50
MOST_ITEMS = 200
MOST_CHANGES = 200
HANDLED = ("opened", "handling")
"""States of an incident that is being handled."""
_REAL = alarm.c.cause.not_in([cause.value for cause in TESTS])
"""Not made to test the way of an alarm."""
CONFIG = ("config.applied", "config.rolled_back", "config.overridden", "config.reset", "config.fell_back")


def get(conn: Connection, id: str) -> dict[str, Any]:
    """The handover. Refused(no_such_handover)."""
    found = find(conn, id)
    if found is None:
        raise Refused("no_such_handover")
    return found


def find(conn: Connection, id: str) -> dict[str, Any] | None:
    """The same, None when there is none."""
    row = conn.execute(select(handover).where(handover.c.id == id)).mappings().first()
    return dict(row) if row is not None else None


def current(conn: Connection) -> dict[str, Any] | None:
    """The one under way."""
    under_way = select(handover).where(handover.c.state.not_in(("accepted", "withdrawn")))
    row = conn.execute(under_way.order_by(handover.c.time.desc()).limit(1)).mappings().first()
    return dict(row) if row is not None else None


def newest_accepted(conn: Connection) -> int | None:
    """When the last handover was signed by both (UTC ms)."""
    found = conn.execute(select(func.max(handover.c.accepted))).scalar()
    return None if found is None else int(found)


def former(conn: Connection, before: int | None, most: int = PAGE) -> tuple[list[dict[str, Any]], bool]:
    """Handovers that were begun before a time (None = now), newest first; and whether there are more."""
    query = select(handover).order_by(handover.c.time.desc(), handover.c.id.desc()).limit(most + 1)
    if before is not None:
        query = query.where(handover.c.time < before)
    rows = [dict(row) for row in conn.execute(query).mappings()]
    return rows[:most], len(rows) > most


def accepted(conn: Connection, begin: int, end: int) -> list[dict[str, Any]]:
    """Those that both signed in a span, oldest first."""
    within = select(handover).where(handover.c.accepted.between(begin, end))
    return [dict(row) for row in conn.execute(within.order_by(handover.c.accepted).limit(MOST_CHANGES)).mappings()]


def papers(conn: Connection, id: str) -> list[dict[str, Any]]:
    """All of a handover, oldest first."""
    query = select(handover_paper).where(handover_paper.c.handover == id).order_by(handover_paper.c.time, handover_paper.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def last_signed(conn: Connection, person: str) -> int | None:
    """The end of this person's last signed turn: when the newest handover was signed that this person, or this person's crew, handed on."""
    query = select(handover.c.accepted, handover.c.actor, handover.c.crew).where(handover.c.accepted.is_not(None))
    for row in conn.execute(query.order_by(handover.c.accepted.desc())):
        if row.actor == person or any(one.get("id") == person for one in json.loads(row.crew)):
            return int(row.accepted)
    return None


def begun(conn: Connection) -> int:
    """Since when this station is used (UTC ms)."""
    return int(conn.execute(select(change.c.time).order_by(change.c.seq).limit(1)).scalar() or 0)


def log_head(conn: Connection) -> tuple[int, str]:
    """The newest row of the change log: its number and hash."""
    last = conn.execute(select(change.c.seq, change.c.hash).order_by(change.c.seq.desc()).limit(1)).first()
    return (0, "") if last is None else (int(last.seq), last.hash.hex())


# open matters


def items(conn: Connection) -> list[dict[str, Any]]:
    """Those that are not closed, oldest first."""
    query = select(handover_item).where(handover_item.c.closed.is_(None)).order_by(handover_item.c.time).limit(MOST_ITEMS)
    return [dict(row) for row in conn.execute(query).mappings()]


def closed_items(conn: Connection, begin: int, end: int) -> list[dict[str, Any]]:
    """Those that were closed in a span."""
    query = select(handover_item).where(handover_item.c.closed.between(begin, end)).order_by(handover_item.c.closed).limit(MOST_ITEMS)
    return [dict(row) for row in conn.execute(query).mappings()]


def item(conn: Connection, id: str) -> dict[str, Any]:
    """One. Refused(no_such_item)."""
    row = conn.execute(select(handover_item).where(handover_item.c.id == id)).mappings().first()
    if row is None:
        raise Refused("no_such_item")
    return dict(row)


# what else a sheet tells


def emergencies(conn: Connection, most: int = 10) -> tuple[list[Alarm], list[dict[str, Any]]]:
    """Alarms of the highest level that nobody has acknowledged, and incidents that are being handled."""
    unseen = (AlarmState.UNACKNOWLEDGED.value, AlarmState.RETURNED.value, AlarmState.LATCHED.value)
    loud = alarm.c.state.in_(unseen) & (alarm.c.level == int(Level.CRITICAL)) & alarm.c.hidden.is_(None) & _REAL
    alarms = read(conn, select(alarm).where(loud).order_by(alarm.c.raised).limit(most))
    handled = select(incident).where(incident.c.state.in_(HANDLED)).order_by(incident.c.found).limit(most)
    return alarms, [dict(row) for row in conn.execute(handled).mappings()]


def open_incidents(conn: Connection, begin: int, end: int) -> list[dict[str, Any]]:
    """Incidents that are not closed, and those that were closed in a span."""
    wanted = or_(incident.c.closed.is_(None), incident.c.closed.between(begin, end))
    return [dict(row) for row in conn.execute(select(incident).where(wanted).order_by(incident.c.found).limit(100)).mappings()]


def raised(conn: Connection, begin: int, end: int, most: int) -> tuple[list[Alarm], int]:
    """Alarms that were raised in a span, worst and oldest first, and how many there were."""
    within = alarm.c.raised.between(begin, end) & _REAL
    n = conn.execute(select(func.count()).select_from(alarm).where(within)).scalar() or 0
    return read(conn, select(alarm).where(within).order_by(alarm.c.level, alarm.c.raised).limit(most)), int(n)


def changes(conn: Connection, kinds: Collection[str], begin: int, end: int) -> list[dict[str, Any]]:
    """Rows of the change log of these kinds in a span, oldest first, with the name of who did it."""
    query = select(change.c.seq, change.c.kind, change.c.subject, change.c.time, change.c.actor, change.c.body, account.c.display)
    query = query.join(account, account.c.id == change.c.actor, isouter=True)
    within = and_(change.c.kind.in_(tuple(kinds)), change.c.time.between(begin, end))
    rows = conn.execute(query.where(within).order_by(change.c.time, change.c.seq).limit(MOST_CHANGES)).mappings()
    return [{**row, "body": _object(row["body"]), "actor_name": row["display"] or row["actor"]} for row in rows]


def unread(conn: Connection, people: Sequence[str], now: int) -> list[tuple[Row, int]]:
    """Rules in force that not all of these people (none: of those with a role in the duty) have read: the rule, and how many have not."""
    roles = ("duty", "shift_leader")
    granted = select(role_grant.c.account).where(role_grant.c.role.in_(roles), role_grant.c.revoked.is_(None))
    granted = granted.where(or_(role_grant.c.ends.is_(None), role_grant.c.ends > now)).distinct()
    ids = list(people) or [row.account for row in conn.execute(granted)]
    newest = select(rule.c.code, func.max(rule.c.version).label("version")).group_by(rule.c.code).subquery()
    rules = select(rule).join(newest, and_(rule.c.code == newest.c.code, rule.c.version == newest.c.version))
    found: list[tuple[Row, int]] = []
    for row in conn.execute(rules.where(rule.c.retired.is_(None)).order_by(rule.c.code)).mappings():
        have = select(func.count()).where(rule_read.c.rule == row["id"], rule_read.c.account.in_(ids))
        left = len(ids) - int(conn.execute(have).scalar() or 0)
        if left > 0:
            found.append((dict(row), left))
    return found


def figures(conn: Connection, begin: int, end: int) -> tuple[int, int, list[int]]:
    """Of a span: handovers signed, refusals, and by how many ms after the end of its turn each was signed (0 = in time)."""
    signed = accepted_spans(conn, begin, end)
    refused = conn.execute(
        select(func.count()).select_from(change).where(change.c.kind == "handover.refused", change.c.time.between(begin, end))
    ).scalar()
    return len(signed), int(refused or 0), [max(0, at - over) for at, over in signed]


def accepted_spans(conn: Connection, begin: int, end: int) -> list[tuple[int, int]]:
    """When each was signed, and when its turn ended."""
    query = select(handover.c.accepted, handover.c.end).where(handover.c.accepted.between(begin, end))
    return [(int(row.accepted), int(row.end)) for row in conn.execute(query)]


def _object(body: str) -> dict[str, Any]:
    found = json.loads(body)
    return found if isinstance(found, dict) else {}
