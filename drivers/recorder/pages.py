"""What pages of devices say: JSON, XML or lines of key=value as one flat list of places and texts, and values found in it. Pure.

A place is a list of names: "hddList.hdd.status" in XML (the root element left out), "disks.0.free" in JSON, "list.info[0].State=" in
lines; a "*" stands for any one name. Never raises but PageError, on any bytes.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree

MOST_VALUES = 20_000
DEEPEST = 40
Page = list[tuple[tuple[str, ...], str]]
"""Every place of a page that holds a text, in its order."""


class PageError(Exception):
    """What came is no such page."""


def read_page(body: bytes) -> Page:
    """All values of a page. PageError."""
    text = _decoded(body).strip()
    if not text:
        raise PageError("empty")
    if text[0] in "{[":
        found = _json(text)
    elif text[0] == "<":
        found = _xml(text)
    else:
        found = _lines(text)
    page: Page = []
    for entry in found:
        page.append(entry)
        if len(page) > MOST_VALUES:
            raise PageError(f"more than {MOST_VALUES} values")
    return page


def values_at(page: Page, place: str) -> list[str]:
    """The texts at this place, in their order."""
    wanted = _parts(place)
    return [
        text
        for parts, text in page
        if len(parts) == len(wanted) and all(want in ("*", part) for want, part in zip(wanted, parts, strict=True))
    ]


@lru_cache(1024)
def _parts(place: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[.\[\]/]+", place)))


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")


def _json(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PageError("JSON") from error
    yield from _json_values((), found)


def _json_values(above: tuple[str, ...], found: object) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(above) > DEEPEST:
        raise PageError("too deep")
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _json_values((*above, str(key)), value)
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from _json_values((*above, str(number)), value)
    elif found is not None:
        yield above, found if isinstance(found, str) else json.dumps(found)


def read_xml(text: str) -> ElementTree.Element:
    """The root of an XML text that defines no entities. PageError."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities grow without end
        raise PageError("DOCTYPE")
    try:
        return ElementTree.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text.strip()))
    except (ElementTree.ParseError, ValueError) as error:
        raise PageError("XML") from error


def _xml(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    stack: list[tuple[tuple[str, ...], ElementTree.Element]] = [((), read_xml(text))]
    while stack:
        place, element = stack.pop()
        if len(place) > DEEPEST:
            raise PageError("too deep")
        if element.text and element.text.strip():
            yield place, element.text.strip()
        stack.extend((((*place, child.tag.rpartition("}")[2])), child) for child in reversed(element))


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign:
            yield _parts(key.strip()), value.strip()
