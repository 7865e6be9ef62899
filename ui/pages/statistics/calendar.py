"""The calendar: a line for each device (opened: for its points), a cell for each day; what is missing hangs from above. A painted
board in a scroll area with the months above it. Asks the station nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygon,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cityops_desktop.link.statistics import CompletenessInfo
from cityops_desktop.model.statistics import Days
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.statistics.words import share_text
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

ROW = 22
NAMES = 206
SHARES = 74
WIDEST = 34
WHOLE = 995
"""Per mille from which on a day is shown as whole."""
LEAST_DARK = 4
"""So many px of a day that is not whole are dark at least."""
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


@dataclass(frozen=True, slots=True)
class Line:
    """A device or, below it, one of its points."""

    id: str
    device: str
    name: str
    shares: tuple[int | None, ...]
    point: bool


def lines_of(info: CompletenessInfo | None, opened: frozenset[str], model: RoomModel) -> list[Line]:
    """The lines of the board, in the order of the room."""
    if info is None:
        return []
    points: dict[str, list[Days]] = {}
    for one in info.points:
        points.setdefault(one.id.rpartition(".")[0], []).append(one)
    found = []
    for device in info.devices:
        known = model.devices.get(device.id)
        found.append(Line(device.id, device.id, pick(known.names) if known else device.id, device.shares, point=False))
        for one in points.get(device.id, []) if device.id in opened else ():
            point = model.points.get(one.id)
            found.append(Line(one.id, device.id, pick(point.names) if point else one.id, one.shares, point=True))
    return found


def mean(shares: Sequence[int | None]) -> float | None:
    """The share of a line over its days that are known."""
    known = [one for one in shares if one is not None]
    return sum(known) / len(known) / 1000 if known else None


def worst(info: CompletenessInfo, most: int) -> list[tuple[str, int, int]]:
    """The devices' worst days: device, number of the day, per mille; one of each device, none that is whole."""
    found = []
    for line in info.devices:
        known = [(share, day) for day, share in enumerate(line.shares) if share is not None and share < WHOLE]
        if known:
            share, day = min(known)
            found.append((line.id, day, share))
    return sorted(found, key=lambda one: one[2])[:most]


def worst_point(info: CompletenessInfo, device: str, day: int) -> str:
    """The point of a device of which most is missing on a day; "" when it has none."""
    mine = [one for one in info.points if one.id.rpartition(".")[0] == device]
    known = [one for one in mine if one.shares[day] is not None]
    return min(known, key=lambda one: one.shares[day] or 0).id if known else mine[0].id if mine else ""


class _Scale:
    """Where the days stand across."""

    def __init__(self, wide: int, days: int) -> None:
        room = max(1, wide - NAMES - SHARES - 8)
        self.step = min(float(WIDEST), room / max(1, days))
        self.days = days

    def edges(self, day: int) -> tuple[int, int]:
        return NAMES + round(day * self.step), NAMES + round((day + 1) * self.step)

    def day_at(self, x: int) -> int:
        day = int((x - NAMES) / self.step) if x >= NAMES else -1
        return day if 0 <= day < self.days else -1


class Months(QWidget):
    """The months, or the days where there are few, above the board."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._days: list[int] = []
        self._wide = 0
        self.setFixedHeight(20)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def tell(self, days: list[int]) -> None:
        """The days' begins."""
        self._days = days
        self.update()

    def set_wide(self, wide: int) -> None:
        """As wide as the board below, which has a scroll bar beside it."""
        self._wide = wide
        self.update()

    def _letterings(self) -> list[Lettering]:
        scale = _Scale(self._wide, len(self._days))
        found: list[Lettering] = []
        for number, begin in reversed(list(enumerate(self._days))):  # the newest first: a month that is cut gives way to the next
            day, left = moment(begin, self._model.zone), scale.edges(number)[0]
            first = number == 0 or day.day == 1
            text = f"{day:%Y-%m}" if first and scale.step < 20 else f"{day:%m-%d}" if scale.step >= 20 and number % 2 == 0 else ""
            wide = lettering.width(text, theme.SMALL) + 2
            free = found[-1].rect.left() - 6 if found else self.width()
            if text and left + wide <= free:
                found.append(Lettering(QRect(left, 0, wide, self.height()), text, theme.SMALL, colour="text_dim"))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """The names of the months."""
        painter = QPainter(self)
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())


