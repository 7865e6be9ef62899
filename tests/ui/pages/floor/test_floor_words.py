"""What is said of a rack, a device, a rope: sums that are not made up, words of the state, water with its metres."""

import pytest

from cityops_desktop.link.messages import FeedInfo, PowerNodeInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.points import Group
from cityops_desktop.model.power import PowerKind, PowerRole
from tests.ui.desk import live, model_of, point, state, tell
from tests.ui.pages.floor.floor_rooms import air, copy_of, device, lost, metres, place, power, rack, room_of, rope, wet
from tests.ui.rooms import alarm, names
from ui.models.floorplan import plan_of
from ui.models.room import RoomModel
from ui.pages.floor.words import FloorWords, Word


def words_of(room, lives=(), alarms=()) -> tuple[RoomModel, FloorWords]:
    model = model_of(copy_of(room, list(lives), list(alarms)))
    return model, FloorWords(model, plan_of(room))


def fed(name: str, x: float, *feeds: tuple[str, str | None, list[str]]):
    return rack(name, x, 4.4, feeds=[FeedInfo(side=side, node=node, power=keys) for side, node, keys in feeds])


def node(name: str, rating: float | None) -> PowerNodeInfo:
    return PowerNodeInfo(id=name, names=names(name, name), kind=PowerKind.LOAD, rating=rating)


def test_a_rack_is_the_sum_of_its_meters_in_watts_and_kilowatts() -> None:
    room = room_of(
        [fed("A01", 4, ("A", None, ["p.a"]), ("B", None, ["p.b"])), rack("A02", 5, 4.4)],
        [power("p.a", "A01"), power("p.b", "A01").model_copy(update={"unit": "W"})],
    )
    model, words = words_of(room, [live("p.a", 1.5), live("p.b", 700.0)])
    told = words.power("A01")
    assert told.kw == pytest.approx(2.2) and words.power_text(told) == "2.2 kW" and told.rating is None
    assert words.power_text(words.power("A02")) == "not metered"
    tell(model, lost("p.b"))
    told = words.power("A01")
    assert (told.kw, told.metered, told.missing) == (None, 2, 1), "half a sum is no sum"
    assert words.power_text(told) == "—" and "1 of 2 meters say nothing usable" in words.rack_tip("A01")


def test_the_rating_of_a_feed_is_a_racks_own_only_when_nothing_else_hangs_on_it() -> None:
    own = [fed("A01", 4, ("A", "a1", ["p.a"]), ("B", "b1", []))]
    room = room_of(own, [power("p.a", "A01")], power=[node("a1", 7.0), node("b1", 5.0)])
    _, words = words_of(room, [live("p.a", 2.5)])
    assert words.power("A01").rating == 5.0 and "50 % of its feed" in words.rack_tip("A01")
    shared = [*own, fed("A02", 5, ("A", "a1", []))]
    _, words = words_of(room_of(shared, [power("p.a", "A01")], power=[node("a1", 7.0), node("b1", 5.0)]))
    assert words.power("A01").rating is None


def test_the_full_bar_is_a_round_figure() -> None:
    room = room_of([fed("A01", 4, ("A", None, ["p.a"]))], [power("p.a", "A01")])
    model, words = words_of(room, [live("p.a", 2.5)])
    assert words.ceiling() == 5.0
    tell(model, live("p.a", 2.9))
    assert words.ceiling() == 5.0
    tell(model, live("p.a", 170.0))
    assert words.ceiling() == 170.0


