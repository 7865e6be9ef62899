"""People on an open store, with hashing made cheap (the real cost is tested once, in test_passwords)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from cityops_desktop.clock import Clock
from cityops_desktop.people import passwords
from cityops_desktop.people.people import People
from cityops_desktop.store.store import Store


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture
def people(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    loaded = People(store, clock)
    loaded.load()
    return loaded
