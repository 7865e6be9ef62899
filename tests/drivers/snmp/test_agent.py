"""An SNMP agent as a device: Net-SNMP's snmpd with a UPS behind it, SNMP 2c and 3, whole and through a relay that spoils the answers."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v2c

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Result, WireError
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Names, Point
from cityops_desktop.model.readings import Reading, Reason
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.room import load_room
from drivers.exchange import ExchangeSession
from drivers.registry import DRIVERS
from drivers.snmp import message
from drivers.snmp.driver import SnmpLink
from drivers.snmp.engine import _handed  # what any datagram must pass
from drivers.snmp.options import Keys, Priv, SnmpBus, SnmpDevice, SnmpSource, read_keys
from tests.conftest import FakeClock
from tests.drivers.snmp.relay import Relay, changed, objects_of, relay, request_of
from tests.peers.slaves import free_port
from tests.peers.snmp_programs import AUTH, COMMUNITY, PRIV, USER, Snmpd, snmpd

DRIVER = DRIVERS["snmp"]
TRUE = {
    **{"supply": 3, "battery_state": 2, "seconds_on_battery": 0.0, "battery_runtime": 34.0, "battery_charge": 87.0},
    **{"battery_voltage": 216.8, "battery_temperature": 27.0, "input_voltage": 229.0, "input_frequency": 49.9, "output_voltage": 231.0},
    **{"output_frequency": 50.0, "output_current": 12.5, "output_power": 2400.0, "load": 35.0, "alarms": 0.0, "model": "ACME 9000"},
}


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with snmpd(tmp_path_factory.mktemp("snmpd")) as running:
        yield running


class Peer:
    """A session with an agent, as a room file describes it, and all that went over the wire."""

    def __init__(self, folder: Path, port: int, who: str = "", device: str = "", points: str = "") -> None:
        keys = folder / "ups.keys"
        if not keys.exists():
            keys.write_text(f"auth: {AUTH}\npriv: {PRIV}\n", encoding="utf-8")
            keys.chmod(0o600)
        who = who or f"community: {COMMUNITY}"
        device = device if "timeout" in device else f"{device}, timeout: 20"
        file = folder / "room.yaml"
        file.write_text(
            "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
            f"buses: [{{id: card, driver: snmp, host: 127.0.0.1, port: {port}, {who.replace('KEYS', str(keys))}}}]\n"
            f"devices: [{{id: u, bus: card, profile: ups-mib, interval: 0{device}{points}}}]\n",
            encoding="utf-8",
        )
        self.room = load_room(file, DRIVERS)
        self.sent: list[bytes] = []
        self.came: list[bytes] = []
        self.session = self.connect()

    @property
    def device(self) -> Device:
        return self.room.devices[0]

    def connect(self) -> ExchangeSession:
        record = lambda sent, data: (self.sent if sent else self.came).append(data)  # noqa: E731
        session = DRIVER.connect(self.room.buses[0], self.room.devices, SystemClock(), record)
        assert isinstance(session, ExchangeSession)
        return session

    def results(self) -> list[Result]:
        return [self.session.execute(request) for request in DRIVER.plan(self.room.buses[0], self.device, self.device.points)]

    def read(self) -> dict[str, Reading]:
        return {reading.point.removeprefix("u."): reading for result in self.results() for reading in result.readings}

    def values(self) -> dict[str, Any]:
        return {point: reading.value for point, reading in self.read().items()}

    def reasons(self) -> set[Reason | None]:
        return {reading.reason for reading in self.read().values()}


@pytest.fixture
def meet(tmp_path: Path) -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def make(port: int, *args: str, **options: str) -> Peer:
        peers.append(Peer(tmp_path, port, *args, **options))
        return peers[-1]

    yield make
    for peer in peers:
        peer.session.close()
        kinds = {told.kind for told in map(message.parse, peer.sent) if told is not None}
        assert not any(COMMUNITY.encode() in one for one in (*peer.sent, *peer.came))
        assert kinds <= {"GET", ""} and len(peer.sent) == len([one for one in peer.sent if message.parse(one)])


@pytest.fixture
def between(agent: Snmpd) -> Iterator[Relay]:
    with relay(agent.port) as running:
        yield running


SHORT = ", timeout: 1"
"""For tests that wait for a time-out; elsewhere the machine may be slow."""


def wait_for(peer: Peer) -> None:
    """Until all is true; meanwhile there are no values, but no wrong ones."""
    end = time.monotonic() + 30
    while (values := peer.values()) != TRUE:
        assert set(values.values()) == {None} and time.monotonic() < end


V3 = f"version: 3, user: {USER}, secret: KEYS"


@pytest.mark.parametrize("who", ["", V3], ids=["2c", "3"])
def test_a_ups_is_read_followed_and_known(agent: Snmpd, meet: Callable[..., Peer], who: str) -> None:
    peer = meet(agent.port, who, device=", serial: 1.3.6.1.2.1.33.1.1.3.0")
    assert peer.values() == TRUE
    agent.set(_4_1_0="5", _2_4_0="42")
    assert peer.values() == {**TRUE, "supply": 5, "battery_charge": 42.0}
    agent.set(_4_1_0="3", _2_4_0="87")
    identity = peer.session.identify("u")
    assert identity is not None and not identity.behaviour
    assert identity.facts == {"sysObjectID": "1.3.6.1.4.1.99999.7", "sysDescr": "ACME management card", "serial": "1.07"}
    counters = peer.session.counters
    assert (counters.timeouts, counters.bad_replies, counters.late_replies) == (0, 0, 0)


@pytest.mark.parametrize("who", ["", V3], ids=["2c", "3"])
def test_an_object_that_is_not_there_spoils_no_other(agent: Snmpd, meet: Callable[..., Peer], who: str) -> None:
    extra = ", points: [{id: x, kind: analog, oid: 1.3.6.1.2.1.33.1.77.0}, {id: y, kind: analog, oid: 1.3.6.1.4.1.424242.1.0}]"
    read = meet(agent.port, who, points=extra).read()
    assert {point: reading.value for point, reading in read.items() if point not in "xy"} == TRUE
    assert (read["x"].reason, read["x"].detail) == (Reason.EXCEPTION, "noSuchInstance")
    assert (read["y"].reason, read["y"].detail) == (Reason.EXCEPTION, "noSuchObject")


def test_texts_of_numbers_are_numbers_and_a_text_is_never_one(agent: Snmpd, meet: Callable[..., Peer]) -> None:
    firmware = "{id: n, kind: analog, oid: 1.3.6.1.2.1.33.1.1.3.0, resolution: 0.01}"
    maker = "{id: t, kind: analog, oid: 1.3.6.1.2.1.33.1.1.1.0}"
    read = meet(agent.port, points=f", points: [{firmware}, {maker}]").read()
    assert (read["n"].value, read["t"].reason) == (1.07, Reason.INVALID_VALUE)


def test_who_is_not_let_in_is_told_so(agent: Snmpd, meet: Callable[..., Peer], tmp_path: Path) -> None:
    assert meet(agent.port, "community: wrong", device=SHORT).reasons() == {Reason.NO_ANSWER}
    other = tmp_path / "other.keys"
    other.write_text(f"auth: not the right one\npriv: {PRIV}\n", encoding="utf-8")
    other.chmod(0o600)
    read = meet(agent.port, f"version: 3, user: {USER}, secret: {other}").read()
    assert {(one.value, one.reason, one.detail) for one in read.values()} == {(None, Reason.NO_RIGHT, "WrongDigest")}
    read = meet(agent.port, "version: 3, user: nobody, secret: KEYS").read()
    assert {(one.reason, one.detail) for one in read.values()} == {(Reason.NO_RIGHT, "UnknownUserName")}


@pytest.mark.parametrize("who", ["", V3], ids=["2c", "3"])
def test_an_agent_that_hangs_ends_or_starts_again(tmp_path_factory: pytest.TempPathFactory, meet: Callable[..., Peer], who: str) -> None:
    with snmpd(tmp_path_factory.mktemp("own")) as agent:
        uptime = ", points: [{id: uptime, kind: analog, oid: 1.3.6.1.2.1.1.3.0, scale: 0.01, period: 2}]"
        peer = meet(agent.port, who, device=SHORT, points=uptime)
        end = time.monotonic() + 30
        while peer.values()["uptime"] is None:
            assert time.monotonic() < end
        os.kill(agent.pid, signal.SIGSTOP)
        assert peer.reasons() == {Reason.NO_ANSWER}
        agent.set(_2_4_0="11")
        os.kill(agent.pid, signal.SIGCONT)
        told = [peer.values()["battery_charge"]]
        while told[-1] != 11.0:
            assert told[-1] is None and time.monotonic() < end
            told.append(peer.values()["battery_charge"])
        assert peer.session.counters.timeouts >= 1
        agent.stop()
        with pytest.raises(WireError) as gone:
            for _ in range(3):
                peer.results()
        assert gone.value.reason is Reason.CONNECTION_REFUSED
        again = time.monotonic()
        agent.start()
        peer.session.close()
        peer.session = peer.connect()
        while (values := peer.values())["battery_charge"] is None:
            assert time.monotonic() < again + 30
        assert values["battery_charge"] == 11.0 and values["uptime"] <= time.monotonic() - again + 1


@pytest.mark.parametrize("replaced", [False, True], ids=["restarted", "replaced"])
@pytest.mark.parametrize("who", ["", V3], ids=["2c", "3"])
def test_a_card_that_restarts_or_is_replaced_is_known_again(
    tmp_path_factory: pytest.TempPathFactory, meet: Callable[..., Peer], who: str, replaced: bool
) -> None:
    with snmpd(tmp_path_factory.mktemp("own")) as agent:
        peer = meet(agent.port, who, device=SHORT)
        wait_for(peer)
        agent.stop()
        if replaced:
            agent.replace()
        agent.start()
        assert peer.reasons() <= {None, Reason.NO_ANSWER}
        wait_for(peer)


def set_request(number: int) -> Callable[[Any], None]:
    return lambda pdu: v2c.apiPDU.set_request_id(pdu, number)


def swap_values(pdu: Any) -> None:
    """The same names in another order: each value under another's."""
    names = v2c.apiPDU.get_varbinds(pdu)
    v2c.apiPDU.set_varbinds(pdu, names[::-1])


