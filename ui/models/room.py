"""The room as the console knows it: the newest copy plus every change since. Decides nothing, asks nobody, paints nothing."""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import QObject, QTimer, Signal

from cityops_desktop.clock import Clock, SystemClock
from cityops_desktop.link.messages import (
    AlarmInfo,
    Beat,
    BusInfo,
    Change,
    Copy,
    DeviceInfo,
    LevelInfo,
    LiveInfo,
    PointInfo,
    RoomInfo,
    StationInfo,
)
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.levels import LevelLook
from cityops_desktop.model.points import Level, Names
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.sentences import (
    CAUSES,
    DEVICE_FACTS,
    bus_reason_text,
    name_levels,
    reason_text,
    self_test_text,
    sensor_text,
    store_text,
    way_text,
)
from cityops_desktop.texts import pick, tr
from ui.models.alarmindex import AlarmIndex
from ui.models.shown import NOTHING, STATION, AlarmText, Shown, span_text, time_text, value_text, with_unit
from ui.models.throttle import Throttle

log = logging.getLogger(__name__)

LIVE_MS = 200
ALARM_MS = 50
EFFECT_SECONDS = 30.0
"""So long a station may take to come up with another configuration."""


class RoomModel(QObject):
    """Fed by the link through the four `apply_*`/`set_*` methods; every view reads from here and from nowhere else."""

    replaced = Signal()
    """A new full copy arrived: rebuild."""
    changed = Signal(object)
    """frozenset[str] of point keys whose live state changed: the first at once, then at most every 200 ms. All of them when the
    station is lost or found, because every value is then shown otherwise."""
    alarmsChanged = Signal(object)
    """frozenset[str] of alarm ids, at once, in a flood every 50 ms."""
    stationChanged = Signal()
    connectedChanged = Signal(bool)
    beat = Signal()
    """Every second, with or without a station, once there was a copy: ages move."""

    def __init__(self, clock: Clock | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock or SystemClock()
        self._heard: tuple[int, float] | None = None
        self.index = AlarmIndex()
        self.room: RoomInfo | None = None
        self.points: dict[str, PointInfo] = {}
        self.devices: dict[str, DeviceInfo] = {}
        self.buses: dict[str, BusInfo] = {}
        self.live: dict[str, LiveInfo] = {}
        self.alarms: dict[str, AlarmInfo] = self.index.alarms
        self.station: StationInfo | None = None
        self.connected = False
        self.newest: int | None = None
        self.zone: tzinfo = datetime.now(UTC).astimezone().tzinfo or UTC
        self.lost_since: int | None = self._clock.wall()
        self.past: int | None = None
        """The time that is shown instead of now (UTC ms); None = live. Only the model of pages that can go there sets it."""
        self.taking_effect = 0
        """The configuration version for which the station was told to start anew; 0 = none."""
        self._effect_until = 0.0
        self._live_changes = Throttle(LIVE_MS, self.changed.emit, self)
        self._alarm_changes = Throttle(ALARM_MS, self.alarmsChanged.emit, self)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self.beat)

    def expect_version(self, number: int) -> None:
        """The station will start anew with this configuration version: for a while its absence is no trouble."""
        self.taking_effect, self._effect_until = number, self._clock.monotonic() + EFFECT_SECONDS

    def effect_left(self) -> float:
        """Seconds for which it is still none; 0 = it is one."""
        return max(0.0, self._effect_until - self._clock.monotonic()) if self.taking_effect else 0.0

    # what the link brings

    def hush(self) -> None:
        """The link is closed: changes that wait to be told together are told to nobody."""
        self._live_changes.clear()
        self._alarm_changes.clear()

    def apply_copy(self, copy: Copy) -> None:
        """A new full copy."""
        self._hear(copy.now)
        self.room, self.station = copy.room, copy.station
        if copy.station.config >= self.taking_effect:
            self.taking_effect = 0
        self.points = {point.key: point for point in copy.room.points}
        self.devices = {device.id: device for device in copy.room.devices}
        self.buses = {bus.id: bus for bus in copy.room.buses}
        self.live = {live.key: live for live in copy.live}
        self.index.replace(copy.alarms, self.points)
        self.alarms = self.index.alarms
        self.newest = max((live.time for live in copy.live if live.quality is Quality.GOOD), default=None)
        self.zone = _zone(copy.room.timezone)
        self._live_changes.clear()
        self._alarm_changes.clear()
        if not self._second.isActive():
            self._second.start()
        self._name_levels(copy.room)
        self.replaced.emit()
        self.stationChanged.emit()

    def apply_change(self, change: Change) -> None:
        """What changed since the event before."""
        self._hear(change.now)
        if change.station is not None:
            self.station = change.station
            self.stationChanged.emit()
        if change.alarms:
            for alarm in change.alarms:
                self.index.put(alarm)
            gone = self.index.forget_oldest()
            self._alarm_changes.add(frozenset([*(alarm.id for alarm in change.alarms), *gone]))
        known = [live for live in change.live if live.key in self.points]
        for live in known:
            self.live[live.key] = live
            if live.quality is Quality.GOOD:
                self.newest = max(self.newest or 0, live.time)
        if known:
            self._live_changes.add(frozenset(live.key for live in known))

    def apply_beat(self, beat: Beat) -> None:
        """The station is alive and this is its clock."""
        self._hear(beat.now)
        self.newest = beat.newest

    def set_connected(self, connected: bool) -> None:
        """Is there a station? Without one every value is shown stale."""
        if connected != self.connected:
            self.connected = connected
            self.lost_since = None if connected else self._heard[0] if self._heard else self._clock.wall()
            self.connectedChanged.emit(connected)
            self.changed.emit(frozenset(self.points))

    # what the views read

    def now(self) -> int:
        """The station's clock now, UTC ms: what it last said plus what has passed since on our own monotonic clock."""
        if self._heard is None:
            return self._clock.wall()
        said, heard = self._heard
        return said + round((self._clock.monotonic() - heard) * 1000)

    def silence(self) -> float:
        """Seconds since the station was last heard; inf if never."""
        return float("inf") if self._heard is None else self._clock.monotonic() - self._heard[1]

    def newest_age(self) -> float:
        """Seconds since the newest good reading of the whole room; inf if none."""
        return float("inf") if self.newest is None else max(0.0, (self.now() - self.newest) / 1000)

    def age(self, key: str) -> float:
        """Seconds since the time of the value shown; inf if none."""
        _, since, _ = self._newest_value(key)
        return float("inf") if since is None else max(0.0, (self.now() - since) / 1000)

    def shown(self, key: str) -> Shown:
        """What may be painted of a point, whatever its state. A value that is not usable now is the last usable one, stale."""
        point, live = self.points.get(key), self.live.get(key)
        value, since, usable = self._newest_value(key)
        age = float("inf") if since is None else max(0.0, (self.now() - since) / 1000)
        quality = live.quality if live else Quality.BAD
        reason = reason_text(live.reason, live.detail) if live else reason_text(Reason.WAITING)
        if usable and not self.connected:
            quality, reason = Quality.STALE, tr("no station")
        stale = not (usable and self.connected)
        text = value_text(point, value) if point else NOTHING
        number = float(value) if isinstance(value, int | float) else None
        since_text = "" if since is None else tr("since {time}", time=time_text(since, self.zone, self.now()))
        unit = point.unit if point else ""
        return Shown(text, unit, quality, age, span_text(age), reason, stale, since, since_text, number)

    def open_alarms(self) -> list[AlarmInfo]:
        """Alarms that have not ended and that nothing hides, the most urgent first. Not to be changed."""
        return self.index.open()

    def hidden_alarms(self) -> list[AlarmInfo]:
        """Alarms that have not ended, and are shelved, out of service or the consequence of another, likewise."""
        return self.index.hidden()

    def worst(self, keys: Iterable[str]) -> AlarmInfo | None:
        """The most urgent open alarm about one of these (see AlarmIndex.worst)."""
        return self.index.worst(keys)

    def quiet(self, keys: Iterable[str]) -> AlarmInfo | None:
        """The same of what is shelved, out of service or a consequence."""
        return self.index.quiet(keys)

    def mark(self, keys: Iterable[str]) -> AlarmInfo | None:
        """What marks a thing: its worst alarm, else what of it is kept quiet; nothing hidden is forgotten."""
        several = tuple(keys)
        return self.index.worst(several) or self.index.quiet(several)

    def rack_of(self, device: str) -> str:
        """The rack in which this device stands, or a part of which it is; "" = none."""
        known = self.devices.get(device)
        racks = self.room.racks if self.room is not None else []
        inside = (rack.id for rack in racks if any(item.device == device for item in rack.items))
        return (known.rack if known is not None else None) or next(inside, "")

    def alarm_text(self, alarm: AlarmInfo) -> AlarmText:
        """An alarm in words of the current language."""
        point = self.points.get(alarm.subject)
        device = self.devices.get(point.device if point else alarm.subject)
        bus = self.buses.get(alarm.subject.removeprefix("bus:")) if alarm.subject.startswith("bus:") else None
        place = pick((device or bus).names) if device or bus else self._other_place(alarm.subject)  # type: ignore[union-attr]
        name = pick(point.names) if point else ""
        limit = with_unit(point, alarm.limit) if point else str(alarm.limit)
        value = with_unit(point, alarm.value) if point else str(alarm.value)
        detail = _detail(alarm, self.zone, self.points)
        sentence = tr(CAUSES[alarm.cause], name=name or place, limit=limit, value=value, points=alarm.points, detail=detail)
        return AlarmText(place, name, sentence)

    # inside

    @staticmethod
    def _name_levels(room: RoomInfo) -> None:
        """What the room calls its levels is what every word of the console calls them."""
        name_levels({Level(one.level): Names(one.names.zh, one.names.en) for one in room.levels if one.names is not None})

    def _hear(self, now: int) -> None:
        self._heard = (now, self._clock.monotonic())

    def _newest_value(self, key: str) -> tuple[float | int | str | None, int | None, bool]:
        live = self.live.get(key)
        if live is None:
            return None, None, False
        if live.value is not None and live.quality in (Quality.GOOD, Quality.UNCERTAIN):
            return live.value, live.time, True
        return live.last_value, live.last_time, False

    def _other_place(self, subject: str) -> str:
        """What is neither a point, a device nor a line: the station, the whole room, or a gateway by its address."""
        if subject == "room" and self.room is not None:
            return pick(self.room.names)
        return tr(STATION) if subject == "station" else subject.removeprefix("gateway:")


