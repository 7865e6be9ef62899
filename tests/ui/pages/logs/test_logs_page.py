"""The page Logs at a station of canned answers: lines narrowed down, paged, and said when nobody may see them."""

import csv
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QTextDocument
from PySide6.QtWidgets import QApplication, QLineEdit

from cityops_desktop.link.logs import LogIntakeInfo, LogLineInfo, LogPage
from cityops_desktop.link.messages import AlarmInfo, Change
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.people import Role
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW
from tests.ui.test_accessible import describe, focusable, spoken, walked
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.pages.logs.filters import HOUR
from ui.pages.logs.page import PATH, LogsPage
from ui.pages.logs.table import Column

OPENS_A_PAGE = True

TEXTS = (
    ("core-sw-1", "ifmgr", 3, "network", "GigabitEthernet1/0/12 端口 state changed to down"),
    ("", "snmp-trap", 5, "equipment", "trap 1.3.6.1.4.1.318.0.5 1.3.6.1.4.1.318.2.3.3=UPS on battery"),
    ("fw-01", "sshd[4312]", 5, "security", "Failed password for invalid user admin from 10.1.9.7 port 40122 ssh2"),
    ("nas", "smartd", 2, "system", "Device: /dev/sdb, 3 Currently unreadable (pending) sectors\nself-test 建议更换"),
)


def line(number: int) -> LogLineInfo:
    host, app, severity, group, text = TEXTS[number % len(TEXTS)]
    channel = "trap" if app == "snmp-trap" else "udp"
    told = None if channel == "trap" else NOW - number * 1000
    facts = {"source": f"10.1.0.{number % 50}", "channel": channel, "facility": 23, "severity": severity, "group": group, "host": host}
    return LogLineInfo(month=202609, id=1000 - number, time=NOW - number * 1000, told=told, app=app, text=text, **facts)


def told(first=0, count=100, more=True, state="running", trouble=""):
    intake = LogIntakeInfo(state=state, kept=51_234, dropped=12, refused=3, trouble=trouble)
    return LogPage(now=NOW, rows=[line(n) for n in range(first, first + count)], more=more, intake=intake)


def asked(canned) -> list[dict[str, str]]:
    urls = [urlsplit(url) for verb, url, _, _ in canned.requests if verb == "GET"]
    return [{name: values[0] for name, values in parse_qs(url.query).items()} for url in urls if url.path == PATH]


