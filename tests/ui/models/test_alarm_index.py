"""The index of alarms after any changes is the one that is made of the same alarms anew."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import UNSEEN, AlarmState, Cause, Hidden
from tests.ui.rooms import NOW, copy_of_room
from ui.models import alarmindex
from ui.models.alarmindex import AlarmIndex, urgency

POINTS = {point.key: point for point in copy_of_room().room.points}
SUBJECTS = [*list(POINTS)[:4], POINTS[next(iter(POINTS))].device, "bus:line1", "station"]


@st.composite
def alarms(draw: st.DrawFn) -> AlarmInfo:
    number = draw(st.integers(0, 11))
    hidden = draw(st.sampled_from([None, None, *Hidden]))
    return AlarmInfo(
        id=f"a{number:02d}",
        key=f"k{number}",
        subject=SUBJECTS[number % len(SUBJECTS)],
        cause=draw(st.sampled_from([Cause.HIGH, Cause.DEVICE_LOST, Cause.BUS_LOST])) if number % 3 else Cause.HIGH,
        level=draw(st.integers(1, 4)),
        state=draw(st.sampled_from(list(AlarmState))),
        raised=NOW + draw(st.integers(0, 5)),
        hidden=hidden,
        under=f"k{draw(st.integers(0, 3))}" if hidden is Hidden.SUPPRESSED else "",
    )


def told(index: AlarmIndex) -> dict[str, object]:
    newest = index.newest_unseen()
    return {
        "open": [one.id for one in index.open()],
        "hidden": [one.id for one in index.hidden()],
        "counts": dict(index.counts()),
        "quiet": dict(index.hidden_counts()),
        "audible": sorted(one.id for one in index.audible()),
        "newest": newest.id if newest else None,
        "arrived": [index.arrived_since(NOW + n) for n in range(-1, 6)],
        "below": [[one.id for one in index.below(f"k{n}")] for n in range(4)],
        "worst": [index.worst((one,)) and index.worst((one,)).id for one in SUBJECTS],
        "kept": [index.quiet((one,)) and index.quiet((one,)).id for one in SUBJECTS],
        "lost": [index.lost(one) for one in SUBJECTS],
        "of": sorted((name, count, worst.id) for name, count, worst in index.subjects()),
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(alarms(), max_size=5), st.lists(alarms(), max_size=25))
def test_any_changes_lead_to_what_is_made_anew(first: list[AlarmInfo], later: list[AlarmInfo]) -> None:
    index = AlarmIndex()
    index.replace({one.id: one for one in first}.values(), POINTS)
    for one in later:
        index.put(one)
    anew = AlarmIndex()
    anew.replace(index.alarms.values(), POINTS)
    assert told(index) == told(anew)
    shown = [one for one in index.alarms.values() if one.open and one.hidden is None]
    assert index.open() == sorted(shown, key=lambda one: (*urgency(one), one.id))
    assert sum(count.unseen for count in index.counts().values()) == sum(one.state in UNSEEN for one in shown)


def test_what_is_kept_quiet_is_in_no_count_of_what_wants_somebody_but_in_its_own() -> None:
    index = AlarmIndex()
    base = {"cause": Cause.HIGH, "level": 1, "state": AlarmState.UNACKNOWLEDGED, "raised": NOW}
    for n, hidden in enumerate([None, Hidden.SHELVED, Hidden.OUT_OF_SERVICE, Hidden.SUPPRESSED, Hidden.SUPPRESSED]):
        index.put(
            AlarmInfo(id=str(n), key=str(n), subject=SUBJECTS[n], hidden=hidden, under="0" if hidden is Hidden.SUPPRESSED else "", **base)
        )
    assert index.counts()[1] == (1, 1)
    assert index.hidden_counts() == {Hidden.SHELVED: 1, Hidden.OUT_OF_SERVICE: 1, Hidden.SUPPRESSED: 2}
    assert [one.id for one in index.audible()] == ["0"]
    assert [one.id for one in index.below("0")] == ["3", "4"]
    assert index.worst((SUBJECTS[1],)) is None and index.quiet((SUBJECTS[1],)) is not None


def test_ended_ones_are_forgotten_and_nothing_of_them_is_left(monkeypatch) -> None:
    monkeypatch.setattr(alarmindex, "ENDED_KEPT", 2)
    index = AlarmIndex()
    for n in range(5):
        index.put(AlarmInfo(id=str(n), key=str(n), subject="s", cause=Cause.HIGH, level=1, state=AlarmState.NORMAL, raised=NOW + n))
    assert index.forget_oldest() == ["0", "1", "2"]
    assert list(index.alarms) == ["3", "4"] and index.arrived_since(NOW - 1) == 2
