"""Patrols as the station keeps them: what is due, overdue and missed as alarms, the answers to consoles, what a handover hears.

Acts are in station/acts/patrol.py and patrolround.py; lines of a wand that comes by a serial port are taken here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.duty.patrol import DAY_MS, Done, Due, dues, standing, state
from cityops_desktop.duty.patrolcontent import RouteContent, TemplateContent, Words
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.patrol import Differences, ItemHistory, PatrolPage, PatrolSheet, RoundDetail, RoundsPage, ScansPage
from cityops_desktop.link.duty.patrol_api import patrol_router
from cityops_desktop.link.duty.sheet import Param, SheetRow, SheetSection
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.patrol import LOOK_BACK_MS, WALKING_MS, PatrolActs
from cityops_desktop.station.acts.patrolround import versions
from cityops_desktop.station.duty import patrolanswers as answers
from cityops_desktop.station.duty.part import DutyAround, Part, Span
from cityops_desktop.station.duty.wandports import WandPorts
from cityops_desktop.store.duty import orders, patrol
from cityops_desktop.store.dutyschema import patrol_route, patrol_template
from cityops_desktop.texts import N_

READ = "duty.read"
KEY = "station#patrol:"
"""Then the state, the code of the route and the due time."""
MOST_MISSED = 10
"""So many missed rounds of a route have an alarm of their own, the newest ones; all of them wait on the page."""
FRONT_MISSED = 3
"""So many missed rounds of a route stand on page one of a handover."""
AHEAD_MS = DAY_MS
_RAISED = {
    "due": (Cause.PATROL_DUE, Level.WARNING),
    "overdue": (Cause.PATROL_OVERDUE, Level.MINOR),
    "missed": (Cause.PATROL_MISSED, Level.MAJOR),
}
LAST = N_("Patrol {route}, round {number}: finished {ended_at} by {who}; {not_ok} of {items} not in order, {unchecked} not checked")
DOUBTED = N_("Patrol {route}, round {number}: proof of presence in doubt at {doubts} stops")
FOUND = N_("{stop}: {item} not in order (round {number}, work order {order})")
OVERDUE = N_("Patrol {route} of {due_at} is overdue")
MISSED = N_("Patrol {route} of {due_at} was missed; nobody has said why")
EXPLAINED = N_("Patrol {route} of {due_at} was missed: {why}")
AHEAD = N_("Patrol {route} is due at {due_at}")


class PatrolFacts(NamedTuple):
    """Due times from a month back to a day ahead, what became of them, who walks, names of routes."""

    dues: Sequence[Due]
    known: Mapping[tuple[str, int], Done]
    walking: Sequence[Mapping[str, Any]]
    names: Mapping[str, Words]


class Patrol(Part[PatrolFacts]):
    """One area. See Part; implements cityops_desktop.link.duty.patrol_api.PatrolDesk."""

    causes = frozenset({Cause.PATROL_DUE, Cause.PATROL_OVERDUE, Cause.PATROL_MISSED})

    def __init__(self, around: DutyAround) -> None:
        super().__init__(around)
        self._acts = PatrolActs(around, self.carried)
        self._wands = WandPorts(around)

    def routers(self) -> Sequence[APIRouter]:
        """See Part."""
        return (patrol_router(self),)

    def acts(self) -> Acts:
        """See Part."""
        return self._acts.acts()

    def facts(self, conn: Connection) -> PatrolFacts:
        """See Part."""
        now = self.around.clock.wall()
        return self._facts(conn, now - LOOK_BACK_MS, now + AHEAD_MS, now)

    def standing(self, wall: int) -> Iterable[Standing]:
        """A round that is due, overdue, or missed until somebody says why."""
        missed: dict[str, int] = {}
        for due, found in reversed(list(standing(self.known.dues, self.known.known, wall))):
            if found == "missed":
                missed[due.code] = missed.get(due.code, 0) + 1
                if missed[due.code] > MOST_MISSED:
                    continue
            cause, level = _RAISED[found]
            moment = due.until if found == "due" else due.at
            time = f"{datetime.fromtimestamp(moment / 1000, self.around.zone):%Y-%m-%d %H:%M}"
            yield Standing(f"{KEY}{found}:{due.code}:{due.at}", cause, level, f"{self._said(due.code)} · {time}")

    def tell(self, info: DutyInfo, wall: int) -> None:
        """See Part."""
        states = [found for _, found in standing(self.known.dues, self.known.known, wall)]
        info.patrols_due = states.count("due")
        info.patrols_overdue = states.count("overdue")

    def tick(self, wall: int, mono: float) -> None:
        """The ports of wands are those of the room in force."""
        self._wands.settle()

    async def close(self) -> None:
        """Let go of the ports."""
        await self._wands.close()

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """The last round of each route, what was found, what was missed, what is due in the next hours."""
        facts = self._facts(conn, span.begin - LOOK_BACK_MS, max(span.ahead, span.end), span.end)
        rows = [*self._last_rounds(conn, facts, span), *_findings(conn, span)]
        for code in sorted(facts.names):
            rows += _short(_of_route(facts, code, span))
        return [SheetSection(id="patrol", title=N_("Patrols"), rows=rows)]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Rounds of the plan whose time lay in the span, and all rounds that ended in it."""
        now = self.around.clock.wall()
        facts = self._facts(conn, begin, end, now)
        planned = [due for due in facts.dues if begin <= due.at < min(end, now)]
        states = [state(due, facts.known.get((due.code, due.at)), now) for due in planned]
        walked, late = patrol.ended_between(conn, begin, end), patrol.late_of(conn, facts.names, begin, end)
        in_time = [due for due in planned if (done := facts.known.get((due.code, due.at))) is not None and done.round not in ("", *late)]
        told: dict[str, float | None] = {
            "patrol.planned": len(planned),
            "patrol.done": states.count("done"),
            "patrol.on_time": len(in_time),
            "patrol.missed": states.count("missed") + states.count("explained"),
            "patrol.items": sum(row["items"] for row in walked),
            "patrol.not_ok": sum(row["not_ok"] for row in walked),
            "patrol.unchecked": sum(row["unchecked"] for row in walked),
            "patrol.doubts": sum(1 for row in walked if row["doubts"]),
        }
        return told | {f"patrol.presence.{way}": count for way, count in patrol.presences(conn, begin, end).items()}

    # questions

    async def page(self, credentials: Credentials) -> PatrolPage:
        """See PatrolDesk."""
        return await self.asked(READ, credentials, self._page)

    async def route_sheet(self, route: str, credentials: Credentials) -> PatrolSheet:
        """See PatrolDesk."""
        return await self.asked(READ, credentials, lambda conn: answers.sheet(conn, self.around.room(), route))

    async def rounds(self, route: str, bad: bool, before: str, credentials: Credentials) -> RoundsPage:
        """See PatrolDesk."""
        return await self.asked(READ, credentials, lambda conn: answers.rounds_page(conn, route, bad, before))

    async def detail(self, id: str, credentials: Credentials) -> RoundDetail:
        """See PatrolDesk."""
        return await self.asked(READ, credentials, lambda conn: answers.detail(conn, id))

    async def item(self, route: str, stop: str, template: str, item: str, before: str, credentials: Credentials) -> ItemHistory:
        """See PatrolDesk."""
        return await self.asked(READ, credentials, lambda conn: answers.item_history(conn, route, stop, template, item, before))

    async def differences(self, point: str, credentials: Credentials) -> Differences:
        """See PatrolDesk."""
        return await self.asked(READ, credentials, lambda conn: answers.differences(conn, point))

    async def scans(self, begin: int, end: int, credentials: Credentials) -> ScansPage:
        """See PatrolDesk."""
        return await self.asked(READ, credentials, lambda conn: answers.scans(conn, begin, end))

    # inside

    def _page(self, conn: Connection) -> PatrolPage:
        now = self.around.clock.wall()
        facts = self._facts(conn, now - LOOK_BACK_MS, now + AHEAD_MS, now)
        templates = [answers.template_info(row) for row in patrol.newest(conn, patrol_template)]
        page = answers.rounds_page(conn, "", False, "")
        return PatrolPage(
            now=now,
            templates=templates,
            routes=[answers.route_info(row) for row in patrol.newest(conn, patrol_route)],
            dues=answers.due_infos(facts.dues, facts.known, facts.walking, now),
            rounds=page.rounds,
            more=bool(page.next),
            waiting=answers.waiting(templates),
            unmatched=patrol.free_scans(conn, now - LOOK_BACK_MS),
            wands=self._wands.told(),
        )

    def _facts(self, conn: Connection, begin: int, end: int, now: int) -> PatrolFacts:
        all = dues(versions(conn), self.around.zone, begin, end)
        codes = sorted({due.code for due in all})
        known = {(code, at): Done(why=why) for (at, code), why in patrol.explained(conn, codes, begin, end).items()}
        known |= {(code, at): Done(round=id) for (at, code), id in patrol.walked(conn, codes, begin, end).items()}
        walking = patrol.open_rounds(conn, now - WALKING_MS)
        names = {
            row["code"]: RouteContent.model_validate_json(row["content"]).name for row in patrol.newest(conn, patrol_route, ended=True)
        }
        return PatrolFacts(all, known, walking, names)

    def _said(self, code: str) -> str:
        """A route's name in the language in which the station writes by itself."""
        words = self.known.names[code]
        return words.en if self.around.room().notify.language == "en" else words.zh

    def _last_rounds(self, conn: Connection, facts: PatrolFacts, span: Span) -> Iterable[SheetRow]:
        for code in sorted(facts.names):
            for row in patrol.rounds(conn, route=code, before=(span.end, ""), most=1):
                if row["ended"] < span.begin and row["ended"] < span.end - DAY_MS:
                    continue  # long ago: what is due tells it
                params = {
                    **_name(facts, code),
                    "number": row["number"],
                    "ended_at": row["ended"],
                    "who": row["walker"] or row["actor_name"],
                }
                params |= {"items": row["items"], "not_ok": row["not_ok"], "unchecked": row["unchecked"], "doubts": row["doubts"]}
                yield SheetRow(words=LAST, params=params, time=row["ended"], link=f"patrol:{row['id']}")
                if row["doubts"]:
                    yield SheetRow(words=DOUBTED, params=params, time=row["ended"], link=f"patrol:{row['id']}")


