"""The trends page: curves, gaps, limits, cross-hair, spans, pause and live, by mouse and by keyboard."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QRegion, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cityops_desktop import texts as language
from cityops_desktop.link.messages import Copy, LimitInfo
from cityops_desktop.model.points import Group, Kind, LimitKind
from cityops_desktop.model.readings import Quality, Reason
from tests.conftest import FakeClock
from tests.ui.desk import NOW, Past, assert_clean, live, model_of, point, room_copy, state, tell, texts, wave
from tests.ui.rooms import copy_of_room
from ui import theme
from ui.models.room import RoomModel
from ui.pages.trends.curves import MOST_LANES, MOST_LINES
from ui.pages.trends.marks import spread
from ui.pages.trends.page import TrendsPage
from ui.pages.trends.timebar import DAY

UNITS = ["°C", "%RH", "V", "A", "kW"]


def page_of(
    qtbot: QtBot, copy: Copy, past: Past | None = None, clock: FakeClock | None = None, size: tuple[int, int] = (1230, 690)
) -> tuple[RoomModel, TrendsPage]:
    model = model_of(copy, clock)
    page = TrendsPage(model, past or Past(wave))  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(*size)
    page.clear()
    with qtbot.waitExposed(page):
        page.show()
    return model, page


def test_it_opens_with_the_key_points_until_somebody_chooses(qtbot: QtBot) -> None:
    model = model_of(room_of(20, units=5))
    page = TrendsPage(model, Past(wave))  # type: ignore[arg-type]
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    assert 4 <= len(page.keys) <= MOST_LINES
    assert len({model.points[key].unit for key in page.keys}) == MOST_LANES
    page.show_point("a.x05")
    assert page.keys == ["a.x05"], "what a person asked for stands alone"
    qtbot.mouseClick(page.side.clear_button, Qt.MouseButton.LeftButton)
    page.hide()
    page.show()
    assert page.keys == [], "an empty chart stays empty when somebody wished it"


def room_of(count: int, *, units: int = 1) -> Copy:
    return room_copy([point(f"a.x{n:02}", unit=UNITS[n % units]) for n in range(count)])


def coloured(page: TrendsPage, key: str) -> int:
    """Pixels of a curve's colour in its lane."""
    line = page.curves.lines[key]
    lane = next(one for one in page.plot.lanes if line in one.lines)
    picture = page.plot.grab(lane.box.toRect()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)[:, : picture.width() * 4].reshape(-1, 4)
    want = QColor(line.colour)
    near = np.abs(pixels[:, :3].astype(int) - (want.blue(), want.green(), want.red())).sum(axis=1) < 60
    return int(near.sum())


