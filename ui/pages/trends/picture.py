"""A chart as a picture for a report: what room, what time, in which zone, the curves with their names, and whether it is a demo."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from cityops_desktop.texts import tr
from ui import theme
from ui.pages.trends.lanes import Line
from ui.pages.trends.plot import Plot
from ui.widgets import lettering
from ui.widgets.lettering import fitted

EDGE, HEAD_HIGH, ROW_HIGH, LEAST_WIDE = 12, 52, 22, 280


def picture(plot: Plot, title: str, span: str, names: Sequence[tuple[Line, str]], notes: Sequence[str], *, demo: bool) -> QImage:
    """`title` says what and of which room, `span` from when to when with the zone, `notes` what else must be known."""
    now = theme.current()
    ratio = plot.devicePixelRatioF()
    chart = plot.grab()
    across = max(1, plot.width() // LEAST_WIDE)
    rows = -(-len(names) // across)
    wide, high = plot.width() + 2 * EDGE, plot.height() + HEAD_HIGH + (rows + len(notes)) * ROW_HIGH + 3 * EDGE
    image = QImage(round(wide * ratio), round(high * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    painter.fillRect(QRect(0, 0, wide, high), QColor(now.page))
    mark = tr("DEMO")
    room = lettering.width(mark, theme.TITLE, True) + 16 if demo else 0
    inner = wide - 2 * EDGE
    texts = [
        fitted(QRect(EDGE, EDGE, inner - room - 8, 24), title, theme.TITLE, True),
        fitted(QRect(EDGE, EDGE + 25, inner, 18), span, theme.SMALL, colour="text_dim"),
    ]
    if demo:
        box = QRect(wide - EDGE - room, EDGE, room, 24)
        painter.fillRect(box, QColor(now.demo))
        texts.append(fitted(box.adjusted(8, 0, 0, 0), mark, theme.TITLE, True, "on_demo"))
    painter.drawPixmap(EDGE, EDGE + HEAD_HIGH, chart)
    top = EDGE + HEAD_HIGH + plot.height() + EDGE
    column = inner // across
    for place, (line, name) in enumerate(names):
        x, y = EDGE + place % across * column, top + place // across * ROW_HIGH
        painter.setPen(QPen(QColor(line.colour), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(x + 24, y + 9, x + 46, y + 9)
        texts.append(fitted(QRect(x, y, 22, 18), str(line.number), theme.SMALL, True, line.colour))
        texts.append(fitted(QRect(x + 52, y, column - 60, 18), name, theme.SMALL))
    for place, note in enumerate(notes):
        texts.append(fitted(QRect(EDGE, top + (rows + place) * ROW_HIGH, inner, 18), note, theme.SMALL, colour="text_dim"))
    lettering.paint(painter, texts)
    painter.end()
    return image
