"""Coming, going and changing at the console, by real keys: second factor, PIN, badge, idle lock, first start, what must be done first."""

import json

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Beat, Change, Refusal
from cityops_desktop.link.people import QuickPerson, SessionInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.people import Limited, Outcome, Role, Way
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import SESSION
from tests.ui.peoplerooms import own_page, session_of
from tests.ui.rooms import BOOT, NOW, alarm, station_info
from tests.ui.walker import walk
from ui.frame.firststart import FirstStartDialog
from ui.frame.login import LoginDialog
from ui.frame.quick import GAP_SECONDS, QuickDialog
from ui.widgets.owndialogs import FactorDialog
from ui.widgets.qr import QrCode
from ui.window import PAGES

DONE = CommandResult(id="x", outcome=Outcome.DONE)
KEY = Qt.Key
BADGE = "0004711823"


def person(id: str, display: str, *, pin: bool = True, badge: bool = False) -> QuickPerson:
    return QuickPerson(id=id, name=f"name-{id}", display=display, pin=pin, badge=badge, until=NOW + 3_600_000)


def people_bytes(*people: QuickPerson) -> bytes:
    return json.dumps([one.model_dump() for one in people]).encode()


def sent(canned: CannedStation, path: str, verb: str = "POST") -> list[dict]:
    return [body for method, asked, _, body in canned.requests if (method, asked) == (verb, path)]


class Hand:
    """Types at the speed of a hand or of a reader, by a clock of its own."""

    def __init__(self, qtbot) -> None:
        self._qtbot = qtbot
        self.time = 100.0

    def __call__(self) -> float:
        return self.time

    def types(self, widget, text: str, gap: float = 0.2) -> None:
        for letter in text:
            self.time += gap
            self._qtbot.keyClicks(widget, letter)

    def enter(self, widget, gap: float = 0.2) -> None:
        self.time += gap
        self._qtbot.keyClick(widget, KEY.Key_Return)


@pytest.fixture
def hand(qtbot, monkeypatch):
    made = Hand(qtbot)
    monkeypatch.setattr("ui.frame.quick.time.monotonic", made)
    monkeypatch.setitem(QuickDialog.__init__.__kwdefaults__, "clock", made)
    return made


@pytest.fixture
def quick(qtbot, live_desk, canned: CannedStation, hand):
    """The dialog of F6 with two people who may come back."""
    canned.answers["/api/v1/session/quick"] = (200, people_bytes(person("p1", "张工"), person("p2", "李班长", badge=True)))
    window = live_desk.window
    qtbot.keyClick(window, KEY.Key_F6)
    dialog = window.door.dialog
    assert isinstance(dialog, QuickDialog)
    qtbot.waitUntil(lambda: len(dialog.buttons) == 2)
    # the canned station answers GET and POST of one path alike: from now on a session
    canned.answers["/api/v1/session/quick"] = (201, session_of(Role.DUTY, way=Way.PIN))
    canned.requests.clear()
    return dialog


def test_the_second_factor_is_asked_for_and_the_password_stays(qtbot, live_desk, canned: CannedStation):
    window = live_desk.window
    canned.answers["/api/v1/session"] = (401, Refusal(code="second_factor_required"))
    qtbot.mouseClick(window.bar.status.person, Qt.MouseButton.LeftButton)
    dialog = window.door.dialog
    assert not dialog.code.isVisible()
    qtbot.keyClicks(dialog.name, "zhang")
    qtbot.keyClicks(dialog.password, "secret")
    qtbot.keyClick(dialog.password, KEY.Key_Return)
    qtbot.waitUntil(dialog.code.hasFocus)
    assert dialog.code.isVisible() and dialog.password.text() == "secret"
    assert "second factor" in dialog.wrong.text()
    qtbot.keyClick(dialog.code, KEY.Key_Return)
    assert dialog.wrong.text() == "Type the code."
    canned.answers["/api/v1/session"] = (401, Refusal(code="wrong_code"))
    qtbot.keyClicks(dialog.code, "000000")
    qtbot.keyClick(dialog.code, KEY.Key_Return)
    qtbot.waitUntil(lambda: "wrong code" in dialog.wrong.text())
    canned.answers["/api/v1/session"] = (201, SESSION)
    qtbot.keyClicks(dialog.code, "123456")
    qtbot.keyClick(dialog.code, KEY.Key_Return)
    qtbot.waitUntil(lambda: live_desk.link.person is not None)
    assert [body["code"] for body in sent(canned, "/api/v1/session")] == ["", "000000", "123456"]
    assert {body["password"] for body in sent(canned, "/api/v1/session")} == {"secret"}


