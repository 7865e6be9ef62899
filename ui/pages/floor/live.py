"""What changes on the floor from second to second: values, powers, states, signs. Compares with what was painted, so that only what
differs is painted again. Decides no place: the layout did."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import Hidden
from cityops_desktop.model.readings import Quality
from ui import theme
from ui.models.room import RoomModel
from ui.models.scope import LINE, SMALL, Scope
from ui.models.shown import NOTHING, figure
from ui.pages.floor.layout import LEAST_DIGIT, Chip, DeviceCell, Layers, Layout, RackCell
from ui.pages.floor.marks import paint_detector, paint_label, paint_leader
from ui.pages.floor.words import FloorWords, Leak
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted
from ui.widgets.tagmark import paint_tag

TAG = 16
WATER = 22
"""Side of the sign where water was found."""
SIGN_ROOM = 24
"""Px right of a value that its sign may take."""
LABEL = 20
"""Height of a text beside water."""


@dataclass(frozen=True, slots=True)
class Sign:
    """An alarm's sign: `filled` = nobody has acknowledged it, `stands` = its condition is still there; `quiet` = why it wants nobody."""

    level: int
    filled: bool
    stands: bool
    quiet: Hidden | None = None


def sign_of(alarm: AlarmInfo | None) -> Sign | None:
    """How an alarm is marked."""
    if alarm is None:
        return None
    loud = alarm.hidden is None
    return Sign(alarm.level, alarm.unseen and loud, alarm.standing and loud, alarm.hidden)


@dataclass(frozen=True, slots=True)
class ChipNow:
    """A sensor's value now; `number` None = not usable."""

    text: str
    number: float | None
    stale: bool
    doubtful: bool
    sign: Sign | None


@dataclass(frozen=True, slots=True)
class RackNow:
    """A rack now: its sign, its power in words and as a share of the full bar (None = not known)."""

    sign: Sign | None
    text: str
    share: float | None


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """A device now; `at` is where its water is."""

    word: str
    stale: bool
    sign: Sign | None
    leak: Leak | None
    at: QPoint | None = None


@dataclass(frozen=True, slots=True)
class Water:
    """A place with water: what is told beside it, and what that covers."""

    cell: DeviceCell
    label: Lettering
    covers: list[QRect]


