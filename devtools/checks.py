"""What `dev.py test` runs: style, types, import contracts, docs, then pytest. All of them, whatever fails."""

import os
import sys

from devtools.environment import PYTHON, ROOT, SCRIPTS, SERIES
from devtools.steps import Steps, foreground

LINT_IMPORTS = SCRIPTS / ("lint-imports.exe" if os.name == "nt" else "lint-imports")
DOCS = "tests/front/test_docs.py"
CHECKS: dict[str, list[str]] = {
    "ruff check": [str(PYTHON), "-m", "ruff", "check"],
    "ruff format": [str(PYTHON), "-m", "ruff", "format", "--check"],
    "mypy --strict": [str(PYTHON), "-m", "mypy", "--python-version", SERIES],  # of the packages that are installed
    "import contracts": [str(LINT_IMPORTS)],
    "docs": [str(PYTHON), "-m", "pytest", "-q", DOCS],
}
PYTEST = [str(PYTHON), "-m", "pytest", "-p", "devtools.strict"]
WORKERS = ["-n", "4", "--dist", "worksteal"]


def run_checks(arguments: list[str]) -> int:
    """0 when all is well. With arguments, pytest alone runs, with these. pytest is last, so that its closing line ends the output."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would each compile the whole program
    if arguments:
        return foreground([*PYTEST, *arguments], ROOT, environment)
    steps = Steps(sys.stdout)
    steps.say("Checks")
    for title, command in CHECKS.items():
        steps.run(title, command, ROOT, environment, whole=True)
    failed = [title for title, _, code in steps.done if code != 0]
    steps.say(
        f"{len(steps.done) - len(failed)} of {len(steps.done)} checks are well" + (f", failed: {', '.join(failed)}" if failed else "")
    )
    steps.say("pytest")
    code = foreground([*PYTEST, *WORKERS], ROOT, environment)
    if code == 0 and failed:
        steps.say(f"FAILED before pytest: {', '.join(failed)}")
        return 1
    return code
