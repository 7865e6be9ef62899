"""The states of an alarm and how each leads to the next, as a table (ISA-18.2 and IEC 62682, states A to E). Knows no time, no person.

Shelved, suppressed by design and out of service (F, G, H) lie over these states and stop none of them: what is hidden goes on being
recorded. They come in here by what ends them: `RELEASED` (it ended by itself) makes an alarm that stands unacknowledged again,
`TAKEN_BACK` (a person ended it) makes it acknowledged.
"""

from collections.abc import Mapping
from enum import StrEnum

from cityops_desktop.model.alarms import AlarmState


class Event(StrEnum):
    """What happens to an alarm."""

    COMES = "comes"
    LEAVES = "leaves"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    RELEASED = "released"
    TAKEN_BACK = "taken_back"


_A, _B, _C, _D = AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED
_E, _F = AlarmState.LATCHED, AlarmState.LATCHED_ACKNOWLEDGED
_COMES, _LEAVES, _ACK, _RESET = Event.COMES, Event.LEAVES, Event.ACKNOWLEDGED, Event.RESET

TABLE: Mapping[tuple[AlarmState, Event], AlarmState] = {
    (_A, _COMES): _B,
    (_B, _ACK): _C,
    (_B, _LEAVES): _D,
    (_C, _LEAVES): _A,
    (_D, _ACK): _A,
    (_D, _COMES): _B,
    (_E, _COMES): _B,
    (_E, _ACK): _F,
    (_F, _COMES): _B,
    (_F, _RESET): _A,
    (_C, Event.RELEASED): _B,
    (_B, Event.TAKEN_BACK): _C,
    (_D, Event.TAKEN_BACK): _A,
    (_E, Event.TAKEN_BACK): _F,
}
"""Where each event leads. What is not named here changes nothing."""

LATCHING: Mapping[tuple[AlarmState, Event], AlarmState] = {**TABLE, (_B, _LEAVES): _E, (_C, _LEAVES): _F}
"""The same for an alarm that must be reset by a person after it has gone."""


def after(state: AlarmState, event: Event, *, latches: bool = False) -> AlarmState:
    """The state after this event; the same one when the event means nothing in it."""
    return (LATCHING if latches else TABLE).get((state, event), state)
