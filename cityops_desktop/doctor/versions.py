"""Is what runs here what was tested? Program, Python, SQLite, and the libraries against the locked list. Imports no Qt."""

import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from pysqlite3 import dbapi2

from cityops_desktop import __version__
from cityops_desktop.doctor.finding import Finding, State
from cityops_desktop.errors import OperatorError
from cityops_desktop.store.sqlite import require_sound_sqlite
from cityops_desktop.texts import N_

AREA = "versions"
PYTHONS = ((3, 11), (3, 12), (3, 13))
QT = "PySide6-Essentials"
QT_NONE_LEAK = (6, 12)
"""From here on PySide6 on Python before 3.12 loses a reference in each setText and ends the window after some thousand calls."""
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(;)?", re.MULTILINE)
_INSTALL = N_("install the locked dependencies again (requirements.lock)")


def installed(name: str) -> str | None:
    """The version of a distribution; None when it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def look(
    lock: Path,
    version_of: Callable[[str], str | None] = installed,
    python: tuple[int, int] = sys.version_info[:2],
    sqlite: str = dbapi2.sqlite_version,
) -> Iterator[Finding]:
    """`lock` is requirements.lock."""
    yield _python(python)
    yield _qt(version_of(QT), python)
    yield _sqlite(sqlite)
    yield _libraries(lock, version_of)


def _python(python: tuple[int, int]) -> Finding:
    params = {"version": __version__, "python": platform.python_version(), "system": platform.platform()}
    if python in PYTHONS:
        return Finding(AREA, State.FINE, N_("CityOps Desktop {version}, Python {python}, {system}"), params=params)
    what = N_("CityOps Desktop {version} runs on Python {python}, with which it is not tested")
    return Finding(AREA, State.WRONG, what, N_("use Python 3.11, 3.12 or 3.13"), params)


def _qt(version: str | None, python: tuple[int, int]) -> Finding:
    if version is None:
        what = N_("PySide6 is not installed: no window can be opened here")
        return Finding(AREA, State.WRONG, what, _INSTALL)
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if found >= QT_NONE_LEAK and python < (3, 12):
        what = N_("PySide6 {version} on this Python ends the window after a while")
        return Finding(AREA, State.WRONG, what, _INSTALL, {"version": version})
    return Finding(AREA, State.FINE, N_("PySide6 {version}"), params={"version": version})


def _sqlite(version: str) -> Finding:
    try:
        require_sound_sqlite(version)
    except OperatorError as error:
        problem = error.problems[0]
        return Finding(AREA, State.WRONG, problem.what, problem.do, problem.params)
    return Finding(AREA, State.FINE, N_("SQLite {version}, which keeps its files whole"), params={"version": version})


def _libraries(lock: Path, version_of: Callable[[str], str | None]) -> Finding:
    try:
        text = lock.read_text("utf-8")
    except OSError:
        return Finding(AREA, State.UNKNOWN, N_("the locked list of libraries (requirements.lock) is not here to compare with"))
    pinned: dict[str, set[str]] = {}
    always: set[str] = set()
    for name, version, marker in _PIN.findall(text):
        pinned.setdefault(name, set()).add(version)
        always |= set() if marker else {name}
    found = {name: version_of(name) for name in pinned}
    strange = [name for name, version in found.items() if version not in pinned[name] and (version is not None or name in always)]
    if strange:
        other = [f"{name} {found[name] or '—'} ≠ {' / '.join(sorted(pinned[name]))}" for name in strange]
        what = N_("libraries other than the tested ones: {names}")
        return Finding(AREA, State.WRONG, what, _INSTALL, {"names": ", ".join(other)})
    return Finding(AREA, State.FINE, N_("{count} libraries as tested"), params={"count": len(found) - list(found.values()).count(None)})
