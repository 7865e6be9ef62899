"""A note as it was written: words, figures of the station, picture. Offers to withdraw it; asks the station for nothing but the picture."""

from functools import partial
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QBuffer, QIODevice, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.trends import Figure, NoteInfo
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.actions import trends
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, figure, time_text, value_text
from ui.widgets.form import ActDialog, Line
from ui.widgets.rows import read_by_rows

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

KIND = "note.withdraw"
WIDE, PICTURE_HIGH = 760, 300
ROW = 26
MOST_ROWS = 5
COLUMNS = (N_("point"), N_("lowest"), N_("mean"), N_("highest"), N_("last"), N_("samples"))


class NoteRead(QDialog):
    """`timeWanted` = the chart shall show the note's span (UTC ms)."""

    timeWanted = Signal(object, object)

    def __init__(self, note: NoteInfo, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__()
        self._note, self._model, self._acts = note, model, acts
        self.setWindowTitle(tr("Note"))
        self.setMinimumWidth(WIDE)
        zone, now = model.zone, model.now()
        start, end = time_text(note.begins, zone, now), time_text(note.ends, zone, note.begins)
        head = _plain(tr("{start} to {end}", start=start, end=end), bold=True)
        written = tr("written by {name}, {time}", name=note.actor_name, time=time_text(note.time, zone, now))
        column = QVBoxLayout(self)
        column.addWidget(head)
        column.addWidget(_plain(written))
        if note.withdrawn is not None:
            told = tr("Withdrawn by {name}, {time}", name=note.withdrawn_by or "", time=time_text(note.withdrawn, zone, now))
            column.addWidget(_plain(told, bold=True))
        self.text = _plain(note.text)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        column.addWidget(self.text)
        self.table = _table(note.figures, model)
        column.addWidget(self.table)
        self.picture = QLabel(tr("Loading…") if note.picture else tr("without a picture"))
        self.picture.setFixedHeight(PICTURE_HIGH if note.picture else 24)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.picture)
        buttons = QHBoxLayout()
        self.withdraw = QPushButton(tr("Withdraw…"))
        why = acts.why_not(KIND)
        self.withdraw.setEnabled(note.withdrawn is None and not why)
        self.withdraw.setToolTip(why)
        self.go = QPushButton(tr("Show this time"))
        self.leave = QPushButton(tr("Close"))
        self.withdraw.clicked.connect(self._withdraw)
        self.go.clicked.connect(self._go)
        self.leave.clicked.connect(self.reject)
        buttons.addWidget(self.withdraw)
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        buttons.addWidget(self.leave)
        column.addLayout(buttons)
        self.withdraw.setAutoDefault(False)
        self.leave.setDefault(True)
        self.leave.setFocus()
        if note.picture:
            self._file = QBuffer(self)
            self._file.open(QIODevice.OpenModeFlag.ReadWrite)
            give_up = link.fetch(f"/api/v1/notes/{note.id}/picture", self._file, self._pictured)
            self.finished.connect(lambda _result: give_up())

    def _pictured(self, result: CommandResult) -> None:
        if not shiboken6.isValid(self):
            return
        shown = QPixmap()
        if result.outcome is not Outcome.DONE or not shown.loadFromData(self._file.data()):
            self.picture.setText(tr("The picture cannot be shown"))
            return
        ratio = self.devicePixelRatioF()
        room = self.picture.size() * ratio
        shown = shown.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        shown.setDevicePixelRatio(ratio)
        self.picture.setPixmap(shown)
        self.picture.setAccessibleName(tr("The chart as it is kept with the note"))

    def _go(self) -> None:
        margin = max((self._note.ends - self._note.begins) // 2, 60_000)
        self.accept()
        self.timeWanted.emit(self._note.begins - margin, self._note.ends + margin)

    def _withdraw(self) -> None:
        dialog = ActDialog(
            self._acts,
            KIND,
            tr("Withdraw a note"),
            tr("The note stays readable and is marked withdrawn."),
            [Line("why", tr("Why"), most=500)],
            lambda told: partial(trends.withdraw_note, note=self._note.id, why=told.text("why")),
            zone=self._model.zone,
            send=tr("Withdraw"),
        )
        self.accept()
        self._acts.show(dialog)


def _table(figures: list[Figure], model: RoomModel) -> QTableWidget:
    table = QTableWidget(len(figures), len(COLUMNS))
    read_by_rows(table, ROW)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setHorizontalHeaderLabels([tr(name) for name in COLUMNS])
    table.setStyleSheet("QTableView::item{padding:0 6px}")
    table.setAccessibleName(tr("Figures of the span"))
    header = table.horizontalHeader()
    for column in range(len(COLUMNS)):
        stretch = QHeaderView.ResizeMode.Stretch if column == 0 else QHeaderView.ResizeMode.ResizeToContents
        header.setSectionResizeMode(column, stretch)
    for row, one in enumerate(figures):
        for column, text in enumerate(_cells(one, model)):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(row, column, item)
    table.setFixedHeight(header.sizeHint().height() + ROW * min(MOST_ROWS, max(1, len(figures))) + 4)
    return table


def _cells(one: Figure, model: RoomModel) -> list[str]:
    """Of a point that the room has, as its values are shown everywhere; of one that is gone, as figures."""
    point = model.points.get(one.key)
    device = model.devices.get(point.device) if point is not None else None
    name = f"{pick(device.names)} · {pick(one.names)}" if device is not None else f"{pick(one.names)} ({one.key})"
    name = f"{name}  {one.unit}" if one.unit else name

    def told(value: float | None) -> str:
        if value is None:
            return NOTHING
        return value_text(point, value) if point is not None else figure(value, one.decimals)

    mean = figure(one.mean, one.decimals + 1) if one.mean is not None else NOTHING
    count = f"{one.count:,}" if not one.bad else tr("{n}, {bad} not usable", n=f"{one.count:,}", bad=f"{one.bad:,}")
    return [name, told(one.low), mean, told(one.high), told(one.last), count]


def _plain(text: str, *, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if bold:
        label.setFont(theme.font(theme.BODY, bold=True))
    return label
