"""What a room calls its alarm levels and in which colours they are shown, and whether colours can be told apart. Pure; paints nothing.

Shapes and words always go with a colour (square, triangle, diamond, circle), so a colour need not do it alone. But a level must be seen on
the panel of both themes, letters upon it must be read, and no two levels may look the same, to eyes that lack a kind of cone either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from cityops_desktop.model.points import Level, Names

PANELS = {"light": "#E5E6E8", "dark": "#2C3136"}
"""What the console's themes paint levels on."""
COLOURS: Mapping[str, Mapping[Level, str]] = {
    "light": {Level.CRITICAL: "#C8102E", Level.MAJOR: "#E87511", Level.MINOR: "#F2C500", Level.WARNING: "#9B2FAE"},
    "dark": {Level.CRITICAL: "#FF4D5E", Level.MAJOR: "#FF9A3D", Level.MINOR: "#F5D033", Level.WARNING: "#D98AE8"},
}
INKS = ("#FFFFFF", "#16181A")
"""Letters upon a level: the one that is read better."""
LEAST_INK = 4.5
"""Contrast ratio of small letters (WCAG 2.2, 1.4.3)."""
LEAST_FROM_PANEL = 30.0
LEAST_APART = 12.0
"""Distances in CIELAB (CIE76); two are seen to differ from 2.3 on. Our own colours keep these to all eyes."""

_EYES = {
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB."""
Lab = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class LevelLook:
    """How a room shows one level; None = as we do. Colours are #RRGGBB, for the light and for the dark theme."""

    level: Level
    names: Names | None = None
    light: str | None = None
    dark: str | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """What is wrong with a colour: `of` = "panel", "ink" or the other level."""

    theme: str
    level: Level
    of: "Level | str"


def colours(looks: Mapping[Level, LevelLook], theme: str) -> dict[Level, str]:
    """The colour of each level in this theme."""
    return {level: getattr(looks[level], theme) or own if level in looks else own for level, own in COLOURS[theme].items()}


def ink_on(colour: str) -> str:
    """The letters that are read better upon it."""
    return max(INKS, key=lambda ink: contrast(ink, colour))


def clashes(looks: Mapping[Level, LevelLook]) -> Iterator[Clash]:
    """Everything that is wrong with these colours, in both themes and to all eyes."""
    for theme, panel in PANELS.items():
        shown = colours(looks, theme)
        for level, colour in shown.items():
            if contrast(ink_on(colour), colour) < LEAST_INK:
                yield Clash(theme, level, "ink")
            if min(apart(colour, panel, eyes) for eyes in _EYES) < LEAST_FROM_PANEL:
                yield Clash(theme, level, "panel")
        for (level, one), (of, other) in combinations(shown.items(), 2):
            if min(apart(one, other, eyes) for eyes in _EYES) < LEAST_APART:
                yield Clash(theme, of, level)


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""
    lights = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (_linear(one), _linear(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def apart(one: str, other: str, eyes: str = "all cones") -> float:
    """Distance of two colours in CIELAB, as these eyes see them."""
    return float(sum((a - b) ** 2 for a, b in zip(_lab(one, eyes), _lab(other, eyes), strict=True)) ** 0.5)


def _linear(colour: str) -> tuple[float, float, float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return red, green, blue


def _lab(colour: str, eyes: str) -> Lab:
    rgb = _linear(colour)
    red, green, blue = (min(1.0, max(0.0, sum(part * one for part, one in zip(row, rgb, strict=True)))) for row in _EYES[eyes])
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
