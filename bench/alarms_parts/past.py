"""Years of alarms in a store: a room of 5,000 points whose alarms are as unlike each other as in a real one. Seeded; measures nothing."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2

from cityops_desktop.link.messages import BusInfo, DeviceInfo, NamesInfo, PointInfo, RoomInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.points import Group, Kind
from cityops_desktop.store.store import RECORDS

DEVICES, POINTS_EACH = 200, 25
FIRST = 1_700_000_000_000
SPAN_MS = 3 * 366 * 86_400_000
PEOPLE = 12
OPEN = 400
"""Of all of them have not ended."""
DETAILS = ("", "timeout: 3 requests without an answer", "crc: the answer was damaged", "refused: the port is closed")
_COLUMNS = "id, key, subject, cause, level, state, raised, value, detail, points, acknowledged, actor, actor_name, returned, origin, under"


def room() -> RoomInfo:
    """The room that the alarms are about."""
    groups = list(Group)
    devices = [
        DeviceInfo(id=f"device-{n:03}", bus="line", names=_names(f"设备{n}号", f"Device {n}"), group=groups[n % len(groups)])
        for n in range(DEVICES)
    ]
    points = [
        PointInfo(
            key=f"{device.id}.point-{n:02}",
            device=device.id,
            names=_names(f"测点{n}", f"Point {n}"),
            kind=Kind.ANALOG,
            group=device.group,
            unit="",
            decimals=1,
            period=1.0,
        )
        for device in devices
        for n in range(POINTS_EACH)
    ]
    named = {"id": "bench", "names": _names("测试机房", "Bench"), "domain": "c/d/s/bench", "timezone": "Asia/Shanghai"}
    buses = [BusInfo(id="line", names=_names("总线", "Line"), driver="modbus-tcp", resource="127.0.0.1:502")]
    return RoomInfo(**named, version="1", origin="demo", buses=buses, devices=devices, points=points)


def fill(data: Path, count: int, seed: int = 7) -> None:
    """Put so many occurrences into the records of an existing store that nobody has open; with the people who acknowledged them."""
    conn = dbapi2.connect(str(data / RECORDS), isolation_level=None)
    try:
        conn.execute("BEGIN")
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        conn.executemany(f"INSERT INTO alarm ({_COLUMNS}) VALUES ({marks})", _rows(count, random.Random(seed)))
        people = ((_person(n), f"p{n}", f"p{n}", f"值班员{n}号", "", 0, False, True, FIRST) for n in range(PEOPLE))
        names = "id, name, name_key, display, password, password_set, must_change, enabled, created"
        conn.executemany(f"INSERT INTO account ({names}) VALUES ({', '.join('?' * 9)})", people)
        conn.execute("COMMIT")
    finally:
        conn.close()


def _rows(count: int, dice: random.Random) -> Iterator[tuple[Any, ...]]:
    points = [point.key for point in room().points]
    loud = dice.sample(points, 40)
    for n in range(count):
        raised = FIRST + n * SPAN_MS // count + dice.randrange(1000)
        device = dice.random() < 0.03
        subject = dice.choice(points).rpartition(".")[0] if device else dice.choice(loud if dice.random() < 0.4 else points)
        stood = int(dice.lognormvariate(5.5, 2.0) * 1000)
        open_ = n >= count - OPEN
        seen = dice.random() < 0.8
        person = dice.randrange(PEOPLE) if seen else None
        yield (
            f"{raised:012x}-0000-7000-8000-{n:012x}",
            f"{subject}#{'lost' if device else 'high'}",
            subject,
            (Cause.DEVICE_LOST if device else Cause.HIGH).value,
            dice.choices((1, 2, 3, 4), (3, 12, 30, 55))[0],
            (AlarmState.ACKNOWLEDGED if seen else AlarmState.UNACKNOWLEDGED).value if open_ else AlarmState.NORMAL.value,
            raised,
            dice.random() * 100,
            dice.choice(DETAILS) if device else "",
            POINTS_EACH if device else 0,
            raised + 30_000 if seen else None,
            _person(person) if person is not None else None,
            f"值班员{person}号" if person is not None else None,
            None if open_ else raised + stood,
            "demo",
            "",
        )


def _person(n: int) -> str:
    return f"018bcfe5-0000-7000-8000-{n:012x}"


def _names(zh: str, en: str) -> NamesInfo:
    return NamesInfo(zh=zh, en=en)
