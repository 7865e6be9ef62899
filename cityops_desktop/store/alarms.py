"""The table of alarm occurrences and their rows in the change log. Decides nothing about an alarm's state."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, bindparam, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.points import Level
from cityops_desktop.store import changes
from cityops_desktop.store.schema import alarm as table
from cityops_desktop.store.sqlite import origin_of

_COLUMNS = [column.name for column in table.columns if column.name != "origin"]
_FIND = select(table).where(table.c.id == bindparam("wanted"))
_INSERT = insert(table)
_WRITE = _INSERT.on_conflict_do_update(
    index_elements=[table.c.id], set_={column.name: _INSERT.excluded[column.name] for column in table.columns}
)
"""Made once: see store/changes.py."""


_SEEN = {
    (AlarmState.ACKNOWLEDGED, AlarmState.RETURNED): AlarmState.NORMAL,
    (AlarmState.ACKNOWLEDGED, AlarmState.LATCHED): AlarmState.LATCHED_ACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, AlarmState.UNACKNOWLEDGED): AlarmState.ACKNOWLEDGED,
}
"""What a change becomes that did not know yet of the acknowledge stored before it."""


def save(conn: Connection, alarm: Alarm, time: int, actor: str = "station") -> list[int]:
    """Write the occurrence as it now is, with a change row for each step since it was last written; returns their seqs.

    `time` (UTC ms) is used for a step that has no time of its own, `actor` for one that hides it, uncovers it or resets it. Saving the
    same state again writes nothing. A return, or a hiding, that did not know yet of the acknowledge stored before it is one of an
    acknowledged alarm.
    """
    row = conn.execute(_FIND, {"wanted": alarm.id}).mappings().first()
    before = _alarm(row) if row else None
    if before is not None and (before.state, alarm.state) in _SEEN:
        seen = {"acknowledged": before.acknowledged, "actor": before.actor, "actor_name": before.actor_name}
        known = alarm.with_state(_SEEN[before.state, alarm.state], **seen)
        if not alarm.standing or (alarm.hidden is not None and _uncovered(known) == _uncovered(before)):
            alarm = known
    steps = list(_steps(before, alarm, time, actor))
    if not steps:
        return []
    conn.execute(_WRITE, _values(alarm) | {"origin": origin_of(conn)})
    body = _body(alarm)
    return [changes.append(conn, kind=kind, subject=f"alarm:{alarm.id}", actor=who, time=when, body=body) for kind, when, who in steps]


def open_alarms(conn: Connection) -> list[Alarm]:
    """Every occurrence that has not ended, oldest first."""
    return read(conn, select(table).where(table.c.state != AlarmState.NORMAL).order_by(table.c.raised, table.c.id))


def ended(conn: Connection, limit: int) -> list[Alarm]:
    """The newest ended occurrences, newest first."""
    newest = select(table).where(table.c.state == AlarmState.NORMAL).order_by(table.c.raised.desc(), table.c.id.desc())
    return read(conn, newest.limit(limit))


def read(conn: Connection, query: Select[Any]) -> list[Alarm]:
    """The occurrences that a question about whole rows of the table finds."""
    return [_alarm(row) for row in conn.execute(query).mappings()]


def read_where(conn: Connection, column: str, wanted: Sequence[int | str]) -> dict[int | str, Alarm]:
    """The occurrences with one of these values in a column of which each has its own ("rowid", "id"), by it."""
    key: ColumnElement[Any] = literal_column(column)
    found = conn.execute(select(key.label("_key"), table).where(key.in_(wanted))).mappings()
    return {row["_key"]: _alarm(row) for row in found}


def _steps(before: Alarm | None, now: Alarm, time: int, actor: str) -> Iterator[tuple[str, int, str]]:
    """Kind, time and actor of each step. A step's body is the whole occurrence as it is after the last of them."""
    if before is None:
        yield "alarm.raised", now.raised, "station"
    elif now.standing and not before.standing:
        yield "alarm.raised", time, "station"
    if now.returned is not None and (before is None or before.returned != now.returned):
        yield "alarm.returned", now.returned, "station"
    if now.acknowledged is not None and (before is None or before.acknowledged != now.acknowledged):
        yield "alarm.acknowledged", now.acknowledged, now.actor or "station"
    if _cover(now) != _cover(before):
        yield f"alarm.{now.hidden or 'uncovered'}", time, actor
    if not now.open and (before is None or before.open):
        if before is not None and before.state is AlarmState.LATCHED_ACKNOWLEDGED:
            yield "alarm.reset", time, actor
        else:
            yield "alarm.ended", max(now.returned or 0, now.acknowledged or 0) or time, "station"
    same = before is not None and before.state is now.state and before.acknowledged == now.acknowledged and _cover(before) == _cover(now)
    if same and before != _stored(now):
        yield "alarm.changed", time, "station"


def _cover(alarm: Alarm | None) -> tuple[object, ...]:
    return (None, None, "") if alarm is None else (alarm.hidden, alarm.hidden_until, alarm.under)


def _uncovered(alarm: Alarm) -> Alarm:
    return alarm.with_state(alarm.state, hidden=None, hidden_until=None, under="")


def _stored(alarm: Alarm) -> Alarm:
    """The occurrence as it reads back: a stored one is a recorded one, and no number is NULL."""
    return _alarm(_values(alarm))


def _values(alarm: Alarm) -> dict[str, Any]:
    values = {name: getattr(alarm, name) for name in _COLUMNS}
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()}


def _body(alarm: Alarm) -> dict[str, object]:
    return told(_values(alarm))


def told(row: Mapping[str, Any]) -> dict[str, object]:
    """What the change log says of an occurrence's row: all but its id, which is the subject, and its origin, which every row has."""
    values = {name: row[name] for name in _COLUMNS if name != "id"}
    return {name: str(value) if isinstance(value, float) and math.isinf(value) else value for name, value in values.items()}


def _alarm(values: Mapping[str, Any] | RowMapping) -> Alarm:
    typed: dict[str, object] = {"cause": Cause(values["cause"]), "level": Level(values["level"]), "state": AlarmState(values["state"])}
    typed["hidden"] = Hidden(values["hidden"]) if values["hidden"] else None
    return Alarm(**{**{name: values[name] for name in _COLUMNS}, **typed})
