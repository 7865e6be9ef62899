"""What may be said now of a rack, a device, a sensor, a rope on the floor: words, sums and alarms from the room model. Paints nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.link.messages import AlarmInfo, DeviceInfo, PointInfo, RackInfo
from cityops_desktop.model.points import Group, Kind, LimitKind
from cityops_desktop.model.power import PowerRole
from cityops_desktop.model.readings import Quality
from cityops_desktop.sentences import ALARM_STATES, HIDDEN, QUALITIES, level_name
from cityops_desktop.texts import pick, tr
from ui.models.alarmindex import urgency
from ui.models.floorplan import Plan, Sensor, Spot, on_rope, rope_length
from ui.models.needs import usable
from ui.models.places import tag_line, tag_on
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, figure, time_text, value_text, with_unit

CEILINGS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0)
"""kW that a full bar may mean when no rack's feed has a rating."""
MANY = 12
"""Points that a tool tip tells one by one."""


@dataclass(frozen=True, slots=True)
class RackPower:
    """A rack's total. `kw` None = not metered or not known now; `metered` = there are meters; `missing` of them say nothing usable;
    `rating` kW that its own feeds bear together when one side is lost, None when the room file does not say."""

    kw: float | None
    metered: int
    missing: int
    rating: float | None


@dataclass(frozen=True, slots=True)
class Word:
    """A device's state in a word; `stale` = this is not the state of the world now."""

    text: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Leak:
    """A leak detector now. `wet` None = not known. `metres` where a locating one finds water, `spot` the same on the floor,
    `beyond` = the rope on the floor is shorter."""

    wet: bool | None
    word: str
    metres: float | None = None
    spot: Spot | None = None
    beyond: bool = False
    metres_text: str = ""


