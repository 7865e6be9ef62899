"""System packages: found with dpkg's list, installed by root, asked for in one line otherwise."""

import io
import os
import shutil
from pathlib import Path

import pytest

from devtools import system
from devtools.steps import Steps

DPKG = """#!/bin/sh
cat {folder}/installed
"""
APT = """#!/bin/sh
echo "apt-get $*" >> {folder}/calls
case "$1" in
  update) touch {folder}/updated ;;
  install) test -e {folder}/updated || exit 100; test -e {folder}/offline && exit 100
    for word in "$@"; do echo "ii |$word|" >> {folder}/installed; done ;;
esac
"""


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian with one library of the wanted ones (by another name), and no list of packages yet."""
    for name, text in {"dpkg-query": DPKG, "apt-get": APT}.items():
        (tmp_path / name).write_text(text.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    (tmp_path / "installed").write_text("ii |libglib2.0-0t64|libglib2.0-0 (= 2.80.0-6), libglib2.0-0:amd64\nrc |libegl1|\nii |libgl1|\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(system, "LISTS", tmp_path / "lists")
    monkeypatch.setattr(system, "venv_package", tuple)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def test_a_library_counts_under_the_name_that_provides_it_and_removed_ones_do_not(debian: Path) -> None:
    assert system.missing(("libgl1", "libglib2.0-0", "libegl1", "xvfb")) == ["libegl1", "xvfb"]


def test_root_installs_what_is_missing_and_nothing_the_second_time(debian: Path) -> None:
    out = io.StringIO()
    assert system.prepare(Steps(out), ("libgl1", "libegl1")) == []
    calls = (debian / "calls").read_text().splitlines()
    assert calls[0] == "apt-get update"
    assert calls[1].startswith("apt-get install -y --no-install-recommends") and calls[1].endswith(" libegl1")
    assert system.prepare(Steps(out), ("libgl1", "libegl1")) == []
    assert len((debian / "calls").read_text().splitlines()) == 2
    assert "sudo" not in out.getvalue()


def test_an_old_list_of_packages_is_renewed_once(debian: Path) -> None:
    (debian / "lists").mkdir()
    (debian / "lists" / "mirror_Packages").touch()
    assert system.prepare(Steps(io.StringIO()), ("libegl1",)) == []
    assert [line.split()[1] for line in (debian / "calls").read_text().splitlines()] == ["install", "update", "install"]


@pytest.fixture
def not_root(debian: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same Debian, for a person who has to ask root."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (debian / "cat").symlink_to(shutil.which("cat") or "")
    monkeypatch.setenv("PATH", str(debian))
    return debian


def said(packages: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """What is still missing, and the lines on the screen."""
    out = io.StringIO()
    lacking = system.prepare(Steps(out), packages)
    return lacking, [line.strip() for line in out.getvalue().splitlines()]


def test_without_root_one_line_is_said_and_it_goes_on(not_root: Path) -> None:
    (not_root / "sudo").touch(0o755)
    (not_root / "lists").mkdir()
    (not_root / "lists" / "mirror_Packages.lz4").touch()
    lacking, lines = said(("libgl1", "libegl1", "libxcb-cursor0"))
    assert lacking == ["libegl1", "libxcb-cursor0"]
    assert "sudo apt-get install -y --no-install-recommends libegl1 libxcb-cursor0" in lines
    assert not (not_root / "calls").exists()


def test_the_line_gets_the_list_of_packages_first_where_there_is_none(not_root: Path) -> None:
    (not_root / "sudo").touch(0o755)
    assert "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1" in said(("libegl1",))[1]


def test_the_line_names_no_sudo_where_there_is_none(not_root: Path) -> None:
    lines = said(("libegl1",))[1]
    assert "apt-get update && apt-get install -y --no-install-recommends libegl1" in lines
    assert any("as root" in line for line in lines)


def test_a_root_without_network_gets_the_line_too(debian: Path) -> None:
    (debian / "offline").touch()
    lacking, lines = said(("libegl1",))
    assert lacking == ["libegl1"]
    assert "apt-get update && apt-get install -y --no-install-recommends libegl1" in lines


def test_another_system_is_left_alone(debian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "is_debian", lambda: False)
    assert system.prepare(Steps(io.StringIO()), ("libegl1",)) == []
    assert not (debian / "calls").exists()
