"""The report about an incident, for the authority: what happened, how it was graded, who was told when, the time line. Decides nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cityops_desktop.incidents import editions, words
from cityops_desktop.incidents.editions import Edition
from cityops_desktop.incidents.states import EntryKind
from cityops_desktop.link.incidents import DueInfo, HappenedInfo, IncidentDetail, IncidentInfo
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.reports.blocks import Block, Facts, Report, Table, Text
from cityops_desktop.sentences import CHANGE_KINDS
from cityops_desktop.texts import pick, tr

NONE = "—"
MOST_ROWS = 400
"""Rows of a printed time line; entries of people are never left out."""


@dataclass(frozen=True, slots=True)
class About:
    """What a report says besides: of the room (name and value), how times are told, an alarm's sentence, the codes of plans by id."""

    room: tuple[tuple[str, str], ...]
    demo: str
    zone: tzinfo
    sentence: Callable[[AlarmInfo], str]
    plans: Mapping[str, str]

    def time(self, ms: int | None) -> str:
        """Day and time, with seconds."""
        return NONE if ms is None else f"{datetime.fromtimestamp(ms / 1000, self.zone):%Y-%m-%d %H:%M:%S}"


def report(detail: IncidentDetail, about: About) -> Report:
    """The whole report."""
    one = detail.incident
    blocks: list[Block] = [
        Facts(tr("Unit"), about.room),
        Facts(tr("Incident"), _facts(one, about)),
        Facts(tr("Class and grade"), _grading(one)),
        Text(tr("What happened"), one.text or NONE),
        Text(tr("Cause"), one.reason or NONE),
        Text(tr("What was done"), one.actions or NONE),
        Text(tr("What is learnt"), one.lessons or NONE),
        Table(
            tr("Reports"),
            (tr("Report"), tr("To whom"), tr("Due"), tr("Handed in"), tr("State")),
            tuple(_due(due, about) for due in one.dues),
            (1.2, 2.2, 1.5, 1.5, 1.0),
        ),
        _time_line(detail, about),
        Facts(tr("Signatures"), tuple((name, "") for name in (tr("Written by"), tr("Approved by"), tr("Date and time")))),
    ]
    return Report(tr("Incident report {number}", number=one.number), about.demo, tuple(blocks))


def grade_text(grade: int | None) -> str:
    """I to IV with its word."""
    return tr(words.GRADES[grade]) if grade else tr("not graded yet")


def edition_text(table: Edition) -> str:
    """Which edition; and whether it was compared with the standard's text."""
    name = pick(table.names)
    return name if table.verified else tr("{edition} (table not compared with the text of the standard)", edition=name)


def sort_text(one: IncidentInfo) -> str:
    """Class and part, in the words of its edition."""
    table = editions.edition(one.edition)
    sort, part = table.sort(one.sort), table.part(one.sort, one.part)
    if sort is None:
        return tr("not graded yet")
    return " · ".join([pick(sort.names), *([pick(part.names)] if part else [])])


def rule_text(id: str) -> str:
    """A report by its rule; "" names none."""
    rule = next((rule for rule in editions.reporting().rules if rule.id == id), None)
    return pick(rule.names) if rule else ""


def happened_text(one: HappenedInfo, incident: str, about: About) -> tuple[str, str]:
    """What it was, and what is told of it on the time line of this incident (its id)."""
    if one.entry is not None:
        entry = one.entry
        more = [rule_text(entry.rule), entry.told] if entry.kind is EntryKind.REPORTED else [about.plans.get(entry.plan, entry.plan)]
        head = " · ".join([tr(words.ENTRY_KINDS[entry.kind]), *(part for part in more if part)])
        return head, entry.text
    if one.alarm is not None:
        return tr(CHANGE_KINDS.get(one.kind, one.kind)), about.sentence(one.alarm)
    return tr(
        CHANGE_KINDS[one.kind]
    ) if one.kind in CHANGE_KINDS else one.kind, "" if one.subject == f"incident:{incident}" else one.subject


def _facts(one: IncidentInfo, about: About) -> tuple[tuple[str, str], ...]:
    return (
        (tr("Number"), one.number),
        (tr("Title"), one.title),
        (tr("State"), tr(words.INCIDENT_STATES[one.state])),
        (tr("Happened"), about.time(one.begun)),
        (tr("Found"), about.time(one.found)),
        (tr("Opened"), f"{about.time(one.opened)} · {one.actor_name}"),
        (tr("Recovered"), about.time(one.recovered)),
        (tr("Closed"), f"{about.time(one.closed)} · {one.closed_by}" if one.closed else NONE),
    )


def _grading(one: IncidentInfo) -> tuple[tuple[str, str], ...]:
    table = editions.edition(one.edition)
    named = {item.id: pick(item.names) for item in table.importances}
    lost = {item.id: pick(item.names) for item in table.losses}
    return (
        (tr("Grade"), grade_text(one.grade)),
        (tr("Class"), sort_text(one)),
        (tr("By the tables of"), edition_text(table)),
        (tr("What was hit"), named.get(one.importance, NONE)),
        (tr("Loss"), lost.get(one.loss, NONE)),
        (tr("Impact on society"), tr(words.IMPACTS[one.impact])),
        (tr("Who reports"), tr(words.REPORTERS[one.reporter])),
    )


def _due(due: DueInfo, about: About) -> tuple[str, ...]:
    rule = next((rule for rule in editions.reporting().rules if rule.id == due.rule), None)
    name, to = (pick(rule.names), pick(rule.to)) if rule else (due.rule, "")
    return name, to, about.time(due.at), about.time(due.done), tr(words.DUE_STATES[due.state])


def _time_line(detail: IncidentDetail, about: About) -> Table:
    spare = MOST_ROWS - sum(1 for one in detail.happened if one.entry is not None)
    rows, left_out = [], 0
    for one in detail.happened:
        if one.entry is None:
            spare -= 1
            if spare < 0:
                left_out += 1
                continue
        what, told = happened_text(one, detail.incident.id, about)
        rows.append((about.time(one.time), what, told, one.actor_name or tr("station")))
    if left_out or detail.more:
        more = tr("{n} and more further steps of alarms and acts are in the bundle", n=left_out)
        rows.append(("", tr("left out"), more, ""))
    return Table(tr("Time line"), (tr("Time"), tr("What it was"), tr("Said"), tr("Person")), tuple(rows), (1.5, 1.4, 4.0, 1.0))
