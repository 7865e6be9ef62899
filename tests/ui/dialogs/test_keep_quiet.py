"""Shelving and taking out of service at a station of canned answers: what is offered, what is said, what is sent, and by whom."""

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import ApprovalInfo, Change
from cityops_desktop.model.people import Outcome, Role, Way
from cityops_desktop.model.shifts import shift_end
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, copy_of_room, station_info
from tests.ui.test_accessible import describe, focusable, spoken
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.dialogs.approval import BeginDialog, WaitingDialog
from ui.dialogs.quiet import SHIFT
from ui.dialogs.service import ServiceDialog, can_serve, offer_service
from ui.dialogs.shelve import ShelveDialog, can_shelve, offer_shelve
from ui.frame.login import LoginDialog

OPENS_A_PAGE = True
MINUTE = 60_000
HIGH, LOW, WET = "ups-1.load#high1", "ups-1.load#low1", "leak-detection-1.wet#state1"
DONE = CommandResult(id="1", outcome=Outcome.DONE)
SHIFTS = ["08:00", "20:00"]


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


@pytest.fixture
def desk(canned, live_desk):
    canned.answers["/api/v1/commands"] = (200, DONE)
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER))
    return live_desk


def lengths(dialog) -> list[int]:
    return [dialog.length.itemData(n) for n in range(dialog.length.count())]


def shelving(desk, *keys: str) -> ShelveDialog:
    offer_shelve(desk.link, desk.window.acts, desk.model, keys)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, ShelveDialog)
    return dialog


def serving(desk, about: str) -> ServiceDialog:
    offer_service(desk.link, desk.window.acts, desk.model, about)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, ServiceDialog)
    return dialog


def test_which_why_and_how_long_and_it_is_sent_as_it_was_said(qtbot, canned, desk):
    dialog = shelving(desk, HIGH, LOW, HIGH)
    assert dialog.purpose.text().splitlines() == [
        "Major: UPS 1 · Output load ratio > 96.0 %",
        "Minor: UPS 1 · Output load ratio < 4.0 %",
    ]
    assert lengths(dialog) == [15, 30, 60, 120, 240], "the worst of them decides"
    assert dialog.length.currentData() == 30 and dialog.focusWidget() is dialog.why
    qtbot.keyClick(dialog.why, Qt.Key.Key_Return)
    assert dialog.wrong.text() == "Fill in: Why" and not acts(canned)
    qtbot.keyClick(dialog.length, Qt.Key.Key_Down)
    assert dialog.length.currentData() == 60
    qtbot.keyClicks(dialog.why, "sensor flutters")
    qtbot.keyClick(dialog.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.window.door.dialog is None)
    [act] = acts(canned)
    assert (act["kind"], act["keys"], act["why"]) == ("alarm.shelve", [HIGH, LOW], "sensor flutters")
    assert NOW + 60 * MINUTE <= act["until"] <= desk.model.now() + 60 * MINUTE


def test_nothing_is_offered_that_outlives_the_shift(desk):
    copy = copy_of_room()
    copy.room.shifts = SHIFTS
    end = shift_end(SHIFTS, "Asia/Shanghai", NOW)
    assert end is not None
    copy.now = end - 100 * MINUTE
    desk.model.apply_copy(copy)
    dialog = shelving(desk, HIGH)
    assert lengths(dialog) == [15, 30, 60, SHIFT]
    dialog.length.setCurrentIndex(3)
    assert dialog.length.currentText() == "until the shift ends, 08:00"
    assert dialog.until() == end
    desk.model.apply_change(Change(seq=5, now=end - 20 * MINUTE))
    dialog.length.setCurrentIndex(2)
    assert dialog.until() == end, "an hour that was offered ends with the shift, too"
    dialog.reject()
    assert lengths(shelving(desk, HIGH)) == [15, SHIFT]


def test_the_turn_of_a_roster_goes_before_the_shifts_of_the_room_file(desk):
    copy = copy_of_room().model_copy(deep=True)
    copy.room.shifts = SHIFTS
    copy.station.duty.begin, copy.station.duty.end = NOW - 60 * MINUTE, NOW + 25 * MINUTE
    desk.model.apply_copy(copy)
    dialog = shelving(desk, HIGH)
    assert lengths(dialog) == [15, SHIFT]
    dialog.length.setCurrentIndex(1)
    assert dialog.until() == NOW + 25 * MINUTE


def test_the_highest_level_goes_the_way_of_two_persons(qtbot, canned, desk):
    dialog = shelving(desk, WET, HIGH)
    assert lengths(dialog) == [15, 30, 60] and dialog.why.isHidden()
    assert "second person" in dialog.happens.text()
    qtbot.keyClick(dialog.length, Qt.Key.Key_Return)
    begin = desk.window.door.dialog
    assert isinstance(begin, BeginDialog)
    assert begin.purpose.text().startswith("Shelve until 22:43: Leak detection 1 · Leak = wet; UPS 1 · Output load ratio > 96.0 %")
    begun = {"approval": "a1", "digest": "ab" * 32, "challenge": "12345678", "expires": NOW + 300_000}
    canned.answers["/api/v1/commands"] = (200, DONE.model_copy(update={"data": begun}))
    qtbot.keyClicks(begin.why, "rope exchanged")
    qtbot.keyClicks(begin.password, "Secret-1")
    qtbot.keyClick(begin.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(desk.window.door.dialog, WaitingDialog))
    [act] = acts(canned)
    inner = act["act"]
    assert (act["kind"], inner["kind"], inner["keys"], inner["why"]) == (
        "approval.open",
        "alarm.shelve_critical",
        [WET, HIGH],
        "rope exchanged",
    )
    assert NOW + 30 * MINUTE <= inner["until"] <= desk.model.now() + 30 * MINUTE
    assert "rope exchanged" in desk.window.door.dialog.by.text()


