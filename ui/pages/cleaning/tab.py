"""What every tab of the page Cleaning and visitors is: an upper sheet of what stands, a lower one of what was, buttons beside them.

Each asks the station for itself while it is shown; what was told stays on the screen when the station cannot be asked, with its age.
"""

from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel
from PySide6.QtWidgets import QHBoxLayout, QLabel

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.asking import Asking
from ui.models.room import RoomModel
from ui.models.shown import moment, time_text
from ui.widgets.sheet import Row, Sheet
from ui.widgets.sheettab import SheetTab

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

NO_ROW = N_("choose a row first")
UNREACHABLE = ("no_station", "no_answer", "busy", "search_too_slow")
"""Why an answer may be missing while what was told before still helps."""
_M = TypeVar("_M", bound=BaseModel)


class HouseTab(SheetTab, Generic[_M]):
    """`show_all` repaints from `told`."""

    title = ""
    path = ""
    below = ""
    """What the lower sheet is called."""

    def __init__(self, acts: "Acts", link: "Link", kind: type[_M]) -> None:
        super().__init__(acts, self.title)
        self.head.setWordWrap(False)
        self.told: _M | None = None
        self._old = False
        self.age = QLabel()
        self.former = Sheet()
        self.former.chosen.connect(self.look)
        self.bar = QHBoxLayout()
        """Between the sheets: what belongs to the lower one."""
        self.former_head = QLabel()
        self.bar.addWidget(self.former_head)
        self.bar.addStretch(1)
        self.left.addLayout(self.bar)
        self.left.addWidget(self.former, 1)
        self.asking = Asking(link, acts, self.path, "duty.read", kind, self, self._answered, self.query)

    @property
    def model(self) -> RoomModel:
        """Of the room."""
        return self.acts.model

    def show_all(self) -> None:
        """Every word anew."""
        raise NotImplementedError

    def query(self) -> dict[str, str | int | list[str] | None]:
        """What the station is asked about."""
        return {}

    def now_told(self) -> int:
        """When the station told this (UTC ms)."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.former_head.setText(tr(self.below))
        if self.told is not None:
            self.show_all()
            self._show_age()
        self.look()

    def take_keyboard(self) -> None:
        """The tab has been opened."""
        self.sheet.setFocus()

    def second(self) -> None:
        """Clocks go on; only while it is shown."""

    def forget(self) -> None:
        """Nothing of what was told stays on the screen."""
        self.told = None
        self.sheet.tell([], [])
        self.former.tell([], [])
        self.age.clear()
        self.say("")

    def tell_former(self, titles: list[str], rows: list[Row], *, wide: int = 0) -> None:
        """The rows of the lower sheet."""
        self.former.tell(titles, rows, wide=wide)
        self.former.describe(tr(self.below))
        self.look()

    def _answered(self, told: _M | CommandResult) -> None:
        if not isinstance(told, CommandResult):
            self.told, self._old = told, False
            self.show_all()
        elif told.code in UNREACHABLE and self.told is not None:
            self._old = True
        else:
            self.forget()
            self.say(result_text(told))
        self._show_age()
        self.look()

    def _show_age(self) -> None:
        self.age.setText(tr("as told at {time}", time=self.time(self.now_told())) if self.told is not None else "")
        self.age.setFont(theme.font(theme.SMALL, self._old))

    # for the subclasses

    def time(self, ms: int | None) -> str:
        """A time in the room's zone, "" where there is none."""
        return "" if ms is None else time_text(ms, self.model.zone, self.model.now())

    def minute(self, ms: int | None) -> str:
        """Day and minute in the room's zone, the minute alone today; "" where there is none."""
        if ms is None:
            return ""
        then, now = moment(ms, self.model.zone), moment(self.model.now(), self.model.zone)
        return (
            f"{then:%H:%M}" if then.date() == now.date() else f"{then:%m-%d %H:%M}" if then.year == now.year else f"{then:%Y-%m-%d %H:%M}"
        )

    def upper_and(self, fits: bool, words: str) -> str:
        """Why an act on the chosen row of the upper sheet makes no sense now."""
        return self._and(self.sheet, fits, words)

    def former_and(self, fits: bool, words: str) -> str:
        """The same of the lower sheet."""
        return self._and(self.former, fits, words)

    def _and(self, sheet: Sheet, fits: bool, words: str) -> str:
        if not sheet.chosen_id():
            return tr(NO_ROW)
        return "" if fits else tr(words)
