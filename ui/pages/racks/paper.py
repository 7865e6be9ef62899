"""Racks on paper for an audit: both faces, and a list of all that stands there with its state at the time. Written a page at a time.

The records are taken at one moment; a page is painted per turn of the event loop, so that the window never waits for the paper.
"""

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QRectF, QSaveFile, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPdfWriter, QPen

from cityops_desktop.sentences import level_name
from cityops_desktop.texts import N_, pick, tr
from ui.models.room import RoomModel
from ui.pages.racks.elevation import FACES, Elevation
from ui.pages.racks.state import ItemState, RackState, RackWatch, Sign, Sum
from ui.pages.racks.words import FACE_NAMES, SIGNS, kw_text, level_words, state_words, units_text, watt_text
from ui.paper import sheet
from ui.paper.sheet import BODY, FAINT, GREY, INK, SMALL, Heading, broken, metrics, write

LINE = 100
"""Height of a line of the list."""
NUMBERS = 130
GAP = 120
PER_PAGE = 3
TITLES = (N_("Rack"), N_("Face"), N_("U"), N_("Item"), N_("Model"), N_("Device"), N_("State"), N_("Power"))
SHARES = (0.075, 0.06, 0.085, 0.22, 0.16, 0.16, 0.13, 0.11)


@dataclass(frozen=True, slots=True)
class Record:
    """A rack at the moment of printing: its units, its state in words, and a line of the list for each item, from above."""

    elevation: Elevation
    state: RackState
    head: str
    lines: tuple[tuple[str, ...], ...]


def record_of(model: RoomModel, watch: RackWatch) -> Record:
    """This rack now."""
    state, rack, elevation = watch.state(model), watch.rack, watch.elevation
    lines = []
    for n in sorted(range(len(rack.items)), key=lambda one: (-rack.items[one].u, rack.items[one].face)):
        item, now = rack.items[n], state.items[n]
        device = model.devices.get(item.device) if item.device else None
        named = f"{pick(device.names)} ({device.id})" if device else item.device or ""
        power = watt_text(now.power) + (f" ({tr('stale')})" if now.power.stale else "")
        face = tr(FACE_NAMES[item.face])
        lines.append((rack.id, face, units_text(elevation, n), pick(item.names), item.model or item.type, named, state_words(now), power))
    return Record(elevation, state, _head(watch, state), tuple(lines))


def _head(watch: RackWatch, state: RackState) -> str:
    rack, elevation = watch.rack, watch.elevation
    names = pick(rack.names)
    parts = [rack.id] if names == rack.id else [rack.id, names]
    if rack.type:
        parts.append(rack.type)
    if state.level and state.alarm is not None:
        parts.append(level_words(state.level, state.alarm))
    parts.append(f"{tr('Power')} {_told(state.total)}")
    if len(state.sides) > 1:
        parts += [f"{side} {_told(power)}" for side, power in state.sides if power.metered]
    parts.append(tr("Free: {free} U, largest run {run} U", free=len(elevation.free_through), run=elevation.largest_run.units))
    for face, name in ((FACES[0], tr("Inlet air")), (FACES[1], tr("Outlet air"))):
        found = [f"{one.text} °C ({tr('stale')})" if one.stale else f"{one.text} °C" for one in state.warmth[face]]
        parts += [f"{name} {' / '.join(found)}"] if found else []
    return " · ".join(parts)


def _told(power: Sum) -> str:
    return f"{kw_text(power)} ({tr('stale')})" if power.stale else kw_text(power)


@dataclass(slots=True)
class _Sheet:
    """One page: the racks drawn on it, and the lines of the list from `top` on."""

    records: list[Record]
    top: float
    left: float
    width: float
    lines: list[list[list[str]]] = field(default_factory=list)