def test_every_console_tells_the_second_person_what_and_until_when(desk):
    about = {"keys": f"{WET}\n{HIGH}", "until": NOW + 50 * MINUTE, "why": "x"}
    more = {"digest": "ab" * 32, "challenge": "1", "initiator": "p", "initiator_name": "张工", "console": "c", "opened": NOW}
    shelf = ApprovalInfo(id="a", kind="alarm.shelve_critical", about=about, expires=NOW + 300_000, **more)
    target = {"target": "device:ups-1", "until": NOW + 50 * MINUTE, "why": "x"}
    service = ApprovalInfo(id="b", kind="service.begin_critical", about=target, expires=NOW + 299_000, **more)
    desk.model.apply_change(Change(seq=9, now=NOW, station=station_info(approvals=[shelf])))
    assert "Shelve until 23:03: Leak detection 1 · Leak = wet; UPS 1 · Output load ratio" in desk.window.approvals.words.text()
    desk.model.apply_change(Change(seq=10, now=NOW, station=station_info(approvals=[service])))
    assert "Take out of service until 23:03: UPS 1, with 1 limits of the highest level." in desk.window.approvals.words.text()


def test_what_is_worked_on_is_chosen_from_the_small_to_the_large(qtbot, canned, desk):
    dialog = serving(desk, "ups-1.load")
    assert [dialog.target.itemData(n) for n in range(dialog.target.count())] == ["device:ups-1", "bus:line2"]
    assert "4 points with 7 limits, 1 of the highest level" in dialog.happens.text()
    assert dialog.why.isHidden() and dialog.send.text() == "Two persons…"
    assert lengths(dialog)[-1] == 1440
    qtbot.keyClick(dialog.target, Qt.Key.Key_Down)
    assert dialog.chosen() == "bus:line2"
    dialog.reject()

    copy = copy_of_room()
    for point in copy.room.points:
        point.limits = [limit for limit in point.limits if limit.level > 1]
    desk.model.apply_copy(copy)
    dialog = serving(desk, "device:ups-1")
    assert dialog.send.text() == "Out of service" and dialog.focusWidget() is dialog.why
    qtbot.keyClicks(dialog.why, "fan")
    qtbot.keyClick(dialog.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.window.door.dialog is None)
    act = acts(canned)[-1]
    assert (act["kind"], act["target"], act["why"]) == ("service.begin", "device:ups-1", "fan")


def test_what_the_station_refuses_stays_in_the_dialog_in_words(qtbot, canned, desk):
    refused = CommandResult(id="1", outcome=Outcome.REFUSED, code="beyond_the_shift")
    canned.answers["/api/v1/commands"] = (200, refused)
    dialog = shelving(desk, HIGH)
    qtbot.keyClicks(dialog.why, "x")
    qtbot.keyClick(dialog.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "outlives the shift" in dialog.wrong.text())
    assert dialog.send.isEnabled() and dialog.why.text() == "x"


def test_whoever_may_not_is_told_and_who_is_not_there_is_asked_to_log_in(qtbot, desk):
    said = []
    desk.window.acts.said.connect(lambda words, well: said.append((words, well)))
    desk.link._set_session(session_of(Role.AUDITOR))
    offer_shelve(desk.link, desk.window.acts, desk.model, [HIGH])
    assert desk.window.door.dialog is None
    assert said == [("Shelve: this person has no right to do this: ask a colleague who has", False)]
    for session in (None, session_of(Role.DUTY, way=Way.PIN)):
        desk.link._set_session(session)
        offer_shelve(desk.link, desk.window.acts, desk.model, [HIGH])
        login = desk.window.door.dialog
        assert isinstance(login, LoginDialog)
        login.reject()


def test_what_cannot_be_shelved_or_worked_on_is_not_offered(desk):
    assert can_shelve([HIGH, "ups-1#lost", "bus:line1#lost"])
    assert not can_shelve([]) and not can_shelve([HIGH, "station#recording"]) and not can_shelve(["ups-1#new"])
    assert not can_shelve([f"a.b#{n}" for n in range(101)])
    said = []
    desk.window.acts.said.connect(lambda words, _well: said.append(words))
    offer_shelve(desk.link, desk.window.acts, desk.model, [WET, *(f"{point}#high1" for point in list(desk.model.points)[:20])])
    assert desk.window.door.dialog is None and "20 at a time" in said[0]
    assert can_serve(desk.model, "ups-1") and can_serve(desk.model, "bus:line1") and can_serve(desk.model, "ups-1.load")
    assert not can_serve(desk.model, "station") and not can_serve(desk.model, "bus:none")


@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_and_everything_has_a_name(qapp, desk, language, colours):
    theme.apply(qapp, theme.THEMES[colours])
    desk.window.set_language(language)
    for name, dialog in (
        ("shelve", shelving(desk, *(f"{device}.load#high1" for device in list(desk.model.devices)[:7]))),
        ("shelve-two", shelving(desk, WET)),
        ("service", serving(desk, "ups-2.load")),
    ):
        dialog.show()
        qapp.processEvents()
        dialog.say("x" * 20)
        qapp.processEvents()
        keep(dialog, f"quiet-{name}-{language}-{colours}")
        seen = walk(dialog, name)
        assert not seen.faults, "\n".join(seen.faults)
        assert not [describe(one) for one in focusable(dialog) if not spoken(one)]
        dialog.reject()
