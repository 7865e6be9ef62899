"""The evaluation of operation (GB/T 36621-2018, 11.1-11.3): what both sides agreed, and what its figures and answers come to. Pure.

What is not known is no zero: an indicator without a value has no score, its weight is left out, and there is no grade when too little of
the weight is known.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from cityops_desktop.duty.reports import Words

WHOLE = 100.0
ID = r"^[a-z0-9][a-z0-9_-]*$"

Ident = Annotated[str, Field(pattern=ID, max_length=40)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parties(_Part):
    """Who agreed: `a` is whom the room serves, `b` who operates it."""

    a: Words
    b: Words


class Question(_Part):
    """A question that people answer by hand, on a scale from `least` to `most`."""

    id: Ident
    names: Words
    least: Number = 1.0
    most: Number = 5.0


class Indicator(_Part):
    """Measured by a `figure` of the records, or by the answers to `questions`. `good` is worth the whole weight, `poor` nothing, between
    them evenly; of questions the scale says so."""

    id: Ident
    names: Words
    weight: Annotated[float, Field(gt=0, le=1000)]
    figure: Annotated[str, Field(max_length=80)] = ""
    good: Number | None = None
    poor: Number | None = None
    questions: Annotated[list[Ident], Field(max_length=100)] = []


class Grade(_Part):
    """Reached with so many points of a hundred."""

    least: Annotated[float, Field(ge=0, le=100)]
    names: Words


class Agreement(_Part):
    """What both sides agreed. `enough` = so much of the weight (per cent) must be known for a grade."""

    code: Ident
    names: Words
    parties: Parties
    period: Literal["month", "quarter"]
    enough: Annotated[float, Field(gt=0, le=100)] = 80.0
    grades: Annotated[list[Grade], Field(min_length=1, max_length=12)]
    indicators: Annotated[list[Indicator], Field(min_length=1, max_length=100)]
    questions: Annotated[list[Question], Field(max_length=200)] = []


class Valued(NamedTuple):
    """What an indicator came to: its value (None = unknown), its points of a hundred, how many answers are in it."""

    id: str
    value: float | None
    points: float | None
    answers: int


class Result(NamedTuple):
    """`total` points of a hundred over the weight that is known (`known`, per cent); `grade` = which, None = too little is known."""

    values: tuple[Valued, ...]
    total: float | None
    known: float
    grade: int | None


def points(value: float, good: float, poor: float) -> float:
    """Of a hundred: `good` or better is worth all, `poor` or worse nothing."""
    return max(0.0, min(WHOLE, (value - poor) / (good - poor) * WHOLE))


def result(agreement: Agreement, figures: Mapping[str, float | None], answers: Mapping[str, Sequence[float]]) -> Result:
    """What it comes to: `answers` are the scores by question."""
    scales = {one.id: one for one in agreement.questions}
    values = tuple(_valued(one, figures, answers, scales) for one in agreement.indicators)
    whole = sum(one.weight for one in agreement.indicators)
    weighed = [(one.weight, value.points) for one, value in zip(agreement.indicators, values, strict=True) if value.points is not None]
    weight = sum(one for one, _ in weighed)
    total = sum(one * got for one, got in weighed) / weight if weight else None
    known = weight / whole * 100
    grade = None
    if total is not None and known >= agreement.enough - 1e-9:
        grade = next((number for number, one in enumerate(agreement.grades) if total >= one.least - 1e-9), len(agreement.grades) - 1)
    return Result(values, total, known, grade)


def _valued(
    one: Indicator, figures: Mapping[str, float | None], answers: Mapping[str, Sequence[float]], scales: Mapping[str, Question]
) -> Valued:
    if one.figure:
        value = figures.get(one.figure)
        assert one.good is not None
        assert one.poor is not None
        return Valued(one.id, value, None if value is None else points(value, one.good, one.poor), 0)
    given = [points(score, scales[id].most, scales[id].least) for id in one.questions for score in answers.get(id, ())]
    scores = [score for id in one.questions for score in answers.get(id, ())]
    if not given:
        return Valued(one.id, None, None, 0)
    return Valued(one.id, sum(scores) / len(scores), sum(given) / len(given), len(given))
