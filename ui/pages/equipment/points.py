"""A device's points as a table: values, raw values, registers, limits. Words only; asks and paints nothing."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.sentences import QUALITIES, level_name
from cityops_desktop.texts import N_, pick, tr
from ui.models.devicewatch import DeviceWatch
from ui.models.devicewords import limit_sign, raw_text, register_text
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, span_text
from ui.pages.equipment.roles import KEY_ROLE, LEVEL_ROLE, STALE_ROLE

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The columns of a device's points."""

    NAME = 0
    VALUE = 1
    QUALITY = 2
    AGE = 3
    RAW = 4
    REGISTER = 5
    PERIOD = 6
    LIMITS = 7


TITLES = {
    Column.NAME: N_("Point"),
    Column.VALUE: N_("Value"),
    Column.QUALITY: N_("Quality"),
    Column.AGE: N_("Age"),
    Column.RAW: N_("Raw"),
    Column.REGISTER: N_("Register"),
    Column.PERIOD: N_("Period"),
    Column.LIMITS: N_("Limits"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A point in words, one text a column, with what a tool tip adds."""

    texts: tuple[str, ...]
    tips: tuple[str, ...]
    stale: bool
    raw: bool
    level: tuple[int, bool] | None


class PointTable(QAbstractTableModel):
    """The points of one device, or of all on a line, in the order of the room file.

    Values from the room's model, raw values from the newest answer.
    """

    def __init__(self, model: RoomModel, watch: DeviceWatch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._watch = model, watch
        self._points: list[PointInfo] = []
        self._rows: list[Row] = []
        self._several = False

    def show_device(self, device: str) -> None:
        """Another device, room or language."""
        self._show([device], several=False)

    def show_line(self, bus: str) -> None:
        """All points of a line, each named with its device."""
        self._show([device.id for device in self._model.devices.values() if device.bus == bus], several=True)

    def _show(self, devices: list[str], *, several: bool) -> None:
        self.beginResetModel()
        self._several = several
        self._points = [point for device in devices for point in self._model.points.values() if point.device == device]
        self._rows = [self._row(point) for point in self._points]
        self.endResetModel()

    def refresh(self) -> None:
        """Look again; tells which rows became others."""
        for number, point in enumerate(self._points):
            row = self._row(point)
            if row != self._rows[number]:
                self._rows[number] = row
                self.dataChanged.emit(self.index(number, 0), self.index(number, len(Column) - 1))

    def key(self, row: int) -> str:
        """The point in this row."""
        return self._points[row].key

    def row_of(self, key: str) -> int:
        """Where this point is; -1 when it is another device's."""
        return next((row for row, point in enumerate(self._points) if point.key == key), -1)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Points can be carried."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def _row(self, point: PointInfo) -> Row:
        shown = self._model.shown(point.key)
        detail = self._watch.point(point.key)
        alarm = self._model.worst((point.key,))
        quality = tr(QUALITIES[shown.quality])
        device = self._model.devices.get(point.device) if self._several else None
        texts = (
            f"{pick(device.names)} · {pick(point.names)}" if device else pick(point.names),
            f"{shown.value} {shown.unit}".strip() if shown.value != NOTHING else NOTHING,
            quality,
            shown.age_text,
            raw_text(detail) or NOTHING,
            register_text(detail) if detail else NOTHING,
            span_text(point.period) if point.period >= 1 else tr("{n} s", n=f"{point.period:g}"),
            "  ".join(limit_sign(point, limit) for limit in point.limits) or NOTHING,
        )
        tips = (
            f"{texts[0]}\n{point.key}",
            texts[1],
            f"{quality}: {shown.reason}" if shown.reason else quality,
            shown.since_text or texts[3],
            texts[4],
            f"{texts[5]}\n{tr('Counted from 1, as in manuals; on the wire from 0')}" if detail else NOTHING,
            texts[6],
            "\n".join(f"{level_name(limit.level)}: {limit_sign(point, limit)}" for limit in point.limits) or NOTHING,
        )
        tips = (*tips[:7], f"{texts[7]}\n{tips[7]}")
        return Row(
            texts,
            tips,
            shown.stale,
            texts[Column.RAW] != NOTHING,
            (alarm.level, alarm.unseen) if alarm else None,
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """Points."""
        return 0 if parent.isValid() else len(self._points)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        """Columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        if orientation is Qt.Orientation.Horizontal and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return tr(TITLES[Column(section)])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.texts[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return row.tips[index.column()]
            case _ if role == KEY_ROLE:
                return self.key(index.row())
            case _ if role == STALE_ROLE:
                return (index.column() == Column.VALUE and row.stale) or (index.column() == Column.RAW and self._watch.old and row.raw)
            case _ if role == LEVEL_ROLE:
                return row.level if index.column() == Column.NAME else None
        return None
