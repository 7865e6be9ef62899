"""How much of a wire's time its plan takes, device by device, and what one more device would take: a bar. Asks nothing."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.link.wires import BusPlan, PlannedDevice
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.pages.wires.words import device_name, percent
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

BAR = 22
LEAST = 44
"""Px that a device's share needs for its figure to stand in it."""


class LineBar(QWidget):
    """A part for each device, then what one more would take (framed), then what is free. A plan that is too much fills all of it."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._plan: BusPlan | None = None
        self._more: PlannedDevice | None = None
        self._parts: list[tuple[QRect, str]] = []
        self._all = 0
        self._texts: list[Lettering] = []
        self.setFixedHeight(BAR + 20)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def show_plan(self, plan: BusPlan | None, more: PlannedDevice | None) -> None:
        """This plan, with one more device like `more`."""
        self._plan, self._more = plan, more
        self._arrange()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def _arrange(self) -> None:
        self._parts, self._texts, tips = [], [], []
        plan, wide = self._plan, self.width() - 2
        if plan is not None:
            more = self._more.load if self._more else 0.0
            whole = max(1.0, plan.load + more)
            self._all = round(wide / whole)
            at = 0.0
            for n, one in enumerate(plan.devices):
                self._part(at, one.load, whole, wide, ("band", "track")[n % 2], percent(one.load))
                tips.append(f"{device_name(self._model, one.id)}: {percent(one.load)}")
                at += one.load
            if self._more is not None:
                self._part(at, more, whole, wide, "", f"+{percent(more)}")
            self._legend(plan, more)
        tip = "\n".join([*(one.text for one in self._texts[-2:]), *tips])
        if tip != self.toolTip():
            self.setToolTip(tip)
            self.setAccessibleName(tip.replace("\n", "; "))
        self.update()

    def _part(self, at: float, share: float, whole: float, wide: int, colour: str, figure: str) -> None:
        left, right = (1 + round(wide * place / whole) for place in (at, at + share))
        box = QRect(left, 1, right - left, BAR - 2)
        self._parts.append((box, colour))
        if box.width() >= max(LEAST, lettering.width(figure, theme.SMALL) + 8):
            middle = lettering.width(figure, theme.SMALL)
            place = QRect(box.left() + (box.width() - middle) // 2, box.top(), middle + 2, box.height())
            self._texts.append(fitted(place, figure, theme.SMALL))

    def _legend(self, plan: BusPlan, more: float) -> None:
        used = tr("used {n}", n=percent(plan.load))
        free = 1.0 - plan.load - more
        left = tr("more than there is by {n}", n=percent(-free)) if free < 0 else tr("free {n}", n=percent(free))
        middle = self.width() // 2
        self._texts.append(fitted(QRect(0, BAR + 2, middle, 17), used, theme.SMALL, colour="text_dim"))
        self._texts.append(
            fitted(QRect(middle, BAR + 2, self.width() - middle, 17), left, theme.SMALL, bold=free < 0, colour="text_dim", right=True)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        now = theme.current()
        whole = QRect(0, 0, self.width(), BAR)
        painter.fillRect(whole, QColor(now.panel))
        for box, colour in self._parts:
            if colour:
                painter.fillRect(box, QColor(getattr(now, colour)))
                painter.fillRect(QRect(box.right(), box.top(), 1, box.height()), QColor(now.panel))
            else:
                theme.paint_edge(painter, box, QColor(now.text))
        theme.paint_edge(painter, whole, QColor(now.line))
        if self._parts and self._all < self.width() - 2:
            painter.fillRect(QRect(self._all - 1, 0, 3, BAR), QColor(now.text))  # all the time that there is
        lettering.paint(painter, self._texts)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
