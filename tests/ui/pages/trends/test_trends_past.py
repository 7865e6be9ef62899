"""The trends page over any time: zoom, pan, go to, what is asked and what is not, comparison, gaps that say why, what is unknown."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from cityops_desktop.link.messages import Copy, LimitInfo
from cityops_desktop.model.envelope import samples
from cityops_desktop.model.points import LimitKind
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from tests.conftest import FakeClock
from tests.ui.desk import NOW, Past, assert_clean, live, model_of, point, room_copy, tell, texts, wave
from ui import theme
from ui.models.room import RoomModel
from ui.pages.trends.page import TrendsPage
from ui.pages.trends.plot import HEAD, LEFT, RIGHT
from ui.pages.trends.timebar import DAY, SPANS
from ui.settings import Settings

HOUR_MS = 3_600_000
ROOM = room_copy([point("a.x"), point("a.y"), point("a.h", unit="%RH")])


def page_of(
    qtbot: QtBot, tmp_path: Path, past: Past | None = None, *, copy: Copy = ROOM, clock: FakeClock | None = None
) -> tuple[RoomModel, TrendsPage]:
    model = model_of(copy, clock)
    page = TrendsPage(model, past or Past(wave), settings=Settings(tmp_path / "console.ini"))  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(1214, 660)
    page.clear()
    with qtbot.waitExposed(page):
        page.show()
    return model, page


def mouse(page: TrendsPage, kind: QEvent.Type, where: QPointF, *, shift: bool = False) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind == QEvent.Type.MouseMove else left
    held = none if kind == QEvent.Type.MouseButtonRelease else left
    keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page.plot, QMouseEvent(kind, where, QPointF(page.plot.mapToGlobal(where.toPoint())), button, held, keys))


def drag(page: TrendsPage, start: QPointF, end: QPointF, *, shift: bool = False) -> None:
    mouse(page, QEvent.Type.MouseButtonPress, start, shift=shift)
    mouse(page, QEvent.Type.MouseMove, (start + end) / 2, shift=shift)
    mouse(page, QEvent.Type.MouseMove, end, shift=shift)
    mouse(page, QEvent.Type.MouseButtonRelease, end, shift=shift)


def wheel(page: TrendsPage, where: QPointF, notches: int) -> None:
    place, none = QPointF(page.plot.mapToGlobal(where.toPoint())), QPoint()
    keys, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(where, place, none, QPoint(0, 120 * notches), Qt.MouseButton.NoButton, keys, phase, False)
    QApplication.sendEvent(page.plot, event)


def test_the_wheel_zooms_at_the_mouse(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.add_point("a.x")
    where = QPointF(page.plot.x_of(NOW - 300_000), page.plot.lanes[0].box.center().y())
    wheel(page, where, 3)
    assert page.plot.x_of(NOW - 300_000) == pytest.approx(where.x(), abs=1)
    assert page.plot.end - page.plot.start == pytest.approx(900_000 * 0.8**3, abs=2)
    wheel(page, where, -20)
    assert page.plot.end == NOW, "nothing later than now is shown"
    assert page.plot.end - page.plot.start > 20 * 900_000


def test_shift_and_a_drag_zoom_onto_a_box_and_home_shows_all_again(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.add_point("a.x")
    lane = page.plot.lanes[0]
    whole = (lane.low, lane.high)
    start, end = QPointF(page.plot.x_of(NOW - 600_000), lane.y_of(25.0)), QPointF(page.plot.x_of(NOW - 300_000), lane.y_of(24.0))
    drag(page, start, end, shift=True)
    assert page.plot.start == pytest.approx(NOW - 600_000, abs=2000) and page.plot.end == pytest.approx(NOW - 300_000, abs=2000)
    assert (lane.low, lane.high) == pytest.approx((24.0, 25.0), abs=0.05)
    assert any("zoomed" in text for text in texts(page.plot))
    assert not page.live
    page.plot.setFocus()
    qtbot.keyClick(page.plot, Qt.Key.Key_Home)
    assert page.live and page.plot.end == NOW and (lane.low, lane.high) == pytest.approx(whole)
    drag(page, start, start + QPointF(3, 3), shift=True)
    assert page.live, "a slip of the hand is no box"


def test_a_double_click_goes_home(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.add_point("a.x")
    page.show_span(NOW - HOUR_MS, NOW - HOUR_MS // 2)
    qtbot.mouseDClick(page.plot, Qt.MouseButton.LeftButton, pos=page.plot.lanes[0].box.center().toPoint())
    assert page.live and page.plot.end == NOW


def test_keys_zoom_and_pan(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.add_point("a.x")
    page.plot.setFocus()
    qtbot.keyClick(page.plot, Qt.Key.Key_PageUp)
    assert (page.plot.start, page.plot.end) == (NOW - 1_800_000, NOW - 900_000)
    qtbot.keyClick(page.plot, Qt.Key.Key_Plus)
    assert page.plot.end - page.plot.start == 720_000
    qtbot.keyClick(page.plot, Qt.Key.Key_Minus)
    assert page.plot.end - page.plot.start == 900_000
    qtbot.keyClick(page.plot, Qt.Key.Key_PageDown)
    qtbot.keyClick(page.plot, Qt.Key.Key_PageDown)
    assert page.plot.end == NOW
    page.plot.set_cursor(page.plot.start + 10_000)
    qtbot.keyClick(page.plot, Qt.Key.Key_Plus)
    assert page.plot.start < page.plot.crosshair < page.plot.start + 10_000, "the keys zoom at the cross-hair"


def test_the_height_of_lanes_is_shared_by_a_drag_and_a_double_click_makes_it_even(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.add_points(["a.x", "a.h"])
    above, below = page.plot.lanes
    edge = QPointF(400, above.box.bottom() + HEAD / 2)
    drag(page, edge, edge + QPointF(0, 90))
    assert page.live, "the time has not moved"
    assert above.box.height() - below.box.height() == pytest.approx(180, abs=6)
    qtbot.mouseDClick(page.plot, Qt.MouseButton.LeftButton, pos=QPoint(400, round(above.box.bottom() + HEAD / 2)))
    assert above.box.height() == pytest.approx(below.box.height(), abs=2) and page.plot.heights == {}


def test_one_goes_to_a_time_by_typing_it(qtbot: QtBot, tmp_path: Path) -> None:
    past = Past(wave, oldest=NOW - 2 * HOUR_MS)
    _, page = page_of(qtbot, tmp_path, past)
    page.add_point("a.x")
    qtbot.keyClick(page, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is page.times.goto
    qtbot.keyClicks(page.times.goto, "21:30")
    qtbot.keyClick(page.times.goto, Qt.Key.Key_Return)
    half_past_nine = NOW - (43 * 60 + 20) * 1000
    assert not page.live and page.plot.start + 450_000 == half_past_nine == page.plot.crosshair
    assert page._said.text() == "Paused at 21:22:30 to 21:37:30"
    page.times.goto.setText("soon")
    qtbot.keyClick(page.times.goto, Qt.Key.Key_Return)
    assert page._said.text().startswith("This is no time")
    assert page.plot.crosshair == half_past_nine
    qtbot.mouseClick(page.times.live_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.live and page.times.goto.text() == "")


def test_every_span_has_its_button_and_its_dates(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.add_point("a.x")
    for seconds, _ in SPANS:
        qtbot.mouseClick(page.times.spans[seconds], Qt.MouseButton.LeftButton)
        assert page.plot.end - page.plot.start == seconds * 1000 and page.times.spans[seconds].isChecked()
        assert_clean(page.plot)
    told = texts(page.plot)
    assert "2026-09" in told and any(text.startswith("2026-03-21 22:13 – 2026-09-21 22:13") for text in told)


def test_one_question_at_a_time_and_only_for_what_is_wanted_then(qtbot: QtBot, tmp_path: Path) -> None:
    past = Past(wave, held=True)
    _, page = page_of(qtbot, tmp_path, past)
    page.add_point("a.x")
    assert page._said.text() == "Loading… 1 to go" and "Loading…" not in texts(page.plot)
    for seconds in (DAY, 7 * DAY, 30 * DAY):
        page.set_span(seconds)
    assert len(past.waiting) == 1 and len(past.asked) == 1, "nothing piles up while somebody clicks"
    past.tell()
    assert len(past.asked) == 2 and past.questions[-1][0] <= NOW - 30 * DAY * 1000, "what nobody looks at any more is not asked"
    past.tell()
    assert len(past.asked) == 3 and past.questions[1][2] * 10 < past.questions[2][2], "few buckets at once, then the fine ones"
    past.tell()
    assert len(past.asked) == 3 and page._said.text() == ""


def test_an_answer_from_before_a_new_copy_is_dropped(qtbot: QtBot, tmp_path: Path) -> None:
    past = Past(lambda key, s: (np.array([NOW - 5000]), np.array([99.0]), np.array([0], np.uint8)), held=True)
    model, page = page_of(qtbot, tmp_path, past)
    page.add_point("a.x")
    model.apply_copy(ROOM)
    past.tell()
    assert page.curves.lines["a.x"].trace.missing(NOW - 900_000, NOW - 60_000, 1000), "it told of a station that may be another one now"
    past.tell()
    assert not page.curves.lines["a.x"].trace.missing(NOW - 900_000, NOW - 60_000, 1000)


def test_live_values_are_drawn_without_another_question(qtbot: QtBot, tmp_path: Path, clock: FakeClock) -> None:
    past = Past(wave)
    model, page = page_of(qtbot, tmp_path, past, clock=clock)
    page.add_point("a.x")
    for second in range(1, 200):
        clock.advance(1)
        tell(model, live("a.x", 24.0, ago=-second), now=NOW + second * 1000)
        page._tick()
    assert len(past.asked) == 1
    assert page.curves.lines["a.x"].seen.last_usable() == (NOW + 199_000, 24.0)


def short(hours: int) -> Past:
    """A station that has recorded for so long."""

    def answer(key: str, seconds: int) -> object:
        times = np.arange(NOW - hours * HOUR_MS, NOW, 1000, dtype=np.int64)
        return times, np.full(len(times), 22.0), np.zeros(len(times), np.uint8)

    return Past(answer, oldest=NOW - hours * HOUR_MS)


def test_what_was_never_recorded_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    past = short(1)
    _, page = page_of(qtbot, tmp_path, past)
    page.add_point("a.x")
    page.show_span(NOW - 4 * HOUR_MS, NOW - 3 * HOUR_MS)
    assert "nothing recorded before 21:13:20" in texts(page.plot)
    assert page.curves.lines["a.x"].seen.gaps() == []


def test_a_fault_older_than_the_span_is_looked_for_further_back_and_says_why(qtbot: QtBot, tmp_path: Path) -> None:
    def lost(key: str, seconds: int) -> object:
        bad = np.array([NOW - 50 * 60_000], np.int64)
        return (bad, np.array([np.nan]), np.array([QUALITY_CODES[Quality.BAD]], np.uint8))

    past = Past(lost)
    _, page = page_of(qtbot, tmp_path, past)
    page.set_span(300)
    page.add_point("a.x")
    asked = len(past.questions)
    (gap,) = page.curves.lines["a.x"].seen.gaps()
    assert gap.quality is Quality.BAD and gap.end >= NOW - 1000, "the span shows nothing but the fault that came long before it"
    assert 1 < asked < 8 and all(one > other for (one, _, _), (other, _, _) in pairwise(past.questions))
    page._tick()
    assert len(past.questions) == asked, "it is known now"


def test_a_point_that_never_said_anything_is_not_asked_about_for_ever(qtbot: QtBot, tmp_path: Path) -> None:
    past = Past(lambda key, seconds: (np.array([], np.int64), np.array([]), np.array([], np.uint8)))
    _, page = page_of(qtbot, tmp_path, past)
    page.set_span(300)
    page.add_point("a.x")
    assert len(past.questions) < 12 and past.questions[-1][0] > NOW - 24 * HOUR_MS


def test_yesterday_lies_under_today_and_is_told_in_the_legend(qtbot: QtBot, tmp_path: Path) -> None:
    def two_days(key: str, seconds: int) -> object:
        times = np.arange(NOW - seconds * 1000, NOW, 1000, dtype=np.int64)
        return times, np.where(times < NOW - DAY * 500, 20.7, 25.0), np.zeros(len(times), np.uint8)

    past = Past(two_days)
    _, page = page_of(qtbot, tmp_path, past)
    page.add_point("a.x")
    page.compare_button.choose(1)
    assert {round((NOW - end) / 1000) // 3600 for _, end, _ in past.questions} == {0, 24}
    page.plot.set_cursor(NOW - 60_000)
    assert {"25.0 °C", "1 day before: 20.7 °C · good"} <= set(texts(page.legend))
    assert page.compare_button.text() == "1 day before"
    assert page.plot.shift == DAY * 1000
    before = page.curves.lines["a.x"].before
    assert before is not None and before.extent() == (20.7, 20.7)
    for widget in (page.plot, page.plot.marks, page.legend):
        assert_clean(widget)
    y = round(page.plot.lanes[0].y_of(20.7))
    row = page.plot.grab().toImage()
    panel = QColor(theme.LIGHT.panel)
    dashed = [row.pixelColor(x, y) != panel for x in range(LEFT + 300, page.plot.width() - RIGHT - 100)]
    assert any(dashed) and not all(dashed), "a dashed line is told from a whole one without its colour"
    page.compare_button.choose(0)
    assert page.curves.lines["a.x"].before is None and page.legend.row == 42


def test_a_yesterday_that_was_not_recorded_is_said_plainly(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path, short(2))
    page.add_point("a.x")
    page.compare_button.choose(7)
    assert page._said.text() == "7 days before: nothing recorded before 20:13:20"
    assert any(text.startswith("7 days before: — · no record") for text in texts(page.legend))


def test_a_gap_under_the_mouse_says_why_and_how_long(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(key: str, seconds: int) -> object:
        times = np.arange(NOW - seconds * 1000, NOW, 1000, dtype=np.int64)
        lost = (times >= NOW - 500_000) & (times < NOW - 400_000)
        codes, whys = np.where(lost, 2, 0).astype(np.uint8), lost.astype(np.uint8)
        return samples(times, np.where(lost, np.nan, 22.0), codes, whys, ((None, ""), (Reason.EXCEPTION, "2")))

    told: list[str] = []
    _, page = page_of(qtbot, tmp_path, Past(damaged))
    page.add_point("a.x")
    ((box, _, _),) = page.plot.marks._gaps
    monkeypatch.setattr(QToolTip, "showText", lambda _where, text, _widget: told.append(text))
    place = box.center().toPoint()
    QApplication.sendEvent(page.plot, QHelpEvent(QEvent.Type.ToolTip, place, page.plot.mapToGlobal(place)))
    assert told == ["1 Temperature x: bad · device refuses the register (2), from 22:05:00 to 22:06:40"]


def test_an_envelope_is_told_from_lowest_to_highest(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.add_point("a.x")
    page.set_span(DAY)
    page.plot.set_cursor(NOW - 6 * HOUR_MS)
    assert any(" to " in text and text.endswith("°C") for text in texts(page.legend))
    assert_clean(page.legend)


def test_a_limit_has_its_sign_only_where_a_curve_is_beyond_it(qtbot: QtBot, tmp_path: Path) -> None:
    near = LimitInfo(id="near", level=1, kind=LimitKind.HIGH, value=25.0)
    far = LimitInfo(id="far", level=2, kind=LimitKind.HIGH, value=27.0)
    _, page = page_of(qtbot, tmp_path, copy=room_copy([point("a.x", limits=[near, far])]))
    page.add_point("a.x")
    assert [level for _, level in page.plot.marks._signs] == [1]
    assert {"Critical > 25.0", "Major > 27.0"} <= set(texts(page.plot.marks))
    assert_clean(page.plot.marks)


def test_uncertain_values_are_dotted_and_named(qtbot: QtBot, tmp_path: Path) -> None:
    def doubtful(key: str, seconds: int) -> object:
        times, values, codes = wave(key, seconds)  # type: ignore[misc]
        return times, values, codes + 1

    _, page = page_of(qtbot, tmp_path, Past(doubtful))
    page.add_point("a.x")
    connect = page.curves.lines["a.x"].seen.drawn().connect
    assert 0.2 < connect.mean() < 0.8
    page.plot.set_cursor(NOW - 100_000)
    assert "uncertain" in texts(page.legend) and page.curves.lines["a.x"].seen.at(NOW - 100_000).quality is Quality.UNCERTAIN  # type: ignore[union-attr]


def test_the_current_row_is_the_point_that_is_meant(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    assert page.point() == ""
    page.add_points(["a.x", "a.y"])
    page.legend.setFocus()
    qtbot.keyClick(page.legend, Qt.Key.Key_Down)
    assert page.point() == "a.y"
