"""What is made out of the bytes of a line: whose request it was, which answer belongs to it, and which is believed."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.readings import Reason
from drivers.modbus import rtu
from drivers.modbus.acquaintance import LATE
from drivers.modbus.dialogue import IDLE, WITHIN, Dialogue, Exchange
from drivers.modbus.options import Table
from drivers.modbus.pdu import Question
from tests.drivers.modbus.slave import rtu_answer, sealed

PAUSE = 0.05


def asked(unit: int, table: Table, address: int, count: int) -> bytes:
    return rtu.frame(Question(unit, table, address, count))


READ = asked(1, Table.HOLDING, 10, 2)
ANSWER = rtu_answer(READ)
DATA = ANSWER[3:-2]
OTHER = asked(1, Table.HOLDING, 90, 2)
LONGER = asked(1, Table.HOLDING, 20, 4)


class Line:
    """Pieces told one after the other, with a pause between each."""

    def __init__(self) -> None:
        self.dialogue = Dialogue()
        self.now = 1000.0
        self.over: list[Exchange] = []

    def say(self, *pieces: bytes, pause: float = PAUSE) -> None:
        for piece in pieces:
            self.now += pause
            self.dialogue.hear(piece, self.now)
            self.over += self.dialogue.take()

    def wait(self, seconds: float) -> None:
        self.say(b"", pause=seconds)

    @property
    def values(self) -> list[tuple[int, bytes]]:
        return [(exchange.asked.address, exchange.data) for exchange in self.over if exchange.data]

    @property
    def reasons(self) -> list[Reason | None]:
        return [exchange.reason for exchange in self.over]


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.mark.parametrize("size", [1, 3, 8, 100])
def test_requests_are_counted_and_answers_found_in_pieces_of_any_size(line: Line, size: int) -> None:
    stream = (READ + ANSWER) * 3
    line.say(*(stream[at : at + size] for at in range(0, len(stream), size)), pause=0.001)
    assert line.dialogue.requests == 3 and line.values == [(10, DATA)] * 3


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (asked(7, table, 5, count), rtu_answer(asked(7, table, 5, count)))
        for table, count in itertools.product(Table, (1, 17, 24, 100))
    ]
    + [
        (sealed(b"\x01\x05\x00\x03\xff\x00"), sealed(b"\x01\x05\x00\x03\xff\x00")),
        (sealed(b"\x01\x06\x00\x03\x00\x07"), sealed(b"\x01\x06\x00\x03\x00\x07")),
        (sealed(b"\x01\x0f\x00\x00\x00\x0a\x02\xff\x03"), sealed(b"\x01\x0f\x00\x00\x00\x0a")),
        (sealed(b"\x01\x10\x00\x00\x00\x01\x02\x00\x05"), sealed(b"\x01\x10\x00\x00\x00\x01")),
        (sealed(b"\x01\x2b\x0e\x01\x00"), sealed(b"\x01\x2b\x0e\x01\x01\x00\x00\x02\x00\x02AB\x01\x01C")),
        (sealed(b"\x01\x17\x00\x00\x00\x01\x00\x00\x00\x01\x02\x00\x05"), sealed(b"\x01\x17\x02\x00\x09")),
        (asked(3, Table.INPUT, 0, 200), sealed(b"\x03\x84\x03")),
    ],
)  # fmt: skip
def test_each_kind_of_request_is_one_and_its_reply_is_none(line: Line, request_: bytes, reply: bytes) -> None:
    line.say(request_, reply, request_, reply)
    line.wait(1.0)
    assert line.dialogue.requests == 2
    assert Reason.NO_ANSWER not in line.reasons and Reason.CRC not in line.reasons


def test_a_broadcast_is_a_request_without_an_answer(line: Line) -> None:
    line.say(sealed(b"\x00\x06\x00\x03\x00\x07"), READ, ANSWER)
    assert line.dialogue.requests == 2 and line.reasons == [None]


# 24 bits of which 8 + 16 make an address and a count that could be asked for
BITS = asked(2, Table.COIL, 0, 24)
TWOFOLD = sealed(b"\x02\x01\x03\x07\x00\x18")


def test_an_answer_as_long_as_a_request_is_an_answer_after_its_question(line: Line) -> None:
    line.say(BITS, TWOFOLD, BITS, TWOFOLD)
    assert line.dialogue.requests == 2 and line.values == [(0, b"\x07\x00\x18")] * 2


def test_alone_it_is_no_request(line: Line) -> None:
    line.say(TWOFOLD, TWOFOLD)
    line.wait(5.0)
    line.say(TWOFOLD)
    assert line.dialogue.requests == 0 and line.over == []


def test_it_is_a_request_when_its_answer_follows(line: Line) -> None:
    question = asked(2, Table.COIL, 0x0307, 24)
    assert question[2] == 3
    line.say(question, rtu_answer(question))
    assert line.dialogue.requests == 1 and [address for address, _ in line.values] == [0x0307]


def test_the_late_answer_to_such_a_question_is_no_other_ones_value(line: Line) -> None:
    question = asked(2, Table.COIL, 0x0307, 24)
    line.say(question, BITS, rtu_answer(question))
    assert line.values == []


@pytest.mark.parametrize("adapter", [False, True])
def test_our_own_requests_echoes_and_late_answers_are_nobodys(line: Line, adapter: bool) -> None:
    """`adapter` = it hears itself, whatever we send."""

    def ask(frame: bytes) -> None:
        line.dialogue.sent(frame, line.now)
        if adapter:
            line.say(frame)

    ask(READ)
    line.say(ANSWER)
    line.say(ANSWER)  # twice
    ask(BITS)
    line.wait(1.0)
    ask(READ)
    line.say(TWOFOLD, ANSWER)  # late
    write = sealed(b"\x01\x06\x00\x03\x00\x07")
    line.dialogue.sent(write, line.now)
    line.wait(1.0)
    line.dialogue.sent(READ, line.now)
    line.say(write, ANSWER)
    line.say(write)
    assert line.dialogue.requests == 0 and line.values == []


def test_what_looks_like_an_echo_on_a_line_without_one_is_another_masters(line: Line) -> None:
    line.dialogue.sent(READ, line.now)
    line.say(ANSWER)
    line.dialogue.sent(READ, line.now)
    line.say(READ)
    assert line.dialogue.requests == 1 and line.dialogue.crossed is not None


def test_the_same_request_of_another_master_is_not_our_echo(line: Line) -> None:
    line.dialogue.sent(READ, line.now)
    line.say(ANSWER)
    line.say(READ, ANSWER)
    assert line.dialogue.requests == 1 and line.dialogue.crossed is None


def test_a_question_of_another_master_before_the_answer_to_ours_is_told(line: Line) -> None:
    line.dialogue.sent(READ, line.now)
    line.say(OTHER)
    assert line.dialogue.crossed is not None and line.dialogue.crossed.frame == OTHER
    assert line.dialogue.pending(line.now) is line.dialogue.crossed
    line.say(rtu_answer(OTHER))
    assert line.dialogue.pending(line.now) is None


def test_no_answer(line: Line) -> None:
    line.say(READ, LONGER, rtu_answer(LONGER))
    line.say(READ)
    line.wait(WITHIN + 0.1)
    assert line.reasons == [Reason.NO_ANSWER, None, Reason.NO_ANSWER] and line.values == [(20, rtu_answer(LONGER)[3:-2])]


def test_a_late_answer_is_not_the_answer_to_the_next_question(line: Line) -> None:
    line.say(READ, OTHER, ANSWER, rtu_answer(OTHER), READ, ANSWER)
    assert line.values == []
    line.wait(LATE + 1)
    line.say(READ, ANSWER)
    assert line.values == [(10, DATA)]


def test_an_answer_that_does_not_fit_gives_nothing(line: Line) -> None:
    wrong = [rtu_answer(asked(2, Table.HOLDING, 10, 2)), rtu_answer(asked(1, Table.INPUT, 10, 2)), rtu_answer(LONGER)]
    for answer in wrong:
        line.say(READ, answer)
        line.wait(WITHIN + LATE)
    assert line.values == [] and line.reasons == [Reason.BAD_REPLY] * 3


def test_a_damaged_answer_gives_nothing_and_the_next_one_counts(line: Line) -> None:
    damaged = bytes((*ANSWER[:5], ANSWER[5] ^ 1, *ANSWER[6:]))
    line.say(READ, damaged)
    line.wait(1.0)
    line.say(READ, ANSWER)
    assert line.reasons == [Reason.CRC, None] and line.values == [(10, DATA)]


def test_what_follows_a_lost_question_is_not_taken_for_the_one_before(line: Line) -> None:
    damaged = bytes((*OTHER[:5], OTHER[5] ^ 8, *OTHER[6:]))
    line.say(READ, damaged, rtu_answer(OTHER))
    line.wait(WITHIN + IDLE)
    assert line.values == []


@pytest.mark.parametrize("glitch", [b"\x00", b"\xff", b"\xff\x00"])
def test_a_line_without_bias_is_understood(line: Line, glitch: bytes) -> None:
    line.say(glitch + READ, glitch + ANSWER)
    line.wait(1.0)
    line.say(glitch + READ + glitch + ANSWER + glitch)
    line.wait(1.0)
    assert line.values == [(10, DATA)] * 2


def test_noise_that_looks_like_a_header_hides_nothing_for_long(line: Line) -> None:
    line.say(b"\x01\x03\xfa" + READ + ANSWER)
    assert line.dialogue.requests == 0
    line.wait(IDLE + 0.1)
    assert line.dialogue.requests == 1 and line.values == [(10, DATA)]


def test_an_exception_is_told_unless_an_older_question_may_be_meant(line: Line) -> None:
    refusal = sealed(b"\x01\x83\x02")
    line.say(READ, refusal)
    assert [exchange.code for exchange in line.over] == [2]
    line.say(LONGER, READ, refusal)
    assert [exchange.code for exchange in line.over] == [2, 0]


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(0, 3))
def test_any_bytes_are_heard_without_end_or_crash(pieces: list[bytes], pause: int) -> None:
    line = Line()
    line.say(*pieces, pause=pause / 10)
    line.wait(10)
    assert line.values == []


FAULTS = ("good", "lost", "late", "twice", "damaged", "cut", "foreign", "noise", "short", "exception")


@given(st.integers(0, 2**32), st.lists(st.sampled_from(FAULTS), min_size=1, max_size=60))
def test_never_a_wrong_value_whatever_goes_wrong(seed: int, faults: list[str]) -> None:
    """A slave whose answer says which question it answers: its address in the first register, its number in the second one."""
    rng = random.Random(seed)
    line = Line()
    late: list[tuple[int, bytes]] = []
    for number, fault in enumerate(faults):
        address, count = rng.choice(((0, 2), (50, 2), (100, 2), (100, 4)))
        question = asked(1, Table.HOLDING, address, count)
        body = address.to_bytes(2) + number.to_bytes(2) + bytes(2 * count - 4)
        answer = sealed(bytes((1, 3, 2 * count)) + body)
        told = len(line.values)
        line.say(question)
        for due, old in [item for item in late if item[0] <= number]:
            late.remove((due, old))
            line.say(old)
        if fault == "good":
            line.say(answer)
        elif fault == "late":
            late.append((number + rng.randint(1, 4), answer))
        elif fault == "twice":
            line.say(answer, answer)
        elif fault == "damaged":
            place = rng.randrange(len(answer))
            line.say(bytes((*answer[:place], answer[place] ^ 1 << rng.randrange(8), *answer[place + 1 :])))
        elif fault == "cut":
            line.say(answer[: rng.randrange(1, len(answer))])
        elif fault == "foreign":
            line.say(sealed(bytes((2,)) + answer[1:-2]))
        elif fault == "noise":
            line.say(rng.randbytes(rng.randrange(1, 9)) + answer)
        elif fault == "short":
            line.say(sealed(bytes((1, 3, 2)) + body[:2]))
        elif fault == "exception":
            line.say(sealed(b"\x01\x83\x06"))
        line.wait(rng.choice((0.25, 0.3, 1.0)))
        for where, data in line.values[told:]:
            assert (where, int.from_bytes(data[:2]), int.from_bytes(data[2:4])) == (address, address, number)
    line.wait(5)


def test_a_master_that_repeats_its_question_is_believed_again_after_one_lost_answer(line: Line) -> None:
    line.say(READ)
    line.wait(1.0)
    for _ in range(14):
        line.say(READ, ANSWER)
        line.wait(1.0)
    assert len(line.values) >= 3
    assert set(line.values) == {(10, DATA)}


def test_a_unit_that_is_always_late_with_several_questions_is_never_believed(line: Line) -> None:
    before = b""
    for number in range(40):
        line.say(READ if number % 2 else OTHER)
        if before:
            line.say(rtu_answer(before))
        before = READ if number % 2 else OTHER
        line.wait(1.0)
    assert [data for address, data in line.values if data != rtu_answer(asked(1, Table.HOLDING, address, 2))[3:-2]] == []
