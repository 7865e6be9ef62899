"""The repaint heartbeat of a window: two consoles of one user are two, and a monitor may be called whatever it likes."""

import subprocess
import sys

import pytest

from cityops_desktop.link import files
from cityops_desktop.link.messages import ConsoleBeat
from cityops_desktop.model.alarms import AlarmState, Cause
from tests.ui.rooms import alarm, copy_of_room
from ui.heartbeat import MOST_TWINS, Heartbeat, Shows, shows
from ui.link import Link
from ui.models.room import RoomModel

CONSOLE = "c" * 32
OTHER = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from ui.heartbeat import Heartbeat
from ui.link import Link
from ui.models.room import RoomModel

app = QCoreApplication([])
heart = Heartbeat(Link(Path(sys.argv[1]), RoomModel()), "c" * 32, "desk", "Hall")
heart.start()
print(heart.window, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def link(qtbot, tmp_path):
    return Link(tmp_path, RoomModel())


def test_a_second_console_of_the_same_user_is_another_one(link, tmp_path):
    """Otherwise what the second one paints hides that the first has died. And who starts anew after a death is the first again."""
    with subprocess.Popen([sys.executable, "-c", OTHER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "desk\n"
        second = Heartbeat(link, CONSOLE, "desk", "Hall")
        second.start()
        assert (second.window, second.name) == ("desk 2", "Hall 2")
        other.kill()
        other.wait()
    again = Heartbeat(link, CONSOLE, "desk", "Hall")
    again.start()
    assert (again.window, again.name) == ("desk", "Hall")
    second.goodbye()
    third = Heartbeat(link, CONSOLE, "desk", "Hall")
    third.start()
    assert third.window == "desk 2", "closed in order, its place is free"
    for heart in (again, third):
        heart.goodbye()


def test_another_window_and_another_user_need_no_number(link):
    hearts = [Heartbeat(link, CONSOLE, "desk", "A"), Heartbeat(link, CONSOLE, "wall 1", "B"), Heartbeat(link, "d" * 32, "desk", "C")]
    for heart in hearts:
        heart.start()
    assert [heart.window for heart in hearts] == ["desk", "wall 1", "desk"]
    for heart in hearts:
        heart.goodbye()


def test_beyond_all_measure_it_beats_all_the_same(link):
    hearts = [Heartbeat(link, CONSOLE, "desk", "A") for _ in range(MOST_TWINS + 1)]
    for heart in hearts:
        heart.start()
    assert len({heart.window for heart in hearts}) == MOST_TWINS and hearts[-1]._timer.isActive()
    for heart in hearts:
        heart.goodbye()


def test_a_goodbye_without_a_station_leaves_word_of_this_very_window(link, tmp_path):
    first, second = Heartbeat(link, CONSOLE, "desk", "A"), Heartbeat(link, CONSOLE, "desk", "A")
    first.start()
    second.start()
    second.goodbye()
    assert files.took_leave(tmp_path, f"{CONSOLE}/desk 2") and not files.took_leave(tmp_path, f"{CONSOLE}/desk")
    first.goodbye()


def test_a_data_directory_in_which_nothing_can_be_written_stops_no_heartbeat(qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    heart = Heartbeat(Link(tmp_path / "file", RoomModel()), CONSOLE, "desk", "A")
    heart.start()
    assert heart.window == "desk" and heart._timer.isActive()
    heart.goodbye()


def test_a_console_makes_no_data_directory(qtbot, tmp_path):
    heart = Heartbeat(Link(tmp_path / "none", RoomModel()), CONSOLE, "desk", "A")
    heart.start()
    assert not (tmp_path / "none").exists() and heart._timer.isActive()
    heart.goodbye()


@pytest.mark.parametrize("said", ["wall \x00\x1b[31m", "\u202eevil", "a\nb", "x" * 500, "中" * 200])
def test_whatever_a_monitor_calls_itself_the_station_takes_it(link, said):
    heart = Heartbeat(link, CONSOLE, said, said)
    body = ConsoleBeat.model_validate(heart._body(1).model_dump())
    assert body.window.isprintable() and body.name.isprintable()


def test_a_self_test_is_told_only_at_the_beat_after_the_one_that_found_it(link):
    """Between the two the window has been painted anew."""
    heart = Heartbeat(link, CONSOLE, "desk", "A")
    heart.shows = lambda: Shows("t1", voice=True, sounding=True)
    first, second = heart._body(1), heart._body(2)
    assert (first.test, second.test) == ("", "t1") and first.voice and first.sounding
    heart.shows = lambda: Shows("t2")
    assert heart._body(3).test == ""
    ConsoleBeat.model_validate(second.model_dump())


def test_what_a_console_tells_of_its_alarms_and_of_its_sound(link):
    class Speaker:
        available, level = True, 0

    model = RoomModel()
    model.apply_copy(copy_of_room())
    assert shows(model, Speaker()) == Shows("", voice=True), "what is no test is nobody's to tell"
    test = alarm(9, "station", 1, AlarmState.UNACKNOWLEDGED, cause=Cause.SELF_TEST)
    copy = copy_of_room()
    model.apply_copy(copy.model_copy(update={"alarms": [*copy.alarms, test]}))
    Speaker.level = 1
    assert shows(model, Speaker()) == Shows(test.id, voice=True, sounding=True)
    assert shows(model, None) == Shows(test.id), "a wall alone is heard by nobody"
    Speaker.available = False
    assert not shows(model, Speaker()).sounding
