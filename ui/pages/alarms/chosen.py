"""All of the chosen alarm beside the table: what it is in words, then guidance and time line. Folds away to an edge; decides nothing."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.sentences import ALARM_STATES, HIDDEN, level_name
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text
from ui.pages.alarms.cells import paint_state
from ui.widgets import lettering

WIDE = 340
SIGN = 22
LINE = 20


class ChosenHead(QWidget):
    """Sign, level, state; where and what; since when; who acknowledged; why it is quiet. Always of the same height."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.alarm: AlarmInfo | None = None
        self._lines: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def show_alarm(self, alarm: AlarmInfo | None) -> None:
        """This one, or none."""
        self.alarm = alarm
        self._lines = [] if alarm is None else self._words(alarm)
        words = "\n".join(self._lines) or tr("No alarm is chosen")
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.update()

    def _words(self, alarm: AlarmInfo) -> list[str]:
        text, now, zone = self._model.alarm_text(alarm), self._model.now(), self._model.zone
        since = tr("since {time}", time=time_text(alarm.raised, zone, now))
        place = f"{text.place} · {text.point}" if text.point else text.place
        lines = [f"{level_name(alarm.level)} · {tr(ALARM_STATES[alarm.state])}", text.sentence, place]
        lines.append(f"{since} · {span_text(((alarm.returned or now) - alarm.raised) / 1000)}")
        if alarm.returned is not None:
            lines.append(tr("returned {time}", time=time_text(alarm.returned, zone, now)))
        if alarm.acknowledged is not None:
            time = time_text(alarm.acknowledged, zone, now)
            lines.append(tr("acknowledged {time} by {name}", time=time, name=alarm.actor_name or tr("nobody named")))
        if alarm.hidden is not None and alarm.open:
            left = "" if alarm.hidden_until is None else tr("{span} left", span=span_text((alarm.hidden_until - now) / 1000))
            cause = self._model.index.of_key(alarm.under) if alarm.under else None
            under = tr("of: {cause}", cause=self._model.alarm_text(cause).sentence) if cause is not None else ""
            lines.append(" · ".join(filter(None, (tr(HIDDEN[alarm.hidden]), left, under))))
        return lines

    def sizeHint(self) -> QSize:
        """Seven lines."""
        return QSize(WIDE, 12 + LINE * 7)

    def minimumSizeHint(self) -> QSize:
        """The same, of any width."""
        return QSize(120, self.sizeHint().height())

    def _letterings(self) -> list[lettering.Lettering]:
        if self.alarm is None:
            return [lettering.fitted(QRect(10, 6, self.width() - 20, LINE), tr("No alarm is chosen"), colour="text_dim")]
        told: list[lettering.Lettering] = []
        y = 6
        for n, words in enumerate(self._lines):
            left = 10 + (2 * SIGN + 8 if n == 0 else 0)
            place = QRect(left, y, self.width() - left - 10, LINE)
            if n == 1 and lettering.width(words, bold=True) > place.width():
                whole = lettering.metrics(theme.BODY, True)
                cut = next(i for i in range(len(words), 0, -1) if whole.horizontalAdvance(words[:i]) <= place.width())
                told.append(lettering.Lettering(place, words[:cut], bold=True))
                y += LINE
                told.append(lettering.sentence(place.translated(0, LINE), words[cut:].strip(), True))
            else:
                told.append(lettering.fitted(place, words, bold=n <= 1, colour="text" if n <= 1 else "text_dim"))
            y += LINE
        return told[:7]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The signs and the lines."""
        painter = QPainter(self)
        if self.alarm is not None:
            box = QRect(10, 6, SIGN, SIGN)
            theme.paint_level(painter, box, self.alarm.level, filled=self.alarm.unseen and self.alarm.hidden is None)
            paint_state(painter, box.translated(SIGN + 2, 0), self.alarm)
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())


class ChosenPanel(QWidget):
    """The head, and under it one of several views of the same alarm, each with a button (Ctrl+1, Ctrl+2)."""

    foldedChanged = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self.folded = False
        self.head = ChosenHead(model)
        self.views = QStackedWidget()
        self.buttons: list[QPushButton] = []
        self.fold = QPushButton()
        self.fold.setFixedWidth(28)
        self.fold.setStyleSheet("padding:4px 2px")
        self.fold.clicked.connect(lambda: self.set_folded(not self.folded))
        self._inside = QWidget()
        self._bar = QHBoxLayout()
        self._bar.setSpacing(4)
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.head)
        column.addLayout(self._bar)
        column.addWidget(self.views, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._inside, 1)
        self._words: list[str] = []
        self._fit()

    def add_view(self, view: QWidget) -> None:
        """One more view; the first is shown."""
        number = self.views.addWidget(view)
        button = QPushButton()
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setChecked(number == 0)
        button.clicked.connect(lambda: self.views.setCurrentIndex(number))
        self.buttons.append(button)
        self._bar.addWidget(button)

    def set_words(self, words: list[str]) -> None:
        """What the views are called."""
        for button, text in zip(self.buttons, words, strict=True):
            button.setText(text)
        self._fit()

    def set_folded(self, folded: bool) -> None:
        """Only an edge is left, or all of it is there."""
        self.folded = folded
        self._fit()
        self.foldedChanged.emit()

    def _fit(self) -> None:
        self._inside.setHidden(self.folded)
        self.setFixedWidth(28 if self.folded else WIDE)
        self.fold.setText("«" if self.folded else "»")
        words = tr("Show the chosen alarm  Ctrl+I") if self.folded else tr("Fold away  Ctrl+I")
        self.fold.setToolTip(words)
        self.fold.setAccessibleName(words)
