"""The minutes strip: there when something is lost, gone when it is over; nothing jumps, nothing unknown is a figure."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from cityops_desktop.link.messages import Change
from cityops_desktop.link.minutes import GeneratorFigure, MinutesFigure, MinutesInfo
from tests.ui.rooms import NOW
from tests.ui.walker import walk
from ui import theme

OPENS_A_PAGE = True
INLET = "air-conditioning-1.temperature"


def figures(minutes: float | None = 23.4, **more: object) -> MinutesInfo:
    values: dict[str, object] = {
        "since": NOW - 125_000,
        "lost": ["mains"],
        "battery": MinutesFigure(minutes=minutes, subject="ups-1.load", time=NOW, why="" if minutes is not None else "stale"),
        "generator": GeneratorFigure(state="failed", subject="ups-1.load", time=NOW),
        "inlet": MinutesFigure(minutes=8.2, low=6, high=12, subject=INLET, limit=32.0, time=NOW, reckoned=True),
        "plan": MinutesFigure(why="no_plans"),
    }
    return MinutesInfo.model_validate(values | more)


def tell(desk, minutes: MinutesInfo | None) -> None:
    station = desk.model.station.model_copy(update={"minutes": minutes})
    desk.model.apply_change(Change(seq=2, now=NOW, station=station))


def test_it_comes_and_goes_by_itself(desk):
    strip = desk.window.minutes
    assert not strip.isVisible()
    tell(desk, figures())
    assert strip.isVisible()
    assert [cell.value for cell in strip.cells] == ["23 min", "Does not start", "8 min", "unknown"]
    assert [cell.urgent for cell in strip.cells] == [False, True, True, False]
    tell(desk, None)
    assert not strip.isVisible()


def test_what_is_not_known_says_so_and_why(desk):
    unknown = MinutesFigure(why="not_rising", subject=INLET)
    tell(desk, figures(None, inlet=unknown, generator=GeneratorFigure(why="no_generator")))
    battery, generator, inlet, plan = desk.window.minutes.cells
    assert battery.value == "unknown" and "too old" in battery.tip
    assert generator.value == "unknown" and "names no generator" in generator.tip
    assert inlet.value == "not rising"
    assert plan.value == "unknown" and "No shutdown plan is kept yet" in plan.tip


def test_an_old_figure_is_marked_and_a_reckoned_one_counts_down(desk):
    old = MinutesFigure(minutes=8.2, subject=INLET, limit=32.0, time=NOW - 180_000, reckoned=True)
    tell(desk, figures(inlet=old))
    inlet = desk.window.minutes.cells[2]
    assert inlet.stale and inlet.value == "5 min" and "3 min old" in inlet.tip
    desk.model.set_connected(False)
    assert all(cell.stale for cell in desk.window.minutes.cells[:3])


def test_figures_have_their_places_for_good(desk):
    tell(desk, figures(9.0))
    strip, before = desk.window.minutes, desk.window.minutes.geometry()
    titles = [rect for rect, text, _ in strip.painted_texts() if text in [cell.title for cell in strip.cells]]
    tell(desk, figures(5000.0, lost=["mains", "cooling"]))
    assert strip.geometry() == before
    assert [rect for rect, text, _ in strip.painted_texts() if text in [cell.title for cell in strip.cells]] == titles


def test_keys_and_clicks_lead_to_the_point_of_a_figure(qtbot, desk):
    tell(desk, figures())
    strip = desk.window.minutes
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    assert desk.window.current == "equipment" and desk.window.page("equipment").point() == INLET
    desk.window.show_page("floor")
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip._places()[0].center())
    assert desk.window.page("equipment").point() == "ups-1.load"


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=str)
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_of_it_is_cut(qapp: QApplication, desk, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    desk.window.set_language(language)
    desk.window.resize(*size)
    tell(desk, figures(lost=["mains", "cooling"]))
    qapp.processEvents()
    desk.window.minutes.grab()
    seen = walk(desk.window.minutes, "minutes")
    assert not seen.faults, "\n".join(seen.faults)
    assert seen.texts >= 12
