"""The bar of the past: which time is shown, in words first, and every way to another one and back to now. Changes no value.

It stays over all pages while the console stands at another time, and says of each page whether that page shows the past or is live.
"""

from enum import StrEnum

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.sentences import level_name
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.frame.pastframe import paint_stripes
from ui.models.pastroom import PastRoom
from ui.models.pasttime import FIRST_STEP, RATES, WARN_SECONDS, PastTime
from ui.models.room import RoomModel
from ui.models.shown import moment, time_text
from ui.models.timetyped import time_typed
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine

STEPS = (
    *((-3_600_000, N_("−1 h")), (-600_000, N_("−10 min")), (-60_000, N_("−1 min"))),
    *((60_000, N_("+1 min")), (600_000, N_("+10 min")), (3_600_000, N_("+1 h"))),
)
SPANS = ((24 * 60, N_("24 h")), (7 * 24 * 60, N_("7 d")))
"""Minutes that the slider reaches back."""
MINUTE = 60_000
SLIDE_MS = 150
"""While the slider moves, a time is asked for so often at most."""
HIGH = 68
STRIPES = 14
SIGN = 18
CHIP, EDGE = 24, 18
"""Px of the chip and of a button beside their words."""


class Stand(StrEnum):
    """How the page at hand stands to the past."""

    PAST = "past"
    FOLLOWS = "follows"
    LIVE = "live"


class _Slider(QSlider):
    """Minutes before now; Esc goes on to the window, Home and End move nothing here."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setPageStep(60)


class _Sign(QWidget):
    """The sign of an alarm's level."""

    def __init__(self) -> None:
        super().__init__()
        self.level = 0
        self.setFixedSize(SIGN, SIGN)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme.paint_level(painter, self.rect(), self.level)
        painter.end()


