"""The documents keep up with the program: commands, exit codes, alarms, links; and nothing private stands in any file."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cityops_desktop.cli.app import app, register
from cityops_desktop.errors import Exit
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level

ROOT = Path(__file__).resolve().parent.parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|<img[^>]+src=\"([^\"]+)\"")
# Put together here, so that this file does not name them.
PRIVATE = re.compile(b"/" + rb"work(?![a-z])|pypi" + rb"\.org|python" + rb"hosted|\bshared" + b"/")


def text(name: str) -> str:
    path = ROOT / name
    assert path.exists(), f"{name} is not written"
    return path.read_text(encoding="utf-8")


def documented(word: str, page: str) -> bool:
    """Does `word` stand in the page by itself (not as a part of a longer option or name)?"""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", page) is not None


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that can be called and is not hidden, with the words that call it; the program itself as an empty word."""
    inner = getattr(command, "commands", {})
    if not inner or not words:
        yield " ".join(words), command
    for name, below in inner.items():
        if not below.hidden:
            yield from commands(below, (*words, name))


@pytest.fixture(scope="module")
def command_line() -> dict[str, Any]:
    register()
    return dict(commands(typer.main.get_command(app)))


def section(page: str, title: str) -> str:
    """The part of a page below the heading `title` (back-quoted or not), up to the next heading of the same rank or a higher one."""
    found = re.search(rf"^(#+) +`?{re.escape(title)}`? *$", page, re.MULTILINE)
    if found is None:
        return ""
    rest = page[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def test_every_command_has_a_heading_of_its_own(command_line: dict[str, Any]) -> None:
    page = text("docs/cli.md")
    assert {"demo", "station", "console", "room check", "read", "version"} <= command_line.keys()
    assert [name for name in command_line if name and not section(page, name)] == []


def test_every_option_and_argument_stands_under_its_command(command_line: dict[str, Any]) -> None:
    page = text("docs/cli.md")
    missing = []
    for name, command in command_line.items():
        part = section(page, name) if name else page
        for parameter in command.params:
            if parameter.hidden or parameter.name == "help":
                continue
            option = parameter.param_type_name == "option"
            spelt = [*parameter.opts, *parameter.secondary_opts] if option else [(parameter.metavar or parameter.name).upper()]
            missing += [f"{name}: {word}" for word in spelt if not documented(word, part)]
    assert missing == []


def test_every_exit_code_is_explained() -> None:
    part = section(text("docs/cli.md"), "Exit codes")
    rows = {int(row) for row in re.findall(r"^\|\s*`?(\d+)`?\s*\|\s*\S", part, re.MULTILINE)}
    assert rows == {int(code) for code in Exit}


@pytest.mark.parametrize("level", [level.name.lower() for level in Level])
def test_every_alarm_level_is_explained(level: str) -> None:
    assert documented(level, text("docs/alarms.md").lower())


@pytest.mark.parametrize("cause", [cause.value for cause in Cause])
def test_every_cause_of_an_alarm_is_explained(cause: str) -> None:
    assert f"`{cause}`" in text("docs/alarms.md")


def files() -> list[Path]:
    """What belongs to the repository: tracked, or new and not ignored. Without git: everything but what starts with a dot."""
    try:
        listing = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
        found = [ROOT / name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [
            path for path in ROOT.rglob("*") if not any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts)
        ]
    return [path for path in found if path.is_file()]


def test_links_between_documents_resolve() -> None:
    broken = []
    for page in (path for path in files() if path.suffix == ".md"):
        for link in (a or b for a, b in LINK.findall(page.read_text(encoding="utf-8"))):
            target = link.partition("#")[0]
            if target and not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert broken == []


def test_no_file_tells_of_the_place_where_it_was_made() -> None:
    told = []
    for path in files():
        told += [f"{path.relative_to(ROOT)}: {word.decode()}" for word in PRIVATE.findall(path.read_bytes())]
    assert told == []
