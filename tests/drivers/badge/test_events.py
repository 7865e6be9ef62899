"""Rows to events, events to the state of a door."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.badge.events import Column, DoorState, Event, Sort, Wording, event_of, line_of, object_of, shortened, told

ZONE = ZoneInfo("Asia/Shanghai")
NAMES = {Column.TIME: "时间", Column.DOOR: "门", Column.EVENT: "事件", Column.CARD: "卡号", Column.PERSON: "姓名"}
WORDS = {"通过": Sort.GRANTED, "拒绝": Sort.DENIED, "强开": Sort.FORCED, "超时": Sort.HELD, "关门": Sort.CLOSED}
WORDING = Wording(NAMES, WORDS, "%Y-%m-%d %H:%M:%S", ZONE)
ROW = {"时间": "2026-11-23 08:12:03", "门": "机房北门", "事件": "拒绝", "卡号": "0012345678", "姓名": "张三"}
AT = 1795392723000


def test_a_row_becomes_an_event_without_the_cards_number() -> None:
    event = event_of(ROW, WORDING)
    assert event == Event("机房北门", AT, Sort.DENIED, "拒绝", "张三 ****5678")
    assert told(event, ZONE) == "2026-11-23 08:12:03 张三 ****5678 拒绝"


@pytest.mark.parametrize(
    ("form", "text", "time"),
    [
        ("iso", "2026-11-23T08:12:03", AT),
        ("iso", "2026-11-23T00:12:03+00:00", AT),
        ("s", "1795392723", AT),
        ("ms", "1795392723000", AT),
        ("%Y/%m/%d %H:%M:%S", "2026/11/23 08:12:03", AT),
        ("iso", "yesterday", None),
        ("iso", "", None),
        ("s", "1e30", None),
        ("ms", "nan", None),
        ("%Y", "99999", None),
    ],
)
def test_times_as_systems_write_them(form: str, text: str, time: int | None) -> None:
    event = event_of({**ROW, "时间": text}, Wording(NAMES, WORDS, form, ZONE))
    assert (event.time if event else None) == time


@pytest.mark.parametrize(
    ("card", "shown"),
    [("0012345678", "****5678"), ("12345678", "****5678"), ("1234567", "****7"), ("123", "****"), ("", ""), ("AB-CD 12 34", "****1234")],
)
def test_a_card_is_never_shown_whole(card: str, shown: str) -> None:
    assert shortened(card) == shown


@given(st.text(max_size=40))
def test_of_no_card_more_than_half_is_shown(card: str) -> None:
    digits = "".join(sign for sign in card if sign.isalnum())
    assert len(shortened(card).lstrip("*")) <= max(4, len(digits)) / 2 or not digits


def test_columns_by_number_and_rows_that_are_too_short() -> None:
    wording = Wording({Column.TIME: 1, Column.DOOR: 3, Column.EVENT: 4}, WORDS, "iso", ZONE)
    event = event_of(["2026-11-23T08:12:03", "x", "A", "强开"], wording)
    assert event is not None and (event.door, event.sort) == ("A", Sort.FORCED)
    assert event_of(["2026-11-23T08:12:03"], wording) is None


@given(
    st.recursive(
        st.none() | st.text(max_size=10) | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
    )
)
def test_any_cell_gives_an_event_or_none(cell: Any) -> None:
    event = event_of({**ROW, "门": cell, "卡号": cell, "姓名": cell}, WORDING)
    assert event is None or told(event, ZONE).isprintable()


@given(st.text(max_size=60))
def test_any_line_gives_a_row_or_none(text: str) -> None:
    assert object_of(text) is None or text.strip().startswith("{")
    cells = line_of(text, ",")
    assert cells is None or "".join(cells).count(",") <= text.count(",")


def event(sort: Sort, seconds: int = 0) -> Event:
    return Event("A", AT + 1000 * seconds, sort, sort.value, "")


LATEST = AT + 300_000


def test_the_state_of_a_door() -> None:
    door = DoorState()
    for step, sort in enumerate((Sort.GRANTED, Sort.DENIED, Sort.FORCED, Sort.DENIED, Sort.HELD)):
        door.take(event(sort, step), LATEST)
    assert (door.denied, door.forced, door.held) == (2, True, True)
    assert door.newest == event(Sort.HELD, 4)
    door.take(event(Sort.CLOSED, 5), LATEST)
    assert (door.forced, door.held, door.denied) == (False, False, 2)


def test_an_event_that_is_told_late_says_nothing_of_now_but_counts() -> None:
    door = DoorState()
    door.take(event(Sort.CLOSED, 10), LATEST)
    door.take(event(Sort.FORCED, 1), LATEST)
    door.take(event(Sort.DENIED, 2), LATEST)
    assert (door.forced, door.denied, door.newest) == (False, 1, event(Sort.CLOSED, 10))


def test_an_event_from_the_future_is_doubted_until_one_comes_that_can_be_believed() -> None:
    door = DoorState()
    door.take(event(Sort.GRANTED), LATEST)
    door.take(event(Sort.FORCED, 301), LATEST)
    assert (door.ahead, door.newest, door.forced) == (event(Sort.FORCED, 301), event(Sort.GRANTED), True)
    door.take(event(Sort.CLOSED, 20), LATEST)
    assert (door.ahead, door.newest, door.forced) == (None, event(Sort.CLOSED, 20), False)
