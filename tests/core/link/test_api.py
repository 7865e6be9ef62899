"""The API from the outside, over a real socket: tokens, hosts, origins, sizes, the event stream and its bounds."""

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import uvicorn

from cityops_desktop.clock import SystemClock
from cityops_desktop.link import hub as hub_module
from cityops_desktop.link.acts import Command, CommandResult
from cityops_desktop.link.api import MOST_BUCKETS, MOST_CELLS, MOST_CURVES, create_app
from cityops_desktop.link.credentials import LOCAL, Credentials, bound_to
from cityops_desktop.link.entrance import entrance_router
from cityops_desktop.link.guard import Guard
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.messages import AlarmInfo, Beat, Change, ConsoleBeat, Copy, LiveInfo, NamesInfo, RoomInfo, StationInfo
from cityops_desktop.link.people import Login, PersonInfo, QuickLogin, QuickPerson, SessionInfo, Setup
from cityops_desktop.link.strips import unpacked
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.envelope import Past, envelope, samples
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.model.refused import Refused
from tests.peers.station import NO_TLS

TOKEN = "t" * 40


class FakeDesk:
    """A desk whose answers are known."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.hub = Hub(self.copy, self.live, self.station)
        self.values = {"a.x": 20.0}
        self.commands: list[tuple[Command, Credentials]] = []
        self.entrance = FakeEntrance()

    def copy(self) -> Copy:
        names = NamesInfo(zh="测", en="test")
        room = RoomInfo(id="r1", names=names, domain="c/d/s/r1", timezone="Asia/Shanghai", version="v", origin="real")
        return Copy(seq=0, now=self.clock.wall(), room=room, live=self.live(self.values), alarms=[], station=self.station())

    def live(self, keys) -> list[LiveInfo]:
        return [
            LiveInfo(key=k, value=self.values[k], quality=Quality.GOOD, time=1, last_value=None)
            if self.values[k] is not None
            else LiveInfo(key=k, value=None, quality=Quality.BAD, reason=Reason.NO_ANSWER, time=1)
            for k in keys
        ]

    def station(self) -> StationInfo:
        return StationInfo(boot="b", program="0", started=1, setup_required=False, recording=True)

    async def history(self, keys: list[str], start: int, end: int, buckets: int, credentials: Credentials) -> Past:
        self.asked = (start, end, buckets)
        why = ((None, ""), (Reason.CRC, ""))
        strip = samples(np.array([1, 2]), np.array([0.5, np.nan]), np.array([0, 2], "u1"), np.array([0, 1], "u1"), why)
        width = 0 if buckets > 1 else 1000
        return Past(1, {k: envelope(strip, width) if width else strip for k in keys if k in self.values})

    async def command(self, command: Command, credentials: Credentials) -> CommandResult:
        self.commands.append((command, credentials))
        return CommandResult(id=command.id, outcome=Outcome.DONE)

    def console(self, beat: ConsoleBeat, credentials: Credentials) -> None:
        return None


class FakeEntrance:
    """Nobody comes in; what was asked is known."""

    def __init__(self) -> None:
        self.asked: list[Credentials] = []

    async def login(self, login: Login, credentials: Credentials) -> SessionInfo:
        raise Refused("too_many_attempts", seconds=30).of(account="whose")

    async def quick_login(self, login: QuickLogin, credentials: Credentials) -> SessionInfo:
        raise Refused("quick_ended")

    async def quick_people(self, credentials: Credentials) -> list[QuickPerson]:
        self.asked.append(credentials)
        return []

    async def touch(self, credentials: Credentials) -> None:
        raise Refused("not_logged_in")

    async def logout(self, credentials: Credentials) -> None:
        self.asked.append(credentials)

    async def setup(self, setup: Setup, credentials: Credentials) -> list[PersonInfo]:
        raise Refused("setup_done")


@contextmanager
def serving(desk: FakeDesk) -> Iterator[tuple[str, asyncio.AbstractEventLoop]]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            Guard(create_app(desk, entrance_router(desk.entrance)), TOKEN), log_config=None, lifespan="off", timeout_graceful_shutdown=1
        )
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve(sockets=[listener])))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", loop
    finally:
        loop.call_soon_threadsafe(desk.hub.close)
        server.should_exit = True
        thread.join(30)
        loop.close()
        listener.close()


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def station(desk: FakeDesk) -> Iterator[tuple[httpx.Client, asyncio.AbstractEventLoop]]:
    with serving(desk) as (url, loop), httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, verify=NO_TLS) as client:
        yield client, loop


def read_events(lines: Iterator[str], count: int) -> list[tuple[str, dict]]:
    found, name = [], ""
    for line in lines:
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            found.append((name, json.loads(line[6:])))
            if len(found) == count:
                break
    return found


@pytest.mark.parametrize("path", ["/api/v1/state", "/api/v1/stream", "/api/v1/openapi.json", "/api/v1/history?point=a.x", "/nothing"])
@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": ""}, 401, "wrong_token"),
        ({"Authorization": "Bearer " + "u" * 40}, 401, "wrong_token"),
        ({"Authorization": TOKEN}, 401, "wrong_token"),
        ({"Host": "evil.example"}, 403, "foreign_host"),
        ({"Host": "127.0.0.1.evil.example:80"}, 403, "foreign_host"),
        ({"Host": ""}, 403, "foreign_host"),
        ({"Origin": "http://127.0.0.1"}, 403, "foreign_origin"),
        ({"Origin": "null"}, 403, "foreign_origin"),
    ],
)
def test_the_guard_refuses(station, path, headers, status, code):
    answer = station[0].get(path, headers=headers)
    assert answer.status_code == status
    assert answer.json()["code"] == code


def test_oversized_bodies_are_refused(station, desk):
    answer = station[0].post("/api/v1/commands", content=b"x" * 300_000)
    assert answer.status_code == 413

    def chunks():
        for _ in range(300):
            yield b'{"id": "' + b"x" * 1000

    with pytest.raises(httpx.HTTPError):  # the connection is dropped in the middle of the body
        station[0].post("/api/v1/commands", content=chunks()).raise_for_status()
    assert desk.commands == []


def test_state_is_a_valid_copy(station):
    copy = Copy.model_validate_json(station[0].get("/api/v1/state").content)
    assert copy.live[0].value == 20.0


def test_malformed_requests_get_a_clear_refusal(station):
    answer = station[0].post("/api/v1/commands", json={"id": "12345678", "deadline": 1, "act": {"kind": "alarm.acknowledge", "alarms": []}})
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"
    assert "alarms" in answer.json()["params"]["detail"]
    senseless = ("from=2&to=2", "from=0&to=99999999999", "from=1&to=2&buckets=4001", "from=-1&to=2")
    for query in ("from=1&to=2", "point=a.x", *(f"point=a.x&{one}" for one in senseless)):
        assert station[0].get(f"/api/v1/history?{query}").status_code == 422, query
    many = "&".join(f"point=a.{n}" for n in range(65))
    assert station[0].get(f"/api/v1/history?from=1&to=2&{many}").status_code == 422


def test_refusals_of_the_desk_carry_code_and_parameters(station):
    answer = station[0].post("/api/v1/session", json={"name": "a", "password": "b", "console": "c"})
    assert (answer.status_code, answer.json()) == (403, {"code": "too_many_attempts", "params": {"seconds": 30}})


def test_a_request_says_which_console_and_whose_session(station, desk):
    client, _ = station
    headers = {"X-CityOps-Session": "token", "X-CityOps-Console": "secret"}
    act = {"id": "12345678", "deadline": 1, "act": {"kind": "alarm.silence", "console": "d"}}
    assert client.post("/api/v1/commands", json=act, headers=headers).json()["outcome"] == "done"
    assert client.get("/api/v1/session/quick", headers=headers).json() == []
    assert client.delete("/api/v1/session", headers=headers).status_code == 204
    sent = Credentials("token", bound_to(LOCAL, "secret"), LOCAL)
    assert [desk.commands[0][1], *desk.entrance.asked] == [sent] * 3
    assert len({sent.bound, bound_to("a remote console", "secret"), bound_to(LOCAL, "another")}) == 3
    told = client.put("/api/v1/session", headers=headers)
    assert (told.status_code, told.json()["code"]) == (403, "not_logged_in")
    for body in ({"console": "d", "account": "a" * 65}, {"console": "", "pin": "1"}, {"pin": "1"}):
        assert client.post("/api/v1/session/quick", json=body, headers=headers).status_code == 422


def test_history_is_binary_and_leaves_unknown_points_out(station, desk):
    query = {"point": ["a.x", "no.such"], "from": 0, "to": 60_000, "buckets": 7}
    body = station[0].get("/api/v1/history", params=query).content
    assert desk.asked == (0, 60_000, 7)
    (length,) = struct.unpack_from("<I", body)
    header = json.loads(body[4 : 4 + length])
    assert header == {"oldest": 1, "points": [{"key": "a.x", "width": 0, "n": 2, "reasons": [[None, ""], ["crc", ""]]}]}
    rest = body[4 + length :]
    assert np.frombuffer(rest[:16], "<i8").tolist() == [1, 2]
    assert np.isnan(np.frombuffer(rest[16:32], "<f8")[1])
    assert list(rest[32:]) == [0, 2, 0, 1]


def test_many_points_get_fewer_buckets_each(station, desk):
    """Whoever asks for much and reads slowly keeps the whole answer in the station's memory."""
    many = {"point": [f"a.x{n}" for n in range(MOST_CURVES)], "from": 0, "to": 60_000, "buckets": MOST_BUCKETS}
    assert station[0].get("/api/v1/history", params=many).status_code == 200
    assert desk.asked == (0, 60_000, MOST_CELLS // MOST_CURVES)
    assert station[0].get("/api/v1/history", params=many | {"point": [f"a.x{n}" for n in range(16)]}).status_code == 200
    assert desk.asked == (0, 60_000, MOST_BUCKETS), "a full chart has all its pixels"


def test_history_in_buckets_says_lowest_highest_and_the_worst(station):
    body = station[0].get("/api/v1/history", params={"point": "a.x", "from": 0, "to": 1000, "buckets": 1}).content
    (length,) = struct.unpack_from("<I", body)
    assert len(body) == 4 + length + 6 * 8 + 2 * 4 + 2
    strip = unpacked(body).strips["a.x"]
    assert strip.width == 1000
    told = [column.tolist() for column in (strip.time, strip.end, strip.low, strip.high, strip.count, strip.hole, strip.quality)]
    assert told == [[1], [2], [0.5], [0.5], [1], [1], [2]]
    assert strip.reason(0) == (Reason.CRC, "")


def test_stream_begins_with_a_copy_then_sends_only_the_newest_state(station, desk):
    client, loop = station
    with client.stream("GET", "/api/v1/stream") as answer:
        lines = answer.iter_lines()
        assert read_events(lines, 1)[0][0] == "copy"

        def change() -> None:
            for value in (21.0, 22.0, None):
                desk.values["a.x"] = value
                desk.hub.touch(["a.x"])
            desk.hub.flush()

        loop.call_soon_threadsafe(change)
        ((name, body),) = read_events(lines, 1)
        told = Change.model_validate(body)
        assert name == "change"
        assert [(live.key, live.value, live.reason) for live in told.live] == [("a.x", None, Reason.NO_ANSWER)]

        alarm = AlarmInfo(id="1", key="k", subject="a.x", cause=Cause.HIGH, level=1, state=AlarmState.UNACKNOWLEDGED, raised=1, value=3.0)
        loop.call_soon_threadsafe(desk.hub.alarms, [alarm])
        assert Change.model_validate(read_events(lines, 1)[0][1]).alarms == [alarm]

        loop.call_soon_threadsafe(desk.hub.beat, Beat(seq=0, now=5, boot="b", newest=4))
        name, body = read_events(lines, 1)[0]
        assert (name, body["seq"], body["now"]) == ("beat", 4, 5)


def test_station_ends_its_streams(station, desk):
    client, loop = station
    with client.stream("GET", "/api/v1/stream") as answer:
        lines = answer.iter_lines()
        read_events(lines, 1)
        loop.call_soon_threadsafe(desk.hub.close)
        assert list(lines) == [""]
    assert client.get("/api/v1/stream").json()["code"] == "busy"


def test_a_console_that_reads_nothing_is_closed_and_its_backlog_stays_bounded(desk, monkeypatch, expected_log):
    expected_log("ASGI callable returned without completing response")
    monkeypatch.setattr("cityops_desktop.link.stream.UNWRITABLE_SECONDS", 0.2)
    desk.values = {f"d.p{i}": float(i) for i in range(5000)}
    with serving(desk) as (url, loop):
        host, port = url.removeprefix("http://").split(":")
        deaf = socket.create_connection((host, int(port)))
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        gone = threading.Event()
        most = 0

        def push() -> None:
            nonlocal most
            if desk.hub.listeners:
                most = max(most, *(len(listener.keys) for listener in desk.hub.listeners))
                desk.hub.touch(desk.values)
                desk.hub.flush()
            elif most:
                gone.set()
                return
            loop.call_later(0.005, push)

        loop.call_soon_threadsafe(push)
        assert gone.wait(30), "the deaf console was never closed"
        assert most <= len(desk.values)
        deaf.close()


def test_too_many_consoles_are_told_so(station, desk, monkeypatch):
    monkeypatch.setattr(hub_module, "MOST_LISTENERS", 1)
    with station[0].stream("GET", "/api/v1/stream") as answer:
        lines = answer.iter_lines()
        read_events(lines, 1)
        refused = station[0].get("/api/v1/stream")
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")


def test_openapi_document_is_kept_in_docs():
    from cityops_desktop.cli.openapi import description

    kept = Path(__file__).parents[3].joinpath("docs", "openapi.json").read_text("utf-8")
    assert kept.strip() == description(), "docs/openapi.json is old: write it anew with `python -m cityops_desktop openapi`"


@pytest.mark.parametrize(
    "host",
    [
        "[::1]evil.example",
        "127.0.0.1:80@evil.example",
        "localhost@evil.example",
        "localhost.",
        "127.0.0.1:",
        "127.0.0.1:999999",
        "[::1",
        "",
    ],
)
def test_a_host_that_only_looks_like_this_machine_is_refused(station, host):
    client, _ = station
    answer = client.get("/api/v1/state", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_host")


@pytest.mark.parametrize("host", ["LocalHost", "127.0.0.1:65535", "[::1]:1"])
def test_this_machine_by_each_of_its_names(station, host):
    client, _ = station
    assert client.get("/api/v1/state", headers={"Host": host}).status_code == 200


def test_every_refusal_has_the_same_form(station):
    client, _ = station
    deep = client.post("/api/v1/commands", content="[" * 100_000, headers={"Content-Type": "application/json"})
    number = client.post("/api/v1/commands", content='{"deadline":' + "9" * 5000 + "}", headers={"Content-Type": "application/json"})
    for answer, status in ((client.get("/nothing"), 404), (client.put("/api/v1/state"), 405), (deep, 400), (number, 400)):
        assert answer.status_code == status
        assert answer.json()["code"] == "bad_request" and answer.json()["params"]["detail"]


def test_our_own_fault_is_said_in_the_same_form(desk, station, monkeypatch):
    client, _ = station

    def broken() -> Copy:
        raise KeyError("a bug")

    monkeypatch.setattr(desk, "copy", broken)
    answer = client.get("/api/v1/state")
    assert (answer.status_code, answer.json()) == (500, {"code": "station_fault", "params": {}})


@pytest.mark.parametrize("id", ["abcdefgh\n2026 ERROR", "a" * 65, "short", "a b c d e f"])
def test_the_id_of_an_order_is_an_id(desk, station, id):
    client, _ = station
    act = {"id": id, "deadline": 1, "act": {"kind": "alarm.silence", "console": "d"}}
    assert client.post("/api/v1/commands", json=act).status_code == 422
    assert desk.commands == []
