"""The driver of badge events: a file as it grows and a page that is asked, through the driver, doors by name."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cityops_desktop.errors import OperatorError
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import Room
from cityops_desktop.room import load_room
from drivers.badge.driver import BadgeDriver
from tests.peers.webservers import answering, page

HEAD = "时间,门,卡号,姓名,事件\r\n"
NOW = 1795392723000
"""2026-11-23 08:12:03 in Shanghai."""
COLUMNS = "columns: {time: 时间, door: 门, card: 卡号, person: 姓名, event: 事件}"
WORDS = "words: {granted: [通过], denied: [拒绝, 无效卡], forced: [强开], held: [超时], closed: [关门]}"
FORM = "time_format: '%Y-%m-%d %H:%M:%S'"


class Clock:
    """A clock that goes by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def wall(self) -> int:
        return NOW + round(1000 * self.now)

    def monotonic(self) -> float:
        return self.now


def room_of(folder: Path, bus: str) -> Room:
    file = folder / "room.yaml"
    file.write_text(
        "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
        f"buses: [{{id: doors, driver: badge-events, {bus}}}]\n"
        "devices:\n"
        "  - {id: north, bus: doors, door: 北门, profile: badge-door}\n"
        "  - {id: south, bus: doors, door: 南门, profile: badge-door}\n",
        "utf-8",
    )
    return load_room(file, {"badge-events": BadgeDriver()})


def from_file(folder: Path, more: str = "") -> Room:
    return room_of(folder, f"file: {folder / 'events.csv'}, {COLUMNS}, {WORDS}, {FORM}{more}")


class Asked:
    """What the driver reads when it is asked now."""

    def __init__(self, room: Room, driver: BadgeDriver, clock: Clock) -> None:
        self.clock = clock
        self.session = driver.connect(room.buses[0], room.devices, clock)
        self._plan = [request for device in room.devices for request in driver.plan(room.buses[0], device, device.points)]

    def __call__(self, seconds: float = 2.0) -> Mapping[str, Reading]:
        self.clock.now += seconds
        return {reading.point: reading for request in self._plan for reading in self.session.execute(request).readings}


@contextmanager
def asking(room: Room, driver: BadgeDriver | None = None, clock: Clock | None = None) -> Iterator[Asked]:
    asked = Asked(room, driver or BadgeDriver(), clock or Clock())
    try:
        yield asked
    finally:
        asked.session.close()


def write(folder: Path, text: str, mode: str = "ab", encoding: str = "utf-8") -> None:
    with (folder / "events.csv").open(mode) as file:
        file.write(text.encode(encoding))


def told(readings: Mapping[str, Reading], door: str = "north") -> dict[str, object]:
    return {key.partition(".")[2]: reading.value for key, reading in readings.items() if key.startswith(door)}


NOTHING = {"last": None, "denied": None, "forced": None, "held": None, "age": None}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_doors_by_a_file_that_grows(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, HEAD + "2026-11-23 07:12:03,北门,0012345678,张三,通过\r\n2026-11-23 07:30:00,北门,99,李四,拒", encoding=encoding)
    with asking(from_file(tmp_path, f", encoding: {encoding}")) as ask:
        readings = ask(0.0)
        assert told(readings) == {"last": "2026-11-23 07:12:03 张三 ****5678 通过", "denied": 0, "forced": 0, "held": 0, "age": 1.0}
        assert told(readings, "south") == NOTHING, "of a door that no event has named nothing is known"
        write(tmp_path, "绝\r\n2026-11-23 08:00:00,南门,,,强开\r\n", encoding=encoding)
        readings = ask()
        assert told(readings)["last"] == "2026-11-23 07:30:00 李四 **** 拒绝" and told(readings)["denied"] == 1
        assert told(readings, "south")["forced"] == 1
        write(tmp_path, "2026-11-23 08:01:00,南门,,,关门\r\n", encoding=encoding)
        assert told(ask(), "south")["forced"] == 0
        assert ask.session.counters.bad_replies == 0
    assert not any(b"0012345678" in (reading.raw or b"") for reading in readings.values())