class FloorWords:
    """Reads the model when asked; keeps only what hangs on the room file."""

    def __init__(self, model: RoomModel, plan: Plan) -> None:
        self._model = model
        room = model.room
        self._of_device: dict[str, list[PointInfo]] = {}
        self._of_rack: dict[str, list[str]] = {shape.id: [] for shape in plan.racks}
        for point in model.points.values():
            self._of_device.setdefault(point.device, []).append(point)
            if point.rack in self._of_rack:
                self._of_rack[point.rack].append(point.key)
        for device in model.devices.values():
            if device.rack in self._of_rack:
                self._of_rack[device.rack].append(device.id)
        for rack in room.racks if room else ():
            if rack.id in self._of_rack:
                self._of_rack[rack.id] += [item.device for item in rack.items if item.device]
        self._sensors: dict[str, list[Sensor]] = {}
        for sensor in plan.sensors:
            if sensor.rack is not None:
                self._sensors.setdefault(sensor.rack, []).append(sensor)
        self._racks = {shape.id: shape.rack for shape in plan.racks}
        self._ratings = self._own_ratings()
        self._state_points = self._points_of_state()

    # alarms

    def rack_alarm(self, rack: str) -> AlarmInfo | None:
        """The worst open alarm of what stands in the rack and of what hangs on it."""
        return self._model.worst(self._of_rack.get(rack, ()))

    def device_alarm(self, device: str) -> AlarmInfo | None:
        """The worst open alarm of a device or of its points."""
        return self._model.worst((device,))

    def rack_mark(self, rack: str) -> AlarmInfo | None:
        """What marks it: that alarm, else what of it is kept quiet."""
        return self._model.mark(self._of_rack.get(rack, ()))

    # racks

    def sensors_of(self, rack: str) -> list[Sensor]:
        """The air sensors that tell about this rack."""
        return self._sensors.get(rack, [])

    def power_keys(self, rack: str) -> list[str]:
        """The points that add up to the rack's power."""
        info = self._racks.get(rack)
        return [key for feed in info.feeds for key in feed.power] if info else []

    def power(self, rack: str) -> RackPower:
        """The rack's total now; None unless every one of its meters says something usable."""
        keys = self.power_keys(rack)
        good = [key for key in keys if usable(self._model.live.get(key)) and self._model.connected]
        total = sum(self._kilowatts(key) for key in good)
        return RackPower(total if keys and len(good) == len(keys) else None, len(keys), len(keys) - len(good), self._ratings.get(rack))

    def ceiling(self) -> float:
        """kW that a full bar means for racks without a rating: steps wide enough that it hardly ever changes."""
        most = max((power.kw or 0.0 for power in map(self.power, self._racks)), default=0.0)
        return next((one for one in CEILINGS if most <= one), most)

    def power_text(self, power: RackPower) -> str:
        """Such as "3.2 kW"; why there is no figure when there is none."""
        if not power.metered:
            return tr("not metered")
        return f"{figure(power.kw, 1)} kW" if power.kw is not None else NOTHING

    def rack_tag(self, rack: str) -> TagInfo | None:
        """The tag on a rack, or on something in it."""
        devices = self._of_rack[rack]
        points = (point.key for device in devices for point in self._of_device.get(device, ()))
        return tag_on(self._model, (f"rack:{rack}", *(f"device:{one}" for one in devices), *(f"point:{key}" for key in points)))

    def device_tag(self, device: str) -> TagInfo | None:
        """The tag on a device or on a point of it."""
        return tag_on(self._model, (f"device:{device}", *(f"point:{point.key}" for point in self._of_device.get(device, ()))))

    def rack_tip(self, rack: str) -> str:
        """All of a rack."""
        info = self._racks[rack]
        name = pick(info.names)
        lines = [name if name == info.id else f"{info.id} · {name}"]
        lines += self._alarm_lines(self._alarms_of(self._subjects(rack)))
        lines += tag_line(self.rack_tag(rack))
        power = self.power(rack)
        share = f" · {tr('{n} % of its feed', n=round(100 * power.kw / power.rating))}" if power.kw is not None and power.rating else ""
        lines.append(tr("Power: {power}", power=self.power_text(power)) + share)
        if power.metered and power.missing:
            lines.append(tr("{n} of {all} meters say nothing usable", n=power.missing, all=power.metered))
        lines += [self._sensor_line(sensor) for sensor in self.sensors_of(rack)[:MANY]]
        return "\n".join(lines)

    def _subjects(self, rack: str) -> set[str]:
        told = set(self._of_rack[rack])
        return told | {point.key for device in told for point in self._of_device.get(device, ())}

    def _sensor_line(self, sensor: Sensor) -> str:
        side = tr("Inlet") if sensor.inlet else tr("Outlet")
        return f"{side} {tr('{z} m', z=figure(sensor.z, 1))} · {self.point_line(sensor.key)}"

    def _kilowatts(self, key: str) -> float:
        number = self._model.shown(key).number or 0.0
        return number / 1000 if self._model.points[key].unit == "W" else number

    def _own_ratings(self) -> dict[str, float]:
        """kW of a rack's weakest feed, where nothing but this rack hangs on each of its feeds."""
        room = self._model.room
        nodes = {node.id: node for node in room.power} if room else {}
        users: dict[str, set[str]] = {}
        for rack in self._racks.values():
            for feed in rack.feeds:
                users.setdefault(feed.node or "", set()).add(rack.id)
        result = {}
        for rack in self._racks.values():
            ratings = [nodes[f.node].rating if f.node in nodes and users[f.node] == {rack.id} else None for f in rack.feeds]
            known = [rating for rating in ratings if rating is not None]
            if known and len(known) == len(ratings):
                result[rack.id] = min(known)
        return result

    # devices

    def device_word(self, device: str) -> Word:
        """Its state point's word, else what its points together say."""
        point = self._state_points.get(device)
        if point is not None:
            shown = self._model.shown(point.key)
            return Word(tr("unknown") if shown.quality is Quality.BAD else shown.value, shown.stale)
        points = self._of_device.get(device, [])
        lost = sum(not usable(self._model.live.get(point.key)) for point in points)
        if not points or lost == len(points) or not self._model.connected:
            return Word(tr("unknown"), True)
        alarm = self.device_alarm(device)
        if alarm is not None and alarm.standing:
            return Word(level_name(alarm.level), False)
        return Word(tr("{n} unknown", n=lost), True) if lost else Word(tr("in order"), False)

    def device_words(self, device: str) -> list[str]:
        """The words that can come, for a place that never changes its width."""
        point = self._state_points.get(device)
        words = [tr("unknown")]
        if point is not None:
            return [*words, *(value_text(point, state) for state in (point.states or (0, 1)))]
        return [*words, tr("in order"), *(level_name(level) for level in (1, 2, 3, 4)), tr("{n} unknown", n=88)]

    def state_key(self, device: str) -> str:
        """The point that F4 shows: of its state, else its first one."""
        point = self._state_points.get(device)
        points = self._of_device.get(device, [])
        return point.key if point is not None else points[0].key if points else ""

    def device_tip(self, device: DeviceInfo) -> str:
        """All of a device."""
        points = self._of_device.get(device.id, [])
        subjects = {device.id} | {point.key for point in points}
        lines = [f"{pick(device.names)} · {self.device_word(device.id).text}"]
        lines += self._alarm_lines(self._alarms_of(subjects))
        lines += tag_line(self.device_tag(device.id))
        if device.path:
            lines.append(tr("Rope of {n} m on the floor", n=figure(rope_length(device.path), 1)))
        lines += [self.point_line(point.key) for point in points[:MANY]]
        if len(points) > MANY:
            lines.append(tr("{n} more points", n=len(points) - MANY))
        return "\n".join(lines)

    def sensor_tip(self, sensor: Sensor) -> str:
        """All of a sensor, with what else its device measures there."""
        device = self._model.devices.get(sensor.point.device)
        height = tr("{z} m above the floor", z=figure(sensor.z, 1))
        lines = [f"{pick(device.names) if device else sensor.point.device} · {height}"]
        subjects = {sensor.point.device} | {point.key for point in self._of_device.get(sensor.point.device, ())}
        lines += self._alarm_lines(self._alarms_of(subjects))
        lines += [self.point_line(point.key) for point in self._of_device.get(sensor.point.device, [])[:MANY]]
        return "\n".join(lines)

    def _points_of_state(self) -> dict[str, PointInfo]:
        """Per device: the power chain's state, else a point named so, else its featured digital point."""
        room = self._model.room
        found: dict[str, PointInfo] = {}
        for node in room.power if room else ():
            point = self._model.points.get(node.points.get(PowerRole.STATE, ""))
            if node.device and point is not None:
                found[node.device] = point
        for device, points in self._of_device.items():
            digital = [point for point in points if point.kind is Kind.DIGITAL and point.states]
            named = [p for p in digital if p.key.rpartition(".")[2] in ("state", "status", "mode", "running", "run", "position", "power")]
            featured = [point for point in digital if point.featured]
            only = digital if len(points) == 1 else []
            chosen = [*named, *featured, *only]
            if device not in found and chosen:
                found[device] = chosen[0]
        return found

    # leaks

    def leak(self, device: DeviceInfo) -> Leak:
        """What a leak detector says, and where."""
        point = self.leak_point(device.id)
        if point is None or not usable(self._model.live.get(point.key)) or not self._model.connected:
            return Leak(None, tr("unknown"))
        shown = self._model.shown(point.key)
        wet_states = {state for limit in point.limits if limit.kind is LimitKind.STATE for state in limit.states} or {1}
        wet = shown.number in wet_states
        found = self._metres(device)
        if not wet or found is None:
            return Leak(wet, shown.value)
        metres, text = found
        if len(device.path) < 2:
            return Leak(True, shown.value, metres, metres_text=text)
        spot, reached = on_rope(device.path, metres)
        return Leak(True, shown.value, metres, spot, not reached, text)

    def beyond_text(self, leak: Leak, device: DeviceInfo) -> str:
        """Water farther along than the rope of the room file reaches: its end is marked, and this said."""
        return tr(
            "{word} at {metres}, rope ends at {end} m", word=leak.word, metres=leak.metres_text, end=figure(rope_length(device.path), 1)
        )

    def leak_point(self, device: str) -> PointInfo | None:
        """The point that says wet or dry."""
        digital = [point for point in self._of_device.get(device, ()) if point.kind is Kind.DIGITAL]
        named = [point for point in digital if point.key.rpartition(".")[2] in ("leak", "wet", "water")]
        return next(iter(named or digital), None)

    def is_leak(self, device: DeviceInfo) -> bool:
        """Does this device look for water?"""
        return device.group is Group.LEAK_DETECTION and self.leak_point(device.id) is not None

    def locates(self, device: DeviceInfo) -> bool:
        """Does it tell the metres along its rope?"""
        return bool(self._distances(device))

    def _distances(self, device: DeviceInfo) -> list[PointInfo]:
        analog = [point for point in self._of_device.get(device.id, ()) if point.kind is Kind.ANALOG and point.unit == "m"]
        named = [point for point in analog if point.key.rpartition(".")[2] in ("distance", "position", "location")]
        return named or [point for point in analog if point.featured]

    def _metres(self, device: DeviceInfo) -> tuple[float, str] | None:
        for point in self._distances(device):
            shown = self._model.shown(point.key)
            if usable(self._model.live.get(point.key)) and shown.number is not None:
                return shown.number, with_unit(point, shown.number)
        return None

    # words

    def point_line(self, key: str) -> str:
        """A point with value, quality and age or since when."""
        shown, point = self._model.shown(key), self._model.points[key]
        quality = tr(QUALITIES[shown.quality])
        value = f"{shown.value} {shown.unit}".strip()
        if shown.quality is Quality.BAD:
            last = f" · {tr('last {value}', value=value)} {shown.since_text}" if shown.since is not None else ""
            return f"{pick(point.names)} {NOTHING} · {quality} · {shown.reason}{last}"
        age = shown.since_text if shown.stale else shown.age_text
        return " · ".join(part for part in (f"{pick(point.names)} {value}", quality, age, shown.reason) if part)

    def _alarms_of(self, subjects: Iterable[str]) -> list[AlarmInfo]:
        """Open ones, the most urgent first, then those that are kept quiet."""
        index, names = self._model.index, set(subjects)
        found = [alarm for name in names for alarm in index.of_subject(name)]
        quiet = {alarm.id: alarm for name in names for alarm in index.quiet_of_subject(name)}
        return [*sorted(found, key=urgency), *sorted(quiet.values(), key=urgency)]

    def _alarm_lines(self, alarms: Iterable[AlarmInfo]) -> list[str]:
        lines = []
        for alarm in list(alarms)[:MANY]:
            since = time_text(alarm.raised, self._model.zone, self._model.now())
            told = self._model.alarm_text(alarm)
            state = tr(ALARM_STATES[alarm.state]) if alarm.hidden is None else tr(HIDDEN[alarm.hidden])
            lines.append(f"[{level_name(alarm.level)}] {told.sentence} · {state} · {tr('since {time}', time=since)}")
        return lines


def title_of(thing: RackInfo | DeviceInfo) -> str:
    """The name of a rack or a device; a rack's id, which is what stands on its door."""
    return thing.id if isinstance(thing, RackInfo) else pick(thing.names)
