"""The frames of a wire as a table, newest at the bottom. Keeps the newest and those that a filter lets through; asks nothing."""

from collections.abc import Iterable
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cityops_desktop.link.wire_files import bytes_text, checksum_text, wrong
from cityops_desktop.link.wires import FrameInfo
from cityops_desktop.model.traffic import FrameRole
from cityops_desktop.sentences import wire_text
from cityops_desktop.texts import N_, tr
from ui.models.room import RoomModel
from ui.models.shown import NOTHING
from ui.pages.wires.words import ms_text, time_words, who_text
from ui.widgets.sheet import Sign

MOST = 4000
"""Frames that are kept; at the most so many and a tenth, so that not each new one drives an old one out."""
SIGN_ROLE = Qt.ItemDataRole.UserRole
BOLD_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """From left to right."""

    TIME = 0
    WAY = 1
    DEVICE = 2
    WHAT = 3
    CHECK = 4
    GAP = 5
    TOOK = 6
    HEX = 7


TITLES = {
    Column.TIME: N_("Time"),
    Column.WAY: N_("Way"),
    Column.DEVICE: N_("Device"),
    Column.WHAT: N_("Meaning"),
    Column.CHECK: N_("Check"),
    Column.GAP: N_("Gap ms"),
    Column.TOOK: N_("Took ms"),
    Column.HEX: N_("Bytes"),
}
TIPS = {
    Column.CHECK: N_("Is the checksum right? A frame of TCP has none"),
    Column.GAP: N_("Silence on the line before this frame"),
    Column.TOOK: N_("From sending the question to the first byte of the answer"),
}


class FrameTable(QAbstractTableModel):
    """`show_only` filters what is kept."""

    def __init__(self, model: RoomModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._kept: list[FrameInfo] = []
        self.rows: list[FrameInfo] = []
        self.device = ""
        self.only_wrong = False

    @property
    def kept(self) -> list[FrameInfo]:
        """All of them, whatever is filtered."""
        return self._kept

    @property
    def amiss(self) -> int:
        """How many of those kept are not in order."""
        return sum(map(wrong, self._kept))

    def clear(self) -> None:
        """Another wire."""
        self.beginResetModel()
        self._kept, self.rows = [], []
        self.endResetModel()

    def show_only(self, device: str, only_wrong: bool) -> None:
        """Another filter; "" = all devices."""
        self.beginResetModel()
        self.device, self.only_wrong = device, only_wrong
        self.rows = [one for one in self._kept if self._fits(one)]
        self.endResetModel()

    def append(self, frames: Iterable[FrameInfo]) -> int:
        """Newer ones; the rows that had to go at the top."""
        frames = list(frames)
        self._kept += frames
        fitting = [one for one in frames if self._fits(one)]
        if fitting:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(fitting) - 1)
            self.rows += fitting
            self.endInsertRows()
        return self._forget()

    def reword(self) -> None:
        """The words in the language in force."""
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(Column) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def _forget(self) -> int:
        if len(self._kept) <= MOST + MOST // 10:
            return 0
        gone = self._kept[: len(self._kept) - MOST]
        del self._kept[: len(gone)]
        fewer = sum(map(self._fits, gone))
        if fewer:
            self.beginRemoveRows(QModelIndex(), 0, fewer - 1)
            del self.rows[:fewer]
            self.endRemoveRows()
        return fewer

    def _fits(self, frame: FrameInfo) -> bool:
        return self.device in ("", frame.device) and (not self.only_wrong or wrong(frame))

    # what Qt asks

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        """Frames that the filter lets through."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        """Always the same."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(TITLES[Column(section)])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(TIPS.get(Column(section), TITLES[Column(section)]))
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words; sign and boldness for the delegate."""
        frame, column = self.rows[index.row()], Column(index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(frame, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (Column.GAP, Column.TOOK):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == SIGN_ROLE and column is Column.WHAT:
            return sign_of(frame)
        if role == BOLD_ROLE:
            return wrong(frame)
        return None

    def _text(self, frame: FrameInfo, column: Column) -> str:
        match column:
            case Column.TIME:
                return time_words(frame, self._model.zone)
            case Column.WAY:
                return tr("→ sent") if frame.sent else tr("← came")
            case Column.DEVICE:
                return who_text(self._model, frame)
            case Column.WHAT:
                return wire_text(frame.words, frame.params)
            case Column.CHECK:
                return checksum_text(frame) or NOTHING
            case Column.GAP:
                return ms_text(frame.gap_ms)
            case Column.TOOK:
                return ms_text(frame.response_ms)
        return bytes_text(frame)


def sign_of(frame: FrameInfo) -> Sign:
    """The shape beside what is not in order."""
    if frame.role is FrameRole.NOISE or frame.checksum is False:
        return Sign.CROSS
    return Sign.TRIANGLE if wrong(frame) else Sign.NONE
