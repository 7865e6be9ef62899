"""The tab Handover at a station of canned answers: a new person finishes a handover with the keyboard alone; what blocks it; the rest."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from cityops_desktop.duty.handover import State
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.handover import DraftSheet
from cityops_desktop.model.people import Outcome, Role
from tests.ui.pages.duty import handoverrows as rows
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, copy_of_room
from tests.ui.walker import walk
from ui.pages.duty.handovertab import HandoverTab

OPENS_A_PAGE = True
PATH = "/api/v1/duty/handover"


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


def done(canned, **data: str) -> None:
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE, data=data))


@pytest.fixture
def desk(canned):
    canned.greeting[0] = ("copy", copy_of_room())
    canned.answers[PATH] = (200, rows.page())
    canned.answers[f"{PATH}/draft"] = (200, DraftSheet(now=NOW, sheet=rows.sheet()))
    canned.answers["/api/v1/duty/stock"] = (200, rows.stock())
    canned.answers["/api/v1/duty/since"] = (200, rows.since())
    canned.answers["/api/v1/duty/handovers/h8"] = (200, rows.detail(State.ACCEPTED, id="h8", number="2026-008"))
    return canned


def opened(qtbot, live_desk, *roles: Role) -> HandoverTab:
    live_desk.link._set_session(session_of(*(roles or (Role.SHIFT_LEADER, Role.DUTY))))
    live_desk.window.show_page("duty")
    page = live_desk.window.page("duty")
    page.show_tab("handover")
    tab = next(one for one in page.every if isinstance(one, HandoverTab))
    qtbot.waitUntil(lambda: tab.view.page is not None and tab.view.reader.sheet is not None)
    return tab


def tell(tab, current=None, **more) -> None:
    """The station's next answer, without waiting for the next question."""
    tab._answered(rows.page(current, **more))


def dialog(qtbot, window, title: str) -> QDialog:
    qtbot.waitUntil(lambda: any(one.isVisible() and one.windowTitle() == title for one in window.findChildren(QDialog)))
    return next(one for one in window.findChildren(QDialog) if one.isVisible() and one.windowTitle() == title)


def type_and_tab(qtbot, *texts: str) -> None:
    """Into whatever has the keyboard, with Tab between."""
    for number, text in enumerate(texts):
        if number:
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        qtbot.keyClicks(QApplication.focusWidget(), text)


def test_a_new_person_finishes_a_handover_with_the_keyboard_alone(qtbot, desk, live_desk):
    tab = opened(qtbot, live_desk)
    view, window = tab.view, live_desk.window
    live_desk.window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is view.reader.list)
    assert view.state.text().startswith("Turn to be handed on: 白班")
    assert not view.sign.isEnabled() and view.offer.isEnabled()

    # the outgoing freezes it
    done(desk, handover="h9", hash=rows.HASH)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_O)
    asked = dialog(qtbot, window, "Freeze and offer")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is asked.edits["remark"])
    qtbot.keyClicks(QApplication.focusWidget(), "listen to unit 2")
    desk.answers[PATH] = (200, rows.page(rows.detail()))
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClick(asked.send, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [act["kind"] for act in acts(desk)] == ["handover.offer"])
    assert acts(desk)[0]["remark"] == "listen to unit 2"
    qtbot.waitUntil(lambda: view.reader.reading)

    # the incoming reads: page one row by row, then the annex area by area
    view.reader.list.setFocus()
    assert view.reader.where.text().startswith("Not normal now · 1 / 7")
    assert "31.4" in view.reader.card.text()
    keys = view.reader.list
    qtbot.keyClick(keys, Qt.Key.Key_S)
    assert not [one for one in window.findChildren(QDialog) if one.isVisible()], "nobody signs what was not read"
    qtbot.keyClick(keys, Qt.Key.Key_Space)
    qtbot.keyClick(keys, Qt.Key.Key_A)
    qtbot.keyClick(keys, Qt.Key.Key_Backspace)
    qtbot.keyClick(keys, Qt.Key.Key_A)
    marks = [row[0] for row in view.reader.list.texts()]
    assert marks == ["seen", "asked", "not yet", "not yet", "not yet", "not yet", "not yet"]
    for _ in range(5):
        qtbot.keyClick(keys, Qt.Key.Key_Return)
    assert view.reader.where.text() == "Annex 1 of 6"
    for _ in range(6):
        assert not view.reader.all_read()
        qtbot.keyClick(keys, Qt.Key.Key_Space)
    assert view.reader.all_read() and view.reader.card.text() == "Everything has been read. Sign with S, or refuse with R."

    # both sign, one after the other, each with own credentials, whoever is logged in
    done(desk, state="taken")
    qtbot.keyClick(keys, Qt.Key.Key_S)
    first = dialog(qtbot, window, "Sign: taking over")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is first.name)
    type_and_tab(qtbot, "max", "secret-1")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    second = dialog(qtbot, window, "Sign: handing on")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is second.name)
    done(desk, state="accepted")
    desk.answers[PATH] = (200, rows.page())
    assert "李班长" in second.purpose.text()
    type_and_tab(qtbot, "lea", "secret-2")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(acts(desk)) == 3 and view.page is not None and view.page.current is None)
    taken, given = acts(desk)[1:]
    assert (taken["side"], taken["name"], taken["password"], taken["hash"], taken["asked"]) == (
        "incoming",
        "max",
        "secret-1",
        rows.HASH,
        [2],
    )
    assert (given["side"], given["name"]) == ("outgoing", "lea")
    qtbot.waitUntil(lambda: not [one for one in window.findChildren(QDialog) if one.isVisible()])


