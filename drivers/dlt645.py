"""DL/T 645-2007: electricity meters. Reads only: of the control codes only 11H, 12H and 13H can be made here, never one that writes,
clears, trips or sets the time.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from cityops_desktop.model.drivers import Complaint, Heard, Identity, Leg, Register, Setting
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import FrameRole
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeSource, Found, NoAnswer
from drivers.line.driver import LineDevice, LineDriver, Words
from drivers.line.options import Parity, SerialBus
from drivers.line.overhear import Asked
from drivers.line.serial_link import Cut, Question, SerialLink

START, END, WAKE = 0x68, 0x16, 0xFE
SHIFT = 0x33
"""Added to every byte of the data field before it is sent, taken off when it came."""
ENVELOPE = 12
"""Bytes of a frame around its data: two starts, six of address, control, length, check sum, end."""
LONGEST = ENVELOPE + 255
FROM_METER, REFUSED, MORE = 0x80, 0x40, 0x20
ANY = "AAAAAAAAAAAA"
"""The address that a single meter on a line answers to, whatever its own."""
MOST_FRAMES = 8
"""Parts of an answer at most: 1600 bytes, and less time than the watchdog allows."""
METER_NUMBER, ASSET_NUMBER = 0x04000402, 0x04000401
WAKE_UP = 4


class Control(IntEnum):
    """The control codes that are ever sent."""

    READ = 0x11
    FOLLOW = 0x12
    ADDRESS = 0x13


@dataclass(frozen=True, slots=True)
class Message:
    """A sound frame. `address` as people write it, highest pair first; `data` as the sender meant it, without the shift."""

    address: str
    control: int
    data: bytes

    @property
    def item(self) -> int | None:
        """The data identifier that it begins with, None when it has none."""
        return int.from_bytes(self.data[:4], "little") if len(self.data) >= 4 else None


def request(address: str, control: Control, data: bytes = b"") -> bytes:
    """The frame of a question. ValueError for any other control code."""
    body = bytes((START,)) + bytes.fromhex(address)[::-1] + bytes((START, Control(control), len(data)))
    body += bytes((byte + SHIFT) & 0xFF for byte in data)
    return body + bytes((sum(body) & 0xFF, END))


def decimal(raw: bytes, signed: bool = False) -> int | None:
    """The number in packed digits, lowest pair first; its top bit is a sign if `signed`. None when some digit is none (FF...)."""
    digits = bytearray(raw[::-1])
    negative = signed and bool(digits) and bool(digits[0] & 0x80)
    if negative:
        if all(byte == 0xFF for byte in raw):
            return None
        digits[0] &= 0x7F
    text = digits.hex()
    if not text.isdecimal():
        return None
    return -int(text) if negative else int(text)


class Dlt645Framing:
    """68, address, 68, control, length, data, check sum, 16; wake-up bytes before it are noise."""

    longest = LONGEST

    def cut(self, data: bytes) -> list[Cut[Message]]:
        """The frames in there: the sound ones first of all, so that noise that looks like a beginning hides none."""
        found: list[Cut[Message]] = []
        damaged: list[Cut[Message]] = []
        at = data.find(START)
        while at >= 0:
            end = _end(data, at)
            if end and sum(data[at : end - 2]) & 0xFF == data[end - 2]:
                address = data[at + 1 : at + 7][::-1].hex().upper()
                content = bytes((byte - SHIFT) & 0xFF for byte in data[at + 10 : end - 2])
                found.append(Cut(at, end, Message(address, data[at + 8], content), address))
                at = data.find(START, end)
                continue
            if end:
                damaged.append(Cut(at, end, None, data[at + 1 : at + 7][::-1].hex().upper()))
            at = data.find(START, at + 1)
        return _apart(found, damaged)

    def begun(self, data: bytes) -> bool:
        """Is there a start, or at least a wake-up?"""
        return START in data or data.endswith(bytes((WAKE,)))

    def request(self, message: Message) -> bool:
        """Bit 7 says who speaks."""
        return not message.control & FROM_METER

    def shape(self, message: Message) -> Hashable:
        """Address and identifier; refusals and told addresses have only their kind."""
        kind = message.control & ~MORE
        return (message.address, kind, message.item if kind & ~FROM_METER in (Control.READ, Control.FOLLOW) else None)


def _end(data: bytes, at: int) -> int:
    """Where the frame that seems to begin here ends; 0: none does, or not all of it is there."""
    if len(data) < at + ENVELOPE or data[at + 7] != START:
        return 0
    end = at + ENVELOPE + data[at + 9]
    return end if end <= len(data) and data[end - 1] == END else 0


def _meant(asked: str, address: str) -> bool:
    """Is a meter with this address meant by a question to `asked`, whose digits A stand for any?"""
    return all(sign in ("A", digit) for sign, digit in zip(asked, address, strict=True))


def _apart(found: list[Cut[Message]], damaged: list[Cut[Message]]) -> list[Cut[Message]]:
    """All sound frames, and the damaged ones that overlap nothing."""
    kept = list(found)
    for cut in damaged:
        if all(cut.end <= other.start or other.end <= cut.start for other in kept):
            kept.append(cut)
    return sorted(kept, key=lambda cut: cut.start)


class Type(StrEnum):
    """How the bytes of a value are to be read: packed digits, or a binary number whose bits mean something."""

    BCD = "bcd"
    UINT = "uint"


def _padded(value: object) -> object:
    """An address as it is printed on the meter, its leading zeros written or not."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.zfill(12).upper() if isinstance(value, str) else value


