"""Plans, changes, who comes and goes, holes as alarms, what drives on it: the roster of a station over a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops_desktop.duty import roster
from cityops_desktop.duty.roster import CREW, LEADER, Listed, Plan, Slot, Sort
from cityops_desktop.link.duty.now import HandoverBrief
from cityops_desktop.link.duty.roster import ChangeDuty, EndPost, PublishPlan, SignIn, SignOut, WithdrawChange
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Alertness, DutyRules
from cityops_desktop.people import grants
from cityops_desktop.station.duty.part import Span
from tests.core.station.duty.rosterroom import HOUR, RosterRoom, roster_room, staff


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staff(tmp_path_factory.mktemp("staff"))


@pytest.fixture
def room(staffed: Path, tmp_path: Path) -> Iterator[RosterRoom]:
    with roster_room(staffed, tmp_path) as made:
        yield made


def leave(room: RosterRoom, name: str, begin: int, end: int) -> ChangeDuty:
    return ChangeDuty(sort=Sort.LEAVE, post="", account=room.ids[name], begin=begin, end=end, why="ill")


def stand_in(room: RosterRoom, name: str, other: str, begin: int, end: int) -> ChangeDuty:
    who = {"account": room.ids[name], "other": room.ids[other]}
    return ChangeDuty(sort=Sort.STAND_IN, post=CREW, begin=begin, end=end, why="for the night", **who)


# plans


def test_a_published_plan_says_whose_turn_it_is_also_after_a_restart(room: RosterRoom) -> None:
    assert room.roster.turn(room.clock.wall()) is None and room.stands() == {} and room.here() == {}
    room.publish()
    room.goes_on_to("10:00")
    for _ in range(2):
        turn, later = room.roster.turn(room.clock.wall()), room.roster.next_turn(room.clock.wall())
        assert turn is not None and later is not None
        assert (turn.name, turn.begin, turn.end, turn.crew) == ("day", room.at_clock("08:00"), room.at_clock("20:00"), "A")
        assert (later.name, later.begin) == ("night", room.at_clock("20:00"))
        assert room.here() == {"Ann": False}
        assert [one.name for one in room.roster.crew(later)] == ["Ben"]
        told = room.told()
        assert (told.shift, told.begin, told.end) == ("day", turn.begin, turn.end)
        assert [(one.name, one.kind, one.post, one.crew) for one in told.people] == [("Ann", "crew", CREW, "A")]
        room.start()


def test_without_a_plan_the_room_files_shifts_say_when_turns_change(staffed: Path, tmp_path: Path) -> None:
    with roster_room(staffed, tmp_path, shifts=("08:00", "20:00")) as room:
        turn = room.roster.turn(room.clock.wall())
        assert turn is not None and (turn.begin, turn.end, turn.members) == (room.at_clock("20:00", -1), room.at_clock("08:00"), ())
        assert room.roster.shift(room.clock.wall()) == (turn.begin, turn.end)
        assert room.stands() == {} and room.here() == {}, "nobody is missing where nobody is planned"
        room.comes("ann")
        assert room.told().people == [], "early for the next turn"
        room.goes_on_to("08:00")
        assert room.here() == {"Ann": True}


def test_what_was_planned_until_today_is_never_rewritten(room: RosterRoom) -> None:
    assert room.refused("lea", PublishPlan(plan=room.plan(-1), why="x")) == "plan_from_past"
    room.publish()
    assert room.refused("lea", PublishPlan(plan=room.plan(0), why="x")) == "plan_from_past", "today is planned already"
    room.publish(1, name="Duty anew", crews=(roster.Crew(name="C", offset=0, members=(room.ids["cai"],)),), cycle="DN", fixed=False)
    first, second = room.roster.known.roster.plan(CREW, room.today), room.roster.known.roster.plan(CREW, roster.day_of(room.day(1)))
    assert first is not None and second is not None and (first.name, second.name) == ("Duty", "Duty anew")
    assert [version.plan.name for version in room.page(0, HOUR).plans] == ["Duty", "Duty anew"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cycle": "DX"}, "roster_cycle"),
        ({"slots": (), "crews": (), "cycle": ""}, "roster_cycle"),
        (
            {"slots": (), "crews": (), "cycle": "", "fixed": False, "replaces": CREW, "listed": (Listed(day="2099-01-01", members=()),)},
            "roster_list",
        ),
        ({"crews": (roster.Crew(name="", offset=0, members=("nobody",)),)}, "no_such_account"),
        (
            {"slots": (), "crews": (), "cycle": "", "fixed": False, "replaces": "none", "listed": (Listed(day="2099-01-01", members=()),)},
            "no_such_post",
        ),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_with_its_reason(room: RosterRoom, change: dict[str, object], code: str) -> None:
    assert room.refused("lea", PublishPlan(plan=room.plan(1, **change), why="x")) == code


def test_duty_staff_read_the_roster_and_do_not_write_it(room: RosterRoom) -> None:
    assert room.refused("ann", PublishPlan(plan=room.plan(), why="x")) == "no_right"
    assert room.refused("vic", SignIn()) == "no_right"
    room.publish()
    assert [turn.name for turn in room.page(room.at_clock("00:00", 1), room.at_clock("23:00", 1)).turns] == ["night", "day", "night"]


def test_a_post_ends_from_a_day_on(room: RosterRoom) -> None:
    assert room.refused("lea", EndPost(post="guard", since=room.day(1), why="x")) == "no_such_post"
    room.publish()
    assert room.refused("lea", EndPost(post=CREW, since=room.day(0), why="x")) == "plan_from_past"
    room.done("lea", EndPost(post=CREW, since=room.day(2), why="x"))
    room.goes_on_to("07:59", 2)
    assert room.here() == {"Ben": False}
    room.goes_on_to("08:00", 2)
    assert room.here() == {} and room.stands() == {}


def test_a_holiday_list_takes_the_turns_of_its_days(room: RosterRoom) -> None:
    room.publish()
    taken = Plan(post=LEADER, name="x", since=room.day(1), listed=(Listed(day=room.day(2), members=()),), replaces=CREW)
    assert room.refused("lea", PublishPlan(plan=taken, why="x")) == "roster_list"
    days = (Listed(day=room.day(2), members=(room.ids["cai"],)),)
    holidays = Plan(post="spring", name="Spring Festival", since=room.day(0), listed=days, replaces=CREW)
    room.done("lea", PublishPlan(plan=holidays, why="holidays"))
    late = holidays.model_copy(update={"listed": (Listed(day=room.day(0), members=()),)})
    assert room.refused("lea", PublishPlan(plan=late, why="x")) == "plan_from_past"
    room.goes_on_to("10:00", 2)
    assert room.here() == {"Cai": False}
    assert [post.replaces for post in room.page(0, HOUR).posts] == ["", CREW]


# changes over the plan


def test_leave_makes_a_hole_that_is_seen_ahead_and_a_stand_in_fills_it(room: RosterRoom) -> None:
    room.publish()
    begin, end = room.at_clock("20:00", 1), room.at_clock("08:00", 2)
    room.done("lea", leave(room, "ben", begin, end))
    assert [(hole.begin, hole.end, hole.name) for hole in room.page(0, HOUR).ahead] == [(begin, end, "night")]
    given = room.done("lea", stand_in(room, "ben", "cai", begin, end))
    assert room.page(0, HOUR).ahead == []
    room.goes_on_to("22:00", 1)
    assert room.here() == {"Cai": False}
    [night] = [turn for turn in room.page(begin, end).turns if turn.begin == begin]
    assert [(place.planned, place.holders) for place in night.places] == [(room.ids["ben"], [room.ids["cai"]])]
    room.done("lea", WithdrawChange(change=str(given["change"]), why="cai is ill as well"))
    assert room.here() == {} and room.stands()["duty:crew:nobody"] == "Duty"
    assert room.refused("lea", WithdrawChange(change=str(given["change"]), why="again")) == "no_such_change"
    assert [change.sort for change in room.page(begin, end).changes] == [Sort.LEAVE]


def test_two_swap_their_turns(room: RosterRoom) -> None:
    room.publish()
    mine, theirs = (room.at_clock("08:00", 1), room.at_clock("20:00", 1)), (room.at_clock("20:00", 2), room.at_clock("08:00", 3))
    spans = {"begin": mine[0], "end": mine[1], "other_begin": theirs[0], "other_end": theirs[1]}
    room.done("lea", ChangeDuty(sort=Sort.SWAP, post=CREW, account=room.ids["ann"], other=room.ids["ben"], why="wedding", **spans))
    room.goes_on_to("12:00", 1)
    assert room.here() == {"Ben": False}
    room.goes_on_to("23:00", 2)
    assert room.here() == {"Ann": False}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"end": 0}, "change_times"),
        ({"begin": 1, "end": HOUR}, "change_too_old"),
        ({"begin": 2**52, "end": 2**52 + HOUR}, "change_times"),
        ({"other": ""}, "change_whom"),
        ({"post": ""}, "change_whom"),
        ({"other": "nobody"}, "no_such_account"),
        ({"post": "guard"}, "no_such_post"),
        ({"account": "cai"}, "no_turn_then"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(room: RosterRoom, change: dict[str, object], code: str) -> None:
    room.publish()
    act = stand_in(room, "ann", "cai", room.at_clock("08:00", 1), room.at_clock("20:00", 1))
    if change.get("account") == "cai":
        change = {"account": room.ids["cai"], "other": room.ids["ann"]}
    assert room.refused("lea", act.model_copy(update=change)) == code


def test_a_leave_of_the_account_and_a_disabled_account_count_as_well(room: RosterRoom) -> None:
    room.publish()
    begin, end = room.at_clock("08:00", 1), room.at_clock("20:00", 1)
    room.people.write(lambda conn: grants.leave(conn, room.ids["ann"], begin, end, "course", actor="x", time=room.clock.wall()))
    room.renew()
    assert [(hole.begin, hole.end) for hole in room.page(0, HOUR).ahead] == [(begin, end)]


# who comes and who goes


def test_a_turn_to_which_nobody_signs_in_is_an_alarm_half_an_hour_later(room: RosterRoom) -> None:
    room.publish()
    room.goes_on_to("08:29", 1)
    assert room.stands() == {}
    room.goes_on_to("08:30", 1)
    assert room.stands() == {"duty:crew:unsigned": "Duty · day 08:00"}
    room.comes("ann")
    assert room.stands() == {} and room.here() == {"Ann": True}
    room.goes_on_to("20:30", 1)
    assert room.here() == {"Ben": False, "Ann": True}, "nobody relieved her: she is still here"
    assert room.stands() == {"duty:crew:unsigned": "Duty · night 20:00"}
    room.strict(sign_in=0)
    assert room.stands() == {}, "here nobody signs in"


def test_people_come_an_hour_early_and_leave_when_somebody_has_taken_over(room: RosterRoom) -> None:
    room.publish()
    room.goes_on_to("07:30", 1)
    room.comes("ann")
    assert room.refused("ann", SignIn()) == "already_signed_in"
    assert room.here() == {"Ben": False}, "early is not yet on duty"
    room.goes_on_to("08:00", 1)
    assert room.here() == {"Ann": True}
    assert room.refused("ann", SignOut()) == "no_relief"
    assert room.refused("ann", SignOut(relief=room.ids["ben"])) == "relief_not_here"
    assert room.refused("ben", SignOut()) == "not_signed_in"
    room.goes_on_to("19:45", 1)
    room.comes("ben")
    room.goes("ann", relief="ben")
    signs = {sign.name: sign for sign in room.page(room.at_clock("00:00", 1), room.at_clock("00:00", 2)).signs}
    assert signs["Ann"].relief == room.ids["ben"] and signs["Ann"].left == room.clock.wall() and signs["Ann"].planned
    assert room.stands() == {"duty:crew:nobody": "Duty"}, "she left before the turn of her relief began"
    room.goes_on_to("20:00", 1)
    assert room.here() == {"Ben": True} and room.stands() == {}


def test_who_leaves_with_a_reason_leaves_the_post_empty_and_that_is_an_alarm(room: RosterRoom) -> None:
    room.publish()
    room.goes_on_to("10:00", 1)
    room.comes("ann")
    room.goes("ann", why="fire drill")
    assert room.here() == {} and room.stands() == {"duty:crew:nobody": "Duty"}
    assert room.told().uncovered == ["Duty"]
    assert room.refused("cai", SignIn()) == "say_why", "the plan does not name cai"
    room.comes("cai", why="for ann")
    assert room.here() == {"Cai": True} and room.stands() == {} and room.told().uncovered == []
    room.goes_on_to("21:00", 1)
    room.comes("ben")
    assert room.here() == {"Ben": True}, "whoever has been relieved is not on duty any more, signed out or not"


def test_coming_to_the_next_turn_ends_the_one_before(room: RosterRoom) -> None:
    room.publish(crews=(roster.Crew(name="", offset=0, members=(room.ids["ann"],)),), cycle="D", fixed=False, round_clock=False)
    room.goes_on_to("09:00", 1)
    room.comes("ann")
    room.goes_on_to("09:00", 2)
    room.comes("ann")
    signs = room.page(room.at_clock("00:00", 1), room.at_clock("00:00", 3)).signs
    assert [(sign.begin, sign.left) for sign in signs] == [
        (room.at_clock("08:00", 1), room.clock.wall()),
        (room.at_clock("08:00", 2), None),
    ]
    assert room.stands() == {} and room.here() == {"Ann": True}


def test_a_sign_in_that_was_never_signed_out_counts_no_more_a_day_later(room: RosterRoom) -> None:
    room.publish()
    room.goes_on_to("09:00", 1)
    room.comes("cai", why="helps out")
    room.goes_on_to("19:59", 2)
    assert room.here() == {"Ann": False, "Cai": True}
    room.goes_on_to("20:00", 2)
    assert room.here() == {"Ben": False} and room.refused("cai", SignOut(why="late")) == "not_signed_in"


def test_leaders_on_call_have_a_post_of_their_own_and_nobody_waits_for_them_to_sign_in(room: RosterRoom) -> None:
    room.publish()
    slots = (Slot(sign="F", name="on call", begin="08:00", end="08:00"),)
    crews = (roster.Crew(name="", offset=0, members=(room.ids["lea"],)),)
    plan = Plan(post=LEADER, name="Leader", since=room.day(0), epoch=room.day(0), slots=slots, cycle="F", crews=crews)
    room.done("lea", PublishPlan(plan=plan, why="on call"))
    room.goes_on_to("09:00", 1)
    room.comes("ann")
    assert room.stands() == {}
    assert [(one.name, one.kind) for one in room.roster.on_duty(room.clock.wall())] == [("Ann", "crew"), ("Lea", "leader")]
    assert (room.roster.logins(CREW), room.roster.logins(LEADER), room.roster.logins("guard")) == (["ann"], ["lea"], [])
    room.done("lea", leave(room, "lea", room.at_clock("08:00", 1), room.at_clock("08:00", 2)))
    assert room.stands() == {"duty:leader:nobody": "Leader"}


def test_the_outgoing_crew_is_on_duty_until_the_handover_is_signed(room: RosterRoom) -> None:
    room.publish()
    room.goes_on_to("19:50", 1)
    room.comes("ann")
    brief = HandoverBrief(id="h", state="offered", frozen=room.at_clock("19:55", 1), outgoing="Ann")
    room.roster.holding = lambda: brief
    room.goes_on_to("21:00", 1)
    assert room.here() == {"Ann": True} and room.stands() == {}
    assert room.told().shift == "day"
    room.roster.holding = lambda: None
    assert room.told().shift == "night"


# rights


def test_a_room_may_let_only_whoever_is_on_duty_do_what_duty_staff_do(room: RosterRoom) -> None:
    room.publish()
    room.goes_on_to("10:00", 1)
    room.strict(only_on_duty=True)
    check = lambda name: room.people.check(room.at(name).session, room.at(name).bound, "note.add")  # noqa: E731
    room.stands()
    check("ann")
    check("lea")
    with pytest.raises(Refused, match="not_on_duty"):
        check("cai")
    room.people.check(room.at("cai").session, room.at("cai").bound, "audit.read")
    room.comes("cai", why="helps out")
    room.stands()
    check("cai")
    room.strict(only_on_duty=False)
    room.stands()
    check("ben")


def test_whoever_has_the_role_can_always_sign_in_also_between_turns(room: RosterRoom) -> None:
    room.publish(crews=(roster.Crew(name="", offset=0, members=(room.ids["ann"],)),), cycle="D", fixed=False, round_clock=False)
    room.goes_on_to("23:00", 1)
    room.strict(only_on_duty=True)
    room.stands()
    with pytest.raises(Refused, match="not_on_duty"):
        room.people.check(room.at("ben").session, room.at("ben").bound, "note.add")
    room.comes("ben", why="leak")
    assert room.here() == {"Ben": True} and room.stands() == {}
    room.people.check(room.at("ben").session, room.at("ben").bound, "note.add")
    assert room.refused("ben", SignIn(why="again")) == "already_signed_in"
    assert room.refused("ben", SignIn(post="guard")) == "no_such_post"
    assert room.page(room.at_clock("22:00", 1), room.at_clock("00:00", 2)).signs[0].end == room.at_clock("08:00", 2)


def test_a_roster_that_has_ended_binds_nobody(room: RosterRoom) -> None:
    room.publish()
    room.done("lea", EndPost(post=CREW, since=room.day(2), why="x"))
    room.strict(only_on_duty=True)
    room.goes_on_to("09:00", 2)
    room.stands()
    room.people.check(room.at("cai").session, room.at("cai").bound, "note.add")


# alertness


def test_whoever_touches_nothing_for_long_is_asked_and_a_missed_answer_is_an_alarm(staffed: Path, tmp_path: Path) -> None:
    with roster_room(staffed, tmp_path, DutyRules(alertness=Alertness(30, 5, ("22:00", "06:00")))) as room:
        room.goes_on_to("21:59", 1)
        assert room.stands() == {} and room.told().alertness is None
        room.goes_on_to("22:10", 1)
        room.roster.used("desk")
        for minutes in (29, 1):
            assert room.told().alertness is None
            room.clock.advance(minutes * 60)
            assert room.stands() == {}
        assert room.told().alertness == room.clock.wall() + 300_000
        room.roster.used("desk")
        assert room.told().alertness is None, "any key is an answer"
        room.clock.advance(30 * 60)
        room.stands()
        room.clock.advance(5 * 60)
        assert room.stands() == {"alertness": "23:10"}
        room.roster.used("desk")
        assert room.stands() == {}
        told = room.store.write(lambda conn: room.roster.figures(conn, 0, room.clock.wall())).result(30)
        assert (told["roster.checks"], told["roster.checks_missed"]) == (2.0, 1.0)


def test_nobody_is_asked_while_an_alarm_waits(staffed: Path, tmp_path: Path) -> None:
    with roster_room(staffed, tmp_path, DutyRules(alertness=Alertness(30, 5))) as room:
        for present in (True, False):
            room.book.station("station#x", Cause.NOTIFY_FAILED, Level.MAJOR, "", present, room.clock.wall(), room.clock.monotonic())
        room.clock.advance(31 * 60)
        room.stands()
        assert room.told().alertness is None
        [alarm] = room.book.open()
        room.book.acknowledge(alarm.id, "x", "X", room.clock.wall())
        room.clock.advance(29 * 60)
        room.stands()
        assert room.told().alertness is None, "counted from the alarm on"
        room.clock.advance(2 * 60)
        room.stands()
        assert room.told().alertness is not None


# sheets and figures


def test_the_sheet_of_a_turn_says_who_was_there_who_was_not_and_what_is_open(room: RosterRoom) -> None:
    room.publish()
    room.goes_on_to("08:00", 1)
    room.comes("ann")
    room.done("lea", leave(room, "ben", room.at_clock("20:00", 2), room.at_clock("08:00", 3)))
    room.goes_on_to("20:00", 1)
    room.comes("cai", why="ben is late")
    room.goes("ann", relief="cai")
    span = Span(room.at_clock("08:00", 1), room.at_clock("20:00", 1), room.at_clock("08:00", 3))
    [section] = room.store.read(lambda conn: room.roster.sheet(conn, span))
    by_front = {front: [row for row in section.rows if row.front == front] for front in ("", "abnormal", "changed", "due")}
    assert [row.params["name"] for row in by_front[""]] == ["Ann"] and by_front[""][0].params["relief"] == "Cai"
    assert by_front["abnormal"] == []
    assert [row.params["account"] for row in by_front["changed"]] == ["Ben"]
    assert [row.params["begin_at"] for row in by_front["due"]] == [room.at_clock("20:00", 2)]
    night = Span(span.end, room.at_clock("08:00", 2), room.at_clock("20:00", 2))
    [section] = room.store.read(lambda conn: room.roster.sheet(conn, night))
    assert [row.params["name"] for row in section.rows if row.front == "abnormal"] == ["Ben"]


def test_figures_count_turns_and_hours_without_anybody(room: RosterRoom) -> None:
    assert room.store.read(lambda conn: room.roster.figures(conn, 0, HOUR))["roster.turns"] is None
    room.publish()
    room.done("lea", leave(room, "ben", room.at_clock("20:00", 1), room.at_clock("02:00", 2)))
    room.goes_on_to("09:00", 1)
    room.comes("ann")
    found = room.store.read(lambda conn: room.roster.figures(conn, room.at_clock("08:00", 1), room.at_clock("08:00", 3)))
    assert (found["roster.turns"], found["roster.unsigned"], found["roster.uncovered_hours"]) == (4.0, 3.0, 6.0)


def test_a_question_about_too_long_a_time_is_refused(room: RosterRoom) -> None:
    with pytest.raises(Refused, match="roster_span"):
        room.page(0, 401 * 24 * HOUR)
    with pytest.raises(Refused, match="roster_span"):
        room.page(2**52, 2**52 + HOUR)


def test_until_the_first_turn_of_the_first_plan_the_times_of_the_room_file_hold(staffed: Path, tmp_path: Path) -> None:
    with roster_room(staffed, tmp_path, shifts=("09:00", "21:00")) as room:
        room.publish()
        before, first = room.at_clock("08:00") - HOUR, room.at_clock("08:00")
        turn, later = room.roster.turn(before), room.roster.next_turn(before)
        assert turn is not None and later is not None
        assert (turn.name, turn.end, later.begin) == ("", first, first), "it ends where the plan begins, not at nine"
