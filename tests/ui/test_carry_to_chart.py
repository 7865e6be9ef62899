"""A point goes from any page onto the chart by the mouse alone: over the navigation's button, or let go on it; tiles and alarms, too."""

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.conftest import FakeClock
from tests.ui.rooms import copy_of_room
from ui.pages.alarms import page as alarms_module
from ui.pages.alarms.table import ALARM_ROLE
from ui.pages.overview.tile import Tile
from ui.widgets import pressable
from ui.widgets.carry import packed
from ui.window import PAGES

NUMBERS = {name: number for number, (name, _) in enumerate(PAGES)}
POINT = "air-conditioning-2.temperature"
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qapp, desk):
    desk.model._clock = FakeClock()
    desk.model.apply_copy(copy_of_room())
    desk.model.set_connected(True)
    desk.window.show_page("overview")
    qapp.processEvents()
    return desk.window


def over(window, name: str, data: QMimeData) -> bool:
    """The mouse comes to this page's button with something in its hand: does the button want it?"""
    place = window.nav.place_of(NUMBERS[name]).center()
    QApplication.sendEvent(window.nav, QDragEnterEvent(place, Qt.DropAction.CopyAction, data, LEFT, NO_KEYS))
    move = QDragMoveEvent(place, Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    move.ignore()
    QApplication.sendEvent(window.nav, move)
    return move.isAccepted()


def let_go(window, name: str, data: QMimeData) -> None:
    place = QPointF(window.nav.place_of(NUMBERS[name]).center())
    QApplication.sendEvent(window.nav, QDropEvent(place, Qt.DropAction.CopyAction, data, LEFT, NO_KEYS))


def move_away(widget: QWidget, start: QPoint) -> None:
    """Press and move far enough that it is no click."""
    for kind, place, buttons in (
        (QEvent.Type.MouseButtonPress, start, LEFT),
        (QEvent.Type.MouseMove, start + QPoint(14, 0), LEFT),
        (QEvent.Type.MouseMove, start + QPoint(60, 6), LEFT),
        (QEvent.Type.MouseButtonRelease, start + QPoint(60, 6), Qt.MouseButton.NoButton),
    ):
        where = QPointF(place)
        QApplication.sendEvent(widget, QMouseEvent(kind, where, QPointF(widget.mapToGlobal(place)), LEFT, buttons, NO_KEYS))


def test_points_held_over_a_button_bring_its_page(qtbot: QtBot, window) -> None:
    assert over(window, "trends", packed([POINT]))
    qtbot.waitUntil(lambda: window.current == "trends")
    window.show_page("overview")
    over(window, "power", packed([POINT]))
    QApplication.sendEvent(window.nav, QDragLeaveEvent())
    assert not window.nav._hover.isActive() and window.current == "overview", "who only passes by changes nothing"
    other = QMimeData()
    other.setText("no point")
    enter = QDragEnterEvent(QPoint(20, 200), Qt.DropAction.CopyAction, other, LEFT, NO_KEYS)
    enter.ignore()
    QApplication.sendEvent(window.nav, enter)
    assert not enter.isAccepted()


def test_points_let_go_on_the_button_are_on_the_chart(qapp, window) -> None:
    over(window, "trends", packed([POINT]))
    let_go(window, "trends", packed([POINT]))
    assert window.current == "trends" and POINT in window.page("trends").keys and not window.nav._hover.isActive()
    over(window, "alarms", packed([POINT]))
    let_go(window, "alarms", packed([POINT]))
    assert window.current == "alarms", "a page without a chart only comes"


def test_a_tile_is_carried_and_a_click_opens_it_as_ever(qtbot: QtBot, window, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[list[str]] = []
    monkeypatch.setattr(pressable, "carry", lambda _, keys: carried.append(keys))
    tile = next(one for one in window.page("overview").findChildren(Tile) if one.isVisible())
    opened: list[str] = []
    tile.activated.connect(opened.append)
    move_away(tile, QPoint(30, 20))
    assert carried == [[tile.key]] and opened == []
    qtbot.mouseClick(tile, LEFT, pos=QPoint(30, 20))
    assert opened == [tile.key] and len(carried) == 1


def test_the_points_of_alarms_are_carried(qapp, window, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[list[str]] = []
    monkeypatch.setattr(alarms_module, "carry", lambda _, keys: carried.append(keys))
    window.show_page("alarms")
    qapp.processEvents()
    page = window.page("alarms")
    page.view.selectAll()
    points = page.points()
    assert points and set(points) <= set(window._model.points) and len(points) == len(set(points))
    page.view.clearSelection()
    row = next(row for row in range(page.shown.rowCount()) if page.shown.index(row, 0).data(ALARM_ROLE).subject in window._model.points)
    index = page.shown.index(row, 4)
    page.view.scrollTo(index)
    move_away(page.view.viewport(), page.view.visualRect(index).center())
    assert carried == [[index.data(ALARM_ROLE).subject]]
