"""From the nodes of a profile, a device's overrides and its own points to checked points. Knows no address: the driver judges those."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from cityops_desktop.model.drivers import Complaint, Driver
from cityops_desktop.model.points import PRESSURES, Group, Kind, Level, Limit, LimitKind, Names, Place, Point, WriteLimits
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import LimitPart, PointPart, WritePart
from cityops_desktop.room.ratios import check_ratios, factor_of
from cityops_desktop.room.tree import Node, Scalar
from cityops_desktop.texts import N_

FLOAT_RESOLUTION = 0.01


@dataclass(frozen=True, slots=True)
class Owner:
    """What a point takes from its device when it does not say otherwise."""

    device: str
    group: Group
    rack: str | None
    place: Place | None
    ratios: Mapping[str, float]


def merge(node: Node, points: Sequence[Node], findings: Findings) -> list[Node]:
    """The profile's points, less those in `without`, with the device's overrides laid over them; then the device's own points."""
    ids = sorted({str(point.text("id")) for point in points})
    absent = {str(item.value): item for item in node.at(("without",)).items}
    for name, item in absent.items():
        if name not in ids:
            findings.unknown(item, N_("the profile has no point “{word}” to leave out"), name, ids)
    changes = _overrides(node, ids, findings)
    result: list[Node] = []
    for point in points:
        point_id = str(point.text("id"))
        if point_id not in absent:
            result.append(Node({**point.mapping, **changes.get(point_id, {})}, point.where))
    return [*result, *findings.section(node, "points")]


def _overrides(node: Node, ids: Sequence[str], findings: Findings) -> dict[str, dict[Scalar, Node]]:
    overrides = node.get("overrides")
    if overrides is None:
        return {}
    if not isinstance(overrides.value, dict):
        findings.add(overrides, N_("“overrides” must be made of point ids"), N_("below it, write a point's id and the keys to change"))
    sound: dict[str, dict[Scalar, Node]] = {}
    for key, change in overrides.mapping.items():
        if key not in ids:
            findings.unknown(change, N_("the profile has no point “{word}” to override"), key, ids)
        elif not isinstance(change.value, dict):
            findings.add(change, N_("the override of “{key}” must be made of keys and values"), N_("write {{key: value}}"), key=key)
        elif "id" in change.mapping:
            findings.add(change.mapping["id"], N_("an id cannot be overridden: it is for ever"), N_("remove “id” here"))
        else:
            sound[str(key)] = change.mapping
    return sound


def read_points(
    nodes: Sequence[Node], owner: Owner, driver: Driver | None, options: BaseModel | None, device: Node, findings: Findings
) -> list[Point]:
    """The points that are sound; the driver is asked about all of them together. Without a driver only our own keys are checked.

    `options` is None when the device's options are faulty; `device` is where complaints about those point at.
    """
    first: dict[str, Node] = {}
    result: list[Point] = []
    sources: list[tuple[str, BaseModel]] = []
    for node in nodes:
        if driver is not None:
            findings.known_keys(node, keys_of(PointPart), driver.name, keys_of(driver.source))
        part = findings.check(_with_names(node), PointPart)
        source = findings.check(node, driver.source) if driver is not None else None
        point_id = node.text("id")
        if point_id is not None and point_id in first:
            what = N_("the device has two points “{id}” (the other: {other})")
            do = N_("give one another id; to change a point of the profile use “overrides”")
            findings.add(node.get("id") or node, what, do, id=point_id, other=first[point_id].where)
            continue
        if point_id is not None:
            first[point_id] = node
        if part is not None:
            _check_values(node, part, findings)
        if part is None or source is None or driver is None:
            continue
        misfit = driver.misfit(part.kind, part.write is not None, source)
        if misfit is not None:
            _complain(node, misfit, findings)
            continue
        if part.ratio:
            source = driver.scaled(source, factor_of(part.ratio, owner.ratios))
        sources.append((part.id, source))
        result.append(_point(part, source, owner, driver))
    check_ratios(device, nodes, owner.ratios, findings)
    if driver is not None and options is not None:
        for complaint in driver.check(options, sources):
            _complain(first[complaint.point] if complaint.point is not None else device, complaint, findings)
    return result


