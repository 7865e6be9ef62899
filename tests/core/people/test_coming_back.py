"""PIN and badge: what they must be, where and how long they work."""

import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link.acts import (
    OwnBadge,
    OwnPin,
)
from cityops_desktop.model.people import Way
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import passwords, quick
from cityops_desktop.people.throttle import FREE
from tests.core.people.site import GOOD, HERE, THERE, Site, back, badged, code, refused


@pytest.mark.parametrize("pin", ["274961", "135790", "112358", "000001", "274961274961"])
def test_pins_that_will_do(pin: str) -> None:
    quick.require_pin(pin)


@pytest.mark.parametrize(
    "pin", ["27496", "123456", "987654", "890123", "210987", "111111", "121212", "123123", "27496a", "２７４９６１", "2749611234567", ""]
)
def test_pins_that_will_not_do(pin: str) -> None:
    assert code(lambda: quick.require_pin(pin)) == "weak_pin"


@given(st.text("0123456789", min_size=6, max_size=12))
def test_no_pin_of_equal_steps_or_short_period(pin: str) -> None:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    obvious = (len(steps) == 1 and steps <= {0, 1, 9}) or any(all(pin[i] == pin[i % n] for i in range(len(pin))) for n in (1, 2, 3))
    try:
        quick.require_pin(pin)
    except Refused:
        assert obvious
    else:
        assert not obvious


def test_back_by_pin_or_badge_where_one_logged_in(pinned: Site) -> None:
    for come, way in ((back, Way.PIN), (badged, Way.BADGE)):
        opened = come(pinned)
        assert (opened.way, opened.person.name) == (way, "zhang")
        assert pinned.people.check(opened.token, HERE, "alarm.acknowledge").way is way
        assert code(lambda o=opened: pinned.people.check(o.token, HERE, "own.password")) == "quick_session"
        pinned.restart()
    assert pinned.closed() == ["replaced", "replaced"], "a console has one person at a time"


def test_nowhere_else_and_not_after_twelve_hours(pinned: Site) -> None:
    assert code(lambda: back(pinned, bound=THERE)) == "quick_ended"
    assert code(lambda: badged(pinned, bound=THERE)) == "wrong_badge"
    pinned.clock.advance(12 * 3600 - 1)
    opened = back(pinned)
    assert opened.expires == pinned.clock.wall() + 1000
    pinned.clock.advance(1)
    assert pinned.people.who(opened.token, HERE) is None
    assert pinned.people.here(HERE) == []
    assert code(lambda: back(pinned)) == "quick_ended"


def test_logging_out_is_for_good_and_being_replaced_is_not(pinned: Site) -> None:
    other = pinned.login(name="root")
    assert [one.id for one in pinned.people.here(HERE)] == [other.person.id, pinned.person.id]
    opened = back(pinned)
    pinned.people.logout(opened.token, HERE)
    assert pinned.people.who(opened.token, HERE) is None
    assert [one.id for one in pinned.people.here(HERE)] == [other.person.id]
    assert code(lambda: back(pinned)) == "quick_ended"


def test_three_wrong_pins_end_the_pin_until_the_next_full_log_in(pinned: Site) -> None:
    told = [refused(lambda: back(pinned, "274962")) for _ in range(2)]
    assert [(one.code, one.params) for one in told] == [("wrong_pin", {"left": 2}), ("wrong_pin", {"left": 1})]
    assert back(pinned).way is Way.PIN
    for _ in range(2):
        assert code(lambda: back(pinned, "274962")) == "wrong_pin"
    pinned.restart()
    assert code(lambda: back(pinned, "274962")) == "pin_ended"
    assert code(lambda: back(pinned)) == "pin_ended", "the right one comes too late"
    assert badged(pinned).way is Way.BADGE, "the badge is not the PIN"
    assert code(lambda: back(pinned)) == "pin_ended"
    pinned.login()
    assert back(pinned).way is Way.PIN


def test_many_pins_at_once_gain_nothing(pinned: Site) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(lambda number: code(lambda: back(pinned, f"27496{number + 2}")), range(8)))
    assert set(told) <= {"wrong_pin", "pin_ended"} and told.count("wrong_pin") <= 3
    assert code(lambda: back(pinned)) == "pin_ended"


def test_a_disabled_or_locked_account_does_not_come_back(pinned: Site) -> None:
    pinned.change(locked_until=pinned.clock.wall() + 5000)
    assert code(lambda: back(pinned)) == "account_locked"
    pinned.change(locked_until=None, enabled=False)
    assert code(lambda: back(pinned)) == "quick_ended"
    assert code(lambda: badged(pinned)) == "wrong_badge"
    assert pinned.people.here(HERE) == []


def test_badges_are_not_to_be_guessed(pinned: Site) -> None:
    for number in range(FREE):
        assert code(lambda n=number: badged(pinned, f"000471181{n % 5}")) == "wrong_badge"
    assert code(lambda: badged(pinned)) == "too_many_attempts"


def test_a_badge_is_one_persons_and_kept_under_a_private_key(pinned: Site, tmp_path: Path) -> None:
    root = pinned.login(name="root", bound=THERE)
    assert code(lambda: pinned.act(root, OwnBadge(password=GOOD, badge="0004711815"), THERE)) == "badge_taken"
    assert code(lambda: pinned.act(root, OwnBadge(password=GOOD, badge="12345"), THERE)) == "bad_badge"
    pin = pinned.row()["pin"]
    assert not passwords.matches(pin, "274961"), "the database alone is not enough to try all PINs"
    assert passwords.matches(pin, pinned.people.door.sealed_pin(pinned.row()["id"], "274961"))
    kept = pinned.row()["badge"]
    assert len(kept) == 64 and "4711" not in kept
    key = tmp_path / quick.KEY
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()
    pinned.restart()
    assert pinned.people.door.badge_digest("0004711815") != kept
    own = pinned.login()
    pinned.act(own, OwnBadge(password=GOOD, badge=""))
    pinned.act(own, OwnPin(password=GOOD, pin=""))
    assert (pinned.row()["badge"], pinned.row()["pin"]) == (None, None)
