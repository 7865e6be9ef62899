"""The picture of one rack: head, unit numbers, items, free units, temperatures. Kept as a pixmap of which only parts that changed are
painted again; reads no model."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.alarms import UNSEEN
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.pages.racks.elevation import FACES, Run, Stand
from ui.pages.racks.paint import BAR, paint_back, paint_frame, paint_item, paint_side, paint_warmth
from ui.pages.racks.state import ItemState, RackState, RackWatch, Sign, Warmth
from ui.pages.racks.words import FACE_NAMES, SIGNS, kw_text, side_text, watt_text
from ui.widgets import lettering
from ui.widgets.lettering import Lettering
from ui.widgets.tagmark import paint_tag
from ui.widgets.tagmark import word as tag_word

HEAD = 33
LABEL = 14
NUMBERS = 17
STRIP = 38
SIDE = 13
BETWEEN = 6
PAD = 3
LEAST_BOX = 81
"""The least width of a face that still holds a word and a figure; twelve racks stand beside each other on a screen of 1920 px."""
LEAST_TEXT, TALLEST_TEXT = 11, 14
TALLEST_LINE = 16
LEAST_LINE = 8
NAME_ROOM = 56
"""Pixels that a name keeps beside a word or a figure."""


@dataclass(frozen=True, slots=True)
class Look:
    """How racks are drawn: pixels of a unit, of a whole column, which faces, and the size of names where a unit has room for it."""

    unit: int
    width: int
    faces: tuple[str, ...]
    text: int


@dataclass(frozen=True, slots=True)
class Hit:
    """What is at a spot: `kind` is "head", "item", "free", "sensor" or "" (nothing)."""

    kind: str = ""
    face: str = ""
    item: int = -1
    height: float = 0.0
    key: str = ""


def least_width(watch: RackWatch, faces: tuple[str, ...], box: int = LEAST_BOX) -> int:
    """The least width of a column."""
    strips = sum(STRIP for face in faces if watch.sensors[face])
    return NUMBERS + strips + box * len(faces) + BETWEEN * (len(faces) - 1) + 2 * PAD


@dataclass(slots=True)
class Part:
    """A part of the picture: its place, how it is painted, its texts as they are painted, the whole of those that are cut, old values."""

    rect: QRect
    paint: Callable[[QPainter], None]
    texts: list[Lettering] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    old: list[QRect] = field(default_factory=list)

    def put(
        self, rect: QRect, text: str, size: int, colour: str = "text", *, bold: bool = False, right: bool = False, old: bool = False
    ) -> None:
        """Write; what does not fit loses its middle: the number at the end of a name stays. `old` = not the state of the world now."""
        shown = shortened(text, size, rect.width(), bold=bold)
        if shown != text:
            self.whole.append(text)
        self.texts.append(Lettering(rect, shown, size, bold, colour, right))
        if old:
            self.old.append(rect)

    def draw(self, painter: QPainter) -> None:
        """In its place and nowhere else."""
        painter.setClipRect(self.rect)
        self.paint(painter)
        for place in self.old:
            theme.paint_stale(painter, place.adjusted(-2, 1, 2, 0))
        lettering.paint(painter, self.texts)


@lru_cache(maxsize=4096)
def shortened(text: str, size: int, wide: int, *, bold: bool = False) -> str:
    """As much of the beginning as fits before the number that tells it from its like; of a text without one the middle goes."""
    if lettering.width(text, size, bold) <= wide:
        return text
    ends = ENDING.search(text)
    tail = CUT + ends.group() if ends else ""
    for n in range(len(text) - len(tail), 1, -1) if tail else ():
        shown = text[:n].rstrip() + tail
        if lettering.width(shown, size, bold) <= wide:
            return shown
    return lettering.metrics(size, bold).elidedText(text, Qt.TextElideMode.ElideMiddle, wide)


CUT = "…"
ENDING = re.compile(r"[A-Za-z]?[0-9]{1,4}$")
"""A running number."""


def _size_for(high: int) -> int:
    """The largest letters that a line so high does not cut: Chinese ones are 2 to 3 px higher than their size."""
    return high - 1 if high < 14 else high - 2


Key = tuple[str, str, int]
"""A part: "ground", "head", "strip" of a face, or a face's "stand" or "side" with its number."""


