"""Nobody speaks on another master's line: by rule, and of a bus at work on a fake clock, whatever happens."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.acquire.bus import BusThread
from cityops_desktop.acquire.courtesy import GIVE_WAY, LATER, REMEMBERED, Courtesy
from cityops_desktop.acquire.orders import Order
from cityops_desktop.acquire.overheard import UNHEARD
from cityops_desktop.acquire.report import WireState
from cityops_desktop.model.drivers import Counters, Heard, Manners, Request, Result, WireError
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device
from tests.conftest import FakeClock

NAMES = Names("名", "name")
FIRST, AGAIN = 10.0, 2.0
Event = tuple[str, float, int]
EVENTS = st.lists(
    st.tuples(st.sampled_from(("open", "hear", "wait")), st.floats(0, 200, allow_nan=False), st.integers(0, 3)), max_size=40
)  # fmt: skip


@given(EVENTS, st.floats(0, 1), st.booleans())
def test_nobody_speaks_before_the_listening_is_over_nor_after_a_foreign_request(events: list[Event], lot: float, never: bool) -> None:
    courtesy = Courtesy(Manners(FIRST, AGAIN, never), lot)
    now, opened, last, listened = 1000.0, None, None, False
    for what, seconds, number in [("open", 0.0, 0), *events]:
        now += seconds
        if what == "open":
            opened = now
            courtesy.opened(now)
        speaking = courtesy.may_speak(now)
        if what == "hear":
            courtesy.heard(now, number, speaking)
            last = now if number and (not speaking or number >= 2) else last
        assert opened is not None
        listened = listened or now - opened >= FIRST
        if courtesy.may_speak(now):
            assert not never
            assert now - opened >= (AGAIN if listened else FIRST)
            assert last is None or now - last > GIVE_WAY


def test_a_line_is_ours_again_when_the_other_master_has_been_gone_for_three_of_its_pauses() -> None:
    courtesy = Courtesy(Manners())
    courtesy.opened(0)
    for at in (0.0, 50.0, 100.0):
        courtesy.heard(at, 1, speaking=False)
    assert not courtesy.may_speak(100 + 3 * 50) and courtesy.may_speak(100 + 3 * 50 + 1)


def test_one_foreign_request_while_we_speak_may_be_an_accident_and_two_are_none() -> None:
    courtesy = Courtesy(Manners())
    courtesy.opened(0)
    courtesy.heard(10, 1, speaking=True)
    assert courtesy.may_speak(10)
    courtesy.heard(10 + REMEMBERED + 1, 1, speaking=True)
    assert courtesy.may_speak(10 + REMEMBERED + 1)
    courtesy.heard(10 + REMEMBERED + 121, 1, speaking=True)
    assert courtesy.gives_way(10 + REMEMBERED + 121 + 3 * 120) and not courtesy.gives_way(10 + REMEMBERED + 121 + 3 * 120 + 1)


def test_a_port_that_flaps_is_listened_to_for_the_whole_time_before_it_is_spoken_on() -> None:
    courtesy = Courtesy(Manners(FIRST, AGAIN))
    for at in (0.0, 5.0, 10.0):
        courtesy.opened(at)
        courtesy.heard(at + 4, 0, speaking=False)
    assert not courtesy.may_speak(19.9) and courtesy.may_speak(20.0)
    courtesy.heard(20.0, 0, speaking=False)
    courtesy.opened(100.0)
    assert not courtesy.may_speak(101.9) and courtesy.may_speak(102.0)


def test_two_of_our_own_do_not_come_back_at_once() -> None:
    both = [Courtesy(Manners(FIRST, AGAIN), lot) for lot in (0.1, 0.9)]
    for courtesy in both:
        courtesy.opened(0)
    assert both[0].may_speak(FIRST * (1 + 0.1 * LATER)) and not both[1].may_speak(FIRST * (1 + 0.1 * LATER))
    for courtesy in both:
        courtesy.heard(20, 2, speaking=True)
    first = next(at for at in range(20, 200) if both[0].may_speak(at))
    assert not both[1].may_speak(first)
    both[1].heard(first, 1, speaking=False)
    assert not both[1].may_speak(first + GIVE_WAY)


class Line:
    """Driver and session in one, on a line where others speak at times that a test names. Fails when we speak at a forbidden time."""

    name = protocol = "line"

    def __init__(self, clock: FakeClock, manners: Manners, foreign: list[float]) -> None:
        self.clock = clock
        self.rule = manners
        self.foreign = sorted(foreign)
        self.gone: set[int] = set()
        self.counters = Counters()
        self.opened = 0.0
        self.heard: list[float] = []
        self.sent: list[float] = []
        self.hear: list[Heard] = []
        self.breaks = False

    def manners(self, options):
        return self.rule

    def plan(self, bus, device, points, learned):
        return [Request(device.id, (point.key,), point.period, 0.05, None) for point in points]

    def connect(self, bus, devices, clock, record):
        self.opened = clock.monotonic()
        return self

    def _foreign(self, until: float) -> int:
        count = 0
        while self.foreign and self.foreign[0] <= until:
            self.heard.append(self.foreign.pop(0))
            count += 1
        return count

    def _speak(self) -> None:
        now = self.clock.monotonic()
        assert not self.rule.listen_only, "spoken on a line that is only listened to"
        assert now - self.opened >= self.rule.again, "spoken before it was listened"
        # the first foreign request while we speak is not known to be one: the one before the last in any case
        assert all(now - at > GIVE_WAY for at in self.heard[:-1]), "spoken while another master is here"
        self.sent.append(now)

    def execute(self, request):
        self._speak()
        if self.breaks:
            self.breaks = False
            raise WireError(Reason.CONNECTION_LOST)
        self.clock.advance(0.05)
        readings = tuple(Reading(key, 1.0, self.clock.wall(), Quality.GOOD) for key in request.points)
        return Result(request, readings, True, 0.05, foreign=self._foreign(self.clock.monotonic()))

    def identify(self, device):
        self._speak()

    def write(self, point, value):
        self._speak()

    def listen(self, seconds):
        self.clock.advance(seconds)
        if self.hear:
            return self.hear.pop(0)
        return Heard(0, self._foreign(self.clock.monotonic()))

    def close(self):
        self.opened = 0.0


def at_work(clock, manners, foreign=()):
    points = tuple(Point(f"d.p{n}", "d", NAMES, Kind.ANALOG, Group.UPS, period=period) for n, period in enumerate((5.0, 5.0, 60.0)))
    device = Device("d", "b", NAMES, Group.UPS, SimpleNamespace(timeout=None), points)
    line, reports = Line(clock, manners, [clock.monotonic() + at for at in foreign]), []
    return line, BusThread(Bus("b", "line", NAMES, SimpleNamespace(timeout=0.5)), (device,), line, clock, reports.append), reports


def run(bus, clock, seconds):
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        clock.advance(bus.step())


@settings(max_examples=30)
@given(st.lists(st.floats(0, 200, allow_nan=False), max_size=12), st.sets(st.integers(0, 20), max_size=3), st.booleans())
def test_a_bus_never_speaks_when_it_should_listen(foreign: list[float], breaks: set[int], never: bool) -> None:
    clock = FakeClock()
    line, bus, _ = at_work(clock, Manners(FIRST, AGAIN, never), foreign)
    start = clock.monotonic()
    for number in range(30):
        line.breaks = number in breaks
        run(bus, clock, 10)
    assert all(at - start >= FIRST for at in line.sent)
    assert not (never and line.sent)


def test_the_way_of_a_line_with_another_master_and_back(clock):
    line, bus, reports = at_work(clock, Manners(FIRST, AGAIN), [3.0, 8.0, 13.0])
    order_outcomes = []
    run(bus, clock, 4)
    bus.order(Order("d.p0", 1.0, clock.monotonic() + 100, order_outcomes.append))
    run(bus, clock, 56)
    assert line.sent == [] and [(w.outcome, w.code) for w in order_outcomes] == [(Outcome.REFUSED, "other_master")]
    assert [(r.state, r.reason) for r in reports[:2]] == [
        (WireState.STARTING, Reason.LISTENING),
        (WireState.DOWN, Reason.OTHER_MASTER),
    ]
    assert {(r.state, r.reason) for r in reports[1:]} == {(WireState.DOWN, Reason.OTHER_MASTER)}
    assert {reading.reason for r in reports for reading in r.readings} == {Reason.OTHER_MASTER}
    run(bus, clock, 60)
    assert reports[-1].state is WireState.UP and line.sent


@pytest.fixture
def eavesdropping(clock):
    return at_work(clock, Manners(FIRST, AGAIN, True))


def good(clock, *points):
    return tuple(Reading(point, 1.0, clock.wall(), Quality.GOOD) for point in points)


def test_a_line_that_is_only_listened_to_is_up_when_a_request_is_heard(eavesdropping, clock):
    line, bus, reports = eavesdropping
    outcomes = []
    bus.order(Order("d.p0", 1.0, clock.monotonic() + 100, outcomes.append))
    line.hear = [Heard(), Heard(7), Heard(20, 1)]
    run(bus, clock, 1)
    assert [(w.outcome, w.code) for w in outcomes] == [(Outcome.REFUSED, "listen_only")]
    assert [(r.state, r.reason) for r in reports] == [(WireState.UP, None)]


def test_what_the_master_never_asks_for_is_not_heard(eavesdropping, clock):
    line, bus, reports = eavesdropping
    heard = []
    while clock.monotonic() < 1000 + 3 * 60 + 5:
        line.hear = [Heard(20, 1, good(clock, "d.p0"))]
        bus.step()
        heard += [(clock.monotonic() - 1000, reading) for reading in reports[-1].readings if reading.reason is Reason.NOT_HEARD]
    times = {point: [at for at, reading in heard if reading.point == point] for point in ("d.p0", "d.p1", "d.p2")}
    assert times["d.p0"] == []
    assert UNHEARD < times["d.p1"][0] <= UNHEARD + 1
    assert 3 * 60 < times["d.p2"][0] <= 3 * 60 + 1
    assert {r.state for r in reports} == {WireState.UP}


def test_a_line_on_which_nobody_asks_any_more_is_lost(eavesdropping, clock):
    line, bus, reports = eavesdropping
    line.hear = [Heard(20, 1, good(clock, "d.p0"))]
    run(bus, clock, UNHEARD + 1)
    assert (reports[-1].state, reports[-1].reason) == (WireState.DOWN, Reason.NOT_HEARD)
    assert {reading.point for report in reports[1:] for reading in report.readings} == {"d.p0", "d.p1", "d.p2"}
    assert {reading.reason for report in reports[1:] for reading in report.readings} == {Reason.NOT_HEARD}
    line.hear = [Heard(20, 1, good(clock, "d.p0"))]
    run(bus, clock, 1)
    assert reports[-1].state is WireState.UP


def test_a_device_that_leaves_the_other_master_without_an_answer_is_silent(eavesdropping, clock):
    line, bus, reports = eavesdropping
    lost = Heard(8, 1, (failed("d.p0", clock.wall(), Reason.NO_ANSWER),))
    line.hear = [lost]
    run(bus, clock, 1)
    assert reports[-1].silent == ()
    line.hear = [lost]
    run(bus, clock, 1)
    assert reports[-1].silent == ("d",)
    line.hear = [Heard(20, 1, good(clock, "d.p0"))]
    run(bus, clock, 1)
    assert reports[-1].silent == () and reports[-1].devices["d"].last_answer == clock.wall() - 750
