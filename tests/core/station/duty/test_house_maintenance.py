"""Maintenance, contracts and calls at the station: due, done, overdue, who comes when, what ends."""

from pathlib import Path

from cityops_desktop.link.duty.maintenance import (
    CallContractor,
    CallStep,
    ContractsPage,
    EndContract,
    EndMaintenancePlan,
    MaintenanceDone,
    MaintenancePage,
    PutContract,
    PutMaintenancePlans,
)
from cityops_desktop.link.duty.visits import EnterVisitor
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from tests.core.station.duty.houseroom import HouseRoom, at, house_room

LINE = {"title": "UPS月度保养", "text": "清洁滤网，检查电池", "group": "ups", "every": 1, "unit": "month", "first": "2026-09-21"}
CONTRACT = {"sort": "maintenance", "title": "UPS维保", "firm": "某电源公司", "begins": "2026-01-01", "ends": "2026-10-20", "response": 240}


def plans(*lines: dict[str, object]) -> PutMaintenancePlans:
    return PutMaintenancePlans.model_validate({"plans": [LINE | line for line in lines]})


def page(room: HouseRoom, year: int = 0) -> MaintenancePage:
    found = room.ask(room.maintenance.page(room.at("vic"), year))
    assert isinstance(found, MaintenancePage)
    return found


def contracts(room: HouseRoom) -> ContractsPage:
    found = room.ask(room.maintenance.contracts(room.at("vic")))
    assert isinstance(found, ContractsPage)
    return found


def test_maintenance_is_due_done_and_due_again(tmp_path: Path) -> None:
    with house_room(tmp_path) as room:
        assert room.refused("lea", plans({"devices": ["none"]})) == "no_such_device"
        fixed = {"title": "灭火系统年检", "group": "fire_protection", "every": 1, "unit": "year", "counted": "fixed", "first": "2026-09-10"}
        assert room.done("lea", plans({"devices": ["ups1"]}, fixed))["plans"] == 2
        [fire, ups] = sorted(room.alarms(), key=lambda one: one.detail, reverse=True)
        assert (fire.level, fire.detail) == (Level.MINOR, "灭火系统年检 · 2026-09-10")
        assert (ups.cause, ups.level, ups.detail) == (Cause.MAINTENANCE_DUE, Level.WARNING, "UPS月度保养 · 2026-09-21")
        told = {one.title: one for one in page(room).plans}
        assert (told["UPS月度保养"].state, told["灭火系统年检"].state) == ("today", "overdue")
        assert told["UPS月度保养"].days == ["2026-09-21", "2026-10-21", "2026-11-21", "2026-12-21"]
        assert sorted(row.front for row in room.sheet("maintenance")) == ["abnormal", "due"]

        id, other = told["UPS月度保养"].id, told["灭火系统年检"].id
        assert room.refused("ann", MaintenanceDone(plan=id, day="2026-09-22", result="ok")) == "time_ahead"
        assert room.refused("ann", MaintenanceDone(plan=id, day="2026-09-21", result="partly")) == "reason_missing"
        room.done("ann", MaintenanceDone(plan=id, day="2026-09-21", result="ok"))
        assert room.refused("ann", MaintenanceDone(plan=id, day="2026-09-21", result="ok")) == "done_that_day"
        bad = room.done("ann", MaintenanceDone(plan=other, day="2026-09-20", result="not_ok", remark="压力低", order=True))
        assert room.body("work_order.raised")["text"] == "压力低" and room.body("work_order.raised")["id"] == bad["order"]
        assert not room.alarms()
        after = {one.title: one.due for one in page(room).plans}
        assert after == {"UPS月度保养": "2026-10-21", "灭火系统年检": "2027-09-10"}
        assert [row.front for row in room.sheet("maintenance")] == ["", "changed"]
        assert [(one.day, one.due) for one in page(room).done] == [("2026-09-21", "2026-09-21"), ("2026-09-20", "2026-09-10")]
        assert page(room, 2027).plans[0].days == ["2027-09-10"] and page(room, 2027).done == []
        figures = room.figures(at("2026-09-21T00:00"), at("2026-09-22T00:00"))
        assert (figures["maintenance.due"], figures["maintenance.done"], figures["maintenance.share"]) == (1, 2, 1.0)
        month = room.figures(at("2026-09-01T00:00"), at("2026-11-01T00:00"))
        assert (month["maintenance.due"], month["maintenance.on_time"]) == (3, 1), "two done, one late, and what comes in October"

        # a changed plan stays the same plan: what was done counts
        room.done("lea", plans({"id": id, "every": 2}))
        assert {one.title: one.due for one in page(room).plans}["UPS月度保养"] == "2026-11-21"
        room.done("lea", EndMaintenancePlan(plan=id, why="设备停用"))
        assert room.refused("ann", MaintenanceDone(plan=id, day="2026-09-21", result="ok")) == "plan_ended"


