"""What the two editors of patrols share: a form whose content is published by an act, once what is wrong with it is mended."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton

from cityops_desktop.duty.patrolcontent import RouteContent, TemplateContent, complaints
from cityops_desktop.link.acts import AnyAct, CommandResult
from cityops_desktop.texts import tr
from ui.actions.patrol import give
from ui.widgets.form import Form, Wrong

if TYPE_CHECKING:
    from ui.acts import Acts

WIDE = 1000
BESIDE = 44


class EditForm(Form):
    """A subclass gives `content` (Wrong says what cannot be sent) and `act`."""

    kind = ""

    def __init__(self, acts: "Acts", title: str, words: str) -> None:
        super().__init__(title, words, tr("Publish"))
        self.setMinimumWidth(WIDE)
        self._acts, self._title = acts, title

    def content(self) -> TemplateContent | RouteContent:
        """What was filled in."""
        raise NotImplementedError

    def act(self, content: TemplateContent | RouteContent, why: str) -> AnyAct:
        """It as an act."""
        raise NotImplementedError

    def line(self, label: str, text: str, most: int = 200) -> QLineEdit:
        """A field with a text in it."""
        edit = self.field(label, most=most)
        edit.setText(text)
        return edit

    def box(self, label: str, choices: list[tuple[str, str]], chosen: str) -> QComboBox:
        """A choice of words."""
        box = choice_box(choices, chosen)
        box.setAccessibleName(label)
        self.fields.addRow(label, box)
        return box

    def row(self, *buttons: tuple[str, Callable[[], None]]) -> QHBoxLayout:
        """Buttons side by side, none of which Enter presses by itself."""
        line = QHBoxLayout()
        for words, pressed in buttons:
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, call=pressed: call())
            line.addWidget(button)
        line.addStretch(1)
        return line

    def _send(self) -> None:
        try:
            content = self.content()
            wrong = complaints(content)
            if wrong:
                raise Wrong(f"{tr(wrong[0].what).format(**wrong[0].params)}; {tr(wrong[0].do)}")
            why = self.why.text().strip()
            if not why:
                raise Wrong(tr("Fill in: {label}", label=tr("Reason")))
            act = self.act(content, why)
        except ValidationError as error:
            first = error.errors()[0]
            self.say(tr("This cannot be: {where}: {why}", where=" ".join(str(part) for part in first["loc"]), why=first["msg"]))
            return
        except Wrong as error:
            self.say(str(error))
            return
        self._sent()
        self._acts.carry_out(self._title, self.kind, partial(give, act=act), self._came, asks=False)

    def add_why(self) -> None:
        """The last field."""
        self.why = self.field(tr("Reason"), most=500)

    def _came(self, result: CommandResult) -> None:
        if not self.gone() and self._answered(result):
            self.accept()


def choice_box(choices: list[tuple[str, str]], chosen: str) -> QComboBox:
    """As wide as its words."""
    box = QComboBox()
    for value, words in choices:
        box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.setMinimumWidth(max((box.fontMetrics().horizontalAdvance(words) for _, words in choices), default=0) + BESIDE)
    return box


def figure_of(text: str, label: str) -> float | None:
    """A number that was typed, None for none. Wrong."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Wrong(tr("{label}: this is no number: {text}", label=label, text=text)) from None


def new_id(name: str, taken: set[str], word: str) -> str:
    """An id from a name in English, or from a word and a number."""
    bare = "-".join("".join(sign if sign.isascii() and sign.isalnum() else " " for sign in name.lower()).split())[:36] or word
    number = 2
    result = bare
    while result in taken:
        result, number = f"{bare}-{number}", number + 1
    return result
