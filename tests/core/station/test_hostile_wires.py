"""A client that is not our window, at the wires and devices: orders and admissions without right, twice, at once, altered; the bytes of
sensitive devices by any path; floods of questions. All refused, and recorded where somebody's right is at stake."""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusTcpClient

from cityops_desktop.acquire.orders import Order
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.acts import WritePoint
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.drivers import Written
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Limited, Outcome, Person, Way, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.room.load import load_room
from cityops_desktop.station import access as access_module
from cityops_desktop.station import wires as wires_module
from cityops_desktop.station.access import Access
from cityops_desktop.station.acts.act import Ended
from cityops_desktop.station.duty.tags import Tags
from cityops_desktop.station.writing import Writing
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.core.station.test_wires import NOBODY, Place
from tests.peers import warm
from tests.peers.slaves import HERE, running
from tests.peers.station import PASSWORD, StationPeer

ROOM = """
room: {{id: r1, name: {{zh: 测试机房, en: Test room}}, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: {port}}}
devices:
  - {{id: a, bus: tcp, address: 1, points: [
      {{id: setpoint, kind: analog, unit: "°C", table: holding, address: 40, type: int16, scale: 0.1, period: 0.5,
        write: {{low: 18, high: 28, step: 0.5}}}}]}}
  - {{id: door, bus: tcp, address: 2, sensitive: true, points: [
      {{id: x, kind: analog, table: holding, address: 10, type: uint16, period: 0.2}}]}}
"""
PIN = "482915"


