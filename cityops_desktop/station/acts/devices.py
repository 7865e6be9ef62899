"""The engineer's word that a device belongs where it was found: exactly the one that was shown."""

from sqlalchemy import Connection

from cityops_desktop.link.acts import AdmitDevices
from cityops_desktop.model import identities
from cityops_desktop.model.identities import Fingerprint
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Carried, Job
from cityops_desktop.station.identities import Identities
from cityops_desktop.store import devices


class DeviceActs:
    """device.admit."""

    def __init__(self, known: Identities) -> None:
        self._known = known

    def acts(self) -> Acts:
        """By kind."""
        return {"device.admit": self.admit}

    def admit(self, act: AdmitDevices, who: Who) -> Job:
        """All of them, or none. Refused: no_such_device, not_waiting, other_identity."""
        digests = {one.device: one.digest for one in act.devices}
        shown = {id: self._shown(id, digest) for id, digest in digests.items()}
        how = {"console": who.console, "session": who.session, "why": act.why}

        def run(conn: Connection) -> None:
            for id, seen in shown.items():
                kept = devices.standing(conn, id)
                if kept is None or kept.seen != seen:
                    raise Refused("other_identity", device=id)
                after = identities.admitted(kept, seen, who.person.id, who.time, act.why)
                devices.put(conn, after, kind="device.admitted", actor=who.person.id, time=who.time, act=how)

        return Carried(run, lambda: self._known.admitted(shown, who.person, who.time, act.why))

    def _shown(self, id: str, digest: str) -> Fingerprint:
        standing = self._known.standing(id)
        if standing is None:
            raise Refused("no_such_device", device=id)
        if standing.seen is None:
            raise Refused("not_waiting", device=id)
        if devices.digest(id, standing.seen) != digest:
            raise Refused("other_identity", device=id)
        return standing.seen
