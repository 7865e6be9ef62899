"""The alarm outputs while no station is there: a real station that is killed and cannot come back, a real slave behind a tap that sees
every write; then what the process for the outputs must leave alone."""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import filelock
import pytest
import serial
from pymodbus.client import ModbusTcpClient
from sqlalchemy import select

from cityops_desktop.clock import SystemClock
from cityops_desktop.link import files
from cityops_desktop.model.identities import Fingerprint, Standing
from cityops_desktop.model.rooms import Room
from cityops_desktop.room import load_room
from cityops_desktop.station import relief
from cityops_desktop.station.relief import Relief, only_outputs, run_relief
from cityops_desktop.store import changes
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from drivers.registry import DRIVERS
from tests.peers import warm
from tests.peers.modbus_tap import Tap, tapped
from tests.peers.ptys import pty_pair
from tests.peers.slaves import HERE, build_libmodbus_slave, libmodbus_rtu, running
from tests.peers.station import PATIENCE, StationPeer

ROOM = """
room: {{id: r1, name: x, domain: c/d/s/r1, timezone: Asia/Shanghai}}
alarm_outputs:
  - {{id: lamp, kind: beacon, point: io.lamp, level: major}}
  - {{id: horn, kind: horn, point: io.horn, level: critical, energised: quiet{hold}}}
buses:
  - {{id: tcp, driver: {driver}, host: 127.0.0.1, port: {port}, timeout: 0.3{more}}}
devices:
  - id: th
    bus: tcp
    address: 1
    points: [{{id: temp, kind: analog, table: holding, address: 10, type: int16, scale: 0.1, period: 0.2}}]
  - id: io
    bus: tcp
    address: 2
    points:
      - {{id: lamp, kind: digital, table: coil, address: 3, period: 0.2, write: {{states: [0, 1]}}}}
      - {{id: horn, kind: digital, table: coil, address: 4, period: 0.2, write: {{states: [0, 1]}}}}
      - {{id: spare, kind: digital, table: coil, address: 5, period: 0.2, write: {{states: [0, 1]}}}}
"""
LAMP, HORN = 3, 4


class Site:
    """A slave with relays, the tap before it, and a room file that goes through the tap."""

    def __init__(self, folder: Path, slave: int, tap: Tap) -> None:
        self.folder, self.tap = folder, tap
        self.slave = ModbusTcpClient("127.0.0.1", port=slave)
        self.slave.connect()
        self.data = folder / "data"

    def room(self, driver: str = "modbus-tcp", more: str = "", hold: str = "") -> Path:
        path = self.folder / "room.yaml"
        path.write_text(ROOM.format(port=self.tap.port, driver=driver, more=more, hold=hold), "utf-8")
        return path

    def relays(self) -> tuple[bool, bool]:
        """Lamp, horn: as the module itself says."""
        bits = self.slave.read_coils(LAMP, count=2, device_id=2).bits
        return bool(bits[0]), bool(bits[1])

    def lay(self, lamp: int, horn: int) -> None:
        self.slave.write_coils(LAMP, [bool(lamp), bool(horn)], device_id=2)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running([warm.python(), HERE / "pymodbus_slave.py", "tcp", "1", "2"]) as line, tapped(int(line)) as tap:
        here = Site(tmp_path, int(line), tap)
        yield here
        here.slave.close()


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.mark.parametrize("moment", range(2))
def test_a_station_that_is_killed_and_cannot_come_back_leaves_no_silent_room(site: Site, moment: int):
    """Quiet: lamp dark, horn's relay drawn. Killed at any moment, with its directory taken by somebody else: lamp lit, horn dropped out."""
    peer = StationPeer(site.room(), site.data).wait_ready()
    try:
        until(lambda: site.relays() == (False, True), "the station never made it quiet")
        until(lambda: (site.data / files.OUTPUTS).exists(), "the station left no word")
        time.sleep(random.random() * 0.6)
        os.kill(peer.child(), signal.SIGKILL)
        taken = filelock.FileLock(site.data / "station.lock")
        with taken.acquire(timeout=30, poll_interval=0.005):
            until(lambda: site.relays() == (True, False), "no alarm output sounds without the station")
            until((site.data / files.UNATTENDED).exists, "what was done is not noted")
        peer.wait_ready()
        until(lambda: site.relays() == (False, True), "the station that is back did not make it quiet")
        until(lambda: not (site.data / files.UNATTENDED).exists(), "the station did not take it into its log")
    finally:
        peer.stop()
    assert {(function, address) for function, address, _ in site.tap.writes} <= {(5, LAMP), (5, HORN)}, "nothing else was ever written"
    rows = log_of(site.data)
    assert {(row["output"], row["value"], row["outcome"]) for row in rows} == {("lamp", 1, "done"), ("horn", 0, "done")}


