"""docs/store.md says what the code does."""

from pathlib import Path

import pytest

from cityops_desktop.history.frames import REASONS
from cityops_desktop.history.journal import KEEP
from cityops_desktop.store.store import JOURNAL, RECORDS
from cityops_desktop.store.trouble import StoreCode

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "store.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [code for code in StoreCode if code not in (StoreCode.BUSY, StoreCode.TOO_SLOW)])
def test_every_code_of_a_pause_is_explained(code: StoreCode) -> None:
    assert f"| `{code}` |" in PAGE


def test_files_reasons_and_figures_are_those_of_the_code() -> None:
    assert f"| `{RECORDS}` |" in PAGE
    assert f"| `{JOURNAL}` |" in PAGE
    assert f"{KEEP:,} rows" in PAGE
    for number, reason in enumerate(REASONS, 1):
        assert f"`{reason}` {number}" in PAGE
