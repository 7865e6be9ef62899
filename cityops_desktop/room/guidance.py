"""`guidance:` of a room file, and the advice that comes with the program. Decides nothing about alarms."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from cityops_desktop import paths
from cityops_desktop.model.guidance import Advice, Guidance, Standard
from cityops_desktop.model.pictures import Photographer
from cityops_desktop.model.points import Group
from cityops_desktop.model.rooms import Area, Rack
from cityops_desktop.room.devices import BusEntry, DeviceEntry
from cityops_desktop.room.document import read_document
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import Id, NamesPart, Part
from cityops_desktop.room.profiles import Profiles
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

STANDARD = paths.RESOURCES / "guidance" / "standard.yaml"
WHOLE = "device"
"""What a profile's guidance is for when it is for every alarm of the device."""
Page = Literal["floor", "power", "racks", "equipment", "trends", "wires", "duty", "patrol", "orders"]


class AdvicePart(Part):
    """What both have."""

    cause: NamesPart | None = None
    consequence: NamesPart | None = None
    steps: Annotated[tuple[NamesPart, ...], Field(max_length=12)] = ()
    page: Page | None = None

    def advice(self) -> Advice:
        """As the model has it."""
        cause, consequence = self.cause, self.consequence
        names = tuple(step.names() for step in self.steps)
        return Advice(cause.names() if cause else None, consequence.names() if consequence else None, names, self.page or "")


class GuidancePart(AdvicePart):
    """An entry of `guidance:` of a room file."""

    about: Annotated[list[str], Field(alias="for", min_length=1, max_length=200)]
    camera: str = ""


class ProfileGuidancePart(AdvicePart):
    """An entry of `guidance:` of a profile."""

    about: Annotated[list[str], Field(alias="for", min_length=1, max_length=200)]


class FitsPart(Part):
    """`for:` of an entry of the standard advice."""

    causes: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    kinds: tuple[Literal["high", "low", "state"], ...] = ()
    units: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class StandardPart(AdvicePart):
    """An entry of the standard advice."""

    id: Id
    fits: Annotated[FitsPart, Field(alias="for")]


@cache
def standard() -> tuple[Standard, ...]:
    """The advice that comes with the program, in the order in which it is tried."""
    parts = [StandardPart.model_validate(node.plain()) for node in read_document(STANDARD).at(("guidance",)).items]
    return tuple(
        Standard(
            one.id,
            one.advice(),
            one.fits.causes,
            tuple(group.value for group in one.fits.groups),
            one.fits.kinds,
            one.fits.units,
            one.fits.points,
            one.fits.names,
        )
        for one in parts
    )


def read_guidance(
    root: Node,
    buses: Mapping[str, BusEntry],
    devices: Mapping[str, DeviceEntry],
    racks: tuple[Rack, ...],
    areas: tuple[Area, ...],
    findings: Findings,
) -> tuple[Guidance, ...]:
    """All sound entries; nothing is advised twice, and what it is for must be there."""
    known = _known(devices, racks, areas)
    seen: dict[str, Node] = {}
    found = []
    for node in findings.section(root, "guidance"):
        findings.known_keys(node, keys_of(GuidancePart))
        part = findings.check(_with_names(node), GuidancePart)
        if part is None:
            continue
        for item, about in zip(node.at(("for",)).items, part.about, strict=True):
            if about not in known:
                findings.unknown(item, N_("there is no “{word}” that guidance could be for"), about, sorted(known))
            elif about in seen:
                what, do = N_("there is guidance for “{about}” twice (the other: {other})"), N_("join the two, or remove one")
                findings.add(item, what, do, about=about, other=seen[about].where)
            seen.setdefault(about, item)
        if not part.camera and not part.advice():
            what = N_("this guidance says nothing")
            findings.add(node, what, N_("write “cause”, “consequence”, “steps” or “camera”"))
        if part.camera:
            _check_camera(node.mapping["camera"], part.camera, buses, devices, findings)
        found.append(Guidance(tuple(part.about), part.advice(), part.camera))
    return tuple(found)


def profile_guidance(devices: Mapping[str, DeviceEntry], profiles: Profiles, findings: Findings) -> tuple[Guidance, ...]:
    """What the profiles in use say, each once: for the whole device type, its points and their limits."""
    found = []
    named_by = {str(entry.node.text("profile")): entry.node.mapping["profile"] for entry in devices.values() if entry.node.text("profile")}
    for id, where in named_by.items():
        profile = profiles.get(id, where)
        if profile is None or not profile.guidance:
            continue
        known = {WHOLE, *(str(point.text("id")) for point in profile.points)}
        sound = [entry.device for entry in devices.values() if entry.device is not None and entry.device.profile == id]
        if not sound:
            continue  # which limits there are is not known; what is wrong with the devices is told
        points = (point for device in sound for point in device.points)
        known |= {f"{point.key.partition('.')[2]}#{limit.id}" for point in points for limit in point.limits}
        for node in profile.guidance:
            findings.known_keys(node, keys_of(ProfileGuidancePart))
            part = findings.check(_with_names(node), ProfileGuidancePart)
            for item, about in zip(node.at(("for",)).items, part.about if part is not None else (), strict=False):
                if about not in known:
                    findings.unknown(item, N_("there is no “{word}” that guidance could be for"), about, sorted(known))
            if part is not None:
                abouts = (f"profile:{id}" if about == WHOLE else f"profile:{id}.{about}" for about in part.about)
                found.append(Guidance(tuple(abouts), part.advice()))
    return tuple(found)


def _known(devices: Mapping[str, DeviceEntry], racks: tuple[Rack, ...], areas: tuple[Area, ...]) -> set[str]:
    known = {f"group:{group.value}" for group in Group} | {f"rack:{rack.id}" for rack in racks} | {f"area:{area.id}" for area in areas}
    for id, entry in devices.items():
        known.add(id)
        for point in entry.device.points if entry.device is not None else ():
            known |= {point.key, *(f"{point.key}#{limit.id}" for limit in point.limits)}
    return known


def _check_camera(node: Node, camera: str, buses: Mapping[str, BusEntry], devices: Mapping[str, DeviceEntry], findings: Findings) -> None:
    entry = devices.get(camera)
    if entry is None:
        findings.unknown(node, N_("there is no device “{word}”"), camera, sorted(devices))
        return
    device = entry.device
    if device is None:
        return  # its own faults are told
    driver = buses[device.bus].driver if device.bus in buses else None
    sees = isinstance(driver, Photographer) and any(driver.takes_pictures(point.source) for point in device.points)
    if not sees:
        do = N_("name a camera: a device with a point that has “picture: true”")
        findings.add(node, N_("“{id}” takes no pictures"), do, id=camera)


def _with_names(node: Node) -> Node:
    """A text may stand for both languages."""
    node = named(node, "cause", "consequence")
    steps = node.get("steps")
    if steps is None or not isinstance(steps.value, list):
        return node
    both = [named(Node({"step": step}, step.where), "step").mapping["step"] for step in steps.items]
    return Node({**node.mapping, "steps": Node(both, steps.where)}, node.where)
