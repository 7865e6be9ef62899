"""What every tab of the page Work orders is: a list that asks for itself, acts beside it, the chosen row's story below. Decides nothing."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.texts import N_, tr
from ui.actions.outcome import result_text
from ui.models.asking import Asking
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.widgets.sheettab import SheetTab

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

NO_ROW = N_("choose a row first")
OTHER_STATE = N_("this does not follow from how it stands")
UNREACHABLE = ("no_station", "no_answer", "busy", "search_too_slow")
"""Why an answer may be missing while what was told before still helps."""
_M = TypeVar("_M", bound=BaseModel)


class DeskTab(SheetTab, Generic[_M]):
    """`page` is the newest answer, None while there is none to show. A tab that is not shown asks nothing."""

    openTrendSpan = Signal(str, object, object)
    openAlarms = Signal(str)
    stepsWanted = Signal(str)
    """This operation ticket, step by step."""
    id = ""
    """By which other pages ask for the tab."""
    title = ""
    path = ""
    kind: type[_M]

    def __init__(self, acts: "Acts", link: "Link", name: str) -> None:
        super().__init__(acts, name)
        self.head.setWordWrap(False)  # a height that hangs on the width would make the page higher than the window
        self.link = link
        self.page: _M | None = None
        self._wanted = ""
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.left.addWidget(self.text, 1)
        self.left.setStretch(0, 2)
        self.sheet.chosen.connect(self.choose)
        self._asking = Asking(link, acts, self.path, "duty.read", self.kind, self, self._answered)

    @property
    def model(self) -> RoomModel:
        """Of the room."""
        return self.acts.model

    def show_all(self) -> None:
        """Every word anew, from `page`."""
        raise NotImplementedError

    def choose(self) -> None:
        """Another row was chosen."""

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.text.setAccessibleName(tr("About the chosen row"))
        self.show_all()
        self.look()

    def show_subject(self, id: str) -> None:
        """This record, as soon as the station tells of it."""
        self._wanted = id
        self._choose_wanted()

    def day(self, ms: int | None) -> str:
        """A time in the room's zone, "" where there is none."""
        return "" if ms is None else f"{moment(ms, self.model.zone):%Y-%m-%d %H:%M}"

    def tell_text(self, text: str) -> None:
        """What stands below the list; the same text keeps its place."""
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    def nothing_chosen(self) -> str:
        """What stands below the list while no row is chosen."""
        return tr("Choose a row above.") if self.page is not None and self.sheet.texts() else ""

    def when(self, fits: bool, words: str = OTHER_STATE) -> str:
        """Why an act on the chosen row makes no sense now."""
        if not self.sheet.chosen_id():
            return tr(NO_ROW)
        return "" if fits else tr(words)

    def _answered(self, told: _M | CommandResult) -> None:
        if not isinstance(told, CommandResult):
            self.page = told
        elif told.code not in UNREACHABLE:
            self.page = None
            self.tell_rows([tr(self.title)], [])
            self.tell_text("")
            self.say(tr("Nobody is logged in.") if told.code == "not_logged_in" else result_text(told))
            return
        self.show_all()
        self._choose_wanted()

    def _choose_wanted(self) -> None:
        if self._wanted and self.page is not None:
            self.sheet.choose(self._wanted)
            self._wanted = ""


def named(words: Mapping[str, str], key: str) -> str:
    """The word for a code, the code itself where there is none."""
    return tr(words[key]) if key in words else key
