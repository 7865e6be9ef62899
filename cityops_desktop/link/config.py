"""What travels about the configuration: versions, differences, overrides, drafts."""

from typing import Literal

from pydantic import BaseModel, Field

from cityops_desktop.link.messages import NamesInfo


class ProblemInfo(BaseModel):
    """What is wrong with a draft: message ids with their parameters, as in cityops_desktop.errors.Problem."""

    where: str
    what: str
    do: str
    params: dict[str, str | int | float] = {}


class Difference(BaseModel):
    """One thing that differs. `thing`: point, limit, device, bus, rack, area, power, room, site, file, override; `change` says how.
    `fields` are name -> (before, after) as text."""

    thing: str
    id: str
    names: NamesInfo | None = None
    change: Literal["added", "removed", "changed"]
    fields: dict[str, tuple[str, str]] = {}


class Review(BaseModel):
    """What a draft would change, to be read before it takes effect. `digest` names the draft: `config.apply` must bring it back.
    `counts`: "<thing> <change>" -> how many, the summary ("12 points added, 1 limit changed"). Problems = it cannot be applied.
    `waiting`: devices that are new or hang elsewhere; their values will be uncertain until an engineer admits them."""

    digest: str
    base: int
    room: str
    counts: dict[str, int] = {}
    differences: list[Difference] = []
    problems: list[ProblemInfo] = []
    waiting: list[str] = []


class Draft(BaseModel):
    """The room file and what lies beside it (name relative to the room file -> text); "room.yaml" is the room file itself."""

    files: dict[str, str] = Field(min_length=1, max_length=2000)


class OverrideInfo(BaseModel):
    """What people changed at run time. `id` such as limit:<point>#<limit>; value overrides the default field by field."""

    id: str
    value: dict[str, float | int | str | bool | None]
    default: dict[str, float | int | str | bool | None]
    actor_name: str
    time: int
    why: str
    orphan: bool = False
    """The room has no such thing any more; it waits for it to come back."""


class VersionInfo(BaseModel):
    """A configuration version: who, when, why, what."""

    number: int
    base: int | None
    kind: Literal["first", "apply", "rollback", "override", "reset", "demo"]
    time: int
    actor: str
    actor_name: str
    why: str
    room: str
    counts: dict[str, int] = {}


class ConfigPage(BaseModel):
    """GET /api/v1/config (right config.read): versions newest first, overrides in force, and whether the file was edited since."""

    now: int
    current: int
    versions: list[VersionInfo]
    overrides: list[OverrideInfo]
    file_differs: bool = False
    path: str = ""
