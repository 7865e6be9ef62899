"""The page Reports at a station of canned answers, by the keyboard: make, give up, open, save; plan; templates; evaluate, sign."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Outcome, Role
from tests.ui.pages.reports.reportrows import PDF, evaluation, evaluations, older, page
from tests.ui.peoplerooms import session_of
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.pages.reports.page import ReportsPage

OPENS_A_PAGE = True
PATH, JUDGED = "/api/v1/duty/reports", "/api/v1/duty/evaluations"


@pytest.fixture
def paper(canned):
    canned.answers[PATH] = (200, page(busy=False))
    canned.answers[JUDGED] = (200, evaluations())
    for id in ("e0", "e1"):
        canned.answers[f"{JUDGED}/{id}"] = (200, evaluation(id))
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE))
    return canned


@pytest.fixture
def shown(qtbot, paper, live_desk) -> ReportsPage:
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER, Role.DUTY, Role.ENGINEER))
    live_desk.window.show_page("reports")
    made = live_desk.window.page("reports")
    assert isinstance(made, ReportsPage)
    qtbot.waitUntil(lambda: len(made.made.sheet.texts()) == 3)
    return made


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


def asked(canned) -> list[str]:
    return [url for verb, url, _, _ in canned.requests if verb == "GET" and urlsplit(url).path == PATH]


def button(tab, words: str) -> QPushButton:
    [found] = [one.button for one in tab._buttons if one.words == words]
    return found


def press(qtbot, tab, words: str) -> None:
    """With the keyboard alone."""
    one = button(tab, words)
    assert one.isEnabled(), one.toolTip()
    one.setFocus()
    qtbot.keyClick(one, Qt.Key.Key_Space)


def choose(qtbot, sheet, text: str) -> None:
    """Down to the row in which this stands."""
    sheet.setFocus()
    row = next(n for n, cells in enumerate(sheet.texts()) if any(text in cell for cell in cells))
    qtbot.keyClick(sheet, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    for _ in range(row):
        qtbot.keyClick(sheet, Qt.Key.Key_Down)
    if not sheet.chosen_id():
        qtbot.keyClick(sheet, Qt.Key.Key_Space)
    assert sheet.currentIndex().row() == row


def dialog(qtbot, window, title: str) -> QDialog:
    qtbot.waitUntil(lambda: any(one.isVisible() and one.windowTitle() == title for one in window.findChildren(QDialog)))
    return next(one for one in window.findChildren(QDialog) if one.isVisible() and one.windowTitle() == title)


def send(qtbot, opened: QDialog) -> None:
    opened.send.setFocus()
    qtbot.keyClick(opened.send, Qt.Key.Key_Return)


def test_nobody_sees_reports_without_logging_in(qtbot, paper, live_desk):
    live_desk.window.show_page("reports")
    made = live_desk.window.page("reports")
    qtbot.waitUntil(lambda: made.refused.text().startswith("Nobody is logged in."))
    assert made.sides.currentIndex() == 0 and not asked(paper)


def test_a_report_is_made_from_the_keyboard(qtbot, paper, live_desk, shown):
    press(qtbot, shown.made, "Make a report…")
    opened = dialog(qtbot, live_desk.window, "Make a report")
    assert opened.focusWidget() is opened.edits["report"]
    qtbot.keyClick(opened.edits["report"], Qt.Key.Key_End)
    opened.edits["time"].setFocus()
    opened.edits["time"].selectAll()
    qtbot.keyClicks(opened.edits["time"], "2026-07-01 10:00")
    qtbot.keyClick(opened.edits["time"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(acts(paper)) == 1)
    [act] = acts(paper)
    assert (act["kind"], act["report"], act["time"]) == ("report.make", "quarter", 1_782_871_200_000)
    assert act["id"][14] == "7"


def test_while_one_is_made_its_part_is_shown_and_asked_for_again(qtbot, paper, live_desk, shown):
    paper.answers[PATH] = (200, page())
    shown._asking.ask()
    qtbot.waitUntil(lambda: len(shown.made.sheet.texts()) == 4)
    assert "being made · 30 % · reading the past" in shown.made.sheet.texts()[0][2]
    assert shown._soon.isActive()
    choose(qtbot, shown.made.sheet, "being made")
    press(qtbot, shown.made, "Give up")
    qtbot.waitUntil(lambda: acts(paper) == [{"kind": "report.cancel", "id": "r9"}])
    before = len(asked(paper))
    qtbot.waitUntil(lambda: len(asked(paper)) > before)


def test_one_that_failed_says_why(shown):
    rows = shown.made.sheet.texts()
    assert "not made: it took too long" in rows[0][2] and shown.made.head.text().startswith("1 were not made")
    assert not button(shown.made, "Give up").isEnabled()


def test_files_are_saved_and_opened(qtbot, paper, shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    paper.answers[f"{PATH}/r1/pdf"] = (200, PDF)
    choose(qtbot, shown.made.sheet, "张工")
    press(qtbot, shown.made, "Save the PDF…")
    assert shown.made._dialog is not None and shown.made._dialog.isVisible()
    shown.made._dialog.reject()
    one = shown.made.chosen()
    assert one is not None
    shown.made.take(one, "pdf", tmp_path / "day.pdf")
    qtbot.waitUntil(lambda: shown.made.taking is None)
    assert (tmp_path / "day.pdf").read_bytes() == PDF and shown.made.said.text().startswith("Saved: ")
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
    press(qtbot, shown.made, "Open it")
    qtbot.waitUntil(lambda: len(opened) == 1)
    assert Path(opened[0]).read_bytes() == PDF


def test_a_changed_file_is_not_kept(qtbot, paper, shown, tmp_path: Path):
    result = CommandResult(id="", outcome=Outcome.REFUSED, code="report_changed")
    paper.answers[f"{PATH}/r1/xlsx"] = (409, result)
    choose(qtbot, shown.made.sheet, "张工")
    shown.made.take(shown.made.chosen(), "xlsx", tmp_path / "day.xlsx")
    qtbot.waitUntil(lambda: shown.made.taking is None)
    assert not (tmp_path / "day.xlsx").exists() and "NOT as it was made" in shown.made.said.text()


def test_older_ones_are_asked_for(qtbot, paper, shown):
    paper.answers[PATH] = (200, older())
    press(qtbot, shown.made, "Older ones")
    qtbot.waitUntil(lambda: any(row[0] == "Quarterly report" for row in shown.made.sheet.texts()))
    assert any("before=r2" in url for url in asked(paper))
    assert not button(shown.made, "Older ones").isEnabled()


def test_a_report_is_planned_and_no_longer(qtbot, paper, live_desk, shown):
    shown.tabs.setCurrentWidget(shown.planned)
    assert shown.planned.sheet.texts()[0][0] == "Monthly report" and shown.planned.sheet.texts()[0][2] == "信息中心"
    press(qtbot, shown.planned, "Plan a report…")
    opened = dialog(qtbot, live_desk.window, "Plan a report")
    opened.edits["at"].setFocus()
    opened.edits["at"].selectAll()
    qtbot.keyClicks(opened.edits["at"], "9:75")
    send(qtbot, opened)
    assert "two digits" in opened.wrong.text() and acts(paper) == []
    opened.edits["at"].selectAll()
    qtbot.keyClicks(opened.edits["at"], "7:05")
    send(qtbot, opened)
    qtbot.waitUntil(lambda: len(acts(paper)) == 1)
    assert acts(paper)[0] == {"kind": "report.schedule", "report": "day", "at": "07:05", "language": "en", "whom": ""}
    choose(qtbot, shown.planned.sheet, "信息中心")
    press(qtbot, shown.planned, "No longer")
    qtbot.waitUntil(lambda: len(acts(paper)) == 2)
    assert acts(paper)[1] == {"kind": "report.unschedule", "schedule": "s1"}


def test_a_finding_in_a_template_names_its_line(qtbot, paper, live_desk, shown):
    refused = CommandResult(id="x", outcome=Outcome.REFUSED, code="form_wrong", params={"line": 4, "what": "unknown key", "more": 0})
    paper.answers["/api/v1/commands"] = (200, refused)
    shown.tabs.setCurrentWidget(shown.templates)
    assert shown.templates.sheet.texts()[1][1] == "the room's own, version 2"
    choose(qtbot, shown.templates.sheet, "Weekly report")
    press(qtbot, shown.templates, "Change…")
    opened = dialog(qtbot, live_desk.window, "Template: Weekly report")
    assert "kind: week" in opened.edits["text"].toPlainText()
    qtbot.keyClicks(opened.edits["text"], "x")
    send(qtbot, opened)
    qtbot.waitUntil(lambda: "line 4: unknown key" in opened.wrong.text())
    opened.reject()


def test_a_serious_problem_is_reported(qtbot, paper, live_desk, shown):
    shown.tabs.setCurrentWidget(shown.problems)
    choose(qtbot, shown.problems.sheet, "2026-001")
    assert "31 °C" in shown.problems.text.toPlainText()
    press(qtbot, shown.problems, "Report one…")
    opened = dialog(qtbot, live_desk.window, "Report a serious problem")
    qtbot.keyClicks(opened.edits["title"], "UPS on fire")
    opened.edits["text"].setFocus()
    qtbot.keyClicks(opened.edits["text"], "smoke, discharged")
    send(qtbot, opened)
    qtbot.waitUntil(lambda: len(acts(paper)) == 1)
    assert {name: acts(paper)[0][name] for name in ("kind", "title", "text")} == {
        "kind": "problem.report",
        "title": "UPS on fire",
        "text": "smoke, discharged",
    }


@pytest.fixture
def judged(qtbot, paper, live_desk, shown) -> ReportsPage:
    shown.tabs.setCurrentWidget(shown.evaluations)
    qtbot.waitUntil(lambda: len(shown.evaluations.sheet.texts()) == 2)
    choose(qtbot, shown.evaluations.sheet, "2026-001")
    qtbot.waitUntil(lambda: shown.evaluations.detail is not None and shown.evaluations.detail.evaluation.id == "e1")
    return shown


def test_unknown_values_are_said_and_evidence_is_a_page_away(qtbot, live_desk, judged):
    tab = judged.evaluations
    rows = tab.values.texts()
    assert rows[1][2:4] == ["unknown", "unknown: left out"] and rows[4][2:] == ["4.00", "75.0", "3 answers"]
    assert "80.7 points · 80 % of the weight known · good" in tab.text.toPlainText() and "c" * 64 in tab.text.toPlainText()
    choose(qtbot, tab.values, "3 answers")
    assert not button(tab, "Show the evidence").isEnabled()
    choose(qtbot, tab.values, "alarms.in_time")
    press(qtbot, tab, "Show the evidence")
    assert live_desk.window.current == "alarms"


def test_a_questionnaire_is_filled_in_and_signed_by_keyboard(qtbot, paper, live_desk, judged):
    tab = judged.evaluations
    press(qtbot, tab, "Questionnaire…")
    opened = dialog(qtbot, live_desk.window, "Questionnaire of 2026-001")
    for text in ("Wang", "4", "", "3.5", "quick"):
        qtbot.keyClicks(opened.focusWidget(), text)
        qtbot.keyClick(opened.focusWidget(), Qt.Key.Key_Tab)
    send(qtbot, opened)
    qtbot.waitUntil(lambda: len(acts(paper)) == 1)
    assert [(one["question"], one["score"]) for one in acts(paper)[0]["answers"]] == [("speed", 4), ("attitude", None), ("result", 3.5)]
    assert acts(paper)[0]["respondent"] == "Wang"
    qtbot.waitUntil(lambda: not [one for one in live_desk.window.findChildren(QDialog) if one.isVisible()])
    press(qtbot, tab, "Sign…")
    opened = dialog(qtbot, live_desk.window, "Sign 2026-001")
    assert "80.7 points" in opened.purpose.text() and "c" * 16 in opened.purpose.text()
    qtbot.keyClick(opened.edits["side"], Qt.Key.Key_Down)
    send(qtbot, opened)
    qtbot.waitUntil(lambda: len(acts(paper)) == 2)
    assert acts(paper)[1] == {"kind": "evaluation.sign", "evaluation": "e1", "side": "b", "digest": "c" * 64}


def test_what_is_signed_cannot_be_written_on(qtbot, judged):
    tab = judged.evaluations
    choose(qtbot, tab.sheet, "2026-000")
    qtbot.waitUntil(lambda: tab.detail is not None and tab.detail.evaluation.id == "e0")
    assert [button(tab, words).isEnabled() for words in ("Questionnaire…", "Comment…", "Sign…")] == [False, False, False]
    assert "signed for" in tab.text.toPlainText() and tab.sheet.texts()[1][3:5] == ["88.4", "good"]


def test_an_agreement_is_published_from_the_example(qtbot, paper, live_desk, shown):
    paper.answers[JUDGED] = (200, evaluations(agreed=False))
    shown.tabs.setCurrentWidget(shown.evaluations)
    qtbot.waitUntil(lambda: shown.evaluations.head.text().startswith("No agreement"))
    assert not button(shown.evaluations, "Begin an evaluation…").isEnabled()
    press(qtbot, shown.evaluations, "Publish an agreement…")
    opened = dialog(qtbot, live_desk.window, "Publish an agreement")
    assert "indicators:" in opened.edits["text"].toPlainText()
    send(qtbot, opened)
    qtbot.waitUntil(lambda: len(acts(paper)) == 1)
    assert acts(paper)[0]["kind"] == "evaluation.agree"


@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: str(size[0]))
def test_nothing_of_a_report_is_cut(qtbot, qapp: QApplication, live_desk, judged, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    live_desk.window.set_language(language)
    live_desk.window.resize(*size)
    faults = []
    for number in range(judged.tabs.count()):
        judged.tabs.setCurrentIndex(number)
        qapp.processEvents()
        keep(live_desk.window, f"reports-{number}-{language}-{colours}-{size[0]}")
        faults += walk(live_desk.window, f"tab {number}").faults
    assert not faults, "\n".join(faults)
    assert live_desk.window.area.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_in_a_dialog_of_reports(qtbot, qapp: QApplication, live_desk, judged, language):
    theme.apply(qapp, theme.THEMES["light"])
    live_desk.window.set_language(language)
    forms, told, detail = judged.forms, judged.told, judged.evaluations.detail
    opened = [forms.make, forms.schedule, lambda: forms.template(told.templates[3]), forms.problem, lambda: forms.agree("code: x")]
    opened += [lambda: forms.begin(evaluations().agreements), lambda: forms.answer(detail)]
    opened += [lambda: forms.remark(detail), lambda: forms.sign(detail)]
    faults = []
    for number, go in enumerate(opened):
        go()
        [one] = [each for each in live_desk.window.findChildren(QDialog) if each.isVisible()]
        qapp.processEvents()
        keep(one, f"report-dialog-{number}-{language}")
        faults += walk(one, one.windowTitle()).faults
        one.reject()
        qtbot.waitUntil(lambda: not [each for each in live_desk.window.findChildren(QDialog) if each.isVisible()])
    assert not faults, "\n".join(faults)
