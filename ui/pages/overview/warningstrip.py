"""One calm line while a warning is in force: the worst one's shape, colour and words, and how many more. Leads to the page Incidents."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from cityops_desktop.incidents.words import WARNING_STATES
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.models.warnings import heading, in_force
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted
from ui.widgets.pressable import Pressable
from ui.widgets.warningsign import paint_sign, token

HIGH = 30
SIGN = 16
LEFT = 40


class WarningStrip(Pressable):
    """Hidden while no warning is in force. `chosen` tells the id of the one that is shown."""

    chosen = Signal(str)

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.warnings = in_force(model)
        self.setFixedHeight(HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.refresh()

    def refresh(self) -> None:
        """What is in force now."""
        self.warnings = in_force(self._model)
        words = "\n".join(heading(one) for one in self.warnings)
        self.setToolTip(words and f"{words}\n{tr('A click leads to the page Incidents')}")
        self.setAccessibleName(tr("Warnings"))
        self.setAccessibleDescription(words)
        self.setVisible(bool(self.warnings))
        self.update()

    def burden(self) -> list[str]:
        """Nothing of it can be carried."""
        return []

    def clicked_at(self, place: QPoint) -> None:
        """To the page."""
        self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space are a click."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open()
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        if self.warnings:
            self.chosen.emit(self.warnings[0].id)

    def _letterings(self) -> list[Lettering]:
        if not self.warnings:
            return []
        worst = self.warnings[0]
        parts = [tr(WARNING_STATES[worst.state]), tr("since {time}", time=time_text(worst.issued, self._model.zone, self._model.now()))]
        if len(self.warnings) > 1:
            parts.append(tr("and {n} more", n=len(self.warnings) - 1))
        right = " · ".join(parts)
        wide = min(lettering.width(right) + 4, self.width() // 2)
        place = QRect(self.width() - wide - 10, 0, wide, HIGH)
        left = QRect(LEFT, 0, place.left() - LEFT - 12, HIGH)
        return [fitted(left, heading(worst), bold=True), fitted(place, right, colour="text_dim", right=True)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """A bar and a shape of its colour on the panel; an edge for who stands on it."""
        painter = QPainter(self)
        now = theme.current()
        painter.fillRect(self.rect(), QColor(now.panel))
        if self.warnings:
            colour = self.warnings[0].colour
            painter.fillRect(QRect(0, 0, 5, HIGH), QColor(getattr(now, token(colour))))
            box = QRectF(0, 0, SIGN, SIGN)
            box.moveCenter(QPointF(24, HIGH / 2))
            paint_sign(painter, box, colour)
        theme.paint_edge(painter, self.rect(), QColor(now.accent if self.hasFocus() or self.underMouse() else now.line))
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())
