"""The locked lists: one program, one set of versions, every package with its hash, and no address."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")


def pins(name: str) -> dict[str, str]:
    """Each entry's first line (name, version, marker) with its hashes."""
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip())
    return {block.split(" \\")[0]: block for block in blocks}


def names(requirements: list[str]) -> set[str]:
    return {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower() for line in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_each_package_is_pinned_and_hashed_and_no_address_is_named(lock: str) -> None:
    for head, block in pins(lock).items():
        assert re.match(r"[\w.-]+==[\w.+!]+", head), head
        assert block.count("--hash=sha256:") >= 1, head
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS[:2])
def test_the_smaller_lists_are_part_of_the_one_for_development(lock: str) -> None:
    assert pins(lock).items() <= pins("requirements-dev.lock").items()


def test_the_lists_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-build.lock": project["build-system"]["requires"],
        "requirements-dev.lock": project["project"]["optional-dependencies"]["dev"],
    }
    for lock, requirements in asked.items():
        assert names(requirements) <= names(list(pins(lock))), lock
