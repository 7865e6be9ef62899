"""The tab of the maintenance calendar: what is due, by day, by year or by month; below what was done. Gives acts; decides nothing."""

import calendar
import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu

from cityops_desktop.duty.housewords import DUE_STATES, INTERVAL, INTERVALS, RESULTS, WEEKDAYS
from cityops_desktop.duty.maintenance import DueState
from cityops_desktop.duty.suggestions import suggestions
from cityops_desktop.link.duty.maintenance import MaintenanceInfo, MaintenancePage, MaintenancePlanInfo
from cityops_desktop.model.points import Group
from cityops_desktop.sentences import GROUPS
from cityops_desktop.texts import N_, pick, tr
from ui.dialogs.maintenanceforms import MaintenanceForms
from ui.pages.cleaning.tab import HouseTab
from ui.widgets.attachments import AttachmentsList
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

SIGNS = {DueState.LATER: Sign.NONE, DueState.SOON: Sign.RING, DueState.TODAY: Sign.DISC, DueState.OVERDUE: Sign.TRIANGLE}
RESULT_SIGNS = {"ok": Sign.TICK, "partly": Sign.DASH, "not_ok": Sign.CROSS}
BY_DAY, BY_YEAR = 0, 13
"""The views: what is due next, months 1 to 12, the whole year."""
YEARS = 3
"""So many years before and after this one can be chosen."""


