"""The rows of templates, routes and rounds, of missed ones and of the lines of wands. Decides no right and judges no round.

Lists go by an index and a limit. `patrol_scan` and `patrol_reading` are made from records (intakes, bodies of rounds) so that they are
found; nothing else is kept in them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from cityops_desktop.model.refused import Refused
from cityops_desktop.store.dutyschema import patrol_intake, patrol_missed, patrol_reading, patrol_round, patrol_route, patrol_scan

Row = Mapping[str, Any]
Key = tuple[int, str]
PAGE = 50
MOST_VERSIONS = 2000
MOST_MISSED = 5000
MOST_SEEN = 5000
_LONG = ("body", "marks", "templates")
_BRIEF = [column for column in patrol_round.columns if column.name not in _LONG]


class Compared(NamedTuple):
    """What somebody read and what the station knew, as a row of `patrol_reading`."""

    point: str
    time: int
    value: float
    live: float
    quality: str
    difference: float
    tolerance: float | None


# templates and routes


def newest(conn: Connection, table: Any, *, ended: bool = False) -> list[dict[str, Any]]:
    """Of each code the newest version, also those that have ended if `ended`; by code. `table`: patrol_template or patrol_route."""
    last = select(table.c.code, func.max(table.c.version).label("version")).group_by(table.c.code).subquery()
    query = select(table).join(last, (table.c.code == last.c.code) & (table.c.version == last.c.version))
    if not ended:
        query = query.where(table.c.ended.is_(None))
    return [dict(row) for row in conn.execute(query.order_by(table.c.code)).mappings()]


def newest_of(conn: Connection, table: Any, code: str) -> dict[str, Any] | None:
    """The newest version of this code; None when there is none."""
    query = select(table).where(table.c.code == code).order_by(table.c.version.desc()).limit(1)
    row = conn.execute(query).mappings().first()
    return None if row is None else dict(row)


def version(conn: Connection, table: Any, id: str) -> dict[str, Any]:
    """A version by its id. Refused: no_such_route, no_such_template."""
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise Refused("no_such_route" if table is patrol_route else "no_such_template")
    return dict(row)


def route_versions(conn: Connection) -> list[dict[str, Any]]:
    """All versions of all routes, each code's in their order."""
    query = select(patrol_route).order_by(patrol_route.c.code, patrol_route.c.version).limit(MOST_VERSIONS)
    return [dict(row) for row in conn.execute(query).mappings()]


# rounds


def round_of(conn: Connection, id: str) -> dict[str, Any]:
    """The whole row. Refused(no_such_round)."""
    row = round_or_none(conn, id)
    if row is None:
        raise Refused("no_such_round")
    return row


def round_or_none(conn: Connection, id: str) -> dict[str, Any] | None:
    """The whole row, if there is one."""
    row = conn.execute(select(patrol_round).where(patrol_round.c.id == id)).mappings().first()
    return None if row is None else dict(row)


def rounds(conn: Connection, *, route: str = "", bad: bool = False, before: Key | None = None, most: int = PAGE) -> list[dict[str, Any]]:
    """Rounds without their long contents, the newest end first, after this one (end, id); of a route; `bad`: that found something."""
    query = select(*_BRIEF).where(patrol_round.c.state == "done")
    if route:
        query = query.where(patrol_round.c.route == route)
    if bad:
        query = query.where(patrol_round.c.not_ok > 0)
    query = _from(query, before).order_by(patrol_round.c.ended.desc(), patrol_round.c.id.desc()).limit(most)
    return [dict(row) for row in conn.execute(query).mappings()]


def bodies(conn: Connection, route: str, before: Key | None, most: int) -> list[dict[str, Any]]:
    """Whole rounds of a route, the newest end first."""
    query = select(patrol_round).where(patrol_round.c.state == "done", patrol_round.c.route == route)
    query = _from(query, before).order_by(patrol_round.c.ended.desc(), patrol_round.c.id.desc()).limit(most)
    return [dict(row) for row in conn.execute(query).mappings()]


