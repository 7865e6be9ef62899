"""The bar over every page: counts, the newest unacknowledged alarm, silence, acknowledge, clock. No page can cover it."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cityops_desktop.model.points import Level
from cityops_desktop.texts import tr
from ui import theme
from ui.acts import Acts
from ui.frame.counts import LevelCount
from ui.frame.newest import NewestAlarm
from ui.frame.quiet import QuietCount
from ui.frame.statusline import StatusLine
from ui.link import Link
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.widgets.elided import Steady

FLASH_MS = 500
ROOMY = 1100


class AlarmBar(QWidget):
    """Always there, always of the same height."""

    levelClicked = Signal(int)
    alarmClicked = Signal(str)
    quietClicked = Signal()
    silenceClicked = Signal()

    def __init__(self, model: RoomModel, link: Link, acts: Acts) -> None:
        super().__init__()
        self._model, self._acts = model, acts
        self.counts = [LevelCount(level) for level in Level]
        self.quiet = QuietCount()
        self.newest = NewestAlarm(model)
        self.silence = QPushButton()
        self.acknowledge = QPushButton()
        self.clock = Steady(size=theme.TITLE, bold=True, right=True)
        self.date = Steady(size=theme.SMALL, colour="text_dim", right=True)
        self.status = StatusLine(model, link)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()
        self._flash = QTimer(self, interval=FLASH_MS)
        self._flash.timeout.connect(self._next_phase)
        self._lit = True
        for count in self.counts:
            count.clicked.connect(lambda checked=False, level=count.level: self.levelClicked.emit(level))
        self.newest.clicked.connect(self.alarmClicked)
        self.silence.clicked.connect(self.silenceClicked)
        self.acknowledge.clicked.connect(self._acknowledge_newest)
        self.quiet.clicked.connect(self.quietClicked)
        self._keys = [
            QShortcut(QKeySequence(key), self, act, context=Qt.ShortcutContext.ApplicationShortcut)
            for key, act in (("F7", self.acknowledge.click), ("F8", self.silence.click), ("F9", self.show_newest))
        ]
        acts.said.connect(self.status.say)
        acts.pendingChanged.connect(self.refresh)
        model.replaced.connect(self.refresh)
        model.alarmsChanged.connect(self.refresh)
        model.connectedChanged.connect(self.refresh)
        model.beat.connect(self._show_clock)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setAccessibleName(tr("Alarm bar"))
        for count in self.counts:
            count.retranslate()
        self.quiet.retranslate()
        self.silence.setText(tr("Silence  F8"))
        self.silence.setToolTip(tr("Silence the sounds for two minutes; needs no login  F8"))
        self.clock.set_samples("00:00:00")
        self.date.set_samples("2026-00-00")
        self.status.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Counts and the newest alarm anew."""
        index = self._model.index
        counts = index.counts()
        waiting = any(count.unseen for count in counts.values())
        for count in self.counts:
            count.set_counts(*counts[count.level])
        self.quiet.set_counts(index.hidden_counts())
        newest = index.newest_unseen()
        self.newest.show_alarm(newest)
        sent = newest is not None and newest.id in self._acts.pending
        self.acknowledge.setText(tr("sent…") if sent else tr("Acknowledge  F7"))
        self.acknowledge.setEnabled(newest is not None and not sent)
        self.acknowledge.setToolTip(tr("Acknowledge the alarm shown here  F7") if newest else tr("Nothing to acknowledge  F7"))
        if waiting and not self._flash.isActive():
            self._flash.start()
        elif not waiting:
            self._flash.stop()
            self._set_lit(True)
        self._show_clock()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The newest alarm has its room before what is kept quiet."""
        narrow = self.width() < ROOMY
        self.quiet.set_narrow(narrow)
        self._upper.setSpacing(2 if narrow else 6)
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Never flattened by a page."""
        return QSize(640, super().minimumSizeHint().height())

    def _lay_out(self) -> None:
        upper = self._upper = QHBoxLayout()
        upper.setSpacing(6)
        for count in self.counts:
            upper.addWidget(count)
        upper.addWidget(self.quiet)
        upper.addWidget(self.newest, 1)
        for button in (self.silence, self.acknowledge):
            button.setFixedHeight(48)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            upper.addWidget(button)
        times = QVBoxLayout()
        times.setSpacing(0)
        times.addWidget(self.clock)
        times.addWidget(self.date)
        upper.addSpacing(6)
        upper.addLayout(times)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 6, 10, 4)
        whole.setSpacing(4)
        whole.addLayout(upper)
        whole.addWidget(self.status)

    def show_newest(self) -> None:
        """F9: the alarms page at the newest alarm that nobody has acknowledged."""
        self.alarmClicked.emit(self.newest.alarm.id if self.newest.alarm is not None else "")

    def _acknowledge_newest(self) -> None:
        if self.newest.alarm is not None:
            self._acts.acknowledge([self.newest.alarm.id])

    def _show_clock(self) -> None:
        now = moment(self._model.now(), self._model.zone)
        self.clock.set_text(f"{now:%H:%M:%S}")
        self.date.set_text(f"{now:%Y-%m-%d}")
        self.clock.setToolTip(tr("{time}, the station's clock ({zone})", time=self.clock.text(), zone=now.tzname() or ""))

    def _next_phase(self) -> None:
        self._set_lit(not self._lit)

    def _set_lit(self, lit: bool) -> None:
        self._lit = lit
        self.newest.set_lit(lit)
        for count in self.counts:
            count.set_lit(lit)
