"""Reports without a wire, a room or a process: what was due while nobody ran, what fails, what is called off, what a kill leaves behind."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cityops_desktop.duty import reports
from cityops_desktop.link.duty.reports import CancelReport, MakeReport, ReportProblem, ScheduleReport, UnscheduleReport
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Person, Role, Who
from cityops_desktop.model.points import Names
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.station.duty.part import DutyAround, Span
from cityops_desktop.station.duty.reportpress import NotMade, Press, Printed, draft, place
from cityops_desktop.station.duty.reports import AGAIN_MS, Reports
from cityops_desktop.store.dutyschema import report, serious_problem
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

DAY = 86_400_000
ZONE = "Asia/Shanghai"


class NoProcess(Press):
    """Writes two small files, or fails as it is told; waits while `held`."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.fails = ""
        self.held = False
        self.jobs: list[Mapping[str, Any]] = []

    async def run(self, id: str, job: bytes, told: Callable[[str, float], None]) -> Printed:
        self.jobs.append(json.loads(job))
        (self._data / "reports").mkdir(exist_ok=True)
        told("pdf", 0.8)
        files = {}
        for form in ("pdf", "xlsx"):
            draft(self._data, id, form).write_bytes(f"{form} {id}".encode())
            files[form] = {"bytes": 40, "sha256": hashlib.sha256(f"{form} {id}".encode()).hexdigest()}
        while self.held:
            await asyncio.sleep(0)
        if self.fails:
            raise NotMade(self.fails, "no room on disk")
        return Printed(files, {}, "")


@dataclass
class Office:
    """The part, its store and what it gave notice of."""

    data: Path
    clock: FakeClock
    store: Store
    part: Reports
    press: NoProcess
    noticed: list[tuple[str, Cause]] = field(default_factory=list)

    def act(self, act: Any) -> dict[str, Any]:
        person = Person("p1", "zhang", "张工", frozenset(Role))
        who = cast("Who", SimpleNamespace(person=person, time=self.clock.wall(), console="desk"))
        carried: Any = self.part.acts()[act.kind](act, who)
        told = dict(self.store.write(carried.job).result() or {})
        began: Any = self.part._begin
        self.part._begin = lambda: None  # type: ignore[method-assign]  # the next tick begins it
        carried.after()
        self.part._begin = began  # type: ignore[method-assign]
        self.look()
        return told

    def look(self) -> None:
        self.part.known = self.store.read(self.part.facts)

    async def run(self, seconds: int = 200) -> None:
        """So many ticks, and what they begin to its end."""
        for _ in range(seconds):
            self.part.tick(self.clock.wall(), self.clock.monotonic())
            if self.part._task is None or self.part._task.done():
                return
            await asyncio.wait({self.part._task})

    def made(self) -> list[tuple[str, str]]:
        query = select(report.c.kind, report.c.actor).order_by(report.c.begin)
        return self.store.read(lambda conn: [(row.kind, row.actor) for row in conn.execute(query)])

    def files(self) -> list[str]:
        folder = self.data / "reports"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@contextmanager
def opened(data: Path, clock: FakeClock) -> Iterator[Office]:
    store = Store.open(data, clock)
    noticed: list[tuple[str, Cause]] = []
    room = Room("r1", Names("机房", "room"), "c/d/s/r1", ZONE, "v")
    around = SimpleNamespace(data=data, room=lambda: room, clock=clock, store=store, people=None, refusals=None, changed=lambda: None)
    around.zone, around.notice = ZoneInfo(ZONE), lambda key, cause, level, detail: noticed.append((key, cause))
    part = Reports(cast("DutyAround", around), lambda conn, span: part.sheet(conn, span), lambda conn, begin, end: {}, lambda wall: None)
    part._press = press = NoProcess(data)
    part.renew = lambda: None
    office = Office(data, clock, store, part, press, noticed)
    office.look()
    try:
        yield office
    finally:
        store.close()


@pytest.fixture
def office(tmp_path: Path, clock: FakeClock) -> Iterator[Office]:
    with opened(tmp_path, clock) as made:
        yield made


def new(office: Office) -> str:
    return uuid7(office.clock.wall())


def test_what_was_due_while_the_station_was_down_is_made_afterwards(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reports, "MOST_MISSED", 6)
    with opened(tmp_path, clock) as office:
        office.act(ScheduleReport(report="day", at="08:00", whom="信息中心"))
        asyncio.run(office.run())
        assert office.made() == []
    clock.advance(3.5 * DAY / 1000)
    with opened(tmp_path, clock) as office:
        asyncio.run(office.run())
        assert office.made() == [("day", "station")] * 4 and office.press.jobs[0]["whom"] == "信息中心"
        begins = [job["begin"] for job in office.press.jobs]
        assert begins == sorted(set(begins)) and len(office.files()) == 8
        asyncio.run(office.run())
        assert len(office.press.jobs) == 4, "each once"
    clock.advance(80 * DAY / 1000)
    with opened(tmp_path, clock) as office:
        asyncio.run(office.run())
        assert len(office.press.jobs) == 6
        [plan] = office.part.known.schedules
        office.act(UnscheduleReport(schedule=plan["id"]))
        clock.advance(2 * DAY / 1000)
        asyncio.run(office.run())
        assert len(office.press.jobs) == 6
        with pytest.raises(Refused, match="no_such_schedule"):
            office.act(UnscheduleReport(schedule=plan["id"]))


