"""A profile never asks more of its own device than it says that the device bears."""

from pathlib import Path

import pytest

from drivers.registry import DRIVERS
from tests.core.room.test_profile_frames import PROFILES, room_with


@pytest.mark.parametrize("profile", PROFILES)
def test_the_periods_of_a_profile_fit_its_interval(tmp_path: Path, profile: str) -> None:
    room = room_with(tmp_path, profile)
    [bus], [device] = room.buses, room.devices
    plan = DRIVERS[bus.driver].plan(bus, device, device.points)
    assert sum(max(request.interval, request.cost) / request.period for request in plan) <= 1.0


@pytest.mark.parametrize("profile", ["huawei-ups2000", "apc-smart-ups"])
def test_a_ups_is_asked_once_a_second_at_most(tmp_path: Path, profile: str) -> None:
    room = room_with(tmp_path, profile)
    [bus], [device] = room.buses, room.devices
    assert all(request.interval >= 1 for request in DRIVERS[bus.driver].plan(bus, device, device.points))