def text_size(watches: Sequence[RackWatch], faces: tuple[str, ...], width: int) -> int:
    """One size for all names: what the narrowest face of columns of this width has room for."""
    boxes = [
        LEAST_BOX + (width - least_width(watch, faces)) // len(faces) - SIDE * max(len(watch.elevation.side[face]) for face in faces)
        for watch in watches
    ]
    return max(LEAST_TEXT, min(TALLEST_TEXT, LEAST_TEXT * min(boxes, default=0) // LEAST_BOX))


class RackPicture:
    """`show` says what to draw; all places are relative to the column's left upper corner."""

    def __init__(self, watch: RackWatch, look: Look, points: dict[str, PointInfo]) -> None:
        self.watch, self.look = watch, look
        self.rack, self.elevation = watch.rack, watch.elevation
        self.size = QSize(look.width, HEAD + LABEL + self.rack.u_height * look.unit + 2 * PAD + 1)
        self.state: RackState | None = None
        self._points = {sensor.key: points[sensor.key] for found in watch.sensors.values() for sensor in found}
        self._pixmap = QPixmap()
        self._parts: dict[Key, Part] = {}
        self._boxes, self._strips = self._columns()
        self._text = max(9, min(look.text, _size_for(look.unit)))
        self._line = min(look.unit, TALLEST_LINE)
        self._keys = list(self._all_keys())

    @property
    def letterings(self) -> list[Lettering]:
        """All texts as they are painted."""
        return [text for part in self._parts.values() for text in part.texts]

    @property
    def whole(self) -> list[str]:
        """The whole of the texts that are cut."""
        return [text for part in self._parts.values() for text in part.whole]

    # places

    def box(self, face: str) -> QRect:
        """Where the units of a face are, without its side bars."""
        return self._boxes[face]

    def stand_rect(self, face: str, bottom: float, top: float) -> QRect:
        """Units `bottom` to `top` of a face."""
        box, unit = self._boxes[face], self.look.unit
        low, high = box.bottom() + 1 - round(bottom * unit), box.bottom() + 1 - round(top * unit)
        return QRect(box.left(), high, box.width(), low - high)

    def side_rect(self, face: str, place: int) -> QRect:
        """The bar of the `place`-th item at the side of a face."""
        box = self._boxes[face]
        return QRect(box.right() + 2 + place * SIDE, box.top(), SIDE - 2, box.height())

    def item_rect(self, face: str, item: int) -> QRect:
        """Where an item is seen on a face; empty when it is not."""
        if item in self.elevation.side[face]:
            return self.side_rect(face, self.elevation.side[face].index(item))
        stand = self.elevation.stand_of(item, face)
        return self.stand_rect(face, stand.bottom, stand.top) if stand else QRect()

    def hit(self, where: QPoint) -> Hit:
        """What is at this spot."""
        if where.y() < HEAD:
            return Hit("head")
        for face in self.look.faces:
            for warmth in self.state.warmth[face] if self.state else ():
                if self._figure_rect(face, warmth).contains(where):
                    return Hit("sensor", face, key=warmth.sensor.key)
            for place, item in enumerate(self.elevation.side[face]):
                if self.side_rect(face, place).contains(where):
                    return Hit("item", face, item)
            box = self._boxes[face]
            if box.contains(where):
                height = (box.bottom() + 1 - where.y() - 0.5) / self.look.unit
                stand = self.elevation.at(face, height)
                return Hit("free", face, height=height) if stand is None else Hit("item", face, stand.item, stand.bottom)
        return Hit()

    def _columns(self) -> tuple[dict[str, QRect], dict[str, QRect]]:
        faces, high, top = self.look.faces, self.rack.u_height * self.look.unit, HEAD + LABEL + PAD
        strips = {face: STRIP if self.watch.sensors[face] else 0 for face in faces}
        room = self.look.width - NUMBERS - 2 * PAD - sum(strips.values()) - BETWEEN * (len(faces) - 1)
        boxes, places, x = {}, {}, PAD + NUMBERS
        for n, face in enumerate(faces):
            wide = room // len(faces)
            side = SIDE * len(self.elevation.side[face])
            if face == FACES[0]:
                places[face] = QRect(x, top, strips[face], high)
                x += strips[face]
            boxes[face] = QRect(x, top, wide - side, high)
            x += wide
            if face != FACES[0]:
                places[face] = QRect(x, top, strips[face], high)
                x += strips[face]
            x += BETWEEN if n + 1 < len(faces) else 0
        return boxes, places

    def _figure_rect(self, face: str, warmth: Warmth) -> QRect:
        strip = self._strips[face]
        y = strip.bottom() + 1 - round(warmth.sensor.at * self.look.unit)
        high = 15
        y = min(max(y - high // 2, strip.top()), strip.bottom() + 1 - high)
        return QRect(strip.left(), y, strip.width() - 1, high)

    # what changes

    def show(self, state: RackState) -> list[QRect]:
        """Draw this from now on; the places that look otherwise now."""
        before, self.state = self.state, state
        if before is None:
            self.redraw()
            return [QRect(QPoint(0, 0), self.size)]
        if state == before:
            return []
        changed = [key for key in self._keys if _look_of(key, before, self) != _look_of(key, state, self)]
        for key in changed:
            self._parts[key] = self._write(key, state)
        if not self._pixmap.isNull():
            painter = QPainter(self._pixmap)
            for key in changed:
                part = self._parts[key]
                painter.setClipping(False)
                painter.fillRect(part.rect, QColor(theme.current().page))
                part.draw(painter)
            painter.end()
        return [self._parts[key].rect for key in changed]

    def redraw(self) -> None:
        """The language, the theme or everything is another one."""
        self._pixmap = QPixmap()
        if self.state is not None:
            self._parts = {key: self._write(key, self.state) for key in self._keys}

    def pixmap(self, ratio: float) -> QPixmap:
        """The picture at this device pixel ratio."""
        if self._pixmap.isNull() or self._pixmap.devicePixelRatio() != ratio:
            self._pixmap = QPixmap(round(self.size.width() * ratio), round(self.size.height() * ratio))
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(QColor(theme.current().page))
            painter = QPainter(self._pixmap)
            for part in self._parts.values():
                part.draw(painter)
            painter.end()
        return self._pixmap

    def _all_keys(self) -> Iterator[Key]:
        yield "ground", "", 0
        yield "head", "", 0
        for face in self.look.faces:
            if self.watch.sensors[face]:
                yield "strip", face, 0
            for n in range(len(self.elevation.stands[face])):
                yield "stand", face, n
            for n in range(len(self.elevation.side[face])):
                yield "side", face, n

    # what is written

    def _write(self, key: Key, state: RackState) -> Part:
        kind, face, n = key
        if kind == "ground":
            return self._write_ground()
        if kind == "head":
            return self._write_head(state)
        if kind == "strip":
            return self._write_strip(face, state.warmth[face])
        if kind == "side":
            place, now = self.side_rect(face, n), state.items[self.elevation.side[face][n]]
            return Part(place, lambda painter: paint_side(painter, place, now))
        stand = self.elevation.stands[face][n]
        return self._write_stand(face, stand, state.items[stand.item])

    def _write_ground(self) -> Part:
        """What never changes: frames, numbers, names of the faces, free units."""
        units, unit = self.rack.u_height, self.look.unit

        def paint(painter: QPainter) -> None:
            for face in self.look.faces:
                paint_frame(painter, self._boxes[face], SIDE * len(self.elevation.side[face]), units, unit)

        part = Part(QRect(QPoint(0, 0), self.size), paint)
        for face in self.look.faces:
            box, strip = self._boxes[face], self._strips[face]
            part.put(QRect(box.left(), HEAD, box.width(), LABEL), tr(FACE_NAMES[face]), theme.SMALL, "text_dim")
            if self.watch.sensors[face]:
                words = tr("In °C") if face == FACES[0] else tr("Out °C")
                part.put(QRect(strip.left(), HEAD, strip.width(), LABEL), words, theme.SMALL, "text_dim")
            for run, through in self.elevation.free_runs(face):
                self._write_free(part, face, run, through)
        box, size = self._boxes[self.look.faces[0]], max(9, min(11, unit - 1))
        for n in range(1, units + 1):
            place = QRect(PAD, box.bottom() + 1 - n * unit, NUMBERS - 4, unit)
            part.put(place, str(self.elevation.printed(n)), size, "text_dim", right=True)
        return part

    def _write_free(self, part: Part, face: str, run: Run, through: bool) -> None:
        middle = run.lowest - 1 + run.units // 2
        rect = self.stand_rect(face, middle, middle + 1)
        words = tr("{n} U free", n=run.units) if through else tr("{n} U this side only", n=run.units)
        size = min(self._text, theme.SMALL)
        wide = lettering.width(words, size)
        if run.units > 1 and wide + 8 <= rect.width():
            left = rect.left() + (rect.width() - wide) // 2
            part.put(QRect(left, rect.top(), wide, rect.height()), words, size, "text_dim")

    def _write_head(self, state: RackState) -> Part:
        """Above: sign, name and level, the power at the right. Below: what is free, and what each feed carries."""
        signed = bool(state.level) or state.quiet is not None

        def paint(painter: QPainter) -> None:
            if state.level:
                sign = QRect(PAD - 1, 2, 15, 15)
                theme.paint_level(painter, sign, state.level, filled=state.alarm in UNSEEN)
            elif state.quiet is not None:
                theme.paint_quiet(painter, QRect(PAD - 1, 2, 15, 15), state.quiet)
            if state.tag is not None:
                paint_tag(painter, QRect(PAD - 1 + (16 if signed else 0), 2, 15, 15))

        part = Part(QRect(0, 0, self.look.width, HEAD), paint)
        left, right, small = PAD, self.look.width - PAD, theme.SMALL
        power, known = kw_text(state.total), state.total.metered
        wide = lettering.width(power, theme.BODY, known) + 2
        colour = "value" if known and not state.total.stale else "text_dim"
        part.put(QRect(right - wide, 1, wide, 16), power, theme.BODY, colour, bold=known, right=True, old=state.total.stale)
        x, edge = left + (16 if signed else 0) + (16 if state.tag is not None else 0), right - wide - 4
        name = QRect(x, 1, min(edge - x, lettering.width(self.rack.id, theme.BODY, True)), 16)
        part.put(name, self.rack.id, theme.BODY, bold=True)
        x = name.right() + 7
        word = level_name(state.level) if state.level else tag_word() if state.tag is not None else ""
        if word and lettering.width(word, small) <= edge - x:
            part.put(QRect(x, 1, edge - x, 16), word, small)
        free, sides = tr("{n} U free", n=len(self.elevation.free_through)), side_text(state.sides)
        x, wide = left + lettering.width(free, small), lettering.width(sides, small)
        part.put(QRect(left, 17, min(x, right) - left, 16), free, small, "text_dim")
        if sides and x + 8 + wide <= right:
            part.put(QRect(right - wide, 17, wide, 16), sides, small, "text_dim", right=True, old=any(one.stale for _, one in state.sides))
        return part

    def _write_stand(self, face: str, stand: Stand, state: ItemState) -> Part:
        rect, name = self.stand_rect(face, stand.bottom, stand.top), self._name(stand.item)
        lines = 2 if rect.height() >= 2 * self._line else 1
        high = self._line if lines == 2 else rect.height()
        size, top = min(self._text, max(8, _size_for(high))), rect.top() + (rect.height() - lines * high) // 2
        if stand.back:
            part = Part(rect, lambda painter: paint_back(painter, rect))
            left, told, whole = rect.left() + 4, "", tr("back: {name}", name=name)
            name = whole if lettering.width(whole, size) <= rect.right() - 3 - left else name
        else:
            part = Part(rect, lambda painter: paint_item(painter, rect, state, self._line))
            left, told = rect.left() + min(high, TALLEST_LINE) + 5, "" if lines == 2 else _trouble(state) or watt_text(state.power)
        if rect.height() < LEAST_LINE:
            return part
        right, wide, needs = rect.right() - 3, lettering.width(told, size), lettering.width(name, size)
        unmetered = not _trouble(state) and not state.power.metered
        if told and right - left - wide - 5 >= (needs if unmetered else min(needs, NAME_ROOM)):
            old = state.power.stale and not _trouble(state)
            part.put(QRect(right - wide, top, wide, high), told, size, "text" if state.level else "text_dim", right=True, old=old)
            right -= wide + 5
        part.put(QRect(left, top, right - left, high), name, size, "text_dim" if stand.back else "text")
        if lines == 2 and not stand.back:
            self._write_second(part, QRect(left, top + high, rect.right() - 3 - left, high), state, size)
        return part

    def _name(self, item: int) -> str:
        """An item's name; where it begins with the rack's own, which stands above, without it."""
        name = pick(self.rack.items[item].names)
        short = name.removeprefix(self.rack.id).lstrip(" -_·")
        return short if len(short) > 1 else name

    def _write_second(self, part: Part, rect: QRect, state: ItemState, size: int) -> None:
        """Below the name: what is wrong, else how it does where there is room; and the power."""
        trouble, power = _trouble(state), watt_text(state.power)
        words, wide = trouble or tr(SIGNS[state.sign]), lettering.width(power, size)
        room = rect.width() - lettering.width(words, size) - 6
        if trouble or room >= wide:
            place = QRect(rect.left(), rect.top(), rect.width() - max(0, room), rect.height())
            part.put(place, words, size, "text" if trouble else "text_dim")
        if room >= wide or (not trouble and rect.width() >= wide):
            colour = "value" if state.power.watts is not None and not state.power.stale else "text_dim"
            place = QRect(rect.right() + 1 - wide, rect.top(), wide, rect.height())
            part.put(place, power, size, colour, right=True, old=state.power.stale)

    def _write_strip(self, face: str, warmths: tuple[Warmth, ...]) -> Part:
        strip = self._strips[face]
        figures = [self._figure_rect(face, warmth) for warmth in warmths]
        heights = [strip.bottom() + 1 - round(warmth.sensor.at * self.look.unit) for warmth in warmths]
        part = Part(
            strip.adjusted(1, -2, -1, 2),
            lambda painter: paint_warmth(painter, strip, warmths, heights, figures, self._points),
        )
        taken: list[QRect] = []
        for warmth, place in zip(warmths, figures, strict=True):
            if any(place.intersects(one) for one in taken):
                continue
            taken.append(place)
            text, bold = warmth.text, warmth.broken > 0
            if warmth.number is not None and lettering.width(text, theme.SMALL, bold) > place.width() - BAR - 3:
                text = f"{warmth.number:.0f}"
            colour = "stale_text" if warmth.stale else "value"
            part.put(place.adjusted(BAR + 3, 0, 0, 0), text, theme.SMALL, colour, bold=bold, right=True)
        return part


def _trouble(state: ItemState) -> str:
    """What is wrong with an item in one word; "" = nothing."""
    if state.level:
        return level_name(state.level)
    return tr(SIGNS[state.sign]) if state.sign in (Sign.STALE, Sign.UNKNOWN) else ""


def _look_of(key: Key, state: RackState, picture: RackPicture) -> object:
    """What a part's look hangs on."""
    kind, face, n = key
    if kind == "head":
        return state.total, state.sides, state.level, state.alarm, state.quiet, state.tag
    if kind == "strip":
        return state.warmth[face]
    if kind == "side":
        return state.items[picture.elevation.side[face][n]]
    if kind == "stand":
        stand = picture.elevation.stands[face][n]
        return None if stand.back else state.items[stand.item]
    return None
