"""The alertness check at a console: a calm strip, any key is an answer, the heartbeat carries it; without a login too."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from cityops_desktop.link.duty.now import DutyInfo
from tests.ui.rooms import NOW, copy_of_room
from tests.ui.walker import walk

OPENS_A_PAGE = True


def asked(desk, until: int | None) -> None:
    copy = copy_of_room().model_copy(deep=True)
    copy.station.duty = DutyInfo(alertness=until)
    desk.model.apply_copy(copy)


def test_nobody_is_asked_until_the_station_asks(qtbot, desk):
    strip = desk.window.alertness
    assert not strip.isVisible()
    asked(desk, NOW + 272_000)
    assert strip.isVisible()
    assert strip.words.text() == "Is somebody here? Press any key or move the mouse, by 22:17 (4 min left)."
    asked(desk, None)
    assert not strip.isVisible()


def test_one_press_says_so_until_the_station_has_it(qtbot, desk):
    strip = desk.window.alertness
    asked(desk, NOW + 60_000)
    desk.window.attendance.watch(desk.window.windowHandle())
    desk.window.attendance.take_used()
    qtbot.mouseClick(strip.button, Qt.MouseButton.LeftButton)
    assert strip.words.text() == "Alertness check: answered"
    asked(desk, None)
    asked(desk, NOW + 90_000)
    assert strip.words.text().startswith("Is somebody here?"), "the next check is another"


def test_what_was_missed_is_said(qtbot, desk):
    asked(desk, NOW - 60_000)
    assert desk.window.alertness.words.text().startswith("The alertness check was missed at 22:12")


def test_keys_without_a_login_are_told_by_the_next_heartbeat_and_only_once(qtbot, desk):
    attendance = desk.window.attendance
    attendance.watch(desk.window.windowHandle())
    attendance.take_used()
    assert not attendance.take_used()
    qtbot.keyClick(desk.window.windowHandle(), Qt.Key.Key_Shift)
    assert desk.link.session is None and attendance.take_used() and not attendance.take_used()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_strip_fits(qtbot, qapp: QApplication, desk, language):
    desk.window.set_language(language)
    asked(desk, NOW + 272_000)
    desk.window.resize(1366, 768)
    qapp.processEvents()
    seen = walk(desk.window, f"strip, {language}")
    assert not seen.faults, "\n".join(seen.faults)
