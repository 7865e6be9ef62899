"""From a line to an alarm: a rule names words, how many such lines in how long, and for how long it then holds. No I/O; `mono` is given.

What is looked through comes from strangers, and a regular expression can take for ever over a text made for it: each rule has a bounded
time for a line, and one that needs more rests for a while and is named (`slow`).
"""

import re
import signal
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from cityops_desktop.logs.syslog import one_row
from cityops_desktop.model.loglines import LogLine, LogRule

MOST_FOLLOWED = 1000
"""Sources that are followed for a rule; of those that raise nothing the one heard of longest ago is forgotten first."""
SEARCH_SECONDS = 0.05
"""So long a line may be looked through."""
REST_SECONDS = 10.0
TEXT = 300
"""Signs of a line that an alarm tells."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that came or went for a source."""

    rule: str
    source: str
    present: bool
    text: str = ""


@dataclass(slots=True)
class _Following:
    times: deque[float]
    until: float = 0.0
    standing: bool = False


_MARKS = str.maketrans("<>", "〈〉")


class _TooLong(Exception):
    """The line is looked through no further."""


class RuleBook:
    """`mono` is monotonic seconds. Used from the main thread: only there a search can be stopped."""

    def __init__(self, rules: Sequence[LogRule]) -> None:
        self._rules = [(rule, re.compile(rule.words, re.IGNORECASE)) for rule in rules]
        self._following: dict[str, OrderedDict[str, _Following]] = {rule.id: OrderedDict() for rule in rules}
        self._rests: dict[str, float] = {}
        self._slow: set[str] = set()

    def take(self, line: LogLine, mono: float) -> list[Hit]:
        """What this line brings."""
        if not self._rules:
            return []
        hits, text = [], f"{line.app}: {line.text}"
        for rule in self._fitting(line, text, mono):
            following = self._follow(rule, line.source)
            if following is None:
                continue
            following.times.append(mono)
            while following.times[0] < mono - rule.within:
                following.times.popleft()
            if len(following.times) >= rule.count:
                following.until = mono + rule.hold
                if not following.standing:
                    following.standing = True
                    hits.append(Hit(rule.id, line.source, True, told(line)))
        return hits

    def tick(self, mono: float) -> list[Hit]:
        """What has held for its time."""
        hits = []
        for rule, _ in self._rules:
            sources = self._following[rule.id]
            for source, following in list(sources.items()):
                if following.standing and mono >= following.until:
                    hits.append(Hit(rule.id, source, False))
                    del sources[source]
                elif not following.standing and mono - following.times[-1] > rule.within:
                    del sources[source]
        return hits

    def slow(self) -> list[str]:
        """Rules that needed too long for a line since the last time."""
        found, self._slow = sorted(self._slow), set()
        return found

    def resting(self, mono: float) -> list[str]:
        """Rules that are not asked just now, because they needed too long."""
        return [rule for rule, end in self._rests.items() if end > mono]

    def _fitting(self, line: LogLine, text: str, mono: float) -> list[LogRule]:
        found: list[LogRule] = []
        waiting = [one for one in self._rules if _concerns(one[0], line) and self._rests.get(one[0].id, mono) <= mono]
        waiting.reverse()
        while waiting:
            try:
                with _bounded(SEARCH_SECONDS):
                    while waiting:
                        rule, words = waiting.pop()
                        if words.search(text) is not None:
                            found.append(rule)
            except _TooLong:  # this rule rests; the line is looked through for the others
                self._rests[rule.id] = mono + REST_SECONDS
                self._slow.add(rule.id)
        return found

    def _follow(self, rule: LogRule, source: str) -> _Following | None:
        sources = self._following[rule.id]
        following = sources.get(source)
        if following is None:
            if len(sources) >= MOST_FOLLOWED:
                oldest = next((one for one, known in sources.items() if not known.standing), None)
                if oldest is None:
                    return None
                del sources[oldest]
            following = sources[source] = _Following(deque(maxlen=rule.count))
        sources.move_to_end(source)
        return following


def told(line: LogLine) -> str:
    """The line as an alarm tells it: the address first, for the host's name is what the sender says of itself. Nothing in it is a mark of
    HTML, wherever it is shown or sent."""
    who = line.source if line.host in ("", line.source) else f"{line.source} ({line.host})"
    return one_row(f"{who} {line.app}: {line.text}" if line.app else f"{who} {line.text}")[:TEXT].translate(_MARKS)


def _concerns(rule: LogRule, line: LogLine) -> bool:
    if line.severity > rule.severity or (rule.cls is not None and line.cls is not rule.cls):
        return False
    return not rule.source or rule.source in (line.source, line.host)


_STOPPABLE = hasattr(signal, "setitimer")
"""Not on Windows, where a search ends when it ends."""
_watching = False


def _ring(_number: int, _frame: FrameType | None) -> None:
    if _watching:
        raise _TooLong


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """_TooLong when the block takes longer: the engine of regular expressions looks for signals while it searches."""
    global _watching
    if not _STOPPABLE or threading.current_thread() is not threading.main_thread():
        yield
        return
    if signal.getsignal(signal.SIGALRM) is not _ring:
        signal.signal(signal.SIGALRM, _ring)
    _watching = True
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        _watching = False
        signal.setitimer(signal.ITIMER_REAL, 0.0)