def _name(facts: PatrolFacts, code: str) -> dict[str, Param]:
    words = facts.names[code]
    return {"route": words.en, "route_zh": words.zh}


def _of_route(facts: PatrolFacts, code: str, span: Span) -> Iterable[SheetRow]:
    for due in facts.dues:
        if due.code == code:
            done = facts.known.get((code, due.at))
            row = _of_due(due, done, state(due, done, span.end), _name(facts, code), span)
            if row is not None:
                yield row


def _of_due(due: Due, done: Done | None, found: str, name: Mapping[str, Param], span: Span) -> SheetRow | None:
    params, link = {**name, "due_at": due.at}, f"patrol_route:{due.code}"
    if found in ("due", "overdue"):
        return SheetRow(words=OVERDUE if found == "overdue" else AHEAD, params=params, time=due.at, link=link, front="due")
    if found == "planned" and due.at < span.ahead:
        return SheetRow(words=AHEAD, params=params, time=due.at, link=link, front="due")
    if found == "missed":
        return SheetRow(words=MISSED, params=params, time=due.at, link=link, front="abnormal")
    if found == "explained" and span.begin <= due.at < span.end:
        return SheetRow(words=EXPLAINED, params={**params, "why": done.why if done else ""}, time=due.at, link=link, front="changed")
    return None


