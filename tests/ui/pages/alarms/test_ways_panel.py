"""The ways by which people are told, at the console: whether each works, since when that is known, and the test message."""

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.link.acts import CommandResult, NotifyTest
from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.link.notify import CallInfo, WayInfo, WaysPage
from cityops_desktop.model.notify import WayKind
from cityops_desktop.model.people import Outcome
from cityops_desktop.sentences import DELIVERIES, notify_text
from cityops_desktop.texts import set_language, tr
from tests.conftest import FakeClock
from tests.ui.pages.equipment.test_identity import log_in
from tests.ui.rooms import NOW, copy_of_room
from tests.ui.test_walk import keep
from ui import theme
from ui.models.shown import time_text
from ui.pages.alarms.ways import AGAIN_MS, KIND
from ui.widgets.sheet import Sign

OPENS_A_PAGE = True
PAGE = WaysPage(
    ways=[
        WayInfo(id="phone", kind=WayKind.MODEM, state="ready", tried=NOW - 20_000),
        WayInfo(id="mail", kind=WayKind.MAIL, state="failed", why="login 535 5.7.8 bad credentials", tried=NOW - 61_000, secret=True),
        WayInfo(id="wecom", kind=WayKind.WECOM, state="untried"),
        WayInfo(id="logs", kind=WayKind.SYSLOG, state="ready", tried=NOW - 500),
    ],
    calls=[
        CallInfo(id="li", names=NamesInfo(zh="李工", en="Li"), ways=["mail"]),
        CallInfo(id="wang", names=NamesInfo(zh="王工", en="Wang"), ways=["phone", "mail"]),
    ],
)


class Station:
    """Answers what is asked about ways, and what is sent."""

    def __init__(self, desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.page: WaysPage | CommandResult = PAGE
        self.asked = 0
        self.acts: list[object] = []
        self.answer = CommandResult(id="1", outcome=Outcome.DONE, data={"state": "delivered"})
        desk.model._clock = FakeClock()
        real = desk.link.ask
        monkeypatch.setattr(desk.link, "command", self._take)

        def ask(path, kind, then, query=None, *, wait_ms=0):
            if path == "/api/v1/notify/ways":
                self.asked += 1
                then(self.page)
            else:
                real(path, kind, then, query, wait_ms=wait_ms)

        monkeypatch.setattr(desk.link, "ask", ask)
        desk.model.apply_copy(copy_of_room())

    def _take(self, act, then, wait_ms: int = 0) -> None:
        self.acts.append(act)
        assert wait_ms > 90_000, "a call that rings takes its time"
        then(self.answer)


@pytest.fixture
def station(desk, monkeypatch):
    return Station(desk, monkeypatch)


def opened(desk, qtbot):
    desk.window.show_page("alarms")
    page = desk.window.page("alarms")
    qtbot.mouseClick(page.part_buttons[3], Qt.MouseButton.LeftButton)
    return page.ways


def test_each_way_says_whether_it_works_and_when_that_was_known(desk, qtbot, station):
    ways = opened(desk, qtbot)
    rows = {row[0]: row[1:] for row in ways.ways.texts()}
    time = time_text(NOW - 61_000, desk.model.zone, NOW)
    assert rows["mail"] == [tr("mail"), tr("does NOT work"), time, notify_text("login 535 5.7.8 bad credentials")]
    assert rows["wecom"][1:] == [tr("not tried yet"), "", ""]
    assert [row.cells[2].sign for row in ways.ways._rows.rows] == [Sign.TICK, Sign.CROSS, Sign.DASH, Sign.TICK]
    assert ways.head.text() == tr("Does not work: {names}", names="mail") and ways.head.font().bold()
    assert "Wang (phone, mail)" in ways.told.text()


def test_a_test_message_goes_to_whom_and_by_what_was_chosen_and_its_end_is_said(desk, qtbot, station):
    log_in(desk, KIND)
    ways = opened(desk, qtbot)
    shown = []
    desk.window.acts.dialogWanted.connect(shown.append)
    ways.ways.choose("mail")
    qtbot.mouseClick(ways.send, Qt.MouseButton.LeftButton)
    [dialog] = shown
    assert dialog.edits["way"].currentData() == "mail/mail" and dialog.edits["call"].currentData() == "li"
    assert [dialog.edits["way"].itemData(n) for n in range(dialog.edits["way"].count())] == [
        *("phone/sms", "phone/call", "mail/mail", "wecom/post"),
    ], "syslog tells machines only"
    dialog.edits["way"].setFocus()
    qtbot.keyClick(dialog.edits["way"], Qt.Key.Key_Up)
    qtbot.keyClick(dialog.edits["call"], Qt.Key.Key_Down)
    keep(dialog, "send-a-test-message")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    assert station.acts == [NotifyTest(way="phone", call="wang", by="call")]
    assert tr(DELIVERIES["delivered"]) in ways.head.text()  # type: ignore[index]
    assert tr("Does not work: {names}", names="mail") in ways.head.text(), "what does not work is still said"


def test_why_a_test_message_did_not_go_out_is_said_in_words(desk, qtbot, station):
    log_in(desk, KIND)
    params = {"way": "mail", "why": "timeout"}
    station.answer = CommandResult(id="1", outcome=Outcome.FAILED, code="notify_failed", params=params)
    ways = opened(desk, qtbot)
    shown = []
    desk.window.acts.dialogWanted.connect(shown.append)
    qtbot.mouseClick(ways.send, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(shown[0].send, Qt.MouseButton.LeftButton)
    assert tr("no answer in time") in shown[0].wrong.text(), "and the dialog stays"


def test_who_may_not_is_told_and_nobody_is_asked_when_nobody_looks(desk, qtbot, station):
    log_in(desk, "alarm.acknowledge")
    ways = opened(desk, qtbot)
    said = []
    desk.window.acts.said.connect(lambda words, well: said.append((words, well)))
    qtbot.mouseClick(ways.send, Qt.MouseButton.LeftButton)
    assert said and not said[0][1] and station.acts == []
    before = station.asked
    desk.window.show_page("overview")
    assert not ways._timer.isActive() and AGAIN_MS >= 5000
    desk.window.acts.carried.emit()
    assert station.asked == before


def test_a_room_without_ways_says_that_nobody_is_told(desk, qtbot, station):
    station.page = WaysPage(ways=[], calls=[])
    ways = opened(desk, qtbot)
    assert "notify" in ways.head.text() and not ways.send.isEnabled() and ways.ways.isHidden()


def test_without_a_station_what_is_shown_is_called_old(desk, qtbot, station):
    ways = opened(desk, qtbot)
    desk.model.set_connected(False)
    assert ways.head.text() == tr("No station: what is shown here is old") and not ways.send.isEnabled()
    assert ways.ways.texts(), "what was known stays"
    desk.model.set_connected(True)
    assert ways.head.text() == tr("Does not work: {names}", names="mail")


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=str)
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_it_stands_under_the_self_test_and_covers_nothing(desk, qtbot, qapp, station, size, colours, language):
    theme.apply(qapp, theme.THEMES[colours])
    set_language(language)
    desk.window.set_language(language)
    desk.window.resize(*size)
    ways = opened(desk, qtbot)
    qapp.processEvents()
    page = desk.window.page("alarms")
    assert page.self_test.geometry().bottom() < ways.geometry().top()
    assert ways.ways.height() >= 4 * 26 and page.self_test.steps.height() > 100
    keep(desk.window, f"ways-{colours}-{language}-{size[0]}")
