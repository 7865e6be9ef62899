"""Codes to words: the one table of what levels, qualities, reasons, groups, causes and outcomes are called. Marks, never decides."""

from collections.abc import Callable, Iterable, Mapping

from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from cityops_desktop.model.notify import By, DeliveryState, WayKind
from cityops_desktop.model.people import Outcome, Preset, Role, Way
from cityops_desktop.model.points import Group, Level, Names
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.model.selftest import StepOutcome
from cityops_desktop.model.validity import Validity
from cityops_desktop.texts import N_, pick, tr

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
    Reason.OTHER_MASTER: N_("another master on this line"),
    Reason.LISTENING: N_("listening before we speak"),
    Reason.NOT_HEARD: N_("the line's master does not ask for it"),
    Reason.NOT_ADMITTED: N_("device not admitted"),
    Reason.DENIED: N_("device does not let us in"),
    Reason.CERTIFICATE: N_("another certificate than the agreed one"),
    Reason.CLOCK: N_("the device's clock is ahead"),
    Reason.OTHER_UNIT: N_("recorded in another unit"),
    Reason.NO_INPUT: N_("what it follows from is not known"),
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
    AlarmState.LATCHED: N_("latched, unacknowledged"),
    AlarmState.LATCHED_ACKNOWLEDGED: N_("latched, to be reset"),
}
HIDDEN = {
    Hidden.SHELVED: N_("shelved"),
    Hidden.SUPPRESSED: N_("consequence"),
    Hidden.OUT_OF_SERVICE: N_("out of service"),
}
CAUSES = {
    Cause.HIGH: N_("{name} above {limit}: {value}"),
    Cause.LOW: N_("{name} below {limit}: {value}"),
    Cause.STATE: N_("{name}: {value}"),
    Cause.DEVICE_LOST: N_("{name} does not answer: {points} points unknown"),
    Cause.SENSOR_FAILED: N_("{name} answers, but {points} of its guarded points give no usable value: {detail}"),
    Cause.BUS_LOST: N_("{name} lost: {points} points unknown ({detail})"),
    Cause.GATEWAY_LOST: N_("Gateway {name} lost with all of its {detail} lines: {points} points unknown"),
    Cause.ROOM_LOST: N_("The room is blind: all {detail} lines lost, {points} points unknown"),
    Cause.RECORDING_PAUSED: N_("Recording paused: {detail}"),
    Cause.STORE_DAMAGED: N_("Store damaged: {detail}"),
    Cause.STATION_RESTARTED: N_("The station was restarted: {detail}"),
    Cause.HISTORY_WAITING: N_("What is measured waits in the journal, its month's file cannot be written: {detail}"),
    Cause.RECORDING_GAP: N_("The station was not stopped in order; nothing was recorded {detail}"),
    Cause.CONSOLE_FROZEN: N_("The screen {detail} is not painted any more: frozen, fallen, or its monitor gone"),
    Cause.CONFIG_FAILED: N_("Configuration version {detail} did not come up: the one before runs again"),
    Cause.AUDIT_BROKEN: N_("The change log does not hold: {detail} findings; run “audit verify”"),
    Cause.AUDIT_KEY: N_("The station's signing key was lost or replaced: {detail}"),
    Cause.DEVICE_NEW: N_("{name}: new equipment waits for its admission ({detail}); its values are uncertain"),
    Cause.DEVICE_CHANGED: N_("{name} is not as it was admitted ({detail}); its values are uncertain"),
    Cause.HISTORY_DISK: N_("The disk, or its budget for the past, lasts until {detail} only"),
    Cause.REPORT_DUE: N_("Report of an incident to the authority (number · deadline): {detail}"),
    Cause.DRILL_DUE: N_("What a drill asked to be improved is overdue (drill · day): {detail}"),
    Cause.OUTPUT_FAILED: N_("The alarm output {detail} does not switch: beacon or horn may stay silent"),
    Cause.SELF_TEST: N_("TEST of the alarm chain, no alarm (begun by {detail})"),
    Cause.SELF_TEST_MISSING: N_("This shift has not tested the alarm chain yet"),
    Cause.SELF_TEST_FAILED: N_("The self-test of the alarm chain failed: {detail}"),
    Cause.NOTIFY_FAILED: N_("Messages do not go out: {detail}"),
    Cause.LOG_RULE: N_("Log line: {detail}"),
    Cause.LOGS_DOWN: N_("Not all logs of other machines are collected: {detail}"),
    Cause.DUTY_UNCOVERED: N_("Nobody is on duty: {detail}"),
    Cause.ALERTNESS_MISSED: N_("The alertness check was not answered: {detail}"),
    Cause.PATROL_DUE: N_("Patrol due (route · until): {detail}"),
    Cause.PATROL_OVERDUE: N_("Patrol overdue (route · was due): {detail}"),
    Cause.PATROL_MISSED: N_("Patrol missed (route · was due): {detail}"),
    Cause.ORDER_OVERDUE: N_("Work order overdue (number · due): {detail}"),
    Cause.ROTATION_DUE: N_("Rotation test due: {detail}"),
    Cause.CLEANING_MISSED: N_("Cleaning not done or not checked: {detail}"),
    Cause.VISITOR_OVERDUE: N_("Still inside past the time given: {detail}"),
    Cause.MAINTENANCE_DUE: N_("Maintenance due (plan · day): {detail}"),
    Cause.CONTRACT_ENDING: N_("A contract ends: {detail}"),
    Cause.HANDOVER_LATE: N_("The handover was not signed in time: {detail}"),
    Cause.REPORT_FAILED: N_("A scheduled report could not be made: {detail}"),
    Cause.SERIOUS_PROBLEM: N_("A serious problem was reported: {detail}"),
}
SELF_TEST_STEPS = {
    "sensor": N_("Sensor"),
    "alarm": N_("Alarm and record"),
    "screen": N_("Screen"),
    "sound": N_("Console sound"),
    "output": N_("Output {which}"),
    "mail": N_("Mail {which}"),
    "sms": N_("Text message {which}"),
    "voice": N_("Voice call {which}"),
    "modem": N_("Modem {which}"),
    "webhook": N_("Webhook {which}"),
    "robot": N_("Work chat {which}"),
    "syslog": N_("Syslog {which}"),
}
"""By the kind of the step, the part of its name before the colon."""
SELF_TEST_OUTCOMES = {
    StepOutcome.OK: N_("proven"),
    StepOutcome.FAILED: N_("FAILED"),
    StepOutcome.UNKNOWN: N_("not proven"),
}
SELF_TEST_CODES = {
    "no_proof": N_("nothing proved it in time"),
    "broke": N_("the step broke: {detail}"),
    "no_reading": N_("no sensor with a limit brings a good value"),
    "reading": N_("newest value: {detail}"),
    "recorded": N_("in the record and told to the consoles"),
    "no_console": N_("no console said so"),
    "consoles": N_("told by {detail}"),
    "sounded_before": N_("it sounded before the test already"),
    "not_read_back": N_("the relay did not switch"),
    "read_back": N_("switched and read back"),
    "accepted": N_("accepted by the server"),
    "delivered": N_("delivered"),
    "sent": N_("sent, no receipt"),
    "notify": N_("does not go out: {detail}"),
}
NOTIFY_CODES = {
    "timeout": N_("no answer in time"),
    "refused": N_("connection refused"),
    "network": N_("network: {rest}"),
    "certificate": N_("certificate not trusted: {rest}"),
    "tls": N_("no TLS: {rest}"),
    "login": N_("log-in refused: {rest}"),
    "server": N_("server: {rest}"),
    "receiver": N_("receiver refused: {rest}"),
    "secret": N_("the file of secrets cannot be read"),
    "secret_missing": N_("its secret is missing (cityops-desktop notify secret set)"),
    "http": N_("HTTP {rest}"),
    "not_accepted": N_("not accepted: {rest}"),
    "answer_too_long": N_("the answer is no answer"),
    "robot": N_("robot: {rest}"),
    "no_port": N_("port {rest} cannot be opened"),
    "modem_silent": N_("modem does not answer ({rest})"),
    "modem_error": N_("modem: {rest}"),
    "modem_nonsense": N_("modem answers nonsense"),
    "sim": N_("SIM card: {rest}"),
    "not_registered": N_("modem has no network"),
    "not_delivered": N_("not delivered by the network"),
    "too_many": N_("too many messages wait"),
    "busy": N_("the way is busy"),
    "own_fault": N_("our own fault: {rest}"),
    "restarted": N_("not needed any more after a restart"),
    "seen": N_("somebody had acknowledged it before"),
}
"""Why a message did not go out, by the first word of what a way says."""
DELIVERIES = {
    DeliveryState.QUEUED: N_("waits"),
    DeliveryState.SENT: N_("sent"),
    DeliveryState.DELIVERED: N_("delivered"),
    DeliveryState.UNANSWERED: N_("rang, nobody answered"),
    DeliveryState.FAILED: N_("FAILED"),
    DeliveryState.DROPPED: N_("not sent"),
    DeliveryState.ACKNOWLEDGED: N_("acknowledged by reply"),
}
BY_WORDS = {By.MAIL: N_("mail"), By.SMS: N_("SMS"), By.CALL: N_("call"), By.POST: N_("message")}
START_CODES = {
    2: N_("its command line is wrong, or the room file is not there"),
    3: N_("the room file or the configuration is wrong"),
    4: N_("its port is used by another program"),
    6: N_("the store cannot be used"),
}
"""Why a station does not start, by its exit code."""
WAY_KINDS = {
    WayKind.MAIL: N_("mail"),
    WayKind.MODEM: N_("modem"),
    WayKind.SMS_GATEWAY: N_("SMS service"),
    WayKind.WEBHOOK: N_("webhook"),
    WayKind.WECOM: N_("WeCom"),
    WayKind.DINGTALK: N_("DingTalk"),
    WayKind.FEISHU: N_("Feishu"),
    WayKind.SYSLOG: N_("syslog"),
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
    "history_damaged": N_("a damaged month of the past was moved aside and a new one begun"),
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
WAYS = {
    Way.FULL: N_("with the password"),
    Way.PIN: N_("by PIN"),
    Way.BADGE: N_("by badge"),
}
OUTCOMES = {
    Outcome.DONE: N_("done"),
    Outcome.REFUSED: N_("refused"),
    Outcome.FAILED: N_("failed"),
    Outcome.UNKNOWN: N_("unknown"),
}
CHANGE_KINDS = {
    "audit.head": N_("head of the change log signed"),
    "audit.key": N_("signing key of the station told"),
    "audit.verified": N_("change log verified"),
    "audit.anchored": N_("head kept outside of this machine"),
    "audit.exported": N_("change log exported"),
    "log.archived": N_("collected logs put away"),
    "station.started": N_("station started"),
    "station.restarted": N_("station restarted"),
    "station.stopped": N_("station stopped in order"),
    "station.reconfigured": N_("station started with another configuration"),
    "config.begun": N_("first configuration taken from the room file"),
    "config.applied": N_("configuration applied"),
    "config.rolled_back": N_("earlier configuration applied again"),
    "config.overridden": N_("limit changed at run time"),
    "config.reset": N_("limit as the room file says again"),
    "config.demo": N_("room file of the demo taken"),
    "config.fell_back": N_("configuration did not come up, the one before runs again"),
    "recording.paused": N_("recording paused"),
    "recording.resumed": N_("recording resumed"),
    "recording.imported": N_("samples imported"),
    "alarm.raised": N_("alarm raised"),
    "alarm.acknowledged": N_("alarm acknowledged"),
    "alarm.returned": N_("alarm returned"),
    "alarm.ended": N_("alarm ended"),
    "alarm.changed": N_("alarm changed"),
    "alarm.silenced": N_("alarms silenced"),
    "alarm.shelved": N_("alarm kept quiet on a shelf"),
    "alarm.suppressed": N_("alarm folded under its cause"),
    "alarm.out_of_service": N_("alarm of something out of service"),
    "alarm.uncovered": N_("alarm no longer hidden"),
    "alarm.reset": N_("latched alarm reset"),
    "self_test.begun": N_("self-test of the alarm chain begun"),
    "self_test.ended": N_("self-test of the alarm chain ended"),
    "output.unattended": N_("alarm output switched while the station was down"),
    "delivery.queued": N_("message made"),
    "delivery.sent": N_("message sent"),
    "delivery.delivered": N_("message delivered"),
    "delivery.unanswered": N_("call not answered"),
    "delivery.failed": N_("message failed"),
    "delivery.dropped": N_("message not needed any more"),
    "delivery.acknowledged": N_("acknowledged by reply (weak proof)"),
    "shelf.begun": N_("alarm shelved"),
    "shelf.renewed": N_("shelving renewed"),
    "shelf.ended": N_("shelving ended"),
    "service.begun": N_("taken out of service"),
    "service.renewed": N_("time out of service renewed"),
    "service.ended": N_("in service again"),
    "session.opened": N_("logged in"),
    "session.closed": N_("session ended"),
    "session.refused": N_("log-in refused"),
    "console.invited": N_("pairing code for a remote console made"),
    "console.paired": N_("remote console paired"),
    "console.revoked": N_("remote console shut out"),
    "account.locked": N_("account locked after too many wrong passwords"),
    "account.password_changed": N_("own password changed"),
    "password.kept": N_("earlier password kept for comparison"),
    "account.pin_set": N_("own PIN set"),
    "account.pin_removed": N_("own PIN removed"),
    "account.badge_set": N_("own badge registered"),
    "account.badge_removed": N_("own badge removed"),
    "factor.begun": N_("second factor begun"),
    "factor.confirmed": N_("second factor confirmed"),
    "factor.ended": N_("second factor ended"),
    "approval.opened": N_("two-person act begun"),
    "approval.confirmed": N_("second person agreed to a two-person act"),
    "approval.withdrawn": N_("two-person act withdrawn"),
    "approval.expired": N_("two-person act not agreed to in time"),
    "factor.authenticator_used": N_("authenticator answered a challenge"),
    "factor.recovery_made": N_("recovery codes made"),
    "factor.recovery_used": N_("recovery code used"),
    "act.refused": N_("act refused"),
    "act.refused_many": N_("many acts refused"),
    "device.learned": N_("what a device refuses to read"),
    "account.created": N_("account made"),
    "account.changed": N_("account changed"),
    "account.enabled": N_("account taken into use"),
    "account.disabled": N_("account taken out of use"),
    "account.unlocked": N_("account unlocked"),
    "account.password_reset": N_("temporary password given"),
    "account.absence": N_("leave entered"),
    "account.absence_ended": N_("leave ended"),
    "account.factors_reset": N_("second factors reset"),
    "account.recovered": N_("account recovered at the machine"),
    "account.migrated": N_("account taken over from the earlier form"),
    "role.granted": N_("role granted"),
    "role.revoked": N_("role taken away"),
    "role.migrated": N_("role taken over from the earlier form"),
    "policy.set": N_("preset chosen"),
    "device.commissioned": N_("equipment of the first configuration taken over"),
    "device.found": N_("device taken over as found"),
    "device.new": N_("new device waits for its admission"),
    "device.changed": N_("device is not as it was admitted"),
    "device.back": N_("device is the admitted one again"),
    "device.admitted": N_("device admitted"),
    "order.begun": N_("order to write to equipment given"),
    "order.done": N_("order to write to equipment ended"),
    "device.accessed": N_("sensitive device looked at"),
    "staff.put": N_("staff file entered"),
    "staff.ended": N_("staff file line struck out"),
    "rule.published": N_("rule published"),
    "rule.retired": N_("rule retired"),
    "rule.acknowledged": N_("rule read and acknowledged"),
    "view.saved": N_("view of the trends saved"),
    "view.deleted": N_("view of the trends deleted"),
    "view.shared": N_("sharing of a view of the trends changed"),
    "alarm_view.saved": N_("alarm filter saved"),
    "alarm_view.deleted": N_("alarm filter deleted"),
    "alarm_view.shared": N_("sharing of an alarm filter changed"),
    "note.added": N_("note on trends written"),
    "guidance.ticked": N_("step of an alarm's guidance ticked"),
    "guidance.still": N_("picture taken when an alarm came"),
    "note.withdrawn": N_("note on trends withdrawn"),
    "warning.issued": N_("warning issued"),
    "warning.responded": N_("warning responded to"),
    "warning.lifted": N_("warning lifted"),
    "incident.opened": N_("incident opened"),
    "incident.classified": N_("incident graded"),
    "incident.moved": N_("incident moved on"),
    "incident.entry": N_("entry on an incident written"),
    "incident.closed": N_("incident closed"),
    "incident.bundled": N_("bundle of an incident taken"),
    "plan.published": N_("plan published"),
    "plan.retired": N_("plan retired"),
    "attachment.added": N_("file attached"),
    "logbook.written": N_("log book: entry written"),
    "logbook.closed": N_("log book: open item closed"),
    "contact.put": N_("contact entered"),
    "contact.ended": N_("contact struck out"),
    "drill.prepared": N_("drill prepared"),
    "drill.begun": N_("drill begun"),
    "drill.entry": N_("entry on a drill written"),
    "drill.summed_up": N_("drill summed up"),
    "drill.called_off": N_("drill called off"),
    "drill.improved": N_("improvements after a drill made"),
    "clock.jumped": N_("clock of the station's machine was set"),
}
"""What a row of the change log is about, by its kind."""
AUDIT_FINDINGS = {
    "altered": N_("rows {seq} to {to} were altered: their content does not give their hash"),
    "missing": N_("rows {seq} to {to} are missing"),
    "out_of_place": N_("row {seq} stood in another place: it was row {detail}"),
    "inserted": N_("row {seq} was put in: its successor does not know it"),
    "replaced": N_("row {seq} was replaced together with its hash: its successor stands on another row"),
    "ends_early": N_("the log ends too early: rows {seq} to {to} were there when the head was taken"),
    "outside_differs": N_("between rows {seq} and {to} the log was rewritten: the head kept outside has another hash"),
    "outside_wrong": N_("the head kept outside, row {seq}, does not bear a signature of this station"),
    "head_differs": N_("between rows {seq} and {to} the log was rewritten: the head signed by the station has another hash"),
    "signature_wrong": N_("between rows {seq} and {to} a head bears a wrong signature"),
    "key_unknown": N_("a key that this log does not know: {detail}"),
    "anchor_differs": N_("row {seq} says that a head was kept outside which this log does not have: {detail}"),
    "guards_missing": N_("the file no longer refuses changes of the log: {detail}"),
    "revisions": N_("{subject}: revisions are missing or counted twice"),
    "record_differs": N_("{subject} is not what row {seq} says: {detail}"),
    "record_missing": N_("{subject} is gone: row {seq} says that it must be there"),
    "record_untold": N_("{subject} is there, but no row tells of it"),
    "file_damaged": N_("the file is damaged: {detail}"),
}
"""What a verification of the change log found."""
AUDIT_CURES = {
    "rows": N_("keep a copy of the data directory as it is, compare with a backup, and find out who had access to this machine"),
    "record": N_("somebody changed the table past the program: set it right by an act of its own, and find out who had access"),
    "head": N_("see that the sheet or file belongs to this station and was typed rightly; if so, treat the log as rewritten"),
    "key": N_("see whether sign.key and sign.pub were exchanged; compare the fingerprint with a sheet"),
    "file": N_("stop the station, keep a copy, put a backup in its place"),
}
AUDIT_CURE = {
    **dict.fromkeys(("outside_differs", "outside_wrong", "ends_early"), "head"),
    **dict.fromkeys(("record_differs", "record_missing", "record_untold"), "record"),
    "key_unknown": "key",
    "file_damaged": "file",
}
"""Which of the cures belongs to a finding; "rows" to all others."""
COMMAND_CODES = {
    "": "",
    "not_logged_in": N_("nobody is logged in at this console: log in first"),
    "no_right": N_("this person has no right to do this: ask a colleague who has"),
    "expired": N_("the order arrived after its deadline and was not carried out: look and decide again"),
    "deadline_too_far": N_("the order's deadline lies too far ahead: check the clock of this console"),
    "id_used": N_("another order has this number already: give the order again"),
    "station_fault": N_("the station made a mistake, which stands in its log: look whether it was done, then try again"),
    "no_such_device": N_("the room has no device {device}"),
    "no_such_picture": N_("there is no picture of {device}"),
    "no_such_still": N_("this picture of the alarm is not kept any more"),
    "no_such_step": N_("the guidance has changed: it has no such step any more"),
    "remark_missing": N_("write what helped"),
    "no_such_finding": N_("the analysis has no such finding any more"),
    "no_such_bus": N_("the room has no line {bus}"),
    "no_such_point": N_("the room has no point {point}"),
    "read_only": N_("this point can only be read"),
    "alarm_output": N_("this is the alarm output: the station alone switches it"),
    "outside_limits": N_("the value is outside what the room file allows here"),
    "order_running": N_("an order for this point is still on its way: wait for what becomes of it"),
    "write_read_only": N_("this point can only be read"),
    "write_outside_limits": N_("the value is outside what the room file allows here"),
    "write_not_exact": N_("the device's register cannot hold this value exactly: choose another one"),
    "write_late_answer": N_("the device may still answer an older question: give the order again in ten seconds"),
    "write_expired": N_("the line was not free before the deadline: nothing was sent"),
    "write_listen_only": N_("the line is only listened to: nothing is sent on it"),
    "write_other_master": N_("another master is on the line: nothing was sent"),
    "write_listening": N_("the line was just opened and is still listened to: nothing was sent, give the order again"),
    "write_not_admitted": N_("the device waits for its admission: nothing was written to it"),
    "write_stopped": N_("the station was stopping: nothing was sent"),
    "write_stuck": N_("the driver of the line is stuck: nobody knows whether it was done, look at the device"),
    "write_exception": N_("the device refuses it (exception {number})"),
    "write_not_taken": N_("the device confirmed it, but reads back {after}: it did not take the value"),
    "write_no_read_back": N_("the device confirmed it, but could not be read back: look at the device"),
    "write_no_echo": N_("the device did not confirm it: nobody knows whether it was done, look at the device"),
    "write_not_read": N_("the device could not be read before: nothing was written"),
    "write_driver_crashed": N_("the driver made a mistake, which stands in the station's log: look at the device"),
    "write_line_lost": N_("the line was lost while it was written: nobody knows whether it was done, look at the device"),
    "write_no_line": N_("the line cannot be used now: nothing was written"),
    "not_admitted": N_("the device {device} waits for its admission: nothing is written to it until an engineer admits it"),
    "not_waiting": N_("the device {device} does not wait for its admission"),
    "other_identity": N_("the device {device} is not what you were shown any more: look at it again"),
    "log_in_to_see": N_("the device {device} is marked sensitive: log in to see it, which is recorded"),
    "no_such_alarm": N_("this alarm has already ended"),
    "no_such_condition": N_("the room has no alarm {key} any more: nothing was shelved"),
    "not_to_be_shelved": N_("the station's own troubles, and equipment that waits for admission, cannot be shelved: acknowledge them"),
    "shelve_needs_two": N_("an alarm of the highest level is shelved by two persons only: begin it as a two-person act"),
    "service_needs_two": N_("alarms of the highest level hang on this: two persons must take it out of service"),
    "until_is_past": N_("this time is already over: choose a later one"),
    "until_too_far": N_("that is too long: {hours} h is the most"),
    "beyond_the_shift": N_("no shelving outlives the shift: end it with the shift, the next one renews it"),
    "too_many_shelves": N_("{most} shelved alarms is the most: take some back first"),
    "not_shelved": N_("this is not shelved any more"),
    "no_such_way": N_("notify has no such way: {way}"),
    "no_such_call": N_("the call list has no such entry: {call}"),
    "no_address": N_("{call} has no address for this way"),
    "notify_failed": N_("the test message did not go out by {way}: {why}"),
    "reply_unknown_number": N_("reply from an unknown number"),
    "reply_wrong_code": N_("reply without a valid code"),
    "reply_old_code": N_("reply with a code older than 10 minutes"),
    "reply_blocked": N_("too many wrong replies from this number"),
    "selftest_running": N_("a self-test is running already: wait for its end"),
    "no_such_target": N_("the room has no {target}"),
    "not_out_of_service": N_("this is in service again already"),
    "not_to_be_reset": N_("only a latched alarm that has been acknowledged is reset"),
    "not_recorded": N_("the store cannot record it now, so it was not done: free disk space on the station"),
    "no_station": N_("no station: nothing was sent"),
    "no_answer": N_("the station did not answer in time: it is not known whether it was done"),
    "wrong_name_or_password": N_("wrong name or password"),
    "wrong_password": N_("wrong password"),
    "second_factor_required": N_("give the code of your second factor, too"),
    "wrong_code": N_("wrong code, or one that was used already: wait for the next one"),
    "account_locked": N_("locked after too many wrong passwords: wait {seconds} s, or ask an administrator to unlock the account"),
    "name_in_password": N_("the password must not contain the login name"),
    "password_used": N_("one of the last {count} passwords: choose another"),
    "weak_pin": N_("the PIN needs at least {length} digits, and no run such as 123456, 111111 or 121212"),
    "wrong_pin": N_("wrong PIN: {left} more tries, then log in with the password"),
    "pin_ended": N_("too many wrong PINs: log in with the password"),
    "wrong_badge": N_("nobody who logged in here in the last 12 hours has this badge: log in with the password"),
    "bad_badge": N_("that is no badge: at least {length} characters, as the reader types them"),
    "badge_taken": N_("another account has this badge"),
    "quick_ended": N_("PIN and badge work for 12 hours where the person logged in with the password: log in so"),
    "stolen_session": N_("this session belongs to another console: log in here"),
    "no_such_session": N_("this session has already ended"),
    "no_such_factor": N_("there is no such factor, or it was begun too long ago: begin again"),
    "factor_needed": N_("the last second factor cannot be given up: the policy asks for one"),
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
    "no_such_account": N_("there is no such account"),
    "roles_apart": N_("these roles must lie with different persons (system, security, audit, operation): {names}"),
    "two_persons": N_("this needs two persons: begin it as a two-person act"),
    "one_person": N_("this needs no second person: do it directly"),
    "same_person": N_("the second person must be somebody else than who began it"),
    "no_such_approval": N_("no such act waits for a second person"),
    "approval_closed": N_("this act does not wait any more: it was agreed to, withdrawn, or its time was over"),
    "approval_expired": N_("the time for the second person is over: begin again"),
    "other_act": N_("what was agreed to is not exactly what waits: read it again"),
    "initiator_gone": N_("whoever began this cannot use the account any more: begin again"),
    "wrong_answer": N_("wrong answer, or one that was used already: ask for the next one"),
    "no_such_head": N_("the change log has no such row with this hash: read the sheet again"),
    "verification_runs": N_("a verification of the change log is under way: wait for its result"),
    "search_too_slow": N_("the search takes too long: narrow it down by person or time"),
    "done_before": N_("this very order was carried out before: look what it did"),
    "quick_session": N_("by PIN or badge this cannot be done: log in with the password"),
    "must_change_password": N_("change the password first"),
    "must_enrol_factor": N_("set up the second factor first"),
    "base_changed": N_("the configuration has changed in between: read the review again"),
    "no_such_draft": N_("this draft is not kept any more, or was never reviewed: have it reviewed again"),
    "no_such_version": N_("there is no configuration version {number}"),
    "nothing_changes": N_("this would change nothing"),
    "no_such_override": N_("nothing of {id} was changed at run time"),
    "no_such_limit": N_("the point {point} has no limit {limit}"),
    "override_id": N_("{id} names nothing that can be changed: write limit:POINT#LIMIT"),
    "override_field": N_("a limit has no field {field}: use one of {fields}"),
    "override_states": N_("this limit is one of states: its {field} cannot be changed"),
    "override_switch": N_("{field} must be true or false"),
    "override_number": N_("{field} must be a number"),
    "override_range": N_("{field} must lie between {low} and {high}"),
    "override_span": N_("the limit {value} lies outside the span {low} to {high}: it would never be reached"),
    "override_crossed": N_("the low limit {low} is not below the high limit {high}: there would always be an alarm"),
    "no_such_grant": N_("this person does not have this role there"),
    "no_such_absence": N_("this leave is over or was called off"),
    "no_such_entry": N_("this line is not in the staff file"),
    "no_such_rule": N_("there is no such rule"),
    "rule_not_in_force": N_("this version is not in force: read the newest one"),
    "rule_read": N_("this version was acknowledged before"),
    "no_such_view": N_("this view is not there any more, or was never shared with you"),
    "view_name_taken": N_("you have a view of this name already"),
    "view_is_shared": N_("this view is shared: only who may share views changes it; save it under another name"),
    "too_many_views": N_("{most} views is the most for one person: delete one first"),
    "no_such_note": N_("there is no such note"),
    "no_such_note_picture": N_("this note has no picture"),
    "note_withdrawn": N_("this note was withdrawn before"),
    "no_such_attachment": N_("this file was not attached, or is not kept"),
    "attachment_differs": N_("another file was attached under this number: choose the file once more"),
    "attachment_sort": N_("only pictures (PNG, JPEG, GIF, WebP, BMP), PDF, plain text and CSV can be attached"),
    "attachment_too_large": N_("a file to be attached may have 2 MB at most: make it smaller"),
    "no_such_log_entry": N_("there is no such entry in the log book"),
    "no_such_log_template": N_("there is no template {template} for entries: choose another"),
    "log_entry_differs": N_("another entry was written under this number: write it as a new one"),
    "log_field": N_("the field {field} of this template does not take “{value}”"),
    "log_field_missing": N_("the field {field} of this template must be filled in"),
    "log_entry_closed": N_("this item was closed before"),
    "log_entry_not_open": N_("this entry is not one that waits to be closed"),
    "log_entry_corrected": N_("this entry was corrected before: correct the newer one"),
    "not_your_log_entry": N_("the entry is somebody else's: only its author and a shift leader correct it"),
    "no_such_warning": N_("there is no such warning"),
    "warning_lifted": N_("this warning was lifted before"),
    "no_such_incident": N_("there is no such incident"),
    "incident_closed": N_("this incident is closed: only reports and notes are added to it"),
    "begun_after_found": N_("it cannot have begun after it was found"),
    "before_it_began": N_("this lies before the incident began: look at the time"),
    "time_ahead": N_("this time lies in the future"),
    "not_in_this_state": N_("this does not follow from how it stands: look at its state"),
    "not_recovered": N_("not before it has recovered: enter the recovery first"),
    "not_graded": N_("not before it is graded: have the shift leader grade it"),
    "no_such_grade": N_("the tables of this edition do not have {name}"),
    "no_such_report": N_("no rule asks for the report {rule}"),
    "no_such_plan": N_("there is no such plan"),
    "plan_not_in_force": N_("this version of the plan is not in force"),
    "no_such_contact": N_("this contact is not in the tree any more"),
    "contact_below_itself": N_("nobody can stand below himself"),
    "contact_has_others": N_("others stand below this contact: move them first"),
    "too_many_contacts": N_("{most} contacts is the most: strike some out"),
    "no_such_drill": N_("there is no such drill"),
    "until_which_day": N_("what is to be improved needs a day: until when?"),
    "not_bundled": N_("the bundle could not be made: {detail}"),
    "not_your_note": N_("the note is somebody else's: only its author and a shift leader withdraw it"),
    "role_held": N_("this person has this role there: take it away first"),
    "own_rights": N_("nobody grants roles to himself here: ask another security administrator"),
    "own_lock": N_("nobody unlocks his own account: ask another administrator"),
    "factor_first": N_("without a second factor the account would be open to whoever gives it a password: use account recover"),
    "own_account": N_("not one's own account: change your own password under My account"),
    "domain_beyond": N_("your own right to grant does not reach this domain"),
    "last_administrator": N_("nobody would be left who can administer: give the role to somebody else first, without an end"),
    "three_administrators": N_("this preset needs an administrator, a security administrator and an auditor, three different persons"),
    "three_persons": N_("three different persons, each with a name and a password of their own: administrator, security, auditor"),
    "same_preset": N_("this preset is in force already"),
    "local_only": N_("this can be done on the station's own machine only"),
    "remote_only": N_("only a console on another machine is paired"),
    "no_remote": N_("the station lets no other machine in: start it with --listen ADDRESS:PORT"),
    "no_such_console": N_("this console is not paired, or was shut out before"),
    "not_paired": N_("the station does not know this console (any more): have it paired anew"),
    "slow_down": N_("too many wrong attempts from this address, the station waits: have this console paired anew"),
    "wrong_pairing_code": N_("this pairing code is wrong, was used, or is older than ten minutes: have a new line made"),
    "too_many_codes": N_("too many pairing codes are open: take some back, or wait ten minutes"),
}
RIGHTS = {
    "alarm.acknowledge": N_("acknowledge alarms"),
    "alarm.silence": N_("silence the sounds"),
    "alarm.reset": N_("reset latched alarms"),
    "alarm.selftest": N_("test the alarm chain"),
    "notify.test": N_("send test messages"),
    "log.archived": N_("put collected logs away"),
    "alarm.shelve": N_("shelve alarms"),
    "alarm.shelve_critical": N_("shelve alarms of the highest level (two persons)"),
    "alarm.unshelve": N_("take alarms off the shelf"),
    "service.begin": N_("take equipment out of service"),
    "service.begin_critical": N_("take equipment with alarms of the highest level out of service (two persons)"),
    "service.end": N_("put equipment back into service"),
    "people.read": N_("see people"),
    "account.create": N_("make accounts"),
    "account.change": N_("change accounts"),
    "account.enable": N_("disable accounts"),
    "account.unlock": N_("unlock accounts"),
    "account.reset_password": N_("give temporary passwords"),
    "account.absence": N_("enter leave"),
    "account.absence_end": N_("end leave"),
    "role.grant": N_("grant roles"),
    "role.revoke": N_("take roles away"),
    "factor.reset": N_("reset second factors"),
    "policy.set": N_("change the preset"),
    "session.revoke": N_("end others' sessions"),
    "console.pair": N_("let remote consoles in"),
    "console.revoke": N_("shut remote consoles out"),
    "approval.open": N_("begin two-person acts"),
    "approval.confirm": N_("confirm two-person acts"),
    "approval.withdraw": N_("withdraw two-person acts"),
    "audit.read": N_("read the change log"),
    "audit.verify": N_("verify the change log"),
    "audit.anchor": N_("anchor the change log"),
    "audit.export": N_("export the change log"),
    "config.read": N_("see the configuration"),
    "config.draft": N_("draft a configuration"),
    "config.apply": N_("apply a configuration"),
    "config.rollback": N_("roll a configuration back"),
    "config.override": N_("change limits"),
    "config.reset": N_("take limits back"),
    "device.admit": N_("admit devices"),
    "device.read": N_("see sensitive devices"),
    "point.write": N_("write to equipment"),
    "staff.read": N_("see the staff file"),
    "staff.put": N_("write the staff file"),
    "staff.end": N_("strike out of the staff file"),
    "rule.publish": N_("publish rules"),
    "rule.retire": N_("retire rules"),
    "rule.acknowledge": N_("acknowledge rules"),
    "view.save": N_("keep views of the trends"),
    "view.delete": N_("delete one's views of the trends"),
    "view.share": N_("share views of the trends"),
    "alarm_view.save": N_("keep alarm filters"),
    "alarm_view.delete": N_("delete one's alarm filters"),
    "alarm_view.share": N_("share alarm filters"),
    "note.add": N_("write notes on trends"),
    "alarm.tick": N_("tick steps of an alarm's guidance"),
    "note.withdraw": N_("withdraw notes on trends"),
    "warning.issue": N_("issue warnings"),
    "warning.respond": N_("respond to warnings"),
    "warning.lift": N_("lift warnings"),
    "incident.read": N_("see incidents, plans and contacts"),
    "incident.open": N_("open incidents"),
    "incident.entry": N_("write on incidents"),
    "incident.classify": N_("grade incidents"),
    "incident.close": N_("close incidents"),
    "incident.export": N_("take bundles of incidents"),
    "plan.publish": N_("publish plans"),
    "plan.retire": N_("retire plans"),
    "attachment.add": N_("attach files"),
    "logbook.write": N_("write in the log book"),
    "logbook.close": N_("close open items of the log book"),
    "contact.put": N_("enter contacts"),
    "contact.end": N_("strike contacts out"),
    "drill.prepare": N_("prepare drills"),
    "drill.begin": N_("begin drills"),
    "drill.entry": N_("write on drills"),
    "drill.close": N_("sum drills up"),
    "drill.improve": N_("enter improvements after drills"),
    "own.read": N_("see one's own account"),
    "own.password": N_("change one's password"),
    "own.pin": N_("set one's PIN"),
    "own.badge": N_("register one's badge"),
    "own.factor_begin": N_("begin a second factor"),
    "own.factor_confirm": N_("confirm a second factor"),
    "own.factor_end": N_("give a second factor up"),
    "own.session_end": N_("end one's own sessions"),
}
"""The kinds of the rights matrix, as what somebody may do."""
DEVICE_FACTS = {
    "bus": N_("line"),
    "address": N_("address"),
    "profile": N_("profile"),
    "maker": N_("maker"),
    "model": N_("model"),
    "serial": N_("serial number"),
    "asset": N_("asset number"),
    "protocol": N_("protocol"),
    "version": N_("version"),
    "firmware": N_("firmware"),
    "product": N_("product code"),
    "name": N_("name"),
    "application": N_("application name"),
    "behaviour": N_("behaviour"),
    "answers": N_("points that answer"),
    "refuses": N_("points that it refuses"),
}
"""What a device says of itself and where it hangs, as far as it has a word; anything else is called as the device calls it."""
DEVICE_WAITS = {
    "": N_("admitted"),
    "new": N_("new, waits for its admission"),
    "changed": N_("not as it was admitted, waits"),
}
STAFF_KINDS = {
    "qualification": N_("qualification"),
    "agreement": N_("confidentiality agreement"),
    "training": N_("training"),
    "examination": N_("examination"),
}
VALIDITIES = {
    Validity.VALID: N_("valid"),
    Validity.EXPIRES: N_("expires soon"),
    Validity.EXPIRED: N_("no longer valid"),
}
PRESETS = {
    Preset.BASIC: N_("basic"),
    Preset.MLPS3: N_("level 3 of GB/T 22239"),
}
CONFORMITY_STATES = {
    "met": N_("met"),
    "not_met": N_("not met"),
    "not_known": N_("to be looked at"),
}
CONFORMITY = {
    "identity_unique": N_("Identity: {accounts} accounts in use, each of one person, no name twice, no id ever reused"),
    "password_complexity": N_("Passwords: at least {length} characters of {classes} classes are demanded"),
    "password_change": N_("Passwords: changed every {days} days; older ones: {old}"),
    "password_change_never": N_("Passwords: need not be changed after some time"),
    "login_failures": N_("Failed log-ins: after {tries} tries the account is locked for {minutes} min; every one is recorded"),
    "login_timeout": N_("Time-out: a session that nobody uses ends after {minutes} min"),
    "no_clear_text": N_("Remote access: TLS with a pinned certificate only, nothing in clear text; remote consoles let in: {consoles}"),
    "two_factors": N_("Two factors, one of them cryptographic: {have} of {accounts} accounts have a second one; without: {lack}"),
    "no_default_accounts": N_("Default accounts: none exists; all {accounts} were made by a named person, with a password of their own"),
    "no_unused_accounts": N_("Unused accounts: not used for {days} days, or without a role here: {unused}"),
    "least_privilege": N_("Least privilege: roles that must lie with different persons, held by one: {mixed}"),
    "three_administrators": N_("Administrator {administrators}, security administrator {security}, auditor {auditors}: different persons"),
    "audit_everybody": N_("Audit: {rows} rows, of everybody's acts; {refusals} refusals among them"),
    "audit_protected": N_("Record: hash chain, {heads} signed heads, {anchors} of them kept outside, the last one {age} days ago"),
    "audit_protected_never": N_("Record: hash chain, {heads} signed heads, none of them kept outside of this machine"),
    "audit_kept": N_("Retention: the record reaches back {days} days, {deleted} rows deleted; {asked} days are asked for"),
    "audit_reviewed": N_("Review: the record was verified, exported or anchored by a person {age} days ago; wanted every {most} days"),
    "audit_reviewed_never": N_("Review: no person has verified, exported or anchored the record yet; wanted every {most} days"),
    "audit_process": N_("Protection of the audit process: look whether the station runs as a service that ordinary users cannot stop"),
    "clock_source": N_("Clock: look whether the machine follows a time source (cityops-desktop doctor --ntp HOST)"),
    "system_accounts": N_("Accounts of the operating system: look whether default ones are renamed or disabled, and who may log in there"),
    "malware": N_("Malware: look whether the machine is protected, and the protection is up to date"),
    "backup": N_("Backup: look whether the data directory is backed up to another place, and a restore was tried"),
    "room_access": N_("Room: look whether electronic access control at the entrances controls, identifies and records"),
    "room_protection": N_("Room: look at fire detection and extinguishing, water detection, T/RH regulation, backup power, earthing"),
}
"""What level 3 of GB/T 22239 asks, each with its evidence."""


TABLES = {
    "coil": N_("coils"),
    "discrete": N_("discrete inputs"),
    "holding": N_("holding registers"),
    "input": N_("input registers"),
    "response": N_("answer"),
}


_own_names: dict[Level, Names] = {}


def name_levels(names: Mapping[Level, Names]) -> None:
    """What the room calls its levels; those that it does not name have our names."""
    _own_names.clear()
    _own_names.update(names)


def level_name(level: int) -> str:
    """紧急 or Critical, and so on, or what the room calls it."""
    own = _own_names.get(Level(level))
    return pick(own) if own is not None else tr(LEVELS[Level(level)])


def in_order(facts: Iterable[str]) -> list[str]:
    """Names of facts of a device, each once, always in the same order, whatever kept them."""
    places = {name: n for n, name in enumerate(DEVICE_FACTS)}
    return sorted(dict.fromkeys(facts), key=lambda name: places.get(name, len(places)))


def reason_text(reason: Reason | None, detail: str = "") -> str:
    """Why a value is not good, in words, with the device's code where there is one."""
    if reason is None:
        return ""
    text = tr(REASONS[reason])
    return f"{text} ({detail})" if detail else text


def sensor_text(detail: str, name: Callable[[str], str]) -> str:
    """The first point that gives no usable value, and why: key and reason, as the alarm's detail has them."""
    key, _, code = detail.partition(" ")
    if code not in set(Reason):
        return detail
    return tr("{name}: {value}", name=name(key) or key, value=reason_text(Reason(code)))


def bus_reason_text(reason: Reason | None, detail: str = "") -> str:
    """Why a whole line is lost: a reason may mean another thing there than of one point."""
    return tr("nothing at all is heard on it") if reason is Reason.NOT_HEARD else reason_text(reason, detail)


def wire_text(words: str, params: Mapping[str, str | int | float]) -> str:
    """A frame, or a request of a plan, in words; texts among the parameters are translated too, but not `text` itself: it came so."""
    said = {key: tr(TABLES.get(value, value)) if isinstance(value, str) and key != "text" else value for key, value in params.items()}
    text = tr(words, **said)
    if "other" in params:
        text = tr("another master: {what}", what=text)
    return tr("{what} (nobody waits for it)", what=text) if "unasked" in params else text


def notify_text(why: str) -> str:
    """Why a message did not go out, in words; `why` is a code and what the other end said."""
    code, _, rest = why.partition(" ")
    return tr(NOTIFY_CODES[code], rest=rest) if code in NOTIFY_CODES else why


def start_text(code: int) -> str:
    """That the station does not start, and why, by its exit code."""
    why = tr(START_CODES[code]) if code in START_CODES else tr("exit code {code}", code=code)
    return tr("The station does not start: {why}. The log of its service says more.", why=why)


def way_text(detail: str) -> str:
    """The trouble of a way in words; `detail` is its id and why."""
    way, _, why = detail.partition(" ")
    return tr("{name}: {value}", name=way, value=notify_text(why)) if why else way


def self_test_step(name: str) -> str:
    """A step of the self-test in words: its kind, and which of several."""
    kind, _, which = name.partition(":")
    return tr(SELF_TEST_STEPS[kind], which=which).strip() if kind in SELF_TEST_STEPS else name


def self_test_text(detail: str) -> str:
    """Steps that failed, in words; `detail` is their names."""
    return tr(", ").join(self_test_step(name) for name in detail.split())


def store_text(detail: str) -> str:
    """What is wrong with the store in words; `detail` is "<code> <file> ...", several of them joined by "; "."""
    told = []
    for part in filter(None, detail.split("; ")):
        code, _, file = part.partition(" ")
        words = tr(STORE_CODES[code]) if code in STORE_CODES else code
        told.append(f"{words} ({file})" if file else words)
    return "; ".join(told)


def finding_text(code: str, seq: int | None, to: int | None, subject: str, detail: str) -> tuple[str, str]:
    """A finding of the audit in words: what, and what to do."""
    what = tr(AUDIT_FINDINGS[code], seq=seq, to=to, subject=subject, detail=detail) if code in AUDIT_FINDINGS else f"{code} {detail}"
    return what, tr(AUDIT_CURES[AUDIT_CURE.get(code, "rows")])