def compose(edit: QLineEdit, text: str) -> None:
    """Type Chinese as an input method does."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(edit, event)


@pytest.fixture
def page(qtbot, canned, live_desk) -> LogsPage:
    canned.answers[PATH] = (200, told())
    live_desk.link._set_session(session_of(Role.DUTY))
    live_desk.window.show_page("logs")
    page = live_desk.window.page("logs")
    assert isinstance(page, LogsPage)
    qtbot.waitUntil(lambda: len(page.table.rows) == 100)
    return page


def test_lines_are_told_with_their_severity_in_words_and_the_whole_in_the_tool_tip(page):
    first = [page.table.index(0, column).data() for column in Column]
    assert first[1:] == ["error", "Network device", "10.1.0.0  core-sw-1", "ifmgr", "GigabitEthernet1/0/12 端口 state changed to down"]
    assert "\n" not in page.table.index(3, Column.TEXT).data()
    assert "self-test 建议更换" in page.table.index(3, Column.TEXT).data(Qt.ItemDataRole.ToolTipRole)
    assert page.intake.text() == "Collecting: 51234 lines since its start; too much: 12, not allowed: 3"


def test_what_is_typed_and_chosen_is_asked_of_the_station(qtbot, canned, page):
    compose(page.filters.words, "端口")
    qtbot.keyClicks(page.filters.words, " down")
    qtbot.keyClick(page.filters.words, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: asked(canned)[-1].get("words") == "端口 down")
    qtbot.keyClick(page.filters.severity, Qt.Key.Key_Down)
    qtbot.keyClick(page.filters.group, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: asked(canned)[-1] == {"words": "端口 down", "severity": "1", "group": "security"})


def test_a_line_made_of_markup_is_shown_as_it_was_written(page):
    evil = line(0).model_copy(update={"text": "<img src='file:///x'> & <b>all is well</b>", "host": "<i>core</i>", "app": "<u>x</u>"})
    page.table.begin([evil], more=False)
    for column in (Column.TEXT, Column.SOURCE, Column.APP):
        tip = page.table.index(0, column).data(Qt.ItemDataRole.ToolTipRole)
        assert not {"<img", "<b>", "<i>", "<u>"} & {tag for tag in ("<img", "<b>", "<i>", "<u>") if tag in tip}
    document = QTextDocument()
    document.setHtml(page.table.index(0, Column.TEXT).data(Qt.ItemDataRole.ToolTipRole))
    assert document.toPlainText().endswith("<img src='file:///x'> & <b>all is well</b>")


def test_a_time_span_is_asked_and_what_cannot_be_read_is_said(qtbot, canned, page):
    page.filters.when.setFocus()
    qtbot.keyClick(page.filters.when, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "from" in asked(canned)[-1] and "to" not in asked(canned)[-1])
    assert 0 <= int(asked(canned)[-1]["from"]) - (NOW - HOUR) < HOUR / 2
    qtbot.keyClick(page.filters.when, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: page.filters.span.isVisible() and "to" in asked(canned)[-1])
    assert int(asked(canned)[-1]["to"]) >= NOW - 60_000
    before = len(asked(canned))
    page.filters.start.selectAll()
    qtbot.keyClicks(page.filters.start, "yesterday")
    qtbot.keyClick(page.filters.start, Qt.Key.Key_Return)
    assert page.filters.wrong.isVisible() and len(asked(canned)) == before


@pytest.mark.parametrize(("whose", "source"), [("10.1.0.7", "10.1.0.7"), ("*", None)])
def test_an_alarm_of_a_rule_leads_to_the_lines_of_its_source_at_its_time(qtbot, canned, live_desk, page, whose, source):
    window, raised = live_desk.window, NOW - HOUR
    qtbot.keyClicks(page.filters.words, "something else")
    about = {"level": 1, "state": AlarmState.UNACKNOWLEDGED, "raised": raised, "detail": "10.1.0.7 sshd: Failed"}
    rule = AlarmInfo(id="rule", key=f"log:break-in@{whose}", subject="station", cause=Cause.LOG_RULE, **about)
    live_desk.model.apply_change(Change(seq=2, now=NOW, alarms=[rule]))
    window.show_page("alarms")
    alarms = window.page("alarms")
    alarms.show_alarm("rule")
    assert alarms.go.isEnabled()
    qtbot.keyClick(alarms.view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    alarms.show_alarm("rule")
    place = alarms.view.visualRect(alarms.view.currentIndex()).center()
    qtbot.mouseClick(alarms.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(alarms.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.current == "logs"
    qtbot.waitUntil(lambda: "from" in asked(canned)[-1])
    question = asked(canned)[-1]
    assert question.get("source") == source and "words" not in question
    assert int(question["from"]) < raised < int(question["to"]) < NOW


def test_another_language_rewords_what_stands_there(live_desk, page):
    assert page.intake.text().startswith("Collecting")
    live_desk.window.set_language("zh_CN")
    live_desk.window.set_language("en")
    assert page.intake.text().startswith("Collecting: 51234")


def test_months_that_cannot_be_read_and_searches_cut_short_are_said(qtbot, canned, page):
    for change, words in (({"broken": [202608]}, "Cannot be read and was left out: 2026-08"), ({"cut": True}, "The search took too long")):
        canned.answers[PATH] = (200, told().model_copy(update=change))
        qtbot.keyClick(page, Qt.Key.Key_F5)
        qtbot.waitUntil(lambda words=words: words in page.count.text())


def test_the_chosen_lines_are_written_or_all_when_none_is_chosen(qtbot, page, tmp_path):
    for number, chosen in ((100, 0), (2, 2)):
        page.view.clearSelection()
        if chosen:
            page.view.setCurrentIndex(page.table.index(0, 0))
            qtbot.keyClick(page.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        path = tmp_path / f"{number}.csv"
        page.save(path)
        qtbot.waitUntil(lambda: page.running is None)
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
        head = next(n for n, row in enumerate(rows) if row[:1] == ["Came"])
        assert len([row for row in rows[head + 1 :] if len(row) == 9]) == number
    assert page.intake.text() == f"Saved: {path}"


def test_the_dialog_offers_a_name_and_nothing_is_offered_without_lines(qtbot, canned, page):
    qtbot.mouseClick(page.export, Qt.MouseButton.LeftButton)
    dialog = page._dialog
    assert dialog is not None and dialog.selectedFiles()[0].endswith(".csv")
    dialog.reject()
    canned.answers[PATH] = (200, told(count=0, more=False))
    page.begin()
    qtbot.waitUntil(lambda: not page.export.isEnabled())


def test_older_lines_come_when_one_scrolls(qtbot, canned, page):
    canned.answers[PATH] = (200, told(100, 20, more=False))
    qtbot.keyClick(page.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    page.view.scrollToBottom()
    qtbot.waitUntil(lambda: len(page.table.rows) == 120)
    assert asked(canned)[-1] == {"before_month": "202609", "before_id": "901"}
    assert page.count.text() == "120 rows, all that fit"


def test_nobody_is_shown_nothing_and_is_not_asked_for(qtbot, canned, live_desk, page):
    live_desk.link._set_session(None)
    qtbot.waitUntil(lambda: page.sides.currentIndex() == 0)
    before = len(asked(canned))
    qtbot.mouseClick(live_desk.window.nav.group.buttons()[0], Qt.MouseButton.LeftButton)
    live_desk.window.show_page("logs")
    assert (page.table.rows, len(asked(canned))) == ([], before)
    assert "Nobody is logged in." in page.refused.text() and page.login.isVisible()


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=str)
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut_and_nothing_overlaps(qtbot, qapp, canned, live_desk, page, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    live_desk.window.set_language(language)
    live_desk.window.resize(*size)
    for state, answer in (
        ("lines", told(state="down", trouble="database or disk is full")),
        ("none", told(count=0, more=False, state="off")),
    ):
        canned.answers[PATH] = (200, answer)
        page.begin()
        qtbot.waitUntil(lambda answer=answer: not page._busy and len(page.table.rows) == len(answer.rows))
        assert page.nothing.isVisible() is (state == "none")
        qapp.processEvents()
        seen = walk(live_desk.window, f"logs {state}")
        keep(live_desk.window, f"logs-{state}-{language}-{colours}-{size[0]}")
        assert not seen.faults, "\n".join(seen.faults)
    canned.answers[PATH] = (200, told().model_copy(update={"cut": True}))
    page.show_around("10.1.0.0", NOW)
    qtbot.waitUntil(lambda: not page._busy and len(page.table.rows) == 100)
    page.filters.start.setText("yesterday")
    page.filters.start.returnPressed.emit()
    qapp.processEvents()
    seen = walk(live_desk.window, "logs span")
    keep(live_desk.window, f"logs-span-{language}-{colours}-{size[0]}")
    assert not seen.faults, "\n".join(seen.faults)


def test_everything_has_a_name_and_is_reached_by_tab(qtbot, live_desk, page):
    found = [one for one in focusable(live_desk.window) if page.isAncestorOf(one)]
    assert len(found) >= 5 and not [describe(one) for one in found if not spoken(one)]
    reached = walked(qtbot, live_desk.window)
    assert not [describe(one) for one in found if one not in reached]
