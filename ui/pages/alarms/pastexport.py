"""All alarms of a question as a file: CSV and XLSX with times as times and durations in seconds, PDF as it is read. Asks the station
nothing."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import pick, tr
from ui.models.document import Document, Part, Value
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.alarms.pasttable import TITLES, Column, PastTable, state_text
from ui.paper import sheet
from ui.paper.run import Paint
from ui.paper.sheet import BODY, FAINT, GREY, SMALL, broken, write

MOST_PAPER = 2000
"""Rows on paper; more belong into a table."""
LINE, ROW = 105.0, 230.0
SHARES = {
    Column.LEVEL: 0.7,
    Column.STATE: 1.1,
    Column.RAISED: 1.25,
    Column.LASTED: 0.9,
    Column.PLACE: 1.5,
    Column.ALARM: 3.6,
    Column.ACKNOWLEDGED: 1.5,
    Column.RETURNED: 1.25,
}


def document(rows: Sequence[AlarmInfo], said: Sequence[str], table: PastTable, model: RoomModel) -> Document:
    """`said`: which question, how many."""
    room = model.room
    demo = [(tr("DEMO"), tr("simulated data, not of a real room"))] if room is not None and room.origin == "demo" else []
    facts = (
        *demo,
        (tr("Room"), pick(room.names) if room else ""),
        (tr("Domain"), room.domain if room else ""),
        (tr("Time zone"), room.timezone if room else ""),
        (tr("Made"), f"{moment(model.now(), model.zone):%Y-%m-%d %H:%M:%S}"),
        *((tr("Note"), one) for one in said),
    )
    head = [tr("Level number"), tr("Level"), *(tr(TITLES[column]) for column in (Column.STATE, Column.RAISED)), tr("Lasted (s)")]
    head += [tr("Where"), tr("Point"), tr("Alarm"), tr("Acknowledged"), tr("Acknowledged by"), tr("Returned"), tr("Condition")]
    cells = tuple(_row(one, table, model) for one in rows)
    return Document(tr("All alarms"), facts, (Part(tr("All alarms"), " · ".join(said), tuple(head), cells),))


def _row(alarm: AlarmInfo, table: PastTable, model: RoomModel) -> tuple[Value, ...]:
    text = model.alarm_text(alarm)
    return (
        alarm.level,
        level_name(alarm.level),
        state_text(alarm),
        _iso(alarm.raised, model),
        round(((alarm.returned or table.now) - alarm.raised) / 1000, 1),
        text.place,
        text.point,
        text.sentence,
        _iso(alarm.acknowledged, model),
        alarm.actor_name or "",
        _iso(alarm.returned, model),
        alarm.key,
    )


def _iso(ms: int | None, model: RoomModel) -> str:
    return "" if ms is None else moment(ms, model.zone).isoformat(" ", "seconds")


def pages(rows: Sequence[AlarmInfo], said: Sequence[str], table: PastTable) -> list[list[Paint]]:
    """Landscape pages; each paints its rows only when its turn comes."""
    whole = sheet.area(landscape=True)
    lines = broken(" · ".join(said), whole.width(), SMALL)
    top = whole.top() + len(lines) * LINE + 40
    each = max(1, int((whole.bottom() - top - LINE * 1.5) // ROW))
    shown = rows[:MOST_PAPER]
    head, place = QRectF(whole.left(), whole.top(), whole.width(), LINE), QRectF(whole.left(), top, whole.width(), whole.bottom() - top)
    firsts = range(0, max(1, len(shown)), each)
    return [[partial(_said, head, lines), partial(_rows, place, shown[first : first + each], table)] for first in firsts]


def _said(rect: QRectF, lines: Sequence[str], painter: QPainter) -> None:
    for n, text in enumerate(lines):
        write(painter, rect.translated(0, n * LINE), text, SMALL, ink=GREY)


def _rows(rect: QRectF, rows: Sequence[AlarmInfo], table: PastTable, painter: QPainter) -> None:
    scale = rect.width() / sum(SHARES.values())
    x = rect.left()
    for column, share in SHARES.items():
        write(painter, QRectF(x, rect.top(), share * scale - 30, LINE), tr(TITLES[column]), SMALL, bold=True)
        x += share * scale
    y = rect.top() + LINE * 1.3
    for alarm in rows:
        painter.setPen(QPen(FAINT, 3))
        painter.drawLine(int(rect.left()), int(y - 12), int(rect.right()), int(y - 12))
        x = rect.left()
        for column, share in SHARES.items():
            wide = share * scale - 30
            for n, text in enumerate(_fitted(table.words(alarm, column, whole=True), wide)):
                write(painter, QRectF(x, y + n * LINE, wide, LINE), text, SMALL)
            x += share * scale
        y += ROW
    if not rows:
        write(painter, QRectF(rect.left(), y, rect.width(), LINE), tr("No alarm fits this choice"), BODY)


def _fitted(text: str, wide: float) -> list[str]:
    """Two lines at most; the second is cut with "…" where that is not enough."""
    lines = broken(text, wide, SMALL)
    return lines if len(lines) <= 2 else [lines[0], "".join(lines[1:])]
