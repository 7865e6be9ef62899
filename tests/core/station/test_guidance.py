"""Guidance in the station: steps are records, the last time is told to whoever may see it, a picture of the alarm's second is kept with it
and never held up by a slow camera or a flood."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.acts import TickStep
from cityops_desktop.link.credentials import LOCAL, Credentials
from cityops_desktop.link.guidance import GuidanceInfo
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.guidance import Advice, Guidance
from cityops_desktop.model.people import Limited, Person, Role, Way, Who
from cityops_desktop.model.pictures import Picture
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.station import guidance as module
from cityops_desktop.station.guidance import MOST_BYTES, MOST_WAITING, StationGuidance
from cityops_desktop.station.info import alarm_info, room_info
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import guidance as store_guidance
from cityops_desktop.store.schema import alarm_still, change
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.peers.station import PASSWORD, ROOM, Slave, StationPeer, slave, station
from tests.peers.webservers import answering, page

NAMES = Names("名", "name")
STEPS = (Names("看", "look"), Names("修", "mend"))
LIMIT = Limit("high", Level.MAJOR, LimitKind.HIGH, 30.0)
SOMEBODY = Credentials(session="s", bound="", via=LOCAL)
NOBODY = Credentials(session="", bound="", via=LOCAL)


def room_of(*, sensitive: bool = False) -> Room:
    x = Point("t.x", "t", NAMES, Kind.ANALOG, Group.ENVIRONMENT, limits=(LIMIT,))
    devices = (
        Device("t", "b", NAMES, Group.ENVIRONMENT, None, (x,), sensitive=sensitive),
        Device("cam", "b", NAMES, Group.SURVEILLANCE, None, ()),
    )
    own = (Guidance(("t.x",), Advice(NAMES, None, STEPS, "floor")), Guidance(("t",), Advice(), "cam"))
    return Room("r", NAMES, "c/d/s/r", "Asia/Shanghai", "1", buses=(Bus("b", "d", NAMES, None),), devices=devices, guidance=own)


class Door:
    """Who may look at devices that are marked sensitive."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, str]] = []

    async def look(self, device: str, what: str, credentials: Credentials) -> None:
        if not credentials.session:
            raise Refused("log_in_to_see", device=device)
        self.looks.append((device, what))

    async def withheld(self, devices: set[str], what: str, credentials: Credentials) -> frozenset[str]:
        return frozenset() if credentials.session else frozenset(devices)


class Desk:
    """A store, a book, and a camera of the test."""

    def __init__(self, folder: Path, clock: FakeClock, room: Room) -> None:
        self.clock, self.store, self.door = clock, Store.open(folder, clock), Door()
        self.book = AlarmBook(room)
        self.camera: Picture | None = None
        self.hastened: list[str] = []
        info = room_info(room, {"b": ""}, {"t": "1", "cam": "2"})
        self.desk = StationGuidance(
            lambda: room,
            lambda: info,
            self.book,
            self.store,
            self.door,
            clock,
            lambda id: self.camera,
            self.hastened.append,  # type: ignore[arg-type]
        )

    def alarm(self, n: int, state: AlarmState = AlarmState.UNACKNOWLEDGED, **more: Any) -> AlarmInfo:
        one = Alarm(f"id{n}", "t.x#high", "t.x", Cause.HIGH, Level.MAJOR, state, self.clock.wall(), 35.0, 30.0)
        one = replace(one, **more)
        self.store.write(lambda conn: alarm_table.save(conn, one, self.clock.wall())).result(30)
        return alarm_info(one)

    def tick(self, alarm: str, step: int, remark: str = "", *, done: bool = True) -> None:
        who = Who(Person("p", "zhang", "Zhang", frozenset({Role.DUTY})), "s", "desk", Way.FULL, Limited.NOTHING, self.clock.wall())
        self.clock.advance(1.0)
        self.store.write(self.desk.tick(TickStep(alarm=alarm, step=step, done=done, remark=remark), who)).result(30)

    def ask(self, alarm: str, credentials: Credentials = SOMEBODY) -> GuidanceInfo:
        return asyncio.run(self.desk.guidance(alarm, credentials))

    def stills(self) -> list[tuple[str, str, int]]:
        self.store.write(lambda _conn: None).result(30)
        query = select(alarm_still.c.occurrence, alarm_still.c.device, alarm_still.c.time).order_by(alarm_still.c.id)
        return self.store.read(lambda conn: [tuple(row) for row in conn.execute(query)])  # type: ignore[misc]

    def tell(self, *alarms: AlarmInfo, later: Picture | None = None) -> None:
        """As the recorder tells them; the camera takes `later` a moment after it was asked."""

        async def run() -> None:
            self.desk.told(alarms)
            await asyncio.sleep(0)
            if later is not None:
                self.camera = later
            while self.desk._tasks:
                self.clock.advance(0.02)
                await asyncio.sleep(0.001)

        asyncio.run(run())


