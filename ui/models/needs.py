"""What a duty person must look at now: open alarms, then what is unknown. Decides order and words, paints nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from cityops_desktop.link.messages import AlarmInfo, LiveInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.sentences import ALARM_STATES, QUALITIES, bus_reason_text, level_name, reason_text, store_text
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import STATION

FOLD = 3
"""More unknown points of one device than this, or more devices of one line, with one reason, are told as one line."""
MOST = 300
"""Alarms that are told one by one; nobody reads more of them here."""


@dataclass(frozen=True, slots=True)
class Need:
    """One line. `level` 1 to 4, or 0 for something unknown; `filled` = nobody has acknowledged, `bold` = and it still stands;
    `since` in station's ms; `alarm` an id and `point` a key, or ""."""

    level: int
    filled: bool
    bold: bool
    word: str
    place: str
    sentence: str
    state: str
    since: int | None
    alarm: str = ""
    point: str = ""


def usable(live: LiveInfo | None) -> bool:
    """Is this the state of the world?"""
    return live is not None and live.value is not None and live.quality in (Quality.GOOD, Quality.UNCERTAIN)


def needs(model: RoomModel) -> list[Need]:
    """Everything that needs somebody: alarms worst first (unacknowledged before acknowledged), then lost wires, devices, points."""
    index = model.index
    found = [_of_alarm(model, alarm) for alarm in index.most_urgent(MOST)]
    told = {subject for subject in (*model.devices, *(f"bus:{bus}" for bus in model.buses)) if index.lost(subject)}
    recording_told = any(one.cause in (Cause.RECORDING_PAUSED, Cause.STORE_DAMAGED) for one in index.of_subject("station"))
    found += _station(model, recording_told)
    lost: set[str] = set()
    found += _wires(model, told, lost)
    found += _points(model, lost)
    return found


def calm_text(model: RoomModel) -> str:
    """The one line when nothing needs anybody; honest when there is no station."""
    if model.room is None:
        return tr("Waiting for the station")
    if not model.connected:
        return tr("No station: what is shown here is old")
    good = sum(1 for key in model.points if (live := model.live.get(key)) is not None and live.quality is Quality.GOOD)
    age = model.newest_age()
    newest = tr("{n} s", n=f"{age:.1f}") if age < 60 else tr("more than a minute")
    return tr("Nothing needs you: {good} of {all} points good, newest data {age} old", good=good, all=len(model.points), age=newest)


def _of_alarm(model: RoomModel, alarm: AlarmInfo) -> Need:
    text = model.alarm_text(alarm)
    place = text.place if text.point else ""
    return Need(
        level=alarm.level,
        filled=alarm.unseen,
        bold=alarm.state is AlarmState.UNACKNOWLEDGED,
        word=level_name(alarm.level),
        place=place,
        sentence=text.sentence,
        state=tr(ALARM_STATES[alarm.state]),
        since=alarm.raised,
        alarm=alarm.id,
        point=alarm.subject if alarm.subject in model.points else "",
    )


def _unknown(place: str, sentence: str, state: str, since: int | None = None, point: str = "") -> Need:
    return Need(0, False, False, tr("Unknown"), place, sentence, state, since, point=point)


def _station(model: RoomModel, told: bool) -> Iterator[Need]:
    station = model.station
    if station is not None and not station.recording and not told:
        sentence = tr("Recording paused: {detail}", detail=store_text(station.recording_detail) or tr("reason unknown"))
        yield _unknown(tr(STATION), sentence, tr("not recording"))


def _wires(model: RoomModel, told: set[str], lost: set[str]) -> Iterator[Need]:
    """Lost buses and silent devices that no alarm tells yet; `lost` collects all devices whose points are unknown with them."""
    for state in model.station.buses if model.station else ():
        bus = model.buses.get(state.id)
        on_bus = {device.id for device in model.devices.values() if device.bus == state.id}
        if state.state == "down" or f"bus:{state.id}" in told:
            lost |= on_bus
            if f"bus:{state.id}" not in told and bus is not None:
                yield _unknown(pick(bus.names), bus_reason_text(state.reason, state.detail), tr("bus lost"))
            continue
        lost |= set(state.silent_devices)
        silent = [device for device in state.silent_devices if device in model.devices and device not in told]
        if len(silent) > FOLD and bus is not None:
            points = sum(1 for point in model.points.values() if point.device in silent)
            since = min((heard for device in silent if (heard := _last_heard(model, device)) is not None), default=None)
            yield _unknown(pick(bus.names), _of_several(points, len(silent), reason_text(Reason.NO_ANSWER)), tr("devices lost"), since)
            continue
        for device in silent:
            name = pick(model.devices[device].names)
            yield _unknown(name, reason_text(Reason.NO_ANSWER), tr("device lost"), _last_heard(model, device))
    lost |= {subject for subject in told if subject in model.devices}


def _points(model: RoomModel, lost: set[str]) -> Iterator[Need]:
    """Unknown points of devices that are not lost as a whole; folded by device and reason, and by line where they are many."""
    folds: dict[tuple[str, Reason | None], list[LiveInfo]] = {}
    waiting = 0
    for key, point in model.points.items():
        live = model.live.get(key)
        if usable(live) or point.device in lost:
            continue
        if live is None or live.reason is Reason.WAITING:
            waiting += 1
        else:
            folds.setdefault((point.device, live.reason), []).append(live)
    several: dict[tuple[str, Reason | None], list[str]] = {}
    for device, reason in folds:
        if device in model.devices:
            several.setdefault((model.devices[device].bus, reason), []).append(device)
    for (bus, reason), devices in several.items():
        if len(devices) > FOLD and bus in model.buses:
            lives = [live for device in devices for live in folds.pop((device, reason))]
            sentence = _of_several(len(lives), len(devices), reason_text(reason))
            yield _unknown(pick(model.buses[bus].names), sentence, tr("points unknown"), _since(lives), lives[0].key)
    for (device, reason), lives in folds.items():
        name = pick(model.devices[device].names) if device in model.devices else device
        if len(lives) > FOLD:
            sentence = tr("{points} points unknown: {reason}", points=len(lives), reason=reason_text(reason))
            yield _unknown(name, sentence, tr("points unknown"), _since(lives), lives[0].key)
            continue
        for live in lives:
            sentence = tr("{name}: {reason}", name=pick(model.points[live.key].names), reason=reason_text(live.reason, live.detail))
            yield _unknown(name, sentence, tr(QUALITIES[live.quality]), live.last_time or live.time, live.key)
    if waiting:
        yield _unknown(tr(STATION), tr("{points} points not read yet", points=waiting), tr("starting"))


def _of_several(points: int, devices: int, reason: str) -> str:
    return tr("{points} points of {devices} devices unknown: {reason}", points=points, devices=devices, reason=reason)


def _since(lives: list[LiveInfo]) -> int:
    return min(live.last_time or live.time for live in lives)


def _last_heard(model: RoomModel, device: str) -> int | None:
    times = [live.last_time for key, live in model.live.items() if model.points[key].device == device and live.last_time is not None]
    return max(times, default=None)
