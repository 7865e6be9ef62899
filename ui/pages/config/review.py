"""What would change, to be read before it takes effect: summary, every difference or every problem, why, one button. Decides nothing."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.config import Review
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.pages.config.words import difference_rows, problem_rows, review_title
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Sheet

MOST_WHY = 500


class ReviewScreen(QWidget):
    """`wanted` gets why; `left` goes back without anything done. With problems there is no button that applies."""

    wanted = Signal(str)
    left = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.review: Review | None = None
        self._words: Callable[[], tuple[str, str]] = lambda: ("", "")
        self._may: Callable[[], str] = lambda: ""
        self.title = ElidedLine(size=theme.TITLE, bold=True)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.setFont(theme.font(theme.BODY, bold=True))
        self.sheet = Sheet("review")
        self.more = QLabel()
        self.why_label = QLabel()
        self.why = QLineEdit()
        self.why.setMaxLength(MOST_WHY)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.back, self.apply = QPushButton(), QPushButton()
        row = QHBoxLayout()
        row.addWidget(self.why_label)
        row.addWidget(self.why, 1)
        row.addWidget(self.back, 0, Qt.AlignmentFlag.AlignRight)
        row.addWidget(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.title)
        column.addWidget(self.summary)
        column.addWidget(self.sheet, 1)
        column.addWidget(self.more)
        column.addWidget(self.said)
        column.addLayout(row)
        self.why.textChanged.connect(self.look)
        self.why.returnPressed.connect(self.apply.click)
        self.apply.clicked.connect(lambda: self.wanted.emit(self.why.text().strip()))
        self.back.clicked.connect(self.left)

    def tell(self, review: Review, words: Callable[[], tuple[str, str]], may: Callable[[], str]) -> None:
        """This review; `words` are title and button, `may` says why it cannot be done, "" when it can."""
        self.review, self._words, self._may = review, words, may
        self.why.clear()
        self.said.clear()
        self.retranslate()
        (self.back if review.problems else self.why).setFocus()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.back.setText(tr("Back, change nothing"))
        self.why_label.setText(tr("Why"))
        self.why.setAccessibleName(tr("Why"))
        self.why.setPlaceholderText(tr("the reason, which is kept with the version"))
        review = self.review
        if review is None:
            return
        title, button = self._words()
        self.title.set_text(title)
        self.apply.setText(button)
        self.summary.setText(review_title(review))
        if review.problems:
            self.sheet.tell([tr("Where"), tr("What is wrong"), tr("What to do")], problem_rows(review.problems), wide=2, most=420)
        else:
            self.sheet.tell([tr("Thing"), tr("Before"), tr("After")], difference_rows(review.differences, self._model), wide=0, most=320)
        self.sheet.describe(tr("What would change"))
        told, every = len(review.differences), sum(review.counts.values())
        self.more.setText(tr("{n} of {all} differences are listed", n=told, all=every))
        self.more.setVisible(told < every)
        self.look()

    def look(self) -> None:
        """May it be applied now?"""
        review = self.review
        sound = review is not None and not review.problems
        for widget in (self.why, self.why_label, self.apply):
            widget.setVisible(sound)
        why = self._may() or ("" if review is None or review.counts else tr("this would change nothing"))
        why = why or ("" if self.why.text().strip() else tr("say why first"))
        self.apply.setEnabled(not why)
        self.apply.setToolTip(why)

    def say(self, text: str) -> None:
        """What became of it."""
        self.said.setText(text)