def test_rotation_and_a_new_header_are_survived_and_the_count_goes_on(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "2026-11-23 07:00:00,北门,,,拒绝\r\n")
    with asking(from_file(tmp_path)) as ask:
        assert told(ask())["denied"] == 1
        (tmp_path / "events.csv").rename(tmp_path / "old.csv")
        assert ask()["north.last"].reason is Reason.UNREACHABLE
        write(tmp_path, "门,时间,事件\r\n北门,2026-11-23 07:01:00,无效卡\r\n")
        ask()
        readings = ask()
        assert told(readings)["denied"] == 2 and told(readings)["last"] == "2026-11-23 07:01:00 无效卡"
        write(tmp_path, HEAD, "wb")
        write(tmp_path, "2026-11-23 07:02:00,北门,,,拒绝\r\n")
        assert told(ask())["denied"] == 3


def test_a_header_that_is_half_written_is_waited_for(tmp_path: Path) -> None:
    write(tmp_path, HEAD[:4])
    with asking(from_file(tmp_path)) as ask:
        assert told(ask()) == NOTHING
        write(tmp_path, HEAD[4:] + "2026-11-23 07:00:00,北门,,,拒绝\r\n")
        assert told(ask())["denied"] == 1
        write(tmp_path, "", "wb")
        ask()
        write(tmp_path, HEAD[:7])
        ask()
        write(tmp_path, HEAD[7:] + "2026-11-23 07:00:01,北门,,,拒绝\r\n")
        assert told(ask())["denied"] == 2
        assert ask.session.counters.bad_replies == 0


