"""Fonts, display, sound; and gateways, which are touched only when somebody asks for it."""

import socket
from pathlib import Path

import pytest

from cityops_desktop import paths
from cityops_desktop.doctor import network, surroundings
from cityops_desktop.doctor.checks import gateways_of, serial_of
from cityops_desktop.doctor.finding import Machine
from cityops_desktop.model.points import Names
from cityops_desktop.model.rooms import Bus
from drivers.line.options import SerialBus, TcpBus
from tests.core.doctor.telling import told
from tests.peers.slaves import free_port


def machine(tmp_path: Path, *, players: tuple[str, ...] = ("aplay",), **environ: str) -> Machine:
    return Machine(root=tmp_path, environ=environ, which=lambda name: f"/usr/bin/{name}" if name in players else None)


def test_a_desk_with_everything(tmp_path: Path) -> None:
    (tmp_path / "tmp/.X11-unix").mkdir(parents=True)
    (tmp_path / "tmp/.X11-unix/X1").touch()
    assert told(surroundings.look(machine(tmp_path, DISPLAY=":1.0"), paths.FONTS)) == [
        "fine: the program's own fonts are there",
        "fine: a display is there (:1.0)",
        "fine: the alarm's sound is played by aplay",
    ]
    assert "(wayland-0)" in told(surroundings.look(machine(tmp_path, WAYLAND_DISPLAY="wayland-0", DISPLAY=":7"), paths.FONTS))[1]
    assert "(far:0)" in told(surroundings.look(machine(tmp_path, DISPLAY="far:0"), paths.FONTS))[1]


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    for name in surroundings.FONTS:
        (tmp_path / name).write_bytes(b"OTTO")
    (tmp_path / surroundings.FONTS[1]).write_bytes(b"<html>")
    font, display, sound = told(surroundings.look(machine(tmp_path, players=(), DISPLAY=":9"), tmp_path))
    assert font.startswith("wrong: the font") and "CityOpsSans-Bold.otf" in font
    assert display.startswith("wrong: DISPLAY names :9")
    assert sound.startswith("wrong: no program to play the alarm's sound") and "pw-play, paplay, aplay" in sound
    (tmp_path / surroundings.FONTS[0]).unlink()
    assert "CityOpsSans-Regular.otf" in told(surroundings.look(machine(tmp_path), tmp_path))[0]


def test_a_station_needs_no_display(tmp_path: Path) -> None:
    assert told(surroundings.look(machine(tmp_path), paths.FONTS))[1].startswith("fine: no display here: a station needs none")


def test_gateways_are_touched_only_when_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        gateways = {"g": ("127.0.0.1", listener.getsockname()[1]), "dead": ("127.0.0.1", free_port())}
        assert [line.partition(":")[0] for line in told(network.look(gateways, connect=False))] == ["unknown", "unknown"]
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
        listener.settimeout(30)
        alive, dead = told(network.look(gateways, connect=True))
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(30)
            assert connection.recv(10) == b"", "nothing is sent"
    assert alive.startswith("fine:") and alive.endswith("of the bus “g” takes connections")
    assert dead.startswith("wrong:") and "Connection refused" in dead


def test_which_buses_are_ports_and_which_are_gateways() -> None:
    names = Names("线", "line")
    buses = (
        Bus("a", "modbus-rtu", names, SerialBus(port="/dev/ttyUSB0")),
        Bus("b", "modbus-rtu", names, SerialBus(port="socket://10.0.0.5:4001")),
        Bus("c", "modbus-rtu", names, SerialBus(port="rfc2217://10.0.0.6:4002?ign_set_control")),
        Bus("d", "modbus-tcp", names, TcpBus(host="10.0.0.7")),
        Bus("e", "modbus-rtu", names, SerialBus(port="loop://")),
    )
    assert serial_of(buses) == {"a": "/dev/ttyUSB0"}
    assert gateways_of(buses) == {"b": ("10.0.0.5", 4001), "c": ("10.0.0.6", 4002), "d": ("10.0.0.7", 502)}
