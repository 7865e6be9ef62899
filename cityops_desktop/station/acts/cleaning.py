"""Acts of people about cleaning: plans, what was done, what the check said. When what is due is in cityops_desktop.duty.housekeeping."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.duty.housekeeping import rule_of, slot_for
from cityops_desktop.link.duty.cleaning import CheckCleaning, CleaningDone, EndCleaningPlan, PutCleaningPlan
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, not_ahead, put
from cityops_desktop.store.duty import housekeeping as rows
from cityops_desktop.store.duty.orders import raise_order
from cityops_desktop.store.dutyschema import cleaning, cleaning_plan

PRIORITY = 3
CHANGED = "changed"
"""Why a plan ended: another one took its place."""


class CleaningActs:
    """cleaning.*; `carried` makes of a job one after which the facts are read again."""

    def __init__(self, zone: Callable[[], ZoneInfo], carried: Callable[[Job], Carried]) -> None:
        self._zone, self._carried = zone, carried

    def acts(self) -> Acts:
        """By kind."""
        return {"cleaning.plan": self.plan, "cleaning.end": self.end, "cleaning.done": self.done, "cleaning.check": self.check}

    def plan(self, act: PutCleaningPlan, who: Who) -> Carried:
        """A plan; a changed one takes the place of the old one."""
        values = act.model_dump(exclude={"kind", "id"}) | {"time": who.time, "ended": None, **author(who)}

        def run(conn: Connection) -> Data:
            if act.id:
                self._close(conn, act.id, CHANGED, who)
            elif len(rows.cleaning_plans(conn)) >= rows.MOST_PLANS:
                raise Refused("too_many_plans", most=rows.MOST_PLANS)
            return {"plan": put(conn, cleaning_plan, values, "cleaning.planned", who)}

        return self._carried(run)

    def end(self, act: EndCleaningPlan, who: Who) -> Carried:
        """No longer."""
        return self._carried(lambda conn: self._close(conn, act.plan, act.why, who))

    def done(self, act: CleaningDone, who: Who) -> Carried:
        """Somebody has cleaned: it counts for the slot that stands open."""
        not_ahead(act.time, who)

        def run(conn: Connection) -> Data:
            found = _open(rows.get(conn, cleaning_plan, act.plan))
            rule = rule_of(found["days"], found["weeks"], found["first"], found["begins"], found["minutes"])
            slot = slot_for(rule, found["time"], self._zone(), act.time, rows.cleaned(conn, act.plan).slot)
            row: dict[str, Any] = {"plan": act.plan, "slot": slot, "done": act.time, "cleaner": act.cleaner.strip() or found["cleaner"]}
            row |= {"remark": act.remark, "time": who.time, **author(who), "checked": None, "checked_by": "", "checked_name": ""}
            row |= {"passed": None, "reason": "", "work_order": ""}
            return {"cleaning": put(conn, cleaning, row, "cleaning.done", who)}

        return self._carried(run)

    def check(self, act: CheckCleaning, who: Who) -> Carried:
        """What is not ok is said, and is to be done again."""
        if not act.passed and not act.reason.strip():
            raise Refused("reason_missing")

        def run(conn: Connection) -> Data | None:
            found = rows.get(conn, cleaning, act.cleaning)
            if found["checked"] is not None:
                raise Refused("cleaning_checked")
            order = "" if act.passed or not act.order else self._order(conn, found, act.reason, who)
            values = {"checked": who.time, "checked_by": who.person.id, "checked_name": who.person.display, "passed": act.passed}
            amend(conn, cleaning, act.cleaning, values | {"reason": act.reason, "work_order": order}, "cleaning.checked", who)
            return {"order": order} if order else None

        return self._carried(run)

    def _order(self, conn: Connection, found: dict[str, Any], reason: str, who: Who) -> str:
        plan = rows.get(conn, cleaning_plan, found["plan"])
        told = {"title": plan["area"], "text": reason, "subject": "", "priority": PRIORITY, "due": None, "alarm": ""}
        return raise_order(conn, **told, source=f"cleaning:{found['id']}", who=who, room_zone=self._zone())

    def _close(self, conn: Connection, id: str, why: str, who: Who) -> None:
        _open(rows.get(conn, cleaning_plan, id))
        amend(conn, cleaning_plan, id, {"ended": who.time}, "cleaning.ended", who, why=why)


def _open(plan: dict[str, Any]) -> dict[str, Any]:
    if plan["ended"] is not None:
        raise Refused("plan_ended")
    return plan
