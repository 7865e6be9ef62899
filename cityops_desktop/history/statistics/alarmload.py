"""What alarms ask of the people at one post: how many an hour, floods, chatter, stale ones, who causes most. Pure.

What is counted is each time that an alarm came: a condition that goes and comes again before anybody acknowledged it asks twice. Kept
apart are those that nobody was asked to look at: hidden ones (shelved, out of service, consequences) and tests. Targets: ISA-18.2-2016
(table 7) and EEMUA 191 (3rd edition), as docs/alarm-load.md cites them. Rates are those of the time in which a station ran.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cityops_desktop.history.statistics.periods import HOUR_MS, Period, within
from cityops_desktop.model.points import Level
from cityops_desktop.model.statistics import Measure

SLOT_MS = 600_000
DAY_MS = 24 * HOUR_MS
FLOOD_BEGINS = 10
"""A 10-minute slot with more begins a flood."""
FLOOD_GOES_ON = 5
"""A slot with fewer ends it."""
CHATTER_MS = 60_000
CHATTER_TIMES = 3
FLEETING_MS = 60_000
"""Gone by itself within so long, and not chattering: our own reading, the standard names no figure."""
STALE_MS = DAY_MS
ENOUGH_DAYS = 30
"""Days of data from which on a figure is more than provisional."""
ENOUGH_FOR_TOP = 200
"""Ten causes at the 5 % that they may have together need so many alarms; with fewer the share says nothing."""
ENOUGH_FOR_MIX = 20
MOST_ACTORS = 30
TOP = 10


class Activation(NamedTuple):
    """An alarm came. Times are UTC ms; `returned` None = it still stands. `apart`: "" = it asked for somebody, else "hidden" or "test"."""

    key: str
    subject: str
    level: Level
    raised: int
    returned: int | None
    apart: str = ""


class Flood(NamedTuple):
    """From its first slot with more than 10 to the first one with fewer than 5: how many came, in the first slot, in the worst one."""

    start: int
    end: int
    alarms: int
    first: int
    worst: int


class Actor(NamedTuple):
    """A condition that asks too much: how often it came, its share of all, how many of these were chatter and fleeting, how many stale."""

    key: str
    subject: str
    level: Level
    times: int
    share: float
    chatter: int
    fleeting: int
    stale: int


class Figure(NamedTuple):
    """A figure beside its target. `value` None = nothing is known; `tolerated` = the most that can be borne, where the source tells one.

    `judged`: there is enough to say whether the target is met. `least`: the target is the least, not the most.
    """

    code: str
    value: float | None
    target: float
    measure: Measure
    source: str
    tolerated: float | None = None
    judged: bool = True
    least: bool = False

    @property
    def met(self) -> bool | None:
        """Is it within its target? None = nobody can say."""
        if self.value is None or not self.judged:
            return None
        return self.value >= self.target if self.least else self.value <= self.target


@dataclass(frozen=True, slots=True)
class Load:
    """The load of one span. `hours` were watched of it; `alarms` were counted, `hidden` and `tests` apart."""

    hours: float
    alarms: int
    hidden: int
    tests: int
    this_hour: int
    figures: tuple[Figure, ...]
    floods: tuple[Flood, ...]
    actors: tuple[Actor, ...]
    levels: Mapping[int, int] = field(default_factory=dict)

    @property
    def provisional(self) -> bool:
        """Are there fewer days of data than the standard asks for?"""
        return self.hours < ENOUGH_DAYS * 24


def load(every: Iterable[Activation], span: Period, watched: Sequence[Period], now: int) -> Load:
    """The figures of all that came in a span; of those that came before it only how long they stood counts. `watched` without overlap."""
    until = max(span.start, min(span.end, now))
    known = sorted(every, key=lambda one: one.raised)
    inside = [one for one in known if span.start <= one.raised < until]
    counted = [one for one in inside if not one.apart]
    hours = within(watched, Period(span.start, until)) / HOUR_MS
    slots = Counter(one.raised // SLOT_MS for one in counted)
    floods = floods_of(slots, until)
    chatter = chattering(counted)
    fleeting = [one for one in counted if one not in chatter and one.returned is not None and one.returned - one.raised < FLEETING_MS]
    stale = [one for one in known if not one.apart and one.raised < until and _stood(one, until) > STALE_MS]
    actors = _actors(counted, chatter, fleeting, stale)
    ten = sum(count for _, count in Counter(one.key for one in counted).most_common(TOP))
    levels = Counter(int(one.level) for one in counted)
    known_slots = hours * HOUR_MS / SLOT_MS
    figures = (
        Figure("per_hour", _per(len(counted), hours), 6, Measure.FIGURE, ISA, 12),
        Figure("per_slot", _per(len(counted), known_slots), 1, Measure.FIGURE, ISA, 2),
        Figure("peak_hour", _most(one.raised // HOUR_MS for one in counted) if hours else None, 12, Measure.COUNT, ISA),
        Figure("worst_slot", max(slots.values(), default=0) if hours else None, FLOOD_BEGINS, Measure.COUNT, ISA),
        Figure("slots_over", _share(sum(n > FLOOD_BEGINS for n in slots.values()), known_slots), 0.01, Measure.SHARE, ISA),
        Figure("flood_time", _share(sum(one.end - one.start for one in floods) / SLOT_MS, known_slots), 0.01, Measure.SHARE, ISA),
        Figure("upset", max((one.first for one in floods), default=0) if hours else None, 10, Measure.COUNT, EEMUA, 20),
        Figure("chatter", len({one.key for one in chatter}) if hours else None, 0, Measure.COUNT, ISA),
        Figure("fleeting", len({one.key for one in fleeting}) if hours else None, 0, Measure.COUNT, ISA),
        Figure("stale_now", sum(one.returned is None for one in stale) if hours else None, 4, Measure.COUNT, ISA),
        Figure("stale_day", _worst_day(stale, span.start, until) if hours else None, 4, Measure.COUNT, ISA),
        Figure("top_ten", _share(ten, len(counted)), 0.05, Measure.SHARE, ISA, judged=len(counted) >= ENOUGH_FOR_TOP),
        *_mix(levels, len(counted)),
    )
    hidden, tests = (sum(one.apart == sort for one in inside) for sort in ("hidden", "test"))
    this_hour = sum(now - HOUR_MS < one.raised <= now and not one.apart for one in known)
    return Load(hours, len(counted), hidden, tests, this_hour, figures, floods, actors, dict(levels))


ISA, EEMUA = "isa", "eemua"


def floods_of(slots: Mapping[int, int], until: int) -> tuple[Flood, ...]:
    """The floods among 10-minute slots (number since 1970 UTC: how many came); one that goes on ends at `until`."""
    found: list[Flood] = []
    for slot in sorted(slots):
        if slots[slot] <= FLOOD_BEGINS or (found and slot * SLOT_MS < found[-1].end):
            continue
        last = slot
        while slots.get(last, 0) >= FLOOD_GOES_ON:
            last += 1
        counts = [slots[one] for one in range(slot, last)]
        end = max(slot * SLOT_MS, min(last * SLOT_MS, until))
        found.append(Flood(slot * SLOT_MS, end, sum(counts), counts[0], max(counts)))
    return tuple(found)


def chattering(counted: Iterable[Activation]) -> set[Activation]:
    """Those of which three or more of one condition came within 60 s."""
    by_key: dict[str, list[Activation]] = defaultdict(list)
    for one in counted:
        by_key[one.key].append(one)
    found: set[Activation] = set()
    for some in by_key.values():
        some.sort(key=lambda one: one.raised)
        for first in range(len(some) - CHATTER_TIMES + 1):
            if some[first + CHATTER_TIMES - 1].raised - some[first].raised <= CHATTER_MS:
                found.update(some[first : first + CHATTER_TIMES])
    return found


def _actors(
    counted: Sequence[Activation], chatter: set[Activation], fleeting: Sequence[Activation], stale: Sequence[Activation]
) -> tuple[Actor, ...]:
    """The ten that came most often, and all that chatter or are stale; the most first."""
    counts = Counter(one.key for one in counted)
    newest = {one.key: one for one in (*stale, *counted)}
    chatters, fleets, stales = (Counter(one.key for one in some) for some in (chatter, fleeting, stale))
    ordered = sorted(newest, key=lambda key: (-counts[key], -chatters[key], -stales[key], key))
    chosen = [key for place, key in enumerate(ordered) if (place < TOP and counts[key]) or chatters[key] or stales[key]]
    return tuple(
        Actor(
            key,
            newest[key].subject,
            newest[key].level,
            counts[key],
            counts[key] / len(counted) if counted else 0.0,
            chatters[key],
            fleets[key],
            stales[key],
        )
        for key in chosen[:MOST_ACTORS]
    )


def _mix(levels: Mapping[int, int], total: int) -> tuple[Figure, ...]:
    """High is the level 1, medium the level 2, low are the levels 3 and 4."""
    parts = (("mix_high", (1,), 0.05, False), ("mix_medium", (2,), 0.15, False), ("mix_low", (3, 4), 0.80, True))
    judged = total >= ENOUGH_FOR_MIX
    return tuple(
        Figure(code, _share(sum(levels.get(one, 0) for one in some), total), target, Measure.SHARE, ISA, judged=judged, least=least)
        for code, some, target, least in parts
    )


def _worst_day(stale: Sequence[Activation], start: int, until: int) -> int:
    """The most that were stale together on any 24 hours, counted from the begin of the span."""
    steps: Counter[int] = Counter()
    for one in stale:
        first = (max(one.raised + STALE_MS, start) - start) // DAY_MS
        last = (min(one.returned if one.returned is not None else until, until) - start) // DAY_MS
        if last >= first:
            steps[first] += 1
            steps[last + 1] -= 1
    most = now = 0
    for day in sorted(steps):
        now += steps[day]
        most = max(most, now)
    return most


def _stood(one: Activation, until: int) -> int:
    return (one.returned if one.returned is not None and one.returned < until else until) - one.raised


def _most(some: Iterable[int]) -> int:
    return max(Counter(some).values(), default=0)


def _per(count: int, of: float) -> float | None:
    return count / of if of > 0 else None


def _share(part: float, of: float) -> float | None:
    return min(1.0, part / of) if of > 0 else None
