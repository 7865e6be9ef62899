"""The chart behind a finding: what was measured, the line through it, a band, discharges over each other, limits. Painted once into a
picture that is kept until something changes; keeps no data of its own and asks nobody."""

import math
from datetime import UTC, tzinfo

import numpy as np
from pyqtgraph.functions import arrayToQPath
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from cityops_desktop.link.analysis import ChartInfo, CurveInfo
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.models.shown import figure, moment
from ui.models.ticks import time_ticks, value_range, value_ticks
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

LEFT, RIGHT, HEAD, BOTTOM = 66, 14, 32, 24
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
FURTHER = 0.6
"""So much of the span the line is drawn on, towards its limit."""
NEAR = 1.5
"""A limit further from the values than so many times their spread is named, not drawn."""
ROLES = {
    "measured": N_("measured"),
    "adjusted": N_("adjusted"),
    "line": N_("robust line"),
    "band": N_("usual band (80 %)"),
    "middle": N_("usual course"),
    "reference": N_("reference"),
    "later": N_("newest"),
    "other": N_("others"),
    "limit": N_("limit"),
}
ELAPSED = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000)


class AnalysisChart(QWidget):
    """`show_chart` with what the station answered; None = nothing yet."""

    def __init__(self) -> None:
        super().__init__()
        self.chart: ChartInfo | None = None
        self.zone: tzinfo = UTC
        self.hint = ""
        self.due: float | None = None
        self._texts: list[Lettering] = []
        self._samples: list[tuple[QRect, str]] = []
        self._x = self._y = (0.0, 1.0)
        self._picture = QPixmap()
        self.setMinimumSize(320, 200)
        theme.changes.themeChanged.connect(self.redraw)

    def show_chart(self, chart: ChartInfo | None, zone: tzinfo, hint: str, due: float | None) -> None:
        """This; `hint` is what stands where there is none, `due` when the line meets its limit (UTC ms)."""
        if (chart, zone, hint, due) != (self.chart, self.zone, self.hint, self.due):
            self.chart, self.zone, self.hint, self.due = chart, zone, hint, due
            self.redraw()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def redraw(self) -> None:
        """Lay everything out anew."""
        self._picture = QPixmap()
        self._texts, self._samples = [], []
        if self._box().width() > 40 and self._box().height() > 40:
            self._lay_out()
        self.update()

    # where things stand

    def _box(self) -> QRectF:
        return QRectF(LEFT, HEAD, self.width() - LEFT - RIGHT, self.height() - HEAD - BOTTOM)

    def _drawn(self) -> list[CurveInfo]:
        return [one for one in self.chart.curves if len(one.x) and any(y is not None for y in one.y)] if self.chart else []

    def _lay_out(self) -> None:
        curves = self._drawn()
        box = self._box().toRect()
        if not curves or self.chart is None:
            wide = min(lettering.width(self.hint) + 2, self.width() - 20)
            self._texts.append(fitted(QRect((self.width() - wide) // 2, self.height() // 2 - 12, wide, 24), self.hint, colour="text_dim"))
            self.setToolTip(self.hint)
            return
        self._x, self._y = self._ranges(curves)
        for value, name in value_ticks(*self._y, box.height()):
            y = round(self._y_of(value))
            self._texts.append(fitted(QRect(4, y - 8, LEFT - 12, 16), name, theme.SMALL, colour="text_dim", right=True))
        last = -1
        for at, name in self._across():
            wide = lettering.width(name, theme.SMALL)
            x = min(max(round(self._x_of(at)) - wide // 2, LEFT - 6), self.width() - wide - 2)
            if x > last:
                self._texts.append(fitted(QRect(x, box.bottom() + 5, wide + 1, 16), name, theme.SMALL, colour="text_dim"))
                last = x + wide + 6
        self._name_curves(curves)
        self.setToolTip("\n".join(self._names(curves).values()))

    def _ranges(self, curves: list[CurveInfo]) -> tuple[tuple[float, float], tuple[float, float]]:
        assert self.chart is not None
        first, last = min(one.x[0] for one in curves), max(one.x[-1] for one in curves)
        if self.chart.axis == "day":
            first, last = 0.0, float(DAY_MS)
        elif self.chart.axis == "elapsed":
            first = 0.0
        elif self.due is not None:
            last = max(last, min(self.due, last + FURTHER * (last - first)))
        values = [y for one in curves for y in one.y if y is not None]
        values += [end for one in curves if (end := self._drawn_on(one, last)) is not None]
        low, high = min(values), max(values)
        spread = max(high - low, 10.0**-self.chart.decimals)
        near = [limit for limit in self.chart.limits if low - NEAR * spread <= limit <= high + NEAR * spread]
        least = 4 * 10.0**-self.chart.decimals
        return (first, max(last, first + 1)), value_range(min([low, *near]), max([high, *near]), least)

    def _drawn_on(self, curve: CurveInfo, x: float) -> float | None:
        """Where the line is at this x beyond its end, on its way to the limit; None for anything else."""
        if curve.role != "line" or self.due is None or len(curve.x) != 2 or curve.y[0] is None or curve.y[1] is None:
            return None
        return curve.y[1] + (curve.y[1] - curve.y[0]) / max(curve.x[1] - curve.x[0], 1.0) * (x - curve.x[1])

    def _across(self) -> list[tuple[float, str]]:
        """The names below the axis."""
        assert self.chart is not None
        first, last = self._x
        pixels = int(self._box().width())
        if self.chart.axis == "time":
            return [(float(at), name) for at, name in time_ticks(int(first), int(last), self.zone, pixels)]
        if self.chart.axis == "day":
            return [(hour * HOUR_MS, f"{hour:02d}:00") for hour in range(0, 25, 3 if pixels > 420 else 6)]
        step = next((one for one in ELAPSED if one * pixels >= 70 * (last - first)), ELAPSED[-1])
        return [(at, tr("{n} min", n=f"{at / 60:g}")) for at in np.arange(0, last + 1, step).tolist()]

    def _x_of(self, x: float) -> float:
        box = self._box()
        return box.left() + (x - self._x[0]) / (self._x[1] - self._x[0]) * box.width()

    def _y_of(self, y: float) -> float:
        box = self._box()
        return box.bottom() - (y - self._y[0]) / (self._y[1] - self._y[0]) * box.height()

    def _names(self, curves: list[CurveInfo]) -> dict[str, str]:
        """What the kinds of curves are called, in their order; discharges by their day."""
        assert self.chart is not None
        found: dict[str, str] = {}
        for one in curves:
            role = "band" if one.role in ("low", "high") else one.role
            day = f" {moment(one.time, self.zone):%Y-%m-%d}" if one.time is not None and role != "other" else ""
            found.setdefault(role, f"{tr(ROLES[role])}{day}")
        shown = [limit for limit in self.chart.limits if self._y[0] <= limit <= self._y[1]]
        if shown and self.chart.limits != [0.0]:
            found["limit"] = (
                (tr("compared at") if self.chart.axis == "elapsed" else tr(ROLES["limit"]))
                + " "
                + ", ".join(figure(one, self.chart.decimals) for one in sorted(shown))
            )
        return found

    def _name_curves(self, curves: list[CurveInfo]) -> None:
        assert self.chart is not None
        unit = self.chart.unit
        wide = lettering.width(unit, theme.SMALL, True) + 2
        self._texts.append(fitted(QRect(4, 4, wide, 16), unit, theme.SMALL, True, "text_dim"))
        x = max(LEFT, wide + 10)
        for role, name in self._names(curves).items():
            room = self.width() - x - 28
            if room < 40:
                break
            words = min(lettering.width(name, theme.SMALL) + 2, room)
            self._samples.append((QRect(x, 4, 20, 16), role))
            self._texts.append(fitted(QRect(x + 24, 4, words, 16), name, theme.SMALL, colour="text_dim"))
            x += 24 + words + 12

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            painter = QPainter(self._picture)
            self._paint(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        now = theme.current()
        painter.fillRect(self.rect(), QColor(now.panel))
        curves = self._drawn()
        if curves and self.chart is not None and self._texts:
            box = self._box()
            painter.setPen(QPen(QColor(now.track), 0))
            for at, _ in self._across():
                painter.drawLine(QPointF(round(self._x_of(at)), box.top()), QPointF(round(self._x_of(at)), box.bottom()))
            for value, _ in value_ticks(*self._y, int(box.height())):
                painter.drawLine(QPointF(box.left(), round(self._y_of(value))), QPointF(box.right(), round(self._y_of(value))))
            painter.setPen(QPen(QColor(now.line), 0))
            painter.drawRect(box)
            painter.setClipRect(box)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_band(painter, curves)
            for limit in self.chart.limits:
                self._pen(painter, "limit")
                painter.drawLine(QPointF(box.left(), self._y_of(limit)), QPointF(box.right(), self._y_of(limit)))
            for one in sorted(curves, key=lambda one: one.role != "other"):
                if one.role not in ("low", "high"):
                    self._paint_curve(painter, one)
            painter.setClipping(False)
        for sample, role in self._samples:
            self._paint_sample(painter, sample, role)
        lettering.paint(painter, self._texts)

    def _paint_band(self, painter: QPainter, curves: list[CurveInfo]) -> None:
        low, high = (next((one for one in curves if one.role == role), None) for role in ("low", "high"))
        if low is None or high is None:
            return
        colour = QColor(theme.current().band)
        colour.setAlpha(110)
        half = (low.x[1] - low.x[0]) / 2 if len(low.x) > 1 else 0.0
        for n, x in enumerate(low.x):
            bottom, top = low.y[n], high.y[n]
            if bottom is not None and top is not None:
                left, right = self._x_of(x - half), self._x_of(x + half)
                painter.fillRect(QRectF(left, self._y_of(top), right - left, self._y_of(bottom) - self._y_of(top)), colour)

    def _paint_curve(self, painter: QPainter, curve: CurveInfo) -> None:
        self._pen(painter, curve.role)
        x = np.array([self._x_of(one) for one in curve.x])
        y = np.array([math.nan if one is None else self._y_of(one) for one in curve.y])
        end = self._drawn_on(curve, self._x[1])
        if end is not None:
            x[1], y[1] = self._x_of(self._x[1]), self._y_of(end)
        if len(x) == 1:
            painter.drawEllipse(QPointF(x[0], y[0]), 2, 2)
            return
        gap = 3 * float(np.median(np.diff(x))) + 1
        connect = np.append((np.diff(x) <= gap) & np.isfinite(y[:-1]) & np.isfinite(y[1:]), False)
        if curve.role in ("line", "reference", "later", "other", "middle"):
            connect = np.append(np.isfinite(y[:-1]) & np.isfinite(y[1:]), False)
        painter.drawPath(arrayToQPath(x, np.nan_to_num(y), connect=connect, finiteCheck=False))
        if curve.role in ("measured", "adjusted") and len(x) <= 60:
            for at, value in zip(x.tolist(), y.tolist(), strict=True):
                if math.isfinite(value):
                    painter.drawEllipse(QPointF(at, value), 1.5, 1.5)

    def _pen(self, painter: QPainter, role: str) -> None:
        now = theme.current()
        colours = {"measured": now.curves[0], "adjusted": now.curves[1], "line": now.text, "middle": now.text_dim, "limit": now.limit}
        colours |= {"later": now.curves[0], "reference": now.text, "other": now.band}
        pen = QPen(QColor(colours.get(role, now.text_dim)), 0)
        pattern = {"line": [9, 3], "limit": [2, 4], "middle": [3, 3], "reference": [6, 4]}.get(role)
        if pattern:
            pen.setStyle(Qt.PenStyle.CustomDashLine)
            pen.setDashPattern(pattern)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_sample(self, painter: QPainter, box: QRect, role: str) -> None:
        if role == "band":
            colour = QColor(theme.current().band)
            colour.setAlpha(110)
            painter.fillRect(box.adjusted(0, 3, 0, -3), colour)
            return
        self._pen(painter, role)
        y = box.center().y()
        painter.drawLine(box.left(), y, box.right(), y)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.redraw()
