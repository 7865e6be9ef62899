"""An alarm occurrence as it is recorded and shown: code and figures, never a sentence."""

from dataclasses import dataclass, replace
from enum import StrEnum

from cityops_desktop.model.points import Level


class AlarmState(StrEnum):
    """States of ISA-18.2 that this version has: A, B, C and D."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_unacknowledged"


class Cause(StrEnum):
    """What makes an alarm."""

    HIGH = "high"
    LOW = "low"
    STATE = "state"
    DEVICE_LOST = "device_lost"
    BUS_LOST = "bus_lost"
    RECORDING_PAUSED = "recording_paused"
    STORE_DAMAGED = "store_damaged"
    STATION_RESTARTED = "station_restarted"
    RECORDING_GAP = "recording_gap"
    HISTORY_WAITING = "history_waiting"
    CONSOLE_FROZEN = "console_frozen"
    CONFIG_FAILED = "config_failed"
    AUDIT_BROKEN = "audit_broken"
    AUDIT_KEY = "audit_key"
    DEVICE_NEW = "device_new"
    DEVICE_CHANGED = "device_changed"
    HISTORY_DISK = "history_disk"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One occurrence, from its raising to its end. Times are UTC ms, None = not yet.

    `key` names the condition ("ups1.load#high1", "ups1#lost", "bus:line1#lost", "station#recording"), `id` this occurrence
    (UUIDv7). `subject` is the point's key, the device's id, "bus:<id>" or "station". `points` counts what became unknown with it.
    """

    id: str
    key: str
    subject: str
    cause: Cause
    level: Level
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
    recorded: bool = True

    def with_state(self, state: AlarmState, **changes: object) -> "Alarm":
        """The same occurrence in another state."""
        return replace(self, state=state, **changes)  # type: ignore[arg-type]

    @property
    def standing(self) -> bool:
        """Is the condition itself still there?"""
        return self.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)

    @property
    def open(self) -> bool:
        """Does it still need anybody's attention?"""
        return self.state is not AlarmState.NORMAL
