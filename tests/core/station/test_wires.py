"""What the station tells of its wires: frames in portions that fit together, times, the plan, and all of it over HTTP."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from cityops_desktop.acquire.acquisition import Acquisition
from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.acquire.report import BusReport, DeviceCounters, WireState
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.wires import BusPlan, FrameInfo, TraceInfo, WiresInfo
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.traffic import FrameRole, Piece
from cityops_desktop.room.load import load_room
from cityops_desktop.sentences import wire_text
from cityops_desktop.station import wires as module
from cityops_desktop.station.access import Access
from cityops_desktop.station.equipment import Equipment
from cityops_desktop.station.facts import Facts
from cityops_desktop.station.info import room_info
from cityops_desktop.station.wires import StationWires
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.drivers.modbus.slave import rtu_answer, sealed
from tests.peers.station import StationPeer, slave, station

ROOM = """
room: {id: r1, name: {zh: 测试, en: Test}, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses:
  - {id: line, driver: modbus-rtu, port: /dev/ttyTEST, baudrate: 9600}
  - {id: spare, driver: modbus-rtu, port: /dev/ttySPARE}
devices:
  - {id: a, bus: line, address: 3, points: [
      {id: x, kind: analog, table: holding, address: 0, type: uint16, period: 1},
      {id: y, kind: analog, table: holding, address: 9, type: uint16, period: 5}]}
  - {id: b, bus: line, address: 4, points: [{id: x, kind: analog, table: input, address: 0, type: uint16, period: 1}]}
"""
ASK = sealed(bytes((3, 3, 0, 0, 0, 28)))
NOBODY = Credentials("", "console", "local")
OTHER = sealed(bytes((4, 4, 0, 0, 0, 1)))


class Looks(Access):
    """Who looks at a device of `shut` is refused."""

    shut: frozenset[str] = frozenset()

    async def withheld(self, devices: Iterable[str], what: str, credentials: Credentials) -> frozenset[str]:
        assert (what, credentials) == ("frames", NOBODY)
        return self.shut.intersection(devices)


class Place:
    """A line whose traffic a test writes by hand."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        path = folder / "room.yaml"
        path.write_text(ROOM, "utf-8")
        self.room = room = load_room(path, DRIVERS)
        self.clock = clock
        self.facts = Facts("boot", clock.wall(), 0, "", room_info(room, {"line": "x", "spare": "y"}, {"a": "3", "b": "4"}))
        equipment = Equipment(room, self.facts.room, DRIVERS, LiveTable(room, clock), lambda _: None)
        self.acquisition = Acquisition(room, DRIVERS, clock, lambda _: None)
        self.access = Looks(None, None, clock, ())  # type: ignore[arg-type]
        self.desk = StationWires(room, DRIVERS, clock, self.facts, equipment, self.acquisition, self.access)
        self.trace = self.acquisition.trace("line")

    def put(self, sent: bool, data: bytes, *, after: float = 0.0) -> None:
        self.clock.advance(after)
        self.trace.record(sent, data)

    def exchange(self, request: bytes = ASK, *, took: float = 0.06) -> None:
        self.put(True, request, after=0.05)
        self.put(False, rtu_answer(request), after=took)

    def frames(self, after: int | None = None) -> TraceInfo:
        return asyncio.run(self.desk.frames("line", after, NOBODY))

    def all(self) -> list[FrameInfo]:
        """As a console does: portion after portion."""
        found: list[FrameInfo] = []
        told = self.frames(0)
        while True:
            found += told.frames
            if not told.more:
                return found
            told = self.frames(told.next)


@pytest.fixture
def place(tmp_path: Path, clock: FakeClock) -> Iterator[Place]:
    made = Place(tmp_path, clock)
    yield made
    made.desk.close()


def words(frame: FrameInfo) -> str:
    return wire_text(frame.words, frame.params)


def test_a_question_and_its_answer(place: Place):
    place.exchange()
    place.exchange(OTHER, took=0.02)
    asked, answered, other, _ = place.frames().frames
    assert (asked.sent, asked.role, asked.unit, asked.device, asked.checksum) == (True, FrameRole.REQUEST, "3", "a", True)
    assert (asked.hex, asked.size, words(asked)) == (ASK.hex(), 8, "read holding registers 0 to 27")
    assert (asked.gap_ms, asked.response_ms, answered.gap_ms, answered.response_ms) == (None, None, 60.0, 60.0)
    assert (other.gap_ms, other.device, words(answered)) == (50.0, "b", "reply, 28 registers")


def test_portions_fit_together_whatever_has_come(place: Place):
    """An answer that is only half there is told with its other half."""
    answer = rtu_answer(ASK)
    place.put(True, ASK)
    first = place.frames(0)
    place.put(False, answer[:30], after=0.05)
    second = place.frames(first.next)
    place.put(False, answer[30:], after=0.05)
    third = place.frames(second.next)
    assert [[words(one) for one in told.frames] for told in (first, second, third)] == [
        ["read holding registers 0 to 27"],
        [],
        ["reply, 28 registers"],
    ]
    assert (third.frames[0].number, third.frames[0].response_ms, third.next) == (2, 50.0, 3)


def test_half_an_answer_that_never_ends_is_told_in_the_end(place: Place):
    place.put(True, ASK)
    place.put(False, rtu_answer(ASK)[:30], after=0.05)
    assert len(place.frames(1).frames) == 0
    place.clock.advance(2)
    told = place.frames(1)
    assert [(one.role, words(one), one.checksum) for one in told.frames] == [(FrameRole.NOISE, "damaged reply: 30 of 61 bytes", False)]
    assert place.frames(told.next).frames == []


def test_a_long_past_comes_in_portions(place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_PIECES", 10)
    for _ in range(40):
        place.exchange()
    assert len(place.frames(0).frames) == 10 and place.frames(0).more
    found = place.all()
    assert [one.number for one in found] == list(range(1, 81))
    assert all(one.response_ms == 60.0 for one in found if not one.sent)
    newest = place.frames()
    assert [one.number for one in newest.frames] == list(range(71, 81))
    assert (newest.more, newest.next, newest.lost) == (False, 80, 0)


def test_what_had_to_go_is_counted(place: Place, monkeypatch: pytest.MonkeyPatch):
    from cityops_desktop.acquire import trace

    monkeypatch.setattr(trace, "MOST_PIECES", 20)
    for _ in range(40):
        place.exchange()
    assert place.frames(10).lost == 50
    assert place.frames(80).lost == 0


def test_long_frames_are_cut_in_hex(place: Place):
    place.put(False, bytes(5000))
    place.clock.advance(2)
    told = place.frames(0).frames
    assert sum(one.size for one in told) == 5000 and max(len(one.hex) for one in told) == 2 * module.MOST_HEX


def test_the_bytes_of_a_sensitive_device_are_for_those_who_may_look_at_it(place: Place):
    place.exchange()
    place.exchange(OTHER)
    place.put(False, b"\xff\xfe")
    place.clock.advance(2)
    place.access.shut = frozenset({"a"})
    told = place.frames(0).frames
    assert [(one.device, bool(one.hex)) for one in told] == [("a", False), ("a", False), ("b", True), ("b", True), ("", False)]
    assert words(told[0]) == "not shown: a sensitive device" and told[1].response_ms == 60.0
    assert words(told[3]) == "reply, 1 registers"


def test_no_secret_is_read_off_the_wire():
    class Options(BaseModel):
        community: SecretStr = SecretStr("kept-dark")
        word: SecretStr | None = None
        port: int = 161

    secrets = module._secrets(Options(), None, Options(community=SecretStr("ab")))
    pieces = [Piece(1, 1, 1.0, True, b"\x04\x09kept-dark\xa0"), Piece(2, 2, 2.0, False, b"ab")]
    assert [one.data for one in module._blotted(pieces, secrets)] == [b"\x04\x09*********\xa0", b"ab"]


def test_the_plan(place: Place):
    plan = asyncio.run(place.desk.plan("line"))
    assert [(one.device, one.points, one.period) for one in plan.requests] == [
        ("a", ["a.x"], 1.0),
        ("a", ["a.y"], 5.0),
        ("b", ["b.x"], 1.0),
    ]
    first = plan.requests[0]
    assert (first.sent, first.received, first.load) == (8, 7, first.seconds)
    assert plan.cycle == pytest.approx(sum(one.seconds for one in plan.requests))
    assert plan.load == pytest.approx(sum(one.seconds / one.period for one in plan.requests))
    assert [(one.id, one.requests, one.points) for one in plan.devices] == [("a", 2, 2), ("b", 1, 1)]
    assert sum(one.load for one in plan.devices) == pytest.approx(plan.load)
    assert (plan.verdict, plan.devices[0].verdict, plan.listen_only) == ("easy", "easy", False)
    assert plan.devices[0].one_more == pytest.approx(plan.load + plan.devices[0].load)
    assert all(wire_text(one.words, one.params) for one in plan.requests)


def test_wires_with_their_devices(place: Place):
    place.facts.buses["line"] = BusReport("line", WireState.UP, silent=("b",), load=0.25)
    counted = DeviceCounters(requests=300, good=300, last_answer=1)
    for n in range(1, 301):
        counted.took(n / 1000)
    place.facts.devices["a"] = counted
    place.exchange()
    told = asyncio.run(place.desk.wires())
    line, spare = told.wires
    assert (line.bus.info.id, line.bus.state, line.bus.load, line.newest, line.cycle > 0) == ("line", "up", 0.25, 2, True)
    assert [(one.id, one.silent) for one in line.devices] == [("a", False), ("b", True)]
    a, b = (one.counters for one in line.devices)
    assert (a.p50_seconds, a.p99_seconds, a.longest_seconds) == (0.172, 0.298, 0.3), "of the newest 256: 45 to 300 ms"
    assert (b.p50_seconds, b.p99_seconds) == (None, None)
    assert (spare.devices, spare.cycle, spare.newest) == ([], 0.0, 0)


def test_a_line_that_is_not_there(place: Place):
    for question in (place.desk.plan("no"), place.desk.frames("no", None, NOBODY)):
        with pytest.raises(Refused, match="no_such_bus"):
            asyncio.run(question)
    assert asyncio.run(place.desk.frames("spare", 3, NOBODY)).frames == []


def test_the_time_of_the_last_change(place: Place, clock: FakeClock):
    table = LiveTable(place.room, clock)
    told = []
    for n, value in enumerate((1.0, 1.0, 2.0, 2.0)):
        table.apply([Reading("a.x", value, clock.wall() + n, Quality.GOOD)])
        told.append(table.get("a.x").changed)
    assert told == [None, None, clock.wall() + 2, clock.wall() + 2]


def test_a_real_station_over_http(tmp_path: Path):
    with slave() as unit, station(tmp_path, unit.port) as peer:
        peer.until(lambda state: any(one.value == 25.0 for one in state.live), "the value")
        told = WiresInfo.model_validate_json(get(peer, "/api/v1/buses"))
        assert [one.bus.info.id for one in told.wires] == ["tcp"] and told.wires[0].newest > 0
        counters = told.wires[0].devices[0].counters
        assert counters.p50_seconds is not None and counters.p50_seconds <= counters.p99_seconds <= counters.longest_seconds
        plan = BusPlan.model_validate_json(get(peer, "/api/v1/buses/tcp/plan"))
        assert {point for one in plan.requests for point in one.points} == {"a.temp", "a.wet", "a.still"}
        frames = follow(peer, 20)
        assert {one.device for one in frames} == {"a"}
        replies = [one for one in frames if one.role is FrameRole.REPLY]
        assert replies and all(one.response_ms is not None for one in replies)
        assert any(one.hex.endswith("00fa") for one in replies), "25.0 degrees as it came"
        assert peer.client is not None
        assert peer.client.get("/api/v1/buses/no/frames").status_code == 404


def get(peer: StationPeer, path: str) -> bytes:
    assert peer.client is not None
    answer = peer.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.content


def follow(peer: StationPeer, wanted: int) -> list[FrameInfo]:
    """So many frames, none twice and none left out."""
    told = TraceInfo.model_validate_json(get(peer, "/api/v1/buses/tcp/frames?after=0"))
    found, end = list(told.frames), time.monotonic() + 30
    while len(found) < wanted and time.monotonic() < end:
        told = TraceInfo.model_validate_json(get(peer, f"/api/v1/buses/tcp/frames?after={told.next}"))
        found += told.frames
    numbers = [one.number for one in found]
    assert len(found) >= wanted and numbers == sorted(set(numbers)) == list(range(numbers[0], numbers[-1] + 1))
    return found
