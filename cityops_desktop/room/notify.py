"""The room file's `notify:`: ways out, the call list, templates; checked across entries. Sends nothing."""

from collections.abc import Mapping
from dataclasses import replace
from string import Formatter
from typing import Annotated, Literal

from pydantic import Field

from cityops_desktop.model.notify import BY, LOOK, PLACES, By, Call, ModemSource, Notify, Step, Way, WayKind
from cityops_desktop.model.points import Level
from cityops_desktop.room.devices import BusEntry, DeviceEntry, first_use, names_or_id
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import Id, NamesPart, Part, TimeOfDay
from cityops_desktop.room.tree import Node
from cityops_desktop.room.ways import PARTS, Address, Phone, WayPart
from cityops_desktop.texts import N_

MODEM = "modem"
"""The driver whose buses are modems."""
LevelName = Literal["critical", "major", "minor", "warning"]
FIRST_AFTER, SECOND_AFTER, NEXT_AFTER = 3.0, 10.0, 10.0
"""Minutes after which the first and the second receiver are told where their steps do not say; each further one so much later."""


def settle_modems(
    entries: Mapping[str, DeviceEntry], buses: Mapping[str, BusEntry], notify: Notify, findings: Findings
) -> dict[str, DeviceEntry]:
    """The same devices; what a modem says of itself is no newer than its last look. The way that each names must be a modem."""
    ways = {way.id: way for way in notify.ways}
    for entry in buses.values():
        if entry.bus is None or entry.bus.driver != MODEM:
            continue
        way = getattr(entry.bus.options, "way", "")
        if way not in ways or ways[way].kind is not WayKind.MODEM:
            modems = [one.id for one in notify.ways if one.kind is WayKind.MODEM]
            findings.unknown(entry.node.get("way") or entry.node, N_("notify has no modem “{word}”"), way, modems)
    return {id: _paced(entry) for id, entry in entries.items()}


def _paced(entry: DeviceEntry) -> DeviceEntry:
    device = entry.device
    if device is None or not any(isinstance(point.source, ModemSource) for point in device.points):
        return entry
    points = tuple(replace(point, period=max(point.period, LOOK)) for point in device.points)
    return replace(entry, device=replace(device, points=points))


class TemplatesPart(Part):
    """`templates:` of `notify:`."""

    one: Annotated[str, Field(max_length=500)] = ""
    many: Annotated[str, Field(max_length=500)] = ""
    ended: Annotated[str, Field(max_length=500)] = ""


class StepPart(Part):
    """An entry of a receiver's `steps:`; `after` in minutes."""

    way: str
    by: By | None = None
    level: LevelName = "critical"
    after: Annotated[float, Field(ge=0, le=1440)] | None = None


class CallPart(Part):
    """An entry of `calls:`."""

    id: Id
    name: NamesPart | None = None
    account: Annotated[str, Field(max_length=64)] = ""
    phone: Phone | None = None
    mail: Address | None = None
    quiet: tuple[TimeOfDay, TimeOfDay] | None = None
    quiet_level: LevelName = "critical"
    per_hour: Annotated[int, Field(ge=1, le=1000)] = 12
    ended: bool = False
    duty: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)] = ""
    steps: Annotated[tuple[StepPart, ...], Field(max_length=20)] = ()


class NotifyPart(Part):
    """`notify:` without its lists."""

    language: Literal["zh_CN", "en"] = "zh_CN"
    templates: TemplatesPart = TemplatesPart()


_KEYS = (*keys_of(NotifyPart), "ways", "calls")


def read_notify(root: Node, findings: Findings) -> Notify:
    """All of it that is sound."""
    node = root.get("notify")
    if node is None:
        return Notify()
    if not isinstance(node.value, dict):
        findings.add(node, N_("“{key}” must be made of keys and values"), N_("indent “key: value” lines below it"), key="notify")
        return Notify()
    findings.known_keys(node, _KEYS)
    head = findings.check(node, NotifyPart) or NotifyPart()
    ways = _ways(node, findings)
    templates = {name: text for name, text in head.templates.model_dump().items() if text}
    for name, text in templates.items():
        _check_template(node.at(("templates", name)), name, text, findings)
    return Notify(head.language, tuple(ways.values()), tuple(_calls(node, ways, findings)), templates)


