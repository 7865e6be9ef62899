"""What is true of this run of the station: kept here, told by those who know it, read by whoever answers consoles. Does nothing."""

from dataclasses import dataclass, field

from cityops_desktop.acquire.report import BusReport, DeviceCounters
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.link.minutes import MinutesInfo


@dataclass(slots=True)
class Facts:
    """What is true of this run of the station."""

    boot: str
    started: int
    restarts: int
    restart_reason: str
    room: RoomInfo
    recording: bool = True
    recording_detail: str = ""
    silenced_until: int | None = None
    silenced_by: str | None = None
    silenced_level: int = 0
    silenced: set[str] = field(default_factory=set)
    """The occurrences that stood when it was silenced: that more is known of one of them is no new alarm."""
    silence_ends: float = 0.0
    """Monotonic: a clock that is set back makes no silence longer."""
    setup_required: bool = True
    config: int = 0
    """Number of the configuration version in force."""
    buses: dict[str, BusReport] = field(default_factory=dict)
    minutes: MinutesInfo | None = None
    devices: dict[str, DeviceCounters] = field(default_factory=dict)
