"""What goes by time in a run of the station: delays of alarms, batches to consoles, staleness, journal, watchdog, heartbeat.

Owns the rhythm only; what is due is done by those who own it.
"""

import asyncio
from collections.abc import Callable, Sequence

from cityops_desktop.acquire.acquisition import Acquisition
from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.history.journal import Journal
from cityops_desktop.history.seal import Sealer
from cityops_desktop.link.hub import BATCH_SECONDS
from cityops_desktop.link.messages import Beat
from cityops_desktop.people.people import People
from cityops_desktop.station.alarm_output import AlarmOutputs
from cityops_desktop.station.deriving import Deriving
from cityops_desktop.station.desk import StationDesk
from cityops_desktop.station.identities import Identities
from cityops_desktop.station.intake import Intake
from cityops_desktop.station.keeping import StationKeeping
from cityops_desktop.station.lines import say
from cityops_desktop.station.own_alarms import OwnAlarms

BEAT_SECONDS = 1.0


class Pulse:
    """One for a run of the station."""

    def __init__(
        self,
        clock: Clock,
        book: AlarmBook,
        live: LiveTable,
        journal: Journal,
        sealer: Sealer,
        acquisition: Acquisition,
        people: People,
        desk: StationDesk,
        intake: Intake,
        deriving: Deriving,
        own: OwnAlarms,
        keeping: StationKeeping,
        identities: Identities,
        outputs: AlarmOutputs,
        each_second: Sequence[Callable[[int, float], None]] = (),
    ) -> None:
        """`each_second`: whatever else is due each second; called with UTC ms and monotonic seconds."""
        self._clock = clock
        self._book = book
        self._live = live
        self._journal = journal
        self._sealer = sealer
        self._acquisition = acquisition
        self._people = people
        self._desk = desk
        self._intake = intake
        self._deriving = deriving
        self._own = own
        self._keeping = keeping
        self._identities = identities
        self._outputs = outputs
        self._each_second = each_second

    async def beat_until_unheard(self) -> None:
        """Ten times a second what is urgent, each second the rest; ends when the supervisor does not listen any more."""
        next_beat = self._clock.monotonic() + BEAT_SECONDS
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            wall, mono = self._clock.wall(), self._clock.monotonic()
            self._desk.announce(self._book.tick(wall, mono))
            self._desk.hub.flush()
            if mono >= next_beat:
                next_beat = max(next_beat + BEAT_SECONDS, mono)
                if not self._beat(wall, mono):
                    return

    def _beat(self, wall: int, mono: float) -> bool:
        self._intake.sweep(wall, mono)
        for report in self._deriving.tick(mono):
            self._intake.take(report)
        self._sealer.tick(self._journal.flush(), wall, mono)
        self._own.watch_disk(mono)
        self._own.watch_seal(self._sealer.trouble, mono)
        self._keeping.tick(wall, mono)
        self._own.watch_clock(wall, mono)
        self._identities.tick(mono)
        self._outputs.tick(mono)
        for tick in self._each_second:
            tick(wall, mono)
        self._acquisition.check(mono)
        self._desk.tick()
        self._people.tick()
        late, newest = round(self._intake.late_p99_ms(), 1), self._live.newest()
        self._desk.hub.beat(
            Beat(seq=0, now=wall, boot=self._desk.facts.boot, newest=newest, samples=self._intake.samples, late_p99_ms=late)
        )
        return say({"event": "beat", "now": wall, **self._desk.presence.take(), **self._own.for_horn(self._outputs.covers)})
