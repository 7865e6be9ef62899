"""Sounds: which level, when silent, what is said, and what is shown when nothing can be heard. The player is a real program of the test,
or none where only the decision is looked at; the seconds are the test's own."""

import io
import stat
import sys
import wave

import pytest

from cityops_desktop.link.messages import Beat, Change
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from tests.ui.rooms import NOW, alarm, copy_of_room, station_info
from ui import player as player_module
from ui import sound as sound_module
from ui.dialogs.soundmenu import SoundMenu
from ui.models.room import RoomModel
from ui.player import Player, Remark, voice_command
from ui.sound import VOLUMES, Sound
from ui.speech import Speaker
from ui.tones import PATTERNS, tone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows plays by winsound")
OPEN, SEEN, RETURNED, GONE = AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED, AlarmState.NORMAL


@pytest.fixture
def model(qapp, clock):
    model = RoomModel(clock)
    model.apply_copy(copy_of_room(calm=True))
    model.set_connected(True)
    return model


def program(tmp_path, name, script):
    path = tmp_path / name
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def player(tmp_path):
    """A program that notes what it should have played."""
    return program(tmp_path, "player", f'echo "$1" >> {tmp_path}/played\n')


@pytest.fixture
def lasting(tmp_path):
    """One that plays until it is killed."""
    return program(tmp_path, "lasting", f'echo "$1" >> {tmp_path}/played\nexec sleep 600\n')


def played(tmp_path) -> list[str]:
    file = tmp_path / "played"
    return [line.rsplit("/", 1)[-1] for line in file.read_text().split()] if file.exists() else []


def put(model: RoomModel, *alarms) -> None:
    model.apply_change(Change(seq=2, now=model.now(), alarms=list(alarms)))


def raise_alarm(model: RoomModel, n: int, level: int) -> None:
    put(model, alarm(n, "ups-1.load", level, OPEN))


def silence(model: RoomModel, until: int | None) -> None:
    model.apply_change(Change(seq=3, now=NOW, station=station_info(silenced_until=until)))


