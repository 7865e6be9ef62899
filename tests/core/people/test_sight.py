"""Who may see which alarm: the one rule, as a table."""

import pytest

from cityops_desktop.model.people import Limited, Person, Preset, Role, Way, Who
from cityops_desktop.people.sight import Reader, Sight, anybody, reader

DOMAIN = "c/d/s/r1"
SIGHT = Sight(DOMAIN, {"plain": False, "door": True}, {"plain.temp": "plain", "door.open": "door"})


def who(*roles: Role, limited: Limited = Limited.NOTHING) -> Who:
    return Who(Person("p1", "zhang", "张工", frozenset(roles)), "s1", "desk", Way.FULL, limited, 0)


@pytest.mark.parametrize(
    ("subject", "device", "guarded"),
    [
        ("plain", "plain", False),
        ("plain.temp", "plain", False),
        ("door", "door", True),
        ("door.open", "door", True),
        ("old.temp", "old", True),
        ("old", "old", True),
        ("bus:line1", "", False),
        ("gateway:10.0.0.5", "", False),
        ("station", "", False),
        ("room", "", False),
    ],
)
def test_the_past_of_a_sensitive_device_or_one_that_is_gone_is_guarded(subject: str, device: str, guarded: bool) -> None:
    assert (SIGHT.device(subject), SIGHT.guarded(subject)) == (device, guarded)
    nobody, person = anybody(DOMAIN), reader(who(Role.VIEWER), DOMAIN, Preset.MLPS3)
    assert SIGHT.sees(nobody, subject, open=True), "an open alarm is seen by everybody"
    assert SIGHT.sees(nobody, subject, open=False) is not guarded
    assert SIGHT.sees(person, subject, open=False)


@pytest.mark.parametrize(
    ("domain", "seen"),
    [("", True), ("c", True), ("c/d/s", True), (DOMAIN, True), ("c/d/s/r", False), ("c/x", False), (f"{DOMAIN}/sub", False)],
)
def test_a_level_sees_its_own_domain(domain: str, seen: bool) -> None:
    for open in (True, False):
        assert SIGHT.sees(Reader(domain, named=True), "plain.temp", open=open) is seen


def test_a_person_without_a_role_here_or_with_something_left_to_do_is_nobody() -> None:
    assert not reader(None, DOMAIN, Preset.BASIC).named
    assert not reader(who(), DOMAIN, Preset.BASIC).named
    assert not reader(who(Role.DUTY, limited=Limited.CHANGE_PASSWORD), DOMAIN, Preset.BASIC).named
    assert reader(who(Role.DUTY), DOMAIN, Preset.BASIC).named
