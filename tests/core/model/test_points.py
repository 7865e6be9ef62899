"""A limit at its very edge, and what a resolution does to a value."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point

TENTHS = st.integers(-1000, 1000).map(lambda n: Decimal(n) / 10)


def point(resolution: float, kind: Kind = Kind.ANALOG) -> Point:
    return Point("d.p", "d", Names("p", "p"), kind, Group.ENVIRONMENT, resolution=resolution)


@given(TENTHS, st.integers(0, 100).map(lambda n: Decimal(n) / 10), TENTHS, st.sampled_from([LimitKind.HIGH, LimitKind.LOW]))
def test_a_limit_is_broken_and_left_as_the_decimal_figures_say(bound: Decimal, deadband: Decimal, value: Decimal, kind: LimitKind) -> None:
    limit = Limit("l", Level.MINOR, kind, float(bound), deadband=float(deadband))
    read = point(0.1).at_resolution(float(value))
    high = kind is LimitKind.HIGH
    assert limit.broken_by(read) == (value > bound if high else value < bound)
    assert limit.left_by(read) == (value <= bound - deadband if high else value >= bound + deadband)


@pytest.mark.parametrize(
    ("resolution", "read", "recorded", "decimals"),
    [(0.1, 23.456, 23.5, 1), (0.05, 0.12, 0.1, 2), (0.25, 1.1, 1.0, 2), (5.0, 1013.0, 1015.0, 0), (1e-9, 0.1234567891, 0.123456789, 9)],
)
def test_what_is_recorded_is_the_value_at_the_resolution(resolution: float, read: float, recorded: float, decimals: int) -> None:
    assert point(resolution).at_resolution(read) == recorded
    assert point(resolution).decimals == decimals


def test_a_state_is_a_whole_number() -> None:
    value = point(1.0, Kind.DIGITAL).at_resolution(True)
    assert value == 1 and type(value) is int
