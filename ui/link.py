"""The console's end of the wire to the station: the event stream into the room model, acts and questions out.

Nothing is ever queued: an act without a station is refused here and at once. Decides no right and paints nothing. When a session ends
only the person goes: the stream and the questions about the room live on.
"""

import hashlib
import logging
import platform
import secrets
import uuid
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError
from PySide6.QtCore import QCoreApplication, QIODevice, QObject, QTimer, QUrl, QUrlQuery, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from cityops_desktop.link import files
from cityops_desktop.link.acts import AnyAct, Command, CommandResult
from cityops_desktop.link.messages import Beat, Change, ConsoleBeat, Copy, DeviceDetail, Refusal
from cityops_desktop.link.people import Login, OwnPage, PersonInfo, QuickLogin, QuickPerson, SessionInfo, Setup
from cityops_desktop.model.people import Limited, Outcome
from ui import pin
from ui.models.room import RoomModel
from ui.stream import EventParser, StreamError

if TYPE_CHECKING:
    from cityops_desktop.model.envelope import Past

log = logging.getLogger(__name__)

SILENCE_MS = 3000
"""A stream that says nothing for so long is dead: three heartbeats."""
ANSWER_MS = 5000
FETCH_MS = 30_000
"""So long a long answer may stand still."""
HISTORY_MS = 20_000
"""A question about the past may wait for others before it, and for a disk."""
RETRY_MS = (500, 1000, 2000, 3000)

OnResult = Callable[[CommandResult], None]
RESTARTING = ("config.apply", "config.rollback")
ENDED = ("not_logged_in", "stolen_session")
DONE = CommandResult(id="", outcome=Outcome.DONE)
_M = TypeVar("_M", bound=BaseModel)


class Trouble(StrEnum):
    """Why there is no station."""

    NONE = ""
    NO_STATION = "no_station"
    NO_ANSWER = "no_answer"
    NOT_REACHED = "not_reached"
    WRONG_TOKEN = "wrong_token"
    WRONG_CERTIFICATE = "wrong_certificate"
    NO_TLS = "no_tls"
    OTHER_VERSION = "other_version"
    REFUSED = "refused"


