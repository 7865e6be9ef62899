"""What is wrong in the simulated room at this moment, and the gentle story that makes the demo live. Knows no registers."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cityops_desktop.model.points import Group
from cityops_desktop.model.rooms import Room


class FaultKind(StrEnum):
    """What can go wrong. The subject is a device's id, for HOT_SPOT a rack's."""

    DEAD_UNIT = "dead_unit"
    WET_LEAK = "wet_leak"
    HOT_SPOT = "hot_spot"
    WARM_RETURN = "warm_return"
    ON_BATTERY = "on_battery"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `amount`: kelvins (HOT_SPOT, WARM_RETURN), metres along the rope (WET_LEAK), else nothing."""

    kind: FaultKind
    subject: str
    amount: float = 0.0


class Faults:
    """The active faults; at most one of a kind on a subject."""

    def __init__(self) -> None:
        self._active: dict[tuple[FaultKind, str], Fault] = {}

    def start(self, fault: Fault) -> None:
        """Make it so, replacing the amount of the same fault."""
        self._active[fault.kind, fault.subject] = fault

    def stop(self, kind: FaultKind, subject: str) -> None:
        """End it, if there is one."""
        self._active.pop((kind, subject), None)

    def has(self, kind: FaultKind, subject: str) -> bool:
        """Is this wrong now?"""
        return (kind, subject) in self._active

    def amount(self, kind: FaultKind, subject: str) -> float:
        """How much of it; 0 without the fault."""
        fault = self._active.get((kind, subject))
        return fault.amount if fault else 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A fault that lasts from second `start` to second `end` of every round of the story."""

    start: float
    end: float
    fault: Fault


class Story:
    """Scenes that repeat every `ROUND` seconds of simulated time."""

    ROUND = 600.0

    def __init__(self, scenes: Iterable[Scene]) -> None:
        self.scenes = tuple(scenes)

    def play(self, time: float, faults: Faults) -> None:
        """Start and stop what the script says for this time; leaves faults that are not in the script alone."""
        now = time % self.ROUND
        for scene in self.scenes:
            if scene.start <= now < scene.end:
                faults.start(scene.fault)
            else:
                faults.stop(scene.fault.kind, scene.fault.subject)


def story_of(room: Room) -> Story:
    """The script for this room: a wet leak detector, a silent sensor, an air conditioner that runs warm; what it has of them."""
    leaks = [device.id for device in room.devices if device.group is Group.LEAK_DETECTION]
    sensors = [device.id for device in room.devices if device.group is Group.ENVIRONMENT]
    coolers = [device.id for device in room.devices if device.profile == "datamate3000"]
    scenes = []
    if leaks:
        scenes.append(Scene(40, 100, Fault(FaultKind.WET_LEAK, leaks[-1], 12.5)))
    if sensors:
        scenes.append(Scene(160, 220, Fault(FaultKind.DEAD_UNIT, sensors[len(sensors) // 4])))
    if coolers:
        scenes.append(Scene(260, 440, Fault(FaultKind.WARM_RETURN, coolers[len(coolers) // 2], 9.0)))
    return Story(scenes)
