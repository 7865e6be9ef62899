"""Which span a report tells, and which reports are missing: nothing left out, nothing twice, whatever the zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.duty.reports import BY_CALENDAR, MOST_MISSED, Kind, Span, before, due, missing, span

NOW = 1_790_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu")]
KINDS = st.sampled_from(BY_CALENDAR)
TIMES = st.integers(NOW - 900 * DAY, NOW + 900 * DAY)


def nobody(_wall: int) -> Span | None:
    return None


def eight_hours(wall: int) -> Span:
    begin = wall // (8 * HOUR) * 8 * HOUR
    return Span(begin, begin + 8 * HOUR)


@given(KINDS, TIMES, st.sampled_from(ZONES), st.booleans())
def test_every_moment_lies_in_exactly_one_span(kind: Kind, wall: int, zone: ZoneInfo, shifts: bool):
    turn = eight_hours if shifts else nobody
    one = span(kind, wall, zone, turn)
    assert one.begin <= wall < one.end
    assert span(kind, one.begin, zone, turn) == span(kind, one.end - 1, zone, turn) == one
    assert before(kind, wall, zone, turn).end == one.begin


def test_calendar_spans_are_those_of_people():
    zone = ZoneInfo("Asia/Shanghai")
    wall = round(datetime(2026, 11, 23, 10, tzinfo=zone).timestamp() * 1000)
    days = {}
    for kind in BY_CALENDAR[1:]:
        one = span(kind, wall, zone, nobody)
        days[kind] = [f"{datetime.fromtimestamp(ms / 1000, zone):%m-%d %H:%M}" for ms in one]
    assert days == {
        Kind.DAY: ["11-23 00:00", "11-24 00:00"],
        Kind.WEEK: ["11-23 00:00", "11-30 00:00"],
        Kind.MONTH: ["11-01 00:00", "12-01 00:00"],
        Kind.QUARTER: ["10-01 00:00", "01-01 00:00"],
    }


@given(KINDS, st.integers(0, 60), st.integers(0, 23))
def test_after_a_time_without_a_station_all_that_was_due_is_made_once(kind: Kind, days: int, hour: int):
    zone, at = ZoneInfo("Asia/Shanghai"), f"{hour:02}:30"
    since = NOW - days * DAY
    made: set[int] = set()
    found = missing(kind, at, since, NOW, zone, made, eight_hours)
    assert found == sorted(found) and len(found) <= MOST_MISSED
    for one in found:
        assert one.end > since and due(kind, at, one, zone) <= NOW
        made.add(one.begin)
    left = missing(kind, at, since, NOW, zone, made, eight_hours)
    assert not {one.begin for one in left} & made


def test_a_daily_report_waits_for_its_hour_and_that_of_a_shift_does_not():
    zone = ZoneInfo("Asia/Shanghai")
    midnight = datetime(2026, 11, 23, tzinfo=zone)

    def count(kind: Kind, after: timedelta) -> int:
        wall = round((midnight + after).timestamp() * 1000)
        since = round((midnight - timedelta(hours=8)).timestamp() * 1000)
        return len(missing(kind, "08:00", since, wall, zone, (), eight_hours))

    assert [count(Kind.DAY, timedelta(hours=hour)) for hour in (7, 8)] == [0, 1]
    assert [count(Kind.SHIFT, timedelta(minutes=minute)) for minute in (0, 1)] == [1, 1]
