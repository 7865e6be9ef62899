"""Where everything of a floor is on the screen, in px: scale, rectangles and the places of texts, fixed until the view itself changes.

Knows no value: the place of a value is as wide as the widest that can come. No two texts share a pixel: who comes first has the place,
the next takes a place beside it or is left to the tool tip.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPolygonF

from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.models.floorplan import Air, Aisle, Band, Plan, RackShape, Sensor, Standing
from ui.models.scope import LINE, SMALL, Scope
from ui.pages.floor.rope import rope_labels
from ui.pages.floor.words import FloorWords
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

SIGN = 18
LEAST_DIGIT = 14
"""A sign of this side and more has its number."""
AIRS = {Air.COLD: N_("Cold aisle"), Air.HOT: N_("Hot aisle"), Air.MIXED: N_("Mixed aisle")}


@dataclass(slots=True)
class RackCell:
    """A rack on the screen. `sign` is the alarm's place, `figure` the power's, `bar` its bar's; empty when there is no room."""

    shape: RackShape
    outline: QPolygonF
    front: tuple[QPointF, QPointF]
    box: QRect
    sign: QRect
    figure: QRect
    bar: QRect


@dataclass(slots=True)
class DeviceCell:
    """A device on the screen. `body` is its footprint, or the place of a sign around its spot; `word` and `sign` are the places of its
    state and of its alarm."""

    standing: Standing
    body: QRect
    word: QRect
    sign: QRect
    water: bool


@dataclass(slots=True)
class Chip:
    """The place of a sensor's value, at its spot on the floor; `frame` is the place of an alarm that belongs to no rack."""

    sensor: Sensor
    at: QPoint
    rect: QRect
    sign: QRect
    aisle: Aisle | None


class Places:
    """Which rectangles are free. `lines` are ropes: a text stands upon one only where nothing else is free."""

    def __init__(self, sight: QRect) -> None:
        self.sight = sight
        self._held: list[QRect] = []
        self.lines: list[QRect] = []

    def free(self, rect: QRect) -> bool:
        """Inside the view, and nobody there?"""
        return self.sight.contains(rect) and not any(map(rect.intersects, self._held))

    def inside(self, rect: QRect) -> bool:
        """Inside the view?"""
        return self.sight.contains(rect)

    def hold(self, rect: QRect) -> None:
        """This is somebody's."""
        if rect.isValid():
            self._held.append(rect)

    def first(self, candidates: Iterable[QRect], *, on_lines: bool = False) -> QRect | None:
        """The first that is free, which is then held."""
        for rect in candidates:
            if self.free(rect) and (on_lines or not any(map(rect.intersects, self.lines))):
                self.hold(rect)
                return rect
        return None

    def mark(self) -> int:
        """What is held now, for `back`."""
        return len(self._held)

    def back(self, mark: int) -> None:
        """Let go of what was held since."""
        del self._held[mark:]


@dataclass(slots=True)
class Layout:
    """All of it. `names` are the texts that never change, `taken` the places that are held."""

    taken: Places
    racks: list[RackCell] = field(default_factory=list)
    devices: list[DeviceCell] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    names: list[Lettering] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    """The whole of each name that is elided."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What is shown. `band` None = each aisle at the height that most of its sensors have."""

    temperature: bool = True
    leak: bool = True
    power: bool = False
    alarms: bool = True
    band: Band | None = None


