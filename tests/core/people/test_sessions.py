"""Sessions: bound to their console, one person at a time, idle, listed, ended from elsewhere."""

import pytest
from sqlalchemy import select

from cityops_desktop.link.acts import (
    EndSession,
    RevokeSession,
)
from cityops_desktop.model.people import Preset, Way
from cityops_desktop.people import sessions
from cityops_desktop.people.policy import POLICIES
from cityops_desktop.store.schema import account, session
from tests.core.people.site import HERE, THERE, Site, back, code, refused


def test_a_token_is_good_at_its_console_only_and_its_owner_sees_the_attempt(site: Site) -> None:
    opened = site.login()
    told = refused(lambda: site.people.check(opened.token, THERE, "alarm.acknowledge"))
    assert (told.code, told.params) == ("stolen_session", {}), "the thief is not told whose it is"
    assert told.about == {"account": site.person.id, "session": opened.id, "opened_at": "desk"}
    assert site.people.attention.elsewhere(opened.id) == site.clock.wall()
    site.people.logout(opened.token, THERE)
    assert site.people.check(opened.token, HERE, "alarm.acknowledge").session == opened.id, "it does not cost the owner the session"


def test_a_session_that_nobody_uses_is_ended(site: Site) -> None:
    opened = site.login()
    limit = POLICIES[Preset.BASIC].idle_seconds
    for _ in range(3):
        site.clock.advance(limit - 1)
        site.people.tick()
        site.people.touch(opened.token, HERE)
    assert site.people.attention.idle(opened.id) == 0
    site.clock.advance(limit - 1)
    assert site.people.attention.idle(opened.id) == limit - 1
    site.clock.advance(1)
    assert site.people.who(opened.token, HERE) is None, "even before the station has written it down"
    assert code(lambda: site.people.touch(opened.token, HERE)) == "not_logged_in"
    site.people.tick()
    site.row()
    assert site.closed() == ["idle"]
    assert site.store.read(lambda conn: conn.execute(select(session.c.id)).all()) == []


def test_a_quick_session_lasts_some_minutes_and_longer_while_it_is_used(pinned: Site) -> None:
    opened = back(pinned)
    minutes = POLICIES[Preset.BASIC].quick_seconds
    for _ in range(3):
        pinned.clock.advance(minutes - 1)
        pinned.people.touch(opened.token, HERE)
    pinned.clock.advance(minutes)
    pinned.people.tick()
    pinned.row()
    assert pinned.closed()[-1] == "idle"
    assert pinned.people.who(opened.token, HERE) is None, "and nobody comes back by that"


def test_a_shift_has_an_end_however_busy(site: Site) -> None:
    opened = site.login()
    for _ in range(12 * 2):
        site.clock.advance(1799)
        site.people.touch(opened.token, HERE)
    site.clock.advance(24)
    assert site.people.who(opened.token, HERE) is None
    site.people.tick()
    site.row()
    assert site.closed() == ["expired"]


def test_sessions_outlive_a_restart_and_are_idle_from_then_on(site: Site) -> None:
    opened = site.login()
    site.clock.advance(1000)
    site.restart()
    assert site.who(opened).session == opened.id
    site.clock.advance(1799)
    assert site.who(opened).session == opened.id
    site.clock.advance(1)
    assert site.people.who(opened.token, HERE) is None


@pytest.mark.parametrize(
    "forged",
    [
        {"digest": sessions.digest("mine")},
        {"bound": THERE},
        {"account": "somebody"},
        {"way": "full"},
        {"expires": 2**50},
        {"id": "untold"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_no_session_comes_from_writing_into_the_file(pinned: Site, forged: dict[str, object]) -> None:
    """Only what the log says was opened is taken over by the next run, with this token, at this console, by this person."""
    pinned.people.logout(pinned.login().token, HERE)
    pinned.login()
    opened = back(pinned)
    if "account" in forged:
        row = dict(pinned.row()) | {"id": "somebody", "name": "x", "name_key": "x", "badge": None}
        pinned.people.write(lambda conn: conn.execute(account.insert().values(row)))
    pinned.people.write(lambda conn: conn.execute(session.update().where(session.c.id == opened.id).values(forged)))
    pinned.restart()
    token, place = ("mine" if "digest" in forged else opened.token), str(forged.get("bound", HERE))
    assert pinned.people.who(token, place) is None


def test_sessions_are_listed_and_ended_from_elsewhere(site: Site) -> None:
    own, other = site.login(), site.login(bound=THERE)
    root = site.login(name="root", bound="third")
    listed = site.store.read(lambda conn: sessions.open_sessions(conn, site.clock.wall(), site.person.id))
    assert [(one.id, one.display, one.way) for one in listed] == [(own.id, "张工", Way.FULL), (other.id, "张工", Way.FULL)]
    assert code(lambda: site.act(own, EndSession(session=root.id))) == "no_such_session", "only one's own"
    assert code(lambda: site.act(own, RevokeSession(session=root.id))) == "no_right"
    site.act(own, EndSession(session=other.id))
    site.act(root, RevokeSession(session=own.id), "third")
    assert code(lambda: site.act(root, RevokeSession(session=own.id), "third")) == "no_such_session"
    assert site.closed() == ["logout", "revoked"]
    assert [site.people.here(where) for where in (HERE, THERE)] == [[], []]
