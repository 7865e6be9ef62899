"""Counters: every rise counts once, over the end of the register too; an exchanged meter is said and never a negative figure."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.counting import Break, consumption
from cityops_desktop.model.envelope import NOTHING, Strip, envelope, samples


def counted(values: list[float], *, every: int = 1000) -> Strip:
    return samples(np.arange(len(values), dtype=np.int64) * every, np.array(values, float), np.zeros(len(values), np.uint8))


def test_a_counter_that_only_rises_counted_last_less_first() -> None:
    told = consumption(counted([5.0, 5.0, 7.5, float("nan"), 9.0]), None)
    assert (told.total, told.falls, told.complete, told.exact) == (4.0, (), True, True)


def test_nothing_and_one_reading_counted_nothing() -> None:
    assert consumption(NOTHING, None).total == consumption(counted([7.0]), 100.0).total == 0.0


def test_over_the_end_of_the_register_it_goes_on_counting() -> None:
    told = consumption(counted([998.0, 999.0, 0.5, 1.0]), 1000.0)
    assert told.total == 3.0 and told.complete
    assert [(fall.kind, fall.begin, fall.end, fall.before, fall.after) for fall in told.falls] == [(Break.ROLLOVER, 1000, 2000, 999.0, 0.5)]


def test_without_a_declared_end_a_fall_is_an_exchange_and_counts_nothing() -> None:
    told = consumption(counted([998.0, 999.0, 0.5, 1.0]), None)
    assert told.total == 1.5 and not told.complete
    assert [fall.kind for fall in told.falls] == [Break.EXCHANGED]


def test_a_step_that_this_counter_never_makes_is_an_exchange_also_when_the_end_is_declared() -> None:
    told = consumption(counted([500.0, 501.0, 3.0, 4.0]), 1000.0)
    assert told.total == 2.0 and [fall.kind for fall in told.falls] == [Break.EXCHANGED]
    beyond = consumption(counted([5000.0, 5001.0, 3.0, 4.0]), 1000.0)
    assert beyond.total == 2.0 and [fall.kind for fall in beyond.falls] == [Break.EXCHANGED], "it stood above its declared end"


def test_a_fast_counter_goes_over_the_end_after_an_hour_without_readings() -> None:
    times = np.array([0, 1000, 2000, 3000, 303_000], np.int64)
    values = np.array([60_000.0, 60_010.0, 60_020.0, 60_030.0, 60_030.0 + 3000 + 4000 - 65_536 + 65_536 - 7000 + 3000], float)
    values[-1] = (60_030.0 + 6000) % 65_536
    told = consumption(samples(times, values, np.zeros(5, np.uint8)), 65_536.0)
    assert told.total == 30 + 6000 and told.complete


@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=200),
    st.integers(0, 9_999),
    st.lists(st.integers(0, 199), max_size=3),
    st.sampled_from([0, 5000, 60_000]),
)
def test_every_rise_counts_once_whatever_the_register_shows(rises: list[int], start: int, exchanged: list[int], width: int) -> None:
    """A meter of four digits; it is exchanged for one that stands at 4000 where the old one stood well above or below."""
    modulus, shown, true, values = 10_000, start, 0, [float(start)]
    lost = 0
    for number, rise in enumerate(rises):
        if number in exchanged and 4200 < shown < 9000:
            shown, lost = 4000, lost + 1
        else:
            true += rise
            shown = (shown + rise) % modulus
        values.append(float(shown))
    strip = counted(values)
    told = consumption(strip, float(modulus))
    assert told.total == true and sum(fall.kind is Break.EXCHANGED for fall in told.falls) == lost
    assert sum(fall.kind is Break.ROLLOVER for fall in told.falls) == sum(b < a for a, b in pairwise(values)) - lost
    if width and not lost:
        assert consumption(envelope(strip, width), float(modulus)).total == true
