"""Writing an operation ticket: a template, the thing, and its steps in a table that can be changed. Decides nothing."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
)

from cityops_desktop.duty.tickettemplates import Bound, TicketTemplate, bound, templates
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.tickets import MOST_STEPS, DraftOperation, TicketStep
from cityops_desktop.link.messages import PowerNodeInfo
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions.incidents import give
from ui.models.places import choices
from ui.models.room import RoomModel
from ui.widgets.form import Form, Wrong

if TYPE_CHECKING:
    from ui.acts import Acts

HIGH = 330
RANGE = re.compile(r"^\s*(-?\d+(?:\.\d+)?)?\s*\.\.\s*(-?\d+(?:\.\d+)?)?\s*$")
STATES = re.compile(r"^\s*=\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*$")


class OperationForm(Form):
    """`then` gets the answer with the new ticket."""

    def __init__(self, acts: "Acts", then: "Callable[[CommandResult], None] | None" = None) -> None:
        words = tr("Each step is read aloud by one person and done by another; a value that can be measured proves it.")
        super().__init__(tr("Write an operation ticket"), words, tr("Send"))
        self._acts, self._model, self._then = acts, acts.model, then
        self.template, self.thing = QComboBox(), QComboBox()
        for label, box in ((tr("Template"), self.template), (tr("Thing"), self.thing)):
            box.setAccessibleName(label)
            self.fields.addRow(label, box)
        self.title = self.field(tr("Title"), most=200)
        self.hazards = self.field(tr("Hazards"), most=4000)
        self.table = QTableWidget(0, 3)
        self.add, self.drop = QPushButton(tr("Add a step")), QPushButton(tr("Remove the step"))
        self._lay_out()
        self.template.addItem(tr("none"), "")
        for one in templates():
            self.template.addItem(pick(one.names), one.id)
        self.template.currentIndexChanged.connect(lambda _: self._choose_template())
        self.thing.currentIndexChanged.connect(lambda _: self._fill())
        self.template.setCurrentIndex(1)
        self.template.setFocus()

    def _lay_out(self) -> None:
        self.table.setHorizontalHeaderLabels([tr("Step"), tr("Proven by the point"), tr("Must say")])
        self.table.setAccessibleName(tr("Steps"))
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setMinimumHeight(HIGH)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(1, 200)
        header.resizeSection(2, 120)
        self.setMinimumWidth(860)
        row = QHBoxLayout()
        for button, pressed in ((self.add, self._add_step), (self.drop, self._drop_step)):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, pressed=pressed: pressed())
            row.addWidget(button)
        row.addStretch(1)
        self.column.insertWidget(2, self.table)
        self.column.insertLayout(3, row)
        self.table.setToolTip(tr("Must say: 200..240 (from, to), 50.. (at least), =1,2 (one of these states)"))

    def steps(self) -> list[TicketStep]:
        """What stands in the table. Wrong."""
        return [step for row in range(self.table.rowCount()) if (step := self._step(row)) is not None]

    def _choose_template(self) -> None:
        template = self._template()
        self.thing.blockSignals(True)
        self.thing.clear()
        for value, words in self._things(template):
            self.thing.addItem(words, value)
        self.thing.blockSignals(False)
        self._fill()

    def _fill(self) -> None:
        """The steps of the template with the points of the thing."""
        template, node = self._template(), self._node()
        if template is None:
            return
        name = self.thing.currentText()
        self.title.setText(f"{name} {pick(template.names)}".strip() if node is not None else pick(template.names))
        self.hazards.setText(pick(template.hazards))
        self.hazards.setCursorPosition(0)
        self.table.setRowCount(0)
        states = states_of(self._model)
        for step in template.steps:
            found = bound(step, node, states) if node is not None else Bound()
            self._put(pick(step), found)

    def _things(self, template: TicketTemplate | None) -> list[tuple[str, str]]:
        room = self._model.room
        if room is None or template is None:
            return [("", tr("nothing in particular")), *choices(self._model)]
        fit = [(f"node:{one.id}", pick(one.names)) for one in room.power if one.kind in template.kinds]
        return fit or [("", tr("nothing in particular")), *choices(self._model)]

    def _template(self) -> TicketTemplate | None:
        return next((one for one in templates() if one.id == self.template.currentData()), None)

    def _node(self) -> PowerNodeInfo | None:
        room, thing = self._model.room, str(self.thing.currentData() or "")
        return next((one for one in room.power if f"node:{one.id}" == thing), None) if room is not None else None

    def _put(self, text: str, found: Bound) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column, words in enumerate((text, found.point, expected_text(found.low, found.high, found.states))):
            item = QTableWidgetItem(words)
            item.setToolTip(words)
            item.setFont(theme.font(theme.BODY))
            self.table.setItem(row, column, item)

    def _add_step(self) -> None:
        if self.table.rowCount() < MOST_STEPS:
            self._put("", Bound())
            last = self.table.model().index(self.table.rowCount() - 1, 0)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            self.table.setCurrentIndex(last)
            self.table.edit(last)

    def _drop_step(self) -> None:
        if self.table.currentRow() >= 0:
            self.table.removeRow(self.table.currentRow())

    def _cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return item.text().strip() if item is not None else ""

    def _step(self, row: int) -> TicketStep | None:
        text, point, must = (self._cell(row, column) for column in range(3))
        if not text:
            return None
        if not point:
            return TicketStep(text=text[:200])
        if point not in self._model.points:
            raise Wrong(tr("Step {n}: the room has no point {point}", n=row + 1, point=point))
        low, high, states = expected_of(must, row + 1)
        return TicketStep(text=text[:200], point=point, low=low, high=high, states=states)

    def _send(self) -> None:
        try:
            steps, title = self.steps(), self.title.text().strip()
            if not title or not steps:
                raise Wrong(tr("Fill in: {label}", label=tr("Steps") if title else tr("Title")))
            act = DraftOperation(
                template=str(self.template.currentData()),
                title=title,
                subject=str(self.thing.currentData() or ""),
                hazards=self.hazards.text().strip(),
                steps=steps,
            )
        except (Wrong, ValidationError) as wrong:
            self.say(str(wrong))
            return
        self._sent()
        self._acts.carry_out(self.windowTitle(), "ticket.operation", partial(give, act=act), self._came, asks=False)

    def _came(self, result: CommandResult) -> None:
        if not self.gone() and self._answered(result):
            self.accept()
            if self._then is not None:
                self._then(result)


def states_of(model: RoomModel) -> Mapping[str, Mapping[int, tuple[str, str]]]:
    """The states of every digital point, each with its names."""
    return {
        key: {int(state): (names.zh, names.en) for state, names in point.states.items()}
        for key, point in model.points.items()
        if point.states
    }


def expected_text(low: float | None, high: float | None, states: tuple[int, ...] | list[int]) -> str:
    """As it is typed: "200..240", "50..", "=1,2"; "" for nothing."""
    if states:
        return "=" + ",".join(map(str, states))
    return "" if low is None and high is None else f"{_short(low)}..{_short(high)}"


def expected_of(text: str, number: int) -> tuple[float | None, float | None, list[int]]:
    """What was typed. Wrong."""
    states, span = STATES.match(text), RANGE.match(text)
    if states:
        return None, None, [int(one) for one in states[1].split(",")]
    if span and (span[1] or span[2]):
        return (float(span[1]) if span[1] else None), (float(span[2]) if span[2] else None), []
    raise Wrong(tr("Step {n}: say what the point must say, such as 200..240 or =1", n=number))


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
