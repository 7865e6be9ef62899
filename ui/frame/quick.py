"""The quick change of person: whoever logged in here before comes back by PIN, or by the badge alone. It asks; the station decides.

A badge reader is a keyboard that types very fast and ends with Enter. What it types is never shown, not even as dots.
"""

import time
from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.people import QuickPerson
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import tr
from ui import theme
from ui.actions.outcome import result_text
from ui.actions.people import come_back_by_badge, come_back_by_pin
from ui.link import Link

GAP_SECONDS = 0.05
"""A reader types the next character sooner than this, a hand later."""
BADGE_LENGTH = 6
HAND = 4
"""A hand may type three characters without a pause, never so many."""
MOST_TYPED = 128
MOST_PEOPLE = 9
LARGE = 46
WIDE = 480
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class QuickDialog(QDialog):
    """Keys 1 to 9 choose who it is, digits are the PIN, Enter sends; a burst that Enter ends is a badge."""

    passwordWanted = Signal(str)
    """The full log-in instead, of the person with this name ("" = whoever)."""

    def __init__(
        self,
        link: Link,
        purpose: str = "",
        then: Callable[[str], None] | None = None,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._link, self._then, self._clock = link, then, clock
        self._typed: list[tuple[str, float]] = []
        self._offered = False
        """The first character typed chose a person; if no reader goes on typing it is not of the PIN."""
        self._sending = False
        self.people: list[QuickPerson] = []
        self.chosen: QuickPerson | None = None
        self.setWindowTitle(tr("Change person"))
        self.setMinimumWidth(WIDE)
        self.words = QLabel(purpose)
        self.words.setWordWrap(True)
        self.words.setVisible(bool(purpose))
        self.who = QLabel(tr("Asking who was here…"))
        self.who.setWordWrap(True)
        self.faces = QVBoxLayout()
        self.buttons: list[QPushButton] = []
        self.pin = QLineEdit()
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setAccessibleName(tr("PIN"))
        self.pin.setPlaceholderText(tr("PIN, or hold the badge to the reader"))
        self.pin.setFixedHeight(LARGE)
        self.pin.setFont(theme.font(theme.VALUE))
        self.wrong = QLabel()
        self.wrong.setWordWrap(True)
        self.wrong.setMinimumHeight(44)
        self.wrong.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.password = QPushButton(tr("With the password…"))
        self.leave = QPushButton(tr("Cancel"))
        self.send = QPushButton(tr("Come back"))
        for button in (self.password, self.leave, self.send):
            button.setAutoDefault(False)
        self._lay_out()
        self.password.clicked.connect(lambda: self.passwordWanted.emit(self._meant()))
        self.leave.clicked.connect(self.reject)
        self.send.clicked.connect(self._enter)
        for widget in (self, self.pin, self.password, self.leave, self.send):
            widget.installEventFilter(self)
        self.pin.setFocus()
        link.quick_people(self._told)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.password)
        row.addStretch(1)
        row.addWidget(self.leave)
        row.addWidget(self.send)
        column = QVBoxLayout(self)
        for widget in (self.words, self.who):
            column.addWidget(widget)
        column.addLayout(self.faces)
        column.addWidget(self.pin)
        column.addWidget(self.wrong)
        column.addLayout(row)

    # who

    def _told(self, people: list[QuickPerson]) -> None:
        if not shiboken6.isValid(self):
            return
        self.people = people[:MOST_PEOPLE]
        for number, person in enumerate(self.people, 1):
            ways = " / ".join(words for there, words in ((person.pin, tr("PIN")), (person.badge, tr("badge"))) if there)
            key = f"{number}   " if len(self.people) > 1 else ""
            button = QPushButton(f"{key}{person.display} ({person.name})   {ways or tr('password only')}")
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setFixedHeight(LARGE)
            button.setStyleSheet("text-align:left;padding-left:14px")
            button.clicked.connect(lambda checked=False, one=person: self._clicked(one))
            button.installEventFilter(self)
            self.faces.addWidget(button)
            self.buttons.append(button)
        if not self.people:
            self.who.setText(tr("Nobody may come back here: the first log-in of a shift is with the password."))
            self.pin.hide()
            self.send.hide()
            self.password.setFocus()
        elif len(self.people) == 1:
            self.who.setText(tr("Only one person may come back here:"))
            self._mark(self.people[0])  # what a quick hand or a reader has typed meanwhile stays
        else:
            self.who.setText(tr("Who are you? Keys 1 to {n}. A badge needs no choice.", n=len(self.people)))

    def _meant(self) -> str:
        """Who wants to type the password: not whoever is logged in already, where nobody was chosen by hand."""
        here = self._link.person
        alone = len(self.people) == 1 and self.chosen is not None and here is not None and here.name == self.chosen.name
        return self.chosen.name if self.chosen is not None and not alone else ""

    def _clicked(self, person: QuickPerson) -> None:
        if person.pin or person.badge:
            self.choose(person)
        else:
            self.passwordWanted.emit(person.name)

    def choose(self, person: QuickPerson) -> None:
        """It is this one; what was typed for another is forgotten."""
        if self.chosen is not person and self._typed:
            self._forget()
        self._mark(person)
        self.say("" if person.pin else tr("{name} has no PIN: hold the badge to the reader.", name=person.display))
        self.pin.setFocus()

    def say(self, text: str) -> None:
        """What is wrong."""
        self.wrong.setText(text)

    # what is typed

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes what is typed from whichever part has the keyboard; Tab, arrows and Esc go on as ever."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in ENTER:
            if isinstance(watched, QPushButton) and watched is not self.send and not self._typed:
                watched.click()
            else:
                self._enter()
            return True
        if event.key() == Qt.Key.Key_Backspace:
            if self._typed:
                self._typed.pop()
            self._show()
            return True
        text = event.text()
        if not text.isprintable() or not text or (text == " " and not self._typed):
            return False
        self._type(text)
        return True

    def _type(self, text: str) -> None:
        number = int(text) if text.isascii() and text.isdecimal() else 0
        choosing = self.chosen is None and not self._typed and 1 <= number <= len(self.people)
        self._typed = [*self._typed, (text, self._clock())][-MOST_TYPED:]
        if choosing:
            self._mark(self.people[number - 1])
            self._offered = True
        self._show()

    def _mark(self, person: QuickPerson | None) -> None:
        self.chosen = person
        for button, one in zip(self.buttons, self.people, strict=True):
            button.setChecked(one is person)

    def _burst(self) -> str:
        """What was typed last without a pause that a hand makes."""
        letters: list[str] = []
        after: float | None = None
        for letter, when in reversed(self._typed):
            if after is not None and after - when > GAP_SECONDS:
                break
            letters.append(letter)
            after = when
        return "".join(reversed(letters))

    def _show(self) -> None:
        """Dots for what a hand typed; nothing for a reader."""
        burst = len(self._burst())
        self.pin.setText("0" * (len(self._typed) - self._offered - (burst if burst >= HAND else 0)))

    def _enter(self) -> None:
        if self._sending:
            return
        burst = self._burst()
        if len(burst) >= BADGE_LENGTH and self._clock() - self._typed[-1][1] <= GAP_SECONDS:
            if self._offered:
                self._mark(None)
            self._away(lambda: come_back_by_badge(self._link, badge=burst, on_result=self._answered))
            return
        person, pin = self.chosen, "".join(letter for letter, _ in self._typed[int(self._offered) :])
        if person is None or not pin:
            self.say(tr("Choose who you are and type the PIN, or hold the badge to the reader."))
            return
        self._away(lambda: come_back_by_pin(self._link, account=person.id, pin=pin, on_result=self._answered))

    def _away(self, send: Callable[[], None]) -> None:
        self._sending = True
        self._forget()
        self.say(tr("sent…"))
        send()

    def _answered(self, result: CommandResult) -> None:
        if not shiboken6.isValid(self):
            return
        self._sending = False
        if result.outcome is Outcome.DONE:
            self.accept()
            if self._then is not None:
                self._then("")
        else:
            self.say(result_text(result))
            self.pin.setFocus()

    def _forget(self) -> None:
        self._typed, self._offered = [], False
        self.pin.clear()
