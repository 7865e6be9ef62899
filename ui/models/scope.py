"""Metres of the floor to px of the view and back; zoom and shift. Knows no thing that stands on the floor."""

from PySide6.QtCore import QPointF, QRectF

from ui import theme
from ui.models.floorplan import Box, Spot

SMALL = theme.SMALL
LINE = 16
"""Height of a small line."""
BORDER = 14
MOST = 12.0
"""The most that can be zoomed in."""


class Scope:
    """Metres to px and back: the whole floor fits at zoom 1."""

    def __init__(self) -> None:
        self.zoom = 1.0
        self._centre: Spot | None = None
        self._edge = Box(0.0, 0.0, 1.0, 1.0)
        self._size = (1, 1)
        self.scale = 1.0
        self._left = self._top = 0.0

    def fit(self, edge: Box, wide: int, high: int) -> None:
        """This floor in a view of this size; the zoom stays."""
        if edge != self._edge:
            self.zoom, self._centre = 1.0, None
        self._edge, self._size = edge, (max(1, wide), max(1, high))
        self._place()

    def zoom_by(self, factor: float, at: QPointF) -> None:
        """Nearer or farther; the spot under `at` stays where it is."""
        before = self.metres(at)
        self.zoom = min(MOST, max(1.0, self.zoom * factor))
        self._place()
        after = self.metres(at)
        self._move(before[0] - after[0], before[1] - after[1])

    def whole(self) -> None:
        """Everything again."""
        self.zoom, self._centre = 1.0, None
        self._place()

    def pan(self, right: float, down: float) -> None:
        """Move the picture by so many px."""
        self._move(-right / self.scale, down / self.scale)

    def show(self, spot: Spot) -> None:
        """Bring a spot into sight."""
        place = self.px(*spot)
        inside = QRectF(0, 0, *self._size).adjusted(BORDER, BORDER, -BORDER, -BORDER)
        if not inside.contains(place):
            self._centre = spot
            self._place()

    def px(self, x: float, y: float) -> QPointF:
        """Where a spot of the floor is."""
        return QPointF(self._left + (x - self._edge.left) * self.scale, self._top + (self._edge.top - y) * self.scale)

    def metres(self, at: QPointF) -> Spot:
        """Which spot of the floor this is."""
        return self._edge.left + (at.x() - self._left) / self.scale, self._edge.top - (at.y() - self._top) / self.scale

    def rect(self, box: Box) -> QRectF:
        """A rectangle of the floor."""
        return QRectF(self.px(box.left, box.top), self.px(box.right, box.bottom))

    def _move(self, east: float, north: float) -> None:
        x, y = self._centre or self._middle()
        self._centre = (x + east, y + north)
        self._place()

    def _middle(self) -> Spot:
        return (self._edge.left + self._edge.right) / 2, (self._edge.bottom + self._edge.top) / 2

    def _place(self) -> None:
        wide, high = self._size
        fit = min((wide - 2 * BORDER) / self._edge.width, (high - 2 * BORDER) / self._edge.depth)
        self.scale = max(1.0, fit * self.zoom)
        if self.zoom == 1.0 or self._centre is None:
            self._centre = None
        x, y = self._centre or self._middle()
        x = _held(x, self._edge.left, self._edge.right, (wide / 2 - BORDER) / self.scale)
        y = _held(y, self._edge.bottom, self._edge.top, (high / 2 - BORDER) / self.scale)
        if self._centre is not None:
            self._centre = (x, y)
        self._left = round(wide / 2 - (x - self._edge.left) * self.scale)
        self._top = round(high / 2 - (self._edge.top - y) * self.scale)


def _held(middle: float, low: float, high: float, half: float) -> float:
    """No empty strip at one side while something is out of sight at the other."""
    return (low + high) / 2 if high - low <= 2 * half else min(max(middle, low + half), high - half)
