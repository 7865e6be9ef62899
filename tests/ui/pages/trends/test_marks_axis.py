"""Marks on the time axis: how they fold, what they say, where they lead; why there is no sample of a time."""

from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.link.trends import Crowd, EventMark, MarksPage, NoteMark, Pause
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.texts import set_language
from tests.ui.desk import NOW, Past, assert_clean, model_of, point, room_copy, tell, wave
from tests.ui.rooms import alarm
from ui import theme
from ui.models.room import RoomModel
from ui.pages.trends import happenings
from ui.pages.trends.absence import why_absent
from ui.pages.trends.marks_axis import APART, SIGN, Mark, Sort, folded
from ui.pages.trends.page import TrendsPage
from ui.pages.trends.still import LEFT, RIGHT
from ui.pages.trends.timebar import DAY
from ui.settings import Settings

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
M = 60_000
PATH = happenings.PATH
ZONE = ZoneInfo("Asia/Shanghai")


def page_told(**more: object) -> MarksPage:
    told: dict[str, object] = {
        **{"alarms": [], "notes": [], "events": [], "crowds": [], "grouped": False, "total": 0, "pauses": []},
        **{"firsts": {}, "oldest": None, "began": None},
    }
    return MarksPage.model_validate(told | more)


def raised(n: int, time: int, level: int, returned: int | None = None) -> AlarmInfo:
    state = AlarmState.UNACKNOWLEDGED if returned is None else AlarmState.RETURNED
    return alarm(n, "a.x", level, state).model_copy(update={"raised": time, "returned": returned})


ALARMS = [raised(1, NOW - 13 * M, 1, NOW - 11 * M), raised(2, NOW - 3 * M, 2), raised(3, NOW - 3 * M + 9000, 3)]
WHOLE = page_told(
    alarms=ALARMS,
    notes=[NoteMark(id="n1", begins=NOW - 7 * M, ends=NOW - 6 * M, actor_name="张工", text="door open")],
    events=[EventMark(kind="station.started", time=NOW - 9 * M), EventMark(kind="clock.jumped", time=NOW - 5 * M, until=NOW - 8 * M)],
    pauses=[Pause(why="down", start=NOW - 10 * M, end=NOW - 9 * M)],
)


def trends(qtbot: QtBot, folder: Path, told: MarksPage = WHOLE, past: Past | None = None) -> tuple[TrendsPage, Past]:
    model = model_of(room_copy([point("a.x"), point("a.y")], alarms=ALARMS[1:]))
    past = past or Past(wave)
    past.told[PATH] = told
    page = TrendsPage(model, past, settings=Settings(folder / "console.ini"))  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(1214, 660)
    page.clear()
    with qtbot.waitExposed(page):
        page.show()
    page.add_point("a.x")
    qtbot.waitUntil(lambda: page.happenings.page is told)
    return page, past


# folding


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 300)), max_size=60), st.integers(100, 1000))
def test_signs_never_meet_and_none_is_lost(told: list[tuple[int, int]], right: int) -> None:
    marks = [Mark(Sort.RAISED, time, time, "", 1, count=count) for time, count in told]
    folds = folded(marks, lambda time: 50 + time / 1000 * (right - 50), 50.0, float(right))
    assert sorted(mark.time for fold in folds for mark in fold.marks) == sorted(time for time, _ in told)
    assert sum(fold.count for fold in folds) == sum(count for _, count in told)
    for one, other in pairwise(folds):
        assert one.left + one.wide + APART <= other.left + 1e-6
        assert one.marks[-1].time <= other.marks[0].time
    for fold in folds:
        assert fold.left >= 50 and (fold.left + fold.wide <= right + 1e-6 or fold.left == 50)


def test_a_lone_mark_stands_over_its_time_and_the_worst_level_tells_a_fold() -> None:
    [lone] = folded([Mark(Sort.NOTE, 500, 500, "")], float, 0, 1000)
    assert (lone.left, lone.wide, lone.level) == (500 - SIGN / 2, SIGN, 0)
    [three] = folded(
        [Mark(Sort.NOTE, 500, 500, ""), Mark(Sort.RAISED, 502, 502, "", 3), Mark(Sort.RETURNED, 504, 504, "", 2)], float, 0, 1000
    )
    assert (three.count, three.level) == (3, 2)


