"""What a tag forbids, on rooms made at random: with a tag on X nothing on X or below it may be written."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.tags import Reach
from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.model.points import Group, Kind, Names, Point, WriteLimits
from cityops_desktop.model.power import Feed, PowerKind, PowerNode, PowerRole
from cityops_desktop.model.rooms import Device, Rack, RackItem, Room
from cityops_desktop.station.duty.tags import Tags

N = Names("x", "x")
WRITE = WriteLimits(states=(0, 1))


def device(id: str, points: int = 1, rack: str | None = None, fed_by: str | None = None) -> Device:
    made = tuple(Point(f"{id}.p{n}", id, N, Kind.DIGITAL, Group.POWER_DISTRIBUTION, write=WRITE) for n in range(points))
    return Device(id, "bus", N, Group.POWER_DISTRIBUTION, None, made, rack=rack, fed_by=fed_by)


def room(devices: list[Device], nodes: list[PowerNode], racks: list[Rack]) -> Room:
    return Room("r", N, "c/d/s/r", "Asia/Shanghai", "v", devices=tuple(devices), power=tuple(nodes), racks=tuple(racks))


def forbidden(made: Room, target: str) -> set[str]:
    reach = Reach(made)
    assert reach.known(target)
    return {key for key in made.points() if target in reach.targets(key)}


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    """A chain of panels that feed one another, devices that are nodes, hang on them or stand in racks on one or two of them."""
    count = draw(st.integers(1, 5))
    nodes, devices, racks = [], [], []
    for n in range(count):
        sources = tuple(f"n{m}" for m in draw(st.sets(st.integers(0, n - 1), max_size=2))) if n else ()
        own = draw(st.booleans())
        nodes.append(PowerNode(f"n{n}", N, PowerKind.PANEL, sources, device=f"of-n{n}" if own else None))
        if own:
            devices.append(device(f"of-n{n}"))
        if draw(st.booleans()):
            devices.append(device(f"fed{n}", fed_by=f"n{n}"))
    for r in range(draw(st.integers(0, 3))):
        on = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=2, unique=True))
        devices.append(device(f"in-r{r}", 2, rack=f"r{r}"))
        racks.append(Rack(f"r{r}", N, feeds=tuple(Feed("AB"[k], f"n{m}") for k, m in enumerate(on)), items=()))
    return room(devices, nodes, racks)


def below(made: Room, node: str) -> set[str]:
    """The points below a node, found downwards, as a person would walk."""
    reached, again = {node}, True
    while again:
        more = {one.id for one in made.power if reached & set(one.sources)} - reached
        reached, again = reached | more, bool(more)
    racks = {rack.id for rack in made.racks if reached & {feed.node for feed in rack.feeds}}
    owners = {one.device for one in made.power if one.id in reached}
    return {
        point.key
        for one in made.devices
        for point in one.points
        if one.id in owners or one.fed_by in reached or (one.rack is not None and one.rack in racks)
    }


@settings(max_examples=150, deadline=None)
@given(rooms())
def test_a_tag_on_something_forbids_all_writes_on_it_and_below_it(made: Room) -> None:
    for node in made.power:
        assert forbidden(made, f"node:{node.id}") == below(made, node.id)
        if node.device:
            assert forbidden(made, f"device:{node.device}") == below(made, node.id)
    for rack in made.racks:
        assert forbidden(made, f"rack:{rack.id}") == {p.key for d in made.devices if d.rack == rack.id for p in d.points}
    for one in made.devices:
        assert {point.key for point in one.points} <= forbidden(made, f"device:{one.id}")
    hung = [TagInfo(id="t", target=f"node:{made.power[0].id}", text="x", hung=1, actor_name="x")]
    tags = Tags(lambda: made, lambda: hung)
    for key in made.points():
        assert forbidden(made, f"point:{key}") == {key}
        assert (tags.over(key) is not None) == (key in below(made, made.power[0].id)), "what the station asks before it writes"


def test_a_battery_and_a_standby_source_are_no_way_down() -> None:
    nodes = [
        PowerNode("mains", N, PowerKind.MAINS),
        PowerNode("gen", N, PowerKind.GENERATOR, device="gen"),
        PowerNode("ats", N, PowerKind.ATS, ("mains", "gen"), device="ats"),
        PowerNode("bat", N, PowerKind.BATTERY, device="bat"),
        PowerNode("ups", N, PowerKind.UPS, ("ats", "bat"), device="ups"),
    ]
    made = room([device(one) for one in ("gen", "ats", "bat", "ups")] + [device("ac", fed_by="ups")], nodes, [])
    assert forbidden(made, "node:gen") == {"gen.p0"}
    assert forbidden(made, "device:bat") == {"bat.p0"}
    assert forbidden(made, "node:mains") == {"ats.p0", "ups.p0", "ac.p0"}


def test_a_strip_on_one_feed_of_a_rack_hangs_below_that_feed_alone() -> None:
    nodes = [PowerNode("a", N, PowerKind.PANEL), PowerNode("b", N, PowerKind.PANEL, points={PowerRole.STATE: "out.p0"})]
    feeds = (Feed("A", "a", ("pdu-a.p0",)), Feed("B", "b", ("pdu-b.p0",)))
    racks = [Rack("r1", N, feeds=feeds, items=(RackItem(N, 1, 1, device="server", power=("out.p1",)),))]
    made = room([device("pdu-a", 2, "r1"), device("pdu-b", 2, "r1"), device("server"), device("out", 2)], nodes, racks)
    assert forbidden(made, "node:a") == {"pdu-a.p0", "pdu-a.p1", "server.p0", "out.p1"}
    assert forbidden(made, "device:server") == {"server.p0", "out.p1"}, "the outlet that feeds it is not switched on either"
    assert forbidden(made, "node:b") == {"pdu-b.p0", "pdu-b.p1", "server.p0", "out.p0", "out.p1"}
    assert forbidden(made, "rack:r1") == {"pdu-a.p0", "pdu-a.p1", "pdu-b.p0", "pdu-b.p1", "server.p0", "out.p1"}
    reach = Reach(made)
    assert not any(reach.known(one) for one in ("rack:none", "point:none", "node:none", "device:none", "bus:bus", "r1"))
