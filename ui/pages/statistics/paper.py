"""Statistics on paper (PDF): each table with a chart of its first figures and its rows; the calendar as it is seen. Asks the station
nothing."""

from functools import partial

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen

from cityops_desktop.link.statistics import CompletenessInfo, StatisticsInfo
from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.statistics.calendar import WHOLE, lines_of, mean
from ui.pages.statistics.chart import Chart, axis_text, nice
from ui.pages.statistics.tables import chart_of, drawn_columns, sheet_of
from ui.pages.statistics.words import SUBJECTS, Words, note_text, notes_text, share_text, table_title
from ui.paper import sheet
from ui.paper.run import Paint
from ui.paper.sheet import BODY, FAINT, GREY, INK, SMALL, Heading, broken, metrics, write

LINE = 105
CHART = 900
TITLE = 105


def heading_of(model: RoomModel, title: str) -> Heading:
    """What stands on each page."""
    return sheet.heading_of(model, f"{tr('Statistics')} · {title}")


def pages_of_tables(info: StatisticsInfo, model: RoomModel) -> list[list[Paint]]:
    """A subject: each table begins a page of its own."""
    words, whole = Words(model, info.people, info.by), sheet.area(landscape=True)
    span = f"{moment(info.start, model.zone):%Y-%m-%d} – {moment(info.end - 1, model.zone):%Y-%m-%d}"
    said = " ".join([span, *(note_text(note, model.zone) for note in info.notes)])
    pages: list[list[Paint]] = []
    for table in info.tables:
        paints: list[Paint] = []
        y = whole.top()
        title = f"{table_title(table)} · {tr(SUBJECTS[info.subject])}"
        paints.append(partial(_line, QRectF(whole.left(), y, whole.width(), TITLE * 1.4), title, TITLE, bold=True))
        y += TITLE * 1.5
        for text in broken(f"{said} {notes_text(table, model.zone)}", whole.width(), SMALL):
            paints.append(partial(_line, QRectF(whole.left(), y, whole.width(), LINE), text, SMALL, grey=True))
            y += LINE
        drawn = drawn_columns(table)
        if drawn:
            chart = chart_of(table, drawn[0], words, model)
            paints.append(partial(_paint_chart, QRectF(whole.left(), y + 60, whole.width(), CHART), chart))
            y += CHART + 140
        heads, rows = sheet_of(table, words)
        lines = [[cell.text for cell in row.cells] for row in rows]
        pages += _tabled(paints, y, heads, lines, whole)
    return pages


def _tabled(paints: list[Paint], y: float, heads: list[str], lines: list[list[str]], whole: QRectF) -> list[list[Paint]]:
    """The rows below what stands on the first page, and on as many more as they need. A cell goes on below where it is too long."""
    share = [1.9, *([1.0] * (len(heads) - 1))]
    widths = [whole.width() * part / sum(share) for part in share]
    pages, page = [paints], paints

    def put(cells: list[str], y: float, *, bold: bool) -> float:
        told = [broken(text, wide - 40, SMALL, bold=bold) for text, wide in zip(cells, widths, strict=True)]
        x = whole.left()
        for texts, wide in zip(told, widths, strict=True):
            for n, text in enumerate(texts):
                page.append(partial(_line, QRectF(x, y + n * LINE, wide - 20, LINE), text, SMALL, bold=bold))
            x += wide
        high = max(len(texts) for texts in told) * LINE
        page.append(partial(_rule, whole.left(), y + high, whole.width()))
        return y + high + 4

    y = put(heads, y, bold=True)
    for cells in lines:
        high = max(len(broken(text, wide - 40, SMALL)) for text, wide in zip(cells, widths, strict=True)) * LINE
        if y + high > whole.bottom():
            page = []
            pages.append(page)
            y = put(heads, whole.top(), bold=True)
        y = put(cells, y, bold=False)
    if not lines:
        page.append(partial(_line, QRectF(whole.left(), y, whole.width(), LINE), tr("Nothing to tell in this span."), BODY))
    return pages


def pages_of_calendar(info: CompletenessInfo, opened: frozenset[str], model: RoomModel) -> list[list[Paint]]:
    """The calendar, so many lines a page."""
    whole = sheet.area(landscape=True)
    names, shares, row = 1500.0, 420.0, 130.0
    step = (whole.width() - names - shares) / max(1, len(info.days))
    span = f"{moment(info.days[0], model.zone):%Y-%m-%d} – {moment(info.end - 1, model.zone):%Y-%m-%d}"
    signs = tr("black from above: missing; hatched: nothing came; empty: nothing was recorded yet")
    said = f"{span} · {signs}"
    pages: list[list[Paint]] = []
    page: list[Paint] = []
    y = whole.bottom() + 1
    for line in lines_of(info, opened, model):
        if y + row > whole.bottom():
            page = [partial(_line, QRectF(whole.left(), whole.top(), whole.width(), LINE), said, SMALL, grey=True)]
            pages.append(page)
            y = whole.top() + LINE + 20
            for number, day in enumerate(info.days):
                begin = moment(day, model.zone)
                if begin.day == 1 or number == 0:
                    place = QRectF(whole.left() + names + number * step, y, 500, LINE)
                    page.append(partial(_line, place, f"{begin:%Y-%m}", SMALL, grey=True))
            y += LINE
        indent = 120.0 if line.point else 0.0
        page.append(partial(_line, QRectF(whole.left() + indent, y, names - indent - 40, row), line.name, SMALL))
        page.append(partial(_paint_days, QRectF(whole.left() + names, y + 12, step * len(info.days), row - 24), line.shares))
        part = mean(line.shares)
        text = share_text(part) if part is not None else tr("unknown")
        page.append(partial(_line, QRectF(whole.right() - shares, y, shares, row), text, SMALL, right=True))
        y += row
    return pages or [[partial(_line, QRectF(whole.left(), whole.top(), whole.width(), LINE), tr("Nothing to tell in this span."), BODY)]]


