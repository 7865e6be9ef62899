"""Visitors and goods at the station: who is inside, who signs, what is kept of a document; goods out by another person's approval."""

from pathlib import Path

import pytest
from sqlalchemy import select

from cityops_desktop.link.duty.visits import (
    DecideGoods,
    EnterGoods,
    EnterVisitor,
    ExtendVisit,
    GoodsPage,
    PassGoods,
    VisitorLeft,
    VisitsPage,
)
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.refused import Refused
from cityops_desktop.store.schema import change
from tests.core.station.duty.houseroom import HouseRoom, at, house_room

NUMBER = "35010219900307123X"


def visitor(room: HouseRoom, name: str = "王维修", **more: object) -> EnterVisitor:
    now = room.clock.wall()
    told = {"name": name, "firm": "某电源公司", "purpose": "UPS巡检", "document": "identity_card", "number": NUMBER, "badge": "7"}
    return EnterVisitor.model_validate(told | {"escort": room.ids["ann"], "entered": now, "expected": now + 7_200_000} | more)


def visits(room: HouseRoom, **more: object) -> VisitsPage:
    asked = {"text": "", "since": 0, "until": 2**53, "before": "", "most": 200} | more
    found = room.ask(room.visits.visits(room.at("vic"), **asked))
    assert isinstance(found, VisitsPage)
    return found


def goods(room: HouseRoom, **more: object) -> GoodsPage:
    asked = {"text": "", "since": 0, "until": 2**53, "before": "", "most": 200} | more
    found = room.ask(room.visits.goods(room.at("vic"), **asked))
    assert isinstance(found, GoodsPage)
    return found


def test_a_visitor_comes_in_and_goes(tmp_path: Path) -> None:
    with house_room(tmp_path) as room:
        told = room.done("ann", visitor(room))
        assert told["number"] == "2026-001" and room.told().visitors == 1
        [inside] = visits(room).inside
        assert (inside.masked, inside.escort_name, inside.badge_back) == ("123X", "Ann", None)
        log = room.store.read(lambda conn: [row.body for row in conn.execute(select(change.c.body))])
        assert not [body for body in log if "0307" in body], "the number of the document is nowhere"

        # nobody twice, no badge twice; somebody inside is escorted
        assert room.refused("ben", visitor(room, " 王 维修", badge="8")) == "visitor_inside"
        assert room.refused("ben", visitor(room, "李四")) == "badge_out"
        assert room.refused("ben", visitor(room, "李四", badge="", escort="")) == "no_escort"
        assert room.refused("ben", visitor(room, "李四", badge="", escort="nobody")) == "no_such_escort"
        assert room.refused("ben", visitor(room, "李四", badge="", expected=room.clock.wall())) == "expected_before_entry"
        room.done("ben", visitor(room, "李四", badge="", escort="", escort_name="物业张工", number="", expected=at("2026-09-21T20:00")))
        assert room.told().visitors == 2
        assert [row.front for row in room.sheet("visitors")] == ["due", "due"]

        # past the time: an alarm that names no person, on every console
        room.until("2026-09-21T08:51")
        [alarm] = room.alarms()
        assert (alarm.cause, alarm.detail) == (Cause.VISITOR_OVERDUE, "7 · 2026-09-21 08:50")
        [late, _] = room.sheet("visitors")
        assert late.front == "abnormal" and late.params["who"] == "王维修 (某电源公司)"
        room.done("ben", ExtendVisit(visit=inside.id, expected=at("2026-09-21T09:30"), why="更换风扇"))
        assert not room.alarms()

        # the escort signs out; another person says why
        assert room.refused("ben", VisitorLeft(visit=inside.id, time=room.clock.wall())) == "escort_signs"
        assert room.refused("ann", VisitorLeft(visit=inside.id, time=at("2026-09-21T06:00"))) == "before_entry"
        room.done("ben", VisitorLeft(visit=inside.id, time=room.clock.wall(), badge_back=False, why="陪同人已交班"))
        assert room.refused("ann", VisitorLeft(visit=inside.id, time=room.clock.wall())) == "visitor_gone"
        page = visits(room)
        assert [one.name for one in page.inside] == ["李四"] and [one.badge for one in page.badges] == ["7"]
        assert [(one.gone_name, one.signed_why) for one in page.visits] == [("", ""), ("Ben", "陪同人已交班")]
        assert "not given back" in room.sheet("visitors")[1].words

        # the badge turned up and goes out again; the same visitor may come again
        again = room.done("ann", visitor(room))["visit"]
        assert visits(room).badges == []
        room.done("ann", VisitorLeft(visit=again, time=room.clock.wall()))
        figures = room.figures(at("2026-09-21T00:00"), at("2026-09-22T00:00"))
        assert (figures["visits"], figures["visits.overdue"]) == (3, 0)


