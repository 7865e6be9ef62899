"""The record of self-tests: one row each, from its begin on. Decides nothing."""

import json
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from cityops_desktop.model.selftest import Proof, StepOutcome, StepResult
from cityops_desktop.store import record, schema


@dataclass(frozen=True, slots=True)
class SelfTested:
    """One test; times are UTC ms. `outcome` None = it has not ended."""

    id: str
    begun: int
    actor: str
    actor_name: str
    ended: int | None = None
    outcome: StepOutcome | None = None
    steps: tuple[StepResult, ...] = field(default=())


def put(conn: Connection, tested: SelfTested, time: int, act: dict[str, object] | None = None) -> None:
    """Keep it as it is now."""
    kind = "self_test.begun" if tested.ended is None else "self_test.ended"
    actor = tested.actor if tested.ended is None else "station"
    row = {
        "id": tested.id,
        "begun": tested.begun,
        "ended": tested.ended,
        "actor": tested.actor,
        "actor_name": tested.actor_name,
        "outcome": tested.outcome,
        "steps": json.dumps([_told(step) for step in tested.steps]),
    }
    record.put(conn, schema.self_test, row, kind=kind, actor=actor, time=time, act=act)


def newest(conn: Connection, most: int) -> list[SelfTested]:
    """The newest first. ValueError for a row that makes no sense."""
    rows = conn.execute(select(schema.self_test).order_by(schema.self_test.c.begun.desc()).limit(most)).mappings()
    return [
        SelfTested(
            row["id"],
            row["begun"],
            row["actor"],
            row["actor_name"],
            row["ended"],
            None if row["outcome"] is None else StepOutcome(row["outcome"]),
            tuple(_read(step) for step in json.loads(row["steps"])),
        )
        for row in rows
    ]


def _told(step: StepResult) -> dict[str, object]:
    proof = step.proof or Proof(StepOutcome.UNKNOWN)
    return {"name": step.name, "outcome": proof.outcome, "code": proof.code, "detail": proof.detail, "time": step.time}


def _read(told: dict[str, str | int | None]) -> StepResult:
    proof = Proof(StepOutcome(str(told["outcome"])), str(told["code"]), str(told["detail"]))
    time = told["time"]
    return StepResult(str(told["name"]), proof, None if time is None else int(time))
