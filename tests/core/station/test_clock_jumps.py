"""A clock that was set, either way, is recorded; one that is only disciplined is not."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from cityops_desktop.station.own_alarms import JUMP_MS, OwnAlarms
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock


def test_each_jump_is_one_row_that_says_from_where_to_where(tmp_path: Path, clock: FakeClock) -> None:
    store = Store.open(tmp_path, clock)
    nobody: Any = SimpleNamespace()
    own = OwnAlarms(nobody, nobody, store, nobody, clock)

    def beat(jump: int = 0) -> None:
        clock.advance(1.0)
        clock.ms += jump
        own.watch_clock(clock.wall(), clock.monotonic())

    beat()
    for _ in range(100):
        beat(JUMP_MS // 4)  # drifting is no jump, however long it goes on
    before = clock.wall() + 1000
    beat(3_600_000)
    beat()
    beat(-7_200_000)
    store.write(lambda _conn: None).result(30)
    rows = store.read(lambda conn: conn.execute(select(change.c.time, change.c.body).where(change.c.kind == "clock.jumped")).all())
    store.close()
    told = [(time, json.loads(body)) for time, body in rows]
    assert told[0] == (before, {"from": before, "to": before + 3_600_000, "seconds": 3600})
    assert [body["seconds"] for _, body in told] == [3600, -7200] and told[1][1]["to"] == clock.wall()
