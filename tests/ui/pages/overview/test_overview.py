"""The overview: what needs me now, equipment groups, key points; from two points to five hundred."""

import subprocess
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cityops_desktop import texts as language
from cityops_desktop.link.messages import BusState, Copy
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.points import Group
from cityops_desktop.model.readings import Quality, Reason
from tests.conftest import FakeClock
from tests.ui.desk import NOW, Past, assert_clean, live, model_of, point, room_copy, state, tell, texts, wave
from tests.ui.rooms import alarm, copy_of_room
from ui import theme
from ui.models.groups import FEW, group_states, key_points
from ui.models.needs import calm_text, needs
from ui.models.room import RoomModel
from ui.pages.overview import sparkline
from ui.pages.overview.needslist import NeedsList
from ui.pages.overview.page import OverviewPage


def page_of(qtbot: QtBot, copy: Copy, past: Past | None = None, *, size: tuple[int, int] = (1230, 690)) -> tuple[RoomModel, OverviewPage]:
    model = model_of(copy)
    page = OverviewPage(model, past or Past(wave))  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(*size)
    with qtbot.waitExposed(page):
        page.show()
    return model, page


def test_the_worst_stands_first_and_the_unacknowledged_before_the_acknowledged() -> None:
    points = [point("a.x"), point("a.y"), state("b.z")]
    alarms = [
        alarm(1, "a.x", 3, AlarmState.UNACKNOWLEDGED),
        alarm(2, "a.y", 1, AlarmState.ACKNOWLEDGED),
        alarm(3, "b.z", 1, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE),
        alarm(4, "a.x", 2, AlarmState.NORMAL),
    ]
    stale = live("a.y", None, Quality.STALE, reason=Reason.OLD, last_value=1.0, last_time=NOW - 60_000)
    found = needs(model_of(room_copy(points, [stale], alarms)))
    assert [(one.level, one.filled) for one in found] == [(1, True), (1, False), (3, True), (0, False)]
    assert found[0].sentence == "Temperature z: Wet" and found[0].place == "Cooler b"
    assert found[1].sentence == "Temperature y above 28.0 °C: 31.4 °C"
    assert found[3].sentence == "Temperature y: no new reading" and found[3].since == NOW - 60_000


def test_lost_wires_and_devices_are_told_once_and_swallow_their_points() -> None:
    points = [point("a.x"), point("b.x"), point("c.x")]
    bad = [live(p.key, None, Quality.BAD, reason=Reason.NO_ANSWER, last_value=1.0, last_time=NOW - 9000) for p in points]
    buses = [BusState(id="line1", state="up", silent_devices=["a", "b"])]
    lost = alarm(1, "a", 2, AlarmState.UNACKNOWLEDGED, cause=Cause.DEVICE_LOST, points=1)
    found = needs(model_of(room_copy(points, bad, [lost], buses=buses)))
    assert [one.sentence for one in found] == [
        "Cooler a does not answer: 1 points unknown",
        "device does not answer",
        "Temperature x: device does not answer",
    ]
    assert found[1].place == "Cooler b" and found[2].place == "Cooler c"
    down = [BusState(id="line1", state="down", reason=Reason.NO_PORT)]
    (bus,) = needs(model_of(room_copy(points, bad, buses=down)))
    assert (bus.place, bus.sentence) == ("Line 1", "port does not exist")


def test_many_silent_devices_of_a_line_are_one_line() -> None:
    points = [point(f"d{n}.{name}") for n in range(5) for name in ("x", "y")]
    bad = [live(p.key, None, Quality.BAD, reason=Reason.NO_ANSWER, last_value=1.0, last_time=NOW - 9000) for p in points]
    (one,) = needs(model_of(room_copy(points, bad)))
    assert (one.place, one.sentence) == ("Line 1", "10 points of 5 devices unknown: device does not answer")
    assert (one.since, one.point) == (NOW - 9000, "d0.x")
    buses = [BusState(id="line1", state="up", silent_devices=[f"d{n}" for n in range(5)])]
    (same,) = needs(model_of(room_copy(points, bad, buses=buses)))
    assert (same.place, same.sentence, same.since) == (one.place, one.sentence, one.since)
    few = needs(model_of(room_copy(points[:6], bad[:6])))
    assert len(few) == 6, "what can be told one by one is"