def test_the_incoming_refuses_with_a_reason_by_badge(qtbot, desk, live_desk):
    desk.answers[PATH] = (200, rows.page(rows.detail()))
    tab = opened(qtbot, live_desk)
    qtbot.keyClick(tab.view.reader.list, Qt.Key.Key_R)
    asked = dialog(qtbot, live_desk.window, "Refuse the handover")
    qtbot.keyClick(asked.send, Qt.Key.Key_Return)
    assert asked.wrong.text() == "Type name and password."
    asked.ways.setFocus()
    asked.ways.tabBar().setFocus()
    qtbot.keyClick(asked.ways.tabBar(), Qt.Key.Key_Right)
    qtbot.keyClicks(asked.badge, "BADGE-77")
    qtbot.keyClicks(asked.pin, "739154")
    qtbot.keyClick(asked.pin, Qt.Key.Key_Return)
    assert asked.wrong.text() == "Say why."
    qtbot.keyClicks(asked.why, "one key is missing")
    desk.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="wrong_pin", params={"left": 2}))
    qtbot.keyClick(asked.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "PIN" in asked.wrong.text() and asked.isVisible())
    done(desk)
    desk.answers[PATH] = (200, rows.page(rows.detail(State.REFUSED, refused_name="赵班长", why="one key is missing")))
    qtbot.keyClicks(asked.pin, "739154")
    qtbot.keyClick(asked.pin, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.view.hint.text() == "Refused by 赵班长: one key is missing")
    sent = acts(desk)[-1]
    assert (sent["kind"], sent["badge"], sent["pin"], sent["why"]) == ("handover.refuse", "BADGE-77", "739154", "one key is missing")
    assert not tab.view.sign.isEnabled() and tab.view.offer.isEnabled() and not tab.view.reader.reading


def test_what_blocks_what_is_late_and_what_was_forged_is_said(qtbot, desk, live_desk):
    tab = opened(qtbot, live_desk)
    view = tab.view
    assert view.hint.text() == "The last full patrol of the turn begins at 22:13, half an hour before its end."
    blocked = rows.alarm("Water under rack A01", "A01 下有水", "Critical", "紧急", 2)
    tell(tab, blocked=[blocked])
    assert "Water under rack A01" in view.hint.text() and view.hint.font().bold()
    assert not view.offer.isEnabled() and view.offer.toolTip() == "not while something is being handled"
    tell(tab, late=NOW - 60_000)
    assert view.hint.text().startswith("Late since 22:12:20")
    tell(tab, last_patrol=NOW - 5 * rows.HOUR)
    assert view.hint.text() == "Handing on is the matter of 李班长."
    tell(tab, rows.detail(sound=False))
    assert view.hint.text().startswith("This sheet is not what the station signed.")
    tell(tab, rows.detail(State.TAKEN))
    assert view.sign.isEnabled(), "the incoming has signed: the outgoing need not read"
    tell(tab, begin=None, end=None)
    assert view.state.text().startswith("No turn runs now")
    tell(tab, former=[rows.info(State.ACCEPTED, number="2026-009", accepted=NOW - rows.MINUTE, incoming_name="赵班长")])
    assert view.hint.text() == "Handover 2026-009 was signed by both at 22:12: 赵班长 has the room."


