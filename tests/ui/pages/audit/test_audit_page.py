"""The page Audit at a station of canned answers: who did what, narrowed down, paged, compared; verified, printed, exported."""

import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Refusal
from cityops_desktop.model.people import Outcome, Role
from tests.ui.pages.audit.auditrows import HASH, HEAD, broken, told
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW
from tests.ui.test_accessible import describe, focusable, spoken, walked
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.pages.audit.filters import SHIFT, SPAN
from ui.pages.audit.page import AuditPage, Column

OPENS_A_PAGE = True

PATH = "/api/v1/audit"


def asked(canned) -> list[dict[str, str]]:
    """The questions about rows, but for the peeks."""
    found = [parse_qs(urlsplit(url).query) for verb, url, _, _ in canned.requests if verb == "GET" and urlsplit(url).path == PATH]
    return [{name: values[0] for name, values in one.items()} for one in found if one["limit"] != ["1"]]


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


def compose(edit: QLineEdit, text: str) -> None:
    """Type Chinese as an input method does."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(edit, event)


@pytest.fixture
def page(qtbot, canned, live_desk) -> AuditPage:
    canned.answers[PATH] = (200, told())
    live_desk.link._set_session(session_of(Role.AUDITOR))
    live_desk.window.show_page("audit")
    page = live_desk.window.page("audit")
    assert isinstance(page, AuditPage)
    qtbot.waitUntil(lambda: len(page.table.rows) == 100)
    return page


def texts(page: AuditPage, row: int) -> list[str]:
    return [page.table.index(row, column).data() for column in Column]


def test_who_did_what_newest_first_and_how_far_it_is_proved(page):
    assert texts(page, 0)[0] == "200" and texts(page, 0)[2:] == ["张工", "logged in", "console duty-desk", "duty-desk"]
    assert texts(page, 3)[2:] == ["王管理", "account changed", "account 张工", "office"]
    assert texts(page, 6)[3:5] == ["act refused", "change the preset"]
    assert page.strip.title.text().startswith("Complete and unchanged up to row 198, verified ")
    assert "Anchored up to row 120 (on paper, 2026-09-20" in page.strip.proof.text()
    assert page.strip.rest.text().startswith("Rows 121 to 200 are not provable")
    assert page.strip.findings.isHidden()


def test_scrolling_to_the_end_fetches_older_rows(qtbot, canned, page):
    canned.answers[PATH] = (200, told(100, 1, more=False))
    qtbot.keyClick(page.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    page.view.scrollToBottom()
    qtbot.waitUntil(lambda: len(page.table.rows) == 200)
    assert asked(canned)[-1]["before"] == "101"
    assert page.table.rows[-1].seq == 1 and page.count.text() == "200 rows, all that fit"


def test_a_row_shows_what_was_changed_field_by_field(qtbot, page):
    rect = page.view.visualRect(page.table.index(3, 2))
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    fields = page.detail.fields.texts()
    assert fields[0][0] == "changed" and fields[1] == ["name to show", "张三", "张工"] and fields[2][0] == "unchanged"
    assert ["password", "", "kept secret (fingerprint 00112233)"] in fields
    assert ["why (how)", "", "married"] in fields
    facts = {label: words for label, words in page.detail.facts.texts()}
    assert facts["Row"] == "197, revision 3 of this thing" and facts["Where from"] == "office"
    assert facts["Place"] == "verified in the chain, not signed yet"
    qtbot.mouseClick(page.detail.only, Qt.MouseButton.LeftButton)
    assert page.filters.thing.text() == "account:p1"


def test_each_filter_asks_the_station(qtbot, canned, page):
    def asks(**wanted: str) -> None:
        qtbot.waitUntil(lambda: {name: asked(canned)[-1].get(name) for name in wanted} == wanted)

    page.filters.person.setFocus()
    page.filters.person.setCurrentIndex(page.filters.person.findData("p2"))
    asks(actor="p2")
    page.filters.kind.setCurrentIndex(page.filters.kind.findData("account."))
    asks(actor="p2", kind="account.")
    qtbot.keyClicks(page.filters.thing, "session:s1")
    asks(subject="session:s1")
    page.filters.thing.clear()
    compose(page.filters.thing, "吴审")
    asks(text="p3")
    page.filters.thing.clear()
    qtbot.keyClicks(page.filters.text, "office")
    asks(text="office")
    page.filters.when.setCurrentIndex(page.filters.when.findData(SPAN))
    qtbot.keyClicks(page.filters.start, "2026-09-21 08:00")
    qtbot.keyClicks(page.filters.end, "2026-09-22")
    asks(**{"from": "1789948800000", "to": "1790006400000"})
    page.filters.end.clear()
    qtbot.keyClicks(page.filters.end, "tomorrow")
    qtbot.waitUntil(lambda: page.count.text() == "A time cannot be read: write YYYY-MM-DD HH:MM")


def test_thing_and_text_together_narrow_down_what_is_told(qtbot, page):
    compose(page.filters.thing, "王管")
    qtbot.keyClicks(page.filters.text, "MARRIED")
    qtbot.waitUntil(lambda: page.table.rows and {row.kind for row in page.table.rows} == {"account.changed"}, timeout=10_000)


def test_opened_from_my_account_it_shows_what_changed_since(qtbot, canned, live_desk, page):
    live_desk.window.page("overview").openAudit.emit(NOW - 5000)
    qtbot.waitUntil(lambda: asked(canned)[-1].get("from") == str(NOW - 5000))
    assert page.filters.when.currentData() == SHIFT and live_desk.window.current == "audit"


def test_broken_looks_like_an_alarm_and_lists_what_was_found(qtbot, canned, page):
    canned.answers[PATH] = (200, told(report=broken()))
    qtbot.keyClick(page, Qt.Key.Key_F5)
    qtbot.waitUntil(page.strip.findings.isVisible)
    assert page.strip.title.text().startswith("THE RECORD DOES NOT HOLD: 3 findings")
    assert page.strip.findings.texts()[0][0] == "rows 42 to 43 were altered: their content does not give their hash"
    assert theme.current().critical in page.strip.styleSheet()


def test_verify_now_and_wait_for_the_report(qtbot, canned, page):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="1", outcome=Outcome.DONE))
    qtbot.mouseClick(page.buttons.verify, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.strip.title.text() == "The record is being verified…")
    assert acts(canned) == [{"kind": "audit.verify"}]
    canned.answers[PATH] = (200, told(report=broken().model_copy(update={"time": NOW})))
    qtbot.waitUntil(lambda: page.report.state == "broken", timeout=10_000)
    assert "being verified" not in page.strip.title.text()


def test_the_head_on_paper_then_signed_and_filed(qtbot, canned, live_desk, page, tmp_path: Path):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="1", outcome=Outcome.DONE))
    page.buttons.print_to(HEAD, tmp_path / "head.pdf")
    done = subprocess.run(["pdftotext", "-layout", tmp_path / "head.pdf", "-"], capture_output=True, text=True, check=True, timeout=60)
    words = " ".join(done.stdout.split())
    for wanted in ("Row number 200", "0123 4567 89ab cdef", "cdcd cdcd", "First person Second person", "Signature by hand"):
        assert wanted in words, words
    assert not acts(canned)
    dialog = live_desk.window.door.dialog
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "audit.anchor", "seq": 200, "hash": HASH, "medium": "paper"}])


def test_export_goes_to_the_file_whole_or_not_at_all(qtbot, canned, page, tmp_path: Path):
    body = b'{"seq":1}\n' * 300_000
    canned.answers[f"{PATH}/export"] = (200, body)
    page.buttons.export_to(tmp_path / "log.jsonl", "jsonl")
    qtbot.waitUntil(lambda: page.buttons.running is None, timeout=20_000)
    assert (tmp_path / "log.jsonl").read_bytes() == body
    canned.answers[f"{PATH}/export"] = (403, Refusal(code="no_right"))
    page.buttons.export_to(tmp_path / "no.csv", "csv")
    qtbot.waitUntil(lambda: page.buttons.running is None)
    assert [file.name for file in tmp_path.glob("no*")] == []
    assert parse_qs(urlsplit(canned.requests[-1][1]).query) == {"format": ["csv"]}


def test_without_the_right_nothing_is_asked_and_it_says_who_may(qtbot, canned, live_desk, page):
    before = len(asked(canned))
    live_desk.link._set_session(session_of(Role.VIEWER))
    qtbot.waitUntil(lambda: page.sides.currentIndex() == 0)
    assert "auditor may read the record" in page.refused.text() and not page.table.rows
    assert len(asked(canned)) == before
    live_desk.link._set_session(None)
    assert page.login.isVisible() and page.refused.text().startswith("Nobody is logged in.")


def test_buttons_are_those_of_the_right(live_desk, page):
    assert page.buttons.verify.isEnabled() and page.buttons.export.isEnabled()
    live_desk.link._set_session(session_of(Role.DUTY))
    assert not page.buttons.verify.isEnabled() and page.buttons.verify.toolTip()


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qtbot, qapp, canned, live_desk, page, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    live_desk.window.set_language(language)
    live_desk.window.resize(*size)
    for state, report in (("sound", None), ("broken", broken())):
        canned.answers[PATH] = (200, told(report=report))
        qtbot.keyClick(page, Qt.Key.Key_F5)
        qtbot.waitUntil(lambda broken=report is not None: page.strip.findings.isVisible() is broken)
        page.view.selectRow(3)
        page.filters.when.setCurrentIndex(page.filters.when.findData(SPAN))
        qapp.processEvents()
        assert live_desk.window.size().toTuple() == size
        seen = walk(live_desk.window, f"audit {state}")
        keep(live_desk.window, f"audit-{state}-{language}-{colours}-{size[0]}")
        assert not seen.faults, "\n".join(seen.faults)
        assert live_desk.window.area.verticalScrollBar().maximum() == 0, "findings must not make the page higher than the window"
        page.filters.when.setCurrentIndex(0)


def test_everything_has_a_name_and_is_reached_by_tab(qtbot, live_desk, page):
    found = [one for one in focusable(live_desk.window) if page.isAncestorOf(one)]
    assert len(found) >= 10 and not [describe(one) for one in found if not spoken(one)]
    reached = walked(qtbot, live_desk.window)
    assert not [describe(one) for one in found if one not in reached]
