"""Guessing is slow: five tries, then 30 s, doubled up to 15 minutes."""

import math

from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.people import throttle
from cityops_desktop.people.throttle import FIRST_WAIT, FORGET, FREE, GROWING, LONGEST_WAIT, Rule, Throttle, lock


def growing(*keys: str) -> dict[str, Rule]:
    return dict.fromkeys(keys, GROWING)


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
    assert [guard.begin(growing("a")) for _ in range(FREE)] == [0.0] * FREE
    waits = []
    for _ in range(8):
        wait = guard.begin(growing("a"))
        waits.append(wait)
        clock.seconds += wait / 2
        assert math.isclose(guard.begin(growing("a")), wait / 2)
        clock.seconds += wait / 2
        assert guard.begin(growing("a")) == 0.0
    assert waits == [30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0, 900.0]


def test_success_forgives_and_time_forgets() -> None:
    clock = Hands()
    guard = Throttle(clock)
    for _ in range(FREE - 1):
        guard.begin(growing("a"))
    guard.succeeded("a")
    assert [guard.begin(growing("a")) for _ in range(FREE)] == [0.0] * FREE
    clock.seconds += guard.begin(growing("a")) + FORGET + 1
    assert [guard.begin(growing("a")) for _ in range(FREE)] == [0.0] * FREE
    assert guard.begin(growing("a")) == FIRST_WAIT


def test_an_account_and_a_console_wait_each_for_themselves() -> None:
    guard = Throttle(Hands())
    for number in range(FREE):
        guard.begin(growing(f"account:{number}", "console:1"))
    assert guard.begin(growing("account:0", "console:1")) == FIRST_WAIT
    assert guard.begin(growing("account:0", "console:2")) == 0.0


def test_the_number_of_names_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(throttle, "MOST_KEYS", 10)
    guard = Throttle(Hands())
    for _ in range(FREE):
        guard.begin(growing("last"))
    for number in range(9):
        guard.begin(growing(f"x{number}"))
    assert guard.begin(growing("last")) == FIRST_WAIT
    for number in range(100):
        guard.begin(growing(f"y{number}"))
    assert guard.begin(growing("last")) == FIRST_WAIT, "no flood of other names sets a waiting one free"
    assert len(guard._counts) == 10


@given(steps=st.lists(st.tuples(st.floats(0, 2000), st.booleans()), max_size=60))
def test_never_more_tries_than_the_rule_allows(steps: list[tuple[float, bool]]) -> None:
    clock = Hands()
    guard = Throttle(clock)
    tries: list[float] = []
    for pause, forgiven in steps:
        clock.seconds += pause
        wait = guard.begin(growing("a"))
        assert 0.0 <= wait <= LONGEST_WAIT
        if wait:
            continue
        if tries and clock.seconds - tries[-1] > FORGET:
            tries.clear()
        tries.append(clock.seconds)
        if forgiven:
            guard.succeeded("a")
            tries.clear()
        elif len(tries) > FREE:
            assert tries[-1] - tries[-2] >= FIRST_WAIT


def test_a_name_is_held_for_a_time_and_then_free_again() -> None:
    clock = Hands()
    guard = Throttle(clock)
    name = {"a": lock(3, 600)}
    for _ in range(2):
        assert [guard.begin(name) for _ in range(4)] == [0.0, 0.0, 0.0, 600.0]
        assert guard.held("a") == 600.0
        clock.seconds += 600
        assert guard.held("a") == 0.0


@given(pattern=st.lists(st.booleans(), max_size=40))
def test_what_is_taken_back_is_not_counted_and_frees_nothing(pattern: list[bool]) -> None:
    """True: a wrong one; False: one whose code was missing. After three wrong ones the name is held, wherever the others lie."""
    guard = Throttle(Hands())
    name, wrong = {"a": lock(3, 600)}, 0
    for counts in pattern:
        assert (guard.begin(name) > 0) == (wrong >= 3)
        if wrong >= 3:
            return
        wrong += counts
        if not counts:
            guard.taken_back(name)
