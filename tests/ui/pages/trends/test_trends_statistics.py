"""The panel of statistics: what it says of analog, digital and counting points, the duration curve, the threshold, the difference."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cityops_desktop.model.envelope import samples
from cityops_desktop.model.points import Kind
from cityops_desktop.texts import set_language
from tests.ui.desk import NOW, Past, assert_clean, live, model_of, point, room_copy, state, texts
from tests.ui.rooms import names
from ui import theme
from ui.pages.trends.comparedialogs import DaysDialog, PairDialog
from ui.pages.trends.page import TrendsPage
from ui.pages.trends.timebar import DAY
from ui.settings import Settings

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

COUNTER = point("m.e", kind=Kind.COUNTER, unit="kWh", normal=None, limits=[], rollover=1000.0, names=names("电能", "Energy"))
LIVES = [live("a.x", 25.0), live("b.y", 20.0), live("a.h", 50.0), live("m.e", 9.0), live("l.w", 1)]
ROOM = room_copy([point("a.x"), point("b.y"), point("a.h", unit="%RH"), COUNTER, state("l.w")], LIVES)


def told(key: str, seconds: int) -> object:
    """A minute of each ten is hot, a quarter is wet; the counter comes past its end; b.y stands at 20."""
    times = np.arange(NOW - seconds * 1000, NOW + 1, 1000, dtype=np.int64)
    second = (times - NOW) // 1000
    values = {
        "a.x": np.where(second % 600 >= 540, 35.0, 25.0),
        "b.y": np.full(len(times), 20.0),
        "a.h": np.full(len(times), 50.0),
        "m.e": (second * 0.5 + 9.5) % 1000,
        "l.w": (second % 400 >= 300).astype(float),
    }[key]
    return samples(times, values, np.zeros(len(times), np.uint8))


def page_of(qtbot: QtBot, tmp_path: Path, *keys: str, past: Past | None = None) -> TrendsPage:
    page = TrendsPage(model_of(ROOM), past or Past(told), settings=Settings(tmp_path / "console.ini"))  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(1214, 660)
    page.clear()
    with qtbot.waitExposed(page):
        page.show()
    for key in keys:
        page.add_point(key)
    return page


def shown(qtbot: QtBot, page: TrendsPage) -> list[list[str]]:
    """The rows when every curve is reckoned."""
    page.plot.setFocus()
    if not page.stats.isVisible():
        qtbot.keyClick(page.plot, Qt.Key.Key_S)
    settled(qtbot, page)
    return page.stats.table.texts()


def settled(qtbot: QtBot, page: TrendsPage) -> None:
    stats = page.stats
    qtbot.waitUntil(lambda: not stats._step.isActive() and not stats._asked and len(stats.told) == len(page.plot.lines), timeout=30_000)


def test_one_key_opens_the_panel_and_it_says_what_was(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "m.e", "l.w")
    page.show_span(NOW - 1_200_000, NOW - 600_000)
    analog, counter, digital = shown(qtbot, page)
    assert analog == ["1  Temperature x · Cooler a  °C", "25.0", "26.00", "35.0", "25.0", "> 32.0  1 min", "100 %", "601"]
    assert counter[1:] == ["409.5", "", "709.5", "709.5", "counted 300.0 kWh", "100 %", "601"]
    assert digital[1:4] == ["", "", ""] and digital[5].startswith("Dry ") and "Wet " in digital[5]
    tip = page.stats.told[0].said.tip
    assert "Critical > 32.0: 1 min, 10.0 % of the known time" in tip and "Reckoned from every sample." in tip
    qtbot.keyClick(page.plot, Qt.Key.Key_S)
    assert not page.stats.isVisible() and not page.stats_button.isChecked()
    qtbot.mouseClick(page.stats_button, Qt.MouseButton.LeftButton)
    page.stats.table.setFocus()
    qtbot.keyClick(page.stats.table, Qt.Key.Key_Escape)
    assert not page.stats.isVisible() and page.plot.hasFocus()


def test_a_span_over_midnight_says_both_days(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x")
    page.show_span(NOW - 86_400_000, NOW)
    shown(qtbot, page)
    start, end = page.stats._title.text().removeprefix("Statistics of ").split(" – ")
    assert start.split(" ")[0] < end.split(" ")[0], "two days, each with its date"
    page.show_span(NOW - 1_200_000, NOW - 600_000)
    qtbot.waitUntil(lambda: page.stats._of[1] in page.stats._title.text() and "-" not in page.stats._title.text())
    assert page._said.text().count(":") == 4, "of today no date is said"


def test_a_counter_that_came_past_its_end_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "m.e")
    page.show_span(NOW - 120_000, NOW)
    (row,) = shown(qtbot, page)
    assert row[5] == "counted 59.5 kWh · roll-over 1 ×"
    assert "999.5 > 0.0  rolled over" in page.stats.told[0].said.tip


def test_a_typed_threshold_has_a_column(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "b.y")
    page.show_span(NOW - 1_200_000, NOW - 600_000)
    shown(qtbot, page)
    page.stats.typed.setFocus()
    qtbot.keyClicks(page.stats.typed, "27.5")
    qtbot.keyClick(page.stats.typed, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.stats.told[0].threshold.text == "1 min", timeout=30_000)
    assert page.stats.told[1].threshold.text == "0 s"
    assert [len(row) for row in page.stats.table.texts()] == [9, 9]
    page.stats.typed.setText("warm")
    qtbot.keyClick(page.stats.typed, Qt.Key.Key_Return)
    assert page.stats.typed.text() == "27.5", "what is no number is not taken"


def test_of_a_long_span_it_says_what_it_cannot_know(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x")
    page.show_span(NOW - DAY * 1000, NOW)
    (row,) = shown(qtbot, page)
    first = page.stats.told[0]
    assert row[1] == "25.0" and row[3] == "35.0", "the extremes are never hidden"
    assert row[2].startswith("≈ ") and " – " in row[5] and "lowest and highest of longer times" in first.mean.tip
    assert first.curve is not None and (first.curve.low <= first.curve.high).all()


def test_the_duration_curve_shows_the_curves_of_one_unit(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "b.y", "a.h")
    page.show_span(NOW - 1_200_000, NOW - 600_000)
    shown(qtbot, page)
    qtbot.mouseClick(page.stats.curve_button, Qt.MouseButton.LeftButton)
    assert page.stats.chart.isVisible() and not page.stats.table.isVisible()
    painted = texts(page.stats.chart)
    assert painted[0].startswith("°C: ") and {"1", "2", "0 %", "100 %"} <= set(painted) and "3" not in painted
    page.stats.table.choose("3")
    assert texts(page.stats.chart)[0].startswith("%RH: ")
    assert_clean(page.stats.chart)


def test_another_point_is_laid_beside_and_their_difference_has_its_own_lane(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "a.h")
    page.show_span(NOW - 1_200_000, NOW - 600_000)
    qtbot.mouseClick(page.compare_button, Qt.MouseButton.LeftButton)
    menu = page.compare_button.opened
    assert menu is not None
    wanted = next(action for action in menu.actions() if action.text().startswith("Another point"))
    menu.close()
    wanted.trigger()
    dialog = page.compare_button.dialog
    assert isinstance(dialog, PairDialog)
    assert [dialog.other.itemText(n) for n in range(dialog.other.count())] == ["Cooler b · Temperature y"], "only what has the same unit"
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert page.keys == ["a.x", "a.h", "b.y"]
    assert [(lane.unit, lane.derived, [line.number for line in lane.lines]) for lane in page.plot.lanes] == [
        ("°C", False, [1, 3]),
        ("%RH", False, [2]),
        ("°C", True, [4]),
    ]
    assert page.plot.lanes[2].lines[0].seen.extent() == (5.0, 15.0)
    assert "Difference · °C" in texts(page.plot) and any(text.startswith("1 − 3 · ") for text in texts(page.legend))
    rows = shown(qtbot, page)
    assert rows[3][1:6] == ["5.0", "6.00", "15.0", "5.0", "no limits"]
    page.remove_point("b.y")
    assert [line.number for line in page.plot.lines] == [1, 2], "without one of the two there is no difference"


def test_points_of_other_units_have_no_difference(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "a.h", "l.w")
    assert page.curves.subtract("a.x", "a.h") == page.curves.subtract("l.w", "l.w") == "A difference needs two curves of the same unit"
    assert page.curves.subtract("a.x", "a.x") != "" and page.curves.differences == {}


def test_any_number_of_days_is_compared(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x")
    qtbot.mouseClick(page.compare_button, Qt.MouseButton.LeftButton)
    menu = page.compare_button.opened
    assert menu is not None
    wanted = next(action for action in menu.actions() if action.text().startswith("Other days"))
    menu.close()
    wanted.trigger()
    dialog = page.compare_button.dialog
    assert isinstance(dialog, DaysDialog)
    dialog.days.setFocus()
    dialog.days.selectAll()
    qtbot.keyClicks(dialog.days, "28")
    qtbot.keyClick(dialog.days, Qt.Key.Key_Return)
    if dialog.isVisible():
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert page.plot.shift == 28 * DAY * 1000 and page.compare_button.text() == "28 days before"


@pytest.mark.parametrize("size", [(1214, 660), (1768, 972)])
@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, language: str, colours: theme.Theme, size: tuple[int, int]
) -> None:
    set_language(language)
    try:
        theme.apply(qapp, colours)
        page = page_of(qtbot, tmp_path, "a.x", "b.y", "a.h", "l.w")
        page.resize(*size)
        assert page.curves.subtract("a.x", "b.y") == ""
        page._show_lines()
        page.show_span(NOW - DAY * 1000, NOW)
        rows = shown(qtbot, page)
        assert len(rows) == 5
        page.stats.show_curves(True)
        for widget in (page.stats.chart, page.stats._title, page.plot, page.legend):
            assert_clean(widget)
        assert page.minimumSizeHint().width() <= 1214 and page.width() == size[0]
        for button in (page.stats.table_button, page.stats.curve_button, page.stats_button):
            assert button.fontMetrics().horizontalAdvance(button.text()) < button.width()
    finally:
        set_language("en")
