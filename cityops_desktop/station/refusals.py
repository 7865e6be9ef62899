"""Keeps the refused acts in the change log: each one while they are few, their number when they come as a flood. Refuses nothing itself."""

import logging
from collections import Counter
from concurrent.futures import Future

from cityops_desktop.clock import Clock
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

EACH = 30
"""Refusals a minute that get a row of their own; beyond that they are counted by code and written once a minute."""
MINUTE = 60.0
KINDS = 100
"""Different codes and kinds that are counted apart."""


class Refusals:
    """Used from the station's loop only; never blocks and never fails."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._minute = clock.monotonic()
        self._written = 0
        self._more: Counter[str] = Counter()

    def refused(self, code: str, *, kind: str, actor: str, console: str, by: object = "", **more: object) -> None:
        """Somebody was refused: `kind` of the command or request, `actor` an account's id or "console:<name>".

        `by`: whose valid session it was, where only the refusal itself knows (Refused.about).
        """
        self.tick()
        if self._written >= EACH:
            name = f"{kind} {code}"
            self._more[name if name in self._more or len(self._more) < KINDS else "other"] += 1
            return
        self._written += 1
        self._write("act.refused", f"refused:{kind}", str(by or actor), {"code": code, "console": console, **more})

    def tick(self) -> None:
        """Once a second or so: what was counted in the minute that is over."""
        now = self._clock.monotonic()
        if now - self._minute < MINUTE:
            return
        self._minute, self._written = now, 0
        self.finish()

    def finish(self) -> None:
        """Write what was counted so far: the minute is over, or the station stops."""
        if self._more:
            counted, self._more = dict(self._more), Counter()
            self._write("act.refused_many", "refused:many", "station", {"counts": counted})

    def _write(self, kind: str, subject: str, actor: str, body: dict[str, object]) -> None:
        time = self._clock.wall()
        try:
            future = self._store.write(lambda conn: changes.append(conn, kind=kind, subject=subject, actor=actor, time=time, body=body))
        except StoreError as error:
            log.warning("a refused act could not be recorded: %s", error)
            return
        future.add_done_callback(_look)


def _look(done: "Future[int]") -> None:
    if not done.cancelled() and done.exception() is not None:
        log.warning("a refused act is not in the store: %s", done.exception())
