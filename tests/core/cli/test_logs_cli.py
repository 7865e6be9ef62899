"""Collected lines from the command line: taken in from a file, found, written out, put away with a hash that sha256sum checks, verified."""

import gzip
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from cityops_desktop.errors import Exit
from cityops_desktop.logs import shelf
from cityops_desktop.logs.shelf import LogWriter
from cityops_desktop.model.calendarmonths import LATEST
from cityops_desktop.model.loglines import Channel, LogLine, Severity
from tests.core.cli.test_commands import cityops

LINES = """<34>1 2026-09-11T22:14:15+08:00 sw1 su - - - 'su root' failed
<13>1 2026-09-12T08:00:00+08:00 sw1 ifmgr - - - 机房漏水 端口 12

<14>1 2026-10-01T08:00:00+08:00 fw sshd 7 - - accepted
no time at all
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder, file = tmp_path / "data", tmp_path / "old.log"
    folder.mkdir()
    file.write_text(LINES, "utf-8")
    done = cityops("logs", "import", file, "--source", "archive", "--data", folder)
    assert (done.returncode, done.stdout.strip()) == (Exit.OK, "4 lines are taken in")
    return folder


def test_lines_of_a_file_lie_in_the_months_in_which_they_were_written(data: Path) -> None:
    assert shelf.found(data)[:2] == [202609, 202610]
    done = cityops("logs", "search", "漏水", "--data", data, "--json")
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (line["time"], line["host"], line["source"], line["severity"]) == ("2026-09-12T00:00:00.000Z", "sw1", "archive", 5)
    assert cityops("logs", "search", "nobody said this", "--data", data).returncode == Exit.NO_VALUE


def test_a_time_is_written_into_a_file_that_was_not_there(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    asked = ("logs", "export", "--data", data, "--from", "2026-09-01T00:00+00:00", "--to", "2026-10-01T00:00+00:00")
    assert cityops(*asked, "--out", out).returncode == Exit.OK
    assert [json.loads(line)["app"] for line in out.read_text("utf-8").splitlines()] == ["su", "ifmgr"]
    again = cityops(*asked, "--out", out)
    assert again.returncode == Exit.USAGE and "already" in again.stderr
    assert cityops("logs", "export", "--data", data, "--to", "2020-01-01").returncode == Exit.NO_VALUE


def test_a_month_is_put_away_with_its_hash(data: Path, tmp_path: Path) -> None:
    done = cityops("logs", "archive", tmp_path, "--month", "202609", "--data", data)
    assert done.returncode == Exit.OK, done.stderr
    file = tmp_path / "logs-202609.jsonl.gz"
    subprocess.run(["sha256sum", "-c", f"{file.name}.sha256"], cwd=tmp_path, check=True, capture_output=True, timeout=30)
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).decode("utf-8").splitlines()]
    assert [line["app"] for line in lines][:2] == ["su", "ifmgr"]
    missing = cityops("logs", "archive", tmp_path, "--month", "201001", "--data", data)
    assert missing.returncode == Exit.NO_VALUE


def test_what_was_changed_is_found_and_not_put_away(data: Path, tmp_path: Path) -> None:
    assert cityops("logs", "verify", "--data", data).returncode == Exit.OK
    db = dbapi2.connect(str(shelf.path_of(data, 202609)))
    db.execute("UPDATE line SET text = 'nothing happened'")
    db.commit()
    db.close()
    assert cityops("logs", "verify", "--data", data).returncode == Exit.WRONG
    assert cityops("logs", "archive", tmp_path, "--month", "202609", "--data", data).returncode == Exit.WRONG
    assert not (tmp_path / "logs-202609.jsonl.gz").exists()


def test_nothing_is_written_over_or_through_a_link_and_others_may_not_read_it(data: Path, tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out.jsonl"
    victim.write_text("mine")
    out.symlink_to(tmp_path / "nothing-there")
    (tmp_path / "logs-202609.jsonl.gz.sha256").symlink_to(victim)
    assert cityops("logs", "export", "--data", data, "--out", out).returncode == Exit.USAGE
    assert cityops("logs", "archive", tmp_path, "--month", "202609", "--data", data).returncode == Exit.USAGE
    assert victim.read_text() == "mine" and not (tmp_path / "nothing-there").exists() and not (tmp_path / "logs-202609.jsonl.gz").exists()
    out.unlink()
    assert cityops("logs", "export", "--data", data, "--out", out).returncode == Exit.OK
    assert out.stat().st_mode & 0o777 == 0o600
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")]


def test_a_line_feed_in_a_text_does_not_look_like_another_line(data: Path, tmp_path: Path) -> None:
    writer = LogWriter(data)
    text = "link\n2026-09-13T00:00:00.000Z 10.0.0.1 emergency: forged"
    writer.write([LogLine(1_790_000_000_000, "10.9.9.9", Channel.UDP, 16, Severity.ERROR, "core", "app", text)])
    writer.close()
    done = cityops("logs", "search", "forged", "--data", data)
    assert [row[25:] for row in done.stdout.splitlines()] == [f"10.9.9.9 (core) error app: {' '.join(text.split())}"]


def test_a_file_without_ends_of_lines_is_taken_in_with_little_memory_and_a_source_must_be_a_name(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "long.log"
    file.write_bytes(b"<13>" + b"z" * 30_000_000 + b"\n<13>after\n<13>no end")
    done = cityops("logs", "import", file, "--source", "long", "--data", data)
    assert done.stdout.strip() == "3 lines are taken in"
    for bad in ("", "a\nb", "x" * 300, "a\u202eb"):
        assert cityops("logs", "import", file, "--source", bad, "--data", data).returncode == Exit.USAGE
    assert cityops("logs", "import", tmp_path, "--source", "folder", "--data", data).returncode == Exit.STORE
    done = cityops("logs", "search", "after", "--data", data, "--json")
    assert json.loads(done.stdout)["source"] == "long"


def test_a_month_that_goes_on_is_put_away_with_a_word(data: Path, tmp_path: Path) -> None:
    month = str(shelf.found(data)[-1])
    done = cityops("logs", "archive", tmp_path, "--month", month, "--data", data)
    assert done.returncode == Exit.OK and "not over" in done.stderr
    assert cityops("logs", "archive", tmp_path, "--month", month, "--data", data).returncode == Exit.USAGE


def test_two_who_write_at_the_same_time_lose_nothing(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "many.log"
    file.write_text("<13>many\n" * 12_000, "utf-8")
    writer, now = LogWriter(data), time.time_ns() // 1_000_000
    with ThreadPoolExecutor() as pool:
        done = pool.submit(cityops, "logs", "import", file, "--source", "s", "--data", data)
        n = 0
        while not done.done():
            n += writer.write([LogLine(now, "10.0.0.1", Channel.UDP, 16, Severity.ERROR, "", "", "beside")])
            time.sleep(0.05)  # as an intake does between two commits
        assert done.result().returncode == Exit.OK, done.result().stderr
    writer.close()
    texts = [one.line.text for one in shelf.every(data, 0, LATEST)]
    assert (texts.count("many"), texts.count("beside")) == (12_000, n)
    assert [shelf.verify(shelf.path_of(data, month)) for month in shelf.found(data)] == [[]] * len(shelf.found(data))


def test_a_file_that_is_no_month_of_lines_is_named(data: Path) -> None:
    shelf.path_of(data, 202611).write_bytes(b"not a database" * 100)
    done = cityops("logs", "verify", "--data", data)
    assert done.returncode == Exit.STORE and "not a database" in done.stderr
    done = cityops("logs", "search", "漏水", "--data", data)
    assert done.returncode == Exit.OK and "logs-202611.db cannot be read" in done.stderr
