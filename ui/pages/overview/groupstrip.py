"""The strip of equipment groups: one cell each with its worst state (word and shape) and counts, coloured while an alarm
stands. Never counts itself."""

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from cityops_desktop.model.points import Group
from cityops_desktop.sentences import GROUPS, level_name
from cityops_desktop.texts import tr
from ui import theme
from ui.models.groups import GroupState
from ui.pages.overview.choices import Choices
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

LEAST = 164
HIGH = 46
GAP = 6
MARK = 16


class GroupStrip(Choices):
    """`chosen` tells the Group of a clicked cell, or None when the chosen one is clicked again. Its height follows its width."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._states: list[GroupState] = []
        self._cells: list[QRect] = []
        self._texts: list[list[Lettering]] = []
        self._chosen: Group | None = None
        self.setFixedHeight(HIGH)

    def set_states(self, states: list[GroupState]) -> None:
        """How the groups do now."""
        if states != self._states:
            self._states = states
            self._current = min(self._current, max(0, len(states) - 1))
            self._arrange()

    def set_chosen(self, group: Group | None) -> None:
        """Which cell is marked as chosen."""
        self._chosen = group
        self._arrange()

    def retranslate(self) -> None:
        """The language or the theme is another one."""
        self._arrange()

    def cell(self, group: Group) -> QRect:
        """Where the cell of this group is."""
        return next(rect for state, rect in zip(self._states, self._cells, strict=True) if state.group is group)

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(one for texts in self._texts for one in texts)

    def _arrange(self) -> None:
        fit = max(1, (self.width() + GAP) // (LEAST + GAP))
        rows = max(1, -(-len(self._states) // fit))
        columns = max(1, -(-len(self._states) // rows)) if len(self._states) >= fit else fit
        self.setFixedHeight(rows * HIGH + (rows - 1) * GAP)
        wide = (self.width() + GAP) // columns - GAP
        self._cells = [
            QRect((index % columns) * (wide + GAP), (index // columns) * (HIGH + GAP), wide, HIGH) for index in range(len(self._states))
        ]
        self._texts = [self._write(state, rect) for state, rect in zip(self._states, self._cells, strict=True)]
        names = [self._sentence(state) for state in self._states]
        self.setAccessibleName(tr("Equipment groups"))
        self.setAccessibleDescription("; ".join(names))
        self.setToolTip("\n".join(names))
        self.update()

    def _write(self, state: GroupState, rect: QRect) -> list[Lettering]:
        count = str(state.points)
        left, right = rect.left() + 10, rect.right() - 9
        wide = lettering.width(count, theme.SMALL)
        texts = [
            fitted(QRect(left, rect.top() + 4, right - wide - 8 - left, 19), tr(GROUPS[state.group])),
            fitted(QRect(right - wide, rect.top() + 5, wide + 1, 18), count, theme.SMALL, colour="text_dim", right=True),
        ]
        x = right
        if state.unknown:
            wide = lettering.width(str(state.unknown), theme.SMALL)
            texts.append(fitted(QRect(x - wide, rect.top() + 24, wide + 1, 18), str(state.unknown), theme.SMALL))
            x -= wide + MARK + 10
        if state.worst is not None:
            alarms = str(state.alarms)
            wide = lettering.width(alarms, theme.SMALL)
            texts.append(fitted(QRect(x - wide, rect.top() + 24, wide + 1, 18), alarms, theme.SMALL))
            x -= wide + MARK + 10
        calm = state.worst is None and not state.unknown
        texts.append(
            fitted(QRect(left, rect.top() + 24, x - left, 18), self._word(state), theme.SMALL, colour="text_dim" if calm else "text")
        )
        return texts

    def _word(self, state: GroupState) -> str:
        if state.worst is not None:
            name = level_name(state.worst.level)
            return tr("{level}, returned", level=name) if not state.worst.standing else name
        return tr("unknown") if state.unknown else tr("normal")

    def _sentence(self, state: GroupState) -> str:
        return tr(
            "{group}: {word}; {points} points, {alarms} alarms, {unknown} unknown",
            group=tr(GROUPS[state.group]),
            word=self._word(state),
            points=state.points,
            alarms=state.alarms,
            unknown=state.unknown,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index, (state, rect, texts) in enumerate(zip(self._states, self._cells, self._texts, strict=True)):
            self._paint_cell(painter, index, state, rect)
            lettering.paint(painter, texts)
            self._paint_marks(painter, state, rect, texts)

    def _paint_cell(self, painter: QPainter, index: int, state: GroupState, rect: QRect) -> None:
        now = theme.current()
        painter.fillRect(rect, QColor(now.selection if state.group is self._chosen else now.panel))
        stands = state.worst is not None and state.worst.standing
        edge = now.level(state.worst.level) if state.worst and stands else now.text_dim if index == self._hover else now.line
        painter.setBrush(Qt.BrushStyle.NoBrush)
        theme.paint_edge(painter, rect, QColor(edge))
        if stands:
            painter.fillRect(QRect(rect.left(), rect.top(), 4, rect.height()), QColor(edge))
        if self.hasFocus() and index == self._current:
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def _paint_marks(self, painter: QPainter, state: GroupState, rect: QRect, texts: list[Lettering]) -> None:
        at = 2
        if state.unknown:
            box = QRectF(texts[at].rect.left() - MARK - 1, rect.top() + 26, MARK - 3, MARK - 3)
            theme.paint_stale(painter, box)
            painter.setPen(QPen(QColor(theme.current().text_dim), 1))
            painter.drawRect(box)
            at += 1
        if state.worst is not None:
            filled = state.worst.unseen
            box = QRectF(texts[at].rect.left() - MARK - 2, rect.top() + 25, MARK, MARK)
            theme.paint_level(painter, box, state.worst.level, filled=filled, digit=False)

    def _choose(self, index: int) -> None:
        self._current = index
        group = self._states[index].group
        self.chosen.emit(None if group is self._chosen else group)

    def _at(self, where: QPoint) -> int:
        return next((index for index, rect in enumerate(self._cells) if rect.contains(where)), -1)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._at(event.pos())
            if index >= 0:
                QToolTip.showText(event.globalPos(), self._sentence(self._states[index]), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._states:
            return super().keyPressEvent(event)
        columns = sum(1 for rect in self._cells if rect.top() == self._cells[0].top())
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self._current)
        elif key in steps and 0 <= self._current + steps[key] < len(self._states):
            self._current += steps[key]
            self.update()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
