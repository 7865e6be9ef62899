"""The console's end of the wire to the station: the event stream into the room model, acts and questions out.

Nothing is ever queued: an act without a station is refused here and at once. Decides no right and paints nothing.
"""

import logging
import platform
import uuid
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QCoreApplication, QObject, QTimer, QUrl, QUrlQuery, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from cityops_desktop.link import files
from cityops_desktop.link.messages import (
    Acknowledge,
    Beat,
    Change,
    Command,
    CommandResult,
    ConsoleBeat,
    Copy,
    DeviceDetail,
    FirstAdministrator,
    Login,
    PersonInfo,
    Refusal,
    SessionInfo,
    Silence,
)
from cityops_desktop.model.people import Outcome
from ui.models.room import RoomModel
from ui.stream import EventParser, StreamError

if TYPE_CHECKING:
    from cityops_desktop.model.envelope import Past

log = logging.getLogger(__name__)

SILENCE_MS = 3000
"""A stream that says nothing for so long is dead: three heartbeats."""
ANSWER_MS = 5000
HISTORY_MS = 20_000
"""A question about the past may wait for others before it, and for a disk."""
RETRY_MS = (500, 1000, 2000, 3000)

OnResult = Callable[[CommandResult], None]


class Trouble(StrEnum):
    """Why there is no station."""

    NONE = ""
    NO_STATION = "no_station"
    NO_ANSWER = "no_answer"
    WRONG_TOKEN = "wrong_token"
    OTHER_VERSION = "other_version"
    REFUSED = "refused"


