"""Serial ports on a machine that is a folder: its ports are the two ends of a cable of socat, this test its only process."""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cityops_desktop.doctor import adapters, ports
from cityops_desktop.doctor.finding import Machine
from tests.core.doctor.telling import told

BY_ID = "/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """/dev/ttyUSB0 with a lasting name and /dev/ttyUSB1 without one, both real ttys; /dev/ttyS0 has no chip."""
    for folder in ("dev/serial/by-id", "sys/class/tty/ttyUSB0/device", "sys/class/tty/ttyUSB1/device", "sys/class/tty/ttyS0/device"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "sys/class/tty/tty0").mkdir()
    (tmp_path / "sys/class/tty/ttyS0/type").write_text("0\n")
    (tmp_path / "dev/ttyS0").touch()
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / str(os.getpid())).symlink_to(f"/proc/{os.getpid()}")
    ends = [f"pty,raw,echo=0,link={tmp_path}/dev/ttyUSB{number}" for number in (0, 1)]
    process = subprocess.Popen(["socat", *ends])
    try:
        end = time.monotonic() + 30
        while not all((tmp_path / f"dev/ttyUSB{number}").exists() for number in (0, 1)):
            assert process.poll() is None and time.monotonic() < end, "socat made no ports"
            time.sleep(0.02)
        (tmp_path / BY_ID[1:]).symlink_to("../../ttyUSB0")
        yield Machine(root=tmp_path)
    finally:
        process.kill()
        process.wait()


def real(machine: Machine, name: str) -> str:
    return str((machine.dev / name).resolve())


def test_ports_that_are_free(machine: Machine) -> None:
    assert sorted(told(ports.look(machine, {}, None))) == sorted(
        [
            f"fine: {real(machine, 'ttyUSB0')}: this user may open it (lasting name: {BY_ID})",
            f"fine: {real(machine, 'ttyUSB1')}: this user may open it (lasting name: -)",
        ]
    )


def test_who_has_a_port_open(machine: Machine) -> None:
    handle = os.open(machine.dev / "ttyUSB1", os.O_RDWR | os.O_NOCTTY)
    try:
        mine = f"{real(machine, 'ttyUSB1')} is open in another program: "
        found = [line for line in told(ports.look(machine, {}, None)) if mine in line]
        assert len(found) == 1 and found[0].startswith("wrong:") and f"(pid {os.getpid()})" in found[0]
        station = [line for line in told(ports.look(machine, {}, os.getpid())) if "is open in the station" in line]
        assert len(station) == 1 and station[0].startswith("fine:")
    finally:
        os.close(handle)


def test_a_port_that_this_user_may_not_open(machine: Machine) -> None:
    refused = replace(machine, may_open=lambda path: path != (machine.dev / "ttyUSB1").resolve())
    found = [line for line in told(ports.look(refused, {}, None)) if line.startswith("wrong:")]
    assert len(found) == 1
    group = (machine.dev / "ttyUSB1").group()
    assert f"{real(machine, 'ttyUSB1')}: this user may not open it (group {group})" in found[0]
    assert f"usermod -aG {group} USER" in found[0]


def test_the_ports_of_a_room(machine: Machine) -> None:
    (machine.dev / "nothing").touch()
    named = {"a": "/dev/ttyUSB0", "b": BY_ID, "c": "/dev/ttyUSB1", "d": "/dev/ttyUSB7", "e": "/dev/nothing"}
    found = [line for line in told(ports.look(machine, named, None)) if "bus" in line]
    assert found == [
        "advice: the room file's bus “a” names /dev/ttyUSB0, which may be another adapter after a restart → write port: " + BY_ID,
        f"fine: the room file's bus “b” has its port {BY_ID}",
        "fine: the room file's bus “c” has its port /dev/ttyUSB1",
        "wrong: the room file's bus “d” needs /dev/ttyUSB7, which does not exist"
        " → plug the adapter in, or correct the port in the room file",
        "wrong: the room file's bus “e” names /dev/nothing, which is no port → correct the port in the room file",
    ]


def test_a_machine_without_ports(tmp_path: Path) -> None:
    assert told(ports.look(Machine(root=tmp_path), {}, None)) == ["fine: this machine has no serial port"]


def test_the_latency_timers_of_adapters(tmp_path: Path) -> None:
    machine = Machine(root=tmp_path)
    assert told(adapters.look(machine, {})) == ["fine: no USB adapter with a latency timer"]
    (tmp_path / "dev/serial/by-path").mkdir(parents=True)
    (tmp_path / "dev/serial/by-path/usb-0:1").symlink_to("../../ttyUSB0")
    for name, text in (("ttyUSB0", "16\n"), ("ttyUSB1", "2\n"), ("ttyUSB2", "\n")):
        (tmp_path / "sys/bus/usb-serial/devices" / name).mkdir(parents=True)
        (tmp_path / "sys/bus/usb-serial/devices" / name / "latency_timer").write_text(text)
    slow, quick, strange = told(adapters.look(machine, {"line1": "/dev/serial/by-path/usb-0:1", "line2": "/dev/ttyUSB1"}))
    assert slow.startswith("wrong: ttyUSB0 (line1) holds back what it receives for 16 ms")
    assert "echo 1 > /sys/bus/usb-serial/devices/ttyUSB0/latency_timer" in slow and 'ATTR{latency_timer}="1"' in slow
    assert quick == "fine: ttyUSB1 (line2) hands on at once what it receives (2 ms)"
    assert strange.startswith("unknown:")