def test_one_that_cannot_be_made_is_an_alarm_until_it_is(office: Office, expected_log: Callable[[str], None]):
    expected_log("a report was not made")
    office.act(ScheduleReport(report="day", at="00:00"))
    office.clock.advance(DAY / 1000)
    office.press.fails = "report_unwritten"
    asyncio.run(office.run())
    [alarm] = office.part.standing(office.clock.wall())
    assert alarm.cause is Cause.REPORT_FAILED and "no room on disk" in alarm.detail
    assert office.made() == [] and office.files() == [], "nothing half made"
    asyncio.run(office.run())
    assert len(office.press.jobs) == 1, "not again at once"
    office.press.fails = ""
    office.clock.advance(AGAIN_MS / 1000)
    asyncio.run(office.run())
    assert office.made() == [("day", "station")] and list(office.part.standing(office.clock.wall())) == []


def test_somebody_asks_for_one_and_calls_it_off(office: Office):
    async def story() -> None:
        office.press.held = True
        running, waiting = new(office), new(office)
        office.act(MakeReport(id=running, report="week", time=office.clock.wall()))
        office.act(MakeReport(id=waiting, report="day", time=office.clock.wall()))
        office.part.tick(office.clock.wall(), 0.0)
        while not office.press.jobs:
            await asyncio.sleep(0.001)
        told = [(one.id, one.state, one.part) for one in (run.info() for run in office.part._queue.every())]
        assert told == [(running, "runs", 0.8), (waiting, "waits", 0.0)]
        office.act(CancelReport(id=waiting))
        office.act(CancelReport(id=running))
        await office.run()
        assert {one.state for one in office.part._queue.every()} == {"cancelled"}
        office.press.held = False
        office.act(MakeReport(id=new(office), report="day", time=office.clock.wall()))
        await office.run()

    asyncio.run(story())
    assert office.made() == [("day", "p1")] and len(office.files()) == 2
    kinds = office.store.read(lambda conn: list(conn.execute(select(change.c.kind).order_by(change.c.seq)).scalars()))
    assert kinds.count("report.asked") == 3 and kinds.count("report.cancelled") == 2 and kinds.count("report.made") == 1


def test_one_whose_files_lie_in_their_places_is_not_called_off(office: Office):
    kept, id = office.part._keep, new(office)

    async def called_off_meanwhile(order: Any, files: Any) -> None:
        office.part._cancelled(id)
        await kept(order, files)

    office.part._keep = called_off_meanwhile  # type: ignore[method-assign]
    office.act(MakeReport(id=id, report="day", time=office.clock.wall()))
    asyncio.run(office.run())
    assert office.made() == [("day", "p1")] and office.files() == [f"{id}.pdf", f"{id}.xlsx"]
    with pytest.raises(Refused, match="id_used"):
        office.act(MakeReport(id=id, report="week", time=office.clock.wall()))
    assert len(office.files()) == 2


def test_too_many_at_once_are_not_taken(office: Office):
    for _ in range(10):
        office.act(MakeReport(id=new(office), report="day", time=office.clock.wall()))
    states = [(run.state, run.why) for run in office.part._queue.every()]
    assert states == [("waits", "")] * 8 + [("failed", "busy")] * 2


def test_what_a_kill_left_behind_goes_and_what_is_recorded_stays(tmp_path: Path, clock: FakeClock):
    with opened(tmp_path, clock) as office:
        id = new(office)
        office.act(MakeReport(id=id, report="day", time=clock.wall()))
        asyncio.run(office.run())
        for path in (draft(tmp_path, "01900000", "pdf"), place(tmp_path, "01900000", "xlsx")):
            path.write_bytes(b"half")
    with opened(tmp_path, clock) as office:
        office.act(MakeReport(id=new(office), report="day", time=clock.wall()))
        asyncio.run(office.run())
        assert len(office.files()) == 4 and {f"{id}.pdf", f"{id}.xlsx"} <= set(office.files())
        row = office.store.read(lambda conn: conn.execute(select(report.c.files).where(report.c.id == id)).scalar())
        known = json.loads(row)["pdf"]["sha256"]
        assert hashlib.sha256(place(tmp_path, id, "pdf").read_bytes()).hexdigest() == known


def test_a_stop_gives_the_one_under_way_up(office: Office):
    async def story() -> None:
        office.press.held = True
        office.act(MakeReport(id=new(office), report="day", time=office.clock.wall()))
        office.part.tick(office.clock.wall(), 0.0)
        while not office.press.jobs:
            await asyncio.sleep(0.001)
        await office.part.close()
        office.part.tick(office.clock.wall(), 0.0)
        assert office.part._task is not None and office.part._task.done()

    asyncio.run(story())
    assert office.files() == [] and office.made() == []


def test_a_serious_problem_is_told_once_also_after_a_kill(tmp_path: Path, clock: FakeClock):
    act = ReportProblem(id=uuid7(clock.wall()), title="精密空调全停", text="两台同时停机")
    with opened(tmp_path, clock) as office:
        first = office.act(act)
        assert office.act(act) == first
        with pytest.raises(Refused, match="id_used"):
            office.act(act.model_copy(update={"title": "other"}))
    with opened(tmp_path, clock) as office:  # it was killed before it could tell
        for _ in range(3):
            office.part.tick(clock.wall(), 0.0)
        assert office.noticed == [(f"station#problem:{act.id}", Cause.SERIOUS_PROBLEM)]
        assert office.store.read(lambda conn: len(conn.execute(select(serious_problem)).all())) == 1
        told = office.store.read(lambda conn: office.part.sheet(conn, Span(0, clock.wall() + 1, 0)))
        assert told[0].rows[0].front == "abnormal" and told[0].rows[0].params["title"] == "精密空调全停"
        assert office.store.read(lambda conn: office.part.figures(conn, 0, clock.wall() + 1)) == {"problems.serious": 1.0}
    clock.advance(8 * DAY / 1000)
    with opened(tmp_path, clock) as office:
        office.part.tick(clock.wall(), 0.0)
        assert office.noticed == [], "a week later it is no news"
