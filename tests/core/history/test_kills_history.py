"""The recorder killed at random moments, and bits flipped in its files: `bench history` does the same some thousand times."""

import random
from pathlib import Path

from bench.history_parts.falls import flipped, killed
from bench.history_parts.recorder import examine, record

KILLS, SECONDS, FLIPS = 6, 150, 60


def test_no_acknowledged_second_is_lost_and_none_is_there_twice(tmp_path: Path) -> None:
    tally = killed(tmp_path, KILLS, random.Random(1))
    assert (tally.lost, tally.doubled, tally.changed, tally.corrupt) == ([], [], [], [])
    assert tally.falls == KILLS
    assert tally.acknowledged >= KILLS


def test_what_is_looked_for_would_be_found(tmp_path: Path) -> None:
    record(tmp_path, SECONDS)
    ticks = [1_785_500_000_000 + 120_000 * 10_000]
    assert examine(tmp_path, ticks).lost == ticks


def test_every_flipped_bit_of_a_row_is_found(tmp_path: Path) -> None:
    record(tmp_path, SECONDS)
    for path in sorted(tmp_path.glob("history-*.db")):
        found = flipped(path, FLIPS, random.Random(2))
        assert found.missed == []
        assert found.flipped == FLIPS