def log_of(data: Path) -> list[dict[str, Any]]:
    store = Store.open(data, SystemClock(), "real")
    try:
        assert store.read(changes.verify) is None
        query = select(change.c.body).where(change.c.kind == relief.UNATTENDED).order_by(change.c.seq)
        return [json.loads(body) for body in store.read(lambda conn: conn.execute(query).scalars().all())]
    finally:
        store.close()


class Unattended:
    """A Relief in this process, on real wires."""

    def __init__(self, site: Site, path: Path, admitted: dict[str, Fingerprint | None] | None = None) -> None:
        site.data.mkdir(exist_ok=True)
        self.data = site.data
        self.room: Room = load_room(path, DRIVERS)
        self.relief = Relief(site.data, self.room, DRIVERS, {"io": Fingerprint()} if admitted is None else admitted, SystemClock())
        self.silenced = False
        self.relief.start()

    def until(self, condition: Callable[[], object], what: str) -> None:
        def turned() -> object:
            self.relief.turn(self.silenced)
            return condition()

        until(turned, what)

    def noted(self) -> list[dict[str, Any]]:
        path = self.data / files.UNATTENDED
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_nothing_is_written_before_the_station_is_given_up(site: Site, expected_log):
    expected_log("no station: the alarm output")
    site.lay(0, 1)
    here = Unattended(site, site.room())
    here.until(lambda: all(r.reading is not None for r in here.relief._relays.values()), "the relays were never read")
    assert site.tap.writes == [] and site.relays() == (False, True)
    here.relief.sound()
    here.until(lambda: site.relays() == (True, False), "nothing sounds")
    here.relief.stop()
    assert {(f, a) for f, a, _ in site.tap.writes} == {(5, LAMP), (5, HORN)}


def test_a_person_at_a_console_without_a_station_silences_the_horn_and_not_the_lamp(site: Site, expected_log):
    expected_log("no station: the alarm output")
    here = Unattended(site, site.room())
    here.relief.sound()
    here.until(lambda: site.relays() == (True, False), "nothing sounds")
    here.silenced = True
    here.until(lambda: site.relays() == (True, True), "the horn goes on")
    here.silenced = False
    here.until(lambda: site.relays() == (True, False), "the horn stays silent for ever")
    here.relief.stop()


def test_a_relay_that_drops_out_is_fed(site: Site, expected_log):
    expected_log("no station: the alarm output")
    here = Unattended(site, site.room(hold=", hold: 3"))
    here.relief.sound()
    here.until(lambda: sum(write == (5, HORN, 0) for write in site.tap.writes) >= 3, "it is not fed")
    assert sum(write == (5, LAMP, 1) for write in site.tap.writes) == 1, "what holds by itself is left alone"
    here.relief.stop()
    assert len(here.noted()) == 2, "feeding is noted once"


def test_a_device_that_waits_for_its_admission_is_not_written_to(site: Site, expected_log):
    expected_log("not_admitted")
    site.lay(0, 1)
    here = Unattended(site, site.room(), {"io": None})
    here.relief.sound()
    here.until(lambda: len(here.noted()) == 2, "it is not said")
    here.relief.stop()
    assert site.tap.writes == [] and {line["code"] for line in here.noted()} == {"not_admitted"}


def test_another_device_in_its_place_is_not_written_to(site: Site, expected_log):
    expected_log("not_admitted")
    site.lay(0, 1)
    here = Unattended(site, site.room(), {"io": Fingerprint(facts={"vendor": "somebody else", "maker": "x"})})
    here.relief._meet("io", relief.Identity({"vendor": "not that one"}))
    here.relief.sound()
    here.until(lambda: len(here.noted()) == 2, "it is not said")
    here.relief.stop()
    assert site.tap.writes == []


def test_a_module_that_does_not_answer_is_tried_until_it_does_and_noted_once(tmp_path: Path, site: Site, expected_log):
    expected_log("no station: the alarm output")
    path = site.room()
    path.write_text(path.read_text("utf-8").replace("address: 2\n", "address: 9\n"), "utf-8")
    here = Unattended(site, path)
    here.relief.sound()
    here.until(lambda: len(here.noted()) == 2, "it is not said")
    assert {line["outcome"] for line in here.noted()} == {"failed"}
    here.relief.stop()


