"""Writing to a point from F4: who is offered it, what can be typed, and how each outcome is told."""

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from cityops_desktop.link.acts import CommandResult, WritePoint
from cityops_desktop.link.messages import WriteInfo
from cityops_desktop.model.people import Outcome
from tests.conftest import FakeClock
from tests.ui.pages.equipment.equipmentroom import Answers, device_detail
from tests.ui.pages.equipment.test_identity import log_in
from tests.ui.rooms import copy_of_room
from ui.dialogs.setvalue import SetValueDialog, allowed_text

POINT = "air-conditioning-2.temperature"
LIMITS = WriteInfo(low=18, high=28, step=0.5)


@pytest.fixture
def answers(qapp, desk, monkeypatch):
    answers = Answers(desk.model)
    monkeypatch.setattr(desk.link, "device", answers.device)
    desk.model._clock = FakeClock()
    desk.model.apply_copy(copy_of_room())
    desk.window.activateWindow()
    qapp.processEvents()
    yield answers
    desk.window.hide()


@pytest.fixture
def sent(desk, monkeypatch):
    """Orders on their way, and how to answer them."""
    orders = []
    monkeypatch.setattr(desk.link, "command", lambda act, then, wait_ms: orders.append((act, then, wait_ms)))
    return orders


@pytest.fixture
def dialog(qtbot, desk, answers, sent):
    log_in(desk, "point.write")
    dialog = SetValueDialog(desk.window.acts, desk.model, POINT, LIMITS)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def look(widget, name):
    if folder := os.environ.get("LOOK"):
        widget.grab().save(f"{folder}/{name}.png")


def offered(desk, answers, qtbot, write):
    detail = device_detail(desk.model, "air-conditioning-2")
    for one in detail.points:
        one.write = write if one.point.key == POINT else None
    panel_of(desk, qtbot)
    desk.window._panel.watch.detail = detail
    desk.window._panel.watch.changed.emit()
    return desk.window._panel


def panel_of(desk, qtbot):
    desk.window.point_details()
    desk.window._panel.show_point(POINT)


@pytest.mark.parametrize(("write", "shown"), [(None, False), (LIMITS, True), (WriteInfo(states=[0, 1], automatic=True), False)])
def test_only_what_people_may_write_has_the_button(desk, answers, qtbot, write, shown):
    panel = offered(desk, answers, qtbot, write)
    assert panel.write.isVisible() is shown
    look(panel, f"panel-{shown}")


def test_the_button_opens_the_dialog_for_who_may(desk, answers, qtbot):
    shown = []
    desk.window.acts.dialogWanted.disconnect()
    desk.window.acts.dialogWanted.connect(shown.append)
    panel = offered(desk, answers, qtbot, LIMITS)
    log_in(desk, "point.write")
    panel.write.setFocus()
    qtbot.keyClick(panel.write, Qt.Key.Key_Space)
    [dialog] = shown
    assert isinstance(dialog, SetValueDialog)
    dialog.deleteLater()


def test_who_may_not_is_told_so(desk, answers, qtbot):
    panel = offered(desk, answers, qtbot, LIMITS)
    log_in(desk)
    said = []
    desk.window.acts.said.connect(lambda words, well: said.append(words))
    qtbot.mouseClick(panel.write, Qt.MouseButton.LeftButton)
    assert said and "no right" in said[0]


@pytest.mark.parametrize("text", ["", "warm", "17.5", "28.5", "23.7", "1e400", "nan"])
def test_what_may_not_be_written_is_not_sent(dialog, sent, qtbot, text):
    qtbot.keyClicks(dialog.value, text)
    qtbot.keyClicks(dialog.reason, "why")
    qtbot.keyClick(dialog.reason, Qt.Key.Key_Return)
    assert not sent and "18.0 to 28.0 °C, in steps of 0.5" in dialog.wrong.text()


def test_an_order_needs_a_reason(dialog, sent, qtbot):
    qtbot.keyClicks(dialog.value, "23.5")
    qtbot.keyClick(dialog.value, Qt.Key.Key_Return)
    assert not sent and "Reason" in dialog.wrong.text()


def give(dialog, sent, qtbot, **result):
    dialog.value.clear()
    qtbot.keyClicks(dialog.value, "23,5")
    dialog.reason.clear()
    qtbot.keyClicks(dialog.reason, "hot spot in row B")
    qtbot.keyClick(dialog.reason, Qt.Key.Key_Return)
    act, then, wait = sent.pop()
    assert isinstance(act, WritePoint) and (act.point, act.value, act.reason) == (POINT, 23.5, "hot spot in row B") and wait == 15_000
    assert not dialog.send.isEnabled()
    then(CommandResult(id="12345678", **result))


def test_done_says_what_was_read_back_and_is_over(dialog, sent, qtbot):
    look(dialog, "set-value")
    give(dialog, sent, qtbot, outcome=Outcome.DONE, data={"before": 22.0, "after": 23.5})
    assert dialog.wrong.text() == "Done. The device reads back 23.5 °C."
    assert dialog.send.isHidden() and dialog.leave.hasFocus()
    look(dialog, "set-value-done")
    qtbot.keyClick(dialog.leave, Qt.Key.Key_Return)
    assert not dialog.isVisible()


def test_unknown_says_so_and_cannot_be_given_again_from_here(dialog, sent, qtbot):
    give(dialog, sent, qtbot, outcome=Outcome.UNKNOWN, code="write_no_echo", params={"before": 22.0})
    assert "nobody knows" in dialog.wrong.text() and dialog.send.isHidden() and not dialog.value.isEnabled()
    look(dialog, "set-value-unknown")


@pytest.mark.parametrize(
    ("code", "params", "words"),
    [
        ("write_exception", {"number": 3}, "exception 3"),
        ("write_not_taken", {"after": 22.0}, "reads back 22.0"),
        ("write_not_read", {}, "nothing was written"),
    ],
)
def test_a_failure_says_why_and_leaves_the_entry(dialog, sent, qtbot, code, params, words):
    give(dialog, sent, qtbot, outcome=Outcome.FAILED, code=code, params=params)
    assert words in dialog.wrong.text() and dialog.send.isEnabled() and dialog.value.text() == "23,5"
    give(dialog, sent, qtbot, outcome=Outcome.DONE, data={"after": 23.5})


def test_states_are_chosen_by_name_and_the_other_one_is_offered(desk, answers, qtbot, sent):
    key = next(key for key, point in desk.model.points.items() if point.kind == "digital")
    limits = WriteInfo(states=[0, 1])
    dialog = SetValueDialog(desk.window.acts, desk.model, key, limits)
    qtbot.addWidget(dialog)
    assert isinstance(dialog.value, QComboBox) and dialog.value.count() == 2
    assert float(dialog.value.currentData()) != desk.model.live[key].value
    assert allowed_text(desk.model.points[key], limits) == ", ".join(dialog.value.itemText(n) for n in range(2))
