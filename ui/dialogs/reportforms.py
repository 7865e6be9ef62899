"""The dialogs of the page Reports: what each act needs to be told. Decide nothing; what the station would refuse it says itself."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from cityops_desktop.duty.reports import BY_CALENDAR, KINDS, Kind
from cityops_desktop.link.duty import reports as messages
from cityops_desktop.link.duty.reports import AgreementInfo, EvaluationDetail, ReportRun, ScheduleInfo, TemplateInfo
from cityops_desktop.model.ids import uuid7
from cityops_desktop.reports.duty import span_text
from cityops_desktop.texts import language, pick, tr
from ui.actions.reports import give
from ui.models.shown import moment
from ui.widgets.form import ActDialog, Line, Told, Wrong

if TYPE_CHECKING:
    from ui.acts import Action, Acts

LANGUAGES = (("zh_CN", "中文"), ("en", "English"))
DAY_MS = 86_400_000
MOST_TEXT = 100_000


class ReportForms:
    """One for the page."""

    def __init__(self, acts: "Acts") -> None:
        self._acts = acts

    def _show(
        self,
        kind: str,
        title: str,
        words: str,
        lines: Sequence[Line],
        make: Callable[[Told], messages.ReportsAct],
        warn: Callable[[Told], str] | None = None,
    ) -> None:
        def action(told: Told) -> "Action":
            return partial(give, act=make(told))

        self._acts.show(ActDialog(self._acts, kind, title, words, lines, action, zone=self._acts.model.zone, warn=warn))

    def _kinds(self) -> list[tuple[str, str]]:
        return [(kind.value, tr(KINDS[kind])) for kind in BY_CALENDAR]

    def _language(self) -> Line:
        return Line("language", tr("Language"), "choice", language(), LANGUAGES)

    def make(self) -> None:
        """One now, about the span in which a day lies."""
        now = self._acts.model.now()
        yesterday = f"{moment(now - DAY_MS, self._acts.model.zone):%Y-%m-%d 12:00}"
        lines = [
            Line("report", tr("Kind of report"), "choice", Kind.DAY.value, self._kinds()),
            Line("time", tr("About the time of"), "moment", now - DAY_MS, hint=yesterday),
            self._language(),
        ]
        id = uuid7(now)

        def make(told: Told) -> messages.ReportsAct:
            time = told.time("time")
            assert time is not None
            return messages.MakeReport(id=id, report=_kind(told), time=time, language=_language(told))

        words = tr("The shift, day, week, month or quarter in which this moment lies. It is made beside the station's work.")
        self._show("report.make", tr("Make a report"), words, lines, make)

    def cancel(self, one: ReportRun) -> None:
        """Give it up."""
        words = tr("Give up: {name}", name=name_of(one.kind))
        self._acts.carry_out(words, "report.cancel", partial(give, act=messages.CancelReport(id=one.id)))

    def schedule(self) -> None:
        """Made by itself from now on."""
        lines = [
            Line("report", tr("Kind of report"), "choice", Kind.DAY.value, self._kinds()),
            Line("at", tr("At (HH:MM)"), value="08:00", most=5),
            Line("whom", tr("Made for"), optional=True),
            self._language(),
        ]

        def make(told: Told) -> messages.ReportsAct:
            hours, _, minutes = told.text("at").partition(":")
            if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
                raise Wrong(tr("Write the time of the day with two digits each, such as 08:00"))
            at = f"{int(hours):02}:{int(minutes):02}"
            return messages.ScheduleReport(report=_kind(told), at=at, language=_language(told), whom=told.text("whom"))

        words = tr("Made each time that its span is over, also afterwards if the station was down. That of a shift at its end.")
        self._show("report.schedule", tr("Plan a report"), words, lines, make)

    def unschedule(self, one: ScheduleInfo) -> None:
        """No more."""
        words = tr("No longer planned: {name}", name=name_of(one.kind))
        self._acts.carry_out(words, "report.unschedule", partial(give, act=messages.UnscheduleReport(schedule=one.id)))

    def template(self, one: TemplateInfo) -> None:
        """The room's own template of a kind."""
        lines = [Line("text", tr("Template (YAML)"), "long", one.text, most=MOST_TEXT)]
        make = lambda told: messages.PublishTemplate(text=f"{told.text('text')}\n", language=_current())  # noqa: E731
        words = tr("Holds from the next report on. Earlier versions stay in the record; docs/reports.md says what may stand here.")
        self._show("report.template", tr("Template: {name}", name=name_of(one.kind)), words, lines, make)

    def problem(self) -> None:
        """A serious problem, told at once."""
        lines = [
            Line("title", tr("Title")),
            Line("text", tr("What happened"), "long"),
            Line("subject", tr("About what"), optional=True),
        ]
        id = uuid7(self._acts.model.now())
        make = lambda told: messages.ReportProblem(id=id, title=told.text("title"), text=told.text("text"), subject=told.text("subject"))  # noqa: E731
        words = tr("An alarm sounds at once, and it stands in the next report.")
        self._show("problem.report", tr("Report a serious problem"), words, lines, make)

    # evaluation

    def agree(self, text: str) -> None:
        """What both sides agreed."""
        lines = [Line("text", tr("Agreement (YAML)"), "long", text, most=MOST_TEXT)]
        make = lambda told: messages.AgreeEvaluation(text=f"{told.text('text')}\n", language=_current())  # noqa: E731
        words = tr(
            "Indicators, weights, grades and questions that both sides agreed. A new version leaves earlier evaluations as they are."
        )
        self._show("evaluation.agree", tr("Publish an agreement"), words, lines, make)

    def begin(self, agreements: Sequence[AgreementInfo]) -> None:
        """Evaluate a month or quarter that is over."""
        choices = [(one.id, f"{one.agreement.code} · {tr('version {n}', n=one.version)}") for one in agreements]
        now = self._acts.model.now()
        before = moment(now, self._acts.model.zone).replace(day=1, hour=12).timestamp() * 1000 - DAY_MS
        day = f"{moment(round(before), self._acts.model.zone):%Y-%m-%d}"
        lines = [
            Line("agreement", tr("Agreement"), "choice", choices[0][0], choices),
            Line("day", tr("A day of it"), "day", day),
        ]
        make = lambda told: messages.BeginEvaluation(agreement=told.text("agreement"), day=told.text("day"))  # noqa: E731
        words = tr("A month or quarter that is over. The station collects the figures from its records.")
        self._show("evaluation.begin", tr("Begin an evaluation"), words, lines, make)

    def answer(self, one: EvaluationDetail) -> None:
        """What a respondent said to each question."""
        questions = one.agreement.agreement.questions
        lines = [Line("respondent", tr("Respondent"), most=100)]
        for question in questions:
            scale = tr("{least} to {most}; empty: unknown", least=f"{question.least:g}", most=f"{question.most:g}")
            lines.append(Line(question.id, pick(question.names), optional=True, hint=scale, most=12))
        lines.append(Line("text", tr("Answer in words"), optional=True, most=1000))

        def make(told: Told) -> messages.ReportsAct:
            answers = []
            for question in questions:
                typed = told.text(question.id).replace(",", ".")
                try:
                    score = float(typed) if typed else None
                except ValueError:
                    raise Wrong(tr("{label}: this is no number: {text}", label=pick(question.names), text=typed)) from None
                answers.append(messages.Answer(question=question.id, score=score, text=told.text("text")))
            return messages.AnswerEvaluation(evaluation=one.evaluation.id, respondent=told.text("respondent"), answers=answers)

        self._show("evaluation.answer", tr("Questionnaire of {number}", number=one.evaluation.number), "", lines, make)

    def remark(self, one: EvaluationDetail) -> None:
        """A comment of one side."""
        lines = [Line("side", tr("Side"), "choice", "b", _sides(one)), Line("text", tr("Comment"), "long")]

        def make(told: Told) -> messages.ReportsAct:
            return messages.RemarkEvaluation(evaluation=one.evaluation.id, side=_side(told), text=told.text("text"))

        self._show("evaluation.remark", tr("Comment on {number}", number=one.evaluation.number), "", lines, make)

    def sign(self, one: EvaluationDetail) -> None:
        """For one side, as whoever is logged in."""
        signed = {signature.side for signature in one.signatures}
        sides = [side for side in _sides(one) if side[0] not in signed]
        grade = pick(one.agreement.agreement.grades[one.grade].names) if one.grade is not None else tr("no grade: too little is known")
        total = tr("unknown") if one.total is None else f"{one.total:.1f}"
        words = tr(
            "You sign as {name}: {total} points, {known} % of the weight known, {grade}. From the first signature on nothing changes. "
            "Content: {digest}",
            name=self._acts.who,
            total=total,
            known=f"{one.known:.0f}",
            grade=grade,
            digest=one.digest[:16],
        )
        lines = [Line("side", tr("Side"), "choice", sides[0][0], sides)]

        def make(told: Told) -> messages.ReportsAct:
            return messages.SignEvaluation(evaluation=one.evaluation.id, side=_side(told), digest=one.digest)

        self._show("evaluation.sign", tr("Sign {number}", number=one.evaluation.number), words, lines, make)


def name_of(kind: str) -> str:
    """What a report of this kind is called."""
    return tr(KINDS[Kind(kind)])


def about(begin: int, end: int, acts: "Acts") -> str:
    """The span in words."""
    return span_text(begin, end, acts.model.zone)


def _sides(one: EvaluationDetail) -> list[tuple[str, str]]:
    parties = one.agreement.agreement.parties
    return [("a", pick(parties.a)), ("b", pick(parties.b))]


def _kind(told: Told) -> messages.ReportKind:
    return cast("messages.ReportKind", told.text("report"))


def _language(told: Told) -> messages.Language:
    return cast("messages.Language", told.text("language"))


def _current() -> messages.Language:
    return cast("messages.Language", language())


def _side(told: Told) -> messages.Side:
    return cast("messages.Side", told.text("side"))
