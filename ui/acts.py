"""Carries out what a person asks at this console: a login first where one is needed, then the act, then what became of it.

Keeps which alarms are on their way ("sent…"); never paints an alarm acknowledged: only the station's stream does that.
"""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.messages import CommandResult
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import tr
from ui.actions import alarms as alarm_actions
from ui.actions import people as people_actions
from ui.actions.outcome import result_text
from ui.link import Link


class Acts(QObject):
    """One for the window. `ask_login(purpose, then)` is the window's way to a login dialog."""

    said = Signal(str, bool)
    """What became of an act, in words, and whether it went well."""
    pendingChanged = Signal(object)
    """frozenset[str] of alarm ids that were sent, or whose answer came."""

    def __init__(self, link: Link, ask_login: Callable[[str, Callable[[], None]], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._ask_login = ask_login
        self.pending: set[str] = set()
        self.silencing = False

    def acknowledge(self, ids: Sequence[str]) -> None:
        """Acknowledge these occurrences, as the person logged in or who logs in now."""
        wanted = [one for one in ids if one not in self.pending]
        if not wanted:
            return
        if self._link.session is None and self._link.model.connected:
            self._ask_login(tr("Log in to acknowledge {n} alarm(s).", n=len(wanted)), partial(self._acknowledge_now, wanted))
        else:
            self._acknowledge_now(wanted)

    def silence(self) -> None:
        """Silence the sounds at all consoles."""
        if not self.silencing:
            self.silencing = True
            alarm_actions.silence(self._link, on_result=self._silenced)

    def log_out(self) -> None:
        """Nobody is logged in here any more."""
        people_actions.logout(self._link)
        self.said.emit(tr("Logged out"), True)

    def _acknowledge_now(self, ids: list[str]) -> None:
        self.pending.update(ids)
        self.pendingChanged.emit(frozenset(ids))
        self.said.emit(tr("Acknowledge: sent…"), True)
        alarm_actions.acknowledge(self._link, alarms=ids, on_result=partial(self._acknowledged, frozenset(ids)))

    def _acknowledged(self, ids: frozenset[str], result: CommandResult) -> None:
        self.pending -= ids
        self.pendingChanged.emit(ids)
        self.said.emit(tr("Acknowledge: {result}", result=result_text(result)), result.outcome is Outcome.DONE)

    def _silenced(self, result: CommandResult) -> None:
        self.silencing = False
        self.said.emit(tr("Silence: {result}", result=result_text(result)), result.outcome is Outcome.DONE)
