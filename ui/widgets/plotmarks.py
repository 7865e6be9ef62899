"""What stands above the curves of a Plot: limits, gaps and why, numbers at the line ends, the cross-hair. Takes no mouse, keeps no data."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cityops_desktop.model.points import LimitKind
from cityops_desktop.sentences import level_name
from ui import theme
from ui.models.shown import figure, moment
from ui.widgets import lettering
from ui.widgets.lanes import Chart, Lane, Line
from ui.widgets.lettering import Lettering, fitted

LABEL_HIGH = 16
END_HIGH = 14
GAP_HIGH = 5
VEIL = 225
"""Opacity behind a limit's name: the dashes end there, a curve does not."""
SIGNS = {LimitKind.HIGH: ">", LimitKind.LOW: "<"}


class PlotMarks(QWidget):
    """A clear pane over the plot."""

    def __init__(self, plot: Chart, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot = plot
        self._limits: list[tuple[Lane, int, QRect]] = []
        self._gaps: list[tuple[QRectF, str]] = []
        self._texts: list[Lettering] = []
        self._cursor_texts: list[Lettering] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def refresh(self) -> None:
        """Look at the plot again."""
        self._limits, self._gaps, self._texts = [], [], []
        for lane in self._plot.lanes:
            self._add_limits(lane)
            self._add_gaps(lane)
            self._add_ends(lane)
        self._write_cursor()
        self.update()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told([*self._texts, *self._cursor_texts])

    def _add_limits(self, lane: Lane) -> None:
        """A line each, named by level, value and, where they differ, by the numbers of the curves that it holds for. A name that
        would meet another stands further right; one that finds no place in the left half is left out."""
        decimals = max((line.point.decimals for line in lane.lines), default=0)
        taken: list[QRect] = []
        for limit in lane.limits():
            y = round(lane.y_of(limit.value))
            name = f"{level_name(limit.level)} {SIGNS[limit.kind]} {figure(limit.value, decimals)}"
            words = [(name, False, "limit"), *((str(line.number), True, line.colour) for line in limit.lines)]
            widths = [lettering.width(text, theme.SMALL, bold) + 7 for text, bold, _ in words]
            top = min(max(y - LABEL_HIGH // 2, int(lane.box.top()) + 1), int(lane.box.bottom()) - LABEL_HIGH - 1)
            box = QRect(int(lane.box.left()) + 8, top, sum(widths), LABEL_HIGH)
            while (blocking := next((other for other in taken if box.intersects(other)), None)) is not None:
                box.moveLeft(blocking.right() + 14)
            if box.right() > lane.box.center().x():
                box = QRect()
            else:
                taken.append(box)
                x = box.left()
                for (text, bold, colour), wide in zip(words, widths, strict=True):
                    self._texts.append(fitted(QRect(x, top, wide - 6, LABEL_HIGH), text, theme.SMALL, bold, colour))
                    x += wide
            self._limits.append((lane, y, box))

    def _add_gaps(self, lane: Lane) -> None:
        plot = self._plot
        rows = [(line, line.trace.gaps(plot.start, plot.end)) for line in lane.lines]
        for row, (line, gaps) in enumerate([pair for pair in rows if pair[1]]):
            y = lane.box.bottom() - 2 - (row + 1) * (GAP_HIGH + 1)
            for gap in gaps:
                left = min(max(lane.box.left(), plot.x_of(gap.start)), lane.box.right() - 2)
                right = min(lane.box.right(), plot.x_of(gap.end))
                self._gaps.append((QRectF(left, y, max(2.0, right - left), GAP_HIGH), line.colour))

    def _add_ends(self, lane: Lane) -> None:
        """The number of each line at its last point in sight, moved apart where they would meet."""
        plot = self._plot
        ends: list[tuple[float, Line]] = []
        for line in lane.lines:
            last = line.trace.last_usable(plot.start, plot.end)
            if last is not None:
                ends.append((lane.y_of(last[1], line), line))
        ends.sort(key=lambda one: one[0])
        for y, (_, line) in zip(spread([y for y, _ in ends], END_HIGH, lane.box.top() - 4, lane.box.bottom() + 4), ends, strict=True):
            box = QRect(int(lane.box.right()) + 4, round(y - END_HIGH / 2), 22, END_HIGH)
            self._texts.append(fitted(box, str(line.number), theme.SMALL, True, line.colour))

    def _write_cursor(self) -> None:
        plot = self._plot
        self._cursor_texts = []
        if plot.cursor is None or not plot.lanes:
            return
        name = f"{moment(plot.cursor, plot.zone):%H:%M:%S}"
        wide = lettering.width(name, theme.SMALL, bold=True)
        box = plot.lanes[0].box
        x = round(plot.x_of(plot.cursor)) - wide // 2
        x = int(min(max(x, box.left() + 230), box.right() - wide))
        self._cursor_texts.append(fitted(QRect(x, int(box.top()) - 18, wide + 1, 16), name, theme.SMALL, True))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        dashes = QPen(QColor(now.hatch), 0, Qt.PenStyle.CustomDashLine)
        dashes.setDashPattern([6, 4])
        veil = QColor(now.panel)
        veil.setAlpha(VEIL)
        painter.setPen(dashes)
        for lane, y, _ in self._limits:
            painter.drawLine(QPointF(lane.box.left(), y), QPointF(lane.box.right(), y))
        for _, _, box in self._limits:
            painter.fillRect(box.adjusted(-8, 0, 0, 0), veil)
        for rect, colour in self._gaps:
            painter.fillRect(rect, QColor(now.panel))
            painter.fillRect(rect, QColor(colour))
            painter.fillRect(rect.adjusted(1, 1, -1, -1), QColor(now.panel))
            theme.paint_stale(painter, rect)
        lettering.paint(painter, self._texts)
        if self._plot.cursor is not None and self._plot.lanes:
            self._paint_cursor(painter)

    def _paint_cursor(self, painter: QPainter) -> None:
        plot, now = self._plot, theme.current()
        assert plot.cursor is not None
        x = round(plot.x_of(plot.cursor))
        painter.setPen(QPen(QColor(now.text), 0))
        painter.drawLine(QPointF(x, plot.lanes[0].box.top()), QPointF(x, plot.lanes[-1].box.bottom()))
        for lane in plot.lanes:
            for line in lane.lines:
                there = line.trace.at(plot.cursor)
                if there is not None and there.value is not None:
                    y = lane.y_of(there.value, line)
                    if lane.box.top() <= y <= lane.box.bottom():
                        painter.setBrush(QColor(line.colour))
                        painter.drawRect(QRectF(x - 2.5, y - 2.5, 5, 5))
        lettering.paint(painter, self._cursor_texts)


def spread(wanted: list[float], high: float, top: float, bottom: float) -> list[float]:
    """Middles for labels `high` px each that do not meet, as near as can be to the `wanted` ones (rising), between two edges where
    there is room: neighbours that would meet stand round the mean of their wishes."""
    blocks: list[tuple[float, int]] = []
    for one in wanted:
        mean, count = one, 1
        while True:
            room = count * high / 2
            mean = max(top + room, min(mean, bottom - room))
            if not blocks or blocks[-1][0] + blocks[-1][1] * high / 2 <= mean - room:
                break
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    return [mean + (index - (count - 1) / 2) * high for mean, count in blocks for index in range(count)]
