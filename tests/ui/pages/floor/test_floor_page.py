"""The floor page: both languages, both colours, two sizes; layers, zoom, keys, mouse, what has no place; little is painted for little."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from cityops_desktop import texts as language
from cityops_desktop.link.messages import AreaInfo, RoomInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.points import Group
from tests.ui.desk import live, model_of, tell, texts
from tests.ui.desk import state as state_point
from tests.ui.pages.floor.floor_rooms import air, copy_of, device, lost, metres, place, rack, room_of, rope, two_areas, two_rows, wet
from tests.ui.rooms import alarm, copy_of_room, names
from tests.ui.walker import walk
from ui import theme
from ui.models.floorplan import Band, plan_of
from ui.models.room import RoomModel
from ui.pages.floor.heatpicture import colours
from ui.pages.floor.page import FloorPage
from ui.widgets import carry

HOT = [
    live("th-a05.temperature", 36.8),
    live("th-a06.temperature", 33.0),
    lost("th-b09.temperature"),
    live("rope.leak", 1),
    live("rope.distance", 12.5),
    live("leak2.leak", 1),
]
ALARMS = [
    alarm(1, "th-a05.temperature", 1, AlarmState.UNACKNOWLEDGED),
    alarm(2, "rope.leak", 1, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE),
    alarm(3, "crac2.running", 2, AlarmState.ACKNOWLEDGED, cause=Cause.STATE),
    alarm(4, "leak2.leak", 1, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE),
    alarm(5, "th-west.temperature", 4, AlarmState.UNACKNOWLEDGED),
    alarm(6, "camera1.state", 3, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE),
    alarm(7, "th-b03.temperature", 2, AlarmState.RETURNED),
]
SMALL, LARGE = (1214, 660), (1768, 972)


def page_of(qtbot: QtBot, room: RoomInfo, lives=(), alarms=(), size=SMALL) -> tuple[RoomModel, FloorPage]:
    model = model_of(copy_of(room, list(lives), list(alarms)))
    page = FloorPage(model, None)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(*size)
    with qtbot.waitExposed(page):
        page.show()
    assert (page.width(), page.height()) == size, "the page fits"
    return model, page


def chosen(page: FloorPage) -> tuple[str, str] | None:
    thing = page.view.chosen
    return (thing.kind, thing.id) if thing is not None else None


def place_of(page: FloorPage, kind: str, name: str) -> QPoint:
    return next(thing.rect for thing in page.view.things if (thing.kind, thing.id) == (kind, name)).center()


def click_line(qtbot: QtBot, page: FloorPage, row: int) -> None:
    spot = page.unplaced.visualRect(page._lines.index(row, 0)).center()
    qtbot.mouseClick(page.unplaced.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def picture(page: FloorPage) -> QImage:
    return page.view.grab().toImage()


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", theme.THEMES)
@pytest.mark.parametrize("words", language.LANGUAGES)
def test_nothing_is_cut_or_hidden(qtbot: QtBot, qapp: QApplication, words: str, look: str, size: tuple[int, int]) -> None:
    theme.apply(qapp, theme.THEMES[look])
    language.set_language(words)
    faults, seen = [], 0
    for name, room, lives, alarms in (("two rows", two_rows(), HOT, ALARMS), ("two areas", two_areas(), [], [])):
        model, page = page_of(qtbot, room, lives, alarms, size)
        for state in ("first", "power", "near", "floor", "lost"):
            match state:
                case "power":
                    page.buttons["power"].click()
                case "near":
                    page.view.zoom_by(2.2, QPointF(300, 300))
                case "floor":
                    page.view.whole()
                    page.band.setCurrentIndex(1)
                case "lost":
                    page.band.setCurrentIndex(0)
                    model.set_connected(False)
            qapp.processEvents()
            found = walk(page, f"{name}, {state}")
            faults += found.faults
            seen += found.texts
        page.close()
    assert not faults, "\n".join(faults)
    assert seen > 600


def test_a_room_without_racks_places_or_size_says_what_is_lacking(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, room_of([], [], [device("d", "设备", "Device")], size=None))
    assert "gives no size of the room" in page.notes.text() and "places no rack" in page.notes.text()
    assert not walk(page, "empty").faults
    model = RoomModel()
    waiting = FloorPage(model, None)  # type: ignore[arg-type]
    qtbot.addWidget(waiting)
    waiting.resize(*SMALL)
    waiting.show()
    assert texts(waiting.view) == ["Waiting for the station"]
    model.apply_copy(copy_of_room())
    assert "Waiting for the station" not in texts(waiting.view) and not walk(waiting, "made room").faults


def test_what_has_no_place_is_listed_and_opens(qtbot: QtBot) -> None:
    nowhere = rack("Z01", 0, 0).model_copy(update={"place": None})
    room = two_rows()
    room = room.model_copy(update={"racks": [*room.racks, nowhere]})
    model, page = page_of(qtbot, room, HOT, ALARMS)
    lines = [page._lines.item(row).text() for row in range(page._lines.rowCount())]
    assert lines == ["Minor · Camera recorder", "Fresh-air unit", "Z01"], "the one that needs somebody stands first"
    with qtbot.waitSignal(page.openDevice) as told:
        click_line(qtbot, page, 0)
    assert told.args == ["camera1"]
    with qtbot.waitSignal(page.openRack) as told:
        click_line(qtbot, page, 2)
    assert told.args == ["Z01"]
    tell(model, alarms=[alarm(6, "camera1.state", 3, AlarmState.NORMAL, cause=Cause.STATE)])
    assert page._lines.item(0).text() == "Camera recorder"


def test_a_rope_without_a_path_is_told(qtbot: QtBot) -> None:
    locating = rope("rope", [(1.0, 1.0)]).model_copy(update={"path": []})
    room = room_of(
        [], [wet("rope.leak"), air("x", 1, 1).model_copy(update={"key": "rope.distance", "device": "rope", "unit": "m"})], [locating]
    )
    _, page = page_of(qtbot, room)
    assert "No path of the rope in the room file: Locating leak detector" in page.notes.text()


# pictures


@pytest.mark.parametrize("name", theme.THEMES)
def test_the_colours_of_the_air_go_one_way_in_lightness_and_are_no_alarm_colours(name: str) -> None:
    heat = [QColor(int(one) & 0xFFFFFF) for one in colours(theme.THEMES[name].heat)]
    light = [0.2126 * one.redF() ** 2.2 + 0.7152 * one.greenF() ** 2.2 + 0.0722 * one.blueF() ** 2.2 for one in heat]
    steps = [b - a for a, b in pairwise(light[::8])]
    assert all(step > 0 for step in steps) or all(step < 0 for step in steps)
    assert max(one.hsvSaturationF() for one in heat) < 0.55
    for level in (1, 2, 3, 4):
        alarm_colour = QColor(theme.THEMES[name].level(level))
        for one in heat:
            apart = abs(one.red() - alarm_colour.red()) + abs(one.green() - alarm_colour.green()) + abs(one.blue() - alarm_colour.blue())
            assert apart > 80


def test_leaks_and_alarms_are_seen_at_once_and_each_layer_can_be_left_out(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, two_rows(), HOT, ALARMS)
    assert [name for name, button in page.buttons.items() if button.isChecked()] == ["temperature", "leak", "alarms"]
    assert "wet 12.5 m" in texts(page.view) and "36.8" in texts(page.view)
    sign = page.view._made.racks[4].sign.center()  # type: ignore[union-attr]
    assert picture(page).pixelColor(sign - QPoint(6, 6)) == QColor(theme.LIGHT.critical)
    qtbot.mouseClick(page.buttons["leak"], Qt.MouseButton.LeftButton)
    assert "wet 12.5 m" not in texts(page.view)
    qtbot.mouseClick(page.buttons["temperature"], Qt.MouseButton.LeftButton)
    assert "36.8" not in texts(page.view) and not page.band.isEnabled()
    qtbot.mouseClick(page.buttons["alarms"], Qt.MouseButton.LeftButton)
    assert picture(page).pixelColor(sign - QPoint(6, 6)) != QColor(theme.LIGHT.critical)
    qtbot.mouseClick(page.buttons["power"], Qt.MouseButton.LeftButton)
    kilowatts = sum(live.value for live in model.live.values() if live.key in ("pdu-a01a.power", "pdu-a01b.power"))  # type: ignore[misc]
    assert f"{kilowatts:.1f}" in texts(page.view)
    page.hide()
    page.show()
    assert [name for name, button in page.buttons.items() if button.isChecked()] == ["power"], "as it was left"


def test_acknowledged_is_an_outline_and_returned_has_no_frame(qtbot: QtBot) -> None:
    room = two_rows()
    sign, corner = QPoint(), QPoint()
    seen = {}
    for state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED):
        _, page = page_of(qtbot, room, [], [alarm(1, "th-a05.temperature", 1, state)])
        cell = page.view._made.racks[4]  # type: ignore[union-attr]
        sign, corner = cell.sign.center() - QPoint(5, 5), QPoint(cell.box.left(), cell.box.center().y())
        image = picture(page)
        red = QColor(theme.LIGHT.critical)
        seen[state] = (image.pixelColor(sign) == red, image.pixelColor(corner) == red)
    assert seen == {AlarmState.UNACKNOWLEDGED: (True, True), AlarmState.ACKNOWLEDGED: (False, True), AlarmState.RETURNED: (True, False)}


def test_the_field_is_coloured_in_aisles_alone_and_not_around_a_lost_sensor(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, two_rows())
    view = page.view
    panel = QColor(theme.LIGHT.panel)

    def colour(x: float, y: float) -> QColor:
        return picture(page).pixelColor(view.scope.px(x, y).toPoint())

    assert colour(9.3, 5.6) != panel and colour(9.3, 3.0) != panel
    assert colour(14.5, 5.6) == panel and colour(9.3, 10.0) == panel, "outside of aisles nothing is told"
    hot, cold = colour(9.3, 3.0).lightness(), colour(9.3, 5.6).lightness()
    assert hot < cold, "warmer is darker in the light colours"
    middle = view.scope.px(9.0, 5.5).toPoint()
    before = picture(page).copy(middle.x() - 8, middle.y() - 8, 16, 16)
    tell(model, lost("th-a08.temperature"))
    holes = sum(int(patch.field.holes.sum()) for patch in view._patches if patch.field is not None)
    assert holes > 0 and picture(page).copy(middle.x() - 8, middle.y() - 8, 16, 16) != before
    tell(model, live("th-a08.temperature", 22.0))
    assert not any(patch.field.holes.any() for patch in view._patches if patch.field is not None)


def test_above_the_highest_limit_there_is_a_sign_and_not_only_a_colour(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, two_rows())
    assert not any(patch.passed for patch in page.view._patches)
    tell(model, *(live(f"th-{row}{n:02d}.temperature", 34.0) for row in "ab" for n in range(4, 8)))
    (passed,) = [patch for patch in page.view._patches if patch.passed]
    assert "th-a05.temperature" in passed.keys
    image, dark = picture(page), QColor(theme.LIGHT.value)
    assert (
        sum(
            image.pixelColor(x, y) == dark
            for x in range(passed.rect.left(), passed.rect.right())
            for y in range(passed.rect.top(), passed.rect.bottom())
        )
        > 40
    )


def test_a_height_is_chosen_and_one_without_sensors_says_so(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_areas())
    assert "84 of 126 aisle sensors not shown" in page.notes.text()
    page.band.setFocus()
    qtbot.keyClick(page.band, Qt.Key.Key_Down)
    assert page.view.layers.band is Band.FLOOR and {chip.sensor.z for chip in page.view._made.chips} == {0.2}  # type: ignore[union-attr]
    _, page = page_of(qtbot, two_rows())
    page.band.setFocus()
    qtbot.keyClick(page.band, Qt.Key.Key_Down)
    assert "No sensor at this height" in page.notes.text() and not page.view._patches


def test_a_new_value_paints_its_place_and_its_aisle_alone_and_moves_nothing(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, two_rows())
    view = page.view
    before, places = picture(page), {(thing.kind, thing.id): thing.rect for thing in view.things}
    tell(model, live("th-a05.temperature", 9.5))
    after = picture(page)
    aisle = next(patch.rect for patch in view._patches if "th-a05.temperature" in patch.keys)
    differs = [(x, y) for x in range(0, after.width(), 2) for y in range(0, after.height(), 2) if after.pixel(x, y) != before.pixel(x, y)]
    assert differs and all(aisle.contains(x, y) for x, y in differs)
    assert places == {(thing.kind, thing.id): thing.rect for thing in view.things}
    painted = []
    view.update = lambda *rect: painted.append(rect)  # type: ignore[method-assign]
    tell(model, live("th-a05.temperature", 9.5))
    assert painted == [], "the same value again is nothing new"
    tell(model, live("crac1.return", 25.0))
    assert painted == []


def test_hidden_it_does_nothing_and_shown_it_is_up_to_date(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, two_rows())
    page.hide()
    asked: list[object] = []
    page.view.refresh = asked.append  # type: ignore[method-assign]
    tell(model, live("th-a05.temperature", 31.5), alarms=[alarm(1, "th-a05.temperature", 1, AlarmState.UNACKNOWLEDGED)])
    assert asked == []
    del page.view.refresh
    page.show()
    assert "31.5" in texts(page.view)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_hairlines_are_one_pixel_of_the_screen(qtbot: QtBot, ratio: float, monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = page_of(qtbot, two_rows())
    view = page.view
    monkeypatch.setattr(view, "devicePixelRatioF", lambda: ratio)
    view.arrange()
    view._paint_still(view._made)  # type: ignore[arg-type]
    image = view._ground.toImage()
    assert abs(image.width() - view.width() * ratio) < 1 and abs(image.height() - view.height() * ratio) < 1
    cell = next(one for one in view._made.racks if one.shape.id == "A01")  # type: ignore[union-attr]
    y, edge = round(cell.box.center().y() * ratio), QColor(theme.LIGHT.text_dim)
    row = [x for x in range(round((cell.box.left() - 3) * ratio), round((cell.box.left() + 4) * ratio)) if image.pixelColor(x, y) == edge]
    assert len(row) == 1, "the left side of the first rack"


# keys and mouse


def test_arrows_go_from_rack_to_rack_and_to_devices_and_enter_opens(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows())
    view = page.view
    page.activateWindow()
    page.take_keyboard()
    qtbot.waitUntil(view.hasFocus)
    assert chosen(page) == ("rack", "A01")
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert chosen(page) == ("rack", "A02")
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert chosen(page) == ("rack", "B02")
    with qtbot.waitSignal(page.openRack) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told.args == ["B02"]
    view.choose("device", "crac1")
    with qtbot.waitSignal(page.openDevice) as told:
        qtbot.keyClick(view, Qt.Key.Key_Enter)
    assert told.args == ["crac1"]


@pytest.mark.parametrize("room", [two_rows, two_areas])
def test_every_thing_can_be_reached_by_arrows(qtbot: QtBot, room) -> None:
    _, page = page_of(qtbot, room())
    view = page.view
    view.setFocus()
    stops = {(thing.kind, thing.id) for thing in view._stops()}
    first = next(iter(view._stops()))
    waiting, reached = [(first.kind, first.id)], {(first.kind, first.id)}
    while waiting:
        here = waiting.pop()
        for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Down):
            view.choose(*here)
            qtbot.keyClick(view, key)
            there = chosen(page)
            if there is not None and there not in reached:
                reached.add(there)
                waiting.append(there)
    assert reached == stops
    turned = set()
    for _ in stops:
        qtbot.keyClick(view, Qt.Key.Key_PageDown)
        turned.add(chosen(page))
    assert turned == stops
    here = chosen(page)
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert chosen(page) == here


def test_space_goes_through_the_sensors_of_a_rack(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows())
    view = page.view
    view.setFocus()
    seen = []
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Space)
        seen.append(chosen(page))
    inlet, back = ("sensor", "th-a01.temperature"), ("sensor", "th-a01-out.temperature")
    assert seen == [inlet, back, ("rack", "A01"), inlet]
    assert page.point() == "th-a01.temperature"
    with qtbot.waitSignal(page.openPoint) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told.args == ["th-a01.temperature"]


def test_a_click_opens_what_is_there(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows())
    for signal, kind, name in (
        (page.openRack, "rack", "B05"),
        (page.openDevice, "device", "ups1"),
        (page.openDevice, "device", "leak3"),
        (page.openPoint, "sensor", "th-b05.temperature"),
        (page.openPoint, "sensor", "th-west.temperature"),
    ):
        with qtbot.waitSignal(signal) as told:
            qtbot.mouseClick(page.view, Qt.MouseButton.LeftButton, pos=place_of(page, kind, name))
        assert told.args == [name] and chosen(page) == (kind, name)


def test_the_point_under_the_mouse_is_meant(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows())
    assert page.point() in ("", "th-a01.temperature")
    qtbot.mouseMove(page.view, place_of(page, "sensor", "th-b05.temperature"))
    assert page.point() == "th-b05.temperature"
    qtbot.mouseMove(page.view, place_of(page, "device", "crac2"))
    assert page.point() == "crac2.running"
    qtbot.mouseMove(page.view, place_of(page, "rack", "A03"))
    assert page.point() == "th-a03.temperature"


def test_a_sensor_can_be_carried_to_a_chart(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = page_of(qtbot, two_rows())
    taken: list[list[str]] = []
    monkeypatch.setattr(carry, "carry", lambda source, keys: taken.append(keys))
    start = place_of(page, "sensor", "th-b05.temperature")
    qtbot.mousePress(page.view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(page.view, start + QPoint(2, 0))
    drag(page, start + QPoint(40, 0))
    assert taken == [["th-b05.temperature"]]


def drag(page: FloorPage, to: QPoint) -> None:
    """The mouse moves with its button held: QTest's own moves hold none."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    at = QPointF(to)
    event = QMouseEvent(QEvent.Type.MouseMove, at, page.view.mapToGlobal(at), left, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(page.view, event)


def test_zoom_by_wheel_keys_and_buttons_and_the_spot_under_the_mouse_stays(qtbot: QtBot, qapp: QApplication) -> None:
    _, page = page_of(qtbot, two_rows())
    view = page.view
    at = QPointF(place_of(page, "rack", "B05"))
    before = view.scope.metres(at)
    turn = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, turn)
    assert view.scope.zoom == pytest.approx(1.25**2)
    after = view.scope.metres(at)
    assert after == pytest.approx(before, abs=0.05)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.scope.zoom == pytest.approx(1.25)
    qtbot.mouseClick(page.nearer, Qt.MouseButton.LeftButton)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.scope.zoom == pytest.approx(1.25**3)
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.scope.zoom == 1.0
    qtbot.mouseClick(page.farther, Qt.MouseButton.LeftButton)
    assert view.scope.zoom == 1.0, "the whole floor is the farthest"
    for _ in range(20):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.scope.zoom == 12.0
    qtbot.mouseClick(page.whole, Qt.MouseButton.LeftButton)
    assert view.scope.zoom == 1.0


