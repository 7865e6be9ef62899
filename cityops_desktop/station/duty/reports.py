"""Reports, serious problems and evaluations as the station keeps them: what is made now, what is due, the alarms, the answers to consoles.

A report that was due while the station was down is made afterwards; a kill leaves nothing half made: the files lie in their places before
the record names them, and files without a record go. Used from the station's event loop; store and disk are asked in worker threads.
"""

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.audit import heads
from cityops_desktop.duty import reports as rules
from cityops_desktop.duty.reportforms import shipped_text
from cityops_desktop.duty.reports import Kind
from cityops_desktop.duty.roster import Turn
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.reports import (
    EvaluationDetail,
    EvaluationsInfo,
    FileInfo,
    ProblemInfo,
    ReportInfo,
    ReportRun,
    ReportsPageInfo,
    RunState,
    ScheduleInfo,
    TemplateInfo,
)
from cityops_desktop.link.duty.reports_api import reports_router
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.reports import ReportActs
from cityops_desktop.station.asking import look_up
from cityops_desktop.station.duty.evaluated import Evaluated, agreement_info, brief
from cityops_desktop.station.duty.part import DutyAround, Part, Span
from cityops_desktop.station.duty.reportorders import Order
from cityops_desktop.station.duty.reportpress import NotMade, Press, packed, place, weighed
from cityops_desktop.store import record
from cityops_desktop.store.duty import reports
from cityops_desktop.store.dutyschema import evaluation, report
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import N_

log = logging.getLogger(__name__)
READ = "duty.read"
MOST_WAITING = 8
MOST_ROWS = 1000
"""Of what an area tells, as many as a template may ask for."""
MOST_ENDED = 20
"""Runs that were not made and are still told."""
AGAIN_MS = 10 * 60_000
"""So long after a failure one that is made by itself is tried again."""
SOUND_MS = 7 * 86_400_000
"""A problem that is older than this raises no alarm any more."""
READ_SECONDS = 20.0
KEY = "station#report_failed:"


class _Facts(NamedTuple):
    schedules: list[dict[str, Any]]
    made: Mapping[str, set[int]]
    forms: Mapping[str, Mapping[str, Any]]
    unreckoned: list[dict[str, Any]]
    unprinted: list[dict[str, Any]]
    unsounded: list[tuple[str, str]]


@dataclass
class _Run:
    order: Order
    state: RunState = "waits"
    step: str = ""
    part: float = 0.0
    why: str = ""
    detail: str = ""
    at: int = 0
    whole: bool = False
    """Its files are being put in their places, and its row is written: too late to call it off."""

    def info(self) -> ReportRun:
        """As consoles are told."""
        one = self.order
        said = {"state": self.state, "step": self.step, "part": self.part, "why": self.why, "detail": self.detail}
        return ReportRun.model_validate(
            {"id": one.id, "kind": one.kind.value, "begin": one.begin, "end": one.end, "schedule": one.schedule, **said}
        )


@dataclass
class _Queue:
    waiting: deque[_Run] = field(default_factory=deque)
    running: _Run | None = None
    ended: deque[_Run] = field(default_factory=lambda: deque(maxlen=MOST_ENDED))

    def every(self) -> list[_Run]:
        """In the order in which they come."""
        return [*([self.running] if self.running else []), *self.waiting, *reversed(self.ended)]