def lay_out(plan: Plan, words: FloorWords, scope: Scope, layers: Layers, sight: QRect) -> Layout:
    """Everything in its place; what matters most comes first: racks, values, names of areas, devices, names of aisles."""
    places = Places(sight)
    made = Layout(places)
    for box in (plan.edge, *(box for _, box in plan.areas)):
        for line in _lines(_round(scope.rect(box))):
            places.hold(line)
    for shape in plan.racks:
        made.racks.append(_rack(shape, scope, layers))
    short = _short_ids(made.racks)
    for cell in made.racks:
        _name_rack(cell, made, short)
        places.hold(cell.box)
    bodies = [(one, _body(one, scope)) for one in plan.devices if _drawn(one, plan, words, layers)]
    for _, body in bodies:
        places.hold(body)
    if layers.temperature:
        _chips(plan, scope, layers, made, places)
    if layers.leak:
        for one in plan.devices:
            places.lines += _lines([scope.px(*spot) for spot in one.device.path])
    for area, box in plan.areas:
        _name_strip(scope.rect(box).toAlignedRect(), pick(area.names), made, places, bold=True)
    for one, body in sorted(bodies, key=lambda pair: pair[0].box is None):
        marks = [other for spot, other in bodies if spot.box is None and spot is not one]
        made.devices.append(_device(one, body, words, made, places, marks))
    _part_signs(made)
    if layers.leak:
        for one in plan.devices:
            _rope_names(one, scope, made, places)
    if short:
        _row_names(made, places)
    for aisle in plan.aisles:
        _name_strip(scope.rect(aisle.box).toAlignedRect(), aisle_name(aisle), made, places, bold=False)
    made.names = [one for one in made.names if places.inside(one.rect)]
    return made


def _round(rect: QRectF) -> list[QPointF]:
    return [rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft(), rect.topLeft()]


def _lines(corners: Sequence[QPointF]) -> list[QRect]:
    """The pieces of a wall or a rope that run along the room."""
    along = [(a, b) for a, b in pairwise(corners) if abs(a.x() - b.x()) < 1 or abs(a.y() - b.y()) < 1]
    return [QRectF(one, other).normalized().adjusted(-2, -2, 2, 2).toAlignedRect() for one, other in along]


# racks


