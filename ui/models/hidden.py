"""Everything that is kept quiet, in words and with its clock: shelves, times out of service, consequences, limits that are switched off.
Knows no widget and no colour; asks nobody."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from cityops_desktop.link.messages import AlarmInfo, HidingInfo, LimitInfo, PointInfo
from cityops_desktop.model.alarms import Hidden
from cityops_desktop.model.hidings import SOON_MS
from cityops_desktop.model.points import Level
from cityops_desktop.texts import N_, pick, tr
from ui.models.devicewords import limit_sign
from ui.models.room import RoomModel
from ui.models.shown import moment


class Way(StrEnum):
    """How it is kept quiet."""

    SHELF = "shelf"
    SERVICE = "service"
    FOLDED = "folded"
    OFF = "off"


WAYS = {
    Way.SHELF: N_("shelved"),
    Way.SERVICE: N_("out of service"),
    Way.FOLDED: N_("consequence"),
    Way.OFF: N_("switched off"),
}


class Entry(NamedTuple):
    """One line of the list. `beneath`: the open alarms that it hides, the most urgent first. Of a consequence `id` is its cause's key."""

    way: Way
    id: str
    what: str
    subject: str
    level: int | None
    until: int | None
    since: int
    who: str
    why: str
    beneath: tuple[AlarmInfo, ...]
    missing: bool = False

    @property
    def name(self) -> str:
        """What tells it from all others."""
        return f"{self.way}/{self.id}"

    def soon(self, now: int) -> bool:
        """Does it end within half an hour?"""
        return self.until is not None and self.until - now <= SOON_MS


def entries(model: RoomModel) -> list[Entry]:
    """All that is kept quiet: what ends first comes first, then what ends with its cause, then what has no end at all."""
    station = model.station
    if station is None:
        return []
    hidden = model.hidden_alarms()
    found = [_shelf(model, one, hidden) for one in station.shelves]
    found += [_service(model, one, hidden) for one in station.services]
    found.sort(key=lambda one: one.until or 0)
    return found + _folded(model, hidden) + [_off(model, one) for one in station.switched_off]


def left_text(entry: Entry, now: int) -> str:
    """How long it is quiet yet: "1:04:59", or what ends it."""
    if entry.until is None:
        return tr("no end") if entry.way is Way.OFF else tr("with its cause")
    left = max(0, (entry.until - now + 999) // 1000)
    return f"{left // 3600}:{left % 3600 // 60:02d}:{left % 60:02d}" if left else tr("ends now")


def end_text(model: RoomModel, until: int) -> str:
    """Such as 14:30; with the date when it is another day of the room."""
    then, now = moment(until, model.zone), moment(model.now(), model.zone)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%m-%d %H:%M}"


def condition_text(model: RoomModel, key: str, limit: LimitInfo | None = None) -> str:
    """What an alarm's key stands for: "Cooler 1 · Return air > 28.0 °C", "Line 1 · does not answer"."""
    subject, _, id = key.rpartition("#")
    point = model.points.get(subject)
    if point is None:
        place = place_text(model, subject)
        return tr("{place} · does not answer", place=place) if id == "lost" else f"{place} · {id}" if id else place
    said = limit or next((one for one in point.limits if one.id == id), None)
    sign = _with_unit(point, said) if said is not None else id
    return f"{place_text(model, subject)} {sign}"


def _with_unit(point: PointInfo, limit: LimitInfo) -> str:
    sign = limit_sign(point, limit)
    return f"{sign} {point.unit}" if point.unit and not limit.states else sign


def place_text(model: RoomModel, subject: str) -> str:
    """A point with its device, a device, a line, a rack, the room by name; what the room has no more, by its id."""
    kind, _, id = subject.partition(":")
    if subject in model.points:
        point = model.points[subject]
        device = model.devices.get(point.device)
        return f"{pick(device.names) if device else point.device} · {pick(point.names)}"
    if kind == "gateway":
        return tr("Gateway {host}", host=id)
    if subject == "room" and model.room is not None:
        return pick(model.room.names)
    if kind == "bus" and id in model.buses:
        return pick(model.buses[id].names)
    if kind == "rack" and model.room is not None:
        rack = next((one for one in model.room.racks if one.id == id), None)
        return tr("Rack {name}", name=pick(rack.names)) if rack is not None else id
    device = model.devices.get(id if kind == "device" else subject)
    return pick(device.names) if device is not None else subject


