"""Read Device Identification: questions and answers as the standard writes them, and anything at all in their place."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus import device_id, pdu, rtu
from drivers.modbus.device_id import Page, facts, length, question, read

# Modbus Application Protocol 1.1b3, 6.21: the example of basic identification
BASIC = (
    bytes.fromhex("2B 0E 01 01 00 00 03 00 16") + b"Company identification" + bytes((1, 13)) + b"Product Ident" + bytes((2, 5)) + b"V2.11"
)


def answer_of(code: int, *objects: tuple[int, bytes], conformity: int = 1, rest: int | None = None) -> bytes:
    head = bytes((0x2B, 0x0E, code, conformity, 0xFF if rest is not None else 0, rest or 0, len(objects)))
    return head + b"".join(bytes((id, len(value))) + value for id, value in objects)


def test_the_questions_on_the_wire() -> None:
    assert rtu.frame(question(1, 3, 0x87)) == bytes.fromhex("01 2B 0E 03 87 31 75"), "the raw request of Huawei's UPS"
    assert question(1).pdu == bytes.fromhex("2B 0E 01 00")


def test_the_example_of_the_standard() -> None:
    found = pdu.answer(question(5), BASIC)
    assert isinstance(found, pdu.Data)
    page = read(found.data)
    assert page == Page(1, {0: b"Company identification", 1: b"Product Ident", 2: b"V2.11"})
    assert facts(page.objects) == {"maker": "Company identification", "product": "Product Ident", "version": "V2.11"}


def test_more_follows_says_where_to_go_on() -> None:
    assert read(answer_of(2, (0, b"A"), (1, b"B"), conformity=0x82, rest=2)[3:]) == Page(2, {0: b"A", 1: b"B"}, 2)
    assert read(answer_of(2, (0, b"A"), rest=0)[3:]) is None, "that would go on for ever"


def test_an_answer_to_another_code_or_another_object_is_none() -> None:
    assert pdu.answer(question(1, 2), BASIC) is None
    assert pdu.answer(question(1, 3, 0x87), answer_of(3, (0x80, b"x"))) is None
    assert pdu.answer(question(1, 3, 0x87), answer_of(3, (0x87, b"x"))) == pdu.Data(answer_of(3, (0x87, b"x"))[3:])
    assert pdu.answer(question(1), bytes((0xAB, 1))) == pdu.Refusal(1)
    for cut in range(len(BASIC)):
        assert pdu.answer(question(1), BASIC[:cut]) is None
    assert pdu.answer(question(1), BASIC + b"\0") is None


def test_its_frames_are_found_in_the_noise_of_a_line() -> None:
    body = b"\x05" + BASIC
    frame = body + rtu.crc(body).to_bytes(2, "little")
    asked = rtu.frame(question(5))
    found = list(rtu.frames(b"\xff\x05" + asked + b"\x00" + frame + b"\x05\x2b", {5}))
    assert [one.pdu for one in found] == [question(5).pdu, BASIC]
    assert found[1].key == (5, 0x2B, question(5).size)


def test_texts_and_what_is_none() -> None:
    assert facts({0: b"Acme\0\0", 5: "汇川".encode("gb18030"), 6: b"", 0x87: b"\x01\x02"}) == {
        "maker": "Acme",
        "model": "汇川",
        "object 135": "01 02",
    }


@given(st.binary(max_size=260))
def test_any_bytes_are_an_answer_or_none(data: bytes) -> None:
    assert 0 <= length(data) <= len(data)
    page = read(data)
    if page is not None:
        facts(page.objects)
        assert page.rest is None or page.rest > max(page.objects)
    pdu.answer(question(1), data)
    assert list(rtu.frames(data, range(256))) is not None


@given(st.dictionaries(st.integers(0, 255), st.binary(max_size=30), min_size=1, max_size=6))
def test_what_is_written_is_read(objects: dict[int, bytes]) -> None:
    ordered = sorted(objects.items())
    whole = answer_of(3, *ordered, conformity=3)
    assert length(whole) == len(whole) and length(whole[:-1]) == 0
    assert device_id.read(whole[3:]) == Page(3, dict(ordered))
