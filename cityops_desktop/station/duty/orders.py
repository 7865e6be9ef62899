"""Work orders as the station keeps them: what stands, what is overdue as alarms, the answers to consoles, what a handover hears."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.duty.orders import OrderState
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.orders import DoerInfo, OrderDetail, OrderEntryInfo, OrderInfo, OrdersPage
from cityops_desktop.link.duty.orders_api import orders_router
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from cityops_desktop.people import accounts, rights
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.orders import OrderActs
from cityops_desktop.station.duty.part import DutyAround, Part, Span
from cityops_desktop.store.duty import orders
from cityops_desktop.texts import N_

KEY = "station#order:"
"""Then the order's id."""
MOST_ALARMS = 20
"""So many overdue orders have an alarm of their own, the oldest ones; all of them are counted on the page."""
_MOVED: Mapping[OrderState, str] = {
    OrderState.OPEN: N_("Work order {number}: {title}. Nobody has it yet"),
    OrderState.ASSIGNED: N_("Work order {number}: {title}. Given to {owner}"),
    OrderState.RUNNING: N_("Work order {number}: {title}. {owner} is at it"),
    OrderState.DONE: N_("Work order {number}: {title}. Done by {done}, waits for the check"),
    OrderState.CLOSED: N_("Work order {number}: {title}. Closed by {closed}"),
    OrderState.CANCELLED: N_("Work order {number}: {title}. Cancelled by {closed}"),
}
LATE = N_("Work order {number}: {title}. Was due by {due_at} ({owner})")


class OrderFacts(NamedTuple):
    """Of those that stand: how many, how many overdue, and the ones that are due (number, due, priority by id)."""

    open: int
    overdue: int
    dated: Sequence[tuple[str, str, int, int]]


class Orders(Part[OrderFacts]):
    """One area. See Part."""

    causes = frozenset({Cause.ORDER_OVERDUE})

    def __init__(self, around: DutyAround) -> None:
        super().__init__(around)
        self._acts = OrderActs(around, self.carried)

    def routers(self) -> Sequence[APIRouter]:
        """See Part."""
        return (orders_router(self),)

    def acts(self) -> Acts:
        """See Part."""
        return self._acts.acts()

    def facts(self, conn: Connection) -> OrderFacts:
        """See Part."""
        rows = [row for row in orders.standing(conn) if row["due"] is not None and row["state"] != OrderState.DONE]
        open, overdue = orders.counted(conn, self.around.clock.wall())
        return OrderFacts(open, overdue, [(row["id"], row["number"], row["due"], row["priority"]) for row in rows])

    def standing(self, wall: int) -> Iterable[Standing]:
        """An alarm for each order whose time has passed while nobody has done it."""
        late = [one for one in self.known.dated if one[2] < wall][:MOST_ALARMS]
        for id, number, due, priority in late:
            level = Level.MAJOR if priority <= 2 else Level.MINOR
            day = f"{datetime.fromtimestamp(due / 1000, self.around.zone):%Y-%m-%d %H:%M}"
            yield Standing(f"{KEY}{id}", Cause.ORDER_OVERDUE, level, f"{number} · {day}")

    def tell(self, info: DutyInfo, wall: int) -> None:
        """See Part."""
        info.orders_open = self.known.open
        info.orders_overdue = max(self.known.overdue, sum(due < wall for _, _, due, _ in self.known.dated))

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """Orders that stand, and those that were raised or ended in the span."""
        rows = [_told(row, span) for row in orders.between(conn, span.begin, span.end)]
        return [SheetSection(id="orders", title=N_("Work orders"), rows=rows)]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Raised, closed and cancelled in the span; overdue at its end; the share of those with a day that were done in time."""
        counted = orders.figures(conn, begin, end)
        dated = counted["dated"]
        return {
            "orders.raised": float(counted["raised"]),
            "orders.closed": float(counted["closed"]),
            "orders.cancelled": float(counted["cancelled"]),
            "orders.overdue": float(counted["overdue"]),
            "orders.on_time": counted["in_time"] / dated if dated else None,
        }

    async def page(self, before: str, credentials: Credentials) -> OrdersPage:
        """See OrdersDesk."""
        return await self.asked("duty.read", credentials, lambda conn: self._page(conn, placed(before)))

    async def detail(self, id: str, credentials: Credentials) -> OrderDetail:
        """See OrdersDesk."""
        return await self.asked("duty.read", credentials, lambda conn: self._detail(conn, id))

    def _page(self, conn: Connection, before: tuple[int, str] | None) -> OrdersPage:
        former = orders.ended(conn, before, orders.PAGE + 1)
        now = self.around.clock.wall()
        people = self.around.people
        may = [one for one in accounts.everybody(conn, people.domain, now) if one.person.enabled]
        doers = [one for one in may if rights.allowed("order.done", one.person.roles, people.policy.preset)]
        return OrdersPage(
            now=now,
            standing=[order_info(row) for row in orders.standing(conn)],
            ended=[order_info(row) for row in former[: orders.PAGE]],
            more=len(former) > orders.PAGE,
            doers=[DoerInfo(account=one.person.id, name=one.person.display) for one in doers],
        )

    def _detail(self, conn: Connection, id: str) -> OrderDetail:
        row = orders.order(conn, id)
        entries = [OrderEntryInfo.model_validate(one) for one in orders.entries(conn, f"order:{id}")]
        return OrderDetail(now=self.around.clock.wall(), order=order_info(row), entries=entries)


def order_info(row: Mapping[str, Any]) -> OrderInfo:
    """An order as it travels."""
    return OrderInfo.model_validate({**row, "alarms": json.loads(row["alarms"])})


def placed(before: str) -> tuple[int, str] | None:
    """The place in a list from which a console wants the next page."""
    time, _, id = before.partition(":")
    return (int(time), id) if time else None


def _told(row: Mapping[str, Any], span: Span) -> SheetRow:
    """A line of a handover; what is overdue or due soon stands on its first page."""
    state = OrderState(row["state"])
    params = {"number": row["number"], "title": row["title"], "owner": row["owner_name"], "done": row["done_name"]}
    link, due = f"order:{row['id']}", row["due"]
    if row["ended"] is None and due is not None and state is not OrderState.DONE:
        if due < span.end:
            return SheetRow(words=LATE, params={**params, "due_at": due}, time=due, link=link, front="abnormal")
        if due < span.ahead:
            return SheetRow(words=_MOVED[state], params=params, time=due, link=link, front="due")
    changed = row["time"] >= span.begin or (row["ended"] or 0) >= span.begin
    words = {**params, "closed": row["ended_name"]}
    return SheetRow(words=_MOVED[state], params=words, time=row["ended"] or row["time"], link=link, front="changed" if changed else "")
