"""Asks the station for the past that a chart wants to show: one question at a time, what is nearest to the eye first. Paints nothing.

Questions are made only when the one before has been answered, from what is wanted then: nothing piles up while somebody pans and
zooms, and an answer that nobody waits for any more still goes into the traces, where it saves the next question. A long span of which
nothing is known is asked in a few wide buckets first, so that the curve stands at once; when all is here and nobody moves, what lies
beside the span is asked for, so that it is there when somebody pans.
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
IDLE_MS = 700
"""So long nobody has moved and nothing is waited for before the neighbours are asked for."""
COARSE_FROM_MS = 8 * 3600 * 1000
COARSE = 16
"""A span of that length has buckets so many times wider in its first, quick answer."""
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


@dataclass(frozen=True, slots=True)
class _Question:
    """Which points, from when to when, in buckets of `width` ms; `waiting` points still miss something."""

    keys: list[str]
    part: Interval
    width: int
    waiting: int

    @property
    def buckets(self) -> int:
        """So many make up its span."""
        return min(MOST_BUCKETS, max(1, -(-(self.part[1] - self.part[0]) // self.width)))


def _most(by_part: dict[Interval, list[str]], width: int) -> _Question | None:
    """The question that most points wait for."""
    if not by_part:
        return None
    part, keys = max(by_part.items(), key=lambda item: len(item[1]))
    return _Question(keys[:AT_ONCE], part, width, len({key for several in by_part.values() for key in several}))


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
        self.idle = QTimer(self, interval=IDLE_MS, singleShot=True)
        self.idle.timeout.connect(self._look_beside)

    def want(self, traces: Mapping[str, Trace], spans: tuple[Interval, ...], pixels: int) -> None:
        """These are looked at now, and nothing else; no traces = nothing."""
        self._wanted = _Wanted(traces, spans, max(1, pixels))
        self.idle.stop()
        if not self._flying and not self.retry.isActive():
            self._ask()

    def stop(self) -> None:
        """Nothing is wanted, and what is on its way is not waited for: it would tell of a station that is another one now."""
        self._wanted = _Wanted()
        self._number += 1
        self._flying = False
        self.retry.stop()
        self.idle.stop()
        self.asking.emit(0)

    def _missing(self) -> _Question | None:
        """The next question about what is looked at."""
        for start, end in self._wanted.spans:
            wide = width_for(end - start, max(1, self._wanted.pixels // COARSE))
            if end - start >= COARSE_FROM_MS and (question := self._asked(start, end, wide, least=(end - start) // 2)) is not None:
                return question
            if (question := self._asked(start, end, width_for(end - start, self._wanted.pixels))) is not None:
                return question
        return self._leading()

    def _asked(self, start: int, end: int, width: int, least: int = 0) -> _Question | None:
        """What to ask of this span in buckets of this width; nothing when less than `least` ms of it are missing."""
        now = self._model.now()
        by_part: dict[Interval, list[str]] = {}
        for key, trace in self._wanted.traces.items():
            for one, other in trace.missing(start, min(end, now), width):
                if other - one > max(SLIVER_MS, 2 * width, least):
                    by_part.setdefault((one // width * width, min(now, -(-other // width) * width)), []).append(key)
        return _most(by_part, width)

    def _leading(self) -> _Question | None:
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
            if (question := _most(by_part, width)) is not None:
                return question
        return None

    def _beside(self) -> _Question | None:
        """What lies before and after the span that is looked at, within what the station keeps."""
        for start, end in self._wanted.spans[:1]:
            width = width_for(end - start, self._wanted.pixels)
            for one, other in ((2 * start - end, start), (end, 2 * end - start)):
                one = max(one, self.oldest if self.oldest is not None else start)
                if other - one > SLIVER_MS and (question := self._asked(one, other, width)) is not None:
                    return question
        return None

    def _look_beside(self) -> None:
        if not self._flying and self._model.connected and (question := self._beside()) is not None:
            self._send(question)

    def _ask(self) -> None:
        if self._flying or not self._model.connected:
            return
        question = self._missing()
        if question is None:
            self.asking.emit(0)
            if self._wanted.traces:
                self.idle.start()
            return
        self.asking.emit(question.waiting)
        self._send(question)

    def _send(self, question: _Question) -> None:
        self._flying = True
        answer = self._answer(self._number, dict(self._wanted.traces), question)
        self._link.history(question.keys, *question.part, question.buckets, answer)

    def _answer(self, number: int, traces: dict[str, Trace], question: _Question) -> "Callable[[Past | None], None]":
        def answered(past: "Past | None") -> None:
            if number != self._number:
                return
            self._flying = False
            if past is None:
                self.retry.start()
                return
            self.oldest = past.oldest
            for key in question.keys:
                strip = past.strips.get(key)
                if strip is not None:
                    traces[key].add(strip, *question.part, question.width)
                else:
                    traces[key].know_nothing(*question.part)
            self.brought.emit()
            self._ask()

        return answered
