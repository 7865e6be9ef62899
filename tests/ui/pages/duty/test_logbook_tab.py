"""The log book in the window, at a station of canned answers: found, read, corrected, closed, printed, exported; by key and mouse."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Outcome, Role
from tests.ui.conftest import Desk
from tests.ui.pages.duty.logrows import detail, entries, entry, page, templates
from tests.ui.peoplerooms import session_of
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.pages.duty.logtab import LogTab
from ui.pages.duty.logtable import Column

OPENS_A_PAGE = True
PATH = "/api/v1/duty/log"


@pytest.fixture
def book(canned):
    canned.answers[PATH] = (200, page())
    canned.answers[f"{PATH}/templates"] = (200, templates())
    for one in entries():
        canned.answers[f"{PATH}/{one.id}"] = (200, detail(one))
    return canned


@pytest.fixture
def tab(qtbot, book, live_desk: Desk) -> LogTab:
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER, Role.DUTY))
    return shown(qtbot, live_desk)


def shown(qtbot, desk: Desk) -> LogTab:
    made = LogTab(desk.window.acts, desk.link, desk.model)
    made.retranslate()
    desk.window.stack.setCurrentIndex(desk.window.stack.addWidget(made))
    qtbot.waitUntil(lambda: len(made.table.rows) == 7)
    return made


def texts(tab: LogTab, column: Column) -> list[str]:
    return [str(tab.table.index(row, column).data()) for row in range(tab.table.rowCount())]


def typed_by_method(widget, text: str) -> None:
    """What an input method types."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def asked(canned) -> list[dict[str, list[str]]]:
    """What the station was asked for, in order."""
    return [parse_qs(urlsplit(url).query) for verb, url, _, _ in canned.requests if urlsplit(url).path == PATH]


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


def dialog(qtbot, window, title: str) -> QDialog:
    qtbot.waitUntil(lambda: any(one.isVisible() and one.windowTitle() == title for one in window.findChildren(QDialog)))
    return next(one for one in window.findChildren(QDialog) if one.isVisible() and one.windowTitle() == title)


def words(tab: LogTab) -> str:
    """All that the side says."""
    parts = tab.detail.widget().findChildren(QPushButton) + [one for one in tab.detail.widget().children() if hasattr(one, "text")]
    return "\n".join(one.text() for one in parts)


