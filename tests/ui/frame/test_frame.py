"""The window's frame, driven by keys and mouse: alarm bar, navigation, banner, dialogs, language, colours."""

import json

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QMenu

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Beat, Change, Refusal
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import language
from tests.ui.canned_station import CannedStation
from tests.ui.rooms import BOOT, NOW, alarm, copy_of_room, station_info
from ui import feed as feed_module
from ui import theme
from ui.border import Border
from ui.feed import Trouble
from ui.frame.firststart import FirstStartDialog
from ui.frame.login import LoginDialog
from ui.models import room as room_module
from ui.window import PAGES

DONE = CommandResult(id="x", outcome=Outcome.DONE)


def texts(widget) -> list[str]:
    return [text for _, text, _ in widget.painted_texts()]


def test_the_bar_counts_open_alarms_by_level(desk):
    bar = desk.window.bar
    assert [texts(count) for count in bar.counts] == [["3", "Critical"], ["2", "Major"], ["1", "Minor"], ["1", "Warning"]]
    assert bar.counts[0].toolTip() == "Critical: 3 open, 1 not acknowledged"
    head, sentence = texts(bar.newest)
    assert head.startswith("22:12:19  Major  Air-conditioning 2 at")
    assert sentence.startswith("Return air temp") and sentence.endswith("28.0 °C: 31.4 °C")
    assert bar.newest.toolTip().endswith("second floor\nReturn air temperature above 28.0 °C: 31.4 °C\nTo it in the list  F9")


def test_a_new_alarm_stands_in_the_bar_at_once_and_flashes_only_its_symbol(qtbot, desk):
    bar = desk.window.bar
    new = alarm(0, "ups-1.load", 3, AlarmState.UNACKNOWLEDGED)
    desk.model.apply_change(Change(seq=2, now=NOW, alarms=[new]))
    assert bar.newest.alarm == new
    assert texts(bar.counts[2])[0] == "2"
    still = {widget: texts(widget) for widget in (bar.newest, *bar.counts)}
    before = bar.newest.grab().toImage()
    bar._next_phase()
    assert bar.newest.grab().toImage() != before
    assert {widget: texts(widget) for widget in still} == still


def test_nothing_flashes_when_all_is_acknowledged(desk):
    bar = desk.window.bar
    assert bar._flash.isActive()
    desk.model.apply_copy(copy_of_room(calm=True))
    assert not bar._flash.isActive()
    assert texts(bar.newest) == ["No unacknowledged alarm"]
    assert not bar.acknowledge.isEnabled()


def test_the_bar_stays_of_one_height(desk):
    bar = desk.window.bar
    height = bar.height()
    bar.status.say("a very long outcome " * 20, False)
    desk.model.apply_copy(copy_of_room(calm=True))
    for page, _ in PAGES:
        desk.window.show_page(page)
        assert bar.isVisible()
        assert bar.height() == height


def test_the_age_of_the_newest_data_and_the_stations_word(desk, clock, monkeypatch):
    status = desk.window.bar.status
    assert texts(status.age) == ["Newest data: 1 s ago"]
    assert texts(status.station) == ["Station: 1 line(s) down"]
    assert "RS-485 line 3" in status.station.toolTip()
    assert texts(status.duty) == ["On duty: not registered"]
    desk.model.apply_change(Change(seq=2, now=NOW, station=station_info(recording=False, recording_detail="disk_full journal.db")))
    assert texts(status.station) == ["Station: recording paused"]
    assert "the disk is full (journal.db)" in status.station.toolTip()
    desk.model.apply_change(Change(seq=3, now=NOW, station=station_info(buses=[])))
    assert texts(status.station) == ["Station: running"]
    desk.model.apply_beat(Beat(seq=4, now=NOW + 60_000, boot=BOOT, newest=NOW))
    desk.model.beat.emit()
    assert texts(status.age) == ["Newest data: 1 min ago"]


def test_the_clock_is_the_rooms(desk):
    assert texts(desk.window.bar.clock)[0].startswith("22:13:")
    assert "CST" in desk.window.bar.clock.toolTip()


def test_everything_of_a_demo_says_so(desk):
    assert desk.window.windowTitle() == "Room 1 · CityOps Desktop · DEMO"
    assert desk.window.bar.status.demo.isVisible()
    assert texts(desk.window.nav.demo) == ["DEMO: simulated"]
    desk.model.apply_copy(copy_of_room(origin="real"))
    assert desk.window.windowTitle() == "Room 1 · CityOps Desktop"
    assert not desk.window.bar.status.demo.isVisible()


