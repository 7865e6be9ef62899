"""The alarms page: order, filters, keys, acknowledging, and a flood."""

import pytest
from PySide6.QtCore import QPoint, Qt

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import AlarmInfo, Change
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Group
from tests.ui.conftest import SESSION
from tests.ui.rooms import NOW, alarm, copy_of_room
from ui.models import alarmindex
from ui.pages.alarms.table import ALARM_ROLE, Column, Standing

OPENS_A_PAGE = True

FLOOD = 500


@pytest.fixture
def page(desk):
    desk.window.show_page("alarms")
    return desk.window.page("alarms")


def ids(page) -> list[str]:
    return [page.shown.index(row, 0).data(ALARM_ROLE).id for row in range(page.shown.rowCount())]


def cell(page, row: int, column: Column) -> str:
    return page.shown.index(row, column).data()


def test_open_ones_by_severity_then_time(page):
    assert ids(page) == ["alarm-0002", "alarm-0006", "alarm-0007", "alarm-0001", "alarm-0005", "alarm-0003", "alarm-0004"]


def test_a_row_says_everything(page):
    assert [cell(page, 5, column) for column in Column] == [
        "Minor",
        "acknowledged",
        "22:10:17",
        "3 min",
        "UPS 1",
        "Output load ratio",
        "Output load ratio above 28.0 %: 31.4 %",
        "22:12:50 张工",
        "",
    ]
    tip = page.shown.index(5, Column.ACKNOWLEDGED).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "2026-09-21 22:12:50 张工"
    assert cell(page, 6, Column.RETURNED) == "22:13:00"


def test_filters(qtbot, page):
    qtbot.keyClicks(page.search, "TEMPERATURE air-con")
    assert ids(page) == ["alarm-0001"]
    page.search.clear()
    page.level.setCurrentIndex(page.level.findData(1))
    assert ids(page) == ["alarm-0002", "alarm-0006", "alarm-0007"]
    page.level.setCurrentIndex(0)
    page.standing.setCurrentIndex(page.standing.findData(Standing.UNACKNOWLEDGED))
    assert ids(page) == ["alarm-0002", "alarm-0001", "alarm-0005", "alarm-0004"]
    page.standing.setCurrentIndex(page.standing.findData(Standing.ALL))
    assert len(ids(page)) == 9
    assert cell(page, 8, Column.SINCE) == "09-20 12:20"
    page.group.setCurrentIndex(page.group.findData(str(Group.FRESH_AIR)))
    assert ids(page) == ["alarm-0005"]
    assert page.count.text() == "1 of 9 shown"


def test_a_change_moves_its_row_and_keeps_the_selection(qtbot, desk, page):
    page.show_alarm("alarm-0005")
    ended = alarm(2, "leak-detection-1.wet", 1, AlarmState.NORMAL, returned=NOW)
    new = alarm(0, "ups-2.load", 1, AlarmState.UNACKNOWLEDGED)
    desk.model.apply_change(Change(seq=2, now=NOW, alarms=[ended, new]))
    assert ids(page)[0] == "alarm-0000"
    assert "alarm-0002" not in ids(page)
    assert page.selected() == ["alarm-0005"]


def test_an_alarm_leads_to_what_it_is_about(qtbot, desk, page):
    bus = next(iter(desk.model.buses))
    device = next(one.id for one in desk.model.devices.values() if one.bus != bus)
    point = "ups-2.load"
    about = {"level": 1, "state": AlarmState.UNACKNOWLEDGED, "raised": NOW}
    told = [(point, Cause.HIGH, "equipment"), (device, Cause.DEVICE_LOST, "equipment"), (f"bus:{bus}", Cause.BUS_LOST, "wires")]
    alarms = [AlarmInfo(id=str(n), key=str(n), subject=subject, cause=cause, **about) for n, (subject, cause, _) in enumerate(told)]
    desk.model.apply_change(Change(seq=2, now=NOW, alarms=alarms))
    page.view.clearSelection()
    assert not page.go.isEnabled()
    for number, (_, _, where) in enumerate(told):
        desk.window.show_page("alarms")
        place = page.view.visualRect(page.shown.index(ids(page).index(str(number)), Column.ALARM)).center()
        qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        if number % 2:
            qtbot.mouseDClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        else:
            qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)
        assert desk.window.current == where
    wires = desk.window.page("wires")
    assert wires.frames.bus == bus and wires.frames.device.currentData() == ""
    assert desk.window.page("equipment").watch.device == device


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_keys_acknowledge_what_is_selected_and_waits(qtbot, desk, page, monkeypatch, key):
    sent = []
    desk.link.session = SESSION
    monkeypatch.setattr(desk.link, "command", lambda act, on_result: sent.append((act, on_result)))
    page.view.selectAll()
    qtbot.keyClick(page.view, key)
    ((act, on_result),) = sent
    assert sorted(act.alarms) == ["alarm-0001", "alarm-0002", "alarm-0004", "alarm-0005"]
    row = ids(page).index("alarm-0001")
    assert cell(page, row, Column.STATE) == "sent…"
    assert not page.acknowledge.isEnabled()
    on_result(CommandResult(id="x", outcome=Outcome.UNKNOWN, code="no_answer"))
    assert cell(page, row, Column.STATE) == "unacknowledged"
    assert desk.window.bar.status.message.text().startswith("Acknowledge: unknown: the station did not answer in time")


