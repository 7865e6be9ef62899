"""A wire's head: its name and state, where it hangs, how it is used, what was counted on it. Four lines of fixed places; asks nothing."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.link.wires import WireDetail
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.devicewords import settings_text
from ui.models.room import RoomModel
from ui.pages.wires.words import counters_text, state_text, use_text
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

ROW = 20


class WireHead(QWidget):
    """`old` = what it says is not the state of the world now."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._wire: WireDetail | None = None
        self._old = False
        self._texts: list[Lettering] = []
        self.setFixedHeight(26 + 3 * ROW + 2)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def show_wire(self, wire: WireDetail | None, *, old: bool) -> None:
        """This one."""
        self._wire, self._old = wire, old
        self._arrange()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def _arrange(self) -> None:
        wire = self._wire
        if wire is None:
            self._texts = []
            self.setToolTip("")
            self.setAccessibleName("")
            self.update()
            return
        bus, wide = wire.bus, self.width()
        name = pick(bus.info.names)
        state = tr("no station: these figures are old") if self._old else state_text(wire)
        bold = self._old or bus.state == "down" or bool(bus.silent_devices)
        room = min(lettering.width(state, bold=bold) + 6, wide * 2 // 3)
        place = " · ".join(one for one in (bus.info.id, bus.info.driver, bus.info.resource, settings_text(bus.settings)) if one)
        lines = [place, use_text(self._model, wire), counters_text(bus.counters)]
        texts = [
            fitted(QRect(0, 0, wide - room - 10, 24), name, theme.TITLE, True),
            fitted(QRect(wide - room, 0, room, 24), state, bold=bold, right=True),
            *(fitted(QRect(0, 26 + n * ROW, wide, ROW), line) for n, line in enumerate(lines)),
        ]
        tip = "\n".join([name, state, *lines])
        if tip != self.toolTip():
            self.setToolTip(tip)
            self.setAccessibleName(tip.replace("\n", "; "))
        if texts != self._texts:
            self._texts = texts
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._old and self._texts:
            theme.paint_stale(painter, QRect(0, 26 + ROW, self.width(), 2 * ROW))
        lettering.paint(painter, self._texts)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
