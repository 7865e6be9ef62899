"""`python -m bench.opening DATA`: opens every page of a real console on a live station, first and again, and tells the times as JSON."""

import json
import sys
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

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
        for page, _ in PAGES:
            took = opened(app, window, page)
            if turn == 0:
                first[page] = took
            else:
                again.setdefault(page, []).append(took)
            live(app, 1.0)
    sys.stdout.write(json.dumps({"first": first, "again": again}) + "\n")
    window.close()


def opened(app: QApplication, window: Window, page: str) -> float:
    """Milliseconds until the page stands on the screen."""
    began = time.perf_counter()
    window.show_page(page)
    app.processEvents()
    window.page(page).repaint()
    return (time.perf_counter() - began) * 1000


def live(app: QApplication, seconds: float) -> None:
    """Let values come in."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.002)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