def drag(page: TrendsPage, pixels: int) -> None:
    view = page.plot
    start = page.plot.lanes[0].box.center().toPoint()
    for move, button in ((0, "press"), (pixels // 2, "move"), (pixels, "move"), (pixels, "release")):
        where = start + QPoint(move, 0)
        _mouse(view, where, button)


def _mouse(view: QWidget, where: QPoint, what: str) -> None:
    kinds = {"press": QEvent.Type.MouseButtonPress, "move": QEvent.Type.MouseMove, "release": QEvent.Type.MouseButtonRelease}
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if what == "move" else left
    held = none if what == "release" else left
    event = QMouseEvent(kinds[what], QPointF(where), QPointF(view.mapToGlobal(where)), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)


def test_without_points_the_page_says_what_to_do(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_of(2))
    assert texts(page.plot) == [f"Choose points at the left: up to {MOST_LINES} curves in {MOST_LANES} units"]
    assert_clean(page.plot)


def test_a_chosen_point_is_drawn_from_its_past(qtbot: QtBot) -> None:
    past = Past(wave)
    _, page = page_of(qtbot, room_of(2), past)
    page.show_point("a.x00")
    assert past.asked == [(["a.x00"], 900)]
    assert coloured(page, "a.x00") > 150
    assert "°C" in texts(page.plot) and "2026-09-21  UTC+08:00" in texts(page.plot)
    assert "1" in texts(page.plot.marks)
    for widget in (page.plot, page.plot.marks, page.legend):
        assert_clean(widget)


def test_live_values_are_appended(qtbot: QtBot, clock: FakeClock) -> None:
    model, page = page_of(qtbot, room_of(1), Past(lambda key, s: ([], [], [])), clock)
    page.show_point("a.x00")
    for second in range(1, 40):
        clock.advance(1)
        tell(model, live("a.x00", 20 + second / 10, ago=-second), now=NOW + second * 1000)
    page._tick()
    line = page.curves.lines["a.x00"]
    assert line.seen.strip.first.tolist()[-3:] == [23.7, 23.8, 23.9]
    assert page.plot.end == model.now()
    assert coloured(page, "a.x00") > 20


def test_a_gap_is_not_bridged(qtbot: QtBot) -> None:
    def holed(key: str, seconds: int) -> object:
        times, values, qualities = wave(key, seconds)  # type: ignore[misc]
        keep = (times < NOW - 500_000) | (times > NOW - 300_000)
        return times[keep], values[keep], qualities[keep]

    _, page = page_of(qtbot, room_of(1), Past(holed))
    page.show_point("a.x00")
    assert (~page.curves.lines["a.x00"].seen.drawn().connect[:-1]).sum() == 1
    ((rect, _, _),) = page.plot.marks._gaps
    assert rect.left() == pytest.approx(page.plot.x_of(NOW - 500_000), abs=2)
    assert rect.right() == pytest.approx(page.plot.x_of(NOW - 300_000), abs=2)


def test_bad_values_are_a_gap_that_says_why_under_the_cross_hair(qtbot: QtBot, clock: FakeClock) -> None:
    model, page = page_of(qtbot, room_of(1), None, clock)
    page.show_point("a.x00")
    clock.advance(2)
    tell(model, live("a.x00", None, Quality.BAD, ago=-2, reason=Reason.CRC), now=NOW + 2000)
    page._tick()
    assert len(page.plot.marks._gaps) == 1
    page.plot.set_cursor(NOW + 2000)
    assert "bad · reply damaged on the line (CRC)" in texts(page.legend)


def test_the_cross_hair_tells_all_values_of_its_time(qtbot: QtBot) -> None:
    def ramp(key: str, seconds: int) -> object:
        times = np.arange(NOW - seconds * 1000, NOW, 1000, dtype=np.int64)
        quality = np.full(len(times), 1 if key == "a.x01" else 0, np.uint8)
        return times, 20 + (NOW - times) / 1e6, quality

    _, page = page_of(qtbot, room_copy([point("a.x00"), point("a.x01"), state("a.d")]), Past(ramp))
    for key in ("a.x00", "a.x01"):
        page.add_point(key)
    lane = page.plot.lanes[0]
    time = NOW - 450_000
    qtbot.mouseMove(page.plot, QPoint(round(page.plot.x_of(time)), int(lane.box.center().y())))
    qtbot.waitUntil(lambda: page.plot.crosshair is not None)
    assert page.plot.crosshair == pytest.approx(time, abs=2000)
    told = texts(page.legend)
    assert told.count("20.4 °C") + told.count("20.5 °C") == 2
    assert "good" in told and "uncertain" in told
    assert page.side.title.text().startswith("Curves at 22:05:")
    assert_clean(page.plot.marks)
    page.plot.setFocus()
    before = page.plot.crosshair
    qtbot.keyClick(page.plot, Qt.Key.Key_Right)
    assert page.plot.crosshair is not None and before is not None and page.plot.crosshair > before
    qtbot.keyClick(page.plot, Qt.Key.Key_Escape)
    assert page.plot.crosshair is None and page.side.title.text() == "Curves now"


def test_limits_near_the_curve_are_named_with_their_level(qtbot: QtBot) -> None:
    far = LimitInfo(id="far", level=2, kind=LimitKind.HIGH, value=900.0)
    near = LimitInfo(id="near", level=1, kind=LimitKind.HIGH, value=27.0)
    _, page = page_of(qtbot, room_copy([point("a.x", limits=[far, near])]))
    page.show_point("a.x")
    assert [limit.value for limit in page.plot.lanes[0].limits()] == [27.0]
    assert "Critical > 27.0" in texts(page.plot.marks)
    assert_clean(page.plot.marks)


def test_where_the_keys_are_can_be_seen(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_of(16), size=(1000, 600))
    for n in range(16):
        page.add_point(f"a.x{n:02}")
    scroll = page.legend.parentWidget().parentWidget()
    bar = scroll.verticalScrollBar()  # type: ignore[union-attr]
    page.legend.setFocus()
    for _ in range(15):
        qtbot.keyClick(page.legend, Qt.Key.Key_Down)
    assert bar.value() == bar.maximum() > 0
    for _ in range(15):
        qtbot.keyClick(page.legend, Qt.Key.Key_Up)
    qtbot.keyClick(page.legend, Qt.Key.Key_Tab)
    assert not page.legend.hasFocus() and bar.value() == 0, "nothing jumps when the focus goes on"
    corner = page.plot.lanes[0].box.topLeft().toPoint()
    page.plot.setFocus()
    assert page.plot.grab().toImage().pixelColor(corner) == QColor(theme.LIGHT.accent)
    page.legend.setFocus()
    assert page.plot.grab().toImage().pixelColor(corner) == QColor(theme.LIGHT.line)


def test_the_cross_hair_stays_at_the_hand_and_leaves_with_its_time(qtbot: QtBot, clock: FakeClock) -> None:
    _, page = page_of(qtbot, room_of(1), None, clock)
    page.show_point("a.x00")
    at = page.plot.lanes[0].box.center().toPoint()
    _mouse(page.plot, at, "move")
    qtbot.waitUntil(lambda: page.plot.crosshair is not None)
    before = page.plot.crosshair
    clock.advance(30)
    page._tick()
    assert before is not None and page.plot.crosshair == pytest.approx(before + 30_000, abs=1000), "under the mouse"
    qtbot.keyClick(page.plot, Qt.Key.Key_Left)
    kept = page.plot.crosshair
    clock.advance(30)
    page._tick()
    assert page.plot.crosshair == kept, "put there by keys: a time"
    clock.advance(2000)
    page._tick()
    assert page.plot.crosshair is None


def test_a_span_is_marked_only_while_it_is_shown(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_of(1))
    page.show_point("a.x00")
    assert [seconds for seconds, button in page.times.spans.items() if button.isChecked()] == [900]
    page.show_span(NOW - 600_000, NOW)
    assert [seconds for seconds, button in page.times.spans.items() if button.isChecked()] == []
    assert not page.times.live_button.isChecked()
    page.set_live(True)
    assert page.times.spans[900].isChecked() and page.times.live_button.isChecked()


def limit(level: int, value: float, kind: LimitKind = LimitKind.HIGH) -> LimitInfo:
    return LimitInfo(id=f"{kind}{level}", level=level, kind=kind, value=value)


def test_limits_that_differ_within_a_lane_name_their_curves(qtbot: QtBot) -> None:
    warm, cold = limit(2, 25.0), limit(4, 22.0, LimitKind.LOW)
    points = [point("a.x", limits=[warm]), point("a.y", limits=[warm, cold]), point("a.z", limits=[warm, cold])]
    _, page = page_of(qtbot, room_copy(points))
    for one in points:
        page.add_point(one.key)
    told = texts(page.plot.marks)
    assert told.count("1") == 1, "the high limit holds for all and names none; 1 stands at the end of its curve only"
    at = told.index("Warning < 22.0")
    assert told[at + 1 : at + 3] == ["2", "3"]
    assert_clean(page.plot.marks)


def test_the_name_of_a_limit_hides_no_curve(qtbot: QtBot) -> None:
    one = point("a.x", limits=[limit(1, 25.0)])
    _, page = page_of(qtbot, room_copy([one]))
    page.add_point("a.x")
    box = next(rect for rect, text, _ in page.plot.marks.painted_texts() if ">" in text)
    pane = QImage(page.plot.size(), QImage.Format.Format_ARGB32)
    pane.fill(Qt.GlobalColor.transparent)
    page.plot.marks.render(pane, QPoint(), QRegion(), QWidget.RenderFlag(0))
    ground = [pane.pixelColor(x, box.bottom()).alpha() for x in range(box.left(), box.right())]
    assert max(ground) < 140, "what lies under the name is still to be seen"


def test_names_of_limits_never_meet_and_leave_half_of_the_chart_free(qtbot: QtBot) -> None:
    crowd = [limit(1 + n % 4, 20 + n / 4) for n in range(24)]
    points = [point("a.x", limits=crowd), point("a.y"), *(point(f"a.{unit}", unit=unit) for unit in "VAW")]
    _, page = page_of(qtbot, room_copy(points), size=(900, 500))
    for one in points:
        page.add_point(one.key)
    named = [rect for rect, text, _ in page.plot.marks.painted_texts() if ">" in text]
    assert 0 < len(named) < len(crowd)
    assert all(rect.right() < page.plot.width() / 2 + 66 for rect in named)
    assert_clean(page.plot.marks)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], []),
        ([50.0], [50.0]),
        ([20.0, 80.0], [20.0, 80.0]),
        ([50.0, 50.0], [43.0, 57.0]),
        ([50.0, 50.0, 51.0, 90.0], [50 - 14 + 1 / 3, 50 + 1 / 3, 64 + 1 / 3, 90.0]),
        ([0.0, 1.0], [7.0, 21.0]),
        ([99.0, 100.0], [79.0, 93.0]),
    ],
)
def test_labels_that_would_meet_stand_round_their_place(wanted: list[float], found: list[float]) -> None:
    assert spread(wanted, 14, 0, 100) == pytest.approx(found)