class Seconds:
    """The monotonic clock of a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


class Heard:
    """A sound whose player plays nothing: each tone and sentence is noted, and ends when the test says so."""

    def __init__(self, model: RoomModel, seconds: Seconds, monkeypatch) -> None:
        self.seconds, self.model = seconds, model
        self.plays: list[tuple[int, str]] = []
        self.on = False
        speaker = Speaker()
        speaker.chosen = "zh_CN"
        monkeypatch.setattr(Player, "playing", property(lambda _: self.on))
        monkeypatch.setattr(Player, "stop", lambda _: setattr(self, "on", False))
        monkeypatch.setattr(Sound, "_speak", self._speak)
        self.sound = Sound(model, players=(), speaker=speaker, monotonic=seconds)

    def _speak(self, level: int, words: list[str], _text: str) -> None:
        self.on = True
        self.plays.append((level, "".join(words)))

    def end(self) -> None:
        self.on = False
        self.sound._played(True)

    def run(self, span: float) -> None:
        """So many seconds, in which every tone lasts 0.5 s and every sentence 3 s."""
        until = self.seconds.now + span
        while self.seconds.now < until:
            step = (3.0 if self.plays[-1][1] else 0.5) if self.on else max(0.001, self.sound._again.remainingTime() / 1000)
            self.seconds.now += min(step, max(until - self.seconds.now, 0.001))
            if self.on:
                self.end()
            elif self.sound._again.isActive() and self.seconds.now < until:
                self.sound._again.stop()
                self.sound._play()

    def sentences(self) -> list[str]:
        return [words for _, words in self.plays if words]


@pytest.fixture
def heard(model, seconds, monkeypatch):
    model.room = model.room.model_copy(update={"origin": "real"})
    made = Heard(model, seconds, monkeypatch)
    yield made
    made.sound.stop()


@pytest.mark.parametrize("level", PATTERNS)
def test_tones_are_sound_files(level):
    loudest = []
    for volume in VOLUMES.values():
        with wave.open(io.BytesIO(tone(level, volume))) as file:
            assert file.getnframes() > 1500
            loudest.append(max(abs(x) for x in memoryview(file.readframes(file.getnframes())).cast("h")))
    assert 5_000 < loudest[0] < loudest[1] < loudest[2] < 32_767


def test_the_worst_level_sounds_again_and_again(qtbot, model, player, tmp_path, monkeypatch):
    monkeypatch.setattr(sound_module, "INTERVAL_MS", dict.fromkeys(PATTERNS, 20))
    sound = Sound(model, players=[[str(player)]])
    assert sound.level == 0
    raise_alarm(model, 1, 3)
    qtbot.waitUntil(lambda: played(tmp_path)[:2] == ["level3.wav", "level3.wav"])
    raise_alarm(model, 2, 1)
    qtbot.waitUntil(lambda: "level1.wav" in played(tmp_path))
    put(model, *(alarm(n, "ups-1.load", 1, SEEN) for n in (1, 2)))
    qtbot.waitUntil(lambda: sound.level == 0)
    sound.stop()


def test_a_more_urgent_alarm_does_not_wait_for_the_end_of_what_is_played(qtbot, model, lasting, tmp_path):
    sound = Sound(model, players=[[str(lasting)]])
    raise_alarm(model, 1, 4)
    qtbot.waitUntil(lambda: played(tmp_path) == ["level4.wav"])
    raise_alarm(model, 2, 3)
    qtbot.waitUntil(lambda: played(tmp_path) == ["level4.wav", "level3.wav"])
    sound.stop()


def test_it_is_quiet_at_once_when_somebody_acknowledges(qtbot, model, lasting, tmp_path):
    sound = Sound(model, players=[[str(lasting)]])
    raise_alarm(model, 1, 1)
    qtbot.waitUntil(lambda: played(tmp_path) == ["level1.wav"])
    put(model, alarm(1, "ups-1.load", 1, SEEN))
    qtbot.waitUntil(lambda: not sound._player.playing)
    assert sound.level == 0


@pytest.mark.parametrize(("level", "sounds"), [(1, 1), (2, 2), (3, 0), (4, 0)])
def test_the_two_highest_levels_sound_after_they_have_gone_until_somebody_acts(heard, level, sounds):
    put(heard.model, alarm(1, "ups-1.load", level, RETURNED))
    heard.sound._recount()
    assert heard.sound.level == sounds
    put(heard.model, alarm(1, "ups-1.load", level, GONE))
    heard.sound._recount()
    assert heard.sound.level == 0


@pytest.mark.parametrize("hidden", Hidden)
def test_what_is_hidden_never_sounds(heard, hidden):
    put(heard.model, alarm(1, "ups-1.load", 1, OPEN).model_copy(update={"hidden": hidden}))
    heard.sound._recount()
    assert heard.sound.level == 0
    assert heard.plays == []


def test_a_silence_lasts_until_its_end(qtbot, model):
    sound = Sound(model, players=[["true"]])
    raise_alarm(model, 1, 2)
    qtbot.waitUntil(lambda: sound.level == 2)
    words = []
    sound.wordsChanged.connect(words.append)
    silence(model, NOW + 120_000)
    assert sound.level == 0
    assert words == ["Silenced until 22:15:20"]
    model.apply_beat(Beat(seq=4, now=NOW + 121_000, boot="b", newest=NOW))
    model.beat.emit()
    assert sound.level == 2
    sound.stop()


@pytest.mark.parametrize(("silenced", "new", "sounds"), [(2, 4, 0), (2, 3, 0), (2, 2, 2), (2, 1, 1), (4, 4, 4), (1, 1, 1), (1, 2, 0)])
def test_only_a_new_alarm_of_the_same_or_a_higher_level_breaks_a_silence(heard, silenced, new, sounds):
    raise_alarm(heard.model, 1, silenced)
    heard.sound._recount()
    silence(heard.model, NOW + 120_000)
    raise_alarm(heard.model, 2, new)
    heard.sound._recount()
    assert heard.sound.level == sounds


def test_what_came_during_a_silence_is_told_after_it(heard):
    raise_alarm(heard.model, 1, 2)
    heard.sound._recount()
    heard.run(5)
    silence(heard.model, NOW + 120_000)
    put(heard.model, alarm(2, "ups-1.humidity", 3, OPEN))
    heard.sound._recount()
    before = len(heard.plays)
    heard.run(20)
    assert len(heard.plays) == before
    silence(heard.model, None)
    heard.run(10)
    assert [words for words in heard.sentences() if "一般" in words and "回风湿度" in words]


def test_a_lost_station_sounds_and_can_be_silenced_here_for_two_minutes(model, seconds):
    sound = Sound(model, players=[["true"]], monotonic=seconds)
    words = []
    sound.wordsChanged.connect(words.append)
    assert not sound.mute_lost()
    raise_alarm(model, 1, 2)
    model.set_connected(False)
    assert sound.level == 1
    assert sound.mute_lost()
    assert sound.level == 0  # nor does what was known before: nobody can acknowledge it
    assert words[-1].startswith("Silenced until")
    assert not sound.mute_lost()
    seconds.now += 119
    model.beat.emit()
    assert sound.level == 0
    seconds.now += 2
    model.beat.emit()
    assert sound.level == 1
    assert sound.mute_lost()
    model.set_connected(True)
    assert sound.level == 2
    model.set_connected(False)
    assert sound.level == 1
    sound.stop()


def test_a_console_that_never_had_a_station_is_quiet(qapp):
    sound = Sound(RoomModel(), players=[["true"]])
    assert sound.level == 0


def test_no_player_is_said(model, desk):
    assert not Sound(model, players=[["no-such-player"]]).available
    assert desk.window.bar.status.sound.text() == "No sound output: watch the screen"


def test_players_that_fail_are_said_and_tried_again(qtbot, model):
    sound = Sound(model, players=[["false"], ["false"]])
    words = []
    sound.wordsChanged.connect(words.append)
    raise_alarm(model, 1, 1)
    qtbot.waitUntil(lambda: words == ["No sound output: watch the screen"])
    assert sound._again.isActive()
    sound.stop()


def test_a_player_that_hangs_is_given_up_for_the_next_one(qtbot, model, tmp_path, expected_log, monkeypatch):
    monkeypatch.setattr(player_module, "PATIENCE_MS", 100)
    expected_log("is given up")
    stuck = program(tmp_path, "stuck", "exec sleep 600\n")
    good = program(tmp_path, "good", f'echo "$1" >> {tmp_path}/played\n')
    sound = Sound(model, players=[[str(stuck)], [str(good)]])
    raise_alarm(model, 1, 1)
    qtbot.waitUntil(lambda: "level1.wav" in played(tmp_path))
    assert sound.available
    sound.stop()


# words


def test_a_new_alarm_is_a_tone_at_once_and_then_the_sentence(heard):
    put(heard.model, alarm(1, "ups-1.load", 1, OPEN).model_copy(update={"cause": Cause.HIGH, "value": 105.0}))
    heard.sound._recount()
    assert heard.plays == [(1, "")]
    heard.run(4)
    assert heard.plays[1] == (1, "紧急一号UPS输出负载率百分之一百零五过高")
    heard.run(20)
    assert len(heard.sentences()) == 1
    heard.run(40)
    assert 2 <= len(heard.sentences()) <= 3
    assert len(heard.plays) > 12


def test_a_reminder_names_the_worst_and_how_many_more(heard):
    for n, level in ((1, 2), (2, 3), (3, 3)):
        raise_alarm(heard.model, n, level)
    heard.sound._recount()
    heard.run(60)
    assert len(heard.sentences()) >= 4
    assert heard.sentences()[-1].startswith("重要")
    assert heard.sentences()[-1].endswith("另有两条")


def test_a_thousand_alarms_in_a_second_are_one_sentence(heard):
    for start in range(0, 1000, 50):
        put(heard.model, *(alarm(n, "ups-1.load", 2 + n % 3, OPEN) for n in range(start, start + 50)))
        heard.sound._recount()
        heard.seconds.now += 0.05
        if heard.on and start % 500 == 0:
            heard.end()
    heard.run(20)
    assert heard.sentences() == ["一千条新告警最高重要"]
    assert len(heard.plays) < 10


def test_in_a_flood_the_critical_ones_are_told_besides_unless_they_are_many(heard):
    raise_all = [alarm(n, "ups-1.load", 3, OPEN) for n in range(10)] + [alarm(n, "ups-1.humidity", 1, OPEN) for n in (20, 21)]
    put(heard.model, *raise_all)
    heard.sound._recount()
    heard.run(14)
    assert heard.sentences()[0] == "十二条新告警最高紧急"
    assert len(heard.sentences()) == 3
    assert all(words.startswith("紧急一号UPS回风湿度") for words in heard.sentences()[1:])
    put(heard.model, *(alarm(n, "ups-1.load", 1, OPEN) for n in range(100, 110)))
    heard.sound._recount()
    before = len(heard.sentences())
    heard.run(14)
    assert heard.sentences()[before:] == ["十条新告警最高紧急"]


def test_alarms_that_are_acknowledged_before_they_were_told_are_not_told(heard):
    raise_alarm(heard.model, 1, 2)
    put(heard.model, alarm(2, "ups-1.humidity", 2, OPEN))
    heard.sound._recount()
    put(heard.model, alarm(2, "ups-1.humidity", 2, SEEN))
    heard.sound._recount()
    heard.run(20)
    assert heard.sentences()
    assert not [words for words in heard.sentences() if "湿度" in words]


def test_a_lost_station_is_said(heard):
    heard.model.set_connected(False)
    heard.run(4)
    assert heard.sentences() == ["紧急监控站失联"]


def test_the_sentence_follows_its_tone_in_one_file(qtbot, model, tmp_path, monkeypatch):
    monkeypatch.setattr(sound_module, "SETTLE_SECONDS", 0.0)
    keeping = program(tmp_path, "keeping", f'cp "$1" {tmp_path}/\necho "$1" >> {tmp_path}/played\n')
    sound = Sound(model, players=[[str(keeping)]], speaker=Speaker())
    raise_alarm(model, 1, 3)
    qtbot.waitUntil(lambda: "spoken.wav" in played(tmp_path), timeout=20_000)
    sound.stop()
    with wave.open(str(tmp_path / "spoken.wav")) as spoken, wave.open(io.BytesIO(tone(3))) as only:
        assert spoken.getframerate() == only.getframerate()
        assert spoken.getnframes() > only.getnframes() + spoken.getframerate()


def test_clips_that_are_gone_leave_the_tone(qtbot, model, player, tmp_path, expected_log, monkeypatch):
    monkeypatch.setattr(sound_module, "SETTLE_SECONDS", 0.0)
    expected_log("cannot be spoken")
    speaker = Speaker()
    speaker.bank._sound = tmp_path / "gone.wav"
    sound = Sound(model, players=[[str(player)]], speaker=speaker)
    raise_alarm(model, 1, 2)
    qtbot.waitUntil(lambda: len(played(tmp_path)) >= 1, timeout=20_000)
    assert set(played(tmp_path)) == {"level2.wav"}
    sound.stop()


def test_the_voice_of_the_machine_speaks_the_text_after_the_tone(qtbot, model, player, tmp_path, monkeypatch):
    monkeypatch.setattr(sound_module, "SETTLE_SECONDS", 0.0)
    voice = program(tmp_path, "spd-say", f'printf "%s|" "$@" > {tmp_path}/said\n')
    monkeypatch.setattr(player_module.shutil, "which", lambda name: {"spd-say": str(voice), str(player): str(player)}.get(name))
    sound = Sound(model, players=[[str(player)]], speaker=Speaker())
    sound.voice = "system"
    raise_alarm(model, 1, 2)
    qtbot.waitUntil(lambda: (tmp_path / "said").exists() and "Major" in (tmp_path / "said").read_text(), timeout=20_000)
    said = (tmp_path / "said").read_text().split("|")
    assert said[:4] == ["--wait", "--language", "en", "--"]
    assert "UPS" in said[4]
    assert played(tmp_path)[0] == "level2.wav"
    sound.stop()


def test_a_text_is_no_option_and_no_script_of_the_voice(monkeypatch):
    monkeypatch.setattr(player_module.shutil, "which", lambda name: name)
    evil = '--help "; Remove-Item x\n$(id)'
    for platform, there, where in (("linux", "spd-say", "argument"), ("darwin", "say", "input"), ("win32", "powershell", "input")):
        monkeypatch.setattr(player_module.sys, "platform", platform)
        monkeypatch.setattr(player_module.shutil, "which", lambda name, there=there: name if name == there else None)
        command, text = voice_command(Remark(evil, "en"))
        flat = " ".join(evil.split())
        assert (command[-2:] == ["--", flat]) if where == "argument" else (flat not in " ".join(command) and flat.encode() in text)


# the menu


def test_the_menu_of_the_sound_is_obeyed_and_told(qtbot, model):
    sound = Sound(model, players=(), speaker=Speaker())
    menu = SoundMenu(sound)
    qtbot.addWidget(menu)
    told = []
    menu.chosen.connect(lambda key, value: told.append((key, value)))
    words = {action.text(): action for action in menu.actions()}
    for text in ("Tone only", "Loud", "中文"):
        words[text].trigger()
    assert (sound.voice, sound.volume, sound.speaker.chosen) == ("off", "high", "zh_CN")
    assert told == [("speech", "off"), ("volume", "high"), ("speech-language", "zh_CN")]
    menu.retranslate()
    assert {action.text() for action in menu.actions() if action.isChecked()} == {"Tone only", "Loud", "中文"}


def test_the_window_has_the_menu(desk):
    titles = [action.menu().title() for action in desk.window.nav.menu.actions() if action.menu()]
    assert "Sound and speech" in titles


def test_trying_it_sounds_once_and_only_while_all_is_quiet(heard):
    heard.sound.try_out()
    assert heard.plays == [(4, "测试")]
    heard.sound._look()
    assert heard.on
    raise_alarm(heard.model, 1, 4)
    heard.sound._recount()
    assert heard.plays[-1] == (4, "")
    heard.sound.try_out()
    assert len(heard.plays) == 2
