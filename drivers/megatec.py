"""Megatec and Voltronic: small UPS that answer a line of text to a word. Reads only: no word outside QUERIES can be sent.

The protocol has no check sum and no address. So an answer is believed only if every sign stands in its column.
"""

import re
from collections.abc import Hashable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from cityops_desktop.model.drivers import Complaint, Heard, Identity, Leg, Register, Setting
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import FrameRole
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeSource, Found, NoAnswer
from drivers.line.driver import LineDevice, LineDriver, Words
from drivers.line.options import SerialBus
from drivers.line.overhear import Asked
from drivers.line.serial_link import Cut, Question, SerialLink

END = b"\r"
LONGEST = 160
Query = Literal["Q1", "QS", "QGS", "Q6", "WA", "QI", "QMOD", "QRI", "QBV", "F"]
WIDTHS: dict[str, tuple[int, ...]] = {
    "Q1": (5, 5, 5, 3, 4, 4, 4, 8),
    "QS": (5, 5, 5, 3, 4, 4, 4, 8),
    "QGS": (5, 4, 5, 4, 5, 3, 5, 5, 5, 5, 5, 12),
    "Q6": (5, 5, 5, 4, 5, 5, 5, 4, 3, 3, 3, 5, 5, 4, 5, 3, 2, 8, 8, 2),
    "WA": (5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 3, 8),
    "QI": (3, 5, 4, 5, 3, 3, 1, 16),
    "QMOD": (1,),
    "QRI": (5, 3, 5, 4),
    "QBV": (5, 2, 2, 3, 3),
    "F": (5, 3, 5, 4),
}
"""How wide the fields of each query's answer are (Network UPS Tools, drivers nutdrv_qx). Bits are one field."""
BITS = {"Q1": 8, "QS": 8, "QGS": 12, "WA": 13}
"""The field whose signs are bits, 0 or 1 each, counted from 1."""
HEXADECIMAL = {("Q6", 18), ("Q6", 19)}
"""Fields that are hexadecimal numbers: codes of faults and warnings."""
WHO = "I"
UNIT = "ups"
"""The one on the line."""
QUERIES = frozenset((*WIDTHS, WHO))
"""All that is ever sent. Other words of this protocol test, switch off, or silence (T, S, C, Q ...)."""
_WHO = re.compile(r"#[ -~]{36,39}")
_REFUSALS = ("(NAK", "NAK")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_WORD = re.compile(r"[A-Z][A-Z0-9.]{0,11}")


def request(query: str) -> bytes:
    """The line that asks. ValueError for any word that is no query."""
    if query not in QUERIES:
        raise ValueError(f"{query!r} is not a query")
    return query.encode("ascii") + END


def _form(query: str) -> re.Pattern[str]:
    fields = []
    for number, width in enumerate(WIDTHS[query], start=1):
        signs = "[01]" if number == BITS.get(query) else "[A-Z]" if query == "QMOD" else "[-0-9.A-F]"
        fields.append(f"({signs}{{{width}}})")
    return re.compile(("#" if query == "F" else r"\(") + " ".join(fields))


FORMS = {query: _form(query) for query in WIDTHS}


def fields(query: str, answer: str) -> tuple[str, ...] | None:
    """The fields of an answer; None unless every sign stands in its column."""
    match = FORMS[query].fullmatch(answer)
    return match.groups() if match else None


def answers(query: str, message: str) -> bool:
    """Can this be the answer to the query?"""
    fits = _WHO.fullmatch(message) is not None if query == WHO else fields(query, message) is not None
    return fits or message in _REFUSALS


def _refused(answer: str) -> None:
    """NoAnswer when this answer is a refusal."""
    if answer in _REFUSALS:
        raise NoAnswer(Reason.EXCEPTION, answer, answered=True)


