"""A text of some lines in a place that never changes, and a field whose Enter goes no further. Knows no patrol."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit

from ui import theme
from ui.widgets import lettering


class Typing(QLineEdit):
    """What Enter means in it is told by returnPressed; nothing around it gets that Enter as well."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """As a field does, but keeps Enter."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class Wrapped(QLabel):
    """A longer text is written smaller, and the tool tip holds it. Of `lines` lines at its own size: a height that hangs on the width
    makes Qt give a page more than it needs."""

    def __init__(self, lines: int, size: int = theme.BODY, *, bold: bool = False) -> None:
        super().__init__()
        self._size, self._bold = size, bold
        self.setWordWrap(True)
        self.setFixedHeight(lettering.metrics(size, bold).lineSpacing() * lines + 4)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFont(theme.font(size, bold))

    def tell(self, text: str) -> None:
        """Show this."""
        self.setText(text)
        self.setToolTip(text)
        self._fit()

    def hasHeightForWidth(self) -> bool:
        """It has the height that it has."""
        return False

    def _fit(self) -> None:
        for size in (self._size, theme.TITLE, theme.BODY, theme.SMALL):
            if size <= self._size and self._high(size) <= self.height():
                break
        self.setFont(theme.font(size, self._bold))

    def _high(self, size: int) -> int:
        room = QRect(0, 0, max(1, self.width()), 10_000)
        return lettering.metrics(size, self._bold).boundingRect(room, int(Qt.TextFlag.TextWordWrap), self.text()).height()

    def resizeEvent(self, event: object) -> None:
        """Another width, another size."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()
