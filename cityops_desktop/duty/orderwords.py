"""What states, sorts, events and places of work orders, tickets, tags and rotation tests are called. Marks for the catalogue."""

from collections.abc import Mapping

from cityops_desktop.duty.orders import OrderState
from cityops_desktop.duty.tickets import OperationState, WorkState
from cityops_desktop.texts import N_

ORDER_STATES: Mapping[OrderState, str] = {
    OrderState.OPEN: N_("nobody has it"),
    OrderState.ASSIGNED: N_("given to somebody"),
    OrderState.RUNNING: N_("being done"),
    OrderState.DONE: N_("done, to be checked"),
    OrderState.CLOSED: N_("checked and closed"),
    OrderState.CANCELLED: N_("cancelled"),
}
PRIORITIES: Mapping[int, str] = {1: N_("1 at once"), 2: N_("2 urgent"), 3: N_("3 usual"), 4: N_("4 when there is time")}
SOURCES: Mapping[str, str] = {
    "manual": N_("by hand"),
    "alarm": N_("an alarm"),
    "patrol": N_("a patrol"),
    "log": N_("the log book"),
    "handover": N_("a handover"),
    "calibration": N_("a sensor that drifts"),
    "maintenance": N_("maintenance"),
    "visit": N_("a visit"),
    "cleaning": N_("cleaning"),
    "rotation": N_("a rotation test"),
}
EVENTS: Mapping[str, str] = {
    "note": N_("remark"),
    "assign": N_("given to"),
    "begin": N_("begun"),
    "done": N_("done"),
    "accept": N_("accepted"),
    "reject": N_("given back"),
    "cancel": N_("cancelled"),
    "permit": N_("permitted"),
    "extend": N_("extended"),
    "interrupt": N_("interrupted"),
    "resume": N_("resumed"),
    "close": N_("closed"),
    "start": N_("begun with"),
    "deviate": N_("let pass without proof"),
    "abort": N_("aborted"),
}
TICKET_SORTS: Mapping[str, str] = {"work": N_("work ticket"), "operation": N_("operation ticket")}
TICKET_STATES: Mapping[WorkState | OperationState, str] = {
    WorkState.ASKED: N_("waits for permission"),
    WorkState.PERMITTED: N_("work goes on"),
    WorkState.INTERRUPTED: N_("interrupted"),
    WorkState.CLOSED: N_("closed"),
    WorkState.CANCELLED: N_("cancelled"),
    OperationState.DRAFT: N_("written, not begun"),
    OperationState.RUNNING: N_("being carried out"),
    OperationState.DONE: N_("carried out"),
    OperationState.ABORTED: N_("aborted"),
}
ROTATION_SORTS: Mapping[str, str] = {
    "standby": N_("change-over to the standby unit"),
    "generator": N_("test run of the generator"),
    "battery": N_("battery discharge test"),
    "ats": N_("transfer of the double supply"),
    "other": N_("other test"),
}
TAG_TEXT = N_("Do not switch on: people at work")
TAG_WORD = N_("tagged")
