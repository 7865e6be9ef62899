"""One point's samples of a bundle as a curve: lowest and highest of each pixel, gaps where no usable value was. Only paints."""

import math
from dataclasses import dataclass
from datetime import tzinfo

from PySide6.QtCore import QLineF, QPointF, QRect
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.texts import tr
from ui import theme
from ui.models.ticks import time_ticks, value_range, value_ticks
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 26
JOINED = 6
"""Pixels without a sample over which the curve goes on; more is a gap."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Times (UTC ms, ascending) with their values; NaN where there was no usable one."""

    times: list[int]
    values: list[float]


class BundleChart(QWidget):
    """The whole span of the bundle, always."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._key = self._name = self._unit = ""
        self._start, self._end = 0, 1
        self.samples: Samples | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(300, 200)
        theme.changes.themeChanged.connect(self.update)

    def begin(self, key: str, name: str, unit: str, start: int, end: int) -> None:
        """This point is wanted; nothing is shown until its samples come."""
        self._key, self._name, self._unit, self._start, self._end = key, name, unit, start, max(end, start + 1)
        self.samples = None
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.update()

    def tell(self, key: str, samples: Samples) -> None:
        """The samples, if they are still wanted."""
        if key == self._key:
            self.samples = samples
            self.update()

    def _area(self) -> QRect:
        return self.rect().adjusted(LEFT, TOP, -RIGHT, -BOTTOM)

    def columns(self) -> list[tuple[float, float] | None]:
        """Lowest and highest usable value of each pixel; None where there is none."""
        area, span = self._area(), self._end - self._start
        found: list[tuple[float, float] | None] = [None] * max(1, area.width())
        for time, value in zip(self.samples.times, self.samples.values, strict=True) if self.samples else ():
            if value != value:
                continue
            place = min(len(found) - 1, max(0, (time - self._start) * len(found) // span))
            before = found[place]
            found[place] = (value, value) if before is None else (min(before[0], value), max(before[1], value))
        return found

    def _scale(self) -> tuple[float, float]:
        usable = [value for value in self.samples.values if math.isfinite(value)] if self.samples else []
        return value_range(min(usable), max(usable), 1e-6) if usable else (0.0, 1.0)

    def _letterings(self) -> list[Lettering]:
        head = QRect(LEFT, 6, self.width() - LEFT - RIGHT, 22)
        if not self._key:
            return [lettering.fitted(head, tr("Choose a point at the left."), colour="text_dim")]
        text = f"{self._name}  {self._unit}".strip()
        if self.samples is None:
            return [lettering.fitted(head, f"{text} · {tr('reading…')}", bold=True)]
        if not any(value == value for value in self.samples.values):
            return [lettering.fitted(head, f"{text} · {tr('no usable sample in this span')}", bold=True)]
        told = [lettering.fitted(head, text, bold=True)]
        area, (low, high) = self._area(), self._scale()
        for value, label in value_ticks(low, high, area.height()):
            y = round(area.bottom() - (value - low) / (high - low) * area.height())
            told.append(lettering.fitted(QRect(2, y - 9, LEFT - 8, 18), label, theme.SMALL, colour="text_dim", right=True))
        for time, label in time_ticks(self._start, self._end, self._zone, area.width()):
            x = round(area.left() + (time - self._start) / (self._end - self._start) * area.width())
            wide = lettering.width(label, theme.SMALL) + 4
            if x + wide <= self.width():
                told.append(lettering.fitted(QRect(x, area.bottom() + 5, wide, 18), label, theme.SMALL, colour="text_dim"))
        return told

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines for the ticks, the curve, the words."""
        painter = QPainter(self)
        now, area = theme.current(), self._area()
        painter.fillRect(self.rect(), QColor(now.panel))
        low, high = self._scale()
        painter.setPen(QPen(QColor(now.line), 1))
        for value, _ in value_ticks(low, high, area.height()) if self.samples else ():
            y = area.bottom() - (value - low) / (high - low) * area.height()
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
        painter.setPen(QPen(QColor(now.curves[0]), 1.4))
        last: tuple[int, float] | None = None
        for place, found in enumerate(self.columns()):
            if found is None:
                continue
            ys = [area.bottom() - (value - low) / (high - low) * area.height() for value in found]
            x = area.left() + place
            painter.drawLine(QPointF(x, ys[0]), QPointF(x, ys[1] if ys[1] != ys[0] else ys[0] - 1))
            if last is not None and place - last[0] <= JOINED:
                painter.drawLine(QPointF(area.left() + last[0], last[1]), QPointF(x, ys[0]))
            last = (place, ys[1])
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())
