"""The part of a dialog that asks a USB key: what it waits for, the key's PIN where it wants one, and the button to ask again."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.texts import tr
from ui.usbkey import PIN_CODES, UsbKey, words_of
from ui.widgets.form import Form

PIN_LENGTH = 63


class KeyQuestion(QObject):
    """Adds its two rows to the fields of the form; `answered` gets the key's answer, `again` is called where a new question is needed."""

    def __init__(self, form: Form, order: Literal["register", "sign"], again: Callable[[], None], answered: Callable[[str], None]) -> None:
        super().__init__(form)
        self._form, self._order, self._hint = form, order, ""
        self.key = UsbKey(self)
        self.pin = form.field(tr("PIN of the USB key"), secret=True, most=PIN_LENGTH)
        form.fields.setRowVisible(self.pin, False)
        self.again = QPushButton(tr("Ask the USB key again"))
        self.again.setAutoDefault(False)
        self.again.clicked.connect(again)
        form.fields.addRow("", self.again)
        self.key.touch.connect(self._touch)
        self.key.failed.connect(self._failed)
        self.key.answered.connect(answered)
        form.finished.connect(lambda _result: self.key.stop())

    def ask(self, options: str, hint: str = "") -> None:
        """Put the question; `hint`: what else the person may do meanwhile."""
        self._hint = hint
        self.again.setEnabled(False)
        self._say(tr("Looking for the USB key…"))
        self.key.ask(self._order, options, self.pin.text())
        self.pin.clear()

    def stop(self) -> None:
        """The person proves it in another way."""
        self.key.stop()
        self.again.setEnabled(True)

    def _say(self, words: str) -> None:
        self._form.say(f"{words} {self._hint}".strip())

    def _touch(self) -> None:
        self._say(tr("Touch the USB key now: it blinks."))

    def _failed(self, code: str) -> None:
        self.again.setEnabled(True)
        self._say(words_of(code))
        if code in PIN_CODES:
            self._form.fields.setRowVisible(self.pin, True)
            self.pin.setFocus()
        elif self._form.focusWidget() is None or self._form.focusWidget() is self.pin:
            self.again.setFocus()


def ask_key(form: Form, before: KeyQuestion | None, refused: CommandResult, send: Callable[..., None]) -> KeyQuestion | None:
    """Ask the key that the station wants to hear: `send` gets its answer, and is called without one where a new question is needed."""
    options = refused.params.get("fido2")
    if not options:
        return before
    question = before or KeyQuestion(form, "sign", lambda: send(), send)
    question.ask(str(options), tr("Or type a code."))
    return question
