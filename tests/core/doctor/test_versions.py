"""Versions: what is tested is fine; an unsound SQLite, a leaking PySide6, another library are wrong and come with a cure."""

from pathlib import Path

import pytest

from cityops_desktop import paths
from cityops_desktop.doctor import versions
from tests.core.doctor.telling import told

LOCK = """\
alembic==1.20.1 \\
    --hash=sha256:83490
    # via cityops-desktop
pyside6-essentials==6.11.3 ; python_full_version < '3.12' \\
    --hash=sha256:11111
pyside6-essentials==6.12.0 ; python_full_version >= '3.12' \\
    --hash=sha256:22222
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:33333
"""
HERE = {"alembic": "1.20.1", "pyside6-essentials": "6.11.3", "PySide6-Essentials": "6.11.3"}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.lock"
    file.write_text(LOCK, "utf-8")
    return file


def test_this_installation_is_as_tested() -> None:
    found = told(versions.look(paths.ROOT / "requirements.lock"))
    assert [line.partition(":")[0] for line in found] == ["fine"] * 4
    assert "libraries as tested" in found[3]


def test_what_is_locked_is_fine_whatever_the_marker(lock: Path) -> None:
    found = told(versions.look(lock, HERE.get, (3, 11), "3.53.0"))
    assert found[1:] == ["fine: PySide6 6.11.3", "fine: SQLite 3.53.0, which keeps its files whole", "fine: 2 libraries as tested"]


def test_other_libraries_are_named(lock: Path) -> None:
    found = told(versions.look(lock, {**HERE, "pyside6-essentials": "6.9.3", "alembic": None}.get, (3, 11), "3.53.0"))
    assert found[3].startswith(
        "wrong: libraries other than the tested ones: alembic — ≠ 1.20.1, pyside6-essentials 6.9.3 ≠ 6.11.3 / 6.12.0 → install the locked"
    )


@pytest.mark.parametrize(("python", "state"), [((3, 10), "wrong"), ((3, 11), "fine"), ((3, 13), "fine"), ((3, 14), "wrong")])
def test_pythons(lock: Path, python: tuple[int, int], state: str) -> None:
    assert told(versions.look(lock, HERE.get, python, "3.53.0"))[0].startswith(state)


@pytest.mark.parametrize(
    ("version", "python", "state"),
    [
        ("6.12.0", (3, 11), "wrong"),
        ("6.12.0", (3, 12), "fine"),
        ("6.11.3", (3, 11), "fine"),
        ("7.0", (3, 11), "wrong"),
        (None, (3, 12), "wrong"),
    ],
)
def test_a_window_that_would_end_by_itself(lock: Path, version: str | None, python: tuple[int, int], state: str) -> None:
    assert told(versions.look(lock, {**HERE, "PySide6-Essentials": version}.get, python, "3.53.0"))[1].startswith(state)


@pytest.mark.parametrize(("version", "state"), [("3.51.2", "wrong"), ("3.51.3", "fine"), ("3.50.7", "fine"), ("3.40.1", "wrong")])
def test_a_sqlite_that_damages_files(lock: Path, version: str, state: str) -> None:
    line = told(versions.look(lock, HERE.get, (3, 11), version))[2]
    assert line.startswith(state) and (version in line)


def test_without_a_locked_list_nothing_is_claimed(tmp_path: Path) -> None:
    assert told(versions.look(tmp_path / "none", HERE.get, (3, 11), "3.53.0"))[3].startswith("unknown:")
