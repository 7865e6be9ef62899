"""The strip of equipment groups on the wall: name, sign and word of each group, large. Counts nothing and takes no click."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from cityops_desktop.sentences import GROUPS, level_name
from cityops_desktop.texts import tr
from ui import theme
from ui.models.groups import GroupState
from ui.widgets.lettering import Lettering, fitted

ROWS = 2


def cells(count: int, strip: QRect) -> list[QRect]:
    """A place for each group: one row up to seven, else two."""
    rows = 1 if count <= 7 else ROWS
    columns = max(1, -(-count // rows))
    wide, high = strip.width() // columns, strip.height() // rows
    gap = max(4, wide // 40)
    return [QRect(strip.left() + n % columns * wide, strip.top() + n // columns * high, wide - gap, high - gap) for n in range(count)]


def group_letterings(states: list[GroupState], strip: QRect, wholes: list[str]) -> list[Lettering]:
    """Name and word of each group; `wholes` gets what may be elided."""
    texts = []
    for state, place in zip(states, cells(len(states), strip), strict=True):
        size = _size(place, strip)
        name, word = tr(GROUPS[state.group]), _word(state)
        wholes.append(f"{name}: {word}")
        inner = place.adjusted(size // 2, _edge(size), -size // 3, -_edge(size))
        high = inner.height() // 2
        calm = state.worst is None and not state.unknown
        texts.append(fitted(QRect(inner.left(), inner.top(), inner.width(), high), name, size, not calm))
        left = inner.left() + (round(size * 1.4) if not calm else 0)
        texts.append(fitted(QRect(left, inner.top() + high, inner.right() - left, high), word, size, False, "text_dim" if calm else "text"))
    return texts


def paint_groups(painter: QPainter, states: list[GroupState], strip: QRect) -> None:
    """Boxes and signs: grey when in order, a coloured edge while an alarm stands, hatched where something is unknown."""
    now = theme.current()
    for state, place in zip(states, cells(len(states), strip), strict=True):
        size = _size(place, strip)
        painter.fillRect(place, QColor(now.panel))
        inner = place.adjusted(size // 2, _edge(size), 0, -_edge(size))
        high = inner.height() // 2
        sign = QRectF(inner.left(), inner.top() + high + (high - size) / 2, size, size)
        if state.worst is not None:
            colour = QColor(now.level(state.worst.level))
            if state.worst.standing:
                frame(painter, place, colour, _edge(size))
            filled = state.worst.unseen
            theme.paint_level(painter, sign, state.worst.level, filled=filled, digit=False)
        elif state.unknown:
            theme.paint_stale(painter, sign)
            painter.setPen(QPen(QColor(now.text_dim), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(sign)


def frame(painter: QPainter, place: QRect, colour: QColor, edge: int) -> None:
    """An edge of so many px inside `place`."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, edge, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin))
    painter.drawRect(QRectF(place).adjusted(edge / 2, edge / 2, -edge / 2, -edge / 2))


def _edge(size: int) -> int:
    """The frame of a group with an alarm; no text and no sign lies upon it."""
    return max(3, size // 8)


def _size(place: QRect, strip: QRect) -> int:
    return max(12, min(round(place.height() * 0.36), strip.height() // 4))


def _word(state: GroupState) -> str:
    if state.worst is not None:
        name = level_name(state.worst.level)
        return tr("{level}, returned", level=name) if not state.worst.standing else name
    return tr("{n} unknown", n=state.unknown) if state.unknown else tr("normal")
