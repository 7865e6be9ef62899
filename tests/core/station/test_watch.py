"""The supervisor's list of windows and its horn: who is missed and when, what is remembered, what sounds and what silences it."""

import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link import files
from cityops_desktop.link.messages import ConsoleBeat
from cityops_desktop.station import supervisor as module
from cityops_desktop.station.horn import PAUSE_SECONDS, RETRY_SECONDS, STUCK_SECONDS, Horn, horn_sound
from cityops_desktop.station.presence import MOST_NEWCOMERS, Presence
from cityops_desktop.station.supervisor import Supervisor
from cityops_desktop.station.watch import (
    BOOT_SECONDS,
    FORGET_SECONDS,
    FROZEN_SECONDS,
    MOST_CONSOLES,
    MOST_NEW,
    NEW_SECONDS,
    RETURN_SECONDS,
    ConsoleWatch,
)


def names(events: list[dict[str, object]]) -> list[object]:
    return [event["event"] for event in events]


def test_who_paints_is_left_alone_and_who_does_not_is_missed_once():
    watch = ConsoleWatch(None, 0.0)
    for second in range(60):
        assert watch.hear([["c/wall", "Hall 1", second]], [], float(second)) == []
        assert watch.judge(second + 0.5) == []
    assert watch.judge(59 + FROZEN_SECONDS) == []
    assert watch.judge(59.1 + FROZEN_SECONDS) == [{"event": "console_frozen", "console": "c/wall", "name": "Hall 1"}]
    assert watch.judge(200.0) == []
    assert watch.frozen == {"c/wall": "Hall 1"}
    assert names(watch.hear([["c/wall", "Hall 1", 60]], [], 201.0)) == ["console_back"]
    assert watch.frozen == {}


def test_a_picture_that_stands_still_is_frozen_whatever_it_says():
    watch = ConsoleWatch(None, 0.0)
    for second in range(12):
        watch.hear([["c/wall", "Hall 1", 5]], [], float(second))
    assert names(watch.judge(12.0)) == ["console_frozen"]


def test_a_goodbye_is_the_end_even_of_a_frozen_one():
    watch = ConsoleWatch(None, 0.0)
    watch.hear([["a", "A", 1], ["b", "B", 1]], [], 0.0)
    watch.hear([], ["a"], 1.0)
    assert names(watch.judge(30.0)) == ["console_frozen"]
    assert names(watch.hear([], ["b"], 31.0)) == ["console_closed"]
    assert watch.known() == set() and watch.judge(1000.0) == []


def test_after_a_station_was_away_everybody_has_time_to_find_it():
    watch = ConsoleWatch(None, 0.0)
    watch.hear([["a", "A", 1]], [], 0.0)
    watch.station_back(100.0)
    assert watch.judge(100.0 + RETURN_SECONDS) == []
    assert names(watch.judge(100.1 + RETURN_SECONDS)) == ["console_frozen"]


def test_the_next_supervisor_still_expects_it_and_gives_a_machine_that_has_just_started_more_time(tmp_path: Path):
    first = ConsoleWatch(tmp_path, 0.0, "boot-1")
    first.hear([["a", "A", 1], ["b", "B", 1]], [], 0.0)
    first.hear([["a", "A", 2]], [], 9.0)
    first.judge(12.0)
    assert stat.S_IMODE((tmp_path / "consoles.json").stat().st_mode) == 0o600
    same = ConsoleWatch(tmp_path, 0.0, "boot-1")
    assert same.frozen == {"b": "B"}, "frozen before, frozen after"
    assert same.judge(RETURN_SECONDS) == []
    assert names(same.judge(RETURN_SECONDS + 0.1)) == ["console_frozen"]
    other = ConsoleWatch(tmp_path, 0.0, "boot-2")
    assert other.judge(BOOT_SECONDS) == []


def test_a_window_closed_while_no_station_ran_has_left_word(tmp_path: Path):
    watch = ConsoleWatch(tmp_path, 0.0)
    watch.hear([["a", "A", 1]], [], 0.0)
    files.take_leave(tmp_path, "a")
    assert watch.judge(30.0) == []
    assert watch.known() == set()
    assert not files.took_leave(tmp_path, "a")


