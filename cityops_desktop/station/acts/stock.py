"""Acts of people about keys, tools, spares and consumables: what is counted, what goes out and comes back, what was found."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from cityops_desktop.duty.stock import Holding, Move, moved
from cityops_desktop.link.duty.handover import CountStock, EndStock, MoveStock, PutStock, ReturnStock
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, put
from cityops_desktop.store.duty import stock
from cityops_desktop.store.dutyschema import stock_item, stock_move


@dataclass(frozen=True, slots=True)
class StockActs:
    """stock.*. `carried` makes a job one after which the facts are read anew."""

    carried: Callable[[Job], Carried]

    def acts(self) -> Acts:
        """By kind."""
        return {
            "stock.put": self.put,
            "stock.end": self.end,
            "stock.move": self.move,
            "stock.back": self.back,
            "stock.count": self.count,
        }

    def put(self, act: PutStock, who: Who) -> Carried:
        """Something that is counted from now on, or of which another number must be there."""
        told = {"kind": act.sort.value, "name": act.name, "unit": act.unit, "place": act.place, "wanted": act.wanted, "low": act.low}

        def run(conn: Connection) -> Data:
            known = stock.find(conn, act.item)
            if (known is None or known["ended"] is not None) and stock.count(conn) >= stock.MOST_ITEMS:
                raise Refused("too_much_stock", most=stock.MOST_ITEMS)
            held = {"have": act.wanted, "out": 0.0, "counted": None, "counted_name": ""}
            if known is not None:
                held = {name: known[name] for name in held}
            row = {"id": act.item, **told, **held, "time": who.time, **author(who), "ended": None}
            put(conn, stock_item, row, "stock.put", who)
            return {"item": act.item}

        return self.carried(run)

    def end(self, act: EndStock, who: Who) -> Carried:
        """Not counted any more. Refused(stock_out) while some of it is with somebody."""

        def run(conn: Connection) -> None:
            if stock.item(conn, act.item)["out"]:
                raise Refused("stock_out")
            amend(conn, stock_item, act.item, {"ended": who.time}, "stock.ended", who, why=act.why)

        return self.carried(run)

    def move(self, act: MoveStock, who: Who) -> Carried:
        """Out, used or added. Refused(not_so_many)."""

        def run(conn: Connection) -> Data:
            if stock.move(conn, act.move) is not None:
                raise Refused("done_before")
            self._write(conn, act.move, act.item, Move(act.how), act.number, act.whom, act.note, who)
            return {"move": act.move}

        return self.carried(run)

    def back(self, act: ReturnStock, who: Who) -> Carried:
        """What was out is back."""

        def run(conn: Connection) -> None:
            gone = stock.move(conn, act.move)
            if gone is None or gone["kind"] != Move.OUT:
                raise Refused("no_such_move")
            if gone["back"] is not None:
                raise Refused("back_already")
            self._write(conn, uuid7(who.time), gone["item"], Move.BACK, gone["number"], gone["whom"], "", who)
            amend(conn, stock_move, act.move, {"back": who.time, "back_name": who.person.display}, "stock.returned", who)

        return self.carried(run)

    def count(self, act: CountStock, who: Who) -> Carried:
        """So many were found; the differences stand on the next sheet."""

        def run(conn: Connection) -> None:
            for one in act.counts:
                self._write(conn, uuid7(who.time), one.item, Move.COUNTED, one.found, "", act.note, who)
                amend(conn, stock_item, one.item, {"counted": who.time, "counted_name": who.person.display}, "stock.counted", who)

        return self.carried(run)

    def _write(self, conn: Connection, id: str, item: str, move: Move, number: float, whom: str, note: str, who: Who) -> None:
        """A movement, and what is there after it."""
        known = stock.find(conn, item) if move is Move.BACK else stock.item(conn, item)
        if known is None:
            raise Refused("no_such_stock")
        now = moved(Holding(known["have"], known["out"]), move, number)
        if now is None:
            raise Refused("not_so_many", have=known["have"])
        row = {"id": id, "item": item, "kind": move.value, "number": number, "before": known["have"], "after": now.have, "whom": whom}
        row |= {"note": note, "time": who.time, **author(who), "back": None, "back_name": ""}
        put(conn, stock_move, row, f"stock.{move}", who)
        amend(conn, stock_item, item, {"have": now.have, "out": now.out}, f"stock.{move}", who)
