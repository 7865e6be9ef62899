"""The page Cleaning and visitors at a station of canned answers: entry and sign-out by keyboard, goods, calendar, contracts."""

import csv
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QLineEdit

from cityops_desktop.duty.suggestions import suggestions
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Beat
from cityops_desktop.model.people import Outcome, Role
from tests.ui.pages.cleaning.houserows import HOUR, MIN, PAGES, day, visits
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import BOOT, NOW
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.dialogs.houseforms import MORE
from ui.pages.cleaning.page import CleaningPage

OPENS_A_PAGE = True


def acts(canned) -> list[dict]:
    ways = ("/api/v1/commands", "/api/v1/duty/attachments")
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url in ways]


def asked_for(canned, path: str) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(url).query) for verb, url, _, _ in canned.requests if verb == "GET" and urlsplit(url).path == path]


@pytest.fixture
def house(canned):
    for path, made in PAGES.items():
        canned.answers[path] = (200, made())
    for path in ("/api/v1/commands", "/api/v1/duty/attachments"):
        canned.answers[path] = (200, CommandResult(id="x", outcome=Outcome.DONE))
    return canned


@pytest.fixture
def shown(qtbot, house, live_desk) -> CleaningPage:
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER, Role.DUTY, Role.ENGINEER))
    live_desk.window.show_page("cleaning")
    made = live_desk.window.page("cleaning")
    assert isinstance(made, CleaningPage)
    qtbot.waitUntil(lambda: made.visits_tab.told is not None)
    return made


def opened(qtbot, page: CleaningPage, number: int):
    page.tabs.setCurrentIndex(number)
    tab = page.every[number]
    qtbot.waitUntil(lambda: tab.told is not None)
    return tab


def button(tab, words: str):
    [found] = [one.button for one in tab._buttons if one.words == words]
    return found


def press(qtbot, tab, words: str) -> None:
    found = button(tab, words)
    assert found.isEnabled(), found.toolTip()
    found.setFocus()
    qtbot.keyClick(found, Qt.Key.Key_Space)


def dialog(qtbot, window) -> QDialog:
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.findChildren(QDialog)))
    return next(one for one in window.findChildren(QDialog) if one.isVisible())


def type_in(qtbot, asked: QDialog, texts: dict[str, str]) -> None:
    for key, text in texts.items():
        edit = asked.edits[key]
        assert isinstance(edit, QLineEdit)
        edit.selectAll()
        qtbot.keyClicks(edit, text)


def send(qtbot, asked: QDialog, house, number: int = 1) -> dict:
    qtbot.keyClick(asked, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(acts(house)) == number)
    return acts(house)[-1]


