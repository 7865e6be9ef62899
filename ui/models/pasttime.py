"""Which time the console stands at when it does not show the room of now: steps, play, and back by itself when nobody is there.

Also watches the live alarms meanwhile: a new one of the two highest levels is told, so that nobody misses it for the past. Asks for
no value and paints nothing.
"""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QWindow

from cityops_desktop.clock import Clock, SystemClock
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.texts import tr
from ui.attendance import SIGNS
from ui.models.alarmindex import urgency
from ui.models.room import RoomModel

IDLE_SECONDS = 600.0
"""Without a touch for so long the console goes back to live by itself."""
WARN_SECONDS = 60.0
"""So long before, it says so in the words of a countdown."""
FIRST_STEP = -600_000
"""Where somebody begins who has named no time: ten minutes ago."""
FRAME_MS = 1000
RATES = (60, 600)
ALERTS = 2
"""The levels of alarms that call back from the past: critical and major."""


class PastTime(QObject):
    """One for the window. `time` is None while the console is live."""

    changed = Signal()
    """Time, rate, countdown or the alarm that calls are others."""
    said = Signal(str)
    """Why the console is live again, when nobody asked for it."""

    def __init__(self, model: RoomModel, clock: Clock | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._clock = clock or SystemClock()
        self.time: int | None = None
        self.rate = 0
        self.busy = False
        """What was asked for last has not arrived: playing waits for it."""
        self.alert: AlarmInfo | None = None
        self._known: set[str] = set()
        self._last_step = 0
        self._touched = 0.0
        self._window: QWindow | None = None
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self.look)
        self._frame = QTimer(self, interval=FRAME_MS)
        self._frame.timeout.connect(self.play_on)
        model.alarmsChanged.connect(self._alarms_changed)
        model.replaced.connect(self._alarms_changed)

    # where to

    def go(self, time: int) -> None:
        """To this time (UTC ms); one that lies before now."""
        entering = self.time is None
        self.time = max(0, min(time, self._model.now() - 1))
        self._touched = self._clock.monotonic()
        if entering:
            self._known = {alarm.id for alarm in self._calling()}
            self.alert = None
            self._second.start()
        self.changed.emit()

    def step(self, by: int) -> None:
        """So many ms on, or back; past now it is live again."""
        self._last_step = by
        if self.time is None:
            return
        if self.time + by >= self._model.now():
            self._leave(tr("Live again: the past has come to now"))
        else:
            self.go(self.time + by)

    def play(self, rate: int) -> None:
        """So many times as fast as time goes; 0 = stand still."""
        self.rate = rate if self.time is not None else 0
        self._last_step = self.rate * FRAME_MS
        self._touched = self._clock.monotonic()
        self._frame.start() if self.rate else self._frame.stop()
        self.changed.emit()

    def live(self) -> None:
        """Back to the room of now."""
        if self.time is not None:
            self._leave("")

    @property
    def following(self) -> int | None:
        """The time that will probably be wanted next."""
        return self.time + self._last_step if self.time is not None and self._last_step else None

    def play_on(self) -> None:
        """The next frame, when the one before has arrived."""
        if self.time is None or not self.rate or self.busy:
            return
        time = self.time + self.rate * FRAME_MS
        if time >= self._model.now():
            self._leave(tr("Live again: the past has come to now"))
            return
        self.time = time
        self.changed.emit()

    # is anybody there

    def touch(self) -> None:
        """Somebody is."""
        warned = self.left <= WARN_SECONDS
        self._touched = self._clock.monotonic()
        if warned and self.time is not None:
            self.changed.emit()

    @property
    def left(self) -> float:
        """Seconds until the console goes back by itself."""
        return max(0.0, IDLE_SECONDS - (self._clock.monotonic() - self._touched))

    def look(self) -> None:
        """A second has passed."""
        if self.time is None:
            return
        if self.left <= 0:
            self._leave(tr("Live again: nobody touched the past for 10 min"))
        elif self.left <= WARN_SECONDS:
            self.changed.emit()

    def watch(self, window: QWindow | None) -> None:
        """Where keys and mouse arrive before any widget gets them; None = nobody need be there."""
        if window is self._window:
            return
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window.destroyed.disconnect(self._gone)
        self._window = window
        if window is not None:
            window.installEventFilter(self)
            window.destroyed.connect(self._gone)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lets everything through."""
        if self.time is not None and event.type() in SIGNS:
            self.touch()
        return False

    def _gone(self) -> None:
        self._window = None

    # the alarms of now

    def dismiss(self) -> None:
        """Seen: stay in the past all the same."""
        self._known |= {alarm.id for alarm in self._calling()}
        self._alarms_changed()

    def _calling(self) -> list[AlarmInfo]:
        """Live alarms of the highest levels that nobody has acknowledged, the most urgent first."""
        alarms = [
            one
            for one in self._model.alarms.values()
            if one.level <= ALERTS and one.state is AlarmState.UNACKNOWLEDGED and one.hidden is None
        ]
        return sorted(alarms, key=urgency)

    def _alarms_changed(self) -> None:
        if self.time is None:
            return
        calling = self._calling()
        self._known &= {alarm.id for alarm in calling}
        alert = next((alarm for alarm in calling if alarm.id not in self._known), None)
        if alert != self.alert:
            self.alert = alert
            self.changed.emit()

    def _leave(self, why: str) -> None:
        self.time, self.rate, self.alert, self._last_step = None, 0, None, 0
        self._second.stop()
        self._frame.stop()
        self.changed.emit()
        if why:
            self.said.emit(why)