def _complain(node: Node, complaint: Complaint, findings: Findings) -> None:
    key = node.get(complaint.key) if complaint.key is not None else None
    if complaint.params:
        findings.add(key or node, complaint.what, complaint.do, **complaint.params)
    else:
        findings.add(key or node, _literal(complaint.what), _literal(complaint.do), point=complaint.point)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _with_names(node: Node) -> Node:
    node = named(node, "name")
    states = node.get("states")
    if states is None or not isinstance(states.value, dict):
        return node
    return Node({**node.mapping, "states": named(states, *states.mapping)}, node.where)


def _check_values(node: Node, part: PointPart, findings: Findings) -> None:
    for key, pair in (("normal", part.normal), ("span", part.span)):
        if pair is not None and pair[0] >= pair[1]:
            what = N_("“{key}” runs from {low} to {high}: the first must be the smaller")
            findings.add(node.mapping[key], what, N_("swap or correct them"), key=key, low=pair[0], high=pair[1])
    if part.states and part.kind is not Kind.DIGITAL:
        findings.add(node.mapping["states"], N_("only a digital point has states"), N_("write kind: digital, or remove “states”"))
    if part.ratio and part.kind not in (Kind.ANALOG, Kind.COUNTER):
        findings.add(node.mapping["ratio"], N_("only an analog or counter point has a ratio"), N_("remove “ratio”"))
    if part.rollover is not None and part.kind is not Kind.COUNTER:
        findings.add(node.mapping["rollover"], N_("only a counter has a roll-over"), N_("write kind: counter, or remove “rollover”"))
    if part.agent is not None and (part.kind is not Kind.ANALOG or part.unit not in PRESSURES):
        what = N_("only a pressure has an agent")
        findings.add(node.mapping["agent"], what, N_("write unit: {units}, or remove “agent”"), units=", ".join(PRESSURES))
    if part.write is not None:
        _check_write(node.mapping["write"], part.write, part, findings)
    nodes = node.at(("limits",)).items
    sound = [_check_limit(where, limit, part, findings) for where, limit in zip(nodes, part.limits, strict=True)]
    if all(sound):
        _check_limits_together(nodes, part, findings)


def _check_write(node: Node, write: WritePart, part: PointPart, findings: Findings) -> None:
    by_states, numbers = write.states is not None, [write.low, write.high, write.step]
    if part.kind not in (Kind.ANALOG, Kind.DIGITAL):
        findings.add(node, N_("only an analog or digital point can be written"), N_("remove “write”"))
    elif by_states != (part.kind is Kind.DIGITAL) or (by_states and any(number is not None for number in numbers)):
        what = N_("“write” does not fit kind {kind}")
        findings.add(node, what, N_("analog points have low, high and step here, digital points have states"), kind=part.kind.value)
    elif write.states is not None:
        unknown = [state for state in write.states if part.states and state not in part.states]
        if unknown:
            do = N_("use states of this point: {known}")
            findings.add(node, N_("the point has no state {state}"), do, state=unknown[0], known=", ".join(map(str, part.states)))
    elif write.low is None or write.high is None or write.low >= write.high:
        findings.add(node, N_("“write” needs low and high, low below high"), N_("write the range that is safe for the equipment"))
    elif part.span is not None and not part.span[0] <= write.low < write.high <= part.span[1]:
        what = N_("what may be written lies outside the span {low} to {high}")
        findings.add(node, what, N_("correct “write” or the span"), low=part.span[0], high=part.span[1])


def _check_limit(node: Node, limit: LimitPart, part: PointPart, findings: Findings) -> bool:
    given = [key for key in ("high", "low", "states") if getattr(limit, key) is not None]
    if len(given) != 1:
        what = N_("a limit needs exactly one of high, low, states; here: {given}")
        findings.add(node, what, N_("write one limit for each"), given=", ".join(given) or "-")
        return False
    by_states = limit.states is not None
    if part.kind is Kind.TEXT or by_states != (part.kind is Kind.DIGITAL):
        what = N_("a limit by “{given}” is not possible for kind {kind}")
        do = N_("analog and counter points have high and low, digital points have states, text points have no limits")
        findings.add(node.get(given[0]) or node, what, do, kind=part.kind.value, given=given[0])
        return False
    if by_states:
        return _check_states(node, limit, part, findings)
    value = limit.high if limit.high is not None else limit.low
    if value is not None and part.span is not None and not part.span[0] < value < part.span[1]:
        what = N_("the limit {value} lies outside the span {low} to {high}: it would never be reached")
        findings.add(
            node.get(given[0]) or node, what, N_("correct the limit or the span"), value=value, low=part.span[0], high=part.span[1]
        )
        return False
    return True


