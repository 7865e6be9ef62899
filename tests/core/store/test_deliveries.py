"""When an alarm was there for people again: what they were told before that counts no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.points import Level
from cityops_desktop.store import alarms, deliveries
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

RAISED = Alarm("x", "leak.wet#state1", "leak.wet", Cause.STATE, Level.CRITICAL, AlarmState.UNACKNOWLEDGED, 1000)
SEEN = RAISED.with_state(AlarmState.ACKNOWLEDGED, acknowledged=2000, actor="p", actor_name="P")
DRY = SEEN.with_state(AlarmState.LATCHED_ACKNOWLEDGED, returned=3000)
AGAIN = RAISED
AGAIN_DRY = RAISED.with_state(AlarmState.LATCHED, returned=5000)
SHELVED = RAISED.with_state(AlarmState.UNACKNOWLEDGED, hidden=Hidden.SHELVED, hidden_until=9000)


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    opened = Store.open(tmp_path, clock)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([RAISED], None),
        ([RAISED, SEEN, DRY], None),
        ([RAISED, SEEN, DRY, AGAIN], 4000),
        ([RAISED, SEEN, DRY, AGAIN, AGAIN_DRY, AGAIN], 4000),
        ([RAISED, AGAIN_DRY, AGAIN], None),
        ([RAISED, SHELVED, RAISED], 3000),
        ([RAISED, SEEN, DRY, AGAIN, SHELVED, RAISED], 6000),
    ],
)
def test_an_alarm_is_there_again_when_it_is_uncovered_or_comes_again_after_an_acknowledge(
    store: Store, story: list[Alarm], expected: int | None
) -> None:
    other = RAISED.with_state(AlarmState.UNACKNOWLEDGED, id="y")
    store.write(lambda conn: alarms.save(conn, other, 500)).result(30)
    for n, alarm in enumerate(story):
        store.write(lambda conn, n=n, alarm=alarm: alarms.save(conn, alarm, (n + 1) * 1000)).result(30)
    found = store.read(lambda conn: deliveries.uncovered(conn, ["x", "y"]))
    assert found == ({} if expected is None else {"x": expected})
