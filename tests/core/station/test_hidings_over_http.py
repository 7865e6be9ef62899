"""A real station: what people keep quiet is durable when it is answered, is hidden again after a kill, needs its two persons, one of whom
may be far away, and stands whole in the change log."""

import json
import os
import random
import signal
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.messages import AlarmInfo, Copy
from cityops_desktop.model.alarms import AlarmState, Hidden
from cityops_desktop.people import ocra
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.peers.station import PASSWORD, Slave, StationPeer, slave, station

HIGH, TOP, WET = "a.temp#high", "a.temp#top", "a.wet#state1"
MINUTE = 60_000


class Staffed:
    """A station, its device, and a session for each of its crew."""

    def __init__(self, peer: StationPeer, device: Slave) -> None:
        self.peer, self.device = peer, device
        peer.first_administrator()
        root = peer.login("root")
        self.crew: dict[str, str] = {}
        for name, role in (("dina", "duty"), ("lea", "shift_leader"), ("eng", "engineer"), ("vera", "viewer")):
            act = {"kind": "account.create", "name": name, "display": name.title(), "password": PASSWORD, "roles": [role]}
            assert peer.act(root, act)["outcome"] == "done"
            self.crew[name] = peer.login(name)

    def give(self, name: str, /, **act: Any) -> dict[str, Any]:
        return self.peer.act(self.crew[name], act)

    def done(self, name: str, /, **act: Any) -> dict[str, Any]:
        told = self.give(name, **act)
        assert told["outcome"] == "done", told
        return told

    def soon(self, minutes: float = 30.0) -> int:
        return self.peer.state().now + round(minutes * MINUTE)

    def alarm(self, key: str) -> AlarmInfo:
        state = self.peer.until(lambda state: find(state, key), f"the alarm {key}")
        found = find(state, key)
        assert found is not None
        return found

    def hidden(self, key: str, hidden: Hidden | None) -> None:
        self.peer.until(lambda state: (one := find(state, key)) is not None and one.hidden is hidden, f"{key} {hidden}")

    def kill(self) -> None:
        """The station proper; its supervisor starts the next."""
        os.kill(self.peer.child(), signal.SIGKILL)
        self.peer.wait_ready()


def find(state: Copy, key: str) -> AlarmInfo | None:
    return next((alarm for alarm in state.alarms if alarm.key == key and alarm.open), None)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Staffed]:
    with slave() as device, station(tmp_path, device.port) as peer:
        yield Staffed(peer, device)


