"""What people did in a span, by the change log; when a station ran; configurations and devices that came and changed. Reads rows."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from cityops_desktop.history.statistics.periods import Period, place, united
from cityops_desktop.model.statistics import About, Column, Measure, Row, Table
from cityops_desktop.people.grants import covers
from cityops_desktop.store.schema import account, change, role_grant

RUNS = ("station.started", "station.restarted", "station.reconfigured", "station.stopped")
VERSIONS = ("config.begun", "config.applied", "config.rolled_back", "config.overridden", "config.reset", "config.fell_back")
DEVICES = ("device.new", "device.found", "device.changed", "device.back", "device.admitted")
REFUSED = ("act.refused", "act.refused_many")
SESSIONS = ("session.opened", "session.closed", *REFUSED)
"""What is no act of duty: coming, going, and what was not allowed."""
_COUNTED = ("alarm.raised", "alarm.returned", "alarm.ended", "alarm.changed", "audit.head", "audit.verified")
"""What the station does all the time, and nobody's act."""


@dataclass(frozen=True, slots=True)
class Act:
    """A row of the log, without what it says."""

    kind: str
    actor: str
    time: int


def read(conn: Connection, start: int, end: int) -> list[Act]:
    """The rows of this time, without what the station does all the time."""
    asked = select(change.c.kind, change.c.actor, change.c.time).where(change.c.time >= start, change.c.time < end)
    return [Act(row.kind, row.actor, row.time) for row in conn.execute(asked.where(change.c.kind.not_in(_COUNTED)).order_by(change.c.seq))]


def people(conn: Connection) -> dict[str, str]:
    """The full name of every account, by id."""
    return {row.id: row.display for row in conn.execute(select(account.c.id, account.c.display))}


def roles(conn: Connection, domain: str) -> Callable[[str, int], list[str]]:
    """Which roles an account held in this domain at a moment, those that were taken away since too."""
    grants: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in conn.execute(select(role_grant)).mappings():
        if covers(row["domain"], domain):
            ends = [moment for moment in (row["ends"], row["revoked"]) if moment is not None]
            grants[row["account"]].append((row["role"], row["begins"], min(ends, default=2**62)))
    return lambda actor, time: sorted({role for role, begins, ends in grants[actor] if begins <= time < ends})


def watched(conn: Connection, now: int) -> list[Period]:
    """When a station ran, by its own records: from each start to the next stop, or to the last second that was recorded before the
    next start. The one that runs now, until now."""
    asked = select(change.c.kind, change.c.time, change.c.body).where(change.c.kind.in_(RUNS)).order_by(change.c.seq)
    found: list[Period] = []
    since: int | None = None
    for row in conn.execute(asked):
        if row.kind == "station.stopped":
            if since is not None:
                found.append(Period(since, max(since, row.time)))
            since = None
            continue
        if since is not None:  # it was not stopped in order
            last = _last_recorded(row.body)
            found.append(Period(since, min(max(since, last if last is not None else since), row.time)))
        since = row.time
    if since is not None:
        found.append(Period(since, max(since, now)))
    return united(found)


def _last_recorded(body: str) -> int | None:
    try:
        told = json.loads(body).get("last_recorded")
    except (ValueError, AttributeError):
        return None
    return told if isinstance(told, int) else None


def by_person(acts: Iterable[Act], known: Mapping[str, str]) -> Table:
    """Acts of each person by kind, the most first; log-ins have a table of their own."""
    counts = Counter((one.actor, one.kind) for one in acts if one.actor in known and one.kind not in SESSIONS)
    columns = (Column("act", Measure.TEXT, cells=About.ACT), Column("acts", Measure.COUNT))
    ordered = sorted(counts.items(), key=lambda item: (known[item[0][0]], -item[1], item[0][1]))
    return Table("acts_by_person", About.PERSON, columns, tuple(Row(actor, (kind, n)) for (actor, kind), n in ordered), "change_log")


def logins(acts: Iterable[Act], known: Mapping[str, str]) -> Table:
    """Log-ins of each person, and how often something was refused: acts, questions, log-ins under that name."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in acts:
        if one.actor in known and one.kind in SESSIONS:
            counts[one.actor][one.kind] += 1
    columns = (Column("session.opened", Measure.COUNT, head=About.ACT), Column("act.refused", Measure.COUNT, head=About.ACT))
    ordered = sorted(counts.items(), key=lambda one: (known[one[0]], one[0]))
    rows = tuple(Row(actor, (told["session.opened"], told["act.refused"])) for actor, told in ordered)
    return Table("logins_by_person", About.PERSON, columns, rows, "change_log")


def duty(acts: Iterable[Act], spans: Sequence[Period], known: Mapping[str, str]) -> Table:
    """What people did in each period, all of them together; nobody is named."""
    columns = (
        Column("acts", Measure.COUNT),
        Column("alarm.acknowledged", Measure.COUNT, head=About.ACT),
        Column("session.opened", Measure.COUNT, head=About.ACT),
        Column("versions", Measure.COUNT),
    )
    counts = [[0] * len(columns) for _ in spans]
    for one in acts:
        at = place(spans, one.time)
        if at is None:
            continue
        person = one.actor in known
        counts[at][0] += person and one.kind not in SESSIONS
        counts[at][1] += person and one.kind == "alarm.acknowledged"
        counts[at][2] += person and one.kind == "session.opened"
        counts[at][3] += one.kind in VERSIONS
    rows = tuple(Row(str(span.start), tuple(told)) for span, told in zip(spans, counts, strict=True))
    return Table("acts_by_period", About.PERIOD, columns, rows, "change_log")


def kinds(code: str, acts: Iterable[Act], spans: Sequence[Period], wanted: Sequence[str]) -> Table:
    """How many rows of these kinds each period has."""
    counts = [Counter[str]() for _ in spans]
    for one in acts:
        at = place(spans, one.time)
        if at is not None and one.kind in wanted:
            counts[at][one.kind] += 1
    columns = tuple(Column(kind, Measure.COUNT, head=About.ACT) for kind in wanted)
    rows = tuple(Row(str(span.start), tuple(told[kind] for kind in wanted)) for span, told in zip(spans, counts, strict=True))
    return Table(code, About.PERIOD, columns, rows, "change_log")