def test_the_book_is_read_entry_by_entry_with_the_arrows(qtbot, tab):
    assert texts(tab, Column.STATE) == ["", "to be settled", "", "", "corrected", "", "settled"]
    assert texts(tab, Column.SORT)[:3] == ["Duty note", "Fault and repair", "Note on trends"]
    tab.take_keyboard()
    assert "巡视" in words(tab)
    qtbot.keyClick(tab.view, Qt.Key.Key_Down)
    said = words(tab)
    assert "冷凝水盘溢水" in said and "25 min" in said and "About: 1号空调 · 送风温度" in said and "Handed over" in said
    qtbot.keyClick(tab.view, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "lowest 17.9, mean 18.4, highest 24.0, last 18.2 °C" in words(tab))
    qtbot.keyClick(tab.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert "已归还保管室" in words(tab) and not tab.close_item.isEnabled()


def test_the_chosen_entry_is_told_in_the_language_in_force(live_desk, tab):
    tab.take_keyboard()
    assert "Duty note" in words(tab)
    live_desk.window.set_language("zh_CN")
    tab.retranslate()
    assert "值班记事" in words(tab) and "Duty note" not in words(tab)
    live_desk.window.set_language("en")


def test_results_come_as_somebody_types(qtbot, book, tab):
    found = [one for one in entries() if "漏水" in one.text]
    book.answers[PATH] = (200, page(found))
    qtbot.keyClick(tab, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(tab.filters.words.hasFocus)
    typed_by_method(tab.filters.words, "漏水")
    qtbot.waitUntil(lambda: len(tab.table.rows) == 1)
    assert asked(book)[-1] == {"q": ["漏水"]}
    assert tab.count.text() == "1 entries"
    book.answers[PATH] = (200, page([]))
    qtbot.keyClicks(tab.filters.words, "x")
    qtbot.waitUntil(lambda: not tab.table.rows and tab.detail.entry is None)
    qtbot.keyClick(tab.filters.words, Qt.Key.Key_Backspace)
    qtbot.mouseClick(tab.filters.open, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: asked(book)[-1] == {"q": ["漏水"], "open": ["true"]})


@pytest.mark.parametrize("typed", ['"', "%", "'; --", "😀", "a" * 300, "漏水 OR", "*", "\\"])
def test_nothing_that_is_typed_is_a_fault(qtbot, book, tab, typed):
    before = len(asked(book))
    tab.filters.words.setText(typed)
    qtbot.keyClick(tab.filters.words, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(asked(book)) > before)
    assert asked(book)[-1]["q"] == [typed.casefold()[:200]]
    assert tab.sides.currentIndex() == 1


def test_older_entries_come_when_somebody_scrolls_there(qtbot, book, tab):
    first = [entry(f"a{n}", n, f"第{n}条") for n in range(50)]
    book.answers[PATH] = (200, page(first, next=first[-1].place))
    qtbot.keyClick(tab, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: len(tab.table.rows) == 50)
    book.answers[PATH] = (200, page([entry(f"b{n}", 100 + n, f"第{50 + n}条") for n in range(5)]))
    tab.view.setFocus()
    qtbot.keyClick(tab.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(tab.table.rows) == 55)
    assert asked(book)[-1] == {"before": [str(first[-1].place)]}
    assert not tab.table.more


def test_what_was_chosen_stays_chosen_when_a_new_entry_comes(qtbot, book, tab):
    qtbot.keyClick(tab.view, Qt.Key.Key_Down)
    assert tab.detail.entry.id == "e2"
    book.answers[PATH] = (200, page([entry("new", -3, "新的一条"), *entries()]))
    tab.acts.carried.emit()
    qtbot.waitUntil(lambda: len(tab.table.rows) == 8)
    assert tab.detail.entry.id == "e2" and tab.view.currentIndex().row() == 2


def test_an_open_item_is_closed_with_words(qtbot, book, live_desk, tab):
    book.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE))
    qtbot.keyClick(tab.view, Qt.Key.Key_Down)
    qtbot.mouseClick(tab.close_item, Qt.MouseButton.LeftButton)
    asks = dialog(qtbot, live_desk.window, "Settle an open item")
    qtbot.keyClicks(asks.edits["text"], "repaired")
    qtbot.keyClick(asks.edits["text"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: acts(book) == [{"kind": "logbook.close", "entry": "e2", "text": "repaired"}])


def test_a_correction_begins_with_what_was_said(qtbot, book, live_desk, tab):
    book.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE))
    qtbot.keyClick(tab.view, Qt.Key.Key_Down)
    qtbot.mouseClick(tab.correct, Qt.MouseButton.LeftButton)
    asks = dialog(qtbot, live_desk.window, "Correct an entry of the log book")
    assert asks.entered["seen"].text() == "冷凝水盘溢水" and asks.entered["state"].currentData() == "watched"
    assert asks.handover.isChecked()
    asks.text.setFocus()
    qtbot.keyClick(asks.text, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    typed_by_method(asks.text, "2号空调漏水")
    qtbot.keyClick(asks.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(acts(book)) == 1)
    (act,) = acts(book)
    assert (act["corrects"], act["text"], act["time"]) == ("e2", "2号空调漏水", entries()[1].time)
    assert act["fields"] == {"seen": "冷凝水盘溢水", "state": "watched", "minutes": "25"}
    assert [link["target"] for link in act["links"]] == ["point:air-conditioning-1.temperature", "alarm:a1"]


def test_links_lead_and_corrections_lead_both_ways(qtbot, tab):
    led: list[str] = []
    tab.openPoint.connect(led.append)
    tab._choose(1)
    buttons = {one.text(): one for one in tab.detail.widget().findChildren(QPushButton)}
    qtbot.mouseClick(buttons["About: 1号空调 · 送风温度"], Qt.MouseButton.LeftButton)
    assert led == ["air-conditioning-1.temperature"]
    tab._choose(4)
    (button,) = (one for one in tab.detail.widget().findChildren(QPushButton) if one.text() == "The entry that corrects this one")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.detail.entry is not None and tab.detail.entry.id == "e4")
    tab.show_subject("e7")
    qtbot.waitUntil(lambda: tab.detail.entry.id == "e7")


def test_a_day_is_printed_and_the_list_exported(qtbot, tab, live_desk, tmp_path: Path):
    qtbot.mouseClick(tab.print, Qt.MouseButton.LeftButton)
    asks = dialog(qtbot, live_desk.window, "Print a day")
    assert asks.day.text() == "2026-09-21"
    qtbot.keyClick(asks.day, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.dialog is not None)
    tab.dialog.fileSelected.emit(str(tmp_path / "day.pdf"))
    qtbot.waitUntil(lambda: "day.pdf" in tab.count.toolTip())
    assert (tmp_path / "day.pdf").read_bytes().startswith(b"%PDF")
    tab.dialog.close()
    qtbot.mouseClick(tab.export, Qt.MouseButton.LeftButton)
    tab.dialog.fileSelected.emit(str(tmp_path / "book.csv"))
    qtbot.waitUntil((tmp_path / "book.csv").exists)
    said = (tmp_path / "book.csv").read_text("utf-8-sig")
    assert "1号空调漏水，已关闭加湿并擦干地面" in said and "What was seen: 冷凝水盘溢水" in said and "已归还保管室" in said
    tab.dialog.close()


def test_nobody_reads_it_without_a_log_in(qtbot, book, live_desk):
    made = LogTab(live_desk.window.acts, live_desk.link, live_desk.model)
    made.retranslate()
    live_desk.window.stack.setCurrentIndex(live_desk.window.stack.addWidget(made))
    assert made.sides.currentIndex() == 0 and made.login.isVisible() and made.refused.text() == "Nobody is logged in."
    assert not asked(book)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qtbot, qapp: QApplication, tab, live_desk, language):
    faults = []
    for colours in theme.THEMES:
        theme.apply(qapp, theme.THEMES[colours])
        live_desk.window.set_language(language)
        tab.retranslate()
        tab._choose(1)
        for size in ((1366, 768), (1920, 1080)):
            live_desk.window.resize(*size)
            qapp.processEvents()
            faults += walk(tab, f"log book {colours} {size}").faults
            keep(live_desk.window, f"logbook-{language}-{colours}-{size[0]}")
    assert not faults, "\n".join(faults)