def test_arrows_move_and_find_leads_to_the_search(qtbot, page):
    page.view.setFocus()
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Down)
    assert page.view.currentIndex().row() == 1
    qtbot.keyClick(page.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_the_first_key_selects_and_acknowledges_nothing_unseen(qtbot, desk, page, monkeypatch, key):
    sent = []
    desk.link.session = SESSION
    monkeypatch.setattr(desk.link, "command", lambda act, on_result: sent.append(act))
    page.search.setText("leak")
    assert page.shown.rowCount() == 1
    page.view.setFocus()
    page.view.clearSelection()
    qtbot.keyClick(page.view, key)
    assert [index.row() for index in page.view.selectionModel().selectedRows()] == [0]
    assert not sent
    qtbot.keyClick(page.view, Qt.Key.Key_Space)
    assert len(sent) == 1


def test_an_empty_table_says_why(qtbot, desk, page):
    assert not page.nothing.isVisible()
    page.search.setText("no such thing")
    assert page.nothing.isVisible() and page.nothing.text() == "No alarm fits this choice"
    desk.model.apply_copy(copy_of_room(calm=True))
    page.search.clear()
    page.standing.setCurrentIndex(page.standing.findData(Standing.OPEN))
    assert page.shown.rowCount() == 0 and page.nothing.text() == "No open alarm"
    desk.model.set_connected(False)
    assert page.nothing.text() == "No station: what is shown here is old"


def test_choices_are_as_wide_as_their_words_after_another_language(qtbot, desk, page):
    for name in ("zh_CN", "en"):
        desk.window.set_language(name)
        qtbot.wait(1)
        for box in (page.level, page.standing, page.group):
            longest = max(box.fontMetrics().horizontalAdvance(box.itemText(n)) for n in range(box.count()))
            assert box.width() >= longest + 20


def test_clicking_a_title_sorts(qtbot, page):
    header = page.view.horizontalHeader()
    place = header.sectionViewportPosition(Column.SINCE) + 10
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place, header.height() // 2))
    times = [page.shown.index(row, 0).data(ALARM_ROLE).raised for row in range(page.shown.rowCount())]
    assert times in (sorted(times), sorted(times, reverse=True))


def test_a_flood_of_alarms_is_shown_whole(qtbot, desk, page):
    flood = [alarm(1000 + n, "ups-1.load", 1 + n % 4, AlarmState.UNACKNOWLEDGED) for n in range(FLOOD)]
    for n in range(0, FLOOD, 50):
        desk.model.apply_change(Change(seq=2 + n, now=NOW, alarms=flood[n : n + 50]))
    qtbot.waitUntil(lambda: page.shown.rowCount() == FLOOD + 7)
    levels = [page.shown.index(row, 0).data(ALARM_ROLE).level for row in range(page.shown.rowCount())]
    assert levels == sorted(levels)
    page.view.grab()


def test_the_narrow_page_leaves_out_the_column_that_the_sentence_holds(qtbot, desk, page):
    assert page.view.isColumnHidden(Column.POINT)
    desk.window.resize(1920, 1080)
    qtbot.waitUntil(lambda: not page.view.isColumnHidden(Column.POINT))


def test_alarms_that_the_console_forgets_leave_the_table_whole(qtbot, desk, page, monkeypatch):
    monkeypatch.setattr(alarmindex, "ENDED_KEPT", 3)
    page.standing.setCurrentIndex(page.standing.findData(Standing.ALL))
    for n in range(10):
        desk.model.apply_change(Change(seq=2 + n, now=NOW, alarms=[alarm(3000 + n, "ups-1.load", 2, AlarmState.NORMAL, returned=NOW)]))
        page.view.grab()
    qtbot.waitUntil(lambda: page.table.rowCount() == 10)
