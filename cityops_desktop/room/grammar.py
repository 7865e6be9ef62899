"""The keys of a room file and of a profile that belong to us; a driver's own keys stand beside them. Nothing is checked across entries."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cityops_desktop.model.points import Agent, Group, Kind, Names, Place, Supply
from cityops_desktop.model.power import PowerKind, PowerRole
from cityops_desktop.model.rooms import Energised, OperatingMode, OutputKind

ID = r"^[a-z0-9][a-z0-9_-]*$"
RACK_ID = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
DOMAIN = r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*){3}$"
SLUG = r"^[-a-z0-9_]+$"
SIDE = r"^[A-Z]$"
DEFAULT_PERIOD = 5.0

Id = Annotated[str, Field(pattern=ID, max_length=64)]
RackId = Annotated[str, Field(pattern=RACK_ID, max_length=64)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=2000)]
Metres = Annotated[float, Field(ge=-10_000, le=10_000)]
Delay = Annotated[float, Field(ge=0, le=86_400)]
Size = Annotated[float, Field(gt=0, le=10_000)]
Slug = Annotated[str, Field(pattern=SLUG, max_length=100)]
Side = Annotated[str, Field(pattern=SIDE)]
Ratio = Annotated[float, Field(gt=0, le=1_000_000)]
TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
TimeOfDay = Annotated[str, Field(pattern=TIME_OF_DAY)]
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Units = Annotated[float, Field(ge=0.5, le=100, multiple_of=0.5)]


class Part(BaseModel):
    """Base of all: frozen, unknown keys refused, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class NamesPart(Part):
    """A name in both languages."""

    zh: Text
    en: Text

    def names(self) -> Names:
        """As the model has it."""
        return Names(self.zh, self.en)


class PlacePart(Part):
    """Metres from the room's south-west floor corner."""

    x: Metres
    y: Metres
    z: Metres = 0.0

    def place(self) -> Place:
        """As the model has it."""
        return Place(self.x, self.y, self.z)


class RoomPart(Part):
    """`room:`."""

    id: Id
    name: NamesPart
    domain: Annotated[str, Field(pattern=DOMAIN, max_length=260)]
    timezone: str
    size: tuple[Size, Size] | None = None
    origin: Literal["real", "demo"] = "real"
    shifts: Annotated[list[TimeOfDay], Field(max_length=6)] = []
    selftest: Annotated[int, Field(ge=5, le=720)] | None = None
    handover: Annotated[int, Field(ge=0, le=240)] = 30


class SitePart(Part):
    """`site:`, the parties of GB/T 36621-2018, 6.1.2."""

    owner: Note = ""
    operator: Note = ""
    authority: Note = ""
    mode: OperatingMode | None = None
    contract: Note = ""


class SpotPart(Part):
    """A spot on the floor, metres from the room's south-west corner."""

    x: Metres
    y: Metres


class LevelPart(Part):
    """A level of `levels:`; its colours in the console's two themes."""

    name: NamesPart | None = None
    light: Colour | None = None
    dark: Colour | None = None


class AlarmOutputPart(Part):
    """`alarm_output:`, as room files had it when there was one at most."""

    point: str
    level: Literal["critical", "major", "minor", "warning"] = "major"


class AlarmOutputsPart(AlarmOutputPart):
    """An entry of `alarm_outputs:`."""

    id: Id
    name: NamesPart | None = None
    kind: OutputKind
    energised: Energised = Energised.ALARM
    hold: Annotated[float, Field(ge=3, le=3600)] | None = None


class HistoryPart(Part):
    """`history:`. Half a year at least, and roll-ups no shorter than samples: checked where it is read."""

    samples_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    rollups_days: Annotated[int, Field(ge=1, le=36_500)] = 1200
    disk_budget_gb: Annotated[float, Field(gt=0, le=1_000_000)] | None = None


class AlertnessPart(Part):
    """`alertness:` of `duty:`, minutes."""

    every: Annotated[int, Field(ge=5, le=720)]
    answer: Annotated[int, Field(ge=1, le=60)] = 5
    hours: tuple[TimeOfDay, TimeOfDay] | None = None


class DutyPart(Part):
    """`duty:`."""

    sign_in: Annotated[int, Field(ge=0, le=240)] = 30
    handover: Annotated[int, Field(ge=0, le=240)] = 30
    only_on_duty: bool = False
    alertness: AlertnessPart | None = None


