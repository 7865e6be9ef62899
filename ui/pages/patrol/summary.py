"""The end of a walk: what is not ok, not checked, not proved, still open; a remark; then it is handed in. And what became of it.

Sends nothing itself.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.patrol import NewIncident
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text
from ui.pages.patrol.walk import Walk
from ui.pages.patrol.walkview import found_words
from ui.pages.patrol.words import PROOFS, STATE_SIGNS, answer_text
from ui.pages.patrol.wrapped import Typing, Wrapped
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet, Sign

BIG = 20


class Summary(QWidget):
    """`back` leads to the item of a row (-1: where it was left), `wanted` hands it in, `left` goes away from what was handed in."""

    back = Signal(int)
    wanted = Signal()
    left = Signal()
    edited = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.walk: Walk | None = None
        self._taken: CommandResult | None = None
        self.title = ElidedLine(size=theme.TITLE, bold=True)
        self.counts = QLabel()
        self.counts.setFont(theme.font(BIG, bold=True))
        self.outcome = Wrapped(2, theme.TITLE)
        self.sheet = Sheet("summary")
        self.note_label, self.note = QLabel(), Typing()
        self.note.setMaxLength(4000)
        self.opens, self.incident = QCheckBox(), Typing()
        self.incident.setMaxLength(200)
        self.said = ElidedLine(bold=True)
        self.return_to, self.submit = QPushButton(), QPushButton()
        for button in (self.return_to, self.submit):
            button.setMinimumHeight(38)
            button.setFont(theme.font(theme.TITLE))
        self._lay_out()
        self.note.textEdited.connect(self._noted)
        self.note.returnPressed.connect(lambda: self.submit.setFocus())
        self.opens.clicked.connect(self._opens)
        self.incident.textEdited.connect(lambda _: self._opens())
        self.return_to.clicked.connect(self._leave)
        self.submit.clicked.connect(self._go)
        self.sheet.doubleClicked.connect(lambda _: self._open_row())

    def _lay_out(self) -> None:
        note = QHBoxLayout()
        note.addWidget(self.note_label)
        note.addWidget(self.note, 1)
        incident = QHBoxLayout()
        incident.addWidget(self.opens)
        incident.addWidget(self.incident, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.return_to)
        buttons.addStretch(1)
        buttons.addWidget(self.submit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.counts)
        column.addWidget(self.outcome)
        column.addWidget(self.sheet, 1)
        column.addLayout(note)
        column.addLayout(incident)
        column.addWidget(self.said)
        column.addLayout(buttons)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.note_label.setText(tr("Remark on the round"))
        self.note.setAccessibleName(self.note_label.text())
        self.opens.setText(tr("Open an incident:"))
        self.incident.setAccessibleName(tr("Title of the incident"))
        self._show()

    def show_walk(self, walk: Walk) -> None:
        """What will be handed in."""
        self.walk, self._taken = walk, None
        self.note.setText(walk.state.note)
        self.opens.setChecked(walk.state.incident is not None)
        self.incident.setText(walk.state.incident.title if walk.state.incident is not None else "")
        self.say("")
        self._show()
        self.submit.setFocus()

    def show_taken(self, walk: Walk, result: CommandResult) -> None:
        """The station has taken it."""
        self.walk, self._taken = walk, result
        self.say("")
        self._show()
        self.submit.setFocus()

    def say(self, words: str) -> None:
        """Why it was not handed in."""
        self.said.set_text(words)

    def _show(self) -> None:
        walk = self.walk
        if walk is None:
            return
        self.title.set_text(pick(walk.state.sheet.route.content.name))
        told = {"bad": len(walk.in_state("not_ok")), "left": len(walk.in_state("unchecked")), "ok": len(walk.in_state("ok"))}
        self.counts.setText(tr("{ok} ok · {bad} not ok · {left} not checked", **told))
        open = len(walk.places) - walk.done()
        self.outcome.tell(self._outcome(walk, open))
        rows = self._rows(walk)
        self.sheet.tell([tr("Where"), tr("Result")], rows, wide=1, most=520)
        self.sheet.describe(tr("What is not ok, not checked or not proved"))
        taken, frozen = self._taken is not None, walk.state.sent is not None
        for part in (self.note_label, self.note):
            part.setVisible(not taken)
            part.setEnabled(not frozen)
        security = walk.state.sheet.route.content.kind == "security" and not taken
        for field in (self.opens, self.incident):
            field.setVisible(security)
            field.setEnabled(not frozen)
        self.return_to.setVisible(not taken)
        self.return_to.setText(tr("Back (Esc)"))
        self.submit.setText(tr("Close (Enter)") if taken else tr("Hand in (Enter)"))
        self.submit.setEnabled(taken or not open)

    def _outcome(self, walk: Walk, open: int) -> str:
        if self._taken is None:
            span = span_text(((walk.state.ended or self._model.now()) - walk.state.begun) / 1000)
            begun = time_text(walk.state.begun, self._model.zone, self._model.now())[:-3]
            words = tr("Begun at {time}, {span} ago.", time=begun, span=span) if not walk.paper else tr("Typed in from a sheet of paper.")
            if walk.state.sent is not None:
                words = tr("It was handed in and no answer came. Handing it in again is the same round: the station takes it once.")
            return tr("{n} items are still open.", n=open) if open else words
        data = self._taken.data
        told = [tr("The station has taken the round: {number}.", number=data.get("number", ""))]
        orders = data.get("orders")
        count = len(orders) if isinstance(orders, list) else orders if isinstance(orders, int) else 0
        if count:
            told.append(tr("Work orders raised: {n}.", n=count))
        if data.get("again"):
            told.append(tr("There was a round for this time already: both are kept."))
        if data.get("incident"):
            told.append(tr("An incident was opened."))
        return " ".join(told)

    def _rows(self, walk: Walk) -> list[Row]:
        rows = []
        for state in ("not_ok", "unchecked"):
            for number in walk.in_state(state):
                words, one = found_words(walk, number)
                rows.append(
                    Row(str(number), (Cell(words, STATE_SIGNS[state]), Cell(answer_text(walk.places[number].item, one), bold=True)))
                )
        for number in range(len(walk.places)):
            if walk.is_open(number):
                words, one = found_words(walk, number)
                missing = tr("the reason is missing") if one is not None else tr("still open")
                rows.append(Row(f"{number}", (Cell(words, Sign.RING), Cell(missing, bold=True))))
        for stop in walk.unproved():
            mark, expects = walk.mark(stop), tr(PROOFS[walk.stops[stop].stop.expects.value])
            have = tr(PROOFS[mark.way.value]) if mark is not None else tr("no proof")
            words = tr("{have}; expected: {way}", have=have, way=expects)
            rows.append(Row(f"stop {stop}", (Cell(f"{stop + 1} {pick(walk.stops[stop].stop.name)}", Sign.TRIANGLE), Cell(words))))
        return rows

    def _noted(self, text: str) -> None:
        if self.walk is not None:
            self.walk.state.note = text
            self.edited.emit()

    def _opens(self) -> None:
        """A security round found something that is an incident."""
        if self.walk is None:
            return
        title = self.incident.text().strip()
        self.opens.setChecked(self.opens.isChecked() or bool(title))
        words = "\n".join(f"{cells[0]}: {cells[1]}" for cells in self.sheet.texts())[:4000]
        self.walk.state.incident = NewIncident(title=title, text=words) if self.opens.isChecked() and title else None
        self.edited.emit()

    def _go(self) -> None:
        if self._taken is not None:
            self.left.emit()
        elif self.opens.isChecked() and not self.incident.text().strip():
            self.say(tr("Fill in: {label}", label=tr("Title of the incident")))
            self.incident.setFocus()
        else:
            self.wanted.emit()

    def _leave(self) -> None:
        if self._taken is not None:
            self.left.emit()
        else:
            self.back.emit(-1)

    def _open_row(self) -> None:
        id = self.sheet.chosen_id()
        if self._taken is None and id:
            self.back.emit(int(id) if id.isdecimal() else -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses what has the keyboard, or opens the chosen row; Esc goes back."""
        focus = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QPushButton):
            focus.click()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and focus is self.sheet:
            self._open_row()
        else:
            super().keyPressEvent(event)
