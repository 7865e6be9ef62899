"""Every fault of a room file is told with its line, what is wrong and what to do; all of them at once."""

from pathlib import Path

import pytest

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.room import check_room, load_room
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

SOUND = """\
room:
  id: r1
  name: {zh: 机房, en: Room}
  domain: c/d/s/r1
  timezone: Asia/Shanghai
  size: [18, 12]
buses:
  - id: tcp
    driver: modbus-tcp
    host: 10.0.0.5
  - id: line
    driver: modbus-rtu
    port: /dev/ttyUSB7
devices:
  - id: a
    bus: line
    address: 1
    rack: A01
    u: 3
    points:
      - {id: x, kind: analog, table: holding, address: 10, type: int16, span: [-40, 80]}
      - id: y
        kind: analog
        table: holding
        address: 11
        limits:
          - {level: major, high: 30}
          - {level: minor, low: 10}
      - {id: d, kind: digital, table: coil, address: 5, states: {0: 关, 1: 开}, limits: [{level: minor, states: [1]}]}
  - id: b
    bus: tcp
    address: 1
    profile: xy-md02
racks:
  - id: A01
    items:
      - {name: 服务器, u: 1, height: 2}
      - {name: 交换机, u: 5, height: 1, face: rear}
"""

FAULTS = [
    # what is exchanged for what, line, what is wrong (part), what to do (part)
    ("id: r1", "id: R1", 2, '“id” cannot be "R1"', "small letters"),
    ("  name: {zh: 机房, en: Room}\n", "", 1, "“name” is missing", "add “name:” here"),
    ("{zh: 机房, en: Room}", "{zh: 机房}", 3, "“en” is missing", "add"),
    ("{zh: 机房, en: Room}", "{zh: 机房, en: Room, fr: Salle}", 3, "unknown key “fr”", "Keys here: zh, en"),
    ("domain: c/d/s/r1", "domain: c/d/r1", 4, "“domain” cannot be", "city/district/site/room"),
    ("domain: c/d/s/r1", "domain: c/d/s/r2", 4, "the domain ends in “r2”", "make them equal"),
    ("Asia/Shanghai", "Asia/Shanghi", 5, "there is no time zone “Asia/Shanghi”", "did you mean “Asia/Shanghai”?"),
    ("Asia/Shanghai", "../etc/passwd", 5, "there is no time zone", "use one of"),
    ("Asia/Shanghai", "Asia", 5, "there is no time zone", "did you mean “Asia/Shanghai”?"),
    ("size: [18, 12]", "size: [18]", 6, "“size” has too few entries", "add the missing ones"),
    ("size: [18, 12]", "size: [18, 12, 3]", 6, "“size” has too many entries", "at most 2"),
    ("size: [18, 12]", "size: 18", 6, "“size” must be a list, not 18", "[ ... ]"),
    ("size: [18, 12]", "size: [18, 0]", 6, "“size” is 0: it must be more than 0", "correct"),
    ("size: [18, 12]", "size: [18, 12]\n  colour: red", 7, "unknown key “colour”", "remove it"),
    ("size: [18, 12]", "size: [18, 12]\n  timezon: x", 7, "unknown key “timezon”", "did you mean “timezone”?"),
    ("buses:\n", "bus:\n", 7, "unknown key “bus”", "did you mean “buses”?"),
    ("id: line", "id: tcp", 11, "two buses have the id “tcp”", "never change the id of one that has run"),
    ("driver: modbus-rtu", "driver: modbus-rto", 12, "there is no driver “modbus-rto”", "did you mean “modbus-rtu”?"),
    ("driver: modbus-rtu", "driver: opc", 12, "there is no driver “opc”", "modbus-rtu, modbus-rtu-tcp, modbus-tcp"),
    (
        "port: /dev/ttyUSB7",
        "baud: 9600",
        13,
        "unknown key “baud”",
        "did you mean “baudrate”? Keys here: id, driver, name; keys of the driver modbus-rtu",
    ),
    ("port: /dev/ttyUSB7", "baudrate: 9600", 11, "“port” is missing", "add"),
    (
        "port: /dev/ttyUSB7",
        "port: /dev/ttyUSB7\n    baudrate: '9600'",
        14,
        '“baudrate” must be a whole number, not "9600"',
        "without quotes",
    ),
    ("port: /dev/ttyUSB7", "port: /dev/ttyUSB7\n    parity: K", 14, '“parity” cannot be "K"', "one of: N, E, O"),
    ("port: /dev/ttyUSB7", "port: 7", 13, "“port” must be text, not 7", "quotes"),
    (
        "    driver: modbus-rtu\n    port: /dev/ttyUSB7",
        "    driver: modbus-tcp\n    host: 10.0.0.5",
        11,
        "two buses use 10.0.0.5:502 (the other: {file}:8)",
        "one bus",
    ),
    ("  - id: b\n    bus: tcp\n", "  - id: a\n    bus: tcp\n", 30, "two devices have the id “a” (the other: {file}:15)", "another id"),
    ("    bus: line", "    bus: lin", 16, "there is no bus “lin”", "did you mean “line”?"),
    (
        "    bus: tcp\n    address: 1\n",
        "    bus: line\n    address: 1\n",
        32,
        "two devices on the bus “line” have the address 1",
        "free address",
    ),
    ("    bus: line\n    address: 1\n", "    bus: line\n", 15, "“address” is missing", "add “address:” here"),
    ("    bus: line\n    address: 1\n", "    bus: line\n    address: 256\n", 17, "“address” is 256: it must be at most 255", "correct"),
    (
        "    bus: line\n    address: 1\n",
        "    bus: line\n    adress: 1\n",
        17,
        "unknown key “adress”",
        "keys of the driver modbus-rtu: address",
    ),
    ("profile: xy-md02", "profile: xy-md-02", 33, "there is no profile “xy-md-02”", "did you mean “xy-md02”?"),
    ("profile: xy-md02", "profile: ../room", 33, "there is no profile “../room”", "use one of"),
    ("rack: A01", "rack: A02", 18, "there is no rack “A02”", "did you mean “A01”?"),
    ("u: 3\n", "u: 43\n", 19, "U 43 lies above the rack “A01”, which has 42 U", "correct"),
    ("    rack: A01\n", "", 18, "“u” without a rack", "name the “rack”"),
    ("u: 3\n", "u: 3\n    place: {x: 1, y: 12.5}\n", 20, "lies outside the room of 18.0 x 12.0 m", "size"),
    ("kind: analog, table: holding, address: 10", "table: holding, address: 10", 21, "“kind” is missing", "add"),
    (
        "kind: analog, table: holding, address: 10",
        "kind: analogue, table: holding, address: 10",
        21,
        '“kind” cannot be "analogue"',
        "analog, digital",
    ),
    ("address: 10, type: int16", "address: 65535, type: int32", 21, "the point reaches outside its table", "65535"),
    ("address: 10, type: int16", "address: 65536, type: int16", 21, "“address” is 65536: it must be at most 65535", "correct"),
    ("address: 10, type: int16", "address: -1, type: int16", 21, "“address” is -1: it must be at least 0", "correct"),
    ("address: 10, type: int16", "address: true, type: int16", 21, "“address” must be a whole number, not true", "whole number"),
    ("address: 10, type: int16", "address: 10, type: float32, bit: 3", 21, "bit", ""),
    ("address: 10, type: int16", "address: 10, type: int16, scale: .inf", 21, ".inf is not a number that can be used", "ordinary number"),
    ("address: 10, type: int16", "address: 10, type: int16, scale: 0", 21, "scale of 0", ""),
    ("address: 10, type: int16", "address: 10, type: string, length: 2", 21, "a string is no number", "kind: text"),
    ("address: 10, type: int16", "address: 10, type: int16, period: 0", 21, "“period” is 0: it must be more than 0", "correct"),
    ("address: 10, type: int16", "address: 10, type: int16, resolution: -1", 21, "“resolution” is -1", "correct"),
    (
        "address: 10, type: int16",
        "address: 10, type: int16, featured: yes",
        21,
        '“featured” must be true or false, not "yes"',
        "true or false",
    ),
    ("address: 10, type: int16", "address: 10, type: int16, group: pump", 21, '“group” cannot be "pump"', "power_distribution, ups"),
    ("address: 10, type: int16", "address: 10, type: int16, rack: Q", 21, "there is no rack “Q”", "A01"),
    ("address: 10, type: int16", "address: 10, type: int16, states: {0: a}", 21, "only a digital point has states", "kind: digital"),
    ("address: 10, type: int16", "address: 10, type: int16, normal: [5, 5]", 21, "“normal” runs from 5.0 to 5.0", "swap"),
    (
        "address: 10, type: int16",
        "address: 10, type: int16, limits: [{level: major, high: 80}]",
        21,
        "outside the span -40.0 to 80.0",
        "span",
    ),
    ("span: [-40, 80]", "span: [80, -40]", 21, "“span” runs from 80.0 to -40.0", "swap"),
    ("id: y", "id: x", 22, "the device has two points “x” (the other: {file}:21)", "overrides"),
    ("id: y", "id: Y", 22, '“id” cannot be "Y"', "small letters"),
    (
        "        address: 11",
        "        address: 11\n        adress: 3",
        26,
        "unknown key “adress”",
        "did you mean “address”? Keys here: id, name, kind",
    ),
    ("{level: major, high: 30}", "{level: major}", 27, "exactly one of high, low, states", "one limit for each"),
    ("{level: major, high: 30}", "{level: major, high: 30, low: 3}", 27, "exactly one of high, low, states; here: high, low", "one limit"),
    ("{level: major, high: 30}", "{level: severe, high: 30}", 27, '“level” cannot be "severe"', "critical, major, minor, warning"),
    ("{level: major, high: 30}", "{level: major, high: 10}", 28, "the low limit 10.0 is not below the high limit 10.0", "correct"),
    ("{level: major, high: 30}", "{level: major, states: [1]}", 27, "a limit by “states” is not possible for kind analog", "high and low"),
    ("{level: major, high: 30}", "{level: major, high: 30, deadband: -1}", 27, "“deadband” is -1", "correct"),
    ("{level: major, high: 30}", "{level: major, high: 30, delay: 1}", 27, "unknown key “delay”", "did you mean"),
    ("{level: minor, low: 10}", "{level: major, high: 40}", 28, "two limits have the id “high2” (the other: {file}:27)", "“id” of its own"),
    ("limits: [{level: minor, states: [1]}]", "limits: [{level: minor, states: [2]}]", 29, "the point has no state 2", "0, 1"),
    ("limits: [{level: minor, states: [1]}]", "limits: [{level: minor, states: [1], deadband: 1}]", 29, "has no dead band", "off_delay"),
    (
        "limits: [{level: minor, states: [1]}]",
        "limits: [{level: minor, high: 0}]",
        29,
        "a limit by “high” is not possible for kind digital",
        "states",
    ),
    ("{0: 关, 1: 开}", "{off: 关, 1: 开}", 29, 'the key "off" must be a whole number', "whole number"),
    (
        "profile: xy-md02",
        "profile: xy-md02\n    overrides: {temp: {scale: 1}}",
        34,
        "no point “temp” to override",
        "did you mean “temperature”?",
    ),
    ("profile: xy-md02", "profile: xy-md02\n    overrides: {temperature: {id: t}}", 34, "an id cannot be overridden", "remove"),
    ("profile: xy-md02", "profile: xy-md02\n    overrides: {temperature: {scal: 1}}", 34, "unknown key “scal”", "did you mean “scale”?"),
    ("profile: xy-md02", "profile: xy-md02\n    overrides: {temperature: 5}", 34, "must be made of keys and values", "key: value"),
    ("profile: xy-md02", "profile: xy-md02\n    without: [wind]", 34, "no point “wind” to leave out", "humidity, temperature"),
    (
        "profile: xy-md02",
        "profile: xy-md02\n    points: [{id: humidity, kind: analog, table: input, address: 9}]",
        34,
        "two points “humidity”",
        "overrides",
    ),
    ("    profile: xy-md02", "    overrides: {x: {scale: 1}}", 33, "but this device has no profile", "“profile”"),
    ("  - id: A01\n", "  - id: A01\n  - id: A01\n", 36, "two racks have the id “A01”", "another id"),
    ("u: 1, height: 2}", "u: 0, height: 2}", 37, "“u” is 0: it must be at least 1", "correct"),
    ("u: 1, height: 2}", "u: 1.3, height: 2}", 37, "“u” is 1.3: it must be a multiple of 0.5", "correct"),
    ("u: 1, height: 2}", "u: 42, height: 2}", 37, "U 43 lies above the rack “A01”", "u_height"),
    ("height: 1, face: rear", "height: 1, face: side", 38, '“face” cannot be "side"', "front, rear"),
    ("u: 5, height: 1, face: rear", "u: 2.5, height: 1", 38, "stands in the same U as another ({file}:37)", "correct"),
    ("u: 5, height: 1, face: rear", "u: 5, height: 1, device: z", 38, "there is no device “z”", "a, b"),
    ("u: 5, height: 1, face: rear", "u: 5, height: 1, device: a", 38, "“a” is said to stand somewhere else ({file}:15)", "one place"),
    ("u: 5, height: 1", "u: 5", 38, "“height” is missing", "add"),
    ("host: 10.0.0.5", "host: 10.0.0.5\n    host: 10.0.0.6", 11, "“host” stands here a second time (first in line 10)", "remove one"),
    ("host: 10.0.0.5", "host:", 10, "“host” has no value", "remove the key"),
    ("host: 10.0.0.5", "host: &h 10.0.0.5", 10, "anchors (&) and aliases (*)", "write the value out"),
    ("host: 10.0.0.5", "host: !env HOST", 10, "the tag !env is not used", "remove it"),
    ("host: 10.0.0.5", "\thost: 10.0.0.5", 10, "a tab stands where YAML wants spaces", "spaces"),
    ("host: 10.0.0.5", "host: [10.0.0.5", 11, "this is not YAML", "brackets"),
    ("host: 10.0.0.5", "host: 10.0.0.5: 3", 10, "this is not YAML", "colons"),
    ("host: 10.0.0.5", 'host: "a\\0"', 10, "a sign that cannot be printed (U+0000)", "remove it"),
    ("host: 10.0.0.5", "host: a\x01", 10, "a sign that cannot be printed (U+0001)", "remove it"),
    ("room:\n", "%YAML 1.1\n---\nroom:\n", 1, "YAML directives", "remove this line"),
    ("racks:\n", "---\nracks:\n", 34, "this is not YAML", ""),
]


