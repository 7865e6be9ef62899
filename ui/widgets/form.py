"""A dialog that asks for some lines and sends them: fields, what is wrong, two buttons. Decides nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import tr
from ui.actions.outcome import result_text
from ui.models.shown import moment

if TYPE_CHECKING:
    from ui.acts import Action, Acts

WIDE = 440
TEXT_HIGH = 260
BESIDE_TEXT = 40
"""Pixels of a choice beside its text: padding and arrow. The size that Qt proposes leaves out the blank half of a full-width bracket."""


class Form(QDialog):
    """Fields, a line for what is wrong, two buttons; Enter sends, in a text of many lines Ctrl+Enter; Esc leaves."""

    def __init__(self, title: str, purpose: str, send: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(WIDE)
        self.fields = QFormLayout()
        self.fields.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self.fields.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)  # the default differs from desktop to desktop
        self.purpose = QLabel(purpose)
        self.purpose.setWordWrap(True)
        self.purpose.setVisible(bool(purpose))
        self.wrong = QLabel()
        self.wrong.setWordWrap(True)
        self.wrong.setMinimumHeight(44)
        self.wrong.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.send = QPushButton(send)
        self.send.setDefault(True)
        self.leave = QPushButton(tr("Cancel"))
        self.leave.setAutoDefault(False)
        self.send.clicked.connect(self._send)
        self.leave.clicked.connect(self.reject)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.leave)
        self.buttons.addWidget(self.send)
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.purpose)
        self.column.addLayout(self.fields)
        self.column.addWidget(self.wrong)
        self.column.addLayout(self.buttons)

    def field(self, label: str, *, secret: bool = False, most: int = 64) -> QLineEdit:
        """A line to type in."""
        edit = QLineEdit()
        edit.setMaxLength(most)
        edit.setAccessibleName(label)
        if secret:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.fields.addRow(label, edit)
        return edit

    def say(self, text: str) -> None:
        """What is wrong. The dialog grows for a long text: nothing above is squeezed."""
        self.wrong.setText(text)
        self.column.activate()
        needed = self.column.totalHeightForWidth(self.width())
        if self.isVisible() and needed > self.height():
            self.resize(self.width(), needed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter sends from everywhere."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.send.click()
        else:
            super().keyPressEvent(event)

    def _send(self) -> None:
        raise NotImplementedError

    def _sent(self) -> None:
        self.send.setEnabled(False)
        self.say(tr("sent…"))

    def gone(self) -> bool:
        """Was it closed before the answer came? Then nothing of it is there any more."""
        return not shiboken6.isValid(self)

    def _answered(self, result: CommandResult) -> bool:
        self.send.setEnabled(True)
        done = result.outcome is Outcome.DONE
        self.say("" if done else result_text(result))
        return done


class Wrong(Exception):
    """What is typed cannot be sent, and why, in words."""


Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to fill in. `kind`: text, secret, new_secret (typed twice), long (many lines), choice, check, day (YYYY-MM-DD),
    moment (the room's date and time; UTC ms as a value). What is `optional` may stay empty."""

    key: str
    label: str
    kind: str = "text"
    value: Value = ""
    choices: Sequence[tuple[str, str]] = ()
    optional: bool = False
    most: int = 200
    hint: str = ""


class Told:
    """What was filled in, by the keys of the lines."""

    def __init__(self, values: dict[str, Value]) -> None:
        self._values = values

    def text(self, key: str) -> str:
        """A text; "" when nothing is there."""
        value = self._values[key]
        return value if isinstance(value, str) else ""

    def time(self, key: str) -> int | None:
        """UTC ms, None when nothing was typed."""
        value = self._values[key]
        return value if isinstance(value, int) else None

    def checked(self, key: str) -> bool:
        """Is it ticked?"""
        return self._values[key] is True


