"""How rows of equipment are painted: the worst alarm's sign before the name, a hatch under values that are not the state of the world."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QTreeView

from ui import theme
from ui.models.equipment import KEY_ROLE, LEVEL_ROLE, STALE_ROLE
from ui.widgets.carry import carry

SIGN = 16


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
        level = index.data(LEVEL_ROLE)
        if level is not None:
            box = QRect(0, 0, SIGN, SIGN)
            box.moveCenter(QPoint(option.rect.left() + 4 + SIGN // 2, option.rect.center().y()))
            theme.paint_level(painter, box, level[0], filled=level[1])

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Room for the sign; no frame round the single cell; dim what is old."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if index.column() == 0:  # for every row: a name does not move when its sign comes
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN + 2, SIGN)
        if index.data(STALE_ROLE):
            option.state &= ~QStyle.StateFlag.State_Selected  # its ground is painted already, with the hatch on it
        if self._old() or index.data(STALE_ROLE):
            option.palette.setColor(option.palette.ColorRole.Text, QColor(theme.current().text_dim))


def selected_rows(view: QAbstractItemView) -> list[QModelIndex]:
    """The first cells of the selected rows, from the top."""
    return sorted(view.selectionModel().selectedRows(), key=lambda index: view.visualRect(index).top())


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
    """A tree whose rows can be copied and whose points can be carried."""

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
