"""All of an entry of the log book: text, fields, what it is about, curves, files, corrections. Leads there; asks for the curves."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import shiboken6
from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.logbook import LogEntryDetail, LogEntryInfo, SnapshotInfo
from cityops_desktop.link.trends import Figure
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, figure, moment
from ui.pages.duty.logwords import STATES, state_of, struck, value_of, written_text
from ui.widgets.attachments import AttachmentsList

if TYPE_CHECKING:
    from ui.link import Link

WIDE = 380
PICTURE = QSize(360, 170)


class LogDetail(QScrollArea):
    """`leads`: what a link names shall be shown ("point:<key>", "log:<id>"); `spanWanted`: the curves of an entry; `said`: words."""

    leads = Signal(str)
    spanWanted = Signal(str, object, object)
    said = Signal(str)

    def __init__(self, link: "Link", model: RoomModel) -> None:
        super().__init__()
        self._link, self._model = link, model
        self.entry: LogEntryInfo | None = None
        self._number = 0
        self.setMinimumWidth(WIDE)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.files = AttachmentsList(link)
        self.show_entry(None)

    def show_entry(self, entry: LogEntryInfo | None) -> None:
        """This one; what belongs to it besides is asked for."""
        self.entry = entry
        self._number += 1
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(theme.GAP, 0, theme.GAP, 0)
        column.setSpacing(theme.GAP)
        self.files = AttachmentsList(self._link)
        self.files.said.connect(self.said)
        if entry is None:
            column.addWidget(_words(tr("Choose an entry to read all of it")))
        else:
            self._fill(column, entry)
        column.addStretch(1)
        self.setWidget(inside)
        if entry is not None and entry.note:
            number = self._number
            self._link.ask(f"/api/v1/duty/log/{quote(entry.id, safe='')}", LogEntryDetail, partial(self._curves_came, number, column))

    def _fill(self, column: QVBoxLayout, entry: LogEntryInfo) -> None:
        zone = self._model.zone
        column.addWidget(_words(f"{moment(entry.time, zone):%Y-%m-%d %H:%M:%S}  {pick(entry.names)}", bold=True))
        column.addWidget(_words(written_text(entry, zone)))
        state = state_of(entry)
        if state:
            column.addWidget(_words(self._state_words(entry, state), bold=True))
        text = _words(entry.text, struck=struck(entry))
        flags = Qt.TextInteractionFlag
        text.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        text.setAccessibleName(tr("Text"))
        column.addWidget(text)
        if entry.fields:
            form = QFormLayout()
            form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
            for one in entry.fields:
                form.addRow(_words(pick(one.names)), _words(value_of(one), struck=struck(entry)))
            column.addLayout(form)
        for words, target in self._ways(entry):
            column.addWidget(self._button(words, partial(self.leads.emit, target)), 0, Qt.AlignmentFlag.AlignLeft)
        if entry.attachments:
            column.addWidget(_words(tr("Files")))
            self.files.fill(entry.attachments)
            column.addWidget(self.files)

    def _state_words(self, entry: LogEntryInfo, state: str) -> str:
        if entry.closed is not None and not struck(entry):
            when = f"{moment(entry.closed, self._model.zone):%m-%d %H:%M}"
            return tr("Settled {time} by {name}: {text}", time=when, name=entry.closed_name, text=entry.closed_text)
        if state == "open":
            return tr("Handed over until it is settled")
        return tr(STATES[state])

    def _ways(self, entry: LogEntryInfo) -> list[tuple[str, str]]:
        """What the buttons say, and where they lead."""
        ways = [(tr("About: {words}", words=link.words or link.target), link.target) for link in entry.links]
        if entry.corrected:
            ways.insert(0, (tr("The entry that corrects this one"), f"log:{entry.corrected}"))
        if entry.corrects:
            ways.insert(0, (tr("The entry that this one corrects"), f"log:{entry.corrects}"))
        return ways

    def _button(self, words: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, WIDE - 70))
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.clicked.connect(lambda: act())
        return button

    # curves

    def _curves_came(self, number: int, column: QVBoxLayout, answer: LogEntryDetail | CommandResult) -> None:
        if number != self._number or not isinstance(answer, LogEntryDetail):
            return
        if answer.withheld:
            column.insertWidget(column.count() - 1, _words(tr("The curves are about sensitive devices: not told to you")))
        if answer.trend is not None:
            self._add_curves(column, answer.trend)

    def _add_curves(self, column: QVBoxLayout, trend: SnapshotInfo) -> None:
        zone, first = self._model.zone, trend.figures[0].key if trend.figures else ""
        span = f"{moment(trend.begins, zone):%m-%d %H:%M:%S} – {moment(trend.ends, zone):%m-%d %H:%M:%S}"
        go = self._button(tr("Curves {span}", span=span), partial(self.spanWanted.emit, first, trend.begins, trend.ends))
        go.setEnabled(first in self._model.points)
        parts: list[QWidget] = [go]
        if trend.picture:
            picture = QLabel(tr("Loading…"))
            picture.setAccessibleName(tr("The chart as it is kept with the entry"))
            picture.setFixedHeight(PICTURE.height())
            parts.append(picture)
            self._ask_picture(trend.note, picture)
        parts += [_words(_figures(one)) for one in trend.figures]
        for part in parts:
            column.insertWidget(column.count() - 1, part)

    def _ask_picture(self, note: str, label: QLabel) -> None:
        buffer = QBuffer(label)
        buffer.open(QIODevice.OpenModeFlag.ReadWrite)

        def came(result: CommandResult) -> None:
            if not shiboken6.isValid(label):
                return
            shown = QPixmap()
            if result.outcome is not Outcome.DONE or not shown.loadFromData(buffer.data()):
                label.setText(tr("The picture cannot be shown"))
                return
            ratio = label.devicePixelRatioF()
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            shown = shown.scaled(PICTURE * ratio, keep, smooth)
            shown.setDevicePixelRatio(ratio)
            label.setPixmap(shown)

        give_up = self._link.fetch(f"/api/v1/notes/{quote(note, safe='')}/picture", buffer, came)
        label.destroyed.connect(lambda: give_up())


def _figures(one: Figure) -> str:
    told = (("low", one.low), ("mean", one.mean), ("high", one.high), ("last", one.last))
    given = {name: NOTHING if value is None else figure(value, one.decimals) for name, value in told}
    unit = f" {one.unit}" if one.unit else ""
    return f"{pick(one.names)}: {tr('lowest {low}, mean {mean}, highest {high}, last {last}', **given)}{unit}"


def _words(text: str, *, bold: bool = False, struck: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    font = type(theme.font(theme.BODY, bold))(theme.font(theme.BODY, bold))
    font.setStrikeOut(struck)
    label.setFont(font)
    return label
