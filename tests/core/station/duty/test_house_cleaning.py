"""Cleaning at the station: plan, done, checked, turned down, missed; the work order of what was not ok; sheet and figures."""

from pathlib import Path

from cityops_desktop.link.duty.cleaning import CheckCleaning, CleaningDone, CleaningPage, EndCleaningPlan, PutCleaningPlan
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from tests.core.station.duty.houseroom import HouseRoom, at, house_room

PLAN = {"place": "room", "area": "机房地面", "tasks": "拖地，擦拭机柜表面", "days": "1234567", "first": "2026-09-01", "begins": "08:00"}
PLAN |= {"minutes": 120, "cleaner": "陈阿姨", "firm": "洁净物业"}


def plan(**more: object) -> PutCleaningPlan:
    return PutCleaningPlan.model_validate(PLAN | more)


def page(room: HouseRoom) -> CleaningPage:
    found = room.ask(room.cleaning.page(room.at("vic")))
    assert isinstance(found, CleaningPage)
    return found


def test_a_day_of_cleaning(tmp_path: Path) -> None:
    with house_room(tmp_path) as room:
        id = room.done("lea", plan())["plan"]
        assert room.refused("ann", plan()) == "no_right"
        assert (page(room).plans[0].state, page(room).plans[0].next) == ("waiting", at("2026-09-21T08:00"))
        [coming] = room.sheet("cleaning")
        assert (coming.front, coming.time) == ("due", at("2026-09-21T08:00"))

        room.until("2026-09-21T08:30")
        assert page(room).plans[0].state == "due" and not room.alarms()
        first = room.done("ann", CleaningDone(plan=id, time=at("2026-09-21T08:25")))["cleaning"]
        assert room.refused("ann", CleaningDone(plan=id, time=at("2026-09-21T09:25"))) == "time_ahead"
        told = page(room)
        assert (told.plans[0].state, told.plans[0].waiting) == ("to_check", first)
        assert (told.cleanings[0].cleaner, told.cleanings[0].slot) == ("陈阿姨", at("2026-09-21T08:00"))

        # the check turns it down: again, and a work order
        assert room.refused("ben", CheckCleaning(cleaning=first, passed=False)) == "reason_missing"
        checked = room.done("ben", CheckCleaning(cleaning=first, passed=False, reason="机柜下有积灰", order=True))
        assert room.refused("ben", CheckCleaning(cleaning=first, passed=True)) == "cleaning_checked"
        order = room.body("work_order.raised")
        assert (order["id"], order["title"], order["text"], order["source"]) == (checked["order"], "机房地面", "机柜下有积灰", "cleaning")
        assert page(room).plans[0].state == "again" and not room.alarms()

        # nobody comes: an alarm, until somebody has cleaned
        room.until("2026-09-21T10:31")
        [alarm] = room.alarms()
        assert (alarm.cause, alarm.level, alarm.key) == (Cause.CLEANING_MISSED, Level.MINOR, f"station#cleaning:{id}")
        assert alarm.detail == "机房地面 · 2026-09-21 08:30"
        assert [row.front for row in room.sheet("cleaning")] == ["abnormal", ""]
        second = room.done("ann", CleaningDone(plan=id, time=room.clock.wall(), cleaner="李师傅", remark="已重扫"))["cleaning"]
        assert not room.alarms()

        # not checked within a shift is an alarm as well, also while it is due again
        room.until("2026-09-22T08:10")
        assert page(room).plans[0].state == "due"
        assert [alarm.detail for alarm in room.alarms()] == ["机房地面 · 2026-09-21 10:31"]
        room.done("ben", CheckCleaning(cleaning=second, passed=True))
        assert not room.alarms() and page(room).plans[0].state == "due"

        # a day that was missed stays so the next day
        room.until("2026-09-23T09:00")
        assert [alarm.detail for alarm in room.alarms()] == ["机房地面 · 2026-09-22 08:00"]
        figures = room.figures(at("2026-09-21T00:00"), at("2026-09-23T00:00"))
        assert figures["cleaning.slots"] == 2 and figures["cleaning.done"] == 1 and figures["cleaning.share"] == 0.5
        assert figures["cleaning.rejected"] == 1

        # a changed plan is a new one; what was done stays with the old one
        new = room.done("lea", plan(id=id, minutes=240))["plan"]
        assert new != id and not room.alarms()
        assert [one.id for one in page(room).plans] == [new] and {one.plan for one in page(room).cleanings} == {id}
        assert room.refused("ann", CleaningDone(plan=id, time=room.clock.wall())) == "plan_ended"
        room.done("lea", EndCleaningPlan(plan=new, why="外包到期"))
        assert page(room).plans == [] and room.sheet("cleaning", 1) == []
        assert room.kinds().count("cleaning.planned") == 2 and room.kinds().count("cleaning.ended") == 2
