"""The simulator as a process: mbpoll (an independent master) and our drivers read it on every wire; it starts, stops and cleans up."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import replace

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.derive.source import measured
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.drivers import WireError
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.paths import ROOMS
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.access import MOST_CALLERS, find_door
from cityops_desktop.sim.faults import Fault, FaultKind
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.run import Simulator
from cityops_desktop.sim.story import Story
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
        found = read_all(measured(demo))
    assert found.keys() == measured(demo).points().keys()
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
    with SimPeer(path, tmp_path / "out", cold=True) as running:
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

    def bus(self, name, **options):
        """The bus with the wires that the simulator gave it."""
        bus = bus_of(small_room.room(), name)
        return type(bus)(bus.id, bus.driver, bus.names, bus.options.model_copy(update={**self.simulator.wires[name], **options}))

    def ask(self, name, **options):
        """What the driver reads of the bus's device in a session of its own."""
        bus, room = self.bus(name, **options), small_room.room()
        device = next(device for device in room.devices if device.bus == name)
        driver = DRIVERS[bus.driver]
        session = driver.connect(bus, [device], SystemClock())
        try:
            found = []
            for request in driver.plan(bus, device, device.points):
                found += session.execute(request).readings
            return found
        finally:
            session.close()

    def fault(self, kind, subject, amount=0.0, begins=True):
        """Start or stop a fault as the tick would see it."""
        faults = self.plant.physics.faults

        async def change():
            if begins:
                faults.start(Fault(kind, subject, amount))
            else:
                faults.stop(kind, subject)
            await self.simulator.follow()

        asyncio.run_coroutine_threadsafe(change(), self.loop).result(30)


@pytest.fixture
def sim(tmp_path):
    with InThread(tmp_path) as running:
        yield running


def reasons(readings):
    return {reading.reason for reading in readings}


DEVICES = {"line": "th", "server": "rope", "gateway": "thing"}


@pytest.mark.parametrize("bus", DEVICES)
def test_a_dead_unit_is_silent_on_every_wire_and_comes_back(sim, bus):
    for _ in range(2):
        assert all(reading.usable for reading in sim.ask(bus))
    sim.fault(FaultKind.DEAD_SLAVE, DEVICES[bus])
    assert reasons(sim.ask(bus, timeout=0.1)) == {Reason.NO_ANSWER}
    sim.fault(FaultKind.DEAD_SLAVE, DEVICES[bus], begins=False)
    assert all(reading.usable for reading in sim.ask(bus))


def test_without_ptys_the_line_is_a_socket(sim):
    assert re.fullmatch(r"socket://127\.0\.0\.1:\d+", sim.simulator.wires["line"]["port"])


@pytest.mark.parametrize("bus", DEVICES)
def test_a_slow_unit_answers_too_late_for_the_impatient(sim, bus):
    sim.fault(FaultKind.SLOW_SLAVE, DEVICES[bus], 1.0)
    assert reasons(sim.ask(bus, timeout=0.1)) == {Reason.NO_ANSWER}
    assert all(reading.usable for reading in sim.ask(bus, timeout=5.0))


@pytest.mark.parametrize("bus", ["line", "server"])
def test_noise_spoils_the_answer_and_is_found(sim, bus):
    sim.fault(FaultKind.NOISE, bus, 100.0)
    for _ in range(5):
        assert not any(reading.usable for reading in sim.ask(bus, timeout=0.2))
    sim.fault(FaultKind.NOISE, bus, begins=False)
    assert all(reading.usable for reading in sim.ask(bus))


@pytest.mark.parametrize("bus", DEVICES)
def test_an_unplugged_bus_is_gone_and_comes_back_where_it_was(sim, bus):
    wired = dict(sim.simulator.wires[bus])
    sim.fault(FaultKind.BUS_UNPLUGGED, bus)
    with pytest.raises(WireError) as error:
        sim.ask(bus, timeout=0.2)
    assert error.value.reason is Reason.CONNECTION_REFUSED
    sim.fault(FaultKind.BUS_UNPLUGGED, bus, begins=False)
    assert all(reading.usable for reading in sim.ask(bus)) and sim.simulator.wires[bus] == wired


