"""The commands as a user types them: real processes, real slaves, exit codes, both languages, JSON that a script can read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cityops_desktop import __version__
from cityops_desktop.errors import Exit
from cityops_desktop.paths import ROOMS
from tests.peers import warm
from tests.peers.ptys import pty_pair
from tests.peers.slaves import build_libmodbus_slave, free_port, libmodbus_rtu, libmodbus_tcp
from tests.peers.station import slave, station, write_room

SAMPLE = """
room: {{id: r1, name: {{zh: 测试机房, en: Test room}}, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: {port}}}
  - {{id: line, driver: modbus-rtu, port: {tty}, baudrate: 9600, parity: N, listen: 0}}
devices:
  - id: a
    bus: tcp
    address: 1
    points:
      - {{id: x, kind: analog, unit: "°C", table: holding, address: 123, type: uint16, scale: 0.1}}
      - {{id: d, kind: digital, table: coil, address: 5}}
  - id: b
    bus: line
    address: 7
    points:
      - {{id: y, kind: analog, unit: kW, table: input, address: 10, type: int16, scale: 0.01}}
"""


def cityops(
    *arguments: object, language: str = "en", said: str | None = None, seconds: float = 90, cold: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `cold`: by the plain Python, as people do (each group of commands once)."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "CITYOPS_LANG")}
    environment |= {
        "LC_ALL": "zh_CN.UTF-8" if language == "zh" else "C.UTF-8",
        "XDG_DATA_HOME": environment.get("CITYOPS_TEST_HOME", "/nonexistent"),
    }
    command = [sys.executable if cold else warm.python(), "-m", "cityops_desktop", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment, input=said, timeout=seconds, check=False
    )


@pytest.fixture(scope="module")
def libmodbus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_libmodbus_slave(tmp_path_factory.mktemp("slave"))


def test_version_for_people_and_for_scripts():
    assert __version__ in cityops("version", cold=True).stdout
    assert json.loads(cityops("version", "--json").stdout)["version"] == __version__


def test_help_names_every_command_in_both_languages():
    english, chinese = cityops("--help"), cityops("--help", language="zh")
    for command in ("demo", "station", "console", "room", "read", "version", "account"):
        assert command in english.stdout and command in chinese.stdout
    assert "machine rooms" in english.stdout
    assert "机房" in chinese.stdout


@pytest.mark.parametrize("arguments", [("nonsense",), ("read",), ("station", "--room", "x", "--port", "99999"), ("room", "check")])
def test_a_wrong_command_line_ends_with_two(arguments):
    done = cityops(*arguments, cold=True)
    assert done.returncode == Exit.USAGE
    assert done.stderr


def test_read_takes_every_wire_of_a_room(libmodbus, tmp_path):
    """libmodbus in C answers over TCP and on a serial line; what it holds is what the command prints."""
    room = tmp_path / "room.yaml"
    with (
        pty_pair() as (ours, theirs),
        libmodbus_tcp(libmodbus, 1, 200, ["h:123:234", "c:5:1"]) as port,
        libmodbus_rtu(libmodbus, theirs, 7, 100, ["i:10:65411"]),
    ):
        room.write_text(SAMPLE.format(port=port, tty=ours), "utf-8")
        done = cityops("read", "--room", room, "--json", cold=True)
        people = cityops("read", "--room", room)
        one = cityops("read", "--room", room, "--json", "--point", "b")
    assert done.returncode == Exit.OK, done.stderr
    found = {row["point"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert {key: (row["value"], row["unit"], row["quality"]) for key, row in found.items()} == {
        "a.x": (23.4, "°C", "good"),
        "a.d": (1, "", "good"),
        "b.y": (-1.25, "kW", "good"),
    }
    assert all(row["time"].endswith("Z") for row in found.values())
    assert "23.4" in people.stdout and "good" in people.stdout
    assert [json.loads(line)["point"] for line in one.stdout.splitlines()] == ["b.y"]


def test_read_says_why_nothing_came(tmp_path):
    room = tmp_path / "room.yaml"
    room.write_text(SAMPLE.format(port=free_port(), tty=tmp_path / "no-such-port"), "utf-8")
    done = cityops("read", "--room", room, "--json")
    assert done.returncode == Exit.NO_VALUE
    reasons = {row["point"]: row["reason"] for row in map(json.loads, done.stdout.splitlines())}
    assert reasons == {"a.x": "connection_refused", "a.d": "connection_refused", "b.y": "no_port"}
    assert "网关拒绝连接" in cityops("read", "--room", room, language="zh").stdout
    unknown = cityops("read", "--room", room, "--point", "a.nothing")
    assert unknown.returncode == Exit.USAGE and "a.nothing" in unknown.stderr


def test_room_check_names_file_line_and_cure(tmp_path):
    room = write_room(tmp_path, 1502)
    assert cityops("room", "check", room, cold=True).returncode == Exit.OK
    account = json.loads(cityops("room", "check", room, "--json").stdout)
    assert (account["points"], account["devices"]) == (3, 1)
    room.write_text(room.read_text("utf-8").replace("kind: digital", "kind: digitl"), "utf-8")
    wrong = cityops("room", "check", room, "--json")
    assert wrong.returncode == Exit.CONFIGURATION
    (problem,) = map(json.loads, wrong.stdout.splitlines())
    line = next(n for n, text in enumerate(room.read_text("utf-8").splitlines(), 1) if "digitl" in text)
    assert problem["where"] == f"{room}:{line}"
    assert "digital" in problem["what"] + problem["do"]
    missing = cityops("room", "check", tmp_path / "nothing.yaml")
    assert missing.returncode == Exit.CONFIGURATION and "nothing.yaml" in missing.stderr


def test_the_demo_room_file_is_right_in_both_languages():
    for language in ("en", "zh"):
        assert cityops("room", "check", ROOMS / "demo.yaml", language=language).returncode == Exit.OK


def test_first_administrator_on_the_command_line(tmp_path):
    arguments = ("account", "first", "--name", "wang", "--display", "王管理", "--password-stdin")
    nobody = cityops(*arguments, "--data", tmp_path / "empty", said="x\n")
    assert nobody.returncode == Exit.NO_STATION and "--room" in nobody.stderr
    with slave() as device, station(tmp_path, device.port) as peer:
        weak = cityops(*arguments, "--data", peer.data, said="short\n")
        assert weak.returncode == Exit.REFUSED and "too weak" in weak.stderr
        done = cityops(*arguments, "--data", peer.data, "--json", said="Correct-horse-7\n", cold=True)
        assert done.returncode == Exit.OK, done.stderr
        assert json.loads(done.stdout)["roles"] == ["administrator"]
        again = cityops(*arguments, "--data", peer.data, said="Correct-horse-7\n")
        assert again.returncode == Exit.REFUSED and "already been made" in again.stderr
        assert peer.login("wang")
        person = ("account", "add", "--name", "li", "--display", "李工", "--role", "duty", "--as", "wang", "--data", peer.data)
        wrong = cityops(*person, "--password-stdin", said="Wrong-horse-7\nCorrect-horse-7\n")
        assert wrong.returncode == Exit.REFUSED and "wrong name or password" in wrong.stderr
        added = cityops(*person, "--password-stdin", said="Correct-horse-7\nCorrect-horse-7\n")
        assert added.returncode == Exit.OK and "李工" in added.stdout, added.stderr
        taken = cityops(*person, "--password-stdin", said="Correct-horse-7\nCorrect-horse-7\n")
        assert taken.returncode == Exit.REFUSED and "exists" in taken.stderr
        session = peer.login("li")
        assert peer.act(session, {"kind": "alarm.acknowledge", "alarms": ["none"]})["code"] == "no_such_alarm", "duty may acknowledge"


def test_console_without_a_station_says_so_and_starts_none(tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    picture = tmp_path / "console.png"
    done = cityops("console", "--data", tmp_path, "--for", 2, "--screenshot", picture, cold=True)
    assert done.returncode == Exit.NO_STATION
    assert picture.stat().st_size > 5000
    assert not (tmp_path / "records.db").exists()


def test_private_console_needs_a_room_and_keeps_away_from_the_installed_station(tmp_path, monkeypatch):
    assert cityops("console", "--private", tmp_path / "x").returncode == Exit.USAGE
    monkeypatch.setenv("CITYOPS_TEST_HOME", str(tmp_path))
    installed = tmp_path / "cityops-desktop"
    refused = cityops("console", "--private", installed, "--room", write_room(tmp_path, 1))
    assert refused.returncode == Exit.IN_USE and "installed station" in refused.stderr
    assert cityops("demo", "--headless", "--for", 1, "--data", installed).returncode == Exit.IN_USE
    assert not installed.exists()


def test_private_console_runs_a_station_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with slave() as device:
        room = write_room(tmp_path, device.port)
        done = cityops(
            "console", "--private", tmp_path / "own", "--room", room, "--for", 8, "--screenshot", tmp_path / "own.png", cold=True
        )
    assert done.returncode == Exit.OK, done.stderr
    assert (tmp_path / "own" / "records.db").exists()
    assert not (tmp_path / "own" / "station.json").exists(), "the station was stopped with its window"
