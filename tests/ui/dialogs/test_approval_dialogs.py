"""Two persons at a station of canned answers: begun, seen at every console, agreed to here or by phone, withdrawn, over."""

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.link.acts import CommandResult, ResetFactor, SetPolicy
from cityops_desktop.link.messages import ApprovalInfo, Change
from cityops_desktop.model.people import Outcome, Preset, Role
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, station_info
from tests.ui.test_accessible import describe, focusable, spoken
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.dialogs.approval import BeginDialog, WaitingDialog, approve

DIGEST = "ab" * 32
INFO = ApprovalInfo(
    id="a1",
    kind="policy.set",
    about={"preset": "mlps3", "why": "inspection"},
    digest=DIGEST,
    challenge="12345678",
    initiator="p9",
    initiator_name="周安全",
    console="office",
    opened=NOW,
    expires=NOW + 300_000,
)
DONE = CommandResult(id="1", outcome=Outcome.DONE)
BEGUN = CommandResult(
    id="1", outcome=Outcome.DONE, data={"approval": "a1", "digest": DIGEST, "challenge": "12345678", "expires": NOW + 300_000}
)


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


def tell(desk, *waiting: ApprovalInfo, now: int = NOW + 1000) -> None:
    desk.model.apply_change(Change(seq=9, now=now, station=station_info(approvals=list(waiting))))


def waiting_dialog(qtbot, desk) -> WaitingDialog:
    tell(desk, INFO)
    qtbot.mouseClick(desk.window.approvals.open, Qt.MouseButton.LeftButton)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, WaitingDialog)
    return dialog


@pytest.fixture
def desk(canned, live_desk):
    canned.answers["/api/v1/commands"] = (200, DONE)
    live_desk.link._set_session(session_of(Role.SECURITY_ADMINISTRATOR))
    return live_desk


def test_who_begins_says_why_and_gives_the_password_anew(qtbot, canned, desk):
    approve(desk.link, desk.window.acts, "policy.set", lambda why: SetPolicy(preset=Preset.MLPS3, why=why), {"preset": "mlps3"})
    dialog = desk.window.door.dialog
    assert isinstance(dialog, BeginDialog)
    assert dialog.purpose.text() == "Set the preset of the whole station to “level 3 of GB/T 22239”."
    qtbot.keyClick(dialog.why, Qt.Key.Key_Return)
    assert dialog.wrong.text() == "Say why, and type your password." and not acts(canned)
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="1", outcome=Outcome.REFUSED, code="second_factor_required"))
    qtbot.keyClicks(dialog.why, "inspection")
    qtbot.keyClicks(dialog.password, "Secret-1")
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    qtbot.waitUntil(dialog.code.isVisible)
    canned.answers["/api/v1/commands"] = (200, BEGUN)
    qtbot.keyClicks(dialog.code, "123456")
    qtbot.keyClick(dialog.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(desk.window.door.dialog, WaitingDialog))
    act = {"kind": "policy.set", "preset": "mlps3", "why": "inspection"}
    assert acts(canned)[-1] == {"kind": "approval.open", "password": "Secret-1", "code": "123456", "act": act}
    assert desk.window.door.dialog.challenge.text() == "1234 5678"


def test_a_factor_is_reset_by_name(desk):
    make = lambda why: ResetFactor(account="p4", why=why)  # noqa: E731
    approve(desk.link, desk.window.acts, "factor.reset", make, {"account": "p4", "name": "李工"})
    assert desk.window.door.dialog.purpose.text() == "End all second factors of 李工."


def test_every_console_says_calmly_what_waits(qtbot, desk):
    strip = desk.window.approvals
    assert strip.isHidden()
    tell(desk, INFO)
    assert strip.isVisible()
    assert strip.words.text() == (
        "Two-person act waits, 4:59 left, begun by 周安全: Set the preset of the whole station to “level 3 of GB/T 22239”."
    )
    assert theme.current().critical not in strip.styleSheet()
    tell(desk)
    assert strip.isHidden()


def test_the_second_person_agrees_here_while_somebody_else_is_logged_in(qtbot, canned, desk):
    dialog = waiting_dialog(qtbot, desk)
    assert dialog.by.text() == "Reason: inspection\nBegun by 周安全 at office. Time left: 4:59"
    qtbot.keyClicks(dialog.name, "wu")
    qtbot.keyClicks(dialog.password, "Secret-2")
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.window.door.dialog is None)
    assert acts(canned) == [
        {"kind": "approval.confirm", "approval": "a1", "digest": DIGEST, "name": "wu", "password": "Secret-2", "code": "", "answer": ""}
    ]
    assert desk.link.session is not None


def test_the_second_person_agrees_by_phone(qtbot, canned, desk):
    dialog = waiting_dialog(qtbot, desk)
    dialog.ways.tabBar().setFocus()
    qtbot.keyClick(dialog.ways.tabBar(), Qt.Key.Key_Right)
    assert dialog.challenge.isVisible() and dialog.challenge.text() == "1234 5678"
    qtbot.keyClicks(dialog.phone_name, "wu")
    qtbot.keyClicks(dialog.answer, "876 543")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.window.door.dialog is None)
    assert acts(canned)[0]["answer"] == "876543" and acts(canned)[0]["password"] == ""


def test_refused_is_said_and_the_password_is_gone(qtbot, canned, desk):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="1", outcome=Outcome.REFUSED, code="same_person"))
    dialog = waiting_dialog(qtbot, desk)
    qtbot.keyClicks(dialog.name, "zhou")
    qtbot.keyClicks(dialog.password, "Secret-2")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "somebody else" in dialog.wrong.text())
    assert dialog.password.text() == "" and dialog.name.text() == "zhou"


def test_withdrawn(qtbot, canned, desk):
    dialog = waiting_dialog(qtbot, desk)
    qtbot.mouseClick(dialog.withdraw, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.window.door.dialog is None)
    assert acts(canned) == [{"kind": "approval.withdraw", "approval": "a1"}]


def test_it_ends_by_itself_when_it_waits_no_more_or_the_time_is_over(qtbot, desk):
    dialog = waiting_dialog(qtbot, desk)
    tell(desk)
    assert dialog.wrong.text() == "It waits no more: agreed to or withdrawn." and not dialog.send.isEnabled()
    dialog.reject()
    dialog = waiting_dialog(qtbot, desk)
    tell(desk, INFO, now=NOW + 300_000)
    assert dialog.wrong.text() == "The time is over: begin again."


@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qtbot, qapp, desk, language, colours):
    theme.apply(qapp, theme.THEMES[colours])
    desk.window.set_language(language)
    begin = BeginDialog(desk.link, desk.window.acts, "factor.reset", lambda why: ResetFactor(account="p4", why=why), {"name": "李工"})
    wait = WaitingDialog(desk.link, desk.window.acts, INFO)
    tell(desk, INFO)
    faults = walk(desk.window, "strip").faults
    keep(desk.window, f"approval-strip-{language}-{colours}")
    for tab, dialog in ((0, begin), (0, wait), (1, wait)):
        if dialog is wait:
            wait.ways.setCurrentIndex(tab)
        qtbot.addWidget(dialog)
        dialog.show()
        qapp.processEvents()
        faults += walk(dialog, type(dialog).__name__).faults
        keep(dialog, f"{type(dialog).__name__}-{tab}-{language}-{colours}")
        assert not [describe(one) for one in focusable(dialog) if not spoken(one)]
    assert not faults, "\n".join(faults)
