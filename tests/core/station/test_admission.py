"""Devices that are new, changed or exchanged: a real station, real slaves that say who they are, restarts and falls of the station."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.messages import AlarmInfo, Copy, IdentityInfo
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.peers import warm
from tests.peers.slaves import HERE, free_port, running
from tests.peers.station import PASSWORD, StationPeer

HEAD = """
room: {{id: r1, name: {{zh: 测试机房, en: Test room}}, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: {port}}}
devices:
"""
DEVICE = """
  - id: {id}
    bus: tcp
    address: {unit}
    identify: {identify}
    points:
      - {{id: temp, kind: analog, unit: "°C", table: holding, address: 10, type: int16, period: 0.2, limits: [{{level: major, high: 5}}]}}
      - {{id: serial, kind: analog, table: holding, address: 100, type: uint16, period: 0.5}}
"""
A, B, C, D = [dict(id=id, unit=unit, identify="[serial]") for unit, id in enumerate("abcd", 1)]
WHO = {**A, "identify": "device_id"}


@contextmanager
def slaves(port: int, *units: str, model: str = "M1", version: str = "1.0") -> Iterator[None]:
    with running([warm.python(), HERE / "identified_slave.py", str(port), model, version, *units]):
        yield


class House:
    """A station on a room file that a test writes, and its slaves' port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.peer: StationPeer | None = None
        self.session = ""

    @contextmanager
    def station(self, *devices: dict[str, Any]) -> Iterator[StationPeer]:
        room = self.write(*devices)
        self.peer = peer = StationPeer(room, self.folder / "data")
        try:
            yield peer.wait_ready()
        finally:
            peer.stop()

    def write(self, *devices: dict[str, Any]) -> Path:
        path = self.folder / "room.yaml"
        listed = "".join(DEVICE.format(**one) + one.get("more", "") for one in devices)
        path.write_text(HEAD.format(port=self.port) + listed, "utf-8")
        return path

    def identity(self, device: str) -> IdentityInfo:
        assert self.peer is not None and self.peer.client is not None
        return next(one for one in self.page() if one.device == device)

    def page(self) -> list[IdentityInfo]:
        assert self.peer is not None and self.peer.client is not None
        return [IdentityInfo.model_validate(one) for one in self.peer.client.get("/api/v1/devices").json()["devices"]]

    def known(self, device: str) -> dict[str, str] | None:
        one = self.identity(device)
        return None if one.known is None else one.known.facts

    def engineer(self) -> str:
        assert self.peer is not None
        self.peer.first_administrator()
        root = self.peer.login("root")
        account = {"kind": "account.create", "name": "li", "display": "李工", "password": PASSWORD, "roles": ["engineer"]}
        assert self.peer.act(root, account)["outcome"] == "done"
        return self.peer.login("li")

    def admit(self, session: str, *devices: str, digest: str = "") -> dict[str, Any]:
        assert self.peer is not None
        shown = [{"device": device, "digest": digest or self.identity(device).digest} for device in devices]
        return self.peer.act(session, {"kind": "device.admit", "devices": shown, "why": "as ordered"})

    def apply(self, session: str, *devices: dict[str, Any]) -> None:
        """Another room file becomes the configuration; the station starts anew with it."""
        assert self.peer is not None and self.peer.client is not None
        self.write(*devices)
        files = {"room.yaml": (self.folder / "room.yaml").read_text("utf-8")}
        review = self.peer.client.put("/api/v1/config/draft", json={"files": files}, headers=self.peer.headers(session), timeout=60).json()
        assert not review["problems"], review
        act = {"kind": "config.apply", "digest": review["digest"], "base": review["base"], "why": "more equipment"}
        assert self.peer.act(session, act)["outcome"] == "done"
        self.peer.wait_ready()

    def kinds(self, device: str) -> list[str]:
        store = Store.open(self.folder / "data", SystemClock())
        try:
            query = change.select().where(change.c.subject == f"device:{device}").order_by(change.c.seq)
            return [row.kind for row in store.read(lambda conn: list(conn.execute(query)))]
        finally:
            store.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def quality(state: Copy, key: str) -> tuple[str, str]:
    live = next(one for one in state.live if one.key == key)
    return live.quality.value, "" if live.reason is None else live.reason.value


def standing(state: Copy, cause: str) -> list[AlarmInfo]:
    return [alarm for alarm in state.alarms if alarm.cause.value == cause and alarm.returned is None and alarm.state.value != "normal"]


GOOD, DOUBTED = ("good", ""), ("uncertain", "not_admitted")


def test_a_first_configuration_is_taken_over_as_found_and_an_exchange_is_noticed(house: House) -> None:
    with slaves(house.port, "1=100", "2=200"), house.station(A, B) as peer:
        peer.until(lambda _: (house.known("a"), house.known("b")) == ({"serial": "100"}, {"serial": "200"}), "both said who they are")
        assert [(one.waits, one.actor) for one in house.page()] == [("", "station"), ("", "station")]
        assert not standing(peer.until(lambda state: quality(state, "a.temp") == GOOD, "a good value"), "device_new")
        li = house.engineer()
    with slaves(house.port, "1=200", "2=100"), house.station(A, B) as peer:  # somebody has exchanged the two units meanwhile
        peer.until(lambda state: quality(state, "a.temp") == DOUBTED and quality(state, "b.temp") == DOUBTED, "uncertain values")
        state = peer.until(lambda state: len(standing(state, "device_changed")) == 2, "an alarm each")
        alarms = standing(state, "device_changed")
        assert sorted((alarm.subject, alarm.level, alarm.detail) for alarm in alarms) == [("a", 2, "serial"), ("b", 2, "serial")]
        over = [alarm for alarm in state.alarms if alarm.subject == "a.temp" and alarm.cause.value == "high"]
        assert [alarm.state.value for alarm in over] == ["unacknowledged"], "7 is above 5, whoever says it"
        li = peer.login("li")
        assert house.admit(li, "a", digest="0" * 64)["code"] == "other_identity"
        assert house.admit(li, "a")["outcome"] == "done"
        peer.until(lambda state: quality(state, "a.temp") == GOOD and len(standing(state, "device_changed")) == 1, "a is admitted, b waits")
        one = house.identity("a")
        assert (one.waits, one.actor_name, one.note) == ("", "李工", "as ordered")
        assert house.known("a") == {"serial": "200"}
        assert house.admit(li, "a", digest="0" * 64)["code"] == "not_waiting"
        assert house.admit(li, "z", digest="0" * 64)["code"] == "no_such_device"
    assert house.kinds("a") == ["device.found", "device.found", "device.changed", "device.admitted"]
    assert verify(house.folder / "data", SystemClock()).findings == []