def test_a_device_says_its_state_and_else_what_its_points_say() -> None:
    crac = device("crac", "空调", "AC", Group.AIR_CONDITIONING, place=place(1, 1))
    running = state("crac.running", states={0: names("停机", "off"), 1: names("运行", "running")})
    room = room_of([], [running, point("crac.x"), point("meter.x"), point("meter.y")], [crac])
    model, words = words_of(room, [live("crac.running", 1)])
    assert words.device_word("crac") == Word("running", False) and words.state_key("crac") == "crac.running"
    assert words.device_word("meter") == Word("in order", False) and words.state_key("meter") == "meter.x"
    tell(model, lost("meter.x"))
    assert words.device_word("meter") == Word("1 unknown", True)
    tell(model, lost("meter.y"), lost("crac.running"))
    assert words.device_word("meter") == Word("unknown", True) and words.device_word("crac") == Word("unknown", True)
    tell(model, live("meter.x"), live("meter.y"), alarms=[alarm(1, "meter.x", 2, AlarmState.UNACKNOWLEDGED)])
    assert words.device_word("meter").text == "Major"
    for word in ("running", "off", "unknown"):
        assert word in words.device_words("crac")


def test_the_power_chain_names_the_point_of_a_state() -> None:
    chain = PowerNodeInfo(id="ups", names=names("UPS", "UPS"), kind=PowerKind.UPS, device="ups", points={PowerRole.STATE: "ups.works"})
    room = room_of([], [state("ups.mode"), state("ups.works")], power=[chain])
    _, words = words_of(room)
    assert words.state_key("ups") == "ups.works"


def test_water_is_at_its_metres_on_the_floor() -> None:
    room = room_of([], [wet("r.leak"), metres("r.distance")], [rope("r", [(1.0, 1.0), (5.0, 1.0), (5.0, 9.0)])])
    model, words = words_of(room, [live("r.leak", 0), live("r.distance", 0.0)])
    controller = model.devices["r"]
    assert words.leak(controller).wet is False and words.leak(controller).spot is None and words.locates(controller)
    tell(model, live("r.leak", 1), live("r.distance", 6.5))
    found = words.leak(controller)
    assert (found.wet, found.spot, found.metres_text, found.beyond) == (True, (5.0, 3.5), "6.5 m", False)
    tell(model, live("r.distance", 15.0))
    found = words.leak(controller)
    assert found.spot == (5.0, 9.0) and found.beyond
    assert words.beyond_text(found, controller) == "wet at 15.0 m, rope ends at 12.0 m"
    tell(model, lost("r.distance"))
    assert words.leak(controller).wet and words.leak(controller).spot is None, "wet, and nobody knows where"
    tell(model, lost("r.leak"))
    assert words.leak(controller).wet is None and words.leak(controller).word == "unknown"
    tell(model, live("r.leak", 1))
    model.set_connected(False)
    assert words.leak(controller).wet is None, "without a station nobody knows"


def test_a_tool_tip_holds_values_age_quality_and_alarms() -> None:
    room = room_of([rack("A01", 4, 4.4)], [air("th", 4.0, 5.05, 1.1, "A01")])
    alarms = [alarm(1, "th.temperature", 1, AlarmState.UNACKNOWLEDGED)]
    _, words = words_of(room, [live("th.temperature", 36.8, ago=4)], alarms)
    tip = words.rack_tip("A01")
    assert "Inlet 1.1 m · Temperature 36.8 °C · good · 4 s" in tip and "[Critical]" in tip and "unacknowledged" in tip
    assert words.rack_alarm("A01") == alarms[0]
    sensor = words.sensors_of("A01")[0]
    assert "1.1 m above the floor" in words.sensor_tip(sensor)
    _, words = words_of(room, [lost("th.temperature")])
    assert "— · bad · device does not answer · last 24.0 °C since" in words.sensor_tip(sensor)


def test_the_alarm_of_what_stands_in_a_rack_is_the_racks() -> None:
    room = room_of([rack("A01", 4, 4.4)], [state("pdu.trip")], [device("pdu", "PDU", "PDU", rack="A01")])
    _, words = words_of(room, alarms=[alarm(1, "pdu", 2, AlarmState.ACKNOWLEDGED, cause=Cause.DEVICE_LOST)])
    found = words.rack_alarm("A01")
    assert found is not None and found.level == 2 and "PDU does not answer" in words.rack_tip("A01")
