"""The room's equipment as a tree of lines, devices and points, and a device's points as a table. Words only; asks and paints nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from cityops_desktop.link.messages import BusState, DeviceInfo, LimitInfo, NamesInfo, PointDetail, PointInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.points import Kind, LimitKind
from cityops_desktop.model.readings import Quality
from cityops_desktop.sentences import QUALITIES, level_name, reason_text
from cityops_desktop.texts import N_, pick, tr
from ui.models.devicewatch import DeviceWatch
from ui.models.needs import usable
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, figure, span_text, value_text, with_unit

Index = QModelIndex | QPersistentModelIndex
NODE_ROLE = Qt.ItemDataRole.UserRole
KEY_ROLE = Qt.ItemDataRole.UserRole + 1
STALE_ROLE = Qt.ItemDataRole.UserRole + 2
"""Is this cell's value not the state of the world now?"""
LEVEL_ROLE = Qt.ItemDataRole.UserRole + 3
"""(level, filled) of the worst open alarm, or None."""


class Sort(IntEnum):
    """What a row of the tree is."""

    BUS = 0
    DEVICE = 1
    POINT = 2


class Branch(IntEnum):
    """The tree's columns."""

    NAME = 0
    STATE = 1
    UNKNOWN = 2


BRANCHES = {Branch.NAME: N_("Line, device, point"), Branch.STATE: N_("State"), Branch.UNKNOWN: N_("Unknown")}


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the tree in words. `stale` = hatch its state; `order` = nothing is wrong with it."""

    state: str = ""
    unknown: str = ""
    tip: str = ""
    level: tuple[int, bool] | None = None
    stale: bool = False
    order: bool = True


@dataclass(slots=True, eq=False)
class Node:
    """A row of the tree; `id` is the bus's, the device's or the point's key, `words` all that a search may find it by.

    `number` is its place among all rows: Qt holds numbers, because a pointer that it held would outlive the row.
    """

    sort: Sort
    id: str
    names: NamesInfo
    words: str
    parent: "Node | None" = None
    row: int = 0
    children: list["Node"] = field(default_factory=list)
    number: int = 0
    told: Told = field(default_factory=Told)


class EquipmentTree(QAbstractItemModel):
    """Lines, their devices, their points, in the order of the room file. Rows change where they stand; `refresh` says which."""

    def __init__(self, model: RoomModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._buses: list[Node] = []
        self._devices: dict[str, Node] = {}
        self._points: dict[str, Node] = {}
        self._nodes: list[Node] = []
        self._late: set[str] = set()

    def rebuild(self) -> None:
        """Another room, or another language."""
        self.beginResetModel()
        model = self._model
        self._buses = [
            Node(Sort.BUS, bus.id, bus.names, _words(bus.id, bus.names, bus.driver, bus.resource), row=row)
            for row, bus in enumerate(model.buses.values())
        ]
        by_bus = {bus.id: bus for bus in self._buses}
        self._devices, self._points = {}, {}
        for device in model.devices.values():
            if (bus := by_bus.get(device.bus)) is not None:
                node = Node(Sort.DEVICE, device.id, device.names, f"{bus.words} {_device_words(device)}", bus, len(bus.children))
                bus.children.append(node)
                self._devices[device.id] = node
        for point in model.points.values():
            if (parent := self._devices.get(point.device)) is not None:
                node = Node(Sort.POINT, point.key, point.names, f"{parent.words} {_point_words(point)}", parent, len(parent.children))
                parent.children.append(node)
                self._points[point.key] = node
        self._nodes = [*self._points.values(), *self._devices.values(), *self._buses]
        self._late = set(self._points)
        for number, node in enumerate(self._nodes):
            node.number = number
            if node.sort is not Sort.POINT:
                node.told = self._tell(node)
        self.endResetModel()

    def refresh(self, keys: frozenset[str] | None = None, seen: frozenset[str] | None = None) -> None:
        """Look at these points again (None = all), and at every device and line; tells which rows became others.

        Where `seen` names devices, the points of all others are only put into words when somebody asks for them.
        """
        points = list(self._points.values()) if keys is None else [self._points[key] for key in keys if key in self._points]
        later = {node.id for node in points if seen is not None and node.parent and node.parent.id not in seen}
        self._late = self._late.difference(node.id for node in points) | later
        for node in (*points, *self._devices.values(), *self._buses):
            if node.id in self._late:
                continue
            told = self._tell(node)
            if told != node.told:
                node.told = told
                self.dataChanged.emit(self._index_of(node, 0), self._index_of(node, len(Branch) - 1))

    def catch_up(self) -> None:
        """Put into words what nobody had asked for."""
        late, self._late = frozenset(self._late), set()
        self.refresh(late)

    def told(self, node: Node) -> Told:
        """What a row says now."""
        if node.id in self._late:
            self._late.discard(node.id)
            node.told = self._tell(node)
        return node.told

    def named(self, text: str) -> str:
        """The device, or else the point, whose id or name is just this; "" = none."""
        return next((node.id for node in (*self._devices.values(), *self._points.values()) if _is_named(text, node.id, node.names)), "")

    def index_of(self, id: str) -> QModelIndex:
        """Where this device or point is; invalid when the room has none."""
        node = self._points.get(id) or self._devices.get(id)
        return self._index_of(node, 0) if node else QModelIndex()

    # in words

    def _tell(self, node: Node) -> Told:
        if node.sort is Sort.BUS:
            return self._tell_bus(node)
        return self._tell_device(node) if node.sort is Sort.DEVICE else self._tell_point(node)

    def _tell_bus(self, node: Node) -> Told:
        subjects = [f"bus:{node.id}", *(device.id for device in node.children)]
        unknown = sum(int(device.told.unknown or 0) for device in node.children)
        known, bus = self._bus_state(node.id), self._model.buses[node.id]
        why = bus_word(known) if self._model.connected else tr("no station")
        state = tr("lost") if self._model.connected and known.state == "down" else why
        level = self._level(subjects)
        down = not self._model.connected or known.state != "up"
        tip = f"{pick(node.names)}\n{bus.id} · {bus.driver} · {bus.resource}\n{why}"
        return Told(state, str(unknown or ""), tip, level, down, not down and not unknown and level is None)

    def _tell_device(self, node: Node) -> Told:
        device = self._model.devices[node.id]
        unknown = sum(not usable(self._model.live.get(point.id)) for point in node.children)
        state, lost = device_word(self._model, device, [point.id for point in node.children])
        level = self._level([device.id])
        place = " · ".join(one for one in (device.id, device.profile, address_text(device), device.rack or "") if one)
        counted = tr("{n} of {all} points unknown", n=unknown, all=len(node.children))
        return Told(
            state,
            str(unknown or ""),
            f"{pick(node.names)}\n{place}\n{state} · {counted}",
            level,
            lost,
            not lost and not unknown and level is None,
        )

    def _tell_point(self, node: Node) -> Told:
        shown = self._model.shown(node.id)
        value = f"{shown.value} {shown.unit}".strip()
        quality = tr(QUALITIES[shown.quality])
        state = value if shown.quality is not Quality.BAD or shown.since is not None else quality
        tip = "\n".join(
            one for one in (pick(node.names), node.id, f"{value} · {quality}", shown.since_text if shown.stale else "", shown.reason) if one
        )
        level = self._level([node.id])
        return Told(state, "", tip, level, shown.stale, not shown.stale and level is None)

    def _bus_state(self, bus: str) -> BusState:
        buses = self._model.station.buses if self._model.station else []
        return next((one for one in buses if one.id == bus), BusState(id=bus, state="starting"))

    def _level(self, subjects: list[str]) -> tuple[int, bool] | None:
        alarm = self._model.worst(subjects)
        return (alarm.level, alarm.state is not AlarmState.ACKNOWLEDGED) if alarm else None

    # Qt's questions

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Points can be carried."""
        node = self.node(index)
        return super().flags(index) | (Qt.ItemFlag.ItemIsDragEnabled if node and node.sort is Sort.POINT else Qt.ItemFlag.NoItemFlags)

    def node(self, index: Index) -> Node | None:
        """What stands there."""
        number = index.internalId() if index.isValid() else -1
        return self._nodes[number] if 0 <= number < len(self._nodes) else None

    def _index_of(self, node: Node, column: int) -> QModelIndex:
        return self.createIndex(node.row, column, node.number)

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:
        """The place of a row under its parent."""
        above = self.node(parent)
        rows = above.children if above else self._buses
        inside = 0 <= row < len(rows) and 0 <= column < len(Branch) and parent.column() <= 0
        return self._index_of(rows[row], column) if inside else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> Any:
        """The place of what a row stands under."""
        node = self.node(index)
        return self._index_of(node.parent, 0) if node and node.parent else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """Rows under a place."""
        node = self.node(parent)
        return 0 if parent.column() > 0 else len(node.children if node else self._buses)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        """Columns."""
        return len(Branch)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return tr(BRANCHES[Branch(section)])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        node = self.node(index)
        if node is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return (pick(node.names), self.told(node).state, self.told(node).unknown)[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return self.told(node).tip
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{pick(node.names)}, {self.told(node).state}"
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == Branch.UNKNOWN:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case _ if role == NODE_ROLE:
                return node
            case _ if role == KEY_ROLE:
                return node.id if node.sort is Sort.POINT else ""
            case _ if role == STALE_ROLE:
                return index.column() == Branch.STATE and self.told(node).stale and bool(self.told(node).state)
            case _ if role == LEVEL_ROLE:
                return self.told(node).level if index.column() == Branch.NAME else None
        return None


class EquipmentFilter(QSortFilterProxyModel):
    """What of the tree is shown: rows that hold all words, and those above and below them; or only what is not in order."""

    def __init__(self, tree: EquipmentTree, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tree = tree
        self.words: list[str] = []
        self.only_wrong = False
        self.kept = ""
        """A device or point that stays although it came into order meanwhile: somebody looks at it."""
        self.setRecursiveFilteringEnabled(True)
        self.setSourceModel(tree)

    def show_only(self, text: str, only_wrong: bool) -> None:
        """Other words, or another choice."""
        self.words = text.casefold().split()
        self.only_wrong = only_wrong
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Is this row shown for its own sake? A parent of one that is, is shown anyway."""
        above = self._tree.node(source_parent)
        node = self._tree.node(self._tree.index(source_row, 0, source_parent))
        if node is None:
            return False
        if self.only_wrong and self._tree.told(node).order and node.id != self.kept and not (above and above.id == self.kept):
            return False
        return all(word in node.words for word in self.words)


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
            (alarm.level, alarm.state is not AlarmState.ACKNOWLEDGED) if alarm else None,
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


# words that several views share


def bus_word(bus: BusState) -> str:
    """How a line does."""
    if bus.state == "down":
        return tr("lost: {reason}", reason=reason_text(bus.reason, bus.detail)) if bus.reason else tr("lost")
    return tr("in order") if bus.state == "up" else tr("starting")


def device_word(model: RoomModel, device: DeviceInfo, points: Iterable[str]) -> tuple[str, bool]:
    """How a device with these points does, with how long it has been silent; and is it lost?"""
    if not model.connected:
        return tr("no station"), True
    bus = next((one for one in model.station.buses if one.id == device.bus), None) if model.station else None
    if bus is not None and bus.state == "down":
        return tr("line lost"), True
    if bus is not None and device.id in bus.silent_devices:
        since = silent_since(model, points)
        return (tr("silent {age}", age=span_text((model.now() - since) / 1000)) if since is not None else tr("silent")), True
    return tr("answers"), False


def address_text(device: DeviceInfo) -> str:
    """What tells it from its neighbours on the line; "" when it needs nothing."""
    return tr("address {n}", n=device.address) if device.address else ""


def silent_since(model: RoomModel, points: Iterable[str]) -> int | None:
    """The time of the newest usable value of these points; None = there never was one."""
    lives = [live for live in map(model.live.get, points) if live is not None]
    times = [live.time if usable(live) else live.last_time for live in lives]
    return max((time for time in times if time is not None), default=None)


def raw_text(detail: PointDetail | None) -> str:
    """What the wire said: "0x0131", registers of a long value apart, a bit as 0 or 1; "" = nothing."""
    if detail is None or detail.raw is None:
        return ""
    if detail.source.type == "bit":
        return str(int(detail.raw, 16))
    return "0x" + " ".join(detail.raw[at : at + 4] for at in range(0, len(detail.raw), 4)).upper()


def register_text(detail: PointDetail) -> str:
    """The register as manuals write it, with its type and bit: "30011 int16", "40021.3"."""
    source = detail.source
    if source.bit is not None:
        return f"{source.notation}.{source.bit}"
    return f"{source.notation} {source.type}" if source.type != "bit" else source.notation


def found_points(model: RoomModel, text: str, most: int) -> list[str]:
    """The keys of the first points whose words, or whose device's, hold all of these; first those of just this name."""
    wanted = text.casefold().split()
    named = {device.id for device in model.devices.values() if _is_named(text, device.id, device.names)}
    exact = [key for key, point in model.points.items() if point.device in named or _is_named(text, key, point.names)][:most]
    told = {device.id: _device_words(device) for device in model.devices.values()}
    found = (key for key, point in model.points.items() if all(w in told.get(point.device, "") or w in _point_words(point) for w in wanted))
    return list(dict.fromkeys([*exact, *islice(found, most)]))[:most]


def limit_sign(point: PointInfo, limit: LimitInfo) -> str:
    """A limit in as few signs as can be: "> 28.0", "= wet"."""
    if limit.kind is LimitKind.STATE:
        return "= " + "/".join(value_text(point, state) for state in limit.states)
    sign = ">" if limit.kind is LimitKind.HIGH else "<"
    return f"{sign} {limit_value(point, limit.value)}"


def limit_value(point: PointInfo, value: float, unit: bool = False) -> str:
    """A limit's figure, finer than the point's resolution where it was written so."""
    text = figure(value, point.decimals)
    exact = text if float(text) == value else f"{value:g}"
    if point.kind is Kind.DIGITAL:
        return with_unit(point, value)
    return f"{exact} {point.unit}".strip() if unit else exact


def _is_named(text: str, id: str, names: NamesInfo) -> bool:
    return text.strip().casefold() in (id.casefold(), names.zh.casefold(), names.en.casefold())


def _device_words(device: DeviceInfo) -> str:
    return _words(device.id, device.names, device.profile, device.rack or "", address_text(device))


def _point_words(point: PointInfo) -> str:
    return _words(point.key, point.names, point.unit, point.rack or "")


def _words(*texts: str | NamesInfo) -> str:
    told = [one if isinstance(one, str) else f"{one.zh} {one.en}" for one in texts]
    return " ".join(told).casefold()
