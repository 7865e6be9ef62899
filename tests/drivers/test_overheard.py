"""The serial protocols on a line that is only listened to: another master's questions become values, and never a wrong one.

The other master and its units are played here on a fake clock; the wire fails on any byte that is sent.
"""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Heard, Request
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import Quality, Reason
from drivers.line.overhear import LATE, WITHIN
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Pipe
from tests.drivers.serial_room import bus, device, fresh, point
from tests.drivers.test_serial_faults import ROOMS, flipped
from tests.peers.serial_slaves import ANSWERS, dlt, dz, dz_word

PROTOCOLS = ("ydn23", "dlt645", "megatec")
QUESTIONS: dict[str, tuple[bytes, ...]] = {
    "ydn23": tuple(dz(f"21{unit:02X}2A{cid2:02X}") for unit in (1, 2) for cid2 in (0x42, 0x43, 0x44)),
    "dlt645": tuple(
        dlt(f"{unit:012d}", 0x11, item.to_bytes(4, "little")) for unit in (1, 2) for item in (0x02010100, 0x02010200, 0x02020100)
    ),
    "megatec": (b"Q1\r", b"QGS\r", b"Q6\r", b"F\r", b"I\r"),
}
"""What the other master may ask, of units 1 and 2."""


class Line:
    """A session on such a line, and what it told of each point."""

    def __init__(self, protocol: str, monkeypatch: pytest.MonkeyPatch, *devices: Any) -> None:
        self.clock = FakeClock()
        self.pipe = Pipe(self.clock, self._sent)
        self.answer = ANSWERS[protocol][0]
        made, self.held = ROOMS[protocol]((1, 2) if protocol != "megatec" else (1,))
        devices = devices or tuple(made)
        monkeypatch.setattr("drivers.line.driver.open_serial", lambda *_: self.pipe)
        self.session: Any = fresh(protocol).connect(bus(protocol, listen_only=True), devices, self.clock)
        self.told: dict[str, list[Any]] = {}
        self.foreign = 0

    def _sent(self, data: bytes) -> Any:
        raise AssertionError(f"sent: {data!r}")

    def at(self, delay: float, data: bytes) -> None:
        self.pipe.inject(delay, data)

    def ask(self, question: bytes, wait: float = 0.5, answer: bytes | None = None, delay: float = 0.03) -> None:
        """The other master asks, its unit answers (`answer` b"" = it does not), and so long passes."""
        self.at(0, question)
        reply = self.answer(question) if answer is None else answer
        if reply:
            self.at(delay, reply)
        self.listen(wait)

    def listen(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            heard: Heard = self.session.listen(min(0.25, end - self.clock.monotonic()))
            self.foreign += heard.foreign
            for reading in heard.readings:
                if reading.quality is Quality.GOOD:
                    assert reading.value == self.held[reading.point], f"WRONG VALUE of {reading.point}"
                else:
                    assert reading.value is None and reading.reason is not None
                self.told.setdefault(reading.point, []).append(reading.value if reading.reason is None else reading.reason)

    def values(self) -> dict[str, Any]:
        """What was told since this was last asked: the last of each point."""
        told, self.told = self.told, {}
        return {point: all_[-1] for point, all_ in told.items()}


@pytest.fixture(params=PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def learned(protocol: str, monkeypatch: pytest.MonkeyPatch) -> Line:
    """A line on which everything was asked and answered twice."""
    line = Line(protocol, monkeypatch)
    for question in QUESTIONS[protocol] * 2:
        line.ask(question)
    assert line.values() == line.held
    return line


def test_questions_of_another_master_and_their_answers_are_values(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned(protocol, monkeypatch)
    assert line.foreign == 2 * len(QUESTIONS[protocol]) == line.session.counters.requests
    line.ask(QUESTIONS[protocol][0])
    first = line.values()
    assert first and first.items() <= line.held.items(), "what was asked for, and nothing else"
    assert len(first) < len(line.held)


def test_nothing_is_sent_and_nothing_can_be(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned(protocol, monkeypatch)
    session, (unit, *_) = line.session, ROOMS[protocol]((1,))[0]
    written = session.write(unit.points[0], 1.0)
    assert (written.outcome, written.code) == (Outcome.REFUSED, "listen_only")
    assert session.identify("d1") is None
    result = session.execute(Request("d1", (unit.points[0].key,), 5.0, 0.1, None))
    assert not result.answered and [reading.reason for reading in result.readings] == [Reason.NOT_HEARD]
    session.close()
    assert line.pipe.requests == [] and line.pipe.closed


def test_byte_by_byte_and_with_pauses(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned(protocol, monkeypatch)
    question = QUESTIONS[protocol][1]
    line.at(0, question[:3])
    line.at(0.2, question[3:])
    answer = line.answer(question) or b""
    for place in range(len(answer)):
        line.at(0.3 + 0.01 * place, answer[place : place + 1])
    line.listen(3)
    assert line.values().items() <= line.held.items() and line.foreign == 2 * len(QUESTIONS[protocol]) + 1
    assert line.session.counters.good == line.session.counters.requests - (len(QUESTIONS[protocol]) if protocol == "ydn23" else 0)


def asked(line: Line, protocol: str, question: bytes) -> Any:
    """What is told when this is asked and answered as it should."""
    line.values()
    line.ask(question)
    return line.values()


@pytest.mark.parametrize("fault", ["noise before the answer", "another's answer before it", "too late", "damaged", "cut short"])
def test_an_answer_that_is_not_right_or_not_next_is_no_value(protocol: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned(protocol, monkeypatch)
    question, other = QUESTIONS[protocol][0], QUESTIONS[protocol][2 if protocol == "megatec" else 4]
    answer, theirs = line.answer(question) or b"", line.answer(other) or b""
    line.at(0, question)
    if fault == "too late":
        line.at(WITHIN + 2, answer)
    else:
        damaged = flipped(answer, 16) if protocol != "megatec" else answer[:9] + b"?" + answer[10:]
        bad = {"noise": b"\x9c\x01\xfd" + answer, "another's": theirs + answer, "damaged": damaged, "cut": answer[: len(answer) // 2]}
        line.at(0.03, next(data for name, data in bad.items() if fault.startswith(name)))
    line.listen(8)
    assert all(isinstance(value, Reason) for value in line.values().values())
    line.listen(LATE)
    assert asked(line, protocol, question).items() <= line.held.items()


def test_an_answer_without_its_question_is_no_value(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned(protocol, monkeypatch)
    for question in QUESTIONS[protocol]:
        line.at(0.1, line.answer(question) or b"")
        line.listen(0.5)
        line.at(0.1, question[2:] + (line.answer(question) or b""))  # its beginning was not heard
        line.listen(0.5)
    assert line.values() == {} and line.foreign <= 2 * len(QUESTIONS[protocol]) + 2


def test_after_two_questions_in_a_row_the_answer_may_be_to_either(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned(protocol, monkeypatch)
    question = QUESTIONS[protocol][0]
    line.ask(question, answer=b"")
    line.ask(question)
    assert set(line.values().values()) == {Reason.NO_ANSWER}, "the first had none, of the second nothing is known"
    line.ask(question, wait=LATE + 1, answer=b"")
    assert set(line.values().values()) == {Reason.NO_ANSWER}
    line.listen(LATE)
    assert asked(line, protocol, question).items() <= line.held.items()


def test_a_question_that_is_asked_all_the_time_is_believed_again_after_a_while(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned(protocol, monkeypatch)
    question = QUESTIONS[protocol][0]
    line.ask(question, answer=b"", wait=1.0)
    for _ in range(int(LATE)):
        line.ask(question, wait=1.0)
    assert all(told == [Reason.NO_ANSWER] for told in line.told.values())
    line.values()
    line.ask(question, wait=1.0)
    assert line.values().items() <= line.held.items() and line.told == {}


@pytest.mark.parametrize("protocol", ["dlt645", "megatec"])
def test_an_answer_that_can_only_be_to_the_last_question_ends_the_wait(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned(protocol, monkeypatch)
    first, second, *_ = QUESTIONS[protocol]
    line.ask(first, answer=b"")
    values = asked(line, protocol, second)
    assert Reason.NO_ANSWER in values.values() and any(value in line.held.values() for value in values.values())
    values = asked(line, protocol, first)
    assert values and values.items() <= line.held.items()


def test_an_answer_whose_length_tells_the_command_is_believed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = device("ydn23", point("ydn23", "x", cid2=0x42, position=0), point("ydn23", "y", cid2=0x44, position=0), address=1, cid1=0x2A)
    line = Line("ydn23", monkeypatch, unit)
    line.held = {"d.x": 0x0102, "d.y": 0x0304}
    values, alarms = dz("21012A42"), dz("21012A44")
    long, short = dz("21012A000001020304"), dz("21012A00000304")
    for _ in range(2):
        line.ask(values, answer=long)
        line.ask(alarms, answer=short)
    assert line.values() == line.held
    line.ask(values, answer=b"")
    line.ask(alarms, answer=short)
    line.ask(values, answer=long)
    assert line.values() == line.held, "the alarms could not be the values, so these cannot come any more"
    line.ask(values, answer=b"")
    line.ask(alarms, answer=long)
    assert line.values() == {"d.x": Reason.NO_ANSWER}, "a late answer is none to the alarms"


def test_a_command_with_another_group_is_another_question(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [point("ydn23", "x", cid2=0x42, position=0, command_group=1), point("ydn23", "y", cid2=0x44, position=0)]
    line = Line("ydn23", monkeypatch, device("ydn23", *points, address=1, cid1=0x2A))
    line.held = {"d.x": 0x0102, "d.y": 0x0102}
    for _ in range(2):
        for question in ("21012A42", "21012A4202", "21012A440101", "21022A4201", "21012B4201"):
            line.ask(dz(question), answer=dz(question[:6] + "00000102"))
    assert line.values() == {}
    for _ in range(2):
        line.ask(dz("21012A4201"), answer=dz("21012A00000102"))
    assert line.values() == {"d.x": 0x0102}
    line.ask(dz("21012A4201"), answer=dz("21012A05"))
    assert line.values() == {"d.x": Reason.EXCEPTION}
    assert line.session.counters.exceptions == 1


def test_a_maker_s_question_that_looks_like_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [point("ydn23", "x", cid2=0xE1, position=0), point("ydn23", "y", cid2=0x42, position=0)]
    line = Line("ydn23", monkeypatch, device("ydn23", *points, address=1, cid1=0x2A, vendor_reads=(0xE1,), dataflag=()))
    line.held = {"d.x": 0x0102, "d.y": 0x0304}
    vendor, usual = (dz("21012AE1"), dz("21012A000102")), (dz("21012A42"), dz("21012A000304"))
    for _ in range(2):
        line.ask(*(vendor[0], 0.5, vendor[1]))
        line.ask(*(usual[0], 0.5, usual[1]))
    assert line.values() == line.held
    line.ask(usual[0], answer=b"")
    line.ask(vendor[0], answer=b"")
    line.ask(usual[0], answer=vendor[1])
    assert Reason.EXCEPTION in line.told["d.y"] and 0x0102 not in line.told["d.y"]


def test_a_meter_by_any_address_parts_refusals_and_wake_up_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [point("dlt645", "v", item=0x02010100, length=2), point("dlt645", "part", item=0x06000000, length=1)]
    points += [point("dlt645", "rest", item=0x06000000, position=2, length=1), point("dlt645", "no", item=0x05000000, length=2)]
    line = Line("dlt645", monkeypatch, device("dlt645", *points, address="AAAAAAAAAAAA"))
    wake = b"\xfe" * 4
    for item in (0x02010100, 0x06000000, 0x05000000):
        question = dlt("000000000007", 0x11, item.to_bytes(4, "little"))
        line.held |= {"d.v": 1234, "d.part": 0}
        answer = dlt("000000000007", 0x91, bytes.fromhex("000101023412")) if item == 0x02010100 else line.answer(question)
        line.ask(wake + question, answer=wake + (answer or b""))
    assert line.values() == {"d.v": 1234, "d.part": 0, "d.no": Reason.EXCEPTION}
    line.ask(dlt("AAAAAAAAAAAA", 0x11, bytes.fromhex("00010102")), answer=dlt("000000000007", 0x91, bytes.fromhex("000101023412")))
    assert line.values() == {"d.v": 1234}
    line.ask(dlt("000000000007", 0x14, bytes(12)), answer=dlt("000000000007", 0x94, b""))
    line.ask(dlt("999999999999", 0x08, bytes(6)), answer=b"")
    assert line.values() == {} and line.foreign == 6


def test_a_question_that_was_heard_damaged_may_be_answered_late(monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned("ydn23", monkeypatch)
    first, second, *_ = QUESTIONS["ydn23"]
    line.at(0, flipped(first, 10))
    line.listen(1)
    line.ask(second, answer=line.answer(first))
    assert line.values() == {}, "all its answers have one length"
    line.listen(2 * LATE)
    assert asked(line, "ydn23", second).items() <= line.held.items()


def test_a_word_that_is_none_of_ours_may_have_any_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    line = learned("megatec", monkeypatch)
    line.ask(b"D\r", answer=b"")  # of some UPS, answered as Q1 is
    line.ask(b"Q1\r")
    assert line.values() == {}
    line.listen(LATE)
    line.ask(b"Q1\r")
    assert set(line.values()) == {"d1.q1", "d1.q1low"}
    line.ask(b"Q1\r", answer=b"(NAK\r")
    assert set(line.values().values()) == {Reason.EXCEPTION}


FATES = st.sampled_from(
    ["right", "right", "right", "lost", "late", "very late", "damaged", "cut", "twice", "noise", "deaf", "deaf, late", "begun", "foreign"]
)


@settings(max_examples=250, deadline=None)
@given(
    protocol=st.sampled_from(PROTOCOLS),
    known=st.booleans(),
    steps=st.lists(
        st.tuples(st.integers(0, 5), FATES, st.floats(0.05, 4.0), st.floats(0.0, 1.0), st.binary(min_size=1, max_size=30)), max_size=25
    ),
)
def test_whatever_happens_no_value_is_told_that_the_unit_does_not_hold(
    protocol: str, known: bool, steps: list[tuple[int, str, float, float, bytes]]
) -> None:
    """A master that does not wait, units that answer late, in their order, and questions that we do not hear whole."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        line = learned(protocol, monkeypatch) if known else Line(protocol, monkeypatch)
        busy: dict[int, float] = {}
        for number, fate, wait, part, noise in steps:
            question = QUESTIONS[protocol][number % len(QUESTIONS[protocol])]
            answer = line.answer(question) or b""
            place = int(part * (len(answer) - 2))
            heard = flipped(question, int(part * (len(question) - 1))) if fate.startswith("deaf") else question
            line.at(0, heard if fate != "begun" else heard[: len(heard) // 2] + heard)
            now = line.clock.monotonic()
            unit = number // 3 if protocol != "megatec" else 0
            late = {"late": 0.5 + 3 * part, "very late": 9 * part, "deaf, late": 9 * part}.get(fate, 0.03)
            busy[unit] = max(now + late, busy.get(unit, 0.0) + 0.01)
            after = busy[unit] - now
            damaged = flipped(answer, place) if protocol != "megatec" else answer[:place] + b"\x80" + answer[place + 1 :]
            said = {"lost": b"", "damaged": damaged, "cut": answer[:place], "twice": answer + answer}
            said |= {
                "noise": noise + answer,
                "foreign": (line.answer(QUESTIONS[protocol][(number + 3) % len(QUESTIONS[protocol])]) or b"") + answer,
            }
            if reply := said.get(fate, answer):
                line.at(after, reply)
            line.listen(wait)
        line.listen(2 * LATE)


def apart(question: bytes) -> bytes:
    """As units of YD/T 1363 answer in life: to each command in another length."""
    text = question.decode()
    words = 20 + (int(text[7:9], 16) - 0x42) * 3
    address, cid2 = int(text[3:5], 16), int(text[7:9], 16)
    return dz(text[1:7] + "00" + "00" + "".join(f"{dz_word(address, cid2, 2 * n):04X}" for n in range(words)))


@pytest.mark.parametrize("faults", [0.02, 0.5], ids=["bad", "terrible"])
@pytest.mark.parametrize("seed", range(12))
def test_thousands_of_questions_of_an_impatient_master(protocol: str, seed: int, faults: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits as long as it likes; the unit answers in the order of the questions, some late, some never, some in noise."""
    rng = random.Random(seed)
    alike = protocol == "ydn23" and seed % 2 == 0
    line = learned(protocol, monkeypatch)
    if protocol == "ydn23" and not alike:
        line.answer = apart
    questions = QUESTIONS[protocol][:3] if protocol != "megatec" else QUESTIONS[protocol]
    busy, good = 0.0, 0
    for _ in range(400):
        question = rng.choice(questions)
        answer, kind = line.answer(question) or b"", rng.random() / faults
        now = line.clock.monotonic()
        late = rng.uniform(0.1, 6.0) if kind < 0.5 else 0.03
        busy = max(busy + 0.01, now + late)
        heard = flipped(question, rng.randrange(len(question))) if 0.4 < kind < 0.6 else question
        if 0.85 < kind < 1:
            answer = rng.choice([b"", rng.randbytes(4) + answer, answer[: rng.randrange(len(answer))]])
        line.at(0, rng.randbytes(rng.randrange(3, 9)) + heard if 0.6 < kind < 0.7 else heard)
        if answer and not 0.7 < kind < 0.85:
            line.at(busy - now, answer)
        line.listen(max(0.0, rng.choice([0.05, 0.3, 1.0, 3.0])))
        good += sum(not isinstance(value, Reason) for value in line.values().values())
    assert alike or good > (0 if faults > 0.1 else 100), "and yet values come"


@settings(max_examples=200, deadline=None)
@given(protocol=st.sampled_from(PROTOCOLS), pieces=st.lists(st.tuples(st.floats(0, 4.0), st.binary(max_size=60)), max_size=12))
def test_any_bytes_may_come(protocol: str, pieces: list[tuple[float, bytes]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        line = learned(protocol, monkeypatch)
        for wait, data in pieces:
            if data:
                line.at(0, data)
            line.listen(wait)
        line.listen(3 * LATE)
        line.values()
        for question in QUESTIONS[protocol] * 2:
            line.ask(question)
        assert line.values() == line.held, "afterwards all is well"
