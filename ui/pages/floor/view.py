"""The floor of a room as one picture that can be zoomed, walked by keys and pointed at. Shows what its parts tell; asks for no act.

What never changes from second to second is painted once into a pixmap of the screen's own pixels; of the rest only what differs.
"""

from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from cityops_desktop.sentences import level_name
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.floorplan import Plan, Sensor, plan_of
from ui.models.room import RoomModel
from ui.models.scope import Scope
from ui.pages.floor.heat import Scale, scale_of
from ui.pages.floor.heatpicture import HeatPatch
from ui.pages.floor.layout import Layers, Layout, lay_out
from ui.pages.floor.live import FloorLive
from ui.pages.floor.marks import paint_aisle, paint_area, paint_body, paint_edge, paint_rack
from ui.pages.floor.rope import paint_rope
from ui.pages.floor.words import FloorWords
from ui.widgets import carry, lettering
from ui.widgets.lettering import Lettering

STEP = 1.25
"""How much nearer one step of the wheel brings."""
SHIFT = 60
"""Px of one step with Ctrl and an arrow."""
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be chosen: a rack, a device, or an air sensor (by its point's key)."""

    kind: str
    id: str
    rect: QRect


class FloorView(QWidget):
    """`rackChosen`, `deviceChosen` and `pointChosen` tell what somebody clicks or opens with Enter."""

    rackChosen = Signal(str)
    deviceChosen = Signal(str)
    pointChosen = Signal(str)
    legendChanged = Signal()
    """What the legend tells is another: the scale, the full bar, the aisles' heights."""

    def __init__(self, model: RoomModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.layers = Layers()
        self.scope = Scope()
        self.plan: Plan | None = None
        self.words: FloorWords | None = None
        self.scale: Scale = scale_of(None)
        self._made: Layout | None = None
        self._live: FloorLive | None = None
        self._patches: list[HeatPatch] = []
        self._ground = QPixmap()
        self._ropes = QPixmap()
        self._things: list[Thing] = []
        self._chosen: tuple[str, str] | None = None
        self._under: Thing | None = None
        self._pressed: tuple[QPoint, Thing | None] | None = None
        self._last = QPoint()
        self._panned = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)

    # what the page says

    def rebuild(self) -> None:
        """Another room, language or theme: everything anew."""
        room = self._model.room
        self.plan = plan_of(room) if room is not None else None
        self.words = FloorWords(self._model, self.plan) if self.plan is not None else None
        self.scale = scale_of(self.plan)
        self.arrange()

    def set_layers(self, layers: Layers) -> None:
        """Show these."""
        if layers != self.layers:
            self.layers = layers
            self.arrange()

    def refresh(self, keys: frozenset[str] | None = None) -> None:
        """Look at the model again: these points, or all."""
        if self._live is None:
            return
        ceiling = self._live.ceiling
        for rect in self._live.refresh(keys):
            self.update(rect)
        for patch in self._patches:
            if (keys is None or patch.keys & keys) and self._heat(patch):
                self.update(patch.rect)
        if self._live.ceiling != ceiling:
            self.legendChanged.emit()

    def arrange(self) -> None:
        """Everything in its place for the size, the zoom and the layers at hand."""
        self._ground, self._ropes = QPixmap(), QPixmap()
        self._patches = []
        if self.plan is None or self.words is None or self.width() < 10:
            self._made, self._live = None, None
            self.update()
            return
        self.scope.fit(self.plan.edge, self.width(), self.height())
        made = self._made = lay_out(self.plan, self.words, self.scope, self.layers, self.rect())
        self._live = FloorLive(self._model, self.words, made, self.layers, self.scope)
        if self.layers.temperature:
            chosen = [(aisle, aisle.of_band(self.layers.band)) for aisle in self.plan.aisles]
            self._patches = [HeatPatch(aisle, sensors) for aisle, sensors in chosen if sensors]
            for patch in self._patches:
                self._heat(patch)
        self._things = self._all_things(made)
        self.setToolTip(", ".join(made.whole))
        self._tell_focus()
        self.legendChanged.emit()
        self.update()

    @property
    def ceiling(self) -> float:
        """kW of a full bar where no rating is known."""
        return self._live.ceiling if self._live is not None else 0.0

    @property
    def marks(self) -> bool:
        """Are there devices that are drawn as a small square?"""
        return self._made is not None and any(cell.standing.box is None and not cell.water for cell in self._made.devices)

    def _heat(self, patch: HeatPatch) -> bool:
        assert self._live is not None
        if not patch.refresh(self._live.values(sensor.key for sensor in patch.sensors)):
            return False
        patch.place(self.scope, self.scale)
        return True

    # zoom

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Nearer or farther around a place, or the middle."""
        self.scope.zoom_by(factor, at if at is not None else QPointF(self.rect().center()))
        self.arrange()

    def whole(self) -> None:
        """Everything again."""
        self.scope.whole()
        self.arrange()

    def _pan(self, right: float, down: float) -> None:
        self.scope.pan(right, down)
        self.arrange()

    # what is chosen

    @property
    def things(self) -> list[Thing]:
        """Everything that can be chosen, racks first."""
        return list(self._things)

    @property
    def chosen(self) -> Thing | None:
        """What the keyboard stands on."""
        return next((thing for thing in self._things if (thing.kind, thing.id) == self._chosen), None)

    def point_key(self) -> str:
        """The point that is meant: of what the mouse is on, else of what the keyboard stands on."""
        thing = self._under or (self.chosen if self.hasFocus() else None)
        if thing is None or self.words is None:
            return ""
        if thing.kind == "sensor":
            return thing.id
        if thing.kind == "device":
            return self.words.state_key(thing.id)
        sensors = self.words.sensors_of(thing.id)
        return next(iter([sensor.key for sensor in sensors] + self.words.power_keys(thing.id)), "")

    def choose(self, kind: str, name: str, *, bring: bool = True) -> None:
        """Put the frame there, and bring it into sight."""
        before = self.chosen
        self._chosen = (kind, name)
        thing = self.chosen
        if bring and thing is not None and not self.rect().adjusted(4, 4, -4, -4).contains(thing.rect.center()):
            self.scope.show(self.scope.metres(QPointF(thing.rect.center())))
            self.arrange()
        for one in (before, self.chosen):
            if one is not None:
                self.update(one.rect.adjusted(-5, -5, 5, 5))
        self._tell_focus()

    def tip(self, thing: Thing) -> str:
        """All of a thing."""
        if self.words is None or self.plan is None:
            return ""
        if thing.kind == "rack":
            return self.words.rack_tip(thing.id)
        if thing.kind == "device":
            return self.words.device_tip(self._model.devices[thing.id])
        return self.words.sensor_tip(self._sensor(thing.id))

    def _sensor(self, key: str) -> Sensor:
        assert self.plan is not None
        return next(sensor for sensor in self.plan.sensors if sensor.key == key)

    def _all_things(self, made: Layout) -> list[Thing]:
        things = [Thing("rack", cell.shape.id, cell.box) for cell in made.racks]
        things += [Thing("device", cell.standing.device.id, cell.body) for cell in made.devices]
        for chip in made.chips:
            at = QRect(chip.at.x() - 5, chip.at.y() - 5, 11, 11)
            things.append(Thing("sensor", chip.sensor.key, chip.rect if chip.rect.isValid() else at))
        return things

    def _at(self, place: QPoint) -> Thing | None:
        """The smallest thing here: a value lies before its rack."""
        here = [thing for thing in self._things if thing.rect.contains(place)]
        return min(here, key=lambda thing: (thing.kind != "sensor", thing.rect.width() * thing.rect.height()), default=None)

    def _name(self, thing: Thing) -> str:
        if thing.kind == "rack":
            alarm = self.words.rack_alarm(thing.id) if self.words else None
            name = tr("Rack {id}", id=thing.id)
        elif thing.kind == "device":
            alarm = self.words.device_alarm(thing.id) if self.words else None
            name = pick(self._model.devices[thing.id].names)
        else:
            alarm = self._model.worst((thing.id,))
            device = self._model.devices.get(self._model.points[thing.id].device)
            name = pick(device.names) if device else thing.id
        return f"{name} · {level_name(alarm.level)}" if alarm is not None else name

    def _tell_focus(self) -> None:
        """For a reader of the screen: what the frame stands on, and all of it."""
        thing = self.chosen
        name = tr("Floor plan") if thing is None else f"{tr('Floor plan')}: {self._name(thing)}"
        if name != self.accessibleName():
            self.setAccessibleName(name)
            self.setAccessibleDescription("" if thing is None else self.tip(thing))
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    def _open(self, thing: Thing) -> None:
        signal = {"rack": self.rackChosen, "device": self.deviceChosen, "sensor": self.pointChosen}[thing.kind]
        signal.emit(thing.id)

    # paint

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted. What a place with water covers is neither painted nor told."""
        if self._made is None or self._live is None:
            return lettering.told([self._nothing()])
        water = [label for _, label in self._live.water_labels()]
        names = [one for one in self._made.names if self._live.uncovered(one.rect)]
        return lettering.told([*water, *names, *self._live.letterings()])

    def _nothing(self) -> Lettering:
        return lettering.fitted(self.rect().adjusted(20, 20, -20, -20), tr("Waiting for the station"), theme.TITLE, colour="text_dim")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        where = event.rect()
        if self._made is None or self._live is None:
            painter.fillRect(where, QColor(theme.current().page))
            lettering.paint(painter, (self._nothing(),))
            return
        self._paint_still(self._made)
        painter.drawPixmap(0, 0, self._ground)
        for patch in self._patches:
            if patch.rect.intersects(where):
                patch.paint(painter)
        if not self._ropes.isNull():
            painter.drawPixmap(0, 0, self._ropes)
        self._paint_frames(painter)
        self._paint_names(painter, self._made, self._live, where)
        self._live.paint(painter, where)
        self._live.paint_water(painter)

    def _paint_names(self, painter: QPainter, made: Layout, live: FloorLive, where: QRect) -> None:
        names = [one for one in made.names if one.rect.intersects(where) and live.uncovered(one.rect)]
        ground = QColor(theme.current().panel)
        for one in names:
            below = [*(patch.rect for patch in self._patches), *made.taken.lines]
            if any(rect.intersects(one.rect) for rect in below):
                painter.fillRect(one.rect.adjusted(-2, 1, 1, -1), ground)
        lettering.paint(painter, names)

    def _paint_frames(self, painter: QPainter) -> None:
        """Below all texts: the frame of one rack covers no neighbour's name."""
        now = theme.current()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._under is not None:
            painter.setPen(QPen(QColor(now.text_dim), 1))
            painter.drawRect(self._under.rect.adjusted(-1, -1, 0, 0))
        thing = self.chosen
        if thing is not None and self.hasFocus():
            painter.setPen(QPen(QColor(now.panel), 5))
            painter.drawRect(thing.rect.adjusted(-3, -3, 2, 2))
            painter.setPen(QPen(QColor(now.accent), 3))
            painter.drawRect(thing.rect.adjusted(-3, -3, 2, 2))

    def _paint_still(self, made: Layout) -> None:
        """Once for each size and each scaling of the screen: what lies below the colours of the air, and the ropes above them."""
        if not self._ground.isNull() and self._ground.devicePixelRatioF() == self.devicePixelRatioF():
            return
        assert self.plan is not None
        self._ground = self._blank(QColor(theme.current().page))
        painter = QPainter(self._ground)
        self._paint_ground(painter, made)
        painter.end()
        paths = [one.device.path for one in self.plan.devices if len(one.device.path) > 1] if self.layers.leak else []
        self._ropes = self._blank(QColor(Qt.GlobalColor.transparent)) if paths else QPixmap()
        if paths:
            painter = QPainter(self._ropes)
            for path in paths:
                paint_rope(painter, path, self.scope)
            painter.end()

    def _blank(self, colour: QColor) -> QPixmap:
        ratio = self.devicePixelRatioF()
        result = QPixmap(self.size() * ratio)
        result.setDevicePixelRatio(ratio)
        result.fill(colour)
        return result

    def _paint_ground(self, painter: QPainter, made: Layout) -> None:
        assert self.plan is not None
        paint_edge(painter, self.scope.rect(self.plan.edge), known=self.plan.sized)
        for _, box in self.plan.areas:
            paint_area(painter, self.scope.rect(box))
        for aisle in self.plan.aisles:
            paint_aisle(painter, self.scope.rect(aisle.box))
        for cell in made.racks:
            paint_rack(painter, cell)
        for device in made.devices:
            if not (device.water and device.standing.box is None):
                paint_body(painter, device.body, mark=device.standing.box is None)

    # mouse

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            thing = self._at(event.pos())
            if thing is None:
                QToolTip.hideText()
            else:
                text = escape(self.tip(thing)).replace("\n", "<br>")
                QToolTip.showText(event.globalPos(), f"<p style='white-space:pre'>{text}</p>", self, thing.rect)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            place = event.position().toPoint()
            self._pressed, self._last, self._panned = (place, self._at(place)), place, False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self._point_at(self._at(place))
            return
        start, thing = self._pressed
        if not self._panned and not carry.far_enough(start, place):
            return
        if thing is not None and thing.kind == "sensor" and not self._panned:
            self._pressed = None
            carry.carry(self, [thing.id])
            return
        self._panned = True
        self._point_at(None)
        self._pan(place.x() - self._last.x(), place.y() - self._last.y())
        self._last = place

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        thing = self._at(event.position().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton or self._panned:
            return
        if pressed is not None and thing is not None and thing == pressed[1]:
            self.choose(thing.kind, thing.id)
            self._open(thing)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        if steps:
            self.zoom_by(STEP**steps, event.position())
        event.accept()

    def _point_at(self, thing: Thing | None) -> None:
        if thing != self._under:
            for one in (self._under, thing):
                if one is not None:
                    self.update(one.rect.adjusted(-3, -3, 3, 3))
            self._under = thing
            self.setCursor(Qt.CursorShape.PointingHandCursor if thing is not None else Qt.CursorShape.ArrowCursor)

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS and event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            self._pan(-_ARROWS[key][0] * SHIFT, -_ARROWS[key][1] * SHIFT)
        elif key in _ARROWS:
            self._step(*_ARROWS[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(STEP)
        elif key is Qt.Key.Key_Minus:
            self.zoom_by(1 / STEP)
        elif key is Qt.Key.Key_0:
            self.whole()
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._turn(1 if key is Qt.Key.Key_PageDown else -1)
        elif key is Qt.Key.Key_Space:
            self._next_sensor()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen is not None:
            self._open(self.chosen)
        else:
            super().keyPressEvent(event)

    def _stops(self) -> list[Thing]:
        """What arrows go to: all but the sensors of racks, which Space goes through at their rack."""
        of_racks = {sensor.key for sensor in self.plan.sensors if sensor.rack is not None} if self.plan is not None else set()
        return [thing for thing in self._things if thing.id not in of_racks]

    def _step(self, dx: int, dy: int) -> None:
        stops, here = self._stops(), self.chosen
        if here is None:
            first = next(iter(stops), None)
            if first is not None:
                self.choose(first.kind, first.id)
            return
        ways = [(thing, thing.rect.center() - here.rect.center()) for thing in stops if thing is not here]
        ahead = [(thing, _cost(way, here.rect, thing.rect, dx)) for thing, way in ways if way.x() * dx + way.y() * dy > 0]
        if ahead:
            thing, _ = min(ahead, key=lambda one: one[1])
            self.choose(thing.kind, thing.id)

    def _turn(self, way: int) -> None:
        """The next or the one before in the order of the room file, wherever it stands."""
        stops = self._stops()
        if stops:
            now = stops.index(self.chosen) if self.chosen in stops else -way
            thing = stops[(now + way) % len(stops)]
            self.choose(thing.kind, thing.id)

    def _next_sensor(self) -> None:
        """From a rack to its sensors, one after the other, and back to the rack."""
        here = self.chosen
        if here is None or self.words is None:
            return
        rack = here.id if here.kind == "rack" else self._sensor(here.id).rack if here.kind == "sensor" else None
        if rack is None:
            return
        shown = {thing.id for thing in self._things if thing.kind == "sensor"}
        ring = [("rack", rack), *(("sensor", one.key) for one in self.words.sensors_of(rack) if one.key in shown)]
        now = (here.kind, here.id)
        after = ring[(ring.index(now) + 1) % len(ring)] if now in ring else ring[0]
        self.choose(*after)

    # the window

    def focusInEvent(self, event: QFocusEvent) -> None:
        first = next(iter(self._stops()), None)
        if self.chosen is None and first is not None:
            self.choose(first.kind, first.id, bring=False)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()


def _cost(way: QPoint, here: QRect, there: QRect, dx: int) -> float:
    """How far it is that way; what does not lie straight ahead is far."""
    if dx:
        along, across, aside = abs(way.x()), abs(way.y()), max(here.top() - there.bottom(), there.top() - here.bottom(), 0)
    else:
        along, across, aside = abs(way.y()), abs(way.x()), max(here.left() - there.right(), there.left() - here.right(), 0)
    return along + 3 * aside + 0.3 * across
