"""Every pair of state and event, for alarms that latch and for those that do not: the table as ISA-18.2 has it, and nothing else."""

import itertools

import pytest

from cityops_desktop.model.alarms import UNSEEN, AlarmState, Hidden, audible
from cityops_desktop.model.alarmstates import Event, after
from cityops_desktop.model.points import Level

A, B, C, D = AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED
E, F = AlarmState.LATCHED, AlarmState.LATCHED_ACKNOWLEDGED
# by state what comes, leaves, an acknowledge, a reset, a release and a taking back make of it
PLAIN = {
    A: (B, A, A, A, A, A),
    B: (B, D, C, B, B, C),
    C: (C, A, C, C, B, C),
    D: (B, D, A, D, D, A),
    E: (B, E, F, E, E, F),
    F: (B, F, F, A, F, F),
}
LATCHED = {**PLAIN, B: (B, E, C, B, B, C), C: (C, F, C, C, B, C)}
EVENTS = (Event.COMES, Event.LEAVES, Event.ACKNOWLEDGED, Event.RESET, Event.RELEASED, Event.TAKEN_BACK)
PERSONS = {Event.ACKNOWLEDGED, Event.RESET, Event.TAKEN_BACK}
STANDING = {B, C}


@pytest.mark.parametrize(("latches", "table"), [(False, PLAIN), (True, LATCHED)], ids=["plain", "latches"])
@pytest.mark.parametrize("state", list(AlarmState))
def test_every_pair_leads_where_the_table_of_the_standard_says(state, latches, table):
    assert set(EVENTS) == set(Event)
    assert tuple(after(state, event, latches=latches) for event in EVENTS) == table[state]


@pytest.mark.parametrize("latches", [False, True])
@pytest.mark.parametrize(("state", "event"), list(itertools.product(AlarmState, Event)))
def test_what_holds_for_every_pair(state, event, latches):
    then = after(state, event, latches=latches)
    if event is Event.COMES:
        assert then in STANDING, "what is there stands"
        assert then is B or state is C, "and whoever has seen an earlier one has not seen this"
    if event is Event.LEAVES:
        assert then not in STANDING
    if event in PERSONS:
        assert (then in STANDING) == (state in STANDING), "no person makes a condition come or go"
    if state in UNSEEN and then not in UNSEEN:
        assert event in (Event.ACKNOWLEDGED, Event.TAKEN_BACK), "seen by a person alone"
    if state is not A and then is A:
        assert event in PERSONS or state is C, "it ends by a person, or after one had acknowledged it"
    if state in (E, F) and then is A:
        assert (state, event) == (F, Event.RESET), "what is latched ends by a reset alone, once it is acknowledged"
    if latches and state in STANDING:
        assert then is not A


@pytest.mark.parametrize(("state", "level"), list(itertools.product(AlarmState, Level)))
def test_what_sounds(state, level):
    loud = {B} | ({D, E} if level <= Level.MAJOR else set())
    assert audible(state, level, None) == (state in loud)
    assert not any(audible(state, level, hidden) for hidden in Hidden)
