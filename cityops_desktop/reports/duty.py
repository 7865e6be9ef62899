"""The report of a shift, day, week, month or quarter, or of an evaluation: from what was found of its span to blocks, as its template says.

Asks nobody. What is not known is called unknown; a zero is a zero that was counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cityops_desktop.duty.reports import Section, Template
from cityops_desktop.incidents.states import IncidentState
from cityops_desktop.incidents.words import INCIDENT_STATES
from cityops_desktop.link.duty.reports import EvaluationDetail
from cityops_desktop.link.duty.sheet import SheetSection
from cityops_desktop.reports import sheets
from cityops_desktop.reports.blocks import Block, Facts, Report, Table, Text
from cityops_desktop.reports.figures import name_of, value_text
from cityops_desktop.reports.incident import grade_text
from cityops_desktop.sentences import CHANGE_KINDS
from cityops_desktop.texts import N_, pick, tr

ELSEWHERE = ("alarms", "hidden", "limits", "incidents", "trends", "problems")
"""Areas that a report has sections of its own for."""
SUMMARY = (
    "running.share",
    "readings.complete",
    "environment.within",
    "alarms.count",
    "alarms.critical",
    "alarms.unacknowledged",
    "alarms.answer",
    "incidents.opened",
    "problems.serious",
    "patrol.done",
    "patrol.missed",
    "orders.raised",
    "orders.closed",
    "orders.overdue",
    "handovers",
    "changes.count",
)
TITLES = {
    "summary": N_("Summary"),
    "availability": N_("Availability"),
    "environment": N_("Environment"),
    "energy": N_("Energy and load"),
    "alarms": N_("Alarms"),
    "incidents": N_("Incidents"),
    "problems": N_("Serious problems"),
    "duty": N_("Work on duty"),
    "figures": N_("All figures"),
    "evaluation": N_("Evaluation"),
    "changes": N_("Changes of the configuration"),
    "gaps": N_("Gaps in the record"),
    "text": N_("Remarks"),
    "signatures": N_("Signatures"),
}


@dataclass(frozen=True, slots=True)
class Air:
    """Points of one unit in an area: lowest, highest, mean (None = unknown), share of known time within limits, share of time known."""

    area: str
    unit: str
    points: int
    low: float | None
    high: float | None
    mean: float | None
    decimals: int


@dataclass(frozen=True, slots=True)
class AreaTime:
    """Of an area's sensors with limits: hours within, outside, unknown."""

    area: str
    within: float
    outside: float
    unknown: float


@dataclass(frozen=True, slots=True)
class Meter:
    """What a meter counted, kWh (None = unknown), and of how many of the days it is known."""

    name: str
    kwh: float | None
    known: int
    days: int
    exchanged: int


@dataclass(frozen=True, slots=True)
class Load:
    """Of a UPS, or another node of the power chain: percent of its rating (None = unknown)."""

    name: str
    low: float | None
    high: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Level:
    """Alarms of a level: how many, how many nobody acknowledged, milliseconds until somebody did (median, 95th of a hundred)."""

    name: str
    count: int
    unacknowledged: int
    median: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Material:
    """What was found. Times UTC ms; shares 0 to 1; None = unknown."""

    begin: int
    end: int
    made: int
    watched: float | None
    lines: Sequence[tuple[str, float | None, int]]
    air: Sequence[Air]
    areas: Sequence[AreaTime]
    meters: Sequence[Meter]
    loads: Sequence[Load]
    levels: Sequence[Level]
    top: Sequence[tuple[str, int, int]]
    """The most frequent alarms: what they say, how often, how long they stood (ms)."""
    unnamed: int
    """Alarms of devices marked sensitive: counted, not named."""
    incidents: Sequence[Mapping[str, object]]
    problems: Sequence[Mapping[str, object]]
    changes: Sequence[tuple[int, str, str, str]]
    """Time, kind, version with its reason, person."""
    gaps: Sequence[tuple[int, int]]
    reckoned: float
    """The part of the past that could be reckoned in time."""
    figures: Mapping[str, float | None]
    sheet: Sequence[SheetSection]
    more: Mapping[str, int]
    """Rows of a section that are not here, by its id."""
    evaluation: EvaluationDetail | None


@dataclass(frozen=True, slots=True)
class About:
    """What the report says of itself: the room (name and value), who it is for and from, the head of the change log, the program."""

    room: tuple[tuple[str, str], ...]
    demo: str
    zone: tzinfo
    whom: str
    maker: str
    head: tuple[tuple[str, str], ...]

    def time(self, ms: int | None) -> str:
        """Day and time."""
        return sheets.moment(ms, self.zone) or sheets.NONE


