"""The virtual environment .venv: made, filled from the hash-locked lists, and left alone as long as nothing has changed."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.steps import Steps, Stop

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "dev-setup.json"
SERIES = "{}.{}".format(*sys.version_info[:2])
RUN_LOCKS = ("requirements.lock", "requirements-build.lock")
DEV_LOCKS = ("requirements-dev.lock",)
PIP = ("-I", "-m", "pip", "--disable-pip-version-check", "--no-input")
QT_NEEDS = (
    "OpenGL (libGL, libEGL), fontconfig, D-Bus, GLib, libxkbcommon; for a window also xcb-cursor, xcb-icccm, xcb-keysyms, xkbcommon-x11"
)


def digest(*paths: Path) -> str:
    """Changes when any of the files does."""
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def setup(steps: Steps, *, dev: bool) -> None:
    """Bring .venv up to date: for running the program, or with the tools of development too. Stop when that cannot be done."""
    stamp = _read_stamp()
    if not _sound(stamp):
        stamp = _make_venv(steps)
    run, full = digest(*(ROOT / name for name in RUN_LOCKS)), digest(*(ROOT / name for name in DEV_LOCKS))
    if stamp.get("dev") != full and (dev or stamp.get("run") != run):
        locks = DEV_LOCKS if dev else RUN_LOCKS
        wanted = [word for name in locks for word in ("-r", str(ROOT / name))]
        _step(steps, "packages, with tools" if dev else "packages", [PYTHON, *PIP, "install", "--require-hashes", *wanted])
        stamp.pop("project", None)
        stamp |= {"run": run, "dev": full if dev else ""}
        _write_stamp(stamp)
    catalogues = sorted((ROOT / "resources" / "translations").rglob("*.po"))
    project = digest(ROOT / "pyproject.toml", ROOT / "hatch_build.py", ROOT / "cityops_desktop" / "__init__.py", *catalogues)
    if stamp.get("project") != project or not all(path.with_suffix(".mo").exists() for path in catalogues):
        install = ["install", "--no-deps", "--no-index", "--no-build-isolation", "--force-reinstall", "--editable", str(ROOT)]
        _step(steps, "this project and its translations", [PYTHON, *PIP, *install])
        _write_stamp(stamp | {"project": project})


def qt_trouble() -> str:
    """Why Qt cannot be loaded here, or nothing when it can."""
    return _complaint("import PySide6.QtWidgets", -1)


def display_trouble() -> str:
    """Why no window can be opened on this display (another user's, a closed one, libraries that lack), or nothing when it can."""
    return _complaint("from PySide6.QtGui import QGuiApplication; QGuiApplication([])", 0)


def _complaint(program: str, line: int) -> str:
    """The telling line of what `program` says when it fails."""
    probe = subprocess.run([PYTHON, "-I", "-c", program], capture_output=True, text=True, errors="replace", check=False)
    return "" if probe.returncode == 0 else (probe.stderr.strip().splitlines() or [f"exit code {probe.returncode}"])[line]


def _step(steps: Steps, title: str, command: list[str | Path]) -> None:
    if steps.run(title, command, ROOT) != 0:
        raise Stop(f"“{title}” failed, see above. Cure it and start again: what is done is kept.")


def _read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(stamp: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")


def _sound(stamp: dict[str, str]) -> bool:
    """Is .venv whole, of this Python's version, and made for this place?"""
    return stamp.get("python") == SERIES and stamp.get("place") == str(VENV) and PYTHON.exists()


def _adoptable() -> bool:
    """Is there an environment that somebody else made for this place with this version, and with pip?"""
    try:
        fits = f"version = {SERIES}." in (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
        here = str(VENV) in (SCRIPTS / "activate").read_text(encoding="utf-8")
    except OSError:
        return False
    return (
        fits and here and PYTHON.exists() and subprocess.run([PYTHON, *PIP, "--version"], capture_output=True, check=False).returncode == 0
    )


def _make_venv(steps: Steps) -> dict[str, str]:
    stamp = {"python": SERIES, "place": str(VENV)}
    if not STAMP.exists() and _adoptable():
        _write_stamp(stamp)
        return stamp
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Stop("this is the Python of .venv, and .venv must be made anew: start dev.py with the system's Python", 2)
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Stop(f"this Python ({sys.executable}) lacks venv: Debian has it in the package python{SERIES}-venv", 2)
    if VENV.is_symlink() or VENV.is_file() or (VENV.exists() and any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").exists()):
        raise Stop(f"{VENV} is not a virtual environment: move it away and start again")
    if VENV.exists():
        shutil.rmtree(VENV)
    _step(steps, f"virtual environment (Python {SERIES})", [sys.executable, "-m", "venv", VENV])
    _write_stamp(stamp)
    return stamp
