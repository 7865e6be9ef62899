"""A room with no console open is never silent: when the supervisor's own horn sounds for alarms, and when it starts and ends what drives
the outputs."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link import files
from cityops_desktop.link.messages import ConsoleBeat
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.points import Level
from cityops_desktop.station import supervisor as module
from cityops_desktop.station.own_alarms import OwnAlarms
from cityops_desktop.station.presence import Presence
from cityops_desktop.station.supervisor import Relief, Supervisor
from cityops_desktop.station.watch import FROZEN_SECONDS
from tests.conftest import FakeClock


def supervisor_of(data: Path, beat: dict[str, Any]) -> Supervisor:
    one = Supervisor(["none"], lambda _event: None, data=data, players=())
    one._last_beat = {"event": "beat", **beat}
    return one


def test_an_alarm_that_nobody_would_hear_sounds_at_the_station_itself(tmp_path: Path):
    one = supervisor_of(tmp_path, {"loud": True})
    assert one._loud(1.0)
    one._watch.hear([["a/desk", "A", 1]], [], 1.0, {"a/desk"})
    assert not one._loud(1.0), "the console sounds"
    one._watch.judge(1.0 + FROZEN_SECONDS + 1, {"a/desk"})
    one._last_beat = {"event": "beat", "loud": True, "seen": ["a/desk"]}
    assert one._loud(20.0), "a frozen screen whose alarm was acknowledged is no console"
    one._last_beat = {"event": "beat", "loud": True, "silenced": True}
    assert not one._loud(20.0), "a person pressed Silence"
    one._last_beat = {"event": "beat"}
    one._watch.hear([], ["a/desk"], 20.0)
    assert not one._loud(20.0), "no alarm"


@pytest.mark.parametrize("voices", [set(), {"another/desk"}])
def test_a_console_that_cannot_be_heard_in_the_room_is_none(tmp_path: Path, voices: set[str]):
    """On a laptop at home, or without a sound player."""
    one = supervisor_of(tmp_path, {"loud": True})
    one._watch.hear([["a/desk", "A", 1]], [], 1.0, voices)
    assert one._loud(1.0)


@pytest.mark.parametrize(("voice", "remote", "heard"), [(True, False, True), (True, True, False), (False, False, False)])
def test_which_windows_are_passed_on_as_heard(voice: bool, remote: bool, heard: bool):
    presence = Presence()
    presence.hear(ConsoleBeat(console="c" * 32, window="desk", name="x", paints=1, voice=voice), "x", remote=remote)
    assert ("voices" in presence.take()) is heard


alarms_drawn = st.lists(
    st.tuples(st.sampled_from(list(AlarmState)), st.sampled_from(list(Level)), st.booleans()).map(
        lambda told: (Alarm("i", "k", "s", Cause.HIGH, told[1], told[0], 0), told[2])
    ),
    max_size=5,
)


@given(alarms_drawn, st.booleans(), st.sampled_from(["real", "demo"]))
def test_the_station_tells_what_sounds_at_no_output(alarms: list[tuple[Alarm, bool]], silenced: bool, origin: str):
    class Book:
        def open(self) -> list[Alarm]:
            return [alarm for alarm, _ in alarms]

    none: Any = None
    desk: Any = SimpleNamespace(facts=SimpleNamespace(silenced_until=1 if silenced else None, room=SimpleNamespace(origin=origin)))
    own = OwnAlarms(Book(), desk, none, none, none)  # type: ignore[arg-type]
    covered = [alarm for alarm, has_horn in alarms if has_horn]
    told = own.for_horn(lambda alarm: any(alarm is one for one in covered))
    assert told.get("loud", False) is (origin == "real" and any(alarm.audible and not has_horn for alarm, has_horn in alarms))
    assert told.get("silenced", False) is silenced


def test_the_past_that_waited_before_a_restart_waits_no_more_when_it_can_be_written(clock: FakeClock):
    told: list[tuple[str, bool]] = []

    class Book:
        def station(self, key: str, _cause: Cause, _level: Level, _detail: str, present: bool, _wall: int, _mono: float) -> list[Alarm]:
            told.append((key, present))
            return []

    none: Any = None
    desk: Any = SimpleNamespace(announce=lambda _changed: None)
    own = OwnAlarms(Book(), desk, none, none, clock)  # type: ignore[arg-type]
    own.watch_seal("", clock.monotonic())
    assert told == [("station#history", False)], "an alarm that the former run left ends"
    own.watch_seal("", clock.monotonic())
    assert len(told) == 1


def test_a_station_that_never_comes_up_after_the_machine_was_started_is_missed_where_one_has_run(tmp_path: Path, monkeypatch, expected_log):
    expected_log("the station fell (exit code 1)")
    expected_log("has not come back")
    monkeypatch.setattr(module, "PAUSES", (0.01,))
    monkeypatch.setattr(module, "DOWN_SECONDS", 0.1)
    (tmp_path / files.TOKEN).write_text("x")
    events: list[str] = []
    one = Supervisor(
        [sys.executable, "-c", "raise SystemExit(1)"], lambda event: events.append(str(event["event"])), data=tmp_path, players=()
    )
    monkeypatch.setattr(module, "START_SECONDS", 0.3)
    thread = threading.Thread(target=one.run)
    thread.start()
    until(lambda: "station_down" in events)
    one.stop()
    thread.join(30)


REFUSES = """
import json, os, sys, time
folder = sys.argv[1]
if os.path.exists(os.path.join(folder, "another")):
    print(json.dumps({"event": "elsewhere"}), flush=True)
    sys.exit(4)