class Board(QWidget):
    """Arrows go from cell to cell; Space opens a device, Enter (or a click) a day. `looked`: what is looked at is another cell."""

    looked = Signal()
    dayWanted = Signal(str, int)
    """The id of a line and the number of a day."""
    resized = Signal(int)
    """So wide it is now."""
    moved = Signal(int)
    """The line at hand stands so many px from above."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._info: CompletenessInfo | None = None
        self.opened: frozenset[str] = frozenset()
        """Devices whose points are seen."""
        self.lines: list[Line] = []
        self.row = self.day = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changes.themeChanged.connect(self.update)

    def tell(self, info: CompletenessInfo | None) -> None:
        """This is known; what was looked at stays so when it is still there."""
        self._info = info
        self._fill()

    def _fill(self) -> None:
        kept = self.lines[self.row].id if 0 <= self.row < len(self.lines) else ""
        self.lines = lines_of(self._info, self.opened, self._model)
        self.row = next((n for n, line in enumerate(self.lines) if line.id == kept), -1)
        self.day = self.day if self.row >= 0 and self._info is not None and self.day < len(self._info.days) else -1
        self.setMinimumHeight(max(ROW, len(self.lines) * ROW))
        self.setToolTip("\n".join(line.name for line in self.lines))
        self.updateGeometry()
        self.update()
        self.looked.emit()

    def sizeHint(self) -> QSize:
        return QSize(900, max(ROW, len(self.lines) * ROW))

    def toggle(self, device: str) -> None:
        """Open or close a device's points."""
        self.opened = self.opened ^ {device}
        self._fill()

    def said(self) -> str:
        """The cell that is looked at, in words."""
        return self._words(self.row, self.day)

    def select(self, row: int, day: int) -> None:
        """Look at this cell."""
        if self.lines and self._info is not None:
            self.row = min(len(self.lines) - 1, max(0, row))
            self.day = min(len(self._info.days) - 1, max(0, day))
            self.moved.emit(self.row * ROW)
            self.setAccessibleDescription(self.said())
            self.update()
            self.looked.emit()

    def _words(self, row: int, day: int) -> str:
        if self._info is None or not 0 <= row < len(self.lines):
            return ""
        line = self.lines[row]
        device = self._model.devices.get(line.device)
        name = f"{pick(device.names)} · {line.name}" if line.point and device is not None else line.name
        if day < 0:
            part = mean(line.shares)
            return f"{name}: {share_text(part) if part is not None else tr('unknown')}"
        begin = moment(self._info.days[day], self._model.zone)
        when = f"{begin:%Y-%m-%d} {tr(WEEKDAYS[begin.weekday()])}"
        return f"{name}, {when}: {cell_words(line.shares[day])}"

    # painting

    def _scale(self) -> _Scale:
        return _Scale(self.width(), len(self._info.days) if self._info is not None else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines that are seen."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(theme.current().panel))
        scale = self._scale()
        first, last = event.rect().top() // ROW, min(len(self.lines) - 1, event.rect().bottom() // ROW)
        for row in range(first, last + 1):
            self._paint_line(painter, row, scale)
        lettering.paint(painter, self._letterings(first, last))
        painter.end()

    def _paint_line(self, painter: QPainter, row: int, scale: _Scale) -> None:
        line, top, now = self.lines[row], row * ROW, theme.current()
        if row == self.row:
            painter.fillRect(0, top, self.width(), ROW, QColor(now.selection))
        if not line.point:
            _paint_arrow(painter, QPoint(12, top + ROW // 2), opened=line.device in self.opened)
        for day, share in enumerate(line.shares):
            left, right = scale.edges(day)
            gap = 1 if right - left > 2 else 0
            paint_cell(painter, QRect(left, top + 2, max(1, right - left - gap), ROW - 4), share)
        if row == self.row and self.day >= 0:
            left, right = scale.edges(self.day)
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRect(left - 2, top + 1, max(4, right - left + 2), ROW - 3))

    def _letterings(self, first: int, last: int) -> list[Lettering]:
        found = []
        for row in range(first, last + 1):
            line, top = self.lines[row], row * ROW
            left = 40 if line.point else 22
            place = QRect(left, top, NAMES - left - 6, ROW)
            found.append(lettering.fitted(place, line.name, colour="text_dim" if line.point else "text"))
            part = mean(line.shares)
            text = share_text(part) if part is not None else tr("unknown")
            found.append(lettering.fitted(QRect(self.width() - SHARES, top, SHARES - 6, ROW), text, right=True))
        return found

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings(0, len(self.lines) - 1))

    # hands

    def _cell_at(self, place: QPoint) -> tuple[int, int]:
        row = place.y() // ROW
        return (row if 0 <= row < len(self.lines) else -1), self._scale().day_at(place.x())

    def event(self, event: QEvent) -> bool:
        """The tool tip says the cell under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words(*self._cell_at(event.pos())), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The months above go with it."""
        super().resizeEvent(event)
        self.resized.emit(self.width())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A day opens its curves, a name its points."""
        row, day = self._cell_at(event.position().toPoint())
        if row < 0 or event.button() is not Qt.MouseButton.LeftButton:
            return
        self.select(row, day if day >= 0 else max(0, self.day))
        if day >= 0:
            self.dayWanted.emit(self.lines[row].id, day)
        elif not self.lines[row].point and event.position().x() < NAMES:
            self.toggle(self.lines[row].device)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End, Page Up, Page Down; Space opens a device, Enter a day."""
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_PageUp: (-10, 0),
            Qt.Key.Key_PageDown: (10, 0),
        }
        key = Qt.Key(event.key())
        if not self.lines or self._info is None:
            super().keyPressEvent(event)
        elif key in steps:
            newest = len(self._info.days) - 1
            row, day = (self.row, self.day) if self.row >= 0 and self.day >= 0 else (0, newest)
            here = (self.row, self.day) == (row, day)
            down, across = steps[key] if here else (0, 0)
            self.select(row + down, day + across)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.select(self.row, 0 if key is Qt.Key.Key_Home else len(self._info.days) - 1)
        elif key is Qt.Key.Key_Space and self.row >= 0:
            self.toggle(self.lines[self.row].device)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.row >= 0 and self.day >= 0:
            self.dayWanted.emit(self.lines[self.row].id, self.day)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self.row < 0 and self._info is not None and self.lines:
            self.select(0, len(self._info.days) - 1)
        self.update()


