"""The recorded past from the command line: verified, measured, exported beside a running station, imported into a stopped one."""

import csv
import importlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.history import export as writing
from cityops_desktop.history.export import Form, Shape, times, write_file, write_text
from cityops_desktop.model.envelope import samples
from cityops_desktop.store.months import HOUR_MS
from tests.core.cli.test_commands import cityops
from tests.core.history.sealed import DAY_MS, JANUARY, fill, past
from tests.peers.station import slave, station

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOCK = SystemClock()
SPAN = (JANUARY + 3 * DAY_MS, JANUARY + 3 * DAY_MS + 3 * HOUR_MS)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A station that has run for a moment in Shanghai, and sealed hours of January in the files that it left."""
    folder = tmp_path_factory.mktemp("recorded")
    with slave() as device, station(folder, device.port) as peer:
        peer.until(lambda copy: all(live.value is not None for live in copy.live), "values")
        live = cityops("history", "export", "--data", peer.data, "--point", "a.temp", cold=True)
        assert live.returncode == Exit.OK, live.stderr
        assert rows(live.stdout)[0] == ["time", "value", "quality"]
        assert rows(live.stdout)[-1][1:] == ["25", "good"]
        running = cityops("history", "import", folder / "any.csv", "--data", peer.data)
        assert running.returncode == Exit.IN_USE
        assert cityops("history", "verify", "--data", peer.data).returncode == Exit.OK
    fill(peer.data, CLOCK, [SPAN])
    yield peer.data


def test_what_is_exported_is_what_was_recorded_in_the_rooms_time(recorded: Path) -> None:
    done = cityops("history", "export", "--data", recorded, "--point", "a.x", "--format", "csv")
    assert done.returncode == Exit.OK, done.stderr
    head, *told = rows(done.stdout)
    strip = past("a.x", *SPAN)
    assert head == ["time", "value", "quality"]
    assert told[0][0] == "2026-01-04T08:00:00.000+08:00"
    assert [datetime.fromisoformat(time).timestamp() * 1000 for time, _, _ in told] == strip.time.tolist()
    assert [float(value or "nan") for _, value, _ in told] == pytest.approx(strip.last.tolist(), nan_ok=True)
    assert {(value == "", quality) for _, value, quality in told} == {(True, "bad"), (False, "good")}


def test_from_to_and_several_points(recorded: Path) -> None:
    chosen = ("--from", "2026-01-04T09:00", "--to", "2026-01-04T02:00:00Z")
    done = cityops("history", "export", "--data", recorded, "--point", "a.y", "--point", "a.x", *chosen)
    head, *told = rows(done.stdout)
    assert head == ["time", "point", "value", "quality"]
    assert len(told) == 120
    assert [row[1] for row in told] == ["a.y"] * 60 + ["a.x"] * 60
    assert (told[0][0], told[-1][0]) == ("2026-01-04T09:00:00.000+08:00", "2026-01-04T09:59:00.000+08:00")
    none = cityops("history", "export", "--data", recorded, "--point", "a.x", "--to", "2020-01-01")
    assert none.returncode == Exit.NO_VALUE
    assert none.stdout == "time,value,quality\n"
    wrong = cityops("history", "export", "--data", recorded, "--point", "a.z")
    assert wrong.returncode == Exit.USAGE
    assert "→" in wrong.stderr


def test_files_are_whole_or_not_there(recorded: Path, tmp_path: Path) -> None:
    arguments = ("history", "export", "--data", recorded, "--point", "a.x")
    assert cityops(*arguments, "--format", "jsonl", "--out", tmp_path / "x.jsonl").returncode == Exit.OK
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    assert lines[0]["time"] == "2026-01-04T08:00:00.000+08:00"
    assert [line["value"] for line in lines if line["quality"] == "bad"] == [None, None]
    assert cityops(*arguments, "--format", "xlsx", "--out", tmp_path / "x.xlsx").returncode == Exit.OK
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]
    assert sheet.title == "Asia-Shanghai"
    assert [cell.value for cell in sheet[2]] == [datetime.fromisoformat("2026-01-04T08:00"), lines[0]["value"], "good"]
    assert sheet.max_row == 181
    assert cityops(*arguments, "--format", "parquet", "--out", tmp_path / "x.parquet").returncode == Exit.OK
    table = importlib.import_module("pyarrow.parquet").read_table(tmp_path / "x.parquet")
    assert (table.column_names, table.num_rows) == (["time", "value", "quality"], 180)
    assert table.column("time")[0].as_py() == datetime(2026, 1, 4, 8, tzinfo=SHANGHAI)
    assert table.column("value").null_count == 2
    assert cityops(*arguments, "--out", tmp_path / "x.jsonl").returncode == Exit.USAGE
    assert cityops(*arguments, "--format", "xlsx").returncode == Exit.USAGE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.jsonl", "x.parquet", "x.xlsx"]


def test_a_full_disk_leaves_no_half_file(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    program = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))"
    )
    program += "; from cityops_desktop.__main__ import main; raise SystemExit(main())"
    arguments = ["history", "export", "--data", str(recorded), "--point", "a.x", "--out", str(out)]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == Exit.STORE, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_library_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(OperatorError) as error:
        write_file(Form.PARQUET, tmp_path / "x", [], Shape(False, "real", SHANGHAI))
    assert error.value.problems[0].params["name"] == "pyarrow"


def test_a_sheet_that_is_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "XLSX_ROWS", 181)
    shape = Shape(False, "real", SHANGHAI)
    assert write_file(Form.XLSX, tmp_path / "full.xlsx", [("a.x", past("a.x", *SPAN))], shape) == 180
    with pytest.raises(OperatorError):
        write_file(Form.XLSX, tmp_path / "more.xlsx", [("a.x", past("a.x", SPAN[0], SPAN[1] + 60_000))], shape)


def test_times_keep_their_offset_where_the_clock_is_changed() -> None:
    """Berlin, 25 October 2026: 02:59 summer time is followed by 02:00 winter time."""
    first = round(datetime(2026, 10, 25, 2, 59, tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)
    strip = samples(np.arange(first, first + 180_000, 60_000, dtype=np.int64), np.ones(3), np.zeros(3, np.uint8))
    assert times(strip, ZoneInfo("Europe/Berlin")) == [
        "2026-10-25T02:59:00.000+02:00",
        "2026-10-25T02:00:00.000+01:00",
        "2026-10-25T02:01:00.000+01:00",
    ]
    assert times(strip, ZoneInfo("Asia/Kolkata"))[0].endswith("+05:30")
    assert times(strip, ZoneInfo("America/New_York"))[0].endswith("-04:00")


def test_a_demo_stays_a_demo(tmp_path: Path) -> None:
    demo, real = tmp_path / "demo", tmp_path / "real"
    for folder, origin in ((demo, "demo"), (real, "real")):
        folder.mkdir()
        fill(folder, CLOCK, [SPAN], origin=origin)
    done = cityops("history", "export", "--data", demo, "--point", "a.x")
    head, *told = rows(done.stdout)
    assert head == ["time", "value", "quality", "origin"]
    assert {row[3] for row in told} == {"demo"}
    assert "DEMO" in done.stderr
    file = tmp_path / "demo.csv"
    file.write_text(done.stdout)
    refused = cityops("history", "import", file, "--data", real, "--point", "a.x", "--merge")
    assert refused.returncode == Exit.CONFIGURATION
    assert cityops("history", "import", file, "--data", demo, "--point", "a.x", "--merge").returncode == Exit.OK


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    folder = tmp_path / "stopped"
    folder.mkdir()
    fill(folder, CLOCK, [SPAN])
    return folder


def exported(folder: Path, *more: object) -> str:
    done = cityops("history", "export", "--data", folder, "--point", "a.x", *more)
    assert done.returncode in (Exit.OK, Exit.NO_VALUE), done.stderr
    return done.stdout


def test_what_was_lost_comes_back_from_an_export(stopped: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "x.csv", tmp_path / "other"
    other.mkdir()
    later = (SPAN[1] + HOUR_MS, SPAN[1] + 2 * HOUR_MS)
    fill(other, CLOCK, [(SPAN[0], SPAN[0] + HOUR_MS), later])
    was = exported(stopped)
    file.write_text(was)
    taken = cityops("history", "import", file, "--data", other, "--point", "a.x")
    assert taken.returncode == Exit.USAGE
    assert "a.x" in taken.stderr
    done = cityops("history", "import", file, "--data", other, "--point", "a.x", "--merge")
    assert done.returncode == Exit.OK, done.stderr
    assert "120" in done.stdout
    assert exported(other, "--to", "2026-01-04T03:00Z") == was
    again = cityops("history", "import", file, "--data", other, "--point", "a.x", "--merge")
    assert again.stdout.startswith("0 ")
    assert exported(other, "--to", "2026-01-04T03:00Z") == was
    assert cityops("history", "verify", "--data", other).returncode == Exit.OK
    assert "imported" in cityops("audit", "show", "--data", other).stdout


def test_each_wrong_line_is_named_and_nothing_is_kept(stopped: Path, tmp_path: Path) -> None:
    wrong = (
        "2026-01-04T20:00:00.000+08:00,21.55,good",
        "yesterday,21.5,good",
        "2026-01-04T09:00:00.000+08:00,21.5,fine",
        "2026-01-04T09:00:00.000+08:00,,good",
        "2026-01-04T09:00:00.000+08:00,nan,good",
        "2026-01-04T09:00:00.000+08:00,21.5",
        "2099-01-04T09:00:00.000+08:00,21.5,good",
        "1999-01-04T09:00:00.000+08:00,21.5,good",
    )
    right = "2026-01-04T08:30:30.000+08:00,21.5,good"
    file = tmp_path / "x.csv"
    file.write_text("\n".join(["time,value,quality", right, *wrong, right, ""]))
    was = exported(stopped)
    done = cityops("history", "import", file, "--data", stopped, "--point", "a.x", "--merge")
    assert done.returncode == Exit.CONFIGURATION
    named = [int(line.partition(f"{file}:")[2].split()[0].rstrip(":")) for line in done.stderr.splitlines() if f"{file}:" in line]
    assert named == list(range(3, 3 + len(wrong))), done.stderr
    assert exported(stopped) == was


def test_other_files_are_refused(stopped: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    for content, code in ((b"when,what\n1,2\n", Exit.CONFIGURATION), (b"\xff\xfe", Exit.USAGE), (b"time,value,quality\n", Exit.USAGE)):
        file.write_bytes(content)
        assert cityops("history", "import", file, "--data", stopped).returncode == code
    file.write_text("time,point,value,quality\n2026-01-04T09:00:00Z,b.x,1,good\n")
    assert cityops("history", "import", file, "--data", stopped).returncode == Exit.CONFIGURATION


def test_stats_prove_since_when_each_point_is_recorded(recorded: Path, tmp_path: Path) -> None:
    done = cityops("history", "stats", "--data", recorded, "--json")
    assert done.returncode == Exit.OK, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    month = next(line for line in lines if line.get("month") == 202601)
    assert (month["samples"], month["hours"], month["samples_kept"]) == (360, 3, True)
    assert month["complete"] == pytest.approx(356 / 360, abs=0.01)
    assert month["by_table"]["block"] > 0
    oldest = {line["point"]: line["oldest"] for line in lines if "point" in line}
    assert oldest["a.x"] == "2026-01-04T00:00:00.000Z"
    assert lines[-1]["samples_days"] == 400
    text = cityops("history", "stats", "--data", recorded, "--month", "202601").stdout
    assert "2026-01-04 08:00:00" in text
    assert cityops("history", "stats", "--data", recorded, "--month", "202601", language="zh").returncode == Exit.OK
    assert cityops("history", "stats", "--data", recorded, "--month", "201001").returncode == Exit.USAGE
    assert cityops("history", "stats", "--data", tmp_path).returncode == Exit.NO_VALUE
    assert cityops("history", "stats", "--data", tmp_path / "none").returncode == Exit.STORE


def test_verify_names_file_point_and_hour_in_the_rooms_time(recorded: Path) -> None:
    path = recorded / "history-202601.db"
    held = path.read_bytes()
    assert cityops("history", "verify", "--data", recorded).returncode == Exit.OK
    shelf_row = (SPAN[0] // HOUR_MS + 1) << 16 | 1
    program = f"from pysqlite3 import dbapi2; c = dbapi2.connect({str(path)!r})"
    program += f"; c.execute('UPDATE block SET bad = 7 WHERE id = {shelf_row}'); c.commit()"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    try:
        done = cityops("history", "verify", "--data", recorded)
        assert done.returncode == Exit.WRONG
        assert f"history-202601.db: row block {shelf_row} (a.x, 2026-01-04 09:00:00)" in done.stdout
        (one, total) = map(json.loads, cityops("history", "verify", "--data", recorded, "--month", "202601", "--json").stdout.splitlines())
        assert (one["harm"], one["point"], total["findings"]) == ("crc", "a.x", 1)
    finally:
        path.write_bytes(held)


def test_whole_numbers_have_no_point() -> None:
    out = io.StringIO()
    strip = samples(np.array([0, 1, 2], np.int64), np.array([1.0, -22.3, np.nan]), np.array([0, 1, 3], np.uint8))
    assert write_text(Form.CSV, out, [("a.x", strip)], Shape(False, "real", ZoneInfo("UTC"))) == 3
    assert [line.split(",")[1:] for line in out.getvalue().splitlines()[1:]] == [["1", "good"], ["-22.3", "uncertain"], ["", "stale"]]
