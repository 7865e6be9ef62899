"""What was known of every point at a past time: asked of the station in parts, kept for a while, the next step asked for beforehand.

Never blocks and never guesses: a point that the station says nothing of has no row. Makes no words and no colours.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import AlarmInfo, LiveInfo, PointInfo
from cityops_desktop.link.pastalarms import AlarmsThen
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from cityops_desktop.model.staleness import stale_after

if TYPE_CHECKING:
    from cityops_desktop.model.envelope import Past

PART = 100
"""Points in one question: of the 200 that the station answers at once, so that no answer holds up others for long."""
SIDE_BY_SIDE = 3
"""Questions on their way at one time: a console may hold six connections, and its stream, acts and curves need theirs."""
KEPT = 24
"""Times of which all answers are kept: some 100 KB each."""
_QUALITY = {code: quality for quality, code in QUALITY_CODES.items()}


class PastSource(Protocol):
    """What is asked of the link."""

    def history_at(self, keys: list[str], time: int, callback: "Callable[[Past | None], None]") -> None:
        """The newest sample of each of these points that is not after this time (UTC ms); None = no answer."""
        ...

    def ask(self, path: str, kind: type[Any], callback: Callable[[Any], None], query: dict[str, str | int | None] | None = None) -> None:
        """A question that is answered by a message, or by a CommandResult that says why not."""
        ...


class Row(NamedTuple):
    """A sample: its time (UTC ms), its value (None = it has none), quality and reason."""

    time: int
    value: float | None
    quality: Quality
    reason: Reason | None
    detail: str


@dataclass(frozen=True, slots=True)
class Shot:
    """The room at a time: the sample of each point that has one, the alarms that stood, and what the station did not answer."""

    time: int
    rows: dict[str, Row] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    """Points of which nobody knows whether there is a sample."""
    alarms: tuple[AlarmInfo, ...] = ()
    alarms_known: bool = False
    alarms_cut: bool = False

    @property
    def whole(self) -> bool:
        """Did everything come that was asked?"""
        return not self.silent and self.alarms_known


def live_at(point: PointInfo, row: Row, time: int) -> LiveInfo:
    """A sample as a console at that time would have held it: stale when it was already older than the point's period allows."""
    if row.value is None:
        why = Quality.STALE if row.quality is Quality.STALE else Quality.BAD
        return LiveInfo(key=point.key, value=None, quality=why, reason=row.reason, detail=row.detail, time=row.time)
    value = round(row.value) if point.kind is Kind.DIGITAL else row.value
    old = time - row.time > stale_after(point.period) * 1000
    quality, reason, detail = (Quality.STALE, Reason.OLD, "") if old else (row.quality, row.reason, row.detail)
    usable = quality in (Quality.GOOD, Quality.UNCERTAIN)
    return LiveInfo(
        key=point.key,
        value=value if usable else None,
        quality=quality,
        reason=reason,
        detail=detail,
        time=row.time,
        last_value=value,
        last_time=row.time,
    )


class _Load:
    """One time on its way."""

    def __init__(self, time: int, keys: Sequence[str]) -> None:
        self.time = time
        self.parts = [list(keys[first : first + PART]) for first in range(0, len(keys), PART)]
        self.out = 0
        self.rows: dict[str, Row] = {}
        self.silent: set[str] = set()
        self.alarms: AlarmsThen | None = None
        self.alarms_asked = self.alarms_told = False

    @property
    def done(self) -> bool:
        return not self.parts and not self.out and self.alarms_told

    def shot(self) -> Shot:
        alarms = self.alarms
        told = tuple(alarms.alarms) if alarms is not None else ()
        cut = alarms is not None and alarms.more
        return Shot(self.time, self.rows, frozenset(self.silent), told, alarms is not None, cut)


class PastShots(QObject):
    """`ready` tells a Shot that was wanted, once all its answers have come, also when some of them were none."""

    ready = Signal(object)

    def __init__(self, link: PastSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._kept: OrderedDict[int, Shot] = OrderedDict()
        self._load: _Load | None = None
        self._wanted: int | None = None
        self._next: int | None = None
        self._keys: tuple[str, ...] = ()

    def set_points(self, keys: Iterable[str]) -> None:
        """The points of the room; when they are others, what was kept is of another room."""
        told = tuple(keys)
        if told != self._keys:
            self._keys = told
            self._kept.clear()
            self._load = None

    def want(self, time: int, following: int | None = None) -> None:
        """This time, and afterwards, while nobody asks for another, the one that probably follows. Tells at once what is kept."""
        self._wanted, self._next = time, following
        if time in self._kept:
            self._kept.move_to_end(time)
            self.ready.emit(self._kept[time])
            self._fetch_next()
        elif self._load is None or self._load.time != time:
            self._begin(time)

    def stop(self) -> None:
        """Nothing is wanted any more; answers that still come are let go."""
        self._wanted = self._next = None
        self._load = None

    def _begin(self, time: int) -> None:
        self._load = _Load(time, self._keys)
        self._go_on(self._load)

    def _go_on(self, load: _Load) -> None:
        if not load.alarms_asked:
            load.alarms_asked = True
            self._link.ask("/api/v1/alarms/at", AlarmsThen, partial(self._alarms_came, load), {"time": load.time})
        while load is self._load and load.parts and load.out < SIDE_BY_SIDE:
            part = load.parts.pop(0)
            load.out += 1
            self._link.history_at(part, load.time, partial(self._part_came, load, part))

    def _part_came(self, load: _Load, part: list[str], past: "Past | None") -> None:
        load.out -= 1
        if past is None:
            load.silent.update(part)
        else:
            for key, strip in past.strips.items():
                if len(strip):
                    value, (reason, detail) = float(strip.last[0]), strip.reason(0)
                    quality = _QUALITY.get(int(strip.quality[0]), Quality.BAD)
                    load.rows[key] = Row(int(strip.end[0]), None if isnan(value) else value, quality, reason, detail)
        self._came(load)

    def _alarms_came(self, load: _Load, answer: AlarmsThen | CommandResult) -> None:
        load.alarms_told = True
        load.alarms = answer if isinstance(answer, AlarmsThen) else None
        self._came(load)

    def _came(self, load: _Load) -> None:
        if load is not self._load:
            return
        self._go_on(load)
        if not load.done or load is not self._load:
            return
        self._load = None
        shot = load.shot()
        if shot.whole:
            self._kept[shot.time] = shot
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        if shot.time == self._wanted:
            self.ready.emit(shot)
            self._fetch_next()

    def _fetch_next(self) -> None:
        following, self._next = self._next, None
        if following is not None and following not in self._kept and self._load is None:
            self._begin(following)