def test_what_has_returned_is_not_told_as_what_stands() -> None:
    points = [point("a.x"), point("b.x")]
    back = alarm(1, "a.x", 1, AlarmState.RETURNED, returned=NOW)
    standing = alarm(2, "a.x", 3, AlarmState.ACKNOWLEDGED)
    found = needs(model_of(room_copy(points, alarms=[back, alarm(3, "b.x", 2, AlarmState.UNACKNOWLEDGED)])))
    assert [(one.filled, one.bold) for one in found] == [(True, False), (True, True)]
    (group,) = group_states(model_of(room_copy(points, alarms=[back, standing])))
    assert group.worst == standing, "the least that stands before the worst that is over"
    (group,) = group_states(model_of(room_copy(points, alarms=[back])))
    assert group.worst == back
    assert model_of(room_copy(points, alarms=[back, standing])).worst(("a.x",)) == standing


def test_a_group_whose_alarms_are_over_is_not_coloured(qtbot: QtBot) -> None:
    for told, edge, word in ((AlarmState.UNACKNOWLEDGED, "critical", "Critical"), (AlarmState.RETURNED, "line", "Critical, returned")):
        _, page = page_of(qtbot, room_copy([point("a.x")], alarms=[alarm(1, "a.x", 1, told)]))
        cell = page.strip.cell(Group.AIR_CONDITIONING)
        assert page.strip.grab().toImage().pixelColor(cell.left(), cell.center().y()) == QColor(getattr(theme.LIGHT, edge))
        assert word in texts(page.strip)


def test_many_unknown_points_of_a_device_are_one_line_and_those_not_read_yet_another() -> None:
    points = [point(f"a.x{n}") for n in range(6)] + [point("b.x")]
    bad = [live(p.key, None, Quality.BAD, reason=Reason.EXCEPTION) for p in points[:6]]
    waiting = live("b.x", None, Quality.BAD, reason=Reason.WAITING)
    found = needs(model_of(room_copy(points, [*bad, waiting])))
    assert [one.sentence for one in found] == ["6 points unknown: device refuses the register", "1 points not read yet"]


def test_a_station_that_does_not_record_is_told() -> None:
    (one,) = needs(model_of(room_copy([point("a.x")], recording=False, recording_detail="disk_full records.db")))
    assert one.sentence == "Recording paused: the disk is full (records.db)"


def test_calm_is_one_honest_line(clock: FakeClock) -> None:
    model = model_of(room_copy([point("a.x"), point("a.y")], [live("a.x", ago=0.6), live("a.y", quality=Quality.UNCERTAIN)]), clock)
    assert calm_text(model) == "Nothing needs you: 1 of 2 points good, newest data 0.6 s old"
    clock.advance(100)
    assert "more than a minute" in calm_text(model)
    model.set_connected(False)
    assert calm_text(model) == "No station: what is shown here is old"
    assert calm_text(RoomModel(clock)) == "Waiting for the station"


def test_the_place_of_what_needs_me_keeps_its_height(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, room_copy([point("a.x")]))
    where, high = page.board.mapTo(page, QPoint()), page.needs.height()
    assert texts(page.needs) == ["Nothing needs you: 1 of 1 points good, newest data 1.0 s old"]
    tell(model, alarms=[alarm(n, "a.x", 2, AlarmState.UNACKNOWLEDGED) for n in range(1, 9)])
    assert len(page.needs.shown) == 4
    assert (page.board.mapTo(page, QPoint()), page.needs.height()) == (where, high)


def test_lines_that_do_not_fit_are_counted_and_open_the_alarms(qtbot: QtBot) -> None:
    alarms = [alarm(n, "a.x", 2, AlarmState.UNACKNOWLEDGED) for n in range(1, 9)]
    _, page = page_of(qtbot, room_copy([point("a.x")], alarms=alarms))
    assert page._more.text() == "4 more: all alarms"
    assert page._title.text() == "What needs me now (8)"
    with qtbot.waitSignal(page.openAlarms) as opened:
        qtbot.mouseClick(page._more, Qt.MouseButton.LeftButton)
    assert opened.args == [""]


