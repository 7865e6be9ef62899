"""Patrols over a real store, with people, a room and a past that a test writes; without a wire and without HTTP."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import numpy as np
from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.duty.patrolcontent import RouteContent, TemplateContent
from cityops_desktop.link.acts import AnyAct
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.patrol import PatrolPage, PatrolSheet, PublishRoute, PublishTemplate, RoundDetail, SubmitRound
from cityops_desktop.model.envelope import Past, samples
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Person, Role
from cityops_desktop.model.points import Group, Kind, Names, Place, Point
from cityops_desktop.model.readings import QUALITY_CODES, Quality
from cityops_desktop.model.rooms import Area, Device, Rack, Room
from cityops_desktop.people import accounts, passwords
from cityops_desktop.people.people import People
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.station.duty.patrol import Patrol
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.duty.patrol import newest
from cityops_desktop.store.dutyschema import patrol_route
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN, GOOD

PEOPLE = {"dina": Role.DUTY, "dora": Role.DUTY, "lea": Role.SHIFT_LEADER, "ed": Role.ENGINEER, "vera": Role.VIEWER}
HALL = {"id": "hall", "name": {"zh": "机房", "en": "Hall"}, "kind": "area", "ref": "hall", "templates": ["climate", "house"]}
UPS = {
    "id": "ups",
    "name": {"zh": "UPS", "en": "UPS"},
    "kind": "device",
    "ref": "ups1",
    "templates": ["house"],
    "code": "T-2",
    "expects": "spot",
}
PLAN = {"times": ["08:00", "16:00"], "window": 60, "early": 30}
ROUTE = {
    "code": "main",
    "name": {"zh": "主巡检", "en": "Main round"},
    "plan": PLAN,
    "stops": [{**HALL, "code": "T-1", "expects": "spot"}, UPS],
}
CLIMATE = {
    "code": "climate",
    "group": "environment",
    "name": {"zh": "环境", "en": "Climate"},
    "items": [
        {
            "id": "temp",
            "kind": "reading",
            "name": {"zh": "温度", "en": "Temperature"},
            "unit": "°C",
            "low": 18,
            "high": 27,
            "find": {"groups": ["environment"], "units": ["°C"]},
            "tolerance": 1.5,
        },
        {"id": "smell", "kind": "check", "name": {"zh": "无异味", "en": "No smell"}},
    ],
}
CHOICES = [{"id": "good", "name": {"zh": "好", "en": "good"}}, {"id": "bad", "name": {"zh": "坏", "en": "bad"}, "ok": False}]
HOUSE = {
    "code": "house",
    "group": "ups_battery",
    "name": {"zh": "设备", "en": "House"},
    "items": [
        {"id": "lamp", "kind": "choice", "name": {"zh": "指示灯", "en": "Lamp"}, "choices": CHOICES},
        {"id": "gauge", "kind": "number", "name": {"zh": "表", "en": "Gauge"}, "unit": "A", "high": 50},
    ],
}


def names(text: str) -> Names:
    return Names(text, text)


def room() -> Room:
    temp = Point("th1.t", "th1", names("温度"), Kind.ANALOG, Group.ENVIRONMENT, "°C", 0.1, 5.0)
    devices = (
        Device("th1", "line1", names("温湿度"), Group.ENVIRONMENT, None, (temp,), place=Place(2, 2)),
        Device("ups1", "line1", names("UPS"), Group.UPS, None, (), place=Place(8, 2)),
    )
    areas = (Area("hall", names("机房"), Place(0, 0), (6, 6)),)
    return Room("r1", names("机房"), DOMAIN, "Asia/Shanghai", "v", devices=devices, areas=areas, racks=(Rack("A01", names("A01")),))


class WrittenPast:
    """A history of the samples that a test put there: (time, value, quality) by key."""

    def __init__(self) -> None:
        self.kept: dict[str, list[tuple[int, float, Quality]]] = {}

    def put(self, key: str, time: int, value: float, quality: Quality = Quality.GOOD) -> None:
        self.kept.setdefault(key, []).append((time, value, quality))

    def at(self, keys: Sequence[str], time: int) -> Past:
        found = {}
        for key in keys:
            fitting = sorted(one for one in self.kept.get(key, ()) if one[0] <= time)[-1:]
            if fitting:
                at, value, quality = fitting[0]
                codes = np.array([QUALITY_CODES[quality]], np.uint8)
                found[key] = samples(np.array([at], np.int64), np.array([value]), codes)
        return Past(None, found)


@dataclass
class Walk:
    """The part, its store, and everybody's credentials."""

    store: Store
    clock: FakeClock
    people: People
    patrol: Patrol
    past: WrittenPast
    persons: dict[str, Person] = field(default_factory=dict)
    _sent: dict[str, Credentials] = field(default_factory=dict)

    def by(self, name: str) -> Credentials:
        """Somebody who is logged in, anew where the clock has ended the session."""
        sent = self._sent.get(name)
        if sent is None or self.people.who(sent.session, sent.bound) is None:
            sent = self._sent[name] = Credentials(self.people.login(name, GOOD, name, f"desk of {name}").token, f"desk of {name}", "local")
        return sent

    def act(self, name: str, act: AnyAct) -> dict[str, Any]:
        """Exactly what a command does: checked, and in one transaction."""
        sent = self.by(name)
        who = self.people.check(sent.session, sent.bound, act.kind)
        job = self.patrol.acts()[act.kind](act, who)

        def whole(conn: Connection) -> Any:
            self.people.recheck(conn, who, act.kind)
            return job(conn)

        told = dict(self.people.write(whole) or {})
        job.after()  # type: ignore[attr-defined]
        return told

    def look(self) -> None:
        """Read the facts, as the station does each minute."""
        self.patrol.known = self.store.read(self.patrol.facts)

    def page(self) -> PatrolPage:
        return asyncio.run(self.patrol.page(self.by("dina")))

    def sheet(self, route: str = "") -> PatrolSheet:
        id = route or self.store.read(lambda conn: str(newest(conn, patrol_route)[0]["id"]))
        return asyncio.run(self.patrol.route_sheet(id, self.by("dina")))

    def detail(self, id: str) -> RoundDetail:
        return asyncio.run(self.patrol.detail(id, self.by("dina")))

    def publish(self, route: dict[str, Any] | None = None) -> str:
        for content in (CLIMATE, HOUSE):
            self.act("ed", PublishTemplate(content=TemplateContent.model_validate(content), why="new"))
        return str(self.act("ed", PublishRoute(content=RouteContent.model_validate(route or ROUTE), why="new"))["id"])

    def draft(self, due: int | None = None, sheet: PatrolSheet | None = None, **changed: Any) -> SubmitRound:
        """A whole round, all in order, that lasted ten minutes and has just ended; `changed` replaces answers ("stop/template/item")."""
        sheet = sheet or self.sheet()
        ended = self.clock.wall()
        begun, answers = ended - 600_000, []
        for stop in sheet.stops:
            for part in stop.parts:
                for item in part.items:
                    answer: dict[str, Any] = {"stop": stop.stop.id, "template": part.template, "item": item.item.id, "state": "ok"}
                    answer |= {"time": begun + 60_000 * (len(answers) + 1)}
                    answer |= {"value": 22.0} if item.item.kind in ("number", "reading") else {}
                    answer |= {"choice": "good"} if item.item.kind == "choice" else {}
                    answers.append(answer | changed.get(f"{answer['stop']}/{part.template}/{answer['item']}", {}))
        more = {key: value for key, value in changed.items() if "/" not in key}
        whole: dict[str, Any] = {"id": uuid7(self.clock.wall()), "route": sheet.route.id, "due": due, "templates": sheet.templates}
        return SubmitRound.model_validate({**whole, "begun": begun, "ended": ended, "answers": answers, **more})


