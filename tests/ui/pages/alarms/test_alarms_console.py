"""The alarms page for a tired person: folded consequences, latched and quiet ones, a flood in groups, keys from every page."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout

from cityops_desktop.link.messages import AlarmInfo, Change, HidingInfo
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from tests.ui.conftest import SESSION
from tests.ui.rooms import NOW, alarm, copy_of_room
from ui.pages.alarms.cells import fold_box
from ui.pages.alarms.floodgroups import By
from ui.pages.alarms.table import ALARM_ROLE, FOLD_ROLE, POINT_ROLE, Column, Fold, Standing
from ui.window import PAGES

OPENS_A_PAGE = True


@pytest.fixture
def page(desk):
    desk.window.show_page("alarms")
    return desk.window.page("alarms")


def tell(desk, *alarms: AlarmInfo) -> None:
    desk.model.apply_change(Change(seq=2, now=NOW, alarms=list(alarms)))


def lost_line(desk) -> list[AlarmInfo]:
    """A lost line with two consequences."""
    bus = next(iter(desk.model.buses))
    devices = [one.id for one in desk.model.devices.values() if one.bus == bus][:2]
    under = {"hidden": Hidden.SUPPRESSED, "under": "line", "raised": NOW, "cause": Cause.DEVICE_LOST, "level": 2, "points": 4}
    waits = AlarmState.UNACKNOWLEDGED
    below = [AlarmInfo(id=f"below{n}", key=f"{one}#lost", subject=one, state=waits, **under) for n, one in enumerate(devices)]
    line = {"subject": f"bus:{bus}", "cause": Cause.BUS_LOST, "level": 1, "points": 16, "raised": NOW}
    return [AlarmInfo(id="line", key="line", state=AlarmState.UNACKNOWLEDGED, **line), *below]


def row_ids(page) -> list[str]:
    cells = (page.table.index(row, 0) for row in range(page.table.rowCount()))
    return [one.data(POINT_ROLE) or one.data(ALARM_ROLE).id for one in cells]


def sent_acts(desk, monkeypatch) -> list:
    sent = []
    desk.link.session = SESSION
    monkeypatch.setattr(desk.link, "command", lambda act, on_result: sent.append(act))
    return sent


def test_right_unfolds_left_folds_and_leads_to_the_cause(qtbot, desk, page):
    tell(desk, *lost_line(desk))
    page.show_alarm("line")
    row = page.view.currentIndex().row()
    assert "below0" not in row_ids(page)
    qtbot.keyClick(page.view, Qt.Key.Key_Right)
    assert row_ids(page)[row + 1 : row + 3] == ["below0", "below1"]
    qtbot.keyClick(page.view, Qt.Key.Key_Down)
    assert page.view.currentIndex().data(ALARM_ROLE).id == "below0"
    qtbot.keyClick(page.view, Qt.Key.Key_Left)
    assert page.view.currentIndex().row() == row
    qtbot.keyClick(page.view, Qt.Key.Key_Left)
    assert "below0" not in row_ids(page)


def test_a_click_on_the_mark_unfolds_and_nothing_else_does(qtbot, desk, page):
    tell(desk, *lost_line(desk))
    index = page.table.index(page.table.row_of("line"), Column.ALARM)
    cell = page.view.visualRect(index)
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=cell.center())
    assert index.data(FOLD_ROLE) is Fold.CLOSED
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=fold_box(cell).center())
    assert page.table.index(page.table.row_of("line"), 0).data(FOLD_ROLE) is Fold.OPEN
    page.view.grab()


def test_consequences_are_counted_apart_and_acknowledging_the_cause_sends_the_cause(qtbot, desk, page, monkeypatch):
    sent = sent_acts(desk, monkeypatch)
    before = desk.window.bar.counts[1].toolTip()
    tell(desk, *lost_line(desk))
    bar = desk.window.bar
    assert bar.counts[1].toolTip() == before
    assert "2 consequences, folded under their cause" in bar.quiet.toolTip()
    assert [text for _, text, _ in bar.quiet.painted_texts()] == ["0", "Shelved", "0", "Off", "2", "Folded"]
    page.show_alarm("line")
    qtbot.keyClick(page.view, Qt.Key.Key_Space)
    assert [act.alarms for act in sent] == [["line"]]


def test_what_is_latched_has_its_own_word_and_can_be_reset_when_it_was_acknowledged(qtbot, desk, page, monkeypatch):
    sent = sent_acts(desk, monkeypatch)
    desk.link.session = SESSION.model_copy(update={"rights": ["alarm.acknowledge", "alarm.reset"]})
    gone = {"returned": NOW, "now": NOW}
    tell(desk, alarm(20, "ups-1.load", 2, AlarmState.LATCHED, **gone), alarm(21, "ups-2.load", 2, AlarmState.LATCHED_ACKNOWLEDGED, **gone))
    page.show_alarm("alarm-0020")
    assert page.view.currentIndex().siblingAtColumn(Column.STATE).data() == "latched, unacknowledged"
    assert page.acknowledge.isEnabled() and not page.reset.isEnabled()
    page.show_alarm("alarm-0021")
    assert not page.acknowledge.isEnabled() and page.reset.isEnabled()
    qtbot.mouseClick(page.reset, Qt.MouseButton.LeftButton)
    assert [(act.kind, act.alarms) for act in sent] == [("alarm.reset", ["alarm-0021"])]


def test_quiet_ones_have_their_own_list_with_the_time_that_is_left(qtbot, desk, page):
    until = NOW + 42 * 60_000 + 30_000
    tell(desk, alarm(30, "ups-1.load", 1, AlarmState.UNACKNOWLEDGED, hidden=Hidden.SHELVED, hidden_until=until))
    assert "alarm-0030" not in row_ids(page)
    page.standing.setCurrentIndex(page.standing.findData(Standing.QUIET))
    assert row_ids(page) == ["alarm-0030"]
    assert page.table.index(0, Column.STATE).data() == "shelved 42 min"
    page.view.grab()
    station = desk.model.station.model_copy(
        update={"shelves": [HidingInfo(id="ups-1.load#30", since=NOW, until=until, why="w", actor_name="n", level=1, subject="ups-1.load")]}
    )
    desk.model.apply_change(Change(seq=3, now=NOW, station=station))
    qtbot.mouseClick(desk.window.bar.quiet, Qt.MouseButton.LeftButton)
    assert page.parts.currentWidget() is page.quiet
    assert page.part_buttons[1].text() == "Kept quiet (1)"


def test_who_looks_for_words_finds_consequences_too(qtbot, desk, page):
    tell(desk, *lost_line(desk))
    name = desk.model.alarm_text(desk.model.alarms["below0"]).place
    qtbot.keyClicks(page.search, name)
    assert "below0" in row_ids(page)


def test_a_flood_is_offered_in_groups_worst_first_with_what_came_first(qtbot, desk, page, monkeypatch):
    sent = sent_acts(desk, monkeypatch)
    desk.model.apply_copy(copy_of_room(calm=True))
    assert not page.flood_row.isVisible()
    odd, even = ("ups-1.load", 3), ("ups-2.load", 2)
    made = [alarm(n, *(odd if n % 2 else even), AlarmState.UNACKNOWLEDGED, now=NOW + n * 60_999) for n in range(12)]
    tell(desk, *made)
    assert page.flood_row.isVisible() and page.flood_words.text() == "Flood: 12 alarms in 10 minutes"
    qtbot.mouseClick(page.grouped, Qt.MouseButton.LeftButton)
    page.by.setCurrentIndex(page.by.findData(By.DEVICE))
    table = page.flood.table
    qtbot.waitUntil(lambda: table.rowCount() == 2)
    assert [table.index(row, 1).data() for row in range(2)] == ["6", "6"]
    assert table.index(0, 0).data() == "Major" and table.index(0, 3).data().startswith("UPS 2")
    page.flood.selectRow(0)
    assert page.acknowledge.text() == "List the group"
    qtbot.keyClick(page.flood, Qt.Key.Key_Space)
    assert not sent and table.rowCount() == 8
    assert [table.index(row, 1).data() for row in range(1, 7)].count("first") == 1
    listed = [table.line(row).alarm.id for row in range(1, 7)]
    late = alarm(40, "ups-2.load", 2, AlarmState.UNACKNOWLEDGED, now=NOW + 40 * 61_000)
    tell(desk, late)  # it is not in the table yet: nobody has seen it
    qtbot.keyClick(page.flood, Qt.Key.Key_Space)
    assert [sorted(act.alarms) for act in sent] == [sorted(listed)]
    qtbot.waitUntil(lambda: table.rowCount() == 9)
    qtbot.keyClick(page.flood, Qt.Key.Key_Left)
    assert table.rowCount() == 2
    page.flood.grab()


@pytest.mark.parametrize("name", [name for name, _ in PAGES if name not in ("faults", "alarms")])
def test_the_three_keys_work_from_every_page(qtbot, desk, monkeypatch, name):
    sent = sent_acts(desk, monkeypatch)
    desk.window.activateWindow()
    desk.window.show_page(name)
    newest = desk.window.bar.newest.alarm.id
    qtbot.keyClick(desk.window, Qt.Key.Key_F8)
    qtbot.keyClick(desk.window, Qt.Key.Key_F7)
    assert [act.kind for act in sent] == ["alarm.silence", "alarm.acknowledge"] and sent[1].alarms == [newest]
    qtbot.keyClick(desk.window, Qt.Key.Key_F9)
    assert desk.window.current == "alarms"
    assert desk.window.page("alarms").view.currentIndex().data(ALARM_ROLE).id == newest


def test_the_three_keys_work_over_a_dialog_and_do_not_throw_it_away(qtbot, desk, monkeypatch):
    sent = sent_acts(desk, monkeypatch)
    dialog = QDialog(desk.window)
    field = QLineEdit(dialog)
    QVBoxLayout(dialog).addWidget(field)
    desk.window.door.open(dialog)
    with qtbot.waitExposed(dialog):
        field.setFocus()
    qtbot.keyClicks(field, "half a reason")
    for key in (Qt.Key.Key_F8, Qt.Key.Key_F7, Qt.Key.Key_F9):
        qtbot.keyClick(field, key)
    assert [act.kind for act in sent] == ["alarm.silence", "alarm.acknowledge"]
    assert desk.window.current == "alarms" and dialog.isVisible() and field.text() == "half a reason"
    desk.link.session = None
    desk.window.acts.pending.clear()
    qtbot.keyClick(field, Qt.Key.Key_F7)
    assert dialog.isVisible() and "log in first" in desk.window.bar.status.message.text()


def test_only_signs_flash_and_only_while_something_waits(qtbot, desk):
    bar = desk.window.bar
    told = [text for _, text, _ in bar.newest.painted_texts()]
    qtbot.waitUntil(lambda: not bar._lit)
    assert [text for _, text, _ in bar.newest.painted_texts()] == told
    desk.model.apply_copy(copy_of_room(calm=True))
    assert not bar._flash.isActive() and bar._lit


def test_the_chosen_alarm_is_told_whole_beside_the_list_and_folds_away(qtbot, desk, page):
    page.show_alarm("alarm-0003")
    words = page.chosen.head.toolTip()
    assert "acknowledged 22:12:50 by 张工" in words and "Output load ratio above 28.0 %: 31.4 %" in words
    wide = page.view.width()
    qtbot.keyClick(page.view, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.view.width() > wide + 250)
    qtbot.mouseClick(page.chosen.fold, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.view.width() == wide)