def test_the_register_is_searched_and_read_in_pages(tmp_path: Path) -> None:
    with house_room(tmp_path) as room:
        for n in range(5):
            room.done("ann", visitor(room, f"访客{n}", badge="", purpose="参观" if n % 2 else "巡检"))
        room.clock.advance(60)
        room.done("ann", visitor(room, "100%", badge=""))
        assert [one.name for one in visits(room, text="访客 参观").visits] == ["访客3", "访客1"]
        assert [one.name for one in visits(room, text="%").visits] == ["100%"]
        seen: list[str] = []
        before = ""
        for _ in range(3):
            page = visits(room, most=2, before=before)
            seen += [one.number for one in page.visits]
            before = f"{page.visits[-1].entered}:{page.visits[-1].id}"
        assert seen == sorted(seen, reverse=True) and len(set(seen)) == 6 and not page.more
        with pytest.raises(Refused):
            visits(room, before="yesterday")
        assert visits(room, since=room.clock.wall()).visits[0].name == "100%"


def test_goods_go_out_when_another_person_approves(tmp_path: Path) -> None:
    with house_room(tmp_path) as room:
        told = {"what": "光纤熔接机", "serial": "SN-01", "quantity": 1, "form": "F-88", "carrier": "王维修"}
        loan = room.done("ann", EnterGoods.model_validate(told | {"direction": "in", "until": "2026-09-22"}))["goods"]
        [stands] = goods(room).loans
        assert (stands.state, stands.settled) == ("passed", None)
        assert [row.front for row in room.sheet("goods")] == ["", ""], "due after the next turn"
        out = EnterGoods.model_validate(told | {"direction": "out", "settles": loan})
        assert room.refused("ann", out.model_copy(update={"direction": "in"})) == "goods_not_owed"
        assert room.refused("ann", out.model_copy(update={"attachments": ["01999999-9999-7999-8999-999999999999"]})) == "no_such_attachment"
        id = room.done("lea", out)["goods"]
        assert room.refused("ann", PassGoods(goods=id)) == "goods_not_approved"
        assert room.refused("ann", DecideGoods(goods=id, approved=True)) == "no_right"
        assert room.refused("lea", DecideGoods(goods=id, approved=True)) == "another_approves"
        assert room.refused("cai", DecideGoods(goods=id, approved=False)) == "reason_missing"
        room.done("cai", DecideGoods(goods=id, approved=True))
        assert room.refused("cai", DecideGoods(goods=id, approved=True)) == "goods_decided"
        room.until("2026-09-21T12:01")
        assert [row.front for row in room.sheet("goods")][:2] == ["due", "due"], "approved and not out; and the loan is due tomorrow"
        room.done("ann", PassGoods(goods=id))
        page = goods(room)
        assert page.waiting == [] and page.loans == [] and [one.passed_name for one in page.goods] == ["Ann", "Ann"]
        assert room.refused("ann", out) == "goods_not_owed"
        figures = room.figures(at("2026-09-21T00:00"), at("2026-09-22T00:00"))
        assert (figures["goods.in"], figures["goods.out"]) == (1, 1)
        assert room.body("goods.settled")["id"] == loan
        assert goods(room, text="熔接机 F-88").goods[0].number == "2026-002"
