"""What states, kinds, grades and colours are called. Marks for the catalogue; decides nothing."""

from cityops_desktop.incidents.deadlines import DueState
from cityops_desktop.incidents.states import Colour, DrillState, EntryKind, IncidentState, WarningState
from cityops_desktop.texts import N_

COLOURS = {
    Colour.RED: N_("red warning"),
    Colour.ORANGE: N_("orange warning"),
    Colour.YELLOW: N_("yellow warning"),
    Colour.BLUE: N_("blue warning"),
}
WARNING_STATES = {
    WarningState.ISSUED: N_("issued, no response yet"),
    WarningState.RESPONDING: N_("response under way"),
    WarningState.LIFTED: N_("lifted"),
}
INCIDENT_STATES = {
    IncidentState.OPENED: N_("opened"),
    IncidentState.HANDLING: N_("being handled"),
    IncidentState.RECOVERED: N_("recovered"),
    IncidentState.CLOSED: N_("closed"),
}
ENTRY_KINDS = {
    EntryKind.NOTE: N_("note"),
    EntryKind.HANDLING: N_("handling begun"),
    EntryKind.RECOVERED: N_("service recovered"),
    EntryKind.RELAPSED: N_("it came again"),
    EntryKind.REPORTED: N_("reported"),
    EntryKind.PLAN: N_("plan started"),
}
DRILL_STATES = {
    DrillState.PREPARED: N_("prepared"),
    DrillState.RUNNING: N_("under way"),
    DrillState.IMPROVING: N_("summed up, being improved"),
    DrillState.CLOSED: N_("done"),
    DrillState.CALLED_OFF: N_("called off"),
}
GRADES = {
    1: N_("I, especially serious"),
    2: N_("II, serious"),
    3: N_("III, larger"),
    4: N_("IV, ordinary"),
}
IMPACTS = {
    0: N_("none"),
    1: N_("especially serious"),
    2: N_("serious"),
    3: N_("larger"),
    4: N_("ordinary"),
}
REPORTERS = {
    "cii": N_("operator of critical information infrastructure"),
    "organ": N_("unit of a central or state organ"),
    "other": N_("other network operator"),
}
DUE_STATES = {
    DueState.RUNNING: N_("to be made"),
    DueState.SOON: N_("due soon"),
    DueState.LATE: N_("overdue"),
    DueState.DONE: N_("made in time"),
    DueState.DONE_LATE: N_("made late"),
}
FINDINGS = {
    "altered": N_("{file} was altered"),
    "missing": N_("{file} is missing"),
    "extra": N_("{file} was put in"),
    "twice": N_("files are in it twice"),
    "other_hash": N_("the manifest is not the one that was sealed"),
    "not_signed": N_("no station signed it"),
    "wrong_signature": N_("the signature is wrong"),
}
"""What is wrong with a bundle."""
