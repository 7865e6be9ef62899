"""The power cut at random moments: of what was not synced, any sectors are there or not. The program itself is not changed."""

import random
from pathlib import Path

import pytest

from bench.history_parts import disk_log
from bench.history_parts.disk_log import Act, Disk, Op
from bench.history_parts.falls import cut

CUTS, SECONDS = 8, 120


def test_no_acknowledged_second_is_lost(tmp_path: Path) -> None:
    tally = cut(tmp_path, CUTS, random.Random(1), frames=SECONDS, each=CUTS)
    assert (tally.lost, tally.doubled, tally.changed, tally.corrupt) == ([], [], [], [])
    assert tally.falls == CUTS
    assert tally.acknowledged > 0


def test_a_disk_that_only_says_that_it_has_synced_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found above to be nothing can be found at all."""
    do = Disk.do
    monkeypatch.setattr(disk_log.Disk, "do", lambda self, act: None if act.op is Op.SYNCED else do(self, act))
    tally = cut(tmp_path, CUTS, random.Random(1), frames=SECONDS, each=CUTS)
    assert tally.lost or tally.corrupt


def test_what_survives_a_cut(tmp_path: Path) -> None:
    disk = Disk()
    acts = [
        *(Act(Op.CREATED, 1, 0, b"a"), Act(Op.WRITTEN, 1, 0, b"x" * 1024), Act(Op.SYNCED, 1, 0, b""), Act(Op.FOLDER_SYNCED, 9, 0, b"")),
        *(Act(Op.WRITTEN, 1, 0, b"y" * 1024), Act(Op.CUT, 1, 1536, b""), Act(Op.CREATED, 2, 0, b"b"), Act(Op.RENAMED, 0, 0, b"a\0c")),
    ]
    for act in acts:
        disk.do(act)
    seen = set()
    for seed in range(60):
        place = tmp_path / str(seed)
        place.mkdir()
        disk.after_cut(place, random.Random(seed))
        names = tuple(sorted(path.name for path in place.iterdir()))
        content = next(path for path in place.iterdir() if path.name in "ac").read_bytes()
        assert names in (("a",), ("a", "b"), ("b", "c"))
        assert len(content) in (1024, 1536)
        assert all(set(content[at : at + 512]) in ({120}, {121}) for at in (0, 512))
        seen.add((names, content[:1], content[512:513], len(content)))
    assert len(seen) > 8