def test_keys_lead_to_the_pages(qtbot, desk):
    for number, (page, _) in reversed(list(enumerate(PAGES[:9], start=1))):
        qtbot.keyClick(desk.window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
        assert desk.window.current == page


def test_pages_are_built_when_first_asked_for(desk):
    assert set(desk.window._pages) == {"overview"}


def test_a_page_that_comes_is_painted_once(qtbot, qapp, desk):
    desk.model.apply_copy(copy_of_room())
    desk.window.show()
    qtbot.waitExposed(desk.window)
    for name in ("alarms", "overview"):
        desk.window.show_page(name)
        qapp.processEvents()
    page, painted = desk.window.page("alarms"), []
    watcher = Watcher(painted.append)
    page.installEventFilter(watcher)
    desk.window.show_page("alarms")
    qtbot.waitUntil(lambda: bool(painted))
    assert len(painted) == 1


class Watcher(QObject):
    """Tells each paint of what it watches."""

    def __init__(self, tell) -> None:
        super().__init__()
        self._tell = tell

    def eventFilter(self, watched, event) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._tell(event.rect())
        return False


def test_a_count_leads_to_its_alarms_and_the_newest_to_itself(qtbot, desk):
    qtbot.mouseClick(desk.window.bar.counts[1], Qt.MouseButton.LeftButton)
    assert desk.window.current == "alarms"
    page = desk.window.page("alarms")
    assert page.shown.rowCount() == 2
    qtbot.mouseClick(desk.window.bar.newest, Qt.MouseButton.LeftButton)
    assert page.shown.rowCount() == 7
    assert page.selected() == ["alarm-0001"]


def test_a_lost_station_is_over_every_page_and_heals(qtbot, live_desk, canned: CannedStation, monkeypatch):
    monkeypatch.setattr(feed_module, "RETRY_MS", (30,))
    window = live_desk.window
    assert not window.banner.isVisible()
    stands = {widget: widget.geometry() for widget in (window.bar, window.nav, window.bar.acknowledge, window.bar.status.station)}
    (canned.data / "station.json").unlink()
    with qtbot.waitSignal(live_desk.model.connectedChanged):
        canned.drop()
    assert window.banner.isVisible()
    assert window.banner.title.text().startswith("NO STATION since 22:13:")
    assert "No station runs in" in window.banner.why.text()
    assert window.banner.y() == window.bar.geometry().bottom() + 1
    assert window.banner.width() == window.stack.width()
    window.layout().activate()
    assert {widget: widget.geometry() for widget in stands} == stands, "nothing that a hand is on its way to may move"
    assert texts(window.bar.status.station) == ["Station: not connected"]
    canned.publish()
    qtbot.waitUntil(lambda: not window.banner.isVisible())


def test_a_console_that_just_started_waits_in_peace(desk):
    desk.window.banner._grace.start()
    desk.model.set_connected(False)
    desk.model.connected = False
    assert desk.window.banner.isVisible()


@pytest.mark.parametrize(
    ("trouble", "detail", "words"),
    [
        (Trouble.WRONG_TOKEN, "wrong_token", "token is wrong"),
        (Trouble.NO_ANSWER, "", "does not answer"),
        (Trouble.OTHER_VERSION, "", "another version"),
        (Trouble.REFUSED, "busy", "busy"),
        (Trouble.REFUSED, "HTTP 418", "HTTP 418"),
    ],
)
def test_the_banner_says_why(desk, trouble, detail, words):
    desk.model.set_connected(False)
    desk.link.feed._set_trouble(trouble, detail)
    assert words in desk.window.banner.why.text()


def test_acknowledging_asks_who_and_paints_only_the_stations_answer(qtbot, live_desk, canned: CannedStation):
    window, bar = live_desk.window, live_desk.window.bar
    canned.answers["/api/v1/commands"] = (200, DONE)
    qtbot.keyClick(window, Qt.Key.Key_F7)
    dialog = window.door.dialog
    assert isinstance(dialog, LoginDialog)
    qtbot.keyClicks(dialog.name, "zhang")
    qtbot.keyClicks(dialog.password, "secret")
    session, command = canned.hold("/api/v1/session"), canned.hold("/api/v1/commands")
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    assert dialog.wrong.text() == "sent…"
    session.set()
    qtbot.waitUntil(lambda: window.door.dialog is None)
    qtbot.waitUntil(lambda: bar.acknowledge.text() == "sent…")
    assert live_desk.model.alarms["alarm-0001"].state is AlarmState.UNACKNOWLEDGED
    assert not bar.acknowledge.isEnabled()
    command.set()
    qtbot.waitUntil(lambda: bar.status.message.text() == "Acknowledge: done")
    assert bar.newest.alarm.id == "alarm-0001"
    assert bar.status.person.text() == "张工"
    done = alarm(1, "air-conditioning-2.temperature", 2, AlarmState.ACKNOWLEDGED, acknowledged=NOW, actor="p1", actor_name="张工")
    canned.send("change", Change(seq=3, now=NOW, alarms=[done]))
    qtbot.waitUntil(lambda: bar.newest.alarm.id != "alarm-0001")
    sent = [body for _, path, _, body in canned.requests if path == "/api/v1/commands"]
    assert [one["act"]["alarms"] for one in sent] == [["alarm-0001"]]


def test_a_refusal_is_said_bold(qtbot, live_desk, canned: CannedStation):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="busy"))
    qtbot.keyClick(live_desk.window, Qt.Key.Key_F8)
    message = live_desk.window.bar.status.message
    qtbot.waitUntil(lambda: bool(message.text()))
    assert message.text() == "Silence: refused: the station is busy: try again"
    assert message._bold
    assert not live_desk.window.bar.status.duty.isVisible()
    for _ in range(20):
        live_desk.model.beat.emit()
    assert message.text() == ""
    assert live_desk.window.bar.status.duty.isVisible()


