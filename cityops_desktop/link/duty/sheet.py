"""What each area tells a handover sheet or a report: rows of words in the source language with their parameters, so that any console
reads them in its own language. Says nothing itself.
"""

from typing import Literal

from pydantic import BaseModel

Front = Literal["", "abnormal", "changed", "due"]
"""The part of page one on which a row stands: not normal now, changed this shift, due in the next 12 h; "" = only in the annex."""
Param = str | int | float | None


class SheetRow(BaseModel):
    """`words` is a source text with {names}; a parameter called `…_at` is UTC ms, told as a local time. `time`: when it happened or is
    due (UTC ms). `link`: what it is about ("alarm:<id>", "point:<key>", "order:<id>" …)."""

    words: str
    params: dict[str, Param] = {}
    time: int | None = None
    link: str = ""
    front: Front = ""


class SheetSection(BaseModel):
    """`id` names the area ("patrol"), `title` is a source text. No rows = nothing to tell, which is said as well."""

    id: str
    title: str
    rows: list[SheetRow] = []
