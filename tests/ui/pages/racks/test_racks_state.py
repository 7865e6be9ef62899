"""How a rack does: power only where it is metered and only whole, signs of items, what changes a rack's picture."""

import pytest

from cityops_desktop.link.messages import FeedInfo, PlaceInfo, RackInfo, RackItemInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.readings import Quality, Reason
from tests.ui.desk import NOW, live, model_of, point, room_copy, tell
from tests.ui.pages.racks.rackrooms import rack_point, sensor_point
from tests.ui.rooms import alarm, names
from ui.models.room import RoomModel
from ui.pages.racks.state import ItemState, RackWatch, Sign, Sum, by_device, item_state, rack_power, row_power, sum_of
from ui.pages.racks.words import kw_text, point_line, power_lines, side_text, state_words, watt_text


def model(*lives: object, alarms: tuple[object, ...] = ()) -> RoomModel:
    points = [
        rack_point("pdu.w1", "W", "插座1", "Outlet 1"),
        rack_point("pdu.w2", "W", "插座2", "Outlet 2"),
        rack_point("pdu.a", "kW", "A路", "Feed A"),
        rack_point("pdu.b", "kW", "B路", "Feed B"),
        point("srv.cpu"),
        point("srv.fan"),
        sensor_point("th.t", 5, 5.7, 1.5),
    ]
    values = [live("pdu.w1", 200.0, ago=3), live("pdu.w2", 100.0, ago=9), live("pdu.a", 1.5, ago=2), live("pdu.b", 0.5, ago=4)]
    told = {one.key: one for one in [*values, *lives]}  # type: ignore[attr-defined]
    return model_of(room_copy(points, list(told.values()), alarms))  # type: ignore[arg-type]


def server(**more: object) -> RackItemInfo:
    return RackItemInfo.model_validate({"names": names("服务器", "Server"), "u": 1, "height": 2, "face": "front", "device": "srv"} | more)


def rack(*items: RackItemInfo, feeds: tuple[FeedInfo, ...] = ()) -> RackInfo:
    return RackInfo(
        id="A01", names=names("A01", "A01"), row="A", place=PlaceInfo(x=5, y=5), facing=0, u_height=42, items=list(items), feeds=list(feeds)
    )


def watch(room: RoomModel, one: RackInfo) -> RackWatch:
    return RackWatch(one, list(room.points.values()), by_device(room.points.values()))


def silent(key: str, last: float | None = None) -> object:
    more = {} if last is None else {"last_value": last, "last_time": NOW - 60_000}
    return live(key, None, Quality.BAD, reason=Reason.NO_ANSWER, **more)


def test_a_sum_is_as_old_as_its_oldest_part_and_counts_watts() -> None:
    total = sum_of(model(), ["pdu.w1", "pdu.a", "pdu.w2"])
    assert (total.metered, total.watts, total.stale, total.since) == (True, 1800.0, False, NOW - 9000)


def test_without_one_part_there_is_no_sum() -> None:
    total = sum_of(model(silent("pdu.w2", 100.0)), ["pdu.w1", "pdu.w2"])
    assert (total.metered, total.watts, total.stale, total.missing) == (True, None, True, ("pdu.w2",))
    assert watt_text(total) == "—"
    assert sum_of(model(), ["pdu.w1", "pdu.gone"]).watts is None


def test_one_point_alone_is_shown_stale_like_any_other() -> None:
    old = sum_of(model(silent("pdu.w2", 100.0)), ["pdu.w2"])
    assert (old.watts, old.stale, old.since) == (100.0, True, NOW - 60_000)
    assert sum_of(model(silent("pdu.w2")), ["pdu.w2"]).watts is None


def test_without_a_station_every_sum_is_stale() -> None:
    room = model()
    room.set_connected(False)
    total = sum_of(room, ["pdu.w1", "pdu.w2"])
    assert (total.watts, total.stale) == (300.0, True)


def test_what_is_not_metered_has_no_figure() -> None:
    assert sum_of(model(), []) == Sum()
    assert watt_text(Sum()) == kw_text(Sum()) == "not metered"


def test_a_rack_is_metered_only_if_every_feed_is() -> None:
    feeds = (FeedInfo(side="A", power=["pdu.a"]), FeedInfo(side="B", power=["pdu.b"]))
    total, sides = rack_power(model(), rack(feeds=feeds))
    assert total.watts == 2000.0 and side_text(sides) == "A 1.50 B 0.50" and kw_text(total) == "2.00 kW"
    half = (feeds[0], FeedInfo(side="B"))
    total, sides = rack_power(model(), rack(feeds=half))
    assert not total.metered and side_text(sides) == "A 1.50 B —"
    assert not rack_power(model(), rack())[0].metered
    total, sides = rack_power(model(silent("pdu.b", 0.4)), rack(feeds=feeds))
    assert total.watts is None and total.stale


