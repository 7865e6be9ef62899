"""One part of the power chain as a box: sign, name, state in words, kW with its age, load in percent, alarm. Asks nobody."""

from dataclasses import replace

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from cityops_desktop.model.power import PowerKind
from ui import theme
from ui.pages.power.chain import LIMIT, Words
from ui.pages.power.signs import SIDE, paint_sign
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted
from ui.widgets.pressable import Pressable
from ui.widgets.tagmark import paint_tag

PAD = 7
MARK = 16
SCALE = 125.0
"""Percent of the rating at the right end of a load bar."""
_ARROWS = {Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1), Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0)}


class Box(Pressable):
    """`opened` when it is clicked or Enter is pressed; `trendWanted` when its value is clicked; `moved` with the way of an arrow key."""

    opened = Signal()
    trendWanted = Signal()
    moved = Signal(int, int)

    def __init__(self, kind: PowerKind | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self.words = Words("")
        self._texts: list[Lettering] = []
        self._value = QRect()
        self._state = QRect()
        self._bar = QRect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def say(self, words: Words) -> None:
        """Show this; nothing is painted when it is what stands there."""
        if words != self.words:
            self.words = words
            if words.tip != self.toolTip():
                self.setToolTip(words.tip)
                first, _, rest = words.tip.partition("\n")
                self.setAccessibleName(first)
                self.setAccessibleDescription(rest.replace("\n", ", "))
            self.arrange()

    def arrange(self) -> None:
        """Put the texts in their places."""
        words, right = self.words, self.width() - PAD
        small = self._kind is PowerKind.BATTERY
        mark = (MARK + 4 if words.alarm or words.quiet else 0) + (MARK + 2 if words.tag else 0)
        left = PAD + SIDE + 6
        self._texts = [fitted(QRect(left, 4, right - mark - left, 19), words.name, bold=not small)]
        self._bar = QRect()
        if small:
            self._arrange_value(QRect(PAD, 24, right - PAD, 18), theme.SMALL)
        else:
            strange = words.draining or words.alive is False
            colour = "text_dim" if words.alive and not strange else "text"
            state = fitted(QRect(PAD, 25, right - PAD, 17), words.state, theme.SMALL, strange, colour)
            self._state = QRect(PAD, 25, min(right - PAD, lettering.width(state.text, theme.SMALL, state.bold)), 17)
            self._texts.append(state)
            self._arrange_value(QRect(PAD, 43, right - PAD, 19), theme.BODY)
            self._arrange_load(right)
        self.update()

    def _arrange_value(self, place: QRect, size: int) -> None:
        """The value whole; its age takes what is left."""
        words, bold = self.words, size == theme.BODY
        colour = "text_dim" if words.stale else "value"
        one = fitted(place, words.value, size, bold, colour)
        wide = min(place.width(), lettering.width(one.text, size, bold))
        self._value = QRect(place.x(), place.y(), wide, place.height())
        self._texts.append(replace(one, rect=QRect(place.x(), place.y(), wide + 1, place.height())))
        wanted = lettering.width(words.age, theme.SMALL) + 1
        age = min(wanted, place.width() - wide - 10)
        if words.age and age >= min(wanted, 24):
            at = QRect(place.right() + 1 - age, place.y(), age, place.height())
            self._texts.append(fitted(at, words.age, theme.SMALL, colour="text_dim", right=True))

    def _arrange_load(self, right: int) -> None:
        words = self.words
        left = PAD + (MARK if words.over else 0)
        colour = "text" if words.over or words.rated else "text_dim"
        self._texts.append(fitted(QRect(left, 62, right - left, 16), words.load, theme.SMALL, words.over, colour))
        if words.rated:
            self._bar = QRect(PAD, 81, right - PAD, 7)

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter, words = theme.current(), QPainter(self), self.words
        painter.fillRect(event.rect(), QColor(now.panel))
        if words.stale:
            theme.paint_stale(painter, self._value.adjusted(-3, 0, 3, 0))
        if words.state_stale and words.state:
            theme.paint_stale(painter, self._state.adjusted(-3, 0, 3, 0))
        paint_sign(painter, PAD, 3, self._kind)
        lettering.paint(painter, self._texts)
        if words.over:
            self._paint_over(painter)
        if not self._bar.isNull():
            self._paint_bar(painter)
        self._paint_edge(painter)

    def _paint_over(self, painter: QPainter) -> None:
        now = theme.current()
        sign = QRect(PAD - 1, 63, 13, 14)
        painter.fillRect(sign, QColor(now.major))
        painter.setPen(QColor(now.on_major))
        painter.setFont(theme.font(theme.SMALL, True))
        painter.drawText(sign, Qt.AlignmentFlag.AlignCenter, "!")

    def _paint_bar(self, painter: QPainter) -> None:
        """Now as a solid bar, what a failure adds as a hollow one, the rating as a line."""
        now, words, place = theme.current(), self.words, QRectF(self._bar)
        painter.fillRect(place, QColor(now.track))
        if words.worst is not None:
            worst = place.adjusted(0, 0, -place.width() * (1 - min(words.worst, SCALE) / SCALE), 0)
            painter.setPen(QPen(QColor(now.major if words.over else now.text_dim), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(worst.adjusted(0.5, 0.5, -0.5, -0.5))
        if words.percent is not None:
            solid = place.adjusted(0, 1, -place.width() * (1 - min(words.percent, SCALE) / SCALE), -1)
            painter.fillRect(solid, QColor(now.major if round(words.percent) > LIMIT else now.text_dim))
        limit = place.left() + place.width() * LIMIT / SCALE
        painter.fillRect(QRectF(limit - 1, place.top() - 3, 2, place.height() + 6), QColor(now.text))

    def _paint_edge(self, painter: QPainter) -> None:
        now, alarm, alive = theme.current(), self.words.alarm, self.words.alive
        level = QColor(now.level(alarm.level)) if alarm and alarm.standing else None
        style = {True: Qt.PenStyle.SolidLine, False: Qt.PenStyle.DashLine, None: Qt.PenStyle.DotLine}[alive]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        colour = level or QColor(now.text_dim)
        if style is Qt.PenStyle.SolidLine:
            theme.paint_edge(painter, self.rect(), colour)
        else:
            painter.setPen(QPen(colour, 1, style))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        if level is not None:
            painter.fillRect(QRect(0, 0, 4, self.height()), level)
        if alarm is not None:
            filled = alarm.unseen
            theme.paint_level(painter, QRect(self.width() - PAD - MARK + 2, 5, MARK, MARK), alarm.level, filled=filled)
        elif self.words.quiet is not None and self.words.quiet.hidden is not None:
            theme.paint_quiet(painter, QRect(self.width() - PAD - MARK + 2, 5, MARK, MARK), self.words.quiet.hidden)
        if self.words.tag is not None:
            beside = MARK + 4 if alarm is not None or self.words.quiet is not None else 0
            paint_tag(painter, QRect(self.width() - PAD - MARK + 2 - beside, 5, MARK, MARK))
        if self.hasFocus():
            for inside in (0, 1):
                theme.paint_edge(painter, self.rect().adjusted(inside, inside, -inside, -inside), QColor(now.accent))
        elif self.underMouse():
            theme.paint_edge(painter, self.rect(), QColor(now.text))

    # people

    def burden(self) -> list[str]:
        return [self.words.key] if self.words.key else list(self.words.keys)

    def clicked_at(self, place: QPoint) -> None:
        (self.trendWanted if self.words.key and self._value.contains(place) else self.opened).emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = _ARROWS.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
        elif way is not None:
            self.moved.emit(*way)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()
