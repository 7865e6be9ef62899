"""Steps of dev.py: their line, their seconds, their exit codes, and how Ctrl-C and SIGTERM end them."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.steps import Steps, foreground

ROOT = Path(__file__).resolve().parent.parent.parent
CHILD = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print('ended', flush=True), sys.exit(9)))
try:
    print('ready', flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(7)
"""
PARENT = f"""
import signal, sys
from devtools.steps import foreground
signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
sys.exit(foreground([sys.executable, '-c', {CHILD!r}]))
"""


def python(code: str) -> list[str | Path]:
    return [sys.executable, "-c", code]


def test_a_step_that_goes_well_is_one_line(tmp_path: Path) -> None:
    out = io.StringIO()
    steps = Steps(out)
    assert steps.run("something", python("print('chatter')"), tmp_path) == 0
    assert out.getvalue().splitlines()[0].startswith("  something ")
    assert out.getvalue().endswith(" s\n") and "chatter" not in out.getvalue()
    assert [(title, code) for title, _, code in steps.done] == [("something", 0)]


def test_a_step_that_fails_shows_the_end_of_what_it_said(tmp_path: Path) -> None:
    out = io.StringIO()
    assert Steps(out).run("something", python("print('\\n'.join(map(str, range(99)))); raise SystemExit(3)"), tmp_path) == 3
    lines = out.getvalue().splitlines()
    assert lines[0].endswith("FAILED")
    assert (lines[1], lines[-1], len(lines)) == ("    74", "    98", 26)


@pytest.mark.parametrize(("code", "expected"), [("raise SystemExit(5)", 5), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_exit_codes_are_passed_through(code: str, expected: int) -> None:
    assert foreground(python(code)) == expected


def parent() -> "subprocess.Popen[str]":
    process = subprocess.Popen(python(PARENT), cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def test_ctrl_c_is_the_commands_own_affair() -> None:
    process = parent()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 7


def test_sigterm_ends_the_command_first() -> None:
    process = parent()
    process.terminate()
    said, _ = process.communicate(timeout=60)
    assert (said, process.returncode) == ("ended\n", 143)
