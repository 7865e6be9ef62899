"""A round while it is walked, without a window: what is open, what the limits say, what goes into a draft and into the act."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.patrolcontent import Expected
from cityops_desktop.duty.patrolitems import Given, Place, faults
from cityops_desktop.model.ids import uuid7
from tests.ui.pages.patrol.patrolrows import DUE, ROUTE, sheet
from tests.ui.rooms import NOW
from ui.pages.patrol.paper import SheetCode, code_text, read_code
from ui.pages.patrol.walk import Photo, Walk, WalkState

COUNT = 11
STATES = st.sampled_from(["ok", "not_ok", "unchecked"])
STEPS = st.tuples(
    st.integers(0, COUNT - 1),
    STATES,
    st.one_of(st.none(), st.floats(-50, 150)),
    st.sampled_from(["", "online", "bypass"]),
    st.sampled_from(["", "words"]),
    st.booleans(),
)


def new_walk(**more: object) -> Walk:
    return Walk(uuid7(NOW), WalkState.model_validate({"sheet": sheet(), "due": DUE, "begun": NOW} | more))


def test_what_the_limits_say_is_not_overruled():
    walk = new_walk()
    walk.give(2, "ok", NOW, value=91.0)
    assert walk.answer(2).state == "not_ok" and walk.answer(2).value == 91.0
    walk.give(2, "ok", NOW, value=42.0)
    assert walk.answer(2).state == "ok"
    walk.give(1, "ok", NOW, choice="bypass")
    assert walk.answer(1).state == "not_ok" and not walk.is_open(1)


def test_not_checked_is_open_until_somebody_says_why():
    walk = new_walk()
    walk.give(0, "unchecked", NOW)
    assert walk.is_open(0) and walk.done() == 0
    walk.write(0, "  ")
    assert walk.is_open(0)
    walk.write(0, "no key")
    assert not walk.is_open(0) and walk.done() == 1
    assert new_walk().in_state("ok") == [], "what nobody has looked at is never ok"


def test_a_picture_that_is_asked_for_must_be_there():
    walk = new_walk()
    walk.give(6, "ok", NOW)
    assert walk.is_open(6)
    walk.add_photo(6, Photo(id="01900000-0000-7000-8000-000000000001", name="meter.jpg"), "0" * 64, NOW)
    assert not walk.is_open(6) and walk.state.files.keys() == {"01900000-0000-7000-8000-000000000001"}


def test_a_proof_may_be_missing_weaker_or_as_expected():
    walk = new_walk()
    assert walk.unproved() == [0]
    walk.prove(0, "TAG-UPS-01", NOW)
    assert walk.unproved() == [0], "at the desk is weaker than on the spot"
    walk.state.way = Expected.SPOT
    walk.prove(0, "TAG-UPS-01", NOW + 5)
    assert walk.unproved() == [] and walk.mark(0).time == NOW + 5
    walk.state.way = Expected.WAND
    walk.prove(0, "TAG-UPS-01", NOW)
    assert walk.mark(0).time is None, "the wand knows when"


def test_the_times_of_a_paper_sheet_are_those_of_its_stops():
    walk = new_walk(entry="paper", begun=NOW - 7_200_000, ended=NOW - 3_600_000)
    walk.give(0, "ok", NOW)
    walk.at_stop(0, NOW - 7_000_000)
    walk.give(1, "ok", NOW, choice="eco")
    walk.give(4, "ok", NOW)
    assert [walk.answer(n).time - NOW for n in (0, 1, 4)] == [-7_000_000, -7_000_000, -7_200_000]


def test_the_code_of_a_printed_sheet_is_read_back():
    for code in (SheetCode(uuid7(NOW), "route-night-1", DUE), SheetCode(uuid7(NOW), "route-night-1", None)):
        assert read_code(code_text(code)) == code
    assert read_code("TAG-UPS-01") is None and read_code("") is None


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=80)
def test_whatever_is_said_the_draft_holds_it_and_the_station_would_take_it(steps):
    walk = new_walk()
    for number, state, value, choice, words, photo in steps:
        item = walk.places[number].item
        more: dict[str, object] = {}
        if item.kind in ("number", "reading") and state != "unchecked":
            more["value"] = value
        if item.kind == "choice" and state != "unchecked":
            more["choice"] = choice
        walk.give(number, state, NOW, **more)
        walk.write(number, words)
        if photo and len(walk.answer(number).photos) < 3:
            walk.add_photo(number, Photo(id=uuid7(NOW), name="a.jpg"), "0" * 64, NOW)
    again = Walk(walk.id, WalkState.model_validate_json(walk.body().model_dump_json()))
    assert again.body() == walk.body() and again.done() == walk.done()
    counted = [walk.done_at(stop) for stop in range(len(walk.stops))]
    assert sum(counted) == walk.done() == COUNT - sum(walk.is_open(n) for n in range(COUNT))
    for stop, at in itertools.product(range(4), range(COUNT)):
        found = walk.next_open(at, stop)
        assert (found is None) is (counted[stop] == len(walk.of_stop(stop))) and (found is None or walk.is_open(found))
    if walk.done() == COUNT:
        told = walk.round(NOW + 1000)
        items = [(Place(one.stop_id, one.template, one.item.id), one.item) for one in walk.places]
        given = [
            (Place(one.stop, one.template, one.item), Given(one.state, one.value, one.choice, one.text, one.note, one.why, len(one.photos)))
            for one in told.answers
        ]
        assert not list(faults(items, given)) and told.route == "route-night-1" and len(ROUTE.stops) == 4
