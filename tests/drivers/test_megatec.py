"""Megatec and Voltronic: answers by the columns, what can never be sent, any bytes at all, identity, frames in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Complaint
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.model.traffic import FrameRole, Piece
from drivers.megatec import QUERIES, WIDTHS, MegatecDevice, MegatecFraming, MegatecSource, facts, fields, request
from drivers.registry import DRIVERS
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.serial_room import bus, device, fresh, point
from tests.peers.serial_slaves import megatec_answer

KNOWN = {
    "Q1": "(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000",
    "QS": "(226.0 195.0 226.0 014 49.0 2.27 30.0 00001000",
    "QGS": "(234.9 50.0 229.8 50.0 000.0 000 369.1 ---.- 026.5 ---.- 018.8 100000000001",
    "Q6": "(227.0 225.6 230.0 50.0 229.9 000.0 000.0 49.9 007 000 000 327.8 000.0 23.0 06932 100 32 00000000 0000A000 11",
    "WA": "(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000",
    "QI": "(100 00979 50.0 000.3 177 290 0 0000010000112000",
    "QMOD": "(L",
    "QRI": "(230.0 004 024.0 50.0",
    "QBV": "(026.5 02 01 068 255",
    "F": "#220.0 000 024.0 50.0",
}


@pytest.mark.parametrize("query", WIDTHS)
def test_a_known_answer_falls_into_its_fields(query: str) -> None:
    found = fields(query, KNOWN[query])
    assert found is not None and tuple(map(len, found)) == WIDTHS[query]
    assert " ".join(found) == KNOWN[query][1:]
    for other in set(WIDTHS) - {query}:
        assert (fields(other, KNOWN[query]) is not None) == ({query, other} == {"Q1", "QS"}), other


@pytest.mark.parametrize("query", WIDTHS)
def test_an_answer_that_lost_or_won_a_sign_is_none(query: str) -> None:
    answer = KNOWN[query]
    for place in range(len(answer)):
        assert fields(query, answer[:place] + answer[place + 1 :]) is None
        assert fields(query, answer[:place] + "?" + answer[place + 1 :]) is None
        assert fields(query, answer[:place] + "0" + answer[place:]) is None


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[A-Z][A-Z0-9.]{0,9}", fullmatch=True)))
def test_only_queries_can_be_sent(word: str) -> None:
    if word in ("Q1", "QS", "QGS", "Q6", "WA", "QI", "QMOD", "QRI", "QBV", "F", "I"):
        assert request(word) == word.encode() + b"\r"
    else:
        with pytest.raises(ValueError, match="is not a query"):
            request(word)


@pytest.mark.parametrize(
    "order", ["S01", "S00R0000", "S.5R0003", "T", "TL", "T05", "CT", "C", "CS", "Q", "SOFF", "SON", "SKOFF1", "FSD", "BZOFF", "", "Q1\r"]
)
def test_no_order_can_be_sent(order: str) -> None:
    assert order not in QUERIES
    with pytest.raises(ValueError, match="is not a query"):
        request(order)
    with pytest.raises(ValueError, match="query"):
        MegatecSource(query=order, field=1)  # type: ignore[arg-type]


@given(
    st.lists(
        st.one_of(st.binary(max_size=30), st.sampled_from([f"{line}\r".encode() for line in KNOWN.values()]), st.just(b"(")), max_size=6
    )
)
def test_any_bytes_can_be_cut(parts: list[bytes]) -> None:
    data = b"".join(parts)
    framing = MegatecFraming()
    end = 0
    for cut in framing.cut(data):
        assert end <= cut.start < cut.end <= len(data) and cut.message is not None
        end = cut.end
        framing.request(cut.message)
        framing.shape(cut.message)
        for query in WIDTHS:
            fields(query, cut.message)
    framing.begun(data)


@given(st.text(max_size=60))
def test_any_text_is_an_identity_or_none(text: str) -> None:
    assert all(facts(text).values())


def test_who_a_ups_says_it_is() -> None:
    assert facts("#NOT_A_LIVE_UPS  TESTING    TESTING   ") == {"maker": "NOT_A_LIVE_UPS", "model": "TESTING", "version": "TESTING"}
    told = {"maker": "MegaTec", "serial": "abcedfhi", "model": "k130v", "version": "v3.400000"}
    assert facts("#MegaTecabcedfhi k130v12345 v3.400000") == told, "12345 are the battery's minutes, which change"
    assert facts("#-------------   ------     VT12046Q  ") == {"version": "VT12046Q"}


def test_numbers() -> None:
    def count(text: str, query: Any = "Q1", field: int = 1, bit: int | None = None) -> float | str | None:
        return MegatecSource(query=query, field=field, bit=bit).count(text)

    assert (count("226.0"), count("014"), count("-12.5"), count("---.-"), count("00A"), count("L")) == (
        226.0,
        14.0,
        -12.5,
        None,
        "00A",
        "L",
    )
    assert (count("0000A000", "Q6", 19), count("--------", "Q6", 19)) == (0xA000, None)
    assert [count("10000010", field=8, bit=bit) for bit in (1, 2, 7, 8)] == [1, 0, 1, 0]


def test_what_a_room_file_may_not_say() -> None:
    driver = DRIVERS["megatec"]

    def complaints(**source: Any) -> set[str | None]:
        found: list[Complaint] = driver.check(MegatecDevice(), [("p", MegatecSource(**source))])
        return {complaint.key for complaint in found}

    assert complaints(query="Q1", field=8, bit=8) == set()
    assert complaints(query="Q1", field=9) == {"field"} and complaints(query="Q1", field=8, bit=9) == {"bit"}
    assert complaints(query="Q1", field=8, bit=1, scale=2) == {"scale"}
    assert driver.misfit(Kind.DIGITAL, False, MegatecSource(query="Q1", field=4, scale=2)) and driver.misfit(
        Kind.ANALOG, True, MegatecSource(query="Q1", field=4)
    )
    assert driver.resolution(MegatecSource(query="Q1", field=8, bit=1)) == 1.0


def opened(clock: Any, monkeypatch: pytest.MonkeyPatch, answer: Any, *points: Any) -> tuple[Any, Any]:
    def events(sent: bytes) -> Events:
        reply = answer(sent)
        return [(0.03, reply)] if reply else []

    monkeypatch.setattr("drivers.line.driver.open_serial", lambda *_: Pipe(clock, events))
    driver = fresh("megatec")
    unit = device("megatec", *points)
    return driver.connect(bus("megatec"), [unit], clock), driver.plan(bus("megatec"), unit, unit.points)


def test_one_bad_field_loses_only_itself(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [point("megatec", f"f{field}", query="QGS", field=field) for field in (1, 6, 8, 9)]
    points.append(point("megatec", "mode", kind=Kind.TEXT, query="QMOD", field=1))
    answers = {b"QGS\r": b"(234.9 50.0 229.8 50.0 000.0 00A 369.1 ---.- 026.5 ---.- 018.8 100000000001\r", b"QMOD\r": b"(L\r"}
    session, requests = opened(clock, monkeypatch, answers.get, *points)
    found = {reading.point: reading for one in requests for reading in session.execute(one).readings}
    assert {key: reading.value for key, reading in found.items()} == {
        "d.f1": 234.9,
        "d.f6": None,
        "d.f8": None,
        "d.f9": 26.5,
        "d.mode": "L",
    }
    assert {found[key].reason for key in ("d.f6", "d.f8")} == {Reason.INVALID_VALUE} and found["d.f1"].quality is Quality.GOOD


def test_a_refusal_is_an_answer(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, requests = opened(clock, monkeypatch, megatec_answer, point("megatec", "p", query="QBV", field=1))
    result = session.execute(requests[0])
    assert (result.answered, result.readings[0].reason, result.readings[0].detail) == (True, Reason.EXCEPTION, "(NAK")


def test_a_ups_says_who_it_is(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = opened(clock, monkeypatch, megatec_answer, point("megatec", "p", query="Q1", field=1))
    assert session.identify("d").facts == {"maker": "EXAMPLE", "model": "EX-3000", "version": "V1.07"}
    session, _ = opened(clock, monkeypatch, lambda sent: b"(NAK\r", point("megatec", "p", query="Q1", field=1))
    assert session.identify("d") is None


def test_the_wire_in_words() -> None:
    parts = [(True, b"Q1\r"), (False, b"\xff" + KNOWN["Q1"].encode() + b"\r"), (False, b"S01R0003\r"), (False, b"(NAK\r"), (False, b"(22")]
    pieces = [Piece(number, 1000, 1.0, sent, data) for number, (sent, data) in enumerate(parts, start=1)]
    frames = DRIVERS["megatec"].frames(bus("megatec"), [], pieces)
    assert [(frame.role, frame.words.format(**frame.params)) for frame in frames] == [
        (FrameRole.REQUEST, "asks Q1"),
        (FrameRole.NOISE, "no frame"),
        (FrameRole.REPLY, f"“{KNOWN['Q1']}”"),
        (FrameRole.REQUEST, "order S01R0003"),
        (FrameRole.EXCEPTION, "refused: (NAK"),
        (FrameRole.NOISE, "no frame"),
    ]
    assert {frame.checksum for frame in frames} == {None}