def test_a_key_and_the_pin_bring_a_person_back_who_acknowledges(qtbot, live_desk, canned: CannedStation, quick, hand):
    assert quick.chosen is None
    hand.types(quick.pin, "2")
    assert quick.chosen.display == "李班长" and quick.buttons[1].isChecked()
    hand.types(quick.pin, "824913")
    assert quick.pin.text() == "0" * 6, "dots as many as digits, and never the digits"
    hand.enter(quick.pin)
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    assert sent(canned, "/api/v1/session/quick") == [{"console": live_desk.link.console, "account": "p2", "pin": "824913", "badge": ""}]
    canned.answers["/api/v1/commands"] = (200, DONE)
    qtbot.waitUntil(live_desk.window.isActiveWindow)
    qtbot.keyClick(live_desk.window, KEY.Key_F7)
    qtbot.waitUntil(lambda: live_desk.window.bar.status.message.text() == "Acknowledge: done")
    done = alarm(1, "air-conditioning-2.temperature", 2, AlarmState.ACKNOWLEDGED, acknowledged=NOW, actor="p1", actor_name="张工")
    canned.send("change", Change(seq=3, now=NOW, alarms=[done]))
    qtbot.waitUntil(lambda: live_desk.model.alarms["alarm-0001"].state is AlarmState.ACKNOWLEDGED)


