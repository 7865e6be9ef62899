"""What is asked, and when: few buckets first, the neighbours when nobody moves, and never again what the station has no finer."""

import numpy as np
from pytestqt.qtbot import QtBot

from cityops_desktop.model.envelope import envelope, samples
from tests.ui.desk import NOW, Past, model_of, point, room_copy
from ui.pages.trends.looking import Looking
from ui.pages.trends.trace import Trace

DAY_MS = 86_400_000


def minutes(key: str, seconds: int) -> object:
    times = np.arange(NOW - seconds * 1000, NOW, 60_000, dtype=np.int64)
    return samples(times, np.full(len(times), 20.0), np.zeros(len(times), np.uint8))


def hours(key: str, seconds: int) -> object:
    """Of old months the station has hours only, whatever is asked for."""
    told = minutes(key, seconds)
    return envelope(told, 3_600_000)  # type: ignore[arg-type]


def looking(past: Past) -> Looking:
    return Looking(model_of(room_copy([point("a.x", period=60.0)])), past)  # type: ignore[arg-type]


def test_a_long_span_is_there_at_once_in_few_buckets_and_then_in_fine_ones(qtbot: QtBot) -> None:
    past = Past(minutes, held=True)
    one, trace = looking(past), Trace(60.0, steps=False)
    brought: list[int] = []
    one.brought.connect(lambda: brought.append(len(trace.seen(NOW - 30 * DAY_MS, NOW, 800).strip)))
    one.want({"a.x": trace}, ((NOW - 30 * DAY_MS, NOW),), 800)
    past.tell()
    past.tell()
    assert past.questions[0][2] * 10 < past.questions[1][2] and len(past.questions) == 2
    assert 0 < brought[0] < brought[1], "the fine answer takes the place of the coarse one, nothing is empty in between"
    assert trace.seen(NOW - 30 * DAY_MS, NOW, 800).unknown == []
    one.stop()


def test_what_the_station_has_no_finer_is_asked_once(qtbot: QtBot) -> None:
    past = Past(hours)
    one, trace = looking(past), Trace(60.0, steps=False)
    span = (NOW - 2 * DAY_MS, NOW - DAY_MS)
    one.want({"a.x": trace}, (span,), 800)
    asked = len(past.questions)
    assert asked <= 4
    one.want({"a.x": trace}, (span,), 800)
    assert len(past.questions) == asked
    seen = trace.seen(*span, 800)
    assert seen.gaps() == [] and seen.unknown == []
    one.stop()


def test_when_nobody_moves_what_lies_beside_is_fetched(qtbot: QtBot) -> None:
    past = Past(minutes)
    one, trace = looking(past), Trace(60.0, steps=False)
    start, end = NOW - 5 * 3_600_000, NOW - 4 * 3_600_000
    one.want({"a.x": trace}, ((start, end),), 800)
    assert trace.missing(start - 3_000_000, start, 10_000) and one.idle.isActive()
    qtbot.waitUntil(lambda: not trace.missing(start - 3_600_000, end + 3_600_000, 10_000), timeout=30_000)
    asked = len(past.questions)
    one.want({"a.x": trace}, ((start - 1_800_000, end - 1_800_000),), 800)
    assert len(past.questions) == asked, "to pan there needs no question"
    one.want({}, (), 1)
    assert not one.idle.isActive() and one._missing() is None
    one.stop()
    assert not one.idle.isActive()
