"""The repaint heartbeat: tells the station once a second that a window has been painted anew, and says goodbye when it is closed.

Runs on the GUI's own loop: a loop that hangs, and a window that is not painted, both fall silent, and the supervisor notices.
"""

import logging
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QObject, QTimer

from cityops_desktop.link import files
from cityops_desktop.link.messages import CommandResult, ConsoleBeat
from cityops_desktop.model.people import Outcome
from ui.link import Link

log = logging.getLogger(__name__)

BEAT_MS = 1000
GOODBYE_MS = 1500


class Heartbeat(QObject):
    """One window. `paints` says how often it has been painted; without it (a window that others may cover) turns of the loop count."""

    def __init__(self, link: Link, console: str, window: str, name: str, paints: Callable[[], int] | None = None) -> None:
        super().__init__()
        self._link = link
        self.console, self.window, self.name = console, window, name
        self._paints = paints
        self._turns = 0
        self._told = -1
        self._timer = QTimer(self, interval=BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """From now on it is expected to go on, whatever it said when it was closed the last time."""
        files.took_leave(self._link.data, f"{self.console}/{self.window}")
        self._timer.start()

    def _beat(self) -> None:
        self._turns += 1
        count = self._turns if self._paints is None else self._paints()
        if count != self._told:
            self._told = count
            self._link.beat(self._body(count), lambda _result: None)

    def goodbye(self) -> None:
        """It is being closed in order. Waits for the station's answer, but not for long; without a station it leaves word."""
        self._timer.stop()
        loop = QEventLoop()
        answers: list[CommandResult] = []

        def answered(result: CommandResult) -> None:
            answers.append(result)
            loop.quit()

        self._link.beat(self._body(0).model_copy(update={"bye": True}), answered)
        if not answers:
            QTimer.singleShot(GOODBYE_MS, loop, loop.quit)
            loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        if not answers or answers[0].outcome is not Outcome.DONE:
            try:
                files.take_leave(self._link.data, f"{self.console}/{self.window}")
            except OSError as error:
                log.info("no word could be left for the supervisor: %s", error)

    def _body(self, count: int) -> ConsoleBeat:
        return ConsoleBeat(console=self.console, window=self.window, name=self.name, paints=count)
