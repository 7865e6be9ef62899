"""How the parts of a rack are painted: frame, items with their signs, temperatures. Knows colours and shapes, no place and no model."""

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.alarms import UNSEEN
from ui import theme
from ui.pages.racks.state import ItemState, Sign, Warmth, broken

SIGN = 14
"""Pixels from which a level's sign has room for its digit."""
BAR = 9
"""Width of the bar of temperatures."""
STEPS = 9
"""Shades from one sensor to the next."""


def paint_frame(painter: QPainter, box: QRect, sides: int, units: int, unit: int) -> None:
    """The empty units of a face, and room for what hangs at its side."""
    now = theme.current()
    outer = box.adjusted(-1, -2, 1 + sides, 2)
    painter.fillRect(outer, QColor(now.line))
    painter.fillRect(outer.adjusted(1, 1, -1, -1), QColor(now.track))
    painter.fillRect(box, QColor(now.page))
    painter.setPen(QPen(QColor(now.track), 1))
    for n in range(1, units):
        y = box.bottom() + 1 - n * unit
        painter.drawLine(box.left(), y, box.right(), y)


def paint_back(painter: QPainter, rect: QRect) -> None:
    """The back of what is mounted on the other face: a dotted outline."""
    now = theme.current()
    painter.fillRect(rect, QColor(now.track))
    painter.setPen(QPen(QColor(now.hatch), 1, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(0, 0, -1, -1))


def paint_item(painter: QPainter, rect: QRect, state: ItemState, line: int) -> None:
    """An item with its sign; `line` is the height of a line of its text. What is not known now is hatched at both ends."""
    now = theme.current()
    painter.fillRect(rect, QColor(now.line))
    inner = rect.adjusted(0, 1, 0, 0)
    painter.fillRect(inner, QColor(now.panel))
    if state.sign in (Sign.STALE, Sign.UNKNOWN):
        theme.paint_stale(painter, inner)
        _clear_below_text(painter, inner, line)
    side = min(rect.height() - 1, line)
    lines = 2 if rect.height() >= 2 * line else 1
    high = line if lines == 2 else rect.height()
    top = rect.top() + (rect.height() - lines * high) // 2 + (high - side) // 2 + 1
    paint_sign(painter, QRect(rect.left() + 3, top, side, side - 1), state)


def _clear_below_text(painter: QPainter, inner: QRect, line: int) -> None:
    """Letters on a hatch are hard to read: the hatch stays at the left, under the sign, and at the right edge."""
    calm = inner.adjusted(line + 4, 0, -6, 0)
    painter.fillRect(calm, QColor(theme.current().panel))


def paint_sign(painter: QPainter, box: QRect, state: ItemState) -> None:
    """A level's shape; else a full square in order, a hatched one stale, a crossed one unknown, a ring for what nobody watches."""
    now = theme.current()
    if state.level:
        painter.fillRect(QRect(box.left() - 3, box.top() - 1, 2, box.height() + 2), QColor(now.level(state.level)))
        theme.paint_level(painter, box, state.level, filled=state.alarm in UNSEEN, digit=box.height() >= SIGN)
        return
    if state.quiet is not None:
        theme.paint_quiet(painter, box, state.quiet)
        return
    side = max(5, min(8, box.height() - 4))
    mark = QRect(0, 0, side, side)
    mark.moveCenter(box.center())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(now.text_dim), 1))
    if state.sign is Sign.ORDER:
        painter.fillRect(mark, QColor(now.text_dim))
    elif state.sign is Sign.UNMONITORED:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawEllipse(QRectF(mark).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    else:
        painter.fillRect(mark, QColor(now.panel))
        theme.paint_stale(painter, mark)
        painter.drawRect(mark)
        if state.sign is Sign.UNKNOWN:
            painter.drawLine(mark.topLeft(), mark.bottomRight() + QPoint(1, 1))
            painter.drawLine(mark.topRight() + QPoint(1, 0), mark.bottomLeft() + QPoint(0, 1))


def paint_side(painter: QPainter, rect: QRect, state: ItemState) -> None:
    """An item at the side of the units, such as an upright PDU."""
    now = theme.current()
    painter.fillRect(rect, QColor(now.line))
    painter.fillRect(rect.adjusted(1, 1, -1, -1), QColor(now.panel))
    if state.sign in (Sign.STALE, Sign.UNKNOWN):
        theme.paint_stale(painter, rect.adjusted(1, 1, -1, -1))
    paint_sign(painter, QRect(rect.left() - 1, rect.top() + 4, rect.width() + 1, rect.width() + 1), state)


def paint_warmth(
    painter: QPainter, strip: QRect, warmths: tuple[Warmth, ...], heights: list[int], figures: list[QRect], points: Mapping[str, PointInfo]
) -> None:
    """Shades between two sensors of this rack and nowhere else; a tick where each is; hatched where one of the two is stale.

    `heights` are the sensors' y, `figures` the places of their figures.
    """
    now = theme.current()
    bar = QRect(strip.left() + 2, strip.top(), BAR, strip.height())
    for (low, bottom), (high, top) in pairwise(zip(warmths, heights, strict=True)):
        piece = QRect(bar.left(), top, bar.width(), bottom - top)
        if low.stale or high.stale or low.number is None or high.number is None:
            theme.paint_stale(painter, piece)
        else:
            _paint_shades(painter, piece, _shades(low, high, points))
    painter.setPen(QPen(QColor(now.line), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar.adjusted(0, 0, -1, -1))
    for warmth, height, figure in zip(warmths, heights, figures, strict=True):
        y = min(bar.bottom(), height)
        shade = QColor(now.hatch) if warmth.stale else _shade(points[warmth.sensor.key], warmth.number)
        painter.fillRect(QRect(bar.left() - 1, y - 1, bar.width() + 2, 3), shade)
        painter.setPen(QPen(QColor(now.text), 1))
        painter.drawRect(QRect(bar.left() - 1, y - 2, bar.width() + 2, 4))
        if warmth.stale:
            theme.paint_stale(painter, figure.adjusted(BAR + 3, 0, 0, 0))
        if warmth.level:
            place = QRect(figure.left(), figure.top() + 1, BAR + 4, BAR + 4)  # a figure in bold begins right of it
            theme.paint_level(painter, place, warmth.level, filled=warmth.alarm in UNSEEN)
        elif warmth.quiet is not None:
            theme.paint_quiet(painter, QRect(figure.left(), figure.top() + 1, BAR + 4, BAR + 4), warmth.quiet)


def _shades(low: Warmth, high: Warmth, points: Mapping[str, PointInfo]) -> list[QColor]:
    """From the upper sensor to the lower one; each step in the colour of its own temperature."""
    begin, end = high.number or 0.0, low.number or 0.0
    shares = [step / (STEPS - 1) for step in range(STEPS)]
    return [_shade(points[(high if share < 0.5 else low).sensor.key], begin + (end - begin) * share) for share in shares]


def _paint_shades(painter: QPainter, piece: QRect, shades: list[QColor]) -> None:
    """From above to below, one running into the next. A picture of one column drawn large, not a gradient: of each that differs in a
    single shade Qt keeps a table of 12 KB, and temperatures always differ."""
    column = QImage(1, len(shades), QImage.Format.Format_RGB32)
    for y, shade in enumerate(shades):
        column.setPixel(0, y, shade.rgb())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(piece), column, QRectF(0, 0.5, 1, len(shades) - 1))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)


def _shade(point: PointInfo, number: float | None) -> QColor:
    """Grey in order, the darker the warmer; the level's colour where a limit is broken."""
    now = theme.current()
    if number is None:
        return QColor(now.page)
    level = broken(point.limits, number)
    if level:
        return QColor(now.level(level))
    cold, warm = point.normal or (18.0, 27.0)
    share = min(1.0, max(0.0, (number - cold) / ((warm - cold) or 1.0)))
    return _between(QColor(now.track), QColor(now.text_dim), 0.1 + 0.5 * share)


def _between(one: QColor, other: QColor, share: float) -> QColor:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return QColor(*(round(low + (high - low) * share) for low, high in pairs))
