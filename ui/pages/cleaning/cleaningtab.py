"""The tab of cleaning: each area with how it stands, below what was done and checked. Gives acts; decides nothing."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from cityops_desktop.duty.housekeeping import CleaningState
from cityops_desktop.duty.housewords import CLEANING_STATES, PLACES
from cityops_desktop.duty.suggestions import suggestions
from cityops_desktop.link.duty.cleaning import CleaningInfo, CleaningPage, CleaningPlanInfo
from cityops_desktop.texts import N_, pick, tr
from ui.dialogs.houseforms import HouseForms, days_text
from ui.pages.cleaning.tab import HouseTab
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

SIGNS = {
    CleaningState.WAITING: Sign.TICK,
    CleaningState.DUE: Sign.RING,
    CleaningState.MISSED: Sign.TRIANGLE,
    CleaningState.AGAIN: Sign.DISC,
    CleaningState.TO_CHECK: Sign.RING,
    CleaningState.UNCHECKED: Sign.TRIANGLE,
}
WRONG = (CleaningState.MISSED, CleaningState.AGAIN, CleaningState.UNCHECKED)
ORDER = (CleaningState.MISSED, CleaningState.AGAIN, CleaningState.UNCHECKED, CleaningState.DUE, CleaningState.TO_CHECK)
"""What needs somebody stands above."""
NOTHING_TO_CHECK = N_("nothing of this area waits for a check")
CHECKED = N_("this cleaning was checked before")


class CleaningTab(HouseTab[CleaningPage]):
    """A row an area; below a row a cleaning."""

    title = N_("Cleaning")
    path = "/api/v1/duty/cleaning"
    below = N_("Done and checked")

    def __init__(self, acts: "Acts", link: "Link", forms: HouseForms) -> None:
        super().__init__(acts, link, CleaningPage)
        self.forms = forms
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._offer)
        self.add_button(N_("Cleaned…"), "cleaning.done", self._cleaned, self.chosen_or(N_("choose an area first")))
        self.add_button(N_("Checked: in order"), "cleaning.check", self._in_order, self._check_why)
        self.add_button(N_("Not in order…"), "cleaning.check", self._turn_down, self._check_why)
        self.add_button(N_("New plan…"), "cleaning.plan", lambda: None).setMenu(self.menu)
        self.add_button(N_("Change…"), "cleaning.plan", self._change, lambda: self.upper_and(True, ""))
        self.add_button(N_("End…"), "cleaning.end", self._end, lambda: self.upper_and(True, ""))

    def chosen(self) -> CleaningPlanInfo | None:
        """The chosen area."""
        return next((one for one in self.told.plans if one.id == self.sheet.chosen_id()), None) if self.told else None

    def to_check(self) -> CleaningInfo | None:
        """What the check is about: the chosen cleaning if it waits, else what waits of the chosen area."""
        if self.told is None:
            return None
        area = self.chosen()
        wanted = (self.former.chosen_id(), area.waiting if area else "")
        waiting = {one.id: one for one in self.told.cleanings if one.checked is None}
        return next((waiting[id] for id in wanted if id in waiting), None)

    def now_told(self) -> int:
        """When the station told this."""
        return self.told.now if self.told else 0

    def show_all(self) -> None:
        """Areas and cleanings."""
        if self.told is None:
            return
        wrong = sum(1 for one in self.told.plans if one.state in WRONG)
        words = tr("Areas that need somebody: {n}", n=wrong) if wrong else tr("Every area is in order.")
        self.say(words if self.told.plans else tr("No cleaning is planned yet: begin with a suggestion."), bold=bool(wrong))
        titles = [
            tr("State"),
            tr("Area to be cleaned"),
            tr("Kind of place"),
            tr("When"),
            tr("Who cleans"),
            tr("Last done"),
            tr("Next time"),
        ]
        plans = sorted(self.told.plans, key=lambda one: (_rank(one.state), one.next or 0))
        self.tell_rows(titles, [self._row(one) for one in plans], wide=1)
        titles = [tr("Done"), tr("Area to be cleaned"), tr("Who cleaned"), tr("Result of the check"), tr("Entered by"), tr("Note")]
        self.tell_former(titles, [self._done_row(one) for one in self.told.cleanings], wide=5)

    def _row(self, one: CleaningPlanInfo) -> Row:
        wrong = one.state in WRONG
        state = tr(CLEANING_STATES[one.state])
        if one.state is CleaningState.MISSED:
            state = tr("not cleaned since {time}", time=self.minute(one.at))
        if one.state is CleaningState.DUE:
            state = tr("to be cleaned by {time}", time=self.minute(one.at))
        when = (
            f"{days_text(one.days)} {one.begins}" if one.weeks == 1 else tr("every {n} weeks {days}", n=one.weeks, days=days_text(one.days))
        )
        who = f"{one.cleaner} ({one.firm})" if one.firm else one.cleaner
        return Row(
            one.id,
            (
                Cell(state, SIGNS[one.state], bold=wrong),
                Cell(one.area, bold=wrong, tip=one.tasks),
                Cell(tr(PLACES[one.place])),
                Cell(when),
                Cell(who),
                Cell(self.minute(one.last) or tr("never done")),
                Cell(self.minute(one.next)),
            ),
        )

    def _done_row(self, one: CleaningInfo) -> Row:
        sign, check = Sign.RING, tr("to be checked")
        if one.passed is not None:
            sign, check = (Sign.TICK, tr("in order")) if one.passed else (Sign.CROSS, tr("not in order: {reason}", reason=one.reason))
        cells = (Cell(self.minute(one.done)), Cell(one.area), Cell(one.cleaner), Cell(check, sign, bold=one.passed is False))
        return Row(one.id, (*cells, Cell(one.checked_name or one.actor_name), Cell(one.remark)))

    def _offer(self) -> None:
        self.menu.clear()
        self.menu.addAction(tr("An own plan…"), lambda: self.forms.plan_cleaning(None))
        self.menu.addSeparator()
        for one in suggestions().cleaning:
            self.menu.addAction(pick(one.names), partial(self.forms.plan_cleaning, None, one))

    def _check_why(self) -> str:
        if not self.sheet.chosen_id() and not self.former.chosen_id():
            return tr("choose a row first")
        if self.to_check() is not None:
            return ""
        return tr(CHECKED) if self.former.chosen_id() else tr(NOTHING_TO_CHECK)

    def _cleaned(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.cleaned(one)

    def _in_order(self) -> None:
        one = self.to_check()
        if one is not None:
            self.forms.in_order(one.id)

    def _turn_down(self) -> None:
        one = self.to_check()
        if one is not None:
            self.forms.turn_down(one)

    def _change(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.plan_cleaning(one)

    def _end(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.end_cleaning(one)


def _rank(state: CleaningState) -> int:
    return ORDER.index(state) if state in ORDER else len(ORDER)