def ended_between(conn: Connection, begin: int, end: int, most: int = 20_000) -> list[dict[str, Any]]:
    """Rounds that ended in a span, without their long contents, in their order."""
    within = and_(patrol_round.c.state == "done", patrol_round.c.ended >= begin, patrol_round.c.ended < end)
    query = select(*_BRIEF).where(within).order_by(patrol_round.c.ended, patrol_round.c.id).limit(most)
    return [dict(row) for row in conn.execute(query).mappings()]


def findings_between(conn: Connection, begin: int, end: int, most: int = PAGE) -> list[dict[str, Any]]:
    """Whole rounds that ended in a span and found something."""
    within = and_(patrol_round.c.state == "done", patrol_round.c.not_ok > 0, patrol_round.c.ended >= begin, patrol_round.c.ended < end)
    query = select(patrol_round).where(within).order_by(patrol_round.c.ended, patrol_round.c.id).limit(most)
    return [dict(row) for row in conn.execute(query).mappings()]


def walked(conn: Connection, codes: Iterable[str], begin: int, end: int) -> dict[Key, str]:
    """By route and due time of a span: the round that was walked first for it."""
    wanted = and_(patrol_round.c.route.in_(list(codes)), patrol_round.c.due >= begin, patrol_round.c.due < end)
    columns = (patrol_round.c.due, patrol_round.c.route, patrol_round.c.id)
    query = select(*columns).where(wanted, patrol_round.c.state == "done", ~patrol_round.c.again)
    return {(row.due, row.route): row.id for row in conn.execute(query)}


def explained(conn: Connection, codes: Iterable[str], begin: int, end: int) -> dict[Key, str]:
    """By route and due time of a span: why nobody walked."""
    wanted = and_(patrol_missed.c.route.in_(list(codes)), patrol_missed.c.due >= begin, patrol_missed.c.due < end)
    query = select(patrol_missed.c.due, patrol_missed.c.route, patrol_missed.c.why).where(wanted).limit(MOST_MISSED)
    return {(row.due, row.route): row.why for row in conn.execute(query)}


def late_of(conn: Connection, codes: Iterable[str], begin: int, end: int) -> set[str]:
    """Rounds that were due in a span and were finished after their time."""
    wanted = and_(patrol_round.c.route.in_(list(codes)), patrol_round.c.due >= begin, patrol_round.c.due < end)
    wanted = and_(wanted, patrol_round.c.state == "done", patrol_round.c.late)
    return set(conn.execute(select(patrol_round.c.id).where(wanted)).scalars())


def presences(conn: Connection, begin: int, end: int) -> dict[str, int]:
    """How many stops of the rounds that ended in a span were proved how."""
    found = dict.fromkeys(("wand", "spot", "desk", "none"), 0)
    within = and_(patrol_round.c.state == "done", patrol_round.c.ended >= begin, patrol_round.c.ended < end)
    for text in conn.execute(select(patrol_round.c.marks).where(within)).scalars():
        for mark in json.loads(text):
            found[mark["way"]] += 1
    return found


def open_rounds(conn: Connection, since: int) -> list[dict[str, Any]]:
    """Rounds that somebody has begun since then and has neither submitted nor given up."""
    query = select(*_BRIEF).where(patrol_round.c.state == "open", patrol_round.c.begun >= since).order_by(patrol_round.c.begun)
    return [dict(row) for row in conn.execute(query.limit(PAGE)).mappings()]


def was_walked(conn: Connection, route: str, due: int, but: str) -> bool:
    """Is there a round for this time already, other than `but`?"""
    wanted = and_(patrol_round.c.route == route, patrol_round.c.due == due, patrol_round.c.state == "done", patrol_round.c.id != but)
    return conn.execute(select(patrol_round.c.id).where(wanted).limit(1)).first() is not None