def title(template: Template, found: Material, about: About) -> str:
    """The name and the span."""
    return f"{pick(template.names)} {span_text(found.begin, found.end, about.zone)}"


def span_text(begin: int, end: int, zone: tzinfo) -> str:
    """Months or days where it is made of whole ones, else with times; what both ends have in common stands there once."""
    first, last, newest = (datetime.fromtimestamp(ms / 1000, zone) for ms in (begin, end, end - 1))
    whole = first.hour == first.minute == last.hour == last.minute == 0
    if whole and first.day == last.day == 1:
        one, other, rest = f"{first:%Y-%m}", f"{newest:%Y-%m}", f"{newest:%m}"
    elif whole:
        one, other, rest = f"{first:%Y-%m-%d}", f"{newest:%Y-%m-%d}", f"{newest:%m-%d}"
    else:
        same = first.date() == last.date()
        one, other, rest = f"{first:%Y-%m-%d %H:%M}", f"{last:%Y-%m-%d %H:%M}", f"{last:%H:%M}" if same else f"{last:%m-%d %H:%M}"
    return one if one == other else f"{one} … {rest if first.year == last.year or first.year == newest.year else other}"


def report(template: Template, found: Material, about: About) -> Report:
    """The whole report."""
    blocks: list[Block] = [Facts(tr("About this report"), _about(found, about))]
    for section in template.sections:
        blocks += SECTIONS[section.id](section, found, about)
    return Report(title(template, found, about), about.demo, tuple(blocks))


def _about(found: Material, about: About) -> tuple[tuple[str, str], ...]:
    rows = [*about.room, (tr("Time span"), f"{about.time(found.begin)} … {about.time(found.end)}")]
    rows.append((tr("Made at"), about.time(found.made)))
    rows.append((tr("Made by"), about.maker or tr("the station by itself")))
    rows += [(tr("Made for"), about.whom)] if about.whom else []
    if found.end > found.made:
        rows.append((tr("Not over yet"), tr("told as far as it has come")))
    if found.reckoned < 1:
        rows.append((tr("Reckoned"), tr("{share} of the past; the rest counts as unknown", share=_share(found.reckoned))))
    return (*rows, *about.head)


def _titled(section: Section, second: str = "") -> str:
    name = pick(section.names) if section.names is not None else tr(TITLES[section.id])
    return f"{name} · {second}" if second else name


def _summary(section: Section, found: Material, _about: About) -> list[Block]:
    known = [name for name in SUMMARY if name in found.figures]
    return [Facts(_titled(section), tuple((name_of(name), value_text(name, found.figures[name])) for name in known))]


def _figures(section: Section, found: Material, _about: About) -> list[Block]:
    rows = tuple((name_of(name), value_text(name, value)) for name, value in found.figures.items())
    return [Table(_titled(section), (tr("Figure"), tr("Value")), rows, (3.0, 1.0))]


def _availability(section: Section, found: Material, _about: About) -> list[Block]:
    rows = [(tr("Station running"), _share(found.watched), "")]
    rows += [(name, _share(share), str(points)) for name, share, points in found.lines]
    return [Table(_titled(section), (tr("What is available"), tr("Available"), tr("Measured points")), tuple(rows), (3.0, 1.0, 1.0))]


def _environment(section: Section, found: Material, _about: About) -> list[Block]:
    head = (tr("Area"), tr("Unit"), tr("Measured points"), tr("Lowest"), tr("Mean"), tr("Highest"))
    rows = [
        (one.area, one.unit, str(one.points), *(_number(value, one.decimals) for value in (one.low, one.mean, one.high)))
        for one in found.air
    ]
    blocks: list[Block] = [Table(_titled(section), head, _some(rows, len(head)), (2.0, 0.7, 0.7, 1.0, 1.0, 1.0))]
    if found.areas:
        heads = (tr("Area"), tr("Within limits"), tr("Hours within"), tr("Hours outside"), tr("Hours unknown"))
        times = []
        for area in found.areas:
            known = area.within + area.outside
            share = _share(area.within / known if known else None)
            times.append((area.area, share, f"{area.within:.1f}", f"{area.outside:.1f}", f"{area.unknown:.1f}"))
        blocks.append(Table(_titled(section, tr("limits")), heads, tuple(times), (2.0, 1.0, 1.0, 1.0, 1.0)))
    return blocks


