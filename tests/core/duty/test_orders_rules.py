"""The life of a work order: whatever people try, only what was done and accepted by somebody is closed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.orders import ENDED, ORDER, OrderEvent, OrderState


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(OrderEvent), max_size=12))
def test_nothing_is_closed_that_was_not_done_and_accepted(events: list[OrderEvent]) -> None:
    state, path = OrderState.OPEN, list[OrderEvent]()
    for event in events:
        after = ORDER.get((state, event))
        if after is None:
            continue
        assert state not in ENDED
        state, path = after, [*path, event]
    if state is OrderState.CLOSED:
        assert path[-2:] == [OrderEvent.DONE, OrderEvent.ACCEPT]
    if state is OrderState.CANCELLED:
        assert path[-1] is OrderEvent.CANCEL and OrderEvent.ACCEPT not in path


def test_what_was_done_cannot_be_cancelled_away_and_goes_back_to_who_does_it() -> None:
    assert (OrderState.DONE, OrderEvent.CANCEL) not in ORDER
    assert ORDER[OrderState.DONE, OrderEvent.REJECT] is OrderState.RUNNING
    assert {state for state, _ in ORDER} | {OrderState.CLOSED, OrderState.CANCELLED} == set(OrderState)
