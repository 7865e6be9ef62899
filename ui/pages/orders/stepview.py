"""An operation ticket while it is carried out: one step at a time in large type, both persons, the live value that proves it.

Reads the ticket anew after each act; decides nothing. Each tick is an act of a person, the operator's with his password or in his session.
"""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.duty.orderwords import TICKET_STATES
from cityops_desktop.duty.tickets import OperationState
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.tickets import DoneStep, OperateStep, ReadStep, TicketDetail, TicketStep
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions.incidents import give
from ui.actions.outcome import result_text
from ui.dialogs.ticketforms import TicketForms
from ui.models.places import target_name
from ui.models.room import RoomModel
from ui.models.shown import time_text, value_text, with_unit
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

LARGE = 26
AGAIN_MS = 3000
PATH = "/api/v1/duty/tickets/"


class Proof(QWidget):
    """The live value of the step's point, with its age, beside what it must say."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.step: TicketStep | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def sizeHint(self) -> QSize:
        """As high for a step with a point as for one without."""
        return QSize(500, 64)

    def minimumSizeHint(self) -> QSize:
        """As high as it is."""
        return QSize(300, 64)

    def tell(self, step: TicketStep | None) -> None:
        """This step."""
        self.step = step
        self.refresh()

    def refresh(self) -> None:
        """The value as it is now."""
        words = [one.text for one in self._letterings()]
        self.setAccessibleName(tr("Proof of the step"))
        self.setAccessibleDescription(" ".join(words))
        self.setToolTip("\n".join(filter(None, (self._name(), *self._words()))))
        self.update()

    def _name(self) -> str:
        return target_name(self._model, f"point:{self.step.point}") if self.step is not None and self.step.point else ""

    def _words(self) -> tuple[str, str, str]:
        """The value, its age, what it must say."""
        step = self.step
        if step is None or not step.point:
            return "", "", ""
        shown = self._model.shown(step.point)
        value = f"{shown.value} {shown.unit}".strip()
        age = shown.since_text if shown.stale else tr("{age} ago", age=shown.age_text)
        return value, age, tr("must be {what}", what=expected_words(self._model, step))

    def _letterings(self) -> list[Lettering]:
        if self.step is None or not self.step.point:
            words = tr("Nothing is measured for this step.") if self.step is not None else ""
            return [lettering.fitted(QRect(4, 0, self.width() - 8, self.height()), words, colour="text_dim")]
        value, age, must = self._words()
        half = self.width() // 2
        return [
            lettering.fitted(QRect(4, 0, self.width() - 8, 24), self._name(), colour="text_dim"),
            lettering.fitted(QRect(6, 24, 190, 38), value, theme.VALUE, bold=True, colour="value"),
            lettering.fitted(QRect(206, 24, half - 210, 38), age, colour="text_dim"),
            lettering.fitted(QRect(half, 24, self.width() - half - 4, 38), must),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """A value that is not the state of the world is hatched."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().panel))
        if self.step is not None and self.step.point and self._model.shown(self.step.point).stale:
            theme.paint_stale(painter, QRect(2, 26, 196, 34))
        lettering.paint(painter, self._letterings())
        theme.paint_edge(painter, self.rect(), QColor(theme.current().line))
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())


