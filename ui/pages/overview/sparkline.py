"""The little trend of a tile: the last 15 minutes in 60 buckets that keep lowest and highest, so no peak is hidden. Never asks for data."""

import math
from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ui import theme

SECONDS = 900
BUCKETS = 60
BUCKET_MS = SECONDS * 1000 // BUCKETS


class Spark:
    """What one point did lately. `period` in s: a silence longer than three periods is a gap. `calm` = a spread that is only noise."""

    def __init__(self, period: float, calm: float) -> None:
        self._gap = max(2, math.ceil(period * 3000 / BUCKET_MS) + 1)
        self._calm = calm
        self._buckets: dict[int, tuple[float, float] | None] = {}
        self._newest = 0
        self.version = 0
        """Moves when something else than the running bucket has changed: the picture need not be drawn more often."""

    def add(self, time: int, value: float | None) -> None:
        """A sample at `time` (UTC ms); None or NaN = not usable."""
        at = time // BUCKET_MS
        known = self._buckets.get(at)
        if at < self._newest or at not in self._buckets:
            self.version += 1
        self._newest = max(self._newest, at)
        if value is None or not math.isfinite(value):
            self._buckets.setdefault(at, None)
            return
        self._buckets[at] = (value, value) if known is None else (min(known[0], value), max(known[1], value))
        if len(self._buckets) > BUCKETS + 8:
            for old in [index for index in self._buckets if index <= at - BUCKETS]:
                del self._buckets[old]

    def seed(self, times: Iterable[int], values: Iterable[float]) -> None:
        """What the station remembers, before or between the live samples."""
        for time, value in zip(times, values, strict=True):
            self.add(time, value)

    def runs(self, now: int) -> list[list[tuple[float, float, float]]]:
        """Pieces without a gap: (0 = 15 minutes ago .. 1 = now, lowest, highest), oldest first."""
        newest = now // BUCKET_MS
        pieces: list[list[tuple[float, float, float]]] = []
        before: int | None = None
        for at in sorted(self._buckets):
            bucket = self._buckets[at]
            if at <= newest - BUCKETS or at > newest:
                continue
            if bucket is None:
                before = None
                continue
            if before is None or at - before >= self._gap:
                pieces.append([])
            pieces[-1].append(((at - newest + BUCKETS) / BUCKETS, *bucket))
            before = at
        return pieces

    def polygons(self, rect: QRectF, now: int) -> list[QPolygonF]:
        """The pieces as lines in `rect`."""
        pieces = self.runs(now)
        if not pieces:
            return []
        low = min(lowest for piece in pieces for _, lowest, _ in piece)
        high = max(highest for piece in pieces for _, _, highest in piece)
        spread = max(high - low, self._calm, 1e-9)
        left, wide, scale = rect.left(), rect.width(), rect.height() / spread
        base = rect.top() + (low + high + spread) / 2 * scale
        result = []
        for piece in pieces:
            points: list[QPointF] = []
            before = piece[0][1]
            for share, near, far in piece:
                if abs(before - near) > abs(before - far):
                    near, far = far, near
                x = left + share * wide
                points.append(QPointF(x, base - near * scale))
                if far != near:
                    points.append(QPointF(x, base - far * scale))
                before = far
            if len(points) == 1:
                points.append(points[0] - QPointF(2, 0))
            result.append(QPolygonF(points))
        return result


def paint(painter: QPainter, polygons: list[QPolygonF]) -> None:
    """Draw the pieces with one pixel, in a quiet colour."""
    painter.setPen(QPen(QColor(theme.current().text_dim), 0))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for polygon in polygons:
        painter.drawPolyline(polygon)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
