"""What travels between station and console. Codes and figures only; sentences are made where they are read.

A console opens `GET /api/v1/stream` (server-sent events). The first event is `copy` with a full Copy. Then follow
`change` (Change: batches at 10 Hz, alarms at once) and `beat` (Beat: every second). Each event carries `seq`, one more than
the event before; a gap or another `boot` means: close and open the stream again, which begins with a new full copy.
All times are UTC ms of the station's clock; ages are computed against the newest Beat.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.incidents.states import Colour, WarningState
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.minutes import MinutesInfo
from cityops_desktop.model.alarms import UNSEEN, AlarmState, Cause, Hidden, audible
from cityops_desktop.model.people import Preset
from cityops_desktop.model.points import Group, Kind, LimitKind, Supply
from cityops_desktop.model.power import PowerKind, PowerRole
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.model.selftest import StepOutcome


class NamesInfo(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class PlaceInfo(BaseModel):
    """Metres from the room's south-west floor corner."""

    x: float
    y: float
    z: float = 0.0


class LimitInfo(BaseModel):
    """A limit of a point; level 1 (critical) to 4 (warning)."""

    id: str
    level: int
    kind: LimitKind
    value: float
    states: list[int] = []
    deadband: float = 0.0
    on_delay: float = 0.0
    off_delay: float = 0.0
    source: str = ""
    latch: bool = False
    supply: Supply | None = None


class PointInfo(BaseModel):
    """What does not change about a point while the room's version stays the same."""

    key: str
    device: str
    names: NamesInfo
    kind: Kind
    group: Group
    unit: str
    decimals: int
    period: float
    limits: list[LimitInfo] = []
    normal: tuple[float, float] | None = None
    span: tuple[float, float] | None = None
    states: dict[int, NamesInfo] = {}
    rack: str | None = None
    place: PlaceInfo | None = None
    featured: bool = False
    rollover: float | None = None
    """The reading at which a counter begins at 0 again; None = not declared."""


class DeviceInfo(BaseModel):
    """A device of the room; `address` tells it from its neighbours on the bus (the unit address)."""

    id: str
    bus: str
    address: str = ""
    names: NamesInfo
    group: Group
    profile: str = ""
    rack: str | None = None
    u: int | None = None
    place: PlaceInfo | None = None
    size: tuple[float, float] | None = None
    path: list[tuple[float, float]] = []
    sensitive: bool = False
    """Its details are told to whoever is logged in only, and each look is recorded."""


class AreaInfo(BaseModel):
    """A part of the floor with walls around it: its south-west corner and its size in metres."""

    id: str
    names: NamesInfo
    place: PlaceInfo
    size: tuple[float, float]


class RackItemInfo(BaseModel):
    """What stands in a rack (see cityops_desktop.model.rooms.RackItem)."""

    names: NamesInfo
    u: float
    height: float
    face: str
    device: str | None = None
    full_depth: bool = True
    type: str = ""
    model: str = ""
    draw: float | None = None
    power: list[str] = []


class FeedInfo(BaseModel):
    """A feed of a rack: its side, the node of the power chain, the points that add up to its power."""

    side: str
    node: str | None = None
    power: list[str] = []


class PowerNodeInfo(BaseModel):
    """A node of the power chain (see cityops_desktop.model.power.PowerNode)."""

    id: str
    names: NamesInfo
    kind: PowerKind
    sources: list[str] = []
    device: str | None = None
    rating: float | None = None
    side: str = ""
    points: dict[PowerRole, str] = {}
    positions: dict[int, str] = {}
    dead: list[int] = []


class RackInfo(BaseModel):
    """A rack of the room (see cityops_desktop.model.rooms.Rack)."""

    id: str
    names: NamesInfo
    row: str
    place: PlaceInfo | None
    facing: float
    u_height: int
    items: list[RackItemInfo] = []
    width: float = 0.6
    depth: float = 1.1
    type: str = ""
    starting_unit: int = 1
    desc_units: bool = False
    feeds: list[FeedInfo] = []


class BusInfo(BaseModel):
    """A wire: its names, its driver, and the port or gateway that it uses alone."""

    id: str
    names: NamesInfo
    driver: str
    resource: str


class LevelInfo(BaseModel):
    """How the room shows an alarm level; None = as the program does. Colours are #RRGGBB, for the light and for the dark theme."""

    level: int
    names: NamesInfo | None = None
    light: str | None = None
    dark: str | None = None


class RoomInfo(BaseModel):
    """The room as its file describes it."""

    id: str
    names: NamesInfo
    domain: str
    timezone: str
    version: str
    origin: Literal["real", "demo"]
    size: tuple[float, float] | None = None
    buses: list[BusInfo] = []
    devices: list[DeviceInfo] = []
    racks: list[RackInfo] = []
    points: list[PointInfo] = []
    areas: list[AreaInfo] = []
    power: list[PowerNodeInfo] = []
    shifts: list[str] = []
    """The times of a day ("HH:MM" of its zone) at which shifts change; none = not declared."""
    levels: list[LevelInfo] = []


