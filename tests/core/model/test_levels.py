"""Colours of levels: what can be told apart by all eyes, and what is said about what cannot."""

import pytest

from cityops_desktop.model.levels import COLOURS, INKS, LEAST_INK, Clash, LevelLook, apart, clashes, contrast, ink_on
from cityops_desktop.model.points import Level


def look(level: Level, light: str | None = None, dark: str | None = None) -> dict[Level, LevelLook]:
    return {level: LevelLook(level, None, light, dark)}


def test_our_own_colours_are_good_for_all_eyes() -> None:
    assert list(clashes({})) == []


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#C8102E", "#C8102E") == 1.0


def test_red_and_green_of_one_lightness_are_near_to_eyes_without_a_cone() -> None:
    assert apart("#C8102E", "#3E6B1F") > 80
    assert apart("#A03020", "#5F5B20", "protanopia") < apart("#A03020", "#5F5B20") / 2


@pytest.mark.parametrize(
    ("looks", "clash"),
    [
        (look(Level.WARNING, light="#E0E0E4"), Clash("light", Level.WARNING, "panel")),
        (look(Level.WARNING, dark="#303438"), Clash("dark", Level.WARNING, "panel")),
        (look(Level.MAJOR, light="#C8102E"), Clash("light", Level.MAJOR, Level.CRITICAL)),
        (look(Level.WARNING, dark="#FF9A3D"), Clash("dark", Level.WARNING, Level.MAJOR)),
        (look(Level.WARNING, light="#7A7A00") | look(Level.CRITICAL, light="#A35A00"), Clash("light", Level.WARNING, Level.CRITICAL)),
    ],
)
def test_what_cannot_be_told_apart_is_told(looks: dict[Level, LevelLook], clash: Clash) -> None:
    assert clash in list(clashes(looks))


@pytest.mark.parametrize("colour", sorted({colour for theme in COLOURS.values() for colour in theme.values()}))
def test_letters_upon_a_level_can_be_read(colour: str) -> None:
    assert ink_on(colour) in INKS and contrast(ink_on(colour), colour) >= LEAST_INK
