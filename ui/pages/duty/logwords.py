"""Entries of the log book in words: one line, whole, as a row of a file and of a paper. Asks nothing."""

from collections.abc import Sequence
from datetime import tzinfo

from cityops_desktop.link.duty.logbook import LogEntryInfo, ValueInfo
from cityops_desktop.reports.blocks import Report, Table
from cityops_desktop.texts import N_, pick, tr
from ui.models.document import Document, Part, Value
from ui.models.room import RoomModel
from ui.models.shown import moment

OPEN, CLOSED, CORRECTED, WITHDRAWN = "open", "closed", "corrected", "withdrawn"
STATES = {
    OPEN: N_("to be settled"),
    CLOSED: N_("settled"),
    CORRECTED: N_("corrected"),
    WITHDRAWN: N_("withdrawn"),
    "": "",
}
LATE_MS = 15 * 60_000
"""An entry that was written so much later than what it tells of says when it was."""


def state_of(entry: LogEntryInfo) -> str:
    """A key of `STATES`."""
    if entry.corrected:
        return CORRECTED
    if entry.withdrawn is not None:
        return WITHDRAWN
    if not entry.handover:
        return ""
    return OPEN if entry.closed is None else CLOSED


def struck(entry: LogEntryInfo) -> bool:
    """Does it not hold any more?"""
    return state_of(entry) in (CORRECTED, WITHDRAWN)


def value_of(one: ValueInfo) -> str:
    """What a field holds, with its unit."""
    return f"{pick(one.value)} {one.unit}".strip()


def line_of(entry: LogEntryInfo) -> str:
    """All of it on one line."""
    fields = (tr("{name}: {value}", name=pick(one.names), value=value_of(one)) for one in entry.fields)
    return "  ·  ".join((" ".join(entry.text.split()), *fields))


def written_text(entry: LogEntryInfo, zone: tzinfo) -> str:
    """By whom, and when it was written where that was later."""
    written = moment(entry.written, zone)
    late = entry.written - entry.time > LATE_MS
    return tr("{name}, written {time}", name=entry.actor_name, time=f"{written:%Y-%m-%d %H:%M}") if late else entry.actor_name


def more_of(entry: LogEntryInfo, zone: tzinfo) -> list[str]:
    """What belongs to it besides its text: fields, things, files, how it was settled."""
    told = [tr("{name}: {value}", name=pick(one.names), value=value_of(one)) for one in entry.fields]
    if entry.links:
        told.append(tr("About: {things}", things="; ".join(link.words or link.target for link in entry.links)))
    if entry.attachments:
        told.append(tr("Files: {names}", names="; ".join(one.name for one in entry.attachments)))
    if entry.note:
        told.append(tr("with curves"))
    if entry.closed is not None:
        when = f"{moment(entry.closed, zone):%m-%d %H:%M}"
        told.append(tr("Settled {time} by {name}: {text}", time=when, name=entry.closed_name, text=entry.closed_text))
    return told


def whole(entry: LogEntryInfo, zone: tzinfo) -> str:
    """Text and all that belongs to it, a line each."""
    state = state_of(entry)
    first = f"[{tr(STATES[state])}] {entry.text}" if state else entry.text
    return "\n".join((first, *more_of(entry, zone)))


def document(entries: Sequence[LogEntryInfo], said: str, model: RoomModel) -> Document:
    """For a file; `said`: which entries these are."""
    room = model.room
    facts = (
        (tr("Room"), pick(room.names) if room else ""),
        (tr("Time zone"), room.timezone if room else ""),
        (tr("Made"), _second(model.now(), model.zone)),
    )
    head = (tr("Happened"), tr("Written"), tr("Recorded by"), tr("Sort"), tr("Text"), tr("More"), tr("State"), tr("Number"))
    return Document(tr("Log book"), facts, (Part(tr("Log book"), said, head, tuple(_row(one, model.zone) for one in entries)),))


def paper(entries: Sequence[LogEntryInfo], day: str, model: RoomModel) -> Report:
    """A day of the book, in the order in which it happened."""
    zone, room = model.zone, model.room
    rows = tuple(
        (f"{moment(one.time, zone):%H:%M}", pick(one.names), whole(one, zone), written_text(one, zone))
        for one in sorted(entries, key=lambda one: one.place)
    )
    demo = tr("DEMO: simulated") if room is not None and room.origin == "demo" else ""
    head = (tr("Time"), tr("Sort"), tr("Entry"), tr("Recorded by"))
    title = tr("Log book of {day}", day=day)
    return Report(title, demo, (Table(title, head, rows or (("", "", tr("No entry"), ""),), (0.6, 1.2, 6.0, 1.4)),))


def _row(entry: LogEntryInfo, zone: tzinfo) -> tuple[Value, ...]:
    times = (_second(entry.time, zone), _second(entry.written, zone))
    more = "\n".join(more_of(entry, zone))
    return (*times, entry.actor_name, pick(entry.names), entry.text, more, tr(STATES[state_of(entry)]), entry.id)


def _second(ms: int, zone: tzinfo) -> str:
    return moment(ms, zone).isoformat(" ", "seconds")
