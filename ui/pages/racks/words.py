"""Racks in words: names of units, states, power, and the whole of what a tool tip tells. Paints nothing."""

from collections.abc import Sequence

from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.readings import Quality
from cityops_desktop.sentences import ALARM_STATES, HIDDEN, QUALITIES, level_name
from cityops_desktop.texts import N_, pick, tr
from ui.models.places import tag_line
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, span_text, time_text, with_unit
from ui.pages.racks.elevation import Elevation, Run
from ui.pages.racks.state import ItemState, RackState, RackWatch, Sign, Sum, Warmth

SIGNS = {
    Sign.ORDER: N_("in order"),
    Sign.STALE: N_("stale"),
    Sign.UNKNOWN: N_("unknown"),
    Sign.UNMONITORED: N_("not monitored"),
}
FACE_NAMES = {"front": N_("Front"), "rear": N_("Rear")}


def kw_text(power: Sum) -> str:
    """A rack's or a row's power: always in kW, so that racks compare."""
    if not power.metered:
        return tr("not metered")
    return NOTHING if power.watts is None else f"{power.watts / 1000:.2f} kW"


def watt_text(power: Sum) -> str:
    """An item's power."""
    if not power.metered:
        return tr("not metered")
    if power.watts is None:
        return NOTHING
    return f"{power.watts:.0f} W" if abs(power.watts) < 999.5 else f"{power.watts / 1000:.2f} kW"


def side_text(sides: Sequence[tuple[str, Sum]]) -> str:
    """What each feed carries, in kW: "A 1.71 B 1.69"; "" for a rack with one feed or none, or where nothing is metered."""
    if len(sides) < 2 or not any(power.metered for _, power in sides):
        return ""
    return " ".join(f"{side} {NOTHING if power.watts is None else f'{power.watts / 1000:.2f}'}" for side, power in sides)


def state_words(state: ItemState) -> str:
    """The level and what was done about it, or how the item does."""
    if state.level and state.alarm is not None:
        return level_words(state.level, state.alarm)
    return " · ".join([tr(SIGNS[state.sign]), *([tr(HIDDEN[state.quiet])] if state.quiet is not None else [])])


def level_words(level: int, state: AlarmState) -> str:
    """An alarm's level and what was done about it."""
    return tr("{level}, {state}", level=level_name(level), state=tr(ALARM_STATES[state]))


def units_text(elevation: Elevation, item: int) -> str:
    """The numbers of an item's units as they are printed on the rack: "U12", "U12–13"; at the side: "0U"."""
    low, high = elevation.units_of(item)
    if elevation.rack.items[item].height == 0:
        return "0U"
    return f"U{low}" if low == high else f"U{low}–{high}"


def run_text(elevation: Elevation, run: Run) -> str:
    """The numbers of free units."""
    ends = sorted((elevation.printed(run.lowest), elevation.printed(run.lowest + run.units - 1)))
    return f"U{ends[0]}" if run.units == 1 else f"U{ends[0]}–{ends[1]}"


def power_lines(model: RoomModel, power: Sum, name: str) -> list[str]:
    """Power with its age; where it is not known, which points spoil it."""
    if not power.metered:
        return [tr("{name}: {value}", name=name, value=tr("not metered"))]
    age = "" if power.since is None else tr("{age} ago", age=span_text(max(0, model.now() - power.since) / 1000))
    quality = tr(QUALITIES[Quality.STALE]) if power.stale else ""
    lines = [" · ".join(part for part in (tr("{name}: {value}", name=name, value=watt_text(power)), quality, age) if part)]
    lines += [f"  {point_line(model, key)}" for key in power.missing[:4]]
    return lines


def point_line(model: RoomModel, key: str) -> str:
    """A point with value, quality and age: "Outlet 3: 31.4 W · no new reading · since 14:02:31"."""
    point, shown = model.points.get(key), model.shown(key)
    name = pick(point.names) if point is not None else key
    value = shown.value if not shown.unit or shown.value == NOTHING else f"{shown.value} {shown.unit}"
    words = shown.reason or (tr(QUALITIES[shown.quality]) if shown.stale else "")
    age = shown.since_text if shown.stale else tr("{age} ago", age=shown.age_text)
    return " · ".join(part for part in (tr("{name}: {value}", name=name, value=value), words, age) if part)