def test_a_lane_for_each_unit_with_states_below(qtbot: QtBot) -> None:
    points = [state("a.d"), point("a.t"), point("a.h", unit="%RH"), state("a.e"), point("a.u")]

    def past(key: str, seconds: int) -> object:
        times, values, qualities = wave(key, seconds)  # type: ignore[misc]
        return times, (values > 23).astype(float) if key in ("a.d", "a.e") else values, qualities

    _, page = page_of(qtbot, room_copy(points), Past(past))
    for one in points:
        page.add_point(one.key)
    assert [(lane.unit, lane.states, len(lane.lines)) for lane in page.plot.lanes] == [("°C", False, 2), ("%RH", False, 1), ("", True, 2)]
    tops = [lane.box.top() for lane in page.plot.lanes]
    assert tops == sorted(tops) and page.plot.lanes[-1].box.bottom() < page.plot.height()
    assert coloured(page, "a.d") > 300 and coloured(page, "a.e") > 300
    for widget in (page.plot, page.plot.marks, page.legend):
        assert_clean(widget)


def test_one_state_alone_names_its_states_on_the_axis(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_copy([state("a.d")]), Past(lambda key, s: ([], [], [])))
    page.show_point("a.d")
    assert {"Dry", "Wet"} <= set(texts(page.plot))


