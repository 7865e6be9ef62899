"""`dev.py shots DIR`: pictures of every page of the running demo room, in both languages, both colours, two sizes, and contact sheets.

They are looked at before anything is called done, and the manual's pictures are taken from them. Starts its own simulator and station.
"""

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from bench.rooms import Rooms, demo_room
from cityops_desktop.link.acts import CommandResult
from ui import app as console
from ui import theme
from ui.actions.people import first_administrator, login
from ui.link import Link
from ui.models.room import RoomModel
from ui.sound import Sound
from ui.window import OFF_NAVIGATION, PAGES, Window

SIZES = ((1366, 768), (1920, 1080))
LANGUAGES = ("zh_CN", "en")
SHOWN = (*PAGES, *OFF_NAVIGATION)
WARM_SECONDS = 75.0
"""The curves need something to show; the demo's leak has come by then."""
PAGE_SECONDS = 1.5
THUMB = 480
CAPTION = 22


def main(arguments: list[str]) -> int:
    """0 when all pictures lie in the folder; 2 without one."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python3 dev.py shots DIR\n")
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="cityops-shots-") as private, demo_room() as rooms:
        os.environ["XDG_CONFIG_HOME"] = private
        say("starting the demo room ...")
        rooms.start_station()
        taken = take_all(rooms, folder)
    say(f"{taken} pictures and {len(SIZES)} contact sheets in {folder}")
    return 0


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def take_all(rooms: Rooms, folder: Path) -> int:
    """Show the window, walk all pages in all combinations, save; how many pictures."""
    app = console.application()
    console.load_fonts()
    theme.apply(app, theme.LIGHT)
    model = RoomModel()
    link = Link(rooms.data, model)
    window = Window(model, link, Sound(model, players=()), asks=False)
    window.resize(*SIZES[0])
    window.show()
    link.start()
    wait(app, 1.0)
    log_in(app, rooms, link)
    for page, _ in SHOWN:
        wait(app, 1.0)
        window.show_page(page)  # each page begins to collect what it shows
    wait(app, WARM_SECONDS)
    taken = 0
    for size in SIZES:
        window.resize(*size)
        pictures: dict[tuple[str, str], QPixmap] = {}
        for language, colours in combinations():
            window.set_language(language)
            window.set_theme(colours)
            for page, _ in SHOWN:
                window.show_page(page)
                wait(app, PAGE_SECONDS)
                pictures[page, f"{language} {colours}"] = take(window, folder / f"{page}-{language}-{colours}-{size[0]}x{size[1]}.png")
                taken += 1
        contact_sheet(pictures).save(str(folder / f"contact-{size[0]}x{size[1]}.png"))
    window.close()
    return taken


def log_in(app: QApplication, rooms: Rooms, link: Link) -> None:
    """Make the first administrator of the room that is thrown away, and log in: the pages about people are not empty then."""
    password = f"Shots-{secrets.token_hex(8)}"
    answers: list[CommandResult] = []
    while not link.model.connected:
        wait(app, 0.1)
    first_administrator(link, name="admin", display="系统管理员", password=password, on_result=answers.append)
    while not answers:
        wait(app, 0.1)
    login(link, name="admin", password=password, on_result=answers.append)
    while len(answers) < 2:
        wait(app, 0.1)


def combinations() -> Iterator[tuple[str, str]]:
    """Language and theme."""
    return product(LANGUAGES, theme.THEMES)


def wait(app: QApplication, seconds: float) -> None:
    """Let the window live."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)


def take(window: QWidget, path: Path) -> QPixmap:
    """A picture of the window as it is."""
    picture = window.grab()
    if not picture.save(str(path)):
        raise SystemExit(f"{path} could not be written")
    return picture


def contact_sheet(pictures: dict[tuple[str, str], QPixmap]) -> QPixmap:
    """All of them small: a row for each page, a column for each language and theme."""
    rows = list(dict.fromkeys(page for page, _ in pictures))
    columns = list(dict.fromkeys(combination for _, combination in pictures))
    first = next(iter(pictures.values()))
    high = THUMB * first.height() // first.width()
    sheet = QPixmap(len(columns) * (THUMB + 8) + 8, len(rows) * (high + CAPTION + 8) + 8)
    sheet.fill(QColor("#FFFFFF"))
    painter = QPainter(sheet)
    painter.setFont(theme.font(theme.BODY))
    painter.setPen(QColor("#000000"))
    metrics = QFontMetrics(theme.font(theme.BODY))
    for (page, combination), picture in pictures.items():
        x, y = 8 + columns.index(combination) * (THUMB + 8), 8 + rows.index(page) * (high + CAPTION + 8)
        painter.drawText(x, y + metrics.ascent(), f"{page}, {combination}")
        small = picture.scaled(THUMB, high, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
        painter.drawPixmap(QRect(x, y + CAPTION, THUMB, high), small)
    painter.end()
    return sheet


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
