"""Tickets, tags and rotation tests at the station: who may, two persons, proof by the live value, what a tag stops, curves of a run."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from cityops_desktop.acquire.orders import Order
from cityops_desktop.audit.verify import verify
from cityops_desktop.link.acts import WritePoint
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.tickets import (
    AbortOperation,
    BeginRotation,
    CancelTicket,
    CloseTicket,
    DeviateStep,
    DraftOperation,
    DraftWork,
    EndRotation,
    EndRotationPlan,
    ExtendTicket,
    HangTag,
    InterruptTicket,
    OperateStep,
    PermitTicket,
    PlanRotation,
    ReadStep,
    RemoveTag,
    ResumeTicket,
    StartOperation,
    TicketStep,
)
from cityops_desktop.model.drivers import Written
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Level, Names
from cityops_desktop.model.readings import QUALITY_CODES, Quality
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import AlarmOutput, OutputKind
from cityops_desktop.station.acts.act import Ended
from cityops_desktop.station.duty.part import Span
from cityops_desktop.station.writing import Writing
from tests.core.people.site import GOOD
from tests.core.station.duty.ordersroom import OrdersRoom, orders_room

HOUR, DAY = 3_600_000, 86_400_000
CHECKS: dict[str, Any] = {"people_out": True, "tools_out": True, "isolation_back": True}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrdersRoom]:
    with orders_room(tmp_path_factory.mktemp("tickets")) as made:
        yield made


def work(house: OrdersRoom, tags: tuple[str, ...] = ()) -> str:
    now = house.clock.wall()
    told: dict[str, Any] = {
        "title": "更换风扇",
        "text": "x",
        "place": "机房",
        "hazards": "触电",
        "measures": ["断开输出开关"],
        "leader": "王工",
    }
    act = DraftWork(**told, tags=list(tags), starts=now, until=now + HOUR)
    return str(house.done("ann", act)["ticket"])


def operation(house: OrdersRoom, *steps: TicketStep) -> str:
    return str(house.done("ann", DraftOperation(title="UPS转旁路", steps=list(steps)))["ticket"])


def detail(house: OrdersRoom, id: str) -> Any:
    return house.ask(house.tickets.detail(id, house.at("ann")))


def test_a_work_ticket_is_permitted_by_another_and_closed_when_its_tags_are_gone(house: OrdersRoom) -> None:
    id = work(house, ("node:ups",))
    permit, close = PermitTicket(ticket=id, text="措施已落实"), CloseTicket(ticket=id, text="完工", **CHECKS)
    assert house.refused("ben", permit) == "no_right"
    assert house.refused("lea", permit) == "tags_missing"
    hung = str(house.done("lea", HangTag(target="node:ups", text="禁止合闸，有人工作", ticket=id))["tag"])
    house.done("lea", permit)
    assert house.refused("ann", CancelTicket(ticket=id, why="x")) == "not_in_this_state", "work goes on"
    house.done("ann", InterruptTicket(ticket=id, why="午休"))
    house.done("lea", ResumeTicket(ticket=id, text="措施已复查"))
    house.done("cai", ExtendTicket(ticket=id, until=house.clock.wall() + 2 * HOUR, why="备件晚到"))
    assert house.refused("lea", close) == "tags_hang"
    house.done("lea", RemoveTag(tag=hung))
    house.done("lea", close)
    told = detail(house, id)
    assert (told.ticket.state, told.ticket.permitter_name, told.ticket.ended_name) == ("closed", "Lea", "Lea")
    assert [one.kind for one in told.entries] == ["permit", "interrupt", "resume", "extend", "close"]
    assert [tag.removed_name for tag in told.tags] == ["Lea"]
    assert house.refused("lea", HangTag(target="node:ups", text="x", ticket=id)) == "ticket_over"


def test_nobody_permits_what_he_asked_for(house: OrdersRoom) -> None:
    now = house.clock.wall()
    told: dict[str, Any] = {"title": "x", "text": "x", "place": "x", "hazards": "x", "measures": ["x"], "leader": "x"}
    id = str(house.done("lea", DraftWork(**told, starts=now, until=now + HOUR))["ticket"])
    assert house.refused("lea", PermitTicket(ticket=id, text="x")) == "same_person"
    assert house.refused("lea", DraftWork(**told, starts=now - HOUR, until=now)) == "until_is_past"
    assert house.refused("lea", DraftWork(**told, starts=now, until=now + 1, tags=["rack:none"])) == "no_such_target"
    house.done("ann", CancelTicket(ticket=id, why="不需要了"))


def test_an_operation_by_two_persons_each_step_proven_by_the_live_value(house: OrdersRoom) -> None:
    volts = TicketStep(text="输出电压正常", point="ups1.voltage", low=210, high=230)
    id = operation(house, TicketStep(text="核对设备名称"), volts, volts)
    begin = StartOperation(ticket=id, operator="ben", password=GOOD)
    assert house.refused("ann", begin.model_copy(update={"password": "wrong"})) == "wrong_name_or_password"
    assert house.refused("ann", begin.model_copy(update={"operator": "ann"})) == "same_person"
    assert house.refused("ann", begin.model_copy(update={"operator": "vic"})) == "no_right"
    assert house.refused("ann", ReadStep(ticket=id, step=1)) == "not_in_this_state"
    assert house.done("ann", begin) == {"operator": "Ben"}
    assert house.refused("ben", ReadStep(ticket=id, step=1)) == "not_the_reader"
    assert house.refused("ann", ReadStep(ticket=id, step=2)) == "wrong_step"
    assert house.refused("ben", OperateStep(ticket=id, step=1)) == "step_not_read"
    house.done("ann", ReadStep(ticket=id, step=1))
    assert house.refused("ann", ReadStep(ticket=id, step=1)) == "step_read_already"
    assert house.refused("ann", OperateStep(ticket=id, step=1)) == "not_the_operator"
    assert house.refused("cai", OperateStep(ticket=id, step=1)) == "not_the_operator"
    assert house.refused("cai", OperateStep(ticket=id, step=1, password=GOOD)) == "not_the_reader"
    assert house.refused("ann", OperateStep(ticket=id, step=1, password="wrong")) == "wrong_password"
    assert house.done("ann", OperateStep(ticket=id, step=1, password=GOOD)) == {"done": 1, "state": "running"}

    tick = OperateStep(ticket=id, step=2)  # from now on the operator has a console of his own
    house.reads("ups1.voltage", 220)
    house.clock.advance(1)
    house.done("ann", ReadStep(ticket=id, step=2))
    assert house.refused("ben", tick) == "proof_old"
    house.clock.advance(1)
    house.reads("ups1.voltage", 240)
    result = house.give("ben", tick)
    assert (result.code, result.params["value"], result.params["step"]) == ("proof_other", 240.0, 2)
    house.reads("ups1.voltage", 0, Quality.BAD)
    assert house.refused("ben", tick) == "proof_unknown"
    house.clock.advance(1)
    house.reads("ups1.voltage", 221)
    house.clock.advance(120)
    house.live.sweep()
    assert house.refused("ben", tick) == "proof_stale"
    house.reads("ups1.voltage", 222)
    house.done("ben", tick)
    assert house.refused("ben", tick) == "wrong_step"

    house.done("ann", ReadStep(ticket=id, step=3))
    house.clock.advance(1)
    house.reads("ups1.voltage", 250)
    last = OperateStep(ticket=id, step=3)
    assert house.refused("ben", last) == "proof_other"
    assert house.refused("ben", DeviateStep(ticket=id, step=3, why="x")) == "not_the_reader"
    house.done("ann", DeviateStep(ticket=id, step=3, why="表计偏差，万用表实测221V"))
    assert house.done("ben", last) == {"done": 3, "state": "done"}
    told = detail(house, id)
    assert (told.ticket.state, told.ticket.reader_name, told.ticket.operator_name) == ("done", "Ann", "Ben")
    steps = [(one.step, one.value, one.quality, one.proven, bool(one.deviation)) for one in told.done]
    assert steps == [(1, None, "", False, False), (2, 222.0, "good", True, False), (3, 250.0, "good", False, True)]
    assert house.refused("ann", AbortOperation(ticket=id, why="x")) == "not_in_this_state"
    assert house.body("ticket_step.ticked")["operator"] == house.ids["ben"]


def test_an_operation_ends_where_it_is_aborted(house: OrdersRoom) -> None:
    id = operation(house, TicketStep(text="1"), TicketStep(text="2"))
    assert house.refused("ann", DraftOperation(title="x", steps=[TicketStep(text="x", point="none", low=1)])) == "no_such_point"
    house.done("ann", StartOperation(ticket=id, operator="ben", password=GOOD))
    house.done("ann", ReadStep(ticket=id, step=1))
    assert house.refused("cai", AbortOperation(ticket=id, why="x")) == "not_on_this_ticket"
    house.done("ben", AbortOperation(ticket=id, why="异响"))
    told = detail(house, id)
    assert (told.ticket.state, told.ticket.reason, [one.done for one in told.done]) == ("aborted", "异响", [None])
    assert house.refused("ann", PermitTicket(ticket=id, text="x")) in ("no_right", "not_in_this_state")


def test_a_tag_stops_every_write_below_it_at_once(house: OrdersRoom) -> None:
    given: list[Order] = []
    writing = Writing(house.room, house.store, house.clock, given.append, lambda _: False)
    writing.tags = house.tickets.tags
    who = house.people.check(house.at("cai").session, house.at("cai").bound, "point.write")
    on = WritePoint(point="strip.outlet1", value=1, reason="x")

    async def order() -> None:
        begun = writing.write(on, who)
        await asyncio.wrap_future(house.store.write(begun.job))
        task = asyncio.ensure_future(begun.carry_out(house.clock.wall() + 20_000))
        while not given:
            await asyncio.sleep(0)
        given[0].done(Written(Outcome.DONE, "", 0.0, 1.0))
        await task

    for target in ("point:strip.outlet1", "device:strip", "rack:R1"):
        tag = str(house.done("ann", HangTag(target=target, text="禁止合闸"))["tag"])
        with pytest.raises(Refused) as refused:
            writing.write(on, who)
        assert (refused.value.code, refused.value.params) == ("tagged", {"what": target, "by": "Ann"})
        house.done("ann", RemoveTag(tag=tag))
        house.renew()
        assert house.tickets.tags.on(target) is None
    ready = writing.write(on, who)  # looked at before the tag, recorded after it
    tag = str(house.done("ann", HangTag(target="rack:R1", text="禁止合闸"))["tag"])
    with pytest.raises(Refused, match="tagged"):
        house.store.write(ready.job).result()
    assert not given
    house.done("ann", RemoveTag(tag=tag))
    house.loop.run_until_complete(order())
    assert given[0].forbidden() == ""
    house.done("ann", HangTag(target="device:strip", text="禁止合闸"))
    assert given[0].forbidden() == "tagged", "one that waits for its bus is not sent any more"


def test_a_horn_sounds_below_a_tag_but_not_where_the_tag_names_it(house: OrdersRoom) -> None:
    given: list[Order] = []
    horn = AlarmOutput("horn", Names("警号", "horn"), OutputKind.HORN, "strip.outlet1", Level.MAJOR)
    writing = Writing(replace(house.room, alarm_outputs=(horn,)), house.store, house.clock, given.append, lambda _: False)
    writing.tags = house.tickets.tags

    async def drive() -> Ended:
        task = asyncio.ensure_future(writing.drive("strip.outlet1", 1, 5, {}))
        while not given and not task.done():
            await asyncio.sleep(0)
        if given:
            assert given[0].forbidden() == ""
            given.pop().done(Written(Outcome.DONE, "", 0.0, 1.0))
        return await task

    above = str(house.done("ann", HangTag(target="rack:R1", text="有人工作"))["tag"])
    assert house.loop.run_until_complete(drive()).outcome is Outcome.DONE
    named = str(house.done("ann", HangTag(target="point:strip.outlet1", text="有人工作"))["tag"])
    refused = house.loop.run_until_complete(drive())
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "write_tagged") and not given
    for tag in (above, named):
        house.done("ann", RemoveTag(tag=tag))


def test_a_tag_is_removed_by_who_hung_it_or_by_the_shift_leader_with_a_reason(house: OrdersRoom) -> None:
    assert house.refused("ann", HangTag(target="rack:none", text="x")) == "no_such_target"
    tag = str(house.done("ann", HangTag(target="rack:R1", text="禁止合闸"))["tag"])
    info = DutyInfo()
    house.tickets.tell(info, house.clock.wall())
    assert tag in {one.id for one in info.tags}
    assert house.refused("ben", RemoveTag(tag=tag, why="please")) == "not_your_tag"
    assert house.refused("cai", RemoveTag(tag=tag, why="please")) == "not_your_tag"
    assert house.refused("lea", RemoveTag(tag=tag)) == "reason_needed"
    house.done("lea", RemoveTag(tag=tag, why="Ann 已下班，现场确认无人"))
    assert house.refused("ann", RemoveTag(tag=tag)) == "tag_gone"
    assert house.body("tag.removed")["reason"]
    page = house.ask(house.tickets.tags_page("", house.at("vic")))
    assert tag in {one.id for one in page.removed} and tag not in {one.id for one in page.hanging}


def strip(start: int, values: list[float]) -> Strip:
    time = start + 1000 * np.arange(len(values), dtype=np.int64)
    value, ones, zero = np.array(values), np.ones(len(values), np.uint32), np.zeros(len(values), np.uint8)
    return Strip(0, time, time, value, value, value, value, ones, ones * 0, zero + QUALITY_CODES[Quality.GOOD], zero)


def test_a_rotation_test_is_due_runs_and_keeps_its_curve_by_reference(house: OrdersRoom) -> None:
    first = f"{datetime.fromtimestamp((house.clock.wall() + DAY) / 1000, house.tickets.around.zone):%Y-%m-%d}"
    plan: dict[str, Any] = {"title": "核对性放电", "sort": "battery", "subject": "device:ups1", "days": 90, "first": first}
    made = str(house.done("lea", PlanRotation(**plan, points=["ups1.amps", "ups1.voltage"]))["plan"])
    assert house.refused("lea", PlanRotation(**plan, points=["none"])) == "no_such_point"
    assert not list(house.tickets.standing(house.clock.wall()))
    later = house.clock.wall() + DAY
    assert [one.key for one in house.tickets.standing(later)] == [f"station#rotation:{made}"]
    house.a_day_later()
    run = str(house.done("lea", BeginRotation(plan=made))["run"])
    assert not list(house.tickets.standing(later)), "it is under way"
    assert house.refused("lea", BeginRotation(plan=made)) == "rotation_runs"
    begun = house.clock.wall()
    house.past.strips = {"ups1.amps": strip(begun, [10.0] * 601)}
    house.clock.advance(600)
    house.done("lea", EndRotation(run=run, passed=False, remarks="2号电池压降大"))
    assert house.refused("lea", EndRotation(run=run, passed=True, remarks="x")) == "not_in_this_state"
    assert [one.key for one in house.tickets.standing(later)] == [f"station#rotation:{made}"], "one that was not passed leaves it due"
    [told] = [one for one in house.ask(house.tickets.rotation(house.at("vic"))).plans if one.id == made]
    [over] = told.runs
    assert over.figures[0].hours == pytest.approx(10 / 6, rel=1e-2) and len(over.figures) == 1
    assert len(over.digest) == 64 and over.passed is False and told.late
    again = str(house.done("lea", BeginRotation(plan=made))["run"])
    house.done("lea", EndRotation(run=again, passed=True, remarks="更换后合格"))
    assert not list(house.tickets.standing(later))
    begin = begun - HOUR
    sections = house.store.read(lambda conn: house.tickets.sheet(conn, Span(begin, begin + 9 * HOUR, begin + 21 * HOUR)))
    assert [one.id for one in sections] == ["tickets", "tags", "rotation"]
    assert len(sections[2].rows) == 2
    figures = house.store.read(lambda conn: house.tickets.figures(conn, begin, begin + 9 * HOUR))
    assert (figures["rotation.done"], figures["rotation.failed"]) == (2.0, 1.0)
    house.done("lea", EndRotationPlan(plan=made, why="电池已更换"))
    assert house.refused("lea", BeginRotation(plan=made)) == "no_such_rotation"


def test_rows_are_what_the_log_says(house: OrdersRoom) -> None:
    house.people.write(lambda _conn: None)
    assert verify(house.folder, house.clock).findings == []
