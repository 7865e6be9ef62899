"""The look: levels that differ without colour, digits of one width, words that can be read."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter

from cityops_desktop.model.alarms import Hidden
from cityops_desktop.model.levels import COLOURS, PANELS, LevelLook
from cityops_desktop.model.points import Level
from ui import theme


def luminance(colour: str) -> float:
    parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, 1.4.3."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def marker(level: int, *, filled: bool, side: int = 22, digit: bool = True) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    theme.paint_level(painter, QRect(0, 0, side, side), level, filled=filled, digit=digit)
    painter.end()
    return image


def silhouette(image: QImage) -> list[bool]:
    return [image.pixelColor(x, y).alpha() > 128 for y in range(image.height()) for x in range(image.width())]


def test_levels_differ_in_shape_alone():
    shapes = [silhouette(marker(level, filled=True)) for level in (1, 2, 3, 4)]
    for one, other in itertools.combinations(shapes, 2):
        assert sum(a != b for a, b in zip(one, other, strict=True)) > 30


def test_acknowledged_differs_from_unacknowledged():
    for level in (1, 2, 3, 4):
        assert marker(level, filled=True) != marker(level, filled=False)


def test_beside_a_count_the_shape_alone_tells_the_level():
    shapes = [marker(level, filled=True, digit=False) for level in (1, 2, 3, 4)]
    assert all(shape != marker(level, filled=True) for level, shape in enumerate(shapes, start=1))
    for one, other in itertools.combinations(shapes, 2):
        assert sum(a != b for a, b in zip(silhouette(one), silhouette(other), strict=True)) > 30


def test_no_level_paints_nothing():
    assert not any(silhouette(marker(0, filled=True)))


@pytest.mark.parametrize("name", theme.THEMES)
def test_words_can_be_read(name):
    t = theme.THEMES[name]
    pairs = [
        (t.text, t.page),
        (t.text, t.panel),
        (t.text_dim, t.page),
        (t.text_dim, t.panel),
        (t.value, t.panel),
        (t.nav_text, t.nav),
        (t.on_demo, t.demo),
    ]
    pairs += [(t.on_level(n), t.level(n)) for n in (1, 2, 3, 4)] + [(t.text, t.selection), (t.page, t.text), (t.nav_text, t.nav_current)]
    assert [(pair, round(contrast(*pair), 2)) for pair in pairs if contrast(*pair) < 4.5] == []


@pytest.mark.parametrize("name", theme.THEMES)
def test_curves_are_told_from_the_page_and_are_not_alarm_colours(name):
    t = theme.THEMES[name]
    assert len(set(t.curves)) == 8
    for curve in t.curves:
        assert contrast(curve, t.panel) >= 3
        colour = QColor(curve)
        assert not (colour.hsvSaturationF() > 0.5 and (colour.hueF() < 0.16 or colour.hueF() > 0.8)), curve


def test_digits_have_one_width():
    for size in (theme.SMALL, theme.BODY, theme.TITLE, theme.VALUE):
        for bold in (False, True):
            metrics = QFontMetrics(theme.font(size, bold))
            assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1


@pytest.mark.parametrize("name", theme.THEMES)
def test_the_style_sheet_is_small(name):
    path = theme.ARROW.as_posix()
    assert len(theme.style_sheet(theme.THEMES[name]).replace(path, "")) < 1024


def test_our_font_is_used():
    from PySide6.QtGui import QFontInfo

    assert QFontInfo(theme.font()).family() == theme.FAMILY


def test_a_room_may_have_its_own_colours_of_levels_and_shapes_and_letters_follow(qapp):
    assert {name: one.panel for name, one in theme.THEMES.items()} == PANELS
    assert {name: {level: one.level(level) for level in Level} for name, one in theme.THEMES.items()} == COLOURS
    theme.show_levels({Level.MINOR: LevelLook(Level.MINOR, None, "#106060", None)})
    try:
        assert theme.current().level(3) == "#106060" and theme.current().on_level(3) == "#FFFFFF"
        theme.apply(qapp, theme.DARK)
        assert theme.current().level(3) == theme.DARK.minor
        theme.apply(qapp, theme.LIGHT)
        assert theme.current().level(3) == "#106060" and theme.current().level(1) == theme.LIGHT.critical
    finally:
        theme.show_levels({})
    assert theme.current() is theme.LIGHT


def test_signs_of_what_is_kept_quiet_have_shapes_of_their_own(qapp):
    pictures = {}
    for hidden in Hidden:
        image = QImage(16, 16, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.current().panel))
        painter = QPainter(image)
        theme.paint_quiet(painter, image.rect(), hidden)
        painter.end()
        pictures[hidden] = np.frombuffer(image.constBits(), np.uint8).reshape(16, 16, 4)[:, :, :3].astype(float) / 255
    for one, other in itertools.combinations(pictures, 2):
        assert np.abs(pictures[one] - pictures[other]).mean() > 0.035, (one, other)
    for picture in pictures.values():
        assert np.abs(picture[:, :, 0] - picture[:, :, 2]).max() < 0.1, "no colour: it wants nobody"
