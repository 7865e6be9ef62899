"""Asks the station for the past that a chart wants to show: one question at a time, what is nearest to the eye first. Paints nothing.

Questions are made only when the one before has been answered, from what is wanted then: nothing piles up while somebody pans and
zooms, and an answer that nobody waits for any more still goes into the traces, where it saves the next question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cityops_desktop.model.envelope import width_for
from ui.pages.trends.spans import Interval
from ui.pages.trends.trace import Trace

if TYPE_CHECKING:
    from cityops_desktop.model.envelope import Past
    from ui.link import Link
    from ui.models.room import RoomModel

RETRY_MS = 5000
AT_ONCE = 16
"""Points in one question."""
SLIVER_MS = 3000
"""So little is not asked for: the live values are about to bring it."""
MOST_BUCKETS = 4000
LEAD_SPANS = 32
"""So many times the span is looked back at most for what was in force at its beginning."""


@dataclass
class _Wanted:
    """What a chart shows: the nearest span first."""

    traces: Mapping[str, Trace] = field(default_factory=dict)
    spans: tuple[Interval, ...] = ()
    pixels: int = 1


class Looking(QObject):
    """`brought` says that something new can be drawn, `asking` how many points are still waited for (0 = all is here)."""

    brought = Signal()
    asking = Signal(int)

    def __init__(self, model: "RoomModel", link: "Link", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._link = link
        self._wanted = _Wanted()
        self._number = 0
        self._flying = False
        self.oldest: int | None = None
        """The oldest sample that the station keeps (UTC ms); None = it has said nothing, or has nothing."""
        self.retry = QTimer(self, interval=RETRY_MS, singleShot=True)
        self.retry.timeout.connect(self._ask)

    def want(self, traces: Mapping[str, Trace], spans: tuple[Interval, ...], pixels: int) -> None:
        """These are looked at now, and nothing else; no traces = nothing."""
        self._wanted = _Wanted(traces, spans, max(1, pixels))
        if not self._flying and not self.retry.isActive():
            self._ask()

    def stop(self) -> None:
        """Nothing is wanted, and what is on its way is not waited for: it would tell of a station that is another one now."""
        self._wanted = _Wanted()
        self._number += 1
        self._flying = False
        self.retry.stop()
        self.asking.emit(0)

    def _missing(self) -> tuple[list[str], Interval, int, int] | None:
        """The next question: keys, span, buckets, and how many points still miss something."""
        wanted, now = self._wanted, self._model.now()
        for start, end in wanted.spans:
            width = width_for(end - start, wanted.pixels)
            by_part: dict[Interval, list[str]] = {}
            for key, trace in wanted.traces.items():
                for one, other in trace.missing(start, min(end, now), width):
                    if other - one > max(SLIVER_MS, 2 * width):
                        by_part.setdefault((one // width * width, min(now, -(-other // width) * width)), []).append(key)
            if by_part:
                part, keys = max(by_part.items(), key=lambda item: len(item[1]))
                buckets = min(MOST_BUCKETS, max(1, -(-(part[1] - part[0]) // width)))
                return keys[:AT_ONCE], part, buckets, len({key for several in by_part.values() for key in several})
        return self._leading()

    def _leading(self) -> tuple[list[str], Interval, int, int] | None:
        """Where a curve begins with nothing: what was in force before, ever further back, but not for ever."""
        wanted = self._wanted
        for start, end in wanted.spans:
            width = width_for(end - start, wanted.pixels)
            by_part: dict[Interval, list[str]] = {}
            for key, trace in wanted.traces.items():
                lead = trace.lead(start, width)
                if lead is None or self.oldest is None or lead[1] <= self.oldest or start - lead[1] > LEAD_SPANS * (end - start):
                    continue
                further = min(lead[0], lead[1] - (end - start))
                low = max(further, lead[1] - (end - start) * LEAD_SPANS // 4, lead[1] - MOST_BUCKETS * width, self.oldest)
                if lead[1] - low > SLIVER_MS:
                    by_part.setdefault((low // width * width, lead[1]), []).append(key)
            if by_part:
                part, keys = max(by_part.items(), key=lambda item: len(item[1]))
                buckets = min(MOST_BUCKETS, max(1, -(-(part[1] - part[0]) // width)))
                return keys[:AT_ONCE], part, buckets, len({key for several in by_part.values() for key in several})
        return None

    def _ask(self) -> None:
        if self._flying or not self._model.connected:
            return
        question = self._missing()
        if question is None:
            self.asking.emit(0)
            return
        keys, (start, end), buckets, waiting = question
        self._flying = True
        self.asking.emit(waiting)
        self._link.history(keys, start, end, buckets, self._answer(self._number, dict(self._wanted.traces), keys, (start, end)))

    def _answer(self, number: int, traces: dict[str, Trace], keys: list[str], part: Interval) -> "Callable[[Past | None], None]":
        def answered(past: "Past | None") -> None:
            if number != self._number:
                return
            self._flying = False
            if past is None:
                self.retry.start()
                return
            self.oldest = past.oldest
            for key in keys:
                strip = past.strips.get(key)
                if strip is not None:
                    traces[key].add(strip, *part)
                else:
                    traces[key].know_nothing(*part)
            self.brought.emit()
            self._ask()

        return answered
