"""What travels about people: log-in, sessions, accounts, rights, consoles, staff file, rules. Codes only; no secret but a new one."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.model.people import Limited, Preset, Role, Way

Name = Annotated[str, Field(min_length=1, max_length=64)]
Secret = Annotated[str, Field(min_length=1, max_length=256)]
ConsoleName = Annotated[str, Field(min_length=1, max_length=128)]


class Login(BaseModel):
    """A person logs in at a console. `code`: of the second factor, where the station asked for it: six digits, a recovery code, or
    the JSON with which a USB key answers the options in the refusal second_factor_required (`fido2`)."""

    name: Name
    password: Secret
    console: ConsoleName
    code: Annotated[str, Field(max_length=8000)] = ""


class QuickLogin(BaseModel):
    """A person who logged in fully at this console in the last hours comes back by PIN (with the account's id) or by badge alone."""

    console: ConsoleName
    account: Annotated[str, Field(max_length=64)] = ""
    pin: Annotated[str, Field(max_length=64)] = ""
    badge: Annotated[str, Field(max_length=128)] = ""


class PersonInfo(BaseModel):
    """Who it is: the roles are those held here and now."""

    id: str
    name: str
    display: str
    roles: list[Role]


class SessionInfo(BaseModel):
    """A session: `token` goes into the header X-CityOps-Session of every act, together with the console's own X-CityOps-Console.

    `limited`: what must be done before anything else. `idle_seconds`: without a touch for so long the station ends it."""

    token: str
    id: str
    person: PersonInfo
    way: Way
    limited: Limited = Limited.NOTHING
    expires: int
    idle_seconds: int
    rights: list[str]


class QuickPerson(BaseModel):
    """Somebody who may come back at this console by PIN or badge, until `until`."""

    id: str
    name: str
    display: str
    pin: bool
    badge: bool
    until: int


class NewPerson(BaseModel):
    """Somebody of the first start."""

    name: Name
    display: Name
    password: Secret


class Setup(BaseModel):
    """The first start, accepted once, from this machine, while there is no account at all. `basic` needs the administrator; `mlps3`
    all three, who are three different persons."""

    preset: Preset = Preset.BASIC
    administrator: NewPerson
    security_administrator: NewPerson | None = None
    auditor: NewPerson | None = None


class GrantInfo(BaseModel):
    """A role that somebody holds in a domain ("" = everywhere), from `begins` to `ends` (None = without end)."""

    id: str
    role: Role
    domain: str
    begins: int
    ends: int | None = None
    here: bool
    """Does it count in this room now?"""


class AbsenceInfo(BaseModel):
    """Leave: in that time the account cannot be used."""

    id: str
    begins: int
    ends: int
    why: str


class FactorInfo(BaseModel):
    """A second factor or an authenticator: `totp`, `recovery` (codes left), `authenticator` (answers challenges), `fido2`."""

    id: str
    kind: str
    name: str
    created: int
    used: int | None = None
    left: int | None = None


class StaffEntry(BaseModel):
    """A line of the staff file. `kind`: qualification, agreement (confidentiality, 8.3.1 d), training, examination (9.3.2.4 h).
    Dates are YYYY-MM-DD; `ends` = valid until; `result` of an examination: passed, failed or ""; a training without `begins` is planned."""

    id: str
    account: str
    kind: Literal["qualification", "agreement", "training", "examination"]
    title: str
    number: str = ""
    issuer: str = ""
    begins: str | None = None
    ends: str | None = None
    result: str = ""
    score: float | None = None
    note: str = ""
    ended: int | None = None


class AccountInfo(BaseModel):
    """An account as those who may see it see it."""

    id: str
    name: str
    display: str
    enabled: bool
    created: int
    expires: int | None = None
    locked_until: int | None = None
    password_set: int
    must_change: bool
    has_pin: bool
    has_badge: bool
    last_login: int | None = None
    grants: list[GrantInfo] = []
    absences: list[AbsenceInfo] = []
    factors: list[FactorInfo] = []


class OpenSession(BaseModel):
    """A session that lasts now. `idle` = seconds since the person last did something there."""

    id: str
    account: str
    display: str
    console: str
    way: Way
    limited: Limited
    opened: int
    expires: int
    idle: int
    tried_elsewhere: int | None = None
    """When its token last came from another console, which was refused: somebody has stolen it."""


class ConsoleInfo(BaseModel):
    """A remote console that was paired, or waits to be until `expires`."""

    id: str
    name: str
    created: int
    paired: int | None = None
    expires: int | None = None
    revoked: int | None = None


class RuleInfo(BaseModel):
    """A rule of the library (GB/T 36621 6.2 d) in its newest version. `read` = when the asking person acknowledged this version."""

    id: str
    code: str
    version: int
    title: str
    text: str
    published: int
    actor_name: str
    retired: int | None = None
    read: int | None = None
    readers: dict[str, int] = {}
    """Account id to the time of acknowledging this version; empty for who may not see it."""


class PeoplePage(BaseModel):
    """All about people: GET /api/v1/people (right people.read). Parts that the person may not see are empty."""

    now: int
    domain: str
    preset: Preset
    accounts: list[AccountInfo]
    sessions: list[OpenSession] = []
    consoles: list[ConsoleInfo] = []
    staff: list[StaffEntry] = []
    rules: list[RuleInfo] = []
    fingerprint: str = ""
    """SHA-256 of the station's TLS certificate, "" when it listens on this machine only."""


class OwnPage(BaseModel):
    """All about oneself: GET /api/v1/own (right own.read)."""

    now: int
    account: AccountInfo
    rights: list[str]
    sessions: list[OpenSession]
    staff: list[StaffEntry]
    rules: list[RuleInfo]
    last_shift: int | None = None
    """When this person's session before this one ended: "what changed since my last shift" begins there."""
    password_days: int | None = None
    """Days until the password must be changed; None = never."""


class RightsPage(BaseModel):
    """The matrix of a preset: kind of command to roles."""

    preset: Preset
    matrix: dict[str, list[Role]]
    two_persons: list[str]
    without_person: list[str]
    quick: list[str]


class ConformityItem(BaseModel):
    """One thing that level 3 of GB/T 22239 asks: `code` names its sentence, `evidence` the figures in it."""

    code: str
    state: Literal["met", "not_met", "not_known"]
    evidence: dict[str, str | int | float] = {}


class ConformityPage(BaseModel):
    """The conformity list of a preset, item by item."""

    now: int
    preset: Preset
    items: list[ConformityItem]