def facts(answer: str) -> dict[str, str]:
    """What the answer to I says: maker, model, version in columns of 15, 10 and 10; a newer form also has a serial number and the
    battery's minutes, which are no part of who it is."""
    maker, model, version = answer[1:16].strip(), answer[17:27].strip(), answer[28:].strip()
    if re.fullmatch(r"\S{15}", answer[1:16]) and re.fullmatch(r"\S{5}\d{5}", answer[17:27]):
        told = {"maker": answer[1:8], "serial": answer[8:16], "model": answer[17:22], "version": version}
    else:
        told = {"maker": maker, "model": model, "version": version}
    return {name: text for name, text in told.items() if text.strip("-? ")}


class MegatecFraming:
    """A line that ends with CR: an answer begins with ( or #, a question is a word."""

    longest = LONGEST

    def cut(self, data: bytes) -> list[Cut[str]]:
        """The lines in there."""
        found: list[Cut[str]] = []
        begin, end = 0, data.find(END)
        while end >= 0:
            start = end
            while start > max(begin, end - LONGEST) and 0x20 <= data[start - 1] < 0x7F:
                start -= 1
            start = max(data.rfind(b"(", start, end), data.rfind(b"#", start, end), start)
            if start < end:
                found.append(Cut(start, end + 1, data[start:end].decode("ascii")))
            begin, end = end + 1, data.find(END, end + 1)
        return found

    def begun(self, data: bytes) -> bool:
        """Is there the first sign of an answer?"""
        return b"(" in data or b"#" in data

    def request(self, message: str) -> bool:
        """A word in capitals that no UPS says."""
        return bool(_WORD.fullmatch(message)) and message not in ("ACK", "NAK")

    def shape(self, message: str) -> Hashable:
        """The queries whose answer this can be; others are as good as unknown."""
        for query in FORMS:
            if fields(query, message) is not None:
                return WIDTHS[query] if query != "F" else query
        return WHO if _WHO.fullmatch(message) else message[:4]


class MegatecDevice(LineDevice):
    """A UPS. It has no address: a line holds one."""


class MegatecSource(ExchangeSource):
    """Where a point stands: in the answer to `query`, the `field` counted from 1, and the `bit` in it counted from 1 at the left."""

    query: Query
    field: Annotated[int, Field(ge=1, le=20)]
    bit: Annotated[int, Field(ge=1, le=16)] | None = None

    def count(self, text: str) -> float | str | None:
        """The number in this field, its bit, or the text of a field that is none; None: not available."""
        if self.bit is not None:
            sign = text[self.bit - 1 : self.bit]
            return int(sign) if sign in ("0", "1") else None
        if (self.query, self.field) in HEXADECIMAL:
            return int(text, 16) if text.isalnum() else None
        if _NUMBER.fullmatch(text):
            return float(text)
        return None if set(text) <= set("-. ") else text


class UpsBus(SerialBus):
    """The line of such a UPS, with the speed that all have."""

    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 2400


def told(query: str, answer: str, sources: Sequence[MegatecSource]) -> list[Found]:
    """What the answer to this query says of each source. NoAnswer when it refuses."""
    _refused(answer)
    found = fields(query, answer)
    assert found is not None
    texts = [found[source.field - 1] for source in sources]
    return [Found(source.count(text), text.encode("ascii")) for source, text in zip(sources, texts, strict=True)]


class MegatecTalk:
    """Asks the UPS."""

    def __init__(self, line: SerialLink[str], timeout: float) -> None:
        self._line = line
        self._timeout = timeout

    def ask(self, device: MegatecDevice, question: str, sources: Sequence[MegatecSource]) -> list[Found]:
        """One query."""
        return told(question, self._exchange(device, question), sources)

    def identify(self, device: MegatecDevice) -> Identity | None:
        """What it answers to I."""
        told = facts(self._exchange(device, WHO))
        return Identity(told) if told else None

    def listen(self, seconds: float) -> Heard:
        """What came."""
        return self._line.listen(seconds)

    def close(self) -> None:
        """Give the wire back."""
        self._line.close()

    def _exchange(self, device: MegatecDevice, query: str) -> str:
        shape = WHO if query == WHO else query if query == "F" else WIDTHS[query]
        size = 40 if query == WHO else sum(WIDTHS[query]) + len(WIDTHS[query]) + 1
        question: Question[str] = Question(request(query), UNIT, shape, size, lambda message: answers(query, message))
        answer = self._line.exchange(question, device.timeout or self._timeout, device.gap)
        _refused(answer)
        return answer