def test_near_it_can_be_shifted_by_mouse_and_keys_but_not_out_of_sight(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows())
    view = page.view
    opened: list[str] = []
    page.openRack.connect(opened.append)
    view.zoom_by(4.0)
    spot = view.scope.px(9.0, 6.0)
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert view.scope.px(9.0, 6.0).x() == pytest.approx(spot.x() - 60, abs=1)
    before = view.scope.px(9.0, 6.0)
    start = place_of(page, "rack", "B05")
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    drag(page, start + QPoint(0, 50))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 50))
    assert view.scope.px(9.0, 6.0).y() == pytest.approx(before.y() + 50, abs=1) and opened == []
    for _ in range(80):
        qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.scope.px(0.0, 6.0).x() == pytest.approx(14, abs=1), "the western wall, no farther"


def test_water_out_of_sight_is_told_at_the_edge_that_it_lies_behind(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows(), HOT, ALARMS)
    assert "wet 12.5 m" in texts(page.view)
    page.view.zoom_by(6.0, QPointF(20, 560))
    assert next(text for text in texts(page.view) if "wet" in text and "12.5" in text) in ("→ wet 12.5 m", "↑ wet 12.5 m")
    assert not walk(page, "near").faults


def test_a_thing_out_of_sight_is_brought_into_sight(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows())
    view = page.view
    view.setFocus()
    view.zoom_by(6.0)
    view.choose("rack", "A12")
    thing = view.chosen
    assert thing is not None and view.rect().contains(thing.rect)