JSON = st.recursive(st.none() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@given(text=st.one_of(st.text(), JSON.map(json.dumps)))
def test_whatever_the_file_holds_the_station_is_watched(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("watch")
    (folder / "consoles.json").write_text(text, "utf-8", "surrogatepass")
    import logging

    logging.getLogger("cityops_desktop.station.watch").setLevel(logging.ERROR)
    try:
        watch = ConsoleWatch(folder, 0.0)
    finally:
        logging.getLogger("cityops_desktop.station.watch").setLevel(logging.NOTSET)
    watch.hear([["a", "A", 1]], [], 0.0)
    assert "a" in watch.known()


def test_only_so_many_and_only_what_is_a_beat(expected_log):
    watch = ConsoleWatch(None, 0.0)
    expected_log("too many screens")
    made_up = [None, 5, ["short"], *[[str(n), "x", 1] for n in range(MOST_CONSOLES + 10)]]
    watch.hear(made_up, [None], 0.0)
    assert len(watch.known()) == MOST_NEW
    watch.hear(made_up, [], NEW_SECONDS)
    assert len(watch.known()) == MOST_NEW + 1, "one more in each minute"
    for minute in range(2, 200):
        watch.hear(made_up, [], minute * NEW_SECONDS)
    assert len(watch.known()) == MOST_CONSOLES
    presence = Presence()
    beat = ConsoleBeat(console="c" * 32, window="wall 1", name="Hall", paints=3)
    assert presence.hear(beat, "Hall")
    assert presence.take() == {"consoles": [["c" * 32 + "/wall 1", "Hall", 3]]}
    assert presence.take() == {}
    presence.hear(beat, "Hall")
    presence.hear(beat.model_copy(update={"bye": True}), "Hall")
    assert presence.take() == {"goodbyes": ["c" * 32 + "/wall 1"]}
    heard = [presence.hear(beat.model_copy(update={"window": str(n)}), "x") for n in range(100)]
    assert heard.count(True) == MOST_NEWCOMERS


def told_at(presence: Presence, window: str, paints: int, *, bye: bool = False) -> bool:
    return presence.hear(ConsoleBeat(console="c" * 32, window=window, name="Hall", paints=paints, bye=bye), "Hall")


def test_a_flood_of_made_up_windows_takes_no_place_of_those_that_are_known():
    presence = Presence()
    for second in range(3):
        assert told_at(presence, "wall 1", second)
        presence.take()
    for second in range(3, 60):
        for n in range(500):
            told_at(presence, f"made up {second} {n}", 1)
            told_at(presence, f"gone {second} {n}", 1, bye=True)
        assert told_at(presence, "wall 1", second)
        said = presence.take()
        assert any(key.endswith("/wall 1") for key, _, _ in said["consoles"])  # type: ignore[attr-defined]
        assert len(said["consoles"]) <= MOST_NEWCOMERS + 1  # type: ignore[arg-type]
    for n in range(500):
        told_at(presence, f"gone {n}", 1, bye=True)
    assert told_at(presence, "wall 1", 60, bye=True), "a goodbye is heard all the same"
    held = (presence._newcomers, presence._regulars)
    assert sum(map(len, held)) < 1000, "what nobody says any more is forgotten"


def test_what_somebody_acknowledged_and_never_comes_back_is_not_missed_for_ever(tmp_path: Path):
    watch = ConsoleWatch(tmp_path, 0.0)
    watch.hear([["a", "A", 1], ["b", "B", 1]], [], 0.0)
    assert names(watch.judge(11.0)) == ["console_frozen", "console_frozen"]
    assert watch.judge(11.0 + FORGET_SECONDS, {"a"}) == []
    assert watch.judge(11.1 + FORGET_SECONDS, {"a"}) == [{"event": "console_forgotten", "console": "a", "name": "A"}]
    assert watch.frozen == {"b": "B"}, "nobody has seen that one: it goes on"
    assert ConsoleWatch(tmp_path, 0.0).known() == {"b"}
    watch.hear([["a", "A", 2]], [], 12.0 + FORGET_SECONDS)
    assert watch.known() == {"a", "b"}, "when it does come back it is watched again"


def test_a_station_that_was_slow_blames_no_window():
    watch = ConsoleWatch(None, 0.0)
    watch.hear([["a", "A", 1]], [], 0.0)
    watch.station_slow(9.5)
    assert watch.judge(9.5 + FROZEN_SECONDS) == []
    assert names(watch.judge(9.6 + FROZEN_SECONDS)) == ["console_frozen"]


@pytest.mark.parametrize("kind", ["pipe", "deep", "large", "loop", "folder"])
def test_nothing_that_lies_in_place_of_the_file_stops_the_supervisor(tmp_path: Path, kind: str, expected_log):
    file = tmp_path / "consoles.json"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "loop":
        file.symlink_to(file)
    elif kind == "folder":
        file.mkdir()
    else:
        file.write_text("[" * (200_000 if kind == "deep" else 2_000_000))
    expected_log("cannot be read")
    expected_log("could not be written")
    watch = ConsoleWatch(tmp_path, 0.0)
    assert watch.known() == set()
    watch.hear([["a", "A", 1]], [], 0.0)
    assert watch.known() == {"a"}


def test_a_name_of_half_a_sign_can_be_kept(tmp_path: Path):
    (tmp_path / "consoles.json").write_text(json.dumps({"boot": "", "consoles": {"a": {"name": "\ud800", "frozen": True}}}))
    watch = ConsoleWatch(tmp_path, 0.0)
    watch.hear([["b", "B", 1]], [], 0.0)
    assert ConsoleWatch(tmp_path, 0.0).known() == {"a", "b"}


def player(tmp_path: Path, code: int = 0) -> tuple[tuple[str, ...], Path]:
    """A sound player of the system that writes down what it is to play."""
    log = tmp_path / f"played-{code}"
    program = tmp_path / f"player-{code}"
    program.write_text(f'#!/bin/sh\nhead -c 4 "$1" >> {log}\necho >> {log}\nexit {code}\n')
    program.chmod(0o755)
    return (str(program),), log


def tick_until(horn: Horn, clock: list[float], condition: Any) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        horn.tick(True, clock[0])
        time.sleep(0.005)


def test_the_horn_repeats_until_it_is_told_to_be_quiet(tmp_path: Path):
    command, log = player(tmp_path)
    horn, clock, mute = Horn(lambda: mute.append(1), [command]), [0.0], []
    horn.tick(False, 0.0)
    assert not log.exists()
    for n in range(1, 4):
        tick_until(horn, clock, lambda n=n: log.exists() and log.read_text().count("RIFF") == n and horn._child is None)
        clock[0] += PAUSE_SECONDS + 0.1
    wav = horn._sound()
    horn.stop()
    assert not wav.exists() and not mute
    assert horn_sound()[:4] == b"RIFF" and len(horn_sound()) > 20_000


def test_a_horn_that_cannot_be_heard_says_so_once_and_tries_again(tmp_path: Path):
    bad, log = player(tmp_path, 3)
    mute: list[int] = []
    horn, clock = Horn(lambda: mute.append(1), [bad, (sys.executable + "-missing",)]), [0.0]
    tick_until(horn, clock, lambda: mute)
    horn.tick(True, clock[0] + 1)
    clock[0] += RETRY_SECONDS + 1
    tick_until(horn, clock, lambda: log.read_text().count("RIFF") == 2)
    assert mute == [1]
    horn.stop()
    quiet: list[int] = []
    Horn(lambda: quiet.append(1), ()).tick(True, 0.0)
    assert quiet == [1]


def test_a_player_that_hangs_is_given_up_for_the_next_one(tmp_path: Path):
    good, log = player(tmp_path)
    hanging = tmp_path / "hanging"
    hanging.write_text("#!/bin/sh\nexec sleep 600\n")
    hanging.chmod(0o755)
    mute: list[int] = []
    horn, clock = Horn(lambda: mute.append(1), [(str(hanging),), good]), [0.0]
    tick_until(horn, clock, lambda: horn._child is not None)
    clock[0] += STUCK_SECONDS + 1
    tick_until(horn, clock, log.exists)
    horn.stop()
    alone, clock = Horn(lambda: mute.append(1), [(str(hanging),)]), [0.0]
    tick_until(alone, clock, lambda: alone._child is not None)
    clock[0] += STUCK_SECONDS + 1
    tick_until(alone, clock, lambda: mute)
    alone.stop()


def watching(tmp_path: Path) -> Supervisor:
    supervisor = Supervisor(["none"], lambda _event: None, data=tmp_path, players=())
    supervisor._watch.hear([["a", "A", 1]], [], -100.0)
    supervisor._watch.judge(0.0)
    return supervisor


def test_what_silences_the_horn(tmp_path: Path):
    supervisor = watching(tmp_path)
    assert supervisor._loud(1.0)
    supervisor._last_beat = {"event": "beat", "silenced": True}
    assert not supervisor._loud(1.0), "a person pressed Silence"
    supervisor._last_beat = {"event": "beat", "seen": ["a"]}
    assert not supervisor._loud(1.0), "a person acknowledged the alarm"
    supervisor._last_beat = {"event": "beat", "seen": ["another"]}
    assert supervisor._loud(1.0)
    files.silence_horn(tmp_path)
    assert not supervisor._loud(1.0), "a person at a console without a station"


def test_a_station_that_does_not_come_back_sounds_whatever_was_silenced_before(tmp_path: Path, expected_log):
    expected_log("has not come back")
    events: list[dict[str, object]] = []
    supervisor = Supervisor(["none"], events.append, data=tmp_path, players=())
    supervisor._last_beat = {"event": "beat", "silenced": True}
    supervisor._down_since = 100.0
    assert not supervisor._loud(100.0 + module.DOWN_SECONDS)
    assert supervisor._loud(100.1 + module.DOWN_SECONDS)
    assert supervisor._loud(200.0)
    assert names(events) == ["station_down"]
    files.silence_horn(tmp_path)
    assert not supervisor._loud(201.0)


CHILD = """
import json, os, sys, time
folder = sys.argv[1]
print(json.dumps({"event": "ready"}), flush=True)
import threading
def hear():
    for line in sys.stdin:
        open(os.path.join(folder, "orders"), "a").write(line)
    os._exit(0)
threading.Thread(target=hear, daemon=True).start()
n = 0
while True:
    n += 1
    paints = n if not os.path.exists(os.path.join(folder, "freeze")) else 7
    print(json.dumps({"event": "beat", "consoles": [["a", "A", paints]]}), flush=True)
    time.sleep(0.02)
"""


def test_the_station_is_told_which_windows_have_stopped(tmp_path: Path, monkeypatch, expected_log):
    import threading

    from cityops_desktop.station import watch

    expected_log("console frozen: A")
    expected_log("console back: A")
    monkeypatch.setattr(watch, "FROZEN_SECONDS", 0.5)
    (tmp_path / "child.py").write_text(CHILD)
    events: list[dict[str, object]] = []
    supervisor = Supervisor([sys.executable, str(tmp_path / "child.py"), str(tmp_path)], events.append, data=tmp_path, players=())
    thread = threading.Thread(target=supervisor.run)
    thread.start()

    def until(condition: Any) -> None:
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end, events
            time.sleep(0.01)

    try:
        until(lambda: (tmp_path / "consoles.json").exists())
        (tmp_path / "freeze").touch()
        until(lambda: "console_frozen" in names(events))
        (tmp_path / "freeze").unlink()
        until(lambda: "console_back" in names(events))
        until(lambda: len((tmp_path / "orders").read_text().splitlines()) >= 3)
    finally:
        supervisor.stop()
        thread.join(30)
    orders = [json.loads(line)["frozen"] for line in (tmp_path / "orders").read_text().splitlines()]
    assert orders[:3] == [{}, {"a": "A"}, {}]