class StepView(QWidget):
    """One ticket; Enter presses what is to be pressed next, Esc leads back to the list."""

    left = Signal()
    """Back to the list."""

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__()
        self._acts, self._link, self._model, self._id = acts, link, acts.model, ""
        self._forms = TicketForms(acts)
        self.told: TicketDetail | None = None
        self._why = ""
        self.head, self.count, self.words, self.next = QLabel(), QLabel(), QLabel(), QLabel()
        self.reader, self.operator, self.wrong = QLabel(), QLabel(), QLabel()
        self.proof = Proof(self._model)
        self.password = QLineEdit()
        self.read, self.tick = QPushButton(), QPushButton()
        self.deviate, self.abort, self.leave = QPushButton(), QPushButton(), QPushButton()
        self.done_steps = QPlainTextEdit()
        self._lay_out()
        self.read.clicked.connect(self._read)
        self.tick.clicked.connect(self._tick)
        self.password.returnPressed.connect(self._tick)
        self.deviate.clicked.connect(self._deviate)
        self.abort.clicked.connect(self._abort)
        self.leave.clicked.connect(self.left)
        self._model.beat.connect(self._second)
        acts.carried.connect(self.ask)
        link.sessionChanged.connect(self.ask)
        self._timer = QTimer(self, interval=AGAIN_MS)
        self._timer.timeout.connect(self.ask)
        self._timer.start()

    def open(self, ticket: str) -> None:
        """This one."""
        self._id, self.told, self._why = ticket, None, ""
        self.wrong.clear()
        self.show_all()
        self.ask()

    def _lay_out(self) -> None:
        self.words.setFont(theme.font(LARGE, bold=True))
        self.words.setWordWrap(True)
        self.words.setMinimumHeight(88)
        self.words.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.count.setFont(theme.font(theme.TITLE, bold=True))
        for label in (self.reader, self.operator):
            label.setFont(theme.font(theme.TITLE))
        self.next.setWordWrap(True)
        self.wrong.setWordWrap(True)
        self.wrong.setMinimumHeight(44)
        self.wrong.setFont(theme.font(theme.BODY, bold=True))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setMaxLength(256)
        self.password.setFixedWidth(240)
        self.done_steps.setReadOnly(True)
        self.done_steps.setMinimumHeight(48)
        self.done_steps.setTabChangesFocus(True)
        for button in (self.read, self.tick):
            button.setMinimumSize(200, 44)
            button.setFont(theme.font(theme.TITLE, bold=True))
        people = QGridLayout()
        people.addWidget(self.reader, 0, 0)
        people.addWidget(self.read, 0, 1)
        people.addWidget(self.operator, 1, 0)
        people.addWidget(self.tick, 1, 1)
        people.addWidget(self.password, 1, 2)
        people.setColumnStretch(0, 1)
        below = QHBoxLayout()
        below.addWidget(self.deviate)
        below.addWidget(self.abort)
        below.addStretch(1)
        below.addWidget(self.leave)
        column = QVBoxLayout(self)
        for part in (self.head, self.count, self.words, self.proof):
            column.addWidget(part)
        column.addLayout(people)
        column.addWidget(self.wrong)
        column.addWidget(self.next)
        column.addWidget(self.done_steps, 1)
        column.addLayout(below)

    def ask(self) -> None:
        """How it stands now, while it is looked at: the other person may act at another console."""
        if self._id and self.isVisible():
            self._link.ask(PATH + self._id, TicketDetail, self._came)

    def step(self) -> int:
        """The number of the step that comes next; 0 = none does."""
        if self.told is None or self.told.ticket.state is not OperationState.RUNNING:
            return 0
        return sum(one.done is not None for one in self.told.done) + 1

    def _came(self, told: TicketDetail | CommandResult) -> None:
        if isinstance(told, TicketDetail):
            self.told = told
            self.show_all()
        else:
            self.wrong.setText(result_text(told))

    def _open(self) -> DoneStep | None:
        """The step that was read and not done."""
        return next((one for one in self.told.done if one.done is None), None) if self.told is not None else None

    def _me(self) -> str:
        session = self._link.session
        return session.person.id if session is not None else ""

    def show_all(self) -> None:
        """Every word anew."""
        for button, words in (
            (self.read, tr("Read aloud")),
            (self.tick, tr("Repeated and done")),
            (self.deviate, tr("Let it pass without proof…")),
            (self.abort, tr("Abort…")),
            (self.leave, tr("Back to the list")),
        ):
            button.setText(words)
        self.password.setPlaceholderText(tr("Password of the operator"))
        self.password.setAccessibleName(tr("Password of the operator"))
        self.done_steps.setAccessibleName(tr("Steps that were done"))
        if self.told is None:
            return
        one, steps, number = self.told.ticket, self.told.steps, self.step()
        self.head.setText(f"{one.number} · {one.title}")
        self.head.setToolTip(one.hazards)
        self.count.setText(tr("Step {n} of {total}", n=number, total=len(steps)) if number else tr(TICKET_STATES[one.state]))
        self.words.setText(steps[number - 1].text if number else "")
        self.next.setText(tr("Then: {text}", text=steps[number].text) if 0 < number < len(steps) else "")
        self.reader.setText(tr("Reader: {name}", name=one.reader_name))
        self.operator.setText(tr("Operator: {name}", name=one.operator_name))
        self.proof.tell(steps[number - 1] if number else None)
        text = "\n".join(filter(None, ([*self._lines()])))
        if text != self.done_steps.toPlainText():
            self.done_steps.setPlainText(text)
            bar = self.done_steps.verticalScrollBar()
            bar.setValue(bar.maximum())
        self._offer()

    def _offer(self) -> None:
        """What can be pressed now, and by whom."""
        assert self.told is not None
        one, open, number = self.told.ticket, self._open(), self.step()
        running, me = bool(number), self._me()
        reads, operates = running and me == one.reader, running and me in (one.reader, one.operator)
        self.read.setEnabled(reads and open is None)
        self.read.setToolTip("" if self.read.isEnabled() else tr("the reader's, in the reader's session"))
        self.tick.setEnabled(operates and open is not None)
        self.tick.setToolTip("" if self.tick.isEnabled() else tr("after the step was read aloud"))
        self.password.setEnabled(self.tick.isEnabled())
        self.password.setVisible(not running or me != one.operator)
        self.deviate.setEnabled(reads and open is not None and not open.deviation)
        self.deviate.setToolTip(tr("Only where the value cannot prove it, with a reason that is kept"))
        self.abort.setEnabled(operates)
        first = self.read if self.read.isEnabled() else self.password if self.password.isVisibleTo(self) else self.tick
        if self.isVisible() and first.isEnabled() and not first.hasFocus() and self.focusWidget() not in (self.deviate, self.abort):
            first.setFocus()

    def _lines(self) -> list[str]:
        assert self.told is not None
        return [done_words(self._model, self.told.steps[one.step - 1], one) for one in self.told.done]

    def _second(self) -> None:
        if self.isVisible():
            self.proof.refresh()

    def _read(self) -> None:
        self._give(tr("Read aloud"), ReadStep(ticket=self._id, step=self.step()))

    def _tick(self) -> None:
        if not self.tick.isEnabled():
            return
        if self.password.isVisibleTo(self) and not self.password.text():
            self.wrong.setText(tr("The operator types his password."))
            self.password.setFocus()
            return
        act = OperateStep(ticket=self._id, step=self.step(), password=self.password.text() if self.password.isVisibleTo(self) else "")
        self._give(tr("Repeated and done"), act)

    def _give(self, words: str, act: ReadStep | OperateStep) -> None:
        self.wrong.setText(tr("sent…"))
        for button in (self.read, self.tick):
            button.setEnabled(False)
        self._acts.carry_out(words, act.kind, partial(give, act=act), self._answered, asks=False)

    def _answered(self, result: CommandResult) -> None:
        self.password.clear()
        done = result.outcome is Outcome.DONE
        self._why = "" if done else result_text(result)
        self.wrong.setText(self._why)
        if not done:
            self.show_all()

    def _deviate(self) -> None:
        self._forms.deviate(self._id, self.step(), self._why)

    def _abort(self) -> None:
        if self.told is not None:
            self._forms.abort(self._id, self.told.ticket.number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter: what comes next. Esc: back."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.read.isEnabled():
            self._read()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._tick()
        else:
            super().keyPressEvent(event)


def expected_words(model: RoomModel, step: TicketStep) -> str:
    """What a point must say, as people read values."""
    point = model.points.get(step.point)
    if step.states:
        return " / ".join(value_text(point, state) if point is not None else str(state) for state in step.states)
    told = [with_unit(point, value) if point is not None else f"{value:g}" for value in (step.low, step.high) if value is not None]
    if step.low is None:
        return tr("at most {value}", value=told[0])
    return tr("at least {value}", value=told[0]) if step.high is None else tr("{low} to {high}", low=told[0], high=told[1])


def done_words(model: RoomModel, step: TicketStep, done: DoneStep) -> str:
    """A step that was read or done, in a line: when, by whom, what its point said."""
    zone, point = model.zone, model.points.get(step.point)
    if done.done is None:
        parts = [
            tr(
                "{n}. {text}: read aloud {time} by {reader}",
                n=done.step,
                text=step.text,
                time=time_text(done.read, zone),
                reader=done.reader_name,
            )
        ]
    else:
        names = {"reader": done.reader_name, "operator": done.operator_name}
        parts = [tr("{n}. {text}: {time}, {reader} / {operator}", n=done.step, text=step.text, time=time_text(done.done, zone), **names)]
    if done.value is not None:
        parts.append(f"{target_point(model, step)} {with_unit(point, done.value) if point is not None else f'{done.value:g}'}")
    if done.deviation:
        parts.append(tr("without proof: {why}", why=done.deviation))
    return " · ".join(parts)


def target_point(model: RoomModel, step: TicketStep) -> str:
    """What the point of a step is called."""
    point = model.points.get(step.point)
    return pick(point.names) if point is not None else step.point
