"""A month of a post as a calendar: who has which turn of which day, and where nobody has. Asks nobody."""

import calendar
import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cityops_desktop.texts import N_, tr
from ui import theme
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

HEAD = 22
LINE = 17
NUMBER = 18
GAP = 1
MARK = 8
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A turn on its day: `text` short for the cell, `tip` all of it. `hole`: nobody has it or a part of it; `mine`: I have."""

    text: str
    tip: str
    hole: bool = False
    mine: bool = False


@dataclass(frozen=True, slots=True)
class DayTold:
    """A day of the calendar."""

    day: datetime.date
    entries: tuple[Entry, ...] = ()


class MonthBoard(QWidget):
    """Arrows go from day to day, Page Up and Page Down from month to month. `looked`: another day is looked at."""

    looked = Signal()
    monthWanted = Signal(int)
    """So many months on."""

    def __init__(self) -> None:
        super().__init__()
        self.first = datetime.date(2000, 1, 1)
        self.today: datetime.date | None = None
        self.days: dict[datetime.date, DayTold] = {}
        self.day: datetime.date | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changes.themeChanged.connect(self.update)

    def tell(self, first: datetime.date, today: datetime.date, days: Sequence[DayTold]) -> None:
        """The month that begins on `first`."""
        moved = first != self.first
        self.first, self.today = first, today
        self.days = {one.day: one for one in days}
        if self.day is None or moved:
            self.day = today if (today.year, today.month) == (first.year, first.month) else first
        self.setAccessibleDescription(self.said())
        self.update()
        self.looked.emit()

    def select(self, day: datetime.date) -> None:
        """Look at this day of the month."""
        self.day = day
        self.setAccessibleDescription(self.said())
        self.update()
        self.looked.emit()

    def said(self) -> str:
        """The day that is looked at, in words."""
        return self._words(self.day)

    def _words(self, day: datetime.date | None) -> str:
        if day is None:
            return ""
        told = self.days.get(day)
        what = " · ".join(entry.tip for entry in told.entries) if told is not None and told.entries else tr("no turn")
        return f"{day:%Y-%m-%d} {tr(WEEKDAYS[day.weekday()])}: {what}"

    def sizeHint(self) -> QSize:
        return QSize(780, HEAD + 6 * (NUMBER + 3 * LINE + 8))

    def minimumSizeHint(self) -> QSize:
        """Three turns a day can be read."""
        return QSize(560, HEAD + 6 * (NUMBER + 2 * LINE))

    def _weeks(self) -> int:
        return len(calendar.Calendar().monthdayscalendar(self.first.year, self.first.month))

    def _rect(self, day: datetime.date) -> QRect:
        place = (day - self.first).days + self.first.weekday()
        row, column = divmod(place, 7)
        weeks = self._weeks()
        left, right = (round(self.width() * n / 7) for n in (column, column + 1))
        top, bottom = (HEAD + round((self.height() - HEAD) * n / weeks) for n in (row, row + 1))
        return QRect(left, top, right - left - GAP, bottom - top - GAP)

    def _all(self) -> list[datetime.date]:
        count = calendar.monthrange(self.first.year, self.first.month)[1]
        return [self.first + datetime.timedelta(days=n) for n in range(count)]

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The month."""
        painter, now = QPainter(self), theme.current()
        for day in self._all():
            rect = self._rect(day)
            painter.fillRect(rect, QColor(now.selection if day == self.day else now.panel))
            self._paint_marks(painter, day)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if day == self.today:
                painter.setPen(QPen(QColor(now.text), 2))
                painter.drawRect(rect.adjusted(1, 1, -1, -1))
            if day == self.day and self.hasFocus():
                painter.setPen(QPen(QColor(now.accent), 2))
                painter.drawRect(rect.adjusted(3, 3, -3, -3))
        lettering.paint(painter, self._letterings())
        painter.end()

    def _paint_marks(self, painter: QPainter, day: datetime.date) -> None:
        """A hatched block where nobody has a turn, a small disc where I have."""
        for entry, place in self._places(day):
            mark = QRect(place.left() - MARK - 4, place.top() + 4, MARK, LINE - 8)
            if entry.hole:
                painter.fillRect(mark, QColor(theme.current().panel))
                theme.paint_stale(painter, mark)
                painter.setPen(QPen(QColor(theme.current().text), 1))
                painter.drawRect(mark)
            elif entry.mine:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.current().text))
                painter.drawEllipse(mark.adjusted(1, 1, -1, -1))

    def _places(self, day: datetime.date) -> list[tuple[Entry, QRect]]:
        told = self.days.get(day)
        rect = self._rect(day)
        fits = max(0, (rect.height() - NUMBER) // LINE)
        entries = told.entries if told is not None else ()
        shown = entries if len(entries) <= fits else sorted(entries, key=lambda one: not one.hole)[:fits]
        left = rect.left() + 6 + MARK + 4
        return [(entry, QRect(left, rect.top() + NUMBER + n * LINE, rect.right() - left - 2, LINE)) for n, entry in enumerate(shown)]

    def _letterings(self) -> list[Lettering]:
        found = []
        for column, name in enumerate(WEEKDAYS):
            left = round(self.width() * column / 7)
            found.append(Lettering(QRect(left + 6, 0, self.width() // 7 - 8, HEAD), tr(name), theme.SMALL, colour="text_dim"))
        for day in self._all():
            rect = self._rect(day)
            words = f"{day.day} · {tr('today')}" if day == self.today else str(day.day)
            found.append(
                Lettering(QRect(rect.left() + 6, rect.top() + 1, rect.width() - 8, NUMBER - 1), words, theme.SMALL, day == self.today)
            )
            found += [lettering.fitted(place, entry.text, theme.SMALL, entry.hole) for entry, place in self._places(day)]
        return found

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())

    # hands

    def event(self, event: QEvent) -> bool:
        """The tool tip says the whole day under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words(self._day_at(event.pos())).replace(" · ", "\n"), self)
            return True
        return super().event(event)

    def _day_at(self, place: QPoint) -> datetime.date | None:
        return next((day for day in self._all() if self._rect(day).contains(place)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at a day."""
        day = self._day_at(event.position().toPoint())
        if day is not None and event.button() is Qt.MouseButton.LeftButton:
            self.select(day)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End, Page Up, Page Down."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7}
        key, days = Qt.Key(event.key()), self._all()
        day = self.day or self.first
        if key in steps:
            wanted = day + datetime.timedelta(days=steps[key])
            if wanted in (days[0], days[-1]) or days[0] < wanted < days[-1]:
                self.select(wanted)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.select(days[0] if key is Qt.Key.Key_Home else days[-1])
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.monthWanted.emit(-1 if key is Qt.Key.Key_PageUp else 1)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()
