"""What travels about reports, serious problems and evaluations: the acts of people, and what consoles are told."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.duty.evaluation import Agreement
from cityops_desktop.link.fields import Day, Digest, Id, NotBlank, Readable, Said, Text, Time, Title, Uuid

Language = Literal["zh_CN", "en"]
ReportKind = Literal["shift", "day", "week", "month", "quarter"]
Form = Literal["pdf", "xlsx"]
Side = Literal["a", "b"]
RunState = Literal["waits", "runs", "failed", "cancelled"]
Yaml = Annotated[str, Field(min_length=1, max_length=100_000)]
At = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class MakeReport(BaseModel):
    """Make the report of this kind about the span in which `time` lies; `id` is the console's own."""

    kind: Literal["report.make"] = "report.make"
    id: Uuid
    report: ReportKind
    time: Time
    language: Language = "zh_CN"


class CancelReport(BaseModel):
    """Give up one that waits or is being made."""

    kind: Literal["report.cancel"] = "report.cancel"
    id: Id


class ScheduleReport(BaseModel):
    """From now on one of this kind is made by itself at this time of day after each of its spans; `whom` it is for stands on it."""

    kind: Literal["report.schedule"] = "report.schedule"
    report: ReportKind
    at: At = "08:00"
    language: Language = "zh_CN"
    whom: Text = ""


class UnscheduleReport(BaseModel):
    """No more."""

    kind: Literal["report.unschedule"] = "report.unschedule"
    schedule: Id


class PublishTemplate(BaseModel):
    """The room's own template (YAML) holds instead of the program's from now on. Findings are told in `language`."""

    kind: Literal["report.template"] = "report.template"
    text: Yaml
    language: Language = "zh_CN"


class ReportProblem(BaseModel):
    """A serious problem: told at once by an alarm, and in the next report."""

    kind: Literal["problem.report"] = "problem.report"
    id: Uuid
    title: Title
    text: Said
    subject: Text = ""


class AgreeEvaluation(BaseModel):
    """What both sides agreed (YAML), as its next version."""

    kind: Literal["evaluation.agree"] = "evaluation.agree"
    text: Yaml
    language: Language = "zh_CN"


class BeginEvaluation(BaseModel):
    """Evaluate the month or quarter in which this day lies, by this version of an agreement."""

    kind: Literal["evaluation.begin"] = "evaluation.begin"
    agreement: Id
    day: Day


class Answer(BaseModel):
    """To a question; `score` None = the respondent did not know."""

    question: Id
    score: Annotated[float, Field(allow_inf_nan=False)] | None
    text: Annotated[str, Field(max_length=1000), Readable] = ""


class AnswerEvaluation(BaseModel):
    """What this respondent said; another one of the same respondent to the same question takes its place."""

    kind: Literal["evaluation.answer"] = "evaluation.answer"
    evaluation: Id
    respondent: Annotated[str, Field(min_length=1, max_length=100), Readable, NotBlank]
    answers: Annotated[list[Answer], Field(min_length=1, max_length=200)]


class RemarkEvaluation(BaseModel):
    """A comment of one side."""

    kind: Literal["evaluation.remark"] = "evaluation.remark"
    evaluation: Id
    side: Side
    text: Said


class SignEvaluation(BaseModel):
    """This side signs what it was shown (`digest`), with the session of whoever signs."""

    kind: Literal["evaluation.sign"] = "evaluation.sign"
    evaluation: Id
    side: Side
    digest: Digest


ReportsAct = (
    MakeReport
    | CancelReport
    | ScheduleReport
    | UnscheduleReport
    | PublishTemplate
    | ReportProblem
    | AgreeEvaluation
    | BeginEvaluation
    | AnswerEvaluation
    | RemarkEvaluation
    | SignEvaluation
)


class FileInfo(BaseModel):
    """A file of a report."""

    form: Form
    bytes: int
    sha256: str


class ReportInfo(BaseModel):
    """One that was made. `schedule` "" = somebody asked for it; `own`: by a template of the room itself."""

    id: str
    kind: str
    begin: int
    end: int
    language: Language
    own: bool
    schedule: str
    evaluation: str
    files: list[FileInfo]
    actor_name: str
    time: int


class ReportRun(BaseModel):
    """One that waits, is being made, or was not made (`why`: the code of a sentence, `detail` what the machine said). `step` says what is
    done now, `part` how far it is (0 to 1)."""

    id: str
    kind: str
    begin: int
    end: int
    state: RunState
    step: str = ""
    part: float = 0.0
    why: str = ""
    detail: str = ""
    schedule: str = ""


class ScheduleInfo(BaseModel):
    """`next`: when the next one is made (UTC ms)."""

    id: str
    kind: str
    at: str
    language: Language
    whom: str
    actor_name: str
    time: int
    next: int


class TemplateInfo(BaseModel):
    """The template of a kind that is in force; version 0 = the program's own."""

    kind: str
    version: int
    text: str
    actor_name: str = ""
    time: int | None = None


class ProblemInfo(BaseModel):
    """A serious problem."""

    id: str
    number: str
    title: str
    text: str
    subject: str
    actor_name: str
    time: int


class AgreementInfo(BaseModel):
    """A version of an agreement: its text, and what it says."""

    id: str
    version: int
    text: str
    agreement: Agreement
    actor_name: str
    time: int


class EvaluationInfo(BaseModel):
    """`state`: reckoning (figures are being collected), open, signed_one, signed. `grade` and `total` only of what was signed."""

    id: str
    number: str
    agreement: str
    begin: int
    end: int
    state: str
    total: float | None = None
    grade: int | None = None
    actor_name: str
    time: int


class ReportsPageInfo(BaseModel):
    """GET /api/v1/duty/reports: what runs, the newest that were made (`more`: older ones by `before`), and what is planned."""

    now: int
    runs: list[ReportRun]
    reports: list[ReportInfo]
    more: bool
    schedules: list[ScheduleInfo]
    templates: list[TemplateInfo]
    problems: list[ProblemInfo]


class EvaluationsInfo(BaseModel):
    """GET /api/v1/duty/evaluations."""

    now: int
    agreements: list[AgreementInfo]
    evaluations: list[EvaluationInfo]


class EvidenceInfo(BaseModel):
    """From what a value came: the figure, the page of a console where its records stand, and the question that gave them."""

    figure: str
    page: str
    question: str


class IndicatorInfo(BaseModel):
    """An indicator's value (None = unknown), its points of a hundred, how many answers are in it, its evidence."""

    id: str
    value: float | None
    points: float | None
    answers: int
    evidence: EvidenceInfo | None = None


class AnswerInfo(BaseModel):
    """The newest answer of a respondent to a question."""

    question: str
    respondent: str
    score: float | None
    text: str
    actor_name: str
    time: int


class RemarkInfo(BaseModel):
    """A comment of one side."""

    side: Side
    text: str
    actor_name: str
    time: int


class SignatureInfo(BaseModel):
    """Who signed for a side, and when."""

    side: Side
    actor_name: str
    time: int


class EvaluationDetail(BaseModel):
    """GET /api/v1/duty/evaluations/{id}. `known`: per cent of the weight of which something is known; `grade` None = too little is.
    `digest` is of all that is signed."""

    now: int
    evaluation: EvaluationInfo
    agreement: AgreementInfo
    reckoned: int | None
    indicators: list[IndicatorInfo]
    total: float | None
    known: float
    grade: int | None
    answers: list[AnswerInfo]
    remarks: list[RemarkInfo]
    signatures: list[SignatureInfo]
    problems: list[ProblemInfo]
    digest: str