def test_who_is_connected_when_the_bus_is_unplugged_notices(sim):
    with socket.create_connection(("127.0.0.1", sim.simulator.wires["gateway"]["port"]), timeout=30) as connection:
        sim.ask("gateway")
        sim.fault(FaultKind.BUS_UNPLUGGED, "gateway")
        assert connection.recv(1) == b""


def ask_door(folder, order, token=None):
    door = find_door(folder)
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as connection, connection.makefile("rw") as file:
        file.write(json.dumps({"token": token or door.token, **order}) + "\n")
        file.flush()
        answer = json.loads(file.readline())
        return answer, file.readline() if not answer["ok"] else None


def test_the_door_opens_to_its_token_only(peer):
    assert ask_door(peer.folder, {"fault": "list"}, "x" * 43) == ({"ok": False, "error": "wrong token"}, "")
    answer, _ = ask_door(peer.folder, {"fault": "list"})
    assert answer["ok"] and answer["active"] == [] and answer["speed"] == 1
    assert (peer.folder / "control.json").stat().st_mode & 0o077 == 0


def test_a_fault_through_the_door_reaches_the_pty(peer):
    ask_door(peer.folder, {"fault": "start", "kind": "bus_unplugged", "subject": "line"})
    wait_for(lambda: not os.path.lexists(peer.folder / "line"))
    ask_door(peer.folder, {"fault": "stop"})
    wait_for(lambda: os.path.lexists(peer.folder / "line"))
    assert read_all(load_room(peer.room, DRIVERS))["th.t"].quality is Quality.GOOD


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_door_is_closed_when_the_simulator_ends(tmp_path):
    with SimPeer(small_room.write(tmp_path), tmp_path / "out") as running:
        assert find_door(running.folder) is not None
        assert running.stop() == 0
    assert find_door(tmp_path / "out") is None


def test_nobody_is_told_the_token_of_a_simulator_that_was_killed(tmp_path):
    with SimPeer(small_room.write(tmp_path), tmp_path / "out", cold=True) as running:
        assert find_door(running.folder) is not None and find_door(running.folder) is not None
        running.process.kill()
        running.process.wait()
        assert (running.folder / "control.json").exists(), "left behind: its port may be anybody's by now"
        assert find_door(running.folder) is None and find_door(running.folder) is None


@pytest.mark.parametrize("line", [b"[" * 60_000, b'{"token": "\\ud800"}', b"x" * 70_000], ids=["deep", "half a sign", "too long"])
def test_whatever_is_said_at_the_door_it_stays_open_for_others(peer, line):
    with socket.create_connection(("127.0.0.1", find_door(peer.folder).port), timeout=10) as caller:
        caller.sendall(line + b"\n")
        with contextlib.suppress(ConnectionError):
            assert b'ok": true' not in caller.recv(100)
    assert ask_door(peer.folder, {"fault": "list"})[0]["ok"]


def test_only_so_many_stand_at_the_door(peer):
    port = find_door(peer.folder).port
    with contextlib.ExitStack() as stack:
        callers = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(MOST_CALLERS + 1)]
        with contextlib.suppress(ConnectionError):
            assert callers[-1].recv(1) == b"", "sent away"
    wait_for(lambda: ask_door_again(peer))


def ask_door_again(peer):
    try:
        return ask_door(peer.folder, {"fault": "list"})[0]["ok"]
    except (OSError, ValueError):
        return False


def test_a_bus_of_another_kind_is_refused(tmp_path):
    room = small_room.room()
    bus = room.buses[0]
    plant = Plant(room)
    simulator = Simulator(replace(room, buses=(type(bus)("line", "nut", bus.names, bus.options),)), tmp_path, plant)
    with pytest.raises(OperatorError, match="does not speak"):
        asyncio.run(simulator.open())
