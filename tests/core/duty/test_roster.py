"""Whose turn it is: every shipped pattern covers each slot of every day once, also where clocks change; what lies over a plan; holes."""

import datetime
import itertools
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty import roster
from cityops_desktop.duty.roster import CREW, LEADER, PATTERNS, Crew, Hole, Listed, Passing, Pattern, Place, Plan, Roster, Slot, Sort

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = [SHANGHAI, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
HOUR = 3_600_000
DAY = datetime.timedelta(days=1)
NEW_YEAR = datetime.date(2026, 1, 1)


def plan_of(one: Pattern, since: str = "2026-01-01", post: str = CREW) -> Plan:
    words = {name: name for _, name, *_ in one.slots}
    crews = roster.crews_of(one, [(f"crew {n}", [f"p{n}"]) for n in range(one.crews)])
    return Plan(
        post=post,
        name="Duty",
        since=since,
        slots=roster.slots_of(one, words, {}),
        cycle=one.cycle,
        epoch="2026-01-01",
        crews=crews,
        fixed=one.fixed,
    )


def at(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def simple(*passings: Passing, post: str = CREW) -> Roster:
    """a and b have the days, c the nights."""
    crews = (Crew(name="A", offset=0, members=("a", "b")), Crew(name="C", offset=1, members=("c",)))
    slots = (Slot(sign="D", name="day", begin="08:00", end="20:00"), Slot(sign="N", name="night", begin="20:00", end="08:00"))
    plan = Plan(post=post, name="Duty", since="2026-01-01", slots=slots, cycle="DN", epoch="2026-01-01", crews=crews, fixed=True)
    return Roster([plan], passings, SHANGHAI)


@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.id)
@given(day=st.dates(datetime.date(2026, 1, 1), datetime.date(2040, 12, 31)), zone=st.sampled_from(ZONES))
@settings(max_examples=30, deadline=None)
def test_each_slot_of_every_day_has_exactly_one_crew(one: Pattern, day: datetime.date, zone: ZoneInfo) -> None:
    plan = plan_of(one)
    assert roster.wrong(plan) == ""
    turns = Roster([plan], [], zone).day(CREW, day)
    assert Counter(turn.sign for turn in turns) == dict.fromkeys((sign for sign, *_ in one.slots), 1)
    assert all(len(turn.members) == 1 for turn in turns)


@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.id)
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_each_pattern_covers_a_year_without_a_hole_and_nobody_has_two_turns_at_once(one: Pattern, zone: ZoneInfo) -> None:
    plan = plan_of(one, "2025-12-25")
    whole = Roster([plan], [], zone)
    begin, end = at("2026-01-01", zone), at("2027-01-01", zone)
    assert whole.holes(begin, end) == []
    turns = whole.turns(CREW, begin, end)
    assert all(former.end == later.begin for former, later in itertools.pairwise(turns))
    assert all(len(turn.members) == 1 for turn in turns)
    if not one.fixed:
        share = Counter(member for turn in turns for member in turn.members)
        assert max(share.values()) - min(share.values()) <= len(one.cycle), "the work is shared alike"


@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.id)
def test_nobody_goes_from_one_turn_straight_into_the_next(one: Pattern) -> None:
    turns = Roster([plan_of(one)], [], SHANGHAI).turns(CREW, at("2026-01-02"), at("2026-04-01"))
    for member in {member for turn in turns for member in turn.members}:
        own = [turn for turn in turns if member in turn.members]
        assert all(later.begin - former.end >= 8 * HOUR for former, later in itertools.pairwise(own))


def test_a_night_is_an_hour_shorter_when_clocks_go_on_and_longer_when_they_go_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    whole = Roster([plan_of(roster.pattern("4x2"))], [], berlin)
    hours = {
        day: (turn.end - turn.begin) // HOUR
        for day in ("2026-03-28", "2026-10-24", "2026-06-01")
        for turn in whole.day(CREW, roster.day_of(day))
        if turn.sign == "N"
    }
    assert hours == {"2026-03-28": 11, "2026-10-24": 13, "2026-06-01": 12}


