"""The fields of what people send: ids, reasons, texts, days, times, each with what it may hold. What is not readable is refused."""

import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field

M = TypeVar("M", bound=BaseModel)
Id = Annotated[str, Field(min_length=1, max_length=64)]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
"""A UUID of version 7 that the console made: the same one again is the same record."""
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but line ends and tabs, and what turns the direction of writing round: a record reads as it was written."""


def _readable(text: str) -> str:
    if _UNREADABLE.search(text):
        raise ValueError("no control characters, nor any that turn the direction of writing round")
    return text


def says(text: str) -> bool:
    """Is there anything in it that can be seen?"""
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def _said(text: str) -> str:
    if not says(text):
        raise ValueError("a reason is more than blanks")
    return text


def readable_within(content: M) -> M:
    """Each text anywhere in it is readable. ValueError."""
    for text in _texts(content.model_dump(mode="json")):
        _readable(text)
    return content


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _real(text: str) -> str:
    if not FIRST_YEAR <= datetime.date.fromisoformat(text).year <= LAST_YEAR:
        raise ValueError(f"a day from {FIRST_YEAR} to {LAST_YEAR}")
    return text


FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Of days that people write: what lies beyond is a slip, and no calendar reckons past the year 9999."""
Readable = AfterValidator(_readable)
NotBlank = AfterValidator(_said)
Why = Annotated[str, Field(min_length=1, max_length=500), Readable, NotBlank]
Text = Annotated[str, Field(max_length=200), Readable]
Title = Annotated[str, Field(min_length=1, max_length=200), Readable, NotBlank]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real)]
"""One that there is."""
Domain = Annotated[str, Field(max_length=260)]
Time = Annotated[int, Field(ge=0, le=2**47)]
"""UTC ms, until the year 6429: what lies further ahead no calendar can write."""
Number = Annotated[int, Field(ge=1, le=2**53)]
Code = Annotated[str, Field(max_length=8000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Long = Annotated[str, Field(max_length=4000), Readable]
Said = Annotated[str, Field(min_length=1, max_length=4000), Readable, NotBlank]
Word = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Reporter = Literal["cii", "organ", "other"]
"""Who has to report an incident: an operator of critical infrastructure, a unit of a state organ, another operator."""