class FloorLive:
    """The newest state of each thing of a layout."""

    def __init__(self, model: RoomModel, words: FloorWords, layout: Layout, layers: Layers, scope: Scope) -> None:
        self._model, self._words, self._layers, self._scope = model, words, layers, scope
        self._layout = layout
        self._ceiling = words.ceiling()
        self.chips: dict[str, ChipNow] = {}
        self.racks: dict[str, RackNow] = {}
        self.devices: dict[str, DeviceNow] = {}
        self._chip_of = {chip.sensor.key: chip for chip in layout.chips}
        self._racks_of: dict[str, list[RackCell]] = {}
        for cell in layout.racks:
            for key in words.power_keys(cell.shape.id):
                self._racks_of.setdefault(key, []).append(cell)
        self._device_of = {cell.standing.device.id: cell for cell in layout.devices}
        self._water: list[Water] = []
        self._hanging: tuple[str, ...] = ()
        self._tag_places: list[QRect] = []
        self.refresh()

    @property
    def ceiling(self) -> float:
        """kW of a full bar where no rating is known; it never falls while the layout stands."""
        return self._ceiling

    def refresh(self, keys: Iterable[str] | None = None) -> list[QRect]:
        """Look at the model again: these points, or all; what must be painted anew."""
        rects = self._look(keys)
        water = self._find_water() if self._layers.leak else []
        if water == self._water:
            return rects
        self._water = water  # other texts give way to it, so that all is painted anew: it is rare
        return [self._layout.taken.sight]

    def _look(self, keys: Iterable[str] | None) -> list[QRect]:
        if keys is None:
            self._ceiling = max(self._ceiling, self._words.ceiling())
            return [
                *(rect for chip in self._layout.chips for rect in self._chip(chip)),
                *(rect for rack in self._layout.racks for rect in self._rack(rack)),
                *(rect for device in self._layout.devices for rect in self._device(device)),
            ]
        known = list(keys)
        rects = [rect for key in known if key in self._chip_of for rect in self._chip(self._chip_of[key])]
        racks = {cell.shape.id: cell for key in known for cell in self._racks_of.get(key, ())} if self._layers.power else {}
        rects += [rect for cell in racks.values() for rect in self._rack(cell)]
        owners = {self._model.points[key].device for key in known if key in self._model.points}
        return rects + [rect for owner in owners if owner in self._device_of for rect in self._device(self._device_of[owner])]

    def values(self, keys: Iterable[str]) -> tuple[float | None, ...]:
        """The usable values of these sensors."""
        return tuple(self._usable(key) for key in keys)

    def _usable(self, key: str) -> float | None:
        now = self.chips.get(key)
        return now.number if now is not None else None

    # what is so now

    def _chip(self, chip: Chip) -> list[QRect]:
        shown = self._model.shown(chip.sensor.key)
        lost = shown.quality is Quality.BAD or shown.number is None
        text = NOTHING if lost else shown.value
        if not lost and chip.rect.isValid() and lettering.width(text, SMALL) > chip.rect.width() - 2 and shown.number is not None:
            text = figure(shown.number, 0)
        sign = sign_of(self._model.mark((chip.sensor.key,))) if self._layers.alarms else None
        number = None if lost or shown.stale else shown.number
        now = ChipNow(text, number, shown.stale, shown.quality is Quality.UNCERTAIN, sign)
        if self.chips.get(chip.sensor.key) == now:
            return []
        self.chips[chip.sensor.key] = now
        at = QRect(chip.at.x() - 4, chip.at.y() - 4, 9, 9)
        return [chip.rect.adjusted(-2, -2, 2, 2) if chip.rect.isValid() else at, *([chip.sign] if chip.sign.isValid() else [])]

    def _rack(self, cell: RackCell) -> list[QRect]:
        sign = sign_of(self._words.rack_mark(cell.shape.id)) if self._layers.alarms else None
        text, share = "", None
        if self._layers.power:
            power = self._words.power(cell.shape.id)
            text = figure(power.kw, 1) if power.kw is not None else NOTHING if power.metered else ""
            share = min(1.0, power.kw / (power.rating or self._ceiling)) if power.kw is not None else None
        now = RackNow(sign, text, share)
        if self.racks.get(cell.shape.id) == now:
            return []
        self.racks[cell.shape.id] = now
        return [cell.box.adjusted(-2, -2, 2, 2)]

    def _device(self, cell: DeviceCell) -> list[QRect]:
        device = cell.standing.device
        leak = self._words.leak(device) if cell.water and self._layers.leak else None
        word = self._words.device_word(device.id) if leak is None else None
        sign = sign_of(self._model.mark((device.id,))) if self._layers.alarms else None
        at = self._scope.px(*leak.spot).toPoint() if leak is not None and leak.spot is not None else None
        text, stale = (leak.word, leak.wet is None) if leak is not None else (word.text, word.stale) if word is not None else ("", True)
        now = DeviceNow(text, stale, sign, leak, at)
        if self.devices.get(device.id) == now:
            return []
        self.devices[device.id] = now
        return [cell.body.united(cell.sign).adjusted(-4, -8, 4, 4), cell.word.adjusted(-2, -1, 2, 1)]

    # texts

    def letterings(self) -> list[Lettering]:
        """All that is painted of texts."""
        return [
            *(one for chip in self._layout.chips if (one := self.chip_text(chip)) is not None),
            *(one for cell in self._layout.racks if (one := self.rack_text(cell)) is not None),
            *(one for cell in self._layout.devices if (one := self.device_text(cell)) is not None),
        ]

    def chip_text(self, chip: Chip) -> Lettering | None:
        """A value at its place."""
        now = self.chips[chip.sensor.key]
        if not chip.rect.isValid():
            return None
        wide = min(lettering.width(now.text, SMALL) + 1, chip.rect.width())
        left = chip.rect.center().x() - wide // 2 if now.text == NOTHING else chip.rect.right() - 1 - wide
        rect = QRect(left, chip.rect.top(), wide, chip.rect.height())
        return self._seen(Lettering(rect, now.text, SMALL, colour="text_dim" if now.stale else "value"))

    def rack_text(self, cell: RackCell) -> Lettering | None:
        """A rack's kW."""
        now = self.racks[cell.shape.id]
        if not now.text or not cell.figure.isValid() or (now.sign is not None and cell.sign.intersects(cell.figure)):
            return None
        wide = min(lettering.width(now.text, SMALL) + 1, cell.figure.width())
        rect = QRect(cell.figure.center().x() - wide // 2, cell.figure.top(), wide, cell.figure.height())
        return self._seen(fitted(rect, now.text, SMALL, colour="value" if now.share is not None else "text_dim"))

    def device_text(self, cell: DeviceCell) -> Lettering | None:
        """A device's state in a word."""
        now = self.devices[cell.standing.device.id]
        if not cell.word.isValid():
            return None
        wet = now.leak is not None and bool(now.leak.wet)
        one = fitted(cell.word, now.word, SMALL, wet, "text_dim" if now.stale else "text")
        if cell.body.contains(cell.word):
            left = cell.word.left() + (cell.word.width() - lettering.width(one.text, SMALL, wet)) // 2
            one = replace(one, rect=QRect(left, cell.word.top(), cell.word.right() + 1 - left, cell.word.height()))
        return self._seen(one)

    def _seen(self, one: Lettering) -> Lettering | None:
        """No text is cut by the edge of the view, or half covered by what is told of water."""
        return one if self._layout.taken.inside(one.rect) and self.uncovered(one.rect) else None

    # water

    def uncovered(self, rect: QRect) -> bool:
        """Does no word and no sign of water lie upon this?"""
        return not any(cover.intersects(rect) for water in self._water for cover in water.covers)

    def water_labels(self) -> list[tuple[DeviceCell, Lettering]]:
        """What stands beside each place where there is water."""
        return [(water.cell, water.label) for water in self._water]

    def _find_water(self) -> list[Water]:
        wet = [(cell, now) for cell in self._layout.devices if (now := self._wet(cell)) is not None]
        signs = [_around(now.at or cell.body.center()) for cell, now in wet]
        found: list[Water] = []
        for (cell, now), sign in zip(wet, signs, strict=True):
            label = self._label(cell, now, [*signs, *(cover for water in found for cover in water.covers)])
            found.append(Water(cell, label, [label.rect.adjusted(-6, -3, 6, 3), *([sign] if now.at is not None else [])]))
        return found

    def _wet(self, cell: DeviceCell) -> DeviceNow | None:
        now = self.devices[cell.standing.device.id]
        if now.leak is None or not now.leak.wet:
            return None
        told = now.at is None and cell.word.isValid() and self._layout.taken.inside(cell.word)
        return None if told else now

    def _label(self, cell: DeviceCell, now: DeviceNow, taken: list[QRect]) -> Lettering:
        """Where it covers nothing; else where it covers the fewest texts. Never upon water that is told already."""
        leak = now.leak
        text = now.word if leak is None or leak.spot is None else f"{leak.word} {leak.metres_text}"
        if leak is not None and leak.beyond:
            text = self._words.beyond_text(leak, cell.standing.device)
        at = now.at or cell.body.center()
        if not self._layout.taken.inside(QRect(at.x() - 2, at.y() - 2, 4, 4)):
            return self._pointing(at, text, taken)
        rects = _places(at, lettering.width(text, theme.BODY, bold=True) + 2, LABEL)
        places = self._layout.taken
        seen = [rect for rect in rects if places.inside(rect)]
        apart = [rect for rect in seen if not any(one.intersects(rect.adjusted(-6, -3, 6, 3)) for one in taken)]
        free = [rect for rect in apart if places.free(rect.adjusted(-6, -3, 6, 3))]
        rect = next(iter(free), None) or min(apart or seen or rects, key=self._texts_below)
        return Lettering(rect, text, theme.BODY, bold=True)

    def _texts_below(self, rect: QRect) -> int:
        """How many texts it would cover."""
        box = rect.adjusted(-6, -3, 6, 3)
        texts = [one.rect for one in self._layout.names]
        texts += [cell.word for cell in self._layout.devices if cell.word.isValid()]
        texts += [chip.rect for chip in self._layout.chips if chip.rect.isValid()]
        return sum(one.intersects(box) for one in texts)

    def _pointing(self, at: QPoint, text: str, taken: list[QRect]) -> Lettering:
        """Water out of sight is told at the edge that it lies behind, one beside the other."""
        sight = self._layout.taken.sight
        arrow = "←" if at.x() < sight.left() else "→" if at.x() > sight.right() else "↑" if at.y() < sight.top() else "↓"
        text = f"{arrow} {text}"
        wide = lettering.width(text, theme.BODY, bold=True) + 2
        x = min(max(at.x() - wide // 2, sight.left() + 8), sight.right() - wide - 8)
        y = min(max(at.y() - LABEL // 2, sight.top() + 8), sight.bottom() - LABEL - 8)
        step = LABEL + 6 if y + LABEL // 2 < sight.center().y() else -LABEL - 6
        rects = [QRect(x, y + n * step, wide, LABEL) for n in range(sight.height() // (2 * LABEL))]
        free = [rect for rect in rects if not any(one.intersects(rect.adjusted(-6, -3, 6, 3)) for one in taken)]
        return Lettering((free or rects)[0], text, theme.BODY, bold=True)

    # paint

    def paint(self, painter: QPainter, where: QRect) -> None:
        """All that lies in `where`."""
        for chip in self._layout.chips:
            if chip.rect.adjusted(-2, -2, SIGN_ROOM, 2).intersects(where) or not chip.rect.isValid():
                self._paint_chip(painter, chip)
        for cell in self._layout.racks:
            if cell.box.adjusted(-2, -2, 2, 2).intersects(where):
                self._paint_rack(painter, cell)
        for device in self._layout.devices:
            self._paint_device(painter, device)
        for place in self._tags():
            painter.fillRect(place, QColor(theme.current().panel))
            paint_tag(painter, place)

    def _tags(self) -> list[QRect]:
        """At a corner of each rack and device on which a tag hangs; looked for when other tags hang than before."""
        hanging = tuple(tag.id for tag in self._model.station.duty.tags) if self._model.station is not None else ()
        if hanging == self._hanging:
            return self._tag_places
        boxes = [cell.box for cell in self._layout.racks if self._words.rack_tag(cell.shape.id) is not None]
        boxes += [cell.body for cell in self._layout.devices if self._words.device_tag(cell.standing.device.id) is not None]
        self._hanging = hanging
        self._tag_places = [QRect(box.right() - TAG + 1, box.bottom() - TAG + 1, TAG, TAG) for box in boxes]
        return self._tag_places

    def paint_water(self, painter: QPainter) -> None:
        """Where there is water: over everything."""
        for water in self._water:
            cell, label = water.cell, water.label
            now = self.devices[cell.standing.device.id]
            level = now.sign.level if now.sign is not None and now.sign.quiet is None else 0
            colour = theme.current().level(level) if level else theme.current().text
            at = now.at or cell.body.center()
            if self._layout.taken.sight.contains(at):
                paint_leader(painter, at, label, WATER // 2 + 1, colour)
            if now.at is not None:
                self._paint_spot(painter, now.at, now.sign)
            paint_label(painter, label, colour)

    def _paint_spot(self, painter: QPainter, at: QPoint, sign: Sign | None) -> None:
        if sign is not None:
            _paint_sign(painter, _around(at), sign)
        else:
            paint_detector(painter, at, True)

    def _paint_chip(self, painter: QPainter, chip: Chip) -> None:
        now, tokens = self.chips[chip.sensor.key], theme.current()
        rect = chip.rect
        if not rect.isValid():
            mark = QRect(chip.at.x() - 3, chip.at.y() - 3, 6, 6)
            painter.fillRect(mark, QColor(tokens.panel if now.stale else tokens.value))
            painter.setPen(QPen(QColor(tokens.text_dim), 0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(mark)
        else:
            painter.fillRect(rect, QColor(tokens.panel))
            if now.stale:
                theme.paint_stale(painter, rect)
            text = self.chip_text(chip)
            if text is not None:
                if now.stale:
                    painter.fillRect(text.rect.adjusted(0, 2, 0, -2), QColor(tokens.panel))
                lettering.paint(painter, (text,))
            if now.doubtful:
                painter.setPen(QPen(QColor(tokens.text), 0, Qt.PenStyle.DotLine))
                painter.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
            if now.sign is not None and now.sign.stands:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(tokens.level(now.sign.level)), 2))
                painter.drawRect(rect)
        if now.sign is not None and chip.sensor.rack is None:
            place = chip.sign if chip.sign.isValid() else QRect(chip.at.x() - 9, chip.at.y() - 9, 18, 18)
            _paint_sign(painter, place, now.sign)

    def _paint_rack(self, painter: QPainter, cell: RackCell) -> None:
        now, tokens = self.racks[cell.shape.id], theme.current()
        if now.text and cell.bar.isValid() and now.sign is None:
            painter.fillRect(cell.bar, QColor(tokens.track))
            if now.share is not None:
                painter.fillRect(QRect(cell.bar.left(), cell.bar.top(), round(cell.bar.width() * now.share), 4), QColor(tokens.text_dim))
            elif now.text == NOTHING:
                theme.paint_stale(painter, cell.bar)
        text = self.rack_text(cell)
        if text is not None:
            lettering.paint(painter, (text,))
        if now.sign is not None:
            if now.sign.stands:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(tokens.level(now.sign.level)), 2))
                painter.drawPolygon(cell.outline)
            _paint_sign(painter, cell.sign, now.sign)

    def _paint_device(self, painter: QPainter, cell: DeviceCell) -> None:
        now, tokens = self.devices[cell.standing.device.id], theme.current()
        if cell.word.isValid() and now.stale:
            theme.paint_stale(painter, cell.word)
        text = self.device_text(cell)
        if text is not None:
            if now.stale or not cell.body.contains(text.rect):
                wide = lettering.width(text.text, SMALL, bold=text.bold)
                painter.fillRect(QRect(text.rect.left(), text.rect.top() + 2, wide, LINE - 4), QColor(tokens.panel))
            lettering.paint(painter, (text,))
        wet_here = now.leak is not None and now.at is None
        if now.leak is not None and cell.standing.box is None and (now.sign is None or not wet_here):
            paint_detector(painter, cell.body.center(), now.leak.wet)
        if now.sign is None or (now.leak is not None and now.leak.wet and now.at is not None):
            return
        if now.sign.stands and cell.standing.box is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.level(now.sign.level)), 2))
            painter.drawRect(cell.body)
        _paint_sign(painter, cell.sign, now.sign)


def _around(at: QPoint) -> QRect:
    """The place of the sign where water is."""
    return QRect(at.x() - WATER // 2, at.y() - WATER // 2, WATER, WATER)


def _places(at: QPoint, wide: int, high: int) -> list[QRect]:
    """Around a spot: beside it, above and below, at the corners; then the same farther away."""
    found = []
    for far in (0, high + 6, 2 * high + 12):
        right, left = at.x() + WATER // 2 + 8 + far, at.x() - wide - WATER // 2 - 8 - far
        above, below = at.y() - high - WATER - far, at.y() + WATER + far
        x, y = at.x() - wide // 2, at.y() - high // 2
        spots = [(right, y), (left, y), (x, above), (x, below), (right, above), (left, above), (right, below), (left, below)]
        found += [QRect(*spot, wide, high) for spot in spots]
    return found


def _paint_sign(painter: QPainter, rect: QRect, sign: Sign) -> None:
    if sign.quiet is not None:
        painter.fillRect(rect, QColor(theme.current().panel))
        theme.paint_quiet(painter, rect, sign.quiet)
        return
    theme.paint_level(painter, rect, sign.level, filled=sign.filled, digit=rect.width() >= LEAST_DIGIT)
