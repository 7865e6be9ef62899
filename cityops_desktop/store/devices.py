"""The table of devices: who each one was when it was admitted, and what waits. Reads and writes rows; decides nothing."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from cityops_desktop.model.identities import Fingerprint, Standing
from cityops_desktop.store import changes, record
from cityops_desktop.store.schema import account, device, setting

COMMISSIONED = "devices.commissioned"
"""The setting that says that the devices of a first configuration were taken over: from then on a device that appears is new."""


def read(conn: Connection) -> tuple[dict[str, Standing], dict[str, str], bool]:
    """All devices by id, the names of the people who admitted them, and whether the first ones were taken over. ValueError."""
    ask = select(device, account.c.display).select_from(device.outerjoin(account, account.c.id == device.c.actor))
    rows = conn.execute(ask).mappings().all()
    names = {row["actor"]: row["display"] for row in rows if row["display"]}
    commissioned = conn.execute(select(setting.c.value).where(setting.c.id == COMMISSIONED)).scalar() is not None
    return {row["id"]: _standing(row) for row in rows}, names, commissioned


def standing(conn: Connection, id: str) -> Standing | None:
    """This device; None when nothing of it is kept. ValueError."""
    row = conn.execute(select(device).where(device.c.id == id)).mappings().first()
    return None if row is None else _standing(row)


def put(conn: Connection, one: Standing, *, kind: str, actor: str, time: int, act: Mapping[str, object] | None = None) -> None:
    """Keep it, with its change row."""
    known, seen = one.known or Fingerprint(), one.seen or Fingerprint()
    row = {
        "id": one.id,
        "place": changes.canonical(known.place) if one.known else "",
        "facts": _text(known.facts),
        "behaviour": known.behaviour,
        "waits": one.waits.value,
        "seen_place": changes.canonical(seen.place) if one.seen else "",
        "seen": _text(seen.facts),
        "seen_behaviour": seen.behaviour,
        "since": one.since,
        "actor": one.actor,
        "admitted": one.admitted,
        "note": one.note,
    }
    record.put(conn, device, row, kind=kind, actor=actor, time=time, act=act)


def commissioned(conn: Connection, count: int, time: int) -> None:
    """The devices of the first configuration, so many, were taken over as found."""
    record.put(conn, setting, {"id": COMMISSIONED, "value": str(count)}, kind="device.commissioned", actor="station", time=time)


def digest(id: str, shown: Fingerprint) -> str:
    """Names exactly this device with this identity: what an engineer saw is what is admitted."""
    said = [id, dict(shown.place), None if shown.facts is None else dict(shown.facts), shown.behaviour]
    return hashlib.sha256(changes.canonical(said).encode("utf-8", "surrogatepass")).hexdigest()


def _standing(row: RowMapping) -> Standing:
    known = _fingerprint(row, "place", "facts", "behaviour")
    seen = _fingerprint(row, "seen_place", "seen", "seen_behaviour")
    if known is None and seen is None:
        raise ValueError(f"device {row['id']}: neither admitted nor waiting")
    return Standing(row["id"], known, seen, row["since"], row["actor"], row["admitted"], row["note"])


def _fingerprint(row: RowMapping, place: str, facts: str, behaviour: str) -> Fingerprint | None:
    if not row[place]:
        return None
    return Fingerprint(_mapping(row[place]), None if row[facts] is None else _mapping(row[facts]), bool(row[behaviour]))


def _mapping(text: str) -> dict[str, str]:
    told: Any = json.loads(text)
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise ValueError("a device's identity makes no sense")
    return told


def _text(facts: Mapping[str, str] | None) -> str | None:
    return None if facts is None else changes.canonical(dict(facts))