def _people(conn: Connection) -> None:
    hashed = CHEAP.hash(GOOD)
    for name, role in PEOPLE.items():
        account: dict[str, Any] = {"name": name, "display": name.title(), "password": hashed, "roles": [role], "domain": DOMAIN}
        accounts.add(conn, actor=None, time=FakeClock().wall(), **account)


@contextmanager
def walking(folder: Path, clock: FakeClock) -> Iterator[Walk]:
    """A station's patrols in this folder."""
    store = Store.open(folder, clock)
    people = People(store, clock, DOMAIN)
    with patch.object(passwords, "_hasher", CHEAP):
        people.load()
        if not people.any_account():
            store.write(_people).result()
            people.load()
    past, plain = WrittenPast(), room()
    around = SimpleNamespace(clock=cast(Clock, clock), store=store, people=people, refusals=Refusals(store, clock), room=lambda: plain)
    around.history, around.zone, around.incidents_changed = past, DutyAround.zone.fget(around), lambda: None  # type: ignore[attr-defined]
    patrol = Patrol(cast("DutyAround", around))
    patrol.renew = lambda: None
    made = Walk(store, clock, people, patrol, past)
    made.persons = {one.person.name: one.person for one in store.read(lambda conn: accounts.everybody(conn, DOMAIN, clock.wall()))}
    try:
        yield made
    finally:
        store.close()
