"""An alarm occurrence as it is recorded and shown: code and figures, never a sentence."""

from dataclasses import dataclass, replace
from enum import StrEnum

from cityops_desktop.model.points import Level


class AlarmState(StrEnum):
    """States of ISA-18.2: A, B, C, D, and E in two, for a latched alarm is acknowledged before it can be reset."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_unacknowledged"
    LATCHED = "latched_unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched_acknowledged"


UNSEEN = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED, AlarmState.LATCHED})
"""States in which nobody has acknowledged it yet."""


class Hidden(StrEnum):
    """Why an alarm neither sounds nor stands in the list of those that want somebody (ISA-18.2, states F, G, H). It is recorded all the
    same, and stands in a list of its own."""

    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


def audible(state: AlarmState, level: int, hidden: Hidden | None) -> bool:
    """Does this alarm sound? The two highest levels do even after they have gone, so that five seconds at night do not silence
    themselves."""
    if hidden is not None:
        return False
    return state is AlarmState.UNACKNOWLEDGED or (level <= Level.MAJOR and state in UNSEEN)


class Cause(StrEnum):
    """What makes an alarm."""

    HIGH = "high"
    LOW = "low"
    STATE = "state"
    DEVICE_LOST = "device_lost"
    SENSOR_FAILED = "sensor_failed"
    BUS_LOST = "bus_lost"
    GATEWAY_LOST = "gateway_lost"
    ROOM_LOST = "room_lost"
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
    REPORT_DUE = "report_due"
    DRILL_DUE = "drill_due"
    LOG_RULE = "log_rule"
    LOGS_DOWN = "logs_down"
    OUTPUT_FAILED = "output_failed"
    SELF_TEST = "self_test"
    SELF_TEST_MISSING = "self_test_missing"
    SELF_TEST_FAILED = "self_test_failed"
    NOTIFY_FAILED = "notify_failed"
    DUTY_UNCOVERED = "duty_uncovered"
    ALERTNESS_MISSED = "alertness_missed"
    PATROL_DUE = "patrol_due"
    PATROL_OVERDUE = "patrol_overdue"
    PATROL_MISSED = "patrol_missed"
    ORDER_OVERDUE = "order_overdue"
    ROTATION_DUE = "rotation_due"
    CLEANING_MISSED = "cleaning_missed"
    VISITOR_OVERDUE = "visitor_overdue"
    MAINTENANCE_DUE = "maintenance_due"
    CONTRACT_ENDING = "contract_ending"
    HANDOVER_LATE = "handover_late"
    REPORT_FAILED = "report_failed"
    SERIOUS_PROBLEM = "serious_problem"


TESTS = frozenset({Cause.SELF_TEST})
"""Causes of alarms that are made to test the way of an alarm: marked everywhere, counted nowhere."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One occurrence, from its raising to its end. Times are UTC ms, None = not yet.

    `key` names the condition ("ups1.load#high1", "ups1#lost", "bus:line1#lost", "station#recording"), `id` this occurrence
    (UUIDv7). `subject` is the point's key, the device's id, "bus:<id>", "gateway:<host>", "room" or "station". `points` counts what became
    unknown with it.
    `hidden_until` is the end of a shelf or of a time out of service, `under` the key of the alarm whose consequence this one is.
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
    hidden: Hidden | None = None
    hidden_until: int | None = None
    under: str = ""
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

    @property
    def unseen(self) -> bool:
        """Has nobody acknowledged it yet?"""
        return self.state in UNSEEN

    @property
    def audible(self) -> bool:
        """Does it sound?"""
        return audible(self.state, self.level, self.hidden)
