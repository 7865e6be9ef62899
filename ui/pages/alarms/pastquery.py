"""What the view of all alarms asks the station: a page after the other of one question, and nothing that was overtaken. Paints nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.alarmquery import AlarmFilter, AlarmsPage
from cityops_desktop.link.messages import AlarmInfo

if TYPE_CHECKING:
    from ui.link import Link

PATH = "/api/v1/alarms"
PORTION = 100
MOST_PORTION = 500
MOST_FETCHED = 10_000
"""Rows of a file: as many as the station counts."""
WAIT_MS = 10_000


def query_of(wanted: AlarmFilter, now: int, after: str, limit: int) -> dict[str, str | int | list[str] | None]:
    """A question as the station is asked; `now` ends a span that is told by its length."""
    hidden = None if wanted.hidden is None else "true" if wanted.hidden else "false"
    return {
        "from": now - wanted.back * 1000 if wanted.back else wanted.start,
        "to": None if wanted.back else wanted.end,
        "level": [str(level) for level in wanted.levels],
        "state": [state.value for state in wanted.states],
        "hidden": hidden,
        "domain": wanted.domain,
        "group": wanted.groups,
        "device": wanted.devices,
        "point": wanted.points,
        "person": wanted.person,
        "text": wanted.text,
        "least": wanted.least,
        "most": wanted.most,
        "after": after,
        "limit": limit,
    }


class PastQuery(QObject):
    """`begun` gets the first page of a question, `continued` each that follows; `refused` why there is none."""

    begun = Signal(object)
    continued = Signal(object)
    refused = Signal(object)
    busyChanged = Signal(bool)

    def __init__(self, link: "Link", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._wanted = AlarmFilter()
        self._now = 0
        self._next: str | None = None
        self._number = 0
        self.busy = False

    def begin(self, wanted: AlarmFilter) -> None:
        """The newest that fit; what was asked before is not waited for any more."""
        self._wanted, self._now, self._next = wanted, self._link.model.now(), None
        self._ask("", self.begun)

    def more(self) -> None:
        """The next page; nothing while something is under way, or at the end."""
        if not self.busy and self._next is not None:
            self._ask(self._next, self.continued)

    def _ask(self, after: str, tell: SignalInstance) -> None:
        self._number += 1
        number = self._number
        self._set_busy(True)

        def came(answer: AlarmsPage | CommandResult) -> None:
            if number != self._number:
                return
            self._set_busy(False)
            if isinstance(answer, CommandResult):
                self.refused.emit(answer)
                return
            self._next = answer.next
            tell.emit(answer)

        self._link.ask(PATH, AlarmsPage, came, query_of(self._wanted, self._now, after, PORTION), wait_ms=WAIT_MS)

    def _set_busy(self, busy: bool) -> None:
        if busy is not self.busy:
            self.busy = busy
            self.busyChanged.emit(busy)


class Fetch(QObject):
    """All that a question finds, for a file. `ended` gets the rows and whether there are more, or why they did not come."""

    ended = Signal(object, bool, object)
    """list[AlarmInfo], more, CommandResult or None."""

    def __init__(self, link: "Link", wanted: AlarmFilter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._wanted = link, wanted
        self._now = link.model.now()
        self._rows: list[AlarmInfo] = []

    def start(self) -> None:
        """Ask for the first of them."""
        self._ask("")

    def _ask(self, after: str) -> None:
        self._link.ask(PATH, AlarmsPage, self._came, query_of(self._wanted, self._now, after, MOST_PORTION), wait_ms=WAIT_MS)

    def _came(self, answer: AlarmsPage | CommandResult) -> None:
        if isinstance(answer, CommandResult):
            self.ended.emit([], False, answer)
            return
        self._rows += answer.alarms
        if answer.next is not None and len(self._rows) < MOST_FETCHED:
            self._ask(answer.next)
        else:
            self.ended.emit(self._rows[:MOST_FETCHED], answer.next is not None, None)