def choose(qtbot, sheet, text: str) -> None:
    """Down to the row in which this stands, by the keyboard."""
    row = next(n for n, cells in enumerate(sheet.texts()) if text in cells)
    sheet.setFocus()
    qtbot.keyClick(sheet, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    sheet.selectRow(0)
    for _ in range(row):
        qtbot.keyClick(sheet, Qt.Key.Key_Down)
    assert text in sheet.texts()[sheet.currentIndex().row()]


def test_nobody_who_is_not_logged_in_is_told_who_is_inside(qtbot, house, live_desk):
    live_desk.window.show_page("cleaning")
    page = live_desk.window.page("cleaning")
    assert page.sides.currentIndex() == 0 and page.refused.text().startswith("Nobody is logged in.")
    assert not asked_for(house, "/api/v1/duty/visits")


def test_who_logs_out_leaves_no_names_behind(qtbot, live_desk, shown):
    live_desk.link._set_session(None)
    qtbot.waitUntil(lambda: shown.sides.currentIndex() == 0)
    assert shown.visits_tab.told is None and shown.visits_tab.sheet.texts() == [] == shown.visits_tab.former.texts()


def test_who_is_inside_stands_there_with_a_clock_and_late_ones_first(qtbot, house, live_desk, shown):
    tab = shown.visits_tab
    assert tab.head.text() == "Inside now: 3 · past the time given: 1"
    rows = tab.sheet.texts()
    assert [row[0] for row in rows] == ["Alexander Featherstonehaugh", "陈访客", "王维修"]
    assert [row[5] for row in rows] == ["3 h 05 min", "20 min", "1 h 00 min"] and rows[0][6].endswith("over by 1 h 05 min")
    house.send("beat", Beat(boot=BOOT, seq=3, now=NOW + 20 * MIN, newest=NOW))
    qtbot.waitUntil(lambda: tab.head.text() == "Inside now: 3 · past the time given: 2")
    assert [row[5] for row in tab.sheet.texts()] == ["3 h 25 min", "40 min", "1 h 20 min"]
    assert "Badges not given back: 3" in tab.said.text()


def test_a_visitor_is_entered_by_keyboard_in_under_ten_fields(qtbot, house, live_desk, shown):
    press(qtbot, shown.visits_tab, "Visitor in…")
    asked = dialog(qtbot, live_desk.window)
    fields = [key for key, edit in asked.edits.items() if edit.isVisible() and not isinstance(edit, QCheckBox)]
    assert len(fields) < 10 and not set(fields) & set(MORE)
    assert asked.edits["escort"].currentData() == "p1", "whoever is logged in escorts, unless somebody says otherwise"
    assert asked.focusWidget() is asked.edits["name"]
    for text in ("Zhao", "Ping An", "weighing"):
        qtbot.keyClicks(asked.focusWidget(), text)
        qtbot.keyClick(asked.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClick(asked.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClicks(asked.focusWidget(), "35010219900307123X")
    qtbot.keyClick(asked.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClicks(asked.focusWidget(), "9")
    act = send(qtbot, asked, house)
    assert act["kind"] == "visit.enter" and (act["name"], act["firm"], act["purpose"], act["badge"]) == (
        "Zhao",
        "Ping An",
        "weighing",
        "9",
    )
    assert act["number"] == "123X", "no more of it leaves the console"
    assert act["escort"] == "p1" and act["entered"] >= NOW and act["expected"] - act["entered"] <= 2 * HOUR


def test_an_escort_without_an_account_is_named(qtbot, house, live_desk, shown):
    press(qtbot, shown.visits_tab, "Visitor in…")
    asked = dialog(qtbot, live_desk.window)
    type_in(qtbot, asked, {"name": "Qian", "purpose": "visit"})
    escort = asked.edits["escort"]
    escort.setFocus()
    qtbot.keyClick(escort, Qt.Key.Key_End)
    assert asked.edits["escort_name"].isVisible(), "the line comes by itself"
    qtbot.keyClick(asked, Qt.Key.Key_Return)
    assert asked.wrong.text() == "Fill in: Escort without an account" and not acts(house)
    type_in(qtbot, asked, {"escort_name": "Wang"})
    act = send(qtbot, asked, house)
    assert (act["escort"], act["escort_name"]) == ("", "Wang")


def test_who_came_before_is_entered_again(qtbot, house, live_desk, shown):
    choose(qtbot, shown.visits_tab.former, "林消防")
    press(qtbot, shown.visits_tab, "Comes again…")
    act = send(qtbot, dialog(qtbot, live_desk.window), house)
    assert (act["name"], act["purpose"], act["number"], act["badge"]) == ("林消防", "灭火器年检", "123X", "")


def test_the_escort_signs_out_and_another_says_why(qtbot, house, live_desk, shown):
    tab = shown.visits_tab
    choose(qtbot, tab.sheet, "王维修")
    press(qtbot, tab, "Out…")
    act = send(qtbot, dialog(qtbot, live_desk.window), house)
    assert (act["kind"], act["visit"], act["badge_back"], act["why"]) == ("visit.leave", "v1", True, "")
    qtbot.waitUntil(lambda: not any(one.isVisible() for one in live_desk.window.findChildren(QDialog)))
    choose(qtbot, tab.sheet, "陈访客")
    press(qtbot, tab, "Out…")
    asked = dialog(qtbot, live_desk.window)
    qtbot.keyClick(asked, Qt.Key.Key_Return)
    assert asked.wrong.text() == "Fill in: Why not the escort signs"
    type_in(qtbot, asked, {"why": "off duty"})
    act = send(qtbot, asked, house, 2)
    assert (act["visit"], act["why"]) == ("v3", "off duty")


def test_the_register_is_searched_and_becomes_a_file(qtbot, house, live_desk, shown, tmp_path: Path):
    tab = shown.visits_tab
    tab.search.setFocus()
    qtbot.keyClicks(tab.search, "fire 2026")
    qtbot.keyClick(tab.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: asked_for(house, tab.path)[-1].get("text") == ["fire 2026"])
    pdf, table = tmp_path / "r.pdf", tmp_path / "r.csv"
    tab.save(pdf)
    qtbot.waitUntil(lambda: tab.said.text() == f"Saved: {pdf}")
    assert pdf.read_bytes().startswith(b"%PDF") and asked_for(house, tab.path)[-1]["most"] == ["5000"]
    tab.save(table)
    qtbot.waitUntil(lambda: tab.said.text() == f"Saved: {table}")
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["DEMO: simulated"] and rows[1][0] == "Number"
    assert [row[0] for row in rows[2:]] == [one.number for one in visits().visits]
    assert rows[2][4] == "identity card …123X" and rows[5][9] == "张工"
    tab.save(tmp_path / "gone" / "r.csv")
    qtbot.waitUntil(lambda: "cannot be written" in tab.said.text())


def test_an_area_is_cleaned_checked_and_turned_down(qtbot, house, live_desk, shown):
    tab = opened(qtbot, shown, 1)
    assert tab.head.text() == "Areas that need somebody: 1" and tab.sheet.texts()[0][0].startswith("not cleaned since")
    choose(qtbot, tab.sheet, "机房地面与机柜表面")
    assert button(tab, "Checked: in order").toolTip() == "nothing of this area waits for a check"
    press(qtbot, tab, "Cleaned…")
    act = send(qtbot, dialog(qtbot, live_desk.window), house)
    assert (act["kind"], act["plan"], act["cleaner"]) == ("cleaning.done", "a1", "陈阿姨")
    choose(qtbot, tab.sheet, "值班室")
    press(qtbot, tab, "Checked: in order")
    qtbot.waitUntil(lambda: acts(house)[-1] == {"kind": "cleaning.check", "cleaning": "d1", "passed": True, "reason": "", "order": False})
    press(qtbot, tab, "Not in order…")
    asked = dialog(qtbot, live_desk.window)
    type_in(qtbot, asked, {"reason": "bins full"})
    qtbot.keyClick(asked.edits["order"], Qt.Key.Key_Space)
    act = send(qtbot, asked, house, 3)
    assert (act["passed"], act["reason"], act["order"]) == (False, "bins full", True)


def test_a_cleaning_plan_begins_with_a_suggestion(qtbot, house, live_desk, shown):
    tab = opened(qtbot, shown, 1)
    tab.menu.aboutToShow.emit()
    tab.menu.actions()[2].trigger()
    asked = dialog(qtbot, live_desk.window)
    type_in(qtbot, asked, {"cleaner": "Chen", "begins": "25:00"})
    qtbot.keyClick(asked, Qt.Key.Key_Return)
    assert asked.wrong.text() == "From (HH:MM): a time such as 08:30" and not acts(house)
    type_in(qtbot, asked, {"begins": "8:30"})
    act = send(qtbot, asked, house)
    one = suggestions().cleaning[0]
    assert (act["area"], act["begins"], act["minutes"], act["days"]) == (one.names.en, "08:30", one.minutes, one.days)


def test_goods_are_approved_by_another_person(qtbot, house, live_desk, shown):
    tab = opened(qtbot, shown, 2)
    choose(qtbot, tab.sheet, "退役服务器")
    assert button(tab, "Approve").toolTip().startswith("who enters goods cannot approve them")
    choose(qtbot, tab.sheet, "备用UPS电池")
    press(qtbot, tab, "Approve")
    qtbot.waitUntil(lambda: acts(house)[-1:] == [{"kind": "goods.decide", "goods": "g2", "approved": True, "why": ""}])
    choose(qtbot, tab.sheet, "光纤熔接机")
    press(qtbot, tab, "Goes back…")
    act = send(qtbot, dialog(qtbot, live_desk.window), house, 2)
    assert (act["kind"], act["direction"], act["settles"], act["what"]) == ("goods.enter", "out", "g3", "光纤熔接机")


def test_goods_bring_their_papers_along(qtbot, house, live_desk, shown, tmp_path: Path):
    tab = opened(qtbot, shown, 2)
    press(qtbot, tab, "Goods in…")
    asked = dialog(qtbot, live_desk.window)
    type_in(qtbot, asked, {"what": "switch", "carrier": "courier"})
    paper = tmp_path / "form.txt"
    paper.write_text("送货单 88", encoding="utf-8")
    asked.files.take([paper])
    qtbot.waitUntil(lambda: len(asked.files.chosen()) == 1)
    act = send(qtbot, asked, house, 2)
    first = acts(house)[0]
    assert first["kind"] == "attachment.add" and act["kind"] == "goods.enter" and act["attachments"] == [first["id"]]


def test_the_calendar_by_day_month_and_year(qtbot, house, live_desk, shown):
    tab = opened(qtbot, shown, 3)
    assert tab.head.text() == "overdue: 1 · due today: 1"
    rows = tab.sheet.texts()
    assert [row[2] for row in rows][:2] == ["灭火系统年检", "UPS月度保养"] and rows == sorted(rows, key=lambda row: row[0])
    choose(qtbot, tab.sheet, "UPS月度保养")
    tab.view.setFocus()
    qtbot.keyClick(tab.view, Qt.Key.Key_End)
    year = {row[0]: row[1:] for row in tab.sheet.texts()}
    month = int(day(0)[5:7])
    assert year["UPS月度保养"][month - 1] == day(0)[8:] and tab.chosen() is not None and tab.chosen().id == "m1"
    for _ in range(13 - month):
        qtbot.keyClick(tab.view, Qt.Key.Key_Up)
    assert [day(0), "Mon", "UPS月度保养", "UPS", "today"] in tab.sheet.texts()
    tab.year.setFocus()
    qtbot.keyClick(tab.year, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: asked_for(house, tab.path)[-1]["year"] == [str(int(day(0)[:4]) + 1)])


def test_maintenance_is_entered_and_suggestions_are_taken_over(qtbot, house, live_desk, shown):
    tab = opened(qtbot, shown, 3)
    choose(qtbot, tab.sheet, "UPS月度保养")
    press(qtbot, tab, "Done…")
    act = send(qtbot, dialog(qtbot, live_desk.window), house)
    assert (act["kind"], act["plan"], act["day"], act["result"]) == ("maintenance.done", "m1", day(0), "ok")
    tab.menu.aboutToShow.emit()
    known = {one.source for one in tab.told.plans}
    left = [one for one in suggestions().plans if one.id not in known]
    tab.menu.actions()[1].trigger()
    asked = dialog(qtbot, live_desk.window)
    assert "not compared with a standard" in asked.purpose.text()
    act = send(qtbot, asked, house, 2)
    assert act["kind"] == "maintenance.plan" and [one["source"] for one in act["plans"]] == [one.id for one in left]


def test_a_contractor_is_called_and_comes(qtbot, house, live_desk, shown):
    tab = opened(qtbot, shown, 4)
    assert tab.head.text() == "Contracts that end soon or have ended: 1 · calls not solved: 1"
    choose(qtbot, tab.sheet, "旧空调维保")
    assert button(tab, "Call them…").toolTip().startswith("this contract has ended")
    choose(qtbot, tab.sheet, "UPS维保")
    press(qtbot, tab, "Call them…")
    asked = dialog(qtbot, live_desk.window)
    type_in(qtbot, asked, {"text": "UPS1 in bypass"})
    act = send(qtbot, asked, house)
    assert (act["kind"], act["contract"], act["promised"]) == ("contract.call", "c1", None)
    choose(qtbot, tab.former, "2026-003")
    assert button(tab, "Solved…").toolTip() == "this call is solved"
    choose(qtbot, tab.former, "2026-004")
    press(qtbot, tab, "They have come…")
    act = send(qtbot, dialog(qtbot, live_desk.window), house, 2)
    assert (act["kind"], act["call"], act["step"]) == ("contract.step", "k1", "arrived") and act["time"] >= NOW
    assert act["visit"] == "v1", "under which they stand in the register"


def test_a_link_of_a_sheet_leads_to_its_tab(shown):
    shown.show_subject("contract:c2")
    assert shown.tabs.currentWidget() is shown.contracts_tab
    shown.show_subject("visit:v3")
    assert shown.tabs.currentWidget() is shown.visits_tab and shown.visits_tab.sheet.chosen_id() == "v3"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: str(size[0]))
def test_nothing_is_cut_on_any_tab(qtbot, qapp: QApplication, live_desk, shown, language, size):
    theme.apply(qapp, theme.THEMES["dark" if size[0] == 1366 else "light"])
    live_desk.window.set_language(language)
    live_desk.window.resize(*size)
    faults = []
    for number in range(shown.tabs.count()):
        opened(qtbot, shown, number)
        qapp.processEvents()
        keep(live_desk.window, f"cleaning-{number}-{language}-{size[0]}")
        faults += walk(live_desk.window, f"tab {number}").faults
    assert not faults, "\n".join(faults)
    assert live_desk.window.area.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_in_any_dialog(qtbot, qapp: QApplication, live_desk, shown, language):
    theme.apply(qapp, theme.THEMES["light"])
    live_desk.window.set_language(language)
    told = [opened(qtbot, shown, number).told for number in range(shown.tabs.count())]
    seen, clean, goods, plans, contracts = told
    one, forms, more = seen.inside[0], shown.forms, shown.maintenance_forms
    shows = [lambda: forms.visitor_in(seen.people, plans.contracts, one), lambda: forms.visitor_out(one), lambda: forms.longer(one)]
    shows += [
        lambda: forms.plan_cleaning(clean.plans[2]),
        lambda: forms.cleaned(clean.plans[0]),
        lambda: forms.end_cleaning(clean.plans[0]),
    ]
    shows += [lambda: forms.turn_down(clean.cleanings[0]), lambda: forms.goods("in"), lambda: forms.goods("out", goods.loans[0])]
    shows += [
        lambda: forms.refuse(goods.waiting[0]),
        lambda: forms.gone(goods.waiting[0]),
        lambda: more.plan(plans.plans[0], plans.contracts),
    ]
    shows += [lambda: more.take_over(suggestions().plans), lambda: more.end(plans.plans[0])]
    shows += [
        lambda: more.done(plans.plans[0], plans.visits),
        lambda: more.contract(contracts.contracts[0]),
        lambda: more.call(contracts.contracts[0]),
    ]
    shows += [lambda: more.end_contract(contracts.contracts[0]), lambda: more.step(contracts.calls[0], "solved")]
    faults = []
    for number, go in enumerate(shows):
        go()
        asked = dialog(qtbot, live_desk.window)
        if "more" in asked.edits:
            asked.edits["more"].setChecked(True)
        qapp.processEvents()
        keep(asked, f"cleaning-dialog-{number}-{language}")
        faults += walk(asked, asked.windowTitle()).faults
        asked.reject()
        qtbot.waitUntil(lambda: not [each for each in live_desk.window.findChildren(QDialog) if each.isVisible()])
    assert not faults, "\n".join(faults)
