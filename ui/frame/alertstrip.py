"""The alertness check over every page: calm, until when, one key. Any key and any move of the mouse is an answer; decides nothing.

The station is told by the heartbeat that somebody is here (ui/attendance.py); the strip goes when the station says so.
"""

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment, span_text
from ui.widgets.elided import ElidedLine

HIGH = 40


class AlertStrip(QWidget):
    """Hidden while nobody is asked. Takes no keyboard from whoever works: whoever works is not asked."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._answered = 0
        self.words = ElidedLine(size=theme.BODY, bold=True)
        self.button = QPushButton()
        self.button.clicked.connect(self._answer)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 2)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.setFixedHeight(HIGH)
        self.hide()
        for signal in (model.stationChanged, model.replaced, model.connectedChanged, model.beat):
            signal.connect(self.refresh)
        self.retranslate()

    @property
    def until(self) -> int | None:
        """By when somebody must have done something (UTC ms), None = nobody is asked."""
        station = self._model.station
        return station.duty.alertness if station is not None and self._model.connected else None

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setAccessibleName(tr("Alertness check"))
        self.button.setText(tr("I am here"))
        self.button.setAccessibleName(tr("I am here"))
        self.refresh()

    def refresh(self) -> None:
        """What the station asks now."""
        until = self.until
        if until is None:
            self._answered = 0
            self.hide()
            return
        left = (until - self._model.now()) / 1000
        time = f"{moment(until, self._model.zone):%H:%M}"
        if self._answered == until:
            words = tr("Alertness check: answered")
        elif left > 0:
            words = tr("Is somebody here? Press any key or move the mouse, by {time} ({left} left).", time=time, left=span_text(left))
        else:
            words = tr("The alertness check was missed at {time}: press any key or move the mouse.", time=time)
        self.words.set_text(words)
        self.setAccessibleDescription(words)
        self.show()

    def _answer(self) -> None:
        """The press itself was the answer; say so until the station has it."""
        self._answered = self.until or 0
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is said any more."""
        super().hideEvent(event)
        self.words.set_text("")
