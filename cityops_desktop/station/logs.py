"""Log collection as the station sees it: starts the intake and watches it, makes alarms of its rules, answers who looks for lines.

The intake is a process of its own (logs/intake.py): five thousand lines a second must not cost the room one late reading. Used from the
station's event loop; files are read in worker threads.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import LogsArchived
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.logs import LogIntakeInfo, LogLineInfo, LogPage
from cityops_desktop.link.logs_api import LogQuestion
from cityops_desktop.logs import shelf
from cityops_desktop.logs.intake import told_of
from cityops_desktop.logs.shelf import Found, LogQuery
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.calendarmonths import end_of
from cityops_desktop.model.loglines import MANY, LogRule, Severity, rule_key, rule_of
from cityops_desktop.model.people import Who
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.people.people import People
from cityops_desktop.station import tls
from cityops_desktop.station.acts.act import Acts, Data, Job
from cityops_desktop.station.asking import may_ask
from cityops_desktop.station.deviceevents import DeviceEvents
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store import changes

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "cityops_desktop", "logs-run")
PAUSES = (1.0, 5.0, 30.0)
LATE_SECONDS = 10.0
"""So long collecting may be down, or its disk in trouble, before people are told."""
STOP_SECONDS = 15.0
AT_ONCE = 2
"""Searches that are done side by side; the station's other threads stay free."""
TURN_SECONDS = 5.0
MOST_ALARMS = 16
"""Open alarms of one rule. Lines of further sources make one alarm together: whoever forges senders makes no flood of alarms."""
DAY_MS = 86_400_000
MONTH_DAYS = 31
ROUND_SECONDS = 3600.0
MOST_UNREAD = 1 << 20
"""Bytes that an intake has not read yet; beyond them a line of our own is left out."""
SILENT = frozenset({Cause.DEVICE_LOST, Cause.BUS_LOST, Cause.GATEWAY_LOST})
DOWN_KEY = "station#logs"


