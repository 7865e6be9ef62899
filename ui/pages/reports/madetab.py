"""The tab of reports: those that are being made and how far they are, those that were made, with their files. Makes none itself."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTemporaryDir, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLabel

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.reports import ReportInfo, ReportRun, ReportsPageInfo
from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.texts import N_, tr
from ui.dialogs.reportforms import ReportForms, about, name_of
from ui.models.filetaking import FileTaking
from ui.pages.reports.tab import ReportsTab
from ui.widgets.savedialog import save_dialog
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/duty/reports"
STATES = {
    "waits": (Sign.RING, N_("in the queue")),
    "runs": (Sign.DISC, N_("being made")),
    "failed": (Sign.CROSS, N_("not made")),
    "cancelled": (Sign.DASH, N_("given up")),
}
STEPS = {
    "records": N_("reading the records"),
    "past": N_("reading the past"),
    "xlsx": N_("writing the workbook"),
    "pdf": N_("drawing the pages"),
}
NOT_RUNNING = N_("it neither waits nor is being made")
NO_FILE = N_("it has no such file")
RUN = "run:"


class MadeTab(ReportsTab):
    """Older reports are asked for when somebody wants them."""

    title = N_("Duty reports")

    def __init__(self, acts: "Acts", forms: ReportForms, link: "Link") -> None:
        super().__init__(acts, forms, N_("Duty reports"))
        self._link = link
        self.older: list[ReportInfo] = []
        self._more = False
        self.said = QLabel()
        self.left.addWidget(self.said)
        self.taking: FileTaking | None = None
        self._opened: Path | None = None
        self._dialog: QFileDialog | None = None
        self._folder = QTemporaryDir()
        self.add_button(N_("Make a report…"), "report.make", forms.make)
        self.add_button(N_("Give up"), "report.cancel", self._cancel, lambda: self.chosen_and(self._run_chosen() is not None, NOT_RUNNING))
        self.add_button(N_("Open it"), "duty.read", lambda: self._open("pdf"), lambda: self._no_file("pdf"))
        self.add_button(N_("Save the PDF…"), "duty.read", lambda: self._ask_file("pdf"), lambda: self._no_file("pdf"))
        self.add_button(N_("Save the workbook…"), "duty.read", lambda: self._ask_file("xlsx"), lambda: self._no_file("xlsx"))
        self.add_button(N_("Older ones"), "duty.read", self._ask_older, lambda: "" if self._more else tr("there are none"))
        self.sheet.doubleClicked.connect(lambda _: None if self._no_file("pdf") else self._open("pdf"))

    def chosen(self) -> ReportInfo | None:
        """The chosen report."""
        found = self.sheet.chosen_id()
        return next((one for one in self._every() if one.id == found), None)

    def busy(self) -> bool:
        """Is one being made?"""
        return self.told is not None and any(one.state in ("waits", "runs") for one in self.told.runs)

    def tell(self, told: ReportsPageInfo) -> None:
        """The newest; what was asked for of before stays."""
        if not self.older:
            self._more = told.more
        super().tell(told)

    def show_all(self) -> None:
        """What runs first, then the newest."""
        told = self.told
        if told is None:
            return
        made = {one.id for one in told.reports}
        runs = [one for one in told.runs if one.id not in made]
        failed = sum(one.state == "failed" for one in runs)
        nothing = "" if runs or self._every() else tr("No report has been made yet.")
        self.say(tr("{n} were not made: their rows say why.", n=failed) if failed else nothing, bold=failed > 0)
        titles = [tr("Kind of report"), tr("Time span"), tr("State"), tr("Made at"), tr("Made by")]
        self.tell_rows(titles, [*map(self._run_row, runs), *map(self._row, self._every())], wide=2)

    def _every(self) -> list[ReportInfo]:
        if self.told is None:
            return []
        newest = {one.id for one in self.told.reports}
        return [*self.told.reports, *(one for one in self.older if one.id not in newest)]

    def _run_row(self, one: ReportRun) -> Row:
        sign, words = STATES[one.state]
        state = tr(words)
        if one.state == "runs":
            state = f"{state} · {one.part * 100:.0f} % · {tr(STEPS.get(one.step, one.step))}"
        if one.why:
            why = tr(COMMAND_CODES[one.why], detail=one.detail) if one.why in COMMAND_CODES else one.why
            state = f"{state}: {why}"
        cells = (
            Cell(name_of(one.kind)),
            Cell(about(one.begin, one.end, self.acts)),
            Cell(state, sign, bold=one.state == "failed", tip=one.detail),
        )
        return Row(f"{RUN}{one.id}", (*cells, Cell(""), Cell(self._maker(one.schedule, ""))))

    def _row(self, one: ReportInfo) -> Row:
        forms = " · ".join(f"{file.form.upper()} {max(1, file.bytes // 1000)} KB" for file in one.files)
        sums = "\n".join(f"{file.form}: SHA-256 {file.sha256}" for file in one.files)
        cells = (Cell(name_of(one.kind)), Cell(about(one.begin, one.end, self.acts)), Cell(forms, Sign.TICK, tip=sums))
        return Row(one.id, (*cells, Cell(self.time(one.time)), Cell(self._maker(one.schedule or one.evaluation, one.actor_name))))

    def _maker(self, by_itself: str, name: str) -> str:
        return name or (tr("by itself") if by_itself else "")

    def _run_chosen(self) -> ReportRun | None:
        found = (self.sheet.chosen_id() or "").removeprefix(RUN)
        runs = self.told.runs if self.told else []
        return next((one for one in runs if one.id == found and one.state in ("waits", "runs")), None)

    def _cancel(self) -> None:
        one = self._run_chosen()
        if one is not None:
            self.forms.cancel(one)

    # files

    def _no_file(self, form: str) -> str:
        one = self.chosen()
        return self.chosen_and(one is not None and any(file.form == form for file in one.files), NO_FILE)

    def _open(self, form: str) -> None:
        one = self.chosen()
        if one is not None:
            self._opened = Path(self._folder.path()) / f"{one.kind}-{one.id}.{form}"
            self.take(one, form, self._opened)

    def _ask_file(self, form: str) -> None:
        one = self.chosen()
        if one is not None:
            name = f"{name_of(one.kind)} {about(one.begin, one.end, self.acts)}.{form}".replace(":", "")
            self._dialog = save_dialog(self, tr("Save the report"), name, lambda path: self.take(one, form, path))
            self._dialog.open()

    def take(self, one: ReportInfo, form: str, path: Path) -> None:
        """Have the station send the file; it looks first whether it is as it was made."""
        if self.taking is not None:
            return
        self.taking = FileTaking(self._link, f"{PATH}/{one.id}/{form}", path, name_of(one.kind), self)
        self.taking.said.connect(self.said.setText)
        self.taking.ended.connect(self._taken)
        self.said.setText(tr("Writing {file}", file=path.name))
        self.taking.start()

    def _taken(self, words: str) -> None:
        taking, self.taking = self.taking, None
        opened, self._opened = self._opened, None
        self.said.setText(words)
        if taking is not None:
            if taking.whole and opened is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(opened))):
                self.said.setText(tr("No program opens such files here: save it, and open it elsewhere."))
            taking.deleteLater()

    def _ask_older(self) -> None:
        every = self._every()
        if every:
            self._link.ask(PATH, ReportsPageInfo, self._older_came, {"before": every[-1].id})

    def _older_came(self, told: ReportsPageInfo | CommandResult) -> None:
        if isinstance(told, ReportsPageInfo):
            self.older += told.reports
            self._more = told.more
            self.show_all()
