"""`incident bundle`: whole or not at all, whatever the disk does; `incident open`: by which key."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer

from cityops_desktop.audit import keys
from cityops_desktop.cli import incident as command
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.store import record, schema
from cityops_desktop.store.store import Store


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(os, "nice", lambda step: step)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    clock = SystemClock()
    now = clock.wall()
    store = Store.open(folder, clock)
    texts = {name: "" for name in ("part", "importance", "loss", "closed_by", "reason", "actions", "lessons", "text", "sort")}
    row: dict[str, Any] = {
        **texts,
        "id": "0190c0de-0000-7000-8000-000000000001",
        "number": "2026-001",
        "title": "空调全停",
        "begun": now,
        "found": now,
        "opened": now,
        "actor": "a",
    }
    row["id"] = "0190c0de-0000-7000-8000-000000000001"
    row |= {"actor_name": "张工", "state": "opened", "edition": "gbt-20986-2023", "impact": 0, "grade": None, "reporter": "other"}
    row |= {"alarms": "[]", "recovered": None, "closed": None}
    put = store.write(lambda conn: record.put(conn, schema.incident, row, kind="incident.opened", actor="a", time=now, act={}))
    put.result(30)
    store.close()
    keys.load_or_make(folder, now)
    return folder


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.is_file())


def opened(file: Path, data: Path | None = None, key: str = "") -> int:
    with pytest.raises(typer.Exit) as ended:
        command.open_file(file, data, key, True)
    return ended.value.exit_code


def test_a_bundle_is_found_by_number_and_is_of_this_stations_key(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "b.zip"
    command.bundle("2026-001", data, out, False)
    assert files(tmp_path) == ["b.zip"] and out.stat().st_mode & 0o777 == 0o600
    capsys.readouterr()
    assert opened(out, data) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sound"] and told["about"]["incident"]["title"] == "空调全停" and told["about"]["points"] == []
    assert opened(out, None, told["key"][:16]) == 0
    assert opened(out, None, "0" * 16) == Exit.WRONG
    assert opened(out, None, told["key"][:8]) == Exit.WRONG, "too few digits prove nothing"


@pytest.mark.parametrize("where", ["fsync", "link"])
def test_a_full_disk_leaves_nothing_behind(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def full(*arguments: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, where, full)
    with pytest.raises(OperatorError) as error:
        command.bundle("2026-001", data, tmp_path / "b.zip", False)
    assert "No space left" in str(error.value) and error.value.exit_code is Exit.USAGE
    assert files(tmp_path) == []


def test_what_is_there_is_never_written_over(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    out.write_bytes(b"mine")
    with pytest.raises(OperatorError):
        command.bundle("2026-001", data, out, False)
    assert out.read_bytes() == b"mine" and files(tmp_path) == ["b.zip"]


def test_an_incident_that_is_none_is_said(data: Path, tmp_path: Path) -> None:
    with pytest.raises(OperatorError) as error:
        command.bundle("2026-009", data, tmp_path / "b.zip", False)
    assert error.value.exit_code is Exit.NO_VALUE and files(tmp_path) == []


def test_a_file_that_is_no_bundle_is_said(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(b"no zip")
    with pytest.raises(OperatorError):
        command.open_file(path, None, "", False)
