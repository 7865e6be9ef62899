"""YD/T 1363.3, YDN 23 (电总): UPS, air-conditioners, distribution and environment units that speak hexadecimal text.

Reads only: no frame with a command that sets or switches can be made here. An answer does not say what was asked; see serial_link.
"""

import math
import struct
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cityops_desktop.model.drivers import Complaint, Heard, Identity, Leg, Register, Setting
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import FrameRole
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeSource, Found, NoAnswer
from drivers.line.driver import LineDevice, LineDriver, Words
from drivers.line.overhear import Asked
from drivers.line.serial_link import Cut, Question, SerialLink

SOI, EOI = 0x7E, 0x0D
ENVELOPE = 18
"""Characters of a frame around its INFO: SOI, VER, ADR, CID1, CID2 or RTN, LENGTH, CHKSUM, EOI."""
LONGEST = ENVELOPE + 0xFFF
READS = frozenset((0x41, 0x42, 0x43, 0x44, 0x4D, 0x4F, 0x50, 0x51))
"""The commands of the standard that only read."""
VENDOR_READS = frozenset((*range(0x80, 0x90), 0xE1, 0xE2, 0xE3))
"""Commands of makers that some of their devices take as questions; sent only where a profile says so."""
FLAGGED = (0x41, 0x42, 0x43, 0x44)
VERSION, MAKER = 0x4F, 0x51
NORMAL, BAD_CHKSUM, BAD_LCHKSUM = 0x00, 0x02, 0x03
IN_VAIN = 2
"""Times that a device which never said its maker is asked without any answer: many do not know the question, some do not even refuse it."""
USUAL = 100
"""Bytes that an answer is expected to have before one was seen."""
_ABSENT = b"    "
"""An item that the device does not have, as some fill a float."""


@dataclass(frozen=True, slots=True)
class Message:
    """A sound frame. `code` is CID2 of a request, RTN of an answer; `info` the bytes that its INFO says."""

    version: int
    address: int
    cid1: int
    code: int
    info: bytes


def length_field(count: int) -> bytes:
    """LENGTH for so many characters of INFO: a check digit, and the count in three."""
    digits = f"{count:03X}"
    return f"{-sum(int(digit, 16) for digit in digits) & 0xF:X}{digits}".encode("ascii")


def checksum(text: bytes) -> bytes:
    """CHKSUM over the characters from VER to INFO."""
    return f"{-sum(text) & 0xFFFF:04X}".encode("ascii")


def request(version: int, address: int, cid1: int, cid2: int, info: bytes = b"", vendor: Collection[int] = ()) -> bytes:
    """The frame of a question. ValueError for any command that is not a question; `vendor` are those that the profile declares."""
    if cid2 not in READS and not (cid2 in VENDOR_READS and cid2 in vendor):
        raise ValueError(f"CID2 {cid2:02X}H is not a question")
    text = bytes((version, address, cid1, cid2)).hex().upper().encode("ascii") + length_field(2 * len(info))
    text += info.hex().upper().encode("ascii")
    return bytes((SOI,)) + text + checksum(text) + bytes((EOI,))


def parse(frame: bytes) -> Message | None:
    """The message of SOI...EOI; None unless LCHKSUM, LENGTH, CHKSUM and every digit are right."""
    text, given = frame[1:-5], frame[-5:-1]
    try:
        head = bytes.fromhex(text[:8].decode("ascii"))
        length = int(text[8:12], 16)
        info = bytes.fromhex(text[12:].decode("ascii"))
        total = int(given, 16)
    except (UnicodeDecodeError, ValueError):
        return None
    if len(head) != 4 or not frame[1:-1].isalnum() or len(text) != 12 + (length & 0xFFF):
        return None
    if length_field(length & 0xFFF) != text[8:12].upper() or (sum(text) + total) & 0xFFFF:
        return None
    return Message(head[0], head[1], head[2], head[3], info)


def identity(address: int, cid1: int) -> str:
    """A device as its line knows it: one address may be several kinds of equipment."""
    return f"{address}/{cid1:02X}H"


class Ydn23Framing:
    """SOI, text, EOI. A second SOI begins anew: the first frame was cut short."""

    longest = LONGEST

    def cut(self, data: bytes) -> list[Cut[Message]]:
        """The frames in there."""
        found: list[Cut[Message]] = []
        end = data.find(EOI)
        begin = 0
        while end >= 0:
            start = data.rfind(SOI, begin, end)
            if start >= 0 and end + 1 - start <= LONGEST:
                message = parse(data[start : end + 1])
                found.append(Cut(start, end + 1, message, _unit(data[start:end], message)))
            begin, end = end + 1, data.find(EOI, end + 1)
        return found

    def begun(self, data: bytes) -> bool:
        """Is there an SOI?"""
        return SOI in data

    def request(self, message: Message) -> bool:
        """RTN are 00 to 07 and E0 to EF; a question E1 to E3 looks like an answer, and its master asks others too."""
        return 0x40 <= message.code < 0xE0

    def shape(self, message: Message) -> Hashable:
        """Only address and kind of equipment."""
        return (message.address, message.cid1)