def _ways(node: Node, findings: Findings) -> dict[str, Way]:
    seen: dict[str, Node] = {}
    ways: dict[str, Way] = {}
    for entry in findings.section(node, "ways"):
        first_use(seen, entry, N_("two ways have the id “{id}” (the other: {other})"), findings)
        kind = entry.text("kind")
        if kind is None or kind not in PARTS:
            where = entry.get("kind") or entry
            findings.unknown(where, N_("there is no kind of way “{word}”"), "" if kind is None else kind, [str(known) for known in PARTS])
            continue
        model = PARTS[kind]
        findings.known_keys(entry, keys_of(model))
        part = findings.check(entry, model)
        if part is not None:
            _check_secrecy(entry, part, findings)
            ways[part.id] = Way(part.id, WayKind(kind), part)
    return ways


def _check_secrecy(entry: Node, part: WayPart, findings: Findings) -> None:
    """What is secret goes nowhere in clear text."""
    if part.kind is WayKind.MAIL and getattr(part, "tls", "") == "none" and getattr(part, "user", ""):
        what = N_("the password of “{user}” would go over the network in clear text")
        do = N_("write tls: tls or tls: starttls, or leave “user” out")
        findings.add(entry.get("tls") or entry, what, do, user=getattr(part, "user", ""))
    url = str(getattr(part, "url", ""))
    local = url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    if url.startswith("http://") and not local:
        findings.add(entry.get("url") or entry, N_("alarms and keys would go over the network in clear text"), N_("write https:// there"))


def _calls(node: Node, ways: dict[str, Way], findings: Findings) -> list[Call]:
    seen: dict[str, Node] = {}
    calls: list[Call] = []
    for number, entry in enumerate(findings.section(node, "calls")):
        findings.known_keys(entry, keys_of(CallPart))
        first_use(seen, entry, N_("two receivers have the id “{id}” (the other: {other})"), findings)
        part = findings.check(named(entry, "name"), CallPart)
        if part is None:
            continue
        if not part.steps and not part.account:
            what = N_("“{id}” has no steps, so that nobody is told")
            findings.add(entry, what, N_("add “steps:”, or “account:” where it only holds the addresses of somebody on duty"), id=part.id)
        usual = FIRST_AFTER if number == 0 else SECOND_AFTER + NEXT_AFTER * (number - 1)
        steps = [
            step for place, one in enumerate(part.steps) if (step := _step(entry.at(("steps", place)), one, part, ways, usual, findings))
        ]
        keys = [step.key for step in steps]
        if len(set(keys)) < len(keys):
            findings.add(entry.get("steps") or entry, N_("two steps of “{id}” are the same"), N_("remove one of them"), id=part.id)
        call = Call(part.id, names_or_id(part.name, part.id), tuple(steps), part.account, part.phone or "", part.mail or "")
        calls.append(_with_manners(call, part))
    return calls


def _with_manners(call: Call, part: CallPart) -> Call:
    level = Level[part.quiet_level.upper()]
    address = (call.account, call.phone, call.mail)
    return Call(call.id, call.names, call.steps, *address, part.quiet, level, part.per_hour, part.ended, part.duty)


def _step(node: Node, step: StepPart, part: CallPart, ways: dict[str, Way], usual: float, findings: Findings) -> Step | None:
    where = node.get("way") or node
    way = ways.get(step.way)
    if way is None:
        findings.unknown(where, N_("there is no way “{word}” in notify"), step.way, ways)
        return None
    can = BY[way.kind]
    if not can:
        what = N_("nobody is called by the way “{way}”: it tells machines of every alarm")
        findings.add(where, what, N_("name another way in this step"), way=way.id)
        return None
    by = step.by or can[0]
    if by not in can:
        findings.unknown(node.get("by") or node, N_("this way cannot do “{word}”"), str(by), [str(one) for one in can])
        return None
    key = "mail" if by is By.MAIL else "phone" if by in (By.SMS, By.CALL) else ""
    if key and not getattr(part, key):
        what = N_("“{id}” has no “{key}”, which this step needs")
        findings.add(node, what, N_("add “{key}:” to “{id}”"), id=part.id, key=key)
    after = usual if step.after is None else step.after
    return Step(way.id, by, Level[step.level.upper()], after * 60)


def _check_template(node: Node, name: str, text: str, findings: Findings) -> None:
    allowed = PLACES[name]
    try:
        places = {place for _, place, _, _ in Formatter().parse(text) if place is not None}
        text.format(**dict.fromkeys(allowed, ""))
    except (ValueError, KeyError, IndexError, AttributeError):
        places = {""}
    if not places <= allowed:
        what = N_("the template “{name}” has a place that it cannot have")
        known = ", ".join(f"{{{one}}}" for one in sorted(allowed))
        findings.add(node, what, N_("use only these places: {places}"), name=name, places=known)
