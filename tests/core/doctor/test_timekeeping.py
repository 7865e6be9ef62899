"""The clock: what chrony and timedatectl say, and a question to a time source, whose replies are laid out as RFC 5905 has them."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.doctor import timekeeping
from cityops_desktop.doctor.finding import Machine
from cityops_desktop.doctor.timekeeping import NoTime, Offset, ask, offset_from
from tests.core.doctor.telling import told

EPOCH = 2_208_988_800
NONCE = bytes(range(8))


def stamp(seconds: float) -> bytes:
    """Seconds since 1970 as an NTP timestamp: seconds since 1900 (modulo 2^32), and the fraction."""
    return (int((Fraction(seconds) + EPOCH) * 2**32) % 2**64).to_bytes(8)


def reply(
    nonce: bytes, received: float, transmitted: float, *, leap: int = 0, mode: int = 4, stratum: int = 2, reference: bytes = b"GPS\0"
) -> bytes:
    head = struct.pack("!BBbbII4s", leap << 6 | 4 << 3 | mode, stratum, 6, -20, 0, 0, reference)
    return head + stamp(received - 5) + nonce + stamp(received) + stamp(transmitted)


@contextmanager
def server(answer: Callable[[bytes], bytes | None]) -> Iterator[str]:
    """A time source on a free UDP port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(30)

        def serve() -> None:
            question, peer = line.recvfrom(1024)
            said = answer(question)
            if said is not None:
                line.sendto(said, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{line.getsockname()[1]}"
        finally:
            thread.join()


def test_the_question_is_one_of_a_client_and_the_offset_is_the_servers(clock: Any) -> None:
    asked = []

    def answer(question: bytes) -> bytes:
        asked.append(question)
        now = clock.wall() / 1000 + 2.5
        return reply(question[40:48], now, now)

    with server(answer) as source:
        found = told(timekeeping.look(Machine(run=lambda _: None), clock, "Asia/Shanghai", source))
    (question,) = asked
    assert (len(question), question[0] >> 6, question[0] >> 3 & 7, question[0] & 7) == (48, 0, 4, 3)
    assert question[1:40] == bytes(39) and question[40:48] != bytes(8)
    assert found[1].startswith(f"wrong: this clock is +2.500 s from {source} (stratum 2, 0.000 s there and back)")
    assert found[2] == "fine: time zone Asia/Shanghai is known"


def test_a_clock_that_is_right(clock: Any) -> None:
    with server(lambda question: reply(question[40:48], clock.wall() / 1000 - 0.25, clock.wall() / 1000 - 0.25)) as source:
        assert told(timekeeping.look(Machine(run=lambda _: None), clock, "UTC", source))[1].startswith("fine: -0.250 s to")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda q: reply(bytes(8), 1e9, 1e9), "something else than the time"),
        (lambda q: reply(q[40:48], 1e9, 1e9, mode=3), "something else than the time"),
        (lambda q: reply(q[40:48], 1e9, 1e9, stratum=0, reference=b"RATE"), "refuses to tell the time (RATE)"),
        (lambda q: reply(q[40:48], 1e9, 1e9, leap=3), "no time itself"),
        (lambda q: reply(q[40:48], 1e9, 1e9, stratum=16), "no time itself"),
        (lambda q: reply(q[40:48], 1e9, 1e9)[:40] + bytes(8), "no time itself"),
        (lambda q: reply(q[40:48], 1e9, 1e9)[:47], "something else than the time"),
        (lambda q: b"", "something else than the time"),
    ],
)
def test_what_is_no_time_leaves_the_offset_unknown(clock: Any, spoil: Callable[[bytes], bytes], why: str) -> None:
    with server(spoil) as source:
        line = told(timekeeping.look(Machine(run=lambda _: None), clock, "UTC", source))[1]
    assert line.startswith("unknown:") and why in line


@pytest.mark.parametrize("source", ["127.0.0.1:99999", "127.0.0.1:x", "", ":"])
def test_a_source_that_cannot_be_asked(clock: Any, source: str) -> None:
    with pytest.raises(NoTime):
        ask(source, clock)


def test_a_source_that_is_silent(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeping, "NTP_SECONDS", 0.05)
    with server(lambda question: None) as source, pytest.raises(NoTime, match="does not answer"):
        ask(source, clock)


@given(
    sent=st.floats(0, 8e9),
    off=st.floats(-1e6, 1e6),
    there=st.floats(0, 1),
    busy=st.floats(0, 1),
)
def test_the_offset_comes_out_whatever_the_era(sent: float, off: float, there: float, busy: float) -> None:
    """The way there takes as long as the way back: then the offset is exact, also beyond 2036."""
    received = sent + off + there
    found = offset_from(reply(NONCE, received, received + busy), NONCE, sent, 2 * there + busy)
    assert found.seconds == pytest.approx(off, abs=1e-5)
    assert found.delay == pytest.approx(2 * there, abs=1e-5)


@given(st.binary(max_size=80))
def test_no_bytes_are_taken_for_a_time(answer: bytes) -> None:
    with pytest.raises(NoTime):
        offset_from(answer, b"\xa5" * 8 + answer[24:32] if len(answer) < 32 else bytes(b ^ 1 for b in answer[24:32]), 1e9, 0.1)


def commands(**said: str) -> Callable[[Sequence[str]], str | None]:
    return lambda words: said.get(words[0])


TRACKING = "C0A80101,10.0.0.1,3,1790000000.123,0.000012345,0.000001,0.00002,-1.5,0.001,0.02,0.0005,0.0001,64.2,{leap}\n"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"chronyc": TRACKING.format(leap="Normal")}, "fine: chrony keeps the clock by 10.0.0.1 (stratum 3, 0.000012345 s off)"),
        ({"chronyc": TRACKING.format(leap="Not synchronised")}, "wrong: chrony runs, but has found no time source"),
        ({"timedatectl": "yes\n"}, "fine: the system keeps the clock by NTP"),
        ({"timedatectl": "no\n"}, "wrong: nothing keeps the clock of this machine"),
        ({"chronyc": "506 Cannot talk to daemon\n", "timedatectl": "yes\n"}, "fine: the system keeps the clock by NTP"),
        ({}, "unknown: the system does not say"),
    ],
)
def test_what_the_system_says(clock: Any, said: dict[str, str], line: str) -> None:
    assert told(timekeeping.look(Machine(run=commands(**said)), clock, "UTC", None))[0].startswith(line)


def test_a_zone_that_nobody_knows(clock: Any) -> None:
    assert told(timekeeping.look(Machine(run=lambda _: None), clock, "Asia/Nowhere", None))[1].startswith(
        "wrong: this machine knows no time"
    )


def test_an_offset_is_plain_numbers() -> None:
    assert offset_from(reply(NONCE, 1e9, 1e9), NONCE, 1e9, 0.0) == Offset(0.0, 0.0, 2)