@pytest.mark.parametrize("listen", [0, 3])
def test_a_serial_line_that_somebody_still_holds_is_taken_when_it_is_let_go(tmp_path: Path, listen: int, expected_log):
    """The dying station has its port open; libmodbus as the module on a pty."""
    expected_log("no station: the alarm output")
    program = build_libmodbus_slave(tmp_path)
    with pty_pair() as (ours, theirs), libmodbus_rtu(program, theirs, 2, 100, ["c:3:0", "c:4:1"]):
        path = tmp_path / "room.yaml"
        text = ROOM.format(port=1, driver="modbus-tcp", more="", hold="").replace(
            "modbus-tcp, host: 127.0.0.1, port: 1", f"modbus-rtu, port: {ours}, listen: {listen}"
        )
        path.write_text(text, "utf-8")
        held = serial.Serial(ours, exclusive=True)
        here = Relief(tmp_path, load_room(path, DRIVERS), DRIVERS, {"io": Fingerprint()}, SystemClock())
        here.start()
        here.sound()
        lines = lambda: (tmp_path / files.UNATTENDED).read_text().splitlines() if (tmp_path / files.UNATTENDED).exists() else []  # noqa: E731

        def turned(n: int) -> Callable[[], bool]:
            return lambda: (here.turn(False), len(lines()) >= n)[1]

        until(turned(2), "it is not said that the line cannot be had")
        assert {json.loads(line)["code"] for line in lines()} == {"no_line"}
        held.close()
        until(turned(4), "nothing sounds")
        here.stop()
    assert {(json.loads(line)["output"], json.loads(line)["after"], json.loads(line)["outcome"]) for line in lines()[2:]} >= {
        ("lamp", 1, "done"),
        ("horn", 0, "done"),
    }


def test_a_line_that_is_only_listened_to_is_never_spoken_on(tmp_path: Path, site: Site, expected_log):
    """The room file is refused with such an output; and were it not, nothing would be sent."""
    expected_log("listen_only")
    path = site.room("modbus-rtu-tcp", ", listen: 0")
    room = load_room(path, DRIVERS)
    [bus] = room.buses
    silent = bus.__class__(bus.id, bus.driver, bus.names, bus.options.model_copy(update={"listen_only": True}))  # type: ignore[attr-defined]
    site.data.mkdir()
    here = Relief(site.data, relief.replace(room, buses=(silent,)), DRIVERS, {"io": Fingerprint()}, SystemClock())
    here.start()
    here.sound()

    def turned() -> bool:
        here.turn(False)
        return (site.data / files.UNATTENDED).exists()

    until(turned, "it is not said")
    here.stop()
    assert site.tap.writes == []


def test_only_the_outputs_and_what_they_hang_on_are_left_of_the_room(site: Site):
    room = only_outputs(load_room(site.room(), DRIVERS))
    assert [device.id for device in room.devices] == ["io"] and [bus.id for bus in room.buses] == ["tcp"]
    assert sorted(room.points()) == ["io.horn", "io.lamp"]


def test_the_word_that_is_left_names_who_was_admitted_and_nothing_where_there_is_no_output(site: Site, tmp_path: Path):
    room = load_room(site.room(), DRIVERS)
    known = Standing("io", Fingerprint({"bus": "tcp"}, {"vendor": "x"}), None, 0)
    word = json.loads(relief.plan(tmp_path / "r.yaml", room, lambda id: known))
    assert word == {
        "room": str(tmp_path / "r.yaml"),
        "devices": {"io": {"place": {"bus": "tcp"}, "facts": {"vendor": "x"}, "behaviour": False}},
    }
    waits = Standing("io", None, Fingerprint(), 0)
    assert json.loads(relief.plan(tmp_path / "r.yaml", room, lambda id: waits))["devices"] == {"io": None}
    relief.leave(tmp_path, relief.plan(tmp_path, room, lambda id: known))
    assert files.outputs_declared(tmp_path)
    relief.leave(tmp_path, relief.plan(tmp_path, relief.replace(room, alarm_outputs=()), lambda id: known))
    assert not files.outputs_declared(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"room": "/none", "devices": {}}', '{"room": 5, "devices": {"io": []}}'])
def test_a_word_that_cannot_be_read_ends_it_with_a_reason(tmp_path: Path, text: str, expected_log, monkeypatch):
    expected_log("cannot be read")
    (tmp_path / files.OUTPUTS).write_text(text)
    monkeypatch.setattr("sys.stdin", [])
    assert run_relief(tmp_path, DRIVERS) == 3


def test_what_was_noted_is_taken_over_line_by_line_whatever_else_stands_there(tmp_path: Path, expected_log):
    expected_log("not a line of what drove")
    line = {"time": 5, "output": "horn", "point": "io.horn", "value": 0, "outcome": "done", "code": "", "before": 1, "after": 0}
    (tmp_path / files.UNATTENDED).write_text("\n".join(["no", "{}", "[1]", json.dumps(line), '{"time": "x"}']))
    store = Store.open(tmp_path, SystemClock(), "real")
    try:
        assert store.write(lambda conn: relief.take_over(conn, tmp_path)).result(30) == 1
    finally:
        store.close()
    [row] = log_of(tmp_path)
    assert row == {key: value for key, value in line.items() if key != "time"}
    relief.forget(tmp_path)
    assert not (tmp_path / files.UNATTENDED).exists()
