"""The rows of the log book, and what finds them. An entry is never changed, but that what was to be handed over is closed.

An entry's place in the book is the time that it tells of, so that newest first, a span of time and the next page are one comparison, also
in the index of words. `log_text` and `log_words` (FTS5) are written with the entry, in its transaction; filters by who wrote it, by sort
and by what it is about are words of the index as well. Decides no right.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, and_, func, insert, or_, select
from sqlalchemy import text as sql

from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.grams import folded, index_of, sought, tag, words_of
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.store import record
from cityops_desktop.store.dutyschema import attachment, log_entry, log_text
from cityops_desktop.store.schema import note as note_table

Row = dict[str, Any]
Link = tuple[str, str]
"""What an entry is about ("point:<key>" …), and how it is called."""
STEP = 4096
"""Places of one ms."""
PERSON, SORT, ABOUT = "p", "t", "l"
"""Letters of the tags (model.grams.tag) by which entries are filtered."""
MOST_OPEN = 500
TRENDS = "trend"
"""The sort of an entry that a note on trends is."""
_WORDS = "INSERT INTO log_words(rowid, words) VALUES (?, ?)"


class Asked(NamedTuple):
    """What somebody asks for. Times in UTC ms; `before` a place; None and "" = all."""

    question: str = ""
    begin: int | None = None
    end: int | None = None
    person: str = ""
    template: str = ""
    link: str = ""
    open: bool = False
    before: int | None = None


def write(
    conn: Connection,
    who: Who,
    *,
    text: str,
    time: int,
    id: str = "",
    template: str = "note",
    title: tuple[str, str] = ("值班记事", "Duty note"),
    fields: Sequence[Mapping[str, object]] = (),
    links: Sequence[Link] = (),
    attachments: Sequence[str] = (),
    note: str = "",
    handover: bool = False,
    corrects: str = "",
) -> str:
    """Write an entry; its id. `fields` as duty.logtemplates.told has them, `title` the template's name in both languages."""
    place = _free(conn, time)
    zh, en = title
    row: Row = {"id": id or uuid7(who.time), "place": place, "time": time, "written": who.time, "template": template}
    row |= {"title": canonical({"zh": zh, "en": en}), "text": text, "fields": canonical(list(fields)), "note": note}
    row |= {
        "links": canonical([{"target": target, "words": words} for target, words in links]),
        "attachments": canonical(list(attachments)),
    }
    row |= {"handover": handover, "closed": None, "closed_by": "", "closed_name": "", "closed_text": "", "corrects": corrects}
    row |= {"actor": who.person.id, "actor_name": who.person.display}
    record.put(conn, log_entry, row, kind="logbook.written", actor=who.person.id, time=who.time, act={"console": who.console})
    _index(conn, row, links)
    return str(row["id"])


def close(conn: Connection, id: str, text: str, who: Who) -> None:
    """What was to be handed over is settled. Refused: no_such_log_entry, log_entry_closed, log_entry_not_open."""
    row = get(conn, id)
    if row["closed"] is not None:
        raise Refused("log_entry_closed")
    if not row["handover"] or corrections(conn, [id]):
        raise Refused("log_entry_not_open")
    values = {"closed": who.time, "closed_by": who.person.id, "closed_name": who.person.display, "closed_text": text}
    how = {"console": who.console}
    record.amend(conn, log_entry, id, values, kind="logbook.closed", actor=who.person.id, time=who.time, act=how)


def get(conn: Connection, id: str) -> Row:
    """The entry. Refused(no_such_log_entry)."""
    found = find(conn, id)
    if found is None:
        raise Refused("no_such_log_entry")
    return found


def find(conn: Connection, id: str) -> Row | None:
    """The entry, None when there is none."""
    row = conn.execute(select(log_entry).where(log_entry.c.id == id)).mappings().first()
    return _row(row) if row is not None else None


def page(conn: Connection, asked: Asked, most: int) -> list[Row]:
    """The newest entries of what is asked, at most `most`, newest first."""
    if asked.open:
        return _open(conn, asked)[:most]
    grams, words = _sought(asked)
    low, high = _span(asked)
    if not grams:
        query = select(log_entry).where(log_entry.c.place >= low, log_entry.c.place < high)
        return [_row(row) for row in conn.execute(query.order_by(log_entry.c.place.desc()).limit(most)).mappings()]
    places = _places(conn, grams, words, low, high, most)
    query = select(log_entry).where(log_entry.c.place.in_(places)).order_by(log_entry.c.place.desc())
    return [_row(row) for row in conn.execute(query).mappings()] if places else []


def open_items(conn: Connection) -> list[Row]:
    """What waits to be closed: flagged for handover, not closed, not corrected by a newer entry; newest first."""
    newer = log_entry.alias()
    corrected = select(newer.c.id).where(newer.c.corrects == log_entry.c.id, newer.c.corrects != "").exists()
    query = select(log_entry).where(log_entry.c.handover, log_entry.c.closed.is_(None), ~corrected)
    return [_row(row) for row in conn.execute(query.order_by(log_entry.c.place.desc()).limit(MOST_OPEN)).mappings()]


def turn(conn: Connection, begin: int, end: int, most: int) -> list[Row]:
    """What was written between two times, in the order in which it was."""
    query = select(log_entry).where(log_entry.c.written >= begin, log_entry.c.written < end)
    return [_row(row) for row in conn.execute(query.order_by(log_entry.c.written, log_entry.c.place).limit(most)).mappings()]


def closed(conn: Connection, begin: int, end: int, most: int) -> list[Row]:
    """Items that were closed between two times, in the order in which they were."""
    query = select(log_entry).where(log_entry.c.closed >= begin, log_entry.c.closed < end)
    return [_row(row) for row in conn.execute(query.order_by(log_entry.c.closed).limit(most)).mappings()]


