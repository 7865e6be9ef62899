"""What a message about alarms says, in the language of the room file, as plain text. Decides nothing about whom it goes to."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.rooms import Room
from cityops_desktop.sentences import (
    CAUSES,
    DEVICE_FACTS,
    bus_reason_text,
    level_name,
    reason_text,
    self_test_text,
    sensor_text,
    store_text,
    way_text,
)
from cityops_desktop.texts import N_, pick, speaking, tr

TEMPLATES: Mapping[str, str] = {
    "one": N_("{level}: {alarm}\n{room}, {time}"),
    "many": N_("{n} alarms, worst {level}: {alarm}\n{room}, {time}"),
    "ended": N_("Ended: {alarm}\n{room}, {time}"),
}
"""Ours, where the room file has none."""
CODED = N_("Reply {code} within 10 minutes to acknowledge this one alarm.")
_STORE = (Cause.RECORDING_PAUSED, Cause.STORE_DAMAGED)


class Wording:
    """The words of one room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._zone = ZoneInfo(room.timezone)
        self._points = room.points()
        self._names = {device.id: device.names for device in room.devices} | {f"bus:{bus.id}": bus.names for bus in room.buses}

    def alarms(self, alarms: Sequence[Alarm], kind: str, code: str | None) -> tuple[str, str]:
        """Subject and text about these alarms, the worst first; `kind` is alarm or ended."""
        with speaking(self._room.notify.language):
            worst = alarms[0]
            name = "ended" if kind == "ended" else "one" if len(alarms) == 1 else "many"
            own = self._room.notify.templates.get(name)
            places = {
                "room": pick(self._room.names),
                "level": level_name(worst.level),
                "alarm": self._sentence(worst),
                "time": self._time(worst.returned or worst.raised if kind == "ended" else worst.raised),
                "n": len(alarms),
                "code": code or "",
            }
            text = own.format(**places) if own else tr(TEMPLATES[name], **places)
            if code and not (own and "{code}" in own):
                text += "\n" + tr(CODED, code=code)
            return self._marked(text.split("\n")[0]), self._marked(text)

    def test(self, actor: str) -> tuple[str, str]:
        """Subject and text of a test message."""
        with speaking(self._room.notify.language):
            text = tr("TEST: a message of {room}, asked for by {name}. Nothing has happened.", room=pick(self._room.names), name=actor)
            return self._marked(text), self._marked(text)

    def sentence(self, alarm: Alarm) -> str:
        """What it is, in words."""
        with speaking(self._room.notify.language):
            return self._marked(self._sentence(alarm))

    def said(self, alarm: Alarm) -> str:
        """The same in the language in force, without the mark of a demo: for what is kept in both languages."""
        return self._sentence(alarm)

    def _marked(self, text: str) -> str:
        return text if self._room.origin == "real" else f"【{tr('DEMO')}】{text}"

    def _sentence(self, alarm: Alarm) -> str:
        point = self._points.get(alarm.subject)
        names = self._names.get(alarm.subject.partition(".")[0] if point else alarm.subject)
        place = pick(names) if names is not None else self._other_place(alarm.subject)
        name = f"{place} {pick(point.names)}" if point else place
        places = {"limit": _figure(point, alarm.limit), "value": _figure(point, alarm.value), "points": alarm.points}
        return tr(CAUSES[alarm.cause], name=name, detail=self._detail(alarm), **places)

    def _other_place(self, subject: str) -> str:
        """What is neither a point, a device nor a line: the station, the whole room, or a gateway by its address."""
        if subject == "room":
            return pick(self._room.names)
        return tr("Station") if subject == "station" else subject.removeprefix("gateway:")

    def _detail(self, alarm: Alarm) -> str:
        if alarm.cause is Cause.RECORDING_GAP:
            start, end = (self._time(int(one)) for one in alarm.detail.split())
            return tr("from {start} to {end}", start=start, end=end)
        if alarm.cause is Cause.DEVICE_NEW:
            return tr("{n} devices", n=alarm.detail)
        if alarm.cause is Cause.DEVICE_CHANGED:
            return ", ".join(tr(DEVICE_FACTS[name]) if name in DEVICE_FACTS else name for name in alarm.detail.split())
        if alarm.cause is Cause.SENSOR_FAILED:
            return sensor_text(alarm.detail, lambda key: pick(self._points[key].names) if key in self._points else "")
        code, _, rest = alarm.detail.partition(":")
        if alarm.cause in (Cause.BUS_LOST, Cause.DEVICE_LOST) and code in set(Reason):
            return (bus_reason_text if alarm.cause is Cause.BUS_LOST else reason_text)(Reason(code), rest.strip())
        if alarm.cause is Cause.NOTIFY_FAILED:
            return way_text(alarm.detail)
        if alarm.cause is Cause.SELF_TEST_FAILED:
            return self_test_text(alarm.detail)
        return store_text(alarm.detail) if alarm.cause in _STORE else alarm.detail

    def _time(self, ms: int) -> str:
        return f"{datetime.fromtimestamp(ms / 1000, self._zone):%m-%d %H:%M:%S}"


def _figure(point: Point | None, value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "" if value is None else str(value)
    if point is None:
        return f"{value:g}"
    if point.kind is Kind.DIGITAL:
        state = point.states.get(int(value))
        return pick(state) if state is not None else {0: tr("off"), 1: tr("on")}.get(int(value), str(int(value)))
    return f"{value:.{point.decimals}f} {point.unit}".strip()
