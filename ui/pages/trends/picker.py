"""Choosing points: a search field over a tree of groups, devices and points with check marks. Shows no value. Rows can be dragged."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.points import Group, Kind
from cityops_desktop.sentences import GROUPS
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.widgets.carry import packed

KEY = Qt.ItemDataRole.UserRole
WORDS = Qt.ItemDataRole.UserRole + 1


class _Tree(QTreeWidget):
    """What is dragged out of it are points: of a branch, all that it shows."""

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        """The keys of these rows."""
        return packed([key for item in items for key in _keys(item)])


def _keys(item: QTreeWidgetItem | None) -> list[str]:
    if item is None or item.isHidden():
        return []
    own = item.data(0, KEY)
    return [own] if own else [key for index in range(item.childCount()) for key in _keys(item.child(index))]


class Picker(QWidget):
    """`toggled` tells a key and whether it is wanted; the tick itself follows `set_checked`, the page's answer."""

    toggled = Signal(str, bool)

    def __init__(self, model: RoomModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._items: dict[str, QTreeWidgetItem] = {}
        self._branches: dict[QTreeWidgetItem, list[QTreeWidgetItem]] = {}
        self._checked: frozenset[str] = frozenset()
        self._filling = False
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)
        self.tree = _Tree()
        self.tree.setDragEnabled(True)
        self.tree.setDragDropMode(QTreeWidget.DragDropMode.DragOnly)
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(14)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, 1)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._toggle_first)
        self.search.installEventFilter(self)
        self.tree.installEventFilter(self)
        self.tree.itemChanged.connect(self._changed)
        self.tree.itemDoubleClicked.connect(lambda item, _: self._toggle(item))

    def retranslate(self) -> None:
        """The language is another one."""
        self.search.setPlaceholderText(tr("Search points"))
        self.search.setAccessibleName(tr("Search points"))
        self.tree.setAccessibleName(tr("Points by group and device"))
        self.fill()

    def fill(self) -> None:
        """The room's points, by group and device; text points have no curve."""
        self._filling = True
        self.tree.clear()
        self._items = {}
        self._branches = {}
        groups: dict[Group, QTreeWidgetItem] = {}
        devices: dict[tuple[Group, str], QTreeWidgetItem] = {}
        order = {group: index for index, group in enumerate(Group)}
        for point in sorted(self._model.points.values(), key=lambda one: order[one.group]):
            if point.kind is Kind.TEXT:
                continue
            if point.group not in groups:
                groups[point.group] = self._branch(self.tree.invisibleRootItem(), tr(GROUPS[point.group]))
            if (point.group, point.device) not in devices:
                devices[point.group, point.device] = self._branch(groups[point.group], self._place(point))
            branch = devices[point.group, point.device]
            self._items[point.key] = self._leaf(branch, point)
            self._branches[branch].append(self._items[point.key])
        for item in groups.values():
            item.setExpanded(len(groups) == 1)
        self._filling = False
        self._filter(self.search.text())

    def set_checked(self, keys: frozenset[str]) -> None:
        """Which points are on the chart."""
        self._filling = True
        for key in self._checked ^ keys:
            item = self._items.get(key)
            if item is not None:
                item.setCheckState(0, Qt.CheckState.Checked if key in keys else Qt.CheckState.Unchecked)
        self._checked = keys
        self._filling = False

    def _place(self, point: PointInfo) -> str:
        device = self._model.devices.get(point.device)
        return pick(device.names) if device else point.device

    def _branch(self, parent: QTreeWidgetItem, name: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [name])
        item.setToolTip(0, name)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
        self._branches[item] = []
        if parent in self._branches:
            self._branches[parent].append(item)
        return item

    def _leaf(self, branch: QTreeWidgetItem, point: PointInfo) -> QTreeWidgetItem:
        name = f"{pick(point.names)}  {point.unit}".strip()
        item = QTreeWidgetItem(branch, [name])
        item.setData(0, KEY, point.key)
        device = self._model.devices.get(point.device)
        names = (point.names, device.names) if device else (point.names,)
        item.setData(0, WORDS, " ".join([point.key, point.unit, *(text for one in names for text in (one.zh, one.en))]).casefold())
        item.setToolTip(0, f"{self._place(point)} · {name}\n{point.key}")
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsDragEnabled
        item.setFlags(flags)
        item.setCheckState(0, Qt.CheckState.Checked if point.key in self._checked else Qt.CheckState.Unchecked)
        return item

    def _filter(self, text: str) -> None:
        """Every word must occur in a name in either language, in the key or in the unit."""
        words = text.casefold().split()
        for item in self._items.values():
            told = str(item.data(0, WORDS))
            item.setHidden(not all(word in told for word in words))
        for branch, leaves in reversed(self._branches.items()):
            branch.setHidden(all(leaf.isHidden() for leaf in leaves))
            if words:
                branch.setExpanded(True)

    def _toggle_first(self) -> None:
        first = next((item for item in self._items.values() if not item.isHidden()), None)
        if first is not None and self.search.text().strip():
            self._toggle(first)

    def _toggle(self, item: QTreeWidgetItem) -> None:
        key = item.data(0, KEY)
        if key:
            self.toggled.emit(key, key not in self._checked)

    def _changed(self, item: QTreeWidgetItem) -> None:
        if self._filling:
            return
        key = item.data(0, KEY)
        wanted = item.checkState(0) is Qt.CheckState.Checked
        if key and wanted != (key in self._checked):
            self.toggled.emit(key, wanted)
            self._filling = True
            item.setCheckState(0, Qt.CheckState.Checked if key in self._checked else Qt.CheckState.Unchecked)
            self._filling = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is self.search and event.key() == Qt.Key.Key_Down:
                self.tree.setFocus(Qt.FocusReason.OtherFocusReason)
                first = next((item for item in self._items.values() if not item.isHidden()), None)
                if first is not None and self.search.text().strip():
                    self.tree.setCurrentItem(first)
                return True
            item = self.tree.currentItem()
            if watched is self.tree and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
                self._toggle(item)
                return True
        return super().eventFilter(watched, event)
