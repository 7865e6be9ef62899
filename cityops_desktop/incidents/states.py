"""The lives of a warning, an incident and a drill as tables: (state, event) -> state. What is not in a table cannot happen."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class Colour(StrEnum):
    """Of a warning, the most severe first."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"


class WarningState(StrEnum):
    """A lifted warning stands in the list of former ones."""

    ISSUED = "issued"
    RESPONDING = "responding"
    LIFTED = "lifted"


class WarningEvent(StrEnum):
    """What people do about a warning."""

    RESPOND = "respond"
    LIFT = "lift"


class IncidentState(StrEnum):
    """From the discovery to the end of the writing about it."""

    OPENED = "opened"
    HANDLING = "handling"
    RECOVERED = "recovered"
    CLOSED = "closed"


class IncidentEvent(StrEnum):
    """What moves an incident on."""

    HANDLING = "handling"
    RECOVERED = "recovered"
    RELAPSED = "relapsed"
    CLOSE = "close"


class EntryKind(StrEnum):
    """Of an entry that people write on an incident's time line. The first three move it on, the others leave it where it is."""

    HANDLING = "handling"
    RECOVERED = "recovered"
    RELAPSED = "relapsed"
    REPORTED = "reported"
    PLAN = "plan"
    NOTE = "note"


class DrillState(StrEnum):
    """Prepare, run, sum up, improve."""

    PREPARED = "prepared"
    RUNNING = "running"
    IMPROVING = "improving"
    CLOSED = "closed"
    CALLED_OFF = "called_off"


class DrillEvent(StrEnum):
    """What people do about a drill."""

    BEGIN = "begin"
    SUM_UP = "sum_up"
    SUM_UP_TO_IMPROVE = "sum_up_to_improve"
    IMPROVED = "improved"
    CALL_OFF = "call_off"


WARNING: Mapping[tuple[WarningState, WarningEvent], WarningState] = {
    (WarningState.ISSUED, WarningEvent.RESPOND): WarningState.RESPONDING,
    (WarningState.RESPONDING, WarningEvent.RESPOND): WarningState.RESPONDING,
    (WarningState.ISSUED, WarningEvent.LIFT): WarningState.LIFTED,
    (WarningState.RESPONDING, WarningEvent.LIFT): WarningState.LIFTED,
}
INCIDENT: Mapping[tuple[IncidentState, IncidentEvent], IncidentState] = {
    (IncidentState.OPENED, IncidentEvent.HANDLING): IncidentState.HANDLING,
    (IncidentState.OPENED, IncidentEvent.RECOVERED): IncidentState.RECOVERED,
    (IncidentState.HANDLING, IncidentEvent.RECOVERED): IncidentState.RECOVERED,
    (IncidentState.RECOVERED, IncidentEvent.RELAPSED): IncidentState.HANDLING,
    (IncidentState.RECOVERED, IncidentEvent.CLOSE): IncidentState.CLOSED,
}
"""Nothing leads to CLOSED but a recovered incident, and nothing leads out of it."""
DRILL: Mapping[tuple[DrillState, DrillEvent], DrillState] = {
    (DrillState.PREPARED, DrillEvent.BEGIN): DrillState.RUNNING,
    (DrillState.PREPARED, DrillEvent.CALL_OFF): DrillState.CALLED_OFF,
    (DrillState.RUNNING, DrillEvent.SUM_UP): DrillState.CLOSED,
    (DrillState.RUNNING, DrillEvent.SUM_UP_TO_IMPROVE): DrillState.IMPROVING,
    (DrillState.IMPROVING, DrillEvent.IMPROVED): DrillState.CLOSED,
}
MOVES: Mapping[EntryKind, IncidentEvent] = {
    EntryKind.HANDLING: IncidentEvent.HANDLING,
    EntryKind.RECOVERED: IncidentEvent.RECOVERED,
    EntryKind.RELAPSED: IncidentEvent.RELAPSED,
}
"""Entries that move the incident on."""

S = TypeVar("S")
E = TypeVar("E")


def after(table: Mapping[tuple[S, E], S], state: S, event: E) -> S | None:
    """The state after this event, None when it cannot happen in this state."""
    return table.get((state, event))
