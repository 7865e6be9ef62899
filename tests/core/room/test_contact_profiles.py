"""Fire panels and doors by dry contacts: only inputs are read, nothing can be written, and a cut wire is an alarm."""

from pathlib import Path
from typing import Any

import pytest

from cityops_desktop import paths
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.drivers import Counters
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Level, LimitKind
from cityops_desktop.model.rooms import Room
from cityops_desktop.room import load_room
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.options import Table
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from drivers.registry import DRIVERS
from tests.drivers.modbus.pipe import Pipe

PROFILES = ("fire-panel-contacts", "access-contacts")
RTU = DRIVERS["modbus-rtu"]


def room_with(folder: Path, profile: str, more: str = "") -> Room:
    file = folder / "room.yaml"
    file.write_text(
        "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
        "buses: [{id: line, driver: modbus-rtu, port: /dev/ttyUSB7}]\n"
        f"devices: [{{id: a, bus: line, address: 1, profile: {profile}{more}}}]\n",
        encoding="utf-8",
    )
    return load_room(file, DRIVERS)


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_but_inputs_is_declared(tmp_path: Path, profile: str) -> None:
    points = room_with(tmp_path, profile).points().values()
    assert len(points) == 5
    for point in points:
        assert point.source.table is Table.DISCRETE and point.write is None, point.key  # type: ignore[attr-defined]
    text = (paths.PROFILES / f"{profile}.yaml").read_text("utf-8")
    assert "table: coil" not in text and "write:" not in text


@pytest.mark.parametrize("profile", PROFILES)
def test_all_that_is_ever_asked_is_function_2_for_the_inputs(tmp_path: Path, profile: str, clock: Any) -> None:
    room = room_with(tmp_path, profile)
    device = room.devices[0]
    pipe, counters = Pipe(clock, lambda _: [(0.05, bytes.fromhex("0102011F61C0"))]), Counters()
    master = RtuMaster(lambda: pipe, clock, counters, Acquaintance(), 9600)
    session = ModbusSession(master, counters, clock, 0.5, {device.id: device.options})
    for request in RTU.plan(room.buses[0], device, device.points):
        session.execute(request)
        first, count = (int.from_bytes(pipe.requests[-1][at : at + 2]) for at in (2, 4))
        assert pipe.requests[-1][1] == 2 and 0 <= first < first + count <= 5
    asked = len(pipe.requests)
    for point in device.points:
        assert session.write(point, 1).outcome is Outcome.REFUSED
    assert len(pipe.requests) == asked, "not a byte of a write was sent"


@pytest.mark.parametrize("profile", PROFILES)
def test_no_room_file_can_make_an_input_writable(tmp_path: Path, profile: str) -> None:
    point = "fire" if profile == "fire-panel-contacts" else "lock"
    with pytest.raises(OperatorError):
        room_with(tmp_path, profile, f", overrides: {{{point}: {{write: {{states: [0, 1]}}}}}}")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_cut_wire_is_an_alarm_of_every_contact(tmp_path: Path, profile: str) -> None:
    for point in room_with(tmp_path, profile).points().values():
        assert sorted(point.states) == [0, 1], point.key
        broken = [limit for limit in point.limits if limit.kind is LimitKind.STATE and limit.broken_by(0)]
        assert broken and not any(limit.broken_by(1) for limit in point.limits), point.key


def test_fire_and_discharge_are_critical_at_once(tmp_path: Path) -> None:
    points = room_with(tmp_path, "fire-panel-contacts").points()
    for name in ("fire", "discharge"):
        limit = points[f"a.{name}"].limits[0]
        assert (limit.level, limit.on_delay) == (Level.CRITICAL, 0.0) and points[f"a.{name}"].period <= 1
    assert points["a.automatic"].limits[0].level is Level.WARNING


def test_a_door_may_stand_open_as_long_as_its_limit_says(tmp_path: Path) -> None:
    more = ", overrides: {door: {limits: [{level: minor, states: [0], on_delay: 20, source: ours}]}}"
    for given, seconds in (("", 60.0), (more, 20.0)):
        assert room_with(tmp_path, "access-contacts", given).points()["a.door"].limits[0].on_delay == seconds


def test_a_contact_that_closes_with_the_event_is_data_in_the_room_file(tmp_path: Path) -> None:
    states = "states: {0: {zh: 正常, en: normal}, 1: {zh: 火警, en: fire}}"
    more = f", overrides: {{fire: {{{states}, limits: [{{level: critical, states: [1], source: ours}}]}}}}"
    fire = room_with(tmp_path, "fire-panel-contacts", more).points()["a.fire"]
    assert fire.limits[0].broken_by(1) and not fire.limits[0].broken_by(0)