def _line(rect: QRectF, text: str, size: int, painter: QPainter, *, bold: bool = False, right: bool = False, grey: bool = False) -> None:
    write(painter, rect, text, size, bold=bold, right=right, ink=GREY if grey else INK)


def _rule(left: float, y: float, wide: float, painter: QPainter) -> None:
    painter.setPen(QPen(FAINT, 3))
    painter.drawLine(int(left), int(y), int(left + wide), int(y))


def _paint_days(rect: QRectF, shares: tuple[int | None, ...], painter: QPainter) -> None:
    """The days of a line: missing is black from above, nothing is hatched, an edge round what was due."""
    step = rect.width() / max(1, len(shares))
    for number, share in enumerate(shares):
        if share is None:
            continue
        cell = QRectF(rect.left() + number * step, rect.top(), max(4.0, step - 4), rect.height())
        painter.fillRect(cell, FAINT if share else Qt.GlobalColor.white)
        if share == 0:
            painter.fillRect(cell, QBrush(INK, Qt.BrushStyle.DiagCrossPattern))
        elif share < WHOLE:
            painter.fillRect(QRectF(cell.left(), cell.top(), cell.width(), max(14.0, cell.height() * (1000 - share) / 1000)), INK)


def _paint_chart(rect: QRectF, chart: Chart, painter: QPainter) -> None:
    """The same bars as on the screen, black on white."""
    write(painter, QRectF(rect.left(), rect.top(), rect.width(), LINE), chart.title, SMALL, bold=True)
    (_upright if chart.upright else _lying)(
        QRectF(rect.left(), rect.top() + LINE + 20, rect.width(), rect.height() - LINE - 20), chart, painter
    )


def _upright(rect: QRectF, chart: Chart, painter: QPainter) -> None:
    known = [bar.value for bar in chart.bars if bar.value is not None]
    top = 1.0 if chart.percent else nice(max(known, default=0.0))
    area = QRectF(rect.left() + 420, rect.top(), rect.width() - 420, rect.height() - LINE - 10)
    for part in (0.0, 1.0):
        y = area.bottom() - part * area.height()
        painter.setPen(QPen(FAINT, 4))
        painter.drawLine(int(area.left()), int(y), int(area.right()), int(y))
        place = QRectF(rect.left(), y - LINE / 2 if part == 0 else y - 10, 400, LINE)
        write(painter, place, axis_text(part * top, chart.percent), SMALL, right=True, ink=GREY)
    step = min(400.0, area.width() / max(1, len(chart.bars)))
    free = area.left()
    for number, bar in enumerate(chart.bars):
        cell = QRectF(area.left() + number * step, area.top(), max(3.0, step * 0.8), area.height())
        if bar.value is None:
            painter.fillRect(cell, QBrush(FAINT, Qt.BrushStyle.BDiagPattern))
        else:
            high = area.height() * min(1.0, max(0.0, bar.value / top))
            painter.fillRect(QRectF(cell.left(), area.bottom() - high, cell.width(), high), GREY)
        wide = metrics(SMALL).horizontalAdvance(bar.short) + 10
        if bar.short and cell.left() >= free and cell.left() + wide <= rect.right():
            write(painter, QRectF(cell.left(), area.bottom() + 10, wide, LINE), bar.short, SMALL, ink=GREY)
            free = cell.left() + wide + 60


def _lying(rect: QRectF, chart: Chart, painter: QPainter) -> None:
    rows = int(rect.height() // LINE)
    known = [bar.value for bar in chart.bars if bar.value is not None]
    top = 1.0 if chart.percent else nice(max(known, default=0.0))
    for number, bar in enumerate(chart.bars[:rows]):
        y = rect.top() + number * LINE
        write(painter, QRectF(rect.left(), y, 1900, LINE), bar.name, SMALL)
        long = rect.width() - 1980 - 700
        place = QRectF(rect.left() + 1950, y + 20, long, LINE - 40)
        if bar.value is None:
            painter.fillRect(place, QBrush(FAINT, Qt.BrushStyle.BDiagPattern))
        else:
            painter.fillRect(QRectF(place.left(), place.top(), long * min(1.0, max(0.0, bar.value / top)), place.height()), GREY)
        write(painter, QRectF(rect.right() - 680, y, 680, LINE), bar.text, SMALL, right=True)
