"""Every kind of row that the code writes into the change log has words for people."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import cityops_desktop
from cityops_desktop.people import rights
from cityops_desktop.sentences import CHANGE_KINDS
from ui.pages.audit.words import KIND_GROUPS

CODE = Path(cityops_desktop.__file__).parent
KIND = re.compile(f"(?:{'|'.join(re.escape(one) for one in KIND_GROUPS)})[a-z_]+")
SUFFIXES = ("html", "json", "py", "log", "yaml")
ASKED = {"session.open", "session.quick", "session.touch"}
"""Kinds of what is asked, as refusals name them."""
OTHER = {"account.id", "rule.id", "station.lock", "device.point"}
"""Columns, files, and how a point is named."""


def strings(tree: ast.AST) -> Iterator[str]:
    """All strings but docstrings and keys of tables of words."""
    words = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
            yield node.value


def written_kinds() -> set[str]:
    """Strings of the code that look like a kind and are no command."""
    found: set[str] = set()
    for file in CODE.rglob("*.py"):
        if file.name not in ("sentences.py", "rights.py"):
            found |= {one for one in strings(ast.parse(file.read_text("utf-8"))) if KIND.fullmatch(one)}
    commands = set(rights.BASIC) - {"policy.set", "config.reset", "account.absence", "staff.put"}
    return {one for one in found if one not in commands | ASKED | OTHER and not one.endswith(SUFFIXES)}


def test_every_kind_that_is_written_has_words():
    written = written_kinds()
    assert {"account.created", "config.applied", "approval.opened", "alarm.silenced"} <= written
    assert not written - set(CHANGE_KINDS), "say what these are in sentences.CHANGE_KINDS"


def test_every_kind_belongs_to_a_group_of_the_filter():
    without = {kind for kind in CHANGE_KINDS if not kind.startswith((*KIND_GROUPS, "password."))}
    assert not without
