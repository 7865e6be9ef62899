"""The modem's dialogue with a simulated one on a pseudo-terminal: messages, replies, reports, calls, signal, and every way to fail."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from cityops_desktop.alarms.outputs import modem as module
from cityops_desktop.alarms.outputs.modem import Modem, Told
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.notify import By, Delivery, DeliveryState, Message, Signal
from cityops_desktop.room.ways import ModemPart
from tests.peers.modem import SimModem

NUMBER = "+8613800123456"
REPLY = "00040D91683108103254F600006290121314152306309A2C36BB01"
"""042137 from that number, as a telephone sends it (7-bit signs)."""


@dataclass
class Desk:
    """What the modem told."""

    received: list[tuple[str, str]] = field(default_factory=list)
    reports: list[tuple[int, bool]] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)

    def told(self) -> Told:
        return Told(
            lambda number, text: self.received.append((number, text)), lambda ref, ok: self.reports.append((ref, ok)), self.signals.append
        )


@pytest.fixture
def sim() -> Iterator[SimModem]:
    modem = SimModem()
    yield modem
    modem.close()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"ANSWER": 1.0, "SENDING": 2.0, "HELD": 0.1, "AGAIN": 0.0}.items():
        monkeypatch.setattr(module, name, seconds)


def made(sim: SimModem, desk: Desk, *, ring: float = 5.0, pin: str = "") -> Modem:
    options = ModemPart.model_validate({"id": "phone", "kind": "modem", "port": sim.path, "ring": ring})
    return Modem(options, lambda: pin, SystemClock(), desk.told())


def sms(text: str = "机房温度过高") -> Message:
    return Message("m1", By.SMS, NUMBER, "", text, 1)


def call() -> Message:
    return Message("m1", By.CALL, NUMBER, "", "", 1)


def until(modem: Modem, so: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not so():
        assert time.monotonic() < end
        modem.idle()


def test_a_message_goes_out_in_ucs2_and_asks_for_a_report(sim: SimModem, desk: Desk) -> None:
    modem = made(sim, desk)
    delivery = modem.send(sms())
    (taken,) = sim.taken
    assert (taken.number, taken.text, taken.part, taken.report) == (NUMBER, "机房温度过高", None, True)
    assert delivery == Delivery(DeliveryState.SENT, refs=(taken.reference,))
    sim.report(taken.reference, NUMBER)
    until(modem, lambda: desk.reports)
    assert desk.reports == [(taken.reference, True)]
    modem.close()


def test_a_long_message_goes_in_parts_that_belong_together(sim: SimModem, desk: Desk) -> None:
    modem = made(sim, desk)
    text = "".join(chr(0x4E00 + n) for n in range(150))
    assert modem.send(sms(text)).refs == tuple(taken.reference for taken in sim.taken)
    assert "".join(taken.text for taken in sim.taken) == text
    parts = [taken.part for taken in sim.taken if taken.part is not None]
    assert [part[1:] for part in parts] == [(3, 1), (3, 2), (3, 3)]
    assert len({part[0] for part in parts}) == 1
    sim.report(sim.taken[0].reference, NUMBER, 0x46)
    until(modem, lambda: desk.reports)
    assert desk.reports == [(sim.taken[0].reference, False)]
    modem.close()


@pytest.mark.parametrize("tell", [True, False])
def test_a_reply_is_read_and_taken_out_of_the_modem_told_of_or_not(sim: SimModem, desk: Desk, tell: bool) -> None:
    modem = made(sim, desk)
    until(modem, lambda: desk.signals)
    modem._next_look = 0.0 if not tell else modem._next_look
    sim.bring(REPLY, tell=tell)
    until(modem, lambda: desk.received)
    assert desk.received == [(NUMBER, "042137")]
    until(modem, lambda: not sim.stored)
    modem.close()


def test_the_parts_of_a_long_message_are_joined_in_whatever_order(sim: SimModem, desk: Desk) -> None:
    modem = made(sim, desk)
    until(modem, lambda: desk.signals)
    head = "00440D91683108103254F6000862901213141523"
    sim.bring(head + "08" + "050003070202" + "8BA4", 1)
    sim.bring(head + "08" + "050003070201" + "786E", 2)
    until(modem, lambda: desk.received)
    assert desk.received == [(NUMBER, "确认")]
    modem.close()


@pytest.mark.parametrize(
    ("states", "outcome"),
    [([2, 3, 0], DeliveryState.DELIVERED), ([2, 3, None], DeliveryState.UNANSWERED), ([2, 3, 0, 0, None], DeliveryState.DELIVERED)],
)
def test_a_call_rings_and_says_whether_somebody_answered(
    sim: SimModem, desk: Desk, states: list[int | None], outcome: DeliveryState
) -> None:
    sim.calls = states
    modem = made(sim, desk)
    assert modem.send(call()).state is outcome
    assert sim.dialled == [NUMBER]
    assert sim.hung_up
    modem.close()


def test_nobody_answers_until_the_time_is_over(sim: SimModem, desk: Desk) -> None:
    sim.calls = [3]
    modem = made(sim, desk, ring=5.0)
    assert modem.send(call()).state is DeliveryState.UNANSWERED
    assert sim.hung_up
    modem.close()


def test_its_signal_and_network_are_told(sim: SimModem, desk: Desk) -> None:
    modem = made(sim, desk)
    assert modem.probe().ok
    assert (desk.signals[-1].dbm, desk.signals[-1].registered) == (-73.0, True)
    sim.strength, sim.registered = 99, 2
    assert modem.probe().why == "not_registered"
    assert (desk.signals[-1].dbm, desk.signals[-1].registered) == (None, False)
    modem.close()


def test_the_card_is_unlocked_once_and_never_with_a_wrong_pin_again(sim: SimModem, desk: Desk) -> None:
    sim.pin = "1234"
    modem = made(sim, desk, pin="1234")
    assert modem.send(sms()).ok
    assert sim.pins == ["1234"]
    modem.close()
    sim.pin = "9999"
    modem = made(sim, desk, pin="1111")
    assert [modem.send(sms()).why.partition(" ")[0] for _ in range(3)] == ["modem_error", "sim", "sim"]
    assert sim.pins == ["1234", "1111"]
    modem.close()


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"silent": True}, "modem_silent"),
        ({"answers": {"AT": "ERROR"}}, "modem_error"),
        ({"answers": {"AT+CMGS": "ERROR"}}, "modem_error"),
        ({"answers": {"submit": "+CMS ERROR: 38"}}, "modem_error"),
        ({"answers": {"AT+CPIN": "+CME ERROR: 10"}}, "modem_error"),
        ({"answers": {"submit": "???"}}, "modem_silent"),
    ],
)
def test_every_fault_is_said_and_the_next_message_goes_out_when_it_is_over(
    sim: SimModem, desk: Desk, fault: dict[str, object], why: str
) -> None:
    modem = made(sim, desk)
    for name, value in fault.items():
        setattr(sim, name, value)
    delivery = modem.send(sms())
    assert not delivery.ok
    assert delivery.why.startswith(why)
    sim.silent, sim.answers = False, {}
    assert modem.send(sms()).ok
    modem.close()


def test_nonsense_between_the_answers_hurts_nobody(sim: SimModem, desk: Desk) -> None:
    sim.noise = b"\r\n\xff\xfe^RSSI:20\r\n"
    modem = made(sim, desk)
    assert modem.send(sms()).ok
    modem.close()


def test_nothing_but_nonsense_is_said(sim: SimModem, desk: Desk) -> None:
    sim.noise = b"\xff" * 12_000
    modem = made(sim, desk)
    assert modem.send(sms()).why.partition(" ")[0] in ("modem_nonsense", "modem_silent")
    modem.close()


def test_a_modem_that_is_pulled_out_is_said_and_found_again(sim: SimModem, desk: Desk) -> None:
    modem = made(sim, desk)
    assert modem.send(sms()).ok
    sim.vanish()
    until(modem, lambda: desk.signals and desk.signals[-1].why)
    assert desk.signals[-1].why.startswith("no_port")
    assert modem.send(sms()).why.startswith("no_port")
    again = SimModem()
    modem._options = modem._options.model_copy(update={"port": again.path})
    until(modem, lambda: not desk.signals[-1].why)
    assert modem.send(sms()).ok
    modem.close()
    again.close()


def test_a_port_that_is_not_there(desk: Desk) -> None:
    options = ModemPart.model_validate({"id": "phone", "kind": "modem", "port": "/dev/none-such"})
    assert Modem(options, lambda: "", SystemClock(), desk.told()).probe().why == "no_port /dev/none-such"