class ActDialog(Form):
    """Asks what one act needs, sends it, stays until the station has said yes. `make` gives the action for what was filled in and may
    raise Wrong; `warn` says beforehand what the station would refuse."""

    def __init__(
        self,
        acts: "Acts",
        kind: str,
        title: str,
        purpose: str,
        lines: Sequence[Line],
        make: "Callable[[Told], Action]",
        *,
        zone: tzinfo,
        warn: Callable[[Told], str] | None = None,
        then: Callable[[CommandResult], None] | None = None,
        send: str = "",
    ) -> None:
        super().__init__(title, purpose, send or tr("Send"))
        self._acts, self._kind, self._title = acts, kind, title
        self._lines, self._make, self._zone, self._warn, self._then = lines, make, zone, warn, then
        self.edits: dict[str, QWidget] = {}
        for line in lines:
            self._add(line)
        first = next(iter(self.edits.values()), None)
        if first is not None:
            first.setFocus()
        self._look()

    def _add(self, line: Line) -> None:
        if line.kind == "choice":
            box = QComboBox()
            for value, words in line.choices:
                box.addItem(words, value)
            box.setCurrentIndex(max(0, box.findData(line.value)))
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            widest = max((box.fontMetrics().horizontalAdvance(words) for _, words in line.choices), default=0)
            box.setMinimumWidth(widest + BESIDE_TEXT)
            box.currentIndexChanged.connect(self._look)
            self._put(line, box)
        elif line.kind == "check":
            tick = QCheckBox(line.label)
            tick.setChecked(line.value is True)
            self.edits[line.key] = tick
            self.fields.addRow("", tick)
        elif line.kind == "long":
            text = QPlainTextEdit(str(line.value or ""))
            text.setTabChangesFocus(True)
            text.setMinimumHeight(TEXT_HIGH)
            self.setMinimumWidth(WIDE + 200)
            text.textChanged.connect(self._look)
            self._put(line, text)
        else:
            self._add_edit(line)

    def _add_edit(self, line: Line) -> None:
        secret = line.kind in ("secret", "new_secret")
        edit = self.field(line.label, secret=secret, most=line.most)
        hints = {"day": tr("YYYY-MM-DD"), "moment": tr("YYYY-MM-DD HH:MM")}
        edit.setPlaceholderText(line.hint or hints.get(line.kind, ""))
        if isinstance(line.value, int) and line.kind == "moment":
            edit.setText(f"{moment(line.value, self._zone):%Y-%m-%d %H:%M}")
        elif isinstance(line.value, str):
            edit.setText(line.value)
        edit.textChanged.connect(self._look)
        self.edits[line.key] = edit
        if line.kind == "new_secret":
            self.edits[f"{line.key} again"] = self.field(tr("{label} again", label=line.label), secret=True, most=line.most)

    def typed(self, key: str) -> str:
        """What stands in the line of this key now."""
        edit = self.edits[key]
        return edit.text() if isinstance(edit, QLineEdit) else ""

    def _put(self, line: Line, widget: QWidget) -> None:
        widget.setAccessibleName(line.label)
        self.edits[line.key] = widget
        self.fields.addRow(line.label, widget)

    def _typed(self, line: Line) -> Value:
        edit = self.edits[line.key]
        if isinstance(edit, QComboBox):
            return str(edit.currentData())
        if isinstance(edit, QCheckBox):
            return edit.isChecked()
        if isinstance(edit, QPlainTextEdit):
            return edit.toPlainText().strip()
        assert isinstance(edit, QLineEdit)
        return edit.text() if edit.echoMode() is QLineEdit.EchoMode.Password else edit.text().strip()

    def _value(self, line: Line) -> Value:
        value = self._typed(line)
        if value == "" and not line.optional and line.kind != "choice":
            raise Wrong(tr("Fill in: {label}", label=line.label))
        if line.kind in ("day", "moment") and isinstance(value, str):
            return _when(value, line, self._zone) if value else None
        again = self.edits.get(f"{line.key} again")
        if isinstance(again, QLineEdit) and again.text() != value:
            raise Wrong(tr("What was typed twice differs: {label}", label=line.label))
        return value

    def _look(self) -> None:
        """What the station would refuse is said while it is being chosen."""
        if self._warn is not None and len([one for one in self.edits if not one.endswith(" again")]) == len(self._lines):
            self.say(self._warn(Told({line.key: self._typed(line) for line in self._lines})))

    def _send(self) -> None:
        try:
            action = self._make(Told({line.key: self._value(line) for line in self._lines}))
        except Wrong as wrong:
            self.say(str(wrong))
            return
        self._sent()
        self._acts.carry_out(self._title, self._kind, action, self._came, asks=False)

    def _came(self, result: CommandResult) -> None:
        if self.gone():
            return
        if self._answered(result):
            self.accept()
            if self._then is not None:
                self._then(result)


def _when(text: str, line: Line, zone: tzinfo) -> Value:
    """A day as it is, a moment as UTC ms; a moment without a time is 00:00 of that day."""
    try:
        if line.kind == "day":
            return f"{datetime.strptime(text, '%Y-%m-%d').replace(tzinfo=zone):%Y-%m-%d}"
        shape = "%Y-%m-%d %H:%M" if ":" in text else "%Y-%m-%d"
        return round(datetime.strptime(text, shape).replace(tzinfo=zone).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Wrong(tr("{label}: this is no date: {text}", label=line.label, text=text)) from None
