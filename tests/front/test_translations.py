"""The catalogue keeps up with the code: each message translated, with the same fields in braces."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from devtools.translations import extract, read

ROOT = Path(__file__).resolve().parent.parent.parent
CHINESE = ROOT / "resources" / "translations" / "zh_CN" / "LC_MESSAGES" / "cityops.po"


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    assert CHINESE.exists(), "there is no Chinese catalogue"
    return read(CHINESE)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_message_is_translated(chinese: Catalog) -> None:
    asked = {str(message.id) for message in extract() if message.id}
    assert asked, "the code has no messages"
    done = {str(message.id) for message in chinese if message.id and message.string and not message.fuzzy}
    assert sorted(asked - done) == []


def test_a_translation_has_the_fields_of_its_message(chinese: Catalog) -> None:
    wrong = [message.id for message in chinese if message.id and message.string and fields(str(message.id)) != fields(str(message.string))]
    assert wrong == []


def test_chinese_is_set_with_chinese_signs(chinese: Catalog) -> None:
    halfwidth = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]")
    yaml = re.compile(r"“[^”]*”|\[[^\]]*\]|\{\{.*\}\}")  # examples of what to write keep YAML's own signs
    spoken = [yaml.sub("", str(message.string)) for message in chinese if message.id]
    assert [text for text in spoken if halfwidth.search(text)] == []
