"""The list of the curves on a chart: number, name, value with quality and age, now or at the cross-hair, and below it what it was some
days before when that is compared. Keyboard: arrows, Delete. A row can be dragged to another program or page."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality
from cityops_desktop.sentences import QUALITIES, reason_text
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.forecasts import Forecasts
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, time_text, value_text, with_unit
from ui.pages.trends.trace import Moment
from ui.widgets import lettering
from ui.widgets.carry import carry, far_enough
from ui.widgets.lettering import Lettering, fitted

if TYPE_CHECKING:
    from ui.pages.trends.lanes import Line

ROW, ROW_BEFORE = 42, 62
BADGE = 22
CROSS = 22


class Legend(QWidget):
    """`removed` tells the key of a point that somebody takes off the chart, `moved` the row (px) that the keys have come to."""

    removed = Signal(str)
    moved = Signal(int, int)

    def __init__(self, model: RoomModel, forecasts: Forecasts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._forecasts = model, forecasts
        self._lines: list[Line] = []
        self._cursor: int | None = None
        self._shift = 0
        self._ago = ""
        self._pressed: QPoint | None = None
        self._texts: list[list[Lettering]] = []
        self._whole: list[str] = []
        self._faded: list[bool] = []
        self._current = 0
        self.absent: Callable[[str, int, int], str] = lambda _key, _start, _end: ""
        """Why nothing was recorded of a point between two times, where somebody knows."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def set_lines(self, lines: "list[Line]") -> None:
        """Other curves."""
        self._lines = lines
        self._current = min(self._current, max(0, len(lines) - 1))
        self.setMinimumHeight(len(lines) * self.row)
        self.refresh()

    @property
    def row(self) -> int:
        """How high a row is."""
        return ROW_BEFORE if self._shift else ROW

    @property
    def current(self) -> str:
        """The point of the row that the keys are at, of a difference the first one; "" when there is none."""
        if not self._lines:
            return ""
        line = self._lines[self._current]
        return line.point.key if line.minus is None else line.minus[0].point.key

    def set_before(self, shift: int, ago: str) -> None:
        """Compare with what was `shift` ms before ("1 day before"); 0 = with nothing."""
        if (shift, ago) != (self._shift, self._ago):
            self._shift, self._ago = shift, ago
            self.set_lines(self._lines)

    def set_cursor(self, time: int | None) -> None:
        """Tell the values at this time (UTC ms); None = now."""
        self._cursor = time
        self.refresh()

    def refresh(self) -> None:
        """Look at the model again."""
        before = self._texts
        self._texts, self._whole, self._faded = [], [], []
        for index, line in enumerate(self._lines):
            self._write(index, line)
        self.setToolTip("\n".join(self._whole))
        self.setAccessibleName(tr("Curves"))
        self.setAccessibleDescription("; ".join(self._whole))
        if self._texts != before:
            self.update()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(one for texts in self._texts for one in texts)

    def cross(self, index: int) -> QRect:
        """The place of the sign that takes a curve off."""
        return QRect(self.width() - CROSS - 2, index * self.row + 2, CROSS, CROSS - 4)

    def _write(self, index: int, line: "Line") -> None:
        point = line.point
        device = self._model.devices.get(point.device)
        place = pick(device.names) if device else point.device
        name = f"{place} · {pick(point.names)}"
        value, note, usable = self._at_cursor(line, self._cursor) if self._cursor is not None else self._now(line)
        top, left, right = index * self.row, BADGE + 14, self.width() - 6
        wide = min(lettering.width(value, bold=True), (right - left) * 6 // 10)
        note_box = QRect(left + wide + 8, top + 21, right - left - wide - 8, 18)
        short = lettering.joined(place, pick(point.names), right - CROSS - left, theme.SMALL)
        self._texts.append(
            [
                fitted(QRect(8, top + 3, BADGE, 17), str(line.number), theme.SMALL, True, line.colour),
                fitted(QRect(left, top + 2, right - CROSS - left, 18), short, theme.SMALL),
                fitted(QRect(left, top + 20, wide, 19), value, bold=True, colour="value" if usable else "text_dim"),
                fitted(note_box, note, theme.SMALL, colour="text_dim" if usable else "text"),
            ]
        )
        self._faded.append(not usable)
        whole = f"{line.number} {name}: {value} · {note}"
        if self._cursor is None and (heading := self._forecasts.text(point.key)):
            whole += f"\n{heading}"
        if self._shift:
            before = self._before(line)
            self._texts[-1].append(fitted(QRect(left, top + 40, right - left, 18), before, theme.SMALL, colour="text_dim"))
            whole += f"\n{before}"
        self._whole.append(whole)

    def _difference(self, line: "Line", pair: "tuple[Line, Line]") -> tuple[str, str, bool]:
        """The difference of what both are now, when both are known."""
        one, other = (self._model.shown(part.point.key) for part in pair)
        if one.number is None or other.number is None or one.stale or other.stale:
            return NOTHING, tr("one of the two has no value now"), False
        quality = one.quality if one.quality is not Quality.GOOD else other.quality
        return with_unit(line.point, one.number - other.number), tr(QUALITIES[quality]), True

    def _now(self, line: "Line") -> tuple[str, str, bool]:
        if line.minus is not None:
            return self._difference(line, line.minus)
        shown = self._model.shown(line.point.key)
        quality = tr(QUALITIES[shown.quality])
        value = f"{shown.value} {shown.unit}".strip() if line.point.kind is not Kind.DIGITAL else shown.value
        if shown.quality is Quality.BAD:
            if shown.since is None:
                return NOTHING, f"{quality} · {shown.reason}", False
            at = time_text(shown.since, self._model.zone, self._model.now())
            last = tr("{quality} · last {value} at {time}", quality=quality, value=value, time=at)
            return NOTHING, f"{last} · {shown.reason}", False
        if shown.stale:
            return value, f"{quality} · {shown.since_text}", False
        heading = self._forecasts.short(line.point.key)
        return value, f"{quality} · {shown.age_text}{f' · {heading}' if heading else ''}", True

    def _before(self, line: "Line") -> str:
        """What it was then: in words, also that nothing was recorded."""
        time = self._cursor if self._cursor is not None else self._model.now()
        then = time - self._shift
        value, note, _ = self._told(line, line.before.at(then) if line.before is not None else None, then)
        return f"{self._ago}: {value} · {note}"

    def _at_cursor(self, line: "Line", time: int) -> tuple[str, str, bool]:
        return self._told(line, line.seen.at(time), time)

    def _told(self, line: "Line", there: Moment | None, time: int) -> tuple[str, str, bool]:
        if there is None:
            return NOTHING, self.absent(line.point.key, time, time + 1) or tr("no record"), False
        if there.value is None:
            nothing = self.absent(line.point.key, time, time + 1) or tr("no record")
            quality = tr(QUALITIES[there.quality]) if there.quality else nothing
            reason = reason_text(there.reason, there.detail)
            return NOTHING, f"{quality} · {reason}" if reason else quality, False
        note = tr(QUALITIES[there.quality]) if there.quality else ""
        if there.low is not None and there.high is not None and there.low < there.high:
            low = value_text(line.point, there.low)
            return tr("{low} to {high}", low=low, high=with_unit(line.point, there.high)), note, True
        return with_unit(line.point, there.value), note, True

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        painter.fillRect(event.rect(), QColor(now.panel))
        for index, (line, texts) in enumerate(zip(self._lines, self._texts, strict=True)):
            row = QRect(0, index * self.row, self.width(), self.row)
            if self.hasFocus() and index == self._current:
                painter.fillRect(row, QColor(now.selection))
            if self._faded[index]:
                theme.paint_stale(painter, texts[2].rect.adjusted(-2, 1, 2, -1))
            painter.fillRect(QRect(8, row.top() + 21, BADGE - 2, 3), QColor(line.colour))
            if self._shift:
                for left in (8, 17, 26):
                    painter.fillRect(QRect(left, row.top() + 48, 5, 1), QColor(line.colour))
            lettering.paint(painter, texts)
            self._paint_cross(painter, self.cross(index))
            painter.setPen(QPen(QColor(now.track), 1))
            painter.drawLine(row.bottomLeft(), row.bottomRight())

    def _paint_cross(self, painter: QPainter, box: QRect) -> None:
        middle = box.center()
        painter.setPen(QPen(QColor(theme.current().text_dim), 1))
        painter.drawLine(middle + QPoint(-4, -4), middle + QPoint(4, 4))
        painter.drawLine(middle + QPoint(-4, 4), middle + QPoint(4, -4))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = event.pos().y() // self.row
            if 0 <= index < len(self._whole):
                text = tr("Take off the chart") if self.cross(index).contains(event.pos()) else self._whole[index]
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = int(event.position().y()) // self.row
        if 0 <= index < len(self._lines):
            self._current = index
            self._pressed = event.position().toPoint()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        held = event.buttons() & Qt.MouseButton.LeftButton
        if held and self._pressed is not None and far_enough(self._pressed, event.position().toPoint()):
            self._pressed = None
            carry(self, [self.current])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        index = where.y() // self.row
        if self._pressed is not None and 0 <= index < len(self._lines) and self.cross(index).contains(where):
            self.removed.emit(self._lines[index].point.key)
        self._pressed = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and 0 <= self._current + step < len(self._lines):
            self._current += step
            self.moved.emit(self._current * self.row, self.row)
            self.update()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._lines:
            self.removed.emit(self._lines[self._current].point.key)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()
