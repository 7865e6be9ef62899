"""Orders to equipment through a real station and a real slave: recorded before and after, refused, failed, unknown; the alarm output."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusTcpClient
from sqlalchemy import select

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Level, Names
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import AlarmOutput, OutputKind
from cityops_desktop.station.acts.act import Ended
from cityops_desktop.station.alarm_output import AGAIN, AlarmOutputDrive
from cityops_desktop.store import changes
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.peers import warm
from tests.peers.slaves import HERE, running
from tests.peers.station import PASSWORD, PATIENCE, StationPeer

ROOM = """
room: {{id: r1, name: {{zh: 测试机房, en: Test room}}, domain: c/d/s/r1, timezone: Asia/Shanghai}}
alarm_output: {{point: a.beacon, level: major}}
buses:
  - {{id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: {port}, timeout: 0.3}}
devices:
  - id: a
    bus: tcp
    address: 1
    points:
      - {{id: temp, kind: analog, unit: "°C", table: holding, address: 10, type: int16, scale: 0.1, period: 0.2,
         limits: [{{id: high, level: major, high: 30, deadband: 1}}]}}
      - {{id: setpoint, kind: analog, unit: "°C", table: holding, address: 40, type: int16, scale: 0.1, period: 0.5,
         write: {{low: 18, high: 28, step: 0.5}}}}
      - {{id: beacon, kind: digital, table: coil, address: 3, period: 0.2, write: {{states: [0, 1]}}}}
