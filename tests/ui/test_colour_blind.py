"""What a state looks like to eyes without one kind of cone, or without any colour: signs stay apart, level words stay legible."""

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from ui import theme

# Machado, Oliveira, Fernandes 2009: severity 1.0, on linear RGB
EYES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "no colour": [[0.2126, 0.7152, 0.0722]] * 3,
    "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}
LEAST_APART = 0.035
"""Mean difference of two signs over their square (0 to 1): below it they would be taken for one another in passing."""


def linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def seen(rgb: np.ndarray, eyes: str) -> np.ndarray:
    """Linear RGB as these eyes have it; rgb in 0..1, the last axis the channels."""
    return np.clip(linear(rgb) @ np.array(EYES[eyes]).T, 0, 1)


def contrast(one: str, other: str, eyes: str) -> float:
    """WCAG contrast ratio of two colours, seen by these eyes."""
    lights = []
    for name in (one, other):
        colour = QColor(name)
        lights.append(float(seen(np.array([colour.redF(), colour.greenF(), colour.blueF()]), eyes) @ np.array([0.2126, 0.7152, 0.0722])))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def picture(side: int, level: int, filled: bool, stale: bool = False) -> np.ndarray:
    """The sign on a panel as an array of RGB in 0..1."""
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.current().panel))
    painter = QPainter(image)
    if stale:
        theme.paint_stale(painter, QRect(0, 0, side, side))
    theme.paint_level(painter, QRect(0, 0, side, side), level, filled=filled)
    painter.end()
    data = np.frombuffer(image.constBits(), np.uint8).reshape(side, side, 4)
    return data[:, :, 2::-1].astype(float) / 255


@pytest.mark.parametrize("side", [16, 18, 24])
@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("colours", theme.THEMES)
def test_signs_stay_apart(qapp, colours, eyes, side):
    theme.apply(qapp, theme.THEMES[colours])
    signs = {(level, filled): seen(picture(side, level, filled), eyes) for level in (1, 2, 3, 4) for filled in (True, False)}
    signs[0, True] = seen(picture(side, 0, True), eyes)
    signs[0, False] = seen(picture(side, 0, True, stale=True), eyes)
    for (name, one), (other, two) in combinations(signs.items(), 2):
        apart = float(np.abs(one - two).mean())
        assert apart > LEAST_APART or {name, other} == {(0, True), (0, False)}, f"{name} and {other}: {apart:.3f}"
        assert apart > 0.005, f"{name} and {other} look the same: {apart:.4f}"


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("colours", theme.THEMES.values(), ids=lambda one: one.name)
def test_words_upon_levels_and_panels_are_legible(colours, eyes):
    for level in (1, 2, 3, 4):
        assert contrast(colours.level(level), colours.on_level(level), eyes) >= 3.0, level
    for text in (colours.text, colours.text_dim, colours.value, colours.stale_text):
        for ground in (colours.panel, colours.page):
            assert contrast(text, ground, eyes) >= 4.5, (text, ground)
    assert contrast(colours.nav_text, colours.nav, eyes) >= 4.5
    assert contrast(colours.on_demo, colours.demo, eyes) >= 4.5
