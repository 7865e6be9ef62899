"""The console's link to the station: who is logged in here, people's acts and questions out, what became of them back.

Nothing is ever queued: an act without a station is refused here and at once. Decides no right and paints nothing. When a session ends
only the person goes: the stream (`feed.py`) and the questions about the room live on.
"""

import logging
import platform
import secrets
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter
from PySide6.QtCore import QIODevice, QObject, QUrlQuery, Signal
from PySide6.QtNetwork import QNetworkReply

from cityops_desktop.link.acts import AnyAct, Command, CommandResult
from cityops_desktop.link.duty.attachments import AddAttachment
from cityops_desktop.link.messages import ConsoleBeat, DeviceDetail, Refusal
from cityops_desktop.link.people import Login, OwnPage, PersonInfo, QuickLogin, QuickPerson, SessionInfo, Setup
from cityops_desktop.model.people import Limited, Outcome
from ui.feed import Feed
from ui.models.room import RoomModel
from ui.wire import ANSWER_MS, Answered, Wire, encoded, message, read, status

if TYPE_CHECKING:
    from cityops_desktop.model.envelope import Past

log = logging.getLogger(__name__)

FETCH_MS = 30_000
"""So long a long answer may stand still."""
HISTORY_MS = 20_000
"""A question about the past may wait for others before it, and for a disk."""

OnResult = Callable[[CommandResult], None]
RESTARTING = ("config.apply", "config.rollback")
ENDED = ("not_logged_in", "stolen_session")
DONE = CommandResult(id="", outcome=Outcome.DONE)
NO_STATION = CommandResult(id="", outcome=Outcome.REFUSED, code="no_station")
_QUICK_PEOPLE = TypeAdapter(list[QuickPerson])
_M = TypeVar("_M", bound=BaseModel)


