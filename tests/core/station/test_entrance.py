"""The entrance as a console meets it: what it is told, which rights it may show, and what of a refusal is recorded."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from cityops_desktop.link.acts import OwnBadge, OwnPin
from cityops_desktop.link.credentials import LOCAL, Credentials, bound_to
from cityops_desktop.link.people import Login, QuickLogin, SessionInfo, Setup
from cityops_desktop.model.people import Preset, Way
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import passwords, rights
from cityops_desktop.people.policy import POLICIES
from cityops_desktop.station.entrance import StationEntrance
from cityops_desktop.station.refusals import EACH, Refusals
from cityops_desktop.store.schema import change
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, GOOD, HERE, Site, made, strict

T = TypeVar("T")
BOUND = Credentials(None, HERE, LOCAL)


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    place = made(tmp_path, clock)
    yield place
    place.store.close()


def entered(site: Site, ask: Callable[[StationEntrance], Awaitable[T]]) -> T:
    """What the entrance answers, on a loop of its own."""

    async def within() -> T:
        with ThreadPoolExecutor(1) as hashing:
            async with asyncio.timeout(30):
                return await ask(StationEntrance(site.people, Refusals(site.store, site.clock), hashing, lambda: None))

    return asyncio.run(within())


def refusals(site: Site) -> list[tuple[str, dict[str, Any]]]:
    site.people.write(lambda _conn: None)
    query = select(change.c.subject, change.c.body).where(change.c.kind == "act.refused").order_by(change.c.seq)
    return [(subject, json.loads(body)) for subject, body in site.store.read(lambda conn: conn.execute(query).all())]


def login(site: Site, password: str = GOOD, name: str = "zhang", **more: str) -> SessionInfo:
    return entered(site, lambda at: at.login(Login(name=name, password=password, console=more.pop("console", "desk"), **more), BOUND))


def test_a_session_says_how_long_it_lasts_and_what_it_may(site: Site) -> None:
    told = login(site)
    policy = POLICIES[Preset.BASIC]
    assert (told.way, told.idle_seconds, told.expires) == (Way.FULL, policy.idle_seconds, site.clock.wall() + policy.session_seconds * 1000)
    assert told.rights == rights.rights(told.person.roles)
    strict(site)
    limited = login(site)
    assert set(limited.rights) == {"own.read", "own.password", "own.factor_begin", "own.factor_confirm", "own.session_end"}


def test_a_quick_session_shows_only_what_it_may(site: Site) -> None:
    opened = site.login()
    assert entered(site, lambda at: at.quick_people(BOUND)) == [], "neither PIN nor badge"
    site.act(opened, OwnPin(password=GOOD, pin="274961"))
    site.act(opened, OwnBadge(password=GOOD, badge="0004711815"))
    [person] = entered(site, lambda at: at.quick_people(BOUND))
    assert (person.id, person.display, person.pin, person.badge) == (site.person.id, "张工", True, True)
    for quick in (QuickLogin(console="desk", account=person.id, pin="274961"), QuickLogin(console="desk", badge="0004711815")):
        told = entered(site, lambda at, q=quick: at.quick_login(q, BOUND))  # type: ignore[misc]
        assert told.idle_seconds == POLICIES[Preset.BASIC].quick_seconds
        assert set(told.rights) <= rights.QUICK and "alarm.acknowledge" in told.rights


def test_a_console_without_a_secret_has_no_way_back(site: Site) -> None:
    nameless = Credentials(None, bound_to(LOCAL, ""), LOCAL)
    opened = site.login(bound=nameless.bound)
    site.act(opened, OwnPin(password=GOOD, pin="274961"), nameless.bound)
    assert entered(site, lambda at: at.quick_people(nameless)) == []
    with pytest.raises(Refused, match="quick_ended"):
        entered(site, lambda at: at.quick_login(QuickLogin(console="desk", account=site.person.id, pin="274961"), nameless))


@pytest.mark.parametrize("console", ["desk", " desk ", "a\nb"])
def test_a_refused_log_in_is_recorded_without_what_was_typed(site: Site, console: str) -> None:
    for name, password in (("zhang", "Secret-typed-1"), ("Typed-by-mistake-2", "x")):
        with pytest.raises(Refused):
            login(site, password, name, console=console)
    if console == "a\nb":
        assert [(subject, body["code"], body["console"]) for subject, body in refusals(site)] == [
            ("refused:session.open", "bad_request", LOCAL)
        ] * 2
        return
    [(subject, known), (_, unknown)] = refusals(site)
    assert subject == "refused:session.open"
    assert known == {"code": "wrong_name_or_password", "console": "desk", "account": site.person.id}
    assert unknown == {"code": "wrong_name_or_password", "console": "desk", "account": None}
    assert "typed" not in json.dumps(refusals(site)).casefold()


def test_the_record_knows_why_a_right_password_was_refused(site: Site) -> None:
    site.change(enabled=False)
    with pytest.raises(Refused, match="wrong_name_or_password"):
        login(site)
    [(_, body)] = refusals(site)
    assert (body["account"], body["reason"]) == (site.person.id, "disabled")


def test_a_flood_of_refusals_is_counted(site: Site) -> None:
    async def flood(at: StationEntrance) -> None:
        for number in range(EACH + 5):
            with pytest.raises(Refused):
                await at.login(Login(name=f"n{number}", password="x", console="desk"), Credentials(None, f"c{number}", LOCAL))
        site.clock.advance(61)
        with pytest.raises(Refused):
            await at.login(Login(name="last", password="x", console="desk"), Credentials(None, "last", LOCAL))

    entered(site, flood)
    assert len(refusals(site)) == EACH + 1
    query = select(change.c.body).where(change.c.kind == "act.refused_many")
    [body] = site.store.read(lambda conn: conn.execute(query).scalars().all())
    assert json.loads(body)["counts"] == {"session.open wrong_name_or_password": 5}


def test_staying_and_leaving(site: Site) -> None:
    opened = site.login()
    own = Credentials(opened.token, HERE, LOCAL)
    site.clock.advance(100)
    entered(site, lambda at: at.touch(own))
    assert site.people.attention.idle(opened.id) == 0
    foreign = Credentials(opened.token, "another", LOCAL)
    with pytest.raises(Refused, match="stolen_session"):
        entered(site, lambda at: at.touch(foreign))
    [(subject, body)] = refusals(site)
    assert (subject, body["code"], body["account"]) == ("refused:session.touch", "stolen_session", site.person.id)
    entered(site, lambda at: at.logout(foreign))
    entered(site, lambda at: at.touch(own))
    entered(site, lambda at: at.logout(own))
    with pytest.raises(Refused, match="not_logged_in"):
        entered(site, lambda at: at.touch(own))


@pytest.mark.parametrize("via", [LOCAL, "a remote console"])
def test_a_first_start_that_is_refused_is_recorded_without_what_was_typed(site: Site, via: str) -> None:
    setup = Setup.model_validate({"administrator": {"name": "mallory", "display": "Mallory", "password": "Mallory-likes-1"}})
    with pytest.raises(Refused) as caught:
        entered(site, lambda at: at.setup(setup, Credentials(None, HERE, via)))
    [(subject, body)] = refusals(site)
    assert (subject, body["code"], body["console"]) == ("refused:setup", caught.value.code, via)
    assert caught.value.code == ("setup_done" if via == LOCAL else "local_only")
    assert "allory" not in json.dumps(body)
