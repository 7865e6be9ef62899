"""Setting up: what is done the first time, what again after which change, and what never."""

from pathlib import Path

import pytest

from devtools import environment
from devtools.steps import Steps, Stop

VENV_STEP, PACKAGES, TOOLS, PROJECT = "virtual environment", "packages", "packages, with tools", "this project and its translations"


class Recorder(Steps):
    """Runs nothing; does what the real step would leave behind."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.titles: list[str] = []
        self.fails: str = ""

    def run(self, title: str, command, cwd, env=None, *, whole=False) -> int:  # type: ignore[no-untyped-def]
        self.titles.append(title.split(" (")[0])
        if self.titles[-1] == self.fails:
            return 1
        if title.startswith(VENV_STEP):
            environment.PYTHON.parent.mkdir(parents=True)
            environment.PYTHON.touch()
            (environment.VENV / "pyvenv.cfg").write_text("version = 3.99.1\n")
        if title == PROJECT:
            for path in self.root.rglob("*.po"):
                path.with_suffix(".mo").touch()
        return 0

    def taken(self) -> list[str]:
        titles, self.titles = self.titles, []
        return titles


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    names = (*environment.RUN_LOCKS, *environment.DEV_LOCKS, "pyproject.toml", "hatch_build.py", "cityops_desktop/__init__.py")
    for name in (*names, "resources/translations/zh_CN/LC_MESSAGES/cityops.po"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    venv = tmp_path / ".venv"
    for name, value in {"ROOT": tmp_path, "VENV": venv, "SCRIPTS": venv / "bin", "STAMP": venv / "dev-setup.json"}.items():
        monkeypatch.setattr(environment, name, value)
    monkeypatch.setattr(environment, "PYTHON", venv / "bin" / "python")
    return tmp_path


@pytest.fixture
def steps(tree: Path) -> Recorder:
    return Recorder(tree)


def test_everything_the_first_time_and_nothing_the_second(steps: Recorder) -> None:
    environment.setup(steps, dev=False)
    assert steps.taken() == [VENV_STEP, PACKAGES, PROJECT]
    environment.setup(steps, dev=False)
    assert steps.taken() == []


def test_tools_come_when_they_are_needed_and_stay(steps: Recorder) -> None:
    environment.setup(steps, dev=False)
    steps.taken()
    environment.setup(steps, dev=True)
    assert steps.taken() == [TOOLS, PROJECT]
    environment.setup(steps, dev=False)
    assert steps.taken() == []


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("requirements.lock", [PACKAGES, PROJECT]),
        ("requirements-build.lock", [PACKAGES, PROJECT]),
        ("requirements-dev.lock", []),
        ("pyproject.toml", [PROJECT]),
        ("cityops_desktop/__init__.py", [PROJECT]),
        ("resources/translations/zh_CN/LC_MESSAGES/cityops.po", [PROJECT]),
    ],
)
def test_a_change_costs_what_hangs_on_it(changed: str, again: list[str], tree: Path, steps: Recorder) -> None:
    environment.setup(steps, dev=False)
    steps.taken()
    (tree / changed).write_text("changed")
    environment.setup(steps, dev=False)
    assert steps.taken() == again


def test_a_missing_compiled_catalogue_is_made_anew(tree: Path, steps: Recorder) -> None:
    environment.setup(steps, dev=False)
    steps.taken()
    next(tree.rglob("*.mo")).unlink()
    environment.setup(steps, dev=False)
    assert steps.taken() == [PROJECT]


def test_what_was_done_before_a_failure_is_kept(steps: Recorder) -> None:
    steps.fails = PACKAGES
    with pytest.raises(Stop, match="start again"):
        environment.setup(steps, dev=False)
    assert steps.taken() == [VENV_STEP, PACKAGES]
    steps.fails = ""
    environment.setup(steps, dev=False)
    assert steps.taken() == [PACKAGES, PROJECT]


def test_another_python_or_another_place_starts_anew(steps: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.setup(steps, dev=False)
    steps.taken()
    monkeypatch.setattr(environment, "SERIES", "3.99")
    environment.setup(steps, dev=False)
    assert steps.taken() == [VENV_STEP, PACKAGES, PROJECT]
    environment.STAMP.write_text(environment.STAMP.read_text().replace(str(environment.VENV), "/elsewhere/.venv"))
    environment.setup(steps, dev=False)
    assert steps.taken() == [VENV_STEP, PACKAGES, PROJECT]


@pytest.mark.parametrize(("pip", "place", "taken"), [(0, True, [PACKAGES, PROJECT]), (1, True, None), (0, False, None)])
def test_an_environment_that_somebody_else_made_is_kept_when_it_is_whole_and_made_for_this_place(
    pip: int, place: bool, taken: list[str] | None, steps: Recorder
) -> None:
    environment.SCRIPTS.mkdir(parents=True)
    (environment.VENV / "pyvenv.cfg").write_text(f"version = {environment.SERIES}.4\n")
    (environment.SCRIPTS / "activate").write_text(f"VIRTUAL_ENV={environment.VENV if place else '/elsewhere'}\n")
    environment.PYTHON.write_text(f"#!/bin/sh\nexit {pip}\n")
    environment.PYTHON.chmod(0o755)
    environment.setup(steps, dev=False)
    assert steps.taken() == (taken or [VENV_STEP, PACKAGES, PROJECT])


def test_a_folder_that_is_no_environment_is_left_alone(tree: Path, steps: Recorder) -> None:
    (tree / ".venv").mkdir()
    (tree / ".venv" / "thesis.txt").touch()
    with pytest.raises(Stop, match="move it away"):
        environment.setup(steps, dev=False)
    assert (tree / ".venv" / "thesis.txt").exists()


def test_a_python_without_venv_is_told_what_to_install(steps: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Stop, match=r"package python3\.\d+-venv") as stop:
        environment.setup(steps, dev=False)
    assert stop.value.code == 2


def test_a_display_is_tried_before_a_window_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert environment.display_trouble() == ""
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("DISPLAY", ":987654")
    assert ":987654" in environment.display_trouble()
