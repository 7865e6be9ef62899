"""The page Incidents on a real demo station: open, write, recover, grade, close, then the bundle as a file that opens as it was sealed."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from cityops_desktop.paths import ROOT
from tests.peers import warm
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.incidents.bundlewindow import BundleWindow
from ui.pages.incidents.page import IncidentsPage
from ui.sound import Sound
from ui.window import Window

SECONDS = 60
GREETING = 3
"""Lines that the demo says before its first table."""


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Iterator[Path]:
    """The data directory of a running demo."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    said = folder.with_name("said")
    command = [warm.python(), "-m", "cityops_desktop", "demo", "--headless", "--for", "300", "--data", str(folder)]
    with said.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        end = time.monotonic() + SECONDS
        while len(said.read_text("utf-8").splitlines()) <= GREETING:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        yield folder
        process.terminate()
        process.wait(30)


@pytest.fixture
def shown(qtbot, data) -> Iterator[tuple[Window, IncidentsPage]]:
    model = RoomModel()
    link = Link(data, model, secret="k" * 43)
    window = Window(model, link, Sound(model, players=()), asks=False)
    window.resize(1366, 768)
    qtbot.addWidget(window)
    window.show()
    link.start()
    qtbot.waitUntil(lambda: model.connected)
    people = json.loads((data / "demo-people.json").read_text("utf-8"))
    leader = next(one for one in people if one["roles"] == ["shift_leader"])
    window.ask_login()
    dialog = window.door.dialog
    qtbot.keyClicks(dialog.name, leader["name"])
    qtbot.keyClicks(dialog.password, leader["password"])
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: link.session is not None)
    window.show_page("incidents")
    page = window.page("incidents")
    assert isinstance(page, IncidentsPage)
    qtbot.waitUntil(lambda: page.told is not None)
    yield window, page
    window.close()


def asked(qtbot, window: Window) -> QDialog:
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.findChildren(QDialog)))
    return next(one for one in window.findChildren(QDialog) if one.isVisible())


def send(qtbot, window: Window, button, **typed: str) -> None:
    """Press the button, fill in, send, and wait until the station has said yes."""
    qtbot.waitUntil(button.isEnabled)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = asked(qtbot, window)
    for key, words in typed.items():
        qtbot.keyClicks(dialog.edits[key], words)
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not any(one.isVisible() for one in window.findChildren(QDialog)))


def test_an_incident_from_its_opening_to_its_bundle(qtbot, shown, tmp_path: Path):
    window, page = shown
    tab = page.incident_tab

    def button(words: str):
        return next(one.button for one in tab._buttons if one.words == words)

    send(qtbot, window, button("Open an incident…"), title="cooling lost", text="two units stopped")
    qtbot.waitUntil(lambda: tab.chosen() is not None and tab.chosen().title == "cooling lost")
    assert tab.sheet.texts()[0][2] == "not graded yet" and len(tab.clock.rows()) == 2
    send(qtbot, window, button("Write…"), text="standby unit started")
    send(qtbot, window, button("Reported…"), text="by telephone")
    send(qtbot, window, button("Recovered…"), text="temperature normal")
    qtbot.waitUntil(lambda: tab.chosen().state == "recovered")
    menu = button("Grade…").menu()
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    dialog = asked(qtbot, window)
    qtbot.keyClicks(dialog.edits["why"], "short")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.chosen().grade == 4)
    send(qtbot, window, button("Close…"), reason="contactor", actions="replaced", lessons="keep one in stock")
    qtbot.waitUntil(lambda: tab.chosen().state == "closed")
    qtbot.waitUntil(lambda: "incident closed" in [row[1] for row in tab.line.texts()])
    words = [row[1] for row in tab.line.texts()]
    assert [one for one in words if one.startswith(("note", "reported", "service recovered"))][-1] == "note"

    path = tmp_path / "bundle.zip"
    tab.save(path)
    qtbot.waitUntil(lambda: tab.running is None, timeout=120_000)  # a process of its own, at the lowest priority
    assert tab.said.text() == f"Saved: {path}"
    page.open_bundle(str(path))
    opened = page.window_of_bundle
    assert isinstance(opened, BundleWindow)
    qtbot.waitUntil(lambda: opened.state.text() == "The bundle is as it was sealed")
    assert "cooling lost" in opened.report.toPlainText() and len(opened.points.texts()) > 100
    opened.close()
