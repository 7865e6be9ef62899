"""The room file's `notify:`: what it becomes, its defaults, and every way in which it can be wrong, with file and line."""

import re
from pathlib import Path

import pytest

from cityops_desktop import paths
from cityops_desktop.config.difference import between
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.notify import By, Notify, WayKind
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room
from cityops_desktop.room.schema import room_schema
from drivers.registry import DRIVERS

HEAD = "room: {id: r1, name: 房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
GOOD = """notify:
  ways:
    - {id: phone, kind: modem, port: /dev/ttyUSB2}
    - {id: mail, kind: mail, host: smtp.example.cn, user: room, from: room@example.cn}
    - {id: wecom, kind: wecom}
    - {id: log, kind: syslog, host: 10.0.0.9, transport: tls}
  calls:
    - {id: wang, name: 王工, account: wang, phone: "+8613800123456", steps: [{way: phone}, {way: phone, by: call}]}
    - {id: li, mail: li@example.cn, quiet: ["22:00", "07:00"], steps: [{way: mail, level: major}, {way: wecom, after: 0}]}
    - {id: zhao, phone: "13900000000", ended: true, steps: [{way: phone}]}
"""


def loaded(tmp_path: Path, text: str) -> Room:
    file = tmp_path / "room.yaml"
    file.write_text(HEAD + text, "utf-8")
    return load_room(file, DRIVERS)


def test_a_room_without_it_tells_nobody(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").notify == Notify()


def test_the_first_is_told_after_three_minutes_the_second_after_ten_and_the_third_later(tmp_path: Path) -> None:
    notify = loaded(tmp_path, GOOD).notify
    assert [way.kind for way in notify.ways] == [WayKind.MODEM, WayKind.MAIL, WayKind.WECOM, WayKind.SYSLOG]
    wang, li, zhao = notify.calls
    assert [(step.way, step.by, step.level, step.after) for step in wang.steps] == [
        ("phone", By.SMS, Level.CRITICAL, 180.0),
        ("phone", By.CALL, Level.CRITICAL, 180.0),
    ]
    assert [(step.by, step.level, step.after) for step in li.steps] == [(By.MAIL, Level.MAJOR, 600.0), (By.POST, Level.CRITICAL, 0.0)]
    assert (li.quiet, li.quiet_level, zhao.steps[0].after, zhao.ended) == (("22:00", "07:00"), Level.CRITICAL, 1200.0, True)
    assert wang.address(By.CALL) == "+8613800123456"


@pytest.mark.parametrize(
    ("before", "after", "line", "part"),
    [
        ("kind: modem", "kind: moden", 4, "modem"),
        ("kind: modem, port: /dev/ttyUSB2", "kind: modem", 4, "port"),
        ("id: mail, kind", "id: phone, kind", 5, "room.yaml:4"),
        ("host: smtp.example.cn", "hots: smtp.example.cn", 5, "host"),
        ("host: smtp.example.cn", "host: smtp.example.cn, tls: none", 5, "room"),
        ("kind: wecom}", "kind: wecom, url: 'http://example.cn/x'}", 6, "https"),
        ("kind: wecom}", "kind: wecom, url: 'https://me:pw@example.cn/x'}", 6, "url"),
        ("transport: tls", "transport: tsl", 7, "tls"),
        ('phone: "+8613800123456"', 'phone: "138-0012"', 9, "phone"),
        ('phone: "+8613800123456", ', "", 9, "phone"),
        ("way: phone, by: call", "way: phnoe", 9, "phone"),
        ("way: phone, by: call", "way: phone, by: mail", 9, "sms"),
        ("way: phone, by: call", "way: phone", 9, "wang"),
        ("way: wecom, after: 0", "way: log", 10, "log"),
        ("level: major", "level: loud", 10, "major"),
        ("steps: [{way: phone}]}", "steps: []}", 11, "steps"),
        ("id: li,", "id: wang,", 10, "room.yaml:9"),
        ("notify:\n", "notify:\n  templates: {one: '{alarm} {secret}'}\n", 3, "{alarm}"),
        ("notify:\n", "notify:\n  templates: {one: '{alarm'}\n", 3, "{alarm}"),
        ("notify:\n", "notify:\n  templates: {one: '{alarm.x}'}\n", 3, "{alarm}"),
        ("notify:\n", "notify:\n  langauge: en\n", 3, "language"),
        (GOOD, "notify: 3\n", 2, "notify"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, before: str, after: str, line: int, part: str) -> None:
    assert before in GOOD
    with pytest.raises(OperatorError) as error:
        loaded(tmp_path, GOOD.replace(before, after, 1))
    told = [(problem.where, problem.what.format(**problem.params), problem.do.format(**problem.params)) for problem in error.value.problems]
    assert any(where.endswith(f"room.yaml:{line}") and part in what + do for where, what, do in told), told


BUS = """buses: [{id: modem, driver: modem, way: phone}]
devices:
  - id: m1
    bus: modem
    points:
      - {id: signal, kind: analog, unit: dBm, what: signal}
      - {id: registered, kind: digital, what: registration, limits: [{level: major, states: [0]}]}
"""


def test_a_modem_is_a_device_whose_points_are_no_newer_than_its_last_look(tmp_path: Path) -> None:
    room = loaded(tmp_path, BUS + GOOD)
    assert {point.period for point in room.points().values()} == {30.0}


@pytest.mark.parametrize(
    ("before", "after", "line", "part"),
    [
        ("way: phone", "way: mail", 2, "phone"),
        ("kind: analog", "kind: digital", 7, "analog"),
        ("what: signal}", "what: signal, write: {low: 0, high: 1}}", 7, "write"),
        ("what: registration", "what: balance", 8, "registration"),
    ],
)
def test_what_a_modem_cannot_tell_is_named(tmp_path: Path, before: str, after: str, line: int, part: str) -> None:
    with pytest.raises(OperatorError) as error:
        loaded(tmp_path, BUS.replace(before, after, 1) + GOOD)
    told = [
        (problem.where, problem.what.format(**problem.params) + problem.do.format(**problem.params)) for problem in error.value.problems
    ]
    assert any(where.endswith(f"room.yaml:{line}") and part in text for where, text in told), told


def test_a_change_of_the_call_list_is_a_difference_of_the_room(tmp_path: Path) -> None:
    before = loaded(tmp_path, GOOD)
    after = loaded(tmp_path, GOOD.replace("+8613800123456", "+8613800123457"))
    assert [(change.thing, list(change.fields)) for change in between(before, after)] == [("room", ["notify"])]


def test_the_schema_knows_each_way() -> None:
    ways = room_schema(DRIVERS)["properties"]["notify"]["properties"]["ways"]["items"]["oneOf"]
    assert {way["properties"]["kind"]["const"] for way in ways} == set(WayKind)


def test_every_example_of_the_page_loads(tmp_path: Path) -> None:
    page = (paths.ROOT / "docs" / "notifications.md").read_text("utf-8")
    examples = [block for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE) if "notify:" in block]
    assert len(examples) >= 2
    for example in examples:
        assert loaded(tmp_path, example).notify.ways
