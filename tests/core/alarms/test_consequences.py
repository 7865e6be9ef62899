"""Stories of causes and their consequences: what sounds, what lies under what, and what becomes of it when people act."""

from dataclasses import replace

import pytest

from cityops_desktop.alarms import folding
from cityops_desktop.alarms.book import BUS_DELAY, DEVICE_DELAY, TOGETHER_DELAY, AlarmBook
from cityops_desktop.alarms.covers import APART_SECONDS, HOLD_SECONDS, TOGETHER_SECONDS
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point, Supply
from cityops_desktop.model.power import PowerKind, PowerNode
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.rooms import Bus, Device, Room

NAMES = Names("名", "name")
START = 1_790_000_000_000
MAINS, UPS, PDU, DEAD, TAP = (f"{key}#state1" for key in ("mains.lost", "ups.battery", "pdu.dark", "ups.dead", "tap.wet"))
U, A, R, N = AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED, AlarmState.NORMAL
PLACES = {"a": "10.0.0.5:1", "b": "10.0.0.5:2", "c": "/dev/ttyS0"}


def device(id, bus, *points):
    return Device(id, bus, NAMES, Group.UPS, None, points)


def point(key, level, supply=None, latch=False):
    limits = (Limit("state1", level, LimitKind.STATE, states=(1,), supply=supply, latch=latch),)
    return Point(key, key.split(".")[0], NAMES, Kind.DIGITAL, Group.UPS, limits=limits)


ROOM = Room(
    "r",
    NAMES,
    "c/d/s/r",
    "UTC",
    "1",
    buses=tuple(Bus(id, "x", NAMES, None) for id in PLACES),
    devices=(
        device("mains", "a", point("mains.lost", Level.MAJOR, Supply.LOST)),
        device("ups", "a", point("ups.battery", Level.MAJOR, Supply.FOLLOWS), point("ups.dead", Level.CRITICAL, Supply.FOLLOWS)),
        device("pdu", "b", point("pdu.dark", Level.MINOR, Supply.FOLLOWS)),
        device("tap", "c", point("tap.wet", Level.MINOR, Supply.FOLLOWS, latch=True)),
    ),
    power=(
        PowerNode("mains", NAMES, PowerKind.MAINS, device="mains"),
        *(PowerNode(id, NAMES, PowerKind.LOAD, ("mains",), id) for id in ("ups", "pdu", "tap")),
    ),
)


class Night:
    def __init__(self):
        self.seconds = 0.0
        self.book = self.made()

    @staticmethod
    def made():
        wide = folding.together(ROOM, PLACES)
        return AlarmBook(ROOM, folding.parents(ROOM, wide), wide)

    @property
    def now(self):
        return START + round(self.seconds * 1000), 100.0 + self.seconds

    def set(self, key, value):
        return self.book.feed(Reading(key.partition("#")[0], value, self.now[0], Quality.GOOD), *self.now)

    def on(self, *keys):
        return [alarm for key in keys for alarm in self.set(key, 1)]

    def off(self, *keys):
        return [alarm for key in keys for alarm in self.set(key, 0)]

    def wait(self, seconds):
        self.seconds += seconds
        return self.book.tick(*self.now)

    def ack(self, key):
        return self.book.acknowledge(self[key].id, "p1", "王", self.now[0])

    def shelve(self, key, seconds=600.0):
        return self.book.shelve(key, self.now[0] + round(seconds * 1000), *self.now)

    def __getitem__(self, key):
        return next(alarm for alarm in self.book.open() if alarm.key == key)

    def shown(self):
        """Key -> state, and what it lies under or is hidden by."""
        return {alarm.key: (alarm.state, alarm.under or alarm.hidden) for alarm in self.book.open()}

    def loud(self):
        return {alarm.key for alarm in self.book.open() if alarm.audible}


@pytest.fixture
def night():
    return Night()


@pytest.mark.parametrize("order", [(MAINS, UPS, PDU), (UPS, PDU, MAINS), (UPS, MAINS, PDU)])
def test_a_lost_supply_is_one_loud_alarm_whichever_comes_first(night, order):
    for key in order:
        night.on(key)
        night.wait(5.0)
    assert night.loud() == {MAINS}
    assert night.shown() == {MAINS: (U, None), UPS: (U, MAINS), PDU: (U, MAINS)}


def test_nothing_hides_what_is_worse_than_itself(night):
    night.on(MAINS, UPS, DEAD)
    assert night.loud() == {MAINS, DEAD}