class Link(QObject):
    """To one station, whose files are in `data`."""

    sessionChanged = Signal()

    def __init__(self, data: Path, model: RoomModel, parent: QObject | None = None, *, secret: str = "") -> None:
        """`secret` proves at the station that this is the same console as before (Settings.secret); else it is a new one each time."""
        super().__init__(parent)
        self.data = data
        self.model = model
        self.wire = Wire(data, secret or secrets.token_urlsafe(32), self)
        self.feed = Feed(self.wire, model, self)
        self.session: SessionInfo | None = None
        self.locked = False
        """The session before was ended by the station, or by nobody being there; not by logging out."""
        self.console = platform.node() or "console"
        model.beat.connect(self._end_expired_session)

    def start(self) -> None:
        """Look for the station, for ever."""
        self.feed.start()

    def stop(self) -> None:
        """Let go of the station and of everything asked; nothing is called back afterwards."""
        self.feed.stop()
        self.wire.give_up_all()

    @property
    def person(self) -> PersonInfo | None:
        """Who is logged in here."""
        return self.session.person if self.session else None

    # acts

    def command(self, act: AnyAct, on_result: OnResult, wait_ms: int = ANSWER_MS) -> None:
        """Send an act of the person logged in; `on_result` gets what became of it, always exactly once, after `wait_ms` at the latest."""
        body = Command(id=str(uuid.uuid4()), deadline=self.model.now() + wait_ms, act=act)
        sent = self.session

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            result = (message(CommandResult, data) if status == 200 else None) or _not_done(body.id, status, data, unsent)
            self._noticed(result, sent)
            self._notice_version(act, result)
            on_result(result)

        path = "/api/v1/duty/attachments" if isinstance(act, AddAttachment) else "/api/v1/commands"
        self._send("POST", path, body, answered, on_result, wait_ms=wait_ms)

    def _notice_version(self, act: AnyAct, result: CommandResult) -> None:
        version = result.data.get("version")
        if act.kind in RESTARTING and result.outcome is Outcome.DONE and isinstance(version, int):
            self.model.expect_version(version)

    # who is there

    def log_in(self, name: str, password: str, on_result: OnResult, code: str = "") -> None:
        """Log a person in at this console; `code` of the second factor when the station asked for it."""
        self._come("/api/v1/session", Login(name=name, password=password, console=self.console, code=code), on_result)

    def quick_log_in(self, on_result: OnResult, *, account: str = "", pin: str = "", badge: str = "") -> None:
        """Let somebody who logged in here before come back, by PIN or by badge."""
        self._come("/api/v1/session/quick", QuickLogin(console=self.console, account=account, pin=pin, badge=badge), on_result)

    def _come(self, path: str, body: BaseModel, on_result: OnResult) -> None:
        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            session = message(SessionInfo, data) if status in (200, 201) else None
            if session is not None:
                self._set_session(session)
                on_result(DONE)
            else:
                on_result(_not_done("", status, data, unsent))

        self._send("POST", path, body, answered, on_result)

    def quick_people(self, callback: Callable[[list[QuickPerson]], None]) -> None:
        """Who may come back at this console by PIN or badge; nobody without an answer."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            callback((read(_QUICK_PEOPLE, data) or []) if status == 200 else [])

        self._send("GET", "/api/v1/session/quick", None, answered, lambda result: callback([]))

    def touch(self) -> None:
        """Tell the station that the person is still there; it may say that the session has ended."""
        sent = self.session

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            if status is not None and status >= 400:
                self._noticed(_not_done("", status, data, unsent), sent)

        if sent is not None:
            self._send("PUT", "/api/v1/session", None, answered, lambda result: None)

    def lock(self) -> None:
        """Nobody has been there for long: the person goes here; at the station the session ends by itself."""
        if self.session is not None:
            self._set_session(None, locked=True)

    def renew_limits(self, then: Callable[[], None]) -> None:
        """Learn what the session must still do first, and its rights, after something of that was done."""
        sent = self.session

        def came(own: OwnPage | CommandResult) -> None:
            if isinstance(own, OwnPage) and self.session is sent and sent is not None:
                limited = next((one.limited for one in own.sessions if one.id == sent.id), Limited.NOTHING)
                self._set_session(sent.model_copy(update={"limited": limited, "rights": own.rights}))
            then()

        self.ask("/api/v1/own", OwnPage, came)

    def log_out(self) -> None:
        """End the session here at once, whether or not the station hears it; it also ends there by itself."""
        if self.session is None:
            return
        if self.model.connected:
            self.wire.send("DELETE", "/api/v1/session", b"", lambda status, data, unsent: None)
        self._set_session(None)

    # questions

    def ask(
        self,
        path: str,
        kind: type[_M],
        callback: Callable[[_M | CommandResult], None],
        query: Mapping[str, str | int | list[str] | None] | None = None,
        *,
        wait_ms: int = 0,
    ) -> None:
        """Ask as the person logged in; the callback gets the answer, or why there is none, always exactly once."""
        self._question("GET", path, None, kind, callback, query, wait_ms)

    def put(
        self,
        path: str,
        body: BaseModel,
        kind: type[_M],
        callback: Callable[[_M | CommandResult], None],
        *,
        wait_ms: int = 0,
    ) -> None:
        """Hand something in that changes nothing by itself (a draft) and get what the station makes of it."""
        self._question("PUT", path, body, kind, callback, None, wait_ms)

    def fetch(
        self, path: str, file: QIODevice, callback: OnResult, query: Mapping[str, str | int | None] | None = None
    ) -> Callable[[], None]:
        """Ask as the person logged in for something long, which goes into `file` as it comes; the callback says whether all of it came.
        What is returned gives it up, and then nothing is called back."""
        sent = self.session

        def came(reply: QNetworkReply) -> None:
            if status(reply) == 200 and self.wire.waits(reply) and file.write(reply.readAll()) < 0:
                reply.abort()

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            whole = status == 200 and file.write(data) == len(data)
            result = DONE if whole else _not_done("", status, data, unsent)
            self._noticed(result, sent)
            callback(result)

        reply = self.wire.send("GET", path, b"", answered, encoded(query or {}), FETCH_MS) if self.model.connected else None
        if reply is None:
            callback(NO_STATION)
            return lambda: None
        reply.readyRead.connect(partial(came, reply))
        return partial(self.wire.give_up, reply)

    def _question(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        kind: type[_M],
        callback: Callable[[_M | CommandResult], None],
        query: Mapping[str, str | int | list[str] | None] | None,
        wait_ms: int,
    ) -> None:
        sent = self.session

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            found = message(kind, data) if status == 200 else None
            if found is not None:
                callback(found)
                return
            result = _not_done("", status, data, unsent)
            self._noticed(result, sent)
            callback(result)

        self._send(verb, path, body, answered, callback, encoded(query or {}), wait_ms)

    def _noticed(self, result: CommandResult, sent: SessionInfo | None) -> None:
        """The station knows nobody here: so it is, unless somebody else has come in between."""
        if result.code in ENDED and sent is not None and self.session is sent:
            self._set_session(None, locked=True)

    def set_up(self, setup: Setup, on_result: OnResult) -> None:
        """Make the first accounts of a new station."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            on_result(DONE if status in (200, 201) else _not_done("", status, data, unsent))

        self._send("POST", "/api/v1/setup", setup, answered, on_result)

    def beat(self, body: ConsoleBeat, on_result: OnResult) -> None:
        """The repaint heartbeat of a window, or its goodbye."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            on_result(DONE if status == 204 else _not_done("", status, data, unsent))

        self._send("POST", "/api/v1/console", body, answered, on_result)

    def history(self, keys: list[str], start: int, end: int, buckets: int, callback: "Callable[[Past | None], None]") -> None:
        """Ask for these points from `start` to `end` (UTC ms), in about so many buckets; the callback gets None without an answer."""
        self._ask_past("/api/v1/history", keys, {"from": start, "to": end, "buckets": buckets}, callback)

    def history_at(self, keys: list[str], time: int, callback: "Callable[[Past | None], None]") -> None:
        """Ask what was in force of these points (200 at most) at a time, UTC ms; the callback gets None without an answer."""
        self._ask_past("/api/v1/history/at", keys, {"time": time}, callback)

    def _ask_past(self, path: str, keys: list[str], about: dict[str, int], callback: "Callable[[Past | None], None]") -> None:
        from cityops_desktop.link.strips import unpacked

        query = QUrlQuery()
        for name, value in about.items():
            query.addQueryItem(name, str(value))
        for key in keys:
            query.addQueryItem("point", key)

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            past = None
            if status == 200:
                try:
                    past = unpacked(data)
                except ValueError as error:
                    log.error("the station's history cannot be read: %s", error)
            callback(past)

        self._send("GET", path, None, answered, lambda result: callback(None), query, HISTORY_MS)

    def device(self, id: str, callback: "Callable[[DeviceDetail | None], None]") -> None:
        """Ask for all of a device; the callback gets it, or None without an answer, always exactly once."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            callback(message(DeviceDetail, data) if status == 200 else None)

        self._send("GET", f"/api/v1/devices/{quote(id, safe='')}", None, answered, lambda result: callback(None))

    def picture(self, id: str, callback: Callable[[bytes | None], None]) -> None:
        """Ask for the newest picture of a camera; the callback gets its bytes, or None without one, always exactly once."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            callback(data if status == 200 and data else None)

        self._send("GET", f"/api/v1/devices/{quote(id, safe='')}/picture", None, answered, lambda result: callback(None))

    # inside

    def _set_session(self, session: SessionInfo | None, *, locked: bool = False) -> None:
        self.session, self.locked = session, locked
        self.wire.session = session.token if session is not None else ""
        self.sessionChanged.emit()

    def _end_expired_session(self) -> None:
        if self.session is not None and self.session.expires <= self.model.now():
            self._set_session(None, locked=True)

    def _send(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        answered: Answered,
        no_station: OnResult,
        query: QUrlQuery | None = None,
        wait_ms: int = 0,
    ) -> None:
        """`no_station` gets the refusal when there is none to ask, else `answered` what came."""
        data = body.model_dump_json().encode() if body is not None else b""
        if not self.model.connected or self.wire.send(verb, path, data, answered, query, wait_ms) is None:
            no_station(NO_STATION.model_copy(update={"id": body.id}) if isinstance(body, Command) else NO_STATION)


def _not_done(command: str, status: int | None, data: bytes, unsent: bool) -> CommandResult:
    """What an answer other than success says: refused with a code, nothing sent, or honestly unknown."""
    if unsent:
        return CommandResult(id=command, outcome=Outcome.REFUSED, code="no_station")
    if status is not None and 400 <= status < 500:
        refusal = message(Refusal, data) or Refusal(code="bad_request", params={"detail": f"HTTP {status}"})
        return CommandResult(id=command, outcome=Outcome.REFUSED, code=refusal.code, params=refusal.params)
    return CommandResult(id=command, outcome=Outcome.UNKNOWN, code="no_answer")
