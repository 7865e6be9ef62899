"""The station's stream of events into the room model, for ever anew, and why there is none. Sends nothing and knows no person."""

import logging
from enum import StrEnum

from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkReply

from cityops_desktop.link.messages import Beat, Change, Copy, Refusal
from ui import pin
from ui.models.room import RoomModel
from ui.stream import EventParser, StreamError
from ui.wire import GIVEN_UP, Wire, body, message, status

log = logging.getLogger(__name__)

SILENCE_MS = 3000
"""A stream that says nothing for so long is dead: three heartbeats."""
RETRY_MS = (500, 1000, 2000, 3000)


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


class Feed(QObject):
    """Of one station."""

    troubleChanged = Signal()

    def __init__(self, wire: Wire, model: RoomModel, parent: QObject) -> None:
        super().__init__(parent)
        self.trouble = Trouble.NONE
        self.detail = ""
        self._wire = wire
        self._model = model
        self._stream: QNetworkReply | None = None
        self._parser = EventParser()
        self._seq = 0
        self._boot = ""
        self._failures = 0
        self._stopped = True
        self._retry = QTimer(self, singleShot=True)
        self._retry.timeout.connect(self._open)

    def start(self) -> None:
        """Look for the station, for ever."""
        self._stopped = False
        self._open()

    def stop(self) -> None:
        """Let go of the station."""
        self._stopped = True
        self._retry.stop()
        self._drop_stream()
        self._model.hush()

    def _open(self) -> None:
        self._drop_stream()
        request = self._wire.request("/api/v1/stream")
        if request is None:
            self._lost(Trouble.NO_TLS if self._wire.fingerprint and not pin.can_encrypt() else Trouble.NO_STATION)
            return
        self._wire.foreign = ""
        request.setRawHeader(b"Accept", b"text/event-stream")
        request.setTransferTimeout(SILENCE_MS)
        self._parser = EventParser()
        self._seq, self._boot = 0, ""
        self._stream = self._wire.get(request)
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
        if self._stream is None or status(self._stream) != 200:
            return
        try:
            for event, data in self._parser.feed(body(self._stream)):
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
            self._model.apply_copy(copy)
            self._set_trouble(Trouble.NONE)
            self._model.set_connected(True)
            return True
        if event not in ("change", "beat"):
            return True
        told: Change | Beat = (Change if event == "change" else Beat).model_validate_json(data)
        if told.seq != self._seq + 1 or (isinstance(told, Beat) and told.boot != self._boot):
            log.info("event %s after %s of boot %s: asking for a new copy", told.seq, self._seq, self._boot)
            return False
        self._seq = told.seq
        if isinstance(told, Change):
            self._model.apply_change(told)
        else:
            self._failures = 0
            self._model.apply_beat(told)
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
        said = status(self._stream)
        if self._wire.foreign:
            self._lost(Trouble.WRONG_CERTIFICATE, self._wire.foreign)
        elif said not in (None, 200):
            refusal = message(Refusal, body(self._stream))
            code = refusal.code if refusal else f"HTTP {said}"
            self._lost(Trouble.WRONG_TOKEN if said == 401 else Trouble.REFUSED, code)
        elif self._stream.error() in GIVEN_UP:
            self._lost(Trouble.NO_ANSWER)
        else:
            self._lost(Trouble.NOT_REACHED if self._wire.fingerprint else Trouble.NO_STATION)

    def _lost(self, trouble: Trouble, detail: str = "") -> None:
        self._drop_stream()
        self._set_trouble(trouble, detail)
        self._model.set_connected(False)
        if not self._stopped:
            self._retry.start(RETRY_MS[min(self._failures, len(RETRY_MS) - 1)])
            self._failures += 1

    def _set_trouble(self, trouble: Trouble, detail: str = "") -> None:
        if (trouble, detail) != (self.trouble, self.detail):
            self.trouble, self.detail = trouble, detail
            self.troubleChanged.emit()
