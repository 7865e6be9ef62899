"""People on an open store, with hashing made cheap (the real cost is tested once, in test_passwords)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import OwnBadge, OwnPin
from cityops_desktop.people import passwords
from cityops_desktop.people.people import People
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, GOOD, Site, made


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture
def people(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    loaded = People(store, clock, "c/d/s/r1")
    loaded.load()
    return loaded


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    place = made(tmp_path, clock)
    yield place
    place.store.close()


@pytest.fixture
def pinned(site: Site) -> Site:
    opened = site.login()
    site.act(opened, OwnPin(password=GOOD, pin="274961"))
    site.act(opened, OwnBadge(password=GOOD, badge=" 0004711815\r\n"))
    return site
