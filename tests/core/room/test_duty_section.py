"""`duty:` of a room file and `duty:` of a receiver: what they become, and every way in which they can be wrong."""

from pathlib import Path

import pytest

from cityops_desktop.errors import OperatorError
from cityops_desktop.model.rooms import Alertness, DutyRules
from cityops_desktop.room.load import load_room
from drivers.registry import DRIVERS
from tests.peers.station import ROOM

NOTIFY = """notify:
  ways: [{id: mail, kind: mail, host: 127.0.0.1, from: room@example.cn}]
  calls:
"""


def written(folder: Path, more: str) -> Path:
    file = folder / "room.yaml"
    file.write_text(ROOM.format(port=1502) + more, "utf-8")
    return file


def findings(folder: Path, more: str) -> list[tuple[int, str]]:
    with pytest.raises(OperatorError) as caught:
        load_room(written(folder, more), DRIVERS)
    lines = len(ROOM.format(port=1502).splitlines())
    return [(int(one.where.rpartition(":")[2]) - lines, one.what.format(**one.params)) for one in caught.value.problems]


def test_nothing_is_strict_unless_the_room_says_so(tmp_path: Path) -> None:
    assert load_room(written(tmp_path, ""), DRIVERS).duty == DutyRules(30, False, None)


def test_what_a_room_may_ask_for(tmp_path: Path) -> None:
    text = 'duty:\n  sign_in: 0\n  handover: 0\n  only_on_duty: true\n  alertness: {every: 30, answer: 3, hours: ["22:00", "06:00"]}\n'
    assert load_room(written(tmp_path, text), DRIVERS).duty == DutyRules(0, True, Alertness(30, 3, ("22:00", "06:00")), 0)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("duty: strict\n", 1, "keys and values"),
        ("duty:\n  sign_in: 30\n  allertness: {every: 30}\n", 3, "allertness"),
        ("duty:\n  alertness: {every: 5, answer: 5}\n", 2, "5 minutes to answer"),
        ("duty:\n  alertness: {every: 1}\n", 2, "5"),
        ("duty:\n  handover: 241\n", 2, "240"),
        ("duty:\n  alertness: {answer: 1}\n", 2, "every"),
    ],
)
def test_a_wrong_key_is_named_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    [(found, words)] = findings(tmp_path, text)
    assert found == line and what in words


def test_a_receiver_may_be_whoever_is_on_duty_and_one_may_only_hold_addresses(tmp_path: Path) -> None:
    entries = "    - {id: crew, duty: crew, mail: room@example.cn, steps: [{way: mail}]}\n"
    entries += "    - {id: zhang, account: zhang, mail: zhang@example.cn}\n"
    calls = load_room(written(tmp_path, NOTIFY + entries), DRIVERS).notify.calls
    assert [(call.id, call.duty, call.account, len(call.steps)) for call in calls] == [("crew", "crew", "", 1), ("zhang", "", "zhang", 0)]


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("{id: crew, duty: crew, steps: [{way: mail}]}", "mail"),
        ("{id: crew, duty: Crew, mail: room@example.cn, steps: [{way: mail}]}", "duty"),
        ("{id: zhang, mail: zhang@example.cn}", "no steps"),
    ],
)
def test_a_receiver_that_nobody_could_be_reached_by_is_refused(tmp_path: Path, entry: str, what: str) -> None:
    [(line, words)] = findings(tmp_path, f"{NOTIFY}    - {entry}\n")
    assert line == 4 and what in words