def test_what_appears_later_waits_over_restarts_and_falls_of_the_station(house: House) -> None:
    with slaves(house.port, "1=100", "2=200", "3=300"), house.station(A) as peer:
        li = house.engineer()
        house.apply(li, A, B, C)
        peer.until(lambda state: quality(state, "b.temp") == quality(state, "c.temp") == DOUBTED, "uncertain values")
        state = peer.until(lambda state: standing(state, "device_new"), "an alarm")
        [alarm] = standing(state, "device_new")
        assert (alarm.subject, alarm.detail, alarm.level) == ("bus:tcp", "2", 3)
        assert quality(state, "a.temp") == GOOD
        peer.until(lambda _: house.identity("c").seen.facts == {"serial": "300"}, "c says who it is")  # type: ignore[union-attr]
        os.kill(peer.child(), signal.SIGKILL)
        peer.wait_ready()
        state = peer.until(lambda state: quality(state, "b.temp") == DOUBTED, "still uncertain")
        assert [one.id for one in standing(state, "device_new")] == [alarm.id], "the same occurrence"
        li = peer.login("li")
        assert house.admit(li, "b")["outcome"] == "done"
        peer.until(lambda state: quality(state, "b.temp") == GOOD, "b is admitted")
        state = peer.until(lambda state: [one.detail for one in standing(state, "device_new")] == ["1"], "one still waits")
        assert [(one.subject, one.detail) for one in standing(state, "device_new")] == [("bus:tcp", "1")]
        assert house.admit(peer.login("root"), "c")["code"] == "no_right"
        assert house.admit(li, "c")["outcome"] == "done"
        peer.until(lambda state: not standing(state, "device_new"), "none waits")
        os.kill(peer.child(), signal.SIGKILL)
        peer.wait_ready()
        peer.until(lambda state: quality(state, "b.temp") == quality(state, "c.temp") == GOOD, "admitted for good")
    assert house.kinds("b")[0] == "device.new" and house.kinds("b")[-1] == "device.admitted"
    assert verify(house.folder / "data", SystemClock()).findings == []


def test_another_version_is_a_minor_change_and_the_admitted_device_back_ends_it(house: House) -> None:
    with house.station(WHO) as peer:
        with slaves(house.port, "1=100"):
            peer.until(lambda _: (house.known("a") or {}).get("version") == "1.0", "it says who it is")
            assert house.known("a") == {"maker": "Acme", "product": "P", "version": "1.0", "model": "M1"}
        with slaves(house.port, "1=100", version="1.1"):
            state = peer.until(lambda state: standing(state, "device_changed"), "another version")
            assert [(one.level, one.detail) for one in standing(state, "device_changed")] == [(3, "version")]
        with slaves(house.port, "1=100", model="M2"):
            state = peer.until(lambda state: [one.level for one in standing(state, "device_changed")] == [2], "another model")
        with slaves(house.port, "1=100"):
            peer.until(lambda state: quality(state, "a.temp") == GOOD and not standing(state, "device_changed"), "the admitted one is back")
    assert house.kinds("a")[-1] == "device.back"


def test_a_sensitive_device_is_told_to_who_is_logged_in_and_each_look_is_recorded(house: House) -> None:
    secret = {**A, "more": "    sensitive: true\n"}
    with slaves(house.port, "1=100"), house.station(secret) as peer:
        assert peer.client is not None
        li = house.engineer()
        peer.until(lambda state: quality(state, "a.temp") == GOOD, "a value")
        answer = peer.client.get("/api/v1/devices/a")
        assert (answer.status_code, answer.json()["code"]) == (403, "log_in_to_see")
        assert house.identity("a").known.facts is None  # type: ignore[union-attr]
        for _ in range(3):
            answer = peer.client.get("/api/v1/devices/a", headers=peer.headers(li))
            assert answer.status_code == 200 and answer.json()["identity"]["device"] == "a"
        query = {"point": ["a.temp"], "from": 0, "to": 86_400_000}
        told = [peer.client.get("/api/v1/history", params=query, headers=peer.headers(one)).content for one in (None, li)]
        assert [b'"a.temp"' in one for one in told] == [False, True]
    store = Store.open(house.folder / "data", SystemClock())
    rows = store.read(lambda conn: list(conn.execute(change.select().where(change.c.kind == "device.accessed").order_by(change.c.seq))))
    store.close()
    assert [(row.subject, json.loads(row.body)["what"], json.loads(row.body)["times"]) for row in rows] == [
        ("access:a", "details", 1),
        ("access:a", "history", 1),
        ("access:a", "details", 2),
    ]
