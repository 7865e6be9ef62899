"""My account on a station of canned answers: what it tells, and that each act sends exactly what it says."""

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Limited, Outcome, Role
from tests.ui.canned_station import CannedStation
from tests.ui.peoplerooms import DAY, own_page, session_of
from tests.ui.rooms import NOW
from tests.ui.walker import walk
from ui.widgets.form import ActDialog
from ui.widgets.owndialogs import FactorDialog

OPENS_A_PAGE = True

LEFT = Qt.MouseButton.LeftButton
DONE = CommandResult(id="x", outcome=Outcome.DONE)


@pytest.fixture
def page(qtbot, live_desk, canned: CannedStation):
    canned.answers["/api/v1/own"] = (200, own_page())
    canned.answers["/api/v1/commands"] = (200, DONE)
    live_desk.link._set_session(session_of(Role.DUTY, Role.ENGINEER))
    live_desk.window.show_page("account")
    page = live_desk.window.page("account")
    qtbot.waitUntil(lambda: page.own is not None)
    return page


def acts(canned: CannedStation) -> list[dict]:
    return [body["act"] for method, path, _, body in canned.requests if (method, path) == ("POST", "/api/v1/commands")]


def filled(qtbot, desk, button, /, **texts: str) -> ActDialog:
    qtbot.mouseClick(button, LEFT)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, ActDialog)
    for key, text in texts.items():
        qtbot.keyClicks(dialog.edits[key.replace("_again", " again")], text)
    qtbot.mouseClick(dialog.send, LEFT)
    return dialog


def test_who_i_am_and_what_i_may(page):
    assert page.me.head.text() == "张工 (zhang)"
    facts = dict(page.me.sheet.texts())
    assert facts["Roles here and now"] == "duty, engineer"
    assert facts["Password"] == "set 2026-09-01 22:13, 9 days left"
    assert (facts["PIN"], facts["Badge"]) == ("set", "none")
    rights = [row[0] for row in page.me.rights.texts()]
    assert "acknowledge alarms" in rights and "make accounts" not in rights
    assert page.tabs.tabText(4) == "Rules to read (1)"


@pytest.mark.parametrize(
    ("button", "typed", "act"),
    [
        ("password", {"old": "a", "new": "b", "new_again": "b"}, {"kind": "own.password", "old": "a", "new": "b"}),
        ("pin", {"password": "a", "pin": "824913", "pin_again": "824913"}, {"kind": "own.pin", "password": "a", "pin": "824913"}),
        ("pin_off", {"password": "a"}, {"kind": "own.pin", "password": "a", "pin": ""}),
        ("badge", {"password": "a", "badge": "0004711823"}, {"kind": "own.badge", "password": "a", "badge": "0004711823"}),
    ],
)
def test_an_act_sends_what_it_says(qtbot, live_desk, canned: CannedStation, page, button, typed, act):
    filled(qtbot, live_desk, getattr(page.me, button), **typed)
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    assert acts(canned) == [act]


def test_the_badge_reader_s_enter_sends_it(qtbot, live_desk, canned: CannedStation, page):
    qtbot.mouseClick(page.me.badge, LEFT)
    dialog = live_desk.window.door.dialog
    qtbot.keyClicks(dialog.edits["password"], "a")
    qtbot.keyClick(dialog.edits["password"], Qt.Key.Key_Return)
    assert dialog.wrong.text() == "Fill in: Badge", "Enter too early takes no badge away"
    qtbot.keyClicks(dialog.edits["badge"], "0004711823")
    qtbot.keyClick(dialog.edits["badge"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(acts(canned)))


def test_there_is_no_badge_to_remove(page):
    assert not page.me.badge_off.isEnabled()
    assert page.me.badge_off.toolTip() == "there is no badge"


def test_factors_are_told_begun_and_given_up(qtbot, live_desk, canned: CannedStation, page):
    page.tabs.setCurrentWidget(page.factors)
    assert [row[0] for row in page.factors.sheet.texts()] == ["code app (TOTP)", "recovery codes"]
    page.factors.sheet.choose("f2")
    assert not page.factors.end.isEnabled()
    page.factors.sheet.choose("f1")
    filled(qtbot, live_desk, page.factors.end, password="a")
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "own.factor_end", "password": "a", "factor": "f1"}])
    data = {"factor": "f9", "secret": "ABCDEFGH", "uri": "otpauth://ocra/x", "challenge": "49130727"}
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE, data=data))
    dialog = filled(qtbot, live_desk, page.factors.add_phone, password="a")
    assert isinstance(dialog, FactorDialog)
    qtbot.waitUntil(lambda: dialog.code is not None)
    assert any("4913 0727" in label.text() for label in dialog.findChildren(type(dialog.wrong)))
    canned.answers["/api/v1/commands"] = (200, DONE)
    qtbot.keyClicks(dialog.code, "123456")
    qtbot.keyClick(dialog.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    begin, confirm = acts(canned)[1:]
    assert (begin["factor"], confirm) == ("authenticator", {"kind": "own.factor_confirm", "factor": "f9", "code": "123456"})


def test_another_session_is_ended_and_not_this_one(qtbot, live_desk, canned: CannedStation, page):
    page.tabs.setCurrentWidget(page.sessions)
    page.sessions.sheet.choose("session-1")
    assert page.sessions.end.toolTip() == "this one ends by logging out"
    page.sessions.sheet.choose("session-2")
    qtbot.mouseClick(page.sessions.end, LEFT)
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "own.session_end", "session": "session-2"}])


def test_rules_are_read_and_acknowledged(qtbot, live_desk, canned: CannedStation, page):
    page.tabs.setCurrentWidget(page.rules)
    assert page.rules.head.text() == "1 rules wait to be read."
    assert page.rules.sheet.chosen_id() == "r2" and "巡视" in page.rules.text.toPlainText()
    qtbot.mouseClick(page.rules.acknowledge, LEFT)
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "rule.acknowledge", "rule": "r2"}])
    page.rules.sheet.choose("r1")
    assert page.rules.acknowledge.toolTip() == "this version is read"


def test_what_changed_since_my_last_shift_leads_to_the_record(qtbot, page):
    with qtbot.waitSignal(page.openAudit) as told:
        qtbot.mouseClick(page.since, LEFT)
    assert told.args == [NOW - DAY]


def test_a_session_that_must_do_something_first_sees_its_account(qtbot, live_desk, page):
    live_desk.link._set_session(session_of(Role.DUTY, limited=Limited.CHANGE_PASSWORD))
    assert page.own is not None and page.me.password.isEnabled()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_in_any_tab(qapp, live_desk, page, language):
    window = live_desk.window
    window.set_language(language)
    faults = []
    for number in range(page.tabs.count()):
        page.tabs.setCurrentIndex(number)
        qapp.processEvents()
        faults += walk(window, f"tab {number}").faults
    assert not faults, "\n".join(faults)


def test_nobody_has_no_account(qtbot, live_desk, page):
    live_desk.link.log_out()
    assert page.sides.currentIndex() == 0
    assert page.refused.text() == "Nobody is logged in."
