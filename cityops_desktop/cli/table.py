"""The live table of a room for a terminal: what the event stream says, as text."""

import unicodedata

from cityops_desktop.link.messages import AlarmInfo, Beat, Change, Copy, LiveInfo, PointInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.readings import Quality
from cityops_desktop.sentences import ALARM_STATES, QUALITIES, level_name, reason_text
from cityops_desktop.texts import pick, tr

MOST_ROWS = 24


class Picture:
    """The newest state of everything, built from the events of one stream."""

    def __init__(self) -> None:
        self.copy: Copy | None = None
        self.live: dict[str, LiveInfo] = {}
        self.alarms: dict[str, AlarmInfo] = {}
        self.now = 0

    def apply(self, event: Copy | Change | Beat) -> None:
        """Take one event in."""
        self.now = event.now
        if isinstance(event, Copy):
            self.copy = event
            self.live = {}
            self.alarms = {}
        if isinstance(event, Copy | Change):
            self.live.update((live.key, live) for live in event.live)
            self.alarms.update((alarm.id, alarm) for alarm in event.alarms)

    def table(self) -> str:
        """The featured points with value, quality and age, then the open alarms."""
        assert self.copy is not None
        room = self.copy.room
        points = {point.key: point for point in room.points}
        devices = {device.id: device for device in room.devices}
        chosen = [point for point in room.points if point.featured] or room.points
        mark = f"【{tr('DEMO')}】" if room.origin == "demo" else ""
        good = sum(live.quality is Quality.GOOD for live in self.live.values())
        count = tr("{good} of {points} points good", good=good, points=len(self.live))
        lines = [f"{mark}{pick(room.names)}  {count}"]
        for point in chosen[:MOST_ROWS]:
            name = f"{pick(devices[point.device].names)} · {pick(point.names)}"
            lines.append(f"  {_pad(name, 44)} {self._value(point)}")
        for alarm in sorted(self.alarms.values(), key=lambda a: (a.level, a.raised)):
            if alarm.state is not AlarmState.NORMAL:
                subject = points.get(alarm.subject)
                name = pick(subject.names) if subject else alarm.subject
                where = pick(devices[subject.device].names) + " · " if subject else ""
                lines.append(f"  ! {level_name(alarm.level)} {where}{name} {tr(ALARM_STATES[alarm.state])}")
        return "\n".join(lines)

    def _value(self, point: PointInfo) -> str:
        live = self.live[point.key]
        age = max(0.0, (self.now - live.time) / 1000)
        if live.value is None:
            return f"{'—':>10}        {tr(QUALITIES[live.quality])}: {reason_text(live.reason, live.detail)}"
        if isinstance(live.value, str):
            text = live.value
        elif int(live.value) in point.states:
            text = pick(point.states[int(live.value)])
        else:
            text = f"{live.value:.{point.decimals}f}"
        return f"{_pad(text, 10, right=True)} {_pad(point.unit, 6)} {tr(QUALITIES[live.quality])} {age:.0f} s"


def _pad(text: str, width: int, *, right: bool = False) -> str:
    """Pad to columns of a terminal: a Chinese character takes two."""
    columns = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    blank = " " * max(0, width - columns)
    return blank + text if right else text + blank
