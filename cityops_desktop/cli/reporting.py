"""What goes into a report, read from a data directory beside its station; then its files. Never changes a record.

What the areas of duty tell stands in the order that the station gives; everything else is read here, where nobody waits for it.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, select

from cityops_desktop import __version__
from cityops_desktop.audit.query import actor_name, displays
from cityops_desktop.cli.app import parts
from cityops_desktop.clock import SystemClock
from cityops_desktop.duty.reportforms import read_template
from cityops_desktop.history.journal import unsealed
from cityops_desktop.history.recorded import Recorded
from cityops_desktop.history.statistics import acts, alarms, performance
from cityops_desktop.history.statistics.days import DaysOf, Ready
from cityops_desktop.history.statistics.performance import recorded_points
from cityops_desktop.history.statistics.periods import Period, whole_days, within
from cityops_desktop.link.duty.reports import EvaluationDetail
from cityops_desktop.link.duty.sheet import SheetSection
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.envelope import NOTHING, Past, Strip, envelope, merged, width_for
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.power import PowerKind, PowerRole
from cityops_desktop.model.rooms import Room
from cityops_desktop.people.sight import Sight, anybody
from cityops_desktop.reports import xlsx
from cityops_desktop.reports.duty import About, Air, AreaTime, Level, Load, Material, Meter, report
from cityops_desktop.reports.paper import Printed
from cityops_desktop.sentences import CAUSES, level_name
from cityops_desktop.station.duty.reportpress import draft, unpacked
from cityops_desktop.store.duty import reports
from cityops_desktop.store.schema import change
from cityops_desktop.store.sqlite import ask
from cityops_desktop.store.store import JOURNAL, RECORDS
from cityops_desktop.texts import pick, tr

SECONDS = 40.0
"""So long the past is reckoned; what is missing then counts as unknown and is said."""
IN_TIME_MS = 5 * 60_000
MOST_BUCKETS = 800
MOST_TOP = 1000
MOST_CHANGES = 2000
Say = Callable[[dict[str, object]], None]


class _Records(NamedTuple):
    alarms: list[Alarm]
    watched: list[Period]
    incidents: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    changes: list[tuple[int, str, str, str]]


class _Past:
    """The past of a data directory as the statistics ask for it. What is not sealed is read once."""

    def __init__(self, recorded: Recorded, journal: Path, keys: Sequence[str]) -> None:
        self._archive = recorded.archive
        until, tick = self._archive.until, self._archive.tick
        self._recent: dict[str, Strip] = ask(journal, lambda conn: unsealed(conn, keys, until, tick)) if journal.exists() else {}

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """See history.statistics.days.PastOf."""
        width = width_for(end - start, buckets)
        sealed = self._archive.strips(keys, start, end, width)
        strips = {}
        for key in dict.fromkeys(keys):
            strip = merged(sealed.get(key, NOTHING), self._recent.get(key, NOTHING).between(start, end))
            if len(strip):
                strips[key] = envelope(strip, width)
        recent = [int(strip.time[0]) for strip in self._recent.values() if len(strip)]
        oldest = self._archive.oldest()
        return Past(min([*recent, *([oldest] if oldest is not None else [])], default=None), strips)


def make(folder: Path, job: Mapping[str, Any], say: Say) -> dict[str, object]:
    """Make what the order asks for; the last line that is told. OSError, DBAPIError."""
    room = unpacked(str(job["room"]))
    say({"step": "records", "part": 0.05})
    begin, end, made = int(job["begin"]), int(job["end"]), int(job["made"])
    found = _material(folder, room, job, begin, end, made, say)
    if job["reckon"]:
        return {"forms": [], "figures": found.figures, "unmade": ""}
    template = read_template(str(job["template"]))
    about = _about(room, job)
    told = report(template, found, about)
    say({"step": "xlsx", "part": 0.7})
    xlsx.write(told, draft(folder, job["id"], "xlsx"))
    on = Printed(
        told.title,
        pick(room.names),
        room.domain,
        f"{datetime.fromtimestamp(made / 1000, about.zone):%Y-%m-%d %H:%M:%S} ({room.timezone})",
        f"CityOps Desktop {__version__}",
        about.demo,
    )
    say({"step": "pdf", "part": 0.75})
    unmade = ""
    try:
        write_pdf = parts.load_printer()
    except ImportError as error:  # a machine without what Qt needs to draw
        unmade = str(error)[:300]
    else:
        write_pdf(told, on, draft(folder, job["id"], "pdf"), lambda part: say({"step": "pdf", "part": 0.75 + 0.25 * part}))
    return {"forms": ["xlsx"] if unmade else ["pdf", "xlsx"], "figures": found.figures, "unmade": unmade}


def _about(room: Room, job: Mapping[str, Any]) -> About:
    site, head = room.site, job["head"]
    rows = (
        (tr("Room"), pick(room.names)),
        (tr("Domain"), room.domain),
        (tr("Owner"), site.owner),
        (tr("Operator"), site.operator),
        (tr("Competent authority"), site.authority),
    )
    signed = ((tr("Head of the change log"), f"{head['seq']}: {head['hash']}"), (tr("Key fingerprint"), head["key"])) if head else ()
    return About(
        tuple(row for row in rows if row[1]),
        tr("DEMO: simulated") if room.origin == "demo" else "",
        ZoneInfo(room.timezone),
        str(job["whom"]),
        str(job["maker"]),
        signed,
    )


def _material(folder: Path, room: Room, job: Mapping[str, Any], begin: int, end: int, made: int, say: Say) -> Material:
    told = ask(folder / RECORDS, lambda conn: _records(conn, begin, end, made))
    over = min(end, made)
    first = max(begin, min((one.start for one in told.watched), default=over))
    watched = within(told.watched, Period(first, over)) / (over - first) if over > first else None
    sight = Sight(room.domain, {one.id: one.sensitive for one in room.devices}, {key: one.device for key, one in room.points().items()})
    say({"step": "past", "part": 0.1})
    figures: dict[str, float | None] = {"running.share": watched, **_alarm_figures(told.alarms, begin, end)}
    past = _PastOfSpan(folder, room, sight, begin, end, made, say)
    figures |= past.figures() | {
        "incidents.opened": float(sum(begin <= one["found"] < end for one in told.incidents)),
        "incidents.closed": float(sum(one["closed"] is not None and begin <= one["closed"] < end for one in told.incidents)),
        "changes.count": float(len(told.changes)),
    }
    figures |= json.loads(job["figures_of_duty"])
    if watched is None:  # before the first start nothing is known: no zero was counted
        figures = dict.fromkeys(figures)
    top, unnamed = _top(told.alarms, begin, end, made, room, sight)
    judged = job["evaluation"]
    return Material(
        begin,
        end,
        made,
        watched,
        past.lines,
        past.air,
        past.areas,
        past.meters,
        past.loads,
        _levels(told.alarms, begin, end),
        top,
        unnamed,
        told.incidents,
        told.problems,
        told.changes,
        _gaps(told.watched, begin, over),
        past.ready.part,
        figures,
        [SheetSection.model_validate(one) for one in job["sheet"]],
        job["more"],
        EvaluationDetail.model_validate(judged) if judged else None,
    )


def _records(conn: Connection, begin: int, end: int, made: int) -> _Records:
    known = displays(conn)
    changed = select(change.c.time, change.c.kind, change.c.body, change.c.actor).where(
        change.c.kind.in_(acts.VERSIONS), change.c.time >= begin, change.c.time < end
    )
    rows = conn.execute(changed.order_by(change.c.seq).limit(MOST_CHANGES)).all()
    return _Records(
        alarms.read(conn, begin, end),
        acts.watched(conn, made),
        reports.incidents_between(conn, begin, end),
        reports.problems(conn, begin, end),
        [(row.time, row.kind, _version(row.body), "" if row.actor == "station" else actor_name(row.actor, known)) for row in rows],
    )


def _version(body: str) -> str:
    """Of a change of the configuration: its number and why."""
    told = json.loads(body)
    how = told.get("how")
    why = told.get("why") or (how.get("why", "") if isinstance(how, dict) else "")
    return " · ".join(str(one) for one in (told.get("number"), why) if one)


def _gaps(watched: Sequence[Period], begin: int, end: int) -> list[tuple[int, int]]:
    """When no station ran."""
    found, at = [], begin
    for one in watched:
        if one.end <= begin or one.start >= end:
            continue
        if one.start > at:
            found.append((at, one.start))
        at = max(at, one.end)
    return [*found, *([(at, end)] if at < end else [])]


# alarms


def _raised(some: Sequence[Alarm], begin: int, end: int) -> list[Alarm]:
    return [one for one in some if begin <= one.raised < end]


def _alarm_figures(some: Sequence[Alarm], begin: int, end: int) -> dict[str, float | None]:
    mine = _raised(some, begin, end)
    cells = dict(zip((column.code for column in alarms.HANDLING), alarms.handling(mine), strict=True))
    answered = cells["ack_median"]
    in_time = sum(one.acknowledged is not None and one.acknowledged - one.raised <= IN_TIME_MS for one in mine)
    return {
        "alarms.count": float(len(mine)),
        "alarms.critical": float(sum(int(one.level) == 1 for one in mine)),
        "alarms.unacknowledged": float(sum(one.acknowledged is None for one in mine)),
        "alarms.answer": answered / 1000 if isinstance(answered, int | float) else None,
        "alarms.in_time": in_time / len(mine) if mine else None,
    }


def _levels(some: Sequence[Alarm], begin: int, end: int) -> list[Level]:
    mine, found = _raised(some, begin, end), []
    names = [column.code for column in alarms.HANDLING]
    for level in alarms.LEVELS:
        cells = dict(zip(names, alarms.handling(one for one in mine if one.level is level), strict=True))
        times = [value if isinstance(value, int | float) else None for value in (cells["ack_median"], cells["ack_p95"])]
        found.append(Level(level_name(level), int(cells["alarms"] or 0), int(cells["unacknowledged"] or 0), times[0], times[1]))
    return found


def _top(some: Sequence[Alarm], begin: int, end: int, made: int, room: Room, sight: Sight) -> tuple[list[tuple[str, int, int]], int]:
    """By what they are about and why, the most frequent first; those that not everybody may see are only counted."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    unnamed = 0
    for one in _raised(some, begin, end):
        if not sight.sees(anybody(room.domain), one.subject, open=one.standing):
            unnamed += 1
            continue
        told = counts[one.subject, one.cause.value]
        told[0] += 1
        told[1] += max(0, (one.returned if one.returned is not None else made) - one.raised)
    causes = {cause.value: words for cause, words in CAUSES.items()}
    ordered = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))[:MOST_TOP]
    named = [(tr(causes[why]).format_map(_With(name=_subject(room, subject))), told[0], told[1]) for (subject, why), told in ordered]
    return named, unnamed


