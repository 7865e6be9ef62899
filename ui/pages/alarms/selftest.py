"""The self-test of the alarm chain: how the last tests went, step by step, and the button that begins one. Decides nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.messages import SelfTestInfo, SelfTestStep
from cityops_desktop.model.selftest import StepOutcome
from cityops_desktop.sentences import COMMAND_CODES, SELF_TEST_CODES, SELF_TEST_OUTCOMES, self_test_step
from cityops_desktop.texts import tr
from ui import theme
from ui.actions import alarms
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Acts

KIND = "alarm.selftest"
SIGNS = {StepOutcome.OK: Sign.TICK, StepOutcome.FAILED: Sign.CROSS, StepOutcome.UNKNOWN: Sign.DASH}


def why_text(step: SelfTestStep) -> str:
    """What proves it, or why not."""
    text = SELF_TEST_CODES.get(step.code)
    if text is None:
        # a step of a channel may give one of the codes that commands have, or words of its own
        text = COMMAND_CODES.get(step.code)
        return " ".join(part for part in (tr(text) if text else step.code, step.detail) if part)
    detail = COMMAND_CODES.get(step.detail, step.detail)
    detail = tr(detail) if "{" not in detail else ""  # its figures are the order's
    said = tr(text, detail=detail)
    return tr("{what}: {why}", what=said, why=detail) if detail and "{detail}" not in text else said


class SelfTestPanel(QWidget):
    """Shows the newest test, or the one that is chosen; follows the station while it is visible."""

    def __init__(self, model: RoomModel, acts: "Acts") -> None:
        super().__init__()
        self._model, self._acts = model, acts
        self._dirty = True
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.begin = QPushButton()
        self.begin.clicked.connect(self._begin)
        self.tests = QComboBox()
        self.tests.currentIndexChanged.connect(lambda _index: self._show_steps())
        self.steps = Sheet()
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.addWidget(self.state, 1)
        head.addWidget(self.begin)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.tests)
        column.addWidget(self.steps, 1)
        column.addWidget(self.note)
        for signal in (model.replaced, model.stationChanged, model.connectedChanged):
            signal.connect(self._changed)
        self.retranslate()

    def showEvent(self, event: object) -> None:
        """What changed while nobody looked."""
        self._look()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.begin.setText(tr("Test the alarm chain"))
        self.tests.setAccessibleName(tr("Which test"))
        self.note.setText(
            tr("A relay that was read back is not yet a horn that was heard: listen, and look at the beacon, while it sounds.")
        )
        self._dirty = True
        self._look()

    def _changed(self, *_: object) -> None:
        self._dirty = True
        self._look()

    def _look(self) -> None:
        if not self._dirty or not self.isVisible():
            return
        self._dirty = False
        tests = self._tests()
        running = any(test.ended is None for test in tests)
        why = self._acts.why_not(KIND) if self._model.connected else tr(COMMAND_CODES["no_station"])
        self.begin.setEnabled(self._model.connected and not running)
        self.begin.setToolTip(tr(COMMAND_CODES["selftest_running"]) if running else why)
        self.state.setText(self._state_words(tests))
        late = self._model.station is not None and (self._model.station.self_test_due or 0) > 0
        self.state.setFont(theme.font(theme.BODY, bold=late or (bool(tests) and tests[0].outcome is StepOutcome.FAILED)))
        kept = self.tests.currentData()
        newest = bool(tests) and self.tests.count() > 0 and self.tests.itemData(0) != tests[0].id
        self.tests.blockSignals(True)
        self.tests.clear()
        for test in tests:
            self.tests.addItem(self._test_words(test), test.id)
        self.tests.setCurrentIndex(0 if newest else max(0, self.tests.findData(kept)))
        self.tests.blockSignals(False)
        self.tests.setVisible(bool(tests))
        self._show_steps()

    def _tests(self) -> list[SelfTestInfo]:
        return self._model.station.self_tests if self._model.station is not None else []

    def _state_words(self, tests: list[SelfTestInfo]) -> str:
        station = self._model.station
        if tests and tests[0].ended is None:
            done = sum(step.outcome is not None for step in tests[0].steps)
            return tr("The test runs: {done} of {all} steps have ended", done=done, all=len(tests[0].steps))
        if station is not None and station.self_test_due is not None:
            due = self._time(station.self_test_due)
            if self._model.now() >= station.self_test_due:
                return tr("This shift has not tested the alarm chain; it was due at {time}", time=due)
            return tr("This shift must test the alarm chain by {time}", time=due)
        if not tests:
            return tr("The alarm chain has not been tested yet")
        return tr("Last tested {time}: {outcome}", time=self._time(tests[0].begun), outcome=outcome_word(tests[0].outcome))

    def _test_words(self, test: SelfTestInfo) -> str:
        outcome = tr("running") if test.ended is None else outcome_word(test.outcome)
        return f"{self._time(test.begun)} · {test.actor_name} · {outcome}"

    def _show_steps(self) -> None:
        test = next((one for one in self._tests() if one.id == self.tests.currentData()), None)
        titles = (tr("Step"), tr("Outcome"), tr("What proves it, or why not"), tr("Time"))
        self.steps.tell(titles, [] if test is None else [self._row(step, test) for step in test.steps], wide=2)
        self.steps.describe(tr("Steps of the self-test"))

    def _row(self, step: SelfTestStep, test: SelfTestInfo) -> Row:
        if step.outcome is None:
            outcome = Cell(tr("running"), Sign.RING) if test.ended is None else Cell(outcome_word(None), Sign.DASH)
        else:
            outcome = Cell(outcome_word(step.outcome), SIGNS[step.outcome], bold=step.outcome is not StepOutcome.OK)
        name = Cell(self_test_step(step.name), bold=step.outcome is StepOutcome.FAILED)
        return Row(step.name, (name, outcome, Cell(why_text(step)), Cell("" if step.time is None else self._time(step.time))))

    def _time(self, ms: int) -> str:
        return time_text(ms, self._model.zone, self._model.now())

    def _begin(self) -> None:
        self._acts.carry_out(tr("Test the alarm chain"), KIND, alarms.self_test)


class SelfTestDialog(QDialog):
    """The panel on its own; stays open while the test runs, and the room can be watched behind it."""

    def __init__(self, model: RoomModel, acts: "Acts") -> None:
        super().__init__()
        self.setWindowTitle(tr("Self-test of the alarm chain"))
        self.panel = SelfTestPanel(model, acts)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(self.panel, 1)
        column.addLayout(foot)
        self.resize(760, 420)


def offer_self_test(model: RoomModel, acts: "Acts") -> None:
    """Show the last tests; anybody may look, who begins one is asked to log in."""
    acts.show(SelfTestDialog(model, acts))


def outcome_word(outcome: StepOutcome | None) -> str:
    """In one word; what did not end is not proven."""
    return tr(SELF_TEST_OUTCOMES[outcome or StepOutcome.UNKNOWN])
