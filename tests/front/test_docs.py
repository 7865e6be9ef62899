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
PRIVATE = re.compile(b"/" + rb"work(?![a-z]|-orders)|pypi" + rb"\.org|python" + rb"hosted|\bshared" + b"/")


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
    if not inner or not words or command.invoke_without_command:
        yield " ".join(words), command
    for name, below in inner.items():
        if not below.hidden:
            yield from commands(below, (*words, name))


@pytest.fixture(scope="module")
def command_line() -> dict[str, Any]:
    register()
    return dict(commands(typer.main.get_command(app)))


def section(page: str, title: str) -> str:
    """The part of a page below the heading `title`, up to the next heading of the same rank or a higher one."""
    found = re.search(rf"^(#+) +{re.escape(title)} *$", page, re.MULTILINE)
    assert found is not None, f"there is no heading “{title}”"
    rest = page[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(part: str) -> list[list[str]]:
    """The cells of the tables in a part of a page."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]


def option_table(names: set[str]) -> dict[str, set[str]]:
    """The table of options: the commands that each is said to belong to (second column; "all but" leaves out those that it names)."""
    table: dict[str, set[str]] = {}
    for first, second, *_ in rows(section(text("docs/cli.md"), "Options")):
        named = {word for word in names if re.search(rf"`{re.escape(word)}[` ]", second)}
        for option in re.findall(r"`(--?[\w-]+)", first):
            table.setdefault(option, set()).update(names - named if second.startswith("all") else named)
    return table


def test_every_command_stands_in_the_table_of_commands(command_line: dict[str, Any]) -> None:
    page = text("docs/cli.md")
    assert {"demo", "station", "console", "room check", "read", "version"} <= command_line.keys()
    told = {row[0].strip("`") for row in rows(page)}
    assert [name for name in command_line if name and name not in told] == []


def test_every_option_stands_in_the_table_of_options_with_its_command(command_line: dict[str, Any]) -> None:
    page, table = text("docs/cli.md"), option_table({name for name in command_line if name})
    missing = []
    for name, command in command_line.items():
        for parameter in (p for p in command.params if not p.hidden and p.name != "help"):
            if parameter.param_type_name == "argument":
                told = f"`{name} {(parameter.metavar or parameter.name).upper()}`" in page
                missing += [] if told else [f"{name}: {parameter.name}"]
                continue
            spelt = [*parameter.opts, *parameter.secondary_opts]
            missing += [f"{name}: {word}" for word in spelt if not (name in table.get(word, ()) if name else documented(word, page))]
    assert missing == []


def test_no_option_is_promised_that_is_not_there(command_line: dict[str, Any]) -> None:
    real = {
        word for command in command_line.values() for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts)
    }
    assert sorted(option_table(set(command_line)).keys() - real) == []


def test_every_exit_code_is_explained() -> None:
    part = section(text("docs/cli.md"), "Exit codes")
    told = {int(row[0].strip("`")): row[1:] for row in rows(part) if row[0].strip("`").isdigit()}
    assert told.keys() == {int(code) for code in Exit}
    assert all(all(cells) for cells in told.values())


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


def test_the_files_that_the_way_of_a_reading_names_are_there() -> None:
    page = text("docs/development.md")
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", page))
    assert len(named) > 40
    homes = (ROOT, ROOT / "cityops_desktop")
    assert [name for name in sorted(named) if not any((home / name).exists() for home in homes)] == []