def test_unknown_points_are_counted_apart_from_alarms(qtbot: QtBot) -> None:
    points = [point(f"a.x{n}") for n in range(3)]
    bad = [live(p.key, None, Quality.BAD, reason=Reason.EXCEPTION) for p in points]
    alarms = [alarm(n, "a.x0", 2, AlarmState.UNACKNOWLEDGED) for n in range(1, 4)]
    _, page = page_of(qtbot, room_copy(points, bad, alarms))
    assert page._title.text() == "What needs me now (3 alarms, 3 unknown)"
    assert not page._more.isVisible(), "the page of alarms has none that is not shown here"


def test_a_line_opens_its_alarm_or_the_trend_of_an_unknown_point(qtbot: QtBot) -> None:
    stale = live("a.y", None, Quality.STALE, reason=Reason.OLD, last_value=1.0, last_time=NOW - 60_000)
    one = alarm(1, "a.x", 2, AlarmState.UNACKNOWLEDGED)
    _, page = page_of(qtbot, room_copy([point("a.x"), point("a.y")], [stale], [one]))
    with qtbot.waitSignal(page.openAlarms) as opened:
        qtbot.mouseClick(page.needs, Qt.MouseButton.LeftButton, pos=page.needs.row_rect(0).center())
    assert opened.args == [one.id]
    page.needs.setFocus()
    qtbot.keyClick(page.needs, Qt.Key.Key_Down)
    with qtbot.waitSignal(page.openTrend) as trend:
        qtbot.keyClick(page.needs, Qt.Key.Key_Return)
    assert trend.args == ["a.y"]


def test_groups_count_their_points_alarms_and_unknown_ones() -> None:
    points = [point("a.x"), point("a.y"), point("u.l", group=Group.UPS), point("u.b", group=Group.BATTERY)]
    stale = live("a.y", None, Quality.STALE, reason=Reason.OLD)
    alarms = [alarm(1, "a.x", 3, AlarmState.ACKNOWLEDGED), alarm(2, "u", 2, AlarmState.UNACKNOWLEDGED, cause=Cause.DEVICE_LOST)]
    model = model_of(room_copy(points, [stale], alarms))
    told = {one.group: (one.points, one.alarms, one.unknown, one.worst.level if one.worst else 0) for one in group_states(model)}
    assert told == {Group.UPS: (1, 1, 0, 2), Group.BATTERY: (1, 1, 0, 2), Group.AIR_CONDITIONING: (2, 1, 1, 3)}
    model.set_connected(False)
    assert all(one.unknown == one.points for one in group_states(model))


def test_a_group_shows_all_its_points_and_escape_goes_back(qtbot: QtBot) -> None:
    points = [point("a.x", featured=True), point("a.y"), point("u.l", group=Group.UPS, featured=True)]
    _, page = page_of(qtbot, room_copy(points))
    assert list(page.board.tiles) == ["u.l", "a.x"]
    qtbot.mouseClick(page.strip, Qt.MouseButton.LeftButton, pos=page.strip.cell(Group.AIR_CONDITIONING).center())
    assert list(page.board.tiles) == ["a.x", "a.y"]
    page.board.tiles["a.y"].setFocus()
    qtbot.keyClick(page.board.tiles["a.y"], Qt.Key.Key_Escape)
    assert list(page.board.tiles) == ["u.l", "a.x"]


def test_the_strip_goes_by_keyboard(qtbot: QtBot) -> None:
    points = [point("a.x"), point("u.l", group=Group.UPS)]
    _, page = page_of(qtbot, room_copy(points))
    page.strip.setFocus()
    qtbot.keyClick(page.strip, Qt.Key.Key_Right)
    with qtbot.waitSignal(page.strip.chosen) as chosen:
        qtbot.keyClick(page.strip, Qt.Key.Key_Return)
    assert chosen.args == [Group.AIR_CONDITIONING]
    with qtbot.waitSignal(page.strip.chosen) as again:
        qtbot.keyClick(page.strip, Qt.Key.Key_Return)
    assert again.args == [None]