def test_a_turn_that_begins_when_the_clock_jumps_begins_where_the_one_before_it_ends() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    slots = (Slot(sign="A", name="a", begin="02:30", end="14:30"), Slot(sign="B", name="b", begin="14:30", end="02:30"))
    crews = (Crew(name="", offset=0, members=("x",)), Crew(name="", offset=1, members=("y",)))
    whole = Roster(
        [Plan(post=CREW, name="n", since="2026-01-01", slots=slots, cycle="AB", epoch="2026-01-01", crews=crews, fixed=True)], [], berlin
    )
    assert whole.holes(at("2026-03-27", berlin), at("2026-04-02", berlin)) == []
    assert whole.holes(at("2026-10-23", berlin), at("2026-10-28", berlin)) == []


def test_the_night_that_runs_belongs_to_the_day_on_which_it_began() -> None:
    turn = simple().turn(CREW, at("2026-02-03 03:00"))
    assert turn is not None
    assert (turn.sign, turn.begin, turn.end, turn.crew) == ("N", at("2026-02-02 20:00"), at("2026-02-03 08:00"), "C")
    after = simple().next_turn(CREW, at("2026-02-03 03:00"))
    assert after is not None and (after.sign, after.begin) == ("D", at("2026-02-03 08:00"))
    assert simple().turn(CREW, at("2026-02-03 08:00")) == after, "a turn ends at the moment at which the next begins"


def test_the_version_published_last_supersedes_from_its_first_day_and_the_past_stays() -> None:
    first = plan_of(roster.pattern("4x2"))
    second = first.model_copy(update={"since": "2026-03-01", "name": "second"})
    third = first.model_copy(update={"since": "2026-02-01", "name": "third"})
    whole = Roster([first, second, third], [], SHANGHAI)
    names = [
        plan.name if (plan := whole.plan(CREW, roster.day_of(day))) else None
        for day in ("2025-12-31", "2026-01-31", "2026-02-01", "2026-03-01")
    ]
    assert names == [None, "Duty", "third", "third"]


def test_a_plan_of_nothing_ends_the_post() -> None:
    first = plan_of(roster.pattern("24-2"))
    whole = Roster([first, Plan(post=CREW, name="Duty", since="2026-02-01")], [], SHANGHAI)
    assert whole.day(CREW, roster.day_of("2026-02-01")) == []
    assert whole.turn(CREW, at("2026-02-01 07:59")) is not None, "the turn that began the day before goes to its end"
    assert whole.turn(CREW, at("2026-02-01 08:00")) is None
    assert whole.holes(at("2026-02-02"), at("2026-03-01")) == []


def test_leave_empties_a_place_and_only_an_empty_turn_is_a_hole() -> None:
    whole = simple(
        Passing("", "a", "", at("2026-02-03 00:00"), at("2026-02-05 00:00")),
        Passing(CREW, "c", "", at("2026-02-03 22:00"), at("2026-02-04 02:00")),
    )
    day = whole.turn(CREW, at("2026-02-03 12:00"))
    assert day is not None
    assert whole.places(day, at("2026-02-03 12:00")) == [Place("a", ""), Place("b", "b")]
    assert whole.holders(day, at("2026-02-03 12:00")) == ["b"]
    assert whole.holes(at("2026-02-01"), at("2026-02-10")) == [Hole(CREW, "night", at("2026-02-03 22:00"), at("2026-02-04 02:00"))]


def test_a_stand_in_counts_whichever_was_written_first() -> None:
    leave = Passing("", "c", "", at("2026-02-03 20:00"), at("2026-02-04 08:00"))
    for_c = Passing(CREW, "c", "x", at("2026-02-03 20:00"), at("2026-02-04 08:00"))
    for changes in ([leave, for_c], [for_c, leave]):
        whole = simple(*changes)
        night = whole.turn(CREW, at("2026-02-03 23:00"))
        assert night is not None and whole.holders(night, at("2026-02-03 23:00")) == ["x"]
        assert whole.holes(at("2026-02-01"), at("2026-02-10")) == []


