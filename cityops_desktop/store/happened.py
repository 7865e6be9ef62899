"""What happened in a span of time, for the time axis of a chart: alarms, the station's own times, when nothing was recorded.

Everything is bounded: what is more is counted in crowds. Decides nothing, writes nothing.
"""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from cityops_desktop.model.alarms import Alarm
from cityops_desktop.store.alarms import read
from cityops_desktop.store.schema import alarm, change

EVENTS = (
    *("station.started", "station.restarted", "station.reconfigured", "station.stopped", "recording.paused", "recording.resumed"),
    *("config.begun", "config.applied", "config.rolled_back", "config.overridden", "config.reset", "config.fell_back", "clock.jumped"),
)
"""Kinds of the change log that are marks."""
STARTS = ("station.started", "station.restarted", "station.reconfigured")
CROWDS = 100
"""Crowds that a span is divided into at most."""


class Event(NamedTuple):
    """A row of the change log; `until` of the clock: the time (UTC ms) that it was set to."""

    kind: str
    time: int
    until: int | None = None


class Count(NamedTuple):
    """So many between two times; `level` is the worst of them."""

    start: int
    end: int
    n: int
    level: int


class Missed(NamedTuple):
    """Nothing was recorded from `start` to `end` (None = until now), as the station was `down`, or could not write (`paused`)."""

    why: str
    start: int
    end: int | None


def alarms(conn: Connection, subjects: Sequence[str], start: int, end: int, most: int) -> list[Alarm]:
    """Occurrences about these that were raised or returned in this time, oldest first."""
    first = select(alarm).order_by(alarm.c.raised, alarm.c.id).limit(most)
    raised = read(conn, first.where(alarm.c.subject.in_(subjects), alarm.c.raised.between(start, end)))
    about = (alarm.c.subject + "").in_(subjects)  # no index serves this: that on the return shall, which reads little
    ended = read(conn, first.where(alarm.c.returned.between(start, end), alarm.c.raised < start, about))
    return (ended + raised)[:most]


def alarm_crowds(conn: Connection, subjects: Sequence[str], start: int, end: int) -> list[Count]:
    """How many of them were raised in each part of this time, with the worst level."""
    width = max(1, -(-(end - start) // CROWDS))
    slot = ((alarm.c.raised - start) / width).label("slot")
    inside = alarm.c.subject.in_(subjects) & alarm.c.raised.between(start, end)
    query = select(func.min(alarm.c.raised), func.max(alarm.c.raised), func.count(), func.min(alarm.c.level)).where(inside)
    return [Count(*row) for row in conn.execute(query.group_by(func.floor(slot)).order_by(func.min(alarm.c.raised)))]


def crowds(times: Iterable[int], start: int, end: int) -> list[Count]:
    """How many of these times (in order) lie in each part of a span."""
    width = max(1, -(-(end - start) // CROWDS))
    found: dict[int, Count] = {}
    for time in times:
        before = found.get((time - start) // width, Count(time, time, 0, 0))
        found[(time - start) // width] = Count(min(time, before.start), max(time, before.end), before.n + 1, 0)
    return [found[slot] for slot in sorted(found)]


def events(conn: Connection, start: int, end: int, most: int) -> list[Event]:
    """The station's own times, the newest `most` of them, oldest first."""
    query = select(change.c.kind, change.c.time, change.c.body).where(change.c.kind.in_(EVENTS), change.c.time.between(start, end))
    rows = conn.execute(query.order_by(change.c.seq.desc()).limit(most)).all()
    return sorted((_event(*row) for row in rows), key=lambda event: event.time)


def began(conn: Connection) -> int | None:
    """When the record begins."""
    time: int | None = conn.execute(select(change.c.time).order_by(change.c.seq).limit(1)).scalar()
    return time


def missed(conn: Connection, start: int, end: int, most: int) -> list[Missed]:
    """The times that meet this one in which nothing was recorded, oldest first."""
    kinds = (*STARTS, "station.stopped", "recording.paused", "recording.resumed")
    rows = select(change.c.kind, change.c.time, change.c.body).where(change.c.kind.in_(kinds))
    before = conn.execute(rows.where(change.c.time < start).order_by(change.c.seq.desc()).limit(2)).all()[::-1]
    inside = conn.execute(rows.where(change.c.time.between(start, end)).order_by(change.c.seq).limit(most)).all()
    after = conn.execute(rows.where(change.c.time > end).order_by(change.c.seq).limit(1)).all()
    found: list[Missed] = []
    stopped: int | None = None
    paused: int | None = None
    for kind, time, body in (*before, *inside, *after):
        if kind in STARTS:
            if paused is not None:
                found.append(Missed("paused", paused, time))
                paused = None
            last = _object(body).get("last_recorded")
            begun = last if isinstance(last, int) else stopped
            if begun is not None and begun < time:
                found.append(Missed("down", begun, time))
            stopped = None
        elif kind == "station.stopped":
            stopped = time
        elif kind == "recording.paused":
            paused = paused or time
        elif paused is not None:
            found.append(Missed("paused", paused, time))
            paused = None
    if paused is not None:
        found.append(Missed("paused", paused, None))
    return [one for one in found if one.start <= end and (one.end is None or one.end >= start)]


def _event(kind: str, time: int, body: str) -> Event:
    until = _object(body).get("to") if kind == "clock.jumped" else None
    return Event(kind, time, until if isinstance(until, int) else None)


def _object(body: str) -> dict[str, object]:
    found = json.loads(body)
    return found if isinstance(found, dict) else {}
