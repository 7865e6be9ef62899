"""What an answer to an item is worth: what limits and words say of it, what is missing in a round. Pure; the console uses the same rules.

Ok, not ok and not checked are three things: nothing that was left out ever counts as ok.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from cityops_desktop.duty.patrolcontent import NUMBERS, Item, ItemKind, RouteContent, Stop, TemplateContent

State = Literal["ok", "not_ok", "unchecked"]


class Place(NamedTuple):
    """Which item it is: the stop, the template, the item."""

    stop: str
    template: str
    item: str


class Given(NamedTuple):
    """What was given for an item."""

    state: State
    value: float | None = None
    choice: str = ""
    text: str = ""
    note: str = ""
    why: str = ""
    photos: int = 0


class Fault(NamedTuple):
    """Why a round cannot be taken: a code of the refusal and where."""

    code: str
    place: Place


def wanted(route: RouteContent, templates: Mapping[str, TemplateContent]) -> Iterator[tuple[Place, Stop, TemplateContent, Item]]:
    """All items of a route in their order. KeyError for a template that is not there."""
    for stop in route.stops:
        for code in stop.templates:
            for item in templates[code].items:
                yield Place(stop.id, code, item.id), stop, templates[code], item


def judged(item: Item, value: float | None, choice: str) -> State | None:
    """What limits or words say of it; None where they say nothing and a person decides."""
    if item.kind in NUMBERS and value is not None:
        below = item.low is not None and value < item.low
        above = item.high is not None and value > item.high
        return "not_ok" if below or above else None
    if item.kind is ItemKind.CHOICE:
        found = next((one for one in item.choices if one.id == choice), None)
        return None if found is None else "ok" if found.ok else "not_ok"
    return None


def faults(items: Iterable[tuple[Place, Item]], given: Iterable[tuple[Place, Given]]) -> Iterator[Fault]:
    """Why this is no whole round: each item answered exactly once, each answer of its item's kind."""
    left = dict(items)
    for place, one in given:
        item = left.pop(place, None)
        if item is None:
            yield Fault("patrol_unknown_item", place)
        elif fault := _fault(item, one):
            yield Fault(fault, place)
    for place in left:
        yield Fault("patrol_incomplete", place)


def _fault(item: Item, given: Given) -> str:
    if given.state == "unchecked":
        empty = given.value is None and not given.choice
        return "patrol_no_why" if not given.why.strip() else "" if empty else "patrol_wrong_value"
    fits = _fits(item, given) and (given.state == "not_ok" or judged(item, given.value, given.choice) != "not_ok")
    return "" if fits else "patrol_wrong_value"


def _fits(item: Item, given: Given) -> bool:
    if given.value is not None and item.kind not in NUMBERS:
        return False
    if given.choice and given.choice not in {one.id for one in item.choices}:
        return False
    if item.kind is ItemKind.CHOICE:
        return bool(given.choice)
    if given.state == "not_ok":  # an instrument that shows nothing has no number, a broken thing perhaps no picture; a word of it stays
        return item.kind not in NUMBERS or given.value is not None or bool(given.note.strip())
    if item.kind in NUMBERS:
        return given.value is not None
    return item.kind is not ItemKind.PHOTO or given.photos > 0
