"""Open alarms in groups: by area, row of racks, line, device or cause; kept up with every change. Paints nothing, acknowledges nothing."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from cityops_desktop.link.messages import AlarmInfo, AreaInfo
from cityops_desktop.model.alarms import Cause
from cityops_desktop.texts import N_, pick, tr
from ui.models.alarmindex import urgency
from ui.models.room import RoomModel
from ui.models.shown import STATION

LISTED = 200
"""Alarms of a group that are listed, and acknowledged together."""


class By(IntEnum):
    """What makes a group."""

    AREA = 0
    ROW = 1
    LINE = 2
    DEVICE = 3
    CAUSE = 4


BY = {By.AREA: N_("By area"), By.ROW: N_("By row of racks"), By.LINE: N_("By line"), By.DEVICE: N_("By device"), By.CAUSE: N_("By cause")}
CAUSE_WORDS = {
    Cause.HIGH: N_("Above a limit"),
    Cause.LOW: N_("Below a limit"),
    Cause.STATE: N_("A state"),
    Cause.DEVICE_LOST: N_("A device does not answer"),
    Cause.SENSOR_FAILED: N_("A sensor has failed"),
    Cause.BUS_LOST: N_("A line is lost"),
}


@dataclass(slots=True)
class Group:
    """Alarms that belong together."""

    name: str
    urgent: list[tuple[int | str, ...]] = field(default_factory=list)
    by_time: list[tuple[int, str]] = field(default_factory=list)
    unseen: int = 0

    @property
    def count(self) -> int:
        """Open alarms."""
        return len(self.urgent)

    @property
    def rank(self) -> tuple[int, int]:
        """Worst first, then that which began first: a group moves only when it becomes worse or less bad."""
        return int(self.urgent[0][0]), self.by_time[0][0]


class FloodGroups:
    """`name_of` is what a subject is called in this way of grouping."""

    def __init__(self, model: RoomModel, by: By) -> None:
        self._model, self.by = model, by
        self._names: dict[str, str] = {}
        self._known: dict[str, AlarmInfo] = {}
        self.groups: dict[str, Group] = {}

    def take(self, ids: Iterable[str]) -> None:
        """These have changed, are new, or have gone."""
        for one in ids:
            before = self._known.pop(one, None)
            if before is not None:
                self._leave(before)
            alarm = self._model.alarms.get(one)
            if alarm is not None and alarm.open and alarm.hidden is None:
                self._known[one] = alarm
                self._enter(alarm)

    def ordered(self) -> list[Group]:
        """All of them, worst first."""
        return sorted(self.groups.values(), key=lambda group: group.rank)

    def listed(self, group: Group) -> list[AlarmInfo]:
        """Its most urgent alarms."""
        return [self._known[key[-1]] for key in group.urgent[:LISTED]]  # type: ignore[index]

    def first(self, group: Group) -> AlarmInfo:
        """What came first of it."""
        return self._known[group.by_time[0][1]]

    def newest(self, group: Group) -> AlarmInfo:
        """What came last."""
        return self._known[group.by_time[-1][1]]

    def _enter(self, alarm: AlarmInfo) -> None:
        name = self.name_of(alarm)
        group = self.groups.setdefault(name, Group(name))
        insort(group.urgent, (*urgency(alarm), alarm.id))
        insort(group.by_time, (alarm.raised, alarm.id))
        group.unseen += alarm.unseen

    def _leave(self, alarm: AlarmInfo) -> None:
        group = self.groups[self.name_of(alarm)]
        del group.urgent[bisect_left(group.urgent, (*urgency(alarm), alarm.id))]
        del group.by_time[bisect_left(group.by_time, (alarm.raised, alarm.id))]
        group.unseen -= alarm.unseen
        if not group.urgent:
            del self.groups[group.name]

    def name_of(self, alarm: AlarmInfo) -> str:
        """The name of its group."""
        if self.by is By.CAUSE:
            return tr(CAUSE_WORDS[alarm.cause]) if alarm.cause in CAUSE_WORDS else tr("The station itself")
        if alarm.subject not in self._names:
            self._names[alarm.subject] = self._of_subject(alarm.subject)
        return self._names[alarm.subject]

    def _of_subject(self, subject: str) -> str:
        model = self._model
        point = model.points.get(subject)
        device = model.devices.get(point.device if point is not None else subject)
        bus = model.buses.get(subject.removeprefix("bus:") if device is None else device.bus)
        rack_name = point.rack if point is not None and point.rack else device.rack if device is not None else None
        rack = next((one for one in model.room.racks if one.id == rack_name), None) if model.room is not None else None
        if self.by is By.DEVICE:
            return pick(device.names) if device is not None else self._line(subject)
        if self.by is By.LINE:
            return pick(bus.names) if bus is not None else self._line(subject)
        if self.by is By.ROW:
            return tr("Row {row}", row=rack.row) if rack is not None and rack.row else tr("In no row")
        places = [one.place for one in (point, device, rack) if one is not None and one.place is not None]
        area = self._area(places[0].x, places[0].y) if places and places[0] is not None else None
        return pick(area.names) if area is not None else tr("In no area")

    def _line(self, subject: str) -> str:
        bus = self._model.buses.get(subject.removeprefix("bus:"))
        return pick(bus.names) if bus is not None else tr(STATION)

    def _area(self, x: float, y: float) -> AreaInfo | None:
        for area in self._model.room.areas if self._model.room is not None else ():
            if area.place.x <= x <= area.place.x + area.size[0] and area.place.y <= y <= area.place.y + area.size[1]:
                return area
        return None
