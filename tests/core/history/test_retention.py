"""What is kept for how long: half a year whatever the settings and the clock, and what is past its time goes without harm to the rest."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.clock import Clock
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.retention import (
    Due,
    Past,
    Stored,
    carry_out,
    due,
    level,
    oldest_by_point,
    survey,
    usage,
)
from cityops_desktop.model.envelope import COLUMNS
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import LEAST_DAYS, Keeping
from cityops_desktop.store import months
from cityops_desktop.store.months import HOUR_MS, Kept, Table
from cityops_desktop.store.shelf import ReadShelf, Shelf
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError
from tests.core.history.sealed import DAY_MS, JANUARY, past, put

GB = 1_000_000_000


def year(first: int, number: int, days: int = 30, size: int = 100) -> list[Stored]:
    """So many months one after the other."""
    count = (first // 100) * 12 + first % 100 - 1
    return [Stored((count + n) // 12 * 100 + (count + n) % 12 + 1, days, size, True) for n in range(number)]


@st.composite
def stored(draw: st.DrawFn) -> list[Stored]:
    numbers = draw(st.lists(st.integers(197001, 203612).filter(lambda n: 1 <= n % 100 <= 12), unique=True, max_size=60))
    return [Stored(n, draw(st.integers(0, 31)), draw(st.integers(0, GB)), draw(st.booleans())) for n in sorted(numbers)]


KEEPS = st.builds(Keeping, st.integers(-10, 3000), st.integers(-10, 3000), st.none() | st.integers(0, 10 * GB))


@given(stored(), KEEPS)
def test_half_a_year_of_recorded_days_is_never_touched(files: list[Stored], keep: Keeping) -> None:
    for one in due(files, keep):
        newer = sum(other.days for other in files if other.month > one.month)
        assert newer >= max(LEAST_DAYS, keep.samples_days if one.past is Past.SAMPLES else keep.rollups_days)


@given(stored(), KEEPS)
def test_what_is_past_its_time_goes_and_nothing_twice(files: list[Stored], keep: Keeping) -> None:
    found = due(files, keep)
    assert found == sorted(found, key=lambda one: one.month)
    assert len({one.month for one in found}) == len(found)
    gone = {one.month for one in found if one.past is Past.ALL}
    bare = {one.month for one in found if one.past is Past.SAMPLES}
    left = [one._replace(samples=one.samples and one.month not in bare) for one in files if one.month not in gone]
    assert due(left, keep) == []
    newer = 0
    for one in sorted(files, reverse=True):
        if newer >= max(keep.rollups_days, keep.samples_days, LEAST_DAYS):
            assert one.month in gone
        newer += one.days


@given(stored(), KEEPS, st.integers(1, 400))
def test_a_clock_that_jumps_ahead_deletes_no_more_than_the_days_it_records(files: list[Stored], keep: Keeping, days: int) -> None:
    """A jump of ten years is one more month with the days that were recorded then, and no more."""
    jumped = [*files, Stored(204612, min(days, 31), 1, True)]
    kept = {one.month for one in files} - {one.month for one in due(files, keep)}
    lost = kept & {one.month for one in due(jumped, keep)}
    for month in lost:
        newer = sum(one.days for one in files if one.month > month)
        assert newer + min(days, 31) >= LEAST_DAYS


def test_a_year_of_rest_deletes_nothing() -> None:
    assert due([*year(202401, 12), Stored(202601, 1, 10, True)], Keeping()) == []
    assert due([*year(202401, 12), Stored(202601, 1, 10, True)], Keeping(LEAST_DAYS, 400))[:1] == [Due(202401, Past.SAMPLES)]


def test_samples_go_before_roll_ups() -> None:
    found = due(year(202201, 45), Keeping())
    assert [one.past for one in found] == [Past.ALL] * 5 + [Past.SAMPLES] * 26
    assert found[0].month == 202201


@pytest.mark.parametrize(
    ("days", "wanted"), [(None, None), (31, None), (30, Level.WARNING), (8, Level.WARNING), (7, Level.MAJOR), (0, Level.MAJOR)]
)
def test_how_grave_a_disk_is(days: int | None, wanted: Level | None) -> None:
    assert level(days) is wanted


def test_the_forecast() -> None:
    """15 MB a day: a disk with 300 MB left lasts 20 days; one with room for all that is kept lasts for ever."""
    files = year(202601, 2, 30, 450_000_000)
    short = usage(files, Keeping(), 300_000_000)
    assert (short.days, short.by_budget, short.size) == (20, False, 900_000_000)
    assert short.per_day == pytest.approx(15e6, rel=0.02)
    assert usage(files, Keeping(budget=1_050_000_000), 10**15)[4:] == (10, True)
    assert usage(files, Keeping(budget=1), 10**15)[4:] == (0, True)
    assert usage(files, Keeping(), 20 * GB)[4:] == (None, False)
    assert usage([Stored(202601, 1, 5, True)], Keeping(), 1)[4:] == (None, False)
    assert usage([], Keeping(), 1).per_day is None


@given(stored(), KEEPS, st.integers(0, 100 * GB))
def test_more_room_never_lasts_shorter(files: list[Stored], keep: Keeping, free: int) -> None:
    less, more = usage(files, keep, free).days, usage(files, keep, 2 * free + 1).days
    assert more is None or (less is not None and less <= more)


@pytest.fixture
def shelf(tmp_path: Path, clock: Clock) -> Iterator[Shelf]:
    store = Store.open(tmp_path, clock)
    yield store.shelf
    store.close()


SPAN = (JANUARY + 5 * DAY_MS, JANUARY + 5 * DAY_MS + 5 * HOUR_MS)


def test_without_its_samples_a_month_keeps_all_else(shelf: Shelf, clock: Clock, tmp_path: Path) -> None:
    put(shelf, clock, [SPAN])
    archive = Archive(shelf)
    before = {width: archive.strips(["a.x", "a.y"], 0, 2**42, width) for width in (60_000, HOUR_MS)}
    was = survey(shelf)[0]
    assert was.samples
    assert (was.month, was.days) == (202601, 1)
    assert carry_out(shelf, Due(202601, Past.SAMPLES))
    now = survey(shelf)[0]
    assert (now.month, now.days, now.samples) == (202601, 1, False)
    assert now.size < was.size
    for width, strips in before.items():
        for key, strip in strips.items():
            again = Archive(shelf).strips(["a.x", "a.y"], 0, 2**42, width)[key]
            assert all(
                np.array_equal(getattr(strip, name), getattr(again, name), equal_nan=name in ("first", "low", "high", "last"))
                for name in COLUMNS
            )
    assert list(Archive(shelf).samples(["a.x"], 0, SPAN[1])) == []
    assert shelf.read(202601, months.state) == months.State(SPAN[1], SPAN[1])
    assert {path.name for path in tmp_path.glob("history-*")} <= {"history-202601.db", "history-202601.db-wal", "history-202601.db-shm"}


def test_it_can_be_written_again(shelf: Shelf, clock: Clock) -> None:
    """Samples that come years too late open their hour."""
    put(shelf, clock, [SPAN])
    assert carry_out(shelf, Due(202601, Past.SAMPLES))
    put(shelf, clock, [(SPAN[1], SPAN[1] + HOUR_MS)])
    ((_, strip),) = Archive(shelf).samples(["a.x"], SPAN[0], SPAN[1] + HOUR_MS)
    assert np.array_equal(strip.time, past("a.x", SPAN[1], SPAN[1] + HOUR_MS).time)


def test_a_month_past_all_times_is_gone(shelf: Shelf, clock: Clock, tmp_path: Path) -> None:
    put(shelf, clock, [SPAN])
    assert carry_out(shelf, Due(202601, Past.ALL))
    assert shelf.months == ()
    assert list(tmp_path.glob("history-*")) == []


def test_while_somebody_reads_the_file_it_is_left_for_another_time(shelf: Shelf, clock: Clock, tmp_path: Path) -> None:
    """Another program in the midst of a question: its write-ahead log cannot be emptied, so nothing is replaced."""
    put(shelf, clock, [SPAN])
    other = ReadShelf(tmp_path, clock)

    def meanwhile(conn) -> bool:
        conn.exec_driver_sql("SELECT count(*) FROM block").scalar()
        put(shelf, clock, [(SPAN[1], SPAN[1] + HOUR_MS)])
        return carry_out(shelf, Due(202601, Past.SAMPLES))

    assert other.read(202601, meanwhile, 60) is False
    other.close()
    assert survey(shelf)[0].samples
    assert carry_out(shelf, Due(202601, Past.SAMPLES))


def test_a_file_that_cannot_be_copied_whole_stays(shelf: Shelf, clock: Clock, tmp_path: Path) -> None:
    put(shelf, clock, [SPAN])
    shelf.close_month(202601)
    path = tmp_path / "history-202601.db"
    held = bytearray(path.read_bytes())
    for page in range(2, len(held) // months.PAGE_SIZE):
        held[page * months.PAGE_SIZE] ^= 0xFF
    path.write_bytes(held)
    with pytest.raises(StoreError):
        carry_out(shelf, Due(202601, Past.SAMPLES))
    assert path.read_bytes() == held
    assert not path.with_name(path.name + ".part").exists()


def test_the_oldest_sample_of_each_point(shelf: Shelf, clock: Clock) -> None:
    put(shelf, clock, [(SPAN[0] + 7_000, SPAN[1])], ("a.x",))
    february = JANUARY + 40 * DAY_MS
    put(shelf, clock, [(february, february + HOUR_MS)], ("a.x", "b.late"))
    assert oldest_by_point(shelf) == [("a.x", SPAN[0] + 7_000), ("b.late", february)]
    carry_out(shelf, Due(202601, Past.SAMPLES))
    assert oldest_by_point(shelf) == [("a.x", february), ("b.late", february)]


def test_a_damaged_first_hour_is_not_said_to_be_there(shelf: Shelf, clock: Clock) -> None:
    put(shelf, clock, [SPAN], ("a.x",))
    first = SPAN[0] // HOUR_MS << 16 | 1
    shelf.write(202601, lambda conn: months.put(conn, Table.BLOCK, [Kept(first, 1, 0, b"x")])).result()
    assert oldest_by_point(shelf) == [("a.x", SPAN[0] + HOUR_MS)]
