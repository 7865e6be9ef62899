"""A limit tried on the past through the station's own historian: sealed months and the journal's end, what fits, who may see it."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cityops_desktop.history.archive import Archive
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.replay import ReplayInfo
from cityops_desktop.link.replay_api import Trial
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.station.replay import StationReplay
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.history.sealed import DAY_MS, JANUARY, past, put

NAMES = Names("名", "name")
LIMIT = Limit("high", Level.MAJOR, LimitKind.HIGH, 21.5, deadband=0.5, on_delay=60.0)
ID = "limit:a.x#high"
NOBODY = Credentials(None, "desk", "local")


class Looking:
    """Who may see what."""

    shown = True

    async def seen(self, keys: Sequence[str], what: str, credentials: Credentials) -> list[str]:
        return list(keys) if self.shown else []


class Site:
    """A room with one limit, and 40 days of its point."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        points = tuple(Point(f"a.{id}", "a", NAMES, Kind.ANALOG, Group.UPS, resolution=0.1, period=60.0, limits=(LIMIT,)) for id in "xz")
        device = Device("a", "b", NAMES, Group.UPS, None, points)
        room = Room("r", NAMES, "c/d/s/r", "UTC", "1", buses=(Bus("b", "x", NAMES, None),), devices=(device,))
        self.looking = Looking()
        self.replay = StationReplay(lambda: room, Archive(store.shelf), self.looking, clock)
        self.clock = clock

    def tried(self, limit: str = ID, **fields: float | bool | None) -> ReplayInfo:
        return asyncio.run(self.replay.replay(Trial(limit=limit, **fields), NOBODY))  # type: ignore[arg-type]


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock) -> Iterator[Site]:
    store = Store.open(tmp_path, clock)
    put(store.shelf, clock, [(JANUARY + day * DAY_MS, JANUARY + (day + 1) * DAY_MS) for day in range(40)], ("a.x",))
    clock.ms = JANUARY + 40 * DAY_MS
    made = Site(store, clock)
    yield made
    made.replay.close()
    store.close()


def test_it_counts_what_stands_in_the_months(site: Site) -> None:
    told = site.tried(value=22.5)
    assert (told.days, told.since, told.until) == (30, JANUARY + 10 * DAY_MS, JANUARY + 40 * DAY_MS - 60_000)
    meant = [past("a.x", JANUARY + day * DAY_MS, JANUARY + (day + 1) * DAY_MS) for day in range(10, 40)]
    assert told.samples == sum(len(strip) for strip in meant) and not told.cut
    # the sine swings by 3.0 about 20.0 in periods of 2 pi x 5e6 ms: some 82.5 of them in 30 days
    assert told.after is not None and 70 <= told.before.raised <= 200
    assert 0 < told.after.seconds < told.before.seconds < 30 * 86_400 / 2
    assert told.after.longest <= told.before.longest < 15_700, "half a swing"


def test_a_longer_delay_raises_less_and_none_is_raised_when_disabled(site: Site) -> None:
    plain, delayed = site.tried(), site.tried(on_delay=1800)
    assert plain.before == plain.after == delayed.before
    assert delayed.after is not None and delayed.after.raised < plain.before.raised
    assert site.tried(enabled=False).after is None


def test_a_point_without_a_past_has_none(site: Site) -> None:
    told = site.tried(limit="limit:a.z#high", value=1.0)
    assert (told.since, told.until, told.samples, told.before.raised) == (None, None, 0, 0)


@pytest.mark.parametrize(
    ("limit", "fields", "code"),
    [
        ("limit:a.y#high", {}, "no_such_point"),
        ("limit:a.x#low", {}, "no_such_limit"),
        ("a.x", {}, "override_id"),
        (ID, {"on_delay": -1.0}, "override_range"),
    ],
)
def test_what_does_not_fit_is_refused(site: Site, limit: str, fields: dict[str, float], code: str) -> None:
    with pytest.raises(Refused) as told:
        site.tried(limit=limit, **fields)
    assert told.value.code == code


def test_of_a_point_that_may_not_be_seen_nothing_is_told(site: Site) -> None:
    site.looking.shown = False
    with pytest.raises(Refused) as told:
        site.tried(value=22.0)
    assert told.value.code == "log_in_to_see"
