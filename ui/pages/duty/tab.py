"""What every tab of the page Duty is: made with the same three, told when the language changes, leading to other pages. Asks nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.models.room import RoomModel

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link


class DutyTab(QWidget):
    """A tab asks for itself (ui/models/asking.Asking with the tab as its page): one that is not shown is hidden and does no work."""

    openAlarms = Signal(str)
    """The alarms page at this alarm."""
    openTrendSpan = Signal(str, object, object)
    """This point's curve from one time to another (UTC ms)."""
    openPoint = Signal(str)
    """The details of this point."""
    openPage = Signal(str, str)
    """A page by its name, and what to show there ("" = nothing in particular)."""
    id = ""
    """By which other pages ask for the tab ("log" …)."""
    title = ""
    """A text marked for the catalogue."""

    def __init__(self, acts: "Acts", link: "Link", model: RoomModel) -> None:
        super().__init__()
        self.acts, self.link, self.model = acts, link, model

    def retranslate(self) -> None:
        """The words in the language in force."""
        raise NotImplementedError

    def take_keyboard(self) -> None:
        """The tab has been opened: whoever is to have the keyboard first."""
        self.setFocus()

    def show_subject(self, id: str) -> None:
        """A record of this tab, as soon as the station tells of it."""
