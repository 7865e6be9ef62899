"""A test of the way of an alarm: sensor, alarm, screen, outputs, messages. What a step of it is, and what can come of one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class StepOutcome(StrEnum):
    """What became of a step. UNKNOWN: it was done, and nothing proves that it arrived."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One test. `id` is the occurrence of its alarm, `begun` UTC ms."""

    id: str
    begun: int
    actor_name: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a step: a code that a sentence stands for, and a figure or a name to it."""

    outcome: StepOutcome
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StepResult:
    """The same with the step's name and when it ended (UTC ms); `proof` None = it still runs."""

    name: str
    proof: Proof | None = None
    time: int | None = None


class Step(Protocol):
    """One step: `name` is a kind, or "kind:which"; after `seconds` nothing more is waited for."""

    name: str
    seconds: float

    async def run(self, test: SelfTest) -> Proof:
        """Do it and say what proves it. May raise anything ordinary: then it has failed."""
        ...


def overall(results: "list[StepResult]") -> StepOutcome:
    """The worst of them; a step without a result is unknown."""
    found = {StepOutcome.UNKNOWN if result.proof is None else result.proof.outcome for result in results}
    return next((one for one in (StepOutcome.FAILED, StepOutcome.UNKNOWN) if one in found), StepOutcome.OK)