def counts(conn: Connection, begin: int, end: int) -> tuple[int, int, int]:
    """Of what was written between two times: entries, those for handover, corrections."""
    flagged = func.coalesce(func.sum(log_entry.c.handover), 0)
    newer = func.count().filter(log_entry.c.corrects != "")
    query = select(func.count(), flagged, newer).where(log_entry.c.written >= begin, log_entry.c.written < end)
    entries, handover, corrected = conn.execute(query).one()
    return int(entries), int(handover), int(corrected)


def open_at(conn: Connection, time: int) -> int:
    """How many items waited at a time."""
    newer = log_entry.alias()
    corrected = select(newer.c.id).where(newer.c.corrects == log_entry.c.id, newer.c.corrects != "", newer.c.written < time).exists()
    waited = or_(log_entry.c.closed.is_(None), log_entry.c.closed >= time)
    query = select(func.count()).where(log_entry.c.handover, log_entry.c.written < time, waited, ~corrected)
    return int(conn.execute(query).scalar_one())


def corrections(conn: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Of those of these that were corrected: by which entry."""
    wanted = and_(log_entry.c.corrects.in_(list(ids)), log_entry.c.corrects != "")
    return {row.corrects: row.id for row in conn.execute(select(log_entry.c.corrects, log_entry.c.id).where(wanted))}


def withdrawn(conn: Connection, notes: Iterable[str]) -> dict[str, int]:
    """Of those of these notes on trends that were withdrawn: when."""
    wanted = and_(note_table.c.id.in_(list(notes)), note_table.c.withdrawn.is_not(None))
    return {row.id: row.withdrawn for row in conn.execute(select(note_table.c.id, note_table.c.withdrawn).where(wanted))}


def _index(conn: Connection, row: Row, links: Sequence[Link]) -> None:
    zh_en = json.loads(row["title"]).values()
    said = [row["text"], row["actor_name"], *zh_en, *(words for _, words in links), *(target.partition(":")[2] for target, _ in links)]
    for field in json.loads(row["fields"]):
        said += [field["zh"], field["en"], field["value_zh"], *([field["value_en"]] if field["value_en"] != field["value_zh"] else [])]
    names = select(attachment.c.name).where(attachment.c.id.in_(json.loads(row["attachments"])))
    said += conn.execute(names).scalars()
    whole = folded("\n".join(said))
    tags = [tag(PERSON, row["actor"]), tag(SORT, row["template"]), *(tag(ABOUT, target) for target, _ in links)]
    conn.execute(insert(log_text).values(place=row["place"], folded=whole))
    conn.exec_driver_sql(_WORDS, (row["place"], " ".join([index_of(whole), *dict.fromkeys(tags)])))


def _sought(asked: Asked) -> tuple[list[str], tuple[str, ...]]:
    found = sought(asked.question)
    filters = ((PERSON, asked.person), (SORT, asked.template), (ABOUT, asked.link))
    return [*(tag(letter, value) for letter, value in filters if value), *found.grams], found.words


def _span(asked: Asked) -> tuple[int, int]:
    """Places from the first on and before the second."""
    low = 0 if asked.begin is None else asked.begin * STEP
    high = 2**63 - 1 if asked.end is None else asked.end * STEP
    return low, high if asked.before is None else min(high, asked.before)


def _places(conn: Connection, grams: Sequence[str], words: Sequence[str], low: int, high: int, most: int) -> list[int]:
    """The newest places where all grams are, and all words stand in the text."""
    matched = " AND ".join(f'"{gram}"' for gram in grams)
    given: dict[str, Any] = {"grams": matched, "low": low, "high": high, "most": most}
    query = "SELECT found.rowid FROM log_words AS found"
    if words:
        query += " CROSS JOIN log_text ON log_text.place = found.rowid"
    query += " WHERE log_words MATCH :grams AND found.rowid >= :low AND found.rowid < :high"
    for number, word in enumerate(words):
        query += f" AND instr(log_text.folded, :word{number}) > 0"
        given[f"word{number}"] = word
    return list(conn.execute(sql(query + " ORDER BY found.rowid DESC LIMIT :most"), given).scalars())


def _open(conn: Connection, asked: Asked) -> list[Row]:
    """Open items that fit what is asked: there are few of them, they are looked at one by one."""
    low, high = _span(asked)
    items = [row for row in open_items(conn) if low <= row["place"] < high and _fits(row, asked)]
    words = words_of(asked.question)
    if not words:
        return items
    query = select(log_text).where(log_text.c.place.in_([row["place"] for row in items]))
    inside = {row.place: row.folded for row in conn.execute(query)}
    return [row for row in items if all(word in inside[row["place"]] for word in words)]


def _fits(row: Row, asked: Asked) -> bool:
    about = {link["target"] for link in row["links"]}
    return asked.person in ("", row["actor"]) and asked.template in ("", row["template"]) and (not asked.link or asked.link in about)


def _free(conn: Connection, time: int) -> int:
    """The first free place from this ms on."""
    place = time * STEP
    last = conn.execute(select(func.max(log_entry.c.place)).where(log_entry.c.place >= place, log_entry.c.place < place + STEP)).scalar()
    place = place if last is None else int(last) + 1
    while conn.execute(select(log_entry.c.place).where(log_entry.c.place == place)).first() is not None:
        place += 1
    return place


def _row(row: RowMapping) -> Row:
    return {**row, **{name: json.loads(row[name]) for name in ("title", "fields", "links", "attachments")}}
