"""The elevations of a row's racks side by side: only the picture of a rack that changed is drawn anew. Opens no page, asks no station."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
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
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from ui import theme
from ui.models.room import RoomModel
from ui.pages.racks.face import HEAD, LABEL, LEAST_BOX, PAD, Hit, Look, RackPicture, least_width, text_size
from ui.pages.racks.state import RackState, RackWatch
from ui.pages.racks.words import free_tip, item_tip, rack_tip, sensor_tip
from ui.widgets import lettering
from ui.widgets.carry import carry, far_enough
from ui.widgets.lettering import Lettering

GAP = 3
WIDEST_FACE = 260
SMALLEST_UNIT = 11
"""Below this nobody reads a name: the board is scrolled instead."""
FULL_UNIT = 20
"""Pixels of a unit at 100 %."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person means: a rack's item, or a height of a face (units above the lowest edge) where nothing stands."""

    rack: str
    face: str
    item: int = -1
    height: float = 0.0


class RackBoard(QWidget):
    """`chosen` tells that the selection is another one, `opened` the selection of a double click or of Enter, `zoomed` +1, -1 or 0."""

    chosen = Signal()
    opened = Signal(object)
    zoomed = Signal(int)

    def __init__(self, model: RoomModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._watches: list[RackWatch] = []
        self._pictures: list[RackPicture] = []
        self._faces: tuple[str, ...] = ("front",)
        self._unit = 0
        self._room = QSize(0, 0)
        self._built = False
        self._marks: frozenset[tuple[str, int]] = frozenset()
        self._hint = ""
        self._hover = Hit()
        self._hover_rack = -1
        self._pressed: tuple[QPoint, list[str]] | None = None
        self.selection: Selection | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # what is shown

    @property
    def watches(self) -> list[RackWatch]:
        """The racks, left to right."""
        return self._watches

    @property
    def pictures(self) -> list[RackPicture]:
        """Their pictures."""
        return self._pictures

    @property
    def faces(self) -> tuple[str, ...]:
        """The faces that are shown."""
        return self._faces

    def set_racks(self, watches: Sequence[RackWatch], hint: str) -> None:
        """Show these racks from the next `set_look` on; `hint` stands there when there are none."""
        self._watches, self._pictures, self._hint = list(watches), [], hint
        self._built = False
        known = {watch.rack.id: watch for watch in watches}
        old = self.selection
        if old is not None and (old.rack not in known or old.item >= len(known[old.rack].rack.items)):
            self.selection = None

    def set_look(self, faces: tuple[str, ...], unit: int, room: QSize) -> None:
        """Which faces; pixels of a unit (0 = as high as `room`, the size of the window onto the board)."""
        if not self._built or (faces, unit, room) != (self._faces, self._unit, self._room):
            self._faces, self._unit, self._room = faces, unit, room
            if self.selection is not None and self.selection.face not in faces:
                self.selection = Selection(self.selection.rack, faces[0])
            self._build()

    def unit(self) -> int:
        """Pixels of a unit now."""
        if self._unit:
            return self._unit
        tallest = max((watch.rack.u_height for watch in self._watches), default=42)
        return max(SMALLEST_UNIT, (self._room.height() - HEAD - LABEL - 2 * PAD - 3) // tallest)

    def refresh(self, keys: Iterable[str] | None = None) -> None:
        """Look at the model again for the racks that hang on these points (None = all); only what looks otherwise is drawn anew."""
        wanted = None if keys is None else frozenset(keys)
        for place, (watch, picture) in enumerate(zip(self._watches, self._pictures, strict=True)):
            if wanted is not None and watch.keys.isdisjoint(wanted):
                continue
            changed = picture.show(watch.state(self._model))
            left = self.column(place).topLeft()
            for rect in changed:
                self.update(rect.translated(left))
            if changed:
                self._tell_whole()

    def redraw(self) -> None:
        """The language or the theme is another one."""
        for picture in self._pictures:
            picture.redraw()
        self._tell_whole()
        self.update()

    def states(self) -> list[RackState]:
        """The state of each rack as it is shown."""
        return [picture.state for picture in self._pictures if picture.state is not None]

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        if not self._pictures:
            return lettering.told(self._hint_lettering())
        told = []
        for place, picture in enumerate(self._pictures):
            left = self.column(place).topLeft()
            told += [(rect.translated(left), text, font) for rect, text, font in lettering.told(picture.letterings)]
        return told

    def set_marks(self, marks: frozenset[tuple[str, int]]) -> None:
        """Items that a search has found (rack's id, item's number; -1 = the rack itself)."""
        if marks != self._marks:
            self._marks = marks
            self.update()

    def _build(self) -> None:
        self._built = True
        unit, faces = self.unit(), self._faces
        least = max((least_width(watch, faces) for watch in self._watches), default=0)
        count = max(1, len(self._watches))
        even = (self._room.width() - (count + 1) * GAP) // count
        zoomed = least * max(1.0, unit / 13) if self._unit else least
        width = round(max(zoomed, min(even, least + (WIDEST_FACE - LEAST_BOX) * len(faces))))
        look = Look(unit, width, faces, text_size(self._watches, faces, width))
        self._pictures = [RackPicture(watch, look, self._model.points) for watch in self._watches]
        for watch, picture in zip(self._watches, self._pictures, strict=True):
            picture.show(watch.state(self._model))
        high = max((picture.size.height() for picture in self._pictures), default=self._room.height())
        wide = count * (width + GAP) + GAP if self._watches else self._room.width()
        self.setFixedSize(max(wide, self._room.width()), max(high, self._room.height()))
        self._tell_whole()
        self.update()

    def _tell_whole(self) -> None:
        whole = "\n".join(text for picture in self._pictures for text in picture.whole) or self._hint
        if whole != self.toolTip():
            self.setToolTip(whole)

    def _hint_lettering(self) -> list[Lettering]:
        return [lettering.fitted(QRect(8, 8, max(0, self.width() - 16), 24), self._hint, colour="text_dim")]

    # places

    def column(self, place: int) -> QRect:
        """Where a rack is."""
        size = self._pictures[place].size
        tallest = max(picture.size.height() for picture in self._pictures)
        return QRect(QPoint(GAP + place * (size.width() + GAP), tallest - size.height()), size)

    def place_of(self, rack: str) -> int:
        """A rack's place in the row; -1 when it is not shown."""
        return next((place for place, watch in enumerate(self._watches) if watch.rack.id == rack), -1)

    def rect_of(self, selection: Selection) -> QRect:
        """Where a selection is on the board; empty when it is not shown."""
        place = self.place_of(selection.rack)
        if place < 0 or selection.face not in self._faces:
            return QRect()
        picture = self._pictures[place]
        if selection.item >= 0:
            rect = picture.item_rect(selection.face, selection.item)
        else:
            low = math.floor(selection.height)
            rect = picture.stand_rect(selection.face, low, low + 1)
        return rect.translated(self.column(place).topLeft())

    def hit(self, where: QPoint) -> tuple[int, Hit]:
        """The rack's place in the row, and what of it is there."""
        for place in range(len(self._pictures)):
            column = self.column(place)
            if column.contains(where):
                return place, self._pictures[place].hit(where - column.topLeft())
        return -1, Hit()

    # selection

    def select(self, selection: Selection | None) -> None:
        """Mean this."""
        if selection != self.selection:
            self.selection = selection
            self.setAccessibleDescription(self.tip(selection) if selection else "")
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
            self.chosen.emit()
            self.update()

    def tip(self, selection: Selection) -> str:
        """All that is known of a selection."""
        place = self.place_of(selection.rack)
        if place < 0:
            return ""
        watch, state = self._watches[place], self._pictures[place].state
        if state is None:
            return ""
        if selection.item >= 0:
            return item_tip(self._model, watch, selection.item, state.items[selection.item])
        unit = math.floor(selection.height) + 1
        for run, through in watch.elevation.free_runs(selection.face):
            if run.lowest <= unit < run.lowest + run.units:
                return free_tip(watch, run, through)
        return rack_tip(self._model, watch, state)

    def hover_tip(self, where: QPoint) -> str:
        """All that is known of what is at this spot."""
        place, hit = self.hit(where)
        if place < 0:
            return ""
        watch, state = self._watches[place], self._pictures[place].state
        if state is None or not hit.kind:
            return ""
        if hit.kind == "sensor":
            warmth = next(one for one in state.warmth[hit.face] if one.sensor.key == hit.key)
            return sensor_tip(self._model, hit.face, warmth)
        if hit.kind == "head":
            return rack_tip(self._model, watch, state)
        return self.tip(_selection(watch, hit))

    def keys(self, place: int, hit: Hit) -> list[str]:
        """The points that are taken along from a spot: a sensor, an item's metered outlets, a rack's feeds."""
        if place < 0:
            return []
        watch = self._watches[place]
        if hit.kind == "sensor":
            return [hit.key]
        if hit.kind == "item":
            return list(watch.rack.items[hit.item].power)
        return [key for feed in watch.rack.feeds for key in feed.power] if hit.kind == "head" else []

    def point(self) -> str:
        """The point that a person means: under the mouse, or of the selected item (one in alarm before its power, before others)."""
        place, hit = (self._hover_rack, self._hover) if self.underMouse() else (-1, Hit())
        if place < len(self._watches) and hit.kind == "sensor":
            return hit.key
        if place < 0 or place >= len(self._watches) or hit.kind not in ("item", "head"):
            place = self.place_of(self.selection.rack) if self.selection else -1
            hit = Hit("item", "", self.selection.item) if self.selection and self.selection.item >= 0 else Hit()
        if place < 0:
            return ""
        watch = self._watches[place]
        if hit.kind == "head":
            return next(iter(self.keys(place, hit)), "")
        if hit.kind != "item" or hit.item >= len(watch.rack.items):
            return ""
        keys = watch.keys_of(hit.item)
        alarmed = self._model.worst(keys)
        return alarmed.subject if alarmed is not None and alarmed.subject in keys else next(iter(keys), "")

    def _move(self, faces: int = 0, up: int = 0) -> None:
        """One unit or item up or down, or to the next face or rack at the same height."""
        now = self.selection
        if now is None or self.place_of(now.rack) < 0:
            if self._watches:
                self.select(self._at(0, self._faces[0], self._watches[0].rack.u_height - 0.5))
            return
        place = self.place_of(now.rack)
        if faces:
            column = place * len(self._faces) + self._faces.index(now.face) + faces
            if 0 <= column < len(self._watches) * len(self._faces):
                self.select(self._at(column // len(self._faces), self._faces[column % len(self._faces)], self._height(place, now)))
            return
        steps = self._steps(place, now.face)
        here = next((n for n, one in enumerate(steps) if (one.item, one.height) == (now.item, now.height)), 0)
        self.select(steps[min(max(here + up, 0), len(steps) - 1)])

    def _steps(self, place: int, face: str) -> list[Selection]:
        """Everything of a face from below: items and free units, then what hangs at the side."""
        watch = self._watches[place]
        heights: list[tuple[float, Selection]] = []
        for stand in watch.elevation.stands[face]:
            heights.append((stand.bottom, Selection(watch.rack.id, face, stand.item, stand.bottom)))
        heights += [(unit - 1, Selection(watch.rack.id, face, -1, unit - 1)) for unit in watch.elevation.free(face)]
        steps = [one for _, one in sorted(heights, key=lambda pair: pair[0])]
        return [*steps, *(Selection(watch.rack.id, face, item, watch.rack.u_height) for item in watch.elevation.side[face])]

    def _at(self, place: int, face: str, height: float) -> Selection:
        """What a face has at this height, or the nearest below."""
        steps = self._steps(place, face)
        below = [one for one in steps if one.height <= height and one.height < self._watches[place].rack.u_height]
        return below[-1] if below else steps[0]

    def _height(self, place: int, now: Selection) -> float:
        return min(now.height, self._watches[place].rack.u_height - 0.5)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, now = QPainter(self), theme.current()
        painter.fillRect(event.rect(), QColor(now.page))
        if not self._pictures:
            lettering.paint(painter, self._hint_lettering())
        for place, picture in enumerate(self._pictures):
            column = self.column(place)
            if column.intersects(event.rect()):
                painter.drawPixmap(column.topLeft(), picture.pixmap(self.devicePixelRatioF()))
        self._paint_marks(painter)
        if self.selection is not None:
            rect = self.rect_of(self.selection)
            if not rect.isEmpty():
                theme.paint_edge(painter, self.column(self.place_of(self.selection.rack)), QColor(now.accent))
                theme.paint_edge(painter, rect, QColor(now.accent))
                if self.hasFocus():
                    theme.paint_edge(painter, rect.adjusted(1, 1, -1, -1), QColor(now.accent))
        elif self.hasFocus():
            theme.paint_edge(painter, self.visibleRegion().boundingRect(), QColor(now.accent))

    def _paint_marks(self, painter: QPainter) -> None:
        """A dotted frame round what a search has found."""
        painter.setPen(QPen(QColor(theme.current().accent), 2, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for rack, item in self._marks:
            place = self.place_of(rack)
            if place < 0:
                continue
            column = self.column(place)
            if item < 0:
                painter.drawRect(QRect(column.left() + 1, column.top() + 1, column.width() - 2, HEAD - 2))
            for face in self._faces if item >= 0 else ():
                rect = self._pictures[place].item_rect(face, item).translated(column.topLeft())
                if not rect.isEmpty():
                    painter.drawRect(rect.adjusted(1, 1, -1, -1))

    # people

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.hover_tip(event.pos()), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            where = event.position().toPoint()
            place, hit = self.hit(where)
            self._pressed = where, self.keys(place, hit)
            if place >= 0 and hit.kind in ("item", "free"):
                self.select(_selection(self._watches[place], hit))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        self._hover_rack, self._hover = self.hit(where)
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            start, keys = self._pressed
            if keys and far_enough(start, where):
                self._pressed = None
                carry(self, keys)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place, hit = self.hit(event.position().toPoint())
        if place >= 0 and hit.kind == "sensor":
            self.opened.emit(hit.key)
        elif place >= 0 and hit.kind == "item":
            self.opened.emit(_selection(self._watches[place], hit))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover_rack, self._hover = -1, Hit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoomed.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home and End move the selection, Enter opens it."""
        key = event.key()
        moves = {
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Home: (0, 1000),
            Qt.Key.Key_End: (0, -1000),
        }
        if key in moves:
            faces, up = moves[Qt.Key(key)]
            self._move(faces, up)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selection is not None:
            self.opened.emit(self.selection)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()


def _selection(watch: RackWatch, hit: Hit) -> Selection:
    """A spot as what it selects."""
    if hit.kind == "item":
        stand = watch.elevation.stand_of(hit.item, hit.face)
        return Selection(watch.rack.id, hit.face, hit.item, stand.bottom if stand else float(watch.rack.u_height))
    return Selection(watch.rack.id, hit.face, -1, math.floor(hit.height))
