"""By which words lines, devices and points are found. Paints nothing."""

from itertools import islice

from cityops_desktop.link.messages import DeviceInfo, NamesInfo, PointInfo
from ui.models.devicewords import address_text
from ui.models.room import RoomModel


def found_points(model: RoomModel, text: str, most: int) -> list[str]:
    """The keys of the first points whose words, or whose device's, hold all of these; first those of just this name."""
    wanted = text.casefold().split()
    named = {device.id for device in model.devices.values() if is_named(text, device.id, device.names)}
    exact = [key for key, point in model.points.items() if point.device in named or is_named(text, key, point.names)][:most]
    told = {device.id: device_terms(device) for device in model.devices.values()}
    found = (key for key, point in model.points.items() if all(w in told.get(point.device, "") or w in point_terms(point) for w in wanted))
    return list(dict.fromkeys([*exact, *islice(found, most)]))[:most]


def is_named(text: str, id: str, names: NamesInfo) -> bool:
    return text.strip().casefold() in (id.casefold(), names.zh.casefold(), names.en.casefold())


def device_terms(device: DeviceInfo) -> str:
    return terms(device.id, device.names, device.profile, device.rack or "", address_text(device))


def point_terms(point: PointInfo) -> str:
    return terms(point.key, point.names, point.unit, point.rack or "")


def terms(*texts: str | NamesInfo) -> str:
    told = [one if isinstance(one, str) else f"{one.zh} {one.en}" for one in texts]
    return " ".join(told).casefold()