def item_tip(model: RoomModel, watch: RackWatch, index: int, state: ItemState) -> str:
    """Everything about an item."""
    item = watch.rack.items[index]
    face = tr(FACE_NAMES[item.face])
    depth = tr("full depth") if item.full_depth else tr("half depth")
    place = [watch.rack.id, units_text(watch.elevation, index), face]
    if item.height:
        place += [tr("{n} U", n=f"{item.height:g}"), depth]
    lines = [pick(item.names), " · ".join(place)]
    kind = " · ".join(part for part in (item.model, item.type) if part)
    lines += [kind] if kind else []
    if item.device:
        device = model.devices.get(item.device)
        lines.append(tr("Device: {name} ({id})", name=pick(device.names) if device else item.device, id=item.device))
    lines.append(tr("State: {words}", words=state_words(state)))
    alarm = model.worst((*((item.device,) if item.device else ()), *item.power))
    if alarm is not None:
        text = model.alarm_text(alarm)
        since = tr("since {time}", time=time_text(alarm.raised, model.zone, model.now()))
        lines.append(f"{text.sentence} · {since}")
    if state.dead:
        lines.append(tr("{dead} of {points} points have no usable value", dead=state.dead, points=state.points))
    lines += power_lines(model, state.power, tr("Power"))
    if item.draw is not None:
        lines.append(tr("Rated at most {watts} W", watts=f"{item.draw:g}"))
    if index in watch.elevation.conflicts:
        lines.append(tr("Another item claims the same unit: correct the room file"))
    return "\n".join(lines)


def rack_tip(model: RoomModel, watch: RackWatch, state: RackState) -> str:
    """Everything about a rack."""
    rack, elevation = watch.rack, watch.elevation
    names = [rack.id] + [pick(rack.names)] * (pick(rack.names) != rack.id)
    lines = [" · ".join([*names, tr("{n} U", n=rack.u_height), *([rack.type] if rack.type else [])])]
    alarm = model.worst(watch.subjects)
    if alarm is not None:
        text = model.alarm_text(alarm)
        lines.append(f"{level_words(alarm.level, alarm.state)} · {text.place} · {text.sentence}")
    quiet = model.quiet(watch.subjects)
    if quiet is not None and quiet.hidden is not None:
        lines.append(f"{tr(HIDDEN[quiet.hidden])} · {model.alarm_text(quiet).place} · {model.alarm_text(quiet).sentence}")
    lines += tag_line(state.tag)
    lines += power_lines(model, state.total, tr("Power"))
    for side, power in state.sides:
        lines += power_lines(model, power, tr("Feed {side}", side=side))
    run = elevation.largest_run
    lines.append(tr("Free: {free} U, largest run {run} U", free=len(elevation.free_through), run=run.units))
    if run.units:
        lines[-1] += f" ({run_text(elevation, run)})"
    if elevation.free_front_only:
        lines.append(tr("Free at the front only: {free} U", free=len(elevation.free_front_only)))
    return "\n".join(lines)


def sensor_tip(model: RoomModel, face: str, warmth: Warmth) -> str:
    """Everything about a temperature."""
    key = warmth.sensor.key
    point = model.points[key]
    device = model.devices.get(point.device)
    kind = tr("Inlet air") if face == "front" else tr("Outlet air")
    lines = [f"{kind} · {tr('{metres} m above the floor', metres=f'{warmth.sensor.height:.2f}')}"]
    lines.append(pick(device.names) if device else point.device)
    lines.append(point_line(model, key))
    lines += [tr("Limit: {limit} ({level})", limit=with_unit(point, one.value), level=level_name(one.level)) for one in point.limits]
    if warmth.level and warmth.alarm is not None:
        lines.append(level_words(warmth.level, warmth.alarm))
    return "\n".join(lines)


def free_tip(watch: RackWatch, run: Run, through: bool) -> str:
    """What is free here."""
    words = tr("{n} U free", n=run.units) if through else tr("{n} U free on this side only", n=run.units)
    return f"{watch.rack.id} · {run_text(watch.elevation, run)} · {words}"
