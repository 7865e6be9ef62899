"""`doctor` as it is typed, beside a real station: it finds what is wrong, disturbs nothing, speaks both languages, ends with 0 or 9."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.errors import Exit
from cityops_desktop.paths import ROOMS, prepare_data
from tests.peers.station import slave, station


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH on which there is a player for sounds and nothing that knows of the time."""
    player = tmp_path / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text("#!/bin/sh\n")
    player.chmod(0o755)
    return str(player.parent)


def doctor(path: str, *arguments: object, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"CITYOPS_LANG": language, "PATH": path, "XDG_DATA_HOME": "/nonexistent"}
    command = [sys.executable, "-m", "cityops_desktop", "doctor", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=90, check=False)


def found(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_running_station_is_looked_at_and_not_disturbed(tmp_path: Path, path: str) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        peer.until(lambda state: all(live.value is not None for live in state.live), "first readings")
        done = doctor(path, "--data", peer.data, "--room", tmp_path / "room.yaml", "--connect", "--json")
        assert [row for row in found(done) if row["state"] == "wrong"] == []
        assert (done.returncode, done.stderr) == (Exit.OK, "")
        told = [row["what"] for row in found(done)]
        assert f"a station runs on it (pid {peer.child()})" in told
        assert any("journal.db is whole" in line for line in told) and any("entry" in line and "journal.db" in line for line in told)
        assert any("takes connections" in line for line in told)
        device.set(10, 355)
        state = peer.until(lambda state: any(live.value == 35.5 for live in state.live), "the station reads on")
        assert state.station.restarts == 0


def test_something_wrong_ends_with_nine_and_says_what_to_do(tmp_path: Path, path: str) -> None:
    data = prepare_data(tmp_path / "data")
    data.chmod(0o755)
    room = tmp_path / "room.yaml"
    room.write_text((ROOMS / "demo.yaml").read_text("utf-8").replace("kind: digital", "kind: digitl"), "utf-8")
    done = doctor(path, "--data", data)
    assert done.returncode == Exit.WRONG
    assert f"  WRONG: {data} has the mode 0755, not 0700\n      → if this is the station's own directory: chmod 700 {data}" in done.stdout
    assert done.stdout.rstrip().endswith("Wrong: 1")
    chinese = doctor(path, "--data", data, language="zh_CN")
    assert chinese.returncode == Exit.WRONG and "chmod 700" in chinese.stdout


def test_the_faults_of_a_room_file_are_told_with_their_place(tmp_path: Path, path: str) -> None:
    room = tmp_path / "room.yaml"
    room.write_text("room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\nbusses: []\n", "utf-8")
    done = doctor(path, "--room", room, "--json")
    assert done.returncode == Exit.WRONG
    (wrong,) = [row for row in found(done) if row["state"] == "wrong"]
    assert (wrong["area"], wrong["what"]) == ("room", f"{room}:2: unknown key “busses”")
    assert "buses" in wrong["do"]


def test_a_demo_room_asks_for_no_ports(path: str) -> None:
    done = doctor(path, "--room", ROOMS / "demo.yaml", "--json")
    assert done.returncode == Exit.OK, done.stdout
    assert not any(row["area"] == "network" for row in found(done))