class _With(dict[str, object]):
    """A sentence of many alarms has a name, but no value of its own."""

    def __missing__(self, key: str) -> object:
        return "…"


def _subject(room: Room, subject: str) -> str:
    point = room.points().get(subject)
    if point is not None:
        return f"{pick(point.names)} ({subject})"
    device = next((one for one in room.devices if one.id == subject), None)
    return pick(device.names) if device is not None else subject


# the past


class _PastOfSpan:
    """What the historian says of the span. A device marked sensitive is left out."""

    def __init__(self, folder: Path, room: Room, sight: Sight, begin: int, end: int, made: int, say: Say) -> None:
        self._room, self._begin, self._end, self._made, self._say = room, begin, end, made, say
        self._clock = SystemClock()
        self._until = self._clock.monotonic() + SECONDS
        self.ready = Ready()
        points = {key: one for key, one in room.points().items() if not sight.guarded(key)}
        recorded = Recorded(folder, self._clock)
        try:
            past = _Past(recorded, folder / JOURNAL, list(points))
            self._past = past
            days = DaysOf(past, self._clock)
            self._days = whole_days(begin, min(end, made), ZoneInfo(room.timezone)) if min(end, made) > begin else []
            self.air = self._air(points)
            self.loads = self._loads(points)
            say({"step": "past", "part": 0.3})
            self.areas, self._within, self._known = self._areas(days, points)
            say({"step": "past", "part": 0.4})
            self.meters = self._meters(days, points)
            self.lines, self._complete = self._lines(days, points)
        finally:
            recorded.close()

    def figures(self) -> dict[str, float | None]:
        """By name."""
        return {"readings.complete": self._complete, "environment.within": self._within, "environment.known": self._known}

    def _air(self, points: Mapping[str, Point]) -> list[Air]:
        """Temperature, humidity and whatever else the environment has, by area and unit."""
        chosen: dict[tuple[str, str], list[Point]] = defaultdict(list)
        place_of = {point.key: area for area, some in performance.sensors(self._room).items() for point in some}
        for point in points.values():
            if point.kind is Kind.ANALOG and point.group.value == "environment":
                chosen[place_of.get(point.key, ""), point.unit].append(point)
        found = []
        for (area, unit), some in sorted(chosen.items()):
            low, high, mean = self._extremes([point.key for point in some])
            found.append(
                Air(
                    self._area(area) if len(some) > 1 else f"{self._area(area)} · {pick(some[0].names)}",
                    unit,
                    len(some),
                    low,
                    high,
                    mean,
                    max(point.decimals for point in some),
                )
            )
        return found

    def _loads(self, points: Mapping[str, Point]) -> list[Load]:
        found = []
        for node in self._room.power:
            key = node.points.get(PowerRole.LOAD)
            if node.kind is PowerKind.UPS and key in points:
                found.append(Load(pick(node.names), *self._extremes([str(key)])))
        return found

    def _extremes(self, keys: Sequence[str]) -> tuple[float | None, float | None, float | None]:
        """Lowest, highest, mean of what is known; hours weigh the same."""
        told = self._past.past(keys, self._begin, min(self._end, self._made) - 1, MOST_BUCKETS)
        lows, highs, means = [], [], []
        for strip in told.strips.values():
            usable = strip.count > 0
            if usable.any():
                lows.append(float(np.min(strip.low[usable])))
                highs.append(float(np.max(strip.high[usable])))
                means.append(float(np.mean((strip.first[usable] + strip.last[usable]) / 2)))
        if not means:
            return None, None, None
        return min(lows), max(highs), sum(means) / len(means)

    def _areas(self, days: DaysOf, points: Mapping[str, Point]) -> tuple[list[AreaTime], float | None, float | None]:
        """Hours within limits, of each area and of all together."""
        sensors = {area: [one for one in some if one.key in points] for area, some in performance.sensors(self._room).items()}
        sensors = {area: some for area, some in sensors.items() if some}
        told = days.areas(sensors, self._days, self._until, self.ready) if self._days else {}
        whole = sum(max(0, min(day.end, self._made) - day.start) for day in self._days) / 3_600_000
        found, good, known = [], 0.0, 0.0
        for area, some in told.items():
            hours = sum(one.known for one in some if one is not None) / 60
            inside = sum(one.within for one in some if one is not None) / 60
            good, known = good + inside, known + hours
            found.append(AreaTime(self._area(area), inside, hours - inside, max(0.0, whole - hours)))
        return found, good / known if known else None, known / (whole * len(found)) if found and whole else None

    def _meters(self, days: DaysOf, points: Mapping[str, Point]) -> list[Meter]:
        mine = [one for one in performance.meters(self._room) if one.key in points]
        told = days.points(mine, self._days, self._until, self.ready) if self._days else {}
        found = []
        for point in mine:
            known = [one for one in told.get(point.key, ()) if one is not None]
            counted = [one.counted for one in known if one.counted is not None]
            kwh = sum(counted) * performance.KWH[point.unit] if counted else None
            broken = sum(one.broken for one in known)
            found.append(Meter(pick(point.names), kwh, sum(one.usable > 0 for one in known), len(self._days), broken))
        return found

    def _lines(self, days: DaysOf, points: Mapping[str, Point]) -> tuple[list[tuple[str, float | None, int]], float | None]:
        """The part of the readings due that came, of each line and of all."""
        mine = {device.id: [one for one in recorded_points(device) if one.key in points] for device in self._room.devices}
        every = [point for some in mine.values() for point in some]
        told = days.points(every, self._days, self._until, self.ready) if self._days else {}
        late = [
            point for point in every if (first := performance.first_of(told.get(point.key, ()))) is not None and first >= self._days[0].end
        ]
        earlier = days.earlier(late, self._days[0].start) if self._days else frozenset[str]()
        whole = performance.Recorded(self._days, told, days.oldest, self._made, earlier)
        found = []
        for bus in self._room.buses:
            some = [point for device in self._room.devices if device.bus == bus.id for point in mine[device.id]]
            if some:
                found.append((pick(bus.names), whole.share(some), len(some)))
        return found, whole.share(every)

    def _area(self, id: str) -> str:
        return next((pick(area.names) for area in self._room.areas if area.id == id), tr("outside of all areas"))
