"""The unit of systemd fits the program: its options exist, and the exit codes that no restart cures are the program's."""

import re
from configparser import RawConfigParser
from pathlib import Path

import typer

from cityops_desktop.cli.app import app, register
from cityops_desktop.errors import Exit
from devtools.system import OFFSCREEN, WINDOW

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
UNIT = DOCS / "service" / "cityops-desktop.service"


def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT, encoding="utf-8")
    return parser


def test_no_restart_follows_an_exit_code_that_it_cannot_cure() -> None:
    codes = {int(code) for code in unit()["Service"]["RestartPreventExitStatus"].split()}
    assert codes == {Exit.USAGE, Exit.CONFIGURATION, Exit.IN_USE, Exit.STORE}


def test_the_command_line_of_the_unit_is_one_of_the_program() -> None:
    program, command, *rest = unit()["Service"]["ExecStart"].split()
    register()
    known = {name for parameter in typer.main.get_command(app).commands[command].params for name in parameter.opts}
    assert program.endswith("/bin/cityops-desktop")
    assert {word for word in rest if word.startswith("--")} <= known


def test_it_runs_as_a_user_of_its_own_with_serial_lines_and_a_closed_directory() -> None:
    service = unit()["Service"]
    assert (service["SupplementaryGroups"], service["StateDirectoryMode"], service["KillMode"]) == ("dialout audio", "0700", "mixed")
    assert re.fullmatch(r"(?!root)\w+", service["User"])


def test_the_page_names_the_libraries_that_a_console_needs() -> None:
    page = (DOCS / "service.md").read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = re.findall(r"^apt-get install -y --no-install-recommends (.+)$", page, re.MULTILINE)
    assert set(line.split()) == {*OFFSCREEN, *WINDOW}
