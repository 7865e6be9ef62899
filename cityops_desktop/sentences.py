"""Codes to words: the one table of what levels, qualities, reasons, groups, causes and outcomes are called. Marks, never decides."""

from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.model.points import Group, Level
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.texts import N_, tr

LEVELS = {
    Level.CRITICAL: N_("Critical"),
    Level.MAJOR: N_("Major"),
    Level.MINOR: N_("Minor"),
    Level.WARNING: N_("Warning"),
}
QUALITIES = {
    Quality.GOOD: N_("good"),
    Quality.UNCERTAIN: N_("uncertain"),
    Quality.BAD: N_("bad"),
    Quality.STALE: N_("stale"),
}
REASONS = {
    Reason.WAITING: N_("not read yet"),
    Reason.NO_ANSWER: N_("device does not answer"),
    Reason.CRC: N_("reply damaged on the line (CRC)"),
    Reason.BAD_REPLY: N_("device answered nonsense"),
    Reason.EXCEPTION: N_("device refuses the register"),
    Reason.INVALID_VALUE: N_("device marks the value invalid"),
    Reason.OUT_OF_RANGE: N_("value outside its span"),
    Reason.NO_PORT: N_("port does not exist"),
    Reason.PORT_IN_USE: N_("port in use by another program"),
    Reason.NO_RIGHT: N_("no right to open the port"),
    Reason.CONNECTION_REFUSED: N_("gateway refuses the connection"),
    Reason.UNREACHABLE: N_("gateway cannot be reached"),
    Reason.CONNECTION_LOST: N_("connection lost"),
    Reason.DRIVER_CRASHED: N_("driver failed, restarting"),
    Reason.DRIVER_STUCK: N_("driver hung, replaced"),
    Reason.OLD: N_("no new reading"),
}
GROUPS = {
    Group.POWER_DISTRIBUTION: N_("Power distribution"),
    Group.UPS: N_("UPS"),
    Group.BATTERY: N_("Batteries"),
    Group.GENERATOR_ATS: N_("Generator and ATS"),
    Group.AIR_CONDITIONING: N_("Air-conditioning"),
    Group.CHILLED_WATER: N_("Chilled water"),
    Group.FRESH_AIR: N_("Fresh air"),
    Group.FIRE_PROTECTION: N_("Fire protection"),
    Group.LEAK_DETECTION: N_("Leak detection"),
    Group.SURVEILLANCE: N_("Surveillance"),
    Group.ACCESS_CONTROL: N_("Access control"),
    Group.ENVIRONMENT: N_("Environment"),
    Group.NETWORK: N_("Network"),
    Group.IT: N_("IT equipment"),
}
ALARM_STATES = {
    AlarmState.NORMAL: N_("ended"),
    AlarmState.UNACKNOWLEDGED: N_("unacknowledged"),
    AlarmState.ACKNOWLEDGED: N_("acknowledged"),
    AlarmState.RETURNED: N_("returned, unacknowledged"),
}
CAUSES = {
    Cause.HIGH: N_("{name} above {limit}: {value}"),
    Cause.LOW: N_("{name} below {limit}: {value}"),
    Cause.STATE: N_("{name}: {value}"),
    Cause.DEVICE_LOST: N_("{name} does not answer: {points} points unknown"),
    Cause.BUS_LOST: N_("{name} lost: {points} points unknown ({detail})"),
    Cause.RECORDING_PAUSED: N_("Recording paused: {detail}"),
    Cause.STORE_DAMAGED: N_("Store damaged: {detail}"),
    Cause.STATION_RESTARTED: N_("The station was restarted: {detail}"),
    Cause.RECORDING_GAP: N_("The station was not stopped in order; nothing was recorded {detail}"),
    Cause.CONSOLE_FROZEN: N_("The screen {detail} is not painted any more: frozen, fallen, or its monitor gone"),
}
STORE_CODES = {
    "disk_full": N_("the disk is full"),
    "io_error": N_("the disk reports an error"),
    "read_only": N_("the disk can only be read"),
    "damaged": N_("the file is damaged"),
    "cannot_open": N_("the file cannot be opened"),
    "locked": N_("another program holds the file"),
    "no_memory": N_("the machine has no memory left"),
    "file_gone": N_("the file was removed"),
    "closed": N_("the store is closed"),
    "busy": N_("too many writes are waiting"),
    "too_slow": N_("the disk is too slow"),
    "journal_damaged": N_("a damaged journal was moved aside and a new one begun"),
    "records_missing": N_("the records were missing and were begun anew"),
}
ROLES = {
    Role.VIEWER: N_("viewer"),
    Role.DUTY: N_("duty"),
    Role.SHIFT_LEADER: N_("shift leader"),
    Role.ENGINEER: N_("engineer"),
    Role.ADMINISTRATOR: N_("administrator"),
    Role.SECURITY_ADMINISTRATOR: N_("security administrator"),
    Role.AUDITOR: N_("auditor"),
}
OUTCOMES = {
    Outcome.DONE: N_("done"),
    Outcome.REFUSED: N_("refused"),
    Outcome.FAILED: N_("failed"),
    Outcome.UNKNOWN: N_("unknown"),
}
COMMAND_CODES = {
    "": "",
    "not_logged_in": N_("nobody is logged in at this console: log in first"),
    "no_right": N_("this person has no right to do this: ask a colleague who has"),
    "expired": N_("the order arrived after its deadline and was not carried out: look and decide again"),
    "deadline_too_far": N_("the order's deadline lies too far ahead: check the clock of this console"),
    "id_used": N_("another order has this number already: give the order again"),
    "station_fault": N_("the station made a mistake, which stands in its log: look whether it was done, then try again"),
    "no_such_device": N_("the room has no device {device}"),
    "no_such_alarm": N_("this alarm has already ended"),
    "not_recorded": N_("the store cannot record it now, so it was not done: free disk space on the station"),
    "no_station": N_("no station: nothing was sent"),
    "no_answer": N_("the station did not answer in time: it is not known whether it was done"),
    "wrong_name_or_password": N_("wrong name or password"),
    "too_many_attempts": N_("too many wrong passwords: wait {seconds} s"),
    "weak_password": N_("the password is too weak: at least {length} characters, three of: small, capital, digit, sign"),
    "name_taken": N_("an account with this name exists"),
    "setup_done": N_("the first administrator has already been made: log in instead"),
    "setup_required": N_("no account exists yet: make the first administrator"),
    "wrong_token": N_("this console's token is wrong: point it to the station's data directory"),
    "foreign_host": N_("the request names a foreign host and was refused"),
    "foreign_origin": N_("requests from web pages are refused"),
    "bad_request": N_("the request is malformed: {detail}"),
    "busy": N_("the station is busy: try again"),
}


def level_name(level: int) -> str:
    """紧急 or Critical, and so on."""
    return tr(LEVELS[Level(level)])


def reason_text(reason: Reason | None, detail: str = "") -> str:
    """Why a value is not good, in words, with the device's code where there is one."""
    if reason is None:
        return ""
    text = tr(REASONS[reason])
    return f"{text} ({detail})" if detail else text


def store_text(detail: str) -> str:
    """What is wrong with the store in words; `detail` is "<code> <file> ...", several of them joined by "; "."""
    told = []
    for part in filter(None, detail.split("; ")):
        code, _, file = part.partition(" ")
        words = tr(STORE_CODES[code]) if code in STORE_CODES else code
        told.append(f"{words} ({file})" if file else words)
    return "; ".join(told)
