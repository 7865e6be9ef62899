"""Sounds: which level, when silent, and what is said when nothing can be heard. The player is a real program of the test."""

import io
import stat
import sys
import wave

import pytest

from cityops_desktop.link.messages import Beat, Change
from cityops_desktop.model.alarms import AlarmState
from tests.ui.rooms import NOW, alarm, copy_of_room, station_info
from ui import sound as sound_module
from ui.models.room import RoomModel
from ui.sound import Sound
from ui.tones import PATTERNS, tone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows plays by winsound")


@pytest.fixture
def model(qapp, clock):
    model = RoomModel(clock)
    model.apply_copy(copy_of_room(calm=True))
    model.set_connected(True)
    return model


@pytest.fixture
def player(tmp_path):
    """A program that notes what it should have played."""
    path = tmp_path / "player"
    path.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/played\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def played(tmp_path) -> list[str]:
    file = tmp_path / "played"
    return [line.rsplit("/", 1)[-1] for line in file.read_text().split()] if file.exists() else []


def raise_alarm(model: RoomModel, n: int, level: int) -> None:
    model.apply_change(Change(seq=2, now=NOW, alarms=[alarm(n, "ups-1.load", level, AlarmState.UNACKNOWLEDGED)]))


@pytest.mark.parametrize("level", PATTERNS)
def test_tones_are_sound_files(level):
    with wave.open(io.BytesIO(tone(level))) as file:
        assert file.getnframes() > 2000
        assert max(abs(x) for x in memoryview(file.readframes(file.getnframes())).cast("h")) > 10_000


def test_the_worst_level_sounds_again_and_again(qtbot, model, player, tmp_path, monkeypatch):
    monkeypatch.setattr(sound_module, "INTERVAL_MS", dict.fromkeys(PATTERNS, 20))
    sound = Sound(model, players=[[str(player)]])
    assert sound.level == 0
    raise_alarm(model, 1, 3)
    qtbot.waitUntil(lambda: played(tmp_path)[:2] == ["level3.wav", "level3.wav"])
    raise_alarm(model, 2, 1)
    qtbot.waitUntil(lambda: "level1.wav" in played(tmp_path))
    done = [alarm(n, "ups-1.load", 1, AlarmState.ACKNOWLEDGED) for n in (1, 2)]
    model.apply_change(Change(seq=3, now=NOW, alarms=done))
    qtbot.waitUntil(lambda: sound.level == 0)
    sound.stop()


def test_silence_holds_until_its_end_or_a_new_alarm(qtbot, model):
    sound = Sound(model, players=[["true"]])
    raise_alarm(model, 1, 2)
    qtbot.waitUntil(lambda: sound.level == 2)
    words = []
    sound.wordsChanged.connect(words.append)
    model.apply_change(Change(seq=3, now=NOW, station=station_info(silenced_until=NOW + 120_000)))
    assert sound.level == 0
    assert words == ["Silenced until 22:15:20"]
    raise_alarm(model, 2, 4)
    qtbot.waitUntil(lambda: sound.level == 4)
    model.apply_beat(Beat(seq=4, now=NOW + 121_000, boot="b", newest=NOW))
    model.beat.emit()
    assert sound.level == 2
    sound.stop()


def test_a_lost_station_sounds_and_can_be_muted_here(qtbot, model):
    sound = Sound(model, players=[["true"]])
    assert not sound.mute_lost()
    model.set_connected(False)
    assert sound.level == 1
    assert sound.mute_lost()
    assert sound.level == 0
    model.set_connected(True)
    model.set_connected(False)
    assert sound.level == 1
    sound.stop()


def test_a_console_that_never_had_a_station_is_quiet(qapp):
    sound = Sound(RoomModel(), players=[["true"]])
    assert sound.level == 0


def test_no_player_is_said(model, desk):
    assert not Sound(model, players=[["no-such-player"]]).available
    assert desk.window.bar.status.sound.text() == "No sound output: watch the screen"


def test_players_that_fail_are_said_and_tried_again(qtbot, model, monkeypatch):
    sound = Sound(model, players=[["false"], ["false"]])
    words = []
    sound.wordsChanged.connect(words.append)
    raise_alarm(model, 1, 1)
    qtbot.waitUntil(lambda: words == ["No sound output: watch the screen"])
    assert sound._again.isActive()
    sound.stop()
