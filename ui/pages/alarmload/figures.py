"""The load figures as lines: figure, bar with the target's mark, target and source, and in a word whether it is met. Asks nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from cityops_desktop.link.alarmload import LoadFigure
from cityops_desktop.model.statistics import Measure
from cityops_desktop.texts import tr
from ui import theme
from ui.pages.alarmload.words import NAMES, target_text, tip, value_text, verdict
from ui.widgets import lettering
from ui.widgets.lettering import Lettering
from ui.widgets.sheet import Sign, paint_sign

ROW = 34
BREAKS = ("worst_slot", "chatter", "top_ten")
"""Before these a thin line: rates, floods, bad actors, mix."""
SIGN = 14
NAME, VALUE, TARGET = 214, 66, 124
BAR = 12
LEAST_WIDE = 640


class FigureList(QWidget):
    """Grey where all is in order; what is over its target is bold, has a triangle, and its bar is dark beyond the mark."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: Sequence[LoadFigure] = ()
        self._provisional = False
        self.setMinimumWidth(LEAST_WIDE)
        theme.changes.themeChanged.connect(self.update)

    def tell(self, figures: Sequence[LoadFigure], *, provisional: bool) -> None:
        """Show these."""
        self.figures, self._provisional = tuple(figures), provisional
        self.setFixedHeight(self.sizeHint().height())
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setAccessibleName(tr("Load figures"))
        lines = (f"{tr(NAMES[one.code])} {value_text(one)}, {target_text(one)}: {self._verdict(one)}" for one in self.figures)
        self.setAccessibleDescription("; ".join(lines))
        self.update()

    def sizeHint(self) -> QSize:
        """All lines."""
        return QSize(LEAST_WIDE, max(1, len(self.figures)) * ROW)

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """Every text with its place."""
        return lettering.told(one for n in range(len(self.figures)) for one in self._letterings(n))

    def _verdict(self, one: LoadFigure) -> str:
        return verdict(one, provisional=self._provisional)

    def _columns(self, n: int) -> tuple[QRect, QRect, QRect, QRect, QRect]:
        """Name, value, bar, target, word of a line."""
        top, wide = n * ROW, self.width()
        word = 132
        bar = max(60, wide - NAME - VALUE - TARGET - word - 40)
        places, x = [], 0
        for width, gap in ((NAME, 6), (VALUE, 14), (bar, 14), (TARGET, 6), (word, 0)):
            places.append(QRect(x, top, width, ROW))
            x += width + gap
        name, value, bar_place, target, word_place = places
        return name, value, bar_place, target, word_place

    def _letterings(self, n: int) -> list[Lettering]:
        one = self.figures[n]
        name, value, _, target, word = self._columns(n)
        over = one.met is False
        dim = "text" if over else "text_dim"
        return [
            lettering.fitted(name, tr(NAMES[one.code]), bold=over),
            lettering.fitted(value, value_text(one), bold=True, colour="value", right=True),
            lettering.fitted(target, target_text(one), theme.SMALL, colour="text_dim"),
            lettering.fitted(word.adjusted(SIGN + 6, 0, 0, 0), self._verdict(one), bold=over, colour=dim),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines."""
        painter = QPainter(self)
        now = theme.current()
        for n, one in enumerate(self.figures):
            if one.code in BREAKS:
                painter.fillRect(0, n * ROW, self.width(), 1, QColor(now.line))
            _, _, bar, _, word = self._columns(n)
            _paint_bar(painter, bar, one)
            box = QRect(word.left(), word.center().y() - SIGN // 2, SIGN, SIGN)
            paint_sign(painter, box, Sign.RING if one.met is None else Sign.TICK if one.met else Sign.TRIANGLE)
            lettering.paint(painter, self._letterings(n))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """What the line under the mouse counts."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            n = event.pos().y() // ROW
            if 0 <= n < len(self.figures):
                one = self.figures[n]
                whole = f"{tr(NAMES[one.code])}: {value_text(one)} ({target_text(one)}) {self._verdict(one)}"
                QToolTip.showText(event.globalPos(), f"{whole}\n{tip(one)}", self)
            return True
        return super().event(event)


def _scale(one: LoadFigure) -> float:
    """What the whole bar is: twice the target, or what stands for much where the target is nothing."""
    if one.least:
        return 1.0
    if one.target == 0:
        return 10.0
    return min(1.0, 2 * one.target) if one.measure is Measure.SHARE else 2 * one.target


def _paint_bar(painter: QPainter, place: QRect, one: LoadFigure) -> None:
    now = theme.current()
    track = QRect(place.left(), place.center().y() - BAR // 2, place.width(), BAR)
    if one.value is None:
        theme.paint_stale(painter, track)
        return
    painter.fillRect(track, QColor(now.track))
    scale = _scale(one)
    long = round(track.width() * min(1.0, one.value / scale))
    mark = round(track.width() * min(1.0, one.target / scale))
    painter.fillRect(track.left(), track.top(), long, BAR, QColor(now.band))
    if one.met is False and not one.least and long > mark:
        painter.fillRect(track.left() + mark, track.top(), long - mark, BAR, QColor(now.text))
    painter.fillRect(track.left() + min(mark, track.width() - 2), track.top() - 4, 2, BAR + 8, QColor(now.limit))
