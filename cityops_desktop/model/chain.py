"""What the power chain does now and what it would do if one part failed: who feeds whom, kW, percent of what is safe. Pure figures.

Knows no store, no screen and no clock: it is built anew from one moment's readings. What is not known stays unknown: a figure
that needs a reading which is missing or old is None, never a smaller number. The age of a sum is that of its oldest part.

The rules of a failure. The failed node and all that hangs on it alone is lost. A transfer switch goes over to its next source (a
generator is taken to start, a source that is known to be dead is not taken). A UPS goes on from its batteries. A rack with another live
feed moves the load of its lost feed there, in equal parts if there are several; a rack without one drops.

A transfer switch without a meter of its own bears what the meters of its sources say, when they feed nothing else: with the losses in
the UPS below, which a sum of what is below does not have. Elsewhere what flows into a UPS is taken for what flows out of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol
from weakref import proxy

from cityops_desktop.model.power import PowerKind, PowerRole

LIVE_VOLTS = 50.0
"""Below this an alternating voltage counts as none (IEC 61140, extra-low voltage)."""
_TO_KW = {"kW": 1.0, "W": 0.001}
_GROUND = 1e-9


class FeedLike(Protocol):
    """See cityops_desktop.model.power.Feed."""

    @property
    def side(self) -> str: ...
    @property
    def node(self) -> str | None: ...
    @property
    def power(self) -> Sequence[str]: ...


class RackLike(Protocol):
    """A rack, as far as power goes."""

    @property
    def id(self) -> str: ...
    @property
    def feeds(self) -> Sequence[FeedLike]: ...


class NodeLike(Protocol):
    """See cityops_desktop.model.power.PowerNode."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> PowerKind: ...
    @property
    def sources(self) -> Sequence[str]: ...
    @property
    def rating(self) -> float | None: ...
    @property
    def points(self) -> Mapping[PowerRole, str]: ...
    @property
    def positions(self) -> Mapping[int, str]: ...
    @property
    def dead(self) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Measure:
    """A reading that may be used now: its value (None = missing, bad or old), unit and time (UTC ms)."""

    value: float | None
    unit: str = ""
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed figure. `time` is that of its oldest part; `measured` = read from one point, not added up."""

    value: float | None = None
    time: int | None = None
    measured: bool = False

    def plus(self, other: "Figure") -> "Figure":
        """The sum; unknown when one of the two is."""
        return Figure(None if self.value is None or other.value is None else self.value + other.value, oldest(self.time, other.time))

    def minus(self, other: "Figure") -> "Figure":
        """The difference; unknown when one of the two is."""
        return self.plus(Figure(None if other.value is None else -other.value, other.time))

    def per_cent(self, rating: float | None) -> "Figure":
        """Percent of a rating; unknown without one."""
        return Figure(None if self.value is None or not rating else 100 * self.value / rating, self.time, self.measured)


UNKNOWN = Figure()
ZERO = Figure(0.0)


@dataclass(frozen=True, slots=True)
class Move:
    """A rack's load that goes from one feed to another (feeds by their number in the rack)."""

    rack: str
    lost: int
    to: int
    load: Figure


@dataclass(frozen=True, slots=True)
class Worst:
    """The most that a node bears when any one other node fails: kW, percent of its rating, and which failure it is ("" = as now)."""

    load: Figure
    percent: Figure
    failure: str = ""


def oldest(*times: int | None) -> int | None:
    """The earliest of these times; None when there is none."""
    return min((time for time in times if time is not None), default=None)


def total(figures: Iterable[Figure]) -> Figure:
    """The sum; unknown when one of them is."""
    result = ZERO
    for one in figures:
        result = result.plus(one)
    return result


