"""The life of a handover, who may begin it, when it is late; what a movement makes of a stock. Whatever people do, in any order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty import handover as rules
from cityops_desktop.duty import stock
from cityops_desktop.duty.handover import MINUTE_MS, UNDER_WAY, Event, Member, State, Turn, after
from cityops_desktop.duty.stock import Holding, Move, Sort

HOUR = 60 * MINUTE_MS


@settings(max_examples=300)
@given(st.lists(st.sampled_from(Event), max_size=12))
def test_accepted_is_both_signatures_under_the_newest_freeze(events: list[Event]) -> None:
    state, since = State.DRAFT, []
    for event in events:
        following = after(state, event)
        if following is None:
            continue
        since = [] if event is Event.OFFER else [*since, event]
        assert (following is State.ACCEPTED) == (sorted(since) == sorted((Event.GIVE, Event.TAKE)))
        assert following is not State.DRAFT
        if state in (State.ACCEPTED, State.WITHDRAWN):
            raise AssertionError("nothing follows what is over")
        state = following


def test_a_refusal_goes_back_to_the_outgoing_and_a_new_freeze_forgets_signatures() -> None:
    assert after(State.TOLD, Event.REFUSE) is State.REFUSED
    assert after(State.REFUSED, Event.TAKE) is None
    assert after(State.REFUSED, Event.OFFER) is State.OFFERED
    assert after(State.TAKEN, Event.OFFER) is State.OFFERED
    assert all(after(state, Event.WITHDRAW) is State.WITHDRAWN for state in UNDER_WAY)
    assert after(State.DRAFT, Event.TAKE) is None


def test_the_leader_who_is_here_hands_on_else_anybody_of_the_crew() -> None:
    assert rules.starters([]) is None
    crew = [Member("lea", True, False), Member("ann", False, True)]
    assert rules.starters(crew) == {"lea", "ann"}
    assert rules.starters([Member("lea", True, True), *crew[1:]]) == {"lea"}


@settings(max_examples=200)
@given(
    st.integers(1, 20).map(lambda hours: hours * HOUR),
    st.one_of(st.none(), st.integers(0, 60 * HOUR)),
    st.integers(0, 240),
    st.integers(0, 30 * HOUR),
)
def test_late_is_owed_past_its_minutes_and_a_signature_ends_it(long: int, signed: int | None, minutes: int, later: int) -> None:
    before = Turn(24 * HOUR, 24 * HOUR + long)
    wall = before.end + later
    since = rules.due_since(before, 0, signed, wall, minutes)
    owed = rules.owed(before, 0, signed)
    assert (since is not None) == (owed and minutes > 0 and wall >= before.end + minutes * MINUTE_MS)
    now = Turn(before.end, before.end + HOUR)
    assert rules.handed_on(now, before, 0, signed) == (before if owed else now)
    assert not rules.owed(before, 0, wall)
    assert not rules.owed(before, before.begin + 1, signed), "a turn that began before the station was there was nobody's"
    assert not rules.held(before, 0, None)
    assert rules.held(before, 0, before.begin) == (long > 2 * HOUR)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(Move), st.integers(0, 5)), max_size=20))
def test_nothing_of_a_stock_is_lost_but_by_use_and_count(moves: list[tuple[Move, int]]) -> None:
    now, whole = Holding(5.0, 0.0), 5.0
    for move, number in moves:
        then = stock.moved(now, move, number)
        if then is None:
            continue
        whole += {Move.USED: -number, Move.ADDED: number, Move.COUNTED: number - now.have}.get(move, 0)
        now = then
        assert min(now) >= 0
        assert now.have + now.out == whole
    assert stock.missing(Sort.KEY, whole, now) == 0
    assert stock.missing(Sort.KEY, whole + 2, now) == 2
    assert stock.missing(Sort.CONSUMABLE, whole + 2, now) == 0


def test_a_stock_that_has_come_down_to_its_mark_is_low() -> None:
    assert stock.low(20.0, Holding(20.0, 0.0))
    assert not stock.low(20.0, Holding(20.1, 0.0))
    assert not stock.low(None, Holding(0.0, 0.0))
    assert stock.moved(Holding(0.3, 0.0), Move.USED, 0.1) == Holding(0.2, 0.0)
