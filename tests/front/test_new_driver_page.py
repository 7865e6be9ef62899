"""docs/new-driver.md, followed to the letter in a copy of the program: its three files, its two lines, its test."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cityops_desktop import paths
from drivers.registry import DRIVERS

PAGE = (paths.ROOT / "docs" / "new-driver.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


DRIVER, IMPORT, TEST = blocks("python")
(ENTRY,) = blocks("text")
(PROFILE,) = blocks("yaml")


def test_the_page_holds_what_it_says() -> None:
    for name in ("drivers/tempo.py", "resources/profiles/tempo-2.yaml", "tests/drivers/test_tempo.py", "drivers/registry.py"):
        assert f"`{name}`" in PAGE, name
    assert "tempo" not in DRIVERS, "the example is no part of the program"
    for name in re.findall(r"`((?:drivers|cityops_desktop)/[\w/]+(?:\.py|/))`", PAGE):
        assert (paths.ROOT / name).exists() or name == "drivers/tempo.py", name


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with the example in it, as the page says."""
    tree = tmp_path_factory.mktemp("tree")
    for folder in ("cityops_desktop", "drivers", "ui", "resources/profiles"):
        shutil.copytree(paths.ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "drivers" / "tempo.py").write_text(DRIVER, "utf-8")
    (tree / "resources" / "profiles" / "tempo-2.yaml").write_text(PROFILE, "utf-8")
    (tree / "tests" / "drivers").mkdir(parents=True)
    (tree / "tests" / "drivers" / "test_tempo.py").write_text(TEST, "utf-8")
    registry = tree / "drivers" / "registry.py"
    text = registry.read_text("utf-8")
    first, last = text.index("from drivers."), text.index(")\nDRIVERS")
    registry.write_text(text[:first] + IMPORT + text[first:last] + ENTRY + text[last:], "utf-8")
    return tree


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(tree), "CITYOPS_LANG": "en"}
    return subprocess.run(
        [sys.executable, *words], cwd=tree, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=110, check=False
    )


def test_the_test_of_the_page_passes_and_reads_through_the_real_acquisition(tree: Path) -> None:
    options = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-W", "error")
    found = run(tree, "-m", "pytest", "tests/drivers/test_tempo.py", *options)
    assert found.returncode == 0, found.stdout + found.stderr
    faults = len(re.findall(r"^        \(b", TEST, re.MULTILINE))
    assert re.search(rf"^{faults + 1} passed", found.stdout, re.MULTILINE), found.stdout


def test_a_room_file_with_the_new_driver_is_checked_like_any_other(tree: Path) -> None:
    room = tree / "room.yaml"
    room.write_text(
        "room: {id: r1, name: Room, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
        "buses: [{id: line, driver: tempo, port: /dev/ttyUSB0}]\n"
        "devices: [{id: t1, bus: line, profile: tempo-2, overrides: {humidity: {quantity: PRESSURE}}}]\n",
        "utf-8",
    )
    wrong = run(tree, "-m", "cityops_desktop", "room", "check", "room.yaml")
    assert wrong.returncode == 3 and "TEMP, HUM" in wrong.stderr, wrong.stderr
    room.write_text(room.read_text("utf-8").replace("PRESSURE", "TEMP"), "utf-8")
    right = run(tree, "-m", "cityops_desktop", "room", "check", "room.yaml")
    assert right.returncode == 0 and "1 devices, 2 points" in right.stdout, right.stderr


def test_the_example_keeps_the_house_rules(tree: Path) -> None:
    """As the project's own code is checked: style, types, imports of the core."""
    settings = str(paths.ROOT / "pyproject.toml")
    ruff = run(tree, "-m", "ruff", "check", "--config", settings, "drivers/tempo.py")
    assert ruff.returncode == 0, ruff.stdout
    form = run(tree, "-m", "ruff", "format", "--check", "--diff", "--config", settings, "drivers/tempo.py", "tests/drivers/test_tempo.py")
    assert form.returncode == 0, form.stdout
    types = run(tree, "-m", "mypy", "--config-file", settings, "--cache-dir", str(tree / ".mypy_cache"), "drivers/tempo.py")
    assert types.returncode == 0, types.stdout
    imported = set(re.findall(r"^from (cityops_desktop\.\w+)", DRIVER, re.MULTILINE))
    assert imported <= {"cityops_desktop.model", "cityops_desktop.clock", "cityops_desktop.texts"}


def test_the_page_can_be_found() -> None:
    for page in ("README.md", "docs/development.md", "docs/new-device.md"):
        assert "new-driver.md)" in (paths.ROOT / page).read_text("utf-8"), page
