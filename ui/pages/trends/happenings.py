"""What happened in the time that the chart shows, asked of the station: alarms, notes, the station's own times. Paints nothing.

One question at a time, for more than is seen, so that a hand that pans does not ask with every pixel.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.trends import MarksPage

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link
    from ui.models.room import RoomModel

PATH = "/api/v1/marks"
REST_MS = 200
"""A hand has come to rest."""
FRESH_MS = 10_000
"""An answer about the present time holds so long, unless an alarm or an act comes."""
RETRY_MS = 5_000
"""After a question without an answer."""
LONGEST_MS = 366 * 86_400_000
ANSWER_MS = 10_000


class Happenings(QObject):
    """`brought` when `page` is another; None = nothing is known yet."""

    brought = Signal()

    def __init__(self, model: "RoomModel", link: "Link", acts: "Acts", parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._link = model, link
        self.page: MarksPage | None = None
        self._wanted: tuple[tuple[str, ...], int, int] = ((), 0, 0)
        self._known: tuple[tuple[str, ...], int, int] = ((), 0, 0)
        self._asked_at = 0
        self._failed_at = 0
        self._flying = False
        self._number = 0
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._ask)
        acts.carried.connect(self.stale)
        link.sessionChanged.connect(self.stale)
        model.alarmsChanged.connect(lambda _ids: self.stale())

    def want(self, keys: Sequence[str], start: int, end: int) -> None:
        """These points in this time are looked at now; none = nothing is."""
        self._wanted = (tuple(keys), start, end)
        if self._missing() and not self._rest.isActive() and not self._flying:
            self._rest.start()

    def stale(self) -> None:
        """Something has happened: what is looked at is asked for anew."""
        self._asked_at = 0
        self.want(*self._wanted)

    def forget(self) -> None:
        """The room is another one."""
        self.page, self._known = None, ((), 0, 0)
        self._number += 1
        self._flying = False

    def _missing(self) -> bool:
        keys, start, end = self._wanted
        if not keys or end <= start or not self._model.connected:
            return False
        known, first, last = self._known
        now = self._model.now()
        if now - self._failed_at < RETRY_MS:
            return False
        inside = known == keys and first <= start and min(end, now - FRESH_MS) <= last
        finer = self.page is not None and self.page.grouped and (last - first) > 4 * (end - start)
        old = self._asked_at == 0 or (end > self._asked_at - FRESH_MS and now - self._asked_at > FRESH_MS)
        return not inside or finer or old

    def _ask(self) -> None:
        if self._flying or not self._missing():
            return
        keys, start, end = self._wanted
        spare = min((end - start) // 2, max(0, LONGEST_MS - (end - start)) // 2)
        first, last = max(0, start - spare), end + spare
        self._flying, self._asked_at = True, self._model.now()
        number = self._number

        def came(answer: MarksPage | CommandResult) -> None:
            if number != self._number:
                return
            self._flying = False
            self._failed_at = 0 if isinstance(answer, MarksPage) else self._model.now()
            if isinstance(answer, MarksPage):
                self.page, self._known = answer, (keys, first, last)
                self.brought.emit()
                self.want(*self._wanted)

        query: dict[str, str | int | list[str] | None] = {"from": first, "to": last, "point": list(keys)}
        self._link.ask(PATH, MarksPage, came, query, wait_ms=ANSWER_MS)
