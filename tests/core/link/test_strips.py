"""What is no answer about the past is refused; what a newer station says is told as well as can be."""

import json
import math
import struct

import numpy as np
import pytest

from cityops_desktop.link.strips import packed, unpacked
from cityops_desktop.model.envelope import Past, samples

ONE = packed(Past(5, {"a.x": samples(np.array([1, 2]), np.array([2.5, np.nan]), np.array([0, 2], np.uint8))}))


def header(told: object, rest: bytes = b"") -> bytes:
    text = json.dumps(told).encode()
    return struct.pack("<I", len(text)) + text + rest


def sample(time: int = 5, value: float = 1.0, quality: int = 0, reasons: object = ((None, ""),)) -> bytes:
    told = {"oldest": None, "points": [{"key": "a.x", "width": 0, "n": 1, "reasons": reasons}]}
    return header(told, struct.pack("<qdBB", time, value, quality, 0))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x05\0\0\0{}",
        struct.pack("<I", 9) + b"not json!",
        ONE[:-1],
        header({}),
        header([]),
        header({"oldest": None, "points": [{"key": "a.x"}]}),
        header({"oldest": None, "points": [{"key": "a.x", "width": 0, "n": -1, "reasons": []}]}),
        header({"oldest": None, "points": [{"key": "a.x", "width": 0, "n": 1, "reasons": []}]}, bytes(18)),
        header({"oldest": "soon", "points": []}),
        header({"oldest": 10**30, "points": []}),
        struct.pack("<I", 200_000) + b"[" * 200_000,
        struct.pack("<I", 28) + b'{"oldest":1e999,"points":[]}',
        header({"oldest": None, "points": [{"key": "a.x", "width": -5, "n": 0, "reasons": []}]}),
        header({"oldest": None, "points": [{"key": "a.x", "width": 10**30, "n": 0, "reasons": []}]}),
        sample(time=-(2**63)),
        sample(time=2**62),
        sample(quality=99),
        sample(value=math.inf),
        sample(reasons=[[None, 5]]),
        sample(reasons=[[7, ""]]),
    ],
)
def test_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        unpacked(body)


def test_a_sample_that_makes_sense_is_taken_and_times_that_run_backwards_are_not() -> None:
    assert unpacked(sample()).strips["a.x"].first.tolist() == [1.0]
    back = {"oldest": None, "points": [{"key": "a.x", "width": 0, "n": 2, "reasons": [[None, ""]]}]}
    with pytest.raises(ValueError, match="makes no sense"):
        unpacked(header(back, struct.pack("<qqddBBBB", 9, 5, 1.0, 1.0, 0, 0, 0, 0)))


def test_an_answer_without_samples_is_one() -> None:
    told = header({"oldest": None, "points": [{"key": "a.x", "width": 1000, "n": 0, "reasons": []}]})
    past = unpacked(told)
    assert past.oldest is None and len(past.strips["a.x"]) == 0


def test_a_reason_that_is_not_known_here_is_told_by_its_code() -> None:
    told = {"oldest": 1, "points": [{"key": "a.x", "width": 0, "n": 1, "reasons": [["struck_by_lightning", "2"]]}]}
    body = struct.pack("<q", 1) + struct.pack("<d", 1.0) + bytes(2)
    assert unpacked(header(told, body)).strips["a.x"].reason(0) == (None, "struck_by_lightning 2")
