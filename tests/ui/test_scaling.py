"""Large scales of the display: the window fits, what does not fit is scrolled and not cut, lines stay, pictures stay sharp."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from cityops_desktop.paths import ROOT
from tests.ui.rooms import copy_of_room
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui.window import PAGES

SCREEN = (1920, 1080)
PROGRAM = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QWidget
from ui import app as console, theme
app = console.application()
console.load_fonts()
theme.apply(app, theme.THEMES["light"])
from tests.ui.rooms import copy_of_room
from ui.link import Link
from ui.models.room import RoomModel
from ui.sound import Sound
from ui.pages.overview.needslist import NeedsList
from ui.window import PAGES, Window
model = RoomModel()
window = Window(model, Link(Path("."), model), Sound(model, players=()), asks=False)
screen = app.primaryScreen().availableGeometry()
window.resize(window.minimumSize().expandedTo(screen.size()).boundedTo(screen.size()))
window.show()
model.apply_copy(copy_of_room())
model.set_connected(True)
ratio = window.devicePixelRatioF()
blurred = []
for page, _ in PAGES:
    window.show_page(page)
    app.processEvents()
    window.grab()
    for widget in [window, *window.findChildren(QWidget)]:
        for name, value in vars(widget).items():
            if isinstance(value, QPixmap) and not value.isNull() and abs(value.devicePixelRatio() - ratio) > 0.01:
                blurred.append(f"{page}: {type(widget).__name__}.{name} at {value.devicePixelRatio()}")
window.show_page("overview")
app.processEvents()
image = window.grab().toImage()
line = QColor(theme.LIGHT.line)
def lost(box):
    # of the four edges of this widget: the steps at which there is no line
    corner, wide, high = box.mapTo(window, QPoint(0, 0)), box.width(), box.height()
    places = [(corner.x(), corner.y() + 25, 1, 0), (corner.x() + wide - 1, corner.y() + 25, 1, 0)]
    places += [(corner.x() + 25, corner.y(), 0, 1), (corner.x() + 25, corner.y() + high - 1, 0, 1)]
    found = 0
    for x, y, across, down in places:
        for step in range(12):
            px, py = (x + step * down) * ratio, (y + step * across) * ratio
            near = [image.pixelColor(round(px + d * across), round(py + d * down)) for d in (-1.5, -0.5, 0, 0.5, 1.5)]
            found += not any(one == line for one in near)
    return found
page = window.page("overview")
boxes = [*window.bar.counts, *(one for one in window.findChildren(NeedsList) if one.visibleRegion().boundingRect() == one.rect())]
minimum = window.minimumSize()
print(json.dumps({
    "ratio": ratio,
    "screen": screen.size().toTuple(),
    "window": window.size().toTuple(),
    "minimum": minimum.toTuple(),
    "image": (image.width(), image.height()),
    "blurred": blurred,
    "lost": {type(box).__name__ + box.accessibleName()[:30]: lost(box) for box in boxes},
}))
app.processEvents()
"""


@pytest.mark.parametrize("scale", ["1", "1.25", "1.5", "2"])
def test_the_window_fits_and_stays_sharp(tmp_path: Path, scale: str):
    screens = {"screens": [{"name": "one", "x": 0, "y": 0, "width": SCREEN[0], "height": SCREEN[1], "logicalDpi": 96, "dpr": 1}]}
    (tmp_path / "screens.json").write_text(json.dumps(screens))
    env = os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path}/screens.json", "QT_SCALE_FACTOR": scale}
    env |= {"PYTHONPATH": str(ROOT), "CITYOPS_LANG": "en"}
    ended = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["ratio"] == float(scale)
    assert told["minimum"][0] <= told["screen"][0] and told["minimum"][1] <= told["screen"][1], told
    assert abs(told["image"][0] - told["window"][0] * float(scale)) <= 2
    assert not told["blurred"], told["blurred"]
    assert len(told["lost"]) >= (4 if scale == "2" else 5)
    assert not any(told["lost"].values()), told["lost"]


@pytest.mark.parametrize("size", [(960, 540), (1280, 720), (1536, 864)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_small_window_cuts_nothing(qapp: QApplication, desk, language, size):
    """1920 x 1080 at 200, 150 and 125 %."""
    window = desk.window
    window.set_language(language)
    window.resize(*size)
    desk.model.apply_copy(copy_of_room())
    faults = []
    for page, _ in PAGES:
        window.show_page(page)
        qapp.processEvents()
        assert window.size().toTuple() == size
        seen = walk(window, f"{page} {size[0]}x{size[1]}")
        keep(window, f"small-{page}-{language}-{size[0]}")
        faults += seen.faults
    assert not faults, "\n".join(faults)


def test_the_navigation_gives_room_and_takes_it_back_and_the_page_is_scrolled(qapp: QApplication, desk):
    window = desk.window
    wide = window.nav.width()
    window.resize(960, 540)
    qapp.processEvents()
    assert window.nav.width() < wide
    assert window.area.verticalScrollBar().maximum() > 0
    assert window.area.horizontalScrollBar().maximum() > 0
    assert window.bar.width() + window.nav.width() == 960, "bar and navigation stand still"
    window.resize(1280, 720)
    qapp.processEvents()
    assert window.area.verticalScrollBar().maximum() == window.area.horizontalScrollBar().maximum() == 0
    window.resize(1366, 768)
    qapp.processEvents()
    assert window.nav.width() == wide
    assert window.area.verticalScrollBar().maximum() == 0
    assert window.nav.area.verticalScrollBar().maximum() == 0, "the list of all pages is whole"
    window.resize(960, 540)
    window.show_page("wires")
    qapp.processEvents()
    number = [name for name, _ in PAGES].index("wires")
    assert window.nav.area.geometry().contains(window.nav.place_of(number)), "the page that is shown can be seen in the list"
