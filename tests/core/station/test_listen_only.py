"""The whole way of a line beside another host: room file, station, live values, alarms, trial report. The other master is mbpoll."""

import csv
import io
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cityops_desktop.errors import Exit
from cityops_desktop.link.messages import Copy
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.readings import Quality, Reason
from tests.peers import warm
from tests.peers.mbpoll import mbpoll
from tests.peers.ptys import SharedLine, shared_line
from tests.peers.slaves import build_libmodbus_slave, libmodbus_rtu
from tests.peers.station import StationPeer

ROOM = """
room: {{id: r1, name: {{zh: 测试机房, en: Test room}}, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: line, driver: modbus-rtu, port: {port}, {manners}}}
devices:
  - id: a
    bus: line
    address: 1
    points:
      - {{id: temp, kind: analog, unit: "°C", table: holding, address: 10, type: int16, scale: 0.1, period: 1,
         limits: [{{id: warm, level: warning, high: 20}}, {{id: hot, level: critical, high: 22}}]}}
      - {{id: pump, kind: digital, table: coil, address: 3, period: 1}}
      - {{id: never, kind: analog, table: holding, address: 50, period: 1}}
  - id: b
    bus: line
    address: 9
    points: [{{id: x, kind: analog, table: holding, address: 10, period: 1}}]
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_libmodbus_slave(tmp_path_factory.mktemp("libmodbus"))


@contextmanager
def beside(folder: Path, program: Path, manners: str) -> Iterator[tuple[StationPeer, SharedLine]]:
    """A station at port 0 of a line; another host may speak at port 1, a slave is at port 2."""
    with shared_line(3) as line, libmodbus_rtu(program, line.ports[2], 1, 100, ["h:10:235", "c:3:1"]):
        room = folder / "room.yaml"
        room.write_text(ROOM.format(port=line.ports[0], manners=manners), "utf-8")
        peer = StationPeer(room, folder / "data")
        try:
            yield peer.wait_ready(), line
        finally:
            peer.stop()


def live(state: Copy, key: str):
    return next(item for item in state.live if item.key == key)


def report(data: Path, *arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    command = [warm.python(), "-m", "cityops_desktop", "trial", "report", "--data", str(data), *arguments]
    environment = {**os.environ, "CITYOPS_LANG": language}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=90, check=False)


def test_values_of_a_line_that_is_only_listened_to_and_the_report_of_the_trial(tmp_path: Path, program: Path) -> None:
    with beside(tmp_path, program, "listen_only: true") as (peer, line):
        with mbpoll(line.ports[1], "1 0 1 24"):
            peer.until(lambda s: live(s, "a.pump").value == 1, "a coil that was heard")
        with mbpoll(line.ports[1], "1 4 11 1", every_ms=250):
            first = live(peer.until(lambda s: live(s, "a.temp").value == 23.5, "a value that was heard"), "a.temp").time
            state = peer.until(lambda s: live(s, "a.temp").time > first + 2000, "further ones")
            assert live(state, "a.temp").quality is Quality.GOOD
            peer.until(lambda s: {"a.temp#warm", "a.temp#hot"} <= {alarm.key for alarm in s.alarms}, "alarms of our limits")
        with mbpoll(line.ports[1], "9 4 11 1"):
            peer.until(lambda s: live(s, "b.x").reason is Reason.NO_ANSWER, "a device that leaves the other host without an answer")
        peer.until(lambda s: live(s, "a.temp").quality is Quality.STALE, "the age of what is not heard any more")
        assert live(peer.state(), "a.never").reason is Reason.WAITING
        assert line.sent[0] == b""
        running = report(tmp_path / "data")
        assert running.returncode == Exit.OK, running.stderr
        data = tmp_path / "data"
    told = json.loads(report(data, "--format", "json").stdout)
    (bus,) = told["buses"]
    assert (bus["id"], bus["listen_only"]) == ("line", True)
    one, other = bus["devices"]
    assert (one["id"], one["points"], one["heard"]) == ("a", 3, 2)
    assert one["every"] is not None
    assert (other["heard"], {bad["reason"] for bad in other["bad"]}) == (0, {"no_answer"})
    hot = next(raised for raised in bus["raised"] if raised["limit_id"] == "hot")
    assert (hot["point"], hot["level"], hot["value"], hot["early"], hot["lead"]) == ("a.temp", 1, 23.5, "warm", 0.0)
    lines = report(data).stdout
    assert "Trial report of Test room" in lines and "a.temp" in lines and "What is not known" in lines and "the last day" in lines
    rows = list(csv.DictReader(io.StringIO(report(data, "--format", "csv").stdout)))
    assert {"cadence", "alarm", "bad"} <= {row["kind"] for row in rows}
    assert report(data, "--bus", "nowhere").returncode == Exit.USAGE
    assert report(data, "--from", "yesterday").returncode == Exit.USAGE


def test_another_master_makes_one_alarm_and_not_one_byte_is_sent(tmp_path: Path, program: Path) -> None:
    with shared_line(3) as line, mbpoll(line.ports[1], "1 4 11 1", every_ms=200):
        room = tmp_path / "room.yaml"
        room.write_text(ROOM.format(port=line.ports[0], manners="listen: 2"), "utf-8")
        peer = StationPeer(room, tmp_path / "data")
        try:
            peer.wait_ready()
            state = peer.until(lambda s: any(alarm.key == "bus:line#lost" for alarm in s.alarms), "the alarm")
            (alarm,) = [alarm for alarm in state.alarms if alarm.state is not AlarmState.NORMAL]
            assert (alarm.key, alarm.detail) == ("bus:line#lost", "other_master")
            assert {live(state, key).reason for key in ("a.temp", "b.x")} == {Reason.OTHER_MASTER}
            assert line.sent[0] == b""
        finally:
            peer.stop()
    assert "no bus of this room is only listened to" in report(tmp_path / "data").stderr
    found = json.loads(report(tmp_path / "data", "--bus", "line", "--format", "json").stdout)
    assert [lost["detail"] for lost in found["buses"][0]["lost"]] == ["other_master"]
