"""The details of a point say where it is heading: to a limit, to none, or that this is not known."""

from tests.ui.desk import live, model_of, point, room_copy, state
from ui.models.pointfacts import sections


def told(key: str, heading: str | None) -> list[tuple[str, bool]]:
    model = model_of(room_copy([point("a.t"), point("a.free", limits=[]), state("a.wet")], [live("a.t", 24.0)]))
    facts = sections(model, key, None, old=False, heading=heading)[0].facts
    return [(fact.text, fact.strong) for fact in facts if fact.title == "Time to the limit"]


def test_to_a_limit_to_none_or_not_known():
    assert told("a.t", "↑ 32.0 °C in 12 min (10 to 18)") == [("↑ 32.0 °C in 12 min (10 to 18)", True)]
    assert told("a.t", "") == [("no limit within the hour", False)]
    assert told("a.t", None) == [("not known yet", False)]


def test_what_has_no_limit_says_nothing_of_one():
    assert told("a.free", "") == told("a.wet", "") == []
