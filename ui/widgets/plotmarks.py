"""What stands above the curves of a Plot: limits, gaps and why, numbers at the line ends, the cross-hair. Takes no mouse, keeps no data."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cityops_desktop.link.messages import LimitInfo
from ui import theme
from ui.models.shown import figure, moment
from ui.widgets import lettering
from ui.widgets.lanes import Chart, Lane, Line
from ui.widgets.lettering import Lettering, fitted

MARK = 14
GAP_HIGH = 5


class PlotMarks(QWidget):
    """A clear pane over the plot."""

    def __init__(self, plot: Chart, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot = plot
        self._limits: list[tuple[float, float, float, LimitInfo, QRect]] = []
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
        decimals = max((line.point.decimals for line in lane.lines), default=0)
        taken: list[QRect] = []
        for limit in lane.limits():
            y = round(lane.y_of(limit.value))
            name = figure(limit.value, decimals)
            wide = MARK + 5 + lettering.width(name, theme.SMALL)
            top = min(max(y - 8, int(lane.box.top()) + 1), int(lane.box.bottom()) - 17)
            box = QRect(int(lane.box.left()) + 6, top, wide, 16)
            while any(box.intersects(other) for other in taken):
                box.translate(wide + 10, 0)
            taken.append(box)
            self._limits.append((lane.box.left(), lane.box.right(), y, limit, box))
            self._texts.append(fitted(box.adjusted(MARK + 4, 0, 1, 0), name, theme.SMALL, colour="limit"))

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
        high = 14
        lowest = lane.box.top() - 4
        places = []
        for y, line in ends:
            top = max(y - high / 2, lowest)
            places.append((top, line))
            lowest = top + high
        limit = lane.box.bottom() + 4
        for top, line in reversed(places):
            top = min(top, limit - high)
            limit = top
            box = QRect(int(lane.box.right()) + 4, round(top), 22, high)
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
        for left, right, y, limit, box in self._limits:
            painter.setPen(dashes)
            painter.drawLine(QPointF(box.right() + 4, y), QPointF(right, y))
            painter.fillRect(box.adjusted(-2, 0, 3, 0), QColor(now.panel))
            theme.paint_level(painter, QRectF(box.left(), box.top() + 1, MARK, MARK), limit.level, filled=False)
            painter.drawLine(QPointF(left, y), QPointF(box.left() - 3, y))
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