def _unit(frame: bytes, message: Message | None) -> str:
    if message is not None:
        return identity(message.address, message.cid1)
    try:
        return identity(int(frame[3:5], 16), int(frame[5:7], 16))
    except ValueError:
        return ""


class Type(StrEnum):
    """How the bytes of a value are to be read."""

    UINT8 = "uint8"
    INT8 = "int8"
    UINT16 = "uint16"
    INT16 = "int16"
    UINT32 = "uint32"
    INT32 = "int32"
    FLOAT32 = "float32"


_FORMATS = {
    Type.UINT8: "B",
    Type.INT8: "b",
    Type.UINT16: "H",
    Type.INT16: "h",
    Type.UINT32: "I",
    Type.INT32: "i",
    Type.FLOAT32: "f",
}
Byte = Annotated[int, Field(ge=0, le=255)]


class Ydn23Device(LineDevice):
    """A unit on the line. `version`, `cid1` and commands as the frames have them: 0x21 for V2.1, 0x2A for a UPS.

    `dataflag` = the commands whose answers begin with a DATAFLAG; `vendor_reads` = commands of the maker that only read.
    """

    address: Annotated[int, Field(ge=1, le=254)]
    version: Byte = 0x21
    cid1: Byte
    dataflag: tuple[Byte, ...] = FLAGGED
    vendor_reads: tuple[Byte, ...] = ()


class Ydn23Source(ExchangeSource):
    """Where a point stands: in the answer to `cid2` (asked for `command_group`, if given), `position` bytes behind the DATAFLAG.

    Integers come high byte first and floats low byte first, unless `low_first` says otherwise.
    """

    cid2: Byte
    command_group: Byte | None = None
    position: Annotated[int, Field(ge=0, le=2046)]
    type: Type = Type.UINT16
    bit: Annotated[int, Field(ge=0, le=7)] | None = None
    low_first: bool | None = None

    @cached_property
    def width(self) -> int:
        """Bytes of the value."""
        return struct.calcsize(f"<{_FORMATS[self.type]}")

    def count(self, raw: bytes) -> float | None:
        """The number in these bytes; None when they are none."""
        if len(raw) != self.width or (self.type is Type.FLOAT32 and raw == _ABSENT):
            return None
        low = self.type is Type.FLOAT32 if self.low_first is None else self.low_first
        number: float = struct.unpack(f"{'<' if low else '>'}{_FORMATS[self.type]}", raw)[0]
        if not math.isfinite(number):
            return None
        return number if self.bit is None else int(number) >> self.bit & 1


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked: CID2, and the group in COMMAND_INFO."""

    cid2: int
    group: int | None = None

    @property
    def info(self) -> bytes:
        """COMMAND_INFO."""
        return b"" if self.group is None else bytes((self.group,))


class Ydn23Talk:
    """Asks such units. Knows how long each one's answers were: one of another length is not believed until it comes twice."""

    def __init__(self, line: SerialLink[Message], timeout: float) -> None:
        self._line = line
        self._timeout = timeout
        self._other: dict[Hashable, int] = {}

    def ask(self, device: Ydn23Device, question: Command, sources: Sequence[Ydn23Source]) -> list[Found]:
        """One question."""
        return told(device, question, self._exchange(device, question), sources)

    def identify(self, device: Ydn23Device) -> Identity | None:
        """Maker and version; of a unit that does not say them, the version of its protocol, which it must say."""
        unit, memory = identity(device.address, device.cid1), self._line.memory
        if memory.nameless.get(unit, 0) < IN_VAIN:
            try:
                return Identity(maker(self._exchange(device, Command(MAKER)).info))
            except NoAnswer as error:
                named = (device.address, device.cid1, Command(MAKER)) in memory.lengths
                if named or error.reason not in (Reason.EXCEPTION, Reason.NO_ANSWER) or not error.asked:
                    raise
                memory.nameless[unit] = IN_VAIN if error.answered else memory.nameless.get(unit, 0) + 1
                if not error.answered:
                    raise
        message = self._exchange(device, Command(VERSION))
        return Identity({"protocol": f"YD/T 1363 {message.version >> 4}.{message.version & 0xF}"}, behaviour=True)

    def listen(self, seconds: float) -> Heard:
        """What came."""
        return self._line.listen(seconds)

    def close(self) -> None:
        """Give the wire back."""
        self._line.close()

    def _exchange(self, device: Ydn23Device, command: Command) -> Message:
        frame = request(device.version, device.address, device.cid1, command.cid2, command.info, device.vendor_reads)
        lengths, key = self._line.memory.lengths, (device.address, device.cid1, command)
        usual = lengths.get(key)

        def answers(message: Message) -> bool:
            if (message.address, message.cid1) != (device.address, device.cid1):
                return False
            if message.code != NORMAL or usual is None or len(message.info) == usual:
                return True
            again = self._other.get(key) == len(message.info)
            self._other[key] = len(message.info)
            return again

        size = ENVELOPE + 2 * (USUAL if usual is None else usual)
        shape = (device.address, device.cid1)
        question = Question(frame, identity(device.address, device.cid1), shape, size, answers)
        message = self._line.exchange(question, device.timeout or self._timeout, device.gap)
        _refused(message)
        lengths[key] = len(message.info)
        self._other.pop(key, None)
        return message