def test_a_click_chooses_as_well(qtbot, live_desk, canned: CannedStation, quick, hand):
    qtbot.mouseClick(quick.buttons[0], Qt.MouseButton.LeftButton)
    hand.types(quick.pin, "135790")
    qtbot.keyClick(quick.pin, KEY.Key_Backspace)
    hand.types(quick.pin, "1")
    qtbot.mouseClick(quick.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    assert [body["pin"] for body in sent(canned, "/api/v1/session/quick")] == ["135791"]


@pytest.mark.parametrize("before", ["", "1", "1824"], ids=["at once", "after a choice", "after half a PIN"])
@pytest.mark.parametrize("where", ["pin", "button"])
def test_a_badge_needs_no_choice_and_is_never_shown(qtbot, live_desk, canned: CannedStation, quick, hand, before, where):
    hand.types(quick.pin, before)
    at = quick.pin if where == "pin" else quick.buttons[0]
    hand.time += 1.0
    for letter in BADGE:
        hand.types(at, letter, gap=GAP_SECONDS / 5)
        assert BADGE[:4] not in quick.pin.text()
    assert len(quick.pin.text()) <= 3
    hand.enter(at, gap=GAP_SECONDS / 5)
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    assert sent(canned, "/api/v1/session/quick") == [{"console": live_desk.link.console, "account": "", "pin": "", "badge": BADGE}]


def test_what_a_hand_types_is_no_badge(qtbot, live_desk, canned: CannedStation, quick, hand):
    hand.types(quick.pin, BADGE, gap=GAP_SECONDS * 2)
    hand.enter(quick.pin)
    assert "Choose who you are" in quick.wrong.text()
    assert sent(canned, "/api/v1/session/quick") == []


def test_a_wrong_pin_is_said_and_the_person_stays_chosen(qtbot, live_desk, canned: CannedStation, quick, hand):
    canned.answers["/api/v1/session/quick"] = (401, Refusal(code="wrong_pin", params={"left": 2}))
    hand.types(quick.pin, "1111119")
    hand.enter(quick.pin)
    qtbot.waitUntil(lambda: "2 more tries" in quick.wrong.text())
    assert quick.chosen.id == "p1" and quick.pin.text() == ""
    assert live_desk.link.session is None
    hand.types(quick.pin, "222228")
    hand.enter(quick.pin)
    qtbot.waitUntil(lambda: len(sent(canned, "/api/v1/session/quick")) == 2)
    assert [body["pin"] for body in sent(canned, "/api/v1/session/quick")] == ["111119", "222228"]


def test_nobody_to_come_back_leads_to_the_password(qtbot, live_desk, canned: CannedStation):
    canned.answers["/api/v1/session/quick"] = (200, b"[]")
    qtbot.mouseClick(live_desk.window.bar.status.change, Qt.MouseButton.LeftButton)
    dialog = live_desk.window.door.dialog
    qtbot.waitUntil(lambda: "first log-in of a shift" in dialog.who.text())
    qtbot.keyClick(dialog.password, KEY.Key_Return)
    assert isinstance(live_desk.window.door.dialog, LoginDialog)


def test_the_log_in_leads_to_the_quick_change_and_keeps_the_act(qtbot, live_desk, canned: CannedStation, hand):
    canned.answers["/api/v1/session/quick"] = (200, people_bytes(person("p1", "张工")))
    canned.answers["/api/v1/commands"] = (200, DONE)
    window = live_desk.window
    qtbot.keyClick(window, KEY.Key_F7)
    qtbot.waitUntil(window.door.dialog.isActiveWindow)
    qtbot.keyClick(window.door.dialog.name, KEY.Key_F6)
    dialog = window.door.dialog
    assert isinstance(dialog, QuickDialog)
    qtbot.waitUntil(lambda: dialog.chosen is not None)  # one person only: no choice
    canned.answers["/api/v1/session/quick"] = (201, session_of(Role.DUTY, way=Way.PIN))
    hand.types(dialog.pin, "824913")
    hand.enter(dialog.pin)
    qtbot.waitUntil(lambda: window.bar.status.message.text() == "Acknowledge: done")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_quick_change_cuts_nothing(qtbot, quick, live_desk, language):
    live_desk.window.set_language(language)
    quick.say("refused: wrong PIN: 2 more tries, then log in with the password")
    assert not walk(quick, "quick").faults


@pytest.mark.parametrize("path", ["/api/v1/session/quick", "/api/v1/session"])
def test_an_answer_to_a_dialog_that_was_left_is_nobody_s(qtbot, live_desk, canned: CannedStation, path):
    held = canned.hold(path)
    window = live_desk.window
    if path.endswith("quick"):
        window.door.quick()
    else:
        window.ask_login("", lambda: pytest.fail("nobody wanted it any more"))
        window.door.dialog.name.setText("zhang")
        window.door.dialog.password.setText("pw")
        qtbot.mouseClick(window.door.dialog.send, Qt.MouseButton.LeftButton)
    qtbot.keyClick(window.door.dialog, KEY.Key_Escape)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    canned.answers["/api/v1/session/quick"] = (200, people_bytes(person("p1", "张工")))
    held.set()
    qtbot.waitUntil(lambda: not live_desk.link.wire.waits())
    assert window.door.dialog is None


# the idle lock


def live_session(live_desk, qtbot, **more: object) -> SessionInfo:
    session = session_of(Role.DUTY, **more)
    live_desk.link._set_session(session)
    return session


def test_nobody_at_the_console_takes_the_person_and_leaves_the_pages(qtbot, live_desk, canned: CannedStation):
    live_session(live_desk, qtbot, idle_seconds=60)
    status = live_desk.window.bar.status
    assert status.person.text() == "张工"
    canned.send("beat", Beat(seq=3, now=NOW + 50_000, boot=BOOT, newest=NOW))
    qtbot.waitUntil(lambda: live_desk.model.now() >= NOW + 50_000)
    live_desk.model.beat.emit()
    assert live_desk.link.session is not None
    canned.send("beat", Beat(seq=4, now=NOW + 70_000, boot=BOOT, newest=NOW))
    qtbot.waitUntil(lambda: live_desk.link.session is None)
    assert status.person.text() == "Locked"
    assert live_desk.model.connected and len(live_desk.model.live) > 100
    live_desk.window.show_page("trends")
    assert live_desk.window.page("trends").isVisible()
    canned.send("beat", Beat(seq=5, now=NOW + 72_000, boot=BOOT, newest=NOW))
    qtbot.waitUntil(lambda: live_desk.model.now() >= NOW + 72_000)
    qtbot.keyClick(live_desk.window, KEY.Key_F7)
    assert isinstance(live_desk.window.door.dialog, LoginDialog), "an act asks who is there"


def test_keys_and_mouse_are_told_but_seldom(qtbot, live_desk, canned: CannedStation):
    canned.answers["/api/v1/session"] = (204, b"")
    live_session(live_desk, qtbot, idle_seconds=60)
    window = live_desk.window
    handle = window.windowHandle()
    live_desk.window.attendance.watch(handle)

    def use() -> None:
        QTest.mouseMove(handle, QPoint(300, 300))
        QTest.keyClick(handle, KEY.Key_Shift)

    use()
    assert sent(canned, "/api/v1/session", "PUT") == []
    for seconds in (30, 40, 90):
        live_desk.model.apply_beat(Beat(seq=9, now=NOW + seconds * 1000, boot=BOOT, newest=NOW))
        live_desk.model.beat.emit()
        use()
    qtbot.waitUntil(lambda: len(sent(canned, "/api/v1/session", "PUT")) == 2)
    assert live_desk.link.session is not None
    canned.answers["/api/v1/session"] = (401, Refusal(code="not_logged_in"))
    live_desk.model.apply_beat(Beat(seq=9, now=NOW + 120_000, boot=BOOT, newest=NOW))
    use()
    qtbot.waitUntil(lambda: live_desk.link.session is None)
    assert live_desk.link.locked


# what must be done first


def test_a_temporary_password_leads_straight_to_another(qtbot, live_desk, canned: CannedStation):
    window = live_desk.window
    canned.answers["/api/v1/session"] = (201, session_of(Role.DUTY, limited=Limited.CHANGE_PASSWORD))
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="weak_password", params={"length": 10}))
    canned.answers["/api/v1/own"] = (200, own_page(sessions=[]))
    reached = []
    window.ask_login("", lambda: reached.append(1))
    login = window.door.dialog
    login.name.setText("zhang")
    login.password.setText("temporary")
    qtbot.keyClick(login.password, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.door.dialog not in (None, login))
    dialog = window.door.dialog
    assert dialog.typed("old") == "temporary"
    qtbot.waitUntil(dialog.edits["new"].hasFocus)
    qtbot.keyClicks(dialog.edits["new"], "weak")
    qtbot.keyClick(dialog.edits["new"], KEY.Key_Return)
    assert "differs" in dialog.wrong.text()
    qtbot.keyClicks(dialog.edits["new again"], "weak")
    qtbot.keyClick(dialog.edits["new again"], KEY.Key_Return)
    qtbot.waitUntil(lambda: "at least 10" in dialog.wrong.text())
    assert not reached
    canned.answers["/api/v1/commands"] = (200, DONE)
    qtbot.keyClick(dialog.edits["new again"], KEY.Key_Return)
    qtbot.waitUntil(lambda: bool(reached))
    assert live_desk.link.session.limited is Limited.NOTHING
    assert sent(canned, "/api/v1/commands")[-1]["act"] == {"kind": "own.password", "old": "temporary", "new": "weak"}