class LiveInfo(BaseModel):
    """The newest reading of a point. `value` is None unless good or uncertain or stale; `last_*` is the newest usable one."""

    key: str
    value: float | int | str | None
    quality: Quality
    reason: Reason | None = None
    detail: str = ""
    time: int
    last_value: float | int | str | None = None
    last_time: int | None = None


class RegisterInfo(BaseModel):
    """Where a point stands in its device (see cityops_desktop.model.drivers.Register)."""

    table: str
    address: int
    notation: str
    function: int
    type: str
    width: int
    word_order: str = ""
    bit: int | None = None
    scale: float = 1.0
    offset: float = 0.0
    invalid: list[int] = []


class WriteInfo(BaseModel):
    """What may be written to a point, in its unit: from `low` to `high` in steps of `step`, or one of `states`. `automatic`: the
    station alone writes it (the alarm output)."""

    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    states: list[int] = []
    automatic: bool = False


class PointDetail(BaseModel):
    """All of a point: `raw` is what the wire said last, in hex as it came (None = nothing came), `count` the number or text in it.

    `changed` = when the value last became another one (None = not since the station started).
    """

    point: PointInfo
    live: LiveInfo
    source: RegisterInfo
    raw: str | None = None
    count: float | int | str | None = None
    resolution: float
    write: WriteInfo | None = None
    changed: int | None = None


class CountersInfo(BaseModel):
    """What was asked and what came since the station started."""

    requests: int = 0
    good: int = 0
    timeouts: int = 0
    crc_errors: int = 0
    bad_replies: int = 0
    exceptions: int = 0
    late_replies: int = 0


class DeviceCountersInfo(CountersInfo):
    """Those of one device. `last_answer` is its time; durations are seconds of whole requests, None = no answer yet.

    `p50_seconds` and `p99_seconds`: of the newest answers half, and all but one in a hundred, took at most so long.
    """

    last_answer: int | None = None
    last_seconds: float | None = None
    longest_seconds: float | None = None
    p50_seconds: float | None = None
    p99_seconds: float | None = None


class BusDetail(BaseModel):
    """All of a wire. `load` is the part of its time that is asked for (above 1 it is overloaded), `missed` the cycles skipped."""

    info: BusInfo
    settings: dict[str, str | int | float]
    state: Literal["starting", "up", "down"]
    reason: Reason | None = None
    detail: str = ""
    load: float = 0.0
    missed: int = 0
    counters: CountersInfo
    devices: int
    silent_devices: list[str] = []


class FingerprintInfo(BaseModel):
    """Where a device hangs (bus, address, profile) and what it says of itself: None = nothing yet. `behaviour`: the facts only tell which
    of its points answer and which it refuses."""

    place: dict[str, str]
    facts: dict[str, str] | None = None
    behaviour: bool = False


class IdentityInfo(BaseModel):
    """Who a device is. `known` is what was admitted (None = never), `seen` what is there now and waits (None = nothing), `digest` names
    exactly that: `device.admit` must bring it back. `differs` names what is other than was admitted. `actor` admitted it ("station" =
    found at commissioning). Of a sensitive device facts and digest come with its details only."""

    device: str
    waits: Literal["", "new", "changed"]
    level: int = 0
    known: FingerprintInfo | None = None
    seen: FingerprintInfo | None = None
    differs: list[str] = []
    digest: str = ""
    since: int
    actor: str = ""
    actor_name: str = ""
    admitted: int | None = None
    note: str = ""


class DevicesPage(BaseModel):
    """GET /api/v1/devices: who each device of the room is, those that wait first."""

    now: int
    devices: list[IdentityInfo]


class DeviceDetail(BaseModel):
    """All of a device at one moment: its options, its wire, what was counted, and every point with its raw value.

    `pictures` = it is a camera; `picture` is when its newest picture was taken over (None = there is none yet).
    """

    now: int
    identity: IdentityInfo | None = None
    device: DeviceInfo
    settings: dict[str, str | int | float]
    silent: bool
    bus: BusDetail
    counters: DeviceCountersInfo
    points: list[PointDetail]
    pictures: bool = False
    picture: int | None = None


class AlarmInfo(BaseModel):
    """An alarm occurrence (see cityops_desktop.model.alarms.Alarm)."""

    id: str
    key: str
    subject: str
    cause: Cause
    level: int
    state: AlarmState
    raised: int
    value: float | None = None
    limit: float | None = None
    detail: str = ""
    points: int = 0
    acknowledged: int | None = None
    actor: str | None = None
    actor_name: str | None = None
    returned: int | None = None
    hidden: Hidden | None = None
    hidden_until: int | None = None
    under: str = ""
    recorded: bool = True

    @property
    def unseen(self) -> bool:
        """Has nobody acknowledged it yet?"""
        return self.state in UNSEEN

    @property
    def audible(self) -> bool:
        """Does it sound?"""
        return audible(self.state, self.level, self.hidden)

    @property
    def open(self) -> bool:
        """Does it still need anybody's attention?"""
        return self.state is not AlarmState.NORMAL

    @property
    def standing(self) -> bool:
        """Is the condition itself still there?"""
        return self.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)


