"""The board of warnings in force: colour, shape and word, what it asks for, what was done. Told to everybody, without a log-in."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.incidents.states import WarningState
from cityops_desktop.incidents.words import COLOURS, WARNING_STATES
from cityops_desktop.link.messages import WarningInfo
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text
from ui.models.warnings import in_force
from ui.widgets import lettering
from ui.widgets.lettering import Lettering
from ui.widgets.warningsign import paint_sign, token

ROW = 46
CALM = 30
SIGN = 26
RIGHT = 250
MOST = 3
"""Rows; more warnings are counted in the last one and stand in the list below."""


class Board(QWidget):
    """The worst first, then the newest. A row is chosen by a click, or with the arrow keys."""

    picked = Signal(str)
    """The id of the warning that somebody has picked."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._chosen = ""
        self.warnings: list[WarningInfo] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def refresh(self) -> None:
        """What stands now; also once a second, for ages."""
        found = in_force(self._model)
        if [one.id for one in found] != [one.id for one in self.warnings]:
            self.warnings = found
            if self.chosen() is None:
                self._chosen = found[0].id if found else ""
            self.updateGeometry()
        self.warnings = found
        self._describe()
        self.update()

    def chosen(self) -> WarningInfo | None:
        """The chosen warning, None when none stands."""
        return next((one for one in self.warnings if one.id == self._chosen), None)

    def sizeHint(self) -> QSize:
        """A row for each, or one line that says that there is none."""
        return QSize(600, ROW * min(len(self.warnings), MOST) if self.warnings else CALM)

    def minimumSizeHint(self) -> QSize:
        """As high as it is."""
        return QSize(300, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the row."""
        place = int(event.position().y()) // ROW
        if place < min(len(self.warnings), MOST):
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down."""
        places = [one.id for one in self.warnings[:MOST]]
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step and self._chosen in places:
            self._choose(max(0, min(len(places) - 1, places.index(self._chosen) + step)))
        else:
            super().keyPressEvent(event)

    def _choose(self, place: int) -> None:
        self._chosen = self.warnings[place].id
        self._describe()
        self.update()
        self.picked.emit(self._chosen)

    def _describe(self) -> None:
        words = [f"{tr(COLOURS[one.colour])}: {one.title}. {self._doing(one)}" for one in self.warnings]
        self.setAccessibleName(tr("Warnings"))
        self.setAccessibleDescription("\n".join(words) or tr("No warning in force"))
        self.setToolTip("\n\n".join(self._whole(one) for one in self.warnings))

    def _whole(self, one: WarningInfo) -> str:
        parts = [f"{tr(COLOURS[one.colour])}: {one.title}", self._from(one), one.text, tr("To do: {text}", text=one.response)]
        return "\n".join([*(part for part in parts if part), self._doing(one)])

    def _from(self, one: WarningInfo) -> str:
        return tr("from {source}", source=one.source) if one.source else ""

    def _doing(self, one: WarningInfo) -> str:
        if one.state is WarningState.ISSUED:
            return tr("To do: {text}", text=one.response)
        return tr("{name}: {text}", name=one.responded_by, text=one.responded_text)

    def _when(self, one: WarningInfo) -> tuple[str, str]:
        now = self._model.now()
        first = tr("{time}, {age} ago", time=time_text(one.issued, self._model.zone, now), age=span_text((now - one.issued) / 1000))
        return first, tr(WARNING_STATES[one.state])

    def _letterings(self) -> list[Lettering]:
        if not self.warnings:
            place = QRect(10, 0, self.width() - 20, CALM)
            return [lettering.fitted(place, tr("No warning in force"), colour="text_dim")]
        told: list[Lettering] = []
        for number, one in enumerate(self.warnings[:MOST]):
            top, wide = number * ROW, self.width() - RIGHT - SIGN - 40
            left = SIGN + 20
            head = " · ".join(part for part in (tr(COLOURS[one.colour]), one.title, self._from(one)) if part)
            when, state = self._when(one)
            hidden = len(self.warnings) - MOST
            if hidden > 0 and number == MOST - 1:
                state = tr("{state}; {n} more below", state=state, n=hidden)
            told.append(lettering.fitted(QRect(left, top + 3, wide, 20), head, bold=True))
            told.append(lettering.fitted(QRect(left, top + 23, wide, 19), self._doing(one)))
            right = self.width() - RIGHT - 10
            told.append(lettering.fitted(QRect(right, top + 3, RIGHT, 20), when, right=True))
            told.append(lettering.fitted(QRect(right, top + 23, RIGHT, 19), state, bold=one.state is WarningState.ISSUED, right=True))
        return told

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows: a bar and a shape of the colour at the left, an edge round the chosen one."""
        painter = QPainter(self)
        now = theme.current()
        painter.fillRect(self.rect(), QColor(now.panel))
        for number, one in enumerate(self.warnings[:MOST]):
            row = QRect(0, number * ROW, self.width(), ROW)
            if one.id == self._chosen and len(self.warnings) > 1:
                painter.fillRect(row, QColor(now.selection))
            painter.fillRect(QRect(0, row.top() + 1, 5, ROW - 2), QColor(getattr(now, token(one.colour))))
            box = QRectF(0, 0, SIGN - 6, SIGN - 6)
            box.moveCenter(QPointF(QPoint(12 + SIGN // 2, row.center().y())))
            paint_sign(painter, box, one.colour)
            if number:
                painter.fillRect(QRect(0, row.top(), self.width(), 1), QColor(now.line))
        theme.paint_edge(painter, self.rect(), QColor(now.accent if self.hasFocus() else now.line))
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())
