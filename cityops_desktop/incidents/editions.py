"""The tables that come with the program: classes and grades by edition, who must be told by when, what a warning's colour asks for.

Data of resources/incidents/*.yaml, each with its source, and with a mark where it was not compared with the text of the standard. An
incident keeps the edition that it was graded by: a later edition never changes what was written.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from cityops_desktop.incidents.states import Colour
from cityops_desktop.paths import RESOURCES

FOLDER = RESOURCES / "incidents"
EDITIONS = ("gbt-20986-2023", "gbz-20986-2007")
"""Newest first."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Part):
    """What something is called."""

    zh: str
    en: str


class Item(_Part):
    """A line of a table."""

    id: str
    names: Words


class Sort(Item):
    """A class of incidents, with its letter code in the standard and its parts, where there are any."""

    code: str = ""
    parts: tuple[Item, ...] = ()


class Edition(_Part):
    """Classes, and the grade (1 the worst) by the importance of what was hit and by what was lost."""

    id: str
    names: Words
    since: date
    until: date | None = None
    verified: bool
    source: str
    classes: tuple[Sort, ...]
    importances: tuple[Item, ...]
    losses: tuple[Item, ...]
    grading: Mapping[str, Mapping[str, int]]

    def sort(self, id: str) -> Sort | None:
        """The class with this id."""
        return next((one for one in self.classes if one.id == id), None)

    def part(self, sort: str, id: str) -> Item | None:
        """The part of a class."""
        found = self.sort(sort)
        return next((one for one in found.parts if one.id == id), None) if found else None


class Rule(_Part):
    """Who is to be told within `minutes` after `from_`, by which kinds of reporters, of incidents of grade `upto` and worse."""

    id: str
    names: Words
    to: Words
    reporters: tuple[Literal["cii", "organ", "other"], ...]
    upto: int
    from_: Literal["found", "recovered"]
    minutes: int
    verified: bool
    source: str


class Reporting(_Part):
    """The rules of one regulation."""

    id: str
    names: Words
    since: date
    rules: tuple[Rule, ...]


class ColourRule(_Part):
    """A warning's colour: the grade of incident that it expects, and what it asks for."""

    id: Colour
    grade: int
    response: Words


class Colours(_Part):
    """The colours of one plan."""

    id: str
    names: Words
    since: date
    source: str
    colours: tuple[ColourRule, ...]


def _read(path: Path) -> object:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@cache
def edition(id: str) -> Edition:
    """The classes and grades of this edition. KeyError."""
    if id not in EDITIONS:
        raise KeyError(id)
    return Edition.model_validate(_read(FOLDER / f"{id}.yaml"))


@cache
def reporting() -> Reporting:
    """The rules of reporting in force."""
    found = _read(FOLDER / "reporting.yaml")
    assert isinstance(found, dict)
    rules = [{("from_" if name == "from" else name): value for name, value in rule.items()} for rule in found["rules"]]
    return Reporting.model_validate(found | {"rules": rules})


@cache
def colours() -> Colours:
    """The colours of warnings."""
    return Colours.model_validate(_read(FOLDER / "warnings.yaml"))


def grade(table: Edition, importance: str, loss: str, impact: int) -> int:
    """The grade, 1 (especially serious) to 4: the worse of the table's and of the impact on society (0 = none). KeyError."""
    by_table = table.grading[importance][loss]
    return min(by_table, impact) if impact else by_table
