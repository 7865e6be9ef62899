"""With what the curves are compared: which earlier days, how far back that is, what it cannot show; which other point. Draws no curve."""

from datetime import tzinfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu

from cityops_desktop.texts import N_, tr
from ui.models.shown import time_text
from ui.models.ticks import days_before
from ui.pages.trends.comparedialogs import DaysDialog
from ui.widgets.menubutton import MenuButton

COMPARE = ((0, N_("Compare with nothing")), (1, N_("1 day before")), (7, N_("7 days before")))


class CompareButton(MenuButton):
    """`chosen` when a person has chosen days, `pairWanted` when another point is wanted."""

    chosen = Signal()
    pairWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.days = 0

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setText(self.ago() if self.days else tr("Compare"))

    def set_days(self, days: int) -> None:
        """So many days before; 0 = nothing."""
        self.days = days
        self.retranslate()

    def choose(self, days: int) -> None:
        """A person lays the same time of the clock so many days before under the curves."""
        self.set_days(days)
        self.chosen.emit()

    def fill(self, menu: QMenu) -> None:
        for days, name in COMPARE:
            action = menu.addAction(tr(name))
            action.setCheckable(True)
            action.setChecked(days == self.days)
            action.triggered.connect(lambda _=False, d=days: self.choose(d))
        other = menu.addAction(tr("Other days…") if self._listed() else tr("{ago}, other…", ago=self.ago()))
        other.setCheckable(True)
        other.setChecked(not self._listed())
        other.triggered.connect(self._ask_days)
        menu.addSeparator()
        menu.addAction(tr("Another point…")).triggered.connect(self.pairWanted)

    def _listed(self) -> bool:
        return any(days == self.days for days, _ in COMPARE)

    def _ask_days(self) -> None:
        self.open_dialog(DaysDialog(self.days or 2, self.choose, self))

    def ago(self) -> str:
        """The choice in words."""
        return next((tr(name) for days, name in COMPARE if days == self.days), tr("{n} days before", n=self.days))

    def shift(self, end: int, zone: tzinfo) -> int:
        """How many ms before a window with this end (UTC ms) the one compared lies; 0 = none is."""
        return end - days_before(end, self.days, zone) if self.days else 0

    def trouble(self, start: int, shift: int, oldest: int | None, zone: tzinfo, now: int) -> str:
        """What the comparison of a window with this start cannot show, when nothing older than `oldest` was recorded."""
        if not shift or oldest is None or start - shift >= oldest:
            return ""
        return tr("{ago}: nothing recorded before {time}", ago=self.ago(), time=time_text(oldest, zone, now))

    def notes(self) -> list[str]:
        """What must be known beside a picture of the curves."""
        return [tr("dashed: {ago}", ago=self.ago())] if self.days else []
