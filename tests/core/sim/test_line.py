"""A simulated line is as slow as the real one: request, silence, reply, one after the other."""

import asyncio
from random import Random

import pytest

from cityops_desktop.sim.line import BITS_PER_CHAR, TCP_UNIT, Line, Wire, silence


class FakeLoop:
    def __init__(self):
        self.now, self.timers = 100.0, []

    def time(self):
        return self.now

    def call_at(self, when, call, *args):
        timer = FakeTimer(when, lambda: call(*args))
        self.timers.append(timer)
        return timer


class FakeTimer:
    def __init__(self, when, fire):
        self._when, self.fire, self.cancelled = when, fire, False

    def when(self):
        return self._when

    def cancel(self):
        self.cancelled = True


class Answering:
    """A server whose unit answers a request of 8 bytes with 9 bytes at once."""

    def __init__(self):
        self.heard, self.closed = b"", 0

    def handle_new_connection(self):
        return self

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.heard += data
        if len(self.heard) == 8:
            self.heard = b""
            self.transport.write(b"123456789")

    def close(self):
        self.closed += 1
        self.transport.close()


class RecordedLine(Line):
    def __init__(self, server, wire):
        super().__init__(server, wire, Random(3))
        self.sent, self.hung_up = [], 0

    def _send(self, data):
        self.sent.append(data)

    def _hang_up(self):
        self.hung_up += 1


@pytest.fixture
def loop(monkeypatch):
    fake = FakeLoop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: fake)
    return fake


def test_the_silence_is_that_of_the_standard():
    assert silence(9600) == pytest.approx(3.5 * 11 / 9600)
    assert silence(19200) == pytest.approx(3.5 * 11 / 19200)
    assert silence(115200) == 0.00175


@pytest.mark.parametrize("baudrate", [9600, 19200, 115200])
def test_a_reply_is_there_when_its_last_character_would_be(loop, baudrate):
    line = RecordedLine(Answering(), Wire(baudrate))
    line.feed(b"12345678")
    (timer,) = loop.timers
    assert timer.when() - loop.now == pytest.approx((8 + 9) * BITS_PER_CHAR / baudrate + silence(baudrate))
    assert line.sent == []
    timer.fire()
    assert line.sent == [b"123456789"]


def test_a_request_in_pieces_takes_no_longer(loop):
    line = RecordedLine(Answering(), Wire(9600))
    line.feed(b"1234")
    line.feed(b"5678")
    assert loop.timers[0].when() - loop.now == pytest.approx(17 * BITS_PER_CHAR / 9600 + silence(9600))


def test_who_speaks_too_early_waits_until_the_line_is_free(loop):
    line = RecordedLine(Answering(), Wire(9600))
    line.feed(b"12345678")
    line.feed(b"12345678")
    first, second = loop.timers
    assert second.when() - first.when() == pytest.approx(first.when() - loop.now)


def test_a_closed_line_sends_nothing_more(loop):
    server = Answering()
    line = RecordedLine(server, Wire(9600))
    line.feed(b"12345678")
    line.close()
    line.close()
    assert loop.timers[0].cancelled and line.is_closing()
    assert (line.hung_up, server.closed) == (1, 1)


def test_a_network_answers_at_once(loop):
    line = RecordedLine(Answering(), Wire())
    line.feed(b"12345678")
    assert line.sent == [b"123456789"] and loop.timers == []


@pytest.mark.parametrize(("unit", "address"), [(0, ord("1")), (TCP_UNIT, ord("7"))])
def test_a_slow_unit_answers_late_and_holds_nobody_up(loop, unit, address):
    line = RecordedLine(Answering(), Wire(None, unit, late=lambda who: 0.6 if who == address else 0.0))
    line.feed(b"12345678")
    (timer,) = loop.timers
    assert line.sent == [] and timer.when() - loop.now == pytest.approx(0.6)
    timer.fire()
    assert line.sent == [b"123456789"]


def test_an_answer_that_is_late_does_not_occupy_the_line(loop):
    lates = iter([1.0, 0.0])
    line = RecordedLine(Answering(), Wire(9600, late=lambda _: next(lates)))
    line.feed(b"12345678")
    line.feed(b"12345678")
    first, second = loop.timers
    assert second.when() < first.when()


def test_noise_turns_one_bit(loop):
    line = RecordedLine(Answering(), Wire(None, spoilt=lambda: True))
    line.feed(b"12345678")
    (sent,) = line.sent
    assert sum((one ^ other).bit_count() for one, other in zip(sent, b"123456789", strict=True)) == 1
