"""A painted box that is clicked, or carried onto a chart as its points, and painted anew when the mouse or the keyboard comes or goes.
Paints nothing itself."""

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from ui.widgets.carry import carry, far_enough


class Pressable(QWidget):
    """`burden` and `clicked_at` are what each of them adds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed: QPoint | None = None

    def burden(self) -> list[str]:
        """The keys of the points that the mouse takes along; none = it cannot be carried."""
        raise NotImplementedError

    def clicked_at(self, place: QPoint) -> None:
        """It was pressed and let go, here."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and far_enough(self._pressed, event.position().toPoint()) and (keys := self.burden()):
            self._pressed = None
            carry(self, keys)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        place = event.position().toPoint()
        if pressed is not None and event.button() is Qt.MouseButton.LeftButton and self.rect().contains(place):
            self.clicked_at(place)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
