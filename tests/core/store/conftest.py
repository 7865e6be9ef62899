"""An open store in a directory of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops_desktop.clock import Clock
from cityops_desktop.store.store import Store


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path, clock)
    yield opened
    opened.close()