@pytest.mark.parametrize(("gap", "loud"), [(TOGETHER_SECONDS, {MAINS}), (TOGETHER_SECONDS + 1, {MAINS, UPS})])
def test_what_comes_long_after_the_cause_is_news_and_so_is_what_was_there_long_before(night, gap, loud):
    night.on(MAINS)
    night.wait(gap)
    night.on(UPS)
    assert night.loud() == loud
    other = Night()
    other.on(UPS)
    other.wait(gap)
    other.on(MAINS)
    assert other.loud() == loud


def test_a_consequence_that_comes_again_hours_later_sounds_though_the_cause_still_stands(night):
    """The diesel set that has carried the room since the evening has just failed: the batteries are used again."""
    night.on(MAINS, UPS)
    night.ack(MAINS)
    night.wait(12.0)
    night.off(UPS)
    night.wait(7200.0)
    assert night.loud() == set()
    night.on(UPS)
    assert night.shown() == {MAINS: (A, None), UPS: (U, None)}
    assert night.loud() == {UPS}


def test_whoever_acknowledges_the_cause_has_acknowledged_what_lies_under_it_and_what_still_comes_with_it(night):
    night.on(MAINS, UPS)
    changed = night.ack(MAINS)
    assert [(one.key, one.state, one.actor_name) for one in changed] == [(MAINS, A, "王"), (UPS, A, "王")]
    night.wait(3.0)
    raised, seen = night.on(PDU)
    assert (raised.state, raised.under) == (U, MAINS)
    assert (seen.state, seen.actor, seen.acknowledged) == (A, "p1", raised.raised), "not before it was there"
    assert night.loud() == set()


def test_a_consequence_can_be_acknowledged_by_itself_and_its_cause_is_still_loud(night):
    night.on(MAINS, UPS)
    assert [one.key for one in night.ack(UPS)] == [UPS]
    assert night.loud() == {MAINS}


def test_what_still_stands_when_the_cause_has_been_gone_for_a_while_sounds_acknowledged_or_not(night):
    night.on(MAINS, UPS, PDU)
    night.ack(MAINS)
    night.wait(10.0)
    night.off(MAINS, PDU)
    assert night.shown() == {UPS: (A, MAINS)}
    night.wait(HOLD_SECONDS - 0.5)
    assert night.shown() == {UPS: (A, MAINS)}
    [freed] = night.wait(0.5)
    assert (freed.key, freed.state, freed.hidden, freed.acknowledged) == (UPS, U, None, None)
    assert night.loud() == {UPS}


def test_what_comes_just_after_the_cause_has_gone_is_still_its_consequence_for_that_while(night):
    night.on(MAINS)
    night.ack(MAINS)
    night.wait(3600.0)
    night.off(MAINS)
    night.wait(5.0)
    night.on(UPS)
    assert night.shown() == {UPS: (U, MAINS)}
    night.wait(HOLD_SECONDS - 5.0)
    assert night.loud() == {UPS}


def test_what_came_and_went_with_an_unacknowledged_cause_waits_under_it_and_ends_with_it(night):
    night.on(MAINS, UPS)
    night.wait(5.0)
    night.off(UPS, MAINS)
    night.wait(600.0)
    assert night.shown() == {MAINS: (R, None), UPS: (R, MAINS)}
    assert [(one.key, one.state) for one in night.ack(MAINS)] == [(MAINS, N), (UPS, N)]


def test_if_it_comes_again_it_no_longer_waits(night):
    night.on(MAINS, UPS)
    night.off(UPS, MAINS)
    night.wait(600.0)
    night.on(UPS)
    assert night.shown() == {MAINS: (R, None), UPS: (U, None)}


def test_what_went_with_a_cause_that_ended_is_nobodys_any_more(night):
    night.on(MAINS)
    night.ack(MAINS)
    night.wait(10.0)
    night.off(MAINS)
    night.on(UPS)
    night.off(UPS)
    assert night.shown() == {UPS: (R, MAINS)}
    night.wait(HOLD_SECONDS)
    assert night.shown() == {UPS: (R, None)}


def test_a_latched_consequence_is_reset_by_a_person_and_no_longer_hidden_once_its_cause_is_over(night):
    night.on(MAINS, TAP)
    night.off(TAP, MAINS)
    night.wait(600.0)
    assert night.shown() == {MAINS: (R, None), TAP: (AlarmState.LATCHED, MAINS)}
    night.ack(MAINS)
    assert night.shown() == {TAP: (AlarmState.LATCHED_ACKNOWLEDGED, None)}
    assert night.book.reset(night[TAP].id).state is N


