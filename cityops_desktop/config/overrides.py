"""What people change at run time, laid over the room by id: `limit:<point>#<limit>` with the fields that differ. Pure.

An override whose thing the room no longer has, or that does not fit it any more, waits as an orphan: it is kept and shown, and
changes nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cityops_desktop.model.points import Level, Limit, LimitKind, Point
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room

Value = float | int | str | bool | None
Fields = Mapping[str, Value]
Overrides = Mapping[str, Fields]
LIMIT = "limit:"
LONGEST_DELAY = 86_400.0
MOST = 1e9
FIELDS = ("value", "deadband", "on_delay", "off_delay", "level", "enabled")
"""What can be changed of a limit; `enabled` false = the limit is not there."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The room with the overrides that fit; `orphans` are the others and why."""

    room: Room
    orphans: Mapping[str, Refused] = field(default_factory=dict)


def apply(room: Room, overrides: Overrides) -> Applied:
    """Lay them over the room (its `version` is left as it is)."""
    points, orphans = room.points(), {}
    wanted: dict[str, dict[str, Fields]] = {}
    for id, fields in overrides.items():
        try:
            point, limit = _thing(points, id)
        except Refused as error:
            orphans[id] = error
            continue
        wanted.setdefault(point.key, {})[limit.id] = fields
    changed: dict[str, Point] = {}
    for key, by_limit in wanted.items():
        try:
            changed[key] = replace(points[key], limits=_limits(points[key], by_limit))
        except Refused as error:
            orphans |= {f"{LIMIT}{key}#{limit}": error for limit in by_limit}
    devices = tuple(
        replace(device, points=tuple(changed.get(point.key, point) for point in device.points))
        if any(point.key in changed for point in device.points)
        else device
        for device in room.devices
    )
    return Applied(replace(room, devices=devices), orphans)


def merged(room: Room, overrides: Overrides, id: str, fields: Fields) -> dict[str, Fields]:
    """The overrides with these fields of a thing changed too; None takes a field back. Refused with what does not fit."""
    point, _ = _thing(room.points(), id)
    together = {**overrides.get(id, {}), **fields}
    kept = {name: value for name, value in together.items() if value is not None}
    after = {**overrides, id: kept} if kept else {other: value for other, value in overrides.items() if other != id}
    of_point = {_limit_of(other): value for other, value in after.items() if _point_of(other) == point.key}
    known = {one.id for one in point.limits}
    _limits(point, {name: value for name, value in of_point.items() if name in known})
    return after


def tried(room: Room, id: str, fields: Fields) -> tuple[Point, Limit, Limit | None]:
    """A limit of the room as it is, and as it would be with these fields changed (None = disabled). Refused with what does not fit."""
    point, limit = _thing(room.points(), id)
    after = _limits(point, {limit.id: fields})
    return point, limit, next((one for one in after if one.id == limit.id), None)


def reset(overrides: Overrides, id: str) -> dict[str, Fields]:
    """Without this one. Refused when it is not overridden."""
    if id not in overrides:
        raise Refused("no_such_override", id=id)
    return {other: value for other, value in overrides.items() if other != id}


def defaults(room: Room, id: str, names: Mapping[str, Value]) -> dict[str, Value]:
    """What the room file says of these fields; empty when it has no such thing."""
    try:
        _, limit = _thing(room.points(), id)
    except Refused:
        return {}
    said: dict[str, Value] = {
        "value": limit.value,
        "deadband": limit.deadband,
        "on_delay": limit.on_delay,
        "off_delay": limit.off_delay,
        "level": int(limit.level),
        "enabled": True,
    }
    return {name: said[name] for name in names if name in said}


def _point_of(id: str) -> str:
    return id.removeprefix(LIMIT).rpartition("#")[0]


def _limit_of(id: str) -> str:
    return id.rpartition("#")[2]


def _thing(points: Mapping[str, Point], id: str) -> tuple[Point, Limit]:
    if not id.startswith(LIMIT) or "#" not in id:
        raise Refused("override_id", id=id)
    point = points.get(_point_of(id))
    if point is None:
        raise Refused("no_such_point", point=_point_of(id))
    for limit in point.limits:
        if limit.id == _limit_of(id):
            return point, limit
    raise Refused("no_such_limit", point=point.key, limit=_limit_of(id))


def _limits(point: Point, changes: Mapping[str, Fields]) -> tuple[Limit, ...]:
    """The point's limits with these changes. Refused when they make no sense, each or together."""
    limits = [_limit(point, limit, changes[limit.id]) if limit.id in changes else limit for limit in point.limits]
    kept = tuple(limit for limit in limits if limit is not None)
    highs = [limit.value for limit in kept if limit.kind is LimitKind.HIGH]
    for limit in kept:
        if limit.kind is LimitKind.LOW and highs and limit.value >= min(highs):
            raise Refused("override_crossed", low=limit.value, high=min(highs))
    return kept


def _limit(point: Point, limit: Limit, fields: Fields) -> Limit | None:
    unknown = next((name for name in fields if name not in FIELDS), None)
    if unknown is not None:
        raise Refused("override_field", field=unknown, fields=", ".join(FIELDS))
    by_states = next((name for name in ("value", "deadband") if name in fields and limit.kind is LimitKind.STATE), None)
    if by_states is not None:
        raise Refused("override_states", field=by_states)
    enabled = fields.get("enabled", True)
    if not isinstance(enabled, bool):
        raise Refused("override_switch", field="enabled")
    level = fields.get("level", int(limit.level))
    if isinstance(level, bool) or level not in tuple(map(int, Level)):
        raise Refused("override_range", field="level", low=1, high=4)
    changed = replace(
        limit,
        value=_number(fields, "value", limit.value, -MOST, MOST),
        deadband=_number(fields, "deadband", limit.deadband, 0.0, MOST),
        on_delay=_number(fields, "on_delay", limit.on_delay, 0.0, LONGEST_DELAY),
        off_delay=_number(fields, "off_delay", limit.off_delay, 0.0, LONGEST_DELAY),
        level=Level(int(level)),
    )
    if "value" in fields and point.span is not None and not point.span[0] < changed.value < point.span[1]:
        raise Refused("override_span", value=changed.value, low=point.span[0], high=point.span[1])
    return changed if enabled else None


def _number(fields: Fields, name: str, default: float, low: float, high: float) -> float:
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise Refused("override_number", field=name)
    if not low <= value <= high:
        raise Refused("override_range", field=name, low=low, high=high)
    return value
