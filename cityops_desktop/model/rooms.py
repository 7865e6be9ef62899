"""A room as its file describes it: who is responsible, areas, buses, devices, power chain, racks and what stands in which U."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cityops_desktop.model.guidance import Guidance
from cityops_desktop.model.levels import LevelLook
from cityops_desktop.model.loglines import LogCollection
from cityops_desktop.model.notify import Notify
from cityops_desktop.model.points import Group, Level, Names, Place, Point
from cityops_desktop.model.power import Feed, PowerNode
from cityops_desktop.model.wands import Wand


class OperatingMode(StrEnum):
    """Who invests and who operates (GB/T 36621-2018, clause 10)."""

    GOV_GOV = "government_invested_government_operated"
    GOV_COMPANY = "government_invested_company_operated"
    COMPANY_COMPANY = "company_invested_company_operated"
    PARTNERS_COMPANY = "partners_invested_company_operated"


@dataclass(frozen=True, slots=True)
class Site:
    """Rights and duties of the parties (GB/T 36621-2018, 6.1.2 and 10); printed on reports."""

    owner: str = ""
    operator: str = ""
    authority: str = ""
    mode: OperatingMode | None = None
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the floor with walls around it (machine room, battery room): its south-west corner and its size in metres."""

    id: str
    names: Names
    place: Place
    size: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bus:
    """One wire: a serial port or a gateway. `options` is the driver's own model of it."""

    id: str
    driver: str
    names: Names
    options: object


@dataclass(frozen=True, slots=True)
class Device:
    """One device on a bus. `options` is the driver's own model (address, time-out, caps).

    `size` is its footprint in metres (east-west, north-south) when it is drawn as a cabinet; `path` the corners of a leak rope on
    the floor in metres, from its controller on. Each look at a `sensitive` one is recorded (cameras, doors). `fed_by` is the node of
    the power chain that feeds it, for what is no node itself.
    """

    id: str
    bus: str
    names: Names
    group: Group
    options: object
    points: tuple[Point, ...]
    profile: str = ""
    rack: str | None = None
    u: int | None = None
    place: Place | None = None
    size: tuple[float, float] | None = None
    path: tuple[tuple[float, float], ...] = ()
    sensitive: bool = False
    fed_by: str | None = None


@dataclass(frozen=True, slots=True)
class RackItem:
    """What stands in a rack: `u` is its lowest unit, `height` its units (NetBox's convention); `device` links a monitored device.

    `height` 0 is a vertical PDU: it holds no unit. `full_depth` blocks the opposite face too. `type` is the slug of its NetBox
    device type, `model` its maker's name for it, `draw` the most that it draws in W. `power` names the metered outlets that it hangs
    on (points in W or kW): empty = not metered.
    """

    names: Names
    u: float
    height: float
    face: str = "front"
    device: str | None = None
    full_depth: bool = True
    type: str = ""
    model: str = ""
    draw: float | None = None
    power: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rack:
    """A cabinet: place of its centre in metres, direction its front faces in degrees (0 = north), height in units.

    `width` and `depth` are its outside in metres, `starting_unit` the number of the lowest unit, `desc_units` numbers them from the
    top (NetBox's rack type); positions of items are counted from the lowest unit, whatever is printed beside them.
    """

    id: str
    names: Names
    row: str = ""
    place: Place | None = None
    facing: float = 0.0
    u_height: int = 42
    items: tuple[RackItem, ...] = ()
    width: float = 0.6
    depth: float = 1.1
    type: str = ""
    starting_unit: int = 1
    desc_units: bool = False
    feeds: tuple[Feed, ...] = ()


class OutputKind(StrEnum):
    """What hangs on an alarm output. A silence stops a horn; a beacon shines until somebody has acknowledged."""

    BEACON = "beacon"
    HORN = "horn"


class Energised(StrEnum):
    """When the relay of an alarm output is drawn: while there is an alarm, or while all is quiet, so that it drops out with the power."""

    ALARM = "alarm"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class AlarmOutput:
    """A point that the station writes by itself: the relay of a beacon or a horn, for alarms of this level and worse ones.

    `hold`: so many seconds after it was last written the module lets the relay drop by itself; None = it does not.
    """

    id: str
    names: Names
    kind: OutputKind
    point: str
    level: Level
    energised: Energised = Energised.ALARM
    hold: float | None = None

    def value(self, sounds: bool) -> int:
        """What must be written so that it sounds (or shines), or is quiet."""
        return int(sounds is (self.energised is Energised.ALARM))


LEAST_DAYS = 184
"""Half a year (1 July to 31 December): so long records must be kept, GB/T 36621-2018, 8.2.3.2 d."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many recorded days samples and roll-ups are kept, and how many bytes the past may take (None = the disk)."""

    samples_days: int = 400
    rollups_days: int = 1200
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Alertness:
    """After `every` minutes without a key or a move of the mouse at the duty console somebody is asked, and has `answer` minutes; in these
    hours ("HH:MM" to "HH:MM" of the room, also over midnight), None = day and night."""

    every: int
    answer: int
    hours: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class DutyRules:
    """How strict duty is: `sign_in` minutes after its begin somebody must have signed in to the crew's turn (0 = nobody signs in here);
    `only_on_duty`: what the role of duty staff may do is done by whoever is on duty; `alertness` None = nobody is asked. `handover`
    minutes after the end of a turn its handover must be signed (0 = nobody is reminded)."""

    sign_in: int = 30
    only_on_duty: bool = False
    alertness: Alertness | None = None
    handover: int = 30


@dataclass(frozen=True, slots=True)
class Room:
    """The whole room. `version` is a digest of its effective content; `origin` is "real" or "demo". `shifts` are the times of a day
    ("HH:MM" of its zone) at which shifts change; none = not declared. `selftest`: so many minutes after its begin each shift must have
    tested the way of an alarm; None = nobody is reminded."""

    id: str
    names: Names
    domain: str
    timezone: str
    version: str
    origin: str = "real"
    size: tuple[float, float] | None = None
    site: Site = field(default_factory=Site)
    buses: tuple[Bus, ...] = ()
    devices: tuple[Device, ...] = ()
    racks: tuple[Rack, ...] = ()
    areas: tuple[Area, ...] = ()
    power: tuple[PowerNode, ...] = ()
    alarm_outputs: tuple[AlarmOutput, ...] = ()
    shifts: tuple[str, ...] = ()
    selftest: int | None = None
    history: Keeping = field(default_factory=Keeping)
    levels: tuple[LevelLook, ...] = ()
    logs: LogCollection = field(default_factory=LogCollection)
    guidance: tuple[Guidance, ...] = ()
    notify: Notify = field(default_factory=Notify)
    duty: DutyRules = field(default_factory=DutyRules)
    wands: tuple[Wand, ...] = ()

    def points(self) -> Mapping[str, Point]:
        """All points by key, in the order of the file."""
        return {point.key: point for device in self.devices for point in device.points}