def _energy(section: Section, found: Material, _about: About) -> list[Block]:
    head = (tr("Meter"), tr("Energy"), tr("Days known"), tr("Note"))
    rows = [
        (one.name, _number(one.kwh, 1, "kWh"), f"{one.known}/{one.days}", tr("meter exchanged or reset") if one.exchanged else "")
        for one in found.meters
    ]
    blocks: list[Block] = [Table(_titled(section), head, _some(rows, 4), (2.4, 1.0, 0.8, 1.2))]
    if found.loads:
        head = (tr("UPS"), tr("Lowest load"), tr("Mean load"), tr("Highest load"))
        loads = [(one.name, *(_number(value, 1, "%") for value in (one.low, one.mean, one.high))) for one in found.loads]
        blocks.append(Table(_titled(section, tr("load")), head, tuple(loads), (2.4, 1.0, 1.0, 1.0)))
    return blocks


def _alarms(section: Section, found: Material, _about: About) -> list[Block]:
    head = (tr("Level"), tr("Alarms"), tr("Not acknowledged"), tr("Acknowledged after, median"), tr("95 of 100 within"))
    rows = tuple((one.name, str(one.count), str(one.unacknowledged), _duration(one.median), _duration(one.p95)) for one in found.levels)
    blocks: list[Block] = [Table(_titled(section), head, rows, (1.2, 0.8, 1.0, 1.4, 1.2))]
    told = [(words, str(count), _duration(float(stood))) for words, count, stood in found.top[: section.top]]
    if found.unnamed:
        told.append((tr("of devices marked sensitive: counted, not named"), str(found.unnamed), ""))
    top = _titled(section, tr("the most frequent"))
    blocks.append(Table(top, (tr("Alarm"), tr("Times"), tr("Stood together")), _some(told, 3), (4.0, 0.7, 1.2)))
    return blocks


def _incidents(section: Section, found: Material, about: About) -> list[Block]:
    head = (tr("Number"), tr("Title"), tr("Grade"), tr("Found"), tr("State"))
    rows = [
        (
            str(one["number"]),
            str(one["title"]),
            grade_text(_whole(one["grade"])),
            about.time(_whole(one["found"])),
            tr(INCIDENT_STATES[IncidentState(str(one["state"]))]),
        )
        for one in found.incidents[: section.top]
    ]
    return [Table(_titled(section), head, _some(rows, 5), (0.9, 2.6, 1.0, 1.3, 1.0))]


def _problems(section: Section, found: Material, about: About) -> list[Block]:
    rows = [
        (str(one["number"]), about.time(_whole(one["time"])), f"{one['title']}\n{one['text']}", str(one["actor_name"]))
        for one in found.problems[: section.top]
    ]
    return [Table(_titled(section), (tr("Number"), tr("Time"), tr("What it says"), tr("Person")), _some(rows, 4), (0.9, 1.3, 3.4, 1.0))]


def _duty(section: Section, found: Material, about: About) -> list[Block]:
    wanted = [one for one in found.sheet if (one.id in section.areas if section.areas else one.id not in ELSEWHERE)]
    told: list[Block] = [sheets.table(one, about.zone, section.top, found.more.get(one.id, 0)) for one in wanted if one.rows]
    silent = [tr(one.title) for one in wanted if not one.rows]
    return [*told, Text(tr("Nothing to tell"), " · ".join(silent))] if silent else told


def _changes(section: Section, found: Material, about: About) -> list[Block]:
    rows = [
        (about.time(time), tr(CHANGE_KINDS.get(kind, kind)), why, who or tr("station"))
        for time, kind, why, who in found.changes[: section.top]
    ]
    if len(found.changes) > section.top:
        rows.append(("", tr("and {n} more", n=len(found.changes) - section.top), "", ""))
    return [
        Table(
            _titled(section),
            (tr("Time"), tr("What was changed"), tr("Version and reason"), tr("Person")),
            _some(rows, 4),
            (1.3, 1.8, 2.0, 1.0),
        )
    ]


def _gaps(section: Section, found: Material, about: About) -> list[Block]:
    rows = [(about.time(begin), about.time(end), _duration(float(end - begin))) for begin, end in found.gaps[: section.top]]
    return [Table(_titled(section), (tr("From"), tr("Until"), tr("How long")), _some(rows, 3, tr("none")), (1.0, 1.0, 1.0))]


