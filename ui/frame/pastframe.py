"""A striped frame over the page that shows the past: whatever somebody looks at, its edge says that this is not now. Takes no mouse."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui import theme

BAND = 4
"""Px; a page leaves as much free at its edge."""
STRIPE, APART = 6, 16
"""Px: how broad a stripe is, and from one to the next."""


def paint_stripes(painter: QPainter, rect: QRect) -> None:
    """The stripes of the past: broad and dark, unlike the thin hatch of an old value."""
    now = theme.current()
    painter.save()
    painter.setClipRect(rect)
    painter.fillRect(rect, QColor(now.page))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(now.text), STRIPE))
    for x in range(rect.left() - rect.height(), rect.right() + APART, APART):
        painter.drawLine(x, rect.bottom() + 1, x + rect.height() + 1, rect.top())
    painter.restore()


class PastFrame(QWidget):
    """Lies over `over`, a sibling that it follows."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over.parentWidget())
        self._over = over
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        over.installEventFilter(self)
        theme.changes.themeChanged.connect(self.update)
        self.hide()

    def set_shown(self, shown: bool) -> None:
        """There, above everything of the page, or not."""
        self.setVisible(shown)
        if shown:
            self._follow()
            self.raise_()

    def _follow(self) -> None:
        self.setGeometry(self._over.geometry())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays where the page is."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._follow()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        wide, high = self.width(), self.height()
        painter = QPainter(self)
        sides = (
            *(QRect(0, 0, wide, BAND), QRect(0, high - BAND, wide, BAND)),
            *(QRect(0, BAND, BAND, high - 2 * BAND), QRect(wide - BAND, BAND, BAND, high - 2 * BAND)),
        )
        for side in sides:
            paint_stripes(painter, side)
        painter.end()