class House:
    """A station with one person of each sort, and its slave."""

    def __init__(self, folder: Path, port: int) -> None:
        self.slave = ModbusTcpClient("127.0.0.1", port=port)
        self.slave.connect()
        self.slave.write_registers(40, [220], device_id=1)
        room, self.data = folder / "room.yaml", folder / "data"
        room.write_text(ROOM.format(port=port), "utf-8")
        self.peer = StationPeer(room, self.data).wait_ready()
        self.peer.first_administrator()
        self.root = self.peer.login("root")
        for name, role in (("gong", "engineer"), ("ban", "duty"), ("kan", "viewer")):
            body = {"kind": "account.create", "name": name, "display": name, "password": PASSWORD, "roles": [role]}
            assert self.peer.act(self.root, body)["outcome"] == "done"
        self.engineer, self.duty, self.viewer = (self.peer.login(name) for name in ("gong", "ban", "kan"))

    def get(self, path: str, session: str | None = None, **headers: str) -> Any:
        assert self.peer.client is not None
        return self.peer.client.get(f"/api/v1{path}", headers={**self.peer.headers(session), **headers})

    def pin_session(self) -> str:
        """The engineer, come back by PIN."""
        assert self.peer.client is not None
        headers = self.peer.headers(self.engineer)
        set_it = self.peer.act(self.engineer, {"kind": "own.pin", "password": PASSWORD, "pin": PIN})
        assert set_it["outcome"] == "done", set_it
        place = {"X-CityOps-Console": headers["X-CityOps-Console"]}
        [known] = self.peer.client.get("/api/v1/session/quick", headers=place).json()
        answer = self.peer.client.post("/api/v1/session/quick", json={"console": "x", "account": known["id"], "pin": PIN}, headers=place)
        assert answer.status_code == 201, answer.text
        token = str(answer.json()["token"])
        self.peer._consoles[token] = place
        return token

    def rows(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Kind, subject and body of the whole log, after the station has stopped."""
        assert self.peer.stop() == 0
        store = Store.open(self.data, SystemClock())
        try:
            rows = store.read(lambda conn: conn.execute(change.select().order_by(change.c.seq)).all())
            return [(row.kind, row.subject, json.loads(row.body)) for row in rows]
        finally:
            store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running([warm.python(), HERE / "pymodbus_slave.py", "tcp", "1", "2"]) as port:
        house = House(tmp_path, int(port))
        try:
            yield house
        finally:
            house.slave.close()
            house.peer.stop()


def order(value: float = 23.5, why: str = "hot spot") -> dict[str, Any]:
    return {"kind": "point.write", "point": "a.setpoint", "value": value, "reason": why}


ADMIT = {"kind": "device.admit", "devices": [{"device": "a", "digest": "0" * 64}], "why": "as ordered"}


def test_who_may_not_order_orders_nothing(house: House) -> None:
    """Nobody, a forged session, viewer, duty, administrator, a stolen session, one by PIN, one that was ended."""
    peer = house.peer
    for act in (order(), ADMIT):
        told = {who: peer.act(who, act)["code"] for who in (None, "forged", house.viewer, house.duty, house.root)}
        assert list(told.values()) == ["not_logged_in"] * 2 + ["no_right"] * 3
    stolen = house.engineer
    home, peer._consoles[stolen] = peer._consoles[stolen], {"X-CityOps-Console": "another"}
    assert [peer.act(stolen, act)["code"] for act in (order(), ADMIT)] == ["stolen_session"] * 2
    peer._consoles[stolen] = home
    by_pin = house.pin_session()
    assert [peer.act(by_pin, act)["code"] for act in (order(), ADMIT)] == ["quick_session"] * 2
    assert peer.client is not None
    peer.client.delete("/api/v1/session", headers=peer.headers(by_pin))
    assert [peer.act(by_pin, act)["code"] for act in (order(), ADMIT)] == ["not_logged_in"] * 2
    assert house.slave.read_holding_registers(40, count=1, device_id=1).registers == [220]
    kinds = [kind for kind, _, _ in house.rows()]
    assert "order.begun" not in kinds and "device.admitted" not in kinds and kinds.count("act.refused") >= 16


def test_of_many_orders_at_once_one_is_sent_and_every_one_is_recorded(house: House) -> None:
    peer = house.peer
    now = peer.state().now

    def give(n: int) -> dict[str, Any]:
        return peer.act(house.engineer, order(18 + n / 2), id=uuid7(now + n), deadline=now + 30_000)

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(give, range(10)))
    done = [one for one in told if one["outcome"] == "done"]
    assert done and {one["code"] for one in told if one not in done} <= {"order_running"}
    rows = house.rows()
    begun = {subject: body["value"] for kind, subject, body in rows if kind == "order.begun"}
    ended = {subject: body for kind, subject, body in rows if kind == "order.done"}
    assert begun.keys() == ended.keys()
    assert len([one for one in ended.values() if one["outcome"] == "done"]) == len(done)
    assert all(one["code"] == "order_running" for one in ended.values() if one["outcome"] == "refused")


def test_of_two_orders_that_were_recorded_at_once_one_is_sent(tmp_path: Path) -> None:
    file, data = tmp_path / "room.yaml", tmp_path / "data"
    file.write_text(ROOM.format(port=1), "utf-8")
    data.mkdir(mode=0o700)
    clock, given = SystemClock(), list[Order]()
    store = Store.open(data, clock)
    room = load_room(file, DRIVERS)
    writing = Writing(room, store, clock, given.append, lambda _: False)
    writing.tags = Tags(lambda: room, lambda: ())

    async def both() -> list[Ended]:
        who = Who(Person("id", "li", "李工", frozenset()), "session", "console", Way.FULL, Limited.NOTHING, clock.wall())
        begun = [writing.write(WritePoint(point="a.setpoint", value=value, reason="x"), who) for value in (20, 21)]
        for one in begun:
            await asyncio.wrap_future(store.write(one.job))
        first, second = (asyncio.ensure_future(one.carry_out(clock.wall() + 20_000)) for one in begun)
        refused = await second
        given[0].done(Written(Outcome.DONE, "", 22.0, 20.0))
        return [await first, refused]

    told = asyncio.run(both())
    store.close()
    assert [(one.outcome, one.code) for one in told] == [(Outcome.DONE, ""), (Outcome.REFUSED, "order_running")]
    assert [one.value for one in given] == [20]


def test_what_is_no_number_is_no_value_and_what_says_nothing_no_reason(house: House) -> None:
    peer = house.peer
    assert peer.client is not None
    now = peer.state().now
    values = [json.dumps(order()).replace("23.5", value) for value in ("NaN", "1e999", "-Infinity", "9" * 5000, "null", "[]")]
    reasons = [json.dumps(order(why=why)) for why in (" ", "\n\n", "\u200b", "\ufeff", "\u202eabc", "a\u2066b", "\u061c", "\0", "\ud800")]
    headers = {**peer.headers(house.engineer), "Content-Type": "application/json"}
    for act in (*values, *reasons):
        body = f'{{"id": "{uuid7(now)}", "deadline": {now + 30_000}, "act": {act}}}'
        assert peer.client.post("/api/v1/commands", content=body, headers=headers).status_code in (400, 422), act[:200]
    assert peer.state().station.restarts == 0
    assert "order.begun" not in [kind for kind, _, _ in house.rows()]


def test_the_bytes_of_a_sensitive_device_by_no_path(house: House) -> None:
    """Details, picture, history, frames: not without a session, with a stolen or a forged one. Who is logged in sees them, on record."""
    house.peer.until(lambda state: any(one.key == "door.x" and one.quality.value == "good" for one in state.live), "a value")
    span = "/history?point=door.x&from=0&to=86400000"
    for headers in ({}, {"X-CityOps-Session": "forged"}, {"X-CityOps-Session": house.viewer, "X-CityOps-Console": "another"}):
        assert [house.get(f"/devices/door{path}", **headers).status_code for path in ("", "/picture")] == [403, 403]
        assert b"door.x" not in house.get(span, **headers).content
        for query in ("", "?after=0", f"?after={2**53}"):
            frames = house.get(f"/buses/tcp/frames{query}", **headers).json()["frames"]
            assert not [one for one in frames if one["device"] != "a" and (one["hex"] or one["params"])]
            assert [one for one in frames if one["device"] == "a" and one["hex"]]
    assert house.get("/devices").json()["devices"][0]["device"] in ("a", "door")
    assert all(one["digest"] == "" for one in house.get("/devices").json()["devices"] if one["device"] == "door")
    assert house.get("/devices/door", house.viewer).status_code == 200
    assert house.get("/devices/door/picture", house.viewer).json()["code"] == "no_such_picture"
    assert b"door.x" in house.get(span, house.viewer).content
    frames = house.get("/buses/tcp/frames?after=0", house.viewer).json()["frames"]
    assert [one for one in frames if one["device"] == "door" and one["hex"]]
    looks = [(subject, body["what"]) for kind, subject, body in house.rows() if kind == "device.accessed"]
    assert sorted(looks) == [("access:door", what) for what in ("details", "frames", "history", "picture")]


def test_a_flood_of_questions_is_refused_and_does_not_heap_up(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path, clock)
    place.exchange()
    monkeypatch.setattr(wires_module, "MOST_WAITING", 3)

    async def flood() -> list[object]:
        asked = [place.desk.frames("line", 0, NOBODY) for _ in range(20)]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    told = asyncio.run(flood())
    refused = [one for one in told if isinstance(one, Refused)]
    assert len(refused) == 17 and {one.code for one in refused} == {"busy"}
    assert asyncio.run(place.desk.frames("line", 0, NOBODY)).frames, "and then it answers again"
    place.desk.close()


class Heard:
    """People as Access uses them: each question of right is counted; what is recorded can be held up, and fail."""

    def __init__(self) -> None:
        self.asked, self.right, self.held = 0, True, threading.Event()

    async def may(self, *_: object) -> Who:
        self.asked += 1
        if not self.right:
            raise Refused("not_logged_in")
        return Who(Person("id", "li", "李工", frozenset()), "session", "console", Way.FULL, Limited.NOTHING, 0)

    def write(self, _job: object) -> None:
        assert self.held.wait(30)
        raise Refused("not_recorded")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    heard = Heard()
    monkeypatch.setattr(access_module, "may_ask", heard.may)
    return heard


SOMEBODY = Credentials("token", "console", "local")


def test_an_ended_session_is_refused_once_a_question_however_many_sensitive_devices(heard: Heard, clock: FakeClock) -> None:
    """Else one window that stays open would push everything else out of the record of refusals."""
    doors = [f"door-{n}" for n in range(50)]
    access = Access(heard, None, clock, doors)  # type: ignore[arg-type]
    heard.right = False
    assert asyncio.run(access.withheld([*doors, "other"], "frames", SOMEBODY)) == frozenset(doors)
    assert heard.asked == 1
    assert asyncio.run(access.withheld(["other"], "frames", SOMEBODY)) == frozenset()
    assert asyncio.run(access.withheld(doors, "frames", NOBODY)) == frozenset(doors)
    assert heard.asked == 1


def test_what_cannot_be_recorded_is_shown_to_no_second_question_either(heard: Heard, clock: FakeClock) -> None:
    access = Access(heard, None, clock, {"door"})  # type: ignore[arg-type]

    async def twice() -> list[object]:
        both = [asyncio.ensure_future(access.look("door", "picture", SOMEBODY)) for _ in range(2)]
        await asyncio.sleep(0)
        heard.held.set()
        return list(await asyncio.gather(*both, return_exceptions=True))

    told = asyncio.run(twice())
    assert [one.code for one in told if isinstance(one, Refused)] == ["not_recorded"] * 2
