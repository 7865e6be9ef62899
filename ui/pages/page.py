"""What every page of the window is: the ways that lead from it to other pages, and the point that it is about. Paints nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.models.logcontext import LogContext, about, point_link
from ui.models.room import RoomModel

if TYPE_CHECKING:
    from ui.link import Link


class Page(QWidget):
    """A page reads from the model and asks the link; its window follows the signals. A hidden page does no work."""

    openAlarms = Signal(str)
    """The alarms page at this alarm's id; "" = all of them."""
    openTrend = Signal(str)
    """This point's curve."""
    openTrendSpan = Signal(str, object, object)
    """This point's curve from one time to another (UTC ms)."""
    openRack = Signal(str)
    """This rack's elevation."""
    openPoint = Signal(str)
    """The details of this point."""
    openDevice = Signal(str)
    """This device in the equipment tree."""
    openWire = Signal(str)
    """This device's frames on its line; of a line ("bus:" and its id) all of them."""
    openLimit = Signal(str)
    """The limit ("point#limit") among all limits, with what another one would have done."""
    openAudit = Signal(object)
    """The record of what was done, from this time on (UTC ms, None = all of it)."""
    openLogs = Signal(str, object)
    """The collected lines of this source ("" = of all) about this time (UTC ms)."""
    openPage = Signal(str, str)
    """A page by its name, and the point or device to show there ("" = none)."""
    openPast = Signal(object)
    """The room at this time (UTC ms, None = somebody will say which)."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._link = link
        self._first: QWidget | None = None

    def setFocusProxy(self, first: QWidget | None, /) -> None:
        """Who gets the keyboard when the page is opened. Not Qt's own proxy, past which Tab leaves the page without having been at
        anything that stands before it."""
        self._first = first

    def take_keyboard(self) -> None:
        """The page has been opened."""
        (self._first or self).setFocus()

    def retranslate(self) -> None:
        """The words in the language in force, the colours of the theme in force."""
        raise NotImplementedError

    def point(self) -> str:
        """The key of the point that a person means now (selected, or under the mouse): F4 shows its details. "" = none."""
        return ""

    def log_context(self) -> LogContext:
        """What an entry of the log book is about that somebody begins here (F2)."""
        return about(point_link(self._model, self.point()))
