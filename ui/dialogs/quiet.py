"""What the dialogs have in common that keep alarms quiet: how long, until when, why, and what will happen. Decides nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QLabel

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.shifts import shift_end
from cityops_desktop.texts import tr
from ui import theme
from ui.models.hidden import end_text
from ui.models.room import RoomModel
from ui.models.shown import span_text
from ui.widgets.form import Form

if TYPE_CHECKING:
    from ui.acts import Action, Acts

MINUTE_MS = 60_000
SHIFT = 0
"""Instead of a length: until the shift ends."""
WIDE = 560


class QuietDialog(Form):
    """Asks for how long and why. `lengths` (minutes) are offered as far as `most` (ms) and the end of the shift let them: where `bound`,
    nothing is offered that outlives the shift. With `two` the reason is asked for by the two-person act that follows."""

    def __init__(
        self, acts: "Acts", model: RoomModel, title: str, purpose: str, *, lengths: Sequence[int], most: int, bound: bool, two: bool
    ) -> None:
        super().__init__(title, purpose, tr("Two persons…") if two else title)
        self.setMinimumWidth(WIDE)
        self._acts, self._model, self._title, self._two = acts, model, title, two
        self._lengths, self._most, self._bound = lengths, most, bound
        self.purpose.setTextFormat(Qt.TextFormat.PlainText)
        self.length = QComboBox()
        self.length.setAccessibleName(tr("How long"))
        self.fields.addRow(tr("How long"), self.length)
        self.why = self.field(tr("Why"), most=500)
        self.fields.setRowVisible(self.why, not two)
        self.happens = QLabel()
        self.happens.setWordWrap(True)
        self.happens.setTextFormat(Qt.TextFormat.PlainText)
        self.column.insertWidget(2, self.happens)
        self.length.currentIndexChanged.connect(self._tell)
        model.beat.connect(self._tell)
        model.connectedChanged.connect(self._tell)

    def until(self) -> int:
        """When it ends if it is sent now (UTC ms)."""
        now, minutes = self._model.now(), self.length.currentData()
        shift = self._shift(now)
        if minutes == SHIFT and shift is not None:
            return min(shift, now + self._most)
        end = now + (minutes or 0) * MINUTE_MS
        return end if shift is None or not self._bound else min(end, shift)

    def _shift(self, now: int) -> int | None:
        room, station = self._model.room, self._model.station
        if station is not None and station.duty.end is not None and station.duty.end > now:
            return station.duty.end
        return shift_end(room.shifts, room.timezone, now) if room is not None else None

    def _offer(self) -> None:
        """What can be chosen now."""
        now, kept = self._model.now(), self.length.currentData()
        shift = self._shift(now)
        latest = now + self._most if shift is None or not self._bound else min(shift, now + self._most)
        self.length.blockSignals(True)
        self.length.clear()
        for minutes in self._lengths:
            if now + minutes * MINUTE_MS <= latest:
                self.length.addItem(span_text(minutes * 60), minutes)
        if shift is not None and shift <= latest:
            self.length.addItem(tr("until the shift ends, {time}", time=end_text(self._model, shift)), SHIFT)
        self.length.setCurrentIndex(max(0, self.length.findData(kept) if kept is not None else self.length.findData(30)))
        self.length.blockSignals(False)
        self._tell()

    def _tell(self, *_: object) -> None:
        """What will happen, with the time as it is now."""
        if self.length.count() == 0:
            return
        until = self.until()
        left = span_text((until - self._model.now()) / 1000)
        words = [tr("Quiet until {time} ({left}).", time=end_text(self._model, until), left=left), *self._words()]
        if self._two:
            words.append(tr("It needs a second person, here or by phone, within five minutes."))
        self.happens.setText("\n".join(words))
        if self.isVisible():  # it grows with what it says, and does not shrink under somebody's hand
            self.column.activate()
            self.resize(self.width(), max(self.height(), self.column.totalHeightForWidth(self.width())))
        why = self._acts.why_not(self._kind())
        self.send.setEnabled(not why)
        self.send.setToolTip(why)

    def showEvent(self, event: QShowEvent) -> None:
        """High enough for all of the words."""
        super().showEvent(event)
        self.purpose.setFont(theme.font(theme.BODY, bold=True))  # whoever becomes its parent before takes the font away
        self.column.activate()
        self.resize(self.width(), self.column.totalHeightForWidth(self.width()))

    def _words(self) -> Sequence[str]:
        """More about what will happen."""
        raise NotImplementedError

    def _kind(self) -> str:
        """The act."""
        raise NotImplementedError

    def _action(self, why: str) -> "Action":
        raise NotImplementedError

    def _begin_with_two(self) -> None:
        raise NotImplementedError

    def _send(self) -> None:
        why = self.why.text().strip()
        if self._two:
            self.accept()
            self._begin_with_two()
        elif not why:
            self.say(tr("Fill in: {label}", label=tr("Why")))
            self.why.setFocus()
        else:
            self._sent()
            self._acts.carry_out(self._title, self._kind(), self._action(why), self._came, asks=False)

    def _came(self, result: CommandResult) -> None:
        if not self.gone() and self._answered(result):
            self.accept()
