"""Questions about all alarms of all time, by any combination of conditions, a page at a time. Decides no right: whoever asks says which
subjects are left out.

Two indices hold every condition, so that no row of the table is read but those that are told: by time, by subject and time. The second is
read where the wanted subjects have few occurrences, which a bounded count tells first; else the first, newest ones first. Where only times,
levels and states matter, a third one does that is a quarter as long; where few are open, hidden, or have the detail, those are looked at.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from cityops_desktop.model.alarms import Alarm, AlarmState
from cityops_desktop.model.points import Level
from cityops_desktop.store.alarms import read_where

MOST_ROWS = 500
MOST_COUNTED = 10_000
"""Rows that are counted; of what is more it is said that it is more."""
MOST_WORDS = 8
FEW = 150_000
"""Occurrences of some subjects that are read through rather than all by time."""
FEW_LOOKED_UP = 30_000
"""The same where the index does not hold every condition, and each row of the table is looked at."""
BY_TIME, BY_SUBJECT, SHORT = "alarm_asked", "alarm_subject_raised", "alarm_span"
BY_DETAIL, BY_STATE, BY_HIDDEN = "alarm_detail", "alarm_state_raised", "alarm_hidden"
_DISTINCT = (
    "WITH RECURSIVE one(it) AS (SELECT min({column}) FROM alarm WHERE {wanted} UNION ALL"
    " SELECT (SELECT min({column}) FROM alarm WHERE {column} > it AND {wanted}) FROM one WHERE it IS NOT NULL)"
    " SELECT it FROM one WHERE it IS NOT NULL"
)
"""One look into the index for each different value, not one for each row."""


class Place(NamedTuple):
    """Where a page ended: rows after it were raised earlier, or in the same millisecond and written down earlier."""

    raised: int
    row: int

    def __str__(self) -> str:
        return f"{self.raised}.{self.row}"


class Words(NamedTuple):
    """What one word that is looked for means: these subjects, or these details."""

    subjects: Sequence[str]
    details: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """Every condition must hold; None and () ask for nothing. Times are UTC ms, `end` not included, durations ms.

    `subjects` and `details` None = any; `words` must all be met, each by the one or the other. `hidden`: only such, or (False) none that
    something keeps quiet. `left_out` are subjects whose ended occurrences are not told. What has not returned lasts until `now`.
    """

    now: int
    start: int | None = None
    end: int | None = None
    levels: Sequence[Level] = ()
    states: Sequence[AlarmState] = ()
    hidden: bool | None = None
    subjects: Sequence[str] | None = None
    details: Sequence[str] | None = None
    words: Sequence[Words] = ()
    actors: Sequence[str] | None = None
    least: int | None = None
    most: int | None = None
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first; `next` is where the following page begins, None = there is none. `count` (None = not asked for) is exact
    unless `more`."""

    alarms: Sequence[Alarm]
    next: Place | None
    count: int | None
    more: bool


def page(conn: Connection, question: Question, limit: int, after: Place | None = None, *, counted: bool = False) -> Page:
    """So many rows after a place. The count is of all that the question finds, whatever the place."""
    limit = max(1, min(limit, MOST_ROWS))
    if any(some is not None and not some for some in (question.subjects, question.details, question.actors)):
        return Page([], None, 0 if counted and after is None else None, more=False)
    told, values = _conditions(question)
    if after is not None:
        told.insert(0, "(raised < :raised OR (raised = :raised AND rowid < :row)) AND raised <= :raised")
    values |= {"raised": after.raised, "row": after.row} if after is not None else {}
    wanted = MOST_COUNTED if counted and after is None else limit
    where = f" WHERE {' AND '.join(told)}" if told else ""
    order = f"ORDER BY raised DESC, rowid DESC LIMIT {wanted + 1}"
    asked = f"SELECT raised, rowid FROM alarm INDEXED BY {_index(conn, question)}{where} {order}"
    found = [Place(*row) for row in conn.execute(text(asked), values)]
    shown = found[:limit]
    alarms = read_where(conn, "rowid", [place.row for place in shown])
    return Page(
        [alarms[place.row] for place in shown],
        shown[-1] if len(found) > limit else None,
        min(len(found), MOST_COUNTED) if wanted == MOST_COUNTED else None,
        len(found) > wanted,
    )


