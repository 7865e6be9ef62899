"""From a hand that wants to see a time to the chart of it: the console's wire, its decoding, its plot, offscreen."""

import math
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QUrlQuery
from PySide6.QtWidgets import QApplication

from bench.history_parts import halfyear
from bench.history_parts.questions import BEGIN, CURVES, END, Times, drop
from cityops_desktop.link.messages import NamesInfo, PointInfo
from cityops_desktop.link.strips import unpacked
from cityops_desktop.model.envelope import NOTHING, width_for
from cityops_desktop.model.points import Group, Kind
from ui import app as console
from ui import theme
from ui.pages.trends.lanes import Line
from ui.pages.trends.plot import Plot
from ui.pages.trends.trace import Trace
from ui.wire import Wire

WIDE, HIGH = 1720, 940
SHORTEST_MS = 60_000
SPANS = ("to 12 h", "to 30 d", "to 184 d")
_BORDERS = (12 * 3_600_000, 30 * 86_400_000, END - BEGIN)


@contextmanager
def served(data: Path) -> Iterator[None]:
    """A station beside this process."""
    line = [sys.executable, "-m", "bench.history_parts.serving", str(data)]
    process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    try:
        if process.stdout.readline().strip() != "listening":
            raise RuntimeError("the station does not listen")
        yield
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


class Painter:
    """A trends plot of 16 points that asks, decodes and paints."""

    def __init__(self, data: Path) -> None:
        self._app: QApplication = console.application()
        console.load_fonts()
        theme.apply(self._app, theme.LIGHT)
        self._owner = QObject()
        self._wire = Wire(data, "bench", self._owner)
        self._plot = Plot()
        self._plot.resize(WIDE, HIGH)
        self._plot.latest = END
        self._plot.show()
        self._app.processEvents()

    def show(self, sources: list[halfyear.Source], start: int, end: int) -> float:
        """Milliseconds from the question to the painted chart."""
        lines = [Line(n, _info(one), Trace(1.0, steps=one.point.kind is Kind.DIGITAL)) for n, one in enumerate(sources, 1)]
        query = QUrlQuery()
        buckets = self._plot.pixels()
        for name, value in (("from", start), ("to", end), ("buckets", buckets)):
            query.addQueryItem(name, str(value))
        for one in sources:
            query.addQueryItem("point", one.point.key)
        came: list[bytes] = []
        loop = QEventLoop()

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            if status == 200:
                came.append(data)
            loop.quit()

        began = time.perf_counter()
        self._wire.send("GET", "/api/v1/history", b"", answered, query, 20_000)
        loop.exec()
        past = unpacked(came[0])
        for line in lines:
            line.trace.add(past.strips.get(line.point.key, NOTHING), start, end)
        self._plot.set_lines(lines)
        self._plot.set_window(start, end)
        self._plot.repaint()
        return (time.perf_counter() - began) * 1000


def _info(source: halfyear.Source) -> PointInfo:
    point = source.point
    told = {"key": point.key, "device": point.device, "names": NamesInfo(zh=point.names.zh, en=point.names.en), "kind": point.kind}
    states = {state: NamesInfo(zh=name, en=name) for state, name in enumerate(("off", "on"))} if point.kind is Kind.DIGITAL else {}
    more = {"group": Group.ENVIRONMENT, "unit": point.unit, "decimals": point.decimals, "period": 1.0, "states": states}
    return PointInfo.model_validate(told | more)


def painted(data: Path, rounds: int, dice: random.Random) -> tuple[Times, dict[str, Times], str]:
    """Any ranges of any 16 points: all of them, those of short, middle and long ranges, and the slowest in words."""
    every = halfyear.sources()
    found: list[tuple[float, int]] = []
    with served(data):
        painter = Painter(data)
        painter.show(dice.sample(every, CURVES), BEGIN, END)
        drop(data)
        for _ in range(rounds):
            span = round(math.exp(dice.uniform(math.log(SHORTEST_MS), math.log(END - BEGIN))))
            start = dice.randint(BEGIN, END - span)
            found.append((painter.show(dice.sample(every, CURVES), start, start + span), span))
    by_span, low = {}, 0
    for name, border in zip(SPANS, _BORDERS, strict=True):
        some = sorted(ms for ms, span in found if low < span <= border)
        if some:
            by_span[name] = Times(some)
        low = border
    slowest = max(found)
    told = f"slowest {slowest[0]:.0f} ms: {slowest[1] / 3_600_000:.1f} h in buckets of {width_for(slowest[1], 1600) / 1000:.0f} s"
    return Times(sorted(ms for ms, _ in found)), by_span, told