def around(conn: Connection, begin: int, end: int, reach: int) -> list[dict[str, Any]]:
    """Rounds with their proofs that ran at some time of a span; none lasts longer than `reach` ms."""
    within = and_(patrol_round.c.state == "done", patrol_round.c.ended >= begin, patrol_round.c.ended <= end + reach)
    query = select(*_BRIEF, patrol_round.c.marks).where(within, patrol_round.c.begun <= end)
    query = query.order_by(patrol_round.c.ended, patrol_round.c.id)
    return [dict(row) for row in conn.execute(query.limit(1000)).mappings()]


# lines of wands


def take_scans(conn: Connection, scans: Iterable[tuple[str, int, str, str]], intake: str, *, timed: bool) -> int:
    """Keep those (code, time, reader, person) that are not known; how many were new. `timed`: the times are the wand's own."""
    new = 0
    for code, time, reader, person in scans:
        row = {"code": code, "time": time, "reader": reader, "person": person, "timed": timed}
        row |= {"intake": intake, "round": "", "stop": ""}
        new += conn.execute(insert(patrol_scan).values(row).on_conflict_do_nothing()).rowcount
    return new


def scans_between(conn: Connection, begin: int, end: int, *, free: bool) -> list[dict[str, Any]]:
    """Lines of a span, the newest first; only those that have proved nothing yet if `free`."""
    query = select(patrol_scan).where(patrol_scan.c.time.between(begin, end))
    if free:
        query = query.where(patrol_scan.c.round == "")
    rows = conn.execute(query.order_by(patrol_scan.c.time.desc(), patrol_scan.c.id.desc()).limit(MOST_SEEN)).mappings()
    return [dict(row) for row in rows]


def use_scan(conn: Connection, id: int, round: str, stop: str) -> None:
    """This line has proved that somebody was at this stop."""
    conn.execute(update(patrol_scan).where(patrol_scan.c.id == id).values(round=round, stop=stop))


def free_scans(conn: Connection, since: int) -> int:
    """How many lines since then belong to no round."""
    query = select(func.count()).select_from(patrol_scan).where(patrol_scan.c.round == "", patrol_scan.c.time >= since)
    return int(conn.execute(query).scalar() or 0)


# readings


def keep_readings(conn: Connection, round: str, readings: Sequence[Compared]) -> None:
    """The differences of a round."""
    for one in readings:
        conn.execute(insert(patrol_reading).values({**one._asdict(), "round": round, "raised": ""}))


def readings(conn: Connection, point: str, most: int, *, since_order: bool = False) -> list[dict[str, Any]]:
    """Differences of a point, the newest first; only those after the one that led to an order if `since_order`."""
    query = select(patrol_reading).where(patrol_reading.c.point == point)
    query = query.order_by(patrol_reading.c.time.desc(), patrol_reading.c.id.desc()).limit(most)
    rows = [dict(row) for row in conn.execute(query).mappings()]
    if not since_order:
        return rows
    last = next((place for place, row in enumerate(rows) if row["raised"]), len(rows))
    return rows[:last]


def raised(conn: Connection, reading: int, order: str) -> None:
    """This difference led to the work order."""
    conn.execute(update(patrol_reading).where(patrol_reading.c.id == reading).values(raised=order))


def body_of(row: Row) -> list[dict[str, Any]]:
    """The answers of a whole round."""
    return list(json.loads(row["body"]))


def marks_of(row: Row) -> list[dict[str, Any]]:
    """The proofs of a whole round."""
    return list(json.loads(row["marks"]))


def templates_of(row: Row) -> dict[str, str]:
    """The versions of templates of a whole round: code to id."""
    return dict(json.loads(row["templates"]))


def intake_source(conn: Connection, id: str) -> str:
    """Where lines of a wand came from."""
    return str(conn.execute(select(patrol_intake.c.source).where(patrol_intake.c.id == id)).scalar_one())


def _from(query: Any, before: Key | None) -> Any:
    if before is None:
        return query
    ended, id = before
    return query.where(or_(patrol_round.c.ended < ended, and_(patrol_round.c.ended == ended, patrol_round.c.id < id)))
