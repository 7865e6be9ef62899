"""What people did by the guidance of an alarm, and the pictures that were taken when it came. Decides no right.

Steps are records: nothing is taken back but by another row. Pictures are many and large: their digest stands in the change log, the
pictures themselves are let go from the oldest on.
"""

import hashlib
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from cityops_desktop.model.ids import uuid7
from cityops_desktop.store import changes, record
from cityops_desktop.store.schema import alarm, alarm_still, guidance_tick

MOST_STILLS = 200
"""Pictures that are kept, of at most 1 MB each; the newest."""
_TICK = ("id", "occurrence", "step", "text_zh", "text_en", "done", "remark", "time", "actor", "actor_name")


class Tick(NamedTuple):
    """Step `step` (from 1) of an occurrence was done, or not after all; 0 = the remark about the whole. The text is that of then."""

    id: str
    occurrence: str
    step: int
    text_zh: str
    text_en: str
    done: bool
    remark: str
    time: int
    actor: str
    actor_name: str


class Still(NamedTuple):
    """A picture without its bytes. `time` is when it was taken, `asked` when the alarm wanted it (UTC ms)."""

    id: str
    occurrence: str
    device: str
    time: int
    asked: int
    kind: str


def tick(conn: Connection, one: Tick, key: str, act: dict[str, object]) -> None:
    """Write it down; `key` names the alarm's condition."""
    row = one._asdict() | {"key": key}
    record.put(conn, guidance_tick, row, kind="guidance.ticked", actor=one.actor, time=one.time, act=act)


def ticks(conn: Connection, occurrence: str) -> list[Tick]:
    """All of an occurrence, the oldest first."""
    rows = conn.execute(select(guidance_tick).where(guidance_tick.c.occurrence == occurrence).order_by(guidance_tick.c.id)).mappings()
    return [Tick(**{name: row[name] for name in _TICK}) for row in rows]


class Last(NamedTuple):
    """The last ended occurrence of a condition at which somebody wrote something down."""

    id: str
    raised: int
    returned: int | None
    ticks: list[Tick]


def last_time(conn: Connection, key: str, but: str) -> Last | None:
    """Of this condition, other than the occurrence `but`."""
    row = conn.execute(
        select(alarm.c.id, alarm.c.raised, alarm.c.returned)
        .where(alarm.c.id.in_(select(guidance_tick.c.occurrence).where(guidance_tick.c.key == key)), alarm.c.id != but)
        .where(alarm.c.state == "normal")
        .order_by(alarm.c.raised.desc())
        .limit(1)
    ).first()
    return Last(row.id, row.raised, row.returned, ticks(conn, row.id)) if row is not None else None


def keep_still(conn: Connection, occurrence: str, device: str, picture: tuple[bytes, str, int], asked: int, time: int) -> None:
    """A picture (bytes, media type, when it was taken) for an occurrence; the oldest are let go."""
    data, kind, taken = picture
    id = uuid7(time)
    values = {"id": id, "occurrence": occurrence, "device": device, "time": taken, "asked": asked, "kind": kind, "image": data}
    conn.execute(insert(alarm_still).values(values))
    body = {"alarm": occurrence, "device": device, "taken": taken, "image": "sha256:" + hashlib.sha256(data).hexdigest()}
    changes.append(conn, kind="guidance.still", subject=f"alarm_still:{id}", actor="station", time=time, body=body)
    over = conn.execute(select(func.count()).select_from(alarm_still)).scalar_one() - MOST_STILLS
    if over > 0:
        oldest = select(alarm_still.c.id).order_by(alarm_still.c.id).limit(over)
        conn.execute(delete(alarm_still).where(alarm_still.c.id.in_(oldest)))


def stills(conn: Connection, occurrence: str) -> list[Still]:
    """Those of an occurrence, the oldest first."""
    columns = [alarm_still.c[name] for name in Still._fields]
    query = select(*columns).where(alarm_still.c.occurrence == occurrence).order_by(alarm_still.c.id)
    return [Still(**row) for row in conn.execute(query).mappings()]


def still(conn: Connection, occurrence: str, id: str) -> tuple[str, str, bytes] | None:
    """The camera, the media type and the bytes of a picture."""
    row = conn.execute(select(alarm_still).where(alarm_still.c.id == id, alarm_still.c.occurrence == occurrence)).mappings().first()
    return (row["device"], row["kind"], row["image"]) if row is not None else None