class Dlt645Device(LineDevice):
    """A meter. `address` = the twelve digits on its plate, AAAAAAAAAAAA when it is the only one on its line.

    `wake_up` = how many bytes FE are sent before a question, to wake its optical or infrared neighbour.
    """

    address: Annotated[str, BeforeValidator(_padded), Field(pattern="^([0-9]{12}|AAAAAAAAAAAA)$")]
    wake_up: Annotated[int, Field(ge=0, le=8)] = WAKE_UP


class Dlt645Source(ExchangeSource):
    """Where a point stands: the data identifier `item`, in whose answer it takes `length` bytes behind `position`."""

    item: Annotated[int, Field(ge=0, le=0xFFFFFFFF)]
    position: Annotated[int, Field(ge=0, le=65535)] = 0
    length: Annotated[int, Field(ge=1, le=8)]
    type: Type = Type.BCD
    signed: bool = False
    bit: Annotated[int, Field(ge=0, le=63)] | None = None

    def count(self, raw: bytes) -> int | None:
        """The number in these bytes; None when they are none."""
        if len(raw) != self.length:
            return None
        if self.type is Type.BCD:
            return decimal(raw, self.signed)
        number = int.from_bytes(raw, "little", signed=self.signed)
        return number if self.bit is None else number >> self.bit & 1


class MeterBus(SerialBus):
    """The line of meters, with the settings that most leave the factory with."""

    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 2400
    parity: Parity = Parity.EVEN


class Dlt645Talk:
    """Asks meters."""

    def __init__(self, line: SerialLink[Message], timeout: float) -> None:
        self._line = line
        self._timeout = timeout

    def ask(self, device: Dlt645Device, question: int, sources: Sequence[Dlt645Source]) -> list[Found]:
        """One data identifier, with the frames that follow when its answer is longer than one."""
        data = self._read(device, question)
        raws = [data[source.position : source.position + source.length] for source in sources]
        return [Found(source.count(raw), raw) for source, raw in zip(sources, raws, strict=True)]

    def identify(self, device: Dlt645Device) -> Identity | None:
        """Its meter number, else the number of its owner; of a single meter also the address that it tells."""
        facts: dict[str, str] = {}
        if device.address == ANY:
            data = self._exchange(device, Control.ADDRESS, b"").data
            facts["address"] = data[:6][::-1].hex().upper()
        for name, item, length in (("serial", METER_NUMBER, 6), ("asset", ASSET_NUMBER, 6)):
            try:
                raw = self._read(device, item)[:length]
            except NoAnswer as error:
                if not error.answered:
                    raise
                continue
            if (number := decimal(raw)) is not None and len(raw) == length:
                facts[name] = f"{number:0{2 * length}d}"
                break
        return Identity(facts) if facts else None

    def listen(self, seconds: float) -> Heard:
        """What came."""
        return self._line.listen(seconds)

    def close(self) -> None:
        """Give the wire back."""
        self._line.close()

    def _read(self, device: Dlt645Device, item: int) -> bytes:
        """All data of an identifier, without it."""
        name = item.to_bytes(4, "little")
        message = self._exchange(device, Control.READ, name)
        data = message.data[4:]
        for number in range(1, MOST_FRAMES):
            if not message.control & MORE:
                return data
            message = self._exchange(device, Control.FOLLOW, name + bytes((number,)))
            data += message.data[4:-1]
        raise NoAnswer(Reason.BAD_REPLY, "no end", answered=True)

    def _exchange(self, device: Dlt645Device, control: Control, data: bytes) -> Message:
        address = device.address
        asked = int.from_bytes(data[:4], "little") if data else None
        number = data[4:]

        def answers(message: Message) -> bool:
            if address not in (message.address, ANY):
                return False
            kind = message.control & ~MORE
            if kind == control | FROM_METER | REFUSED:
                return True
            if kind != control | FROM_METER:
                return False
            if control is Control.ADDRESS:
                return len(message.data) == 6
            return message.item == asked and message.data[4:].endswith(number)

        frame = bytes((WAKE,)) * device.wake_up + request(address, control, data)
        shape = (address, control | FROM_METER, asked)
        question = Question(frame, address, shape, ENVELOPE + 24, answers)
        message = self._line.exchange(question, device.timeout or self._timeout, device.gap)
        if message.control & REFUSED:
            raise NoAnswer(Reason.EXCEPTION, message.data[:1].hex().upper() or "?", answered=True)
        return message


