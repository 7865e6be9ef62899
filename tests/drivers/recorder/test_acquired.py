"""Recorders and badge events through the whole acquisition: values, a server that goes and comes, and one that hangs."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cityops_desktop.acquire.acquisition import Acquisition
from cityops_desktop.acquire.report import BusReport, WireState
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.room import load_room
from drivers.badge.driver import BadgeDriver
from drivers.recorder.driver import RecorderDriver
from tests.drivers.recorder.test_recorder import HIK, HIK_INFO, serving
from tests.peers.slaves import free_port
from tests.peers.webservers import answering

ROOM = """room: {{id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: nvr, driver: recorder-http, host: 127.0.0.1, port: {port}, timeout: 1}}
  - {{id: doors, driver: badge-events, file: "{file}", columns: {{time: t, door: d, event: e}}, words: {{denied: [no]}}}}
devices:
  - id: a
    bus: nvr
    profile: recorder-hikvision
    timeout: 1
    interval: 0
    overrides: {{reachable: {{period: 0.2}}, cameras: {{period: 0.3}}}}
  - {{id: door, bus: doors, door: A, profile: badge-door, overrides: {{denied: {{period: 0.2}}}}}}
"""


class Seen:
    """The newest of all reports."""

    def __init__(self) -> None:
        self.reports: list[BusReport] = []

    def readings(self) -> dict[str, Reading]:
        return {reading.point: reading for report in list(self.reports) for reading in report.readings}

    def until(self, enough: Callable[[dict[str, Reading]], bool]) -> dict[str, Reading]:
        end = time.monotonic() + 30
        while not enough(readings := self.readings()):
            assert time.monotonic() < end, readings
            time.sleep(0.01)
        return readings


@contextmanager
def acquired(folder: Path, port: int) -> Iterator[Seen]:
    file = folder / "events.csv"
    file.write_text("t,d,e\n2026-11-23T08:00:00,A,no\n", "utf-8")
    (folder / "room.yaml").write_text(ROOM.format(port=port, file=file), "utf-8")
    drivers = {driver.name: driver for driver in (RecorderDriver(), BadgeDriver())}
    seen = Seen()
    acquisition = Acquisition(load_room(folder / "room.yaml", drivers), drivers, SystemClock(), seen.reports.append)
    acquisition.start()
    try:
        yield seen
    finally:
        assert acquisition.stop(20) == []


def test_values_of_both_and_a_recorder_that_goes_and_comes(tmp_path: Path) -> None:
    port = free_port()
    with acquired(tmp_path, port) as seen:
        seen.until(lambda readings: "a.reachable" in readings and readings["a.reachable"].value == 0)
        seen.until(lambda readings: "door.denied" in readings and readings["door.denied"].value == 1)
        with answering(serving({**HIK, "/ISAPI/System/deviceInfo": HIK_INFO}), port):
            readings = seen.until(lambda readings: readings["a.reachable"].value == 1 and readings["a.cameras"].value == 1)
        assert readings["a.cameras"].quality is Quality.GOOD
        readings = seen.until(lambda readings: readings["a.reachable"].value == 0 and not readings["a.cameras"].usable)
        assert readings["a.cameras"].reason in (Reason.CONNECTION_REFUSED, Reason.CONNECTION_LOST, Reason.NO_ANSWER)
        assert any("a" in report.silent for report in seen.reports), "the alarm is that of a silent device"
        with (tmp_path / "events.csv").open("a") as file:
            file.write("2026-11-23T08:00:01,A,no\n")
        seen.until(lambda readings: readings["door.denied"].value == 2)
    assert all(report.state is not WireState.DOWN for report in seen.reports), "that it is gone is one value, not a lost line"


def test_a_server_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    def hang(connection: socket.socket, head: bytes) -> None:
        connection.recv(1)

    with answering(hang) as port, acquired(tmp_path, port) as seen:
        seen.until(lambda readings: readings.get("door.denied") is not None and readings["door.denied"].value == 1)
        readings = seen.until(lambda readings: "a.disks" in readings and readings["a.reachable"].value == 0)
        assert readings["a.disks"].reason is Reason.NO_ANSWER