class Link(QObject):
    """One station, found through the files of its data directory, or of the folder of a station on another machine that this console was
    paired with; they are read anew at each attempt. With such a one nothing is sent before its certificate has proved to be the pinned one.
    """

    troubleChanged = Signal()
    sessionChanged = Signal()

    def __init__(self, data: Path, model: RoomModel, parent: QObject | None = None, *, secret: str = "") -> None:
        """`secret` proves at the station that this is the same console as before (Settings.secret); else it is a new one each time."""
        super().__init__(parent)
        self.data = data
        self.model = model
        self.trouble = Trouble.NONE
        self.detail = ""
        self.place = str(data)
        """Where the station is looked for: the data directory, or the URL of one on another machine."""
        self.session: SessionInfo | None = None
        self.locked = False
        """The session before was ended by the station, or by nobody being there; not by logging out."""
        self.console = platform.node() or "console"
        self._manager = _manager()
        self._stream: QNetworkReply | None = None
        self._parser = EventParser()
        self._secret = secret or secrets.token_urlsafe(32)
        self._fingerprint = self._foreign = ""
        """Of the certificate that was pinned, and of another one that was shown instead."""
        self._waiting: set[QNetworkReply] = set()
        self._seq = 0
        self._boot = ""
        self._failures = 0
        self._stopped = True
        self._retry = QTimer(self, singleShot=True)
        self._retry.timeout.connect(self._open)
        model.beat.connect(self._end_expired_session)

    def start(self) -> None:
        """Look for the station, for ever."""
        self._stopped = False
        self._open()

    def stop(self) -> None:
        """Let go of the station and of everything asked; nothing is called back afterwards."""
        self._stopped = True
        self._retry.stop()
        self._drop_stream()
        for reply in list(self._waiting):
            self._waiting.discard(reply)
            reply.abort()
            reply.deleteLater()

    @property
    def person(self) -> PersonInfo | None:
        """Who is logged in here."""
        return self.session.person if self.session else None

    # the stream

    def _open(self) -> None:
        self._drop_stream()
        request = self._request("/api/v1/stream")
        if request is None:
            self._lost(Trouble.NO_TLS if self._fingerprint and not pin.can_encrypt() else Trouble.NO_STATION)
            return
        self._foreign = ""
        request.setRawHeader(b"Accept", b"text/event-stream")
        request.setTransferTimeout(SILENCE_MS)
        self._parser = EventParser()
        self._seq, self._boot = 0, ""
        self._stream = self._held(self._manager.get(request))
        self._stream.readyRead.connect(self._read)
        self._stream.finished.connect(self._ended)

    def _drop_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.readyRead.disconnect(self._read)
            stream.finished.disconnect(self._ended)
            stream.abort()
            stream.deleteLater()

    def _read(self) -> None:
        if self._stream is None or _status(self._stream) != 200:
            return
        try:
            for event, data in self._parser.feed(_body(self._stream)):
                if not self._apply(event, data):
                    self._resync()
                    return
        except (ValidationError, StreamError) as error:
            log.error("the station's stream cannot be read: %s", error)
            self._lost(Trouble.OTHER_VERSION)

    def _apply(self, event: str, data: bytes) -> bool:
        """Bring one event into the model; False when something between has been lost."""
        if event == "copy":
            copy = Copy.model_validate_json(data)
            self._seq, self._boot = copy.seq, copy.station.boot
            self.model.apply_copy(copy)
            self._set_trouble(Trouble.NONE)
            self.model.set_connected(True)
            return True
        if event not in ("change", "beat"):
            return True
        message: Change | Beat = (Change if event == "change" else Beat).model_validate_json(data)
        if message.seq != self._seq + 1 or (isinstance(message, Beat) and message.boot != self._boot):
            log.info("event %s after %s of boot %s: asking for a new copy", message.seq, self._seq, self._boot)
            return False
        self._seq = message.seq
        if isinstance(message, Change):
            self.model.apply_change(message)
        else:
            self._failures = 0
            self.model.apply_beat(message)
        return True

    def _resync(self) -> None:
        """Something was missed: a new copy at once, but never in a circle without a pause."""
        if self._failures:
            self._lost(Trouble.OTHER_VERSION)
        else:
            self._failures += 1
            self._drop_stream()
            self._retry.start(0)

    def _ended(self) -> None:
        if self._stream is None:
            return
        status = _status(self._stream)
        if self._foreign:
            self._lost(Trouble.WRONG_CERTIFICATE, self._foreign)
        elif status not in (None, 200):
            refusal = _said(Refusal, _body(self._stream))
            code = refusal.code if refusal else f"HTTP {status}"
            self._lost(Trouble.WRONG_TOKEN if status == 401 else Trouble.REFUSED, code)
        elif self._stream.error() in (QNetworkReply.NetworkError.OperationCanceledError, QNetworkReply.NetworkError.TimeoutError):
            self._lost(Trouble.NO_ANSWER)
        else:
            self._lost(Trouble.NOT_REACHED if self._fingerprint else Trouble.NO_STATION)

    def _lost(self, trouble: Trouble, detail: str = "") -> None:
        self._drop_stream()
        self._set_trouble(trouble, detail)
        self.model.set_connected(False)
        if not self._stopped:
            self._retry.start(RETRY_MS[min(self._failures, len(RETRY_MS) - 1)])
            self._failures += 1

    def _set_trouble(self, trouble: Trouble, detail: str = "") -> None:
        if (trouble, detail) != (self.trouble, self.detail):
            self.trouble, self.detail = trouble, detail
            self.troubleChanged.emit()

    # acts

    def command(self, act: AnyAct, on_result: OnResult) -> None:
        """Send an act of the person logged in; `on_result` gets what became of it, always exactly once."""
        body = Command(id=str(uuid.uuid4()), deadline=self.model.now() + ANSWER_MS, act=act)
        sent = self.session

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            result = (_said(CommandResult, data) if status == 200 else None) or _not_done(body.id, status, data, unsent)
            self._noticed(result, sent)
            self._notice_version(act, result)
            on_result(result)

        self._send("POST", "/api/v1/commands", body, answered, on_result)

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
            session = _said(SessionInfo, data) if status in (200, 201) else None
            if session is not None:
                self._set_session(session)
                on_result(DONE)
            else:
                on_result(_not_done("", status, data, unsent))

        self._send("POST", path, body, answered, on_result)

    def quick_people(self, callback: Callable[[list[QuickPerson]], None]) -> None:
        """Who may come back at this console by PIN or badge; nobody without an answer."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            callback((_read(_QUICK_PEOPLE, data) or []) if status == 200 else [])

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
        request = self._request("/api/v1/session")
        self._set_session(None)
        if request is not None and self.model.connected:
            request.setTransferTimeout(ANSWER_MS)
            self._follow(self._manager.deleteResource(request), lambda status, data, unsent: None)

    # questions

    def ask(
        self,
        path: str,
        kind: type[_M],
        callback: Callable[[_M | CommandResult], None],
        query: Mapping[str, str | int | None] | None = None,
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
        sent, request = self.session, self._request(path, _query(query or {}))
        if request is None or not self.model.connected:
            callback(CommandResult(id="", outcome=Outcome.REFUSED, code="no_station"))
            return lambda: None
        request.setTransferTimeout(FETCH_MS)
        reply = self._manager.get(request)

        def came() -> None:
            if _status(reply) == 200 and reply in self._waiting and file.write(reply.readAll()) < 0:
                reply.abort()

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            whole = status == 200 and reply.error() is QNetworkReply.NetworkError.NoError and file.write(data) == len(data)
            result = DONE if whole else _not_done("", status, data, unsent)
            self._noticed(result, sent)
            callback(result)

        def give_up() -> None:
            if reply in self._waiting:
                self._waiting.discard(reply)
                reply.abort()
                reply.deleteLater()

        reply.readyRead.connect(came)
        self._follow(reply, answered)
        return give_up

    def _question(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        kind: type[_M],
        callback: Callable[[_M | CommandResult], None],
        query: Mapping[str, str | int | None] | None,
        wait_ms: int,
    ) -> None:
        sent = self.session

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            message = _said(kind, data) if status == 200 else None
            if message is not None:
                callback(message)
                return
            result = _not_done("", status, data, unsent)
            self._noticed(result, sent)
            callback(result)

        self._send(verb, path, body, answered, callback, _query(query or {}), wait_ms)

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
        from cityops_desktop.link.strips import unpacked

        query = QUrlQuery()
        for name, value in (("from", start), ("to", end), ("buckets", buckets)):
            query.addQueryItem(name, str(value))
        for key in keys:
            query.addQueryItem("point", key)
        request = self._request("/api/v1/history", query)
        if request is None or not self.model.connected:
            callback(None)
            return
        request.setTransferTimeout(HISTORY_MS)

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            past = None
            if status == 200:
                try:
                    past = unpacked(data)
                except ValueError as error:
                    log.error("the station's history cannot be read: %s", error)
            callback(past)

        self._follow(self._manager.get(request), answered)

    def device(self, id: str, callback: "Callable[[DeviceDetail | None], None]") -> None:
        """Ask for all of a device; the callback gets it, or None without an answer, always exactly once."""
        request = self._request(f"/api/v1/devices/{quote(id, safe='')}")
        if request is None or not self.model.connected:
            callback(None)
            return
        request.setTransferTimeout(ANSWER_MS)
        self._follow(
            self._manager.get(request), lambda status, data, unsent: callback(_said(DeviceDetail, data) if status == 200 else None)
        )

    # inside

    def _set_session(self, session: SessionInfo | None, *, locked: bool = False) -> None:
        self.session, self.locked = session, locked
        self.sessionChanged.emit()

    def _end_expired_session(self) -> None:
        if self.session is not None and self.session.expires <= self.model.now():
            self._set_session(None, locked=True)

    def _request(self, path: str, query: QUrlQuery | None = None) -> QNetworkRequest | None:
        """A request to the station as its files say now; None when there is no such file: no station runs there."""
        address = files.find(self.data)
        if address is None:
            return None
        self._fingerprint = address.fingerprint
        if address.fingerprint:
            self.place = address.url
            if not (address.url.startswith("https://") and pin.can_encrypt()):
                return None
        url = QUrl(address.url.rstrip("/") + path)
        if query is not None:
            url.setQuery(query)
        request = QNetworkRequest(url)
        request.setRawHeader(b"Authorization", f"Bearer {address.token}".encode())
        request.setRawHeader(b"X-CityOps-Console", _secret_for(self._secret, address.fingerprint))
        if self.session is not None:
            request.setRawHeader(b"X-CityOps-Session", self.session.token.encode())
        request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
        request.setAttribute(QNetworkRequest.Attribute.Http2AllowedAttribute, False)
        if address.fingerprint:
            pin.ask_for_certificate(request)
        return request

    def _held(self, reply: QNetworkReply) -> QNetworkReply:
        """The reply of a request made a moment ago, held to the certificate that was pinned."""
        if self._fingerprint:
            pin.hold(reply, self._fingerprint, self._shown)
        return reply

    def _shown(self, fingerprint: str) -> None:
        """Somebody else's certificate."""
        if not self._foreign:
            log.error("%s shows the certificate %s, not the pinned %s: nothing was sent", self.place, fingerprint, self._fingerprint)
        self._foreign = fingerprint

    def _send(
        self,
        verb: str,
        path: str,
        body: BaseModel | None,
        answered: "_Answered",
        unsent: OnResult,
        query: QUrlQuery | None = None,
        wait_ms: int = 0,
    ) -> None:
        """`unsent` gets the refusal when there is no station to ask, else `answered` what came."""
        request = self._request(path, query)
        if request is None or not self.model.connected:
            unsent(CommandResult(id=body.id if isinstance(body, Command) else "", outcome=Outcome.REFUSED, code="no_station"))
            return
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        request.setTransferTimeout(wait_ms or ANSWER_MS)
        data = body.model_dump_json().encode() if body is not None else b""
        self._follow(self._manager.sendCustomRequest(request, verb.encode(), data), answered)

    def _follow(self, reply: QNetworkReply, answered: "_Answered") -> None:
        self._waiting.add(self._held(reply))

        def finished() -> None:
            if reply not in self._waiting:
                return
            self._waiting.discard(reply)
            reply.deleteLater()
            whole = reply.error() not in (QNetworkReply.NetworkError.OperationCanceledError, QNetworkReply.NetworkError.TimeoutError)
            unsent = reply.error() in NEVER_SENT
            answered(_status(reply) if whole else None, _body(reply), unsent)

        reply.finished.connect(finished)


