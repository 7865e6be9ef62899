"""What proves that somebody was at a stop: the strongest proof counts, and each doubt is said."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.patrolcontent import STRENGTH, Expected, Stop
from cityops_desktop.duty.presence import SLACK_MS, Claim, Seen, prove, weakest

BOTH = {"zh": "点", "en": "stop"}
MINUTE = 60_000
BEGUN, ENDED = 100 * MINUTE, 130 * MINUTE


def stop(id: str, expects: Expected = Expected.SPOT) -> Stop:
    whole = {"id": id, "name": BOTH, "kind": "rack", "ref": "A01", "templates": ["t"], "expects": expects}
    return Stop.model_validate({**whole, "code": f"T-{id}"})


def told(stops: list[Stop], claims: dict[str, Claim], scans: list[Seen] | None = None) -> list[tuple[str, str]]:
    return [(one.way.value, one.doubt) for one in prove(stops, claims, scans or [], BEGUN, ENDED)]


def test_a_code_scanned_on_the_spot_within_the_round_holds() -> None:
    assert told([stop("a")], {"a": Claim(Expected.SPOT, "T-a", 110 * MINUTE)}) == [("spot", "")]


def test_each_doubt_is_said() -> None:
    one = [stop("a")]
    assert told(one, {}) == [("none", "missing")]
    assert told(one, {"a": Claim(Expected.SPOT, "T-b", 110 * MINUTE)}) == [("none", "wrong_code")]
    assert told(one, {"a": Claim(Expected.SPOT, "T-a", None)}) == [("spot", "no_time")]
    assert told(one, {"a": Claim(Expected.SPOT, "T-a", ENDED + SLACK_MS + 1)}) == [("spot", "outside")]
    assert told(one, {"a": Claim(Expected.DESK, "T-a", 110 * MINUTE)}) == [("desk", "weaker")]
    assert told(one, {"a": Claim(Expected.WAND, "T-a", 110 * MINUTE)}) == [("none", "no_scan")], "nobody is believed a wand by his word"
    assert told([stop("a", Expected.NONE)], {}) == [("none", "")]


def test_the_times_of_the_stops_go_up() -> None:
    claims = {"a": Claim(Expected.SPOT, "T-a", 120 * MINUTE), "b": Claim(Expected.SPOT, "T-b", 110 * MINUTE)}
    claims["c"] = Claim(Expected.SPOT, "T-c", 125 * MINUTE)
    assert told([stop("a"), stop("b"), stop("c")], claims) == [("spot", ""), ("spot", "order"), ("spot", "")]


def test_a_line_of_a_wand_goes_before_what_anybody_says() -> None:
    scans = [Seen(1, "T-a", 111 * MINUTE, "w1"), Seen(2, "T-a", 90 * MINUTE, "w1"), Seen(3, "T-x", 112 * MINUTE, "w1")]
    found = prove([stop("a", Expected.WAND)], {"a": Claim(Expected.DESK, "T-a", 120 * MINUTE)}, scans, BEGUN, ENDED)
    assert [(one.way, one.time, one.reader, one.scan, one.doubt) for one in found] == [(Expected.WAND, 111 * MINUTE, "w1", 1, "")]


def test_a_line_without_a_time_of_its_own_is_worth_no_more_than_the_desk() -> None:
    scans = [Seen(1, "T-a", 111 * MINUTE, "w1", timed=False)]
    assert told([stop("a", Expected.WAND)], {}, scans) == [("desk", "weaker")]
    assert told([stop("a", Expected.DESK)], {}, scans) == [("desk", "")]
    scans.append(Seen(2, "T-a", 112 * MINUTE, "w2"))
    assert told([stop("a", Expected.WAND)], {}, scans) == [("wand", "")]


def test_a_wand_that_met_a_stop_twice_is_read_in_the_order_of_the_stops() -> None:
    scans = [Seen(1, "T-b", 105 * MINUTE, "w"), Seen(2, "T-a", 110 * MINUTE, "w"), Seen(3, "T-b", 115 * MINUTE, "w")]
    assert told([stop("a", Expected.WAND), stop("b", Expected.WAND)], {}, scans) == [("wand", ""), ("wand", "")]


def test_the_weakest_stop_is_the_rounds_presence() -> None:
    stops = [stop("a"), stop("b", Expected.NONE), stop("c")]
    claims = {"a": Claim(Expected.SPOT, "T-a", 110 * MINUTE), "c": Claim(Expected.DESK, "T-c", 111 * MINUTE)}
    assert weakest(prove(stops, claims, [], BEGUN, ENDED)) == "desk"
    assert weakest(prove(stops, {}, [], BEGUN, ENDED)) == "none"
    assert weakest(prove([stop("b", Expected.NONE)], {}, [], BEGUN, ENDED)) == ""


ways = st.sampled_from(list(Expected))
times = st.one_of(st.none(), st.integers(80, 150).map(lambda minute: minute * MINUTE))
claims_ = st.dictionaries(st.sampled_from("abc"), st.builds(Claim, ways, st.sampled_from(["T-a", "T-b", "T-c", ""]), times))
seen_ = st.lists(
    st.builds(
        Seen, st.integers(1, 99), st.sampled_from(["T-a", "T-b", "T-x"]), st.integers(80, 150).map(lambda m: m * MINUTE), st.just("w")
    )
)


@settings(max_examples=150)
@given(st.lists(ways, min_size=1, max_size=3), claims_, seen_)
def test_no_proof_is_stronger_than_what_is_there(expects: list[Expected], claims: dict[str, Claim], scans: list[Seen]) -> None:
    stops = [stop(id, want) for id, want in zip("abc", expects, strict=False)]
    found = prove(stops, claims, scans, BEGUN, ENDED)
    assert [one.stop for one in found] == [one.id for one in stops]
    latest = 0
    for one, place in zip(found, stops, strict=True):
        claim = claims.get(place.id)
        fitting = [scan for scan in scans if scan.code == place.code and BEGUN - SLACK_MS <= scan.time <= ENDED + SLACK_MS]
        assert (one.way is Expected.WAND) == any(scan.timed for scan in fitting)
        if one.way is Expected.SPOT or (one.way is Expected.DESK and not fitting):
            assert claim is not None and claim.code == place.code and claim.way is one.way
        if not one.doubt and one.time is not None:
            assert one.time >= latest and STRENGTH[one.way] >= STRENGTH[place.expects]
            latest = one.time
        if place.expects is not Expected.NONE and one.way is Expected.NONE:
            assert one.doubt
