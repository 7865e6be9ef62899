"""A table of words that is read, and chosen from, by the row; a state has a sign before its word. Knows no model of the room."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygon, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from cityops_desktop.texts import tr
from ui import theme
from ui.widgets import lettering
from ui.widgets.rows import read_by_rows

ROW = 26
SIGN = 14
_Index = QModelIndex | QPersistentModelIndex


class Sign(StrEnum):
    """The shape beside a word; never a colour, which belongs to alarms."""

    NONE = ""
    TICK = "tick"
    DASH = "dash"
    RING = "ring"
    DISC = "disc"
    TRIANGLE = "triangle"
    BLOCK = "block"
    CROSS = "cross"


@dataclass(frozen=True, slots=True)
class Cell:
    """`bold` for what needs somebody; `tip` says more than the words."""

    text: str
    sign: Sign = Sign.NONE
    bold: bool = False
    tip: str = ""
    dim: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`id` names what the row is about; a row keeps being chosen by it when the table is told anew."""

    id: str
    cells: tuple[Cell, ...]


class _Rows(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.titles: tuple[str, ...] = ()
        self.rows: tuple[Row, ...] = ()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and section < len(self.titles):
            return self.titles[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        cell = self.rows[index.row()].cells[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{cell.text}\n{cell.tip}".strip() if cell.tip else cell.text
        return None

    def cell(self, index: _Index) -> Cell:
        return self.rows[index.row()].cells[index.column()]


class _Cells(QStyledItemDelegate):
    """A sign before the words where there is one; bold and dim words."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        model = index.model()
        sign = model.cell(index).sign if isinstance(model, _Rows) else Sign.NONE
        if sign is not Sign.NONE:
            box = QRect(0, 0, SIGN, SIGN)
            box.moveCenter(QPoint(option.rect.left() + 4 + SIGN // 2, option.rect.center().y()))
            paint_sign(painter, box, sign)

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        model = index.model()
        if not isinstance(model, _Rows):
            return
        cell = model.cell(index)
        if cell.sign is not Sign.NONE:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN, SIGN)
        option.font = theme.font(theme.BODY, cell.bold)
        if cell.dim:
            option.palette.setColor(option.palette.ColorRole.Text, QColor(theme.current().text_dim))


def paint_sign(painter: QPainter, box: QRect, sign: Sign) -> None:
    """The shape in the ink of the theme."""
    ink = QColor(theme.current().text)
    inner = box.adjusted(2, 2, -2, -2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, 2))
    if sign is Sign.TICK:
        low = QPoint(inner.left() + inner.width() // 3, inner.bottom())
        painter.drawPolyline([QPoint(inner.left(), inner.center().y()), low, inner.topRight()])
    elif sign is Sign.DASH:
        painter.drawLine(QPoint(inner.left(), inner.center().y()), QPoint(inner.right(), inner.center().y()))
    elif sign is Sign.CROSS:
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.bottomLeft(), inner.topRight())
    elif sign is Sign.TRIANGLE:
        painter.drawPolygon(QPolygon([QPoint(inner.center().x(), inner.top()), inner.bottomRight(), inner.bottomLeft()]))
    else:
        if sign in (Sign.DISC, Sign.BLOCK):
            painter.setBrush(ink)
        if sign is Sign.BLOCK:
            painter.drawRect(inner)
        else:
            painter.drawEllipse(inner)
    painter.restore()


class Sheet(QTableView):
    """Told as a whole; the same words change nothing. One column (`wide`) takes what the others leave."""

    chosen = Signal()

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self._rows = _Rows()
        self._wide = 0
        self._natural: list[int] = []
        self._cells = _Cells(self)
        self.setModel(self._rows)
        self.setItemDelegate(self._cells)
        self.setObjectName(name)
        read_by_rows(self, ROW)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setMinimumSectionSize(24)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        theme.changes.themeChanged.connect(self.viewport().update)

    def tell(self, titles: Sequence[str], rows: Sequence[Row], *, wide: int = 0, most: int = 260) -> None:
        """Show these; who was chosen stays so. No column but `wide` takes more than `most` px."""
        if (tuple(titles), tuple(rows)) == (self._rows.titles, self._rows.rows):
            return
        before = self.chosen_id()
        same = tuple(titles) == self._rows.titles
        bar = self.verticalScrollBar().value()
        self._rows.beginResetModel()
        self._rows.titles, self._rows.rows, self._wide = tuple(titles), tuple(rows), wide
        self._rows.endResetModel()
        self.horizontalHeader().setVisible(any(titles))
        natural: list[int] = []
        for column, title in enumerate(titles):
            self.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            cells = (row.cells[column] for row in rows)
            words = max((lettering.width(one.text, bold=one.bold) + (SIGN + 4 if one.sign else 0) for one in cells), default=0)
            natural.append(max(min(words + 22, most), lettering.width(title) + 18))
        self._natural = natural
        self._leave_wide()
        self.horizontalHeader().setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
        if same:
            self.verticalScrollBar().setValue(bar)
        self.choose(before)

    def _leave_wide(self) -> None:
        """What the title of `wide` needs is taken from the widest other column, where they leave too little; and given back."""
        titles = self._rows.titles
        for column, width in enumerate(self._natural):
            self.setColumnWidth(column, width)
        others = [column for column in range(len(titles)) if column != self._wide]
        if not others or not titles[self._wide]:
            return
        needed = lettering.width(titles[self._wide]) + 18
        over = needed + sum(self.columnWidth(column) for column in others) - self.viewport().width()
        for column in sorted(others, key=self.columnWidth, reverse=True):
            spare = self.columnWidth(column) - lettering.width(titles[column]) - 18
            if over > 0 and spare > 0:
                self.setColumnWidth(column, self.columnWidth(column) - min(over, spare))
                over -= min(over, spare)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A scroll bar that comes takes from the columns too."""
        super().resizeEvent(event)
        self._leave_wide()

    def texts(self) -> list[list[str]]:
        """What stands in it."""
        return [[cell.text for cell in row.cells] for row in self._rows.rows]

    def chosen_id(self) -> str:
        """What the chosen row is about; "" when none is."""
        rows = self.selectionModel().selectedRows() if self.selectionModel() is not None else []
        return self._rows.rows[rows[0].row()].id if rows else ""

    def choose(self, id: str) -> None:
        """Choose the row about this; nothing when there is none."""
        row = next((n for n, one in enumerate(self._rows.rows) if one.id == id), None)
        if row is None:
            self.clearSelection()
            self.chosen.emit()
        else:
            self.selectRow(row)

    def describe(self, words: str) -> None:
        """What the table is, for who cannot see it."""
        self.setAccessibleName(words)
        self.setAccessibleDescription(tr("{n} rows", n=len(self._rows.rows)))
