"""The bar of temperatures at a rack: shades that run from sensor to sensor, painted without anything that Qt keeps for good."""

from itertools import pairwise

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from tests.ui.pages.racks.rackrooms import sensor_point
from ui import theme
from ui.pages.racks.elevation import Sensor
from ui.pages.racks.paint import BAR, paint_warmth
from ui.pages.racks.state import Warmth

STRIP = QRect(10, 10, 40, 200)
LOW, HIGH = 190, 30
MIDDLE = STRIP.left() + 2 + BAR // 2
OUTSIDE = QColor("#123456")
POINTS = {key: sensor_point(key, 5, 5.7, 1.5) for key in ("low", "high")}


class Noting(QPainter):
    """Notes the gradients that it is told to fill with: Qt keeps a table of 12 KB for each of the last sixty."""

    gradients = 0

    def fillRect(self, *filled: object) -> None:
        self.gradients += any(getattr(one, "gradient", lambda: None)() is not None for one in filled)
        super().fillRect(*filled)  # type: ignore[call-overload]


def warmth(key: str, number: float | None, *, stale: bool = False) -> Warmth:
    return Warmth(Sensor(key, 0.0, 0.0), f"{number}", number, stale, 0, 0, None)


def painted(low: Warmth, high: Warmth, heights: tuple[int, int] = (LOW, HIGH)) -> QImage:
    picture = QImage(60, 220, QImage.Format.Format_RGB32)
    picture.fill(OUTSIDE)
    painter = Noting(picture)
    figures = [QRect(30, height - 8, 24, 16) for height in heights]
    paint_warmth(painter, STRIP, (low, high), list(heights), figures, POINTS)
    painter.end()
    assert painter.gradients == 0
    return picture


def shade(picture: QImage, y: int) -> int:
    return QColor(picture.pixel(MIDDLE, y)).lightness()


def test_the_warmer_the_darker_without_a_jump(qtbot: QtBot) -> None:
    picture = painted(warmth("low", 19.0), warmth("high", 26.0))
    shades = [shade(picture, y) for y in range(HIGH + 4, LOW - 4)]
    assert shades == sorted(shades) and shades[-1] - shades[0] > 20
    assert max(below - above for above, below in pairwise(shades)) <= 2


def test_it_keeps_to_its_bar_and_to_what_lies_between_the_sensors(qtbot: QtBot) -> None:
    picture = painted(warmth("low", 19.0), warmth("high", 26.0))
    assert {picture.pixel(MIDDLE, y) for y in (*range(STRIP.top() + 1, HIGH - 4), *range(LOW + 4, STRIP.bottom()))} == {OUTSIDE.rgb()}
    assert {picture.pixel(x, 100) for x in (STRIP.left() + 1, STRIP.left() + 2 + BAR)} == {OUTSIDE.rgb()}


def test_two_sensors_at_one_height_have_nothing_between_them(qtbot: QtBot) -> None:
    picture = painted(warmth("low", 19.0), warmth("high", 26.0), (100, 100))
    assert {picture.pixel(MIDDLE, y) for y in (*range(STRIP.top() + 1, 96), *range(104, STRIP.bottom()))} == {OUTSIDE.rgb()}


def test_a_broken_limit_has_its_colour_and_a_stale_end_is_hatched(qtbot: QtBot) -> None:
    level = min(limit.level for limit in POINTS["high"].limits)
    hot = painted(warmth("low", 26.0), warmth("high", 90.0))
    assert QColor(hot.pixel(MIDDLE, HIGH + 6)).hue() == QColor(theme.current().level(level)).hue()
    hatched = painted(warmth("low", 19.0), warmth("high", 26.0, stale=True))
    wanted = QImage(hatched.size(), hatched.format())
    wanted.fill(OUTSIDE)
    painter = QPainter(wanted)
    theme.paint_stale(painter, QRect(STRIP.left() + 2, HIGH, BAR, LOW - HIGH))
    painter.end()
    inner = QRect(MIDDLE - 2, 80, 5, 20)
    assert hatched.copy(inner) == wanted.copy(inner)
