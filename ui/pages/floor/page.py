"""The room seen from above: air by height, leaks with metres, power, alarms; what has no place is listed. Asks for no act."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QShowEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.messages import DeviceInfo, RackInfo
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.models.floorplan import Band, Plan, band_range
from ui.models.room import RoomModel
from ui.models.shown import figure
from ui.pages.floor.layout import Layers
from ui.pages.floor.legend import WIDE, FloorLegend
from ui.pages.floor.view import STEP, FloorView
from ui.pages.floor.words import title_of
from ui.pages.page import Page
from ui.widgets.elided import ElidedLine
from ui.widgets.pastbutton import PastButton

if TYPE_CHECKING:
    from ui.link import Link

LAYERS = (("temperature", N_("Temperature")), ("leak", N_("Leaks")), ("power", N_("Power")), ("alarms", N_("Alarms")))
KEYS = N_("Arrows: racks and devices · Space: sensors of a rack · Page: one by one · Enter: open · + − 0: zoom · Ctrl and arrows: shift")
BANDS = {Band.FLOOR: N_("Near the floor"), Band.MIDDLE: N_("Middle"), Band.TOP: N_("Top")}


class FloorPage(Page):
    """The plan, its layers, its legend. The layers stay as they were while the program runs."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self._dirty = True
        self.view = FloorView(model)
        self.legend = FloorLegend()
        self._title = ElidedLine(size=theme.TITLE, bold=True)
        self.buttons = {name: QPushButton() for name, _ in LAYERS}
        self.band = QComboBox()
        self.nearer, self.farther, self.whole = QPushButton("+"), QPushButton("−"), QPushButton()
        self.past = PastButton()
        self.notes, self.keys = ElidedLine(), ElidedLine(size=theme.SMALL, colour="text_dim")
        self._unplaced_title = ElidedLine(bold=True)
        self._tags: frozenset[str] = frozenset()
        self.unplaced, self._lines = QListView(), QStandardItemModel(self)
        self.unplaced.setModel(self._lines)
        self.unplaced.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._unplaced_title.hide()
        self.unplaced.hide()
        self._lay_out()
        for name, button in self.buttons.items():
            button.setCheckable(True)
            button.setChecked(bool(getattr(self.view.layers, name)))
            button.toggled.connect(self._layers_changed)
        self.band.currentIndexChanged.connect(self._layers_changed)
        self.nearer.clicked.connect(lambda: self.view.zoom_by(STEP))
        self.farther.clicked.connect(lambda: self.view.zoom_by(1 / STEP))
        self.whole.clicked.connect(self.view.whole)
        self.past.clicked.connect(lambda: self.openPast.emit(None))
        self.view.rackChosen.connect(self.openRack)
        self.view.deviceChosen.connect(self.openDevice)
        self.view.pointChosen.connect(self.openPoint)
        self.view.legendChanged.connect(self._tell)
        self.unplaced.activated.connect(self._open_unplaced)
        self.unplaced.clicked.connect(self._open_unplaced)
        model.replaced.connect(self._rebuild)
        model.changed.connect(self._live_changed)
        model.alarmsChanged.connect(self._alarms_changed)
        model.connectedChanged.connect(lambda _: self._live_changed(None))
        model.stationChanged.connect(self._tags_changed)
        theme.changes.themeChanged.connect(self.retranslate)
        self.setFocusProxy(self.view)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._title)
        head.addSpacing(theme.GAP)
        head.addWidget(self.keys, 1)
        for button in self.buttons.values():
            head.addWidget(button)
        head.addWidget(self.band)
        head.addSpacing(theme.GAP)
        for button in (self.farther, self.nearer, self.whole, self.past):
            head.addWidget(button)
        self.band.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.nearer.setFixedWidth(36)
        self.farther.setFixedWidth(36)
        side = QVBoxLayout()
        side.setSpacing(theme.GAP - 2)
        side.addWidget(self.legend)
        side.addWidget(self._unplaced_title)
        side.addWidget(self.unplaced, 1)
        side.addStretch()
        for widget in (self._unplaced_title, self.unplaced):
            widget.setFixedWidth(WIDE)
        self.unplaced.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.unplaced.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QHBoxLayout()
        body.setSpacing(theme.GAP)
        body.addWidget(self.view, 1)
        body.addLayout(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP // 2, theme.GAP, theme.GAP)
        layout.setSpacing(theme.GAP - 2)
        layout.addLayout(head)
        layout.addLayout(body, 1)
        layout.addWidget(self.notes)

    def show_device(self, device: str, key: str) -> None:
        """The frame goes to this point ("" = none) where it has a place, else to the device, else to the rack in which that stands."""
        there = {(thing.kind, thing.id) for thing in self.view.things}
        wanted = [("sensor", key), ("device", device), ("rack", self._model.rack_of(device))]
        place = next((one for one in wanted if one in there), None)
        if place is not None:
            self.view.setFocus()
            self.view.choose(*place)

    def point(self) -> str:
        """The point under the mouse, else of what the keyboard stands on."""
        return self.view.point_key()

    def retranslate(self) -> None:
        """The words in the language in force, the colours of the theme in force."""
        for name, words in LAYERS:
            self.buttons[name].setText(tr(words))
            self.buttons[name].setToolTip(tr("Show or hide this layer"))
        self.keys.set_text(tr(KEYS))
        self.whole.setText(tr("Whole floor"))
        self.past.retranslate()
        self.nearer.setToolTip(tr("Zoom in (+)"))
        self.farther.setToolTip(tr("Zoom out (-)"))
        self.whole.setToolTip(tr("Show the whole floor (0)"))
        for button in (self.nearer, self.farther):
            button.setAccessibleName(button.toolTip())
        self.unplaced.setAccessibleName(tr("Not placed"))
        self.band.setAccessibleName(tr("Height"))
        self._fill_bands()
        self._dirty = True
        self._rebuild()

    # what the model says

    def _rebuild(self) -> None:
        self._dirty = not self.isVisible()
        if self._dirty:
            return
        self.view.rebuild()
        self._tell()

    def _live_changed(self, keys: frozenset[str] | None) -> None:
        if self.isVisible():
            self.view.refresh(keys)

    def _tags_changed(self) -> None:
        if self._hanging() != self._tags:
            self.view.update()
            self._tell()

    def _hanging(self) -> frozenset[str]:
        return frozenset(tag.id for tag in self._model.station.duty.tags) if self._model.station is not None else frozenset()

    def _alarms_changed(self, _ids: frozenset[str]) -> None:
        self._live_changed(None)
        if self.isVisible():
            self._fill_unplaced(self.view.plan)

    def _layers_changed(self) -> None:
        chosen = self.band.currentData()
        self.band.setEnabled(self.buttons["temperature"].isChecked())
        on = {name: button.isChecked() for name, button in self.buttons.items()}
        self.view.set_layers(Layers(**on, band=Band(chosen) if chosen else None))

    # words

    def _fill_bands(self) -> None:
        chosen = self.band.currentIndex()
        self.band.blockSignals(True)
        self.band.clear()
        self.band.addItem(tr("Height with most sensors"), "")
        for band, words in BANDS.items():
            self.band.addItem(f"{tr(words)} {_range_text(band)}", band.value)
        self.band.setCurrentIndex(max(0, chosen))
        self.band.blockSignals(False)

    def _tell(self) -> None:
        plan = self.view.plan
        rope = plan is not None and any(len(one.device.path) > 1 for one in plan.devices)
        scale = self.view.scale if plan is not None and plan.sensors else None
        self._tags = self._hanging()
        self.legend.tell(self.view.layers, scale, self.view.ceiling, rope=rope, marks=self.view.marks, tags=bool(self._tags))
        room = self._model.room
        self._title.set_text(f"{tr('Floor')} · {pick(room.names)}" if room is not None else tr("Floor"))
        notes = self._lacks(plan) + self._heights(plan) if plan is not None else []
        self.notes.set_text(" · ".join(notes))
        self._fill_unplaced(plan)

    def _lacks(self, plan: Plan) -> list[str]:
        lines = []
        if not plan.sized:
            lines.append(tr("The room file gives no size of the room: only what is known is drawn"))
        if not plan.racks:
            lines.append(tr("The room file places no rack"))
        if plan.askew:
            lines.append(tr("{n} racks stand askew: no temperature field beside them", n=plan.askew))
        words = self.view.words
        bare = sum(not (words is not None and words.power_keys(shape.id)) for shape in plan.racks)
        if self.view.layers.power and bare:
            lines.append(tr("{n} racks not metered", n=bare))
        ropes = [one for one in plan.devices if words is not None and words.is_leak(one.device) and words.locates(one.device)]
        without = [pick(one.device.names) for one in ropes if len(one.device.path) < 2]
        if without:
            lines.append(tr("No path of the rope in the room file: {names}", names=", ".join(without)))
        return lines

    def _heights(self, plan: Plan) -> list[str]:
        """Which of the sensors of aisles are in the picture; a height without any says so."""
        if not self.view.layers.temperature:
            return []
        every = sum(len(aisle.sensors) for aisle in plan.aisles)
        shown = sum(len(aisle.of_band(self.view.layers.band)) for aisle in plan.aisles)
        if not every:
            return [tr("No air sensor hangs in an aisle")]
        if not shown:
            return [tr("No sensor at this height")]
        return [tr("Other heights: {n} of {all} aisle sensors not shown", n=every - shown, all=every)] if shown < every else []

    # what has no place

    def _fill_unplaced(self, plan: Plan | None) -> None:
        things = plan.unplaced if plan is not None else ()
        lines = sorted(((self._level(thing), title_of(thing), thing) for thing in things), key=lambda one: (one[0] or 9, one[1]))
        told = [(f"{level_name(level)} · {title}" if level else title, thing) for level, title, thing in lines]
        if [self._lines.item(row).text() for row in range(self._lines.rowCount())] != [text for text, _ in told]:
            self._lines.clear()
            for text, thing in told:
                item = QStandardItem(text)
                item.setToolTip(text)
                item.setData(("rack" if isinstance(thing, RackInfo) else "device", thing.id), Qt.ItemDataRole.UserRole)
                self._lines.appendRow(item)
        self.unplaced.setMinimumHeight(60)
        self.unplaced.setMaximumHeight(max(1, len(told)) * (self.unplaced.sizeHintForRow(0) + 1) + 6)
        self._unplaced_title.set_text(tr("Not placed: {n}", n=len(told)))
        self._unplaced_title.setVisible(bool(told))
        self.unplaced.setVisible(bool(told))

    def _level(self, thing: RackInfo | DeviceInfo) -> int:
        alarm = self._model.worst((thing.id,)) if isinstance(thing, DeviceInfo) else None
        return alarm.level if alarm is not None else 0

    def _open_unplaced(self, index: QModelIndex) -> None:
        kind, name = index.data(Qt.ItemDataRole.UserRole)
        (self.openRack if kind == "rack" else self.openDevice).emit(name)

    # the window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self._rebuild()
        else:  # everything still has its place: only what it says may be another thing now
            self._alarms_changed(frozenset())


def _range_text(band: Band) -> str:
    low, high = band_range(band)
    if low == float("-inf"):
        return tr("below {z} m", z=figure(high, 2))
    if high == float("inf"):
        return tr("above {z} m", z=figure(low, 2))
    return tr("{low} to {high} m", low=figure(low, 2), high=figure(high, 2))
