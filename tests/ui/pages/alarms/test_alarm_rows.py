"""The table of alarms: after any changes it is the one that is made anew, and Qt's own tester finds no wrong signal."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from cityops_desktop.link.messages import AlarmInfo, Change
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from tests.ui.rooms import NOW, copy_of_room
from ui.models import room as room_module
from ui.models.room import RoomModel
from ui.pages.alarms import table as table_module
from ui.pages.alarms.table import ALARM_ROLE, FOLD_ROLE, POINT_ROLE, AlarmTable, Column, Fold, Standing

COPY = copy_of_room(calm=True)
BUS = COPY.room.buses[0].id
SUBJECTS = [f"bus:{BUS}", *[point.key for point in COPY.room.points[:3]], COPY.room.devices[0].id]


class NoActs:
    """Nothing is pending."""

    class _Signal:
        def connect(self, slot: object) -> None:
            """Never emitted."""

    pendingChanged = _Signal()
    pending = frozenset[str]()


@st.composite
def alarms(draw: st.DrawFn) -> AlarmInfo:
    number = draw(st.integers(0, 14))
    hidden = draw(st.sampled_from([None, None, Hidden.SHELVED, Hidden.SUPPRESSED])) if number else None
    return AlarmInfo(
        id=f"a{number:02d}",
        key=f"k{number}",
        subject=SUBJECTS[0] if number == 0 else SUBJECTS[number % len(SUBJECTS)],
        cause=Cause.BUS_LOST if number == 0 else Cause.HIGH,
        level=draw(st.integers(1, 3)),
        state=draw(st.sampled_from(list(AlarmState))),
        raised=NOW + draw(st.integers(0, 3)),
        points=8 if number == 0 else 0,
        value=31.4,
        limit=28.0,
        hidden=hidden,
        under=f"k{draw(st.integers(0, 2))}" if hidden is Hidden.SUPPRESSED else "",
    )


def rows(table: AlarmTable) -> list[tuple[object, ...]]:
    cells = [table.index(row, 0) for row in range(table.rowCount())]
    return [(i.data(ALARM_ROLE).id if i.data(ALARM_ROLE) else "", i.data(POINT_ROLE), i.data(FOLD_ROLE)) for i in cells]


STEPS = st.one_of(
    st.lists(alarms(), min_size=1, max_size=6),
    st.tuples(st.just("fold"), st.integers(0, 30), st.booleans()),
    st.tuples(st.just("sort"), st.sampled_from(list(Column)), st.booleans()),
    st.tuples(st.just("show"), st.sampled_from(list(Standing)), st.sampled_from(["", "load", "above"])),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=14), st.sampled_from([0, 60]))
def test_any_changes_lead_to_the_table_that_is_made_anew(qapp, monkeypatch, steps, runs):
    monkeypatch.setattr(room_module, "ALARM_MS", 0)
    monkeypatch.setattr(table_module, "RUNS", runs)
    model = RoomModel()
    model.apply_copy(COPY)
    table = AlarmTable(model, NoActs())
    tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for step in steps:
        if isinstance(step, list):
            model.apply_change(Change(seq=2, now=NOW, alarms=step))
            table._changed(frozenset(one.id for one in step))
        elif step[0] == "fold" and table.rowCount():
            alarm = table.alarm(step[1] % table.rowCount())
            table.set_folded(alarm.id, step[2])
        elif step[0] == "sort":
            table.sort(step[1], Qt.SortOrder.DescendingOrder if step[2] else Qt.SortOrder.AscendingOrder)
        elif step[0] == "show":
            table.show_only(standing=step[1])
            table.look_for(step[2])
    before = rows(table)
    table.rebuild()
    assert rows(table) == before
    for row in range(table.rowCount()):
        if table.cause_row(row) is None:
            assert table.row_of(table.alarm(row).id) == row
    del tester


@pytest.mark.parametrize("count", [30, 400])
def test_many_are_looked_at_a_little_at_a_time_and_nothing_is_missed(qtbot, monkeypatch, count):
    monkeypatch.setattr(table_module, "AT_ONCE", 50)
    monkeypatch.setattr(table_module, "SLICE_SECONDS", 0.0)
    base = {"cause": Cause.HIGH, "state": AlarmState.UNACKNOWLEDGED, "subject": SUBJECTS[1], "value": 1.0, "limit": 1.0}
    made = [AlarmInfo(id=f"a{n:03d}", key=f"k{n}", level=1 + n % 4, raised=NOW + n * 7 % 50, **base) for n in range(count)]
    model = RoomModel()
    model.apply_copy(COPY.model_copy(update={"alarms": made}))
    table = AlarmTable(model, NoActs())
    assert table.settled == (count <= 50)
    late = AlarmInfo(id="late", key="late", level=1, raised=NOW + 1000, **base)
    ended = made[3].model_copy(update={"state": AlarmState.NORMAL})
    model.apply_change(Change(seq=2, now=NOW, alarms=[late, ended]))
    qtbot.waitUntil(lambda: table.settled)
    shown = [row[0] for row in rows(table)]
    assert shown[0] == "late" and ended.id not in shown and len(shown) == count
    assert [table.alarm(row).level for row in range(count)] == sorted(table.alarm(row).level for row in range(count))
    table.look_for("no such word")
    qtbot.waitUntil(lambda: table.settled)
    assert table.rowCount() == 0


def test_a_lost_line_unfolds_to_its_consequences_and_the_points_that_are_unknown(qapp):
    model = RoomModel()
    model.apply_copy(copy_of_room(calm=True))
    device = next(one.id for one in model.devices.values() if one.bus == BUS)
    lost = AlarmInfo(
        id="c", key="c", subject=f"bus:{BUS}", cause=Cause.BUS_LOST, level=1, state=AlarmState.UNACKNOWLEDGED, raised=NOW, points=8
    )
    under = {"hidden": Hidden.SUPPRESSED, "under": "c", "raised": NOW}
    below = AlarmInfo(id="d", key="d", subject=device, cause=Cause.DEVICE_LOST, level=2, state=AlarmState.UNACKNOWLEDGED, points=4, **under)
    model.apply_change(Change(seq=2, now=NOW, alarms=[lost, below]))
    table = AlarmTable(model, NoActs())
    assert rows(table) == [("c", "", Fold.CLOSED)]
    assert table.index(0, Column.ALARM).data().endswith("1 consequences")
    table.set_folded("c", False)
    unknown = [one for one in rows(table) if one[1]]
    assert rows(table)[:2] == [("c", "", Fold.OPEN), ("d", "", Fold.INSIDE)]
    assert all(model.devices[model.points[key].device].bus == BUS for _, key, _ in unknown)
    assert table.index(1, Column.STATE).data() == "consequence"
    table.set_folded("c", True)
    assert table.rowCount() == 1
