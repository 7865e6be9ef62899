"""Our own fonts: everything that the program can say has a glyph, figures stand in columns, the name is ours."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from fontTools.ttLib import TTFont

from devtools.fonts import FAMILY, LEFT_OUT, gb2312

ROOT = Path(__file__).resolve().parent.parent.parent
FONTS = ROOT / "resources" / "fonts"
WEIGHTS = {"Regular": 400, "Bold": 700}
SIGNS = "■□▲△▼▽◆◇●○▶◀≥≤±×÷−℃℉°Ωµ³²‰№①⑳⚠✓→←↑↓…—–·“”‘’√∞≈≠ΣΔθ㎡Ⅰ、。《》（）￥"


@pytest.fixture(scope="module", params=WEIGHTS)
def weight(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def font(weight: str) -> TTFont:
    return TTFont(FONTS / f"CityOpsSans-{weight}.otf")


def spoken() -> dict[str, set[str]]:
    """Characters by the file that they come from: translations, room files and profiles, string constants of the code."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "resources").rglob("*.po"):
        with path.open("rb") as stream:
            found[path.name] = {c for message in read_po(stream) for c in f"{message.id}{message.string}"}
    for path in (ROOT / "resources").rglob("*.yaml"):
        found[path.name] = set(path.read_text(encoding="utf-8"))
    for path in (*(ROOT / "ui").rglob("*.py"), *(ROOT / "cityops_desktop").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        found[str(path.relative_to(ROOT))] = {c for value in constants if isinstance(value, str) for c in value}
    return found


def test_everything_that_the_program_says_has_a_glyph(font: TTFont) -> None:
    cmap = font.getBestCmap()
    lacking = {name: sorted(c for c in characters if c.isprintable() and ord(c) not in cmap) for name, characters in spoken().items()}
    assert {name: characters for name, characters in lacking.items() if characters} == {}


def test_the_hanzi_of_gb2312_and_the_signs_of_a_duty_room_are_there(font: TTFont) -> None:
    cmap = font.getBestCmap()
    assert len([code for code in gb2312() if 0x4E00 <= code <= 0x9FFF]) == 6763
    assert sorted(chr(code) for code in gb2312() - LEFT_OUT - set(cmap)) == []
    assert [sign for sign in SIGNS if ord(sign) not in cmap] == []


def test_text_copied_from_a_pdf_stays_what_it_was(font: TTFont) -> None:
    cmap = font.getBestCmap()
    assert not [code for code in cmap if 0x2E80 <= code <= 0x2FDF or code in LEFT_OUT]
    codes: dict[str, list[int]] = {}
    for code, glyph in cmap.items():
        codes.setdefault(glyph, []).append(code)
    shared = [same for same in codes.values() if len(same) > 1]
    assert shared == [[0x20, 0xA0], [0xB7, 0x2022]]


def test_digits_are_equally_wide(font: TTFont) -> None:
    cmap = font.getBestCmap()
    assert len({font["hmtx"][cmap[ord(digit)]][0] for digit in "0123456789"}) == 1


def test_the_family_is_ours_and_the_licence_is_kept(font: TTFont, weight: str) -> None:
    names = font["name"]
    assert [names.getDebugName(number) for number in (1, 2)] == [FAMILY, weight]
    for number in (1, 3, 4, 6, 16, 21):
        assert not re.search("noto|source", names.getDebugName(number) or "", re.IGNORECASE)
    assert "SIL Open Font License" in names.getDebugName(13)
    assert "Adobe" in names.getDebugName(0)
    assert font["OS/2"].usWeightClass == WEIGHTS[weight]
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text(encoding="utf-8")
