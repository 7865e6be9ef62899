"""Write a value to a point: what stands there now, what may be written, why, what will happen, and what became of it. Never guesses."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import PointInfo, WriteInfo
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import WriteLimits
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions import writing
from ui.actions.outcome import result_text
from ui.models.devicewords import limit_value
from ui.models.room import RoomModel
from ui.models.shown import with_unit
from ui.widgets.form import Form
from ui.widgets.pointcard import PointHead

if TYPE_CHECKING:
    from ui.acts import Acts

KIND = "point.write"


def offer(acts: "Acts", model: RoomModel, key: str, limits: WriteInfo) -> None:
    """The dialog for whoever may write; who is not logged in is asked to, as before any act."""
    why, what = acts.why_not(KIND), tr("Set a value")
    if why and acts.who:
        acts.said.emit(tr("{act}: {result}", act=what, result=why), False)
    elif why:
        acts.ask_login(tr("{act}: log in with the password.", act=what))
    else:
        acts.show(SetValueDialog(acts, model, key, limits))


class SetValueDialog(Form):
    """One order. What became of it stands there until it is closed; an order whose end is not known cannot be given again from here."""

    def __init__(self, acts: "Acts", model: RoomModel, key: str, limits: WriteInfo) -> None:
        point = model.points[key]
        device = model.devices.get(point.device)
        name = f"{pick(device.names) if device else point.device} · {pick(point.names)}"
        super().__init__(tr("Set a value"), name, tr("Write"))
        self.setMinimumWidth(520)
        self._acts, self._model, self._point, self._limits = acts, model, point, limits
        self.purpose.setFont(theme.font(theme.BODY, bold=True))
        self.purpose.hide()  # the head below says it, with the value
        self.now = PointHead(model)
        self.column.insertWidget(0, self.now)
        self.fields.addRow(tr("May be written"), _plain(allowed_text(point, limits)))
        self.value = self._entry()
        self.value.setAccessibleName(tr("New value"))
        self.fields.addRow(tr("New value"), self.value)
        self.reason = self.field(tr("Reason"), most=500)
        self.happens = _plain(
            tr("The station writes the value once and reads it back. The order, your name and the reason stand in the change log.")
        )
        self.column.insertWidget(2, self.happens)
        self.now.show_point(key)
        model.beat.connect(self._look)
        model.changed.connect(self._look)
        model.connectedChanged.connect(self._look)
        self.value.setFocus()

    def _entry(self) -> QLineEdit | QComboBox:
        point = self._point
        live = self._model.live.get(point.key)
        stands = None if live is None or isinstance(live.value, str) else live.value
        if not self._limits.states:
            edit = QLineEdit()
            edit.setMaxLength(24)
            edit.setPlaceholderText(point.unit)
            return edit
        box = QComboBox()
        for state in self._limits.states:
            box.addItem(with_unit(point, state), state)
        other = next((n for n, state in enumerate(self._limits.states) if state != stands), 0)
        box.setCurrentIndex(other)
        return box

    def _look(self, *_: object) -> None:
        self.now.show_point(self._point.key)

    def _wanted(self) -> float | None:
        """What was chosen or typed; None when it is no number, or one that may not be written."""
        if isinstance(self.value, QComboBox):
            return float(self.value.currentData())
        try:
            number = float(self.value.text().strip().replace("，", ".").replace(",", "."))
        except ValueError:
            return None
        limits = WriteLimits(self._limits.low, self._limits.high, self._limits.step)
        return number if limits.allow(number) else None

    def _send(self) -> None:
        wanted, reason = self._wanted(), self.reason.text().strip()
        if wanted is None:
            self.say(tr("This value may not be written: {allowed}.", allowed=allowed_text(self._point, self._limits)))
            self.value.setFocus()
        elif not reason:
            self.say(tr("Fill in: {label}", label=tr("Reason")))
            self.reason.setFocus()
        else:
            self._sent()
            self._enable(False)
            action = partial(writing.write_point, point=self._point.key, value=wanted, reason=reason)
            self._acts.carry_out(tr("Set a value"), KIND, action, self._came, asks=False)

    def _came(self, result: CommandResult) -> None:
        if self.gone():
            return
        self.say(told(self._point, result))
        self.wrong.setFont(theme.font(theme.BODY, bold=True))
        if result.outcome in (Outcome.REFUSED, Outcome.FAILED):
            self._enable(True)
            self.value.setFocus()
            return
        self.send.hide()  # done is done, and what is not known is not given again before somebody has looked
        self.leave.setText(tr("Close"))
        self.leave.setDefault(True)
        self.leave.setFocus()

    def _enable(self, enabled: bool) -> None:
        for widget in (self.value, self.reason, self.send):
            widget.setEnabled(enabled)


def allowed_text(point: PointInfo, limits: WriteInfo) -> str:
    """Such as "18 to 28 °C in steps of 0.5"; or the states by name."""
    if limits.states:
        return tr(", ").join(with_unit(point, state) for state in limits.states)
    low, high = limit_value(point, limits.low), limit_value(point, limits.high, unit=True)
    return tr("{low} to {high}, in steps of {step}", low=low, high=high, step=f"{limits.step:g}")


def told(point: PointInfo, result: CommandResult) -> str:
    """What became of the order, in words."""
    if result.outcome is Outcome.DONE:
        return tr("Done. The device reads back {value}.", value=with_unit(point, result.data.get("after")))
    return result_text(result)


def _plain(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