class Dlt645Driver(LineDriver[Message]):
    """DL/T 645-2007 on a serial port, or behind a serial server."""

    protocol = "dlt645"
    device_options: type[BaseModel] = Dlt645Device
    source: type[BaseModel] = Dlt645Source
    framing = Dlt645Framing()
    filler = bytes((WAKE,))

    def identity(self, options: Any) -> str:
        """The meter's address."""
        return str(options.address)

    def question(self, source: Any) -> int:
        """Its data identifier."""
        return int(source.item)

    def leg(self, bus: Any, device: Any, question: int, sources: Sequence[Any]) -> tuple[Leg, float]:
        """The identifier."""
        sent = device.wake_up + ENVELOPE + 4
        received = ENVELOPE + 4 + max(source.position + source.length for source in sources)
        return Leg(ASKS, {"item": f"{question:08X}"}, sent, received), self.seconds(bus, device, sent, received)

    def check(self, device: Any, points: Sequence[tuple[str, Any]]) -> list[Complaint]:
        """Bits of what has none."""
        found = super().check(device, points)
        for point, source in points:
            if source.bit is not None and (source.type is not Type.UINT or source.bit >= 8 * source.length):
                what = N_("the value has no such bit")
                found.append(Complaint(what, N_("write type: uint, and a bit within its length"), point, "bit"))
            if source.bit is not None and (source.scale != 1 or source.offset != 0):
                found.append(Complaint(N_("a bit cannot be scaled"), N_("remove scale and offset"), point, "scale"))
        return found

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """Texts."""
        if kind is Kind.TEXT:
            return Complaint(N_("this driver reads numbers only"), N_("write another kind"), key="kind")
        return super().misfit(kind, writable, source)

    def resolution(self, source: Any) -> float | None:
        """The scale: a meter's last digit."""
        return float(abs(source.scale))

    def describe(self, source: Any) -> Register:
        """Its identifier and position."""
        place = f"@{source.position}" if source.position else ""
        return Register(
            "item",
            source.item,
            f"{source.item:08X}{place}",
            Control.READ,
            source.type,
            source.length,
            bit=source.bit,
            scale=source.scale,
            offset=source.offset,
            invalid=tuple(int(count) for count in source.invalid),
        )

    def count(self, source: Any, raw: bytes) -> Setting | None:
        """The number in these bytes."""
        number: int | None = source.count(raw)
        return number

    def asked(self, message: Message) -> Asked[Message] | None:
        """Its identifier, of the meter that it names; a meter that is alone on its line is meant whatever the address."""
        if not self.framing.request(message):
            return None
        kind, item, number = message.control, message.item, message.data[4:]
        reads = kind in (Control.READ, Control.FOLLOW)

        def answers(answer: Message) -> bool:
            if not _meant(message.address, answer.address) or answer.control & ~(MORE | REFUSED) != kind | FROM_METER:
                return False
            if answer.control & REFUSED or not reads:
                return True
            return answer.item == item and (kind == Control.READ or answer.data[4:].endswith(number))

        ours = kind == Control.READ and not number
        return Asked((message.address, ANY) if message.address != ANY else (ANY,), item if ours else None, answers)

    def told(self, device: Any, question: Any, message: Message, sources: Sequence[Any]) -> list[Found | None]:
        """What stands at their positions; of an answer in parts what the first one holds."""
        if message.control & REFUSED:
            raise NoAnswer(Reason.EXCEPTION, message.data[:1].hex().upper() or "?", answered=True)
        data, found = message.data[4:], list[Found | None]()
        for source in sources:
            raw = data[source.position : source.position + source.length]
            found.append(Found(source.count(raw), raw) if len(raw) == source.length or not message.control & MORE else None)
        return found

    def talk(self, link: SerialLink[Message], timeout: float) -> Dlt645Talk:
        """Over this line."""
        return Dlt645Talk(link, timeout)

    def tell(self, message: Message) -> Words:
        """Control code and identifier by their meaning."""
        kind = message.control & 0x1F
        params: dict[str, str | int | float] = {"control": f"{message.control:02X}H", "data": message.data.hex(" ").upper()}
        role = FrameRole.REQUEST if self.framing.request(message) else FrameRole.REPLY
        if role is FrameRole.REPLY and message.control & REFUSED:
            return Words(FrameRole.EXCEPTION, N_("refused: error byte {data}"), params, message.address)
        if kind in (Control.READ, Control.FOLLOW) and message.item is not None:
            params |= {"item": f"{message.item:08X}", "data": message.data[4:].hex(" ").upper()}
            words = ASKS if kind == Control.READ else N_("reads what follows of {item}")
            return Words(role, words if role is FrameRole.REQUEST else N_("{item}: {data}"), params, message.address)
        if kind == Control.ADDRESS and role is FrameRole.REQUEST:
            return Words(role, N_("asks for the address"), params, message.address)
        if kind == Control.ADDRESS:
            return Words(role, N_("address {data}"), params | {"data": message.data[::-1].hex().upper()}, message.address)
        return Words(role, N_("control code {control}"), params, message.address)


ASKS = N_("reads {item}")
