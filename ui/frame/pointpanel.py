"""A point's details over the page at hand (F4), or the search for one. Lies at the right, never over the alarm bar; not modal."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.devicewatch import DeviceWatch
from ui.models.finding import found_points
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine
from ui.widgets.pointcard import PointCard

if TYPE_CHECKING:
    from ui.link import Link

WIDE = 440
MOST = 60
KEY = Qt.ItemDataRole.UserRole


class PointPanel(QFrame):
    """Stands over `over`, a sibling that it follows. `openPoint` asks for the point's place among the equipment."""

    openTrend = Signal(str)
    openAlarms = Signal(str)
    openPoint = Signal(str)
    openWrite = Signal(str)
    """Somebody wants to write to this point."""
    openService = Signal(str)
    """Somebody works on what this point belongs to."""
    openWire = Signal(str)
    """The frames of this device."""

    def __init__(self, model: RoomModel, link: "Link", over: QWidget) -> None:
        super().__init__(over.parentWidget())
        self._model, self._over = model, over
        self._before: QWidget | None = None
        self.watch = DeviceWatch(model, link, self)
        self.title = ElidedLine(size=theme.TITLE, bold=True)
        self.close_button = QPushButton()
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.found = QTreeWidget()
        self.found.setHeaderHidden(True)
        self.found.setRootIsDecorated(False)
        self.found.setUniformRowHeights(True)
        self.found.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.card = PointCard(model, self.watch, narrow=True)
        self.equipment = QPushButton()
        self.wire = QPushButton()
        self.write = QPushButton()
        self.write.hide()
        self.write.clicked.connect(lambda: self.openWrite.emit(self.card.key))
        self.service = QPushButton()
        self.service.clicked.connect(lambda: self.openService.emit(self.card.key))
        for button in (self.equipment, self.wire):
            self.card.buttons.addWidget(button)
        self._lay_out()
        self.hide()
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.leave)
        self.close_button.clicked.connect(self.leave)
        self.search.textChanged.connect(self._look_for)
        self.search.returnPressed.connect(self._take)
        self.search.installEventFilter(self)
        self.found.itemActivated.connect(lambda item, _: self.show_point(str(item.data(0, KEY))))
        self.found.itemClicked.connect(lambda item, _: self.show_point(str(item.data(0, KEY))))
        self.equipment.clicked.connect(lambda: self._go(self.openPoint, self.card.key))
        self.wire.clicked.connect(lambda: self._go(self.openWire, model.points[self.card.key].device))
        self.card.openTrend.connect(lambda key: self._go(self.openTrend, key))
        self.card.openAlarms.connect(lambda alarm: self._go(self.openAlarms, alarm))
        self.watch.changed.connect(self._refresh)
        model.beat.connect(self._refresh)
        model.connectedChanged.connect(lambda _: self._refresh())
        model.replaced.connect(self._refresh)
        over.installEventFilter(self)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self._entitle()
        self.close_button.setText(tr("Close (F4)"))
        self.search.setPlaceholderText(tr("Which point? Type a name, a device, a rack"))
        self.search.setAccessibleName(tr("Search points"))
        self.found.setAccessibleName(tr("Points found"))
        self.equipment.setText(tr("In equipment"))
        self.equipment.setToolTip(tr("Open in equipment"))
        self.write.setText(tr("Set value…"))
        self.write.setToolTip(tr("Write a value to the device, with a reason"))
        self.service.setText(tr("Out of service…"))
        self.service.setToolTip(tr("While somebody works on it: all its alarms are quiet, for a time, and recorded"))
        self.wire.setText(tr("On the wire"))
        self.wire.setToolTip(tr("The frames of this device on its line, as they come"))
        self.card.retranslate()
        self._look_for()

    def toggle(self, key: str) -> None:
        """F4: this point ("" = ask which); or away, when it stands here already."""
        if self.isVisible():
            self.leave()
            return
        self._before = self.window().focusWidget()
        self._place()
        self.show()
        self.raise_()
        if key in self._model.points:
            self.show_point(key)
        else:
            self.ask()

    def ask(self) -> None:
        """Which point?"""
        self.card.hide()
        self.service.hide()
        self.watch.look_at("")
        self.search.clear()
        self._look_for()
        self.found.show()
        self.search.setFocus()

    def show_point(self, key: str) -> None:
        """Its details."""
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.found.hide()
        self.card.show_point(key)
        self.card.show()
        self.service.show()
        self.watch.look_at(self._model.points[key].device)
        self._offer()
        self.card.trend.setFocus()

    def leave(self) -> None:
        """Away, back to where the keyboard was."""
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self._before = None

    def _go(self, way: SignalInstance, argument: str) -> None:
        self.hide()
        self._before = None
        way.emit(argument)

    def _look_for(self) -> None:
        self.found.clear()
        for key in found_points(self._model, self.search.text(), MOST):
            point = self._model.points[key]
            device = self._model.devices.get(point.device)
            name = f"{pick(device.names) if device else point.device} · {pick(point.names)}"
            item = QTreeWidgetItem([lettering.joined(pick(device.names) if device else point.device, pick(point.names), WIDE - 60)])
            item.setToolTip(0, f"{name}\n{key}")
            item.setData(0, KEY, key)
            self.found.addTopLevelItem(item)
        self._step(0)
        if self.search.text():
            self.card.hide()
            self.service.hide()
            self.found.show()

    def _step(self, step: int) -> None:
        """To the next of what was found, or the one before; 0 = to the first when none is chosen."""
        now = self.found.currentItem()
        row = (self.found.indexOfTopLevelItem(now) if now else 0) + step
        item = self.found.topLevelItem(max(0, min(self.found.topLevelItemCount() - 1, row)))
        if item is not None:
            self.found.setCurrentItem(item)

    def _take(self) -> None:
        item = self.found.currentItem()
        if item is not None and not self.found.isHidden():
            self.show_point(str(item.data(0, KEY)))

    def _entitle(self) -> None:
        """What is of the past says so."""
        past = self._model.past
        self.title.set_text(tr("Point details") if past is None else tr("PAST {time} · not live", time=time_text(past, self._model.zone)))

    def _refresh(self) -> None:
        self._entitle()
        if self.isVisible() and not self.card.isHidden():
            if self.card.key in self._model.points:
                self.card.refresh()
                self._offer()
            else:
                self.ask()

    def _offer(self) -> None:
        """Only a point that may be written by people has the button."""
        detail = self.watch.point(self.card.key)
        self.write.setVisible(detail is not None and detail.write is not None and not detail.write.automatic)

    # where it stands

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.search)
        column.addWidget(self.found, 1)
        column.addWidget(self.card, 1)
        column.addWidget(self.write)
        column.addWidget(self.service)

    def _place(self) -> None:
        box = self._over.geometry()
        wide = min(WIDE, box.width())
        self.setGeometry(QRect(box.right() - wide + 1, box.top(), wide, box.height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follows the page below; Up and Down in the search move through what was found."""
        if watched is self._over and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place()
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self._step(step)
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().page))
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watch.set_looking(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watch.set_looking(False)
