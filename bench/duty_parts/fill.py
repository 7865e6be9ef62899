"""Five years of records beside a stopped station: copies of what people wrote through the acts, each with its row of the change log.

A copy has its own id, number and times; the chain of the change log goes on over all of them, so that the audit finds nothing.
"""

import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pysqlite3 import dbapi2
from sqlalchemy import Connection, Table, select

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.grams import index_of, tag
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Limited, Person, Role, Way, Who
from cityops_desktop.store import changes, record
from cityops_desktop.store.duty import logbook
from cityops_desktop.store.duty.logbook import ABOUT, PERSON, SORT, STEP
from cityops_desktop.store.dutyschema import handover, handover_paper, log_entry, log_text, patrol_round
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import RECORDS, Store

LINES, ROUNDS, HANDOVERS = 1_000_000, 50_000, 5_500
YEARS_MS = 5 * 365 * 86_400_000
AT_ONCE = 10_000
PATTERNS = 400
"""Entries that were written through the store; the others are copies of them."""
WORDS = (
    "空调",
    "滤网",
    "报警复位",
    "配电柜",
    "温度正常",
    "例行检查",
    "更换",
    "值班电话",
    "来访登记",
    "UPS",
    "电池组",
    "门禁",
    "消防",
    "保洁完成",
)
RARE = "精密空调下方漏水，已用吸水材料处理"
"""In one entry of five thousand."""
Row = Mapping[str, Any]


class Filled(NamedTuple):
    """How many of each, and the seconds that it took."""

    lines: int
    rounds: int
    handovers: int
    seconds: float


def fill(data: Path, share: float, seed: int = 36621) -> Filled:
    """So much of five years."""
    lines, rounds, handovers = (max(10, round(whole * share)) for whole in (LINES, ROUNDS, HANDOVERS))
    dice, now, began = random.Random(seed), SystemClock().wall(), time.monotonic()
    patterns, walked, signed, papers = _patterns(data, dice, now)
    log = _Log(data)
    try:
        times = sorted(dice.randrange(now - YEARS_MS, now - 86_400_000) for _ in range(lines))
        log.entries(_entries(times, patterns, dice))
        log.rows(patrol_round, "patrol_round.taken", _copies(walked, rounds, ("begun", "ended", "due", "time")))
        moments = ("time", "frozen", "begin", "end", "given", "taken", "accepted")
        copies = list(_copies(signed, handovers, moments))
        log.rows(handover, "handover.taken", copies)
        log.rows(handover_paper, "handover_paper.frozen", _papers(papers, copies, int(signed["time"])))
    finally:
        log.close()
    return Filled(lines, rounds, handovers, time.monotonic() - began)


def _patterns(data: Path, dice: random.Random, now: int) -> tuple[list[Row], Row, Row, list[Row]]:
    """Entries through the store; the round and the handover that people made, with its papers."""
    store = Store.open(data, SystemClock(), "demo")
    try:
        store.write(lambda conn: _write(conn, dice, now - YEARS_MS - 1_000_000)).result(120)
        return store.read(_read, 30.0)
    finally:
        store.close()


def _write(conn: Connection, dice: random.Random, first: int) -> None:
    for number in range(PATTERNS):
        person = Person(f"p{number % 40}", f"p{number % 40}", f"值班员{number % 40}", frozenset({Role.DUTY}))
        who = Who(person, "", "bench", Way.FULL, Limited.NOTHING, first + number)
        text = RARE if not number else "，".join(dice.sample(WORDS, 5))
        logbook.write(conn, who, text=text, time=who.time, links=[(f"device:air-conditioning-{number % 8 + 1}", "")])


def _read(conn: Connection) -> tuple[list[Row], Row, Row, list[Row]]:
    joined = select(log_entry, log_text.c.folded).join(log_text, log_text.c.place == log_entry.c.place).order_by(log_entry.c.place)
    entries: list[Row] = [dict(row) for row in conn.execute(joined.limit(PATTERNS)).mappings()]
    walked, signed = (
        dict(conn.execute(select(table).order_by(table.c.id.desc()).limit(1)).mappings().one()) for table in (patrol_round, handover)
    )
    papers: list[Row] = [
        dict(row) for row in conn.execute(select(handover_paper).where(handover_paper.c.handover == signed["id"])).mappings()
    ]
    return entries, walked, signed, papers