class BusState(BaseModel):
    """How a wire does: `up`, `down` with reason, `starting`."""

    id: str
    state: Literal["starting", "up", "down"]
    reason: Reason | None = None
    detail: str = ""
    requests: int = 0
    good: int = 0
    timeouts: int = 0
    crc_errors: int = 0
    silent_devices: list[str] = []


class ApprovalInfo(BaseModel):
    """A two-person act that waits for its second person. `digest` names the exact act, `challenge` is what is read over the phone;
    `about` are the parameters of its sentence."""

    id: str
    kind: str
    about: dict[str, str | int | float] = {}
    digest: str
    challenge: str
    initiator: str
    initiator_name: str
    console: str
    opened: int
    expires: int


class HidingInfo(BaseModel):
    """What is kept quiet: the key of a shelved condition, a target out of service ("device:<id>", "bus:<id>", "rack:<id>"), or the key of a
    limit that is switched off in the configuration (`until` None: it has no end). `level` is that of the condition, or the worst of the
    target; `second_name` who agreed; `missing`: the room knows it no more; `limit`: what was switched off."""

    id: str
    since: int
    until: int | None
    why: str
    actor_name: str
    second_name: str | None = None
    level: int | None = None
    subject: str = ""
    missing: bool = False
    limit: LimitInfo | None = None


class SelfTestStep(BaseModel):
    """A step of a self-test: a kind ("screen") or "kind:which" ("output:horn1"). `outcome` None = it still runs; `code` says why, with
    a figure or a name (`detail`)."""

    name: str
    outcome: StepOutcome | None = None
    code: str = ""
    detail: str = ""
    time: int | None = None


class SelfTestInfo(BaseModel):
    """A test of the way of an alarm. `ended` None = it runs."""

    id: str
    begun: int
    ended: int | None = None
    actor_name: str
    outcome: StepOutcome | None = None
    steps: list[SelfTestStep] = []


class WarningInfo(BaseModel):
    """A warning. `response`: what its colour asks for; `responded_text`: what was done about it."""

    id: str
    colour: Colour
    title: str
    text: str
    source: str
    response: str
    state: WarningState
    issued: int
    until: int | None = None
    actor_name: str
    responded: int | None = None
    responded_by: str = ""
    responded_text: str = ""
    lifted: int | None = None
    lifted_by: str = ""
    lift_why: str = ""


class StationInfo(BaseModel):
    """The station itself."""

    boot: str
    program: str
    started: int
    setup_required: bool
    recording: bool
    recording_detail: str = ""
    silenced_until: int | None = None
    silenced_by: str | None = None
    duty: DutyInfo = DutyInfo()
    restarts: int = 0
    restart_reason: str = ""
    buses: list[BusState] = []
    preset: Preset = Preset.BASIC
    idle_seconds: int = 0
    approvals: list[ApprovalInfo] = []
    config: int = 0
    """Number of the configuration version in force; 0 = none is kept yet."""
    shelves: list[HidingInfo] = []
    services: list[HidingInfo] = []
    minutes: MinutesInfo | None = None
    warnings: list[WarningInfo] = []
    """Those in force."""
    self_tests: list[SelfTestInfo] = []
    """The newest first."""
    self_test_due: int | None = None
    """By when this shift must have had its test; None = it had it, or nobody asks for one."""
    switched_off: list[HidingInfo] = []


class Copy(BaseModel):
    """Everything a console shows, at one moment."""

    seq: int
    now: int
    room: RoomInfo
    live: list[LiveInfo]
    alarms: list[AlarmInfo]
    station: StationInfo


class Change(BaseModel):
    """What changed since the event before: only the newest state of each thing. An alarm in state `normal` has ended."""

    seq: int
    now: int
    live: list[LiveInfo] = []
    alarms: list[AlarmInfo] = []
    station: StationInfo | None = None


class Beat(BaseModel):
    """The heartbeat. `newest` is the time of the newest good reading of the whole room, `samples` the good ones since the start,
    `late_p99_ms` how late the newest polls of all buses were."""

    seq: int
    now: int
    boot: str
    newest: int | None
    samples: int = 0
    late_p99_ms: float = 0.0


class ConsoleBeat(BaseModel):
    """A window of a console still paints. `console` and `window` name it for good, over restarts; `name` is what people read.
    `paints` must be another number each time; `bye` = it is being closed in order and is not expected any more. `test` is the occurrence
    of a self-test that it has painted; `voice` = this console can be heard, `sounding` = it plays a sound now; `used`: keys or mouse were
    used there since the beat before, by anybody."""

    console: Annotated[str, Field(min_length=8, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
    window: Annotated[str, Field(min_length=1, max_length=128)]
    name: Annotated[str, Field(min_length=1, max_length=128)]
    paints: Annotated[int, Field(ge=0, le=2**53)]
    bye: bool = False
    test: Annotated[str, Field(max_length=64)] = ""
    voice: bool = False
    sounding: bool = False
    used: bool = False


class Refusal(BaseModel):
    """The body of every 4xx and 5xx answer of the station."""

    code: str
    params: dict[str, str | int | float] = {}
