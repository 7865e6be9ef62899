"""Keys, tools, consumables at the station: out and back, used, counted; what is missing stands on page one of the sheet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.link.duty.handover import Counted, CountStock, EndStock, MoveStock, PutStock, ReturnStock
from cityops_desktop.model.ids import uuid7
from tests.core.station.duty.handoverroom import HandoverRoom, handover_room


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HandoverRoom]:
    with handover_room(tmp_path) as made:
        yield made


def put(house: HandoverRoom, name: str, wanted: float, **more: Any) -> str:
    act = PutStock.model_validate({"item": uuid7(house.clock.wall()), "name": name, "wanted": wanted, "sort": "key", **more})
    return str(house.done("lea", act)["item"])


def fronts(house: HandoverRoom, offered: dict[str, Any]) -> list[tuple[str, str]]:
    rows = house.rows(house.detail(str(offered["handover"])), "stock")
    return [(row.words.split(":")[0].split(" ")[0], row.front) for row in rows]


def test_out_and_back_and_counted(house: HandoverRoom) -> None:
    keys, diesel = put(house, "电池间钥匙", 3), put(house, "柴油", 200, sort="consumable", unit="L", low=50)
    assert house.refused("ann", PutStock(item=uuid7(0), sort="tool", name="x", wanted=1)) == "no_right"
    move = str(house.done("ann", MoveStock(move=uuid7(house.clock.wall()), item=keys, how="out", number=1, whom="张工"))["move"])
    [out] = house.stock().out
    assert (out.whom, out.before, out.after) == ("张工", 3.0, 2.0)
    assert house.refused("ann", MoveStock(move=uuid7(house.clock.wall()), item=keys, how="out", number=9)) == "not_so_many"
    assert house.refused("ann", MoveStock(move=move, item=keys, how="out", number=1)) == "done_before"
    assert house.refused("lea", EndStock(item=keys, why="x")) == "stock_out"
    house.done("ann", MoveStock(move=uuid7(house.clock.wall()), item=diesel, how="used", number=155))
    offered = house.offer()
    assert fronts(house, offered) == [("Running", "abnormal"), ("Out", "changed")]

    house.done("bob", ReturnStock(move=move))
    assert house.refused("bob", ReturnStock(move=move)) == "back_already"
    assert house.refused("bob", ReturnStock(move="none")) == "no_such_move"
    house.clock.advance(60)
    house.done("bob", CountStock(counts=[Counted(item=keys, found=2), Counted(item=diesel, found=45)]))
    again = house.offer(id=str(offered["handover"]))
    assert fronts(house, again) == [("Running", "abnormal"), ("Missing", "abnormal"), ("Counted", "changed")]
    page = house.stock()
    of = {one.name: one for one in page.items}
    assert (of["电池间钥匙"].missing, of["电池间钥匙"].counted_name, of["柴油"].is_low) == (1.0, "Bob", True)
    assert [one.kind for one in page.moves][:2] == ["counted", "counted"]
    figures = house.store.read(lambda conn: house.part.figures(conn, 0, house.clock.wall()))
    assert (figures["stock.missing"], figures["stock.low"]) == (1.0, 1.0)
    house.done("lea", EndStock(item=keys, why="lock changed"))
    assert house.refused("ann", MoveStock(move=uuid7(house.clock.wall()), item=keys, how="used", number=1)) == "no_such_stock"
    assert [one.name for one in house.stock().items] == ["柴油"]


def test_a_count_with_something_unknown_in_it_counts_nothing(house: HandoverRoom) -> None:
    keys = put(house, "keys", 3)
    assert house.refused("bob", CountStock(counts=[Counted(item=keys, found=1), Counted(item="none", found=1)])) == "no_such_stock"
    [one] = house.stock().items
    assert (one.have, one.counted) == (3.0, None)
