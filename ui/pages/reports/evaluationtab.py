"""The tab of evaluations: each with its values and what they rest on, answers, comments, signatures. Gives acts; decides nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.reports import EvaluationDetail, EvaluationInfo, EvaluationsInfo
from cityops_desktop.reports.figures import value_text
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.dialogs.reportforms import ReportForms, about
from ui.models.shown import moment
from ui.pages.reports.tab import ReportsTab
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/duty/evaluations"
STATES = {
    "reckoning": (Sign.DISC, N_("figures are being collected")),
    "open": (Sign.RING, N_("open")),
    "signed_one": (Sign.TRIANGLE, N_("one side has signed")),
    "signed": (Sign.TICK, N_("both have signed")),
}
NOT_OPEN = N_("a side has signed: nothing in it changes any more")
NOT_SIGNABLE = N_("it is signed, or its figures are still being collected")
NO_AGREEMENT = N_("publish an agreement first")
NO_EVIDENCE = N_("choose an indicator that is measured by a figure")
EXAMPLE = "agreement-example.yaml"


class EvaluationTab(ReportsTab):
    """`evidence`: the page of the console where the records behind a value stand."""

    title = N_("Evaluation")
    evidence = Signal(str)

    def __init__(self, acts: "Acts", forms: ReportForms, link: "Link", example: Callable[[], str]) -> None:
        super().__init__(acts, forms, N_("Evaluations"))
        self._link, self._example = link, example
        self.known: EvaluationsInfo | None = None
        self.detail: EvaluationDetail | None = None
        self.values = Sheet()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(theme.font(theme.BODY))
        self.left.addWidget(self.values, 2)
        self.left.addWidget(self.text, 1)
        self.add_button(N_("Publish an agreement…"), "evaluation.agree", self._agree)
        self.add_button(N_("Begin an evaluation…"), "evaluation.begin", self._begin, lambda: "" if self._agreements() else tr(NO_AGREEMENT))
        self.add_button(N_("Questionnaire…"), "evaluation.answer", lambda: self._with(forms.answer), self._not_open)
        self.add_button(N_("Comment…"), "evaluation.remark", lambda: self._with(forms.remark), self._not_open)
        self.add_button(N_("Sign…"), "evaluation.sign", lambda: self._with(forms.sign), self._not_signable)
        self.add_button(N_("Show the evidence"), "duty.read", self._show_evidence, self._no_evidence)
        self.sheet.chosen.connect(self._ask_detail)
        self.values.chosen.connect(self.look)

    def tell_evaluations(self, told: EvaluationsInfo) -> None:
        """The newest answer."""
        self.known = told
        self.show_all()
        self._ask_detail()

    def show_all(self) -> None:
        """Every word anew."""
        known = self.known
        if known is None:
            return
        self.say(
            "" if known.agreements else tr("No agreement has been published: both sides agree on indicators, weights and grades first.")
        )
        titles = [tr("Number"), tr("Time span"), tr("State"), tr("Points"), tr("Grade reached"), tr("Begun by")]
        self.tell_rows(titles, [self._row(one) for one in known.evaluations], wide=2)
        self._show_detail()

    def _agreements(self) -> bool:
        return bool(self.known and self.known.agreements)

    def _row(self, one: EvaluationInfo) -> Row:
        sign, words = STATES[one.state]
        grade = ""
        if one.state == "signed":
            agreed = next((a.agreement for a in self.known.agreements if a.id == one.agreement), None) if self.known else None
            grade = pick(agreed.grades[one.grade].names) if agreed and one.grade is not None else ""
        total = "" if one.total is None else f"{one.total:.1f}"
        cells = (Cell(one.number), Cell(about(one.begin, one.end, self.acts)), Cell(tr(words), sign), Cell(total), Cell(grade))
        return Row(one.id, (*cells, Cell(one.actor_name)))

    # the chosen one

    def _ask_detail(self) -> None:
        id = self.sheet.chosen_id()
        if not id:
            self.detail = None
            self._show_detail()
        else:
            self._link.ask(f"{PATH}/{id}", EvaluationDetail, lambda told: self._came(id, told))

    def _came(self, id: str, told: EvaluationDetail | CommandResult) -> None:
        if id != self.sheet.chosen_id():
            return
        self.detail = told if isinstance(told, EvaluationDetail) else None
        self._show_detail()
        if isinstance(told, CommandResult):
            self._write(result_text(told))

    def _show_detail(self) -> None:
        one = self.detail
        self.text.setAccessibleName(tr("About the evaluation"))
        titles = [tr("Indicator"), tr("Weight"), tr("Value"), tr("Points"), tr("Evidence")]
        self.values.tell(titles, self._values(one) if one is not None else [], wide=0)
        self.values.describe(tr("Indicators"))
        self._write(self._told(one) if one is not None else tr("Choose an evaluation above."))
        self.look()

    def _values(self, one: EvaluationDetail) -> list[Row]:
        rows = []
        for indicator, value in zip(one.agreement.agreement.indicators, one.indicators, strict=True):
            if indicator.figure:
                told = value_text(indicator.figure, value.value)
                proof = Cell(indicator.figure, tip=value.evidence.question if value.evidence else "")
            else:
                told = tr("unknown") if value.value is None else f"{value.value:.2f}"
                proof = Cell(tr("{n} answers", n=value.answers))
            lost = value.points is None
            points = Cell(tr("unknown: left out") if lost else f"{value.points:.1f}", Sign.TRIANGLE if lost else Sign.NONE, bold=lost)
            rows.append(Row(indicator.id, (Cell(pick(indicator.names)), Cell(f"{indicator.weight:g}"), Cell(told), points, proof)))
        return rows

    def _told(self, one: EvaluationDetail) -> str:
        agreed = one.agreement.agreement
        grade = pick(agreed.grades[one.grade].names) if one.grade is not None else tr("no grade: too little is known")
        total = tr("unknown") if one.total is None else f"{one.total:.1f}"
        asked = {question.id: pick(question.names) for question in agreed.questions}
        names = {"a": pick(agreed.parties.a), "b": pick(agreed.parties.b)}
        zone = self.acts.model.zone
        lines = [
            f"{pick(agreed.names)} · {tr('version {n}', n=one.agreement.version)} · {names['a']} · {names['b']}",
            tr("{total} points · {known} % of the weight known · {grade}", total=total, known=f"{one.known:.0f}", grade=grade),
        ]
        for a in one.answers:
            score = tr("not known") if a.score is None else f"{a.score:g}"
            lines.append(f"{a.respondent} · {asked.get(a.question, a.question)}: {score} {a.text}".rstrip())
        lines += [f"{moment(r.time, zone):%m-%d %H:%M} {names[r.side]} · {r.actor_name}: {r.text}" for r in one.remarks]
        lines += [
            tr("{time} signed for {side}: {name}", time=f"{moment(s.time, zone):%Y-%m-%d %H:%M}", side=names[s.side], name=s.actor_name)
            for s in one.signatures
        ]
        lines.append(tr("Content that is signed (SHA-256): {digest}", digest=one.digest))
        return "\n".join(lines)

    def _write(self, text: str) -> None:
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    # acts

    def _agree(self) -> None:
        known = self.known.agreements if self.known else []
        self.forms.agree(known[0].text if known else self._example())

    def _begin(self) -> None:
        if self.known is not None and self.known.agreements:
            self.forms.begin(self.known.agreements)

    def _not_open(self) -> str:
        return self.chosen_and(self.detail is not None and not self.detail.signatures, NOT_OPEN)

    def _not_signable(self) -> str:
        one = self.detail
        return self.chosen_and(one is not None and one.reckoned is not None and len(one.signatures) < 2, NOT_SIGNABLE)

    def _with(self, act: Callable[[EvaluationDetail], None]) -> None:
        if self.detail is not None:
            act(self.detail)

    def _evidence_page(self) -> str:
        chosen = self.values.chosen_id()
        found = next((one for one in self.detail.indicators if one.id == chosen), None) if self.detail else None
        return found.evidence.page if found is not None and found.evidence is not None else ""

    def _no_evidence(self) -> str:
        return "" if self._evidence_page() else tr(NO_EVIDENCE)

    def _show_evidence(self) -> None:
        page = self._evidence_page()
        if page:
            self.evidence.emit(page)
