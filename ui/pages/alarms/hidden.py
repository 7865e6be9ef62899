"""The list of everything that is kept quiet, with a clock: who, why, until when, and what stands beneath. Nothing can be forgotten here.

A widget of the alarms page. It follows the station's list and changes it only through acts.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import Hidden
from cityops_desktop.model.hidings import SOON_MS
from cityops_desktop.model.points import Level
from cityops_desktop.sentences import ALARM_STATES, level_name
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.dialogs.service import offer_service
from ui.dialogs.shelve import offer_shelve
from ui.models.hidden import WAYS, Entry, Way, end_text, entries, left_text
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, time_text
from ui.pages.alarms.hiddenacts import take_back
from ui.widgets import lettering
from ui.widgets.rows import read_by_rows
from ui.widgets.sheet import Sign, paint_sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

ROW = 30
SIGN = 18
NAMED = 12
"""So many alarms beneath an entry its tool tip names."""
ENTRY = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """From the left."""

    LEFT = 0
    WAY = 1
    WHAT = 2
    LEVEL = 3
    BENEATH = 4
    WHO = 5
    WHY = 6


TITLES = {
    Column.LEFT: N_("Quiet for"),
    Column.WAY: N_("How"),
    Column.WHAT: N_("Alarm or equipment"),
    Column.LEVEL: N_("Level"),
    Column.BENEATH: N_("Beneath it now"),
    Column.WHO: N_("Who"),
    Column.WHY: N_("Why"),
}
WHO = 150


class HiddenTable(QAbstractTableModel):
    """The entries; the clock of each moves by itself, without the rows being told anew."""

    def __init__(self, model: RoomModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.entries: list[Entry] = []

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        """One a row."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        """All of them."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(TITLES[Column(section)])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words, and the whole of them as a tool tip."""
        entry = self.entries[index.row()]
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(entry, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(entry, Column(index.column()))
        return None

    def tell(self, found: list[Entry]) -> bool:
        """These entries from now on; whether other rows stand there now."""
        before = [one.name for one in self.entries]
        if before == [one.name for one in found]:
            changed = [row for row, (one, other) in enumerate(zip(self.entries, found, strict=True)) if one != other]
            self.entries = found
            for row in changed:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))
            return False
        self.beginResetModel()
        self.entries = found
        self.endResetModel()
        return True

    def second(self) -> None:
        """The clocks have moved on."""
        if self.entries:
            self.dataChanged.emit(self.index(0, Column.LEFT), self.index(len(self.entries) - 1, Column.LEFT))

    def again(self) -> None:
        """Other words for all of it."""
        self.beginResetModel()
        self.endResetModel()

    def _words(self, entry: Entry, column: Column) -> str:
        match column:
            case Column.LEFT:
                return left_text(entry, self._model.now())
            case Column.WAY:
                return tr(WAYS[entry.way])
            case Column.WHAT:
                return tr("{what} (not in the room now)", what=entry.what) if entry.missing else entry.what
            case Column.LEVEL:
                return level_name(entry.level) if entry.level else NOTHING
            case Column.BENEATH:
                return self._beneath(entry)
            case Column.WHO:
                return entry.who
            case Column.WHY:
                return entry.why

    def _beneath(self, entry: Entry) -> str:
        if entry.way is Way.OFF:
            return tr("never raised")
        if not entry.beneath:
            return tr("nothing stands")
        sentence = self._model.alarm_text(entry.beneath[0]).sentence
        more = len(entry.beneath) - 1
        return tr("{sentence}, and {n} more", sentence=sentence, n=more) if more else sentence

    def _tip(self, entry: Entry, column: Column) -> str:
        now, zone = self._model.now(), self._model.zone
        if column is Column.LEFT:
            since = tr("since {time}", time=time_text(entry.since, zone, now))
            return tr("until {time}, {since}", time=end_text(self._model, entry.until), since=since) if entry.until else since
        if column is Column.BENEATH and entry.beneath:
            lines = [self._line(alarm) for alarm in entry.beneath[:NAMED]]
            more = len(entry.beneath) - NAMED
            return "\n".join([self._beneath(entry), *lines, *([tr("and {n} more", n=more)] if more > 0 else [])])
        return self._words(entry, column)

    def _line(self, alarm: AlarmInfo) -> str:
        text = self._model.alarm_text(alarm)
        return f"{level_name(alarm.level)} · {text.place} · {text.sentence} · {tr(ALARM_STATES[alarm.state])}"