def test_the_strip_says_state_in_words(qtbot: QtBot) -> None:
    stale = live("u.l", None, Quality.STALE, reason=Reason.OLD)
    points = [point("a.x"), point("u.l", group=Group.UPS), point("e.t", group=Group.ENVIRONMENT)]
    _, page = page_of(qtbot, room_copy(points, [stale], [alarm(1, "a.x", 1, AlarmState.UNACKNOWLEDGED)]))
    told = texts(page.strip)
    assert "Critical" in told and "unknown" in told and "normal" in told
    assert "Air-conditioning: Critical; 1 points, 1 alarms, 0 unknown" in page.strip.toolTip()
    assert_clean(page.strip)


def test_a_tile_opens_its_trend_by_click_and_by_enter(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_copy([point("a.x"), point("a.y")]))
    with qtbot.waitSignal(page.openTrend) as opened:
        qtbot.mouseClick(page.board.tiles["a.y"], Qt.MouseButton.LeftButton)
    assert opened.args == ["a.y"]
    with qtbot.waitSignal(page.openTrend) as opened:
        qtbot.keyClick(page.board.tiles["a.x"], Qt.Key.Key_Return)
    assert opened.args == ["a.x"]


def test_arrows_move_between_tiles_and_tab_comes_to_one_of_them(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_copy([point(f"a.x{n:02}", featured=True) for n in range(20)]))
    tiles = list(page.board.tiles.values())
    qtbot.mouseClick(tiles[0], Qt.MouseButton.LeftButton)
    tiles[0].setFocus()
    qtbot.keyClick(tiles[0], Qt.Key.Key_Right)
    assert QApplication.focusWidget() is tiles[1]
    qtbot.keyClick(tiles[1], Qt.Key.Key_Down)
    assert QApplication.focusWidget() is tiles[7]
    qtbot.keyClick(tiles[7], Qt.Key.Key_Left)
    qtbot.keyClick(tiles[6], Qt.Key.Key_Up)
    assert QApplication.focusWidget() is tiles[0]
    assert [tile.focusPolicy() == Qt.FocusPolicy.StrongFocus for tile in tiles] == [True] + [False] * 19


def test_key_points_are_featured_ones_else_limited_ones_else_the_first() -> None:
    plain = [point(f"a.p{n}", limits=[], normal=None) for n in range(30)]
    digital = [state("d.x"), state("d.y")]
    assert [p.key for p in key_points(model_of(room_copy([*digital, *plain])))] == [p.key for p in plain[:FEW]]
    assert [p.key for p in key_points(model_of(room_copy([*plain, point("a.limited")])))] == ["a.limited"]
    assert [p.key for p in key_points(model_of(room_copy([point("a.limited"), point("a.f", limits=[], featured=True)])))] == ["a.f"]


def test_the_room_of_two_points(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_copy([point("a.x", limits=[], normal=None), state("a.d")]))
    assert list(page.board.tiles) == ["a.x", "a.d"]
    for widget in (page.needs, page.strip, page.board, *page.board.tiles.values()):
        assert_clean(widget)


@pytest.mark.parametrize("size", [(1230, 690), (1730, 960), (900, 560)])
@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_five_hundred_points_scroll_and_never_overflow(qtbot: QtBot, size: tuple[int, int], lang: str) -> None:
    language.set_language(lang)
    copy = copy_of_room(per_group=9)
    assert len(copy.room.points) > 500
    for index, one in enumerate(copy.room.points):
        one.featured = index % 8 == 0
    _, page = page_of(qtbot, copy, size=size)
    assert len(page.board.tiles) > 60
    view = page.board.parentWidget()
    assert page.board.width() <= view.width() and page.board.height() > view.height()
    boxes = [tile.geometry() for tile in page.board.tiles.values()]
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[:n])
    assert all(page.board.rect().contains(box) for box in boxes)
    for widget in (page.needs, page.strip, page.board, *page.board.tiles.values()):
        assert_clean(widget)
    last = list(page.board.tiles.values())[-1]
    last.setFocus()
    assert not last.visibleRegion().isEmpty()


def test_tiles_out_of_sight_catch_up_when_they_are_scrolled_to(qtbot: QtBot) -> None:
    points = [point(f"a.x{n:02}", featured=True) for n in range(60)]
    model, page = page_of(qtbot, room_copy(points))
    last = page.board.tiles["a.x59"]
    tell(model, live("a.x59", 31.0))
    assert "31.0" not in texts(last)
    last.setFocus()
    assert "31.0" in texts(last)


