"""F4 from anywhere: a point in full over the page, or the question which; and how raw bytes are told to become a value."""

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from cityops_desktop.link.messages import LiveInfo, RegisterInfo
from cityops_desktop.model.readings import Quality, Reason
from tests.conftest import FakeClock
from tests.ui.desk import model_of, point, room_copy, state
from tests.ui.pages.equipment.equipmentroom import Answers, point_detail
from tests.ui.rooms import NOW, copy_of_room
from tests.ui.walker import walk
from ui import theme
from ui.models.pointfacts import became, sections

POINT = "air-conditioning-2.temperature"


@pytest.fixture
def answers(qapp, desk, monkeypatch):
    answers = Answers(desk.model)
    monkeypatch.setattr(desk.link, "device", answers.device)
    desk.model._clock = FakeClock()
    desk.model.apply_copy(copy_of_room())
    desk.window.activateWindow()
    qapp.processEvents()
    yield answers
    desk.window.hide()


@pytest.fixture
def on_alarms(qapp, desk, answers):
    desk.window.show_page("alarms")
    desk.window.page("alarms").show_alarm("alarm-0001")
    qapp.processEvents()
    return desk.window.page("alarms")


def told(panel) -> dict[str, str]:
    return dict(one.split(": ", 1) for one in panel.card.sheet.texts())


def test_f4_on_an_alarm_shows_its_point_and_keeps_the_page(qtbot, desk, on_alarms):
    qtbot.keyClick(on_alarms.view, Qt.Key.Key_F4)
    panel = desk.window._panel
    assert panel.isVisible() and panel.card.key == POINT and desk.window.current == "alarms"
    assert told(panel)["How it became"] == "0x00C9 = 201 × 0.1 = 20.1 °C"
    assert told(panel)["In manuals"] == "30011, counted from 1: one less on the wire"
    assert told(panel)["Address on the wire"] == "input register 10 = 0x000A, counted from 0"
    bar = desk.window.bar.rect().translated(desk.window.bar.mapTo(desk.window, QPoint(0, 0)))
    place = panel.rect().translated(panel.mapTo(desk.window, QPoint(0, 0)))
    assert not place.intersects(bar), "the alarm bar is never covered"
    assert on_alarms.selected() == ["alarm-0001"]


@pytest.mark.parametrize("key", [Qt.Key.Key_F4, Qt.Key.Key_Escape])
def test_f4_and_escape_take_it_away(qtbot, desk, on_alarms, key):
    qtbot.keyClick(on_alarms.view, Qt.Key.Key_F4)
    panel = desk.window._panel
    assert panel.isVisible() and panel.isAncestorOf(QApplication.focusWidget())
    qtbot.keyClick(QApplication.focusWidget(), key)
    assert not panel.isVisible() and on_alarms.view.hasFocus()


def test_f4_on_a_tile(qtbot, desk, answers):
    overview = desk.window.page("overview")
    tile = overview.board.tiles["ups-1.temperature"]
    tile.setFocus()
    qtbot.keyClick(tile, Qt.Key.Key_F4)
    assert desk.window._panel.card.key == "ups-1.temperature"


def test_f4_without_a_point_asks_which(qtbot, desk, answers):
    overview = desk.window.page("overview")
    overview.setFocus()
    for tile in overview.board.tiles.values():
        tile.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)  # wherever a test before has left the mouse
    assert overview.point() == ""
    qtbot.keyClick(desk.window, Qt.Key.Key_F4)
    panel = desk.window._panel
    assert panel.isVisible() and panel.search.hasFocus() and panel.card.isHidden()
    qtbot.keyClicks(panel.search, "ups load")
    assert panel.found.topLevelItemCount() == 2
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel.card.key == "ups-2.load" and panel.card.isVisible() and panel.found.isHidden()
    panel.search.setFocus()
    qtbot.keyClicks(panel.search, "no such thing")
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel.found.topLevelItemCount() == 0 and panel.isVisible()


def test_ways_out_of_it(qtbot, desk, on_alarms):
    qtbot.keyClick(on_alarms.view, Qt.Key.Key_F4)
    panel = desk.window._panel
    qtbot.mouseClick(panel.equipment, Qt.MouseButton.LeftButton)
    assert desk.window.current == "equipment" and not panel.isVisible()
    page = desk.window.page("equipment")
    assert page.point() == POINT
    qtbot.keyClick(page.view, Qt.Key.Key_F4)
    assert panel.card.key == POINT
    qtbot.mouseClick(panel.card.alarms, Qt.MouseButton.LeftButton)
    assert desk.window.current == "alarms" and not panel.isVisible()
    qtbot.keyClick(on_alarms.view, Qt.Key.Key_F4)
    desk.window.show_page("overview")
    assert not panel.isVisible(), "it belongs to the page that it was opened over"
    shiboken6.delete(page)


def test_it_asks_only_while_it_is_seen_and_follows_the_values(qtbot, desk, answers, on_alarms):
    qtbot.keyClick(on_alarms.view, Qt.Key.Key_F4)
    panel = desk.window._panel
    asked = len(answers.asked)
    desk.model.beat.emit()
    assert len(answers.asked) == asked + 1
    desk.model.live[POINT] = LiveInfo(key=POINT, value=30.5, quality=Quality.GOOD, time=NOW)
    desk.model.beat.emit()
    assert told(panel)["Raw value"] == "0x0131"
    panel.leave()
    asked = len(answers.asked)
    desk.model.beat.emit()
    assert len(answers.asked) == asked


