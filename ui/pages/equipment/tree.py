"""The room's equipment as a tree of lines, devices and points. Words only; asks and paints nothing."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from cityops_desktop.link.messages import BusState, NamesInfo
from cityops_desktop.model.readings import Quality
from cityops_desktop.sentences import QUALITIES
from cityops_desktop.texts import N_, pick, tr
from ui.models.devicewords import address_text, bus_short, bus_word, device_word, doubted
from ui.models.finding import device_terms, is_named, point_terms, terms
from ui.models.needs import usable
from ui.models.places import tag_line, tag_on
from ui.models.room import RoomModel
from ui.pages.equipment.roles import KEY_ROLE, LEVEL_ROLE, NODE_ROLE, ROW_ROLE, STALE_ROLE
from ui.widgets.tagmark import word

Index = QModelIndex | QPersistentModelIndex


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


_FLAGS = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
_POINT_FLAGS = _FLAGS | Qt.ItemFlag.ItemIsDragEnabled


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the tree in words. `stale` = hatch its state; `order` = nothing is wrong with it."""

    state: str = ""
    unknown: str = ""
    tip: str = ""
    level: tuple[int, bool] | None = None
    stale: bool = False
    order: bool = True
    tagged: bool = False


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
            Node(Sort.BUS, bus.id, bus.names, terms(bus.id, bus.names, bus.driver, bus.resource), row=row)
            for row, bus in enumerate(model.buses.values())
        ]
        by_bus = {bus.id: bus for bus in self._buses}
        self._devices, self._points = {}, {}
        for device in model.devices.values():
            if (bus := by_bus.get(device.bus)) is not None:
                node = Node(Sort.DEVICE, device.id, device.names, f"{bus.words} {device_terms(device)}", bus, len(bus.children))
                bus.children.append(node)
                self._devices[device.id] = node
        for point in model.points.values():
            if (parent := self._devices.get(point.device)) is not None:
                node = Node(Sort.POINT, point.key, point.names, f"{parent.words} {point_terms(point)}", parent, len(parent.children))
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
        return next((node.id for node in (*self._devices.values(), *self._points.values()) if is_named(text, node.id, node.names)), "")

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
        state = bus_short(known) if self._model.connected else why
        level = self._level(subjects)
        down = not self._model.connected or known.state != "up"
        tip = f"{pick(node.names)}\n{bus.id} · {bus.driver} · {bus.resource}\n{why}"
        return Told(state, str(unknown or ""), tip, level, down, not down and not unknown and level is None)

    def _tell_device(self, node: Node) -> Told:
        device = self._model.devices[node.id]
        unknown = sum(not usable(self._model.live.get(point.id)) for point in node.children)
        points = [point.id for point in node.children]
        state, lost = device_word(self._model, device, points)
        level = self._level([device.id])
        place = " · ".join(one for one in (device.id, device.profile, address_text(device), device.rack or "") if one)
        counted = tr("{n} of {all} points unknown", n=unknown, all=len(node.children))
        tag = tag_on(self._model, (f"device:{device.id}", *(f"point:{key}" for key in points)))
        if tag is not None:  # that a device answers is no news beside it
            state = f"{word()} · {state}" if lost else word()
        return Told(
            state,
            str(unknown or ""),
            "\n".join((pick(node.names), place, f"{state} · {counted}", *tag_line(tag))),
            level,
            lost,
            not lost and not unknown and level is None and not doubted(self._model, points),
            tag is not None,
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
        return (alarm.level, alarm.unseen) if alarm else None

    # Qt's questions

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Points can be carried."""
        node = self.node(index)
        return Qt.ItemFlag.NoItemFlags if node is None else _POINT_FLAGS if node.sort is Sort.POINT else _FLAGS

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
            case _ if role == ROW_ROLE:
                return pick(node.names), self.told(node), int(node.sort)
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
