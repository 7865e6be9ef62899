"""The wheel holds all that the program needs, and nothing of the workshop."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cityops_desktop import __version__

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "*.mo", "build", "dist")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    source, out = tmp_path_factory.mktemp("source") / "tree", tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, source, ignore=LEFT_BEHIND)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(out / f"cityops_desktop-{__version__}-py3-none-any.whl") as wheel:
        return set(wheel.namelist())


def test_every_module_and_every_resource_is_in_it(names: set[str]) -> None:
    for folder in ("cityops_desktop", "drivers", "ui"):
        modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py")}
        assert modules and modules <= names
    resources = (path for path in (ROOT / "resources").rglob("*") if path.is_file() and path.suffix not in (".mo", ".part"))
    assert {path.relative_to(ROOT).as_posix() for path in resources} <= names


def test_the_translations_are_compiled_by_the_build(names: set[str]) -> None:
    assert "resources/translations/zh_CN/LC_MESSAGES/cityops.mo" in names


def test_licences_are_in_it_and_the_workshop_is_not(names: set[str]) -> None:
    info = f"cityops_desktop-{__version__}.dist-info"
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/resources/fonts/OFL.txt", f"{info}/entry_points.txt"} <= names
    assert {name.split("/")[0] for name in names} == {"cityops_desktop", "drivers", "ui", "resources", info}