def test_a_row_counts_its_metered_racks() -> None:
    whole, half = Sum(True, 1000.0, since=5), Sum(True, None, True, ("x.y",), since=3)
    assert row_power([whole, Sum(), whole]) == (Sum(True, 2000.0), 2)
    assert row_power([whole, half])[0] == Sum(True, None, True, ("x.y",))
    assert row_power([whole, half])[0].since == 3
    assert row_power([Sum()]) == (Sum(), 0)


def test_signs_of_an_item() -> None:
    keys = ["srv.cpu", "srv.fan"]
    assert item_state(model(), server(), keys).sign is Sign.ORDER
    assert item_state(model(), server(device=None), []).sign is Sign.UNMONITORED
    part = item_state(model(silent("srv.cpu", 1.0)), server(), keys)
    assert (part.sign, part.dead, part.points) == (Sign.ORDER, 1, 2)
    assert item_state(model(silent("srv.cpu", 1.0), silent("srv.fan")), server(), keys).sign is Sign.STALE
    assert item_state(model(silent("srv.cpu"), silent("srv.fan")), server(), keys).sign is Sign.UNKNOWN
    lost = model()
    lost.set_connected(False)
    assert item_state(lost, server(), keys).sign is Sign.STALE


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ItemState(Sign.ORDER), "in order"),
        (ItemState(Sign.UNMONITORED), "not monitored"),
        (ItemState(Sign.ORDER, 1, AlarmState.UNACKNOWLEDGED), "Critical, unacknowledged"),
        (ItemState(Sign.STALE, 2, AlarmState.ACKNOWLEDGED), "Major, acknowledged"),
    ],
)
def test_words_of_a_state(state: ItemState, words: str) -> None:
    assert state_words(state) == words


def test_an_alarm_of_the_device_or_of_the_outlet_is_the_items() -> None:
    ours = model(alarms=(alarm(1, "srv", 2, AlarmState.UNACKNOWLEDGED, cause=Cause.DEVICE_LOST, points=2),))
    assert item_state(ours, server(), ["srv.cpu"]).level == 2
    outlet = model(alarms=(alarm(1, "pdu.w1", 3, AlarmState.ACKNOWLEDGED),))
    state = item_state(outlet, server(device=None, power=["pdu.w1"]), [])
    assert (state.level, state.alarm, state.sign) == (3, AlarmState.ACKNOWLEDGED, Sign.UNMONITORED)


def test_equal_looks_are_equal_states() -> None:
    room = model()
    one = watch(room, rack(server(power=["pdu.w1"])))
    before = one.state(room)
    assert one.keys == {"pdu.w1", "srv.cpu", "srv.fan", "th.t"}
    tell(room, live("pdu.w1", 200.0, ago=0.1))
    assert one.state(room) == before
    tell(room, live("pdu.w1", 201.0, ago=0.1))
    assert one.state(room) != before


def test_a_sensor_beyond_its_limit_says_so_and_a_stale_one_does_not() -> None:
    room = model(live("th.t", 30.0))
    one = watch(room, rack())
    (hot,) = one.state(room).warmth["front"]
    assert (hot.text, hot.broken, hot.stale) == ("30.0", 2, False)
    tell(room, live("th.t", None, Quality.STALE, reason=Reason.OLD, last_value=30.0, last_time=NOW - 60_000))
    (old,) = one.state(room).warmth["front"]
    assert (old.text, old.broken, old.stale) == ("30.0", 0, True)


def test_words_of_power_name_what_is_missing() -> None:
    room = model(silent("pdu.w2", 100.0))
    lines = power_lines(room, sum_of(room, ["pdu.w1", "pdu.w2"]), "Power")
    assert lines[0].startswith("Power: — · stale")
    assert lines[1].strip().startswith("Outlet 2: 100.0 W · device does not answer · since")
    assert point_line(room, "pdu.w1") == "Outlet 1: 200.0 W · 3 s ago"
    assert watt_text(Sum(True, 1262.0)) == "1.26 kW" and watt_text(Sum(True, 999.6)) == "1.00 kW" and watt_text(Sum(True, 999.4)) == "999 W"