def test_a_compulsory_second_factor_is_enrolled_step_by_step(qtbot, live_desk, canned: CannedStation):
    window = live_desk.window
    canned.answers["/api/v1/session"] = (201, session_of(Role.DUTY, limited=Limited.ENROL_FACTOR))
    data = {"factor": "f9", "secret": "ABCDEFGHIJKLMNOP", "uri": "otpauth://totp/CityOps:zhang?secret=ABCDEFGHIJKLMNOP"}
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE, data=data))
    canned.answers["/api/v1/own"] = (200, own_page(sessions=[]))
    reached = []
    window.ask_login("", lambda: reached.append(1))
    window.door.dialog.name.setText("zhang")
    window.door.dialog.password.setText("right")
    qtbot.keyClick(window.door.dialog.password, KEY.Key_Return)
    qtbot.waitUntil(lambda: isinstance(window.door.dialog, FactorDialog))
    dialog = window.door.dialog
    assert dialog.typed("password") == "right"
    qtbot.keyClick(dialog.edits["name"], KEY.Key_Return)
    qtbot.waitUntil(lambda: dialog.code is not None)
    assert len(dialog.findChildren(QrCode)) == 1
    qtbot.waitUntil(lambda: not walk(dialog, "factor").faults)
    assert any("ABCD EFGH IJKL MNOP" in label.text() for label in dialog.findChildren(type(dialog.wrong)))
    codes = " ".join(f"ABCDEFGH{n:02d}" for n in range(10))
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="wrong_code"))
    qtbot.keyClicks(dialog.code, "111111")
    qtbot.keyClick(dialog.code, KEY.Key_Return)
    qtbot.waitUntil(lambda: "wrong code" in dialog.wrong.text())
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE, data={"codes": codes}))
    qtbot.keyClicks(dialog.code, "222222")
    qtbot.keyClick(dialog.code, KEY.Key_Return)
    qtbot.waitUntil(lambda: dialog.kept is not None)
    shown = {label.text() for label in dialog.findChildren(type(dialog.wrong))}
    assert set(codes.split()) <= shown
    assert not walk(dialog, "codes").faults
    qtbot.keyClick(dialog, KEY.Key_Escape)
    assert dialog.isVisible() and "Keep the recovery codes" in dialog.wrong.text()
    assert not dialog.send.isEnabled()
    qtbot.keyClick(dialog.kept, KEY.Key_Space)
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(reached))
    kinds = [(body["act"]["kind"], body["act"].get("code")) for body in sent(canned, "/api/v1/commands")]
    assert kinds == [("own.factor_begin", None), ("own.factor_confirm", "111111"), ("own.factor_confirm", "222222")]


