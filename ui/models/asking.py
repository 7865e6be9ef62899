"""A question that a page asks while it is shown: at once, when the person changes, after each act, and now and then. Paints nothing.

What the person may not ask is not asked: the station records every refusal, and nobody has done anything wrong by looking at a page.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Limited, Outcome

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

AGAIN_MS = 10_000
_M = TypeVar("_M", bound=BaseModel)


class Asking(QObject, Generic[_M]):
    """`answered` gets the newest answer, or why there is none. A hidden page asks nothing."""

    def __init__(
        self,
        link: "Link",
        acts: "Acts",
        path: str,
        right: str,
        kind: type[_M],
        page: QWidget,
        answered: Callable[[_M | CommandResult], None],
        query: Callable[[], Mapping[str, str | int | list[str] | None]] = dict,
    ) -> None:
        """`query` says what is asked about, each time anew."""
        super().__init__(page)
        self._query = query
        self._link, self._path, self._right, self._kind, self._page, self._answered = link, path, right, kind, page, answered
        self._number = 0
        self._timer = QTimer(self, interval=AGAIN_MS)
        self._timer.timeout.connect(self.ask)
        page.installEventFilter(self)
        link.sessionChanged.connect(self.ask)
        link.model.connectedChanged.connect(self.ask)
        acts.carried.connect(self.ask)

    def ask(self) -> None:
        """Now, if the page is shown; an answer to an earlier question is not waited for any more."""
        if not self._page.isVisible():
            return
        self._number += 1
        number, refused = self._number, self._refused()
        if refused:
            self._answered(CommandResult(id="", outcome=Outcome.REFUSED, code=refused))
            return
        self._link.ask(self._path, self._kind, lambda answer: self._came(number, answer), self._query())

    def _refused(self) -> str:
        session = self._link.session
        if not self._link.model.connected:
            return "no_station"
        if session is None:
            return "not_logged_in"
        if self._right not in session.rights:
            return "no_right"
        return "" if session.limited is Limited.NOTHING or self._right.startswith("own.") else f"must_{session.limited}"

    def _came(self, number: int, answer: _M | CommandResult) -> None:
        if number == self._number:
            self._answered(answer)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The page comes and goes."""
        if event.type() is QEvent.Type.Show:
            self._timer.start()
            self.ask()
        elif event.type() is QEvent.Type.Hide:
            self._timer.stop()
        return False
