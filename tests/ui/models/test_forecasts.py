"""What the station reckons about limits, as the console keeps it: asked while somebody looks, forgotten when it is old."""

from typing import Any

import pytest

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.analysis import FindingInfo, HeadingsInfo
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import Quality
from tests.ui.desk import NOW, live, model_of, point, room_copy, tell
from ui.models.forecasts import PATH, Forecasts


class Station:
    """A link that answers with headings, or not at all."""

    def __init__(self) -> None:
        self.headings: list[FindingInfo] = []
        self.asked = 0
        self.answers = True
        self.now = NOW

    def ask(self, path: str, kind: Any, callback: Any) -> None:
        assert path == PATH
        self.asked += 1
        callback(
            HeadingsInfo(now=self.now, origin="real", headings=self.headings)
            if self.answers
            else CommandResult(id="", outcome=Outcome.REFUSED, code="no_station")
        )


def heading(key: str, minutes: float, *, level: int = 2, limit: float = 32.0, rate: float = 0.2, open_end: bool = False) -> FindingInfo:
    due = {"value": NOW + minutes * 60_000, "low": NOW + 0.8 * minutes * 60_000, "high": None if open_end else NOW + 1.5 * minutes * 60_000}
    told = {"id": f"limit:{key}", "method": "limit", "point": key, "rank": 0, "figure": {"value": rate}, "due": due}
    return FindingInfo.model_validate(told | {"limit": limit, "level": level})


@pytest.fixture
def station() -> Station:
    return Station()


def room(station: Station, clock, *, looking: bool = True):
    model = model_of(room_copy([point("a.t"), point("b.t")], [live("a.t", 24.0), live("b.t", 24.0)]), clock)
    return model, Forecasts(model, station, looking=looking)  # type: ignore[arg-type]


def beats(model, count: int) -> None:
    for _ in range(count):
        model.beat.emit()


def test_asked_every_ten_seconds_while_somebody_looks(qtbot, clock, station: Station):
    model, forecasts = room(station, clock, looking=False)
    beats(model, 30)
    assert station.asked == 0 and not forecasts.known
    forecasts.set_looking(True)
    assert station.asked == 1 and forecasts.known
    beats(model, 21)
    assert station.asked == 4
    forecasts.set_looking(False)
    beats(model, 30)
    assert station.asked == 4


def test_without_an_answer_it_asks_again_with_the_next_second(qtbot, clock, station: Station):
    station.answers = False
    model, forecasts = room(station, clock)
    beats(model, 4)
    assert station.asked == 4 and not forecasts.known


def test_the_soonest_and_of_equals_the_more_urgent(qtbot, clock, station: Station):
    station.headings = [heading("a.t", 9, level=1), heading("b.t", 4)]
    model, forecasts = room(station, clock)
    beats(model, 1)
    found = forecasts.soonest()
    assert found is not None and (found.point, found.level, found.rises, found.limit) == ("b.t", 2, True, 32.0)
    assert found.minutes == pytest.approx(4)


def test_words_with_the_interval(qtbot, clock, station: Station):
    station.headings = [heading("a.t", 12), heading("b.t", 20, limit=10.0, rate=-0.5, open_end=True)]
    model, forecasts = room(station, clock)
    beats(model, 1)
    assert forecasts.text("a.t") == "↑ 32.0 °C in 12 min (10 to 18)"
    assert forecasts.text("b.t") == "↓ 10.0 °C in 20 min (16 or more)"
    assert forecasts.short("a.t") == "↑ 12 min"
    assert forecasts.text("c.t") == forecasts.short("c.t") == ""


def test_what_is_left_counts_down_between_two_answers(qtbot, clock, station: Station):
    station.headings = [heading("a.t", 12)]
    model, forecasts = room(station, clock)
    beats(model, 1)
    clock.advance(30)
    found = forecasts.of("a.t")
    assert found is not None and found.minutes == pytest.approx(11.5, abs=0.05)


def test_old_answers_old_values_no_station_and_another_room_say_nothing(qtbot, clock, station: Station):
    station.headings = [heading("a.t", 30)]
    model, forecasts = room(station, clock)
    beats(model, 1)
    assert forecasts.soonest() is not None
    model.set_connected(False)
    assert forecasts.soonest() is None and not forecasts.known
    model.set_connected(True)
    tell(model, live("a.t", 24.0, Quality.STALE))
    assert forecasts.soonest() is None and forecasts.known
    tell(model, live("a.t", 24.0))
    assert forecasts.soonest() is not None
    model.apply_copy(room_copy([point("a.t")], [live("a.t", 24.0)], version="v2"))
    assert forecasts.soonest() is None and not forecasts.known


def test_nothing_is_known_for_ever(qtbot, clock, station: Station):
    station.headings = [heading("a.t", 30)]
    model, forecasts = room(station, clock)
    beats(model, 1)
    clock.advance(40)
    assert not forecasts.known and forecasts.of("a.t") is None
