"""Maintenance and contracts as the station keeps them: what is due, what ends, whom a handover expects; the alarms of both."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.duty.maintenance import ContractState, contract_state, due_day, due_state, dues, in_time
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.house_api import maintenance_router
from cityops_desktop.link.duty.maintenance import (
    CallInfo,
    ContractInfo,
    ContractorVisit,
    ContractsPage,
    MaintenanceInfo,
    MaintenancePage,
    MaintenancePlanInfo,
)
from cityops_desktop.link.duty.sheet import Front, SheetRow, SheetSection
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.maintenance import MaintenanceActs, day_of, interval_of, last_of
from cityops_desktop.station.duty.part import Part, Span
from cityops_desktop.store.duty import attachments
from cityops_desktop.store.duty import maintenance as rows
from cityops_desktop.store.duty.housekeeping import contractors, listed
from cityops_desktop.texts import N_

KEY = "station#maintenance:"
"""Then the plan's id."""
CONTRACT_KEY = "station#contract:"
"""Then the contract's id."""
DAY_MS = 86_400_000
NAMED_MS = 14 * DAY_MS
"""Visits so far back can be named with what was done."""
VISITS_MS = 400 * DAY_MS
"""So far back the last visits are told."""
Row = Mapping[str, Any]


class Maintenance(Part[list[Standing]]):
    """Implements link.duty.house_api.MaintenanceDesk."""

    causes = frozenset({Cause.MAINTENANCE_DUE, Cause.CONTRACT_ENDING})

    def routers(self) -> Sequence[APIRouter]:
        """What consoles may ask."""
        return (maintenance_router(self),)

    def acts(self) -> Acts:
        """What people may do, by kind."""
        return MaintenanceActs(self.around.room, self.carried).acts()

    def facts(self, conn: Connection) -> list[Standing]:
        """Looked at each minute: a day has begun."""
        today = self._date(self.around.clock.wall())
        return [*self._due_alarms(conn, today), *_contract_alarms(rows.contracts(conn, former=False), today)]

    def standing(self, wall: int) -> Iterable[Standing]:
        """What is due, and contracts that end."""
        return self.known

    async def page(self, credentials: Credentials, year: int) -> MaintenancePage:
        """Plans with their days of a year."""
        return await self.asked("duty.read", credentials, lambda conn: self._page(conn, year))

    async def contracts(self, credentials: Credentials) -> ContractsPage:
        """Contracts and calls."""
        return await self.asked("duty.read", credentials, self._contracts)

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """What is due until the end of the next turn, what was done; contractors who are expected, contracts that end."""
        today, last = self._date(span.end), self._date(span.ahead)
        found = [row for plan in rows.plans(conn) if (row := self._due(conn, plan, today, last)) is not None]
        found += [_done(row) for row in rows.done_in(conn, span.begin, span.end + 1)]
        firms = [_call(row, span) for row in rows.calls(conn, solved=False)]
        firms += [_solved(row) for row in rows.calls_in(conn, span.begin, span.end + 1) if row["solved"] is not None]
        firms += [row for one in rows.contracts(conn, former=False) if (row := _ending(one, today)) is not None]
        return [
            SheetSection(id="maintenance", title=N_("Maintenance calendar"), rows=found),
            SheetSection(id="contracts", title=N_("Contractors and contracts"), rows=firms),
        ]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Of what was due in the span how much was done on its day or before; calls, and how many were answered in the time agreed."""
        now = min(end, self.around.clock.wall())
        first, last = day_of(begin, self.around.zone), day_of(end - 1, self.around.zone)
        due, on_time = rows.due_counted(conn, first, last)
        waiting = (due_day(interval_of(plan), last_of(rows.last_done(conn, plan["id"]))) for plan in rows.plans(conn))
        due += sum(first <= f"{day}" <= last for day in waiting)
        calls = [row for row in rows.calls_in(conn, begin, end) if begin <= row["reported"] < end]
        kept = [known for row in calls if (known := in_time(row["reported"], row["arrived"], row["response"], now)) is not None]
        return {
            "maintenance.due": due,
            "maintenance.done": rows.done_counted(conn, begin, end),
            "maintenance.on_time": on_time,
            "maintenance.share": on_time / due if due else None,
            "calls": len(calls),
            "calls.in_time": sum(kept),
            "calls.share": sum(kept) / len(kept) if kept else None,
        }

    def _date(self, time: int) -> datetime.date:
        return datetime.date.fromisoformat(day_of(time, self.around.zone))

    def _due_alarms(self, conn: Connection, today: datetime.date) -> Iterable[Standing]:
        for plan in rows.plans(conn):
            day = due_day(interval_of(plan), last_of(rows.last_done(conn, plan["id"])))
            if day <= today:
                level = Level.WARNING if day == today else Level.MINOR
                yield Standing(f"{KEY}{plan['id']}", Cause.MAINTENANCE_DUE, level, f"{plan['title']} · {day}")

    def _due(self, conn: Connection, plan: Row, today: datetime.date, last: datetime.date) -> SheetRow | None:
        day = due_day(interval_of(plan), last_of(rows.last_done(conn, plan["id"])))
        if day > last:
            return None
        words, front = (N_("Maintenance overdue since {day}: {title}"), "abnormal")
        if day >= today:
            words, front = N_("Maintenance due on {day}: {title}"), "due"
        params = {"day": f"{day}", "title": plan["title"]}
        return SheetRow.model_validate({"words": words, "params": params, "link": f"maintenance_plan:{plan['id']}", "front": front})

    def _page(self, conn: Connection, year: int) -> MaintenancePage:
        now = self.around.clock.wall()
        today = self._date(now)
        year = year or today.year
        plans = [self._plan_info(conn, plan, today, year) for plan in rows.plans(conn)]
        return MaintenancePage(
            now=now,
            today=f"{today}",
            year=year,
            plans=plans,
            done=[_done_info(conn, row) for row in rows.done(conn, f"{year:04}-01-01", f"{year + 1:04}-01-01")],
            contracts=[(one["id"], f"{one['firm']} · {one['title']}") for one in rows.contracts(conn, former=False)],
            visits=_visits(conn, now - NAMED_MS),
        )

    def _plan_info(self, conn: Connection, plan: Row, today: datetime.date, year: int) -> MaintenancePlanInfo:
        interval, done = interval_of(plan), rows.last_done(conn, plan["id"])
        day = due_day(interval, last_of(done))
        days = dues(interval, last_of(done), datetime.date(max(1, year), 1, 1), datetime.date(max(1, year), 12, 31))
        told = {"group": plan["equipment"], "devices": listed(plan["devices"]), "due": f"{day}", "state": due_state(interval, day, today)}
        return MaintenancePlanInfo.model_validate(
            {**plan, **told, "last": done[0] if done else "", "days": [f"{one}" for one in days]},
        )

    def _contracts(self, conn: Connection) -> ContractsPage:
        now = self.around.clock.wall()
        today = self._date(now)
        contracts = [_contract_info(row, today) for row in rows.contracts(conn, former=True)]
        calls = [_call_info(row, now) for row in rows.calls(conn, solved=True)]
        return ContractsPage(now=now, contracts=contracts, calls=calls, visits=_visits(conn, now - VISITS_MS))


def _visits(conn: Connection, since: int) -> list[ContractorVisit]:
    return [ContractorVisit.model_validate(row) for row in contractors(conn, since)]


def _contract_alarms(contracts: Iterable[Row], today: datetime.date) -> Iterable[Standing]:
    for one in contracts:
        if _state(one, today) in (ContractState.ENDING, ContractState.ENDED):
            told = f"{one['firm']} · {one['title']} · {one['ends']}"
            yield Standing(f"{CONTRACT_KEY}{one['id']}", Cause.CONTRACT_ENDING, Level.WARNING, told)


def _state(one: Row, today: datetime.date) -> ContractState:
    begins, ends = datetime.date.fromisoformat(one["begins"]), datetime.date.fromisoformat(one["ends"])
    return contract_state(begins, ends, one["notice"], today)


def _done_info(conn: Connection, row: Row) -> MaintenanceInfo:
    files = attachments.heads(conn, listed(row["attachments"]))
    return MaintenanceInfo.model_validate({**row, "group": row["equipment"], "attachments": files})


def _contract_info(row: Row, today: datetime.date) -> ContractInfo:
    told = {"sort": row["kind"], "groups": listed(row["equipment"]), "devices": listed(row["devices"])}
    state = ContractState.ENDED if row["ended"] is not None else _state(row, today)
    return ContractInfo.model_validate({**row, **told, "state": state})


def _call_info(row: Row, now: int) -> CallInfo:
    kept = in_time(row["reported"], row["arrived"], row["response"], row["solved"] or now)
    return CallInfo.model_validate({**row, "kept": kept})


def _done(row: Row) -> SheetRow:
    words = {
        "ok": N_("Maintenance done: {title}, in order"),
        "partly": N_("Maintenance done in part: {title}; {remark}"),
        "not_ok": N_("Maintenance done, not in order: {title}; {remark}"),
    }[row["result"]]
    front: Front = "" if row["result"] == "ok" else "changed"
    params = {"title": row["title"], "remark": row["remark"]}
    return SheetRow(words=words, params=params, time=row["time"], link=f"maintenance:{row['id']}", front=front)


def _call(row: Row, span: Span) -> SheetRow:
    words, front = N_("Contractor called {reported_at}: {firm}, {text} ({number})"), ""
    if row["arrived"] is not None:
        words = N_("Contractor here since {arrived_at}, not solved: {firm}, {text} ({number})")
    elif in_time(row["reported"], None, row["response"], span.end) is False:
        words, front = N_("Contractor not here in the time agreed, called {reported_at}: {firm}, {text} ({number})"), "abnormal"
    elif row["promised"] is not None:
        words, front = N_("Contractor expected {promised_at}: {firm}, {text} ({number})"), "due" if row["promised"] < span.ahead else ""
    told = {"words": words, "params": _of_call(row), "time": row["promised"] or row["reported"], "front": front}
    return SheetRow.model_validate({**told, "link": f"contract:{row['contract']}"})


def _solved(row: Row) -> SheetRow:
    words = N_("{solved_at} solved by the contractor: {firm}, {text}; {solution} ({number})")
    return SheetRow(words=words, params=_of_call(row), time=row["solved"], link=f"contract:{row['contract']}")


def _of_call(row: Row) -> dict[str, str | int | float | None]:
    names = ("firm", "text", "number", "solution")
    times = {f"{name}_at": row[name] for name in ("reported", "promised", "arrived", "solved")}
    return {**{name: row[name] for name in names}, **times}


def _ending(one: Row, today: datetime.date) -> SheetRow | None:
    state = _state(one, today)
    if state not in (ContractState.ENDING, ContractState.ENDED):
        return None
    words = (
        N_("A contract has ended on {day}: {firm}, {title}")
        if state is ContractState.ENDED
        else N_("Contract until {day}: {firm}, {title}")
    )
    params = {"day": one["ends"], "firm": one["firm"], "title": one["title"]}
    return SheetRow(words=words, params=params, link=f"contract:{one['id']}", front="abnormal" if state is ContractState.ENDED else "")