def test_the_past_is_asked_once_and_again_after_each_reconnection(qtbot: QtBot) -> None:
    past = Past(wave)
    model, page = page_of(qtbot, room_copy([point("a.x"), state("a.d")]), past)
    assert past.asked == [(["a.x"], sparkline.SECONDS)]
    assert page._sparks["a.x"].runs(NOW)
    model.set_connected(False)
    model.set_connected(True)
    assert len(past.asked) == 2


def test_a_past_without_an_answer_is_asked_again(qtbot: QtBot) -> None:
    past = Past(None)
    _, page = page_of(qtbot, room_copy([point("a.x")]), past)
    past.answer = wave
    page._retry.timeout.emit()
    assert len(past.asked) == 2 and page._sparks["a.x"].runs(NOW)


def test_a_new_copy_of_the_same_room_keeps_the_tiles_and_another_room_does_not(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, room_copy([point("a.x")]))
    tile = page.board.tiles["a.x"]
    model.apply_copy(room_copy([point("a.x")], [live("a.x", 30.1)]))
    assert page.board.tiles["a.x"] is tile and "30.1" in texts(tile)
    model.apply_copy(room_copy([point("a.y")], version="v2"))
    assert list(page.board.tiles) == ["a.y"]


def test_a_hidden_page_does_no_work(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    model, page = page_of(qtbot, room_copy([point("a.x")]))
    page.hide()
    worked: list[str] = []
    monkeypatch.setattr(page.board, "refresh", lambda *a: worked.append("board"))
    monkeypatch.setattr(NeedsList, "set_needs", lambda *a: worked.append("needs"))
    tell(model, live("a.x", 30.1))
    model.beat.emit()
    model.apply_copy(room_copy([point("a.x")], version="v2"))
    assert worked == []
    monkeypatch.undo()
    page.show()
    assert "23.4" in texts(page.board.tiles["a.x"])


def test_language_and_theme_switch_at_run_time(qtbot: QtBot, qapp: QApplication) -> None:
    _, page = page_of(qtbot, copy_of_room())
    language.set_language("zh_CN")
    theme.apply(qapp, theme.DARK)
    page.retranslate()
    assert "紧急" in texts(page.needs) and "精密空调" in texts(page.strip)
    for widget in (page.needs, page.strip, page.board, *page.board.tiles.values()):
        assert_clean(widget)


def test_the_overview_needs_no_plotting_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, ui.pages.overview.page; print('pyqtgraph' in sys.modules, 'numpy' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False False"


def test_a_long_place_is_not_cut_while_the_line_has_room(qtbot: QtBot) -> None:
    place = "Leak under air conditioner 1"
    model, page = page_of(qtbot, copy_of_room())
    need = replace(needs(model)[0], place=place)
    page.needs.set_needs([need], "")
    assert place in texts(page.needs) and need.sentence in texts(page.needs)
    page.needs.setFixedWidth(700)
    page.needs.set_needs([need], "")
    assert place not in texts(page.needs), "in a narrow list the sentence keeps its room"


def test_a_large_window_shows_more_of_what_needs_me_and_leaves_no_half_empty_page(qtbot: QtBot) -> None:
    alarms = [alarm(n, "a.x", 2, AlarmState.UNACKNOWLEDGED) for n in range(1, 41)]
    model, page = page_of(qtbot, room_copy([point("a.x"), point("b.y")], alarms=alarms), size=(1768, 972))
    qtbot.waitUntil(lambda: page.needs.rows == 14)
    assert len(page.needs.shown) == 14 and page._more.text() == "26 more: all alarms"
    tell(model, alarms=alarms[:2])
    assert page.needs.rows == 14, "its height hangs on the window, not on the alarms"
    page.resize(1230, 690)
    qtbot.waitUntil(lambda: page.needs.rows == 4)
    page.resize(1768, 972)
    qtbot.waitUntil(lambda: page.needs.rows == 14)
    many, full = page_of(qtbot, room_copy([point(f"d{n}.x") for n in range(200)], alarms=alarms), size=(1768, 972))
    qtbot.waitUntil(lambda: full.board.height() > 0)
    assert full.needs.rows >= 6 and many.connected
    assert full.needs.rows == 6 or full._scroll.verticalScrollBar().maximum() == 0, "never at the cost of the key points"