class Reports(Part[_Facts]):
    """`sheet` and `figures` are what all areas tell (care.py); `turn`: which turn of duty runs at a time."""

    causes = frozenset({Cause.REPORT_FAILED})

    def __init__(
        self,
        around: DutyAround,
        sheet: Callable[[Connection, Span], list[SheetSection]],
        figures: Callable[[Connection, int, int], dict[str, float | None]],
        turn: Callable[[int], Turn | None],
    ) -> None:
        super().__init__(around)
        self._sheet_of_all, self._figures_of_all, self._running = sheet, figures, turn
        self._press = Press(around.data)
        self._queue = _Queue()
        self._failed: dict[tuple[str, str, int, str, bool], _Run] = {}
        self._sounded: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._cleaned = False
        self._closed = False
        self._todo: tuple[_Facts | None, list[Order]] = (None, [])

    def routers(self) -> Sequence[APIRouter]:
        """What consoles may ask."""
        return [reports_router(self)]

    def acts(self) -> Acts:
        """By kind."""
        return ReportActs(self.around.room, self.around.people, self._turn, self._ordered, self._cancelled, lambda: self.renew()).acts()

    def facts(self, conn: Connection) -> _Facts:
        """What is planned, and what of it was made."""
        wall = self.around.clock.wall()
        plans = reports.schedules(conn)
        since = wall - (rules.MISSED_DAYS + 100) * 86_400_000
        return _Facts(
            plans,
            {one["id"]: reports.made(conn, one["kind"], one["id"], since) for one in plans},
            {one["code"]: one for one in reports.newest_forms(conn, "template")},
            reports.unreckoned(conn),
            reports.unprinted(conn),
            reports.unsounded(conn, wall - SOUND_MS),
        )

    def standing(self, wall: int) -> Iterable[Standing]:
        """One that should have been made by itself and was not."""
        wanted = {one.what for one in self._wanted(wall)} if self._failed else set()
        for run in self._failed.values():
            one = run.order
            if one.what not in wanted:  # nobody asks for it any more
                continue
            words = f"{one.kind.value} {_day(one.begin, self.around)} · {run.why}{' · ' if run.detail else ''}{run.detail}"
            yield Standing(f"{KEY}{one.schedule or one.evaluation}:{one.begin}", Cause.REPORT_FAILED, Level.MINOR, words[:300])

    def tick(self, wall: int, mono: float) -> None:
        """A problem that nobody was told of is told; what is due is ordered; the next one is made."""
        for id, words in self.known.unsounded:
            if id not in self._sounded:
                self._sounded.add(id)
                self.around.notice(f"{reports.PROBLEM_KEY}{id}", Cause.SERIOUS_PROBLEM, Level.MAJOR, words)
        if self._closed or (self._task is not None and not self._task.done()):
            return
        if not self._queue.waiting:
            one = next(self._due(wall), None)
            if one is not None:
                for run in [run for run in self._queue.ended if run.order.what == one.what]:
                    self._queue.ended.remove(run)  # tried again
                self._queue.waiting.append(_Run(one))
        self._begin()

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """Serious problems of the time."""
        rows = [
            SheetRow(
                words=N_("serious problem {number}: {title} ({name})"),
                params={"number": row["number"], "title": row["title"], "name": row["actor_name"]},
                time=row["time"],
                link=f"problem:{row['id']}",
                front="abnormal",
            )
            for row in reports.problems(conn, span.begin, span.end)
        ]
        return [SheetSection(id="problems", title=N_("Serious problems"), rows=rows)]

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """How many serious problems there were."""
        return {"problems.serious": float(reports.count_problems(conn, begin, end))}

    async def close(self) -> None:
        """The one that is being made is given up: it is made after the next start, if it was due by itself."""
        self._closed = True
        if self._task is not None:
            if self._queue.running is None or not self._queue.running.whole:
                self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._press.stop()

    # what consoles ask

    async def page(self, before: str, credentials: Credentials) -> ReportsPageInfo:
        """See ReportsDesk."""
        (rows, more), found = await self.asked(READ, credentials, lambda conn: (reports.page(conn, before), reports.problems(conn)))
        forms, wall = self.known.forms, self.around.clock.wall()
        return ReportsPageInfo(
            now=wall,
            runs=[run.info() for run in self._queue.every()],
            reports=[_report_info(row) for row in rows],
            more=more,
            schedules=[self._schedule_info(row, wall) for row in self.known.schedules],
            templates=[_template_info(kind, forms.get(kind.value)) for kind in Kind],
            problems=[ProblemInfo.model_validate(row) for row in found],
        )

    async def file(self, id: str, form: str, credentials: Credentials) -> tuple[str, bytes]:
        """See ReportsDesk. Refused: no_such_report, report_gone, report_changed."""
        row = await self.asked(READ, credentials, lambda conn: reports.get(conn, report, id))
        known = json.loads(row["files"]).get(form)
        if known is None:
            raise Refused("no_such_duty_report")
        path = place(self.around.data, id, form)

        def read() -> bytes:
            if weighed(path)["sha256"] != known["sha256"]:
                raise Refused("report_changed")
            return path.read_bytes()

        try:
            data = await asyncio.to_thread(read)
        except (OSError, NotMade) as error:
            raise Refused("report_gone") from error
        return f"{row['kind']}-{_day(row['begin'], self.around)}.{form}", data

    async def evaluations(self, credentials: Credentials) -> EvaluationsInfo:
        """See ReportsDesk."""

        def read(conn: Connection) -> EvaluationsInfo:
            return EvaluationsInfo(
                now=self.around.clock.wall(),
                agreements=[agreement_info(row) for row in reports.newest_forms(conn, "agreement")],
                evaluations=[brief(row) for row in reports.evaluations(conn)],
            )

        return await self.asked(READ, credentials, read)

    async def evaluation(self, id: str, credentials: Credentials) -> EvaluationDetail:
        """See ReportsDesk."""
        wall = self.around.clock.wall()
        return await self.asked(READ, credentials, lambda conn: Evaluated.read(conn, reports.get(conn, evaluation, id)).detail(wall))

    # what is made

    def _turn(self, wall: int) -> rules.Span | None:
        turn = self._running(wall)
        return None if turn is None else rules.Span(turn.begin, turn.end)

    def _ordered(self, order: Order) -> None:
        """Somebody wants one."""
        if any(run.order.id == order.id for run in self._queue.every()):
            return
        run = _Run(order)
        if len(self._queue.waiting) >= MOST_WAITING:
            run.state, run.why = "failed", "busy"
            self._queue.ended.append(run)
        else:
            self._queue.waiting.append(run)
            self._begin()

    def _begin(self) -> None:
        """The next one, unless one is being made."""
        idle = self._task is None or self._task.done()
        if idle and self._queue.waiting and not self._closed:
            self._task = asyncio.get_running_loop().create_task(self._make(self._queue.waiting.popleft()))

    def _cancelled(self, id: str) -> None:
        """Somebody does not want it any more."""
        run = next((one for one in self._queue.waiting if one.order.id == id), None)
        if run is not None:
            self._queue.waiting.remove(run)
            run.state = "cancelled"
            self._queue.ended.append(run)
        elif self._queue.running is not None and self._queue.running.order.id == id and not self._queue.running.whole:
            self._queue.running.state = "cancelled"
            if self._task is not None:
                self._task.cancel()

    def _due(self, wall: int) -> Iterator[Order]:
        """What is to be made by itself, but for what has just failed."""
        for order in self._wanted(wall):
            failed = self._failed.get(order.what)
            if failed is None or wall >= failed.at + AGAIN_MS or wall < failed.at:
                yield order

    def _wanted(self, wall: int) -> list[Order]:
        """Reckoned once for each reading of the facts, which is each minute."""
        if self._todo[0] is not self.known:
            self._todo = (self.known, list(self._planned(wall)))
        return self._todo[1]

    def _planned(self, wall: int) -> Iterator[Order]:
        for row in self.known.unreckoned:
            yield self._of_evaluation(row, wall, reckon=True)
        for row in self.known.unprinted:
            yield self._of_evaluation(row, wall, reckon=False)
        for row in self.known.schedules:
            kind = Kind(row["kind"])
            made = self.known.made[row["id"]]
            for span in rules.missing(kind, row["at"], row["since"], wall, self.around.zone, made, self._turn):
                yield Order(uuid7(wall), kind, span.begin, span.end, row["language"], schedule=row["id"], whom=row["whom"])

    def _of_evaluation(self, row: Mapping[str, Any], wall: int, *, reckon: bool) -> Order:
        return Order(uuid7(wall), Kind.EVALUATION, row["begin"], row["end"], "zh_CN", evaluation=row["id"], reckon=reckon)

    async def _make(self, run: _Run) -> None:
        order = run.order
        run.state, self._queue.running = "runs", run
        try:
            if not self._cleaned:
                known = await look_up(self.around.store, lambda conn: list(reports.files(conn)), READ_SECONDS)
                await asyncio.to_thread(self._press.clean, known)
                self._cleaned = True
            await self._print(run)
        except (NotMade, Refused, StoreError, OSError) as error:
            run.why = error.code if isinstance(error, NotMade | Refused) else "report_unwritten"
            run.detail = error.detail if isinstance(error, NotMade) else str(error)[:300] if not isinstance(error, Refused) else ""
            self._fail(run)
            await asyncio.to_thread(self._press.let_go, order.id)
        except asyncio.CancelledError:
            self._queue.ended.append(run)
            self._press.let_go(order.id)
            if self._closed:
                raise
        else:
            self._failed.pop(order.what, None)
        finally:
            self._queue.running = None
            await self._press.stop()

    def _fail(self, run: _Run) -> None:
        order = run.order
        run.state, run.at = "failed", self.around.clock.wall()
        log.error("a report was not made: %s %s", run.why, run.detail)
        self._queue.ended.append(run)
        if order.actor == "station":
            self._failed[order.what] = run

    async def _print(self, run: _Run) -> None:
        order = run.order
        run.step = "records"
        job = await look_up(self.around.store, lambda conn: self._job(conn, order), READ_SECONDS)

        def told(step: str, part: float) -> None:
            run.step, run.part = step, part

        printed = await self._press.run(order.id, job, told)
        if order.reckon:
            await self._keep_figures(order, printed.figures)
            return
        run.whole = True
        await asyncio.to_thread(self._press.keep, order.id, list(printed.files))
        await self._keep(order, printed.files)
        if printed.unmade:  # the rest of it is there
            words = f"report_without_pdf · {printed.unmade}"
            self.around.notice(f"{KEY}{order.id}", Cause.REPORT_FAILED, Level.MINOR, words[:300])

    def _job(self, conn: Connection, order: Order) -> bytes:
        """All that the process cannot read by itself, as JSON."""
        wall = self.around.clock.wall()
        form = self.known.forms.get(order.kind.value)
        head = heads.newest(conn)
        judged: dict[str, object] | None = None
        if order.evaluation:
            judged = Evaluated.read(conn, reports.get(conn, evaluation, order.evaluation)).detail(wall).model_dump(mode="json")
        sections = [] if order.reckon else self._sheet_of_all(conn, Span(order.begin, order.end, order.end))
        job = {
            "id": order.id,
            "kind": order.kind.value,
            "begin": order.begin,
            "end": order.end,
            "language": order.language,
            "whom": order.whom,
            "maker": order.actor_name,
            "made": wall,
            "room": packed(self.around.room()),
            "template": form["text"] if form else shipped_text(order.kind),
            "reckon": order.reckon,
            "sheet": [SheetSection(id=one.id, title=one.title, rows=one.rows[:MOST_ROWS]).model_dump(mode="json") for one in sections],
            "more": {one.id: len(one.rows) - MOST_ROWS for one in sections if len(one.rows) > MOST_ROWS},
            "figures_of_duty": json.dumps(self._figures_of_all(conn, order.begin, order.end)),
            "evaluation": judged,
            "head": head.body if head else None,
        }
        return json.dumps(job, ensure_ascii=False).encode()

    async def _keep(self, order: Order, files: Mapping[str, Mapping[str, Any]]) -> None:
        wall = self.around.clock.wall()
        form = self.known.forms.get(order.kind.value)
        row = {
            "id": order.id,
            "kind": order.kind.value,
            "begin": order.begin,
            "end": order.end,
            "language": order.language,
            "form": form["id"] if form else "",
            "schedule": order.schedule,
            "evaluation": order.evaluation,
            "files": json.dumps({name: dict(known) for name, known in sorted(files.items())}),
            "actor": order.actor,
            "actor_name": order.actor_name,
            "time": wall,
        }

        def put(conn: Connection) -> int:
            return record.put(conn, report, row, kind="report.made", actor=order.actor, time=wall)

        await asyncio.wrap_future(self.around.store.write(put))
        await self._known_again()

    async def _keep_figures(self, order: Order, figures: Mapping[str, float | None]) -> None:
        wall = self.around.clock.wall()
        values = {"figures": json.dumps(figures, sort_keys=True), "reckoned": wall}

        def put(conn: Connection) -> int:
            return record.amend(conn, evaluation, order.evaluation, values, kind="evaluation.reckoned", actor="station", time=wall)

        await asyncio.wrap_future(self.around.store.write(put))
        await self._known_again()

    async def _known_again(self) -> None:
        """What was made is known before the next one is looked for."""
        self.known = await look_up(self.around.store, self.facts, READ_SECONDS)
        self.around.changed()

    def _schedule_info(self, row: Mapping[str, Any], wall: int) -> ScheduleInfo:
        kind, zone = Kind(row["kind"]), self.around.zone
        one = rules.before(kind, wall, zone, self._turn)
        at = rules.due(kind, row["at"], one, zone)
        if at <= wall:
            at = rules.due(kind, row["at"], rules.span(kind, wall, zone, self._turn), zone)
        return ScheduleInfo.model_validate({**row, "next": at})


def _report_info(row: Mapping[str, Any]) -> ReportInfo:
    files = [FileInfo(form="pdf" if form == "pdf" else "xlsx", **known) for form, known in json.loads(row["files"]).items()]
    return ReportInfo.model_validate({**row, "files": files, "own": bool(row["form"])})


def _template_info(kind: Kind, row: Mapping[str, Any] | None) -> TemplateInfo:
    if row is None:
        return TemplateInfo(kind=kind.value, version=0, text=shipped_text(kind))
    return TemplateInfo(kind=kind.value, version=row["version"], text=row["text"], actor_name=row["actor_name"], time=row["time"])


def _day(ms: int, around: DutyAround) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, around.zone):%Y-%m-%d}"
