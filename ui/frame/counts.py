"""How many alarms of one level are open: shape, number and word. A button that leads to them."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from cityops_desktop.sentences import level_name
from cityops_desktop.texts import tr
from ui import theme
from ui.widgets import lettering

MARKER = 22


class LevelCount(QAbstractButton):
    """The count of one level. Only its symbol flashes, and only while something is unacknowledged; grey when there is nothing."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self.level = level
        self._open = self._unacknowledged = 0
        self._lit = True
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changes.themeChanged.connect(self.update)
        self.retranslate()

    def set_counts(self, count: int, unacknowledged: int) -> None:
        """Open alarms, and how many of them nobody has acknowledged."""
        if (count, unacknowledged) != (self._open, self._unacknowledged):
            self._open, self._unacknowledged = count, unacknowledged
            self.retranslate()

    def set_lit(self, lit: bool) -> None:
        """The phase of the flashing."""
        if lit != self._lit:
            self._lit = lit
            if self._unacknowledged:
                self.update()

    def retranslate(self) -> None:
        """The words in the language in force."""
        words = tr("{level}: {n} open, {u} not acknowledged", level=level_name(self.level), n=self._open, u=self._unacknowledged)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for four digits and the word."""
        text = max(lettering.width("9999", theme.TITLE, True), lettering.width(level_name(self.level), theme.SMALL))
        return QSize(8 + MARKER + 6 + text + 8, 48)

    def _figure(self) -> str:
        """Four digits at most; the tool tip has them all."""
        return str(self._open) if self._open < 10_000 else tr("{n}k", n=min(999, self._open // 1000))

    def _letterings(self) -> list[lettering.Lettering]:
        left = 8 + MARKER + 6
        width = self.width() - left - 2
        colour = "text" if self._open else "text_dim"
        return [
            lettering.Lettering(QRect(left, 3, width, 24), self._figure(), theme.TITLE, True, colour),
            lettering.Lettering(QRect(left, 27, width, 18), level_name(self.level), theme.SMALL, False, colour),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Box, symbol, number, word."""
        now = theme.current()
        painter = QPainter(self)
        edge = now.accent if self.hasFocus() or self.underMouse() else now.line
        painter.fillRect(self.rect(), QColor(now.panel))
        theme.paint_edge(painter, self.rect(), QColor(edge))
        if self._open:
            box = QRect(8, (self.height() - MARKER) // 2, MARKER, MARKER)
            theme.paint_level(painter, box, self.level, filled=bool(self._unacknowledged) and self._lit, digit=False)
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())
