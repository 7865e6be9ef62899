"""The driver "recorder-http": video recorders and cameras by their web pages. Is it there, does it record, how are its disks, a picture.

Which page says what is data of the profile. Only asks; keeps of each camera the newest picture, in memory alone.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Complaint, Counters, Heard, Identity, Leg, Register, Setting
from cityops_desktop.model.pictures import Picture
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import Record
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeDevice, ExchangeDriver, ExchangeSource, Found, NoAnswer
from drivers.recorder import onvif
from drivers.recorder.pages import Page, PageError, read_page, values_at
from drivers.web.options import WebOptions, secret

ASKING_WHERE = 3.0
"""Seconds for each question of ONVIF at most: with the picture itself they must end before the driver is taken for stuck."""
SHUT = 5.0
"""Seconds for which a server that could not be reached is only asked whether it is back."""
NOT_THERE = (Reason.UNREACHABLE, Reason.CONNECTION_REFUSED, Reason.NO_ANSWER, Reason.CONNECTION_LOST)
MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
LONGEST_RAW = 200
LONGEST_TEXT = 100
PATH = r"^/[\x21-\x7e]*$"


class RecorderBus(WebOptions):
    """The web server of a recorder or a camera."""


class RecorderDevice(ExchangeDevice):
    """A recorder (`channel` 0) or one of its cameras; `{channel}` in pages is replaced by it.

    `onvif` = the path of its ONVIF media service, where pictures are to be found that way; `identity` names the places of what
    `identity_page` says of it: {model: ..., serial: ...}.
    """

    channel: Annotated[int, Field(ge=0, le=256)] = 0
    onvif: Annotated[str, Field(pattern=PATH)] | None = None
    identity_page: Annotated[str, Field(pattern=PATH)] | None = None
    identity: dict[str, str] = Field(default_factory=dict)


class Take(StrEnum):
    """Which of several values at a place is meant."""

    FIRST = "first"
    SUM = "sum"
    MIN = "min"
    MAX = "max"


class PageSource(ExchangeSource):
    """A value on a page, or the picture that a page is, or (without `value`) whether the server answers at all.

    `value` = its place, see pages.py; `part_of` = the place of what it is a part of: the point is then a percentage; `words` = numbers
    for words, `other` the number of every word that is not among them.
    """

    page: Annotated[str, Field(pattern=PATH)] = "/"
    value: str = ""
    take: Take = Take.FIRST
    part_of: str = ""
    words: dict[str, float] = Field(default_factory=dict)
    other: Annotated[float, Field(allow_inf_nan=False)] | None = None
    picture: bool = False


class Want(StrEnum):
    """What a question asks for."""

    THERE = "there"
    PAGE = "page"
    PICTURE = "picture"


class Wanted(NamedTuple):
    """A question."""

    want: Want
    page: str


class RecorderDriver(ExchangeDriver):
    """Video recorders and cameras by their web pages."""

    name = "recorder-http"
    protocol = "recorder-http"
    bus_options: type[BaseModel] = RecorderBus
    device_options: type[BaseModel] = RecorderDevice
    source: type[BaseModel] = PageSource

    def __init__(self) -> None:
        self._pictures: dict[tuple[str, int], Picture] = {}

    def resource(self, options: Any) -> str:
        """The server."""
        return str(options.at)

    def identity(self, options: Any) -> str:
        """The channel."""
        return str(options.channel)

    def question(self, source: Any) -> Hashable:
        """Values of one page come at once."""
        if source.picture:
            return Wanted(Want.PICTURE, source.page)
        return Wanted(Want.PAGE if source.value else Want.THERE, source.page)

    def leg(self, bus: Any, device: Any, question: Any, sources: Sequence[Any]) -> tuple[Leg, float]:
        """A page; a picture takes longer. Whether anybody is there is the cheapest question, so that a silent server is asked that."""
        words = N_("picture {page}") if question.want is Want.PICTURE else N_("page {page}")
        seconds, received = {Want.THERE: (0.05, 2_000), Want.PAGE: (0.1, 2_000), Want.PICTURE: (0.5, 200_000)}[question.want]
        return Leg(words, {"page": _page(question.page, device)}, 200, received), seconds

    def describe(self, source: Any) -> Register:
        """The page, and the place on it."""
        kind = Want.PICTURE if source.picture else Want.PAGE if source.value else Want.THERE
        return Register(source.page, 0, source.value or source.page, 0, kind.value, 1, scale=source.scale, offset=source.offset)

    def count(self, source: Any, raw: bytes) -> Setting | None:
        """The words of the page."""
        return raw.decode("utf-8", "replace")

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """What is a picture, or says whether somebody is there, is 0 or 1."""
        if (source.picture or not source.value) and kind is not Kind.DIGITAL:
            return Complaint(N_("this is 0 or 1"), N_("write kind: digital, or the value on the page"), key="kind")
        return super().misfit(kind, writable, source)

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """All but where the password lies."""
        return {
            key: value for key, value in super().settings(options).items() if key != "password_file" and value != "" and value is not False
        }

    def open(self, bus: Any, clock: Clock, counters: Counters, record: Record) -> "RecorderLink":
        """Nothing is opened before the first question: whether the server is there is a value like others."""
        return RecorderLink(bus, clock, counters, record, self._pictures)

    def picture(self, bus: BaseModel, device: BaseModel) -> Picture | None:
        """The newest picture of this camera."""
        assert isinstance(bus, RecorderBus) and isinstance(device, RecorderDevice)
        return self._pictures.get((bus.at, device.channel))

    def takes_pictures(self, source: BaseModel) -> bool:
        """Is this the source of a picture?"""
        return isinstance(source, PageSource) and source.picture


class RecorderLink:
    """One server. Puts pictures where the driver keeps them."""

    def __init__(
        self, bus: RecorderBus, clock: Clock, counters: Counters, record: Record, pictures: dict[tuple[str, int], Picture]
    ) -> None:
        from drivers.web.client import Web

        self._bus = bus
        self._clock = clock
        self._counters = counters
        self._pictures = pictures
        self._web = Web(bus, clock, counters, record)
        self._shut: tuple[float, NoAnswer] | None = None
        self._paths: dict[int, str] = {}

    def ask(self, device: RecorderDevice, question: Wanted, sources: Sequence[PageSource]) -> list[Found]:
        """A page, a picture, or whether anybody is there."""
        if question.want is Want.THERE:
            return self._there(device, question.page, sources)
        if self._shut is not None and self._clock.monotonic() < self._shut[0]:
            raise NoAnswer(self._shut[1].reason, self._shut[1].detail, asked=False)
        self._shut = None
        try:
            if question.want is Want.PICTURE:
                self._take(device, question.page)
                return [Found(1.0) for _ in sources]
            page = self._read(_page(question.page, device), device)
        except NoAnswer as no:
            self._remember(no)
            raise
        return [_found(page, source) for source in sources]

    def identify(self, device: RecorderDevice) -> Identity | None:
        """What its page says of it."""
        if device.identity_page is None:
            return None
        page = self._read(_page(device.identity_page, device), device)
        found = {name: values_at(page, place) for name, place in device.identity.items()}
        facts = {name: texts[0][:LONGEST_TEXT] for name, texts in found.items() if texts and texts[0].isprintable()}
        return Identity(facts) if facts else None

    def listen(self, seconds: float) -> Heard:
        """Nothing comes by itself."""
        return Heard()

    def close(self) -> None:
        """Let go of the server."""
        self._web.close()

    def _there(self, device: RecorderDevice, page: str, sources: Sequence[PageSource]) -> list[Found]:
        """1 when the server says anything at all; 0 when nobody answers, and then the device is as silent as any other that is gone."""
        try:
            self._web.get(_page(page, device), device.timeout)
        except NoAnswer as no:
            self._remember(no)
            if no.reason in NOT_THERE:
                raise NoAnswer(no.reason, no.detail, found=[Found(0.0) for _ in sources]) from no
            if not no.answered:
                raise
        self._shut = None
        return [Found(1.0) for _ in sources]

    def _remember(self, no: NoAnswer) -> None:
        if no.reason in NOT_THERE and no.asked:
            self._shut = (self._clock.monotonic() + SHUT, no)

    def _read(self, path: str, device: RecorderDevice) -> Page:
        body = self._web.get(path, device.timeout).body
        try:
            return read_page(body)
        except PageError as error:
            raise self._nonsense(error) from error

    def _take(self, device: RecorderDevice, page: str) -> None:
        """Fetch a picture. NoAnswer when what comes is none; the one before is then kept, with its age."""
        path = self._found_by_onvif(device) if device.onvif is not None else _page(page, device)
        try:
            body = self._web.get(path, device.timeout).body
        except NoAnswer:
            self._paths.pop(device.channel, None)
            raise
        kind = next((kind for magic, kind in MAGIC.items() if body.startswith(magic)), None)
        if kind is None:
            raise self._nonsense("no JPEG, no PNG")
        self._pictures[self._bus.at, device.channel] = Picture(body, kind, self._clock.wall())

    def _found_by_onvif(self, device: RecorderDevice) -> str:
        """The path of the picture of this channel, asked once."""
        assert device.onvif is not None
        known = self._paths.get(device.channel)
        if known is not None:
            return known
        user, now = self._bus.user, self._clock.wall()
        password = secret(Path(self._bus.password_file)) if user else ""
        try:
            profiles = onvif.profiles_in(self._post(device, onvif.profiles_question(user, password, now)))
            if len(profiles) <= max(0, device.channel - 1):
                raise PageError(f"{len(profiles)} profiles")
            question = onvif.picture_question(profiles[max(0, device.channel - 1)], user, password, now)
            path = onvif.picture_path_in(self._post(device, question))
        except PageError as error:
            raise self._nonsense(error) from error
        self._paths[device.channel] = path
        return path

    def _post(self, device: RecorderDevice, question: bytes) -> bytes:
        assert device.onvif is not None
        seconds = min(ASKING_WHERE, device.timeout or self._bus.timeout)
        return self._web.post(device.onvif, question, onvif.KIND, seconds).body

    def _nonsense(self, what: object) -> NoAnswer:
        self._counters.bad_replies += 1
        return NoAnswer(Reason.BAD_REPLY, str(what), answered=True)


def _page(path: str, device: RecorderDevice) -> str:
    return path.replace("{channel}", str(device.channel)).replace("{index}", str(max(0, device.channel - 1)))


def _found(page: Page, source: PageSource) -> Found:
    """What a page says of a source. Where several values are needed, one that makes no sense leaves nothing."""
    texts = values_at(page, source.value)
    if source.take is Take.FIRST:
        texts = texts[:1]
    raw = ", ".join(texts)[:LONGEST_RAW].encode()
    if not texts:
        return Found(None)
    if source.take is Take.FIRST and not source.words and not source.part_of and _number(texts[0], source) is None:
        return Found(texts[0][:LONGEST_TEXT], raw)
    numbers = [_number(text, source) for text in texts]
    wholes = [_number(text, source) for text in values_at(page, source.part_of)] if source.part_of else [100.0]
    sound, whole = [one for one in numbers if one is not None], [one for one in wholes if one is not None]
    if len(sound) < len(numbers) or len(whole) < len(wholes) or sum(whole) <= 0:
        return Found(None, raw)
    taken = min(sound) if source.take is Take.MIN else max(sound) if source.take is Take.MAX else sum(sound)
    return Found(100 * taken / sum(whole) if source.part_of else taken, raw)


def _number(text: str, source: PageSource) -> float | None:
    if source.words:
        return {word.casefold(): number for word, number in source.words.items()}.get(text.casefold(), source.other)
    try:
        number = float(text)
    except ValueError:
        return {"true": 1.0, "false": 0.0}.get(text.casefold(), source.other)
    return number if math.isfinite(number) else None
