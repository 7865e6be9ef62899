"""Traps and informs as digital points, sent by Net-SNMP's snmptrap and snmpinform."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.errors import OperatorError
from cityops_desktop.model.drivers import WireError
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.model.traffic import Piece
from cityops_desktop.room import load_room
from drivers.exchange import ExchangeSession
from drivers.registry import DRIVERS
from drivers.snmp.options import TrapBus
from tests.peers.slaves import free_port
from tests.peers.snmp_programs import AUTH, COMMUNITY, PRIV, USER, send

DRIVER = DRIVERS["snmp-trap"]
DOWN, UP, COLD = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4", "1.3.6.1.6.3.1.1.5.1"
ENGINE = "80001f8804aabbccdd"
SIGNED = ("-v3", "-u", USER, "-a", "SHA-256", "-A", AUTH, "-x", "AES", "-X", PRIV, "-l", "authPriv")
POINTS = f"{{id: link, kind: digital, trap: {DOWN}, clears: {UP}}}, {{id: started, kind: digital, trap: {COLD}, hold: 60}}"


class Port:
    """A port at which messages arrive."""

    def __init__(self, folder: Path, clock: Any, who: str, device: str) -> None:
        self.port = free_port()
        self.clock = clock
        keys = folder / "keys"
        keys.write_text(f"auth: {AUTH}\npriv: {PRIV}\n", encoding="utf-8")
        keys.chmod(0o600)
        file = folder / "room.yaml"
        file.write_text(
            "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
            f"buses: [{{id: traps, driver: snmp-trap, host: 127.0.0.1, port: {self.port}, {who.replace('KEYS', str(keys))}}}]\n"
            f"devices: [{{id: sw, bus: traps, address: 127.0.0.1{device}, points: [{POINTS}]}},"
            f" {{id: other, bus: traps, address: 127.0.0.9, points: [{POINTS}]}}]\n",
            encoding="utf-8",
        )
        self.room = load_room(file, DRIVERS)
        self.pieces: list[Piece] = []
        session = DRIVER.connect(self.room.buses[0], self.room.devices, clock, self._record)
        assert isinstance(session, ExchangeSession)
        self.session = session

    def _record(self, sent: bool, data: bytes) -> None:
        self.pieces.append(Piece(len(self.pieces) + 1, 0, 0.0, sent, data))

    def look(self, device: str = "sw") -> tuple[object, ...]:
        """What each point says now."""
        (unit,) = [one for one in self.room.devices if one.id == device]
        (request,) = DRIVER.plan(self.room.buses[0], unit, unit.points)
        assert request.period == 1.0
        result = self.session.execute(request)
        assert result.answered
        assert all((one.quality, one.time) == (Quality.GOOD, self.clock.wall()) for one in result.readings)
        return tuple(one.value for one in result.readings)

    def words(self) -> list[str]:
        frames = DRIVER.frames(self.room.buses[0], self.room.devices, self.pieces)
        return [frame.words.format(**frame.params) for frame in frames]


@pytest.fixture
def opened(tmp_path: Path, clock: Any) -> Iterator[Callable[..., Port]]:
    ports: list[Port] = []

    def make(who: str = f"community: {COMMUNITY}", device: str = "") -> Port:
        ports.append(Port(tmp_path, clock, who, device))
        return ports[-1]

    yield make
    for port in ports:
        port.session.close()


def trap(port: Port, name: str, *options: str) -> None:
    assert send("snmptrap", port.port, "", name, options=options or ("-v2c", "-c", COMMUNITY)) == 0


def test_a_message_stands_until_it_is_ended_or_its_time_is_over(opened: Callable[..., Port], clock: Any) -> None:
    port = opened()
    assert port.look() == (0, 0)
    trap(port, DOWN)
    assert port.look() == (1, 0)
    clock.advance(3600)
    assert port.look() == (1, 0)
    trap(port, UP)
    assert port.look() == (0, 0)
    trap(port, COLD)
    assert port.look() == (0, 1)
    clock.advance(59)
    assert port.look() == (0, 1)
    clock.advance(1)
    assert port.look() == (0, 0)
    assert port.look("other") == (0, 0)
    assert port.session.counters.bad_replies == 0
    assert port.words() == [f"trap {DOWN}", f"trap {UP}", f"trap {COLD}"]


def test_a_message_that_was_ended_at_once_is_told_all_the_same(opened: Callable[..., Port], clock: Any) -> None:
    port = opened()
    for name in (DOWN, UP, COLD):
        trap(port, name)
    clock.advance(300)
    assert port.look() == (1, 1)
    clock.advance(60)
    assert port.look() == (0, 0)
    for name in (DOWN, UP, DOWN):
        trap(port, name)
    assert port.look() == (1, 0) == port.look()


def test_strangers_and_wrong_communities_are_counted_and_not_believed(opened: Callable[..., Port]) -> None:
    port = opened()
    trap(port, DOWN, "-v2c", "-c", "public")
    trap(port, DOWN, "-v2c", "-c", COMMUNITY, "--clientaddr=127.0.0.2")
    trap(port, DOWN, *SIGNED, "-e", ENGINE)
    assert port.look() == (0, 0)
    assert port.session.counters.bad_replies == 3
    trap(port, DOWN, "-v2c", "-c", COMMUNITY, "--clientaddr=127.0.0.9")
    assert (port.look(), port.look("other")) == ((0, 0), (1, 0))


def test_traps_of_snmp_1_are_read_too(opened: Callable[..., Port]) -> None:
    port = opened()
    assert send("snmptrap", port.port, "1.3.6.1.4.1.99999", "127.0.0.1", "2", "0", "", options=("-v1", "-c", COMMUNITY)) == 0
    assert port.look() == (1, 0)


def test_signed_traps_are_believed_and_unsigned_ones_of_the_same_user_are_not(opened: Callable[..., Port]) -> None:
    port = opened(f"version: 3, user: {USER}, secret: KEYS", f", engine: {ENGINE}")
    trap(port, DOWN, "-v3", "-u", USER, "-l", "noAuthNoPriv", "-e", ENGINE)
    trap(port, DOWN, "-v3", "-u", USER, "-a", "SHA-256", "-A", AUTH, "-l", "authNoPriv", "-e", ENGINE)
    trap(port, DOWN, "-v3", "-u", USER, "-a", "SHA-256", "-A", "not the right one", "-x", "AES", "-X", PRIV, "-l", "authPriv", "-e", ENGINE)
    trap(port, DOWN, *SIGNED, "-e", "80001f8804ffffffff")
    trap(port, DOWN, "-v2c", "-c", COMMUNITY)
    assert port.look() == (0, 0)
    assert port.session.counters.bad_replies == 5
    trap(port, DOWN, *SIGNED, "-e", ENGINE)
    assert port.look() == (1, 0)


@pytest.mark.parametrize("who", [f"community: {COMMUNITY}", f"version: 3, user: {USER}, secret: KEYS"], ids=["2c", "3"])
def test_informs_are_confirmed(opened: Callable[..., Port], who: str) -> None:
    port = opened(who)
    options = SIGNED if "version" in who else ("-v2c", "-c", COMMUNITY)
    codes: list[int] = []
    sender = threading.Thread(target=lambda: codes.append(send("snmpinform", port.port, "", DOWN, options=("-r", "30", *options))))
    sender.start()
    seen = port.look()
    while sender.is_alive():
        seen = max(seen, port.look())
        sender.join(0.05)
    assert (codes, max(seen, port.look())) == ([0], (1, 0))


def test_no_datagram_breaks_it(opened: Callable[..., Port]) -> None:
    port = opened()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        for data in (b"", b"\x30", b"\x30\x80" * 50, b"\x00" * 60_000, *(os.urandom(size) for size in range(1, 200, 9))):
            noise.sendto(data, ("127.0.0.1", port.port))
    assert port.look() == (0, 0)
    assert port.session.counters.bad_replies >= 20
    trap(port, DOWN)
    assert port.look() == (1, 0)


def test_a_port_in_use_is_told_so(opened: Callable[..., Port], clock: Any) -> None:
    port = opened()
    with pytest.raises(WireError) as used:
        DRIVER.connect(port.room.buses[0], port.room.devices, clock)
    assert used.value.reason is Reason.PORT_IN_USE and str(port.port) in used.value.detail


def test_what_cannot_be_is_refused_with_the_room_file(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    head = "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\nbuses: [{id: t, driver: snmp-trap, community: c}]\n"
    for device, word in (
        (f"address: 10.0.0.1, points: [{{id: x, kind: digital, trap: {DOWN}}}]", "nothing ever ends this message"),
        (f"address: 10.0.0.1, points: [{{id: x, kind: analog, trap: {DOWN}, hold: 5}}]", "a message has come or not"),
        (f"address: switch-7, points: [{{id: x, kind: digital, trap: {DOWN}, hold: 5}}]", "this is no IP address"),
    ):
        file.write_text(f"{head}devices: [{{id: d, bus: t, {device}}}]\n", encoding="utf-8")
        with pytest.raises(OperatorError) as refused:
            load_room(file, DRIVERS)
        assert [problem.what for problem in refused.value.problems] == [word]


def test_the_community_is_never_shown() -> None:
    assert DRIVER.settings(TrapBus(community="top-secret")) == {"version": "2c", "host": "0.0.0.0", "port": 162}  # type: ignore[arg-type]
