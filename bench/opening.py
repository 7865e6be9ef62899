"""`python -m bench.opening DATA`: opens every page of a real console on a live station, first and again, and tells the times as JSON."""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from ui import app as console
from ui import theme
from ui.link import Link
from ui.models.room import RoomModel
from ui.preload import Preload
from ui.sound import Sound
from ui.window import PAGES, Window

SETTLE_SECONDS = 4.0
ROUNDS = 3


def main(data: Path) -> None:
    """Prints {"first": {page: ms}, "again": {page: [ms, ...]}}: from the click to the end of the page's paint."""
    app = console.application()
    console.load_fonts()
    theme.apply(app, theme.LIGHT)
    model = RoomModel()
    link = Link(data, model)
    window = Window(model, link, Sound(model, players=()), asks=False)
    window.resize(1920, 1080)
    window.painted.connect(Preload(window).begin)
    window.show()
    link.start()
    live(app, SETTLE_SECONDS)
    first: dict[str, float] = {}
    again: dict[str, list[float]] = {}
    for turn in range(ROUNDS + 1):
        for page, _ in (*PAGES[1:], PAGES[0]):
            took = opened(app, window, page)
            if turn == 0:
                first[page] = took
            else:
                again.setdefault(page, []).append(took)
            live(app, 1.0)
    sys.stdout.write(json.dumps({"first": first, "again": again}) + "\n")
    window.close()


def opened(app: QApplication, window: Window, page: str) -> float:
    """Milliseconds until the page has been painted."""
    began = time.perf_counter()
    window.show_page(page)
    painted = Painted(window.page(page))
    while not painted.seen:
        app.processEvents()
    took = (time.perf_counter() - began) * 1000
    painted.leave()
    return took


class Painted(QObject):
    """Has this widget, or any inside it, been painted?"""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.seen = False
        self._watched = [page, *page.findChildren(QWidget)]
        for widget in self._watched:
            widget.installEventFilter(self)

    def leave(self) -> None:
        """Look no more."""
        for widget in self._watched:
            widget.removeEventFilter(self)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Looks on."""
        self.seen = self.seen or event.type() == QEvent.Type.Paint
        return False


def live(app: QApplication, seconds: float) -> None:
    """Let values come in."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.002)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
