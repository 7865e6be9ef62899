"""Who a device is, on the equipment page: the line, the dialog that admits, and a device that is told to who is logged in only."""

import os

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from cityops_desktop.link.acts import AdmitDevices, CommandResult
from cityops_desktop.link.messages import AlarmInfo, Change, DevicesPage, FingerprintInfo, IdentityInfo, LiveInfo
from cityops_desktop.link.people import PersonInfo, SessionInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.model.readings import Quality, Reason
from tests.conftest import FakeClock
from tests.ui.pages.equipment.equipmentroom import Answers
from tests.ui.rooms import NOW, copy_of_room
from tests.ui.walker import walk
from ui.models.devicewords import device_word
from ui.models.identitywords import compared, waiting_device
from ui.pages.equipment.identity import Others, admit_dialog

OPENS_A_PAGE = True

DEVICE = "air-conditioning-2"
PLACE = {"bus": "line1", "address": "3", "profile": "crac"}
UNIT = {"maker": "Acme", "model": "C20", "serial": "A1"}
FOUND = IdentityInfo(device=DEVICE, waits="", known=FingerprintInfo(place=PLACE, facts=UNIT), since=NOW, actor="station", admitted=NOW)
SWAPPED = FOUND.model_copy(
    update={
        "waits": "changed",
        "level": 2,
        "seen": FingerprintInfo(place=PLACE, facts={**UNIT, "serial": "<b>B2</b>"}),
        "differs": ["serial"],
        "digest": "a" * 64,
    }
)
NEW = IdentityInfo(device=DEVICE, waits="new", level=3, seen=FingerprintInfo(place=PLACE), since=NOW, digest="b" * 64)


@pytest.fixture
def answers(desk, monkeypatch) -> Answers:
    answers = Answers(desk.model)
    monkeypatch.setattr(desk.link, "device", answers.device)
    return answers


@pytest.fixture
def page(qapp, desk, answers):
    desk.model._clock = FakeClock()
    desk.model.apply_copy(copy_of_room())
    desk.window.show_page("equipment")
    qapp.processEvents()
    page = desk.window.page("equipment")
    page.show_device(DEVICE)
    yield page
    desk.window.hide()
    shiboken6.delete(page)


def show(page, answers: Answers, identity: IdentityInfo) -> None:
    answers.at_once = False
    page.watch._ask()
    while answers.waiting:
        answers.answer(identity=identity)


def log_in(desk, *rights: str) -> None:
    person = PersonInfo(id="1", name="li", display="李工", roles=[Role.ENGINEER])
    desk.link._set_session(
        SessionInfo(token="t", id="s", person=person, expires=NOW + 10**9, rights=list(rights), limited="", way="full", idle_seconds=600)
    )


def test_the_line_says_who_it_is_and_by_whose_word(page, answers):
    show(page, answers, FOUND)
    text = page.identity.line.text()
    assert "found at commissioning" in text and "serial number A1" in text
    assert not page.identity.button.isVisible()
    show(page, answers, FOUND.model_copy(update={"actor": "1", "actor_name": "李工"}))
    assert "admitted by 李工" in page.identity.line.text()


def test_what_differs_is_said_by_sign_and_word(page, answers, desk):
    show(page, answers, SWAPPED)
    assert "not as it was admitted" in page.identity.line.text()
    assert "serial number: A1 → <b>B2</b>" in page.identity.line.text()
    assert page.identity.button.isVisible()
    dialog = admit_dialog(desk.window.acts, SWAPPED, "空调", desk.model)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "≠ differs" in texts and "<b>B2</b>" in texts
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in dialog.findChildren(QLabel) if label.text() == "<b>B2</b>")
    assert [row.name for row in compared(SWAPPED) if row.differs] == ["serial number"]


def test_an_engineer_admits_exactly_what_was_shown(page, answers, desk, qtbot, monkeypatch):
    sent = []
    done = CommandResult(id="12345678", outcome=Outcome.DONE)
    monkeypatch.setattr(desk.link, "command", lambda act, then: (sent.append(act), then(done)))
    shown = []
    monkeypatch.setattr(desk.window.door, "open", shown.append)
    desk.window.acts.dialogWanted.disconnect()
    desk.window.acts.dialogWanted.connect(shown.append)
    show(page, answers, SWAPPED)
    log_in(desk, "device.admit")
    qtbot.mouseClick(page.identity.button, Qt.MouseButton.LeftButton)
    [dialog] = shown
    dialog.show()
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    assert "Reason" in dialog.wrong.text() and not sent
    qtbot.keyClicks(dialog.edits["why"], "unit replaced")
    if folder := os.environ.get("LOOK"):
        dialog.grab().save(f"{folder}/admit.png")
        desk.window.grab().save(f"{folder}/equipment.png")
    qtbot.keyClick(dialog.edits["why"], Qt.Key.Key_Return)
    [act] = sent
    assert isinstance(act, AdmitDevices)
    assert (act.devices[0].device, act.devices[0].digest, act.why) == (DEVICE, "a" * 64, "unit replaced")
    dialog.deleteLater()


def test_the_facts_stand_in_one_order_whatever_kept_them(page, answers):
    turned = FOUND.model_copy(update={"known": FingerprintInfo(place=PLACE, facts=dict(reversed(UNIT.items())))})
    show(page, answers, turned)
    assert "maker Acme, model C20, serial number A1" in page.identity.line.text()