def test_a_tool_tip_holds_all_of_the_thing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtGui import QHelpEvent

    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, *_more: told.append(text))
    _, page = page_of(qtbot, two_rows(), HOT, ALARMS)
    at = place_of(page, "rack", "A05")
    QApplication.sendEvent(page.view, QHelpEvent(QHelpEvent.Type.ToolTip, at, page.view.mapToGlobal(at)))
    assert "A05" in told[0] and "36.8 °C" in told[0] and "Power: " in told[0]


def test_a_reader_of_the_screen_is_told_what_the_frame_stands_on(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows(), HOT, ALARMS)
    view = page.view
    view.choose("rack", "A05")
    assert view.accessibleName() == "Floor plan: Rack A05 · Critical" and "36.8 °C" in view.accessibleDescription()
    interface = QAccessible.queryAccessibleInterface(view)
    assert interface.text(QAccessible.Text.Name) == view.accessibleName()
    view.choose("sensor", "th-west.temperature")
    assert view.accessibleName() == "Floor plan: th-west air · Warning"


def test_narrow_racks_show_their_number_and_the_row_stands_at_its_end(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_areas())
    told = texts(page.view)
    assert "A01" not in told and told.count("01") == 6 and {"A", "B", "C", "D", "E", "F"} <= set(told)
    page.view.zoom_by(2.0)
    assert "B10" in texts(page.view)