def test_a_new_freeze_is_read_anew_and_an_answer_in_between_keeps_the_place(qtbot, desk, live_desk):
    desk.answers[PATH] = (200, rows.page(rows.detail()))
    tab = opened(qtbot, live_desk)
    qtbot.keyClick(tab.view.reader.list, Qt.Key.Key_Space)
    qtbot.keyClick(tab.view.reader.list, Qt.Key.Key_Space)
    tell(tab, rows.detail())
    assert tab.view.reader.step == 2
    tell(tab, rows.detail(hash="cd" * 32))
    assert tab.view.reader.step == 0 and not tab.view.reader.marks
    qtbot.keyClick(tab.view.reader.list, Qt.Key.Key_Down)
    assert tab.view.reader.where.text().startswith("Not normal now · 2 / 7")
    seen: list[str] = []
    tab.openAlarms.connect(seen.append)
    tab.view.reader.list.doubleClicked.emit(tab.view.reader.list.currentIndex())
    assert seen == ["UPS "]


def test_a_row_that_was_passed_over_comes_back_before_the_annex(qtbot, desk, live_desk):
    desk.answers[PATH] = (200, rows.page(rows.detail()))
    tab = opened(qtbot, live_desk)
    reader = tab.view.reader
    for _ in range(3):
        qtbot.keyClick(reader.list, Qt.Key.Key_Down)
    for _ in range(4):
        qtbot.keyClick(reader.list, Qt.Key.Key_Space)
    assert reader.step == 0 and reader.where.text().startswith("Not normal now · 1 / 7")
    for _ in range(3 + 6):
        assert not reader.all_read()
        qtbot.keyClick(reader.list, Qt.Key.Key_Space)
    assert reader.all_read()
    qtbot.keyClick(reader.list, Qt.Key.Key_Up)
    assert tab.view.sign.isEnabled(), "whoever looks back has read it all the same"


def test_nothing_stays_on_the_screen_when_nobody_is_logged_in(qtbot, desk, live_desk):
    desk.answers[PATH] = (200, rows.page(rows.detail()))
    tab = opened(qtbot, live_desk)
    live_desk.link._set_session(None)
    assert tab.sides.currentIndex() == 1 and tab.refused.text().startswith("Nobody is logged in.")
    assert tab.view.reader.list.texts() == []
    asked = len([url for _, url, _, _ in desk.requests if urlsplit(url).path == PATH])
    tab._asking.ask()
    assert len([url for _, url, _, _ in desk.requests if urlsplit(url).path == PATH]) == asked