def test_the_end_of_a_long_file_is_read_by_the_names_of_its_first_line(tmp_path: Path) -> None:
    row = "2026-11-22 07:00:00,南门,0012345678,张三,通过\r\n"
    write(tmp_path, HEAD + row * (4 * 1024 * 1024 // len(row.encode()) + 100) + "2026-11-23 07:00:00,北门,,,拒绝\r\n")
    with asking(from_file(tmp_path)) as ask:
        readings = ask(0.0)
    assert told(readings)["denied"] == 1 and told(readings, "south")["last"] == "2026-11-22 07:00:00 张三 ****5678 通过"


def test_what_was_read_is_remembered_when_the_line_is_opened_anew(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "2026-11-23 07:00:00,北门,,,拒绝\r\n")
    room, driver = from_file(tmp_path), BadgeDriver()
    with asking(room, driver) as ask:
        assert told(ask())["denied"] == 1
    write(tmp_path, "2026-11-23 07:00:30,北门,,,拒绝\r\n")
    with asking(room, driver) as ask:
        assert told(ask())["denied"] == 2


def test_lines_without_sense_are_counted_and_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path,
        HEAD + 'no,北门,,,拒绝\r\n\r\n"2026-11-23 07:00:00,北门\r\n2026-11-23 07:00:00,,,,拒绝\r\n2026-11-23 07:00:30,北门,,,拒绝\r\n',
    )
    with asking(from_file(tmp_path)) as ask:
        assert told(ask())["denied"] == 1
        assert ask.session.counters.bad_replies == 3


def test_an_event_from_the_future_is_never_good(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "2026-11-23 08:00:00,北门,,,通过\r\n2026-11-23 08:16:00,北门,,,通过\r\n")
    with asking(from_file(tmp_path)) as ask:
        readings = ask(0.0)
        assert (readings["north.last"].quality, told(readings)["age"]) == (Quality.GOOD, 0.0), "four minutes are no wrong clock"
        write(tmp_path, "2026-11-23 09:00:00,北门,,,强开\r\n")
        readings = ask()
        for point in ("last", "forced", "held", "age"):
            reading = readings[f"north.{point}"]
            assert (reading.quality, reading.reason) == (Quality.UNCERTAIN, Reason.CLOCK), point
        assert told(readings)["forced"] == 1


def test_a_file_without_a_header_and_one_of_json_lines(tmp_path: Path) -> None:
    write(tmp_path, "2026-11-23T07:00:00;北门;拒绝\n")
    columns = "columns: {time: 1, door: 2, event: 3}, delimiter: ';'"
    with asking(room_of(tmp_path, f"file: {tmp_path / 'events.csv'}, {columns}, {WORDS}")) as ask:
        assert told(ask())["denied"] == 1
    write(tmp_path, '{"t": 1795388523, "d": "北门", "e": "DENIED", "c": 12345678}\nno\n', "wb")
    columns = "columns: {time: t, door: d, event: e, card: c}, words: {denied: [Denied]}, time_format: s, format: json"
    with asking(room_of(tmp_path, f"file: {tmp_path / 'events.csv'}, {columns}")) as ask:
        assert told(ask())["last"] == "2026-11-23 07:02:03 ****5678 DENIED" and told(ask())["denied"] == 1


EVENTS: list[dict[str, Any]] = [
    {"id": 7, "t": "2026-11-23T07:00:00", "d": "北门", "e": "拒绝", "c": "0012345678", "n": "张三"},
    {"id": 8, "t": "2026-11-23T07:10:00", "d": "南门", "e": "强开"},
]
PAGE_COLUMNS = "columns: {time: t, door: d, event: e, card: c, person: n, number: id}"


def test_doors_by_a_page_that_is_asked_for_what_came_after(tmp_path: Path) -> None:
    events, asked = list(EVENTS), []

    def answer(connection: socket.socket, head: bytes) -> None:
        url = urlsplit(head.split(b" ")[1].decode())
        asked.append(parse_qs(url.query))
        after = int(asked[-1].get("since", ["0"])[0])
        body = json.dumps({"data": {"rows": [one for one in events if one["id"] >= after]}}).encode()
        connection.sendall(page("200 OK", body, "application/json"))

    with answering(answer) as port:
        where = f"host: 127.0.0.1, port: {port}, page: '/api/events?door=all', after: since, rows: data.rows, timeout: 5"
        with asking(room_of(tmp_path, f"{where}, {PAGE_COLUMNS}, {WORDS}")) as ask:
            readings = ask(0.0)
            assert told(readings)["last"] == "2026-11-23 07:00:00 张三 ****5678 拒绝" and told(readings, "south")["forced"] == 1
            assert len(asked) == 1, "one question serves all doors"
            assert told(ask())["denied"] == 1, "an event that is told twice counts once"
            events.append({"id": 9, "t": "2026-11-23T08:00:00", "d": "北门", "e": "拒绝"})
            assert told(ask())["denied"] == 2
    assert [query.get("since") for query in asked] == [None, ["8"], ["8"]]
    assert all(query["door"] == ["all"] for query in asked)


def test_no_row_of_a_page_can_blind_the_doors_or_fill_the_memory(tmp_path: Path) -> None:
    """A row from the far future, a mark of 70,000 signs, doors that nobody has: the place in the source stays where it can be believed."""
    asked: list[str] = []
    bad = [
        {"id": 9999, "t": "2099-01-01T00:00:00", "d": "北门", "e": "拒绝"},
        {"id": "9" * 70_000, "t": "2026-11-23T07:20:00", "d": "北门", "e": "拒绝"},
        {"id": 3, "t": "2026-11-23T07:21:00", "d": "x" * 70_000, "e": "拒绝"},
        *({"id": 3, "t": "2026-11-23T07:01:00", "d": f"made up {n}", "e": "拒绝"} for n in range(50)),
    ]

    def answer(connection: socket.socket, head: bytes) -> None:
        asked.append(head.split(b" ")[1].decode())
        connection.sendall(page("200 OK", json.dumps([*EVENTS, *bad]).encode(), "application/json"))

    driver = BadgeDriver()
    with answering(answer) as port:
        room = room_of(tmp_path, f"host: 127.0.0.1, port: {port}, timeout: 5, {PAGE_COLUMNS}, {WORDS}")
        with asking(room, driver) as ask:
            ask()
            assert told(ask())["denied"] == 3
            assert ask.session.counters.bad_replies == 2, "a door of 70,000 signs, twice"
    assert asked == ["/", "/?after=8"]
    [board] = driver._boards.values()
    assert set(board.doors) == {"北门", "南门"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (page("200 OK", b"<html>"), Reason.BAD_REPLY),
        (page("200 OK", b'{"data": 3}'), Reason.BAD_REPLY),
        (page("200 OK", b"[" * 100_000), Reason.BAD_REPLY),
        (page("401 no"), Reason.DENIED),
        (page("500 oh"), Reason.EXCEPTION),
        (page("302 Found", b"", "text/plain", "Location: http://10.0.0.1/"), Reason.BAD_REPLY),
    ],
)
def test_a_page_that_is_none_brings_no_value(tmp_path: Path, body: bytes, reason: Reason) -> None:
    with answering(lambda connection, head: connection.sendall(body)) as port:
        room = room_of(tmp_path, f"host: 127.0.0.1, port: {port}, timeout: 5, {PAGE_COLUMNS}")
        with asking(room) as ask:
            readings = ask()
    assert {reading.reason for reading in readings.values()} == {reason}


