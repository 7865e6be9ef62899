"""Real processes: a supervised station, a wall display offscreen. A wall that freezes or falls is noticed, one that is closed is not."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from tests.peers.station import StationPeer, slave, station

PATIENCE = 45.0
SOON = "from cityops_desktop.station import watch\nwatch.FROZEN_SECONDS, watch.RETURN_SECONDS = 4.0, 5.0"
"""The supervisor waits less for a window than it really does (test_watch.py has the real times)."""


class WallProcess:
    """`cityops-desktop console --wall` on the data directory of a station; its settings lie beside."""

    def __init__(self, data: Path) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(data / "config"), "CITYOPS_LANG": "en"}
        self._log = (data / "wall.log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cityops_desktop", "console", "--wall", "--data", str(data)], env=environment, stderr=self._log
        )

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def clear(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self._log.close()


class Watched:
    """A station and the walls of its room."""

    def __init__(self, peer: StationPeer) -> None:
        self.peer = peer
        self.walls: list[WallProcess] = []
        self.told: list[dict[str, Any]] = []

    def open(self) -> WallProcess:
        wall = WallProcess(self.peer.data)
        self.walls.append(wall)
        return wall

    def known(self) -> bool:
        file = self.peer.data / "consoles.json"
        return file.exists() and "wall" in file.read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        while not self.peer.events.empty():
            event = self.peer.events.get()
            if event is not None:
                self.told.append(event)
        return [event for event in self.told if event["event"] == name]

    def alarm(self) -> AlarmInfo | None:
        return next((a for a in self.peer.state().alarms if a.cause is Cause.CONSOLE_FROZEN), None)

    def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"never came: {what}; {self.told} {self.peer.errors}"
            time.sleep(0.05)


@contextmanager
def watched(folder: Path, program: str = "") -> Iterator[Watched]:
    with slave() as device, station(folder, device.port, program=program) as peer:
        room = Watched(peer)
        try:
            yield room
        finally:
            for wall in room.walls:
                wall.clear()


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Watched]:
    with watched(tmp_path, SOON) as room:
        yield room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Watched]:
    with watched(tmp_path) as room:
        yield room


def test_a_wall_that_freezes_raises_an_alarm_until_it_paints_again(hasty: Watched):
    wall = hasty.open()
    hasty.until(hasty.known, "the wall among the known")
    wall.process.send_signal(signal.SIGSTOP)
    hasty.until(lambda: hasty.events("console_frozen"), "the supervisor's line")
    hasty.until(hasty.alarm, "the alarm at another client")
    raised = hasty.alarm()
    assert raised is not None
    assert (raised.subject, raised.level, raised.state) == ("station", 2, AlarmState.UNACKNOWLEDGED)
    assert raised.detail == hasty.events("console_frozen")[0]["name"]
    wall.process.send_signal(signal.SIGCONT)
    hasty.until(lambda: hasty.events("console_back"), "the supervisor's line that it is back")
    hasty.until(lambda: (a := hasty.alarm()) is not None and a.state is AlarmState.RETURNED, "the alarm's return")


def test_a_wall_that_is_killed_is_noticed_even_by_the_next_station_and_is_well_when_it_stands_again(hasty: Watched):
    wall = hasty.open()
    hasty.until(hasty.known, "the wall among the known")
    wall.end(signal.SIGKILL)
    os.kill(hasty.peer.child(), signal.SIGKILL)  # at the same moment the station falls
    hasty.peer.wait_ready()
    hasty.until(lambda: hasty.events("console_frozen"), "the supervisor's line")
    hasty.until(hasty.alarm, "the alarm")
    os.kill(hasty.peer.child(), signal.SIGKILL)  # the next station hears of it, too, and raises no second alarm
    hasty.peer.wait_ready()
    first = hasty.alarm()
    assert first is not None and first.state is AlarmState.UNACKNOWLEDGED
    hasty.open()
    hasty.until(lambda: (a := hasty.alarm()) is not None and a.state is AlarmState.RETURNED, "the alarm's return")
    assert [a.id for a in hasty.peer.state().alarms if a.cause is Cause.CONSOLE_FROZEN] == [first.id]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_wall_that_is_closed_in_order_is_not_missed(room: Watched, number: int):
    wall = room.open()
    room.until(room.known, "the wall among the known")
    assert wall.end(number) == 0
    room.until(lambda: not room.known(), "its goodbye")
    assert not room.events("console_frozen")
    assert room.alarm() is None
