"""The page Incidents at a station of canned answers: board, register, clock, time line, acts, files; plans, contacts, drills."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from cityops_desktop.incidents import editions
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Change
from cityops_desktop.model.people import Outcome, Role
from tests.ui.pages.incidents.incidentrows import detail, incidents, page, warnings
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, copy_of_room
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.pages.incidents.page import IncidentsPage

OPENS_A_PAGE = True
PATH = "/api/v1/incidents"


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


@pytest.fixture
def board(canned):
    copy = copy_of_room().model_copy(deep=True)
    copy.station.warnings = warnings()
    canned.greeting[0] = ("copy", copy)
    canned.answers[PATH] = (200, page())
    for one in incidents():
        canned.answers[f"{PATH}/{one.id}"] = (200, detail(one))
    return canned


@pytest.fixture
def shown(qtbot, board, live_desk) -> IncidentsPage:
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER, Role.DUTY, Role.ENGINEER))
    live_desk.window.show_page("incidents")
    made = live_desk.window.page("incidents")
    assert isinstance(made, IncidentsPage)
    qtbot.waitUntil(lambda: len(made.incident_tab.line.texts()) == 6)
    return made


def press(qtbot, button) -> None:
    assert button.isEnabled(), button.toolTip()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def button(tab, words: str):
    [found] = [one.button for one in tab._buttons if one.words == words]
    return found


def dialog(qtbot, window, title: str) -> QDialog:
    qtbot.waitUntil(lambda: any(one.isVisible() and one.windowTitle() == title for one in window.findChildren(QDialog)))
    return next(one for one in window.findChildren(QDialog) if one.isVisible() and one.windowTitle() == title)


def pick_row(qtbot, sheet, text: str) -> None:
    """Click the row in which this stands."""
    row = next(n for n, cells in enumerate(sheet.texts()) if text in cells)
    rect = sheet.visualRect(sheet.model().index(row, 0))
    qtbot.mouseClick(sheet.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def done(canned) -> None:
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE))


def test_the_board_is_there_for_everybody_and_the_register_for_persons(qtbot, board, live_desk):
    live_desk.window.show_page("incidents")
    made = live_desk.window.page("incidents")
    qtbot.waitUntil(lambda: len(made.board.warnings) == 2)
    words = [text for _, text, _ in made.board.painted_texts()]
    assert words[0].startswith("orange warning · 高温橙色预警 · from 市网信办") and words[1].startswith("To do: 24小时值守")
    assert "issued, no response yet" in words and "张工: 备用空调已开，柴油机已试机" in words
    assert made.sides.currentIndex() == 0 and made.refused.text().startswith("Nobody is logged in.")
    assert not [url for _, url, _, _ in board.requests if urlsplit(url).path == PATH]


def test_a_warning_that_is_lifted_leaves_the_board(qtbot, board, live_desk, shown):
    station = live_desk.model.station.model_copy(update={"warnings": [warnings()[0]]})
    board.send("change", Change(seq=3, now=NOW + 2000, station=station))
    qtbot.waitUntil(lambda: [one.id for one in shown.board.warnings] == ["w1"])
    board.send("change", Change(seq=4, now=NOW + 3000, station=station.model_copy(update={"warnings": []})))
    qtbot.waitUntil(lambda: [text for _, text, _ in shown.board.painted_texts()] == ["No warning in force"])


def test_a_warning_picked_on_the_board_is_responded_to(qtbot, board, live_desk, shown):
    done(board)
    qtbot.mouseClick(shown.board, Qt.MouseButton.LeftButton, pos=shown.board.rect().center())
    qtbot.waitUntil(lambda: shown.tabs.currentWidget() is shown.warning_tab)
    qtbot.keyClick(shown.board, Qt.Key.Key_Up)
    assert shown.warning_tab.sheet.chosen_id() == "w2"
    press(qtbot, button(shown.warning_tab, "Respond…"))
    asked = dialog(qtbot, live_desk.window, "Respond to: 高温橙色预警")
    qtbot.keyClicks(asked.edits["text"], "generator tested")
    qtbot.mouseClick(asked.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts(board) == [{"kind": "warning.respond", "warning": "w2", "text": "generator tested"}])


def test_the_register_says_what_is_overdue_and_the_clock_counts(qtbot, board, live_desk, shown):
    rows = shown.incident_tab.sheet.texts()
    assert [row[0] for row in rows] == ["2026-004", "2026-003", "2026-002", "2026-001"]
    assert rows[0][5] == "overdue" and rows[1][2] == "not graded yet" and rows[3][3] == "closed"
    clock = shown.incident_tab.clock
    assert clock.rows()[0][2] == "has lasted 6 h 00 min" and clock.rows()[1][0] == "First report to provincial cyberspace office"
    assert clock.rows()[1][2].startswith("overdue for 1 h 00 min") and clock.states() == ["late"]
    pick_row(qtbot, shown.incident_tab.sheet, "2026-003")
    qtbot.waitUntil(lambda: clock.incident is not None and clock.incident.id == "i2")
    assert clock.rows()[1][0].endswith("(if it is III or worse)") and clock.rows()[1][2] == "3 h 29 min left"
    assert "Nobody has graded it" in clock.toolTip()


def test_the_time_line_has_entries_alarms_and_acts_newest_first(shown):
    told = shown.incident_tab.line.texts()
    assert [row[1] for row in told] == [
        "reported · First report · 省网信办值班室",
        "plan started · COOL-1",
        "handling begun",
        "incident opened",
        "alarm acknowledged",
        "alarm raised",
    ]
    assert told[0][2:] == ["电话报告", "张工"] and "35.2" in told[5][2] and told[5][3] == "station"


def test_an_incident_is_opened_from_the_worst_alarm(qtbot, board, live_desk, shown):
    done(board)
    press(qtbot, button(shown.incident_tab, "Open an incident…"))
    asked = dialog(qtbot, live_desk.window, "Open an incident")
    qtbot.keyClicks(asked.edits["title"], "cooling lost")
    chosen = asked.edits["alarm"].currentData()
    assert chosen == live_desk.model.open_alarms()[0].id
    qtbot.mouseClick(asked.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(board)) == 1)
    [act] = acts(board)
    assert act["kind"] == "incident.open" and act["alarms"] == [chosen] and act["begun"] <= act["found"]
    assert act["begun"] == live_desk.model.open_alarms()[0].raised


def test_grading_says_the_grade_while_it_is_chosen(qtbot, board, live_desk, shown):
    done(board)
    menu = button(shown.incident_tab, "Grade…").menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["by GB/T 20986-2023…", "by GB/Z 20986-2007…"]
    menu.actions()[1].trigger()
    asked = dialog(qtbot, live_desk.window, "Grade 2026-004")
    asked.edits["importance"].setCurrentIndex(0)
    asked.edits["loss"].setCurrentIndex(1)
    assert asked.wrong.text() == "Grade: II, serious"
    qtbot.keyClicks(asked.edits["why"], "both feeds")
    qtbot.mouseClick(asked.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(board)) == 1)
    [act] = acts(board)
    assert (act["edition"], act["sort"], act["part"], act["importance"], act["loss"]) == (
        *("gbz-20986-2007", "facility", "support"),
        *("special", "serious"),
    )


def test_what_cannot_follow_cannot_be_pressed(qtbot, shown):
    tab = shown.incident_tab
    assert not button(tab, "Close…").isEnabled() and button(tab, "Recovered…").isEnabled()
    pick_row(qtbot, tab.sheet, "2026-002")
    qtbot.waitUntil(lambda: button(tab, "Close…").isEnabled())
    assert not button(tab, "Recovered…").isEnabled()
    pick_row(qtbot, tab.sheet, "2026-001")
    qtbot.waitUntil(lambda: not button(tab, "Grade…").isEnabled())
    assert button(tab, "Reported…").isEnabled() and button(tab, "Grade…").toolTip() == "this incident is closed"


def test_a_report_is_entered_with_whom(qtbot, board, live_desk, shown):
    done(board)
    press(qtbot, button(shown.incident_tab, "Reported…"))
    asked = dialog(qtbot, live_desk.window, "Reported: 2026-004")
    assert asked.edits["rule"].currentData() == "other" and asked.edits["told"].text() == "provincial cyberspace office"
    qtbot.keyClicks(asked.edits["text"], "by telephone")
    qtbot.mouseClick(asked.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(board)) == 1)
    [act] = acts(board)
    assert (act["entry"], act["rule"], act["told"]) == ("reported", "other", "provincial cyberspace office")
    assert NOW <= act["time"] <= NOW + 60_000


@pytest.mark.parametrize("suffix", ["pdf", "docx"])
def test_the_report_becomes_a_file(qtbot, shown, tmp_path: Path, suffix: str):
    path = tmp_path / f"report.{suffix}"
    shown.incident_tab.save(path)
    qtbot.waitUntil(lambda: shown.incident_tab.running is None)
    assert shown.incident_tab.said.text() == f"Saved: {path}"
    data = path.read_bytes()
    assert data.startswith(b"%PDF" if suffix == "pdf" else b"PK")
    if suffix == "docx":
        from docx import Document

        made = Document(str(path))
        words = "\n".join([part.text for part in made.paragraphs] + [cell.text for table in made.tables for cell in table._cells])
        assert "Incident report 2026-004" in words and "市网信办" in words and "电话报告" in words and "III, larger" in words
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".part"] == []


def test_a_report_that_cannot_be_written_says_so(qtbot, shown, tmp_path: Path):
    path = tmp_path / "gone" / "report.docx"
    shown.incident_tab.save(path)
    qtbot.waitUntil(lambda: shown.incident_tab.running is None)
    assert "cannot be written" in shown.incident_tab.said.text()


def test_a_bundle_is_taken_whole_or_not_at_all(qtbot, board, shown, tmp_path: Path):
    path = tmp_path / "b.zip"
    shown.incident_tab.save(path)
    qtbot.waitUntil(lambda: shown.incident_tab.running is None)
    assert not path.exists() and shown.incident_tab.said.text().startswith("Bundle: ")
    board.answers[f"{PATH}/i1/bundle"] = (200, b"PK whole")
    shown.incident_tab.save(path)
    qtbot.waitUntil(lambda: shown.incident_tab.running is None)
    assert path.read_bytes() == b"PK whole"


def test_plans_whose_condition_is_met_stand_above(qtbot, shown):
    shown.tabs.setCurrentWidget(shown.plans_tab)
    rows = shown.plans_tab.sheet.texts()
    assert [row[0] for row in rows] == ["COOL-1", "LEAK-1", "OLD-1"]
    assert rows[0][4] == "start: incident 2026-004" and rows[2][4] == "retired"
    pick_row(qtbot, shown.plans_tab.sheet, "COOL-1")
    assert shown.plans_tab.text.toPlainText().startswith("1. 开启备用空调")


def test_contacts_stand_below_whom_they_belong_to(shown):
    shown.tabs.setCurrentWidget(shown.contacts_tab)
    assert [row[0] for row in shown.contacts_tab.sheet.texts()] == ["应急指挥", "　　值班长", "　　　　空调维保", "　　电力抢修"]


def test_a_drill_is_begun_with_one_key(qtbot, board, shown):
    done(board)
    shown.tabs.setCurrentWidget(shown.drills_tab)
    pick_row(qtbot, shown.drills_tab.sheet, "秋季综合演练")
    press(qtbot, button(shown.drills_tab, "Begin the drill"))
    qtbot.waitUntil(lambda: acts(board) == [{"kind": "drill.begin", "drill": "d2"}])
    pick_row(qtbot, shown.drills_tab.sheet, "空调全停演练")
    assert "To be improved until 2026-09-01: 更新联系人" in shown.drills_tab.text.toPlainText()


def test_who_logs_out_leaves_no_telephone_numbers_behind(qtbot, board, live_desk, shown):
    live_desk.link._set_session(None)
    qtbot.waitUntil(lambda: shown.sides.currentIndex() == 0)
    assert shown.told is None and shown.board.warnings


@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: str(size[0]))
def test_nothing_is_cut_on_any_tab(qtbot, qapp: QApplication, board, live_desk, shown, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    live_desk.window.set_language(language)
    live_desk.window.resize(*size)
    faults = []
    for number in range(shown.tabs.count()):
        shown.tabs.setCurrentIndex(number)
        qapp.processEvents()
        keep(live_desk.window, f"incidents-{number}-{language}-{colours}-{size[0]}")
        faults += walk(live_desk.window, f"tab {number}").faults
    assert not faults, "\n".join(faults)
    assert live_desk.window.area.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_in_any_dialog(qtbot, qapp: QApplication, board, live_desk, shown, language, colours):
    theme.apply(qapp, theme.THEMES[colours])
    live_desk.window.set_language(language)
    forms, told = shown.forms, shown.told
    one, running = told.incidents[0], told.drills[1]
    opened = [forms.issue, forms.open, lambda: forms.respond(told.warnings[0]), lambda: forms.lift(told.warnings[0])]
    opened += [lambda table=editions.edition(id): forms.classify(one, table) for id in editions.EDITIONS]
    opened += [lambda: forms.write(one), lambda: forms.reported(one), lambda: forms.recovered(one), lambda: forms.close(one)]
    opened += [lambda: forms.plan_started(one, told.plans), lambda: forms.publish(told.plans[0]), lambda: forms.retire(told.plans[0])]
    opened += [lambda: forms.put_contact(told.contacts[1], [("c1", "王局")]), lambda: forms.end_contact(told.contacts[3])]
    opened += [lambda: forms.prepare(told.plans), lambda: forms.drill_entry(running), lambda: forms.improve(running)]
    opened += [lambda: forms.close_drill(told.drills[0]), lambda: forms.close_drill(running)]
    faults = []
    for number, go in enumerate(opened):
        go()
        [asked] = [each for each in live_desk.window.findChildren(QDialog) if each.isVisible()]
        qapp.processEvents()
        keep(asked, f"incident-dialog-{number}-{language}-{colours}")
        faults += walk(asked, asked.windowTitle()).faults
        asked.reject()
        qtbot.waitUntil(lambda: not [each for each in live_desk.window.findChildren(QDialog) if each.isVisible()])
    assert not faults, "\n".join(faults)


def test_what_was_opened_elsewhere_is_shown_here(shown):
    last = shown.told.incidents[-1]
    assert shown.incident_tab.sheet.chosen_id() != last.id
    shown.show_incident(last.id)
    assert shown.tabs.currentWidget() is shown.incident_tab and shown.incident_tab.sheet.chosen_id() == last.id
    shown.show_incident("of which the station has not told yet")
    assert shown.incident_tab.sheet.chosen_id() == last.id
