"""What the page Audit asks the station: the rows that fit a choice, portion by portion, and nothing that was overtaken. Paints nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.audit import AuditPage, ChangeInfo
from ui.pages.audit.words import haystack

if TYPE_CHECKING:
    from ui.link import Link

PATH = "/api/v1/audit"
PORTION = 100
SEARCH_MS = 15_000
"""A search through all of the log may take its time; the station gives up after ten seconds."""
ENOUGH = 30
"""So many rows of a portion that is narrowed down here fill the screen; with fewer the next portion is asked for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows: times are UTC ms, `end` not included; `also` must stand in the row, too."""

    actor: str = ""
    subject: str = ""
    kind: str = ""
    start: int | None = None
    end: int | None = None
    text: str = ""
    also: str = ""

    def query(self, before: int | None) -> dict[str, str | int | None]:
        """As the station is asked."""
        return {
            "actor": self.actor,
            "subject": self.subject,
            "kind": self.kind,
            "from": self.start,
            "to": self.end,
            "text": self.text,
            "before": before,
            "limit": PORTION,
        }


class Log(QObject):
    """`begun` gets the newest portion, `continued` the next older one; `refused` why there is none."""

    begun = Signal(object)
    continued = Signal(object)
    refused = Signal(object)
    busyChanged = Signal(bool)

    def __init__(self, link: "Link", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._choice = Choice()
        self._number = 0
        self.busy = False

    def begin(self, choice: Choice) -> None:
        """The newest rows of this choice; what was asked before is not waited for any more."""
        self._choice = choice
        self._ask(None, self.begun.emit, [])

    def older(self, before: int) -> None:
        """Those before this row; nothing while something is under way."""
        if not self.busy:
            self._ask(before, self.continued.emit, [])

    def peek(self, told: Callable[[AuditPage], None]) -> None:
        """What is newest of all, beside what is shown."""
        self._link.ask(PATH, AuditPage, lambda answer: told(answer) if isinstance(answer, AuditPage) else None, {"limit": 1})

    def _ask(self, before: int | None, tell: Callable[[AuditPage], None], kept: list[ChangeInfo]) -> None:
        self._number += 1
        number = self._number
        self._set_busy(True)

        def came(answer: AuditPage | CommandResult) -> None:
            if number == self._number:
                self._came(answer, tell, kept)

        self._link.ask(PATH, AuditPage, came, self._choice.query(before), wait_ms=SEARCH_MS)

    def _came(self, answer: AuditPage | CommandResult, tell: Callable[[AuditPage], None], kept: list[ChangeInfo]) -> None:
        if isinstance(answer, CommandResult):
            self._set_busy(False)
            self.refused.emit(answer)
            return
        also = self._choice.also.casefold()
        rows = kept + [row for row in answer.rows if also in haystack(row)]
        if also and len(rows) < ENOUGH and answer.more and answer.rows:
            self._ask(answer.rows[-1].seq, tell, rows)
            return
        self._set_busy(False)
        self._last = answer.rows[-1].seq if answer.rows else 0
        tell(answer.model_copy(update={"rows": rows}))

    @property
    def last(self) -> int:
        """The oldest row that was looked at."""
        return self._last

    _last = 0

    def _set_busy(self, busy: bool) -> None:
        if busy is not self.busy:
            self.busy = busy
            self.busyChanged.emit(busy)
