"""Rotation tests: the day by which the next is due, figures that are known or None, a digest that sees every sample."""

from datetime import date

import numpy as np
import pytest

from cityops_desktop.duty.rotation import Curve, Figures, digest, due_day, figures
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.readings import QUALITY_CODES, Quality

GOOD = QUALITY_CODES[Quality.GOOD]


def strip(times: list[int], values: list[float]) -> Strip:
    time, value = np.array(times, np.int64), np.array(values, np.float64)
    ones = np.ones(len(times), np.uint32)
    zero = np.zeros(len(times), np.uint8)
    return Strip(0, time, time, value, value, value, value, ones, ones * 0, np.full(len(times), GOOD, np.uint8), zero)


def test_due_counts_from_the_last_run_that_was_passed() -> None:
    assert due_day("2026-11-20", 30, None) == date(2026, 11, 20)
    assert due_day("2026-11-20", 30, date(2026, 11, 23)) == date(2026, 12, 23)


def test_ampere_hours_and_extremes_of_a_discharge() -> None:
    times = list(range(0, 3_600_001, 1000))
    amps = Curve("A", strip(times, [12.0 if t < 1_800_000 else 8.0 for t in times]), 1000, 4000)
    volts = Curve("V", strip(times, [54.0 - t / 3_600_000 for t in times]), 1000, 4000)
    told = figures(amps, 0, 3_600_000)
    assert told.hours == pytest.approx(10.0, rel=1e-3)
    assert (told.lowest, told.highest, told.last) == (8.0, 12.0, 8.0)
    assert told.known == pytest.approx(1.0)
    lower = figures(volts, 0, 3_600_000)
    assert lower.hours is None and lower.lowest == pytest.approx(53.0) and lower.highest == pytest.approx(54.0)


def test_an_integral_over_a_hole_is_not_guessed() -> None:
    times = [*range(0, 600_000, 1000), *range(1_800_000, 3_600_001, 1000)]
    told = figures(Curve("A", strip(times, [10.0] * len(times)), 1000, 4000), 0, 3_600_000)
    assert told.hours is None and told.lowest == 10.0 and 0.5 < told.known < 0.75
    assert figures(Curve("A", strip([], []), 1000, 4000), 0, 3_600_000) == Figures()


def test_the_digest_sees_every_sample() -> None:
    curves = {"a": Curve("A", strip([1, 2], [1.0, 2.0]), 1000, 4000)}
    assert digest(curves) == digest({"a": Curve("A", strip([1, 2], [1.0, 2.0]), 1000, 4000)})
    others = [strip([1, 3], [1.0, 2.0]), strip([1, 2], [1.0, 2.5]), strip([1], [1.0])]
    assert len({digest(curves), *(digest({"a": Curve("A", one, 1000, 4000)}) for one in others)}) == 4
