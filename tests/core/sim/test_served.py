"""The simulator as a process: mbpoll (an independent master) and our drivers read it on every wire; it starts, stops and cleans up."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import threading

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.paths import ROOMS
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.faults import Fault, FaultKind, Story
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.run import Simulator
from drivers.registry import DRIVERS
from tests.core.sim import small_room
from tests.peers.sim import SimPeer

MBPOLL = shutil.which("mbpoll")
needs_mbpoll = pytest.mark.skipif(MBPOLL is None, reason="mbpoll is not installed")


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sim")
    with SimPeer(small_room.write(folder), folder / "out") as running:
        yield running


@pytest.fixture
def room(peer):
    return load_room(peer.room, DRIVERS)


def mbpoll(*arguments):
    """The values that mbpoll prints, and its whole output."""
    done = subprocess.run([MBPOLL, "-0", "-1", *map(str, arguments)], capture_output=True, text=True, timeout=30)
    found = re.findall(r"^\[\d+\]:\s+(\S+)", done.stdout, re.MULTILINE)
    return [float(value) for value in found], done.stdout + done.stderr


def bus_of(room, bus_id):
    return next(bus for bus in room.buses if bus.id == bus_id)


def read_all(room):
    """Every point, through the driver of its bus, once."""
    found = {}
    for bus in room.buses:
        driver = DRIVERS[bus.driver]
        devices = [device for device in room.devices if device.bus == bus.id]
        session = driver.connect(bus, devices, SystemClock())
        for device in devices:
            for request in driver.plan(bus, device, device.points):
                found |= {reading.point: reading for reading in session.execute(request).readings}
        session.close()
    return found


def test_the_written_room_loads_with_real_ports(peer, room):
    assert bus_of(room, "line").options.port == str(peer.folder / "line")
    assert (peer.folder / "line").is_symlink()
    for bus in ("server", "gateway"):
        assert bus_of(room, bus).options.host == "127.0.0.1" and bus_of(room, bus).options.port > 1024


def test_the_drivers_read_on_every_wire_what_was_set(peer, room):
    wanted = {"th.t": 31.5, "th.rh": 44.4, "rope.wet": 1, "rope.distance": 12.5, "thing.f": -7.25, "thing.name": "abc", "thing.door": 1}
    for point, value in wanted.items():
        assert peer.set(point, value) > 1_600_000_000_000
    found = read_all(room)
    assert {point: reading.value for point, reading in found.items()} == wanted
    assert {reading.quality for reading in found.values()} == {Quality.GOOD}
    for point in wanted:
        peer.release(point)


@needs_mbpoll
def test_mbpoll_reads_the_line_as_rtu(peer):
    peer.set("th.t", 30.5)
    peer.set("th.rh", 54.6)
    line = peer.folder / "line"
    assert mbpoll("-m", "rtu", "-b", 115200, "-P", "none", "-a", 3, "-t", 3, "-r", 1, "-c", 2, line)[0] == [305, 546]


@needs_mbpoll
def test_mbpoll_gets_no_answer_from_a_unit_that_is_not_there(peer):
    values, said = mbpoll("-m", "rtu", "-b", 115200, "-P", "none", "-a", 9, "-t", 3, "-r", 1, "-c", 2, "-o", 0.1, peer.folder / "line")
    assert values == [] and "timed out" in said


@needs_mbpoll
def test_mbpoll_reads_the_gateway_over_tcp(peer, room):
    peer.set("thing.f", 21.75)
    peer.set("thing.door", 1)
    port = bus_of(room, "gateway").options.port
    assert mbpoll("-p", port, "-a", 7, "-t", "3:float", "-B", "-r", 10, "-c", 1, "127.0.0.1")[0] == [21.75]
    assert mbpoll("-p", port, "-a", 7, "-t", 1, "-r", 4, "-c", 1, "127.0.0.1")[0] == [1]


@needs_mbpoll
@pytest.mark.parametrize("table", [0, 1, 3, 4])
def test_a_register_that_the_unit_does_not_have_is_an_exception(room, table):
    values, said = mbpoll("-p", bus_of(room, "gateway").options.port, "-a", 7, "-t", table, "-r", 2000, "-c", 1, "127.0.0.1")
    assert values == [] and "Illegal data address" in said


@needs_mbpoll
def test_nothing_can_be_written(room):
    _, said = mbpoll("-p", bus_of(room, "gateway").options.port, "-a", 7, "-t", 4, "-r", 90, "127.0.0.1", 5)
    assert "Illegal data address" in said


def test_every_point_of_the_demo_room_answers_on_its_wire(tmp_path):
    with SimPeer(ROOMS / "demo.yaml", tmp_path) as running:
        demo = load_room(running.room, DRIVERS)
        found = read_all(demo)
    assert found.keys() == demo.points().keys()
    assert [reading for reading in found.values() if reading.quality is not Quality.GOOD] == []


def test_a_sigterm_ends_it_cleanly_and_takes_the_links_away(tmp_path):
    with SimPeer(small_room.write(tmp_path), tmp_path / "out") as running:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0
        assert not os.path.lexists(tmp_path / "out" / "line")


def test_the_end_of_its_input_ends_it_too(tmp_path):
    with SimPeer(small_room.write(tmp_path), tmp_path / "out") as running:
        assert running.stop() == 0
    assert not os.path.lexists(tmp_path / "out" / "line")


def test_what_a_killed_one_left_behind_does_not_disturb_the_next(tmp_path):
    path = small_room.write(tmp_path)
    with SimPeer(path, tmp_path / "out") as running:
        running.process.kill()
        running.process.wait(30)
    assert (tmp_path / "out" / "line").is_symlink()
    with SimPeer(path, tmp_path / "out") as running:
        assert read_all(load_room(running.room, DRIVERS))["th.t"].quality is Quality.GOOD


class InThread:
    """A simulator in a loop of its own thread, with sockets in place of ptys, so that a test can reach its plant."""

    def __init__(self, folder):
        self.plant = Plant(small_room.room(), story=Story(()))
        self.simulator = Simulator(small_room.room(), folder, self.plant, ptys=False)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)

    def __enter__(self):
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.simulator.open(), self.loop).result(30)
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.simulator.close(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def test_without_ptys_the_line_is_a_socket_and_a_dead_unit_is_silent(tmp_path):
    with InThread(tmp_path) as sim:
        assert re.fullmatch(r"socket://127\.0\.0\.1:\d+", sim.simulator.wires["line"]["port"])
        room = small_room.room()
        bus = bus_of(room, "line")
        bus = type(bus)(bus.id, bus.driver, bus.names, type(bus.options)(port=sim.simulator.wires["line"]["port"], timeout=0.1))
        driver, device = DRIVERS["modbus-rtu"], room.devices[0]
        (request,) = driver.plan(bus, device, device.points)
        for _ in range(2):
            session = driver.connect(bus, [device], SystemClock())
            assert all(reading.usable for reading in session.execute(request).readings)
            session.close()
        sim.plant.physics.faults.start(Fault(FaultKind.DEAD_UNIT, "th"))
        session = driver.connect(bus, [device], SystemClock())
        assert {reading.reason for reading in session.execute(request).readings} == {Reason.NO_ANSWER}
        session.close()


def test_a_bus_of_another_kind_is_refused(tmp_path):
    room = small_room.room()
    bus = room.buses[0]
    strange = type(bus)("line", "nut", bus.names, bus.options)
    simulator = Simulator(room, tmp_path, Plant(room))
    with pytest.raises(OperatorError, match="does not speak"):
        asyncio.run(simulator._open(strange))
