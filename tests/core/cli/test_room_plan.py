"""`room plan` as it is typed: of a room file, and of what a station ran, with what its wires taught."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit
from cityops_desktop.model.drivers import Learned
from cityops_desktop.station.learning import Learning
from cityops_desktop.station.settle import Start, settle
from cityops_desktop.store.store import Store
from drivers.registry import DRIVERS
from tests.peers import warm

ROOM = """
room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses:
  - {id: line, driver: modbus-rtu, port: /dev/ttyUSB7, baudrate: 9600}
  - {id: net, driver: modbus-tcp, host: 10.0.0.9}
devices:
  - {id: ups1, bus: line, address: 1, profile: huawei-ups2000, gap: 0, name: {zh: 一号 UPS, en: UPS one}}
  - {id: ups2, bus: line, address: 2, profile: huawei-ups2000, gap: 0}
  - {id: meter, bus: net, address: 1, profile: eastron-sdm630}
"""


def room_plan(*arguments: object, language: str = "en") -> subprocess.CompletedProcess[str]:
    command = [warm.python(), "-m", "cityops_desktop", "room", "plan", *map(str, arguments)]
    env = {**os.environ, "CITYOPS_LANG": language}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=90, check=False, env=env)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "room.yaml"
    file.write_text(ROOM, encoding="utf-8")
    return file


def test_a_plan_is_told_in_words_of_both_languages(file):
    done = room_plan("--room", file)
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["line", "modbus-rtu", "/dev/ttyUSB7"] and "ups1 UPS one" in done.stdout
    assert any("function 03: holding registers 11000 to 11027" in line and "8 +  61 bytes" in line and "97.1 ms" in line for line in lines)
    assert any("one request per value" in line for line in lines) and any(line.startswith("net ") for line in lines)
    chinese = room_plan("--room", file, language="zh_CN")
    assert chinese.returncode == 0 and "一号 UPS" in chinese.stdout and len(chinese.stdout.splitlines()) == len(lines)


def test_a_plan_is_told_to_scripts(file):
    told = [json.loads(line) for line in room_plan("--room", file, "--json").stdout.splitlines()]
    assert [one["bus"] for one in told] == ["line", "net"]
    line = told[0]
    assert line["load"] == pytest.approx(2 * line["devices"][0]["load"]) and line["verdict"] == "easy"
    assert sum(request["seconds"] / request["period"] for request in line["devices"][0]["requests"]) == pytest.approx(
        line["devices"][0]["load"]
    )
    assert line["times"]["one_per_point"] > line["times"]["adjacent"] > 1
    assert [json.loads(one)["bus"] for one in room_plan("--room", file, "--json", "--bus", "net").stdout.splitlines()] == ["net"]


def test_what_one_more_device_costs(file):
    (more,) = [json.loads(line) for line in room_plan("--room", file, "--json", "--one-more", "ups2").stdout.splitlines()]
    assert more["one_more"] == pytest.approx(1.5 * more["load"]) and (more["bus"], more["verdict"]) == ("line", "easy")
    assert room_plan("--room", file, "--one-more", "ups2").stdout.startswith("one more like ups2 on line: ")


def test_what_is_not_there_is_named(file, tmp_path):
    for option, name in (("--bus", "lime"), ("--one-more", "ups3")):
        done = room_plan("--room", file, option, name)
        assert done.returncode == Exit.USAGE and name in done.stderr and ("line, net" in done.stderr or "ups1, ups2" in done.stderr)
    assert room_plan("--room", file, "--data", tmp_path).returncode == Exit.USAGE
    assert room_plan("--data", tmp_path).returncode == Exit.STORE


def test_what_the_wires_of_a_station_taught_counts(file, tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    store = Store.open(data, SystemClock())
    try:
        assert room_plan("--data", data).returncode == Exit.CONFIGURATION, "no station has run here"
        settled = settle(data, file, DRIVERS, store, SystemClock(), Start(), None, "real")
        plain = room_plan("--data", data, "--bus", "line").stdout
        learning = Learning(settled.room, SystemClock(), store)
        learning.load()
        learning.take({"ups1": Learned(missing=frozenset({"holding 11011"}))})
        store.write(lambda conn: None).result()
        done = room_plan("--data", data, "--bus", "line")
    finally:
        store.close()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("refuses: holding 11011") == 2, "both are of this model"
    assert "registers 11000 to 11027" in plain
    assert "registers 11000 to 11027" not in done.stdout and "registers 11014 to 11027" in done.stdout
