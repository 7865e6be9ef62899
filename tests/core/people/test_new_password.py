"""What a new password must not be, and what ends with a change."""

from itertools import pairwise

import pytest
from sqlalchemy import select

from cityops_desktop.link.acts import (
    OwnPassword,
    OwnPin,
)
from cityops_desktop.model.people import Preset
from cityops_desktop.people.policy import POLICIES
from cityops_desktop.store.schema import old_password
from tests.core.people.site import GOOD, HERE, OTHER, THERE, TRIES, Site, code


def test_a_new_password_is_none_of_the_last_ones(site: Site) -> None:
    site.people.policy = POLICIES[Preset.MLPS3]
    count = POLICIES[Preset.MLPS3].password_history
    given_out = [GOOD, *(f"Newpass-{number}x" for number in range(count))]
    opened = site.login()
    for old, new in pairwise(given_out):
        assert code(lambda o=old: site.act(opened, OwnPassword(old=o, new=o))) == "password_used"
        site.act(opened, OwnPassword(old=old, new=new))
    last = given_out[-1]
    assert code(lambda: site.act(opened, OwnPassword(old=last, new=given_out[1]))) == "password_used"
    site.act(opened, OwnPassword(old=last, new=GOOD))
    assert len(site.store.read(lambda conn: conn.execute(select(old_password.c.id)).all())) == count + 1


@pytest.mark.parametrize(
    ("new", "told"),
    [("Short1!", "weak_password"), ("alllowercase", "weak_password"), ("xxZHANGxx12!", "name_in_password"), (GOOD, "password_used")],
)
def test_what_a_new_password_must_not_be(site: Site, new: str, told: str) -> None:
    opened = site.login()
    assert code(lambda: site.act(opened, OwnPassword(old=GOOD, new=new))) == told
    assert code(lambda: site.act(opened, OwnPassword(old="Wrongwrong1", new=OTHER))) == "wrong_password"
    assert site.login().person.name == "zhang"


def test_a_change_of_password_ends_the_other_sessions(site: Site) -> None:
    elsewhere, opened = site.login(bound=THERE), site.login()
    site.act(opened, OwnPassword(old=GOOD, new=OTHER))
    assert site.people.who(elsewhere.token, THERE) is None
    assert site.people.who(opened.token, HERE) is not None
    assert site.people.here(THERE) == []
    assert len(site.people.here(HERE)) == 1
    assert code(site.login) == "wrong_name_or_password"
    assert site.login(OTHER).person.name == "zhang"


def test_whoever_sits_down_at_an_open_session_cannot_guess_the_password(site: Site) -> None:
    opened = site.login()
    for _ in range(TRIES):
        assert code(lambda: site.act(opened, OwnPin(password="Wrongwrong1", pin="274961"))) == "wrong_password"
    assert code(lambda: site.act(opened, OwnPin(password=GOOD, pin="274961"))) == "too_many_attempts"
    assert site.row()["locked_until"] is not None
