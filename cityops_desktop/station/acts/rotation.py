"""Acts of people about rotation tests: plans, and runs with the curves of their span. The figures are in cityops_desktop.duty.rotation."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.duty.rotation import Curve, digest, figures
from cityops_desktop.link.duty.tickets import BeginRotation, EndRotation, EndRotationPlan, PlanRotation, RunFigures
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.envelope import merged
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.staleness import stale_after
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, put
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.store.duty import tickets
from cityops_desktop.store.dutyschema import rotation_plan, rotation_run

LONGEST_MS = 7 * 86_400_000
"""The curves of a run that took longer are not reckoned with."""


class RotationActs:
    """rotation.*. `carried` makes the facts be read again after the commit."""

    def __init__(self, around: DutyAround, carried: Callable[[Job], Carried]) -> None:
        self._around, self._carried = around, carried

    def acts(self) -> Acts:
        """By kind."""
        return {
            "rotation.plan": self.plan,
            "rotation.end_plan": self.end_plan,
            "rotation.begin": self.begin,
            "rotation.end": self.end,
        }

    def plan(self, act: PlanRotation, who: Who) -> Carried:
        """A plan, or another content of one."""
        known = self._around.room().points()
        for key in act.points:
            if key not in known:
                raise Refused("no_such_point", point=key)
        row = act.model_dump(include={"title", "sort", "subject", "days", "first", "note"})
        row |= {"points": canonical(list(dict.fromkeys(act.points))), "time": who.time, "ended": None, **author(who)}

        def run(conn: Connection) -> Data:
            if act.id:
                _require_plan(conn, act.id)
            return {"plan": put(conn, rotation_plan, row | ({"id": act.id} if act.id else {}), "rotation_plan.put", who)}

        return self._carried(run)

    def end_plan(self, act: EndRotationPlan, who: Who) -> Carried:
        """It is not made any more."""

        def run(conn: Connection) -> None:
            _require_plan(conn, act.plan)
            amend(conn, rotation_plan, act.plan, {"ended": who.time}, "rotation_plan.ended", who, why=act.why)

        return self._carried(run)

    def begin(self, act: BeginRotation, who: Who) -> Carried:
        """A run begins; one at a time."""

        def run(conn: Connection) -> Data:
            plan = _require_plan(conn, act.plan)
            if any(one["ended"] is None for one in tickets.runs(conn, act.plan)):
                raise Refused("rotation_runs")
            row: dict[str, Any] = {"plan": act.plan, "begun": who.time, **author(who), "ended": None, "ended_by": "", "ended_name": ""}
            row |= {"passed": None, "remarks": "", "points": plan["points"], "figures": "[]", "digest": ""}
            return {"run": put(conn, rotation_run, row, "rotation.begun", who)}

        return self._carried(run)

    def end(self, act: EndRotation, who: Who) -> Carried:
        """Over: the samples of its span are looked at here, in a worker thread, and kept by reference with their digest."""
        found = self._around.people.read(lambda conn: tickets.get(conn, rotation_run, act.run))
        curves = self._curves(json.loads(found["points"]), found["begun"], who.time)
        told = [
            RunFigures(point=key, unit=curve.unit, **figures(curve, found["begun"], who.time)._asdict()).model_dump()
            for key, curve in curves.items()
        ]
        values = {"ended": who.time, "ended_by": who.person.id, "ended_name": who.person.display, "passed": act.passed}
        values |= {"remarks": act.remarks, "figures": canonical(told), "digest": digest(curves) if curves else ""}

        def run(conn: Connection) -> None:
            if tickets.get(conn, rotation_run, act.run)["ended"] is not None:
                raise Refused("not_in_this_state")
            amend(conn, rotation_run, act.run, values, "rotation.ended", who)

        return self._carried(run)

    def _curves(self, keys: list[str], start: int, end: int) -> Mapping[str, Curve]:
        """Of the points that the room still has."""
        points = self._around.room().points()
        if end - start > LONGEST_MS:
            return {}
        strips: dict[str, list[Any]] = {key: [] for key in keys if key in points}
        for key, strip in self._around.history.samples(list(strips), start, end):
            strips[key].append(strip.between(start, end))
        curves = {}
        for key, parts in strips.items():
            point = points[key]
            if any(len(part) for part in parts):
                gap = round(stale_after(point.period) * 1000)
                curves[key] = Curve(point.unit, merged(*parts), round(point.period * 1000), gap)
        return curves


def _require_plan(conn: Connection, id: str) -> dict[str, Any]:
    row = tickets.get(conn, rotation_plan, id)
    if row["ended"] is not None:
        raise Refused("no_such_rotation")
    return row
