"""What a work order, a ticket or a tag is about, in words, and the things of a room that can be chosen for it. Knows no widget."""

from collections.abc import Iterable, Mapping, Sequence

from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.link.messages import AreaInfo, DeviceInfo, PowerNodeInfo, RackInfo
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel

Choice = tuple[str, str]
SECOND_MS = 1000


def target_name(model: RoomModel, target: str) -> str:
    """ "device:ups1" as people call it; "" for nothing."""
    kind, _, id = target.partition(":")
    room = model.room
    if not id or room is None:
        return id
    if kind == "point" and id in model.points:
        point = model.points[id]
        device = model.devices.get(point.device)
        return f"{pick(device.names)} · {pick(point.names)}" if device is not None else pick(point.names)
    things: Mapping[str, Sequence[DeviceInfo | RackInfo | AreaInfo | PowerNodeInfo]]
    things = {"device": room.devices, "rack": room.racks, "area": room.areas, "node": room.power}
    return next((pick(one.names) for one in things.get(kind, ()) if one.id == id), id)


def choices(model: RoomModel, given: str = "", *, areas: bool = True) -> list[Choice]:
    """What can be chosen: what was given, then feeds of the power chain, racks, devices, and areas for what is no tag."""
    room = model.room
    found: list[Choice] = [(given, target_name(model, given))] if given else []
    if room is not None:
        found += [(f"node:{one.id}", tr("supply: {name}", name=pick(one.names))) for one in room.power]
        found += [(f"rack:{one.id}", pick(one.names)) for one in room.racks]
        found += [(f"device:{one.id}", pick(one.names)) for one in room.devices]
        found += [(f"area:{one.id}", pick(one.names)) for one in room.areas] if areas else []
    return list(dict(found).items())


def tag_on(model: RoomModel, targets: Iterable[str]) -> TagInfo | None:
    """The first tag that hangs on exactly one of these; at an earlier time one that hung there already and still does."""
    hanging = model.station.duty.tags if model.station is not None else []
    if not hanging:
        return None
    wanted, now = set(targets), model.now()
    return next((tag for tag in hanging if tag.target in wanted and tag.hung <= now + SECOND_MS), None)


def tag_line(tag: TagInfo | None) -> list[str]:
    """A line for a tool tip."""
    return [tr("tagged by {name}: {text}", name=tag.actor_name, text=tag.text)] if tag is not None else []
