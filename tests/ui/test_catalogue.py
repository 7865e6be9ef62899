"""Every message that the program can say is in the Chinese catalogue, translated, with the same {names}."""

import ast
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from cityops_desktop.paths import ROOT
from cityops_desktop.texts import set_language, tr
from tests.ui.conftest import CATALOGUE


def messages() -> dict[str, Path]:
    found = {}
    for package in ("cityops_desktop", "drivers", "ui"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("tr", "N_") and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and first.value:
                        found[str(first.value)] = file
    return found


def names(text: str) -> set[str]:
    return {field.partition(":")[0] for _, field, _, _ in string.Formatter().parse(text) if field is not None}


@pytest.fixture(scope="module")
def catalogue():
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_CN")


def test_every_message_is_translated(catalogue):
    missing = [
        f"{file.relative_to(ROOT)}: {message}"
        for message, file in messages().items()
        if message not in catalogue or not catalogue[message].string
    ]
    assert not missing


def test_translations_fill_in_the_same_names(catalogue):
    assert [m.id for m in catalogue if m.id and m.string and names(str(m.id)) != names(str(m.string))] == []


def test_nothing_is_doubtful(catalogue):
    assert not [m.id for m in catalogue if m.id and m.fuzzy]


def test_nothing_stays_nothing():
    set_language("zh_CN")
    assert tr("") == ""
