"""The power chain's figures: who feeds whom, sums, and what is safe when one part fails. Nothing unknown becomes a smaller number."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import ref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.chain import Chain, Measure, depths
from cityops_desktop.model.points import Names
from cityops_desktop.model.power import Feed, PowerKind, PowerNode, PowerRole
from cityops_desktop.model.rooms import Rack

NAME = Names("x", "x")


def node(name: str, kind: PowerKind, *sources: str, rating: float | None = None, power: bool = False, **more: object) -> PowerNode:
    points = {PowerRole.POWER: f"{name}.power"} if power else {}
    return replace(PowerNode(name, NAME, kind, sources, rating=rating, points=points), **more)  # type: ignore[arg-type]


ATS = {"points": {PowerRole.POSITION: "ats.position"}, "positions": {1: "mains", 2: "diesel"}}
NODES = (
    node("mains", PowerKind.MAINS, rating=100, power=True),
    node("diesel", PowerKind.GENERATOR, rating=50, points={PowerRole.POWER: "diesel.power", PowerRole.STATE: "diesel.state"}, dead=(0,)),
    node("ats", PowerKind.ATS, "mains", "diesel", rating=100, **ATS),
    node("bat1", PowerKind.BATTERY),
    node("ups1", PowerKind.UPS, "ats", "bat1", rating=30),
    node("ups2", PowerKind.UPS, "ats", rating=30),
    node("bat2", PowerKind.BATTERY, "ups2"),
    node("panel-a", PowerKind.PANEL, "ups1", rating=20),
    node("panel-b", PowerKind.PANEL, "ups2", rating=20),
    node("mech", PowerKind.PANEL, "ats", rating=20, power=True),
)
BASE: Mapping[str, float | None] = {"ats.position": 1, "mains.power": 20.0, "diesel.power": 0.0, "diesel.state": 0, "mech.power": 8.0}


@dataclass(frozen=True)
class Room:
    """A room and its readings; times count from 1000 on in the order of the keys."""

    racks: tuple[Rack, ...]
    values: Mapping[str, float | None]
    nodes: tuple[PowerNode, ...] = NODES
    unit: str = "kW"

    def chain(self) -> Chain:
        times = {key: 1000 + n for n, key in enumerate(self.values)}
        return Chain(self.nodes, self.racks, lambda key: Measure(self.values.get(key), self.unit, times.get(key)))

    def but(self, **values: float | None) -> "Room":
        return replace(self, values={**self.values, **{key.replace("__", "."): value for key, value in values.items()}})


def rack(name: str, *feeds: tuple[str, str | None]) -> Rack:
    return Rack(name, NAME, feeds=tuple(Feed(side, where, (f"{name}.{side}",)) for side, where in feeds))


def dual(name: str) -> Rack:
    return rack(name, ("A", "panel-a"), ("B", "panel-b"))


ROOM = Room(
    (dual("r1"), dual("r2"), rack("single", ("A", "panel-a"))),
    {**BASE, "r1.A": 2.0, "r1.B": 1.0, "r2.A": 3.0, "r2.B": 2.0, "single.A": 1.0},
)


def test_loads_are_measured_or_added_up() -> None:
    chain = ROOM.chain()
    assert chain.load("panel-a").value == 6 and chain.load("panel-b").value == 3
    assert chain.load("ups1").value == 6 and chain.load("ats").value == 20, "the mains' meter: with the UPS losses"
    assert (chain.load("mains").value, chain.load("mains").measured) == (20, True)
    assert chain.load("diesel").value == 0 and chain.load("ats").measured and not chain.load("ups1").measured
    assert chain.load("bat1").value is None
    assert chain.feed_load("r1", 0).value == 2 and chain.load("panel-a").per_cent(20).value == 30


def test_watts_are_made_kilowatts_and_other_units_are_no_power() -> None:
    assert replace(ROOM, unit="W").chain().load("panel-a").value == pytest.approx(0.006)
    assert replace(ROOM, unit="A").chain().load("panel-a").value is None


def test_the_age_of_a_sum_is_that_of_its_oldest_part() -> None:
    chain = ROOM.chain()
    times = {key: 1000 + n for n, key in enumerate(ROOM.values)}
    assert chain.load("panel-b").time == min(times["r1.B"], times["r2.B"]) and chain.load("ats").time == times["mains.power"]


def test_who_is_on_the_line() -> None:
    assert ROOM.chain().on_line("ats") == ("mains",) and ROOM.chain().on_line("ups1") == ("ats",)
    assert ROOM.chain().flow("mains", "ats").value == 20 and ROOM.chain().flow("diesel", "ats").value == 0
    assert ROOM.but(ats__position=2).chain().on_line("ats") == ("diesel",)
    assert ROOM.but(ats__position=0).chain().on_line("ats") == ()
    assert ROOM.but(ats__position=None).chain().on_line("ats") is None
    assert ROOM.but(ats__position=None).chain().flow("mains", "ats").value is None


def test_what_is_energised() -> None:
    chain = ROOM.chain()
    assert chain.energised("mains") and chain.energised("panel-a") and chain.energised("diesel") is False
    assert ROOM.but(ats__position=0).chain().energised("mech"), "it is measured to draw power, whatever the switch says"
    dark = ROOM.but(ats__position=0, mech__power=0.0).chain()
    assert dark.energised("ats") is False and dark.energised("mech") is False
    assert dark.energised("ups1") is None and not dark.on_batteries("ups1"), "it may run from its batteries: nobody says"
    assert ROOM.but(mains__power=None).chain().energised("mains"), "what it alone feeds draws power"
    assert ROOM.but(mains__power=None, mech__power=None).chain().energised("ats") is None
    unsure = ROOM.but(ats__position=None, mech__power=0.0)
    assert unsure.chain().energised("ats") is None, "one of its sources is alive"
    nodes = tuple(replace(one, points={PowerRole.VOLTAGE: "m.v"}) if one.id == "mains" else one for one in NODES)
    assert replace(unsure, nodes=nodes).but(m__v=0.0).chain().energised("ats") is False, "both are dead"


def blackout(**more: float | None) -> Chain:
    """Mains gone, the set not started yet, the UPS are known to deliver."""
    volts = {"mains": "m.v", "ups1": "u1.v", "ups2": "u2.v"}
    nodes = tuple(replace(one, points={**one.points, PowerRole.VOLTAGE: volts[one.id]}) if one.id in volts else one for one in NODES)
    dead = {"m__v": 0.0, "u1__v": 230.0, "u2__v": 230.0, "mains__power": 0.0, "mech__power": 0.0}
    return replace(ROOM, nodes=nodes).but(**{**dead, **more}).chain()


def test_a_ups_whose_source_is_dead_draws_nothing_from_it() -> None:
    chain = blackout()
    assert chain.energised("ats") is False and chain.on_batteries("ups1") and not ROOM.chain().on_batteries("ups1")
    assert chain.flow("ats", "ups1").value == 0 and chain.load("ats").value == 0 and chain.load("ups1").value == 6
    assert chain.after("ups2", "ups1").value == 8 and chain.after("ats", "ups1").value == 0
    assert chain.worst("diesel").load.value is None, "what the dead mechanical panel will draw is not known"
    assert chain.demand("ups1").value == 6 and chain.demand("ats").value is None and ROOM.chain().demand("ats").value == 20


def test_whether_a_ups_draws_is_not_known_when_its_source_is_not() -> None:
    chain = blackout(m__v=None, mains__power=None)
    assert chain.energised("ats") is None and chain.flow("ats", "ups1").value is None and chain.load("ats").value is None
    assert not chain.on_batteries("ups1") and chain.after("ats", "ups1").value is None


def test_a_voltage_tells_whether_a_node_is_energised() -> None:
    nodes = tuple(replace(one, points={PowerRole.VOLTAGE: "v"}) if one.id == "ups1" else one for one in NODES)
    for volts, alive in ((230.0, True), (3.0, False)):
        assert replace(ROOM, nodes=nodes).but(v=volts).chain().energised("panel-a") is alive


def test_a_failed_side_moves_its_racks_to_the_other() -> None:
    chain = ROOM.chain()
    assert {(move.rack, move.load.value) for move in chain.moves("panel-a")} == {("r1", 2), ("r2", 3)}
    assert chain.after("panel-b", "panel-a").value == 8 and chain.after("ups2", "panel-a").value == 8
    assert chain.after("panel-b", "ups1").value == 8 and chain.after("panel-a", "ups1").value == 0
    assert chain.dropped("ups1") == ("single",) and chain.dropped("panel-b") == () and chain.single_fed() == ("single",)
    assert chain.after("ats", "ups1").value == pytest.approx(20 - 6 + 5), "the single-fed rack drops"
    assert chain.after("mains", "ups1").value == pytest.approx(20 - 6 + 5), "what the mains feed beside is left as it is"


def test_a_chain_goes_at_once_when_nobody_holds_it() -> None:
    gc.disable()
    try:
        chain = ROOM.chain()
        assert chain.worst("panel-a").failure
        gone = ref(chain)
        del chain
        assert gone() is None
    finally:
        gc.enable()


def test_the_worst_failure_is_named() -> None:
    chain = ROOM.chain()
    worst = chain.worst("panel-b")
    assert (worst.load.value, worst.percent.value, worst.failure) == (8, 40, "ups1")
    assert chain.worst("ups2").failure == "ups1"
    assert (chain.worst("panel-a").load.value, chain.worst("panel-a").failure) == (9, "ups2")
    assert (chain.worst("mech").load.value, chain.worst("mech").failure) == (8, "")
    diesel = chain.worst("diesel")
    assert (diesel.load.value, diesel.percent.value, diesel.failure) == (20, 40, "mains"), "it has to bear what the mains' meter reads now"
    assert (chain.worst("mains").load.value, chain.worst("mains").failure) == (20, "")


def test_a_ups_goes_on_when_what_feeds_it_fails() -> None:
    chain = ROOM.chain()
    assert chain.moves("ats") == () and chain.after("panel-a", "ats").value == 6 and chain.after("mech", "ats").value == 0
    assert chain.after("mains", "ats").value == 0


def test_a_side_that_is_dead_already_takes_nothing() -> None:
    nodes = tuple(replace(one, points={PowerRole.VOLTAGE: "b.v"}) if one.id == "panel-b" else one for one in NODES)
    room = replace(ROOM, nodes=nodes).but(b__v=0.0, r1__B=0.0, r2__B=0.0)
    assert room.chain().moves("panel-a") == () and set(room.chain().dropped("panel-a")) == {"r1", "r2", "single"}


def test_a_dead_source_is_no_way_out_of_a_failure_but_a_generator_that_stands_is() -> None:
    on_diesel = ROOM.but(ats__position=2, mains__power=0.0, diesel__power=17.0, diesel__state=1)
    nodes = tuple(replace(one, points={**one.points, PowerRole.VOLTAGE: "m.v"}) if one.id == "mains" else one for one in NODES)
    assert replace(on_diesel, nodes=nodes).but(m__v=0.0).chain().after("mech", "diesel").value == 0
    assert replace(on_diesel, nodes=nodes).but(m__v=230.0).chain().after("mech", "diesel").value == 8
    assert ROOM.chain().after("mech", "mains").value == 8, "the set that stands now is started"


def test_a_feed_from_outside_the_chain_takes_load_out_of_it() -> None:
    room = replace(ROOM, racks=(rack("r", ("A", "panel-a"), ("B", None)),), values={**BASE, "r.A": 2.0, "r.B": 1.0})
    assert room.chain().dropped("panel-a") == () and room.chain().after("panel-b", "panel-a").value is None
    assert room.chain().worst("ups2").load.value is None, "panel B has nothing on it and no meter: its figure is not known"
    unmetered = replace(room, nodes=tuple(replace(one, points={}) if one.id == "mains" else one for one in NODES))
    assert unmetered.chain().worst("ats").load.value is None, "and so is a sum of it"


def test_a_switch_bears_what_the_meters_of_its_sources_say() -> None:
    assert ROOM.but(ats__position=2, diesel__power=18.5).chain().load("ats").value == 18.5
    assert ROOM.but(ats__position=None).chain().load("ats").value == 20, "both together, when nobody says which"
    assert ROOM.but(mains__power=None).chain().load("ats").value is None, "never the smaller sum"
    assert ROOM.but(r1__A=None).chain().load("ats").value == 20
    beside = (*NODES, node("office", PowerKind.PANEL, "mains"))
    assert replace(ROOM, nodes=beside).chain().load("ats").value == 6 + 3 + 8, "the meter counts something else, too"


def sides() -> tuple[PowerNode, ...]:
    """The nodes with voltages on both panels and on the mains."""
    volts = {"panel-a": "a.v", "panel-b": "b.v", "mains": "m.v"}
    return tuple(replace(one, points={**one.points, PowerRole.VOLTAGE: volts[one.id]}) if one.id in volts else one for one in NODES)


def test_a_dead_side_darkens_its_single_fed_racks_and_bares_the_others() -> None:
    live = replace(ROOM, nodes=sides()).but(a__v=230.0, b__v=230.0, m__v=230.0)
    assert live.chain().dark() == () and live.chain().last_feed() == ()
    dead = live.but(a__v=0.0)
    assert dead.chain().dark() == ("single",) and dead.chain().last_feed() == ("r1", "r2")
    assert dead.but(b__v=0.0).chain().dark() == ("r1", "r2", "single") and dead.but(b__v=0.0).chain().last_feed() == ()
    assert live.but(a__v=None).chain().dark() == () and live.but(a__v=None).chain().last_feed() == (), "not known is not dead"
    outside = replace(dead, racks=(rack("r", ("A", "panel-a"), ("B", None)),)).but(r__A=0.0, r__B=1.0)
    assert outside.chain().dark() == () and outside.chain().last_feed() == ("r",)


def test_the_last_source_of_a_switch_is_told() -> None:
    room = replace(ROOM, nodes=sides()).but(a__v=230.0, b__v=230.0, m__v=230.0)
    assert room.chain().last_source() == {} and room.chain().standby() == {"ats": ("diesel",)}
    diesel = room.but(ats__position=2, diesel__state=1, diesel__power=20.0)
    assert diesel.chain().last_source() == {}, "the mains are back, the switch will go over"
    assert diesel.but(m__v=0.0, mains__power=0.0).chain().last_source() == {"ats": "diesel"}
    assert diesel.but(m__v=0.0, mains__power=0.0).chain().standby() == {"ats": ("mains",)}
    assert room.but(ats__position=0).chain().last_source() == {} and room.but(ats__position=None).chain().last_source() == {}


def test_three_feeds_share_what_one_loses() -> None:
    nodes = (*NODES, node("panel-c", PowerKind.PANEL, "ups2"))
    racks = (rack("r", ("A", "panel-a"), ("B", "panel-b"), ("C", "panel-c")),)
    chain = Room(racks, {**BASE, "r.A": 3.0, "r.B": 1.0, "r.C": 1.0}, nodes).chain()
    assert [chain.after(name, "panel-a").value for name in ("panel-b", "panel-c", "ups2")] == [2.5, 2.5, 5]


def test_depths_run_from_the_mains_down() -> None:
    assert depths(ROOM.chain()) == {"mains": 0, "diesel": 0, "ats": 1, "ups1": 2, "ups2": 2, "panel-a": 3, "panel-b": 3, "mech": 2}
    assert ROOM.chain().batteries("ups1") == ("bat1",) and ROOM.chain().batteries("ups2") == ("bat2",)


kw = st.floats(0, 50, allow_nan=False).map(lambda value: round(value, 3))
loads = st.lists(st.tuples(kw, kw, st.sampled_from(["dual", "a", "b"])), min_size=1, max_size=12)


def made(rows: list[tuple[float, float, str]]) -> Room:
    racks, values = [], dict(BASE)
    for n, (a, b, kind) in enumerate(rows):
        name = f"r{n}"
        racks.append({"dual": dual(name), "a": rack(name, ("A", "panel-a")), "b": rack(name, ("B", "panel-b"))}[kind])
        values |= {f"{name}.A": a, f"{name}.B": b}
    racks += [rack("base-a", ("A", "panel-a")), rack("base-b", ("B", "panel-b"))]
    return Room(tuple(racks), {**values, "base-a.A": 0.5, "base-b.B": 0.5})


@settings(max_examples=150, deadline=None)
@given(loads)
def test_what_moves_is_the_dual_fed_load_of_the_failed_side_and_arrives(rows: list[tuple[float, float, str]]) -> None:
    chain = made(rows).chain()
    for failed, other, column in (("panel-a", "panel-b", 0), ("ups1", "panel-b", 0), ("panel-b", "panel-a", 1), ("ups2", "panel-a", 1)):
        dual_fed = sum(row[column] for row in rows if row[2] == "dual")
        assert sum(move.load.value or 0 for move in chain.moves(failed)) == pytest.approx(dual_fed)
        assert chain.after(other, failed).value == pytest.approx((chain.load(other).value or 0) + dual_fed)
        assert chain.after(f"ups{2 if column == 0 else 1}", failed).value == chain.after(other, failed).value


@settings(max_examples=150, deadline=None)
@given(loads)
def test_the_worst_is_never_less_than_now_and_never_less_than_any_failure(rows: list[tuple[float, float, str]]) -> None:
    chain = made(rows).chain()
    for name in ("mains", "diesel", "ats", "ups1", "ups2", "panel-a", "panel-b", "mech"):
        worst, now = chain.worst(name).load.value, chain.load(name).value
        assert worst is not None and now is not None and worst >= now
        for failure in chain.nodes:
            if failure != name and not failure.startswith("bat"):
                after = chain.after(name, failure).value
                assert after is not None and after <= worst + 1e-6


@settings(max_examples=150, deadline=None)
@given(loads)
def test_a_symmetric_room_has_symmetric_figures(rows: list[tuple[float, float, str]]) -> None:
    swap = {"dual": "dual", "a": "b", "b": "a"}
    one, other = made(rows).chain(), made([(b, a, swap[kind]) for a, b, kind in rows]).chain()
    for left, right in (("panel-a", "panel-b"), ("ups1", "ups2"), ("panel-b", "panel-a"), ("ups2", "ups1")):
        assert one.load(left).value == pytest.approx(other.load(right).value)
        assert one.worst(left).load.value == pytest.approx(other.worst(right).load.value)


@settings(max_examples=150, deadline=None)
@given(loads, st.data())
def test_an_unknown_reading_makes_figures_unknown_and_never_smaller(rows: list[tuple[float, float, str]], data: st.DataObject) -> None:
    room = made(rows)
    lost = data.draw(st.sampled_from(sorted(room.values)))
    whole, partly = room.chain(), replace(room, values={**room.values, lost: None}).chain()
    for name in ("mains", "diesel", "ats", "ups1", "ups2", "panel-a", "panel-b", "mech"):
        assert partly.load(name).value in (None, whole.load(name).value)
        assert partly.worst(name).load.value in (None, pytest.approx(whole.worst(name).load.value))
        assert partly.worst(name).percent.value in (None, pytest.approx(whole.worst(name).percent.value))
    for n, row in enumerate(rows):
        if lost == f"r{n}.A" and row[2] == "dual":
            assert partly.worst("panel-b").load.value is None and partly.load("panel-a").value is None
