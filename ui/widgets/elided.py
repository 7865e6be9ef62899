"""A line of text that never widens its window: what does not fit is elided and the tool tip holds the whole."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme
from ui.widgets import lettering


class ElidedLine(QWidget):
    """One line of text. `colour` names a token of the theme; `least` px are always there."""

    def __init__(self, *, size: int = theme.BODY, bold: bool = False, colour: str = "text", right: bool = False, least: int = 24) -> None:
        super().__init__()
        self._text = ""
        self._size, self._bold, self._colour, self._right = size, bold, colour, right
        self._least = least
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str, *, bold: bool | None = None) -> None:
        """Show this; nothing happens when it stands there already."""
        bold = self._bold if bold is None else bold
        if (text, bold) != (self._text, self._bold):
            self._text, self._bold = text, bold
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as the text."""
        return QSize(max(self._least, lettering.width(self._text, self._size, self._bold) + 2), self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """One line."""
        return QSize(self._least, lettering.metrics(self._size, self._bold).height() + 2)

    def _letterings(self) -> list[lettering.Lettering]:
        return [lettering.fitted(self.rect(), self._text, self._size, self._bold, self._colour, self._right)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line."""
        painter = QPainter(self)
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())


class Steady(ElidedLine):
    """A line as wide as the widest of its sample texts, so that its neighbours stand still while it changes."""

    def __init__(self, **look: object) -> None:
        super().__init__(**look)  # type: ignore[arg-type]
        self._samples: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_samples(self, *samples: str) -> None:
        """The longest texts that come."""
        self._samples = samples
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """The widest sample."""
        widest = max((lettering.width(one, self._size, True) for one in self._samples), default=self._least)
        return QSize(widest + 4, self.minimumSizeHint().height())