def test_no_values_in_sight_is_said(qtbot: QtBot) -> None:
    bad = live("a.x", None, Quality.BAD, reason=Reason.NO_ANSWER)
    _, page = page_of(qtbot, room_copy([point("a.x")], [bad]), Past(lambda key, s: ([], [], [])))
    page.show_point("a.x")
    assert "No values in this span" in texts(page.plot)
    assert_clean(page.plot)


def test_span_buttons_set_the_window_and_ask_for_what_is_missing(qtbot: QtBot) -> None:
    past = Past(wave)
    model, page = page_of(qtbot, room_of(1), past)
    page.show_point("a.x00")
    for seconds in (300, 3600, 7200, 900):
        qtbot.mouseClick(page.times.spans[seconds], Qt.MouseButton.LeftButton)
        assert page.plot.end - page.plot.start == seconds * 1000 and page.plot.end == model.now()
    assert [seconds for _, seconds in past.asked] == [900, 2700, 3600], "what is known is not asked for again"
    qtbot.mouseClick(page.times.spans[184 * DAY], Qt.MouseButton.LeftButton)
    start, end, buckets = past.questions[-1]
    assert start <= NOW - 184 * DAY * 1000 and end <= NOW and 100 < buckets < page.plot.pixels() + 2


def test_a_drag_pauses_and_live_goes_on(qtbot: QtBot, clock: FakeClock) -> None:
    model, page = page_of(qtbot, room_of(1), None, clock)
    page.show_point("a.x00")
    assert page.times.live_button.isChecked() and page._frame.isActive()
    drag(page, 200)
    assert not page.live and not page.times.live_button.isChecked() and not page._frame.isActive()
    assert page.plot.end < model.now() - 60_000
    assert page._said.text().startswith("Paused at 2")
    stood = page.plot.start
    clock.advance(5)
    page._tick()
    assert page.plot.start == stood
    qtbot.mouseClick(page.times.live_button, Qt.MouseButton.LeftButton)
    assert page.live and page.plot.end == model.now() and page._said.text() == ""