class PastBar(QFrame):
    """Hidden while the console is live; of one height, whatever it says."""

    def __init__(self, time: PastTime, room: PastRoom, model: RoomModel) -> None:
        super().__init__()
        self._time, self._room, self._model = time, room, model
        self._stand = Stand.LIVE
        self._refused = ""
        self.setObjectName("past")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HIGH)
        self.chip = QLabel()
        self.chip.setTextFormat(Qt.TextFormat.PlainText)
        self.chip.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.chip.setFixedHeight(24)
        self.title = ElidedLine(size=theme.TITLE, bold=True)
        self.steps = {by: QPushButton() for by, _ in STEPS}
        self.typed = QLineEdit()
        self.typed.setFixedWidth(178)
        self.back = QPushButton()
        self.spans = {minutes: QPushButton() for minutes, _ in SPANS}
        self.far, self.near = QLabel(), QLabel()
        self.slider = _Slider()
        self.plays = {rate: QPushButton() for rate in RATES}
        self.state = ElidedLine(colour="text_dim")
        self.sign, self.alert, self.stay = _Sign(), ElidedLine(bold=True), QPushButton()
        self._slide = QTimer(self, singleShot=True, interval=SLIDE_MS)
        self._slide.timeout.connect(self._slid)
        self._span = SPANS[0][0]
        self._lay_out()
        self._connect()
        self.hide()
        self.retranslate()

    def _lay_out(self) -> None:
        upper, lower, call = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (upper, lower, call):
            row.setSpacing(4)
            row.setContentsMargins(0, 0, 0, 0)
        upper.addWidget(self.chip)
        upper.addSpacing(4)
        upper.addWidget(self.title, 1)
        for button in self.steps.values():
            upper.addWidget(button)
        upper.addWidget(self.typed)
        upper.addWidget(self.back)
        for button in self.spans.values():
            button.setCheckable(True)
            lower.addWidget(button)
        lower.addWidget(self.far)
        lower.addWidget(self.slider, 3)
        lower.addWidget(self.near)
        lower.addSpacing(6)
        for button in self.plays.values():
            button.setCheckable(True)
            lower.addWidget(button)
        lower.addSpacing(6)
        lower.addWidget(self.state, 2)
        call.addWidget(self.sign)
        call.addWidget(self.alert, 1)
        call.addWidget(self.stay)
        moving, calling = QWidget(), QWidget()
        moving.setLayout(lower)
        calling.setLayout(call)
        self._lower = QStackedLayout()
        for one in (moving, calling):
            self._lower.addWidget(one)
        column = QVBoxLayout(self)
        column.setContentsMargins(STRIPES + 8, 3, theme.GAP, 3)
        column.setSpacing(3)
        column.addLayout(upper)
        column.addLayout(self._lower)

    def _connect(self) -> None:
        for by, button in self.steps.items():
            button.clicked.connect(lambda _=False, ms=by: self._time.step(ms))
        for minutes, button in self.spans.items():
            button.clicked.connect(lambda _=False, far=minutes: self._set_span(far))
        for rate, button in self.plays.items():
            button.clicked.connect(lambda on, fast=rate: self._time.play(fast if on else 0))
        self.typed.returnPressed.connect(self._go)
        self.typed.textEdited.connect(lambda _: self._refuse(""))
        self.back.clicked.connect(self._time.live)
        self.stay.clicked.connect(self._time.dismiss)
        self.slider.valueChanged.connect(lambda _: self._slide.start())
        self._time.changed.connect(self.refresh)
        self._room.arrived.connect(self.refresh)
        self._model.beat.connect(self._place_slider)
        theme.changes.themeChanged.connect(self._colours)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setAccessibleName(tr("The room at another time"))
        for by, words in STEPS:
            self.steps[by].setText(tr(words))
        for minutes, words in SPANS:
            self.spans[minutes].setText(tr(words))
            self.spans[minutes].setToolTip(tr("How far back the slider reaches"))
        for rate, button in self.plays.items():
            button.setText(tr("Play {n}×", n=rate))
            button.setToolTip(tr("{n} s of the past in one second; press again to stand still", n=rate))
        self.typed.setPlaceholderText(tr("03:12 or 11-22 03:12"))
        self.typed.setAccessibleName(tr("Go to a time"))
        self.typed.setToolTip(tr("A time such as 14:30, 11-22 14:30 or 2026-11-22 14:30, then Enter  Ctrl+T"))
        self.slider.setAccessibleName(tr("Time before now"))
        self.slider.setToolTip(tr("Time before now; arrows move by a minute, Page Up and Page Down by an hour"))
        self.near.setText(tr("now"))
        self.stay.setText(tr("Stay in the past"))
        self.back.setToolTip(tr("To the room of now  Esc"))
        self._colours()
        self.refresh()

    def set_stand(self, stand: Stand) -> None:
        """Another page is at the front."""
        if stand is not self._stand:
            self._stand = stand
            self.refresh()

    def begin(self, time: int | None) -> None:
        """Go to this time; without one ten minutes back, with the keyboard where a time is typed."""
        if time is not None:
            self._time.go(time)
            return
        if self._time.time is None:
            self._time.go(self._model.now() + FIRST_STEP)
        self.typed.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.typed.selectAll()

    def refresh(self) -> None:
        """What is shown, and what can be done."""
        time = self._time.time
        self.setVisible(time is not None)
        if time is None:
            self._refused = ""
            self.typed.clear()
            return
        alert = self._time.alert
        self.chip.setText(tr("LIVE") if self._stand is Stand.LIVE else tr("PAST"))
        self.title.set_text(self._title(time))
        self.state.set_text(self._state())
        self.back.setText(tr("Back to live now  Esc") if alert else tr("Back to live  Esc"))
        self.chip.setFixedWidth(CHIP + max(lettering.width(words, theme.TITLE, True) for words in (tr("LIVE"), tr("PAST"))))
        self.back.setFixedWidth(EDGE + lettering.width(tr("Back to live now  Esc"), theme.BODY, True))
        for rate, button in self.plays.items():
            button.setChecked(rate == self._time.rate)
        for minutes, button in self.spans.items():
            button.setChecked(minutes == self._span)
        self.far.setText(tr("−24 h") if self._span == SPANS[0][0] else tr("−7 d"))
        self._lower.setCurrentIndex(1 if alert else 0)
        if alert:
            told = self._model.alarm_text(alert)
            self.sign.level = alert.level
            self.sign.update()
            words = tr(
                "NEW ALARM NOW, {level}: {place} · {sentence}", level=level_name(alert.level), place=told.place, sentence=told.sentence
            )
            self.alert.set_text(words)
        self._place_slider()
        self._colours()
        self.setAccessibleDescription(" ".join((self.chip.text(), self.title.text(), self.state.text())))

    def _title(self, time: int) -> str:
        zone = self._model.zone
        if self._stand is Stand.LIVE:
            return tr("This page is live · past: {time}", time=f"{moment(time, zone):%m-%d %H:%M:%S}")
        if self._stand is Stand.FOLLOWS:
            return tr("{time} · at the cross-hair", time=f"{moment(time, zone):%Y-%m-%d %H:%M:%S}")
        shown = self._room.past if self._room.past is not None else time
        return tr("{time} · not live", time=f"{moment(shown, zone):%Y-%m-%d %H:%M:%S}")

    def _state(self) -> str:
        """The most important thing to say of it."""
        left = self._time.left
        if left <= WARN_SECONDS:
            return tr("Back to live in {n} s: touch anything to stay", n=round(left))
        if self._refused:
            return self._refused
        if self._stand is Stand.PAST:
            shot = self._room.shot
            if self._room.waiting:
                return tr("loading {time} …", time=time_text(self._time.time or 0, self._model.zone))
            if shot is not None and shot.silent:
                return tr("No answer for {n} points: not known", n=len(shot.silent))
            if shot is not None and not shot.alarms_known:
                return tr("The alarms of then are not known")
            if shot is not None and not shot.rows:
                return tr("Nothing was recorded then")
            if shot is not None and shot.alarms_cut:
                return tr("More alarms stood than are shown")
        return tr("Live by itself 10 min after the last touch")

    # by hand

    def _go(self) -> None:
        time = time_typed(self.typed.text(), self._model.zone, self._model.now())
        if time is None:
            self._refuse(tr("This is no time: type it as 14:30, 11-22 14:30 or 2026-11-22 14:30"))
        elif time >= self._model.now():
            self._refuse(tr("This time is still to come"))
        else:
            self._refused = ""
            self._time.go(time)
            self.typed.selectAll()

    def _refuse(self, why: str) -> None:
        if why != self._refused:
            self._refused = why
            self.refresh()

    def _set_span(self, minutes: int) -> None:
        self._span = minutes
        self.refresh()

    def _place_slider(self) -> None:
        """Where the time stands before now, unless somebody holds it."""
        time = self._time.time
        if time is None or self.slider.isSliderDown() or self._slide.isActive():
            return
        self.slider.blockSignals(True)
        self.slider.setRange(-self._span, 0)
        self.slider.setValue(-round((self._model.now() - time) / MINUTE))
        self.slider.blockSignals(False)

    def _slid(self) -> None:
        if self._time.time is not None:
            minute = (self._model.now() + self.slider.value() * MINUTE) // MINUTE * MINUTE
            self._time.go(minute)

    # how it looks

    def _colours(self) -> None:
        now = theme.current()
        paper, ink = (now.panel, now.text) if self._stand is Stand.LIVE else (now.text, now.page)
        loud = self._time.alert is not None
        back = f"background:{now.text};color:{now.page};font-weight:bold;" if loud else "font-weight:bold;"
        sheet = (
            f"#past{{background:{now.panel};border-top:2px solid {now.text};border-bottom:2px solid {now.text}}}"
            f"#past QPushButton{{padding:2px 7px}}#past QLineEdit{{padding:1px 6px}}"
        )
        for part, style in (
            (self, sheet),
            (
                self.chip,
                f"background:{paper};border:2px solid {now.text};color:{ink};padding:0 8px;font-weight:bold;font-size:{theme.TITLE}px",
            ),
            (self.back, back),
        ):
            if part.styleSheet() != style:
                part.setStyleSheet(style)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        paint_stripes(painter, self.rect().adjusted(0, 2, STRIPES - self.width(), -2))
        painter.end()

    def minimumSizeHint(self) -> QSize:
        """Never flattened by a page."""
        return QSize(640, super().minimumSizeHint().height())
