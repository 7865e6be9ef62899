"""Alarms about the station itself: what its disk, its record, its configuration and its consoles give rise to. Never about a point.

Used from the station's event loop only.
"""

from collections.abc import Callable, Mapping

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.history.journal import Journal
from cityops_desktop.link.audit import AuditReport
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.points import Level
from cityops_desktop.station.desk import StationDesk
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store

CONSOLE_KEY = "station#console:"
UNSEALED_SECONDS = 600.0
"""How long the past may wait in the journal: longer than any restart of a file server."""
SLOW_SECONDS = 10.0
"""How long a second may wait for the disk before people are told that nothing is recorded."""
JUMP_MS = 2000
"""From so much on a clock was set; below, it is only disciplined."""


class OwnAlarms:
    """One for a run of the station."""

    def __init__(self, book: AlarmBook, desk: StationDesk, store: Store, journal: Journal, clock: Clock) -> None:
        self._book = book
        self._desk = desk
        self._store = store
        self._journal = journal
        self._clock = clock
        self._slow = False
        self._unsealed: float | None = None
        self._seal_late: bool | None = None
        self._offset: float | None = None

    def notice(self, key: str, cause: Cause, level: Level, detail: str) -> None:
        """Something that happened and is over, but must be seen by somebody."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        raised = self._book.station(key, cause, level, detail, True, wall, mono)
        self._desk.announce([*raised, *self._book.station(key, cause, level, detail, False, wall, mono)])

    def store_trouble(self, recording: bool, detail: str) -> None:
        """What people do and what is measured is recorded again, or not any more."""
        facts, wall = self._desk.facts, self._clock.wall()
        if recording is not facts.recording:
            kind, body = "recording.resumed" if recording else "recording.paused", {"detail": detail}
            self._store.write_until_done(
                lambda conn: changes.append(conn, kind=kind, subject="station", actor="station", time=wall, body=body)
            )
        facts.recording, facts.recording_detail = recording, detail
        self._stand("station#recording", Cause.RECORDING_PAUSED, Level.CRITICAL, detail, not recording)
        self._desk.hub.station_changed()

    def watch_disk(self, mono: float) -> None:
        """A disk that neither writes nor fails is in trouble as well."""
        slow = self._journal.waiting_since(mono) > SLOW_SECONDS
        if slow and not self._slow:
            self.store_trouble(False, "too_slow journal.db")
        elif self._slow and not slow:
            self.store_trouble(self._store.recording, self._store.detail)
        self._slow = slow

    def watch_clock(self, wall: int, mono: float) -> None:
        """Called each second: a clock that was set, either way, is recorded, for the time axis of the past says so."""
        offset = wall - mono * 1000
        before, self._offset = self._offset, offset
        if before is None or abs(offset - before) < JUMP_MS:
            return
        expected = round(before + mono * 1000)
        body = {"from": expected, "to": wall, "seconds": round((wall - expected) / 1000)}
        self._store.write_until_done(
            lambda conn: changes.append(conn, kind="clock.jumped", subject="station", actor="station", time=expected, body=body)
        )

    def watch_seal(self, trouble: str, mono: float) -> None:
        """Called each second with why the past cannot be sealed, or nothing: people are told when that lasts."""
        self._unsealed = None if not trouble else self._unsealed or mono
        late = self._unsealed is not None and mono - self._unsealed > UNSEALED_SECONDS
        if late is not self._seal_late:
            self._seal_late = late
            self._stand("station#history", Cause.HISTORY_WAITING, Level.MAJOR, trouble, late)

    def verified(self, report: AuditReport) -> None:
        """The change log was verified: an alarm stands from a broken one to the next sound one."""
        if report.state != "unknown":
            self._stand("station#audit", Cause.AUDIT_BROKEN, Level.CRITICAL, str(len(report.findings)), report.state == "broken")

    def key_changed(self, before: str, now: str) -> None:
        """The change log is signed with another key than before (fingerprints)."""
        self.notice("station#key", Cause.AUDIT_KEY, Level.MAJOR, f"{before[:16]} → {now[:16]}")

    def disk_lasts(self, level: Level | None, day: str) -> None:
        """Until this day there is room for the past; None = that is no trouble."""
        for one in (Level.WARNING, Level.MAJOR):
            self._stand(f"station#history_disk_{one.name.lower()}", Cause.HISTORY_DISK, one, day, level is one)

    def frozen(self, windows: Mapping[str, str]) -> None:
        """These windows have stopped painting: all of them, name by id."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        changed: list[Alarm] = []
        for alarm in self._book.open():
            if alarm.cause is Cause.CONSOLE_FROZEN and alarm.standing and alarm.key.removeprefix(CONSOLE_KEY) not in windows:
                changed.extend(self._book.station(alarm.key, alarm.cause, alarm.level, alarm.detail, False, wall, mono))
        for console, name in windows.items():
            changed.extend(self._book.station(CONSOLE_KEY + console, Cause.CONSOLE_FROZEN, Level.MAJOR, name, True, wall, mono))
        self._desk.announce(changed)

    def for_horn(self, covers: Callable[[Alarm], bool]) -> dict[str, object]:
        """What the supervisor's horn must know: what a person has said of it (silenced for now, or the frozen screen acknowledged), and
        whether there are alarms that sound at no declared output (`covers`) and would be heard by nobody without a console."""
        seen = [
            alarm.key.removeprefix(CONSOLE_KEY)
            for alarm in self._book.open()
            if alarm.cause is Cause.CONSOLE_FROZEN and alarm.state is AlarmState.ACKNOWLEDGED
        ]
        real = self._desk.facts.room.origin != "demo"  # a demo without a window rings for nobody
        loud = real and any(alarm.audible and not covers(alarm) for alarm in self._book.open())
        silenced = self._desk.facts.silenced_until is not None
        told: dict[str, object] = {"silenced": silenced, "seen": seen, "loud": loud}
        return {key: value for key, value in told.items() if value}

    def stand(self, key: str, cause: Cause, level: Level, detail: str, present: bool) -> None:
        """A trouble of something that the station drives has come or gone."""
        self._stand(key, cause, level, detail, present)

    def _stand(self, key: str, cause: Cause, level: Level, detail: str, present: bool) -> None:
        self._desk.announce(self._book.station(key, cause, level, detail, present, self._clock.wall(), self._clock.monotonic()))