def test_the_wheel_zooms_all_lanes_and_space_pauses(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_of(4, units=2))
    for key in ("a.x00", "a.x01"):
        page.add_point(key)
    where = QPointF(page.plot.lanes[1].box.center())
    wheel = QWheelEvent(
        where,
        QPointF(page.plot.mapToGlobal(where.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(page.plot, wheel)
    assert not page.live and page.plot.end - page.plot.start < 900_000
    page.plot.setFocus()
    qtbot.keyClick(page.plot, Qt.Key.Key_Space)
    assert page.live and page.plot.end - page.plot.start == 900_000


def test_panning_into_the_past_asks_for_it(qtbot: QtBot) -> None:
    past = Past(wave)
    _, page = page_of(qtbot, room_of(1), past)
    page.show_point("a.x00")
    drag(page, 400)
    assert [keys for keys, _ in past.asked] == [["a.x00"]] * 3, "once for each move, and only for what is new"
    assert page.curves.lines["a.x00"].trace.missing(page.plot.start, page.plot.end, 1000) == []


def test_the_picker_finds_by_any_word_and_toggles_by_enter(qtbot: QtBot) -> None:
    points = [point("a.x"), point("b.y", group=Group.UPS), point("b.text", kind=Kind.TEXT)]
    _, page = page_of(qtbot, room_copy(points))
    page.picker.search.setFocus()
    qtbot.keyClicks(page.picker.search, "cooler b")
    assert {key: item.isHidden() for key, item in page.picker._items.items()} == {"a.x": True, "b.y": False}
    qtbot.keyClick(page.picker.search, Qt.Key.Key_Return)
    assert page.keys == ["b.y"]
    qtbot.keyClick(page.picker.search, Qt.Key.Key_Down)
    qtbot.keyClick(page.picker.tree, Qt.Key.Key_Space)
    assert page.keys == []
    page.picker.search.setText("空调a")
    assert not page.picker._items["a.x"].isHidden()
    qtbot.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is page.picker.search


def test_a_seventeenth_curve_and_a_fifth_unit_are_refused_with_a_reason(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_of(MOST_LINES + 1))
    for n in range(MOST_LINES):
        assert page.add_point(f"a.x{n:02}")
    page.picker._items["a.x16"].setCheckState(0, Qt.CheckState.Checked)
    assert len(page.keys) == MOST_LINES and page._said.text() == "16 curves is the most: take one off first"
    assert page.picker._items["a.x16"].checkState(0) is Qt.CheckState.Unchecked
    assert_clean(page.plot)
    assert_clean(page.plot.marks)
    page.show_point("a.x16")
    assert page.keys == ["a.x16"]
    _, other = page_of(qtbot, room_of(5, units=5))
    assert [other.add_point(f"a.x{n:02}") for n in range(5)] == [True] * 4 + [False]
    assert other._said.text() == "4 units is the most: take one off first"


def test_curves_go_by_their_cross_and_by_delete_and_keep_their_numbers(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_of(3))
    for n in range(3):
        page.add_point(f"a.x{n:02}")
    qtbot.mouseClick(page.legend, Qt.MouseButton.LeftButton, pos=page.legend.cross(0).center())
    assert {key: line.number for key, line in page.curves.lines.items()} == {"a.x01": 2, "a.x02": 3}
    page.legend.setFocus()
    qtbot.keyClick(page.legend, Qt.Key.Key_Delete)
    assert page.keys == ["a.x02"]
    page.add_point("a.x00")
    assert page.curves.lines["a.x00"].number == 1


def test_the_legend_tells_value_quality_and_age(qtbot: QtBot, clock: FakeClock) -> None:
    stale = live("a.y", None, Quality.STALE, reason=Reason.OLD, last_value=20.0, last_time=NOW - 60_000)
    bad = live("a.z", None, Quality.BAD, reason=Reason.CRC, last_value=20.0, last_time=NOW - 60_000)
    model, page = page_of(qtbot, room_copy([point("a.x"), point("a.y"), point("a.z")], [stale, bad]), None, clock)
    for key in ("a.x", "a.y", "a.z"):
        page.add_point(key)
    told = texts(page.legend)
    assert {"23.4 °C", "good · 1 s", "20.0 °C", "stale · since 22:12:20", "—"} <= set(told)
    assert "bad · last 20.0 °C at 22:12:20 · reply damaged" in page.legend.toolTip()
    clock.advance(4)
    model.beat.emit()
    assert "good · 5 s" in texts(page.legend)
    assert_clean(page.legend)


def test_a_new_copy_keeps_the_curves_that_still_exist(qtbot: QtBot) -> None:
    past = Past(wave)
    model, page = page_of(qtbot, room_of(2), past)
    page.add_point("a.x00")
    page.add_point("a.x01")
    asked = len(past.asked)
    model.apply_copy(room_of(1))
    assert page.keys == ["a.x00"] and len(past.asked) == asked + 1


def test_reconnection_asks_for_what_was_missed(qtbot: QtBot, clock: FakeClock) -> None:
    past = Past(wave)
    model, page = page_of(qtbot, room_of(1), past, clock)
    page.add_point("a.x00")
    model.set_connected(False)
    clock.advance(60)
    tell(model, live("a.x00", 99.0, ago=-5), now=NOW + 60_000)
    assert page.curves.lines["a.x00"].trace.seen(NOW - 1000, NOW + 9000, 900).strip.high.max() < 99
    model.set_connected(True)
    assert len(past.asked) == 2 and past.questions[-1][0] <= NOW < past.questions[-1][1]


def test_a_past_without_an_answer_is_asked_again(qtbot: QtBot) -> None:
    past = Past(None)
    _, page = page_of(qtbot, room_of(1), past)
    page.add_point("a.x00")
    past.answer = wave
    page.looking.retry.timeout.emit()
    assert len(past.asked) == 2 and coloured(page, "a.x00") > 150


def test_a_hidden_page_does_no_work_and_catches_up(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past(wave)
    model, page = page_of(qtbot, room_of(2), past)
    page.add_point("a.x00")
    page.hide()
    assert not page._frame.isActive()
    drawn: list[str] = []
    monkeypatch.setattr(page.plot, "redraw", lambda: drawn.append("plot"))
    monkeypatch.setattr(page.legend, "refresh", lambda: drawn.append("legend"))
    tell(model, live("a.x00", 25.0, ago=-1))
    model.beat.emit()
    model.apply_copy(room_of(2))
    assert drawn == [] and len(past.asked) == 1
    monkeypatch.undo()
    page.show()
    assert len(past.asked) >= 2 and page._frame.isActive()


@pytest.mark.parametrize("size", [(1230, 690), (1730, 960)])
def test_language_and_theme_switch_while_curves_stand(qtbot: QtBot, qapp: QApplication, size: tuple[int, int]) -> None:
    copy = copy_of_room()
    _, page = page_of(qtbot, copy, size=size)
    for one in copy.room.points[:12]:
        page.add_point(one.key)
    language.set_language("zh_CN")
    theme.apply(qapp, theme.DARK)
    page.retranslate()
    assert any("回风温度" in text for text in texts(page.legend))
    assert page.plot.grab().toImage().pixelColor(3, 3) == QColor(theme.DARK.page)
    for widget in (page.plot, page.plot.marks, page.legend):
        assert_clean(widget)