def problems_of(folder: Path, text: str) -> list[Problem]:
    file = folder / "room.yaml"
    file.write_text(text, encoding="utf-8")
    return check_room(file, DRIVERS)


def said(problem: Problem) -> tuple[str, str]:
    return tr(problem.what, **problem.params), tr(problem.do, **problem.params)


def test_the_file_that_the_faults_are_made_in_is_sound(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SOUND) == []


@pytest.mark.parametrize(("old", "new", "line", "what", "do"), FAULTS, ids=[f"{new.strip()[:40]!r}" for _, new, *_ in FAULTS])
def test_a_fault_is_told_with_its_line_and_its_cure(tmp_path: Path, old: str, new: str, line: int, what: str, do: str) -> None:
    assert old in SOUND
    problems = problems_of(tmp_path, SOUND.replace(old, new, 1))
    told = [(problem.where.removeprefix(f"{tmp_path}/room.yaml:"), *said(problem)) for problem in problems]
    what, do = what.format(file=tmp_path / "room.yaml"), do.format()
    assert any(where == str(line) and what in told_what and do in told_do for where, told_what, told_do in told), told
    assert all(told_do for _, _, told_do in told)
    assert not any("{{" in text or "}}" in text for _, *texts in told for text in texts)


def test_one_fault_gives_one_problem(tmp_path: Path) -> None:
    lonely = [f for f in FAULTS if f[3].startswith(("there is no", "unknown key", "two ", "“period”", "“kind”", "the low limit"))]
    many = {}
    for old, new, _, what, _ in lonely:
        problems = problems_of(tmp_path, SOUND.replace(old, new, 1))
        if len(problems) > 1:
            many[new] = (what, [said(problem)[0] for problem in problems])
    follow_ups = {"id: tcp", "    bus: line\n    adress: 1\n", "baud: 9600", "bus:\n", "{zh: 机房, en: Room, fr: Salle}"}
    assert set(many) <= follow_ups, many


