"""Guessing is slow: five tries, then 30 s, doubled up to 15 minutes."""

import math

from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.people import throttle
from cityops_desktop.people.throttle import FIRST_WAIT, FORGET, FREE, LONGEST_WAIT, Throttle


class Hands:
    """A clock that is moved by hand."""

    seconds = 0.0

    def wall(self) -> int:
        return 0

    def monotonic(self) -> float:
        return self.seconds


def test_five_tries_then_waits_that_double() -> None:
    clock = Hands()
    guard = Throttle(clock)
    assert [guard.begin(["a"]) for _ in range(FREE)] == [0.0] * FREE
    waits = []
    for _ in range(8):
        wait = guard.begin(["a"])
        waits.append(wait)
        clock.seconds += wait / 2
        assert math.isclose(guard.begin(["a"]), wait / 2)
        clock.seconds += wait / 2
        assert guard.begin(["a"]) == 0.0
    assert waits == [30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0, 900.0]


def test_success_forgives_and_time_forgets() -> None:
    clock = Hands()
    guard = Throttle(clock)
    for _ in range(FREE - 1):
        guard.begin(["a"])
    guard.succeeded(["a"])
    assert [guard.begin(["a"]) for _ in range(FREE)] == [0.0] * FREE
    clock.seconds += guard.begin(["a"]) + FORGET + 1
    assert [guard.begin(["a"]) for _ in range(FREE)] == [0.0] * FREE
    assert guard.begin(["a"]) == FIRST_WAIT


def test_an_account_and_a_console_wait_each_for_themselves() -> None:
    guard = Throttle(Hands())
    for number in range(FREE):
        guard.begin([f"account:{number}", "console:1"])
    assert guard.begin(["account:0", "console:1"]) == FIRST_WAIT
    assert guard.begin(["account:0", "console:2"]) == 0.0


def test_the_number_of_names_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(throttle, "MOST_KEYS", 10)
    guard = Throttle(Hands())
    for _ in range(FREE):
        guard.begin(["last"])
    for number in range(9):
        guard.begin([f"x{number}"])
    assert guard.begin(["last"]) == FIRST_WAIT
    for number in range(100):
        guard.begin([f"y{number}"])
    assert guard.begin(["last"]) == FIRST_WAIT, "no flood of other names sets a waiting one free"
    assert len(guard._counts) == 10


@given(steps=st.lists(st.tuples(st.floats(0, 2000), st.booleans()), max_size=60))
def test_never_more_tries_than_the_rule_allows(steps: list[tuple[float, bool]]) -> None:
    clock = Hands()
    guard = Throttle(clock)
    tries: list[float] = []
    for pause, forgiven in steps:
        clock.seconds += pause
        wait = guard.begin(["a"])
        assert 0.0 <= wait <= LONGEST_WAIT
        if wait:
            continue
        if tries and clock.seconds - tries[-1] > FORGET:
            tries.clear()
        tries.append(clock.seconds)
        if forgiven:
            guard.succeeded(["a"])
            tries.clear()
        elif len(tries) > FREE:
            assert tries[-1] - tries[-2] >= FIRST_WAIT
