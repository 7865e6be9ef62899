"""Columns as few bytes, whatever is in them and however many there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cityops_desktop.history.pack import Damaged, pack, unpack


@given(arrays.arrays(np.int64, st.integers(0, 40), elements=st.integers(-(2**63), 2**63 - 1)), st.booleans())
def test_what_was_packed_is_unpacked(column: np.ndarray, thorough: bool) -> None:
    np.testing.assert_array_equal(unpack(pack(column, thorough), len(column)), column)


@pytest.mark.parametrize("length", [511, 512, *range(513, 518), 1024, 1025, 3585, 3586, 3587, 3588, 3600])
def test_a_slow_wave_of_any_length(length: int) -> None:
    """Of some lengths one of the library's codings cannot be used: an hour with a dozen samples missing has such a one."""
    column = np.rint(300 + 4 * np.sin(np.arange(length) / 90) + np.random.default_rng(length).normal(0, 0.8, length)).astype(np.int64)
    np.testing.assert_array_equal(unpack(pack(column), length), column)


def test_bytes_that_are_no_column_are_told() -> None:
    for data, count in ((b"", 0), (b"\x00", 1), (b"\x01abc", 3), (b"\x07" + bytes(20), 1), (b"\x02" + bytes(8) + b"junk", 4)):
        with pytest.raises(Damaged):
            unpack(data, count)
