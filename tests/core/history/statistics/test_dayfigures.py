"""Days from the historian's buckets: readings counted, energy, minutes within limits, power. Against what was put in."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.history.statistics import performance
from cityops_desktop.history.statistics.dayfigures import (
    LAG_MS,
    Band,
    DayOf,
    MinutesOf,
    band_of,
    by_day,
    due_and_came,
    minutes_within,
    per_mille,
    power,
)
from cityops_desktop.history.statistics.days import DAY_MS, DaysOf, Ready
from cityops_desktop.history.statistics.periods import HOUR_MS, Period, whole_days
from cityops_desktop.model.envelope import Past, Strip, envelope, samples, width_for
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Place, Point
from cityops_desktop.model.power import Feed, PowerKind, PowerNode, PowerRole
from cityops_desktop.model.rooms import Area, Bus, Device, Rack, RackItem, Room
from cityops_desktop.model.statistics import Column
from tests.conftest import FakeClock

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = Names("点", "point")
START = round(datetime(2026, 11, 1, 16, tzinfo=UTC).timestamp() * 1000)
DAYS = whole_days(START, START + 4 * DAY_MS, ZONE)


def point(key: str, kind: Kind = Kind.ANALOG, unit: str = "°C", period: float = 60.0, **more: object) -> Point:
    return Point(key, key.split(".")[0], NAMES, kind, Group.ENVIRONMENT, unit, 0.1, period, **more)  # type: ignore[arg-type]


def strip(times: np.ndarray, values: np.ndarray | float, width: int = 0) -> Strip:
    whole = samples(times.astype(np.int64), np.broadcast_to(np.asarray(values, float), times.shape).copy(), np.zeros(len(times), np.uint8))
    return envelope(whole, width) if width else whole


class Kept:
    """A historian that holds strips of samples and counts its questions."""

    def __init__(self, **strips: Strip) -> None:
        self.strips = {key.replace("_", ".", 1): one for key, one in strips.items()}
        self.questions: list[tuple[int, int]] = []

    def past(self, keys: list[str], start: int, end: int, buckets: int) -> Past:
        self.questions.append((start, end))
        width = width_for(end - start, buckets)
        found = {key: envelope(self.strips[key].between(start, end), width) for key in keys if key in self.strips}
        oldest = min((int(one.time[0]) for one in self.strips.values() if len(one)), default=None)
        return Past(oldest, found)


def minutes(start: int, end: int, step: int = 60_000) -> np.ndarray:
    return np.arange(start, end, step)


@pytest.mark.parametrize("width", [0, 60_000, HOUR_MS])
def test_readings_are_counted_by_the_days_of_the_room(width: int) -> None:
    came = minutes(DAYS[0].start, DAYS[0].end), minutes(DAYS[1].start, DAYS[1].start + 6 * HOUR_MS), minutes(DAYS[3].start, DAYS[3].end)
    found = by_day(strip(np.concatenate(came), 21.0, width), DAYS[:4], point("a.t"), counter=False)
    assert [day.usable for day in found] == [1440, 360, 0, 1440]
    assert [day.first for day in found] == [DAYS[0].start, DAYS[1].start, None, DAYS[3].start]


def test_what_is_no_value_does_not_count() -> None:
    values = np.where(np.arange(1440) % 4 == 0, np.nan, 20.0)
    (day,) = by_day(strip(minutes(*DAYS[0]), values, HOUR_MS), DAYS[:1], point("a.t"), counter=False)
    assert day.usable == 1080


@given(st.lists(st.floats(0, 50), min_size=20, max_size=200), st.sampled_from([7, 60, 95, 240]))
def test_the_days_of_a_counter_add_up_to_what_it_counted(steps: list[float], pace: int) -> None:
    readings = np.round(np.cumsum(steps), 1)
    times = DAYS[0].start + 20 * HOUR_MS + np.arange(len(readings)) * pace * 60_000
    inside = times < DAYS[3].end
    found = by_day(strip(times[inside], readings[inside], HOUR_MS), DAYS[:4], point("a.e", Kind.COUNTER, "kWh"), counter=True)
    counted = sum(day.counted or 0 for day in found)
    assert counted == pytest.approx(readings[inside][-1] - readings[0], abs=0.2)
    assert not any(day.broken for day in found)


def test_an_exchanged_meter_is_told_and_never_counts_backwards() -> None:
    times = minutes(DAYS[0].start, DAYS[1].end, HOUR_MS)
    readings = np.where(np.arange(48) < 30, 5000.0 + np.arange(48), np.arange(48) - 30.0)
    first, second = by_day(strip(times, readings, HOUR_MS), DAYS[:2], point("a.e", Kind.COUNTER, "kWh"), counter=True)
    assert (first.counted, first.broken) == (23.0, False)
    assert second.broken and second.counted == pytest.approx(6 + 17), "24 to 29, then 30 to 47; the step between is unknown"


def test_shares_say_what_is_missing_and_never_more_than_all() -> None:
    day, now = DAYS[0], DAYS[3].start

    def share(told: DayOf | None, begun: int | None, now: int = now) -> float | None:
        due, came = due_and_came(day, told, 60_000, begun, now)
        return came / due if due else None

    assert share(DayOf(1440), day.start) == 1.0
    assert share(DayOf(9999), day.start) == 1.0, "polled more often before"
    assert share(DayOf(360), day.start) == 0.25
    assert share(DayOf(), day.start) == 0.0
    assert share(DayOf(720), day.start + 12 * HOUR_MS) == 1.0, "it was there for half the day only"
    assert share(DayOf(60), day.start, day.start + HOUR_MS + LAG_MS) == 1.0, "today, until now"
    assert share(DayOf(), None) is None and share(None, day.start) is None
    assert share(DayOf(), day.end) is None, "before anything was recorded"


@given(st.floats(0, 1))
def test_only_the_whole_is_whole_and_only_nothing_is_nothing(part: float) -> None:
    told = per_mille(part)
    assert told is not None and 0 <= told <= 1000
    assert (told == 1000) == (part == 1) and (told == 0) == (part == 0)


def test_minutes_within_limits_are_those_in_which_every_known_sensor_is() -> None:
    day = DAYS[0]
    warm = strip(minutes(*day), np.where(np.arange(1440) < 100, 30.0, 24.0))
    dry = strip(minutes(day.start, day.start + 300 * 60_000), np.where(np.arange(300) % 2 == 0, 10.0, 50.0))
    assert minutes_within([(warm, Band(18, 27))], day) == MinutesOf(1440, 1340)
    assert minutes_within([(warm, Band(18, 27)), (dry, Band(40, None))], day) == MinutesOf(1440, 1440 - 100 - 100)
    assert minutes_within([], day) == MinutesOf(0, 0)


def test_the_nearest_limits_count_and_without_any_the_normal_range() -> None:
    limits = tuple(
        Limit(str(n), Level.MAJOR, kind, value)
        for n, (kind, value) in enumerate([(LimitKind.HIGH, 35), (LimitKind.HIGH, 28), (LimitKind.LOW, 15)])
    )
    assert band_of(point("a.t", limits=limits, normal=(18.0, 27.0))) == Band(15, 28)
    assert band_of(point("a.t", normal=(18.0, 27.0))) == Band(18.0, 27.0)
    assert band_of(point("a.t")) is None


def test_power_counts_only_minutes_in_which_all_is_known() -> None:
    day = DAYS[0]
    whole = strip(minutes(*day), 30.0)
    racks = strip(minutes(day.start, day.start + 600 * 60_000), 20_000.0)
    told = power([(whole, 1.0)], [(racks, 0.001)], day)
    assert told.minutes == 600 and told.room == pytest.approx(300) and told.racks == pytest.approx(200)
    generator = strip(minutes(*day), np.where(np.arange(1440) < 60, 0.0, 30.0))
    assert power([(generator, 1.0)], [(racks, 0.001)], day).minutes == 540, "the mains was off: where the power came from is not measured"
    assert power([], [(racks, 0.001)], day).minutes == 0


def test_days_that_are_over_are_asked_for_once() -> None:
    clock = FakeClock()
    clock.ms = DAYS[2].end - 6 * HOUR_MS
    times = minutes(DAYS[0].start + 12 * HOUR_MS, clock.ms)
    source = Kept(a_t=strip(times, 20.0))
    days, points = DaysOf(source, clock), [point("a.t"), point("a.gone")]
    ready = Ready()
    found = days.points(points, DAYS[:3], clock.monotonic() + 5, ready)
    assert [day.usable for day in found["a.t"] if day] == [720, 1440, 1080] and ready.part == 1
    assert days.oldest == times[0]
    asked = len(source.questions)
    days.points(points, DAYS[:3], clock.monotonic() + 5, Ready())
    assert source.questions[asked:] == [(DAYS[2].start, DAYS[2].end - 1)], "only today again"


def test_a_question_ends_in_time_and_the_next_goes_on() -> None:
    clock = FakeClock()
    clock.ms = DAYS[0].start + 100 * DAY_MS
    long = whole_days(DAYS[0].start, DAYS[0].start + 90 * DAY_MS, ZONE)

    class Slow(Kept):
        def past(self, keys: list[str], start: int, end: int, buckets: int) -> Past:
            clock.advance(2)
            return super().past(keys, start, end, buckets)

    days = DaysOf(Slow(a_t=strip(minutes(DAYS[0].start, clock.ms, HOUR_MS), 20.0)), clock)
    parts = []
    for _ in range(3):
        ready = Ready()
        found = days.points([point("a.t")], long, clock.monotonic() + 1, ready)
        parts.append(ready.part)
    assert parts == sorted(parts) and parts[0] < 0.5 and parts[-1] == 1
    assert all(day is not None for day in found["a.t"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9 * 24 * 60 - 1), st.integers(1, 2000)), max_size=6))
def test_the_calendar_says_what_was_put_in(holes: list[tuple[int, int]]) -> None:
    days = whole_days(START, START + 8 * DAY_MS, ZONE)
    clock = FakeClock()
    clock.ms = days[-1].end + DAY_MS
    there = np.ones(9 * 24 * 60, bool)
    there[: 24 * 60] = True  # the first day is whole
    for begin, length in holes:
        there[max(24 * 60, begin) : begin + length] = False
    times = minutes(days[0].start, days[-1].end)
    source = Kept(a_t=strip(times[there[: len(times)]], 20.0))
    recorder = DaysOf(source, clock)
    found = recorder.points([point("a.t")], days, clock.monotonic() + 99, Ready())
    told = performance.Recorded(days, found, recorder.oldest, clock.ms)
    line = told.line("a", [point("a.t")])
    assert told.line("nothing", []).shares == (None,) * len(days)
    expected = [per_mille(there[n * 1440 : n * 1440 + 1440].sum() / 1440) for n in range(len(days))]
    assert list(line.shares) == expected


def test_a_point_that_is_younger_than_the_record_is_due_from_its_first_reading_on() -> None:
    clock = FakeClock()
    clock.ms = DAYS[3].end + DAY_MS
    old = strip(minutes(DAYS[0].start - 3 * DAY_MS, DAYS[3].end), 20.0)
    late = strip(minutes(DAYS[2].start, DAYS[3].end), 20.0)
    lost = strip(np.concatenate([minutes(DAYS[0].start - DAY_MS, DAYS[0].start), minutes(DAYS[2].start, DAYS[3].end)]), 20.0)
    days = DaysOf(Kept(a_old=old, a_new=late, a_lost=lost), clock)
    points = [point(key) for key in ("a.old", "a.new", "a.lost", "a.dead")]
    found = days.points(points, DAYS[:4], clock.monotonic() + 5, Ready())
    earlier = days.earlier(points[1:3], DAYS[0].start)
    told = performance.Recorded(DAYS[:4], found, days.oldest, clock.ms, earlier)
    lines = {one.key: told.line(one.key, [one]).shares for one in points}
    assert lines == {
        "a.old": (1000, 1000, 1000, 1000),
        "a.new": (None, None, 1000, 1000),
        "a.lost": (0, 0, 1000, 1000),
        "a.dead": (0, 0, 0, 0),
    }


def room() -> Room:
    energy = point("m.e", Kind.COUNTER, "kWh", rollover=None)
    mains, rack, warm = point("m.p", unit="kW"), point("r.p", unit="W"), point("s.t", normal=(18.0, 27.0), place=Place(1, 1))
    devices = (
        Device("m", "line", NAMES, Group.POWER_DISTRIBUTION, None, (energy, mains)),
        Device("r", "line", NAMES, Group.IT, None, (rack,)),
        Device("s", "line", NAMES, Group.ENVIRONMENT, None, (warm,)),
    )
    nodes = (PowerNode("mains", NAMES, PowerKind.MAINS, points={PowerRole.POWER: "m.p"}),)
    racks = (Rack("A01", NAMES, items=(RackItem(NAMES, 1, 2),), feeds=(Feed("A", power=("r.p",)),)),)
    return Room(
        "r", NAMES, "c/d/s/r", "Asia/Shanghai", "v1", buses=(Bus("line", "x", NAMES, None),), devices=devices,
        racks=racks, power=nodes, areas=(Area("hall", NAMES, Place(0, 0), (5, 5)),),
    )  # fmt: skip


def test_pue_is_reckoned_where_it_is_measured_and_never_guessed() -> None:
    known = room()
    basis = performance.pue_basis(known)
    assert (basis.why, [one.key for one in basis.room], [one.key for one in basis.racks]) == ("", ["m.p"], ["r.p"])
    assert performance.pue_basis(replace(known, power=())).why == "pue_no_mains"
    bare = PowerNode("mains", NAMES, PowerKind.MAINS)
    assert performance.pue_basis(replace(known, power=(bare,))).why == "pue_mains_unmetered"
    unmetered = Rack("A02", NAMES, items=(RackItem(NAMES, 1, 2),))
    assert performance.pue_basis(replace(known, racks=(*known.racks, unmetered))).why == "pue_racks_unmetered"
    assert performance.pue_basis(replace(known, racks=(*known.racks, Rack("A03", NAMES)))).why == "", "an empty rack draws nothing"


def test_tables_of_performance() -> None:
    known, clock = room(), FakeClock()
    clock.ms = DAYS[1].end + DAY_MS
    times = minutes(DAYS[0].start, DAYS[1].end)
    source = Kept(
        m_e=strip(times, np.round(np.arange(len(times)) * 0.5, 1)),
        m_p=strip(times, 30.0),
        r_p=strip(times, 20_000.0),
        s_t=strip(times[:720], 24.0),
    )
    days, points, ready = DaysOf(source, clock), list(known.points().values()), Ready()
    until = clock.monotonic() + 9
    found = days.points(points, DAYS[:2], until, ready)
    told = performance.Recorded(DAYS[:2], found, days.oldest, clock.ms)
    spans = [Period(DAYS[0].start, DAYS[1].end)]
    (by_period, by_bus, by_device) = performance.availability(told, spans, known)
    whole = (1 + 1 + 1 + 0.25) / 4
    assert by_period.rows[0].cells[0] == pytest.approx(whole) and by_bus.rows[0].cells == (pytest.approx(whole), 4)
    assert by_device.rows[0].id == "s" and by_device.rows[0].cells == (0.25, 1, 0.0, DAYS[1].start), "the worst first"
    assert [note.code for note in by_period.notes] == ["few_days"]
    energy = performance.energy_by_meter(told, known)
    assert energy.rows[0].cells == (pytest.approx(1439.5), 2, 0)
    assert performance.energy_by_period(told, spans, known).rows[0].cells == (pytest.approx(1439.5),)
    sensors = performance.sensors(known)
    assert {area: [one.key for one in some] for area, some in sensors.items()} == {"hall": ["s.t"]}
    table = performance.environment(days.areas(sensors, DAYS[:2], until, ready), sensors, told)
    hall = next(row for row in table.rows if row.id == "hall")
    assert hall.cells == (1.0, 12.0, 0.0, 36.0, 1)
    basis = performance.pue_basis(known)
    pue = performance.pue(days.power(basis, DAYS[:2], until, ready), basis, spans, told)
    assert pue.rows[0].cells == (1.5, pytest.approx(1440), pytest.approx(960), 48.0)
    assert all(isinstance(column, Column) for column in pue.columns)