def test_all_problems_come_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = SOUND
    for old, new in (
        ("id: r1", "id: R1"),
        ("driver: modbus-rtu", "driver: opc"),
        ("address: 10", "address: 99999"),
        ("high: 30", "high: a"),
    ):
        text = text.replace(old, new, 1)
    text = text.replace("host: 10.0.0.5", "host: 10.0.0.5\n    host: x", 1)
    with pytest.raises(OperatorError) as caught:
        problems_of(tmp_path, text)
        load_room(tmp_path / "room.yaml", DRIVERS)
    lines = [int(problem.where.rpartition(":")[2]) for problem in caught.value.problems]
    assert lines == sorted(lines) and {2, 11, 13, 28} <= set(lines)
    assert caught.value.exit_code is Exit.CONFIGURATION


def test_a_file_that_cannot_be_read_is_no_crash(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    assert said(check_room(file, DRIVERS)[0])[0] == "there is no such file"
    assert said(check_room(tmp_path, DRIVERS)[0])[0] == "this is not a file"
    for content, what, where in (
        (b"", "the file is empty", ""),
        (b"# only a comment\n", "the file is empty", ""),
        (b"~\n", "the file is empty", ""),
        (b"room:\n  name: \xb2\xe2\xca\xd4\n", "the file is not UTF-8", ":2"),
        ("room: {}".encode("utf-16"), "the file is not UTF-8", ":1"),
        (b"- 1\n", "this is not a room file", ":1"),
        (b"hello\n", "this is not a room file", ":1"),
        (b"[" * 5000, "the file is nested too deeply", ""),
        (b"a: " + b"9" * 5000 + b"\n", "999 is not a number that can be used", ":1"),
    ):
        file.write_bytes(content)
        problem = check_room(file, DRIVERS)[0]
        assert what in said(problem)[0] and problem.where == f"{file}{where}", problem


def test_a_broken_profile_names_its_own_file_and_line(tmp_path: Path) -> None:
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    file = profiles / "box.yaml"
    sound = (
        "profile: {id: box, name: B, manufacturer: m, protocol: modbus, group: ups, source: s}\n"
        "device: {timeout: 1}\n"
        "points:\n"
        "  - {id: v, kind: analog, table: input, address: 0, type: uint16}\n"
    )
    devices = "devices: [{id: p, bus: tcp, address: 5, profile: box}, {id: q, bus: tcp, address: 6, profile: box}]\n"
    room = SOUND[: SOUND.index("devices:")] + devices
    file.write_text(sound, encoding="utf-8")
    assert problems_of(tmp_path, room) == []
    for old, new, line, what in (
        ("id: box", "id: bux", 1, "the profile's id is “bux”, its file is box.yaml"),
        ("source: s", "source: ''", 1, "“source” is too short"),
        ("group: ups", "group: up", 1, '“group” cannot be "up"'),
        ("profile: {", "profil: {", 1, "unknown key “profil”"),
        ("timeout: 1", "timeot: 1", 2, "unknown key “timeot”"),
        ("timeout: 1", "timeout: 0", 2, "“timeout” is 0"),
        ("device: {timeout: 1}", "device: 5", 2, "“device” must be made of keys and values"),
        ("points:", "point:", 3, "unknown key “point”"),
        ("address: 0,", "address: 70000,", 4, "“address” is 70000"),
        ("type: uint16", "type: uint16, scal: 2", 4, "unknown key “scal”"),
        ("{id: v", "[{id: v", 5, "this is not YAML"),
        ("{id: v, ", "{", 4, "“id” is missing"),
    ):
        file.write_text(sound.replace(old, new), encoding="utf-8")
        problems = problems_of(tmp_path, room)
        told = [(problem.where, said(problem)[0]) for problem in problems]
        assert any(where == f"{file}:{line}" and what in text for where, text in told), told
        assert len(told) == len(set(told))


def test_a_profile_of_another_protocol_is_refused(tmp_path: Path) -> None:
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    head = "profile: {id: box, name: B, manufacturer: m, protocol: ydn23, group: ups, source: s}\npoints: []\n"
    (profiles / "box.yaml").write_text(head, encoding="utf-8")
    [problem] = problems_of(tmp_path, SOUND.replace("profile: xy-md02", "profile: box"))
    assert problem.where.endswith(":33")
    assert said(problem)[0] == "the profile “box” is for the protocol ydn23, the driver modbus-tcp speaks modbus"


def test_a_folder_that_is_called_like_a_profile_is_none(tmp_path: Path):
    (tmp_path / "profiles" / "mine.yaml").mkdir(parents=True)
    (tmp_path / "profiles" / "lost.yaml").symlink_to(tmp_path / "nowhere")
    for name in ("mine", "lost"):
        path = tmp_path / "room.yaml"
        path.write_text(SOUND.replace("profile: xy-md02", f"profile: {name}"), "utf-8")
        with pytest.raises(OperatorError) as caught:
            load_room(path, DRIVERS)
        assert f"there is no profile “{name}”" in tr(caught.value.problems[0].what, **caught.value.problems[0].params)
