"""Acts of people about maintenance plans, contracts and contractors' calls. What is due when is in cityops_desktop.duty.maintenance."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.duty.maintenance import Interval, LastDone, due_day
from cityops_desktop.link.duty.maintenance import (
    CallContractor,
    CallStep,
    EndContract,
    EndMaintenancePlan,
    MaintenanceDone,
    MaintenanceLine,
    PutContract,
    PutMaintenancePlans,
)
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, not_ahead, put
from cityops_desktop.store.duty import attachments
from cityops_desktop.store.duty import housekeeping as visits
from cityops_desktop.store.duty import maintenance as rows
from cityops_desktop.store.duty.orders import raise_order
from cityops_desktop.store.dutyschema import contract, contract_call, maintenance, maintenance_plan, visit
from cityops_desktop.store.numbers import next_number

PRIORITY = 3


class MaintenanceActs:
    """maintenance.* and contract.*; `carried` makes of a job one after which the facts are read again."""

    def __init__(self, room: Callable[[], Room], carried: Callable[[Job], Carried]) -> None:
        self._room, self._carried = room, carried

    def acts(self) -> Acts:
        """By kind."""
        return {
            "maintenance.plan": self.plan,
            "maintenance.end": self.end,
            "maintenance.done": self.done,
            "contract.put": self.put_contract,
            "contract.end": self.end_contract,
            "contract.call": self.call,
            "contract.step": self.step,
        }

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._room().timezone)

    def plan(self, act: PutMaintenancePlans, who: Who) -> Carried:
        """New plans and changed ones."""
        for line in act.plans:
            self._known_devices(line.devices)

        def run(conn: Connection) -> Data:
            if len(rows.plans(conn)) + sum(not line.id for line in act.plans) > rows.MOST_PLANS:
                raise Refused("too_many_plans", most=rows.MOST_PLANS)
            ids = [self._put_line(conn, line, who) for line in act.plans]
            return {"plan": ids[0]} if len(ids) == 1 else {"plans": len(ids)}

        return self._carried(run)

    def _put_line(self, conn: Connection, line: MaintenanceLine, who: Who) -> str:
        if line.contract:
            rows.get(conn, contract, line.contract)
        values = line.model_dump(include={"title", "text", "every", "unit", "counted", "first", "contract", "source"})
        values |= {"equipment": line.group.value, "devices": canonical(line.devices), "time": who.time, "ended": None, **author(who)}
        if not line.id:
            return put(conn, maintenance_plan, values, "maintenance.planned", who)
        _open(rows.get(conn, maintenance_plan, line.id))
        amend(conn, maintenance_plan, line.id, values, "maintenance.planned", who)
        return line.id

    def end(self, act: EndMaintenancePlan, who: Who) -> Carried:
        """No longer."""

        def run(conn: Connection) -> None:
            _open(rows.get(conn, maintenance_plan, act.plan))
            amend(conn, maintenance_plan, act.plan, {"ended": who.time}, "maintenance.ended", who, why=act.why)

        return self._carried(run)

    def done(self, act: MaintenanceDone, who: Who) -> Carried:
        """Done for the day on which it was due."""
        if act.result != "ok" and not act.remark.strip():
            raise Refused("reason_missing")
        if act.day > day_of(who.time, self._zone):
            raise Refused("time_ahead")

        def run(conn: Connection) -> Data:
            plan = _open(rows.get(conn, maintenance_plan, act.plan))
            if rows.done_on(conn, act.plan, act.day):
                raise Refused("done_that_day")
            attachments.require(conn, act.attachments)
            if act.visit:
                visits.get(conn, visit, act.visit)
            due = due_day(interval_of(plan), last_of(rows.last_done(conn, act.plan)))
            order = self._order(conn, plan, act.remark, who) if act.order and act.result != "ok" else ""
            row = act.model_dump(include={"plan", "day", "result", "remark", "visit"}) | {"due": f"{due}", "work_order": order}
            row |= {"attachments": canonical(act.attachments), "time": who.time, **author(who)}
            told = {"maintenance": put(conn, maintenance, row, "maintenance.done", who)}
            return told | ({"order": order} if order else {})

        return self._carried(run)

    def put_contract(self, act: PutContract, who: Who) -> Carried:
        """A contract, new or changed."""
        if act.ends < act.begins:
            raise Refused("ends_before_begin")
        self._known_devices(act.devices)
        values = act.model_dump(exclude={"kind", "id", "sort", "groups"}) | {"kind": act.sort, "devices": canonical(act.devices)}
        values |= {"equipment": canonical([group.value for group in act.groups]), "time": who.time, "ended": None, **author(who)}

        def run(conn: Connection) -> Data:
            if not act.id:
                if len(rows.contracts(conn, former=False)) >= rows.MOST_PLANS:
                    raise Refused("too_many_plans", most=rows.MOST_PLANS)
                return {"contract": put(conn, contract, values, "contract.put", who)}
            _open(rows.get(conn, contract, act.id), "contract_ended")
            amend(conn, contract, act.id, values, "contract.put", who)
            return {"contract": act.id}

        return self._carried(run)

    def end_contract(self, act: EndContract, who: Who) -> Carried:
        """No longer."""

        def run(conn: Connection) -> None:
            _open(rows.get(conn, contract, act.contract), "contract_ended")
            amend(conn, contract, act.contract, {"ended": who.time}, "contract.ended", who, why=act.why)

        return self._carried(run)

    def call(self, act: CallContractor, who: Who) -> Carried:
        """The firm knows."""
        not_ahead(act.reported, who)
        if act.promised is not None and act.promised < act.reported:
            raise Refused("before_the_call")
        values = act.model_dump(exclude={"kind"}) | {"time": who.time, **author(who), "arrived": None, "solved": None}
        values |= {"visit": "", "solution": ""}

        def run(conn: Connection) -> Data:
            agreed = _open(rows.get(conn, contract, act.contract), "contract_ended")
            number = next_number(conn, contract_call.c.number, who.time, self._zone)
            row = {**values, "number": number, "response": agreed["response"]}  # as it was agreed then: a later contract changes no call
            return {"call": put(conn, contract_call, row, "contract.called", who), "number": number}

        return self._carried(run)

    def step(self, act: CallStep, who: Who) -> Carried:
        """They named a time, came, solved it. What is solved without that anybody came was solved from afar."""
        if act.step != "promised":
            not_ahead(act.time, who)
        if act.step == "solved" and not act.text.strip():
            raise Refused("reason_missing")

        def run(conn: Connection) -> None:
            found = rows.get(conn, contract_call, act.call)
            if found["solved"] is not None or (act.step != "solved" and found["arrived"] is not None):
                raise Refused("not_in_this_state")
            if act.time < max(found["reported"], (found["arrived"] or 0) if act.step == "solved" else 0):
                raise Refused("before_the_call")
            if act.visit:
                visits.get(conn, visit, act.visit)
            values: dict[str, Any] = {act.step: act.time}
            values |= {"visit": act.visit} if act.visit else {}
            values |= {"solution": act.text} if act.step == "solved" else {}
            amend(conn, contract_call, act.call, values, "contract.stepped", who, **({"text": act.text} if act.text else {}))

        return self._carried(run)

    def _order(self, conn: Connection, plan: Mapping[str, Any], remark: str, who: Who) -> str:
        told = {"title": plan["title"], "text": remark, "subject": "", "priority": PRIORITY, "due": None, "alarm": ""}
        return raise_order(conn, **told, source=f"maintenance:{plan['id']}", who=who, room_zone=self._zone)

    def _known_devices(self, ids: Iterable[str]) -> None:
        known = {device.id for device in self._room().devices}
        for id in ids:
            if id not in known:
                raise Refused("no_such_device", device=id)


def day_of(time: int, zone: ZoneInfo) -> str:
    """The day of the room on which this is."""
    return f"{datetime.datetime.fromtimestamp(time / 1000, zone).date()}"


def interval_of(plan: Mapping[str, Any]) -> Interval:
    """What a plan keeps, as a rule."""
    return Interval(plan["every"], plan["unit"], plan["counted"], datetime.date.fromisoformat(plan["first"]))


def last_of(done: tuple[str, str] | None) -> LastDone | None:
    """The days of the newest record, as a rule reads them."""
    return None if done is None else LastDone(datetime.date.fromisoformat(done[0]), datetime.date.fromisoformat(done[1]))


def _open(row: Mapping[str, Any], code: str = "plan_ended") -> Mapping[str, Any]:
    if row["ended"] is not None:
        raise Refused(code)
    return row