class Chain:
    """The chain at one moment. `read` gives what may be used of a point now."""

    def __init__(self, nodes: Iterable[NodeLike], racks: Iterable[RackLike], read: Callable[[str], Measure]) -> None:
        self.nodes = {node.id: node for node in nodes}
        self.racks = {rack.id: rack for rack in racks}
        self._read = read
        self._loads: dict[str, Figure] = {}
        self._alive: dict[str, bool | None] = {}
        self._readings: dict[str, Measure] = {}

    @cached_property
    def above(self) -> Mapping[str, tuple[str, ...]]:
        """For each node those that can feed it. Batteries stand beside their UPS, not in the line."""
        named = {node: self.nodes[node].sources for node in self.nodes if self.nodes[node].kind is not PowerKind.BATTERY}
        return {node: tuple(source for source in named.get(node, ()) if source in named) for node in self.nodes}

    @cached_property
    def below(self) -> Mapping[str, tuple[str, ...]]:
        """For each node those that it can feed."""
        found: dict[str, list[str]] = {node: [] for node in self.nodes}
        for node, sources in self.above.items():
            for source in sources:
                found[source].append(node)
        return {node: tuple(names) for node, names in found.items()}

    @cached_property
    def feeds(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """For each node the feeds that hang on it: rack and number of the feed in it."""
        found: dict[str, list[tuple[str, int]]] = {node: [] for node in self.nodes}
        for rack in self.racks.values():
            for number, feed in enumerate(rack.feeds):
                if feed.node in found:
                    found[feed.node].append((rack.id, number))
        return {node: tuple(feeds) for node, feeds in found.items()}

    def batteries(self, node: str) -> tuple[str, ...]:
        """The batteries of a UPS, whichever of the two names the other."""
        own = self.nodes[node].sources
        return tuple(one.id for one in self.nodes.values() if one.kind is PowerKind.BATTERY and (one.id in own or node in one.sources))

    # now

    def on_line(self, node: str) -> tuple[str, ...] | None:
        """The source that feeds this node now; () = none does, None = not known."""
        here, sources = self.nodes[node], self.above[node]
        if here.positions:
            position = self._value(here, PowerRole.POSITION)
            source = here.positions.get(round(position)) if position is not None else None
            return None if position is None else (source,) if source in sources and source is not None else ()
        return sources if len(sources) < 2 else None

    def energised(self, node: str) -> bool | None:
        """Does power flow out of this node, or could it? None = not known."""
        if node not in self._alive:
            self._alive[node] = self._is_alive(node)
        return self._alive[node]

    def load(self, node: str) -> Figure:
        """kW that flow through a node: its own measurement, else a switch's is that of its source, else the sum of what hangs on it."""
        if node not in self._loads:
            self._loads[node] = self._load(node)
        return self._loads[node]

    def feed_load(self, rack: str, number: int) -> Figure:
        """kW of a feed of a rack; unknown when it is not measured."""
        feed = self.racks[rack].feeds[number]
        if not feed.power:
            return UNKNOWN
        parts = [self._kw(key) for key in feed.power]
        found = total(parts)
        return Figure(found.value, found.time, len(parts) == 1)

    def flow(self, source: str, node: str) -> Figure:
        """kW that go from a source to a node that it can feed. A UPS whose source is dead draws nothing: it lives from its batteries."""
        line = self.on_line(node)
        if line is None or source not in line:
            return UNKNOWN if line is None else ZERO
        if self.nodes[node].kind is PowerKind.UPS and self.energised(source) is not True:
            return ZERO if self.energised(source) is False else UNKNOWN
        return self.load(node)

    def demand(self, node: str) -> Figure:
        """kW that a node draws when it is fed: of a dead one that is not known, of a UPS it is what it delivers now."""
        if self.energised(node) and self._meters(node):
            return self.load(node)
        if not self.below[node] and not self.feeds[node]:
            return UNKNOWN
        parts = (
            [self.feed_load(rack, number) for rack, number in self.feeds[node]]
            if self.energised(node)
            else [UNKNOWN for _ in self.feeds[node]]
        )
        for child in self.below[node]:
            line = self.on_line(child)
            parts.append(UNKNOWN if line is None else self.demand(child) if node in line else ZERO)
        return total(parts)

    def on_batteries(self, node: str) -> bool:
        """Does this UPS deliver power although what feeds it is dead?"""
        line = self.on_line(node)
        dead = line is not None and (not line or self.energised(line[0]) is False)
        return self.nodes[node].kind is PowerKind.UPS and self.energised(node) is True and dead

    # if something fails

    def moves(self, failure: str) -> tuple[Move, ...]:
        """What the racks move when this node fails."""
        return tuple(self._scenario(failure).moves)

    def after(self, node: str, failure: str) -> Figure:
        """kW of a node after the failure of another; 0 for what is lost with it."""
        scenario = self._scenario(failure)
        if node in scenario.lost:
            return ZERO
        change = scenario.change(node)
        return self.load(node).plus(change.gain).minus(change.loss)

    def worst(self, node: str) -> Worst:
        """The worst of all failures of one other node. A failure that only takes load away is never the worst."""
        rating, worst, name = self.nodes[node].rating, self.load(node), ""
        for failure in self.nodes:
            if failure == node or node in self._scenario(failure).lost or self.nodes[failure].kind is PowerKind.BATTERY:
                continue
            gain = self._scenario(failure).change(node).gain
            if gain.value is not None and gain.value <= _GROUND:
                continue
            here = self.after(node, failure)
            if here.value is None or worst.value is None:
                return Worst(Figure(None, oldest(here.time, worst.time)), UNKNOWN, failure if here.value is None else "")
            if here.value > worst.value + _GROUND:
                worst, name = here, failure
        return Worst(worst, worst.per_cent(rating), name)

    def dropped(self, failure: str) -> tuple[str, ...]:
        """The racks that have no live feed left when this node fails."""
        return tuple(self._scenario(failure).dropped)

    def single_fed(self) -> tuple[str, ...]:
        """The racks of the chain that hang on one node only."""
        return tuple(rack.id for rack in self.racks.values() if rack.feeds and len({feed.node for feed in rack.feeds}) == 1)

    # what is gone already

    def dark(self) -> tuple[str, ...]:
        """The racks that have no power now: all that feeds them is known to be dead."""
        return tuple(rack.id for rack in self.racks.values() if rack.feeds and not self._live_sides(rack))

    def last_feed(self) -> tuple[str, ...]:
        """The racks of several feeds of which one alone is left now: their redundancy is gone."""
        racks = [rack for rack in self.racks.values() if len({feed.node for feed in rack.feeds}) > 1]
        return tuple(rack.id for rack in racks if len(self._live_sides(rack)) == 1)

    def last_source(self) -> Mapping[str, str]:
        """The transfer switches whose source is the last one: the others are known to be dead, and none of them is a generator."""
        found = {}
        for node, sources in self.above.items():
            line = self.on_line(node)
            if line and len(sources) > 1 and self.energised(line[0]) and not self._scenario(line[0]).source(node):
                found[node] = line[0]
        return found

    def standby(self) -> Mapping[str, tuple[str, ...]]:
        """For each node with a choice of sources those that do not feed it now."""
        lines = {node: self.on_line(node) or () for node, sources in self.above.items() if len(sources) > 1}
        return {node: tuple(source for source in self.above[node] if source not in line) for node, line in lines.items()}

    # inside

    def _live_sides(self, rack: RackLike) -> set[str | None]:
        """The nodes that feed this rack and are not known to be dead."""
        return {feed.node for feed in rack.feeds if feed.node not in self.nodes or self.energised(feed.node) is not False}

    @cached_property
    def _scenarios(self) -> dict[str, "_Scenario"]:
        return {}

    def _scenario(self, failure: str) -> "_Scenario":
        if failure not in self._scenarios:
            self._scenarios[failure] = _Scenario(proxy(self), failure)  # or the two would hold one another until a long collection
        return self._scenarios[failure]

    def _measure(self, node: NodeLike, role: PowerRole) -> Measure | None:
        key = node.points.get(role)
        return self._reading(key) if key is not None else None

    def _reading(self, key: str) -> Measure:
        if key not in self._readings:
            self._readings[key] = self._read(key)
        return self._readings[key]

    def _value(self, node: NodeLike, role: PowerRole) -> float | None:
        measure = self._measure(node, role)
        return measure.value if measure is not None else None

    def _kw(self, key: str) -> Figure:
        measure = self._reading(key)
        factor = _TO_KW.get(measure.unit)
        return Figure(None if measure.value is None or factor is None else measure.value * factor, measure.time, True)

    def _is_alive(self, node: str) -> bool | None:
        here = self.nodes[node]
        own = self._own_word(here)
        if own is not None or here.kind is PowerKind.BATTERY:
            return own
        if self._proved_below(node):
            return True
        line = self.on_line(node)
        if not self.above[node]:
            return None
        possible = {self.energised(source) for source in (self.above[node] if line is None else line)} or {False}
        above = possible.pop() if len(possible) == 1 else None
        return None if here.kind is PowerKind.UPS and above is False else above

    def _proved_below(self, node: str) -> bool:
        """Is something alive that only this node can feed now? (A UPS proves nothing: it has its batteries.)"""
        for child in self.below[node]:
            if self.on_line(child) == (node,) and self.nodes[child].kind is not PowerKind.UPS:
                own = self._own_word(self.nodes[child])
                if own or (own is None and self._proved_below(child)):
                    return True
        return False

    def _own_word(self, here: NodeLike) -> bool | None:
        """What the node's own points say."""
        state = self._value(here, PowerRole.STATE)
        if state is not None and here.dead:
            return round(state) not in here.dead
        volts = self._value(here, PowerRole.VOLTAGE)
        if volts is not None:
            return volts >= (1.0 if here.kind is PowerKind.BATTERY else LIVE_VOLTS)
        power = self._value(here, PowerRole.POWER)
        return True if power is not None and power > 0 else None

    def _meters(self, node: str) -> tuple[str, ...]:
        """The points that measure what flows through a node: its own, or a transfer switch's those of its sources."""
        here, above = self.nodes[node], self.above[node]
        if PowerRole.POWER in here.points:
            return (here.points[PowerRole.POWER],)
        alone = all(PowerRole.POWER in self.nodes[one].points and self.below[one] == (node,) and not self.feeds[one] for one in above)
        if here.kind is not PowerKind.ATS or not alone:
            return ()
        line = self.on_line(node)
        return tuple(self.nodes[one].points[PowerRole.POWER] for one in (above if line is None else line))

    def _load(self, node: str) -> Figure:
        meters = self._meters(node)
        if meters:
            found = total(self._kw(key) for key in meters)
            return Figure(found.value, found.time, len(meters) == 1)
        if not self.below[node] and not self.feeds[node]:
            return UNKNOWN
        children = total(self.flow(node, child) for child in self.below[node])
        return children.plus(total(self.feed_load(rack, number) for rack, number in self.feeds[node]))


@dataclass(frozen=True, slots=True)
class _Change:
    """What a failure adds to a node and what it takes away, kW."""

    gain: Figure = ZERO
    loss: Figure = ZERO


@dataclass(slots=True)
class _Scenario:
    """The chain after one failure: what is lost, who is fed from where, what moves."""

    chain: Chain
    failure: str
    lost: set[str] = field(init=False)
    moves: list[Move] = field(init=False)
    dropped: list[str] = field(init=False)
    changes: dict[str, _Change] = field(init=False)

    def __post_init__(self) -> None:
        self.changes = {}
        self.lost = {self.failure}
        while fallen := {node for node in self.chain.nodes if node not in self.lost and self._falls(node)}:
            self.lost |= fallen
        self.moves, self.dropped = [], []
        for rack in self.chain.racks.values():
            self._move(rack)

    def source(self, node: str) -> tuple[str, ...] | None:
        """Who feeds this node then."""
        line = self.chain.on_line(node)
        if not line or line[0] not in self.lost:
            return line
        return next(((source,) for source in self.chain.above[node] if self._usable(source)), ())

    def change(self, node: str) -> _Change:
        """What this failure does to a node that is not lost."""
        if node not in self.changes:
            gains, losses = [], []
            for child in self.chain.below[node]:
                gain, loss = self._of_child(node, child)
                gains.append(gain)
                losses.append(loss)
            for rack, number in self.chain.feeds[node]:
                gains += [move.load for move in self.moves if move.rack == rack and move.to == number]
            self.changes[node] = _Change(total(gains), total(losses))
        return self.changes[node]

    def _of_child(self, node: str, child: str) -> tuple[Figure, Figure]:
        before, then = self.chain.on_line(child), self.source(child)
        if before is None or then is None:
            return UNKNOWN, UNKNOWN
        fed, still = node in before, node in then and child not in self.lost
        if not still:
            return ZERO, self.chain.flow(node, child) if fed else ZERO
        change = self.change(child)
        if not fed:
            return self.chain.demand(child).plus(change.gain), change.loss
        if self.chain.nodes[child].kind is PowerKind.UPS and self.chain.energised(node) is not True:
            return (ZERO, ZERO) if self.chain.energised(node) is False else (UNKNOWN, UNKNOWN)
        return change.gain, change.loss

    def _usable(self, source: str) -> bool:
        if source in self.lost or source not in self.chain.nodes:
            return False
        return self.chain.nodes[source].kind is PowerKind.GENERATOR or self.chain.energised(source) is not False

    def _falls(self, node: str) -> bool:
        """Is this node lost because all that could feed it is?"""
        above = self.chain.above[node]
        if self.chain.nodes[node].kind is PowerKind.UPS or not any(source in self.lost for source in above):
            return False
        return not any(self._usable(source) for source in above)

    def _move(self, rack: RackLike) -> None:
        gone = [number for number, feed in enumerate(rack.feeds) if feed.node in self.lost]
        left = [number for number, feed in enumerate(rack.feeds) if number not in gone and self._takes(feed)]
        if gone and not left:
            self.dropped.append(rack.id)
        for number in gone if left else []:
            load = self.chain.feed_load(rack.id, number)
            part = Figure(None if load.value is None else load.value / len(left), load.time)
            self.moves += [Move(rack.id, number, to, part) for to in left]

    def _takes(self, feed: FeedLike) -> bool:
        return feed.node is None or feed.node not in self.chain.nodes or self.chain.energised(feed.node) is not False


def depths(chain: Chain) -> Mapping[str, int]:
    """How many steps each node stands below the mains, for drawing from above to below; batteries are not among them."""
    found: dict[str, int] = {}

    def depth(node: str) -> int:
        if node not in found:
            found[node] = max((depth(source) for source in chain.above[node]), default=-1) + 1
        return found[node]

    for node, here in chain.nodes.items():
        if here.kind is not PowerKind.BATTERY:
            depth(node)
    return found
