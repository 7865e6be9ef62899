"""All that is known of a point, as titles and texts: from the value down to the register. Decides words; asks and paints nothing."""

from dataclasses import dataclass

from cityops_desktop.link.messages import LimitInfo, PointDetail, PointInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.points import Kind, LimitKind, Supply
from cityops_desktop.model.readings import Reason
from cityops_desktop.sentences import ALARM_STATES, GROUPS, QUALITIES, level_name, reason_text
from cityops_desktop.texts import N_, pick, tr
from ui.models.alarmindex import urgency
from ui.models.devicewords import address_text, limit_value, raw_text
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, Shown, figure, span_text, time_text, value_text, with_unit

TABLES = {
    "holding": N_("holding register"),
    "input": N_("input register"),
    "coil": N_("coil"),
    "discrete": N_("discrete input"),
}
ORDERS = {
    "ABCD": N_("high word first"),
    "CDAB": N_("low word first"),
    "BADC": N_("high word first, bytes swapped"),
    "DCBA": N_("low word first, bytes swapped"),
}

SUPPLIES = {
    Supply.LOST: N_("cause: what lies below has no supply"),
    Supply.FOLLOWS: N_("a consequence when the supply above is lost"),
    Supply.PASSES: N_("a consequence of a lost supply, and the cause of others"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is, and what it says. `strong` = this is what is wrong."""

    title: str
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Facts under a heading."""

    title: str
    facts: tuple[Fact, ...]


def sections(model: RoomModel, key: str, detail: PointDetail | None, old: bool, heading: str | None = None) -> list[Section]:
    """Everything of a point. `detail` is the station's newest answer (None = none yet), `old` = it is not the state of the world now,
    `heading` the limit that it is on its way to ("" = none, None = that is not known).

    Of a past time what was on the wire is not known, so nothing is said of it."""
    point = model.points[key]
    if model.past is not None:
        then = time_text(model.past, model.zone)
        told = [Section(tr("At {time}, not now", time=then), _then(model, point)), Section(tr("Alarms then"), _alarms(model, point))]
        return [*told, Section(tr("Limits of now"), _limits(point)), Section(tr("About"), _about(model, point, detail))]
    return [
        Section(tr("Now"), _now(model, point, detail, old, heading)),
        Section(tr("On the wire"), _wire(model, point, detail, old)),
        Section(tr("Alarms"), _alarms(model, point)),
        Section(tr("Limits"), _limits(point)),
        Section(tr("About"), _about(model, point, detail)),
    ]


def _now(model: RoomModel, point: PointInfo, detail: PointDetail | None, old: bool, heading: str | None) -> tuple[Fact, ...]:
    shown = model.shown(point.key)
    live = model.live.get(point.key)
    reason = shown.reason or tr("nothing is wrong")
    since = _since(model, shown)
    last = live.last_value if live and live.last_value is not None else live.value if live else None
    return (
        Fact(tr("Quality"), tr(QUALITIES[shown.quality]), shown.stale),
        Fact(tr("Why"), reason, shown.stale),
        Fact(tr("Time of the value"), since),
        *([Fact(tr("Time to the limit"), heading or _no_heading(heading), bool(heading))] if _can_head(point) else []),
        Fact(tr("Last usable value"), with_unit(point, last)),
        Fact(tr("Last change"), _last_change(model, detail)),
        Fact(tr("Raw value"), _raw(detail, old), old),
        Fact(tr("How it became"), became(detail) if detail else NOTHING),
    )


def _can_head(point: PointInfo) -> bool:
    return point.kind is Kind.ANALOG and any(one.kind is not LimitKind.STATE for one in point.limits)


def _no_heading(heading: str | None) -> str:
    return tr("not known yet") if heading is None else tr("no limit within the hour")


def _then(model: RoomModel, point: PointInfo) -> tuple[Fact, ...]:
    shown = model.shown(point.key)
    return (
        Fact(tr("Value"), f"{shown.value} {shown.unit}".strip() if shown.value != NOTHING else NOTHING),
        Fact(tr("Quality"), tr(QUALITIES[shown.quality]), shown.stale),
        Fact(tr("Why"), shown.reason or tr("nothing is wrong"), shown.stale),
        Fact(tr("Time of the value"), _since(model, shown)),
    )


def _since(model: RoomModel, shown: Shown) -> str:
    return NOTHING if shown.since is None else f"{time_text(shown.since, model.zone, model.now())} ({shown.age_text})"


def _last_change(model: RoomModel, detail: PointDetail | None) -> str:
    """When the value last became another one."""
    if detail is None:
        return NOTHING
    if detail.changed is None:
        return tr("none since the station started")
    age = span_text(max(0.0, (model.now() - detail.changed) / 1000))
    return f"{time_text(detail.changed, model.zone, model.now())} ({age})"


def _raw(detail: PointDetail | None, old: bool) -> str:
    if detail is None:
        return NOTHING
    raw = raw_text(detail) or tr("nothing came")
    return tr("{raw} (old: the station does not answer)", raw=raw) if old else raw


def became(detail: PointDetail) -> str:
    """How the raw bytes became the value, step by step: "0x0131 = 305 × 0.1 = 30.5 °C"; or why they did not."""
    raw, source, point, live = raw_text(detail), detail.source, detail.point, detail.live
    if not raw:
        return tr("nothing came") + (f": {reason_text(live.reason, live.detail)}" if live.reason else "")
    if source.bit is not None:
        raw = tr("{raw}, bit {n}", raw=raw, n=source.bit)
    if detail.count is None:
        return f"{raw} = {tr('no value')}"
    steps = [raw, _counted(detail)]
    if source.scale != 1 or source.offset != 0:
        steps[-1] += _factor(source.scale, source.offset)
    if live.reason is Reason.INVALID_VALUE:
        return f"{steps[0]} = {detail.count} = {reason_text(live.reason)}"
    if live.reason is Reason.OUT_OF_RANGE and isinstance(detail.count, int | float):
        result = f"{figure(detail.count * source.scale + source.offset, point.decimals)} {point.unit}".strip()
        return " = ".join([*steps, f"{result}: {reason_text(live.reason)}"])
    value = with_unit(point, live.value)
    return " = ".join(dict.fromkeys([*steps, value]) if point.kind is not Kind.DIGITAL else [*steps, value])


def _counted(detail: PointDetail) -> str:
    return f"{detail.count:.7g}" if isinstance(detail.count, float) else str(detail.count)


def _factor(scale: float, offset: float) -> str:
    text = f" × {scale:g}" if scale != 1 else ""
    return f"{text} {'+' if offset > 0 else '-'} {abs(offset):g}" if offset else text


def _wire(model: RoomModel, point: PointInfo, detail: PointDetail | None, old: bool) -> tuple[Fact, ...]:
    device = model.devices[point.device]
    bus = model.buses.get(device.bus)
    line = f"{pick(bus.names)} ({bus.resource})" if bus else device.bus
    line = tr(", ").join(one for one in (line, address_text(device)) if one)
    if detail is None:
        why = tr("the station does not answer this question") if old else tr("asking…")
        return (Fact(tr("Line"), line), Fact(tr("Register"), why, old))
    source = detail.source
    if source.table == "expression":
        return (Fact(tr("Follows from"), source.notation),)
    if source.table not in TABLES:  # another protocol: its own words say where
        place = source.notation if source.table in source.notation else f"{source.table}: {source.notation}"
        return (Fact(tr("Line"), line), Fact(tr("Stands at"), place))
    table = tr(TABLES[source.table])
    form = tr("{type}, {n} register(s)", type=source.type, n=source.width) if source.type != "bit" else tr("one bit")
    order = f", {source.word_order} ({tr(ORDERS[source.word_order])})" if source.word_order in ORDERS else ""
    bit = tr(", bit {n} (0 = lowest)", n=source.bit) if source.bit is not None else ""
    where = tr("{table} {n} = 0x{n:04X}, counted from 0", table=table, n=source.address)
    facts = [
        Fact(tr("Line"), line),
        Fact(tr("Address on the wire"), where),
        Fact(tr("In manuals"), tr("{notation}, counted from 1: one less on the wire", notation=source.notation)),
        Fact(tr("Read with"), tr("function {n}", n=source.function)),
        Fact(tr("Type"), f"{form}{order}{bit}"),
    ]
    if source.invalid:
        facts.append(Fact(tr("No value when"), ", ".join(f"0x{raw:04X}" for raw in source.invalid)))
    return tuple(facts)


def _alarms(model: RoomModel, point: PointInfo) -> tuple[Fact, ...]:
    subjects = (point.key, point.device, f"bus:{model.devices[point.device].bus}")
    found = sorted((alarm for subject in subjects for alarm in model.index.of_subject(subject)), key=urgency)
    return tuple(
        Fact(
            level_name(alarm.level),
            f"{model.alarm_text(alarm).sentence} · {tr(ALARM_STATES[alarm.state])}",
            alarm.state is AlarmState.UNACKNOWLEDGED,
        )
        for alarm in found
    ) or (Fact(tr("Open"), tr("none")),)


def _limits(point: PointInfo) -> tuple[Fact, ...]:
    return tuple(Fact(level_name(limit.level), _limit(point, limit)) for limit in point.limits) or (Fact(tr("Limits"), tr("none")),)


def _limit(point: PointInfo, limit: LimitInfo) -> str:
    value = limit_value(point, limit.value, unit=True)
    if limit.kind is LimitKind.STATE:
        parts = [tr("when {states}", states=" / ".join(value_text(point, state) for state in limit.states))]
    else:
        parts = [tr("above {value}", value=value) if limit.kind is LimitKind.HIGH else tr("below {value}", value=value)]
    if limit.deadband:
        back = limit.value + (limit.deadband if limit.kind is LimitKind.LOW else -limit.deadband)
        parts.append(tr("over again at {value} (dead band {band})", value=limit_value(point, back, unit=True), band=f"{limit.deadband:g}"))
    if limit.on_delay:
        parts.append(tr("raised after {span}", span=span_text(limit.on_delay)))
    if limit.off_delay:
        parts.append(tr("ended after {span}", span=span_text(limit.off_delay)))
    if limit.latch:
        parts.append(tr("stays until somebody resets it"))
    if limit.supply is not None:
        parts.append(tr(SUPPLIES[limit.supply]))
    text = tr(", ").join(parts)
    return tr("{limit}. Source: {source}", limit=text, source=limit.source) if limit.source else text


def _about(model: RoomModel, point: PointInfo, detail: PointDetail | None) -> tuple[Fact, ...]:
    device = model.devices[point.device]
    rack = point.rack or device.rack
    place = point.place or device.place
    stands = [] if rack is None else [tr("rack {rack}", rack=rack) + (f" U{device.u}" if device.u and not point.rack else "")]
    if place is not None:
        stands.append(tr("{x:g} m east, {y:g} m north, {z:g} m high", x=place.x, y=place.y, z=place.z))
    resolution = f"{detail.resolution:g} {point.unit}".strip() if detail and point.kind is not Kind.DIGITAL else NOTHING
    return (
        Fact(tr("Device"), f"{pick(device.names)} ({device.id})"),
        Fact(tr("Profile"), device.profile or tr("none")),
        Fact(tr("Key"), point.key),
        Fact(tr("Group"), tr(GROUPS[point.group])),
        Fact(tr("Stands"), tr(", ").join(stands) or tr("not told")),
        Fact(tr("Normal"), _band(point, point.normal)),
        Fact(tr("Span"), _band(point, point.span)),
        Fact(tr("Resolution"), resolution),
        Fact(tr("Period"), tr("{n} s", n=f"{point.period:g}")),
    )


def _band(point: PointInfo, band: tuple[float, float] | None) -> str:
    if band is None:
        return tr("not told")
    return tr("{low} to {high}", low=limit_value(point, band[0]), high=limit_value(point, band[1], unit=True))
