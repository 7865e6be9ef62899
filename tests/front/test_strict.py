"""`dev.py test` fails when a test was left out, and says which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.checks import WORKERS

ROOT = Path(__file__).resolve().parent.parent.parent
RUN = "import pytest\ndef test_a(): pass\n"
CASES = {
    "": 0,
    "def test_b(): pytest.skip('no cable')": 1,
    "@pytest.mark.skip(reason='later')\ndef test_b(): pass": 1,
    "@pytest.mark.xfail\ndef test_b(): assert 0": 1,
    "@pytest.mark.xfail\ndef test_b(): assert 1": 1,
    "def test_b(): assert 0": 1,
}


BESIDE = ["-p", "xdist.plugin", *WORKERS]
"""What is left out must be heard of from another process, too: one test that is well, one of each that is not."""


@pytest.mark.parametrize(("case", "workers"), [*((case, []) for case in CASES), *((case, BESIDE) for case in list(CASES)[1:4])])
def test_what_is_not_run_is_not_known_to_work(case: str, workers: list[str], tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(RUN + case + "\n")
    line = [sys.executable, "-m", "pytest", "-p", "devtools.strict", "-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(
        [*line, *workers], cwd=ROOT, env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == CASES[case], done.stdout
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("=") and ("passed" in last or "failed" in last)
    assert ("every test must run" in done.stdout) == ((bool(case) and "assert 0" not in case) or "xfail" in case)