def test_in_a_small_window_it_stands_whole_and_not_in_what_is_scrolled(qapp, desk, on_alarms):
    desk.window.resize(960, 540)
    qapp.processEvents()
    desk.window.point_details()
    qapp.processEvents()
    panel = desk.window._panel
    assert desk.window.area.horizontalScrollBar().maximum() > 0, "the page itself is wider than the window"
    assert panel.visibleRegion().boundingRect() == panel.rect() and panel.geometry().right() == desk.window.rect().right()
    desk.window.resize(1366, 768)
    qapp.processEvents()
    assert panel.geometry().right() == desk.window.rect().right() and panel.visibleRegion().boundingRect() == panel.rect()


def test_a_station_that_is_lost_leaves_it_standing_as_old(qtbot, desk, on_alarms):
    qtbot.keyClick(on_alarms.view, Qt.Key.Key_F4)
    panel = desk.window._panel
    desk.model.set_connected(False)
    assert told(panel)["Raw value"] == "0x00C9 (old: the station does not answer)"
    assert told(panel)["Why"] == "no station"
    assert panel.geometry().top() == desk.window.area.geometry().top(), "below the banner"


def test_a_point_that_is_no_more(qtbot, desk, on_alarms):
    qtbot.keyClick(on_alarms.view, Qt.Key.Key_F4)
    panel = desk.window._panel
    copy = copy_of_room()
    copy.room.points = [one for one in copy.room.points if one.key != POINT]
    desk.model.apply_copy(copy)
    assert panel.card.isHidden() and panel.found.isVisible()


# from raw bytes to a value


def made(source: dict[str, object], raw: str | None, count: object, value: object, **live: object):
    told = point("a.x") if "states" not in live else state("a.x")
    live.pop("states", None)
    quality = Quality.GOOD if value is not None else Quality.BAD
    newest = LiveInfo.model_validate({"key": "a.x", "value": value, "quality": quality, "time": NOW, **live})
    register = {"table": "input", "address": 0, "notation": "30001", "function": 4, "type": "int16", "width": 1} | source
    return point_detail(told, newest, 0, source=RegisterInfo.model_validate(register), raw=raw, count=count)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (made({"scale": 0.1}, "0131", 305, 30.5), "0x0131 = 305 × 0.1 = 30.5 °C"),
        (made({"scale": 0.1, "offset": -40}, "0131", 305, -9.5), "0x0131 = 305 × 0.1 - 40 = -9.5 °C"),
        (made({"offset": 5}, "0001", 1, 6.0), "0x0001 = 1 + 5 = 6.0 °C"),
        (made({"scale": 0.1}, "ffc9", -55, -5.5), "0xFFC9 = -55 × 0.1 = -5.5 °C"),
        (made({"type": "uint32", "width": 2}, "00010002", 65538, 65538.0), "0x0001 0002 = 65538 = 65538.0 °C"),
        (made({"type": "float32", "width": 2}, "41c80000", 25.0, 25.0), "0x41C8 0000 = 25 = 25.0 °C"),
        (made({"bit": 3}, "0008", 1, 1, states=True), "0x0008, bit 3 = 1 = Wet"),
        (made({"table": "coil", "type": "bit"}, "00", 0, 0, states=True), "0 = 0 = Dry"),
        (made({"scale": 0.1}, "7fff", 32767, None, reason=Reason.INVALID_VALUE), "0x7FFF = 32767 = device marks the value invalid"),
        (
            made({"scale": 0.1}, "0bb8", 3000, None, reason=Reason.OUT_OF_RANGE, detail="300"),
            "0x0BB8 = 3000 × 0.1 = 300.0 °C: value outside its span",
        ),
        (made({}, None, None, None, reason=Reason.EXCEPTION, detail="2"), "nothing came: device refuses the register (2)"),
        (made({"type": "float32", "width": 2}, "7fc00000", None, None, reason=Reason.INVALID_VALUE), "0x7FC0 0000 = no value"),
    ],
)
def test_how_a_value_came_to_be(detail, words):
    assert became(detail) == words


def test_limits_are_told_whole(qtbot):
    key = "a.x"
    limited = point(
        key,
        limits=[
            {"id": "h", "level": 1, "kind": "high", "value": 32.0, "deadband": 1.0, "on_delay": 10, "off_delay": 30, "source": "GB 50174"}
        ],
    )
    model = model_of(room_copy([limited]))
    told = {fact.title: fact.text for section in sections(model, key, None, old=False) for fact in section.facts}
    assert told["Critical"] == ("above 32.0 °C, over again at 31.0 °C (dead band 1), raised after 10 s, ended after 30 s. Source: GB 50174")
    assert told["Normal"] == "18.0 to 27.0 °C" and told["Register"] == "asking…"


# how it looks


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_look(qtbot, qapp, desk, answers, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    window = desk.window
    window.set_language(language)
    window.resize(*size)
    qapp.processEvents()
    window.point_details()
    panel = window._panel
    faults, texts = [], 0
    for key in ("", POINT, "power-distribution-1.load", "battery-1.wet", "leak-detection-1.wet"):
        if key:
            panel.show_point(key)
        else:
            panel.ask()
        qapp.processEvents()
        seen = walk(panel, f"{key}, {language}")
        faults += seen.faults
        texts += seen.texts
    desk.model.set_connected(False)
    qapp.processEvents()
    faults += walk(panel, "lost").faults
    assert not faults, "\n".join(faults)
    assert texts > 100
