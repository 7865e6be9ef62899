"""Writes the hash-locked lists of packages for all systems and Pythons with uv. None names an index or an address. Run by `dev.py lock`."""

import shutil
import tomllib
from pathlib import Path

from devtools.environment import ROOT
from devtools.steps import Steps, Stop

COMPILE = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--universal", "--python-version", "3.11", "--generate-hashes"]


def write_locks(steps: Steps, arguments: list[str]) -> int:
    """All three lists; further arguments go to uv (`--upgrade`, `--upgrade-package NAME`). The two smaller ones are part of the first."""
    uv = shutil.which("uv")
    if uv is None:
        raise Stop("uv is not there: install it (pip install uv), it is needed for this command only")
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    build = ROOT / "requirements-build.in"
    build.write_text("\n".join(requires) + "\n", encoding="utf-8")
    within = ["--constraints", "requirements-dev.lock"]
    try:
        for name, source in (
            ("requirements-dev.lock", ["pyproject.toml", "--extra", "dev", *arguments]),
            ("requirements.lock", ["pyproject.toml", *within]),
            ("requirements-build.lock", [build.name, *within]),
        ):
            if steps.run(name, [Path(uv), *COMPILE, *source, "--output-file", name], ROOT) != 0:
                return 1
    finally:
        build.unlink()
    return 0
