"""Made reports: one being made, one that failed, made ones; schedules, templates, problems; an evaluation with and without signatures."""

from cityops_desktop.duty.reportforms import EXAMPLE, read_agreement, shipped_text
from cityops_desktop.duty.reports import Kind
from cityops_desktop.link.duty.reports import (
    AgreementInfo,
    AnswerInfo,
    EvaluationDetail,
    EvaluationInfo,
    EvaluationsInfo,
    EvidenceInfo,
    FileInfo,
    IndicatorInfo,
    ProblemInfo,
    RemarkInfo,
    ReportInfo,
    ReportRun,
    ReportsPageInfo,
    ScheduleInfo,
    SignatureInfo,
    TemplateInfo,
)
from tests.ui.rooms import NOW

HOUR, DAY = 3_600_000, 86_400_000
MONTH = (1_785_513_600_000, 1_788_192_000_000)
PDF = b"%PDF-1.4 made"


def report(id: str, kind: str, begin: int, end: int, **more: object) -> ReportInfo:
    files = [FileInfo(form="pdf", bytes=184_000, sha256="a" * 64), FileInfo(form="xlsx", bytes=22_000, sha256="b" * 64)]
    told = {"id": id, "kind": kind, "begin": begin, "end": end, "language": "zh_CN", "own": False, "schedule": "", "evaluation": ""}
    return ReportInfo.model_validate({**told, "files": files, "actor_name": "张工", "time": NOW - HOUR, **more})


def page(*, busy: bool = True) -> ReportsPageInfo:
    runs = [ReportRun(id="r9", kind="month", begin=MONTH[0], end=MONTH[1], state="runs", step="past", part=0.3)] if busy else []
    runs.append(
        ReportRun(id="r8", kind="week", begin=NOW - 9 * DAY, end=NOW - 2 * DAY, state="failed", why="report_too_slow", schedule="s1")
    )
    person = {"actor_name": "李班长", "time": NOW - DAY}
    problems = [
        ProblemInfo(id="p1", number="2026-001", title="精密空调全停", text="两台同时停机，室温上升到31 °C", subject="机房A", **person)
    ]
    templates = [TemplateInfo(kind=kind.value, version=0, text=shipped_text(kind)) for kind in Kind]
    templates[1] = TemplateInfo(kind="day", version=2, text=shipped_text(Kind.DAY), actor_name="李班长", time=NOW - DAY)
    return ReportsPageInfo(
        now=NOW,
        runs=runs,
        reports=[report("r1", "day", NOW - DAY, NOW), report("r2", "shift", NOW - DAY, NOW - 16 * HOUR, schedule="s1", actor_name="")],
        more=True,
        schedules=[ScheduleInfo(id="s1", kind="month", at="08:00", language="zh_CN", whom="信息中心", next=NOW + DAY, **person)],
        templates=templates,
        problems=problems,
    )


def older() -> ReportsPageInfo:
    return page(busy=False).model_copy(update={"reports": [report("r0", "quarter", NOW - 200 * DAY, NOW - 110 * DAY)], "more": False})


def agreement() -> AgreementInfo:
    text = EXAMPLE.read_text("utf-8")
    return AgreementInfo(id="a1", version=1, text=text, agreement=read_agreement(text), actor_name="李班长", time=NOW - DAY)


def evaluations(*, agreed: bool = True) -> EvaluationsInfo:
    rows = []
    for id, state, total, grade in (("e1", "open", None, None), ("e0", "signed", 88.4, 1)):
        told = {"id": id, "number": f"2026-00{id[1]}", "agreement": "a1", "begin": MONTH[0], "end": MONTH[1], "state": state}
        rows.append(EvaluationInfo.model_validate({**told, "total": total, "grade": grade, "actor_name": "李班长", "time": NOW - DAY}))
    return EvaluationsInfo(now=NOW, agreements=[agreement()] if agreed else [], evaluations=rows if agreed else [])


def evaluation(id: str) -> EvaluationDetail:
    one = next(one for one in evaluations().evaluations if one.id == id)
    shown = EvidenceInfo(figure="running.share", page="statistics", question="/api/v1/statistics/service?from=1&to=2")
    unknown = EvidenceInfo(figure="environment.within", page="statistics", question="/api/v1/statistics/performance?from=1&to=2")
    late = EvidenceInfo(figure="alarms.in_time", page="alarms", question="/api/v1/alarms/past?from=1&to=2")
    serious = EvidenceInfo(figure="problems.serious", page="reports", question="/api/v1/duty/reports?from=1&to=2")
    indicators = [
        IndicatorInfo(id="watched", value=0.998, points=97.9, answers=0, evidence=shown),
        IndicatorInfo(id="environment", value=None, points=None, answers=0, evidence=unknown),
        IndicatorInfo(id="response", value=0.95, points=83.3, answers=0, evidence=late),
        IndicatorInfo(id="serious", value=1, points=66.7, answers=0, evidence=serious),
        IndicatorInfo(id="satisfaction", value=4.0, points=75.0, answers=3),
    ]
    signed = [SignatureInfo(side="a", actor_name="王主任", time=NOW), SignatureInfo(side="b", actor_name="李班长", time=NOW)]
    return EvaluationDetail(
        now=NOW,
        evaluation=one,
        agreement=agreement(),
        reckoned=NOW - HOUR,
        indicators=indicators,
        total=80.7,
        known=80.0,
        grade=1,
        answers=[AnswerInfo(question="speed", respondent="王主任", score=4, text="较快", actor_name="李班长", time=NOW)],
        remarks=[RemarkInfo(side="a", text="响应较快", actor_name="王主任", time=NOW)],
        signatures=signed if id == "e0" else [],
        problems=[],
        digest="c" * 64,
    )
