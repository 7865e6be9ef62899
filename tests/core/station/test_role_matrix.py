"""Every command and every question, for every role in its own domain, one above and a foreign one, in both presets: the station over HTTP
does exactly what the matrix says, carries nothing out for somebody without the right, and records each refusal under the person's name."""

import base64
import json
import typing
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from cityops_desktop.clock import SystemClock
from cityops_desktop.link.acts import AnyAct
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.people import accounts, policy, rights, staff
from cityops_desktop.people.factors import totp_code
from cityops_desktop.store import record
from cityops_desktop.store.schema import change, factor
from cityops_desktop.store.store import Store
from tests.peers.station import PASSWORD, StationPeer, slave, station

OWN, ABOVE, FOREIGN = "c/d/s/r1", "c/d", "c/d/s/r2"
DOMAINS = {"own": OWN, "above": ABOVE, "foreign": FOREIGN}
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOBODY, NOTHING = "0" * 36, "0" * 64
ENTRY = "01990000-0000-7000-8000-000000000001"
WHY = {"why": "matrix"}
GRADING = {"edition": "none", "sort": "x", "importance": "x", "loss": "x", "impact": 0, "reporter": "other"}
WORK = {"title": "x", "text": "x", "place": "x", "hazards": "x", "measures": ["x"], "leader": "x"}
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash says itself what it costs to compare with it: twenty-seven persons give their passwords hundreds of times."""
BOTH = {"zh": "x", "en": "x"}
LOOK = {"id": "x", "kind": "check", "name": BOTH}
CHECKS = {"code": "x", "group": "other", "name": BOTH}
STOP = {"id": "x", "name": BOTH, "kind": "rack", "ref": "none", "templates": ["none"]}
ANSWER = {"stop": "x", "template": "x", "item": "x", "state": "ok", "time": 1}
AREA = {"place": "room", "area": "x", "tasks": "x", "days": "1", "first": "2026-01-01", "begins": "08:00", "minutes": 60, "cleaner": "x"}
YEARLY = {"every": 1, "unit": "year", "first": "2026-01-01"}

COMMANDS: dict[str, dict[str, Any]] = {
    "alarm.acknowledge": {"alarms": ["none"]},
    "alarm.silence": {"console": "matrix"},
    "alarm.reset": {"alarms": ["none"]},
    "alarm.tick": {"alarm": "none", "step": 0, "remark": "x"},
    "alarm.selftest": {},
    "notify.test": {"way": "none", "call": "none"},
    "log.archived": {"month": 202609, "sha256": "0" * 64},
    "alarm.shelve": {"keys": ["none"], "until": 2**46, **WHY},
    "alarm.shelve_critical": {"keys": ["none"], "until": 2**46, **WHY},
    "alarm.unshelve": {"keys": ["none"]},
    "service.begin": {"target": "device:none", "until": 2**46, **WHY},
    "service.begin_critical": {"target": "device:none", "until": 2**46, **WHY},
    "service.end": {"target": "device:none"},
    "account.create": {"name": "new", "display": "new", "password": "weak"},
    "account.change": {"account": NOBODY, "display": "x"},
    "account.enable": {"account": NOBODY, "enabled": False, **WHY},
    "account.unlock": {"account": NOBODY},
    "account.reset_password": {"account": NOBODY, "password": PASSWORD},
    "account.absence": {"account": NOBODY, "begins": 0, "ends": 2**46, **WHY},
    "account.absence_end": {"absence": "none"},
    "role.grant": {"account": NOBODY, "role": "duty", "domain": OWN},
    "role.revoke": {"grant": "none"},
    "factor.reset": {"account": NOBODY, **WHY},
    "policy.set": {"preset": "basic", **WHY},
    "session.revoke": {"session": "none"},
    "console.pair": {"name": "x"},
    "console.revoke": {"console": "none"},
    "own.password": {"old": PASSWORD, "new": "weak"},
    "own.pin": {"password": PASSWORD, "pin": ""},
    "own.badge": {"password": PASSWORD, "badge": ""},
    "own.factor_begin": {"password": PASSWORD, "factor": "totp", "name": "x"},
    "own.factor_confirm": {"factor": "none", "code": "000000"},
    "own.factor_end": {"password": PASSWORD, "factor": "none"},
    "own.session_end": {"session": "none"},
    "audit.anchor": {"seq": 1, "hash": NOTHING, "medium": "paper"},
    "audit.verify": {},
    "config.apply": {"digest": NOTHING, "base": 0, **WHY},
    "config.rollback": {"number": 9999, "base": 1, **WHY},
    "config.override": {"id": "limit:none", "value": {"value": 1}, "base": 9999, **WHY},
    "config.reset": {"id": "limit:none", "base": 9999, **WHY},
    "device.admit": {"devices": [{"device": "none", "digest": NOTHING}], **WHY},
    "point.write": {"point": "none", "value": 1, "reason": "matrix"},
    "staff.put": {"account": NOBODY, "entry": "training", "title": "x"},
    "staff.end": {"id": "none", **WHY},
    "rule.publish": {"code": "R", "title": "x", "text": "x"},
    "rule.retire": {"rule": "none", **WHY},
    "rule.acknowledge": {"rule": "none"},
    "view.save": {"id": "none", "name": "x", "content": {}},
    "view.delete": {"view": "none"},
    "view.share": {"view": "none", "roles": []},
    "alarm_view.save": {"id": "none", "name": "x", "content": {}},
    "alarm_view.delete": {"view": "none"},
    "alarm_view.share": {"view": "none", "roles": []},
    "note.add": {"begins": 0, "ends": 1000, "points": ["none"], "text": "x"},
    "note.withdraw": {"note": "none", **WHY},
    "warning.issue": {"colour": "blue", "title": "x", "text": "x", "response": "x", "until": 1},
    "warning.respond": {"warning": "none", "text": "x"},
    "warning.lift": {"warning": "none", **WHY},
    "incident.open": {"title": "x", "text": "x", "begun": 2, "found": 1},
    "incident.classify": {"incident": "none", **GRADING, **WHY},
    "incident.entry": {"incident": "none", "entry": "note", "time": 1, "text": "x"},
    "incident.close": {"incident": "none", "reason": "x", "actions": "x", "lessons": "x"},
    "plan.publish": {"code": "P", "title": "x", "text": "x", "conditions": "x", "sorts": ["none"]},
    "plan.retire": {"plan": "none", **WHY},
    "contact.put": {"id": "none", "duty": "x", "name": "x"},
    "contact.end": {"contact": "none", **WHY},
    "drill.prepare": {"title": "x", "plan": "none", "planned": 1, "leader": "x", "people": "x", "text": "x"},
    "drill.begin": {"drill": "none"},
    "drill.entry": {"drill": "none", "time": 1, "text": "x"},
    "drill.close": {"drill": "none", "summary": "x", "passed": True},
    "drill.improve": {"drill": "none", "text": "x"},
    "attachment.add": {"id": ENTRY, "name": "x.txt", "content": "bWF0cml4", "media": "application/pdf"},
    "logbook.write": {"id": ENTRY, "template": "none", "time": 1, "text": "x"},
    "logbook.close": {"entry": "none", "text": "x"},
    "handover.offer": {"handover": "01900000-0000-7000-8000-000000000001"},
    "handover.sign": {"handover": "none", "hash": NOTHING, "side": "incoming", "name": "nobody at all", "password": "x"},
    "handover.refuse": {"handover": "none", "hash": NOTHING, "name": "nobody at all", "password": "x", **WHY},
    "handover.withdraw": {"handover": "none", **WHY},
    "handover.item": {"item": "01900000-0000-7000-8000-000000000002", "text": "x"},
    "handover.item_close": {"item": "none", "text": "x"},
    "stock.put": {"item": "01900000-0000-7000-8000-000000000003", "sort": "key", "name": "x", "wanted": 1},
    "stock.end": {"item": "none", **WHY},
    "stock.move": {"move": "01900000-0000-7000-8000-000000000004", "item": "none", "how": "out", "number": 1},
    "stock.back": {"move": "none"},
    "stock.count": {"counts": [{"item": "none", "found": 1}]},
    "patrol.template": {"content": {**CHECKS, "items": [LOOK, LOOK]}, **WHY},
    "patrol.template_end": {"code": "none", **WHY},
    "patrol.take_over": {"codes": ["none"]},
    "patrol.route": {"content": {"code": "x", "name": BOTH, "stops": [STOP]}, **WHY},
    "patrol.route_end": {"code": "none", **WHY},
    "patrol.begin": {"id": ENTRY, "route": "none"},
    "patrol.abandon": {"round": "none", **WHY},
    "patrol.submit": {"id": ENTRY, "route": "none", "templates": {}, "begun": 1, "ended": 2, "answers": [ANSWER]},
    "patrol.missed": {"route": "none", "dues": [1], **WHY},
    "patrol.scans": {"source": "x", "scans": [{"code": "x", "time": 2**46}]},
    "order.raise": {"title": "x", "alarms": ["none"]},
    "order.assign": {"order": "none", "name": "x", "priority": 3},
    "order.begin": {"order": "none"},
    "order.note": {"order": "none", "text": "x"},
    "order.done": {"order": "none", "text": "x"},
    "order.check": {"order": "none", "accepted": True, "text": "x"},
    "order.cancel": {"order": "none", **WHY},
    "ticket.work": {**WORK, "starts": 1, "until": 2},
    "ticket.operation": {"title": "x", "steps": [{"text": "x", "point": "none", "low": 1}]},
    "ticket.permit": {"ticket": "none", "text": "x"},
    "ticket.extend": {"ticket": "none", "until": 2**46, **WHY},
    "ticket.interrupt": {"ticket": "none", **WHY},
    "ticket.resume": {"ticket": "none", "text": "x"},
    "ticket.close": {"ticket": "none", "people_out": True, "tools_out": True, "isolation_back": True, "text": "x"},
    "ticket.cancel": {"ticket": "none", **WHY},
    "ticket.start": {"ticket": "none", "operator": "x", "password": ""},
    "ticket.read_out": {"ticket": "none", "step": 1},
    "ticket.operate": {"ticket": "none", "step": 1},
    "ticket.deviate": {"ticket": "none", "step": 1, **WHY},
    "ticket.abort": {"ticket": "none", **WHY},
    "tag.hang": {"target": "rack:none", "text": "x"},
    "tag.remove": {"tag": "none"},
    "rotation.plan": {"title": "x", "sort": "other", "days": 30, "first": "2026-12-01", "points": ["none"]},
    "rotation.end_plan": {"plan": "none", **WHY},
    "rotation.begin": {"plan": "none"},
    "rotation.end": {"run": "none", "passed": True, "remarks": "x"},
    "duty.plan": {"plan": {"post": "crew", "name": "x", "since": "2000-01-01"}, **WHY},
    "duty.end": {"post": "none", "since": "2000-01-01", **WHY},
    "duty.change": {"sort": "leave", "post": "none", "account": NOBODY, "begin": 2, "end": 1, **WHY},
    "duty.withdraw": {"change": "none", **WHY},
    "duty.sign_in": {"post": "none"},
    "duty.sign_out": {"post": "none"},
    "cleaning.plan": {"id": "none", **AREA},
    "cleaning.end": {"plan": "none", **WHY},
    "cleaning.done": {"plan": "none", "time": 1},
    "cleaning.check": {"cleaning": "none", "passed": True},
    "visit.enter": {"name": "x", "purpose": "x", "escort": "none", "entered": 1, "expected": 2},
    "visit.leave": {"visit": "none", "time": 1},
    "visit.extend": {"visit": "none", "expected": 2**46, **WHY},
    "goods.enter": {"direction": "in", "what": "x", "carrier": "x", "settles": "none"},
    "goods.decide": {"goods": "none", "approved": True},
    "goods.pass": {"goods": "none"},
    "maintenance.plan": {"plans": [{"id": "none", "title": "x", "text": "x", "group": "ups", **YEARLY}]},
    "maintenance.end": {"plan": "none", **WHY},
    "maintenance.done": {"plan": "none", "day": "2026-01-01", "result": "ok"},
    "contract.put": {"id": "none", "sort": "other", "title": "x", "firm": "x", "begins": "2026-01-01", "ends": "2026-01-02"},
    "contract.end": {"contract": "none", **WHY},
    "contract.call": {"contract": "none", "text": "x", "reported": 1},
    "contract.step": {"call": "none", "step": "arrived", "time": 1},
    "report.make": {"id": ENTRY, "report": "day", "time": 2**46},
    "report.cancel": {"id": "none"},
    "report.schedule": {"report": "quarter", "at": "08:00"},
    "report.unschedule": {"schedule": "none"},
    "report.template": {"text": "x"},
    "problem.report": {"id": ENTRY, "title": "x", "text": "x"},
    "evaluation.agree": {"text": "x"},
    "evaluation.begin": {"agreement": "none", "day": "2026-01-01"},
    "evaluation.answer": {"evaluation": "none", "respondent": "x", "answers": [{"question": "x", "score": 1}]},
    "evaluation.remark": {"evaluation": "none", "side": "a", "text": "x"},
    "evaluation.sign": {"evaluation": "none", "side": "a", "digest": NOTHING},
    "approval.open": {"password": PASSWORD, "act": {"kind": "policy.set", "preset": "basic", **WHY}},
    "approval.confirm": {"approval": "none", "digest": NOTHING, "name": "nobody at all"},
    "approval.withdraw": {"approval": "none"},
}
"""Each act so that with the right it changes little or nothing, mostly because what it names is not there."""

QUESTIONS = {
    ("GET", "/api/v1/people"): "people.read",
    ("GET", "/api/v1/conformity"): "people.read",
    ("GET", "/api/v1/own"): "own.read",
    ("GET", "/api/v1/rights"): "own.read",
    ("GET", "/api/v1/audit"): "audit.read",
    ("GET", "/api/v1/audit/head"): "audit.read",
    ("GET", "/api/v1/audit/export"): "audit.export",
    ("GET", "/api/v1/logs"): "log.read",
    ("GET", "/api/v1/config"): "config.read",
    ("GET", "/api/v1/config/versions/{number}/files"): "config.read",
    ("GET", "/api/v1/config/versions/{number}/diff"): "config.read",
    ("GET", "/api/v1/config/effective"): "config.read",
    ("GET", "/api/v1/duty/attachments/{id}"): "duty.read",
    ("GET", "/api/v1/duty/reports"): "duty.read",
    ("GET", "/api/v1/duty/reports/{id}/{form}"): "duty.read",
    ("GET", "/api/v1/duty/evaluations"): "duty.read",
    ("GET", "/api/v1/duty/evaluations/{id}"): "duty.read",
    ("GET", "/api/v1/duty/roster"): "duty.read",
    ("GET", "/api/v1/duty/log"): "duty.read",
    ("GET", "/api/v1/duty/log/templates"): "duty.read",
    ("GET", "/api/v1/duty/log/{id}"): "duty.read",
    ("GET", "/api/v1/duty/handover"): "duty.read",
    ("GET", "/api/v1/duty/handover/draft"): "duty.read",
    ("GET", "/api/v1/duty/handovers"): "duty.read",
    ("GET", "/api/v1/duty/handovers/{id}"): "duty.read",
    ("GET", "/api/v1/duty/handovers/{id}/file"): "duty.read",
    ("GET", "/api/v1/duty/stock"): "duty.read",
    ("GET", "/api/v1/duty/since"): "duty.read",
    ("GET", "/api/v1/duty/patrol"): "duty.read",
    ("GET", "/api/v1/duty/patrol/sheet"): "duty.read",
    ("GET", "/api/v1/duty/patrol/rounds"): "duty.read",
    ("GET", "/api/v1/duty/patrol/rounds/{id}"): "duty.read",
    ("GET", "/api/v1/duty/patrol/item"): "duty.read",
    ("GET", "/api/v1/duty/patrol/readings"): "duty.read",
    ("GET", "/api/v1/duty/patrol/scans"): "duty.read",
    ("GET", "/api/v1/duty/orders"): "duty.read",
    ("GET", "/api/v1/duty/orders/{id}"): "duty.read",
    ("GET", "/api/v1/duty/tickets"): "duty.read",
    ("GET", "/api/v1/duty/tickets/{id}"): "duty.read",
    ("GET", "/api/v1/duty/tags"): "duty.read",
    ("GET", "/api/v1/duty/rotation"): "duty.read",
    ("GET", "/api/v1/duty/cleaning"): "duty.read",
    ("GET", "/api/v1/duty/visits"): "duty.read",
    ("GET", "/api/v1/duty/goods"): "duty.read",
    ("GET", "/api/v1/duty/maintenance"): "duty.read",
    ("GET", "/api/v1/duty/contracts"): "duty.read",
    ("GET", "/api/v1/incidents"): "incident.read",
    ("GET", "/api/v1/incidents/{id}"): "incident.read",
    ("GET", "/api/v1/incidents/{id}/bundle"): "incident.export",
    ("PUT", "/api/v1/config/draft"): "config.draft",
}
OPEN = {
    ("GET", "/api/v1/state"),
    ("GET", "/api/v1/stream"),
    ("GET", "/api/v1/history"),
    ("GET", "/api/v1/history/at"),
    ("GET", "/api/v1/history/kept"),
    ("GET", "/api/v1/config/replay"),
    ("GET", "/api/v1/alarms"),
    ("GET", "/api/v1/alarms/at"),
    ("GET", "/api/v1/alarms/{id}/timeline"),
    ("GET", "/api/v1/alarms/{id}/guidance"),
    ("GET", "/api/v1/alarms/{id}/stills/{still}"),
    ("GET", "/api/v1/notify/ways"),
    ("GET", "/api/v1/alarms/load"),
    ("GET", "/api/v1/alarms/views"),
    ("GET", "/api/v1/devices"),
    ("GET", "/api/v1/devices/{id}"),
    ("GET", "/api/v1/devices/{id}/picture"),
    ("GET", "/api/v1/buses"),
    ("GET", "/api/v1/buses/{id}/plan"),
    ("GET", "/api/v1/buses/{id}/frames"),
    ("GET", "/api/v1/analysis"),
    ("GET", "/api/v1/analysis/headings"),
    ("GET", "/api/v1/analysis/chart"),
    ("GET", "/api/v1/statistics/{subject}"),
    ("GET", "/api/v1/statistics/completeness"),
    ("GET", "/api/v1/session/quick"),
    ("GET", "/api/v1/trends/views"),
    ("GET", "/api/v1/notes"),
    ("GET", "/api/v1/notes/{id}/picture"),
    ("GET", "/api/v1/marks"),
    ("POST", "/api/v1/console"),
    ("POST", "/api/v1/commands"),
    ("POST", "/api/v1/duty/attachments"),
    ("POST", "/api/v1/session"),
    ("PUT", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/session/quick"),
    ("POST", "/api/v1/setup"),
    ("POST", "/api/v1/pair"),
}
"""Looking at the room, coming and going: the console's token is enough. What sensitive devices say is told to persons only
(test_hostile_wires.py)."""
DEAR = frozenset(
    {"own.password", "own.pin", "own.badge", "own.factor_begin", "own.factor_end", "approval.open"}
    | {"/api/v1/config/effective", "/api/v1/config/draft"}
)
"""Each costs an argon2id computation or a process of its own when it is not refused: not everybody who may is asked (House.asking)."""


@dataclass
class Asker:
    """A person with one role in one domain, logged in at a console of their own."""

    id: str
    role: Role
    where: str
    client: httpx.Client
    headers: dict[str, str]

    @property
    def roles(self) -> set[Role]:
        """What counts in this room."""
        return set() if self.where == "foreign" else {self.role}

    def command(self, act: dict[str, Any], now: int) -> dict[str, Any]:
        body = {"id": uuid7(now), "deadline": now + 50_000, "act": act}
        answer = self.client.post("/api/v1/commands", json=body, headers=self.headers)
        assert answer.status_code == 200, (act, answer.text)
        return dict(answer.json())

    def ask(self, method: str, path: str, version: int = 1) -> httpx.Response:
        query = {"with": 1} if path.endswith("/diff") else None
        body = {"files": [{"path": "room.yaml", "text": "room: {}"}]} if method == "PUT" else None
        return self.client.request(method, path.replace("{number}", str(version)), params=query, json=body, headers=self.headers)


@dataclass
class House:
    """A station of a preset, everybody in it, and what was refused to them: (account, kind, code)."""

    preset: Preset
    peer: StationPeer
    people: list[Asker]
    data: Path
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def allowed(self, kind: str, asker: Asker) -> bool:
        return rights.allowed(kind, asker.roles, self.preset)

    def asking(self, what: str, kind: str) -> Iterator[Asker]:
        """Who tries it: everybody; of what is dear everybody who may not, and each role that may, in its own domain or in the one above."""
        for asker in self.people:
            chosen = ("own", "above")[list(Role).index(asker.role) % 2]
            if what not in DEAR or asker.where == chosen or not self.allowed(kind, asker):
                yield asker


def prepare(data: Path, preset: Preset) -> dict[str, tuple[str, Role, str]]:
    """The accounts, straight into the store of a station that has not started yet: login name to id, role, where."""
    data.mkdir(mode=0o700)
    store = Store.open(data, SystemClock())
    hashed, now = CHEAP.hash(PASSWORD), SystemClock().wall() - 1000
    made = {}
    for where, domain in DOMAINS.items():
        for role in Role:
            name = f"{role.value}.{where}"

            def add(conn: Any, name: str = name, role: Role = role, domain: str = domain) -> str:
                person = accounts.add(
                    conn, name=name, display=name, password=hashed, roles=[role], domain=domain, actor="station", time=now
                )
                row = {"id": uuid7(now), "account": person.id, "kind": "totp", "name": "x", "secret": SECRET, "confirmed": now}
                row |= {"used": None, "created": now, "ended": None}
                record.put(conn, factor, row, kind="factor.confirmed", actor=person.id, time=now)
                return person.id

            made[name] = (store.write(add).result(), role, where)
    line = {"id": "", "account": made["duty.own"][0], "kind": "training", "title": "t", "number": "", "issuer": ""}
    line |= {"begins": None, "ends": None, "result": "", "score": None, "note": ""}
    store.write(lambda conn: staff.put(conn, line, actor="station", time=now)).result()
    store.write(lambda conn: policy.put(conn, preset, actor="station", time=now)).result()
    store.close()
    return made


@pytest.fixture(scope="module", params=list(Preset), ids=[preset.value for preset in Preset])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp(request.param)
    made = prepare(folder / "data", request.param)
    with slave() as device, station(folder, device.port) as peer:
        assert peer.client is not None
        people = []
        for name, (id, role, where) in made.items():
            headers = {"X-CityOps-Console": f"console of {name}"}
            code = totp_code(base64.b32decode(SECRET), SystemClock().wall() // 1000)
            body = {"name": name, "password": PASSWORD, "console": name, "code": code}
            answer = peer.client.post("/api/v1/session", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            assert answer.json()["limited"] == ""
            headers["X-CityOps-Session"] = answer.json()["token"]
            people.append(Asker(id, role, where, peer.client, headers))
        yield House(request.param, peer, people, folder / "data")


def test_no_command_and_no_question_is_forgotten(house: House) -> None:
    assert set(COMMANDS) == {act.model_fields["kind"].default for act in typing.get_args(typing.get_args(AnyAct)[0])}
    assert house.peer.client is not None
    paths = house.peer.client.get("/api/v1/openapi.json").json()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert served - OPEN == set(QUESTIONS)
    assert {house.allowed(kind, asker) for kind in rights.BASIC for asker in house.people} == {True, False}


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_is_carried_out_for_its_roles_only(house: House, kind: str) -> None:
    now = house.peer.state().now
    for asker in house.asking(kind, kind):
        done = asker.command({"kind": kind, **COMMANDS[kind]}, now)
        may = kind in rights.WITHOUT_PERSON | rights.WITHOUT_SESSION or house.allowed(kind, asker)
        if kind == "approval.open":  # whoever begins it needs the right to the act itself
            may = may and house.allowed("policy.set", asker)
        told = (house.preset, kind, asker.role, asker.where, done)
        assert (done["code"] != "no_right") is may, told
        assert (may and kind not in rights.WITHOUT_SESSION) or done["outcome"] == "refused", told
        if not may:
            house.refused[asker.id, kind, "no_right"] += 1


@pytest.mark.parametrize(("method", "path"), QUESTIONS)
def test_a_question_is_answered_to_its_roles_only(house: House, method: str, path: str) -> None:
    kind = QUESTIONS[method, path]
    answered = 0
    for asker in house.asking(path, kind):
        dear = path.endswith("/diff") and answered > 0  # rooms are compared once; a version that is not there is refused after the right
        answer = asker.ask(method, path, 9999 if dear else 1)
        told = (house.preset, path, asker.role, asker.where, answer.status_code, answer.text[:200])
        if house.allowed(kind, asker):
            assert answer.status_code < 500 and answer.status_code not in (401, 403), told
            assert not dear or answer.json()["code"] == "no_such_version", told
            answered += 1
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "no_right"), told
            house.refused[asker.id, kind, "no_right"] += 1
    assert answered


def test_what_a_person_may_not_see_is_empty(house: House) -> None:
    for asker in house.people:
        if house.allowed("people.read", asker):
            page = asker.ask("GET", "/api/v1/people").json()
            assert bool(page["sessions"]) is house.allowed("session.revoke", asker)
            assert bool(page["staff"]) is house.allowed("staff.read", asker)
            assert not page["consoles"] or house.allowed("console.revoke", asker)
            assert len(page["accounts"]) == len(Role) * len(DOMAINS)
            assert SECRET not in json.dumps(page) and "$argon2" not in json.dumps(page)


def test_nobody_acts_with_a_token_of_somebody_elses_console(house: House) -> None:
    one, other = house.people[:2]
    headers = {**one.headers, "X-CityOps-Console": other.headers["X-CityOps-Console"]}
    stolen = Asker(one.id, one.role, one.where, one.client, headers)
    now = house.peer.state().now
    assert stolen.command({"kind": "own.pin", **COMMANDS["own.pin"]}, now)["code"] == "stolen_session"
    assert stolen.ask("GET", "/api/v1/own").status_code == 403


def test_every_refusal_is_in_the_record_and_no_act_of_the_refused(house: House) -> None:
    """The last one: the station is stopped, and its store is read."""
    assert house.peer.stop() == 0
    store = Store.open(house.data, SystemClock())
    query = select(change.c.kind, change.c.subject, change.c.actor, change.c.body)
    rows = store.read(lambda conn: [tuple(row) for row in conn.execute(query)])
    store.close()
    counted: Counter[tuple[str, str]] = Counter()
    flood: Counter[str] = Counter()
    for kind, subject, actor, body in rows:
        if kind == "act.refused":
            code = json.loads(body)["code"]
            counted[subject.removeprefix("refused:"), code] += 1
            if code == "no_right":
                assert house.refused[actor, subject.removeprefix("refused:"), code], (subject, actor)
        elif kind == "act.refused_many":
            flood.update(json.loads(body)["counts"])
    for name, number in flood.items():
        with suppress(ValueError):
            kind, code = name.split(" ")
            counted[kind, code] += number
    sent = Counter[tuple[str, str]]()
    for (_, kind, code), number in house.refused.items():
        sent[kind, code] += number
    missing = sum((sent - counted).values())
    assert missing <= flood["other"], sent - counted
    assert not {key: number for key, number in (counted - sent).items() if key[1] == "no_right"}
    acted = {(actor, kind) for kind, _, actor, _ in rows}
    for asker in house.people:
        done = {kind for actor, kind in acted if actor == asker.id and kind != "act.refused"}
        if asker.where == "foreign":
            assert done <= {"factor.confirmed", "session.opened", "session.closed"}, (asker, done)