def test_where_racks_are_narrow_values_are_whole_degrees_and_each_has_its_place(qtbot: QtBot) -> None:
    racks = [rack(f"A{n:02d}", 1.0 + 0.6 * n, 8.0, 0) for n in range(30)]
    points = [air(f"t{n}", 1.0 + 0.6 * n, 8.6, rack=f"A{n:02d}") for n in range(30)]
    _, page = page_of(qtbot, room_of(racks, points, size=(32.0, 14.0)), [live("t3.temperature", 24.6)])
    assert len([chip for chip in page.view._made.chips if chip.rect.isValid()]) == 30  # type: ignore[union-attr]
    page.view.zoom_by(2.0, QPointF(0, 300))
    assert "24.6" in texts(page.view)


def test_values_of_rows_that_run_north_to_south_stand_in_their_aisle(qtbot: QtBot) -> None:
    racks = [rack(f"{row}{n:02d}", x, 2 + 0.6 * n, facing) for row, x, facing in (("A", 4.0, 90), ("B", 6.4, 270)) for n in range(10)]
    points = [air(f"{one.id.lower()}", 4.65 if one.row == "A" else 5.75, 2 + 0.6 * n % 6, rack=one.id) for n, one in enumerate(racks)]
    _, page = page_of(qtbot, room_of(racks, points, size=(14.0, 9.0)))
    (aisle,) = [one for one in page.view.plan.aisles if len(one.rows) == 2]  # type: ignore[union-attr]
    area = page.view.scope.rect(aisle.box).toAlignedRect()
    assert len(page.view._made.chips) == 20  # type: ignore[union-attr]
    assert all(chip.rect.isValid() and area.contains(chip.rect) for chip in page.view._made.chips)  # type: ignore[union-attr]


