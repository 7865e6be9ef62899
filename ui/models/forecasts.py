"""What is on its way to a limit, as the station reckons it (history/analysis/heading.py): asked for while seen. Reckons nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.analysis import FindingInfo, HeadingsInfo
from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.models.shown import with_unit

if TYPE_CHECKING:
    from ui.link import Link

EVERY_BEATS = 10
OLD_MS = 35_000
"""Without an answer for so long nothing is known any more."""
PATH = "/api/v1/analysis/headings"


@dataclass(frozen=True, slots=True)
class Heading:
    """A point on its way: `limit` will be reached in so many `minutes`, between `low` and `high` (None = perhaps never); `level` is the
    limit's, `rises` = it is an upper one."""

    point: str
    minutes: float
    low: float
    high: float | None
    limit: float
    level: int
    rises: bool


class Forecasts(QObject):
    """The headings of a room. `changed` when there are others."""

    changed = Signal()

    def __init__(self, model: RoomModel, link: "Link", parent: QObject | None = None, *, looking: bool = False) -> None:
        super().__init__(parent)
        self._model, self._link = model, link
        self._told: dict[str, FindingInfo] = {}
        self._answered: int | None = None
        self._asking = False
        self._looking = looking
        self._beats = 0
        self._version = ""
        model.beat.connect(self._beat)
        model.replaced.connect(self._replaced)
        self._replaced()

    def set_looking(self, looking: bool) -> None:
        """Does somebody see what is told here?"""
        if looking and not self._looking:
            self._beats = 0
            self._looking = True
            self._ask()
        self._looking = looking

    @property
    def known(self) -> bool:
        """Has the station told, not long ago, so that "nothing" means nothing?"""
        return self._answered is not None and self._model.connected and self._model.now() - self._answered <= OLD_MS

    def of(self, key: str) -> Heading | None:
        """Where this point is heading; None when it is not, when that is not known, or when its value is old."""
        told = self._told.get(key)
        if told is None or told.due is None or told.limit is None or told.figure is None or not self.known:
            return None
        if key not in self._model.points or self._model.shown(key).stale:
            return None
        now = self._model.now()
        low, high = (None if end is None else max(0.0, (end - now) / 60_000) for end in (told.due.low, told.due.high))
        minutes = max(0.0, (told.due.value - now) / 60_000)
        return Heading(key, minutes, low or 0.0, high, told.limit, told.level or 4, told.figure.value > 0)

    def soonest(self) -> Heading | None:
        """What is there first, of equals the more urgent; None when nothing is known to be on its way."""
        found = [one for key in self._told if (one := self.of(key)) is not None]
        return min(found, key=lambda one: (one.minutes, one.level), default=None)

    def text(self, key: str) -> str:
        """In words: "↑ 32.0 °C in 12 min (9 to 17)"; "" when it is heading nowhere."""
        found = self.of(key)
        if found is None:
            return ""
        limit = with_unit(self._model.points[key], found.limit)
        low, value = (max(1, round(one)) for one in (found.low, found.minutes))
        way = "↑" if found.rises else "↓"
        if found.high is None:
            return tr("{way} {limit} in {n} min ({low} or more)", way=way, limit=limit, n=value, low=low)
        return tr("{way} {limit} in {n} min ({low} to {high})", way=way, limit=limit, n=value, low=low, high=max(1, round(found.high)))

    def short(self, key: str) -> str:
        """The least that says it: "↑ 12 min"; "" when it is heading nowhere."""
        found = self.of(key)
        return f"{'↑' if found.rises else '↓'} {tr('{n} min', n=max(1, round(found.minutes)))}" if found is not None else ""

    def _replaced(self) -> None:
        version = self._model.room.version if self._model.room is not None else ""
        if version != self._version:
            self._version, self._told, self._answered = version, {}, None

    def _beat(self) -> None:
        due = self._looking and self._beats % EVERY_BEATS == 0
        self._beats += 1
        if due:
            self._ask()

    def _ask(self) -> None:
        if self._model.room is None or not self._model.connected or self._asking:
            return
        self._asking = True
        self._link.ask(PATH, HeadingsInfo, self._came)

    def _came(self, answer: HeadingsInfo | CommandResult) -> None:
        self._asking = False
        if not isinstance(answer, HeadingsInfo):
            self._beats = 0  # asked again with the next second
            return
        told = {one.point: one for one in answer.headings}
        other = told != self._told or self._answered is None
        self._told, self._answered = told, answer.now
        if other:
            self.changed.emit()
