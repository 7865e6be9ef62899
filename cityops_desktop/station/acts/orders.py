"""Acts of people about work orders. What may follow what is in cityops_desktop.duty.orders."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.duty.orders import ORDER, OrderEvent, OrderState
from cityops_desktop.link.duty.orders import AssignOrder, BeginOrder, CancelOrder, CheckOrder, NoteOrder, OrderDone, RaiseOrder
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.store.duty import orders
from cityops_desktop.store.dutyschema import work_order


class OrderActs:
    """order.*. `carried` makes the facts be read again after the commit."""

    def __init__(self, around: DutyAround, carried: Callable[[Job], Carried]) -> None:
        self._around, self._carried = around, carried

    def acts(self) -> Acts:
        """By kind."""
        return {
            "order.raise": self.begin_life,
            "order.assign": self.assign,
            "order.begin": self.begin,
            "order.note": self.note,
            "order.done": self.done,
            "order.check": self.check,
            "order.cancel": self.cancel,
        }

    def begin_life(self, act: RaiseOrder, who: Who) -> Carried:
        """A new order."""
        given: dict[str, Any] = act.model_dump(include={"title", "text", "subject", "priority", "due", "source", "alarms"})

        def run(conn: Connection) -> Data:
            id = orders.raise_order(conn, **given, alarm="", who=who, room_zone=self._around.zone)
            return {"order": id, "number": orders.order(conn, id)["number"]}

        return self._carried(run)

    def assign(self, act: AssignOrder, who: Who) -> Carried:
        """Somebody has it now; also another day or another urgency."""
        if not act.account and not act.name.strip():
            raise Refused("nobody_named")

        def run(conn: Connection) -> None:
            name = act.name.strip()
            if act.account:
                found = accounts.by_id(conn, act.account, self._around.people.domain, who.time)
                if found is None or not accounts.usable(conn, found, who.time):
                    raise Refused("no_such_account")
                name = found.person.display
            values = {"owner": act.account, "owner_name": name, "priority": act.priority, "due": act.due}
            self._move(conn, act.order, OrderEvent.ASSIGN, values, "work_order.assigned", who, name)

        return self._carried(run)

    def begin(self, act: BeginOrder, who: Who) -> Carried:
        """It is being done."""

        def run(conn: Connection) -> None:
            row = orders.order(conn, act.order)
            values: dict[str, Any] = {"begun": row["begun"] or who.time}
            if not row["owner_name"]:
                values |= {"owner": who.person.id, "owner_name": who.person.display}
            self._move(conn, act.order, OrderEvent.BEGIN, values, "work_order.begun", who, "")

        return self._carried(run)

    def note(self, act: NoteOrder, who: Who) -> Carried:
        """A remark, also about one that is over."""

        def run(conn: Connection) -> Data:
            orders.order(conn, act.order)
            return {"entry": orders.write_entry(conn, f"order:{act.order}", "note", act.text, who)}

        return self._carried(run)

    def done(self, act: OrderDone, who: Who) -> Carried:
        """It is done, and waits for somebody else's look."""
        values = {"done": who.time, "done_by": who.person.id, "done_name": who.person.display, "result": act.text}

        def run(conn: Connection) -> None:
            self._move(conn, act.order, OrderEvent.DONE, values, "work_order.done", who, act.text)

        return self._carried(run)

    def check(self, act: CheckOrder, who: Who) -> Carried:
        """Closed, or given back. Refused(same_person) for who did it."""

        def run(conn: Connection) -> None:
            row = orders.order(conn, act.order)
            if row["state"] == OrderState.DONE and who.person.id == row["done_by"]:
                raise Refused("same_person")
            event = OrderEvent.ACCEPT if act.accepted else OrderEvent.REJECT
            values = _ended(who, act.text) if act.accepted else {"done": None, "done_by": "", "done_name": "", "result": ""}
            self._move(conn, act.order, event, values, "work_order.closed" if act.accepted else "work_order.rejected", who, act.text)

        return self._carried(run)

    def cancel(self, act: CancelOrder, who: Who) -> Carried:
        """It is not wanted any more."""

        def run(conn: Connection) -> None:
            self._move(conn, act.order, OrderEvent.CANCEL, _ended(who, act.why), "work_order.cancelled", who, act.why)

        return self._carried(run)

    def _move(self, conn: Connection, id: str, event: OrderEvent, values: dict[str, Any], kind: str, who: Who, text: str) -> None:
        """The event in the row, in the change log and in what was written about the order."""
        state = ORDER.get((OrderState(orders.order(conn, id)["state"]), event))
        if state is None:
            raise Refused("not_in_this_state")
        amend(conn, work_order, id, {"state": state.value, **values}, kind, who)
        orders.write_entry(conn, f"order:{id}", event.value, text, who)


def _ended(who: Who, why: str) -> dict[str, Any]:
    return {"ended": who.time, "ended_by": who.person.id, "ended_name": who.person.display, "reason": why}
