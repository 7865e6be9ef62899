"""What the station can say about the past: what is sealed, what the journal holds since, and the last two hours in memory, without a seam.

`History` is what the desk asks. Which of the three a sample comes from is nobody else's business.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Protocol

from cityops_desktop.history.archive import RAW_PER_BUCKET, Archive
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.journal import Journal
from cityops_desktop.model.days import DayCount
from cityops_desktop.model.envelope import NOTHING, Past, Strip, envelope, merged, width_for
from cityops_desktop.store.months import DAY_MS, HOUR_MS
from cityops_desktop.store.trouble import StoreError

logger = logging.getLogger(__name__)


class History(Protocol):
    """Questions about the past. They block: to be asked in a worker thread. Unknown points and texts are left out."""

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """These points from `start` to `end` (UTC ms): samples where there are few, else an envelope of at most about `buckets` buckets."""
        ...

    def at(self, keys: Sequence[str], time: int) -> Past:
        """Of each point the newest sample that is not after `time`, looking back to the beginning of the hour before."""
        ...

    def days(self, keys: Sequence[str], start: int, end: int) -> list[DayCount]:
        """How many samples are kept of each point in each day (UTC)."""
        ...

    def samples(self, keys: Sequence[str], start: int, end: int) -> Iterator[tuple[str, Strip]]:
        """Every sample from `start` to `end`, some hours at a time."""
        ...


class WholeHistory:
    """The station's: `Archive`, then `Journal`, then `Curves`."""

    def __init__(self, curves: Curves, journal: Journal, archive: Archive) -> None:
        self._curves = curves
        self._journal = journal
        self._archive = archive

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """See History."""
        width, most = width_for(end - start, buckets), RAW_PER_BUCKET * buckets
        sealed = self._archive.strips(keys, start, end, width, most)
        recent = self._recent(keys, start, end)
        strips: dict[str, Strip] = {}
        for key in dict.fromkeys(keys):
            if key not in sealed and key not in recent:
                continue
            strip = merged(sealed.get(key, NOTHING), recent.get(key, NOTHING))
            strips[key] = envelope(strip, width) if len(strip) > most or strip.width else strip
        return Past(self._oldest(), strips)

    def at(self, keys: Sequence[str], time: int) -> Past:
        """See History."""
        start = time // HOUR_MS * HOUR_MS - HOUR_MS
        past, recent = self._archive.at(keys, time), self._recent(keys, start, time)
        strips: dict[str, Strip] = {}
        for key in dict.fromkeys(keys):
            strip = merged(past.strips.get(key, NOTHING), recent.get(key, NOTHING)).between(start, time)
            strips[key] = strip.rows(max(0, len(strip) - 1), len(strip))
        return Past(self._oldest(), {key: strip for key, strip in strips.items() if len(strip)})

    def days(self, keys: Sequence[str], start: int, end: int) -> list[DayCount]:
        """See History. What is not sealed yet is counted as well."""
        counted = {(count.key, count.day): count for count in self._archive.days(keys, start, end)}
        for key, strip in self._recent(keys, max(start, self._archive.until - DAY_MS), end).items():
            for day in sorted({int(time) // DAY_MS for time in strip.time}):
                own = strip.between(day * DAY_MS, day * DAY_MS + DAY_MS - 1)
                usable, before = int((own.count > 0).sum()), counted.get((key, day), DayCount(key, day, 0, 0, 0))
                counted[key, day] = before._replace(n=before.n + usable, bad=before.bad + len(own) - usable)
        return sorted(counted.values())

    def samples(self, keys: Sequence[str], start: int, end: int) -> Iterator[tuple[str, Strip]]:
        """See History."""
        until = self._archive.until
        yield from self._archive.samples(keys, start, end)
        yield from sorted(self._recent(keys, start, end, until).items())

    def _recent(self, keys: Sequence[str], start: int, end: int, until: int | None = None) -> dict[str, Strip]:
        """What is not sealed of this time."""
        until = self._archive.until if until is None else until
        if not self._curves.whole(until) and (exact := self._unsealed(keys, start, end, until)) is not None:
            return exact
        remembered = self._curves.oldest()
        older = self._before(keys, max(start, until), end if remembered is None else min(end, remembered - 1))
        found: dict[str, Strip] = {}
        for key in dict.fromkeys(keys):
            strip = self._curves.window(key, start, end, until)
            if strip is not None:
                found[key] = merged(older.get(key, NOTHING), strip)
        return found

    def _unsealed(self, keys: Sequence[str], start: int, end: int, until: int) -> dict[str, Strip] | None:
        """The same from the journal alone, which forgets nothing before it is sealed; None when it does not answer in time."""
        try:
            found = self._journal.unsealed(keys, until, self._archive.tick)
        except StoreError as error:
            logger.warning("the journal could not be asked about the past: %s", error)
            return None
        return {key: strip.between(start, end) for key, strip in found.items()}

    def _before(self, keys: Sequence[str], start: int, end: int) -> dict[str, Strip]:
        """What the journal holds of a time that memory does not reach."""
        try:
            oldest = self._journal.oldest()
            return {} if oldest is None or end < max(start, oldest) else self._journal.between(keys, start, end)
        except StoreError as error:
            logger.warning("the journal could not be asked about the past: %s", error)
            return {}

    def _oldest(self) -> int | None:
        """The oldest sample that is kept at all."""
        try:
            journal = self._journal.oldest()
        except StoreError:
            journal = None
        return min((one for one in (self._archive.oldest(), journal, self._curves.oldest()) if one is not None), default=None)
