"""The acts of people as they travel, and what became of them. The rights matrix (people/rights.py) has one line for each kind."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.incidents.states import Colour, EntryKind
from cityops_desktop.link.alarmquery import AlarmFilter
from cityops_desktop.link.duty.attachments import AddAttachment
from cityops_desktop.link.duty.cleaning import CleaningAct
from cityops_desktop.link.duty.handover import HandoverAct
from cityops_desktop.link.duty.logbook import LogBookAct
from cityops_desktop.link.duty.maintenance import MaintenanceAct
from cityops_desktop.link.duty.orders import OrderAct
from cityops_desktop.link.duty.patrol import PatrolAct
from cityops_desktop.link.duty.reports import ReportsAct
from cityops_desktop.link.duty.roster import RosterAct
from cityops_desktop.link.duty.tickets import TicketAct
from cityops_desktop.link.duty.visits import VisitAct
from cityops_desktop.link.fields import (
    Code,
    Day,
    Digest,
    Domain,
    Id,
    Long,
    NotBlank,
    Number,
    Readable,
    Reporter,
    Said,
    Text,
    Time,
    Title,
    Why,
    Word,
)
from cityops_desktop.link.people import ConsoleName, Name, Secret
from cityops_desktop.link.trends import MOST_POINTS, PointKey, ViewContent
from cityops_desktop.model.people import Outcome, Preset, Role
from cityops_desktop.model.points import Group


class Acknowledge(BaseModel):
    """Acknowledge these occurrences (ids)."""

    kind: Literal["alarm.acknowledge"] = "alarm.acknowledge"
    alarms: Annotated[list[str], Field(min_length=1, max_length=1000)]


class Silence(BaseModel):
    """Silence the sounds for at most two minutes; the one act without a person."""

    kind: Literal["alarm.silence"] = "alarm.silence"
    console: ConsoleName


class RunSelfTest(BaseModel):
    """Test the way of an alarm from the sensor to every screen, output and message, by an alarm that is marked as a test."""

    kind: Literal["alarm.selftest"] = "alarm.selftest"


class LogsArchived(BaseModel):
    """A month of collected logs was put away, in a file with this SHA-256; what the command line says when it has written it."""

    kind: Literal["log.archived"] = "log.archived"
    month: Annotated[int, Field(ge=197001, le=899912)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class NotifyTest(BaseModel):
    """Send a message that says that it is a test, by this way to this entry of the call list; `by`: sms or call of a modem."""

    kind: Literal["notify.test"] = "notify.test"
    way: Id
    call: Id
    by: Literal["", "mail", "sms", "call", "post"] = ""


class TickStep(BaseModel):
    """Step `step` of the guidance of this occurrence is done, or not after all; 0 = a remark about the whole (what helped)."""

    kind: Literal["alarm.tick"] = "alarm.tick"
    alarm: Id
    step: Annotated[int, Field(ge=0, le=12)]
    done: bool = True
    remark: Annotated[str, Field(max_length=500), Readable] = ""


class ResetAlarms(BaseModel):
    """Let these latched alarms (ids) go: somebody has looked at what they were about."""

    kind: Literal["alarm.reset"] = "alarm.reset"
    alarms: Annotated[list[str], Field(min_length=1, max_length=1000)]


class Shelve(BaseModel):
    """Keep these conditions (keys of alarms) quiet until `until`; those that lie on a shelf are renewed. Not for the highest level."""

    kind: Literal["alarm.shelve"] = "alarm.shelve"
    keys: Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(min_length=1, max_length=100)]
    until: Time
    why: Why


class ShelveCritical(BaseModel):
    """The same for conditions of the highest level: only as a two-person act."""

    kind: Literal["alarm.shelve_critical"] = "alarm.shelve_critical"
    keys: Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(min_length=1, max_length=20)]
    until: Time
    why: Why


class Unshelve(BaseModel):
    """Take a condition off its shelf before its time: whoever does has seen what stands."""

    kind: Literal["alarm.unshelve"] = "alarm.unshelve"
    keys: Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(min_length=1, max_length=100)]


class BeginService(BaseModel):
    """Work on "device:<id>", "bus:<id>" or "rack:<id>": its alarms are out of service until `until`. One that is so already is renewed.
    Not where a condition of the highest level hangs on it."""

    kind: Literal["service.begin"] = "service.begin"
    target: Annotated[str, Field(pattern=r"^(device|bus|rack):.{1,64}$")]
    until: Time
    why: Why


class BeginServiceCritical(BaseModel):
    """The same for a target on which conditions of the highest level hang: only as a two-person act."""

    kind: Literal["service.begin_critical"] = "service.begin_critical"
    target: Annotated[str, Field(pattern=r"^(device|bus|rack):.{1,64}$")]
    until: Time
    why: Why


class EndService(BaseModel):
    """The work is done: what stands is an alarm again."""

    kind: Literal["service.end"] = "service.end"
    target: Annotated[str, Field(min_length=1, max_length=80)]


class CreateAccount(BaseModel):
    """A new account. Roles (in the room's domain) need the right to grant as well. `temporary`: must be changed at the first log-in."""

    kind: Literal["account.create"] = "account.create"
    name: Name
    display: Name
    password: Secret
    roles: list[Role] = []
    expires: Time | None = None
    temporary: bool = False


class ChangeAccount(BaseModel):
    """Another name to show, another end."""

    kind: Literal["account.change"] = "account.change"
    account: Id
    display: Name
    expires: Time | None = None


class EnableAccount(BaseModel):
    """Take an account out of use, or back; its sessions end."""

    kind: Literal["account.enable"] = "account.enable"
    account: Id
    enabled: bool
    why: Why


class UnlockAccount(BaseModel):
    """The way back from a lock-out."""

    kind: Literal["account.unlock"] = "account.unlock"
    account: Id


class ResetPassword(BaseModel):
    """A temporary password for somebody who forgot; it must be changed at the first log-in."""

    kind: Literal["account.reset_password"] = "account.reset_password"
    account: Id
    password: Secret


class Absent(BaseModel):
    """Leave of absence: in that time the account cannot be used."""

    kind: Literal["account.absence"] = "account.absence"
    account: Id
    begins: Time
    ends: Time
    why: Why


class EndAbsence(BaseModel):
    """Back, or not gone at all."""

    kind: Literal["account.absence_end"] = "account.absence_end"
    absence: Id


class GrantRole(BaseModel):
    """A role in a domain ("" = everywhere), until `ends`."""

    kind: Literal["role.grant"] = "role.grant"
    account: Id
    role: Role
    domain: Domain
    ends: Time | None = None


class RevokeRole(BaseModel):
    """Take a granted role away."""

    kind: Literal["role.revoke"] = "role.revoke"
    grant: Id


class ResetFactor(BaseModel):
    """Somebody lost the second factor: all of that person's factors end."""

    kind: Literal["factor.reset"] = "factor.reset"
    account: Id
    why: Why


class SetPolicy(BaseModel):
    """Another preset for the whole station."""

    kind: Literal["policy.set"] = "policy.set"
    preset: Preset
    why: Why


class RevokeSession(BaseModel):
    """End somebody's session."""

    kind: Literal["session.revoke"] = "session.revoke"
    session: Id


class PairConsole(BaseModel):
    """Let a remote console in: the answer's data holds the `line` to type there, once, within minutes."""

    kind: Literal["console.pair"] = "console.pair"
    name: ConsoleName


class RevokeConsole(BaseModel):
    """Let it in no more."""

    kind: Literal["console.revoke"] = "console.revoke"
    console: Id


class OwnPassword(BaseModel):
    """Change one's own password."""

    kind: Literal["own.password"] = "own.password"
    old: Secret
    new: Secret


class OwnPin(BaseModel):
    """Set one's PIN (six digits or more), or take it away ("")."""

    kind: Literal["own.pin"] = "own.pin"
    password: Secret
    pin: Annotated[str, Field(max_length=12)]


class OwnBadge(BaseModel):
    """Register one's badge as the reader types it, or take it away ("")."""

    kind: Literal["own.badge"] = "own.badge"
    password: Secret
    badge: Annotated[str, Field(max_length=128)]


class BeginFactor(BaseModel):
    """Begin to enrol a `totp` app or an `authenticator` (answers challenges over the phone). Data: factor, secret, uri (for a QR code).
    For `fido2` (a USB key) data holds `options`, JSON of the WebAuthn creation options."""

    kind: Literal["own.factor_begin"] = "own.factor_begin"
    password: Secret
    factor: Literal["totp", "authenticator", "fido2"]
    name: Name


class ConfirmFactor(BaseModel):
    """Prove that it works: the code that it shows now (for an authenticator the answer to `challenge` of the data of own.factor_begin,
    for a USB key the JSON of its answer). The first second factor brings recovery codes: data `codes`, joined by blanks, shown once."""

    kind: Literal["own.factor_confirm"] = "own.factor_confirm"
    factor: Id
    code: Annotated[str, Field(min_length=1, max_length=8000)]


class EndFactor(BaseModel):
    """Give a factor up; the last second factor cannot be where the preset asks for one."""

    kind: Literal["own.factor_end"] = "own.factor_end"
    password: Secret
    factor: Id


class EndSession(BaseModel):
    """End another session of one's own."""

    kind: Literal["own.session_end"] = "own.session_end"
    session: Id


class Anchor(BaseModel):
    """A head was printed and signed by hand, or kept elsewhere as a file: from now on nothing before it can change unnoticed."""

    kind: Literal["audit.anchor"] = "audit.anchor"
    seq: Number
    hash: Digest
    medium: Literal["paper", "file"]


class VerifyAudit(BaseModel):
    """Verify the whole log now; the report comes with GET /api/v1/audit."""

    kind: Literal["audit.verify"] = "audit.verify"


class ApplyConfig(BaseModel):
    """Make a reviewed draft the configuration. Refused when another version came in between."""

    kind: Literal["config.apply"] = "config.apply"
    digest: Digest
    base: Annotated[int, Field(ge=0, le=2**53)]
    why: Why


class RollBack(BaseModel):
    """Make an earlier version the configuration again, with its overrides, as a new version."""

    kind: Literal["config.rollback"] = "config.rollback"
    number: Number
    base: Number
    why: Why


class Override(BaseModel):
    """Change a default of the room file at run time: limit:<point>#<limit> with value, deadband, on_delay, off_delay, level."""

    kind: Literal["config.override"] = "config.override"
    id: Annotated[str, Field(min_length=1, max_length=300)]
    value: Annotated[dict[str, float | int | str | bool | None], Field(min_length=1, max_length=20)]
    base: Number
    why: Why


class ResetOverride(BaseModel):
    """Back to what the room file says."""

    kind: Literal["config.reset"] = "config.reset"
    id: Annotated[str, Field(min_length=1, max_length=300)]
    base: Number
    why: Why


class ShownDevice(BaseModel):
    """A device that waits, with the digest of the identity that the engineer was shown."""

    device: Id
    digest: Digest


class AdmitDevices(BaseModel):
    """These are the devices that belong there: their values count again. All of them or none."""

    kind: Literal["device.admit"] = "device.admit"
    devices: Annotated[list[ShownDevice], Field(min_length=1, max_length=1000)]
    why: Why


class WritePoint(BaseModel):
    """Write this value, in the point's unit, to a point that the room declares writable; once, and read back."""

    kind: Literal["point.write"] = "point.write"
    point: Annotated[str, Field(min_length=1, max_length=200)]
    value: Annotated[float, Field(allow_inf_nan=False)]
    reason: Why


class PutStaff(BaseModel):
    """A line of the staff file; `id` "" = a new one."""

    kind: Literal["staff.put"] = "staff.put"
    id: Annotated[str, Field(max_length=64)] = ""
    account: Id
    entry: Literal["qualification", "agreement", "training", "examination"]
    title: Title
    number: Text = ""
    issuer: Text = ""
    begins: Day | None = None
    ends: Day | None = None
    result: Literal["", "passed", "failed"] = ""
    score: Annotated[float, Field(ge=0, le=1000)] | None = None
    note: Annotated[str, Field(max_length=2000), Readable] = ""


class EndStaff(BaseModel):
    """Strike a line out; it stays readable in the log."""

    kind: Literal["staff.end"] = "staff.end"
    id: Id
    why: Why


class PublishRule(BaseModel):
    """A rule, or its next version, which everybody must read anew."""

    kind: Literal["rule.publish"] = "rule.publish"
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    title: Title
    text: Annotated[str, Field(min_length=1, max_length=100_000), Readable]


class RetireRule(BaseModel):
    """A rule that is no longer in force."""

    kind: Literal["rule.retire"] = "rule.retire"
    rule: Id
    why: Why


class AcknowledgeRule(BaseModel):
    """I have read this version and follow it."""

    kind: Literal["rule.acknowledge"] = "rule.acknowledge"
    rule: Id


class SaveView(BaseModel):
    """Keep what a chart shows under a name; `id` "" = a new view. Another own view of this name is refused, or ends (`replace`)."""

    kind: Literal["view.save"] = "view.save"
    id: Annotated[str, Field(max_length=64)] = ""
    name: Annotated[str, Field(min_length=1, max_length=40), Readable, NotBlank]
    content: ViewContent
    replace: bool = False


class DeleteView(BaseModel):
    """One's own view is not wanted any more."""

    kind: Literal["view.delete"] = "view.delete"
    view: Id


class ShareView(BaseModel):
    """Everybody with one of these roles sees the view; no role = only its owner does."""

    kind: Literal["view.share"] = "view.share"
    view: Id
    roles: Annotated[list[Role], Field(max_length=len(Role))]


class SaveAlarmView(BaseModel):
    """Keep a question about alarms under a name; `id` "" = a new one. Another own one of this name is refused, or ends (`replace`)."""

    kind: Literal["alarm_view.save"] = "alarm_view.save"
    id: Annotated[str, Field(max_length=64)] = ""
    name: Annotated[str, Field(min_length=1, max_length=40), Readable, NotBlank]
    content: AlarmFilter
    replace: bool = False


class DeleteAlarmView(BaseModel):
    """One's own filter is not wanted any more."""

    kind: Literal["alarm_view.delete"] = "alarm_view.delete"
    view: Id


class ShareAlarmView(BaseModel):
    """Everybody with one of these roles sees the filter; no role = only its owner does."""

    kind: Literal["alarm_view.share"] = "alarm_view.share"
    view: Id
    roles: Annotated[list[Role], Field(max_length=len(Role))]


class AddNote(BaseModel):
    """What was seen on these points in a span; `picture` is the chart as base64 of a PNG. The station adds the figures."""

    kind: Literal["note.add"] = "note.add"
    begins: Time
    ends: Time
    points: Annotated[list[PointKey], Field(min_length=1, max_length=MOST_POINTS)]
    text: Annotated[str, Field(min_length=1, max_length=2000), Readable, NotBlank]
    picture: Annotated[str, Field(max_length=200_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")] = ""


class WithdrawNote(BaseModel):
    """The note was wrong; it stays readable, marked so."""

    kind: Literal["note.withdraw"] = "note.withdraw"
    note: Id
    why: Why


class IssueWarning(BaseModel):
    """A warning, released here or received from above (`source` says from whom; "" = by ourselves). `until`: how long it is expected
    to last. What the colour asks for is written down with it (`response`)."""

    kind: Literal["warning.issue"] = "warning.issue"
    colour: Colour
    title: Title
    text: Long
    source: Text = ""
    response: Long
    until: Time | None = None


class RespondWarning(BaseModel):
    """What was done about a warning."""

    kind: Literal["warning.respond"] = "warning.respond"
    warning: Id
    text: Said


class LiftWarning(BaseModel):
    """The warning is over."""

    kind: Literal["warning.lift"] = "warning.lift"
    warning: Id
    why: Why


class OpenIncident(BaseModel):
    """Something has happened: when it began, when it was found (the deadlines count from there), from which alarms (ids)."""

    kind: Literal["incident.open"] = "incident.open"
    title: Title
    text: Long
    begun: Time
    found: Time
    reporter: Reporter = "other"
    alarms: Annotated[list[Id], Field(max_length=100)] = []


class ClassifyIncident(BaseModel):
    """Class and grade by an edition of the tables. `impact`: that on society, 1 (especially serious) to 4, 0 = none. May be done again."""

    kind: Literal["incident.classify"] = "incident.classify"
    incident: Id
    edition: Word
    sort: Word
    part: Annotated[str, Field(max_length=40)] = ""
    importance: Word
    loss: Word
    impact: Annotated[int, Field(ge=0, le=4)]
    reporter: Reporter
    why: Why


class AddEntry(BaseModel):
    """What was done or seen at `time`. `handling`, `recovered` and `relapsed` move the incident on; `reported` names the deadline's `rule`
    ("" = no deadline) and who was told (`told`); `plan` names the plan that was started."""

    kind: Literal["incident.entry"] = "incident.entry"
    incident: Id
    entry: EntryKind
    time: Time
    text: Said
    rule: Annotated[str, Field(max_length=40)] = ""
    told: Text = ""
    plan: Annotated[str, Field(max_length=64)] = ""


class CloseIncident(BaseModel):
    """All is written: why it happened, what was done, what is learnt. Only a recovered and graded incident can be closed."""

    kind: Literal["incident.close"] = "incident.close"
    incident: Id
    reason: Said
    actions: Said
    lessons: Said


class PublishPlan(BaseModel):
    """A plan, or its next version. When it is to be started: in words, and as conditions on an incident (`grade` and worse, 0 = none;
    classes `sorts`) or an alarm (`level` and worse, 0 = none; in these groups of equipment, none = any)."""

    kind: Literal["plan.publish"] = "plan.publish"
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    title: Title
    text: Annotated[str, Field(min_length=1, max_length=100_000), Readable]
    conditions: Said
    grade: Annotated[int, Field(ge=0, le=4)] = 0
    sorts: Annotated[list[Word], Field(max_length=20)] = []
    level: Annotated[int, Field(ge=0, le=4)] = 0
    groups: Annotated[list[Group], Field(max_length=len(Group))] = []


class RetirePlan(BaseModel):
    """A plan that is no longer in force."""

    kind: Literal["plan.retire"] = "plan.retire"
    plan: Id
    why: Why


class PutContact(BaseModel):
    """Somebody to be called; `id` "" = a new one, `parent` "" = the top of the tree. `place`: order among those of one parent."""

    kind: Literal["contact.put"] = "contact.put"
    id: Annotated[str, Field(max_length=64)] = ""
    parent: Annotated[str, Field(max_length=64)] = ""
    place: Annotated[int, Field(ge=0, le=9999)] = 0
    duty: Title
    name: Title
    phone: Text = ""
    mobile: Text = ""
    mail: Text = ""
    note: Long = ""


class EndContact(BaseModel):
    """Not to be called any more; only one below whom nobody stands."""

    kind: Literal["contact.end"] = "contact.end"
    contact: Id
    why: Why


class PrepareDrill(BaseModel):
    """A drill is planned: of which plan ("" = of none), when, led by whom, with whom, what is made ready."""

    kind: Literal["drill.prepare"] = "drill.prepare"
    title: Title
    plan: Annotated[str, Field(max_length=64)] = ""
    planned: Time
    leader: Title
    people: Said
    text: Said


class BeginDrill(BaseModel):
    """It runs."""

    kind: Literal["drill.begin"] = "drill.begin"
    drill: Id


class AddDrillEntry(BaseModel):
    """What was done or seen in it."""

    kind: Literal["drill.entry"] = "drill.entry"
    drill: Id
    time: Time
    text: Said


class CloseDrill(BaseModel):
    """Summed up: was it passed, what is to be improved (`improvements`, "" = nothing) and until which day. A drill that has not begun is
    called off: then `summary` says why."""

    kind: Literal["drill.close"] = "drill.close"
    drill: Id
    summary: Said
    passed: bool
    improvements: Long = ""
    until: Day | None = None


class ImproveDrill(BaseModel):
    """What was to be improved has been."""

    kind: Literal["drill.improve"] = "drill.improve"
    drill: Id
    text: Said


TwoPersonAct = Annotated[SetPolicy | ResetFactor | ShelveCritical | BeginServiceCritical, Field(discriminator="kind")]
"""Acts that two persons carry out (people/rights.TWO_PERSONS)."""


class OpenApproval(BaseModel):
    """Begin a two-person act: the initiator authenticates anew. Data: approval, digest, challenge."""

    kind: Literal["approval.open"] = "approval.open"
    password: Secret
    code: Code = ""
    act: TwoPersonAct


class ConfirmApproval(BaseModel):
    """The second person agrees to exactly this act (`digest`), authenticating anew: with name and password (and code) at any console,
    or by the answer of a registered authenticator to the challenge, read over the phone. Then it is carried out."""

    kind: Literal["approval.confirm"] = "approval.confirm"
    approval: Id
    digest: Digest
    name: Name
    password: Annotated[str, Field(max_length=256)] = ""
    code: Code = ""
    answer: Annotated[str, Field(max_length=16)] = ""


class WithdrawApproval(BaseModel):
    """The initiator thinks better of it, or the second person says no."""

    kind: Literal["approval.withdraw"] = "approval.withdraw"
    approval: Id


AnyAct = Annotated[
    Acknowledge
    | Silence
    | ResetAlarms
    | Shelve
    | ShelveCritical
    | RunSelfTest
    | NotifyTest
    | LogsArchived
    | TickStep
    | Unshelve
    | BeginService
    | BeginServiceCritical
    | EndService
    | CreateAccount
    | ChangeAccount
    | EnableAccount
    | UnlockAccount
    | ResetPassword
    | Absent
    | EndAbsence
    | GrantRole
    | RevokeRole
    | ResetFactor
    | SetPolicy
    | RevokeSession
    | PairConsole
    | RevokeConsole
    | OwnPassword
    | OwnPin
    | OwnBadge
    | BeginFactor
    | ConfirmFactor
    | EndFactor
    | EndSession
    | Anchor
    | VerifyAudit
    | ApplyConfig
    | RollBack
    | Override
    | ResetOverride
    | AdmitDevices
    | WritePoint
    | PutStaff
    | EndStaff
    | PublishRule
    | RetireRule
    | AcknowledgeRule
    | SaveView
    | DeleteView
    | ShareView
    | SaveAlarmView
    | DeleteAlarmView
    | ShareAlarmView
    | AddNote
    | WithdrawNote
    | IssueWarning
    | RespondWarning
    | LiftWarning
    | OpenIncident
    | ClassifyIncident
    | AddEntry
    | CloseIncident
    | PublishPlan
    | RetirePlan
    | PutContact
    | EndContact
    | PrepareDrill
    | BeginDrill
    | AddDrillEntry
    | CloseDrill
    | ImproveDrill
    | AddAttachment
    | RosterAct
    | PatrolAct
    | LogBookAct
    | HandoverAct
    | OrderAct
    | TicketAct
    | CleaningAct
    | VisitAct
    | MaintenanceAct
    | ReportsAct
    | OpenApproval
    | ConfirmApproval
    | WithdrawApproval,
    Field(discriminator="kind"),
]


class Command(BaseModel):
    """An act of a person. `id` is a UUID made by the client: the same id is carried out once. Not carried out after `deadline`.

    The same id, session and act again ask what became of it (the deadline may differ); with another session or act they are refused.
    """

    id: Annotated[str, Field(min_length=8, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
    deadline: int
    act: AnyAct


class AttachCommand(Command):
    """The one act that may be large has a way of its own."""

    act: AddAttachment


class CommandResult(BaseModel):
    """What became of it. `code` names the reason of a refusal or failure (see cityops_desktop.sentences.COMMAND_CODES). `data` is told
    once, with the first answer only: a new secret, the id of something new."""

    id: str
    outcome: Outcome
    code: str = ""
    params: dict[str, str | int | float] = {}
    data: dict[str, str | int | float] = {}
