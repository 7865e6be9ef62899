"""The equipment page: tree, search, table, what is asked and when, keys, copying, carrying; and every look of it."""

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from cityops_desktop.link.messages import BusState, Change, DeviceDetail, LiveInfo
from cityops_desktop.model.readings import Quality, Reason
from tests.conftest import FakeClock
from tests.ui.desk import live, model_of, point, room_copy
from tests.ui.pages.equipment.equipmentroom import Answers, device_detail
from tests.ui.rooms import NOW, copy_of_room, station_info
from tests.ui.walker import walk
from ui import theme
from ui.models.finding import found_points
from ui.pages.equipment import cells
from ui.pages.equipment.points import Column
from ui.pages.equipment.roles import LEVEL_ROLE, NODE_ROLE, STALE_ROLE
from ui.pages.equipment.tree import Branch, EquipmentTree

OPENS_A_PAGE = True

DEVICE = "air-conditioning-2"
POINT = f"{DEVICE}.temperature"


@pytest.fixture
def answers(desk, monkeypatch) -> Answers:
    answers = Answers(desk.model)
    monkeypatch.setattr(desk.link, "device", answers.device)
    return answers


@pytest.fixture
def page(qapp, desk, answers):
    desk.model._clock = FakeClock()
    desk.model.apply_copy(copy_of_room())
    desk.window.show_page("equipment")
    qapp.processEvents()
    page = desk.window.page("equipment")
    yield page
    desk.window.hide()
    shiboken6.delete(page)


def rows(page, parent=None) -> list[str]:
    """Everything in the tree that is expanded, indented by its depth."""
    found = []
    index = page.shown.index(0, 0)
    while index.isValid():
        depth, above = 0, index.parent()
        while above.isValid():
            depth, above = depth + 1, above.parent()
        found.append("  " * depth + index.data())
        index = page.branches.indexBelow(index)
    return found


def branch(page, id: str):
    return page.shown.mapFromSource(page.tree.index_of(id))


def texts(page, row: int) -> list[str]:
    return [page.table.index(row, column).data() for column in Column]


def facts(page) -> dict[str, str]:
    return dict(one.split(": ", 1) for one in page.card.sheet.texts())


def tell(desk, *lives: LiveInfo) -> None:
    """A change of the station, then the beat that brings it into the tree."""
    desk.model.apply_change(Change(seq=2, now=NOW, live=list(lives)))
    desk.model._live_changes._flush()
    desk.model.beat.emit()


def good(key: str, value: float) -> LiveInfo:
    return LiveInfo(key=key, value=value, quality=Quality.GOOD, time=NOW)


# the tree


def test_lines_devices_points(page):
    shown = rows(page)
    assert [row for row in shown if not row.startswith(" ")] == [f"RS-485 line {n}" for n in range(1, 5)]
    assert "  UPS 1" in shown and not any(row.startswith("    ") for row in shown)
    index = branch(page, "ups-1")
    assert page.shown.rowCount(index) == 4
    assert page.shown.index(2, Branch.STATE, index).data() == "6.4 %"


def test_the_tree_follows_every_change_and_not_only_the_first(desk, page):
    for value in (41.0, 42.5, 43.9):
        tell(desk, good("ups-1.load", value))
        assert branch(page, "ups-1.load").siblingAtColumn(Branch.STATE).data() == f"{value} %"


def test_a_name_does_not_move_when_its_sign_comes(desk, page):
    option = QStyleOptionViewItem()
    delegate = page.branches.itemDelegate()
    with_sign, without = branch(page, "leak-detection-1"), branch(page, "power-distribution-2")
    assert with_sign.data(LEVEL_ROLE) is not None and without.data(LEVEL_ROLE) is None
    sizes = []
    for index in (with_sign, without):
        delegate.initStyleOption(option, index)
        sizes.append((bool(option.features & QStyleOptionViewItem.ViewItemFeature.HasDecoration), option.decorationSize.width()))
    assert sizes[0] == sizes[1] and sizes[0][0]


@pytest.mark.parametrize("connected", [True, False])
def test_a_row_painted_at_once_looks_as_the_style_paints_it(page, monkeypatch, connected):
    page.branches.expandAll()
    page.branches.scrollToTop()
    page._model.connected = connected
    at_once, asked = page.branches.grab().toImage(), []
    every = {(index.row(), index.internalId()) for index in every_row(page)}
    assert len(every) > 20
    monkeypatch.setattr(cells, "styled_rows", lambda view: asked.append(view) or every)
    assert page.branches.grab().toImage() == at_once and asked