def keep_three(pdu: Any) -> None:
    """Some are not answered."""
    v2c.apiPDU.set_varbinds(pdu, v2c.apiPDU.get_varbinds(pdu)[:3])


class Memory:
    """Spoilers that need to remember."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def late(self, question: bytes, answer: bytes) -> list[bytes]:
        """Each answer comes when the next question is asked."""
        self.kept.append(answer)
        return self.kept[-2:-1]

    def before(self, question: bytes, answer: bytes) -> list[bytes]:
        """The old answer once more, before the true one."""
        self.kept.append(answer)
        return self.kept[-2:]


SPOILERS: dict[str, Callable[[bytes, bytes], list[bytes]]] = {
    "twice": lambda question, answer: [answer, answer],
    "the old one first": Memory().before,
    "garbage first": lambda question, answer: [b"\x30\x82\xff\xff", b"", b"\x00" * 2000, os.urandom(400), answer[:-5], answer],
    "huge first": lambda question, answer: [b"\x30" * 60_000, answer],
    "wrong number first": lambda question, answer: [changed(answer, set_request(request_of(answer) ^ 1)), answer],
    "the question itself first": lambda question, answer: [question, answer],
    "another community first": lambda question, answer: [answer.replace(COMMUNITY.encode(), b"stolen!"), answer],
}
NO_VALUE: dict[str, Callable[[bytes, bytes], list[bytes]]] = {
    "only the old one": Memory().late,
    "only garbage": lambda question, answer: [os.urandom(200)],
    "only a wrong number": lambda question, answer: [changed(answer, set_request(12))],
    "nothing": lambda question, answer: [],
    "cut off": lambda question, answer: [answer[: len(answer) // 2]],
    "others than asked": lambda question, answer: [changed(answer, swap_values)],
    "fewer than asked": lambda question, answer: [changed(answer, keep_three)],
}


@pytest.mark.parametrize("fault", SPOILERS)
def test_what_else_comes_is_never_the_answer(agent: Snmpd, between: Relay, meet: Callable[..., Peer], fault: str) -> None:
    peer = meet(between.port)
    between.spoil = SPOILERS[fault]
    for charge in ("87", "86", "85", "87"):
        agent.set(_2_4_0=charge)
        assert peer.values() == {**TRUE, "battery_charge": float(charge)}
    between.spoil = lambda question, answer: [answer]
    assert peer.values() == TRUE
    assert peer.session.counters.timeouts == 0
    assert peer.session.counters.late_replies + peer.session.counters.bad_replies >= 3


@pytest.mark.parametrize("fault", NO_VALUE)
def test_without_the_answer_there_is_no_value(agent: Snmpd, between: Relay, meet: Callable[..., Peer], fault: str) -> None:
    peer = meet(between.port, device=SHORT)
    wait_for(peer)
    between.spoil = NO_VALUE[fault]
    for _ in range(2):
        read = peer.read().values()
        assert {one.value for one in read} == {None}
        assert {one.reason for one in read} <= {Reason.NO_ANSWER, Reason.BAD_REPLY}
    between.spoil = lambda question, answer: [answer]
    wait_for(peer)


@pytest.mark.parametrize("who", ["", V3], ids=["2c", "3"])
def test_a_wire_that_swaps_bits_brings_no_wrong_value(agent: Snmpd, between: Relay, meet: Callable[..., Peer], who: str) -> None:
    """A flipped bit in SNMP 2c that lands in a value cannot be seen by anybody (UDP's own sum is there for that); in SNMP 3 it can."""
    peer = meet(between.port, who)
    assert peer.values() == TRUE
    position = iter(range(0, 4000, 61))

    def flip(question: bytes, answer: bytes) -> list[bytes]:
        at = next(position) % (8 * len(answer))
        spoiled = bytearray(answer)
        spoiled[at // 8] ^= 1 << at % 8
        return [bytes(spoiled), answer]

    between.spoil = flip
    for _ in range(8):
        read = peer.read()
        if who:
            assert {point: one.value for point, one in read.items()} == TRUE
    between.spoil = lambda question, answer: [answer]
    assert peer.values() == TRUE


def test_a_question_that_is_too_big_is_halved_and_stays_so(agent: Snmpd, between: Relay, meet: Callable[..., Peer]) -> None:
    def too_big(question: bytes, answer: bytes) -> list[bytes]:
        if len(objects_of(question)) <= 5:
            return [answer]
        return [refusal(question, 1, 0)]

    between.spoil = too_big
    peer = meet(between.port)
    assert peer.values() == TRUE
    first = len(between.asked)
    assert peer.values() == TRUE
    assert len(between.asked) - first < first
    assert max(len(objects_of(one)) for one in between.asked[first:]) <= 5


def test_one_broken_object_spoils_no_other(agent: Snmpd, between: Relay, meet: Callable[..., Peer]) -> None:
    broken = "1.3.6.1.2.1.33.1.2.4.0"
    between.spoil = lambda question, answer: [refusal(question, 5, 1) if broken in objects_of(question) else answer]
    read = meet(between.port).read()
    assert (read["battery_charge"].reason, read["battery_charge"].detail) == (Reason.EXCEPTION, "genErr")
    assert {point: one.value for point, one in read.items()} == {**TRUE, "battery_charge": None}


def test_a_slow_agent_that_refuses_everything_holds_nobody_up(clock: FakeClock) -> None:
    class Refusing:
        asked = 0

        def get(self, names: list[str], timeout: float) -> tuple[int, int, list[tuple[str, Any]]]:
            self.asked += 1
            clock.advance(0.9)
            return 5, 1, []

    refusing: Any = Refusing()
    sources = [SnmpSource(oid=f"1.3.6.1.4.1.1.{n}.0") for n in range(100)]
    found = SnmpLink(refusing, 1.0, clock).ask(SnmpDevice(), "GET", sources)
    assert [one.refused for one in found] == ["genErr"] * 100
    assert refusing.asked < 20


def refusal(question: bytes, status: int, index: int) -> bytes:
    """An agent's refusal of this question."""
    told, _ = decoder.decode(question, asn1Spec=v2c.Message())
    answer = v2c.apiMessage.get_response(told)
    pdu = v2c.apiMessage.get_pdu(answer)
    v2c.apiPDU.set_varbinds(pdu, v2c.apiPDU.get_varbinds(v2c.apiMessage.get_pdu(told)))
    v2c.apiPDU.set_error_status(pdu, status)
    pdu.setComponentByPosition(2, index)
    return bytes(encoder.encode(answer))


def test_no_datagram_breaks_it(agent: Snmpd, meet: Callable[..., Peer]) -> None:
    peer = meet(agent.port, V3)
    assert peer.values() == TRUE
    transport = peer.session._link._agent._transport  # type: ignore[attr-defined]
    known = peer.came[-1]

    flips = st.builds(lambda at, byte: known[:at] + bytes([byte]) + known[at + 1 :], st.integers(0, 300), st.integers(0, 255))

    @given(st.binary(max_size=200) | flips)
    def hand(data: bytes) -> None:
        assert _handed(transport, data, ("127.0.0.1", 161)) in (True, False)

    hand()
    assert peer.values() == TRUE


def test_nothing_can_be_set(agent: Snmpd, meet: Callable[..., Peer]) -> None:
    peer = meet(agent.port)
    written = peer.session.write(peer.device.points[0], 1.0)
    assert (written.outcome, peer.sent) == (Outcome.REFUSED, [])
    programs = [file.read_text(encoding="utf-8") for file in Path(message.__file__).parent.glob("*.py")]
    assert len(programs) == 6
    assert not any(word in program for program in programs for word in ("SetRequest", "SetCommand", "set_cmd", "setCmd"))


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    plain = SnmpBus(host="h", community="top-secret")  # type: ignore[arg-type]
    signed = SnmpBus(host="h", version=3, user="duty", secret="/etc/keys")
    assert DRIVER.settings(plain) == {"version": "2c", "host": "h", "port": 161, "timeout": 2.0}
    assert DRIVER.settings(signed) == {
        **{"version": 3, "user": "duty", "auth": "sha256", "priv": "aes128", "host": "h", "port": 161, "timeout": 2.0}
    }
    assert "top-secret" not in repr(plain) + plain.model_dump_json()
    assert "x" * 8 not in repr(Keys("x" * 8, "x" * 8))


def test_the_file_of_keys_is_the_stations_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    access = SnmpBus(host="h", version=3, user="duty", secret=str(file))
    for text, mode, word in (
        (None, 0, "write the keys into this file"),
        ("auth: 12345678\npriv: 12345678\n", 0o640, "chmod 600"),
        ("auth: 12345678\n", 0o600, "“priv:"),
        ("auth: short\npriv: 12345678\n", 0o600, "at least 8"),
    ):
        if text is not None:
            file.write_text(text, encoding="utf-8")
            file.chmod(mode)
        with pytest.raises(WireError, match=word) as wrong:
            read_keys(access)
        assert wrong.value.reason is Reason.NO_RIGHT and file.name in wrong.value.detail
        assert str(tmp_path) not in wrong.value.detail, "everybody sees it"
    for path in (tmp_path / "folder", tmp_path / "long"):
        path.mkdir(mode=0o700) if path.name == "folder" else path.write_bytes(b"x" * 5000)
        path.chmod(0o700 if path.is_dir() else 0o600)
        with pytest.raises(WireError, match="is no text"):
            read_keys(access.model_copy(update={"secret": str(path)}))
    file.write_text("auth:  correct: horse \n", encoding="utf-8")
    assert read_keys(access.model_copy(update={"priv": Priv.NONE})) == Keys("correct: horse", "")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"host": "h"}, "community"),
        ({"host": "h", "community": ""}, "community"),
        ({"host": "h", "version": 3, "user": "u"}, "secret"),
        ({"host": "h", "version": 1, "community": "c"}, "2c"),
    ],
)
def test_half_of_an_access_is_refused(options: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        SnmpBus(**options)


def test_a_host_that_cannot_be_is_told_at_once() -> None:
    with pytest.raises(WireError) as wrong:
        DRIVER.connect(bus("no-such-host.invalid"), [], SystemClock())
    assert wrong.value.reason is Reason.UNREACHABLE


def bus(host: str) -> Bus:
    return Bus("b", "snmp", Names("名", "name"), SnmpBus(host=host, community="c", port=free_port()))  # type: ignore[arg-type]


def test_a_room_without_snmp_does_not_pay_for_it() -> None:
    code = "import sys, drivers.registry; print(any(name.startswith(('pysnmp', 'pyasn1')) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_questions_hold_what_the_agent_bears(agent: Snmpd, meet: Callable[..., Peer]) -> None:
    peer = meet(agent.port, device=", max_oids: 7")
    requests = DRIVER.plan(peer.room.buses[0], peer.device, peer.device.points)
    assert [len(request.points) for request in requests] == [7, 7, 2]
    assert [request.period for request in requests] == sorted(request.period for request in requests)
    assert peer.values() == TRUE
    points: tuple[Point, ...] = peer.device.points
    assert sorted(key for request in requests for key in request.points) == sorted(point.key for point in points)


def test_nothing_is_left_of_a_session(agent: Snmpd, tmp_path: Path) -> None:
    def ask() -> None:
        peer = Peer(tmp_path, agent.port)
        assert peer.values() == TRUE
        generator = peer.session._link._agent._generator  # type: ignore[attr-defined]
        assert not generator._CommandGenerator__pendingReqs
        peer.session.close()

    ask()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(4):
        ask()
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not [one for one in gc.get_objects() if type(one).__name__ == "SnmpEngine"]
