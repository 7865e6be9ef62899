"""Carries out what a person asks at this console: a login first where one is needed, then the act, then what became of it.

Keeps which alarms are on their way ("sent…"); never paints an alarm acknowledged: only the station's stream does that.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Limited, Outcome, Way
from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.texts import tr
from ui.actions import alarms as alarm_actions
from ui.actions import people as people_actions
from ui.actions.outcome import result_text
from ui.dialogs.logentries import LogEntries
from ui.drafts import Drafts
from ui.link import Link, OnResult
from ui.models.room import RoomModel

_M = TypeVar("_M", bound=BaseModel)
QUICK_ACTS = frozenset(
    {"alarm.acknowledge", "rule.acknowledge", "own.session_end", "view.save", "view.delete"}
    | {"alarm.tick", "alarm_view.save", "alarm_view.delete", "note.add"}
    | {"incident.open", "incident.entry", "warning.respond", "drill.entry"}
    | {"duty.sign_in", "duty.sign_out"}
    | {"order.raise", "order.begin", "order.note", "order.done", "tag.hang"}
    | {"attachment.add", "logbook.write", "logbook.close"}
    | {"handover.offer", "handover.withdraw", "handover.item", "handover.item_close", "stock.move", "stock.back", "stock.count"}
    | {"cleaning.done", "cleaning.check", "visit.enter", "visit.leave", "visit.extend", "goods.enter", "goods.pass"}
    | {"maintenance.done", "contract.call", "contract.step"}
    | {"patrol.begin", "patrol.abandon", "patrol.submit", "patrol.missed", "patrol.scans"}
)
"""What the station lets somebody do who came back by PIN or badge; all else asks for the password first."""


class Action(Protocol):
    """One function of ui/actions with everything given but whom to tell."""

    def __call__(self, link: Link, *, on_result: OnResult) -> None:
        """Send it."""
        ...


class Acts(QObject):
    """One for the window. `ask_login(purpose, then)` is the window's way to a login dialog."""

    carried = Signal()
    """An act about people was carried out: whoever shows them asks anew."""
    dialogWanted = Signal(object)
    """A QDialog that a page has made: the window shows it, one at a time."""

    said = Signal(str, bool)
    """What became of an act, in words, and whether it went well."""
    pendingChanged = Signal(object)
    """frozenset[str] of alarm ids that were sent, or whose answer came."""

    def __init__(
        self,
        link: Link,
        ask_login: Callable[[str, Callable[[], None]], None],
        parent: QObject | None = None,
        *,
        drafts: Path | None = None,
    ) -> None:
        """`drafts`: the folder of this console's drafts; beside the files of its station when nobody says."""
        super().__init__(parent)
        self._link = link
        self._drafts_folder = drafts
        self.entries = LogEntries(link, self)
        self._ask_login = ask_login
        self.pending: set[str] = set()
        self.silencing = False

    @cached_property
    def drafts(self) -> Drafts:
        """What people have begun at this console and no station has taken."""
        return Drafts(self._drafts_folder or self._link.data / "drafts", self)

    @property
    def model(self) -> RoomModel:
        """What is known of the room, for whoever writes a paper about it."""
        return self._link.model

    @property
    def who(self) -> str:
        """The name of the person here, "" for nobody."""
        session = self._link.session
        return f"{session.person.display} ({session.person.name})" if session is not None else ""

    def why_not(self, kind: str) -> str:
        """Why the person here cannot give this command, in words; "" = nothing speaks against it here. The station decides anyway."""
        session = self._link.session
        if not self._link.model.connected:
            return tr(COMMAND_CODES["no_station"])
        if session is None:
            return tr(COMMAND_CODES["not_logged_in"])
        if kind not in session.rights:
            quick = session.way is not Way.FULL and kind not in QUICK_ACTS
            return tr(COMMAND_CODES["quick_session" if quick else "no_right"])
        if session.limited is not Limited.NOTHING and not kind.startswith("own."):
            return tr(COMMAND_CODES[f"must_{session.limited}"])
        return ""

    def prepare(self, words: str, kind: str, then: Callable[[], None]) -> None:
        """Go on to the dialog of this act with somebody who may give it: whoever is not logged in, or by PIN or badge only, is asked to
        first; to whoever may not it is said at once."""
        session = self._link.session
        quick = session is not None and session.way is not Way.FULL and kind not in QUICK_ACTS
        why = self.why_not(kind)
        if self._link.model.connected and (session is None or quick):
            self._ask_login(tr("{act}: log in with the password.", act=words), partial(self.prepare, words, kind, then))
        elif why:
            self.said.emit(tr("{act}: {result}", act=words, result=why), False)
        else:
            then()

    def ask_login(self, purpose: str) -> None:
        """Ask who is there, for no act yet."""
        self._ask_login(purpose, lambda: None)

    def ask(
        self,
        path: str,
        kind: type[_M],
        then: Callable[[_M | CommandResult], None],
        query: Mapping[str, str | int | list[str] | None] | None = None,
        *,
        wait_ms: int = 0,
    ) -> None:
        """What must be known before an act can be offered."""
        self._link.ask(path, kind, then, query, wait_ms=wait_ms)

    def show(self, dialog: QDialog) -> None:
        """Let the window show it."""
        self.dialogWanted.emit(dialog)

    def carry_out(self, words: str, kind: str, action: Action, then: OnResult | None = None, *, asks: bool = True) -> None:
        """Do it as the person logged in, say what became of it, tell `then`. `asks`: where nobody is logged in, or somebody by PIN or
        badge alone who needs the password for it, that is asked first."""
        session = self._link.session
        quick = session is not None and session.way is not Way.FULL and kind not in QUICK_ACTS
        if asks and self._link.model.connected and (session is None or quick):
            purpose = tr("{act}: log in with the password.", act=words)
            self._ask_login(purpose, partial(self.carry_out, words, kind, action, then, asks=False))
            return
        self.said.emit(tr("{act}: sent…", act=words), True)
        action(self._link, on_result=partial(self._carried_out, words, then))

    def _carried_out(self, words: str, then: OnResult | None, result: CommandResult) -> None:
        self.said.emit(tr("{act}: {result}", act=words, result=result_text(result)), result.outcome is Outcome.DONE)
        if then is not None:
            then(result)
        if result.outcome is not Outcome.REFUSED:
            self.carried.emit()

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
