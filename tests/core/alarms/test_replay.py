"""The replay of a limit says what the alarm book would have said, sample by sample."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.replay import Replay, Replayed
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room

NAMES = Names("名", "name")
STALE = 5000
LIMITS = st.builds(
    Limit,
    id=st.just("l"),
    level=st.just(Level.MAJOR),
    kind=st.sampled_from([LimitKind.HIGH, LimitKind.LOW]),
    value=st.sampled_from([2.0, 3.0]),
    deadband=st.sampled_from([0.0, 1.0]),
    on_delay=st.sampled_from([0.0, 2.0, 7.0]),
    off_delay=st.sampled_from([0.0, 1.0, 6.0]),
)
SAMPLES = st.lists(st.tuples(st.sampled_from([1, 1, 1, 2, 4, 5, 9]), st.sampled_from([None, 0.0, 1.0, 2.0, 2.5, 3.0, 4.0])), max_size=40)


def room_of(limit: Limit) -> Room:
    point = Point("d.p", "d", NAMES, Kind.ANALOG, Group.UPS, limits=(limit,))
    return Room(
        "r",
        NAMES,
        "c/d/s/r",
        "UTC",
        "1",
        buses=(Bus("b", "x", NAMES, None),),
        devices=(Device("d", "b", NAMES, Group.UPS, None, (point,)),),
    )


class Book:
    """The alarm book, told of each reading and of each that turns stale; somebody acknowledges what has returned."""

    def __init__(self, limit: Limit) -> None:
        self.book = AlarmBook(room_of(limit))
        self.raised: list[int] = []
        self.stood: list[int] = []

    def take(self, changes: Sequence[Alarm]) -> None:
        for alarm in changes:
            if alarm.returned is None:
                self.raised.append(alarm.raised)
            else:
                self.stood.append(alarm.returned - alarm.raised)
                self.book.acknowledge(alarm.id, "a", "A", alarm.returned)

    def tell(self, reading: Reading, time: int) -> None:
        self.take(self.book.tick(time, time / 1000))
        self.take(self.book.feed(reading, time, time / 1000))


def by_the_book(limit: Limit, samples: list[tuple[int, float | None]], end: int) -> Replayed:
    told = Book(limit)
    last: Reading | None = None
    for time, value in [*samples, (end, -1.0)]:
        if last is not None and last.usable and time - last.time > STALE:
            told.tell(replace(last, quality=Quality.STALE, reason=Reason.OLD), last.time + STALE)
        if value != -1.0:
            last = failed("d.p", time, Reason.CRC) if value is None else Reading("d.p", value, time, Quality.GOOD)
            told.tell(last, time)
    told.take(told.book.tick(end, end / 1000))
    if len(told.raised) > len(told.stood):
        told.stood.append(end - told.raised[-1])
    return Replayed(len(told.raised), sum(told.stood), max(told.stood, default=0))


def replayed(limit: Limit, samples: list[tuple[int, float | None]], end: int, pieces: int) -> Replayed:
    replay = Replay(limit, STALE)
    times = np.array([time for time, _ in samples], np.int64)
    values = np.array([np.nan if value is None else value for _, value in samples])
    for some in np.array_split(np.arange(len(samples)), pieces):
        replay.feed(times[some], values[some])
    return replay.end(end)


@settings(max_examples=300)
@given(LIMITS, SAMPLES, st.integers(1, 5), st.integers(0, 20))
@example(Limit("l", Level.MAJOR, LimitKind.HIGH, 2.0, on_delay=2.0), [(1, 3.0), (9, 3.0)], 2, 9)
def test_it_is_raised_and_stands_as_by_the_book(limit: Limit, steps: list[tuple[int, float | None]], pieces: int, rest: int) -> None:
    time, samples = 1_790_000_000_000, list[tuple[int, float | None]]()
    for step, value in steps:
        time += step * 1000
        samples.append((time, value))
    end = time + rest * 1000
    assert replayed(limit, samples, end, pieces) == by_the_book(limit, samples, end)


def test_states_and_long_times() -> None:
    limit = Limit("l", Level.MAJOR, LimitKind.STATE, states=(1, 3), on_delay=3.0)
    times = 1_790_000_000_000 + 1000 * np.arange(100)
    values = np.zeros(100)
    values[10:12], values[20:30], values[50:60], values[55] = 1, 3, 1, 2
    replay = Replay(limit, STALE)
    replay.feed(times, values)
    assert replay.end(int(times[-1])) == Replayed(3, 7000 + 2000 + 1000, 7000)
