"""The warnings in force, in the order in which people must know them, and how one is headed. Paints nothing."""

from cityops_desktop.incidents.states import Colour
from cityops_desktop.incidents.words import COLOURS
from cityops_desktop.link.messages import WarningInfo
from cityops_desktop.texts import tr
from ui.models.room import RoomModel

ORDER = tuple(Colour)


def in_force(model: RoomModel) -> list[WarningInfo]:
    """The worst first, then the newest."""
    station = model.station
    return sorted(station.warnings if station else [], key=lambda one: (ORDER.index(one.colour), -one.issued))


def heading(one: WarningInfo) -> str:
    """Its colour in a word, what it is about, where it came from."""
    source = tr("from {source}", source=one.source) if one.source else ""
    return " · ".join(part for part in (tr(COLOURS[one.colour]), one.title, source) if part)
