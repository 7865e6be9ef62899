"""What the console knows, and how it says it."""

import pytest

from cityops_desktop.link.messages import Beat, Change, LiveInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.readings import Quality
from cityops_desktop.texts import set_language
from tests.ui.rooms import NOW, alarm, copy_of_room
from ui.models import alarmindex
from ui.models.room import RoomModel
from ui.models.shown import figure, span_text


@pytest.fixture
def model(qapp, clock) -> RoomModel:
    model = RoomModel(clock)
    model.apply_copy(copy_of_room())
    model.set_connected(True)
    return model


def good(key: str, value: float, time: int = NOW) -> LiveInfo:
    return LiveInfo(key=key, value=value, quality=Quality.GOOD, time=time, last_value=value, last_time=time)


def test_the_clock_is_the_stations(model, clock):
    clock.ms += 99_000_000
    clock.seconds += 2.5
    assert model.now() == NOW + 2500
    model.apply_beat(Beat(seq=2, now=NOW + 10_000, boot="b", newest=NOW + 9_000))
    assert model.now() == NOW + 10_000
    assert model.newest_age() == 1.0


def test_a_good_value_is_shown_at_its_resolution(model):
    shown = model.shown("ups-1.temperature")
    assert (shown.unit, shown.quality, shown.stale, shown.reason) == ("°C", Quality.GOOD, False, "")
    assert shown.value == f"{shown.number:.1f}"


def test_every_doubtful_value_says_why_and_since_when(model, clock):
    first = [point.key for point in model.room.points]
    uncertain, bad, stale, never = (model.shown(first[n]) for n in (1, 2, 3, 4))
    assert (uncertain.quality, uncertain.stale, uncertain.reason) == (Quality.UNCERTAIN, False, "value outside its span")
    assert (bad.quality, bad.stale, bad.age, bad.age_text) == (Quality.BAD, True, 754.0, "12 min")
    assert bad.reason == "device does not answer"
    assert bad.since_text == "since 22:00:46"
    assert bad.value != "—"
    assert stale.stale
    assert stale.age == 90
    assert (never.value, never.age, never.age_text, never.since_text, never.number) == ("—", float("inf"), "—", "", None)
    clock.advance(10)
    assert model.age(first[2]) == 764.0


def test_without_a_station_everything_is_stale(qtbot, model):
    with qtbot.waitSignal(model.changed) as told:
        model.set_connected(False)
    assert told.args[0] == frozenset(model.points)
    assert model.lost_since == NOW
    shown = model.shown("ups-1.temperature")
    assert (shown.stale, shown.quality, shown.reason) == (True, Quality.STALE, "no station")
    model.set_connected(True)
    assert not model.shown("ups-1.temperature").stale


def test_an_unknown_point_is_nothing(model):
    assert model.shown("no.such").value == "—"


def test_digital_values_are_their_states_in_both_languages(model):
    assert model.shown("ups-1.wet").value == "dry"
    set_language("zh_CN")
    assert model.shown("ups-1.wet").value == "干"
    assert model.shown("ups-1.wet").age_text == "1秒"


def test_the_first_change_comes_at_once_and_the_flood_together(qtbot, model):
    told = []
    model.changed.connect(told.append)
    model.apply_change(Change(seq=2, now=NOW, live=[good("ups-1.temperature", 20.0)]))
    assert told == [frozenset({"ups-1.temperature"})]
    for n in range(20):
        model.apply_change(Change(seq=3 + n, now=NOW, live=[good("ups-1.temperature", 21.0 + n), good("ups-1.humidity", n)]))
    assert len(told) == 1
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] == {"ups-1.temperature", "ups-1.humidity"}
    assert model.shown("ups-1.temperature").value == "40.0"


def test_points_that_the_room_does_not_have_are_ignored(model):
    model.apply_change(Change(seq=2, now=NOW, live=[good("no.such", 1.0)]))
    assert "no.such" not in model.live


def test_the_worst_alarm_of_a_point_a_device_a_bus(model):
    assert model.worst(["leak-detection-1.wet"]).id == "alarm-0002"
    assert model.worst(["leak-detection-1"]).id == "alarm-0002"
    assert model.worst(["leak-detection-1", "bus:line3", "ups-1.load"]).id == "alarm-0002"
    assert model.worst(["fresh-air-1"]).id == "alarm-0005"
    assert model.worst(["it-1.temperature", "ups-2"]) is None
    ended = alarm(2, "leak-detection-1.wet", 1, AlarmState.NORMAL)
    model.apply_change(Change(seq=2, now=NOW, alarms=[ended]))
    assert model.worst(["leak-detection-1"]) is None


def test_alarms_in_words(model):
    text = {one.id: model.alarm_text(one) for one in model.alarms.values()}
    assert text["alarm-0002"].sentence == "Leak: wet"
    assert text["alarm-0001"].sentence == "Return air temperature above 28.0 °C: 31.4 °C"
    assert text["alarm-0005"].sentence == "Fresh air 1 does not answer: 4 points unknown"
    assert text["alarm-0006"].sentence == "RS-485 line 3 lost: 44 points unknown (port does not exist)"
    assert text["alarm-0007"].place == "Station"
    assert text["alarm-0007"].sentence == "Recording paused: the disk is full (journal.db)"
    set_language("zh_CN")
    assert model.alarm_text(model.alarms["alarm-0001"]).sentence == "回风温度高于 28.0 °C：31.4 °C"


def test_ended_alarms_do_not_pile_up(model, monkeypatch):
    monkeypatch.setattr(alarmindex, "ENDED_KEPT", 5)
    for n in range(20):
        model.apply_change(Change(seq=2 + n, now=NOW, alarms=[alarm(100 + n, "ups-1.load", 2, AlarmState.NORMAL)]))
    ended = [one for one in model.alarms.values() if one.state is AlarmState.NORMAL]
    assert len(ended) == 5
    assert len(model.open_alarms()) == 7


def test_a_time_zone_that_is_not_known_is_said(qapp, clock, expected_log):
    expected_log("time zone")
    model = RoomModel(clock)
    copy = copy_of_room()
    copy.room.timezone = "Mars/Olympus"
    model.apply_copy(copy)
    assert model.shown("ups-1.temperature").value != "—"


@pytest.mark.parametrize(("value", "decimals", "text"), [(-0.04, 1, "0.0"), (-0.05001, 1, "-0.1"), (3.0, 0, "3"), (0.0, 2, "0.00")])
def test_figures(value, decimals, text):
    assert figure(value, decimals) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3600, "1 h 00 min"), (90061, "1 d 1 h"), (-3, "0 s"), (float("inf"), "—")],
)
def test_ages(seconds, text):
    assert span_text(seconds) == text
