"""The strip over every page when the mains or the cooling are lost: battery, generator, hottest inlet, shutdown plan. Only shows.

It comes and goes by itself. Each figure has its place for good, with its age; what is not known says so, and the tool tip says why.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cityops_desktop.link.minutes import GeneratorFigure, MinutesFigure, MinutesInfo
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text, with_unit
from ui.widgets import lettering

HIGH = 58
EDGE = 8
HEAD = 150
OLD_MS = 15_000
"""A reading that is older than this is hatched."""
SHORT_MINUTES = 10
WHY = {
    "no_ups": N_("The room file names no UPS"),
    "no_runtime": N_("The UPS says neither how long it lasts nor how full its batteries are"),
    "stale": N_("The last value is too old"),
    "no_generator": N_("The room file names no generator"),
    "no_state": N_("The room file does not say in which states the generator gives no power"),
    "no_sensor": N_("No temperature at the racks has an upper limit"),
    "not_rising": N_("No inlet is on its way to its limit"),
    "few": N_("Measured for too short a time"),
    "far": N_("More than an hour: not reckoned"),
    "no_plans": N_("No shutdown plan is kept yet"),
}
STATES = {"running": N_("Running"), "off": N_("Gives no power"), "failed": N_("Does not start"), "unknown": N_("unknown")}
LOST = {"mains": N_("Mains lost"), "cooling": N_("Cooling lost")}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in words: `note` small below it; `urgent` = it wants somebody, `stale` = it is old, `point` = where it comes from."""

    title: str
    value: str
    note: str
    tip: str
    urgent: bool = False
    stale: bool = False
    point: str = ""


