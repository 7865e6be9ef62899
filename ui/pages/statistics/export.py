"""The tables of a tab as files: CSV, XLSX and PDF. Figures stay figures: parts in percent, durations in seconds, times with their zone.
Asks the station nothing."""

from cityops_desktop.link.statistics import CompletenessInfo, StatisticsInfo
from cityops_desktop.model.statistics import Cell, Column, Measure, Table
from cityops_desktop.texts import pick, tr
from ui.models.document import Document, Part, Value
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.statistics.calendar import lines_of
from ui.pages.statistics.words import ABOUT, SUBJECTS, Words, note_text, notes_text, table_title


def of_tables(info: StatisticsInfo, model: RoomModel) -> Document:
    """A subject."""
    words = Words(model, info.people, info.by)
    title = f"{tr('Statistics')} · {tr(SUBJECTS[info.subject])}"
    said = [note_text(note, model.zone) for note in info.notes]
    if info.ready < 1:
        said.append(tr("Not all of it is reckoned yet: {n} %.", n=int(info.ready * 100)))
    facts = (*_facts(model, info.start, info.end), *((tr("Note"), one) for one in said))
    return Document(title, facts, tuple(_part(table, words, model) for table in info.tables))


def of_calendar(info: CompletenessInfo, model: RoomModel) -> Document:
    """The calendar: percent of the readings due, of every device and point on every day."""
    every = frozenset(device.id for device in info.devices)
    head = (tr("device"), tr("point"), *(f"{moment(day, model.zone):%Y-%m-%d}" for day in info.days))
    rows: list[tuple[Value, ...]] = []
    for line in lines_of(info, every, model):
        shares = (None if share is None else share / 10 for share in line.shares)
        rows.append((line.device, line.id if line.point else "", *shares))
    said = " ".join([tr("Percent of the readings that were due."), *(note_text(note, model.zone) for note in info.notes)])
    title = tr("Completeness by day")
    return Document(f"{tr('Statistics')} · {title}", _facts(model, info.days[0], info.end), (Part(title, said, head, tuple(rows)),))


def _facts(model: RoomModel, start: int, end: int) -> tuple[tuple[str, str], ...]:
    room = model.room
    demo = [(tr("DEMO"), tr("simulated data, not of a real room"))] if room is not None and room.origin == "demo" else []
    days = f"{moment(start, model.zone):%Y-%m-%d} – {moment(end - 1, model.zone):%Y-%m-%d}"
    now = f"{moment(model.now(), model.zone):%Y-%m-%d %H:%M:%S}"
    return (
        *demo,
        (tr("Room"), pick(room.names) if room else ""),
        (tr("Span"), days),
        (tr("Time zone"), room.timezone if room else ""),
        (tr("Made"), now),
    )


def _part(table: Table, words: Words, model: RoomModel) -> Part:
    head = (tr(ABOUT[table.about]), *(_head(column, words) for column in table.columns))
    rows = []
    for row in table.rows:
        cells = (_value(column, cell, words, model) for column, cell in zip(table.columns, row.cells, strict=True))
        rows.append((words.label(table.about, row.id), *cells))
    return Part(table_title(table), notes_text(table, model.zone), head, tuple(rows))


def _head(column: Column, words: Words) -> str:
    unit = {Measure.SHARE: "%", Measure.MS: column.unit or "s"}.get(column.measure, "")
    return f"{words.head(column)} ({unit})" if unit else words.head(column)


def _value(column: Column, cell: Cell, words: Words, model: RoomModel) -> Value:
    if cell is None:
        return None
    if isinstance(cell, str):
        return words.cell(column, cell)
    match column.measure:
        case Measure.SHARE:
            return int(cell * 10000) / 100
        case Measure.MS:
            return round(cell, 1) if column.unit == "ms" else round(cell / 1000, 1)
        case Measure.MOMENT:
            return moment(int(cell), model.zone).isoformat(" ", "seconds")
        case Measure.COUNT:
            return int(cell)
    return round(cell, 4)
