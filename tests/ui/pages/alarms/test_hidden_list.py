"""The list of what is kept quiet: its order, its clock, what stands beneath, what can be done, and that nobody looks in vain."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Beat, Change, HidingInfo, LimitInfo
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.model.points import LimitKind
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import BOOT, NOW, alarm, copy_of_room, station_info
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.dialogs.service import ServiceDialog
from ui.dialogs.shelve import ShelveDialog
from ui.pages.alarms.hidden import Column, HiddenList
from ui.pages.alarms.hiddenacts import can_reset, reset_latched

OPENS_A_PAGE = True
MINUTE = 60_000
LOAD = "ups-1.load"
SHELVES = [
    HidingInfo(
        id=f"{LOAD}#high1", since=NOW - 48 * MINUTE, until=NOW + 12 * MINUTE, why="flutters", actor_name="张工", level=2, subject=LOAD
    ),
    HidingInfo(
        id="leak-detection-1.wet#state1",
        since=NOW,
        until=NOW + 55 * MINUTE,
        why="rope exchanged, the old one lies wet in the corner behind rack A07",
        actor_name="张工",
        second_name="李班长",
        level=1,
        subject="leak-detection-1.wet",
    ),
    HidingInfo(id="gone.x#high", since=NOW, until=NOW + 95 * MINUTE, why="x", actor_name="张工", level=4, subject="gone.x", missing=True),
]
SERVICES = [HidingInfo(id="device:environment-1", since=NOW, until=NOW + 300 * MINUTE, why="battery", actor_name="陈工", level=1)]
OFF = [
    HidingInfo(
        id="network-1.load#low1",
        since=NOW - 90 * 86_400_000,
        until=None,
        why="always too low",
        actor_name="陈工",
        level=3,
        subject="network-1.load",
        limit=LimitInfo(id="low1", level=3, kind=LimitKind.LOW, value=4.0),
    )
]
LISTS = {"shelves": SHELVES, "services": SERVICES, "switched_off": OFF}


def beneath() -> list:
    shelved = alarm(901, LOAD, 2, AlarmState.UNACKNOWLEDGED, value=97.1, limit=96.0, hidden=Hidden.SHELVED)
    served = [
        alarm(902 + n, f"environment-1.{point}", 3, AlarmState.ACKNOWLEDGED, hidden=Hidden.OUT_OF_SERVICE)
        for n, point in enumerate(("temperature", "humidity"))
    ]
    cause = alarm(910, "bus:line2", 2, AlarmState.ACKNOWLEDGED, cause=Cause.BUS_LOST, detail="no_answer")
    folded = alarm(911, "access-control-1.load", 3, AlarmState.ACKNOWLEDGED, hidden=Hidden.SUPPRESSED, under="bus:line2#lost")
    named = {901: f"{LOAD}#high1", 910: "bus:line2#lost"}
    made = [shelved, *served, cause, folded]
    return [one.model_copy(update={"key": named[int(one.id[-4:])]}) if int(one.id[-4:]) in named else one for one in made]


def fill(desk, **lists: object) -> None:
    copy = copy_of_room(calm=True, **(LISTS | lists))
    copy.alarms.extend(beneath())
    desk.model.apply_copy(copy)


@pytest.fixture
def desk(canned, live_desk):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="1", outcome=Outcome.DONE))
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER))
    fill(live_desk)
    return live_desk


@pytest.fixture
def listed(qtbot, desk):
    holder = QWidget()
    made = HiddenList(desk.model, desk.link, desk.window.acts)
    QVBoxLayout(holder).addWidget(made)
    holder.resize(1214, 660)
    qtbot.addWidget(holder)
    holder.show()
    made.refresh()
    yield made
    holder.close()


def column(listed: HiddenList, which: Column) -> list[str]:
    return [listed.table.index(row, which).data() for row in range(listed.table.rowCount())]


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


def second(desk, seconds: int) -> None:
    desk.model.apply_beat(Beat(seq=9, now=NOW + seconds * 1000, boot=BOOT, newest=NOW))
    desk.model.beat.emit()


def test_what_ends_first_comes_first_and_what_has_no_end_stands_there_all_the_same(listed):
    assert column(listed, Column.WHAT) == [
        "UPS 1 · Output load ratio > 96.0 %",
        "Leak detection 1 · Leak = wet",
        "gone.x · high (not in the room now)",
        "Environment 1",
        "1 consequences of RS-485 line 2 · does not answer",
        "Network 1 · Output load ratio < 4.0 %",
    ]
    assert column(listed, Column.WAY) == ["shelved", "shelved", "shelved", "out of service", "consequence", "switched off"]
    assert column(listed, Column.WHO)[:2] == ["张工", "张工 and 李班长"]
    assert column(listed, Column.BENEATH)[:4] == [
        "Output load ratio above 96.0 %: 97.1 %",
        "nothing stands",
        "nothing stands",
        "Return air temperature above 28.0 °C: 31.4 °C, and 1 more",
    ]
    tip = listed.table.index(3, Column.BENEATH).data(Qt.ItemDataRole.ToolTipRole)
    assert len(tip.splitlines()) == 3 and "Return air humidity" in tip
    assert listed.head.text() == "6 kept quiet, 1 of them end within 30 min"


def test_the_clock_counts_down_and_the_end_is_said(desk, listed):
    second(desk, 0)
    assert column(listed, Column.LEFT) == ["0:12:00", "0:55:00", "1:35:00", "5:00:00", "with its cause", "no end"]
    second(desk, 1)
    assert column(listed, Column.LEFT)[:2] == ["0:11:59", "0:54:59"]
    told = []
    listed.countChanged.connect(lambda *counts: told.append(counts))
    second(desk, 25 * 60)
    assert column(listed, Column.LEFT)[:2] == ["ends now", "0:30:00"]
    assert told == [(6, 2)], "the second one ends within half an hour now"


def test_it_does_nothing_while_nobody_looks_but_count(desk, listed):
    holder = listed.parentWidget()
    holder.hide()
    told = []
    listed.countChanged.connect(lambda *counts: told.append(counts))
    desk.model.apply_change(Change(seq=9, now=NOW, station=station_info(shelves=SHELVES[:1])))
    second(desk, 2)
    assert listed.table.rowCount() == 6 and told and listed.count == 2, "one shelf and the consequences of one cause"
    holder.show()
    assert listed.table.rowCount() == 2


def test_a_row_stays_chosen_when_the_list_changes(qtbot, desk, listed):
    listed.view.selectRow(3)
    desk.model.apply_change(Change(seq=9, now=NOW, station=station_info(**(LISTS | {"shelves": SHELVES[1:]}))))
    second(desk, 1)
    assert [entry.id for entry in listed.chosen()] == ["device:environment-1"]


def test_taken_back_by_key_and_by_button(qtbot, canned, desk, listed):
    qtbot.mouseClick(listed.view.viewport(), Qt.MouseButton.LeftButton, pos=listed.view.visualRect(listed.table.index(0, 2)).center())
    qtbot.keyClick(listed.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(listed.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(acts(canned)) == 1)
    assert acts(canned)[0] == {"kind": "alarm.unshelve", "keys": [f"{LOAD}#high1", "leak-detection-1.wet#state1"]}
    listed.view.selectRow(3)
    qtbot.mouseClick(listed.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(canned)) == 2)
    assert acts(canned)[1] == {"kind": "service.end", "target": "device:environment-1"}


def test_renewing_opens_the_dialog_of_its_kind(qtbot, desk, listed):
    listed.view.selectRow(0)
    qtbot.mouseClick(listed.renew, Qt.MouseButton.LeftButton)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, ShelveDialog) and dialog.keys == [f"{LOAD}#high1"]
    dialog.reject()
    listed.view.selectRow(3)
    qtbot.mouseClick(listed.renew, Qt.MouseButton.LeftButton)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, ServiceDialog) and dialog.chosen() == "device:environment-1"
    dialog.reject()


def test_a_button_that_cannot_be_pressed_says_why(qtbot, desk, listed):
    assert not listed.back.isEnabled() and listed.back.toolTip() == "choose a row first"
    for row, back, renew in ((2, "", "ends by itself"), (4, "by itself", "choose shelved"), (5, "in the configuration", "choose shelved")):
        listed.view.selectRow(row)
        assert back in listed.back.toolTip() and listed.back.isEnabled() is (not back)
        assert renew in listed.renew.toolTip() and not listed.renew.isEnabled()
    desk.model.set_connected(False)
    listed.view.selectRow(0)
    assert "no station" in listed.back.toolTip() and "no station" in listed.renew.toolTip()


def test_it_leads_to_the_place(qtbot, listed):
    went = []
    listed.openSubject.connect(went.append)
    for row in (0, 3, 4):
        listed.view.selectRow(row)
        qtbot.mouseClick(listed.go, Qt.MouseButton.LeftButton)
    listed.view.selectRow(2)
    assert not listed.go.isEnabled()
    assert went == [LOAD, "environment-1", "bus:line2"]


def test_nothing_is_kept_quiet(desk, listed):
    copy = copy_of_room(calm=True)
    desk.model.apply_copy(copy)
    second(desk, 1)
    assert listed.nothing.isVisible() and listed.nothing.text() == "Nothing is kept quiet"
    assert listed.head.text() == "0 kept quiet" and listed.count == 0


def test_latched_ones_are_reset_when_they_were_acknowledged(qtbot, canned, desk):
    states = (AlarmState.LATCHED, AlarmState.LATCHED_ACKNOWLEDGED, AlarmState.ACKNOWLEDGED)
    ids = can_reset(alarm(n, LOAD, 2, state) for n, state in enumerate(states))
    assert ids == ["alarm-0001"]
    reset_latched(desk.window.acts, [])
    reset_latched(desk.window.acts, ids)
    qtbot.waitUntil(lambda: bool(acts(canned)))
    assert acts(canned) == [{"kind": "alarm.reset", "alarms": ["alarm-0001"]}]


@pytest.mark.parametrize("size", [(1214, 660), (1768, 972)], ids=lambda size: f"{size[0]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qapp, desk, listed, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    desk.window.set_language(language)
    listed.retranslate()
    listed.parentWidget().resize(*size)
    listed.view.selectRow(1)
    qapp.processEvents()
    keep(listed, f"hidden-{language}-{colours}-{size[0]}")
    seen = walk(listed.parentWidget(), "hidden")
    assert not seen.faults, "\n".join(seen.faults)