def test_the_plan_of_the_demo_sized_room_has_what_the_issue_asks_for() -> None:
    plan = plan_of(two_rows())
    assert len(plan.racks) == 24 and len(plan.sensors) == 38
    assert sorted((aisle.air.value, len(aisle.sensors)) for aisle in plan.aisles) == [("cold", 24), ("hot", 6), ("hot", 6)]
    assert {one.device.group for one in plan.devices} >= {Group.AIR_CONDITIONING, Group.UPS, Group.LEAK_DETECTION}
    assert place(1, 1).z == 0.0


def busy_room(water: tuple[float, float] = (10.6, 2.55)) -> RoomInfo:
    """A rope, a meter in the middle of an air conditioner's footprint, water between two cabinets whose names stand close by."""
    devices = [
        device("crac1", "1号精密空调", "Precision AC 1", Group.AIR_CONDITIONING, place=place(2.0, 6.0), size=(0.9, 2.0)),
        device("meter1", "1号空调电量仪", "AC 1 meter", Group.POWER_DISTRIBUTION, place=place(2.0, 6.0)),
        device("ups1", "1号UPS", "UPS 1", Group.UPS, place=place(10.0, 2.0), size=(0.6, 0.9)),
        device("leak1", "UPS区地板下漏水", "Leak under the UPS", Group.LEAK_DETECTION, place=place(*water, -0.3)),
        device("ups2", "2号UPS", "UPS 2", Group.UPS, place=place(11.2, 2.0), size=(0.6, 0.9)),
        rope("rope", [(4.0, 3.0), (4.0, 9.0), (9.0, 9.0)]),
    ]
    points = [
        state_point("crac1.running"),
        state_point("meter1.state", group=Group.POWER_DISTRIBUTION),
        state_point("ups1.mode", states={0: names("市电", "on mains"), 1: names("电池", "on battery")}),
        state_point("ups2.mode", states={0: names("市电", "on mains"), 1: names("电池", "on battery")}),
        wet("leak1.leak"),
        wet("rope.leak"),
        metres("rope.distance"),
    ]
    return room_of([rack(f"A{n:02d}", 5.0 + 0.6 * n, 6.0) for n in range(1, 6)], points, devices)


