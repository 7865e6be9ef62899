"""The page of measurements: a part measured anew takes the place of the old one, and a slope is what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.page import HEAD, ORDER, Measure, section, with_sections
from bench.soak import slope_of


def part(title: str, value: float) -> str:
    return section((title, f"How {title} was measured.", [Measure("speed", value, 10.0, "ms", "nothing: 0 ms", "least 1")]), "bench", "0.1")


def test_a_missed_measure_stands_as_missed() -> None:
    assert "| speed | 9 ms (least 1) | ≤ 10 ms | met | nothing: 0 ms |" in part("Start", 9.0)
    assert "| **missed** |" in part("Start", 10.1)


def test_a_part_replaces_itself_and_nothing_else() -> None:
    page = with_sections("", [part("At work", 1), part("Start", 2)])
    assert page.startswith(HEAD)
    again = with_sections(page, [part("At work", 77)])
    assert again.count("## At work") == again.count("## Start") == 1
    assert "77 ms" in again and "| speed | 1 ms" not in again and "| speed | 2 ms" in again
    assert with_sections(again, []) == again


@given(st.permutations(ORDER))
def test_the_order_of_the_page_does_not_hang_on_the_order_of_measuring(titles: list[str]) -> None:
    page = with_sections("", [part(title, 1) for title in titles])
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")] == list(ORDER)


def test_a_growing_memory_is_seen_and_a_flat_one_is_flat() -> None:
    hours = np.arange(0, 0.42, 5 / 3600)
    noise = np.random.default_rng(7).normal(0, 1.0, len(hours))
    slope, half = slope_of(hours, 160 + 20 * hours + noise)
    assert slope == pytest.approx(20, abs=half) and slope - half > 5
    slope, half = slope_of(hours, 160 + noise)
    assert slope - half < 0 < slope + half
