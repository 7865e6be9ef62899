"""The binary answer about the past."""

import json
import struct

import numpy as np
import pytest

from ui.curves import parse_curves


def answer(points: dict[str, list[tuple[int, float, int]]]) -> bytes:
    header = json.dumps({"points": [{"key": key, "n": len(samples)} for key, samples in points.items()]}).encode()
    parts = [struct.pack("<I", len(header)), header]
    for samples in points.values():
        parts += [np.array([s[i] for s in samples], kind).tobytes() for i, kind in enumerate(("<i8", "<f8", "u1"))]
    return b"".join(parts)


def test_curves_come_out_as_arrays():
    curves = parse_curves(answer({"a.x": [(1, 2.5, 0), (2, float("nan"), 2)], "a.empty": [], "b.y": [(9, -1.0, 1)]}))
    times, values, qualities = curves["a.x"]
    assert times.tolist() == [1, 2]
    assert values[0] == 2.5
    assert np.isnan(values[1])
    assert qualities.tolist() == [0, 2]
    assert len(curves["a.empty"][0]) == 0
    assert curves["b.y"][1].tolist() == [-1.0]


@pytest.mark.parametrize(
    "body", [b"", b"\x05\0\0\0{}", struct.pack("<I", 2) + b"{}", answer({"a.x": [(1, 2.0, 0)]})[:-1], struct.pack("<I", 9) + b"not json!"]
)
def test_nonsense_is_refused(body):
    with pytest.raises(ValueError):
        parse_curves(body)
