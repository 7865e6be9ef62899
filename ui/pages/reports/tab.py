"""What every tab of the page Reports gets: all that the station told. Asks nobody by itself."""

from typing import TYPE_CHECKING

from cityops_desktop.link.duty.reports import ReportsPageInfo
from cityops_desktop.texts import N_, tr
from ui.dialogs.reportforms import ReportForms
from ui.models.shown import time_text
from ui.widgets.sheettab import SheetTab

if TYPE_CHECKING:
    from ui.acts import Acts

NO_ROW = N_("choose a row first")


class ReportsTab(SheetTab):
    """`show_all` repaints from what the station told."""

    title = ""

    def __init__(self, acts: "Acts", forms: ReportForms, name: str) -> None:
        super().__init__(acts, name)
        self.head.setWordWrap(False)
        self.forms = forms
        self.told: ReportsPageInfo | None = None

    def tell(self, told: ReportsPageInfo) -> None:
        """The newest answer."""
        self.told = told
        self.show_all()
        self.look()

    def show_all(self) -> None:
        """Every word anew."""
        raise NotImplementedError

    def time(self, ms: int | None) -> str:
        """A time in the room's zone, "" where there is none."""
        model = self.acts.model
        return "" if ms is None else time_text(ms, model.zone, model.now())

    def chosen_and(self, fits: bool, words: str) -> str:
        """Why an act on the chosen row makes no sense now."""
        if not self.sheet.chosen_id():
            return tr(NO_ROW)
        return "" if fits else tr(words)
