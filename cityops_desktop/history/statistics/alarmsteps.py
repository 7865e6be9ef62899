"""Each time that an alarm came, and when it went, as the change log tells: it keeps what the table of alarms forgets when one comes again.
Reads rows; reckons nothing."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Row, func, select

from cityops_desktop.history.statistics.alarmload import Activation
from cityops_desktop.model.alarms import TESTS
from cityops_desktop.model.points import Level
from cityops_desktop.store.schema import alarm, change

MOST = 200_000
"""Steps that are read; of more only the newest."""
RAISED, RETURNED = "alarm.raised", "alarm.returned"


class Steps(NamedTuple):
    """What came, and since when all of it is here (UTC ms): later than asked for where there was too much."""

    activations: list[Activation]
    since: int


def read(conn: Connection, start: int, end: int, most: int = MOST) -> Steps:
    """All that came in this time, and what came before and still stood then."""
    column = change.c.body
    told = [func.json_extract(column, f"$.{name}").label(name) for name in ("key", "subject", "level", "cause", "hidden")]
    kind = (change.c.kind + "").label("kind")  # no index serves this: that on the time shall, which reads this span only
    asked = select(change.c.subject.label("alarm"), kind, change.c.time, *told).where(
        kind.in_((RAISED, RETURNED)), change.c.time >= start, change.c.time < end
    )
    rows = conn.execute(asked.order_by(change.c.seq.desc()).limit(most + 1)).all()
    since = start if len(rows) <= most else rows[most - 1].time
    return Steps(list(_paired(_before(conn, since), list(rows[:most])[::-1])), since)


def _before(conn: Connection, start: int) -> dict[str, Activation]:
    """By the subject in the change log: those that had come before and had not gone."""
    stood = select(alarm).where(alarm.c.raised < start, (alarm.c.returned.is_(None)) | (alarm.c.returned >= start))
    return {f"alarm:{row.id}": _activation(row, row.raised) for row in conn.execute(stood)}


def _paired(standing: dict[str, Activation], rows: list[Row]) -> Iterator[Activation]:  # type: ignore[type-arg]
    for row in rows:
        before = standing.pop(row.alarm, None)
        if before is not None:
            yield before._replace(returned=max(before.raised, row.time))
        if row.kind == RAISED:
            standing[row.alarm] = _activation(row, row.time)
    yield from standing.values()


def _activation(row: Row, raised: int) -> Activation:  # type: ignore[type-arg]
    apart = "test" if row.cause in {cause.value for cause in TESTS} else "hidden" if row.hidden else ""
    return Activation(row.key, row.subject, Level(row.level), raised, None, apart)
