"""Tiles under the headings of their equipment groups, in columns that follow the width. Keyboard: arrows move, Enter opens."""

from collections.abc import Iterable
from itertools import groupby

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.points import Group
from cityops_desktop.sentences import GROUPS
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.pages.overview.sparkline import Spark
from ui.pages.overview.tile import LOW, TALL, Tile, is_tall
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

LEAST = 190
GAP = 6
HEAD = 22
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class TileBoard(QWidget):
    """`activated` tells the key of a tile; `moved` the tile that got the focus (so that it can be scrolled into sight)."""

    activated = Signal(str)
    moved = Signal(object)

    def __init__(self, model: RoomModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.tiles: dict[str, Tile] = {}
        self._blocks: list[tuple[Group, list[Tile]]] = []
        self._heads: list[tuple[Group, QRect]] = []
        self._texts: list[Lettering] = []

    def show_points(self, points: list[PointInfo], sparks: dict[str, Spark]) -> None:
        """Other points: `points` stand in the order of groups."""
        for tile in self.tiles.values():
            tile.removeEventFilter(self)
            tile.hide()
            tile.deleteLater()
        self.tiles = {}
        self._blocks = []
        for group, members in groupby(points, key=lambda point: point.group):
            block = []
            for point in members:
                tile = Tile(self._model, point, sparks.get(point.key), self)
                tile.activated.connect(self.activated)
                tile.installEventFilter(self)
                self.tiles[point.key] = tile
                block.append(tile)
            self._blocks.append((group, block))
        for tile in list(self.tiles.values())[:1]:
            tile.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.arrange()
        for tile in self.tiles.values():
            tile.show()

    def arrange(self) -> None:
        """Place everything for the width at hand; the height follows. What is left of a row goes to the next group that fits."""
        columns = max(1, (self.width() + GAP) // (LEAST + GAP))
        wide = (self.width() + GAP) // columns - GAP
        rows = self._rows(columns)
        self._heads = []
        y = 0
        for row in rows:
            headed = any(index == 0 for _, index, _ in row)
            top = y + (HEAD if headed else 0)
            for column, (group, _, cell) in enumerate(row):
                x = column * (wide + GAP)
                for place, tile in enumerate(cell):
                    tile.setGeometry(x, top + place * (LOW + GAP), wide, tile.height())
                if headed and (column == 0 or row[column - 1][0] is not group):
                    self._heads.append((group, QRect(x, y, wide, HEAD)))
                elif headed:
                    self._heads[-1][1].setRight(x + wide - 1)
            y = top + TALL + GAP
        self.setFixedHeight(max(1, y))
        self._texts = [fitted(box.adjusted(0, 0, 0, -3), tr(GROUPS[group]), bold=True) for group, box in self._heads]
        cut = any("…" in one.text for one in self._texts)
        self.setToolTip(", ".join(tr(GROUPS[group]) for group, _ in self._heads) if cut else "")
        self.update()

    def _rows(self, columns: int) -> list[list[tuple[Group, int, list[Tile]]]]:
        """Rows of cells: (group, number of the cell in its group, its tiles)."""
        rows: list[list[tuple[Group, int, list[Tile]]]] = [[]]
        waiting = [(group, _cells(block)) for group, block in self._blocks]
        while waiting:
            room = columns - len(rows[-1])
            fit = [index for index, (_, cells) in enumerate(waiting) if len(cells) <= room]
            if rows[-1] and not fit:
                rows.append([])
                continue
            group, cells = waiting.pop(fit[0] if rows[-1] else 0)
            for index, cell in enumerate(cells):
                if len(rows[-1]) == columns:
                    rows.append([])
                rows[-1].append((group, index, cell))
        return rows if rows[0] else []

    def refresh(self, keys: Iterable[str] | None = None) -> None:
        """Look at the model again: these points, or all; tiles out of sight are left until they are scrolled to."""
        sight = self.visibleRegion().boundingRect()
        tiles = self.tiles.values() if keys is None else [self.tiles[key] for key in keys if key in self.tiles]
        for tile in tiles:
            if tile.geometry().intersects(sight):
                tile.refresh()

    def retranslate(self) -> None:
        """The language or the theme is another one."""
        for tile in self.tiles.values():
            tile.retranslate()
        self.arrange()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme.current().line), 1))
        for (_, box), text in zip(self._heads, self._texts, strict=True):
            x = box.left() + lettering.width(text.text, bold=True) + 8
            painter.drawLine(x, box.top() + HEAD // 2, box.right(), box.top() + HEAD // 2)
        lettering.paint(painter, self._texts)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, Tile):
            if event.type() == QEvent.Type.FocusIn:
                self._make_current(watched)
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._step(watched, Qt.Key(event.key())):
                return True
        return super().eventFilter(watched, event)

    def _make_current(self, tile: Tile) -> None:
        """Tab comes to one tile only: the last one that had the focus."""
        for other in self.tiles.values():
            other.setFocusPolicy(Qt.FocusPolicy.StrongFocus if other is tile else Qt.FocusPolicy.ClickFocus)
        self.moved.emit(tile)

    def _step(self, tile: Tile, key: Qt.Key) -> bool:
        if key not in _ARROWS:
            return False
        dx, dy = _ARROWS[key]
        here = tile.geometry().center()
        ahead = [other for other in self.tiles.values() if _ahead(other.geometry().center() - here, dx, dy)]
        if ahead:
            min(ahead, key=lambda other: _cost(other.geometry().center() - here, dx)).setFocus(Qt.FocusReason.OtherFocusReason)
        return True


def _cells(block: list[Tile]) -> list[list[Tile]]:
    """Tall tiles have a cell of their own, low ones share one by two."""
    tall = [[tile] for tile in block if is_tall(tile.point)]
    low = [tile for tile in block if not is_tall(tile.point)]
    return tall + [low[index : index + 2] for index in range(0, len(low), 2)]


def _ahead(way: QPoint, dx: int, dy: int) -> bool:
    return way.x() * dx > 0 and abs(way.y()) < TALL if dx else way.y() * dy > 0


def _cost(way: QPoint, dx: int) -> int:
    along, across = (abs(way.x()), abs(way.y())) if dx else (abs(way.y()), abs(way.x()))
    return along + 3 * across