class MaintenanceTab(HouseTab[MaintenancePage]):
    """The same plans in three views; a plan that is chosen stays chosen."""

    title = N_("Maintenance")
    path = "/api/v1/duty/maintenance"
    below = N_("Done in this year")

    def __init__(self, acts: "Acts", link: "Link", forms: MaintenanceForms) -> None:
        super().__init__(acts, link, MaintenancePage)
        self.forms = forms
        self.view, self.year = QComboBox(), QComboBox()
        row = QHBoxLayout()
        row.addWidget(self.year)
        row.addWidget(self.view)
        row.addStretch(1)
        self.left.insertLayout(0, row)
        self.files = AttachmentsList(link)
        self.said = ElidedLine(colour="text_dim")
        self.files.said.connect(self.said.set_text)
        self.left.addWidget(self.files)
        self.left.addWidget(self.said)
        self.left.setStretch(1, 3)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._offer)
        self.add_button(N_("Done…"), "maintenance.done", self._done, lambda: self.upper_and(self.chosen() is not None, ""))
        self.add_button(N_("New plan…"), "maintenance.plan", lambda: None).setMenu(self.menu)
        self.add_button(N_("Change…"), "maintenance.plan", self._change, lambda: self.upper_and(True, ""))
        self.add_button(N_("End…"), "maintenance.end", self._end, lambda: self.upper_and(True, ""))
        self._fill_years()
        self._fill_views()
        self.view.currentIndexChanged.connect(self.show_all)
        self.year.currentIndexChanged.connect(self.asking.ask)
        self.former.chosen.connect(self._show_files)

    def chosen(self) -> MaintenancePlanInfo | None:
        """The chosen plan."""
        id = self.sheet.chosen_id().partition(" ")[0]
        return next((one for one in self.told.plans if one.id == id), None) if self.told else None

    def query(self) -> dict[str, str | int | list[str] | None]:
        """The year that is shown."""
        return {"year": self.year.currentData() or 0}

    def now_told(self) -> int:
        """When the station told this."""
        return self.told.now if self.told else 0

    def retranslate(self) -> None:
        """The words in the language in force."""
        shown = self.view.currentIndex()
        self.view.blockSignals(True)
        self._fill_views()
        self.view.setCurrentIndex(max(0, shown))
        self.view.blockSignals(False)
        self.view.setAccessibleName(tr("View"))
        self.year.setAccessibleName(tr("Year"))
        super().retranslate()

    def _fill_views(self) -> None:
        self.view.clear()
        self.view.addItem(tr("What is due next"), BY_DAY)
        for month in range(1, 13):
            self.view.addItem(tr("Month {n}", n=month), month)
        self.view.addItem(tr("Whole year"), BY_YEAR)

    def _fill_years(self) -> None:
        this = datetime.datetime.fromtimestamp(self.model.now() / 1000, self.model.zone).year
        for year in range(this - YEARS, this + YEARS + 1):
            self.year.addItem(str(year), year)
        self.year.setCurrentIndex(YEARS)

    # what is shown

    def show_all(self) -> None:
        """Plans in the chosen view, and what was done."""
        if self.told is None:
            return
        late = sum(1 for one in self.told.plans if one.state is DueState.OVERDUE)
        today = sum(1 for one in self.told.plans if one.state is DueState.TODAY)
        words = [tr("overdue: {n}", n=late)] if late else []
        words += [tr("due today: {n}", n=today)] if today else []
        none = tr("Nothing is due today.") if self.told.plans else tr("No maintenance is planned yet: begin with the suggestions.")
        self.say(" · ".join(words) or none, bold=bool(words))
        view = self.view.currentData()
        if view == BY_YEAR:
            self._show_year(self.told)
        elif view == BY_DAY:
            self._show_next(self.told)
        else:
            self._show_month(self.told, int(view or 1))
        titles = [tr("Done on"), tr("Maintenance plan"), tr("Equipment group"), tr("Result"), tr("Due on"), tr("Entered by"), tr("Note")]
        self.tell_former(titles, [self._done_row(one) for one in self.told.done], wide=6)
        self._show_files()

    def _show_next(self, told: MaintenancePage) -> None:
        titles = [
            tr("Due on"),
            tr("State"),
            tr("Maintenance plan"),
            tr("Equipment group"),
            tr("How often"),
            tr("Last done"),
            tr("Contract"),
        ]
        self.tell_rows(titles, [self._row(one) for one in sorted(told.plans, key=lambda one: (one.due, one.title))], wide=2)

    def _row(self, one: MaintenancePlanInfo) -> Row:
        bold = one.state in (DueState.TODAY, DueState.OVERDUE)
        contracts = dict(self.told.contracts) if self.told else {}
        return Row(
            one.id,
            (
                Cell(one.due, bold=bold),
                Cell(tr(DUE_STATES[one.state]), SIGNS[one.state], bold=bold),
                Cell(one.title, bold=bold, tip=f"{one.text}\n{self._devices(one)}".strip()),
                Cell(tr(GROUPS[one.group])),
                Cell(interval_text(one)),
                Cell(one.last or tr("never done")),
                Cell(contracts.get(one.contract, "")),
            ),
        )

    def _devices(self, one: MaintenancePlanInfo) -> str:
        known = self.model.devices
        return tr(", ").join(pick(known[id].names) if id in known else id for id in one.devices)

    def _show_month(self, told: MaintenancePage, month: int) -> None:
        begin = f"{told.year:04}-{month:02}-"
        days = [(day, one) for one in told.plans for day in one.days if day.startswith(begin)]
        rows = [(day, one.title, self._day_row(day, one, day == one.due)) for day, one in days]
        rows += [(one.day, one.title, self._done_day(one)) for one in told.done if one.day.startswith(begin)]
        titles = [tr("Day"), tr("Weekday"), tr("Maintenance plan"), tr("Equipment group"), tr("State")]
        self.tell_rows(titles, [row for _, _, row in sorted(rows, key=lambda one: one[:2])], wide=2)

    def _day_row(self, day: str, one: MaintenancePlanInfo, next_one: bool) -> Row:
        state = one.state if next_one else DueState.LATER
        bold = state in (DueState.TODAY, DueState.OVERDUE)
        words = tr(DUE_STATES[state]) if next_one else tr("planned")
        cells = (Cell(day, bold=bold), Cell(_weekday(day)), Cell(one.title, bold=bold, tip=one.text), Cell(tr(GROUPS[one.group])))
        return Row(f"{one.id} {day}", (*cells, Cell(words, SIGNS[state], bold=bold)))

    def _done_day(self, one: MaintenanceInfo) -> Row:
        cells = (Cell(one.day), Cell(_weekday(one.day)), Cell(one.title, tip=one.remark), Cell(tr(GROUPS[one.group])))
        return Row(f"done:{one.id}", (*cells, Cell(tr("done: {result}", result=tr(RESULTS[one.result])), RESULT_SIGNS[one.result])))

    def _show_year(self, told: MaintenancePage) -> None:
        done: dict[tuple[str, int], list[MaintenanceInfo]] = {}
        for one in told.done:
            done.setdefault((one.plan, int(one.day[5:7])), []).append(one)
        rows = [self._year_row(one, done) for one in sorted(told.plans, key=lambda one: (one.group, one.title))]
        self.tell_rows([tr("Maintenance plan"), *(str(month) for month in range(1, 13))], rows, wide=0)

    def _year_row(self, one: MaintenancePlanInfo, done: dict[tuple[str, int], list[MaintenanceInfo]]) -> Row:
        cells = [Cell(one.title, bold=one.state is DueState.OVERDUE, tip=f"{tr(GROUPS[one.group])} · {interval_text(one)}\n{one.text}")]
        for month in range(1, 13):
            days = [day[8:] for day in one.days if int(day[5:7]) == month]
            made = done.get((one.id, month), [])
            due_here = one.due in one.days and int(one.due[5:7]) == month
            sign = SIGNS[one.state] if due_here and one.state is not DueState.LATER else Sign.NONE
            tip = "\n".join(
                [f"{each.day} {tr(RESULTS[each.result])}" for each in made] + ([tr("due: {days}", days=", ".join(days))] if days else [])
            )
            if made and sign is Sign.NONE:
                worst = next((each for each in made if each.result != "ok"), made[0])
                sign = RESULT_SIGNS[worst.result]
            text = days[0] if len(days) == 1 else f"{len(days)}×" if days else made[0].day[8:] if made else ""
            cells.append(Cell(text, sign, bold=due_here and one.state in (DueState.TODAY, DueState.OVERDUE), tip=tip))
        return Row(one.id, tuple(cells))

    def _done_row(self, one: MaintenanceInfo) -> Row:
        late = one.day > one.due
        cells = (Cell(one.day), Cell(one.title), Cell(tr(GROUPS[one.group])), Cell(tr(RESULTS[one.result]), RESULT_SIGNS[one.result]))
        due = tr("{day}, late", day=one.due) if late else one.due
        return Row(one.id, (*cells, Cell(due), Cell(one.actor_name), Cell(one.remark)))

    def _show_files(self) -> None:
        found = next((one for one in self.told.done if one.id == self.former.chosen_id()), None) if self.told else None
        self.files.fill(found.attachments if found else [])

    # acts

    def _offer(self) -> None:
        contracts = self.told.contracts if self.told else []
        known = {one.source for one in self.told.plans} if self.told else set()
        self.menu.clear()
        self.menu.addAction(tr("An own plan…"), lambda: self.forms.plan(None, contracts))
        left = [one for one in suggestions().plans if one.id not in known]
        if left:
            self.menu.addAction(tr("All {n} suggestions…", n=len(left)), lambda: self.forms.take_over(left))
            self.menu.addSeparator()
        for group in Group:
            some = [one for one in left if one.group is group]
            if not some:
                continue
            below = self.menu.addMenu(tr(GROUPS[group]))
            for one in some:
                below.addAction(pick(one.names), partial(self.forms.plan, None, contracts, one))

    def _done(self) -> None:
        one = self.chosen()
        if one is not None and self.told is not None:
            self.forms.done(one, self.told.visits)

    def _change(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.plan(one, self.told.contracts if self.told else [])

    def _end(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.end(one)


def interval_text(one: MaintenancePlanInfo) -> str:
    """Such as "every 3 months"."""
    return tr(INTERVAL[one.unit]) if one.every == 1 else tr(INTERVALS[one.unit], n=one.every)


def _weekday(day: str) -> str:
    return tr(WEEKDAYS[str(calendar.weekday(*(int(part) for part in day.split("-"))) + 1)])
