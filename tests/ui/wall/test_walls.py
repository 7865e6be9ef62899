"""Walls on monitors: which monitor is which, remembered over starts, and a monitor that is unplugged and comes back (real X server)."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from cityops_desktop.paths import ROOT
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import Desk
from tests.ui.wall.test_awake import Saver
from tests.ui.xscreen import wait_for, x_screen
from ui.settings import Settings
from ui.wall.layout import Monitor, first_choice, matching
from ui.wall.walls import Walls

LEFT = Monitor("DP-1", "Dell", "U2720", "AAA", (0, 0, 1920, 1080))
RIGHT = Monitor("DP-2", "Dell", "U2720", "BBB", (1920, 0, 1920, 1080))
PLAIN = Monitor("VGA-1", place=(0, 0, 1024, 768))


def test_a_serial_number_tells_a_monitor_wherever_it_is_plugged_in():
    crossed = [Monitor("DP-2", "Dell", "U2720", "AAA", (1920, 0, 1920, 1080)), Monitor("DP-1", "Dell", "U2720", "BBB", (0, 0, 1920, 1080))]
    assert matching([LEFT, RIGHT], crossed) == {0: 0, 1: 1}


def test_without_a_serial_number_the_connector_tells_it_and_of_two_the_place():
    moved = Monitor("VGA-1", place=(1920, 0, 1280, 1024))
    assert matching([PLAIN], [moved]) == {0: 0}
    assert matching([PLAIN], [moved, PLAIN]) == {0: 1}
    assert matching([PLAIN], [LEFT]) == {}


def test_another_monitor_at_the_same_connector_is_taken_only_when_the_wanted_one_is_nowhere():
    other = Monitor("DP-1", "Dell", "U2720", "CCC", (0, 0, 1920, 1080))
    assert matching([LEFT], [other]) == {0: 0}
    assert matching([LEFT], [other, Monitor("DP-5", "Dell", "U2720", "AAA")]) == {0: 1}


MONITORS = st.builds(
    Monitor, st.sampled_from(["DP-1", "DP-2", "VGA-1"]), st.just(""), st.sampled_from(["", "U"]), st.sampled_from(["", "A", "B"])
)


@given(wanted=st.lists(MONITORS, max_size=4), there=st.lists(MONITORS, max_size=4))
def test_no_monitor_bears_two_walls_and_each_remembered_text_reads_back(wanted, there):
    found = matching(wanted, there)
    assert len(set(found.values())) == len(found)
    assert set(found) <= set(range(len(wanted))) and set(found.values()) <= set(range(len(there)))
    assert [Monitor.read(one.text()) for one in wanted] == wanted


@given(st.text())
def test_whatever_the_settings_say_is_a_monitor_or_none(text):
    assert Monitor.read(text) is None or Monitor.read(text)


def test_the_first_choice_is_every_other_monitor_or_the_only_one():
    assert first_choice([LEFT, RIGHT, PLAIN], 1) == [0, 2]
    assert first_choice([LEFT], 0) == [0]


@pytest.fixture
def walls(qtbot, desk: Desk, tmp_path):
    settings = Settings(tmp_path / "console.ini")
    found = Walls(desk.model, desk.link, settings, "walls", beats=False)
    found.changed.connect(lambda: desk.window.nav.set_walls(found.choices()))
    desk.window.nav.wallWanted.connect(found.toggle)
    found.place()
    yield found
    found.close()


def wall_actions(desk: Desk) -> list:
    actions = desk.window.nav.menu.actions()
    start = next(n for n, action in enumerate(actions) if action.text() == "Wall display")
    return actions[start + 1 :]


def test_the_settings_menu_opens_and_closes_a_wall_and_it_is_remembered(desk: Desk, walls: Walls, tmp_path):
    (action,) = wall_actions(desk)
    assert action.text().startswith("On monitor 1:") and not action.isChecked()
    action.trigger()
    (wall,) = walls.windows
    assert wall.isFullScreen() and wall.windowFlags() & Qt.WindowType.FramelessWindowHint
    assert wall_actions(desk)[0].isChecked()
    again = Walls(desk.model, desk.link, Settings(tmp_path / "console.ini"), "walls", beats=False)
    again.place()
    assert len(again.windows) == 1, "after a reboot it stands there again"
    again.close()
    wall_actions(desk)[0].trigger()
    assert not walls.windows
    assert not Walls(desk.model, desk.link, Settings(tmp_path / "console.ini"), "walls", beats=False).choices()[0][2]


def test_a_wanted_wall_whose_monitor_is_away_stands_in_the_menu_and_can_be_given_up(desk: Desk, tmp_path):
    settings = Settings(tmp_path / "console.ini")
    settings.remember_texts("walls", [RIGHT.text()])
    walls = Walls(desk.model, desk.link, settings, "walls", beats=False)
    walls.place()
    assert not walls.windows, "it does not cover another monitor"
    desk.window.nav.set_walls(walls.choices())
    gone = wall_actions(desk)[-1]
    assert gone.text() == "On U2720 (DP-2) (not connected)" and gone.isChecked()
    walls.toggle(gone_id := walls.choices()[-1][0])
    assert gone_id not in [choice[0] for choice in walls.choices()]
    walls.close()


def test_ctrl_w_twice_gives_a_wall_up(qtbot, desk: Desk, walls: Walls):
    wall_actions(desk)[0].trigger()
    (wall,) = walls.windows
    with qtbot.waitSignal(walls.lastClosed):
        for _ in range(2):
            qtbot.keyClick(wall, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert not wall_actions(desk)[0].isChecked()


PROGRAM = """
import sys
from pathlib import Path
from ui.app import run
sys.exit(run(Path({data!r}), wall=True, screens=(2,)))
"""


def xrandr(display: str, *words: str) -> None:
    subprocess.run(["xrandr", "-display", display, *words], check=True, timeout=60, capture_output=True)


def windows(display: str) -> dict[str, tuple[int, int, int, int]]:
    """The places of the visible walls, as the X server says."""
    found = {}
    search = ["xdotool", "search", "--onlyvisible", "--name", "Wall display"]
    env = os.environ | {"DISPLAY": display}
    for window in subprocess.run(search, env=env, capture_output=True, text=True, timeout=60, check=False).stdout.split():
        told = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window], env=env, capture_output=True, text=True, check=False)
        values = dict(line.split("=") for line in told.stdout.split() if "=" in line)
        if values:
            found[window] = tuple(int(values[key]) for key in ("X", "Y", "WIDTH", "HEIGHT"))
    return found  # type: ignore[return-value]


def test_a_monitor_that_is_unplugged_and_comes_back(canned: CannedStation, tmp_path):
    """Two monitors made of one X screen: the wall belongs on the second one, and never covers the first."""
    second = (960, 0, 960, 1080)
    make = ("--setmonitor", "HALL", "960/200x1080/300+960+0", "none")
    with x_screen(tmp_path) as screen, contextlib.closing(Saver(screen.display)):  # a server whose last client leaves forgets its monitors
        xrandr(screen.display, "--setmonitor", "DESK", "960/200x1080/300+0+0", "screen")
        xrandr(screen.display, *make)
        env = os.environ | {"QT_QPA_PLATFORM": "xcb", "DISPLAY": screen.display, "PYTHONPATH": str(ROOT), "CITYOPS_LANG": "en"}
        env |= {"XDG_CONFIG_HOME": str(tmp_path / "config")}
        log = Path(tmp_path / "wall.log")
        with log.open("w") as said:
            process = subprocess.Popen([sys.executable, "-c", PROGRAM.format(data=str(canned.data))], env=env, stderr=said)
        try:
            assert wait_for(lambda: second in windows(screen.display).values()), log.read_text() + str(windows(screen.display))
            xrandr(screen.display, "--delmonitor", "HALL")
            assert wait_for(lambda: not windows(screen.display)), "out of sight, not on the desk"
            assert process.poll() is None
            xrandr(screen.display, *make)
            assert wait_for(lambda: list(windows(screen.display).values()) == [second]), log.read_text() + str(windows(screen.display))
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
    told = [body for method, path, _, body in canned.requests if path == "/api/v1/console"]
    assert told and told[0]["window"].startswith("wall") and told[-1]["bye"]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "null", '"x"', "[]"])
def test_a_spoilt_place_of_a_monitor_does_not_keep_the_console_from_starting(number):
    text = json.dumps({"name": "DP-1", "maker": "", "model": "", "serial": "", "place": ["#", 0, 0, 0]}).replace('"#"', number)
    assert Monitor.read(text) is None
    assert Monitor.read("[" * 100_000) is None