def _rack(shape: RackShape, scope: Scope, layers: Layers) -> RackCell:
    corners = [scope.px(*corner) for corner in shape.corners]
    box = scope.rect(shape.box).toAlignedRect()
    middle = scope.px(*shape.centre).toPoint()
    side = min(SIGN, box.width() - 6)
    sign = QRect(middle.x() - side // 2, middle.y() - side // 2 + 2, side, side)
    inner = box.adjusted(2, 3, -2, -3)
    roomy = layers.power and shape.square
    wide = lettering.width("88.8", SMALL)
    figure = QRect(inner.left(), inner.bottom() - LINE + 1, inner.width(), LINE)
    bar = QRect(inner.left(), figure.top() - 5, inner.width(), 4)
    fits = roomy and wide <= figure.width() and inner.height() >= 2 * LINE + 5
    if fits:
        side = min(SIGN, figure.top() - inner.top() - LINE, box.width() - 4)
        if side < LEAST_DIGIT:  # then it stands in the figure's place, with its number
            side = min(LINE, box.width() - 4)
            sign = QRect(middle.x() - side // 2, figure.bottom() + 1 - side, side, side)
        else:
            sign = QRect(middle.x() - side // 2, figure.top() - side, side, side)
    else:
        bar = QRect(inner.left(), inner.bottom() - 4, inner.width(), 4)
    return RackCell(shape, QPolygonF(corners), (corners[0], corners[1]), box, sign, figure if fits else QRect(), bar if roomy else QRect())


def _short_ids(cells: Sequence[RackCell]) -> bool:
    """Are racks too narrow for their whole ids, so that the row's name must stand at the end of the row?"""
    return any(cell.box.width() - 4 < lettering.width(cell.shape.id, SMALL) for cell in cells if cell.shape.square)


def _name_rack(cell: RackCell, made: Layout, short: bool) -> None:
    """The whole id; where racks are narrow the part after the row's name; else none (the tool tip has it)."""
    row, name = cell.shape.rack.row, cell.shape.id
    if short and row and name.startswith(row) and len(name) > len(row):
        name = name[len(row) :].lstrip("-_")
    wide = lettering.width(name, SMALL)
    free = cell.box.adjusted(1, 2, -1, -2)
    if wide > free.width() or free.height() < LINE:
        return
    top = free.top() + (0 if cell.figure.isValid() else 2) if cell.shape.square else free.center().y() - LINE // 2
    rect = QRect(free.center().x() - wide // 2, top, wide + 1, LINE)
    made.names.append(Lettering(rect, name, SMALL))
    if not cell.figure.isValid():
        cell.sign.moveTop(min(max(cell.sign.top(), rect.bottom() + 1), cell.box.bottom() - cell.sign.height()))


def _row_names(made: Layout, places: Places) -> None:
    rows: dict[str, QRect] = {}
    for cell in made.racks:
        if cell.shape.rack.row:
            rows[cell.shape.rack.row] = rows.get(cell.shape.rack.row, QRect()).united(cell.box)
    for row, box in rows.items():
        wide = lettering.width(row, theme.BODY, bold=True) + 1
        y = box.center().y() - 9
        around = [QRect(box.left() - wide - 4, y, wide, 18), QRect(box.right() + 5, y, wide, 18)]
        around += [QRect(box.center().x() - wide // 2, top, wide, 18) for top in (box.top() - 20, box.bottom() + 3)]
        rect = places.first(around)
        if rect is not None:
            made.names.append(Lettering(rect, row, theme.BODY, bold=True))


# sensors


def _chips(plan: Plan, scope: Scope, layers: Layers, made: Layout, places: Places) -> None:
    in_aisle = {sensor.key: aisle for aisle in plan.aisles for sensor in aisle.sensors}
    shown = {sensor.key for aisle in plan.aisles for sensor in aisle.of_band(layers.band)}
    for aisle in (*plan.aisles, None):
        sensors = [one for one in plan.sensors if in_aisle.get(one.key) is aisle]
        wanted = [one for one in sensors if (one.key in shown if aisle is not None else layers.band in (None, one.band))]
        mark = places.mark()
        chips = [_chip(sensor, aisle, scope, places) for sensor in wanted]
        if any(not chip.rect.isValid() and places.inside(QRect(chip.at.x() - 20, chip.at.y() - LINE, 40, 2 * LINE)) for chip in chips):
            places.back(mark)
            chips = [_chip(sensor, aisle, scope, places, whole=True) for sensor in wanted]
        made.chips += chips


def _chip(sensor: Sensor, aisle: Aisle | None, scope: Scope, places: Places, *, whole: bool = False) -> Chip:
    """At its spot, or just before or behind it; where an aisle has no room for all, its values are whole degrees; else only a mark."""
    at = scope.px(*sensor.probe).toPoint()
    wide, high = lettering.width("88", SMALL) + 4 if whole else chip_width(sensor), LINE
    first = QRect(at.x() - wide // 2, at.y() - high // 2, wide, high)
    if aisle is not None:
        area = scope.rect(aisle.box).toAlignedRect()
        first = _into(first, area)
        lines = [first.translated(0, shift) for shift in (0, -high - 1, high + 1)]
        free = [_into(line, area) for line in lines]
        free += [_aside(rect, area) for rect in free]
    else:
        free = [first.translated(0, shift) for shift in (0, -high - 1, high + 1)]
    rect = places.first(free)
    if rect is None:
        rect = QRect()
        places.hold(QRect(at.x() - 3, at.y() - 3, 6, 6))
    sign = QRect()
    if sensor.rack is None and rect.isValid():
        sign = QRect(rect.right() + 2, rect.center().y() - SIGN // 2, SIGN, SIGN)
        places.hold(sign)
    return Chip(sensor, at, rect, sign, aisle)


def _aside(rect: QRect, area: QRect) -> QRect:
    """Moved right or left until it lies in the strip: a rack stands beside it."""
    moved = QRect(rect)
    moved.moveLeft(min(max(rect.left(), area.left() + 3), max(area.left() + 3, area.right() - rect.width() - 2)))
    return moved


def _into(rect: QRect, area: QRect) -> QRect:
    """Moved up or down until it lies in the strip."""
    moved = QRect(rect)
    moved.moveTop(min(max(rect.top(), area.top() + 1), max(area.top() + 1, area.bottom() - rect.height())))
    return moved


def chip_width(sensor: Sensor) -> int:
    """A value of three digits at its resolution; the unit stands in the legend, and in the tool tip."""
    return lettering.width("88" + ("." + "8" * sensor.point.decimals if sensor.point.decimals else ""), SMALL) + 4


# devices


def _drawn(one: Standing, plan: Plan, words: FloorWords, layers: Layers) -> bool:
    """A device that is but an air sensor is drawn as its value, a leak detector with the leak layer."""
    if one.box is not None:
        return True
    if words.is_leak(one.device):
        return layers.leak
    return not any(sensor.point.device == one.device.id for sensor in plan.sensors)


def _body(one: Standing, scope: Scope) -> QRect:
    if one.box is not None:
        return scope.rect(one.box).toAlignedRect()
    at = scope.px(*one.spot).toPoint()
    return QRect(at.x() - SIGN // 2, at.y() - SIGN // 2, SIGN, SIGN)


def _device(one: Standing, body: QRect, words: FloorWords, made: Layout, places: Places, marks: list[QRect]) -> DeviceCell:
    """Its words inside where they fit and none of the `marks` of devices without a footprint hangs, else beside it."""
    water = words.is_leak(one.device)
    name = pick(one.device.names)
    word = max((lettering.width(text, SMALL, bold=True) for text in words.device_words(one.device.id)), default=0) + 2
    wide = lettering.width(name, SMALL) + 2
    sign = QRect(body.center().x() - SIGN // 2, body.center().y() - SIGN // 2, SIGN, SIGN)
    roomy = body.width() >= word + 6 and body.height() >= 2 * LINE + 4 and wide <= body.width() - 4
    tops = (body.center().y() - LINE, body.top() + 3, body.bottom() - 2 * LINE - 2) if roomy else ()
    free = [top for top in tops if not any(mark.intersects(QRect(body.left(), top, body.width(), 2 * LINE)) for mark in marks)]
    if free:
        top = free[0]
        sign.moveTo(body.right() - SIGN - 1, body.top() + 1)
        if sign.bottom() >= top:
            sign.moveBottom(body.bottom() - 1)
        made.names.append(Lettering(QRect(body.center().x() - wide // 2, top, wide, LINE), name, SMALL))
        return DeviceCell(one, body, QRect(body.center().x() - word // 2, top + LINE, word, LINE), sign, water)
    inside = QRect(body.center().x() - word // 2, body.center().y() - LINE // 2, word, LINE)
    fits = one.box is not None and word <= body.width() - 2 and not any(mark.intersects(inside) for mark in marks)
    within = inside if fits else QRect()
    if within.isValid() and within.left() - SIGN - 1 > body.left() and body.height() >= SIGN + 2:
        sign.moveRight(within.left() - 2)
    elif within.isValid():
        sign.moveBottom(within.top() - 1)
    for lines, most, on_lines in _TRIES:
        block = places.first(_beside(body, max(min(wide, most), word) if lines == 2 else min(wide, most), lines * LINE), on_lines=on_lines)
        if block is not None:
            rect = QRect(block.left(), block.top(), block.width(), LINE)
            text = lettering.metrics(SMALL).elidedText(name, Qt.TextElideMode.ElideMiddle, rect.width())
            made.names.append(Lettering(rect, text, SMALL, colour="text_dim"))
            if text != name:
                made.whole.append(name)
            at = QRect(block.left(), block.top() + LINE, word, LINE) if lines == 2 else within
            if lines == 2:
                sign.moveCenter(body.center())
            return DeviceCell(one, body, at, sign, water)
    return DeviceCell(one, body, within, sign, water)


_TRIES = ((2, 999, False), (2, 999, True), (2, 104, False), (2, 104, True), (1, 999, False), (1, 999, True), (1, 76, False), (1, 76, True))
"""Lines, the most px of a name, and whether upon a rope: what is tried one after the other for a device's words."""


def _beside(body: QRect, wide: int, high: int) -> list[QRect]:
    """Right, left, below, above, and the corners."""
    x, y = body.center().x() - wide // 2, body.center().y() - high // 2
    left, right, above, below = body.left() - wide - 5, body.right() + 6, body.top() - high - 3, body.bottom() + 4
    return [
        QRect(x, y, wide, high) if wide <= body.width() - 4 and high <= body.height() - 2 else QRect(right, y, wide, high),
        QRect(right, y, wide, high),
        QRect(left, y, wide, high),
        QRect(x, below, wide, high),
        QRect(x, above, wide, high),
        QRect(body.left(), below, wide, high),
        QRect(body.right() - wide, below, wide, high),
        QRect(body.left(), above, wide, high),
        QRect(body.right() - wide, above, wide, high),
        QRect(right, body.bottom() - high, wide, high),
        QRect(left, body.bottom() - high, wide, high),
        QRect(right, body.top(), wide, high),
        QRect(left, body.top(), wide, high),
    ]


def _part_signs(made: Layout) -> None:
    """Where another device hangs in the middle of a footprint, such as its meter, the sign of the footprint's stands aside."""
    marks = [cell.body for cell in made.devices if cell.standing.box is None]
    for cell in made.devices:
        if cell.standing.box is None or not any(mark.intersects(cell.sign) for mark in marks):
            continue
        inner = cell.body.adjusted(2, 2, -2, -2)
        side = min(SIGN, inner.width(), inner.height())
        tops = (inner.top(), inner.bottom() + 1 - side)
        lefts = (inner.right() + 1 - side, inner.left(), inner.center().x() - side // 2)
        corners = [QRect(left, top, side, side) for left in lefts for top in tops]
        taken = [*marks, *(one.rect for one in made.names), *([cell.word] if cell.word.isValid() else [])]
        cell.sign = next((one for one in corners if not any(one.intersects(other) for other in taken)), cell.sign)


def _rope_names(one: Standing, scope: Scope, made: Layout, places: Places) -> None:
    for spots, text in rope_labels(one.device.path, scope):
        rect = places.first(spots)
        if rect is not None:
            made.names.append(Lettering(rect, text, SMALL, colour="text_dim"))


# names of parts of the floor


def aisle_name(aisle: Aisle) -> str:
    """Such as "Cold aisle A–B"."""
    return f"{tr(AIRS[aisle.air])} {'–'.join(aisle.rows)}".strip()


def _name_strip(box: QRect, name: str, made: Layout, places: Places, *, bold: bool) -> None:
    """Inside, at its left, middle or right; an aisle's name also beside its ends."""
    wide = lettering.width(name, SMALL, bold=bold) + 2
    ys = (
        (box.top() + 4, box.bottom() - LINE - 3, box.top() + 5 + LINE)
        if bold
        else (box.center().y() - LINE // 2, box.top() + 1, box.bottom() - LINE)
    )
    xs = [box.left() + 6, box.right() - wide - 6, box.center().x() - wide // 2]
    spots = [QRect(x, y, wide, LINE) for y in ys for x in xs if wide <= box.width() - 8]
    if not bold:
        spots += [QRect(x, box.center().y() - LINE // 2, wide, LINE) for x in (box.left() - wide - 4, box.right() + 5)]
        spots += [QRect(box.center().x() - wide // 2, y, wide, LINE) for y in (box.top() - LINE - 2, box.bottom() + 3)]
    rect = places.first(spots)
    if rect is not None:
        made.names.append(Lettering(rect, name, SMALL, bold, "text" if bold else "text_dim"))