@pytest.fixture
def desk(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.001)
    made = Desk(tmp_path, clock, room_of())
    yield made
    made.store.close()


def test_steps_are_ticked_taken_back_and_remarked(desk: Desk) -> None:
    desk.alarm(1)
    told = desk.ask("id1")
    assert (told.source, [step.en for step in told.steps], told.page, told.camera) == ("t.x", ["look", "mend"], "floor", "cam")
    desk.tick("id1", 1)
    desk.tick("id1", 2)
    desk.tick("id1", 2, done=False)
    desk.tick("id1", 0, "the filter was full")
    told = desk.ask("id1")
    assert [(tick.step, tick.done, tick.names.en, tick.remark, tick.actor_name) for tick in told.ticks] == [
        (1, True, "look", "", "Zhang"),
        (2, True, "mend", "", "Zhang"),
        (2, False, "mend", "", "Zhang"),
        (0, True, "", "the filter was full", "Zhang"),
    ]
    rows = desk.store.read(
        lambda conn: [json.loads(row.body) for row in conn.execute(select(change).where(change.c.kind == "guidance.ticked"))]
    )
    assert (rows[0]["occurrence"], rows[0]["key"], rows[0]["step"], rows[0]["how"]) == ("id1", "t.x#high", 1, {"console": "desk"})


@pytest.mark.parametrize(
    ("alarm", "step", "remark", "code"),
    [("none", 1, "", "no_such_alarm"), ("id1", 3, "", "no_such_step"), ("id1", 0, "", "remark_missing")],
)
def test_what_is_refused(desk: Desk, alarm: str, step: int, remark: str, code: str) -> None:
    desk.alarm(1)
    with pytest.raises(Refused) as refused:
        desk.tick(alarm, step, remark)
    assert refused.value.code == code


def test_the_last_time_is_the_newest_ended_one_about_which_something_was_written(desk: Desk) -> None:
    for n, remark in ((1, "long ago"), (2, "cleaned"), (3, "")):
        desk.alarm(n, AlarmState.NORMAL, returned=desk.clock.wall() + 5000)
        if remark:
            desk.tick(f"id{n}", 0, remark)
        desk.clock.advance(100)
    desk.alarm(4)
    desk.alarm(5, key="t.x#other")
    last = desk.ask("id4").last
    assert last is not None and (last.alarm, [tick.remark for tick in last.ticks]) == ("id2", ["cleaned"])
    assert desk.ask("id5").last is None


def test_the_past_of_a_sensitive_device_is_told_to_persons_only(tmp_path: Path, clock: FakeClock) -> None:
    desk = Desk(tmp_path, clock, room_of(sensitive=True))
    desk.alarm(1, AlarmState.NORMAL)
    desk.tick("id1", 0, "cleaned")
    open_one = Alarm("id2", "t.x#high", "t.x", Cause.HIGH, Level.MAJOR, AlarmState.UNACKNOWLEDGED, clock.wall(), 35.0, 30.0)
    desk.store.write(lambda conn: alarm_table.save(conn, open_one, clock.wall())).result(30)
    desk.book.restore([open_one], clock.wall())
    assert desk.ask("id2", SOMEBODY).last is not None
    assert desk.ask("id2", NOBODY).last is None
    with pytest.raises(Refused) as refused:
        desk.ask("id1", NOBODY)
    assert refused.value.code == "log_in_to_see"
    desk.store.close()


