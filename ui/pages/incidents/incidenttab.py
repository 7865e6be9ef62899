"""The tab of incidents: the register, and of the chosen one its clock and its time line. Gives acts; decides nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMenu

from cityops_desktop.incidents import editions
from cityops_desktop.incidents.conditions import Start, fits_incident
from cityops_desktop.incidents.deadlines import DueState, state_of
from cityops_desktop.incidents.states import IncidentState
from cityops_desktop.incidents.words import DUE_STATES, GRADES, INCIDENT_STATES
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.incidents import HappenedInfo, IncidentDetail, IncidentInfo, PlanInfo
from cityops_desktop.reports.incident import About, edition_text, grade_text, happened_text, sort_text
from cityops_desktop.texts import N_, pick, tr
from ui.actions.outcome import result_text
from ui.dialogs.incidentforms import Forms
from ui.models.filetaking import FileTaking
from ui.models.shown import moment
from ui.pages.incidents.clock import Clock
from ui.pages.incidents.files import DocxWriting, about
from ui.pages.incidents.paper import heading_of, pages_of
from ui.pages.incidents.tab import IncidentsTab
from ui.paper.run import PaperRun
from ui.widgets.elided import ElidedLine
from ui.widgets.savedialog import save_dialog
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

REGISTER = 150
MOST_SHOWN = 500
CLOSED = N_("this incident is closed")
OTHER_STATE = N_("this does not follow from how it stands")
SIGNS = {
    IncidentState.OPENED: Sign.TRIANGLE,
    IncidentState.HANDLING: Sign.DISC,
    IncidentState.RECOVERED: Sign.RING,
    IncidentState.CLOSED: Sign.TICK,
}


class IncidentTab(IncidentsTab):
    """The newest incident that is not closed stands above, and is chosen."""

    title = N_("Incidents")

    def __init__(self, acts: "Acts", forms: Forms, link: "Link") -> None:
        super().__init__(acts, forms, N_("Incidents"))
        self._link = link
        self.detail: IncidentDetail | None = None
        self.running: DocxWriting | PaperRun | FileTaking | None = None
        self._dialog: QFileDialog | None = None
        self._asked = ""
        self._wanted = ""
        self.sheet.setFixedHeight(REGISTER)
        self.about = ElidedLine(bold=True)
        self.graded = ElidedLine(colour="text_dim")
        self.clock = Clock(self.model)
        self.line = Sheet("time line")
        self.said = ElidedLine(colour="text_dim")
        self.left.setStretch(0, 0)
        for widget, stretch in ((self.about, 0), (self.graded, 0), (self.clock, 0), (self.line, 1), (self.said, 0)):
            self.left.addWidget(widget, stretch)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._offer_editions)
        self.add_button(N_("Open an incident…"), "incident.open", forms.open)
        self.add_button(N_("Write…"), "incident.entry", self._with(forms.write), self._any)
        self.add_button(N_("Start a plan…"), "incident.entry", self._with(self._start_plan), self._plan_why)
        self.add_button(N_("Reported…"), "incident.entry", self._with(forms.reported), self._any)
        self.add_button(N_("Recovered…"), "incident.entry", self._with(forms.recovered), self._recover_why)
        self.add_button(N_("Grade…"), "incident.classify", lambda: None, self._open_why).setMenu(self.menu)
        self.add_button(N_("Close…"), "incident.close", self._with(forms.close), self._close_why)
        self.report = self.add_button(N_("Report as a file…"), "incident.read", lambda: self._ask_file("pdf"), self._told_why)
        self.bundle = self.add_button(N_("Take the bundle…"), "incident.export", lambda: self._ask_file("zip"), self._told_why)
        self.sheet.chosen.connect(self._chosen_changed)

    def chosen(self) -> IncidentInfo | None:
        """The chosen incident."""
        found = self.sheet.chosen_id()
        return next((one for one in self.page.incidents if one.id == found), None) if self.page else None

    def show_all(self) -> None:
        """The register, and what is below it."""
        page = self.page
        if page is None:
            return
        stand = sum(1 for one in page.incidents if one.closed is None)
        self.say(tr("Incidents not closed: {n}", n=stand) if stand else tr("No incident is open."), bold=bool(stand))
        titles = [tr("Number"), tr("Title"), tr("Grade"), tr("State"), tr("Found"), tr("Report")]
        self.tell_rows(titles, [self._row(one) for one in page.incidents], wide=1)
        if any(one.id == self._wanted for one in page.incidents):
            self.sheet.choose(self._wanted)
            self._wanted = ""
        if not self.sheet.chosen_id() and page.incidents:
            self.sheet.choose(page.incidents[0].id)
        self._ask_detail()
        self._show_detail()

    def show_incident(self, id: str) -> None:
        """Choose this one, now or when the station has told of it."""
        self._wanted = id
        self.show_all()

    def second(self) -> None:
        """Clocks go on."""
        self.clock.refresh()

    def _row(self, one: IncidentInfo) -> Row:
        stands = one.closed is None
        late, words = self._worst_due(one)
        grade = tr(GRADES[one.grade]) if one.grade else tr("not graded yet")
        return Row(
            one.id,
            (
                Cell(one.number, dim=not stands),
                Cell(one.title, bold=stands, dim=not stands),
                Cell(grade, bold=stands and one.grade is None, dim=not stands),
                Cell(tr(INCIDENT_STATES[one.state]), SIGNS[one.state], dim=not stands),
                Cell(self.time(one.found), dim=not stands),
                Cell(words, Sign.BLOCK if late else Sign.NONE, bold=late),
            ),
        )

    def _worst_due(self, one: IncidentInfo) -> tuple[bool, str]:
        now = self.model.now()
        states = [state_of(due.since, due.at, due.done, now) for due in one.dues]
        for state in (DueState.LATE, DueState.SOON, DueState.RUNNING, DueState.DONE_LATE, DueState.DONE):
            if state in states:
                return state in (DueState.LATE, DueState.SOON), tr(DUE_STATES[state])
        return False, tr("none due")

    # one incident

    def _chosen_changed(self) -> None:
        self._ask_detail()
        self._show_detail()

    def _ask_detail(self) -> None:
        one = self.chosen()
        if one is None or not self.isVisible():
            return
        self._asked = one.id
        self._link.ask(f"/api/v1/incidents/{one.id}", IncidentDetail, lambda told: self._came(one.id, told))

    def _came(self, id: str, told: IncidentDetail | CommandResult) -> None:
        if id != self._asked:
            return
        if isinstance(told, IncidentDetail):
            self.detail = told
            self._show_detail()
        else:
            self.said.set_text(result_text(told))

    def _show_detail(self) -> None:
        one = self.chosen()
        known = self.detail if one is not None and self.detail is not None and self.detail.incident.id == one.id else None
        self.clock.tell(one)
        if one is None:
            self.about.set_text("")
            self.graded.set_text("")
            self.line.tell(["", "", "", ""], [], wide=2)
            return
        self.about.set_text(f"{one.number} · {one.title}")
        edition = edition_text(editions.edition(one.edition)) if one.grade else ""
        self.graded.set_text(" · ".join(part for part in (grade_text(one.grade), sort_text(one) if one.grade else "", edition) if part))
        titles = [tr("Time"), tr("What it was"), tr("Said"), tr("Person")]
        rows = [] if known is None else [self._line_row(known, number) for number in range(len(known.happened) - 1, -1, -1)][:MOST_SHOWN]
        self.line.tell(titles, rows, wide=2)
        self.line.describe(tr("Time line"))
        self._say_line(known)

    def _say_line(self, known: IncidentDetail | None) -> None:
        if self.running is not None:
            return
        if known is None:
            self.said.set_text(tr("asking…"))
        elif known.more or len(known.happened) > MOST_SHOWN:
            self.said.set_text(tr("The time line is longer than what is shown: the bundle has all of it."))
        elif not known.acts:
            self.said.set_text(tr("What people did is shown to those who may read the change log."))
        else:
            self.said.set_text(tr("{n} steps", n=len(known.happened)))

    def _line_row(self, known: IncidentDetail, number: int) -> Row:
        one = known.happened[number]
        what, told = happened_text(one, known.incident.id, self._about(known))
        written = one.entry is not None
        at = moment(one.time, self.model.zone)
        day = f"{at:%m-%d %H:%M:%S}"
        sign = Sign.DISC if written else Sign.TRIANGLE if one.kind == "alarm.raised" else Sign.NONE
        return Row(str(number), (Cell(day), Cell(what, sign, bold=written), Cell(told, bold=written), Cell(self._who(one))))

    def _who(self, one: HappenedInfo) -> str:
        return one.actor_name or tr("station")

    def _about(self, known: IncidentDetail) -> About:
        return about(self.model, known.site, {plan.id: plan.code for plan in self.page.plans} if self.page else {})

    # acts

    def _with(self, act: Callable[[IncidentInfo], None]) -> Callable[[], None]:
        def pressed() -> None:
            one = self.chosen()
            if one is not None:
                act(one)

        return pressed

    def _any(self) -> str:
        return self.chosen_and(True, "")

    def _open_why(self) -> str:
        one = self.chosen()
        return self.chosen_and(one is not None and one.closed is None, CLOSED)

    def _recover_why(self) -> str:
        one = self.chosen()
        return self.chosen_and(one is not None and one.state in (IncidentState.OPENED, IncidentState.HANDLING), OTHER_STATE)

    def _close_why(self) -> str:
        one = self.chosen()
        ready = one is not None and one.state is IncidentState.RECOVERED and one.grade is not None
        return self.chosen_and(ready, N_("it is closed when it has recovered and is graded"))

    def _told_why(self) -> str:
        return self.chosen_and(self.running is None, N_("a file is being written"))

    def _plan_why(self) -> str:
        return self._open_why() or ("" if self._plans() else tr("no plan is in force"))

    def _plans(self) -> list[PlanInfo]:
        """Plans in force, those that fit first."""
        one = self.chosen()
        plans = [plan for plan in self.page.plans if plan.retired is None] if self.page else []
        return sorted(plans, key=lambda plan: one is None or not fits_incident(start_of(plan), one.grade, one.sort))

    def _start_plan(self, one: IncidentInfo) -> None:
        self.forms.plan_started(one, self._plans())

    def _offer_editions(self) -> None:
        """Which tables: each edition has its own."""
        self.menu.clear()
        for id in editions.EDITIONS:
            table = editions.edition(id)
            self.menu.addAction(tr("by {edition}…", edition=pick(table.names)), partial(self._classify, table))

    def _classify(self, table: editions.Edition) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.classify(one, table)

    # files

    def _ask_file(self, form: str) -> None:
        one = self.chosen()
        if one is None:
            return
        name = tr("Bundle") if form == "zip" else tr("Incident report")
        kinds = ("ZIP (*.zip)",) if form == "zip" else ("PDF (*.pdf)", "DOCX (*.docx)")
        self._dialog = save_dialog(self, name, f"{name} {one.number}.{form}", self.save, kinds)
        self._dialog.filterSelected.connect(self._suffix)
        self._dialog.open()

    def _suffix(self, kind: str) -> None:
        """Another kind of file has another ending."""
        if self._dialog is not None:
            suffix = "docx" if kind.startswith("DOCX") else "zip" if kind.startswith("ZIP") else "pdf"
            self._dialog.setDefaultSuffix(suffix)
            for name in self._dialog.selectedFiles():
                self._dialog.selectFile(Path(name).with_suffix(f".{suffix}").name)

    def save(self, path: Path) -> None:
        """The report, or the bundle, of what is chosen; the name's ending says which."""
        one, known = self.chosen(), self.detail
        if one is None or self.running is not None:
            return
        if path.suffix.lower() == ".zip":
            self.running = FileTaking(self._link, f"/api/v1/incidents/{one.id}/bundle", path, tr("Bundle"), self)
        elif known is None or known.incident.id != one.id:
            self.said.set_text(tr("asking…"))
            return
        elif path.suffix.lower() == ".docx":
            self.running = DocxWriting(known, self._about(known), path, self)
        else:
            self.running = PaperRun(path, heading_of(self.model, known), pages_of(known, self._about(known)), self)
        if isinstance(self.running, FileTaking):
            self.running.said.connect(self.said.set_text)
        self.running.ended.connect(self._saved)
        self.said.set_text(tr("Writing {file}", file=path.name))
        self.look()
        self.running.start()

    def _saved(self, words: str) -> None:
        if self.running is not None:
            self.running.deleteLater()
            self.running = None
        self.said.set_text(words)
        self.look()


def start_of(plan: PlanInfo) -> Start:
    """Its conditions."""
    return Start(plan.grade, frozenset(plan.sorts), plan.level, frozenset(group.value for group in plan.groups))