def test_open_matters_are_written_and_closed(qtbot, desk, live_desk):
    done(desk)
    tab = opened(qtbot, live_desk)
    qtbot.mouseClick(tab.view.add_item, Qt.MouseButton.LeftButton)
    asked = dialog(qtbot, live_desk.window, "Open matter")
    qtbot.keyClicks(asked.edits["text"], "wait for the bearing")
    qtbot.keyClicks(asked.edits["due"], "2026-09-23 08:00")
    qtbot.mouseClick(asked.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts(desk)[-1:] != [] and acts(desk)[-1]["text"] == "wait for the bearing")
    assert acts(desk)[-1]["due"] is not None
    assert tab.view.items.texts()[0][0] == "等备件：2号空调压缩机"
    tab.view.items.setFocus()
    qtbot.keyClick(tab.view.items, Qt.Key.Key_Down)
    tab.view.items.choose("i1")
    qtbot.mouseClick(tab.view.close_item, Qt.MouseButton.LeftButton)
    asked = dialog(qtbot, live_desk.window, "Close an open matter")
    qtbot.keyClicks(asked.edits["text"], "changed")
    qtbot.keyClick(asked.edits["text"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: acts(desk)[-1] == {"kind": "handover.item_close", "item": "i1", "text": "changed"})


def test_the_stock_says_what_is_missing_and_is_counted(qtbot, desk, live_desk):
    done(desk)
    tab = opened(qtbot, live_desk)
    tab.tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: len(tab.stock.sheet.texts()) == 3)
    assert tab.stock.head.text() == "3 kinds are counted: 1 incomplete, 1 running low"
    assert [row[6] for row in tab.stock.sheet.texts()] == ["missing: 1", "running low", "all there"]
    assert tab.stock.out.texts()[0][:3] == ["电池间钥匙", "1", "张工"]
    tab.stock.sheet.setFocus()
    tab.stock.sheet.choose("k1")
    count = next(one.button for one in tab.stock._buttons if one.words == "Count this kind…")
    qtbot.mouseClick(count, Qt.MouseButton.LeftButton)
    asked = dialog(qtbot, live_desk.window, "Count")
    asked.edits["k1"].selectAll()
    qtbot.keyClicks(asked.edits["k1"], "two")
    qtbot.keyClick(asked.edits["k1"], Qt.Key.Key_Return)
    assert asked.wrong.text() == "电池间钥匙: type a number"
    asked.edits["k1"].selectAll()
    qtbot.keyClicks(asked.edits["k1"], "2")
    qtbot.keyClick(asked.edits["k1"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [act["kind"] for act in acts(desk)] == ["stock.count"])
    assert acts(desk)[0]["counts"] == [{"item": "k1", "found": 2.0}]
    out = next(one.button for one in tab.stock._buttons if one.words == "Hand out…")
    qtbot.mouseClick(out, Qt.MouseButton.LeftButton)
    asked = dialog(qtbot, live_desk.window, "电池间钥匙")
    qtbot.keyClick(asked.edits["number"], Qt.Key.Key_Return)
    assert asked.wrong.text() == "Say who takes it."
    qtbot.keyClicks(asked.edits["whom"], "Zhang")
    qtbot.keyClick(asked.edits["whom"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: acts(desk)[-1]["kind"] == "stock.move")
    tab.stock.out.choose("m1")
    back = next(one.button for one in tab.stock._buttons if one.words == "Put back")
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts(desk)[-1] == {"kind": "stock.back", "move": "m1"})


def test_former_handovers_as_paper_and_as_signed_file(qtbot, desk, live_desk, tmp_path: Path):
    tab = opened(qtbot, live_desk)
    tab.tabs.setCurrentIndex(1)
    qtbot.keyClick(tab.former.sheet, Qt.Key.Key_Down)
    tab.former.sheet.choose("h8")
    qtbot.waitUntil(lambda: tab.former.detail is not None and bool(tab.former.rows.texts()))
    assert tab.former.rows.texts()[-1][0] == "During the handover"
    tab.former.save_pdf(str(tmp_path / "sheet.pdf"))
    qtbot.waitUntil(lambda: tab.former.head.text().startswith("Saved"))
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    tab.former.say("")
    desk.answers["/api/v1/duty/handovers/h8/file"] = (200, b'{"format":1}')
    tab.former.save_file(str(tmp_path / "sheet.json"))
    qtbot.waitUntil(lambda: tab.former.head.text().startswith("Saved"))
    assert (tmp_path / "sheet.json").read_bytes() == b'{"format":1}'


def test_since_my_last_shift_leads_to_what_happened(qtbot, desk, live_desk):
    tab = opened(qtbot, live_desk)
    led: list[tuple[str, str]] = []
    tab.openPage.connect(lambda page, subject: led.append((page, subject)))
    tab.tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: len(tab.since.rows.texts()) == 7)
    assert tab.since.head.text().endswith("the end of your last signed turn")
    tab.since.rows.setFocus()
    qtbot.keyClick(tab.since.rows, Qt.Key.Key_Down)
    qtbot.keyClick(tab.since.rows, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: led == [("patrol", "patrol:p1")])
    tab.lead("stock:c1")
    assert tab.tabs.currentWidget() is tab.stock


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_in_any_state(qtbot, desk, live_desk, language):
    window = live_desk.window
    window.set_language(language)
    window.resize(1366, 768)
    tab = opened(qtbot, live_desk)
    long = rows.alarm("Cooling unit 2 " * 12, "2号空调 回风温度 高于 30.0 °C：31.4 °C " * 6, "Major", "重要", 95)
    faults = walk(window, "draft").faults
    for number, current in enumerate((rows.detail(), rows.detail(State.REFUSED, refused_name="赵班长", why="钥匙少一把 " * 20))):
        tell(tab, current, blocked=[long] if number else [])
        QApplication.processEvents()
        faults += walk(window, f"state {number}").faults
    for number in range(1, 4):
        tab.tabs.setCurrentIndex(number)
        qtbot.waitUntil(lambda: (bool(tab.stock.page) and bool(tab.since.told)) or tab.tabs.currentIndex() != 3)
        faults += walk(window, f"tab {number}").faults
    assert not faults, "\n".join(faults)
