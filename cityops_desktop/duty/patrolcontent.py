"""What a patrol template and a route say: items to look at, stops to go to, when. Pure; the same in a file, in an act and in a record.

`complaints` is what no single field can tell. Knows no round and no clock.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from cityops_desktop.model.points import Group
from cityops_desktop.texts import N_

ID = r"^[a-z0-9][a-z0-9_-]*$"
TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Id = Annotated[str, Field(pattern=ID, max_length=40)]
Short = Annotated[str, Field(min_length=1, max_length=200)]
TimeOfDay = Annotated[str, Field(pattern=TIME_OF_DAY)]
TagCode = Annotated[str, Field(max_length=64)]
MOST_ITEMS, MOST_STOPS = 80, 60
DAY_MINUTES = 1440


class Part(BaseModel):
    """Base of all: frozen, unknown keys refused, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Words(Part):
    """In both languages."""

    zh: Short
    en: Short


class ItemKind(StrEnum):
    """What is given for an item: yes or no, a number, one of some words, a picture, a text, or what an instrument shows beside the
    value that the station has of it."""

    CHECK = "check"
    NUMBER = "number"
    CHOICE = "choice"
    PHOTO = "photo"
    TEXT = "text"
    READING = "reading"


NUMBERS = frozenset({ItemKind.NUMBER, ItemKind.READING})


class Choice(Part):
    """One of the words of a choice; `ok`: is it as it should be?"""

    id: Id
    name: Words
    ok: bool = True


class Find(Part):
    """Which point at the stop a reading belongs to: all that is given must fit, the first of the room file is taken. `points` are ids of
    points, `names` parts of their names, both with * and ?; `place` "room" looks through the whole room where the stop has none."""

    groups: tuple[Group, ...] = ()
    units: tuple[Short, ...] = ()
    points: tuple[Short, ...] = ()
    names: tuple[Short, ...] = ()
    place: Literal["stop", "room"] = "stop"


class Item(Part):
    """One thing to look at. `low` and `high`: beyond them a number is not ok. `point` (a key) or `find` binds a reading; `tolerance`: a
    larger difference from the station's value is told."""

    id: Id
    kind: ItemKind
    name: Words
    hint: Words | None = None
    unit: Annotated[str, Field(max_length=20)] = ""
    low: float | None = None
    high: float | None = None
    choices: Annotated[tuple[Choice, ...], Field(max_length=12)] = ()
    point: Annotated[str, Field(max_length=200)] = ""
    find: Find | None = None
    tolerance: Annotated[float, Field(gt=0)] | None = None


TemplateGroup = Literal[
    "power_distribution",
    "ups_battery",
    "air_conditioning",
    "fresh_air",
    "fire_protection",
    "leak_detection",
    "surveillance",
    "access_control",
    "racks",
    "network_servers",
    "monitoring_host",
    "environment",
    "cleanliness",
    "security",
    "other",
]


class TemplateContent(Part):
    """What is looked at for one group of equipment."""

    code: Id
    group: TemplateGroup
    name: Words
    source: Annotated[str, Field(max_length=200)] = ""
    items: Annotated[tuple[Item, ...], Field(max_length=MOST_ITEMS)]


class Expected(StrEnum):
    """How somebody proves to have been at a stop, the strongest first: a wand or memory scanner that keeps its own clock, a code scanned
    on the spot, a code scanned at the desk, nothing."""

    WAND = "wand"
    SPOT = "spot"
    DESK = "desk"
    NONE = "none"


STRENGTH = {Expected.WAND: 3, Expected.SPOT: 2, Expected.DESK: 1, Expected.NONE: 0}


class Stop(Part):
    """A place to go to: an area, a rack, a device (`ref` is its id), or a spot on the floor (`x`, `y` in metres, as the floor page has
    them). `code` is what the tag there says (QR, NFC, button of a wand)."""

    id: Id
    name: Words
    kind: Literal["area", "rack", "device", "place"]
    ref: Annotated[str, Field(max_length=64)] = ""
    x: Annotated[float, Field(ge=-10_000, le=10_000)] | None = None
    y: Annotated[float, Field(ge=-10_000, le=10_000)] | None = None
    code: TagCode = ""
    expects: Expected = Expected.NONE
    templates: Annotated[tuple[Id, ...], Field(max_length=12)]


class Plan(Part):
    """When a round is due: at these times of a day, or each `every` hours from `begin` to `end`; on these weekdays (1 Monday to 7).

    `window` minutes it may take, `early` minutes before its time it may be begun. `post` of the roster has to do it; "" = whoever is here.
    """

    times: Annotated[tuple[TimeOfDay, ...], Field(max_length=48)] = ()
    every: Annotated[int, Field(ge=1, le=24)] | None = None
    begin: TimeOfDay = "00:00"
    end: TimeOfDay = "00:00"
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(max_length=7)] = ()
    window: Annotated[int, Field(ge=5, le=DAY_MINUTES)] = 60
    early: Annotated[int, Field(ge=0, le=DAY_MINUTES)] = 15
    post: Annotated[str, Field(max_length=64)] = ""


class RouteContent(Part):
    """A round: its stops in their order. A security round (8.3.1 g) may open an incident. Without a plan it is walked when somebody
    wants to."""

    code: Id
    name: Words
    kind: Literal["round", "security"] = "round"
    plan: Plan | None = None
    stops: Annotated[tuple[Stop, ...], Field(max_length=MOST_STOPS)]