def _text(section: Section, _found: Material, _about: About) -> list[Block]:
    return [Text(_titled(section), pick(section.text) if section.text is not None else "")]


def _signatures(section: Section, _found: Material, _about: About) -> list[Block]:
    names = [pick(one) for one in section.lines] or [tr("Prepared by"), tr("Checked by")]
    return [
        Table(
            _titled(section), (tr("Who"), tr("Signature by hand"), tr("Date")), tuple((name, "\n\n", "") for name in names), (1.0, 2.0, 1.0)
        )
    ]


def _evaluation(section: Section, found: Material, about: About) -> list[Block]:
    one = found.evaluation
    if one is None:
        return []
    agreed = one.agreement.agreement
    grade = pick(agreed.grades[one.grade].names) if one.grade is not None else tr("no grade: too little is known")
    facts = [
        (tr("Number"), one.evaluation.number),
        (tr("Agreement"), f"{pick(agreed.names)} · {agreed.code} · {tr('version {n}', n=one.agreement.version)}"),
        (tr("Party A"), pick(agreed.parties.a)),
        (tr("Party B"), pick(agreed.parties.b)),
        (tr("Points"), _number(one.total, 1)),
        (tr("Known part of the weight"), f"{one.known:.0f} %"),
        (tr("Grade reached"), grade),
    ]
    asked = {question.id: pick(question.names) for question in agreed.questions}
    rows = []
    for indicator, value in zip(agreed.indicators, one.indicators, strict=True):
        told = value_text(indicator.figure, value.value) if indicator.figure else _number(value.value, 2)
        proof = f"{indicator.figure}\n{value.evidence.question}" if value.evidence else tr("{n} answers", n=value.answers)
        points = _number(value.points, 1) if value.points is not None else tr("unknown: left out")
        rows.append((pick(indicator.names), f"{indicator.weight:g}", told, points, proof))
    head = (tr("Indicator"), tr("Weight"), tr("Value"), tr("Points"), tr("Evidence"))
    answers = [
        (asked.get(a.question, a.question), a.respondent, tr("not known") if a.score is None else f"{a.score:g}", a.text)
        for a in one.answers
    ]
    remarks = [(about.time(r.time), _side(r.side), r.text, r.actor_name) for r in one.remarks]
    signed = [(_side(s.side), s.actor_name, about.time(s.time)) for s in one.signatures]
    return [
        Facts(_titled(section), tuple(facts)),
        Table(tr("Indicators"), head, tuple(rows), (1.6, 0.6, 0.9, 0.9, 2.6)),
        Table(
            tr("Questionnaire"),
            (tr("Question asked"), tr("Respondent"), tr("Score"), tr("Answer in words")),
            _some(answers, 4),
            (2.2, 1.2, 0.7, 2.4),
        ),
        Table(tr("Comments"), (tr("Time"), tr("Side"), tr("Said"), tr("Person")), _some(remarks, 4), (1.2, 0.8, 3.4, 1.0)),
        Table(tr("Signed in the program"), (tr("Side"), tr("Person"), tr("Time")), _some(signed, 3, tr("not signed")), (1.0, 1.6, 1.4)),
        Facts(tr("Content that is signed"), (("SHA-256", one.digest),)),
    ]


SECTIONS: Mapping[str, Callable[[Section, Material, About], list[Block]]] = {
    "summary": _summary,
    "availability": _availability,
    "environment": _environment,
    "energy": _energy,
    "alarms": _alarms,
    "incidents": _incidents,
    "problems": _problems,
    "duty": _duty,
    "figures": _figures,
    "evaluation": _evaluation,
    "changes": _changes,
    "gaps": _gaps,
    "text": _text,
    "signatures": _signatures,
}


def _side(side: str) -> str:
    return tr("Party A") if side == "a" else tr("Party B")


def _some(rows: Sequence[tuple[str, ...]], cells: int, nothing: str = "") -> tuple[tuple[str, ...], ...]:
    """The rows, or one that says that there are none."""
    return tuple(rows) or ((nothing or tr("none"), *[""] * (cells - 1)),)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _number(value: float | None, decimals: int, unit: str = "") -> str:
    return tr("unknown") if value is None else f"{value:.{decimals}f} {unit}".strip()


def _share(value: float | None) -> str:
    return tr("unknown") if value is None else f"{value * 100:.2f} %"


def _duration(ms: float | None) -> str:
    if ms is None:
        return sheets.NONE
    seconds = round(ms / 1000)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds % 60:02} s" if minutes else f"{seconds} s"
