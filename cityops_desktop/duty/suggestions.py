"""What comes with the program: usual maintenance by equipment group, usual cleaning by place. Suggestions: a site takes over what it wants,
and changes it. Data of resources/maintenance/suggestions.yaml, with its source and a mark where that was not compared with a standard."""

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from cityops_desktop.duty.maintenance import Unit
from cityops_desktop.model.points import Group
from cityops_desktop.paths import RESOURCES

FILE = RESOURCES / "maintenance" / "suggestions.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Part):
    """What something is called, what is done."""

    zh: str
    en: str


class SuggestedPlan(_Part):
    """Maintenance of a group, every so often."""

    id: str
    group: Group
    every: int
    unit: Unit
    names: Words
    text: Words


class SuggestedCleaning(_Part):
    """Cleaning of a place: days of the week ("12" = Monday and Tuesday) of every so many weeks, from when, within how many minutes."""

    id: str
    place: Literal["room", "duty_room", "around"]
    days: str
    weeks: int
    begins: str
    minutes: int
    names: Words
    text: Words


class Suggestions(_Part):
    """All of them."""

    source: str
    verified: bool
    plans: tuple[SuggestedPlan, ...]
    cleaning: tuple[SuggestedCleaning, ...]


@cache
def suggestions() -> Suggestions:
    """Those that come with the program."""
    return Suggestions.model_validate(YAML(typ="safe").load(FILE.read_text(encoding="utf-8")))
