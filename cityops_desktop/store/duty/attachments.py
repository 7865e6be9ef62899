"""What is attached to records, whole in the store: so it is in every backup, and the change log has the SHA-256 of each. Nothing is
deleted. Decides no right; whether the content may be attached is looked at before (cityops_desktop.duty.attachments).
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.dutyschema import attachment

DAY_MS = 86_400_000
MOST_A_DAY = 300_000_000
"""Bytes that one person attaches within 24 hours: nobody fills the disk by them."""
_HEAD = [column for column in attachment.columns if column.name not in ("content", "actor")]


def add(conn: Connection, *, id: str, about: str, name: str, media: str, content: bytes, who: Who) -> str:
    """Keep it; its id. The same one again is the same. Refused: attachment_differs when other bytes have this id, attachments_full."""
    digest = hashlib.sha256(content).hexdigest()
    known = conn.execute(select(attachment.c.sha256, attachment.c.actor).where(attachment.c.id == id)).first()
    if known is not None:
        if tuple(known) != (digest, who.person.id):
            raise Refused("attachment_differs")
        return id
    today = select(func.sum(attachment.c.size)).where(attachment.c.actor == who.person.id, attachment.c.time > who.time - DAY_MS)
    if int(conn.execute(today).scalar() or 0) + len(content) > MOST_A_DAY:
        raise Refused("attachments_full", most=MOST_A_DAY // 1_000_000)
    row = {"id": id, "about": about, "name": name, "media": media, "size": len(content), "sha256": digest, "content": content}
    row |= {"time": who.time, "actor": who.person.id, "actor_name": who.person.display}
    record.put(conn, attachment, row, kind="attachment.added", actor=who.person.id, time=who.time, act={"console": who.console})
    return id


def heads(conn: Connection, ids: Iterable[str]) -> list[dict[str, Any]]:
    """All but the bytes of those of these that there are, in this order: the fields of link.duty.attachments.AttachmentInfo."""
    wanted = list(ids)
    if not wanted:
        return []
    rows = {row["id"]: row for row in conn.execute(select(*_HEAD).where(attachment.c.id.in_(wanted))).mappings()}
    return [dict(rows[id]) for id in wanted if id in rows]


def require(conn: Connection, ids: Sequence[str]) -> None:
    """Refused(no_such_attachment) when one of these is not kept."""
    if len(heads(conn, set(ids))) < len(set(ids)):
        raise Refused("no_such_attachment")


def content(conn: Connection, id: str) -> tuple[dict[str, Any], bytes]:
    """One with its bytes. Refused(no_such_attachment)."""
    found = heads(conn, [id])
    if not found:
        raise Refused("no_such_attachment")
    data: bytes = conn.execute(select(attachment.c.content).where(attachment.c.id == id)).scalar_one()
    return found[0], data
