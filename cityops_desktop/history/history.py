"""What the station can say about the past, and where it takes it from today: two hours in memory, and what the journal keeps.

`History` is what the desk asks. A historian that keeps half a year stands behind the same question; nobody else needs to know.
"""

import logging
from collections.abc import Sequence
from typing import Protocol

from cityops_desktop.history.curves import Curves
from cityops_desktop.history.journal import Journal
from cityops_desktop.model.envelope import Past, Strip, envelope, joined, width_for
from cityops_desktop.store.trouble import StoreError

logger = logging.getLogger(__name__)

RAW_PER_BUCKET = 4
"""As many samples for each bucket wanted are told as they are: a bucket holds four values and would be no smaller."""


class History(Protocol):
    """One question about the past."""

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """These points from `start` to `end` (UTC ms): samples where there are few, else an envelope of at most about `buckets` buckets.

        Unknown points and texts are left out. Blocks: to be asked in a worker thread.
        """
        ...


class RecentHistory:
    """The past of a station without a historian: `Curves`, and before them the frames of the journal, such as those of the evening
    before a night without power."""

    def __init__(self, curves: Curves, journal: Journal) -> None:
        self._curves = curves
        self._journal = journal

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """See History."""
        remembered = self._curves.oldest()
        before, older = self._before(keys, start, end, remembered)
        strips: dict[str, Strip] = {}
        for key in dict.fromkeys(keys):
            strip = self._curves.window(key, start, end)
            if strip is None:
                continue
            if key in older:
                strip = joined(older[key], strip)
            most = RAW_PER_BUCKET * buckets
            strips[key] = envelope(strip, width_for(end - start, buckets)) if len(strip) > most else strip
        oldest = min((one for one in (remembered, before) if one is not None), default=None)
        return Past(oldest, strips)

    def _before(self, keys: Sequence[str], start: int, end: int, remembered: int | None) -> tuple[int | None, dict[str, Strip]]:
        """The journal's oldest second, and what it holds of the time that memory does not reach."""
        until = end if remembered is None else min(end, remembered - 1)
        try:
            oldest = self._journal.oldest()
            if oldest is None or until < max(start, oldest):
                return oldest, {}
            return oldest, self._journal.between(keys, start, until)
        except StoreError as error:
            logger.warning("the journal could not be asked about the past: %s", error)
            return None, {}
