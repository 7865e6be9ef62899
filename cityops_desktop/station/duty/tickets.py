"""Tickets, tags and rotation tests as the station keeps them: what stands, what is due as alarms, answers, what a handover hears."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.duty.rotation import due_day
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.now import DutyInfo, TagInfo
from cityops_desktop.link.duty.orders import OrderEntryInfo
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.link.duty.tickets import (
    DoneStep,
    HungTag,
    RotationPage,
    RotationPlanInfo,
    RotationRunInfo,
    TagsPage,
    TicketDetail,
    TicketInfo,
    TicketsPage,
    TicketStep,
)
from cityops_desktop.link.duty.tickets_api import tickets_router
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level, Names
from cityops_desktop.model.power import PowerNode
from cityops_desktop.model.rooms import Device, Rack, Room
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.rotation import RotationActs
from cityops_desktop.station.acts.tags import TagActs
from cityops_desktop.station.acts.tickets import TicketActs
from cityops_desktop.station.duty.orders import placed
from cityops_desktop.station.duty.part import DutyAround, Part, Span
from cityops_desktop.station.duty.tags import Tags
from cityops_desktop.store.duty import orders, tickets
from cityops_desktop.store.dutyschema import rotation_run, tag, ticket
from cityops_desktop.texts import N_

Row = Mapping[str, Any]
KEY = "station#rotation:"
"""Then the plan's id."""
MOST_TITLE = 80
_TICKETS: Mapping[tuple[str, str], str] = {
    ("work", "asked"): N_("Work ticket {number}: {title}. Asked for by {by}, not permitted yet"),
    ("work", "permitted"): N_("Work ticket {number}: {title}. Work goes on until {until_at}, led by {leader}"),
    ("work", "interrupted"): N_("Work ticket {number}: {title}. Interrupted, led by {leader}"),
    ("work", "closed"): N_("Work ticket {number}: {title}. Closed by {closed}"),
    ("work", "cancelled"): N_("Work ticket {number}: {title}. Cancelled by {closed}"),
    ("operation", "draft"): N_("Operation ticket {number}: {title}. Written by {by}, not begun"),
    ("operation", "running"): N_("Operation ticket {number}: {title}. Under way: {reader} reads, {operator} operates"),
    ("operation", "done"): N_("Operation ticket {number}: {title}. Done by {operator}, read by {reader}"),
    ("operation", "aborted"): N_("Operation ticket {number}: {title}. Aborted by {closed}: {reason}"),
    ("operation", "cancelled"): N_("Operation ticket {number}: {title}. Cancelled by {closed}"),
}
HANGS = N_("Tag on {target}: {text}. Hung by {by}")
REMOVED = N_("Tag on {target} removed by {closed}: {text}")
ROTATION_DUE = N_("Rotation test due by {day}: {title}")
ROTATION_RUNS = N_("Rotation test under way: {title}, begun by {by}")
PASSED = N_("Rotation test passed: {title}. {remarks}")
FAILED = N_("Rotation test not passed: {title}. {remarks}")


class Rotation(NamedTuple):
    """A plan as the facts know it: the day by which its next run is due, and whether one is under way."""

    id: str
    title: str
    due: date
    running: bool


class TicketFacts(NamedTuple):
    """Tags that hang and rotation plans in force."""

    tags: Sequence[TagInfo]
    rotation: Sequence[Rotation]
    covers: Mapping[str, frozenset[str]] = {}


