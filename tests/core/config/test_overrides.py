"""Changes at run time laid over a room: what they may say, what becomes of those that no longer fit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.config import overrides
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.room.load import load_room
from drivers.registry import DRIVERS

HIGH, COLD, WET = "limit:a.temp#high2", "limit:a.temp#cold", "limit:a.wet#state1"


@pytest.fixture
def room(write):
    return load_room(write(), DRIVERS)


def limit(room, id):
    key, _, name = id.removeprefix("limit:").partition("#")
    return next((limit for limit in room.points()[key].limits if limit.id == name), None)


def test_fields_are_laid_over_one_by_one(room):
    after = overrides.apply(room, {HIGH: {"value": 33, "level": 1}, COLD: {"on_delay": 60.5, "off_delay": 1, "deadband": 2}}).room
    high, cold = limit(after, HIGH), limit(after, COLD)
    assert (high.value, high.level, high.deadband) == (33, Level.CRITICAL, 1)
    assert (cold.value, cold.on_delay, cold.off_delay, cold.deadband) == (10, 60.5, 1, 2)
    assert after.devices[1] is room.devices[1]


def test_a_limit_that_is_not_enabled_is_not_there(room):
    after = overrides.apply(room, {WET: {"enabled": False}}).room
    assert limit(after, WET) is None
    assert limit(after, HIGH) is not None


REFUSED = [
    ("limit:a.none#high2", {"value": 1}, "no_such_point"),
    ("limit:a.temp#none", {"value": 1}, "no_such_limit"),
    ("a.temp#high2", {"value": 1}, "override_id"),
    ("limit:a.temp", {"value": 1}, "override_id"),
    (HIGH, {"colour": 1}, "override_field"),
    (HIGH, {"value": "warm"}, "override_number"),
    (HIGH, {"value": True}, "override_number"),
    (HIGH, {"value": math.nan}, "override_number"),
    (HIGH, {"value": math.inf}, "override_number"),
    (HIGH, {"value": 61}, "override_span"),
    (HIGH, {"value": 10}, "override_crossed"),
    (COLD, {"value": 30}, "override_crossed"),
    (HIGH, {"deadband": -1}, "override_range"),
    (HIGH, {"on_delay": -0.1}, "override_range"),
    (HIGH, {"off_delay": 86_401}, "override_range"),
    (HIGH, {"level": 0}, "override_range"),
    (HIGH, {"level": 5}, "override_range"),
    (HIGH, {"level": 1.5}, "override_range"),
    (HIGH, {"level": True}, "override_range"),
    (HIGH, {"enabled": 1}, "override_switch"),
    (WET, {"value": 1}, "override_states"),
    (WET, {"deadband": 1}, "override_states"),
]


@pytest.mark.parametrize(("id", "fields", "code"), REFUSED)
def test_what_makes_no_sense_is_refused_and_waits_when_it_was_kept(room, id, fields, code):
    with pytest.raises(Refused) as refused:
        overrides.merged(room, {}, id, fields)
    assert refused.value.code == code
    applied = overrides.apply(room, {id: fields})
    assert (applied.room, {id: error.code for id, error in applied.orphans.items()}) == (room, {id: code})


def test_fields_add_up_and_none_takes_one_back(room):
    first = overrides.merged(room, {}, HIGH, {"value": 33})
    second = overrides.merged(room, first, HIGH, {"on_delay": 5})
    assert second == {HIGH: {"value": 33, "on_delay": 5}}
    assert overrides.merged(room, second, HIGH, {"value": None}) == {HIGH: {"on_delay": 5}}
    assert overrides.merged(room, first, HIGH, {"value": None}) == {}
    assert first == {HIGH: {"value": 33}}


def test_both_limits_of_a_point_can_be_moved_past_each_others_old_place(room):
    moved = overrides.merged(room, {HIGH: {"value": 50}}, COLD, {"value": 40})
    assert not overrides.apply(room, moved).orphans
    with pytest.raises(Refused, match="override_crossed"):
        overrides.merged(room, moved, HIGH, {"value": None})


def test_an_orphan_does_not_hinder_others(room):
    kept = {"limit:gone.x#high1": {"value": 1}, "limit:a.temp#gone": {"value": 1}}
    after = overrides.merged(room, kept, HIGH, {"value": 33})
    applied = overrides.apply(room, after)
    assert applied.orphans.keys() == kept.keys()
    assert limit(applied.room, HIGH).value == 33


def test_reset_and_defaults(room):
    assert overrides.reset({HIGH: {"value": 1}}, HIGH) == {}
    with pytest.raises(Refused, match="no_such_override"):
        overrides.reset({}, HIGH)
    assert overrides.defaults(room, HIGH, {"value": 1, "level": 1, "enabled": False}) == {"value": 30, "level": 2, "enabled": True}
    assert overrides.defaults(room, "limit:gone.x#y", {"value": 1}) == {}


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-100, 100), st.floats(), st.text(max_size=5))
ANY = st.dictionaries(
    st.sampled_from([HIGH, COLD, WET, "limit:b.x#high3", "limit:no#1"]),
    st.dictionaries(st.sampled_from(overrides.FIELDS), VALUES, max_size=3),
)


@given(ANY)
def test_whatever_is_kept_the_room_stays_sound(any_room, kept):
    applied = overrides.apply(any_room, kept)
    for key, point in applied.room.points().items():
        assert len(point.limits) <= len(any_room.points()[key].limits)
        highs = [one.value for one in point.limits if one.kind == "high"]
        assert all(one.value < min(highs, default=math.inf) for one in point.limits if one.kind == "low")
        assert all(math.isfinite(one.value) and 0 <= one.on_delay <= 86_400 and 0 <= one.off_delay <= 86_400 for one in point.limits)
    sound = {id: fields for id, fields in kept.items() if id not in applied.orphans}
    assert overrides.apply(any_room, sound).room == applied.room


@pytest.fixture(scope="module")
def any_room(tmp_path_factory):
    from tests.core.config.conftest import PROFILE, TEXT

    folder = tmp_path_factory.mktemp("room")
    (folder / "profiles").mkdir()
    (folder / "profiles" / "meter.yaml").write_text(PROFILE, "utf-8")
    (folder / "room.yaml").write_text(TEXT, "utf-8")
    return load_room(folder / "room.yaml", DRIVERS)