def test_who_stands_in_can_be_stood_in_for_and_be_away() -> None:
    begin, end = at("2026-02-03 20:00"), at("2026-02-04 08:00")
    whole = simple(
        Passing(CREW, "c", "x", begin, end), Passing(CREW, "x", "y", begin, end), Passing("", "y", "", at("2026-02-04 00:00"), end)
    )
    night = whole.turn(CREW, begin)
    assert night is not None
    assert whole.holders(night, begin) == ["y"]
    assert whole.holes(begin, end) == [Hole(CREW, "night", at("2026-02-04 00:00"), end)]
    assert whole.ever(night) == ["y"]


def test_a_swap_is_two_who_stand_in_for_each_other() -> None:
    changes = roster.passings(
        Sort.SWAP, CREW, "a", at("2026-02-03 08:00"), at("2026-02-03 20:00"), "c", at("2026-02-05 20:00"), at("2026-02-06 08:00")
    )
    whole = simple(*changes)
    day, night = whole.turn(CREW, at("2026-02-03 12:00")), whole.turn(CREW, at("2026-02-05 23:00"))
    assert day is not None and night is not None
    assert whole.holders(day, at("2026-02-03 12:00")) == ["c", "b"]
    assert whole.holders(night, at("2026-02-05 23:00")) == ["a"]


def test_two_who_swap_within_one_turn_change_nothing() -> None:
    span = (at("2026-02-03 08:00"), at("2026-02-03 20:00"))
    whole = simple(*roster.passings(Sort.SWAP, CREW, "a", *span, "b", *span))
    day = whole.turn(CREW, span[0])
    assert day is not None and sorted(whole.holders(day, span[0])) == ["a", "b"]


def test_an_account_that_is_switched_off_holds_no_place() -> None:
    plan = simple().plan(CREW, NEW_YEAR)
    assert plan is not None
    whole = Roster([plan], [], SHANGHAI, away=["c"])
    assert [hole.name for hole in whole.holes(at("2026-02-03 00:00"), at("2026-02-05 00:00"))] == ["night"] * 3


def test_time_between_turns_is_a_hole_only_where_somebody_is_wanted_round_the_clock() -> None:
    slots = (Slot(sign="D", name="day", begin="08:00", end="18:00"),)
    crews = (Crew(name="", offset=0, members=("a",)),)
    office = Plan(
        post="desk", name="Desk", since="2026-01-01", slots=slots, cycle="DDDDD--", epoch="2026-01-05", crews=crews, round_clock=False
    )
    whole = Roster([office], [], SHANGHAI)
    assert len(whole.turns("desk", at("2026-01-05"), at("2026-01-12"))) == 5
    assert whole.holes(at("2026-01-05"), at("2026-01-12")) == [], "nobody is wanted on a Sunday"
    always = office.model_copy(update={"round_clock": True})
    found = Roster([always], [], SHANGHAI).holes(at("2026-01-05"), at("2026-01-07"))
    assert [(hole.begin, hole.end) for hole in found][:2] == [
        (at("2026-01-05"), at("2026-01-05 08:00")),
        (at("2026-01-05 18:00"), at("2026-01-06 08:00")),
    ]


def test_a_free_cycle_whose_crews_leave_a_slot_empty_shows_it() -> None:
    plan = plan_of(roster.pattern("4x2"))
    lame = plan.model_copy(update={"crews": plan.crews[:3]})
    found = Roster([lame], [], SHANGHAI).holes(at("2026-01-02"), at("2026-01-10"))
    assert found and all(hole.name for hole in found)


def test_leaders_are_on_call_by_day_or_by_week() -> None:
    for cycle, step, length in ((roster.weekly(3), 7, 7), (roster.daily(3), 1, 1)):
        crews = tuple(Crew(name="", offset=-n * step % len(cycle), members=(f"l{n}",)) for n in range(3))
        slots = (Slot(sign="F", name="on call", begin="08:00", end="08:00"),)
        plan = Plan(post=LEADER, name="Leader", since="2026-01-05", slots=slots, cycle=cycle, epoch="2026-01-05", crews=crews)
        assert roster.wrong(plan) == ""
        turns = [Roster([plan], [], SHANGHAI).day(LEADER, roster.day_of("2026-01-05") + n * DAY) for n in range(3 * length)]
        assert [turn.members[0] for day in turns for turn in day] == [f"l{n}" for n in range(3) for _ in range(length)]