class AreaPart(Part):
    """An entry of `areas:`: a part of the floor with walls around it, from its south-west corner."""

    id: Id
    name: NamesPart | None = None
    place: SpotPart
    size: tuple[Size, Size]


class BusPart(Part):
    """An entry of `buses:`."""

    id: Id
    driver: str
    name: NamesPart | None = None


class DevicePart(Part):
    """An entry of `devices:`, without its points."""

    id: Id
    bus: str
    name: NamesPart | None = None
    profile: str | None = None
    group: Group | None = None
    rack: str | None = None
    u: Annotated[int, Field(ge=1, le=100)] | None = None
    place: PlacePart | None = None
    size: tuple[Size, Size] | None = None
    path: Annotated[list[tuple[Metres, Metres]], Field(min_length=2)] | None = None
    without: list[str] = []
    ratios: dict[Id, Ratio] = {}
    sensitive: bool | None = None
    fed_by: str | None = None


class LimitPart(Part):
    """An entry of a point's `limits:`."""

    id: Id | None = None
    level: Literal["critical", "major", "minor", "warning"]
    high: float | None = None
    low: float | None = None
    states: Annotated[list[int], Field(min_length=1)] | None = None
    deadband: Annotated[float, Field(ge=0)] | None = None
    on_delay: Delay = 0.0
    off_delay: Delay = 0.0
    latch: bool = False
    supply: Supply | None = None
    source: Note = ""


class WritePart(Part):
    """`write:` of a point: from low to high in steps (analog), or one of these states (digital)."""

    low: float | None = None
    high: float | None = None
    step: Annotated[float, Field(gt=0)] | None = None
    states: Annotated[list[int], Field(min_length=1)] | None = None


class PointPart(Part):
    """A point, without the driver's keys."""

    id: Id
    name: NamesPart | None = None
    kind: Kind
    unit: Annotated[str, Field(max_length=20)] = ""
    group: Group | None = None
    resolution: Annotated[float, Field(ge=1e-9)] | None = None
    period: Annotated[float, Field(gt=0, le=86_400)] = DEFAULT_PERIOD
    limits: list[LimitPart] = []
    normal: tuple[float, float] | None = None
    span: tuple[float, float] | None = None
    states: dict[int, NamesPart] = {}
    ratio: list[Id] = []
    rollover: Annotated[float | None, Field(gt=0)] = None
    agent: Agent | None = None
    write: WritePart | None = None
    rack: str | None = None
    place: PlacePart | None = None
    featured: bool = False


class ItemPart(Part):
    """An entry of a rack's `items:`. `height` and `full_depth` may come from its device type."""

    name: NamesPart
    u: Annotated[float, Field(ge=1, le=100, multiple_of=0.5)]
    height: Annotated[float, Field(ge=0, le=100, multiple_of=0.5)] | None = None
    face: Literal["front", "rear"] = "front"
    full_depth: bool | None = None
    device: str | None = None
    type: Slug | None = None
    power: list[str] = []


class FeedPart(Part):
    """An entry of a rack's `feeds:`."""

    side: Side
    source: Annotated[str | None, Field(alias="from")] = None
    power: list[str] = []


class PowerPart(Part):
    """An entry of `power:`."""

    id: Id
    name: NamesPart | None = None
    kind: PowerKind
    sources: Annotated[list[str], Field(alias="from")] = []
    device: str | None = None
    rating: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    side: Side | None = None
    points: dict[PowerRole, str] = {}
    positions: dict[int, str] = {}
    dead: list[int] = []


class RackPart(Part):
    """An entry of `racks:`, without its items."""

    id: RackId
    name: NamesPart | None = None
    row: Annotated[str, Field(max_length=64)] = ""
    place: PlacePart | None = None
    facing: Annotated[float, Field(ge=0, lt=360)] = 0.0
    type: Slug | None = None
    u_height: Annotated[int, Field(ge=1, le=100)] | None = None
    width: Annotated[float, Field(gt=0, le=10)] | None = None
    depth: Annotated[float, Field(gt=0, le=10)] | None = None
    starting_unit: Annotated[int, Field(ge=1, le=100)] | None = None
    desc_units: bool | None = None


class ProfilePart(Part):
    """`profile:` of a profile's file."""

    id: Id
    name: NamesPart
    manufacturer: str
    models: list[str] = []
    protocol: str
    group: Group
    source: Annotated[str, Field(min_length=1, max_length=4000)]
    u_height: Units | None = None
    size: tuple[Size, Size] | None = None
    sensitive: bool = False
