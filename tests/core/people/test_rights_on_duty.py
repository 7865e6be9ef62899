"""Rights that a room binds to being on duty: those that somebody has by the role of duty staff alone, never looking nor coming."""

import pytest

from cityops_desktop.model.people import Preset, Role
from cityops_desktop.people import rights


@pytest.mark.parametrize("kind", ["alarm.acknowledge", "note.add", "incident.entry"])
def test_what_duty_staff_do_is_bound_for_them_and_for_nobody_else(kind: str) -> None:
    assert rights.bound_to_duty(kind, {Role.DUTY})
    assert rights.bound_to_duty(kind, {Role.DUTY, Role.VIEWER})
    assert not rights.bound_to_duty(kind, {Role.DUTY, Role.SHIFT_LEADER})
    assert not rights.bound_to_duty(kind, {Role.ENGINEER})


@pytest.mark.parametrize("preset", Preset)
def test_looking_coming_and_ones_own_account_are_never_bound(preset: Preset) -> None:
    held = rights.rights({Role.DUTY}, preset)
    free = {kind for kind in held if not rights.bound_to_duty(kind, {Role.DUTY}, preset)}
    assert {kind for kind in held if kind.endswith(".read") or kind.startswith("own.")} <= free
    assert {"duty.sign_in", "duty.sign_out"} <= free
    assert "alarm.acknowledge" not in free
