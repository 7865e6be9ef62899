"""Templates of operation tickets that come with the program, and how a step finds its point in a room. Decides nothing.

Data of resources/tickets/operation.yaml. A ticket keeps its own steps: another template later changes none that was written.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from cityops_desktop.model.power import PowerKind, PowerRole
from cityops_desktop.paths import RESOURCES

FILE = RESOURCES / "tickets" / "operation.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Part):
    """What something is called."""

    zh: str
    en: str


class StepTemplate(Words):
    """A step; `role` names what it looks at, with the values or the words of the states that it asks for; `source` the place in the list
    of what feeds a transfer switch (1 = the main one) that must be on the line."""

    role: PowerRole | None = None
    low: float | None = None
    high: float | None = None
    says: tuple[str, ...] = ()
    source: int | None = None


class TicketTemplate(_Part):
    """The steps of an operation, for these kinds of nodes of the power chain."""

    id: str
    names: Words
    kinds: tuple[PowerKind, ...]
    hazards: Words
    steps: tuple[StepTemplate, ...]


class _File(_Part):
    templates: tuple[TicketTemplate, ...]


class Bound(NamedTuple):
    """What a step of a template asks of a point of the room; no `point` = the room has none for it."""

    point: str = ""
    low: float | None = None
    high: float | None = None
    states: tuple[int, ...] = ()


@cache
def templates() -> tuple[TicketTemplate, ...]:
    """All of them, in the order of the file."""
    return _File.model_validate(YAML(typ="safe").load(FILE.read_text("utf-8"))).templates


class NodeLike(Protocol):
    """See cityops_desktop.model.power.PowerNode."""

    @property
    def points(self) -> Mapping[PowerRole, str]: ...
    @property
    def sources(self) -> Sequence[str]: ...
    @property
    def positions(self) -> Mapping[int, str]: ...


def bound(step: StepTemplate, node: NodeLike, states: Mapping[str, Mapping[int, tuple[str, str]]]) -> Bound:
    """The point of a node for this step. `states` by point: each state with its names."""
    key = node.points.get(step.role, "") if step.role is not None else ""
    if not key:
        return Bound()
    if step.source is not None:
        wanted = node.sources[step.source - 1 : step.source]
        there = sorted(position for position, source in node.positions.items() if source in wanted)
        return Bound(key, states=tuple(there)) if there else Bound()
    if step.says:
        fit = [state for state, names in states.get(key, {}).items() if any(_holds(names, word) for word in step.says)]
        return Bound(key, states=tuple(sorted(fit))) if fit else Bound()
    return Bound(key, step.low, step.high)


def _holds(names: tuple[str, str], word: str) -> bool:
    return any(word.casefold() in name.casefold() for name in names)
