"""Shelves and times out of service on a real store and a real book, without HTTP: how long they last, whatever the clocks, the room and
restarts do; what comes back; what the record says."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.config import versions
from cityops_desktop.config.versions import Content
from cityops_desktop.link.acts import BeginService, BeginServiceCritical, EndService, ResetAlarms, Shelve, ShelveCritical, Unshelve
from cityops_desktop.model.alarms import Alarm, AlarmState, Hidden
from cityops_desktop.model.people import Limited, Person, Role, Way, Who
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Bus, Device, Rack, RackItem, Room
from cityops_desktop.model.shifts import shift_begin, shift_end
from cityops_desktop.station.hidings import StationHidings, shelvable, subjects
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store.schema import change, config_version, service, shelf
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

NAMES = Names("名", "name")
HOUR = 3_600_000
HIGH, TOP, WARM = "t.x#high", "t.x#top", "t.x#warm"
LIMITS = (
    Limit("warm", Level.WARNING, LimitKind.HIGH, 25.0),
    Limit("high", Level.MAJOR, LimitKind.HIGH, 30.0, latch=True),
    Limit("top", Level.CRITICAL, LimitKind.HIGH, 40.0),
)


def room_of(limits: Sequence[Limit] = LIMITS, shifts: tuple[str, ...] = ()) -> Room:
    x = Point("t.x", "t", NAMES, Kind.ANALOG, Group.ENVIRONMENT, limits=tuple(limits))
    y = Point("u.y", "u", NAMES, Kind.ANALOG, Group.ENVIRONMENT, limits=(Limit("high", Level.MINOR, LimitKind.HIGH, 5.0),), rack="R2")
    devices = (Device("t", "b", NAMES, Group.ENVIRONMENT, None, (x,)), Device("u", "b", NAMES, Group.ENVIRONMENT, None, (y,)))
    item = RackItem(NAMES, 1, 1, "front", device="u")
    racks = (Rack("R1", NAMES, "A", None, 0.0, 42, items=(item,)), Rack("R2", NAMES, "A", None, 0.0, 42))
    buses = (Bus("b", "d", NAMES, None),)
    return Room("r", NAMES, "c/d/s/r", "Asia/Shanghai", "1", buses=buses, devices=devices, racks=racks, shifts=shifts)


def person(id: str, second: str = "") -> Who:
    also = Person(second, second, second.title(), frozenset({Role.SHIFT_LEADER})) if second else None
    return Who(Person(id, id, id.title(), frozenset({Role.DUTY})), "s", "desk", Way.FULL, Limited.NOTHING, 0, also)


class Watch:
    """A room that is watched, what people keep quiet in it, and the store of both."""

    def __init__(self, folder: Path, clock: FakeClock, room: Room | None = None) -> None:
        self.clock, self.room, self.folder = clock, room or room_of(), folder
        self.store = Store.open(folder, clock)
        self.changed = 0
        self.start()

    def start(self) -> None:
        self.book = AlarmBook(self.room)
        self.hidings = StationHidings(lambda: self.room, lambda: self.room, self.book, self.store, self.clock, self.announce, self._hear)
        self.hidings.load()
        self.announce(self.book.restore(self.store.read(alarm_table.open_alarms), self.clock.wall()))
        self.hidings.begin()

    def announce(self, alarms: Sequence[Alarm]) -> None:
        """As the recorder does: each as it is."""
        now = self.clock.wall()
        self.store.write(lambda conn: [alarm_table.save(conn, alarm, now) for alarm in alarms])

    def _hear(self) -> None:
        self.changed += 1

    def restart(self, room: Room | None = None, away: float = 0.0) -> None:
        """SIGKILL, and after a while another run, perhaps of another room; its monotonic clock begins anew."""
        self.settle()
        self.room = room or self.room
        self.clock.ms += round(away * 1000)
        self.clock.seconds = 17.0
        self.start()

    def settle(self) -> None:
        self.store.write(lambda _conn: None).result(30)

    def close(self) -> None:
        self.store.close()

    def give(self, act: Callable[[Any, Who], Any], message: object, who: Who | None = None) -> None:
        job = act(message, who or person("zhang"))
        self.store.write(job).result(30)
        job.after()

    def shelve(self, key: str = HIGH, hours: float = 1.0, who: Who | None = None) -> None:
        self.give(self.hidings.shelve, Shelve(keys=[key], until=self.clock.ms + round(hours * HOUR), why="flutters"), who)

    def value(self, value: float, point: str = "t.x") -> None:
        reading = Reading(point, value, self.clock.wall(), Quality.GOOD)
        self.announce(self.book.feed(reading, self.clock.wall(), self.clock.monotonic()))

    def acknowledge(self, key: str = HIGH) -> None:
        self.announce(self.book.acknowledge(self.alarm(key).id, "zhang", "Zhang", self.clock.wall()))

    def seconds(self, count: int) -> None:
        for _ in range(count):
            self.clock.advance(1.0)
            self.tick()

    def tick(self) -> None:
        self.announce(self.book.tick(self.clock.wall(), self.clock.monotonic()))
        self.hidings.tick()

    def exchange(self, limits: Sequence[Limit], value: float = 0.0) -> None:
        """The configuration says otherwise, at run time."""
        self.room = room_of(limits, self.room.shifts)

        async def now() -> None:
            reading = Reading("t.x", value, self.clock.wall(), Quality.GOOD)
            self.announce(self.book.exchange(reading, limits, self.clock.wall(), self.clock.monotonic()))
            heard = self.changed
            self.hidings.exchanged()
            while self.changed == heard:
                await asyncio.sleep(0.001)

        asyncio.run(now())

    def alarm(self, key: str = HIGH) -> Alarm:
        return next(alarm for alarm in self.book.open() if alarm.key == key)

    def rows(self, table: Any = shelf) -> list[Any]:
        self.settle()
        return self.store.read(lambda conn: list(conn.execute(select(table).where(table.c.ended.is_(None)))))

    def log(self, subject: str) -> list[tuple[str, str, dict[str, Any]]]:
        self.settle()
        query = select(change.c.kind, change.c.actor, change.c.body).where(change.c.subject == subject).order_by(change.c.seq)
        return [(kind, actor, json.loads(body)) for kind, actor, body in self.store.read(lambda conn: list(conn.execute(query)))]


@pytest.fixture
def watch(tmp_path: Path, clock: FakeClock) -> Iterator[Watch]:
    made = Watch(tmp_path, clock)
    yield made
    made.close()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as error:
        act()
    return error.value.code


def test_an_alarm_on_a_shelf_is_quiet_until_its_time_and_then_sounds_because_it_stands(watch: Watch) -> None:
    watch.value(35.0)
    watch.acknowledge()
    watch.shelve(hours=1)
    assert (watch.alarm().hidden, watch.alarm().hidden_until) == (Hidden.SHELVED, watch.clock.ms + HOUR)
    watch.seconds(3598)
    assert watch.alarm().hidden is Hidden.SHELVED and len(watch.hidings.shelves()) == 1
    watch.seconds(4)
    back = watch.alarm()
    assert (back.hidden, back.state, back.audible) == (None, AlarmState.UNACKNOWLEDGED, True), "nobody has seen it since"
    assert (watch.hidings.shelves(), watch.rows()) == ([], [])
    begun, ended = watch.log(f"shelf:{HIGH}")
    assert (begun[0], begun[1], begun[2]["why"], begun[2]["how"]) == ("shelf.begun", "zhang", "flutters", {"console": "desk"})
    assert (ended[0], ended[1], ended[2]["how"]) == ("shelf.ended", "station", {"reason": "expired"})


def test_whoever_takes_it_back_has_seen_it(watch: Watch) -> None:
    watch.value(35.0)
    watch.shelve()
    watch.give(watch.hidings.unshelve, Unshelve(keys=[HIGH]), person("li"))
    back = watch.alarm()
    assert (back.hidden, back.state, back.actor) == (None, AlarmState.ACKNOWLEDGED, "li")
    assert [(kind, actor) for kind, actor, _ in watch.log(f"shelf:{HIGH}")] == [("shelf.begun", "zhang"), ("shelf.ended", "li")]
    assert refused(lambda: watch.give(watch.hidings.unshelve, Unshelve(keys=[HIGH]))) == "not_shelved"


def test_each_level_has_its_longest_time_and_the_highest_needs_two(watch: Watch) -> None:
    for key, hours in ((HIGH, 4), (WARM, 12)):
        watch.shelve(key, hours)
        assert refused(lambda key=key, hours=hours: watch.shelve(key, hours + 0.01)) == "until_too_far"
    assert refused(lambda: watch.shelve(HIGH, 0)) == "until_is_past"
    assert refused(lambda: watch.shelve("t.x#none")) == "no_such_condition"
    assert refused(lambda: watch.shelve(TOP)) == "shelve_needs_two"
    both = ShelveCritical(keys=[TOP, WARM], until=watch.clock.ms + HOUR, why="tested")
    watch.give(watch.hidings.shelve_critical, both, person("zhang", "lea"))
    by = {one.id: (one.actor_name, one.second_name) for one in watch.hidings.shelves()}
    assert by == {HIGH: ("Zhang", None), TOP: ("Zhang", "Lea"), WARM: ("Zhang", "Lea")}
    longer = both.model_copy(update={"until": watch.clock.ms + HOUR + 1})
    assert refused(lambda: watch.give(watch.hidings.shelve_critical, longer)) == "until_too_far"
    assert watch.log(f"shelf:{TOP}")[0][2]["second"] == "lea"


def test_a_turn_of_the_roster_goes_before_the_shifts_of_the_room_file(tmp_path: Path, clock: FakeClock) -> None:
    watch = Watch(tmp_path, clock, room_of(shifts=("08:00", "20:00")))
    watch.hidings.shift = lambda wall: (wall - HOUR, wall + HOUR)
    assert refused(lambda: watch.shelve(HIGH, 1.001)) == "beyond_the_shift"
    watch.shelve(HIGH, 1)
    assert [one.id for one in watch.hidings.shelves()] == [HIGH]
    watch.close()


def test_no_shelf_outlives_the_shift_and_the_next_one_renews_it(tmp_path: Path, clock: FakeClock) -> None:
    watch = Watch(tmp_path, clock, room_of(shifts=("08:00", "20:00")))
    end = shift_end(watch.room.shifts, "Asia/Shanghai", clock.ms)
    begin = shift_begin(watch.room.shifts, "Asia/Shanghai", clock.ms)
    assert end is not None and begin is not None and end - begin == 12 * HOUR
    clock.ms = end - HOUR
    assert refused(lambda: watch.shelve(HIGH, 1.001)) == "beyond_the_shift"
    watch.value(35.0)
    watch.shelve(HIGH, 1)
    watch.seconds(3595)
    clock.advance(5.0)  # the next shift is here, and has not said anything yet
    watch.shelve(HIGH, 3, person("wang"))
    watch.seconds(60)
    assert watch.alarm().hidden is Hidden.SHELVED
    assert [kind for kind, _, _ in watch.log(f"shelf:{HIGH}")] == ["shelf.begun", "shelf.renewed"]
    [one] = watch.hidings.shelves()
    assert one.actor_name == "Wang"
    watch.close()


def test_a_renewal_that_meets_the_end_on_its_way_to_the_disk_is_not_lost(watch: Watch) -> None:
    watch.value(35.0)
    watch.shelve(hours=1)
    watch.seconds(3599)
    job = watch.hidings.shelve(Shelve(keys=[HIGH], until=watch.clock.ms + HOUR, why="again"), person("li"))
    watch.store.write(job).result(30)  # durable, but the loop has not heard of it
    watch.seconds(3)
    assert watch.alarm().audible
    job.after()
    assert watch.alarm().hidden is Hidden.SHELVED and len(watch.rows()) == 1
    watch.restart()
    assert watch.alarm().hidden is Hidden.SHELVED, "what was answered stands"


def test_a_restart_hides_again_and_what_ended_meanwhile_comes_back_loud(watch: Watch) -> None:
    watch.value(35.0)
    watch.shelve(hours=1)
    watch.give(watch.hidings.begin_service, BeginService(target="device:u", until=watch.clock.ms + HOUR, why="fan"))
    watch.restart(away=600)
    assert watch.alarm().hidden is Hidden.SHELVED and watch.alarm().hidden_until == watch.clock.ms - 600_000 + HOUR
    watch.seconds(2)
    assert (len(watch.hidings.shelves()), len(watch.hidings.services())) == (1, 1)
    watch.restart(away=3600)
    watch.seconds(2)
    assert watch.alarm().audible and not watch.hidings.shelves() and not watch.hidings.services()
    assert (watch.rows(), watch.rows(service)) == ([], [])


def test_a_clock_that_is_set_makes_nothing_longer(watch: Watch) -> None:
    watch.value(35.0)
    watch.shelve(hours=1)
    watch.clock.ms -= 5 * HOUR
    watch.restart()
    watch.seconds(3605)
    assert watch.alarm().audible, "no more than was granted is left after a restart"
    watch.shelve(hours=1)
    watch.clock.ms -= 5 * HOUR
    watch.seconds(3605)
    assert watch.alarm().audible, "the clock of the run ends it"
    watch.shelve(hours=1)
    watch.clock.ms += 2 * HOUR
    watch.seconds(3)
    assert watch.alarm().audible, "the time that was said to people has passed"


def test_what_becomes_critical_comes_off_the_shelf_of_one_person(watch: Watch) -> None:
    watch.value(35.0)
    watch.shelve(HIGH)
    watch.shelve(WARM)
    watch.exchange((LIMITS[0], replace(LIMITS[1], level=Level.CRITICAL), LIMITS[2]), 35.0)
    watch.seconds(2)
    now = watch.alarm()
    assert (now.level, now.hidden, now.audible) == (Level.CRITICAL, None, True)
    assert [one.id for one in watch.hidings.shelves()] == [WARM]
    assert watch.log(f"shelf:{HIGH}")[-1][2]["how"] == {"reason": "worse"}
    milder = (replace(LIMITS[0], level=Level.WARNING, value=26.0), LIMITS[1], LIMITS[2])
    watch.exchange(milder, 35.0)
    watch.seconds(2)
    assert watch.alarm(WARM).hidden is Hidden.SHELVED, "another figure at the same level is no new condition"


def test_the_same_when_the_room_says_so_at_the_next_start(watch: Watch) -> None:
    watch.value(35.0)
    watch.shelve(HIGH)
    watch.give(watch.hidings.begin_service, BeginService(target="device:u", until=watch.clock.ms + HOUR, why="fan"))
    worse = room_of((replace(LIMITS[1], level=Level.CRITICAL),))
    u = worse.devices[1]
    bad = replace(u.points[0], limits=(Limit("high", Level.CRITICAL, LimitKind.HIGH, 5.0),))
    watch.restart(replace(worse, devices=(worse.devices[0], replace(u, points=(bad,)))))
    watch.seconds(2)
    assert not watch.hidings.shelves() and not watch.hidings.services()


def test_a_condition_that_is_gone_waits_for_its_end_and_is_found_again(watch: Watch) -> None:
    watch.shelve(WARM, 2)
    watch.restart(room_of(LIMITS[1:]))
    watch.seconds(5)
    [one] = watch.hidings.shelves()
    assert (one.missing, one.subject, one.level) == (True, "t.x", 4)
    watch.exchange(LIMITS)
    watch.value(28.0)
    assert watch.alarm(WARM).hidden is Hidden.SHELVED and not watch.hidings.shelves()[0].missing
    watch.exchange(LIMITS[1:], 28.0)
    watch.seconds(2 * 3600 + 3)
    assert not watch.hidings.shelves() and not watch.rows()


def test_what_hangs_on_a_target_is_out_of_service_and_comes_back_unacknowledged(watch: Watch) -> None:
    act = BeginService(target="rack:R2", until=watch.clock.ms + 2 * HOUR, why="works")
    watch.give(watch.hidings.begin_service, act)
    watch.value(9.0, "u.y")
    assert watch.alarm("u.y#high").hidden is Hidden.OUT_OF_SERVICE
    watch.give(watch.hidings.end_service, EndService(target="rack:R2"), person("li"))
    back = watch.alarm("u.y#high")
    assert (back.hidden, back.state) == (None, AlarmState.UNACKNOWLEDGED)
    assert refused(lambda: watch.give(watch.hidings.end_service, EndService(target="rack:R2"))) == "not_out_of_service"
    assert [(kind, actor) for kind, actor, _ in watch.log("service:rack:R2")] == [("service.begun", "zhang"), ("service.ended", "li")]


def test_nothing_critical_goes_out_of_service_on_one_persons_word(watch: Watch) -> None:
    def begin(target: str, hours: float = 1.0) -> None:
        watch.give(watch.hidings.begin_service, BeginService(target=target, until=watch.clock.ms + round(hours * HOUR), why="x"))

    assert {refused(lambda target=target: begin(target)) for target in ("device:t", "bus:b")} == {"service_needs_two"}
    assert refused(lambda: begin("device:none")) == refused(lambda: begin("rack:none")) == "no_such_target"
    assert (refused(lambda: begin("device:u", 24.1)), refused(lambda: begin("device:u", 0))) == ("until_too_far", "until_is_past")
    act = BeginServiceCritical(target="device:t", until=watch.clock.ms + HOUR, why="battery")
    watch.give(watch.hidings.begin_service_critical, act, person("eng", "lea"))
    watch.value(50.0)
    assert {alarm.hidden for alarm in watch.book.open()} == {Hidden.OUT_OF_SERVICE}
    [one] = watch.hidings.services()
    assert (one.level, one.second_name, one.missing) == (1, "Lea", False)


def test_a_latched_alarm_is_let_go_by_a_person_after_it_was_acknowledged(watch: Watch) -> None:
    watch.value(35.0)
    id = watch.alarm().id
    watch.value(20.0)
    assert watch.alarm().state is AlarmState.LATCHED
    assert refused(lambda: watch.give(watch.hidings.reset, ResetAlarms(alarms=[id]))) == "not_to_be_reset"
    watch.acknowledge()
    job = watch.hidings.reset(ResetAlarms(alarms=[id]), person("li"))
    watch.value(36.0)  # it comes again while the act is on its way
    watch.store.write(job).result(30)
    stored = next(alarm for alarm in watch.store.read(alarm_table.open_alarms) if alarm.id == id)
    assert stored.state is AlarmState.UNACKNOWLEDGED, "and a fall at this moment does not make it over"
    job.after()
    assert watch.alarm().state is AlarmState.UNACKNOWLEDGED
    watch.value(20.0)
    watch.acknowledge()
    watch.give(watch.hidings.reset, ResetAlarms(alarms=[id]), person("li"))
    assert not watch.book.find(id) and watch.log(f"alarm:{id}")[-1][:2] == ("alarm.reset", "li")
    assert refused(lambda: watch.give(watch.hidings.reset, ResetAlarms(alarms=[id]))) == "no_such_alarm"


def test_what_the_configuration_switches_off_stands_in_the_list_with_who_and_since_when(
    watch: Watch, expected_log: Callable[[str], None]
) -> None:
    def version(number: int, off: bool, why: str) -> None:
        overrides = {"limit:t.x#warm": {"enabled": False}, "limit:gone.x#high": {"enabled": False}} if off else {}
        content = Content(b"", overrides, "r", "f")
        watch.clock.advance(60)
        now = watch.clock.ms
        kind = "override" if number > 1 else "first"
        watch.store.write(
            lambda conn: versions.append(conn, content, base=number - 1, kind=kind, counts={}, actor="station", why=why, time=now)
        ).result(30)

    for number, off, why in ((1, False, ""), (2, True, "noisy"), (3, True, "something else")):
        version(number, off, why)
    plain = watch.room
    watch.hidings = StationHidings(
        lambda: room_of(LIMITS[1:]), lambda: plain, watch.book, watch.store, watch.clock, lambda _: None, lambda: None
    )
    watch.hidings.load()
    gone, warm = sorted(watch.hidings.switched_off(), key=lambda one: one.id)
    assert (warm.id, warm.until, warm.why, warm.level, warm.since) == (WARM, None, "noisy", 4, watch.clock.ms - 60_000)
    assert warm.limit is not None and warm.limit.value == 25.0
    assert (gone.missing, gone.subject) == (True, "gone.x")
    watch.store.write(lambda conn: conn.execute(update(config_version).where(config_version.c.number == 1).values(summary="?"))).result(30)
    expected_log("configuration version 1 is damaged")
    watch.hidings.load()
    assert len(watch.hidings.switched_off()) == 2, "it is no reason not to start"
    watch.store.write(
        lambda conn: conn.execute(
            update(config_version).where(config_version.c.number == 1).values(summary='{"kind": "first", "counts": {}}')
        )
    ).result(30)
    version(4, False, "needed again")
    watch.hidings.load()
    assert watch.hidings.switched_off() == []
    assert len(watch.store.read(lambda conn: list(conn.execute(select(config_version.c.number))))) == 4


def test_the_stations_own_troubles_and_what_waits_for_admission_are_acknowledged_and_never_shelved() -> None:
    assert shelvable("ups1#lost") and shelvable("bus:line1#lost") and shelvable("ups1.load#new1")
    assert not any(map(shelvable, ("station#recording", "ups1#new", "ups1#changed", "bus:line1#new")))


def test_what_belongs_to_a_target() -> None:
    room = room_of()
    assert subjects(room, "device:t") == {"t", "t.x"}
    assert subjects(room, "bus:b") == {"t", "t.x", "u", "u.y", "bus:b"}
    assert subjects(room, "rack:R1") == {"u", "u.y"}
    assert subjects(room, "rack:R2") == {"u.y"}
    assert not subjects(room, "bus:none") and not subjects(room, "") and not subjects(room, "floor:b")


STEP = st.one_of(
    st.tuples(st.just("shelve"), st.sampled_from((HIGH, WARM)), st.floats(0.01, 4.0)),
    st.tuples(st.just("unshelve"), st.sampled_from((HIGH, WARM)), st.just(0.0)),
    st.tuples(st.just("wait"), st.just(""), st.floats(1.0, 9000.0)),
    st.tuples(st.just("set"), st.just(""), st.floats(-9000.0, 9000.0)),
    st.tuples(st.just("restart"), st.just(""), st.floats(0.0, 9000.0)),
    st.tuples(st.just("value"), st.just(""), st.sampled_from((20.0, 28.0, 35.0))),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, max_size=25))
def test_no_shelf_lasts_longer_than_was_granted_and_memory_and_store_agree(steps: list[tuple[str, str, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = FakeClock()
        watch = Watch(Path(folder), clock)
        since: dict[str, float] = {}  # by our own count of seconds: the grant, or the last restart
        span: dict[str, float] = {}
        passed = 0.0
        for what, key, figure in steps:
            if what == "shelve":
                watch.shelve(key, figure)
                since[key], span[key] = passed, figure * 3600
            elif what == "unshelve" and watch.book.shelved(key):
                watch.give(watch.hidings.unshelve, Unshelve(keys=[key]))
            elif what == "wait":
                clock.advance(figure)
                passed += figure
            elif what == "set":
                clock.ms += round(figure * 1000)
            elif what == "restart":
                watch.restart(away=figure)
                passed += figure
                since = dict.fromkeys(since, passed)  # how long it was away only the wall clock says, and that may have been set
            elif what == "value":
                watch.value(figure)
            watch.seconds(6)
            passed += 6
            shelved = {key for key in (HIGH, WARM) if watch.book.shelved(key)}
            assert {one.id for one in watch.hidings.shelves()} == shelved == {row.id for row in watch.rows()}
            for row in watch.rows():
                assert clock.ms < row.until + 6000
            for one in shelved:
                assert passed <= since[one] + span[one] + 6
            for alarm in watch.book.open():
                assert (alarm.hidden is Hidden.SHELVED) is (alarm.key in shelved)
        watch.close()
