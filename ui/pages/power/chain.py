"""What the power page says of each part of the chain, in words and figures. Computes through the core's chain; paints nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.link.messages import AlarmInfo, PowerNodeInfo, RackInfo
from cityops_desktop.model.chain import Chain, Figure, Measure, Worst, total
from cityops_desktop.model.power import PowerKind, PowerRole
from cityops_desktop.sentences import HIDDEN, level_name
from cityops_desktop.texts import N_, pick, tr
from ui.models.places import tag_line, tag_on
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, Shown, span_text, time_text
from ui.widgets.tagmark import word

LIMIT = 100.0
URGENT = 2
"""The least urgent level of an alarm that makes a generator one that may not start."""
_KINDS = {
    PowerKind.MAINS: N_("mains"),
    PowerKind.GENERATOR: N_("generator"),
    PowerKind.ATS: N_("transfer switch"),
    PowerKind.UPS: N_("UPS"),
    PowerKind.BATTERY: N_("battery"),
    PowerKind.PANEL: N_("panel"),
    PowerKind.LOAD: N_("load"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The feeds of one side that the racks of a row have from one node: (rack, number of its feed)."""

    id: str
    node: str
    row: str
    side: str
    feeds: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a box shows. `alive` = power flows out of it or could (None = not known); `stale` = the value is not of now.

    `draining` = a UPS that lives from its batteries. `percent` and `worst` are of the rating, None when they are not known;
    `over` = one of them is beyond the limit."""

    name: str
    state: str = ""
    state_stale: bool = False
    value: str = ""
    stale: bool = False
    age: str = ""
    load: str = ""
    percent: float | None = None
    worst: float | None = None
    rated: bool = False
    over: bool = False
    alive: bool | None = None
    draining: bool = False
    alarm: AlarmInfo | None = None
    key: str = ""
    device: str = ""
    rack: str = ""
    tip: str = ""
    keys: tuple[str, ...] = field(default=())
    quiet: AlarmInfo | None = None
    tag: TagInfo | None = None


def chain_of(model: RoomModel) -> Chain:
    """The chain at this moment. What the console may not show as the state of now is not known to it."""
    nodes: list[PowerNodeInfo] = model.room.power if model.room else []
    racks: list[RackInfo] = model.room.racks if model.room else []

    def read(key: str) -> Measure:
        shown = model.shown(key)
        return Measure(None if shown.stale else shown.number, shown.unit, shown.since)

    return Chain(nodes, racks, read)


def keys_of(model: RoomModel) -> frozenset[str]:
    """The points that the page depends on."""
    if model.room is None:
        return frozenset()
    own = [key for node in model.room.power for key in node.points.values()]
    return frozenset([*own, *(key for rack in model.room.racks for feed in rack.feeds for key in feed.power)])


def groups_of(chain: Chain, racks: Iterable[RackInfo]) -> list[Group]:
    """The feeds of the racks, by node, row and side in the order of the file."""
    found: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for rack in racks:
        for number, feed in enumerate(rack.feeds):
            if feed.node in chain.nodes:
                found.setdefault((feed.node or "", rack.row, feed.side), []).append((rack.id, number))
    return [Group(f"{node}/{row}/{side}", node, row, side, tuple(feeds)) for (node, row, side), feeds in found.items()]


class Speaker:
    """Says what stands in each box of one moment's chain."""

    def __init__(self, model: RoomModel, chain: Chain) -> None:
        self._model, self._chain = model, chain
        self._nodes = {node.id: node for node in model.room.power} if model.room else {}
        self._racks = {rack.id: rack for rack in model.room.racks} if model.room else {}

    def name(self, node: str) -> str:
        """A node's name."""
        return pick(self._nodes[node].names)

    def node(self, node: str) -> Words:
        """A node of the chain that is no battery."""
        here, load, worst = self._nodes[node], self._chain.load(node), self._chain.worst(node)
        alive = self._chain.energised(node)
        state, state_stale = self._state(here, alive)
        value, stale, age = self._value(here, load)
        now, then = load.per_cent(here.rating).value, worst.percent.value
        over = any(one is not None and round(one) > LIMIT for one in (now, then))
        words = self._load_words(here, now, worst)
        alarm = self._alarm(here)
        tip = [
            f"{self.name(node)} ({tr(_KINDS[here.kind])})",
            state,
            " · ".join(part for part in (value, age) if part),
            *self._other_values(here),
            *((words, tr("rating {kw} kW", kw=f"{here.rating:g}")) if here.rating else (words,)),
            *self._failure_words(node),
            *self._alarm_words(alarm),
            *self._quiet_words(here),
            *tag_line(self._tag(here)),
        ]
        return Words(
            self.name(node),
            self._tagged(here, state),
            state_stale,
            value,
            stale,
            age,
            words,
            now,
            then,
            bool(here.rating),
            over,
            alive,
            self._chain.on_batteries(node),
            alarm,
            self._first_key(here),
            here.device or "",
            tip="\n".join(line for line in tip if line),
            keys=tuple(here.points.values()),
            quiet=self._quiet(here),
            tag=self._tag(here),
        )

    def battery(self, node: str) -> Words:
        """A battery: its charge, and how long it lasts at this load."""
        here = self._nodes[node]
        parts, stale, since = [], False, []
        for role in (PowerRole.CHARGE, PowerRole.RUNTIME):
            if role in here.points:
                shown = self._model.shown(here.points[role])
                parts.append(_minutes(shown) if role is PowerRole.RUNTIME else f"{shown.value} {shown.unit}".strip())
                stale |= shown.stale
                since.append(shown.since)
        alarm = self._alarm(here)
        value = " · ".join(parts) or tr("no values")
        age = self._age(min((one for one in since if one is not None), default=None), stale) if parts else ""
        state, state_stale = self._state_value(here)
        tip = [
            f"{self.name(node)} ({tr(_KINDS[here.kind])})",
            state,
            tr("charge · runtime at this load: {value}", value=value) if parts else value,
            age,
            *self._other_values(here),
            *self._alarm_words(alarm),
            *self._quiet_words(here),
            *tag_line(self._tag(here)),
        ]
        return Words(
            self.name(node),
            self._tagged(here, state),
            state_stale,
            value,
            stale,
            age,
            alive=True,
            alarm=alarm,
            key=self._first_key(here),
            device=here.device or "",
            tip="\n".join(line for line in tip if line),
            keys=tuple(here.points.values()),
            quiet=self._quiet(here),
            tag=self._tag(here),
        )

    def group(self, group: Group) -> Words:
        """The racks of a row on one feed."""
        figures = {rack: self._chain.feed_load(rack, number) for rack, number in group.feeds}
        load = total(figures.values())
        single = set(self._chain.single_fed())
        alone = [rack for rack in figures if rack in single]
        keys = tuple(key for rack, number in group.feeds for key in self._racks[rack].feeds[number].power)
        alarm = self._model.worst(keys)
        title = tr("Row {row} · feed {side}", row=group.row, side=group.side) if group.row else tr("Racks · feed {side}", side=group.side)
        alive = self._chain.energised(group.node)
        state = tr("{n} racks", n=len(group.feeds)) + (f" · {tr('not energised')}" if alive is False else "")
        words = tr("{n} on this feed only", n=len(alone)) if alone else tr("all have another feed")
        missing = [rack for rack, figure in figures.items() if figure.value is None]
        lines = [f"{rack}: {_kw(figure)}" + (" · " + tr("this feed only") if rack in alone else "") for rack, figure in figures.items()]
        tip = [f"{title} · {state}", words, *([tr("not known: {racks}", racks=", ".join(missing))] if missing else []), *lines]
        return Words(
            title,
            state,
            value=_kw(load),
            stale=load.value is None,
            age=self._age(load.time, False) if load.value is not None else "",
            load=words,
            alive=alive,
            alarm=alarm,
            key=keys[0] if keys else "",
            rack=group.feeds[0][0],
            tip="\n".join([*tip, *self._alarm_words(alarm)]),
            keys=keys,
        )

    def verdict(self) -> tuple[str, bool]:
        """The page in one sentence, and whether it is a warning."""
        gone = [*self._dark(), *self._draining()]
        if gone:
            return " · ".join(gone), True
        rated = [node for node in self._nodes.values() if node.rating and node.kind is not PowerKind.BATTERY]
        worst = {node.id: self._chain.worst(node.id) for node in rated}
        now = {node.id: self._chain.load(node.id).per_cent(node.rating).value for node in rated}
        unknown = [self.name(node) for node, one in worst.items() if one.percent.value is None]
        known = {node: one for node, one in worst.items() if one.percent.value is not None}
        over_now = [node for node, value in now.items() if value is not None and round(value) > LIMIT]
        if over_now:
            names = ", ".join(self.name(node) for node in over_now)
            return tr("Over the rating now: {names}", names=names), True
        bare = [*self._bare_racks(), *self._bare_switches()]
        if bare:
            return " · ".join(bare), True
        top = max(known, key=lambda node: known[node].percent.value or 0.0, default=None)
        if top is not None and round(known[top].percent.value or 0) > LIMIT:
            params = {"name": self.name(top), "percent": f"{known[top].percent.value:.0f}", "failure": self.name(known[top].failure)}
            return tr("If {failure} fails, {name} must bear {percent} % of its rating: not safe", **params), True
        if unknown:
            return tr("Not known whether the rest bears a failure: {names}", names=", ".join(unknown)), False
        if top is None:
            return tr("No rating is given: whether a failure is safe cannot be said"), False
        percent = f"{known[top].percent.value:.0f}"
        if not known[top].failure:
            return tr(
                "Any one part may fail: the most loaded one stays {name}, {percent} % of its rating", name=self.name(top), percent=percent
            ), False
        params = {"name": self.name(top), "percent": percent, "failure": self.name(known[top].failure)}
        return tr("Any one part may fail: the worst is {percent} % at {name}, if {failure} fails", **params), False

    def _dark(self) -> list[str]:
        racks = self._chain.dark()
        return [tr("{n} racks without power: {racks}", n=len(racks), racks=", ".join(racks))] if racks else []

    def _draining(self) -> list[str]:
        draining = [node for node in self._nodes if self._chain.on_batteries(node)]
        if not draining:
            return []
        left, names = self._runtime(draining), ", ".join(self.name(node) for node in draining)
        if left is None:
            return [tr("On batteries: {names}; nobody says for how long", names=names)]
        return [tr("On batteries: {names}, {left} left at this load", names=names, left=span_text(left))]

    def _bare_racks(self) -> list[str]:
        """Racks whose other feed is dead, with what bears them now."""
        racks = self._chain.last_feed()
        return [tr("{n} racks have lost one of their feeds: the next failure takes them down", n=len(racks))] if racks else []

    def _bare_switches(self) -> list[str]:
        """Switches that nothing else would feed: the other source is dead, or does not start."""
        last = self._chain.last_source()
        words = [
            tr("{node} has no source left but {source}", node=self.name(node), source=self.name(source)) for node, source in last.items()
        ]
        for node, sources in self._chain.standby().items():
            failed = [(source, alarm) for source in sources if (alarm := self._failed_start(source))] if node not in last else []
            words += [
                tr("{name} may not take over: {alarm}", name=self.name(source), alarm=self._model.alarm_text(alarm).sentence)
                for source, alarm in failed
            ]
        return words

    def _failed_start(self, node: str) -> AlarmInfo | None:
        """What stands against a generator's start: an alarm that is urgent and has not returned."""
        alarm = self._alarm(self._nodes[node]) if self._nodes[node].kind is PowerKind.GENERATOR else None
        return alarm if alarm and alarm.level <= URGENT and alarm.standing else None

    def notes(self) -> str:
        """What else should be known: what a sentence above had no room for, racks that a failure takes down, feeds that hang nowhere."""
        single = self._chain.single_fed()
        loose = sum(feed.node is None for rack in self._racks.values() for feed in rack.feeds)
        parts = [tr("{n} racks on one feed only: {racks}", n=len(single), racks=", ".join(single))] if single else []
        if self._dark() or self._draining():
            parts = [*self._bare_racks(), *self._bare_switches(), *parts]
        parts += [tr("{n} feeds do not say what feeds them", n=loose)] if loose else []
        return " · ".join(parts)

    def _runtime(self, names: Iterable[str]) -> float | None:
        """Seconds until the first of these UPS is empty; None when one of them does not say it now."""
        least: list[float] = []
        for name in names:
            nodes = [self._nodes[name], *(self._nodes[battery] for battery in self._chain.batteries(name))]
            keys = {node.points[PowerRole.RUNTIME] for node in nodes if PowerRole.RUNTIME in node.points}
            shown = [self._model.shown(key) for key in keys]
            told = [one.number * (60 if one.unit == "min" else 1) for one in shown if one.number is not None and not one.stale]
            if not told or len(told) < len(keys):
                return None
            least.append(min(told))
        return min(least, default=None)

    # parts of a box

    def _state(self, here: PowerNodeInfo, alive: bool | None) -> tuple[str, bool]:
        energised = {True: tr("energised"), False: tr("not energised"), None: tr("supply not known")}[alive]
        if here.positions:
            line = self._chain.on_line(here.id)
            word = (
                tr("position not known") if line is None else tr("on {source}", source=self.name(line[0])) if line else tr("on no source")
            )
            return f"{word} · {energised}" if alive is not True else word, line is None
        if self._chain.on_batteries(here.id):
            energised = tr("runs on its batteries")
        state, stale = self._state_value(here)
        quiet = alive is True and not self._chain.on_batteries(here.id)
        return (state if quiet else f"{state} · {energised}") if state else energised, stale

    def _state_value(self, here: PowerNodeInfo) -> tuple[str, bool]:
        key = here.points.get(PowerRole.STATE)
        if key is None:
            return "", False
        shown = self._model.shown(key)
        return (f"{shown.value} · {shown.since_text}" if shown.stale and shown.since is not None else shown.value), shown.stale

    def _value(self, here: PowerNodeInfo, load: Figure) -> tuple[str, bool, str]:
        key = here.points.get(PowerRole.POWER)
        if key is None:
            return _kw(load, added=True), load.value is None, self._age(load.time, False) if load.value is not None else ""
        shown = self._model.shown(key)
        factor = 0.001 if shown.unit == "W" else 1.0
        value = NOTHING if shown.number is None else f"{shown.number * factor:.1f}"
        return f"{value} kW", shown.stale, self._age(shown.since, shown.stale)

    def _age(self, since: int | None, stale: bool) -> str:
        if since is None:
            return ""
        if stale:
            return tr("since {time}", time=time_text(since, self._model.zone, self._model.now()))
        return span_text(max(0.0, (self._model.now() - since) / 1000))

    def _load_words(self, here: PowerNodeInfo, now: float | None, worst: Worst) -> str:
        if not here.rating:
            return tr("no rating given")
        shown = f"{now:.0f}" if now is not None else NOTHING
        if worst.percent.value is None:
            return tr("now {now} % · not known if a part fails", now=shown)
        if not worst.failure or f"{worst.percent.value:.0f}" == shown:
            return tr("now {now} % · no failure adds to it", now=shown)
        return tr("now {now} % · {then} % if {name} fails", now=shown, then=f"{worst.percent.value:.0f}", name=self.name(worst.failure))

    def _failure_words(self, node: str) -> list[str]:
        dropped = self._chain.dropped(node)
        return [tr("if it fails, these racks lose power: {racks}", racks=", ".join(dropped))] if dropped else []

    def _other_values(self, here: PowerNodeInfo) -> list[str]:
        lines = []
        for role, key in here.points.items():
            point = self._model.points.get(key)
            if role in (PowerRole.POWER, PowerRole.STATE, PowerRole.POSITION) or point is None:
                continue
            shown = self._model.shown(key)
            lines.append(f"{pick(point.names)}: {shown.value} {shown.unit} · {shown.since_text if shown.stale else shown.age_text}")
        return lines

    def _alarm(self, here: PowerNodeInfo) -> AlarmInfo | None:
        return self._model.worst([*here.points.values(), *([here.device] if here.device else [])])

    def _quiet(self, here: PowerNodeInfo) -> AlarmInfo | None:
        return self._model.quiet([*here.points.values(), *([here.device] if here.device else [])])

    def _tag(self, here: PowerNodeInfo) -> TagInfo | None:
        return tag_on(self._model, (f"node:{here.id}", *([f"device:{here.device}"] if here.device else [])))

    def _tagged(self, here: PowerNodeInfo, state: str) -> str:
        return " · ".join(filter(None, (word(), state))) if self._tag(here) is not None else state

    def _quiet_words(self, here: PowerNodeInfo) -> list[str]:
        alarm = self._quiet(here)
        return [f"{tr(HIDDEN[alarm.hidden])}: {self._model.alarm_text(alarm).sentence}"] if alarm and alarm.hidden else []

    def _alarm_words(self, alarm: AlarmInfo | None) -> list[str]:
        return [f"{level_name(alarm.level)}: {self._model.alarm_text(alarm).sentence}"] if alarm else []

    def _first_key(self, here: PowerNodeInfo) -> str:
        order = (PowerRole.POWER, PowerRole.CHARGE, PowerRole.LOAD, PowerRole.POSITION, PowerRole.STATE)
        return next((here.points[role] for role in order if role in here.points), next(iter(here.points.values()), ""))


def _kw(load: Figure, added: bool = False) -> str:
    return f"{NOTHING} kW" if load.value is None else f"{'Σ ' if added and not load.measured else ''}{load.value:.1f} kW"


def _minutes(shown: Shown) -> str:
    if shown.number is None:
        return NOTHING
    return span_text(shown.number * (60 if shown.unit == "min" else 1))
