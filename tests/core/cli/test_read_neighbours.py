"""`read` beside another host: it listens first, gives way, and tells what it heard where it never speaks."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops_desktop.errors import Exit
from tests.peers import warm
from tests.peers.mbpoll import mbpoll
from tests.peers.ptys import SharedLine, shared_line
from tests.peers.slaves import build_libmodbus_slave, libmodbus_rtu

ROOM = """
room: {{id: r1, name: Test room, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses: [{{id: line, driver: modbus-rtu, port: {port}, {manners}}}]
devices:
  - id: a
    bus: line
    address: 1
    points:
      - {{id: temp, kind: analog, unit: "°C", table: holding, address: 10, type: int16, scale: 0.1}}
      - {{id: never, kind: analog, table: holding, address: 50}}
"""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SharedLine]:
    program = build_libmodbus_slave(tmp_path)
    with shared_line(3) as shared, libmodbus_rtu(program, shared.ports[2], 1, 100, ["h:10:235"]):
        yield shared


def read(folder: Path, line: SharedLine, manners: str) -> tuple[int, dict[str, dict[str, object]]]:
    room = folder / "room.yaml"
    room.write_text(ROOM.format(port=line.ports[0], manners=manners), "utf-8")
    command = [warm.python(), "-m", "cityops_desktop", "read", "--room", str(room), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "CITYOPS_LANG": "en"}, timeout=90, check=False)
    told = [json.loads(text) for text in done.stdout.splitlines()]
    return done.returncode, {str(one["point"]): one for one in told}


def test_another_master_on_the_line_is_not_spoken_over(line: SharedLine, tmp_path: Path) -> None:
    with mbpoll(line.ports[1], "1 4 11 1"):
        code, told = read(tmp_path, line, "listen: 3")
    assert code == Exit.NO_VALUE and {one["reason"] for one in told.values()} == {"other_master"}
    assert line.sent[0] == b""


def test_alone_on_the_line_it_asks(line: SharedLine, tmp_path: Path) -> None:
    code, told = read(tmp_path, line, "listen: 0.5")
    assert code == Exit.OK and told["a.temp"]["value"] == 23.5 and line.sent[0]


def test_what_was_heard_is_told_where_nothing_is_ever_sent(line: SharedLine, tmp_path: Path) -> None:
    with mbpoll(line.ports[1], "1 4 11 1", every_ms=200):
        code, told = read(tmp_path, line, "listen_only: true")
    assert code == Exit.OK and told["a.temp"]["value"] == 23.5 and told["a.never"]["reason"] == "not_heard"
    assert line.sent[0] == b""
