"""A QR code as painted squares. Knows nothing of what stands in it and shows no text of it."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

MODULE = 5
QUIET = 4
"""Modules of white round it (ISO/IEC 18004)."""
LIGHT, DARK = "#FFFFFF", "#000000"
"""Black on white under every theme: a camera reads it, not a person."""


class QrCode(QWidget):
    """Whole pixels for each module, or cameras stumble at scales like 125 %."""

    def __init__(self, text: str) -> None:
        super().__init__()
        import segno  # takes 20 ms, and few ever enrol

        self._matrix = [[bool(module & 1) for module in row] for row in segno.make(text, error="m", micro=False).matrix]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The code with its quiet zone."""
        side = (len(self._matrix) + 2 * QUIET) * MODULE
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The squares."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(LIGHT))
        dark = QColor(DARK)
        for y, row in enumerate(self._matrix):
            for x, module in enumerate(row):
                if module:
                    painter.fillRect(QRect((x + QUIET) * MODULE, (y + QUIET) * MODULE, MODULE, MODULE), dark)
        painter.end()