class Tickets(Part[TicketFacts]):
    """One area. See Part. `tags` are what hangs, for whoever writes to equipment."""

    causes = frozenset({Cause.ROTATION_DUE})

    def __init__(self, around: DutyAround) -> None:
        super().__init__(around)
        self.known = TicketFacts((), ())
        self.tags = Tags(around.room, lambda: self.known.tags, lambda: self.known.covers)
        self._tickets = TicketActs(around, self.carried)
        self._tags = TagActs(self.carried, self.tags)
        self._rotation = RotationActs(around, self.carried)

    def routers(self) -> Sequence[APIRouter]:
        """See Part."""
        return (tickets_router(self),)

    def acts(self) -> Acts:
        """See Part."""
        return {**self._tickets.acts(), **self._tags.acts(), **self._rotation.acts()}

    def facts(self, conn: Connection) -> TicketFacts:
        """See Part."""
        hanging = tickets.hanging(conn)
        covers = {row["id"]: frozenset(json.loads(row["covers"])) for row in hanging}
        return TicketFacts([tag_info(row) for row in hanging], self._rotations(conn), covers)

    def standing(self, wall: int) -> Iterable[Standing]:
        """An alarm for each rotation test from the day on by which it is due."""
        today = self._day(wall)
        for one in self.known.rotation:
            if today >= one.due and not one.running:
                yield Standing(f"{KEY}{one.id}", Cause.ROTATION_DUE, Level.MINOR, f"{one.title[:MOST_TITLE]} · {one.due.isoformat()}")

    def tell(self, info: DutyInfo, wall: int) -> None:
        """See Part."""
        info.tags = self.tags.hanging()

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """Tickets, tags and rotation tests: what stands, what happened in the span, what is due."""
        open = {row["id"]: row for row in tickets.standing(conn)}
        open |= {row["id"]: row for row in tickets.between(conn, ticket, (ticket.c.time, ticket.c.ended), span.begin, span.end)}
        names = names_of(self.around.room())
        hung = [_tag_row(row, names) for row in tickets.hanging(conn)]
        hung += [_tag_row(row, names) for row in tickets.between(conn, tag, (tag.c.removed,), span.begin, span.end)]
        return [
            SheetSection(id="tickets", title=N_("Work and operation tickets"), rows=[_ticket_row(row) for row in open.values()]),
            SheetSection(id="tags", title=N_("Tags"), rows=hung),
            SheetSection(id="rotation", title=N_("Rotation tests"), rows=self._rotation_rows(conn, span)),
        ]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Tickets and runs that ended in the span; tags that hang now."""
        over = tickets.between(conn, ticket, (ticket.c.ended,), begin, end)
        runs = tickets.between(conn, rotation_run, (rotation_run.c.ended,), begin, end)
        return {
            "tickets.work": float(sum(row["sort"] == "work" for row in over)),
            "tickets.operation": float(sum(row["sort"] == "operation" for row in over)),
            "tags.hung": float(len(tickets.hanging(conn))),
            "rotation.done": float(len(runs)),
            "rotation.failed": float(sum(row["passed"] is False for row in runs)),
        }

    async def page(self, before: str, credentials: Credentials) -> TicketsPage:
        """See TicketsDesk."""

        def ask(conn: Connection) -> TicketsPage:
            former = tickets.ended(conn, placed(before), tickets.PAGE + 1)
            return TicketsPage(
                now=self.around.clock.wall(),
                standing=[ticket_info(row) for row in tickets.standing(conn)],
                ended=[ticket_info(row) for row in former[: tickets.PAGE]],
                more=len(former) > tickets.PAGE,
            )

        return await self.asked("duty.read", credentials, ask)

    async def detail(self, id: str, credentials: Credentials) -> TicketDetail:
        """See TicketsDesk."""

        def ask(conn: Connection) -> TicketDetail:
            row = tickets.get(conn, ticket, id)
            return TicketDetail(
                now=self.around.clock.wall(),
                ticket=ticket_info(row),
                steps=[TicketStep.model_validate(one) for one in json.loads(row["steps"])],
                done=[DoneStep.model_validate(one) for one in tickets.steps(conn, id)],
                entries=[OrderEntryInfo.model_validate(one) for one in orders.entries(conn, f"ticket:{id}")],
                tags=[hung_tag(one) for one in tickets.tags_of(conn, id, row["time"])],
            )

        return await self.asked("duty.read", credentials, ask)

    async def tags_page(self, before: str, credentials: Credentials) -> TagsPage:
        """See TicketsDesk."""

        def ask(conn: Connection) -> TagsPage:
            former = tickets.removed(conn, placed(before), tickets.PAGE + 1)
            return TagsPage(
                now=self.around.clock.wall(),
                hanging=[hung_tag(row) for row in tickets.hanging(conn)],
                removed=[hung_tag(row) for row in former[: tickets.PAGE]],
                more=len(former) > tickets.PAGE,
            )

        return await self.asked("duty.read", credentials, ask)

    async def rotation(self, credentials: Credentials) -> RotationPage:
        """See TicketsDesk."""
        return await self.asked("duty.read", credentials, self._rotation_page)

    def _rotation_page(self, conn: Connection) -> RotationPage:
        now = self.around.clock.wall()
        rows = {row["id"]: row for row in tickets.plans(conn)}
        plans = []
        for one in self._rotations(conn):
            runs = [run_info(run) for run in tickets.runs(conn, one.id)]
            running = next((run for run in runs if run.ended is None), None)
            told = {**rows[one.id], "points": json.loads(rows[one.id]["points"]), "due": one.due.isoformat()}
            told |= {"late": self._day(now) >= one.due, "running": running, "runs": [run for run in runs if run.ended is not None]}
            plans.append(RotationPlanInfo.model_validate(told))
        return RotationPage(now=now, plans=plans)

    def _rotations(self, conn: Connection) -> list[Rotation]:
        rows = tickets.plans(conn)
        passed = tickets.last_passed(conn, (row["id"] for row in rows))
        running = tickets.running(conn)
        found = []
        for row in rows:
            last = self._day(passed[row["id"]]) if row["id"] in passed else None
            found.append(Rotation(row["id"], row["title"], due_day(row["first"], row["days"], last), row["id"] in running))
        return sorted(found, key=lambda one: (one.due, one.id))

    def _rotation_rows(self, conn: Connection, span: Span) -> list[SheetRow]:
        rows = []
        titles = {}
        for one in self._rotations(conn):
            titles[one.id] = one.title
            link = f"rotation:{one.id}"
            if one.running:
                run = next(run for run in tickets.runs(conn, one.id) if run["ended"] is None)
                params = {"title": one.title, "by": run["actor_name"]}
                rows.append(SheetRow(words=ROTATION_RUNS, params=params, time=run["begun"], link=link, front="abnormal"))
            elif one.due <= self._day(span.ahead):
                params = {"title": one.title, "day": one.due.isoformat()}
                rows.append(SheetRow(words=ROTATION_DUE, params=params, link=link, front="due"))
        for run in tickets.between(conn, rotation_run, (rotation_run.c.ended,), span.begin, span.end):
            title = titles.get(run["plan"]) or tickets.plan_title(conn, run["plan"])
            words = PASSED if run["passed"] else FAILED
            params = {"title": title, "remarks": run["remarks"]}
            link = f"rotation:{run['plan']}"
            rows.append(SheetRow(words=words, params=params, time=run["ended"], link=link, front="changed"))
        return rows

    def _day(self, wall: int) -> date:
        return datetime.fromtimestamp(wall / 1000, self.around.zone).date()


def tag_info(row: Row) -> TagInfo:
    """A tag that hangs, as every console is told."""
    return TagInfo(id=row["id"], target=row["target"], text=row["text"], hung=row["time"], actor_name=row["actor_name"])


def hung_tag(row: Row) -> HungTag:
    """A tag with what became of it."""
    return HungTag.model_validate({**row, "hung": row["time"]})


def ticket_info(row: Row) -> TicketInfo:
    """A ticket as it travels."""
    lists = {"measures": json.loads(row["measures"]), "tags": json.loads(row["tags"])}
    return TicketInfo.model_validate({**row, **lists, "order": row["work_order"]})


def run_info(row: Row) -> RotationRunInfo:
    """A run as it travels."""
    return RotationRunInfo.model_validate({**row, "points": json.loads(row["points"]), "figures": json.loads(row["figures"])})


def _ticket_row(row: Row) -> SheetRow:
    params = {"number": row["number"], "title": row["title"], "by": row["actor_name"], "leader": row["leader"], "until_at": row["until"]}
    params |= {"closed": row["ended_name"], "reader": row["reader_name"], "operator": row["operator_name"], "reason": row["reason"]}
    standing = row["ended"] is None
    words = _TICKETS[row["sort"], row["state"]]
    time = row["ended"] or row["time"]
    return SheetRow(words=words, params=params, time=time, link=f"ticket:{row['id']}", front="abnormal" if standing else "changed")


def names_of(room: Room) -> Mapping[str, Names]:
    """What a tag can hang on, by its target."""
    kinds: Mapping[str, Sequence[Rack | Device | PowerNode]] = {"rack": room.racks, "device": room.devices, "node": room.power}
    found = {f"{kind}:{one.id}": one.names for kind, things in kinds.items() for one in things}
    devices = {device.id: device.names for device in room.devices}
    for key, point in room.points().items():
        place = devices[point.device]
        found[f"point:{key}"] = Names(f"{place.zh} {point.names.zh}", f"{place.en} {point.names.en}")
    return found


def _tag_row(row: Row, names: Mapping[str, Names]) -> SheetRow:
    id = row["target"].partition(":")[2]
    name = names.get(row["target"], Names(id, id))
    params = {"target": name.en, "target_zh": name.zh, "text": row["text"], "by": row["actor_name"], "closed": row["removed_name"]}
    if row["removed"] is None:
        return SheetRow(words=HANGS, params=params, time=row["time"], link=f"tag:{row['id']}", front="abnormal")
    return SheetRow(words=REMOVED, params=params, time=row["removed"], link=f"tag:{row['id']}", front="changed")