WET = [live("leak1.leak", 1), live("rope.leak", 1), live("rope.distance", 6.2)]
WET_ALARMS = [alarm(n, key, 1, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE) for n, key in enumerate(("leak1.leak", "rope.leak"), 1)]


@pytest.mark.parametrize("water", [(10.6, 1.4), (10.6, 2.0), (10.6, 2.55), (10.6, 2.8), (10.0, 2.7), (11.2, 1.2)])
@pytest.mark.parametrize("metres_along", [0.5, 6.2, 11.0])
def test_what_is_told_of_water_covers_no_sign_of_water_and_half_covers_no_text(
    qtbot: QtBot, metres_along: float, water: tuple[float, float]
) -> None:
    lives = [*WET[:2], live("rope.distance", metres_along)]
    _, page = page_of(qtbot, busy_room(water), lives, WET_ALARMS)
    labels = {text: rect.adjusted(-6, -3, 6, 3) for rect, text, _ in page.view.painted_texts() if text.startswith("wet")}
    assert len(labels) >= 2
    live_now = page.view._live
    assert live_now is not None
    spots = [
        cell.body.center() if (at := live_now.devices[name].at) is None else at
        for name, cell in live_now._device_of.items()
        if name in ("leak1", "rope")
    ]
    signs = [QRect(spot.x() - 11, spot.y() - 11, 22, 22) for spot in spots]
    told = [(rect, text) for rect, text, _ in page.view.painted_texts()]
    for _, label in live_now.water_labels():
        box = label.rect.adjusted(-6, -3, 6, 3)
        assert not any(box.intersects(sign) for sign in signs), label.text
        assert [text for rect, text in told if rect.intersects(box)] == [label.text]
    assert {"UPS 1", "UPS 2"} <= set(texts(page.view)), "there was a place that covers neither"