def every_row(page):
    index = page.shown.index(0, 0)
    while index.isValid():
        yield index
        index = page.branches.indexBelow(index)


def test_a_search_for_just_one_name_goes_there_first(qtbot, page):
    copy = copy_of_room()
    devices = [one.model_copy(update={"profile": "maker-of-ups-2"}) if one.id == "ups-1" else one for one in copy.room.devices]
    page._model.apply_copy(copy.model_copy(update={"room": copy.room.model_copy(update={"devices": devices, "version": "other"})}))
    qtbot.keyClicks(page.search, "UPS-2")
    qtbot.keyClick(page.search, Qt.Key.Key_Return)
    assert page.watch.device == "ups-2", "not the device above whose profile holds these signs, too"
    assert found_points(page._model, "ups-2", 3)[0].startswith("ups-2.")
    assert found_points(page._model, "ups-1.load", 3)[0] == "ups-1.load"


def test_states_and_counts_of_what_is_unknown(page):
    words = {id: branch(page, id).siblingAtColumn(Branch.STATE).data() for id in ("ups-1", "battery-1", "power-distribution-1")}
    assert words == {"ups-1": "answers", "battery-1": "line lost", "power-distribution-1": "answers"}
    assert branch(page, "power-distribution-1").siblingAtColumn(Branch.UNKNOWN).data() == "2"
    assert branch(page, "ups-1").siblingAtColumn(Branch.UNKNOWN).data() == ""
    assert branch(page, "battery-1").siblingAtColumn(Branch.STATE).data(STALE_ROLE)
    assert branch(page, "leak-detection-1").data(LEVEL_ROLE) == (1, True)
    assert branch(page, "ups-1").data(LEVEL_ROLE) == (3, False)
    line3 = page.shown.index(2, Branch.STATE)
    assert line3.data() == "lost" and "port does not exist" in line3.data(Qt.ItemDataRole.ToolTipRole)


def test_a_silent_device_says_since_when(desk, page):
    buses = [BusState(id=f"line{n}", state="up", silent_devices=["ups-1"] if n == 2 else []) for n in range(1, 5)]
    lost = [
        LiveInfo(
            key=f"ups-1.{name}", value=None, quality=Quality.BAD, reason=Reason.NO_ANSWER, time=NOW, last_value=1.0, last_time=NOW - 754_000
        )
        for name in ("temperature", "humidity", "load", "wet")
    ]
    desk.model.apply_change(Change(seq=2, now=NOW, live=lost, station=station_info(buses=buses)))
    desk.model._live_changes._flush()
    desk.model.beat.emit()
    state = branch(page, "ups-1").siblingAtColumn(Branch.STATE)
    assert (state.data(), state.siblingAtColumn(Branch.UNKNOWN).data()) == ("silent 12 min", "4")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ups-1 humid", ["RS-485 line 2", "  UPS 1", "    Return air humidity"]),
        ("ups-1.load", ["RS-485 line 2", "  UPS 1", "    Output load ratio"]),
        ("1号UPS 输出", ["RS-485 line 2", "  UPS 1", "    Output load ratio"]),
        ("nothing of the kind", []),
    ],
)  # fmt: skip
def test_search_finds_devices_and_points(qtbot, page, text, found):
    page.search.setFocus()
    page.search.setText(text)
    assert rows(page) == found


def test_search_by_keyboard_alone(qtbot, desk, page):
    qtbot.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
    before = page.watch.device
    qtbot.keyClicks(page.search, "environment-2.hum")
    assert page.watch.device == before, "nobody has chosen yet"
    qtbot.keyClick(page.search, Qt.Key.Key_Return)
    assert (page.watch.device, page.point()) == ("environment-2", "environment-2.humidity")
    assert page.branches.hasFocus()
    qtbot.keyClick(page.branches, Qt.Key.Key_Escape)
    assert page.search.text() == "" and len(rows(page)) > 20
    assert page.watch.device == "environment-2"


