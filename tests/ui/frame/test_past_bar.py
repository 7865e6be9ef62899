"""The room at another time in the whole window: ways in and back, words that cannot be missed, and live alarms that it never hides."""

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from cityops_desktop.link.messages import Change
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.readings import Quality
from tests.conftest import FakeClock
from tests.ui.conftest import Desk
from tests.ui.pastlink import Then, sample
from tests.ui.rooms import NOW, alarm, copy_of_room
from tests.ui.walker import walk
from ui import theme
from ui.frame.pastbar import Stand
from ui.models.pasttime import IDLE_SECONDS
from ui.window import TRAVELS

OPENS_A_PAGE = True

LEFT = Qt.MouseButton.LeftButton
T = NOW - 3_600_000
KEY = "ups-1.load"


@pytest.fixture
def then() -> Then:
    return Then()


@pytest.fixture
def past(qapp: QApplication, desk: Desk, then: Then, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A window whose station knows the past of every point, and stands still at NOW."""
    for key in desk.model.points:
        then.strips[key] = lambda time: sample(time - 700, 1.0)
    monkeypatch.setattr(desk.link, "history_at", then.history_at)
    monkeypatch.setattr(desk.link, "ask", then.ask)
    desk.model._clock = FakeClock()
    desk.model.apply_copy(copy_of_room(calm=True))
    desk.window.show_page("floor")
    desk.window.activateWindow()
    qapp.processEvents()
    return desk


def raise_alarm(desk: Desk, n: int, level: int, state: AlarmState = AlarmState.UNACKNOWLEDGED) -> None:
    desk.model.apply_change(Change(seq=2, now=NOW, alarms=[alarm(n, "ups-2.load", level, state)]))
    desk.model._alarm_changes._flush()


def test_the_button_leads_ten_minutes_back_and_waits_for_a_time(qtbot, past: Desk) -> None:
    window = past.window
    qtbot.mouseClick(window.page("floor").past, LEFT)  # type: ignore[attr-defined]
    bar = window.past_bar
    assert window.room.past == NOW - 600_000 and bar.isVisible() and bar.typed.hasFocus()
    assert bar.chip.text() == "PAST" and bar.title.text() == "2026-09-21 22:03:20 · not live"
    assert window.past_frame.isVisible() and window.past_frame.geometry() == window.area.geometry()
    qtbot.keyClicks(bar.typed, "03:12")
    qtbot.keyClick(bar.typed, Qt.Key.Key_Return)
    assert bar.title.text() == "2026-09-21 03:12:00 · not live"


def test_ctrl_t_on_a_page_that_stays_live_leads_to_the_floor(qtbot, past: Desk) -> None:
    past.window.show_page("overview")
    qtbot.keyClick(past.window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert past.window.current == "floor" and past.window.room.past is not None


def test_what_is_no_past_time_is_refused_in_words(qtbot, past: Desk) -> None:
    bar = past.window.past_bar
    past.window.travel(T)
    for typed, words in (("yesterday", "This is no time"), ("2030-01-01", "This time is still to come")):
        bar.typed.clear()
        qtbot.keyClicks(bar.typed, typed)
        qtbot.keyClick(bar.typed, Qt.Key.Key_Return)
        assert bar.state.text().startswith(words) and past.window.room.past == T


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Home])
@pytest.mark.parametrize("page", ["floor", "power", "overview"])
def test_one_key_leads_back(qtbot, past: Desk, key: Qt.Key, page: str) -> None:
    past.window.travel(T)
    past.window.show_page(page)
    past.window.setFocus()
    qtbot.keyClick(past.window, key)
    assert past.window.past.time is None and past.window.room.past is None
    assert past.window.past_bar.isHidden() and past.window.past_frame.isHidden()


def test_escape_leads_back_from_the_page_and_from_the_field(qtbot, past: Desk) -> None:
    window = past.window
    for focus in (window.page("floor").view, window.past_bar.typed, window.past_bar.slider):  # type: ignore[attr-defined]
        window.travel(T)
        focus.setFocus()
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        assert window.past.time is None, focus


def test_steps_play_and_slider_move_the_time(qtbot, past: Desk) -> None:
    window, bar = past.window, past.window.past_bar
    window.travel(T)
    for by in (-3_600_000, -60_000, 600_000):
        before = window.room.past
        qtbot.mouseClick(bar.steps[by], LEFT)
        assert window.room.past == before + by
    qtbot.mouseClick(bar.plays[600], LEFT)
    assert window.past.rate == 600 and bar.plays[600].isChecked()
    before = window.room.past
    window.past.play_on()
    assert window.room.past == before + 600_000
    qtbot.mouseClick(bar.plays[600], LEFT)
    assert window.past.rate == 0
    bar.slider.setFocus()
    at = bar.slider.value()
    qtbot.keyClick(bar.slider, Qt.Key.Key_PageDown)
    assert bar.slider.value() == at - 60
    qtbot.waitUntil(lambda: window.past.time == (NOW + (at - 60) * 60_000) // 60_000 * 60_000)
    qtbot.mouseClick(bar.spans[7 * 24 * 60], LEFT)
    assert bar.slider.minimum() == -7 * 24 * 60 and bar.far.text() == "−7 d"
    qtbot.mouseClick(bar.back, LEFT)
    assert window.past.time is None


def test_the_three_pages_show_the_values_of_then_and_no_other_page_does(past: Desk, then: Then) -> None:
    then.alarms = lambda time: [alarm(900, KEY, 1, AlarmState.UNACKNOWLEDGED, now=time)]
    window = past.window
    window.travel(T)
    for page in TRAVELS:
        window.show_page(page)
        assert window.page(page)._model.past == T and window.page(page)._model.shown(KEY).value == "1.0"
        assert window.past_bar.chip.text() == "PAST" and window.past_frame.isVisible()
        assert window.page(page)._model.worst((KEY,)).id == "alarm-0900"
    window.show_page("alarms")
    assert window.past_bar.chip.text() == "LIVE" and "This page is live" in window.past_bar.title.text()
    assert window.room.past is None and not window.past_frame.isVisible()
    assert not past.model.worst((KEY,)) and past.model.shown(KEY).value != "1.0"
    assert [one.id for one in past.window.bar._model.open_alarms()] == []
    window.show_page("racks")
    assert window.room.past == T, "the time stays chosen"


def test_the_alarm_bar_stays_live_and_a_new_alarm_calls_back(qtbot, past: Desk) -> None:
    window, bar = past.window, past.window.past_bar
    window.travel(T)
    raise_alarm(past, 31, 3)
    assert window.bar.newest.alarm is not None and not bar.alert.isVisible()
    raise_alarm(past, 32, 1)
    assert window.bar.isVisible() and window.bar.newest.alarm.id == "alarm-0031", "the newest of now, as ever"
    assert bar.alert.isVisible() and bar.alert.text().startswith("NEW ALARM NOW, Critical: ")
    assert bar.back.text() == "Back to live now  Esc" and not bar.slider.isVisible()
    qtbot.mouseClick(bar.stay, LEFT)
    assert not bar.alert.isVisible() and window.room.past == T
    raise_alarm(past, 33, 2)
    qtbot.mouseClick(bar.back, LEFT)
    assert window.past.time is None and {one.id for one in window.room.open_alarms()} >= {"alarm-0032", "alarm-0033"}


def test_touched_by_nobody_it_goes_back_and_says_why(qtbot, past: Desk) -> None:
    window, clock = past.window, FakeClock()
    window.past._clock = clock
    window.travel(T)
    clock.advance(IDLE_SECONDS - 30)
    window.past.look()
    assert window.past_bar.state.text() == "Back to live in 30 s: touch anything to stay"
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Shift)
    assert window.past_bar.state.text() != "Back to live in 30 s: touch anything to stay"
    clock.advance(IDLE_SECONDS)
    window.past.look()
    assert window.past.time is None and "nobody touched the past" in window.bar.status.message.text()


def test_from_an_alarm_to_the_room_when_it_was_raised(qtbot, past: Desk) -> None:
    raise_alarm(past, 32, 2)
    window = past.window
    window.show_page("alarms")
    page = window.page("alarms")
    page.show_alarm("alarm-0032")  # type: ignore[attr-defined]
    qtbot.mouseClick(page.then, LEFT)  # type: ignore[attr-defined]
    assert window.current == "floor" and window.room.past == NOW - 32 * 61_000


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_from_the_cross_hair_to_the_room_and_the_cross_hair_follows(qtbot, qapp: QApplication, past: Desk) -> None:
    window = past.window
    window.show_page("trends")
    page = window.page("trends")
    plot = page.plot  # type: ignore[attr-defined]
    page.clear()  # type: ignore[attr-defined]
    page.add_point(KEY)  # type: ignore[attr-defined]
    page.set_span(3600)  # type: ignore[attr-defined]
    plot.set_cursor(NOW - 1_200_000)
    qtbot.keyClick(plot, Qt.Key.Key_R)
    assert window.current == "floor" and window.room.past == NOW - 1_200_000
    qtbot.mouseClick(window.past_bar.steps[-3_600_000], LEFT)
    window.show_page("trends")
    assert plot.crosshair == NOW - 4_800_000 and plot.start <= plot.crosshair <= plot.end, "it went where the console stands"
    qtbot.mouseClick(window.past_bar.steps[-60_000], LEFT)
    assert plot.crosshair == NOW - 4_860_000 and window.past_bar._stand is Stand.FOLLOWS
    where = QPoint(round(plot.x_of(plot.crosshair - 120_000)), plot.height() // 2)
    QApplication.sendEvent(plot, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, plot.mapToGlobal(where)))
    (menu,) = [one for one in page.findChildren(QMenu) if one.isVisible()]
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert window.current == "floor" and abs(window.room.past - (NOW - 4_980_000)) < 15_000


def test_f4_shows_the_point_as_it_was_and_nothing_is_set_from_there(qtbot, qapp: QApplication, past: Desk, monkeypatch) -> None:
    window = past.window
    monkeypatch.setattr(window.page("floor"), "point", lambda: KEY)
    window.travel(T)
    qtbot.keyClick(window.page("floor").view, Qt.Key.Key_F4)  # type: ignore[attr-defined]
    panel = window._panel
    assert panel is not None and panel.isVisible()
    told = dict(one.split(": ", 1) for one in panel.card.sheet.texts())
    assert panel.title.text().startswith("PAST ") and panel.title.text().endswith("not live")
    assert told["Value"] == "1.0 %" and told["Time of the value"].endswith("(0 s)")
    assert "Raw value" not in told
    panel.openWrite.emit(KEY)
    assert "Nothing is set from the past" in window.bar.status.message.text() and window.door.dialog is None
    window.past.step(-60_000)
    assert dict(one.split(": ", 1) for one in panel.card.sheet.texts())["Time of the value"] != told["Time of the value"]
    panel.leave()
    window.past.live()
    qtbot.keyClick(window.page("floor").view, Qt.Key.Key_F4)  # type: ignore[attr-defined]
    assert panel.title.text() == "Point details"


def test_a_station_that_does_not_answer_leaves_everything_unknown(past: Desk, then: Then) -> None:
    then.deaf = {*past.model.points, "alarms"}
    past.window.travel(T)
    assert past.window.past_bar.state.text().startswith("No answer for ")
    shown = past.window.room.shown(KEY)
    assert shown.value == "—" and shown.quality is Quality.BAD


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_in_the_past(qapp: QApplication, past: Desk, then: Then, language: str, colours: str, size: tuple[int, int]) -> None:
    theme.apply(qapp, theme.THEMES[colours])
    window = past.window
    window.set_language(language)
    window.resize(*size)
    then.strips.pop(KEY)
    faults, heights = [], set()
    for state in ("quiet", "called", "loading"):
        window.travel(T)
        if state == "called":
            raise_alarm(past, 41, 1)
        if state == "loading":
            window.past.dismiss()
            then.held = True
            window.past.step(-60_000)
        for page in (*TRAVELS, "alarms", "trends"):
            window.show_page(page)
            qapp.processEvents()
            assert window.size() == QSize(*size)
            faults += walk(window if page != "trends" else window.past_bar, f"{page}, {state}").faults
            heights.add(window.past_bar.height())
            assert window.past_bar.width() <= window.width() and not window.area.verticalScrollBar().isVisible()
    assert not faults, "\n".join(faults)
    assert len(heights) == 1, "nothing below moves when the bar says another thing"
