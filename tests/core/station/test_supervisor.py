"""The supervisor with real child processes: restart, give up, pass codes on, stop, notice a frozen child."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cityops_desktop.station import supervisor as module
from cityops_desktop.station.supervisor import Supervisor

CHILD = """
import json, os, sys, threading, time
if sys.argv[1].startswith("refuse"):
    sys.exit(int(sys.argv[1][6:]))
print(json.dumps({"event": "ready", "pid": os.getpid(), "arguments": sys.argv[2:]}), flush=True)
mode = sys.argv[1]
if mode == "babble":
    for line in (b"5", b"[]", b"null", b"no JSON", bytes([255, 254])):
        sys.stdout.buffer.write(line + bytes([10]))
    sys.stdout.buffer.flush()
    print(json.dumps({"event": "ready", "pid": os.getpid()}), flush=True)
    mode = "beat"
if mode == "beat":
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while True:
        print(json.dumps({"event": "beat"}), flush=True)
        time.sleep(0.05)
if mode == "freeze":
    time.sleep(60)
if mode == "deaf":
    while True:
        print(json.dumps({"event": "beat"}), flush=True)
        time.sleep(0.05)
sys.exit(int(mode))
"""


class Run:
    """A supervisor at work in a thread."""

    def __init__(self, mode: str, tmp_path: Path) -> None:
        child = tmp_path / "child.py"
        child.write_text(CHILD)
        self.events: list[dict] = []
        self.supervisor = Supervisor([sys.executable, str(child), mode], self.events.append)
        self.code: int | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.code = self.supervisor.run()

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end, self.events
            time.sleep(0.01)

    def ready(self) -> list[dict]:
        return [event for event in self.events if event["event"] == "ready"]

    def stop(self) -> int | None:
        self.supervisor.stop()
        self.thread.join(30)
        return self.code


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(module, "PAUSES", (0.01,))
    monkeypatch.setattr(module, "STOP_SECONDS", 0.5)


def test_a_killed_station_is_restarted_and_told_why(tmp_path, expected_log):
    expected_log("the station fell (signal SIGKILL)")
    run = Run("beat", tmp_path)
    run.until(run.ready)
    os.kill(run.ready()[0]["pid"], signal.SIGKILL)
    run.until(lambda: len(run.ready()) == 2)
    assert run.ready()[1]["arguments"] == ["--restarts", "1", "--restart-reason", "signal SIGKILL"]
    assert {"event": "restarting", "reason": "signal SIGKILL", "restarts": 1} in run.events
    assert run.stop() == 0


def test_a_frozen_station_is_killed_and_restarted(tmp_path, monkeypatch, expected_log):
    expected_log("no heartbeat")
    expected_log("did not stop within")
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.3)
    run = Run("freeze", tmp_path)
    run.until(lambda: len(run.ready()) >= 2)
    assert "no heartbeat" in run.ready()[1]["arguments"][3]
    run.stop()


def test_a_supervisor_that_was_stopped_itself_does_not_take_that_for_the_stations_silence(tmp_path, monkeypatch):
    """A suspended machine, SIGSTOP: what the station said meanwhile still lies in the pipe when we look."""
    run = Run("beat", tmp_path)
    run.until(run.ready)
    pid = run.ready()[0]["pid"]
    lead = [0.0]
    real = time.monotonic
    monkeypatch.setattr(module.time, "monotonic", lambda: real() + lead[0])
    lead[0] = 3600.0
    stands = real() + 1.5
    run.until(lambda: real() > stands or len(run.ready()) > 1)
    assert len(run.ready()) == 1
    os.kill(pid, 0)
    assert run.stop() == 0


@pytest.mark.parametrize("code", sorted(module.FINAL_CODES))
def test_codes_that_a_restart_cannot_cure_are_passed_on(tmp_path, code):
    run = Run(f"refuse{code}", tmp_path)
    run.thread.join(30)
    assert run.code == code
    assert not [event for event in run.events if event["event"] == "restarting"]


def test_what_has_run_once_is_tried_again_whatever_it_said(tmp_path, expected_log):
    """A disk that is full or a file that is being edited, at the moment of a restart, must not leave the room unwatched for good."""
    expected_log("the station fell (exit code 6)")
    run = Run("6", tmp_path)
    run.until(lambda: len(run.ready()) >= 3)
    assert run.stop() in (0, 6)


def test_nobody_needs_to_listen(tmp_path, expected_log):
    """The terminal was closed, the reader of a pipe has ended: the station is watched and restarted all the same."""
    expected_log("nobody takes the news")
    expected_log("the station fell (signal SIGKILL)")
    run = Run("beat", tmp_path)
    pids: list[int] = []

    def broken(event: dict) -> None:
        pids.extend([event["pid"]] if event["event"] == "ready" else [])
        raise BrokenPipeError

    run.supervisor._announce = broken
    run.until(lambda: pids or run.ready())
    first = (pids or [event["pid"] for event in run.ready()])[0]
    os.kill(first, signal.SIGKILL)
    run.until(lambda: any(pid != first for pid in pids))
    assert run.stop() == 0


def test_whatever_the_station_prints_does_not_stop_the_watching(tmp_path, expected_log):
    expected_log("the station printed")
    run = Run("babble", tmp_path)
    run.until(lambda: len([event for event in run.events if event["event"] == "ready"]) == 2)
    assert run.stop() == 0


def test_our_own_fault_is_restarted(tmp_path, expected_log):
    expected_log("the station fell (exit code 1)")
    run = Run("1", tmp_path)
    run.until(lambda: len(run.ready()) >= 3)
    run.stop()


def test_a_station_that_does_not_obey_is_killed(tmp_path, expected_log):
    expected_log("did not stop within")
    run = Run("deaf", tmp_path)
    run.until(run.ready)
    pid = run.ready()[0]["pid"]
    run.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
