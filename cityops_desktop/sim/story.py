"""The gentle story that makes the demo live: three small faults in ten minutes, over and over. Leaves a person's faults alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from cityops_desktop.model.points import Group
from cityops_desktop.model.rooms import Room
from cityops_desktop.sim.faults import Fault, FaultKind


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

    def at(self, time: float) -> tuple[Fault, ...]:
        """What the script says for this time."""
        now = time % self.ROUND
        return tuple(scene.fault for scene in self.scenes if scene.start <= now < scene.end)


def story_of(room: Room) -> Story:
    """The script for this room: a wet leak detector, a silent sensor, an air conditioner that runs warm; what it has of them."""
    leaks = [device.id for device in room.devices if device.group is Group.LEAK_DETECTION]
    sensors = [device.id for device in room.devices if device.group is Group.ENVIRONMENT]
    coolers = [device.id for device in room.devices if device.profile == "datamate3000"]
    scenes = []
    if leaks:
        scenes.append(Scene(40, 100, Fault(FaultKind.LEAK, leaks[-1], 12.5)))
    if sensors:
        scenes.append(Scene(160, 220, Fault(FaultKind.DEAD_SLAVE, sensors[len(sensors) // 4])))
    if coolers:
        scenes.append(Scene(260, 440, Fault(FaultKind.WARM_RETURN, coolers[len(coolers) // 2], 9.0)))
    return Story(scenes)
