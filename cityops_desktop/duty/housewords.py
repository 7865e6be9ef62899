"""What states and kinds of cleaning, visitors, goods, maintenance and contracts are called. Texts for the catalogue; says nothing."""

from cityops_desktop.duty.housekeeping import CleaningState
from cityops_desktop.duty.maintenance import ContractState, DueState
from cityops_desktop.texts import N_

PLACES = {"room": N_("room"), "duty_room": N_("duty room"), "around": N_("surroundings")}
CLEANING_STATES = {
    CleaningState.WAITING: N_("in order"),
    CleaningState.DUE: N_("to be cleaned now"),
    CleaningState.MISSED: N_("not cleaned"),
    CleaningState.AGAIN: N_("to be cleaned again"),
    CleaningState.TO_CHECK: N_("to be checked"),
    CleaningState.UNCHECKED: N_("still not checked"),
}
WEEKDAYS = {
    "1": N_("Mon"),
    "2": N_("Tue"),
    "3": N_("Wed"),
    "4": N_("Thu"),
    "5": N_("Fri"),
    "6": N_("Sat"),
    "7": N_("Sun"),
}
DAYS = {"1234567": N_("every day"), "12345": N_("Monday to Friday"), "67": N_("Saturday and Sunday")}
DOCUMENTS = {
    "none": N_("none shown"),
    "identity_card": N_("identity card"),
    "passport": N_("passport"),
    "work_pass": N_("work pass"),
    "driving_licence": N_("driving licence"),
    "other": N_("another document"),
}
DIRECTIONS = {"in": N_("brought in"), "out": N_("taken out")}
GOODS_STATES = {
    "waiting": N_("waits for approval"),
    "approved": N_("approved, not out yet"),
    "refused": N_("not approved"),
    "passed": N_("let through"),
}
UNITS = {"day": N_("days"), "month": N_("months"), "year": N_("years")}
INTERVALS = {"day": N_("every {n} days"), "month": N_("every {n} months"), "year": N_("every {n} years")}
INTERVAL = {"day": N_("every day"), "month": N_("every month"), "year": N_("every year")}
COUNTED = {"done": N_("from the day on which it was last done"), "fixed": N_("on fixed days")}
DUE_STATES = {
    DueState.LATER: N_("not due yet"),
    DueState.SOON: N_("soon"),
    DueState.TODAY: N_("today"),
    DueState.OVERDUE: N_("overdue"),
}
RESULTS = {"ok": N_("in order"), "partly": N_("done in part"), "not_ok": N_("not in order")}
CONTRACT_KINDS = {
    "maintenance": N_("maintenance contract"),
    "warranty": N_("warranty"),
    "cleaning": N_("cleaning"),
    "other": N_("other"),
}
CONTRACT_STATES = {
    ContractState.COMING: N_("not begun yet"),
    ContractState.RUNNING: N_("contract runs"),
    ContractState.ENDING: N_("ends soon"),
    ContractState.ENDED: N_("ended"),
}
