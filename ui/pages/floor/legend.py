"""What the colours and signs of the floor mean: the temperature scale with the allowed bands, each sign in use. Shows no value."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.model.alarms import Hidden
from cityops_desktop.texts import tr
from ui import theme
from ui.models.scope import LINE, SMALL
from ui.models.shown import figure
from ui.pages.floor.heat import HOLE, REACH, Scale
from ui.pages.floor.heatpicture import colour_at
from ui.pages.floor.layout import AIRS, Layers
from ui.pages.floor.marks import FRONT, paint_body, paint_detector
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted
from ui.widgets.tagmark import paint_tag, word

WIDE = 208
HIGH = 160
"""Px of the temperature scale."""
BAR = 20
ROW = 20
SAMPLE = 30
"""Px left of a sign's words."""

Sample = Callable[[QPainter, QRect], None]


class FloorLegend(QWidget):
    """As high as what it has to tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers = Layers()
        self._scale: Scale | None = None
        self._ceiling = 0.0
        self._rope = self._marks = self._tags = False
        self._texts: list[Lettering] = []
        self._samples: list[tuple[Sample, QRect]] = []
        self._bands: list[tuple[float, float]] = []
        self._bar = QRect()
        self.setFixedWidth(WIDE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._arrange()

    def tell(self, layers: Layers, scale: Scale | None, ceiling: float, *, rope: bool, marks: bool, tags: bool) -> None:
        """What is shown now; `scale` None = no temperature is shown; `marks` = there are devices without a footprint; `tags` hang."""
        self._layers, self._scale, self._ceiling, self._rope, self._marks, self._tags = layers, scale, ceiling, rope, marks, tags
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(WIDE, self.height())

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    # what stands where

    def _arrange(self) -> None:
        self._texts, self._samples, self._bands, self._bar = [], [], [], QRect()
        whole: list[str] = []
        y = self._arrange_scale(self._scale) if self._layers.temperature and self._scale is not None else 2
        for sample, text in self._rows():
            rect = QRect(SAMPLE + 6, y, WIDE - SAMPLE - 8, ROW)
            self._texts.append(fitted(rect, text, SMALL))
            self._samples.append((sample, QRect(2, y, SAMPLE, ROW)))
            whole.append(text)
            y += ROW
        self.setFixedHeight(y + 2)
        self.setToolTip("\n".join(whole))
        self.setAccessibleName(tr("Legend"))
        self.setAccessibleDescription("; ".join(whole))
        self.update()

    def _rows(self) -> list[tuple[Sample, str]]:
        rows: list[tuple[Sample, str]] = []
        if self._layers.temperature and self._scale is not None:
            rows.append((_allowed, tr("allowed range")))
            rows.append((_over, tr("above the highest limit")))
            rows.append((_hole, tr("no valid value within {n} m", n=f"{HOLE:g}")))
            rows.append((_blank, tr("no sensor within {n} m", n=f"{REACH:g}")))
        if self._layers.power:
            rows.append((_power, tr("kW; full bar {n} kW", n=figure(self._ceiling, 0))))
        if self._layers.leak:
            rows.append((_drops, tr("water detector: dry, wet")))
            if self._rope:
                rows.append((_line, tr("leak rope, metres")))
        if self._layers.alarms:
            rows.append((_signs, tr("alarm: new, acknowledged")))
            rows.append((_quiet_signs, tr("alarm kept quiet")))
        if self._tags:
            rows.append((_tag, word()))
        if self._marks:
            rows.append((_mark, tr("meter or controller")))
        rows.append((_front, tr("front of a rack")))
        return rows

    def _arrange_scale(self, scale: Scale) -> int:
        title = tr("Temperature, °C")
        self._texts.append(fitted(QRect(2, 0, WIDE - 4, 18), title, theme.BODY, bold=True))
        self._bar = QRect(104, 28, BAR, HIGH)
        step = 2 if scale.high - scale.low <= 16 else 5
        first = int(-(-scale.low // step) * step)
        for degrees in range(first, int(scale.high) + 1, step):
            rect = QRect(self._bar.right() + 10, self._y(scale, degrees) - LINE // 2, 30, LINE)
            self._texts.append(Lettering(rect, str(degrees), SMALL))
        held: list[QRect] = []
        for low, high, air in scale.bands:
            rect = QRect(2, (self._y(scale, low) + self._y(scale, high)) // 2 - LINE, 78, 2 * LINE)
            if not any(rect.intersects(one) for one in held):
                held.append(rect)
                self._bands.append((low, high))
                words = tr(AIRS[air]) if air is not None else tr("Room air")
                self._texts.append(fitted(QRect(2, rect.top(), 78, LINE), words, SMALL, colour="text_dim", right=True))
                figures = f"{low:g}–{high:g}"
                self._texts.append(fitted(QRect(2, rect.top() + LINE, 78, LINE), figures, SMALL, bold=True, right=True))
        return self._bar.bottom() + 14

    def _y(self, scale: Scale, value: float) -> int:
        return round(self._bar.bottom() + 1 - (value - scale.low) / (scale.high - scale.low) * self._bar.height())

    # paint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._bar.isValid() and self._scale is not None:
            self._paint_scale(painter, self._scale)
        for sample, rect in self._samples:
            sample(painter, rect)
        lettering.paint(painter, self._texts)

    def _paint_scale(self, painter: QPainter, scale: Scale) -> None:
        now = theme.current()
        for y in range(self._bar.top(), self._bar.bottom() + 1):
            share = (self._bar.bottom() - y) / (self._bar.height() - 1)
            painter.fillRect(
                QRect(self._bar.left(), y, self._bar.width(), 1), colour_at(scale, scale.low + share * (scale.high - scale.low))
            )
        painter.setPen(QPen(QColor(now.text_dim), 0))
        painter.drawRect(QRectF(self._bar))
        for one in self._texts:
            if one.rect.left() == self._bar.right() + 10:
                painter.drawLine(self._bar.right() + 1, one.rect.center().y(), self._bar.right() + 6, one.rect.center().y())
        painter.setPen(QPen(QColor(now.text), 2))
        for low, high in self._bands:
            x, top, bottom = self._bar.left() - 10, self._y(scale, high), self._y(scale, low)
            painter.drawLine(x, top, x, bottom)
            painter.drawLine(x, top, x + 6, top)
            painter.drawLine(x, bottom, x + 6, bottom)


def _allowed(painter: QPainter, rect: QRect) -> None:
    painter.setPen(QPen(QColor(theme.current().text), 2))
    x, top, bottom = rect.center().x() - 3, rect.top() + 4, rect.bottom() - 4
    painter.drawLine(x, top, x, bottom)
    painter.drawLine(x, top, x + 6, top)
    painter.drawLine(x, bottom, x + 6, bottom)


def _over(painter: QPainter, rect: QRect) -> None:
    now = theme.current()
    box = rect.adjusted(2, 3, -2, -3)
    painter.fillRect(box, QColor(now.heat[-1]))
    painter.setPen(QPen(QColor(now.value), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints([QPoint(x, y) for x in range(box.left() + 4, box.right() - 1, 7) for y in (box.top() + 4, box.top() + 10)])
    painter.setPen(QPen(QColor(now.value), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)


def _hole(painter: QPainter, rect: QRect) -> None:
    painter.fillRect(rect.adjusted(2, 3, -2, -3), QBrush(QColor(theme.current().hatch), Qt.BrushStyle.BDiagPattern))


def _blank(painter: QPainter, rect: QRect) -> None:
    now = theme.current()
    painter.setPen(QPen(QColor(now.line), 0, Qt.PenStyle.DotLine))
    painter.setBrush(QColor(now.panel))
    painter.drawRect(rect.adjusted(2, 3, -2, -3))


def _power(painter: QPainter, rect: QRect) -> None:
    now = theme.current()
    bar = QRect(rect.left() + 2, rect.center().y() - 2, rect.width() - 4, 4)
    painter.fillRect(bar, QColor(now.track))
    painter.fillRect(bar.adjusted(0, 0, -bar.width() // 3, 0), QColor(now.text_dim))


def _drops(painter: QPainter, rect: QRect) -> None:
    paint_detector(painter, rect.center() - QPoint(8, 0), False)
    paint_detector(painter, rect.center() + QPoint(8, 1), True)


def _line(painter: QPainter, rect: QRect) -> None:
    painter.setPen(QPen(QColor(theme.current().accent), 2, Qt.PenStyle.DashLine))
    y = rect.center().y()
    painter.drawLine(rect.left() + 2, y, rect.right() - 2, y)
    painter.setPen(QPen(QColor(theme.current().accent), 2))
    painter.drawLine(rect.center().x(), y - 4, rect.center().x(), y + 4)


def _signs(painter: QPainter, rect: QRect) -> None:
    theme.paint_level(painter, QRect(rect.left(), rect.top() + 3, 15, 15), 1)
    theme.paint_level(painter, QRect(rect.left() + 16, rect.top() + 3, 15, 15), 1, filled=False)


def _quiet_signs(painter: QPainter, rect: QRect) -> None:
    theme.paint_quiet(painter, QRect(rect.left(), rect.top() + 3, 15, 15), Hidden.SHELVED)
    theme.paint_quiet(painter, QRect(rect.left() + 16, rect.top() + 3, 15, 15), Hidden.SUPPRESSED)


def _tag(painter: QPainter, rect: QRect) -> None:
    paint_tag(painter, QRect(rect.left() + 8, rect.top() + 2, 16, 16))


def _mark(painter: QPainter, rect: QRect) -> None:
    paint_body(painter, rect, mark=True)


def _front(painter: QPainter, rect: QRect) -> None:
    now = theme.current()
    box = rect.adjusted(5, 4, -5, -3)
    painter.setPen(QPen(QColor(now.text_dim), 0))
    painter.setBrush(QColor(now.button))
    painter.drawRect(box)
    painter.fillRect(QRect(box.left(), box.top(), box.width() + 1, FRONT), QColor(now.text))