def test_water_that_has_gone_gives_the_covered_texts_back(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, busy_room())
    before, dry = texts(page.view), picture(page)
    tell(model, *WET)
    assert any(text.startswith("wet 6.2 m") for text in texts(page.view)) and picture(page) != dry
    tell(model, live("leak1.leak", 0), live("rope.leak", 0), live("rope.distance", 0))
    assert sorted(texts(page.view)) == sorted(before) and picture(page) == dry


def test_a_sign_does_not_hide_below_the_sign_of_what_hangs_in_its_footprint(qtbot: QtBot) -> None:
    """The meter's minor alarm lay upon the air conditioner's critical one."""
    both = [
        alarm(1, "crac1.running", 1, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE),
        alarm(2, "meter1.state", 3, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE),
    ]
    _, page = page_of(qtbot, busy_room(), alarms=both)
    for factor in (1.0, 2.5, 1.4):
        page.view.zoom_by(factor, QPointF(page.view.scope.px(2.0, 6.0)))
        assert page.view._made is not None
        cells = {cell.standing.device.id: cell for cell in page.view._made.devices}
        assert not cells["crac1"].sign.intersects(cells["meter1"].sign)
        assert cells["crac1"].body.contains(cells["crac1"].sign)
        texts_inside = [rect for rect, _, _ in page.view.painted_texts() if cells["crac1"].body.contains(rect)]
        assert not any(rect.intersects(cells["meter1"].body) for rect in texts_inside)
    assert len(texts_inside) == 2, "near enough, name and state stand inside, beside the meter"