# pictures


def test_a_picture_of_the_second_is_asked_for_and_kept(desk: Desk) -> None:
    one = desk.alarm(1)
    desk.camera = Picture(b"old", "image/jpeg", desk.clock.wall() - 30_000)
    desk.tell(one, later=Picture(b"new", "image/jpeg", desk.clock.wall() + 700))
    assert desk.hastened == ["cam"]
    [still] = desk.ask("id1").stills
    assert (still.device, still.time - still.asked) == ("cam", 700)
    assert asyncio.run(desk.desk.still("id1", still.id, SOMEBODY)) == ("image/jpeg", b"new")
    assert desk.door.looks == [("cam", "still")]
    with pytest.raises(Refused):
        asyncio.run(desk.desk.still("id1", still.id, NOBODY))
    for alarm, id in (("id2", still.id), ("id1", "none")):
        with pytest.raises(Refused) as refused:
            asyncio.run(desk.desk.still(alarm, id, SOMEBODY))
        assert refused.value.code == "no_such_still"
    [row] = desk.store.read(
        lambda conn: [json.loads(row.body) for row in conn.execute(select(change).where(change.c.kind == "guidance.still"))]
    )
    assert row["image"].startswith("sha256:")


@pytest.mark.parametrize(("age", "kept"), [(100_000, 1), (130_000, 0)])
def test_a_camera_that_brings_nothing_new_leaves_its_newest_unless_that_is_old(desk: Desk, age: int, kept: int) -> None:
    desk.camera = Picture(b"old", "image/jpeg", desk.clock.wall() - age)
    desk.tell(desk.alarm(1))
    assert len(desk.stills()) == kept


@pytest.mark.parametrize(
    "more",
    [
        {"level": Level.MINOR},
        {"hidden": Hidden.SHELVED},
        {"state": AlarmState.ACKNOWLEDGED},
        {"raised": 0},
        {"subject": "u.x", "key": "u.x#high"},
    ],
)
def test_of_these_no_picture_is_taken(desk: Desk, more: dict[str, Any]) -> None:
    desk.camera = Picture(b"new", "image/jpeg", desk.clock.wall() + 10_000)
    desk.tell(desk.alarm(1, **more))
    assert desk.hastened == []
    assert desk.stills() == []


def test_a_flood_asks_a_camera_once_and_its_first_alarms_share_the_picture(desk: Desk) -> None:
    alarms = [desk.alarm(n) for n in range(MOST_WAITING + 4)]
    desk.tell(*alarms, *alarms, later=Picture(b"new", "image/jpeg", desk.clock.wall() + 500))
    assert desk.hastened == ["cam"]
    assert [still[0] for still in desk.stills()] == [f"id{n}" for n in range(MOST_WAITING)]
    desk.tell(desk.alarm(90))
    desk.clock.advance(20.0)
    desk.tell(desk.alarm(91), later=Picture(b"newer", "image/jpeg", desk.clock.wall() + 500))
    assert len(desk.hastened) == 2


def test_a_picture_that_is_too_large_is_not_kept(desk: Desk, expected_log: Any) -> None:
    expected_log("is not kept with the alarm")
    desk.tell(desk.alarm(1), later=Picture(bytes(MOST_BYTES + 1), "image/jpeg", desk.clock.wall() + 500))
    assert desk.stills() == []


def test_the_oldest_pictures_are_let_go(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_guidance, "MOST_STILLS", 3)
    for n in range(5):
        desk.tell(desk.alarm(n), later=Picture(b"new", "image/jpeg", desk.clock.wall() + 500))
        desk.clock.advance(30.0)
    assert [still[0] for still in desk.stills()] == ["id2", "id3", "id4"]