@pytest.mark.parametrize("by", ["shelf", "service"])
def test_a_cause_that_a_person_hides_takes_nothing_with_it(night, by):
    night.on(MAINS, UPS)
    night.ack(MAINS)
    night.on(PDU)
    if by == "shelf":
        night.shelve(MAINS)
    else:
        night.book.begin_service("device:mains", {"mains", "mains.lost"}, night.now[0] + 600_000, *night.now)
    assert night[MAINS].hidden is (Hidden.SHELVED if by == "shelf" else Hidden.OUT_OF_SERVICE)
    assert night.shown() | {MAINS: None} == {MAINS: None, UPS: (A, None), PDU: (A, None)}, "as they are: seen with the cause, not news"
    night.on(DEAD)
    night.off(PDU)
    night.on(PDU)
    assert night.loud() == {DEAD, PDU}, "and what comes now stands for itself"


def test_a_consequence_on_a_shelf_still_lies_under_its_cause_and_is_acknowledged_with_it(night):
    night.on(MAINS, UPS)
    night.shelve(UPS, 20.0)
    assert (night[UPS].hidden, night[UPS].under) == (Hidden.SHELVED, MAINS)
    night.ack(MAINS)
    assert night[UPS].state is A
    night.wait(20.0)
    assert (night[UPS].hidden, night[UPS].state) == (Hidden.SUPPRESSED, A)


def test_a_restart_while_the_cause_was_just_gone_keeps_what_lies_under_it_for_its_while(night):
    night.on(MAINS, UPS)
    night.ack(MAINS)
    night.wait(10.0)
    night.off(MAINS)
    left, night.book = night.book.open(), night.made()
    assert [*night.book.restore(left, night.now[0]), *night.book.settle(night.now[1])] == []
    assert night.shown() == {UPS: (A, MAINS)}
    night.wait(HOLD_SECONDS)
    assert night.shown() == {UPS: (U, None)}


def test_a_restart_hours_into_a_lost_supply_makes_no_old_cause_young(night):
    night.on(MAINS, UPS)
    night.ack(MAINS)
    night.wait(7200.0)
    left, night.book = night.book.open(), night.made()
    night.book.restore(left, night.now[0])
    night.book.settle(night.now[1])
    night.on(PDU)
    assert night.shown() == {MAINS: (A, None), UPS: (A, MAINS), PDU: (U, None)}


def test_another_level_in_the_room_file_is_another_alarm_after_the_restart(night):
    night.on(MAINS)
    night.ack(MAINS)
    milder = night[MAINS].with_state(A, level=Level.WARNING)
    again = Night()
    gone, raised = again.book.restore([milder], again.now[0])
    assert (gone.id, gone.state) == (milder.id, N)
    assert (raised.state, raised.level) == (U, Level.MAJOR)


def cut(night, *buses):
    return [alarm for bus in buses for alarm in night.book.bus_lost(bus, "unreachable", 2, *night.now)]


def mend(night, *buses):
    return [alarm for bus in buses for alarm in night.book.bus_back(bus, *night.now)]


def test_a_lost_gateway_is_one_alarm_that_counts_its_lines_and_their_points(night):
    cut(night, "a")
    night.wait(1.0)
    cut(night, "b")
    night.wait(TOGETHER_DELAY[Cause.GATEWAY_LOST])
    [lost] = night.book.open()
    assert (lost.key, lost.cause, lost.level, lost.detail, lost.points) == (
        "gateway:10.0.0.5#lost",
        Cause.GATEWAY_LOST,
        Level.MAJOR,
        "2",
        4,
    )
    night.wait(BUS_DELAY)
    assert night.loud() == {"gateway:10.0.0.5#lost"}
    assert {alarm.under for alarm in night.book.open()} == {"", "gateway:10.0.0.5#lost"}


def test_buses_of_a_gateway_that_come_one_after_the_other_end_under_it_all_the_same(night):
    cut(night, "a")
    night.wait(BUS_DELAY)
    assert night.loud() == {"bus:a#lost"}
    night.wait(10.0)
    cut(night, "b")
    night.wait(BUS_DELAY)
    assert night.loud() == {"gateway:10.0.0.5#lost"}


def test_a_bus_that_stays_lost_when_its_gateway_is_back_sounds_after_a_while(night):
    cut(night, "a", "b")
    night.wait(BUS_DELAY)
    night.ack("gateway:10.0.0.5#lost")
    mend(night, "a")
    night.wait(BUS_DELAY)
    assert night.shown() == {"bus:b#lost": (A, "gateway:10.0.0.5#lost")}
    night.wait(HOLD_SECONDS)
    assert night.loud() == {"bus:b#lost"}


def test_a_blind_room_is_one_critical_alarm_and_everything_else_lies_under_it(night):
    cut(night, *PLACES)
    night.wait(BUS_DELAY)
    assert night.loud() == {"room#lost"}
    assert night["room#lost"].level is Level.CRITICAL
    assert {alarm.under for alarm in night.book.open()} == {"", "room#lost"}
    assert len(night.book.open()) == 5
    mend(night, "c")
    night.wait(BUS_DELAY)
    assert night["room#lost"].state is R


