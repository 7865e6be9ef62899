"""The fields of what people send: ids, reasons, texts, days, times, each with what it may hold. What is not readable is refused."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

Id = Annotated[str, Field(min_length=1, max_length=64)]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
"""A UUID of version 7 that the console made: the same one again is the same record."""
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but line ends and tabs, and what turns the direction of writing round: a record reads as it was written."""


def _readable(text: str) -> str:
    if _UNREADABLE.search(text):
        raise ValueError("no control characters, nor any that turn the direction of writing round")
    return text


def _said(text: str) -> str:
    if not any(sign.isprintable() and not sign.isspace() for sign in text):
        raise ValueError("a reason is more than blanks")
    return text


Readable = AfterValidator(_readable)
NotBlank = AfterValidator(_said)
Why = Annotated[str, Field(min_length=1, max_length=500), Readable, NotBlank]
Text = Annotated[str, Field(max_length=200), Readable]
Title = Annotated[str, Field(min_length=1, max_length=200), Readable]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Domain = Annotated[str, Field(max_length=260)]
Time = Annotated[int, Field(ge=0, le=2**53)]
Number = Annotated[int, Field(ge=1, le=2**53)]
Code = Annotated[str, Field(max_length=8000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Long = Annotated[str, Field(max_length=4000), Readable]
Said = Annotated[str, Field(min_length=1, max_length=4000), Readable, NotBlank]
Word = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Reporter = Literal["cii", "organ", "other"]
"""Who has to report an incident: an operator of critical infrastructure, a unit of a state organ, another operator."""