def looks_of(levels: Iterable[LevelInfo]) -> dict[Level, LevelLook]:
    """How the room shows its levels, for the theme."""
    return {Level(one.level): LevelLook(Level(one.level), None, one.light, one.dark) for one in levels if one.light or one.dark}


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        log.warning("the room's time zone %r is not known here: times are shown in UTC", name)
        return UTC


def _detail(alarm: AlarmInfo, zone: tzinfo, points: Mapping[str, PointInfo]) -> str:
    if alarm.cause is Cause.RECORDING_GAP:
        start, end = (time_text(int(one), zone, alarm.raised) for one in alarm.detail.split())
        return tr("from {start} to {end}", start=start, end=end)
    if alarm.cause is Cause.DEVICE_NEW:
        return tr("{n} devices", n=alarm.detail)
    if alarm.cause is Cause.DEVICE_CHANGED:
        return ", ".join(tr(DEVICE_FACTS[name]) if name in DEVICE_FACTS else name for name in alarm.detail.split())
    if alarm.cause is Cause.SENSOR_FAILED:
        return sensor_text(alarm.detail, lambda key: pick(points[key].names) if key in points else "")
    code, _, rest = alarm.detail.partition(":")
    if alarm.cause in (Cause.BUS_LOST, Cause.DEVICE_LOST) and code in set(Reason):
        told = bus_reason_text if alarm.cause is Cause.BUS_LOST else reason_text
        return told(Reason(code), rest.strip())
    if alarm.cause is Cause.NOTIFY_FAILED:
        return way_text(alarm.detail)
    if alarm.cause is Cause.SELF_TEST_FAILED:
        return self_test_text(alarm.detail)
    if alarm.cause in (Cause.RECORDING_PAUSED, Cause.STORE_DAMAGED):
        return store_text(alarm.detail)
    return alarm.detail
