"""The rights matrix."""

import pytest

from cityops_desktop.model.people import Role
from cityops_desktop.people import rights


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("alarm.acknowledge", {Role.DUTY, Role.SHIFT_LEADER, Role.ENGINEER}),
        ("account.create", {Role.ADMINISTRATOR}),
        ("alarm.silence", set(Role)),
        ("shutdown.start", set()),
        ("", set()),
    ],
)
def test_who_may_do_what(kind: str, roles: set[Role]) -> None:
    assert {role for role in Role if rights.allowed(kind, {role})} == roles
    assert not rights.allowed(kind, ())


def test_several_roles_add_up() -> None:
    assert rights.rights({Role.DUTY}) == ["alarm.acknowledge", "alarm.silence"]
    assert rights.rights({Role.DUTY, Role.ADMINISTRATOR}) == ["account.create", "alarm.acknowledge", "alarm.silence"]
    assert rights.rights({Role.AUDITOR}) == ["alarm.silence"]
    assert rights.rights(()) == []


def test_only_the_horn_needs_no_person() -> None:
    assert {"alarm.silence"} == rights.WITHOUT_PERSON
    assert set(rights.MATRIX) >= rights.WITHOUT_PERSON