def _entries(times: Iterable[int], patterns: list[Row], dice: random.Random) -> Iterator[Row]:
    last = 0
    for at in times:
        pattern = patterns[0] if dice.random() < 1 / 5000 else dice.choice(patterns[1:])
        last = max(last + 1, at * STEP)
        yield {**pattern, "id": uuid7(at), "place": last, "time": at, "written": at}


def _copies(sample: Row, count: int, moments: tuple[str, ...]) -> Iterator[Row]:
    step = YEARS_MS // count
    for number in range(count, 0, -1):
        later, at = -number * step, int(sample["time"]) - number * step
        moved = {name: sample[name] + later for name in moments if sample.get(name) is not None}
        yield {**sample, **moved, "id": uuid7(at), "number": f"{sample['number'][:4]}-b{number:06}"}


def _papers(papers: list[Row], copies: list[Row], first: int) -> Iterator[Row]:
    for copy in copies:
        for paper in papers:
            at = int(paper["time"]) - first + int(copy["time"])
            yield {**paper, "id": uuid7(at), "handover": copy["id"], "time": at}


class _Log:
    """Rows with their change rows, many a transaction."""

    def __init__(self, data: Path) -> None:
        self._conn = dbapi2.connect(str(data / RECORDS), isolation_level=None)
        found = self._conn.execute('SELECT seq, hash FROM "change" ORDER BY seq DESC LIMIT 1').fetchone()
        self._seq, self._prev = (int(found[0]), bytes(found[1])) if found else (0, changes.FIRST_PREV)

    def entries(self, rows: Iterable[Row]) -> None:
        """Of the log book, with what finds them."""
        self.rows(log_entry, "logbook.written", rows, self._index)

    def rows(self, table: Table, kind: str, rows: Iterable[Row], more: Any = None) -> None:
        """Of a table."""
        waiting: list[Row] = []
        for row in rows:
            waiting.append(row)
            if len(waiting) == AT_ONCE:
                self._keep(table, kind, waiting, more)
                waiting = []
        self._keep(table, kind, waiting, more)

    def close(self) -> None:
        """No more."""
        self._conn.close()

    def _keep(self, table: Table, kind: str, rows: list[Row], more: Any) -> None:
        self._conn.execute("BEGIN IMMEDIATE")
        self._add(table, rows)
        self._add(change, [self._change(table, kind, row) for row in rows])
        if more is not None:
            more(rows)
        self._conn.execute("COMMIT")

    def _add(self, table: Table, rows: list[Row]) -> None:
        names = [column.name for column in table.columns]
        marks, columns = ", ".join("?" * len(names)), ", ".join(f'"{name}"' for name in names)
        self._conn.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', ([row[name] for name in names] for row in rows))

    def _change(self, table: Table, kind: str, row: Row) -> Row:
        self._seq += 1
        at = int(row["time"])
        made: dict[str, Any] = {"seq": self._seq, "id": uuid7(at), "kind": kind, "subject": record.subject(table, str(row["id"])), "rev": 1}
        body = record.told(table, row) | {record.ACT: {"console": "bench"}}
        made |= {"actor": str(row.get("actor", "station")), "time": at, "origin": "demo", "body": canonical(body), "prev": self._prev}
        self._prev = made["hash"] = changes.digest([made[name] for name in changes.HASHED], self._prev)
        return made

    def _index(self, rows: list[Row]) -> None:
        self._conn.executemany("INSERT INTO log_text(place, folded) VALUES (?, ?)", ((row["place"], row["folded"]) for row in rows))
        self._conn.executemany("INSERT INTO log_words(rowid, words) VALUES (?, ?)", ((row["place"], _words(row)) for row in rows))


_known: dict[str, str] = {}


def _words(row: Row) -> str:
    """What the index holds of an entry; the same for all copies of one."""
    key = str(row["folded"])
    if key not in _known:
        tags = [tag(PERSON, row["actor"]), tag(SORT, row["template"]), *(tag(ABOUT, link["target"]) for link in json.loads(row["links"]))]
        _known[key] = " ".join([index_of(key), *dict.fromkeys(tags)])
    return _known[key]