def test_a_contract_its_calls_and_its_end(tmp_path: Path) -> None:
    with house_room(tmp_path) as room:
        assert room.refused("lea", PutContract.model_validate(CONTRACT | {"ends": "2025-01-01"})) == "ends_before_begin"
        id = room.done("lea", PutContract.model_validate(CONTRACT | {"devices": ["ups1"], "groups": ["ups"]}))["contract"]
        [alarm] = room.alarms()
        assert (alarm.cause, alarm.level, alarm.detail) == (Cause.CONTRACT_ENDING, Level.WARNING, "某电源公司 · UPS维保 · 2026-10-20")
        assert page(room).contracts == [(id, "某电源公司 · UPS维保")]

        now = room.clock.wall()
        call = CallContractor(contract=id, subject="device:ups1", text="风扇异响", reported=now, promised=now + 2 * 3_600_000)
        first = room.done("ann", call)["call"]
        second = room.done("ann", call.model_copy(update={"promised": None, "text": "电池鼓包"}))["call"]
        [expected, waiting, _] = room.sheet("contracts")
        assert (expected.front, expected.time, waiting.front) == ("due", now + 7_200_000, "")
        room.until("2026-09-21T10:00")
        came = {"name": "王维修", "purpose": "换风扇", "escort": room.ids["ann"], "contract": id}
        entry = EnterVisitor.model_validate(came | {"entered": room.clock.wall(), "expected": room.clock.wall() + 1})
        visit = room.done("ann", entry)["visit"]
        assert room.refused("ann", CallStep(call=first, step="arrived", time=room.clock.wall(), visit="none")) == "no_such_visit"
        room.done("ann", CallStep(call=first, step="arrived", time=room.clock.wall(), visit=visit))
        assert [one.id for one in contracts(room).visits] == [visit] == [one.id for one in page(room).visits]
        assert room.refused("ann", CallStep(call=first, step="promised", time=room.clock.wall())) == "not_in_this_state"
        assert room.refused("ann", CallStep(call=first, step="solved", time=room.clock.wall())) == "reason_missing"
        assert room.refused("ann", CallStep(call=first, step="solved", time=now, text="换风扇")) == "before_the_call"
        room.done("ann", CallStep(call=first, step="solved", time=room.clock.wall(), text="换风扇"))
        room.until("2026-09-21T11:00")
        assert [(one.text, one.kept) for one in contracts(room).calls] == [("电池鼓包", False), ("风扇异响", True)]
        assert room.sheet("contracts")[0].front == "abnormal" and "换风扇" in str(room.sheet("contracts")[1].params)
        room.done("ann", CallStep(call=second, step="solved", time=room.clock.wall(), text="电话指导"))
        figures = room.figures(at("2026-09-21T00:00"), at("2026-09-22T00:00"))
        assert (figures["calls"], figures["calls.in_time"], figures["calls.share"]) == (2, 1, 0.5)

        room.until("2026-10-21T00:01")
        assert contracts(room).contracts[0].state == "ended"
        room.done("lea", EndContract(contract=id, why="已续签"))
        assert [one.cause for one in room.alarms()] == [Cause.VISITOR_OVERDUE] and room.refused("ann", call) == "contract_ended"
        assert [one.state for one in contracts(room).contracts] == ["ended"]
