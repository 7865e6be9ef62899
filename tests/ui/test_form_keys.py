"""Keys that every form and every tab bar has: Ctrl+Enter sends from a text of many lines, Tab comes to the bar of tabs."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit

from ui.widgets.form import Form

OPENS_A_PAGE = True
CTRL = Qt.KeyboardModifier.ControlModifier


class Counting(Form):
    """Counts how often it is sent."""

    sent = 0

    def _send(self) -> None:
        self.sent += 1


def test_ctrl_enter_sends_from_a_text_and_enter_writes_a_line(qtbot):
    form = Counting("Remark", "", "Send")
    text = QPlainTextEdit()
    form.fields.addRow(text)
    qtbot.addWidget(form)
    form.show()
    text.setFocus()
    qtbot.keyClicks(text, "one")
    qtbot.keyClick(text, Qt.Key.Key_Return)
    assert (form.sent, text.toPlainText()) == (0, "one\n")
    qtbot.keyClick(text, Qt.Key.Key_Return, CTRL)
    assert (form.sent, text.toPlainText()) == (1, "one\n")
    form.send.setEnabled(False)
    qtbot.keyClick(text, Qt.Key.Key_Return, CTRL)
    assert form.sent == 1, "not twice while the answer is awaited"


@pytest.mark.parametrize("name", ["duty", "patrol", "orders", "cleaning", "reports", "statistics", "wires"])
def test_the_bar_of_tabs_is_reached_by_the_keyboard(live_desk, name):
    tabs = live_desk.window.page(name).tabs
    assert tabs.tabBar().focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("name", ["duty", "patrol", "orders", "cleaning", "reports"])
def test_a_page_of_the_duty_desk_fits_the_small_window(qtbot, live_desk, name, language):
    live_desk.window.set_language(language)
    live_desk.window.show_page(name)
    page = live_desk.window.page(name)
    for number in range(page.tabs.count()):
        page.tabs.setCurrentIndex(number)
        qtbot.waitUntil(lambda: live_desk.window.stack.height() == live_desk.window.area.viewport().height())