# why there is nothing


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (NOW - 50, NOW - 40, "station was not running: 22:13:19 to 22:13:19"),
        (NOW - 1000, NOW - 40, "station was not running: 22:13:19 to 22:13:19"),
        (NOW - 30, NOW - 15, "recording was paused: 22:13:19 to now"),
        (NOW - 50 * DAY * 1000, NOW - 50 * DAY * 1000 + 1, "not kept any more: the oldest sample is of 2026-08-12 22:13:20"),
        (NOW - 90 * DAY * 1000, NOW - 90 * DAY * 1000 + 1, "nothing recorded before 2026-08-12 22:13:20"),
        (NOW - 20 * DAY * 1000, NOW - 19 * DAY * 1000, "not in the room file then: recorded since 2026-09-11 22:13:20"),
        (NOW - 5 * DAY * 1000, NOW - 4 * DAY * 1000, ""),
    ],
)
def test_why_there_is_no_sample(start: int, end: int, words: str) -> None:
    told = page_told(
        pauses=[Pause(why="down", start=NOW - 60, end=NOW - 40), Pause(why="paused", start=NOW - 35, end=None)],
        firsts={"a.x": NOW - 10 * DAY * 1000, "a.y": None},
        oldest=NOW - 40 * DAY * 1000,
        began=NOW - 80 * DAY * 1000,
    )
    assert why_absent(told, "a.x", start, end, ZONE) == words


def test_a_point_that_never_was_recorded_says_so_and_nobody_guesses() -> None:
    told = page_told(firsts={"a.y": None}, oldest=NOW - DAY * 1000)
    assert why_absent(told, "a.y", NOW - M, NOW, ZONE) == "never recorded"
    assert why_absent(told, "a.z", NOW - M, NOW, ZONE) == why_absent(None, "a.y", NOW - M, NOW, ZONE) == ""


# on the page


def test_marks_are_told_in_the_order_of_time_and_led_through_by_keys(qtbot: QtBot, tmp_path: Path) -> None:
    page, _ = trends(qtbot, tmp_path)
    axis = page.axis
    assert [(fold.count, fold.level) for fold in axis.folds] == [(1, 1), (1, 1), (1, 0), (1, 0), (1, 0), (2, 2)]
    axis.setFocus()
    qtbot.keyClick(axis, Qt.Key.Key_Right)
    assert page._said.text() == "22:00:20 Critical raised · Cooler a: Temperature x above 28.0 °C: 31.4 °C"
    assert page.plot.crosshair == NOW - 13 * M, "the list tells the values of this time"
    assert axis.card.isVisible() and axis.card.text() == page._said.text()
    qtbot.keyClick(axis, Qt.Key.Key_Right)
    assert page._said.text().startswith("22:02:20 Critical returned")
    qtbot.keyClick(axis, Qt.Key.Key_Right)
    assert page._said.text() == "22:04:20 station started"
    qtbot.keyClick(axis, Qt.Key.Key_Right)
    assert page._said.text() == "22:06:20 note of 张工 · door open"
    qtbot.keyClick(axis, Qt.Key.Key_Right)
    assert page._said.text() == "22:08:20 clock of the station's machine was set: to 22:05:20"
    for _ in range(3):
        qtbot.keyClick(axis, Qt.Key.Key_Right)
    assert page._said.text() == "2 marks: Enter shows them" and axis.card.text().count("\n") == 1
    qtbot.keyClick(axis, Qt.Key.Key_Escape)
    assert not axis.card.isVisible() and page._said.text() == ""


