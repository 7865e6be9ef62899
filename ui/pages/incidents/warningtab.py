"""The tab of all warnings: those in force, and the newest that were lifted. Gives acts; decides nothing."""

from typing import TYPE_CHECKING

from cityops_desktop.incidents.states import WarningState
from cityops_desktop.incidents.words import COLOURS, WARNING_STATES
from cityops_desktop.link.messages import WarningInfo
from cityops_desktop.texts import N_, tr
from ui.dialogs.incidentforms import Forms
from ui.models.warnings import ORDER
from ui.pages.incidents.tab import IncidentsTab
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts

LIFTED = N_("this warning was lifted before")
SIGNS = {WarningState.ISSUED: Sign.TRIANGLE, WarningState.RESPONDING: Sign.DISC, WarningState.LIFTED: Sign.TICK}


class WarningTab(IncidentsTab):
    """A row a warning; the whole of its texts stands in the tool tips."""

    title = N_("Warnings")

    def __init__(self, acts: "Acts", forms: Forms) -> None:
        super().__init__(acts, forms, N_("Warnings"))
        self.add_button(N_("Issue a warning…"), "warning.issue", forms.issue)
        self.add_button(N_("Respond…"), "warning.respond", self._respond, self._why)
        self.add_button(N_("Lift…"), "warning.lift", self._lift, self._why)

    def chosen(self) -> WarningInfo | None:
        """The chosen warning."""
        found = self.sheet.chosen_id()
        return next((one for one in self.page.warnings if one.id == found), None) if self.page else None

    def show_all(self) -> None:
        """All of them."""
        page = self.page
        if page is None:
            return
        stand = sum(1 for one in page.warnings if one.lifted is None)
        self.say(tr("Warnings in force: {n}", n=stand) if stand else tr("No warning in force"), bold=bool(stand))
        titles = [tr("Colour"), tr("Title"), tr("What was done"), tr("State"), tr("Issued"), tr("Lifted")]
        self.tell_rows(titles, [self._row(one) for one in sorted(page.warnings, key=_order)], wide=2)

    def _row(self, one: WarningInfo) -> Row:
        over = one.lifted is not None
        texts = "\n".join(filter(None, (one.text, tr("To do: {text}", text=one.response))))
        lifted = f"{self.time(one.lifted)} {one.lifted_by}: {one.lift_why}" if over else ""
        done = f"{one.responded_by}: {one.responded_text}" if one.responded else ""
        return Row(
            one.id,
            (
                Cell(tr(COLOURS[one.colour]), bold=not over, dim=over),
                Cell(one.title, bold=not over, tip=texts, dim=over),
                Cell(done, dim=over),
                Cell(tr(WARNING_STATES[one.state]), SIGNS[one.state], dim=over),
                Cell(f"{self.time(one.issued)} {one.actor_name}", dim=over),
                Cell(lifted, dim=over),
            ),
        )

    def _why(self) -> str:
        one = self.chosen()
        return self.chosen_and(one is not None and one.lifted is None, LIFTED)

    def _respond(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.respond(one)

    def _lift(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.lift(one)


def _order(one: WarningInfo) -> tuple[bool, int, int]:
    """As on the board: those in force, the worst first."""
    return one.lifted is not None, ORDER.index(one.colour) if one.lifted is None else 0, -one.issued
