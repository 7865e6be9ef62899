"""The room file's `logs:`: what it becomes, its defaults, and every way in which it can be wrong, with file and line."""

import re
from pathlib import Path

import pytest

from cityops_desktop import paths
from cityops_desktop.config.difference import between
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.loglines import Channel, LogClass, LogCollection, LogListen, LogRule, Severity
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.findings import keys_of
from cityops_desktop.room.load import load_room
from cityops_desktop.room.logs import LogRulePart, LogsPart
from drivers.registry import DRIVERS

HEAD = "room: {id: r1, name: 房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
GOOD = """logs:
  listen: ["udp 0.0.0.0:5514", "tcp 0.0.0.0:5514", "tls [::1]:6514", "trap 127.0.0.1:1162"]
  allow: [10.0.0.0/8, 192.168.1.7]
  lines_per_second: 50
  days: 184
  rules:
    - {id: break-in, level: major, words: "Failed password", group: security, count: 5}
    - {id: disk, level: minor, words: unreadable, severity: error, source: nas, within: 30, hold: 60}
"""


def loaded(tmp_path: Path, text: str) -> Room:
    file = tmp_path / "room.yaml"
    file.write_text(HEAD + text, "utf-8")
    return load_room(file, DRIVERS)


def test_a_room_without_it_collects_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").logs == LogCollection()


def test_places_networks_and_rules(tmp_path: Path) -> None:
    logs = loaded(tmp_path, GOOD).logs
    assert logs.listen[1:3] == (LogListen(Channel.TCP, "0.0.0.0", 5514), LogListen(Channel.TLS, "::1", 6514))
    assert (logs.allow, logs.lines, logs.days) == (("10.0.0.0/8", "192.168.1.7"), 50, 184)
    assert logs.rules == (
        LogRule("break-in", Level.MAJOR, "Failed password", Severity.DEBUG, LogClass.SECURITY, "", 5, 60, 300),
        LogRule("disk", Level.MINOR, "unreadable", Severity.ERROR, None, "nas", 1, 30, 60),
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "part"),
    [
        ("udp 0.0.0.0:5514", "udp 5514", 3, "udp 5514"),
        ("udp 0.0.0.0:5514", "udp 0.0.0.0:99999", 3, "99999"),
        ("udp 0.0.0.0:5514", "udp 10.0.0.999:5514", 3, "10.0.0.999"),
        ("trap 127.0.0.1:1162", "trap 127.0.0.1:5514", 3, "room.yaml:3"),
        ("tls [::1]:6514", "tls 0.0.0.0:5514", 3, "5514"),
        ("192.168.1.7", "192.168.1.7/24", 4, "192.168.1.7/24"),
        ("lines_per_second: 50", "lines_per_second: 0", 5, "lines_per_second"),
        ("days: 184", "days: 183", 6, "184"),
        ("id: disk", "id: break-in", 9, "room.yaml:8"),
        ("level: minor", "level: mild", 9, "level"),
        ("words: unreadable", 'words: "unreadable("', 9, "unreadable("),
        ("words: unreadable", 'words: "a{99999999999}"', 9, "a{99999999999}"),
        ("words: unreadable", f'words: "{"(" * 245}{")" * 245}"', 9, None),
        ("words: unreadable", 'words: ""', 9, "words"),
        ("count: 5", "count: 5000", 8, "count"),
        ("group: security", "group: secure", 8, "group"),
        ("hold: 60", "holds: 60", 9, "holds"),
        ("allow:", "alow:", 4, "alow"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, before: str, after: str, line: int, part: str | None) -> None:
    assert before in GOOD
    text = GOOD.replace(before, after, 1)
    if part is None:  # deep, and sound
        assert loaded(tmp_path, text).logs.rules[1].words == after.partition('"')[2][:-1]
        return
    with pytest.raises(OperatorError) as raised:
        loaded(tmp_path, text)
    told = [(problem.where, f"{problem.what} {problem.do}".format(**problem.params)) for problem in raised.value.problems]
    assert any(where.endswith(f"room.yaml:{line}") and part in text for where, text in told), told


def test_another_collection_is_a_difference_of_the_room(tmp_path: Path) -> None:
    old, new = loaded(tmp_path, GOOD), loaded(tmp_path, GOOD.replace("days: 184", "days: 500"))
    assert between(old, new) and not between(old, old)


def test_every_key_stands_in_the_page_of_the_room_file() -> None:
    page = (paths.ROOT / "docs" / "room-file.md").read_text("utf-8")
    section = page.partition("### logs\n")[2].partition("\n### ")[0]
    assert not [key for part in (LogsPart, LogRulePart) for key in keys_of(part) if not re.search(rf"`{key}`", section)]