class MinutesStrip(QWidget):
    """Hidden while nothing is lost. Left and Right go from figure to figure, Enter or a click to the point of the figure."""

    pointWanted = Signal(str)

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.cells: list[Cell] = []
        self._current = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HIGH)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        for signal in (model.stationChanged, model.replaced, model.connectedChanged, model.beat):
            signal.connect(self.refresh)
        theme.changes.themeChanged.connect(self.update)

    @property
    def info(self) -> MinutesInfo | None:
        """What the station says."""
        return self._model.station.minutes if self._model.station is not None else None

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.refresh()

    def refresh(self) -> None:
        """Shown or not, and the figures."""
        info = self.info
        self.setHidden(info is None)
        if info is None:
            return
        cells = [
            self._figure(tr("Batteries last"), info.battery),
            self._generator(info.generator),
            self._figure(tr("Hottest inlet at its limit in"), info.inlet),
            self._figure(tr("The shutdown plan takes"), info.plan),
        ]
        if cells != self.cells:
            self.cells = cells
            words = "; ".join(f"{one.title} {one.value} {one.note}".strip() for one in cells)
            self.setToolTip("\n".join([" · ".join(self._head()), *(f"{one.tip}\n{one.note}" for one in cells)]))
            self.setAccessibleName(f"{' '.join(self._head())}. {words}")
        self.update()

    def _head(self) -> list[str]:
        info = self.info
        if info is None:
            return []
        return [*(tr(LOST[one]) for one in info.lost), tr("since {time}", time=time_text(info.since, self._model.zone, self._model.now()))]

    def _figure(self, title: str, one: MinutesFigure) -> Cell:
        name = self._name(one.subject)
        if one.minutes is None:
            words = tr("not rising") if one.why == "not_rising" else tr("over 1 h") if one.why == "far" else tr("unknown")
            why = tr(WHY[one.why]) if one.why in WHY else ""
            return Cell(title, words, name, "\n".join(filter(None, (title, why, name))), point=one.subject)
        age = self._age(one.time)
        left = max(0.0, one.minutes - (age / 60 if one.reckoned else 0.0))
        value = tr("{n} min", n=round(left)) if left < 100 else span_text(left * 60)
        between = ""
        if one.low is not None:
            low = round(one.low)
            between = tr("{low} min or more", low=low) if one.high is None else tr("{low} to {high} min", low=low, high=round(one.high))
        limit = with_unit(self._model.points[one.subject], one.limit) if one.limit is not None and one.subject in self._model.points else ""
        lines = [f"{title} {value}", between, tr("limit {limit}", limit=limit) if limit else "", name]
        lines.append(tr("reckoned from its course") if one.reckoned else tr("said by the device"))
        lines.append(tr("reading {age} old", age=span_text(age)))
        stale = age * 1000 > OLD_MS or not self._model.connected
        note = " · ".join(filter(None, (between, limit, name)))
        return Cell(title, value, note, "\n".join(filter(None, lines)), left < SHORT_MINUTES, stale, one.subject)

    def _generator(self, one: GeneratorFigure) -> Cell:
        title = tr("Generator")
        name = self._name(one.subject)
        if one.why:
            return Cell(title, tr("unknown"), name, "\n".join(filter(None, (title, tr(WHY[one.why]), name))), point=one.subject)
        shown = self._model.shown(one.subject)
        own = shown.value if one.subject in self._model.points else ""
        word = tr(STATES[one.state]) if one.state != "off" or not own else own
        tip = "\n".join((f"{title}: {word}", f"{name}: {own}", tr("reading {age} old", age=span_text(self._age(one.time)))))
        note = own if word != own else name
        return Cell(title, word, note, tip, one.state == "failed", shown.stale or not self._model.connected, one.subject)

    def _age(self, time: int | None) -> float:
        return float("inf") if time is None else max(0.0, (self._model.now() - time) / 1000)

    def _name(self, key: str) -> str:
        point = self._model.points.get(key)
        device = self._model.devices.get(point.device) if point is not None else None
        return " ".join(pick(one.names) for one in (device, point) if one is not None)

    # where everything stands

    def sizeHint(self) -> QSize:
        """One height; all the width there is."""
        return QSize(640, HIGH)

    def _places(self) -> list[QRect]:
        wide = (self.width() - EDGE - HEAD) // 4
        return [QRect(EDGE + HEAD + n * wide, 0, wide, HIGH) for n in range(4)]

    def _letterings(self) -> Iterator[lettering.Lettering]:
        *what, since = self._head()
        top = 3 if len(what) > 1 else 11
        for n, words in enumerate(what):
            yield lettering.fitted(QRect(EDGE + 8, top + 18 * n, HEAD - 14, 18), words, theme.BODY, True)
        yield lettering.fitted(QRect(EDGE + 8, top + 18 * len(what), HEAD - 14, 17), since, theme.SMALL, colour="text_dim")
        for place, cell in zip(self._places(), self.cells, strict=True):
            inner = place.adjusted(10, 0, -8, 0)
            yield lettering.fitted(QRect(inner.left(), 3, inner.width(), 17), cell.title, theme.SMALL, colour="text_dim")
            yield lettering.fitted(QRect(inner.left(), 20, inner.width(), 20), cell.value, theme.TITLE, cell.urgent)
            yield lettering.fitted(QRect(inner.left(), 40, inner.width(), 16), cell.note, theme.SMALL, colour="text_dim")

    def paintEvent(self, event: QPaintEvent) -> None:
        """An edge in the colour of the highest level, the heading, four figures."""
        now = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(now.panel))
        painter.fillRect(QRect(0, 0, EDGE, HIGH), QColor(now.level(1)))
        for n, (place, cell) in enumerate(zip(self._places(), self.cells, strict=True)):
            painter.fillRect(QRect(place.left(), 6, 1, HIGH - 12), QColor(now.line))
            if cell.stale:
                theme.paint_stale(painter, QRect(place.left() + 6, 20, place.width() - 12, 20))
                wide = lettering.width(cell.value, theme.TITLE, cell.urgent)
                painter.fillRect(QRect(place.left() + 8, 20, min(wide + 6, place.width() - 16), 20), QColor(now.panel))
            if self.hasFocus() and n == self._current:
                theme.paint_edge(painter, place.adjusted(2, 1, -2, -1), QColor(now.accent))
        lettering.paint(painter, self._letterings())
        theme.paint_edge(painter, self.rect(), QColor(now.line))
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())

    # what a person does

    def _at(self, place: QPoint) -> Cell | None:
        return next((cell for box, cell in zip(self._places(), self.cells, strict=True) if box.contains(place)), None)

    def event(self, event: QEvent) -> bool:
        """The tool tip of the figure under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            cell = self._at(event.pos())
            QToolTip.showText(event.globalPos(), cell.tip if cell is not None else " · ".join(self._head()), self)
            return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """To the point that a figure comes from."""
        cell = self._at(event.position().toPoint())
        if cell is not None and cell.point:
            self.pointWanted.emit(cell.point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """From figure to figure, and to its point."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._current = (self._current + (1 if event.key() == Qt.Key.Key_Right else -1)) % len(self.cells)
            self.setAccessibleDescription(self.cells[self._current].tip)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.cells[self._current].point:
            self.pointWanted.emit(self.cells[self._current].point)
        else:
            super().keyPressEvent(event)