def test_a_holiday_list_fills_the_turns_of_a_post_on_its_days() -> None:
    crew = simple().plan(CREW, NEW_YEAR)
    assert crew is not None
    days = (Listed(day="2026-02-17", sign="", members=("x",)), Listed(day="2026-02-18", sign="N", members=("y", "z")))
    holidays = Plan(post="spring", name="Spring Festival", since="2026-01-01", listed=days, replaces=CREW)
    assert roster.wrong(holidays) == ""
    whole = Roster([crew, holidays], [], SHANGHAI)
    members = {turn.begin: turn.members for turn in whole.turns(CREW, at("2026-02-17 08:00"), at("2026-02-19 20:00"))}
    assert list(members.values()) == [("x",), ("x",), ("a", "b"), ("y", "z"), ("a", "b")]
    assert whole.posts == [CREW], "it is no post of its own"
    assert whole.holes(at("2026-02-10"), at("2026-02-25")) == []


def test_a_holiday_list_of_its_own_is_on_duty_on_its_days_only() -> None:
    slots = (Slot(sign="H", name="holiday", begin="09:00", end="17:00"),)
    own = Plan(
        post="spring",
        name="Spring Festival",
        since="2026-01-01",
        slots=slots,
        listed=(Listed(day="2026-02-17", sign="", members=("x",)), Listed(day="2026-02-18", sign="H", members=())),
    )
    assert roster.wrong(own) == ""
    whole = Roster([own], [], SHANGHAI)
    assert [turn.begin for turn in whole.turns("spring", at("2026-02-10"), at("2026-02-25"))] == [
        at("2026-02-17 09:00"),
        at("2026-02-18 09:00"),
    ]
    assert whole.holes(at("2026-02-10"), at("2026-02-25")) == [Hole("spring", "holiday", at("2026-02-18 09:00"), at("2026-02-18 17:00"))]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cycle": "DX"}, "roster_cycle"),
        ({"cycle": "--"}, ""),
        ({"cycle": ""}, "roster_cycle"),
        ({"crews": ()}, "roster_cycle"),
        ({"crews": (Crew(name="", offset=7, members=()),)}, "roster_cycle"),
        ({"slots": (Slot(sign="D", name="a", begin="08:00", end="20:00"),) * 2}, "roster_slots"),
        ({"slots": (Slot(sign="休", name="a", begin="08:00", end="20:00"),)}, "roster_slots"),
        ({"epoch": ""}, "roster_cycle"),
        ({"slots": ()}, "roster_cycle"),
        ({"cycle": "D N | -休"}, ""),
        ({"listed": (Listed(day="2026-02-17", members=("x",)),)}, "roster_list"),
    ],
)
def test_a_plan_that_makes_no_sense_is_named(change: dict[str, object], code: str) -> None:
    plan = simple().plan(CREW, NEW_YEAR)
    assert plan is not None
    assert roster.wrong(plan.model_copy(update=change)) == code


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-02-30"):
        Plan(post=CREW, name="x", since="2026-02-30")


@given(
    changes=st.lists(
        st.tuples(st.sampled_from("abcx"), st.sampled_from(["a", "b", "c", "x", ""]), st.integers(0, 90), st.integers(1, 30)), max_size=8
    )
)
@settings(max_examples=60, deadline=None)
def test_holes_are_exactly_the_times_at_which_nobody_holds_a_place(changes: list[tuple[str, str, int, int]]) -> None:
    start = at("2026-02-03")
    whole = simple(*(Passing(CREW, out, into, start + hour * HOUR, start + (hour + long) * HOUR) for out, into, hour, long in changes))
    holes = whole.holes(start, start + 96 * HOUR)
    for hour in range(96):
        now = start + hour * HOUR + HOUR // 2
        turn = whole.turn(CREW, now)
        assert turn is not None
        assert any(hole.begin <= now < hole.end for hole in holes) is (not whole.holders(turn, now))


@given(st.integers(0, 60 * 24 * 5))
def test_a_post_has_begun_from_the_first_turn_of_its_first_plan_on(minute: int) -> None:
    now = at("2025-12-31") + minute * 60_000
    assert simple().begun(CREW, now) is (minute >= (24 + 8) * 60)
    assert not simple().begun(LEADER, now)