class PaperRun(QObject):
    """One of `finished`, `failed` (why) and `cancelled` ends it; a file appears whole or not at all."""

    progress = Signal(int, int)
    finished = Signal()
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, path: Path, heading: Heading, records: list[Record], *, several: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._heading, self._several = heading, several
        self._file = QSaveFile(str(path))
        self._todo = _chunks(records, PER_PAGE if several else 1)
        self._sheets: list[_Sheet] = []
        self._page = 0
        self._writer: QPdfWriter | None = None
        self._painter: QPainter | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        """Begin; nothing has been written yet when this returns."""
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.cancel)
        self._timer.start()

    def cancel(self) -> None:
        """Leave no file behind; nothing happens when the run has ended."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        self._let_go()
        self._file.cancelWriting()
        self.cancelled.emit()

    def _turn(self) -> None:
        if self._todo:
            self._sheets += _sheets(self._todo.pop(0), several=self._several)
        elif self._painter is None:
            self._open()
        elif self._page < len(self._sheets):
            self._paint_page()
        else:
            self._close()

    def _open(self) -> None:
        if not self._file.open(QSaveFile.OpenModeFlag.WriteOnly):
            self._fail()
            return
        self._writer = QPdfWriter(self._file)
        sheet.set_up(self._writer, self._heading, landscape=not self._several)
        self._painter = QPainter(self._writer)

    def _paint_page(self) -> None:
        if self._writer is None or self._painter is None:
            return
        if self._page:
            self._writer.newPage()
        self._page += 1
        one = self._sheets[self._page - 1]
        sheet.paint_heading(self._painter, self._heading, self._page, len(self._sheets), landscape=not self._several)
        _paint_sheet(self._painter, one, several=self._several)
        self.progress.emit(self._page, len(self._sheets))

    def _close(self) -> None:
        self._timer.stop()
        self._let_go()
        if self._file.commit():
            self.finished.emit()
        else:
            self._fail()

    def _fail(self) -> None:
        self._timer.stop()
        self._let_go()
        self.failed.emit(self._file.errorString())

    def _let_go(self) -> None:
        if self._painter is not None:
            self._painter.end()
        self._painter = self._writer = None


# what stands on which page


def _chunks(records: list[Record], size: int) -> list[list[Record]]:
    return [records[n : n + size] for n in range(0, len(records), size)]


def _sheets(records: list[Record], *, several: bool) -> list[_Sheet]:
    """The page of these racks, and as many more as their list needs."""
    whole = sheet.area(landscape=not several)
    if several:
        tallest = max(record.elevation.rack.u_height for record in records)
        top = whole.top() + _head_height(whole.width() / PER_PAGE - GAP / 2, records) + tallest * _unit(records, several=True) + 190
        now = _Sheet(records, top, whole.left(), whole.width())
    else:
        left = whole.left() + _faces_width(several=False) + GAP
        now = _Sheet(records, whole.top() + 230, left, whole.right() - left)
    result, y = [now], now.top + LINE
    for record in records:
        for line in record.lines:
            cells = _cells(line, now.width)
            high = max(len(cell) for cell in cells) * LINE
            if y + high > whole.bottom():
                now = _Sheet([], whole.top(), whole.left(), whole.width())
                result.append(now)
                cells = _cells(line, now.width)
                high = max(len(cell) for cell in cells) * LINE
                y = now.top + LINE
            now.lines.append(cells)
            y += high
    return result


def _cells(line: tuple[str, ...], width: float) -> list[list[str]]:
    return [broken(text, share * width - 30, SMALL) for text, share in zip(line, SHARES, strict=True)]


def _unit(records: list[Record], *, several: bool) -> float:
    tallest = max(record.elevation.rack.u_height for record in records)
    return min(72.0, 3100 / tallest) if several else min(110.0, 4560 / tallest)


def _faces_width(*, several: bool) -> float:
    return (sheet.area(landscape=False).width() - GAP * (PER_PAGE - 1)) / PER_PAGE if several else 3050.0


def _head_height(width: float, records: list[Record]) -> float:
    return max(len(broken(record.head, width, SMALL)) for record in records) * LINE + 20


# painting


def _paint_sheet(painter: QPainter, one: _Sheet, *, several: bool) -> None:
    whole = sheet.area(landscape=not several)
    if one.records:
        unit, wide = _unit(one.records, several=several), _faces_width(several=several)
        head = _head_height(whole.width() / PER_PAGE - GAP / 2, one.records) if several else 200.0
        for n, record in enumerate(one.records):
            left = whole.left() + n * (wide + GAP)
            _paint_head(painter, record, QRectF(left, whole.top(), wide if several else whole.width(), head))
            _paint_faces(painter, record, QRectF(left, whole.top() + head, wide, 0), unit)
    _paint_list(painter, one)


def _paint_head(painter: QPainter, record: Record, place: QRectF) -> None:
    for n, text in enumerate(broken(record.head, place.width(), SMALL, bold=True)):
        write(painter, QRectF(place.left(), place.top() + n * LINE, place.width() + 40, LINE), text, SMALL, bold=True)


def _paint_faces(painter: QPainter, record: Record, place: QRectF, unit: float) -> None:
    """Front and rear side by side, the unit numbers at the left."""
    elevation, rack = record.elevation, record.elevation.rack
    wide = (place.width() - NUMBERS - 60) / 2
    size = round(min(SMALL, unit * 0.8))
    top = place.top() + LINE
    for n, face in enumerate(FACES):
        box = QRectF(place.left() + NUMBERS + n * (wide + 60), top, wide, rack.u_height * unit)
        write(painter, QRectF(box.left(), place.top(), wide, LINE), tr(FACE_NAMES[face]), SMALL, ink=GREY)
        _paint_units(painter, box, rack.u_height, unit)
        for stand in elevation.stands[face]:
            spot = QRectF(box.left(), box.bottom() - stand.top * unit, wide, (stand.top - stand.bottom) * unit)
            name = pick(rack.items[stand.item].names)
            _paint_item(painter, spot, name, record.state.items[stand.item], size, back=stand.back)
        for run, through in elevation.free_runs(face):
            spot = QRectF(box.left() + 25, box.bottom() - (run.lowest + run.units // 2) * unit, wide - 45, unit)
            words = tr("{n} U free", n=run.units) if through else tr("{n} U this side only", n=run.units)
            write(painter, spot, words, size, right=True, ink=FAINT)
        painter.setPen(QPen(INK, 10))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
    for unit_number in range(1, rack.u_height + 1):
        spot = QRectF(place.left(), top + (rack.u_height - unit_number) * unit, NUMBERS - 30, unit)
        write(painter, spot, str(elevation.printed(unit_number)), size, right=True, ink=GREY)


def _paint_units(painter: QPainter, box: QRectF, units: int, unit: float) -> None:
    painter.setPen(QPen(FAINT, 3))
    for n in range(1, units):
        painter.drawLine(int(box.left()), int(box.bottom() - n * unit), int(box.right()), int(box.bottom() - n * unit))


def _paint_item(painter: QPainter, spot: QRectF, name: str, state: ItemState, size: int, *, back: bool) -> None:
    """A box with the name; what is wrong with it as a word at the right; the back of what is mounted on the other face is dashed."""
    painter.fillRect(spot, Qt.GlobalColor.white)
    painter.setPen(QPen(GREY if back else INK, 5, Qt.PenStyle.DashLine if back else Qt.PenStyle.SolidLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(spot)
    inner = spot.adjusted(25, 0, -20, 0)
    if back:
        write(painter, inner, tr("back: {name}", name=name), size, ink=GREY)
        return
    word = level_name(state.level) if state.level else tr(SIGNS[state.sign]) if state.sign in (Sign.STALE, Sign.UNKNOWN) else ""
    wide = metrics(size, True).horizontalAdvance(word) if word else 0.0
    write(painter, inner.adjusted(0, 0, -wide - 20 if word else 0, 0), name, size)
    if word:
        write(painter, QRectF(inner.right() - wide - 2, inner.top(), wide + 2, inner.height()), word, size, bold=True, right=True)


def _paint_list(painter: QPainter, one: _Sheet) -> None:
    """The lines with their titles; what does not fit a cell goes on below, nothing is cut."""
    if not one.lines:
        write(painter, QRectF(one.left, one.top, one.width, LINE), tr("Nothing stands here"), BODY, ink=GREY)
        return
    x, y = one.left, one.top
    for title, share in zip(TITLES, SHARES, strict=True):
        write(painter, QRectF(x, y, share * one.width - 30, LINE), tr(title), SMALL, bold=True)
        x += share * one.width
    y += LINE
    for cells in one.lines:
        painter.setPen(QPen(FAINT, 3))
        painter.drawLine(int(one.left), int(y), int(one.left + one.width), int(y))
        x = one.left
        for texts, share in zip(cells, SHARES, strict=True):
            for n, text in enumerate(texts):
                write(painter, QRectF(x, y + n * LINE, share * one.width, LINE), text, SMALL)
            x += share * one.width
        y += max(len(texts) for texts in cells) * LINE