def targets_of(model: RoomModel, about: str) -> list[tuple[str, str]]:
    """What can be taken out of service round a point, a device, a line, or a target: (target, words), the smallest first."""
    kind, _, id = about.partition(":")
    point = model.points.get(about)
    device = model.devices.get(point.device if point is not None else id if kind == "device" else about)
    found = []
    if device is not None:
        found = [f"device:{device.id}", *([f"rack:{device.rack}"] if device.rack else []), f"bus:{device.bus}"]
    elif kind in ("bus", "rack") and (kind == "rack" or id in model.buses):
        found = [about]
    if point is not None and point.rack and f"rack:{point.rack}" not in found:
        found.insert(1, f"rack:{point.rack}")
    return [(target, place_text(model, target)) for target in found]


def of_target(model: RoomModel, target: str) -> Callable[[str], bool]:
    """Says of a subject whether it belongs to this target, as the station decides it (station/hidings.py)."""
    kind, _, id = target.partition(":")
    racks = model.room.racks if model.room is not None else []
    items = {item.device for rack in racks if kind == "rack" and rack.id == id for item in rack.items}

    def belongs(subject: str) -> bool:
        point = model.points.get(subject)
        device = model.devices.get(point.device if point is not None else subject)
        if device is None:
            return kind == "bus" and subject == target
        mine = {"device": device.id, "bus": device.bus, "rack": device.rack}.get(kind) == id or device.id in items
        return mine or (kind == "rack" and point is not None and point.rack == id)

    return belongs


class Reach(NamedTuple):
    """What a target holds: its points, its limits, and how many of these are of the highest level."""

    points: int
    limits: int
    highest: int


def reach(model: RoomModel, target: str) -> Reach:
    """Of this target."""
    belongs = of_target(model, target)
    points = [point for key, point in model.points.items() if belongs(key)]
    limits = [limit for point in points for limit in point.limits]
    return Reach(len(points), len(limits), sum(limit.level == Level.CRITICAL for limit in limits))


def levels_of(model: RoomModel, keys: Iterable[str]) -> list[Level]:
    """The levels of these conditions as far as the console knows them: by the limit, else by an open alarm, else the mildest."""
    raised = {alarm.key: alarm.level for alarm in model.alarms.values() if alarm.open}
    found = []
    for key in keys:
        subject, _, id = key.rpartition("#")
        point = model.points.get(subject)
        limit = next((one for one in point.limits if one.id == id), None) if point is not None else None
        found.append(Level(limit.level if limit is not None else raised.get(key, Level.WARNING)))
    return found


def _shelf(model: RoomModel, one: HidingInfo, hidden: list[AlarmInfo]) -> Entry:
    beneath = tuple(alarm for alarm in hidden if alarm.key == one.id)
    return _entry(Way.SHELF, one, condition_text(model, one.id), one.subject, beneath)


def _service(model: RoomModel, one: HidingInfo, hidden: list[AlarmInfo]) -> Entry:
    belongs = of_target(model, one.id)
    beneath = tuple(alarm for alarm in hidden if alarm.hidden is Hidden.OUT_OF_SERVICE and belongs(alarm.subject))
    return _entry(Way.SERVICE, one, place_text(model, one.id), one.id.removeprefix("device:"), beneath)


def _off(model: RoomModel, one: HidingInfo) -> Entry:
    return _entry(Way.OFF, one, condition_text(model, one.id, one.limit), one.subject, ())


def _entry(way: Way, one: HidingInfo, what: str, subject: str, beneath: tuple[AlarmInfo, ...]) -> Entry:
    who = tr("{one} and {other}", one=one.actor_name, other=one.second_name) if one.second_name else one.actor_name
    return Entry(way, one.id, what, subject, one.level, one.until, one.since, who, one.why, beneath, one.missing)


def _folded(model: RoomModel, hidden: list[AlarmInfo]) -> list[Entry]:
    by_cause: dict[str, list[AlarmInfo]] = {}
    for alarm in hidden:
        if alarm.hidden is Hidden.SUPPRESSED:
            by_cause.setdefault(alarm.under, []).append(alarm)
    causes = {alarm.key: alarm for alarm in model.alarms.values() if alarm.open and alarm.key in by_cause}
    found = []
    for key, beneath in by_cause.items():
        cause = causes.get(key)
        what = tr("{n} consequences of {cause}", n=len(beneath), cause=condition_text(model, key))
        level, since = min(alarm.level for alarm in beneath), min(alarm.raised for alarm in beneath)
        why = model.alarm_text(cause).sentence if cause is not None else ""
        found.append(Entry(Way.FOLDED, key, what, key.rpartition("#")[0], level, None, since, tr("the station"), why, tuple(beneath)))
    return sorted(found, key=lambda one: one.since)