def _short(rows: Iterable[SheetRow]) -> list[SheetRow]:
    """The same rows of a route; page one has its newest missed ones and the next that is due, the annex has all."""
    all = list(rows)
    missed = [row for row in all if row.front == "abnormal"]
    ahead = [row for row in all if row.front == "due" and row.words == AHEAD]
    for row in (*missed[:-FRONT_MISSED], *ahead[1:]):
        row.front = ""
    return all


def _findings(conn: Connection, span: Span) -> Iterable[SheetRow]:
    for row in patrol.findings_between(conn, span.begin, span.end):
        route = RouteContent.model_validate_json(patrol.version(conn, patrol_route, row["route_id"])["content"])
        stops = {stop.id: stop.name for stop in route.stops}
        items = _item_names(conn, json.loads(row["templates"]))
        for answer in patrol.body_of(row):
            if answer["state"] != "not_ok":
                continue
            stop, item = stops[answer["stop"]], items[answer["template"], answer["item"]]
            number = str(orders.order(conn, answer["order"])["number"])
            params: dict[str, Param] = {"stop": stop.en, "stop_zh": stop.zh, "item": item.en, "item_zh": item.zh}
            params |= {"number": row["number"], "order": number}
            yield SheetRow(words=FOUND, params=params, time=answer["time"], link=f"order:{answer['order']}", front="abnormal")


def _item_names(conn: Connection, ids: Mapping[str, str]) -> dict[tuple[str, str], Words]:
    found: dict[tuple[str, str], Words] = {}
    for code, id in ids.items():
        content = TemplateContent.model_validate_json(patrol.version(conn, patrol_template, id)["content"])
        found |= {(code, item.id): item.name for item in content.items}
    return found
