"""The temperature of one aisle as a picture: colours, hatched holes, dots where the highest limit is passed. Computes no value."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen

from ui import theme
from ui.models.floorplan import Aisle, Sensor
from ui.models.scope import Scope
from ui.pages.floor.heat import AisleHeat, Field, Mask, Scale, highest_limit

STEPS = 256
DOT = 2
"""Every so many cells a dot, where the limit is passed."""


@lru_cache(maxsize=4)
def colours(tokens: tuple[str, ...]) -> npt.NDArray[np.uint32]:
    """The tokens as a row of `STEPS` opaque colours, 0xAARRGGBB."""
    ends = np.linspace(0, 1, len(tokens))
    at = np.linspace(0, 1, STEPS)
    parts = [np.interp(at, ends, [getattr(QColor(token), part)() for token in tokens]) for part in ("red", "green", "blue")]
    red, green, blue = (np.rint(part).astype(np.uint32) for part in parts)
    return np.asarray(np.uint32(0xFF000000) | (red << np.uint32(16)) | (green << np.uint32(8)) | blue, dtype=np.uint32)


def colour_at(scale: Scale, value: float) -> QColor:
    """The colour of a value."""
    share = min(1.0, max(0.0, (value - scale.low) / (scale.high - scale.low)))
    return QColor(int(colours(theme.current().heat)[round(share * (STEPS - 1))]) & 0xFFFFFF)


class HeatPatch:
    """One aisle at one height. `refresh` takes values, `place` takes the view's scale; both are cheap when nothing changed."""

    def __init__(self, aisle: Aisle, sensors: Sequence[Sensor]) -> None:
        self.sensors = tuple(sensors)
        self.keys = frozenset(sensor.key for sensor in sensors)
        self.rect = QRect()
        self.field: Field | None = None
        self._heat = AisleHeat(aisle, sensors)
        self._limit = highest_limit(sensors)
        self._values: tuple[float | None, ...] | None = None
        self._target = QRectF()
        self._image = QImage()
        self._holes: list[QRectF] = []
        self._dots: list[QPointF] = []
        self._lines: list[QLineF] = []

    def refresh(self, values: tuple[float | None, ...]) -> bool:
        """Newest values of its sensors, None = not usable; did anything change?"""
        if values == self._values:
            return False
        self._values = values
        self.field = self._heat.field(values)
        return True

    def place(self, scope: Scope, scale: Scale) -> None:
        """Colours and lines in px."""
        assert self.field is not None
        self._target = scope.rect(self._heat.aisle.box)
        self.rect = self._target.toAlignedRect().adjusted(-2, -2, 2, 2)
        self._image = _image(self.field, scale)
        self._holes = self._runs(self.field.holes)
        over = self._over(self.field)
        self._dots, self._lines = (self._dotted(over), self._edges(over)) if over.any() else ([], [])

    def paint(self, painter: QPainter) -> None:
        """In the theme in force when it was placed."""
        now = theme.current()
        painter.drawImage(self._target, self._image)
        for hole in self._holes:
            painter.fillRect(hole, QBrush(QColor(now.hatch), Qt.BrushStyle.BDiagPattern))
        if self._dots:
            painter.setPen(QPen(QColor(now.value), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(self._dots)
            painter.setPen(QPen(QColor(now.value), 2))
            painter.drawLines(self._lines)

    @property
    def passed(self) -> bool:
        """Is the highest limit passed anywhere in it?"""
        return bool(self._dots or self._lines)

    def _over(self, field: Field) -> Mask:
        if self._limit is None:
            return np.zeros(field.values.shape, dtype=bool)
        with np.errstate(invalid="ignore"):
            return np.asarray(field.values > self._limit)

    def _cell(self, column: float, row: float) -> QPointF:
        """The corner of a cell, row 0 being the southern one."""
        wide, high = self._target.width() / self._heat.columns, self._target.height() / self._heat.rows
        return QPointF(self._target.left() + column * wide, self._target.bottom() - row * high)

    def _runs(self, mask: Mask) -> list[QRectF]:
        """The marked cells as rectangles a row high, each growing upward while the next row is alike."""
        found: list[tuple[int, int, int, int]] = []
        for row in range(mask.shape[0]):
            edges = np.flatnonzero(np.diff(np.concatenate(([False], mask[row], [False])).astype(np.int8)))
            for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                if found and found[-1][:2] == (start, end) and found[-1][3] == row:
                    found[-1] = (start, end, found[-1][2], row + 1)
                else:
                    found.append((start, end, row, row + 1))
        return [QRectF(self._cell(start, top), self._cell(end, bottom)) for start, end, bottom, top in found]

    def _dotted(self, over: Mask) -> list[QPointF]:
        rows, columns = np.nonzero(over)
        chosen = (rows % DOT == 1) & (columns % DOT == 1)
        return [self._cell(c + 0.5, r + 0.5) for r, c in zip(rows[chosen].tolist(), columns[chosen].tolist(), strict=True)]

    def _edges(self, over: Mask) -> list[QLineF]:
        lines = []
        padded = np.pad(over, 1)
        for row, column in zip(*(part.tolist() for part in np.nonzero(padded[:, 1:] != padded[:, :-1])), strict=True):
            lines.append(QLineF(self._cell(column, row - 1), self._cell(column, row)))
        for row, column in zip(*(part.tolist() for part in np.nonzero(padded[1:, :] != padded[:-1, :])), strict=True):
            lines.append(QLineF(self._cell(column - 1, row), self._cell(column, row)))
        return lines


def _image(field: Field, scale: Scale) -> QImage:
    table = colours(theme.current().heat)
    told = ~np.isnan(field.values)
    share = np.clip((np.where(told, field.values, scale.low) - scale.low) / (scale.high - scale.low), 0, 1)
    pixels = np.where(told, table[np.rint(share * (STEPS - 1)).astype(np.intp)], np.uint32(0)).astype(np.uint32)
    pixels = np.ascontiguousarray(pixels[::-1])
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, columns * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()
