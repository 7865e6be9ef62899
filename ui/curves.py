"""The station's binary answer about the past, as arrays. Asks nobody."""

import json
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Curve = tuple[np.ndarray, np.ndarray, np.ndarray]
    """Times (int64, UTC ms), values (float64, NaN = no usable value) and quality codes (uint8) of one point, all of one length."""


def parse_curves(body: bytes) -> "dict[str, Curve]":
    """Curves by point key. ValueError when the bytes are not such an answer."""
    import numpy as np

    try:
        (length,) = struct.unpack_from("<I", body)
        points = [(str(point["key"]), int(point["n"])) for point in json.loads(body[4 : 4 + length])["points"]]
    except (struct.error, KeyError, TypeError) as error:
        raise ValueError(f"not a history answer: {error}") from error
    at = 4 + length
    curves = {}
    for key, n in points:
        if n < 0 or at + n * 17 > len(body):
            raise ValueError(f"history answer cut at {key}")
        times = np.frombuffer(body, "<i8", n, at)
        values = np.frombuffer(body, "<f8", n, at + 8 * n)
        qualities = np.frombuffer(body, "u1", n, at + 16 * n)
        curves[key] = (times, values, qualities)
        at += n * 17
    return curves