class Link(QObject):
    """One station, found through the files `station.json` and `token` of its data directory, both read anew at each attempt."""

    troubleChanged = Signal()
    sessionChanged = Signal()

    def __init__(self, data: Path, model: RoomModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.data = data
        self.model = model
        self.trouble = Trouble.NONE
        self.detail = ""
        self.session: SessionInfo | None = None
        self.console = platform.node() or "console"
        self._manager = _manager()
        self._stream: QNetworkReply | None = None
        self._parser = EventParser()
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
            self._lost(Trouble.NO_STATION)
            return
        request.setRawHeader(b"Accept", b"text/event-stream")
        request.setTransferTimeout(SILENCE_MS)
        self._parser = EventParser()
        self._seq, self._boot = 0, ""
        self._stream = self._manager.get(request)
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
        if status not in (None, 200):
            refusal = _said(Refusal, _body(self._stream))
            code = refusal.code if refusal else f"HTTP {status}"
            self._lost(Trouble.WRONG_TOKEN if status == 401 else Trouble.REFUSED, code)
        elif self._stream.error() in (QNetworkReply.NetworkError.OperationCanceledError, QNetworkReply.NetworkError.TimeoutError):
            self._lost(Trouble.NO_ANSWER)
        else:
            self._lost(Trouble.NO_STATION)

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

    def command(self, act: Acknowledge | Silence, on_result: OnResult) -> None:
        """Send an act of the person logged in; `on_result` gets what became of it, always exactly once."""
        body = Command(id=str(uuid.uuid4()), deadline=self.model.now() + ANSWER_MS, act=act)

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            result = (_said(CommandResult, data) if status == 200 else None) or _not_done(body.id, status, data, unsent)
            if result.code == "not_logged_in":
                self._set_session(None)
            on_result(result)

        self._post("/api/v1/commands", body, answered, body.id, on_result)

    def log_in(self, name: str, password: str, on_result: OnResult) -> None:
        """Log a person in at this console."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            session = _said(SessionInfo, data) if status in (200, 201) else None
            if session is not None:
                self._set_session(session)
                on_result(CommandResult(id="", outcome=Outcome.DONE))
            else:
                on_result(_not_done("", status, data, unsent))

        self._post("/api/v1/session", Login(name=name, password=password, console=self.console), answered, "", on_result)

    def log_out(self) -> None:
        """End the session here at once, whether or not the station hears it; it also ends there by itself."""
        if self.session is None:
            return
        request = self._request("/api/v1/session")
        self._set_session(None)
        if request is not None and self.model.connected:
            request.setTransferTimeout(ANSWER_MS)
            self._follow(self._manager.deleteResource(request), lambda status, data, unsent: None)

    def first_administrator(self, account: FirstAdministrator, on_result: OnResult) -> None:
        """Make the first account of a new station."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            on_result(CommandResult(id="", outcome=Outcome.DONE) if status in (200, 201) else _not_done("", status, data, unsent))

        self._post("/api/v1/first-administrator", account, answered, "", on_result)

    def beat(self, body: ConsoleBeat, on_result: OnResult) -> None:
        """The repaint heartbeat of a window, or its goodbye."""

        def answered(status: int | None, data: bytes, unsent: bool) -> None:
            done = CommandResult(id="", outcome=Outcome.DONE)
            on_result(done if status == 204 else _not_done("", status, data, unsent))

        self._post("/api/v1/console", body, answered, "", on_result)

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

    def _set_session(self, session: SessionInfo | None) -> None:
        self.session = session
        self.sessionChanged.emit()

    def _end_expired_session(self) -> None:
        if self.session is not None and self.session.expires <= self.model.now():
            self._set_session(None)

    def _request(self, path: str, query: QUrlQuery | None = None) -> QNetworkRequest | None:
        """A request to the station as its files say now; None when there is no such file: no station runs there."""
        address = files.find(self.data)
        if address is None:
            return None
        url = QUrl(address.url.rstrip("/") + path)
        if query is not None:
            url.setQuery(query)
        request = QNetworkRequest(url)
        request.setRawHeader(b"Authorization", f"Bearer {address.token}".encode())
        if self.session is not None:
            request.setRawHeader(b"X-CityOps-Session", self.session.token.encode())
        request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
        request.setAttribute(QNetworkRequest.Attribute.Http2AllowedAttribute, False)
        return request

    def _post(self, path: str, body: BaseModel, answered: "_Answered", command: str, on_result: OnResult) -> None:
        request = self._request(path)
        if request is None or not self.model.connected:
            on_result(CommandResult(id=command, outcome=Outcome.REFUSED, code="no_station"))
            return
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        request.setTransferTimeout(ANSWER_MS)
        self._follow(self._manager.post(request, body.model_dump_json().encode()), answered)

    def _follow(self, reply: QNetworkReply, answered: "_Answered") -> None:
        self._waiting.add(reply)

        def finished() -> None:
            if reply not in self._waiting:
                return
            self._waiting.discard(reply)
            reply.deleteLater()
            whole = reply.error() not in (QNetworkReply.NetworkError.OperationCanceledError, QNetworkReply.NetworkError.TimeoutError)
            unsent = reply.error() in (QNetworkReply.NetworkError.ConnectionRefusedError, QNetworkReply.NetworkError.HostNotFoundError)
            answered(_status(reply) if whole else None, _body(reply), unsent)

        reply.finished.connect(finished)


_M = TypeVar("_M", bound=BaseModel)
_Answered = Callable[[int | None, bytes, bool], None]


def _manager() -> QNetworkAccessManager:
    """The application's one network manager. It outlives every link: Qt crashes when a manager dies right after its replies were
    aborted. Asks no proxy: the station is this machine."""
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


def _said(kind: type[_M], data: bytes) -> _M | None:
    """An answer as a message, None when it is not one."""
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        log.info("the station's answer is no %s: %s", kind.__name__, error)
        return None


def _not_done(command: str, status: int | None, data: bytes, unsent: bool) -> CommandResult:
    """What an answer other than success says: refused with a code, nothing sent, or honestly unknown."""
    if unsent:
        return CommandResult(id=command, outcome=Outcome.REFUSED, code="no_station")
    if status is not None and 400 <= status < 500:
        refusal = _said(Refusal, data) or Refusal(code="bad_request", params={"detail": f"HTTP {status}"})
        return CommandResult(id=command, outcome=Outcome.REFUSED, code=refusal.code, params=refusal.params)
    return CommandResult(id=command, outcome=Outcome.UNKNOWN, code="no_answer")
