"""Visitors and goods as the station keeps them: who is inside, the alarm of who is still there, what a handover is told.

Names are told to persons only. The wall and every other console get a number, and the alarm names the badge or the visit's number.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.house_api import visits_router
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.sheet import Front, SheetRow, SheetSection
from cityops_desktop.link.duty.visits import GoodsInfo, GoodsPage, PersonName, VisitInfo, VisitsPage
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.visits import VisitActs
from cityops_desktop.station.duty.part import Part, Span
from cityops_desktop.store.duty import attachments
from cityops_desktop.store.duty import housekeeping as rows
from cityops_desktop.store.duty.goodsrows import goods_counted, goods_page, goods_passed, goods_waiting, loans
from cityops_desktop.texts import N_

KEY = "station#visit:"
"""Then the visit's id."""
BADGES_MS = 90 * 86_400_000
"""So far back it is told which badges did not come back."""


class Inside(NamedTuple):
    """A visit that is not over: what stands for it where names do not belong, and until when."""

    id: str
    called: str
    expected: int


class Visits(Part[list[Inside]]):
    """Implements link.duty.house_api.VisitsDesk."""

    causes = frozenset({Cause.VISITOR_OVERDUE})

    def routers(self) -> Sequence[APIRouter]:
        """What consoles may ask."""
        return (visits_router(self),)

    def acts(self) -> Acts:
        """What people may do, by kind."""
        return VisitActs(lambda: self.around.zone, self.carried).acts()

    def facts(self, conn: Connection) -> list[Inside]:
        """Who is inside, without names."""
        return [Inside(row["id"], row["badge"] or row["number"], row["expected"]) for row in rows.inside(conn)]

    def standing(self, wall: int) -> Iterable[Standing]:
        """Whoever is inside longer than was said."""
        for one in self.known:
            if wall > one.expected:
                told = f"{datetime.fromtimestamp(one.expected / 1000, self.around.zone):%Y-%m-%d %H:%M}"
                yield Standing(f"{KEY}{one.id}", Cause.VISITOR_OVERDUE, Level.MINOR, f"{one.called} · {told}")

    def tell(self, info: DutyInfo, wall: int) -> None:
        """How many are inside."""
        info.visitors = len(self.known)

    async def visits(self, credentials: Credentials, text: str, since: int, until: int, before: str, most: int) -> VisitsPage:
        """Who is inside, and a page of the register."""
        asked = _asked(text, since, until, before, most)
        return await self.asked("duty.read", credentials, lambda conn: self._visits(conn, asked))

    async def goods(self, credentials: Credentials, text: str, since: int, until: int, before: str, most: int) -> GoodsPage:
        """What waits, what goes back, and a page of the register."""
        asked = _asked(text, since, until, before, most)
        return await self.asked("duty.read", credentials, lambda conn: self._goods(conn, asked))

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """Who is inside, who came and went; goods that wait, that are to go back, that came and went."""
        inside = rows.inside(conn)
        ids = {row["id"] for row in inside}
        moved = [_visited(row) for row in rows.visits_in(conn, span.begin, span.end + 1) if row["id"] not in ids]
        visitors = [_inside(row, span) for row in inside]
        last = f"{datetime.fromtimestamp(span.ahead / 1000, self.around.zone).date()}"
        today = f"{datetime.fromtimestamp(span.end / 1000, self.around.zone).date()}"
        things = [_waiting(row) for row in goods_waiting(conn)] + [_loan(row, today, last) for row in loans(conn)]
        things += [_passed(row) for row in goods_passed(conn, span.begin, span.end + 1)]
        return [
            SheetSection(id="visitors", title=N_("Visitors"), rows=[*visitors, *moved]),
            SheetSection(id="goods", title=N_("Goods in and out"), rows=things),
        ]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Visits that began, and how many of them lasted longer than was said; goods that passed."""
        visits, longer = rows.visits_counted(conn, begin, end, min(end, self.around.clock.wall()))
        goods = goods_counted(conn, begin, end)
        return {
            "visits": visits,
            "visits.overdue": longer,
            "goods.in": goods.get("in", 0),
            "goods.out": goods.get("out", 0),
        }

    def _visits(self, conn: Connection, asked: rows.Asked) -> VisitsPage:
        now = self.around.clock.wall()
        found, more = rows.visits(conn, asked)
        return VisitsPage(
            now=now,
            inside=[VisitInfo.model_validate(row) for row in rows.inside(conn)],
            visits=[VisitInfo.model_validate(row) for row in found],
            more=more,
            people=[PersonName(id=id, name=name) for id, name in rows.people(conn)],
            badges=[VisitInfo.model_validate(row) for row in rows.badges_out(conn, now - BADGES_MS)],
        )

    def _goods(self, conn: Connection, asked: rows.Asked) -> GoodsPage:
        found, more = goods_page(conn, asked)
        waiting, back, newest = ([_goods_info(conn, row) for row in some] for some in (goods_waiting(conn), loans(conn), found))
        return GoodsPage(now=self.around.clock.wall(), waiting=waiting, loans=back, goods=newest, more=more)


def _asked(text: str, since: int, until: int, before: str, most: int) -> rows.Asked:
    if not before:
        return rows.Asked(text, since, until, None, most)
    time, _, id = before.partition(":")
    if not (time.isascii() and time.isdecimal() and len(time) <= 16 and id):
        raise Refused("bad_request", detail="before is a time, a colon and an id")
    return rows.Asked(text, since, until, (int(time), id), most)


def _goods_info(conn: Connection, row: Mapping[str, Any]) -> GoodsInfo:
    return GoodsInfo.model_validate({**row, "attachments": attachments.heads(conn, rows.listed(row["attachments"]))})


def _who(row: Mapping[str, Any]) -> str:
    return f"{row['name']} ({row['firm']})" if row["firm"] else str(row["name"])


def _inside(row: Mapping[str, Any], span: Span) -> SheetRow:
    front: Front = "abnormal" if row["expected"] < span.end else "due"
    words = N_("Inside since {entered_at}, out by {expected_at}: {who}, {purpose}; escort {escort}, badge {badge}")
    if not row["badge"]:
        words = N_("Inside since {entered_at}, out by {expected_at}: {who}, {purpose}; escort {escort}, no badge")
    if front == "abnormal":
        words = N_("Still inside, should have been out by {expected_at}: {who}, {purpose}; escort {escort}")
    return SheetRow(words=words, params=_of_visit(row), time=row["expected"], link=f"visit:{row['id']}", front=front)


def _visited(row: Mapping[str, Any]) -> SheetRow:
    words = N_("{entered_at} in, {gone_at} out: {who}, {purpose}; escort {escort}")
    if row["badge_back"] is False:
        words = N_("{entered_at} in, {gone_at} out: {who}, {purpose}; escort {escort}; badge {badge} not given back")
    front: Front = "changed" if row["badge_back"] is False else ""
    return SheetRow(words=words, params=_of_visit(row), time=row["entered"], link=f"visit:{row['id']}", front=front)


def _of_visit(row: Mapping[str, Any]) -> dict[str, str | int | float | None]:
    told = {"entered_at": row["entered"], "expected_at": row["expected"], "gone_at": row["gone"]}
    return {**told, "who": _who(row), "purpose": row["purpose"], "escort": row["escort_name"], "badge": row["badge"]}


def _waiting(row: Mapping[str, Any]) -> SheetRow:
    words = N_("To go out, not approved yet: {what} × {n} ({number})")
    if row["state"] == "approved":
        words = N_("Approved by {name}, not out yet: {what} × {n} ({number})")
    return SheetRow(words=words, params=_of_goods(row), time=row["time"], link=f"goods:{row['id']}", front="due")


def _loan(row: Mapping[str, Any], today: str, last: str) -> SheetRow:
    words = N_("To go out again by {until}: {what} × {n} ({number})")
    if row["direction"] == "out":
        words = N_("To come back by {until}: {what} × {n} ({number})")
    front: Front = "abnormal" if row["until"] < today else "due" if row["until"] <= last else ""
    return SheetRow(words=words, params=_of_goods(row), time=row["time"], link=f"goods:{row['id']}", front=front)


def _passed(row: Mapping[str, Any]) -> SheetRow:
    words = N_("{passed_at} in: {what} × {n}, by {carrier} ({number})")
    if row["direction"] == "out":
        words = N_("{passed_at} out: {what} × {n}, by {carrier}, approved by {name} ({number})")
    return SheetRow(words=words, params=_of_goods(row), time=row["passed"], link=f"goods:{row['id']}")


def _of_goods(row: Mapping[str, Any]) -> dict[str, str | int | float | None]:
    told = {"what": row["what"], "n": row["quantity"], "number": row["number"], "until": row["until"], "passed_at": row["passed"]}
    return {**told, "carrier": row["carrier"], "name": row["decided_name"]}
