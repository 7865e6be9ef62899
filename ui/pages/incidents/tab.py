"""What every tab of the page Incidents gets: all that the station told. Asks nobody by itself."""

from typing import TYPE_CHECKING

from cityops_desktop.link import incidents as messages
from cityops_desktop.texts import N_, tr
from ui.dialogs.incidentforms import Forms
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets.sheettab import SheetTab

if TYPE_CHECKING:
    from ui.acts import Acts

NO_ROW = N_("choose a row first")


class IncidentsTab(SheetTab):
    """`show_all` repaints from what the station told."""

    title = ""

    def __init__(self, acts: "Acts", forms: Forms, name: str) -> None:
        super().__init__(acts, name)
        self.head.setWordWrap(False)  # a height that hangs on the width makes Qt give tabs more than they need
        self.forms = forms
        self.page: messages.IncidentsPage | None = None

    @property
    def model(self) -> RoomModel:
        """Of the room."""
        return self.acts.model

    def tell(self, page: messages.IncidentsPage) -> None:
        """The newest answer."""
        self.page = page
        self.show_all()
        self.look()

    def show_all(self) -> None:
        """Every word anew."""
        raise NotImplementedError

    def time(self, ms: int | None) -> str:
        """A time in the room's zone, "" where there is none."""
        return "" if ms is None else time_text(ms, self.model.zone, self.model.now())

    def chosen_and(self, fits: bool, words: str) -> str:
        """Why an act on the chosen row makes no sense now."""
        if not self.sheet.chosen_id():
            return tr(NO_ROW)
        return "" if fits else tr(words)