def test_enter_leads_to_the_alarm_and_says_when_it_is_too_old(qtbot: QtBot, tmp_path: Path) -> None:
    page, _ = trends(qtbot, tmp_path)
    opened: list[str] = []
    page.openAlarms.connect(opened.append)
    page.axis.setFocus()
    qtbot.keyClick(page.axis, Qt.Key.Key_Right)
    qtbot.keyClick(page.axis, Qt.Key.Key_Return)
    assert opened == [] and page._said.text() == "This alarm ended long ago: the change log tells it"
    qtbot.keyClick(page.axis, Qt.Key.Key_Escape)
    qtbot.keyClick(page.axis, Qt.Key.Key_Left)
    qtbot.keyClick(page.axis, Qt.Key.Key_Return)
    assert page.axis.menu is not None
    choices = page.axis.menu.actions()
    assert choices[0].text() == "Look closer" and "Major raised" in choices[2].text()
    page.axis.menu.setActiveAction(choices[2])
    qtbot.keyClick(page.axis.menu, Qt.Key.Key_Return)
    assert opened == ["alarm-0002"]


def test_a_closer_look_unfolds_what_stands_together(qtbot: QtBot, tmp_path: Path) -> None:
    page, _ = trends(qtbot, tmp_path)
    page.axis.setFocus()
    qtbot.keyClick(page.axis, Qt.Key.Key_Left)
    qtbot.keyClick(page.axis, Qt.Key.Key_Return)
    assert page.axis.menu is not None
    page.axis.menu.setActiveAction(page.axis.menu.actions()[0])
    qtbot.keyClick(page.axis.menu, Qt.Key.Key_Return)
    assert not page.live and page.plot.start == NOW - 3 * M - 5000 and page.plot.end == NOW - 3 * M + 14_000
    qtbot.waitUntil(lambda: [fold.count for fold in page.axis.folds] == [1, 1])