def log(data: Path, *kinds: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, subject and body of these rows; read when the station has stopped."""
    query = select(change.c.kind, change.c.subject, change.c.body).where(change.c.kind.in_(kinds)).order_by(change.c.seq)
    store = Store.open(data, SystemClock())
    rows = store.read(lambda conn: [(kind, subject, json.loads(body)) for kind, subject, body in conn.execute(query)])
    store.close()
    return rows


def test_what_was_answered_is_still_so_after_a_kill(house: Staffed) -> None:
    house.device.set(10, 350)
    house.alarm(HIGH)
    until = house.soon()
    house.done("dina", kind="alarm.shelve", keys=[HIGH], until=until, why="sensor flutters")
    house.kill()
    house.hidden(HIGH, Hidden.SHELVED)
    [shelf] = house.peer.state().station.shelves
    assert (shelf.id, shelf.until, shelf.actor_name, shelf.why, shelf.level, shelf.subject) == (
        HIGH,
        until,
        "Dina",
        "sensor flutters",
        2,
        "a.temp",
    )
    house.done("dina", kind="alarm.unshelve", keys=[HIGH])
    house.kill()
    house.hidden(HIGH, None)
    assert house.peer.state().station.shelves == []
    assert house.alarm(HIGH).state in (AlarmState.ACKNOWLEDGED, AlarmState.UNACKNOWLEDGED)
    assert house.give("dina", kind="alarm.unshelve", keys=[HIGH])["code"] == "not_shelved"

    assert house.give("dina", kind="service.begin", target="bus:tcp", until=until, why="x")["code"] == "no_right"
    assert house.give("eng", kind="service.begin", target="bus:tcp", until=until, why="x")["code"] == "service_needs_two"
    begun = opened(house, "eng", {"kind": "service.begin_critical", "target": "device:a", "until": until, "why": "new sensor"})
    assert house.peer.act(None, consent(begun, "dina"))["outcome"] == "done"
    house.kill()
    house.hidden(HIGH, Hidden.OUT_OF_SERVICE)
    [service] = house.peer.state().station.services
    assert (service.id, service.actor_name, service.second_name, service.level) == ("device:a", "Eng", "Dina", 1)
    house.done("dina", kind="service.end", target="device:a")
    house.hidden(HIGH, None)
    assert house.alarm(HIGH).state is AlarmState.UNACKNOWLEDGED, "what stands when the work is done is news"
    assert house.peer.stop() == 0
    kinds = [(kind, subject) for kind, subject, _ in log(house.peer.data, "shelf.begun", "shelf.ended", "service.begun", "service.ended")]
    assert kinds == [
        ("shelf.begun", f"shelf:{HIGH}"),
        ("shelf.ended", f"shelf:{HIGH}"),
        ("service.begun", "service:device:a"),
        ("service.ended", "service:device:a"),
    ]
    assert not verify(house.peer.data, SystemClock()).findings


def opened(house: Staffed, name: str, act: dict[str, Any]) -> dict[str, Any]:
    return dict(house.done(name, kind="approval.open", password=PASSWORD, act=act)["data"])


def consent(begun: dict[str, Any], name: str, **more: str) -> dict[str, Any]:
    proof = {} if "answer" in more else {"password": PASSWORD}
    return {"kind": "approval.confirm", "approval": begun["approval"], "digest": begun["digest"], "name": name, **proof, **more}


def test_no_answered_shelf_is_lost_when_the_station_is_killed_while_others_are_written(house: Staffed) -> None:
    """Renewals one after the other until nobody answers; each has an end of its own, so the list tells which was the last."""
    dice = random.Random(7)
    session, ends = house.crew["dina"], count(house.soon(20))
    keys = (HIGH, "a#lost")
    shelves: dict[str, int] = {}
    for _ in range(4):
        answered = dict(shelves)
        sent = dict(answered)
        died = threading.Event()

        def write(key: str, answered: dict[str, int] = answered, sent: dict[str, int] = sent, died: threading.Event = died) -> None:
            while not died.is_set():
                sent[key] = next(ends)
                try:
                    told = house.peer.act(session, {"kind": "alarm.shelve", "keys": [key], "until": sent[key], "why": "x"})
                except httpx.HTTPError:
                    return
                assert told["outcome"] == "done", told
                answered[key] = sent[key]

        writers = [threading.Thread(target=write, args=(key,)) for key in keys]
        child = house.peer.child()
        for writer in writers:
            writer.start()
        died.wait(0.2 + dice.uniform(0.0, 0.5))
        os.kill(child, signal.SIGKILL)
        died.set()
        for writer in writers:
            writer.join()
        house.peer.wait_ready()
        shelves = {one.id: one.until for one in house.peer.state().station.shelves}
        for key in keys:
            assert shelves.get(key, 0) in (answered.get(key, 0), sent[key]), (shelves, answered, sent)
    assert len(shelves) == len(keys)
    assert house.peer.stop() == 0
    assert not verify(house.peer.data, SystemClock()).findings


def test_the_highest_level_needs_a_second_person_who_may_be_far_away(house: Staffed) -> None:
    enrol = {"kind": "own.factor_begin", "password": PASSWORD, "factor": "authenticator", "name": "laptop"}
    begun = house.done("lea", **enrol)["data"]
    first = ocra.now(begun["secret"], begun["challenge"], house.peer.state().now)
    house.done("lea", kind="own.factor_confirm", factor=begun["factor"], code=first)

    house.device.set(10, 450)
    house.alarm(TOP)
    act = {"kind": "alarm.shelve_critical", "keys": [TOP], "until": house.soon(), "why": "exchanged, see ticket 7"}
    assert house.give("dina", **{**act, "kind": "alarm.shelve"})["code"] == "shelve_needs_two"
    assert house.give("dina", **act)["code"] == "two_persons"
    assert house.give("vera", kind="approval.open", password=PASSWORD, act=act)["code"] == "no_right"
    far = opened(house, "dina", {**act, "until": house.soon(61)})
    assert house.peer.act(None, consent(far, "lea", answer="12345678"))["code"] == "wrong_answer"
    waiting = opened(house, "dina", act)
    [shown] = house.peer.state().station.approvals
    assert (shown.about["keys"], shown.about["until"], shown.about["why"]) == (TOP, act["until"], "exchanged, see ticket 7")
    assert house.peer.act(None, consent(waiting, "dina"))["code"] == "same_person"
    assert house.peer.act(None, consent(waiting, "vera"))["code"] == "no_right"
    assert house.alarm(TOP).hidden is None
    answer = ocra.now(begun["secret"], waiting["challenge"], house.peer.state().now)
    assert house.peer.act(None, consent(waiting, "lea", answer=answer))["outcome"] == "done"
    house.hidden(TOP, Hidden.SHELVED)
    [shelf] = house.peer.state().station.shelves
    assert (shelf.actor_name, shelf.second_name, shelf.level) == ("Dina", "Lea", 1)
    house.kill()
    house.hidden(TOP, Hidden.SHELVED)
    late = opened(house, "dina", {**act, "until": house.soon(62)})
    assert house.peer.act(None, consent(late, "eng"))["code"] == "until_too_far", "nothing longer than the level allows, whoever agrees"
    assert house.peer.stop() == 0
    [(_, subject, body)] = log(house.peer.data, "shelf.begun")
    assert (subject, body["second_name"], body["why"]) == (f"shelf:{TOP}", "Lea", "exchanged, see ticket 7")
    [(_, _, agreed)] = log(house.peer.data, "approval.confirmed")
    assert agreed["way"] == "remote"


def test_a_limit_that_becomes_critical_or_is_switched_off(house: Staffed) -> None:
    house.device.set(10, 350)
    house.alarm(HIGH)
    house.done("dina", kind="alarm.shelve", keys=[HIGH], until=house.soon(), why="sensor flutters")
    house.hidden(HIGH, Hidden.SHELVED)
    id = f"limit:{HIGH}"
    house.done("eng", kind="config.override", id=id, value={"level": 1}, base=1, why="it is worse than we thought")
    house.peer.until(lambda state: (one := find(state, HIGH)) is not None and one.level == 1 and one.audible, "it sounds")
    house.peer.until(lambda state: not state.station.shelves, "nothing is shelved")
    house.done("eng", kind="config.override", id=id, value={"enabled": False}, base=2, why="never again")
    house.peer.until(lambda state: state.station.switched_off, "it stands in the list")
    [off] = house.peer.state().station.switched_off
    assert (off.id, off.actor_name, off.why, off.until, off.subject) == (HIGH, "Eng", "never again", None, "a.temp")
    assert off.limit is not None and off.limit.value == 30.0
    assert house.give("dina", kind="alarm.shelve", keys=["a.temp#never"], until=house.soon(), why="x")["code"] == "no_such_condition"
    house.kill()
    assert len(house.peer.state().station.switched_off) == 1
    house.done("eng", kind="config.reset", id=id, base=3, why="needed")
    house.peer.until(lambda state: not state.station.switched_off, "it is in force again")


def test_a_shelf_that_ends_by_itself_sounds_because_its_alarm_stands(house: Staffed) -> None:
    house.device.set(10, 350)
    alarm = house.alarm(HIGH)
    house.done("dina", kind="alarm.acknowledge", alarms=[alarm.id])
    house.done("dina", kind="alarm.shelve", keys=[HIGH], until=house.soon(0.03), why="just a moment")
    house.peer.until(lambda state: (one := find(state, HIGH)) is not None and one.audible and one.hidden is None, "it sounds again")
    house.peer.until(lambda state: not state.station.shelves, "the list is empty")
    assert house.alarm(HIGH).id == alarm.id