NEVER_SENT = (
    QNetworkReply.NetworkError.ConnectionRefusedError,
    QNetworkReply.NetworkError.HostNotFoundError,
    QNetworkReply.NetworkError.SslHandshakeFailedError,
)
_Answered = Callable[[int | None, bytes, bool], None]
_QUICK_PEOPLE = TypeAdapter(list[QuickPerson])
_T = TypeVar("_T")


def _secret_for(secret: str, fingerprint: str) -> bytes:
    """What proves at a station that this is the same console as before; a station on another machine learns nothing that another knows."""
    return hashlib.sha256(f"{secret}\n{fingerprint}".encode()).hexdigest().encode() if fingerprint else secret.encode()


def _manager() -> QNetworkAccessManager:
    """The application's one network manager. It outlives every link: Qt crashes when a manager dies right after its replies were
    aborted. Asks no proxy: the station is this machine, or one that was paired with by its address."""
    app = QCoreApplication.instance()
    found = app.findChild(QNetworkAccessManager) if app else None
    if found is not None:
        return found
    manager = QNetworkAccessManager(app)
    manager.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
    return manager


def _status(reply: QNetworkReply) -> int | None:
    status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
    return int(status) if status is not None else None


def _body(reply: QNetworkReply) -> bytes:
    return bytes(reply.readAll().data()) if reply.isOpen() else b""


