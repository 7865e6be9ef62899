"""SMS as bytes: what is sent can be read back, long texts are cut between signs, published messages are read as their sources say."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.alarms.outputs.pdu import MOST_PARTS, BadPdu, Received, Report, joined, parse, submits

NUMBERS = st.from_regex(r"\A\+?[0-9]{3,15}\Z")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)


def delivered(submit: str, number: str) -> str:
    """The same part as the receiver's modem gives it out: another head, a time of the service centre, the same text."""
    data = bytes.fromhex(submit)
    digits = data[3]
    address = data[3 : 5 + (digits + 1) // 2]
    coded = data[5 + (digits + 1) // 2 :]
    head = 0x04 | (data[1] & 0x40)
    return (bytes([0, head]) + address + coded[:2] + bytes(7) + coded[3:]).hex()


@given(NUMBERS, TEXTS, st.integers(0, 255))
def test_what_is_sent_is_read_back(number: str, text: str, reference: int) -> None:
    parts = []
    for data, length in submits(number, text, reference):
        assert length == len(bytes.fromhex(data)) - 1
        assert length <= 164
        read = parse(delivered(data, number))
        assert isinstance(read, Received)
        assert read.number == number
        parts.append(read)
    assert len({(one.reference, one.parts) for one in parts}) == 1
    assert [one.part for one in parts] == list(range(1, len(parts) + 1))
    assert joined(parts[::-1]) == text[: len(joined(parts))]
    assert len(parts) == MOST_PARTS or joined(parts) == text


@given(st.binary(max_size=200).map(bytes.hex))
def test_whatever_comes_is_a_message_a_report_or_refused(data: str) -> None:
    with suppress(BadPdu):
        assert isinstance(parse(data), Received | Report)


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37", Received("27838890001", "hellohello")),
        ("07911326040011F006D60B911326880736F4111011719551401110117195714000", Report(0xD6, "+31628870634", True)),
        ("0006D60B911326880736F4111011719551401110117195714030", Report(0xD6, "+31628870634", None)),
        ("0006D60B911326880736F4111011719551401110117195714046", Report(0xD6, "+31628870634", False)),
        ("0004 0D91683108103254F600086290121314152304 786E8BA4".replace(" ", ""), Received("+8613800123456", "确认")),
    ],
)
def test_published_messages(data: str, read: Received | Report) -> None:
    assert parse(data) == read


def test_six_digits_of_a_telephone_are_read() -> None:
    septets = "".join(f"{ord(sign):07b}"[::-1] for sign in "042137")
    packed = int(septets[::-1], 2).to_bytes(6, "little").hex()
    assert parse(f"00040D91683108103254F60000629012131415230{len('042137')}{packed}") == Received("+8613800123456", "042137")


@pytest.mark.parametrize("data", ["", "zz", "00", "0001", "00040D9168310810", "000301", "FF" * 20])
def test_what_is_no_message_is_refused(data: str) -> None:
    with pytest.raises(BadPdu):
        parse(data)


def test_a_rare_sign_is_not_cut_in_two() -> None:
    text = "x" * 66 + "𠮷" * 40
    parts = [parse(delivered(data, "123")) for data, _ in submits("123", text, 7)]
    assert "".join(part.text for part in parts if isinstance(part, Received)) == text
    assert all("�" not in part.text for part in parts if isinstance(part, Received))
