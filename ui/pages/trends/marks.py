"""What stands above the curves of a Plot: limits, gaps and why, numbers at the line ends, the cross-hair. Takes no mouse, keeps no data."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QWidget

from cityops_desktop.model.points import LimitKind
from cityops_desktop.sentences import QUALITIES, level_name, reason_text
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.shown import figure, moment, time_text
from ui.pages.trends.lanes import Chart, Lane, Line
from ui.pages.trends.trace import Gap, Moment
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

LABEL_HIGH = 16
END_HIGH = 14
GAP_HIGH = 5
GAP_NEAR = 4
"""Pixels around a gap's bar where the mouse still means it."""
SIGN = 14
DAY_MS = 86_400_000
VEIL = 120
"""Opacity behind a limit's name: the dashes end there, a curve does not."""
SIGNS = {LimitKind.HIGH: ">", LimitKind.LOW: "<"}


class PlotMarks(QWidget):
    """A clear pane over the plot."""

    def __init__(self, plot: Chart, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot = plot
        self._limits: list[tuple[Lane, int, QRect]] = []
        self._signs: list[tuple[QRect, int]] = []
        self._gaps: list[tuple[QRectF, Line, Gap]] = []
        self._texts: list[Lettering] = []
        self._cursor_texts: list[Lettering] = []
        self.absent: Callable[[str, int, int], str] = lambda _key, _start, _end: ""
        """Why nothing was recorded of a point between two times, where somebody knows."""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def refresh(self) -> None:
        """Look at the plot again."""
        self._limits, self._signs, self._gaps, self._texts = [], [], [], []
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
        would meet another stands further right; one that finds no place in the left half is left out. The level's sign stands in
        front where a curve in sight is beyond the limit: colour only where something is wrong."""
        decimals = max((line.point.decimals for line in lane.lines), default=0)
        taken: list[QRect] = []
        for limit in lane.limits():
            y = round(lane.y_of(limit.value))
            name = f"{level_name(limit.level)} {SIGNS[limit.kind]} {figure(limit.value, decimals)}"
            words = [(name, False, "limit"), *((str(line.number), True, line.colour) for line in limit.lines)]
            widths = [lettering.width(text, theme.SMALL, bold) + 7 for text, bold, _ in words]
            sign = SIGN + 4 if lane.exceeded(limit) else 0
            top = min(max(y - LABEL_HIGH // 2, int(lane.box.top()) + 1), int(lane.box.bottom()) - LABEL_HIGH - 1)
            box = QRect(int(lane.box.left()) + 8, top, sign + sum(widths), LABEL_HIGH)
            while (blocking := next((other for other in taken if box.intersects(other)), None)) is not None:
                box.moveLeft(blocking.right() + 14)
            if box.right() > lane.box.center().x():
                box = QRect()
            else:
                taken.append(box)
                x = box.left() + sign
                if sign:
                    self._signs.append((QRect(box.left(), top + 1, SIGN, SIGN), limit.level))
                for (text, bold, colour), wide in zip(words, widths, strict=True):
                    self._texts.append(fitted(QRect(x, top, wide - 6, LABEL_HIGH), text, theme.SMALL, bold, colour))
                    x += wide
            self._limits.append((lane, y, box))

    def _add_gaps(self, lane: Lane) -> None:
        plot = self._plot
        rows = [(line, line.seen.gaps()) for line in lane.lines]
        for row, (line, gaps) in enumerate([pair for pair in rows if pair[1]]):
            y = lane.box.bottom() - 2 - (row + 1) * (GAP_HIGH + 1)
            for gap in gaps:
                left = min(max(lane.box.left(), plot.x_of(gap.start)), lane.box.right() - 2)
                right = min(lane.box.right(), plot.x_of(gap.end))
                self._gaps.append((QRectF(left, y, max(2.0, right - left), GAP_HIGH), line, gap))

    def gap_text(self, where: QPoint) -> str:
        """Which curve has nothing here, since when, and why; "" where the mouse is at no gap."""
        told = []
        zone = self._plot.zone
        for box, line, gap in self._gaps:
            if box.adjusted(-GAP_NEAR, -2, GAP_NEAR, 2).contains(QPointF(where)):
                nothing = self.absent(line.point.key, gap.start, gap.end) or tr("no record")
                quality = tr(QUALITIES[gap.quality]) if gap.quality else nothing
                why = " · ".join(filter(None, (quality, reason_text(gap.reason, gap.detail))))
                start, end = time_text(gap.start, zone, self._plot.end), time_text(gap.end, zone, self._plot.end)
                told.append(f"{line.number} {pick(line.point.names)}: {why}, {tr('from {start} to {end}', start=start, end=end)}")
        return "\n".join(told or self._before_text(where))

    def _before_text(self, where: QPoint) -> list[str]:
        """Of curves that have not begun here: why."""
        plot, told = self._plot, []
        lane = next((one for one in plot.lanes if one.box.contains(QPointF(where))), None)
        time = round(plot.start + (where.x() - lane.box.left()) / lane.box.width() * (plot.end - plot.start)) if lane is not None else 0
        for line in lane.lines if lane is not None else ():
            if line.seen.at(time) is None and (why := self.absent(line.point.key, time, time + 1)):
                told.append(f"{line.number} {pick(line.point.names)}: {why}")
        return told

    def _add_ends(self, lane: Lane) -> None:
        """The number of each line at its last point in sight, moved apart where they would meet."""
        ends: list[tuple[float, Line]] = []
        for line in lane.lines:
            last = line.seen.last_usable()
            if last is not None:
                ends.append((lane.y_of(last[1], line), line))
        ends.sort(key=lambda one: one[0])
        for y, (_, line) in zip(spread([y for y, _ in ends], END_HIGH, lane.box.top() - 4, lane.box.bottom() + 4), ends, strict=True):
            box = QRect(int(lane.box.right()) + 4, round(y - END_HIGH / 2), 22, END_HIGH)
            self._texts.append(fitted(box, str(line.number), theme.SMALL, True, line.colour))

    def _write_cursor(self) -> None:
        plot = self._plot
        self._cursor_texts = []
        if plot.crosshair is None or not plot.lanes:
            return
        long = plot.end - plot.start > DAY_MS
        name = f"{moment(plot.crosshair, plot.zone):{'%m-%d %H:%M' if long else '%H:%M:%S'}}"
        wide = lettering.width(name, theme.SMALL, bold=True)
        box = plot.lanes[0].box
        x = round(plot.x_of(plot.crosshair)) - wide // 2
        x = int(min(max(x, box.left() + 230), box.right() - wide))
        self._cursor_texts.append(fitted(QRect(x, int(box.top()) - 18, wide + 1, 16), name, theme.SMALL, True))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        dashes = QPen(QColor(now.hatch), 0, Qt.PenStyle.CustomDashLine)
        dashes.setDashPattern([6, 4])
        veil = QColor(now.panel)
        veil.setAlpha(VEIL)
        painter.setPen(dashes)
        names = QRegion()
        for _, _, box in self._limits:
            names += box.adjusted(-4, 0, 0, 0)
        painter.setClipRegion(QRegion(self.rect()) - names)
        for lane, y, _ in self._limits:
            painter.drawLine(QPointF(lane.box.left(), y), QPointF(lane.box.right(), y))
        painter.setClipping(False)
        for _, _, box in self._limits:
            painter.fillRect(box, veil)
        for sign, level in self._signs:
            theme.paint_level(painter, sign, level)
        for rect, line, _ in self._gaps:
            painter.fillRect(rect, QColor(line.colour))
            painter.fillRect(rect.adjusted(1, 1, -1, -1), QColor(now.panel))
            theme.paint_stale(painter, rect)
        lettering.paint(painter, self._texts)
        if self._plot.crosshair is not None and self._plot.lanes:
            self._paint_cursor(painter)
        if self._plot.box is not None:
            painter.setPen(QPen(QColor(now.accent), 0, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._plot.box)

    def _paint_cursor(self, painter: QPainter) -> None:
        plot, now = self._plot, theme.current()
        assert plot.crosshair is not None
        x = round(plot.x_of(plot.crosshair))
        painter.setPen(QPen(QColor(now.text), 0))
        painter.drawLine(QPointF(x, plot.lanes[0].box.top()), QPointF(x, plot.lanes[-1].box.bottom()))
        for lane in plot.lanes:
            for line in lane.lines:
                there = line.seen.at(plot.crosshair)
                before = line.before.at(plot.crosshair - plot.shift) if line.before is not None else None
                for spot, filled in ((before, False), (there, True)):
                    if spot is not None and spot.value is not None:
                        painter.setPen(QPen(QColor(line.colour if not filled else now.text), 0))
                        painter.setBrush(QColor(line.colour) if filled else Qt.BrushStyle.NoBrush)
                        self._paint_spot(painter, x, lane, line, spot)
        lettering.paint(painter, self._cursor_texts)

    def _paint_spot(self, painter: QPainter, x: int, lane: Lane, line: Line, there: Moment) -> None:
        """Where the curve is; of a bucket, from its lowest to its highest value."""
        assert there.value is not None
        low, high = (there.value if one is None else one for one in (there.low, there.high))
        top, bottom = lane.y_of(high, line), lane.y_of(low, line)
        area = QRectF(x - 2.5, top - 2.5, 5, bottom - top + 5).intersected(lane.box)
        if area.height() > 0:
            painter.drawRect(area)


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
