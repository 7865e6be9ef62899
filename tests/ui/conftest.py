"""The console's tests: our own font and theme in one application, the Chinese catalogue compiled, no window left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from PySide6.QtWidgets import QApplication

from cityops_desktop import texts
from ui import app as console
from ui import theme

CATALOGUE = Path(texts.__file__).parent.parent / "resources/translations/zh_CN/LC_MESSAGES/cityops.po"


@pytest.fixture(scope="session", autouse=True)
def chinese_catalogue() -> None:
    compiled = CATALOGUE.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < CATALOGUE.stat().st_mtime:
        with CATALOGUE.open("rb") as source:
            catalogue = read_po(source, locale="zh_CN")
        with compiled.open("wb") as target:
            write_mo(target, catalogue)


@pytest.fixture(scope="session", autouse=True)
def fonts(qapp: QApplication) -> None:
    assert console.load_fonts()


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.LIGHT)
    yield
    theme.apply(qapp, theme.LIGHT)
