"""A small chart of duration curves: for which share of the known time each value was reached. Shows what it is given, keeps no data."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.model.spanstats import DurationCurve
from cityops_desktop.texts import tr
from ui import theme
from ui.models.ticks import value_range, value_ticks
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

LEFT, RIGHT, TOP, BOTTOM = 66, 34, 22, 22
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
BAND = 70
"""Opacity of what lies between the lowest and the highest possible curve."""


@dataclass(frozen=True, slots=True)
class DurationLine:
    """One curve under the number and in the colour that it has on the chart above."""

    number: int
    colour: str
    curve: DurationCurve


class DurationChart(QWidget):
    """Curves of one unit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = ""
        self._lines: list[DurationLine] = []
        self._low, self._high = 0.0, 1.0
        self._texts: list[Lettering] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changes.themeChanged.connect(self._write)

    def tell(self, unit: str, lines: list[DurationLine]) -> None:
        """Show these."""
        self._unit, self._lines = unit, lines
        if lines:
            low = min(float(line.curve.low.min()) for line in lines)
            high = max(float(line.curve.high.max()) for line in lines)
            self._low, self._high = value_range(low, high, 1e-6)
        self._write()

    def _box(self) -> QRect:
        return QRect(LEFT, TOP, max(10, self.width() - LEFT - RIGHT), max(10, self.height() - TOP - BOTTOM))

    def _y(self, value: float) -> float:
        box = self._box()
        return box.bottom() - (value - self._low) / (self._high - self._low) * box.height()

    def _write(self) -> None:
        box, self._texts = self._box(), []
        head = tr("{unit}: for which share of the known time it was at least so high", unit=self._unit or tr("without unit"))
        if not self._lines:
            head = tr("No values in this span")
        self._texts.append(fitted(QRect(LEFT, 2, box.width(), 16), head, theme.SMALL, True, "text_dim"))
        if self._lines:
            for value, name in value_ticks(self._low, self._high, box.height()):
                place = QRect(4, int(self._y(value)) - 8, LEFT - 12, 16)
                self._texts.append(fitted(place, name, theme.SMALL, colour="text_dim", right=True))
            for share in SHARES:
                name = f"{share * 100:.0f} %"
                wide = lettering.width(name, theme.SMALL) + 1
                x = round(box.left() + share * box.width()) - wide // 2
                self._texts.append(fitted(QRect(x, box.bottom() + 4, wide, 16), name, theme.SMALL, colour="text_dim"))
            self._write_numbers(box)
        said = head + "".join(f"; {line.number}: {self._words(line)}" for line in self._lines)
        self.setToolTip(said)
        self.setAccessibleName(tr("Duration curve"))
        self.setAccessibleDescription(said)
        self.update()

    def _write_numbers(self, box: QRect) -> None:
        taken: list[int] = []
        for line in sorted(self._lines, key=lambda one: -float(one.curve.high[-1] + one.curve.low[-1])):
            y = int(self._y(float(line.curve.high[-1] + line.curve.low[-1]) / 2)) - 7
            y = max(y, taken[-1] + 14) if taken else y
            if y + 14 <= self.height():
                taken.append(y)
                self._texts.append(fitted(QRect(box.right() + 6, y, RIGHT - 8, 14), str(line.number), theme.SMALL, True, line.colour))

    def _words(self, line: DurationLine) -> str:
        curve = line.curve
        half = int(np.searchsorted(curve.share, 0.5, "right")) - 1
        low, high = float(curve.low[half]), float(curve.high[half])
        return tr("half of the time at least {value}", value=f"{(low + high) / 2:.6g}")

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def resizeEvent(self, event: object) -> None:
        """Every place is another one."""
        self._write()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, curves, words."""
        now, box, painter = theme.current(), self._box(), QPainter(self)
        painter.fillRect(self.rect(), QColor(now.page))
        painter.fillRect(box, QColor(now.panel))
        painter.setPen(QPen(QColor(now.track), 0))
        for value, _ in value_ticks(self._low, self._high, box.height()) if self._lines else []:
            painter.drawLine(box.left(), round(self._y(value)), box.right(), round(self._y(value)))
        for share in SHARES:
            x = round(box.left() + share * box.width())
            painter.drawLine(x, box.top(), x, box.bottom())
        painter.setClipRect(box)
        for line in self._lines:
            self._paint_line(painter, QRectF(box), line)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(now.line), 0))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        lettering.paint(painter, self._texts)
        painter.end()

    def _paint_line(self, painter: QPainter, box: QRectF, line: DurationLine) -> None:
        curve, colour = line.curve, QColor(line.colour)
        low, high = self._polygon(box, curve.share, curve.low), self._polygon(box, curve.share, curve.high)
        if not np.array_equal(curve.low, curve.high):
            band = QColor(colour)
            band.setAlpha(BAND)
            outline = QPolygonF(high)
            for point in reversed(low.toList()):
                outline.append(point)
            painter.setPen(QPen(band, 0))
            painter.setBrush(band)
            painter.drawPolygon(outline)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.4))
        painter.drawPolyline(self._polygon(box, curve.share, (curve.low + curve.high) / 2))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _polygon(self, box: QRectF, share: np.ndarray, values: np.ndarray) -> QPolygonF:
        """Stairs, thinned to the pixels that there are."""
        x = np.repeat(box.left() + share * box.width(), 2)[1:]
        y = np.repeat(box.bottom() - (values - self._low) / (self._high - self._low) * box.height(), 2)[:-1]
        keep = np.flatnonzero(np.append(True, (np.diff(np.round(x)) != 0) | (np.diff(np.round(y)) != 0)))
        return QPolygonF([QPointF(a, b) for a, b in zip(x[keep].tolist(), y[keep].tolist(), strict=True)])
