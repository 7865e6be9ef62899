"""The single-line picture of the power chain: boxes and the lines between them. Computes nothing, asks nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget

from cityops_desktop.model.chain import Chain
from cityops_desktop.model.power import PowerKind
from cityops_desktop.texts import tr
from ui import theme
from ui.pages.power.box import Box
from ui.pages.power.chain import Group, Speaker
from ui.pages.power.layout import Picture, picture
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

_THIN, _THICK = 1.5, 6.0
_SPREAD = 40


@dataclass(frozen=True, slots=True)
class _Line:
    """A line from a source to what it can feed: solid with a weight, dashed (nothing flows) or dotted (not known)."""

    points: tuple[QPointF, ...]
    style: Qt.PenStyle
    weight: float
    word: str = ""


class OneLine(QWidget):
    """`opened` and `trendWanted` tell the id of the box."""

    opened = Signal(str)
    trendWanted = Signal(str)
    reached = Signal(QWidget)
    """A box that the arrow keys have come to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, Box] = {}
        self._chain: Chain | None = None
        self._groups: Sequence[Group] = ()
        self._picture = Picture({}, (), 0, 0)
        self._lines: list[_Line] = []
        self._texts: list[Lettering] = []
        self._shape: tuple[object, ...] = ()

    def show_chain(self, chain: Chain, groups: Sequence[Group], speaker: Speaker) -> None:
        """The chain of now. Boxes are kept as long as the chain is made of the same parts."""
        self._chain, self._groups = chain, groups
        shape = (tuple((node.id, node.kind, tuple(node.sources)) for node in chain.nodes.values()), tuple(groups))
        if shape != self._shape:
            self._shape = shape
            self._build(chain, groups)
        for name, box in self.boxes.items():
            if name in chain.nodes:
                battery = chain.nodes[name].kind is PowerKind.BATTERY
                box.say(speaker.battery(name) if battery else speaker.node(name))
        for group in groups:
            self.boxes[group.id].say(speaker.group(group))
        self._draw_lines()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def current(self) -> Box | None:
        """The box that a person means: with the focus, else under the mouse."""
        return next((box for meant in (QWidget.hasFocus, QWidget.underMouse) for box in self.boxes.values() if meant(box)), None)

    def focus_first(self) -> bool:
        """The uppermost box takes the keys; False when there is none."""
        first = min(self._picture.places, key=lambda name: (self._picture.places[name].y(), self._picture.places[name].x()), default=None)
        if first is not None:
            self._go_to(first)
        return first is not None

    def choose(self, device: str, key: str) -> None:
        """The box of this point, else of this device, takes the keys."""
        shown = [(name, self.boxes[name].words) for name in self._picture.places]
        found = [name for name, words in shown if key and key in (words.key, *words.keys)]
        found += [name for name, words in shown if device and words.device == device]
        if found:
            self._go_to(found[0])

    def sizeHint(self) -> QSize:
        """What the picture needs."""
        return QSize(self._picture.width, self._picture.height)

    # building

    def _build(self, chain: Chain, groups: Sequence[Group]) -> None:
        for box in self.boxes.values():
            box.hide()
            box.deleteLater()
        self.boxes = {}
        for name, node in chain.nodes.items():
            self._add(name, node.kind)
        for group in groups:
            self._add(group.id, None)
        self._arrange()

    def _add(self, name: str, kind: PowerKind | None) -> None:
        box = Box(kind, self)
        box.opened.connect(lambda: self.opened.emit(name))
        box.trendWanted.connect(lambda: self.trendWanted.emit(name))
        box.moved.connect(lambda x, y: self._step(name, x, y))
        self.boxes[name] = box

    def _arrange(self) -> None:
        if self._chain is None:
            return
        self._picture = picture(self._chain, self._groups, self.width(), self.height())
        ordered = sorted(self._picture.places.items(), key=lambda entry: (entry[1].y(), entry[1].x()))
        before: Box | None = None
        for name, place in ordered:
            box = self.boxes[name]
            box.setGeometry(place)
            box.show()
            if before is not None:
                QWidget.setTabOrder(before, box)
            before = box
        for name, box in self.boxes.items():
            box.setVisible(name in self._picture.places)
        least = picture(self._chain, self._groups, 0, 0)
        self.setMinimumSize(least.width, least.height)
        self._draw_lines()

    def _step(self, name: str, x: int, y: int) -> None:
        """The focus goes along the chain: up to what feeds, down to what is fed, aside to the next in the row."""
        here, places = self._picture.places[name].center(), self._picture.places
        linked = {source if y < 0 else child for source, child in self._picture.links if name == (child if y < 0 else source)}
        beside = [other for other, place in places.items() if other != name and (place.center().x() - here.x()) * x > 0]
        if y:
            choices = [other for other in linked if other in places]
        else:
            choices = [
                other for other in beside if places[other].top() <= here.y() <= places[other].bottom() or self._same_row(name, other)
            ]
        if choices:
            far = {other: (places[other].center() - here).manhattanLength() for other in choices}
            near = [other for other in choices if far[other] < min(far.values()) + 8]
            self._go_to(min(near, key=lambda other: places[other].x()))

    def _go_to(self, name: str) -> None:
        self.boxes[name].setFocus(Qt.FocusReason.OtherFocusReason)
        self.reached.emit(self.boxes[name])

    def _same_row(self, name: str, other: str) -> bool:
        one, two = self._picture.places[name], self._picture.places[other]
        return one.top() <= two.center().y() <= one.bottom()

    # lines

    def _draw_lines(self) -> None:
        if self._chain is None:
            return
        self._lines, self._texts = [], []
        most = max([1.0, *(self._chain.load(node).value or 0.0 for node in self._chain.nodes)])
        fans = {child: [source for source, other in self._picture.links if other == child] for _, child in self._picture.links}
        for source, child in self._picture.links:
            if source in self._picture.places and child in self._picture.places:
                self._add_line(source, child, fans[child], most)
        self.update()

    def _add_line(self, source: str, child: str, fan: list[str], most: float) -> None:
        places = self._picture.places
        above, below = places[source], places[child]
        fan = sorted(fan, key=lambda name: places[name].center().x())
        x = below.center().x() + round((fan.index(source) - (len(fan) - 1) / 2) * 2 * _SPREAD)
        top, low = QPointF(above.center().x(), above.bottom() + 1), QPointF(x, below.top() - 1)
        bend = min((y for place in places.values() if (y := place.top()) > above.bottom()), default=below.top())
        middle = (above.bottom() + bend) / 2 if len(fan) < 2 else above.bottom() + (bend - above.bottom()) * 0.3
        style, weight, word = self._style(source, child, most, choice=len(fan) > 1)
        self._lines.append(_Line((top, QPointF(top.x(), middle), QPointF(low.x(), middle), low), style, weight, word))
        if word:
            wide = lettering.width(word, theme.SMALL) + 2
            left = fan.index(source) < len(fan) / 2
            place = QRect(x - wide - 8 if left else x + 9, below.top() - 19, wide, 16)
            self._texts.append(Lettering(place, word, theme.SMALL, right=left))

    def _style(self, source: str, child: str, most: float, *, choice: bool) -> tuple[Qt.PenStyle, float, str]:
        assert self._chain is not None
        group = next((one for one in self._groups if one.id == child), None)
        line = (source,) if group is not None else self._chain.on_line(child)
        alive = self._chain.energised(source)
        dead = child in self._chain.nodes and self._chain.nodes[child].kind is not PowerKind.UPS and self._chain.energised(child) is False
        if line is None or (source in line and alive is None and not dead):
            return Qt.PenStyle.DotLine, _THIN, tr("not known") if choice else ""
        if source not in line:
            return Qt.PenStyle.DashLine, _THIN, tr("not on the line")
        if alive is False or dead:
            return Qt.PenStyle.DashLine, _THIN, tr("not energised") if choice else ""
        if group is not None:
            parts = [self._chain.feed_load(rack, number).value for rack, number in group.feeds]
            load = None if None in parts else sum(part for part in parts if part is not None)
        else:
            load = self._chain.flow(source, child).value
        weight = 2.0 if load is None else 2.0 + (_THICK - 2.0) * min(1.0, load / most)
        return Qt.PenStyle.SolidLine, weight, f"{load:.1f} kW" if choice and load is not None else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        painter.fillRect(event.rect(), QColor(now.page))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in sorted(self._lines, key=lambda one: one.style is Qt.PenStyle.SolidLine):
            solid = line.style is Qt.PenStyle.SolidLine
            pen = QPen(QColor(now.text if solid else now.text_dim), line.weight, line.style)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(line.points))
            if solid:
                self._paint_arrow(painter, line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        lettering.paint(painter, self._texts)

    def _paint_arrow(self, painter: QPainter, line: _Line) -> None:
        tip, half = line.points[-1], 3.0 + line.weight / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().text))
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(-half, -7), tip + QPointF(half, -7)]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
