"""The page People on a station of canned answers: what it shows, what it asks, and that each act sends exactly what it says."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPlainTextEdit

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Refusal
from cityops_desktop.model.people import Limited, Outcome, Preset, Role, Way
from cityops_desktop.people import rights as matrix
from tests.ui.canned_station import CannedStation
from tests.ui.peoplerooms import DOMAIN, conformity_page, people_page, rights_page, session_of
from tests.ui.rooms import NOW
from tests.ui.walker import walk
from ui.dialogs.approval import BeginDialog
from ui.frame.login import LoginDialog
from ui.models import asking
from ui.pages.people.apart import APART
from ui.pages.people.wholetabs import LineDialog
from ui.widgets.form import ActDialog

OPENS_A_PAGE = True

KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton
DONE = CommandResult(id="x", outcome=Outcome.DONE)
ALL = (Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR)


@pytest.fixture
def page(qtbot, live_desk, canned: CannedStation):
    """Shown to an administrator who may grant as well."""
    canned.answers["/api/v1/people"] = (200, people_page())
    canned.answers["/api/v1/conformity"] = (200, conformity_page())
    canned.answers["/api/v1/rights"] = (200, rights_page())
    canned.answers["/api/v1/commands"] = (200, DONE)
    live_desk.link._set_session(session_of(*ALL))
    live_desk.window.show_page("people")
    page = live_desk.window.page("people")
    qtbot.waitUntil(lambda: page.people is not None)
    return page


def choose(page, id: str) -> None:
    page.list.choose(id)
    assert page.list.chosen_id() == id


def tab(page, wanted) -> object:
    page.tabs.setCurrentWidget(wanted)
    return wanted


def acts(canned: CannedStation) -> list[dict]:
    return [body["act"] for method, path, _, body in canned.requests if (method, path) == ("POST", "/api/v1/commands")]


def filled(qtbot, desk, button, /, **texts: str) -> ActDialog:
    """Press the button, type these, Enter; the dialog closes when the station says yes."""
    qtbot.mouseClick(button, LEFT)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, ActDialog)
    for key, text in texts.items():
        edit = dialog.edits[key.replace("_again", " again")]
        if isinstance(edit, QComboBox):
            edit.setCurrentIndex(edit.findData(text))
        elif isinstance(edit, QPlainTextEdit):
            edit.setPlainText(text)
        elif text.isascii():
            edit.clear()
            qtbot.keyClicks(edit, text)
        else:
            edit.setText(text)  # an input method writes it
    qtbot.mouseClick(dialog.send, LEFT)
    return dialog


def test_the_list_says_who_is_in_which_state_by_word_and_sign(page):
    assert page.list.texts() == [
        ["系统管理员 admin", "active"],
        ["审计管理员 auditor", "expired 2026-09-18"],
        ["李班长 li", "active"],
        ["安全管理员 security", "never logged in"],
        ["王工 wang", "locked until 22:28"],
        ["张工 zhang", "active"],
        ["赵工 zhao", "on leave until 2026-09-27"],
        ["Former Colleague of the night shift former-colleague", "disabled"],
    ]


def test_search_finds_people_by_key(qtbot, page, live_desk):
    qtbot.keyClick(page.list, KEY.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(page.search.hasFocus)
    page.search.setText("工")
    qtbot.keyClicks(page.search, " zh")
    assert [row[0] for row in page.list.texts()] == ["张工 zhang", "赵工 zhao"]
    assert page.account_tab.account.name == "zhang"


def test_the_facts_of_an_account(page):
    choose(page, "p1")
    facts = dict(page.account_tab.sheet.texts())
    assert facts["Roles here and now"] == "duty, engineer"
    assert facts["Second factor"] == "code app (TOTP), recovery codes"
    assert facts["Leave"].startswith("2026-10-31") and facts["Leave"].endswith("second half")


@pytest.mark.parametrize(
    ("chosen", "button", "typed", "act"),
    [
        (
            "p1",
            "new",
            {"name": "sun", "display": "孙工", "password": "Aa1-aa-aa-aa", "password_again": "Aa1-aa-aa-aa", "role": "duty"},
            {"kind": "account.create", "name": "sun", "display": "孙工", "password": "Aa1-aa-aa-aa", "roles": ["duty"], "expires": None}
            | {"temporary": True},
        ),
        (
            "p1",
            "change",
            {"display": "张大工", "expires": "2027-01-01 00:00"},
            {"kind": "account.change", "account": "p1", "display": "张大工", "expires": 1_798_732_800_000},
        ),
        ("p1", "enable", {"why": "left us"}, {"kind": "account.enable", "account": "p1", "enabled": False, "why": "left us"}),
        ("p8", "enable", {"why": "back"}, {"kind": "account.enable", "account": "p8", "enabled": True, "why": "back"}),
        (
            "p1",
            "reset",
            {"password": "Aa1-aa-aa-aa", "password_again": "Aa1-aa-aa-aa"},
            {"kind": "account.reset_password", "account": "p1", "password": "Aa1-aa-aa-aa"},
        ),
        ("p1", "factor", {"why": "lost the phone"}, {"kind": "factor.reset", "account": "p1", "why": "lost the phone"}),
        (
            "p1",
            "leave",
            {"begins": "2026-10-01", "ends": "2026-10-08 08:00", "why": "holiday"},
            {"kind": "account.absence", "account": "p1", "begins": 1_790_784_000_000, "ends": 1_791_417_600_000, "why": "holiday"},
        ),
    ],
)
def test_an_act_on_an_account_sends_what_it_says(qtbot, live_desk, canned: CannedStation, page, chosen, button, typed, act):
    choose(page, chosen)
    asked = sum(path == "/api/v1/people" for _, path, _, _ in canned.requests)
    filled(qtbot, live_desk, getattr(page.account_tab, button), **typed)
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    assert acts(canned) == [act]
    qtbot.waitUntil(lambda: sum(path == "/api/v1/people" for _, path, _, _ in canned.requests) == asked + 1)


def test_acts_without_a_question(qtbot, live_desk, canned: CannedStation, page):
    choose(page, "p3")
    qtbot.mouseClick(page.account_tab.unlock, LEFT)
    choose(page, "p1")
    leave = next(n for n, row in enumerate(page.account_tab.sheet.texts()) if row[0] == "Leave")
    page.account_tab.sheet.selectRow(leave)
    qtbot.mouseClick(page.account_tab.back, LEFT)
    roles = tab(page, page.roles_tab)
    roles.sheet.selectRow(1)
    qtbot.mouseClick(roles.revoke, LEFT)
    sessions = tab(page, page.sessions_tab)
    sessions.sheet.choose("session-2")
    qtbot.mouseClick(sessions.end, LEFT)
    consoles = tab(page, page.consoles_tab)
    consoles.sheet.choose("c1")
    qtbot.mouseClick(consoles.revoke, LEFT)
    qtbot.waitUntil(lambda: len(acts(canned)) == 5)
    assert sorted(acts(canned), key=lambda act: act["kind"]) == [
        {"kind": "account.absence_end", "absence": "l2"},
        {"kind": "account.unlock", "account": "p3"},
        {"kind": "console.revoke", "console": "c1"},
        {"kind": "role.revoke", "grant": "g2"},
        {"kind": "session.revoke", "session": "session-2"},
    ]


def test_a_role_is_granted_in_a_domain_until_a_day(qtbot, live_desk, canned: CannedStation, page):
    choose(page, "p7")
    roles = tab(page, page.roles_tab)
    filled(qtbot, live_desk, roles.grant, role="shift_leader", ends="2026-12-31")
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    granted = {"kind": "role.grant", "account": "p7", "role": "shift_leader", "domain": DOMAIN, "ends": 1_798_646_400_000}
    assert acts(canned) == [granted]


def test_what_level_3_keeps_apart_is_said_before_trying(qtbot, live_desk, canned: CannedStation, page):
    canned.answers["/api/v1/people"] = (200, people_page(Preset.MLPS3))
    page._asking.ask()
    qtbot.waitUntil(lambda: page.people.preset is Preset.MLPS3)
    choose(page, "p4")
    roles = tab(page, page.roles_tab)
    assert "Kept apart" in roles.head.text()
    qtbot.mouseClick(roles.grant, LEFT)
    dialog = live_desk.window.door.dialog
    box = dialog.edits["role"]
    box.setCurrentIndex(box.findData("duty"))
    assert dialog.wrong.text() == "系统管理员 is administrator: the role duty must lie with another person."
    box.setCurrentIndex(box.findData("viewer"))
    assert dialog.wrong.text() == ""


def test_what_is_kept_apart_here_is_what_the_station_keeps_apart():
    assert set(APART) == set(matrix.SEPARATE)


def test_a_remote_console_gets_its_line_to_type(qtbot, live_desk, canned: CannedStation, page):
    line = "cityops-desktop console pair 192.0.2.7:8443 ABCD-EFGH"
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE, data={"line": line, "expires": NOW + 600_000}))
    consoles = tab(page, page.consoles_tab)
    assert "3f3f 3f3f" in consoles.head.text()
    assert [row[1] for row in consoles.sheet.texts()] == ["let in", "waits until 22:22", "shut out 2026-09-20 22:13"]
    filled(qtbot, live_desk, consoles.pair, name="office")
    qtbot.waitUntil(lambda: isinstance(live_desk.window.door.dialog, LineDialog))
    assert live_desk.window.door.dialog.line.text() == line
    assert acts(canned) == [{"kind": "console.pair", "name": "office"}]


def test_the_staff_file_says_what_ends_and_is_written(qtbot, live_desk, canned: CannedStation, page):
    choose(page, "p1")
    staff = tab(page, page.staff_tab)
    states = {row[1]: row[2] for row in staff.sheet.texts()}
    assert states == {
        "低压电工作业": "expires soon: 10 d",
        "高压电工作业": "no longer valid",
        "保密协议": "valid",
        "UPS maintenance": "planned",
        "消防演练": "done",
        "上岗考核": "passed (92)",
        "上岗考核（第一次）": "not passed (51.5)",
    }
    dialog = filled(qtbot, live_desk, staff.add, entry="examination", title="复训", begins="2026-02-30")
    assert dialog.wrong.text() == "From: this is no date: 2026-02-30"
    qtbot.keyClick(dialog, KEY.Key_Escape)
    filled(qtbot, live_desk, staff.add, entry="examination", title="复训", begins="2026-02-20", result="passed", score="88")
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    staff.sheet.choose("s1")
    filled(qtbot, live_desk, staff.strike, why="wrong person")
    qtbot.waitUntil(lambda: len(acts(canned)) == 2)
    put, end = acts(canned)
    assert (put["entry"], put["title"], put["begins"], put["ends"], put["result"], put["score"]) == (
        "examination",
        "复训",
        "2026-02-20",
        None,
        "passed",
        88.0,
    )
    assert end == {"kind": "staff.end", "id": "s1", "why": "wrong person"}


def test_rules_are_read_published_and_retired(qtbot, live_desk, canned: CannedStation, page):
    rules = tab(page, page.rules_tab)
    assert [row[-1] for row in rules.sheet.texts()] == ["read by 2 of 7", "read by 0 of 7", "retired"]
    rules.sheet.choose("r1")
    assert "每两小时巡视" in rules.text.toPlainText()
    assert rules.readers.texts()[:3] == [["张工", "2026-09-20 22:13"], ["李班长", "2026-09-19 22:13"], ["王工", "not yet"]]
    filled(qtbot, live_desk, rules.next, text="new text")
    qtbot.waitUntil(lambda: live_desk.window.door.dialog is None)
    filled(qtbot, live_desk, rules.retire, why="obsolete")
    qtbot.waitUntil(lambda: len(acts(canned)) == 2)
    assert acts(canned) == [
        {"kind": "rule.publish", "code": "ROOM-01", "title": "机房出入管理规定", "text": "new text"},
        {"kind": "rule.retire", "rule": "r1", "why": "obsolete"},
    ]
    rules.sheet.choose("r3")
    assert not rules.retire.isEnabled() and rules.retire.toolTip() == "this rule is retired"


def test_the_conformity_list_and_the_matrix_are_asked_when_looked_at(qtbot, canned: CannedStation, page):
    assert not [path for _, path, _, _ in canned.requests if path in ("/api/v1/conformity", "/api/v1/rights")]
    conformity = tab(page, page.conformity_tab)
    qtbot.waitUntil(lambda: bool(conformity.sheet.texts()))
    assert conformity.sheet.texts()[0][0] == "not met"
    rights = tab(page, page.matrix_tab)
    qtbot.waitUntil(lambda: bool(rights.sheet.texts()))
    by_kind = {row[0]: row[1:] for row in rights.sheet.texts()}
    assert by_kind["acknowledge alarms"] == ["", "●", "●", "●", "", "", ""]
    assert by_kind["change the preset"] == ["", "", "", "", "②", "②", ""]


@pytest.mark.parametrize("what", ["preset", "factor"])
def test_what_needs_two_persons_begins_so(qtbot, live_desk, canned: CannedStation, page, what):
    page._answered(people_page(Preset.MLPS3))
    choose(page, "p1")
    button = tab(page, page.matrix_tab).preset if what == "preset" else page.account_tab.factor
    qtbot.mouseClick(button, LEFT)
    dialog = live_desk.window.door.dialog
    assert isinstance(dialog, BeginDialog)
    qtbot.keyClicks(dialog.why, "as agreed")
    qtbot.keyClicks(dialog.password, "secret")
    qtbot.mouseClick(dialog.send, LEFT)
    qtbot.waitUntil(lambda: len(acts(canned)) == 1)
    wanted = {"kind": "policy.set", "preset": "basic"} if what == "preset" else {"kind": "factor.reset", "account": "p1"}
    assert acts(canned)[0]["act"] == wanted | {"why": "as agreed"}


def test_buttons_say_why_they_cannot_be_pressed(page, live_desk):
    tab_of = page.account_tab
    choose(page, "p1")
    assert tab_of.change.isEnabled() and not tab_of.unlock.isEnabled()
    assert tab_of.unlock.toolTip() == "this account is not locked"
    live_desk.link.session = session_of(Role.SHIFT_LEADER)
    page._show_tab()
    assert not tab_of.change.isEnabled() and "no right" in tab_of.change.toolTip()
    live_desk.link.session = session_of(*ALL, limited=Limited.CHANGE_PASSWORD)
    page._show_tab()
    assert "change the password first" in tab_of.change.toolTip()
    live_desk.model.set_connected(False)
    page._show_tab()
    assert "no station" in tab_of.change.toolTip()


def test_who_came_by_pin_is_asked_for_the_password(qtbot, live_desk, canned: CannedStation, page):
    live_desk.link._set_session(session_of(*ALL, way=Way.PIN))
    choose(page, "p3")
    qtbot.mouseClick(page.account_tab.unlock, LEFT)
    dialog = live_desk.window.door.dialog
    assert isinstance(dialog, LoginDialog) and "Unlock 王工" in dialog.purpose.text()
    canned.answers["/api/v1/session"] = (201, session_of(*ALL))
    qtbot.keyClicks(dialog.name, "admin")
    qtbot.keyClicks(dialog.password, "secret")
    qtbot.keyClick(dialog.password, KEY.Key_Return)
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "account.unlock", "account": "p3"}])


def test_a_refusal_stays_in_the_dialog_with_what_was_typed(qtbot, live_desk, canned: CannedStation, page):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="name_taken"))
    typed = {"name": "zhang", "display": "张", "password": "Aa1-aa-aa-aa", "password_again": "Aa1-aa-aa-aa"}
    dialog = filled(qtbot, live_desk, page.account_tab.new, **typed)
    qtbot.waitUntil(lambda: "an account with this name exists" in dialog.wrong.text())
    assert dialog.isVisible() and dialog.typed("name") == "zhang"


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: f"{size[0]}")
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_in_any_tab(qtbot, qapp, live_desk, page, language, size):
    window = live_desk.window
    window.set_language(language)
    window.resize(*size)
    faults = []
    for number in range(page.tabs.count()):
        page.tabs.setCurrentIndex(number)
        qtbot.waitUntil(lambda: bool(page.tabs.currentWidget().sheet.model().columnCount()))
        page._listed(conformity_page())
        page._ruled(rights_page(Preset.MLPS3))
        for chosen in ("p1", "p5"):
            choose(page, chosen)
            qapp.processEvents()
            faults += walk(window, f"tab {number} {chosen}").faults
        assert window.size().toTuple() == size
    assert not faults, "\n".join(faults)


# who may see it


def test_nobody_sees_people_before_the_log_in(qtbot, live_desk, canned: CannedStation):
    live_desk.window.show_page("people")
    page = live_desk.window.page("people")
    assert "Nobody is logged in." in page.refused.text() and "auditor may see people" in page.refused.text()
    assert not [path for _, path, _, _ in canned.requests if path == "/api/v1/people"], "a refusal would stand in the record"
    qtbot.mouseClick(page.login, LEFT)
    assert isinstance(live_desk.window.door.dialog, LoginDialog)


def test_who_may_not_see_people_is_told_who_may(qtbot, live_desk, canned: CannedStation):
    live_desk.link._set_session(session_of(Role.DUTY))
    live_desk.window.show_page("people")
    page = live_desk.window.page("people")
    assert "no right" in page.refused.text() and not page.login.isVisible()
    assert {role for role in Role if matrix.allowed("people.read", [role])} == {
        Role.SHIFT_LEADER,
        Role.ADMINISTRATOR,
        Role.SECURITY_ADMINISTRATOR,
        Role.AUDITOR,
    }


def test_people_go_from_the_screen_with_the_person(qtbot, live_desk, canned: CannedStation, page):
    assert page.sides.currentIndex() == 1
    canned.answers["/api/v1/people"] = (401, Refusal(code="not_logged_in"))
    page._asking.ask()
    qtbot.waitUntil(lambda: live_desk.link.session is None)
    assert page.sides.currentIndex() == 0 and page.people is None and page.list.texts() == []


def test_a_lost_station_leaves_what_was_told_as_old(qtbot, live_desk, canned: CannedStation, page):
    live_desk.model.set_connected(False)
    assert page.sides.currentIndex() == 1
    assert page.age.font().bold()
    assert not page.account_tab.new.isEnabled()


def test_a_hidden_page_asks_nothing(qtbot, live_desk, canned: CannedStation, page, monkeypatch):
    live_desk.window.show_page("alarms")
    canned.requests.clear()
    page._asking.ask()
    live_desk.link._set_session(session_of(*ALL))
    qtbot.wait(1)
    assert not [path for _, path, _, _ in canned.requests if path == "/api/v1/people"]
    assert not page._asking._timer.isActive()
    assert asking.AGAIN_MS == 10_000


def test_the_chosen_account_stays_chosen(qtbot, page):
    choose(page, "p7")
    page._answered(people_page(now=NOW + 1000))
    assert page.list.chosen_id() == "p7"
