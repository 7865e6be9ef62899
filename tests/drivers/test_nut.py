"""UPSes behind a NUT server: against Debian's upsd with dummy-ups, and against servers that lie, stall or talk nonsense."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Counters, Result, WireError
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Reading, Reason
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import FrameRole, Piece
from cityops_desktop.room import load_room
from drivers import nut
from drivers.exchange import ExchangeSession, NoAnswer
from drivers.nut import NutBus, NutDevice, NutDriver, NutLink, NutSource, variables_in
from drivers.registry import DRIVERS
from tests.peers.nut_programs import UPS, Upsd, nut_server

NAMES = Names("名", "name")
DRIVER = DRIVERS["nut"]


def point(name: str, kind: Kind = Kind.ANALOG, resolution: float = 0.1, **source: object) -> Point:
    return Point(f"u.{name}", "u", NAMES, kind, Group.UPS, resolution=resolution, source=NutSource(**source))


POINTS = (
    point("load", variable="ups.load"),
    point("charge", variable="battery.charge", resolution=1),
    point("on_battery", Kind.DIGITAL, flag="OB"),
    point("on_line", Kind.DIGITAL, flag="OL"),
    point("id", Kind.TEXT, variable="ups.id"),
    point("alarm", Kind.TEXT, variable="ups.alarm"),
)


class Peer:
    """A session with a NUT server, and all that we sent."""

    def __init__(self, port: int, ups: str = "ups1", timeout: float = 20.0) -> None:
        self.sent: list[bytes] = []
        self.bus = Bus("b", "nut", NAMES, NutBus(host="127.0.0.1", port=port, timeout=timeout))
        self.device = Device("u", "b", NAMES, Group.UPS, NutDevice(ups=ups), POINTS)
        self.session = self.connect()

    def connect(self) -> ExchangeSession:
        session = DRIVER.connect(self.bus, [self.device], SystemClock(), lambda sent, data: self.sent.append(data) if sent else None)
        assert isinstance(session, ExchangeSession)
        return session

    def result(self) -> Result:
        (request,) = DRIVER.plan(self.bus, self.device, POINTS)
        return self.session.execute(request)

    def read(self) -> dict[str, Reading]:
        return {reading.point.removeprefix("u."): reading for reading in self.result().readings}

    def values(self) -> dict[str, object]:
        return {point: reading.value for point, reading in self.read().items()}


def wait(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not met():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upsd]:
    with nut_server(tmp_path_factory.mktemp("nut")) as running:
        yield running


@pytest.fixture
def peer(server: Upsd) -> Iterator[Peer]:
    peer = Peer(server.port)
    yield peer
    peer.session.close()
    assert all(re.fullmatch(rb"LIST VAR [a-z0-9]+\n", data) for data in peer.sent), peer.sent


def test_a_ups_is_read_followed_and_known(server: Upsd, peer: Peer) -> None:
    assert peer.values() == {"load": 35.5, "charge": 87.0, "on_battery": 0, "on_line": 1, "id": 'Room "17"', "alarm": None}
    assert (peer.read()["alarm"].reason, peer.read()["alarm"].detail) == (Reason.EXCEPTION, "VAR-NOT-SUPPORTED")
    identity = peer.session.identify("u")
    assert identity is not None and not identity.behaviour
    assert identity.facts == {"maker": "Dummy Manufacturer", "model": "Dummy UPS", "serial": "AS0123456789", "version": "UPS 09.3"}
    server.set({"ups.status": "OB DISCHRG LB", "battery.charge": "12"})
    wait(lambda: peer.values()["on_battery"] == 1)
    assert (peer.values()["on_line"], peer.values()["charge"]) == (0, 12.0)
    server.set(UPS)
    wait(lambda: peer.values()["on_line"] == 1)
    assert peer.session.counters.bad_replies == peer.session.counters.timeouts == 0


def test_when_the_ups_falls_silent_behind_its_server_no_old_value_is_told(server: Upsd, peer: Peer) -> None:
    assert peer.values()["load"] == 35.5
    server.stop("dummy-ups")
    wait(lambda: not peer.result().answered)
    for reading in peer.read().values():
        assert (reading.value, reading.reason, reading.detail) == (None, Reason.NO_ANSWER, "DRIVER-NOT-CONNECTED")
    server.start("dummy-ups")
    wait(lambda: peer.values()["load"] == 35.5)
    os.kill(server.pid("dummy-ups"), signal.SIGSTOP)
    wait(lambda: not peer.result().answered)
    assert {(reading.value, reading.detail) for reading in peer.read().values()} == {(None, "DATA-STALE")}
    os.kill(server.pid("dummy-ups"), signal.SIGCONT)
    wait(lambda: peer.values()["load"] == 35.5)


def test_a_server_that_hangs_or_restarts_is_found_again(server: Upsd) -> None:
    peer = Peer(server.port, timeout=1.0)
    assert peer.values()["charge"] == 87.0
    os.kill(server.pid("upsd"), signal.SIGSTOP)
    assert {reading.reason for reading in peer.read().values()} == {Reason.NO_ANSWER}
    assert peer.session.counters.timeouts == 1
    os.kill(server.pid("upsd"), signal.SIGCONT)
    wait(lambda: peer.values()["charge"] == 87.0)
    server.stop("upsd")
    with pytest.raises(WireError) as gone:
        peer.result()
    assert gone.value.reason is Reason.CONNECTION_REFUSED
    server.start("upsd")
    peer.session.close()
    peer.session = peer.connect()
    assert peer.values()["charge"] == 87.0
    server.stop("upsd")
    server.start("upsd")
    assert peer.values()["charge"] == 87.0  # between two questions: nobody need notice
    peer.session.close()


def test_a_ups_that_the_server_does_not_know_is_silent(server: Upsd) -> None:
    peer = Peer(server.port, ups="ups9")
    assert {(reading.reason, reading.detail) for reading in peer.read().values()} == {(Reason.NO_ANSWER, "UNKNOWN-UPS")}
    peer.session.close()


def test_nothing_but_reading_can_be_said(server: Upsd, peer: Peer) -> None:
    written = peer.session.write(POINTS[0], 1.0)
    assert (written.outcome, written.code) == (Outcome.REFUSED, "read_only")
    assert peer.sent == []
    program = Path(nut.__file__).read_text(encoding="utf-8").partition('"""')[2].partition('"""')[2]
    assert [line.strip() for line in program.splitlines() if ".write(" in line] == [
        r'wire.write(f"LIST VAR {device.ups}\n".encode("ascii"))'
    ]
    for word in ("INSTCMD", "LOGIN", "PASSWORD", "PRIMARY", "SET VAR"):
        assert word not in program
    with pytest.raises(ValueError, match="ups"):
        NutDevice(ups="x\nFSD x")


class Script:
    """A connection whose answers are given: a list of pieces for each question; None = nothing comes any more."""

    def __init__(self, clock: object, answers: list[list[bytes]], unasked: list[bytes] | None = None) -> None:
        self.sent: list[bytes] = []
        self.closed = False
        self._clock = clock
        self._answers = answers
        self._coming = list(unasked or ())

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self._coming += self._answers.pop(0) if self._answers else []

    def read(self, deadline: float) -> bytes:
        if self._coming:
            return self._coming.pop(0)
        self._clock.seconds = max(self._clock.seconds, deadline)  # type: ignore[attr-defined]
        return b""

    def close(self) -> None:
        self.closed = True


def scripted(monkeypatch: pytest.MonkeyPatch, clock: object, *wires: Script) -> tuple[NutLink, Counters]:
    left, counters = list(wires), Counters()
    monkeypatch.setattr(nut, "open_tcp", lambda *_: left.pop(0))
    return NutDriver().open(NutBus(host="h"), clock, counters, lambda sent, data: None), counters  # type: ignore[arg-type]


def whole(*variables: tuple[str, str], ups: str = "a") -> bytes:
    lines = "".join(f'VAR {ups} {name} "{value}"\n' for name, value in variables)
    return f"BEGIN LIST VAR {ups}\n{lines}END LIST VAR {ups}\n".encode()


LOAD = NutSource(variable="ups.load")
DEVICE = NutDevice(ups="a")


def count(link: NutLink, source: NutSource = LOAD) -> object:
    return link.ask(DEVICE, "LIST VAR", [source])[0].count


def test_an_answer_that_comes_too_late_is_nobodys(monkeypatch: pytest.MonkeyPatch, clock: object) -> None:
    first = Script(clock, [[b"BEGIN LIST VAR a\n"], [whole(("ups.load", "1"))]])
    second = Script(clock, [[whole(("ups.load", "2"))]])
    link, counters = scripted(monkeypatch, clock, first, second)
    with pytest.raises(NoAnswer) as silence:
        count(link)
    assert (silence.value.reason, silence.value.answered, first.closed) == (Reason.NO_ANSWER, False, True)
    assert count(link) == "2"
    assert len(first.sent) == 1 and counters.timeouts == 1


def test_what_comes_unasked_is_not_taken_for_the_answer(monkeypatch: pytest.MonkeyPatch, clock: object) -> None:
    stale = whole(("ups.load", "1"))
    first = Script(clock, [[whole(("ups.load", "3")), stale]])
    second = Script(clock, [[whole(("ups.load", "2"))]])
    link, counters = scripted(monkeypatch, clock, first, second)
    assert count(link) == "3"
    assert count(link) == "2"
    assert counters.late_replies == 1 and first.closed


@pytest.mark.parametrize(
    "answer",
    [
        [whole(("ups.load", "1"), ups="b")],
        [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
        [b"BEGIN LIST VAR a\nVAR a ups.load 1\nEND LIST VAR a\n"],
        [whole(("ups.load", "1"), ("ups.load", "2"))],
        [b"BEGIN LIST VAR a\n", *[b"x" * 4096] * 300],
    ],
    ids=["another", "other protocol", "no quotes", "twice", "endless"],
)
def test_nonsense_is_never_a_value(monkeypatch: pytest.MonkeyPatch, clock: object, answer: list[bytes]) -> None:
    link, counters = scripted(monkeypatch, clock, Script(clock, [answer]), Script(clock, [[whole(("ups.load", "7"))]]))
    with pytest.raises(NoAnswer) as nonsense:
        count(link)
    assert nonsense.value.reason in (Reason.BAD_REPLY, Reason.NO_ANSWER)
    assert counters.bad_replies + counters.timeouts == 1
    assert count(link) == "7"


def test_refusals_that_are_not_the_ups_silence_keep_it_alive(monkeypatch: pytest.MonkeyPatch, clock: object) -> None:
    link, _ = scripted(monkeypatch, clock, Script(clock, [[b"ERR ACCESS-DENIED\n"], [whole(("ups.load", "7"))]]))
    with pytest.raises(NoAnswer) as refused:
        count(link)
    assert (refused.value.reason, refused.value.detail, refused.value.answered) == (Reason.EXCEPTION, "ACCESS-DENIED", True)
    assert count(link) == "7"


@pytest.mark.parametrize("status", ["WAIT", "", None])
def test_a_flag_that_cannot_be_known_is_no_zero(monkeypatch: pytest.MonkeyPatch, clock: object, status: str | None) -> None:
    told = whole(*([] if status is None else [("ups.status", status)]))
    link, _ = scripted(monkeypatch, clock, Script(clock, [[told]]))
    assert count(link, NutSource(flag="OB")) is None


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_bytes_crash_or_hang_it(pieces: list[bytes]) -> None:
    class Clock:
        seconds = 0.0

        def monotonic(self) -> float:
            return self.seconds

        def wall(self) -> int:
            return 0

    clock = Clock()
    patch = pytest.MonkeyPatch()
    try:
        link, _ = scripted(patch, clock, Script(clock, [[piece for piece in pieces if piece]]))
        with pytest.raises(NoAnswer):
            count(link)
    finally:
        patch.undo()


VALUES = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=20)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(\.[a-z0-9]{1,8}){1,3}", fullmatch=True), VALUES, max_size=6))
def test_whatever_a_ups_says_is_read_as_it_was_written(variables: dict[str, str]) -> None:
    escaped = [(name, value.replace("\\", "\\\\").replace('"', '\\"')) for name, value in variables.items()]
    assert variables_in(whole(*escaped).decode(), "a") == variables


@given(st.text(max_size=200))
def test_any_other_text_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (answer|variable)"):
        variables_in(f"BEGIN LIST VAR a\n{text}", "a")


def test_the_wire_in_words() -> None:
    sent = [(True, b"LIST VAR a\n"), (False, whole(("ups.load", "1"))[:20]), (False, whole(("ups.load", "1"))[20:])]
    sent += [(True, b"LIST VAR b\n"), (False, b"ERR UNKNOWN-UPS\n"), (True, b"LIST VAR c\n"), (False, b"\xff\x00")]
    pieces = [Piece(number, 0, 0.0, ours, data) for number, (ours, data) in enumerate(sent, 1)]
    frames = DRIVER.frames(Bus("b", "nut", NAMES, NutBus(host="h")), [], pieces)
    assert [frame.role for frame in frames] == [
        FrameRole.REQUEST,
        FrameRole.REPLY,
        FrameRole.REQUEST,
        FrameRole.EXCEPTION,
        FrameRole.REQUEST,
        FrameRole.NOISE,
    ]
    assert frames[1].params == {"count": 1, "ups": "a"}
    assert [frame.unit for frame in frames] == ["a", "a", "b", "b", "c", "c"]
    assert b"".join(frame.data for frame in frames) == b"".join(piece.data for piece in pieces)


def test_the_profile_reads_a_ups_by_its_room_file(server: Upsd, tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    file.write_text(
        "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
        f"buses: [{{id: n, driver: nut, host: 127.0.0.1, port: {server.port}, timeout: 20}}]\n"
        "devices: [{id: u, bus: n, ups: ups1, profile: nut-ups}]\n",
        encoding="utf-8",
    )
    room = load_room(file, DRIVERS)
    session = DRIVER.connect(room.buses[0], room.devices, SystemClock())
    (request,) = DRIVER.plan(room.buses[0], room.devices[0], room.devices[0].points)
    values = {reading.point.removeprefix("u."): reading.value for reading in session.execute(request).readings if reading.value is not None}
    session.close()
    assert request.period == 2.0
    assert values == {
        **dict.fromkeys(
            ("on_battery", "low_battery", "replace_battery", "on_bypass", "overload", "output_off", "forced_shutdown", "alarm"), 0
        ),
        **{"charging": 1, "battery_charge": 87.0, "battery_runtime": 2040.0, "battery_voltage": 54.4, "load": 35.5, "temperature": 31.2},
        **{"input_voltage": 229.8, "output_voltage": 230.0},
    }
