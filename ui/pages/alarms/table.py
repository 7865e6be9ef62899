"""The alarms as a table: which are shown, in which order, and what lies folded under each. Acknowledges nothing.

It bears a hundred thousand rows: each row's place in the order is known by its key, a change inserts, moves or takes out what changed and
looks at nothing else, and where everything must be looked at (another filter, another order, a new copy) that is done a little at a time.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import groupby
from math import inf
from time import perf_counter
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer

from cityops_desktop.link.messages import AlarmInfo, LiveInfo
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from cityops_desktop.sentences import ALARM_STATES, HIDDEN, level_name, reason_text
from cityops_desktop.texts import N_, pick, tr
from ui.acts import Acts
from ui.models.needs import usable
from ui.models.room import RoomModel
from ui.models.shown import AlarmText, moment, span_text, with_unit

Index = QModelIndex | QPersistentModelIndex
ALARM_ROLE = Qt.ItemDataRole.UserRole
POINT_ROLE = Qt.ItemDataRole.UserRole + 1
"""The key of the point that a folded row is about; "" in all other rows."""
FOLD_ROLE = Qt.ItemDataRole.UserRole + 2
"""How a row folds: one of Fold."""
LATEST = 10_000_000_000_000
AT_ONCE = 2000
"""So many alarms are looked at without a pause."""
SLICE_SECONDS = 0.008
RUNS = 60
"""More places than these that change at once, and the table is told anew as a whole."""


class Column(IntEnum):
    """The columns, from the left."""

    LEVEL = 0
    STATE = 1
    SINCE = 2
    DURATION = 3
    PLACE = 4
    POINT = 5
    ALARM = 6
    ACKNOWLEDGED = 7
    RETURNED = 8


TITLES = {
    Column.LEVEL: N_("Level"),
    Column.STATE: N_("State"),
    Column.SINCE: N_("Since"),
    Column.DURATION: N_("Duration"),
    Column.PLACE: N_("Where"),
    Column.POINT: N_("Point"),
    Column.ALARM: N_("Alarm"),
    Column.ACKNOWLEDGED: N_("Acknowledged by"),
    Column.RETURNED: N_("Returned"),
}


class Standing(IntEnum):
    """Which states are shown."""

    OPEN = 0
    UNACKNOWLEDGED = 1
    ALL = 2
    QUIET = 3


class Fold(IntEnum):
    """What a row is among folded ones."""

    NONE = 0
    CLOSED = 1
    OPEN = 2
    INSIDE = 3


class Row(NamedTuple):
    """What a row shows: an alarm, or a point that is unknown because of it."""

    alarm: AlarmInfo
    point: str = ""
    inside: bool = False


Key = tuple[int | str, str]
"""What a row is sorted by, then its id."""


class AlarmTable(QAbstractTableModel):
    """One row an occurrence; consequences, and the points of what is lost, in rows under it when it is unfolded."""

    def __init__(self, model: RoomModel, acts: Acts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._acts = model, acts
        self._rows: dict[str, AlarmInfo] = {}
        self._primary: dict[str, int | str] = {}
        self._keys: list[Key] = []
        self._unfolded: dict[str, list[Row]] = {}
        self._texts: dict[str, AlarmText] = {}
        self._searched: dict[str, str] = {}
        self._places: dict[str, AlarmText] = {}
        self._words: list[str] = []
        self.level = 0
        self.standing = Standing.OPEN
        self.group = ""
        self._column, self._down = Column.LEVEL, False
        self._sorted_at = 0
        self._work: Iterator[AlarmInfo] | None = None
        self._runs: list[list[Key]] = []
        self._found: dict[str, AlarmInfo] = {}
        self._found_primary: dict[str, int | str] = {}
        self._late: set[str] = set()
        self._slices = QTimer(self, interval=0)
        self._slices.timeout.connect(self._step)
        model.replaced.connect(self.rebuild)
        model.alarmsChanged.connect(self._changed)
        acts.pendingChanged.connect(self._changed)
        self.rebuild()

    # what is shown

    def look_for(self, text: str) -> None:
        """Rows that hold all of these words, in any column."""
        words = text.casefold().split()
        if words != self._words:
            self._words = words
            self._look_again()

    def show_only(self, *, level: int | None = None, standing: Standing | None = None, group: str | None = None) -> None:
        """A level (0 = all), states, an equipment group ("" = all); None leaves it as it is."""
        before = (self.level, self.standing, self.group)
        self.level = self.level if level is None else level
        self.standing = self.standing if standing is None else standing
        self.group = self.group if group is None else group
        if (self.level, self.standing, self.group) != before:
            self._look_again()

    @property
    def every_open(self) -> bool:
        """Is every open alarm shown, but for words that are looked for?"""
        return not self.level and not self.group and self.standing in (Standing.OPEN, Standing.ALL)

    @property
    def settled(self) -> bool:
        """Is everything that fits shown by now?"""
        return self._work is None

    @property
    def shown_alarms(self) -> int:
        """Alarms that fit, without what lies folded under them."""
        return len(self._keys)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By another column."""
        wanted = (Column(column), order is Qt.SortOrder.DescendingOrder)
        if wanted != (self._column, self._down):
            self._column, self._down = wanted
            self._look_again()

    def rebuild(self) -> None:
        """Everything anew, from the model and in the language in force."""
        self._texts, self._searched, self._places = {}, {}, {}
        self._look_again()

    def _look_again(self) -> None:
        """At every alarm: whether it is shown, and where."""
        self._sorted_at = self._model.now()
        alarms = list(self._model.alarms.values())
        self._work, self._late = iter(alarms), set()
        self._runs, self._found, self._found_primary = [], {}, {}
        if len(alarms) <= AT_ONCE:
            self._step()
        else:
            self._slices.start()

    def _step(self) -> None:
        """A slice of this; the last one shows what was found."""
        work = self._work
        if work is None:
            self._slices.stop()
            return
        end = perf_counter() + SLICE_SECONDS
        part: list[Key] = []
        unfinished = False
        for n, alarm in enumerate(work):
            if self._accepts(alarm):
                key = (self._sort_key(alarm), alarm.id)
                part.append(key)
                self._found[alarm.id], self._found_primary[alarm.id] = alarm, key[0]
            if self._slices.isActive() and n % 64 == 63 and perf_counter() > end:
                unfinished = True
                break
        self._runs.append(sorted(part))
        self._merge(2.0 if unfinished else inf)
        if not unfinished:
            self._slices.stop()
            self._show_found()

    def _merge(self, unlike: float) -> None:
        """Sorted runs into one as they come, so that no slice has everything to sort; `unlike` times longer ones wait."""
        runs = self._runs
        while len(runs) > 1 and len(runs[-2]) <= unlike * len(runs[-1]):
            last = runs.pop()
            runs[-1] = sorted(runs[-1] + last)

    def _show_found(self) -> None:
        self._work = None
        self.beginResetModel()
        self._keys = self._runs[0]
        self._rows, self._primary = self._found, self._found_primary
        self._runs, self._found, self._found_primary = [], {}, {}
        unfolded = [one for one in self._unfolded if one in self._rows]
        self._unfolded = {one: inside for one in unfolded if (inside := self._inside(self._rows[one]))}
        self.endResetModel()
        late, self._late = self._late, set()
        if late:
            self._changed(frozenset(late))

    def _accepts(self, alarm: AlarmInfo) -> bool:
        if self.level and alarm.level != self.level:
            return False
        if not self._stands(alarm):
            return False
        if self.group and self.group_of(alarm) != self.group:
            return False
        return not self._words or all(word in self._search_text(alarm) for word in self._words)

    def _stands(self, alarm: AlarmInfo) -> bool:
        if self.standing is Standing.ALL:
            return True
        if self.standing is Standing.QUIET:
            return alarm.open and alarm.hidden is not None
        if alarm.state is AlarmState.NORMAL:
            return False
        if alarm.hidden is not None:  # who looks for words finds consequences, too
            return bool(self._words) and self.standing is Standing.OPEN and alarm.hidden is Hidden.SUPPRESSED
        return self.standing is Standing.OPEN or alarm.unseen

    def _search_text(self, alarm: AlarmInfo) -> str:
        known = self._searched.get(alarm.id)
        if known is None:
            text = self._texts.get(alarm.id) or self._model.alarm_text(alarm)
            known = f"{text.place} {text.point} {text.sentence} {alarm.subject} {alarm.actor_name or ''}".casefold()
            self._searched[alarm.id] = known
        return known

    # what changes

    def _changed(self, ids: frozenset[str]) -> None:
        if self._work is not None:
            self._late |= ids
        known = self._model.alarms
        entering: list[Key] = []
        leaving: list[str] = []
        moving: list[Key] = []
        same: list[str] = []
        above: set[str] = set()
        for one in ids:
            alarm, before = known.get(one), self._rows.get(one)
            self._texts.pop(one, None)
            self._searched.pop(one, None)
            above |= {of.under for of in (alarm, before) if of is not None and of.under}
            if alarm is None or not self._accepts(alarm):
                leaving += [one] if before is not None else []
                continue
            key = (self._sort_key(alarm), one)
            if before is None:
                entering.append(key)
            elif key[0] == self._primary[one]:
                self._rows[one] = alarm
                same.append(one)
            else:
                moving.append(key)
        self._restructure(leaving, moving, entering)
        parents = [alarm.id for key in above if (alarm := self._model.index.of_key(key)) is not None]
        self._refold([one for one in {*parents, *same} if one in self._unfolded])
        self._tell([one for one in {*same, *parents} if one in self._rows])

    def _restructure(self, leaving: list[str], moving: list[Key], entering: list[Key]) -> None:
        for one in (*leaving, *(one for _, one in moving)):
            self.set_folded(one, True)
        places = sorted(entering)
        runs = [(at, list(keys)) for at, keys in groupby(places, lambda key: bisect_left(self._keys, key))]
        if len(leaving) + len(moving) + len(runs) > RUNS:
            self._replace(leaving, moving, places)
            return
        for one in leaving:
            self._take_out(one)
        for key in moving:
            self._move(key)
        if leaving or moving:
            runs = [(at, list(keys)) for at, keys in groupby(places, lambda key: bisect_left(self._keys, key))]
        for at, keys in reversed(runs):
            first = self._display(len(self._keys) - at if self._down else at)
            self.beginInsertRows(QModelIndex(), first, first + len(keys) - 1)
            self._keys[at:at] = keys
            for key in keys:
                self._remember(key)
            self.endInsertRows()

    def _replace(self, leaving: list[str], moving: list[Key], entering: list[Key]) -> None:
        self.beginResetModel()
        gone = {*leaving, *(one for _, one in moving)}
        if gone:
            self._keys = [key for key in self._keys if key[1] not in gone]
        for one in leaving:
            del self._rows[one], self._primary[one]
        for key in (*moving, *entering):
            insort(self._keys, key)
            self._remember(key)
        self.endResetModel()

    def _remember(self, key: Key) -> None:
        primary, one = key
        self._rows[one], self._primary[one] = self._model.alarms[one], primary

    def _take_out(self, one: str) -> None:
        at = self._at(one)
        row = self._display(self._top(at))
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._keys[at], self._rows[one], self._primary[one]
        self.endRemoveRows()

    def _move(self, key: Key) -> None:
        one = key[1]
        old = self._at(one)
        new = bisect_left(self._keys, key)
        new -= new > old
        if new != old:
            last = len(self._keys) - 1
            source, target = (last - old, last - new) if self._down else (old, new)
            before = target + 1 if target > source else target
            self.beginMoveRows(QModelIndex(), self._display(source), self._display(source), QModelIndex(), self._display(before))
        del self._keys[old]
        self._keys.insert(new, key)
        self._remember(key)
        if new != old:
            self.endMoveRows()
        self._tell([one])

    def _tell(self, ids: Iterable[str]) -> None:
        rows = sorted(row for one in ids if (row := self.row_of(one)) is not None)
        last = len(Column) - 1
        if len(rows) > RUNS:
            self.dataChanged.emit(self.index(rows[0], 0), self.index(rows[-1], last))
            return
        for row in rows:
            self.dataChanged.emit(self.index(row, 0), self.index(row, last))

    # folding

    def fold_count(self, alarm: AlarmInfo) -> int:
        """How many alarms are its consequences."""
        return self._model.index.below_count(alarm.key) if alarm.open else 0

    def foldable(self, alarm: AlarmInfo) -> bool:
        """Does anything lie under it?"""
        return bool(self.fold_count(alarm)) or (alarm.standing and alarm.points > 0 and alarm.cause in (Cause.BUS_LOST, Cause.DEVICE_LOST))

    def set_folded(self, one: str, folded: bool) -> None:
        """Show what lies under this alarm, or do not."""
        if folded == (one not in self._unfolded) or one not in self._rows:
            return
        row = self._display(self._top(self._at(one)))
        if folded:
            self.beginRemoveRows(QModelIndex(), row + 1, row + len(self._unfolded[one]))
            del self._unfolded[one]
            self.endRemoveRows()
        else:
            inside = self._inside(self._rows[one])
            if not inside:
                return
            self.beginInsertRows(QModelIndex(), row + 1, row + len(inside))
            self._unfolded[one] = inside
            self.endInsertRows()
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))

    def _refold(self, ids: Iterable[str]) -> None:
        for one in ids:
            inside = self._inside(self._rows[one])
            if len(inside) != len(self._unfolded[one]):
                self.set_folded(one, True)
                self.set_folded(one, False)
            else:
                self._unfolded[one] = inside
                row = self._display(self._top(self._at(one)))
                self.dataChanged.emit(self.index(row + 1, 0), self.index(row + len(inside), len(Column) - 1))

    def _inside(self, alarm: AlarmInfo) -> list[Row]:
        """Its consequences, then the points that are unknown with it and that no consequence tells."""
        below = self._model.index.below(alarm.key)
        return [*(Row(one, inside=True) for one in below), *(Row(alarm, key, True) for key in self._unknown(alarm))]

    def _unknown(self, alarm: AlarmInfo) -> list[str]:
        if not alarm.standing or alarm.cause not in (Cause.BUS_LOST, Cause.DEVICE_LOST):
            return []
        bus = alarm.subject.removeprefix("bus:")
        devices = {one.id for one in self._model.devices.values() if one.bus == bus} if alarm.cause is Cause.BUS_LOST else {alarm.subject}
        return [key for key, point in self._model.points.items() if point.device in devices and not usable(self._model.live.get(key))]

    # rows and places

    def _top(self, at: int) -> int:
        """From the place in the order to the row, without what is unfolded."""
        return len(self._keys) - 1 - at if self._down else at

    def _at(self, one: str) -> int:
        return bisect_left(self._keys, (self._primary[one], one))

    def _display(self, top: int) -> int:
        return top + sum(len(self._unfolded[one]) for one in self._unfolded if self._top(self._at(one)) < top)

    def row(self, row: int) -> Row:
        """What stands there."""
        for top, one in sorted((self._top(self._at(one)), one) for one in self._unfolded):
            if row <= top:
                break
            inside = self._unfolded[one]
            if row <= top + len(inside):
                return inside[row - top - 1]
            row -= len(inside)
        return Row(self._rows[self._keys[self._top(row)][1]])

    def alarm(self, row: int) -> AlarmInfo:
        """The occurrence in this row; in the row of a point the one that made it unknown."""
        return self.row(row).alarm

    def alarms_in(self, first: int, last: int) -> list[AlarmInfo]:
        """Those of these rows, without the rows of points."""
        if self._unfolded:
            return [row.alarm for row in map(self.row, range(first, last + 1)) if not row.point]
        first, last = sorted((self._top(first), self._top(last)))
        return [self._rows[key[1]] for key in self._keys[first : last + 1]]

    def row_of(self, alarm: str) -> int | None:
        """Where this occurrence is; None = it is not shown."""
        return self._display(self._top(self._at(alarm))) if alarm in self._rows else None

    def cause_row(self, row: int) -> int | None:
        """The row of the cause that this one lies under."""
        for one, inside in self._unfolded.items():
            top = self._display(self._top(self._at(one)))
            if top < row <= top + len(inside):
                return top
        return None

    def text(self, alarm: AlarmInfo) -> AlarmText:
        """Its words."""
        if alarm.id not in self._texts:
            self._texts[alarm.id] = self._model.alarm_text(alarm)
        return self._texts[alarm.id]

    def group_of(self, alarm: AlarmInfo) -> str:
        """The equipment group of its subject; empty for a line or the station."""
        point = self._model.points.get(alarm.subject)
        device = self._model.devices.get(alarm.subject)
        return point.group if point else device.group if device else ""

    # Qt's questions

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """Occurrences, and what is unfolded."""
        return 0 if parent.isValid() else len(self._keys) + sum(map(len, self._unfolded.values()))

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        """Columns."""
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The points that alarms are about can be carried."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        if orientation is Qt.Orientation.Horizontal and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return tr(TITLES[Column(section)])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        if not index.isValid() or role not in _ROLES:
            return None
        row = self.row(index.row())
        if role == POINT_ROLE:
            return row.point
        if role == FOLD_ROLE:
            return self._fold(row)
        if row.point:
            return None if role == ALARM_ROLE else self._point_words(row.point, Column(index.column()))
        if role == ALARM_ROLE:
            return row.alarm
        return (self._cell if role == Qt.ItemDataRole.DisplayRole else self._whole)(row.alarm, Column(index.column()))

    def _fold(self, row: Row) -> Fold:
        if row.inside:
            return Fold.INSIDE
        if row.alarm.id in self._unfolded:
            return Fold.OPEN
        return Fold.CLOSED if self.foldable(row.alarm) else Fold.NONE

    def pending(self, alarm: AlarmInfo) -> bool:
        """Was its acknowledgement sent, and the answer has not come?"""
        return alarm.id in self._acts.pending

    def _point_words(self, key: str, column: Column) -> str:
        point, live = self._model.points[key], self._model.live.get(key)
        match column:
            case Column.STATE:
                return tr("unknown")
            case Column.SINCE:
                return self._time(live.last_time) if live is not None and live.last_time is not None else ""
            case Column.PLACE:
                return pick(self._model.devices[point.device].names)
            case Column.POINT:
                return pick(point.names)
            case Column.ALARM:
                return f"{pick(self._model.devices[point.device].names)} · {pick(point.names)}: {self._last_words(key, live)}"
        return ""

    def _last_words(self, key: str, live: LiveInfo | None) -> str:
        if live is None:
            return tr("not read yet")
        if live.last_value is None:
            return reason_text(live.reason, live.detail)
        return tr("last {value}", value=with_unit(self._model.points[key], live.last_value))

    def _cell(self, alarm: AlarmInfo, column: Column) -> str:
        match column:
            case Column.LEVEL:
                return level_name(alarm.level)
            case Column.STATE:
                return tr("sent…") if self.pending(alarm) else self.state_words(alarm)
            case Column.SINCE:
                return self._time(alarm.raised)
            case Column.DURATION:
                return span_text(self._duration(alarm, self._model.now()) / 1000)
            case Column.PLACE:
                return self.text(alarm).place
            case Column.POINT:
                return self.text(alarm).point
            case Column.ALARM:
                below = self.fold_count(alarm)
                more = " · " + tr("{n} consequences", n=below) if below else ""
                return self.text(alarm).sentence + more
            case Column.ACKNOWLEDGED:
                if alarm.acknowledged is None:
                    return ""
                return f"{self._time(alarm.acknowledged)} {alarm.actor_name or ''}".strip()
            case Column.RETURNED:
                return "" if alarm.returned is None else self._time(alarm.returned)

    def state_words(self, alarm: AlarmInfo) -> str:
        """Its state; of one that is kept quiet why, and for how long still."""
        if alarm.hidden is None or not alarm.open:
            return tr(ALARM_STATES[alarm.state])
        words = tr(HIDDEN[alarm.hidden])
        left = "" if alarm.hidden_until is None else span_text(max(0, alarm.hidden_until - self._model.now()) / 1000)
        return f"{words} {left}".strip()

    def _whole(self, alarm: AlarmInfo, column: Column) -> str:
        """What a tool tip adds: times with their day, who is meant, what is under a sign."""
        if column is Column.STATE and alarm.hidden is not None and alarm.open:
            return f"{self.state_words(alarm)}\n{tr(ALARM_STATES[alarm.state])}"
        ms = {Column.SINCE: alarm.raised, Column.ACKNOWLEDGED: alarm.acknowledged, Column.RETURNED: alarm.returned}.get(column)
        if ms is None:
            return self._cell(alarm, column)
        name = f" {alarm.actor_name or ''}" if column is Column.ACKNOWLEDGED else ""
        return f"{moment(ms, self._model.zone):%Y-%m-%d %H:%M:%S}{name}".strip()

    def _time(self, ms: int) -> str:
        then, now = moment(ms, self._model.zone), moment(self._model.now(), self._model.zone)
        return f"{then:%H:%M:%S}" if then.date() == now.date() else f"{then:%m-%d %H:%M}"

    @staticmethod
    def _duration(alarm: AlarmInfo, now: int) -> int:
        return (alarm.returned or now) - alarm.raised

    def _sort_key(self, alarm: AlarmInfo) -> int | str:
        return _SORTED[self._column](self, alarm)

    def _place(self, alarm: AlarmInfo) -> AlarmText:
        """Its place and its point, which are those of its subject."""
        if alarm.subject not in self._places:
            self._places[alarm.subject] = self._model.alarm_text(alarm)
        return self._places[alarm.subject]


_ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, ALARM_ROLE, POINT_ROLE, FOLD_ROLE)
_STATES: Sequence[AlarmState] = list(AlarmState)


def _newest_first(rank: int, alarm: AlarmInfo) -> int:
    return rank * LATEST + LATEST - 1 - alarm.raised


_SORTED: dict[Column, Callable[[AlarmTable, AlarmInfo], int | str]] = {
    Column.LEVEL: lambda table, alarm: _newest_first(9 if alarm.state is AlarmState.NORMAL else alarm.level, alarm),
    Column.STATE: lambda table, alarm: _newest_first(9 if alarm.state is AlarmState.NORMAL else _STATES.index(alarm.state), alarm),
    Column.SINCE: lambda table, alarm: alarm.raised,
    Column.DURATION: lambda table, alarm: table._duration(alarm, table._sorted_at),
    Column.PLACE: lambda table, alarm: table._place(alarm).place,
    Column.POINT: lambda table, alarm: table._place(alarm).point,
    Column.ALARM: lambda table, alarm: table.text(alarm).sentence,
    Column.ACKNOWLEDGED: lambda table, alarm: alarm.acknowledged or 0,
    Column.RETURNED: lambda table, alarm: alarm.returned or 0,
}
