"""The log book on a real station, by the keyboard alone and without a manual: log in, write with a picture, find, correct, settle."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from tests.peers.slaves import free_port
from tests.peers.station import PASSWORD, station
from ui.dialogs.logentry import LogEntryDialog
from ui.frame.login import LoginDialog
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.duty.logtab import LogTab
from ui.sound import Sound
from ui.window import Window

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Iterator[Window]:
    with station(tmp_path, free_port()) as peer:
        peer.duty()
        model = RoomModel()
        link = Link(peer.data, model, secret="k" * 43)
        made = Window(model, link, Sound(model, players=()), asks=False, drafts=tmp_path / "drafts")
        made.resize(1366, 768)
        qtbot.addWidget(made)
        made.show()
        link.start()
        qtbot.waitUntil(lambda: model.connected and model.room is not None)
        yield made
        made.close()


def active(qtbot, window: Window, kind: type[QDialog]) -> QObject:
    qtbot.waitUntil(lambda: any(one.isActiveWindow() for one in window.findChildren(kind)))
    return next(one for one in window.findChildren(kind) if one.isActiveWindow())


def commit(widget: QWidget, text: str) -> None:
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def gone(qtbot, window: Window) -> None:
    qtbot.waitUntil(lambda: not window.findChildren(QDialog))


def in_front(qtbot, window: Window) -> None:
    """The platform of the tests takes its time to give the keyboard back when a dialog has gone."""
    qtbot.waitUntil(lambda: bool(window.isActiveWindow() or window.activateWindow()))


def test_a_new_person_writes_finds_corrects_and_settles(qtbot, window, tmp_path):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F2)
    login = active(qtbot, window, LoginDialog)
    qtbot.keyClicks(login.name, "zhang")
    qtbot.keyClicks(login.password, PASSWORD)
    qtbot.keyClick(login.password, Qt.Key.Key_Return)
    dialog = active(qtbot, window, LogEntryDialog)
    assert dialog.sort.count() >= 6
    commit(dialog.text, "1号空调漏水，已关闭加湿")
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    assert image.save(str(tmp_path / "水.png"))
    dialog.files.take([tmp_path / "水.png"])
    qtbot.waitUntil(lambda: len(dialog.files.chosen()) == 1)
    dialog.handover.setFocus()
    qtbot.keyClick(dialog.handover, Qt.Key.Key_Space)
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    gone(qtbot, window)

    window.show_page("duty")
    page = window.page("duty")
    page.show_tab("log")
    tab = next(one for one in page.every if isinstance(one, LogTab))
    qtbot.waitUntil(lambda: len(tab.table.rows) == 1 and tab.filters.open.text() == "To be settled (1)")
    assert [one.name for one in tab.detail.entry.attachments] == ["水.png"]
    for text, found in (("漏水", 1), ("水漏", 0), ("加湿 空调", 1)):
        in_front(qtbot, window)
        qtbot.keyClick(tab, Qt.Key.Key_F, CTRL)
        qtbot.waitUntil(tab.filters.words.hasFocus)
        qtbot.keyClick(tab.filters.words, Qt.Key.Key_Delete)
        commit(tab.filters.words, text)
        qtbot.waitUntil(lambda found=found: len(tab.table.rows) == found and not tab._busy)

    tab.correct.setFocus()
    qtbot.keyClick(tab.correct, Qt.Key.Key_Space)
    dialog = active(qtbot, window, LogEntryDialog)
    qtbot.keyClick(dialog.text, Qt.Key.Key_A, CTRL)
    commit(dialog.text, "2号空调漏水，已关闭加湿")
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    gone(qtbot, window)
    qtbot.waitUntil(lambda: len(tab.table.rows) == 2)
    newer = next(row for row, one in enumerate(tab.table.rows) if one.corrects)
    assert tab.table.rows[newer].handover and next(one for one in tab.table.rows if not one.corrects).corrected
    tab._choose(newer)
    qtbot.waitUntil(tab.close_item.isEnabled)
    tab.close_item.setFocus()
    qtbot.keyClick(tab.close_item, Qt.Key.Key_Space)
    asks = active(qtbot, window, QDialog)
    commit(asks.edits["text"], "厂家已修复")
    qtbot.keyClick(asks.edits["text"], Qt.Key.Key_Return)
    gone(qtbot, window)
    qtbot.waitUntil(lambda: tab.filters.open.text() == "To be settled (0)")

    qtbot.waitUntil(lambda: bool(tab.detail.entry and tab.detail.entry.closed))
    old = next(row for row, one in enumerate(tab.table.rows) if one.corrected)
    tab._choose(old)
    (button,) = tab.detail.files.buttons
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    view = active(qtbot, window, QDialog)
    assert view.windowTitle() == "水.png"
    qtbot.keyClick(view, Qt.Key.Key_Escape)
