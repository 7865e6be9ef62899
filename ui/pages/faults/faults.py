"""Faults of a demo as the simulator tells them: the kinds, the active ones as a table. Starts none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from enum import IntEnum
from typing import Any, Self

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.texts import N_, pick, tr
from ui.models.shown import span_text, time_text

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class SubjectInfo:
    """Something that a fault may befall."""

    id: str
    names: NamesInfo


@dataclass(frozen=True, slots=True)
class FaultKindInfo:
    """A kind: message ids of its name and of what is then to be seen; `most` 0 = it has no amount."""

    kind: str
    name: str
    hint: str
    subjects: tuple[SubjectInfo, ...]
    unit: str
    usual: float
    least: float
    most: float

    @classmethod
    def told(cls, told: Mapping[str, Any]) -> Self:
        """As the simulator says it. KeyError, TypeError, ValueError for what it never says."""
        subjects = tuple(SubjectInfo(str(one["id"]), NamesInfo(zh=one["zh"], en=one["en"])) for one in told["subjects"])
        usual, least, most = (float(told[key]) for key in ("usual", "least", "most"))
        return cls(str(told["kind"]), str(told["name"]), str(told["hint"]), subjects, str(told["unit"]), usual, least, most)


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that is active now, by a person's order since `since` (UTC ms), or because the story plays it."""

    kind: str
    subject: str
    amount: float
    since: int
    played: bool


@dataclass(frozen=True, slots=True)
class Board:
    """What is wrong now, whether the story may play, and how fast the room runs."""

    active: tuple[ActiveFault, ...] = ()
    story: bool = True
    speed: float = 1.0

    @classmethod
    def told(cls, told: Mapping[str, Any]) -> Self:
        """As the simulator says it. KeyError, TypeError, ValueError for what it never says."""
        active = tuple(
            ActiveFault(str(one["kind"]), str(one["subject"]), float(one["amount"]), int(one["since"]), played)
            for key, played in (("active", False), ("played", True))
            for one in told[key]
        )
        return cls(active, bool(told["story"]), float(told["speed"]))

    @property
    def ordered(self) -> int:
        """How many of them a person started."""
        return sum(not fault.played for fault in self.active)


class Column(IntEnum):
    """Columns of the active faults."""

    FAULT = 0
    SUBJECT = 1
    AMOUNT = 2
    SINCE = 3


TITLES = {
    Column.FAULT: N_("Fault"),
    Column.SUBJECT: N_("Where"),
    Column.AMOUNT: N_("Amount"),
    Column.SINCE: N_("Since"),
}


class ActiveTable(QAbstractTableModel):
    """The active faults; a row stays the same row while its fault lasts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kinds: dict[str, FaultKindInfo] = {}
        self._faults: list[ActiveFault] = []
        self._now = 0
        self._zone: tzinfo | None = None

    def know(self, kinds: tuple[FaultKindInfo, ...]) -> None:
        """These kinds there are."""
        self._kinds = {kind.kind: kind for kind in kinds}
        self.renew()

    def show(self, faults: tuple[ActiveFault, ...]) -> None:
        """These are active now; rows that stay keep their place and selection."""
        wanted = {(fault.kind, fault.subject, fault.played): fault for fault in faults}
        for row in reversed(range(len(self._faults))):
            if _key(self._faults[row]) not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._faults[row]
                self.endRemoveRows()
        for row, fault in enumerate(self._faults):
            self._faults[row] = wanted.pop(_key(fault))
        for fault in wanted.values():
            self.beginInsertRows(QModelIndex(), len(self._faults), len(self._faults))
            self._faults.append(fault)
            self.endInsertRows()
        self.renew()

    def tick(self, now: int, zone: tzinfo) -> None:
        """Ages move."""
        self._now, self._zone = now, zone
        if self._faults:
            self.dataChanged.emit(self.index(0, Column.SINCE), self.index(len(self._faults) - 1, Column.SINCE))

    def renew(self) -> None:
        """The words in the language in force."""
        if self._faults:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._faults) - 1, len(Column) - 1))

    def fault(self, row: int) -> ActiveFault:
        """The fault of a row."""
        return self._faults[row]

    def rowCount(self, parent: Index | None = None) -> int:
        """One row a fault."""
        return 0 if parent is not None and parent.isValid() else len(self._faults)

    def columnCount(self, parent: Index | None = None) -> int:
        """See Column."""
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(TITLES[Column(section)])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Words, and the same whole as the tool tip."""
        fault = self._faults[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(fault, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (*(self._words(fault, column) for column in Column), fault.subject)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{tr(TITLES[Column(index.column())])}: {self._words(fault, Column(index.column()))}"
        return None

    def _words(self, fault: ActiveFault, column: Column) -> str:
        kind = self._kinds.get(fault.kind)
        match column:
            case Column.FAULT:
                return tr(kind.name) if kind else fault.kind
            case Column.SUBJECT:
                return _name(kind, fault.subject) or fault.subject
            case Column.AMOUNT:
                return f"{fault.amount:g} {kind.unit}".rstrip() if kind and kind.most else ""
            case Column.SINCE:
                if fault.played:
                    return tr("played by the story")
                if not fault.since or self._zone is None:
                    return ""
                lasted = span_text(max(0, self._now - fault.since) / 1000)
                return tr("{time}, for {span}", time=time_text(fault.since, self._zone), span=lasted)


def _key(fault: ActiveFault) -> tuple[str, str, bool]:
    return fault.kind, fault.subject, fault.played


def subject_words(kind: FaultKindInfo | None, subject: str) -> str:
    """The subject's name and id."""
    return f"{_name(kind, subject)} {subject}".strip()


def _name(kind: FaultKindInfo | None, subject: str) -> str:
    names = next((one.names for one in kind.subjects if one.id == subject), None) if kind else None
    return pick(names) if names else ""
