"""Errors whose cure lies with the operator: what, where, what to do. Our own bugs keep their traceback and never come here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command (docs/cli.md explains them)."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    CONFIGURATION = 3
    IN_USE = 4
    NO_STATION = 5
    STORE = 6
    NO_VALUE = 7
    REFUSED = 8
    WRONG = 9


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `what` and `do` are message ids of the catalogue, `params` fills their {names}."""

    what: str
    do: str
    where: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


class OperatorError(Exception):
    """The environment's fault, to be shown to a person with its cure; carries one or more problems and an exit code."""

    def __init__(self, problems: Problem | Sequence[Problem], exit_code: Exit = Exit.CONFIGURATION) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.exit_code = exit_code
        super().__init__("; ".join(f"{p.where}: {p.what.format(**p.params)}" for p in self.problems))