def _query(values: Mapping[str, str | int | None]) -> QUrlQuery | None:
    """Those that are given, encoded."""
    query = QUrlQuery()
    for name, value in values.items():
        if value is not None and value != "":
            query.addQueryItem(name, bytes(QUrl.toPercentEncoding(str(value)).data()).decode("ascii"))
    return query if not query.isEmpty() else None


def _said(kind: type[_M], data: bytes) -> _M | None:
    """An answer as a message, None when it is not one."""
    return _read(TypeAdapter(kind), data)


def _read(kind: "TypeAdapter[_T]", data: bytes) -> _T | None:
    try:
        return kind.validate_json(data)
    except ValidationError as error:
        log.info("the station's answer cannot be read: %s", error.errors(include_input=False))
        return None


def _not_done(command: str, status: int | None, data: bytes, unsent: bool) -> CommandResult:
    """What an answer other than success says: refused with a code, nothing sent, or honestly unknown."""
    if unsent:
        return CommandResult(id=command, outcome=Outcome.REFUSED, code="no_station")
    if status is not None and 400 <= status < 500:
        refusal = _said(Refusal, data) or Refusal(code="bad_request", params={"detail": f"HTTP {status}"})
        return CommandResult(id=command, outcome=Outcome.REFUSED, code=refusal.code, params=refusal.params)
    return CommandResult(id=command, outcome=Outcome.UNKNOWN, code="no_answer")
