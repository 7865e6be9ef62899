"""SIGKILL while acts are written over HTTP: none acknowledged is lost, none half there. `dev.py bench kills` does it 1,000 times."""

import random
from pathlib import Path

from bench.kills import examined, killed


def test_no_acknowledged_act_is_lost_and_none_is_half_written(tmp_path: Path) -> None:
    tally = killed(tmp_path, 8, random.Random(4))
    found = examined(tmp_path, tally)
    assert tally.kills == 8
    assert len(tally.acknowledged) > 8
    assert (found.lost, found.half, found.findings, tally.refused, tally.unknown) == ([], [], [], [], [])
    assert found.rows > 3 * len(tally.acknowledged)
