"""A sheet with its sentence above and its acts beside it: what a tab about people is. Decides nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.texts import tr
from ui import theme
from ui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from ui.acts import Acts

BUTTONS = 186


@dataclass(frozen=True, slots=True)
class _Button:
    words: str
    kind: str
    fits: Callable[[], str]
    button: QPushButton


class SheetTab(QWidget):
    """A button that cannot be pressed now says why in its tool tip."""

    def __init__(self, acts: "Acts", name: str) -> None:
        super().__init__()
        self.acts = acts
        self._name = name
        self._buttons: list[_Button] = []
        self.head = QLabel()
        self.head.setWordWrap(True)
        self.sheet = Sheet()
        self.sheet.chosen.connect(self.look)
        self.left = QVBoxLayout()
        self.left.addWidget(self.sheet, 1)
        self.side = QVBoxLayout()
        self.side.setSpacing(6)
        self.side.addStretch(1)
        row = QHBoxLayout()
        row.addLayout(self.left, 1)
        row.addLayout(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.head)
        column.addLayout(row, 1)

    def add_button(self, words: str, kind: str, pressed: Callable[[], None], fits: Callable[[], str] = lambda: "") -> QPushButton:
        """An act, in words marked for the catalogue; `fits` says why it makes no sense now, "" when it does."""
        button = QPushButton()
        button.setFixedWidth(BUTTONS)
        button.clicked.connect(lambda: pressed())
        self._buttons.append(_Button(words, kind, fits, button))
        self.side.insertWidget(len(self._buttons) - 1, button)
        return button

    def chosen_or(self, words: str) -> Callable[[], str]:
        """Says `words` while no row is chosen."""
        return lambda: "" if self.sheet.chosen_id() else tr(words)

    def say(self, text: str, *, bold: bool = False) -> None:
        """The sentence above."""
        self.head.setText(text)
        self.head.setFont(theme.font(theme.BODY, bold))
        self.head.setVisible(bool(text))

    def tell_rows(self, titles: Sequence[str], rows: Sequence[Row], *, wide: int = 0) -> None:
        """The rows, and what can be done about the chosen one."""
        self.sheet.tell(titles, rows, wide=wide)
        self.sheet.describe(tr(self._name))
        self.look()

    def look(self) -> None:
        """Which acts can be given now."""
        for one in self._buttons:
            why = self.acts.why_not(one.kind) or one.fits()
            one.button.setText(tr(one.words))
            one.button.setEnabled(not why)
            one.button.setToolTip(why)
