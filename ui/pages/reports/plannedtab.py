"""The tabs of planned reports and of templates. Give acts; decide nothing."""

from typing import TYPE_CHECKING

from cityops_desktop.link.duty.reports import ScheduleInfo, TemplateInfo
from cityops_desktop.texts import N_, tr
from ui.dialogs.reportforms import ReportForms, name_of
from ui.pages.reports.tab import NO_ROW, ReportsTab
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts


class PlannedTab(ReportsTab):
    """What is made by itself, and when the next time."""

    title = N_("Planned")

    def __init__(self, acts: "Acts", forms: ReportForms) -> None:
        super().__init__(acts, forms, N_("Planned reports"))
        self.add_button(N_("Plan a report…"), "report.schedule", forms.schedule)
        self.add_button(N_("No longer"), "report.unschedule", self._end, self.chosen_or(NO_ROW))

    def show_all(self) -> None:
        """All of them."""
        if self.told is None:
            return
        self.say("" if self.told.schedules else tr("No report is made by itself yet."))
        titles = [tr("Kind of report"), tr("Time of day"), tr("Made for"), tr("Next one"), tr("Planned by")]
        self.tell_rows(titles, [self._row(one) for one in self.told.schedules], wide=2)

    def _row(self, one: ScheduleInfo) -> Row:
        at = tr("at its end") if one.kind == "shift" else one.at
        return Row(one.id, (Cell(name_of(one.kind)), Cell(at), Cell(one.whom), Cell(self.time(one.next), Sign.RING), Cell(one.actor_name)))

    def _end(self) -> None:
        found = self.sheet.chosen_id()
        one = next((one for one in self.told.schedules if one.id == found), None) if self.told else None
        if one is not None:
            self.forms.unschedule(one)


class TemplateTab(ReportsTab):
    """Which template holds for each kind."""

    title = N_("Templates")

    def __init__(self, acts: "Acts", forms: ReportForms) -> None:
        super().__init__(acts, forms, N_("Templates"))
        self.add_button(N_("Change…"), "report.template", self._change, self.chosen_or(NO_ROW))

    def show_all(self) -> None:
        """All kinds."""
        if self.told is not None:
            titles = [tr("Kind of report"), tr("Template in force"), tr("Published"), tr("Person")]
            self.tell_rows(titles, [self._row(one) for one in self.told.templates], wide=1)

    def _row(self, one: TemplateInfo) -> Row:
        version = tr("the room's own, version {n}", n=one.version) if one.version else tr("the program's")
        return Row(one.kind, (Cell(name_of(one.kind)), Cell(version, tip=one.text), Cell(self.time(one.time)), Cell(one.actor_name)))

    def _change(self) -> None:
        found = self.sheet.chosen_id()
        one = next((one for one in self.told.templates if one.kind == found), None) if self.told else None
        if one is not None:
            self.forms.template(one)