def test_rows_that_are_no_rows_harm_no_other(tmp_path: Path) -> None:
    body = json.dumps([1, None, [], {}, {"t": {}, "d": "北门", "e": "x"}, *EVENTS]).encode()
    with answering(lambda connection, head: connection.sendall(page("200 OK", body))) as port:
        room = room_of(tmp_path, f"host: 127.0.0.1, port: {port}, timeout: 5, {PAGE_COLUMNS}, {WORDS}")
        with asking(room) as ask:
            assert told(ask())["denied"] == 1
            assert ask.session.counters.bad_replies == 5


@pytest.mark.parametrize(
    ("bus", "word"),
    [
        (f"file: /a, host: b, {COLUMNS}", "either a file or a host"),
        (COLUMNS, "either a file or a host"),
        ("file: /a, columns: {time: 1, door: 2}", "time, door and event"),
        ("file: /a, columns: {time: t, door: 2, event: 3}", "all names or all numbers"),
        ("host: b, columns: {time: 1, door: 2, event: 3}", "names, not numbers"),
        (f"file: /a, {COLUMNS}, timezone: Mars/Base", "timezone"),
        (f"file: /a, {COLUMNS}, format: xml", "format"),
        (f"file: /a, {COLUMNS}, words: {{opened: [x]}}", "opened"),
    ],
)
def test_what_the_room_file_says_wrongly_is_refused(tmp_path: Path, bus: str, word: str) -> None:
    with pytest.raises(OperatorError) as refused:
        room_of(tmp_path, bus)
    assert word in " ".join(f"{problem.what} {problem.do} {problem.params}" for problem in refused.value.problems)


def test_points_of_another_kind_and_doors_that_are_named_twice_are_refused(tmp_path: Path) -> None:
    room = from_file(tmp_path)
    assert [device.options.door for device in room.devices] == ["北门", "南门"]  # type: ignore[attr-defined]
    file = tmp_path / "room.yaml"
    text = file.read_text("utf-8")
    other = "  - {id: x, bus: doors, door: 东门, points: [{id: p, kind: text, about: age}]}\n"
    for changed in (text.replace("door: 南门", "door: 北门"), text + other):
        file.write_text(changed, "utf-8")
        with pytest.raises(OperatorError):
            load_room(file, {"badge-events": BadgeDriver()})
