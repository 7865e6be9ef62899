"""The load that alarms are: figures beside the targets of ISA-18.2 and EEMUA 191, floods, and which conditions cause most, each of which
leads to its limit and what another one would have done. Asks the station; reckons nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.alarmload import AlarmLoadInfo, LoadActor
from cityops_desktop.model.resources import buses_behind
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import figure, moment, span_text
from ui.pages.alarmload.figures import FigureList
from ui.pages.alarmload.words import apart_text, condition_text, head_text, wrong_text, wrong_tip
from ui.pages.page import Page
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.link import Link

PATH = "/api/v1/alarms/load"
WAIT_MS = 15_000
FRESH_MS = 60_000
DAY_MS = 86_400_000
DAYS = {1: N_("24 hours"), 7: N_("7 days"), 30: N_("30 days"), 90: N_("90 days"), 184: N_("Half a year")}
FIRST = 30
FLOODS_HIGH = 170


class AlarmloadPage(Page):
    """Figures at the left; bad actors and floods at the right."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self.info: AlarmLoadInfo | None = None
        self._number = 0
        self._asking = False
        self._message = ""
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.span = QComboBox()
        self.span.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.notice = ElidedLine(bold=True)
        self.said = ElidedLine(size=theme.SMALL, colour="text_dim")
        self.figures = FigureList()
        self.actors, self.floods = Sheet("actors"), Sheet("floods")
        self.actors_title, self.floods_title = QLabel(), QLabel()
        self.limit, self.curve, self.go = QPushButton(), QPushButton(), QPushButton()
        self._fresh = QTimer(self, interval=FRESH_MS)
        self._lay_out()
        self.setFocusProxy(self.span)
        self.span.currentIndexChanged.connect(lambda _: self._changed())
        self.actors.chosen.connect(self._look)
        self.actors.doubleClicked.connect(lambda _: self._open())
        self.limit.clicked.connect(self._open_limit)
        self.curve.clicked.connect(lambda: self.openTrend.emit(self._subject()))
        self.go.clicked.connect(self._open_subject)
        self._fresh.timeout.connect(self._ask)
        model.connectedChanged.connect(lambda _: self._ask())
        model.replaced.connect(self._show_all)
        link.sessionChanged.connect(self._ask)
        QShortcut(QKeySequence("F5"), self).activated.connect(self._ask)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        for widget in (self.title, self.span):
            head.addWidget(widget)
        head.addWidget(self.notice, 1)
        scrolled = QScrollArea()
        scrolled.setWidget(self.figures)
        scrolled.setWidgetResizable(True)
        scrolled.setFrameShape(QScrollArea.Shape.NoFrame)
        scrolled.viewport().setAutoFillBackground(False)
        self.figures.setAutoFillBackground(False)
        left = QVBoxLayout()
        left.addWidget(scrolled, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.actors_title, 1)
        for button in (self.limit, self.curve, self.go):
            buttons.addWidget(button)
        right = QVBoxLayout()
        right.addLayout(buttons)
        right.addWidget(self.actors, 1)
        right.addWidget(self.floods_title)
        right.addWidget(self.floods)
        self.floods.setFixedHeight(FLOODS_HIGH)
        self.actors.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addLayout(left, 6)
        body.addLayout(right, 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(theme.GAP)
        column.addLayout(head)
        column.addWidget(self.said)
        column.addLayout(body, 1)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Alarm load"))
        kept = self.span.currentData() if self.span.count() else FIRST
        self.span.blockSignals(True)
        self.span.clear()
        for days, words in DAYS.items():
            self.span.addItem(tr(words), days)
        self.span.setCurrentIndex(self.span.findData(kept))
        self.span.blockSignals(False)
        self.span.setAccessibleName(tr("Span"))
        self.actors_title.setText(tr("What causes most"))
        self.floods_title.setText(tr("Floods"))
        for button, words, hint in (
            (self.limit, tr("Limit…"), tr("The limit that raised it, with what other figures would have done")),
            (self.curve, tr("Curve"), tr("The curve of the point")),
            (self.go, tr("Go to it"), tr("To the point, the device or the line")),
        ):
            button.setText(words)
            button.setToolTip(hint)
        self.figures.retranslate()
        self._show_all()

    # what is asked

    def showEvent(self, event: QShowEvent) -> None:
        """Ask, and again each minute while it is seen."""
        super().showEvent(event)
        self._fresh.start()
        self._ask()

    def hideEvent(self, event: object) -> None:
        """A hidden page asks nothing."""
        self._fresh.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def _changed(self) -> None:
        self.info = None
        self._number += 1
        self._asking = False
        self._show_all()
        self._ask()

    def _ask(self) -> None:
        if not self.isVisible() or self._asking or not self._model.connected or self._model.room is None:
            self._tell()
            return
        self._asking = True
        self._number += 1
        number, now = self._number, self._model.now()
        query: dict[str, str | int | list[str] | None] = {"from": now - self.span.currentData() * DAY_MS, "to": now + 1}

        def came(answer: AlarmLoadInfo | CommandResult) -> None:
            if number != self._number:
                return
            self._asking = False
            self._message = result_text(answer) if isinstance(answer, CommandResult) else ""
            if isinstance(answer, AlarmLoadInfo):
                self.info = answer
                self._show_all()
            self._tell()

        self._link.ask(PATH, AlarmLoadInfo, came, query, wait_ms=WAIT_MS)
        self._tell()

    # what is told

    def _show_all(self) -> None:
        info = self.info
        self.figures.tell(info.figures if info is not None else (), provisional=info is not None and info.provisional)
        titles = [tr("Condition"), tr("Level"), tr("Times"), tr("Of all"), tr("What is wrong")]
        rows = [self._actor_row(n, one) for n, one in enumerate(info.actors)] if info is not None else []
        self.actors.tell(titles, rows, wide=0, most=120)
        self.actors.describe(tr("What causes most"))
        zone = self._model.zone
        told = [] if info is None else info.floods
        floods = [
            Row(
                str(flood.start),
                (
                    Cell(f"{moment(flood.start, zone):%Y-%m-%d %H:%M}"),
                    Cell(span_text((flood.end - flood.start) / 1000)),
                    Cell(str(flood.alarms), bold=True),
                    Cell(str(flood.first)),
                    Cell(str(flood.worst)),
                ),
            )
            for flood in told
        ]
        titles = [tr("Began"), tr("Lasted"), tr("Alarms"), tr("First 10 min"), tr("Worst 10 min")]
        self.floods.tell(titles, floods, wide=0)
        self.floods.describe(tr("Floods"))
        self.floods_title.setText(tr("Floods: {n}", n=len(told)) if info is not None else tr("Floods"))
        self._look()
        self._tell()

    def _actor_row(self, n: int, one: LoadActor) -> Row:
        share = tr("{n} %", n=figure(one.share * 100, 1))
        name = Cell(condition_text(one, self._model), tip=one.key)
        wrong = wrong_text(one)
        sign = Sign.TRIANGLE if wrong else Sign.NONE
        last = Cell(wrong, bold=True, sign=sign, tip=wrong_tip(one))
        return Row(one.key or f"?{n}", (name, Cell(level_name(one.level)), Cell(str(one.times)), Cell(share), last))

    def _tell(self) -> None:
        info = self.info
        if self._message:
            notice = self._message
        elif not self._model.connected:
            notice = tr("No station: what is shown here is old") if info is not None else tr("No station: nothing can be reckoned")
        elif info is None:
            notice = tr("Reckoning…") if self._asking else ""
        else:
            notice = head_text(info)
            if info.cut:
                since = f"{moment(info.start, self._model.zone):%Y-%m-%d %H:%M}"
                notice = f"{notice} · {tr('too much for one answer: counted from {time} on', time=since)}"
        self.notice.set_text(notice)
        self.said.set_text(apart_text(info) if info is not None else "")

    # where it leads

    def chosen(self) -> LoadActor | None:
        """The condition in the chosen row."""
        id = self.actors.chosen_id()
        return next((one for one in self.info.actors if id and one.key == id), None) if self.info is not None else None

    def point(self) -> str:
        """What the chosen condition is about, when that is a point."""
        subject = self._subject()
        return subject if subject in self._model.points else ""

    def _subject(self) -> str:
        one = self.chosen()
        return one.subject if one is not None else ""

    def _limit_of(self) -> str:
        one, point = self.chosen(), self._model.points.get(self._subject())
        known = one is not None and point is not None and any(f"{point.key}#{limit.id}" == one.key for limit in point.limits)
        return one.key if one is not None and known else ""

    def _look(self) -> None:
        subject = self._subject()
        self.limit.setEnabled(bool(self._limit_of()))
        self.curve.setEnabled(subject in self._model.points)
        known = subject in self._model.points or subject in self._model.devices or bool(buses_behind(subject, self._model.buses.values()))
        self.go.setEnabled(bool(subject) and known)

    def _open(self) -> None:
        if self._limit_of():
            self._open_limit()
        else:
            self._open_subject()

    def _open_limit(self) -> None:
        self.openLimit.emit(self._limit_of())

    def _open_subject(self) -> None:
        subject = self._subject()
        if subject in self._model.points:
            self.openPoint.emit(subject)
        elif subject in self._model.devices:
            self.openDevice.emit(subject)
        elif buses_behind(subject, self._model.buses.values()):
            self.openWire.emit(subject)
