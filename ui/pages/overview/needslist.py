"""The lines of "what needs me now": as many as fit its fixed height, one calm line when there are none. Decides no order."""

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from cityops_desktop.sentences import ALARM_STATES
from cityops_desktop.texts import tr
from ui import theme
from ui.models.needs import Need
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text
from ui.pages.overview.choices import Choices
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

ROW = 28
MARK = 18
WORD = 78
PLACE, WIDEST_PLACE = 190, 300
"""Px of the column of places: a quarter of the list, between these."""
SINCE = 96
AGO = 100


class NeedsList(Choices):
    """`chosen` tells the Need of a clicked line or of Enter. The height is that of `rows` lines, whatever there is to tell."""

    chosen = Signal(object)

    def __init__(self, model: RoomModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._needs: list[Need] = []
        self._calm = ""
        self._rows = 0
        self._texts: list[list[Lettering]] = []
        self.set_rows(4)

    @property
    def shown(self) -> list[Need]:
        """The lines that fit."""
        return self._needs[: self._rows]

    @property
    def rows(self) -> int:
        """How many lines there is room for."""
        return self._rows

    def set_rows(self, rows: int) -> None:
        """Make room for so many lines."""
        if rows != self._rows:
            self._rows = rows
            self.setFixedHeight(rows * ROW + 2)
            self._arrange()

    def set_needs(self, needs: list[Need], calm: str) -> None:
        """What to tell; `calm` is told when there is nothing."""
        self._needs, self._calm = needs, calm
        self._current = min(self._current, max(0, len(self.shown) - 1))
        self._arrange()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(one for texts in self._texts for one in texts)

    def row_rect(self, index: int) -> QRect:
        """Where a line is."""
        return QRect(1, 1 + index * ROW, self.width() - 2, ROW)

    def _arrange(self) -> None:
        texts = [self._write(need, self.row_rect(index)) for index, need in enumerate(self.shown)]
        if not texts:
            box = QRect(14, (self.height() - ROW) // 2, self.width() - 28, ROW)
            texts = [[fitted(box, self._calm, colour="text_dim" if self._model.connected else "text", bold=not self._model.connected)]]
        if texts != self._texts:
            self._texts = texts
            self.update()
        whole = [self._sentence(need) for need in self.shown] or [self._calm]
        if "\n".join(whole) != self.toolTip():
            self.setToolTip("\n".join(whole))
            self.setAccessibleName(tr("What needs me now"))
            self.setAccessibleDescription("; ".join(whole))

    def _write(self, need: Need, row: QRect) -> list[Lettering]:
        top, high = row.top() + 4, 20
        texts = [fitted(QRect(row.left() + 36, top, WORD - 6, high), need.word, bold=True)]
        right = row.right() - 8
        if need.since is not None:
            now = self._model.now()
            ago = span_text((now - need.since) / 1000)
            stamp = time_text(need.since, self._model.zone, now)
            stamp = stamp[5:16] if len(stamp) > 8 else stamp
            texts.append(fitted(QRect(right - AGO, top, AGO, high), ago, colour="text_dim", right=True))
            texts.append(fitted(QRect(right - AGO - SINCE, top, SINCE - 6, high), stamp, colour="text_dim", right=True))
        right -= AGO + SINCE
        wide = max(lettering.width(tr(words)) for words in ALARM_STATES.values()) + 10
        texts.append(fitted(QRect(right - wide, top, wide - 6, high), need.state, colour="text" if need.filled else "text_dim"))
        right -= wide + 6
        x = row.left() + 36 + WORD
        if need.place:
            column = min(WIDEST_PLACE, max(PLACE, self.width() // 4))
            texts.append(fitted(QRect(x, top, column - 10, high), need.place))
            x += column
        texts.append(lettering.sentence(QRect(x, top, right - x, high), need.sentence, need.bold))
        return texts

    def _sentence(self, need: Need) -> str:
        head = f"{need.word} · {need.place} · {need.sentence}" if need.place else f"{need.word} · {need.sentence}"
        if need.since is None:
            return f"{head} · {need.state}"
        return f"{head} · {need.state} · {tr('since {time}', time=time_text(need.since, self._model.zone, self._model.now()))}"

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        painter.fillRect(self.rect(), QColor(now.panel))
        theme.paint_edge(painter, self.rect(), QColor(now.line))
        for index, need in enumerate(self.shown):
            row = self.row_rect(index)
            if index == self._hover:
                painter.fillRect(row, QColor(now.selection))
            if index:
                painter.setPen(QPen(QColor(now.track), 1))
                painter.drawLine(row.topLeft() + QPoint(8, 0), row.topRight() - QPoint(8, 0))
            self._paint_mark(painter, need, QRectF(row.left() + 10, row.top() + (ROW - MARK) / 2, MARK, MARK))
            if self.hasFocus() and index == self._current:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(now.accent), 2))
                painter.drawRect(row.adjusted(1, 1, -1, -1))
        if self.hasFocus() and not self.shown:
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        for texts in self._texts:
            lettering.paint(painter, texts)

    def _paint_mark(self, painter: QPainter, need: Need, box: QRectF) -> None:
        if need.level:
            theme.paint_level(painter, box, need.level, filled=need.filled)
            return
        inner = box.adjusted(2, 2, -2, -2)
        theme.paint_stale(painter, inner)
        painter.setPen(QPen(QColor(theme.current().text_dim), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(inner)

    def _choose(self, index: int) -> None:
        self._current = index
        self.chosen.emit(self.shown[index])

    def _at(self, where: QPoint) -> int:
        return next((index for index in range(len(self.shown)) if self.row_rect(index).contains(where)), -1)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._at(event.pos())
            QToolTip.showText(event.globalPos(), self._sentence(self.shown[index]) if index >= 0 else self.toolTip(), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self.shown
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and shown:
            self._choose(self._current)
        elif event.key() == Qt.Key.Key_Down and self._current + 1 < len(shown):
            self._current += 1
            self.update()
        elif event.key() == Qt.Key.Key_Up and self._current > 0:
            self._current -= 1
            self.update()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
