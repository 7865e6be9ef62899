"""The tab of drills: prepare, run, sum up, improve; of the chosen one what was written. Gives acts; decides nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from cityops_desktop.incidents.states import DrillState
from cityops_desktop.incidents.words import DRILL_STATES
from cityops_desktop.link.incidents import DrillInfo
from cityops_desktop.texts import N_, tr
from ui.dialogs.incidentforms import Forms
from ui.models.shown import moment
from ui.pages.incidents.tab import IncidentsTab
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts

OTHER_STATE = N_("this does not follow from how it stands")
SIGNS = {
    DrillState.PREPARED: Sign.RING,
    DrillState.RUNNING: Sign.DISC,
    DrillState.IMPROVING: Sign.TRIANGLE,
    DrillState.CLOSED: Sign.TICK,
    DrillState.CALLED_OFF: Sign.CROSS,
}


class DrillsTab(IncidentsTab):
    """What was to be improved and is past its day is said in bold."""

    title = N_("Drills")

    def __init__(self, acts: "Acts", forms: Forms) -> None:
        super().__init__(acts, forms, N_("Drills"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.left.addWidget(self.text, 1)
        self.add_button(N_("Prepare a drill…"), "drill.prepare", lambda: forms.prepare(self.page.plans if self.page else []))
        self.add_button(N_("Begin the drill"), "drill.begin", lambda: self._with(forms.begin), lambda: self._why(DrillState.PREPARED))
        self.add_button(N_("Write…"), "drill.entry", lambda: self._with(forms.drill_entry), lambda: self._why(DrillState.RUNNING))
        ends = (DrillState.PREPARED, DrillState.RUNNING)
        self.add_button(N_("Sum up, call off…"), "drill.close", lambda: self._with(forms.close_drill), lambda: self._why(*ends))
        self.add_button(N_("Improved…"), "drill.improve", lambda: self._with(forms.improve), lambda: self._why(DrillState.IMPROVING))
        self.sheet.chosen.connect(self._show_text)

    def chosen(self) -> DrillInfo | None:
        """The chosen drill."""
        found = self.sheet.chosen_id()
        return next((one for one in self.page.drills if one.id == found), None) if self.page else None

    def show_all(self) -> None:
        """All of them."""
        page = self.page
        if page is None:
            return
        self.text.setAccessibleName(tr("About the drill"))
        done = [one.ended for one in page.drills if one.state in (DrillState.CLOSED, DrillState.IMPROVING) and one.ended]
        self.say(tr("The last drill was on {day}.", day=self._day(max(done))) if done else tr("No drill has been held yet."))
        titles = [tr("Planned for"), tr("Title"), tr("Response plan"), tr("State"), tr("Result"), tr("Led by")]
        self.tell_rows(titles, [self._row(one) for one in page.drills], wide=1)
        self._show_text()

    def _day(self, ms: int) -> str:
        return f"{moment(ms, self.model.zone):%Y-%m-%d}"

    def _row(self, one: DrillInfo) -> Row:
        late = one.state is DrillState.IMPROVING and one.until < self._day(self.model.now())
        state = tr(DRILL_STATES[one.state])
        if one.state is DrillState.IMPROVING:
            state = tr("to be improved since {day}", day=one.until) if late else tr("to be improved until {day}", day=one.until)
        result = "" if one.passed is None else tr("passed") if one.passed else tr("not passed")
        planned = f"{moment(one.planned, self.model.zone):%Y-%m-%d %H:%M}"
        cells = (Cell(planned), Cell(one.title), Cell(self._plan(one.plan)), Cell(state, SIGNS[one.state], bold=late))
        return Row(one.id, (*cells, Cell(result, bold=one.passed is False), Cell(one.leader)))

    def _plan(self, id: str) -> str:
        plans = self.page.plans if self.page else []
        return next((plan.code for plan in plans if plan.id == id), tr("an earlier version") if id else tr("none"))

    def _show_text(self) -> None:
        one = self.chosen()
        text = self._told(one) if one else tr("Choose a drill above.")
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    def _told(self, one: DrillInfo) -> str:
        zone = self.model.zone
        lines = [tr("With: {people}", people=one.people), tr("Made ready: {text}", text=one.text), ""]
        if one.begun:
            lines.append(tr("{time} begun", time=f"{moment(one.begun, zone):%m-%d %H:%M:%S}"))
        lines += [f"{moment(entry.time, zone):%m-%d %H:%M:%S}  {entry.actor_name}: {entry.text}" for entry in one.entries]
        if one.ended:
            lines += [tr("{time} ended", time=f"{moment(one.ended, zone):%m-%d %H:%M:%S}"), "", tr("Summary: {text}", text=one.summary)]
        if one.improvements:
            lines.append(tr("To be improved until {day}: {text}", day=one.until, text=one.improvements))
        if one.improved:
            lines.append(tr("Improved on {day}: {text}", day=self._day(one.improved), text=one.improved_text))
        return "\n".join(lines)

    def _why(self, *states: DrillState) -> str:
        one = self.chosen()
        return self.chosen_and(one is not None and one.state in states, OTHER_STATE)

    def _with(self, act: Callable[[DrillInfo], None]) -> None:
        one = self.chosen()
        if one is not None:
            act(one)
