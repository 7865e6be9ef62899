"""UPSes behind a NUT server (upsd, RFC 9271): one question brings all variables of a UPS. Never logs in, sets, commands or shuts down.

Answers carry no number, so a connection whose answer did not come in time is given up: what it may still bring is nobody's answer.
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Complaint, Counters, Heard, Identity, Leg, Register, WireError
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, FrameRole, Piece, Record
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeDevice, ExchangeDriver, ExchangeSource, Found, NoAnswer
from drivers.line.options import Options, Seconds
from drivers.line.wire import Wire, open_tcp

PORT = 3493
STATUS = "ups.status"
LONGEST = 1 << 20
"""Bytes of an answer after which the other side is no upsd: the longest of 718 published dumps of real UPSes is 16 KiB."""
_ABSENT = frozenset({"DATA-STALE", "DRIVER-NOT-CONNECTED", "UNKNOWN-UPS"})
"""Refusals by which upsd says that it has nothing of this UPS: the UPS does not answer."""
_VARIABLE = re.compile(r'VAR (\S+) (\S+) "((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")
_FACTS = {
    "maker": ("device.mfr", "ups.mfr"),
    "model": ("device.model", "ups.model"),
    "serial": ("device.serial", "ups.serial"),
    "version": ("ups.firmware",),
}


class NutBus(Options):
    """A NUT server by its address on the network."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = PORT
    timeout: Seconds = 2.0


class NutDevice(ExchangeDevice):
    """A UPS by the name that its server knows it by."""

    ups: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]+$")]


class NutSource(ExchangeSource):
    """A variable; or whether a flag ("OB") stands among the words of one, 1 or 0."""

    variable: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] = STATUS
    flag: Annotated[str, Field(pattern=r"^[!-~]+$")] | None = None


class NutDriver(ExchangeDriver):
    """One upsd."""

    name = "nut"
    protocol = "nut"
    bus_options: type[BaseModel] = NutBus
    device_options: type[BaseModel] = NutDevice
    source: type[BaseModel] = NutSource

    def resource(self, options: Any) -> str:
        """Host and port."""
        return f"{options.host.lower()}:{options.port}"

    def identity(self, options: Any) -> str:
        """The name of the UPS."""
        return str(options.ups)

    def question(self, source: Any) -> Hashable:
        """All variables at once."""
        return "LIST VAR"

    def leg(self, bus: Any, device: Any, question: Any, sources: Sequence[Any]) -> tuple[Leg, float]:
        """Some forty variables of forty characters."""
        return Leg(N_("LIST VAR {ups}"), {"ups": device.ups}, 10 + len(device.ups), 1600), 0.005

    def describe(self, source: Any) -> Register:
        """The variable, and the flag in it."""
        name = source.variable if source.flag is None else f"{source.variable} {source.flag}"
        return Register(source.variable.partition(".")[0], 0, name, 0, "text", 0, scale=source.scale, offset=source.offset)

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """Only reads; a flag is a state, and a state is not scaled."""
        if source.flag is not None and kind is not Kind.DIGITAL:
            return Complaint(N_("a flag is there or not"), N_("write kind: digital, or remove flag"), key="kind")
        if kind is Kind.DIGITAL and (source.scale != 1 or source.offset != 0):
            return Complaint(N_("the number of a state cannot be scaled"), N_("remove scale and offset"), key="scale")
        return super().misfit(kind, writable, source)

    def open(self, bus: Any, clock: Clock, counters: Counters, record: Record) -> "NutLink":
        """Connect. WireError."""
        return NutLink(bus, clock, counters, record)

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """A question is a line; what comes before the next question is one answer."""
        frames: list[Frame] = []
        answer: list[Piece] = []
        asked = ""
        for piece in pieces:
            if piece.sent:
                frames += _answer_frame(answer, asked)
                text = _text(piece.data).strip()
                answer, asked = [], text.rpartition(" ")[2]
                frames.append(_frame(piece, piece.data, FrameRole.REQUEST, N_("“{text}”"), {"text": text}, asked))
            else:
                answer.append(piece)
        return [*frames, *_answer_frame(answer, asked)]


