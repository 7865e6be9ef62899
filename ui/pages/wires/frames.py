"""The frames of one wire, live: asked for once a second while somebody looks, filtered, copied, saved. Decides nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QPoint, QRect, QSaveFile, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.wire_files import bytes_text, head, line
from cityops_desktop.link.wires import FrameInfo, TraceInfo
from cityops_desktop.sentences import wire_text
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.wires.frametable import BOLD_ROLE, SIGN_ROLE, TITLES, Column, FrameTable
from ui.widgets import lettering
from ui.widgets.rows import read_by_rows
from ui.widgets.savedialog import save_dialog
from ui.widgets.sheet import SIGN, Sign, paint_sign

if TYPE_CHECKING:
    from ui.link import Link

ROW = 24
WIDTHS = {Column.TIME: 90, Column.WAY: 56, Column.DEVICE: 118, Column.WHAT: 206, Column.CHECK: 44, Column.GAP: 52, Column.TOOK: 52}
WIDE, MORE = 850, 160
"""Px of the table from which on the meaning is given more room, and how much at most."""
DETAIL = 62
DEVICES = 190
PORTIONS = 12
"""Answers that are asked for in a row when more has come than one of them holds."""


class _Cells(QStyledItemDelegate):
    """Bold, with a sign before the meaning, for what is not in order."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        super().paint(painter, option, index)  # type: ignore[arg-type]
        sign = index.data(SIGN_ROLE)  # type: ignore[attr-defined]
        if sign:
            box = QRect(0, 0, SIGN, SIGN)
            box.moveCenter(QPoint(option.rect.left() + 4 + SIGN // 2, option.rect.center().y()))
            paint_sign(painter, box, Sign(sign))  # Qt hands a text back

    def initStyleOption(self, option: QStyleOptionViewItem, index: object) -> None:
        super().initStyleOption(option, index)  # type: ignore[arg-type]
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if index.column() == Column.WHAT:  # type: ignore[attr-defined]
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN, SIGN)
        option.font = theme.font(theme.SMALL, bool(index.data(BOLD_ROLE)))  # type: ignore[attr-defined]


class FrameView(QTableView):
    """A table whose rows can be copied."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies the rows."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        else:
            super().keyPressEvent(event)

    def copy_rows(self) -> None:
        """The selected rows to the clipboard, tabs between the columns."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        cells = (
            "\t".join(str(self.model().index(row, column).data() or "") for column in range(self.model().columnCount())) for row in rows
        )
        QGuiApplication.clipboard().setText("\n".join(cells))