def _check_states(node: Node, limit: LimitPart, part: PointPart, findings: Findings) -> bool:
    where = node.get("states") or node
    unknown = [state for state in limit.states or () if part.states and state not in part.states]
    if unknown:
        do = N_("use states of this point: {known}")
        findings.add(where, N_("the point has no state {state}"), do, state=unknown[0], known=", ".join(map(str, part.states)))
    if limit.deadband is not None:
        findings.add(node.get("deadband") or node, N_("a limit by states has no dead band"), N_("remove “deadband”, use off_delay"))
    return not unknown and limit.deadband is None


def _check_limits_together(nodes: Sequence[Node], part: PointPart, findings: Findings) -> None:
    highs = [limit.high for limit in part.limits if limit.high is not None]
    for node, limit in zip(nodes, part.limits, strict=True):
        if limit.low is not None and highs and limit.low >= min(highs):
            what = N_("the low limit {low} is not below the high limit {high}: there would always be an alarm")
            findings.add(node.get("low") or node, what, N_("correct one of the two"), low=limit.low, high=min(highs))
    seen: dict[str, Node] = {}
    for node, limit in zip(nodes, part.limits, strict=True):
        name = _limit(limit).id
        if name in seen:
            what = N_("two limits have the id “{id}” (the other: {other})")
            findings.add(node, what, N_("give one of them an “id” of its own"), id=name, other=seen[name].where)
        seen.setdefault(name, node)


def _limit(part: LimitPart) -> Limit:
    level = Level[part.level.upper()]
    if part.high is not None:
        kind, value = LimitKind.HIGH, part.high
    elif part.low is not None:
        kind, value = LimitKind.LOW, part.low
    else:
        kind, value = LimitKind.STATE, 0.0
    return Limit(
        id=part.id or f"{kind.value}{level.value}",
        level=level,
        kind=kind,
        value=value,
        states=tuple(sorted(set(part.states or ()))),
        deadband=part.deadband or 0.0,
        on_delay=part.on_delay,
        off_delay=part.off_delay,
        source=part.source,
        latch=part.latch,
        supply=part.supply,
    )


def _resolution(part: PointPart, source: BaseModel, driver: Driver) -> float:
    if part.kind in (Kind.DIGITAL, Kind.TEXT):
        return 1.0
    if part.resolution is not None:
        return part.resolution
    given = driver.resolution(source)
    return FLOAT_RESOLUTION if given is None else abs(given)


def _write(part: PointPart, resolution: float) -> WriteLimits | None:
    write = part.write
    if write is None:
        return None
    if write.states is not None:
        return WriteLimits(states=tuple(sorted(set(write.states))))
    return WriteLimits(write.low or 0.0, write.high or 0.0, write.step or resolution)


def _point(part: PointPart, source: BaseModel, owner: Owner, driver: Driver) -> Point:
    resolution = _resolution(part, source, driver)
    return Point(
        key=f"{owner.device}.{part.id}",
        device=owner.device,
        names=part.name.names() if part.name is not None else Names(part.id, part.id),
        kind=part.kind,
        group=part.group or owner.group,
        unit=part.unit,
        resolution=resolution,
        period=part.period,
        limits=tuple(_limit(limit) for limit in part.limits),
        normal=part.normal,
        span=part.span,
        states={number: names.names() for number, names in sorted(part.states.items())},
        write=_write(part, resolution),
        rollover=part.rollover * factor_of(part.ratio, owner.ratios) if part.rollover is not None else None,
        agent=part.agent,
        rack=part.rack or owner.rack,
        place=part.place.place() if part.place is not None else owner.place,
        featured=part.featured,
        source=source,
    )
