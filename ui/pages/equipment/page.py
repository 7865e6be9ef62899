"""Equipment: lines, devices, points as a tree; a device with its counters, raw values and registers; a point in full. Asks for no act."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.model.readings import Quality
from cityops_desktop.sentences import QUALITIES
from cityops_desktop.texts import tr
from ui import theme
from ui.models.devicewatch import DeviceWatch
from ui.models.logcontext import LogContext, about, device_link, point_link
from ui.models.room import RoomModel
from ui.pages.equipment.cells import Cells, EquipmentView, PointsView
from ui.pages.equipment.devicehead import DeviceHead
from ui.pages.equipment.identity import IdentityLine
from ui.pages.equipment.picture import DevicePicture
from ui.pages.equipment.points import TITLES, Column, PointTable
from ui.pages.equipment.roles import KEY_ROLE, NODE_ROLE
from ui.pages.equipment.tree import BRANCHES, Branch, EquipmentFilter, EquipmentTree, Node, Sort
from ui.pages.page import Page
from ui.widgets import lettering
from ui.widgets.pointcard import PointCard
from ui.widgets.servicebutton import ServiceButton

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

ROW = 26
TREE = 392
CARD = 236
STATE = 114
WIDTHS = {Column.VALUE: 96, Column.AGE: 76, Column.RAW: 84, Column.REGISTER: 100, Column.PERIOD: 50, Column.LIMITS: 112}


class EquipmentPage(Page):
    """`show_device` and `show_point` bring one of them into sight."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self.watch = DeviceWatch(model, link, self)
        self.tree = EquipmentTree(model, self)
        self.shown = EquipmentFilter(self.tree, self)
        self.table = PointTable(model, self.watch, self)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.only_wrong = QCheckBox()
        self.branches = EquipmentView(lambda: not model.connected)
        self.view = PointsView()
        self.head = DeviceHead(model, self.watch)
        self.identity = IdentityLine(model, self.watch, acts)
        self.service = ServiceButton(model, link, acts)
        self.card = PointCard(model, self.watch, narrow=False)
        self.picture = DevicePicture(model, self.watch, link)
        self.hint = QLabel(self.view)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._changed: set[str] = set()
        self._dirty = True
        self._filtering = False
        self._built: tuple[str, str] | None = None
        self._set_up_tree()
        self._set_up_table()
        self._lay_out()
        self.setFocusProxy(self.branches)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._take_first)
        self.only_wrong.toggled.connect(self._filter)
        # a click makes a row the current one first and selects it then, a key the other way round
        self.branches.selectionModel().currentChanged.connect(self._chosen)
        self.branches.selectionModel().selectionChanged.connect(self._chosen)
        self.view.selectionModel().currentRowChanged.connect(lambda now, _before: self._point_chosen(now.data(KEY_ROLE) or ""))
        self.view.doubleClicked.connect(lambda index: self.openTrend.emit(index.data(KEY_ROLE)))
        self.card.openTrend.connect(self.openTrend)
        self.card.openAlarms.connect(self.openAlarms)
        self.watch.changed.connect(self._answered)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._find)
        model.replaced.connect(self._replaced)
        model.changed.connect(lambda keys: self._changed.update(keys))  # not the method of this one set: each tick makes another
        model.connectedChanged.connect(lambda _: self._tick())
        model.beat.connect(self._tick)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force, the colours of the theme in force."""
        self.search.setPlaceholderText(tr("Search  Ctrl+F"))
        self.only_wrong.setText(tr("Only what is not in order"))
        for widget, words in (
            (self.search, tr("Search equipment and points")),
            (self.branches, tr("Lines, devices and points")),
            (self.view, tr("Points of the device")),
        ):
            widget.setAccessibleName(words)
        self.card.retranslate()
        self._fit()
        self._built = None
        self._replaced()

    def point(self) -> str:
        """The selected row's."""
        return self.card.key

    def log_context(self) -> LogContext:
        """The selected point, else the device that is shown."""
        point = point_link(self._model, self.point())
        return about(point or device_link(self._model, self.watch.device))

    def show_device(self, device: str) -> None:
        """This device, with nothing filtered away."""
        if device in self._model.devices:
            self._bring(device)
            self.branches.setFocus()

    def show_point(self, key: str) -> None:
        """The device of this point, with its row selected."""
        point = self._model.points.get(key)
        if point is not None:
            self._bring(point.device)
            self._select(key)
            self.view.setFocus()

    # building

    def _set_up_tree(self) -> None:
        view = self.branches
        view.setModel(self.shown)
        view.setItemDelegate(Cells(view, lambda: not self._model.connected))
        view.setUniformRowHeights(True)
        view.setIndentation(16)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setDragEnabled(True)
        view.setAllColumnsShowFocus(True)
        header = view.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(Branch.NAME, QHeaderView.ResizeMode.Stretch)

    def _set_up_table(self) -> None:
        view = self.view
        view.setModel(self.table)
        view.setItemDelegate(Cells(view, lambda: not self._model.connected))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setDragEnabled(True)
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(ROW)
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)

    def _lay_out(self) -> None:
        left, right = QWidget(), QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.search, self.only_wrong, self.branches):
            column.addWidget(widget)
        facts = QWidget()
        beside = QHBoxLayout(facts)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(theme.GAP)
        beside.addWidget(self.card, 1)
        beside.addWidget(self.picture)
        lower = QSplitter(Qt.Orientation.Vertical)
        lower.setChildrenCollapsible(False)
        lower.addWidget(self.view)
        lower.addWidget(facts)
        lower.setStretchFactor(0, 1)
        lower.setStretchFactor(1, 1)
        lower.setSizes([CARD, CARD])
        self.view.setMinimumSize(QSize(200, 120))
        self.card.setMinimumHeight(CARD)
        side = QVBoxLayout(right)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(6)
        side.addWidget(self.head)
        who = QHBoxLayout()
        who.setSpacing(theme.GAP)
        who.addWidget(self.identity, 1)
        who.addWidget(self.service.words)
        who.addWidget(self.service)
        side.addLayout(who)
        side.addWidget(lower, 1)
        left.setFixedWidth(TREE)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        whole.setSpacing(theme.GAP)
        whole.addWidget(left)
        whole.addWidget(right, 1)

    def _fit(self) -> None:
        """Columns as wide as their usual words and their titles need."""
        self.branches.setColumnWidth(Branch.STATE, STATE)
        self.branches.setColumnWidth(Branch.UNKNOWN, lettering.width(tr(BRANCHES[Branch.UNKNOWN])) + 18)
        quality = max(lettering.width(tr(QUALITIES[quality])) for quality in Quality)
        for column, width in {Column.QUALITY: quality + 16, **WIDTHS}.items():
            self.view.setColumnWidth(column, max(width, lettering.width(tr(TITLES[column])) + 18))

    # what the model says

    def _replaced(self) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        self._dirty = False
        room = self._model.room
        version = (room.id, room.version) if room else None
        if version == self._built:
            self._tick()
            return
        self._built = version
        self._rebuild()

    def _rebuild(self) -> None:
        """The room, or the language, is another one: what was chosen and open stays so."""
        device, point = self.watch.device, self.card.key
        closed = {node.id for node in self._nodes(Sort.BUS) if not self.branches.isExpanded(self.shown.mapFromSource(self._place(node)))}
        self._changed.clear()
        self.tree.rebuild()
        for row in range(self.shown.rowCount()):
            index = self.shown.index(row, 0)
            self.branches.setExpanded(index, index.data(NODE_ROLE).id not in closed)
        chosen = device if device in self._model.devices else next(iter(self._model.devices), "")
        self._show(chosen)
        self._go_to(chosen)
        self._select(point)

    def _nodes(self, sort: Sort) -> list[Node]:
        rows = (self.tree.index(row, 0) for row in range(self.tree.rowCount()))
        return [node for row in rows if (node := self.tree.node(row)) is not None and node.sort is sort]

    def _place(self, node: Node) -> QModelIndex:
        return self.tree.index(node.row, 0)

    def _tick(self) -> None:
        if self.isVisible():
            changed, self._changed = frozenset(self._changed), set()
            self.tree.refresh(changed, self._open_devices())
            if not self._model.connected:
                self._answered()

    def _open_devices(self) -> frozenset[str] | None:
        """Devices whose points may be in sight; None = all of them, because a filter wants to know."""
        if self.only_wrong.isChecked():
            return None
        rows = (node for line in self._nodes(Sort.BUS) for node in line.children)
        return frozenset(node.id for node in rows if self.branches.isExpanded(self.shown.mapFromSource(self.tree.index_of(node.id))))

    def _answered(self) -> None:
        if self.isVisible():
            self.table.refresh()
            self.head.refresh()
            self.identity.refresh(line=bool(self.head.bus))
            self.service.show_subject(f"bus:{self.head.bus}" if self.head.bus else self.watch.device)
            self.card.refresh()
            self.picture.refresh(line=bool(self.head.bus))
            self._tell()

    def _tell(self) -> None:
        """What stands where no point stands."""
        words = ""
        if not self._model.devices:
            words = tr("Waiting for the station") if self._model.room is None else tr("This room has no devices")
        elif not self.table.rowCount():
            words = tr("No points here")
        self.hint.setVisible(bool(words))
        self.hint.setText(words)
        self.hint.adjustSize()
        self.hint.move(12, self.view.horizontalHeader().sizeHint().height() + 10)

    # what a person chooses

    def _chosen(self) -> None:
        now = self.branches.currentIndex()
        node = now.siblingAtColumn(0).data(NODE_ROLE)
        if node is None or self._filtering or not self.branches.selectionModel().isSelected(now):
            return
        if node.sort is Sort.BUS:
            self._show_bus(node)
        elif node.sort is Sort.DEVICE:
            self._show(node.id)
        else:
            self._show(node.parent.id)
            self._select(node.id)

    def _show(self, device: str) -> None:
        if device != self.watch.device or self.table.rowCount() == 0 or self.head.bus:
            self.head.show_bus("")
            self._fit_line(line=False)
            self.shown.kept = device
            self.watch.look_at(device)
            self.table.show_device(device)
            self._select("")
        self._tell()

    def _show_bus(self, node: Node) -> None:
        """The line with all its points; its own figures come with any of its devices."""
        if self.head.bus == node.id:
            return
        self.watch.look_at(node.children[0].id if node.children else "")
        self.head.show_bus(node.id)
        self._fit_line(line=True)
        self.table.show_line(node.id)
        self._select("")
        self._tell()

    def _fit_line(self, *, line: bool) -> None:
        """Raw values and registers are known of one device at a time: of a line's points the card alone tells them."""
        for column in (Column.RAW, Column.REGISTER):
            self.view.setColumnHidden(column, line)

    def _point_chosen(self, key: str) -> None:
        point = self._model.points.get(key)
        if point is not None and self.head.bus:
            self.watch.look_at(point.device)
        self.card.show_point(key)

    def _select(self, key: str) -> None:
        """The row of this point, else the first."""
        row = max(0, self.table.row_of(key))
        if row < self.table.rowCount():
            index = self.table.index(row, 0)
            flags = QItemSelectionModel.SelectionFlag
            self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.view.scrollTo(index)
            self.card.show_point(self.table.key(row))
        else:
            self.card.show_point("")

    def _bring(self, device: str) -> None:
        """Into sight, whatever is filtered."""
        if self._dirty:
            self._replaced()
        if not self.shown.mapFromSource(self.tree.index_of(device)).isValid():
            self.search.clear()
            self.only_wrong.setChecked(False)
        self._show(device)
        self._go_to(device)

    def _go_to(self, id: str) -> None:
        index = self.shown.mapFromSource(self.tree.index_of(id))
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.branches.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.branches.scrollTo(index)

    def _filter(self) -> None:
        self._filtering = True  # Qt makes another row the current one when this one goes: nobody chose that
        self.tree.catch_up()
        self.shown.show_only(self.search.text(), self.only_wrong.isChecked())
        if self.shown.words:
            self.branches.expandAll()
        else:
            self.branches.collapseAll()
            self.branches.expandToDepth(0)
        self._filtering = False
        self._go_to(self.card.key if self.shown.words and self.card.key else self.watch.device)

    def _take_first(self) -> None:
        """The device or point of just this name, else the first row that holds the words itself."""
        self.branches.setFocus()
        exact = self.tree.named(self.search.text())
        if exact:
            self._go_to(exact)
            return
        index = self.shown.index(0, 0)
        while index.isValid():
            node = index.data(NODE_ROLE)
            own = f"{node.names.zh} {node.names.en} {node.id}".casefold()
            if node.sort is Sort.POINT or (node.sort is Sort.DEVICE and all(word in own for word in self.shown.words)):
                self._go_to(node.id)
                return
            index = self.branches.indexBelow(index)

    def _find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    # the window

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape clears the search; Enter on a point opens its trend."""
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            self.branches.setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.view.hasFocus() and self.card.key:
            self.openTrend.emit(self.card.key)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watch.set_looking(True)
        if self._dirty or self._built is None:
            self._replaced()
        else:
            self._tick()
            self._answered()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watch.set_looking(False)
