"""The self-test at the console: what stands there of the last tests, who can begin one, and what is told while it runs."""

import os

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.link.acts import RunSelfTest
from cityops_desktop.link.messages import SelfTestInfo, SelfTestStep
from cityops_desktop.model.selftest import StepOutcome
from cityops_desktop.sentences import COMMAND_CODES, SELF_TEST_CODES, SELF_TEST_STEPS
from cityops_desktop.sentences import self_test_step as step_name
from cityops_desktop.texts import tr
from tests.conftest import FakeClock
from tests.ui.pages.equipment.test_identity import log_in
from tests.ui.rooms import NOW, copy_of_room
from ui.pages.alarms.selftest import KIND, SelfTestDialog, offer_self_test, why_text
from ui.widgets.sheet import Sign

OK, FAILED, UNKNOWN = StepOutcome.OK, StepOutcome.FAILED, StepOutcome.UNKNOWN
STEPS = [
    SelfTestStep(name="sensor", outcome=OK, code="reading", detail="temperature-humidity-1.temperature", time=NOW - 9000),
    SelfTestStep(name="alarm", outcome=OK, code="recorded", time=NOW - 8000),
    SelfTestStep(name="screen", outcome=OK, code="consoles", detail="duty-desk, wall", time=NOW - 7000),
    SelfTestStep(name="sound", outcome=FAILED, code="no_console", time=NOW - 1000),
    SelfTestStep(name="output:beacon1", outcome=OK, code="read_back", time=NOW - 6000),
    SelfTestStep(name="output:horn1", outcome=FAILED, code="not_read_back", detail="write_no_line", time=NOW - 1000),
    SelfTestStep(name="sms", outcome=UNKNOWN, code="sent", time=NOW - 4000),
]
OVER = SelfTestInfo(id="t1", begun=NOW - 10_000, ended=NOW, actor_name="张工", outcome=FAILED, steps=STEPS)
RUNNING = SelfTestInfo(id="t2", begun=NOW - 1000, actor_name="李工", steps=[STEPS[0], SelfTestStep(name="alarm")])


@pytest.fixture
def panel(qtbot, desk):
    desk.model._clock = FakeClock()
    log_in(desk, KIND)
    desk.model.apply_copy(copy_of_room(self_tests=[OVER]))
    dialog = SelfTestDialog(desk.model, desk.window.acts)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog.panel
    desk.window.hide()


def told(desk, **station):
    desk.model.apply_copy(copy_of_room(**station))


def test_each_step_says_what_proves_it_or_why_not(panel):
    rows = {row[0]: row[1:3] for row in panel.steps.texts()}
    assert rows[step_name("output:horn1")] == [
        tr("FAILED"),
        tr("{what}: {why}", what=tr("the relay did not switch"), why=tr(COMMAND_CODES["write_no_line"])),
    ]
    assert rows[step_name("screen")] == [tr("proven"), tr("told by {detail}", detail="duty-desk, wall")]
    assert rows[step_name("sms")][0] == tr("not proven"), "nobody said that it arrived"
    signs = [row.cells[1].sign for row in panel.steps._rows.rows]
    assert signs == [Sign.TICK, Sign.TICK, Sign.TICK, Sign.CROSS, Sign.TICK, Sign.CROSS, Sign.DASH], "never by a colour alone"
    assert tr("FAILED") in panel.state.text()


def test_the_button_begins_one_and_is_shut_while_one_runs(panel, desk, qtbot, monkeypatch):
    sent = []
    monkeypatch.setattr(desk.link, "command", lambda act, then, **_: sent.append(act))
    qtbot.mouseClick(panel.begin, Qt.MouseButton.LeftButton)
    assert sent == [RunSelfTest()]
    told(desk, self_tests=[RUNNING, OVER])
    assert not panel.begin.isEnabled() and panel.tests.currentData() == "t2", "the one that runs is the one to look at"
    assert panel.steps.texts()[1][1] == tr("running")
    told(desk, self_tests=[OVER])
    assert panel.begin.isEnabled()


def test_an_older_test_stays_chosen_until_a_new_one_begins(panel, desk, qtbot):
    older = OVER.model_copy(update={"id": "t0", "begun": NOW - 99_000_000, "outcome": OK, "steps": STEPS[:3]})
    told(desk, self_tests=[OVER, older])
    panel.tests.setFocus()
    qtbot.keyClick(panel.tests, Qt.Key.Key_Down)
    assert panel.tests.currentData() == "t0" and len(panel.steps.texts()) == 3
    told(desk, self_tests=[OVER, older])
    assert panel.tests.currentData() == "t0"
    told(desk, self_tests=[RUNNING, OVER, older])
    assert panel.tests.currentData() == "t2"


def test_it_says_by_when_the_shift_must_test_and_that_it_is_late(panel, desk):
    told(desk, self_tests=[OVER], self_test_due=NOW + 3_600_000)
    by = panel.state.text()
    told(desk, self_tests=[OVER], self_test_due=NOW - 3_600_000)
    late = panel.state.text()
    told(desk, self_tests=[])
    never = panel.state.text()
    assert by == tr("This shift must test the alarm chain by {time}", time=panel._time(NOW + 3_600_000))
    assert late == tr("This shift has not tested the alarm chain; it was due at {time}", time=panel._time(NOW - 3_600_000))
    assert never == tr("The alarm chain has not been tested yet") and panel.steps.texts() == []


def test_a_hidden_panel_does_no_work(panel, desk, monkeypatch):
    panel.window().hide()
    monkeypatch.setattr(panel, "_show_steps", lambda: pytest.fail("nobody looks"))
    told(desk, self_tests=[RUNNING, OVER])


def test_anybody_may_look(desk, qtbot):
    desk.model.apply_copy(copy_of_room(self_tests=[OVER]))
    shown = []
    desk.window.acts.dialogWanted.disconnect()
    desk.window.acts.dialogWanted.connect(shown.append)
    offer_self_test(desk.model, desk.window.acts)
    [dialog] = shown
    qtbot.addWidget(dialog)
    dialog.show()
    assert len(dialog.panel.steps.texts()) == len(STEPS)
    if folder := os.environ.get("LOOK"):
        dialog.grab().save(f"{folder}/selftest.png")
    desk.window.hide()


@pytest.mark.parametrize("code", [*SELF_TEST_CODES, "write_no_line", "something new", ""])
@pytest.mark.parametrize("kind", [*SELF_TEST_STEPS, "carrier pigeon"])
def test_every_step_and_code_has_words(kind, code):
    step = SelfTestStep(name=f"{kind}:x1", outcome=OK, code=code, detail="d1")
    assert "{" not in step_name(step.name) + why_text(step) and step_name(step.name)
    assert "d1" in why_text(step) or code == "something new" or not code
