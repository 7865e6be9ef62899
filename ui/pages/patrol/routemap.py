"""The stops of a route upon the plan of the room: numbered in their order, the one at hand marked by its shape. Shows no value."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cityops_desktop.link.duty.patrol import SheetStop
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.floorplan import Plan, plan_of
from ui.models.room import RoomModel
from ui.models.scope import LINE, SMALL, Scope
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

SIDE = 22
"""Px of a stop's disc."""
HERE = 30
"""Px of the square of the stop at hand."""
STEPS = 26
BAND = 6


class RouteMap(QWidget):
    """`stopChosen` tells which stop somebody has clicked. A stop that nobody has placed is named below the plan."""

    stopChosen = Signal(int)

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._room: RoomInfo | None = None
        self._plan: Plan | None = None
        self._scope = Scope()
        self._stops: Sequence[SheetStop] = ()
        self._done: Sequence[bool] = ()
        self._at = -1
        self._spots: dict[int, QRect] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(260, 180)
        theme.changes.themeChanged.connect(self.update)

    def sizeHint(self) -> QSize:
        """Some of the page."""
        return QSize(460, 360)

    def show_route(self, stops: Sequence[SheetStop], at: int = -1, done: Sequence[bool] = ()) -> None:
        """These stops; `at` is the one at hand (-1 = none), `done` which of them have nothing open any more."""
        if self._model.room is not self._room:
            self._room = self._model.room
            self._plan = plan_of(self._room) if self._room is not None else None
        self._stops, self._at, self._done = stops, at, done or [False] * len(stops)
        self._arrange()

    def retranslate(self) -> None:
        """Names in the language in force."""
        self._arrange()

    def _arrange(self) -> None:
        self._spots = {}
        if self._plan is not None:
            self._scope.fit(self._plan.edge, self.width(), self.height() - self._below())
            for number, stop in self._placed():
                assert stop.x is not None and stop.y is not None
                self._spots[number] = self._free(self._scope.px(stop.x, stop.y).toPoint(), HERE if number == self._at else SIDE)
        self.setAccessibleName(tr("The route upon the plan"))
        self.setAccessibleDescription("\n".join(self._words(number) for number in range(len(self._stops))))
        self.setToolTip(self._lost_words())
        self.update()

    def _placed(self) -> Iterator[tuple[int, SheetStop]]:
        """The one at hand first: it has the place."""
        numbers = sorted(range(len(self._stops)), key=lambda number: number != self._at)
        yield from ((n, self._stops[n]) for n in numbers if self._stops[n].x is not None and self._stops[n].y is not None)

    def _free(self, at: QPoint, side: int) -> QRect:
        """At its spot, or the nearest place beside it where no other stop is."""
        inside = QRect(1, 1, self.width() - 2, self.height() - self._below() - 2)
        for step in range(STEPS):
            far = step * 12
            for across, down in ((0, 0),) if not step else ((far, 0), (-far, 0), (0, far), (0, -far), (far, far), (-far, -far)):
                rect = QRect(at.x() - side // 2 + across, at.y() - side // 2 + down, side, side)
                if inside.contains(rect) and not any(rect.adjusted(-2, -2, 2, 2).intersects(other) for other in self._spots.values()):
                    return rect
        return QRect()

    def _lost(self) -> list[int]:
        return [number for number, one in enumerate(self._stops) if self._plan is None or one.x is None or one.y is None]

    def _lost_words(self) -> str:
        lost = self._lost()
        return tr("Not on the plan: {stops}", stops=", ".join(self._name(number) for number in lost)) if lost else ""

    def _below(self) -> int:
        return LINE + 6 if self._lost() else 0

    def _name(self, number: int) -> str:
        return f"{number + 1} {pick(self._stops[number].stop.name)}"

    def _words(self, number: int) -> str:
        if number == self._at:
            return tr("{stop}: here", stop=self._name(number))
        return tr("{stop}: done", stop=self._name(number)) if self._done[number] else self._name(number)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything has another place."""
        super().resizeEvent(event)
        self._arrange()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A stop was clicked."""
        for number, rect in self._spots.items():
            if rect.contains(event.position().toPoint()):
                self.stopChosen.emit(number)

    def event(self, event: QEvent) -> bool:
        """A stop says its name."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            under = next((number for number, rect in self._spots.items() if rect.contains(event.pos())), None)
            if under is not None:
                QToolTip.showText(event.globalPos(), self._words(under), self)
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The walls and what stands there, the way from stop to stop, the stops."""
        painter = QPainter(self)
        now = theme.current()
        painter.fillRect(self.rect(), QColor(now.page))
        if self._plan is not None:
            self._paint_room(painter, self._plan)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = [QPointF(self._spots[n].center()) for n in range(len(self._stops)) if n in self._spots]
        painter.setPen(QPen(QColor(now.accent), 2, Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF(line))
        for number, rect in self._spots.items():
            self._paint_stop(painter, number, QRectF(rect))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        lettering.paint(painter, self._letterings())
        painter.end()

    def _paint_room(self, painter: QPainter, plan: Plan) -> None:
        now = theme.current()
        painter.fillRect(self._scope.rect(plan.edge), QColor(now.panel))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(now.line), 2))
        for box in (plan.edge, *(box for _, box in plan.areas)):
            painter.drawRect(self._scope.rect(box))
        painter.setBrush(QColor(now.track))
        painter.setPen(QPen(QColor(now.line), 1))
        for shape in plan.racks:
            painter.drawPolygon(QPolygonF([self._scope.px(*corner) for corner in shape.corners]))
        for one in plan.devices:
            if one.box is not None:
                painter.drawRect(self._scope.rect(one.box))

    def _paint_stop(self, painter: QPainter, number: int, rect: QRectF) -> None:
        """A disc; a filled one has nothing open any more; the one at hand is a square upon its corner, filled, with a frame."""
        now = theme.current()
        if number == self._at:
            middle = rect.center()
            half = rect.width() / 2
            corners = [QPointF(middle.x(), rect.top()), QPointF(rect.right(), middle.y())]
            corners += [QPointF(middle.x(), rect.bottom()), QPointF(rect.left(), middle.y())]
            painter.setPen(QPen(QColor(now.text), 2))
            painter.setBrush(QColor(now.accent))
            painter.drawPolygon(QPolygonF([middle + (corner - middle) * (1 + 3 / half) for corner in corners]))
            return
        painter.setPen(QPen(QColor(now.text), 1.5))
        painter.setBrush(QColor(now.selection if self._done[number] else now.panel))
        painter.drawEllipse(rect.adjusted(1, 1, -1, -1))

    def _letterings(self) -> list[Lettering]:
        told: list[Lettering] = []
        for number, rect in self._spots.items():
            text, here = str(number + 1), number == self._at
            if not rect.isValid():
                continue
            wide = lettering.width(text, SMALL, bold=True) + 1
            place = QRect(rect.center().x() - wide // 2 + 1, rect.center().y() - LINE // 2 + 1, wide, LINE)
            told.append(Lettering(place, text, SMALL, bold=True, colour="on_accent" if here else "text"))
        if self._lost() and self._stops:
            place = QRect(BAND, self.height() - LINE - 3, self.width() - 2 * BAND, LINE)
            told.append(lettering.fitted(place, self._lost_words(), SMALL, colour="text_dim"))
        return told

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())
