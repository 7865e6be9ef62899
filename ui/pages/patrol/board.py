"""What is due now and how long there is time, large: one row a round, the most pressing above. Told by the page; asks nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.link.duty.patrol import DueInfo, RouteInfo
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text
from ui.pages.patrol.words import DUE_SIGNS, DUES
from ui.widgets import lettering
from ui.widgets.lettering import Lettering
from ui.widgets.sheet import Sign, paint_sign

ROW = 64
CALM = 44
SIGN = 24
LEFT = 52
RIGHT = 330
NAME = 20
OPEN = ("due", "overdue")


@dataclass(frozen=True, slots=True)
class DueRow:
    """A round that can or could be walked; `due` None = one that has no plan."""

    route: RouteInfo
    due: DueInfo | None

    @property
    def id(self) -> str:
        """Names the row."""
        return f"{self.route.content.code}@{self.due.at if self.due is not None else ''}"


class DueBoard(QWidget):
    """A row is chosen by a click or the arrow keys; Enter or a double click begins it."""

    chosen = Signal()
    wanted = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.rows: list[DueRow] = []
        self._chosen = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        theme.changes.themeChanged.connect(self.update)

    def tell(self, rows: Sequence[DueRow]) -> None:
        """These; who was chosen stays so, while that row is there."""
        self.rows = list(rows)
        if self.row() is None:
            self._chosen = self.rows[0].id if self.rows else ""
        self.updateGeometry()
        self.refresh()
        self.chosen.emit()

    def refresh(self) -> None:
        """Once a second: times go on."""
        self.setAccessibleName(tr("What is due"))
        words = [f"{pick(one.route.content.name)}: {self._state(one)}, {self._time(one)}" for one in self.rows]
        self.setAccessibleDescription("\n".join(words) or tr("No round is due, and none is planned for the next 24 hours."))
        self.setToolTip("\n".join(words))
        self.update()

    def row(self) -> DueRow | None:
        """The chosen one."""
        return next((one for one in self.rows if one.id == self._chosen), None)

    def sizeHint(self) -> QSize:
        """A row for each."""
        return QSize(600, ROW * len(self.rows) if self.rows else CALM)

    def minimumSizeHint(self) -> QSize:
        """As high as it is: what is around it scrolls."""
        return QSize(300, self.sizeHint().height())

    def _state(self, one: DueRow) -> str:
        return tr("whenever it is wanted") if one.due is None else tr(DUES[one.due.state])

    def _time(self, one: DueRow) -> str:
        if one.due is None:
            return ""
        now, due = self._model.now(), one.due
        zone = self._model.zone
        until = time_text(due.until, zone, now)[:-3]
        if due.state == "overdue" or (due.state == "due" and now > due.until):
            return tr("late by {span}, was due by {time}", span=span_text((now - due.until) / 1000), time=until)
        if due.state == "due":
            return tr("{span} left, until {time}", span=span_text((due.until - now) / 1000), time=until)
        return tr("from {time}, in {span}", time=time_text(due.at, zone, now)[:-3], span=span_text((due.at - now) / 1000))

    def _about(self, one: DueRow) -> str:
        content = one.route.content
        told = [tr("{n} stop(s)", n=len(content.stops))]
        if content.kind == "security":
            told.append(tr("security round"))
        if one.due is not None and one.due.walking:
            told.append(tr("{name} walks it now", name=one.due.walking))
        return " · ".join(told)

    def _letterings(self) -> list[Lettering]:
        if not self.rows:
            words = tr("No round is due, and none is planned for the next 24 hours.")
            return [lettering.fitted(QRect(14, 0, self.width() - 28, CALM), words, theme.TITLE, colour="text_dim")]
        told: list[Lettering] = []
        right = self.width() - RIGHT - 14
        for number, one in enumerate(self.rows):
            top, wide = number * ROW, right - LEFT - 10
            open = one.due is not None and one.due.state in OPEN
            ink = "text" if open else "text_dim"
            told.append(lettering.fitted(QRect(LEFT, top + 8, wide, 27), pick(one.route.content.name), NAME, open, ink))
            told.append(lettering.fitted(QRect(LEFT, top + 37, wide, 19), self._about(one), theme.BODY, colour="text_dim"))
            told.append(lettering.fitted(QRect(right, top + 8, RIGHT, 27), self._time(one), theme.TITLE, open, ink, right=True))
            told.append(lettering.fitted(QRect(right, top + 37, RIGHT, 19), self._state(one), theme.BODY, colour=ink, right=True))
        return [one for one in told if one.text]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows: a shape, the name, how long there is time."""
        painter = QPainter(self)
        now = theme.current()
        painter.fillRect(self.rect(), QColor(now.panel))
        for number, one in enumerate(self.rows):
            row = QRect(0, number * ROW, self.width(), ROW)
            if one.id == self._chosen:
                painter.fillRect(row, QColor(now.selection))
            painter.fillRect(QRect(0, row.bottom(), self.width(), 1), QColor(now.line))
            sign = DUE_SIGNS[one.due.state] if one.due is not None else Sign.NONE
            if sign:
                paint_sign(painter, QRect(16, row.top() + (ROW - SIGN) // 2, SIGN, SIGN), sign)
        theme.paint_edge(painter, self.rect(), QColor(now.accent if self.hasFocus() else now.line))
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The edge says so."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The edge says so."""
        super().focusOutEvent(event)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the row."""
        self._choose(int(event.position().y()) // ROW)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Begin it."""
        if self.row() is not None:
            self.wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, down, Enter."""
        ids = [one.id for one in self.rows]
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step and self._chosen in ids:
            self._choose(max(0, min(len(ids) - 1, ids.index(self._chosen) + step)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.row() is not None:
            self.wanted.emit()
        else:
            super().keyPressEvent(event)

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self.rows):
            self._chosen = self.rows[place].id
            self.update()
            self.chosen.emit()
