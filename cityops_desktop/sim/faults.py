"""What is wrong in the simulated room at this moment: by a person's order, or because the story plays it. Knows no registers."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What can go wrong. The subject is a device's id unless it says otherwise."""

    MAINS_LOSS = "mains_loss"
    """Subject: none."""
    GENERATOR_FAILS = "generator_fails"
    UPS_FAILS = "ups_fails"
    """Its output is off."""
    ON_BATTERY = "on_battery"
    """This UPS's input breaker is open."""
    AIR_CONDITIONER_FAILS = "air_conditioner_fails"
    WARM_RETURN = "warm_return"
    """Amount: kelvins."""
    HOT_SPOT = "hot_spot"
    """Subject: a rack's id. Amount: kelvins."""
    LEAK = "leak"
    """Amount: metres along the rope."""
    GAS_LOSS = "gas_loss"
    """Subject: the key of a cylinder's point. Amount: MPa an hour."""
    FIRE_CONTACT = "fire_alarm"
    """Subject: the key of a contact's point."""
    DOOR_OPEN = "door_open"
    """Subject: the key of a contact's point."""
    FRESH_AIR_FAILS = "fresh_air_fails"
    CAMERA_OFFLINE = "camera_offline"
    """Amount: how many."""
    DEAD_SLAVE = "dead_slave"
    SLOW_SLAVE = "slow_slave"
    """Amount: the longest delay of an answer in seconds."""
    FROZEN_SENSOR = "frozen_sensor"
    NOISE = "noise"
    """Subject: a bus's id. Amount: percent of the answers that are spoilt."""
    BUS_UNPLUGGED = "bus_unplugged"
    """Subject: a bus's id."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `amount` is in the unit that its kind says; `since` the UTC ms at which it was started, 0 when nobody noted it."""

    kind: FaultKind
    subject: str = ""
    amount: float = 0.0
    since: int = 0


class Faults:
    """The active faults; at most one of a kind on a subject by a person's order, and one by the story. A person's goes first."""

    def __init__(self) -> None:
        self._ordered: dict[tuple[FaultKind, str], Fault] = {}
        self._played: dict[tuple[FaultKind, str], Fault] = {}

    @property
    def ordered(self) -> tuple[Fault, ...]:
        """Those that a person started, in that order."""
        return tuple(self._ordered.values())

    @property
    def played(self) -> tuple[Fault, ...]:
        """Those that the story plays."""
        return tuple(self._played.values())

    def start(self, fault: Fault) -> None:
        """Make it so by a person's order, replacing the amount of the same fault."""
        self._ordered[fault.kind, fault.subject] = fault

    def stop(self, kind: FaultKind, subject: str = "") -> None:
        """End a person's fault, if there is one."""
        self._ordered.pop((kind, subject), None)

    def play(self, faults: tuple[Fault, ...]) -> None:
        """The story's faults are these from now on, and no others."""
        self._played = {(fault.kind, fault.subject): fault for fault in faults}

    def has(self, kind: FaultKind, subject: str = "") -> bool:
        """Is this wrong now?"""
        return (kind, subject) in self._ordered or (kind, subject) in self._played

    def active(self, kind: FaultKind) -> tuple[Fault, ...]:
        """All faults of a kind."""
        return tuple(fault for fault in (self._played | self._ordered).values() if fault.kind is kind)

    def any(self, kind: FaultKind) -> bool:
        """Is this wrong anywhere?"""
        return any(key[0] is kind for active in (self._ordered, self._played) for key in active)

    def amount(self, kind: FaultKind, subject: str = "") -> float:
        """How much of it; 0 without the fault."""
        fault = self._ordered.get((kind, subject)) or self._played.get((kind, subject))
        return fault.amount if fault else 0.0
