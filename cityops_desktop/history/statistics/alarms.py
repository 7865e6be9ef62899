"""Alarms of a span: how many, how long until somebody acknowledged them, how long they stood, how the room was. Reads rows; pure else."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from sqlalchemy import Connection, or_, select

from cityops_desktop.history.statistics.periods import Period, place, united, within
from cityops_desktop.history.statistics.spread import median, p95
from cityops_desktop.model.alarms import TESTS, Alarm, AlarmState, Cause
from cityops_desktop.model.points import Level
from cityops_desktop.model.statistics import About, Cell, Column, Measure, Note, Row, Table
from cityops_desktop.store.schema import alarm as table

HOUR_MS = 3_600_000
LEVELS = tuple(Level)
HANDLING = (
    Column("alarms", Measure.COUNT),
    *(Column(str(int(level)), Measure.COUNT, head=About.LEVEL) for level in LEVELS),
    Column("unacknowledged", Measure.COUNT),
    Column("ack_median", Measure.MS),
    Column("ack_p95", Measure.MS),
    Column("standing_median", Measure.MS),
    Column("standing_p95", Measure.MS),
    Column("still_standing", Measure.COUNT),
)
Subjects = Callable[[Alarm], str]


def read(conn: Connection, start: int, end: int) -> list[Alarm]:
    """Every alarm that was raised in this time, or stood in it; those that were tests are none."""
    stood = or_(table.c.raised >= start, table.c.returned.is_(None), table.c.returned >= start)
    found = select(table).where(table.c.raised < end, stood, table.c.cause.not_in(TESTS))
    names = [column.name for column in table.columns if column.name != "origin"]
    alarms = []
    for row in conn.execute(found.order_by(table.c.raised, table.c.id)).mappings():
        typed = {"cause": Cause(row["cause"]), "level": Level(row["level"]), "state": AlarmState(row["state"])}
        alarms.append(Alarm(**{**{name: row[name] for name in names}, **typed}))
    return alarms


def handling(alarms: Iterable[Alarm]) -> tuple[Cell, ...]:
    """The cells of HANDLING for some alarms; durations are None where there is none to tell."""
    some = list(alarms)
    acknowledged = [max(0, one.acknowledged - one.raised) for one in some if one.acknowledged is not None]
    stood = [max(0, one.returned - one.raised) for one in some if one.returned is not None]
    return (
        len(some),
        *(sum(one.level is level for one in some) for level in LEVELS),
        sum(one.acknowledged is None for one in some),
        median(acknowledged),
        p95(acknowledged),
        median(stood),
        p95(stood),
        sum(one.standing for one in some),
    )


def by_period(alarms: Sequence[Alarm], spans: Sequence[Period], watched: Sequence[Period]) -> Table:
    """Alarms raised in each period, by level, and how they were handled; nothing is known of a period in which no station ran."""
    parts: list[list[Alarm]] = [[] for _ in spans]
    for one in alarms:
        at = place(spans, one.raised)
        if at is not None:
            parts[at].append(one)
    known = [bool(part) or within(watched, span) > 0 for span, part in zip(spans, parts, strict=True)]
    unknown: tuple[Cell, ...] = (None,) * len(HANDLING)
    rows = tuple(Row(str(span.start), handling(part) if one else unknown) for span, part, one in zip(spans, parts, known, strict=True))
    return Table("alarms_by_period", About.PERIOD, HANDLING, rows, "alarms")


def by_subject(code: str, about: About, alarms: Iterable[Alarm], subject: Subjects) -> Table:
    """The same by group or by device, the most first; "" (nobody's) is left out."""
    parts: dict[str, list[Alarm]] = defaultdict(list)
    for one in alarms:
        parts[subject(one)].append(one)
    parts.pop("", None)
    rows = [Row(id, handling(part)) for id, part in sorted(parts.items(), key=lambda item: (-len(item[1]), item[0]))]
    return Table(code, about, HANDLING, tuple(rows), "alarms")


def by_level(alarms: Sequence[Alarm]) -> Table:
    """The same by level."""
    columns = tuple(column for column in HANDLING if column.head is None)
    kept = [number for number, column in enumerate(HANDLING) if column.head is None]
    rows = []
    for level in LEVELS:
        cells = handling(one for one in alarms if one.level is level)
        rows.append(Row(str(int(level)), tuple(cells[number] for number in kept)))
    return Table("alarms_by_level", About.LEVEL, columns, tuple(rows), "alarms")


ACKNOWLEDGED = (Column("acknowledged", Measure.COUNT), Column("ack_median", Measure.MS), Column("ack_p95", Measure.MS))


def by_person(alarms: Iterable[Alarm]) -> Table:
    """Who acknowledged, how many of the alarms of this span, and after how long."""
    parts: dict[str, list[int]] = defaultdict(list)
    for one in alarms:
        if one.acknowledged is not None and one.actor is not None:
            parts[one.actor].append(max(0, one.acknowledged - one.raised))
    return Table("acknowledged_by_person", About.PERSON, ACKNOWLEDGED, _acknowledged(parts), "alarms")


def by_post(alarms: Iterable[Alarm], roles: Callable[[str, int], Iterable[str]]) -> Table:
    """The same by the roles that a person held at that moment: who held two counts for both."""
    parts: dict[str, list[int]] = defaultdict(list)
    for one in alarms:
        if one.acknowledged is not None and one.actor is not None:
            for role in roles(one.actor, one.acknowledged):
                parts[role].append(max(0, one.acknowledged - one.raised))
    return Table("acknowledged_by_post", About.ROLE, ACKNOWLEDGED, _acknowledged(parts), "alarms", (Note("roles_overlap"),))


def _acknowledged(parts: Mapping[str, list[int]]) -> tuple[Row, ...]:
    ordered = sorted(parts.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Row(id, (len(took), median(took), p95(took))) for id, took in ordered)


def by_group(alarms: Sequence[Alarm], spans: Sequence[Period], group: Subjects) -> Table:
    """How many alarms each equipment group raised in each period; groups without any are left out."""
    counts: dict[str, list[int]] = {}
    for one in alarms:
        at, name = place(spans, one.raised), group(one)
        if at is not None and name:
            counts.setdefault(name, [0] * len(spans))[at] += 1
    names = sorted(counts, key=lambda name: (-sum(counts[name]), name))
    columns = (Column("alarms", Measure.COUNT), *(Column(name, Measure.COUNT, head=About.GROUP) for name in names))
    rows = []
    for number, span in enumerate(spans):
        cells = [counts[name][number] for name in names]
        rows.append(Row(str(span.start), (sum(cells), *cells)))
    return Table("groups_by_period", About.PERIOD, columns, tuple(rows), "alarms")


WORST = (
    *(Column(str(int(level)), Measure.HOURS, head=About.LEVEL) for level in LEVELS),
    Column("no_alarm", Measure.HOURS),
    Column("unknown", Measure.HOURS),
)


def worst_hours(alarms: Iterable[Alarm], spans: Sequence[Period], watched: Sequence[Period], now: int) -> Table:
    """How long the worst alarm that stood was of each level, how long none stood, and how long nobody watched.

    `watched`: when a station ran, without overlap. An alarm that stood while none ran counts only where one did.
    """
    stood: dict[Level, list[Period]] = {level: [] for level in LEVELS}
    for one in alarms:
        over = one.returned if one.returned is not None else now
        stood[one.level].append(Period(one.raised, max(one.raised, over)))
    upto: list[list[Period]] = []
    for level in LEVELS:
        upto.append(_common(united([*(upto[-1] if upto else []), *stood[level]]), watched))
    rows = []
    for span in spans:
        past = Period(span.start, max(span.start, min(span.end, now)))
        sums = [within(part, past) for part in upto]
        seen = within(watched, past)
        levels = [sums[0], *(after - before for before, after in pairwise(sums))]
        cells = (*levels, seen - sums[-1], past.end - past.start - seen)
        rows.append(Row(str(span.start), tuple(round(cell / HOUR_MS, 4) for cell in cells)))
    return Table("worst_by_period", About.PERIOD, WORST, tuple(rows), "alarms_and_runs")


def _common(some: Sequence[Period], others: Sequence[Period]) -> list[Period]:
    pairs = (Period(max(one.start, other.start), min(one.end, other.end)) for one in some for other in others)
    return united(pair for pair in pairs if pair.end > pair.start)
