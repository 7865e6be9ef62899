"""The rights matrix as data: what the presets differ in, and what must hold in both."""

import typing

import pytest

from cityops_desktop.link.acts import AnyAct
from cityops_desktop.model.people import Limited, Preset, Role, Way
from cityops_desktop.people import rights

KINDS = {act.model_fields["kind"].default for act in typing.get_args(typing.get_args(AnyAct)[0])}
THREE = {Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR}
OPERATION = {Role.DUTY, Role.SHIFT_LEADER, Role.ENGINEER}


@pytest.mark.parametrize("preset", Preset)
def test_every_act_has_a_line_and_nothing_else_is_allowed(preset: Preset) -> None:
    matrix = rights.MATRIX[preset]
    assert set(matrix) >= KINDS
    assert {kind for kind in matrix if not kind.endswith(".read")} == KINDS | {"audit.export", "config.draft", "incident.export"}, (
        "questions besides"
    )
    assert all(matrix.values()), "a line for nobody"
    assert not any(rights.allowed(kind, set(Role), preset) for kind in ("shutdown.start", "", "alarm"))
    assert not any(rights.allowed(kind, (), preset) for kind in matrix)


@pytest.mark.parametrize("preset", Preset)
def test_the_security_administrator_operates_nothing_and_the_auditor_changes_nothing(preset: Preset) -> None:
    everybody = {kind for kind, roles in rights.MATRIX[preset].items() if roles == frozenset(Role)}
    own = lambda role: set(rights.rights({role}, preset)) - everybody  # noqa: E731
    assert not any(kind.startswith(("alarm.", "config.")) for kind in own(Role.SECURITY_ADMINISTRATOR) if not kind.endswith(".read"))
    assert {kind for kind in own(Role.AUDITOR) if not kind.endswith(".read")} == {"audit.verify", "audit.anchor", "audit.export"}
    assert own(Role.VIEWER) == set()
    assert not rights.allowed("alarm.acknowledge", THREE | {Role.VIEWER}, preset)


def test_level_three_leaves_each_administrator_its_own() -> None:
    """No act but configuration drafts and everybody's own is in two of the three hands, and none in all."""
    matrix = rights.MATRIX[Preset.MLPS3]
    shared = {kind for kind, roles in matrix.items() if len(roles & THREE) > 1 and roles != frozenset(Role)}
    assert {kind for kind in shared if not kind.endswith(".read")} == set()
    for kind in ("role.grant", "role.revoke", "policy.set", "factor.reset"):
        assert matrix[kind] == {Role.SECURITY_ADMINISTRATOR}
    assert matrix["account.create"] == {Role.ADMINISTRATOR}
    assert all(matrix[kind] <= rights.MATRIX[Preset.BASIC][kind] for kind in matrix), "level 3 gives nobody more"


def test_several_roles_add_up() -> None:
    for preset in Preset:
        both = set(rights.rights({Role.DUTY, Role.ADMINISTRATOR}, preset))
        assert both == set(rights.rights({Role.DUTY}, preset)) | set(rights.rights({Role.ADMINISTRATOR}, preset))
        assert rights.rights((), preset) == []


def test_only_the_horn_needs_no_person() -> None:
    assert {"alarm.silence"} == rights.WITHOUT_PERSON


def test_what_stays_apart_is_every_pair_of_groups() -> None:
    for role in Role:
        assert rights.apart({role, Role.VIEWER}, Preset.MLPS3)
    assert rights.apart(OPERATION, Preset.MLPS3)
    for one in THREE:
        for other in set(Role) - {one, Role.VIEWER}:
            assert not rights.apart({one, other}, Preset.MLPS3)
            assert rights.apart({one, other}, Preset.BASIC)


def test_a_quick_or_a_limited_session_does_little() -> None:
    for kind in rights.BASIC:
        assert rights.allowed_in(kind, Way.FULL, Limited.NOTHING)
        for way in (Way.PIN, Way.BADGE):
            assert rights.allowed_in(kind, way, Limited.NOTHING) is (kind in rights.QUICK)
        if kind.startswith("own."):
            continue
        assert not rights.allowed_in(kind, Way.FULL, Limited.CHANGE_PASSWORD)
        assert not rights.allowed_in(kind, Way.FULL, Limited.ENROL_FACTOR)


def test_who_confirms_is_named_for_every_act_of_two_persons() -> None:
    for preset in Preset:
        assert set(rights.CONFIRM) >= set(rights.TWO_PERSONS[preset])
