"""The power chain on its page: who feeds whom, what a failure would do, values that are old, keys and mouse."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cityops_desktop import texts as language
from cityops_desktop.link.messages import Change
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.chain import Chain
from cityops_desktop.model.power import PowerRole
from tests.ui.pages.power.powerroom import chain, live, power_copy, racks, readings
from tests.ui.rooms import NOW, alarm
from tests.ui.walker import walk
from ui import theme
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.power.box import Box
from ui.pages.power.chain import chain_of, groups_of
from ui.pages.power.layout import picture
from ui.pages.power.page import PowerPage
from ui.widgets import pressable

BLACKOUT = {"mains.power": 0, "mains.voltage": 0, "mains.ok": 0, "ats.position": 0, "ups1.mode": 2, "ups2.mode": 2, "mech.power": 0}
LOST = {"ups1.power": None, "ups1.mode": None, "pdu-a03.a": None, "bat1.charge": None, "ats.position": None}
OVER = {"ups2.power": 30.5, "ups1.power": 31.0}
DIESEL = {
    "mains.power": 0,
    "mains.voltage": 0,
    "mains.ok": 0,
    "ats.position": 2,
    "diesel.power": 44_800,
    "diesel.voltage": 230,
    "diesel.state": 1,
}
CASES = {"calm": {}, "blackout": BLACKOUT, "lost": LOST, "over": OVER, "diesel": DIESEL}
PICTURES = os.environ.get("CITYOPS_PICTURES")
Values = dict[str, float | int | None]


@pytest.fixture
def shown(qtbot: QtBot, tmp_path: Path) -> Callable[..., tuple[RoomModel, PowerPage]]:
    language.set_language("en")

    def show(values: Values | None = None, size: tuple[int, int] = (1214, 660)) -> tuple[RoomModel, PowerPage]:
        model = RoomModel()
        page = PowerPage(model, Link(tmp_path, model))
        qtbot.addWidget(page)
        page.resize(*size)
        model.apply_copy(power_copy(values))
        model.set_connected(True)
        with qtbot.waitExposed(page):
            page.show()
        return model, page

    return show


def texts(widget: QWidget) -> list[str]:
    return [text for _, text, _ in widget.painted_texts()]  # type: ignore[attr-defined]


def verdict(page: PowerPage) -> str:
    return page._verdict.text()


def test_in_order_it_is_grey_and_says_what_the_worst_failure_would_do(shown) -> None:
    _, page = shown()
    assert verdict(page) == "Any one part may fail: the worst is 90 % at Panel A, if UPS 2 fails"
    assert not page._chip.isVisible() and "A05, B12" in page._notes.text()
    boxes = page.picture.boxes
    assert texts(boxes["ups1"]) == ["UPS 1", "on mains", "15.2 kW", "1 s", "now 38 % · 68 % if UPS 2 fails"]
    assert "now 0 % · 57 % if Mains fails" in texts(boxes["diesel"]) and "standing · not energised" in texts(boxes["diesel"])
    assert "45.3 kW" in texts(boxes["ats"]) and "on Mains" in texts(boxes["ats"])
    assert texts(boxes["bat2"]) == ["Battery 2", "98.0 % · 43 min", "1 s"]
    assert texts(page.picture) == ["45.3 kW", "not on the line"]


def test_racks_are_grouped_by_row_and_feed(shown) -> None:
    _, page = shown()
    box = page.picture.boxes["panel-a/A/A"]
    assert texts(box)[:2] == ["Row A · feed A", "12 racks"] and "1 on this feed only" in texts(box)
    tip = box.toolTip()
    assert "A05: 0.6 kW · this feed only" in tip and "A12" in tip and "B01" not in tip
    assert len([name for name in page.picture.boxes if "/" in name]) == 4


def test_what_a_failure_overloads_is_marked_by_sign_word_and_colour(shown) -> None:
    _, page = shown(OVER)
    assert page._chip.isVisible() and verdict(page) == "If UPS 1 fails, UPS 2 must bear 111 % of its rating: not safe"
    box = page.picture.boxes["ups2"]
    assert box.words.over and not page.picture.boxes["panel-a"].words.over
    picture = box.grab().toImage()
    assert picture.pixelColor(8, 64).name().upper() == theme.current().major.upper()
    calm = shown()[1].picture.boxes["ups2"].grab().toImage()
    assert theme.current().major.upper() not in {calm.pixelColor(x, 64).name().upper() for x in range(20)}


def test_over_the_rating_now_comes_first(shown) -> None:
    _, page = shown({"ups1.power": 41.0})
    assert verdict(page) == "Over the rating now: UPS 1" and page._chip.isVisible()


def test_a_blackout_says_how_long_the_batteries_last(shown) -> None:
    _, page = shown(BLACKOUT)
    assert verdict(page) == "On batteries: UPS 1, UPS 2, 42 min left at this load" and page._chip.isVisible()
    assert "on battery · runs on its batteries" in texts(page.picture.boxes["ups1"])
    assert "on no source · not energised" in texts(page.picture.boxes["ats"])
    assert texts(page.picture) == ["not on the line", "not on the line"]
    _, page = shown({**BLACKOUT, "bat3.runtime": None})
    assert verdict(page).endswith("nobody says for how long")


def test_a_dead_side_is_never_called_safe(shown) -> None:
    _, page = shown({"ups1.power": 0, "ups1.mode": 0, "ups1.voltage": 0})
    assert verdict(page) == "2 racks without power: A05, B12" and page._chip.isVisible()
    assert page._notes.text().startswith("22 racks have lost one of their feeds: the next failure takes them down · ")
    assert "12 racks · not energised" in texts(page.picture.boxes["panel-a/A/A"])
    _, page = shown({"ups2.power": 0, "ups2.mode": 0, "ups2.voltage": 0, **BLACKOUT, "ups1.mode": 2})
    assert verdict(page).startswith("On batteries: ")


def test_racks_that_live_on_their_last_feed_are_a_warning(shown) -> None:
    model, page = shown()
    room = model.room
    assert room is not None
    for rack in room.racks:
        rack.feeds = [feed.model_copy(update={"node": "panel-b"}) if len(rack.feeds) == 1 else feed for feed in rack.feeds]
    model.apply_copy(power_copy({"ups1.power": 0, "ups1.mode": 0, "ups1.voltage": 0}).model_copy(update={"room": room}))
    assert verdict(page) == "22 racks have lost one of their feeds: the next failure takes them down" and page._chip.isVisible()


def test_the_last_source_is_named_and_so_is_a_set_that_may_not_start(shown) -> None:
    _, page = shown(DIESEL)
    assert verdict(page) == "Transfer switch has no source left but Diesel set" and page._chip.isVisible()
    model, page = shown()
    model.apply_copy(power_copy().model_copy(update={"alarms": [alarm(1, "diesel.state", 1, AlarmState.UNACKNOWLEDGED)]}))
    assert verdict(page).startswith("Diesel set may not take over: ") and page._chip.isVisible()
    model.apply_copy(power_copy().model_copy(update={"alarms": [alarm(1, "diesel.fuel", 3, AlarmState.UNACKNOWLEDGED)]}))
    assert verdict(page).startswith("Any one part may fail")


def test_no_arrow_leads_into_what_is_known_to_be_dead(shown) -> None:
    _, page = shown({"mech.power": 14_800})
    solid = [line.style for line in page.picture._lines].count(Qt.PenStyle.SolidLine)
    model, page = shown()
    room = model.room
    assert room is not None
    for node in room.power:
        if node.id == "panel-a":
            node.points = {PowerRole.VOLTAGE: "diesel.voltage"}
    model.apply_copy(power_copy().model_copy(update={"room": room}))
    assert page.picture.boxes["panel-a"].words.alive is False, "its own meter reads no voltage, though the UPS above delivers"
    assert [line.style for line in page.picture._lines].count(Qt.PenStyle.SolidLine) == solid - 3


def test_old_values_are_hatched_with_their_time_and_nothing_is_computed_of_them(shown, monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = shown(LOST)
    box = page.picture.boxes["ups1"]
    assert box.words.stale and box.words.state_stale and box.words.age.startswith("since ")
    assert "15.2 kW" in texts(box) and "now — % · not known if a part fails" in texts(box)
    assert "— kW" in texts(page.picture.boxes["panel-a"]) and "position not known" in texts(page.picture.boxes["ats"])[1]
    assert verdict(page).startswith("Not known whether the rest bears a failure: Mains")
    assert texts(page.picture) == ["not known", "not known"]
    assert "not known: A03" in page.picture.boxes["panel-a/A/A"].toolTip()
    hatched: list[QRect] = []
    monkeypatch.setattr(theme, "paint_stale", lambda _, rect: hatched.append(rect))
    box.grab()
    assert len(hatched) == 2
    page.picture.boxes["ups2"].grab()
    assert len(hatched) == 2


def test_without_a_station_every_value_is_old(shown) -> None:
    model, page = shown()
    model.set_connected(False)
    assert all(box.words.stale for name, box in page.picture.boxes.items() if box.words.value)
    assert all(box.words.worst is None for box in page.picture.boxes.values())


def test_a_changed_reading_changes_its_boxes(shown, qtbot: QtBot) -> None:
    model, page = shown()
    model.apply_change(Change(seq=2, now=NOW, live=[live("ups1.power", 22.0)]))
    qtbot.waitUntil(lambda: "22.0 kW" in texts(page.picture.boxes["ups1"]))
    assert "now 55 %" in texts(page.picture.boxes["ups1"])[-1] and "if UPS 1 fails" in texts(page.picture.boxes["ups2"])[-1]


def test_a_hidden_page_does_nothing_until_it_is_shown(shown, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    model, page = shown()
    page.hide()
    calls: list[Chain] = []
    monkeypatch.setattr("ui.pages.power.page.chain_of", lambda m: calls.append(chain_of(m)) or calls[-1])
    model.apply_change(Change(seq=2, now=NOW, live=[live("ups1.power", 22.0)]))
    model.beat.emit()
    qtbot.waitUntil(lambda: model.shown("ups1.power").number == 22.0)
    assert calls == []
    page.show()
    assert len(calls) == 1 and "22.0 kW" in texts(page.picture.boxes["ups1"])


def test_an_alarm_has_its_sign_and_its_sentence(shown) -> None:
    model, page = shown()
    copy = power_copy()
    model.apply_copy(copy.model_copy(update={"alarms": [alarm(1, "ups2.voltage", 1, AlarmState.UNACKNOWLEDGED)]}))
    box = page.picture.boxes["ups2"]
    assert box.words.alarm is not None and "Critical: " in box.toolTip()
    side = theme.current().critical.upper()
    assert box.grab().toImage().pixelColor(box.width() // 2, 0).name().upper() == side


def test_a_room_without_a_chain_says_what_to_write(shown) -> None:
    model, page = shown()
    bare = power_copy()
    model.apply_copy(bare.model_copy(update={"room": bare.room.model_copy(update={"power": []})}))
    assert page._nothing.isVisible() and "“power:”" in page._nothing.text()
    assert not page._scroll.isVisible() and not page._verdict.isVisible()
    model.apply_copy(power_copy())
    assert page._scroll.isVisible() and not page._nothing.isVisible()


def click(qtbot: QtBot, box: Box, where: QPoint) -> None:
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=where)


def test_a_click_opens_device_trend_or_rack(shown, qtbot: QtBot) -> None:
    _, page = shown()
    device, trend, rack = (QSignalSpy(signal) for signal in (page.openDevice, page.openTrend, page.openRack))
    click(qtbot, page.picture.boxes["ups1"], QPoint(120, 12))
    click(qtbot, page.picture.boxes["ups1"], QPoint(20, 52))
    click(qtbot, page.picture.boxes["panel-b/B/B"], QPoint(120, 12))
    assert (device.at(0), trend.at(0), rack.at(0)) == (["ups1"], ["ups1.power"], ["B01"])


def test_the_arrows_go_along_the_chain_and_enter_opens(shown, qtbot: QtBot) -> None:
    _, page = shown()
    page.setFocus()
    boxes = page.picture.boxes
    opened = QSignalSpy(page.openDevice)
    qtbot.keyClick(page, Qt.Key.Key_Down)
    way = []
    for key in (
        Qt.Key.Key_Down,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Left,
        Qt.Key.Key_Down,
        Qt.Key.Key_Down,
        Qt.Key.Key_Up,
        Qt.Key.Key_Up,
    ):
        at = next(name for name, box in boxes.items() if box.hasFocus())
        way.append(at)
        qtbot.keyClick(boxes[at], key)
    assert way == ["mains", "ats", "ups2", "bat1", "ups1", "panel-a", "panel-a/A/A", "panel-a"]
    boxes["diesel"].setFocus()
    qtbot.keyClick(boxes["diesel"], Qt.Key.Key_Return)
    assert opened.at(0) == ["diesel"]


def test_in_a_small_window_the_arrows_bring_boxes_into_sight(shown, qtbot: QtBot) -> None:
    _, page = shown(size=(600, 400))
    box = page.picture.boxes["panel-b"]
    assert box.visibleRegion().isEmpty()
    page.picture.boxes["ups2"].setFocus()
    qtbot.keyClick(page.picture.boxes["ups2"], Qt.Key.Key_Down)
    assert box.hasFocus() and box.visibleRegion().boundingRect() == box.rect()


def test_f4_means_the_box_with_the_focus(shown) -> None:
    _, page = shown()
    page.picture.boxes["bat3"].setFocus()
    assert page.point() == "bat3.charge"
    page.picture.boxes["panel-a/B/A"].setFocus()
    assert page.point() == "pdu-b01.a"


def test_a_dragged_box_carries_its_point(shown, monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = shown()
    carried: list[list[str]] = []
    monkeypatch.setattr(pressable, "carry", lambda _, keys: carried.append(keys))
    opened = QSignalSpy(page.openDevice)
    box = page.picture.boxes["ups1"]
    for kind, x in ((QEvent.Type.MouseButtonPress, 20), (QEvent.Type.MouseMove, 80), (QEvent.Type.MouseButtonRelease, 80)):
        place = QPointF(x, 12)
        event = QMouseEvent(
            kind, place, box.mapToGlobal(place), Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(box, event)
    assert carried == [["ups1.power"]] and opened.count() == 0


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5])
def test_no_edge_of_a_box_is_lost_at_any_scale(shown, ratio: float) -> None:
    _, page = shown()
    box = page.picture.boxes["ups1"]
    image = QImage(round(box.width() * ratio), round(box.height() * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    box.render(image)
    edge, wide, high = QColor(theme.current().text_dim), image.width(), image.height()
    across = [image.pixelColor(x, y) == edge for x in range(4, wide - 4) for y in (0, high - 1)]
    down = [image.pixelColor(x, y) == edge for y in range(4, high - 4) for x in (0, wide - 1)]
    assert all(across) and all(down)


def test_every_box_tells_screen_readers_what_it_is(shown) -> None:
    _, page = shown()
    for box in page.picture.boxes.values():
        assert box.accessibleName() and box.accessibleDescription() and box.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert page.picture.boxes["ups1"].accessibleName() == "UPS 1 (UPS)"
    assert "rating 40 kW" in page.picture.boxes["ups1"].accessibleDescription()
    assert "if it fails, these racks lose power: A05, B12" in page.picture.boxes["ups1"].toolTip()


def test_boxes_do_not_move_or_widen_when_values_change(shown) -> None:
    model, page = shown()
    before = {name: box.geometry() for name, box in page.picture.boxes.items()}
    model.apply_copy(power_copy({"mains.power": 118_000, "ups1.power": 39.9, "ats.position": None}))
    assert {name: box.geometry() for name, box in page.picture.boxes.items()} == before


@pytest.mark.parametrize("width", [400, 1190, 1198, 1730, 2500])
def test_no_box_touches_another_and_all_stand_inside(width: int) -> None:
    made = Chain(chain(), racks(), lambda _: None)  # type: ignore[arg-type, return-value]
    found = picture(made, groups_of(made, racks()), width, 591)
    places = list(found.places.values())
    assert set(found.places) == {*(node.id for node in chain()), "panel-a/A/A", "panel-a/B/A", "panel-b/A/B", "panel-b/B/B"}
    for n, place in enumerate(places):
        assert QRect(0, 0, found.width, found.height + 1).contains(place)
        assert not any(place.intersects(other) for other in places[n + 1 :])
    order = ["mains", "ats", "ups1", "panel-a", "panel-a/A/A"]
    heights = [found.places[name].y() for name in order]
    assert heights == sorted(heights) and len(set(heights)) == len(heights)
    assert found.places["ups1"].right() < found.places["bat1"].left() < found.places["ups2"].left()


def test_it_fits_the_smallest_screen_without_scrolling(shown) -> None:
    _, page = shown()
    assert page.picture.minimumWidth() <= page._scroll.viewport().width()
    assert page.picture.minimumHeight() <= page._scroll.viewport().height()


@pytest.mark.parametrize("size", [(1214, 660), (1750, 960)], ids=lambda size: f"{size[0]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("name", ["zh_CN", "en"])
def test_nothing_is_cut_in_any_language_colour_or_size(shown, qapp: QApplication, name: str, colours: str, size: tuple[int, int]) -> None:
    theme.apply(qapp, theme.THEMES[colours])
    faults, seen_texts = [], 0
    for case, values in CASES.items():
        model, page = shown(values, size)
        language.set_language(name)
        page.retranslate()
        copy = power_copy(values)
        model.apply_copy(
            copy.model_copy(
                update={"alarms": [alarm(n, key, n, AlarmState.UNACKNOWLEDGED) for n, key in enumerate(list(readings())[:4], 1)]}
            )
        )
        qapp.processEvents()
        seen = walk(page, f"{case} {name} {colours} {size}")
        faults += seen.faults
        seen_texts += seen.texts
        if PICTURES:
            page.grab().save(str(Path(PICTURES) / f"power-{case}-{name}-{colours}-{size[0]}.png"))
        page.hide()
    assert not faults, "\n".join(faults)
    assert seen_texts > 300
