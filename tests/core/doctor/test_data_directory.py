"""The data directory: there, private, ours, with room; and whether a station runs on it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cityops_desktop.doctor import data
from cityops_desktop.link.files import make_token, publish
from cityops_desktop.paths import prepare_data
from tests.core.doctor.telling import told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = prepare_data(tmp_path / "data")
    make_token(made)
    return made


def look(folder: Path, *, chosen: bool = False, free: int = 5_000_000_000) -> list[str]:
    return told(data.look(folder, chosen=chosen, free=lambda _: free))


def test_a_directory_as_the_station_makes_it_is_fine(folder: Path) -> None:
    found = look(folder)
    assert [line.partition(":")[0] for line in found] == ["fine"] * 4
    assert "5.0 GB are free" in found[2] and "no station runs" in found[3]
    assert all(line.startswith("fine") for line in told(data.look(folder, chosen=True)))


def test_one_that_is_not_there(tmp_path: Path) -> None:
    assert look(tmp_path / "none") == [
        f"unknown: there is no data directory {tmp_path}/none → the station makes it when it is first started"
    ]
    assert look(tmp_path / "none", chosen=True)[0].startswith("wrong:")
    (tmp_path / "file").write_text("x")
    assert "is no directory" in look(tmp_path / "file")[0]


def test_one_that_others_can_read(folder: Path) -> None:
    folder.chmod(0o750)
    (folder / "token").chmod(0o644)
    found = look(folder)
    assert f"wrong: {folder} has the mode 0750, not 0700 → if this is the station's own directory: chmod 700 {folder}" in found
    assert f"wrong: others can read {folder}/token (0644) → chmod 600 {folder}/token" in found


def test_a_disk_that_is_nearly_full(folder: Path) -> None:
    assert "wrong: only 0.9 GB are free on its disk: recording stops when it is full" in look(folder, free=900_000_000)[2]


def test_one_on_which_nobody_ever_ran(tmp_path: Path) -> None:
    assert "unknown: no station has run on it yet" in look(prepare_data(tmp_path / "fresh"))[-1]


def test_a_station_that_runs_and_one_that_fell(folder: Path) -> None:
    publish(folder, "http://127.0.0.1:1", "boot")
    assert data.running_station(folder) == os.getpid()
    assert look(folder)[-1] == f"fine: a station runs on it (pid {os.getpid()})"
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    (folder / "station.json").write_text(json.dumps({"url": "x", "pid": int(done.stdout), "boot": "b"}))
    assert data.running_station(folder) is None
    assert look(folder)[-1].startswith("wrong: the station of this directory did not end in order")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"pid": "x"}',
        '{"pid": null}',
        '{"pid": 1e999}',
        '{"pid": 99999999999999999999}',
        '{"pid": 0}',
        '{"pid": -1}',
        "[" * 200_000,
    ],
)
def test_a_station_file_that_says_nothing(folder: Path, content: str) -> None:
    (folder / "station.json").write_text(content)
    assert data.running_station(folder) is None


def test_the_doctor_waits_for_no_pipe(folder: Path) -> None:
    os.mkfifo(folder / "station.json")
    assert data.running_station(folder) is None and data.listening_since(folder) is None
    assert look(folder)[-1].startswith("wrong: the station of this directory did not end in order")
