"""What of a room's alarms somebody may see: the one rule for screen, question, report, export and what is sent upstream (GB/T 36621-2018,
8.2.3.2 i). Pure; records no look (station/access.py does) and asks no store.

1. A level sees its own domain: whoever reads for a domain that neither is the room's nor lies above it sees nothing of this room.
2. An open alarm is shown to everybody who sees the room: one that nobody sees protects nobody.
3. What has ended is the past of its device. That of a device marked sensitive, or of one that the room has no more (nobody can say what
   it was), is told to persons only: somebody logged in who may look at devices in this room.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cityops_desktop.model.people import Limited, Preset, Who
from cityops_desktop.people import rights
from cityops_desktop.people.grants import covers

LOOK = "device.read"
NO_DEVICE = frozenset({"station", "room"})
"""What alarms are about besides points, devices, and lines and gateways ("bus:<id>", "gateway:<host>")."""


def guarded(sensitive: Mapping[str, bool], device: object) -> bool:
    """Are this device's details and past told to persons only? So are those of a device that nobody knows any more."""
    return not isinstance(device, str) or sensitive.get(device, True)


class Reader(NamedTuple):
    """Who reads: for which domain, and whether that is a named person (or a level above) who may look at devices."""

    domain: str
    named: bool


def anybody(domain: str) -> Reader:
    """Whoever sees a console of the room with this domain."""
    return Reader(domain, named=False)


def reader(who: Who | None, domain: str, preset: Preset) -> Reader:
    """Whoever asks at a console of the room with this domain; None = nobody is logged in there."""
    named = who is not None and rights.allowed(LOOK, who.person.roles, preset) and who.limited is Limited.NOTHING
    return Reader(domain, named)


class Sight:
    """The rule for one room. `sensitive`: every device and whether it is marked so; `device_of`: the device of every point."""

    def __init__(self, domain: str, sensitive: Mapping[str, bool], device_of: Mapping[str, str]) -> None:
        self._domain = domain
        self._sensitive = sensitive
        self._device_of = device_of

    def device(self, subject: str) -> str:
        """The device that an alarm's subject belongs to, also one that the room has no more; "" = a line, the room or the station."""
        if subject in self._sensitive:
            return subject
        if subject in NO_DEVICE or ":" in subject:
            return ""
        return self._device_of.get(subject) or subject.rpartition(".")[0] or subject

    def guarded(self, subject: str) -> bool:
        """Is its past told to persons only?"""
        device = self.device(subject)
        return bool(device) and guarded(self._sensitive, device)

    def sees(self, reader: Reader, subject: str, *, open: bool) -> bool:
        """May this reader be told of this alarm?"""
        return covers(reader.domain, self._domain) and (open or reader.named or not self.guarded(subject))