class StationLogs:
    """Implements cityops_desktop.link.logs_api.LogDesk. `tick` each second."""

    def __init__(
        self,
        data: Path,
        room: Callable[[], Room],
        book: AlarmBook,
        announce: Callable[[Sequence[Alarm]], None],
        clock: Clock,
        people: People,
        refusals: Refusals,
    ) -> None:
        self._data, self._room, self._book, self._announce = data, room, book, announce
        self._clock, self._people, self._refusals = clock, people, refusals
        self._rules = {rule.id: rule for rule in room().logs.rules}
        self._ends: dict[str, float] = {}
        self._beat: dict[str, Any] = {}
        self._trouble = ""
        self._bad_since: float | None = None
        self._next_round = clock.monotonic() + 60.0
        self._child: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._lost: set[str] | None = None
        self._many: dict[str, set[str]] = {}
        self.devices = DeviceEvents(room(), lambda device, text: self._write_own(Severity.NOTICE, text, device))

    def start(self) -> None:
        """After the book has its alarms back: those of a former run hold for as long as their rule says, unless the line comes again."""
        self._let_end()
        if self._room().logs.listen:
            self._running = asyncio.get_running_loop().create_task(self._run_for_ever())
        else:  # what a former run left is over: nothing is to be collected any more
            wall, mono = self._clock.wall(), self._clock.monotonic()
            self._announce(self._book.station(DOWN_KEY, Cause.LOGS_DOWN, Level.MINOR, "", False, wall, mono))

    async def stop(self) -> None:
        """The intake writes what it has and ends."""
        if self._running is None:
            return
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        child = self._child
        if child is None or child.returncode is not None:
            return
        if child.stdin is not None:
            child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), STOP_SECONDS)
        except TimeoutError:
            log.warning("collecting logs did not stop within %.0f s and was killed", STOP_SECONDS)
            child.kill()
            await child.wait()

    def tick(self, wall: int, mono: float) -> None:
        """Rules that have held for their time, trouble that lasts, months that are past their time."""
        for key in [key for key, end in self._ends.items() if end <= mono]:
            del self._ends[key]
            self._rule(key, "", False)
        if self._running is not None:
            self._note_devices()
            self.devices.tick(mono)
            self._bad_since = None if not self._trouble else self._bad_since or mono
            late = self._bad_since is not None and mono - self._bad_since > LATE_SECONDS
            self._announce(self._book.station(DOWN_KEY, Cause.LOGS_DOWN, Level.MINOR, self._trouble, late, wall, mono))
        if mono >= self._next_round:
            self._next_round = mono + ROUND_SECONDS
            asyncio.get_running_loop().run_in_executor(None, _forget, self._data, self._room().logs.days, wall)

    def acts(self) -> Acts:
        """By kind."""
        return {"log.archived": self.archived}

    def archived(self, act: LogsArchived, who: Who) -> Job:
        """See the act: the station records it, and believes the person."""
        body = {"month": act.month, "sha256": act.sha256, "console": who.console}

        def job(conn: Connection) -> Data:
            changes.append(conn, kind="log.archived", subject=f"logs:{act.month}", actor=who.person.id, time=who.time, body=body)
            return {}

        return job

    async def page(self, question: LogQuestion, credentials: Credentials) -> LogPage:
        """See LogDesk."""
        await may_ask(self._people, self._refusals, "log.read", credentials)
        now = self._clock.wall()
        before = (question.before_month, question.before_id) if question.before_month and question.before_id else None
        severity = None if question.severity is None else Severity(question.severity)
        start, end = question.start or 0, now + DAY_MS if question.end is None else question.end
        wanted = LogQuery(start, end, severity, question.group, question.source, question.words, before)
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Refused("busy") from error
        try:
            found = await asyncio.to_thread(shelf.search, self._data, wanted)
        except OSError as error:
            log.warning("collected logs could not be searched: %s", error)
            raise Refused("busy") from error
        finally:
            self._turns.release()
        rows = [_info(one) for one in found.rows]
        return LogPage(now=now, rows=rows, more=found.more, cut=found.cut, broken=list(found.broken), intake=self._state())

    def _state(self) -> LogIntakeInfo:
        if self._running is None:
            return LogIntakeInfo(state="off")
        counts = {name: int(self._beat.get(name, 0)) for name in ("kept", "dropped", "refused", "waiting")}
        return LogIntakeInfo(state="running" if self._child is not None else "down", trouble=self._trouble, **counts)

    async def _run_for_ever(self) -> None:
        failures = 0
        while True:
            began = self._clock.monotonic()
            try:
                await self._one_life()
            except OSError as error:
                self._trouble = str(error)
            self._child = None
            self._many.clear()
            self._trouble = self._trouble or "the intake ended"
            self._let_end()
            failures = 0 if self._clock.monotonic() - began > 60 else failures + 1
            log.warning("collecting logs has stopped (%s) and is started again", self._trouble)
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])

    async def _one_life(self) -> None:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe, limit=1 << 20)
        assert child.stdin is not None and child.stdout is not None
        folder = self._data / tls.FOLDER
        told = told_of(self._data, self._room().logs, folder / tls.CERTIFICATE, folder / tls.KEY)
        child.stdin.write(json.dumps(told).encode() + b"\n")
        self._child = child
        try:
            async for line in child.stdout:
                self._hear(line)
        except ValueError as error:  # a line that is longer than any of ours
            log.error("collecting logs said too much: %s", error)
            child.kill()
        await child.wait()

    def _hear(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            kind = event["event"]
        except (ValueError, KeyError, TypeError):
            log.warning("collecting logs said: %r", line[:200])
            return
        if kind == "rule":
            self._told(str(event["rule"]), str(event["source"]), str(event["text"]), bool(event["present"]))
        elif kind == "beat":
            self._beat, self._trouble = event, str(event["trouble"])
        elif kind == "ready":
            self._trouble = ""

    def _told(self, rule: str, source: str, text: str, present: bool) -> None:
        """A rule came or went for a source: an alarm of its own, or, when there are too many, one with others."""
        key, joined = rule_key(rule, source), rule_key(rule, MANY)
        many = self._many.setdefault(rule, set())
        if present and key not in (opened := self._opened(rule)) and len(opened - {joined}) >= MOST_ALARMS:
            many.add(source)
        if source not in many:
            self._ends.pop(key, None)
            self._rule(key, text, present)
            return
        if not present:
            many.discard(source)
        self._ends.pop(joined, None)
        self._rule(joined, text, bool(many))

    def _opened(self, rule: str) -> set[str]:
        return {alarm.key for alarm in self._book.open() if alarm.cause is Cause.LOG_RULE and rule_of(alarm.key) == rule}

    def _rule(self, key: str, text: str, present: bool) -> None:
        rule: LogRule | None = self._rules.get(rule_of(key) or "")
        known = self._book.condition(key)
        level = rule.level if rule is not None else known[1] if known is not None else Level.WARNING
        self._announce(self._book.station(key, Cause.LOG_RULE, level, text, present, self._clock.wall(), self._clock.monotonic()))

    def _note_devices(self) -> None:
        """A line of our own for each device or line that fell silent, or answers again: so the lines tell of both."""
        lost = {alarm.subject for alarm in self._book.open() if alarm.cause in SILENT and alarm.standing}
        known, self._lost = self._lost, lost
        if known is None:
            return
        for subject in sorted(lost - known):
            self._write_own(Severity.ERROR, f"{subject} does not answer")
        for subject in sorted(known - lost):
            self._write_own(Severity.NOTICE, f"{subject} answers again")

    def _write_own(self, severity: Severity, text: str, app: str = "cityops") -> None:
        pipe = self._child.stdin if self._child is not None else None
        if pipe is None or pipe.is_closing() or pipe.transport.get_write_buffer_size() > MOST_UNREAD:
            return
        pipe.write(json.dumps({"severity": int(severity), "app": app, "text": text}).encode() + b"\n")

    def _let_end(self) -> None:
        """Nobody tells of these rules any more: each holds for its time, and is over unless the line comes again."""
        mono = self._clock.monotonic()
        for alarm in self._book.open():
            if alarm.cause is Cause.LOG_RULE and alarm.standing:
                rule = self._rules.get(rule_of(alarm.key) or "")
                self._ends.setdefault(alarm.key, mono + (rule.hold if rule is not None else 0.0))


def _forget(data: Path, days: int, wall: int) -> None:
    """Delete months that ended so many days ago. Only those count after which something was collected: a clock that jumps years ahead
    deletes nothing."""
    months = shelf.found(data)
    for number, month in enumerate(months):
        if end_of(month) + days * DAY_MS >= wall or len(months) - number - 1 < days // MONTH_DAYS:
            continue
        path = shelf.path_of(data, month)
        try:
            for one in (path, *shelf.beside(path)):
                one.unlink(missing_ok=True)
            log.info("%s is past its time and was deleted", path.name)
        except OSError as error:
            log.warning("%s is past its time and could not be deleted: %s", path.name, error)


def _info(found: Found) -> LogLineInfo:
    line = found.line
    return LogLineInfo(
        month=found.month,
        id=found.id,
        time=line.time,
        told=line.told,
        source=line.source,
        channel=str(line.channel),
        facility=line.facility,
        severity=int(line.severity),
        group=str(line.cls),
        host=line.host,
        app=line.app,
        text=line.text,
    )
