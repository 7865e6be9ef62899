"""Keeps the change log provable while the station runs: signs heads, has the log verified by a child process, says when it does not hold.

Lives on the station's loop and never blocks it. The verification itself is the command `audit verify`, in a process of its own so that
a long log never holds up a reading or an alarm.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError
from sqlalchemy import Connection

from cityops_desktop.audit import heads, keys
from cityops_desktop.audit.heads import Head
from cityops_desktop.audit.keys import Key
from cityops_desktop.clock import Clock
from cityops_desktop.errors import Exit
from cityops_desktop.link.audit import AuditReport
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
SETTLE_SECONDS = 60.0
HEAD_SECONDS = 3600.0
HEAD_ROWS = 1000
NIGHT_HOUR = 3
LONGEST_SECONDS = 1800.0
"""A verification that takes longer is given up: unknown."""
TOLD_FINDINGS = 100
"""Findings that consoles are told; `audit verify` names them all."""
PATIENCE_SECONDS = 5.0
STATION = "station"


class Auditor:
    """One for a run of the station. `told` hears of each verification, `key_changed` of another signing key (fingerprints)."""

    def __init__(self, store: Store, clock: Clock, domain: str, zone: str) -> None:
        self.report: AuditReport | None = None
        self.told: Callable[[AuditReport], None] = lambda _report: None
        self.key_changed: Callable[[str, str], None] = lambda _before, _now: None
        self._store = store
        self._clock = clock
        self._domain = domain
        self._zone = zone
        self._key: Key | None = None
        self._one_at_a_time = asyncio.Lock()
        self._headed = -HEAD_SECONDS
        self._night = next_night(clock.wall(), zone)
        self._settled: Callable[[], bool] | None = None
        self._latest = 0.0
        self._running: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    @property
    def verifying(self) -> bool:
        """Is a verification under way?"""
        return self._running is not None

    def start(self, settled: Callable[[], bool]) -> None:
        """From now on; the first verification begins when the room has been read once, or soon in any case: the room comes first."""
        self._settled, self._latest = settled, self._clock.monotonic() + SETTLE_SECONDS
        self._looking = asyncio.get_running_loop().create_task(self._look_forever())

    def begin(self, actor: str, why: str) -> bool:
        """Verify in the background; False while another verification runs."""
        if self._running is not None:
            return False
        self._running = asyncio.get_running_loop().create_task(self._verify(actor, why))
        return True

    async def stop(self) -> None:
        """End what runs; a verification that is cut short is not recorded."""
        tasks = [task for task in (self._looking, self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def sign(self) -> Head | None:
        """Sign the newest row, if anything happened since the last head. StoreError. None also when the key cannot be had."""
        async with self._one_at_a_time:  # two that ask at once must not make two keys
            key = await self._own_key()
        if key is None:
            return None
        return await asyncio.wrap_future(self._store.write(lambda conn: heads.sign(conn, key, self._domain, self._clock.wall())))

    async def _look_forever(self) -> None:
        while True:
            with contextlib.suppress(StoreError):  # recording is paused, which people are told: the next look tries again
                await self._look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        wall = self._clock.wall()
        if self._settled is not None and (self._settled() or self._clock.monotonic() >= self._latest):
            self._settled = None
            self.begin(STATION, "start")
        if wall >= self._night:
            self._night = next_night(wall, self._zone)
            self.begin(STATION, "nightly")
        new = await asyncio.to_thread(self._store.read, _unsigned)
        if new >= HEAD_ROWS or (new and self._clock.monotonic() - self._headed >= HEAD_SECONDS):
            await self.sign()
            self._headed = self._clock.monotonic()

    async def _own_key(self) -> Key | None:
        """Read or made at first use, and told in the log."""
        if self._key is None:
            try:
                key = await asyncio.to_thread(keys.load_or_make, self._store.data, self._clock.wall())
            except OSError as error:
                log.error("heads of the change log cannot be signed: %s: %s", self._store.data / keys.PRIVATE_FILE, error)
                return None
            before = await asyncio.wrap_future(self._store.write(lambda conn: keys.announce(conn, key, self._clock.wall())))
            self._key = key
            if before is not None:
                self.key_changed(before, keys.fingerprint(key.public))
        return self._key

    async def _verify(self, actor: str, why: str) -> None:
        try:
            report = await self._child()
            try:
                await self._record(report, actor, why)
            finally:  # whoever sees this report may ask for the next verification at once
                self.report = report.model_copy(update={"findings": report.findings[:TOLD_FINDINGS]})
                self.told(report)
        finally:
            self._running = None

    async def _child(self) -> AuditReport:
        command = [sys.executable, "-m", "cityops_desktop", "audit", "verify", "--data", str(self._store.data), "--json", "--background"]
        try:
            child = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
        except OSError as error:
            return self._unknown(str(error))
        try:
            said, errors = await asyncio.wait_for(child.communicate(), LONGEST_SECONDS)
        except TimeoutError:
            return self._unknown(f"more than {LONGEST_SECONDS:.0f} s")
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode in (Exit.OK, Exit.WRONG):
            with contextlib.suppress(ValidationError):
                return AuditReport.model_validate_json(said)
        log.info("audit verify ended with %s: %s", child.returncode, errors.decode("utf-8", "replace")[-500:])
        return self._unknown(f"exit code {child.returncode}")

    def _unknown(self, detail: str) -> AuditReport:
        log.info("the change log could not be verified: %s", detail)
        return AuditReport(time=self._clock.wall(), state="unknown", rows=0, signed=0, anchored=0)

    async def _record(self, report: AuditReport, actor: str, why: str) -> None:
        """Written as soon as the disk takes it; whether it holds is told meanwhile."""
        found = report.findings
        body: dict[str, object] = {
            "state": report.state,
            "rows": report.rows,
            "findings": len(found),
            "why": why,
            "seconds": report.seconds,
        }
        body |= {"signed": report.signed, "anchored": report.anchored, "codes": sorted({one.code for one in found})}
        now = self._clock.wall()
        future = self._store.write_until_done(
            lambda conn: changes.append(conn, kind="audit.verified", subject=heads.SUBJECT, actor=actor, time=now, body=body)
        )
        await asyncio.wait({asyncio.wrap_future(future)}, timeout=PATIENCE_SECONDS)


def next_night(now: int, zone: str) -> int:
    """When the clock of the room strikes three next (UTC ms); in UTC where its zone is not known."""
    try:
        place: ZoneInfo | None = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place = None
    local = datetime.fromtimestamp(now / 1000, place or UTC)
    due = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    if due.timestamp() * 1000 <= now:
        due = due + timedelta(days=1)
    return round(due.timestamp() * 1000)


def _unsigned(conn: Connection) -> int:
    """How many rows have no head over them; a head itself needs none."""
    rows, signed, headed = conn.exec_driver_sql(
        "SELECT coalesce(max(seq), 0), (SELECT seq FROM change WHERE kind = ? ORDER BY seq DESC LIMIT 1), "
        "(SELECT kind FROM change ORDER BY seq DESC LIMIT 1) FROM change",
        (heads.KIND,),
    ).one()
    return 0 if headed == heads.KIND else int(rows) - int(signed or 0)
