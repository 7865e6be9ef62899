"""Whatever happens in a room, in whatever order, and whenever the station falls: what must hold of its alarms all the time.

A history is a random row of readings, lost wires and devices, acts of people and restarts. After each of its steps everything that was
promised is looked at again.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from cityops_desktop.alarms import folding
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.covers import HOLD_SECONDS
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.alarms import UNSEEN, Alarm, AlarmState, Hidden
from cityops_desktop.model.alarmstates import LATCHING, TABLE
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point, Supply
from cityops_desktop.model.power import PowerKind, PowerNode
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store.pastalarms import Step as Told
from cityops_desktop.store.pastalarms import as_it_was
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store

NAMES = Names("名", "name")
START = 1_790_000_000_000
PERSON = "p1"
FOLLOWS = Supply.FOLLOWS


def point(key: str, level: Level, **limit: object) -> Point:
    limits = (Limit("state1", level, LimitKind.STATE, states=(1,), **limit),)  # type: ignore[arg-type]
    return Point(key, key.split(".")[0], NAMES, Kind.DIGITAL, Group.UPS, limits=limits)


def device(id: str, bus: str, *points: Point) -> Device:
    return Device(id, bus, NAMES, Group.UPS, None, points)


PLACES = {"a": "10.0.0.5:1", "b": "10.0.0.5:2", "c": "/dev/ttyS0"}
ROOM = Room(
    "r",
    NAMES,
    "c/d/s/r",
    "UTC",
    "1",
    buses=tuple(Bus(id, "x", NAMES, None) for id in PLACES),
    devices=(
        device("mains", "a", point("mains.lost", Level.MAJOR, supply=Supply.LOST)),
        device("ats", "a", point("ats.other", Level.MAJOR, supply=Supply.PASSES, on_delay=3.0)),
        device("ups", "b", point("ups.battery", Level.MAJOR, supply=FOLLOWS), point("ups.out", Level.CRITICAL, supply=FOLLOWS)),
        device("pdu", "b", point("pdu.dark", Level.MINOR, supply=FOLLOWS, off_delay=5.0)),
        device("rope", "c", point("rope.wet", Level.CRITICAL, latch=True), point("rope.fault", Level.WARNING, latch=True, supply=FOLLOWS)),
    ),
    power=(
        PowerNode("mains", NAMES, PowerKind.MAINS, device="mains"),
        PowerNode("ats", NAMES, PowerKind.ATS, ("mains",), "ats"),
        PowerNode("ups", NAMES, PowerKind.UPS, ("ats",), "ups"),
        PowerNode("pdu", NAMES, PowerKind.LOAD, ("ats",), "pdu"),
        PowerNode("rope", NAMES, PowerKind.LOAD, ("ats",), "rope"),
    ),
)
POINTS = sorted(ROOM.points())
LATCHED = {"rope.wet#state1", "rope.fault#state1"}
KEYS = [f"{key}#state1" for key in POINTS] + [f"bus:{bus}#lost" for bus in PLACES] + ["gateway:10.0.0.5#lost", "room#lost", "ups#lost"]
TARGETS = {
    "device:ups": frozenset({"ups", "ups.battery", "ups.out"}),
    "bus:a": frozenset({"bus:a", "mains", "mains.lost", "ats", "ats.other"}),
    "device:rope": frozenset({"rope", "rope.wet", "rope.fault"}),
}

Step = tuple[str, object]
FOLDED = st.sampled_from(["mains.lost", "ups.battery", "pdu.dark", "rope.fault"])
POINT, BUS, SECONDS = st.sampled_from(POINTS), st.sampled_from(sorted(PLACES)), st.sampled_from([1.0, 4.0, 12.0, 31.0, 90.0])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("on"), POINT),
        st.tuples(st.just("on"), FOLDED),
        st.tuples(st.just("storm"), st.none()),
        st.tuples(st.just("calm"), st.none()),
        st.tuples(st.just("off"), POINT),
        st.tuples(st.just("off"), FOLDED),
        st.tuples(st.just("bad"), POINT),
        st.tuples(st.just("wait"), SECONDS),
        st.tuples(st.just("wait"), SECONDS),
        st.tuples(st.just("cut"), BUS),
        st.tuples(st.just("mend"), BUS),
        st.tuples(st.just("silent"), st.sampled_from(["ups", "pdu", "mains", "ats"])),
        st.tuples(st.just("answers"), st.sampled_from(["ups", "pdu", "mains", "ats"])),
        st.tuples(st.just("ack"), st.integers(0, 9)),
        st.tuples(st.just("reset"), st.integers(0, 9)),
        st.tuples(st.just("shelve"), st.tuples(st.sampled_from(KEYS), SECONDS)),
        st.tuples(st.just("unshelve"), st.sampled_from(KEYS)),
        st.tuples(st.just("begin"), st.tuples(st.sampled_from(sorted(TARGETS)), SECONDS)),
        st.tuples(st.just("end"), st.sampled_from(sorted(TARGETS))),
        st.tuples(st.just("restart"), st.none()),
    ),
    min_size=10,
    max_size=50,
)


@dataclass
class History:
    """The station as the book sees it, with a memory of all that was told."""

    restarts: bool = True
    seconds: float = 0.0
    told: list[Alarm] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    newest: dict[str, Alarm] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    shelves: dict[str, int] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = self._made()

    @staticmethod
    def _made() -> AlarmBook:
        wide = folding.together(ROOM, PLACES)
        return AlarmBook(ROOM, folding.parents(ROOM, wide), wide)

    @property
    def now(self) -> tuple[int, float]:
        return START + round(self.seconds * 1000), 500.0 + self.seconds

    def tell(self, changes: Sequence[Alarm], *, by: str = "") -> None:
        for alarm in changes:
            before = self.newest.get(alarm.id)
            was = before.state if before is not None else AlarmState.NORMAL
            if alarm.state is not was:
                table = LATCHING if alarm.key in LATCHED else TABLE
                assert alarm.state in {then for (state, _), then in table.items() if state is was}, (was, alarm)
                if was in UNSEEN and alarm.state not in UNSEEN:
                    assert alarm.actor == PERSON and alarm.acknowledged is not None
                    assert by in ("ack", "unshelve") or alarm.under, "by a person, or with its cause"
                if alarm.state is AlarmState.NORMAL:
                    assert alarm.actor == PERSON
                    assert alarm.key not in LATCHED or by in ("reset", "unshelve") or was is AlarmState.RETURNED
            self.newest[alarm.id] = alarm
            self.told.append(alarm)
            self.times.append(self.now[0])

    def run(self, steps: Sequence[Step]) -> None:
        for verb, what in steps:
            getattr(self, f"_{verb}")(what)
            self.look()

    def _feed(self, key: str, reading: Reading) -> None:
        owner = next(one for one in ROOM.devices if one.id == key.split(".")[0])
        if owner.bus not in self.cut and owner.id not in self.silent:
            self.tell(self.book.feed(reading, *self.now))

    def _on(self, key: str) -> None:
        self.values[key] = 1
        self._feed(key, Reading(key, 1, self.now[0], Quality.GOOD))

    def _off(self, key: str) -> None:
        self.values[key] = 0
        self._feed(key, Reading(key, 0, self.now[0], Quality.GOOD))

    def _storm(self, _: None) -> None:
        for key in ("mains.lost", "ups.battery", "pdu.dark", "rope.fault"):
            self._on(key)

    def _calm(self, _: None) -> None:
        for key in ("mains.lost", "ups.battery", "pdu.dark", "rope.fault"):
            self._off(key)

    def _bad(self, key: str) -> None:
        self._feed(key, failed(key, self.now[0], Reason.CRC))

    def _wait(self, seconds: float) -> None:
        whole, self.seconds = self.seconds + seconds, self.seconds
        while self.seconds < whole:
            self.seconds = min(whole, self.seconds + 1.0)
            self.tell(self.book.tick(*self.now))
            self.shelves = {key: until for key, until in self.shelves.items() if self.book.shelved(key)}
            self.services = {key: until for key, until in self.services.items() if self.book.out_of_service(key)}

    def _cut(self, bus: str) -> None:
        self.cut.add(bus)
        self.tell(self.book.bus_lost(bus, "no_port", 1, *self.now))

    def _mend(self, bus: str) -> None:
        self.cut.discard(bus)
        self.tell(self.book.bus_back(bus, *self.now))

    def _silent(self, id: str) -> None:
        self.silent.add(id)
        self.tell(self.book.device_lost(id, 1, *self.now))

    def _answers(self, id: str) -> None:
        self.silent.discard(id)
        self.tell(self.book.device_back(id, *self.now))

    def _chosen(self, number: int, fit: Callable[[Alarm], bool]) -> Alarm | None:
        found = [alarm for alarm in self.book.open() if fit(alarm)]
        return found[number % len(found)] if found else None

    def _ack(self, number: int) -> None:
        alarm = self._chosen(number, lambda alarm: alarm.unseen)
        if alarm is not None:
            under = {one.id for one in self.book.open() if one.under == alarm.key}
            self.tell(self.book.acknowledge(alarm.id, PERSON, "王", self.now[0]), by="ack")
            assert not any(self.newest[id].unseen for id in under), "whoever has seen the cause has seen what follows from it"

    def _reset(self, number: int) -> None:
        alarm = self._chosen(number, lambda alarm: alarm.state in (AlarmState.LATCHED, AlarmState.LATCHED_ACKNOWLEDGED))
        if alarm is not None:
            done = self.book.reset(alarm.id)
            assert (done is not None) == (alarm.state is AlarmState.LATCHED_ACKNOWLEDGED)
            self.tell([done] if done is not None else [], by="reset")

    def _shelve(self, what: tuple[str, float]) -> None:
        key, seconds = what
        self.shelves[key] = self.now[0] + round(seconds * 1000)
        self.tell(self.book.shelve(key, self.shelves[key], *self.now))

    def _unshelve(self, key: str) -> None:
        self.shelves.pop(key, None)
        self.tell(self.book.unshelve(key, PERSON, "王", self.now[0]), by="unshelve")

    def _begin(self, what: tuple[str, float]) -> None:
        target, seconds = what
        self.services[target] = self.now[0] + round(seconds * 1000)
        self.tell(self.book.begin_service(target, TARGETS[target], self.services[target], *self.now))

    def _end(self, target: str) -> None:
        self.services.pop(target, None)
        self.tell(self.book.end_service(target))

    def _restart(self, _: None) -> None:
        """The same open alarms, whatever the moment; then the station tells the new book what it finds."""
        if not self.restarts:
            return
        before = self.book.open()
        self.book = self._made()
        self.tell(self.book.restore(before, self.now[0]))
        for key, until in self.shelves.items():
            self.tell(self.book.shelve(key, until, *self.now))
        for target, until in self.services.items():
            self.tell(self.book.begin_service(target, TARGETS[target], until, *self.now))
        self.tell(self.book.settle(self.now[1]))
        assert self.book.open() == before, "a restart changes nothing by itself"
        for bus in PLACES:
            self._cut(bus) if bus in self.cut else self._mend(bus)
        for id in sorted(self.silent):
            self._silent(id)
        for key, value in sorted(self.values.items()):
            self._feed(key, Reading(key, value, self.now[0], Quality.GOOD))

    def look(self) -> None:
        """All that must hold at every moment."""
        opened = self.book.open()
        assert {alarm.id: alarm for alarm in opened} == {id: alarm for id, alarm in self.newest.items() if alarm.open}, "all was told"
        assert len({alarm.key for alarm in opened}) == len(opened)
        shelved = {key for key in self.shelves if self.book.shelved(key)}
        served = {subject for target in self.services for subject in TARGETS[target]}
        by_key = {alarm.key: alarm for alarm in opened}
        for alarm in opened:
            assert not (alarm.hidden and alarm.audible)
            wanted = Hidden.OUT_OF_SERVICE if alarm.subject in served else Hidden.SHELVED if alarm.key in shelved else None
            assert alarm.hidden is (wanted or (Hidden.SUPPRESSED if alarm.under else None)), "covered and hidden are the same"
            assert (alarm.hidden_until is not None) == (wanted is not None)
            if alarm.under:
                known = self.book.condition(alarm.under)
                assert known is not None and known[1] <= alarm.level, "nothing hides what is worse than itself"
                cause = by_key.get(alarm.under)
                assert cause is None or cause.hidden in (None, Hidden.SUPPRESSED), "nor lies under what people do not see"
                assert cause is None or not cause.under or by_key.get(cause.under) is not alarm
                assert not (cause is not None and cause.acknowledged is not None and alarm.unseen)

    def standing(self) -> set[str]:
        return {alarm.key for alarm in self.book.open() if alarm.standing}

    def settle(self) -> None:
        """Everything is mended and read, and time passes: what was hidden by a cause is over."""
        for bus in sorted(PLACES):
            self._mend(bus)
        for one in ROOM.devices:
            self._answers(one.id)
        for key in POINTS:
            self._feed(key, Reading(key, self.values.get(key, 0), self.now[0], Quality.GOOD))
        self._wait(12 * HOLD_SECONDS)
        self.look()


@settings(deadline=None, max_examples=250)
@given(STEPS)
def test_what_holds_at_every_moment_of_every_history(steps: list[Step]) -> None:
    history = History()
    history.run(steps)
    for alarm in {one.hidden for one in history.told}:
        event(f"hidden: {alarm}")
    history.settle()
    assert history.standing() == {f"{key}#state1" for key, value in history.values.items() if value}


@settings(deadline=None, max_examples=100)
@given(STEPS)
def test_a_history_with_restarts_ends_with_the_same_conditions_as_one_without(steps: list[Step]) -> None:
    parted, whole = History(), History(restarts=False)
    for history in (parted, whole):
        history.run(steps)
        history.settle()
    assert parted.standing() == whole.standing()


@settings(deadline=None, max_examples=100)
@given(STEPS)
def test_everything_can_be_brought_to_an_end_by_people_and_by_nobody_else(steps: list[Step]) -> None:
    history = History()
    history.run([*steps, *(("off", key) for key in POINTS)])
    history.settle()
    unseen = {alarm.id for alarm in history.book.open() if alarm.unseen}
    history._wait(600.0)
    assert {alarm.id for alarm in history.book.open() if alarm.unseen} == unseen, "time acknowledges nothing"
    while any(alarm.unseen for alarm in history.book.open()):
        history._ack(0)
    assert {alarm.state for alarm in history.book.open()} <= {AlarmState.LATCHED_ACKNOWLEDGED}
    while history.book.open():
        history._reset(0)
    history.look()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("records"), SystemClock())
    yield opened
    opened.close()


def facts(alarm: Alarm) -> tuple[object, ...]:
    """What is to be told of a past moment."""
    seen = (alarm.acknowledged, alarm.actor, alarm.actor_name, alarm.returned)
    return (alarm.state, alarm.level, alarm.value, alarm.detail, alarm.hidden, alarm.hidden_until, alarm.under, *seen)


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_the_change_log_tells_of_each_past_moment_what_was_then(store: Store, steps: list[Step]) -> None:
    history = History()
    history.run(steps)
    then: dict[tuple[str, int], Alarm] = {(alarm.id, time): alarm for alarm, time in zip(history.told, history.times, strict=True)}

    def look_back(conn: Connection) -> None:
        for alarm, time in zip(history.told, history.times, strict=True):
            alarm_table.save(conn, alarm, time, PERSON)
        left = {alarm.id: alarm for alarm in alarm_table.open_alarms(conn)}
        assert {id: left.get(id) for id in history.newest} == {id: one if one.open else None for id, one in history.newest.items()}
        for id, last in history.newest.items():
            rows = conn.execute(select(change).where(change.c.subject == f"alarm:{id}").order_by(change.c.seq)).all()
            told = [Told(row.kind, row.time, row.actor, json.loads(row.body)) for row in rows]
            for (one, time), alarm in then.items():
                if one == id:
                    assert facts(as_it_was(last, [step for step in told if step.time <= time])) == facts(alarm)

    store.write(look_back).result(60)
