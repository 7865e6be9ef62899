"""The window on a real demo station: log in, make an account, grant a role, take another password, acknowledge, come back by PIN."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.people import Limited, Way
from cityops_desktop.paths import ROOT
from tests.peers import warm
from ui.frame.quick import QuickDialog
from ui.link import Link
from ui.models.room import RoomModel
from ui.sound import Sound
from ui.window import Window

LEFT = Qt.MouseButton.LeftButton
ENTER = Qt.Key.Key_Return
SECONDS = 60
GREETING = 3
"""Lines that the demo says before its first table."""


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Iterator[Path]:
    """The data directory of a running demo. Its people are all there when its first table is: their passwords are written down before."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    said = folder.with_name("said")
    command = [warm.python(), "-m", "cityops_desktop", "demo", "--headless", "--for", "300", "--speed", "4", "--data", str(folder)]
    with said.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        end = time.monotonic() + SECONDS
        while len(said.read_text("utf-8").splitlines()) <= GREETING:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        yield folder
        process.terminate()
        process.wait(30)


@pytest.fixture
def window(qtbot, data) -> Iterator[Window]:
    model = RoomModel()
    link = Link(data, model, secret="k" * 43)
    window = Window(model, link, Sound(model, players=()), asks=False)
    window.resize(1366, 768)
    qtbot.addWidget(window)
    window.show()
    link.start()
    qtbot.waitUntil(lambda: model.connected, timeout=20_000)
    yield window
    window.close()


def password_of(data: Path, role: str) -> tuple[str, str]:
    people = json.loads((data / "demo-people.json").read_text("utf-8"))
    return next((one["name"], one["password"]) for one in people if one["roles"] == [role])


def log_in(qtbot, window: Window, name: str, password: str) -> None:
    window.ask_login()
    dialog = window.door.dialog
    qtbot.keyClicks(dialog.name, name)
    qtbot.keyClicks(dialog.password, password)
    qtbot.keyClick(dialog.password, ENTER)

    def came() -> None:
        said = [] if window.door.dialog is not dialog else [dialog.name.text(), dialog.wrong.text(), dialog.send.isEnabled()]
        assert not said, (said, window._model.connected)

    qtbot.waitUntil(came)


def send(qtbot, window: Window, button, **texts: str) -> None:
    qtbot.mouseClick(button, LEFT)
    dialog = window.door.dialog
    for key, text in texts.items():
        edit = dialog.edits[key.replace("_again", " again")]
        if hasattr(edit, "findData"):
            edit.setCurrentIndex(edit.findData(text))
        else:
            qtbot.keyClicks(edit, text)
    qtbot.mouseClick(dialog.send, LEFT)
    qtbot.waitUntil(lambda: window.door.dialog is not dialog)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_new_colleague_from_the_account_to_the_first_acknowledged_alarm(qtbot, window: Window, data):
    link, model = window._link, window._model
    log_in(qtbot, window, *password_of(data, "administrator"))
    window.show_page("people")
    page = window.page("people")
    qtbot.waitUntil(lambda: page.people is not None)
    made = {"name": "sun", "display": "Sun", "password": "Temp-1-Temp", "password_again": "Temp-1-Temp"}
    send(qtbot, window, page.account_tab.new, **made)
    qtbot.waitUntil(lambda: any(one.name == "sun" for one in page.people.accounts))
    page.list.choose(next(one.id for one in page.people.accounts if one.name == "sun"))
    page.tabs.setCurrentWidget(page.roles_tab)
    send(qtbot, window, page.roles_tab.grant, role="duty")
    qtbot.waitUntil(lambda: [row[:1] + row[2:3] for row in page.roles_tab.sheet.texts()] == [["duty", "here"]])
    # the colleague comes, and must take another password first
    log_in(qtbot, window, "sun", "Temp-1-Temp")
    assert link.session.limited is Limited.CHANGE_PASSWORD
    dialog = window.door.dialog
    for key in ("new", "new again"):
        qtbot.keyClicks(dialog.edits[key], "Mine-42-mine")
    qtbot.keyClick(dialog.edits["new again"], ENTER)
    qtbot.waitUntil(lambda: link.session.limited is Limited.NOTHING)
    window.show_page("account")
    account = window.page("account")
    qtbot.waitUntil(lambda: account.own is not None)
    send(qtbot, window, account.me.pin, password="Mine-42-mine", pin="824913", pin_again="824913")
    # the administrator once more, then the colleague by PIN
    log_in(qtbot, window, *password_of(data, "administrator"))
    qtbot.mouseClick(window.bar.status.change, LEFT)
    dialog = window.door.dialog
    assert isinstance(dialog, QuickDialog)
    qtbot.waitUntil(lambda: dialog.chosen is not None)
    hand = iter(range(100, 200))
    dialog._clock = lambda: float(next(hand))
    qtbot.keyClicks(dialog.pin, "824913")
    qtbot.keyClick(dialog.pin, ENTER)
    qtbot.waitUntil(lambda: window.door.dialog is None)
    assert (link.session.person.name, link.session.way) == ("sun", Way.PIN)

    def waiting() -> list[str]:
        return [one.id for one in model.open_alarms() if one.state is AlarmState.UNACKNOWLEDGED]

    qtbot.waitUntil(lambda: bool(waiting()), timeout=60_000)
    ids = waiting()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: window.bar.status.message.text() == "Acknowledge: done")
    qtbot.waitUntil(lambda: set(waiting()) < set(ids))
