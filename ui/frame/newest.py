"""The newest alarm that nobody has acknowledged, in the alarm bar: level, time, place, sentence. Shows, never acknowledges."""

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.sentences import ALARM_STATES, level_name
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets import lettering

MARKER = 22


class NewestAlarm(QWidget):
    """Two lines: when and where, and what; bold while it stands. Calm grey words when there is nothing."""

    clicked = Signal(str)

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.alarm: AlarmInfo | None = None
        self._lit = True
        self._head = self._sentence = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def show_alarm(self, alarm: AlarmInfo | None) -> None:
        """This one, or none."""
        self.alarm = alarm
        if alarm is None:
            quiet = self._model.connected
            self._head, self._sentence = "", tr("No unacknowledged alarm") if quiet else ""
        else:
            text = self._model.alarm_text(alarm)
            time = time_text(alarm.raised, self._model.zone, self._model.now())
            returned = f"  · {tr(ALARM_STATES[alarm.state])}" if not alarm.standing else ""
            self._head = f"{time}  {level_name(alarm.level)}  {text.place}{returned}"
            self._sentence = text.sentence
        way = tr("To it in the list  F9") if alarm is not None else ""
        self.setToolTip(f"{self._head}\n{self._sentence}\n{way}".strip())
        words = f"{self._head} {self._sentence}".strip()
        self.setAccessibleName(words if alarm is None else tr("Newest unacknowledged alarm: {alarm}", alarm=words))
        self.update()

    def set_lit(self, lit: bool) -> None:
        """The phase of the flashing."""
        if lit != self._lit:
            self._lit = lit
            if self.alarm is not None:
                self.update()

    def sizeHint(self) -> QSize:
        """Two lines; all the width there is."""
        return QSize(360, 48)

    def minimumSizeHint(self) -> QSize:
        """Enough for a time and a short place."""
        return QSize(138, 48)

    def _letterings(self) -> list[lettering.Lettering]:
        if self.alarm is None:
            place = QRect(4, 0, self.width() - 8, self.height())
            return [lettering.fitted(place, self._sentence, colour="text_dim")]
        left = 6 + MARKER + 8
        width = self.width() - left - 4
        return [
            lettering.fitted(QRect(left, 3, width, 21), self._head, theme.BODY, False, "text"),
            lettering.sentence(QRect(left, 24, width, 21), self._sentence, self.alarm.standing),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The symbol and the two lines."""
        painter = QPainter(self)
        if self.alarm is not None:
            theme.paint_level(painter, QRect(6, (self.height() - MARKER) // 2, MARKER, MARKER), self.alarm.level, filled=self._lit)
        lettering.paint(painter, self._letterings())
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Show it in the table."""
        if self.alarm is not None and self.rect().contains(event.position().toPoint()):
            self.clicked.emit(self.alarm.id)

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())