class NutLink:
    """A connection to upsd, opened anew when an answer was missed."""

    def __init__(self, options: NutBus, clock: Clock, counters: Counters, record: Record) -> None:
        self._options = options
        self._clock = clock
        self._counters = counters
        self._record = record
        self._wire: Wire | None = None
        self._ready()

    def ask(self, device: Any, question: Any, sources: Sequence[Any]) -> Sequence[Found]:
        """What LIST VAR says of these variables."""
        variables = self._list(device)
        return [_found(source, variables.get(source.variable)) for source in sources]

    def identify(self, device: Any) -> Identity | None:
        """Maker, model, serial number and firmware, as far as the UPS gives them."""
        variables = self._list(device)
        facts = {fact: next((variables[name] for name in names if variables.get(name)), "") for fact, names in _FACTS.items()}
        return Identity({fact: value for fact, value in facts.items() if value}) if any(facts.values()) else None

    def listen(self, seconds: float) -> Heard:
        """Nobody else speaks on this connection."""
        return Heard()

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _ready(self) -> Wire:
        """The connection, opened anew when it was given up, when the other side hung up, or says what nobody has asked for."""
        if self._wire is not None:
            try:
                stray = self._wire.read(0.0)
            except WireError:
                self.close()
            else:
                if stray:
                    self._counters.late_replies += 1
                    self.close()
        if self._wire is None:
            self._wire = open_tcp(self._options.host, self._options.port, self._clock, self._record)
        return self._wire

    def _list(self, device: NutDevice) -> Mapping[str, str]:
        wire = self._ready()
        try:
            wire.write(f"LIST VAR {device.ups}\n".encode("ascii"))
            return variables_in(self._answer(wire, device), device.ups)
        except WireError:
            self.close()
            raise
        except ValueError as error:
            self._counters.bad_replies += 1
            self.close()
            raise NoAnswer(Reason.BAD_REPLY, str(error)) from error

    def _answer(self, wire: Wire, device: NutDevice) -> str:
        """The whole answer. NoAnswer when it is a refusal, or did not come in time; ValueError when it is nonsense."""
        deadline = self._clock.monotonic() + (device.timeout or self._options.timeout)
        end = f"\nEND LIST VAR {device.ups}\n".encode("ascii")
        answer = bytearray()
        while not answer.endswith(end):
            piece = wire.read(deadline)
            if not piece:
                self._counters.timeouts += 1
                self.close()
                raise NoAnswer(Reason.NO_ANSWER)
            answer += piece
            if len(answer) > LONGEST:
                raise ValueError("endless answer")
            if answer.startswith(b"ERR ") and answer.endswith(b"\n"):
                word = _text(answer[4:]).split()[0] if answer[4:].strip() else ""
                raise NoAnswer(Reason.NO_ANSWER if word in _ABSENT else Reason.EXCEPTION, word, answered=word not in _ABSENT)
            if b"\n" in answer and not answer.startswith((b"BEGIN LIST VAR ", b"ERR ")):
                raise ValueError("no answer to LIST VAR")
        return _text(answer)


def variables_in(answer: str, ups: str) -> Mapping[str, str]:
    """The variables of a whole answer to LIST VAR. ValueError when it is none for this UPS."""
    first, *lines = answer.removesuffix("\n").split("\n")
    if first != f"BEGIN LIST VAR {ups}" or not lines or lines.pop() != f"END LIST VAR {ups}":
        raise ValueError("no answer to LIST VAR")
    found: dict[str, str] = {}
    for line in lines:
        match = _VARIABLE.fullmatch(line)
        if match is None or match[1] != ups or match[2] in found:
            raise ValueError(f"no variable: {line[:60]!r}")
        found[match[2]] = _ESCAPE.sub(r"\1", match[3])
    return found


def _found(source: NutSource, value: str | None) -> Found:
    if value is None:
        return Found(None, refused="VAR-NOT-SUPPORTED")  # what the server says when it is asked for this one alone
    raw = value.encode()
    if source.flag is None:
        return Found(value, raw)
    words = value.split()
    if not words or "WAIT" in words:  # the driver has not seen the UPS yet: that a flag is missing means nothing
        return Found(None, raw)
    return Found(float(source.flag in words), raw)


def _text(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "backslashreplace")


def _answer_frame(pieces: Sequence[Piece], asked: str) -> list[Frame]:
    if not pieces:
        return []
    data = b"".join(piece.data for piece in pieces)
    text = _text(data)
    if text.startswith("ERR "):
        return [_frame(pieces[0], data, FrameRole.EXCEPTION, N_("“{text}”"), {"text": text.strip()}, asked)]
    try:
        ups = text.partition("\n")[0].removeprefix("BEGIN LIST VAR ")
        count = len(variables_in(text, ups))
    except ValueError:
        return [_frame(pieces[0], data, FrameRole.NOISE, N_("“{text}”"), {"text": text.strip()[:200]}, asked)]
    return [_frame(pieces[0], data, FrameRole.REPLY, N_("{count} variables of {ups}"), {"count": count, "ups": ups}, ups)]


def _frame(piece: Piece, data: bytes, role: FrameRole, words: str, params: Mapping[str, str | int | float], ups: str) -> Frame:
    return Frame(piece.number, piece.time, piece.mono, piece.sent, data, role, words, params, unit=ups)
