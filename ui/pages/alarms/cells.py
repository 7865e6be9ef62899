"""How the cells of alarms are painted: the level's sign, the state's sign, what is folded. Colour, shape and word always together."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import UNSEEN, AlarmState
from ui import theme
from ui.pages.alarms.table import ALARM_ROLE, FOLD_ROLE, POINT_ROLE, Column, Fold

SIGN = 18
FOLD = 16
"""Px that the mark of what is folded takes before the words."""
INDENT = 18
_LATCHED = (AlarmState.LATCHED, AlarmState.LATCHED_ACKNOWLEDGED)


class AlarmCells(QStyledItemDelegate):
    """Bold: the state while nobody has acknowledged, the alarm while it stands, too. Nothing of what is kept quiet is bold."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """A cell, with a sign before the words where there is one."""
        if index.data(POINT_ROLE):
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(option.rect, option.palette.highlight())
            elif index.column() == Column.LEVEL:
                theme.paint_stale(painter, option.rect.adjusted(6, 3, -6, -3))
        super().paint(painter, option, index)
        fold = index.data(FOLD_ROLE)
        if index.column() == Column.ALARM and fold in (Fold.CLOSED, Fold.OPEN):
            paint_fold(painter, fold_box(option.rect), opened=fold is Fold.OPEN)
        alarm = index.data(ALARM_ROLE)
        if alarm is None:
            return
        box = QRect(0, 0, SIGN, SIGN)
        box.moveCenter(QPoint(option.rect.left() + 6 + SIGN // 2, option.rect.center().y()))
        if index.column() == Column.LEVEL and alarm.open:
            theme.paint_level(painter, box, alarm.level, filled=alarm.unseen and alarm.hidden is None)
        elif index.column() == Column.STATE:
            paint_state(painter, box, alarm)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Room for the sign; no frame round the single cell, the row is what is selected."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        alarm, fold = index.data(ALARM_ROLE), index.data(FOLD_ROLE)
        if index.column() in (Column.LEVEL, Column.STATE):
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN + 4, SIGN)
        elif index.column() == Column.ALARM and fold is not Fold.NONE:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(INDENT if fold is Fold.INSIDE else FOLD, SIGN)
        seen = alarm is None or alarm.hidden is not None
        bold = not seen and alarm.state in {Column.STATE: UNSEEN, Column.ALARM: (AlarmState.UNACKNOWLEDGED,)}.get(
            Column(index.column()), ()
        )
        option.font = theme.font(theme.BODY, bold)
        if seen or not alarm.open:
            option.palette.setColor(option.palette.ColorRole.Text, QColor(theme.current().text_dim))


def fold_box(cell: QRect) -> QRect:
    """Where the mark of what is folded stands in the cell of the sentence."""
    return QRect(cell.left() + 4, cell.center().y() - FOLD // 2, FOLD, FOLD)


def paint_fold(painter: QPainter, box: QRect, *, opened: bool) -> None:
    """A triangle that points right (folded) or down."""
    inner = QRectF(box).adjusted(4, 4, -4, -4)
    right = (inner.topLeft(), QPointF(inner.right(), inner.center().y()), inner.bottomLeft())
    down = (inner.topLeft(), inner.topRight(), QPointF(inner.center().x(), inner.bottom()))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.current().text))
    painter.drawPolygon(QPolygonF(list(down if opened else right)))
    painter.restore()


def paint_state(painter: QPainter, box: QRect, alarm: AlarmInfo) -> None:
    """Filled disc = unacknowledged, tick = acknowledged, ring = returned unacknowledged, padlock = latched (full until it is
    acknowledged), dash = ended; what is kept quiet has its hatched sign instead."""
    if alarm.hidden is not None and alarm.open:
        theme.paint_quiet(painter, box, alarm.hidden)
        return
    now, state = theme.current(), alarm.state
    ink = QColor(now.text if state in UNSEEN or state in _LATCHED else now.text_dim)
    inner = box.adjusted(4, 4, -4, -4)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, 2))
    if state is AlarmState.UNACKNOWLEDGED:
        painter.setBrush(ink)
        painter.drawEllipse(inner)
    elif state is AlarmState.RETURNED:
        painter.drawEllipse(inner)
    elif state in _LATCHED:
        painter.drawArc(QRectF(inner.left() + 1.5, inner.top() - 2, inner.width() - 3, inner.height()), 0, 180 * 16)
        if state is AlarmState.LATCHED:
            painter.setBrush(ink)
        painter.drawRect(QRectF(inner.left(), inner.center().y(), inner.width(), inner.height() / 2))
    elif state is AlarmState.ACKNOWLEDGED:
        middle = QPoint(inner.left() + inner.width() // 3, inner.bottom())
        painter.drawLine(QPoint(inner.left(), inner.center().y()), middle)
        painter.drawLine(middle, inner.topRight())
    else:
        painter.drawLine(QPoint(inner.left(), inner.center().y()), QPoint(inner.right(), inner.center().y()))
    painter.restore()
