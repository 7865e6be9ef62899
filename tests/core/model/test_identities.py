"""Whether the device on the wire is the one that was admitted: over anything that devices may say, in any order."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model import identities
from cityops_desktop.model.drivers import Identity
from cityops_desktop.model.identities import Fingerprint, Standing, Verdict, Waits, admitted, behaviour, compare, placed, told
from cityops_desktop.model.points import Level

PLACE = {"bus": "line1", "address": "7", "profile": "ups"}
ELSEWHERE = {**PLACE, "address": "8"}
UPS = {"maker": "Acme", "model": "U20", "serial": "A1", "version": "1.0"}
OTHER = {**UPS, "serial": "B2"}

facts = st.dictionaries(st.sampled_from(["maker", "model", "serial", "version"]), st.sampled_from(["a", "b"]), max_size=4)
points = st.frozensets(st.sampled_from(["p", "q", "r", "s"]))
said = st.one_of(st.none(), facts.map(Identity), st.builds(lambda a, r: behaviour(a, r - a), points, points))


def begun(found: bool = True) -> Standing:
    return placed(None, "ups1", PLACE, 1, found=found)


def known(what: Mapping[str, str] = UPS) -> Standing:
    return told(begun(), Identity(what), 2)


def test_a_device_of_the_first_configuration_is_taken_over_as_it_is_found() -> None:
    first = begun()
    assert (first.waits, first.actor, first.admitted) == (Waits.NOTHING, "station", 1)
    assert known().known == Fingerprint(PLACE, UPS)
    assert known().waits is Waits.NOTHING


def test_a_device_that_appears_later_waits_whatever_it_says() -> None:
    new = begun(found=False)
    assert (new.waits, new.level, new.known) == (Waits.NEW, Level.MINOR, None)
    for answer in (None, Identity({}), Identity(UPS), Identity(OTHER)):
        new = told(new, answer, 3)
        assert new.waits is Waits.NEW
    assert new.seen == Fingerprint(PLACE, OTHER)


def test_another_serial_number_is_another_device_and_another_version_the_same_with_other_software() -> None:
    swapped = told(known(), Identity(OTHER), 5)
    assert (swapped.waits, swapped.level, swapped.differs, swapped.since) == (Waits.CHANGED, Level.MAJOR, ["serial"], 5)
    updated = told(known(), Identity({**UPS, "version": "1.1"}), 5)
    assert (updated.waits, updated.level, updated.differs) == (Waits.CHANGED, Level.MINOR, ["version"])


def test_the_admitted_device_that_comes_back_waits_no_more() -> None:
    back = told(told(known(), Identity(OTHER), 5), Identity(UPS), 9)
    assert (back.waits, back.known) == (Waits.NOTHING, Fingerprint(PLACE, UPS))


def test_two_devices_that_exchange_their_addresses_are_both_found() -> None:
    one, two = known(UPS), known(OTHER)
    assert {told(one, Identity(OTHER), 5).level, told(two, Identity(UPS), 5).level} == {Level.MAJOR}


def test_another_address_waits_until_it_is_admitted_and_keeps_what_is_known() -> None:
    moved = placed(known(), "ups1", ELSEWHERE, 6, found=True)
    assert (moved.waits, moved.level, moved.differs) == (Waits.CHANGED, Level.MINOR, ["address"])
    assert moved.seen is not None
    taken = admitted(moved, moved.seen, "zhang", 7, "moved")
    assert (taken.waits, taken.known) == (Waits.NOTHING, Fingerprint(ELSEWHERE, UPS))
    assert told(taken, Identity(OTHER), 8).level is Level.MAJOR
    assert placed(moved, "ups1", PLACE, 9, found=False).waits is Waits.NOTHING, "the file says again what it said"


def test_nothing_said_leaves_a_device_that_waits_waiting() -> None:
    moved = told(placed(known(), "ups1", ELSEWHERE, 6, found=True), Identity(OTHER), 7)
    assert placed(moved, "ups1", PLACE, 8, found=True).waits is Waits.CHANGED, "the address is back, but another device is on it"


def test_what_changed_between_the_look_and_the_word_waits_anew() -> None:
    swapped = told(known(), Identity(OTHER), 5)
    assert swapped.seen is not None
    again = admitted(told(swapped, Identity({**UPS, "serial": "C3"}), 6), swapped.seen, "zhang", 7, "new unit")
    assert (again.waits, again.differs, again.known) == (Waits.CHANGED, ["serial"], Fingerprint(PLACE, OTHER))


def test_a_behaviour_is_at_most_a_little_change_and_more_points_are_none() -> None:
    quiet = told(begun(), behaviour(frozenset("pq"), frozenset("r")), 2)
    assert told(quiet, behaviour(frozenset("pqs"), frozenset("r")), 3).waits is Waits.NOTHING
    turned = told(quiet, behaviour(frozenset("p"), frozenset("qr")), 3)
    assert (turned.waits, turned.level, turned.differs) == (Waits.CHANGED, Level.MINOR, ["q"])
    assert told(turned, Identity(UPS), 4).waits is Waits.NOTHING, "it says now who it is: that is more than how it behaves"
    assert compare(Fingerprint(PLACE, UPS), behaviour(frozenset("p"), frozenset())) is Verdict.UNKNOWN


def test_what_a_driver_tells_of_a_behaviour_stands_beside_what_the_points_tell() -> None:
    spoken = Identity({"protocol": "2.0"}, behaviour=True)
    quiet = told(told(begun(), spoken, 2), behaviour(frozenset("p"), frozenset("q")), 3)
    assert quiet.known is not None and quiet.known.facts == {"protocol": "2.0", "answers": "p", "refuses": "q"}
    other = told(quiet, Identity({"protocol": "2.1"}, behaviour=True), 4)
    assert (other.waits, other.level, other.differs) == (Waits.CHANGED, Level.MINOR, ["protocol"])


@given(st.lists(said, max_size=8), st.booleans())
def test_silence_never_changes_anything_and_a_new_device_never_admits_itself(answers: list[Identity | None], found: bool) -> None:
    now = begun(found)
    for answer in answers:
        assert told(now, None, 5) is now
        assert told(now, Identity({}), 5) is now
        now = told(now, answer, 5)
        assert found or now.waits is Waits.NEW
        assert (now.seen is None) == (now.waits is Waits.NOTHING)


@given(st.lists(said, max_size=6), said)
def test_saying_the_same_twice_is_saying_it_once(answers: list[Identity | None], last: Identity | None) -> None:
    now = begun()
    for answer in answers:
        now = told(now, answer, 5)
    once = told(now, last, 6)
    assert told(once, last, 7) == once


@given(st.lists(said, max_size=6), st.lists(said, max_size=3), st.sampled_from([PLACE, ELSEWHERE]))
@settings(max_examples=200)
def test_what_an_engineer_admits_is_what_he_was_shown(
    before: list[Identity | None], meanwhile: list[Identity | None], place: Mapping[str, str]
) -> None:
    now = placed(begun(), "ups1", place, 2, found=False)
    for answer in before:
        now = told(now, answer, 3)
    if now.seen is None:
        return
    shown, later = now.seen, now
    for answer in meanwhile:
        later = told(later, answer, 4)
    taken = admitted(later, shown, "zhang", 5, "why")
    assert taken.known is not None and taken.known.place == shown.place
    if shown.facts is not None:
        assert taken.known == shown
    if later.seen == shown:
        assert taken.waits is Waits.NOTHING
    if taken.seen is not None:
        verdict = compare(taken.known, Identity(taken.seen.facts, taken.seen.behaviour) if taken.seen.facts is not None else None)
        assert taken.seen.place != taken.known.place or verdict in (Verdict.LITTLE, Verdict.OTHER)


@given(facts, facts)
def test_a_changed_stable_fact_is_always_found(one: dict[str, str], two: dict[str, str]) -> None:
    verdict = compare(Fingerprint(PLACE, one), Identity(two))
    differing = {name for name in one.keys() & two.keys() if one[name] != two[name]}
    assert (verdict is Verdict.OTHER) == bool(differing - {"version"})
    assert (verdict is Verdict.LITTLE) == (differing == {"version"})


def test_words_of_a_fact_that_may_change_are_found_in_any_spelling() -> None:
    for name in ("Firmware Version", "sysDescr", "software", "object version 3"):
        assert compare(Fingerprint(PLACE, {name: "1"}), Identity({name: "2"})) is Verdict.LITTLE
    assert compare(Fingerprint(PLACE, {"sysObjectID": "1"}), Identity({"sysObjectID": "2"})) is Verdict.OTHER
    assert identities.STATION == "station"