def test_what_is_said_moves_nothing_that_was_there(qtbot, desk):
    status = desk.window.bar.status
    before = [widget.geometry() for widget in (status.age, status.station, status.person)]
    status.say("Acknowledge: refused: a long sentence that tells why and what to do about it now", False)
    qtbot.wait(1)
    assert status.message.isVisible() and status.message.x() > status.station.x()
    assert [widget.geometry() for widget in (status.age, status.station, status.person)] == before
    desk.window.set_language("zh_CN")
    assert status.message.text() == "", "said in the other language"


@pytest.mark.parametrize("ask", [LoginDialog, FirstStartDialog])
def test_silence_is_at_hand_while_a_dialog_asks(qtbot, live_desk, canned: CannedStation, ask):
    canned.answers["/api/v1/commands"] = (200, DONE)
    window = live_desk.window
    window.door.open(ask(live_desk.link, print, window) if ask is FirstStartDialog else ask(live_desk.link, "", None, window))
    qtbot.waitUntil(lambda: window.door.dialog.isActiveWindow())
    qtbot.keyClick(window.door.dialog.name, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: window.bar.status.message.text() == "Silence: done")
    assert window.door.dialog.isVisible()


def test_an_alarm_that_has_returned_is_not_told_as_one_that_stands(desk):
    bar = desk.window.bar
    standing = alarm(1, "air-conditioning-2.temperature", 1, AlarmState.UNACKNOWLEDGED)
    back = alarm(1, "air-conditioning-2.temperature", 1, AlarmState.RETURNED, returned=NOW)
    for told, words, bold in ((standing, False, True), (back, True, False)):
        bar.newest.show_alarm(told)
        _, (_, _, font) = bar.newest.painted_texts()
        assert ("returned, unacknowledged" in bar.newest.toolTip()) is words
        assert font.bold() is bold


def test_of_a_long_alarm_the_figure_stays(qtbot, desk):
    desk.window.resize(1024, 640)
    qtbot.wait(1)
    _, sentence = texts(desk.window.bar.newest)
    assert sentence.startswith("Return") and "…" in sentence and sentence.endswith("31.4 °C")


def test_silence_needs_no_login(qtbot, live_desk, canned: CannedStation):
    canned.answers["/api/v1/commands"] = (200, DONE)
    qtbot.mouseClick(live_desk.window.bar.silence, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live_desk.window.bar.status.message.text() == "Silence: done")
    body = canned.requests[-1][3]
    assert body["act"]["kind"] == "alarm.silence"
    assert body["act"]["console"]


def test_acts_without_a_station_are_refused_here(qtbot, desk):
    desk.model.set_connected(False)
    qtbot.keyClick(desk.window, Qt.Key.Key_F7)
    assert desk.window.bar.status.message.text() == "Acknowledge: refused: no station: nothing was sent"
    assert desk.window.door.dialog is None


def test_a_wrong_password_is_said_in_the_dialog(qtbot, live_desk, canned: CannedStation):
    canned.answers["/api/v1/session"] = (401, Refusal(code="too_many_attempts", params={"seconds": 30}))
    qtbot.mouseClick(live_desk.window.bar.status.person, Qt.MouseButton.LeftButton)
    dialog = live_desk.window.door.dialog
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert dialog.wrong.text() == "Type a name and a password."
    dialog.name.setText("zhang")
    dialog.password.setText("nope")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "30 s" in dialog.wrong.text())
    assert dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert live_desk.window.door.dialog is None


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_logging_out_is_at_hand(qtbot, live_desk, canned: CannedStation):
    window = live_desk.window
    qtbot.mouseClick(window.bar.status.person, Qt.MouseButton.LeftButton)
    window.door.dialog.name.setText("zhang")
    window.door.dialog.password.setText("pw")
    qtbot.mouseClick(window.door.dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.bar.status.person.text() == "张工")
    qtbot.mouseClick(window.bar.status.person, Qt.MouseButton.LeftButton)
    menu = next(one for one in window.findChildren(QMenu) if one is not window.nav.menu and one.isVisible())
    menu.actions()[-1].trigger()
    menu.close()
    assert window.bar.status.person.text() == "Log in"