# over HTTP


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[StationPeer, Slave]]:
    with slave() as device, station(tmp_path, device.port) as peer:
        yield peer, device


def test_a_real_station_tells_standard_guidance_and_keeps_what_was_ticked(house: tuple[StationPeer, Slave]) -> None:
    peer, device = house
    peer.first_administrator()
    root = peer.login("root")
    made = {"kind": "account.create", "name": "dina", "display": "Dina", "password": PASSWORD, "roles": ["duty"]}
    assert peer.act(root, made)["outcome"] == "done"
    device.set(10, 350)
    state = peer.until(lambda state: any(one.key == "a.temp#high" for one in state.alarms), "the alarm")
    alarm = next(one for one in state.alarms if one.key == "a.temp#high")
    dina = peer.login("dina")
    done = peer.act(dina, {"kind": "alarm.tick", "alarm": alarm.id, "step": 0, "remark": "fan was dusty"})
    assert done["outcome"] == "done", done
    answer = peer.client.get(f"/api/v1/alarms/{alarm.id}/guidance", headers=peer.headers(dina))
    told = GuidanceInfo.model_validate_json(answer.content)
    assert [(tick.remark, tick.actor_name) for tick in told.ticks] == [("fan was dusty", "Dina")]
    assert told.source.startswith("standard:") or told.source == ""


JPEG = b"\xff\xd8\xff\xe0" + bytes(500) + b"\xff\xd9"
CAMERA = """
  - {id: cam, bus: eye, channel: 1, profile: camera-dahua, overrides: {picture: {period: 3600}}}
guidance:
  - {for: [a], camera: cam}
"""


def test_a_real_camera_is_asked_at_once_and_who_looks_is_recorded(tmp_path: Path) -> None:
    fetched = []

    def answer(connection: socket.socket, head: bytes) -> None:
        fetched.append(time.monotonic())
        connection.sendall(page("200 OK", JPEG, "image/jpeg"))

    with answering(answer) as web, slave() as device:
        text = ROOM.format(port=device.port).replace(
            "buses:", f"buses:\n  - {{id: eye, driver: recorder-http, host: 127.0.0.1, port: {web}}}"
        )
        (tmp_path / "room.yaml").write_text(text.rstrip() + CAMERA, "utf-8")
        peer = StationPeer(tmp_path / "room.yaml", tmp_path / "data")
        try:
            peer.wait_ready()
            peer.first_administrator()
            root = peer.login("root")
            made = {"kind": "account.create", "name": "dina", "display": "Dina", "password": PASSWORD, "roles": ["duty"]}
            assert peer.act(root, made)["outcome"] == "done"
            dina = peer.login("dina")
            peer.until(lambda state: any(live.key == "cam.picture" and live.value == 1 for live in state.live), "the first picture")
            device.set(10, 350)
            state = peer.until(lambda state: any(one.key == "a.temp#high" for one in state.alarms), "the alarm")
            alarm = next(one for one in state.alarms if one.key == "a.temp#high")
            stills, deadline = [], time.monotonic() + 30
            while not stills and time.monotonic() < deadline:
                told = peer.client.get(f"/api/v1/alarms/{alarm.id}/guidance", headers=peer.headers(dina))
                stills = GuidanceInfo.model_validate_json(told.content).stills
            assert [still.device for still in stills] == ["cam"]
            assert stills[0].time >= stills[0].asked, "taken after the alarm, not an hour later"
            path = f"/api/v1/alarms/{alarm.id}/stills/{stills[0].id}"
            assert peer.client.get(path, headers=peer.headers(None)).json()["code"] == "log_in_to_see"
            seen = peer.client.get(path, headers=peer.headers(dina))
            assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, JPEG, "image/jpeg")
        finally:
            peer.stop()
    store = Store.open(tmp_path / "data", SystemClock())
    rows = store.read(lambda conn: [json.loads(row.body) for row in conn.execute(select(change).where(change.c.kind == "device.accessed"))])
    store.close()
    assert [(row["device"], row["what"]) for row in rows] == [("cam", "still")]
