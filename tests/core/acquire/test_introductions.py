"""Who is asked who it is, and when; and what comes of a line that is only listened to. By rule, without a wire."""

import pytest

from cityops_desktop.acquire.introductions import CURBED, IDENTIFY_EVERY, REOPENED, Introductions
from cityops_desktop.acquire.overheard import UNANSWERED, UNHEARD, UNHEARD_PERIODS, Overheard
from cityops_desktop.model.drivers import Heard
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed

NAMES = Names("点", "point")
POINTS = {
    key: Point(key, key[0], NAMES, Kind.ANALOG, Group.UPS, "V", 1.0, period)
    for key, period in (("a.fast", 1.0), ("a.slow", 100.0), ("b.fast", 1.0))
}


def good(key: str) -> Reading:
    return Reading(key, 1.0, 0, Quality.GOOD)


def test_whoever_answers_first_is_asked_in_a_pause_and_again_after_an_hour() -> None:
    line = Introductions(["a", "b"])
    assert line.next is None and not line.pressing(1e9)
    line.polled("a", silent=False, answered=True, now=1.0)
    line.polled("b", silent=False, answered=False, now=2.0)
    assert line.next == "a" and not line.pressing(1.0 + CURBED) and line.pressing(1.1 + CURBED)
    assert line.begin(3.0) == "a" and line.next is None
    line.polled("a", silent=False, answered=True, now=IDENTIFY_EVERY)
    assert line.next is None
    line.polled("a", silent=False, answered=True, now=1.0 + IDENTIFY_EVERY)
    assert line.next == "a"


def test_whoever_comes_back_from_a_silence_is_asked_before_all_others() -> None:
    line = Introductions(["a", "b"])
    line.polled("a", silent=False, answered=True, now=1.0)
    line.polled("b", silent=True, answered=False, now=2.0)
    line.polled("b", silent=False, answered=True, now=3.0)
    assert line.next == "b" and line.pressing(3.0)
    line.opened()
    assert line.next is None
    line.polled("b", silent=False, answered=True, now=4.0)
    assert line.next == "b" and not line.pressing(4.0)


def test_whoever_answers_over_a_new_connection_is_asked_again_but_not_after_every_answer() -> None:
    line = Introductions(["a", "b"])
    line.polled("a", silent=False, answered=True, now=1.0)
    line.polled("b", silent=False, answered=True, now=1.0)
    assert [line.begin(2.0), line.begin(3.0)] == ["a", "b"]
    line.said("a", 2.0)
    line.said("b", 3.0)
    now = 2.0 + REOPENED
    line.reopened(now)
    assert line.stranger("a") and not line.stranger("b")
    line.polled("b", silent=False, answered=True, now=now)
    assert line.next is None
    line.polled("a", silent=False, answered=True, now=now)
    assert line.begin(now) == "a" and line.next is None
    line.said("a", now)
    line.polled("b", silent=False, answered=True, now=3.0 + REOPENED)
    assert line.begin(3.0 + REOPENED) == "b"
    asked = 0
    for second in range(10, 10 + 60):  # it hangs up after every answer
        line.reopened(float(second))
        line.polled("a", silent=False, answered=True, now=float(second))
        while line.next is not None:
            asked += line.begin(float(second)) == "a"
            line.said("a", float(second))
    assert 60 / REOPENED - 1 <= asked <= 60 / REOPENED + 1


def test_a_device_that_leaves_its_master_without_answers_is_silent_until_it_answers() -> None:
    line = Overheard(POINTS)
    line.opened(0.0)
    for _ in range(UNANSWERED - 1):
        assert line.take(Heard(8, 1, (failed("a.fast", 0, Reason.NO_ANSWER),)), 1.0) == {"a": False}
        assert line.silent == ()
    line.take(Heard(8, 1, (failed("a.fast", 0, Reason.NO_ANSWER),)), 2.0)
    assert line.silent == ("a",)
    assert line.take(Heard(8, 1, (failed("a.fast", 0, Reason.EXCEPTION), good("b.fast"))), 3.0) == {"a": True, "b": True}
    assert line.silent == ()


@pytest.mark.parametrize("heard", [Heard(8, 1), Heard(8, 0, (good("a.fast"),))])
def test_a_line_without_any_request_is_lost_and_back_with_the_next(heard: Heard) -> None:
    line = Overheard(POINTS)
    line.opened(5.0)
    line.take(Heard(3), 5.0 + UNHEARD)
    assert not line.lost(5.0 + UNHEARD) and line.lost(5.1 + UNHEARD)
    line.take(heard, 6.0 + UNHEARD)
    assert not line.lost(6.0 + UNHEARD)


def test_a_point_that_nobody_asks_for_is_told_by_its_own_period() -> None:
    line = Overheard(POINTS)
    line.opened(0.0)
    line.take(Heard(8, 1, (good("b.fast"),)), UNHEARD)
    assert line.unheard(UNHEARD) == [] and line.unheard(UNHEARD + 1) == ["a.fast"]
    assert line.unheard(100 * UNHEARD_PERIODS + 1) == ["a.fast", "a.slow", "b.fast"]