"""


class House:
    """A station, its slave, an engineer and a shift leader."""

    def __init__(self, folder: Path, port: int) -> None:
        self.slave = ModbusTcpClient("127.0.0.1", port=port)
        self.slave.connect()
        self.slave.write_registers(10, [250], device_id=1)
        self.slave.write_registers(40, [220], device_id=1)
        room = folder / "room.yaml"
        room.write_text(ROOM.format(port=port), "utf-8")
        self.data = folder / "data"
        self.peer = StationPeer(room, self.data).wait_ready()
        self.peer.first_administrator()
        admin = self.peer.login("root")
        for name, role in (("gong", "engineer"), ("ban", "shift_leader")):
            body = {"kind": "account.create", "name": name, "display": name, "password": PASSWORD, "roles": [role]}
            assert self.peer.act(admin, body)["outcome"] == "done"
        self.engineer, self.leader = self.peer.login("gong"), self.peer.login("ban")

    def write(self, session: str | None = None, point: str = "a.setpoint", value: float = 23.5, **more: Any) -> dict[str, Any]:
        act = {"kind": "point.write", "point": point, "value": value, "reason": "hot spot"}
        return self.peer.act(session or self.engineer, act, **more)

    def setpoint(self) -> int:
        return int(self.slave.read_holding_registers(40, count=1, device_id=1).registers[0])

    def beacon(self) -> bool:
        return bool(self.slave.read_coils(3, count=1, device_id=1).bits[0])

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.peer.errors
            time.sleep(0.05)

    def log(self, prefix: str = "order.") -> list[tuple[str, str, dict[str, Any]]]:
        """Kind, subject and body of what the log holds, after the station has stopped."""
        self.peer.stop()
        store = Store.open(self.data, SystemClock(), "real")
        try:
            query = select(change.c.kind, change.c.subject, change.c.body).where(change.c.kind.startswith(prefix)).order_by(change.c.seq)
            assert store.read(changes.verify) is None
            return [(row.kind, row.subject, json.loads(row.body)) for row in store.read(lambda conn: conn.execute(query).all())]
        finally:
            store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running([warm.python(), HERE / "pymodbus_slave.py", "tcp", "1"]) as port:
        house = House(tmp_path, int(port))
        try:
            yield house
        finally:
            house.slave.close()
            house.peer.stop()


def test_an_order_is_recorded_carried_out_once_proved_and_recorded(house: House) -> None:
    told = house.write(id="order-0001")
    assert (told["outcome"], told["code"], told["data"]) == ("done", "", {"before": 22.0, "after": 23.5})
    assert house.setpoint() == 235
    house.slave.write_registers(40, [220], device_id=1)
    assert house.write(id="order-0001")["outcome"] == "done", "the same order tells the same outcome"
    assert house.setpoint() == 220, "and is not carried out twice"
    rows = house.log()
    [begun] = [row for row in rows if row[2].get("point") == "a.setpoint"]
    assert begun[0] == "order.begun" and begun[2]["value"] == 23.5 and begun[2]["why"] == "hot spot"
    _, done = [row for row in rows if row[1] == begun[1]]
    assert done[0] == "order.done"
    assert done[2] == {"outcome": "done", "code": "", "before": 22.0, "after": 23.5}


def test_what_is_not_allowed_is_refused_and_never_begun(house: House) -> None:
    codes = {
        "no_right": house.write(house.leader),
        "read_only": house.write(point="a.temp"),
        "alarm_output": house.write(point="a.beacon", value=1),
        "outside_limits": house.write(value=28.5),
        "no_such_point": house.write(point="a.none"),
        "expired": house.write(deadline=house.peer.state().now - 1),
    }
    assert {told["code"] for told in codes.values()} == set(codes)
    assert all(told["outcome"] == "refused" and told["code"] == code for code, told in codes.items())
    assert house.peer.act(house.leader, {"kind": "tag.hang", "target": "device:a", "text": "禁止合闸，有人工作"})["outcome"] == "done"
    told = house.write()
    assert (told["code"], told["params"]) == ("tagged", {"what": "device:a", "by": "ban"})
    assert house.setpoint() == 220
    assert all(body.get("point") != "a.setpoint" for _, _, body in house.log("order.begun"))


def test_a_station_that_falls_within_an_order_calls_it_unknown_at_its_next_start(house: House) -> None:
    store_key = f"order:{'1' * 8}"
    house.peer.stop()
    store = Store.open(house.data, SystemClock(), "real")
    body = {"point": "a.setpoint", "value": 23.5, "why": "x"}
    store.write(
        lambda conn: changes.append(conn, kind="order.begun", subject=store_key, actor="station", time=SystemClock().wall(), body=body)
    ).result(30)
    store.close()
    house.peer = StationPeer(house.data.parent / "room.yaml", house.data).wait_ready()
    os.kill(house.peer.child(), signal.SIGKILL)
    house.peer.wait_ready()
    ends = [body for kind, subject, body in house.log() if subject == store_key and kind == "order.done"]
    assert [(body["outcome"], body["code"]) for body in ends] == [("unknown", "station_fell")]
    assert house.setpoint() == 220, "it is never given again"


def test_the_alarm_output_follows_the_worst_unacknowledged_alarm(house: House) -> None:
    house.until(lambda: not house.beacon())  # it was on, as the slave holds it at first
    house.slave.write_registers(10, [350], device_id=1)
    house.until(house.beacon)
    state = house.peer.until(lambda copy: copy.alarms, "the alarm")
    told = house.peer.act(house.leader, {"kind": "alarm.acknowledge", "alarms": [state.alarms[0].id]})
    assert told["outcome"] == "done"
    house.until(lambda: not house.beacon())
    orders = [body for kind, _, body in house.log("order.begun") if body["point"] == "a.beacon"]
    assert [(body["value"], body["alarms"], body["level"]) for body in orders] == [(0, 0, ""), (1, 1, "major"), (0, 0, "")]


BEACON = AlarmOutput("b", Names("灯", "beacon"), OutputKind.BEACON, "a.beacon", Level.MAJOR)


class Nothing:
    """Orders that are only looked at."""

    def __init__(self) -> None:
        self.driven: list[float] = []

    async def drive(self, point: str, value: float, seconds: float, why: dict[str, object]) -> Ended:
        self.driven.append(value)
        return Ended(Outcome.DONE)


def alarm(level: Level, state: AlarmState = AlarmState.UNACKNOWLEDGED) -> Alarm:
    return Alarm("id", "a#high", "a.temp", Cause.HIGH, level, state, 0)


def relay(value: int | None, reason: Reason | None = None, quality: Quality = Quality.GOOD) -> Reading:
    return Reading("a.beacon", value, 0, quality, reason)


@pytest.mark.parametrize(
    ("alarms", "reading", "driven"),
    [
        ([], relay(0), []),
        ([], relay(1), [0]),
        ([alarm(Level.MAJOR)], relay(0), [1]),
        ([alarm(Level.MAJOR)], relay(1), []),
        ([alarm(Level.CRITICAL, AlarmState.RETURNED)], relay(0), [1]),
        ([alarm(Level.CRITICAL, AlarmState.ACKNOWLEDGED)], relay(1), [0]),
        ([alarm(Level.MINOR)], relay(0), []),
        ([alarm(Level.MAJOR)], relay(None, Reason.NO_ANSWER, Quality.BAD), [1]),
        ([], relay(None, Reason.NO_ANSWER, Quality.BAD), []),
        ([alarm(Level.MAJOR)], relay(0, Reason.NOT_ADMITTED, Quality.UNCERTAIN), []),
    ],
)
def test_when_the_alarm_output_is_switched(alarms: list[Alarm], reading: Reading, driven: list[float]) -> None:
    orders: Any = Nothing()
    output = AlarmOutputDrive(BEACON, lambda: alarms, lambda key: reading, orders)

    async def ticks() -> None:
        for second in (0.0, 1.0, AGAIN - 0.1):
            output.tick(second)
            await asyncio.sleep(0)

    asyncio.run(ticks())
    assert orders.driven == driven, "and not again before half a minute is over"


def test_a_relay_that_does_not_switch_is_tried_again_after_half_a_minute() -> None:
    orders: Any = Nothing()
    output = AlarmOutputDrive(BEACON, lambda: [alarm(Level.MAJOR)], lambda key: relay(0), orders)

    async def ticks() -> None:
        for second in range(95):
            output.tick(float(second))
            await asyncio.sleep(0)

    asyncio.run(ticks())
    assert orders.driven == [1, 1, 1, 1]
