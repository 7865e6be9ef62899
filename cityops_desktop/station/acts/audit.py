"""Acts upon the change log: a head was taken out of this machine, verify now. Nothing can be changed there."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from cityops_desktop.audit.heads import SUBJECT
from cityops_desktop.audit.verify import ANCHORED
from cityops_desktop.link.acts import Anchor, VerifyAudit
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Done, Job
from cityops_desktop.station.auditor import Auditor
from cityops_desktop.store import changes
from cityops_desktop.store.schema import change


class AuditActs:
    """audit.*"""

    def __init__(self, auditor: Auditor) -> None:
        self._auditor = auditor

    def acts(self) -> Acts:
        """By kind."""
        return {"audit.anchor": self.anchor, "audit.verify": self.verify}

    def done(self) -> Mapping[str, Done]:
        """What follows the commit."""
        return {"audit.verify": self._begin}

    def anchor(self, act: Anchor, who: Who) -> Job:
        """Only a head of this very log counts."""
        body = {"seq": act.seq, "hash": act.hash, "medium": act.medium}

        def keep(conn: Connection) -> None:
            held = conn.execute(select(change.c.hash).where(change.c.seq == act.seq)).scalar()
            if held is None or held.hex() != act.hash:
                raise Refused("no_such_head")
            changes.append(conn, kind=ANCHORED, subject=SUBJECT, actor=who.person.id, time=who.time, body=body)

        return keep

    def _begin(self, _act: VerifyAudit, who: Who) -> None:
        self._auditor.begin(who.person.id, "asked")

    def verify(self, _act: VerifyAudit, _who: Who) -> Job:
        """One at a time."""
        if self._auditor.verifying:
            raise Refused("verification_runs")
        return lambda _conn: None