def test_only_what_is_not_in_order(qtbot, desk, page):
    page.show_device("power-distribution-1")
    qtbot.mouseClick(page.only_wrong, Qt.MouseButton.LeftButton, pos=QPoint(8, page.only_wrong.height() // 2))
    shown = rows(page)
    assert "  UPS 1" in shown and "  Power distribution 1" in shown and "  Air-conditioning 1" not in shown
    tell(
        desk,
        *(good(f"power-distribution-1.{name}", 20.0) for name in ("temperature", "humidity", "load")),
        good("power-distribution-1.wet", 0),
    )
    assert "  Power distribution 1" in rows(page), "it stays while somebody looks at it"
    page.show_device("ups-1")
    page.shown.invalidate()
    assert "  Power distribution 1" not in rows(page)


def test_arrows_walk_through_the_devices(qtbot, page):
    page.show_device("ups-1")
    qtbot.keyClick(page.branches, Qt.Key.Key_Down)
    assert page.watch.device == "ups-2" and page.point() == "ups-2.temperature"
    qtbot.keyClick(page.branches, Qt.Key.Key_Right)
    qtbot.keyClick(page.branches, Qt.Key.Key_Down)
    qtbot.keyClick(page.branches, Qt.Key.Key_Down)
    assert page.point() == "ups-2.humidity"


def test_a_line_alone(qtbot, page):
    page.branches.setFocus()
    qtbot.mouseClick(page.branches.viewport(), Qt.MouseButton.LeftButton, pos=page.branches.visualRect(page.shown.index(2, 0)).center())
    told = [text for _, text, _ in page.head.painted_texts()]
    assert "RS-485 line 3" in told and "lost: port does not exist" in told and "6 devices" in " ".join(told)
    points = [one.key for one in page._model.points.values() if page._model.devices[one.device].bus == "line3"]
    assert len(points) > 4 and sorted(page.table.key(row) for row in range(page.table.rowCount())) == sorted(points)
    last = page.table.rowCount() - 1
    device = page._model.devices[page._model.points[page.table.key(last)].device]
    assert texts(page, last)[Column.NAME].startswith(f"{device.names.en} · ") and page.view.isColumnHidden(Column.RAW)
    page.view.selectRow(last)
    assert page.card.key == page.table.key(last) and page.watch.device == device.id, "the card asks for this one's raw value"
    page.show_device("battery-1")
    assert page.table.rowCount() == 4 and not page.hint.isVisible() and not page.view.isColumnHidden(Column.RAW)
    assert "Batteries 1" in [text for _, text, _ in page.head.painted_texts()]


# a device


def test_a_device_s_points(page):
    page.show_device(DEVICE)
    assert texts(page, 0) == ["Return air temperature", "20.1 °C", "good", "1 s", "0x00C9", "30011 int16", "5 s", "> 32.4  < 14.4"]
    assert texts(page, 3) == ["Leak", "dry", "good", "3 s", "0x0000", "40014 uint16", "5 s", "= wet"]
    assert page.table.index(0, Column.NAME).data(LEVEL_ROLE) == (2, True)


def test_what_is_not_usable_is_hatched_with_its_age(page):
    page.show_device("power-distribution-1")
    assert texts(page, 2)[:5] == ["Output load ratio", "6.1 %", "bad", "12 min", "—"]
    assert page.table.index(2, Column.VALUE).data(STALE_ROLE) and not page.table.index(1, Column.VALUE).data(STALE_ROLE)
    assert "since" in page.table.index(2, Column.AGE).data(Qt.ItemDataRole.ToolTipRole)
    assert "device does not answer" in page.table.index(2, Column.QUALITY).data(Qt.ItemDataRole.ToolTipRole)


def test_the_head_counts(page):
    page.show_device(DEVICE)
    told = [text for _, text, _ in page.head.painted_texts()]
    assert {"176367", "176300", "60", "5", "2", "1234567", "load 42 % · 3 polls skipped"} <= set(told)
    assert any("took 23 ms, longest 311 ms" in text for text in told)


def test_only_rows_that_changed_are_told_and_nothing_moves(qtbot, desk, page):
    page.show_device(DEVICE)
    page.branches.expand(page.shown.mapFromSource(page.tree.index_of(DEVICE)))
    page.view.selectRow(2)
    selected = page.view.currentIndex()
    page.branches.verticalScrollBar().setValue(40)
    changed, branches = [], []
    page.table.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    page.tree.dataChanged.connect(lambda first, last: branches.append(first.data(NODE_ROLE).id))
    tell(desk, good(f"{DEVICE}.humidity", 51.0))
    assert changed == [(1, 1)]
    assert branches == [f"{DEVICE}.humidity"]
    assert page.view.currentIndex() == selected and page.point() == f"{DEVICE}.load"
    assert page.branches.verticalScrollBar().value() == 40


def test_a_new_copy_keeps_what_was_chosen(desk, page):
    page.show_point(f"{DEVICE}.load")
    page.branches.collapse(page.shown.index(0, 0))
    desk.model.apply_copy(copy_of_room(seq=9))
    assert page.point() == f"{DEVICE}.load"
    desk.window.set_language("zh_CN")
    assert page.point() == f"{DEVICE}.load" and page.watch.device == DEVICE
    assert not page.branches.isExpanded(page.shown.index(0, 0)) or page.branches.currentIndex().parent() == page.shown.index(0, 0)


# what is asked


def test_one_question_at_a_time_and_none_while_hidden(desk, answers, page):
    answers.at_once = False
    page.show_device(DEVICE)
    asked = len(answers.asked)
    for _ in range(3):
        desk.model.beat.emit()
    assert len(answers.asked) == asked and len(answers.waiting) == 1
    answers.answer()
    desk.model.beat.emit()
    assert len(answers.asked) == asked + 1
    desk.window.show_page("overview")
    answers.answer()
    for _ in range(3):
        desk.model.beat.emit()
    assert len(answers.asked) == asked + 1
    desk.window.show_page("equipment")
    assert len(answers.asked) == asked + 2


def test_an_answer_about_another_device_is_not_taken_for_this_one(answers, page):
    answers.at_once = False
    page.show_device(DEVICE)
    page.show_device("ups-1")
    answers.answer()
    assert page.watch.detail is None
    answers.answer()
    assert page.watch.detail is not None and page.watch.detail.device.id == "ups-1"


def test_a_lost_answer_is_shown_as_such(desk, answers, page):
    page.show_point(POINT)
    answers.dead = True
    desk.model.beat.emit()
    told = " ".join(text for _, text, _ in page.head.painted_texts())
    assert "the station does not answer this question" in told
    assert page.table.index(0, Column.RAW).data(STALE_ROLE) and not page.table.index(0, Column.VALUE).data(STALE_ROLE)
    assert facts(page)["Raw value"] == "0x00C9 (old: the station does not answer)"
    answers.dead = False
    desk.model.beat.emit()
    assert facts(page)["Raw value"] == "0x00C9"


def test_without_a_station_everything_is_old(desk, page):
    page.show_point(POINT)
    desk.model.set_connected(False)
    assert all(page.table.index(row, Column.VALUE).data(STALE_ROLE) for row in range(4))
    assert {page.shown.index(row, Branch.STATE).data() for row in range(4)} == {"no station"}
    assert "no station: these figures are old" in [text for _, text, _ in page.head.painted_texts()]
    assert facts(page)["Why"] == "no station"
    desk.model.set_connected(True)
    assert branch(page, DEVICE).siblingAtColumn(Branch.STATE).data() == "answers"


def test_the_link_asks_the_station(qtbot, live_desk, canned):
    got: list[DeviceDetail | None] = []
    canned.answers["/api/v1/devices/ups-1"] = (200, device_detail(live_desk.model, "ups-1"))
    live_desk.link.device("ups-1", got.append)
    qtbot.waitUntil(lambda: len(got) == 1)
    assert got[0] is not None and got[0].device.id == "ups-1"
    live_desk.link.device("nobody", got.append)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert got[1] is None
    live_desk.model.set_connected(False)
    live_desk.link.device("ups-1", got.append)
    assert got[2:] == [None]


# hands


def test_ways_to_a_point_bring_it_into_sight(qtbot, desk, page):
    qtbot.keyClicks(page.search, "battery")
    page.only_wrong.setChecked(True)
    desk.window.page("alarms").openPoint.emit("fire-protection-2.load")
    assert desk.window.current == "equipment"
    assert (page.search.text(), page.only_wrong.isChecked()) == ("", False)
    assert page.point() == "fire-protection-2.load" and page.view.hasFocus()
    assert page.branches.currentIndex().data() == branch(page, "fire-protection-2").data()


def test_enter_and_double_click_open_the_trend(qtbot, desk, page):
    page.show_point(POINT)
    with qtbot.waitSignal(page.openTrend) as opened:
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert opened.args == [POINT]
    desk.window.show_page("equipment")
    with qtbot.waitSignal(page.openTrend) as opened:
        qtbot.mouseClick(page.card.trend, Qt.MouseButton.LeftButton)
    assert opened.args == [POINT]
    desk.window.show_page("equipment")
    with qtbot.waitSignal(page.openAlarms) as opened:
        qtbot.mouseClick(page.card.alarms, Qt.MouseButton.LeftButton)
    assert opened.args == ["alarm-0001"]


def test_copying_rows(qtbot, page):
    page.show_device(DEVICE)
    page.view.setFocus()
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(page.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert [line.split("\t")[:2] for line in lines] == [["Return air temperature", "20.1 °C"], ["Return air humidity", "44.6 %RH"]]
    page.branches.setFocus()
    qtbot.keyClick(page.branches, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\t")[1] == "answers"


def test_rows_are_carried(qtbot, page, monkeypatch):
    carried = []
    monkeypatch.setattr(cells, "carry", lambda source, keys: carried.append(keys))
    page.show_device(DEVICE)
    page.view.selectRow(0)
    start = page.view.visualRect(page.table.index(0, 1)).center()
    drag(page.view.viewport(), start, start + QPoint(60, 5))
    assert carried == [[POINT]]


def drag(widget, start: QPoint, end: QPoint) -> None:
    for kind, place, buttons in (
        (QEvent.Type.MouseButtonPress, start, Qt.MouseButton.LeftButton),
        (QEvent.Type.MouseMove, start + QPoint(12, 0), Qt.MouseButton.LeftButton),
        (QEvent.Type.MouseMove, end, Qt.MouseButton.LeftButton),
        (QEvent.Type.MouseButtonRelease, end, Qt.MouseButton.NoButton),
    ):
        where = QPointF(place)
        event = QMouseEvent(
            kind, where, QPointF(widget.mapToGlobal(place)), Qt.MouseButton.LeftButton, buttons, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(widget, event)


def test_everything_has_a_name_and_is_reached_by_tab(qtbot, desk, page):
    page.show_point(POINT)
    for widget in (page.search, page.branches, page.view, page.card.area):
        assert widget.accessibleName()
    assert page.head.accessibleName().startswith("Air-conditioning 2")
    seen = set()
    page.search.setFocus()
    for _ in range(40):
        seen.add(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert {page.search, page.only_wrong, page.branches, page.view, page.card.trend, page.card.alarms} <= seen


def test_words_of_points_are_found_in_both_languages(desk):
    assert found_points(desk.model, "ups-1 温度", 10) == ["ups-1.temperature"]
    assert found_points(desk.model, "UPS 1 LOAD", 10) == ["ups-1.load"]
    assert len(found_points(desk.model, "", 10)) == 10
    assert found_points(desk.model, "no such", 10) == []


# how it looks


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_look(qapp, desk, answers, page, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    window = desk.window
    window.set_language(language)
    window.resize(*size)
    seen = []

    def look(where: str) -> None:
        qapp.processEvents()
        assert window.size().toTuple() == size
        seen.append(walk(window, where))

    for key in (POINT, "power-distribution-1.load", "leak-detection-1.wet"):
        page.show_point(key)
        look(key)
    page.search.setText("ups")
    look("search")
    page.search.clear()
    page.only_wrong.setChecked(True)
    look("wrong")
    page.only_wrong.setChecked(False)
    page.branches.setCurrentIndex(page.shown.index(2, 0))
    look("line")
    page.show_point(POINT)
    answers.dead = True
    desk.model.beat.emit()
    look("no answer")
    desk.model.set_connected(False)
    look("lost")
    assert not [fault for one in seen for fault in one.faults]
    assert sum(one.texts for one in seen) > 300


def test_points_of_a_closed_device_are_put_into_words_when_somebody_looks(qtbot):
    model = model_of(room_copy([point("a.x"), point("b.x")]))
    tree = EquipmentTree(model)
    tree.rebuild()
    told = []
    tree.dataChanged.connect(lambda first, last: told.append(tree.node(first).id))
    model.apply_change(Change(seq=2, now=NOW, live=[live("a.x", 30.5), live("b.x", 31.5)]))
    tree.refresh(frozenset({"a.x", "b.x"}), frozenset({"b"}))
    assert "b.x" in told and "a.x" not in told
    assert tree.index_of("a.x").siblingAtColumn(1).data() == "30.5 °C", "asked for, it is the newest"
    model.apply_change(Change(seq=3, now=NOW, live=[live("a.x", 32.5)]))
    tree.refresh(frozenset({"a.x"}), frozenset())
    tree.catch_up()
    assert "a.x" in told and tree.index_of("a.x").siblingAtColumn(1).data() == "32.5 °C"