def test_a_leak_detector_that_is_not_known_does_not_look_dry(qtbot: QtBot) -> None:
    model, page = page_of(qtbot, busy_room())
    spot = place_of(page, "device", "leak1")

    def around() -> QImage:
        return picture(page).copy(spot.x() - 11, spot.y() - 11, 22, 22)

    dry = around()
    model.set_connected(False)
    hatch = QColor(theme.current().hatch).rgb()
    unknown = around()
    count = sum(unknown.pixel(x, y) == hatch for x in range(22) for y in range(22))
    assert unknown != dry and count >= 25, "a hatch around it, not only within six pixels"


def test_the_frame_of_a_rack_covers_no_name_of_its_neighbour(qtbot: QtBot) -> None:
    _, page = page_of(
        qtbot, room_of([rack(f"{row}{n:02d}", 2 + 0.6 * n, y) for row, y in (("A", 4), ("B", 8)) for n in range(1, 13)], size=(21, 12))
    )
    page.view.setFocus()
    page.view.choose("rack", "A05")
    rect = next(rect for rect, text, _ in page.view.painted_texts() if text == "A04")

    def ink() -> int:
        """Dark pixels of the name."""
        image = picture(page)
        area = [QColor(image.pixel(x, y)) for x in range(rect.left(), rect.right() + 1) for y in range(rect.top() + 1, rect.bottom())]
        return sum(colour.lightness() < 90 and colour.saturation() < 60 for colour in area)

    beside = ink()
    page.view.choose("rack", "B12")
    assert beside == ink() > 20


def test_the_names_of_areas_stand_whatever_stands_in_them(qtbot: QtBot) -> None:
    areas = [AreaInfo(id="battery", names=names("电池间", "Battery room"), place=place(0.0, 0.0), size=(2.6, 1.9))]
    strings = [
        device(
            f"string{n}",
            f"1号UPS第{n}组蓄电池",
            f"UPS 1 battery string {n}",
            Group.BATTERY,
            place=place(0.5 + 0.65 * n, 1.0),
            size=(0.55, 1.0),
        )
        for n in range(4)
    ]
    room = room_of([], [state_point(f"string{n}.state") for n in range(4)], strings, areas=areas)
    for size in (SMALL, LARGE):
        _, page = page_of(qtbot, room, size=size)
        assert "Battery room" in texts(page.view)


def test_a_sign_on_the_power_layer_has_its_number(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, two_rows(), HOT, ALARMS)
    page.buttons["power"].click()
    made = page.view._made
    assert made is not None and any(cell.figure.isValid() for cell in made.racks)
    assert all(cell.sign.width() >= 14 for cell in made.racks)
    told = [rect for rect, _, _ in page.view.painted_texts()]
    signs = [cell.sign for cell in made.racks if cell.shape.id in ("A05", "B03")]
    assert len(signs) == 2 and not any(rect.intersects(sign) for rect in told for sign in signs)


def test_the_legend_explains_the_small_squares_where_there_are_some(qtbot: QtBot) -> None:
    _, page = page_of(qtbot, busy_room())
    assert "meter or controller" in texts(page.legend)
    _, bare = page_of(qtbot, room_of([rack("A01", 5.0, 5.0)]))
    assert "meter or controller" not in texts(bare.legend)


def test_the_sign_of_a_flat_footprint_stands_inside_beside_its_word(qtbot: QtBot) -> None:
    flat = device("cylinders", "气瓶间压力采集", "Cylinder pressures", Group.FIRE_PROTECTION, place=place(3.5, 11.2), size=(2.4, 0.5))
    areas = [AreaInfo(id="gas", names=names("气瓶间", "Cylinder room"), place=place(2.0, 10.2), size=(3.0, 1.5))]
    standing = alarm(1, "cylinders.state", 2, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE)
    _, page = page_of(qtbot, room_of([], [state_point("cylinders.state")], [flat], areas=areas), alarms=[standing])
    made = page.view._made
    assert made is not None
    (cell,) = made.devices
    assert cell.body.contains(cell.word) and cell.body.contains(cell.sign) and not cell.word.intersects(cell.sign)
