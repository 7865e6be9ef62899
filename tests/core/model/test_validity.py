"""How long a line of the staff file is valid, by the room's calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.validity import SOON_DAYS, Validity, days_left, today, validity

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        (None, Validity.VALID),
        ("2026-12-24", Validity.VALID),
        ("2026-12-23", Validity.EXPIRES),
        ("2026-11-23", Validity.EXPIRES),
        ("2026-11-22", Validity.EXPIRED),
        ("2020-01-01", Validity.EXPIRED),
    ],
)
def test_the_last_day_still_counts(ends: str | None, state: Validity) -> None:
    assert validity(ends, date(2026, 11, 23)) is state


@given(DAYS, DAYS)
def test_states_follow_the_days_that_are_left(ends: date, day: date) -> None:
    left = days_left(ends.isoformat(), day)
    assert left is not None and day + timedelta(days=left) == ends
    expected = Validity.EXPIRED if left < 0 else Validity.EXPIRES if left <= SOON_DAYS else Validity.VALID
    assert validity(ends.isoformat(), day) is expected


def test_the_day_is_the_rooms() -> None:
    late = int(datetime(2026, 11, 22, 16, 30, tzinfo=UTC).timestamp() * 1000)
    assert today(late, "Asia/Shanghai") == date(2026, 11, 23)
    assert today(late, "UTC") == date(2026, 11, 22)
