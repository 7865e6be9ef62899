"""What to do about the chosen alarm: cause, consequence, steps to tick, the picture of its second, and what helped the last time. Ticks
nothing by itself: a step stands ticked when the station says so."""

from functools import partial

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt, Signal
from PySide6.QtGui import QHideEvent, QMouseEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.guidance import GuidanceInfo, StillInfo, TickInfo
from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.actions import alarms as alarm_actions
from ui.actions.outcome import result_text
from ui.acts import Acts
from ui.link import Link
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text

PAGES = {
    "floor": N_("Floor"),
    "power": N_("Power"),
    "racks": N_("Racks"),
    "equipment": N_("Equipment"),
    "trends": N_("Trends"),
    "wires": N_("Wires"),
}
ANEW_BEATS = 10
"""Seconds after which what others have ticked is asked for again."""
MOST_REMARK = 500


class _Step(QWidget):
    """A box and its text; a click on either, or Space, asks to tick it."""

    asked = Signal(bool)

    def __init__(self, number: int, names: NamesInfo, tick: TickInfo | None, told: str) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setChecked(tick is not None and tick.done)
        self.text = _label(f"{number}. {pick(names)}")
        self.box.setAccessibleName(f"{number}. {pick(names)} {told}".strip())
        self.box.clicked.connect(self._clicked)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.text)
        if told:
            column.addWidget(_label(told, dim=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    def _clicked(self, wanted: bool) -> None:
        self.box.setChecked(not wanted)  # as the station last said
        self.asked.emit(wanted)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The text is part of the box."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.asked.emit(not self.box.isChecked())


class GuidanceView(QWidget):
    """Shows one occurrence; asks the station only while it is seen."""

    openPage = Signal(str, str)
    """A page by its name, and the point or device to show there ("" = none)."""

    def __init__(self, model: RoomModel, link: Link, acts: Acts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._link, self._acts = model, link, acts
        self._alarm = ""
        self._info: GuidanceInfo | None = None
        self._why = ""
        self._due = 0
        self._pictures: dict[str, QPixmap] = {}
        self._looked: set[str] = set()
        self.steps: list[_Step] = []
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.remark = QLineEdit()
        self.remark.setMaxLength(MOST_REMARK)
        self.remark.returnPressed.connect(self._write)
        self.write = QPushButton()
        self.write.clicked.connect(self._write)
        below = QHBoxLayout()
        below.setSpacing(4)
        below.addWidget(self.remark, 1)
        below.addWidget(self.write)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.area, 1)
        column.addLayout(below)
        model.alarmsChanged.connect(self._changed)
        model.beat.connect(self._beat)
        model.connectedChanged.connect(lambda _: self._ask())
        link.sessionChanged.connect(self._ask)
        theme.changes.themeChanged.connect(self._show)
        self.retranslate()

    def show_alarm(self, id: str) -> None:
        """This occurrence; "" = none."""
        if id == self._alarm:
            return
        self._alarm, self._info, self._why = id, None, ""
        self._pictures.clear()
        self._looked.clear()
        self.remark.clear()
        self._show()
        self._ask()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setAccessibleName(tr("Guidance"))
        self.remark.setPlaceholderText(tr("What helped"))
        self.remark.setAccessibleName(tr("What was found, what helped"))
        self.remark.setToolTip(tr("What was found, what helped"))
        self.write.setText(tr("Write down"))
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Seen: what is not known yet is asked for."""
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Not seen: nothing is asked for."""
        super().hideEvent(event)
        self._due = 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures are as wide as there is room."""
        super().resizeEvent(event)
        if self._pictures:
            self._show()

    # what the station says

    def _changed(self, ids: frozenset[str]) -> None:
        if self._alarm in ids:
            self._ask()

    def _beat(self) -> None:
        if self._due and self.isVisible():
            self._due -= 1
            if not self._due:
                self._ask()

    def _ask(self) -> None:
        if self._alarm and self.isVisible():
            self._due = ANEW_BEATS
            self._link.ask(f"/api/v1/alarms/{self._alarm}/guidance", GuidanceInfo, partial(self._came, self._alarm))

    def _came(self, alarm: str, answer: GuidanceInfo | CommandResult) -> None:
        if alarm != self._alarm:
            return
        before = (self._info, self._why)
        if isinstance(answer, GuidanceInfo):
            self._info, self._why = answer, ""
            for still in answer.stills:
                if not self._sensitive(still.device):
                    self._fetch(still)
        elif self._info is None:
            self._why = result_text(answer)
        if (self._info, self._why) != before:
            self._show()

    def _sensitive(self, device: str) -> bool:
        known = self._model.devices.get(device)
        return known is None or known.sensitive

    def _fetch(self, still: StillInfo) -> None:
        if still.id in self._looked:
            return
        self._looked.add(still.id)
        buffer = QBuffer(self)
        buffer.open(QIODevice.OpenModeFlag.ReadWrite)
        self._link.fetch(f"/api/v1/alarms/{self._alarm}/stills/{still.id}", buffer, partial(self._seen, self._alarm, still.id, buffer))

    def _seen(self, alarm: str, still: str, buffer: QBuffer, result: CommandResult) -> None:
        data = QByteArray(buffer.data())
        buffer.deleteLater()
        picture = QPixmap()
        if alarm != self._alarm:
            return
        if picture.loadFromData(data):
            self._pictures[still] = picture
        else:
            self._looked.discard(still)
            self._acts.said.emit(tr("Picture: {result}", result=result_text(result)), False)
        self._show()

    # what people do

    def _tick(self, step: int, done: bool) -> None:
        words = tr("Step {n} done", n=step) if done else tr("Step {n} not done", n=step)
        self._send(words, step, done, "")

    def _write(self) -> None:
        remark = self.remark.text().strip()
        if remark and self._alarm:
            self._send(tr("Remark"), 0, True, remark)

    def _send(self, words: str, step: int, done: bool, remark: str) -> None:
        action = partial(alarm_actions.tick, alarm=self._alarm, step=step, done=done, remark=remark)
        self._acts.carry_out(words, "alarm.tick", action, partial(self._sent, remark))

    def _sent(self, remark: str, result: CommandResult) -> None:
        if remark and result.outcome.value == "done" and self.remark.text().strip() == remark:
            self.remark.clear()
        self._ask()

    def _open(self) -> None:
        alarm = self._model.alarms.get(self._alarm)
        if self._info is not None and self._info.page:
            self.openPage.emit(self._info.page, alarm.subject if alarm is not None else "")

    # what is shown

    def _show(self) -> None:
        focused = next((n for n, step in enumerate(self.steps) if step.box.hasFocus()), None)
        top = self.area.verticalScrollBar().value()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(4)
        self.steps = []
        info = self._info
        self.remark.setEnabled(info is not None)
        self.write.setEnabled(info is not None)
        if info is None:
            column.addWidget(_label(self._why or ("" if not self._alarm else tr("Asking the station…")), dim=True))
        else:
            self._add_advice(column, info)
            self._add_last(column, info)
            self._add_source(column, info)
            self._add_stills(column, info)
        column.addStretch(1)
        before = self.area.takeWidget()
        if before is not None:
            before.deleteLater()  # one of its parts may be the sender
        self.area.setWidget(inside)
        self.area.verticalScrollBar().setValue(top)
        if focused is not None and focused < len(self.steps):
            self.steps[focused].box.setFocus()

    def _add_advice(self, column: QVBoxLayout, info: GuidanceInfo) -> None:
        if info.cause is None and info.consequence is None and not info.steps:
            column.addWidget(_label(tr("There is no guidance for this alarm. The room file can have some: “guidance”."), dim=True))
        for title, names in ((tr("Cause"), info.cause), (tr("If nothing is done"), info.consequence)):
            if names is not None:
                column.addWidget(_title(title))
                column.addWidget(_label(pick(names)))
        if info.steps:
            column.addWidget(_title(tr("Steps")))
        newest = {tick.step: tick for tick in info.ticks if tick.step}
        for number, names in enumerate(info.steps, 1):
            tick = newest.get(number)
            step = _Step(number, names, tick, self._told(tick) if tick is not None and tick.done else "")
            step.asked.connect(partial(self._tick, number))
            self.steps.append(step)
            column.addWidget(step)
        for tick in info.ticks:
            if not tick.step:
                column.addWidget(_label(f"“{tick.remark}”"))
                column.addWidget(_label(self._told(tick), dim=True))

    def _add_source(self, column: QVBoxLayout, info: GuidanceInfo) -> None:
        if info.page:
            go = QPushButton(tr("Open: {page}", page=tr(PAGES.get(info.page, info.page))))
            go.clicked.connect(self._open)
            column.addWidget(go, 0, Qt.AlignmentFlag.AlignLeft)
        if info.source.startswith("standard:"):
            column.addWidget(_label(tr("Standard guidance of the program"), dim=True))
        elif info.source.startswith("profile:"):
            column.addWidget(_label(tr("Guidance of the device type: {about}", about=info.source.removeprefix("profile:")), dim=True))
        elif info.source:
            column.addWidget(_label(tr("Guidance of this room, for {about}", about=info.source), dim=True))

    def _add_stills(self, column: QVBoxLayout, info: GuidanceInfo) -> None:
        if not info.stills:
            return
        column.addWidget(_title(tr("Picture when it came")))
        for still in info.stills:
            camera = self._model.devices.get(still.device)
            name = pick(camera.names) if camera is not None else still.device
            after = (still.time - still.asked) / 1000
            when = time_text(still.time, self._model.zone, self._model.now())
            late = (
                tr("{span} after the alarm", span=span_text(after)) if after >= 0 else tr("{span} before the alarm", span=span_text(-after))
            )
            picture = self._pictures.get(still.id)
            if picture is not None:
                shown = QLabel()
                wide = max(120, self.area.viewport().width() - 20)
                shown.setPixmap(picture.scaledToWidth(min(wide, picture.width()), Qt.TransformationMode.SmoothTransformation))
                shown.setAccessibleName(f"{name} {when}")
                column.addWidget(shown)
            elif still.id not in self._looked:
                look = QPushButton(tr("Show the picture"))
                look.setToolTip(tr("This camera is marked sensitive: who looks is recorded"))
                look.clicked.connect(partial(self._fetch, still))
                column.addWidget(look, 0, Qt.AlignmentFlag.AlignLeft)
            column.addWidget(_label(f"{name} · {when} · {late}", dim=True))

    def _add_last(self, column: QVBoxLayout, info: GuidanceInfo) -> None:
        last = info.last
        if last is None:
            return
        zone, now = self._model.zone, self._model.now()
        span = "" if last.returned is None else " · " + span_text((last.returned - last.raised) / 1000)
        column.addWidget(_title(tr("What helped the last time")))
        column.addWidget(_label(time_text(last.raised, zone, now) + span, dim=True))
        undone = {tick.step for tick in last.ticks} - {tick.step for tick in _newest(last.ticks) if tick.done}
        for tick in _newest(last.ticks):
            if tick.step and tick.step not in undone:
                column.addWidget(_label(f"{tick.step}. {pick(tick.names)}"))
        for tick in last.ticks:
            if not tick.step:
                column.addWidget(_label(f"“{tick.remark}” {tick.actor_name}"))

    def _told(self, tick: TickInfo) -> str:
        when = time_text(tick.time, self._model.zone, self._model.now())
        return tr("{time} by {name}", time=when, name=tick.actor_name)


def _newest(ticks: list[TickInfo]) -> list[TickInfo]:
    """The last word about each step, in the order of the steps."""
    return [tick for _, tick in sorted({tick.step: tick for tick in ticks if tick.step}.items())]


def _label(text: str, *, dim: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setFont(theme.font(theme.SMALL if dim else theme.BODY))
    if dim:
        label.setStyleSheet(f"color:{theme.current().text_dim}")
    return label


def _title(text: str) -> QLabel:
    label = _label(text)
    label.setFont(theme.font(theme.BODY, bold=True))
    label.setContentsMargins(0, 6, 0, 0)
    return label
