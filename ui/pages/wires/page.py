"""Wires: every line of the room with its state and load, the plan by which it is read, its frames, the counters of its devices.

Shows what the station tells; sends nothing on any wire. What nobody looks at is not asked for.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.wires import BusPlan, WireDetail, WiresInfo
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.pages.page import Page
from ui.pages.wires import words
from ui.pages.wires.frames import FramesTab
from ui.pages.wires.linebar import LineBar
from ui.pages.wires.wirehead import WireHead
from ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from ui.link import Link

LEFT = 320
PLAN_EVERY = 10
"""Beats after which the plan is asked for again: a wire teaches something now and then."""
COUNTERS_WIDEST = 200


class WiresPage(Page):
    """`show_device` and `show_line` bring frames into sight."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self.wires: dict[str, WireDetail] = {}
        self.plan: BusPlan | None = None
        self.lost = False
        self._bus = ""
        self._asking = self._planning = False
        self._beats = 0
        self.list = Sheet("wires")
        self.hint = QLabel(self.list)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.head = WireHead(model)
        self.tabs = QTabWidget()
        self.bar = LineBar(model)
        self.requests, self.counters = Sheet("plan"), Sheet("counters")
        self.plan_words, self.more_words = QLabel(), QLabel()
        self.frames = FramesTab(model, link)
        self._lay_out()
        self.setFocusProxy(self.list)
        self.list.chosen.connect(self._chosen)
        self.requests.chosen.connect(self._show_more)
        self.tabs.currentChanged.connect(lambda _: self._look())
        model.beat.connect(self._beat)
        model.connectedChanged.connect(lambda _: self._look())
        model.replaced.connect(self._replaced)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force, the colours of the theme in force."""
        for n, title in enumerate((tr("Plan"), tr("Frames"), tr("Counters"))):
            self.tabs.setTabText(n, title)
        self.list.setAccessibleName(tr("Lines"))
        self.requests.setAccessibleName(tr("Questions of the plan"))
        self.counters.setAccessibleName(tr("Counters of the devices"))
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("About this line"))
        self.frames.retranslate()
        self._show()
        self._show_plan()

    def show_device(self, device: str) -> None:
        """The frames of this device, as they come."""
        found = self._model.devices.get(device)
        if found is not None:
            self._bus = found.bus
            self.tabs.setCurrentWidget(self.frames)
            self.frames.show_wire(found.bus)
            self.frames.show_device(device)
            self.list.choose(found.bus)
            self._show()
            self._look()

    def show_line(self, bus: str) -> None:
        """The frames of this line, as they come."""
        if bus in self._model.buses:
            self._bus = bus
            self.tabs.setCurrentWidget(self.frames)
            self.frames.show_wire(bus)
            self.frames.show_device("")
            self.list.choose(bus)
            self._show()
            self._look()

    # the look

    def _lay_out(self) -> None:
        plan = QWidget()
        column = QVBoxLayout(plan)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for label, lines in ((self.plan_words, 3), (self.more_words, 2)):
            label.setWordWrap(True)
            label.setMinimumHeight(label.fontMetrics().height() * lines + 4)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.plan_words)
        column.addWidget(self.bar)
        column.addWidget(self.requests, 1)
        column.addWidget(self.more_words)
        counted = QWidget()
        inner = QVBoxLayout(counted)
        inner.setContentsMargins(8, 8, 8, 8)
        inner.addWidget(self.counters, 1)
        for tab in (plan, self.frames, counted):
            self.tabs.addTab(tab, "")
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # which its bar follows
        self.tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.setFixedWidth(LEFT)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.head)
        right.addWidget(self.tabs, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        whole.setSpacing(theme.GAP + 4)
        whole.addWidget(self.list)
        whole.addLayout(right, 1)

    # what is asked

    def _beat(self) -> None:
        self._beats += 1
        if self._beats % PLAN_EVERY == 0:
            self._ask_plan()
        self._look()

    def _look(self) -> None:
        """Once a second while the page is seen, and whenever something else is meant."""
        if not self.isVisible():
            return
        if not self._model.connected:
            self._show()
            return
        if not self._asking:
            self._asking = True
            self._link.ask("/api/v1/buses", WiresInfo, self._came)
        if self.plan is None or self.plan.bus != self._bus:
            self._ask_plan()
        if self.tabs.currentWidget() is self.frames:
            self.frames.look()

    def _came(self, answer: WiresInfo | CommandResult) -> None:
        self._asking = False
        self.lost = not isinstance(answer, WiresInfo)
        if isinstance(answer, WiresInfo):
            self.wires = {wire.bus.info.id: wire for wire in answer.wires}
        self._show()

    def _ask_plan(self) -> None:
        if self.isVisible() and self._bus and self._model.connected and not self._planning:
            self._planning = True
            self._link.ask(f"/api/v1/buses/{self._bus}/plan", BusPlan, self._planned)

    def _planned(self, answer: BusPlan | CommandResult) -> None:
        self._planning = False
        if not isinstance(answer, BusPlan):
            return
        if answer.bus != self._bus:
            self._ask_plan()
            return
        self.plan = answer
        self._show_plan()

    def _replaced(self) -> None:
        """Another room, perhaps."""
        self.wires = {id: wire for id, wire in self.wires.items() if id in self._model.buses}
        if self._bus not in self._model.buses:
            self._bus, self.plan = "", None
        self._show()
        self._show_plan()
        self._look()

    # what is shown

    def _chosen(self) -> None:
        chosen = self.list.chosen_id()
        if chosen and chosen != self._bus:
            self._bus, self.plan = chosen, None
            self._show()
            self._show_plan()
            self._look()

    def _show(self) -> None:
        old = self.lost or not self._model.connected
        rows = words.wire_rows(self._model, self.wires.values(), old=old)
        self.list.tell(words.wire_titles(), rows)
        if not self._bus and rows:
            self._bus = rows[0].id
        if self.wires and self.list.chosen_id() != self._bus:
            self.list.choose(self._bus)
        wire = self.wires.get(self._bus)
        self.head.show_wire(wire, old=old)
        self.counters.tell(words.counter_titles(), words.counter_rows(self._model, wire, old=old) if wire else [], most=COUNTERS_WIDEST)
        self.frames.show_wire(self._bus)
        self._tell()

    def _tell(self) -> None:
        """What stands where no line stands."""
        waiting = self._model.room is None or not self._model.connected or self._asking
        text = "" if self.wires else tr("Waiting for the station") if waiting else tr("the station does not answer this question")
        self.hint.setVisible(bool(text))
        self.hint.setText(text)
        self.hint.adjustSize()
        self.hint.move(12, self.list.horizontalHeader().sizeHint().height() + 10)

    def _show_plan(self) -> None:
        plan = self.plan
        titles = [tr(title) for title in words.PLAN_TITLES]
        self.requests.tell(titles, words.plan_rows(self._model, plan) if plan else [], wide=words.QUESTION, most=COUNTERS_WIDEST)
        self.plan_words.setText(f"{words.plan_text(plan)}\n{words.bears_text(plan)}" if plan else "")
        self._show_more()

    def _show_more(self) -> None:
        """What one more device like the chosen one would cost."""
        plan = self.plan
        chosen = self.requests.chosen_id().partition("\n")[0]
        more = next((one for one in plan.devices if one.id == chosen), None) if plan else None
        self.bar.show_plan(plan, more)
        self.more_words.setText(words.one_more_text(self._model, plan, more) if plan else "")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()
