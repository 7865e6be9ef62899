"""An evaluation as its rows make it: values from the figures that were collected, points from answers, the digest that both sides sign."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.duty.evaluation import Agreement, Result, result
from cityops_desktop.duty.reportforms import read_agreement
from cityops_desktop.link.duty.reports import (
    AgreementInfo,
    AnswerInfo,
    EvaluationDetail,
    EvaluationInfo,
    EvidenceInfo,
    IndicatorInfo,
    ProblemInfo,
    RemarkInfo,
    SignatureInfo,
)
from cityops_desktop.model.canonical import canonical
from cityops_desktop.reports.figures import FIGURES
from cityops_desktop.store.duty import reports
from cityops_desktop.store.dutyschema import report_form

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """All of one evaluation."""

    row: Row
    form: Row
    agreement: Agreement
    answers: list[dict[str, Any]]
    remarks: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    result: Result

    @classmethod
    def read(cls, conn: Connection, row: Row) -> "Evaluated":
        """From its row and those that belong to it."""
        form = reports.get(conn, report_form, row["agreement"])
        agreed, answers = read_agreement(form["text"]), reports.answers(conn, row["id"])
        scores: dict[str, list[float]] = defaultdict(list)
        for one in answers:
            if one["score"] is not None:
                scores[one["question"]].append(one["score"])
        came = result(agreed, json.loads(row["figures"]), scores)
        problems = reports.problems(conn, row["begin"], row["end"])
        return cls(row, form, agreed, answers, reports.remarks(conn, row["id"]), problems, came)

    @property
    def digest(self) -> str:
        """Of everything but the signatures: SHA-256 in hex."""
        said = ("question", "respondent", "score", "text", "actor_name", "time")
        content = {
            "evaluation": [self.row[name] for name in ("id", "number", "begin", "end", "reckoned")],
            "figures": json.loads(self.row["figures"]),
            "agreement": [self.form["id"], self.form["text"]],
            "answers": [[one[name] for name in said] for one in self.answers],
            "remarks": [[one[name] for name in ("side", "text", "actor_name", "time")] for one in self.remarks],
            "problems": [one["id"] for one in self.problems],
            "result": self.result_json(),
        }
        return hashlib.sha256(canonical(content).encode()).hexdigest()

    def result_json(self) -> dict[str, Any]:
        """What it came to, as it is kept."""
        came = self.result
        values = [[one.id, one.value, one.points, one.answers] for one in came.values]
        return {"values": values, "total": came.total, "known": came.known, "grade": came.grade}

    def detail(self, now: int) -> EvaluationDetail:
        """As consoles are told."""
        return EvaluationDetail(
            now=now,
            evaluation=brief(self.row),
            agreement=agreement_info(self.form),
            reckoned=self.row["reckoned"],
            indicators=[
                IndicatorInfo(**value._asdict(), evidence=self._evidence(one.figure))
                for one, value in zip(self.agreement.indicators, self.result.values, strict=True)
            ],
            total=self.result.total,
            known=self.result.known,
            grade=self.result.grade,
            answers=[AnswerInfo.model_validate(one) for one in self.answers],
            remarks=[RemarkInfo.model_validate(one) for one in self.remarks],
            signatures=[
                SignatureInfo(side=side, actor_name=self.row[f"signed_{side}_name"], time=self.row[f"signed_{side}_at"])
                for side in ("a", "b")
                if self.row[f"signed_{side}"]
            ],
            problems=[ProblemInfo.model_validate(one) for one in self.problems],
            digest=self.digest,
        )

    def _evidence(self, figure: str) -> EvidenceInfo | None:
        if not figure:
            return None
        known = FIGURES.get(figure)
        asked = f"{known.question}?from={self.row['begin']}&to={self.row['end']}" if known else ""
        return EvidenceInfo(figure=figure, page=known.page if known else "reports", question=asked)


def brief(row: Row) -> EvaluationInfo:
    """A line of the list."""
    state = "reckoning" if row["reckoned"] is None else row["state"]
    told = json.loads(row["result"]) if row["result"] else {"total": None, "grade": None}
    return EvaluationInfo.model_validate({**row, "state": state, "total": told["total"], "grade": told["grade"]})


def agreement_info(row: Row) -> AgreementInfo:
    """A version of an agreement as it travels."""
    return AgreementInfo.model_validate({**row, "agreement": read_agreement(row["text"])})
