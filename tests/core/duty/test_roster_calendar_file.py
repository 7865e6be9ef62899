"""The calendar of turns as other programs read it: escaping, folding at octets, times in UTC."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.calendarfile import FOLD, Event, calendar, escaped, folded


def unfolded(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


def unescaped(text: str) -> str:
    found, signs = "", iter(text)
    for sign in signs:
        found += sign if sign != "\\" else {"n": "\n"}.get(following := next(signs), following)
    return found


def test_a_turn_is_an_event_in_utc() -> None:
    data = calendar(
        "值班 张工",
        [Event("crew-1790000000000@r1", 1_790_000_000_000, 1_790_043_200_000, "值班: 白班, 甲; 一", "第一行\n第二行")],
        1_790_000_001_000,
    )
    lines = unfolded(data)
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"] and lines[-2:] == ["END:VCALENDAR", ""]
    assert "DTSTART:20260921T141320Z" in lines and "DTEND:20260922T021320Z" in lines and "DTSTAMP:20260921T141321Z" in lines
    assert "SUMMARY:值班: 白班\\, 甲\\; 一" in lines and "DESCRIPTION:第一行\\n第二行" in lines
    assert "UID:crew-1790000000000@r1" in lines


def test_nothing_can_be_smuggled_in_by_a_name() -> None:
    data = calendar("x\r\nBEGIN:VALARM", [Event("a", 0, 1000, "x\nEND:VEVENT\x0b")], 0)
    assert [line for line in unfolded(data) if line.startswith(("BEGIN", "END"))] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    assert b"\x0b" not in data


@given(st.text(alphabet="a值😀,;\\ ", max_size=200))
@settings(max_examples=100, deadline=None)
def test_lines_are_folded_at_octets_and_come_back_whole(text: str) -> None:
    line = f"SUMMARY:{text}"
    parts = folded(line).split("\r\n")
    assert all(len(part.encode()) <= FOLD for part in parts)
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line
    assert all(part.startswith(" ") for part in parts[1:])


@given(st.text(alphabet="ab,;\\\n", max_size=60))
@settings(max_examples=100, deadline=None)
def test_what_is_escaped_reads_as_it_was(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert "\n" not in escaped(text)
