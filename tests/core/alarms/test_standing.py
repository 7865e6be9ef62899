"""Alarms that follow from facts: what is wanted stands, what is not any more is let go, nothing else is touched."""

from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.standing import Standing, settle
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import Names, Room

OURS = (Cause.PATROL_DUE, Cause.PATROL_OVERDUE)
LEVELS = {Cause.PATROL_DUE: Level.WARNING, Cause.PATROL_OVERDUE: Level.MINOR}
wanted = st.frozensets(st.tuples(st.sampled_from("abc"), st.sampled_from(OURS)), max_size=4)


def book() -> AlarmBook:
    return AlarmBook(Room("r", Names("机房", "Room"), "c/d/s/r", "Asia/Shanghai", "1"))


@given(st.lists(wanted, max_size=6))
def test_after_each_look_exactly_the_wanted_ones_stand(looks: list[frozenset[tuple[str, Cause]]]) -> None:
    kept = book()
    kept.station("station#other", Cause.HISTORY_DISK, Level.MINOR, "x", True, 0, 0.0)
    for n, look in enumerate(looks, 1):
        facts = [Standing(f"station#{cause}:{name}", cause, LEVELS[cause], name) for name, cause in look]
        changed = settle(kept, OURS, facts, n * 1000, float(n))
        assert {one.key for one in kept.open() if one.standing} == {one.key for one in facts} | {"station#other"}
        assert settle(kept, OURS, facts, n * 1000, float(n)) == [], "nothing changes when nothing has changed"
        assert "station#other" not in {one.key for one in changed}
