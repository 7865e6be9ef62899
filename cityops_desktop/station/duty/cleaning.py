"""Cleaning as the station keeps it: how each area stands, the alarm of what was not done or not checked, what a handover is told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.duty import housekeeping as rules
from cityops_desktop.duty.housekeeping import CHECK_MS, Cleaned, CleaningRule, CleaningState, rule_of
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.cleaning import CleaningInfo, CleaningPage, CleaningPlanInfo
from cityops_desktop.link.duty.house_api import cleaning_router
from cityops_desktop.link.duty.sheet import Front, SheetRow, SheetSection
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.cleaning import CleaningActs
from cityops_desktop.station.duty.part import Part, Span
from cityops_desktop.store.duty import housekeeping as rows
from cityops_desktop.texts import N_

KEY = "station#cleaning:"
"""Then the plan's id."""
ALARMING = (CleaningState.MISSED, CleaningState.UNCHECKED)
DAY_MS = 86_400_000


class _Area(NamedTuple):
    """A plan with what was done by it and how it stands."""

    plan: dict[str, Any]
    rule: CleaningRule
    done: rows.CleanedRow
    standing: rules.Standing


class Cleaning(Part[list[Standing]]):
    """Implements link.duty.house_api.CleaningDesk."""

    causes = frozenset({Cause.CLEANING_MISSED})

    def routers(self) -> Sequence[APIRouter]:
        """What consoles may ask."""
        return (cleaning_router(self),)

    def acts(self) -> Acts:
        """What people may do, by kind."""
        return CleaningActs(lambda: self.around.zone, self.carried).acts()

    def facts(self, conn: Connection) -> list[Standing]:
        """Looked at each minute: an area that becomes due becomes an alarm then."""
        now = self.around.clock.wall()
        return [self._alarm(area) for area in self._areas(conn, now) if _alarming(area, now)]

    def standing(self, wall: int) -> Iterable[Standing]:
        """Areas not cleaned in time, or not checked."""
        return self.known

    async def page(self, credentials: Credentials) -> CleaningPage:
        """All of it."""
        return await self.asked("duty.read", credentials, self._page)

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """What was not done, what is to be done until the end of the next turn, what was done in this one."""
        found = [row for area in self._areas(conn, span.end) if (row := self._to_do(area, span)) is not None]
        done = rows.cleanings(conn, begin=span.begin, end=span.end + 1)
        return [SheetSection(id="cleaning", title=N_("Cleaning"), rows=[*found, *(_done(row) for row in reversed(done))])]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Of the slots that ended in the span: how many there were, how many were done."""
        kept = rows.slots_kept(conn, begin - 2 * DAY_MS, end)
        slots = done = 0
        for plan in rows.cleaning_plans_of(conn, begin, end):
            for slot in rules.slots_ended(_rule(plan), self.around.zone, begin, end):
                if plan["time"] < slot.end and (plan["ended"] is None or plan["ended"] >= slot.end):
                    slots += 1
                    done += (plan["id"], slot.begin) in kept
        share = done / slots if slots else None
        _, turned = rows.cleanings_counted(conn, begin, end)
        return {"cleaning.slots": slots, "cleaning.done": done, "cleaning.share": share, "cleaning.rejected": turned}

    def _areas(self, conn: Connection, now: int) -> list[_Area]:
        found = []
        for plan in rows.cleaning_plans(conn):
            rule, done = _rule(plan), rows.cleaned(conn, plan["id"])
            cleaned = Cleaned(done.slot, done.rejected, done.waiting)
            found.append(_Area(plan, rule, done, rules.standing(rule, plan["time"], self.around.zone, now, cleaned)))
        return found

    def _alarm(self, area: _Area) -> Standing:
        at = area.standing.at if area.standing.state is CleaningState.MISSED else area.done.waiting
        told = f"{datetime.fromtimestamp((at or 0) / 1000, self.around.zone):%Y-%m-%d %H:%M}"
        return Standing(f"{KEY}{area.plan['id']}", Cause.CLEANING_MISSED, Level.MINOR, f"{area.plan['area']} · {told}")

    def _page(self, conn: Connection) -> CleaningPage:
        now = self.around.clock.wall()
        plans = [self._info(area, now) for area in self._areas(conn, now)]
        return CleaningPage(now=now, plans=plans, cleanings=[CleaningInfo.model_validate(row) for row in rows.cleanings(conn)])

    def _info(self, area: _Area, now: int) -> CleaningPlanInfo:
        following = rules.next_slot(area.rule, self.around.zone, now)
        told = {"state": area.standing.state, "at": area.standing.at, "next": following.begin if following else None}
        return CleaningPlanInfo.model_validate({**area.plan, **told, "last": area.done.last, "waiting": area.done.waiting_id})

    def _to_do(self, area: _Area, span: Span) -> SheetRow | None:
        state, at = area.standing
        words, front = _TO_DO.get(state, (_COMING, "due"))
        if state is CleaningState.WAITING and (at is None or at >= span.ahead):
            return None
        params = {"area": area.plan["area"], "cleaner": area.plan["cleaner"], "when_at": at}
        return SheetRow(words=words, params=params, time=at, link=f"cleaning_plan:{area.plan['id']}", front=front)


_COMING = N_("To be cleaned from {when_at} on: {area} ({cleaner})")
_TO_DO: Mapping[CleaningState, tuple[str, Front]] = {
    CleaningState.MISSED: (N_("Not cleaned since {when_at}: {area} ({cleaner})"), "abnormal"),
    CleaningState.AGAIN: (N_("To be cleaned again, turned down {when_at}: {area} ({cleaner})"), "due"),
    CleaningState.UNCHECKED: (N_("Cleaned {when_at}, still not checked: {area} ({cleaner})"), "abnormal"),
    CleaningState.TO_CHECK: (N_("Cleaned {when_at}, to be checked: {area} ({cleaner})"), "due"),
    CleaningState.DUE: (N_("To be cleaned by {when_at}: {area} ({cleaner})"), "due"),
}


def _rule(plan: Mapping[str, Any]) -> CleaningRule:
    return rule_of(plan["days"], plan["weeks"], plan["first"], plan["begins"], plan["minutes"])


def _alarming(area: _Area, now: int) -> bool:
    late = area.done.waiting is not None and now - area.done.waiting > CHECK_MS
    return area.standing.state in ALARMING or late


def _done(row: Mapping[str, Any]) -> SheetRow:
    params = {"area": row["area"], "cleaner": row["cleaner"], "done_at": row["done"], "name": row["checked_name"], "reason": row["reason"]}
    words = N_("{done_at} cleaned: {area} ({cleaner}), not checked yet")
    if row["passed"] is not None:
        words = N_("{done_at} cleaned: {area} ({cleaner}), checked by {name}: in order")
    if row["passed"] is False:
        words = N_("{done_at} cleaned: {area} ({cleaner}), turned down by {name}: {reason}")
    return SheetRow(words=words, params=params, time=row["done"], link=f"cleaning:{row['id']}")
