"""The rows of reports, templates, schedules, serious problems, agreements and evaluations. Decides no right; nothing is deleted."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, func, select, tuple_

from cityops_desktop.model.refused import Refused
from cityops_desktop.store.dutyschema import (
    evaluation,
    evaluation_answer,
    evaluation_remark,
    report,
    report_form,
    report_schedule,
    serious_problem,
)
from cityops_desktop.store.schema import alarm, incident

Row = Mapping[str, Any]
PAGE = 100
MOST_PROBLEMS = 200
MOST_EVALUATIONS = 200
PROBLEM_KEY = "station#problem:"
"""Then the problem's id: the key of its alarm."""
MISSING = {
    "report": "no_such_duty_report",
    "report_schedule": "no_such_schedule",
    "report_form": "no_such_agreement",
    "evaluation": "no_such_evaluation",
}


def get(conn: Connection, table: Table, id: str) -> dict[str, Any]:
    """The row. Refused: no_such_report and so on."""
    row = conn.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise Refused(MISSING[table.name])
    return dict(row)


def page(conn: Connection, before: str) -> tuple[list[dict[str, Any]], bool]:
    """The newest reports, or those before one; and whether there are older ones."""
    query = select(report).order_by(report.c.time.desc(), report.c.id.desc()).limit(PAGE + 1)
    if before:
        known = get(conn, report, before)
        query = query.where(tuple_(report.c.time, report.c.id) < (known["time"], known["id"]))
    rows = _rows(conn, query)
    return rows[:PAGE], len(rows) > PAGE


def made(conn: Connection, kind: str, schedule: str, since: int) -> set[int]:
    """Begins of the spans about which this schedule has made a report."""
    query = select(report.c.begin).where(report.c.kind == kind, report.c.begin >= since, report.c.schedule == schedule)
    return set(conn.execute(query).scalars())


def schedules(conn: Connection) -> list[dict[str, Any]]:
    """Those that hold."""
    return _rows(conn, select(report_schedule).where(report_schedule.c.ended.is_(None)).order_by(report_schedule.c.time))


def files(conn: Connection) -> Iterable[str]:
    """Ids of all reports that were made."""
    return conn.execute(select(report.c.id)).scalars().all()


def newest_forms(conn: Connection, sort: str) -> list[dict[str, Any]]:
    """Each template, or agreement, in its newest version."""
    last = select(report_form.c.code, func.max(report_form.c.version).label("version")).where(report_form.c.sort == sort)
    newest = last.group_by(report_form.c.code).subquery()
    joined = (report_form.c.code == newest.c.code) & (report_form.c.version == newest.c.version) & (report_form.c.sort == sort)
    return _rows(conn, select(report_form).join(newest, joined).order_by(report_form.c.code))


def next_version(conn: Connection, sort: str, code: str) -> int:
    """The version that the next text of this code gets."""
    query = select(func.max(report_form.c.version)).where(report_form.c.sort == sort, report_form.c.code == code)
    return int(conn.execute(query).scalar() or 0) + 1


def problems(conn: Connection, begin: int | None = None, end: int | None = None) -> list[dict[str, Any]]:
    """Serious problems, the newest first; of a span if it is given."""
    query = select(serious_problem).order_by(serious_problem.c.time.desc(), serious_problem.c.id.desc()).limit(MOST_PROBLEMS)
    if begin is not None and end is not None:
        query = query.where(serious_problem.c.time >= begin, serious_problem.c.time < end)
    return _rows(conn, query)


def count_problems(conn: Connection, begin: int, end: int) -> int:
    """How many there were."""
    within = serious_problem.c.time >= begin, serious_problem.c.time < end
    return int(conn.execute(select(func.count()).select_from(serious_problem).where(*within)).scalar() or 0)


def unsounded(conn: Connection, since: int) -> list[tuple[str, str]]:
    """Problems since then of which no alarm was raised: id, and number with title."""
    told = select(alarm.c.id).where(
        alarm.c.subject == "station", alarm.c.raised >= since, alarm.c.key == PROBLEM_KEY + serious_problem.c.id
    )
    query = select(serious_problem).where(serious_problem.c.time >= since, ~told.exists()).order_by(serious_problem.c.time)
    return [(row["id"], f"{row['number']} · {row['title']}") for row in conn.execute(query).mappings()]


def incidents_between(conn: Connection, begin: int, end: int) -> list[dict[str, Any]]:
    """Incidents that were open in this time, the oldest first."""
    stood = (incident.c.found < end) & (incident.c.closed.is_(None) | (incident.c.closed >= begin))
    return _rows(conn, select(incident).where(stood).order_by(incident.c.found).limit(1000))


def evaluations(conn: Connection) -> list[dict[str, Any]]:
    """The newest first."""
    return _rows(conn, select(evaluation).order_by(evaluation.c.begin.desc(), evaluation.c.id.desc()).limit(MOST_EVALUATIONS))


def unreckoned(conn: Connection) -> list[dict[str, Any]]:
    """Evaluations whose figures have not been collected yet."""
    return _rows(conn, select(evaluation).where(evaluation.c.reckoned.is_(None)).order_by(evaluation.c.time))


def unprinted(conn: Connection) -> list[dict[str, Any]]:
    """Signed evaluations without their report."""
    printed = select(report.c.id).where(
        report.c.kind == "evaluation", report.c.begin == evaluation.c.begin, report.c.evaluation == evaluation.c.id
    )
    return _rows(conn, select(evaluation).where(evaluation.c.state == "signed", ~printed.exists()).order_by(evaluation.c.time))


def answers(conn: Connection, id: str) -> list[dict[str, Any]]:
    """The newest answer of each respondent to each question."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    order = evaluation_answer.c.time, evaluation_answer.c.id
    for row in _rows(conn, select(evaluation_answer).where(evaluation_answer.c.evaluation == id).order_by(*order)):
        newest[row["question"], row["respondent"]] = row
    return list(newest.values())


def remarks(conn: Connection, id: str) -> list[dict[str, Any]]:
    """In their order."""
    order = evaluation_remark.c.time, evaluation_remark.c.id
    return _rows(conn, select(evaluation_remark).where(evaluation_remark.c.evaluation == id).order_by(*order))


def _rows(conn: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(query).mappings()]