class Key(QWidget):
    """What the cells mean, as cells with words beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(22)
        theme.changes.themeChanged.connect(self.update)

    def _parts(self) -> list[tuple[int | None, str]]:
        return [
            (1000, tr("whole")),
            (600, tr("a part is missing")),
            (0, tr("nothing came")),
            (None, tr("nothing was recorded yet")),
        ]

    def _places(self) -> list[tuple[QRect, int | None, Lettering]]:
        found, x = [], 0
        for share, words in self._parts():
            wide = lettering.width(words, theme.SMALL) + 2
            found.append((QRect(x, 2, 12, ROW - 4), share, Lettering(QRect(x + 18, 0, wide, 22), words, theme.SMALL, colour="text_dim")))
            x += 18 + wide + 22
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """The four kinds of cells."""
        painter = QPainter(self)
        for rect, share, _ in self._places():
            paint_cell(painter, rect, share)
        lettering.paint(painter, [words for *_, words in self._places()])
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told([words for *_, words in self._places()])


def cell_words(share: int | None) -> str:
    """A day in words."""
    if share is None:
        return tr("nothing was recorded yet")
    if share == 0:
        return tr("nothing came")
    return tr("{share} of the readings came", share=share_text(share / 1000))


def paint_cell(painter: QPainter, rect: QRect, share: int | None) -> None:
    """A day: grey where readings came, in ink from above what is missing, hatched when nothing came, a dot when nothing was due."""
    now = theme.current()
    if share is None:
        painter.fillRect(rect.center().x(), rect.center().y(), 2, 2, QColor(now.hatch))
        return
    painter.fillRect(rect, QColor(now.track))
    if share == 0:
        painter.fillRect(rect, QColor(now.panel))
        theme.paint_stale(painter, rect)
        painter.fillRect(rect.left(), rect.top(), rect.width(), 3, QColor(now.text))
        painter.fillRect(rect.left(), rect.bottom() - 2, rect.width(), 3, QColor(now.text))
    elif share < WHOLE:
        dark = max(LEAST_DARK, round((1000 - share) / 1000 * rect.height()))
        painter.fillRect(rect.left(), rect.top(), rect.width(), dark, QColor(now.text))


def _paint_arrow(painter: QPainter, middle: QPoint, *, opened: bool) -> None:
    x, y = middle.x(), middle.y()
    corners = [(-4, -2), (4, -2), (0, 3)] if opened else [(-2, -4), (-2, 4), (3, 0)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.current().text_dim))
    painter.drawPolygon(QPolygon([QPoint(x + dx, y + dy) for dx, dy in corners]))
