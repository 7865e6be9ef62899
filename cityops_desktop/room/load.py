"""The way from a room file to a Room: read, check everything, tell all problems at once. Opens no wire."""

import difflib
import json
import zoneinfo
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.guidance import Guidance
from cityops_desktop.model.levels import LevelLook
from cityops_desktop.model.loglines import LogCollection
from cityops_desktop.model.notify import Notify
from cityops_desktop.model.power import PowerNode
from cityops_desktop.model.rooms import LEAST_DAYS, AlarmOutput, Alertness, Area, DutyRules, Keeping, Room, Site
from cityops_desktop.model.wands import Wand
from cityops_desktop.room.areas import read_areas
from cityops_desktop.room.derived import settle_derived
from cityops_desktop.room.devices import BusEntry, DeviceEntry, read_buses, read_devices
from cityops_desktop.room.document import DocumentError, read_document
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import DutyPart, HistoryPart, RoomPart, SitePart
from cityops_desktop.room.guidance import profile_guidance, read_guidance
from cityops_desktop.room.levels import read_levels
from cityops_desktop.room.logs import read_logs
from cityops_desktop.room.netbox import NetboxTypes
from cityops_desktop.room.notify import read_notify, settle_modems
from cityops_desktop.room.outputs import read_outputs
from cityops_desktop.room.power import read_power
from cityops_desktop.room.profiles import Profiles
from cityops_desktop.room.racks import Racks, put_in_rack, read_racks
from cityops_desktop.room.tree import Node
from cityops_desktop.room.wands import read_wands
from cityops_desktop.texts import N_

_SECTIONS = (
    *("room", "site", "alarm_output", "alarm_outputs", "notify", "logs", "history", "levels", "guidance", "duty", "wands"),
    *("areas", "buses", "devices", "power", "racks"),
)


def load_room(path: Path, drivers: Mapping[str, Driver], text: str | None = None, types: Mapping[str, Path] | None = None) -> Room:
    """The room of this file, expanded with its profiles and types. OperatorError with all problems, each at "file:line".

    `text` stands for what the file holds, `types` (slug to file) for NetBox types beside it: what an import would make of them."""
    findings = Findings()
    root = _root(path, text, findings)
    if root is None:
        raise OperatorError(findings.problems())
    findings.known_keys(root, _SECTIONS)
    head = _head(root, findings)
    site = _site(root, findings)
    buses = read_buses(root, drivers, findings)
    profiles = Profiles(path, findings)
    devices = settle_derived(read_devices(root, buses, profiles, findings), findings)
    power = read_power(root, devices, findings)
    racks = read_racks(root, devices, [node.id for node in power], NetboxTypes(path, findings, types), findings)
    areas = read_areas(root, head.size if head is not None else None, findings)
    outputs = read_outputs(root, devices, buses, drivers, findings)
    history = _history(root, findings)
    duty = _duty(root, findings)
    wands = read_wands(root, buses, findings)
    levels = read_levels(_part(root, "levels", findings), findings)
    notify = read_notify(root, findings)
    devices = settle_modems(devices, buses, notify, findings)
    logs = read_logs(_part(root, "logs", findings), findings)
    guidance = read_guidance(root, buses, devices, racks.racks, areas, findings)
    guidance += profile_guidance(devices, profiles, findings)
    if head is not None and head.size is not None:
        _check_places(root, devices, head.size, findings)
    if head is None or findings:
        raise OperatorError(findings.problems())
    return _room(head, site, areas, buses, devices, power, racks, outputs, history, notify, logs, levels, guidance, duty, wands)


def check_room(path: Path, drivers: Mapping[str, Driver]) -> list[Problem]:
    """What is wrong with this file, in the order of its lines; empty when it can be used."""
    try:
        load_room(path, drivers)
    except OperatorError as error:
        return list(error.problems)
    return []


