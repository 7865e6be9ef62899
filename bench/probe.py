"""Runs the real console in this process and reports what it paints and how long its loop stalls, as JSON lines on standard output.

`python -m bench.probe console DATA PAGE [SECONDS]` until standard input ends, going on to the next page every so many seconds;
`python -m bench.probe empty` runs a Qt loop that does nothing, to be measured beside it.
"""

import json
import sys
import threading
import time
from array import array
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

TICK_MS = 10
HELD = 3600 * 1000 // TICK_MS
"""Ticks of an hour."""


class Ticker(QObject):
    """A timer each 10 ms that notes how late it comes: the stall that a finger would feel."""

    def __init__(self) -> None:
        super().__init__()
        self._late = array("f", [0.0]) * HELD  # of one size from the start: a list of floats would grow by 11 MB an hour
        self._count = 0
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._last = time.perf_counter()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._late[self._count % HELD] = max(0.0, (now - self._last) * 1000 - TICK_MS)
        self._count += 1
        self._last = now

    def clear(self) -> None:
        """Begin to count anew."""
        self._count = 0

    def late(self) -> list[float]:
        """ms of each tick since then, of the last hour at most."""
        return self._late[: min(self._count, HELD)].tolist()


class Tour(QObject):
    """Goes on to the window's next page every so many seconds, for ever."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._number = 0
        self._timer = QTimer(self, interval=round(seconds * 1000))
        self._timer.timeout.connect(self._next)
        self._timer.start()

    def _next(self) -> None:
        from ui.window import PAGES, Window

        for window in QApplication.topLevelWidgets():
            if isinstance(window, Window):
                self._number = (self._number + 1) % len(PAGES)
                window.show_page(PAGES[self._number][0])


def say(**event: object) -> None:
    """One JSON line."""
    print(json.dumps(event), flush=True)


def watch_paint() -> None:
    """Report each value that a tile has painted, with the time at which the paint ended."""
    from ui.pages.overview.tile import Tile

    paint = Tile.paintEvent
    last: dict[str, object] = {}

    def painted(self: Tile, event: QPaintEvent) -> None:
        paint(self, event)
        shown = self._shown.value if self._shown else ""
        if last.get(self.key) != shown:
            last[self.key] = shown
            say(event="painted", key=self.key, value=shown, time=time.time())

    Tile.paintEvent = painted  # type: ignore[method-assign]


def serve(ticker: list[Ticker]) -> None:
    """Commands on standard input: "mark" begins a new count of stalls, "late" tells it; the end of input ends the program."""
    for line in sys.stdin:
        if line.strip() == "mark" and ticker:
            ticker[0].clear()
        elif line.strip() == "late" and ticker:
            say(event="late", late=ticker[0].late())
    app = QCoreApplication.instance()
    if app is not None:
        app.quit()


def main() -> int:
    """Run what the arguments say."""
    tickers: list[Ticker] = []
    threading.Thread(target=serve, args=(tickers,), daemon=True).start()
    if sys.argv[1] == "empty":
        app = QCoreApplication([])
        tickers.append(Ticker())
        say(event="ready")
        return app.exec()
    from ui import app as console

    watch_paint()
    application = console.application()

    tours: list[Tour] = []

    def begin() -> None:
        tickers.append(Ticker())
        if len(sys.argv) > 4:
            tours.append(Tour(float(sys.argv[4])))
        say(event="ready")

    QTimer.singleShot(0, application, begin)
    return console.run(Path(sys.argv[2]), page=sys.argv[3], size=(1920, 1080), language="en", theme="light")


if __name__ == "__main__":
    sys.exit(main())