def move(page: TrendsPage, kind: QEvent.Type, where: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind is QEvent.Type.MouseMove else left
    event = QMouseEvent(kind, where, QPointF(page.axis.mapToGlobal(where.toPoint())), button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(page.axis, event)


def test_the_mouse_tells_and_a_double_click_opens(qtbot: QtBot, tmp_path: Path) -> None:
    page, past = trends(qtbot, tmp_path)
    note = page.axis.folds[3]
    where = QPointF(note.left + 5, 9)
    move(page, QEvent.Type.MouseMove, where)
    assert page.axis.card.isVisible() and page.axis.card.text() == "22:06:20 note of 张工 · door open"
    move(page, QEvent.Type.MouseButtonDblClick, where)
    assert past.heard[-1][0] == "/api/v1/notes" and page.live, "no double click upon the chart, which would go home"
    QApplication.sendEvent(page.axis, QEvent(QEvent.Type.Leave))
    assert not page.axis.card.isVisible()


def test_the_strip_and_the_gaps_say_why_nothing_was_recorded(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(key: str, seconds: int) -> object:
        times, values, qualities = wave(key, seconds)  # type: ignore[misc]
        kept = (times < NOW - 10 * M) | (times > NOW - 9 * M)
        return times[kept], values[kept], qualities[kept]

    page, _ = trends(qtbot, tmp_path, past=Past(interrupted))
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _where, text, *_: told.append(text))
    words = "station was not running: 22:03:20 to 22:04:20"
    place = QPoint(round(page.plot.x_of(NOW - 10 * M + 20_000)), 9)
    QApplication.sendEvent(page.axis, QHelpEvent(QEvent.Type.ToolTip, place, page.axis.mapToGlobal(place)))
    assert told == [words]
    gap = page.plot.marks._gaps[0][0].center().toPoint()
    assert words in page.plot.marks.gap_text(gap)
    page.plot.set_cursor(NOW - 10 * M + 30_000)
    assert f"— · {words}" in page.legend.accessibleDescription()


def test_a_point_that_was_not_in_the_room_yet_says_so_on_the_chart(qtbot: QtBot, tmp_path: Path) -> None:
    def late(key: str, seconds: int) -> object:
        times, values, qualities = wave(key, min(seconds, 300))  # type: ignore[misc]
        return times, values, qualities

    told = page_told(firsts={"a.x": NOW - 5 * M}, oldest=NOW - DAY * 1000, began=NOW - DAY * 1000)
    page, _ = trends(qtbot, tmp_path, told, Past(late))
    lane = page.plot.lanes[0].box
    where = QPoint(round(page.plot.x_of(NOW - 10 * M)), round(lane.center().y()))
    assert page.plot.marks.gap_text(where) == "1 Temperature x: not in the room file then: recorded since 2026-09-21 22:08:20"


# what is asked


def test_one_question_is_enough_while_a_hand_pans_and_an_alarm_asks_anew(qtbot: QtBot, tmp_path: Path) -> None:
    page, past = trends(qtbot, tmp_path)

    def asked() -> list[dict[str, object]]:
        return [query for path, query in past.heard if path == PATH]

    page.show_span(NOW - 14 * M, NOW - 2 * M)
    assert len(asked()) == 1 and not page.happenings._rest.isActive(), "that was told already"
    assert asked()[0]["point"] == ["a.x"]
    tell(page._model, alarms=[raised(9, NOW, 1)])
    qtbot.waitUntil(lambda: len(asked()) == 2)
    page.show_span(NOW - 30 * DAY * 1000, NOW)
    qtbot.waitUntil(lambda: len(asked()) == 3)
    page.add_point("a.y")
    qtbot.waitUntil(lambda: asked()[-1]["point"] == ["a.x", "a.y"])
    page.hide()
    count = len(asked())
    page.happenings.stale()
    assert len(asked()) == count and not page.happenings._rest.isActive(), "nobody looks"


def test_a_station_that_does_not_answer_is_not_asked_without_end(qtbot: QtBot, tmp_path: Path) -> None:
    page, past = trends(qtbot, tmp_path)
    del past.told[PATH]
    page.show_span(NOW - 30 * DAY * 1000, NOW)
    qtbot.waitUntil(lambda: sum(path == PATH for path, _ in past.heard) == 2)
    page.show_span(NOW - 31 * DAY * 1000, NOW)
    assert not page.happenings._rest.isActive() and page.happenings.page is WHOLE, "what was known stays"


def test_crowds_lead_closer_where_they_are_told_one_by_one(qtbot: QtBot, tmp_path: Path) -> None:
    crowd = Crowd(sort="alarm", start=NOW - 10 * M, end=NOW - 9 * M, count=240, level=2)
    page, past = trends(qtbot, tmp_path, page_told(crowds=[crowd], grouped=True, total=240))
    [fold] = page.axis.folds
    assert (fold.count, fold.level) == (240, 2)
    page.axis.setFocus()
    qtbot.keyClick(page.axis, Qt.Key.Key_Right)
    assert page._said.text() == "240 alarms, 22:03:20 to 22:04:20"
    before = len(past.heard)
    qtbot.keyClick(page.axis, Qt.Key.Key_Return)
    assert page.plot.start <= NOW - 10 * M and page.plot.end >= NOW - 9 * M and page.plot.end - page.plot.start < 4 * M
    qtbot.waitUntil(lambda: len(past.heard) > before)


@pytest.mark.parametrize("size", [(1214, 660), (1774, 970)])
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qtbot: QtBot, qapp: QApplication, tmp_path: Path, language: str, colours: str, size: tuple[int, int]) -> None:
    theme.apply(qapp, theme.THEMES[colours])
    set_language(language)
    page, _ = trends(qtbot, tmp_path)
    page.resize(*size)
    page.retranslate()
    page.axis.setFocus()
    for fold in range(len(page.axis.folds)):
        qtbot.keyClick(page.axis, Qt.Key.Key_Right)
        qapp.processEvents()
        card = page.axis.card
        assert page.plot.rect().contains(card.geometry()) and not card.geometry().intersects(page.axis.geometry()), fold
        room = card.contentsRect()
        assert card.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, card.text()).height() <= room.height() + 1
        assert_clean(page.axis)
    assert page.axis.geometry().top() >= page.plot.lanes[-1].box.bottom()
    assert all(fold.left >= LEFT and fold.left + fold.wide <= page.plot.width() - RIGHT for fold in page.axis.folds)
    assert_clean(page.plot)
    set_language("en")


def test_the_marks_know_the_language_and_the_room(qtbot: QtBot, tmp_path: Path) -> None:
    page, _ = trends(qtbot, tmp_path)
    model: RoomModel = page._model
    page.happenings.forget()
    model.apply_copy(room_copy([point("b.x")]))
    assert page.happenings.page is None and np.isfinite(page.plot.start)
