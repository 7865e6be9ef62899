"""Small rooms as files and as values, and an open store."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cityops_desktop.clock import Clock
from cityops_desktop.store.store import Store

TEXT = """# the room of the test
room: {id: r1, name: {zh: 测试机房, en: Test room}, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses:
  - {id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: 1502}
devices:
  - id: a
    bus: tcp
    address: 1
    points:
      - id: temp  # in the cold aisle
        kind: analog
        unit: "°C"
        table: holding
        address: 10
        type: int16
        scale: 0.1
        span: [-20, 60]
        limits:
          - {level: major, high: 30, deadband: 1}  # as the designer said
          - {id: cold, level: minor, low: 10, on_delay: 5}
      - {id: wet, kind: digital, table: holding, address: 20, type: uint16, limits: [{level: critical, states: [1]}]}
  - id: b
    bus: tcp
    address: 2
    profile: meter
"""
PROFILE = """
profile: {id: meter, name: meter, manufacturer: M, protocol: modbus, group: environment, source: made for the test}
points:
  - {id: x, kind: analog, table: holding, address: 1, type: uint16,
     limits: [{level: minor, high: 5}, {level: major, high: 9, source: plate}]}
"""


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    folder = tmp_path / "store"
    folder.mkdir()
    opened = Store.open(folder, clock)
    yield opened
    opened.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the room file (with parts replaced) and its profile; returns the file."""

    def written(*changes: tuple[str, str]) -> Path:
        text = TEXT
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        folder = tmp_path / "edited"
        (folder / "profiles").mkdir(parents=True, exist_ok=True)
        (folder / "profiles" / "meter.yaml").write_text(PROFILE, "utf-8")
        (folder / "my-room.yaml").write_text(text, "utf-8")
        return folder / "my-room.yaml"

    return written
