"""How rows of equipment are painted: the worst alarm's sign before the name, a hatch under values that are not the state of the world."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOption, QStyleOptionViewItem, QTableView, QTreeView

from ui import theme
from ui.pages.equipment.roles import KEY_ROLE, LEVEL_ROLE, ROW_ROLE, STALE_ROLE
from ui.widgets import lettering
from ui.widgets.carry import carry
from ui.widgets.tagmark import paint_tag

SIGN = 16
MARGIN = 3
"""Between a cell's edge and its text, as the style has it."""


class Cells(QStyledItemDelegate):
    """Words as ever, with the sign and the hatch; `old` says that nothing at all is the state of the world."""

    def __init__(self, view: QAbstractItemView, old: Callable[[], bool]) -> None:
        super().__init__(view)
        self._old = old

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """A cell."""
        if index.data(STALE_ROLE):
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(option.rect, option.palette.highlight())
            theme.paint_stale(painter, option.rect.adjusted(1, 2, -1, -2))
        super().paint(painter, option, index)
        if _tagged(index):
            paint_tag(painter, sign_box(option.rect))
        level = index.data(LEVEL_ROLE)
        if level is not None:
            theme.paint_level(painter, sign_box(option.rect), level[0], filled=level[1])

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Room for the sign; no frame round the single cell; dim what is old."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if _tagged(index):
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN, SIGN)
        if index.column() == 0:  # for every row: a name does not move when its sign comes
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN + 2, SIGN)
        if index.data(STALE_ROLE):
            option.state &= ~QStyle.StateFlag.State_Selected  # its ground is painted already, with the hatch on it
        if self._old() or index.data(STALE_ROLE):
            option.palette.setColor(option.palette.ColorRole.Text, QColor(theme.current().text_dim))


def _tagged(index: QModelIndex | QPersistentModelIndex) -> bool:
    """Is it the state of a device on which a tag hangs?"""
    row = index.data(ROW_ROLE) if index.column() == 1 else None
    return row is not None and bool(row[1].tagged)


def sign_box(cell: QRect) -> QRect:
    """Where the sign of a row stands in its first cell."""
    box = QRect(0, 0, SIGN, SIGN)
    box.moveCenter(QPoint(cell.left() + 4 + SIGN // 2, cell.center().y()))
    return box


def selected_rows(view: QAbstractItemView) -> list[QModelIndex]:
    """The first cells of the selected rows, from the top."""
    return sorted(view.selectionModel().selectedRows(), key=lambda index: view.visualRect(index).top())


def styled_rows(view: QAbstractItemView) -> set[tuple[int, int]]:
    """What is selected, and the current row: row and parent's number of each."""
    return {(one.row(), one.internalId()) for one in (*view.selectionModel().selectedRows(), view.currentIndex())}


def copy_rows(view: QAbstractItemView) -> None:
    """The selected rows to the clipboard: a line each, tabs between the columns that are shown."""
    columns = [n for n in range(view.model().columnCount()) if not (isinstance(view, QTableView) and view.isColumnHidden(n))]
    rows = ("\t".join(str(row.siblingAtColumn(n).data() or "") for n in columns) for row in selected_rows(view))
    QGuiApplication.clipboard().setText("\n".join(rows))


def carry_rows(view: QAbstractItemView) -> None:
    """Let the mouse take the points of the selected rows along."""
    keys = [str(key) for row in selected_rows(view) if (key := row.data(KEY_ROLE))]
    if keys:
        carry(view, keys)


class EquipmentView(QTreeView):
    """A tree whose rows can be copied and whose points can be carried. `old` says that nothing at all is the state of the world."""

    def __init__(self, old: Callable[[], bool]) -> None:
        super().__init__()
        self._old = old
        self._styled: set[tuple[int, int]] = set()
        self._arrow = QStyleOption()

    def paintEvent(self, event: QPaintEvent) -> None:
        """What is selected, and the current row, the style paints as ever."""
        self._styled = styled_rows(self)
        self._arrow.initFrom(self)
        super().paintEvent(event)

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Any other row at once: cell by cell the style puts some forty questions to the model."""
        if (index.row(), index.internalId()) in self._styled:
            super().drawRow(painter, option, index)
            return
        name, told, depth = index.data(ROW_ROLE)
        header, row = self.header(), option.rect
        first, state, unknown = (
            QRect(header.sectionViewportPosition(column), row.y(), header.sectionSize(column), row.height()) for column in range(3)
        )
        step = self.indentation()
        self._open_or_closed(painter, QRect(first.left() + depth * step, row.y(), step, row.height()), index)
        first.setLeft(first.left() + (depth + 1) * step)
        if told.stale and told.state:
            theme.paint_stale(painter, state.adjusted(1, 2, -1, -2))
        if told.level is not None:
            theme.paint_level(painter, sign_box(first), told.level[0], filled=told.level[1])
        if told.tagged:
            paint_tag(painter, sign_box(state))
            state = state.adjusted(SIGN + 4, 0, 0, 0)
        dim = "text_dim" if self._old() else "text"
        texts = [
            lettering.sentence(first.adjusted(SIGN + 2 + 3 * MARGIN, 0, -MARGIN, 0), name, colour=dim),
            lettering.sentence(state.adjusted(MARGIN, 0, -MARGIN, 0), told.state, colour="text_dim" if told.stale else dim),
        ]
        if told.unknown:
            texts.append(lettering.sentence(unknown.adjusted(MARGIN, 0, -MARGIN, 0), told.unknown, colour=dim, right=True))
        lettering.paint(painter, texts)

    def _open_or_closed(self, painter: QPainter, place: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        if self.model().hasChildren(index):
            arrow = (
                QStyle.PrimitiveElement.PE_IndicatorArrowDown if self.isExpanded(index) else QStyle.PrimitiveElement.PE_IndicatorArrowRight
            )
            self._arrow.rect = place
            self.style().drawPrimitive(arrow, self._arrow, painter, self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies the rows."""
        if event.matches(QKeySequence.StandardKey.Copy):
            copy_rows(self)
        else:
            super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """The points of the selected rows."""
        carry_rows(self)


class PointsView(QTableView):
    """A table whose rows can be copied and carried."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies the rows."""
        if event.matches(QKeySequence.StandardKey.Copy):
            copy_rows(self)
        else:
            super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """The points of the selected rows."""
        carry_rows(self)