def test_several_of_one_line_are_admitted_by_one_act(page, answers, desk, qtbot, monkeypatch):
    bus = desk.model.devices[DEVICE].bus
    others = [id for id, device in desk.model.devices.items() if device.bus == bus and id != DEVICE][:2]
    keys = [point.key for point in desk.model.points.values() if point.device == others[0]]
    doubted = [desk.model.live[key].model_copy(update={"quality": Quality.UNCERTAIN, "reason": Reason.NOT_ADMITTED}) for key in keys]
    desk.model.apply_change(Change(seq=2, now=NOW, live=doubted))
    waiting = [NEW.model_copy(update={"device": id, "digest": digest * 64}) for id, digest in zip(others, "cd", strict=True)]
    elsewhere = NEW.model_copy(update={"device": next(id for id, one in desk.model.devices.items() if one.bus != bus)})
    told = DevicesPage(now=NOW, devices=[NEW, *waiting, elsewhere, FOUND.model_copy(update={"device": others[1]})])
    monkeypatch.setattr(desk.link, "ask", lambda path, kind, then, query=None, *, wait_ms=0: then(told))
    sent, shown = [], []
    done = CommandResult(id="12345678", outcome=Outcome.DONE)
    monkeypatch.setattr(desk.link, "command", lambda act, then: (sent.append(act), then(done)))
    desk.window.acts.dialogWanted.disconnect()
    desk.window.acts.dialogWanted.connect(shown.append)
    show(page, answers, NEW)
    log_in(desk, "device.admit")
    qtbot.mouseClick(page.identity.button, Qt.MouseButton.LeftButton)
    [dialog] = shown
    dialog.show()
    more = dialog.findChild(Others)
    assert list(more.ticks) == others and not more.chosen()
    assert "address: 3" in more.ticks[others[0]].accessibleName()
    qtbot.keyClick(more.ticks[others[1]], Qt.Key.Key_Space)
    assert more.chosen() == {others[1]: "d" * 64} and not more.all.isChecked()
    qtbot.keyClick(more.all, Qt.Key.Key_Space)
    qtbot.keyClick(more.ticks[others[1]], Qt.Key.Key_Space)
    assert not more.all.isChecked()
    assert not walk(dialog, "admit").faults
    qtbot.keyClicks(dialog.edits["why"], "as ordered")
    qtbot.keyClick(dialog.edits["why"], Qt.Key.Key_Return)
    [act] = sent
    assert {one.device: one.digest for one in act.devices} == {DEVICE: "b" * 64, others[0]: "c" * 64}
    dialog.deleteLater()


def test_a_device_that_waits_is_seen_in_the_tree(page, desk):
    keys = [point.key for point in desk.model.points.values() if point.device == DEVICE]
    doubted = [desk.model.live[key].model_copy(update={"quality": Quality.UNCERTAIN, "reason": Reason.NOT_ADMITTED}) for key in keys]
    desk.model.apply_change(Change(seq=2, now=NOW, live=doubted))
    assert device_word(desk.model, desk.model.devices[DEVICE], keys) == ("waits for admission", False)
    nothing = [LiveInfo(key=key, value=None, quality=Quality.BAD, reason=Reason.NOT_HEARD, time=NOW) for key in keys]
    desk.model.apply_change(Change(seq=3, now=NOW, live=nothing))
    assert device_word(desk.model, desk.model.devices[DEVICE], keys) == ("no answer yet", True)


def test_who_may_not_admit_is_told_so(page, answers, desk, qtbot):
    show(page, answers, NEW)
    assert "new, waits for its admission" in page.identity.line.text()
    log_in(desk)
    said = []
    desk.window.acts.said.connect(lambda words, well: said.append((words, well)))
    qtbot.mouseClick(page.identity.button, Qt.MouseButton.LeftButton)
    assert said and "no right" in said[0][0] and not said[0][1]


def test_a_sensitive_device_is_not_even_asked_for_until_somebody_is_logged_in(page, answers, desk):
    show(page, answers, FOUND)
    device = desk.model.devices[DEVICE]
    desk.model.devices[DEVICE] = device.model_copy(update={"sensitive": True})
    desk.link._set_session(None)
    before = len(answers.asked)
    page.watch._ask()
    assert len(answers.asked) == before and page.watch.detail is None
    assert "log in to see" in page.identity.line.text() and page.identity.button.isVisible()
    log_in(desk)
    assert len(answers.asked) == before + 1


def test_an_alarm_about_what_waits_leads_to_the_device(desk):
    desk.model.apply_copy(copy_of_room())
    bus = desk.model.devices[DEVICE].bus
    about = {"id": "1", "key": "k", "level": 3, "state": AlarmState.UNACKNOWLEDGED, "raised": NOW}
    changed = AlarmInfo(subject=DEVICE, cause=Cause.DEVICE_CHANGED, detail="serial", **about)
    new = AlarmInfo(subject=f"bus:{bus}", cause=Cause.DEVICE_NEW, detail="2", **about)
    desk.model.apply_change(Change(seq=2, now=NOW, alarms=[changed]))
    assert "serial number" in desk.model.alarm_text(changed).sentence
    assert "2 devices" in desk.model.alarm_text(new).sentence
    assert waiting_device(desk.model, changed) == DEVICE
    assert desk.model.devices[waiting_device(desk.model, new)].bus == bus
    lost = AlarmInfo(subject=DEVICE, cause=Cause.DEVICE_LOST, **about)
    assert waiting_device(desk.model, lost) == ""