def subjects(conn: Connection) -> list[str]:
    """Everything that any alarm was ever about, in order."""
    return [row[0] for row in conn.execute(text(_DISTINCT.format(column="subject", wanted="1")))]


def details(conn: Connection) -> list[str]:
    """Every detail that any alarm ever had, in order."""
    return [row[0] for row in conn.execute(text(_DISTINCT.format(column="detail", wanted="detail <> ''")))]


def _index(conn: Connection, question: Question) -> str:
    """Which of them is read through: the first that holds few of what is wanted."""
    among = "{} IN (SELECT value FROM json_each(:wanted))"
    ways: list[tuple[str, str, Sequence[str], int]] = []
    if question.subjects is not None:
        ways.append((BY_SUBJECT, among.format("subject"), question.subjects, FEW))
    if question.details is not None:
        ways.append((BY_DETAIL, f"{among.format('detail')} AND detail <> ''", question.details, FEW_LOOKED_UP))
    if question.states and AlarmState.NORMAL not in question.states:
        ways.append((BY_STATE, among.format("state"), question.states, FEW_LOOKED_UP))
    if question.hidden:
        ways.append((BY_HIDDEN, "hidden IS NOT NULL AND :wanted <> ''", (), FEW_LOOKED_UP))
    for index, where, wanted, few in ways:
        asked = f"SELECT count(*) FROM (SELECT 1 FROM alarm INDEXED BY {index} WHERE {where} LIMIT {few + 1})"
        if conn.execute(text(asked), {"wanted": json.dumps(list(wanted))}).scalar_one() <= few:
            return index
    plain = question.subjects is question.details is question.actors is None
    return SHORT if plain and not question.words and not question.left_out else BY_TIME


def _conditions(question: Question) -> tuple[list[str], dict[str, Any]]:
    """The cheapest ones first: a row that fails one is not asked for the others."""
    told: list[str] = []
    values: dict[str, Any] = {"now": question.now}

    def among(column: str, wanted: Iterable[object], name: str) -> str:
        values[name] = json.dumps(list(wanted))
        return f"{column} IN (SELECT value FROM json_each(:{name}))"

    for name, sign, moment in (("start", ">=", question.start), ("end", "<", question.end)):
        if moment is not None:
            told.append(f"raised {sign} :{name}")
            values[name] = moment
    if question.levels:
        told.append(f"level IN ({', '.join(str(int(level)) for level in question.levels)})")
    for name, sign, span in (("least", ">=", question.least), ("most", "<=", question.most)):
        if span is not None:
            told.append(f"coalesce(returned, :now) - raised {sign} :{name}")
            values[name] = span
    if question.hidden is not None:
        told.append(f"hidden IS {'NOT ' if question.hidden else ''}NULL")
    if question.states:
        values |= {f"state{n}": state.value for n, state in enumerate(question.states)}
        told.append(f"state IN ({', '.join(f':state{n}' for n in range(len(question.states)))})")
    if question.actors is not None:
        told.append(among("actor", question.actors, "actors"))
    if question.subjects is not None:
        told.append(among("subject", question.subjects, "subjects"))
    if question.details is not None:
        told.append(f"detail <> '' AND {among('detail', question.details, 'details')}")
    for n, word in enumerate(question.words[:MOST_WORDS]):
        told.append(f"({among('subject', word.subjects, f'subjects{n}')} OR {among('detail', word.details, f'details{n}')})")
    if question.left_out:
        told.append(f"(state <> '{AlarmState.NORMAL.value}' OR NOT {among('subject', question.left_out, 'left_out')})")
    return told, values