def test_demo_people_are_shown_and_taken(qtbot, live_desk, canned: CannedStation):
    people = [{"name": "zhang", "display": "张工", "password": "k3-Tulip-99", "roles": ["duty", "odd"]}]
    (canned.data / "demo-people.json").write_text(json.dumps(people))
    live_desk.window.ask_login()
    dialog = live_desk.window.door.dialog
    qtbot.mouseClick(dialog.people_buttons[0], Qt.MouseButton.LeftButton)
    assert (dialog.name.text(), dialog.password.text()) == ("zhang", "k3-Tulip-99")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live_desk.link.person is not None)


@pytest.mark.parametrize("told", ["", "{}", '[{"name": "x"}]', "[5]"])
def test_a_broken_list_of_demo_people_is_none(qtbot, live_desk, canned, told):
    (canned.data / "demo-people.json").write_text(told)
    live_desk.window.ask_login()
    assert live_desk.window.door.dialog.people_buttons == []


def test_the_first_administrator_is_made_and_then_logs_in(qtbot, live_desk, canned: CannedStation):
    window = live_desk.window
    window.door._asks = True
    canned.answers["/api/v1/setup"] = (422, Refusal(code="weak_password", params={"length": 12}))
    live_desk.model.apply_change(Change(seq=3, now=NOW, station=station_info(setup_required=True)))
    dialog = window.door.dialog
    assert isinstance(dialog, FirstStartDialog)
    qtbot.waitUntil(dialog.name.hasFocus)
    assert window.bar.status.person.text() == "Make the first administrator"
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    assert dialog.wrong.text() == "Fill in all four lines."
    for field, text in ((dialog.name, "admin"), (dialog.display, "管理员"), (dialog.password, "short"), (dialog.again, "other")):
        field.setText(text)
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    assert dialog.wrong.text() == "The two passwords differ."
    dialog.again.setText("short")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "at least 12 characters" in dialog.wrong.text())
    canned.answers["/api/v1/setup"] = (201, Refusal(code=""))
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(window.door.dialog, LoginDialog))
    assert window.door.dialog.name.text() == "admin"


def test_the_language_changes_everywhere_at_once(qtbot, desk):
    window = desk.window
    for page, _ in PAGES:
        window.show_page(page)
    told = []
    window.languageChanged.connect(told.append)
    chinese = next(action for action in window.nav.menu.actions() if action.data() == "zh_CN")
    chinese.trigger()
    assert language() == "zh_CN"
    assert told == ["zh_CN"]
    assert window.windowTitle() == "一号机房 · CityOps Desktop · 演示"
    assert texts(window.bar.counts[0]) == ["3", "紧急"]
    assert window.nav.group.button(0).text() == "总览"
    assert window.bar.silence.text() == "消音  F8"
    assert texts(window.bar.status.duty) == ["当班：未登记"]
    window.set_language("en")
    assert window.nav.group.button(0).text() == "Overview"


def test_the_colours_change_everywhere_at_once(qtbot, desk):
    dark = next(action for action in desk.window.nav.menu.actions() if action.data() == "dark")
    dark.trigger()
    assert theme.current() is theme.DARK
    picture = desk.window.grab().toImage()
    assert picture.pixelColor(picture.width() - 3, picture.height() - 3).lightness() < 90


def test_a_fault_of_the_console_is_logged_and_said_once(qtbot, desk, expected_log):
    expected_log("a fault of the console")
    said = []
    border = Border(said.append)
    for _ in range(3):
        try:
            raise KeyError("gone")
        except KeyError as error:
            border._caught(KeyError, error, error.__traceback__)
    assert said == ["KeyError: 'gone'"]


def test_the_first_painted_values_are_told_once(qtbot, desk):
    window = desk.window
    qtbot.waitUntil(lambda: window._values_seen)
    qtbot.wait(1)
    told = []
    window.painted.connect(lambda: told.append(1))
    window.grab()
    qtbot.wait(1)
    assert not told
    window._values_seen = False
    window.grab()
    qtbot.waitUntil(lambda: told == [1])


def test_alarms_are_not_delayed_by_the_throttle():
    assert room_module.ALARM_MS <= 50
