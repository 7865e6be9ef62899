"""`agent` of a pressure: what is in the cylinder, said by whoever knows."""

from pathlib import Path

import pytest

from cityops_desktop.errors import OperatorError
from cityops_desktop.model.points import Agent
from cityops_desktop.room.load import check_room, load_room
from drivers.registry import DRIVERS

ROOM = """
room: {id: r1, name: {zh: 测试, en: Test}, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses: [{id: line, driver: modbus-rtu, port: /dev/ttyTEST}]
devices:
  - {id: gas, bus: line, address: 1, points: [{id: p, kind: KIND, unit: UNIT, table: holding, address: 0, type: uint16, agent: AGENT}]}
"""


def written(folder: Path, *, kind: str = "analog", unit: str = "MPa", agent: str = "ig-541") -> Path:
    path = folder / "room.yaml"
    path.write_text(ROOM.replace("KIND", kind).replace("UNIT", unit).replace("AGENT", agent), "utf-8")
    return path


@pytest.mark.parametrize("unit", ["MPa", "bar", "kPa"])
@pytest.mark.parametrize("agent", list(Agent))
def test_every_agent_of_a_pressure_is_taken(tmp_path: Path, unit: str, agent: Agent):
    assert load_room(written(tmp_path, unit=unit, agent=agent.value), DRIVERS).points()["gas.p"].agent is agent


@pytest.mark.parametrize("more", [{"unit": '"°C"'}, {"kind": "counter"}])
def test_anything_else_than_a_pressure_has_none(tmp_path: Path, more: dict[str, str]):
    (problem,) = check_room(written(tmp_path, **more), DRIVERS)
    assert "agent" in str(problem)


def test_an_unknown_agent_is_refused(tmp_path: Path):
    with pytest.raises(OperatorError, match="agent"):
        load_room(written(tmp_path, agent="air"), DRIVERS)


def test_another_agent_is_another_version(tmp_path: Path):
    versions = {load_room(written(tmp_path, agent=agent), DRIVERS).version for agent in ("ig-541", "nitrogen")}
    assert len(versions) == 2
