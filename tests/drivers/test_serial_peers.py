"""The serial drivers against programs that are not ours: the package dlt645 as a meter, Network UPS Tools as the master of our UPS.

And against our slaves over a real port, whose frames those masters have proved.
"""

import getpass
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Session
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.room import load_room
from drivers.registry import DRIVERS
from tests.drivers.serial_room import bus, device, fresh, point
from tests.peers import warm
from tests.peers.dlt645_meter import ADDRESS, HELD
from tests.peers.ptys import pty_pair
from tests.peers.serial_slaves import dlt_number, dz_word
from tests.peers.slaves import free_port, running

PEERS = Path(__file__).parent.parent / "peers"
CLOCK = SystemClock()
METER = {
    **{"voltage_l1": 220.5, "voltage_l2": 221.3, "voltage_l3": 219.8, "current_l1": 12.345, "current_l2": -1.25, "current_l3": 0.0},
    **{"power_total": 3.4567, "reactive_total": -0.5, "apparent_total": 3.5, "power_factor": 0.987, "frequency": 49.98},
    **{"energy_import": 12345.67, "energy_export": 0.25},
}


@contextmanager
def opened(where: Bus, *devices: Device) -> Iterator[Session]:
    session = fresh(where.driver).connect(where, devices, CLOCK)
    try:
        yield session
    finally:
        session.close()


def read(session: Session, where: Bus, unit: Device) -> dict[str, Any]:
    """All values of a device, the reason where there is none."""
    results = [session.execute(request) for request in DRIVERS[where.driver].plan(where, unit, unit.points)]
    readings = [reading for result in results for reading in result.readings]
    return {r.point.partition(".")[2]: r.value if r.reason is None else r.reason for r in readings}


def room(folder: Path, line: str, unit: str) -> Room:
    file = folder / "room.yaml"
    head = "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
    file.write_text(f"{head}buses: [{{id: line, {line}}}]\ndevices: [{{id: a, bus: line, {unit}}}]\n", encoding="utf-8")
    return load_room(file, DRIVERS)


@pytest.mark.parametrize("wire", ["dlt645-tcp", "dlt645"])
def test_a_meter_of_somebody_else(wire: str, tmp_path: Path) -> None:
    unit = f'address: "{ADDRESS}", profile: dlt645-meter, timeout: 10, ratios: {{pt: 1, ct: 1}}'
    with pty_pair() as (ours, theirs):
        port = free_port()
        line = f"driver: dlt645, port: {ours}" if wire == "dlt645" else f"driver: dlt645-tcp, host: 127.0.0.1, port: {port}"
        place = ["rtu", theirs] if wire == "dlt645" else ["tcp", str(port)]
        found = room(tmp_path, f"{line}", unit)
        with running([warm.python(), PEERS / "dlt645_meter.py", *place]), opened(found.buses[0], *found.devices) as session:
            assert read(session, found.buses[0], found.devices[0]) == METER
            identity = session.identify("a")
            assert identity is not None and "serial" in identity.facts
            assert (session.counters.timeouts, session.counters.bad_replies, session.counters.crc_errors) == (0, 0, 0)


def test_a_meter_of_somebody_else_refuses_what_it_does_not_know() -> None:
    port = free_port()
    where = bus("dlt645-tcp", host="127.0.0.1", port=port, timeout=10.0)
    unit = device("dlt645-tcp", point("dlt645", "x", item=0x020F0F0F, length=2), address=ADDRESS)
    with running([warm.python(), PEERS / "dlt645_meter.py", "tcp", str(port)]), opened(where, unit) as session:
        assert read(session, where, unit) == {"x": Reason.EXCEPTION}
    assert 0x020F0F0F not in HELD


@contextmanager
def slave(protocol: str) -> Iterator[str]:
    """Our slave of this protocol; gives the port to talk to it."""
    with pty_pair() as (ours, theirs), running([warm.python(), PEERS / "serial_slaves.py", protocol, theirs]):
        yield ours


@pytest.mark.parametrize(("program", "more"), [("nutdrv_qx", "protocol = megatec\n"), ("blazer_ser", "")])
def test_network_ups_tools_read_the_ups_that_our_driver_reads(program: str, more: str, tmp_path: Path) -> None:
    with slave("megatec") as port:
        theirs = by_nut(program, more, port, tmp_path)
        found = room(tmp_path, f"driver: megatec, port: {port}", "profile: megatec-ups, timeout: 10")
        with opened(found.buses[0], *found.devices) as session:
            ours = read(session, found.buses[0], found.devices[0])
            identity = session.identify("a")
    assert identity is not None and identity.facts == {"maker": "EXAMPLE", "model": "EX-3000", "version": "V1.07"}
    for name, key in (
        ("input.voltage", "input_voltage"),
        ("output.voltage", "output_voltage"),
        ("ups.load", "load"),
        ("input.frequency", "frequency"),
        ("battery.voltage", "battery_voltage"),
        ("ups.temperature", "temperature"),
    ):
        assert float(theirs[name]) == ours[key], name
    assert (theirs["ups.status"], ours["utility_fail"], ours["battery_low"]) == ("OB", 1, 0)
    assert (theirs["device.mfr"], theirs["device.model"], theirs["ups.firmware"]) == tuple(identity.facts.values())


def by_nut(program: str, more: str, port: str, folder: Path) -> Mapping[str, str]:
    """What a driver of Network UPS Tools reads there, once."""
    (folder / "ups.conf").write_text(f"[ups]\ndriver = {program}\nport = {port}\n{more}")
    places = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"), str(folder))
    command = [f"/lib/nut/{program}", "-a", "ups", "-u", getpass.getuser(), "-d", "1"]
    said = subprocess.run(command, env={**os.environ, **places}, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stderr
    return dict(line.split(": ", 1) for line in said.stdout.splitlines() if ": " in line)


def test_units_of_ydn23_on_one_line() -> None:
    with slave("ydn23") as port:
        where = bus("ydn23", port=port, timeout=10.0)
        units = []
        for address in (1, 2, 254):
            points = [
                point("ydn23", f"p{cid2}-{at}", device=f"d{address}", cid2=cid2, position=at)
                for cid2 in (0x42, 0x43, 0x44)
                for at in (0, 38)
            ]
            units.append(device("ydn23", *points, name=f"d{address}", address=address, cid1=0x2A))
        with opened(where, *units) as session:
            for address, unit in zip((1, 2, 254), units, strict=True):
                held = {f"p{cid2}-{at}": dz_word(address, cid2, at) for cid2 in (0x42, 0x43, 0x44) for at in (0, 38)}
                assert read(session, where, unit) == held
            identity = session.identify("d2")
            assert identity is not None and identity.facts["maker"] == "Example Power"
            assert session.counters.good == session.counters.requests


def test_meters_on_one_line() -> None:
    with slave("dlt645") as port:
        where = bus("dlt645", port=port, timeout=10.0)
        units = [
            device("dlt645", point("dlt645", "v", device=f"d{n}", item=0x02010100, length=2), name=f"d{n}", address=n) for n in (3, 123456)
        ]
        with opened(where, *units) as session:
            assert [read(session, where, unit) for unit in units] == [{"v": dlt_number(f"{n:012d}", 0x02010100)} for n in (3, 123456)]