def told(device: Ydn23Device, question: Command, message: Message, sources: Sequence[Ydn23Source]) -> list[Found]:
    """What the answer to this question says of each source. NoAnswer when it refuses."""
    _refused(message)
    info = message.info[question.cid2 in device.dataflag :]
    raws = [info[source.position : source.position + source.width] for source in sources]
    return [Found(source.count(raw), raw) for source, raw in zip(sources, raws, strict=True)]


def _refused(message: Message) -> None:
    """NoAnswer when this answer is a refusal."""
    if message.code != NORMAL:
        reason = Reason.CRC if message.code in (BAD_CHKSUM, BAD_LCHKSUM) else Reason.EXCEPTION
        raise NoAnswer(reason, f"RTN {message.code:02X}", answered=True)


def maker(info: bytes) -> Mapping[str, str]:
    """What an answer to 51H says: name (10 characters), version (2 bytes), maker (20 characters); what cannot be read is left out."""
    facts = {"model": _text(info[:10]), "maker": _text(info[12:32])}
    if len(info) >= 12:
        facts["version"] = f"{info[10]}.{info[11]:02d}"
    return {name: text for name, text in facts.items() if text}


def _text(raw: bytes) -> str:
    text = raw.decode("ascii", "replace").replace("\0", " ").strip()
    return text if text.isprintable() and "\ufffd" not in text else ""