def version_of(room: Room) -> str:
    """SHA-256 (hex) of everything that the room says, the same whatever the comments, the order of keys or the way of writing numbers."""
    text = json.dumps(_canonical(replace(room, version="")), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _canonical(value: object) -> object:
    if value is None or type(value) in (str, int, bool):
        return value
    if is_dataclass(value):
        return {name: _canonical(getattr(value, name)) for name in _names(value.__class__)}
    if isinstance(value, BaseModel):
        hidden = {name: sha256(secret.get_secret_value().encode()).hexdigest() for name, secret in value if isinstance(secret, SecretStr)}
        return {type(value).__name__: _canonical(value.model_dump(mode="json") | hidden)}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass."""
    return tuple(item.name for item in fields(kind))


def _root(path: Path, text: str | None, findings: Findings) -> Node | None:
    root: Node | None
    try:
        root = read_document(path, text)
    except DocumentError as error:
        for problem in error.problems:
            findings.take(problem)
        root = error.tree
    if root is not None and not isinstance(root.value, dict):
        findings.add(root, N_("this is not a room file"), N_("begin with “room:”, as docs/room-file.md shows"))
        return None
    return root


def _part(root: Node, key: str, findings: Findings) -> Node | None:
    node = root.get(key)
    if node is not None and not isinstance(node.value, dict):
        findings.add(node, N_("“{key}” must be made of keys and values"), N_("indent “key: value” lines below it"), key=key)
        return None
    return node


def _head(root: Node, findings: Findings) -> RoomPart | None:
    if root.get("room") is None:
        findings.add(root, N_("“{key}” is missing"), N_("add “{key}:” here"), key="room")
    node = _part(root, "room", findings)
    if node is None:
        return None
    findings.known_keys(node, keys_of(RoomPart))
    zone = node.text("timezone")
    if zone is not None and not _is_zone(zone):
        findings.unknown(node.mapping["timezone"], N_("there is no time zone “{word}”"), zone, _zones_like(zone))
    head = findings.check(named(node, "name"), RoomPart)
    if head is not None and head.domain.rpartition("/")[2] != head.id:
        what = N_("the domain ends in “{last}”, the room's id is “{id}”")
        do = N_("the last part of the domain is the room's id: make them equal")
        findings.add(node.mapping["domain"], what, do, last=head.domain.rpartition("/")[2], id=head.id)
    if head is not None and len(set(head.shifts)) < len(head.shifts):
        again = next(item for n, item in enumerate(node.mapping["shifts"].items) if item.value in head.shifts[:n])
        findings.add(again, N_("the shift at “{time}” stands here twice"), N_("take one of them out"), time=again.value)
    if head is not None and head.selftest is not None and not head.shifts:
        what = N_("“selftest” is a time after the begin of a shift, and the room has no shifts")
        findings.add(node.mapping["selftest"], what, N_('give “shifts” as well, such as ["08:00", "20:00"]'))
    return head


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _zones_like(name: str) -> list[str]:
    zones = sorted(zoneinfo.available_timezones())
    cities = {zone.rpartition("/")[2].lower(): zone for zone in zones}
    city = cities.get(name.rpartition("/")[2].lower())
    return [city] if city is not None else difflib.get_close_matches(name, zones, n=1, cutoff=0.8) or ["Asia/Shanghai", "UTC"]


def _site(root: Node, findings: Findings) -> Site:
    node = _part(root, "site", findings)
    if node is None:
        return Site()
    findings.known_keys(node, keys_of(SitePart))
    part = findings.check(node, SitePart)
    return Site(part.owner, part.operator, part.authority, part.mode, part.contract) if part is not None else Site()


def _history(root: Node, findings: Findings) -> Keeping:
    node = _part(root, "history", findings)
    if node is None:
        return Keeping()
    findings.known_keys(node, keys_of(HistoryPart))
    part = findings.check(node, HistoryPart)
    if part is None:
        return Keeping()
    if part.samples_days < LEAST_DAYS:
        what = N_("samples must be kept for half a year at least: {days} days are too few (GB/T 36621-2018, 8.2.3.2 d)")
        findings.add(node.get("samples_days") or node, what, N_("write {least} or more"), days=part.samples_days, least=LEAST_DAYS)
    elif part.rollups_days < part.samples_days:
        what = N_("minutes and hours are kept no shorter than samples: {days} days are fewer than {least}")
        where = node.get("rollups_days") or node
        findings.add(where, what, N_("write {least} or more"), days=part.rollups_days, least=part.samples_days)
    budget = None if part.disk_budget_gb is None else round(part.disk_budget_gb * 1e9)
    return Keeping(part.samples_days, part.rollups_days, budget)


def _duty(root: Node, findings: Findings) -> DutyRules:
    node = _part(root, "duty", findings)
    if node is None:
        return DutyRules()
    findings.known_keys(node, keys_of(DutyPart))
    part = findings.check(node, DutyPart)
    if part is None:
        return DutyRules()
    asks = part.alertness
    if asks is not None and asks.answer >= asks.every:
        what = N_("somebody would have {answer} minutes to answer and be asked every {every}")
        findings.add(
            node.mapping["alertness"],
            what,
            N_("give less time to answer than lies between two checks"),
            answer=asks.answer,
            every=asks.every,
        )
    alertness = None if asks is None else Alertness(asks.every, asks.answer, asks.hours)
    return DutyRules(part.sign_in, part.only_on_duty, alertness, part.handover)


def _check_places(root: Node, devices: Mapping[str, DeviceEntry], size: tuple[float, float], findings: Findings) -> None:
    points = [node for entry in devices.values() for node in entry.points]
    for node in (*findings.section(root, "devices"), *points, *findings.section(root, "racks")):
        place = node.get("place")
        x, y = (place.get("x"), place.get("y")) if place is not None else (None, None)
        if place is None or x is None or y is None or not isinstance(x.value, int | float) or not isinstance(y.value, int | float):
            continue
        if not (0 <= x.value <= size[0] and 0 <= y.value <= size[1]):
            what = N_("the place {x}, {y} lies outside the room of {width} x {depth} m")
            do = N_("correct the place or the room's “size”; metres from the south-west corner")
            findings.add(place, what, do, x=x.value, y=y.value, width=size[0], depth=size[1])


def _room(
    head: RoomPart,
    site: Site,
    areas: tuple[Area, ...],
    buses: Mapping[str, BusEntry],
    devices: Mapping[str, DeviceEntry],
    power: tuple[PowerNode, ...],
    racks: Racks,
    outputs: tuple[AlarmOutput, ...],
    history: Keeping,
    notify: Notify,
    logs: LogCollection,
    levels: tuple[LevelLook, ...],
    guidance: tuple[Guidance, ...],
    duty: DutyRules,
    wands: tuple[Wand, ...],
) -> Room:
    room = Room(
        id=head.id,
        names=head.name.names(),
        domain=head.domain,
        timezone=head.timezone,
        version="",
        origin=head.origin,
        size=head.size,
        site=site,
        buses=tuple(entry.bus for entry in buses.values() if entry.bus is not None),
        devices=tuple(put_in_rack(entry.device, racks) for entry in devices.values() if entry.device is not None),
        racks=racks.racks,
        areas=areas,
        power=power,
        alarm_outputs=outputs,
        shifts=tuple(sorted(set(head.shifts))),
        selftest=head.selftest,
        history=history,
        notify=notify,
        logs=logs,
        levels=levels,
        guidance=guidance,
        duty=duty,
        wands=wands,
    )
    return replace(room, version=version_of(room))
