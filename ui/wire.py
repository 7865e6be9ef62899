"""The console's wire to a station: requests out, answers back, and nothing to anybody but the station that is meant.

The station is found through the files of its data directory, or of the folder of a station on another machine that this console was paired
with; they are read anew for each request. Knows no person, no room and no meaning of an answer.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from PySide6.QtCore import QCoreApplication, QObject, QUrl, QUrlQuery
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from cityops_desktop.link import files
from cityops_desktop.sentences import start_text
from ui import pin

log = logging.getLogger(__name__)

ANSWER_MS = 5000
NEVER_SENT = (
    QNetworkReply.NetworkError.ConnectionRefusedError,
    QNetworkReply.NetworkError.HostNotFoundError,
    QNetworkReply.NetworkError.SslHandshakeFailedError,
)
GIVEN_UP = (QNetworkReply.NetworkError.OperationCanceledError, QNetworkReply.NetworkError.TimeoutError)

Answered = Callable[[int | None, bytes, bool], None]
"""Gets the status (None: no whole answer came), the body, and whether nothing was sent at all."""
_T = TypeVar("_T")
_M = TypeVar("_M", bound=BaseModel)


class Wire(QObject):
    """To one station. With one on another machine nothing is sent before its certificate has proved to be the pinned one."""

    def __init__(self, data: Path, secret: str, parent: QObject) -> None:
        super().__init__(parent)
        self.place = str(data)
        """Where the station is looked for: the data directory, or the URL of one on another machine."""
        self.session = ""
        """The token of the person's session that goes with each request."""
        self.fingerprint = self.foreign = ""
        """Of the certificate that was pinned, and of another one that was shown instead."""
        self._data = data
        self._secret = secret
        self._manager = _manager()
        self._waiting: set[QNetworkReply] = set()

    def request(self, path: str, query: QUrlQuery | None = None) -> QNetworkRequest | None:
        """A request to the station as its files say now; None when there is no such file: no station runs there."""
        address = files.find(self._data)
        if address is None:
            return None
        self.fingerprint = address.fingerprint
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
        if self.session:
            request.setRawHeader(b"X-CityOps-Session", self.session.encode())
        request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
        request.setAttribute(QNetworkRequest.Attribute.Http2AllowedAttribute, False)
        if address.fingerprint:
            pin.ask_for_certificate(request)
        return request

    def not_starting(self) -> str:
        """Why the station of this machine refuses to start, in words, where its supervisor has left word of that."""
        code = files.not_starting(self._data)
        return "" if code is None else start_text(code)

    def get(self, request: QNetworkRequest) -> QNetworkReply:
        """Send a request of `request` made a moment ago; what becomes of it is the caller's."""
        return self._held(self._manager.get(request))

    def send(
        self, verb: str, path: str, data: bytes, answered: Answered, query: QUrlQuery | None = None, wait_ms: int = 0
    ) -> QNetworkReply | None:
        """`answered` gets what came, once, unless it is given up; None when there is no station to ask, and then nothing is called."""
        request = self.request(path, query)
        if request is None:
            return None
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        request.setTransferTimeout(wait_ms or ANSWER_MS)
        reply = self._held(self._manager.sendCustomRequest(request, verb.encode(), data))
        self._waiting.add(reply)

        def finished() -> None:
            if reply not in self._waiting:
                return
            self._waiting.discard(reply)
            reply.deleteLater()
            answered(_whole(reply), body(reply), reply.error() in NEVER_SENT)

        reply.finished.connect(finished)
        return reply

    def waits(self, reply: QNetworkReply | None = None) -> bool:
        """Is this answer, or any, still to come?"""
        return bool(self._waiting) if reply is None else reply in self._waiting

    def give_up(self, reply: QNetworkReply) -> None:
        """Nothing is called back for it any more."""
        if reply in self._waiting:
            self._waiting.discard(reply)
            reply.abort()
            reply.deleteLater()

    def give_up_all(self) -> None:
        """Nothing is called back any more."""
        for reply in list(self._waiting):
            self.give_up(reply)

    def _held(self, reply: QNetworkReply) -> QNetworkReply:
        """The reply of a request made a moment ago, held to the certificate that was pinned."""
        if self.fingerprint:
            pin.hold(reply, self.fingerprint, self._shown)
        return reply

    def _shown(self, fingerprint: str) -> None:
        """Somebody else's certificate."""
        if not self.foreign:
            log.error("%s shows the certificate %s, not the pinned %s: nothing was sent", self.place, fingerprint, self.fingerprint)
        self.foreign = fingerprint


def status(reply: QNetworkReply) -> int | None:
    """The HTTP status; None when none came."""
    found = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
    return int(found) if found is not None else None


def _whole(reply: QNetworkReply) -> int | None:
    """The status of an answer that came to its end."""
    found, error = status(reply), reply.error()
    broken = error in GIVEN_UP or (error is not QNetworkReply.NetworkError.NoError and (found or 0) < 400)
    return None if broken else found


def body(reply: QNetworkReply) -> bytes:
    """What has come since it was read before."""
    return bytes(reply.readAll().data()) if reply.isOpen() else b""


def encoded(values: Mapping[str, str | int | list[str] | None]) -> QUrlQuery | None:
    """Those that are given, as the query of an address; a list names the same several times."""
    query = QUrlQuery()
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None and one != "":
                query.addQueryItem(name, bytes(QUrl.toPercentEncoding(str(one)).data()).decode("ascii"))
    return query if not query.isEmpty() else None


def message(kind: type[_M], data: bytes) -> _M | None:
    """An answer as a message, None when it is not one."""
    return read(TypeAdapter(kind), data)


def read(kind: "TypeAdapter[_T]", data: bytes) -> _T | None:
    """An answer of this kind, None when it is not one."""
    try:
        return kind.validate_json(data)
    except ValidationError as error:
        log.info("the station's answer cannot be read: %s", error.errors(include_input=False))
        return None


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
