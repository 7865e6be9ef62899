"""Acts of people about reports, templates, serious problems and evaluations. What may follow what is said here; makes no report."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from cityops_desktop.duty import reports as rules
from cityops_desktop.duty.evaluation import Agreement
from cityops_desktop.duty.reportforms import read_agreement, read_template
from cityops_desktop.duty.reports import Kind, TurnOf
from cityops_desktop.errors import OperatorError
from cityops_desktop.link.duty.reports import (
    AgreeEvaluation,
    AnswerEvaluation,
    BeginEvaluation,
    CancelReport,
    MakeReport,
    PublishTemplate,
    RemarkEvaluation,
    ReportProblem,
    ScheduleReport,
    SignEvaluation,
    UnscheduleReport,
)
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.people import rights
from cityops_desktop.people.people import People
from cityops_desktop.reports.figures import FIGURES
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, put
from cityops_desktop.station.duty.evaluated import Evaluated
from cityops_desktop.station.duty.reportorders import Order
from cityops_desktop.store import changes
from cityops_desktop.store.duty import reports
from cityops_desktop.store.dutyschema import (
    evaluation,
    evaluation_answer,
    evaluation_remark,
    report,
    report_form,
    report_schedule,
    serious_problem,
)
from cityops_desktop.store.numbers import next_number
from cityops_desktop.texts import speaking, tr

MOST_SCHEDULES = 50
LONGEST_MS = 100 * 86_400_000
"""No span is longer."""
OPERATES = "evaluation.begin"
"""Whoever signs for side b, which operates the room, may do this."""
OPEN = "open"
SIGNED_ONE = "signed_one"
SIGNED = "signed"


class ReportActs:
    """report.*, problem.report, evaluation.*. `order` is called on the loop after the commit of report.make, `cancel` of report.cancel,
    `changed` of everything else."""

    def __init__(
        self,
        room: Callable[[], Room],
        people: People,
        turn: TurnOf,
        order: Callable[[Order], None],
        cancel: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self._room, self._people, self._turn = room, people, turn
        self._order, self._cancel, self._changed = order, cancel, changed

    def acts(self) -> Acts:
        """By kind."""
        return {
            "report.make": self.make,
            "report.cancel": self.cancel,
            "report.schedule": self.schedule,
            "report.unschedule": self.unschedule,
            "report.template": self.template,
            "problem.report": self.problem,
            "evaluation.agree": self.agree,
            "evaluation.begin": self.begin,
            "evaluation.answer": self.answer,
            "evaluation.remark": self.remark,
            "evaluation.sign": self.sign,
        }

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._room().timezone)

    def make(self, act: MakeReport, who: Who) -> Carried:
        """A report is asked for; what is not over yet is told as far as it has come. Refused(report_ahead)."""
        kind = Kind(act.report)
        if act.time > who.time + LONGEST_MS:
            raise Refused("report_ahead")
        span = rules.span(kind, act.time, self._zone, self._turn)
        if span.begin >= who.time:
            raise Refused("report_ahead")
        order = Order(act.id, kind, span.begin, span.end, act.language, who.person.id, who.person.display)

        def run(conn: Connection) -> Data:
            if conn.execute(select(report.c.id).where(report.c.id == act.id)).first() is not None:
                raise Refused("id_used")
            body = {"kind": kind.value, "begin": span.begin, "end": span.end, "language": act.language, "how": {"console": who.console}}
            changes.append(conn, kind="report.asked", subject=f"report:{act.id}", actor=who.person.id, time=who.time, body=body)
            return {"report": act.id}

        return Carried(run, lambda: self._order(order))

    def cancel(self, act: CancelReport, who: Who) -> Carried:
        """It is not wanted any more."""

        def run(conn: Connection) -> None:
            body = {"how": {"console": who.console}}
            changes.append(conn, kind="report.cancelled", subject=f"report:{act.id}", actor=who.person.id, time=who.time, body=body)

        return Carried(run, lambda: self._cancel(act.id))

    def schedule(self, act: ScheduleReport, who: Who) -> Carried:
        """Made by itself from now on."""
        row = {"kind": act.report, "at": act.at, "language": act.language, "whom": act.whom, "since": who.time, "time": who.time}

        def run(conn: Connection) -> Data:
            if len(reports.schedules(conn)) >= MOST_SCHEDULES:
                raise Refused("too_many_schedules", most=MOST_SCHEDULES)
            return {"schedule": put(conn, report_schedule, {**row, **author(who), "ended": None}, "report.scheduled", who)}

        return self._carried(run)

    def unschedule(self, act: UnscheduleReport, who: Who) -> Carried:
        """No more."""

        def run(conn: Connection) -> None:
            if reports.get(conn, report_schedule, act.schedule)["ended"] is not None:
                raise Refused("no_such_schedule")
            amend(conn, report_schedule, act.schedule, {"ended": who.time}, "report.unscheduled", who)

        return self._carried(run)

    def template(self, act: PublishTemplate, who: Who) -> Carried:
        """The room's own. Refused(form_wrong), with the first finding and its line."""
        made = _read(act.language, lambda: read_template(act.text))
        return self._published("template", made.kind, act.text, "report.template", who)

    def agree(self, act: AgreeEvaluation, who: Who) -> Carried:
        """What both sides agreed. Refused(form_wrong), with the first finding and its line."""
        made = _read(act.language, lambda: read_agreement(act.text, sorted(FIGURES)))
        return self._published("agreement", made.code, act.text, "evaluation.agreed", who)

    def _published(self, sort: str, code: str, text: str, kind: str, who: Who) -> Carried:
        def run(conn: Connection) -> Data:
            version = reports.next_version(conn, sort, code)
            row = {"sort": sort, "code": code, "version": version, "text": text, "time": who.time, **author(who)}
            return {"form": put(conn, report_form, row, kind, who), "version": version}

        return self._carried(run)

    def problem(self, act: ReportProblem, who: Who) -> Carried:
        """Told at once; the same id again is the same problem."""

        def run(conn: Connection) -> Data:
            known = conn.execute(select(serious_problem).where(serious_problem.c.id == act.id)).mappings().first()
            if known is not None:
                if (known["title"], known["text"], known["subject"], known["actor"]) != (act.title, act.text, act.subject, who.person.id):
                    raise Refused("id_used")
                return {"problem": act.id, "number": known["number"]}
            number = next_number(conn, serious_problem.c.number, who.time, self._zone)
            row = {"id": act.id, "number": number, "title": act.title, "text": act.text, "subject": act.subject, "time": who.time}
            put(conn, serious_problem, {**row, **author(who)}, "problem.reported", who)
            return {"problem": act.id, "number": number}

        return self._carried(run)

    def begin(self, act: BeginEvaluation, who: Who) -> Carried:
        """An evaluation of a span that is over; its figures are collected afterwards."""
        noon = _noon(act.day, self._zone)

        def run(conn: Connection) -> Data:
            form = reports.get(conn, report_form, act.agreement)
            if form["sort"] != "agreement":
                raise Refused("no_such_agreement")
            agreed = read_agreement(form["text"])
            span = rules.span(Kind(agreed.period), noon, self._zone, self._turn)
            if span.end > who.time:
                raise Refused("evaluation_not_over")
            same = (evaluation.c.begin == span.begin) & (evaluation.c.agreement == form["id"])
            if conn.execute(select(func.count()).select_from(evaluation).where(same)).scalar():
                raise Refused("evaluation_exists")
            row: dict[str, Any] = {
                "number": next_number(conn, evaluation.c.number, who.time, self._zone),
                "agreement": form["id"],
                "begin": span.begin,
                "end": span.end,
                "state": OPEN,
                "figures": "{}",
                "reckoned": None,
                "time": who.time,
                "result": "",
                **author(who),
            }
            for side in ("a", "b"):
                row |= {f"signed_{side}": "", f"signed_{side}_name": "", f"signed_{side}_at": None}
            return {"evaluation": put(conn, evaluation, row, "evaluation.begun", who)}

        return self._carried(run)

    def answer(self, act: AnswerEvaluation, who: Who) -> Carried:
        """What a respondent said. Refused(no_such_question, score_off_scale)."""

        def run(conn: Connection) -> None:
            agreed = self._open(conn, act.evaluation)[1]
            scales = {one.id: one for one in agreed.questions}
            for one in act.answers:
                scale = scales.get(one.question)
                if scale is None:
                    raise Refused("no_such_question", question=one.question)
                if one.score is not None and not scale.least <= one.score <= scale.most:
                    raise Refused("score_off_scale", least=scale.least, most=scale.most)
                row = {"evaluation": act.evaluation, "question": one.question, "respondent": act.respondent.strip(), "score": one.score}
                put(conn, evaluation_answer, {**row, "text": one.text, "time": who.time, **author(who)}, "evaluation.answered", who)

        return self._carried(run)

    def remark(self, act: RemarkEvaluation, who: Who) -> Carried:
        """A comment of one side."""

        def run(conn: Connection) -> None:
            self._open(conn, act.evaluation)
            row = {"evaluation": act.evaluation, "side": act.side, "text": act.text, "time": who.time, **author(who)}
            put(conn, evaluation_remark, row, "evaluation.remarked", who)

        return self._carried(run)

    def sign(self, act: SignEvaluation, who: Who) -> Carried:
        """One side, by its own person, of exactly what was shown; from the first signature on nothing in it changes.

        Refused: evaluation_reckoning, evaluation_changed, evaluation_signed, evaluation_same_person, no_right.
        """

        def run(conn: Connection) -> None:
            row = reports.get(conn, evaluation, act.evaluation)
            other = "b" if act.side == "a" else "a"
            if row[f"signed_{act.side}"]:
                raise Refused("evaluation_signed")
            if row["reckoned"] is None:
                raise Refused("evaluation_reckoning")
            if act.side == "b" and not rights.allowed(OPERATES, who.person.roles, self._people.policy.preset):
                raise Refused("no_right")
            if row[f"signed_{other}"] == who.person.id:
                raise Refused("evaluation_same_person")
            seen = Evaluated.read(conn, row)
            if seen.digest != act.digest:
                raise Refused("evaluation_changed")
            state = SIGNED if row[f"signed_{other}"] else SIGNED_ONE
            values = {"state": state, "result": row["result"] or json.dumps(seen.result_json(), ensure_ascii=False)}
            values |= {
                f"signed_{act.side}": who.person.id,
                f"signed_{act.side}_name": who.person.display,
                f"signed_{act.side}_at": who.time,
            }
            amend(conn, evaluation, act.evaluation, values, "evaluation.signed", who, side=act.side, digest=act.digest)

        return self._carried(run)

    def _open(self, conn: Connection, id: str) -> tuple[dict[str, Any], Agreement]:
        row = reports.get(conn, evaluation, id)
        if row["state"] != OPEN:
            raise Refused("evaluation_signed")
        return row, read_agreement(reports.get(conn, report_form, row["agreement"])["text"])

    def _carried(self, job: Job) -> Carried:
        return Carried(job, self._changed)


def _read(language: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except OperatorError as error:
        first = error.problems[0]
        with speaking(language):
            what = f"{tr(first.what, **first.params)} → {tr(first.do, **first.params)}"
        line = first.where.rpartition(":")[2]
        raise Refused("form_wrong", line=int(line) if line.isdigit() else 0, what=what[:500], more=len(error.problems) - 1) from error


def _noon(day: str, zone: ZoneInfo) -> int:
    """Of a day that can be; UTC ms. Refused(bad_request)."""
    try:
        noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone)
    except ValueError as error:
        raise Refused("bad_request", detail=day) from error
    if not 1971 <= noon.year <= 9000:
        raise Refused("bad_request", detail=day)
    return round(noon.timestamp() * 1000)
