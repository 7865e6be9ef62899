"""The lives of warnings, incidents and drills: no way past what must be done, whatever people try."""

from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.incidents.states import (
    DRILL,
    INCIDENT,
    MOVES,
    WARNING,
    DrillEvent,
    DrillState,
    EntryKind,
    IncidentEvent,
    IncidentState,
    WarningEvent,
    WarningState,
    after,
)


@given(st.lists(st.sampled_from(IncidentEvent)))
def test_an_incident_is_closed_only_after_it_recovered_and_then_for_good(events: list[IncidentEvent]) -> None:
    state, before = IncidentState.OPENED, IncidentState.OPENED
    for event in events:
        moved = after(INCIDENT, state, event)
        if moved is None:
            continue
        before, state = state, moved
        if state is IncidentState.CLOSED:
            assert before is IncidentState.RECOVERED and event is IncidentEvent.CLOSE
    if state is IncidentState.CLOSED:
        assert all(after(INCIDENT, state, event) is None for event in IncidentEvent)


def test_every_state_is_reached_and_every_open_one_can_be_left() -> None:
    for table, first, ends in (
        (INCIDENT, IncidentState.OPENED, {IncidentState.CLOSED}),
        (WARNING, WarningState.ISSUED, {WarningState.LIFTED}),
        (DRILL, DrillState.PREPARED, {DrillState.CLOSED, DrillState.CALLED_OFF}),
    ):
        assert {first, *table.values()} == set(type(first))
        assert {state for state, _ in table} == set(type(first)) - ends


@given(st.lists(st.sampled_from(WarningEvent)))
def test_a_warning_stands_until_it_is_lifted(events: list[WarningEvent]) -> None:
    state = WarningState.ISSUED
    for event in events:
        state = after(WARNING, state, event) or state
    assert (state is WarningState.LIFTED) is (WarningEvent.LIFT in events)


@given(st.lists(st.sampled_from(DrillEvent)))
def test_a_drill_with_something_to_improve_is_done_only_when_it_was_improved(events: list[DrillEvent]) -> None:
    state, to_improve = DrillState.PREPARED, False
    for event in events:
        moved = after(DRILL, state, event)
        if moved is not None:
            to_improve = event is DrillEvent.SUM_UP_TO_IMPROVE or (to_improve and event is not DrillEvent.IMPROVED)
            state = moved
    assert not (state is DrillState.CLOSED and to_improve)


def test_entries_that_move_an_incident_on_are_events_of_it() -> None:
    assert {kind.value for kind in MOVES} == {event.value for event in MOVES.values()}
    assert set(EntryKind) - set(MOVES) == {EntryKind.NOTE, EntryKind.PLAN, EntryKind.REPORTED}