def test_a_gateway_stays_lost_across_a_restart_until_one_of_its_buses_is_back(night):
    cut(night, "a", "b")
    night.wait(TOGETHER_DELAY[Cause.GATEWAY_LOST])
    left, night.book = night.book.open(), night.made()
    assert [one.key for one in left] == ["gateway:10.0.0.5#lost"], "the crash comes before the buses are told"
    night.book.restore(left, night.now[0])
    night.book.settle(night.now[1])
    told = [*cut(night, "b"), *night.wait(60.0), *cut(night, "a"), *night.wait(60.0)]
    assert {alarm.cause for alarm in told} == {Cause.BUS_LOST}
    assert night["gateway:10.0.0.5#lost"].standing
    mend(night, "a")
    night.wait(BUS_DELAY)
    assert night["gateway:10.0.0.5#lost"].state is R


def test_a_gateway_that_is_no_longer_in_the_room_returns(night):
    cut(night, "a", "b")
    night.wait(BUS_DELAY)
    bare = AlarmBook(ROOM)
    bare.restore(night.book.open(), night.now[0])
    bare.settle(night.now[1])
    assert {alarm.key: (alarm.state, alarm.hidden) for alarm in bare.open()} == {
        "gateway:10.0.0.5#lost": (R, None),
        "bus:a#lost": (U, None),
        "bus:b#lost": (U, None),
    }


def test_a_device_alarm_that_its_lost_bus_replaces_lies_under_it(night):
    night.book.device_lost("ups", 2, *night.now)
    night.wait(DEVICE_DELAY)
    cut(night, "a")
    night.wait(BUS_DELAY)
    assert night.shown() == {"bus:a#lost": (U, None), "ups#lost": (R, "bus:a#lost")}


def test_shelves_that_end_together_come_back_one_by_one_the_worst_first_and_silent_ones_at_once(night):
    night.on(PDU, DEAD, UPS)
    for key in (PDU, DEAD, UPS, TAP, "room#lost"):
        night.shelve(key, 30.0)
    back = [[one.key for one in night.wait(30.0)]]
    assert not night.book.shelved(TAP) and not night.book.shelved("room#lost"), "nothing to say, no turn taken"
    for _ in range(3):
        back.append([one.key for one in night.wait(APART_SECONDS)])
    assert back == [[DEAD], [UPS], [PDU], []]


def test_a_shelf_of_what_is_told_later_only_counts_from_the_start(night):
    """A trouble of the station, or an admission, has no condition before it is told: its shelf came first after a restart."""
    night.shelve("station#history")
    [raised] = night.book.station("station#history", Cause.HISTORY_WAITING, Level.MAJOR, "", True, *night.now)
    assert (raised.state, raised.hidden) == (U, Hidden.SHELVED)


def test_limits_that_say_otherwise_now_free_what_lay_under_them_and_only_that(night):
    night.on(MAINS, UPS, PDU)
    night.ack(MAINS)
    [freed] = night.book.refold({PDU: (MAINS,)})
    assert (freed.key, freed.state, freed.hidden) == (UPS, U, None)
    assert night.shown() == {MAINS: (A, None), UPS: (U, None), PDU: (A, MAINS)}
    night.off(UPS)
    night.on(UPS)
    assert night.shown()[UPS] == (U, None)


def milder(level):
    return (Limit("state1", level, LimitKind.STATE, states=(1,), supply=Supply.LOST),)


def test_a_cause_that_is_milder_by_now_hides_nothing_worse_any_more(night):
    night.on(MAINS, UPS, PDU)
    night.ack(MAINS)
    night.wait(120.0)
    night.book.exchange(Reading("mains.lost", 1, night.now[0], Quality.GOOD), milder(Level.MINOR), *night.now)
    assert night.shown() == {MAINS: (U, None), UPS: (U, None), PDU: (A, MAINS)}


def test_nor_does_one_that_became_milder_while_the_station_was_down(night):
    night.on(MAINS, UPS, PDU)
    night.ack(MAINS)
    other = replace(ROOM, devices=(device("mains", "a", replace(ROOM.devices[0].points[0], limits=milder(Level.MINOR))), *ROOM.devices[1:]))
    left, night.book = night.book.open(), AlarmBook(other, folding.parents(other, ()))
    night.book.restore(left, night.now[0])
    night.book.settle(night.now[1])
    assert {key: value for key, value in night.shown().items() if key != PDU} == {MAINS: (U, None), UPS: (U, None)}