if not os.path.exists(os.path.join(folder, "mended")):
    sys.exit(3)
print(json.dumps({"event": "ready"}), flush=True)
sys.stdin.read()
"""


class Refusing:
    """A supervisor over a station that says itself that it will not start; the relays' process notes that it was started and told."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch, *, stay: bool = True, known: bool = True) -> None:
        monkeypatch.setattr(module, "PAUSES", (0.01,))
        monkeypatch.setattr(module, "DOWN_SECONDS", 0.2)
        monkeypatch.setattr(module, "RELIEF_SECONDS", 0.1)
        self.data, self.events = data, list[dict[str, object]]()
        (data / "station.py").write_text(REFUSES)
        (data / "relief.py").write_text(CHILD)
        (data / files.OUTPUTS).write_text("{}")
        if known:
            (data / files.TOKEN).write_text("x")
        self.code: int | None = None
        command, relief = ([sys.executable, str(data / name), str(data)] for name in ("station.py", "relief.py"))
        self.one = Supervisor(command, self.events.append, data=data, players=(), relief=relief, stay=stay)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        self.code = self.one.run()

    def said(self) -> list[object]:
        return [event["event"] for event in self.events]

    def end(self) -> int | None:
        self.one.stop()
        self.thread.join(30)
        return self.code


def test_a_station_that_refuses_to_start_where_one_has_run_leaves_no_silent_room(tmp_path: Path, monkeypatch, expected_log):
    expected_log("the station fell (exit code 3)")
    expected_log("has not come back")
    expected_log("what drives the alarm outputs ended")
    here = Refusing(tmp_path, monkeypatch)
    until(lambda: "station_down" in here.said())
    until(lambda: text(tmp_path / "told") == "sound\n")
    assert files.not_starting(tmp_path) == 3, "consoles of this machine can say why"
    assert [event["code"] for event in here.events if event["event"] == "not_starting"] == [3], "said once"
    (tmp_path / "mended").write_text("")
    until(lambda: "ready" in here.said())
    until(lambda: files.not_starting(tmp_path) is None)
    assert here.one._down_since is None and here.end() == 0


@pytest.mark.parametrize(("stay", "known", "code"), [(False, True, 3), (True, False, 3), (True, True, 4)])
def test_whoever_is_told_the_code_or_has_another_station_needs_no_horn(tmp_path: Path, monkeypatch, stay: bool, known: bool, code: int):
    """A program or a person reads it; none has ever run here; another one watches the room."""
    if code == 4:
        (tmp_path / "another").write_text("")
    here = Refusing(tmp_path, monkeypatch, stay=stay, known=known)
    here.thread.join(30)
    assert here.code == code and here.said() == [] and files.not_starting(tmp_path) is None


CHILD = """
import os, sys
folder = sys.argv[1]
open(os.path.join(folder, "started"), "a").write(f"{os.getpid()}\\n")
if len(sys.argv) > 2:
    sys.exit(7)
for line in sys.stdin:
    open(os.path.join(folder, "told"), "a").write(line)
open(os.path.join(folder, "ended"), "w").close()
"""


def relief_of(tmp_path: Path, *more: str) -> Relief:
    child = tmp_path / "child.py"
    child.write_text(CHILD)
    return Relief([sys.executable, str(child), str(tmp_path), *more], tmp_path)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_what_drives_the_outputs_is_ready_before_it_is_told_to_sound_and_ends_at_once(tmp_path: Path):
    (tmp_path / files.OUTPUTS).write_text("{}")
    relief = relief_of(tmp_path)
    relief.tick(module.RELIEF_SECONDS - 0.1, 100.0)
    assert not text(tmp_path / "started"), "most stations are back by then"
    relief.tick(module.RELIEF_SECONDS + 0.1, 101.0)
    until(lambda: text(tmp_path / "started"))
    relief.tick(module.DOWN_SECONDS - 0.1, 102.0)
    relief.tick(module.DOWN_SECONDS + 0.1, 103.0)
    relief.tick(module.DOWN_SECONDS + 1.1, 104.0)
    until(lambda: text(tmp_path / "told") == "sound\n")
    pid = int(text(tmp_path / "started"))
    relief.end()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    relief.tick(20.0, 105.0)
    assert text(tmp_path / "started").count("\n") == 1, "the station speaks on its wires: nobody else does"
    relief.fell()
    relief.tick(20.0, 106.0)
    until(lambda: text(tmp_path / "started").count("\n") == 2)
    relief.end()


def test_a_room_without_outputs_starts_nothing(tmp_path: Path):
    relief = relief_of(tmp_path)
    relief.tick(100.0, 100.0)
    relief.end()
    assert not (tmp_path / "started").exists()


def test_one_that_ends_by_itself_is_started_again_after_a_pause(tmp_path: Path, expected_log):
    expected_log("ended with code 7")
    (tmp_path / files.OUTPUTS).write_text("{}")
    relief = relief_of(tmp_path, "fail")
    relief.tick(8.0, 100.0)
    until(lambda: relief._child is None or relief._child.poll() is not None)
    relief.tick(8.5, 100.5)
    assert relief._child is None
    relief.tick(8.6, 100.6)
    assert relief._child is None
    relief.tick(19.0, 100.5 + module.RELIEF_PAUSE)
    until(lambda: text(tmp_path / "started").count("\n") == 2)
    relief.end()
