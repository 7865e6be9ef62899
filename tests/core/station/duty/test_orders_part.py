"""Work orders at the station: from raising to the check by somebody else, overdue as an alarm, lists in pages, what a handover hears."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from cityops_desktop.audit.verify import verify
from cityops_desktop.link.duty.orders import (
    AssignOrder,
    BeginOrder,
    CancelOrder,
    CheckOrder,
    NoteOrder,
    OrderDone,
    RaiseOrder,
)
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.people import Who
from cityops_desktop.model.points import Level
from cityops_desktop.station.duty.part import Span
from cityops_desktop.store.duty import orders
from tests.core.station.duty.ordersroom import OrdersRoom, orders_room

HOUR = 3_600_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrdersRoom]:
    with orders_room(tmp_path_factory.mktemp("orders")) as made:
        yield made


def test_an_order_from_raising_to_the_check(house: OrdersRoom) -> None:
    raised = house.done("ann", RaiseOrder(title="更换滤网", text="AC2", subject="device:ups1", priority=2, source="patrol:f1"))
    id = str(raised["order"])
    assert str(raised["number"]).endswith("-001")
    assert house.refused("vic", RaiseOrder(title="x")) == "no_right"
    assert house.refused("ann", OrderDone(order=id, text="x")) == "not_in_this_state", "nobody has it yet"
    assert house.refused("ann", AssignOrder(order=id, priority=2)) == "nobody_named"
    assert house.refused("ann", AssignOrder(order=id, account="none", priority=2)) == "no_such_account"
    house.done("lea", AssignOrder(order=id, account=house.ids["ben"], priority=1, due=house.clock.wall() + HOUR))
    house.done("ben", BeginOrder(order=id))
    house.done("ben", NoteOrder(order=id, text="滤网到货"))
    house.done("ben", OrderDone(order=id, text="已更换"))
    assert house.refused("ben", CheckOrder(order=id, accepted=True, text="good")) == "same_person"
    house.done("lea", CheckOrder(order=id, accepted=False, text="还在报警"))
    assert house.refused("lea", CheckOrder(order=id, accepted=True, text="good")) == "not_in_this_state"
    house.done("ben", OrderDone(order=id, text="压差正常"))
    house.done("ann", CheckOrder(order=id, accepted=True, text="验收合格"))
    told = house.ask(house.orders.detail(id, house.at("vic")))
    assert (told.order.state, told.order.owner_name, told.order.done_name, told.order.ended_name) == ("closed", "Ben", "Ben", "Ann")
    assert [one.kind for one in told.entries] == ["assign", "begin", "note", "done", "reject", "done", "accept"]
    assert house.refused("lea", CancelOrder(order=id, why="x")) == "not_in_this_state"
    assert [row["id"] for row in house.store.read(lambda conn: orders.raised_from(conn, "patrol", "f1"))] == [id]
    assert {"work_order.raised", "work_order.rejected", "work_order.closed"} <= set(house.kinds())


def test_overdue_is_an_alarm_until_it_is_done(house: OrdersRoom) -> None:
    due = house.clock.wall() + HOUR
    urgent = str(house.done("ann", RaiseOrder(title="漏水", priority=1, due=due))["order"])
    usual = str(house.done("ann", RaiseOrder(title="灯坏", priority=3, due=due))["order"])
    assert not list(house.orders.standing(due))
    standing = {one.key.removeprefix("station#order:"): one for one in house.orders.standing(due + 1)}
    assert {id: one.level for id, one in standing.items()} == {urgent: Level.MAJOR, usual: Level.MINOR}
    assert {one.cause for one in standing.values()} == {Cause.ORDER_OVERDUE}
    house.done("ann", BeginOrder(order=urgent))
    house.done("ann", OrderDone(order=urgent, text="done"))
    assert [one.key for one in house.orders.standing(due + 1)] == [f"station#order:{usual}"]
    house.done("lea", CancelOrder(order=usual, why="not needed"))
    assert not list(house.orders.standing(due + 1))


def test_a_handover_hears_of_what_is_late_and_what_is_due(house: OrdersRoom) -> None:
    begin = house.clock.wall()
    house.clock.advance(1)
    late = str(house.done("ann", RaiseOrder(title="late", due=begin + HOUR))["order"])
    soon = str(house.done("ann", RaiseOrder(title="soon", due=begin + 10 * HOUR))["order"])
    span = Span(begin, begin + 8 * HOUR, begin + 20 * HOUR)
    [section] = house.store.read(lambda conn: house.orders.sheet(conn, span))
    fronts = {row.link.removeprefix("order:"): row.front for row in section.rows}
    assert (fronts[late], fronts[soon]) == ("abnormal", "due")
    figures = house.store.read(lambda conn: house.orders.figures(conn, begin + 1, begin + 8 * HOUR))
    assert (figures["orders.raised"], figures["orders.overdue"]) == (2.0, 1.0)
    assert house.store.read(lambda conn: house.orders.figures(conn, 0, 1))["orders.on_time"] is None


def test_what_is_over_comes_in_pages(house: OrdersRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        id = str(house.done("ann", RaiseOrder(title=f"no {n}"))["order"])
        house.done("lea", CancelOrder(order=id, why="x"))
    monkeypatch.setattr(orders, "PAGE", 3)
    seen, before, more = list[str](), "", True
    while more:
        page = house.ask(house.orders.page(before, house.at("ann")))
        seen += [one.id for one in page.ended]
        before, more = f"{page.ended[-1].ended}:{page.ended[-1].id}", page.more
    every = house.store.read(lambda conn: [row["id"] for row in orders.ended(conn, None, 1000)])
    assert seen == every and len(set(seen)) == len(seen) >= 5
    assert {one.name for one in page.doers} == {"Ann", "Ben", "Cai", "Lea"}


def test_other_areas_raise_orders_in_their_own_transaction(house: OrdersRoom) -> None:
    who = house.people.check(house.at("ann").session, house.at("ann").bound, "order.raise")
    house.store.write(lambda conn: _raised(house, conn, who)).result()
    [row] = house.store.read(lambda conn: orders.raised_from(conn, "calibration", "ups1.voltage"))
    assert (row["state"], row["priority"], row["actor_name"]) == ("open", 3, "Ann")


def _raised(house: OrdersRoom, conn: Connection, who: Who) -> str:
    zone = house.orders.around.zone
    about: dict[str, Any] = {"title": "校准", "text": "", "subject": "point:ups1.voltage", "priority": 3, "due": None, "alarm": ""}
    return orders.raise_order(conn, **about, source="calibration:ups1.voltage", who=who, room_zone=zone)


def test_rows_are_what_the_log_says(house: OrdersRoom) -> None:
    house.people.write(lambda _conn: None)
    assert verify(house.folder, house.clock).findings == []