class MegatecDriver(LineDriver[str]):
    """Megatec and Voltronic on a serial port."""

    protocol = "megatec"
    device_options: type[BaseModel] = MegatecDevice
    source: type[BaseModel] = MegatecSource
    framing = MegatecFraming()
    checked = False

    def identity(self, options: Any) -> str:
        """There is one on a line."""
        return UNIT

    def question(self, source: Any) -> str:
        """Its query."""
        return str(source.query)

    def leg(self, bus: Any, device: Any, question: str, sources: Sequence[Any]) -> tuple[Leg, float]:
        """The query."""
        sent, received = len(question) + 1, sum(WIDTHS[question]) + len(WIDTHS[question]) + 1
        return Leg(ASKS, {"query": question}, sent, received), self.seconds(bus, device, sent, received)

    def check(self, device: Any, points: Sequence[tuple[str, Any]]) -> list[Complaint]:
        """Fields and bits that are not there."""
        found = super().check(device, points)
        for point, source in points:
            widths = WIDTHS[source.query]
            if source.field > len(widths):
                what = N_("the answer to this query has not so many fields")
                found.append(Complaint(what, N_("count the fields between the blanks from 1"), point, "field"))
            elif source.bit is not None and source.bit > widths[source.field - 1]:
                what = N_("the field has not so many signs")
                found.append(Complaint(what, N_("count its signs from 1 at the left"), point, "bit"))
            if source.bit is not None and (source.scale != 1 or source.offset != 0):
                found.append(Complaint(N_("a bit cannot be scaled"), N_("remove scale and offset"), point, "scale"))
        return found

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """States from measurements."""
        if kind is Kind.DIGITAL and (source.scale != 1 or source.offset != 0):
            return Complaint(N_("the number of a state cannot be scaled"), N_("remove scale and offset"), key="scale")
        return super().misfit(kind, writable, source)

    def resolution(self, source: Any) -> float | None:
        """1 of a bit; else the scale, if it is not 1."""
        return 1.0 if source.bit is not None else super().resolution(source)

    def describe(self, source: Any) -> Register:
        """Its query and field."""
        return Register(
            "field",
            source.field,
            f"{source.query} #{source.field}",
            0,
            "bit" if source.bit is not None else "text",
            WIDTHS[source.query][source.field - 1],
            bit=source.bit,
            scale=source.scale,
            offset=source.offset,
        )

    def count(self, source: Any, raw: bytes) -> Setting | None:
        """The number or text of the field."""
        value: Setting | None = source.count(raw.decode("ascii", "replace"))
        return value

    def asked(self, message: str) -> Asked[str] | None:
        """The query; what another word is answered is not known."""
        if not self.framing.request(message):
            return None
        if message not in QUERIES:
            return Asked((UNIT,), None, lambda answer: not self.framing.request(answer))
        return Asked((UNIT,), message, lambda answer: answers(message, answer))

    def told(self, device: Any, question: Any, message: str, sources: Sequence[Any]) -> list[Found]:
        """Their fields."""
        return told(question, message, sources)

    def talk(self, link: SerialLink[str], timeout: float) -> MegatecTalk:
        """Over this line."""
        return MegatecTalk(link, timeout)

    def tell(self, message: str) -> Words:
        """The word or the line."""
        if self.framing.request(message):
            return Words(FrameRole.REQUEST, ASKS if message in QUERIES else N_("order {query}"), {"query": message})
        if message in _REFUSALS:
            return Words(FrameRole.EXCEPTION, N_("refused: {text}"), {"text": message})
        return Words(FrameRole.REPLY, N_("“{text}”"), {"text": message})


ASKS = N_("asks {query}")
