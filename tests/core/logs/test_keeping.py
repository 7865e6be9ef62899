"""Lines on their way to the disk: bounded while the disk fails, all written when the intake ends, each in the month in which it came."""

import datetime
import time

from cityops_desktop.logs import keeping, shelf
from cityops_desktop.logs.keeping import Keeping
from cityops_desktop.model.calendarmonths import LATEST
from cityops_desktop.model.loglines import Channel, LogLine, Severity

AUGUST = round(datetime.datetime(2026, 8, 31, 23, 59, 59, tzinfo=datetime.UTC).timestamp() * 1000)


def line(text, time=AUGUST):
    return LogLine(time, "10.0.0.1", Channel.UDP, 16, Severity.ERROR, "", "", text)


def texts(data):
    return [one.line.text for one in shelf.every(data, 0, LATEST)]


def test_all_that_waits_is_written_at_the_end_whatever_its_months(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "AT_ONCE", 7)
    kept = Keeping(tmp_path)
    for n in range(50):
        kept.put(line(f"a{n}"))
    kept.put(line("b", AUGUST + 1000))
    kept.put(line("clock set back", AUGUST))
    kept.start()
    kept.stop(30.0)
    assert (kept.kept, kept.waiting(), kept.trouble) == (52, 0, "")
    assert texts(tmp_path) == [*(f"a{n}" for n in range(50)), "clock set back", "b"]
    assert [shelf.verify(shelf.path_of(tmp_path, month)) for month in shelf.found(tmp_path)] == [[], []]


def test_what_waits_is_bounded_by_its_bytes_and_the_rest_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 50_000)
    kept = Keeping(tmp_path)
    for _ in range(20):
        kept.put(line("x" * 8000))
    assert (kept.waiting(), kept.overflow(), kept.overflow()) == (6, 14, 0)
    kept.start()
    kept.stop(30.0)
    assert len(texts(tmp_path)) == 6


def test_a_disk_that_is_full_keeps_the_lines_waiting(tmp_path, monkeypatch, expected_log):
    expected_log("collected lines cannot be written: [Errno 28]")
    kept = Keeping(tmp_path)
    kept.put(line("before"))
    monkeypatch.setattr(shelf.files, "create", full)
    kept.start()
    end = time.monotonic() + 30.0
    while not kept.trouble:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert kept.waiting() == 1
    monkeypatch.undo()
    kept.stop(30.0)
    assert texts(tmp_path) == ["before"]


def full(*_):
    raise OSError(28, "No space left on device")
