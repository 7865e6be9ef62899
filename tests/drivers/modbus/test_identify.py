"""Asking Modbus devices who they are: pymodbus over TCP and RTU framing, libmodbus that knows no such function, points instead of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Identity, Session
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import check_room, load_room
from drivers.registry import DRIVERS
from tests.peers import warm
from tests.peers.slaves import HERE, build_libmodbus_slave, free_port, libmodbus_tcp, running

ROOM = """
room: {{id: r1, name: {{zh: 测试机房, en: Test room}}, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: {port}}}
devices:
  - id: a
    bus: tcp
    address: 1
    {identify}
    points:
      - {{id: serial, kind: analog, table: holding, address: 100, type: uint32}}
      - {{id: model, kind: text, table: holding, address: 102, type: string, length: 2}}
      - {{id: on, kind: digital, table: coil, address: 3}}
"""


def room(folder: Path, port: int, identify: str) -> Room:
    path = folder / "room.yaml"
    path.write_text(ROOM.format(port=port, identify=identify), "utf-8")
    return load_room(path, DRIVERS)


@contextmanager
def session(made: Room) -> Iterator[Session]:
    bus = made.buses[0]
    opened = DRIVERS[bus.driver].connect(bus, made.devices, SystemClock())
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(scope="module")
def libmodbus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_libmodbus_slave(tmp_path_factory.mktemp("libmodbus"))


@pytest.mark.parametrize(
    ("identify", "facts"),
    [
        ("identify: device_id", {"maker": "Acme", "product": "P", "version": "1.0", "model": "M1"}),
        ("identify: {code: 2, object: 5}", {"model": "M1"}),
    ],
)
def test_pymodbus_says_who_it_is(tmp_path: Path, identify: str, facts: dict[str, str]) -> None:
    port = free_port()
    says = running([warm.python(), HERE / "identified_slave.py", str(port), "M1", "1.0", "1=5"])
    with says, session(room(tmp_path, port, identify)) as opened:
        found = opened.identify("a")
        assert found is not None and not found.behaviour
        assert facts.items() <= found.facts.items()
        assert opened.identify("a") == found


def test_a_device_that_knows_no_such_function_says_nothing(tmp_path: Path, libmodbus: Path) -> None:
    with libmodbus_tcp(libmodbus, 1, 200, []) as port, session(room(tmp_path, port, "identify: device_id")) as opened:
        assert opened.identify("a") is None
        assert opened.counters.exceptions == 1


def test_points_hold_what_it_is(tmp_path: Path, libmodbus: Path) -> None:
    values = ["h:100:1", "h:101:2", f"h:102:{int.from_bytes(b'U2')}", f"h:103:{int.from_bytes(b'0 ')}", "c:3:1"]
    with libmodbus_tcp(libmodbus, 1, 200, values) as port, session(room(tmp_path, port, "identify: [serial, model, on]")) as opened:
        assert opened.identify("a") == Identity({"serial": "65538", "model": "U20", "on": "1"})


def test_a_part_of_the_points_is_no_identity_and_nothing_declared_asks_nothing(tmp_path: Path, libmodbus: Path) -> None:
    with libmodbus_tcp(libmodbus, 1, 103, []) as port:
        with session(room(tmp_path, port, "identify: [serial, model]")) as opened:
            assert opened.identify("a") is None
        with session(room(tmp_path, port, "")) as opened:
            assert opened.identify("a") is None
            assert opened.counters.requests == 0


def test_a_point_that_is_not_there_is_found_when_the_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "room.yaml"
    path.write_text(ROOM.format(port=1502, identify="identify: [serial, firmware]"), "utf-8")
    [problem] = check_room(path, DRIVERS)
    assert "identify" in problem.what and problem.where.endswith(":9")