class FramesTab(QWidget):
    """`show_wire` another one; `look` once a second. Scrolled to the end it follows the newest, elsewhere it stands still."""

    def __init__(self, model: RoomModel, link: "Link") -> None:
        super().__init__()
        self._model, self._link = model, link
        self.bus = ""
        self._next: int | None = None
        self._asking = 0
        self._number = 0
        self._lost = 0
        self._said = ""
        self._following = True
        self.table = FrameTable(model, self)
        self.device, self.only_wrong = QComboBox(), QCheckBox()
        self.pause, self.copy, self.export = QPushButton(), QPushButton(), QPushButton()
        self.pause.setCheckable(True)
        self.count = QLabel()
        self.view = FrameView()
        self.detail = QPlainTextEdit()
        self._lay_out()
        self.device.currentIndexChanged.connect(lambda _: self._filter())
        self.only_wrong.toggled.connect(lambda _: self._filter())
        self.pause.toggled.connect(self._paused)
        self.copy.clicked.connect(self.view.copy_rows)
        self.export.clicked.connect(self._ask_file)
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._show_detail())
        self.view.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.view.verticalScrollBar().rangeChanged.connect(self._ranged)
        theme.changes.themeChanged.connect(self.view.viewport().update)

    # the look

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        self.device.setFixedWidth(DEVICES)
        bar.addWidget(self.device)
        bar.addWidget(self.only_wrong)
        bar.addSpacing(10)
        bar.addWidget(self.count, 1)
        for button in (self.pause, self.copy, self.export):
            bar.addWidget(button)
        view = self.view
        view.setModel(self.table)
        view.setItemDelegate(_Cells(view))
        read_by_rows(view, ROW)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        view.horizontalHeader().setMinimumSectionSize(40)
        view.horizontalHeader().setSectionResizeMode(Column.HEX, QHeaderView.ResizeMode.Stretch)
        self.detail.setReadOnly(True)
        self.detail.setFixedHeight(DETAIL)
        self.detail.setTabChangesFocus(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(bar)
        column.addWidget(view, 1)
        column.addWidget(self.detail)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.only_wrong.setText(tr("Only what is not in order"))
        self.pause.setText(tr("Pause"))
        self.copy.setText(tr("Copy"))
        self.copy.setToolTip(tr("The selected rows, Ctrl+C"))
        self.export.setText(tr("Save…"))
        self.export.setToolTip(tr("All frames that are kept here, as CSV (“wire replay” reads it), JSON lines or text"))
        self.device.setAccessibleName(tr("Frames of which device"))
        self.view.setAccessibleName(tr("Frames"))
        self.detail.setAccessibleName(tr("The chosen frame"))
        self.detail.setPlaceholderText(tr("Choose a row: all of its bytes stand here."))
        self._fit()
        for button in (self.pause, self.copy, self.export):
            button.setMinimumWidth(button.sizeHint().width())
        self._fill_devices()
        self.table.reword()
        self._show_detail()
        self._tell_count()

    def _fit(self) -> None:
        """Columns as wide as their words; where there is room the meaning gets of it, too."""
        for column, wide in WIDTHS.items():
            self.view.setColumnWidth(column, max(wide, lettering.width(tr(TITLES[column])) + 16))
        more = (self.view.width() - WIDE) // 3
        self.view.setColumnWidth(Column.WHAT, WIDTHS[Column.WHAT] + max(0, min(more, MORE)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More room, or less."""
        super().resizeEvent(event)
        self._fit()

    def _fill_devices(self) -> None:
        """Those of this wire; who was chosen stays so."""
        chosen = self.device.currentData()
        devices = [(pick(one.names), one.id) for one in self._model.devices.values() if one.bus == self.bus]
        wanted = [(tr("All devices"), ""), *devices]
        if wanted != [(self.device.itemText(n), self.device.itemData(n)) for n in range(self.device.count())]:
            self.device.blockSignals(True)
            self.device.clear()
            for n, (name, id) in enumerate(wanted):
                self.device.addItem(lettering.metrics().elidedText(name, Qt.TextElideMode.ElideMiddle, DEVICES - 44), id)
                self.device.setItemData(n, name, Qt.ItemDataRole.ToolTipRole)
            self.device.setCurrentIndex(max(0, self.device.findData(chosen)))
            self.device.setToolTip("\n".join(name for name, _ in wanted))
            self.device.blockSignals(False)
            self._filter()

    # what is asked

    def show_wire(self, bus: str) -> None:
        """Another wire, from its newest frames on."""
        if bus != self.bus:
            self.bus = bus
            self._number += 1
            self._next, self._asking, self._lost, self._said = None, 0, 0, ""
            self.pause.setChecked(False)
            self.table.clear()
            self._fill_devices()
            self._show_detail()
        self._tell_count()

    def show_device(self, device: str) -> None:
        """Only the frames of this one."""
        self.device.setCurrentIndex(max(0, self.device.findData(device)))

    def look(self) -> None:
        """Ask for what came since, unless nobody looks, or somebody reads in peace."""
        if self.isVisible() and self.bus and not self.pause.isChecked() and not self._asking:
            self._ask(PORTIONS)

    def _ask(self, portions: int) -> None:
        self._asking = portions
        number = self._number
        query = {} if self._next is None else {"after": self._next}
        self._link.ask(f"/api/v1/buses/{self.bus}/frames", TraceInfo, lambda answer: self._came(number, answer), query)

    def _came(self, number: int, answer: TraceInfo | CommandResult) -> None:
        if number != self._number:
            return
        portions, self._asking = self._asking, 0
        if isinstance(answer, CommandResult):
            self._said = result_text(answer)
        else:
            self._said = ""
            self._lost += answer.lost
            if self._next is not None and answer.next < self._next:
                self.table.clear()  # the station started anew and counts from one again
            self._next = answer.next
            self._append(answer.frames)
            if answer.more and portions > 1 and self.isVisible():
                self._ask(portions - 1)
        self._tell_count()

    def _append(self, frames: list[FrameInfo]) -> None:
        """Newer rows; whoever reads further up keeps what they read under their eyes."""
        gone = self.table.append(frames)
        if self._following:
            self.view.scrollToBottom()
        elif gone:
            bar = self.view.verticalScrollBar()
            bar.setValue(bar.value() - gone * ROW)

    def _scrolled(self, value: int) -> None:
        """To the end: what comes is followed from now on. Elsewhere: it is not."""
        self._following = value >= self.view.verticalScrollBar().maximum() - ROW

    def _ranged(self, _lowest: int, highest: int) -> None:
        """More rows, or less room for them, as when a banner comes: whoever followed still does."""
        if self._following:
            self.view.verticalScrollBar().setValue(highest)

    def _paused(self) -> None:
        self._tell_count()
        self.look()

    def _filter(self) -> None:
        self.table.show_only(str(self.device.currentData() or ""), self.only_wrong.isChecked())
        self.view.scrollToBottom()
        self._tell_count()

    # what is told

    def _tell_count(self) -> None:
        table = self.table
        words = tr("{n} of {all} frames, {wrong} not in order", n=len(table.rows), all=len(table.kept), wrong=table.amiss)
        if self._lost:
            words += f" · {tr('{n} pieces were not kept', n=self._lost)}"
        if self.pause.isChecked():
            words = f"{tr('Paused')} · {words}"
        if not self._model.connected:
            words = tr("No station: what is shown here is old")
        self.say(self._said or words)

    def say(self, words: str) -> None:
        """The line above the table."""
        self.count.setToolTip(words)
        self.count.setText(lettering.metrics().elidedText(words, Qt.TextElideMode.ElideRight, max(40, self.count.width() - 4)))

    def _show_detail(self) -> None:
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        frames = [self.table.rows[row] for row in rows[:20]]
        text = "\n".join(f"{wire_text(one.words, one.params)} ({tr('{n} bytes', n=one.size)}): {bytes_text(one)}" for one in frames)
        if text != self.detail.toPlainText():
            self.detail.setPlainText(text)

    # a file

    def _ask_file(self) -> None:
        name = f"{self.bus}-{moment(self._model.now(), self._model.zone):%Y%m%d-%H%M%S}.csv"
        kinds = ["CSV (*.csv)", f"{tr('JSON lines')} (*.jsonl)", f"{tr('Text')} (*.txt)"]
        save_dialog(self, tr("Save frames"), name, self.save, kinds).open()

    def save(self, path: Path) -> None:
        """All frames that are kept; the ending of the name says how."""
        form = {".jsonl": "json", ".json": "json", ".txt": "text"}.get(path.suffix.lower(), "csv")
        lines = [head(form), *(line(one, form, self._model.zone) for one in self.table.kept)]  # type: ignore[arg-type]
        text = "\r\n".join(one for one in lines if one) + "\r\n" if form == "csv" else "\n".join(lines[1:]) + "\n"
        data = text.encode("utf-8-sig" if form == "csv" else "utf-8")
        file = QSaveFile(str(path))
        whole = file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data) and file.commit()
        if whole:
            self.say(tr("Saved: {path}", path=str(path)))
        else:
            self.say(tr("{file} cannot be written: {why}", file=str(path), why=file.errorString()))