# the person's menu, the first start


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_menu_says_who_and_how_and_leads_to_the_own_account(qtbot, live_desk, canned: CannedStation):
    live_session(live_desk, qtbot, way=Way.BADGE, expires=live_desk.model.now() + 3_600_500)
    window = live_desk.window
    assert window.bar.status.person.toolTip() == "Logged in: 张工 (by badge)"
    qtbot.mouseClick(window.bar.status.person, Qt.MouseButton.LeftButton)
    menu = window.findChild(QMenu, "person menu")
    words = [action.text() for action in menu.actions()]
    assert words == ["张工 (zhang)", "Logged in by badge, 1 h 00 min left", "My account", "Change person\tF6", "Log out"]
    menu.actions()[2].trigger()
    menu.close()
    assert window.current == "account"
    assert window.nav.group.checkedButton() is None
    window.show_page("alarms")
    assert window.nav.group.checkedId() == [name for name, _ in PAGES].index("alarms")


def fill(qtbot, dialog: FirstStartDialog, name: str, password: str = "Right-1-Right") -> None:
    for field, text in ((dialog.name, name), (dialog.display, name.title()), (dialog.password, password), (dialog.again, password)):
        qtbot.keyClicks(field, text)
    qtbot.keyClick(dialog.again, KEY.Key_Return)


def test_three_persons_make_a_station_of_level_3(qtbot, live_desk, canned: CannedStation):
    window = live_desk.window
    canned.answers["/api/v1/setup"] = (201, b"[]")
    live_desk.model.apply_change(Change(seq=3, now=NOW, station=station_info(setup_required=True)))
    qtbot.mouseClick(window.bar.status.person, Qt.MouseButton.LeftButton)
    dialog = window.door.dialog
    assert isinstance(dialog, FirstStartDialog)
    qtbot.keyClick(dialog.preset, KEY.Key_Down)
    assert dialog.send.text() == "Next person"
    assert "Person 1 of 3: the administrator" in dialog.purpose.text()
    fill(qtbot, dialog, "anna")
    assert "Person 2 of 3: the security administrator" in dialog.purpose.text()
    assert dialog.password.text() == "" and not dialog.preset.isVisible()
    fill(qtbot, dialog, "Anna")
    assert "three different persons" in dialog.wrong.text()
    dialog.name.clear(), dialog.display.clear(), dialog.password.clear(), dialog.again.clear()
    fill(qtbot, dialog, "bob", "Right-2-Right")
    assert dialog.send.text() == "Make the accounts"
    assert sent(canned, "/api/v1/setup") == []
    fill(qtbot, dialog, "carl", "Right-3-Right")
    qtbot.waitUntil(lambda: isinstance(window.door.dialog, LoginDialog))
    assert window.door.dialog.name.text() == "anna"
    (body,) = sent(canned, "/api/v1/setup")
    assert body["preset"] == "mlps3"
    assert [body[role]["name"] for role in ("administrator", "security_administrator", "auditor")] == ["anna", "bob", "carl"]