class _Cells(QStyledItemDelegate):
    """The level's sign; a triangle and bold figures where the end is near; what stands beneath is bold."""

    def __init__(self, model: RoomModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """A cell, with a sign before the words where there is one."""
        super().paint(painter, option, index)
        entry = index.data(ENTRY)
        box = QRect(0, 0, SIGN, SIGN)
        box.moveCenter(QPoint(option.rect.left() + 6 + SIGN // 2, option.rect.center().y()))
        if index.column() == Column.LEVEL and entry.level:
            theme.paint_level(painter, box, entry.level, filled=False)
        elif index.column() == Column.BENEATH and entry.beneath:
            theme.paint_level(painter, box, entry.beneath[0].level, filled=any(one.unseen for one in entry.beneath))
        elif index.column() == Column.LEFT and entry.soon(self._model.now()):
            paint_sign(painter, box, Sign.TRIANGLE)

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        """Room for the sign; no frame round the single cell."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        entry = index.data(ENTRY)
        column = index.column()
        if column in (Column.LEFT, Column.LEVEL, Column.BENEATH):
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN + 4, SIGN)
        soon = column == Column.LEFT and entry.soon(self._model.now())
        option.font = theme.font(theme.BODY, soon or (column == Column.BENEATH and bool(entry.beneath)))
        if column == Column.BENEATH and not entry.beneath:
            option.palette.setColor(option.palette.ColorRole.Text, QColor(theme.current().text_dim))


class _View(QTableView):
    """Delete takes back what is selected."""

    def __init__(self, listed: "HiddenList") -> None:
        super().__init__()
        self._listed = listed

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """This key; all others as ever."""
        if event.key() == Qt.Key.Key_Delete:
            self._listed.take_back_chosen()
        else:
            super().keyPressEvent(event)


class HiddenList(QWidget):
    """A sentence that sums it up, the table, and what can be done about the chosen rows."""

    openSubject = Signal(str)
    """The subject of the chosen row: a point's key, a device's id, "bus:<id>"."""
    countChanged = Signal(int, int)
    """How many entries, and how many of them end within half an hour."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__()
        self._model, self._link, self._acts = model, link, acts
        self._dirty = True
        self._told = (0, 0)
        self.table = HiddenTable(model, self)
        self.head = QLabel()
        self.head.setFont(theme.font(theme.BODY, bold=True))
        self.go, self.renew, self.back = QPushButton(), QPushButton(), QPushButton()
        self.view = _View(self)
        self._set_up_view()
        self.nothing = QLabel(self.view)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusProxy(self.view)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.head, 1)
        for button in (self.go, self.renew, self.back):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        self.go.clicked.connect(self._go)
        self.renew.clicked.connect(self._renew)
        self.back.clicked.connect(self.take_back_chosen)
        self.view.doubleClicked.connect(lambda _: self._go())
        self.view.selectionModel().selectionChanged.connect(self._look)
        model.stationChanged.connect(self._changed)
        model.alarmsChanged.connect(self._changed)
        model.replaced.connect(self._changed)
        model.beat.connect(self._second)
        model.connectedChanged.connect(self._look)
        link.sessionChanged.connect(self._look)
        theme.changes.themeChanged.connect(self.view.viewport().update)
        self.retranslate()

    @property
    def count(self) -> int:
        """How many entries there are."""
        return self._told[0]

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.go.setText(tr("Go to it"))
        self.renew.setText(tr("Renew…"))
        self.back.setText(tr("Take back"))
        self.view.setAccessibleName(tr("What is kept quiet"))
        self._dirty = True
        self.table.again()
        self.refresh()

    def refresh(self) -> None:
        """The list as it is now, if anybody sees it; the counts in any case."""
        self._count()
        if not (self._dirty and self.isVisible()):
            return
        self._dirty = False
        kept = {entry.name for entry in self.chosen()}
        current = self.view.currentIndex()
        now = self.table.entries[current.row()].name if current.isValid() else ""
        if self.table.tell(entries(self._model)):
            self._choose(kept, now)
        self._fit()
        self._look()

    def chosen(self) -> list[Entry]:
        """The entries of the selected rows, from the top."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [self.table.entries[row] for row in rows]

    def take_back_chosen(self) -> None:
        """What is shelved or out of service among the selected is heard again."""
        take_back(self._acts, self.chosen())

    def showEvent(self, event: QShowEvent) -> None:
        """What came meanwhile."""
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns that have room."""
        super().resizeEvent(event)
        self._fit()

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.table)
        view.setItemDelegate(_Cells(self._model, view))
        read_by_rows(view, ROW)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = view.horizontalHeader()
        header.setMinimumSectionSize(60)
        for column in (Column.WHAT, Column.BENEATH, Column.WHY):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _fit(self) -> None:
        """Columns as wide as their usual words need; what is left goes to what is long."""
        left = max(lettering.width(words, bold=True) for words in ("88:88:88", tr("with its cause"), tr("ends now"), tr("no end")))
        way = max(lettering.width(tr(words)) for words in WAYS.values())
        level = max(lettering.width(level_name(level)) for level in Level)
        for column, width in {Column.LEFT: left + 44, Column.WAY: way + 18, Column.LEVEL: level + 44, Column.WHO: WHO}.items():
            self.view.setColumnWidth(column, max(width, lettering.width(tr(TITLES[column])) + 20))

    def _choose(self, names: set[str], current: str) -> None:
        """The same rows as before, wherever they stand now."""
        selection, flags = self.view.selectionModel(), self.view.selectionModel().SelectionFlag
        for row, entry in enumerate(self.table.entries):
            if entry.name == current:
                selection.setCurrentIndex(self.table.index(row, 0), flags.NoUpdate)
            if entry.name in names:
                selection.select(self.table.index(row, 0), flags.Select | flags.Rows)

    def _changed(self, *_: object) -> None:
        self._dirty = True
        self._count()

    def _second(self) -> None:
        """What changed since, at most once a second; and the clocks."""
        self.refresh()
        if self.isVisible():
            self.table.second()
            self._sum_up()

    def _count(self) -> None:
        """For whoever shows the number: without making the list."""
        station, now = self._model.station, self._model.now()
        if station is None:
            return
        timed = [*station.shelves, *station.services]
        causes = {alarm.under for alarm in self._model.hidden_alarms() if alarm.hidden is Hidden.SUPPRESSED}
        soon = sum(one.until is not None and one.until - now <= SOON_MS for one in timed)
        told = (len(timed) + len(station.switched_off) + len(causes), soon)
        if told != self._told:
            self._told = told
            self.countChanged.emit(*told)

    def _sum_up(self) -> None:
        all_of_it, soon = self._told
        words = tr("{n} kept quiet", n=all_of_it)
        self.head.setText(tr("{words}, {n} of them end within 30 min", words=words, n=soon) if soon else words)

    def _look(self, *_: object) -> None:
        """Which acts can be given about the chosen rows."""
        chosen = self.chosen()
        ways = {entry.way for entry in chosen}
        self._say(self.back, self._why_not_back(chosen, ways))
        self._say(self.renew, self._why_not_renew(chosen, ways))
        self.go.setEnabled(len(chosen) == 1 and not chosen[0].missing)
        self._sum_up()
        self.nothing.setHidden(bool(self.table.entries))
        self.nothing.setText(tr("Nothing is kept quiet") if self._model.connected else tr("No station: what is shown here is old"))
        self.nothing.adjustSize()
        self.nothing.move(14, self.view.horizontalHeader().sizeHint().height() + 10)

    def _why_not_back(self, chosen: list[Entry], ways: set[Way]) -> str:
        if not chosen:
            return tr("choose a row first")
        if Way.OFF in ways:
            return tr("switched off in the configuration: reset it there, under “Changed at run time”")
        if Way.FOLDED in ways:
            return tr("a consequence comes back by itself when its cause has gone and it still stands")
        return "" if self._model.connected else self._acts.why_not("alarm.unshelve")

    def _why_not_renew(self, chosen: list[Entry], ways: set[Way]) -> str:
        if not chosen:
            return tr("choose a row first")
        if ways - {Way.SHELF, Way.SERVICE} or len(ways) > 1 or (Way.SERVICE in ways and len(chosen) > 1):
            return tr("choose shelved alarms, or one thing out of service")
        if any(entry.missing for entry in chosen):
            return tr("the room has it no more: it ends by itself")
        return "" if self._model.connected else self._acts.why_not("alarm.shelve")

    def _say(self, button: QPushButton, why: str) -> None:
        button.setEnabled(not why)
        button.setToolTip(why)

    def _renew(self) -> None:
        chosen = self.chosen()
        if chosen and chosen[0].way is Way.SHELF:
            offer_shelve(self._link, self._acts, self._model, [entry.id for entry in chosen])
        elif chosen:
            offer_service(self._link, self._acts, self._model, chosen[0].id)

    def _go(self) -> None:
        chosen = self.chosen()
        if len(chosen) == 1 and not chosen[0].missing:
            self.openSubject.emit(chosen[0].subject)