class Complaint(NamedTuple):
    """What is wrong where (a path of keys and indexes), and what to do; both with {names} of `params`."""

    at: tuple[int | str, ...]
    what: str
    do: str
    params: dict[str, str | int | float]


def complaints(content: TemplateContent | RouteContent) -> list[Complaint]:
    """All that no single field tells."""
    return list(_of_template(content) if isinstance(content, TemplateContent) else _of_route(content))


def _of_template(content: TemplateContent) -> Iterator[Complaint]:
    if not content.items:
        yield Complaint(("items",), N_("this template asks nothing"), N_("give at least one item"), {})
    yield from _twice([item.id for item in content.items], ("items",))
    for place, item in enumerate(content.items):
        for key, what, do in _of_item(item):
            yield Complaint(("items", place, key), what, do, {"id": item.id})
        yield from _twice([choice.id for choice in item.choices], ("items", place, "choices"))


def _of_item(item: Item) -> Iterator[tuple[str, str, str]]:
    if item.low is not None and item.high is not None and item.low >= item.high:
        yield "low", N_("“{id}”: the lower limit is not below the upper one"), N_("correct “low” or “high”")
    if (item.low is not None or item.high is not None) and item.kind not in NUMBERS:
        key = "low" if item.low is not None else "high"
        yield key, N_("“{id}” has limits and is no number"), N_("write kind: number or kind: reading, or take the limits out")
    if item.kind is ItemKind.CHOICE and len(item.choices) < 2:
        yield "choices", N_("“{id}” is a choice between fewer than two words"), N_("give at least two “choices”")
    if item.kind is not ItemKind.CHOICE and item.choices:
        yield "choices", N_("“{id}” has choices and is none"), N_("write kind: choice, or take the choices out")
    if item.kind is ItemKind.CHOICE and item.choices and not any(choice.ok for choice in item.choices):
        yield "choices", N_("no answer to “{id}” is ok"), N_("leave “ok: false” out where all is well")
    bound = bool(item.point) + (item.find is not None)
    if item.kind is ItemKind.READING and bound != 1:
        yield "kind", N_("the reading “{id}” needs either “point” or “find”"), N_("name a point, or say how it is found at the stop")
    if item.kind is not ItemKind.READING and (bound or item.tolerance is not None):
        key = "point" if item.point else "find" if item.find else "tolerance"
        yield (
            key,
            N_("“{id}” is bound to a point and is no reading"),
            N_("write kind: reading, or take these keys out"),
        )
    if item.find is not None and not (item.find.groups or item.find.units or item.find.points or item.find.names):
        yield "find", N_("“{id}” finds any point at all"), N_("give groups, units, points or names")


def _of_route(content: RouteContent) -> Iterator[Complaint]:
    if not content.stops:
        yield Complaint(("stops",), N_("this route goes nowhere"), N_("give at least one stop"), {})
    yield from _twice([stop.id for stop in content.stops], ("stops",))
    codes: dict[str, str] = {}
    for place, stop in enumerate(content.stops):
        for key, what, do in _of_stop(stop):
            yield Complaint(("stops", place, key), what, do, {"id": stop.id})
        if stop.code and stop.code in codes:
            what, do = N_("“{id}” has the code of “{other}”"), N_("each stop has a tag of its own")
            yield Complaint(("stops", place, "code"), what, do, {"id": stop.id, "other": codes[stop.code]})
        if stop.code:
            codes.setdefault(stop.code, stop.id)
        yield from _twice(stop.templates, ("stops", place, "templates"))
    if content.plan is not None:
        yield from _of_plan(content.plan)


def _of_stop(stop: Stop) -> Iterator[tuple[str, str, str]]:
    spot = stop.x is not None and stop.y is not None
    if stop.kind == "place" and not spot:
        yield "kind", N_("the place “{id}” has no spot on the floor"), N_("give “x” and “y” in metres")
    if stop.kind != "place" and not stop.ref:
        yield "ref", N_("“{id}” does not say which one it is"), N_("give the id of the area, rack or device as “ref”")
    if (stop.x is None) is not (stop.y is None):
        yield "x", N_("“{id}” has one half of a spot"), N_("give “x” and “y”, or neither")
    if not stop.templates:
        yield "templates", N_("nothing is looked at at “{id}”"), N_("name at least one template")
    if stop.expects is not Expected.NONE and not stop.code:
        yield "code", N_("“{id}” expects a proof and has no tag"), N_("give the “code” that its tag says, or write expects: none")


def _of_plan(plan: Plan) -> Iterator[Complaint]:
    if bool(plan.times) is (plan.every is not None):
        what, do = N_("a plan has either times of the day or a number of hours"), N_("give “times” or “every”, not both")
        yield Complaint(("plan",), what, do, {})
    yield from _twice(plan.times, ("plan", "times"))
    yield from _twice(plan.weekdays, ("plan", "weekdays"))


def _twice(ids: Sequence[str | int], at: tuple[int | str, ...]) -> Iterator[Complaint]:
    for place, id in enumerate(ids):
        if id in ids[:place]:
            yield Complaint((*at, place), N_("“{id}” stands here twice"), N_("take one of them out, or give it another id"), {"id": id})
