"""dev.py: what it says on an old Python, what it runs, what it passes on."""

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import door, steps
from devtools.environment import PYTHON

ROOT = Path(__file__).resolve().parent.parent.parent
DEV = ROOT / "dev.py"
OLD = [path for name in ("python2.7", "python3.6", "python3.8", "python3.10") if (path := shutil.which(name))]


def test_an_old_python_is_told_which_one_is_needed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    source = DEV.read_text(encoding="ascii")
    ast.parse(source, feature_version=(3, 4))
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit) as end:
        exec(compile(source, DEV, "exec"), {"__name__": "__main__"})
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "needs Python 3.11" in told and "Install one" in told


def test_the_old_pythons_of_this_machine_read_the_file() -> None:
    for python in OLD:
        version = subprocess.run([python, "--version"], capture_output=True, check=False)
        if version.returncode == 0:
            done = subprocess.run([python, DEV, "demo"], capture_output=True, text=True, check=False)
            assert (done.returncode, "needs Python 3.11" in done.stderr) == (2, True), done.stderr


def test_it_needs_the_standard_library_only() -> None:
    done = subprocess.run([sys.executable, "-E", "-s", "-S", DEV, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {command} " in done.stdout for command in door.COMMANDS)


@pytest.mark.parametrize("arguments", [[], ["nonsense"]])
def test_wrong_use_shows_the_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main(arguments) == 2
    assert "usage:" in capsys.readouterr().err


def test_a_sentence_instead_of_a_traceback_when_the_way_is_barred(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def barred(command: str, arguments: list[str]) -> int:
        raise steps.Stop("the way is barred", 2)

    monkeypatch.setitem(door.COMMANDS, "setup", barred)
    assert door.main(["setup"]) == 2
    assert capsys.readouterr().err == "dev.py: the way is barred\n"


class Program:
    """Stands for what would take dev.py's place."""

    def __init__(self) -> None:
        self.line: list[str] = []
        self.environment: dict[str, str] = {}
        self.dev: bool | None = None

    def execve(self, path: Path, line: list[str], environment: dict[str, str]) -> None:
        self.line, self.environment = line, environment
        raise SystemExit(0)


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    started = Program()
    monkeypatch.setattr(os, "execve", started.execve)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(door, "setup", lambda _, dev: setattr(started, "dev", dev))
    monkeypatch.setattr(door, "is_debian", lambda: True)
    monkeypatch.setattr(door, "qt_trouble", lambda: "")
    monkeypatch.setattr(door, "display_trouble", lambda: "")
    monkeypatch.setenv("DISPLAY", ":7")
    return started


@pytest.mark.parametrize("command", ["demo", "station", "console"])
def test_the_program_takes_over_with_the_arguments_as_they_are(command: str, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "prepare", lambda *_: [])
    with pytest.raises(SystemExit):
        door.main([command, "--for", "3", "--data", "a b"])
    assert program.line == [str(PYTHON), "-m", "cityops_desktop", command, "--for", "3", "--data", "a b"]
    assert program.environment["DISPLAY"] == ":7"
    assert program.dev is False


def test_on_a_display_that_takes_no_window_the_demo_saves_a_picture_and_the_console_says_why(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(door, "prepare", lambda *_: ["libxcb-cursor0"])
    monkeypatch.setattr(door, "display_trouble", lambda: "could not connect to display :7")
    with pytest.raises(SystemExit):
        door.main(["demo"])
    assert program.line[-1] == "demo"
    assert "DISPLAY" not in program.environment
    assert door.main(["console"]) == 1
    assert capsys.readouterr().err.count("could not connect to display :7") == 2


def test_without_the_libraries_of_qt_the_demo_is_headless_and_the_console_says_why(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(door, "prepare", lambda *_: ["libegl1"])
    monkeypatch.setattr(door, "qt_trouble", lambda: "libEGL.so.1: cannot open shared object file")
    with pytest.raises(SystemExit):
        door.main(["demo"])
    assert program.line[-1] == "--headless"
    assert door.main(["console"]) == 1
    assert "libEGL.so.1" in capsys.readouterr().err


def test_without_the_libraries_of_qt_the_tests_say_why_and_do_not_start(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(door, "prepare", lambda *_: ["libgl1", "mbpoll"])
    monkeypatch.setattr(door, "qt_trouble", lambda: "libGL.so.1: cannot open shared object file")
    monkeypatch.setattr(door, "run_checks", lambda _: pytest.fail("the tests were started"))
    assert door.main(["test"]) == 1
    told = capsys.readouterr().err
    assert "libGL.so.1" in told and told.endswith("dev.py: “test” needs Qt\n")


@pytest.mark.parametrize("line", [["station"], ["demo", "--headless"]])
def test_what_has_no_window_asks_for_no_library_of_one(line: list[str], program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(door, "prepare", lambda _, packages: asked.append(packages) or [])
    with pytest.raises(SystemExit):
        door.main(line)
    assert asked == [()]


def test_continuous_integration_runs_the_same_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="ascii")
    assert script == "#!/usr/bin/env bash\nexec python3 dev.py test\n"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
