"""The tab of serious problems: told at once, and in the next report. Gives the act; decides nothing."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from cityops_desktop.link.duty.reports import ProblemInfo
from cityops_desktop.texts import N_, tr
from ui.dialogs.reportforms import ReportForms
from ui.pages.reports.tab import ReportsTab
from ui.widgets.sheet import Cell, Row

if TYPE_CHECKING:
    from ui.acts import Acts


class ProblemTab(ReportsTab):
    """The newest above; the text of the chosen one below."""

    title = N_("Serious problems")

    def __init__(self, acts: "Acts", forms: ReportForms) -> None:
        super().__init__(acts, forms, N_("Serious problems"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMaximumHeight(160)
        self.left.addWidget(self.text)
        self.add_button(N_("Report one…"), "problem.report", forms.problem)
        self.sheet.chosen.connect(self._show_text)

    def show_all(self) -> None:
        """All of them."""
        if self.told is None:
            return
        self.text.setAccessibleName(tr("What happened"))
        self.say("" if self.told.problems else tr("None was reported."))
        titles = [tr("Number"), tr("Time"), tr("Title"), tr("About what"), tr("Person")]
        self.tell_rows(titles, [self._row(one) for one in self.told.problems], wide=2)
        self._show_text()

    def _row(self, one: ProblemInfo) -> Row:
        return Row(one.id, (Cell(one.number), Cell(self.time(one.time)), Cell(one.title), Cell(one.subject), Cell(one.actor_name)))

    def _show_text(self) -> None:
        found = self.sheet.chosen_id()
        one = next((one for one in self.told.problems if one.id == found), None) if self.told else None
        text = one.text if one is not None else ""
        if text != self.text.toPlainText():
            self.text.setPlainText(text)
