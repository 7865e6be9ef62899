"""What one frame of the trends page costs: 16 curves of 3,600 samples move by one sample over a visible grid, beside what pyqtgraph does
with its defaults and what a plain QPainter does with the same lines."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from bench.page import Measure
from cityops_desktop.link.messages import LimitInfo, NamesInfo, PointInfo
from cityops_desktop.model.envelope import samples
from cityops_desktop.model.points import Group, Kind, LimitKind
from ui import app as console
from ui import theme
from ui.pages.trends.lanes import Line
from ui.pages.trends.plot import Plot
from ui.pages.trends.trace import Trace

CURVES, SAMPLES, FRAMES, ROUNDS = 16, 3600, 15, 3
WIDE, HIGH = 1720, 940
NOW = 1_790_000_000_000
LIMIT_MS = 20.0
UNITS = ("°C", "%RH", "V", "kW")


def measures() -> tuple[str, str, list[Measure]]:
    """Ours, pyqtgraph's and the plain one, in turns."""
    app = console.application()
    console.load_fonts()
    theme.apply(app, theme.LIGHT)
    rng = np.random.default_rng(1)
    values = 20 + np.cumsum(rng.normal(0, 0.05, (CURVES, SAMPLES + FRAMES)), axis=1)
    ways = {"ours": _ours(app, values), "pyqtgraph": _pyqtgraph(app, values), "plain": _plain(app, values)}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, frame in ways.items():
            found[name] += [_cost(frame, number) for number in range(FRAMES)]
    middle = {name: statistics.median(ms) for name, ms in found.items()}
    how = (
        f"A frame of the trends page: {CURVES} curves of {SAMPLES} samples in four lanes with a grid at {WIDE} × {HIGH}, offscreen, move "
        f"by one sample; processor time of this process, median of {ROUNDS} × {FRAMES} (least to most), after one that is not counted."
    )
    beside = f"pyqtgraph, its defaults: {middle['pyqtgraph']:.1f} ms; QPainter.drawPolyline alone: {middle['plain']:.1f} ms"
    spread = f"{min(found['ours']):.1f} to {max(found['ours']):.1f}"
    return (
        "A frame of the trends page",
        how,
        [Measure(f"trends, {CURVES} × {SAMPLES}", middle["ours"], LIMIT_MS, "ms of CPU", beside, spread)],
    )


def _cost(frame: Callable[[int], None], number: int) -> float:
    """Milliseconds of processor time for one frame."""
    began = time.process_time()
    frame(number)
    return (time.process_time() - began) * 1000


def _ours(app: QApplication, values: np.ndarray) -> Callable[[int], None]:
    plot = Plot()
    plot.resize(WIDE, HIGH)
    times = NOW - np.arange(values.shape[1])[::-1] * 1000
    lines = []
    for number, curve in enumerate(values):
        line = Line(number + 1, _point(number), Trace(1.0, steps=False))
        line.trace.add(samples(times, curve, np.zeros(len(times), np.uint8)), int(times[0]), NOW)
        lines.append(line)
    plot.set_lines(lines)
    plot.show()

    def frame(number: int) -> None:
        end = int(times[SAMPLES + number - 1])
        plot.set_window(end - SAMPLES * 1000, end)
        plot.repaint()

    frame(0)
    app.processEvents()
    return frame


def _point(number: int) -> PointInfo:
    names = NamesInfo(zh=f"测点{number}", en=f"Point {number}")
    limit = LimitInfo(id="high", level=2, kind=LimitKind.HIGH, value=24.0)
    more = {"unit": UNITS[number * len(UNITS) // CURVES], "decimals": 1, "period": 1.0, "limits": [limit]}
    told = {"key": f"a.x{number}", "device": "a", "names": names, "kind": Kind.ANALOG, "group": Group.AIR_CONDITIONING}
    return PointInfo.model_validate(told | more)


def _pyqtgraph(app: QApplication, values: np.ndarray) -> Callable[[int], None]:
    """Four of its plots with a grid, everything else as it comes."""
    view = pg.GraphicsLayoutWidget()
    view.resize(WIDE, HIGH)
    plots = [view.addPlot(row=row, col=0) for row in range(len(UNITS))]
    for plot in plots:
        plot.showGrid(x=True, y=True)
    items = [plots[number * len(UNITS) // CURVES].plot(pen=pg.intColor(number)) for number in range(CURVES)]
    view.show()

    def frame(number: int) -> None:
        x = np.arange(number, number + SAMPLES)
        for item, curve in zip(items, values, strict=True):
            item.setData(x, curve[number : number + SAMPLES])
        view.viewport().repaint()

    frame(0)
    app.processEvents()
    return frame


class _Lines(QWidget):
    """The same lines, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.curves = np.empty((0, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines of one pixel."""
        picture = QPixmap(self.size())
        picture.fill(QColor("#E5E6E8"))
        painter = QPainter(picture)
        painter.setPen(QPen(QColor("#1B4F8F"), 0))
        x = np.linspace(66, self.width() - 34, self.curves.shape[1])
        for curve in self.curves:
            painter.drawPolyline(arrayToQPolygonF(x, curve))
        painter.end()
        screen = QPainter(self)
        screen.drawPixmap(0, 0, picture)
        screen.end()


def _plain(app: QApplication, values: np.ndarray) -> Callable[[int], None]:
    widget = _Lines()
    widget.resize(WIDE, HIGH)
    low, high = values.min(), values.max()
    scaled = (values - low) / (high - low) * 200 + (np.arange(CURVES) * len(UNITS) // CURVES * 230)[:, None]
    widget.show()

    def frame(number: int) -> None:
        widget.curves = scaled[:, number : number + SAMPLES]
        widget.repaint()

    frame(0)
    app.processEvents()
    return frame
