"""One column of a table as bars: upright for periods, lying for things. What is not known is hatched. Reckons nothing."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cityops_desktop.texts import tr
from ui import theme
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

HIGH = 204
LINE = 18
NAMES = 230
VALUES = 96
AXIS = 62
ROW = 22
MOST_WIDE = 44
"""So wide is an upright bar at most."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` None = not known; `text` is the value in words, `short` what stands below an upright bar."""

    name: str
    value: float | None
    text: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. `percent`: parts of a whole, whose axis ends at 1."""

    title: str
    bars: tuple[Bar, ...] = ()
    upright: bool = True
    percent: bool = False


def nice(value: float) -> float:
    """The next 1, 2, 5 or 10 of its size: where an axis ends."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(step * size for step in (1.0, 2.0, 5.0, 10.0) if step * size >= value * (1 - 1e-9))


def axis_text(value: float, percent: bool) -> str:
    """The end of the axis."""
    return f"{value * 100:.0f} %" if percent else f"{value:g}"


class BarChart(QWidget):
    """The arrows go from bar to bar; `looked` says at which (-1 = none)."""

    looked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._chart = Chart("")
        self._at = -1
        self.setFixedHeight(HIGH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        theme.changes.themeChanged.connect(self.update)

    def tell(self, chart: Chart) -> None:
        """Draw this."""
        if chart != self._chart:
            self._chart, self._at = chart, -1
            self.setAccessibleName(chart.title)
            self._say()
            self.update()

    @property
    def chart(self) -> Chart:
        """What is drawn."""
        return self._chart

    @property
    def at(self) -> int:
        """At which bar the keys or the mouse are; -1 = at none."""
        return self._at

    def sizeHint(self) -> QSize:
        return QSize(600, HIGH)

    # places

    def _top(self) -> float:
        known = [bar.value for bar in self._chart.bars if bar.value is not None]
        return 1.0 if self._chart.percent else nice(max(known, default=0.0))

    def _area(self) -> QRect:
        """Where upright bars stand."""
        return QRect(AXIS, LINE + 16, max(1, self.width() - AXIS - 8), self.height() - 2 * LINE - 22)

    def _shown(self) -> int:
        """How many lying bars there is room for."""
        room = (self.height() - LINE - 8) // ROW
        return len(self._chart.bars) if len(self._chart.bars) <= room else room - 1

    def _box(self, number: int) -> QRect:
        """The whole place of a bar."""
        if not self._chart.upright:
            return QRect(0, LINE + 6 + number * ROW, self.width(), ROW)
        area, count = self._area(), len(self._chart.bars)
        wide = min(area.width() / count, MOST_WIDE)
        left, right = (area.left() + round(n * wide) for n in (number, number + 1))
        return QRect(left, area.top(), max(1, right - left), area.height())

    def _bar_at(self, place: QPoint) -> int:
        count = len(self._chart.bars) if self._chart.upright else self._shown()
        return next((n for n in range(count) if self._box(n).contains(place)), -1)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars in one grey; the one that is looked at in the accent."""
        painter = QPainter(self)
        now = theme.current()
        painter.fillRect(self.rect(), QColor(now.panel))
        theme.paint_edge(painter, self.rect(), QColor(now.accent if self.hasFocus() else now.line))
        if self._chart.upright:
            area = self._area()
            for part in (0.0, 0.5, 1.0):
                painter.fillRect(area.left(), area.bottom() - round(part * area.height()), area.width(), 1, QColor(now.track))
        for number in range(len(self._chart.bars) if self._chart.upright else self._shown()):
            self._paint_bar(painter, number)
        lettering.paint(painter, self._letterings())
        painter.end()

    def _paint_bar(self, painter: QPainter, number: int) -> None:
        bar, box, now = self._chart.bars[number], self._box(number), theme.current()
        gap = 1 if box.width() > 3 else 0
        inner = box.adjusted(gap, 0, -gap, 0) if self._chart.upright else QRect(NAMES, box.top() + 3, self._long(), ROW - 6)
        if bar.value is None:
            theme.paint_stale(painter, inner)
            return
        part = min(1.0, max(0.0, bar.value / self._top()))
        colour = QColor(now.accent if number == self._at else now.text_dim)
        if self._chart.upright:
            high = max(1 if bar.value else 0, round(part * inner.height()))
            painter.fillRect(inner.left(), inner.bottom() + 1 - high, inner.width(), high, colour)
        else:
            painter.fillRect(inner, QColor(now.track))
            painter.fillRect(inner.left(), inner.top(), max(1 if bar.value else 0, round(part * inner.width())), inner.height(), colour)

    def _long(self) -> int:
        return max(20, self.width() - NAMES - VALUES - 16)

    def _letterings(self) -> list[Lettering]:
        return [*self._head(), *(self._upright() if self._chart.upright else self._lying())]

    def _head(self) -> list[Lettering]:
        whole = QRect(8, 3, self.width() - 16, LINE)
        said = self._told(self._at) if self._at >= 0 else ""
        wide = min(whole.width() * 2 // 3, lettering.width(said) + 2) if said else 0
        found = [lettering.fitted(QRect(whole.left(), 3, whole.width() - wide - 10, LINE), self._chart.title, bold=True)]
        if said:
            found.append(lettering.fitted(QRect(whole.right() - wide, 3, wide, LINE), said, right=True))
        return found

    def _upright(self) -> list[Lettering]:
        area, found = self._area(), list[Lettering]()
        if not self._chart.bars:
            return found
        for part in (0.0, 1.0):
            y = area.bottom() - round(part * area.height()) - LINE // 2
            text = axis_text(part * self._top(), self._chart.percent)
            found.append(lettering.fitted(QRect(4, y, AXIS - 10, LINE), text, theme.SMALL, colour="text_dim", right=True))
        free = self.width() - 4
        for number in reversed(range(len(self._chart.bars))):  # the newest first: a month that is cut gives way to the next
            short = self._chart.bars[number].short
            left, wide = self._box(number).left(), lettering.width(short, theme.SMALL) + 2
            if short and left + wide <= free:
                found.append(Lettering(QRect(left, area.bottom() + 4, wide, LINE), short, theme.SMALL, colour="text_dim"))
                free = left - 10
        return found

    def _lying(self) -> list[Lettering]:
        found = []
        for number in range(self._shown()):
            bar, box = self._chart.bars[number], self._box(number)
            found.append(lettering.fitted(QRect(10, box.top(), NAMES - 18, ROW), bar.name))
            found.append(lettering.fitted(QRect(self.width() - VALUES - 8, box.top(), VALUES, ROW), bar.text, right=True))
        if self._shown() < len(self._chart.bars):
            left = len(self._chart.bars) - self._shown()
            place = QRect(10, self._box(self._shown()).top(), self.width() - 20, ROW)
            found.append(lettering.fitted(place, tr("and {n} more in the table", n=left), colour="text_dim"))
        return found

    def _told(self, number: int) -> str:
        bar = self._chart.bars[number]
        return f"{bar.name}: {bar.text}"

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())

    # hands

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._look(self._bar_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._look(self._bar_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End; Escape looks at none."""
        last = (len(self._chart.bars) if self._chart.upright else self._shown()) - 1
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if last < 0 or (key not in steps and key not in (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Escape)):
            super().keyPressEvent(event)
        elif key in steps:
            self._look(min(last, max(0, self._at + steps[key])))
        else:
            self._look({Qt.Key.Key_Home: 0, Qt.Key.Key_End: last, Qt.Key.Key_Escape: -1}[key])

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _look(self, number: int) -> None:
        if number != self._at:
            self._at = number
            self._say()
            self.update()
            self.looked.emit(number)

    def _say(self) -> None:
        names = "\n".join(f"{bar.name}: {bar.text}" for bar in self._chart.bars[: self._shown()]) if not self._chart.upright else ""
        said = self._told(self._at) if self._at >= 0 else ""
        self.setToolTip("\n".join(part for part in (self._chart.title, said, names) if part))
        self.setAccessibleDescription(said or tr("{n} bars; the arrow keys go from one to the next", n=len(self._chart.bars)))