class Ydn23Driver(LineDriver[Message]):
    """YDN 23 on a serial port, or behind a serial server."""

    protocol = "ydn23"
    device_options: type[BaseModel] = Ydn23Device
    source: type[BaseModel] = Ydn23Source
    framing = Ydn23Framing()

    def identity(self, options: Any) -> str:
        """Address and kind of equipment."""
        return identity(options.address, options.cid1)

    def question(self, source: Any) -> Command:
        """Its command and group."""
        return Command(source.cid2, source.command_group)

    def leg(self, bus: Any, device: Any, question: Command, sources: Sequence[Any]) -> tuple[Leg, float]:
        """The command by its name."""
        last = max(source.position + source.width for source in sources) + (question.cid2 in device.dataflag)
        sent, received = ENVELOPE + 2 * len(question.info), ENVELOPE + 2 * last
        leg = Leg(QUESTIONS.get(question.cid2, OTHER), {"command": f"{question.cid2:02X}H"}, sent, received)
        return leg, self.seconds(bus, device, sent, received)

    def check(self, device: Any, points: Sequence[tuple[str, Any]]) -> list[Complaint]:
        """Versions that are none, commands that are no questions, bits of what has none."""
        found = super().check(device, points)
        if device.version & 0xF > 3 or device.version >> 4 > 9:
            what = N_("there is no such version of the protocol")
            found.append(Complaint(what, N_("write it as its frames have it, in hexadecimal: 0x21 is version 2.1"), key="version"))
        if not set(device.vendor_reads) <= VENDOR_READS:
            what = N_("such a command may switch or set something and is never sent")
            found.append(Complaint(what, N_("vendor_reads may hold 0x80 to 0x8F and 0xE1 to 0xE3"), key="vendor_reads"))
        for point, source in points:
            if source.cid2 not in READS and source.cid2 not in device.vendor_reads:
                what = N_("this command is no question of the standard")
                found.append(Complaint(what, N_("write cid2: 0x41, 0x42, 0x43 or 0x44, or declare it in vendor_reads"), point, "cid2"))
            if source.bit is not None and source.type is not Type.UINT8:
                found.append(
                    Complaint(N_("only a value of one byte has bits"), N_("write type: uint8, and the byte's position"), point, "bit")
                )
            if source.bit is not None and (source.scale != 1 or source.offset != 0):
                found.append(Complaint(N_("a bit cannot be scaled"), N_("remove scale and offset"), point, "scale"))
        return found

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """Texts, and states from floats."""
        if kind is Kind.TEXT:
            return Complaint(N_("this driver reads numbers only"), N_("write another kind"), key="kind")
        if kind is Kind.DIGITAL and source.type is Type.FLOAT32:
            return Complaint(N_("a digital point cannot be a float"), N_("write kind: analog, or an integer type"), key="type")
        return super().misfit(kind, writable, source)

    def resolution(self, source: Any) -> float | None:
        """The scale of an integer; that of a float must be chosen."""
        return None if source.type is Type.FLOAT32 else float(abs(source.scale))

    def describe(self, source: Any) -> Register:
        """Its command and position."""
        group = "" if source.command_group is None else f" {source.command_group:02X}H"
        return Register(
            "info",
            source.position,
            f"{source.cid2:02X}H{group} @{source.position}",
            source.cid2,
            source.type,
            source.width,
            bit=source.bit,
            scale=source.scale,
            offset=source.offset,
            invalid=tuple(int(count) for count in source.invalid),
        )

    def count(self, source: Any, raw: bytes) -> Setting | None:
        """The number in these bytes."""
        number: float | None = source.count(raw)
        return number

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """Bytes as the frames have them."""
        told = dict(super().settings(options))
        told.update({key: f"{int(told[key]):02X}H" for key in ("version", "cid1") if key in told})
        return told

    def asked(self, message: Message) -> Asked[Message] | None:
        """Its command and group, of the unit that it names. E1H to E3H may be questions, or refusals."""
        if not self.framing.request(message) and message.code not in VENDOR_READS:
            return None
        group = message.info[0] if message.info else None
        unit = (message.address, message.cid1)

        def answers(answer: Message) -> bool:
            return (answer.address, answer.cid1) == unit and not self.framing.request(answer)

        return Asked((identity(*unit),), Command(message.code, group) if len(message.info) <= 1 else None, answers)

    def length(self, message: Message) -> int | None:
        """That of an answer; a refusal has none."""
        return len(message.info) if message.code == NORMAL else None

    def told(self, device: Any, question: Any, message: Message, sources: Sequence[Any]) -> list[Found]:
        """What stands at their positions."""
        return told(device, question, message, sources)

    def talk(self, link: SerialLink[Message], timeout: float) -> Ydn23Talk:
        """Over this line."""
        return Ydn23Talk(link, timeout)

    def tell(self, message: Message) -> Words:
        """Command or RTN by its meaning."""
        params: dict[str, str | int | float] = {
            "type": f"{message.cid1:02X}H",
            "command": f"{message.code:02X}H",
            "length": len(message.info),
        }
        unit = str(message.address)
        if self.framing.request(message):
            return Words(FrameRole.REQUEST, QUESTIONS.get(message.code, OTHER), params, unit)
        if message.code == NORMAL:
            return Words(FrameRole.REPLY, N_("answer of {length} bytes, equipment {type}"), params | {"length": len(message.info)}, unit)
        return Words(FrameRole.EXCEPTION, REFUSALS.get(message.code, N_("refused: RTN {command}")), params, unit)


OTHER = N_("command {command}")
QUESTIONS = {
    0x41: N_("analogue values, floating point ({command})"),
    0x42: N_("analogue values, fixed point ({command})"),
    0x43: N_("switch states ({command})"),
    0x44: N_("alarms ({command})"),
    0x45: N_("remote control ({command})"),
    0x46: N_("parameters, floating point ({command})"),
    0x47: N_("parameters, fixed point ({command})"),
    0x48: N_("sets parameters, floating point ({command})"),
    0x49: N_("sets parameters, fixed point ({command})"),
    0x4D: N_("date and time ({command})"),
    0x4E: N_("sets date and time ({command})"),
    0x4F: N_("version of the protocol ({command})"),
    0x50: N_("address of the device ({command})"),
    0x51: N_("maker of the device ({command})"),
}
REFUSALS = {
    0x01: N_("refused: another version of the protocol"),
    0x02: N_("refused: check sum wrong (CHKSUM)"),
    0x03: N_("refused: check sum of the length wrong (LCHKSUM)"),
    0x04: N_("refused: command not known (CID2)"),
    0x05: N_("refused: form of the command wrong"),
    0x06: N_("refused: data of the command wrong"),
}
